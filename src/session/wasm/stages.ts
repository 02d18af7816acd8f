// A loop cut into shorter ones that take turns on blocks small enough for the nearest cache. A long chain of arithmetic
// leaves the processor nothing to do beside it; in a short loop many elements are on their way at once. Sums run along, as
// the contract adds up: over rows, each row is added to one of eight lanes as it is made; over everything, 1,024 terms at a
// time. So do folds of single rows (a maximum, a sum), whose results the stages behind them read.
import { stridesOf } from '../kernels/common.ts';
import { bytesOf, type LaneStorage } from '../jit/lanes.ts';
import { fold, type FoldOp, joinParts, LANES, TERMS } from './fold.ts';
import type { Kit } from './kit.ts';
import { type Body, codeFor, ELEMENT, isWhole, type Loop, type Operand, rowCalls } from './map.ts';
import { planMeans } from './reduce.ts';
import type { Columns } from './roots.ts';
import { type Rows, rowsOf } from './row_box.ts';

/** Elements of a block; of one whose rows are folded, which takes more calls. */
const BLOCK = 4096, FOLDED = 1 << 14;
/** Rows of a loop without values between its stages are done in calls of so many elements. */
const CALL = 1 << 16;

/** A value of the loop: all its elements, or (`row`) one for each row. */
export interface Held { readonly storage: LaneStorage; readonly row: boolean }
/** Where such a value is: among the results, or (of this block only) in scratch memory. */
export type Place = { readonly result: number } | { readonly scratch: number };
/** What a stage reads: an operand of the whole loop, or what came before it. */
export type StageInput = { readonly read: number } | Place;
/** What is only written: `lanes`: added to the lanes of a sum; `placed`: beside others. */
export type Written = { readonly lanes: number } | { readonly placed: number };
/** `row`: over values of which each row has one. */
export interface Stage { readonly key: string; readonly body: Body; readonly row: boolean; readonly inputs: readonly StageInput[]; readonly outputs: readonly (Place | Written)[] }
/** Every row of a value made one element. */
export interface RowFold { readonly fold: FoldOp; readonly of: StageInput; readonly to: Place }

/** Sums over `terms` rows of `outputs` elements, for each of `groups`. Their addresses follow those of the results. Where a row is one element they
 * are taken block by block from a `value`; else a stage adds it to the lanes. */
export interface Sums extends Columns { readonly of: readonly { readonly value: Place | undefined; readonly mean: boolean }[] }

/** Rows put into those of a wider array, whose address is number `out` after those of the results and the sums. In elements. */
export interface Placed { readonly out: number; readonly storage: LaneStorage; readonly row: number; readonly offset: number }

/** An operand that comes into being while the loop goes on, `most` rows of the last axis at a time, from a multiple of `unit` on, by `products` multiplications in all. `result`: it is a result too, and grows there. */
export interface Growing { readonly read: number; readonly result: number | undefined; readonly most: number; readonly unit: number; readonly products: number }
/** Makes some rows of a growing operand: asks `place` where they go, tells `done` when they are there. */
export type Grow = (from: number, count: number, place: (from: number, count: number) => number, done: (from: number, count: number) => void) => void;

/** A loop over all elements of `shape`. */
export interface Staged {
  readonly shape: readonly number[];
  readonly results: readonly Held[];
  readonly reads: readonly Operand[];
  readonly scratch: readonly Held[];
  readonly work: readonly (Stage | RowFold)[];
  readonly sums?: Sums | undefined;
  readonly growing?: Growing | undefined;
  readonly placed: readonly Placed[];
}
const isFold = (w: Stage | RowFold): w is RowFold => 'fold' in w;

/** Compiles such a loop; undefined: it does not fall into blocks, or not into blocks worth it. */
export function planStages(k: Kit, plan: Staged): Loop | undefined {
  const { shape, results, reads, scratch, work, sums, growing, placed } = plan;
  const folds = work.some(isFold), byLanes = sums !== undefined && sums.outputs > 1, byRows = folds || byLanes || placed.length > 0;
  const columns = folds || growing || placed.length > 0 ? shape[shape.length - 1]! : byLanes ? sums.outputs : 0;
  const borders = reads.flatMap((r) => r.within ?? []), padded = borders.length > 0;
  const box = rowsOf(shape, reads, columns, Math.min(2 * BLOCK, borders.reduce(commonDivisor, 0) || Infinity, sums && !byLanes ? sums.terms : Infinity));
  if (!box || (byLanes && box.each !== sums.outputs) || (placed.length > 0 && box.each % 4 > 0) || borders.some((b) => b % box.each > 0) || (sums && !byLanes && sums.terms % box.each > 0)) return undefined;
  const { dims, strides, level, each, total, flat } = box, inner = dims[dims.length - 1]!, along = dims[level]!;
  if (!sums && !folds && !padded && placed.length === 0 && (total * each < 64 || (!flat && inner < 8) || (level > 0 && along * each < 256))) return undefined;
  if (byLanes && inner < 4) return undefined;
  const fit = Math.max(1, Math.floor((folds ? FOLDED : BLOCK) / each)), blocks = folds && fit >= 4 ? fit - fit % 4 : fit;
  const step = byLanes ? (scratch.length === 0 ? TERMS : Math.min(TERMS, Math.max(LANES, 2 ** Math.floor(Math.log2(blocks))))) : scratch.length === 0 && !sums && !padded ? Math.max(1, Math.floor(CALL / each)) : blocks;
  const laneBytes = 16 * Math.ceil(each / 4);
  const held = (x: Place): Held => ('result' in x ? results[x.result]! : scratch[x.scratch]!);
  const single = reads.map((a) => a.shape.every((d) => d === 1)), whole = reads.map((a) => isWhole(a, shape));
  const compiled = work.map((s) => {
    if (isFold(s)) return { ...s, size: bytesOf('read' in s.of ? reads[s.of.read]!.storage : held(s.of).storage) };
    const stores = s.outputs.map((v) => ('lanes' in v ? 'f32' : 'placed' in v ? placed[v.placed]!.storage : held(v).storage));
    const loads = s.inputs.map((v): Operand => ('read' in v ? reads[v.read]! : { storage: held(v).storage, shape }));
    const still = s.inputs.map((v) => ('read' in v ? strides[v.read]![s.row ? level : dims.length - 1] === 0 : !s.row && held(v).row));
    const code = codeFor(k, s.key, s.body, stores, loads, still, s.outputs.map((v) => 'lanes' in v));
    const straight = s.row || (s.inputs.every((v) => ('read' in v ? whole[v.read]! || single[v.read]! : !held(v).row)) && s.outputs.every((v) => 'result' in v || 'scratch' in v));
    return { ...s, code, loads, stores, straight, sizes: loads.map((x) => bytesOf(x.storage)), widths: stores.map(bytesOf), counted: s.outputs.some((v) => 'lanes' in v) };
  });
  // Rows of one element each lie side by side, or the stage over them does not work.
  if (work.some((s) => !isFold(s) && s.row && s.inputs.some((v) => 'read' in v && strides[v.read]![level]! > 1))) return undefined;
  const summed = new Set(sums?.of.flatMap(({ value }) => (value && 'scratch' in value ? [value.scratch] : [])));
  /** Rows of a group of sums, and blocks of its terms. */
  const turn = sums ? sums.terms * sums.outputs / each : total, parted = sums ? Math.ceil(sums.terms / TERMS) : 0;
  /** What is left of terms before a row that are no whole block of the contract's. */
  const carried = (from: number): number => (from % turn * each) % TERMS;
  const run = (kit: Kit, o: readonly number[], x: readonly number[], between: readonly number[], lanes: readonly number[], zeros: number, from: number, count: number): void => {
    const offsets = offsetsOf(box, from), absent = padded ? reads.map(({ within }) => within !== undefined && (from * each < within[0] || from * each >= within[1])) : undefined;
    const at = (v: StageInput, bytes: number): number => {
      if ('read' in v && absent?.[v.read]) return zeros;
      if ('read' in v) return x[v.read]! + offsets[v.read]! * bytes;
      if ('result' in v) return o[v.result]! + from * (results[v.result]!.row ? 1 : each) * bytes;
      return between[v.scratch]! + (summed.has(v.scratch) ? carried(from) * bytes : 0);
    };
    for (const s of compiled) {
      if ('fold' in s) {
        const rows = { form: 'rows', address: at(s.of, s.size), outputs: count, terms: each, stride: each * s.size } as const, to = at(s.to, 4);
        if (each <= TERMS) fold(kit, 'f32', s.fold, rows, to); else kit.call(() => { fold(kit, 'f32', s.fold, rows, to); return undefined; }); // scratch ends with it
        continue;
      }
      const from4 = s.inputs.map((v, i) => at(v, s.sizes[i]!));
      const to = s.outputs.map((v, i) => {
        if ('lanes' in v) return lanes[v.lanes]!;
        if (!('placed' in v)) return at(v, s.widths[i]!);
        const p = placed[v.placed]!;
        return o[results.length + (sums?.of.length ?? 0) + p.out]! + (from * p.row + p.offset) * s.widths[i]!;
      });
      if (s.straight) {
        const args = [1, ((s.row ? count : count * each) + 3) >>> 2];
        for (const p of to) args.push(p, 0);
        for (const p of from4) args.push(p, 0);
        s.code(...args);
      } else if (dims.length - level === 2) {
        const args = [count, (each + 3) >>> 2];
        to.forEach((p, i) => { const v = s.outputs[i]!; args.push(p, 'lanes' in v ? laneBytes : ('placed' in v ? placed[v.placed]!.row : each) * s.widths[i]!); });
        from4.forEach((p, i) => { const v = s.inputs[i]!; args.push(p, ('read' in v ? (absent?.[v.read] ? 0 : strides[v.read]![level]!) : held(v).row ? 1 : each) * s.sizes[i]!); });
        if (s.counted) args.push(from % turn);
        s.code(...args);
      } else {
        const part = [count, ...dims.slice(level + 1)], own = stridesOf(part);
        rowCalls(s.code, part, s.inputs.map((v) => ('read' in v ? strides[v.read]!.slice(level).map((n, i) => (i === 0 && absent?.[v.read] ? 0 : n)) : own)), s.stores, s.loads, to, from4);
      }
    }
  };
  // A host may compile only while a run waits: all code is asked for now, before anything is written.
  if (sums) {
    fold(k, 'f32', 'sum', { form: byLanes ? 'columns' : 'rows', address: 0, outputs: 0, terms: 0, stride: 0 }, 0);
    joinParts(k, 'f32', 'sum', 1, 0, 0, 0, 0);
  }
  for (const s of work) if (isFold(s)) { fold(k, 'f32', s.fold, { form: 'rows', address: 0, outputs: 0, terms: 0, stride: 0 }, 0); if (s.fold === 'sum') joinParts(k, 'f32', 'sum', 1, 0, 0, 0, 0); }
  const means = sums?.of.some((v) => v.mean) ? planMeans(k, sums.groups * sums.outputs) : undefined;
  const wholeRows = ((flat && !byRows) || inner % 4 === 0) && [...borders, turn * each].every((b) => b % 4 === 0 || b === total * each);
  const overwrites = (out: number, input: number): boolean => {
    const written = work.findIndex((s) => !isFold(s) && s.outputs.some((v) => 'result' in v && v.result === out));
    return wholeRows && !results[out]!.row && !work.some((s, i) => i > written && (isFold(s) ? [s.of] : s.inputs).some((v) => 'read' in v && v.read === input));
  };
  const widest = Math.max(...reads.map((r) => bytesOf(r.storage)));
  const unit = unitOf(box, plan, step, turn), products = growing?.products ?? total * each * work.length * ELEMENT;
  const grownBytes = growing ? each * bytesOf(reads[growing.read]!.storage) : 0;
  // A growing operand may come where a result is to be (or is one): what makes it need not wait for memory as a loop does that only copies.
  const home = !growing ? -1 : growing.result ?? (each % 4 > 0 ? -1 : results.findIndex((r, i) => !r.row && r.storage === reads[growing.read]!.storage && overwrites(i, growing.read)));
  return { overwrites, run: (kit, o, x, grow) => {
    // All memory is there before anything is written: a step that finds none can still run node by node.
    const parts = sums?.of.map(() => kit.scratch(sums.groups * parted * sums.outputs * 4)) ?? [];
    const spare = sums ? kit.scratch(Math.ceil(parted / 2) * sums.outputs * 4 + 4) : 0;
    kit.divide(total, unit, products, () => {
      const between = scratch.map((s, i) => kit.scratch((s.row ? step + 3 : step * each + (summed.has(i) ? TERMS : 0) + 3) * bytesOf(s.storage)));
      const grown = growing && home < 0 ? kit.scratch(growing.most * grownBytes) : 0;
      const zeros = padded ? blank(kit, (compiled.some((s) => 'straight' in s && s.straight) || dims.length - level === 1 ? step * each : each) * widest) : 0;
      const first = byLanes ? kit.scratch(parts.length * LANES * laneBytes) : 0, lanes = parts.map((_, i) => first + i * LANES * laneBytes);
      const rows = (a: number, b: number, sources: readonly number[]): void => {
        for (let from = a; from < b;) {
          const within = from % turn, group = (from - within) / turn;
          const count = Math.min(turn - within, step - within % step, along - from % along, b - from, ...borders.flatMap((x) => (x > from * each ? [x / each - from] : []))), end = from + count;
          if (byLanes && within % TERMS === 0) kit.fill(first, parts.length * LANES * laneBytes);
          run(kit, o, sources, between, lanes, zeros, from, count);
          sums?.of.forEach(({ value }, i) => {
            if (value) {
              const carry = carried(from), address = 'result' in value ? o[value.result]! + (from * each - carry) * 4 : between[value.scratch]!;
              addUp(kit, address, carry + count * each, within + count === turn, parts[i]! + (group * parted + (within * each - carry) / TERMS) * 4);
            } else if ((within + count) % TERMS === 0 || within + count === turn) fold(kit, 'f32', 'sum', { form: 'columns', address: lanes[i]!, outputs: each, terms: LANES, stride: laneBytes }, parts[i]! + (group * parted + Math.floor((within + count - 1) / TERMS)) * each * 4);
          });
          // What is no whole block goes before what comes next.
          const left = carried(end), moved = Math.floor((carried(from) + count * each) / TERMS) * TERMS * 4;
          if (left > 0 && moved > 0 && end < total) for (const s of summed) kit.move(between[s]!, between[s]! + moved, left * 4);
          from = end;
        }
      };
      return (from, count) => {
        if (growing && home >= 0) grow!(from, count, (r) => o[home]! + r * grownBytes, (r, n) => { rows(r, r + n, x.with(growing.read, o[home]!)); });
        else if (growing) grow!(from, count, () => grown, (r, n) => { rows(r, r + n, x.with(growing.read, grown - r * grownBytes)); });
        else rows(from, from + count, x);
      };
    });
    sums?.of.forEach(({ mean }, i) => {
      const to = o[results.length + i]!;
      // From the last on: what the joining of a group writes too much lies in the next.
      if (parted === 1) kit.move(to, parts[i]!, sums.groups * sums.outputs * 4);
      else for (let g = sums.groups - 1; g >= 0; g--) joinParts(kit, 'f32', 'sum', parted, sums.outputs, parts[i]! + g * parted * sums.outputs * 4, spare, to + g * sums.outputs * 4);
      if (mean) means!(kit, to, sums.terms, spare);
    });
  } };
}

/** So many bytes of 0, and what is read too much behind them. */
function blank(k: Kit, bytes: number): number {
  const at = k.scratch(bytes + 64);
  k.fill(at, bytes + 64);
  return at;
}
/** Rows at whose multiples threads may share the loop out: at the borders of blocks of terms, and where what is written too
 * much behind the last group of four lies among a part's own. All of them: nowhere. */
function unitOf({ dims, level, each, total, flat }: Rows, { results, sums, growing, placed }: Staged, step: number, turn: number): number {
  const inner = dims[dims.length - 1]!, byLanes = sums !== undefined && sums.outputs > 1, rowResults = results.some((r) => r.row);
  const exact = inner % 4 === 0 || (flat && dims.length === 1 && !growing) || (!byLanes && placed.length === 0 && results.every((r) => r.row));
  // Blocks of rows begin and end at multiples of four.
  const fours = !growing && step % 4 === 0 && (level === 0 || dims[level]! % 4 === 0);
  if (!exact || (rowResults && !fours)) return total;
  const block = sums && sums.groups > 1 ? commonMultiple(turn, 4) : byLanes ? TERMS : TERMS / Math.min(TERMS, each & -each); // so many rows are whole blocks of terms
  return commonMultiple(sums ? block : rowResults || each % 4 > 0 ? 4 : 1, commonMultiple(growing?.unit ?? 1, rowResults ? 4 : 1));
}

/** Where the operands' elements of a row begin, in elements. */
function offsetsOf({ dims, strides, level }: Rows, row: number): number[] {
  const along = dims[level]!, at = row % along, out = strides.map((s) => at * s[level]!);
  for (let d = level - 1, rest = Math.floor(row / along); d >= 0; rest = Math.floor(rest / dims[d]!), d--) {
    const i = rest % dims[d]!;
    if (i > 0) strides.forEach((s, k) => { out[k]! += i * s[d]!; });
  }
  return out;
}

/** The sums of blocks of elements; of the rest too, when no more will come. */
function addUp(k: Kit, address: number, elements: number, all: boolean, to: number): void {
  const whole = Math.floor(elements / TERMS), rest = elements - whole * TERMS;
  if (whole > 0) fold(k, 'f32', 'sum', { form: 'rows', address, outputs: whole, terms: TERMS, stride: TERMS * 4 }, to);
  if (rest > 0 && all) fold(k, 'f32', 'sum', { form: 'rows', address: address + whole * TERMS * 4, outputs: 1, terms: rest, stride: 0 }, to + whole * 4);
}

function commonDivisor(a: number, b: number): number { return b === 0 ? a : commonDivisor(b, a % b); }
function commonMultiple(a: number, b: number): number {
  let m = a;
  while (m % b !== 0) m += a;
  return m;
}
