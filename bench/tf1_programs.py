"""The benchmark programs in TensorFlow 1.15, or 2.x by compat.v1. Argument: threads (1). Reads lines `program times`, writes the
milliseconds of a run, its processor milliseconds, and the first number of the very first run."""
import sys
import time

import numpy as np
import tensorflow.compat.v1 as tf

THREADS = int(sys.argv[1]) if len(sys.argv) > 1 else 1
if hasattr(tf, 'disable_v2_behavior') and not tf.__version__.startswith('1.'):
    tf.disable_v2_behavior()

RATE = 1e-4


def random(n, seed, scale=1.0):
    s, out = seed, np.empty(n, np.float32)
    for i in range(n):
        s = (s * 1664525 + 1013904223) & 0xffffffff
        out[i] = scale * (s / 2.0 ** 31 - 1)
    return out


def fed(megabytes):
    def build():
        n = megabytes << 18
        x = tf.placeholder(tf.float32, [n])
        return [tf.slice(x, [n - 1], [1])], {x: np.full(n, 0.5, np.float32)}
    return build


def variables(shapes):
    return [tf.get_variable('v%d' % i, initializer=random(int(np.prod(s)), 7 + i, 1 / np.sqrt(np.prod(s[:-1])) if len(s) > 1 else 0.1).reshape(s)) for i, s in enumerate(shapes)]


def train(loss, optimizer=None):
    return [loss, (optimizer or tf.train.AdamOptimizer(RATE)).minimize(loss)]


CHANNELS = [1, 32, 64, 64]


def vbn():
    shapes = [s for i in (1, 2, 3) for s in ([3, 3, CHANNELS[i - 1], CHANNELS[i]], [CHANNELS[i]], [CHANNELS[i]], [CHANNELS[i]])] + [[4096, 1]]
    v = variables(shapes)
    x, y = tf.placeholder(tf.float32, [64, 64, 64, 1]), tf.placeholder(tf.float32, [64, 1])
    h = x
    for i in range(3):
        w, b, gamma, beta = v[4 * i:4 * i + 4]
        h = tf.nn.bias_add(tf.nn.conv2d(h, w, [1, 2, 2, 1], 'SAME'), b)
        reference = tf.slice(h, [0, 0, 0, 0], [32, -1, -1, -1])
        mean = tf.reduce_mean(reference, [0, 1, 2])
        variance = tf.reduce_mean(tf.square(reference - mean), [0, 1, 2])
        h = tf.nn.relu((h - mean) * (tf.rsqrt(variance + 1e-3) * gamma) + beta)
    logits = tf.matmul(tf.reshape(h, [64, -1]), v[12])
    loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits))
    return train(loss), {x: random(64 ** 3, 1).reshape(64, 64, 64, 1), y: (np.arange(64) % 2).reshape(64, 1)}


def convnet():
    v = variables([s for i in (1, 2, 3) for s in ([3, 3, CHANNELS[i - 1], CHANNELS[i]], [CHANNELS[i]])] + [[4096, 1]])
    x = tf.placeholder(tf.float32, [64, 64, 64, 1])
    h = x
    for i in range(3):
        h = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(h, v[2 * i], [1, 2, 2, 1], 'SAME'), v[2 * i + 1]))
    return [tf.matmul(tf.reshape(h, [64, -1]), v[6])], {x: random(64 ** 3, 1).reshape(64, 64, 64, 1)}


def one_hot(batch):
    return np.eye(10, dtype=np.float32)[np.arange(batch) % 10]


def dense(*optimizer):
    v = variables([[784, 512], [512], [512, 512], [512], [512, 10], [10]])
    x, y = tf.placeholder(tf.float32, [128, 784]), tf.placeholder(tf.float32, [128, 10])
    h = x
    for i in range(3):
        h = tf.nn.bias_add(tf.matmul(h, v[2 * i]), v[2 * i + 1])
        if i < 2:
            h = tf.nn.relu(h)
    return train(tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=h)), *optimizer), {x: random(128 * 784, 2).reshape(128, 784), y: one_hot(128)}


def sgd():
    return dense(tf.train.GradientDescentOptimizer(0.01))


def lstm():
    v = variables([[192, 512], [512], [128, 10], [10]])
    x, y = tf.placeholder(tf.float32, [50, 32, 64]), tf.placeholder(tf.float32, [32, 10])
    c = h = tf.zeros([32, 128])
    for xt in tf.unstack(x):
        i, j, f, o = tf.split(tf.nn.bias_add(tf.matmul(tf.concat([xt, h], 1), v[0]), v[1]), 4, 1)
        c = c * tf.sigmoid(f + 1.) + tf.sigmoid(i) * tf.tanh(j)
        h = tf.tanh(c) * tf.sigmoid(o)
    logits = tf.nn.bias_add(tf.matmul(h, v[2]), v[3])
    return train(tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=logits))), {x: random(50 * 32 * 64, 3).reshape(50, 32, 64), y: one_hot(32)}


def chain():
    x = tf.placeholder(tf.float32, [1 << 20])
    return [tf.exp(tf.tanh(tf.sigmoid(tf.log(tf.exp(tf.tanh(x) * 0.5) + 1.)) * x))], {x: random(1 << 20, 4)}


def tiny():
    x = tf.placeholder(tf.float32, [4])
    y = x
    for _ in range(64):
        y = y + x
    return [y], {x: random(4, 5)}


def attention():
    v = variables([[128, 384], [128, 128], [128]])
    x = tf.placeholder(tf.float32, [8, 64, 128])
    flat = tf.reshape(x, [-1, 128])
    q, k, u = [tf.transpose(tf.reshape(t, [8, 64, 4, 32]), [0, 2, 1, 3]) for t in tf.split(tf.matmul(flat, v[0]), 3, 1)]
    weights = tf.nn.softmax(tf.matmul(q, k, transpose_b=True) * (1 / np.sqrt(32.)))
    joined = tf.reshape(tf.transpose(tf.matmul(weights, u), [0, 2, 1, 3]), [-1, 128])
    y = flat + tf.nn.bias_add(tf.matmul(joined, v[1]), v[2])
    return train(tf.reduce_mean(tf.square(y))), {x: random(8 * 64 * 128, 6).reshape(8, 64, 128)}


def embedding():
    table, out = variables([[20000, 64], [64, 512]])
    x = tf.placeholder(tf.int32, [512])
    return [tf.nn.softmax(tf.matmul(tf.nn.embedding_lookup(table, x), out))], {x: (np.arange(512) * 7919 % 20000).astype(np.int32)}


PROGRAMS = {f.__name__: f for f in (vbn, convnet, dense, sgd, lstm, chain, tiny, attention, embedding)}
PROGRAMS.update(('feed%d' % n, fed(n)) for n in (1, 4, 16, 64))
OPEN = {}


def program(name):
    if name not in OPEN:
        with tf.Graph().as_default() as graph:
            fetches, feeds = PROGRAMS[name]()
            init = tf.global_variables_initializer()
            sess = tf.Session(graph=graph, config=tf.ConfigProto(intra_op_parallelism_threads=THREADS, inter_op_parallelism_threads=THREADS))
            sess.run(init)
        feeds = {k: np.asarray(v, k.dtype.as_numpy_dtype) for k, v in feeds.items()}
        OPEN[name] = (lambda: sess.run(fetches, feeds)), np.ravel(sess.run(fetches, feeds)[0])[0]
    return OPEN[name]


for line in sys.stdin:
    name, times = line.split()
    run, first = program(name)
    start, used = time.perf_counter(), time.process_time()
    for _ in range(int(times)):
        run()
    print((time.perf_counter() - start) * 1000 / int(times), (time.process_time() - used) * 1000 / int(times), first, flush=True)
