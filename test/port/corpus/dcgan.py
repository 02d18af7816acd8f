"""A small DCGAN: generator and discriminator as classes, two Adam optimizers."""
import numpy as np
import tensorflow as tf

flags = tf.app.flags
flags.DEFINE_integer("steps", 4, "Number of training steps [4]")
flags.DEFINE_float("learning_rate", 0.0002, "Learning rate of for adam [0.0002]")
flags.DEFINE_float("beta1", 0.5, "Momentum term of adam [0.5]")
flags.DEFINE_integer("batch_size", 4, "The size of batch images [4]")
flags.DEFINE_boolean("verbose", False, "Print all variables [False]")
FLAGS = flags.FLAGS


class batch_norm(object):
  def __init__(self, epsilon=1e-5, momentum=0.9, name="batch_norm"):
    with tf.variable_scope(name):
      self.epsilon = epsilon
      self.momentum = momentum
      self.name = name

  def __call__(self, x, train=True):
    return tf.contrib.layers.batch_norm(x,
                      decay=self.momentum,
                      updates_collections=None,
                      epsilon=self.epsilon,
                      scale=True,
                      is_training=train,
                      scope=self.name)


def lrelu(x, leak=0.2, name="lrelu"):
  return tf.maximum(x, leak * x)


def conv2d(input_, output_dim, k_h=5, k_w=5, d_h=2, d_w=2, stddev=0.02, name="conv2d"):
  with tf.variable_scope(name):
    w = tf.get_variable('w', [k_h, k_w, input_.get_shape()[-1], output_dim],
              initializer=tf.truncated_normal_initializer(stddev=stddev, seed=3))
    conv = tf.nn.conv2d(input_, w, strides=[1, d_h, d_w, 1], padding='SAME')

    biases = tf.get_variable('biases', [output_dim], initializer=tf.constant_initializer(0.0))
    conv = tf.reshape(tf.nn.bias_add(conv, biases), [-1] + conv.get_shape().as_list()[1:])
    return conv


def deconv2d(input_, output_shape, k_h=5, k_w=5, d_h=2, d_w=2, stddev=0.02,
             name="deconv2d", with_w=False):
  with tf.variable_scope(name):
    # filter : [height, width, output_channels, in_channels]
    w = tf.get_variable('w', [k_h, k_w, output_shape[-1], input_.get_shape()[-1]],
              initializer=tf.random_normal_initializer(stddev=stddev, seed=5))
    deconv = tf.nn.conv2d_transpose(input_, w, output_shape=output_shape, strides=[1, d_h, d_w, 1])
    biases = tf.get_variable('biases', [output_shape[-1]], initializer=tf.constant_initializer(0.0))
    deconv = tf.reshape(tf.nn.bias_add(deconv, biases), deconv.get_shape())
    if with_w:
      return deconv, w, biases
    else:
      return deconv


def linear(input_, output_size, scope=None, stddev=0.02, bias_start=0.0):
  shape = input_.get_shape().as_list()
  with tf.variable_scope(scope or "Linear"):
    matrix = tf.get_variable("Matrix", [shape[1], output_size], tf.float32,
                 tf.random_normal_initializer(stddev=stddev, seed=9))
    bias = tf.get_variable("bias", [output_size], initializer=tf.constant_initializer(bias_start))
    return tf.matmul(input_, matrix) + bias


class DCGAN(object):
  def __init__(self, sess, batch_size=4, output_size=8, z_dim=6, gf_dim=4, df_dim=4, c_dim=1):
    """
    Args:
      sess: TensorFlow session
      batch_size: The size of batch.
      z_dim: Dimension of dim for Z.
    """
    self.sess = sess
    self.batch_size = batch_size
    self.output_size = output_size
    self.z_dim = z_dim
    self.gf_dim = gf_dim
    self.df_dim = df_dim
    self.c_dim = c_dim

    self.d_bn1 = batch_norm(name='d_bn1')
    self.g_bn0 = batch_norm(name='g_bn0')
    self.g_bn1 = batch_norm(name='g_bn1')
    self.build_model()

  def build_model(self):
    image_dims = [self.output_size, self.output_size, self.c_dim]
    self.inputs = tf.placeholder(tf.float32, [self.batch_size] + image_dims, name='real_images')
    self.z = tf.placeholder(tf.float32, [None, self.z_dim], name='z')

    self.G = self.generator(self.z)
    self.D, self.D_logits = self.discriminator(self.inputs, reuse=False)
    self.D_, self.D_logits_ = self.discriminator(self.G, reuse=True)

    def sigmoid_cross_entropy_with_logits(x, y):
      return tf.nn.sigmoid_cross_entropy_with_logits(logits=x, labels=y)

    self.d_loss_real = tf.reduce_mean(
      sigmoid_cross_entropy_with_logits(self.D_logits, tf.ones_like(self.D)))
    self.d_loss_fake = tf.reduce_mean(
      sigmoid_cross_entropy_with_logits(self.D_logits_, tf.zeros_like(self.D_)))
    self.g_loss = tf.reduce_mean(
      sigmoid_cross_entropy_with_logits(self.D_logits_, tf.ones_like(self.D_)))
    self.d_loss = self.d_loss_real + self.d_loss_fake

    t_vars = tf.trainable_variables()
    self.d_vars = [var for var in t_vars if 'd_' in var.name]
    self.g_vars = [var for var in t_vars if 'g_' in var.name]

  def train(self, config):
    d_optim = tf.train.AdamOptimizer(config.learning_rate, beta1=config.beta1) \
              .minimize(self.d_loss, var_list=self.d_vars)
    g_optim = tf.train.AdamOptimizer(config.learning_rate, beta1=config.beta1) \
              .minimize(self.g_loss, var_list=self.g_vars)
    self.sess.run(tf.global_variables_initializer())

    np.random.seed(1)
    sample_z = np.random.uniform(-1, 1, size=(self.batch_size, self.z_dim)).astype(np.float32)
    data = np.random.rand(16, self.output_size, self.output_size, self.c_dim) * 2 - 1

    counter = 1
    batch_idxs = min(len(data), 8) // config.batch_size
    for idx in range(0, batch_idxs):
      batch_images = data[idx * config.batch_size:(idx + 1) * config.batch_size]
      batch_z = np.random.uniform(-1, 1, [config.batch_size, self.z_dim]).astype(np.float32)

      self.sess.run([d_optim], feed_dict={self.inputs: batch_images, self.z: batch_z})
      # Run g_optim twice to make sure that d_loss does not go to zero
      for _ in range(2):
        self.sess.run([g_optim], feed_dict={self.z: batch_z})

      errD_fake = self.d_loss_fake.eval({self.z: batch_z})
      errD_real = self.d_loss_real.eval({self.inputs: batch_images})
      errG = self.g_loss.eval({self.z: batch_z})
      counter += 1
      print("Epoch: [%2d] [%4d/%4d] d_loss: %.3f, g_loss: %.3f"
            % (0, idx, batch_idxs, errD_fake + errD_real, errG))

    samples = self.sess.run(self.sampler(self.z), feed_dict={self.z: sample_z})
    print('samples', samples.shape, bool(np.abs(samples).max() <= 1), counter)

  def discriminator(self, image, reuse=False):
    with tf.variable_scope("discriminator") as scope:
      if reuse:
        scope.reuse_variables()
      h0 = lrelu(conv2d(image, self.df_dim, name='d_h0_conv'))
      h1 = lrelu(self.d_bn1(conv2d(h0, self.df_dim * 2, name='d_h1_conv')))
      h2 = linear(tf.reshape(h1, [self.batch_size, -1]), 1, 'd_h2_lin')
      return tf.nn.sigmoid(h2), h2

  def generator(self, z):
    with tf.variable_scope("generator"):
      s = self.output_size
      s2, s4 = s // 2, s // 4
      h0 = tf.reshape(linear(z, self.gf_dim * 2 * s4 * s4, 'g_h0_lin'), [-1, s4, s4, self.gf_dim * 2])
      h0 = tf.nn.relu(self.g_bn0(h0))
      h1 = deconv2d(h0, [self.batch_size, s2, s2, self.gf_dim], name='g_h1')
      h1 = tf.nn.relu(self.g_bn1(h1))
      h2, self.h2_w, self.h2_b = deconv2d(h1, [self.batch_size, s, s, self.c_dim], name='g_h2', with_w=True)
      return tf.nn.tanh(h2)

  def sampler(self, z):
    with tf.variable_scope("generator") as scope:
      scope.reuse_variables()
      s = self.output_size
      s2, s4 = int(s / 2), int(s / 4)
      h0 = tf.reshape(linear(z, self.gf_dim * 2 * s4 * s4, 'g_h0_lin'), [-1, s4, s4, self.gf_dim * 2])
      h0 = tf.nn.relu(self.g_bn0(h0, train=False))
      h1 = deconv2d(h0, [self.batch_size, s2, s2, self.gf_dim], name='g_h1')
      h1 = tf.nn.relu(self.g_bn1(h1, train=False))
      h2 = deconv2d(h1, [self.batch_size, s, s, self.c_dim], name='g_h2')
      return tf.nn.tanh(h2)


def main(_):
  if FLAGS.verbose:
    print(FLAGS.learning_rate)
  with tf.Session() as sess:
    dcgan = DCGAN(sess, batch_size=FLAGS.batch_size)
    for name in ['d', 'g']:
      chosen = dcgan.d_vars if name == 'd' else dcgan.g_vars
      print(name, len(chosen), sum(int(np.prod(v.get_shape().as_list())) for v in chosen))
    dcgan.train(FLAGS)


if __name__ == '__main__':
  tf.app.run()
