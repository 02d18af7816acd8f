// Linear systems: inverses, determinants, solvers, Cholesky and LU. Follows python/ops/{linalg_ops,linalg_grad}.py, linalg/linalg_impl.py and
// core/ops/linalg_ops.cc (1.15). Decompositions: linalg_decompositions.ts.
import { complex128, type DType, int32 } from '../graph/dtype.ts';
import { NotImplementedError, ValueError } from '../graph/errors.ts';
import { TensorShape } from '../graph/shape.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { eye, matrixBandPart, matrixDiagPart, matrixSetDiag, matrixTranspose } from './array_diag.ts';
import { concat } from './array_join.ts';
import { reshape, shape as shapeOf } from './array_shape.ts';
import { grad1, inputOf, inScope, int32Vector } from './building.ts';
import { cond } from './cond.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { castTensor } from './math_cast.ts';
import { real } from './math_complex.ts';
import { multiplied } from './math_linear.ts';
import { reduceSum } from './math_reduce.ts';
import { log } from './math_unary.ts';
import { applyOp, op1 } from './op_def_library.ts';
import { defineOp, type Grad } from './registry.ts';
import type { ShapeContext, ShapeFn } from './shape_inference.ts';
import { dimOf, subshape } from './shape_fns.ts';
import { adjoint } from './special_math.ts';
import './tensor_operators.ts';

/** A batch of square matrices, unchanged. */
export const squareMatrices: ShapeFn = (c) => {
  const { dims } = c.withRankAtLeast(c.input(0), 2);
  if (dims === null) return [c.input(0)];
  const n = c.mergeDim(dims[dims.length - 2]!, dims[dims.length - 1]!);
  return [new TensorShape([...dims.slice(0, -2), n, n])];
};
/** One number for each square matrix. */
const perMatrix = (c: ShapeContext): TensorShape => {
  const s = c.withRankAtLeast(c.input(0), 2);
  c.mergeDim(dimOf(s, -1), dimOf(s, -2));
  return subshape(s, 0, -2);
};
/** [..., m, n] and [..., m, k] to [..., n, k]. */
const systems = (square: boolean): ShapeFn => (c) => {
  const a = square ? squareMatrices(c)[0]! : c.withRankAtLeast(c.input(0), 2);
  const b = c.withRankAtLeast(c.input(1), 2);
  const batch = c.merge(subshape(a, 0, -2), subshape(b, 0, -2));
  const m = c.mergeDim(dimOf(a, -2), dimOf(b, -2));
  const n = square ? c.mergeDim(m, dimOf(a, -1)) : dimOf(a, -1);
  return [batch.concatenate([n, dimOf(b, -1)])];
};

interface Input { input: TensorLike; name?: string | null }
const INPUT = ['input', 'name'] as const;

// --- inverses and determinants --------------------------------------------------------------------------------------------

defineOp('MatrixInverse', {
  shape: squareMatrices,
  grad: grad1((op, grad) => {
    const inverse = op.outputs[0]!;
    return [multiplied(inverse, multiplied(grad, inverse, { adjointB: true }), { adjointA: true }).neg()];
  }),
});
/** `tf.matrix_inverse` (`tf.linalg.inv`): inverses of `[..., n, n]` matrices, of their conjugate transposes with `adjoint`. A run fails with
 * InvalidArgumentError when one is not invertible. */
export const matrixInverse = api('matrixInverse', ['input', 'adjoint', 'name'], (p: Input & { adjoint?: boolean }): Tensor =>
  op1('MatrixInverse', [p.input], { adjoint: p.adjoint ?? false }, p.name), { required: 1 });

/** A gradient of one number for each matrix, times the inverse of its adjoint. */
function timesInverse(op: Operation, factor: () => Tensor, like: Tensor): readonly Grad[] {
  const inverse = matrixInverse(inputOf(op, 0), { adjoint: true });
  const factors = reshape(factor(), concat([shapeOf(like), int32Vector([1, 1])], 0));
  return [factors.mul(inverse)];
}
defineOp('MatrixDeterminant', { shape: (c) => [perMatrix(c)], grad: grad1((op, g) => timesInverse(op, () => g.mul(op.outputs[0]!), op.outputs[0]!)) });
defineOp('LogMatrixDeterminant', { shape: (c) => [perMatrix(c), perMatrix(c)], grad: (op, _sign, g) => timesInverse(op, () => g!, op.outputs[1]!) });
/** `tf.matrix_determinant` (`tf.linalg.det`): determinants of `[..., n, n]` matrices. */
export const matrixDeterminant = api('matrixDeterminant', INPUT, (p: Input): Tensor => op1('MatrixDeterminant', [p.input], undefined, p.name), { required: 1 });
/** `tf.linalg.slogdet`: `{ sign, logAbsDeterminant }` of `[..., n, n]` matrices: determinants beyond the range of their dtype too. */
export const slogdet = api('slogdet', INPUT, (p: Input) => {
  const [sign, logAbsDeterminant] = applyOp('LogMatrixDeterminant', [p.input], undefined, p.name).outputs as readonly [Tensor, Tensor];
  return { sign, logAbsDeterminant };
}, { required: 1 });
/** `tf.linalg.logdet`: logarithms of the determinants of positive definite matrices. */
export const logdet = api('logdet', ['matrix', 'name'], (p: { matrix: TensorLike; name?: string | null }): Tensor => inScope(p.name, 'logdet', [p.matrix], () =>
  reduceSum(log(real(matrixDiagPart(cholesky(p.matrix)))), { axis: [-1] }).rmul(2)), { required: 1 });

// --- solvers -----------------------------------------------------------------------------------------------------------------

/** Gradients of x with a x = b (or a* x = b): of the matrix (by `part` of it) and of the right-hand side. */
function systemGrads(op: Operation, gradB: Tensor, part: (g: Tensor) => Tensor = (g) => g): readonly Grad[] {
  const x = op.outputs[0]!;
  const gradA = (op.getAttr('adjoint') === true ? multiplied(x, gradB, { adjointB: true }) : multiplied(gradB, x, { adjointB: true })).neg();
  return [part(gradA), gradB];
}
defineOp('MatrixSolve', { shape: systems(true), grad: grad1((op, g) => systemGrads(op, matrixSolve(inputOf(op, 0), g, { adjoint: op.getAttr('adjoint') !== true }))) });
defineOp('MatrixTriangularSolve', {
  shape: systems(true),
  grad: grad1((op, g) => {
    const lower = op.getAttr('lower') === true;
    const gradB = matrixTriangularSolve(inputOf(op, 0), g, { lower, adjoint: op.getAttr('adjoint') !== true });
    return systemGrads(op, gradB, (a) => matrixBandPart(a, lower ? -1 : 0, lower ? 0 : -1));
  }),
});
interface System { matrix: TensorLike; rhs: TensorLike; adjoint?: boolean; name?: string | null }
/** `tf.matrix_solve` (`tf.linalg.solve`): x with matrix x = rhs (`adjoint`: with its conjugate transpose) for `[..., n, n]` and `[..., n, k]`. A run fails with
 * InvalidArgumentError when a matrix is not invertible. */
export const matrixSolve = api('matrixSolve', ['matrix', 'rhs', 'adjoint', 'name'], (p: System): Tensor => op1('MatrixSolve', [p.matrix, p.rhs], { adjoint: p.adjoint ?? false }, p.name), { required: 2 });
/** `tf.matrix_triangular_solve` (`tf.linalg.triangular_solve`): the same for triangular matrices, of which only the lower (default) or upper part is read. */
export const matrixTriangularSolve = api('matrixTriangularSolve', ['matrix', 'rhs', 'lower', 'adjoint', 'name'], (p: System & { lower?: boolean }): Tensor =>
  op1('MatrixTriangularSolve', [p.matrix, p.rhs], { lower: p.lower ?? true, adjoint: p.adjoint ?? false }, p.name), { required: 2 });

defineOp('Cholesky', {
  shape: squareMatrices,
  grad: grad1((op, g) => {
    const l = op.outputs[0]!;
    const rows = shapeOf(l).at(-1);
    const batchShape = shapeOf(l).at([null, -2]);
    const inverse = matrixTriangularSolve(l, eye(rows, { batchShape, dtype: l.dtype }));
    let middle = multiplied(l, g, { adjointA: true });
    middle = matrixSetDiag(middle, matrixDiagPart(middle).rmul(0.5));
    middle = matrixBandPart(middle, -1, 0);
    const half = multiplied(multiplied(inverse, middle, { adjointA: true }), inverse);
    return [half.add(adjoint(half)).mul(0.5)];
  }),
});
/** `tf.cholesky` (`tf.linalg.cholesky`): lower triangular L with L L* the input, for `[..., n, n]` positive definite
 * matrices (only their lower part is read). A run fails with InvalidArgumentError for others. */
export const cholesky = api('cholesky', INPUT, (p: Input): Tensor => op1('Cholesky', [p.input], undefined, p.name), { required: 1 });
/** `tf.cholesky_solve` (`tf.linalg.cholesky_solve`): x with a x = rhs, given the Cholesky factor `chol` of a. */
export const choleskySolve = api('choleskySolve', ['chol', 'rhs', 'name'], (p: { chol: TensorLike; rhs: TensorLike; name?: string | null }): Tensor => inScope(p.name, 'cholesky_solve', [p.chol, p.rhs], () =>
  matrixTriangularSolve(p.chol, matrixTriangularSolve(p.chol, p.rhs, { adjoint: false, lower: true }), { adjoint: true, lower: true })), { required: 2 });

defineOp('Lu', { shape: (c) => { const [s] = squareMatrices(c); return [s!, s!.dims === null ? s! : new TensorShape(s!.dims.slice(0, -1))]; } });
/** `tf.linalg.lu`: `{ lu, p }`: L (unit lower) and U in one matrix, and which rows of the input they are the product of. A run fails with InvalidArgumentError when a matrix is not invertible. */
export const lu = api('lu', ['input', 'outputIdxType', 'name'], (p: Input & { outputIdxType?: DType }) => {
  const [both, rows] = applyOp('Lu', [p.input], { output_idx_type: p.outputIdxType ?? int32 }, p.name).outputs as readonly [Tensor, Tensor];
  return { lu: both, p: rows };
}, { required: 1 });

// --- least squares -------------------------------------------------------------------------------------------------------------

/** The Cholesky factor of a* a (`first`) or a a*, plus a multiple of the identity. */
function gramianCholesky(matrix: Tensor, regularizer: number | Tensor, first: boolean): Tensor {
  let gramian = multiplied(matrix, matrix, { adjointA: first, adjointB: !first });
  if (typeof regularizer !== 'number' || regularizer !== 0) {
    const shape = shapeOf(matrix);
    const batchShape = shape.at([null, -2]);
    const identity = eye(shape.at(first ? -1 : -2), { batchShape, dtype: matrix.dtype });
    const n = matrix.shape.at(first ? -1 : -2).value;
    identity.setShape(matrix.shape.slice(0, -2).concatenate([n, n]));
    gramian = gramian.add(typeof regularizer === 'number' ? identity.rmul(regularizer) : regularizer.mul(identity));
  }
  return cholesky(gramian);
}
/** One of two ways, by whether a matrix has at least as many rows as columns. */
function byForm<R>(matrix: Tensor, over: () => R, under: () => R): R {
  const inner = matrix.shape.slice(-2);
  if (inner.isFullyDefined) return inner.dims![0]! >= inner.dims![1]! ? over() : under();
  const shape = shapeOf(matrix).at([-2, null]);
  return cond(shape.at(-2).greaterEqual(shape.at(-1)), over as () => never, under as () => never) as R;
}
defineOp('MatrixSolveLs', {
  shape: (c) => { c.withRank(c.input(2), 0); return systems(false)(c); },
  grad: grad1((op, g) => {
    const [a, b] = [inputOf(op, 0), inputOf(op, 1)];
    if (op.getAttr('fast') === false) throw new ValueError('Gradient not defined for fast=False');
    const regularizer = (): Tensor => castTensor(inputOf(op, 2), a.dtype.baseDtype);
    const grads = byForm<Tensor[]>(a, () => {
      const z = choleskySolve(gramianCholesky(a, regularizer(), true), g);
      const xz = multiplied(op.outputs[0]!, z, { adjointB: true });
      const symmetric = xz.add(matrixTranspose(xz));
      const gradA = multiplied(a, symmetric).neg().add(multiplied(b, z, { adjointB: true }));
      return [gradA, multiplied(a, z)];
    }, () => {
      const chol = gramianCholesky(a, regularizer(), false);
      const gradB = choleskySolve(chol, multiplied(a, g));
      const back = choleskySolve(chol, b);
      const a1 = multiplied(gradB, multiplied(back, a, { adjointA: true })).neg();
      const rest = g.sub(multiplied(a, gradB, { adjointA: true }));
      return [a1.add(multiplied(back, rest, { adjointB: true })), gradB];
    });
    return [...grads, null];
  }),
});
/** Bytes beyond which a batch of small matrices is left to the op. */
const LARGE = 256_000;
interface LeastSquares { matrix: TensorLike; rhs: TensorLike; l2Regularizer?: number; fast?: boolean; name?: string | null }
/** `tf.matrix_solve_ls` (`tf.linalg.lstsq`): x that makes |matrix x - rhs|^2 + l2Regularizer |x|^2 least, for `[..., m, n]` and `[..., m, k]`; of many, the shortest. By the normal equations, or
 * (not `fast`) in a way that takes matrices of any rank. Errors: NotImplementedError for complex128 with a regularizer, as in TensorFlow. */
export const matrixSolveLs = api('matrixSolveLs', ['matrix', 'rhs', 'l2Regularizer', 'fast', 'name'], (p: LeastSquares): Tensor => {
  const matrix = convertToTensor(p.matrix, { name: 'matrix' });
  const [l2, fast] = [p.l2Regularizer ?? 0, p.fast ?? true];
  if (matrix.dtype.baseDtype === complex128 && l2 !== 0) throw new NotImplementedError('matrix_solve_ls is currently disabled for complex128 and l2_regularizer != 0 due to poor accuracy.');
  const { shape } = matrix;
  const large = shape.isFullyDefined && shape.numElements! * matrix.dtype.size > LARGE && shape.slice(0, -2).numElements! > Math.min(...shape.slice(-2).dims as number[]);
  if (!fast || large) return op1('MatrixSolveLs', [matrix, p.rhs, l2], { fast }, p.name);
  return inScope(p.name, 'matrix_solve_ls', [matrix, p.rhs], () => byForm(matrix, () => {
    const chol = gramianCholesky(matrix, l2, true);
    return choleskySolve(chol, multiplied(matrix, p.rhs, { adjointA: true }));
  }, () => multiplied(matrix, choleskySolve(gramianCholesky(matrix, l2, false), p.rhs), { adjointA: true })));
}, { required: 2 });
