"""Logistic regression on two clouds of points, softmax and batches."""
import numpy as np
import tensorflow as tf

FEATURES = 2
CLASSES = 3
BATCH_SIZE = 16
EPOCHS = 8


class DataSet(object):
    """Batches of a shuffled data set."""

    def __init__(self, images, labels, one_hot=True):
        self._images = images
        self._labels = np.eye(CLASSES)[labels] if one_hot else labels
        self._epochs_completed = 0
        self._index_in_epoch = 0

    @property
    def images(self):
        return self._images

    @property
    def labels(self):
        return self._labels

    @property
    def num_examples(self):
        return self._images.shape[0]

    def next_batch(self, batch_size):
        start = self._index_in_epoch
        self._index_in_epoch += batch_size
        if self._index_in_epoch > self.num_examples:
            self._epochs_completed += 1
            perm = np.arange(self.num_examples)
            np.random.shuffle(perm)
            self._images = self._images[perm]
            self._labels = self._labels[perm]
            start = 0
            self._index_in_epoch = batch_size
        end = self._index_in_epoch
        return self._images[start:end], self._labels[start:end]


def make_data(n):
    np.random.seed(3)
    labels = np.random.randint(0, CLASSES, size=n)
    centers = np.array([[0., 2.], [2., -1.], [-2., -1.]])
    points = centers[labels] + np.random.normal(0, 0.4, [n, FEATURES])
    return DataSet(points, labels)


def main():
    train = make_data(160)
    tf.set_random_seed(5)
    x = tf.placeholder(tf.float32, [None, FEATURES], name='x')
    y = tf.placeholder(tf.float32, [None, CLASSES], name='y')

    W = tf.Variable(tf.zeros([FEATURES, CLASSES]))
    b = tf.Variable(tf.zeros([CLASSES]))
    pred = tf.nn.softmax(tf.matmul(x, W) + b)

    # Minimize error using cross entropy
    cost = tf.reduce_mean(-tf.reduce_sum(y * tf.log(pred), reduction_indices=1))
    global_step = tf.Variable(0, trainable=False, name='global_step')
    optimizer = tf.train.GradientDescentOptimizer(0.5)
    train_op = optimizer.minimize(cost, global_step=global_step)

    correct_prediction = tf.equal(tf.argmax(pred, 1), tf.argmax(y, 1))
    accuracy = tf.reduce_mean(tf.cast(correct_prediction, tf.float32))

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for epoch in range(EPOCHS):
            avg_cost = 0.
            total_batch = int(train.num_examples / BATCH_SIZE)
            for i in range(total_batch):
                batch_xs, batch_ys = train.next_batch(BATCH_SIZE)
                _, c = sess.run([train_op, cost], feed_dict={x: batch_xs, y: batch_ys})
                avg_cost += c / total_batch
            if epoch % 2 == 0:
                print("Epoch: %04d cost=%.6f" % (epoch + 1, avg_cost))
        acc = accuracy.eval({x: train.images, y: train.labels})
        print("Accuracy:", acc)
        assert acc > 0.9
        assert sess.run(global_step) == EPOCHS * (train.num_examples // BATCH_SIZE)


if __name__ == '__main__' or True:
    main()
