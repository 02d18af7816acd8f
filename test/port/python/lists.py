a = [3, 1, 2]
a.append(5)
a.extend([7, 8])
a.insert(0, 9)
print(a, a.pop(), a.pop(0), a, a.index(2), a.count(1), len(a), a[-1], a[1:], a[:-1], a[::2], a[::-1])
a.remove(5)
a.sort()
print(a, sorted(a, reverse=True), list(reversed(a)), max(a), min(a), sum(a))
a += [4]
b = a
b.append(10)
print(a, b is a, a == [1, 2, 3, 7, 4, 10], [1, 2] < [1, 3])
del a[0]
a[0:2] = [100, 200, 300]
print(a, [0] * 3, [[0] * 2 for _ in range(2)], a * 2, [1] + [2])
for i, x in enumerate(a):
    print(i, x)
for i, x in enumerate(a, 1):
    print(i, x)
for x, y in zip([1, 2, 3], 'abc'):
    print(x, y)
print(list(zip([1, 2], [3, 4])), list(map(lambda v: v * 2, [1, 2])), list(filter(lambda v: v > 1, [1, 2, 3])), list(range(3)), list(range(5, 0, -2)))
print([x * x for x in range(5) if x % 2 == 0], [(i, j) for i in range(2) for j in range(2)], {x: x * x for x in range(3)}, {x % 3 for x in range(9)})
first, *rest = [1, 2, 3]
print(first, rest)
(p, q), r = (1, 2), 3
print(p, q, r)
p, q = q, p
print(p, q)
d = {'b': 1, 'a': 2}
d['c'] = 3
print(d, d['a'], d.get('z'), d.get('z', 0), 'a' in d, sorted(d), list(d.keys()), list(d.values()), list(d.items()), len(d))
for k in d:
    print(k, d[k])
for k, v in sorted(d.items()):
    print(k, v)
d.update({'x': 10})
del d['b']
print(d, d.pop('a'), d.setdefault('y', 5), d)
d2 = dict(a=1, b=2)
d3 = dict([('x', 1)])
d4 = {1: 'one', (1, 2): 'tuple', 'k': None}
print(d2, d3, d4[(1, 2)], d4[1], d4.get(2, 'none'))
s = set([1, 2, 2])
s.add(3)
print(s, len(s), 2 in s, s | {9}, s & {1}, s - {1}, sorted(s ^ {1, 7}))
t = (1, 2, 3)
print(t, t[0], t[1:], len(t), t + (4,), (), (1,), 2 in t)
print(any([0, 1]), all([1, 0]), any(x > 2 for x in t), sum(x for x in t))
nested = {'a': {'b': [1, 2]}}
nested['a']['b'].append(3)
print(nested, nested['a']['b'][-1])
matrix = [[1, 2, 3], [4, 5, 6]]
print([[row[i] for row in matrix] for i in range(3)], list(zip(*matrix)))
words = 'a b a c a b'.split()
counts = {}
for w in words:
    counts[w] = counts.get(w, 0) + 1
print(sorted(counts.items(), key=lambda kv: (-kv[1], kv[0])))
print(max(counts, key=counts.get), max(counts.values()), sorted(words, key=len)[:2])
x = y = []
x.append(1)
print(y)
def add(item, to=None):
    if to is None:
        to = []
    to.append(item)
    return to
print(add(1), add(2, [1]))
while a:
    a.pop()
print(a, not a, a or 'empty', a and 'full')
