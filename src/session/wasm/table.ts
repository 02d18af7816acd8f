// The table of the `wasm` engine: op -> kernel.
import { argKernels } from './argmax.ts';
import { arrayKernels } from './array.ts';
import { batchNormKernels } from './batch_norm.ts';
import { convKernels } from './conv.ts';
import { cwiseKernels } from './cwise.ts';
import { depthwiseKernels } from './depthwise.ts';
import type { WasmKernel } from './kit.ts';
import { matmulKernels } from './matmul.ts';
import { poolKernels } from './pool.ts';
import { reduceKernels } from './reduce.ts';

export const wasmKernels: ReadonlyMap<string, WasmKernel> = new Map([...cwiseKernels, ...matmulKernels, ...convKernels, ...depthwiseKernels, ...reduceKernels, ...argKernels, ...poolKernels, ...batchNormKernels, ...arrayKernels]);
