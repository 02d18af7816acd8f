#!/usr/bin/python
# Matrix factorization for recommendation: biases, embeddings, L2, RMSE.
# Python 2 style.
import time
from collections import deque

import numpy as np
import tensorflow as tf

np.random.seed(13575)

BATCH_SIZE = 20
USER_NUM = 12
ITEM_NUM = 15
DIM = 4
EPOCH_MAX = 6
DEVICE = "/cpu:0"


class ShuffleIterator(object):
    """
    Randomly generate batches
    """
    def __init__(self, inputs, batch_size=10):
        self.inputs = inputs
        self.batch_size = batch_size
        self.num_cols = len(self.inputs)
        self.len = len(self.inputs[0])
        self.inputs = np.transpose(np.vstack([np.array(self.inputs[i]) for i in range(self.num_cols)]))

    def __len__(self):
        return self.len

    def __iter__(self):
        return self

    def __next__(self):
        return self.next()

    def next(self):
        ids = np.random.randint(0, self.len, (self.batch_size,))
        out = self.inputs[ids, :]
        return [out[:, i] for i in range(self.num_cols)]


class OneEpochIterator(ShuffleIterator):
    """
    Sequentially generate one-epoch batches, typically for test data
    """
    def __init__(self, inputs, batch_size=10):
        super(OneEpochIterator, self).__init__(inputs, batch_size=batch_size)
        if batch_size > 0:
            self.idx_group = np.array_split(np.arange(self.len), np.ceil(self.len / float(batch_size)))
        else:
            self.idx_group = [np.arange(self.len)]
        self.group_id = 0

    def next(self):
        if self.group_id >= len(self.idx_group):
            self.group_id = 0
            raise StopIteration
        out = self.inputs[self.idx_group[self.group_id], :]
        self.group_id += 1
        return [out[:, i] for i in range(self.num_cols)]


def inference_svd(user_batch, item_batch, user_num, item_num, dim=5, device="/cpu:0"):
    with tf.device("/cpu:0"):
        bias_global = tf.get_variable("bias_global", shape=[])
        w_bias_user = tf.get_variable("embd_bias_user", shape=[user_num],
                                      initializer=tf.constant_initializer(0.1))
        w_bias_item = tf.get_variable("embd_bias_item", shape=[item_num],
                                      initializer=tf.constant_initializer(0.1))
        # embedding_lookup: Looks up 'ids' in a list of embedding tensors
        # Bias embeddings for user and items, given a batch
        bias_user = tf.nn.embedding_lookup(w_bias_user, user_batch, name="bias_user")
        bias_item = tf.nn.embedding_lookup(w_bias_item, item_batch, name="bias_item")
        w_user = tf.get_variable("embd_user", shape=[user_num, dim],
                                 initializer=tf.truncated_normal_initializer(stddev=0.3, seed=1))
        w_item = tf.get_variable("embd_item", shape=[item_num, dim],
                                 initializer=tf.truncated_normal_initializer(stddev=0.3, seed=2))
        embd_user = tf.nn.embedding_lookup(w_user, user_batch, name="embedding_user")
        embd_item = tf.nn.embedding_lookup(w_item, item_batch, name="embedding_item")
    with tf.device(device):
        infer = tf.reduce_sum(tf.multiply(embd_user, embd_item), 1)
        infer = tf.add(infer, bias_global)
        infer = tf.add(infer, bias_user)
        infer = tf.add(infer, bias_item, name="svd_inference")
        regularizer = tf.add(tf.nn.l2_loss(embd_user), tf.nn.l2_loss(embd_item), name="svd_regularizer")
    return infer, regularizer


def optimization(infer, regularizer, rate_batch, learning_rate=0.001, reg=0.1, device="/cpu:0"):
    global_step = tf.train.get_global_step()
    assert global_step is not None
    with tf.device(device):
        cost_l2 = tf.nn.l2_loss(tf.subtract(infer, rate_batch))
        penalty = tf.constant(reg, dtype=tf.float32, shape=[], name="l2")
        cost = tf.add(cost_l2, tf.multiply(regularizer, penalty))
        train_op = tf.train.AdamOptimizer(learning_rate).minimize(cost, global_step=global_step)
    return cost, train_op


def get_data():
    users, items = np.meshgrid(np.arange(USER_NUM), np.arange(ITEM_NUM))
    users, items = users.reshape(-1), items.reshape(-1)
    rates = 3 + np.sin(users * 1.0) + np.cos(items * 2.0)
    order = np.random.permutation(len(users))
    split = int(len(users) * 0.9)
    train, test = order[:split], order[split:]
    return (users[train], items[train], rates[train]), (users[test], items[test], rates[test])


def clip(x):
    return np.clip(x, 1.0, 5.0)


def svd(train, test):
    samples_per_batch = len(train[0]) // BATCH_SIZE

    iter_train = ShuffleIterator(train, batch_size=BATCH_SIZE)
    iter_test = OneEpochIterator(test, batch_size=-1)

    user_batch = tf.placeholder(tf.int32, shape=[None], name="id_user")
    item_batch = tf.placeholder(tf.int32, shape=[None], name="id_item")
    rate_batch = tf.placeholder(tf.float32, shape=[None])

    infer, regularizer = inference_svd(user_batch, item_batch, user_num=USER_NUM, item_num=ITEM_NUM, dim=DIM,
                                       device=DEVICE)
    tf.train.create_global_step()
    _, train_op = optimization(infer, regularizer, rate_batch, learning_rate=0.02, reg=0.05, device=DEVICE)

    bias = [v for v in tf.global_variables() if v.op.name == 'bias_global'][0]
    init_op = tf.global_variables_initializer()
    with tf.Session() as sess:
        sess.run(init_op)
        sess.run(bias.assign(3.0))
        print "epoch", "train_error", "val_error"
        errors = deque(maxlen=samples_per_batch)
        start = time.time()
        for i in xrange(EPOCH_MAX * samples_per_batch):
            users, items, rates = next(iter_train)
            _, pred_batch = sess.run([train_op, infer], feed_dict={user_batch: users,
                                                                   item_batch: items,
                                                                   rate_batch: rates})
            pred_batch = clip(pred_batch)
            errors.append(np.power(pred_batch - rates, 2))
            if i % samples_per_batch == 0:
                train_err = np.sqrt(np.mean(errors))
                test_err2 = np.array([])
                for users, items, rates in iter_test:
                    pred_batch = sess.run(infer, feed_dict={user_batch: users, item_batch: items})
                    pred_batch = clip(pred_batch)
                    test_err2 = np.append(test_err2, np.power(pred_batch - rates, 2))
                end = time.time()
                test_err = np.sqrt(np.mean(test_err2))
                print "%3d %.4f %.4f" % (i / samples_per_batch, train_err, test_err)
                assert end >= start
                start = end


if __name__ == '__main__':
    df_train, df_test = get_data()
    print "%d training ratings, %d test ratings" % (len(df_train[0]), len(df_test[0]))
    svd(df_train, df_test)
    print "Done!"
