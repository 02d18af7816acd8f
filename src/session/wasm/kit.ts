// What kernels of the `wasm` engine work with: values on the heap, scratch blocks that end with the call, and generated
// functions, made once per structure.
import { type DType, int32, int64, uint8 } from '../../graph/dtype.ts';
import { InternalFault, ResourceExhaustedError } from '../../graph/errors.ts';
import { allocate, NDArray } from '../../graph/ndarray.ts';
import type { DeviceNode, DeviceValue } from '../engines/engine.ts';
import type { GeneratedCode } from '../generated_code.ts';
import { fromNumbers } from '../kernels/common.ts';
import type { KernelState } from '../kernels/kernel.ts';
import type { FunctionBuilder } from '../jit/function.ts';
import { outOfMemory } from '../oom.ts';
import { CodeStore, type Functions } from './code.ts';
import type { Heap } from './heap.ts';

/** A block with its number of owners; only a sole owner may write into it. `lender`: somebody who reads it too, an owner
 * himself; it goes back to him. */
export interface Block {
  readonly address: number;
  readonly bytes: number;
  owners: number;
  lender?: () => void;
  /** Addresses of what was made of its elements and is kept as long as they are, by what it is (0: asked for once). */
  kept?: Map<string, number>;
}

/** A value on the heap. Values of one block share its elements. */
export interface WasmValue extends DeviceValue { readonly dataId: Block; readonly type: DType; readonly address: number; readonly size: number }

/** A generated function: i32 parameters, at most one i32 result. */
export type Code = (...args: number[]) => number | void;

/** A kernel: its outputs, or undefined when the reference kernel is to do it (mostly to raise TF's error; then `state` is untouched). */
export type WasmKernel = (k: Kit, inputs: readonly WasmValue[], node: DeviceNode, state: KernelState) => readonly WasmValue[] | undefined;

export class Kit {
  readonly heap: Heap;
  readonly #store: CodeStore;
  /** Blocks made in the current call. */
  #scratch: number[] = [];
  #made: WasmValue[] = [];
  #tensors = 0;
  #bytes = 0;

  constructor(heap: Heap) {
    this.heap = heap;
    this.#store = new CodeStore(heap.memory);
  }
  get memory(): { readonly tensors: number; readonly bytes: number } { return { tensors: this.#tensors, bytes: this.#bytes }; }

  /** The functions made before under a key. */
  known(key: string): Functions | undefined { return this.#store.known(key); }
  /** The functions of a module; built at most once per key. */
  functions(key: string, build: () => Readonly<Record<string, FunctionBuilder>>): Functions { return this.#store.functions(key, build); }
  /** The one function of a module. */
  code(key: string, build: () => FunctionBuilder): Code { return this.functions(key, () => ({ f: build() }))['f']!; }

  /** Notes the code that is used from now on; the function returned says how much it was. */
  note(): () => GeneratedCode { return this.#store.note(); }

  /** A new value. */
  make(type: DType, shape: readonly number[]): WasmValue {
    let size = 1;
    for (const d of shape) size *= d;
    const bytes = size * type.size;
    const address = this.#alloc(bytes, type, shape);
    const v: WasmValue = { dataId: { address, bytes, owners: 1 }, shape, dtype: type.name, type, address, size };
    this.#tensors++;
    this.#bytes += bytes;
    this.#made.push(v);
    return v;
  }
  /** A value over memory of someone else, to be read; `lender` takes it back. */
  borrow(type: DType, shape: readonly number[], address: number, lender: () => void): WasmValue {
    const size = shape.reduce((n, d) => n * d, 1), bytes = size * type.size;
    this.#tensors++;
    this.#bytes += bytes;
    return { dataId: { address, bytes, owners: 2, lender }, shape, dtype: type.name, type, address, size };
  }
  /** Makes somebody else an owner of a block, who will free it. */
  lend(block: Block, lender: () => void): void {
    block.owners++;
    block.lender = lender;
  }
  /** The same elements in a block of their own. */
  copy(v: WasmValue): WasmValue {
    const w = this.make(v.type, v.shape);
    this.heap.u8.copyWithin(w.address, v.address, v.address + v.size * v.type.size);
    return w;
  }
  /** The same elements under another shape or dtype (of as many bytes in all). */
  view(v: WasmValue, shape: readonly number[], type: DType = v.type): WasmValue {
    v.dataId.owners++;
    this.#tensors++;
    this.#bytes += v.dataId.bytes;
    const w: WasmValue = { dataId: v.dataId, shape, dtype: type.name, type, address: v.address, size: shape.reduce((n, d) => n * d, 1) };
    this.#made.push(w);
    return w;
  }
  /** A value where one was that ends now. */
  inPlaceOf(v: WasmValue, shape: readonly number[], type: DType): WasmValue {
    this.#forget(v.dataId);
    return { dataId: v.dataId, shape, dtype: type.name, type, address: v.address, size: v.size };
  }
  /** Memory for what `make` makes of the elements of a block, when it is asked for again; undefined: make it elsewhere. */
  keep(block: Block, what: string, bytes: number, make: (to: number) => void): number | undefined {
    if (block.lender) return undefined;
    const kept = block.kept ??= new Map<string, number>(), at = kept.get(what);
    if (at !== 0) { if (at === undefined) kept.set(what, 0); return at; }
    let to: number;
    try {
      to = this.heap.alloc(bytes);
    } catch {
      return undefined; // there are more needful things
    }
    try {
      make(to);
    } catch (e) {
      this.heap.free(to);
      throw e;
    }
    kept.set(what, to);
    return to;
  }
  #forget(block: Block): void {
    if (!block.kept) return;
    for (const at of block.kept.values()) if (at > 0) this.heap.free(at);
    delete block.kept;
  }
  retain(v: WasmValue): WasmValue {
    v.dataId.owners++;
    this.#tensors++;
    this.#bytes += v.dataId.bytes;
    return v;
  }
  release(v: WasmValue): void {
    this.#tensors--;
    this.#bytes -= v.dataId.bytes;
    const block = v.dataId;
    if (--block.owners > (block.lender ? 1 : 0)) return;
    this.#forget(block);
    if (block.lender) block.lender(); else this.heap.free(block.address);
  }
  /** A block that lives until the call ends. */
  scratch(bytes: number): number {
    const at = this.#alloc(bytes, uint8, [bytes]);
    this.#scratch.push(at);
    return at;
  }
  #alloc(bytes: number, type: DType, shape: readonly number[]): number {
    try {
      return this.heap.alloc(bytes);
    } catch (e) {
      throw e instanceof ResourceExhaustedError ? outOfMemory(`[${shape.join()}]`, type, 'wasm', e.detail.memory) : e;
    }
  }

  /** Runs a kernel: scratch blocks go when it ends, values it made and did not return go too. */
  call(f: () => readonly WasmValue[] | undefined): readonly WasmValue[] | undefined {
    const scratch = this.#scratch, made = this.#made;
    this.#scratch = [];
    this.#made = [];
    let out: readonly WasmValue[] | undefined;
    try {
      return out = f();
    } finally {
      for (const at of this.#scratch) this.heap.free(at);
      for (const v of this.#made) if (!out?.includes(v)) this.release(v);
      this.#scratch = scratch;
      this.#made = made;
    }
  }

  /** Elements where they lie: good until the next block is made. */
  look(v: WasmValue): NDArray {
    const { buffer } = this.heap.u8, make = allocate(v.type, 0).constructor as new (b: ArrayBufferLike, at: number, n: number) => Float32Array;
    return new NDArray(v.type, v.shape, new make(buffer, v.address, v.type.isComplex ? 2 * v.size : v.size));
  }
  /** A value made outside of a kernel. */
  own(f: () => WasmValue): WasmValue { return this.call(() => [f()])![0]!; }

  /** Elements as the host has them, copied. */
  read(v: WasmValue): NDArray {
    const data = allocate(v.type, v.size);
    new Uint8Array((data as Uint8Array).buffer).set(this.heap.u8.subarray(v.address, v.address + v.size * v.type.size));
    return new NDArray(v.type, v.shape, data);
  }
  write(a: NDArray): WasmValue {
    const v = this.make(a.dtype.baseDtype, a.shape);
    const d = a.data as Uint8Array;
    this.heap.u8.set(new Uint8Array(d.buffer as ArrayBuffer, d.byteOffset, d.byteLength), v.address);
    return v;
  }
  /** A new int32 (or int64) value. */
  integers(values: readonly number[], shape: readonly number[], wide = false): WasmValue { return this.write(fromNumbers(wide ? int64 : int32, shape, values)); }
  /** Elements of an integer value as numbers. */
  numbers(v: WasmValue): number[] {
    if (v.type.storage !== 'i32' && v.type.storage !== 'i64') throw new InternalFault(`${v.type.name} used as an index`);
    const d = this.look(v).data as Int32Array, out: number[] = [];
    for (let i = 0; i < d.length; i++) out.push(Number(d[i])); // int64 as bigints
    return out;
  }
}
