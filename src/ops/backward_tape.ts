// Gradients the way TensorFlow's eager tape takes them inside a gradient function: only of the ops a body makes, each when
// the gradients of all its uses are there, first come first served, without name scopes. Follows core/common_runtime/eager
// (eager/tape.h) and the `skip_input_indices` of python/ops/math_grad.py (1.15).
import type { Operation, Tensor } from '../graph/tensor.ts';
import { broadcastOperands, reduceTo } from './array_broadcast.ts';
import { op1 } from './op_def_library.ts';
import { type Grad, registeredGradient } from './registry.ts';

/** The gradient by each source of the sum of `initial` * targets, the targets being what `body` returns; they are taken up in
 * that order (TensorFlow's is that of a hash table). */
export function tapeGradient(sources: readonly Tensor[], initial: readonly Tensor[], body: () => readonly Tensor[]): (Tensor | null)[] {
  const { graph } = sources[0]!, before = graph.getOperations().length;
  const targets = body();
  const tracked = new Set<Tensor>(sources), recorded = new Set<Operation>();
  for (const op of graph.getOperations().slice(before)) {
    if (!op.inputs.some((t) => tracked.has(t))) continue;
    recorded.add(op);
    for (const t of op.outputs) tracked.add(t);
  }
  // Uses of each tensor by the recorded ops behind the targets.
  const uses = new Map<Tensor, number>(), reached = new Set<Operation>(), walk = targets.map((t) => t.op);
  for (let op = walk.pop(); op; op = walk.pop()) {
    if (!recorded.has(op) || reached.has(op)) continue;
    reached.add(op);
    for (const t of op.inputs) if (tracked.has(t)) { uses.set(t, (uses.get(t) ?? 0) + 1); walk.push(t.op); }
  }
  const grads = new Map<Tensor, Tensor[]>();
  const give = (t: Tensor, g: Tensor): void => { const list = grads.get(t); if (list) list.push(g); else grads.set(t, [g]); };
  const sum = (t: Tensor): Tensor | null => { const list = grads.get(t) ?? []; return list.length > 1 ? op1('AddN', [list]) : list[0] ?? null; };
  const isReady = (op: Operation): boolean => op.outputs.every((t) => (uses.get(t) ?? 0) === 0);
  targets.forEach((t, i) => { give(t, initial[i]!); });
  const queue = [...new Set(targets.map((t) => t.op))].filter((op) => reached.has(op) && isReady(op));
  for (let op = queue.shift(); op; op = queue.shift()) {
    const out = op.outputs.map(sum);
    const back = out.every((g) => g === null) ? [] : gradientsOf(op, out, tracked);
    op.inputs.forEach((t, i) => { const g = back[i]; if (g && tracked.has(t)) give(t, g as Tensor); });
    for (const t of op.inputs) {
      if (!tracked.has(t)) continue;
      uses.set(t, uses.get(t)! - 1);
      if (recorded.has(t.op) && isReady(t.op)) queue.push(t.op);
    }
  }
  return sources.map(sum);
}

/** The op's gradients; the second operand of a sum or product that nobody asks for is left out, as TensorFlow leaves it. */
function gradientsOf(op: Operation, out: readonly (Tensor | null)[], tracked: ReadonlySet<Tensor>): readonly Grad[] {
  const [x, y] = op.inputs as readonly [Tensor, Tensor], g = out[0]!;
  if (['Add', 'AddV2', 'Sub', 'Mul'].includes(op.type) && !tracked.has(y)) {
    const to = y.shape.ndims === 0 ? undefined : broadcastOperands(x, y, g)[0];
    const gx = op.type === 'Mul' ? op1('Mul', [g, y]) : g;
    return [to?.reduce ? reduceTo(gx, to) : gx, null];
  }
  return registeredGradient(op.type)?.(op, ...out) ?? [];
}
