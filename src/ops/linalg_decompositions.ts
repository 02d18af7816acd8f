// QR, eigenvalues of self-adjoint matrices, singular values. Follows python/ops/{linalg_ops,linalg_grad}.py and core/ops/linalg_ops.cc (1.15).
import { NotImplementedError } from '../graph/errors.ts';
import { type Dim, TensorShape } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { eye, matrixBandPart, matrixDiag, matrixDiagPart, matrixSetDiag, matrixTranspose } from './array_diag.ts';
import { expandDims, shape as shapeOf } from './array_shape.ts';
import { ellipsis } from './array_slice.ts';
import { zerosLike } from './array_values.ts';
import { afterOps, inputOf } from './building.ts';
import type { TensorLike } from './convert.ts';
import { matrixTriangularSolve, squareMatrices } from './linalg_ops.ts';
import { real } from './math_complex.ts';
import { multiplied } from './math_linear.ts';
import { reciprocal, square } from './math_unary.ts';
import { applyOp } from './op_def_library.ts';
import { defineOp, type GradFn } from './registry.ts';
import type { ShapeFn } from './shape_inference.ts';
import { adjoint } from './special_math.ts';
import './tensor_operators.ts';

/** Batch, rows, columns and the lesser of them. */
function parts(s: TensorShape): { outer: Dim[]; m: Dim; n: Dim; p: Dim } | undefined {
  if (s.dims === null) return undefined;
  const [m, n] = s.dims.slice(-2) as [Dim, Dim];
  return { outer: s.dims.slice(0, -2), m, n, p: m === 0 || n === 0 ? 0 : m === null || n === null ? null : Math.min(m, n) };
}
const NONE = new TensorShape([0]);

const qrGrad: GradFn = (op, dq, dr) => {
  const [q, r] = op.outputs as readonly [Tensor, Tensor];
  if (q.dtype.isComplex) throw new NotImplementedError(`QrGrad not implemented for dtype: ${q.dtype.str}`);
  const [rows, columns] = r.shape.dims === null ? [null, null] : r.shape.dims.slice(-2) as [Dim, Dim];
  if (rows === null || columns === null) throw new NotImplementedError('QrGrad not implemented with dynamic shapes.');
  if (rows !== columns) throw new NotImplementedError('QrGrad not implemented when ncols > nrows or full_matrices is true and ncols != nrows.');
  const skew = (x: Tensor): Tensor => x.sub(adjoint(x));
  const qdq = multiplied(q, dq!, { adjointA: true });
  const ofQ = skew(qdq);
  const ofR = skew(multiplied(r, dr!, { adjointB: true }));
  const lower = matrixBandPart(ofQ.add(ofR), -1, 0);
  const solve = (x: Tensor): Tensor => adjoint(matrixTriangularSolve(r, adjoint(x), { lower: false, adjoint: false }));
  const gradA = multiplied(q, dr!.add(solve(lower)));
  return [gradA.add(solve(dq!.sub(multiplied(q, qdq))))];
};
const qrShape: ShapeFn = (c) => {
  const s = c.withRankAtLeast(c.input(0), 2), d = parts(s);
  if (!d) return [s, s];
  const p = c.bool('full_matrices') ? d.m : d.p;
  return [new TensorShape([...d.outer, d.m, p]), new TensorShape([...d.outer, p, d.n])];
};
defineOp('Qr', { shape: qrShape, grad: qrGrad });
/** `tf.qr` (`tf.linalg.qr`): `{ q, r }` with q r the input, q of orthonormal columns and r upper triangular, for `[..., m, n]` matrices. */
export const qr = api('qr', ['input', 'fullMatrices', 'name'], (p: { input: TensorLike; fullMatrices?: boolean; name?: string | null }) => {
  const [q, r] = applyOp('Qr', [p.input], { full_matrices: p.fullMatrices ?? false }, p.name).outputs as readonly [Tensor, Tensor];
  return { q, r };
}, { required: 1 });

const eigGrad: GradFn = (op, gradE, gradV) => [afterOps([gradE!, gradV!], () => {
  const e = op.outputs[0]!;
  let gradA: Tensor;
  if (op.getAttr('compute_v') === true) {
    const v = op.outputs[1]!;
    const f = matrixSetDiag(reciprocal(expandDims(e, -2).sub(expandDims(e, -1))), zerosLike(e));
    const inner = matrixDiag(gradE!).add(f.mul(multiplied(v, gradV!, { adjointA: true })));
    gradA = multiplied(v, multiplied(inner, v, { adjointB: true }));
  } else {
    const [, v] = selfAdjointEig(inputOf(op, 0));
    gradA = multiplied(v, multiplied(matrixDiag(gradE!), v, { adjointB: true }));
  }
  gradA = matrixBandPart(gradA.add(adjoint(gradA)), -1, 0);
  return matrixSetDiag(gradA, matrixDiagPart(gradA).rmul(0.5));
})];
defineOp('SelfAdjointEigV2', {
  shape: (c) => {
    const s = squareMatrices(c)[0]!;
    return [s.dims === null ? s : new TensorShape(s.dims.slice(0, -1)), c.bool('compute_v') ? s : NONE];
  },
  grad: eigGrad,
});
interface OfTensor { tensor: TensorLike; name?: string | null }
/** `tf.self_adjoint_eig` (`tf.linalg.eigh`): [eigenvalues, ascending; eigenvectors in the columns] of `[..., n, n]` self-adjoint matrices, of which only the lower part is read. */
export const selfAdjointEig = api('selfAdjointEig', ['tensor', 'name'], (p: OfTensor): [e: Tensor, v: Tensor] => [...applyOp('SelfAdjointEigV2', [p.tensor], { compute_v: true }, p.name).outputs] as [Tensor, Tensor], { required: 1 });
/** `tf.self_adjoint_eigvals` (`tf.linalg.eigvalsh`): the eigenvalues alone. */
export const selfAdjointEigvals = api('selfAdjointEigvals', ['tensor', 'name'], (p: OfTensor): Tensor => applyOp('SelfAdjointEigV2', [p.tensor], { compute_v: false }, p.name).outputs[0]!, { required: 1 });

const svdGrad: GradFn = (op, gradS, ...grads) => {
  const a = inputOf(op, 0);
  let shape = a.shape.withRankAtLeast(2);
  const ofS = matrixDiag(gradS!);
  const shaped = (g: Tensor): readonly Tensor[] => { g.setShape(shape); return [g]; };
  if (op.getAttr('compute_uv') !== true) {
    const [, u, v] = svd(a, { computeUv: true });
    return shaped(multiplied(u, multiplied(ofS, v, { adjointB: true })));
  }
  const full = op.getAttr('full_matrices') === true;
  if (a.dtype.isComplex) throw new NotImplementedError('SVD gradient is not implemented for complex types and compute_uv=True.');
  let [gradU, gradV] = grads as [Tensor, Tensor];
  const [ofU, ofV] = [gradU.shape.withRankAtLeast(2), gradV.shape.withRankAtLeast(2)];
  const merged = (i: Dim, j: Dim): Dim => new TensorShape([i]).mergeWith([j]).dims![0]!;
  let m = merged(shape.at(-2).value, ofU.at(-2).value), n = merged(shape.at(-1).value, ofV.at(-2).value);
  shape = shape.slice(0, -2).mergeWith(ofU.slice(0, -2)).mergeWith(ofV.slice(0, -2)).concatenate([m, n]);
  if (m === null || n === null) throw new NotImplementedError('SVD gradient has not been implemented for input with unknown inner matrix shape.');
  const s = op.outputs[0]!;
  let [u, v] = op.outputs.slice(1) as [Tensor, Tensor];
  const turned = m > n;
  if (turned) [m, n, u, v, gradU, gradV] = [n, m, v, u, gradV, gradU];
  const [rows, columns] = [m, n];
  return shaped(afterOps([gradS!, ...(grads as Tensor[])], () => {
    if (full && Math.abs(rows - columns) > 1) throw new NotImplementedError('svd gradient is not implemented for abs(m - n) > 1 when full_matrices is True');
    const ofValues = matrixDiag(s);
    const squares = square(s);
    const sizes = shapeOf(s);
    const size = sizes.at(-1);
    const unit = eye(size, { batchShape: sizes.at([null, -1]), dtype: s.dtype });
    const f = matrixSetDiag(reciprocal(expandDims(squares, -2).sub(expandDims(squares, -1)).add(unit)), zerosLike(s));
    const inverse = matrixDiag(reciprocal(s));
    const first = (x: Tensor): Tensor => x.at(ellipsis, null, [null, rows]);
    const [v1, gradV1] = [first(v), first(gradV)];
    const uGu = multiplied(u, gradU, { adjointA: true });
    const vGv = multiplied(v1, gradV1, { adjointA: true });
    const [fU, fV] = [f.mul(uGu), f.mul(vGv)];
    const inner = ofS.add(multiplied(fU.add(adjoint(fU)), ofValues)).add(multiplied(ofValues, fV.add(adjoint(fV))));
    let g = multiplied(u, multiplied(inner, v1, { adjointB: true }));
    if (rows !== columns) {
      const across = matrixTranspose(gradV1);
      let rest = across.sub(multiplied(multiplied(across, v1), v1, { adjointB: true }));
      if (full) {
        const last = (x: Tensor): Tensor => x.at(ellipsis, null, [rows, columns]);
        const [v2, gradV2] = [last(v), last(gradV)];
        rest = rest.sub(multiplied(multiplied(v1, gradV2, { adjointA: true }), v2, { adjointB: true }));
      }
      g = g.add(multiplied(multiplied(u, inverse), rest));
    }
    return turned ? matrixTranspose(g) : g;
  }));
};
defineOp('Svd', {
  shape: (c) => {
    const s = c.withRankAtLeast(c.input(0), 2), d = parts(s), uv = c.bool('compute_uv'), full = c.bool('full_matrices');
    if (!d) return [s, uv ? s : NONE, uv ? s : NONE];
    const vectors = (rows: Dim): TensorShape => (uv ? new TensorShape([...d.outer, rows, full ? rows : d.p]) : NONE);
    return [new TensorShape([...d.outer, d.p]), vectors(d.m), vectors(d.n)];
  },
  grad: svdGrad,
});
interface Svd { tensor: TensorLike; fullMatrices?: boolean; name?: string | null }
function svdOf(p: Svd & { computeUv?: boolean }): Tensor | [s: Tensor, u: Tensor, v: Tensor] {
  const [s, u, v] = applyOp('Svd', [p.tensor], { compute_uv: p.computeUv ?? true, full_matrices: p.fullMatrices ?? false }, p.name).outputs as readonly [Tensor, Tensor, Tensor];
  return p.computeUv ?? true ? [real(s), u, v] : real(s);
}
interface SvdFunction {
  (tensor: TensorLike, options: { computeUv: false; fullMatrices?: boolean; name?: string | null }): Tensor;
  (tensor: TensorLike, fullMatrices?: boolean | { computeUv?: true; fullMatrices?: boolean; name?: string | null }): [s: Tensor, u: Tensor, v: Tensor];
  (...args: unknown[]): Tensor | [s: Tensor, u: Tensor, v: Tensor];
}
/** `tf.svd` (`tf.linalg.svd`): [singular values, descending; u; v] with u diag(s) v* the input, for `[..., m, n]` matrices; the values alone without `computeUv`. u and v have min(m, n) columns, or all
 * of them with `fullMatrices`. Vectors are known up to a sign (a phase) of each pair. */
export const svd = api('svd', ['tensor', 'fullMatrices', 'computeUv', 'name'], svdOf, { required: 1 }) as SvdFunction;
