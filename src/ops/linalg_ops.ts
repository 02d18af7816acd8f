// Linear algebra. Follows python/ops/{linalg_ops,linalg_grad}.py and core/ops/linalg_ops.cc.
import { TensorShape } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { grad1 } from './building.ts';
import type { TensorLike } from './convert.ts';
import { multiplied } from './math_linear.ts';
import { applyOp, op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import type { ShapeFn } from './shape_inference.ts';

/** A batch of square matrices, unchanged. */
const squareMatrices: ShapeFn = (c) => {
  const { dims } = c.withRankAtLeast(c.input(0), 2);
  if (dims === null) return [c.input(0)];
  const n = c.mergeDim(dims[dims.length - 2]!, dims[dims.length - 1]!);
  return [new TensorShape([...dims.slice(0, -2), n, n])];
};

defineOp('MatrixInverse', {
  shape: squareMatrices,
  grad: grad1((op, grad) => {
    const inverse = op.outputs[0]!;
    return [multiplied(inverse, multiplied(grad, inverse, { adjointB: true }), { adjointA: true }).neg()];
  }),
});
/** `tf.matrix_inverse` (`tf.linalg.inv`): inverses of `[..., n, n]` matrices, of their transposes with `adjoint`. A run fails with
 * InvalidArgumentError when one is not invertible. */
export const matrixInverse = api('matrixInverse', ['input', 'adjoint', 'name'], (p: { input: TensorLike; adjoint?: boolean; name?: string | null }): Tensor =>
  op1('MatrixInverse', [p.input], { adjoint: p.adjoint ?? false }, p.name), { required: 1 });

defineOp('Cholesky', { shape: squareMatrices });
/** `tf.cholesky` (`tf.linalg.cholesky`): lower triangular L with L Lᵀ the input, for `[..., n, n]` symmetric positive definite
 * matrices (only their lower part is read). A run fails with InvalidArgumentError for others. Not differentiable yet. */
export const cholesky = api('cholesky', ['input', 'name'], (p: { input: TensorLike; name?: string | null }): Tensor => op1('Cholesky', [p.input], undefined, p.name), { required: 1 });

defineOp('Qr', {
  shape: (c) => {
    const { dims } = c.withRankAtLeast(c.input(0), 2);
    if (dims === null) return [c.input(0), c.input(0)];
    const [m, n] = dims.slice(-2) as [number | null, number | null], outer = dims.slice(0, -2);
    if (c.bool('full_matrices')) return [new TensorShape([...outer, m, m]), new TensorShape([...outer, m, n])];
    const p = m === null || n === null ? null : Math.min(m, n);
    return [new TensorShape([...outer, m, p]), new TensorShape([...outer, p, n])];
  },
});
/** `tf.qr` (`tf.linalg.qr`): `{ q, r }` with q r the input, q of orthonormal columns and r upper triangular, for `[..., m, n]` matrices. Not differentiable yet. */
export const qr = api('qr', ['input', 'fullMatrices', 'name'], (p: { input: TensorLike; fullMatrices?: boolean; name?: string | null }) => {
  const [q, r] = applyOp('Qr', [p.input], { full_matrices: p.fullMatrices ?? false }, p.name).outputs as readonly [Tensor, Tensor];
  return { q, r };
}, { required: 1 });
