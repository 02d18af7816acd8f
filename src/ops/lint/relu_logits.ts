// Rule: a ReLU on the logits of a cross-entropy. Half of the scores are then zero with zero gradient and no class can
// score below zero; it comes from layers whose default activation is ReLU (contrib.layers.fully_connected).
import type { Operation, Tensor } from '../../graph/tensor.ts';
import { crossEntropies } from './cross_entropies.ts';
import { type Finding, type GraphView, isVariable, type Rule } from './finding.ts';

const NAME = 'relu-logits';
const RELUS = new Set(['Relu', 'Relu6']);
/** Ops that leave logits logits; their first input is followed. */
const THROUGH = new Set(['Identity', 'StopGradient', 'Reshape', 'Squeeze', 'ExpandDims', 'Transpose', 'Cast', 'Slice', 'StridedSlice', 'BiasAdd', 'CheckNumerics', 'EnsureShape']);
/** Followed where the other operand is a constant or a variable: a bias, a temperature. */
const AFFINE = new Set(['Add', 'AddV2', 'Sub', 'Mul', 'RealDiv', 'Div']);

function check(g: GraphView): Finding[] {
  const out: Finding[] = [];
  const reported = new Set<Operation>();
  for (const loss of crossEntropies(g)) {
    for (const relu of relusBehind(g, loss.logits)) {
      if (reported.has(relu)) continue;
      reported.add(relu);
      out.push(g.finding(NAME, relu, `the logits of ${loss.op.type} '${loss.op.name}' are the output of ${relu.type} '${relu.name}': scores below zero, and their gradients, are lost`,
        'build the last layer without an activation: { activationFn: null } in contrib.layers, no relu around the logits'));
    }
  }
  return out;
}

function relusBehind(g: GraphView, logits: Tensor): Operation[] {
  const found: Operation[] = [];
  const seen = new Set<Tensor>([logits]);
  const stack = [logits];
  const follow = (t: Tensor | undefined): void => { if (t && !seen.has(t)) { seen.add(t); stack.push(t); } };
  for (let t = stack.pop(); t; t = stack.pop()) {
    const { op } = t;
    if (RELUS.has(op.type) || isMaximumWithZero(g, op)) found.push(op);
    else if (THROUGH.has(op.type)) follow(op.inputs[0]);
    else if (op.type === 'ConcatV2') op.inputs.slice(0, -1).forEach(follow);
    else if (op.type === 'Pack') op.inputs.forEach(follow);
    else if (AFFINE.has(op.type)) {
      const [a, b] = op.inputs;
      if (isParameter(g, b!)) follow(a);
      else if (isParameter(g, a!)) follow(b);
    }
  }
  return found;
}

function isParameter(g: GraphView, t: Tensor): boolean {
  let op = t.op;
  while (op.type === 'Identity' || op.type === 'ReadVariableOp') op = op.inputs[0]!.op;
  return isVariable(op) || g.isFixed(t);
}

function isMaximumWithZero(g: GraphView, op: Operation): boolean {
  return op.type === 'Maximum' && op.inputs.some((t) => {
    const v = t.op.type === 'Const' ? t.op.attr('value') : undefined;
    return g.isFixed(t) && v?.kind === 'tensor' && v.value.size === 1 && v.value.flat(0) === 0;
  });
}

export const reluLogits: Rule = { name: NAME, about: 'a ReLU on logits that feed a cross-entropy', check };
