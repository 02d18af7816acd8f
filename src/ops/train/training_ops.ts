// Op blocks of the ops that optimizers end in: ApplyX and SparseApplyX on reference variables, ResourceApplyX on handles.
// All state inputs and a dense gradient share one shape, everything else is a scalar. Follows core/ops/training_ops.cc (1.15).
import { resource } from '../../graph/dtype.ts';
import { type TensorShape, UNKNOWN_SHAPE } from '../../graph/shape.ts';
import { defineOp, opDef } from '../registry.ts';
import { handleData } from '../resource_variable_ops.ts';
import { dimOf, replaceDim } from '../shape_fns.ts';
import type { ShapeContext, ShapeFn } from '../shape_inference.ts';

const STATE = new Set(['var', 'accum', 'm', 'v', 'mg', 'ms', 'mom', 'accum_update', 'linear', 'vhat', 'gradient_accumulator', 'gradient_squared_accumulator']);
const GRADIENT = new Set(['grad', 'delta']);

/** Shape function by the roles of the op's inputs, which their names tell. */
const updateShape: ShapeFn = (c) => {
  let s: TensorShape | undefined;
  const args = opDef(c.op.type)!.inputArg;
  args.forEach((arg, i) => {
    if (STATE.has(arg.name)) { const state = stateShape(c, i); s = s === undefined ? state : c.merge(s, state); }
    else if (GRADIENT.has(arg.name)) s = args[i + 1]?.name === 'indices' ? sparseGradient(c, s!, i) : c.merge(s!, c.input(i));
    else if (arg.name !== 'indices') c.withRank(c.input(i), 0);
  });
  return c.op.outputs.length === 0 ? [] : [s!];
};

/** Shape of the variable behind a reference or a handle. */
function stateShape(c: ShapeContext, i: number): TensorShape { return c.dtype(i) === resource ? handleData(c.inputs()[i]!)?.shape ?? UNKNOWN_SHAPE : c.input(i); }

/** Rows of a gradient, one per index. */
function sparseGradient(c: ShapeContext, s: TensorShape, grad: number): TensorShape {
  const indices = c.withRank(c.input(grad + 1), 1);
  const g = c.input(grad);
  c.mergeDim(dimOf(indices, 0), dimOf(g, 0));
  return c.merge(s, replaceDim(g, 0, null));
}

const OPS = [
  'ApplyGradientDescent', 'ApplyMomentum', 'ApplyAdam', 'ApplyRMSProp', 'ApplyCenteredRMSProp', 'ApplyAdagrad', 'ApplyAdadelta', 'ApplyAdagradDA', 'ApplyAdagradV2', 'ApplyAdaMax',
  'ApplyAddSign', 'ApplyFtrl', 'ApplyFtrlV2', 'ApplyPowerSign', 'ApplyProximalAdagrad', 'ApplyProximalGradientDescent',
  'SparseApplyMomentum', 'SparseApplyRMSProp', 'SparseApplyCenteredRMSProp', 'SparseApplyAdagrad', 'SparseApplyAdadelta', 'SparseApplyAdagradDA',
  'SparseApplyAdagradV2', 'SparseApplyFtrl', 'SparseApplyFtrlV2', 'SparseApplyProximalAdagrad', 'SparseApplyProximalGradientDescent',
] as const;
for (const op of OPS) { defineOp(op, { shape: updateShape }); defineOp(`Resource${op}`, { shape: updateShape }); }
for (const op of ['ResourceApplyAdamWithAmsgrad', 'ResourceApplyKerasMomentum', 'ResourceSparseApplyKerasMomentum']) defineOp(op, { shape: updateShape });
