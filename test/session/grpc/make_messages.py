"""python make_messages.py messages.fixture.json: messages of the master service as Python TensorFlow 1.15.5 writes them, in hex: configuration, callables, metadata of a real run, tensors."""
import os, json, sys
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import config_pb2, cluster_pb2, rewriter_config_pb2
from tensorflow.core.framework import device_attributes_pb2, tensor_pb2, types_pb2, resource_handle_pb2
from google.protobuf import text_format
out = {}
config = text_format.Parse('''
device_count { key: "CPU" value: 2 } device_count { key: "GPU" value: 0 }
intra_op_parallelism_threads: 3 inter_op_parallelism_threads: 4 use_per_session_threads: true placement_period: 5
device_filters: "/job:ps" device_filters: "/job:worker/task:0"
gpu_options { per_process_gpu_memory_fraction: 0.3 allow_growth: true allocator_type: "BFC" deferred_deletion_bytes: 6 visible_device_list: "0,1" polling_active_delay_usecs: 7 polling_inactive_delay_msecs: 8 force_gpu_compatible: true }
allow_soft_placement: true log_device_placement: true
graph_options { enable_recv_scheduling: true build_cost_model: 9 build_cost_model_after: 10 infer_shapes: true place_pruned_graph: true enable_bfloat16_sendrecv: true timeline_step: 11
  optimizer_options { do_common_subexpression_elimination: true do_constant_folding: true max_folded_constant_in_bytes: 12 do_function_inlining: true opt_level: L0 global_jit_level: ON_2 }
  rewrite_options { layout_optimizer: OFF constant_folding: ON shape_optimization: AGGRESSIVE remapping: OFF arithmetic_optimization: OFF dependency_optimization: OFF loop_optimization: OFF function_optimization: OFF
    debug_stripper: ON disable_model_pruning: true scoped_allocator_optimization: ON pin_to_host_optimization: OFF implementation_selector: OFF auto_mixed_precision: ON disable_meta_optimizer: true
    meta_optimizer_iterations: TWO min_graph_nodes: 13 memory_optimization: HEURISTICS memory_optimizer_target_node_name_scope: "g" meta_optimizer_timeout_ms: 14 fail_on_optimizer_errors: true optimizers: "a" optimizers: "b" } }
operation_timeout_in_ms: 15 isolate_session_state: true
cluster_def { job { name: "ps" tasks { key: 0 value: "h:1" } } job { name: "worker" tasks { key: 0 value: "h:2" } tasks { key: 7 value: "h:3" } } }
''', config_pb2.ConfigProto())
hexed = lambda m: m.SerializeToString(deterministic=True).hex()
out['ConfigProto'] = hexed(config)
out['RunOptions'] = hexed(config_pb2.RunOptions(trace_level=3, timeout_in_ms=1 << 40, inter_op_thread_pool=-1, output_partition_graphs=True, report_tensor_allocations_upon_oom=True))
out['CallableOptions'] = hexed(text_format.Parse('feed: "x:0" feed: "y:0" fetch: "z:0" target: "t" run_options { timeout_in_ms: 5 } tensor_connection { from_tensor: "a:0" to_tensor: "b:0" } feed_devices { key: "x:0" value: "d" } fetch_devices { key: "z:0" value: "e" } fetch_skip_sync: true', config_pb2.CallableOptions()))
out['DeviceAttributes'] = hexed(device_attributes_pb2.DeviceAttributes(name='/job:a/replica:0/task:0/device:CPU:0', device_type='CPU', memory_limit=268435456, incarnation=(1 << 63) + 5, physical_device_desc='d', locality=device_attributes_pb2.DeviceLocality(bus_id=1, numa_node=2)))
out['ResourceHandleProto'] = hexed(resource_handle_pb2.ResourceHandleProto(device='d', container='c', name='n', hash_code=(1 << 64) - 3, maybe_type_name='t', dtypes_and_shapes=[resource_handle_pb2.ResourceHandleProto.DtypeAndShape(dtype=1, shape=tf.TensorShape([2, None]).as_proto())]))
tensors = []
def t(name, value, proto): tensors.append([name, value, hexed(proto)])
P = tensor_pb2.TensorProto
D = types_pb2
sh = lambda *d: tf.TensorShape(d).as_proto()
for d in ['float32', 'float64', 'int32', 'uint8', 'int16', 'int8', 'int64', 'bool', 'uint16', 'uint32', 'uint64', 'float16', 'complex64', 'complex128', 'qint8', 'quint8', 'qint32', 'qint16', 'quint16', 'bfloat16']:
  dt = tf.as_dtype(d)
  npd = dt.as_numpy_dtype
  raw = np.arange(1, 7)
  if d.startswith('q'): v = np.array([(int(x),) for x in raw], dtype=npd).reshape(2, 3)
  elif d == 'bool': v = (raw % 2 == 0).reshape(2, 3)
  elif d == 'bfloat16': v = raw.astype(np.float32).astype(npd).reshape(2, 3)
  elif d.startswith('complex'): v = (raw + 1j * -raw).astype(npd).reshape(2, 3)
  else: v = raw.astype(npd).reshape(2, 3)
  content = P(dtype=dt.as_datatype_enum, tensor_shape=sh(2, 3), tensor_content=v.tobytes())
  t(d + ' content', d, content)
  val = P(dtype=dt.as_datatype_enum, tensor_shape=sh(2, 3))
  flat = v.reshape(-1)
  if d in ('float32',): val.float_val.extend(flat)
  elif d == 'float64': val.double_val.extend(flat)
  elif d in ('int32', 'uint8', 'int16', 'int8', 'uint16'): val.int_val.extend(int(x) for x in flat)
  elif d.startswith('q'): val.int_val.extend(int(x[0]) for x in flat)
  elif d == 'int64': val.int64_val.extend(int(x) for x in flat)
  elif d == 'uint32': val.uint32_val.extend(int(x) for x in flat)
  elif d == 'uint64': val.uint64_val.extend(int(x) for x in flat)
  elif d == 'bool': val.bool_val.extend(bool(x) for x in flat)
  elif d in ('float16', 'bfloat16'): val.half_val.extend(int(x) for x in np.frombuffer(v.tobytes(), np.uint16))
  elif d == 'complex64': val.scomplex_val.extend(y for x in flat for y in (x.real, x.imag))
  elif d == 'complex128': val.dcomplex_val.extend(y for x in flat for y in (x.real, x.imag))
  t(d + ' values', d, val)
out['tensors'] = tensors
# A real run in this process, with everything its metadata can tell.
g = tf.Graph()
with g.as_default():
  x = tf.placeholder(tf.float32, [None, 3], name='x')
  y = tf.matmul(x, tf.constant(np.ones((3, 2), np.float32)), name='y')
  with tf.Session() as s:
    m = tf.RunMetadata()
    s.run(y, {x: np.ones((2, 3))}, tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE, output_partition_graphs=True), m)
out['RunMetadata'] = hexed(m)
json.dump(out, open(sys.argv[1], 'w'), indent=0)
