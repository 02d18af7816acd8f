// Scratch memory: a stack of blocks in one piece of the heap that stays, so that a kernel that runs again has the same blocks
// again, whatever else has come and gone. While a kernel needs more than there is, another piece is added; when nothing is
// in use any more, one piece takes the place of all.
import { ResourceExhaustedError } from '../../graph/errors.ts';
import { type Heap, SLACK } from './heap.ts';

/** Where blocks begin: cache lines. */
const LINE = 64;

/** How much is in use: pieces, and the end within the last of them. */
export interface Level { readonly pieces: number; readonly top: number }
const EMPTY: Level = { pieces: 0, top: 0 };

interface Piece { readonly at: number; readonly bytes: number; readonly heapBytes: number }

export class Scratch {
  readonly #heap: Heap;
  readonly #pieces: Piece[] = [];
  #level = EMPTY;
  /** The most there was since somebody began to hold what is taken. */
  #most = EMPTY;
  /** Bytes of all pieces there were at once: the next first one is so long. */
  #wanted = 0;
  /** Changes when pieces go: blocks lie elsewhere from then on. */
  version = 0;

  constructor(heap: Heap) { this.#heap = heap; }

  get level(): Level { return this.#level; }
  /** What the heap counts for it. */
  get heapBytes(): number { return this.#pieces.reduce((n, p) => n + p.heapBytes, 0); }

  alloc(bytes: number): number {
    const size = Math.ceil((bytes + SLACK) / LINE) * LINE, { pieces, top } = this.#level, last = this.#pieces[pieces - 1];
    if (last && top + size <= last.at + last.bytes) {
      this.#take({ pieces, top: top + size });
      return top;
    }
    let next = pieces;
    while (next < this.#pieces.length && this.#pieces[next]!.bytes < size) next++;
    const { at } = this.#pieces[next] ?? this.#add(size);
    this.#take({ pieces: next + 1, top: at + size });
    return at;
  }
  #take(level: Level): void {
    this.#level = level;
    const most = this.#most;
    if (level.pieces > most.pieces || (level.pieces === most.pieces && level.top > most.top)) this.#most = level;
  }
  /** Does something (never within itself); all blocks that it takes stay taken, those it is done with too. */
  hold(f: () => void): void {
    this.#most = this.#level;
    f();
    this.#level = this.#most;
  }
  /** Ends the blocks that were begun since. */
  backTo(level: Level): void {
    this.#level = level;
    if (level.pieces === 0 && this.#pieces.length > 1) this.giveBack();
  }
  /** Gives the memory back; false: there is none, or it is in use. */
  giveBack(): boolean {
    if (this.#level.pieces > 0 || this.#pieces.length === 0) return false;
    this.#wanted = this.#pieces.reduce((n, p) => n + p.bytes, 0);
    for (const p of this.#pieces) this.#heap.free(p.at);
    this.#pieces.length = 0;
    this.version++;
    return true;
  }
  #add(size: number): Piece {
    const heap = this.#heap, before = heap.used.bytes;
    const add = (bytes: number): Piece => {
      const at = heap.alloc(bytes), piece = { at, bytes, heapBytes: heap.used.bytes - before };
      this.#pieces.push(piece);
      return piece;
    };
    if (this.#pieces.length > 0 || this.#wanted <= size) return add(size);
    try {
      return add(this.#wanted);
    } catch (e) {
      if (!(e instanceof ResourceExhaustedError)) throw e;
      return add(size);
    }
  }
}
