# -*- coding: utf-8 -*-
"""Python 2: prints, division, iterators, exceptions."""
import sys

print 'hello', 1, 2.5, [1, 'a'], (1, 2), None, True
print "a" + "b", 7 / 2, -7 / 2, 7.0 / 2, 7 // 2, 7 % 3
print
print 'no newline',
print 'end'
print 'x = %d' % 5, 'y = %.2f' % 2.5
print >> sys.stdout, 'to stdout', 3
d = {'a': 1}
for k, v in d.iteritems():
    print k, v
print d.has_key('a'), d.has_key('b'), d.keys(), d.values(), d.items()
for i in xrange(3):
    print i
print
try:
    raise ValueError, 'old style'
except ValueError, e:
    print 'caught', e
try:
    d['missing']
except (KeyError, IndexError), e:
    print 'key', e
print range(3), map(lambda x: x * 2, [1, 2]), filter(lambda x: x > 1, [1, 2, 3]), zip([1, 2], 'ab')
print u'unicode', 10L, 0777, 1 <> 2, `5`
def f(a, (b, c)):
    return a + b + c
print f(1, (2, 3))
class Old:
    def __init__(self, n):
        self.n = n
    def __iter__(self):
        return self
    def next(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        return self.n
for x in Old(3):
    print x
print
half = 5 / 2
print half, half * 1.0, 5 / 2.0, float(5) / 2
total = 0
total += 7 / 2
print total, sorted([3, 1, 2], reverse=True), sum([1, 2]), isinstance(1, (int, long)), isinstance('a', basestring)
n = 7
n /= 2
print n
print '%s' % [1, 2], 'abc'[1:], len('abc'), "it's"
print max([1, 5, 3]), reduce(lambda a, b: a + b, [1, 2, 3])
