"""What real TensorFlow 1.15.5 says about small GraphDefs: equality texts, import results and errors, summaries, and a
graph with a function library. Writes cases.json and functions.{pb,pbtxt,json}.gz next to itself.

  python make.py        (tensorflow==1.15.5, numpy<1.19, protobuf<3.21 on Python 3.7)
"""
import gzip, json, os
import tensorflow as tf
from tensorflow.core.framework import graph_pb2
from tensorflow.python import pywrap_tensorflow
from tensorflow.python.framework import function
from google.protobuf import json_format, text_format

HERE = os.path.dirname(os.path.abspath(__file__))


def parse(s):
    return text_format.Parse(s, graph_pb2.GraphDef())


# ---- EqualGraphDef --------------------------------------------------------------------------------------------------
CONST = 'node { name: "a" op: "Const" device: "/cpu:0" attr { key: "dtype" value { type: DT_FLOAT } } attr { key: "value" value { tensor { dtype: DT_FLOAT tensor_shape { dim { size: 5 } } float_val: 1.5 } } } }'
X = 'node { name: "a" op: "X" %s }'
K = 'attr { key: "k" value { %s } }'
INPUTS = [('', 'input: "b"'), ('input: "b"', 'input: "c"'), ('input: "b:0"', 'input: "b"'), ('input: "b"', 'input: "b:0"'), ('input: "b:1"', 'input: "b"'),
          ('input: "^b"', 'input: "^c"'), ('input: "^b" input: "^c"', 'input: "^c" input: "^b"'), ('input: "b" input: "^c"', 'input: "b" input: "c"'),
          ('device: "d"', ''), ('', K % 'i: 3'), (K % 'i: 3', ''), ('attr { key: "_k" value { b: true } }', ''),
          ('attr { key: "_k" value { b: true } }', 'attr { key: "_k" value { b: false } }')]
ATTRS = [('f: 0.1', 'f: 1e-8'), ('f: 1', 'f: 16777216'), ('f: 0.333333333', 'f: 123456789'), ('f: nan', 'f: nan'), ('f: 0', 'f: -0'), ('f: inf', 'f: -inf'),
         (r's: "a\n\'b\""', 's: "%s"' % ('xyz' * 30)), (r's: "\001\377"', 's: ""'), ('list { s: "a" s: "b" }', 'list { }'),
         ('list { f: 0.1 f: 2 }', 'list { b: true }'), ('list { i: 1 %s }' % ' '.join('i: %d' % i for i in range(60)), 'list { shape { unknown_rank: true } shape { dim { size: -1 } dim { size: 2 } } }'),
         ('list { %s }' % ' '.join('i: %d' % i for i in range(14)), 'list { %s }' % ' '.join('i: %d' % i for i in range(15))),
         ('shape { unknown_rank: true }', 'shape { dim { size: -1 } dim { size: 2 } }'), ('shape { }', 'shape { }'),
         ('func { name: "f" attr { key: "z" value { i: 1 } } attr { key: "b" value { type: DT_INT32 } } }', 'placeholder: "p"'),
         ('list { func { name: "f" } }', 'list { type: DT_FLOAT }'), ('b: true', 'type: DT_FLOAT_REF'), ('i: -9223372036854775808', 'i: 9007199254740993')]
TENSORS = ['dtype: DT_FLOAT tensor_shape { dim { size: 2 } dim { size: 3 } } float_val: [1,2.5,0.1,4,5,6]',
           'dtype: DT_FLOAT tensor_shape { dim { size: 1 } dim { size: 3 } } float_val: [1,2,3]',
           'dtype: DT_FLOAT tensor_shape { dim { size: 3 } dim { size: 1 } } float_val: [1,2,3]',
           'dtype: DT_FLOAT tensor_shape { dim { size: 2 } dim { size: 1 } } float_val: [1,2]',
           'dtype: DT_FLOAT tensor_shape { dim { size: 4 } dim { size: 1 } } float_val: [1,2,3,4]',
           'dtype: DT_FLOAT tensor_shape { dim { size: 1 } dim { size: 4 } } float_val: [1,2,3,4]',
           'dtype: DT_FLOAT tensor_shape { dim { size: 4 } } float_val: [1,2,3,4]',
           'dtype: DT_FLOAT tensor_shape { dim { size: 2 } dim { size: 2 } dim { size: 2 } } float_val: [1,2,3,4,5,6,7,8]',
           'dtype: DT_FLOAT tensor_shape { dim { size: 2 } dim { size: 0 } }',
           'dtype: DT_STRING tensor_shape { dim { size: 2 } } string_val: "ab" string_val: "c d\\n"', 'dtype: DT_STRING tensor_shape { } string_val: "%s"' % ('q' * 100),
           'dtype: DT_BOOL tensor_shape { dim { size: 2 } } bool_val: true bool_val: false', 'dtype: DT_HALF tensor_shape { } half_val: 15361',
           'dtype: DT_COMPLEX64 tensor_shape { } scomplex_val: 1 scomplex_val: 2.5', 'dtype: DT_INT64 tensor_shape { dim { size: 0 } }',
           'dtype: DT_INT8 tensor_shape { } int_val: -3', 'dtype: DT_UINT8 tensor_shape { } int_val: 65', 'dtype: DT_DOUBLE tensor_shape { } double_val: 0.1',
           'dtype: DT_DOUBLE tensor_shape { } double_val: 0.33333333333333331', 'dtype: DT_QINT8 tensor_shape { } int_val: 3', 'dtype: DT_BFLOAT16 tensor_shape { } half_val: 16256',
           'dtype: DT_FLOAT tensor_shape { } float_val: 1e10', 'dtype: DT_FLOAT tensor_shape { } float_val: nan', 'dtype: DT_UINT64 tensor_shape { } uint64_val: 18446744073709551615']
T = X % (K % 'tensor { %s }')


def equal_cases():
    pairs = [(CONST, ''), ('', CONST), (X % '' + ' versions { producer: 1 }', X % ''), (X % '', X.replace('"X"', '"Y"') % '')]
    pairs += [(X % a, X % b) for a, b in INPUTS] + [(X % (K % a), X % (K % b)) for a, b in ATTRS]
    pairs += [(T % t, T % 'dtype: DT_INT32 tensor_shape { } int_val: 7') for t in TENSORS]
    three = 'dtype: DT_FLOAT tensor_shape { dim { size: 3 } } '
    pairs += [(T % (three + 'float_val: 1'), T % (three + 'float_val: [1,1,1]')), (T % (three + 'float_val: [1,2]'), T % (three + 'float_val: [1,2,2]')),
              (T % (three + r'tensor_content: "\000\000\200\077\000\000\200\077\000\000\200\077"'), T % (three + 'float_val: 1')), (T % three, T % (three + 'float_val: 0')),
              (T % (three + 'float_val: 0'), T % (three + 'float_val: -0'))]
    out = []
    for a, b in pairs:
        d = pywrap_tensorflow.EqualGraphDefWrapper(parse(a).SerializeToString(), parse(b).SerializeToString())
        out.append({'actual': a, 'expected': b, 'difference': d.decode('latin1')})
    return out


# ---- import_graph_def -------------------------------------------------------------------------------------------------
P = 'node { name: "p" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } } '
NEG = 'node { name: "n" op: "Neg" %s attr { key: "T" value { type: DT_FLOAT } } } '
FRAME = 'attr { key: "T" value { type: DT_INT32 } } '
LOOP = '''node { name: "next" op: "NextIteration" input: "add" %(T)s } node { name: "i" op: "Const" attr { key: "dtype" value { type: DT_INT32 } } attr { key: "value" value { tensor { dtype: DT_INT32 tensor_shape { } int_val: 0 } } } }
node { name: "enter" op: "Enter" input: "i" %(T)s attr { key: "frame_name" value { s: "f" } } } node { name: "merge" op: "Merge" input: "enter" input: "next" attr { key: "N" value { i: 2 } } %(T)s }
node { name: "limit" op: "Const" input: "^merge" attr { key: "dtype" value { type: DT_INT32 } } attr { key: "value" value { tensor { dtype: DT_INT32 tensor_shape { } int_val: 10 } } } }
node { name: "less" op: "Less" input: "merge" input: "limit" %(T)s } node { name: "cond" op: "LoopCond" input: "less" } node { name: "switch" op: "Switch" input: "merge" input: "cond" %(T)s }
node { name: "exit" op: "Exit" input: "switch" %(T)s } node { name: "one" op: "Const" input: "^switch" attr { key: "dtype" value { type: DT_INT32 } } attr { key: "value" value { tensor { dtype: DT_INT32 tensor_shape { } int_val: 1 } } } }
node { name: "add" op: "Add" input: "switch:1" input: "one" %(T)s }''' % {'T': FRAME}
A = 'node { name: "A" op: "NoOp" } node { name: "a" op: "NoOp" input: "^A" attr { key: "_class" value { list { s: "loc:@A" s: "loc:@a"} } } } node { name: "a_1" op: "NoOp" input: "^a" }'
MENTION = ['Conv2D', 'SplitV', 'Assign', 'Variable', 'Print', 'SymbolicGradient', 'RandomShuffleQueueV2', 'Merge', 'IdentityN', 'Const', 'Placeholder', 'ConcatV2', 'ImageSummary', 'Assert', 'Dequantize', 'AddN', 'TensorArrayV3']
IMPORTS = [(P + NEG % 'input: "p"', {}), (P + 'node { name: "n" op: "Neg" input: "p" }', {}),
           (P + NEG.replace('DT_FLOAT', 'DT_INT32') % 'input: "p"', {}), (P + NEG % '', {}), (P + NEG % 'input: "p:1"', {}), (P + NEG % 'input: "p:0"', {}),
           (P + NEG % 'input: "p" input: "p"', {}), (P + NEG % 'input: "q"', {}), (P + NEG % 'input: ""', {}), (P + NEG % 'input: "p:x"', {}),
           (P + NEG % 'input: "p" input: "^p" input: "^p"', {}), (P + NEG % 'input: "p" input: "^n"', {}), (P + NEG % 'input: "^p" input: "p"', {}),
           (P + NEG.replace('DT_FLOAT', 'DT_STRING') % 'input: "p"', {}), (P + NEG.replace('type: DT_FLOAT', 'i: 1') % 'input: "p"', {}),
           (P + NEG % 'input: "p" attr { key: "U" value { type: DT_FLOAT } } attr { key: "_U" value { type: DT_FLOAT } }', {}),
           (P + 'node { name: "n" op: "Foo" input: "p" }', {}), (P + P, {}), (P.replace('"p"', '"_p"'), {}), ('node { name: "p" }', {}),
           (P + 'node { name: "n" op: "Assign" input: "p" input: "p" attr { key: "T" value { type: DT_FLOAT } } }', {}),
           (NEG.replace('"n"', '"a"') % 'input: "b"' + NEG.replace('"n"', '"b"') % 'input: "a"', {}),
           (NEG % 'input: "p"' + P + 'node { name: "c" op: "NoOp" input: "^n" input: "^p" }', {'name': ''}),
           ('node { name: "n" op: "AddN" input: "p" attr { key: "T" value { type: DT_FLOAT } } attr { key: "N" value { i: 0 } } }' + P, {}),
           ('node { name: "n" op: "AddN" input: "p" attr { key: "T" value { type: DT_FLOAT } } attr { key: "N" value { i: 2 } } }' + P, {}),
           ('node { name: "n" op: "Split" attr { key: "T" value { type: DT_FLOAT } } attr { key: "num_split" value { i: 2 } } }', {}),
           ('node { name: "n" op: "IdentityN" attr { key: "T" value { list { } } } }', {}), ('node { name: "n" op: "IdentityN" attr { key: "T" value { list { i: 1 } } } }', {}),
           ('node { name: "n" op: "Conv2D" attr { key: "T" value { type: DT_FLOAT } } attr { key: "padding" value { s: "FOO" } } attr { key: "strides" value { list { i: 1} } } }', {}),
           ('node { name: "n" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT_REF } } }', {}),
           ('node { name: "n" op: "RandomShuffleQueueV2"  attr { key: "component_types" value { list { type: DT_FLOAT_REF } } } }', {}),
           ('node { name: "n" op: "Placeholder" device: "zz" attr { key: "dtype" value { type: DT_FLOAT } } }', {}),
           ('node { name: "n" op: "Placeholder" device: "/cpu:0" attr { key: "dtype" value { type: DT_FLOAT } } }', {}),
           (P + NEG % 'input: "p" attr { key: "_class" value { list { s: "loc:@zz" } } }', {}),
           ('versions { producer: 134 min_consumer: 999 }' + P, {}), ('versions { producer: 134 bad_consumers: 134 }' + P, {}), ('versions { producer: 100 }' + P, {}), (P, {'name': 'a b'}),
           (P + NEG % 'input: "p"', {'input_map': {'zz:0': 1.0}}), (P + NEG % 'input: "p"', {'input_map': {'p:0': 1.0}}), (P + NEG % 'input: "p"', {'input_map': {'p:1': 1.0}}),
           (P + NEG % 'input: "p"', {'input_map': {'p': 1.0}, 'name': ''}), (NEG % 'input: "p"', {'input_map': {'p': 1.0}}), (P + NEG % 'input: "p"', {'input_map': {'n': 1.0}}),
           (P + NEG % 'input: "p"', {'return_elements': ['zz']}), (P + NEG % 'input: "p"', {'return_elements': ['zz:0']}), (P + NEG % 'input: "p"', {'return_elements': ['n:3']}),
           (P + NEG % 'input: "p"', {'return_elements': ['n:0:1']}), (P + NEG % 'input: "p"', {'return_elements': ['n:0', 'p', 'n']}),
           (P + NEG % 'input: "p"', {'input_map': {'p:0': 1.0}, 'return_elements': ['p:0', 'p']}),
           (LOOP, {}), (LOOP, {'name': ''}), (LOOP.replace('op: "Merge"', 'op: "Less"'), {}),
           (P.replace('} } }', '} } attr { key: "_output_shapes" value { list { shape { dim { size: 2 } } } } } }'), {'return_elements': ['p:0']}),
           (P + 'node { name: "n" op: "Neg" input: "p" device: "/job:w/gpu:1" attr { key: "T" value { type: DT_FLOAT } } } node { name: "m" op: "Neg" input: "p" attr { key: "T" value { type: DT_FLOAT } } attr { key: "_class" value { list { s: "loc:@n" } } } }', {}),
           ] + [('node { name: "n" op: "%s" attr { key: "zz" value { i: 1 } } }' % op, {}) for op in MENTION]


def compact(g):
    return [{'name': n.name, 'op': n.op, 'input': list(n.input), 'device': n.device, 'class': [s.decode() for s in n.attr['_class'].list.s] if '_class' in n.attr else []} for n in g.as_graph_def().node]


def state(g):
    return {'nodes': compact(g), 'last_id': g._last_id, 'names': {k: v for k, v in sorted(g._names_in_use.items())}, 'producer': g.as_graph_def().versions.producer}


def import_cases():
    out = []
    for text, options in IMPORTS:
        with tf.Graph().as_default() as g:
            case = {'text': text, 'options': options}
            try:
                r = tf.import_graph_def(parse(text), **options)
                case['result'] = None if r is None else [x.name for x in r]
                case['shapes'] = None if r is None else [str(x.shape) if isinstance(x, tf.Tensor) else None for x in r]
            except Exception as e:  # pylint: disable=broad-except
                case['error'] = {'class': type(e).__name__, 'message': str(e)}
            case.update(state(g))
            out.append(case)
    return out


def scoped_import():
    """Imports under every kind of scope; the test re-states these lines."""
    with tf.Graph().as_default() as g:
        a = tf.no_op(name='a')
        tf.import_graph_def(parse(A), name='')
        tf.import_graph_def(parse(A), name='')
        with tf.name_scope('s'), tf.control_dependencies([a]), tf.device('/gpu:1'):
            tf.import_graph_def(parse(A), name='x')
        tf.import_graph_def(parse(A))
        tf.import_graph_def(parse(A))
        tf.import_graph_def(parse(A), name='import/')
        with tf.name_scope('t'):
            tf.import_graph_def(parse(A), name='')
    return {'text': A, **state(g)}


# ---- functions --------------------------------------------------------------------------------------------------------
def functions():
    @function.Defun(tf.float32, tf.float32, func_name='Half')
    def half(x, y):
        return x * 0.5 + y, tf.identity(y)

    @function.Defun(tf.float32, tf.float32, tf.float32, func_name='HalfGrad')
    def half_grad(x, y, dz):
        return dz * 0.5, dz

    @function.Defun(tf.float32, func_name='Outer', grad_func=None)
    def outer(x):
        with tf.control_dependencies([tf.no_op(name='wait')]):
            return half(x, x)[0]

    @function.Defun(tf.float32, tf.float32, func_name='WithGrad', grad_func=half_grad)
    def with_grad(x, y):
        return x * 0.5 + y

    with tf.Graph().as_default() as g:
        x = tf.placeholder(tf.float32, [2], name='x')
        outer(half(x, tf.constant([1., 2.]))[1])
        with_grad(x, x)
    gd = g.as_graph_def()
    for ext, data in (('pb', gd.SerializeToString(deterministic=True)), ('pbtxt', str(gd).encode('utf8')), ('json', json_format.MessageToJson(gd).encode('utf8'))):
        with open(os.path.join(HERE, 'functions.%s.gz' % ext), 'wb') as f, gzip.GzipFile('', 'wb', 9, f, 0) as z:
            z.write(data)


if __name__ == '__main__':
    functions()
    with open(os.path.join(HERE, 'cases.json'), 'w') as f:
        json.dump({'tensorflow': tf.__version__, 'equal': equal_cases(), 'import': import_cases(), 'scoped': scoped_import()}, f, indent=1, sort_keys=True)
        f.write('\n')
