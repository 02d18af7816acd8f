// prune: the part of the graph one run needs. Walks back from fetches and targets, stops at feeds, and puts the nodes
// into topological order (ties: graph order, so that the order of two nodes never depends on what else is fetched).
// Follows core/graph/subgraph.cc: a fed tensor's producer still runs when something else waits for it.
import { UnimplementedError } from '../../graph/errors.ts';
import { adjacency, topologicalOrder } from '../../graph/traverse.ts';
import type { Operation, Tensor } from '../../graph/tensor.ts';

/** What one run is asked for, as graph handles. */
export interface Request {
  /** Tensors to return (never ones that are fed). */
  readonly fetches: readonly Tensor[];
  /** Operations to run. */
  readonly targets: readonly Operation[];
  readonly feeds: ReadonlySet<Tensor>;
}

const PLACEHOLDER = new Set(['Placeholder', 'PlaceholderV2']);
/** Ops of loops: their frames are not executed yet. */
const FRAME_OPS = new Set(['Enter', 'RefEnter', 'Exit', 'RefExit', 'NextIteration', 'RefNextIteration', 'LoopCond']);

/** The operations a run needs, inputs first. Throws UnimplementedError on loops. */
export function prune(request: Request): Operation[] {
  const { feeds } = request;
  const seen = new Set<Operation>();
  const stack: Operation[] = [];
  const visit = (op: Operation): void => { if (!seen.has(op)) { seen.add(op); stack.push(op); } };
  for (const t of request.fetches) visit(t.op);
  for (const op of request.targets) visit(op);
  let sorted = true;
  while (stack.length > 0) {
    const op = stack.pop()!;
    if (FRAME_OPS.has(op.type)) {
      throw new UnimplementedError(`Node '${op.name}' (op: ${op.type}) belongs to a while loop; sessions cannot run loops yet.`, {
        node: op.name, op: op.type, site: op.site?.location, remedy: 'unroll the loop, or fetch only what does not depend on it',
      });
    }
    for (const t of op.inputs) {
      if (feeds.has(t)) continue;
      if (t.op.id >= op.id) sorted = false;
      visit(t.op);
    }
    for (const c of op.controlInputs) {
      if (isFedPlaceholder(c, feeds)) continue;
      if (c.id >= op.id) sorted = false;
      visit(c);
    }
  }
  const ops = [...seen].sort((a, b) => a.id - b.id);
  if (sorted) return ops;
  const cut = ops.map((op) => ({
    ...op.nodeDef,
    input: [...op.inputs.filter((t) => !feeds.has(t)).map((t) => t.asInput), ...op.controlInputs.filter((c) => !isFedPlaceholder(c, feeds)).map((c) => `^${c.name}`)],
  }));
  return topologicalOrder(adjacency(cut)).order.map((i) => ops[i]!);
}

/** A placeholder that is fed does not run at all: nodes that wait for it wait for the feed. */
export function isFedPlaceholder(op: Operation, feeds: ReadonlySet<Tensor>): boolean {
  return PLACEHOLDER.has(op.type) && op.outputs.some((t) => feeds.has(t));
}
