// Op blocks of reference variables and the functions that change variables of either kind: assign, scatter, count.
// Follows python/ops/state_ops.py and core/ops/state_ops.cc (1.15).
import { type DType, int32 } from '../graph/dtype.ts';
import { ValueError } from '../graph/errors.ts';
import { SCALAR_SHAPE, type ShapeLike, toShape, UNKNOWN_SHAPE } from '../graph/shape.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { expandDims, shape as shapeOf } from './array_shape.ts';
import { concat } from './array_join.ts';
import { onesLike } from './array_values.ts';
import { inScope } from './building.ts';
import { convertToTensor, TO_TENSOR, type TensorConvertible, type TensorLike } from './convert.ts';
import { castTensor } from './math_cast.ts';
import { op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { subshape } from './shape_fns.ts';
import type { ShapeContext, ShapeFn } from './shape_inference.ts';
import type { Updated } from './variables.ts';

/** Elementwise writes, by the name of the op on references. */
export type UpdateKind = 'Assign' | 'AssignAdd' | 'AssignSub';
/** Row writes: ScatterAdd, ... */
export type ScatterKind = 'Add' | 'Sub' | 'Mul' | 'Div' | 'Min' | 'Max' | 'Update';
/** Slice writes addressed by index vectors: ScatterNdAdd, ... */
export type ScatterNdKind = 'Add' | 'Sub' | 'Update';
/** Keyword arguments of a write; undefined leaves the op's own default. */
export interface UpdateOptions { useLocking?: boolean | null | undefined; name?: string | null | undefined; validateShape?: boolean | null | undefined; readValue?: boolean | undefined }
/** The bounds of `v[...]`, as StridedSlice takes them. */
export interface SliceSpec { readonly begin: Tensor; readonly end: Tensor; readonly strides: Tensor; readonly masks: Readonly<Record<string, number>> }

/** What a variable offers to the functions here. */
interface Changeable extends TensorConvertible {
  readonly dtype: DType;
  ref(): Tensor;
  isInitialized(name?: string | null): Tensor;
  _update(kind: UpdateKind, value: TensorLike, o: UpdateOptions): Updated | Operation;
  _scatter(kind: ScatterKind, indices: TensorLike, updates: TensorLike, o: UpdateOptions): Updated;
  _scatterNd(kind: ScatterNdKind, indices: TensorLike, updates: TensorLike, o: UpdateOptions): Updated;
}
/** A resource variable: written through a handle. Reference variables and reference tensors are op inputs of their own. */
function resourceOf(v: unknown): Changeable | undefined {
  return typeof v === 'object' && v !== null && '_update' in v && !(v as Changeable).dtype.isRef ? v as Changeable : undefined;
}

// --- op blocks -----------------------------------------------------------------------------------------------------

const sameAsVariable: ShapeFn = (c) => [c.merge(c.input(0), c.input(1))];

defineOp('VariableV2', { shape: (c) => [c.shapeAttr('shape')], grad: null });
defineOp('Variable', { shape: (c) => { const s = c.shapeAttr('shape'); return [s.ndims === 0 ? UNKNOWN_SHAPE : s]; }, grad: null });
defineOp('TemporaryVariable', { shape: (c) => [c.shapeAttr('shape')], grad: null });
defineOp('IsVariableInitialized', { shape: () => [SCALAR_SHAPE], grad: null });
defineOp('Assign', { shape: (c) => [c.bool('validate_shape') ? c.merge(c.input(0), c.input(1)) : c.input(1)], grad: null });
defineOp('AssignAdd', { shape: sameAsVariable, grad: null });
defineOp('AssignSub', { shape: sameAsVariable, grad: null });
defineOp('CountUpTo', { shape: (c) => [c.withRank(c.input(0), 0)] });

/** Errors: when updates are not shaped as indices.shape + rows. */
export function checkScatter(c: ShapeContext, v: ReturnType<ShapeContext['input']>): void {
  const rows = subshape(c.withRankAtLeast(v, 1), 1);
  if (c.input(2).ndims !== 0) c.merge(c.input(2), c.input(1).concatenate(rows));
}
const scatterShape: ShapeFn = (c) => { checkScatter(c, c.input(0)); return [c.input(0)]; };
for (const op of ['ScatterUpdate', 'ScatterAdd', 'ScatterSub', 'ScatterMul', 'ScatterDiv']) defineOp(op, { shape: scatterShape, grad: null });
for (const op of ['ScatterMin', 'ScatterMax']) defineOp(op, { shape: scatterShape });

/** Errors: when the outer dimensions of updates are not those of indices, or the inner ones not those of the slices. */
export function checkScatterNd(c: ShapeContext, v: ReturnType<ShapeContext['input']>): void {
  const [indices, updates] = [c.withRankAtLeast(c.input(1), 1), c.withRankAtLeast(c.input(2), 1)];
  if (v.ndims === 0) c.fail('Output must be at least 1-D, but is rank 0');
  if (indices.dims === null || updates.dims === null) return;
  const outer = indices.dims.length - 1;
  const depth = indices.dims[outer]!;
  if (depth === null || v.dims === null) return;
  try {
    c.merge(subshape(indices, 0, outer), subshape(updates, 0, outer));
  } catch (e) {
    if (!(e instanceof ValueError)) throw e;
    c.fail(`The outer ${outer} dimensions of indices.shape=${indices.debug} must match the outer ${outer} dimensions of updates.shape=${updates.debug}: ${e.text.split(' for ')[0]!}`);
  }
  try {
    c.merge(subshape(v, depth), subshape(updates, outer));
  } catch (e) {
    if (!(e instanceof ValueError)) throw e;
    c.fail(`The inner ${v.dims.length - depth} dimensions of output.shape=${v.debug} must match the inner ${updates.dims.length - outer} dimensions of updates.shape=${updates.debug}: ${e.text.split(' for ')[0]!}`);
  }
}
const scatterNdShape: ShapeFn = (c) => { checkScatterNd(c, c.input(0)); return [c.input(0)]; };
for (const op of ['ScatterNdUpdate', 'ScatterNdAdd', 'ScatterNdSub']) defineOp(op, { shape: scatterNdShape });
defineOp('StridedSliceAssign', { shape: (c) => [c.input(0)] });

/** A VariableV2 node (no initializer, no read): the building block of `tf.Variable`. */
export function variableOpV2(shape: ShapeLike, dtype: DType, name = 'Variable'): Tensor {
  return op1('VariableV2', [], { shape: toShape(shape), dtype }, name);
}

// --- functions -----------------------------------------------------------------------------------------------------

/** A variable or its reference tensor. */
export type RefLike = TensorLike;

/** The reference tensor behind a variable object; other values pass. */
function ref(v: RefLike): TensorLike {
  return typeof v === 'object' && v !== null && TO_TENSOR in v ? v[TO_TENSOR](undefined, undefined, true) : v;
}

interface AssignParams { ref: RefLike; value: TensorLike; validateShape?: boolean | null; useLocking?: boolean | null; name?: string | null }

/** `tf.assign`: sets a variable and returns it as of after the write (a reference tensor, or a resource variable that
 * reads again). `value` has the variable's dtype and (unless `validateShape` is false) its shape.
 * Errors: ValueError on static shape conflicts. Follows python/ops/state_ops.py. */
export const assign = api('assign', ['ref', 'value', 'validateShape', 'useLocking', 'name'], (p: AssignParams): Updated => {
  const v = resourceOf(p.ref);
  if (v) return v._update('Assign', p.value, { name: p.name, readValue: true }) as Updated;
  return op1('Assign', [ref(p.ref), p.value], { validate_shape: p.validateShape ?? undefined, use_locking: p.useLocking ?? undefined }, p.name);
}, { required: 2 });

interface UpdateParams { ref: RefLike; value: TensorLike; useLocking?: boolean | null; name?: string | null }
const update = (kind: UpdateKind) => (p: UpdateParams): Updated => {
  const v = resourceOf(p.ref);
  // TF leaves the name out for resource variables.
  if (v) return v._update(kind, p.value, { readValue: true }) as Updated;
  return op1(kind, [ref(p.ref), p.value], { use_locking: p.useLocking ?? undefined }, p.name);
};
/** `tf.assign_add`: adds to a variable; returns it as of after the write. */
export const assignAdd = api('assignAdd', ['ref', 'value', 'useLocking', 'name'], update('AssignAdd'), { required: 2 });
/** `tf.assign_sub`: subtracts from a variable; returns it as of after the write. */
export const assignSub = api('assignSub', ['ref', 'value', 'useLocking', 'name'], update('AssignSub'), { required: 2 });

interface ScatterParams { ref: RefLike; indices: TensorLike; updates: TensorLike; useLocking?: boolean | null; name?: string | null }
const SCATTER = ['ref', 'indices', 'updates', 'useLocking', 'name'] as const;
const scatter = (kind: ScatterKind) => (p: ScatterParams): Updated =>
  resourceOf(p.ref)?._scatter(kind, p.indices, p.updates, { name: p.name })
  ?? op1(`Scatter${kind}`, [ref(p.ref), p.indices, p.updates], { use_locking: p.useLocking ?? kind === 'Update' }, p.name);

/** `tf.scatter_add`: `ref[indices[i]] += updates[i]`, in the order of the indices; returns the variable as of after the
 * write. `updates` is shaped indices.shape + ref.shape[1:], or a scalar. The functions below alike.
 * Errors: InvalidArgumentError in the run for an index out of range. */
export const scatterAdd = api('scatterAdd', SCATTER, scatter('Add'), { required: 3 });
/** `tf.scatter_sub`. */
export const scatterSub = api('scatterSub', SCATTER, scatter('Sub'), { required: 3 });
/** `tf.scatter_mul`. */
export const scatterMul = api('scatterMul', SCATTER, scatter('Mul'), { required: 3 });
/** `tf.scatter_div`. */
export const scatterDiv = api('scatterDiv', SCATTER, scatter('Div'), { required: 3 });
/** `tf.scatter_min`: keeps the lesser value. */
export const scatterMin = api('scatterMin', SCATTER, scatter('Min'), { required: 3 });
/** `tf.scatter_max`: keeps the greater value. */
export const scatterMax = api('scatterMax', SCATTER, scatter('Max'), { required: 3 });
/** `tf.scatter_update`: `ref[indices[i]] = updates[i]`. */
export const scatterUpdate = api('scatterUpdate', SCATTER, scatter('Update'), { required: 3 });

const scatterNd = (kind: ScatterNdKind) => (p: ScatterParams): Updated =>
  resourceOf(p.ref)?._scatterNd(kind, p.indices, p.updates, { name: p.name })
  ?? op1(`ScatterNd${kind}`, [ref(p.ref), p.indices, p.updates], { use_locking: p.useLocking ?? kind === 'Update' }, p.name);
/** `tf.scatter_nd_add`: the last axis of `indices` addresses elements or slices of the variable; updates add there. */
export const scatterNdAdd = api('scatterNdAdd', SCATTER, scatterNd('Add'), { required: 3 });
/** `tf.scatter_nd_sub`. */
export const scatterNdSub = api('scatterNdSub', SCATTER, scatterNd('Sub'), { required: 3 });
/** `tf.scatter_nd_update`. */
export const scatterNdUpdate = api('scatterNdUpdate', SCATTER, scatterNd('Update'), { required: 3 });

/** `tf.batch_scatter_update`: `ref[b.., indices[b.., i]] = updates[b.., i]`. Errors: ValueError for indices of unknown rank. */
export const batchScatterUpdate = api('batchScatterUpdate', SCATTER, (p: ScatterParams): Updated =>
  batchIndices(p.indices, p.name ?? null, (indices) => scatterNdUpdate(p.ref, indices, p.updates, p.useLocking ?? true)), { required: 3 });

/** Index vectors for the last axis of `indices` within its leading ones, in the name scope the whole op has. */
export function batchIndices<R>(indices: TensorLike, name: string | null, body: (indices: Tensor) => R): R {
  // ops.name_scope(None) resets to the root.
  return inScope(name, '', [indices], () => {
    const index = convertToTensor(indices, { name: 'indices', preferred: int32 });
    const sizes = shapeOf(index);
    const rank = index.shape.ndims;
    if (rank === null) throw new ValueError('batch_gather does not allow indices with unknown shape.');
    const nd = expandDims(index, { axis: -1 });
    const parts = Array.from({ length: rank - 1 }, (_, d) => {
      const size = sizes.at(d);
      const broadcast: TensorLike[] = Array<TensorLike>(rank + 1).fill(1);
      broadcast[d] = size;
      const range = op1('Reshape', [op1('Range', [0, size, 1]), broadcast]);
      return (range.dtype.baseDtype === nd.dtype ? range : castTensor(range, nd.dtype)).mul(onesLike(nd));
    });
    return body(concat([...parts, nd], { axis: -1 }));
  });
}

/** `tf.count_up_to`: the value of an int32 or int64 scalar variable; adds one. A run at the limit fails with OutOfRangeError. */
export const countUpTo = api('countUpTo', ['ref', 'limit', 'name'], (p: { ref: RefLike; limit: number; name?: string | null }): Tensor => {
  const v = resourceOf(p.ref);
  return v ? op1('ResourceCountUpTo', [v.ref()], { limit: p.limit, T: v.dtype }, p.name) : op1('CountUpTo', [ref(p.ref)], { limit: p.limit }, p.name);
}, { required: 2 });

/** `tf.is_variable_initialized`: a bool scalar. */
export const isVariableInitialized = api('isVariableInitialized', ['variable'], (p: { variable: RefLike }): Tensor =>
  resourceOf(p.variable)?.isInitialized() ?? op1('IsVariableInitialized', [ref(p.variable)]), { required: 1 });
