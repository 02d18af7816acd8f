// BiasAdd and BiasAddGrad in both layouts. The gradient is the contract's Sum over all axes but the channel's, terms in
// row-major order of the graph's own axes. Follows tensorflow/core/kernels/bias_op.cc.
import { invalid, repeat, shapeText } from './common.ts';
import { evaluate, type ValueRow } from './compute.ts';
import { type Kernel, type KernelDef } from './kernel.ts';
import { reduceSum } from './reduce.ts';
import { isNchw } from './window.ts';

export const BIAS: ValueRow = { any: (o, v, w) => o.add(v, w), complex: (o, v, w) => [o.add(v[0], w[0]), o.add(v[1], w[1])] };
const biasAdd: Kernel = ([x, b], node) => {
  const nchw = isNchw(node);
  if (x!.shape.length < 2) throw invalid(`Input tensor must be at least 2D: ${shapeText(x!.shape)}`);
  if (b!.shape.length !== 1) throw invalid(`Biases must be 1D: ${shapeText(b!.shape)}`);
  const axis = nchw ? 1 : x!.shape.length - 1;
  if (b!.shape[0] !== x!.shape[axis]) throw invalid(`Must provide as many biases as the last dimension of the input tensor: ${shapeText(b!.shape)} vs. ${shapeText(x!.shape)}`);
  const bias = b!.reshape([b!.shape[0]!, ...repeat(x!.shape.length - 1 - axis, 1)]);
  return [evaluate('BiasAdd', BIAS, [x!, bias])];
};
const biasAddGrad: Kernel = ([g], node) => {
  if (g!.shape.length < 2) throw invalid(`Input tensor must be at least 2D: ${shapeText(g!.shape)}`);
  const axis = isNchw(node) ? 1 : g!.shape.length - 1;
  return [reduceSum(g!, g!.shape.map((_, i) => i !== axis))];
};

export const biasKernels: readonly KernelDef[] = [
  { op: 'BiasAdd', kernel: biasAdd },
  { op: 'BiasAddV1', kernel: biasAdd },
  { op: 'BiasAddGrad', kernel: biasAddGrad },
];
