// Comparisons, logic and selection. Follows math_ops.py, math_grad.py and core/ops/math_ops.cc.
import { TensorShape } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { shapeTensor } from './array_shape.ts';
import { filled, zerosLikeTensor } from './array_values.ts';
import { grad1, inputOf } from './building.ts';
import type { TensorLike } from './convert.ts';
import { type BinaryFunction, binaryFunction, type XY } from './math_binary.ts';
import { op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { broadcast, broadcastBinary, dimOf } from './shape_fns.ts';

for (const op of ['Less', 'LessEqual', 'Greater', 'GreaterEqual', 'LogicalAnd', 'LogicalOr']) {
  defineOp(op, { shape: broadcastBinary, grad: null, tfjs: { kernel: op, inputs: { a: 0, b: 1 }, exact: true } });
}
for (const op of ['Equal', 'NotEqual']) {
  defineOp(op, { shape: (c) => [broadcast(c, c.input(0), c.input(1), c.bool('incompatible_shape_error'))], grad: null, tfjs: { kernel: op, inputs: { a: 0, b: 1 }, exact: true } });
}
/** `tf.equal`: x == y element by element. */
export const equal: BinaryFunction = binaryFunction('equal', 'Equal');
/** `tf.not_equal`. */
export const notEqual: BinaryFunction = binaryFunction('notEqual', 'NotEqual');
/** `tf.less`. */
export const less: BinaryFunction = binaryFunction('less', 'Less');
/** `tf.less_equal`. */
export const lessEqual: BinaryFunction = binaryFunction('lessEqual', 'LessEqual');
/** `tf.greater`. */
export const greater: BinaryFunction = binaryFunction('greater', 'Greater');
/** `tf.greater_equal`. */
export const greaterEqual: BinaryFunction = binaryFunction('greaterEqual', 'GreaterEqual');
/** `tf.logical_and`: of bool tensors. */
export const logicalAnd: BinaryFunction = binaryFunction('logicalAnd', 'LogicalAnd');
/** `tf.logical_or`: of bool tensors. */
export const logicalOr: BinaryFunction = binaryFunction('logicalOr', 'LogicalOr');
/** `math_ops.logical_xor`: (x or y) and not (x and y). */
export function exclusiveOr(x: TensorLike, y: TensorLike, name = 'LogicalXor'): Tensor {
  const either = op1('LogicalOr', [x, y]);
  return op1('LogicalAnd', [either, op1('LogicalNot', [op1('LogicalAnd', [x, y])])], undefined, name);
}
/** `tf.logical_xor`: of bool tensors. */
export const logicalXor: BinaryFunction = api('logicalXor', ['x', 'y', 'name'] as const, (p: XY) => exclusiveOr(p.x, p.y, p.name ?? undefined), { required: 2 });

defineOp('Select', {
  shape: (c) => {
    const data = c.merge(c.input(1), c.input(2));
    const cond = c.input(0);
    if (cond.dims === null || data.dims === null || cond.dims.length === 0) return [data];
    if (cond.dims.length !== 1 || data.dims.length === 0) return [c.merge(data, cond)];
    c.merge(cond, new TensorShape([dimOf(data, 0)]));
    return [data];
  },
  grad: grad1((op, g) => {
    const [cond, x] = [inputOf(op, 0), inputOf(op, 1)];
    const zeros = zerosLikeTensor(x);
    const gx = op1('Select', [cond, g, zeros]);
    return [null, gx, op1('Select', [cond, zeros, g])];
  }),
  // Kernels do not look whether the shapes fit: they are asked for here.
  tfjs: { kernel: 'Select', inputs: { condition: 0, t: 1, e: 2 }, exact: true, attrs: () => ({}) },
});
defineOp('SelectV2', {
  shape: (c) => [broadcast(c, c.input(0), broadcast(c, c.input(1), c.input(2)))],
  grad: grad1((op, g) => {
    const [cond, x, y] = [inputOf(op, 0), inputOf(op, 1), inputOf(op, 2)];
    const zeros = filled('zeros', [], g.dtype.baseDtype);
    const gx = op1('SelectV2', [cond, g, zeros]);
    const shape = shapeTensor(x);
    const output = shapeTensor(op.outputs[0]!);
    const sumTo = (v: Tensor, s: Tensor): Tensor => {
      const axes = op1('BroadcastGradientArgs', [s, output]);
      return op1('Reshape', [op1('Sum', [v, axes], { keep_dims: true }), s]);
    };
    const first = sumTo(gx, shape);
    const gy = op1('SelectV2', [cond, zeros, g]);
    return [null, first, sumTo(gy, shapeTensor(y))];
  }),
});
