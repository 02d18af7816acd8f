// Diagonals and bands of matrices, and those of tensors of higher rank. Follows array_ops.py, linalg_ops_impl.py, array_grad.py and
// core/ops/array_ops.cc (1.15, whose functions still make the first versions of these ops).
import { type DType, float32, int32 } from '../graph/dtype.ts';
import { TypeError, ValueError } from '../graph/errors.ts';
import { type Dim, TensorShape, UNKNOWN_SHAPE } from '../graph/shape.ts';
import { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { concat } from './array_join.ts';
import { rank as rankOf, shape as shapeOf, transpose } from './array_shape.ts';
import { ones, zeros, zerosLike } from './array_values.ts';
import { slice } from './array_slice.ts';
import { colocatedWith, grad1, inputOf, inScope } from './building.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { minimum } from './math_binary.ts';
import { reduceMin, reduceSum } from './math_reduce.ts';
import { op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { dimOf, subshape } from './shape_fns.ts';
import './tensor_operators.ts';

const lesser = (a: Dim, b: Dim): Dim => (a === 0 || b === 0 ? 0 : a === null || b === null ? null : Math.min(a, b));

defineOp('Diag', { shape: (c) => { const s = c.withRankAtLeast(c.input(0), 1); return [s.concatenate(s)]; }, grad: grad1((_, g) => [diagPart(g)]) });
defineOp('DiagPart', {
  shape: (c) => {
    const { dims } = c.input(0);
    if (dims === null) return [UNKNOWN_SHAPE];
    if (dims.length % 2 !== 0 || dims.length === 0) c.fail(`Input must have even and non-zero rank, input rank is ${dims.length}`);
    return [new TensorShape(dims.slice(0, dims.length / 2).map((d, i) => c.mergeDim(d, dims[i + dims.length / 2]!)))];
  },
  grad: grad1((_, g) => [diag(g)]),
});
defineOp('MatrixDiag', { shape: (c) => { const s = c.withRankAtLeast(c.input(0), 1); return [s.dims === null ? UNKNOWN_SHAPE : new TensorShape([...s.dims, s.dims.at(-1)!])]; }, grad: grad1((_, g) => [matrixDiagPart(g)]) });
defineOp('MatrixDiagPart', {
  shape: (c) => { const s = c.withRankAtLeast(c.input(0), 2); return [s.dims === null ? UNKNOWN_SHAPE : new TensorShape([...s.dims.slice(0, -2), lesser(s.dims.at(-2)!, s.dims.at(-1)!)])]; },
  grad: grad1((op, g) => {
    const [rows, columns] = inputOf(op, 0).shape.dims?.slice(-2) ?? [];
    const square = rows !== undefined && columns !== undefined && rows !== null && rows === columns;
    return [square ? matrixDiag(g) : matrixSetDiag(zerosLike(inputOf(op, 0)), g)];
  }),
});
defineOp('MatrixSetDiag', {
  shape: (c) => {
    const s = c.withRankAtLeast(c.input(0), 2), d = c.withRankAtLeast(c.input(1), 1);
    const small = lesser(dimOf(s, -2), dimOf(s, -1));
    if (s.dims !== null) c.merge(d, new TensorShape([...s.dims.slice(0, -2), small]));
    if (s.dims !== null || d.dims === null) return [s];
    return [new TensorShape([...d.dims.slice(0, -1), null, null])];
  },
  grad: grad1((op, g) => {
    const s = inputOf(op, 0).shape.mergeWith(g.shape), d = inputOf(op, 1).shape;
    const batch = subshape(s, 0, -2).mergeWith(subshape(d, 0, -1)), matrix = subshape(s, -2);
    let shape: TensorLike;
    if (batch.isFullyDefined && matrix.isFullyDefined) shape = [...batch.dims as number[], Math.min(...matrix.dims as number[])];
    else {
      shape = colocatedWith(g, () => {
        const all = shapeOf(g);
        const n = rankOf(g);
        const outer = slice(all, [0], [n.sub(2)] as unknown as TensorLike);
        const inner = slice(all, [n.sub(2)] as unknown as TensorLike, [2]);
        return concat([outer, [reduceMin(inner)] as unknown as TensorLike], 0);
      });
    }
    return [matrixSetDiag(g, zeros(shape as Tensor, g.dtype)), matrixDiagPart(g)];
  }),
});
defineOp('MatrixBandPart', { shape: (c) => [c.input(0)], grad: grad1((op, g) => [matrixBandPart(g, inputOf(op, 1), inputOf(op, 2)), null, null]) });

/** `tf.diag` (`tf.linalg.tensor_diag`): a tensor of twice the rank with the values on its diagonal, zeros elsewhere. */
export const diag = api('diag', ['diagonal', 'name'], (p: { diagonal: TensorLike; name?: string | null }): Tensor => op1('Diag', [p.diagonal], {}, p.name), { required: 1 });
/** `tf.diag_part` (`tf.linalg.tensor_diag_part`): the diagonal of a tensor of even rank. */
export const diagPart = api('diagPart', ['input', 'name'], (p: { input: TensorLike; name?: string | null }): Tensor => op1('DiagPart', [p.input], {}, p.name), { required: 1 });

/** Diagonals other than the main one came with ops that TensorFlow 1.15's functions do not make yet. */
function onlyMain(p: { k?: TensorLike }): void { if (p.k !== undefined && p.k !== 0) throw new ValueError(`Only the main diagonal (k = 0) is supported, as in TensorFlow 1.15`); }
/** `tf.matrix_diag` (`tf.linalg.diag`): matrices with the vectors of the last dimension on their diagonals. */
export const matrixDiag = api('matrixDiag', ['diagonal', 'name', 'k', 'numRows', 'numCols', 'paddingValue'], (p: { diagonal: TensorLike; name?: string | null; k?: TensorLike; numRows?: TensorLike; numCols?: TensorLike; paddingValue?: TensorLike }): Tensor => {
  onlyMain(p);
  return op1('MatrixDiag', [p.diagonal], {}, p.name ?? 'diag');
}, { required: 1 });
/** `tf.matrix_diag_part` (`tf.linalg.diag_part`): the diagonals of matrices. */
export const matrixDiagPart = api('matrixDiagPart', ['input', 'name', 'k', 'paddingValue'], (p: { input: TensorLike; name?: string | null; k?: TensorLike; paddingValue?: TensorLike }): Tensor => {
  onlyMain(p);
  return op1('MatrixDiagPart', [p.input], {}, p.name ?? 'diag_part');
}, { required: 1 });
/** `tf.matrix_set_diag` (`tf.linalg.set_diag`): matrices with other diagonals. */
export const matrixSetDiag = api('matrixSetDiag', ['input', 'diagonal', 'name', 'k'], (p: { input: TensorLike; diagonal: TensorLike; name?: string | null; k?: TensorLike }): Tensor => {
  onlyMain(p);
  return op1('MatrixSetDiag', [p.input, p.diagonal], {}, p.name ?? 'set_diag');
}, { required: 2 });
/** `tf.matrix_band_part` (`tf.linalg.band_part`): matrices with zeros beyond `numLower` sub- and `numUpper` superdiagonals; negative: all of them. */
export const matrixBandPart = api('matrixBandPart', ['input', 'numLower', 'numUpper', 'name'], (p: { input: TensorLike; numLower: TensorLike; numUpper: TensorLike; name?: string | null }): Tensor =>
  op1('MatrixBandPart', [p.input, p.numLower, p.numUpper], {}, p.name), { required: 3 });

/** `tf.trace` (`tf.linalg.trace`): sums of the diagonals of matrices. */
export const trace = api('trace', ['x', 'name'], (p: { x: TensorLike; name?: string | null }): Tensor => inScope(p.name, 'Trace', [p.x], (scope) => reduceSum(matrixDiagPart(convertToTensor(p.x, { name: 'x' })), { axis: [-1], name: scope })), { required: 1 });

/** `tf.matrix_transpose` (`tf.linalg.matrix_transpose`): the last two dimensions swapped. Errors: ValueError below rank 2. */
export const matrixTranspose = api('matrixTranspose', ['a', 'name', 'conjugate'], (p: { a: TensorLike; name?: string; conjugate?: boolean }): Tensor => inScope(p.name ?? 'matrix_transpose', '', [p.a], () => {
  const a = convertToTensor(p.a, { name: 'a' });
  const n = a.shape.ndims;
  if (n !== null && n < 2) throw new ValueError(`Argument 'a' should be a (batch) matrix, with rank >= 2.  Found: ${a.shape}`);
  let perm: TensorLike;
  if (n !== null) perm = [...Array.from({ length: n - 2 }, (_, i) => i), n - 1, n - 2];
  else {
    const r = rankOf(a);
    const outer = op1('Range', [0, r.sub(2), 1], {}, 'Range');
    perm = concat([outer, [r.sub(1), r.sub(2)] as unknown as TensorLike], 0);
  }
  return transpose(a, { perm, conjugate: p.conjugate ?? false });
}), { required: 1 });

type Size = number | Tensor;
interface Eye { numRows: Size; numColumns?: Size | null; batchShape?: readonly number[] | Tensor | null; dtype?: DType; name?: string | null }
/** `tf.eye` (`tf.linalg.eye`): identity matrices of float32 or `dtype`, one for each element of `batchShape`. Errors: TypeError for sizes that are no integers. */
export const eye = api('eye', ['numRows', 'numColumns', 'batchShape', 'dtype', 'name'], (p: Eye): Tensor => inScope(p.name, 'eye', [p.numRows, p.numColumns, p.batchShape], () => {
  const dtype = p.dtype ?? float32;
  const [rows, columns] = [p.numRows, p.numColumns ?? p.numRows];
  let square = p.numColumns === undefined || p.numColumns === null;
  let size: Size;
  if (rows instanceof Tensor || columns instanceof Tensor) size = minimum(rows, columns);
  else {
    if (!Number.isInteger(rows) || !Number.isInteger(columns)) throw new TypeError('num_rows and num_columns must be positive integer values.');
    square = rows === columns;
    size = Math.min(rows, columns);
  }
  const batch = p.batchShape ?? [];
  let [diagonal, shape]: [TensorLike, TensorLike | undefined] = [[], undefined];
  if (batch instanceof Tensor || size instanceof Tensor) {
    const outer = convertToTensor(batch as TensorLike, { name: 'shape', dtype: int32 });
    diagonal = concat([outer, [size] as unknown as TensorLike], 0);
    if (!square) shape = concat([outer, [rows, columns] as unknown as TensorLike], 0);
  } else {
    diagonal = [...batch, size];
    if (!square) shape = [...batch, rows as number, columns as number];
  }
  const unit = ones(diagonal as Tensor, dtype);
  return shape === undefined ? matrixDiag(unit) : matrixSetDiag(zeros(shape as Tensor, dtype), unit);
}), { required: 1 });
