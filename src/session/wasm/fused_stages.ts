// How the parts of a fused loop are cut into stages. A fold of rows needs its whole row: what comes before it and what reads
// its result are stages of their own, in turns over a block of rows (phases). Long arithmetic is cut too. What a later stage
// reads of an earlier one is kept for the block.
import { ExprPool } from '../jit/expr.ts';
import { type Lanes, laneStorage, type LaneStorage, loadLanes, settleLanes } from '../jit/lanes.ts';
import { type Computed, countOf, isFolded, type Made, type Member } from './fused_nodes.ts';
import type { Body } from './map.ts';
import type { Elementwise } from './elementwise.ts';
import type { Held, Place, RowFold, Stage, StageInput, Written } from './stages.ts';

/** What a part reads: number of a read, or ~number of a value made inside. */
export type Source = number;
/** Values: one element for each of the loop, one for each row, or fewer: those are computed where they are used. */
export type Extent = 'full' | 'row' | 'small';
export interface Also { readonly value: number; readonly to: Written }

/** Arithmetic one loop may hold before another begins, in instructions, and what is worth a loop of its own. */
const MUCH = 48, HEAVY = 12;
const costs = new Map<string, number>();
/** Instructions for a vector of elements. */
export function costOf(op: Elementwise): number {
  const key = `${op.key}|${op.reads.join()}`;
  let cost = costs.get(key);
  if (cost === undefined) {
    const pool = new ExprPool();
    const x = op.reads.map((s, i) => loadLanes(pool, s, i, false)), before = pool.size;
    op.body(pool, x);
    costs.set(key, cost = pool.size - before);
  }
  return cost;
}

/** The loop's parts: `sources` of each, the extent of each value, and whether a read is all its elements in order. */
export interface Cutting {
  readonly made: Made;
  readonly sources: readonly (readonly Source[])[];
  readonly extents: readonly Extent[];
  readonly isWhole: (read: number) => boolean;
}

/** Cuts the parts into what is done one after the other. `kept`: where values are to be found afterwards; those between
 * stages are added, with what they are in `scratch`. `also`: what else is written of values. */
export function cut(c: Cutting, kept: Map<number, Place>, scratch: Held[], also: readonly Also[]): (Stage | RowFold)[] {
  const { made: m, sources, extents } = c;
  const held = (value: number, storage: LaneStorage): Place => ({ scratch: scratch.push({ storage, row: extents[value] === 'row' }) - 1 });
  const storageOf = (value: number): LaneStorage => laneStorage(m.types[value - m.inputs]!.storage);
  const { order, stageOf } = stagesOf(c);
  m.members.forEach((x, i) => {
    for (const s of sources[i]!) {
      if (s >= 0 || extents[~s] === 'small' || kept.has(~s) || extents[x.first] === 'small') continue;
      if (isFolded(x) || isFolded(makerOf(m, ~s)) || stageOf.get(~s)! < stageOf.get(x.first)!) kept.set(~s, held(~s, storageOf(~s)));
    }
  });
  const work: (Stage | RowFold)[] = [];
  for (const stage of order) {
    if (isFolded(stage.members[0]!)) {
      for (const f of stage.members) {
        if (!isFolded(f)) continue;
        if (!kept.has(f.first)) kept.set(f.first, held(f.first, 'f32'));
        const [s] = sources[m.members.indexOf(f)]!;
        let of: StageInput = s! >= 0 ? { read: s! } : kept.get(~s!)!;
        if (s! >= 0 && !c.isWhole(s!)) {
          const copy: Place = { scratch: scratch.push({ storage: 'f32', row: false }) - 1 };
          work.push({ key: 'Pass', body: (_, [v]) => [v!], row: false, inputs: [of], outputs: [copy] });
          of = copy;
        }
        work.push({ fold: f.fold, of, to: kept.get(f.first)! });
      }
      continue;
    }
    const here = (v: number): boolean => stageOf.get(v) === stage.number;
    const values = [...kept.keys()].filter(here), more = also.filter((x) => here(x.value));
    if (values.length + more.length === 0) continue;
    const of = computing(m, sources, [...values, ...more.map((x) => x.value)], (v) => (extents[v] !== 'small' && stageOf.get(v)! < stage.number ? kept.get(v) : undefined));
    work.push({ ...of, row: stage.row, outputs: [...values.map((v) => kept.get(v)!), ...more.map((x) => x.to)] });
  }
  return work;
}

/** Parts of one extent and phase; numbers in the order they are done. */
interface Turn { readonly number: number; readonly row: boolean; readonly members: Member[] }
function stagesOf({ made: { members, roots, results }, sources, extents }: Cutting): { readonly order: readonly Turn[]; readonly stageOf: ReadonlyMap<number, number> } {
  const phase = new Map<Member, number>();
  const makers = new Map<number, Member>(members.flatMap((x) => Array.from({ length: countOf(x) }, (_, i): [number, Member] => [x.first + i, x])));
  const extent = (x: Member): Extent => extents[x.first]!;
  /** The parts whose values a part reads, through small ones. */
  const reads = (x: Member): Member[] => sources[members.indexOf(x)]!.flatMap((s) => { const y = s < 0 ? makers.get(~s)! : undefined; return !y ? [] : extent(y) === 'small' ? reads(y) : [y]; });
  const large = members.filter((x) => extent(x) !== 'small'), inputs = new Map(large.map((x) => [x, reads(x)]));
  for (const x of large) {
    const row = extent(x) === 'row' && !isFolded(x);
    phase.set(x, Math.max(row ? -1 : 0, ...inputs.get(x)!.map((y) => phase.get(y)! + (!row && extent(y) === 'row' ? 1 : 0))));
  }
  // What only later phases read is computed there, unless that would have more kept until then.
  const users = new Map<Member, Member[]>();
  for (const x of large) for (const y of inputs.get(x)!) users.set(y, [...users.get(y) ?? [], x]);
  const wanted = new Set([...results, ...roots.map((r) => r.of)].map((v) => makers.get(v)));
  for (const x of large.toReversed()) {
    const by = users.get(x);
    if (!by || isFolded(x) || extent(x) === 'row' || wanted.has(x) || inputs.get(x)!.filter((y) => extent(y) === 'full').length > 1) continue;
    phase.set(x, Math.max(phase.get(x)!, Math.min(...by.map((u) => phase.get(u)!))));
  }
  const order: Turn[] = [], stageOf = new Map<number, number>();
  const turn = (row: boolean): Turn => { const t = { number: order.length, row, members: [] }; order.push(t); return t; };
  const put = (t: Turn, x: Member): void => { t.members.push(x); for (let i = 0; i < countOf(x); i++) stageOf.set(x.first + i, t.number); };
  for (let p = -1, last = Math.max(-1, ...phase.values()); p <= last; p++) {
    const here = large.filter((x) => phase.get(x) === p);
    let t: Turn | undefined, sum = 0;
    for (const x of here) {
      if (isFolded(x) || extent(x) === 'row') continue;
      const cost = costOf(x.op);
      if (!t || (sum > 0 && cost >= HEAVY && sum + cost > MUCH)) { t = turn(false); sum = 0; }
      sum += cost;
      put(t, x);
    }
    const folds = here.filter(isFolded), rows = here.filter((x) => !isFolded(x) && extent(x) === 'row');
    if (folds.length > 0) { t = turn(true); for (const x of folds) put(t, x); }
    if (rows.length > 0) { t = turn(true); for (const x of rows) put(t, x); }
  }
  return { order, stageOf };
}
function makerOf(m: Made, value: number): Member { return m.members.findLast((x) => x.first <= value && value < x.first + countOf(x))!; }

/** The computation of some values from the reads and from `given` values. */
export function computing(m: Made, sources: readonly (readonly Source[])[], values: readonly number[], given: (value: number) => Place | undefined): Pick<Stage, 'key' | 'body' | 'inputs'> {
  const inputs: StageInput[] = [], numbers = new Map<Source, number>();
  const input = (s: Source, x: StageInput): number => {
    let i = numbers.get(s);
    if (i === undefined) numbers.set(s, i = inputs.push(x) - 1);
    return i;
  };
  /** Nodes in the order they are computed; what they read: an input, or ~a value counted from the first node's. */
  const steps: { readonly op: Elementwise; readonly from: readonly number[] }[] = [];
  const first = new Map<Member, number>();
  let count = 0;
  const visit = (x: Computed): number => {
    let at = first.get(x);
    if (at !== undefined) return at;
    const from = sources[m.members.indexOf(x)]!.map(source);
    first.set(x, at = count);
    count += x.op.results.length;
    steps.push({ op: x.op, from });
    return at;
  };
  const source = (s: Source): number => {
    if (s >= 0) return input(s, { read: s });
    const known = given(~s);
    if (known) return input(s, known);
    const x = makerOf(m, ~s) as Computed;
    return ~(visit(x) + ~s - x.first);
  };
  const wanted = values.map((v) => { const x = makerOf(m, v) as Computed; return visit(x) + v - x.first; });
  const key = `fused ${steps.map(({ op, from }) => `${op.key}(${from.join()})${op.results.map((t) => t.storage).join('')}`).join(';')}>${wanted.join()}`;
  const body: Body = (pool, x) => {
    const made: Lanes[] = [];
    for (const { op, from } of steps) op.body(pool, from.map((s) => (s >= 0 ? x[s]! : made[~s]!))).forEach((lanes, r) => made.push(settleLanes(pool, laneStorage(op.results[r]!.storage), lanes)));
    return wanted.map((v) => made[v]!);
  };
  return { key, body, inputs };
}
