// The filter gradient of a 3x3 convolution with 'same' padding, out of kernels that TensorFlow.js has on wasm and that are right there.
import * as tfjs from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { registerGradients } from './tfjs_gradients.ts';

/** The filter gradient TensorFlow.js has no wasm kernel for: one matmul per tap on padded, strided slices. */
export function filterGradient(x: tfjs.Tensor4D, dy: tfjs.Tensor4D, s: number): tfjs.Tensor {
  return tfjs.tidy(() => {
    const [n, h, w, ci] = x.shape, [, oh, ow, co] = dy.shape;
    const total = [Math.max(0, (oh - 1) * s + 3 - h), Math.max(0, (ow - 1) * s + 3 - w)].map((p): [number, number] => [p >> 1, p - (p >> 1)]);
    const padded = tfjs.pad(x, [[0, 0], total[0]!, total[1]!, [0, 0]]);
    const g = tfjs.reshape(dy, [n * oh * ow, co]);
    const taps: tfjs.Tensor[] = [];
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        const part = tfjs.stridedSlice(padded, [0, i, j, 0], [n, i + (oh - 1) * s + 1, j + (ow - 1) * s + 1, ci], [1, s, s, 1]);
        taps.push(tfjs.matMul(tfjs.transpose(tfjs.reshape(part, [n * oh * ow, ci])), g));
      }
    }
    return tfjs.reshape(tfjs.concat(taps, 0), [3, 3, ci, co]);
  });
}

/** Makes eager TensorFlow.js train convolutions on its wasm backend. */
export async function convnetOnTfjs(): Promise<void> {
  await registerGradients();
  await tfjs.setBackend('wasm');
  tfjs.registerKernel({ kernelName: 'Conv2DBackpropFilter', backendName: 'wasm', kernelFunc: ({ inputs, attrs }) => filterGradient(inputs['x'] as tfjs.Tensor4D, inputs['dy'] as tfjs.Tensor4D, (attrs as { strides: number }).strides) });
}
