// Many elementwise nodes in one loop: what one computes the next reads from registers. Between two nodes an element is
// what it would be in memory (rounded, wrapped), and every node's arithmetic is that of its own kernel: so the bits are.
// All results have one shape; values inside may be smaller, then they are computed anew for each element (per row where
// nothing in them changes). Sums over what the loop makes (roots.ts) may end it.
import type { DType } from '../../graph/dtype.ts';
import { broadcast, sameShape } from '../kernels/common.ts';
import type { FusedNodes } from '../engines/engine.ts';
import { ExprPool } from '../jit/expr.ts';
import { type Lanes, laneStorage, type LaneStorage, loadLanes, settleLanes } from '../jit/lanes.ts';
import { joinable } from './cwise.ts';
import type { Elementwise } from './elementwise.ts';
import type { Kit, WasmValue } from './kit.ts';
import { type Body, type Loop, planLoop } from './map.ts';
import { reducedShape } from './reduce.ts';
import { columnsOf, type Reduction, reductionOf } from './roots.ts';
import { planStages, type Stage, type StageInput, type StageOutput } from './stages.ts';

type Shape = readonly number[];
/** A kernel of several nodes: their results, or undefined when they do not go together. */
export type FusedKernel = (k: Kit, inputs: readonly WasmValue[], takes: readonly Take[]) => readonly WasmValue[] | undefined;
interface Take { readonly output: number; readonly input: number }

/** A read of an input of the step, as the shape one of its nodes sees. */
interface Read { readonly input: number; readonly storage: LaneStorage; readonly shape: Shape }
/** What a node reads: number of a read, or ~number of a value made inside. */
type Source = number;
/** A loop for one set of shapes. */
interface Specialised { readonly shapes: readonly Shape[]; readonly shape: Shape; readonly reads: readonly Read[]; readonly loop: Loop; readonly rootShapes: readonly Shape[] }

interface Member { readonly op: Elementwise; readonly inputs: readonly number[]; /** Number of its first output. */ readonly first: number }

/** A sum at the end. */
interface Root { readonly reduction: Reduction; /** Number of the value it adds up. */ readonly of: number; readonly number: number; readonly type: DType }

export function fusedKernel(nodes: FusedNodes): FusedKernel {
  let count = nodes.inputs;
  const members: Member[] = [], roots: Root[] = [];
  for (const { node, inputs } of nodes.nodes) {
    const op = joinable(node);
    if (op) members.push({ op, inputs, first: count });
    else roots.push({ reduction: reductionOf(node)!, of: inputs[0]!, number: count, type: node.outputDtypes[0]! });
    count += op ? op.results.length : 1;
  }
  const types: DType[] = members.flatMap((m) => m.op.results);
  const whole = nodes.results.filter((r) => !roots.some((x) => x.number === r)), wholeTypes = whole.map((r) => types[r - nodes.inputs]!);
  const body: FusedNodes = { ...nodes, results: whole };
  /** Where each result of the step is: among the whole ones, else ~ among the ends. */
  const places = nodes.results.map((r) => { const i = whole.indexOf(r); return i >= 0 ? i : ~roots.findIndex((e) => e.number === r); });
  let last: Specialised | undefined;
  /** The input whose place a result may take: the step is its sole owner. */
  const taken = (s: Specialised, x: readonly WasmValue[], takes: readonly Take[], i: number): WasmValue | undefined => {
    for (const t of takes) {
      if (places[t.output] !== i) continue;
      const v = x[t.input]!;
      if (v.type !== wholeTypes[i] || v.dataId.owners !== 1 || !sameShape(v.shape, s.shape)) return undefined;
      return s.reads.every((r, at) => r.input !== t.input || s.loop.overwrites(i, at)) ? v : undefined;
    }
    return undefined;
  };
  return (k, x, takes) => {
    if (!last || !sameShapes(last.shapes, x)) {
      last = specialise(k, body, members, roots, wholeTypes, x.map((v) => v.shape));
      if (!last) return undefined;
    }
    const { shape, reads, loop, rootShapes } = last;
    const outs: WasmValue[] = [], to: number[] = [], from: number[] = [];
    for (let i = 0; i < wholeTypes.length; i++) {
      const v = taken(last, x, takes, i);
      outs.push(v ? k.inPlaceOf(v, shape, wholeTypes[i]!) : k.make(wholeTypes[i]!, shape, places.indexOf(i)));
      to.push(outs[i]!.address);
    }
    const ends = roots.map((r, i) => k.make(r.type, rootShapes[i]!, places.indexOf(~i)));
    for (const e of ends) to.push(e.address);
    for (const r of reads) from.push(x[r.input]!.address);
    loop.run(k, to, from);
    return ends.length === 0 ? outs : places.map((i) => (i >= 0 ? outs[i]! : ends[~i]!));
  };
}
function sameShapes(shapes: readonly Shape[], x: readonly WasmValue[]): boolean {
  for (let i = 0; i < x.length; i++) if (shapes[i] !== x[i]!.shape && !sameShape(shapes[i]!, x[i]!.shape)) return false;
  return true;
}

/** The loop for inputs of these shapes; undefined: a node's operands do not fit, or the results are not alike. */
function specialise(k: Kit, nodes: FusedNodes, members: readonly Member[], roots: readonly Root[], resultTypes: readonly DType[], shapes: readonly Shape[]): Specialised | undefined {
  const known: Shape[] = [...shapes];
  const reads: Read[] = [];
  const sources: Source[][] = [];
  for (const { op, inputs } of members) {
    const fit = op.fit(inputs.map((i) => known[i]!));
    if (!fit) return undefined;
    sources.push(inputs.map((value, i) => {
      const view = fit.views[i]!;
      if (value >= nodes.inputs) return sameShape(view, known[value]!) ? ~value : NaN;
      const at = reads.findIndex((r) => r.input === value && r.storage === op.reads[i] && sameShape(r.shape, view));
      return at >= 0 ? at : reads.push({ input: value, storage: op.reads[i]!, shape: view }) - 1;
    }));
    for (const _ of op.results) known.push(fit.shape);
  }
  const shape = known[roots[0]?.of ?? nodes.results[0]!]!;
  const within = (s: Shape): boolean => { const b = broadcast(s, shape); return b !== undefined && sameShape(b, shape); };
  if (sources.flat().some(Number.isNaN) || nodes.results.some((r) => !sameShape(known[r]!, shape)) || !known.slice(nodes.inputs).every(within) || !reads.every((r) => within(r.shape))) return undefined;
  const outs = resultTypes.map((t) => laneStorage(t.storage));
  const kept = new Map<number, StageOutput>(nodes.results.map((r, i) => [r, { result: i }]));
  const scratch: LaneStorage[] = [];
  const full = known.map((s) => sameShape(s, shape));
  if (roots.length > 0) {
    const reduced = roots.map((r) => (full[r.of] ? r.reduction.reduced(shape.length) : undefined));
    const columns = reduced.map((x) => x && columnsOf(shape, x)), [first] = columns;
    if (!first || columns.some((c) => c?.terms !== first.terms || c.outputs !== first.outputs)) return undefined;
    const byLanes = first.outputs > 1;
    if (!byLanes) for (const r of roots) if (!kept.has(r.of)) kept.set(r.of, { scratch: scratch.push('f32') - 1 });
    const stages = stagesOf(nodes, members, sources, full, kept, scratch, byLanes ? roots.map((r) => r.of) : []);
    const loop = planStages(k, shape, outs, reads, scratch, stages, { ...first, of: roots.map((r) => ({ value: byLanes ? undefined : kept.get(r.of)!, mean: r.reduction.mean })) });
    return loop && { shapes, shape, reads, loop, rootShapes: roots.map((r, i) => reducedShape(shape, reduced[i]!, r.reduction.keepDims)) };
  }
  const stages = stagesOf(nodes, members, sources, full, kept, scratch, []);
  const staged = stages.length > 1 ? planStages(k, shape, outs, reads, scratch, stages) : undefined;
  if (staged) return { shapes, shape, reads, loop: staged, rootShapes: [] };
  const whole = stageOf(nodes, members, sources, nodes.results, () => undefined);
  const order = whole.inputs.map((x) => reads[(x as { read: number }).read]!);
  return { shapes, shape, reads: order, loop: planLoop(k, whole.key, whole.body, shape, outs, order), rootShapes: [] };
}

/** Arithmetic one loop may hold before another begins, in instructions, and what is worth a loop of its own. */
const MUCH = 48, HEAVY = 12;
const costs = new Map<string, number>();
function costOf(op: Elementwise): number {
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

/** Cuts the nodes into stages. `full`: the values that have the shape of the results; others are computed where they are
 * used. `kept`: where values are to be found afterwards; those between stages are added, with their storage in `scratch`.
 * `summed`: values that are added to lanes. */
function stagesOf(nodes: FusedNodes, members: readonly Member[], sources: readonly (readonly Source[])[], full: readonly boolean[], kept: Map<number, StageOutput>, scratch: LaneStorage[], summed: readonly number[]): Stage[] {
  const stageOfValue: number[] = [];
  let at = 0, sum = 0;
  members.forEach(({ op, first }) => {
    const cost = full[first] ? costOf(op) : 0;
    if (sum > 0 && cost >= HEAVY && sum + cost > MUCH) { at++; sum = 0; }
    sum += cost;
    for (const _ of op.results) stageOfValue.push(at);
  });
  members.forEach((m, i) => {
    for (const s of sources[i]!) {
      if (s >= 0 || !full[~s] || stageOfValue[~s - nodes.inputs]! >= stageOfValue[m.first - nodes.inputs]! || kept.has(~s)) continue;
      kept.set(~s, { scratch: scratch.push(storageOf(nodes, members, ~s)) - 1 });
    }
  });
  const stages: Stage[] = [];
  for (let stage = 0; stage <= at; stage++) {
    const here = (v: number): boolean => stageOfValue[v - nodes.inputs] === stage;
    const values = [...kept.keys()].filter(here), lanes = [...summed.keys()].filter((i) => here(summed[i]!));
    if (values.length + lanes.length === 0) continue;
    const of = stageOf(nodes, members, sources, [...values, ...lanes.map((i) => summed[i]!)], (v) => (stageOfValue[v - nodes.inputs]! < stage ? kept.get(v) : undefined));
    stages.push({ ...of, outputs: [...values.map((v) => kept.get(v)!), ...lanes.map((i) => ({ lanes: i }))] });
  }
  return stages;
}
function storageOf(nodes: FusedNodes, members: readonly Member[], value: number): LaneStorage {
  const m = members.findLast((x) => x.first <= value)!;
  return laneStorage(m.op.results[value - m.first]!.storage);
}

/** The computation of some values from the reads and from `given` values. */
function stageOf(nodes: FusedNodes, members: readonly Member[], sources: readonly (readonly Source[])[], values: readonly number[], given: (value: number) => StageOutput | undefined): Omit<Stage, 'outputs'> {
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
  const visit = (m: Member): number => {
    let at = first.get(m);
    if (at !== undefined) return at;
    const from = sources[members.indexOf(m)]!.map(source);
    first.set(m, at = count);
    count += m.op.results.length;
    steps.push({ op: m.op, from });
    return at;
  };
  const source = (s: Source): number => {
    if (s >= 0) return input(s, { read: s });
    const known = given(~s);
    if (known) return input(s, known);
    const m = members.findLast((x) => x.first <= ~s)!;
    return ~(visit(m) + ~s - m.first);
  };
  const wanted = values.map((v) => { const m = members.findLast((x) => x.first <= v)!; return visit(m) + v - m.first; });
  const key = `fused ${steps.map(({ op, from }) => `${op.key}(${from.join()})${op.results.map((t) => t.storage).join('')}`).join(';')}>${wanted.join()}`;
  const body: Body = (pool, x) => {
    const made: Lanes[] = [];
    for (const { op, from } of steps) op.body(pool, from.map((s) => (s >= 0 ? x[s]! : made[~s]!))).forEach((lanes, r) => made.push(settleLanes(pool, laneStorage(op.results[r]!.storage), lanes)));
    return wanted.map((v) => made[v]!);
  };
  return { key, body, inputs };
}
