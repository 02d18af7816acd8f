// Memory of the `wasm` engine: blocks in one growing WebAssembly.Memory, its own or (tfjs_heap.ts) that of TensorFlow.js.
// In its own, freed blocks are reused by size class; before the memory grows, neighbours are joined and the best fit is
// taken. Every block ends in slack, because kernels read and write whole groups of four elements.
import { ResourceExhaustedError } from '../../graph/errors.ts';
import { isShared, webAssembly, type WasmMemory } from '../jit/host.ts';

/** What kernels and the engine need of a memory. Addresses are bytes from its start. */
export interface Heap {
  readonly memory: WasmMemory;
  /** Address of a block of at least this many bytes, aligned to 8. Throws ResourceExhaustedError. */
  alloc(bytes: number): number;
  free(address: number): void;
  readonly u8: Uint8Array;
  readonly f32: Float32Array;
  readonly i32: Int32Array;
  /** Blocks and bytes in use. */
  readonly used: { readonly blocks: number; readonly bytes: number };
  /** The most bytes that have been in use at once; set back by whoever wants to know. */
  mostBytes: number;
}

const PAGE = 65536;
/** All that 32-bit addresses reach. */
const MAX_BYTES = 65536 * PAGE;
/** Three elements of 16 bytes: as far as a group of four reaches over the end. */
export const SLACK = 48;

/** The views of a memory, made anew when it has grown, by whomever: growth kills the old buffer and all views of it (of a
 * shared memory they live on, and end where it ended). */
export class Views {
  readonly memory: WasmMemory;
  readonly #shared: boolean;
  #u8!: Uint8Array;
  #f32!: Float32Array;
  #i32!: Int32Array;

  constructor(memory: WasmMemory) {
    this.memory = memory;
    this.#shared = isShared(memory);
    this.#make();
  }
  get u8(): Uint8Array { this.#renew(); return this.#u8; }
  get f32(): Float32Array { this.#renew(); return this.#f32; }
  get i32(): Int32Array { this.#renew(); return this.#i32; }

  #renew(): void { if (this.#shared ? this.#u8.buffer !== this.memory.buffer : this.#u8.length === 0) this.#make(); }
  #make(): void {
    const { buffer } = this.memory;
    this.#u8 = new Uint8Array(buffer);
    this.#f32 = new Float32Array(buffer);
    this.#i32 = new Int32Array(buffer);
  }
}

/** Hosts reserve far more addresses for a memory than it has, and can run out of those. */
function newMemory(limits: ConstructorParameters<typeof webAssembly.Memory>[0]): WasmMemory {
  try {
    return new webAssembly.Memory(limits);
  } catch (e) {
    throw new ResourceExhaustedError(`OOM when creating WebAssembly memory: ${(e as Error).message}`, { remedy: 'close sessions that are no longer used; memories of closed ones go when garbage is collected' });
  }
}

/** A heap over a memory of its own, at most `maxBytes` long; `shared`: one that threads may share. */
export class OwnHeap extends Views implements Heap {
  readonly #maxPages: number;
  readonly #sizes = new Map<number, number>();
  /** Freed blocks by size, the lowest last: it is taken first, so that a step that runs again finds the blocks it had. */
  readonly #bins = new Map<number, number[]>();
  /** Free spans by address, no two adjacent. */
  #spans: [at: number, size: number][] = [];
  #top = 64; // address 0 stays free: no block is there
  #bytes = 0;
  mostBytes = 0;

  constructor(maxBytes: number = MAX_BYTES, shared = false) {
    const pages = Math.max(1, Math.floor(maxBytes / PAGE));
    super(newMemory(shared ? { initial: 1, maximum: pages, shared } : { initial: 1 }));
    this.#maxPages = pages;
  }

  get used(): { readonly blocks: number; readonly bytes: number } { return { blocks: this.#sizes.size, bytes: this.#bytes }; }

  alloc(bytes: number): number {
    const size = sizeClass(bytes + SLACK);
    const at = this.#bins.get(size)?.pop() ?? this.#fromSpans(size) ?? this.#fromTop(size) ?? this.#afterJoining(size) ?? this.#grown(size);
    if (at === undefined) throw this.#exhausted(bytes);
    this.#sizes.set(at, size);
    this.#bytes += size;
    if (this.#bytes > this.mostBytes) this.mostBytes = this.#bytes;
    return at;
  }
  free(address: number): void {
    const size = this.#sizes.get(address)!;
    this.#sizes.delete(address);
    this.#bytes -= size;
    const bin = this.#bins.get(size);
    if (!bin) { this.#bins.set(size, [address]); return; }
    let i = bin.push(address) - 1;
    for (; i > 0 && bin[i - 1]! < address; i--) bin[i] = bin[i - 1]!;
    bin[i] = address;
  }

  #fromSpans(size: number): number | undefined {
    let best = -1;
    this.#spans.forEach(([, n], i) => { if (n >= size && (best < 0 || n < this.#spans[best]![1])) best = i; });
    if (best < 0) return undefined;
    const [at, n] = this.#spans[best]!;
    if (n === size) this.#spans.splice(best, 1);
    else this.#spans[best] = [at + size, n - size];
    return at;
  }
  #fromTop(size: number): number | undefined {
    if (this.#top + size > this.u8.length) return undefined;
    const at = this.#top;
    this.#top += size;
    return at;
  }
  /** Joins all freed blocks with their neighbours. */
  #afterJoining(size: number): number | undefined {
    const free = [...this.#spans];
    for (const [n, list] of this.#bins) for (const at of list) free.push([at, n]);
    this.#bins.clear();
    free.sort((a, b) => a[0] - b[0]);
    this.#spans = [];
    for (const [at, n] of free) {
      const last = this.#spans[this.#spans.length - 1];
      if (last && last[0] + last[1] === at) last[1] += n; else this.#spans.push([at, n]);
    }
    const last = this.#spans[this.#spans.length - 1];
    if (last && last[0] + last[1] === this.#top) { this.#top = last[0]; this.#spans.pop(); }
    return this.#fromSpans(size) ?? this.#fromTop(size);
  }
  /** Grows by half, or as far as is needed. */
  #grown(size: number): number | undefined {
    const have = this.u8.length / PAGE, need = Math.ceil((this.#top + size) / PAGE);
    if (need > this.#maxPages) return undefined;
    for (const pages of [Math.min(this.#maxPages, Math.max(need, Math.ceil(1.5 * have))), need]) {
      try { this.memory.grow(pages - have); } catch { continue; }
      return this.#fromTop(size);
    }
    return undefined;
  }
  #exhausted(bytes: number): ResourceExhaustedError {
    return new ResourceExhaustedError('OOM when allocating in WebAssembly memory', {
      memory: `${bytes} bytes asked for; ${this.#bytes} bytes in ${this.#sizes.size} blocks are in use, at most ${this.#maxPages * PAGE} can be`,
    });
  }
}

/** Rounds up to one of eight sizes per power of two (small ones: multiples of 64). */
export function sizeClass(bytes: number): number {
  if (bytes <= 512) return (bytes + 63) & ~63;
  const step = 2 ** (Math.floor(Math.log2(bytes - 1)) - 3);
  return Math.ceil(bytes / step) * step;
}
