"""py_func: Python functions as ops; their arguments, results, states and errors. tf.print and its format nodes."""
import sys

import numpy as np

from oracle import attempt, note


def build(tf):
    x = tf.placeholder(tf.float32, [2, 3], name='x')
    calls = []

    def double(a):
        calls.append(1)
        return a * np.float32(2)

    y = tf.py_func(double, [x], tf.float32)
    y.set_shape(x.shape)
    total = tf.reduce_sum(y)
    both = tf.py_func(lambda a, b: (a + np.float32(1), (b + 1).astype(np.int64)), [x, tf.constant([1, 2], tf.int64)], [tf.float32, tf.int64], name='both')
    pure = tf.py_func(lambda a: a + np.float32(5), [tf.constant([1., 2.])], tf.float32, stateful=False, name='pure')

    text = tf.py_func(lambda s: [t.upper() for t in s], [tf.constant(['a', 'bc'])], [tf.string, tf.string], name='text')
    flags = tf.py_func(lambda a: a > 0, [x], tf.bool, name='flags')
    nested = tf.contrib.framework.py_func(lambda a, b: {'sum': a + b, 'diff': [a - b]}, args=[x, x + 1], output_types={'sum': tf.float32, 'diff': [tf.float32]}, output_shapes={'sum': x.shape, 'diff': [[2, 3]]}, name='nested')
    note('nodes', [[t.name, t.op.type, t.shape, t.dtype] for t in [y, total] + both + [pure] + text + [flags, nested['sum'], nested['diff'][0]]])


    def fail(kind, message):
        def f(a):
            raise kind(message)
        return tf.py_func(f, [x], tf.float32)

    bad = [fail(ValueError, 'bad value'), fail(TypeError, 'bad type'), fail(KeyError, 'key'), fail(NotImplementedError, 'not there'), fail(RuntimeError, 'run'), fail(StopIteration, 'end')]
    few = tf.py_func(lambda a: a, [x], [tf.float32, tf.float32], name='few')
    dtype = tf.py_func(lambda a: a.astype(np.float64), [x], tf.float32, name='dtype')
    attempt('callable', lambda: tf.py_func(3, [x], tf.float32))
    attempt('args', lambda: tf.contrib.framework.py_func(double, args=x, output_types=tf.float32))
    attempt('kwargs', lambda: tf.contrib.framework.py_func(double, args=[x], kwargs=[1], output_types=tf.float32))
    prints = [tf.print(x), tf.print('x:', x, x[0], summarize=1, output_stream=sys.stdout, name='p'), tf.print('only text', 3, end=''), tf.print(tf.constant('scalar')), tf.print([x, 'a'], {'k': x}, sep='|', output_stream=tf.logging.info), tf.print('{}', x, 'a{}b'), tf.print(tf.SparseTensor([[0]], [1.], [2]), output_stream=tf.logging.ERROR),
              tf.print([x, 1], True, None, 2.5)]
    note('prints', [[p.name, p.type] for p in prints])
    attempt('stream', lambda: tf.print(x, output_stream='nowhere'))
    attempt('keyword', lambda: tf.print(x, color='red'))
    feed = {x: np.arange(6, dtype=np.float32).reshape(2, 3)}
    runs = [{'fetch': [y, total], 'feed': feed}, {'fetch': both, 'feed': feed}, {'fetch': pure}, {'fetch': text}, {'fetch': flags, 'feed': feed}, {'fetch': nested, 'feed': feed}]
    runs += [{'fetch': few, 'feed': feed}, {'fetch': dtype, 'feed': feed}] + [{'fetch': b, 'feed': feed} for b in bad]
    return {'runs': runs}
