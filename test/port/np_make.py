"""Writes np.json: what numpy 1.18 makes of expressions, each a list of [numbers, shape, dtype]. Python 3.7, numpy 1.18.5."""
import json
import random
import sys
import numpy as np

CASES = {
    'seed': ['np.random.seed(0)', 'np.random.rand(5)', 'np.random.randn(7)', 'np.random.randint(10, size=6)', 'np.random.rand()', 'np.random.randint(3, 9)', 'np.random.uniform(-1, 1, [2, 3])', 'np.random.normal(2., 3., 4)',
             'np.random.permutation(10)', 'np.random.choice(5, 4)', 'np.random.choice(5, 3, replace=False)', 'np.random.choice(4, 6, p=[.1, .2, .3, .4])', 'np.random.random(2)', 'np.random.standard_normal(3)', 'np.random.randint(0, 2 ** 40, 3)'],
    'seed_list': ['np.random.seed([1, 2, 3])', 'np.random.rand(3)', 'np.random.randn(3)'],
    'seed_big': ['np.random.seed(4294967295)', 'np.random.randint(1000000, size=[2, 2])', 'np.random.permutation(np.arange(12).reshape(4, 3))', 'np.random.randint(256, size=5, dtype=np.uint8)' if False else 'np.random.rand(2)'],
    'arrays': ['np.zeros([2, 3])', 'np.ones(4, dtype=np.float32)', 'np.eye(3)', 'np.arange(3, 11, 2)', 'np.arange(0, 1, 0.25)', 'np.linspace(-1, 1, 7)', 'np.full([2], 7)', 'np.array([[1, 2], [3, 4]])', 'np.array([1.5, 2])', 'np.array([True, False])'],
    'shapes': ['np.arange(12).reshape(3, 4)', 'np.arange(12).reshape(2, -1).T', 'np.transpose(np.arange(24).reshape(2, 3, 4), (2, 0, 1))', 'np.concatenate([np.ones([2, 2]), np.zeros([1, 2])])', 'np.concatenate([np.ones([2, 2]), np.zeros([2, 1])], axis=1)',
               'np.stack([np.arange(3), np.arange(3)], axis=1)', 'np.vstack([np.arange(3), np.ones(3)])', 'np.hstack([np.arange(3), np.ones(2)])', 'np.tile(np.arange(3), [2, 2])', 'np.repeat(np.arange(3), 2)', 'np.expand_dims(np.arange(3), 0)', 'np.squeeze(np.ones([1, 3, 1]))'],
    'arithmetic': ['np.arange(3) + 1', 'np.arange(3) / 2', 'np.arange(-3, 3) // 2', 'np.arange(-3, 3) % 2', 'np.arange(3, dtype=np.float32) * 0.1', 'np.arange(3, dtype=np.float32) + np.arange(3)', 'np.arange(3)[:, None] * np.arange(4)', 'np.arange(4) ** 2', '1.0 - np.arange(3)',
                   'np.maximum(np.arange(-2, 3), 0)', 'np.sqrt(np.arange(4))', 'np.exp(np.array([0., 1.], dtype=np.float32))', 'np.arange(5) > 2', 'np.clip(np.arange(6), 1, 4)', 'np.dot(np.arange(6).reshape(2, 3), np.arange(3))', 'np.abs(np.array([-1, 2]))', 'np.where(np.arange(4) > 1, 10, np.arange(4))'],
    'reduce': ['np.sum(np.arange(12).reshape(3, 4))', 'np.sum(np.arange(12).reshape(3, 4), axis=0)', 'np.mean(np.arange(12).reshape(3, 4), axis=1)', 'np.std(np.arange(10))', 'np.var(np.arange(12).reshape(3, 4), axis=0)', 'np.max(np.arange(12).reshape(3, 4), axis=1)', 'np.argmax([[1, 5, 2], [7, 0, 7]], axis=1)',
               'np.argmax([3, 9, 2])', 'np.prod([1, 2, 3])', 'np.all([True, False])', 'np.sum(np.arange(300, dtype=np.float32) * 0.1)', 'np.mean(np.arange(300, dtype=np.float32) * 0.1)', 'np.argsort([3, 1, 2])', 'np.cumsum([1, 2, 3])', 'np.unique([3, 1, 3])', 'np.median([1, 3, 2, 4])'],
    'index': ['np.arange(10)[2:8:3]', 'np.arange(10)[-3:]', 'np.arange(12).reshape(3, 4)[1]', 'np.arange(12).reshape(3, 4)[:, 1]', 'np.arange(12).reshape(3, 4)[1, 2]', 'np.arange(12).reshape(3, 4)[[0, 2]]', 'np.arange(12).reshape(3, 4)[[0, 2], [1, 3]]', 'np.arange(6)[np.arange(6) > 2]',
              'np.eye(4)[np.array([1, 3])]', 'np.arange(24).reshape(2, 3, 4)[..., 1]', 'np.arange(3)[::-1]', 'np.arange(12).reshape(3, 4)[1:, None, ::2]'],
    'random': ['random.seed(7)', 'random.random()', 'random.randint(1, 6)', 'random.uniform(2, 3)', 'random.choice([4, 5, 6])', 'random.sample(list(range(10)), 4)', 'random.gauss(0, 1)'],
}


def record(v):
    if v is None:
        return None
    a = np.asarray(v)
    return [[x if isinstance(x, int) and abs(x) < 2 ** 53 else float(x) for x in a.ravel().tolist()], list(a.shape), a.dtype.name]


out = {}
for name, lines in CASES.items():
    out[name] = [[line, record(eval(line))] for line in lines]
TEXT = ["'%d %5.2f|%-6s|%06.1f|%e|%g|%x' % (7, 3.14159, 'ab', 2.5, 12345.678, 1e-7, 255)", "'{:>8.3f}|{:<5}|{:^7}|{:+d}|{:,}|{:.1%}|{:05d}'.format(2.5, 'a', 'mid', 3, 1234567, 0.256, 42)", "'{0} {1} {0}'.format('x', 2)", "'{:10.4e}|{:g}|{:g}'.format(0.000123, 100000.0, 1e20)",
        "repr([1, 'a', None, True, {'k': (1, 2)}])" if False else "repr([1, 'a', None, True, {'k': [1, 2]}])", 'str(np.array([1.5, 2.25, -3.]))', 'str(np.array([[1, 20], [300, 4]]))', 'str(np.array([0.1, 0.25], dtype=np.float32))', 'str(np.zeros([2, 2]))', 'repr(np.array([1, 2, 3]))', "repr(np.array([1., 2.], dtype=np.float32))", 'str(np.array([True, False]))',
        "'%.0f %.0f %.1f %.1e %g %.3g' % (0.5, 2.5, 0.25, 2.5e10, 123456789.0, 0.00012345)", "'{:.0%}|{:.2f}|{:e}|{:.3}'.format(0.125, 2.675, 0.0, 1234.5)", "repr(np.array([[0.5, 1e-9], [3., 4.]]))", "str(np.array([1e10, np.nan, -np.inf]))", "str(np.arange(2000).reshape(2, 1000))", "repr(np.arange(8).reshape(2, 2, 2))"]
out['text'] = [[line, eval(line)] for line in TEXT]
json.dump(out, open(sys.argv[1], 'w'), indent=0)
