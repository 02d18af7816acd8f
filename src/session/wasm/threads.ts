// Other threads of a session (worker_threads in Node, Web Workers in browsers). A job is a list of calls of generated
// functions, written into shared memory while the thread works it off. Who waits spins first: a thread that sleeps takes
// longer to wake than most jobs. A job that nobody has begun by the time it is wanted is done here: where other programs
// have the processors, threads cost next to nothing.
import type { WasmMemory, WasmModule } from '../jit/host.ts';
import { InternalFault } from '../../graph/errors.ts';
import type { Code } from './kit.ts';

// Words of the control block, as thread_worker.js has them; then the calls of a job: what, the number of words, words.
const READY = 0, JOB = 1, CLAIM = 2, HEAD = 3, DONE = 4, FAILED = 5, CALLS = 64;
/** What stands for no function: a module is loaded (its bytes follow), the job ends. */
const LOAD = -1, END = -2;
const WORDS = 1 << 20;
/** Turns of waiting before sleep. Short: so two threads on one processor make room for each other. */
const SPINS = 50_000;

/** The arguments of a call in several parts, each a call; undefined: not worth it, or not to be divided. */
export type Split = (args: readonly number[], parts: number) => readonly (readonly number[])[] | undefined;

/** A function of a module that other threads can load. `here`: it works only in this thread (it calls JavaScript, or returns something). */
export interface SharedFunction { readonly own: Code; readonly module: WasmModule; readonly bytes: Uint8Array; /** All functions of the module, in order. */ readonly all: readonly Code[]; readonly index: number; readonly here: boolean }

interface NodeThreads { readonly Worker: new (url: URL, o: { workerData: unknown; execArgv: string[] }) => { unref(): void; terminate(): unknown; on(event: 'error', f: (e: unknown) => void): void } }
interface PageWorker { postMessage(m: unknown): void; terminate(): void; onerror: ((e: { readonly message?: unknown }) => void) | null }
/** A page's own, by the name bundlers look for. */
declare const Worker: new (url: URL, o: { type: 'module' }) => PageWorker;
interface Page { readonly Worker?: typeof Worker; readonly process?: { getBuiltinModule?(name: string): unknown }; readonly SharedArrayBuffer?: unknown }
const page = globalThis as unknown as Page;
const nodeThreads = (): NodeThreads | undefined => page.process?.getBuiltinModule?.('node:worker_threads') as NodeThreads | undefined;

/** Why there can be no other threads here; undefined: there can. */
export function noThreads(): string | undefined {
  if (page.SharedArrayBuffer === undefined) return 'this host shares no memory between threads: a page has to be cross-origin isolated';
  return nodeThreads() || page.Worker ? undefined : 'this host has no workers';
}

export class Threads {
  readonly count: number;
  readonly #workers: OtherThread[];
  /** The thread whose job is being written. */
  #writing: OtherThread | undefined;
  #busy = false;
  #closed = false;

  /** `count`: with the one that calls. The others are there some time later. */
  constructor(memory: WasmMemory, count: number) {
    this.count = count;
    this.#workers = Array.from({ length: count - 1 }, () => new OtherThread(memory));
  }

  /** Whether all of them wait for jobs. */
  get isFree(): boolean {
    if (this.#closed || this.#busy) return false;
    for (const w of this.#workers) if (!w.isReady) return false;
    return true;
  }

  /** Why others never came, where one of them has said so. */
  get failure(): string | undefined { return this.#workers.find((w) => w.failure !== undefined)?.failure; }

  /** Does parts at once, the first here. What they call through `call` is all that the others do. */
  together(parts: readonly (() => void)[]): void {
    let begun = 0;
    this.#busy = true;
    try {
      for (const part of parts.slice(1)) {
        const w = this.#workers[begun++]!;
        w.open();
        this.#writing = w;
        try {
          part();
        } finally {
          this.#writing = undefined;
          w.seal();
        }
      }
      parts[0]!();
    } finally {
      try {
        for (const w of this.#workers.slice(0, begun)) w.join();
      } finally {
        this.#busy = false;
      }
    }
  }

  /** Calls a function, or has it called: by the thread whose job is being written, or by several in parts. */
  call(f: SharedFunction, split: Split | undefined, args: readonly number[]): number | void {
    if (this.#writing) return f.here ? this.#writing.callHere(f, args) : this.#writing.call(f, args);
    const parts = split && this.isFree ? split(args, this.count) : undefined;
    if (!parts) return f.own(...args);
    this.together(parts.map((p) => () => this.call(f, undefined, p)));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const w of this.#workers) w.terminate();
  }
}

/** Another thread, seen from here. */
class OtherThread {
  readonly terminate: () => void;
  failure: string | undefined;
  readonly #control: Int32Array;
  readonly #bytes: Uint8Array;
  /** What it has loaded: the functions as they are here, and the number of a module's first. */
  readonly #table: Code[] = [];
  readonly #loaded = new WeakMap<WasmModule, number>();
  #job = 0;
  #at = CALLS;

  constructor(memory: WasmMemory) {
    const shared = new SharedArrayBuffer(4 * WORDS), data = { control: shared, memory };
    this.#control = new Int32Array(shared);
    this.#bytes = new Uint8Array(shared);
    const node = nodeThreads();
    if (node) {
      const w = new node.Worker(new URL('./thread_worker.js', import.meta.url), { workerData: data, execArgv: [] });
      w.unref(); // it keeps no process alive
      w.on('error', (e) => { this.#fail((e as { message?: unknown } | null)?.message); }); // it never says it is ready then
      this.terminate = () => { void w.terminate(); };
      return;
    }
    const w = new Worker(new URL('./thread_worker.js', import.meta.url), { type: 'module' }); // bundlers follow these very words
    w.onerror = (e) => { this.#fail(e.message); };
    w.postMessage(data);
    this.terminate = () => { w.terminate(); };
  }

  #fail(message: unknown): void { if (!this.isReady) this.failure = `its threads did not start: ${typeof message === 'string' && message !== '' ? message.split('\n')[0]! : 'the file of a thread, thread_worker.js, is not there'}`; }
  get isReady(): boolean { return Atomics.load(this.#control, READY) === 1; }

  /** Begins a job. */
  open(): void {
    const c = this.#control;
    this.#at = CALLS;
    this.#job = this.#job + 1 | 0;
    Atomics.store(c, HEAD, CALLS);
    Atomics.store(c, CLAIM, this.#job << 1);
    Atomics.store(c, JOB, this.#job);
    Atomics.notify(c, JOB);
  }
  /** Adds a call to the job. */
  call(f: SharedFunction, args: readonly number[]): void {
    const first = this.#loaded.get(f.module) ?? this.#load(f);
    if (first === undefined) { this.callHere(f, args); return; }
    if (this.#at + args.length + 4 > WORDS) this.#turn();
    this.#write(first + f.index, args);
  }
  /** A call between those of the job that only this thread can do. */
  callHere({ own }: SharedFunction, args: readonly number[]): number | void {
    this.seal();
    this.join();
    try {
      return own(...args);
    } finally {
      this.open();
    }
  }
  /** No more calls come. */
  seal(): void { this.#write(END, []); }
  /** Waits until the job is done, or does it here. */
  join(): void {
    if (this.#claims()) { this.#doHere(); return; }
    this.#wait();
  }
  #claims(): boolean { const open = this.#job << 1; return Atomics.compareExchange(this.#control, CLAIM, open, open | 1) === open; }
  #wait(): void {
    const c = this.#control;
    for (let spins = 0, done = Atomics.load(c, DONE); done !== this.#job; done = Atomics.load(c, DONE)) {
      if (++spins > SPINS && canWait) Atomics.wait(c, DONE, done);
    }
    if (c[FAILED] === 1) throw new InternalFault('a generated function failed in another thread');
  }
  #doHere(): void {
    const c = this.#control;
    for (let at = CALLS; c[at] !== END; at += 2 + c[at + 1]!) this.#table[c[at]!]!(...c.subarray(at + 2, at + 2 + c[at + 1]!));
  }
  /** The job goes on as another one. */
  #turn(): void {
    this.seal();
    this.join();
    this.open();
  }
  #write(what: number, words: readonly number[]): void {
    const c = this.#control, at = this.#at;
    c[at] = what;
    c[at + 1] = words.length;
    for (let i = 0; i < words.length; i++) c[at + 2 + i] = words[i]!;
    Atomics.store(c, HEAD, this.#at = at + 2 + words.length);
  }
  /** Loads a module: a job of its own, that only the other thread can do. */
  #load({ module, bytes, all }: SharedFunction): number | undefined {
    const words = (bytes.length >> 2) + 1;
    if (CALLS + words + 8 > WORDS) return undefined;
    this.#turn();
    const c = this.#control, at = this.#at;
    this.#bytes.set(bytes, 4 * at + 12);
    c[at] = LOAD;
    c[at + 1] = words + 1;
    c[at + 2] = bytes.length;
    Atomics.store(c, HEAD, this.#at = at + 3 + words);
    this.seal();
    this.#wait();
    this.open();
    const first = this.#table.length;
    this.#table.push(...all);
    this.#loaded.set(module, first);
    return first;
  }
}

/** The main thread of a page may only spin. */
const canWait = ((): boolean => {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1);
    return true;
  } catch {
    return false;
  }
})();
