// What an engine offers the executor: a place for values and kernels that run there. The `reference` engine is the one
// without a place of its own: all its values are NDArrays and all its kernels are the reference kernels.
import type { DType } from '../../graph/dtype.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import type { TfjsNode } from '../../ops/registry.ts';
import type { KernelState } from '../kernels/kernel.ts';

/** A value in the engine's memory; only the engine looks inside. */
export interface DeviceValue { readonly dataId: object; readonly shape: readonly number[]; readonly dtype: string }

/** A kernel call decided while compiling. */
export interface DeviceCall {
  /** Name of the engine's kernel. */
  readonly kernel: string;
  /** Engine's input name -> position among the step's inputs. */
  readonly inputs: Readonly<Record<string, number>>;
  readonly attrs: Readonly<Record<string, unknown>>;
}

/** What the engine may ask of a node when it decides whether it runs it. */
export interface DeviceNode extends TfjsNode {
  readonly name: string;
  readonly op: string;
  readonly outputDtypes: readonly DType[];
  /** False when a shape is known only at run time. */
  readonly shapesKnown: boolean;
}

/** What the host's memory is called where an engine's would be named. */
export const HOST_ALLOCATOR = 'cpu';
/** TF's name of this process, or of an engine's device in it. */
export function deviceName(allocator: string): string { return `/job:localhost/replica:0/task:0/device:${allocator === HOST_ALLOCATOR ? 'CPU:0' : allocator}`; }

/** Numbers of live values, for leak tests. */
export interface MemoryInfo { readonly tensors: number; readonly bytes: number }

export interface Engine {
  /** `reference`, `tfjs:cpu`. */
  readonly name: string;
  /** Why it serves in place of the engine a session would have. */
  readonly why?: string;
  /** Whether constants may be computed while compiling by the reference kernels for every op (same arithmetic), or only where bits cannot differ. */
  readonly foldsAll: boolean;
  /** Whether values of this dtype live on the device. */
  accepts(dtype: DType): boolean;
  /** How the engine runs the node, or why it does not. */
  place(node: DeviceNode, mode: 'exact' | 'fast'): DeviceCall | string;
  /** Loads what has to be loaded; after that the other methods may be called. */
  prepare(): Promise<void>;
  /** The same without waiting; throws when that is impossible. */
  prepareSync(): void;
  upload(a: NDArray): DeviceValue;
  download(v: DeviceValue, dtype: DType): NDArray | Promise<NDArray>;
  downloadSync(v: DeviceValue, dtype: DType): NDArray;
  /** Runs a kernel; `state` is the node's (the position of its random stream). */
  run(call: DeviceCall, inputs: readonly DeviceValue[], state: KernelState): readonly DeviceValue[];
  /** One more owner of a value. */
  retain(v: DeviceValue): DeviceValue;
  /** One owner less; the memory goes with the last. */
  free(v: DeviceValue): void;
  /** Takes a tensor of the engine's own library as a value, when it lives on this device. */
  adopt(tensor: object): DeviceValue | undefined;
  /** Whether values can be handed out as tensors of the engine's own library. */
  readonly exposes: boolean;
  /** Hands a value out as such a tensor, which then owns it. */
  expose(v: DeviceValue): unknown;
  memory(): MemoryInfo;
}
