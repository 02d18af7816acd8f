// `tf.SparseTensor` and what a session makes of one. Follows python/framework/sparse_tensor.py (1.15).
import { int64, type DType } from '../graph/dtype.ts';
import { TypeError, ValueError } from '../graph/errors.ts';
import { type Dim, TensorShape } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { publicCall } from '../graph/site.ts';
import { bind } from './api.ts';
import { inScope } from './building.ts';
import { constantValueAsShape } from './constant_value.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { pythonRepr } from './make_array.ts';

const ORDER = ['indices', 'values', 'denseShape'] as const;
const KNOWN = new Set<string>(ORDER);
interface Parts<T> { readonly indices: T; readonly values: T; readonly denseShape: T }

function bound<T>(args: readonly unknown[], what: string): Parts<T> { return bind(what, ORDER, KNOWN, args, { required: 3 }) as unknown as Parts<T>; }

/** `tf.SparseTensorValue`: the value of a sparse tensor, as `run` returns it and as it may be fed. Iterates in Python's
 * order (indices, values, dense_shape). */
export class SparseTensorValue<V = unknown> implements Iterable<V> {
  /** int64 `[N, rank]`. */
  readonly indices: V;
  /** `[N]`. */
  readonly values: V;
  /** int64 `[rank]`. */
  readonly denseShape: V;
  constructor(indices: V, values: V, denseShape: V);
  constructor(parts: Parts<V>);
  constructor(...args: unknown[]) {
    const p = bound<V>(args, '__new__');
    this.indices = p.indices;
    this.values = p.values;
    this.denseShape = p.denseShape;
  }
  *[Symbol.iterator](): Iterator<V> { yield this.indices; yield this.values; yield this.denseShape; }
}

/** `tf.SparseTensor(indices, values, dense_shape)`: three tensors that stand for a mostly empty one: `indices` int64
 * `[N, rank]`, `values` `[N]` of any dtype, `denseShape` int64 `[rank]`.
 * Errors: ValueError when ranks or sizes contradict each other. */
export class SparseTensor {
  readonly indices: Tensor;
  readonly values: Tensor;
  readonly denseShape: Tensor;
  constructor(indices: TensorLike, values: TensorLike, denseShape: TensorLike);
  constructor(parts: Parts<TensorLike>);
  constructor(...args: unknown[]) {
    const p = bound<TensorLike>(args, '__init__');
    const t = publicCall(new.target as unknown as (...a: never[]) => unknown, () => inScope(null, 'SparseTensor', [p.indices, p.values, p.denseShape], () => ({
      indices: convertToTensor(p.indices, { name: 'indices', dtype: int64 }),
      values: convertToTensor(p.values, { name: 'values' }),
      denseShape: convertToTensor(p.denseShape, { name: 'dense_shape', dtype: int64 }),
    })));
    this.indices = t.indices;
    this.values = t.values;
    this.denseShape = t.denseShape;
    const [rows, columns] = withRank(this.indices.shape, 2);
    agree(rows!, withRank(this.values.shape, 1)[0]!);
    agree(columns!, withRank(this.denseShape.shape, 1)[0]!);
  }
  /** `SparseTensor.from_value`: a sparse tensor of constants. Errors: TypeError for anything that is not sparse. */
  static fromValue(value: SparseTensor | SparseTensorValue<TensorLike>): SparseTensor {
    if (!(value instanceof SparseTensor) && !(value instanceof SparseTensorValue)) throw new TypeError(`Neither a SparseTensor nor SparseTensorValue: ${pythonRepr(value)}.`);
    return new SparseTensor(value.indices, value.values, value.denseShape);
  }
  get dtype(): DType { return this.values.dtype; }
  /** The operation that makes `values`. */
  get op(): Tensor['op'] { return this.values.op; }
  get graph(): Tensor['graph'] { return this.indices.graph; }
  /** Shape of the dense tensor, as far as it is known while building. */
  get shape(): TensorShape { return constantValueAsShape(this.denseShape); }
  getShape(): TensorShape { return this.shape; }
  toString(): string { return `SparseTensor(indices=${this.indices}, values=${this.values}, dense_shape=${this.denseShape})`; }
}

function withRank(s: TensorShape, rank: number): readonly Dim[] {
  if (s.dims === null) return Array.from({ length: rank }, () => null);
  if (s.dims.length !== rank) throw new ValueError(`Shape ${s} must have rank ${rank}`);
  return s.dims;
}
function agree(a: Dim, b: Dim): void {
  if (a !== null && b !== null && a !== b) throw new ValueError(`Dimensions ${a} and ${b} are not compatible`);
}
