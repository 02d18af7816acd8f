// An executor: the sessions of one or several containers, their engines and their variables, all in one thread. It takes
// orders and gives reports; how they travel is the business of lane.ts. A container here is what TensorFlow's default one is
// to a server: the sessions that see the same variables.
import '../index.ts'; // shape functions of all ops
import { ConfigProto } from '../session/config.ts';
import type { Engine } from '../session/engines/engine.ts';
import { giveBack } from '../session/grpc/memory.ts';
import { engineOf } from '../session/options.ts';
import { SharedState } from '../session/shared_state.ts';
import type { CallWords } from './call_words.ts';
import { SessionCalls, type SessionMethod } from './calls.ts';
import { filesBelow } from './files.ts';

/** What an executor is made with; plain data. */
export interface ExecutorSettings {
  readonly engine: string;
  /** Of the engine's memory, for each container; null: the engine's own limit. */
  readonly memoryLimitBytes: number | null;
  /** The directory whose files ops reach; null: none. */
  readonly root: string | null;
  /** Of JavaScript's own memory in a thread, where graphs and plans are. */
  readonly heapLimitBytes: number;
}
/** An engine for a container. Errors: ValueError for a wrong name or limit. */
export function engineFor({ engine, memoryLimitBytes }: ExecutorSettings): Engine { return engineOf({ engine, memoryLimitBytes }, new ConfigProto()); }

/** What an executor is told; orders are taken in their order. */
export type Order =
  /** A call of session `handle`, which CreateSession makes in the container. */
  | readonly [kind: 'call', id: number, word: number, method: SessionMethod, body: Uint8Array, handle: string, container: number]
  /** Ends a session. */
  | readonly [kind: 'close', handle: string, container: number]
  /** Forgets the variables of TensorFlow's containers of these names (all, when none is named). */
  | readonly [kind: 'reset', container: number, names: readonly string[]]
  /** Frees a container, whose sessions are closed. */
  | readonly [kind: 'drop', container: number];
/** What it says. */
export type Report =
  | readonly [kind: 'answer', id: number, frame: Uint8Array | null, code: number, message: string]
  /** `isEmpty`: whether the container holds no variables. */
  | readonly [kind: 'closed', container: number, isEmpty: boolean]
  | readonly [kind: 'dropped', container: number];

/** From so many bytes on a message is handed over to another thread rather than copied. */
const MOVED = 1 << 14;
/** A message as it goes to another thread, and the memory that goes with it: nobody may use it here any more. What goes over
 * takes all of its memory along, so a part of something larger becomes a copy first. */
export function parcel(message: Uint8Array): { readonly bytes: Uint8Array; readonly moved: ArrayBuffer[] } {
  const bytes = message.buffer.byteLength - message.length < 128 ? message : message.slice();
  return { bytes, moved: bytes.length < MOVED ? [] : [bytes.buffer as ArrayBuffer] };
}

export class Executor {
  readonly #settings: ExecutorSettings;
  readonly #words: CallWords;
  readonly #report: (r: Report) => void;
  readonly #containers = new Map<number, SharedState>();
  readonly #calls: SessionCalls;
  readonly #taken: (() => number) | undefined;
  #orders = 0;

  /** `isAlone`: the thread has nothing else to do, so a long run lets others in only when there are orders. */
  constructor(settings: ExecutorSettings, words: CallWords, isAlone: boolean, report: (r: Report) => void) {
    this.#settings = settings;
    this.#words = words;
    this.#report = report;
    this.#calls = new SessionCalls(settings.heapLimitBytes);
    this.#taken = isAlone ? () => this.#orders : undefined;
  }

  take(order: Order): void {
    this.#orders = (this.#orders + 1) | 0;
    switch (order[0]) {
      case 'call': {
        const [, id, word, method, body, handle, container] = order;
        const place = { handle, state: () => this.#state(container), signal: this.#words.signal(word, this.#taken) };
        void this.#calls.answer(method, body, place).then((a) => {
          const { code, message } = a.status ?? a.failed ?? { code: 0, message: '' };
          if (this.#taken) giveBack(body); // in a thread of its own it is the executor's
          this.#report(['answer', id, a.status ? null : a.frame, code, message]);
        });
        return;
      }
      case 'close': {
        const [, handle, container] = order;
        this.#calls.close(handle);
        const state = this.#containers.get(container);
        if (state) state.whenIdle(() => { this.#report(['closed', container, state.variables.isEmpty]); });
        else this.#report(['closed', container, true]);
        return;
      }
      case 'reset': {
        const [, container, names] = order, state = this.#containers.get(container);
        state?.whenIdle(() => { state.variables.clearContainers(names); });
        return;
      }
      case 'drop': {
        const [, container] = order, state = this.#containers.get(container);
        this.#containers.delete(container);
        const done = (): void => {
          state?.variables.clear();
          state?.engine.close?.();
          this.#report(['dropped', container]);
        };
        if (state) state.whenIdle(done); else done();
        return;
      }
      default: order satisfies never;
    }
  }

  #state(container: number): SharedState {
    let state = this.#containers.get(container);
    if (!state) this.#containers.set(container, state = new SharedState(engineFor(this.#settings), filesBelow(this.#settings.root)));
    return state;
  }
}
