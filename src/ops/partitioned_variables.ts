// Variables in parts: the object that stands for the whole, and partitioners. Follows
// python/ops/partitioned_variables.py and class PartitionedVariable in python/ops/variables.py (1.15).
import { type DType, string } from '../graph/dtype.ts';
import { NotImplementedError, ValueError } from '../graph/errors.ts';
import type { Graph } from '../graph/graph.ts';
import { TensorShape } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api, bind } from './api.ts';
import { concat, split } from './array_join.ts';
import { TO_TENSOR, type TensorConvertible, type TensorLike } from './convert.ts';
import { op1 } from './op_def_library.ts';
import { pythonRepr } from './make_array.ts';
import { withExits } from './scope_stack.ts';
import type { UpdateKind } from './state_ops.ts';
import type { Partitioner } from './variable_scope.ts';
import { checkConversion, type Updated, type Variable } from './variables.ts';

interface PartitionedVariableParams { name: string; shape: TensorShape; dtype: DType; variableList: readonly Variable[]; partitions: readonly number[] }
interface WriteOptions { useLocking?: boolean; name?: string | null; readValue?: boolean }

/** `PartitionedVariable`: what get_variable gives when a partitioner is set. Iterates over its parts; as a tensor it is
 * their concatenation, made anew at each use under the variable's own name. */
export class PartitionedVariable implements TensorConvertible, Iterable<Variable> {
  readonly name: string;
  readonly shape: TensorShape;
  readonly dtype: DType;
  /** Parts per axis. */
  readonly partitions: readonly number[];
  readonly #parts: readonly Variable[];

  /** Errors: ValueError for parts that do not fit. */
  constructor(p: PartitionedVariableParams) {
    if (!p.partitions.every((n) => n >= 1)) throw new ValueError(`partition values must be positive: ${pythonRepr(p.partitions)}`);
    if (p.variableList.length === 0) throw new ValueError('variable_list may not be empty');
    if (!p.variableList.every((v) => v.saveSliceInfo !== null)) throw new ValueError(`All variables must have a save_slice_info available: ${pythonRepr(p.variableList.map((v) => v.name))}`);
    if (p.shape.ndims !== p.partitions.length) throw new ValueError(`len(shape) != len(partitions): ${p.shape} vs. ${pythonRepr(p.partitions)}`);
    for (const v of p.variableList) {
      const full = new TensorShape(v.saveSliceInfo!.fullShape);
      if (!full.equals(p.shape)) throw new ValueError(`All variables' full shapes must match shape: ${p.shape}; but full shapes were: ${pythonRepr([v.saveSliceInfo!.fullShape])}`);
    }
    this.name = p.name;
    this.shape = p.shape;
    this.dtype = p.dtype;
    this.partitions = p.partitions;
    this.#parts = [...p.variableList].sort((a, b) => compareOffsets(a.saveSliceInfo!.varOffset, b.saveSliceInfo!.varOffset));
  }

  [Symbol.iterator](): Iterator<Variable> { return this.#parts[Symbol.iterator](); }
  /** Python's len(): number of parts. */
  get length(): number { this.#axis(() => { throw new ValueError(`Cannot get a length for ${this.#axes().length} > 1 partition axes`); }); return this.#parts.length; }
  get graph(): Graph { return this.#parts[0]!.graph; }
  getShape(): TensorShape { return this.shape; }
  /** The parts in order. */
  variableList(): readonly Variable[] { return this.#parts; }

  #axes(): readonly number[] {
    const cut = this.partitions.flatMap((n, i) => (n > 1 ? [i] : []));
    return cut.length === 0 ? [0] : cut;
  }
  #axis(fail: (axes: string) => never): number {
    const axes = this.#axes();
    if (axes.length > 1) fail(pythonRepr(axes));
    return axes[0]!;
  }

  /** The whole: `<name>/ConcatPartitions/concat`, then an Identity named as the variable. Escapes control dependencies. */
  asTensor(): Tensor {
    const { graph } = this;
    return withExits([graph.enterControlDependencies(null)], () => {
      const named = (t: TensorLike): Tensor => withExits([graph.enterNameScope(null)], () => op1('Identity', [t], {}, this.name));
      if (this.#parts.length === 1) return named(this.#parts[0]!);
      const axis = this.#axis((axes) => { throw new NotImplementedError(`Cannot concatenate along more than one dimension: ${axes}.  Multi-axis partition concat is not supported`); });
      return named(withExits([graph.enterNameScope(`${this.name}/ConcatPartitions/`)], () => concat([...this.#parts], axis)));
    });
  }
  [TO_TENSOR](dtype: DType | undefined, _name: string | undefined, asRef: boolean): Tensor {
    checkConversion(this as unknown as Variable, dtype, (d) => `'${d.name}'`);
    if (asRef) throw new NotImplementedError("PartitionedVariable doesn't support being used as a reference.");
    return this.asTensor();
  }

  /** Writes every part: `value` is split as the variable is, or a list of values, or another partitioned variable. */
  assign(value: TensorLike | PartitionedVariable, options: WriteOptions = {}): Updated[] { return this.#write(value, (v, x) => v.assign(x, options)); }
  assignAdd(value: TensorLike | PartitionedVariable, options: WriteOptions = {}): Updated[] { return this.#write(value, (v, x) => v.assignAdd(x, options)); }
  assignSub(value: TensorLike | PartitionedVariable, options: WriteOptions = {}): Updated[] { return this.#write(value, (v, x) => v.assignSub(x, options)); }
  #write(value: TensorLike | PartitionedVariable, write: (v: Variable, x: TensorLike) => Updated): Updated[] {
    const axis = this.#axis((axes) => { throw new NotImplementedError(`Cannot do assign action along more than one dimension: ${axes}.  Multi-axis partition assign action is not supported `); });
    let values: readonly TensorLike[];
    if (value instanceof PartitionedVariable) values = value.variableList();
    else if (Array.isArray(value)) {
      values = value as readonly TensorLike[];
      if (values.length !== this.#parts.length) throw new ValueError(`A list of ${values.length} values for a variable of ${this.#parts.length} parts.`);
    } else values = split(value as TensorLike, this.#parts.map((v) => v.shape.dims![axis]!), { axis });
    return this.#parts.map((v, i) => write(v, values[i]!));
  }
  /** internal: what `tf.assign` and its kin call. */
  _update(kind: UpdateKind, value: TensorLike): Updated[] {
    return kind === 'Assign' ? this.assign(value) : kind === 'AssignAdd' ? this.assignAdd(value) : this.assignSub(value);
  }
  toString(): string { return `<PartitionedVariable '${this.name}' shape=${this.shape} dtype=${this.dtype.name} parts=${this.#parts.length}>`; }
}

function compareOffsets(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((x, k) => x !== b[k]);
  return i < 0 ? 0 : a[i]! - b[i]!;
}

// --- partitioners --------------------------------------------------------------------------------------------------

type Asked = Parameters<Partitioner>[0];
/** A partitioner, called as Python's are: `p(shape, dtype)` or `p({ shape, dtype })`. */
const partitioner = (f: Partitioner) => (...args: [asked: Asked] | [shape: TensorShape, dtype: DType]): readonly number[] =>
  f(bind('_partitioner', ['shape', 'dtype'], SHAPE_AND_DTYPE, args, { required: 2 }) as unknown as Asked);
const SHAPE_AND_DTYPE = new Set(['shape', 'dtype']);

/** `tf.fixed_size_partitioner`: always `numShards` parts along `axis` (at most one per row). */
export const fixedSizePartitioner = api('fixedSizePartitioner', ['numShards', 'axis'], (p: { numShards: number; axis?: number }) => (...args: [asked: Pick<Asked, 'shape'> & Partial<Asked>] | [shape: TensorShape]): readonly number[] => {
  const { shape } = bind('_partitioner', ['shape'], SHAPE_AND_DTYPE, args, { required: 1 }) as unknown as Asked; // TensorFlow's takes the dtype by name only
  return shape.dims!.map((d, i) => (i === (p.axis ?? 0) ? Math.min(p.numShards, d!) : 1));
}, { required: 1 });

interface AxisSizeParams { maxShardBytes: number; axis?: number; bytesPerStringElement?: number; maxShards?: number | null }
/** `tf.variable_axis_size_partitioner`: as many parts along `axis` as keep each below `maxShardBytes`.
 * Errors: ValueError for sizes that are not positive, and shapes that are not fully known. */
export const variableAxisSizePartitioner = api('variableAxisSizePartitioner', ['maxShardBytes', 'axis', 'bytesPerStringElement', 'maxShards'], (p: AxisSizeParams) => {
  const { axis = 0, bytesPerStringElement = 16, maxShards } = p;
  if (p.maxShardBytes < 1 || bytesPerStringElement < 1) throw new ValueError('Both max_shard_bytes and bytes_per_string_element must be positive.');
  if (maxShards && maxShards < 1) throw new ValueError('max_shards must be positive.');
  return partitioner(({ shape, dtype }) => {
    if (!shape.isFullyDefined) throw new ValueError(`shape is not fully defined: ${shape}`);
    const rows = shape.dims![axis]!;
    const bytesPerSlice = (shape.numElements! / rows) * elementSize(dtype, bytesPerStringElement);
    const shards = Math.ceil(rows / Math.max(1, Math.floor(p.maxShardBytes / bytesPerSlice)));
    return shape.dims!.map((_, i) => (i !== axis ? 1 : maxShards ? Math.min(maxShards, shards) : shards));
  });
}, { required: 1 });

interface MinMaxParams { maxPartitions?: number; axis?: number; minSliceSize?: number; bytesPerStringElement?: number }
/** `tf.min_max_variable_partitioner`: up to `maxPartitions` parts along `axis`, none smaller than `minSliceSize` bytes
 * (256 KiB). Errors: ValueError for an axis the variable does not have. */
export const minMaxVariablePartitioner = api('minMaxVariablePartitioner', ['maxPartitions', 'axis', 'minSliceSize', 'bytesPerStringElement'], (p: MinMaxParams) => partitioner(({ shape, dtype }) => {
  const { maxPartitions = 1, axis = 0, minSliceSize = 256 << 10, bytesPerStringElement = 16 } = p;
  const rank = shape.ndims!;
  if (axis >= rank) throw new ValueError(`Can not partition variable along axis ${axis} when shape is only ${shape}`);
  const parts = (shape.numElements! * elementSize(dtype, bytesPerStringElement)) / minSliceSize;
  return shape.dims!.map((d, i) => (i === axis ? Math.max(1, Math.min(d!, maxPartitions, Math.ceil(parts))) : 1));
}));

function elementSize(dtype: DType, bytesPerString: number): number { return dtype.baseDtype === string ? bytesPerString : dtype.baseDtype.size; }
