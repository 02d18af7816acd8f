// `py`: Python's operators, built-in functions and collections for ported programs.
export { add, and, bitAnd, bitOr, bitXor, contains, div, eq, floordiv, ge, gt, invert, le, lt, matmul, mod, mul, ne, neg, or, pos, shiftLeft, shiftRight, sub, truediv, truth } from './operators.ts';
export { pow } from './operators.ts';
export {
  count, delItem, dict, ellipsis, enumerate, filter, frozenset, getItem, hasKey, indexOf, item, items, iter, iterateNext, iterator, key, keys, len, list, map, mapAsync, next, popItem, popLast, range, remove, reversed, send, set, setDefault, setItem, slice, sort, sorted, tuple, update, values, zip,
} from './items.ts';
export { abs, all, any, assert, bin, bool, callable, chr, divmod, float, float32, getattr, hasattr, hash, hex, id, int, int32, isinstance, issubclass, max, min, oct, ord, round, setattr, sum, vars, typeOf, typeOf as type } from './builtins.ts';
export { bytes, capitalize, center, decode, encode, endsWith, format, isAlnum, isAlpha, isDigit, isLower, isSpace, isUpper, lstrip, partition, rpartition, rsplit, swapCase, percent, print, printTo, replace, repr, rstrip, split, splitLines, startsWith, str, strFormat, strip, title } from './text.ts';
export { byName, call, contextManager, enter, itemGetter, Keywords, keywords, lastError, method, options, partial, popOptions, reduce, undefinedName, untranslated, wraps } from './calls.ts';
export { chain, combinations, copy, countFrom, counter, deepCopy, defaultDict, deque, difference, intersection, islice, namedTuple, orderedDict, permutations, product, repeat, union } from './containers.ts';
export { EOFError, FileNotFoundError, ImportError, IndexError, IOError, KeyboardInterrupt, NameError, OSError, StopIteration, SystemExit, ZeroDivisionError } from './errors.ts';
export { argv, exit, flush, input, isMain, maxInt, moduleFile, moduleName, open, stderr, stdout, sysArgv, sysPath, versionInfo, warn } from './main.ts';
