// When a node has a value: the outcomes of predicates that it needs. Two nodes that need the same are dead in the same runs,
// so they may be one step, which is dead when an input is. Follows what execute.ts does with dead values; branches.ts asks
// less of the graph before.
import { inputNode, isControlInput, parseInput } from '../../graph/names.ts';
import { Rewriting } from '../../graph/rewrite.ts';
import { adopt, dataInputs, GUARD, LATEST, type Program, type ProgramNode } from './program.ts';
import { schedule } from './schedule.ts';
import type { Target } from './target.ts';

type Needs = ReadonlySet<string>;
const NOTHING: Needs = new Set();

/** What the nodes of a program need; they come inputs first. */
class Lives {
  readonly nodes = new Map<string, Needs>();
  readonly #passed = new Map<string, string>();
  readonly #switches = new Map<string, string>();

  /** What a tensor (a control input) needs. */
  of(s: string): Needs {
    const { name, index } = parseInput(isControlInput(s) ? inputNode(s) : s), own = this.nodes.get(name)!, pred = this.#switches.get(name);
    return pred === undefined || isControlInput(s) ? own : new Set([...own, `${pred}=${index}`]);
  }
  /** What these need together. */
  all(inputs: readonly string[]): Needs {
    let all = NOTHING;
    for (const s of inputs) { const x = this.of(s); if (x.size > 0 && x !== all) all = all.size === 0 ? x : new Set([...all, ...x]); }
    return all;
  }
  add(n: ProgramNode): void {
    if (n.op === 'Identity' && n.input.length === 1) this.#passed.set(n.name, this.#source(n.input[0]!));
    if (n.op === 'Switch') this.#switches.set(n.name, this.#source(n.input[1]!));
    this.nodes.set(n.name, n.op === 'Merge' || n.op === LATEST ? either(dataInputs(n).map((s) => this.of(s)), n.name) : this.all(n.input));
  }
  #source(s: string): string { return this.#passed.get(s) ?? s; }
}

/** What each node needs, as text; '': it has a value in every run. `order`: inputs first. */
export function livesOf(order: readonly ProgramNode[]): ReadonlyMap<string, string> {
  const lives = new Lives(), out = new Map<string, string>(), texts = new Map<Needs, string>([[NOTHING, '']]);
  for (const n of order) lives.add(n);
  for (const [name, x] of lives.nodes) {
    let text = texts.get(x);
    if (text === undefined) texts.set(x, text = [...x].sort().join(' & '));
    out.set(name, text);
  }
  return out;
}

/** unguard: nodes read constants of a branch, and wait for it, only where nothing else they read says which branch it is. */
export function unguard(p: Program, { engine }: Pick<Target, 'engine'>): Program {
  // An engine that runs many nodes in a call of its own keeps their order by these edges only: what checks a value fails before what reads it.
  if (!p.conditional || engine.group) return p;
  const r = new Rewriting('unguard', p.nodes), lives = new Lives();
  for (const n of schedule(p)) {
    lives.add(n);
    if (n.op === 'Merge' || n.op === LATEST || n.op === GUARD) continue;
    let input = n.input;
    const covered = (s: string, rest: readonly string[]): boolean => { const have = lives.all(rest); return [...lives.of(s)].every((a) => have.has(a)); };
    for (const s of n.input) {
      const at = input.indexOf(s), rest = input.toSpliced(at, 1), guard = isControlInput(s) ? undefined : p.nodes[inputNode(s)];
      if (isControlInput(s)) { if (covered(s, rest)) input = rest; continue; }
      const value = guard?.op === GUARD && guard.attr['strict'] === undefined ? guard.input[0]! : undefined;
      if (value !== undefined && p.constants.has(value) && covered(s, rest)) input = input.with(at, value);
    }
    if (input === n.input) continue;
    r.put({ ...n, input });
    r.record('reader of a branch waits for the branch -> reader', [n.name], [n.name]);
  }
  return adopt(p, r.finish());
}

/** What is needed for one of several values: both outcomes of a predicate are as good as none. */
function either(each: readonly Needs[], name: string): Needs {
  if (each.length === 0 || each.some((x) => x.size === 0)) return NOTHING;
  const common = new Set([...each[0]!].filter((a) => each.every((x) => x.has(a))));
  const rest = each.map((x) => [...x].filter((a) => !common.has(a)));
  const [a, b] = rest as [string[], string[]];
  if (rest.length === 2 && a.length === 1 && b.length === 1 && a[0]!.slice(0, -1) === b[0]!.slice(0, -1) && /=[01]$/.test(a[0]!)) return common;
  return rest.some((x) => x.length === 0) ? common : new Set([...common, name]);
}
