// The table of the `wasm` engine: op -> kernel.
import { argKernels } from './argmax.ts';
import { arrayKernels } from './array.ts';
import { batchNormKernels } from './batch_norm.ts';
import { convKernels } from './conv.ts';
import { conv3dKernels } from './conv3d.ts';
import { cwiseKernels } from './cwise.ts';
import { depthwiseKernels } from './depthwise.ts';
import { dilationKernels } from './dilation.ts';
import { gatherKernels } from './gather.ts';
import { hostKernels } from './host.ts';
import type { WasmKernel } from './kit.ts';
import { lrnKernels } from './lrn.ts';
import { matmulKernels } from './matmul.ts';
import { poolKernels } from './pool.ts';
import { randomKernels } from './random.ts';
import { reduceKernels } from './reduce.ts';
import { scatterKernels } from './scatter.ts';
import { spaceToBatchKernels } from './space_to_batch.ts';

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
  ...argKernels,
  ...arrayKernels,
  ...spaceToBatchKernels,
  ...gatherKernels,
  ...scatterKernels,
  ...randomKernels,
  ...hostKernels,
]);
