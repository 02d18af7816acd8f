"""A real tf.train.Server (`serve PORT`), and Python's own client of it (`client TARGET`): reads lines `program times`, writes
milliseconds of a run. The server listens on all interfaces: run it in a network name space of its own."""
import os
import sys
import time

for v in ('http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY'):
    os.environ.pop(v, None)
import numpy as np
import tensorflow as tf


def serve(port):
    server = tf.train.Server({'localhost': ['127.0.0.1:%d' % port]}, job_name='localhost', task_index=0)
    print('ready', flush=True)
    server.join()


def client(target):
    scalar = tf.placeholder(tf.float32, [])
    vector = tf.placeholder(tf.float32, [None])
    fetches = {'scalar': scalar + 1., 'vector': tf.identity(vector), 'sum': tf.reduce_sum(vector)}
    data = {n: np.arange(n, dtype=np.float32) for n in (1 << 18, 1 << 24)}
    programs = {'scalar': (fetches['scalar'], {scalar: 1.}), 'target': (tf.no_op(), {})}
    for name, n in (('1 MB', 1 << 18), ('64 MB', 1 << 24)):
        programs[name] = (fetches['vector'], {vector: data[n]})
        programs[name + ' fed'] = (fetches['sum'], {vector: data[n]})
    config = tf.ConfigProto(isolate_session_state=True)
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    sess = tf.Session(target, config=config)
    for line in sys.stdin:
        name, times = line.rsplit(' ', 1)
        fetch, feeds = programs[name]
        start = time.time()
        for _ in range(int(times)):
            sess.run(fetch, feeds)
        print((time.time() - start) * 1000 / int(times), flush=True)


serve(int(sys.argv[2])) if sys.argv[1] == 'serve' else client(sys.argv[2])
