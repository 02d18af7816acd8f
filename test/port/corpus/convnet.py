"""Convolutional network with helper functions, name scopes and dropout."""
import os
import time

import numpy as np
import tensorflow as tf

IMAGE = 8
CHANNELS = 1
LABELS = 2
BATCH = 8
SEED = 66478  # Set to None for random seed.


def weight_variable(shape, name=None):
    """weight_variable generates a weight variable of a given shape."""
    initial = tf.truncated_normal(shape, stddev=0.1, seed=SEED)
    return tf.Variable(initial, name=name or 'weights')


def bias_variable(shape):
    initial = tf.constant(0.1, shape=shape)
    return tf.Variable(initial, name='biases')


def conv2d(x, W):
    return tf.nn.conv2d(x, W, strides=[1, 1, 1, 1], padding='SAME')


def max_pool_2x2(x):
    return tf.nn.max_pool(x, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding='SAME')


def fake_data(num_images):
    """Generate a fake dataset that matches the dimensions of MNIST."""
    data = np.zeros(shape=(num_images, IMAGE, IMAGE, CHANNELS), dtype=np.float32)
    labels = np.zeros(shape=(num_images,), dtype=np.int64)
    for image in range(num_images):
        label = image % 2
        data[image, :, :, 0] = label - 0.5
        labels[image] = label
    return data, labels


def error_rate(predictions, labels):
    """Return the error rate based on dense predictions and sparse labels."""
    return 100.0 - (100.0 * np.sum(np.argmax(predictions, 1) == labels) / predictions.shape[0])


def deepnn(x):
    with tf.name_scope('conv1'):
        W_conv1 = weight_variable([3, 3, CHANNELS, 4])
        b_conv1 = bias_variable([4])
        h_conv1 = tf.nn.relu(conv2d(x, W_conv1) + b_conv1)
    with tf.name_scope('pool1'):
        h_pool1 = max_pool_2x2(h_conv1)
    with tf.name_scope('fc1'):
        shape = h_pool1.get_shape().as_list()
        size = shape[1] * shape[2] * shape[3]
        W_fc1 = weight_variable([size, 8], name='W')
        b_fc1 = bias_variable([8])
        h_flat = tf.reshape(h_pool1, [-1, size])
        h_fc1 = tf.nn.relu(tf.matmul(h_flat, W_fc1) + b_fc1)
    with tf.name_scope('dropout'):
        keep_prob = tf.placeholder(tf.float32)
        h_fc1_drop = tf.nn.dropout(h_fc1, keep_prob, seed=SEED)
    with tf.name_scope('fc2'):
        W_fc2 = weight_variable([8, LABELS])
        b_fc2 = bias_variable([LABELS])
        y_conv = tf.matmul(h_fc1_drop, W_fc2) + b_fc2
    return y_conv, keep_prob


train_data, train_labels = fake_data(32)
x = tf.placeholder(tf.float32, [None, IMAGE, IMAGE, CHANNELS])
y_ = tf.placeholder(tf.int64, [None])
logits, keep_prob = deepnn(x)
loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y_, logits=logits))
train_step = tf.train.MomentumOptimizer(0.05, 0.9).minimize(loss)
start_time = time.time()
with tf.Session() as sess:
    tf.global_variables_initializer().run()
    for step in range(20):
        offset = (step * BATCH) % (train_labels.shape[0] - BATCH)
        batch = train_data[offset:(offset + BATCH), ...]
        feed = {x: batch, y_: train_labels[offset:(offset + BATCH)], keep_prob: 0.9}
        sess.run(train_step, feed_dict=feed)
        if step % 10 == 0:
            l, predictions = sess.run([loss, logits], feed_dict={x: train_data, y_: train_labels, keep_prob: 1.0})
            print('Step %d: loss %.3f, error %.1f%%' % (step, l, error_rate(predictions, train_labels)))
    elapsed = time.time() - start_time
    final = error_rate(logits.eval(feed_dict={x: train_data, keep_prob: 1.}), train_labels)
    print('elapsed ok:', elapsed >= 0, os.path.join('tmp', 'model'))
    assert final < 10., final
