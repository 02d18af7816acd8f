# What a real TensorFlow client (1.15.5 or 1.2.1) does with a server, check by check. Prints one JSON object a check and
# "done" at the end; exits 1 when one fails. Usage: python client_checks.py grpc://127.0.0.1:PORT [PATTERN ...]
from __future__ import print_function
import json, os, sys, threading, time, traceback
for v in ('http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY', 'grpc_proxy'):
  os.environ.pop(v, None)
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
os.environ.setdefault('CUDA_VISIBLE_DEVICES', '')
from six.moves.urllib.parse import unquote
import warnings
warnings.simplefilter('ignore')
import numpy as np
import tensorflow as tf
NEW = not tf.__version__.startswith('1.2.')
(tf.compat.v1 if NEW else tf).logging.set_verbosity(40)
TARGET = sys.argv[1]
CHECKS = []


def check(f):
  CHECKS.append((f.__name__, f))
  return f


def new_only(f):
  return check(f) if NEW else f


def session(graph=None, **config):
  return tf.Session(TARGET, graph=graph, config=tf.ConfigProto(**config))


def equal(a, b, close=False):
  a, b = np.asarray(a), np.asarray(b)
  assert a.dtype == b.dtype, (a.dtype, b.dtype)
  if close:
    np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
  else:
    np.testing.assert_array_equal(a, b)


def same(fetches, feeds=None, close=False, init=False):
  """Both in process and on the server."""
  for s in (tf.Session(), session()):
    with s:
      if init:
        s.run(tf.global_variables_initializer())
      got = s.run(fetches, feeds)
    if s.sess_str == b'' or s.sess_str == '':
      want = got
  for a, b in zip(want, got):
    equal(b, a, close)


def raises(cls, text, f, node=None):
  try:
    f()
  except cls as e:
    assert type(e) is cls, type(e)
    message = e.message if NEW else unquote(e.message)    # old gRPC leaves texts percent-encoded
    assert text in message, message
    if node is not None and NEW:
      assert e.op is not None and e.op.name == node, (e.op, e.message)
    return e
  raise AssertionError('%s not raised' % cls.__name__)


# --- feeds and fetches
def feed_check(dtype, values):
  def f():
    x = tf.placeholder(dtype)
    with session() as s:
      value = np.array(values, dtype=dtype.as_numpy_dtype if dtype != tf.string else object)
      got = s.run(tf.identity(x), {x: value})
      if dtype == tf.string:
        assert got.tolist() == value.tolist(), got
      else:
        equal(got, value)
        assert got.tobytes() == value.tobytes()
  f.__name__ = 'feed_' + dtype.name
  CHECKS.append((f.__name__, f))


for d in (tf.float16, tf.float32, tf.float64):
  feed_check(d, [[0., -0., 1.5], [np.inf, -np.inf, 6e-5]])
for d in (tf.int8, tf.int16, tf.int32, tf.int64, tf.uint8, tf.uint16):
  feed_check(d, [[np.iinfo(d.as_numpy_dtype).min, 0], [7, np.iinfo(d.as_numpy_dtype).max]])
feed_check(tf.bool, [True, False, True])
feed_check(tf.complex64, [1 + 2j, -3j])
feed_check(tf.complex128, [[1 + 2j], [-3j]])
feed_check(tf.string, [b'', b'a', b'\x00\xff', b'long' * 100])


@check
def fetch_structures():
  a, b = tf.constant(1), tf.constant([2., 3.])
  with session() as s:
    r = s.run({'x': [a, (b, a)], 'y': b})
    assert r['x'][0] == 1 and r['x'][1][1] == 1
    equal(r['y'], np.float32([2, 3]))
    assert s.run(tf.no_op()) is None
    assert s.run([]) == []
    assert [int(v) for v in s.run([a, a])] == [1, 1]


@check
def fetch_of_a_fed_tensor():
  x = tf.placeholder(tf.float32, [2])
  with session() as s:
    r = s.run([x, x + 1], {x: [1., 2.]})
    equal(r[0], np.float32([1, 2]))
    equal(r[1], np.float32([2, 3]))


@check
def feed_of_an_inner_tensor():
  a = tf.constant(1.)
  b = a * 2
  c = b + 1
  with session() as s:
    assert s.run(c) == 3
    assert s.run(c, {b: 10.}) == 11


@check
def empty_tensors():
  x = tf.placeholder(tf.int32, [None, 3])
  with session() as s:
    equal(s.run(tf.reduce_sum(x, 0), {x: np.zeros([0, 3], np.int32)}), np.int32([0, 0, 0]))
    equal(s.run(x + 1, {x: np.zeros([0, 3], np.int32)}), np.zeros([0, 3], np.int32))


@check
def a_megabyte():
  x = tf.placeholder(tf.float32)
  v = np.tile(np.arange(64, dtype=np.float32), 1 << 12).reshape(512, 512)
  with session() as s:
    equal(s.run(-x, {x: v}), -v)


@check
def nan_and_denormals():
  x = tf.placeholder(tf.float32)
  v = np.float32([np.nan, 1e-45, -1e-45, 3.4e38])
  with session() as s:
    got = s.run(tf.identity(x), {x: v})
    assert got.view(np.uint32).tolist()[1:] == v.view(np.uint32).tolist()[1:] and np.isnan(got[0])


@check
def sparse_feed_and_fetch():
  sp = tf.sparse_placeholder(tf.float32)
  with session() as s:
    r = s.run(tf.sparse_reorder(sp), {sp: (np.int64([[1, 0], [0, 1]]), np.float32([1, 2]), np.int64([2, 2]))})
    assert r.indices.tolist() == [[0, 1], [1, 0]] and r.values.tolist() == [2, 1]


@check
def constants_of_every_form():
  parts = [tf.constant(3.5), tf.zeros([2, 3]), tf.constant(7, shape=[4]), tf.constant([True, False]), tf.constant([1 + 2j]), tf.constant(np.float16([1, 2])), tf.constant(np.arange(100)), tf.constant([[b'a', b'bc']])]
  with tf.Session() as here, session() as there:
    for a, b in zip(here.run(parts), there.run(parts)):
      assert a.dtype == b.dtype and a.tolist() == b.tolist()


# --- variables
@check
def variables_are_initialized_and_assigned():
  v = tf.Variable([1., 2.])
  add = tf.assign_add(v, [1., 1.])
  with session() as s:
    s.run(tf.global_variables_initializer())
    equal(s.run(v), np.float32([1, 2]))
    s.run(add)
    s.run(add.op)
    equal(s.run(v), np.float32([3, 4]))
    s.run(v.assign([9., 9.]))
    equal(s.run(v.read_value()), np.float32([9, 9]))


@check
def uninitialized_variable():
  v = tf.Variable(1., name='lonely')
  w = tf.identity(v)
  with session() as s:
    raises(tf.errors.FailedPreconditionError, 'Attempting to use uninitialized value lonely', lambda: s.run(w))


@check
def resource_variables():
  v = tf.get_variable('r', initializer=[1., 2.], use_resource=True)
  with session() as s:
    raises(tf.errors.FailedPreconditionError, 'Error while reading resource variable', lambda: s.run(v.read_value()))
    s.run(tf.global_variables_initializer())
    s.run(v.assign_add([1., 1.]))
    equal(s.run(v.read_value()), np.float32([2, 3]))


@check
def scatter_updates():
  v = tf.Variable(np.zeros([4, 2], np.float32))
  up = tf.scatter_update(v, [1, 3], [[1., 1.], [2., 2.]])
  with session() as s:
    s.run(tf.global_variables_initializer())
    equal(s.run(up), np.float32([[0, 0], [1, 1], [0, 0], [2, 2]]))


@check
def sessions_share_variables():
  v = tf.Variable(5., name='shared_between')
  with session() as a, session() as b:
    a.run(tf.global_variables_initializer())
    a.run(tf.assign_add(v, 1.))
    assert b.run(v) == 6


@check
def another_graph_shares_by_name():
  with tf.Graph().as_default() as g:
    v = tf.Variable(5., name='by_name')
    with session(g) as s:
      s.run(v.initializer)
  with tf.Graph().as_default() as h:
    w = tf.Variable(0., name='by_name')
    with session(h) as s:
      assert s.run(w) == 5


@new_only
def isolated_sessions_do_not_share():
  v = tf.Variable(5., name='alone')
  with session(isolate_session_state=True) as a, session(isolate_session_state=True) as b:
    a.run(v.initializer)
    raises(tf.errors.FailedPreconditionError, 'uninitialized', lambda: b.run(v + 1.))


@check
def variables_outlive_their_session():
  v = tf.Variable(5., name='outlives')
  with session() as s:
    s.run(v.initializer)
  with session() as s:
    assert s.run(v) == 5


@check
def containers_are_reset_one_by_one():
  with tf.container('box'):
    v = tf.Variable(1., name='in_box')
  w = tf.Variable(2., name='outside')
  s = session()
  s.run(tf.global_variables_initializer())
  tf.Session.reset(TARGET, ['box'])
  raises(tf.errors.AbortedError, 'is not found', lambda: s.run(v))
  with session() as t:
    raises(tf.errors.FailedPreconditionError, 'uninitialized value', lambda: t.run(v + 1.))
    assert t.run(w) == 2


@check
def reset_of_everything():
  v = tf.Variable(1., name='gone')
  with session() as s:
    s.run(v.initializer)
  tf.Session.reset(TARGET)
  with session() as s:
    raises(tf.errors.FailedPreconditionError, 'uninitialized', lambda: s.run(v + 1.))


@check
def report_of_uninitialized_variables():
  v, w = tf.Variable(1., name='one'), tf.Variable(1., name='two')
  with session() as s:
    s.run(v.initializer)
    assert s.run(tf.report_uninitialized_variables()).tolist() == [b'two']


@check
def reads_after_writes():
  v = tf.Variable(1.)
  inc = tf.assign_add(v, 10.)
  with tf.control_dependencies([inc]):
    after = v + 0.
  with session() as s:
    s.run(v.initializer)
    assert s.run(after) == 11


# --- the graph grows
@check
def graphs_grow():
  with session() as s:
    x = tf.constant(1)
    for i in range(20):
      x = x + 1
      assert s.run(x) == i + 2


@check
def growing_after_a_failure():
  with session() as s:
    x = tf.placeholder(tf.float32)
    raises(tf.errors.InvalidArgumentError, 'You must feed', lambda: s.run(x + 1))
    assert s.run(x * 2, {x: 4.}) == 8


@check
def a_thousand_nodes():
  x = tf.placeholder(tf.float32)
  y = x
  for _ in range(1000):
    y = y + 1
  with session() as s:
    assert s.run(y, {x: 0.}) == 1000


@check
def what_is_not_fetched_may_be_wrong():
  x = tf.placeholder(tf.float32)
  tf.matmul(x, x)
  with session() as s:
    assert s.run(tf.constant(1) + 1) == 2


# --- errors
@check
def error_of_shapes():
  a, b = tf.placeholder(tf.float32, name='a'), tf.placeholder(tf.float32, name='b')
  c = tf.add(a, b, name='bad_add')
  with session() as s:
    raises(tf.errors.InvalidArgumentError, 'Incompatible shapes: [2] vs. [3]', lambda: s.run(c, {a: [1., 2.], b: [1., 2., 3.]}), 'bad_add')
    equal(s.run(c, {a: [1.], b: [2.]}), np.float32([3]))


@check
def error_of_matmul():
  a = tf.placeholder(tf.float32, [None, None])
  c = tf.matmul(a, a, name='mm')
  with session() as s:
    raises(tf.errors.InvalidArgumentError, 'Matrix size-incompatible: In[0]: [1,2], In[1]: [1,2]', lambda: s.run(c, {a: [[1., 2.]]}), 'mm')


@check
def error_of_a_placeholder():
  x = tf.placeholder(tf.float32, [2], name='x')
  with session() as s:
    raises(tf.errors.InvalidArgumentError, "You must feed a value for placeholder tensor 'x' with dtype float", lambda: s.run(x + 1), 'x')


@check
def error_of_a_gather():
  i = tf.placeholder(tf.int32)
  with session() as s:
    raises(tf.errors.InvalidArgumentError, '= 7 is not in [0, 3)', lambda: s.run(tf.gather([1, 2, 3], i), {i: [7]}))


@check
def error_of_an_assertion():
  x = tf.placeholder(tf.int32, name='x')
  with tf.control_dependencies([tf.assert_positive(x, message='keep it up')]):
    y = tf.identity(x)
  with session() as s:
    raises(tf.errors.InvalidArgumentError, 'keep it up', lambda: s.run(y, {x: -1}))
    assert s.run(y, {x: 1}) == 1


@check
def error_of_check_numerics():
  x = tf.placeholder(tf.float32)
  y = tf.check_numerics(x, 'bad value')
  with session() as s:
    raises(tf.errors.InvalidArgumentError, 'bad value : Tensor had NaN', lambda: s.run(y, {x: np.nan}))


@check
def error_of_integer_division():
  x = tf.placeholder(tf.int32)
  with session() as s:
    raises(tf.errors.InvalidArgumentError, 'Integer division by zero', lambda: s.run(1 // x, {x: 0}))


@check
def error_of_the_end_of_a_count():
  v = tf.Variable(0)
  c = tf.count_up_to(v, 2)
  with session() as s:
    s.run(v.initializer)
    assert [int(s.run(c)), int(s.run(c))] == [0, 1]
    raises(tf.errors.OutOfRangeError, 'Reached limit of 2', lambda: s.run(c))


@check
def error_of_an_op_without_kernel():
  y = tf.py_func(lambda: np.float32(1), [], tf.float32, name='py')
  with session() as s:
    assert s.run(tf.constant(1)) == 1
    raises(tf.errors.UnimplementedError, "'PyFunc", lambda: s.run(y))
    assert s.run(tf.constant(2)) == 2


@check
def error_of_a_reshape():
  x = tf.placeholder(tf.float32)
  with session() as s:
    raises(tf.errors.InvalidArgumentError, 'Input to reshape is a tensor with 3 values, but the requested shape has 4', lambda: s.run(tf.reshape(x, [2, 2]), {x: [1., 2., 3.]}))


@check
def error_of_an_assignment():
  v = tf.Variable([1., 2.], validate_shape=False)
  x = tf.placeholder(tf.float32)
  a = tf.assign(v, x)
  with session() as s:
    s.run(v.initializer)
    raises(tf.errors.InvalidArgumentError, 'Assign requires shapes of both tensors to match', lambda: s.run(a, {x: [1., 2., 3.]}))
    equal(s.run(tf.assign(v, x, validate_shape=False), {x: [1., 2., 3.]}), np.float32([1, 2, 3]))


@check
def a_failed_step_writes_nothing():
  v = tf.Variable(1.)
  x = tf.placeholder(tf.float32)
  with session() as s:
    s.run(v.initializer)
    raises(tf.errors.InvalidArgumentError, '', lambda: s.run([tf.check_numerics(x, 'm'), tf.assign(v, x)], {x: np.inf}))
    assert s.run(v) == 1


@check
def a_long_message_arrives_whole():
  x = tf.placeholder(tf.string)
  a = tf.Assert(tf.equal(tf.size(x), 0), [x], summarize=200, name='long')
  with session() as s:
    e = raises(tf.errors.InvalidArgumentError, 'assertion failed', lambda: s.run(a, {x: [b'0123456789' * 3] * 100}))
    assert not NEW or len(e.message) > 3000


@check
def errors_of_two_sessions_do_not_mix():
  x = tf.placeholder(tf.float32)
  y = tf.check_numerics(x, 'm')
  with session() as a, session() as b:
    raises(tf.errors.InvalidArgumentError, 'NaN', lambda: a.run(y, {x: np.nan}))
    assert b.run(y, {x: 1.}) == 1


# --- devices
@check
def devices_by_name():
  for d in ('/cpu:0', '/device:CPU:0', '/job:localhost', '/job:localhost/replica:0/task:0/cpu:0'):
    with tf.Graph().as_default() as g, tf.device(d):
      c = tf.constant(1) + 1
      with session(g) as s:
        assert s.run(c) == 2


@check
def devices_that_are_not_there():
  with tf.device('/job:ps/task:0'):
    c = tf.constant(1, name='far')
  with session() as s:
    raises(tf.errors.InvalidArgumentError, 'Cannot assign a device for', lambda: s.run(c))


@check
def soft_placement():
  with tf.device('/device:GPU:0' if NEW else '/gpu:0'):
    c = tf.constant(1) + 1
  with session(allow_soft_placement=True) as s:
    assert s.run(c) == 2


@new_only
def list_of_devices():
  with session() as s:
    assert [d.name for d in s.list_devices()] == ['/job:localhost/replica:0/task:0/device:CPU:0']


# --- partial runs and callables
@check
def partial_runs():
  a, b, c = [tf.placeholder(tf.float32, []) for _ in range(3)]
  r1 = a + b
  r2 = r1 * c
  with session() as s:
    h = s.partial_run_setup([r1, r2], [a, b, c])
    assert s.partial_run(h, r1, {a: 1., b: 2.}) == 3
    assert s.partial_run(h, r2, {c: 17.}) == 51
    h = s.partial_run_setup([r1, r2], [a, b, c])
    assert s.partial_run(h, [r1, r2], {a: 1., b: 2., c: 3.}) == [3, 9]


@check
def partial_runs_side_by_side():
  a, b = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
  r1 = a + 1
  r2 = r1 * b
  with session() as s:
    h1, h2 = s.partial_run_setup([r1, r2], [a, b]), s.partial_run_setup([r1, r2], [a, b])
    assert [s.partial_run(h1, r1, {a: 1.}), s.partial_run(h2, r1, {a: 2.})] == [2, 3]
    assert [s.partial_run(h1, r2, {b: 10.}), s.partial_run(h2, r2, {b: 10.})] == [20, 30]


@check
def partial_runs_refuse():
  a, b = tf.placeholder(tf.float32, [], name='a'), tf.placeholder(tf.float32, [], name='b')
  r = a + b
  with session() as s:
    h = s.partial_run_setup([r], [a, b])
    raises(tf.errors.InvalidArgumentError, "can't be computed from the feeds that have been fed so far", lambda: s.partial_run(h, r, {a: 1.}))
    assert s.partial_run(h, r, {a: 1., b: 2.}) == 3
    raises(tf.errors.InvalidArgumentError, 'Must run PartialRunSetup before performing partial runs', lambda: s.partial_run(h, r, {a: 1., b: 2.}))


@check
def python_callables():
  x = tf.placeholder(tf.float32)
  with session() as s:
    f = s.make_callable(x * 2, [x])
    assert [f(1.), f(2.)] == [2, 4]


@new_only
def server_callables():
  x = tf.placeholder(tf.float32, [], name='x')
  y = tf.multiply(x, 3, name='y')
  with session() as s:
    options = tf.CallableOptions() if hasattr(tf, 'CallableOptions') else __import__('tensorflow.core.protobuf.config_pb2', fromlist=['x']).CallableOptions()
    options.feed.append('x:0')
    options.fetch.append('y:0')
    f = s._make_callable_from_options(options)
    assert [f(np.float32(1))[0], f(np.float32(2))[0]] == [3, 6]
    del f


# --- several clients
@check
def threads_of_one_session():
  x = tf.placeholder(tf.float32, [])
  y = x * x + 1
  bad = []
  with session() as s:
    s.run(y, {x: 0.})
    def work(k):
      for i in range(25):
        if s.run(y, {x: float(k * 100 + i)}) != float(k * 100 + i) ** 2 + 1:
          bad.append((k, i))
    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads: t.start()
    for t in threads: t.join()
  assert not bad


@check
def many_sessions():
  x = tf.placeholder(tf.float32, [])
  y = x + 1
  open_sessions = [session() for _ in range(10)]
  assert [int(s.run(y, {x: i})) for i, s in enumerate(open_sessions)] == list(range(1, 11))
  for s in open_sessions:
    s.close()


@check
def no_increment_is_lost():
  v = tf.Variable(0., name='counted')
  inc = tf.assign_add(v, 1., use_locking=True)
  with session() as s:
    s.run(v.initializer)
    threads = [threading.Thread(target=lambda: [s.run(inc.op) for _ in range(25)]) for _ in range(4)]
    for t in threads: t.start()
    for t in threads: t.join()
    assert s.run(v) == 100


# --- steps that end early
def endless():
  x = tf.placeholder(tf.float32, [512, 512])
  y = x
  for _ in range(800):
    y = tf.matmul(y, y)
  return x, y, np.full([512, 512], 0.5, np.float32)


@check
def timeout_of_a_step():
  x, y, value = endless()
  with session() as s:
    raises(tf.errors.DeadlineExceededError, '', lambda: s.run(y, {x: value}, options=tf.RunOptions(timeout_in_ms=300)))
    assert s.run(tf.constant(1) + 1) == 2


@check
def timeout_of_a_session():
  x, y, value = endless()
  with session(operation_timeout_in_ms=600) as s:
    raises(tf.errors.DeadlineExceededError, '', lambda: s.run(y, {x: value}))


@check
def close_ends_a_step():
  x, y, value = endless()
  s = session()
  s.run(tf.constant(1))
  caught = []
  def work():
    try:
      s.run(y, {x: value})
    except Exception as e:
      caught.append(e)
  t = threading.Thread(target=work)
  t.start()
  time.sleep(1.5)
  s.close()
  t.join()
  assert isinstance(caught[0], (tf.errors.CancelledError, RuntimeError)), caught


# --- what a run tells
@check
def step_stats():
  a = tf.Variable([1., 2.], name='a')
  b = tf.multiply(a, 3., name='times')
  m = tf.RunMetadata()
  with session() as s:
    s.run(a.initializer)
    s.run(b, options=tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE), run_metadata=m)
  assert [d.device for d in m.step_stats.dev_stats] == ['/job:localhost/replica:0/task:0/device:CPU:0']
  assert 'times' in [n.node_name for n in m.step_stats.dev_stats[0].node_stats]
  from tensorflow.python.client import timeline
  assert json.loads(timeline.Timeline(m.step_stats).generate_chrome_trace_format())['traceEvents']


@check
def partition_graphs():
  x = tf.placeholder(tf.float32)
  y = tf.multiply(x, 3., name='times')
  m = tf.RunMetadata()
  with session() as s:
    s.run(y, {x: 1.}, options=tf.RunOptions(output_partition_graphs=True), run_metadata=m)
  assert 'times' in [n.name for g in m.partition_graphs for n in g.node]


# --- programs
@check
def conditionals():
  p = tf.placeholder(tf.bool, [])
  v = tf.Variable(1.)
  y = tf.cond(p, lambda: tf.assign_add(v, 10.), lambda: tf.identity(v))
  with session() as s:
    s.run(v.initializer)
    assert [s.run(y, {p: False}), s.run(y, {p: True}), s.run(y, {p: False})] == [1, 11, 11]


@check
def gradients():
  x = tf.placeholder(tf.float32, [3])
  y = tf.reduce_sum(tf.sin(x) * tf.exp(x))
  same([y, tf.gradients(y, x)[0]], {x: [0.5, 1., -2.]}, close=True)


@check
def random_numbers_are_tensorflows():
  same([tf.random_uniform([5], seed=7), tf.random_uniform([5], maxval=100, dtype=tf.int32, seed=7)])
  same([tf.random_normal([5], seed=8), tf.truncated_normal([5], seed=9)], close=True)


@check
def random_streams_go_on():
  r = tf.random_uniform([2], seed=3)
  with tf.Session() as here, session() as there:
    for _ in range(3):
      equal(there.run(r), here.run(r))


@check
def convolutions():
  x = tf.placeholder(tf.float32, [2, 8, 8, 3])
  k = tf.constant(np.linspace(-1, 1, 3 * 3 * 3 * 4).reshape(3, 3, 3, 4).astype(np.float32))
  y = tf.nn.max_pool(tf.nn.relu(tf.nn.conv2d(x, k, [1, 1, 1, 1], 'SAME')), [1, 2, 2, 1], [1, 2, 2, 1], 'VALID')
  same([y], {x: np.linspace(-2, 2, 2 * 8 * 8 * 3).reshape(2, 8, 8, 3)}, close=True)


@check
def training():
  x = tf.constant(np.linspace(-1, 1, 40).reshape(20, 2).astype(np.float32))
  w = tf.Variable(np.float32([[0.5], [-0.5]]))
  b = tf.Variable(np.float32([0.]))
  loss = tf.reduce_mean(tf.square(tf.matmul(x, w) + b - (x[:, :1] * 2 - 1)))
  step = tf.train.AdamOptimizer(0.1).minimize(loss)
  losses = []
  for s in (tf.Session(), session()):
    with s:
      s.run(tf.global_variables_initializer())
      losses.append([s.run([loss, step])[0] for _ in range(30)])
  assert losses[1][-1] < 0.2 * losses[1][0]
  np.testing.assert_allclose(losses[1], losses[0], rtol=1e-4)


@check
def monitored_sessions():
  step = tf.train.get_or_create_global_step() if hasattr(tf.train, 'get_or_create_global_step') else tf.contrib.framework.get_or_create_global_step()
  inc = tf.assign_add(step, 1)
  with tf.train.MonitoredSession(tf.train.ChiefSessionCreator(master=TARGET)) as s:
    assert [int(s.run(inc)) for _ in range(3)] == [1, 2, 3]


@check
def strings():
  same([tf.string_join([tf.constant(['a', 'b']), tf.constant('-x')]), tf.as_string(tf.constant([1.5, 2.]))])


@check
def shapes_and_slices():
  x = tf.placeholder(tf.float32)
  same([tf.shape(x), tf.transpose(x)[1:, ::2], tf.reshape(x, [-1]), tf.stack([x, x]), tf.concat([x, x], 1), tf.unstack(tf.ones([2, 2]))[0]], {x: np.arange(12).reshape(3, 4)})


@check
def cast_and_compare():
  x = tf.placeholder(tf.float32)
  same([tf.cast(x, tf.int32), x > 1, tf.argmax(x, 0), tf.nn.top_k(x, 2).indices, tf.where(x > 1)], {x: [0.5, 2.5, 1.5]})


def main():
  patterns = sys.argv[2:]
  failed = 0
  for name, f in CHECKS:
    if patterns and not any(p in name for p in patterns):
      continue
    tf.reset_default_graph()
    try:
      tf.Session.reset(TARGET)
      f()
      ok, told = True, ''
    except Exception:
      ok, told = False, traceback.format_exc()
    failed += not ok
    print(json.dumps({'check': name, 'ok': ok, 'told': told}))
    sys.stdout.flush()
  print('done')
  sys.stdout.flush()
  os._exit(1 if failed else 0)


main()
