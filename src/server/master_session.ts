// One session of a client: a graph that grows, runs of it, callables, partial runs. Everything a request names is resolved
// here; what runs is a `Session` over the graph. Follows core/distributed_runtime/master_session.cc (1.15).
import { AbortedError, CancelledError, FailedPreconditionError, InternalError, InvalidArgumentError } from '../graph/errors.ts';
import { Graph } from '../graph/graph.ts';
import type { NDArray } from '../graph/ndarray.ts';
import type { GraphDef } from '../graph/node_def.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { dtypeLabel } from '../session/errors.ts';
import { RunMetadata, RunOptions } from '../session/run_options.ts';
import type { RunSignal } from '../session/run_control.ts';
import { Session } from '../session/session.ts';
import type { SharedState } from '../session/shared_state.ts';
import { extendGraph } from './extend_graph.ts';
import { feedOf, fetchOf, targetsOf } from './names.ts';
import { checkDevices } from './placement.ts';

/** What one step is asked for, in names. */
export interface Step {
  readonly feeds: readonly (readonly [name: string, value: NDArray])[];
  readonly fetches: readonly string[];
  readonly targets: readonly string[];
}
/** What a step is told besides. */
export interface StepOptions { readonly traceLevel?: number; readonly timeoutInMs?: number; readonly outputPartitionGraphs?: boolean; readonly reportTensorAllocationsUponOom?: boolean }
/** What a step gives, in the order of its fetches. */
export interface StepResult { readonly values: readonly NDArray[]; readonly metadata: RunMetadata }

/** Settings of a session that matter here, from its ConfigProto. */
export interface SessionConfig { readonly isolateSessionState: boolean; readonly allowSoftPlacement: boolean; readonly operationTimeoutInMs: number; readonly buildCostModel: number; readonly buildCostModelAfter: number }

/** What a step is told that its session's end has ended. */
export const CLOSED = 'Step was cancelled by an explicit call to `Session::Close()`.';

interface Callable { readonly feeds: readonly Tensor[]; readonly fetches: readonly Tensor[]; readonly targets: readonly Operation[]; readonly options: StepOptions }
interface Asked { readonly feeds: readonly (readonly [Tensor, NDArray])[]; readonly fetches: readonly Tensor[]; readonly targets: readonly Operation[] }

export class MasterSession {
  readonly #graph = new Graph();
  readonly #session: Session;
  readonly #soft: boolean;
  readonly #callables = new Map<bigint, Callable>();
  #nextCallable = 0n;
  #version = 0n;
  #closed = false;

  constructor(def: GraphDef, config: SessionConfig, state: SharedState) {
    this.#soft = config.allowSoftPlacement;
    this.#add(def);
    this.#session = new Session({ graph: this.#graph, sharedState: state, config: { operationTimeoutInMs: config.operationTimeoutInMs, graphOptions: { buildCostModel: config.buildCostModel, buildCostModelAfter: config.buildCostModelAfter } }, onWarning: () => undefined });
  }
  #add(def: GraphDef): void {
    checkDevices(def.node, this.#soft);
    extendGraph(this.#graph, def);
  }

  get version(): bigint { return this.#version; }
  get nodes(): number { return this.#graph.size; }

  /** Adds nodes; gives the new version. Plans of what was there stay. Errors: AbortedError for a version that is not the last one. */
  extend(def: GraphDef, version: bigint): bigint {
    this.#use();
    if (version !== this.#version) throw new AbortedError(`Current version is ${this.#version} but caller expected ${version}.`);
    this.#add(def);
    return ++this.#version;
  }

  /** Runs a step, or a part of one. */
  async run(step: Step, options: StepOptions, partialRun: string, signal: RunSignal): Promise<StepResult> {
    this.#use();
    if (partialRun !== '') {
      if (!this.#session._hasPartialRun(partialRun)) throw new InvalidArgumentError('Must run PartialRunSetup before performing partial runs');
      return this.#run(this.#asked(step), options, signal, partialRun);
    }
    if (step.fetches.length === 0 && step.targets.length === 0) throw new InvalidArgumentError('Must specify at least one target to fetch or execute.');
    return this.#run(this.#asked(step), options, signal, null);
  }

  async setUpPartialRun(feeds: readonly string[], fetches: readonly string[], targets: readonly string[]): Promise<string> {
    this.#use();
    const g = this.#graph;
    return this.#session.partialRunSetup([...fetches.map((n) => fetchOf(g, n)), ...targetsOf(g, targets)], feeds.map((n) => feedOf(g, n)));
  }

  makeCallable(step: Omit<Step, 'feeds'> & { readonly feeds: readonly string[] }, options: StepOptions): bigint {
    this.#use();
    const { feeds, fetches, targets } = this.#asked({ ...step, feeds: [] }, step.feeds);
    if (fetches.length === 0 && targets.length === 0) throw new InvalidArgumentError('Must specify at least one target to fetch or execute.');
    const handle = this.#nextCallable++;
    this.#callables.set(handle, { feeds: feeds.map(([t]) => t), fetches, targets, options });
    return handle;
  }
  async runCallable(handle: bigint, values: readonly NDArray[], signal: RunSignal): Promise<StepResult> {
    this.#use();
    const c = this.#callables.get(handle);
    if (!c) throw new InvalidArgumentError(handle >= this.#nextCallable || handle < 0n ? `No such callable handle: ${handle}` : `Attempted to run callable after handle was released: ${handle}`);
    if (values.length !== c.feeds.length) throw new InvalidArgumentError(`Expected ${c.feeds.length} feed tensors, but got ${values.length}`);
    return this.#run({ fetches: c.fetches, targets: c.targets, feeds: c.feeds.map((t, i) => [checked(t, values[i]!), values[i]!]) }, c.options, signal, null);
  }
  releaseCallable(handle: bigint): void { this.#callables.delete(handle); }

  /** Ends what runs and frees everything. */
  close(): void {
    this.#closed = true;
    this.#callables.clear();
    this.#session.close();
  }

  #use(): void {
    if (this.#closed) throw new FailedPreconditionError('Session is closed.');
  }

  /** The names of a step as handles; `keys`: feeds without values. */
  #asked(step: Step, keys?: readonly string[]): Asked {
    const g = this.#graph;
    const names = keys ?? step.feeds.map(([n]) => n);
    const seen = new Set<Tensor>();
    const tensors = names.map((n) => {
      const t = feedOf(g, n);
      if (seen.has(t)) throw new InvalidArgumentError(`Endpoint "${n}" fed more than once.`);
      seen.add(t);
      return t;
    });
    const feeds = tensors.map((t, i) => { const v = step.feeds[i]?.[1]; return [v ? checked(t, v) : t, v as NDArray] as const; });
    const fetches = step.fetches.map((n) => {
      const t = fetchOf(g, n);
      if (seen.has(t)) throw new InvalidArgumentError(`${n} is both fed and fetched.`);
      return t;
    });
    return { feeds, fetches, targets: targetsOf(g, step.targets) };
  }

  async #run(asked: Asked, o: StepOptions, signal: RunSignal, partialRun: string | null): Promise<StepResult> {
    const metadata = new RunMetadata();
    const options = new RunOptions({
      traceLevel: o.traceLevel ?? 0, timeoutInMs: o.timeoutInMs ?? 0, outputPartitionGraphs: o.outputPartitionGraphs ?? false, reportTensorAllocationsUponOom: o.reportTensorAllocationsUponOom ?? false,
    });
    try {
      const values = await this.#session._run(asked, { options, runMetadata: metadata }, signal, partialRun);
      return { values, metadata };
    } catch (e) {
      throw e instanceof CancelledError && this.#closed ? new CancelledError(CLOSED) : e;
    }
  }
}

/** The tensor, if the value may be fed to it. */
function checked(t: Tensor, value: NDArray): Tensor {
  const want = t.dtype.baseDtype;
  if (value.dtype !== want) throw new InternalError(`Output 0 of type ${dtypeLabel(value.dtype)} does not match declared output type ${dtypeLabel(want)} for node {{node _recv_${t.op.name}_${t.valueIndex}}}\n\t [[{{node ${t.op.name}}}]]`);
  return t;
}
