// Loading TensorFlow.js and its backends, and the few entrances of its engine that have no public name: starting a
// backend without making it the active one, forgetting data, wrapping data as a tensor. The only module that imports it.
import { RuntimeError } from '../../graph/errors.ts';
import type { WasmMemory } from '../jit/host.ts';
import type { DeviceValue } from './engine.ts';

/* eslint-disable @typescript-eslint/no-explicit-any */
type Any = any;

export type KernelFunction = (args: { inputs: Readonly<Record<string, unknown>>; attrs: Readonly<Record<string, unknown>>; backend: Backend }) => unknown;

/** The part of a tfjs backend that is used. */
export interface Backend {
  write(values: ArrayBufferView, shape: number[], dtype: string): object;
  read(dataId: object): Promise<unknown>;
  readSync(dataId: object): unknown;
  incRef(dataId: object): void;
  /** True when that was the last reference. */
  disposeData(dataId: object): boolean;
  numDataIds(): number;
}

/** The wasm backend's data where it lies, and its allocator. */
export interface WasmData {
  readonly memory: WasmMemory;
  /** 0 when there is no such block. */
  malloc(bytes: number): number;
  free(address: number): void;
  addressOf(dataId: object): number;
  dtypeOf(dataId: object): string;
  /** Data over a block of `malloc`, with one reference; the last frees the block. */
  own(address: number, shape: readonly number[], dtype: string): object;
}

/** TensorFlow.js behind a narrow door. */
export interface Core {
  kernel(name: string, backend: string): KernelFunction | undefined;
  /** The backend that holds the data of a tracked tensor. */
  backendOf(dataId: object): Backend | undefined;
  /** Tells the tracker that data is gone. */
  forget(dataId: object, backend: Backend): void;
  /** A tensor that owns the value. */
  makeTensor(v: DeviceValue, backend: Backend): unknown;
}

export interface Loaded { readonly core: Core; readonly backend: Backend }

const PACKAGES: Readonly<Record<string, string>> = { cpu: '@tensorflow/tfjs-backend-cpu', wasm: '@tensorflow/tfjs-backend-wasm' };

/** Loads the library and starts the backend. Throws RuntimeError when there is no such backend. */
export async function loadBackend(name: string): Promise<Loaded> {
  const tf: Any = await import('@tensorflow/tfjs-core');
  let started = start(tf, name);
  if (!started && !(name in tf.engine().registryFactory)) {
    if (name === 'cpu') await import('@tensorflow/tfjs-backend-cpu');
    else if (name === 'wasm') await import('@tensorflow/tfjs-backend-wasm');
    else throw unknownBackend(tf, name);
    started = start(tf, name);
  }
  if (!started) {
    await tf.engine().pendingBackendInit;
    started = start(tf, name);
  }
  if (!started) throw new RuntimeError(`The TensorFlow.js backend '${name}' could not be started.`);
  return started;
}

/** The same without waiting, where the runtime can (Node, backends that start at once); else undefined. */
export function loadBackendSync(name: string): Loaded | undefined {
  const module = (globalThis as Any).process?.getBuiltinModule?.('node:module');
  if (!module) return undefined;
  const require = module.createRequire(import.meta.url);
  const tf = require('@tensorflow/tfjs-core');
  if (!(name in tf.engine().registryFactory) && PACKAGES[name] !== undefined) require(PACKAGES[name]);
  return start(tf, name);
}

/** The backend, if it is running or starts at once. It does not become the active backend. */
function start(tf: Any, name: string): Loaded | undefined {
  const backend: Any = name in tf.engine().registryFactory ? tf.findBackend(name) : null;
  if (!backend) return undefined;
  if (!setUp.has(backend)) {
    // The library does this only for the active backend.
    for (const k of tf.getKernelsForBackend(name)) k.setupFunc?.(backend);
    if (name === 'webgl' || name === 'webgpu') tf.env().set(`${name.toUpperCase()}_CPU_FORWARD`, false); // same bits whatever the size
    setUp.add(backend);
  }
  return { core: coreOf(tf), backend };
}
const setUp = new WeakSet<object>();

/** The door to the memory of the wasm backend. */
export function wasmDataOf(backend: Backend): WasmData {
  const be: Any = backend;
  return {
    memory: be.wasm.asm.memory,
    malloc: (bytes) => be.wasm._malloc(bytes) >>> 0, // beyond 2 GiB it is negative
    free: (address) => { be.wasm._free(address); },
    addressOf: (dataId) => be.dataIdMap.get(dataId).memoryOffset,
    dtypeOf: (dataId) => be.dataIdMap.get(dataId).dtype,
    own: (address, shape, dtype) => be.makeOutput([...shape], dtype, address).dataId,
  };
}

function coreOf(tf: Any): Core {
  const engine = (): Any => tf.engine();
  return {
    kernel: (name, backend) => tf.getKernel(name, backend)?.kernelFunc,
    backendOf: (dataId) => engine().state.tensorInfo.get(dataId)?.backend,
    forget: (dataId, backend) => { if (engine().state.tensorInfo.has(dataId)) engine().removeDataId(dataId, backend); },
    makeTensor: (v, backend) => engine().makeTensorFromDataId(v.dataId, [...v.shape], v.dtype, backend),
  };
}

function unknownBackend(tf: Any, name: string): RuntimeError {
  return new RuntimeError(`TensorFlow.js has no backend '${name}'.`, { remedy: `register it first (import its package); registered: ${Object.keys(tf.engine().registryFactory).join(', ') || 'none'}` });
}
