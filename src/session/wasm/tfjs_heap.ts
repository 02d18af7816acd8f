// The memory of TensorFlow.js's wasm backend as a heap: blocks are its `malloc`'s, so that tensors of one side are values of
// the other without a copy. The memory starts at 16 MiB, grows to 4 GiB and never shrinks; any `malloc`, ours or the
// backend's, may grow it.
import { ResourceExhaustedError } from '../../graph/errors.ts';
import type { WasmMemory } from '../jit/host.ts';
import { type Heap, SLACK, Views } from './heap.ts';

/** The allocator of the backend. */
export interface TfjsAllocator {
  readonly memory: WasmMemory;
  /** Address of a block, aligned to 8; 0 when there is none. */
  malloc(bytes: number): number;
  free(address: number): void;
}

export class TfjsHeap extends Views implements Heap {
  readonly #allocator: TfjsAllocator;
  readonly #sizes = new Map<number, number>();
  #bytes = 0;
  mostBytes = 0;

  constructor(allocator: TfjsAllocator) {
    super(allocator.memory);
    this.#allocator = allocator;
  }

  /** Blocks of ours; those of the backend's own tensors are not counted. */
  get used(): { readonly blocks: number; readonly bytes: number } { return { blocks: this.#sizes.size, bytes: this.#bytes }; }

  alloc(bytes: number): number {
    const size = bytes + SLACK;
    const at = this.#allocator.malloc(size);
    if (at === 0) {
      throw new ResourceExhaustedError('OOM when allocating in the memory of TensorFlow.js', {
        memory: `${bytes} bytes asked for; ${this.#bytes} bytes in ${this.#sizes.size} blocks are in use beside the tensors of TensorFlow.js, and its memory of ${this.memory.buffer.byteLength} bytes cannot grow enough`,
      });
    }
    this.#sizes.set(at, size);
    this.#bytes += size;
    if (this.#bytes > this.mostBytes) this.mostBytes = this.#bytes;
    return at;
  }
  free(address: number): void {
    this.give(address);
    this.#allocator.free(address);
  }
  /** Forgets a block that the backend will free. */
  give(address: number): void {
    this.#bytes -= this.#sizes.get(address)!;
    this.#sizes.delete(address);
  }
}
