"""Writes a record of the symbols of tf.contrib.lookup and tf.contrib.util, which api-1.15.5.json leaves out, in its format
(what gen-port-api.mjs reads). Usage, with TensorFlow 1.15.5: python record_contrib_api.py OUT.json"""
import inspect
import json
import sys

import tensorflow as tf
from tensorflow.python.util import tf_inspect


def signature(f):
    spec = tf_inspect.getfullargspec(f)
    plain, defaults = spec.args, list(spec.defaults or ())
    first = len(plain) - len(defaults)
    return {'args': [[a] if i < first else [a, repr(defaults[i - first])] for i, a in enumerate(plain)], 'varargs': spec.varargs, 'varkw': spec.varkw}


record = {}
for space in ('lookup', 'util'):
    module = getattr(tf.contrib, space)
    for name in sorted(n for n in dir(module) if not n.startswith('_')):
        value = getattr(module, name)
        path = 'tf.contrib.%s.%s' % (space, name)
        if inspect.isclass(value):
            members = {m: 'property' if isinstance(v, property) else 'method' for m, v in inspect.getmembers(value) if not m.startswith('_')}
            record[path] = {'kind': 'class', 'init': signature(value.__init__), 'members': members}
        elif callable(value):
            record[path] = {'kind': 'function', 'sig': signature(value)}
with open(sys.argv[1], 'w') as out:
    json.dump(record, out, indent=1, sort_keys=True)
