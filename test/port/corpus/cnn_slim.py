"""A convolutional network written with TF-Slim, on synthetic images.

Shows arg_scope, repeat, regularizers collected by slim, dropout and
batch normalization with its update ops.
"""
from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

import numpy as np
import tensorflow as tf

slim = tf.contrib.slim

IMAGE_SIZE = 8
NUM_CLASSES = 3
BATCH_SIZE = 12
WEIGHT_DECAY = 5e-4


def make_data(num, seed):
    """Images whose brightest stripe tells the class."""
    rng = np.random.RandomState(seed)
    images = rng.rand(num, IMAGE_SIZE, IMAGE_SIZE, 1).astype(np.float32) * 0.3
    labels = np.arange(num) % NUM_CLASSES
    for i in range(num):
        start = labels[i] * 2
        images[i, start:start + 2] += 0.7
    return images, labels.astype(np.int64)


def network_arg_scope(is_training=True, weight_decay=WEIGHT_DECAY):
    batch_norm_params = {
        'is_training': is_training,
        'decay': 0.9,
        'epsilon': 0.001,
    }
    with slim.arg_scope([slim.conv2d, slim.fully_connected],
                        weights_regularizer=slim.l2_regularizer(weight_decay),
                        weights_initializer=tf.truncated_normal_initializer(stddev=0.1, seed=7),
                        activation_fn=tf.nn.relu):
        with slim.arg_scope([slim.conv2d], normalizer_fn=slim.batch_norm,
                            normalizer_params=batch_norm_params) as sc:
            return sc


def network(images, num_classes, is_training=True, keep_prob=0.9, scope='SlimNet'):
    """Two convolutional blocks and two dense layers."""
    end_points = {}
    with tf.variable_scope(scope, 'SlimNet', [images]):
        net = slim.conv2d(images, 4, [3, 3], scope='conv1')
        end_points['conv1'] = net
        net = slim.max_pool2d(net, [2, 2], scope='pool1')
        net = slim.repeat(net, 2, slim.conv2d, 6, [3, 3], scope='conv2')
        net = slim.max_pool2d(net, [2, 2], scope='pool2')
        end_points['pool2'] = net
        net = slim.flatten(net, scope='flatten')
        net = slim.fully_connected(net, 10, scope='fc3')
        net = slim.dropout(net, keep_prob, is_training=is_training, scope='dropout3')
        logits = slim.fully_connected(net, num_classes, activation_fn=None, scope='logits')
        end_points['Predictions'] = tf.nn.softmax(logits, name='Predictions')
    return logits, end_points


def main():
    tf.set_random_seed(11)
    train_images, train_labels = make_data(BATCH_SIZE, 0)
    test_images, test_labels = make_data(BATCH_SIZE, 1)

    images = tf.placeholder(tf.float32, [None, IMAGE_SIZE, IMAGE_SIZE, 1], name='images')
    labels = tf.placeholder(tf.int64, [None], name='labels')

    with slim.arg_scope(network_arg_scope(is_training=True)):
        logits, end_points = network(images, NUM_CLASSES, keep_prob=1.0)

    one_hot = slim.one_hot_encoding(labels, NUM_CLASSES)
    tf.losses.softmax_cross_entropy(one_hot, logits)
    total_loss = tf.losses.get_total_loss()
    accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), labels), tf.float32))

    update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    with tf.control_dependencies(update_ops):
        optimizer = tf.train.MomentumOptimizer(learning_rate=0.05, momentum=0.9)
        train_op = optimizer.minimize(total_loss)

    for name in sorted(end_points):
        print('%-12s %s' % (name, end_points[name].get_shape().as_list()))
    for var in slim.get_model_variables():
        print(var.op.name, var.get_shape())
    print('%d regularization losses, %d update ops' % (
        len(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)), len(update_ops)))

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        feed = {images: train_images, labels: train_labels}
        for step in range(15):
            _, loss_value = sess.run([train_op, total_loss], feed_dict=feed)
            if step % 5 == 0:
                print('step %d: loss %.4f' % (step, loss_value))
        train_acc = sess.run(accuracy, feed_dict=feed)
        test_acc = sess.run(accuracy, feed_dict={images: test_images, labels: test_labels})
        print('train accuracy %.2f, test accuracy %.2f' % (train_acc, test_acc))


if __name__ == '__main__':
    main()
