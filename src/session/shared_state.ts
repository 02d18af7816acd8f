// What sessions may share: an engine, the variables that live in its memory, and the order of runs. A session of its own
// has one to itself; a server gives one to all sessions that see the same variables.
import type { Engine } from './engines/engine.ts';
import type { Files } from './files.ts';
import { VariableStore } from './variables.ts';

export class SharedState {
  readonly engine: Engine;
  readonly variables: VariableStore;
  /** The files that ops reach, in place of the host's. */
  readonly files: Files | undefined;
  #ready = false;
  /** The run that is waiting for something, and those queued behind it. */
  #tail: Promise<void> | undefined;

  constructor(engine: Engine, files?: Files) {
    this.engine = engine;
    this.files = files;
    this.variables = new VariableStore(engine);
  }

  /** Whether the engine is loaded. */
  get ready(): boolean { return this.#ready; }
  /** Whether a run is waiting for something. */
  get busy(): boolean { return this.#tail !== undefined; }

  async prepare(): Promise<void> {
    if (!this.#ready) await this.engine.prepare();
    this.#ready = true;
  }
  prepareSync(): void {
    if (!this.#ready) this.engine.prepareSync();
    this.#ready = true;
  }

  /** Runs a job after those before it. */
  queue<R>(job: () => Promise<R>): Promise<R> {
    const result = this.#tail ? this.#tail.then(job) : job();
    const tail: Promise<void> = result.then(() => undefined, () => undefined).then(() => { if (this.#tail === tail) this.#tail = undefined; });
    this.#tail = tail;
    return result;
  }
  /** Does something once no run waits; at once when none does. */
  whenIdle(job: () => void): void {
    if (this.#tail) void this.#tail.then(job);
    else job();
  }
}
