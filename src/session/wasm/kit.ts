// What kernels of the `wasm` engine work with: values on the heap, scratch blocks that end with the call, and generated
// functions, made once per structure.
import { type DType, int32, int64, uint8 } from '../../graph/dtype.ts';
import { InternalFault, ResourceExhaustedError } from '../../graph/errors.ts';
import { allocate, NDArray } from '../../graph/ndarray.ts';
import type { Change, DeviceNode, DeviceValue, Over, Places } from '../engines/engine.ts';
import type { GeneratedCode } from '../generated_code.ts';
import { fromNumbers, sameShape } from '../kernels/common.ts';
import type { KernelState } from '../kernels/kernel.ts';
import type { FunctionBuilder } from '../jit/function.ts';
import { outOfMemory } from '../oom.ts';
import { CodeStore, type Functions } from './code.ts';
import type { Heap } from './heap.ts';
import { fillFunction, moveFunction, wordFunction } from './move.ts';
import { Scratch } from './scratch.ts';
import { SharedArea } from './shared_area.ts';
import { shares } from './split.ts';
import type { Calls, Replay, Replays, Take, Tape } from './replay.ts';
import type { Split, Threads } from './threads.ts';

/** A block with its number of owners; only a sole owner may write into it. `lender`: somebody who reads it too, an owner
 * himself; it goes back to him. */
export interface Block {
  readonly address: number;
  readonly bytes: number;
  owners: number;
  lender: (() => void) | undefined;
  /** In an area: its memory is another value's when a plan says so. */
  readonly placed: boolean;
  /** Addresses of what was made of its elements and is kept as long as they are, by what it is (0: asked for once). */
  kept?: Map<string, number>;
}

/** A value on the heap. Values of one block share its elements. */
export interface WasmValue extends DeviceValue { readonly dataId: Block; readonly type: DType; readonly address: number; readonly size: number }

/** A generated function: i32 parameters, at most one i32 result. */
export type Code = (...args: number[]) => number | void;

/** A kernel: its outputs, or undefined when the reference kernel is to do it (mostly to raise TF's error; then `state` is untouched). */
export type WasmKernel = (k: Kit, inputs: readonly WasmValue[], node: DeviceNode, state: KernelState) => readonly WasmValue[] | undefined;

/** Inputs that a call may write over. */
interface Overwriting { readonly inputs: readonly WasmValue[]; readonly over: readonly Over[]; readonly changes: Change[] }

const NONE: readonly number[] = [];
/** Products of a multiplication worth a turn of another thread. */
const WORTH = 1 << 18;
/** So many kinds of what is kept are remembered. */
const MANY_KEPT = 1024;

export class Kit {
  readonly #heap: Heap;
  /** What the kernel that is running does, while it is written down. */
  #tape: Tape | undefined;
  readonly #store: CodeStore;
  readonly #stack: Scratch;
  /** Blocks by size that the part of another thread, which is being written down, has done with: nobody else may have them yet. */
  #parked: Map<number, number[]> | undefined;
  readonly #made: WasmValue[] = [];
  /** Where the current call's outputs go. */
  #places: Places | undefined;
  #outputs: readonly number[] = NONE;
  #over: Overwriting | undefined;
  #tensors = 0;
  #bytes = 0;
  readonly #area: SharedArea;

  readonly #threads: Threads | undefined;
  #dividing = false;
  readonly #fused: boolean;
  /** `fused`: products may be added in one rounding. */
  constructor(heap: Heap, threads?: Threads, fused = false) {
    this.#heap = heap;
    this.#fused = fused;
    this.#threads = threads;
    this.#stack = new Scratch(heap);
    this.#area = new SharedArea(heap);
    this.#store = new CodeStore(heap.memory, threads);
  }
  close(): void { this.#threads?.close(); }
  /** The memory; who looks at elements or writes them by itself does what no replay does. */
  get heap(): Heap {
    if (this.#tape) this.#tape.isSpoilt = true;
    return this.#heap;
  }
  get memory(): { readonly tensors: number; readonly bytes: number } { return { tensors: this.#tensors, bytes: this.#bytes }; }

  get hasThreads(): boolean { return this.#threads !== undefined; }
  /** Whether sums of products of a format are fused. */
  fuses(t: string): boolean { return this.#fused && t.startsWith('f'); }

  /** The functions made before under a key. */
  known(key: string): Functions | undefined { return this.#store.known(key); }
  /** The functions of a module; built at most once per key. */
  functions(key: string, build: () => Readonly<Record<string, FunctionBuilder>>, split?: Split): Functions { return this.#store.functions(key, build, split); }
  /** The one function of a module. `split`: how its calls are divided among threads. */
  code(key: string, build: () => FunctionBuilder, split?: Split): Code { return this.functions(key, () => ({ f: build() }), split)['f']!; }

  /** Whether a function that only looks at elements of inputs finds nothing wrong (0). */
  holds(key: string, build: () => FunctionBuilder, ...args: readonly number[]): boolean {
    const code = this.code(key, build), tape = this.#tape;
    tape?.questions.push({ code, args });
    this.#store.tape = undefined; // it is no call of the tape
    try {
      return !code(...args);
    } finally {
      this.#store.tape = tape;
    }
  }
  /** Whether code does nothing now. */
  get isRehearsing(): boolean { return this.#rehearsing; }
  #rehearsing = false;
  /** See CodeStore. */
  rehearse(play: () => void): Promise<void> | undefined {
    this.#rehearsing = true;
    try {
      return this.#store.rehearse(play);
    } finally {
      this.#rehearsing = false;
    }
  }
  /** Does `n` things, in parts at once where `products` (multiplications, or other work as long) are worth that. `begin`, once for each
   * part before any of them, returns what does `count` things from `from` on, a multiple of `unit`: by calls of generated
   * functions alone, for the elements on the heap are neither those of before nor those of later then. */
  divide(n: number, unit: number, products: number, begin: () => (from: number, count: number) => void): void {
    const threads = this.#threads, tape = this.#tape, units = Math.ceil(n / unit), isShared = threads !== undefined && products >= WORTH && units > 1 && !this.#rehearsing;
    if (!isShared || !threads.isFree) {
      if (isShared && tape && !this.#dividing) tape.isEarly = true; // another time they may be free
      begin()(0, n);
      return;
    }
    const parked: Map<number, number[]>[] = [], lists: Calls[] = [];
    const parts = shares(units, threads.count).map(([from, count], i) => {
      const f = begin(), first = from * unit, part = (): void => { f(first, Math.min(n, (from + count) * unit) - first); };
      const list: Calls = [], taken = tape ? (): void => { tape.part(list, part); } : part;
      lists.push(list);
      return i === 0 ? taken : () => {
        parked.push(this.#parked = new Map());
        try {
          this.#stack.hold(taken);
        } finally {
          this.#parked = undefined;
        }
      };
    });
    const { level } = this.#stack;
    this.#dividing = true;
    try {
      threads.together(parts);
    } finally {
      this.#dividing = false;
      this.#stack.backTo(level);
      for (const p of parked) for (const list of p.values()) for (const at of list) this.#heap.free(at);
    }
    tape?.together(lists);
  }
  /** Makes calls that were taken down; those of parts at once where other threads are free. */
  perform(calls: Calls): void {
    const threads = this.#threads;
    for (let i = 0; i < calls.length; i += 2) {
      const code = calls[i] as Code | null;
      if (code) { code.apply(undefined, calls[i + 1] as number[]); continue; }
      const parts = (calls[i + 1] as readonly Calls[]).map((list) => () => { this.perform(list); });
      if (threads?.isFree) threads.together(parts); else for (const part of parts) part();
    }
  }
  /** Notes the code that is used from now on; the function returned says how much it was. */
  note(): () => GeneratedCode { return this.#store.note(); }

  /** A new value. `output`: it is the call's output of this number. */
  make(type: DType, shape: readonly number[], output?: number): WasmValue {
    const place = this.#places && this.#placeFor(type, shape, output);
    if (place) {
      this.#made.push(this.#settle(place));
      return place;
    }
    let size = 1;
    for (const d of shape) size *= d;
    const bytes = size * type.size;
    const address = this.#alloc(bytes, type, shape);
    const v: WasmValue = { dataId: { address, bytes, owners: 1, lender: undefined, placed: false }, shape, dtype: type.name, type, address, size };
    this.#tensors++;
    this.#bytes += bytes;
    this.#made.push(v);
    return v;
  }
  /** Gives memory back that is kept for the next call. */
  rest(): void { this.#stack.giveBack(); }
  /** Address of memory that runs take turns with, of at least this many bytes; undefined: there is not enough. */
  area(wanted: number): number | undefined { return this.#area.take(wanted, () => { this.closeArea(); }); }
  /** Watches the memory in use beside what is there now; the function returned tells the most there was, with the area. */
  noteBytes(): () => number {
    const heap = this.#heap, before = heap.used.bytes - this.#area.heapBytes - this.#stack.heapBytes;
    heap.mostBytes = heap.used.bytes;
    return () => heap.mostBytes - before;
  }
  closeArea(): void {
    this.#area.giveBack();
    this.#stack.giveBack();
  }
  /** A place for a value; nothing is there yet. */
  place(type: DType, shape: readonly number[], address: number): WasmValue {
    const size = shape.reduce((n, d) => n * d, 1);
    return { dataId: { address, bytes: size * type.size, owners: 0, lender: undefined, placed: true }, shape, dtype: type.name, type, address, size };
  }
  #placeFor(type: DType, shape: readonly number[], output: number | undefined): WasmValue | undefined {
    for (const o of output === undefined ? this.#outputs : [this.#outputs[output]!]) {
      const v = this.#places![o] as WasmValue | undefined;
      if (v && v.dataId.owners === 0 && v.type === type && (v.shape === shape || sameShape(v.shape, shape))) return v;
    }
    return undefined;
  }
  /** A value at its place begins. */
  #settle(v: WasmValue): WasmValue {
    v.dataId.owners = 1;
    this.#tensors++;
    this.#bytes += v.dataId.bytes;
    return v;
  }
  /** A value over memory of someone else, to be read; `lender` takes it back. */
  borrow(type: DType, shape: readonly number[], address: number, lender: () => void): WasmValue {
    const size = shape.reduce((n, d) => n * d, 1), bytes = size * type.size;
    this.#tensors++;
    this.#bytes += bytes;
    return { dataId: { address, bytes, owners: 2, lender, placed: false }, shape, dtype: type.name, type, address, size };
  }
  /** Makes somebody else an owner of a block, who will free it. */
  lend(block: Block, lender: () => void): void {
    block.owners++;
    block.lender = lender;
  }
  /** The same elements in a block of their own. */
  copy(v: WasmValue): WasmValue {
    const w = this.make(v.type, v.shape);
    this.move(w.address, v.address, v.size * v.type.size);
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
  /** An input of the call as an output that is written where it lies, if nobody else has it. `change`: makes what undoes that, where it has to be possible. */
  written(v: WasmValue, change: () => Change): WasmValue | undefined {
    const { dataId: block } = v, { inputs = [], over = [], changes = [] } = this.#over ?? {}, o = over.find((t) => inputs[t.input] === v);
    if (!o || block.owners !== 1 || block.lender || inputs.some((x, i) => i !== o.input && x.dataId === block)) return undefined;
    if (o.undone) changes.push(change());
    this.#forget(block);
    return this.view(v, v.shape, v.type.baseDtype);
  }
  /** What was asked for again before: from then on it is kept when it is asked for first. */
  readonly #wanted = new Set<string>();
  /** Memory for what `make` makes of the elements of a block, when it is asked for again; undefined: make it elsewhere. */
  keep(block: Block, what: string, bytes: number, make: (to: number) => void): number | undefined {
    const tape = this.#tape;
    if (block.lender && tape) tape.isSpoilt = true;
    if (block.lender || this.#rehearsing || this.#parked) return undefined; // nothing is made in a rehearsal, nor yet in a part
    const kept = block.kept ??= new Map<string, number>(), at = kept.get(what);
    if (at !== undefined && at !== 0) {
      tape?.kept.push({ block, what, at, made: 0 });
      return at;
    }
    if (at === undefined && !this.#wanted.has(what)) {
      tape?.kept.push({ block, what, at, made: 0 });
      kept.set(what, 0);
      return undefined;
    }
    let to: number;
    try {
      to = this.#heap.alloc(bytes);
    } catch {
      if (tape) tape.isSpoilt = true;
      return undefined; // there are more needful things
    }
    try {
      make(to);
    } catch (e) {
      this.#heap.free(to);
      throw e;
    }
    kept.set(what, to);
    if (this.#wanted.size >= MANY_KEPT) this.#wanted.clear();
    this.#wanted.add(what);
    tape?.blocks.set(to, bytes);
    tape?.kept.push({ block, what, at, made: to });
    return to;
  }
  #forget(block: Block): void {
    if (!block.kept) return;
    for (const at of block.kept.values()) if (at > 0) this.#heap.free(at);
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
    if (block.lender) block.lender(); else if (!block.placed) this.#drop(block.address, block.bytes);
  }
  /** Sets bytes; copies them (areas may overlap). On a shared memory JavaScript is slow at either. */
  fill(to: number, bytes: number, value = 0): void { this.code('bytes.fill', fillFunction)(to, value, bytes); }
  move(to: number, from: number, bytes: number): void { this.code('bytes.move', moveFunction)(to, from, bytes); }
  /** Writes a number of four bytes. */
  word(to: number, bits: number): void { this.code('bytes.word', wordFunction)(to, bits); }
  /** A block that lives until the call ends. */
  scratch(bytes: number): number {
    return this.#alloc(bytes, uint8, [bytes], true);
  }
  #drop(address: number, bytes: number): void {
    if (!this.#parked) { this.#heap.free(address); return; }
    const list = this.#parked.get(bytes);
    if (list) list.push(address); else this.#parked.set(bytes, [address]);
  }
  #alloc(bytes: number, type: DType, shape: readonly number[], onStack = false): number {
    const take = (): number => {
      if (onStack) return this.#stack.alloc(bytes);
      const at = this.#parked?.get(bytes)?.pop() ?? this.#heap.alloc(bytes);
      this.#tape?.blocks.set(at, Math.max(bytes, this.#tape.blocks.get(at) ?? 0));
      return at;
    };
    try {
      return take();
    } catch (e) {
      if (!(e instanceof ResourceExhaustedError)) throw e;
      if (this.#stack.giveBack()) return this.#alloc(bytes, type, shape, onStack);
      throw outOfMemory(`[${shape.join()}]`, type, 'wasm', e.detail.memory);
    }
  }

  /** Runs a kernel: scratch blocks go when it ends, values it made and did not return go too. Its outputs go to the places of
   * the slots `outputs`; one that shares the memory of a value which the plan may end before it is copied. */
  call(f: () => readonly WasmValue[] | undefined, places?: Places, outputs: readonly number[] = NONE, over?: Overwriting): readonly WasmValue[] | undefined {
    const { level } = this.#stack, made = this.#made.length, outer = this.#places, outerOutputs = this.#outputs, outerOver = this.#over;
    this.repeated = undefined;
    this.#places = places;
    this.#outputs = outputs;
    this.#over = over;
    let out: readonly WasmValue[] | undefined;
    try {
      out = f();
      if (out) out = this.#safe(out);
      return out;
    } finally {
      this.#places = outer;
      this.#outputs = outerOutputs;
      this.#over = outerOver;
      this.#stack.backTo(level);
      while (this.#made.length > made) {
        const v = this.#made.pop()!;
        if (!out?.includes(v)) this.release(v);
      }
    }
  }
  /** The same for a kernel that is run again and again: what it did before on values that lie where these lie is done again. */
  again(replays: Replays, x: readonly WasmValue[], takes: readonly Take[], f: () => readonly WasmValue[] | undefined, places?: Places, outputs: readonly number[] = NONE): readonly WasmValue[] | undefined {
    this.repeated = undefined;
    if (this.#rehearsing) return this.call(f, places, outputs);
    const known = replays.play(this, this.#stack.version, x, places, outputs);
    if (known) {
      if (replays.last!.isLink) this.repeated = replays.last;
      return known;
    }
    const tape = this.#tape = this.#store.tape = replays.tape(this.#stack.version);
    let out: readonly WasmValue[] | undefined;
    try {
      out = this.call(f, places, outputs);
    } finally {
      this.#tape = this.#store.tape = undefined;
    }
    if (tape?.version === this.#stack.version) replays.keep(tape, x, out, places, outputs, takes);
    return out;
  }
  /** What the last call did again; undefined: it did something new, or took memory for a while. */
  repeated: Replay | undefined;
  /** Changes when scratch blocks lie elsewhere. */
  get scratchVersion(): number { return this.#stack.version; }
  /** Code used again. */
  used(keys: Iterable<string>): void { this.#store.used(keys); }
  /** A value like one that was, at its place or in a block where that was. */
  begin(like: WasmValue): WasmValue {
    if (like.dataId.placed) return this.#settle(like);
    return this.#settle({ ...like, dataId: { address: like.dataId.address, bytes: like.dataId.bytes, owners: 1, lender: undefined, placed: false } });
  }
  /** Outputs that live as long as anybody wants them, or until their place's turn is over: one that lies at the place of another
   * value moves out of the area. */
  #safe(out: readonly WasmValue[]): readonly WasmValue[] {
    for (let i = 0; i < out.length; i++) if (this.#strays(out[i]!, i)) return this.#moveStrays(out);
    return out;
  }
  #strays(v: WasmValue, output: number): boolean { return v.dataId.placed && this.#places?.[this.#outputs[output]!]?.dataId !== v.dataId; }
  #moveStrays(out: readonly WasmValue[]): readonly WasmValue[] {
    const stray = out.map((v, i) => this.#strays(v, i));
    this.#places = undefined; // nor to another's place again; the call is at its end
    return out.map((v, i) => (stray[i] ? this.copy(v) : v));
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
    const { heap } = this, { type, address, size } = v;
    // A copy of a typed array is far cheaper than a buffer and two views of it.
    if (type.storage === 'f32') return new NDArray(type, v.shape, heap.f32.slice(address >>> 2, (address >>> 2) + size));
    if (type.storage === 'i32') return new NDArray(type, v.shape, heap.i32.slice(address >>> 2, (address >>> 2) + size));
    const data = allocate(type, size);
    new Uint8Array((data as Uint8Array).buffer).set(heap.u8.subarray(address, address + size * type.size));
    return new NDArray(type, v.shape, data);
  }
  /** A new value (at its place). */
  write(a: NDArray, at?: WasmValue): WasmValue {
    const type = a.dtype.baseDtype;
    let v: WasmValue;
    if (at && at.type === type && at.dataId.owners === 0 && sameShape(at.shape, a.shape)) this.#made.push(v = this.#settle(at));
    else v = this.make(type, a.shape);
    this.put(a, v);
    return v;
  }
  /** Writes the elements of an array where a value of its dtype and shape lies. */
  put({ data }: NDArray, { type, address }: WasmValue): void {
    const { heap } = this, d = data as Uint8Array;
    if (type.storage === 'f32') heap.f32.set(d as unknown as Float32Array, address >>> 2);
    else if (type.storage === 'i32') heap.i32.set(d as unknown as Int32Array, address >>> 2);
    else heap.u8.set(new Uint8Array(d.buffer as ArrayBuffer, d.byteOffset, d.byteLength), address);
  }
  /** A value made outside of a kernel from one of the host. */
  upload(a: NDArray, at: WasmValue | undefined): WasmValue {
    const v = this.write(a, at);
    this.#made.pop();
    return v;
  }
  /** A new int32 (or int64) value. */
  integers(values: readonly number[], shape: readonly number[], wide = false): WasmValue { return this.write(fromNumbers(wide ? int64 : int32, shape, values)); }
  /** Elements of an integer value as numbers. */
  numbers(v: WasmValue): number[] {
    if (v.type.storage !== 'i32' && v.type.storage !== 'i64') throw new InternalFault(`${v.type.name} used as an index`);
    const out: number[] = [];
    if (v.type.storage === 'i32') {
      const { i32 } = this.#heap, at = v.address >>> 2;
      for (let i = 0; i < v.size; i++) out.push(i32[at + i]!);
      this.#tape?.read(v, out);
      return out;
    }
    const d = this.look(v).data as Int32Array;
    for (let i = 0; i < d.length; i++) out.push(Number(d[i])); // int64 as bigints
    return out;
  }
}
