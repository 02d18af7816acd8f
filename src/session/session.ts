// `tf.Session`: runs parts of a graph. Takes fetches and feeds apart, finds or compiles the plan, executes it, and puts
// the results into the caller's structure; keeps variables from run to run. Follows python/client/session.py (1.15).
import { CancelledError, InvalidArgumentError, RuntimeError, UnimplementedError } from '../graph/errors.ts';
import type { Graph } from '../graph/graph.ts';
import { type Entered, openScope, runInScope, type ScopeHandle, sessionStack } from '../graph/scopes.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { hostFunction } from '../ops/script_ops.ts';
import { compile } from './compile/pipeline.ts';
import type { Engine, MemoryInfo } from './engines/engine.ts';
import { callable, type Callable, callableOptions, type CallableOptions, feedsOfCall, optionsCallable, type OptionsCallable, optionsOfCall, repeating } from './callable.ts';
import { drive, dropFrame, Execution } from './execute.ts';
import { type ExplainedPlan, explained } from './explain.ts';
import { type Fed, type FeedKey, type Feeds, readFeeds } from './feed.ts';
import { type Fetchable, type Fetched, planFetches } from './fetch.ts';
import { type CallableSpec, type DeviceAttributes, type Master, masterOf, masterRun, onlyHere } from './master.ts';
import { configOf, type Mode, type SessionOptions, settings } from './options.ts';
import { HandleNames, partialRequest, PartialRun } from './partial_run.ts';
import { type AskedInHandles, type PlannedRun, plannedRequest, plannedRequests, preparedFrom } from './planned_run.ts';
import { requestOf, RequestMemo } from './request_memo.ts';
import { metadataOf, type RunArguments, runArguments } from './run_arguments.ts';
import { Ending, limitsOf, type RunSignal } from './run_control.ts';
import type { RunMetadata, RunOptions } from './run_options.ts';
import { isIdle, Runner } from './runner.ts';
import type { SharedState } from './shared_state.ts';
import { type Prepared, resultOf, Transfer } from './transfer.ts';
import { NodeStates } from './variables.ts';

/** What follows the fetches of a run. */
export type RunRest = readonly [feeds?: Feeds | RunArguments | null, options?: RunOptions | RunArguments | null, runMetadata?: RunMetadata | RunArguments | null, named?: RunArguments];

/** `tf.Session(target, graph, config)`, with `engine` and `mode` by name. Holds the variables of one graph.
 * Errors: TypeError and ValueError for bad arguments, fetches and feeds; the classes of `tf.errors` for failing runs. */
export class Session implements Disposable, AsyncDisposable {
  readonly graph: Graph;
  readonly mode: Mode;
  readonly #address: string;
  /** Runs the session elsewhere. */
  readonly #master: Master | undefined;
  readonly #engine: Engine;
  readonly #state: SharedState;
  /** Whether the variables go with the session. */
  readonly #owns: boolean;
  readonly #states: NodeStates;
  readonly #runner: Runner;
  readonly #onWarning: (text: string) => void;
  readonly #warned = new Set<string>();
  readonly #transfer: Transfer;
  readonly #memo = new RequestMemo();
  readonly #ending = new Ending();
  /** What the server has to be told at the end. */
  #ended: Promise<void> | undefined;
  /** Ended from outside, by `Session.reset`. */
  #isReset = false;
  readonly #partials = new Map<string, PartialRun>();
  readonly #handles = new HandleNames();
  readonly #self: WeakRef<Session>;
  /** Sessions of this process that have not been closed, for `Session.reset`. */
  static readonly #open = new Set<WeakRef<Session>>();
  static readonly #collected = new FinalizationRegistry<WeakRef<Session>>((r) => { Session.#open.delete(r); });

  constructor(options: SessionOptions);
  constructor(target?: string | null, graph?: Graph | null, config?: SessionOptions['config'], options?: SessionOptions);
  constructor(...args: unknown[]) {
    const s = settings(args);
    this.graph = s.graph;
    this.mode = s.mode;
    this.#address = s.target;
    this.#master = s.master;
    this.#state = s.state;
    this.#owns = !s.isShared;
    this.#engine = this.#state.engine;
    this.#onWarning = s.onWarning;
    this.#states = new NodeStates(s.isShared ? s.files : { ...s.files, hostFunction: (token) => hostFunction(s.graph, token) });
    this.#transfer = new Transfer(this.#engine);
    this.#runner = new Runner({
      graph: s.graph, mode: s.mode, state: s.state, states: this.#states, toolchain: s.toolchain, transfer: this.#transfer, config: s.config, ending: this.#ending,
      checkOpen: () => { this.#checkOpen(); }, warn: (text) => { this.warn(text); },
    });
    this.#self = new WeakRef<Session>(this);
    if (this.#owns) Session.#open.add(this.#self);
    Session.#collected.register(this, this.#self, this.#self);
  }

  /** Name of the engine: `reference`, `tfjs:cpu`; the target where the session runs elsewhere. */
  get engine(): string { return this.#engine.name; }
  get closed(): boolean { return this.#ending.ended; }
  /** `sess.sess_str`: the target; '' is this process. */
  get sessStr(): string { return this.#address; }
  /** `sess.list_devices()`. */
  async listDevices(): Promise<readonly DeviceAttributes[]> {
    if (!this.#master) return [{ name: '/job:localhost/replica:0/task:0/device:CPU:0', deviceType: 'CPU', memoryLimitBytes: 0, incarnation: 0n }];
    if (this.closed) throw new RuntimeError('Attempted to use a closed Session.');
    return this.#master.listDevices();
  }

  /** Loads the engine, so that `runSync` can be called. `run` does it by itself. */
  async ready(): Promise<this> {
    if (!this.#master) await this.#state.prepare();
    return this;
  }

  /** `sess.run(fetches, feed_dict, options, run_metadata)`: values of tensors (scalars as JS values, others as NDArray), null
   * for operations, in the structure of `fetches`. Overlapping calls start in order. Errors: TypeError and ValueError for
   * bad fetches and feeds, RuntimeError on a closed session or an empty graph, the classes of `tf.errors` for failing runs
   * (DeadlineExceededError after a timeout, CancelledError after an abort); a failed run has written nothing. */
  async run<const F extends Fetchable>(fetches: F, ...rest: RunRest): Promise<Fetched<F>> { return this.#runPrepared(this.#prepare(fetches, rest)) as Fetched<F>; }

  /** `run` without waiting. Throws RuntimeError when the engine is not ready or an asynchronous run is in progress. */
  runSync<const F extends Fetchable>(fetches: F, ...rest: RunRest): Fetched<F> {
    return this.#runNow(this.#prepare(fetches, rest)) as Fetched<F>;
  }
  #runNow(p: Prepared): unknown {
    if (this.#master) onlyHere('runSync', this.#address, 'a server cannot be waited for: await sess.run(...)');
    return this.#runner.now(p);
  }

  /** The results, or a promise of them when something has to be waited for. */
  #runPrepared(p: Prepared): unknown {
    if (!this.#master) return this.#runner.run(p);
    return isIdle(p) ? this.#runner.idle(p) : this.#runThere(p, null);
  }

  /** A run, or part `partial` of one, on the server. Overlapping runs are sent in order and may end in any. */
  async #runThere(p: Prepared, partial: string | null): Promise<unknown> {
    this.#runner.checkAlive();
    return this.#transfer.results(p, await this.#master!.run(masterRun(p, partial)), true);
  }

  /** The plan of a run, with engine per step; prints as text. `feeds` may also be a list of the tensors to be fed. */
  explain(fetches: Fetchable, feeds?: PlannedRun['feeds']): ExplainedPlan {
    this.#checkOpen();
    if (this.#master) onlyHere('explain', this.#address, 'the server makes its own plan: run with tf.RunOptions({ outputPartitionGraphs: true }) to see what it executes');
    this.#state.prepareSync();
    const request = plannedRequest(this.graph, fetches, feeds);
    const plan = compile(request, this.#runner.target);
    const { plans } = this.#runner;
    return explained(plan, plans.find(request, this.graph)?.report ?? null, plans.history(request) ?? null, request, this.graph);
  }

  /** Ours: compiles what these runs need before the first of them; feeds as for `explain`. On `native` the plans become one model of
   * TensorFlow, in which variables that several of them use stay where they are. Nothing runs, variables keep their values.
   * Errors: TypeError for what is no list of `{ fetches, feeds }`, those of `run` for bad fetches and feeds. */
  async prepare(runs: readonly PlannedRun[]): Promise<void> {
    this.#checkOpen();
    if (this.#master) onlyHere('prepare', this.#address, 'the server makes its own plans, each in its first run');
    const requests = plannedRequests(this.graph, runs);
    await this.#state.queue(async () => {
      await this.ready();
      this.#runner.checkAlive();
      await this.#runner.prepare(requests);
    });
  }

  /** `sess.make_callable(fetches, feed_list, accept_options)`: a function that runs `fetches`. With `feedList` it takes the
   * values to feed, in that order, and `{ options, runMetadata }` after them, and checks everything when called. Without,
   * fetches are checked here, and it takes options and metadata only when `acceptOptions` is true.
   * Errors: TypeError when `feedList` is no list, and those of `run`. */
  makeCallable<const F extends Fetchable>(fetches: F, ...args: readonly [feedList?: readonly FeedKey[] | CallableOptions | null, acceptOptions?: boolean | CallableOptions | null, options?: CallableOptions]): Callable<Fetched<F>> {
    const { feedList, acceptOptions } = callableOptions(args);
    if (feedList) {
      const memo = new RequestMemo();
      const prepare = (values: readonly unknown[]): Prepared => {
        this.#checkOpen();
        const { fed, told } = feedsOfCall(this.graph, feedList, values);
        return this.#asked(fetches, fed, told, memo);
      };
      const sync = repeating(this.graph, feedList, prepare, (p) => this.#runNow(p), (p, values) => this.#runner.direct(p, values));
      return callable((...values) => this.#runPrepared(prepare(values)), sync) as Callable<Fetched<F>>;
    }
    const fetch = planFetches(this.graph, fetches);
    const request = requestOf(fetch.elements, []);
    const prepare = (values: readonly unknown[]): Prepared => {
      const p: Prepared = { fetch, request, fed: [], told: runArguments([null, ...optionsOfCall(fetches, acceptOptions ?? false, values)]) };
      if (this.closed) throw new CancelledError('Session has been closed.');
      if (isIdle(p)) throw new InvalidArgumentError('Must specify at least one target to fetch or execute.');
      return p;
    };
    return callable((...values) => this.#runPrepared(prepare(values)), (...values) => this.#runNow(prepare(values))) as Callable<Fetched<F>>;
  }

  /** `sess._make_callable_from_options(callable_options)`: a function that takes the values of `feed` in order and gives those of
   * `fetch` as a list; on a server it is kept there until `release()`. `runMetadata` and `signal` may follow the values, by name.
   * Errors: InvalidArgumentError for a wrong number of values, those of `run`; UnimplementedError for `tensorConnection` in this process. */
  async makeCallableFromOptions(spec: CallableSpec): Promise<OptionsCallable> {
    this.#checkOpen();
    const call = optionsCallable(this.graph, spec);
    if (!this.#master) {
      if (spec.tensorConnection?.length) throw new UnimplementedError('tensorConnection: callables of this process connect no tensors.', { remedy: "rewire the graph with tf.contrib.graphEditor, or use a 'grpc://' target" });
      const names = [...spec.fetch ?? []], targets = [...spec.target ?? []];
      return call.bind(async (feeds, named) => {
        const p = this.#prepare([names, targets], [feeds.map((value, i) => [spec.feed![i]!, value] as const), { ...named, options: spec.runOptions ?? null }]);
        return (await this.#runPrepared(p) as [unknown[]])[0];
      }, () => Promise.resolve());
    }
    this.#runner.checkAlive();
    const made = await this.#master.makeCallable(spec);
    return call.bind(async (feeds, named) => {
      this.#runner.checkAlive();
      return (await made.run(feeds, metadataOf(named), named.signal ?? null)).map(resultOf);
    }, () => made.release());
  }

  // --- partial runs ------------------------------------------------------------------------------------------------
  /** `sess.partial_run_setup(fetches, feeds)`: begins a run that is fed and fetched in parts; returns its handle. `feeds`: a
   * tensor, or a list of what will be fed. What needs no feed (targets too) runs now, with the variables as they are now.
   * Errors: InvalidArgumentError when nothing is to be fetched or something is fed twice, or fed and fetched. */
  async partialRunSetup(fetches: Fetchable, feeds: FeedKey | readonly FeedKey[] | null = null): Promise<string> {
    this.#checkOpen();
    const request = partialRequest(this.graph, planFetches(this.graph, fetches).elements, feeds);
    this.#runner.checkAlive();
    if (this.#master) return this.#master.partialRunSetup(request);
    const handle = this.#handles.next(request);
    await this.#state.queue(async () => {
      await this.ready();
      this.#checkOpen();
      const compiled = this.#runner.compile({ ...request, feeds: request.feeds.map((tensor) => ({ tensor, shape: tensor.shape })), inParts: true });
      const names = [...request.fetches, ...request.targets].map((e) => e.name);
      const partial = new PartialRun(request, this.#runner.plans.prepare(compiled, { graph: this.graph, fetches: names }), this.graph);
      this.#partials.set(handle, partial);
      // As in TF what fails here fails the next part; a server begins with the first part.
      if (this.#owns) await this.#advance(partial, []).catch((e: unknown) => { partial.failure = e; });
    });
    return handle;
  }

  /** `sess.partial_run(handle, fetches, feed_dict)`: feeds some more, fetches some more. Each feed and each fetch once, no
   * operations. The values are those of one run with all feeds. Writes are there for other runs as soon as all they wait
   * for has been fed. When a part fails the partial run ends, and (as in TF) every later `run` of this session is
   * cancelled. Errors: InvalidArgumentError for what was not set up, comes twice or cannot be computed yet. */
  async partialRun<const F extends Fetchable>(handle: string | null, fetches: F, feeds: Feeds | null = null): Promise<Fetched<F>> {
    return await this.#runPart(handle, this.#prepare(fetches, [feeds])) as Fetched<F>;
  }
  async #runPart(handle: string | null, p: Prepared): Promise<unknown> {
    if (handle === null) return await this.#runPrepared(p);
    if (isIdle(p) && p.fed.length === 0) return this.#runner.idle(p);
    if (p.request.targets.length > 0) throw new RuntimeError('partial_run() requires empty target_list.', { remedy: 'name operations in partialRunSetup: they run as soon as what they need has been fed' });
    this.#runner.checkAlive();
    if (this.#master) return this.#runThere(p, handle);
    return this.#state.queue(async () => {
      const partial = this.#partials.get(handle);
      if (!partial) throw new InvalidArgumentError("Must run 'setup' before performing partial runs!");
      partial.check(p.fed.map((f) => f.tensor), p.request.fetches);
      try {
        if (partial.failure !== undefined) throw partial.failure;
        await this.#advance(partial, p.fed, p.signal);
      } catch (e) {
        this.#drop(handle, partial);
        throw e;
      }
      const values = partial.take(p.request.fetches);
      for (const v of values) this.#transfer.keep(v); // later parts may still read it
      if (partial.done) this.#drop(handle, partial);
      return this.#transfer.results(p, values, false);
    });
  }

  // --- for servers -------------------------------------------------------------------------------------------------
  /** internal: a run, or with a handle a part of one, asked for in handles and arrays. Gives arrays, scalars too, in the order of `fetches`. */
  async _run(asked: AskedInHandles, told: RunArguments, signal: RunSignal, handle: string | null = null): Promise<readonly NDArray[]> {
    return await this.#runPart(handle, preparedFrom(asked, told, signal)) as readonly NDArray[];
  }
  /** internal: whether a partial run goes on under the handle. */
  _hasPartialRun(handle: string): boolean { return this.#partials.has(handle); }

  /** Executes what the feeds of a part make possible. */
  async #advance(partial: PartialRun, fed: readonly Fed[], signal?: RunSignal): Promise<void> {
    const { ready, request } = partial;
    const names = [...request.fetches, ...request.targets].map((e) => e.name);
    const limits = limitsOf(0, signal, this.#ending, names, false);
    const feed = this.#transfer.feeder(request.feeds.map((t) => fed.find((f) => f.tensor === t)!), true);
    const context = this.#runner.context({ graph: this.graph, fetches: names }, { sync: false, feed, limits, holdsReads: true, places: undefined });
    try {
      await drive(new Execution(ready.plan, partial.frame, partial.advance(fed.map((f) => f.tensor))).begin(context));
    } catch (e) {
      this.#runner.cancelled = this.#owns; // a server's sessions go on
      throw e;
    }
  }
  #drop(handle: string, partial: PartialRun): void {
    this.#partials.delete(handle);
    dropFrame(partial.frame, this.#engine);
    this.#runner.plans.release(partial.ready);
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

  /** Frees everything the session holds; a run that is waiting ends with CancelledError. Closing twice is allowed. A server is
   * told, which `await using` (or `await sess[Symbol.asyncDispose]()`) waits for. */
  close(): void {
    if (this.closed) return;
    this.#ending.end();
    this.#ended = this.#master?.close().catch(() => undefined); // a server that is gone has nothing left to close
    Session.#open.delete(this.#self);
    Session.#collected.unregister(this.#self);
    this.#state.whenIdle(() => {
      for (const [handle, partial] of this.#partials) this.#drop(handle, partial);
      this.#runner.plans.clear();
      if (this.#owns) this.#state.variables.clear();
      this.#states.clear();
      if (this.#owns) this.#engine.close?.();
    });
  }
  [Symbol.dispose](): void { this.close(); }
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#ended;
  }

  /** `tf.Session.reset(target, containers, config)`: closes every session of this process and forgets their variables; as in
   * TF 1.15 the containers do not matter, and later runs of those sessions fail with CancelledError. On a server it clears the
   * containers named (all when none is) and ends all its sessions; later runs of those fail with AbortedError.
   * Errors: NotFoundError for targets of no known kind, those of `tf.errors` from the server. */
  static reset(target: string | null, containers: readonly string[] | null = null, config: SessionOptions['config'] = null, rpc: SessionOptions['rpc'] = null): Promise<void> {
    const kind = masterOf(target ?? '');
    if (kind) return kind.reset(target!, containers ?? [], configOf(config), rpc ?? {});
    for (const r of Session.#open) {
      const s = r.deref();
      if (s) { s.#isReset = true; s.close(); }
    }
    Session.#open.clear();
    return Promise.resolve();
  }

  /** Live tensors and bytes of the session: variables and constants of its plans, on the host and on the device. The same after every run. */
  memory(): MemoryInfo {
    const parts = [this.#state.variables.memory(), this.#runner.plans.memory()];
    return { tensors: parts.reduce((n, m) => n + m.tensors, 0), bytes: parts.reduce((n, m) => n + m.bytes, 0) };
  }
  /** Live values in the engine's own memory. */
  deviceMemory(): MemoryInfo { return this.#engine.memory(); }

  // --- one run -----------------------------------------------------------------------------------------------------
  #checkOpen(): void {
    if (this.closed && !this.#isReset) throw new RuntimeError('Attempted to use a closed Session.');
    if (this.graph.version === 0) throw new RuntimeError('The Session graph is empty.  Add operations to the graph before calling run().');
  }

  #prepare(fetches: Fetchable, rest: readonly unknown[]): Prepared {
    const told = runArguments(rest);
    this.#checkOpen();
    return this.#asked(fetches, readFeeds(this.graph, told.feedDict), told, this.#memo);
  }
  #asked(fetches: Fetchable, fed: readonly Fed[], told: RunArguments, memo: RequestMemo): Prepared {
    const fetch = memo.fetch(this.graph, fetches);
    if (told.asTfjs) this.#transfer.checkTfjs(fetch.elements);
    return { fetch, fed, request: memo.request(fetch, fed), told };
  }

  /** A warning, once. */
  protected warn(text: string): void {
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
