import os
import sys
import time
import tempfile
import shutil
from datetime import datetime
import re
import logging
import string
import contextlib
import operator
import itertools as it
from functools import partial, reduce
from math import sqrt, pi
import math as m


def squares(n):
    for i in range(n):
        got = yield i * i
        if got:
            print('got', got)


g = squares(5)
print(next(g), g.send('hi'), list(g))


def read_lines(path):
    with open(path) as f:
        for line in f:
            yield line.strip()


tmp = os.path.join('/tmp', 'port_more_%d' % os.getpid())
if not os.path.exists(tmp):
    os.makedirs(tmp)
path = os.path.join(tmp, 'a.txt')
with open(path, 'w') as f:
    f.write('one\ntwo\n')
    f.write('three')
print(list(read_lines(path)), os.path.isfile(path), os.path.isdir(tmp), os.listdir(tmp), os.path.getsize(path))
with open(path) as f:
    first = f.readline()
    rest = f.readlines()
print(repr(first), rest)
with open(path, 'a') as f:
    f.write('\nfour')
lines = open(path).read().split('\n')
print(lines, len(lines))
os.remove(path)
os.rmdir(tmp)
print(os.path.exists(tmp))
print(sqrt(16), round(pi, 4), m.floor(2.5), m.ceil(2.5), m.log(m.e))
mul = lambda a, b: a * b
print(reduce(mul, [1, 2, 3, 4]), partial(mul, 3)(4), partial(mul, b=5)(2))
data = [('b', 2), ('a', 1), ('c', 3)]
print(sorted(data, key=operator.itemgetter(1)), sorted(data, key=lambda kv: kv[0]), max(data, key=lambda kv: kv[1]))
print(list(it.chain([1], (2, 3))), [list(grp) for _, grp in []])
x = 5
assert x > 0, 'positive'
assert isinstance(x, int)
try:
    assert x < 0, 'x is %d' % x
except AssertionError as e:
    print('assertion', e)
if x > 3 and not x == 4 or x is None:
    print('yes')
y = x if x else None
z = None
print(y is not None, z is None, z or 'default')
a = b = c = 0
a += 1
print(a, b, c)
(p, q), [r, s] = (1, 2), [3, 4]
print(p, q, r, s)
values = {'lr': 0.1, 'steps': 10}
print('{lr} {steps}'.format(**values), '%(lr).2f' % values)
def kw(lr=0, steps=0, **rest):
    return lr, steps, rest
print(kw(**values), kw(steps=3, other=4))
def star(*args):
    return len(args), args
print(star(), star(1, 2), star(*[1, 2, 3]))
nested = [[1, 2], [3, 4]]
flat = [v for row in nested for v in row]
print(flat, [[v * 2 for v in row] for row in nested], {k: v for k, v in zip('ab', [1, 2])}, sum(v for v in flat if v > 1))
print([i for i in range(10) if i % 2 if i > 3], [(i, j) for i in range(3) for j in range(i)])
matrix = [[0] * 3 for _ in range(2)]
matrix[0][1] = 5
matrix[1][-1] = 7
print(matrix, matrix[0][::-1], matrix[-1][-1])
s = 'hello'
print(s[0], s[-1], s[1:3], s[::-1], s * 2, 'l' in s, s.index('l'), s.replace('l', 'L', 1))
i = 0
while True:
    i += 1
    if i % 2 == 0:
        continue
    if i > 7:
        break
    print(i, end=' ')
print()
print('a', 'b', sep='-')
print('x', end='')
print('y')
def outer():
    total = 0
    def add(v):
        nonlocal total
        total += v
        return total
    add(1)
    add(2)
    return total
print(outer())
from collections import OrderedDict
od = OrderedDict([('a', 1), ('b', 2)])
od['c'] = 3
for k, v in od.items():
    print(k, v, end=';')
print(list(od.keys())[::-1], od.popitem())
class Meta(type):
    pass
class Counter:
    """Counts."""
    instances = []
    def __init__(self, start=0):
        self.value = start
        self.instances.append(self)
    def __iadd__(self, n):
        self.value += n
        return self
    def __lt__(self, other):
        return self.value < other.value
    def __hash__(self):
        return self.value
    @property
    def double(self):
        return self.value * 2
c1 = Counter(3)
c1 += 4
print(c1.value, c1.double, len(Counter.instances), Counter(1) < c1, sorted([Counter(5), Counter(2)])[0].value)
@contextlib.contextmanager
def managed(name):
    print('enter', name)
    yield name.upper()
    print('exit', name)
with managed('ctx') as v:
    print(v)
del flat[0]
del values['lr']
print(flat, values)
print(bool([]), bool([0]), not {}, any([]), all([]))
print(10 > 5 > 1, 1 <= 1 < 2, 'a' < 'b', [1, 2] == [1, 2], (1, 2) < (1, 3))
print(hex(255), bin(5), oct(8), chr(97), ord('a'), abs(-5), divmod(17, 5))
print(str(123)[::-1], int('12') + int(3.7), float('1.5'), list('abc'), tuple([1, 2]), set([1, 1]), dict(a=1))
print(time.strftime('%Y') >= '2024', isinstance(time.time(), float))
print(' '.join(['%02d' % k for k in range(3)]), '|'.join(map(str, [1, 'b', None])))
print('%5.1f|%-8s|%+d|%e' % (3.14159, 'ab', 5, 12345.678))
print("{:>8.3f}|{:<6}|{:^7}|{:,}".format(3.14159, 'ab', 'mid', 1234567))
