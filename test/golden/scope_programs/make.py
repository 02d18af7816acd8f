"""Random programs of scope operations, run in real TensorFlow 1.15.5: names, nodes, collections and error texts.

  python make.py --count 300 --seed 1 --out programs.json.gz      programs and TensorFlow's answers
  python make.py --show programs.json.gz 17                       one of them as Python text

Python 3.7 with tensorflow==1.15.5 'numpy<1.19' 'protobuf<3.21'. test/golden/scope_programs.test.ts runs the same
programs in tfgraph (another file than the committed sample: SCOPE_PROGRAMS=FILE npx vitest run ...).

A program is a list of statements, each a JSON list [kind, arguments.., body?]; scope.ts lists them. Things made are kept
in four lists (scopes, names, tensors, variables) and picked by number modulo their length; a pick from an empty list
skips its statement. Every statement that raises is logged with class and text, and the program goes on.
"""
import argparse, gzip, json, os, random, sys, threading
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'programs'))

SCOPE_NAMES = ['a', 'a', 'b', 'A', 'a_1', 'b/c', 'layer', 'w', 'deep/er/x', '']
BAD_NAMES = ['_x', 'a b', '-q', 'x:0', 'a/']
OP_NAMES = ['a', 'b', 'w', 'x', 'X', 'a_1', 'a/w', 'b/x']
VAR_NAMES = ['w', 'w', 'v', 'W', 'w_1', 'x', 'a/w']
DEVICES = ['/cpu:0', '/gpu:1', '/job:ps/task:1', '/job:worker', '/device:GPU:*', '/task:3', '', '/job:a/replica:2', 'GPU', None, None]
BAD_DEVICES = ['/foo:1', '/cpu:0/gpu:1', '/task:x']
DEVICE_CODE = ['const_cpu', 'keep', 'spec_function', 'spec']
DTYPES = ['float32', 'float32', 'float64', 'int32']
SHAPES = [[], [2], [2], [3], [2, 3]]


# ---- making programs ----------------------------------------------------------------------------------------------
class Maker(object):
    def __init__(self, rnd):
        self.r = rnd
        self.left = 15 + rnd.randrange(40)
        # A program stays within some kinds, so that their interplay is dense.
        kinds = [(self.vs, 10), (self.ns, 7), (self.const, 5), (self.op, 6), (self.get, 9), (self.var, 4), (self.cd, 3), (self.dev, 3), (self.col, 3), (self.reuse, 1),
                 (self.small, 2), (self.uniq, 1), (self.join, 1), (self.wrap, 2), (self.rand, 1), (self.assign, 1)]
        keep = rnd.choice([0.5, 0.7, 1.0])
        self.kinds = [(f, w) for f, w in kinds if rnd.random() < keep or w >= 9]

    def one_of(self, xs): return self.r.choice(xs)
    def chance(self, p): return self.r.random() < p
    def index(self): return self.r.randrange(6)

    def body(self, depth):
        out = []
        for _ in range(1 + self.r.randrange(5)):
            if self.left <= 0:
                break
            self.left -= 1
            fs, ws = zip(*self.kinds)
            f = self.r.choices(fs, ws)[0]
            out.append(f(depth))
        return out

    def inner(self, depth):
        return self.body(depth + 1) if depth < 6 else []

    def program(self):
        out = []
        if self.chance(0.8):  # something to pick from
            out = [['const', 'a', 'float32', [2]], ['vs', self.one_of(['a', 'b']), {}, [['get', 'var', 'w', {'shape': [2]}], ['ns', 'a', None, None, []]]]]
        while self.left > 0:
            out += self.body(0)
        return out

    def scope_name(self): return self.one_of(BAD_NAMES) if self.chance(0.06) else self.one_of(SCOPE_NAMES)
    def op_name(self):
        if self.chance(0.35):
            return None
        if self.chance(0.08):
            return {'name': self.index()}
        return self.one_of(BAD_NAMES) if self.chance(0.05) else self.one_of(OP_NAMES)

    def ref(self, kinds='ttttvvVon'):
        return [self.one_of(kinds), self.index()]

    def vs(self, depth):
        o = {}
        which = self.r.random()
        if which < 0.5:
            name = self.scope_name()
        elif which < 0.75:
            name = {'scope': self.index()}
        elif which < 0.82:
            name = {'current': True}
        else:
            name = None
            o['default_name'] = self.scope_name()
        if name is not None and self.chance(0.1):
            o['default_name'] = self.scope_name()
        if self.chance(0.45):
            o['reuse'] = self.one_of([True, False, 'AUTO_REUSE', 'AUTO_REUSE', None])
        if self.chance(0.03):
            o['reuse'] = 3
        if self.chance(0.18):
            o['auxiliary_name_scope'] = False
        if self.chance(0.02):
            o['auxiliary_name_scope'] = None
        if self.chance(0.12):
            o['initializer'] = self.one_of(['zeros', 'ones', 'const', 'function'])
        if self.chance(0.06):
            o['dtype'] = self.one_of(DTYPES)
        if self.chance(0.08):
            o['regularizer'] = self.one_of(['scale', 'none'])
        if self.chance(0.04):
            o['custom_getter'] = self.one_of(['suffix', 'plain'])
        if self.chance(0.08):
            o['values'] = [self.ref('tv')]
        stay = self.chance(0.15)  # continue the name scope of a captured scope
        return ['vs', name, o, self.inner(depth) if not stay else [['orig', self.inner(depth + 1)]]]

    def ns(self, depth):
        which = self.r.random()
        name, default, values = None, None, None
        if which < 0.5:
            name = self.scope_name()
        elif which < 0.72:
            name = {'name': self.index()}
        elif which < 0.8:
            name = None
        else:
            default = self.scope_name()
        if self.chance(0.15):
            default = self.scope_name()
        if self.chance(0.12):
            values = [self.ref('tv')]
        return ['ns', name, default, values, self.inner(depth)]

    def const(self, _): return ['const', self.op_name(), self.one_of(DTYPES), self.one_of(SHAPES)]
    def op(self, _):
        k = self.one_of(['identity', 'multiply', 'add', 'plus', 'placeholder', 'no_op', 'neg'])
        return ['op', k, self.ref('tttv'), self.ref('tttv'), self.op_name()]

    def get(self, _):
        o = {}
        if self.chance(0.85):
            o['shape'] = self.one_of(SHAPES) if self.chance(0.5) else [2]
        if self.chance(0.25):
            o['dtype'] = self.one_of(DTYPES)
        if self.chance(0.35):
            o['initializer'] = self.one_of(['zeros', 'ones', 'const', 'value', 'function', 'call'])
            if o['initializer'] == 'call':  # with a shape, Python itself refuses a function without parameters
                o.pop('shape', None)
        if self.chance(0.15):
            o['trainable'] = self.chance(0.5)
        if self.chance(0.04):
            o['regularizer'] = 'scale'
        name = self.one_of(BAD_NAMES) if self.chance(0.03) else self.one_of(VAR_NAMES)
        return ['get', 'local' if self.chance(0.06) else 'var', name, o]

    def var(self, _): return ['var', self.op_name(), self.one_of(['value', 'value', 'vector', 'call', 'random']), self.chance(0.8)]
    def cd(self, depth):
        refs = None if self.chance(0.2) else [self.ref() for _ in range(self.r.randrange(4))]
        if refs and self.chance(0.04):
            refs.append(['bad', 0])
        return ['cd', refs, self.inner(depth)]

    def dev(self, depth):
        d = {'code': self.one_of(DEVICE_CODE)} if self.chance(0.3) else self.one_of(BAD_DEVICES) if self.chance(0.05) else self.one_of(DEVICES)
        return ['dev', d, self.inner(depth)]

    def col(self, depth):
        ignore = self.chance(0.3)
        ref = None if self.chance(0.2) else self.ref('ttvVo')
        return ['col', ref, ignore, self.inner(depth)]

    def reuse(self, _): return ['reuse', {'scope': self.index()} if self.chance(0.4) else None]
    def small(self, depth):
        k = self.one_of(['attr', 'grad', 'label', 'container', 'collect', 'clear', 'seed', 'names'])
        if k in ('attr', 'grad', 'label', 'container'):
            return [k, self.one_of(['p', 'q']), self.inner(depth)]
        return [k, self.index()]
    def uniq(self, _): return ['uniq', self.one_of(OP_NAMES), self.chance(0.5)]
    def join(self, _): return ['join', self.one_of(['group', 'tuple']), [self.ref('tto' if self.chance(0.8) else 'tv') for _ in range(self.r.randrange(4))], self.op_name()]
    def wrap(self, depth): return [self.one_of(['default', 'init_scope', 'thread', 'default']), self.inner(depth)]
    def rand(self, _): return ['rand', None if self.chance(0.6) else self.index(), self.op_name()]
    def assign(self, _): return ['assign', self.index(), self.ref('tv')]


# ---- as Python text ----------------------------------------------------------------------------------------------
CODE = {
    'zeros': 'tf.zeros_initializer()', 'ones': 'tf.ones_initializer()', 'const': 'tf.constant_initializer(1.5)', 'value': 'VALUE', 'call': 'lambda: tf.constant([1., 2.])',
    'function': 'FUNCTION', 'scale': 'SCALE', 'none': 'lambda t: None', 'suffix': 'SUFFIX', 'plain': 'PLAIN',
    'const_cpu': "lambda op: '/cpu:0' if op.type == 'Const' else '/gpu:1'", 'keep': "lambda op: op.device or '/job:f2'",
    'spec_function': "lambda op: tf.DeviceSpec(job='spec', device_type='GPU')", 'spec': "tf.DeviceSpec(job='s', device_type='cpu', device_index=1)",
}
HEAD = '''
FUNCTION = lambda shape, dtype=None, partition_info=None: tf.fill(shape, tf.constant(3, dtype))
SCALE = lambda t: tf.multiply(t, t, name='reg')
SUFFIX = lambda getter, name, *args, **kwargs: getter(name + '_g', *args, **kwargs)
PLAIN = lambda getter, name, *args, **kwargs: getter(name, *args, **kwargs)
VALUE = 2.5
'''


def name_text(n):
    return 'P.name(%d)' % n['name'] if isinstance(n, dict) else repr(n)


def ref_text(r):
    return '3.5' if r[0] == 'bad' else 'P.ref(%r, %d)' % tuple(r)


def text(body, depth=0):
    """The statements as Python source. g is the graph, P logs and keeps what was made."""
    out = []
    pad = '  ' * depth

    def line(s):
        out.append(pad + s)

    def block(head, inner, before=None):
        line('try:')
        line('  with %s:' % head)
        if before:
            line('    ' + before)
        out.append(text(inner, depth + 2) or pad + '    pass')
        line('except Exception as e: P.error(e)')

    def simple(s):
        line('try: ' + s)
        line('except Exception as e: P.error(e)')

    for s in body:
        k = s[0]
        if k == 'vs':
            n, o = s[1], s[2]
            args = ['P.scope(%d)' % n['scope'] if isinstance(n, dict) and 'scope' in n else 'tf.get_variable_scope()' if isinstance(n, dict) else repr(n)]
            for key in sorted(o):
                v = o[key]
                if key == 'reuse':
                    t = 'tf.AUTO_REUSE' if v == 'AUTO_REUSE' else repr(v)
                elif key in ('initializer', 'regularizer', 'custom_getter'):
                    t = CODE[v]
                elif key == 'dtype':
                    t = 'tf.' + v
                elif key == 'values':
                    t = '[%s]' % ', '.join(map(ref_text, v))
                else:
                    t = repr(v)
                args.append('%s=%s' % (key, t))
            block('tf.variable_scope(%s) as s' % ', '.join(args), s[3], 'P.entered_vs(s)')
        elif k == 'orig':
            block('tf.name_scope(tf.get_variable_scope().original_name_scope) as s', s[1], 'P.entered_ns(s)')
        elif k == 'ns':
            args = [name_text(s[1])]
            if s[2] is not None or s[3] is not None:
                args.append(repr(s[2]))
            if s[3] is not None:
                args.append('[%s]' % ', '.join(map(ref_text, s[3])))
            block('tf.name_scope(%s) as s' % ', '.join(args), s[4], 'P.entered_ns(s)')
        elif k == 'const':
            simple('P.made(tf.constant(7, tf.%s, %r%s))' % (s[2], s[3], '' if s[1] is None else ', name=' + name_text(s[1])))
        elif k == 'op':
            a, b, n = ref_text(s[2]), ref_text(s[3]), '' if s[4] is None else ', name=' + name_text(s[4])
            simple('P.made(%s)' % {
                'identity': 'tf.identity(%s%s)' % (a, n), 'multiply': 'tf.multiply(%s, 2%s)' % (a, n), 'add': 'tf.add(%s, %s%s)' % (a, b, n), 'plus': '%s + %s' % (a, b),
                'placeholder': 'tf.placeholder(tf.float32, [2]%s)' % n, 'no_op': 'tf.no_op(%s)' % n[2:], 'neg': '-' + a}[s[1]])
        elif k == 'get':
            o = s[3]
            args = [repr(s[2])]
            for key in sorted(o):
                args.append('%s=%s' % (key, CODE[o[key]] if key in ('initializer', 'regularizer') else 'tf.' + o[key] if key == 'dtype' else repr(o[key])))
            simple('P.made_variable(tf.get_%svariable(%s))' % ('local_' if s[1] == 'local' else '', ', '.join(args)))
        elif k == 'var':
            v = {'value': '1.5', 'vector': '[1., 2.]', 'call': 'lambda: tf.zeros([2])', 'random': 'tf.random_uniform([2])'}[s[2]]
            simple('P.made_variable(tf.Variable(%s, trainable=%r%s))' % (v, s[3], '' if s[1] is None else ', name=' + name_text(s[1])))
        elif k == 'cd':
            block('tf.control_dependencies(%s)' % ('None' if s[1] is None else '[%s]' % ', '.join(map(ref_text, s[1]))), s[2])
        elif k == 'dev':
            block('tf.device(%s)' % (CODE[s[1]['code']] if isinstance(s[1], dict) else repr(s[1])), s[2])
        elif k == 'col':
            block('g.colocate_with(%s, ignore_existing=%r)' % ('None' if s[1] is None else ref_text(s[1]), s[2]), s[3])
        elif k == 'reuse':
            simple('%s.reuse_variables()' % ('tf.get_variable_scope()' if s[1] is None else 'P.scope(%d)' % s[1]['scope']))
        elif k == 'attr':
            block("g._attr_scope({'_%s': P.attr(%r)})" % (s[1], s[1]), s[2])
        elif k == 'grad':
            block("g.gradient_override_map({'Identity': '%s'})" % s[1], s[2])
        elif k == 'label':
            block("g._kernel_label_map({'Identity': '%s'})" % s[1], s[2])
        elif k == 'container':
            block('tf.container(%r)' % s[1], s[2])
        elif k == 'collect':
            simple("tf.add_to_collections(['c', 'd', 'c'], P.ref('t', %d))" % s[1])
        elif k == 'clear':
            simple("g.clear_collection('c')")
        elif k == 'seed':
            simple('tf.set_random_seed(%d)' % s[1])
        elif k == 'names':
            simple("P.note('here', g.get_name_scope() or '', tf.get_variable_scope().name)")
        elif k == 'uniq':
            simple("P.note('unique', g.unique_name(%r, mark_as_used=%r))" % (s[1], s[2]))
        elif k == 'join':
            refs, n = ', '.join(map(ref_text, s[2])), '' if s[3] is None else 'name=' + name_text(s[3])
            simple('P.made(tf.group(%s))' % ', '.join(x for x in (refs, n) if x) if s[1] == 'group' else
                   'P.made_all(tf.tuple([%s]%s))' % (refs, ', ' + n if n else ''))
        elif k == 'default':
            block('g.as_default()', s[1])
        elif k == 'init_scope':
            block('tf.init_scope()', s[1])
        elif k == 'thread':
            line('def body():')
            line('  with g.as_default():')
            out.append(text(s[1], depth + 2) or pad + '    pass')
            line('P.thread(body)')
        elif k == 'rand':
            simple('P.made(tf.random_uniform([2], seed=%r%s))' % (s[1], '' if s[2] is None else ', name=' + name_text(s[2])))
        elif k == 'assign':
            simple("P.made(tf.assign(P.ref('r', %d), %s))" % (s[1], ref_text(s[2])))
        else:
            raise ValueError(k)
    return '\n'.join(out)


# ---- running them ------------------------------------------------------------------------------------------------
class Nothing(Exception):
    pass


class Program(object):
    """What a running program keeps and logs."""
    def __init__(self, tf):
        self.tf, self.log = tf, []
        self.scopes, self.names, self.tensors, self.ops, self.variables = [], [], [], [], []

    def pick(self, xs, i):
        if not xs:
            raise Nothing()
        return xs[i % len(xs)]

    def scope(self, i): return self.pick(self.scopes, i)
    def name(self, i): return self.pick(self.names, i)
    def attr(self, s): return self.tf.AttrValue(s=s.encode())
    def ref(self, kind, i):
        if kind == 't': return self.pick(self.tensors, i)
        if kind == 'n': return self.pick(self.tensors, i).name
        if kind == 'o': return self.pick(self.ops, i)
        v = self.pick(self.variables, i)
        return v.op if kind == 'V' else v

    def note(self, *words): self.log.append(' '.join(words))
    def error(self, e):
        import oracle
        if isinstance(e, Nothing):
            return self.note('nothing')
        d = oracle.error(e)
        self.note('!', d['class'], d['message'])

    def entered_vs(self, s):
        self.scopes.append(s)
        reuse = 'AUTO_REUSE' if s.reuse is self.tf.AUTO_REUSE else str(s.reuse)
        self.note('vs', s.name, s.original_name_scope or '', reuse, s.dtype.name, '[%s]' % (self.tf.get_default_graph().get_name_scope() or ''))

    def entered_ns(self, s):
        self.names.append(s)
        self.note('ns', s)

    def made(self, x):
        op = x if isinstance(x, self.tf.Operation) else x.op
        self.ops.append(op)
        if x is not op:
            self.tensors.append(x)
        self.note('op', x.name)

    def made_all(self, xs):
        for x in xs:
            self.made(x)

    def made_variable(self, v):
        self.variables.append(v)
        self.note('var', v.name, v.dtype.name, str(v.shape))

    def thread(self, body):
        t = threading.Thread(target=body)
        t.start()
        t.join()


def answer(tf, source):
    import oracle
    g = tf.Graph()
    p = Program(tf)
    scope = {'tf': tf, 'P': p, 'g': g}
    with g.as_default():
        exec(compile(HEAD + source, 'program', 'exec'), scope)  # pylint: disable=exec-used
    rec = oracle.graph_record(g)
    coll = {k: v for k, v in rec['collections'].items()}
    return {'log': p.log, 'graph': oracle.compact(g.as_graph_def()), 'last_id': rec['last_id'], 'extra': rec['names_in_use_extra'], 'collections': coll}


def main():
    a = argparse.ArgumentParser()
    a.add_argument('--count', type=int, default=300)
    a.add_argument('--seed', type=int, default=1)
    a.add_argument('--out')
    a.add_argument('--show', nargs=2)
    a = a.parse_args()
    if a.show:
        print(HEAD + text(json.loads(gzip.open(a.show[0]).read().decode('utf8'))[int(a.show[1])]['program']))
        return
    os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
    import logging
    import tensorflow as tf
    logging.getLogger('tensorflow').setLevel(logging.ERROR)
    out = []
    for i in range(a.count):
        program = Maker(random.Random('%d/%d' % (a.seed, i))).program()
        out.append(dict(answer(tf, text(program)), program=program))
    data = json.dumps(out, separators=(',', ':'), sort_keys=True).encode('utf8')
    with open(a.out, 'wb') as f, gzip.GzipFile('', 'wb', 9, f, mtime=0) as z:
        z.write(data)
    print('%d programs, %d bytes' % (a.count, len(data)))


if __name__ == '__main__':
    main()
