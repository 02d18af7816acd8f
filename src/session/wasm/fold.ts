// The contract's reduction tree as machine code (kernels/reduce.ts tells it in words): blocks of 1,024 terms in eight
// lanes, block sums joined pairwise. Also Max and Min, where the accumulator is the first operand.
import { laneShuffle } from '../jit/expr.ts';
import { FunctionBuilder, type Local } from '../jit/function.ts';
import type { MemoryOp, PlainOp, SimdOp } from '../jit/opcodes.ts';
import type { Kit } from './kit.ts';

export type FoldType = 'f32' | 'f64' | 'i32' | 'i64' | 'u32' | 'u64';
export type FoldOp = 'sum' | 'prod' | 'max' | 'min';
/** Terms of a block. */
export const TERMS = 1024;
/** Lanes a block is added up in: term i goes to lane i mod 8. */
export const LANES = 8;

export const foldBytes = (t: FoldType): 4 | 8 => (t === 'f64' || t === 'i64' || t === 'u64' ? 8 : 4);
const SHAPES = { f32: 'f32x4', f64: 'f64x2', i32: 'i32x4', u32: 'i32x4', i64: 'i64x2', u64: 'i64x2' } as const;

/** Bytes of a vector of the value an empty lane holds. */
function unit(t: FoldType, op: FoldOp): Uint8Array {
  const out = new Uint8Array(16), v = new DataView(out.buffer);
  const low: Readonly<Record<FoldType, number | bigint>> = { f32: -Infinity, f64: -Infinity, i32: -2147483648, u32: 0, i64: -(1n << 63n), u64: 0 };
  const high: Readonly<Record<FoldType, number | bigint>> = { f32: Infinity, f64: Infinity, i32: 2147483647, u32: 4294967295, i64: (1n << 63n) - 1n, u64: (1n << 64n) - 1n };
  const x = op === 'sum' ? 0 : op === 'prod' ? 1 : op === 'max' ? low[t] : high[t];
  for (let at = 0; at < 16; at += foldBytes(t)) {
    if (t === 'f32') v.setFloat32(at, Number(x), true);
    else if (t === 'f64') v.setFloat64(at, Number(x), true);
    else if (t === 'i64' || t === 'u64') v.setBigInt64(at, BigInt(x), true);
    else v.setInt32(at, Number(x) | 0, true);
  }
  return out;
}

/** The top bit of each half. */
const SIGNS = new Uint8Array(BigInt64Array.of(-(1n << 63n), -(1n << 63n)).buffer);
/** Joins the vectors in two locals (the accumulator first), leaving the result on the stack. */
function join(f: FunctionBuilder, t: FoldType, op: FoldOp, a: Local, b: Local): FunctionBuilder {
  const s = SHAPES[t];
  if (op === 'sum' || op === 'prod') return f.get(a).get(b).simd(`${s}.${op === 'sum' ? 'add' : 'mul'}` as SimdOp);
  if (t === 'f32' || t === 'f64') return f.get(a).get(b).simd(`${s}.${op === 'max' ? 'pmax' : 'pmin'}` as SimdOp);
  const less = `${s}.lt_${t === 'u32' ? 'u' : 's'}` as SimdOp, [low, high] = op === 'max' ? [a, b] : [b, a];
  const operand = (x: Local): FunctionBuilder => (t === 'u64' ? f.get(x).v128(SIGNS).simd('v128.xor') : f.get(x)); // no vectors compare u64
  f.get(b).get(a);
  operand(low);
  operand(high).simd(less);
  return f.simd('v128.bitselect');
}

/** (outputs, first term, destination, terms, bytes from output to output): terms side by side. */
export function rowsFunction(t: FoldType, op: FoldOp): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32', 'i32', 'i32']);
  const size = foldBytes(t), vectors = size === 4 ? 2 : 4;
  const acc = Array.from({ length: vectors }, () => f.local('v128')), x = f.local('v128');
  const p = f.local(), left = f.local();
  const u = unit(t, op);
  f.repeat(0, () => {
    for (const a of acc) f.v128(u).set(a);
    f.get(1).set(p).get(3).i32(3).op('i32.shr_u').set(left);
    f.repeat(left, () => {
      acc.forEach((a, v) => { f.get(p).simdMem('v128.load', 16 * v).set(x); join(f, t, op, a, x).set(a); });
      f.addConst(p, 8 * size);
    });
    f.get(3).i32(7).op('i32.and').tee(left).if(() => {
      acc.forEach((a, v) => {
        const lanes = new Int32Array(4).map((_, i) => (size === 4 ? 4 * v + i : 2 * v + (i >> 1)));
        f.get(p).simdMem('v128.load', 16 * v).v128(u).get(left).simd('i32x4.splat').v128(new Uint8Array(lanes.buffer)).simd('i32x4.gt_s').simd('v128.bitselect').set(x);
        join(f, t, op, a, x).set(a);
      });
    });
    const fold = (a: Local, b: Local): void => { join(f, t, op, a, b).set(a); };
    if (size === 4) {
      fold(acc[0]!, acc[1]!); // lanes (0+4, 1+5, 2+6, 3+7)
      f.get(acc[0]!).get(acc[0]!).shuffle(laneShuffle(8, [1, 1])).set(x);
      fold(acc[0]!, x);
      f.get(acc[0]!).get(acc[0]!).shuffle(laneShuffle(4, [1, 1, 1, 1])).set(x);
    } else {
      fold(acc[0]!, acc[2]!);
      fold(acc[1]!, acc[3]!);
      fold(acc[0]!, acc[1]!);
      f.get(acc[0]!).get(acc[0]!).shuffle(laneShuffle(8, [1, 1])).set(x);
    }
    fold(acc[0]!, x);
    f.get(2).get(acc[0]!).laneMem(size === 4 ? 'v128.store32_lane' : 'v128.store64_lane', 0);
    if ((op === 'max' || op === 'min') && (t === 'f32' || t === 'f64')) firstZero(f, t, p);
    f.addConst(2, size).addLocal(1, 4);
  });
  return f;
}
/** Among zeros of both signs the first one is the extremum; lanes do not know which that was. */
function firstZero(f: FunctionBuilder, t: 'f32' | 'f64', p: Local): void {
  const load = `${t}.load` as MemoryOp, equal = `${t}.eq` as PlainOp;
  const zero = (): FunctionBuilder => (t === 'f32' ? f.f32(0) : f.f64(0));
  f.get(2).mem(load);
  zero().op(equal).if(() => {
    f.get(1).set(p);
    f.loop((again) => {
      f.get(2).get(p).mem(load).mem(`${t}.store` as MemoryOp);
      f.get(p).i32(foldBytes(t)).op('i32.add').set(p);
      f.get(2).mem(load);
      zero().op(equal).op('i32.eqz').brIf(again);
    });
  });
}

/** (vectors of outputs, first term, destination, terms, bytes from term to term): outputs side by side. */
export function columnsFunction(t: FoldType, op: FoldOp): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32', 'i32', 'i32']);
  const sequential = op === 'max' || op === 'min';
  const acc = Array.from({ length: sequential ? 1 : 8 }, () => f.local('v128')), x = f.local('v128');
  const p = f.local(), left = f.local();
  const add = (a: Local): void => { f.get(p).simdMem('v128.load').set(x); join(f, t, op, a, x).set(a); f.addLocal(p, 4); };
  f.repeat(0, () => {
    for (const a of acc) f.v128(unit(t, op)).set(a);
    f.get(1).set(p);
    if (sequential) { f.get(3).set(left); f.repeat(left, () => { add(acc[0]!); }); } else {
      f.get(3).i32(3).op('i32.shr_u').set(left);
      f.repeat(left, () => { for (const a of acc) add(a); });
      f.get(3).i32(7).op('i32.and').set(left);
      f.block((end) => { acc.slice(0, 7).forEach((a, i) => { f.get(left).i32(i).op('i32.le_s').brIf(end); add(a); }); });
      for (const [a, b] of [[0, 4], [2, 6], [0, 2], [1, 5], [3, 7], [1, 3], [0, 1]] as const) join(f, t, op, acc[a]!, acc[b]!).set(acc[a]!);
    }
    f.get(2).get(acc[0]!).simdMem('v128.store');
    f.addConst(1, 16).addConst(2, 16);
  });
  return f;
}

/** (pairs, vectors of a block sum, source, destination, bytes of a block sum): neighbours joined. */
function pairsFunction(t: FoldType, op: FoldOp): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32', 'i32', 'i32']);
  const a = f.local('v128'), b = f.local('v128'), p = f.local(), q = f.local(), left = f.local();
  return f.repeat(0, () => {
    f.get(2).set(p).get(3).set(q).get(1).set(left);
    f.repeat(left, () => {
      f.get(p).simdMem('v128.load').set(a).get(p).get(4).op('i32.add').simdMem('v128.load').set(b);
      f.get(q);
      join(f, t, op, a, b).simdMem('v128.store').addConst(p, 16).addConst(q, 16);
    });
    f.get(2).get(4).i32(1).op('i32.shl').op('i32.add').set(2).addLocal(3, 4);
  });
}

/** Terms in memory: side by side (`rows`, outputs `stride` bytes apart) or with outputs side by side (`columns`, terms `stride` bytes apart). */
export interface Terms { readonly form: 'rows' | 'columns'; readonly address: number; readonly outputs: number; readonly terms: number; readonly stride: number }

/** Reduces into `out` (may write up to a vector too much behind it). */
export function fold(k: Kit, t: FoldType, op: FoldOp, x: Terms, out: number): void {
  const size = foldBytes(t), perVector = 16 / size;
  const code = k.code(`fold.${x.form}.${t}.${op}`, () => (x.form === 'rows' ? rowsFunction(t, op) : columnsFunction(t, op)));
  const vectors = Math.ceil(x.outputs / perVector);
  const block = (first: number, terms: number, to: number): void => {
    if (x.form === 'rows') code(x.outputs, x.address + first * size, to, terms, x.stride);
    else code(vectors, x.address + first * x.stride, to, terms, x.stride);
  };
  if (x.outputs === 0) return;
  if (op === 'max' || op === 'min' || x.terms <= TERMS) { block(0, x.terms, out); return; }
  const n = Math.ceil(x.terms / TERMS), bytes = x.outputs * size;
  const parts = k.scratch(n * bytes);
  for (let b = 0; b < n; b++) block(b * TERMS, Math.min(TERMS, x.terms - b * TERMS), parts + b * bytes);
  joinParts(k, t, op, n, x.outputs, parts, k.scratch(((n + 1) >> 1) * bytes), out);
}

/** Joins the reductions of n blocks of terms, neighbours with neighbours. Overwrites them and the `spare` block of half their size. */
export function joinParts(k: Kit, t: FoldType, op: FoldOp, parts: number, outputs: number, address: number, spare: number, out: number): void {
  const bytes = outputs * foldBytes(t), vectors = Math.ceil(bytes / 16);
  let n = parts, from = address, to = spare;
  const pairs = k.code(`fold.pairs.${t}.${op}`, () => pairsFunction(t, op));
  while (n > 1) {
    const half = n >> 1;
    pairs(half, vectors, from, to, bytes);
    if (n % 2 === 1) k.move(to + half * bytes, from + (n - 1) * bytes, bytes);
    n = half + (n & 1);
    [from, to] = [to, from];
  }
  k.move(out, from, bytes);
}
