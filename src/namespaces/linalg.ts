// `tf.linalg`.
export { diag as tensorDiag, diagPart as tensorDiagPart, eye, matrixBandPart as bandPart, matrixDiag as diag, matrixDiagPart as diagPart, matrixSetDiag as setDiag, matrixTranspose, matrixTranspose as transpose, trace } from '../ops/array_diag.ts';
export { adjoint, cross, einsum, matvec, norm, normalize } from '../ops/special_math.ts';
export {
  cholesky, choleskySolve, logdet, lu, matrixDeterminant as det, matrixInverse as inv, matrixSolve as solve, matrixSolveLs as lstsq, matrixTriangularSolve as triangularSolve, slogdet,
} from '../ops/linalg_ops.ts';
export { qr, selfAdjointEig as eigh, selfAdjointEigvals as eigvalsh, svd } from '../ops/linalg_decompositions.ts';
export { matmul, tensordot } from '../ops/math_linear.ts';
export { globalNorm } from '../ops/clip_ops.ts';
export { l2Normalize } from '../ops/nn_impl.ts';
