// The hook through which cond and while contexts see every op created inside them. The contexts themselves belong to
// the control-flow ops; the graph only calls them. Follows ControlFlowContext in python/ops/control_flow_ops.py.
import type { Operation, Tensor } from './tensor.ts';

export interface ControlFlowContext {
  readonly name: string;
  readonly outerContext: ControlFlowContext | null;
  /** Called for each new op whose creation happened inside the context, before shapes are inferred. */
  addOp(op: Operation): void;
  /** Maps an outside tensor to the one visible inside (a Switch or Enter output). */
  addValue(t: Tensor): Tensor;
  /** The grad state of a while loop, when gradients are being built for it. */
  readonly gradState?: unknown;
  /** Called by tf.gradients around the gradient of an op in this context. */
  enterGradient?(op: Operation, gradUid: string): () => void;
}
