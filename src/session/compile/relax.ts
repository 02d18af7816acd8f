// relax: rules of mode fast. What they leave is equal in real arithmetic, not bit for bit, so in mode exact the pass does
// nothing. No rule looks at who else reads a value: in mode fast too a value does not depend on what is fetched with it.
import { P } from 'ts-pattern';
import type { AttrMap } from '../../graph/node_def.ts';
import { type Edit, type NewNode, type Rule, rule, RuleSet } from '../../graph/rewrite.ts';
import { UNKNOWN_SHAPE } from '../../graph/shape.ts';
import type { NodeView } from '../../graph/view.ts';
import { foldConstants } from './fold.ts';
import type { Program } from './program.ts';
import { newNode } from './rules/common.ts';
import { simplifyBy } from './simplify.ts';
import type { Target } from './target.ts';

const isFloat = (v: NodeView): boolean => v.dtype?.name === 'float32' || v.dtype?.name === 'float64';
/** The one number of a constant. */
function scalarOf(v: NodeView | undefined): number | undefined {
  const c = v?.constant;
  return c?.size === 1 ? Number(c.flat(0)) : undefined;
}
/** Whether every number has a reciprocal, and that is no denormal. */
function isInvertible(v: NodeView | undefined): boolean {
  const c = v?.constant;
  if (!c) return false;
  for (let i = 0; i < c.size; i++) { const x = Math.abs(Number(c.flat(i))); if (!(x >= 2 ** -126 && x <= 2 ** 126)) return false; }
  return c.size > 0;
}
/** The constant input of a commutative node, and the other one. */
function apart(v: NodeView): { readonly x: NodeView; readonly c: NodeView } | undefined {
  const [a, b] = v.inputs as [NodeView, NodeView];
  return b.constant ? { x: a, c: b } : a.constant ? { x: b, c: a } : undefined;
}
/** A node of the same dtype before this one; fold makes a constant of it where it can. */
const before = (v: NodeView, op: string, input: readonly string[]): NewNode => newNode(v, 'relaxed', op, input, typed(v), v.dtype!, UNKNOWN_SHAPE);
function typed(v: NodeView): AttrMap { return v.attr['T'] ? { T: v.attr['T'] } : {}; }

const powers = (op: string, exponent: number): Rule => rule(`Pow(x, ${exponent}) -> ${op}(x)`, 'Pow', { inputs: [P.any, { op: 'Const' }] }, (v): Edit | undefined => {
  const [x, y] = v.inputs as [NodeView, NodeView];
  return isFloat(v) && scalarOf(y) === exponent && v.shape.isFullyDefined && v.shape.equals(x.shape) ? { become: { op, input: [x.tensor], attr: typed(v) } } : undefined;
});
const joined = (op: 'AddV2' | 'Mul', ops: readonly string[]): Rule => rule(`${op}(${op}(x, c), d) -> ${op}(x, ${op}(c, d))`, ops, { inputs: [P.any, P.any] }, (v): Edit | undefined => {
  const outer = apart(v), inner = outer && ops.includes(outer.x.op) && !outer.x.waits ? apart(outer.x) : undefined;
  if (!outer || !inner || !isFloat(v) || scalarOf(outer.c) === undefined || scalarOf(inner.c) === undefined || !v.shape.equals(inner.x.shape) || !v.shape.isFullyDefined) return undefined;
  const made = before(v, op, [inner.c.tensor, outer.c.tensor]);
  return { become: { op: v.op, input: [inner.x.tensor, made.name], attr: v.attr }, make: [made] };
});

export const relaxRules: readonly Rule[] = [
  powers('Square', 2), powers('Sqrt', 0.5), powers('Rsqrt', -0.5), powers('Reciprocal', -1),
  rule('RealDiv(x, c) -> Mul(x, Reciprocal(c))', ['RealDiv', 'Div'], { inputs: [P.any, { op: 'Const' }] }, (v): Edit | undefined => {
    if (!isFloat(v) || !isInvertible(v.inputs[1])) return undefined;
    const made = before(v, 'Reciprocal', [v.inputs[1]!.tensor]);
    return { become: { op: 'Mul', input: [v.inputs[0]!.tensor, made.name], attr: typed(v) }, make: [made] };
  }),
  joined('AddV2', ['AddV2', 'Add']), joined('Mul', ['Mul']),
];
const standard = new RuleSet(relaxRules);

export function relax(p: Program, target: Target): Program {
  if (target.mode === 'exact') return p;
  const relaxed = simplifyBy(standard, p, 'relax');
  return relaxed === p ? p : foldConstants(relaxed, target);
}
