import numpy as np
import math, random, os, time, sys, json, copy, itertools
from os import path as osp
x = np.array([[1., 2.], [3., 4.]], dtype=np.float32)
print(x)
print(x.shape, x.dtype, x.ndim, x.size, len(x))
print(x + 1, x * x, x.T, x[0], x[:, 1], x[0, 1], x[-1], x.sum(), x.mean(), x.mean(axis=0), x.max(), x.argmax(), x.argmax(axis=1))
print(np.zeros((2, 3)), np.ones([2]), np.arange(5), np.arange(0, 1, 0.25), np.linspace(0, 1, 5), np.eye(2))
print(np.dot(x, x), np.matmul(x, x), np.sum(x, axis=1), np.mean([1, 2, 3]), np.sqrt(4.0), np.exp(0), np.log(1.0), np.abs(-3), np.std([1., 2., 3.]))
np.random.seed(0)
print(np.random.rand(2), np.random.randn(2, 2), np.random.randint(0, 10, 5), np.random.permutation(5), np.random.uniform(-1, 1, [2]), np.random.normal(0, 1), np.random.choice(5, 3), np.random.randint(3))
a = np.arange(6).reshape(2, 3)
print(a, a.reshape(-1), a.reshape([3, 2]), a.flatten(), a.astype(np.float32), a.tolist(), a.T.shape, a.sum(axis=0, keepdims=True))
a[0, 0] = 100
a[1] = [7, 8, 9]
a[:, 2] = 0
print(a, (a > 5).sum(), a[a > 5], np.where(a > 5, 1, 0), np.argmax(a, 1), np.concatenate([a, a], axis=0).shape, np.vstack([a, a]).shape, np.hstack((a, a)).shape, np.stack([a, a]).shape)
onehot = np.zeros((3, 4))
onehot[np.arange(3), [0, 2, 3]] = 1
print(onehot, np.expand_dims(a, 0).shape, np.squeeze(np.ones((1, 2))).shape, np.transpose(a, (1, 0)).shape)
print(np.float32(0.1), np.float64(0.1), np.int32(3), np.float32(3), float(np.float32(0.1)), int(np.int64(5)))
print(np.clip(np.array([-1, 0.5, 2]), 0, 1), np.maximum([1, 5], [3, 2]), np.power(2, [1, 2, 3]), np.round(2.567, 2), np.prod([1, 2, 3]), np.cumsum([1, 2, 3]), np.unique([3, 1, 1]))
print(np.array_equal(a, a), np.allclose([1.0], [1.0 + 1e-9]), np.isnan(np.nan), np.pi, np.inf, np.any(a > 5), np.all(a > 5))
m = np.array([1, 2, 3])
print(m / 2, m // 2, m % 2, m ** 2, -m, m == 2, m.dtype, (m * 1.5).dtype, m.mean(), m.sum(), m.max(), m.min(), m.std())
for row in a:
    print(row, row[0], row.sum())
b = np.random.rand(3, 2)
print(b.shape[0], '%d x %d' % b.shape, 'shape: {}'.format(b.shape), b[1:].shape, b[..., 0].shape, b[None].shape, b[:, np.newaxis].shape)
print(math.pi, math.sqrt(2), math.floor(2.7), math.ceil(2.1), math.log(10), math.exp(1), math.pow(2, 3), math.log(8, 2), math.sin(0))
random.seed(1)
print(random.random(), random.randint(1, 10), random.choice([1, 2, 3]), random.uniform(0, 1), random.sample(range(10), 3))
l = [1, 2, 3, 4, 5]
random.shuffle(l)
print(l)
print(os.path.join('a', 'b', 'c.txt'), os.path.basename('/x/y.py'), os.path.dirname('/x/y.py'), os.path.splitext('model.ckpt'), os.path.exists('/nonexistent'), osp.join('q', 'r'), os.path.split('/a/b'))
print(json.dumps({'a': [1, 2.5, None, True], 'b': 'x'}), json.loads('{"k": [1, 2]}'), json.dumps([1, 2], indent=2), json.dumps({'b': 1, 'a': 2}, sort_keys=True))
c = copy.deepcopy([1, [2, 3]])
c[1].append(4)
print(c, list(itertools.chain([1], [2, 3])), list(itertools.product([1, 2], 'ab')), list(itertools.islice(itertools.count(5), 3)), list(itertools.combinations([1, 2, 3], 2)), list(itertools.permutations([1, 2], 2)), list(itertools.repeat(7, 2)))
start = time.time()
print(type(start).__name__, time.time() - start < 5, '%.1f' % (time.time() - start))
print(sys.argv[1:], len(sys.argv), sys.version_info[0] >= 3)
print(np.mean(np.array([1.5, 2.5])), np.mean(x), np.sum([1, 2]), np.sum(x), np.max([1.0, 3.0]), x.mean() * 2, np.average([1, 2, 3]))
print(list(x[0]), list(m), sum(m), max(m), sorted(m, reverse=True), [int(v) for v in m], [float(v) for v in m], tuple(m))
print(np.array([1, 2.5]), np.array([True, False]), np.array(['a', 'b']), np.array([[1], [2]]), np.array(3), np.array([]), np.array([1e-10, 1e10]))
mean, std = np.mean(x), np.std(x)
print('mean %.3f std %.3f' % (mean, std), "Mean: {:.2f}".format(mean), mean, std)
