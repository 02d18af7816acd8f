// Words in shared memory, one for each call under way: who sends a call takes a word and writes it when the call is to end;
// who executes it looks there between two steps. And the number of orders sent, by which the one who executes knows that
// others wait.
import type { RunSignal } from '../session/run_control.ts';

/** Calls that may be under way at once in one executor. */
export const MOST_CALLS = 1 << 14;
const SENT = MOST_CALLS;

export class CallWords {
  /** What the other thread gets. */
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #free: number[] = [];
  #next = 0;

  constructor(memory = new SharedArrayBuffer(4 * (MOST_CALLS + 1))) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
  }

  /** A word for a new call; undefined: all are taken. */
  take(): number | undefined { return this.#free.pop() ?? (this.#next < MOST_CALLS ? this.#next++ : undefined); }
  /** The call is to end. */
  cancel(word: number): void { Atomics.store(this.#words, word, 1); }
  /** The call has ended. */
  release(word: number): void {
    Atomics.store(this.#words, word, 0);
    this.#free.push(word);
  }
  /** One more order is on its way. */
  sent(): void { Atomics.add(this.#words, SENT, 1); }

  /** What a call is watched by. `taken`: orders that have arrived, where they are counted. */
  signal(word: number, taken: (() => number) | undefined): RunSignal {
    const words = this.#words;
    return {
      get aborted() { return Atomics.load(words, word) !== 0; },
      ...(taken ? { isWanted: () => Atomics.load(words, SENT) !== taken() } : {}),
    };
  }
}
