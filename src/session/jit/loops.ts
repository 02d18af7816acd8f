// From expressions to a loop: one function over `rows` rows of `steps` groups of four elements. Nodes of level 1 are
// computed once per row, nodes used more than once are kept in locals.
import type { Expr, LaneWork } from './expr.ts';
import { FunctionBuilder, type Local } from './function.ts';
import { type LaneStorage, type LaneStore, bytesOf } from './lanes.ts';
import { calleeIndex } from './module.ts';

/** `lanes`: an output that is added to one of eight lanes (binary32, `stride` bytes apart), row i to lane i mod 8. */
export interface LoopOperand { readonly storage: LaneStorage; readonly splat: boolean; readonly lanes?: boolean }

/** Steps one after the other from which on groups are woven, and nodes up to which the code stays short; nodes up to which counting and moving on take as long as they. */
const LONG = 16, MOST = 512, FEW = 8;
/**
 * How many groups are to be done side by side: where each is one long chain of steps, a processor that waits for one works
 * on the others, as far as registers suffice (nodes by steps: values alive at a time). Where each is hardly any work, two at a time.
 */
export function weaveOf(stores: readonly (readonly LaneStore[])[]): 1 | 2 | 4 {
  const depths = new Map<Expr, number>();
  let calls = false;
  const depth = (e: Expr): number => {
    let d = depths.get(e);
    if (d === undefined) {
      if (e.work.kind === 'lanes') calls = true;
      depths.set(e, d = e.level < 2 ? 0 : 1 + e.args.reduce((m, a) => Math.max(m, depth(a)), 0));
    }
    return d;
  };
  const longest = stores.flat().reduce((m, s) => Math.max(m, depth(s.value)), 0), width = depths.size / longest;
  if (!calls && depths.size <= FEW) return 2;
  if (calls || longest < LONG || depths.size > MOST || width > 5) return 1;
  return width > 3.2 ? 2 : 4;
}

/**
 * A function of i32s (rows, steps, then per output and input: pointer, bytes from row to row; with lanes the number of the
 * first row). Rows of an output are written in order, each rounded up to four elements, so what a row writes too much the
 * next one overwrites. `woven`: the stores of some groups, which are computed side by side.
 */
export function loopFunction(outputs: readonly LoopOperand[], inputs: readonly LoopOperand[], stores: readonly (readonly LaneStore[])[], woven?: { readonly groups: number; readonly stores: readonly (readonly LaneStore[])[] }): FunctionBuilder {
  const operands = [...outputs, ...inputs];
  const summing = outputs.some((o) => o.lanes), row = 2 + 2 * operands.length;
  const f = new FunctionBuilder(Array.from({ length: row + (summing ? 1 : 0) }, () => 'i32' as const));
  const pointer = (i: number): Local => 2 + 2 * i, stride = (i: number): Local => 3 + 2 * i;
  const cursor = operands.map(() => f.local());
  const left = f.local();
  const emitter = new Emitter(f, (input) => cursor[outputs.length + input]!);
  emitter.count([...stores, ...woven?.stores ?? []].flat().map((s) => s.value));
  /** Everything is read before anything is written: an output may lie where an input does. */
  const groups = (count: number, list: readonly (readonly LaneStore[])[]): void => {
    const roots = list.flat().map((s) => s.value);
    f.repeat(left, () => {
      emitter.forget();
      const values = roots.length > 1 ? roots.map((r) => emitter.kept(r)) : undefined;
      let at = 0;
      list.forEach((own, k) => {
        for (const s of own) {
          f.get(cursor[k]!);
          if (outputs[k]!.lanes) f.get(cursor[k]!).simdMem('v128.load');
          if (values) f.get(values[at++]!); else emitter.value(s.value);
          if (outputs[k]!.lanes) f.simd('f32x4.add');
          if (s.bytes === 16) f.simdMem('v128.store', s.offset);
          else f.laneMem(s.bytes === 4 ? 'v128.store32_lane' : 'v128.store64_lane', 0, s.offset);
        }
      });
      operands.forEach((o, i) => { if (!o.splat) f.addConst(cursor[i]!, 4 * count * bytesOf(o.storage)); });
    });
  };
  f.repeat(0, () => {
    operands.forEach((o, i) => {
      f.get(pointer(i));
      if (o.lanes) f.get(row).i32(7).op('i32.and').get(stride(i)).op('i32.mul').op('i32.add');
      f.set(cursor[i]!);
    });
    emitter.hoist();
    if (woven) {
      f.get(1).i32(Math.log2(woven.groups)).op('i32.shr_u').set(left);
      groups(woven.groups, woven.stores);
      f.get(1).i32(woven.groups - 1).op('i32.and').set(left);
    } else f.get(1).set(left);
    groups(1, stores);
    operands.forEach((o, i) => { if (!o.lanes) f.addLocal(pointer(i), stride(i)); });
    if (summing) f.addConst(row, 1);
  });
  return f;
}

/** Writes expressions as stack code. */
export class Emitter {
  readonly #f: FunctionBuilder;
  readonly #cursor: (input: number) => Local;
  readonly #uses = new Map<Expr, number>();
  readonly #once: Expr[] = [];
  readonly #local = new Map<Expr, Local>();
  #row: ReadonlyMap<Expr, Local> = new Map();

  constructor(f: FunctionBuilder, cursor: (input: number) => Local) { this.#f = f; this.#cursor = cursor; }

  /** Counts the uses of every node and finds what is worth computing once per row. */
  count(roots: readonly Expr[]): void {
    const once = new Set<Expr>();
    const visit = (e: Expr, from: number): void => {
      if (e.level === 1 && from === 2) once.add(e);
      const n = this.#uses.get(e) ?? 0;
      this.#uses.set(e, n + 1);
      if (n === 0) for (const a of e.args) visit(a, e.level);
    };
    for (const r of roots) visit(r, 2);
    this.#once.push(...once);
  }
  /** Computes the nodes of level 1. */
  hoist(): void {
    this.#local.clear();
    for (const e of this.#once) {
      if (this.#local.has(e)) continue;
      this.value(e);
      const l = this.#f.local('v128');
      this.#f.set(l);
      this.#local.set(e, l);
    }
    this.#row = new Map(this.#local);
  }
  /** Starts the body of the inner loop: only what the row computed is known. */
  forget(): void {
    this.#local.clear();
    for (const [e, l] of this.#row) this.#local.set(e, l);
  }

  /** Computes a node into a local. */
  kept(e: Expr): Local {
    let l = this.#local.get(e);
    if (l === undefined) {
      this.value(e);
      l = this.#f.local('v128');
      this.#f.set(l);
    }
    return l;
  }
  value(e: Expr): void {
    const f = this.#f;
    const known = this.#local.get(e);
    if (known !== undefined) { f.get(known); return; }
    const { work } = e;
    switch (work.kind) {
      case 'const': f.v128(work.bytes); return;
      case 'load': f.get(this.#cursor(work.input)).simdMem(work.op, work.offset); break;
      case 'lanes': this.#lanes(work.work, e.args); break;
      default:
        for (const a of e.args) this.value(a);
        if (work.kind === 'simd') f.simd(work.op);
        else if (work.kind === 'shift') f.i32(work.by).simd(work.op);
        else f.shuffle(work.bytes);
    }
    if (this.#uses.get(e)! > 1) {
      const l = f.local('v128');
      f.tee(l);
      this.#local.set(e, l);
    }
  }

  #lanes(w: LaneWork, args: readonly Expr[]): void {
    const f = this.#f, s = w.scalar;
    const from = args.map((a) => { this.value(a); const l = f.local('v128'); f.set(l); return l; });
    const each = (): void => {
      f.zero();
      for (let lane = 0; lane < w.lanes; lane++) {
        for (const l of w.rare ? from.slice(0, -1) : from) f.get(l).lane(w.extract, lane);
        if ('op' in s) f.op(s.op);
        else if ('misc' in s) f.misc(s.misc);
        else f.call(calleeIndex(s.call));
        f.lane(w.replace, lane);
      }
    };
    if (!w.rare) { each(); return; }
    const result = f.local('v128');
    f.zero().set(result).get(from[from.length - 1]!).simd('v128.any_true').if(() => { each(); f.set(result); });
    f.get(result);
  }
}
