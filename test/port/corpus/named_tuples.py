"""Named tuples by name, place and pattern; layers as objects; raw ops; functions found by name; partitioners called."""
import tensorflow as tf

x = tf.constant([3., 1., 4., 1., 5.], name='x')
values, indices = tf.nn.top_k(x, 2)
top = tf.nn.top_k(x, k=3)
_, idx = tf.unique(x)
counted = tf.unique_with_counts(x)
lists = [t.name for t in counted]
best, where = tf.raw_ops.TopKV2(input=x, k=1)
halves = tf.raw_ops.Split(axis=0, value=x[:4], num_split=2)
by_name = getattr(tf.nn, 'top_k')(x, k=4, sorted=True)[0]
out = {}
out['values'], out['indices'] = tf.nn.top_k(x)
if True:
    values, where = tf.nn.top_k(x, 5)

dense = tf.layers.Dense(3, tf.nn.relu, kernel_initializer=tf.ones_initializer(), name='d')
h = dense(tf.ones([2, 4]))
for layer in [tf.layers.Dense(2, kernel_initializer=tf.ones_initializer()), tf.layers.Flatten()]:
    h = layer(h)
again = tf.layers.Dense(1, kernel_initializer=tf.ones_initializer())(h)
initializers = [tf.variance_scaling_initializer(2., mode, seed=1) for mode in ['fan_in', 'fan_out']]
part = tf.variable_axis_size_partitioner(8)(tf.TensorShape([4, 2]), tf.float32)
steps = tf.range(1., 3.)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    v, i, t, ix, b = sess.run([values, indices, top[0] + top.values, idx, best])
    assert list(v) == [5, 4, 3, 1, 1]
    assert list(i) == [4, 2]
    assert list(t) == [10, 8, 6]
    assert list(ix) == [0, 1, 2, 1, 3]
    assert list(b) == [5]
    assert list(sess.run(counted.count)) == [1, 2, 1, 1]
    assert list(sess.run(halves[1])) == [4, 1]
    assert list(sess.run(by_name)) == [5, 4, 3, 1]
    assert sess.run(again)[1][0] == 24
    assert lists == ['UniqueWithCounts:0', 'UniqueWithCounts:1', 'UniqueWithCounts:2'], lists
    assert list(part) == [4, 1], part
    assert steps.dtype == tf.float32
    assert len(top) == 3 - 1 and len(initializers) == 2
    print(v, i, len(out))
