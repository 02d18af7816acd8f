#!/usr/bin/env python
"""CNN with tf.layers: model function, train loop with exponential decay and moving averages."""
import os
import sys
import time

import numpy as np
import tensorflow as tf

# Parameters
IMAGE_SIZE = 8
NUM_CHANNELS = 1
NUM_LABELS = 4
BATCH_SIZE = 8
NUM_EPOCHS = 3
EVAL_FREQUENCY = 4
SEED = 66478


def fake_data(num_images):
    """Generate a fake dataset that matches the dimensions of the images."""
    data = np.ndarray(shape=(num_images, IMAGE_SIZE, IMAGE_SIZE, NUM_CHANNELS), dtype=np.float32)
    labels = np.zeros(shape=(num_images,), dtype=np.int64)
    for image in range(num_images):
        label = image % NUM_LABELS
        data[image, :, :, 0] = label / float(NUM_LABELS) - 0.5
        labels[image] = label
    return data, labels


def error_rate(predictions, labels):
    """Return the error rate based on dense predictions and sparse labels."""
    return 100.0 - (
        100.0 *
        np.sum(np.argmax(predictions, 1) == labels) /
        predictions.shape[0])


def cnn_model(features, mode, reuse=None):
    with tf.variable_scope('cnn', reuse=reuse):
        conv1 = tf.layers.conv2d(
            inputs=features, filters=4, kernel_size=[3, 3], padding='same',
            kernel_initializer=tf.truncated_normal_initializer(stddev=0.1, seed=SEED),
            activation=tf.nn.relu, name='conv1')
        pool1 = tf.layers.max_pooling2d(inputs=conv1, pool_size=[2, 2], strides=2)
        conv2 = tf.layers.conv2d(
            pool1, 6, (3, 3), padding='same', activation=tf.nn.relu, name='conv2',
            kernel_initializer=tf.truncated_normal_initializer(stddev=0.1, seed=SEED + 1))
        norm2 = tf.layers.batch_normalization(conv2, training=(mode == 'train'), name='norm2')
        pool2 = tf.layers.average_pooling2d(norm2, 2, 2)
        flat = tf.reshape(pool2, [-1, 2 * 2 * 6])
        dense = tf.layers.dense(flat, units=10, activation=tf.nn.relu, name='dense',
                                kernel_initializer=tf.random_uniform_initializer(-0.2, 0.2, seed=SEED + 2))
        dropout = tf.layers.dropout(inputs=dense, rate=0.0, training=mode == 'train')
        logits = tf.layers.dense(dropout, NUM_LABELS, name='logits',
                                 kernel_initializer=tf.random_uniform_initializer(-0.2, 0.2, seed=SEED + 3))
    predictions = {
        'classes': tf.argmax(input=logits, axis=1),
        'probabilities': tf.nn.softmax(logits, name='softmax_tensor'),
    }
    return logits, predictions


def main(argv=None):
    train_data, train_labels = fake_data(32)
    test_data, test_labels = fake_data(16)
    train_size = train_labels.shape[0]

    train_data_node = tf.placeholder(tf.float32, shape=(BATCH_SIZE, IMAGE_SIZE, IMAGE_SIZE, NUM_CHANNELS))
    train_labels_node = tf.placeholder(tf.int64, shape=(BATCH_SIZE,))
    eval_data = tf.placeholder(tf.float32, shape=(None, IMAGE_SIZE, IMAGE_SIZE, NUM_CHANNELS))

    logits, _ = cnn_model(train_data_node, 'train')
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=train_labels_node, logits=logits))

    # L2 regularization for the kernels of the dense layers.
    regularizers = 0.
    for var in tf.trainable_variables():
        if 'dense' in var.name and 'kernel' in var.name:
            regularizers += tf.nn.l2_loss(var)
    loss += 5e-4 * regularizers

    # Optimizer: set up a variable that's incremented once per batch and controls the learning rate decay.
    batch = tf.Variable(0, trainable=False, name='batch')
    learning_rate = tf.train.exponential_decay(
        0.05,                # Base learning rate.
        batch * BATCH_SIZE,  # Current index into the dataset.
        train_size,          # Decay step.
        0.95,                # Decay rate.
        staircase=True)
    update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    with tf.control_dependencies(update_ops):
        optimizer = tf.train.MomentumOptimizer(learning_rate, 0.9).minimize(loss, global_step=batch)
    ema = tf.train.ExponentialMovingAverage(0.9)
    with tf.control_dependencies([optimizer]):
        train_op = ema.apply(tf.trainable_variables())

    train_prediction = tf.nn.softmax(logits)
    _, eval_predictions = cnn_model(eval_data, 'eval', reuse=True)

    def eval_in_batches(data, sess):
        """Get all predictions for a dataset by running it in small batches."""
        size = data.shape[0]
        if size < BATCH_SIZE:
            raise ValueError("batch size for evals larger than dataset: %d" % size)
        predictions = np.ndarray(shape=(size, NUM_LABELS), dtype=np.float32)
        for begin in range(0, size, BATCH_SIZE):
            end = begin + BATCH_SIZE
            if end <= size:
                predictions[begin:end, :] = sess.run(
                    eval_predictions['probabilities'],
                    feed_dict={eval_data: data[begin:end, ...]})
        return predictions

    start_time = time.time()
    with tf.Session() as sess:
        tf.global_variables_initializer().run()
        print('Initialized!', len(tf.trainable_variables()), 'variables')
        for step in range(int(NUM_EPOCHS * train_size) // BATCH_SIZE):
            offset = (step * BATCH_SIZE) % (train_size - BATCH_SIZE + 1)
            batch_data = train_data[offset:(offset + BATCH_SIZE), ...]
            batch_labels = train_labels[offset:(offset + BATCH_SIZE)]
            feed_dict = {train_data_node: batch_data, train_labels_node: batch_labels}
            sess.run(train_op, feed_dict=feed_dict)
            if step % EVAL_FREQUENCY == 0:
                l, lr, predictions = sess.run([loss, learning_rate, train_prediction], feed_dict=feed_dict)
                elapsed_time = time.time() - start_time
                start_time = time.time()
                assert elapsed_time >= 0
                print('Step %d (epoch %.2f)' % (step, float(step) * BATCH_SIZE / train_size))
                print('Minibatch loss: %.3f, learning rate: %.6f' % (l, lr))
                print('Minibatch error: %.1f%%' % error_rate(predictions, batch_labels))
                sys.stdout.flush()
        test_error = error_rate(eval_in_batches(test_data, sess), test_labels)
        print('Test error: %.1f%%' % test_error, 'global step', sess.run(batch))
        print(os.path.join('/tmp', 'model.ckpt-%d' % sess.run(batch)))
        try:
            eval_in_batches(test_data[:4], sess)
        except ValueError as e:
            print('ValueError:', e)


if __name__ == '__main__':
    tf.app.run(main=main, argv=[sys.argv[0]])
