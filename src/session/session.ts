// `tf.Session`: runs parts of a graph. Takes fetches and feeds apart, finds or compiles the plan, executes it, and puts
// the results into the caller's structure; keeps variables from run to run. Follows python/client/session.py (1.15).
import { RuntimeError } from '../graph/errors.ts';
import type { Graph } from '../graph/graph.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { type Entered, openScope, runInScope, type ScopeHandle, sessionStack } from '../graph/scopes.ts';
import { TensorShape } from '../graph/shape.ts';
import { Operation, Tensor } from '../graph/tensor.ts';
import { compile, type CompileRequest } from './compile/pipeline.ts';
import type { Target, Toolchain } from './compile/target.ts';
import type { Engine, MemoryInfo } from './engines/engine.ts';
import { execute } from './execute.ts';
import { type FeedKey, type Feeds, type FeedValue, readFeeds } from './feed.ts';
import { type Fetchable, type Fetched, isPlainObject, planFetches } from './fetch.ts';
import { type Mode, type SessionOptions, settings } from './options.ts';
import type { Plan } from './plan.ts';
import { PlanCache } from './plan_cache.ts';
import { printPlan } from './plan_print.ts';
import { type Prepared, Transfer } from './transfer.ts';
import { NodeStates, type Value, VariableStore } from './variables.ts';

/** Named arguments of `run`. */
export interface RunOptions {
  /** Feeds by Python's name, instead of the second argument. */
  readonly feedDict?: Feeds | null;
  /** Results as tensors of TensorFlow.js (engines `tfjs:*` only): not copied, and yours to dispose. */
  readonly asTfjs?: boolean;
}

/** A plan that prints itself. */
export type ExplainedPlan = Plan & { toString(): string };

/** `tf.Session(target, graph, config)`, with `engine` and `mode` by name. Holds the variables of one graph.
 * Errors: TypeError and ValueError for bad arguments, fetches and feeds; the classes of `tf.errors` for failing runs. */
export class Session implements Disposable {
  readonly graph: Graph;
  readonly mode: Mode;
  readonly #engine: Engine;
  readonly #toolchain: Toolchain;
  readonly #variables: VariableStore;
  readonly #states = new NodeStates();
  readonly #plans: PlanCache;
  readonly #onWarning: (text: string) => void;
  readonly #warned = new Set<string>();
  readonly #transfer: Transfer;
  #closed = false;
  #ready = false;
  /** The run that is waiting for something, and those queued behind it. */
  #tail: Promise<void> | undefined;

  constructor(options: SessionOptions);
  constructor(target?: string | null, graph?: Graph | null, config?: object | null, options?: SessionOptions);
  constructor(...args: unknown[]) {
    const s = settings(args);
    this.graph = s.graph;
    this.mode = s.mode;
    this.#engine = s.engine;
    this.#toolchain = s.toolchain;
    this.#onWarning = s.onWarning;
    this.#variables = new VariableStore(s.engine);
    this.#plans = new PlanCache(s.engine);
    this.#transfer = new Transfer(s.engine);
  }

  /** Name of the engine: `reference`, `tfjs:cpu`. */
  get engine(): string { return this.#engine.name; }
  get closed(): boolean { return this.#closed; }

  /** Loads the engine, so that `runSync` can be called. `run` does it by itself. */
  async ready(): Promise<this> {
    if (!this.#ready) await this.#engine.prepare();
    this.#ready = true;
    return this;
  }

  /** `sess.run(fetches, feed_dict)`: values of tensors (scalars as JS values, others as NDArray), null for operations, in
   * the structure of `fetches`. Overlapping calls start in order. */
  run<const F extends Fetchable>(fetches: F, feeds?: Feeds | RunOptions | null, options?: RunOptions): Promise<Fetched<F>> {
    return this.#runAsync(fetches, feeds, options) as Promise<Fetched<F>>;
  }

  /** `run` without waiting. Throws RuntimeError when the engine is not ready or an asynchronous run is in progress. */
  runSync<const F extends Fetchable>(fetches: F, feeds?: Feeds | RunOptions | null, options?: RunOptions): Fetched<F> {
    const p = this.#prepare(fetches, feeds, options);
    if (this.#tail) throw new RuntimeError('An asynchronous run of this session has not finished.', { remedy: 'await it before calling runSync' });
    if (!this.#ready) { this.#engine.prepareSync(); this.#ready = true; }
    if (this.#isIdle(p)) return this.#transfer.results(p, [], true) as Fetched<F>;
    const run = this.#start(p, true);
    const step = run.next();
    if (!step.done) throw new RuntimeError('internal: a synchronous run waited');
    return this.#transfer.results(p, step.value, true) as Fetched<F>;
  }

  async #runAsync(fetches: Fetchable, feeds: Feeds | RunOptions | null | undefined, options: RunOptions | undefined): Promise<unknown> {
    const p = this.#prepare(fetches, feeds, options);
    if (this.#isIdle(p) && this.#ready) return this.#transfer.results(p, [], false);
    if (this.#ready && !this.#tail) {
      // Starts at once; only a run that has to wait makes others queue.
      const run = this.#start(p, false);
      const first = run.next();
      if (first.done) return this.#transfer.results(p, first.value, false);
      return this.#queue(async () => this.#transfer.results(p, await drive(run, first.value), false));
    }
    return this.#queue(async () => {
      await this.ready();
      this.#checkOpen();
      return this.#transfer.results(p, this.#isIdle(p) ? [] : await drive(this.#start(p, false)), false);
    });
  }

  /** Runs a job after those before it. */
  #queue<R>(job: () => Promise<R>): Promise<R> {
    const result = this.#tail ? this.#tail.then(job) : job();
    const tail: Promise<void> = result.then(() => undefined, () => undefined).then(() => { if (this.#tail === tail) this.#tail = undefined; });
    this.#tail = tail;
    return result;
  }

  /** The plan of a run, with engine per step; prints as text. `feeds` may also be a list of the tensors to be fed. */
  explain(fetches: Fetchable, feeds?: Feeds | readonly Tensor[] | null): ExplainedPlan {
    this.#checkOpen();
    if (!this.#ready) { this.#engine.prepareSync(); this.#ready = true; }
    const keys = Array.isArray(feeds) && feeds.every((t) => t instanceof Tensor) ? feeds as readonly Tensor[] : undefined;
    const fed: readonly { tensor: Tensor; shape: TensorShape }[] = keys
      ? keys.map((tensor) => ({ tensor, shape: tensor.shape }))
      : [...readFeeds(this.graph, feeds as Feeds | null | undefined).values()].map((f) => ({ tensor: f.tensor, shape: new TensorShape(f.shape) }));
    const { elements } = planFetches(this.graph, fetches);
    const plan = compile(requestOf(elements, fed), this.#target());
    return { ...plan, toString: () => printPlan(plan) };
  }

  /** `sess.make_callable(fetches, feed_list)`: a function that takes the values of `feedList` and runs `fetches`. */
  makeCallable<const F extends Fetchable>(fetches: F, feedList: readonly FeedKey[] = []): (...values: FeedValue[]) => Promise<Fetched<F>> {
    return (...values) => this.run(fetches, feedList.slice(0, values.length).map((k, i) => [k, values[i]!] as const));
  }

  /** `sess.as_default()`: body form, or a scope for `using`. */
  asDefault<R>(body: (sess: Session) => R): R;
  asDefault(): ScopeHandle<object>;
  asDefault<R>(body?: (sess: Session) => R): R | ScopeHandle<object> {
    const enter = (): Entered<Session> => {
      const stack = sessionStack();
      stack.push(this);
      return { value: this, exit: () => { const i = stack.lastIndexOf(this); if (i >= 0) stack.splice(i, 1); } };
    };
    if (body) return runInScope(enter, body);
    return openScope<Session>('session', this.asDefault as (...a: never[]) => unknown, enter, (_, dispose) => ({ [Symbol.dispose]: dispose }) as never);
  }

  /** Frees everything the session holds, once a run that waits for its device has ended. Closing twice is allowed. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const release = (): void => {
      this.#plans.clear();
      this.#variables.clear();
      this.#states.clear();
    };
    if (this.#tail) void this.#tail.then(release);
    else release();
  }
  [Symbol.dispose](): void { this.close(); }

  /** Live tensors and bytes of the session: variables and constants of its plans, on the host and on the device. The same after every run. */
  memory(): MemoryInfo {
    const parts = [this.#variables.memory(), this.#plans.memory()];
    return { tensors: parts.reduce((n, m) => n + m.tensors, 0), bytes: parts.reduce((n, m) => n + m.bytes, 0) };
  }
  /** Live values in the engine's own memory. */
  deviceMemory(): MemoryInfo { return this.#engine.memory(); }

  // --- one run -----------------------------------------------------------------------------------------------------
  #checkOpen(): void {
    if (this.#closed) throw new RuntimeError('Attempted to use a closed Session.');
    if (this.graph.version === 0) throw new RuntimeError('The Session graph is empty.  Add operations to the graph before calling run().');
  }

  #prepare(fetches: Fetchable, second: Feeds | RunOptions | null | undefined, third: RunOptions | undefined): Prepared {
    this.#checkOpen();
    const named = isRunOptions(second) ? second : undefined;
    const options = { ...named, ...third };
    const fed = readFeeds(this.graph, named ? named.feedDict : (second as Feeds | null | undefined) ?? options.feedDict);
    const fetch = planFetches(this.graph, fetches);
    const feeds = [...fed.values()].map((f) => ({ tensor: f.tensor, shape: new TensorShape(f.shape) }));
    const asTfjs = options.asTfjs ?? false;
    if (asTfjs) this.#transfer.checkTfjs(fetch.elements);
    return { fetch, fed, request: requestOf(fetch.elements, feeds), asTfjs };
  }

  /** Nothing to compute: an empty structure, or only fed tensors. */
  #isIdle(p: Prepared): boolean { return p.request.fetches.length === 0 && p.request.targets.length === 0; }

  #target(): Target { return { ...this.#toolchain, engine: this.#engine, mode: this.mode, graph: this.graph }; }

  #start(p: Prepared, sync: boolean): Generator<Promise<NDArray>, Value[], NDArray> {
    const { plan, template } = this.#plans.get(p.request, this.graph, (request) => {
      const made = compile(request, this.#target());
      for (const w of made.warnings) this.#warn(w);
      for (const c of made.constants) this.#transfer.keep(c.value);
      return made;
    });
    return execute(plan, {
      engine: this.#engine, variables: this.#variables, states: this.#states, template, sync, feed: this.#transfer.feeder(p, plan),
      place: { graph: this.graph, fetches: p.fetch.elements.map((e) => e.name) },
      onCommit: (v) => { this.#transfer.keep(v); },
    });
  }
  #warn(text: string): void {
    if (this.#warned.has(text)) return;
    this.#warned.add(text);
    this.#onWarning(text);
  }
}

/** `tf.get_default_session()`. */
export function getDefaultSession(): Session | null {
  const s = sessionStack();
  return (s[s.length - 1] as Session | undefined) ?? null;
}

/** `tf.InteractiveSession`: a session that is the default one until it is closed. */
export class InteractiveSession extends Session {
  constructor(...args: ConstructorParameters<typeof Session>) {
    super(...args);
    sessionStack().push(this);
  }
  override close(): void {
    super.close();
    const stack = sessionStack();
    const i = stack.lastIndexOf(this);
    if (i >= 0) stack.splice(i, 1);
  }
}

function requestOf(elements: readonly (Tensor | Operation)[], feeds: readonly { tensor: Tensor; shape: TensorShape }[]): CompileRequest {
  const fed = new Set(feeds.map((f) => f.tensor));
  return {
    fetches: elements.filter((e): e is Tensor => e instanceof Tensor && !fed.has(e)),
    targets: elements.filter((e): e is Operation => e instanceof Operation),
    feeds,
  };
}

const RUN_OPTIONS = new Set(['feedDict', 'asTfjs']);
function isRunOptions(v: unknown): v is RunOptions {
  if (!isPlainObject(v)) return false;
  const keys = Object.keys(v);
  return keys.length > 0 && keys.every((k) => RUN_OPTIONS.has(k));
}

/** Takes a run to its end. `pending`: what it already waits for. */
async function drive(run: Generator<Promise<NDArray>, Value[], NDArray>, pending?: Promise<NDArray>): Promise<Value[]> {
  let r: IteratorResult<Promise<NDArray>, Value[]> = pending ? { done: false, value: pending } : run.next();
  while (!r.done) {
    let v: NDArray;
    try {
      v = await r.value;
    } catch (e) {
      r = run.throw(e);
      continue;
    }
    r = run.next(v);
  }
  return r.value;
}
