// What TensorFlow's functions give, and what of it a session returns: kinds of objects, and of tensors whether they hold
// integers and whether they have no dimensions, as far as a call tells. Results of sessions are numbers then.
import { opDef } from '../ops/registry.ts';
import type { Arg, Expr, ExprOf } from './ast.ts';
import { camel, findSymbol, isClassPath, isRawOp } from './symbols.ts';
import { NO_TENSORS, RETURNS } from './tables.ts';
import { elementOf, isInts, isNumber, isScalar, isTensor, listOf, numeric, object, T, type Type } from './types.ts';

const MEANS = 'reduce_mean';
/** Without an axis they give one element. */
const REDUCTIONS = new Set(['reduce_sum', MEANS, 'reduce_max', 'reduce_min', 'reduce_prod', 'reduce_any', 'reduce_all', 'reduce_logsumexp']);
/** Give integers. */
const INTEGERS = new Set(['argmax', 'argmin', 'arg_max', 'arg_min', 'shape', 'size', 'rank', 'count_nonzero', 'to_int32', 'to_int64', 'equal', 'not_equal', 'less', 'greater', 'less_equal', 'greater_equal', 'logical_and', 'logical_or', 'logical_not', 'is_finite', 'is_nan', 'nn.in_top_k']);
/** Element by element, of the dtype they get. */
const ELEMENTWISE = new Set(['add', 'subtract', 'sub', 'multiply', 'mul', 'maximum', 'minimum', 'square', 'abs', 'negative', 'neg', 'identity', 'stop_gradient', 'mod', 'floormod', 'floordiv', 'sign', 'clip_by_value', 'add_n']);
/** Element by element, of a floating dtype. */
const FLOATING = new Set(['divide', 'div', 'truediv', 'sqrt', 'rsqrt', 'exp', 'log', 'pow', 'tanh', 'sigmoid', 'nn.sigmoid', 'nn.tanh', 'nn.relu', 'to_float', 'to_double', 'squared_difference']);
/** Of the dtype of their first argument, of other shapes. */
const MOVING = new Set(['reshape', 'transpose', 'squeeze', 'expand_dims', 'tile', 'concat', 'stack', 'pack', 'slice', 'gather', 'boolean_mask', 'zeros_like', 'ones_like', 'reverse', 'pad', 'cumsum', 'dynamic_stitch']);
/** One element of a floating dtype. */
const SCALARS = /^(nn\.l2_loss|global_norm|losses\.(?!get_|add_loss|compute|Reduction)\w+|train\.(exponential|inverse_time|natural_exp|polynomial|cosine)_decay(_restarts)?)$/;

export function tfResult(path: string, e: ExprOf<'call'>, args: readonly Type[]): Type {
  const flags = flagsOf(path, e, args);
  const own = RETURNS[path];
  if (own) return isTensor(own) && flags ? numeric(own.k as 'tensor', flags.int, flags.scalar) : own;
  const s = findSymbol(path);
  if (isRawOp(path)) return rawResult(path.slice('raw_ops.'.length));
  if (s ? s.kind === 'class' : isClassPath(path)) return object(path);
  if (flags) return numeric('tensor', flags.int, flags.scalar);
  return NO_TENSORS.test(path) || !s ? T.any : T.tensor;
}

/** What the function of an op gives: the operation, a tensor, a list of them, or its outputs by name. */
function rawResult(op: string): Type {
  const outputs = opDef(op)?.outputArg;
  if (!outputs) return T.any;
  const items = outputs.map((a) => (a.numberAttr === undefined && a.typeListAttr === undefined ? T.tensor : listOf(T.tensor)));
  return items.length === 0 ? T.op : items.length === 1 ? items[0]! : { k: 'tuple', items, names: outputs.map((a) => camel(a.name)) };
}

interface Flags { readonly int: boolean; readonly scalar: boolean }
function flagsOf(path: string, e: ExprOf<'call'>, args: readonly Type[]): Flags | undefined {
  const p = path.replace(/^math\./, '');
  const [first] = args;
  const given = (name: string, at: number): Arg | undefined => e.args.find((a) => a.name === name) ?? (e.args[at]?.name === undefined ? e.args[at] : undefined);
  if (e.args.some((a) => a.star)) return undefined;
  const values = e.args.map((a, i) => (a.name === 'name' ? undefined : args[i])).filter((t) => t !== undefined);
  if (p === 'size' || p === 'rank') return { int: true, scalar: true };
  if (REDUCTIONS.has(p)) return { int: INTEGERS.has(p) || /_(any|all)$/.test(p) || (first !== undefined && isInts(first)), scalar: e.args.every((a, i) => (a.name === undefined ? i === 0 : a.name === 'name' || a.name === 'input_tensor')) };
  if (INTEGERS.has(p)) return { int: true, scalar: false };
  if (ELEMENTWISE.has(p)) { const all = p === 'add_n' && first ? [elementOf(first)] : values; return { int: all.every(isInts), scalar: all.every(isScalar) }; }
  if (FLOATING.has(p)) return { int: false, scalar: values.every(isScalar) };
  if (MOVING.has(p)) return { int: first !== undefined && isInts(first), scalar: false };
  if (SCALARS.test(p)) return given('reduction', 99) ? undefined : { int: false, scalar: true };
  switch (p) {
    case 'cast': { const d = given('dtype', 1); return d && { int: isIntDtype(d.value), scalar: first !== undefined && isScalar(first) }; }
    case 'constant': { const d = given('dtype', 1); return { int: d ? isIntDtype(d.value) : first !== undefined && isInts(first), scalar: !given('shape', 2) && first !== undefined && isNumber(first) }; }
    case 'Variable': { const d = e.args.find((a) => a.name === 'dtype'); return { int: d ? isIntDtype(d.value) : first !== undefined && isInts(first), scalar: first !== undefined && isScalar(first) }; }
    case 'get_variable': { const [shape, d] = [given('shape', 1), given('dtype', 2)]; return { int: d !== undefined && isIntDtype(d.value), scalar: isEmpty(shape?.value) }; }
    case 'placeholder': { const [d, shape] = [given('dtype', 0), given('shape', 1)]; return { int: d !== undefined && isIntDtype(d.value), scalar: isEmpty(shape?.value) }; }
    case 'zeros': case 'ones': { const d = given('dtype', 1); return { int: d !== undefined && isIntDtype(d.value), scalar: false }; }
    case 'range': { const d = given('dtype', 99); return { int: d ? isIntDtype(d.value) : values.every(isInts), scalar: false }; }
    case 'random_uniform': { const d = given('dtype', 3); return { int: d !== undefined && isIntDtype(d.value), scalar: false }; }
    case 'train.get_or_create_global_step': case 'train.create_global_step': case 'train.get_global_step': return { int: true, scalar: true };
    default: return undefined;
  }
}
const isEmpty = (e: Expr | undefined): boolean => (e?.kind === 'list' || e?.kind === 'tuple') && e.items.length === 0;
/** `tf.int32`, `np.int64`, `'int32'`, `bool`. */
export function isIntDtype(e: Expr): boolean {
  const name = e.kind === 'attr' ? e.name : e.kind === 'str' ? e.parts.join('') : e.kind === 'name' ? e.id : '';
  return /^(u?int(8|16|32|64)?|bool_?|long)$/.test(name);
}

/** What a run gives for a fetch: its structure, with numbers where tensors have no dimensions. */
export function runResult(fetch: Type | undefined): Type {
  if (!fetch) return T.any;
  switch (fetch.k) {
    case 'list': return listOf(runResult(fetch.of));
    case 'tuple': return { k: 'tuple', items: fetch.items.map(runResult), ...(fetch.names ? { names: fetch.names } : {}) };
    case 'dict': return { ...fetch, value: runResult(fetch.value) };
    case 'op': return T.none;
    case 'tensor': case 'variable': return fetch.scalar ? fetch.int ? T.int : { k: 'float', single: true } : numeric('host', fetch.int);
    default: return T.any;
  }
}
