// Cost graphs: what each node of an executed plan took, in time and in memory. The nodes are those of plan_graph.ts, so what was
// computed together is one node, and every cost was measured. Field names follow core/framework/cost_graph.proto, the steps
// that are measured DirectSession::RunInternal (1.15).
import type { DType } from '../graph/dtype.ts';
import { CONTROL_SLOT, parseInput } from '../graph/names.ts';
import type { GraphDef, NodeDef } from '../graph/node_def.ts';
import { TensorShape } from '../graph/shape.ts';
import type { GraphOptions } from './config.ts';
import type { StepStats } from './step_stats.ts';

/** An output: its bytes, and the input it is an alias of (-1: none is known). */
export interface CostOutput { readonly size: number; readonly aliasInputPort: number; readonly shape: TensorShape; readonly dtype: DType }
export interface CostNode {
  readonly name: string;
  readonly device: string;
  readonly id: number;
  readonly inputInfo: readonly { readonly precedingNode: number; readonly precedingPort: number }[];
  readonly outputInfo: readonly CostOutput[];
  /** Microseconds. */
  readonly computeCost: number;
  readonly isFinal: boolean;
  /** Nothing was measured: the node did not run by itself. */
  readonly inaccurate: boolean;
}
/** `CostGraphDef` of a run. */
export interface CostGraphDef { readonly node: readonly CostNode[] }

/** Whether this run of a plan is one whose costs are asked for; counts it. */
export function isMeasured({ buildCostModel: every, buildCostModelAfter: after }: GraphOptions, plan: { runs?: number }): boolean {
  if (every <= 0) return false;
  const step = (plan.runs ?? 0) - after;
  plan.runs = (plan.runs ?? 0) + 1;
  return step >= 0 && (step + 1) % every === 0;
}

/** The costs of a run, from its graph and its stats. */
export function costGraph(graph: GraphDef, stats: StepStats): CostGraphDef {
  const ids = new Map(graph.node.map((n, i) => [n.name, i]));
  const measured = new Map(stats.devStats.flatMap((d) => d.nodeStats).map((s) => [s.nodeName, s]));
  return { node: graph.node.map((n, id): CostNode => {
    const s = measured.get(n.name);
    return {
      name: n.name, device: n.device, id, computeCost: s?.opEndRelMicros ?? 0, isFinal: n.op === '_Retval', inaccurate: s === undefined,
      inputInfo: n.input.map(parseInput).flatMap(({ name, index }) => (index === CONTROL_SLOT || !ids.has(name) ? [] : [{ precedingNode: ids.get(name)!, precedingPort: index }])),
      outputInfo: s ? s.output.map(({ tensorDescription: { dtype, shape, allocationDescription: a } }) => ({ size: a.requestedBytes, aliasInputPort: -1, shape, dtype })) : constantOutput(n),
    };
  }) };
}
function constantOutput(n: NodeDef): CostOutput[] {
  const value = n.attr['value'];
  if (n.op !== 'Const' || value?.kind !== 'tensor') return [];
  return [{ size: value.value.byteLength, aliasInputPort: -1, shape: new TensorShape([...value.value.shape]), dtype: value.value.dtype }];
}
