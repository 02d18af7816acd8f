"""Prints the op list of real TensorFlow 1.15.5, contrib's ops included, as JSON: one record an op, in the proto's JSON form.
Python 3.7 with tensorflow==1.15.5: python scripts/op_list.py > ops.json, then node scripts/gen-op-signatures.mjs ops.json"""
import json, sys
import tensorflow as tf
from google.protobuf import json_format
from tensorflow.python.framework import op_def_registry
dir(tf.contrib)  # loads contrib's op libraries

ops = op_def_registry.get_registered_ops()
json.dump([json_format.MessageToDict(ops[k], preserving_proto_field_name=True) for k in sorted(ops) if not k.startswith('_')], sys.stdout)
