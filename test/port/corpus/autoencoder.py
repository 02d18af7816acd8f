"""Denoising autoencoder: a class with a private graph, tied weights, masking noise."""
import collections

import numpy as np
import tensorflow as tf

Config = collections.namedtuple('Config', ['n_visible', 'n_hidden', 'lr', 'noise'])


def xavier_init(fan_in, fan_out, constant=1):
    low = -constant * np.sqrt(6.0 / (fan_in + fan_out))
    high = constant * np.sqrt(6.0 / (fan_in + fan_out))
    return tf.random_uniform((fan_in, fan_out), minval=low, maxval=high, dtype=tf.float32, seed=2)


class Autoencoder(object):

    def __init__(self, config, transfer=tf.nn.sigmoid, optimizer=None):
        self.config = config
        self.transfer = transfer
        self.weights = self._initialize_weights()
        self.x = tf.placeholder(tf.float32, [None, config.n_visible])
        self.hidden = self.transfer(tf.add(tf.matmul(self.x, self.weights['w1']), self.weights['b1']))
        self.reconstruction = tf.add(tf.matmul(self.hidden, tf.transpose(self.weights['w1'])), self.weights['b2'])

        # cost
        self.cost = 0.5 * tf.reduce_sum(tf.pow(tf.subtract(self.reconstruction, self.x), 2.0))
        if optimizer is None:
            optimizer = tf.train.AdamOptimizer(config.lr)
        self.optimizer = optimizer.minimize(self.cost)
        self.sess = tf.Session()
        self.sess.run(tf.global_variables_initializer())

    def _initialize_weights(self):
        all_weights = dict()
        all_weights['w1'] = tf.Variable(xavier_init(self.config.n_visible, self.config.n_hidden))
        all_weights['b1'] = tf.Variable(tf.zeros([self.config.n_hidden], dtype=tf.float32))
        all_weights['b2'] = tf.Variable(tf.zeros([self.config.n_visible], dtype=tf.float32))
        return all_weights

    def partial_fit(self, X):
        cost, opt = self.sess.run((self.cost, self.optimizer), feed_dict={self.x: X})
        return cost

    def calc_total_cost(self, X):
        return self.sess.run(self.cost, feed_dict={self.x: X})

    def transform(self, X):
        return self.sess.run(self.hidden, feed_dict={self.x: X})

    def get_weights(self):
        return self.sess.run(self.weights['w1'])


def corrupt(x, level, rng):
    """Masks a part of the input."""
    mask = rng.uniform(size=x.shape) > level
    return x * mask


def get_random_block_from_data(data, batch_size, rng):
    start_index = rng.randint(0, len(data) - batch_size)
    return data[start_index:(start_index + batch_size)]


config = Config(n_visible=6, n_hidden=3, lr=0.05, noise=0.1)
rng = np.random.RandomState(4)
data = rng.rand(40, 6)
autoencoder = Autoencoder(config)

before = autoencoder.calc_total_cost(data)
for epoch in range(6):
    avg_cost = 0.
    total_batch = int(len(data) / 8)
    for i in range(total_batch):
        batch = corrupt(get_random_block_from_data(data, 8, rng), config.noise, rng)
        cost = autoencoder.partial_fit(batch)
        avg_cost += cost / len(data) * 8
    if not epoch % 3:
        print("Epoch: {0:04d}, cost={1:.5f}".format(epoch + 1, avg_cost))
after = autoencoder.calc_total_cost(data)
print("Total cost: " + str(after < before), autoencoder.transform(data).shape, autoencoder.get_weights().shape)
assert after < before
