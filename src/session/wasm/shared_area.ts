// Memory that runs take turns with: as large as the largest of the last runs wants it.
import { ResourceExhaustedError } from '../../graph/errors.ts';
import type { Heap } from './heap.ts';

/** After so many turns an area that is far larger than any of them wanted makes room for other values. */
const MANY_TURNS = 1000;
/** `heapBytes`: what the heap counts for it. */
const NONE = { address: -1, bytes: 0, heapBytes: 0 };

export class SharedArea {
  readonly #heap: Heap;
  #has = NONE;
  /** Turns taken since its size was looked at, and the most that one of them wanted. */
  #turns = 0;
  #most = 0;
  constructor(heap: Heap) { this.#heap = heap; }

  get heapBytes(): number { return this.#has.heapBytes; }
  /** Its address, with at least so many bytes; undefined: there is not enough memory. `close`: is called before it moves. */
  take(wanted: number, close: () => void): number | undefined {
    const bytes = this.#sizeFor(wanted);
    if (bytes === this.#has.bytes) return this.#has.address;
    close();
    try {
      const heap = this.#heap, before = heap.used.bytes, address = heap.alloc(bytes);
      this.#has = { address, bytes, heapBytes: heap.used.bytes - before };
      return address;
    } catch (e) {
      if (e instanceof ResourceExhaustedError) return undefined;
      throw e;
    }
  }
  giveBack(): void {
    if (this.#has.bytes > 0) this.#heap.free(this.#has.address);
    this.#has = NONE;
  }
  /** Bytes it should have: what it has, if that is enough and not far too much for all of the last runs. */
  #sizeFor(wanted: number): number {
    if (wanted > this.#has.bytes) return wanted;
    this.#most = Math.max(this.#most, wanted);
    if (++this.#turns < MANY_TURNS) return this.#has.bytes;
    const most = this.#most;
    this.#turns = this.#most = 0;
    return 2 * most < this.#has.bytes ? most : this.#has.bytes;
  }
}
