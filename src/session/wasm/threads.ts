// Other threads of a session (worker_threads in Node, Web Workers in browsers): each waits for a call of a generated
// function, does its part of the elements on the shared memory, and says so. Who waits spins first: most calls are short.
import type { WasmMemory, WasmModule } from '../jit/host.ts';
import { InternalFault } from '../../graph/errors.ts';
import type { Code } from './kit.ts';

// Words of the control block, as thread_worker.js has them; then the bytes of a module that is to be loaded.
const READY = 0, GENERATION = 1, DONE = 2, KIND = 3, WHAT = 4, COUNT = 5, FAILED = 6, ARGS = 8, BYTES = 256;
const RUN = 0, LOAD = 1;
const MAX_ARGS = (BYTES >> 2) - ARGS, MAX_MODULE = 1 << 21;
const SPINS = 20_000;

/** The arguments of a call in several parts, each a call; undefined: not worth it, or not to be divided. */
export type Split = (args: readonly number[], parts: number) => readonly (readonly number[])[] | undefined;

interface Worker { readonly terminate: () => unknown; readonly control: Int32Array; readonly bytes: Uint8Array }
interface NodeThreads { readonly Worker: new (url: URL, o: { workerData: unknown; execArgv: string[] }) => { unref(): void; terminate(): unknown; on(event: 'error', f: (e: unknown) => void): void } }
interface Page { readonly Worker?: new (url: URL, o: { type: 'module' }) => { postMessage(m: unknown): void; terminate(): void }; readonly process?: { getBuiltinModule?(name: string): unknown }; readonly SharedArrayBuffer?: unknown }
const page = globalThis as unknown as Page;
const nodeThreads = (): NodeThreads | undefined => page.process?.getBuiltinModule?.('node:worker_threads') as NodeThreads | undefined;

/** Why there can be no other threads here; undefined: there can. */
export function noThreads(): string | undefined {
  if (page.SharedArrayBuffer === undefined) return 'this host shares no memory between threads: a page has to be cross-origin isolated';
  return nodeThreads() || page.Worker ? undefined : 'this host has no workers';
}

export class Threads {
  readonly count: number;
  readonly #workers: Worker[];
  /** Number of a module's first function. */
  readonly #loaded = new WeakMap<WasmModule, number>();
  #functions = 0;
  #closed = false;

  /** `count`: with the one that calls. The others are there some time later. */
  constructor(memory: WasmMemory, count: number) {
    this.count = count;
    this.#workers = Array.from({ length: count - 1 }, () => start(memory));
  }

  /** Whether all of them wait for calls. */
  get isReady(): boolean {
    if (this.#closed) return false;
    for (const w of this.#workers) if (Atomics.load(w.control, READY) === 0) return false;
    return true;
  }

  /** Number of a module's first function among all they have. */
  load(module: WasmModule, bytes: Uint8Array, functions: number): number | undefined {
    let first = this.#loaded.get(module);
    if (first !== undefined) return first;
    if (bytes.length > MAX_MODULE) return undefined;
    for (const w of this.#workers) {
      w.bytes.set(bytes);
      send(w, LOAD, bytes.length, []);
    }
    for (const w of this.#workers) join(w);
    this.#loaded.set(module, first = this.#functions);
    this.#functions += functions;
    return first;
  }

  /** Runs a function once for each list of arguments, the first here. */
  run(code: Code, id: number, parts: readonly (readonly number[])[]): void {
    for (let i = 1; i < parts.length; i++) send(this.#workers[i - 1]!, RUN, id, parts[i]!);
    try {
      code(...parts[0]!);
    } finally {
      for (let i = 1; i < parts.length; i++) join(this.#workers[i - 1]!);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const w of this.#workers) void w.terminate();
  }
}

function start(memory: WasmMemory): Worker {
  const shared = new SharedArrayBuffer(BYTES + MAX_MODULE), data = { control: shared, memory };
  const block = { control: new Int32Array(shared, 0, BYTES >> 2), bytes: new Uint8Array(shared, BYTES) };
  const node = nodeThreads();
  if (node) {
    const w = new node.Worker(new URL('./thread_worker.js', import.meta.url), { workerData: data, execArgv: [] });
    w.unref(); // it keeps no process alive
    w.on('error', () => undefined); // it never says it is ready then
    return { ...block, terminate: () => w.terminate() };
  }
  const { Worker } = page as Required<Page>;
  const w = new Worker(new URL('./thread_worker.js', import.meta.url), { type: 'module' });
  w.postMessage(data);
  return { ...block, terminate: () => { w.terminate(); } };
}

function send({ control }: Worker, kind: number, what: number, args: readonly number[]): void {
  if (args.length > MAX_ARGS) throw new InternalFault(`a call with ${args.length} arguments was divided`);
  control[KIND] = kind;
  control[WHAT] = what;
  control[COUNT] = args.length;
  for (let i = 0; i < args.length; i++) control[ARGS + i] = args[i]!;
  Atomics.add(control, GENERATION, 1);
  Atomics.notify(control, GENERATION);
}
function join({ control }: Worker): void {
  const wanted = Atomics.load(control, GENERATION);
  for (let spins = 0, done = Atomics.load(control, DONE); done !== wanted; done = Atomics.load(control, DONE)) {
    if (++spins > SPINS && canWait) Atomics.wait(control, DONE, done);
  }
  if (control[FAILED] === 1) throw new InternalFault('a generated function failed in another thread');
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
