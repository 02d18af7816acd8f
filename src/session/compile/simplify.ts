// simplify: rules that keep every bit of every node: nodes that pass their input on, pairs that cancel, chains that are one.
// They see values only (variables are resolved before), so an Identity has no meaning left but its name. Where values can be
// dead, a node that waits can be dead though its input is not, so it is never taken out of the way, and no rule stops
// reading what was read before. Rules that rest on the numeric contract are for engines that keep it.
import type { NDArray } from '../../graph/ndarray.ts';
import { type NewNode, Rewriting, type Rule, RuleSet } from '../../graph/rewrite.ts';
import { TensorShape } from '../../graph/shape.ts';
import { parseInput } from '../../graph/names.ts';
import { adopt, inOrder, type Program, type ProgramNode, shapeOf, typeOf, type ValueType } from './program.ts';
import { moveRules } from './rules/moves.ts';
import { droppingParts, partRules } from './rules/parts.ts';
import { productRules } from './rules/products.ts';
import { droppingValues, exactRules, valueRules } from './rules/values.ts';
import type { Target } from './target.ts';

const always = [...moveRules, ...partRules, ...valueRules], dropping = [...droppingParts, ...droppingValues], exact = [...exactRules, ...productRules];
export const simplifyRules: readonly Rule[] = [...always, ...dropping, ...exact];
/** By whether values can be dead, and whether the engine keeps the contract. */
const SETS = [dropping, []].map((d) => [exact, []].map((e) => new RuleSet([...always, ...d, ...e])));

export function simplify(p: Program, { engine }: Pick<Target, 'engine'>): Program { return simplifyBy(SETS[p.conditional ? 1 : 0]![engine.foldsAll ? 0 : 1]!, p); }

/** Applies a set of rules to a fixed point. */
export function simplifyBy(rules: RuleSet, p: Program, pass = 'simplify'): Program {
  const fetched = new Set(p.fetches.map((f) => parseInput(f.value).name));
  const constants = new Map<string, NDArray>(), types = new Map<string, readonly ValueType[]>();
  const known = { types: { get: (name: string) => types.get(name) ?? p.types.get(name) } as Program['types'] };
  const r = new Rewriting(pass, p.nodes, {
    isFetched: (name) => fetched.has(name),
    constant: (name) => constants.get(name) ?? p.constants.get(name),
    dtype: (t) => typeOf(known, t)?.dtype,
    shape: (t) => shapeOf(known, t),
  });
  const made = (n: NewNode, root: ProgramNode): ProgramNode => {
    if ('value' in n) constants.set(n.name, n.value);
    types.set(n.name, ['value' in n ? { dtype: n.value.dtype, shape: new TensorShape(n.value.shape) } : n.type]);
    // Between its root and whatever stood before that.
    return { ...root, name: n.name, op: n.op, input: n.input, attr: n.attr, at: (Math.ceil(root.at) - 1 + root.at) / 2 };
  };
  rules.apply(r, inOrder(p).map((n) => n.name), { made });
  return adopt(p, r.finish(), types.size === 0 ? {} : { constants: new Map([...p.constants, ...constants]), types: new Map([...p.types, ...types]) });
}
