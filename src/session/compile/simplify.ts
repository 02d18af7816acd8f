// simplify: rules that keep every bit of every node and need no arithmetic: nodes that pass their input on, pairs that
// cancel. They see values only (variables are resolved before), so an Identity has no meaning left but its name. Where
// values can be dead, a node that waits can be dead though its input is not, so it is never taken out of the way.
import { P } from 'ts-pattern';
import { type NodeView } from '../../graph/view.ts';
import { Rewriting, type Rule, rule, RuleSet } from '../../graph/rewrite.ts';
import { parseInput } from '../../graph/names.ts';
import { adopt, inOrder, type Program, shapeOf, typeOf } from './program.ts';

const passOn = (v: NodeView): { use: string } => ({ use: v.inputs[0]!.tensor });

/** Same static shape, fully known. */
function sameShape(a: NodeView, b: NodeView): boolean { return a.shape.isFullyDefined && a.shape.equals(b.shape); }

function permutation(v: NodeView): readonly number[] | undefined {
  const c = v.inputs[1]?.constant;
  return c && Array.from({ length: c.size }, (_, i) => Number(c.flat(i)));
}

export const simplifyRules: readonly Rule[] = [
  rule('Identity(x) -> x', ['Identity', 'Snapshot', 'StopGradient', 'PreventGradient', 'PlaceholderWithDefault'], { inputs: [P.any] }, passOn),
  rule('Cast(x) to its own dtype -> x', 'Cast', { inputs: [P.any] }, (v) => (v.dtype !== undefined && v.dtype === v.inputs[0]!.dtype ? passOn(v) : undefined)),
  // A shape that comes with the run may be wrong: then the node has an error to report, whatever its static shape is.
  rule('Reshape(x) to its own shape -> x', ['Reshape', 'BroadcastTo'], { inputs: [P.any, { op: 'Const' }] }, (v) => (sameShape(v, v.inputs[0]!) ? passOn(v) : undefined)),
  rule('Squeeze(x) of no dimension -> x', 'Squeeze', { inputs: [P.any] }, (v) => (sameShape(v, v.inputs[0]!) ? passOn(v) : undefined)),
  rule('Neg(Neg(x)) -> x', 'Neg', { inputs: [{ op: 'Neg', waits: false }] }, (v) => ({ use: v.inputs[0]!.inputs[0]!.tensor })),
  rule('LogicalNot(LogicalNot(x)) -> x', 'LogicalNot', { inputs: [{ op: 'LogicalNot', waits: false }] }, (v) => ({ use: v.inputs[0]!.inputs[0]!.tensor })),
  rule('Transpose(x, 0 1 2 ..) -> x', 'Transpose', { inputs: [P.any, { op: 'Const' }] }, (v) => (permutation(v)?.every((d, i) => d === i) ? passOn(v) : undefined)),
  rule('Transpose(Transpose(x, p), inverse of p) -> x', 'Transpose', { inputs: [{ op: 'Transpose', waits: false }, { op: 'Const' }] }, (v) => {
    const [inner, p, q] = [v.inputs[0]!, permutation(v.inputs[0]!), permutation(v)];
    return p && q && p.length === q.length && q.every((d, i) => p[d] === i) ? { use: inner.inputs[0]!.tensor } : undefined;
  }),
];
const standard = new RuleSet(simplifyRules);

export function simplify(p: Program): Program { return simplifyBy(standard, p); }

/** Applies a set of rules to a fixed point. */
export function simplifyBy(rules: RuleSet, p: Program): Program {
  const fetched = new Set(p.fetches.map((f) => parseInput(f.value).name));
  const r = new Rewriting('simplify', p.nodes, {
    isFetched: (name) => fetched.has(name),
    constant: (name) => p.constants.get(name),
    dtype: (t) => typeOf(p, t)?.dtype,
    shape: (t) => shapeOf(p, t),
  });
  rules.apply(r, inOrder(p).map((n) => n.name));
  return adopt(p, r.finish());
}
