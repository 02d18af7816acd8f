// A loop cut into shorter ones that take turns on blocks small enough for the nearest cache. A long chain of arithmetic
// leaves the processor nothing to do beside it; in a short loop many elements are on their way at once. Sums over rows
// run along: each row is added to one of the contract's eight lanes as it is made.
import { stridesOf } from '../kernels/common.ts';
import { collapse } from '../kernels/compute.ts';
import { bytesOf, type LaneStorage } from '../jit/lanes.ts';
import { fold, joinParts, LANES, TERMS } from './fold.ts';
import type { Kit } from './kit.ts';
import { type Body, codeFor, ELEMENT, isWhole, type Loop, type Operand, rowCalls, stepsOf } from './map.ts';
import { planMeans } from './reduce.ts';

/** Elements of a block. */
const BLOCK = 4096;

/** What a stage reads: an operand of the whole loop, or what an earlier stage left of this block (beside or among the results). */
export type StageInput = { readonly read: number } | StageOutput;
export type StageOutput = { readonly result: number } | { readonly scratch: number };
/** What is only written: `lanes`: added to the lanes of a sum; `placed`: beside others. */
export type Written = { readonly lanes: number } | { readonly placed: number };
export interface Stage { readonly key: string; readonly body: Body; readonly inputs: readonly StageInput[]; readonly outputs: readonly (StageOutput | Written)[] }

/** Sums over `terms` rows of `outputs` elements. Their addresses follow those of the results. Where a row is one element they
 * are taken block by block from a `value`; else a stage adds it to the lanes. */
export interface Sums { readonly terms: number; readonly outputs: number; readonly of: readonly { readonly value: StageOutput | undefined; readonly mean: boolean }[] }

/** Rows put into those of a wider array, whose address is number `out` after those of the results and the sums. In elements. */
export interface Placed { readonly out: number; readonly storage: LaneStorage; readonly row: number; readonly offset: number }

/** An operand that comes into being while the loop goes on, `most` rows of the last axis at a time, from a multiple of `unit` on, by `products` multiplications in all. */
export interface Growing { readonly read: number; readonly most: number; readonly unit: number; readonly products: number }
/** Makes some rows of a growing operand: asks `place` where they go, tells `done` when they are there. */
export type Grow = (from: number, count: number, place: (from: number, count: number) => number, done: (from: number, count: number) => void) => void;

/** Compiles stages over all elements of `shape`; undefined: the loop does not fall into such blocks. `scratch`: storage of the values between stages. */
export function planStages(k: Kit, shape: readonly number[], outs: readonly LaneStorage[], reads: readonly Operand[], scratch: readonly LaneStorage[], stages: readonly Stage[], sums?: Sums, growing?: Growing, placed: readonly Placed[] = []): Loop | undefined {
  let n = 1;
  for (const d of shape) n *= d;
  const same = reads.map((a) => isWhole(a, shape)), columns = growing || placed.length > 0 ? shape[shape.length - 1]! : sums && sums.outputs > 1 ? sums.outputs : 0;
  const flat = reads.every((a, i) => same[i] || a.shape.every((d) => d === 1));
  const { dims, strides } = flat ? boxOf(n, same, columns) : collapse(shape, reads.map((a) => stepsOf(a, shape)));
  const inner = dims[dims.length - 1]!, each = dims.length === 1 ? 1 : n / dims[0]!;
  if (sums ? n === 0 || dims.length > 2 || each !== sums.outputs : placed.length > 0 ? n === 0 : n < 64 || each > 2 * BLOCK || (!flat && inner < 8)) return undefined;
  if (sums && !flat && inner < 4) return undefined;
  if (columns > 0 && (each !== columns || dims.length !== 2 || (placed.length > 0 && each % 4 > 0))) return undefined;
  const byLanes = sums !== undefined && each > 1, byRows = byLanes || placed.length > 0;
  // What is added up block by block must come in whole blocks.
  if (growing && sums && !byLanes) return undefined;
  const step = !sums ? (scratch.length === 0 ? dims[0]! : Math.max(1, Math.floor(BLOCK / each))) : !byLanes ? 4 * TERMS : scratch.length === 0 ? TERMS : Math.min(TERMS, Math.max(LANES, 2 ** Math.floor(Math.log2(BLOCK / each))));
  const laneBytes = 16 * Math.ceil(each / 4);
  const compiled = stages.map((s) => {
    const storage = (x: StageOutput): LaneStorage => ('result' in x ? outs[x.result]! : scratch[x.scratch]!);
    const operands = s.inputs.map((x): Operand => ('read' in x ? reads[x.read]! : { storage: storage(x), shape }));
    const storages = s.outputs.map((x) => ('lanes' in x ? 'f32' : 'placed' in x ? placed[x.placed]!.storage : storage(x)));
    const code = codeFor(k, s.key, s.body, storages, operands, s.inputs.map((x) => 'read' in x && strides[x.read]![dims.length - 1] === 0), s.outputs.map((x) => 'lanes' in x));
    return { ...s, code, operands, storages, sizes: operands.map((x) => bytesOf(x.storage)), widths: storages.map(bytesOf) };
  });
  const at = (v: StageOutput, o: readonly number[], between: readonly number[], from: number, bytes: number): number => ('result' in v ? o[v.result]! + from * each * bytes : between[v.scratch]!);
  const beside = (p: Placed, o: readonly number[], from: number, bytes: number): number => o[outs.length + (sums?.of.length ?? 0) + p.out]! + (from * p.row + p.offset) * bytes;
  const block = (o: readonly number[], x: readonly number[], between: readonly number[], lanes: readonly number[], from: number, count: number): void => {
    const box = [count, ...dims.slice(1)], own = stridesOf(box);
    for (const s of compiled) {
      const source = s.inputs.map((v, i) => ('read' in v ? x[v.read]! + from * strides[v.read]![0]! * s.sizes[i]! : at(v, o, between, from, s.sizes[i]!)));
      const to = s.outputs.map((v, i) => ('lanes' in v ? lanes[v.lanes]! : 'placed' in v ? beside(placed[v.placed]!, o, from, s.widths[i]!) : at(v, o, between, from, s.widths[i]!)));
      if (byRows) {
        const args = [count, Math.ceil(each / 4)];
        to.forEach((p, i) => { const v = s.outputs[i]!; args.push(p, 'lanes' in v ? laneBytes : ('placed' in v ? placed[v.placed]!.row : each) * s.widths[i]!); });
        source.forEach((p, i) => { const v = s.inputs[i]!; args.push(p, ('read' in v ? strides[v.read]![0]! : each) * s.sizes[i]!); });
        if (s.outputs.some((v) => 'lanes' in v)) args.push(from);
        s.code(...args);
        continue;
      }
      if (!flat) { rowCalls(s.code, box, s.inputs.map((v) => ('read' in v ? strides[v.read]! : own)), s.storages, s.operands, to, source); continue; }
      const args = [1, (count * each + 3) >>> 2];
      for (const p of to) args.push(p, 0);
      for (const p of source) args.push(p, 0);
      s.code(...args);
    }
  };
  // A host may compile only while a run waits: all code is asked for now, before anything is written.
  if (sums) {
    fold(k, 'f32', 'sum', { form: each > 1 ? 'columns' : 'rows', address: 0, outputs: 0, terms: 0, stride: 0 }, 0);
    joinParts(k, 'f32', 'sum', 1, 0, 0, 0, 0);
  }
  const means = sums?.of.some((v) => v.mean) ? planMeans(k, sums.outputs) : undefined;
  const wholeRows = (flat && !byRows) || inner % 4 === 0;
  const overwrites = (out: number, input: number): boolean => {
    const written = stages.findIndex((s) => s.outputs.some((v) => 'result' in v && v.result === out));
    return wholeRows && !stages.some((s, i) => i > written && s.inputs.some((v) => 'read' in v && v.read === input));
  };
  // Threads share rows out at the borders of blocks of terms, and where what is too much of the last group of four lies among a part's own.
  const blocks = sums ? TERMS : flat && !byRows ? 4 : 1;
  const unit = wholeRows ? commonMultiple(blocks, growing?.unit ?? 1) : dims[0]!, products = growing?.products ?? n * stages.length * ELEMENT;
  const grownBytes = growing ? each * bytesOf(reads[growing.read]!.storage) : 0;
  return { overwrites, run: (kit, o, x, grow) => {
    // All memory is there before anything is written: a step that finds none can still run node by node.
    const parts = sums?.of.map(() => kit.scratch(Math.ceil(sums.terms / TERMS) * sums.outputs * 4)) ?? [];
    const spare = sums ? kit.scratch(Math.ceil(sums.terms / TERMS / 2) * sums.outputs * 4 + 4) : 0;
    kit.divide(dims[0]!, unit, products, () => {
      const between = scratch.map((s) => kit.scratch((step * each + 3) * bytesOf(s))), grown = growing ? kit.scratch(growing.most * grownBytes) : 0;
      const first = byLanes ? kit.scratch(parts.length * LANES * laneBytes) : 0, lanes = parts.map((_, i) => first + i * LANES * laneBytes);
      const rows = (a: number, b: number, sources: readonly number[]): void => {
        for (let from = a; from < b;) {
          const count = Math.min(step - from % step, b - from), end = from + count;
          if (byLanes && from % TERMS === 0) kit.fill(first, parts.length * LANES * laneBytes);
          block(o, sources, between, lanes, from, count);
          sums?.of.forEach(({ value }, i) => {
            if (value) addUp(kit, at(value, o, between, from, 4), count, parts[i]! + (from / TERMS) * 4);
            else if (end % TERMS === 0 || end === dims[0]) fold(kit, 'f32', 'sum', { form: 'columns', address: lanes[i]!, outputs: each, terms: LANES, stride: laneBytes }, parts[i]! + Math.floor((end - 1) / TERMS) * each * 4);
          });
          from = end;
        }
      };
      return (from, count) => {
        if (growing) grow!(from, count, () => grown, (r, n) => { rows(r, r + n, x.with(growing.read, grown - r * grownBytes)); });
        else rows(from, from + count, x);
      };
    });
    sums?.of.forEach(({ mean }, i) => {
      const to = o[outs.length + i]!;
      joinParts(kit, 'f32', 'sum', Math.ceil(sums.terms / TERMS), sums.outputs, parts[i]!, spare, to);
      if (mean) means!(kit, to, sums.terms, spare);
    });
  } };
}

/** Dims of a loop whose operands are whole or single elements; in rows of `columns`, unless 0. */
function boxOf(n: number, whole: readonly boolean[], columns: number): { dims: number[]; strides: number[][] } {
  if (columns === 0) return { dims: [n], strides: whole.map((s) => [s ? 1 : 0]) };
  return { dims: [n / columns, columns], strides: whole.map((s) => (s ? [columns, 1] : [0, 0])) };
}

/** The sum of a block of elements, or of several blocks. */
function addUp(k: Kit, address: number, elements: number, to: number): void {
  const whole = Math.floor(elements / TERMS), rest = elements - whole * TERMS;
  if (whole > 0) fold(k, 'f32', 'sum', { form: 'rows', address, outputs: whole, terms: TERMS, stride: TERMS * 4 }, to);
  if (rest > 0) fold(k, 'f32', 'sum', { form: 'rows', address: address + whole * TERMS * 4, outputs: 1, terms: rest, stride: 0 }, to + whole * 4);
}

function commonMultiple(a: number, b: number): number {
  let m = a;
  while (m % b !== 0) m += a;
  return m;
}
