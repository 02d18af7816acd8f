class Animal(object):
    """An animal."""
    count = 0
    kinds = ['x']

    def __init__(self, name, sound='...'):
        self.name = name
        self.sound = sound
        self._age = 0
        Animal.count += 1

    def speak(self):
        return '%s says %s' % (self.name, self.sound)

    @property
    def age(self):
        return self._age

    @age.setter
    def age(self, value):
        if value < 0:
            raise ValueError('negative age: %d' % value)
        self._age = value

    @staticmethod
    def legs():
        return 4

    @classmethod
    def make(cls, name):
        return cls(name)

    def __str__(self):
        return 'Animal(%s)' % self.name

    def __repr__(self):
        return '<%s>' % self.name

    def __len__(self):
        return len(self.name)

    def __call__(self, x):
        return x + 1

    def __eq__(self, other):
        return self.name == other.name

    def __getitem__(self, i):
        return self.name[i]

    def __add__(self, other):
        return Animal(self.name + other.name)

    def __iter__(self):
        for ch in self.name:
            yield ch

    def __contains__(self, ch):
        return ch in self.name


class Dog(Animal):
    def __init__(self, name):
        super(Dog, self).__init__(name, 'woof')
        self.tricks = []

    def add_trick(self, t):
        self.tricks.append(t)
        return self

    def speak(self):
        return super().speak() + '!'


a = Animal('cat', sound='meow')
d = Dog('rex')
print(a.speak(), d.speak(), Animal.count, Dog.legs(), a.legs())
a.age = 3
print(a.age, str(a), repr(a), len(a), a(1), a[0], [a, d], '%s %r' % (a, d), f'{a}')
try:
    a.age = -1
except ValueError as e:
    print('error:', e)
print(isinstance(d, Animal), isinstance(a, Dog), type(d).__name__, d.__class__.__name__, issubclass(Dog, Animal))
print(d.add_trick('sit').add_trick('roll').tricks, Dog.make('fido').name, a == Animal('cat'), a == d, (a + d).name)
print(list(a), 'c' in a, 'z' in a, hasattr(a, 'name'), hasattr(a, 'nope'), getattr(a, 'nope', 'dflt'), a.kinds)
setattr(a, 'extra', 5)
print(a.extra, Animal.kinds)


class Stack:
    def __init__(self):
        self.items = []
    def push(self, x):
        self.items.append(x)
    def pop(self):
        return self.items.pop()
    def __enter__(self):
        print('enter')
        return self
    def __exit__(self, exc_type, exc, tb):
        print('exit')
        return False

with Stack() as s:
    s.push(1)
    print(s.pop())


class Config:
    lr = 0.1
    layers = [10, 20]
    name = 'cfg'
cfg = Config()
cfg.lr = 0.01
print(cfg.lr, Config.lr, cfg.layers, cfg.name)


class Base:
    def run(self):
        return self.step() * 2
    def step(self):
        raise NotImplementedError('step')
class Impl(Base):
    def step(self):
        return 21
print(Impl().run())
try:
    Base().run()
except NotImplementedError as e:
    print('not implemented', e)
class MyError(Exception):
    def __init__(self, code):
        super().__init__('code %d' % code)
        self.code = code
try:
    raise MyError(7)
except MyError as e:
    print(e, e.code)
class Empty:
    pass
o = Empty()
o.x = 1
print(o.x)
