import functools
from collections import OrderedDict, defaultdict, namedtuple, Counter, deque

def f(a, b=2, *args, **kwargs):
    return a, b, args, sorted(kwargs.items())

print(f(1), f(1, 3), f(1, b=4), f(1, 2, 3, 4), f(1, c=5), f(*[1, 2, 3], **{'z': 1}), f(b=1, a=0))

def g(x, *, flag=False):
    return (x, flag)
print(g(1), g(1, flag=True))

def outer(n):
    count = [0]
    def inner(k):
        count[0] += k
        return count[0] + n
    return inner
h = outer(10)
print(h(1), h(2))

def counter():
    c = 0
    def inc():
        nonlocal c
        c += 1
        return c
    return inc
c1 = counter()
print(c1(), c1(), c1())

total = 0
def add(n):
    global total
    total += n
add(5)
add(6)
print(total)

def gen(n):
    for i in range(n):
        yield i * i
print(list(gen(4)), sum(gen(4)), [x for x in gen(3)], next(gen(3)))
def gen2():
    yield 1
    yield from gen(3)
    yield 2
print(list(gen2()))
it = iter([1, 2])
print(next(it), next(it), next(it, 'end'))
def batches(data, size):
    i = 0
    while True:
        yield data[i:i + size]
        i = (i + size) % len(data)
b = batches([1, 2, 3, 4], 2)
print(next(b), next(b), next(b))

def decorate(fn):
    @functools.wraps(fn)
    def wrapper(*args, **kwargs):
        print('calling', fn.__name__)
        return fn(*args, **kwargs)
    return wrapper
@decorate
def hello(name, greeting='hi'):
    return greeting + ' ' + name
print(hello('bob'), hello('ann', greeting='yo'))

def repeat(times):
    def deco(fn):
        def wrapper(*args):
            return [fn(*args) for _ in range(times)]
        return wrapper
    return deco
@repeat(3)
def one(x):
    return x + 1
print(one(1))
sq = lambda x, p=2: x ** p
print(sq(3), sq(2, 3), (lambda: 5)(), list(map(sq, [1, 2])))
add5 = functools.partial(lambda a, b: a + b, 5)
print(add5(1), functools.reduce(lambda a, b: a * b, [1, 2, 3, 4]))
od = OrderedDict()
od['z'] = 1
od['a'] = 2
print(list(od.items()), list(od), od['a'])
dd = defaultdict(list)
dd['a'].append(1)
dd['b'].append(2)
dd['a'].append(3)
print(sorted(dd.items()))
di = defaultdict(int)
for ch in 'hello':
    di[ch] += 1
print(sorted(di.items()))
Point = namedtuple('Point', ['x', 'y'])
p = Point(1, y=2)
print(p, p.x, p[1], p._replace(x=5), list(p), p == (1, 2))
px, py_ = p
print(px, py_)
print(Counter('abracadabra').most_common(2), Counter([1, 1, 2])[1])
dq = deque([1, 2, 3], maxlen=3)
dq.append(4)
print(list(dq), dq[0], len(dq), dq.popleft())
def fact(n):
    return 1 if n <= 1 else n * fact(n - 1)
print(fact(10))
def multi():
    return 1, 'two', [3]
a, b, c = multi()
print(a, b, c)
def nothing():
    pass
print(nothing())
def early(x):
    if x > 0:
        return 'pos'
    elif x < 0:
        return 'neg'
    return 'zero'
print(early(1), early(-1), early(0))
print((lambda *a, **k: (a, k))(1, 2, z=3))
