// Local response normalisation, grayscale dilation and erosion. Follows python/ops/nn_ops.py, nn_grad.py and core/ops/nn_ops.cc (1.15).
import { type Dim, TensorShape } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { reverse } from './array_ops.ts';
import { attrsOf, inScope, int32Vector } from './building.ts';
import type { TensorLike } from './convert.ts';
import { negative } from './math_ops.ts';
import { windowedSize } from './nn_conv.ts';
import { op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';

// --- local response normalisation

const LRN = ['depth_radius', 'bias', 'alpha', 'beta'] as const;
defineOp('LRN', { shape: (c) => [c.withRank(c.input(0), 4)], grad: (op, g) => [op1('LRNGrad', [g!, op.inputs[0]!, op.outputs[0]!], attrsOf(op, LRN))] });
defineOp('LRNGrad', { shape: (c) => [c.merge(c.merge(c.withRank(c.input(0), 4), c.input(1)), c.input(2))] });

interface LrnParams { input: TensorLike; depthRadius?: number; bias?: number; alpha?: number; beta?: number; name?: string | null }
/** `tf.nn.lrn`, `tf.nn.local_response_normalization`: x / (bias + alpha * sum of squares in the window of channels) ** beta, the
 * window `depthRadius` (5) to either side, of `input` [batch, height, width, channels] of float32 or float16. */
export const localResponseNormalization = api('localResponseNormalization', ['input', 'depthRadius', 'bias', 'alpha', 'beta', 'name'], (p: LrnParams): Tensor =>
  op1('LRN', [p.input], { depth_radius: p.depthRadius ?? 5, bias: p.bias ?? 1, alpha: p.alpha ?? 1, beta: p.beta ?? 0.5 }, p.name), { required: 1 });
export const lrn = localResponseNormalization;

// --- dilation

const DILATION = ['strides', 'rates', 'padding'] as const;
defineOp('Dilation2D', {
  shape: (c) => {
    const x = c.withRank(c.input(0), 4).dims!, f = c.withRank(c.input(1), 3).dims!, strides = c.ints('strides'), rates = c.ints('rates');
    if (strides.length !== 4) c.fail(`Dilation2D requires the stride attribute to contain 4 values, but got: ${strides.length}`);
    if (rates.length !== 4) c.fail(`Dilation2D requires the rates attribute to contain 4 values, but got: ${rates.length}`);
    const known = [x[1], x[2], f[0], f[1]].every((d) => d !== null);
    if (known) c.mergeDim(x[3]!, f[2]!);
    const space = [1, 2].map((i): Dim => (known ? windowedSize(c, x[i]!, f[i - 1]!, strides[i]!, rates[i]!, c.str('padding')) : null));
    return [new TensorShape([x[0]!, ...space, f[2]!])];
  },
  grad: (op, g) => [
    op1('Dilation2DBackpropInput', [op.inputs[0]!, op.inputs[1]!, g!], attrsOf(op, DILATION)), op1('Dilation2DBackpropFilter', [op.inputs[0]!, op.inputs[1]!, g!], attrsOf(op, DILATION)),
  ],
});
defineOp('Dilation2DBackpropInput', { shape: (c) => [c.input(0)] });
defineOp('Dilation2DBackpropFilter', { shape: (c) => [c.input(1)] });

interface DilationParams { input: TensorLike; filter?: TensorLike | null; strides?: readonly number[] | null; rates?: readonly number[] | null; padding?: string | null; name?: string | null; filters?: TensorLike | null; dilations?: readonly number[] | null }
/** `tf.nn.dilation2d`: max over the window of input + filter, `input` [batch, height, width, channels], `filter` [height, width,
 * channels]; `strides` and `rates` have four numbers. */
export const dilation2d = api('dilation2d', ['input', 'filter', 'strides', 'rates', 'padding', 'name', 'filters', 'dilations'], (p: DilationParams): Tensor =>
  op1('Dilation2D', [p.input, (p.filter ?? p.filters)!], { strides: p.strides!, rates: (p.rates ?? p.dilations)!, padding: p.padding! }, p.name), { required: 1 });

interface ErosionParams { value: TensorLike; kernel: TensorLike; strides: readonly number[]; rates: readonly number[]; padding: string; name?: string | null }
/** `tf.nn.erosion2d`: min over the window of value - kernel, as the dilation of -value by the reflected kernel. */
export const erosion2d = api('erosion2d', ['value', 'kernel', 'strides', 'rates', 'padding', 'name'], (p: ErosionParams): Tensor =>
  inScope(p.name, 'erosion2d', [p.value, p.kernel], (name) => {
    const dilated = op1('Dilation2D', [negative(p.value), reverse(p.kernel, int32Vector([0, 1]))], { strides: p.strides, rates: p.rates, padding: p.padding }, name);
    return negative(dilated);
  }), { required: 5 });
