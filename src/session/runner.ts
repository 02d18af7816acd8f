// Runs in this process: finds or compiles the plan of what was asked, executes it, hands out the values. `tf.Session` is
// what the caller sees of it; where a session runs elsewhere there is none.
import { CancelledError, RuntimeError } from '../graph/errors.ts';
import type { Graph } from '../graph/graph.ts';
import { type Compiled, compileKept, type CompileRequest } from './compile/pipeline.ts';
import { dumpOf } from './compile/dump.ts';
import { DebugLog } from './debug.ts';
import type { Target, Toolchain } from './compile/target.ts';
import { costGraph, isMeasured } from './cost_graph.ts';
import type { Engine } from './engines/engine.ts';
import type { RunPlace } from './errors.ts';
import type { ConfigProto } from './config.ts';
import { drive, Execution, newFrame, type RunContext } from './execute.ts';
import type { Mode } from './options.ts';
import type { Plan } from './plan.ts';
import { PlanCache, type ReadyPlan } from './plan_cache.ts';
import { planGraph } from './plan_graph.ts';
import { compileTogether } from './rehearsal.ts';
import { ResolvedMemo } from './request_memo.ts';
import { metadataOf } from './run_arguments.ts';
import { checkAborted, type Ending, inTurn, limitsOf, pauseOf, type RunLimits } from './run_control.ts';
import { fillMetadata, timeoutOf } from './run_options.ts';
import type { SharedState } from './shared_state.ts';
import { StepStatsCollector } from './step_stats.ts';
import type { StraightRun } from './straight.ts';
import type { Prepared, Transfer } from './transfer.ts';
import type { NodeStates, Value } from './variables.ts';

const NOT_WATCHED = { trace: false, graphs: false };

/** A run that has started. `report` fills its metadata. */
interface Started { readonly run: Execution; readonly ready: ReadyPlan; readonly report: (() => void) | undefined }

/** What a session gives its runs. */
export interface RunnerParts {
  readonly graph: Graph;
  readonly mode: Mode;
  readonly state: SharedState;
  readonly states: NodeStates;
  readonly toolchain: Toolchain;
  readonly transfer: Transfer;
  readonly config: ConfigProto;
  readonly ending: Ending;
  /** Throws when the session can run no more. */
  readonly checkOpen: () => void;
  readonly warn: (text: string) => void;
}

export class Runner {
  readonly #parts: RunnerParts;
  readonly #engine: Engine;
  readonly #state: SharedState;
  readonly #transfer: Transfer;
  readonly plans: PlanCache;
  readonly #resolved = new ResolvedMemo();
  readonly #debug = new DebugLog();
  readonly #keep = (v: Value): void => { this.#transfer.keep(v); };
  readonly #compileFor = (request: CompileRequest, refits: boolean): Compiled => this.#compile(request, refits);
  /** A part of a partial run has failed: TF cancels every later run. */
  cancelled = false;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    this.#state = parts.state;
    this.#engine = parts.state.engine;
    this.#transfer = parts.transfer;
    this.plans = new PlanCache(this.#engine, parts.state.variables, this.#keep);
  }

  checkAlive(): void { if (this.#parts.ending.ended) throw new CancelledError('Session has been closed.'); }

  // --- plans -------------------------------------------------------------------------------------------------------
  get target(): Target { return { ...this.#parts.toolchain, engine: this.#engine, mode: this.#parts.mode, graph: this.#parts.graph }; }

  compile(request: CompileRequest): Plan { return this.#compile(request, false).plan; }
  #compile(request: CompileRequest, refits: boolean): Compiled {
    const told = this.#debug.compiling(), dump = dumpOf([...request.fetches, ...request.targets][0]?.name ?? 'nothing');
    const { target } = this, compiled = compileKept(request, target, dump?.observe, this.#resolved.of(request, target), refits), { plan } = compiled;
    dump?.done(plan);
    told?.(plan);
    for (const w of plan.warnings) this.#parts.warn(w);
    return compiled;
  }
  /** Compiles what requests need before the first run of any. */
  async prepare(requests: readonly CompileRequest[]): Promise<void> {
    for (const r of this.plans.prepareAll(requests, this.#parts.graph, this.#compileFor)) await compileTogether(r, this.#engine, this.#state.variables, r.area?.open(), false);
  }

  // --- runs --------------------------------------------------------------------------------------------------------
  /** The results now. Throws RuntimeError when that is impossible. */
  now(p: Prepared): unknown {
    if (this.#state.busy) throw new RuntimeError('An asynchronous run of this session has not finished.', { remedy: 'await it before calling runSync' });
    this.#state.prepareSync();
    if (isIdle(p)) return this.idle(p);
    const short = this.#straight(p);
    if (short !== undefined) return short;
    const { run, ready, report } = this.#start(p, true);
    if (run.advance()) throw new RuntimeError('internal: a synchronous run waited');
    const results = this.#transfer.results(p, run.fetched, true);
    ready.spare = run.clear();
    report?.();
    return results;
  }

  /** The results, or a promise of them when something has to be waited for. */
  run(p: Prepared): unknown {
    if (isIdle(p) && this.#state.ready) return this.idle(p);
    const finish = (s: Started, values: readonly Value[]): unknown => {
      const results = this.#transfer.results(p, values, false);
      if (results instanceof Promise) return results.then((r: unknown) => { s.report?.(); return r; });
      s.ready.spare = s.run.clear();
      s.report?.();
      return results;
    };
    if (this.#state.ready && !this.#state.busy) {
      // Starts at once; only a run that has to wait makes others queue.
      const s = this.#start(p, false);
      const wait = s.run.advance();
      if (!wait) return finish(s, s.run.fetched);
      return this.#state.queue(async () => finish(s, await drive(s.run, wait)));
    }
    const limits = this.#limits(p, false);
    return inTurn((job) => this.#state.queue(job), limits, async () => {
      await this.#state.prepare();
      this.#parts.checkOpen();
      if (isIdle(p)) return this.idle(p);
      const s = this.#start(p, false, limits);
      return finish(s, await drive(s.run));
    });
  }
  #limits({ told, fetch, signal }: Prepared, sync: boolean): RunLimits {
    const { config, ending } = this.#parts;
    return limitsOf(timeoutOf(told.options, config), signal ?? told.signal, ending, fetch.names, sync);
  }

  /** The results of a run that computes nothing. */
  idle(p: Prepared): unknown {
    fillMetadata(metadataOf(p.told));
    return this.#transfer.results(p, [], true);
  }

  /** A synchronous run of a plan that has run before, where nothing is asked but values. */
  #straight(p: Prepared): unknown {
    const { told } = p;
    return told.options || told.runMetadata || told.signal || told.asTfjs ? undefined : this.direct(p, p.fed.map((f) => f.value));
  }
  direct({ fetch, request, fed }: Pick<Prepared, 'fetch' | 'request' | 'fed'>, given: Parameters<StraightRun>[0]): unknown {
    const { config, ending, graph } = this.#parts;
    if (ending.ended || this.cancelled || this.#debug.timesSteps || this.#state.busy || config.operationTimeoutInMs > 0 || config.graphOptions.buildCostModel > 0) return undefined;
    const ready = this.plans.recent(request, graph), places = ready?.straight && ready.report && ready.area?.open();
    const values = places && ready.straight!(given, places);
    return values && this.#transfer.build(fetch, request, fed, values);
  }

  #start(p: Prepared, sync: boolean, waited?: RunLimits): Started {
    const { graph, config } = this.#parts, { fetch, request, told } = p, { options, runMetadata } = told;
    const place: RunPlace = { graph, fetches: fetch.names };
    this.checkAlive();
    if (this.cancelled) throw new CancelledError('Run call was cancelled', { fetches: fetch.names, remedy: 'a part of a partial run of this session failed; go on in a new session' });
    checkAborted(p.signal ?? told.signal, fetch.names);
    const ready = this.plans.get(request, place, this.#compileFor);
    const { plan } = ready, limits = waited ?? this.#limits(p, sync); // compiling does not count
    const wanted = runMetadata && options ? { trace: options.traceLevel > 0, graphs: options.outputPartitionGraphs } : NOT_WATCHED;
    const costs = isMeasured(config.graphOptions, ready) && Boolean(runMetadata), isTraced = wanted.trace || costs || this.#debug.timesSteps;
    const asGraph = isTraced || wanted.graphs ? planGraph(plan) : undefined;
    const watched = wanted.trace || !ready.report ? this.#engine.watch?.() : undefined;
    const trace = isTraced ? new StepStatsCollector(plan, asGraph!) : undefined;
    const places = told.asTfjs ? undefined : ready.area?.open(); // what is handed out has memory of its own
    const context = this.context(place, {
      sync, trace, before: compileTogether(ready, this.#engine, this.#state.variables, places, sync), reportsAllocations: options?.reportTensorAllocationsUponOom ?? false, places,
      // An array of the caller may become a variable only by an assignment, or be handed out as device memory.
      feed: this.#transfer.feeder(p.fed, (told.asTfjs ?? false) || ready.assigns),
      limits,
    });
    const run = (ready.spare ?? new Execution(plan, newFrame(plan, ready.template))).begin(context);
    ready.spare = undefined;
    if (!watched && !runMetadata && !this.#debug.timesSteps) return { run, ready, report: undefined };
    return { run, ready, report: () => {
      if (watched) {
        const now = watched(), before = ready.report?.code;
        // Code that a fused step holds is asked for in the first run only.
        ready.report = before && before.modules > now.code.modules ? { ...now, code: before } : now;
      }
      if (this.#debug.timesSteps) this.#debug.ran(plan, trace!.result());
      fillMetadata(metadataOf(told), wanted.graphs ? asGraph!.graphDef : undefined, wanted.trace ? trace : undefined, ready.report, costs ? costGraph(asGraph!.graphDef, trace!.result()) : undefined);
    } };
  }
  /** What an execution works in. */
  context(place: RunPlace, run: Pick<RunContext, 'sync' | 'feed' | 'limits' | 'trace' | 'reportsAllocations' | 'holdsReads' | 'places' | 'before'>): RunContext {
    const { sync, feed, limits, trace, reportsAllocations = false, holdsReads = false, places, before } = run;
    return { // all fields, always in this order: one hidden class for the executor
      engine: this.#engine, variables: this.#state.variables, states: this.#parts.states, places, sync, place,
      feed, pause: limits && pauseOf(limits), limits, trace, reportsAllocations, holdsReads, before, onCommit: this.#keep,
    };
  }
}

/** Nothing to compute: an empty structure, or only fed tensors. */
export function isIdle({ request }: Prepared): boolean { return request.fetches.length === 0 && request.targets.length === 0; }
