// Linear algebra. Follows python/ops/{linalg_ops,linalg_grad}.py and core/ops/linalg_ops.cc.
import { TensorShape } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { grad1 } from './building.ts';
import type { TensorLike } from './convert.ts';
import { multiplied } from './math_linear.ts';
import { op1 } from './op_def_library.ts';
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
