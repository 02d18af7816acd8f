"""The programs of bench/native.ts in Python TensorFlow 1.15. Reads lines `NAME N` and answers with the milliseconds and
the processor milliseconds of a run, means over N runs; `exit` ends it. Argument: threads."""
import os
import sys
import time

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import warnings
warnings.filterwarnings('ignore')
import numpy as np
import tensorflow as tf
tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)

THREADS = int(sys.argv[1])
rng = np.random.RandomState(1)


def variable(i, shape):
    scale = 1 / np.sqrt(np.prod(shape[:-1])) if len(shape) > 1 else .1
    return tf.get_variable('v%d' % i, initializer=(scale * rng.uniform(-1, 1, shape)).astype(np.float32))


def tiny():
    x = y = tf.placeholder(tf.float32, [4])
    for i in range(64):
        y = tf.add(y, tf.constant([1., 2., 3., 4.]))
    return y, {x: np.ones(4, np.float32)}


def train(loss, feeds):
    return [loss, tf.train.AdamOptimizer(1e-4).minimize(loss)], feeds


def mlp():
    x, y = tf.placeholder(tf.float32, [128, 784]), tf.placeholder(tf.float32, [128, 10])
    sizes, h = [784, 512, 512, 10], x
    for i in range(3):
        h = tf.nn.bias_add(tf.matmul(h, variable(2 * i, sizes[i:i + 2])), variable(2 * i + 1, [sizes[i + 1]]))
        h = tf.nn.relu(h) if i < 2 else h
    loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=h))
    return train(loss, {x: rng.uniform(-1, 1, [128, 784]), y: np.eye(10)[np.arange(128) % 10]})


def vbn():
    x, y = tf.placeholder(tf.float32, [64, 64, 64, 1]), tf.placeholder(tf.float32, [64, 1])
    channels, h = [1, 32, 64, 64], x
    for i in range(3):
        w, b, gamma, beta = [variable(4 * i + k, s) for k, s in enumerate([[3, 3, channels[i], channels[i + 1]]] + 3 * [[channels[i + 1]]])]
        h = tf.nn.bias_add(tf.nn.conv2d(h, w, [1, 2, 2, 1], 'SAME'), b)
        ref = tf.slice(h, [0, 0, 0, 0], [32, -1, -1, -1])
        mean = tf.reduce_mean(ref, [0, 1, 2])
        var = tf.reduce_mean(tf.square(ref - mean), [0, 1, 2])
        h = tf.nn.relu((h - mean) * (tf.rsqrt(var + 1e-3) * gamma) + beta)
    logits = tf.matmul(tf.reshape(h, [64, -1]), variable(12, [4096, 1]))
    loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits))
    return train(loss, {x: rng.uniform(-1, 1, [64, 64, 64, 1]), y: (np.arange(64) % 2)[:, None]})


programs = {}
for build in (tiny, mlp, vbn):
    with tf.Graph().as_default():
        fetches, feeds = build()
        sess = tf.Session(config=tf.ConfigProto(intra_op_parallelism_threads=THREADS, inter_op_parallelism_threads=THREADS))
        sess.run(tf.global_variables_initializer())
        feeds = {k: np.asarray(v, np.float32) for k, v in feeds.items()}
        programs[build.__name__] = (sess, fetches, feeds)
print('ready', tf.__version__, flush=True)
for line in sys.stdin:
    if line.strip() == 'exit':
        break
    name, n = line.split()
    sess, fetches, feeds = programs[name]
    t, c = time.perf_counter(), time.process_time()
    for _ in range(int(n)):
        sess.run(fetches, feeds)
    print((time.perf_counter() - t) * 1e3 / int(n), (time.process_time() - c) * 1e3 / int(n), flush=True)
