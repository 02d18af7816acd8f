"""What real TensorFlow 1.15.5 makes of more imports: producers, control inputs, devices, functions, names, removed ops. Writes
imports.json next to itself; the test restates each case under its name.

  python make_imports.py        (tensorflow==1.15.5, numpy<1.19, protobuf<3.21 on Python 3.7)
"""
import os
import json, tensorflow as tf
from tensorflow.core.framework import graph_pb2, op_def_pb2
from google.protobuf import text_format
P='node { name: "p" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } } '
def parse(s): return text_format.Parse(s, graph_pb2.GraphDef())
def ops(s): return text_format.Parse(s, op_def_pb2.OpList())
N='node { name: "n" op: "Neg" input: "p" attr { key: "T" value { type: DT_FLOAT } } %s } '
Z='attr { key: "zz" value { i: %d } }'
L='op { name: "Neg" attr { name: "T" type: "type" } attr { name: "zz" type: "int" default_value { i: 3 } } }'
F='library { function { signature { name: "F" input_arg { name: "x" type: DT_FLOAT } output_arg { name: "y" type: DT_FLOAT } } node_def { name: "y" op: "%s" input: "x" attr { key: "T" value { type: DT_FLOAT } } } ret { key: "y" value: "y:y:0" } } }'
C='node { name: "c" op: "F" input: "p" }'
def run(label, f):
  with tf.Graph().as_default() as g:
    out={'label':label}
    try:
      r=f(g); out['result']=None if r is None else [x.name for x in r]
    except Exception as e: out['error']={'class':type(e).__name__,'message':str(e)}
    gd=g.as_graph_def()
    out['nodes']=[[n.name,n.op,list(n.input),n.device,[s.decode() for s in n.attr['_class'].list.s] if '_class' in n.attr else []] for n in gd.node]
    out['functions']=[[x.signature.name, x.node_def[0].op] for x in gd.library.function]
    out['last_id']=g._last_id; out['min_consumer']=gd.versions.min_consumer
    return out
imp=lambda s,**k: tf.import_graph_def(parse(s),**k)
cases=[]
def case(f): cases.append(run(f.__name__,f)); return f
@case
def producer_default(g): imp(P+N%(Z%3), producer_op_list=ops(L))
@case
def producer_other(g): imp(P+N%(Z%4), producer_op_list=ops(L))
@case
def control_map(g):
  q=tf.no_op(name='q'); x=tf.constant(1.,name='x')
  imp(P+'node { name: "n" op: "Neg" input: "p" input: "^w" attr { key: "T" value { type: DT_FLOAT } } } node { name: "w" op: "NoOp" }', input_map={'^w':x})
@case
def control_map_op(g):
  q=tf.no_op(name='q')
  imp(P+'node { name: "n" op: "Neg" input: "p" input: "^w" attr { key: "T" value { type: DT_FLOAT } } } node { name: "w" op: "NoOp" }', input_map={'^w':q})
@case
def control_map_missing(g):
  x=tf.constant(1.,name='x')
  imp(P+'node { name: "n" op: "Neg" input: "p" input: "^w" attr { key: "T" value { type: DT_FLOAT } } }', input_map={'^w':x, 'p':x})
@case
def control_map_unused(g):
  x=tf.constant(1.,name='x')
  imp(P+N%'', input_map={'^w':x})
@case
def device_function(g):
  with tf.device(lambda n: '/gpu:2' if n.type=='Neg' else ''): imp(P+N%''+ 'node { name: "d" op: "Neg" input: "p" device: "/job:w" attr { key: "T" value { type: DT_FLOAT } } } ')
@case
def device_scopes(g):
  with tf.device('/job:a/gpu:1'), tf.device('/cpu:0'): imp(P+'node { name: "d" op: "Neg" input: "p" device: "/job:w/task:3" attr { key: "T" value { type: DT_FLOAT } } } ')
@case
def library(g): imp(P+C+F%'Neg'); imp(P+C+F%'Neg')
@case
def library_conflict(g): imp(P+C+F%'Neg'); imp(P+C+F%'Exp')
@case
def library_unknown(g): imp(P+C)
@case
def names_taken(g):
  tf.no_op(name='p'); tf.no_op(name='N'); imp(P+N%'', name='')
  tf.no_op(name='p'); imp(P+N%'', name='')
@case
def prefix_taken(g):
  tf.no_op(name='import/p'); imp(P, name='import'); imp(P, name='x/y'); imp(P, name='x/y/')
  with tf.name_scope('x'): imp(P, name='y')
@case
def colocated_outside(g):
  tf.no_op(name='o'); imp(P+N%'attr { key: "_class" value { list { s: "loc:@o" } } }', name='')
@case
def return_mapped(g):
  x=tf.constant(1.,name='x'); return imp(P+N%'', input_map={'p':x}, return_elements=['n:0','p:0'])
@case
def removed_op(g): imp('versions { producer: 20 } '+P+'node { name: "b" op: "BatchNormWithGlobalNormalization" input: "p" input: "p" input: "p" input: "p" input: "p" attr { key: "T" value { type: DT_FLOAT } } attr { key: "variance_epsilon" value { f: 1 } } attr { key: "scale_after_normalization" value { b: true } } }')
@case
def removed_op_old(g): imp('versions { producer: 8 } '+P+'node { name: "b" op: "BatchNormWithGlobalNormalization" input: "p" input: "p" input: "p" input: "p" input: "p" attr { key: "T" value { type: DT_FLOAT } } attr { key: "variance_epsilon" value { f: 1 } } attr { key: "scale_after_normalization" value { b: true } } }')
@case
def old_bad_consumers(g): imp('versions { producer: 5 min_consumer: 3 bad_consumers: 7 } '+P)
@case
def return_elements_type(g): imp(P, return_elements=[3])
@case
def input_map_type(g): imp(P, input_map=3)
@case
def empty(g): return imp('', return_elements=[])
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'imports.json'), 'w') as f:
  json.dump(cases, f, indent=1, sort_keys=True)
