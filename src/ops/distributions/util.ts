// What distributions share: checks of their arguments, log-odds from probabilities and back, seeds from seeds. Follows
// python/ops/distributions/util.py (1.15).
import { bool, type DType, int16, int32, int64, float16, float32, float64 } from '../../graph/dtype.ts';
import { TypeError, ValueError } from '../../graph/errors.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import type { Operation, Tensor } from '../../graph/tensor.ts';
import { concat } from '../array_join.ts';
import { where, whereV2 } from '../array_gather.ts';
import { slice } from '../array_slice.ts';
import { shape as shapeOf } from '../array_shape.ts';
import { inScope, scalarOf } from '../building.ts';
import { assertEqual, assertGreaterEqual, assertLessEqual, assertNear, assertNonNegative, assertRankAtLeast } from '../check_ops.ts';
import { constantValue } from '../constant_value.ts';
import { noOp, withDependencies } from '../control_flow_ops.ts';
import { convertToTensor, type TensorLike } from '../convert.ts';
import { cast } from '../math_cast.ts';
import { reduceSum } from '../math_reduce.ts';
import { lgamma, log, log1p, sigmoid } from '../math_unary.ts';
import { softmax } from '../nn_softmax.ts';
import { md5 } from './md5.ts';
import '../tensor_operators.ts';

/** Integer dtypes of the size of floating ones. */
const SAME_SIZE = new Map<DType, DType>([[float16, int16], [float32, int32], [float64, int64]]);
/** An op that fails unless the numbers are integers (of `intDtype`). */
function assertIntegerForm(given: Tensor, message: string, intDtype?: DType): Operation {
  const name = 'assert_integer_form';
  return inScope(name, '', [given], () => {
    const x = convertToTensor(given, { name: 'x' });
    if (x.dtype.isInteger) return noOp();
    const whole = intDtype ?? SAME_SIZE.get(x.dtype.baseDtype);
    if (!whole) throw new TypeError(`Unrecognized type ${x.dtype.name}`);
    return assertEqual(x, cast(cast(x, whole), x.dtype), { message, name });
  });
}
/** The tensor, checked to hold integers (in whatever dtype) that are not negative. */
export function checkedCounts(given: Tensor): Tensor {
  return inScope('embed_check_nonnegative_integer_form', '', [given], () => {
    const x = convertToTensor(given, { name: 'x' });
    const checks = [assertNonNegative(x, { message: `'${x}' must be non-negative.` })];
    if (!x.dtype.isInteger) checks.push(assertIntegerForm(x, `'${x}' cannot contain fractional components.`));
    return withDependencies(checks, x);
  });
}

/** Counts (last axis), checked to be such and to sum to `total`. */
export function checkedTotals(given: Tensor, total: Tensor, message: string): Tensor {
  const counts = checkedCounts(given);
  return withDependencies([assertEqual(total, reduceSum(counts, -1), { message })], counts);
}

interface Given { logits: TensorLike | null | undefined; probs: TensorLike | null | undefined; multidimensional?: boolean; validateArgs: boolean; name: string }
/** [log-odds, probabilities] from one of them. Errors: ValueError for both or neither, TypeError for what is not floating. */
export function logitsAndProbs(p: Given): [logits: Tensor, probs: Tensor] {
  const many = p.multidimensional ?? false;
  return inScope(p.name, '', [p.probs, p.logits], () => {
    const [noLogits, noProbs] = [(p.logits ?? null) === null, (p.probs ?? null) === null];
    if (noLogits === noProbs) throw new ValueError('Must pass probs or logits, but not both.');
    if (noProbs) {
      let logits = convertToTensor(p.logits!, { name: 'logits' });
      if (!logits.dtype.isFloating) throw new TypeError('logits must having floating type.');
      if (!many) return [logits, sigmoid(logits, { name: 'probs' })];
      if (p.validateArgs) logits = checkedClasses(logits);
      return [logits, softmax(logits, { name: 'probs' })];
    }
    let probs = convertToTensor(p.probs!, { name: 'probs' });
    if (!probs.dtype.isFloating) throw new TypeError('probs must having floating type.');
    if (p.validateArgs) probs = inScope('validate_probs', '', [], () => {
      const one = convertToTensor(scalarOf(1, probs.dtype.baseDtype));
      const checks = [assertNonNegative(probs)];
      if (many) {
        probs = checkedClasses(probs);
        checks.push(assertNear(reduceSum(probs, -1), one, { message: 'probs does not sum to 1.' }));
      } else checks.push(assertLessEqual(probs, one, { message: 'probs has components greater than 1.' }));
      return withDependencies(checks, probs);
    });
    return inScope('logits', '', [], () => [many ? log(probs) : log(probs).sub(log1p(probs.rmul(-1))), probs]);
  });
}

/** The greatest number up to which a dtype has every integer. Errors: TypeError for dtypes without. */
function largestInteger(d: DType): bigint {
  const bits: Readonly<Record<string, number>> = { float16: 11, float32: 24, float64: 53 };
  const ints: Readonly<Record<string, number>> = { int8: 7, int16: 15, int32: 31, int64: 63, uint8: 8, uint16: 16, bool: 1 };
  const { name } = d.baseDtype;
  if (bits[name] !== undefined) return 1n << BigInt(bits[name]);
  if (ints[name] !== undefined) return (1n << BigInt(ints[name])) - 1n;
  throw new TypeError(`Unrecognized dtype: ${d.name}`);
}

/** Parameters of a distribution over classes, checked to have two or more, no more than the dtype can count. Errors: ValueError when that is known to be wrong. */
export function checkedClasses(given: Tensor): Tensor {
  return inScope('embed_check_categorical_event_shape', '', [given], () => {
    const x = convertToTensor(given, { name: 'categorical_param' });
    const d = x.dtype.baseDtype;
    const most = d.isFloating ? largestInteger(d) : 0n;
    if (most === 0n) throw new TypeError(`Unable to validate size of unrecognized dtype (${d.name}).`);
    if (x.shape.ndims === 0) throw new ValueError('A categorical-distribution parameter must have at least 1 dimension.');
    const classes = x.shape.dims?.at(-1) ?? null;
    if (classes !== null) {
      if (classes < 2) throw new ValueError('A categorical-distribution parameter must have at least 2 events.');
      if (BigInt(classes) > most) throw new ValueError(`Number of classes exceeds \`dtype\` precision, i.e., ${d.name} implies shape (${classes}) cannot exceed ${most}.`);
      return x;
    }
    const size = shapeOf(x, { name: 'x_shape' }).at(-1);
    return withDependencies([
      assertRankAtLeast(x, 1, { message: 'A categorical-distribution parameter must have at least 1 dimension.' }),
      assertGreaterEqual(shapeOf(x).at(-1), 2, { message: 'A categorical-distribution parameter must have at least 2 events.' }),
      assertLessEqual(size, Number(most), { message: `Number of classes exceeds \`dtype\` precision, i.e., ${d.name} dtype cannot exceed ${most} shape.` }),
    ], x);
  });
}

const isIntegerLike = (d: DType): boolean => d.isInteger || d.baseDtype === bool;
/** The tensor, checked to be the same after a cast to `target` and back, and not to be negative. Errors: TypeError for dtypes that cannot be. */
export function checkedCast(given: Tensor, target: DType): Tensor {
  return inScope('embed_check_casting_closed', '', [given], () => {
    const x = convertToTensor(given, { name: 'x' });
    const most = largestInteger(x.dtype); // refuses unknown dtypes
    if (!isIntegerLike(x.dtype) && !x.dtype.isFloating) throw new TypeError(`${x.dtype.name}.dtype must be floating- or integer-type.`);
    const checks = [assertNonNegative(x, { message: 'Elements must be non-negative.' })];
    const limit = largestInteger(target);
    if (x.dtype.isFloating) checks.push(assertIntegerForm(x, `Elements must be ${target.name}-equivalent.`, target));
    else if (most > limit) checks.push(assertLessEqual(x, Number(limit), { message: `Elements cannot exceed ${limit}.` }));
    return withDependencies(checks, x);
  });
}

/** Logarithm of the number of ways to draw `counts` (last axis) out of `n`. */
export function logCombinations(n: Tensor, counts: Tensor): Tensor {
  return inScope('log_combinations', '', [n, counts], () => {
    const all = lgamma(n.add(1));
    return all.sub(reduceSum(lgamma(counts.add(1)), { axis: [-1] }));
  });
}

/** One of two vectors, by a condition that may be known only while running. */
export function pickVector(condition: Tensor, onTrue: NDArray, onFalse: Tensor): Tensor {
  return inScope('pick_vector', '', [condition, onFalse], () => {
    const static_ = constantValue(condition);
    const a = convertToTensor(onTrue, { name: 'true_vector' });
    if (static_) return Number(static_.flat(0)) === 0 ? onFalse : a;
    const n = shapeOf(a).at(0);
    const both = concat([a, onFalse], 0);
    const int = (v: number): NDArray => scalarOf(v, int32);
    return slice(both, [whereV2(condition, int(0), n)], [where(condition, n, int(-1))]);
  });
}

/** A seed for another draw. */
export function newSeed(seed: number | null, salt: string): number | null {
  if (seed === null) return null;
  const d = md5(new TextEncoder().encode(`${seed}${salt}`));
  return new DataView(d.buffer).getUint32(0) & 0x7fffffff;
}

