// TensorFlow in a worker thread (worker.js): the same addon, loaded there, with everything of one session in it. What is
// posted is done in order; what has no result (making, freeing, moving values) is not waited for. An answer may be awaited,
// so that the event loop stays free, or waited for on the spot, for runSync.
import type { MessagePort, Worker } from 'node:worker_threads';
import { InternalError, InternalFault } from '../../../graph/errors.ts';
import type { Binding } from './addon.ts';
import { loadFailure } from './install/verify.ts';
import type { Out } from './module.ts';

type Data = Float32Array | Int32Array | Uint8Array | BigInt64Array;
interface Answer { readonly asked: number; readonly value?: unknown; readonly error?: string }
interface Asked { readonly resolve: (value: unknown) => void; readonly reject: (e: unknown) => void }
/** Says who the other side is. */
interface Hello { readonly gpu: boolean; readonly type: number; readonly version: string }

/** Starts the worker. `addon`: the file it loads. */
export class Remote implements Binding {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #receive: (port: MessagePort) => { message: unknown } | undefined;
  /** How many answers were sent, and whether the worker has ended. */
  readonly #answers = new Int32Array(new SharedArrayBuffer(8));
  readonly #asked = new Map<number, Asked>();
  #commands: unknown[] = [];
  #buffers: ArrayBuffer[] = [];
  #isScheduled = false;
  #next = 0;
  #hello: Hello | undefined;
  #failure: unknown;
  readonly #greeted: Promise<void>;

  constructor(addon: string) {
    const threads = process.getBuiltinModule('node:worker_threads');
    const { port1, port2 } = new threads.MessageChannel();
    this.#port = port1;
    this.#receive = threads.receiveMessageOnPort;
    this.#worker = new threads.Worker(new URL('./worker.js', import.meta.url), { workerData: { addon, port: port2, answers: this.#answers }, transferList: [port2], execArgv: [] });
    this.#greeted = new Promise((resolve, reject) => { this.#asked.set(0, { resolve: (v) => { this.#hello = v as Hello; resolve(); }, reject }); });
    this.#greeted.catch(() => undefined);
    port1.on('message', (m) => { this.#take(m as Answer); });
    this.#worker.on('error', (e) => { this.#fail(gone(`failed (${e instanceof Error ? e.message : String(e)})`)); });
    this.#worker.on('exit', () => { this.#fail(gone('has ended')); });
    this.#worker.unref(); // only what is waited for keeps the process alive
  }

  /** When the worker has loaded the addon. Rejects with what is wrong and what to do. */
  async ready(): Promise<void> {
    try { await this.#greeted; } catch (e) { throw told(e); }
  }
  readySync(): void {
    try { while (!this.#hello) this.#listen(); } catch (e) { throw told(e); }
  }

  // --- without an answer ----------------------------------------------------------------------------------------------
  createTensor(shape: readonly number[], dtype: number, data: ArrayBufferView): number {
    const id = ++this.#next;
    this.#buffers.push(data.buffer as ArrayBuffer);
    return this.#post(0, 'create', id, shape, dtype, data), id;
  }
  deleteTensor(id: number): void { this.#post(0, 'delete', id); }
  executeOp(op: string, attrs: Parameters<Binding['executeOp']>[1], inputs: readonly number[], outputs: number): { readonly id: number }[] {
    const ids = this.#numbers(outputs);
    this.#post(0, 'op', ids, op, attrs, inputs);
    return ids.map((id) => ({ id }));
  }
  openModel(bytes: Uint8Array): number {
    const id = ++this.#next;
    this.#post(0, 'open', id, bytes);
    return id;
  }
  deleteSavedModel(id: number): void { this.#post(0, 'close', id); }
  /** A run whose results are used in later ones; their shapes are not told. */
  runSavedModel(model: number, inputs: readonly number[], feeds: string, fetches: string): Out[] {
    const ids = this.#numbers(fetches.split(',').length);
    this.#post(0, 'run', ids, model, inputs, feeds, fetches);
    return ids.map((id) => ({ id, shape: [] }));
  }

  // --- with one -------------------------------------------------------------------------------------------------------
  /** A run. Rejects with TensorFlow's text. */
  async run(model: number, inputs: readonly number[], feeds: string, fetches: string): Promise<Out[]> {
    const ids = this.#numbers(fetches.split(',').length);
    try {
      return outs(ids, await this.#ask('run', ids, model, inputs, feeds, fetches));
    } catch (e) {
      for (const id of ids) this.deleteTensor(id);
      throw e;
    }
  }
  runSync(model: number, inputs: readonly number[], feeds: string, fetches: string): Out[] {
    const ids = this.#numbers(fetches.split(',').length);
    try {
      return outs(ids, this.#askSync('run', ids, model, inputs, feeds, fetches));
    } catch (e) {
      for (const id of ids) this.deleteTensor(id);
      throw e;
    }
  }
  async read(id: number): Promise<Data> { return await this.#ask('read', id) as Data; }
  tensorDataSync(id: number): Data { return this.#askSync('read', id) as Data; }
  getNumOfTensors(): number { return this.#askSync('count') as number; }
  isUsingGpuDevice(): boolean { return this.#known.gpu; }
  get TF_ATTR_TYPE(): number { return this.#known.type; }
  get TF_Version(): string { return this.#known.version; }
  loadSavedModel(): never { throw new InternalFault('models of a worker are opened from their bytes'); }

  /** Ends the worker, when it has done what it does. What is still asked is not answered. */
  close(why: unknown): void {
    if (this.#failure === undefined) {
      this.#post(0, 'end');
      this.#flush();
    }
    this.#fail(why);
  }

  // --- messages -------------------------------------------------------------------------------------------------------
  get #known(): Hello {
    if (!this.#hello) throw new InternalFault('the worker of the native engine is used before it is ready');
    return this.#hello;
  }
  #numbers(n: number): number[] { return Array.from({ length: n }, () => ++this.#next); }
  #post(asked: number, ...command: readonly unknown[]): void {
    this.#commands.push([asked, ...command]);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => { this.#flush(); });
  }
  #flush(): void {
    this.#isScheduled = false;
    if (this.#commands.length === 0) return;
    const [commands, buffers] = [this.#commands, this.#buffers];
    [this.#commands, this.#buffers] = [[], []];
    if (this.#failure === undefined) this.#port.postMessage(commands, buffers);
  }
  #ask(...command: readonly unknown[]): Promise<unknown> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure as Error);
    const asked = ++this.#next;
    return new Promise((resolve, reject) => {
      if (this.#asked.size === 0) this.#port.ref();
      this.#asked.set(asked, { resolve, reject });
      this.#post(asked, ...command);
      this.#flush();
    });
  }
  #askSync(...command: readonly unknown[]): unknown {
    let done: { value: unknown } | { error: unknown } | undefined;
    if (this.#failure !== undefined) throw this.#failure as Error;
    const asked = ++this.#next;
    this.#asked.set(asked, { resolve: (value) => { done = { value }; }, reject: (error) => { done = { error }; } });
    this.#post(asked, ...command);
    this.#flush();
    while (!done) this.#listen();
    if ('error' in done) throw done.error as Error;
    return done.value;
  }
  /** Blocks until there is an answer, and takes it. */
  #listen(): void {
    if (this.#failure !== undefined) throw this.#failure as Error;
    const seen = Atomics.load(this.#answers, 0);
    const m = this.#receive(this.#port);
    if (m) this.#take(m.message as Answer);
    else if (Atomics.load(this.#answers, 1) === 1) this.#fail(gone('has ended'));
    else Atomics.wait(this.#answers, 0, seen, 1000);
  }
  #take({ asked, value, error }: Answer): void {
    const a = this.#asked.get(asked);
    this.#asked.delete(asked);
    if (this.#asked.size === 0) this.#port.unref();
    if (error === undefined) a?.resolve(value);
    else a?.reject(new Error(error));
  }
  #fail(why: unknown): void {
    this.#failure ??= why;
    const all = [...this.#asked.values()];
    this.#asked.clear();
    this.#port.unref();
    for (const a of all) a.reject(why);
  }
}

function gone(what: string): InternalError { return new InternalError(`The worker of the native session ${what}.`, { remedy: 'open a new session: the variables of this one are lost' }); }
function outs(ids: readonly number[], shapes: unknown): Out[] { return ids.map((id, i) => ({ id, shape: (shapes as readonly number[][])[i]! })); }
/** The worker's words when it could not load the addon. */
function told(e: unknown): unknown { return e instanceof InternalError ? e : loadFailure(e instanceof Error ? e.message : String(e)); }
