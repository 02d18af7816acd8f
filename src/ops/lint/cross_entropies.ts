// Finds the cross-entropies of a graph, whichever way they are written: TF's two kernels, the sigmoid form that
// sigmoid_cross_entropy_with_logits expands to, and log(softmax(..)) by hand.
import type { Operation, Tensor } from '../../graph/tensor.ts';
import type { GraphView } from './finding.ts';

export interface CrossEntropy {
  /** The node that stands for the loss. */
  readonly op: Operation;
  readonly logits: Tensor;
  /** Undefined where the labels are not an operand of the pattern. */
  readonly labels: Tensor | undefined;
}

/** The cross-entropies of the forward graph, in node order, one per logits tensor and labels tensor. */
export function crossEntropies(g: GraphView): CrossEntropy[] {
  const out: CrossEntropy[] = [];
  const logitsSeen = new Set<Tensor>();
  for (const op of g.ops) {
    const x = op.type === 'SoftmaxCrossEntropyWithLogits' || op.type === 'SparseSoftmaxCrossEntropyWithLogits' ? { op, logits: op.inputs[0]!, labels: op.inputs[1]! }
      : op.type === 'Log1p' ? sigmoidForm(op) : undefined;
    if (x) { out.push(x); logitsSeen.add(x.logits); }
  }
  // The kernels' gradients contain a LogSoftmax of the same logits: not a second loss.
  for (const op of g.ops) {
    const logits = op.type === 'LogSoftmax' ? op.inputs[0]! : op.type === 'Log' ? softmaxUnder(op.inputs[0]!) : undefined;
    if (logits && !logitsSeen.has(logits)) { logitsSeen.add(logits); out.push({ op, logits, labels: undefined }); }
  }
  return out;
}

/** log1p(exp(-|x|)), as `nn.sigmoid_cross_entropy_with_logits` (Select and Neg) and `nn.weighted_cross_entropy_with_logits` (Neg of Abs) write it. */
function sigmoidForm(log1p: Operation): CrossEntropy | undefined {
  const exp = log1p.inputs[0]!.op;
  const arg = exp.type === 'Exp' ? exp.inputs[0]!.op : undefined;
  let logits: Tensor | undefined;
  if (arg?.type === 'Select') {
    const [cond, neg, x] = arg.inputs;
    if (cond?.op.type === 'GreaterEqual' && cond.op.inputs[0] === x && neg?.op.type === 'Neg' && neg.op.inputs[0] === x) logits = x;
  } else if (arg?.type === 'Neg' && arg.inputs[0]!.op.type === 'Abs') logits = arg.inputs[0]!.op.inputs[0];
  if (!logits) return undefined;
  // relu(x) - x * z + log1p(..): the labels are the other factor.
  for (const sum of log1p.output.consumers()) {
    for (const side of sum.inputs) {
      const product = side.op.type === 'Sub' ? side.op.inputs[1]?.op : undefined;
      const labels = product?.type === 'Mul' ? product.inputs[product.inputs[0] === logits ? 1 : 0] : undefined;
      if (labels && product!.inputs.includes(logits)) return { op: sum, logits, labels };
    }
  }
  return { op: log1p, logits, labels: undefined };
}

/** Logits of the softmax behind a log, through clipping and a small constant. */
function softmaxUnder(t: Tensor): Tensor | undefined {
  let at: Tensor | undefined = t;
  for (let depth = 0; at && depth < 4; depth++) {
    if (at.op.type === 'Softmax') return at.op.inputs[0];
    at = ['Maximum', 'Minimum', 'ClipByValue', 'Add', 'AddV2', 'Identity'].includes(at.op.type) ? at.op.inputs[0] : undefined;
  }
  return undefined;
}
