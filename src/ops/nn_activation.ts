// Bias and activation ops. Follows python/ops/nn_ops.py, nn_grad.py and core/ops/nn_ops.cc (1.15).
import { int32 } from '../graph/dtype.ts';
import { type Dim, TensorShape } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { concat, onesLike, reshape, shape as shapeOf, tile, where, zeros, zerosLike } from './array_ops.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { makeArray } from './make_array.ts';
import { op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { afterOps, inScope } from './building.ts';
import type { ShapeContext } from './shape_inference.ts';
import { unchangedShape } from './shape_fns.ts';
import type { DataFormat } from './nn_conv.ts';
import './tensor_operators.ts';

const isNCHW = (c: ShapeContext): boolean => c.str('data_format') === 'NCHW';

defineOp('BiasAdd', {
  shape: (c) => {
    const x = c.withRankAtLeast(c.input(0), isNCHW(c) ? 3 : 2);
    const b = c.withRank(c.input(1), 1).dims![0]!;
    if (x.dims === null) return [x];
    const axis = isNCHW(c) ? 1 : x.dims.length - 1;
    const merged = c.mergeDim(x.dims[axis]!, b);
    return [new TensorShape(x.dims.map((d, i) => (i === axis ? merged : d)))];
  },
  grad: (op, g) => [g!, op1('BiasAddGrad', [g!], { data_format: op.attr('data_format')! })],
  tfjs: { kernel: 'Add', inputs: { a: 0, b: 1 }, exact: true, attrs: (n) => (n.attr['data_format']?.kind === 's' && n.attr['data_format'].value === 'NCHW' ? undefined : {}) },
});
defineOp('BiasAddV1', { shape: (c) => [c.withRankAtLeast(c.input(0), 2)] });
defineOp('BiasAddGrad', {
  shape: (c) => {
    const x = c.withRankAtLeast(c.input(0), isNCHW(c) ? 3 : 2);
    const d: Dim = x.dims === null ? null : x.dims[isNCHW(c) ? 1 : x.dims.length - 1]!;
    return [new TensorShape([d])];
  },
  grad: (op, g) => {
    const dims = shapeOf(op.inputs[0]!);
    const bias = shapeOf(g!);
    const format = op.attr('data_format');
    if (format?.kind === 's' && format.value === 'NCHW') {
      const expanded = concat([onesLike(dims.at([null, 1])), bias, onesLike(dims.at([2, null]))], 0);
      const multiples = concat([dims.at([null, 1]), makeArray([1], int32), dims.at([2, null])], 0);
      return [tile(reshape(g!, expanded), multiples)];
    }
    const expanded = concat([onesLike(dims.at([null, -1])), bias], 0);
    const multiples = concat([dims.at([null, -1]), makeArray([1], int32)], 0);
    return [tile(reshape(g!, expanded), multiples)];
  },
});

interface BiasAddParams { value: TensorLike; bias: TensorLike; dataFormat?: DataFormat | null; name?: string | null }
/** `tf.nn.bias_add`: adds a vector to the channel axis of `value` (the last one, or axis 1 with dataFormat 'NCHW').
 * Errors: ValueError when the channel count and the bias's length differ. */
export const biasAdd = api('biasAdd', ['value', 'bias', 'dataFormat', 'name'], (p: BiasAddParams): Tensor => inScope(p.name, 'BiasAdd', [p.value, p.bias], (scope) => {
  const value = convertToTensor(p.value, { name: 'input' });
  const bias = convertToTensor(p.bias, { dtype: value.dtype.baseDtype, name: 'bias' });
  return op1('BiasAdd', [value, bias], { data_format: p.dataFormat ?? undefined }, scope);
}), { required: 2 });

/** Zeros of a tensor's shape, as the second-order gradients of activations return for the forward input. */
const noSecondGradient = (x: Tensor): Tensor => zeros(shapeOf(x), { dtype: x.dtype.baseDtype });

defineOp('Relu', { shape: unchangedShape, grad: (op, g) => [op1('ReluGrad', [g!, op.outputs[0]!])], tfjs: { kernel: 'Relu', inputs: { x: 0 }, exact: false } });
defineOp('ReluGrad', { shape: (c) => [c.merge(c.input(0), c.input(1))], grad: (op, g) => [op1('ReluGrad', [g!, op.inputs[1]!]), noSecondGradient(op.inputs[1]!)] });
defineOp('Relu6', { shape: unchangedShape, grad: (op, g) => [op1('Relu6Grad', [g!, op.outputs[0]!])], tfjs: { kernel: 'Relu6', inputs: { x: 0 }, exact: false } });
defineOp('Relu6Grad', { shape: (c) => [c.merge(c.input(0), c.input(1))], grad: (op, g) => [op1('Relu6Grad', [g!, op.inputs[1]!]), noSecondGradient(op.inputs[1]!)] });
defineOp('LeakyRelu', { shape: unchangedShape, grad: (op, g) => [op1('LeakyReluGrad', [g!, op.inputs[0]!], { alpha: op.attr('alpha')! })] });
defineOp('LeakyReluGrad', {
  shape: (c) => [c.merge(c.input(0), c.input(1))],
  grad: (op, g) => [op1('LeakyReluGrad', [g!, op.inputs[1]!], { alpha: op.attr('alpha')! }), noSecondGradient(op.inputs[1]!)],
});
defineOp('Elu', { shape: unchangedShape, grad: (op, g) => [op1('EluGrad', [g!, op.outputs[0]!])], tfjs: { kernel: 'Elu', inputs: { x: 0 }, exact: false } });
defineOp('EluGrad', {
  shape: (c) => [c.merge(c.input(0), c.input(1))],
  grad: (op, g) => {
    const x = op.inputs[1]!;
    const first = op1('EluGrad', [g!, x]);
    return [first, where(x.less(0), g!.mul(op.inputs[0]!), zerosLike(x))];
  },
});
defineOp('Softplus', { shape: unchangedShape, grad: (op, g) => [g!.mul(op1('Sigmoid', [op.inputs[0]!]))], tfjs: { kernel: 'Softplus', inputs: { x: 0 }, exact: false } });
defineOp('SoftplusGrad', {
  shape: (c) => [c.merge(c.input(0), c.input(1))],
  grad: (op, g) => {
    const [dy, x] = [op.inputs[0]!, op.inputs[1]!];
    return afterOps([g!], () => {
      const ddy = op1('SoftplusGrad', [g!, x]);
      return [ddy, g!.mul(dy).truediv(op1('Exp', [x.neg()]).add(2.0).add(op1('Exp', [x])))];
    });
  },
});
defineOp('Softsign', { shape: unchangedShape, grad: (op, g) => [op1('SoftsignGrad', [g!, op.inputs[0]!])] });
defineOp('SoftsignGrad', { shape: (c) => [c.merge(c.input(0), c.input(1))] });
defineOp('Selu', { shape: unchangedShape, grad: (op, g) => [op1('SeluGrad', [g!, op.outputs[0]!])] });
defineOp('SeluGrad', { shape: (c) => [c.merge(c.input(0), c.input(1))] });

interface Activation { features: TensorLike; name?: string | null }
const activation = (name: string, op: string) => api(name, ['features', 'name'], (p: Activation): Tensor => op1(op, [p.features], {}, p.name), { required: 1 });
/** `tf.nn.relu`: max(x, 0). */
export const relu = activation('relu', 'Relu');
/** `tf.nn.relu6`: min(max(x, 0), 6). */
export const relu6 = api('relu6', ['features', 'name'], (p: Activation): Tensor => inScope(p.name, 'Relu6', [p.features], (scope) => op1('Relu6', [convertToTensor(p.features, { name: 'features' })], {}, scope)), { required: 1 });
/** `tf.nn.elu`: x for x > 0, exp(x) - 1 otherwise. */
export const elu = activation('elu', 'Elu');
/** `tf.nn.softplus`: log(exp(x) + 1). */
export const softplus = activation('softplus', 'Softplus');
/** `tf.nn.softsign`: x / (|x| + 1). */
export const softsign = activation('softsign', 'Softsign');
/** `tf.nn.selu`: scale * x for x > 0, scale * alpha * (exp(x) - 1) otherwise. */
export const selu = activation('selu', 'Selu');
/** `tf.nn.leaky_relu`: x for x > 0, `alpha` * x otherwise (alpha 0.2). */
export const leakyRelu = api('leakyRelu', ['features', 'alpha', 'name'], (p: { features: TensorLike; alpha?: number; name?: string | null }): Tensor => inScope(p.name, 'LeakyRelu', [p.features], (scope) =>
  op1('LeakyRelu', [convertToTensor(p.features, { name: 'features' })], { alpha: p.alpha ?? 0.2 }, scope)), { required: 1 });
