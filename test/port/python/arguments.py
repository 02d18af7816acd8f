from __future__ import print_function, division, absolute_import
import argparse
import sys
parser = argparse.ArgumentParser(description='train')
parser.add_argument('--learning_rate', type=float, default=0.01, help='the rate')
parser.add_argument('--steps', '-s', type=int, default=100)
parser.add_argument('--name', default='run')
parser.add_argument('--verbose', action='store_true')
parser.add_argument('--sizes', nargs='+', type=int, default=[1, 2])
parser.add_argument('--decay', type=float, default=1)
args = parser.parse_args()
print(args.learning_rate, args.steps, args.name, args.verbose, args.sizes, args.decay)
args2 = parser.parse_args(['--learning_rate', '2', '-s', '5', '--verbose', '--sizes', '3', '4', '--name=x'])
print(args2.steps, args2.name, args2.verbose, args2.sizes, vars(args2)['steps'])
flags, unparsed = parser.parse_known_args(['--other', '1'])
print(flags.steps, unparsed)
if __name__ == '__main__':
    print('main')
