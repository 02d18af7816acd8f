// The table of the `wasm` engine: op -> kernel.
import { cwiseKernels } from './cwise.ts';
import type { WasmKernel } from './kit.ts';

export const wasmKernels: ReadonlyMap<string, WasmKernel> = new Map(cwiseKernels);
