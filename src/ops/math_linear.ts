// Matrix products: MatMul, BatchMatMul, tensordot. Follows math_ops.py (matmul, tensordot) and math_grad.py.
import { bfloat16, type DType, float32, int32 } from '../graph/dtype.ts';
import { ValueError } from '../graph/errors.ts';
import type { Dim } from '../graph/shape.ts';
import { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { concatenated, stacked } from './array_join.ts';
import { allAxes, rankTensor, shapeTensor, transpose, transposed } from './array_shape.ts';
import { sliceWith } from './array_slice.ts';
import { conj, grad1, indexTensor, inputOf, inScope, int32Vector, knownShape, sameDims, scalarOf } from './building.ts';
import { convertToTensor, isTensorLike, type TensorLike } from './convert.ts';
import { dtypeOfValue } from './math_cast.ts';
import { applyOp, op1 } from './op_def_library.ts';
import { defineOp, type GradFn } from './registry.ts';
import { broadcast, dimOf, matrix, subshape } from './shape_fns.ts';
import type { ShapeFn } from './shape_inference.ts';

const matMulShape: ShapeFn = (c) => {
  const [a, b] = [c.withRank(c.input(0), 2), c.withRank(c.input(1), 2)];
  const [ta, tb] = [c.bool('transpose_a'), c.bool('transpose_b')];
  c.mergeDim(dimOf(a, ta ? 0 : 1), dimOf(b, tb ? 1 : 0));
  return [matrix(dimOf(a, ta ? 1 : 0), dimOf(b, tb ? 0 : 1))];
};
defineOp('MatMul', {
  shape: matMulShape,
  grad: grad1((op, g) => {
    const [a, b] = [conj(inputOf(op, 0)), conj(inputOf(op, 1))];
    const product = (x: Tensor, y: Tensor, tx: boolean, ty: boolean): Tensor => op1('MatMul', [x, y], { transpose_a: tx, transpose_b: ty });
    const tb = op.getAttr('transpose_b') as boolean;
    if (op.getAttr('transpose_a') !== true) {
      const ga = product(g, b, false, !tb);
      return [ga, tb ? product(g, a, true, false) : product(a, g, true, false)];
    }
    const ga = product(b, g, tb, true);
    return [ga, tb ? product(g, a, true, true) : product(a, g, false, false)];
  }),
  tfjs: { kernel: 'BatchMatMul', inputs: { a: 0, b: 1 }, exact: false, attrs: (n) => ({ transposeA: isTrue(n.attr['transpose_a']), transposeB: isTrue(n.attr['transpose_b']) }) },
});
function isTrue(a: { kind: string; value: unknown } | undefined): boolean { return a?.kind === 'b' && a.value === true; }

const batchShape = (broadcasts: boolean): ShapeFn => (c) => {
  const [a, b] = [c.withRankAtLeast(c.input(0), 2), c.withRankAtLeast(c.input(1), 2)];
  const [ax, ay] = [c.bool('adj_x'), c.bool('adj_y')];
  const inner = (): void => { c.mergeDim(dimOf(a, ax ? -2 : -1), dimOf(b, ay ? -1 : -2)); };
  const rows = dimOf(a, ax ? -1 : -2);
  const cols = dimOf(b, ay ? -2 : -1);
  if (broadcasts) inner();
  const [ba, bb] = [subshape(a, 0, -2), subshape(b, 0, -2)];
  const batch = broadcasts ? broadcast(c, ba, bb) : c.merge(ba, bb);
  if (!broadcasts) inner();
  return [batch.concatenate([rows, cols])];
};
/** Gradients of x and y before any broadcasting of batches is undone. */
const batchGrads: GradFn = grad1((op, g) => {
  const [x, y] = [inputOf(op, 0), inputOf(op, 1)];
  const product = (a: Tensor, b: Tensor, adjointA: boolean, adjointB: boolean): Tensor => multiplied(a, b, { adjointA, adjointB });
  const ay = op.getAttr('adj_y') as boolean;
  if (op.getAttr('adj_x') !== true) {
    const gx = product(g, y, false, !ay);
    return [gx, ay ? product(g, x, true, false) : product(x, g, true, false)];
  }
  const gx = product(y, g, ay, true);
  return [gx, ay ? product(g, x, true, true) : product(x, g, false, false)];
});
const batchKernel = { kernel: 'BatchMatMul', inputs: { a: 0, b: 1 }, exact: false, attrs: (n: { attr: Readonly<Record<string, { kind: string; value: unknown }>> }) => ({ transposeA: isTrue(n.attr['adj_x']), transposeB: isTrue(n.attr['adj_y']) }) } as const;
defineOp('BatchMatMul', { shape: batchShape(false), grad: batchGrads, tfjs: batchKernel });
defineOp('BatchMatMulV2', {
  shape: batchShape(true),
  grad: grad1((op, g) => {
    const [x, y] = [inputOf(op, 0), inputOf(op, 1)];
    const [gx, gy] = batchGrads(op, g) as [Tensor, Tensor];
    const [dx, dy] = [knownShape(x), knownShape(y)];
    if (dx && dy && sameDims(dx, dy)) return [gx, gy];
    const [sx, sy] = [shapeTensor(x), shapeTensor(y)];
    const batchX = sliceWith(sx, [[null, -2]]);
    const axes = applyOp('BroadcastGradientArgs', [batchX, sliceWith(sy, [[null, -2]])]).outputs;
    const rx = op1('Reshape', [op1('Sum', [gx, axes[0]!]), sx]);
    return [rx, op1('Reshape', [op1('Sum', [gy, axes[1]!]), sy])];
  }),
  tfjs: batchKernel,
});

interface MatMulOptions { transposeA?: boolean; transposeB?: boolean; adjointA?: boolean; adjointB?: boolean; aIsSparse?: boolean; bIsSparse?: boolean; name?: string | null | undefined }
/** `math_ops.matmul`: MatMul for two matrices, BatchMatMulV2 as soon as one of them may have more dimensions. */
export function multiplied(a: TensorLike, b: TensorLike, o: MatMulOptions = {}): Tensor {
  return inScope(o.name, 'MatMul', [a, b], (scope) => {
    let { transposeA = false, transposeB = false, adjointA = false, adjointB = false } = o;
    if (transposeA && adjointA) throw new ValueError('Only one of transpose_a and adjoint_a can be True.');
    if (transposeB && adjointB) throw new ValueError('Only one of transpose_b and adjoint_b can be True.');
    let x = convertToTensor(a, { name: 'a', preferred: dtypeOfValue(b) });
    let y = convertToTensor(b, { name: 'b', preferred: x.dtype.baseDtype });
    const batched = (t: Tensor): boolean => t.shape.ndims === null || t.shape.ndims > 2;
    const { aIsSparse = false, bIsSparse = false } = o;
    if (!aIsSparse && !bIsSparse && (batched(x) || batched(y))) {
      if (transposeA) { x = conj(x); adjointA = true; }
      if (transposeB) { y = conj(y); adjointB = true; }
      return op1('BatchMatMulV2', [x, y], { adj_x: adjointA, adj_y: adjointB }, scope);
    }
    if (adjointA) { x = conj(x); transposeA = true; }
    if (adjointB) { y = conj(y); transposeB = true; }
    const [dx, dy] = [x.dtype.baseDtype, y.dtype.baseDtype];
    const single = (d: DType): boolean => d === float32 || d === bfloat16;
    // Two dtypes, one of them bfloat16, are for this op too.
    if ((aIsSparse || bIsSparse) && single(dx) && single(dy) || dx !== dy && (dx === bfloat16 || dy === bfloat16)) {
      const out = op1('SparseMatMul', [x, y], { transpose_a: transposeA, transpose_b: transposeB, a_is_sparse: aIsSparse, b_is_sparse: bIsSparse }, scope);
      return dx === bfloat16 && dy === bfloat16 ? inScope(null, 'Cast', [out], (cast) => op1('Cast', [out], { DstT: bfloat16 }, cast)) : out;
    }
    return op1('MatMul', [x, y], { transpose_a: transposeA, transpose_b: transposeB }, scope);
  });
}

defineOp('SparseMatMul', {
  shape: matMulShape,
  grad: grad1((op, g) => {
    const [a, b] = [inputOf(op, 0), inputOf(op, 1)];
    const flag = (name: string): boolean => op.getAttr(name) === true;
    const sparse = new Map<Tensor, boolean>([[a, flag('a_is_sparse')], [b, flag('b_is_sparse')], [g, g.op.type === 'ReluGrad']]);
    const product = (x: Tensor, y: Tensor, dtype: DType, transposeA: boolean, turned: boolean): Tensor => {
      const flags = { aIsSparse: sparse.get(x)!, bIsSparse: sparse.get(y)! };
      const out = multiplied(x, turned ? transpose(y) : y, { transposeA, ...flags });
      return out.dtype === dtype ? out : inScope(null, 'Cast', [out], (cast) => op1('Cast', [out], { DstT: dtype }, cast));
    };
    const [ta, tb] = [flag('transpose_a'), flag('transpose_b')];
    if (!ta) {
      const ga = product(g, b, a.dtype, false, !tb);
      return [ga, tb ? product(g, a, b.dtype, true, false) : product(a, g, b.dtype, true, false)];
    }
    const ga = product(b, g, a.dtype, tb, true);
    return [ga, tb ? product(g, a, b.dtype, true, true) : product(a, g, b.dtype, false, false)];
  }),
});
interface SparseMatMulParams { a: TensorLike; b: TensorLike; transposeA?: boolean; transposeB?: boolean; aIsSparse?: boolean; bIsSparse?: boolean; name?: string | null }
/** `tf.sparse_matmul`: the float32 product of two matrices of float32 or bfloat16 with many zeros (which are multiplied here as others are). */
export const sparseMatmul = api('sparseMatmul', ['a', 'b', 'transposeA', 'transposeB', 'aIsSparse', 'bIsSparse', 'name'], (p: SparseMatMulParams): Tensor =>
  op1('SparseMatMul', [p.a, p.b], { transpose_a: p.transposeA ?? false, transpose_b: p.transposeB ?? false, a_is_sparse: p.aIsSparse ?? false, b_is_sparse: p.bIsSparse ?? false }, p.name), { required: 2 });
/**
 * `tf.matmul`: matrix product of the last two dimensions; leading ones broadcast. `transpose*` and `adjoint*` (conjugate
 * transpose) apply to the operands. Errors: ValueError when ranks or inner sizes do not fit; TypeError when dtypes differ.
 */
export const matmul = api('matmul', ['a', 'b', 'transposeA', 'transposeB', 'adjointA', 'adjointB', 'aIsSparse', 'bIsSparse', 'name'], (p: {
  a: TensorLike; b: TensorLike; transposeA?: boolean; transposeB?: boolean; adjointA?: boolean; adjointB?: boolean; aIsSparse?: boolean; bIsSparse?: boolean; name?: string | null;
}) => multiplied(p.a, p.b, p), { required: 2 });

// --- tensordot -----------------------------------------------------------------------------------------------------

/** A tensor as a matrix of contracted and free axes. */
interface Flattened { readonly matrix: Tensor; readonly free: readonly number[] | Tensor; readonly freeStatic: readonly Dim[] | null }

function flattened(t: Tensor, contracted: readonly number[] | Tensor, flipped: boolean): Flattened {
  const dims = t.shape.dims;
  const join = <T>(axes: readonly T[], free: readonly T[]): T[] => (flipped ? [...axes, ...free] : [...free, ...axes]);
  const product = (list: readonly number[]): number => list.reduce((x, y) => x * y, 1);
  if (dims !== null && !(contracted instanceof Tensor)) {
    const axes = contracted.map((i) => (i >= 0 ? i : i + dims.length));
    const free = dims.map((_, i) => i).filter((i) => !axes.includes(i));
    const freeDims = free.map((i) => dims[i]!);
    const known = knownShape(t);
    if (known) {
      const shape = join([product(axes.map((i) => known[i]!))], [product(free.map((i) => known[i]!))]);
      return { matrix: op1('Reshape', [transposed(t, int32Vector(join(axes, free))), int32Vector(shape)]), free: freeDims as number[], freeStatic: freeDims };
    }
    const axesTensor = indexTensor(int32Vector(axes), 'axes');
    return flattenedAtRun(t, shapeTensorAfter(() => indexTensor(int32Vector(free), 'free'), t), axesTensor, flipped, freeDims);
  }
  const shape = shapeTensor(t);
  const n = rankTensor(t);
  const given = indexTensor(contracted instanceof Tensor ? contracted : int32Vector(contracted), 'axes', int32);
  const positive = given.greaterEqual(0);
  const axes = op1('Select', [positive, given, given.add(n)]);
  const order = op1('Range', [scalarOf(0, int32), n, scalarOf(1, int32)], undefined, 'range');
  const free = applyOp('ListDiff', [order, axes], { out_idx: int32 }).outputs[0]!;
  return flattenedAtRun(t, { free, shape }, axes, flipped, null);
}
/** The free axes first, then the shape: the order in which TF makes these nodes. */
function shapeTensorAfter(free: () => Tensor, t: Tensor): { free: Tensor; shape: Tensor } {
  const f = free();
  return { free: f, shape: shapeTensor(t) };
}
function flattenedAtRun(t: Tensor, { free, shape }: { free: Tensor; shape: Tensor }, axes: Tensor, flipped: boolean, freeStatic: readonly Dim[] | null): Flattened {
  const freeDims = op1('GatherV2', [shape, free, scalarOf(0, int32)]);
  const axesDims = op1('GatherV2', [shape, axes, scalarOf(0, int32)]);
  const freeCount = op1('Prod', [freeDims, allAxes(freeDims)]);
  const axesCount = op1('Prod', [axesDims, allAxes(axesDims)]);
  const perm = concatenated(flipped ? [axes, free] : [free, axes], 0);
  const newShape = stacked(flipped ? [axesCount, freeCount] : [freeCount, axesCount]);
  return { matrix: op1('Reshape', [transposed(t, perm), newShape]), free: freeDims, freeStatic };
}

/** Which axes of a and b are contracted. */
export type TensordotAxes = number | readonly [number | readonly number[], number | readonly number[]] | Tensor;
function contractedAxes(a: Tensor, axes: TensordotAxes): [readonly number[] | Tensor, readonly number[] | Tensor] {
  if (typeof axes === 'number') {
    if (axes < 0) throw new ValueError("'axes' must be at least 0.");
    const n = a.shape.ndims;
    const first = Array.from({ length: axes }, (_, i) => i);
    if (n !== null) {
      if (axes > n) throw new ValueError(`'axes' must not be larger than the number of dimensions of tensor ${String(a)}.`);
      return [first.map((i) => n - axes + i), first];
    }
    const rank = rankTensor(a);
    const tail = op1('Range', [rank.sub(axes), rank, scalarOf(1, int32)], undefined, 'range');
    return [tail, op1('Range', [scalarOf(0, int32), scalarOf(axes, int32), scalarOf(1, int32)], undefined, 'range')];
  }
  if (isTensorLike(axes)) {
    const t = convertToTensor(axes, { name: 'axes', dtype: int32 });
    const first = sliceWith(t, [0]);
    return [first, sliceWith(t, [1])];
  }
  const list = axes as readonly (number | readonly number[])[];
  if (list.length !== 2) throw new ValueError("'axes' must be an integer or have length 2.");
  const [x, y] = list.map((v) => (typeof v === 'number' ? [v] : v)) as [readonly number[], readonly number[]];
  if (x.length !== y.length) throw new ValueError(`Different number of contraction axes 'a' and 'b', ${x.length} != ${y.length}.`);
  return [x, y];
}
/** `tf.tensordot`: contraction of a and b over `axes`: a number of axes (the last of a with the first of b) or two lists. Errors: ValueError for axes that do not pair up. */
export const tensordot = api('tensordot', ['a', 'b', 'axes', 'name'], (p: { a: TensorLike; b: TensorLike; axes: TensordotAxes; name?: string | null }) =>
  inScope(p.name, 'Tensordot', [p.a, p.b, p.axes], (scope) => {
    const a = convertToTensor(p.a, { name: 'a' });
    const b = convertToTensor(p.b, { name: 'b', preferred: a.dtype.baseDtype });
    const [axesA, axesB] = contractedAxes(a, p.axes);
    const x = flattened(a, axesA, false);
    const y = flattened(b, axesB, true);
    const product = multiplied(x.matrix, y.matrix);
    if (!(x.free instanceof Tensor) && !(y.free instanceof Tensor)) return op1('Reshape', [product, int32Vector([...x.free, ...y.free])], undefined, scope);
    const asTensor = (f: readonly number[] | Tensor): Tensor => (f instanceof Tensor ? f : convertToTensor(int32Vector(f)));
    const freeA = asTensor(x.free);
    const out = op1('Reshape', [product, concatenated([freeA, asTensor(y.free)], 0)], undefined, scope);
    if (x.freeStatic && y.freeStatic) out.setShape([...x.freeStatic, ...y.freeStatic]);
    return out;
  }), { required: 3 });
