// Rules on what is computed. `valueRules` choose among inputs or follow from the values of dtypes; `exactRules` rest on the
// numeric contract (IEEE arithmetic, one NaN), so they are for engines that keep it. A rule that no longer reads all that
// was read before stands in `dropping`.
//
// What is not here is not so: Reciprocal(Reciprocal(x)) rounds twice, Neg(Sub(x, y)) is -0 where Sub(y, x) is 0, x * 0 and
// x - x are NaN for some x, x + 0 is 0 for -0, Not(Less(x, y)) is true for NaN.
import { P } from 'ts-pattern';
import type { DType } from '../../../graph/dtype.ts';
import { allocate, NDArray } from '../../../graph/ndarray.ts';
import { attr } from '../../../graph/node_def.ts';
import { type NewNode, type Rule, rule } from '../../../graph/rewrite.ts';
import type { NodeView } from '../../../graph/view.ts';
import { broadcast, toNumbers } from '../../kernels/common.ts';
import { dimsOf, INT32, newConstant, newInts, newNode, numbersOf, passOn, sameAs, sameDims, sameShape } from './common.ts';

/** Whether v is a constant of this number throughout. */
function isAll(v: NodeView | undefined, x: number): boolean { return v?.isAll(x) ?? false; }
/** Whether v is a constant of negative zeros throughout (of zeros where there is but one). */
function isAllNegativeZero(v: NodeView | undefined): boolean { return v?.isAll(v.dtype?.isFloating ? -0 : 0) ?? false; }
function isAllBoolean(v: NodeView | undefined, x: boolean): boolean {
  const c = v?.constant;
  if (!c || c.size === 0 || c.dtype.name !== 'bool') return false;
  for (let i = 0; i < c.size; i++) if (Boolean(c.flat(i)) !== x) return false;
  return true;
}

/** Dtypes whose every value a dtype holds. */
const HOLDS: Readonly<Record<string, ReadonlySet<string>>> = {
  float64: new Set(['float32', 'float16', 'bfloat16', 'int32', 'uint32', 'int16', 'uint16', 'int8', 'uint8', 'bool']),
  float32: new Set(['float16', 'bfloat16', 'int16', 'uint16', 'int8', 'uint8', 'bool']),
  int64: new Set(['int32', 'uint32', 'int16', 'uint16', 'int8', 'uint8', 'bool']),
  int32: new Set(['int16', 'uint16', 'int8', 'uint8', 'bool']),
};
const holds = (dtype: DType | undefined, other: DType | undefined): boolean => HOLDS[dtype?.name ?? '']?.has(other?.name ?? '') ?? false;
const NARROW = new Set(['float16', 'bfloat16', 'complex64', 'complex128']);

const FOLDS = ['Sum', 'Mean', 'Prod', 'Max', 'Min'];
/** Functions f with f(f(x)) = f(x). */
const SETTLES = ['Abs', 'Relu', 'Relu6', 'Floor', 'Ceil', 'Rint', 'Round', 'Sign', 'ZerosLike', 'OnesLike'];
/** Functions of two numbers that broadcast. */
const BROADCAST = ['AddV2', 'Add', 'Sub', 'Mul', 'RealDiv', 'Maximum', 'Minimum', 'SquaredDifference', 'Greater', 'GreaterEqual', 'Less', 'LessEqual'];
/** Ops that never give -0: their sums begin at +0, or their results are positive. */
const NEVER_NEGATIVE_ZERO = new Set(['Abs', 'Square', 'Exp', 'Sigmoid', 'Softmax', 'MatMul', 'BatchMatMul', 'BatchMatMulV2', 'Conv2D', 'SquaredDifference']);
/** Functions of each element, of one to three of them: a value does not depend on where it stands. */
const ELEMENTWISE = new Set([...BROADCAST, ...SETTLES, 'Neg', 'Square', 'Sqrt', 'Rsqrt', 'Reciprocal', 'Exp', 'Log', 'Log1p', 'Tanh', 'Sigmoid', 'Elu', 'Selu', 'Softplus', 'LogicalNot', 'Cast', 'ReluGrad', 'TanhGrad', 'SigmoidGrad', 'AddN']);
/** A power of two whose reciprocal is one too, and no denormal. */
function isPowerOfTwo(x: number, dtype: DType | undefined): boolean {
  const [least, most] = dtype?.name === 'float32' ? [2 ** -126, 2 ** 126] : [2 ** -1022, 2 ** 1022], a = Math.abs(x);
  return a >= least && a <= most && Number.isInteger(Math.log2(a)) && 2 ** Math.log2(a) === a;
}
/** Inputs one of which is such a node: most nodes are told apart by this. */
const some = (...ops: readonly string[]): ReturnType<typeof P.when<readonly NodeView[], (inputs: readonly NodeView[]) => boolean>> => P.when((inputs: readonly NodeView[]) => inputs.some((x) => ops.includes(x.op)));
const isFloat = (v: NodeView): boolean => v.dtype?.name === 'float32' || v.dtype?.name === 'float64';
const typed = (v: NodeView): Readonly<Record<string, ReturnType<typeof attr.type>>> => ({ T: attr.type(v.dtype!) });

export const valueRules: readonly Rule[] = [
  rule('Neg(Neg(x)) -> x', 'Neg', { inputs: [{ op: 'Neg', waits: false }] }, (v) => ({ use: v.inputs[0]!.inputs[0]!.tensor })),
  rule('LogicalNot(LogicalNot(x)) -> x', 'LogicalNot', { inputs: [{ op: 'LogicalNot', waits: false }] }, (v) => ({ use: v.inputs[0]!.inputs[0]!.tensor })),
  rule('Conj(Conj(x)) -> x', 'Conj', { inputs: [{ op: 'Conj', waits: false }] }, (v) => ({ use: v.inputs[0]!.inputs[0]!.tensor })),
  rule('LogicalNot(Equal(x, y)) -> NotEqual(x, y)', 'LogicalNot', { inputs: [{ op: P.union('Equal', 'NotEqual'), waits: false }] }, (v) => {
    const inner = v.inputs[0]!;
    return { become: { op: inner.op === 'Equal' ? 'NotEqual' : 'Equal', input: inner.inputs.map((x) => x.tensor), attr: inner.attr } };
  }),
  rule('Sum(x) of single elements -> x', ['Sum', 'Prod'], { inputs: [P.any, { op: 'Const' }] }, (v) => sameAs(v, 0)),
  // A fold and what puts the axes back that it took away: gradients of broadcasts are such pairs.
  rule('Reshape(Sum(x)) with axes of one -> Sum(x) that keeps its axes', ['Reshape', 'ExpandDims'], { inputs: [P.any, { op: 'Const' }] }, (v) => {
    const sum = v.inputs[0]!, [x, axes] = sum.inputs as [NodeView, NodeView];
    if (!FOLDS.includes(sum.op) || !sum.soleUser || sum.waits || sum.attr['keep_dims']?.value === true || !axes.constant || !x.shape.isFullyDefined || !v.shape.isFullyDefined) return undefined;
    const rank = x.shape.ndims!, gone = new Set(numbersOf(axes)!.map((d) => (d < 0 ? d + rank : d)));
    return v.shape.ndims === rank && x.shape.dims!.every((d, i) => v.shape.dims![i] === (gone.has(i) ? 1 : d)) ? { become: { op: sum.op, input: [x.tensor, axes.tensor], attr: { ...sum.attr, keep_dims: attr.b(true) } } } : undefined;
  }),
  rule('Cast(Cast(x)) back through a dtype that holds it -> x', 'Cast', { inputs: [{ op: 'Cast', waits: false }] }, (v) => {
    const [inner, x] = [v.inputs[0]!, v.inputs[0]!.inputs[0]!];
    return v.dtype === x.dtype && holds(inner.dtype, x.dtype) ? { use: x.tensor } : undefined;
  }),
  rule('Cast(Cast(x)) through a dtype that holds it -> Cast(x)', 'Cast', { inputs: [{ op: 'Cast', waits: false }] }, (v) => {
    const [inner, x] = [v.inputs[0]!, v.inputs[0]!.inputs[0]!];
    return v.dtype && v.dtype !== x.dtype && holds(inner.dtype, x.dtype) && !NARROW.has(v.dtype.name) ? { become: { op: 'Cast', input: [x.tensor], attr: { ...v.attr, SrcT: attr.type(x.dtype!) } } } : undefined;
  }),
  rule('Mul(x, 1) -> x', 'Mul', { inputs: some('Const') }, (v) => (isAll(v.inputs[1], 1) ? sameAs(v, 0) : isAll(v.inputs[0], 1) ? sameAs(v, 1) : undefined)),
  rule('RealDiv(x, 1) -> x', ['RealDiv', 'Div', 'FloorDiv', 'TruncateDiv'], { inputs: [P.any, { op: 'Const' }] }, (v) => (isAll(v.inputs[1], 1) && (v.op !== 'FloorDiv' || v.dtype?.isInteger) ? sameAs(v, 0) : undefined)),
  // -0 + 0 is 0, but x + -0 and x - 0 are x, whatever x.
  rule('AddV2(x, -0) -> x', ['AddV2', 'Add'], { inputs: some('Const') }, (v) => (isAllNegativeZero(v.inputs[1]) ? sameAs(v, 0) : isAllNegativeZero(v.inputs[0]) ? sameAs(v, 1) : undefined)),
  rule('Sub(x, 0) -> x', 'Sub', { inputs: [P.any, { op: 'Const' }] }, (v) => (isAll(v.inputs[1], 0) ? sameAs(v, 0) : undefined)),
  rule('LogicalAnd(x, true) -> x', ['LogicalAnd', 'LogicalOr'], { inputs: some('Const') }, (v) => {
    const rest = v.op === 'LogicalAnd';
    return isAllBoolean(v.inputs[1], rest) ? sameAs(v, 0) : isAllBoolean(v.inputs[0], rest) ? sameAs(v, 1) : undefined;
  }),
  rule('Maximum(x, x) -> x', ['Maximum', 'Minimum', 'LogicalAnd', 'LogicalOr', 'BitwiseAnd', 'BitwiseOr'], { inputs: [P.any, P.any] }, (v) => (v.inputs[0]!.tensor === v.inputs[1]!.tensor ? passOn(v) : undefined)),
  rule('AddN(x) -> x', ['AddN', 'AccumulateNV2'], { inputs: [P.any] }, passOn),
];

export const droppingValues: readonly Rule[] = [
  rule('Select(constant condition, x, y) -> x or y', ['Select', 'SelectV2'], { inputs: [{ op: 'Const' }, P.any, P.any] }, (v) => {
    const c = v.inputs[0]!, yes = isAllBoolean(c, true);
    if ((!yes && !isAllBoolean(c, false)) || !sameShape(v.inputs[1]!, v.inputs[2]!)) return undefined;
    return c.constant!.shape.length === 0 || c.shape.equals(v.shape) ? sameAs(v, yes ? 1 : 2) : undefined;
  }),
  rule('Select(condition, x, x) -> x', ['Select', 'SelectV2'], { inputs: [P.any, P.any, P.any] }, (v) => {
    const [c, x, y] = v.inputs as [NodeView, NodeView, NodeView];
    return x.tensor === y.tensor && (c.shape.ndims === 0 || sameShape(c, x)) ? sameAs(v, 1) : undefined;
  }),
];

export const exactRules: readonly Rule[] = [
  rule('AddV2(x, Neg(y)) -> Sub(x, y)', ['AddV2', 'Add'], { inputs: some('Neg') }, (v) => {
    const [x, y] = v.inputs as [NodeView, NodeView], [a, b] = y.op === 'Neg' && !y.waits ? [x, y] : [y, x];
    return b.op !== 'Neg' || b.waits ? undefined : { become: { op: 'Sub', input: [a.tensor, b.inputs[0]!.tensor], attr: typed(v) } };
  }),
  rule('Sub(x, Neg(y)) -> AddV2(x, y)', 'Sub', { inputs: [P.any, { op: 'Neg', waits: false }] }, (v) => ({ become: { op: 'AddV2', input: [v.inputs[0]!.tensor, v.inputs[1]!.inputs[0]!.tensor], attr: typed(v) } })),
  rule('Mul(Neg(x), Neg(y)) -> Mul(x, y)', ['Mul', 'RealDiv'], { inputs: [{ op: 'Neg', waits: false }, { op: 'Neg', waits: false }] }, (v) => (v.dtype?.isFloating || v.op === 'Mul' ? { become: { op: v.op, input: v.inputs.map((x) => x.inputs[0]!.tensor), attr: v.attr } } : undefined)),
  rule('Square(Neg(x)) -> Square(x)', ['Square', 'Abs'], { inputs: [{ op: P.union('Neg', 'Abs'), waits: false }] }, (v) => (v.op === 'Abs' && v.inputs[0]!.op === 'Abs' ? undefined : !v.inputs[0]!.dtype?.isComplex ? { become: { op: v.op, input: [v.inputs[0]!.inputs[0]!.tensor], attr: v.attr } } : undefined)),
  rule('Relu(Relu(x)) -> Relu(x)', SETTLES, { inputs: [{ waits: false }] }, (v) => (v.op === v.inputs[0]!.op && v.dtype === v.inputs[0]!.dtype ? passOn(v) : undefined)),
  rule('AddV2(x, 0) of an x that is never -0 -> x', ['AddV2', 'Add', 'BiasAdd'], { inputs: some('Const') }, (v) => {
    const i = isAll(v.inputs[1], 0) ? 0 : isAll(v.inputs[0], 0) ? 1 : undefined;
    return i !== undefined && (i === 0 || v.op !== 'BiasAdd') && isFloat(v) && NEVER_NEGATIVE_ZERO.has(v.inputs[i]!.op) ? sameAs(v, i) : undefined;
  }),
  rule('Mul(x, -1) -> Neg(x)', 'Mul', { inputs: some('Const') }, (v) => {
    const i = isAll(v.inputs[1], -1) ? 0 : isAll(v.inputs[0], -1) ? 1 : undefined;
    return i !== undefined && !v.dtype?.isComplex && sameShape(v, v.inputs[i]!) ? { become: { op: 'Neg', input: [v.inputs[i]!.tensor], attr: typed(v) } } : undefined;
  }),
  // Both round the same number once.
  rule('RealDiv(x, power of two) -> Mul(x, its reciprocal)', ['RealDiv', 'Div'], { inputs: [P.any, { op: 'Const' }] }, (v) => {
    const c = v.inputs[1]!.constant, n = c && isFloat(v) ? toNumbers(c) : [];
    if (!c || n.length === 0 || !n.every((x) => isPowerOfTwo(x, v.dtype))) return undefined;
    const data = allocate(c.dtype, n.length) as Float64Array;
    n.forEach((x, i) => { data[i] = 1 / x; });
    const made = newConstant(v, 'reciprocal', new NDArray(c.dtype, c.shape, data));
    return { become: { op: 'Mul', input: [v.inputs[0]!.tensor, made.name], attr: typed(v) }, make: [made] };
  }),
  // Sums go from left to right: only the first term may be a sum.
  rule('AddN(AddN(x, y), z) -> AddN(x, y, z)', 'AddN', { inputs: P.any }, (v) => {
    const [first, ...rest] = v.inputs as [NodeView, ...NodeView[]], ok = ['AddN', 'AddV2', 'Add'].includes(first.op) && rest.length > 0 && first.soleUser && !first.waits && rest.every((x) => x.tensor !== first.tensor);
    if (!ok || !first.inputs.every((x) => sameShape(x, v))) return undefined;
    const all = [...first.inputs, ...rest];
    return { become: { op: 'AddN', input: all.map((x) => x.tensor), attr: { ...v.attr, N: attr.i(all.length) } } };
  }),
  rule('Mul(Tile(x), y) that broadcasts x -> Mul(x, y)', BROADCAST, { inputs: some('Tile', 'BroadcastTo') }, (v) => {
    const shape = dimsOf(v);
    for (const i of [0, 1]) {
      const t = v.inputs[i]!, x = t.inputs[0], [from, of, other] = [dimsOf(x), dimsOf(t), dimsOf(v.inputs[1 - i])];
      if (!['Tile', 'BroadcastTo'].includes(t.op) || t.waits || !x || !shape || !from || !of || !other || !t.inputs[1]?.constant) continue;
      const grows = [...of].reverse().every((d, j) => { const f = from[from.length - 1 - j] ?? 1; return f === 1 || f === d; }), both = broadcast(from, other);
      if (grows && both && sameDims(both, shape)) return { become: { op: v.op, input: v.inputs.map((y, j) => (j === i ? x.tensor : y.tensor)), attr: v.attr } };
    }
    return undefined;
  }),
  // What only a part is read of is computed in part; what is turned round is turned before, where pairs meet.
  rule('Slice(f(x, y)) -> f(Slice(x), Slice(y))', 'Slice', { inputs: [{ waits: false }, { op: 'Const' }, { op: 'Const' }] }, (v) => {
    const f = v.inputs[0]!, begin = numbersOf(v.inputs[1]), part = dimsOf(v), whole = dimsOf(f);
    if (!ELEMENTWISE.has(f.op) || !begin || !part || !whole || begin.length !== whole.length || begin.some((b, i) => b < 0 || b + part[i]! > whole[i]!) || part.some((n, i) => n === 0 && whole[i] === 1) || !f.soleUser) return undefined; // an axis of one stays one
    const make: NewNode[] = [], input: string[] = [];
    for (const [i, x] of f.inputs.entries()) {
      const dims = dimsOf(x);
      if (!dims || dims.length > whole.length) return undefined;
      const skipped = whole.length - dims.length, own = dims.map((d, j) => (d === 1 ? 1 : part[skipped + j]!));
      if (sameDims(own, dims)) { input.push(x.tensor); continue; }
      const from = newInts(v, `begin${i}`, dims.map((d, j) => (d === 1 ? 0 : begin[skipped + j]!))), size = newInts(v, `size${i}`, own);
      const cut = newNode(v, `part${i}`, 'Slice', [x.tensor, from.name, size.name], { T: attr.type(x.dtype!), Index: INT32 }, x.dtype!, own);
      make.push(from, size, cut);
      input.push(cut.name);
    }
    return make.length === 0 ? undefined : { become: { op: f.op, input, attr: f.attr }, make };
  }),
  rule('ReverseV2(f(x)) -> f(ReverseV2(x))', 'ReverseV2', { inputs: [{ waits: false }, { op: 'Const' }] }, (v) => {
    const f = v.inputs[0]!, x = f.inputs[0];
    if (!ELEMENTWISE.has(f.op) || f.inputs.length !== 1 || f.def.input.length !== 1 || !x?.dtype || !sameShape(f, x) || !f.soleUser) return undefined;
    const turned = newNode(v, 'reversed', 'ReverseV2', [x.tensor, v.inputs[1]!.tensor], { ...v.attr, T: attr.type(x.dtype) }, x.dtype, x.shape);
    return { become: { op: f.op, input: [turned.name], attr: f.attr }, make: [turned] };
  }),
];
