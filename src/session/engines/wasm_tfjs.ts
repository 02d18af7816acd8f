// The `wasm` engine on the heap of TensorFlow.js's wasm backend: a tensor of that backend is fed where it lies, and results
// can be had as its tensors, without a copy in either direction. Shared data has the backend's reference counts; the
// engine never writes into it.
import { bool, type DType, float32, int32 } from '../../graph/dtype.ts';
import { InternalFault, RuntimeError } from '../../graph/errors.ts';
import type { Block, WasmValue } from '../wasm/kit.ts';
import { TfjsHeap } from '../wasm/tfjs_heap.ts';
import type { DeviceValue, Engine } from './engine.ts';
import { loadBackend, loadBackendSync, type Loaded, type WasmData, wasmDataOf } from './tfjs_load.ts';
import { type ThreadsWanted, WasmEngine } from './wasm.ts';

/** An engine for one session; the heap is that of all users of the backend. */
export function wasmOnTfjs(threads?: ThreadsWanted, mode?: 'exact' | 'fast'): Engine { return new WasmOnTfjs(threads, mode); }

const NUMERIC: ReadonlyMap<string, DType> = new Map([float32, int32, bool].map((d) => [d.name, d]));

class WasmOnTfjs extends WasmEngine {
  override readonly exposes: ReadonlySet<DType> = new Set(NUMERIC.values());
  #loaded: (Loaded & { readonly data: WasmData; readonly heap: TfjsHeap }) | undefined;
  /** Data of the backend over a block. */
  readonly #dataOf = new WeakMap<Block, object>();

  constructor(threads?: ThreadsWanted, mode?: 'exact' | 'fast') { super(() => this.#use().heap, threads, mode); }

  override async prepare(): Promise<void> { if (!this.#loaded) this.#load(await loadBackend('wasm')); }
  override prepareSync(): void {
    if (this.#loaded) return;
    const loaded = loadBackendSync('wasm');
    if (!loaded) throw new RuntimeError("The TensorFlow.js backend 'wasm' is not ready.", { remedy: 'await sess.ready() (or a first sess.run()) before runSync and explain' });
    this.#load(loaded);
  }
  #load(loaded: Loaded): void {
    const data = wasmDataOf(loaded.backend);
    this.#loaded = { ...loaded, data, heap: new TfjsHeap(data) };
  }

  override adopt(tensor: object): DeviceValue | undefined {
    const { core, backend, data } = this.#use();
    const t = tensor as DeviceValue;
    const type = NUMERIC.get(t.dtype);
    // What a boolean of TensorFlow.js holds need not be 0 or 1.
    if (!type || type === bool || core.backendOf(t.dataId) !== backend) return undefined;
    backend.incRef(t.dataId);
    const v = this.kit.borrow(type, t.shape, data.addressOf(t.dataId), () => { this.#drop(t.dataId); });
    this.#dataOf.set(v.dataId, t.dataId);
    return v;
  }

  override expose(value: DeviceValue): unknown {
    const { core, backend } = this.#use();
    const v = this.#alone(value as WasmValue);
    const data = this.#shared(v);
    backend.incRef(data);
    const tensor = core.makeTensor({ dataId: data, shape: v.shape, dtype: v.dtype }, backend);
    this.kit.release(v);
    return tensor;
  }
  /** The value, or a copy of it, such that a block and the value on it are the same thing to the backend. */
  #alone(v: WasmValue): WasmValue {
    const { dataId: block } = v, known = this.#dataOf.get(block);
    const fits = !block.placed && (known ? this.#use().data.dtypeOf(known) === v.dtype : v.address === block.address && v.size * v.type.size === block.bytes);
    if (fits) return v;
    const copy = this.kit.own(() => this.kit.copy(v));
    this.kit.release(v);
    return copy;
  }
  /** The backend's data over the block of a value; from now on the block is the backend's. */
  #shared({ dataId: block, address, shape, dtype }: WasmValue): object {
    let data = this.#dataOf.get(block);
    if (!data) {
      this.#dataOf.set(block, data = this.#use().data.own(address, shape, dtype));
      this.#use().heap.give(address);
      const made = data;
      this.kit.lend(block, () => { this.#drop(made); });
    }
    return data;
  }
  #drop(dataId: object): void {
    const { core, backend } = this.#use();
    if (backend.disposeData(dataId)) core.forget(dataId, backend);
  }
  #use(): Loaded & { readonly data: WasmData; readonly heap: TfjsHeap } {
    if (!this.#loaded) throw new InternalFault('the wasm engine is used before the backend of TensorFlow.js is ready');
    return this.#loaded;
  }
}
