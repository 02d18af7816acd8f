// The table of the `wasm` engine: op -> kernel.
import { argKernels } from './argmax.ts';
import { arrayKernels } from './array.ts';
import { batchNormKernels } from './batch_norm.ts';
import { bitcastKernels } from './bitcast.ts';
import { convKernels } from './conv.ts';
import { conv3dKernels } from './conv3d.ts';
import { cropResizeKernels } from './crop_resize.ts';
import { cumulativeKernels } from './cumulative.ts';
import { cwiseKernels } from './cwise.ts';
import { depthwiseKernels } from './depthwise.ts';
import { dilationKernels } from './dilation.ts';
import { fftKernels } from './fft.ts';
import { gatherKernels } from './gather.ts';
import { hostKernels } from './host.ts';
import type { WasmKernel } from './kit.ts';
import { lrnKernels } from './lrn.ts';
import { matmulKernels } from './matmul.ts';
import { mirrorPadKernels } from './mirror_pad.ts';
import { normKernels } from './norms.ts';
import { patchKernels } from './patches.ts';
import { poolKernels } from './pool.ts';
import { randomKernels } from './random.ts';
import { rearrangeKernels } from './rearrange.ts';
import { reduceKernels } from './reduce.ts';
import { resizeKernels } from './resize.ts';
import { scatterKernels } from './scatter.ts';
import { segmentKernels } from './segment.ts';
import { softmaxKernels } from './softmax.ts';
import { sparseKernels } from './sparse.ts';
import { topKKernels } from './top_k.ts';

export const wasmKernels: ReadonlyMap<string, WasmKernel> = new Map([
  ...cwiseKernels,
  ...matmulKernels,
  ...convKernels,
  ...conv3dKernels,
  ...depthwiseKernels,
  ...poolKernels,
  ...batchNormKernels,
  ...lrnKernels,
  ...dilationKernels,
  ...reduceKernels,
  ...softmaxKernels,
  ...argKernels,
  ...cumulativeKernels,
  ...normKernels,
  ...arrayKernels,
  ...bitcastKernels,
  ...mirrorPadKernels,
  ...rearrangeKernels,
  ...gatherKernels,
  ...resizeKernels,
  ...scatterKernels,
  ...segmentKernels,
  ...randomKernels,
  ...topKKernels,
  ...sparseKernels,
  ...patchKernels,
  ...cropResizeKernels,
  ...fftKernels,
  ...hostKernels,
]);
