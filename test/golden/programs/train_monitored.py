"""Scaffold, creators of sessions, monitored sessions, hooks. Savers are stood for by an object that adds no nodes."""
from oracle import attempt, note


def build(tf):
    class NoSaver(object):
        def build(self):
            pass
    train = tf.train
    attempt('no global step', lambda: train.StopAtStepHook(3).begin())
    attempt('no steps', lambda: train.StopAtStepHook())
    attempt('two steps', lambda: train.StopAtStepHook(1, 2))
    attempt('copy', lambda: train.Scaffold(copy_from_scaffold=3))
    attempt('local', lambda: train.SessionManager(ready_for_local_init_op=tf.constant(1, name='ready')))
    step = train.get_or_create_global_step()
    x = tf.placeholder(tf.float32, [], name='x')
    v = tf.get_variable('v', initializer=1.)
    n = tf.get_variable('n', initializer=2., collections=[tf.GraphKeys.LOCAL_VARIABLES])
    table = tf.contrib.lookup.HashTable(tf.lookup.KeyValueTensorInitializer(['a'], [7]), -1, shared_name='shared', name='table')
    found = table.lookup(tf.constant(['a', 'b']))
    up = tf.assign_add(v, x, name='up')
    count = tf.assign_add(step, 1, name='count')
    op = tf.group(up, count, name='train')
    sum_ = tf.add(v, n, name='sum')
    for hook in (train.StopAtStepHook(num_steps=3), train.StopAtStepHook(last_step=5)):
        hook.begin()
    scaffold = train.Scaffold(saver=NoSaver(), init_feed_dict={x: 2.})
    note('before', [scaffold.init_op, scaffold.ready_op, scaffold.local_init_op])
    scaffold.finalize()
    attempt('finalized', lambda: tf.constant(1))
    tf.get_default_graph()._unsafe_unfinalize()
    note('ops', [scaffold.init_op, scaffold.ready_op, scaffold.ready_for_local_init_op, scaffold.local_init_op, scaffold.summary_op])
    other = train.Scaffold(saver=NoSaver()).finalize()
    note('again', [other.init_op, other.ready_op])
    tf.get_default_graph()._unsafe_unfinalize()
    only_v = tf.variables_initializer([v], name='only_v')
    copied = train.Scaffold(init_op=only_v, copy_from_scaffold=scaffold)
    note('copied', [copied.init_op, copied.ready_op, copied.local_init_op])

    def watch(calls, feeds=None):
        class Watch(train.SessionRunHook):
            def begin(self):
                calls.append('begin')

            def after_create_session(self, session, coord):
                calls.append('create %g' % session.run(v))

            def before_run(self, context):
                calls.append('before')
                return train.SessionRunArgs({'up': up, 'found': found}, feeds)

            def after_run(self, context, values):
                calls.append('after %g %s' % (values.results['up'], values.results['found'].tolist()))

            def end(self, session):
                calls.append('end %g' % session.run(v))
        return Watch()

    def steps(hooks, runs, calls, **kwargs):
        with train.MonitoredSession(train.ChiefSessionCreator(train.Scaffold(saver=NoSaver(), **kwargs)), hooks) as m:
            while not m.should_stop():
                calls.append('step %s' % m.run([count] + runs, {x: 3.})[0])
        return calls

    def stops(sess):
        calls = []
        return note('stops', steps([watch(calls), train.StopAtStepHook(num_steps=3)], [op], calls))

    def starts(sess):
        calls = []
        return note('starts', steps([watch(calls), train.StopAtStepHook(last_step=12)], [op], calls, init_fn=lambda s, se: (step.load(10, se), v.load(100., se))[0]))

    def fails(sess):
        calls = []
        attempt('fails', lambda: steps([watch(calls)], [tf.get_default_graph().get_tensor_by_name('nope:0')], calls))
        return note('failed', calls)

    def feeds(sess):
        calls = []
        attempt('two hooks', lambda: steps([watch(calls, {x: 1.}), watch(calls, {x: 1.})], [op], calls))
        attempt('hook and user', lambda: steps([watch(calls, {x: 1.})], [op], calls))
        return note('feeds', calls)

    def nan(sess):
        attempt('nan', lambda: steps([train.NanTensorHook(tf.get_default_graph().get_tensor_by_name('nan:0'))], [], []))
        calls = []
        return note('nan stops', steps([train.NanTensorHook(tf.get_default_graph().get_tensor_by_name('nan:0'), fail_on_nan_loss=False)], [], calls))

    def last(sess):
        final = train.FinalOpsHook([v, sum_])
        steps([train.StopAtStepHook(1), final], [op], [])
        m = train.SingularMonitoredSession([train.FeedFnHook(lambda: {x: 4.}), final], train.Scaffold(saver=NoSaver()))
        r = [m.run(up), m.raw_session().run(v)]
        attempt('open graph', lambda: tf.constant(1))
        m.close()
        attempt('closed', m.close)
        note('end', [m.should_stop(), m.graph is None])
        return r + list(final.final_ops_values)

    def managers(sess):
        sm = train.SessionManager(local_init_op=other.local_init_op, ready_op=other.ready_op, ready_for_local_init_op=other.ready_for_local_init_op)
        attempt('no init', lambda: train.SessionManager().prepare_session(''))
        attempt('not ready', lambda: train.SessionManager(ready_op=other.ready_op).prepare_session('', init_op=only_v))
        attempt('not ready for local', lambda: sm.prepare_session('', init_op=only_v))
        attempt('two files', lambda: sm.prepare_session('', init_op=only_v, checkpoint_dir='a', checkpoint_filename_with_path='b'))
        attempt('wait', lambda: sm.wait_for_session('', max_wait_secs=0))
        s, ok = sm.recover_session('')
        with sm.prepare_session('', init_op=other.init_op) as p:
            return [p.run(sum_), ok]
    tf.divide(tf.subtract(x, x), tf.subtract(x, x), name='nan')
    return {'runs': [{'call': f} for f in (stops, starts, fails, feeds, nan, last, managers)]}
