"""Numbers: division, remainders, powers, printing."""
print(3.0, 1.5, 1e20, 1e16, 1e-5, 123456789.0, 0.1 + 0.2)
print(7 / 2, 7 // 2, -7 // 2, 7 % 3, -7 % 3, 7.5 // 2, -7.5 % 2, 2 ** 10, 2 ** -1, 2.0 ** 3)
print(6 / 3, 4 / 2 * 1.0, 10 / 5)
x = 6
x /= 3
print(x)
y = 2.0
print(y, y * 2, y + 1, int(y), float(3), float('2'), round(2.5), round(3.5), round(2.567, 2))
print(abs(-3), abs(-3.0), max(1, 2.0), min(3, 1), sum([1, 2, 3]), sum([1.0, 2]), pow(2, 3), divmod(7, 2), divmod(-7, 2))
print(1 == 1.0, True + True, True == 1, not 0, bool(0.0), bool('a'), None is None)
a, b = 5, 2
total = 0
for i in range(10):
    if i % 3 == 0:
        continue
    total += i / b
print(total, total / 2, a / b, a // b, a % b)
print(0xff, 0b101, 0o17, 1_000_000, 5 & 3, 5 | 3, 5 ^ 3, ~5, 1 << 10, 1024 >> 3)
avg = 10.0 / 4
print('avg', avg, 'half', 5.0)
mean = sum([2, 4, 6]) / 3
print(mean, mean == 4)
steps = 1000
lr = 0.5
for step in range(0, steps, 250):
    print(step, lr, step * lr, 100. * step / steps)
print(3 > 2 > 1, 1 < 3 < 2, 1 if 0 else 2)
print(float('inf'), -float('inf'), float('nan'))
print(int('42'), int('ff', 16), int(3.9), int(-3.9), str(5.0), repr(5.0), str(1e100))
print(2 ** 62, 3 * 1.0, 1.0 * 3)
big = 10.0
print([1.0, 2.0, 3.5], (1.0,), {'a': 1.0}, [big, big / 2])
print("%d %i %5d|%-5d|%05d %s %r %.2f %5.1f %e %g %g %x %%" % (3, 3.7, 42, 42, 42, 1.0, 'a', 3.14159, 2.55, 12345.678, 1e-5, 100000.0, 255))
