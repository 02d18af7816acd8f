"""Records what the scripts of corpus/ print and the graphs they build, under TensorFlow 1.15.5: python corpus_make.py [NAME...]

NAME.txt is the standard output; NAME.pb.gz is the graph the script calls `graph`, or the default graph at its end.
Python 2 is converted first; names of TensorFlow 0.x are put back into the module.
"""
import contextlib
import gzip
import io
import os
import runpy
import subprocess
import sys
from lib2to3 import refactor

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'corpus')


def to_python3(text):
    try:
        compile(text, 'script', 'exec')
        return text
    except SyntaxError:
        pass
    tool = refactor.RefactoringTool(refactor.get_fixers_from_package('lib2to3.fixes'))
    return str(tool.refactor_string(text + '\n', 'script'))


def old_names(tf):
    """Functions of TensorFlow 0.x, with the arguments they took."""
    def positional(f, *names):
        return lambda *args, **kw: f(**dict(zip(names, args), **kw))

    concat, split = tf.concat, tf.split
    tf.mul, tf.sub, tf.neg, tf.pack, tf.unpack = tf.multiply, tf.subtract, tf.negative, tf.stack, tf.unstack
    tf.concat = lambda a, b, name='concat': concat(b, a, name=name) if isinstance(a, int) else concat(a, b, name=name)
    tf.split = lambda a, b, c=0, **kw: split(c, b, a, **kw) if isinstance(a, int) else split(a, b, c, **kw)
    for name in ['softmax_cross_entropy_with_logits', 'sparse_softmax_cross_entropy_with_logits', 'sigmoid_cross_entropy_with_logits']:
        f = getattr(tf.nn, name)
        setattr(tf.nn, name, lambda *args, f=f, **kw: positional(f, 'logits', 'labels')(*args, **kw))


def record(name):
    import tensorflow as tf
    old_names(tf)
    with open(os.path.join(HERE, name + '.py')) as f:
        text = to_python3(f.read())
    script = os.path.join('/tmp', name + '.py')
    with open(script, 'w') as f:
        f.write(text)
    sys.path.insert(0, HERE)
    sys.argv = [script]
    out = io.StringIO()
    found = {}
    with contextlib.redirect_stdout(out):
        try:
            found = runpy.run_path(script, run_name='__main__')
        except SystemExit as e:
            assert not e.code, e
    graph = found.get('graph')
    graph = graph if isinstance(graph, tf.Graph) else tf.get_default_graph()
    with open(os.path.join(HERE, name + '.txt'), 'w') as f:
        f.write(out.getvalue())
    with open(os.path.join(HERE, name + '.pb.gz'), 'wb') as f, gzip.GzipFile('', 'wb', 9, f, 0) as z:
        z.write(graph.as_graph_def().SerializeToString(deterministic=True))


if __name__ == '__main__':
    names = sys.argv[1:] or sorted(f[:-3] for f in os.listdir(HERE) if f.endswith('.py'))
    if len(names) == 1:
        record(names[0])
    else:
        for n in names:
            subprocess.check_call([sys.executable, os.path.abspath(__file__), n])
