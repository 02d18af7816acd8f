// The way to an executor, which is another thread or works in this one: calls go there, answers come back. A call can be
// ended from here: then it is answered at once, whatever the executor does, and its word tells the executor.
//
// Both ways are messages of worker_threads. A way there and back costs 14 to 18 us of a warm thread (40 to 50 where the
// kernel lets it sleep deeper); with Atomics.wait over there and a message or Atomics.waitAsync back it is the same, with the
// bytes in shared memory 2 to 3 us less. None of that is worth an executor whose event loop stands still. Threads that spin a
// while before they sleep made steps slower on two cores: the client needs the other one.
import { SHARE_ENV, Worker } from 'node:worker_threads';
import type { Status } from '../session/grpc/status.ts';
import type { Answer, SessionMethod } from './calls.ts';
import { CallWords, MOST_CALLS } from './call_words.ts';
import { Executor, type ExecutorSettings, type Order, parcel, type Report } from './executor.ts';

/** What the thread of an executor is given. */
export interface ExecutorData { readonly settings: ExecutorSettings; readonly words: SharedArrayBuffer }

const RESOURCE_EXHAUSTED = 8, INTERNAL = 13;

/** A call that has been sent. */
export interface Sent {
  readonly answer: Promise<Answer>;
  /** Answers it in place of the executor, which is told to stop. Does nothing when it has been answered. */
  readonly end: (answer: Answer) => void;
}
interface Pending { readonly word: number; settle: (a: Answer) => void }

/** Who is told what a lane's executor says beside answers, and when it is gone. */
export interface LaneEvents {
  readonly closed: (container: number, isEmpty: boolean) => void;
  /** A container that was given up is gone. */
  readonly dropped: () => void;
  readonly lost: (why: Status) => void;
}

/** Sends orders to where the executor is, and ends it. */
interface Port { readonly send: (o: Order) => void; readonly end: () => Promise<unknown> }

export class Lane {
  readonly #port: Port;
  readonly #words = new CallWords();
  readonly #pending = new Map<number, Pending>();
  readonly #events: LaneEvents;
  #ids = 0;
  #ended = false;
  /** Numbers of the containers that are there, and of those among them that have been given up. */
  readonly containers = new Set<number>();
  readonly leaving = new Set<number>();

  /** `script`: the executor's thread; null: it works in this one. */
  constructor(settings: ExecutorSettings, script: URL | null, events: LaneEvents) {
    this.#events = events;
    const report = (r: Report): void => { this.#hear(r); }, lost = (why: Status): void => { this.#lose(why); };
    this.#port = script ? thread(settings, script, this.#words, report, lost) : here(settings, this.#words, report);
  }

  /** Sends a call. Errors are answers. */
  call(method: SessionMethod, body: Uint8Array, handle: string, container: number): Sent {
    const word = this.#words.take();
    if (word === undefined) return { answer: Promise.resolve({ status: { code: RESOURCE_EXHAUSTED, message: `The server has ${MOST_CALLS} calls of these sessions under way, as many as it may.` } }), end: () => undefined };
    const id = this.#ids++;
    let settle!: (a: Answer) => void;
    const answer = new Promise<Answer>((resolve) => { settle = resolve; });
    this.#pending.set(id, { word, settle });
    this.#send(['call', id, word, method, body, handle, container]);
    return { answer, end: (a) => {
      if (this.#pending.has(id)) this.#words.cancel(word);
      settle(a);
    } };
  }
  closeSession(handle: string, container: number): void { this.#send(['close', handle, container]); }
  resetContainer(container: number, names: readonly string[]): void { this.#send(['reset', container, names]); }
  dropContainer(container: number): void {
    this.leaving.add(container);
    this.#send(['drop', container]);
  }
  /** Whether it works for containers that have been given up, and may do so for long. */
  get isHeldUp(): boolean { return this.leaving.size > 0 && this.#pending.size > 0; }
  /** Whether nobody needs it any more. */
  get isGivenUp(): boolean { return this.leaving.size === this.containers.size; }

  /** Ends the executor, whatever it does. Calls under way are answered with the status. */
  async end(why: Status): Promise<void> {
    this.#lose(why, false);
    await this.#port.end();
  }

  #send(order: Order): void {
    if (this.#ended) return;
    this.#words.sent();
    this.#port.send(order);
  }
  #hear(r: Report): void {
    if (this.#ended) return;
    switch (r[0]) {
      case 'answer': {
        const [, id, frame, code, message] = r, { word, settle } = this.#pending.get(id)!;
        this.#pending.delete(id);
        this.#words.release(word);
        if (!frame) settle({ status: { code, message } });
        else settle(code === 0 ? { frame } : { frame, failed: { code, message } });
        return;
      }
      case 'closed': this.#events.closed(r[1], r[2]); return;
      case 'dropped':
        this.containers.delete(r[1]);
        this.leaving.delete(r[1]);
        this.#events.dropped();
        return;
      default: r satisfies never;
    }
  }
  #lose(why: Status, isNews = true): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const { settle } of this.#pending.values()) settle({ status: why });
    this.#pending.clear();
    if (isNews) this.#events.lost(why);
  }
}

function thread(settings: ExecutorSettings, script: URL, words: CallWords, report: (r: Report) => void, lost: (why: Status) => void): Port {
  const { heapLimitBytes } = settings, data: ExecutorData = { settings, words: words.memory };
  // Libraries read the environment of the process.
  const worker = new Worker(script, { workerData: data, execArgv: [], env: SHARE_ENV, resourceLimits: { maxOldGenerationSizeMb: Math.ceil(heapLimitBytes / 2 ** 20) } });
  worker.unref(); // the server's socket keeps the process alive
  worker.on('message', report);
  worker.on('error', (e: Error & { code?: string }) => {
    lost(e.code === 'ERR_WORKER_OUT_OF_MEMORY'
      ? { code: RESOURCE_EXHAUSTED, message: `The sessions that share an executor with this one took more than ${heapLimitBytes} bytes for graphs and plans. Their variables are lost.` }
      : { code: INTERNAL, message: `The executor of this session failed: ${e.message}. Its variables are lost.` });
  });
  worker.on('exit', (code) => { lost({ code: INTERNAL, message: `The executor of this session ended with code ${code}. Its variables are lost.` }); });
  const send = (o: Order): void => {
    if (o[0] !== 'call') { worker.postMessage(o); return; }
    const { bytes, moved } = parcel(o[4]);
    worker.postMessage(['call', o[1], o[2], o[3], bytes, o[5], o[6]] satisfies Order, moved);
  };
  return { send, end: () => worker.terminate() };
}

/** Reports come later, as from another thread. */
function here(settings: ExecutorSettings, words: CallWords, report: (r: Report) => void): Port {
  const executor = new Executor(settings, words, false, (r) => { queueMicrotask(() => { report(r); }); });
  return { send: (o) => { executor.take(o); }, end: () => Promise.resolve() };
}
