// Step stats: when each step of a plan ran, for how long, and what it made. Field names follow
// core/framework/step_stats.proto (1.15); times are microseconds since 1970.
import type { DType } from '../graph/dtype.ts';
import type { TensorShape } from '../graph/shape.ts';
import { TensorShape as Shape } from '../graph/shape.ts';
import { HOST_ALLOCATOR } from './engines/engine.ts';
import type { StepTrace } from './execute.ts';
import { DEAD, type Live, MISSING } from './live.ts';
import { type FusedStep, type Plan, type Slot, type Step, writes } from './plan.ts';
import type { PlanGraph } from './plan_graph.ts';
import { byteLength } from './variables.ts';

export interface AllocationDescription { readonly requestedBytes: number; readonly allocatorName: string }
export interface TensorDescription { readonly dtype: DType; readonly shape: TensorShape; readonly allocationDescription: AllocationDescription }
export interface NodeOutput { readonly slot: number; readonly tensorDescription: TensorDescription }
export interface AllocatorMemoryUsed { readonly allocatorName: string; readonly totalBytes: number; readonly peakBytes: number; readonly liveBytes: number }
export interface NodeExecStats {
  readonly nodeName: string;
  readonly allStartMicros: number;
  readonly opStartRelMicros: number;
  readonly opEndRelMicros: number;
  readonly allEndRelMicros: number;
  readonly memory: readonly AllocatorMemoryUsed[];
  readonly output: readonly NodeOutput[];
  /** `name = Op(input, input)`; of a step that computes several nodes `name = MatMul+BiasAdd+Relu(input, input)`. */
  readonly timelineLabel: string;
  readonly scheduledMicros: number;
  readonly threadId: number;
}
export interface DeviceStepStats { readonly device: string; readonly nodeStats: readonly NodeExecStats[] }
/** `StepStats` of a run, one entry per device. */
export interface StepStats { readonly devStats: readonly DeviceStepStats[] }

const now = (): number => (performance.timeOrigin + performance.now()) * 1000;

/** Collects the stats of one run. */
export class StepStatsCollector implements StepTrace {
  readonly #plan: Plan;
  readonly #graph: PlanGraph;
  readonly #devices = new Map<string, NodeExecStats[]>();
  #start = 0;

  constructor(plan: Plan, graph: PlanGraph) { this.#plan = plan; this.#graph = graph; }

  begin(): void { this.#start = now(); }
  end(step: Step, slots: readonly (Live | undefined)[]): void {
    const duration = now() - this.#start;
    const node = this.#graph.nodeOf.get(step);
    if (!node) return;
    const output = writes(step).flatMap((s, slot) => describe(this.#plan, s, slot, slots[s]));
    // Only kernels make values; the other steps pass on what is there.
    const made = step.kind === 'kernel' || step.kind === 'fused' ? output.map((o) => o.tensorDescription.allocationDescription) : [];
    const bytes = made.reduce((n, a) => n + a.requestedBytes, 0);
    const list = this.#devices.get(node.device) ?? [];
    this.#devices.set(node.device, list);
    list.push({
      nodeName: node.name, allStartMicros: Math.floor(this.#start), opStartRelMicros: 0, opEndRelMicros: Math.ceil(duration), allEndRelMicros: Math.ceil(duration),
      memory: bytes === 0 ? [] : [{ allocatorName: made[0]!.allocatorName, totalBytes: bytes, peakBytes: bytes, liveBytes: bytes }],
      output, timelineLabel: `${node.name} = ${step.kind === 'fused' ? opsOf(step) : node.op}(${node.input.join(', ')})`, scheduledMicros: Math.floor(this.#start), threadId: 0,
    });
  }

  result(): StepStats { return { devStats: [...this.#devices].map(([device, nodeStats]) => ({ device, nodeStats })) }; }
}

/** Ops a label names. */
const MAX_OPS = 5;
/** What a fused step computes: `MatMul+BiasAdd+Relu`. */
function opsOf(step: FusedStep): string {
  const ops = [...new Set(step.parts.map((p) => p.node.op))];
  return `${ops.slice(0, MAX_OPS).join('+')}${ops.length > MAX_OPS ? `+${ops.length - MAX_OPS} more` : ''}`;
}

function describe(plan: Plan, s: Slot, slot: number, value: Live | undefined): NodeOutput[] {
  if (value === undefined || value === DEAD || value === MISSING) return [];
  const info = plan.slots[s]!;
  return [{
    slot,
    tensorDescription: {
      dtype: info.dtype, shape: new Shape([...value.shape]),
      allocationDescription: { requestedBytes: byteLength(value), allocatorName: info.place === 'device' ? plan.engine : HOST_ALLOCATOR },
    },
  }];
}
