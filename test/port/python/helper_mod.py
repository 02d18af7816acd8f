CONST = 7
default_list = [1, 2]
def scale(x, factor=2):
    """Scales."""
    return x * factor
class Thing(object):
    def __init__(self, value):
        self.value = value
    def double(self):
        return scale(self.value)
def pairs(n):
    return [(i, i * i) for i in range(n)]
if __name__ == '__main__':
    print('helper main')
