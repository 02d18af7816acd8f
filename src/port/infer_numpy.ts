// What numpy's functions and the methods of its arrays give: arrays or numbers, of integers or not.
import type { ExprOf } from './ast.ts';
import { isIntDtype } from './infer_tensor.ts';
import { elementOf, frozenOf, isInts, isNumber, listOf, numeric, type NumericType, T, type Type } from './types.ts';

/** Reductions: one element without an axis. */
const REDUCTIONS = new Set(['prod', 'sum', 'mean', 'std', 'var', 'max', 'min', 'amax', 'amin', 'argmax', 'argmin', 'median', 'average', 'any', 'all', 'ptp']);
const FLOATS = new Set(['mean', 'std', 'var', 'median', 'average']);
/** Of the dtype of what they get. */
const KEEPING = new Set(['reshape', 'transpose', 'concatenate', 'vstack', 'hstack', 'stack', 'tile', 'repeat', 'squeeze', 'expand_dims', 'clip', 'maximum', 'minimum', 'abs', 'absolute', 'cumsum', 'unique', 'sort', 'ravel', 'flip', 'fliplr', 'flipud', 'square', 'copy', 'diag', 'append', 'add', 'subtract', 'multiply', 'mod', 'power', 'negative', 'flatten', 'zeros_like', 'ones_like', 'roll', 'take', 'outer', 'dot', 'matmul']);
const INDICES = new Set(['argsort', 'nonzero', 'bincount', 'random.randint', 'random.permutation', 'random.choice', 'searchsorted', 'digitize']);
/** Of numbers they give numbers. */
const SCALAR_MATH = /^(sqrt|exp|log|log2|log10|floor|ceil|abs|absolute|square|sin|cos|tan|tanh|power|maximum|minimum|round|sign|mod)$/;

export function numpyResult(path: string, e: ExprOf<'call'>, args: readonly Type[]): Type {
  const [first] = args;
  const dtype = e.args.find((a) => a.name === 'dtype') ?? (/^(array|asarray|zeros|ones|empty)$/.test(path) && e.args[1]?.name === undefined ? e.args[1] : undefined);
  const array = (int: boolean): Type => numeric('ndarray', dtype ? isIntDtype(dtype.value) : int);
  const ints = first !== undefined && isInts(first);
  const positional = e.args.filter((a) => a.name === undefined).length;
  switch (path) {
    case 'random.seed': case 'random.shuffle': case 'save': case 'savez': return T.none;
    case 'load': return T.any;
    case 'shape': return frozenOf(T.int);
    case 'split': case 'array_split': return listOf(numeric('ndarray', ints));
    case 'meshgrid': return listOf(numeric('ndarray', args.every(isInts)));
    case 'random.rand': case 'random.randn': return positional === 0 ? T.float : T.ndarray;
    case 'random.random': case 'random.random_sample': return positional === 0 ? T.float : T.ndarray;
    case 'random.uniform': case 'random.normal': return positional < 3 && !e.args.some((a) => a.name === 'size') ? T.float : T.ndarray;
    case 'random.randint': return positional < 3 && !e.args.some((a) => a.name === 'size') ? T.int : array(true);
    case 'random.choice': { if (positional > 1 || e.args.some((a) => a.name === 'size')) return array(ints); return first?.k === 'int' ? T.int : first ? elementType(first) : T.host; }
    case 'arange': return array(args.every((t, i) => e.args[i]!.name === 'dtype' || isInts(t)));
    case 'array': case 'asarray': case 'full': return array(path === 'full' ? args[1] !== undefined && isInts(args[1]) : ints);
    case 'where': return args.length === 1 ? listOf(numeric('ndarray', true)) : numeric('ndarray', args.slice(1).every(isInts));
    default:
  }
  const number = /^(u?int|float)(\d*)_?$/.exec(path);
  if (number) return first && isNumber(first) ? number[1] === 'float' ? number[2] === '' || number[2] === '64' ? T.float : { k: 'float', single: true } : T.int : numeric('host', number[1] !== 'float');
  if (REDUCTIONS.has(path)) return reduction(path, ints, e, 1);
  if (SCALAR_MATH.test(path) && args.every((t, i) => isNumber(t) || e.args[i]!.name !== undefined)) return /^(floor|ceil|abs|absolute|square|maximum|minimum|power|mod|sign)$/.test(path) && args.every(isInts) && path !== 'floor' && path !== 'ceil' ? T.int : T.float;
  if (SCALAR_MATH.test(path) && !args.some((t) => t.k === 'ndarray' || t.k === 'list')) return numeric('host', KEEPING.has(path) && ints);
  if (path === 'dot' && !args.every((t) => t.k === 'ndarray')) return T.host;
  if (INDICES.has(path)) return array(true);
  return array(KEEPING.has(path) && args.filter((t) => t.k !== 'none').every((t, i) => e.args[i]?.name !== undefined || isInts(t)));
}
const elementType = (t: Type): Type => (t.k === 'ndarray' ? numeric('host', t.int) : elementOf(t));

/** `x.mean()`, `np.mean(x)`: the axis is the argument at `at`, or named. */
function reduction(name: string, ints: boolean, e: ExprOf<'call'>, at: number): Type {
  const whole = e.args.every((a, i) => (a.name === undefined ? i < at : a.name !== 'axis' && a.name !== 'keepdims'));
  const indices = name === 'argmax' || name === 'argmin';
  if (whole) return indices ? T.int : name === 'any' || name === 'all' ? T.bool : FLOATS.has(name) ? ints ? T.float : T.host : ints ? T.int : T.host;
  return numeric('host', indices || (ints && !FLOATS.has(name)));
}

/** A method of an array, or of what may be a number or an array. */
export function arrayMethod(owner: NumericType, name: string, e: ExprOf<'call'>): Type {
  if (REDUCTIONS.has(name)) return reduction(name, owner.int === true, e, 0);
  if (name === 'tolist' || name === 'item') return name === 'item' ? owner.int ? T.int : T.float : owner.k === 'ndarray' ? listOf(owner.int ? T.int : T.any) : T.any;
  if (name === 'astype') return numeric('ndarray', e.args[0] !== undefined && isIntDtype(e.args[0].value));
  if (name === 'argsort' || name === 'nonzero') return numeric('ndarray', true);
  if (name === 'dot') return T.host;
  return numeric('ndarray', owner.int);
}
