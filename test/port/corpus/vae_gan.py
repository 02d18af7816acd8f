"""Generator and discriminator with shared scopes, and a variational encoder with reparameterised noise."""
import functools

import numpy as np
import tensorflow as tf

flags = tf.app.flags
flags.DEFINE_integer('batch_size', 8, 'Batch size')
flags.DEFINE_float('learning_rate', 1e-2, 'Learning rate')
flags.DEFINE_string('mode', 'gan', 'gan or vae')
flags.DEFINE_boolean('verbose', False, 'Print every step')
FLAGS = flags.FLAGS

Z, D = 3, 5


def lrelu(x, leak=0.2, name="lrelu"):
    with tf.variable_scope(name):
        f1 = 0.5 * (1 + leak)
        f2 = 0.5 * (1 - leak)
        return f1 * x + f2 * abs(x)


def linear(input_, output_size, scope=None, stddev=0.1, bias_start=0.0, with_w=False):
    shape = input_.get_shape().as_list()
    with tf.variable_scope(scope or "Linear"):
        matrix = tf.get_variable("Matrix", [shape[1], output_size], tf.float32,
                                 tf.random_normal_initializer(stddev=stddev, seed=7))
        bias = tf.get_variable("bias", [output_size], initializer=tf.constant_initializer(bias_start))
        if with_w:
            return tf.matmul(input_, matrix) + bias, matrix, bias
        else:
            return tf.matmul(input_, matrix) + bias


def generator(z):
    with tf.variable_scope("generator") as scope:
        h0, w, b = linear(z, 8, 'g_h0_lin', with_w=True)
        h1 = tf.nn.relu(h0)
        return tf.nn.tanh(linear(h1, D, 'g_h1_lin'))


def discriminator(image, reuse=False):
    with tf.variable_scope("discriminator") as scope:
        if reuse:
            scope.reuse_variables()
        h0 = lrelu(linear(image, 8, 'd_h0_lin'))
        h1 = linear(h0, 1, 'd_h1_lin')
        return tf.nn.sigmoid(h1), h1


def encoder(x):
    mu = linear(x, Z, 'enc_mu')
    log_var = linear(x, Z, 'enc_var')
    eps = tf.random_normal(tf.shape(mu), 0, 1, dtype=tf.float32, seed=11)
    z = mu + tf.exp(log_var / 2) * eps
    kl = -0.5 * tf.reduce_sum(1 + log_var - tf.square(mu) - tf.exp(log_var), axis=1)
    return z, tf.reduce_mean(kl)


def batches(data, size):
    """Yields batches for ever."""
    i = 0
    while True:
        if i + size > len(data):
            i = 0
        yield data[i:i + size]
        i += size


def main(_):
    tf.set_random_seed(3)
    np.random.seed(3)
    real = tf.placeholder(tf.float32, [FLAGS.batch_size, D], name='real')
    z = tf.placeholder(tf.float32, [None, Z], name='z')
    G = generator(z)
    D_real, D_logits = discriminator(real)
    D_fake, D_logits_ = discriminator(G, reuse=True)
    xent = functools.partial(tf.nn.sigmoid_cross_entropy_with_logits, name='xent')
    d_loss_real = tf.reduce_mean(xent(logits=D_logits, labels=tf.ones_like(D_real)))
    d_loss_fake = tf.reduce_mean(xent(logits=D_logits_, labels=tf.zeros_like(D_fake)))
    g_loss = tf.reduce_mean(xent(logits=D_logits_, labels=tf.ones_like(D_fake)))
    d_loss = d_loss_real + d_loss_fake
    code, kl = encoder(real)
    t_vars = tf.trainable_variables()
    d_vars = [var for var in t_vars if 'd_' in var.name]
    g_vars = [var for var in t_vars if 'g_' in var.name]
    d_optim = tf.train.AdamOptimizer(FLAGS.learning_rate, beta1=0.5).minimize(d_loss, var_list=d_vars)
    g_optim = tf.train.AdamOptimizer(FLAGS.learning_rate, beta1=0.5).minimize(g_loss, var_list=g_vars)
    data = np.random.normal(size=[32, D])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for counter, batch_images in enumerate(batches(data, FLAGS.batch_size)):
            if counter >= 6:
                break
            batch_z = np.random.uniform(-1, 1, [FLAGS.batch_size, Z]).astype(np.float32)
            sess.run(d_optim, feed_dict={real: batch_images, z: batch_z})
            for _ in range(2):
                sess.run(g_optim, feed_dict={z: batch_z})
            errD = d_loss.eval({real: batch_images, z: batch_z})
            errG = g_loss.eval({z: batch_z})
            if FLAGS.verbose or counter % 3 == 0:
                print("step: [%2d] d_loss: %.8f, g_loss: %.8f" % (counter, errD, errG))
        value, k = sess.run([code, kl], {real: data[:FLAGS.batch_size]})
        print(value.shape, k >= 0)
        assert len(d_vars) == 4 and len(g_vars) == 4


if __name__ == '__main__' or FLAGS.mode == 'gan':
    main(None)
