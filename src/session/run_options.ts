// `tf.RunOptions` and `tf.RunMetadata`: what one run is told and what it tells. Follows core/protobuf/config.proto (1.15).
import type { GraphDef } from '../graph/node_def.ts';
import type { ConfigProto } from './config.ts';
import type { CostGraphDef } from './cost_graph.ts';
import type { EngineReport } from './engines/engine.ts';
import { type Init, Message } from './message.ts';
import type { StepStats, StepStatsCollector } from './step_stats.ts';

/** `tf.RunOptions`. `traceLevel` above NO_TRACE collects step stats; `timeoutInMs` (0: none) ends the run with
 * DeadlineExceededError; `outputPartitionGraphs` returns what was executed; with `reportTensorAllocationsUponOom` an out-of-memory error
 * lists what is alive. The other fields have no effect.
 * Errors: ValueError for unknown fields, TypeError for wrong types. */
export class RunOptions extends Message {
  static readonly NO_TRACE = 0;
  static readonly SOFTWARE_TRACE = 1;
  static readonly HARDWARE_TRACE = 2;
  static readonly FULL_TRACE = 3;
  traceLevel = 0;
  timeoutInMs = 0;
  interOpThreadPool = 0;
  outputPartitionGraphs = false;
  reportTensorAllocationsUponOom = false;
  constructor(fields: Init<RunOptions> = {}) { super(); this._fill(fields); }
}
/** Milliseconds a run may take: its own limit, else the session's; one below 0 is none, as in TensorFlow. 0: as many as it wants. */
export function timeoutOf(o: RunOptions | null | undefined, { operationTimeoutInMs }: Pick<ConfigProto, 'operationTimeoutInMs'>): number { return o && o.timeoutInMs > 0 ? o.timeoutInMs : operationTimeoutInMs; }

/** `tf.RunMetadata`: filled by a run that succeeds. */
export class RunMetadata {
  /** One entry per step of the plan, when the run was traced. */
  stepStats: StepStats = { devStats: [] };
  /** What each executed node took, in the runs that `buildCostModel` of `tf.GraphOptions` asks for; else null. */
  costGraph: CostGraphDef | null = null;
  /** Ours: the code the engine generated for this plan, and calls it left to `reference`; when the run was traced, on engines that tell. */
  engineReport: EngineReport | null = null;
  /** The executed nodes as graphs, when RunOptions ask for them. */
  partitionGraphs: readonly GraphDef[] = [];
}

/** Fills metadata from a run; what it held before is gone. */
export function fillMetadata(m: RunMetadata | undefined, graph?: GraphDef, trace?: StepStatsCollector, engine?: EngineReport, costs?: CostGraphDef): void {
  if (!m) return;
  m.stepStats = trace?.result() ?? { devStats: [] };
  m.engineReport = trace && engine ? engine : null;
  m.costGraph = costs ?? null;
  m.partitionGraphs = graph ? [graph] : [];
}
