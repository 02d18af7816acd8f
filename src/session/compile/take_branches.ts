// takeBranches: a Switch on a constant has one live side. What reads the other is dead in every run and goes; a Merge passes
// on what is left. Where somebody asks for a dead value (an error of the run) or for which side came, all stays as it is.
import { inputNode, inputString, isControlInput, parseInput } from '../../graph/names.ts';
import { Rewriting } from '../../graph/rewrite.ts';
import { adopt, dataInputs, LATEST, type Program, type ProgramNode } from './program.ts';
import { schedule } from './schedule.ts';

export function takeBranches(p: Program): Program {
  if (!p.conditional) return p;
  const order = schedule(p), known = order.some((n) => sideOf(p, n) !== undefined);
  if (!known) return p;
  const gone = new Set<string>(), ruledOut = new Set<string>(), read = new Set<string>();
  const isDead = (s: string): boolean => gone.has(inputNode(s)) || (!isControlInput(s) && ruledOut.has(tensorOf(s)));
  for (const n of order) {
    const joins = n.op === 'Merge' || n.op === LATEST, side = sideOf(p, n);
    if (joins ? dataInputs(n).every(isDead) : n.input.some(isDead)) gone.add(n.name);
    else if (side !== undefined) ruledOut.add(inputString(n.name, 1 - side));
    for (const s of n.input) read.add(isControlInput(s) ? s : tensorOf(s));
  }
  for (const v of [...p.fetches, ...p.commits]) read.add(tensorOf(v.value));
  const short = order.filter((n) => !gone.has(n.name) && (n.op === 'Merge' || n.op === LATEST) && dataInputs(n).some(isDead));
  if ([...p.fetches, ...p.commits].some((v) => isDead(v.value)) || p.keep.some((k) => gone.has(k)) || short.some((n) => read.has(`${n.name}:1`))) return p;
  const r = new Rewriting('takeBranches', p.nodes), pinned = new Set([...p.keep, ...p.awaited]);
  const canGo = (n: ProgramNode): boolean => !n.input.some(isControlInput) && !read.has(`^${n.name}`) && !pinned.has(n.name);
  for (const n of order) {
    if (gone.has(n.name)) { r.remove(n.name); r.record('reader of the other side of Switch(x, constant) -> nothing', [n.name], []); continue; }
    const side = sideOf(p, n), now = r.node(n.name)!;
    if (side !== undefined && canGo(n)) {
      const live = inputString(n.name, side);
      r.redirect(live, now.input[0]!);
      r.remove(n.name);
      r.record('Switch(x, constant) -> x', [n.name], [], { [live]: now.input[0]! });
    } else if (short.includes(n)) {
      const left = now.input.filter((_, i) => !isDead(n.input[i]!));
      if (n.op === 'Merge' && left.length === 1 && canGo(n)) {
        r.redirect(n.name, left[0]!);
        r.remove(n.name);
        r.record('Merge(x, dead) -> x', [n.name], [], { [n.name]: left[0]! });
      } else {
        r.put({ ...now, input: left });
        r.record('Merge(x, y, dead) -> Merge(x, y)', [n.name], [n.name]);
      }
    }
  }
  return adopt(p, r.finish(), { awaited: p.awaited.filter((k) => !gone.has(k)) });
}

/** The side that a Switch takes in every run. */
export function sideOf(p: Program, n: ProgramNode): 0 | 1 | undefined {
  const c = n.op === 'Switch' ? p.constants.get(n.input[1]!) : undefined;
  return c?.shape.length === 0 ? (c.flat(0) ? 1 : 0) : undefined;
}
function tensorOf(s: string): string { const { name, index } = parseInput(s); return inputString(name, index); }
