// Many elementwise nodes in one loop: what one computes the next reads from registers. Between two nodes an element is
// what it would be in memory (rounded, wrapped), and every node's arithmetic is that of its own kernel: so the bits are.
// All results have one shape, or one element for each row of it; values inside may be smaller, then they are computed anew
// for each element (per row where nothing in them changes). Parts of an input (views.ts) are read where they lie. A product
// or convolution (producers.ts) may begin the loop, which then takes its rows as they come; ops over rows (row_nodes.ts) go
// on in it; sums over what the loop makes (roots.ts) and values put side by side may end it.
import { sameShape, sizeOf, stridesOf } from '../kernels/common.ts';
import type { FusedNodes } from '../engines/engine.ts';
import { FunctionBuilder } from '../jit/function.ts';
import { bytesOf, laneStorage, type LaneStorage } from '../jit/lanes.ts';
import { isFolded, madeAgain, madeOf, type Made } from './fused_nodes.ts';
import { type Also, computing, cut, type Extent, type Source } from './fused_stages.ts';
import type { Kit, WasmValue } from './kit.ts';
import { isWhole, type Loop, type Operand, planLoop } from './map.ts';
import { copyBox } from './move.ts';
import type { Producer } from './producers.ts';
import { reducedShape } from './reduce.ts';
import { columnsOf } from './roots.ts';
import { type Held, type Place, type Placed, planStages, type RowFold, type Stage, type Staged } from './stages.ts';

type Shape = readonly number[];
/** A kernel of several nodes. */
export interface FusedKernel {
  /** Their results, or undefined when they do not go together. */
  run(k: Kit, inputs: readonly WasmValue[], takes: readonly Take[]): readonly WasmValue[] | undefined;
  /** What `run` did last, for values that always lie there; undefined: it does more than one call. */
  bind(inputs: readonly WasmValue[], takes: readonly Take[], outputs: readonly WasmValue[]): (() => void) | undefined;
  /** The kernel of such nodes over other shapes; undefined: they are to be read anew. */
  again(nodes: FusedNodes): FusedKernel | undefined;
}
/** How the parts are cut, by what that depends on beside them: kernels of other shapes are mostly cut alike. */
type Cuts = Map<string, { readonly work: readonly (Stage | RowFold)[]; readonly scratch: readonly Held[] }>;
interface Take { readonly output: number; readonly input: number }

/** A read of an input of the step (or of the value that begins it: STARTED; or of numbers that count: PLACES), as the shape one of its nodes sees. */
interface Read extends Operand { readonly input: number; /** Elements before the first. */ readonly offset: number }
const STARTED = -1, PLACES = -2;
/** Ways to cut one kernel that are kept. */
const MANY_CUTS = 16;
/** A loop for one set of shapes. */
interface Specialised { readonly shapes: readonly Shape[]; readonly shape: Shape; readonly resultShapes: readonly Shape[]; readonly reads: readonly Read[]; readonly loop: Loop; readonly rootShapes: readonly Shape[]; readonly start?: Started | undefined; /** How many places are read. */ readonly places: number }
/** What begins a loop; `growing`: the loop takes rows as they come; `result`: which of the results it is itself. */
interface Started { readonly inputs: readonly number[]; readonly make: NonNullable<ReturnType<Producer>>; readonly growing: boolean; readonly result: number | undefined }

export function fusedKernel(nodes: FusedNodes, all: Made = madeOf(nodes), cuts: Cuts = new Map()): FusedKernel {
  const { roots, joins } = all, endings = [...roots, ...joins];
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
    if (!all.checks.every(({ of, holds }) => holds(k, of.map((v) => x[v]!)))) return undefined;
    if (!last || !sameShapes(last.shapes, x)) {
      last = specialise(k, all, whole, x.map((v) => v.shape), cuts);
      if (!last) return undefined;
    }
    const { resultShapes, reads, loop, rootShapes } = last;
    const outs: WasmValue[] = [], to: number[] = [], from: number[] = [];
    for (let i = 0; i < wholeTypes.length; i++) {
      const v = taken(last, x, takes, i);
      outs.push(v ? k.inPlaceOf(v, resultShapes[i]!, wholeTypes[i]!) : k.make(wholeTypes[i]!, resultShapes[i]!, places.indexOf(i)));
      to.push(outs[i]!.address);
    }
    const ends = endings.map((r, i) => k.make(r.type, rootShapes[i] ?? joins[i - roots.length]!.joined.shape, places.indexOf(~i)));
    for (const e of ends) to.push(e.address);
    const counted = last.places === 0 ? 0 : numbersFrom0(k, last.places);
    for (const r of reads) from.push(r.input === STARTED ? 0 : r.input === PLACES ? counted : x[r.input]!.address + r.offset * bytesOf(r.storage));
    if (last.start) begin(k, last.start, x, to, from, last);
    else loop.run(k, to, from);
    return ends.length === 0 ? outs : places.map((i) => (i >= 0 ? outs[i]! : ends[~i]!));
  };
  const again: FusedKernel['again'] = (other) => { const made = madeAgain(all, other, nodes); return made && fusedKernel(other, made, cuts); };
  return { run, again, bind: (x, takes, outputs) => {
    const s = last;
    if (!s || s.start || s.places > 0 || all.checks.length > 0 || endings.length > 0 || !sameShapes(s.shapes, x) || !takes.every((t) => mayTake(s, x[t.input]!, t.input, places[t.output]!))) return undefined;
    return s.loop.bind?.(wholeTypes.map((_, i) => outputs[places.indexOf(i)]!.address), s.reads.map((r) => x[r.input]!.address + r.offset * bytesOf(r.storage)));
  } };
}
function sameShapes(shapes: readonly Shape[], x: readonly WasmValue[]): boolean {
  for (let i = 0; i < x.length; i++) if (shapes[i] !== x[i]!.shape && !sameShape(shapes[i]!, x[i]!.shape)) return false;
  return true;
}

/** Runs a loop that a product begins: on its rows as they come, or when all are there. */
function begin(k: Kit, { inputs, make, growing, result }: Started, x: readonly WasmValue[], to: readonly number[], from: readonly number[], { loop, reads }: Specialised): void {
  const grow = make.begin(k, inputs.map((i) => x[i]!));
  if (growing) { loop.run(k, to, from, grow); return; }
  const size = bytesOf(reads.find((r) => r.input === STARTED)!.storage), rowBytes = make.shape[make.shape.length - 1]! * size, all = result === undefined ? k.scratch(make.shape.reduce((a, b) => a * b, size)) : to[result]!;
  k.divide(make.shape.slice(0, -1).reduce((a, b) => a * b, 1), make.unit, make.products, () => (first, rows) => { grow(first, rows, (row) => all + row * rowBytes, () => undefined); });
  loop.run(k, to, from.map((at, i) => (reads[i]!.input === STARTED ? all : at)));
}

/** A product whose rows go where its result lies, and no loop. */
function alone({ shape, unit, products }: NonNullable<ReturnType<Producer>>, storage: LaneStorage): Loop {
  const rowBytes = shape[shape.length - 1]! * bytesOf(storage);
  return { overwrites: () => false, run: (k, [to], _, grow) => {
    k.divide(sizeOf(shape.slice(0, -1)), unit, products, () => (first, rows) => { grow!(first, rows, (row) => to! + row * rowBytes, () => undefined); });
  } };
}

/** The loop for inputs of these shapes; undefined: a node's operands do not fit, or the results are not alike. */
function specialise(k: Kit, m: Made, results: readonly number[], shapes: readonly Shape[], cuts: Cuts): Specialised | undefined {
  const make = m.start?.producer(m.start.inputs.map((i) => shapes[i]!));
  const started = m.start?.shape ?? make?.shape;
  if (m.start && (!make || sizeOf(started!) !== sizeOf(make.shape))) return undefined;
  const fitted = fit(m, shapes, started);
  if (!fitted) return undefined;
  const { known, reads, sources } = fitted, { members, roots } = m;
  const folded = members.find(isFolded), shape = known[folded?.inputs[0] ?? roots[0]?.of ?? m.joins[0]?.of[0] ?? results[0]!]!;
  const extents = extentsOf(m, fitted, shape);
  if (!extents || !m.joins.every((j) => sameShape(j.joined.part, shape) && j.of.every((v) => extents[v] === 'full')) || results.some((v) => extents[v] === 'small')) return undefined;
  const own = m.start ? results.indexOf(m.start.number) : -1, result = own < 0 ? undefined : own;
  if (own >= 0 && !sameShape(known[m.start!.number]!, shape)) return undefined;
  if (!members.every((x) => extents[x.first] === 'row' || isWithin(known[x.first]!, shape)) || !reads.every((r) => (r.within ? sameShape(r.shape, shape) : isWithin(r.shape, shape)))) return undefined;
  const storage = (v: number): Held => ({ storage: laneStorage(m.types[v - m.inputs]!.storage), row: extents[v] === 'row' });
  const outs = results.map(storage), kept = new Map<number, Place>(results.map((r, i) => [r, { result: i }])), scratch: Held[] = [];
  const startAt = reads.findIndex((r) => r.input === STARTED), growing = make && startAt >= 0 ? { read: startAt, result, most: make.most, unit: make.unit, products: make.products } : undefined;
  const placed: Placed[] = [], also: Also[] = [], places = reads.reduce((n, r) => (r.input === PLACES ? Math.max(n, sizeOf(r.shape)) : n), 0);
  m.joins.forEach(({ joined, of, type }, out) => {
    const width = joined.part[joined.part.length - 1]!, row = joined.shape[joined.shape.length - 1]!;
    of.forEach((value, i) => { also.push({ value, to: { placed: placed.push({ out, storage: laneStorage(type.storage), row, offset: i * width }) - 1 } }); });
  });
  const done = (loop: Loop, grows: boolean, order = reads, rootShapes: readonly Shape[] = []): Specialised => ({ shapes, shape, resultShapes: results.map((r) => known[r]!), reads: order, loop, rootShapes, places, start: make && { inputs: m.start!.inputs, make, growing: grows, result } });
  if (make && members.length + roots.length + m.joins.length === 0) return done(alone(make, storage(m.start!.number).storage), true);
  const cutting = { made: m, sources, extents, isWhole: (r: number) => isWhole(reads[r]!, shape) && !reads[r]!.within };
  const staged = (sums?: Staged['sums'], lanes: readonly Also[] = []): Staged => {
    const key = `${lanes.length} ${scratch.length} ${reads.map((_, r) => (cutting.isWhole(r) ? 1 : 0)).join('')} ${extents.join()} ${sources.join(';')}`;
    let found = cuts.get(key);
    if (!found) {
      if (cuts.size >= MANY_CUTS) cuts.clear();
      cuts.set(key, found = { work: cut(cutting, kept, scratch, [...lanes, ...also]), scratch });
    }
    return { shape, results: outs, reads, ...found, sums, placed };
  };
  if (roots.length > 0) {
    if (!roots.every((r) => extents[r.of] === 'full')) return undefined;
    const reduced = roots.map((r) => r.reduction.reduced(shape.length));
    const columns = reduced.map((x) => x && columnsOf(shape, x)), [first] = columns;
    if (!first || columns.some((c) => c?.terms !== first.terms || c.outputs !== first.outputs || c.groups !== first.groups)) return undefined;
    const byLanes = first.outputs > 1;
    if (!byLanes) for (const r of roots) if (!kept.has(r.of)) kept.set(r.of, { scratch: scratch.push({ storage: 'f32', row: false }) - 1 });
    const sums = { ...first, of: roots.map((r) => ({ value: byLanes ? undefined : kept.get(r.of)!, mean: r.reduction.mean })) };
    const plan = staged(sums, byLanes ? roots.map((r, i): Also => ({ value: r.of, to: { lanes: i } })) : []);
    const grown = growing && planStages(k, { ...plan, growing }), loop = grown ?? planStages(k, plan);
    return loop && done(loop, grown !== undefined, reads, roots.map((r, i) => reducedShape(shape, reduced[i]!, r.reduction.keepDims)));
  }
  const padded = reads.some((r) => r.within), plan = staged(), grown = growing && planStages(k, { ...plan, growing });
  const blocks = grown ?? (plan.work.length > 1 || placed.length > 0 || folded || padded ? planStages(k, plan) : undefined);
  if (blocks || folded || padded) return blocks && done(blocks, grown !== undefined);
  const computed = result === undefined ? results : results.toSpliced(result, 1), storages = result === undefined ? outs : outs.toSpliced(result, 1);
  const whole = computing(m, sources, [...computed, ...also.map((x) => x.value)], () => undefined);
  const order = whole.inputs.map((x) => reads[(x as { read: number }).read]!);
  const plain = planLoop(k, whole.key, whole.body, shape, [...storages, ...placed].map((x) => x.storage), order);
  const loop = placed.length === 0 ? plain : copying(plain, shape, storages.length, placed);
  return done(result === undefined ? loop : { ...loop, run: (kit, to, from) => { loop.run(kit, to.toSpliced(result, 1), from); } }, false, order);
}

/** Shapes of all values, the reads and who reads what (NaN: nobody can); undefined: operands do not fit. */
interface Fitted { readonly known: readonly Shape[]; readonly reads: Read[]; readonly sources: Source[][] }
function fit(m: Made, shapes: readonly Shape[], started: Shape | undefined): Fitted | undefined {
  const known: Shape[] = [...shapes], reads: Read[] = [], sources: Source[][] = [];
  /** Values that are read rather than computed. */
  const read = new Map<number, Omit<Read, 'storage'>>(shapes.map((shape, input) => [input, { input, shape, offset: 0 }]));
  for (const { views, of, first } of m.parts) {
    if (of >= m.inputs || !sameShape(shapes[of]!, views.of)) return undefined;
    views.parts.forEach(({ shape, strides, offset, within }, i) => {
      known[first + i] = shape;
      read.set(first + i, { input: of, shape, offset, within, ...(sameShape(strides.filter((_, d) => shape[d] !== 1), stridesOf(shape).filter((_, d) => shape[d] !== 1)) ? {} : { strides }) });
    });
  }
  if (m.start) {
    known[m.start.number] = started!;
    read.set(m.start.number, { input: STARTED, shape: started!, offset: 0 });
  }
  if (m.places !== undefined) read.set(m.places, { input: PLACES, shape: known[m.places] = [], offset: 0 });
  const { squeezed } = m;
  for (const x of m.members) {
    const fits = isFolded(x) ? { shape: x.squeezed ? known[x.inputs[0]]!.slice(0, -1) : [...known[x.inputs[0]]!.slice(0, -1), 1], views: [known[x.inputs[0]]!] } : x.op.fit(x.inputs.map((i) => known[i]!));
    if (!fits) return undefined;
    const rows = squeezed.has(x.first) && !isFolded(x);
    sources.push(x.inputs.map((value, i): Source => {
      const view = fits.views[i]!, r = read.get(value), storage = isFolded(x) ? 'f32' : x.op.reads[i]!;
      if (!r) return (sameShape(view, known[value]!) || (isOne(view) && isOne(known[value]!))) && (rows ? squeezed.has(value) || (x.op.squeezes ?? view.every((d) => d === 1)) : !squeezed.has(value)) ? ~value : NaN;
      if ((r.input === STARTED || r.within) && (rows || !sameShape(view, r.shape))) return NaN;
      // Of values without their last axis every row reads one.
      const shape = rows ? [...view, 1] : view, strides = r.strides && (sameShape(shape, r.shape) ? r.strides : stridesAs(r.shape, r.strides, shape));
      if (r.strides && !strides) return NaN;
      const at = reads.findIndex((y) => y.input === r.input && y.offset === r.offset && String(y.within) === String(r.within) && sameStrides(y.strides, strides) && y.storage === storage && sameShape(y.shape, shape));
      return at >= 0 ? at : reads.push({ ...r, strides, storage, shape }) - 1;
    }));
    for (let i = 0; i < (isFolded(x) ? 1 : x.op.results.length); i++) known[x.first + i] = fits.shape;
  }
  return sources.some((of) => of.some(Number.isNaN)) ? undefined : { known, reads, sources };
}
/** Whether a shape broadcasts to another. */
function isWithin(s: Shape, shape: Shape): boolean {
  const lead = shape.length - s.length;
  if (lead < 0) return false;
  for (let i = 0; i < s.length; i++) if (s[i] !== 1 && s[i] !== shape[lead + i]) return false;
  return true;
}
function sameStrides(a: readonly number[] | undefined, b: readonly number[] | undefined): boolean { return a === b || (a !== undefined && b !== undefined && sameShape(a, b)); }
const isOne = (s: Shape): boolean => s.every((d) => d === 1);
/** The strides of a part seen with other axes of one element; undefined: as another shape. */
function stridesAs(shape: Shape, strides: readonly number[], as: Shape): readonly number[] | undefined {
  const left = strides.filter((_, i) => shape[i] !== 1);
  return sameShape(shape.filter((d) => d !== 1), as.filter((d) => d !== 1)) ? as.map((d) => (d === 1 ? 0 : left.shift()!)) : undefined;
}
/** undefined: the shape is not that of all folds, or rows are mixed with other values. */
function extentsOf(m: Made, { known, sources }: Fitted, shape: Shape): readonly Extent[] | undefined {
  const out: Extent[] = [], row = [...shape.slice(0, -1), 1], { squeezed } = m, folds = m.members.some(isFolded);
  for (const x of m.members) {
    if (isFolded(x) && !sameShape(known[x.inputs[0]]!, shape)) return undefined;
    const s = known[x.first]!, extent: Extent = isFolded(x) || squeezed.has(x.first) ? 'row' : sameShape(s, shape) ? 'full' : folds && sameShape(s, row) ? 'row' : 'small';
    for (let i = 0; i < (isFolded(x) ? 1 : x.op.results.length); i++) out[x.first + i] = extent;
  }
  // A row's value is computed from other rows' values, or from what is the same for all rows.
  return m.members.every((x, i) => isFolded(x) || out[x.first] === 'full' || sources[i]!.every((s) => s >= 0 || out[~s] !== 'full')) ? out : undefined;
}

/** 0, 1, 2, .. in scratch memory. */
function numbersFrom0(k: Kit, n: number): number {
  const address = k.scratch(4 * n + 12);
  k.code('numbers from 0', countFunction)((n + 3) >>> 2, address);
  return address;
}

/** (groups of four, where) */
function countFunction(): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32']), v = f.local('v128');
  f.v128(new Uint8Array(Int32Array.of(0, 1, 2, 3).buffer)).set(v);
  return f.repeat(0, () => { f.get(1).get(v).simdMem('v128.store').addConst(1, 16).get(v).i32(4).simd('i32x4.splat').simd('i32x4.add').set(v); });
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
