// What `sess.explain` gives: the plan, what became of each node of the graph, and the forms it is read in.
import type { Graph } from '../graph/graph.ts';
import type { CompileRequest } from './compile/pipeline.ts';
import { prune } from './compile/prune.ts';
import type { EngineReport } from './engines/engine.ts';
import type { Plan } from './plan.ts';
import { planToDot } from './plan_dot.ts';
import { type NodeFate, nodeFates } from './plan_nodes.ts';
import type { PlanHistory } from './plan_cache.ts';
import { printPlan } from './plan_print.ts';

/** A plan that explains itself. `report`: what the engine said of its first run here, or of the last one that was traced; null before.
 * `cache`: how the session came to its plans of these fetches and feeds, of any shapes; null where it has none. `nodes`: for each node of the graph the steps that compute it, or why it is gone. */
export type ExplainedPlan = Plan & { readonly report: EngineReport | null; readonly cache: PlanHistory | null; readonly nodes: readonly NodeFate[]; /** Graphviz source. */ toDot(): string; toString(): string };

export function explained(plan: Plan, report: EngineReport | null, cache: PlanHistory | null, request: CompileRequest, graph: Graph): ExplainedPlan {
  let nodes: readonly NodeFate[] | undefined;
  return {
    ...plan, report, cache,
    get nodes() { return nodes ??= nodeFates(plan, graph.getOperations(), new Set(prune({ fetches: request.fetches, targets: request.targets, feeds: new Set(request.feeds.map((f) => f.tensor)) }))); },
    toDot: () => planToDot(plan), toString: () => `${printPlan(plan, report?.declined)}${cache === null ? '' : history(cache)}`,
  };
}
/** Nothing of a plan that is the only one. */
function history({ compiled, fitted, dropped, why }: PlanHistory): string {
  const counts = [`${compiled} compiled`, ...(fitted > 0 ? [`${fitted} made to fit`] : []), ...(dropped > 0 ? [`${dropped} dropped`] : [])];
  return compiled + fitted < 2 ? '' : `\n plans for other shapes: ${counts.join(', ')}${why === null ? '' : `; the last was compiled because ${why}`}`;
}
