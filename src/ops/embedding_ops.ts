// Looking rows up in one table or in several that hold parts of it. Follows python/ops/embedding_ops.py (1.15).
import { int32 } from '../graph/dtype.ts';
import { ValueError } from '../graph/errors.ts';
import { NDArray } from '../graph/ndarray.ts';
import { TensorShape, UNKNOWN_SHAPE } from '../graph/shape.ts';
import { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { dynamicPartition, gather, where } from './array_gather.ts';
import { concat, stack } from './array_join.ts';
import { rank, reshape, shape as shapeOf, size } from './array_shape.ts';
import { identity } from './array_values.ts';
import { colocatedWith, inScope, int32Vector, scalarOf } from './building.ts';
import { clipByNorm } from './clip_ops.ts';
import { constantNode, convertToTensor, isConvertible, type TensorLike } from './convert.ts';
import { maximum } from './math_binary.ts';
import { castTensor } from './math_cast.ts';
import { reduceSum } from './math_reduce.ts';
import { range } from './math_sequence.ts';
import { op1 } from './op_def_library.ts';
import { PartitionedVariable } from './partitioned_variables.ts';
import { isResourceVariable } from './resource_variable_ops.ts';
import { Variable } from './variables.ts';
import './tensor_operators.ts';

interface LookupParams {
  params: TensorLike | PartitionedVariable | readonly (TensorLike | Variable)[];
  ids: TensorLike;
  partitionStrategy?: 'mod' | 'div';
  name?: string | null;
  validateIndices?: boolean;
  maxNorm?: number | null;
}
type Table = Tensor | Variable;

/** `tf.nn.embedding_lookup`: rows `ids` of a table. A list of tables (or a PartitionedVariable) holds parts of one: with
 * `mod` (default) id i lies in table i % n, with `div` the tables follow each other. The result is shaped ids.shape + row; rows
 * longer than `maxNorm` (none) are made as short.
 * Errors: ValueError without tables or for an unknown strategy. */
export const embeddingLookup = api('embeddingLookup', ['params', 'ids', 'partitionStrategy', 'name', 'validateIndices', 'maxNorm'], (p: LookupParams): Tensor => {
  const given: unknown = p.params;
  if (given === null || given === undefined) throw new ValueError('params must be specified');
  if (Array.isArray(given) && given.length === 0) throw new ValueError('Need at least one param');
  const list = given instanceof PartitionedVariable ? [...given] : Array.isArray(given) && given.some((t) => t instanceof Tensor || isConvertible(t)) ? given as TensorLike[] : [given as TensorLike];
  return inScope(p.name, 'embedding_lookup', [...list, p.ids], (scope) => {
    const tables = list.some(isResourceVariable) ? list as unknown as readonly Table[] : list.map((t, i) => convertToTensor(t, { name: `params_${i}` }));
    const ids = convertToTensor(p.ids, { name: 'ids', preferred: int32 });
    if (tables.length === 1) return identity(beside(tables[0]!, () => clipped(gather(tables[0]!, ids, { name: scope }), ids, p.maxNorm)));
    return clipped(partitioned(tables, ids, p.partitionStrategy ?? 'mod', scope), ids, p.maxNorm);
  });
}, { required: 2 });

/** Rows of at most a norm. */
function clipped(rows: Tensor, ids: Tensor, maxNorm: number | null | undefined): Tensor {
  if (maxNorm === null || maxNorm === undefined) return rows;
  // TF asks a run for a rank of 0 too.
  const [from, to] = [ids, rows].map((t): number | Tensor => t.shape.ndims || rank(t)) as [number | Tensor, number | Tensor];
  const scalar = (n: number | Tensor): TensorLike => (typeof n === 'number' ? scalarOf(n, int32) : n);
  const axes = typeof from === 'number' && typeof to === 'number' ? int32Vector(Array.from({ length: to - from }, (_, i) => from + i)) : range(scalar(from), scalar(to));
  return clipByNorm(rows, maxNorm, axes);
}
function beside<R>(t: Table, body: () => R): R { return colocatedWith(t.op, body); }

function partitioned(tables: readonly Table[], ids: Tensor, strategy: string, scope: string): Tensor {
  const np = tables.length;
  const flat = reshape(ids, int32Vector([-1]));
  const positions = range(size(flat));
  const [assigned, row] = assignment(tables, flat, strategy);
  const table = castTensor(assigned, int32);
  const rows = dynamicPartition(row, table, np);
  const places = dynamicPartition(positions, table, np);
  const found = tables.map((t, i) => beside(t, () => gather(t, rows[i]!)));
  const joined = op1('ParallelDynamicStitch', [places, found], undefined, scope);
  const tail = (t: Table): TensorShape => { const { dims } = t.shape; return dims === null ? UNKNOWN_SHAPE : new TensorShape(dims.slice(1)); };
  const element = tables.slice(1).reduce((s, t) => s.mergeWith(tail(t)), tail(tables[0]!));
  const elementDims = element.isFullyDefined ? int32Vector(element.dims as number[]) : beside(tables[0]!, () => shapeOf(tables[0]!)).at([1, null]);
  const out = reshape(joined, concat([shapeOf(ids), elementDims], 0));
  out.setShape(ids.shape.concatenate(element));
  return out;
}

/** Which table each id lies in, and at which row. */
function assignment(tables: readonly Table[], flat: Tensor, strategy: string): [table: Tensor, row: Tensor] {
  const np = tables.length;
  if (strategy === 'mod') return [flat.mod(np), flat.floordiv(np)];
  if (strategy !== 'div') throw new ValueError(`Unrecognized partition strategy: ${strategy}`);
  const sizes = tables.map((t) => t.shape.dims?.[0] ?? null);
  const known = sizes.every((d): d is number => d !== null);
  const total = known ? sizes.reduce((a, b) => a + b, 0) : 0;
  const count = total > 0 ? constantNode(scalarOf(total, flat.dtype.baseDtype))
    : reduceSum(castTensor(stack(tables.map((t, i) => sizes[i] ?? beside(t, () => shapeOf(t)).at(0)).map((d) => (d instanceof Tensor ? d : new NDArray(int32, [], Int32Array.of(d))))), flat.dtype.baseDtype));
  const each = count.floordiv(np);
  const extras = count.mod(np);
  const table = maximum(flat.floordiv(each.add(1)), flat.sub(extras).floordiv(each));
  return [table, where(table.less(extras), flat.mod(each.add(1)), flat.sub(extras).mod(each))];
}
