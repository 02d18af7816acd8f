// Op blocks and functions that hold and change variables. Follows python/ops/state_ops.py and core/ops/state_ops.cc.
import { type DType } from '../graph/dtype.ts';
import { UNKNOWN_SHAPE, type ShapeLike, toShape } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { TO_TENSOR, type TensorLike } from './convert.ts';
import { op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { type ShapeFn } from './shape_inference.ts';

const sameAsVariable: ShapeFn = (c) => [c.merge(c.input(0), c.input(1))];

defineOp('VariableV2', { shape: (c) => [c.shapeAttr('shape')], grad: null });
defineOp('Variable', { shape: (c) => { const s = c.shapeAttr('shape'); return [s.ndims === 0 ? UNKNOWN_SHAPE : s]; }, grad: null });
defineOp('TemporaryVariable', { shape: (c) => [c.shapeAttr('shape')], grad: null });
defineOp('IsVariableInitialized', { shape: () => [toShape([])], grad: null });
defineOp('Assign', { shape: (c) => [c.bool('validate_shape') ? c.merge(c.input(0), c.input(1)) : c.input(1)], grad: null });
defineOp('AssignAdd', { shape: sameAsVariable, grad: null });
defineOp('AssignSub', { shape: sameAsVariable, grad: null });

/** A VariableV2 node (no initializer, no read): the building block of `tf.Variable`. */
export function variableOpV2(shape: ShapeLike, dtype: DType, name = 'Variable'): Tensor {
  return op1('VariableV2', [], { shape: toShape(shape), dtype }, name);
}

/** A variable or its reference tensor. */
export type RefLike = TensorLike;

/** The reference tensor behind a variable object; other values pass. */
function ref(v: RefLike): TensorLike {
  return typeof v === 'object' && v !== null && TO_TENSOR in v ? v[TO_TENSOR](undefined, undefined, true) : v;
}

interface AssignParams { ref: RefLike; value: TensorLike; validateShape?: boolean | null; useLocking?: boolean | null; name?: string | null }

/** `tf.assign`: sets a variable and returns its reference tensor as of after the write. `value` has the variable's
 * dtype and (unless `validateShape` is false) its shape. Errors: ValueError on static shape conflicts.
 * Follows python/ops/state_ops.py. */
export const assign = api('assign', ['ref', 'value', 'validateShape', 'useLocking', 'name'], (p: AssignParams): Tensor =>
  op1('Assign', [ref(p.ref), p.value], { validate_shape: p.validateShape ?? undefined, use_locking: p.useLocking ?? undefined }, p.name), { required: 2 });

interface UpdateParams { ref: RefLike; value: TensorLike; useLocking?: boolean | null; name?: string | null }

/** `tf.assign_add`: adds to a variable; returns its reference tensor as of after the write. */
export const assignAdd = api('assignAdd', ['ref', 'value', 'useLocking', 'name'], (p: UpdateParams): Tensor =>
  op1('AssignAdd', [ref(p.ref), p.value], { use_locking: p.useLocking ?? undefined }, p.name), { required: 2 });

/** `tf.assign_sub`: subtracts from a variable; returns its reference tensor as of after the write. */
export const assignSub = api('assignSub', ['ref', 'value', 'useLocking', 'name'], (p: UpdateParams): Tensor =>
  op1('AssignSub', [ref(p.ref), p.value], { use_locking: p.useLocking ?? undefined }, p.name), { required: 2 });

/** `tf.is_variable_initialized`: a bool scalar. */
export const isVariableInitialized = api('isVariableInitialized', ['variable'], (p: { variable: RefLike }): Tensor =>
  op1('IsVariableInitialized', [ref(p.variable)]), { required: 1 });

