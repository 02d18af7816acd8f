// Many elementwise nodes in one loop: what one computes the next reads from registers. Between two nodes an element is
// what it would be in memory (rounded, wrapped), and every node's arithmetic is that of its own kernel: so the bits are.
// All results have one shape; values inside may be smaller, then they are computed anew for each element (per row where
// nothing in them changes). Parts of an input (views.ts) are read where they lie. A product or convolution (producers.ts)
// may begin the loop, which then takes its rows as they come; sums over what the loop makes (roots.ts) and values put side by
// side may end it.
import type { DType } from '../../graph/dtype.ts';
import { broadcast, sameShape, stridesOf } from '../kernels/common.ts';
import type { FusedNodes } from '../engines/engine.ts';
import { ExprPool } from '../jit/expr.ts';
import { bytesOf, type Lanes, laneStorage, type LaneStorage, loadLanes, settleLanes } from '../jit/lanes.ts';
import { joinable } from './cwise.ts';
import type { Elementwise } from './elementwise.ts';
import type { Kit, WasmValue } from './kit.ts';
import { type Body, type Loop, type Operand, planLoop } from './map.ts';
import { copyBox } from './move.ts';
import { isSumOfProducts, type Producer, producerOf, sumOfProducts } from './producers.ts';
import { reducedShape } from './reduce.ts';
import { columnsOf, type Reduction, reductionOf } from './roots.ts';
import { type Placed, planStages, type Stage, type StageInput, type StageOutput, type Written } from './stages.ts';
import { type Joined, joinedOf, type Views, viewsOf } from './views.ts';

type Shape = readonly number[];
/** A kernel of several nodes. */
export interface FusedKernel {
  /** Their results, or undefined when they do not go together. */
  run(k: Kit, inputs: readonly WasmValue[], takes: readonly Take[]): readonly WasmValue[] | undefined;
  /** What `run` did last, for values that always lie there; undefined: it does more than one call. */
  bind(inputs: readonly WasmValue[], takes: readonly Take[], outputs: readonly WasmValue[]): (() => void) | undefined;
}
interface Take { readonly output: number; readonly input: number }

/** A read of an input of the step (or of the value that begins it: STARTED), as the shape one of its nodes sees. */
interface Read extends Operand { readonly input: number; /** Elements before the first. */ readonly offset: number }
const STARTED = -1;
/** What a node reads: number of a read, or ~number of a value made inside. */
type Source = number;
/** A loop for one set of shapes. */
interface Specialised { readonly shapes: readonly Shape[]; readonly shape: Shape; readonly reads: readonly Read[]; readonly loop: Loop; readonly rootShapes: readonly Shape[]; readonly start?: Started | undefined }
/** What begins a loop; `growing`: the loop takes rows as they come. */
interface Started { readonly inputs: readonly number[]; readonly make: NonNullable<ReturnType<Producer>>; readonly growing: boolean }

interface Member { readonly op: Elementwise; readonly inputs: readonly number[]; /** Number of its first output. */ readonly first: number }

/** Parts of an input. */
interface Parts { readonly views: Views; readonly of: number; readonly first: number }
/** The product at the beginning. */
interface Start { readonly producer: Producer; readonly inputs: readonly number[]; readonly number: number }

/** A sum at the end. */
interface Root { readonly reduction: Reduction; /** Number of the value it adds up. */ readonly of: number; readonly number: number; readonly type: DType }

/** Values side by side at the end. */
interface Join { readonly joined: Joined; readonly of: readonly number[]; readonly number: number; readonly type: DType }

/** What the nodes of a step are. */
interface Made { readonly inputs: number; readonly results: readonly number[]; readonly members: readonly Member[]; readonly parts: readonly Parts[]; readonly roots: readonly Root[]; readonly joins: readonly Join[]; readonly start: Start | undefined; /** Dtypes of all values from the first node's on. */ readonly types: readonly DType[] }

/** The value itself, where something is asked of a value that no member computes. */
function pass(type: DType): Elementwise {
  const s = laneStorage(type.storage);
  return { key: 'Pass', body: (_, [v]) => [v!], reads: [s], results: [type], fit: ([v]) => ({ shape: v!, views: [v!] }) };
}

function made(nodes: FusedNodes): Made {
  const members: Member[] = [], parts: Parts[] = [], roots: Root[] = [], joins: Join[] = [], types: DType[] = [];
  const terms = new Map<number, FusedNodes['nodes'][number]>(), products = nodes.nodes.filter((n) => n.node.op === 'MatMul').length;
  let start: Start | undefined;
  for (const n of nodes.nodes) {
    const { node, inputs } = n, number = nodes.inputs + types.length, views = viewsOf(node), summed = inputs.map((i) => terms.get(i));
    const sum = !start && isSumOfProducts(node, summed.map((t) => t?.node ?? node)), op = views || sum ? undefined : joinable(node), producer = views || sum || op || start ? undefined : producerOf(node);
    if (views) parts.push({ views, of: inputs[views.input]!, first: number });
    else if (sum) start = { producer: sumOfProducts(summed.map((t) => t!.node)), inputs: summed.flatMap((t) => t!.inputs), number };
    else if (node.op === 'MatMul' && products > 1) terms.set(number, n);
    else if (op) members.push({ op, inputs, first: number });
    else if (producer) start = { producer, inputs, number };
    else if (joinedOf(node)) { const joined = joinedOf(node)!; joins.push({ joined, of: inputs.slice(joined.first, joined.first + joined.count), number, type: node.outputDtypes[0]! }); }
    else roots.push({ reduction: reductionOf(node)!, of: inputs[0]!, number, type: node.outputDtypes[0]! });
    types.push(...(op?.results ?? node.outputDtypes));
  }
  const passed = new Map<number, number>(), { inputs } = nodes;
  const computed = (v: number): number => {
    if ([...roots, ...joins].some((r) => r.number === v) || members.some((m) => v >= m.first && v < m.first + m.op.results.length)) return v;
    let number = passed.get(v);
    if (number === undefined) {
      const type = types[v - inputs]!;
      passed.set(v, number = inputs + types.push(type) - 1);
      members.push({ op: pass(type), inputs: [v], first: number });
    }
    return number;
  };
  const ends = roots.map((r) => ({ ...r, of: computed(r.of) })), sides = joins.map((j) => ({ ...j, of: j.of.map(computed) }));
  return { inputs, results: nodes.results.map(computed), members, parts, roots: ends, joins: sides, start, types };
}

export function fusedKernel(nodes: FusedNodes): FusedKernel {
  const all = made(nodes), { roots, joins } = all, endings = [...roots, ...joins];
  const whole = all.results.filter((r) => !endings.some((x) => x.number === r)), wholeTypes = whole.map((r) => all.types[r - nodes.inputs]!);
  /** Where each result of the step is: among the whole ones, else ~ among the ends. */
  const places = all.results.map((r) => { const i = whole.indexOf(r); return i >= 0 ? i : ~endings.findIndex((e) => e.number === r); });
  let last: Specialised | undefined;
  /** The input whose place a result may take: the step is its sole owner. */
  const taken = (s: Specialised, x: readonly WasmValue[], takes: readonly Take[], i: number): WasmValue | undefined => {
    for (const t of takes) {
      if (places[t.output] !== i) continue;
      const v = x[t.input]!;
      return v.dataId.owners === 1 && mayTake(s, v, t.input, i) ? v : undefined;
    }
    return undefined;
  };
  const mayTake = (s: Specialised, v: WasmValue, input: number, i: number): boolean => v.type === wholeTypes[i] && sameShape(v.shape, s.shape)
    && s.reads.every((r, at) => r.input !== input || (!r.strides && r.offset === 0 && sameShape(r.shape, s.shape) && s.loop.overwrites(i, at)));
  const run: FusedKernel['run'] = (k, x, takes) => {
    if (!last || !sameShapes(last.shapes, x)) {
      last = specialise(k, all, whole, x.map((v) => v.shape));
      if (!last) return undefined;
    }
    const { shape, reads, loop, rootShapes } = last;
    const outs: WasmValue[] = [], to: number[] = [], from: number[] = [];
    for (let i = 0; i < wholeTypes.length; i++) {
      const v = taken(last, x, takes, i);
      outs.push(v ? k.inPlaceOf(v, shape, wholeTypes[i]!) : k.make(wholeTypes[i]!, shape, places.indexOf(i)));
      to.push(outs[i]!.address);
    }
    const ends = endings.map((r, i) => k.make(r.type, rootShapes[i] ?? joins[i - roots.length]!.joined.shape, places.indexOf(~i)));
    for (const e of ends) to.push(e.address);
    for (const r of reads) from.push(r.input === STARTED ? 0 : x[r.input]!.address + r.offset * bytesOf(r.storage));
    if (last.start) begin(k, last.start, x, to, from, last);
    else loop.run(k, to, from);
    return ends.length === 0 ? outs : places.map((i) => (i >= 0 ? outs[i]! : ends[~i]!));
  };
  return { run, bind: (x, takes, outputs) => {
    const s = last;
    if (!s || s.start || endings.length > 0 || !sameShapes(s.shapes, x) || !takes.every((t) => mayTake(s, x[t.input]!, t.input, places[t.output]!))) return undefined;
    return s.loop.bind?.(wholeTypes.map((_, i) => outputs[places.indexOf(i)]!.address), s.reads.map((r) => x[r.input]!.address + r.offset * bytesOf(r.storage)));
  } };
}
function sameShapes(shapes: readonly Shape[], x: readonly WasmValue[]): boolean {
  for (let i = 0; i < x.length; i++) if (shapes[i] !== x[i]!.shape && !sameShape(shapes[i]!, x[i]!.shape)) return false;
  return true;
}

/** Runs a loop that a product begins: on its rows as they come, or when all are there. */
function begin(k: Kit, { inputs, make, growing }: Started, x: readonly WasmValue[], to: readonly number[], from: readonly number[], { loop, reads }: Specialised): void {
  const given = inputs.map((i) => x[i]!);
  const grow = make.begin(k, given);
  if (growing) { loop.run(k, to, from, grow); return; }
  const rowBytes = make.shape[make.shape.length - 1]! * 4, all = k.scratch(make.shape.reduce((a, b) => a * b, 4));
  k.divide(make.shape.slice(0, -1).reduce((a, b) => a * b, 1), make.unit, make.products, () => (first, rows) => { grow(first, rows, (row) => all + row * rowBytes, () => undefined); });
  loop.run(k, to, from.map((at, i) => (reads[i]!.input === STARTED ? all : at)));
}

/** The loop for inputs of these shapes; undefined: a node's operands do not fit, or the results are not alike. */
function specialise(k: Kit, m: Made, results: readonly number[], shapes: readonly Shape[]): Specialised | undefined {
  const known: Shape[] = [...shapes], reads: Read[] = [], sources: Source[][] = [], { members, roots } = m;
  const make = m.start?.producer(m.start.inputs.map((i) => shapes[i]!));
  if (m.start) { if (!make) return undefined; known[m.start.number] = make.shape; }
  /** Values that are read rather than computed. */
  const read = new Map<number, Omit<Read, 'storage'>>(shapes.map((shape, input) => [input, { input, shape, offset: 0 }]));
  for (const { views, of, first } of m.parts) {
    if (of >= m.inputs || !sameShape(shapes[of]!, views.of)) return undefined;
    views.parts.forEach(({ shape, strides, offset }, i) => {
      known[first + i] = shape;
      read.set(first + i, { input: of, shape, offset, ...(sameShape(strides.filter((_, d) => shape[d] !== 1), stridesOf(shape).filter((_, d) => shape[d] !== 1)) ? {} : { strides }) });
    });
  }
  if (m.start) read.set(m.start.number, { input: STARTED, shape: make!.shape, offset: 0 });
  for (const { op, inputs, first } of members) {
    const fit = op.fit(inputs.map((i) => known[i]!));
    if (!fit) return undefined;
    sources.push(inputs.map((value, i) => {
      const view = fit.views[i]!, r = read.get(value);
      if (!r) return sameShape(view, known[value]!) ? ~value : NaN;
      if ((r.strides || r.input === STARTED) && !sameShape(view, r.shape)) return NaN;
      const at = reads.findIndex((x) => x.input === r.input && x.offset === r.offset && x.strides === r.strides && x.storage === op.reads[i] && sameShape(x.shape, view));
      return at >= 0 ? at : reads.push({ ...r, storage: op.reads[i]!, shape: view }) - 1;
    }));
    op.results.forEach((_, i) => { known[first + i] = fit.shape; });
  }
  const shape = known[roots[0]?.of ?? m.joins[0]?.of[0] ?? results[0]!]!;
  const within = (s: Shape): boolean => { const b = broadcast(s, shape); return b !== undefined && sameShape(b, shape); };
  if (!m.joins.every((j) => sameShape(j.joined.part, shape) && j.of.every((v) => sameShape(known[v]!, shape))) || sources.flat().some(Number.isNaN) || results.some((r) => !sameShape(known[r]!, shape)) || !members.every((x) => within(known[x.first]!)) || !reads.every((r) => within(r.shape))) return undefined;
  const outs = results.map((r) => laneStorage(m.types[r - m.inputs]!.storage));
  const kept = new Map<number, StageOutput>(results.map((r, i) => [r, { result: i }]));
  const scratch: LaneStorage[] = [], full = known.map((s) => sameShape(s, shape));
  const startAt = reads.findIndex((r) => r.input === STARTED), growing = make && startAt >= 0 ? { read: startAt, most: make.most, unit: make.unit, products: make.products } : undefined;
  const placed: Placed[] = [], beside: Also[] = [];
  m.joins.forEach(({ joined, of, type }, out) => {
    const width = joined.part[joined.part.length - 1]!, row = joined.shape[joined.shape.length - 1]!;
    of.forEach((value, i) => { beside.push({ value, to: { placed: placed.push({ out, storage: laneStorage(type.storage), row, offset: i * width }) - 1 } }); });
  });
  const started = (grows: boolean): Started | undefined => make && { inputs: m.start!.inputs, make, growing: grows };
  if (roots.length > 0) {
    const reduced = roots.map((r) => (full[r.of] ? r.reduction.reduced(shape.length) : undefined));
    const columns = reduced.map((x) => x && columnsOf(shape, x)), [first] = columns;
    if (!first || columns.some((c) => c?.terms !== first.terms || c.outputs !== first.outputs)) return undefined;
    const byLanes = first.outputs > 1;
    if (!byLanes) for (const r of roots) if (!kept.has(r.of)) kept.set(r.of, { scratch: scratch.push('f32') - 1 });
    const stages = stagesOf(m, sources, full, kept, scratch, [...(byLanes ? roots.map((r, i): Also => ({ value: r.of, to: { lanes: i } })) : []), ...beside]);
    const sums = { ...first, of: roots.map((r) => ({ value: byLanes ? undefined : kept.get(r.of)!, mean: r.reduction.mean })) };
    const grown = growing && planStages(k, shape, outs, reads, scratch, stages, sums, growing, placed), loop = grown ?? planStages(k, shape, outs, reads, scratch, stages, sums, undefined, placed);
    return loop && { shapes, shape, reads, loop, rootShapes: roots.map((r, i) => reducedShape(shape, reduced[i]!, r.reduction.keepDims)), start: started(grown !== undefined) };
  }
  const stages = stagesOf(m, sources, full, kept, scratch, beside);
  const grown = growing && planStages(k, shape, outs, reads, scratch, stages, undefined, growing, placed);
  const staged = grown ?? (stages.length > 1 || placed.length > 0 ? planStages(k, shape, outs, reads, scratch, stages, undefined, undefined, placed) : undefined);
  if (staged) return { shapes, shape, reads, loop: staged, rootShapes: [], start: started(grown !== undefined) };
  const whole = stageOf(m, sources, [...results, ...beside.map((x) => x.value)], () => undefined);
  const order = whole.inputs.map((x) => reads[(x as { read: number }).read]!);
  const loop = planLoop(k, whole.key, whole.body, shape, [...outs, ...placed.map((x) => x.storage)], order);
  return { shapes, shape, reads: order, loop: placed.length === 0 ? loop : copying(loop, shape, outs.length, placed), rootShapes: [], start: started(false) };
}

/** A loop whose last results are written elsewhere and then copied to where they belong. */
function copying(loop: Loop, shape: Shape, results: number, placed: readonly Placed[]): Loop {
  const width = shape[shape.length - 1]!, n = shape.reduce((a, b) => a * b, 1);
  return { overwrites: loop.overwrites, run: (k, to, from) => {
    const made = placed.map((x) => k.scratch(n * bytesOf(x.storage)));
    loop.run(k, [...to.slice(0, results), ...made], from);
    placed.forEach(({ storage, row, offset, out }, i) => { copyBox(k, bytesOf(storage), made[i]!, [width, 1], to[results + out]! + offset * bytesOf(storage), [row, 1], [n / width, width]); });
  } };
}

interface Also { readonly value: number; readonly to: Written }

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
 * `also`: what else is written of values. */
function stagesOf(m: Made, sources: readonly (readonly Source[])[], full: readonly boolean[], kept: Map<number, StageOutput>, scratch: LaneStorage[], also: readonly Also[]): Stage[] {
  const stageOfValue: number[] = [], storageOf = (value: number): LaneStorage => laneStorage(m.types[value - m.inputs]!.storage);
  let at = 0, sum = 0;
  for (const { op, first } of m.members) {
    const cost = full[first] ? costOf(op) : 0;
    if (sum > 0 && cost >= HEAVY && sum + cost > MUCH) { at++; sum = 0; }
    sum += cost;
    op.results.forEach((_, i) => { stageOfValue[first + i] = at; });
  }
  m.members.forEach((x, i) => {
    for (const s of sources[i]!) {
      if (s >= 0 || !full[~s] || stageOfValue[~s]! >= stageOfValue[x.first]! || kept.has(~s)) continue;
      kept.set(~s, { scratch: scratch.push(storageOf(~s)) - 1 });
    }
  });
  const stages: Stage[] = [];
  for (let stage = 0; stage <= at; stage++) {
    const here = (v: number): boolean => stageOfValue[v] === stage;
    const values = [...kept.keys()].filter(here), more = also.filter((x) => here(x.value));
    if (values.length + more.length === 0) continue;
    const of = stageOf(m, sources, [...values, ...more.map((x) => x.value)], (v) => (stageOfValue[v]! < stage ? kept.get(v) : undefined));
    stages.push({ ...of, outputs: [...values.map((v) => kept.get(v)!), ...more.map((x) => x.to)] });
  }
  return stages;
}

/** The computation of some values from the reads and from `given` values. */
function stageOf({ members }: Made, sources: readonly (readonly Source[])[], values: readonly number[], given: (value: number) => StageOutput | undefined): Omit<Stage, 'outputs'> {
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
