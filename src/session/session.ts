// `tf.Session`: runs parts of a graph. Takes fetches and feeds apart, finds or compiles the plan, executes it, and puts
// the results into the caller's structure; keeps variables from run to run. Follows python/client/session.py (1.15).
import { CancelledError, InvalidArgumentError, RuntimeError } from '../graph/errors.ts';
import type { Graph } from '../graph/graph.ts';
import type { GraphDef } from '../graph/node_def.ts';
import { type Entered, openScope, runInScope, type ScopeHandle, sessionStack } from '../graph/scopes.ts';
import { TensorShape } from '../graph/shape.ts';
import { Operation, Tensor } from '../graph/tensor.ts';
import { hostFunction } from '../ops/script_ops.ts';
import { compile, type CompileRequest } from './compile/pipeline.ts';
import type { Target, Toolchain } from './compile/target.ts';
import type { Engine, EngineReport, MemoryInfo } from './engines/engine.ts';
import { callableOptions, type CallableOptions, feedsOfCall, optionsOfCall } from './callable.ts';
import { ConfigProto } from './config.ts';
import { hostAppend } from './files.ts';
import { drive, dropFrame, execute, type RunContext, type Running } from './execute.ts';
import { type Fed, type FeedKey, type Feeds, readFeeds } from './feed.ts';
import { type Fetchable, type Fetched, planFetches } from './fetch.ts';
import { checkTarget, type Mode, type SessionOptions, settings } from './options.ts';
import { HandleNames, partialRequest, PartialRun } from './partial_run.ts';
import type { Plan } from './plan.ts';
import { PlanCache, type ReadyPlan } from './plan_cache.ts';
import { planGraph } from './plan_graph.ts';
import { printPlan } from './plan_print.ts';
import { metadataOf, type RunArguments, runArguments } from './run_arguments.ts';
import { checkAborted, pauseOf } from './run_control.ts';
import type { RunMetadata, RunOptions } from './run_options.ts';
import { StepStatsCollector } from './step_stats.ts';
import { type Prepared, Transfer } from './transfer.ts';
import { NodeStates, type Value, VariableStore } from './variables.ts';

/** A plan that prints itself. `report`: what the engine said of its first run here, or of the last one that was traced; null before. */
export type ExplainedPlan = Plan & { readonly report: EngineReport | null; toString(): string };

/** A run that has started. `report` fills its metadata. */
interface Started { readonly run: Running; readonly report: () => void }
/** What follows the fetches in a call of `run`. */
type RunRest = readonly [feeds?: Feeds | RunArguments | null, options?: RunOptions | RunArguments | null, runMetadata?: RunMetadata | RunArguments | null, named?: RunArguments];
/** A function made by `make_callable`. */
export type Callable<R> = (...values: unknown[]) => Promise<R>;

/** `tf.Session(target, graph, config)`, with `engine` and `mode` by name. Holds the variables of one graph.
 * Errors: TypeError and ValueError for bad arguments, fetches and feeds; the classes of `tf.errors` for failing runs. */
export class Session implements Disposable {
  readonly graph: Graph;
  readonly mode: Mode;
  readonly #engine: Engine;
  readonly #toolchain: Toolchain;
  readonly #variables: VariableStore;
  readonly #states: NodeStates;
  readonly #plans: PlanCache;
  readonly #onWarning: (text: string) => void;
  readonly #warned = new Set<string>();
  readonly #transfer: Transfer;
  readonly #keep = (v: Value): void => { this.#transfer.keep(v); };
  #closed = false;
  /** Ended from outside, by `Session.reset`. */
  #isReset = false;
  /** A part of a partial run has failed: TF cancels every later run. */
  #cancelled = false;
  #ready = false;
  readonly #partials = new Map<string, PartialRun>();
  readonly #handles = new HandleNames();
  readonly #config: ConfigProto;
  readonly #self: WeakRef<Session>;
  /** Sessions of this process that have not been closed, for `Session.reset`. */
  static readonly #open = new Set<WeakRef<Session>>();
  static readonly #collected = new FinalizationRegistry<WeakRef<Session>>((r) => { Session.#open.delete(r); });
  /** The run that is waiting for something, and those queued behind it. */
  #tail: Promise<void> | undefined;

  constructor(options: SessionOptions);
  constructor(target?: string | null, graph?: Graph | null, config?: SessionOptions['config'], options?: SessionOptions);
  constructor(...args: unknown[]) {
    const s = settings(args);
    this.graph = s.graph;
    this.mode = s.mode;
    this.#engine = s.engine;
    this.#toolchain = s.toolchain;
    this.#config = s.config;
    this.#onWarning = s.onWarning;
    this.#variables = new VariableStore(s.engine);
    this.#states = new NodeStates({ readFile: s.readFile, appendFile: hostAppend(), hostFunction: (token) => hostFunction(s.graph, token) });
    this.#plans = new PlanCache(s.engine);
    this.#transfer = new Transfer(s.engine);
    this.#self = new WeakRef<Session>(this);
    Session.#open.add(this.#self);
    Session.#collected.register(this, this.#self, this.#self);
  }

  /** Name of the engine: `reference`, `tfjs:cpu`. */
  get engine(): string { return this.#engine.name; }
  get closed(): boolean { return this.#closed; }
  /** `sess.sess_str`: the target; '' is this process. */
  get sessStr(): string { return ''; }
  /** `sess.list_devices()`. */
  listDevices(): readonly { readonly name: string; readonly deviceType: string }[] { return [{ name: '/job:localhost/replica:0/task:0/device:CPU:0', deviceType: 'CPU' }]; }

  /** Loads the engine, so that `runSync` can be called. `run` does it by itself. */
  async ready(): Promise<this> {
    if (!this.#ready) await this.#engine.prepare();
    this.#ready = true;
    return this;
  }

  /** `sess.run(fetches, feed_dict, options, run_metadata)`: values of tensors (scalars as JS values, others as NDArray), null
   * for operations, in the structure of `fetches`. Overlapping calls start in order. Errors: TypeError and ValueError for
   * bad fetches and feeds, RuntimeError on a closed session or an empty graph, the classes of `tf.errors` for failing runs
   * (DeadlineExceededError after a timeout, CancelledError after an abort); a failed run has written nothing. */
  async run<const F extends Fetchable>(fetches: F, ...rest: RunRest): Promise<Fetched<F>> { return this.#runPrepared(this.#prepare(fetches, rest)) as Fetched<F>; }

  /** `run` without waiting. Throws RuntimeError when the engine is not ready or an asynchronous run is in progress. */
  runSync<const F extends Fetchable>(fetches: F, ...rest: RunRest): Fetched<F> {
    const p = this.#prepare(fetches, rest);
    if (this.#tail) throw new RuntimeError('An asynchronous run of this session has not finished.', { remedy: 'await it before calling runSync' });
    if (!this.#ready) { this.#engine.prepareSync(); this.#ready = true; }
    if (this.#isIdle(p)) return this.#idle(p) as Fetched<F>;
    const { run, report } = this.#start(p, true);
    const step = run.next();
    if (!step.done) throw new RuntimeError('internal: a synchronous run waited');
    const results = this.#transfer.results(p, step.value, true) as Fetched<F>;
    report();
    return results;
  }

  /** The results, or a promise of them when something has to be waited for. */
  #runPrepared(p: Prepared): unknown {
    if (this.#isIdle(p) && this.#ready) return this.#idle(p);
    const finish = (s: Started, values: readonly Value[]): unknown => {
      const results = this.#transfer.results(p, values, false);
      if (results instanceof Promise) return results.then((r: unknown) => { s.report(); return r; });
      s.report();
      return results;
    };
    if (this.#ready && !this.#tail) {
      // Starts at once; only a run that has to wait makes others queue.
      const s = this.#start(p, false);
      const first = s.run.next();
      if (first.done) return finish(s, first.value);
      return this.#queue(async () => finish(s, await drive(s.run, first.value)));
    }
    return this.#queue(async () => {
      await this.ready();
      this.#checkOpen();
      if (this.#isIdle(p)) return this.#idle(p);
      const s = this.#start(p, false);
      return finish(s, await drive(s.run));
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
    const request = requestOf(elements, fed);
    const plan = compile(request, this.#target());
    const told = this.#plans.find(request, this.graph)?.report ?? null;
    return { ...plan, report: told, toString: () => printPlan(plan, told?.declined) };
  }

  /** `sess.make_callable(fetches, feed_list, accept_options)`: a function that runs `fetches`. With `feedList` it takes the
   * values to feed, in that order, and `{ options, runMetadata }` after them, and checks everything when called. Without,
   * fetches are checked here, and it takes options and metadata only when `acceptOptions` is true.
   * Errors: TypeError when `feedList` is no list, and those of `run`. */
  makeCallable<const F extends Fetchable>(fetches: F, ...args: readonly [feedList?: readonly FeedKey[] | CallableOptions | null, acceptOptions?: boolean | CallableOptions | null, options?: CallableOptions]): Callable<Fetched<F>> {
    const { feedList, acceptOptions } = callableOptions(args);
    if (feedList) {
      return (async (...values) => {
        const { feeds, named } = feedsOfCall(feedList, values);
        return this.#runPrepared(this.#prepare(fetches, [feeds, named]));
      }) as Callable<Fetched<F>>;
    }
    const fetch = planFetches(this.graph, fetches);
    const request = requestOf(fetch.elements, []);
    return (async (...values) => {
      const p: Prepared = { fetch, request, fed: new Map(), told: runArguments([null, ...optionsOfCall(fetches, acceptOptions ?? false, values)]) };
      if (this.#closed) throw new CancelledError('Session has been closed.');
      if (this.#isIdle(p)) throw new InvalidArgumentError('Must specify at least one target to fetch or execute.');
      return this.#runPrepared(p);
    }) as Callable<Fetched<F>>;
  }

  // --- partial runs ------------------------------------------------------------------------------------------------
  /** `sess.partial_run_setup(fetches, feeds)`: begins a run that is fed and fetched in parts; returns its handle. `feeds`: a
   * tensor, or a list of what will be fed. What needs no feed (targets too) runs now, with the variables as they are now.
   * Errors: InvalidArgumentError when nothing is to be fetched or something is fed twice, or fed and fetched. */
  async partialRunSetup(fetches: Fetchable, feeds: FeedKey | readonly FeedKey[] | null = null): Promise<string> {
    this.#checkOpen();
    const request = partialRequest(this.graph, planFetches(this.graph, fetches).elements, feeds);
    this.#checkAlive();
    const handle = this.#handles.next(request);
    await this.#queue(async () => {
      await this.ready();
      this.#checkOpen();
      const compiled = this.#compile({ ...request, feeds: request.feeds.map((tensor) => ({ tensor, shape: tensor.shape })), inParts: true });
      const names = [...request.fetches, ...request.targets].map((e) => e.name);
      const partial = new PartialRun(request, this.#plans.prepare(compiled, { graph: this.graph, fetches: names }), this.graph);
      this.#partials.set(handle, partial);
      // As in TF what fails here fails the next part.
      await this.#advance(partial, new Map()).catch((e: unknown) => { partial.failure = e; });
    });
    return handle;
  }

  /** `sess.partial_run(handle, fetches, feed_dict)`: feeds some more, fetches some more. Each feed and each fetch once, no
   * operations. The values are those of one run with all feeds. Writes are there for other runs as soon as all they wait
   * for has been fed. When a part fails the partial run ends, and (as in TF) every later `run` of this session is
   * cancelled. Errors: InvalidArgumentError for what was not set up, comes twice or cannot be computed yet. */
  async partialRun<const F extends Fetchable>(handle: string | null, fetches: F, feeds: Feeds | null = null): Promise<Fetched<F>> {
    const p = this.#prepare(fetches, [feeds]);
    if (handle === null) return await this.#runPrepared(p) as Fetched<F>;
    if (this.#isIdle(p) && p.fed.size === 0) return this.#idle(p) as Fetched<F>;
    if (p.request.targets.length > 0) throw new RuntimeError('partial_run() requires empty target_list.', { remedy: 'name operations in partialRunSetup: they run as soon as what they need has been fed' });
    this.#checkAlive();
    return this.#queue(async () => {
      const partial = this.#partials.get(handle);
      if (!partial) throw new InvalidArgumentError("Must run 'setup' before performing partial runs!");
      partial.check([...p.fed.keys()], p.request.fetches);
      try {
        if (partial.failure !== undefined) throw partial.failure;
        await this.#advance(partial, p.fed);
      } catch (e) {
        this.#drop(handle, partial);
        throw e;
      }
      const values = partial.take(p.request.fetches);
      for (const v of values) this.#transfer.keep(v); // later parts may still read it
      if (partial.done) this.#drop(handle, partial);
      return this.#transfer.results(p, values, false) as Fetched<F>;
    });
  }

  /** Executes what the feeds of a part make possible. */
  async #advance(partial: PartialRun, fed: ReadonlyMap<Tensor, Fed>): Promise<void> {
    const { ready, request } = partial;
    const names = [...request.fetches, ...request.targets].map((e) => e.name);
    const pause = pauseOf({ timeoutInMs: 0, signal: null, closed: () => this.#closed, fetches: names, sync: false });
    const feed = this.#transfer.feeder(request.feeds.map((tensor) => ({ tensor })), fed, true);
    const context = this.#context(ready, names, { sync: false, feed, pause, holdsReads: true });
    try {
      await drive(execute(ready.plan, context, partial.frame, partial.advance([...fed.keys()])));
    } catch (e) {
      this.#cancelled = true;
      throw e;
    }
  }
  #drop(handle: string, partial: PartialRun): void {
    this.#partials.delete(handle);
    dropFrame(partial.frame, this.#engine);
    this.#plans.release(partial.ready);
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

  /** Frees everything the session holds; a run that is waiting ends with CancelledError. Closing twice is allowed. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    Session.#open.delete(this.#self);
    Session.#collected.unregister(this.#self);
    const release = (): void => {
      for (const [handle, partial] of this.#partials) this.#drop(handle, partial);
      this.#plans.clear();
      this.#variables.clear();
      this.#states.clear();
    };
    if (this.#tail) void this.#tail.then(release); // once the run that waits has ended
    else release();
  }
  [Symbol.dispose](): void { this.close(); }

  /** `tf.Session.reset(target, containers, config)`: closes every session of this process and forgets their variables.
   * As in TF 1.15 the containers do not matter. Later runs of those sessions fail with CancelledError.
   * Errors: NotFoundError and NotImplementedError for targets elsewhere. */
  static reset(target: string | null, _containers: readonly string[] | null = null, _config: SessionOptions['config'] = null): void {
    checkTarget(target ?? '');
    for (const r of Session.#open) {
      const s = r.deref();
      if (s) { s.#isReset = true; s.close(); }
    }
    Session.#open.clear();
  }

  /** Live tensors and bytes of the session: variables and constants of its plans, on the host and on the device. The same after every run. */
  memory(): MemoryInfo {
    const parts = [this.#variables.memory(), this.#plans.memory()];
    return { tensors: parts.reduce((n, m) => n + m.tensors, 0), bytes: parts.reduce((n, m) => n + m.bytes, 0) };
  }
  /** Live values in the engine's own memory. */
  deviceMemory(): MemoryInfo { return this.#engine.memory(); }

  // --- one run -----------------------------------------------------------------------------------------------------
  #checkOpen(): void {
    if (this.#closed && !this.#isReset) throw new RuntimeError('Attempted to use a closed Session.');
    if (this.graph.version === 0) throw new RuntimeError('The Session graph is empty.  Add operations to the graph before calling run().');
  }
  #checkAlive(): void { if (this.#closed) throw new CancelledError('Session has been closed.'); }

  #prepare(fetches: Fetchable, rest: readonly unknown[]): Prepared {
    const told = runArguments(rest);
    this.#checkOpen();
    const fed = readFeeds(this.graph, told.feedDict);
    const fetch = planFetches(this.graph, fetches);
    const feeds = [...fed.values()].map((f) => ({ tensor: f.tensor, shape: new TensorShape(f.shape) }));
    if (told.asTfjs) this.#transfer.checkTfjs(fetch.elements);
    return { fetch, fed, request: requestOf(fetch.elements, feeds), told };
  }

  /** Nothing to compute: an empty structure, or only fed tensors. */
  #isIdle(p: Prepared): boolean { return p.request.fetches.length === 0 && p.request.targets.length === 0; }
  #idle(p: Prepared): unknown {
    report(metadataOf(p.told));
    return this.#transfer.results(p, [], true);
  }

  #target(): Target { return { ...this.#toolchain, engine: this.#engine, mode: this.mode, graph: this.graph }; }

  #compile(request: CompileRequest): Plan {
    const plan = compile(request, this.#target());
    for (const w of plan.warnings) this.#warn(w);
    for (const c of plan.constants) this.#transfer.keep(c.value);
    return plan;
  }

  #start(p: Prepared, sync: boolean): Started {
    const names = p.fetch.elements.map((e) => e.name);
    const { options, signal, runMetadata } = p.told;
    this.#checkAlive();
    if (this.#cancelled) throw new CancelledError('Run call was cancelled', { fetches: names, remedy: 'a part of a partial run of this session failed; go on in a new session' });
    checkAborted(signal, names);
    const ready = this.#plans.get(p.request, { graph: this.graph, fetches: names }, (request) => this.#compile(request));
    const { plan } = ready;
    const timeoutInMs = options && options.timeoutInMs > 0 ? options.timeoutInMs : this.#config.operationTimeoutInMs;
    const wanted = runMetadata && options ? { trace: options.traceLevel > 0, graphs: options.outputPartitionGraphs } : { trace: false, graphs: false };
    const graph = wanted.trace || wanted.graphs ? planGraph(plan) : undefined;
    const watched = wanted.trace || !ready.report ? this.#engine.watch?.() : undefined;
    const trace = wanted.trace ? new StepStatsCollector(plan, graph!) : undefined;
    const context = this.#context(ready, names, {
      sync, trace, reportsAllocations: options?.reportTensorAllocationsUponOom ?? false,
      // An array of the caller may become a variable only by an assignment, or be handed out as device memory.
      feed: this.#transfer.feeder(p.request.feeds, p.fed, (p.told.asTfjs ?? false) || ready.assigns),
      pause: pauseOf({ timeoutInMs, signal, closed: () => this.#closed, fetches: names, sync }),
    });
    return { run: execute(plan, context), report: () => {
      if (watched) {
        const now = watched(), before = ready.report?.code;
        // Code that a fused step holds is asked for in the first run only.
        ready.report = before && before.modules > now.code.modules ? { ...now, code: before } : now;
      }
      report(metadataOf(p.told), wanted.graphs ? graph!.graphDef : undefined, trace, ready.report);
    } };
  }
  #context(ready: ReadyPlan, fetches: readonly string[], run: Pick<RunContext, 'sync' | 'feed' | 'pause' | 'trace' | 'reportsAllocations' | 'holdsReads'>): RunContext {
    const { sync, feed, pause, trace, reportsAllocations = false, holdsReads = false } = run;
    return { // all fields, always in this order: one hidden class for the executor
      engine: this.#engine, variables: this.#variables, states: this.#states, template: ready.template, sync, place: { graph: this.graph, fetches },
      feed, pause, trace, reportsAllocations, holdsReads, onCommit: this.#keep,
    };
  }
  /** A warning, once. */
  protected warn(text: string): void { this.#warn(text); }
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

/** Fills metadata from a run; what it held before is gone. */
function report(m: RunMetadata | undefined, graph?: GraphDef, trace?: StepStatsCollector, engine?: EngineReport): void {
  if (!m) return;
  m.stepStats = trace?.result() ?? { devStats: [] };
  m.engineReport = trace && engine ? engine : null;
  m.partitionGraphs = graph ? [graph] : [];
}

function requestOf(elements: readonly (Tensor | Operation)[], feeds: readonly { tensor: Tensor; shape: TensorShape }[]): CompileRequest {
  const fed = new Set(feeds.map((f) => f.tensor));
  return {
    fetches: elements.filter((e): e is Tensor => e instanceof Tensor && !fed.has(e)),
    targets: elements.filter((e): e is Operation => e instanceof Operation),
    feeds,
  };
}
