// What became of each node of the graph: the step that computes it, the constant that holds it, the rewrite that did away with it, or
// that nothing asked for it.
import { inputNode } from '../graph/names.ts';
import type { RewriteLogEntry } from '../graph/rewrite.ts';
import type { Operation } from '../graph/tensor.ts';
import { type Plan, type Slot, writes } from './plan.ts';

/** Where a node of the graph is in a plan, or why it is not. */
export interface NodeFate {
  readonly node: string;
  readonly op: string;
  /** Steps it is part of, as positions in `plan.steps`. */
  readonly steps: readonly number[];
  /** Values of those steps, and the constant that holds it. */
  readonly slots: readonly Slot[];
  /** What it is there, or why it is gone, in words. */
  readonly what: string;
}

const VARIABLES = new Set(['Variable', 'VariableV2', 'VarHandleOp']);

/** One for every node of the graph, in its order. `needed`: those the run was compiled from. */
export function nodeFates(plan: Plan, graph: readonly Operation[], needed: ReadonlySet<Operation>): NodeFate[] {
  const steps = new Map<string, number[]>(), parts = new Map<string, readonly Slot[]>(), constants = new Map<string, Slot>(), rewrites = new Map<string, RewriteLogEntry>(), replaced = new Map<string, string>();
  const resident = new Map<string, number[]>();
  plan.steps.forEach((s, i) => {
    if (s.kind === 'free') return;
    const inner = s.kind === 'fused' ? s.parts : s.kind === 'call' ? s.body : [];
    for (const name of new Set([...s.nodes, ...inner.flatMap((p) => p.nodes)])) { const at = steps.get(name); if (at) at.push(i); else steps.set(name, [i]); }
    for (const p of inner) for (const name of p.nodes) parts.set(name, p.outputs);
    const variable = s.kind === 'read' || s.kind === 'commit' || s.kind === 'assign' || (s.kind === 'hasValue' && s.input === null) ? [s.variable] : s.kind === 'call' ? s.variables.map((v) => v.variable) : [];
    for (const v of variable) { const at = resident.get(v); if (at) at.push(i); else resident.set(v, [i]); }
  });
  for (const c of plan.constants) for (const name of c.nodes) constants.set(name, c.slot);
  for (const e of plan.log) {
    const stay = new Set(Object.values(e.replaced).map(inputNode));
    for (const name of e.matched) if (!stay.has(name)) rewrites.set(name, e);
    for (const [from, to] of Object.entries(e.replaced)) replaced.set(inputNode(from), inputNode(to));
  }
  const fed = new Set(plan.feeds.map((f) => f.tensor.replace(/:\d+$/, '')));
  const at = (i: number): readonly Slot[] => writes(plan.steps[i]!);
  /** Where what took a node's place is. */
  const now = (name: string): string => {
    const seen = new Set<string>();
    let to = name;
    for (let next = replaced.get(to); next !== undefined && !seen.has(next) && !steps.has(to); next = replaced.get(to)) { seen.add(to); to = next; }
    return to === name ? '' : `, now ${to}`;
  };
  return graph.map((op): NodeFate => {
    const { name, type } = op, own = steps.get(name), constant = constants.get(name), rewrite = rewrites.get(name);
    const because = rewrite ? ` (${rewrite.pass}: ${rewrite.rule})` : '';
    const fate = (what: string, in_: readonly number[] = [], slots: readonly Slot[] = []): NodeFate => ({ node: name, op: type, steps: in_, slots, what });
    if (!needed.has(op) && !(own && fed.has(name))) return fate(fed.has(name) ? 'fed, and read by nothing that is fetched' : 'not needed for what is fetched');
    if (VARIABLES.has(type)) {
      const uses = resident.get(name);
      if (uses) return fate(`a variable of the session, ${['read', 'written'].filter((_, i) => uses.some((u) => (plan.steps[u]!.kind === 'read' || plan.steps[u]!.kind === 'hasValue') === (i === 0))).join(' and ')}`, uses, uses.flatMap(at));
    }
    const making = own?.find((i) => !AFTER.has(plan.steps[i]!.kind));
    if (own && (making !== undefined || constant === undefined)) {
      const s = plan.steps[making ?? own[0]!]!, slots = parts.get(name) ?? own.flatMap(at);
      return fate(s.kind === 'fused' || s.kind === 'call' ? `computed with ${(s.kind === 'fused' ? s.parts : s.body).length - 1} others in one step` : s.kind === 'kernel' ? 'computed' : KINDS[s.kind] ?? s.kind, own, slots);
    }
    if (constant !== undefined) return fate(type === 'Const' ? 'a constant' : `folded into a constant${because}`, own, [constant]);
    if (rewrite) return fate(`gone: ${rewrite.pass}: ${rewrite.rule}${now(name)}`);
    return fate(OWN_FORM[type] ?? `gone: what read it is gone, or reads something else now${now(name)}`);
  });
}

const KINDS: Readonly<Record<string, string>> = { feed: 'fed', read: 'read from the session', fetch: 'fetched', commit: 'written to the session', assign: 'assigned', move: 'moved to where it is read', switch: 'chooses a branch', merge: 'joins branches', guard: 'waits for its branch', hasValue: 'asked whether it has a value', unfed: 'a placeholder without a value' };
/** Steps that handle what is made elsewhere. */
const AFTER = new Set(['fetch', 'move', 'commit', 'guard']);
/** What becomes of ops that are no computations, where no rule says it. */
const OWN_FORM: Readonly<Record<string, string>> = { NoOp: 'only an order, kept by the order of the steps', Identity: 'gone: only passes its input on', ReadVariableOp: 'gone: a read of the value above it', Const: 'gone: read by nodes that were folded or rewritten' };

/** One a line. */
export function printFates(fates: readonly NodeFate[]): string {
  const width = Math.min(60, Math.max(0, ...fates.map((f) => f.node.length + f.op.length + 3)));
  return fates.map((f) => `  ${`${f.node} (${f.op})`.padEnd(width)}  ${f.slots.length === 0 ? '' : `${[...new Set(f.slots)].map((s) => `%${s}`).join(', ')} `}${f.what}\n`).join('');
}
