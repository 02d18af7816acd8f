// `tf.assert_*`: checks made while building where that can be done, else Asserts. Follows python/ops/check_ops.py (1.15).
import { bool, type DType, float32, int32 } from '../graph/dtype.ts';
import { InvalidArgumentError, TypeError, ValueError } from '../graph/errors.ts';
import { NDArray } from '../graph/ndarray.ts';
import { numpyStr } from '../graph/numpy_repr.ts';
import { pythonTypeName } from '../graph/graph.ts';
import { Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { rank, shape } from './array_shape.ts';
import { inScope, scalarOf } from './building.ts';
import { constantValue, evaluateConstant } from './constant_value.ts';
import { noOp, withDependencies } from './control_flow_ops.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { IndexedSlices } from './indexed_slices.ts';
import { assertOp } from './logging_ops.ts';
import { equal, greater, greaterEqual, less, lessEqual, logicalOr, notEqual } from './math_logic.ts';
import { reduceAll } from './math_reduce.ts';
import { abs } from './math_unary.ts';
import './tensor_operators.ts';

interface Common { data?: readonly TensorLike[] | null; summarize?: number | null; message?: string | null; name?: string | null }
type Binary = Common & { x: TensorLike; y: TensorLike };
type Unary = Common & { x: TensorLike };
type Compare = (x: TensorLike, y: TensorLike) => Tensor;

/** What a failed static check says: values where they are known, line by line. */
function failStatically(data: readonly TensorLike[]): never {
  throw new InvalidArgumentError(data.map((x) => {
    if (!(x instanceof Tensor)) return String(x as string);
    const v = constantValue(x);
    return v ? numpyStr(v) : String(x);
  }).join('\n'));
}

function binaryAssert(sym: string, opname: string, compare: Compare, p: Binary): Operation {
  return inScope(p.name, opname, [p.x, p.y, p.data], () => {
    const x = convertToTensor(p.x, { name: 'x' });
    const y = convertToTensor(p.y, { name: 'y', preferred: x.dtype.baseDtype });
    const own = p.data ?? [`Condition x ${sym} y did not hold element-wise:`, `x (${x.name}) = `, x, `y (${y.name}) = `, y];
    const data = p.message === undefined || p.message === null ? own : [p.message, ...own];
    const condition = reduceAll(compare(x, y));
    if (constantValue(x) && constantValue(y)) {
      const holds = evaluateConstant(condition);
      if (holds && Number(holds.flat(0)) === 0) failStatically(data);
    }
    return assertOp(condition, data, p.summarize);
  });
}

const BINARY = ['x', 'y', 'data', 'summarize', 'message', 'name'] as const;
const UNARY = ['x', 'data', 'summarize', 'message', 'name'] as const;

/** `tf.assert_equal`: an operation that fails with InvalidArgumentError unless x == y everywhere (they broadcast). What is known while
 * building is checked at once. Errors: InvalidArgumentError when that fails. */
export const assertEqual = api('assertEqual', BINARY, (p: Binary): Operation => {
  // The scope is opened twice, as in Python: the name numbering shows it.
  const same = inScope(p.name, 'assert_equal', [p.x, p.y, p.data], () => (p.x instanceof Tensor && p.x === p.y ? noOp() : undefined));
  return same ?? binaryAssert('==', 'assert_equal', equal, p);
}, { required: 2 });
/** `tf.assert_none_equal`: fails unless x != y everywhere. */
export const assertNoneEqual = api('assertNoneEqual', BINARY, (p: Binary): Operation => binaryAssert('!=', 'assert_none_equal', notEqual, p), { required: 2 });
/** `tf.assert_less`: fails unless x < y everywhere. */
export const assertLess = api('assertLess', BINARY, (p: Binary): Operation => binaryAssert('<', 'assert_less', less, p), { required: 2 });
/** `tf.assert_less_equal`: fails unless x <= y everywhere. */
export const assertLessEqual = api('assertLessEqual', BINARY, (p: Binary): Operation => binaryAssert('<=', 'assert_less_equal', lessEqual, p), { required: 2 });
/** `tf.assert_greater`: fails unless x > y everywhere. */
export const assertGreater = api('assertGreater', BINARY, (p: Binary): Operation => binaryAssert('>', 'assert_greater', greater, p), { required: 2 });
/** `tf.assert_greater_equal`: fails unless x >= y everywhere. */
export const assertGreaterEqual = api('assertGreaterEqual', BINARY, (p: Binary): Operation => binaryAssert('>=', 'assert_greater_equal', greaterEqual, p), { required: 2 });

function signAssert(opname: string, sym: string, check: (x: Tensor, zero: Tensor, rest: Common) => Operation, p: Unary): Operation {
  return inScope(p.name, opname, [p.x, p.data], () => {
    const x = convertToTensor(p.x, { name: 'x' });
    const data = p.data ?? [p.message ?? '', `Condition x ${sym} 0 did not hold element-wise:`, `x (${x.name}) = `, x];
    const zero = convertToTensor(scalarOf(0, x.dtype.baseDtype));
    return check(x, zero, { data, summarize: p.summarize ?? null });
  });
}
/** `tf.assert_negative`: fails unless x < 0 everywhere. */
export const assertNegative = api('assertNegative', UNARY, (p: Unary): Operation => signAssert('assert_negative', '<', (x, zero, rest) => assertLess(x, zero, rest), p), { required: 1 });
/** `tf.assert_positive`: fails unless x > 0 everywhere. */
export const assertPositive = api('assertPositive', UNARY, (p: Unary): Operation => signAssert('assert_positive', '>', (x, zero, rest) => assertLess(zero, x, rest), p), { required: 1 });
/** `tf.assert_non_negative`: fails unless x >= 0 everywhere. */
export const assertNonNegative = api('assertNonNegative', UNARY, (p: Unary): Operation => signAssert('assert_non_negative', '>=', (x, zero, rest) => assertLessEqual(zero, x, rest), p), { required: 1 });
/** `tf.assert_non_positive`: fails unless x <= 0 everywhere. */
export const assertNonPositive = api('assertNonPositive', UNARY, (p: Unary): Operation => signAssert('assert_non_positive', '<=', (x, zero, rest) => assertLessEqual(x, zero, rest), p), { required: 1 });

interface Near extends Binary { rtol?: TensorLike | null; atol?: TensorLike | null }
const EPSILON: Readonly<Record<string, number>> = { float16: 2 ** -10, float32: 2 ** -23, float64: 2 ** -52 };
/** `tf.assert_near`: fails unless |x - y| < atol + rtol * |y| everywhere; both default to ten times the dtype's epsilon. */
export const assertNear = api('assertNear', ['x', 'y', 'rtol', 'atol', 'data', 'summarize', 'message', 'name'], (p: Near): Operation =>
  inScope(p.name, 'assert_near', [p.x, p.y, p.rtol, p.atol, p.data], () => {
    const x = convertToTensor(p.x, { name: 'x' });
    const dtype = x.dtype.baseDtype;
    const y = convertToTensor(p.y, { name: 'y', dtype });
    const eps = 10 * (EPSILON[dtype.name] ?? 2 ** -23);
    const rtol = convertToTensor(p.rtol ?? eps, { name: 'rtol', dtype });
    const atol = convertToTensor(p.atol ?? eps, { name: 'atol', dtype });
    const data = p.data ?? [p.message ?? '', `x and y not equal to tolerance rtol = ${rtol}, atol = ${atol}`, `x (${x.name}) = `, x, `y (${y.name}) = `, y];
    const tolerance = atol.add(rtol.mul(abs(y)));
    return assertOp(reduceAll(less(abs(x.sub(y)), tolerance)), data, p.summarize);
  }), { required: 2 });

// --- ranks --------------------------------------------------------------------------------------------------------------

type Ranked = Common & { x: TensorLike; rank: TensorLike };
interface RankRule {
  readonly opname: string;
  readonly words: string;
  readonly holds: (actual: number, given: readonly number[]) => boolean;
  readonly condition: (actual: Tensor, given: readonly Tensor[]) => Tensor;
  /** The given ranks in the message of a failed static check. */
  readonly shown: (given: readonly number[]) => string;
}

function rankAssert(rule: RankRule, p: Common & { x: TensorLike }, given: readonly TensorLike[]): Operation {
  return inScope(p.name, rule.opname, [p.x, ...given], () => {
    const x = convertToTensor(p.x, { name: 'x' });
    const ranks = given.map((r) => convertToTensor(r, { name: 'rank', preferred: int32 }));
    const data = p.data ?? [p.message ?? '', `Tensor ${x.name} must have ${rule.words}`, ...ranks, 'Received shape: ', shape(x)];
    for (const r of ranks) assertType(r, int32);
    const known = ranks.map((r) => constantValue(r));
    const all = known.filter((v): v is NDArray => v !== undefined);
    if (all.length === ranks.length) {
      if (all.some((v) => v.ndim !== 0)) throw new ValueError('Rank must be a scalar.');
      const numbers = all.map((v) => Number(v.flat(0)));
      const actual = x.shape.ndims;
      if (actual !== null) {
        if (!rule.holds(actual, numbers)) throw new ValueError(`${p.message ?? ''}.  Tensor ${x.name} must have ${rule.words} ${rule.shown(numbers)}.  Received rank ${actual}, shape ${x.shape}`);
        return noOp({ name: 'static_checks_determined_all_ok' });
      }
    }
    let condition = rule.condition(rank(x), ranks);
    ranks.forEach((r, i) => {
      if (known[i]) return;
      const check = rankAssert(EXACT, { x: r, data: ['Rank must be a scalar. Received rank: ', r] }, [0]);
      condition = withDependencies([check], condition);
    });
    return assertOp(condition, data, p.summarize);
  });
}
const EXACT: RankRule = { opname: 'assert_rank', words: 'rank', holds: (a, [r]) => a === r, condition: (a, [r]) => equal(a, r!), shown: ([r]) => String(r) };
const AT_LEAST: RankRule = { opname: 'assert_rank_at_least', words: 'rank at least', holds: (a, [r]) => a >= r!, condition: (a, [r]) => greaterEqual(a, r!), shown: ([r]) => String(r) };
const ONE_OF: RankRule = {
  opname: 'assert_rank_in', words: 'rank in', holds: (a, given) => given.includes(a),
  condition: (a, [first, ...rest]) => (first ? rest.reduce<Tensor>((c, r) => logicalOr(c, equal(r, a)), equal(first, a)) : convertToTensor(false)),
  shown: (given) => `(${given.map((r) => `array(${r}, dtype=int32)`).join(', ')}${given.length === 1 ? ',' : ''})`,
};
const RANKED = ['x', 'rank', 'data', 'summarize', 'message', 'name'] as const;

/** `tf.assert_rank`: fails unless x has the given rank. Errors: ValueError when that is known to be false while building. */
export const assertRank = api('assertRank', RANKED, (p: Ranked): Operation => rankAssert(EXACT, p, [p.rank]), { required: 2 });
/** `tf.assert_rank_at_least`: fails unless x has at least the given rank. */
export const assertRankAtLeast = api('assertRankAtLeast', RANKED, (p: Ranked): Operation => rankAssert(AT_LEAST, p, [p.rank]), { required: 2 });
/** `tf.assert_rank_in`: fails unless x has one of the given ranks. */
export const assertRankIn = api('assertRankIn', ['x', 'ranks', 'data', 'summarize', 'message', 'name'], (p: Common & { x: TensorLike; ranks: readonly TensorLike[] }): Operation => rankAssert(ONE_OF, p, p.ranks), { required: 2 });

// --- dtypes and shapes, known while building ----------------------------------------------------------------------------

const dtypeStr = (d: DType): string => `<dtype: '${d.name}'>`;

/** `tf.assert_type`: a NoOp. Errors: TypeError unless the tensor has that dtype. */
export const assertType = api('assertType', ['tensor', 'tfType', 'message', 'name'], (p: { tensor: TensorLike; tfType: DType; message?: string | null; name?: string | null }): Operation =>
  inScope(p.name, 'assert_type', [p.tensor], () => {
    const t = convertToTensor(p.tensor, { name: 'tensor' });
    if (t.dtype !== p.tfType) throw new TypeError(`${p.message ?? ''}  ${t.name} must be of type ${dtypeStr(p.tfType)}`);
    return noOp({ name: 'statically_determined_correct_type' });
  }), { required: 2 });

/** `tf.assert_integer`: a NoOp. Errors: TypeError unless the tensor is of integer dtype. */
export const assertInteger = api('assertInteger', ['x', 'message', 'name'], (p: { x: TensorLike; message?: string | null; name?: string | null }): Operation =>
  inScope(p.name, 'assert_integer', [p.x], () => {
    const x = convertToTensor(p.x, { name: 'x' });
    if (!x.dtype.isInteger) throw new TypeError(`${p.message ?? ''}  Expected "x" to be integer type.  Found: ${x.name} of dtype ${dtypeStr(x.dtype)}`);
    return noOp({ name: 'statically_determined_was_integer' });
  }), { required: 1 });

/** `tf.assert_scalar`: the tensor. Errors: ValueError unless its static shape is that of a scalar. */
export const assertScalar = api('assertScalar', ['tensor', 'name', 'message'], (p: { tensor: TensorLike; name?: string | null; message?: string | null }): Tensor =>
  inScope(p.name, 'assert_scalar', [p.tensor], (scope) => {
    const t = convertToTensor(p.tensor, { name: scope });
    if (t.shape.ndims !== 0) throw new ValueError(`${p.message ?? ''}Expected scalar shape for ${t.name}, saw shape: ${t.shape}.`);
    return t;
  }), { required: 1 });

type Typed = { readonly dtype: DType; readonly name?: string } | null;
/** `tf.assert_same_float_dtype`: the common floating dtype of some tensors (and of `dtype`); float32 when there is none.
 * Errors: ValueError when they differ, or are not floating. */
export const assertSameFloatDtype = api('assertSameFloatDtype', ['tensors', 'dtype'], (p: { tensors?: readonly Typed[] | null; dtype?: DType | null }): DType => {
  let want = p.dtype ?? undefined;
  let first: string | undefined;
  for (const t of p.tensors ?? []) {
    if (t === null) continue;
    const d = t.dtype.baseDtype;
    if (!want) { want = d; first = t.name ?? String(t); } else if (want !== d) {
      throw new ValueError(`${t.name ?? String(t)}, type=${dtypeStr(d)}, must be of the same type (${dtypeStr(want)})${first === undefined ? '' : ` as ${first}`}.`);
    }
  }
  if (want && !want.isFloating) throw new ValueError(`Expected floating point type, got ${dtypeStr(want)}.`);
  return want ?? float32;
});

/** `tf.is_numeric_tensor`: whether a value is a tensor of numbers. */
export const isNumericTensor = api('isNumericTensor', ['tensor'], (p: { tensor: unknown }): boolean => {
  if (!(p.tensor instanceof Tensor)) return false;
  const d = p.tensor.dtype;
  return d !== bool && ['float32', 'float64', 'int8', 'int16', 'int32', 'int64', 'uint8', 'qint8', 'qint32', 'quint8', 'complex64'].includes(d.name);
}, { required: 1 });

/** `tf.assert_proper_iterable`. Errors: TypeError for tensors, arrays, strings, and what cannot be iterated over. */
export const assertProperIterable = api('assertProperIterable', ['values'], (p: { values: unknown }): void => {
  const { values } = p;
  const type = values instanceof Tensor ? 'tensorflow.python.framework.ops.Tensor' : values instanceof NDArray ? 'numpy.ndarray' : pythonTypeName(values);
  if (values instanceof Tensor || values instanceof NDArray || values instanceof IndexedSlices || typeof values === 'string' || ArrayBuffer.isView(values)) {
    throw new TypeError(`Expected argument "values" to be a "proper" iterable.  Found: <class '${type}'>`);
  }
  if (typeof values !== 'object' || values === null || !(Symbol.iterator in values)) throw new TypeError(`Expected argument "values" to be iterable.  Found: <class '${type}'>`);
}, { required: 1 });
