def risky(kind):
    try:
        if kind == 'value':
            raise ValueError('bad value')
        elif kind == 'key':
            return {}['missing']
        elif kind == 'index':
            return [][1]
        elif kind == 'zero':
            return 1 / 0
        elif kind == 'type':
            return 'a' + 1
        elif kind == 'int':
            return int('x')
        elif kind == 'assert':
            assert kind == 'no', 'not no'
        elif kind == 'ok':
            return 'fine'
    except ValueError as e:
        return 'ValueError: %s' % e
    except (KeyError, IndexError) as e:
        return type(e).__name__ + ' ' + str(e)
    except ZeroDivisionError:
        return 'zero'
    except AssertionError as e:
        return 'assert ' + str(e)
    except Exception as e:
        return 'other ' + type(e).__name__
    else:
        return 'else'
    finally:
        print('finally', kind)

for k in ['value', 'key', 'index', 'zero', 'type', 'int', 'assert', 'ok', 'none']:
    print(risky(k))

try:
    try:
        raise RuntimeError('inner')
    except RuntimeError:
        print('caught')
        raise
except RuntimeError as e:
    print('again', e)
try:
    x = 1
except Exception:
    print('no')
else:
    print('else', x)
finally:
    print('done')
for i in range(5):
    if i == 3:
        print('break')
        break
else:
    print('no break')
for i in range(2):
    pass
else:
    print('no break', i)
n = 5
while n > 0:
    n -= 2
    if n == 1:
        continue
    print(n)
else:
    print('end', n)
def find(xs, v):
    for i, x in enumerate(xs):
        if x == v:
            return i
    raise LookupError('no %r' % v)
print(find([1, 2], 2))
try:
    find([], 3)
except LookupError as e:
    print(e, e.args)
try:
    raise StopIteration
except StopIteration:
    print('stop')
print(next(iter([]), None))
try:
    next(iter([]))
except StopIteration:
    print('stopped')
try:
    open('/nonexistent/file')
except IOError:
    print('io')
try:
    undefined_thing
except NameError as e:
    print(e)
