// `tf.IndexedSlices`: the sparse gradient of a gather. Follows python/framework/ops.py (class IndexedSlices).
import type { Tensor } from '../graph/tensor.ts';
import type { DType } from '../graph/dtype.ts';

/** `tf.IndexedSlicesValue`: the value of IndexedSlices, as `run` returns it and as it may be fed. Iterates in Python's order. */
export class IndexedSlicesValue<V = unknown> implements Iterable<V | null> {
  readonly values: V;
  readonly indices: V;
  /** null where the IndexedSlices have no dense shape. */
  readonly denseShape: V | null;
  constructor(values: V, indices: V, denseShape: V | null = null) {
    this.values = values;
    this.indices = indices;
    this.denseShape = denseShape;
  }
  *[Symbol.iterator](): Iterator<V | null> { yield this.values; yield this.indices; yield this.denseShape; }
}

/** Rows `values[i]` that belong at `indices[i]` of a dense tensor of shape `denseShape`. */
export class IndexedSlices {
  readonly values: Tensor;
  readonly indices: Tensor;
  readonly denseShape: Tensor | null;
  constructor(values: Tensor, indices: Tensor, denseShape: Tensor | null = null) {
    this.values = values;
    this.indices = indices;
    this.denseShape = denseShape;
  }
  get dtype(): DType { return this.values.dtype; }
  get name(): string { return this.values.name; }
  get op(): Tensor['op'] { return this.values.op; }
  get device(): string { return this.values.device; }
  get graph(): Tensor['graph'] { return this.values.graph; }
  toString(): string {
    return `IndexedSlices(indices=${this.indices}, values=${this.values}${this.denseShape === null ? '' : `, dense_shape=${this.denseShape}`})`;
  }
}
