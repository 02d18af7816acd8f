name = 'world'
n = 3
f = 2.0
print('hello %s, %d times, %f' % (name, n, f))
print('{} {} {}'.format(name, n, f), '{0} {1} {0}'.format('a', 'b'), '{x:.3f} {y:>5}|{y:<5}|{y:^5}'.format(x=1.23456, y='ab'))
print(f'{name} {n} {f} {n + 1} {f / 2} {name!r} {f:.3f} {n:03d} {n:>5} {{}} {name.upper()}')
print('{:5d}|{:05.1f}|{:,}|{:e}|{:%}|{:+d}|{:x}|{:08b}'.format(42, 3.14159, 1234567, 12345.678, 0.25, 5, 255, 5))
width = 10
print(f'{name:>{width}}|{f:{width}.{n}f}|')
print('a,b,c'.split(','), ' a b  c '.split(), 'a-b-c'.split('-', 1), 'abc'.upper(), 'ABC'.lower(), 'abc'.capitalize(), 'hello world'.title())
print('-'.join(['a', 'b']), '-'.join(str(i) for i in range(3)), 'abc'[1], 'abc'[-1], 'abcdef'[1:4], 'abcdef'[::-1], 'abcdef'[::2], 'abc' * 2)
print('  pad '.strip() + '|', 'xxaxx'.strip('x'), 'abc'.startswith('ab'), 'abc'.endswith(('x', 'c')), 'abc'.find('c'), 'abc'.find('z'), 'banana'.count('an'), 'a.b.c'.rfind('.'))
print('abc'.replace('b', 'X'), 'tEsT'.swapcase(), '7'.zfill(3), 'ab'.ljust(5) + '|', 'ab'.rjust(5) + '|', 'ab'.center(6) + '|', '12'.isdigit(), 'ab'.isalpha())
print('b' in 'abc', 'z' not in 'abc', 'abc' < 'abd', len('abc'), ord('a'), chr(98), sorted('hello'))
s = 'line one\nline two\n'
print(s.splitlines(), repr(s), s.split('\n'))
print("it's", 'say "hi"', '''triple
quoted''', "tab\tend", r'raw\n', 'a' 'b')
print(repr("it's"), repr('say "hi"'), [1, 'a', None, True, 2.5, {'k': [1]}])
print('%s' % [1, 2], '%s' % (None,), '%r' % 'x', '%5s|%-5s|' % ('a', 'b'), '%(a)s and %(b)d' % {'a': 'x', 'b': 2})
print('{0[0]}'.format([5, 6]), '{:>10}'.format('right'), '{!r}'.format('q'))
parts = []
for word in 'the quick brown'.split():
    parts.append(word[0].upper() + word[1:])
print(' '.join(parts))
print('x=%s y=%s' % (1.0, [1.0, 2.0]), 'x={}'.format(1.0), str(None), str(True), str([1.0]))
print('é', 'naïve'.upper(), len('naïve'), 'a\\b')
print(b'abc', b'abc'.decode('utf-8'), 'abc'.encode('utf-8'), 'abc'.encode())
