// Pooling over two spatial axes and its gradients. Follows python/ops/nn_ops.py, nn_grad.py and MaxPoolShape in
// core/framework/common_shape_fns.cc (1.15).
import { ValueError } from '../graph/errors.ts';
import { type Dim, TensorShape } from '../graph/shape.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { shape as shapeOf, zeros } from './array_ops.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { inScope } from './building.ts';
import { type AttrInput, op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import type { ShapeContext } from './shape_inference.ts';
import { axesOf, type DataFormat, fourOf, windowedSize } from './nn_conv.ts';

function poolShape(c: ShapeContext): TensorShape[] {
  const ax = axesOf(c.str('data_format'));
  const x = c.withRank(c.input(0), 4).dims!;
  const [strides, ksize] = [c.ints('strides'), c.ints('ksize')];
  if (strides.length !== 4) c.fail(`Pooling op requires the stride attribute to contain 4 values, but got: ${strides.length}`);
  if (ksize.length !== 4) c.fail(`Pooling op requires the ksize attribute to contain 4 values, but got: ${ksize.length}`);
  const out: Dim[] = x.map((d, i) => windowedSize(c, d, ksize[i]!, strides[i]!, 1, c.str('padding')));
  out[ax.n] = x[ax.n]!;
  return [new TensorShape(out)];
}

const ATTRS = ['ksize', 'strides', 'padding', 'data_format'] as const;
function poolAttrs(op: Operation): Record<string, AttrInput> { return Object.fromEntries(ATTRS.map((k) => [k, op.attr(k)!])); }
const noGradient = (x: Tensor): Tensor => zeros(shapeOf(x), { dtype: x.dtype.baseDtype });

defineOp('MaxPool', { shape: poolShape, grad: (op, g) => [op1('MaxPoolGrad', [op.inputs[0]!, op.outputs[0]!, g!], poolAttrs(op))] });
defineOp('MaxPoolGrad', {
  shape: (c) => [c.withRank(c.input(0), 4)],
  grad: (op, g) => [noGradient(op.inputs[0]!), noGradient(op.inputs[1]!), op1('MaxPoolGradGrad', [op.inputs[0]!, op.inputs[1]!, g!], poolAttrs(op))],
});
defineOp('MaxPoolGradGrad', { shape: poolShape });
defineOp('AvgPool', { shape: poolShape, grad: (op, g) => [op1('AvgPoolGrad', [shapeOf(op.inputs[0]!), g!], poolAttrs(op))] });
defineOp('AvgPoolGrad', {
  shape: (c) => [c.withRank(c.valueAsShape(0), 4)],
  grad: (op, g) => [noGradient(op.inputs[0]!), op1('AvgPool', [g!], poolAttrs(op))],
});

interface PoolParams { value: TensorLike; ksize: number | readonly number[]; strides: number | readonly number[]; padding: string; dataFormat?: DataFormat | null; name?: string | null; input?: TensorLike | null }
function pool(op: string, p: PoolParams): Tensor {
  const value = p.value ?? p.input;
  return inScope(p.name, op, [value], (scope) => {
    const format = p.dataFormat ?? 'NHWC';
    const channel = axesOf(format).c;
    const ksize = fourOf(p.ksize, channel, 'ksize');
    if (op === 'MaxPool' && ksize.includes(0)) throw new ValueError('ksize cannot be zero.');
    return op1(op, [convertToTensor(value, { name: op === 'MaxPool' ? 'input' : 'value' })], { ksize, strides: fourOf(p.strides, channel, 'strides'), padding: p.padding, data_format: format }, scope);
  });
}
/** `tf.nn.max_pool`: maximum over windows of `value` [batch, height, width, channels]; `ksize` and `strides` per axis of
 * the data format (or the two spatial ones); padding 'SAME' or 'VALID'. NCHW runs here, unlike on TensorFlow's CPU. */
export const maxPool = api('maxPool', ['value', 'ksize', 'strides', 'padding', 'dataFormat', 'name', 'input'], (p: PoolParams): Tensor => pool('MaxPool', p), { required: 4 });
/** `tf.nn.avg_pool`: mean over windows; padding does not count. */
export const avgPool = api('avgPool', ['value', 'ksize', 'strides', 'padding', 'dataFormat', 'name', 'input'], (p: PoolParams): Tensor => pool('AvgPool', p), { required: 4 });
