// Rows of different lengths, as string ops give them: values one after another and where rows begin. Only what those ops
// need is here; TensorFlow's ragged ops on them are not. Follows python/ops/ragged/{ragged_tensor,ragged_getitem}.py (1.15).
import { type DType, int32, int64 } from '../graph/dtype.ts';
import { ValueError } from '../graph/errors.ts';
import { type Dim, TensorShape, UNKNOWN_SHAPE } from '../graph/shape.ts';
import { Tensor } from '../graph/tensor.ts';
import { concat } from './array_join.ts';
import { bincount } from './array_select.ts';
import { expandDims, reshape, shape as shapeOf } from './array_shape.ts';
import { inScope, scalarOf } from './building.ts';
import { constantNode, convertToTensor, type TensorLike } from './convert.ts';
import { castTensor } from './math_cast.ts';
import { cumprod, cumsum } from './math_reduce.ts';
import { range } from './math_sequence.ts';
import { applyOp } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { matrix, vector } from './shape_fns.ts';
import { SparseTensor } from './sparse_tensor.ts';
import './tensor_operators.ts';

defineOp('RaggedTensorToSparse', {
  shape: (c) => {
    const splits = c.int('RAGGED_RANK');
    const values = c.withRankAtLeast(c.input(splits), 1);
    for (let i = 0; i < splits; i++) c.withRank(c.input(i), 1);
    const rank = values.ndims === null ? null : values.ndims + splits;
    return [matrix(values.numElements, rank), vector(values.numElements), vector(rank)];
  },
  grad: null,
});

/** `tf.RaggedTensor`: `values` (themselves ragged where rows are nested) and `rowSplits` (int64): row i is
 * `values[rowSplits[i] : rowSplits[i + 1]]`. Fetch the two; there are no ops on ragged tensors here. */
export class RaggedTensor {
  readonly values: Tensor | RaggedTensor;
  readonly rowSplits: Tensor;
  readonly #rows: Tensor | undefined;
  constructor(values: Tensor | RaggedTensor, rowSplits: Tensor, rows?: Tensor) {
    this.values = values;
    this.rowSplits = rowSplits;
    this.#rows = rows;
    rowSplits.setShape([null]);
  }
  get dtype(): DType { return this.values.dtype; }
  /** The values below all rows. */
  get flatValues(): Tensor { return this.values instanceof Tensor ? this.values : this.values.flatValues; }
  get nestedRowSplits(): readonly Tensor[] { return this.values instanceof Tensor ? [this.rowSplits] : [this.rowSplits, ...this.values.nestedRowSplits]; }
  /** Numbers of rows of different lengths: 1, and one more for every level of nesting. */
  get raggedRank(): number { return this.values instanceof Tensor ? 1 : this.values.raggedRank + 1; }
  get shape(): TensorShape {
    const [rows, inner] = [this.rowSplits.shape.dims![0]!, this.values.shape.dims];
    return inner === null ? UNKNOWN_SHAPE : new TensorShape([rows === null ? null : rows - 1, null, ...inner.slice(1)] as Dim[]);
  }
  nrows(): Tensor {
    return this.#rows ? castTensor(this.#rows, this.rowSplits.dtype) : inScope(null, 'RaggedNRows', this.nestedRowSplits, () => shapeOf(this.rowSplits, { outType: this.rowSplits.dtype }).at(0).sub(1));
  }
  withValues(values: Tensor | RaggedTensor): RaggedTensor { return new RaggedTensor(values, this.rowSplits, this.#rows); }
  withFlatValues(values: Tensor | RaggedTensor): RaggedTensor { return this.withValues(this.values instanceof Tensor ? values : this.values.withFlatValues(values)); }
  /** `rt[i]` of rows that are not nested. */
  row(i: number): Tensor {
    return inScope(null, 'RaggedGetItem', this.nestedRowSplits, () => {
      const starts = this.rowSplits.at([null, -1]), limits = this.rowSplits.at([1, null]);
      return this.flatValues.at([starts.at(i), limits.at(i)]).at();
    });
  }
  /** `rt.to_sparse()`. */
  toSparse(): SparseTensor {
    return inScope(null, 'RaggedToSparse', this.nestedRowSplits, () => {
      const [indices, values, shape] = applyOp('RaggedTensorToSparse', [this.nestedRowSplits, this.flatValues]).outputs;
      return new SparseTensor(indices!, values!, shape!);
    });
  }
}

/** `RaggedTensor.from_value_rowids(values, value_rowids, nrows, validate=False)`. */
export function fromValueRowIds(values: Tensor, ids: Tensor, rows: Tensor): RaggedTensor {
  return inScope(null, 'RaggedFromValueRowIds', [values, ids, rows], () => {
    const ids32 = castTensor(ids, int32), rows32 = castTensor(rows, int32);
    const lengths = bincount(ids32, { minlength: rows32, maxlength: rows32, dtype: ids.dtype });
    return new RaggedTensor(values, concat([[0], cumsum(lengths)], 0), rows);
  });
}
/** `RaggedTensor.from_row_splits(values, row_splits, validate=False)`. */
export function fromRowSplits(values: Tensor | RaggedTensor, splits: Tensor): RaggedTensor {
  return inScope(null, 'RaggedFromRowSplits', [splits], () => new RaggedTensor(values, splits));
}
/** `RaggedTensor.from_row_starts(values, row_starts, validate=False)`. */
export function fromRowStarts(values: Tensor, rowStarts: readonly number[]): RaggedTensor {
  return inScope(null, 'RaggedFromRowStarts', [values], () => {
    const starts = convertToTensor(BigInt64Array.from(rowStarts, BigInt), { name: 'row_starts', dtype: int64 });
    const n = shapeOf(values, { outType: int64 }).at(0);
    return new RaggedTensor(values, concat([starts, [n] as unknown as TensorLike], 0));
  });
}
/** `RaggedTensor.from_tensor(tensor, ragged_rank)`. Errors: ValueError for a rank that is too small. */
export function fromTensor(value: TensorLike, raggedRank = 1): RaggedTensor {
  return inScope(null, 'RaggedFromTensor', [value], () => {
    const t = convertToTensor(value, { name: 'tensor' });
    if (t.shape.ndims !== null && t.shape.ndims < raggedRank + 1) throw new ValueError(`Shape ${t.shape} must have rank at least ${raggedRank + 1}`);
    const size = shapeOf(t, { outType: int64 });
    const columns = size.at(1);
    if (raggedRank > 1) {
      const shape = concat([constantNode(scalarOf(-1, int64).reshape([1])), size.at([raggedRank, null])], 0);
      let values: Tensor | RaggedTensor = fromTensor(reshape(t, shape));
      const sizes = cumprod(size);
      const splits = Array.from({ length: raggedRank - 1 }, (_, i) => range(0, sizes.at(i).add(1)).mul(size.at(i + 1)));
      for (const s of splits.reverse()) values = fromRowSplits(values, s);
      return values as RaggedTensor;
    }
    const rows = size.at(0);
    const n = rows.mul(columns);
    const splits = range(rows.add(1)).mul(columns);
    return fromRowSplits(reshape(t, concat([[n] as unknown as TensorLike, size.at([2, null])], 0)), splits);
  });
}

/** `ragged.expand_dims(rt, -1)`: every value a row of its own. */
export function expandLast(x: Tensor | RaggedTensor, axis = -1): Tensor | RaggedTensor {
  return inScope(null, 'RaggedExpandDims', x instanceof Tensor ? [x] : x.nestedRowSplits, () => (x instanceof Tensor ? expandDims(x, axis) : fromRowSplits(expandLast(x.values, x.raggedRank), x.rowSplits)));
}

