// Running logarithms of sums of exponentials: log1p(exp(less - more)) + more, element after element, in the dtype's own arithmetic (16-bit floats
// in binary32, rounded once). Follows tensorflow/core/kernels/scan_ops.{h,cc}.
import { NDArray } from '../../graph/ndarray.ts';
import { boolAttr, invalid, sizeOf, toNumber } from './common.ts';
import { asFloat32, narrow, noKernel } from './compute.ts';
import * as fn from './elementary.ts';
import { type Kernel, type KernelDef } from './kernel.ts';
import { SCALAR32, SCALAR64 } from './scalar.ts';

const cumulativeLogsumexp: Kernel = ([a, axisInput], node) => {
  const { shape } = a!, rank = shape.length, given = toNumber(axisInput!), axis = given < 0 ? given + rank : given;
  if (!a!.dtype.isFloating) throw noKernel(node.op, a!.dtype);
  if (!(axis >= 0 && axis < rank)) throw invalid(`ScanOp: Expected scan axis in the range [${-rank}, ${rank}), but got ${given}`);
  const wide = asFloat32(a!), x = wide.data as Float64Array, out = x.slice();
  const o = wide.dtype.storage === 'f64' ? SCALAR64 : SCALAR32;
  const lowest = wide.dtype.storage === 'f64' ? -Number.MAX_VALUE : a!.dtype.name === 'float16' ? -65504 : -(2 - 2 ** -23) * 2 ** 127;
  const exclusive = boolAttr(node, 'exclusive', false), backward = boolAttr(node, 'reverse', false);
  const n = shape[axis]!, inner = sizeOf(shape.slice(axis + 1)), outer = sizeOf(shape.slice(0, axis));
  for (let i = 0; i < outer; i++) for (let j = 0; j < inner; j++) {
    let sum = lowest;
    for (let k = 0; k < n; k++) {
      const at = (i * n + (backward ? n - 1 - k : k)) * inner + j, v = x[at]!, before = sum;
      const [less, more] = [v < sum ? v : sum, sum < v ? v : sum];
      sum = o.add(fn.log1p(o, fn.exp(o, o.sub(less, more))), more);
      out[at] = exclusive ? before : sum;
    }
  }
  return [new NDArray(a!.dtype.baseDtype, shape, narrow(a!.dtype, out))];
};

export const logScanKernels: readonly KernelDef[] = [{ op: 'CumulativeLogsumexp', kernel: cumulativeLogsumexp }];
