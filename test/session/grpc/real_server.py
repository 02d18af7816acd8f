"""A real tf.train.Server: real_server.py CLUSTER_JSON JOB TASK. It listens on all interfaces and cannot be told otherwise: run it
in a network name space of its own (`npm run test:grpc` does)."""
import json, os, sys
for v in ('http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY'):
  os.environ.pop(v, None)
os.environ.setdefault('CUDA_VISIBLE_DEVICES', '')
os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')
import tensorflow as tf
server = tf.train.Server(json.loads(sys.argv[1]), job_name=sys.argv[2], task_index=int(sys.argv[3]))
print('ready', server.target, flush=True)
server.join()
