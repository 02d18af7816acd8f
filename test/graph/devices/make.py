"""What real TensorFlow 1.15.5 makes of device strings, DeviceSpecs and stacks of device scopes.

  python make.py cases.json.gz

Python 3.7 with tensorflow==1.15.5 'numpy<1.19' 'protobuf<3.21'. A stack is a list, outermost first, of strings, null,
{"function": word}, {"spec": fields}, {"merge": string}, {"colocate": stack of the other op}; see test/graph/device.test.ts.
"""
import gzip, json, os, random, sys

PARTS = ['/job:ps', '/job:worker', '/job:a_b-1', '/replica:0', '/replica:7', '/task:1', '/task:+2', '/task: 3 ', '/cpu:0', '/CPU:1', '/gpu', '/gpu:*', '/GPU:2', '/device:GPU:0',
         '/device:GPU:*', '/device:TPU:3', '/device:XLA_CPU:0', '/Cpu:1_0', '/']
BAD = ['/foo:1', 'bar', '/job', '/job:a:b', '/task:x', '/device:GPU', '/device:GPU:x', '/cpu:1:2', '/cpu:', 'cpu:0', ':', '/device:::', '/replica:-1', '/task:1.0']
FUNCTIONS = {
    'const_cpu': lambda op: '/cpu:0' if op.type == 'Const' else '/gpu:1',
    'keep': lambda op: op.device or '/job:f',
    'raw': lambda op: '/cpu:0/job:raw',
    'empty': lambda op: '',
    'named': lambda op: '/job:' + op.name.split('_')[0],
}


def main():
    os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
    import tensorflow as tf
    from tensorflow.python.framework import device as pydev
    rnd = random.Random(5)

    def string():
        s = ''.join(rnd.sample(PARTS, rnd.randrange(1, 4)))
        return rnd.choice(BAD) + s if rnd.random() < 0.15 else s

    def guarded(f):
        try:
            return f()
        except Exception as e:  # pylint: disable=broad-except
            return {'error': type(e).__name__, 'text': str(e)}

    def fields():
        f = {'job': rnd.choice([None, 'ps', 'w']), 'replica': rnd.choice([None, 1]), 'task': rnd.choice([None, 0, 4]),
             'device_type': rnd.choice([None, 'cpu', 'GPU', 'Gpu']), 'device_index': rnd.choice([None, 0, 3])}
        return {k: v for k, v in f.items() if rnd.random() < 0.7}

    def entry(depth):
        r = rnd.random()
        if r < 0.5:
            return string() if rnd.random() < 0.9 else ''
        if r < 0.6:
            return None
        if r < 0.75:
            return {'function': rnd.choice(sorted(FUNCTIONS))}
        if r < 0.87:
            # TensorFlow caches specs by their string, which shows no index without a type: what came first would decide.
            f = fields()
            return {'spec': f if f.get('device_type') else {k: v for k, v in f.items() if k != 'device_index'}}
        if r < 0.94 or depth:
            return {'merge': string()}
        return {'colocate': [entry(1) for _ in range(rnd.randrange(3))]}

    def place(g, stack, name):
        if not stack:
            return tf.constant(1., name=name).op
        e = stack[0]
        if isinstance(e, dict) and 'colocate' in e:
            with g.device(None):
                other = place(g, e['colocate'], 'other')
            with g.colocate_with(other):
                return place(g, stack[1:], name)
        d = e
        if isinstance(e, dict):
            d = FUNCTIONS[e['function']] if 'function' in e else tf.DeviceSpec(**e['spec']) if 'spec' in e else pydev.merge_device(e['merge'])
        with g.device(d):
            return place(g, stack[1:], name)

    out = {'strings': [], 'merged': [], 'stacks': []}
    for s in sorted(set(BAD + PARTS + ['', '//', '/job:x/job:y'] + [string() for _ in range(150)])):
        out['strings'].append([s, guarded(lambda: tf.DeviceSpec.from_string(s).to_string())])
    for _ in range(80):
        a, b, c = fields(), fields(), fields()
        spec = tf.DeviceSpec(**a)
        merged = spec.make_merged_spec(tf.DeviceSpec(**b)).to_string()
        replaced = spec.replace(**c).to_string()
        spec.merge_from(tf.DeviceSpec(**b))
        out['merged'].append([a, b, c, merged, replaced, spec.to_string()])
    while len(out['stacks']) < 400:
        stack = [entry(0) for _ in range(rnd.randrange(1, 6))]
        g = tf.Graph()
        with g.as_default():
            out['stacks'].append([stack, guarded(lambda: place(g, stack, 'x').device)])
    with open(sys.argv[1], 'wb') as f, gzip.GzipFile('', 'wb', 9, f, mtime=0) as z:
        z.write(json.dumps(out, sort_keys=True).encode('utf8'))
    print({k: len(v) for k, v in out.items()})


if __name__ == '__main__':
    main()
