// Random ops on the `wasm` engine: four Philox counters at a time, one per lane of a vector. Element i comes from the same
// counter as in kernels/random.ts, and what is made of its words is the same arithmetic.
import { type DType, int32, int64 } from '../../graph/dtype.ts';
import { sameShape, sizeOf, typeAttr } from '../kernels/common.ts';
import { M0, M1, type Philox, W0, W1 } from '../kernels/philox.ts';
import { boxMuller, mixed, PER_OUTPUT, reserve } from '../kernels/random.ts';
import { FloatExprs, IntExprs } from '../jit/arith.ts';
import { type Expr, ExprPool, laneShuffle, splatBytes } from '../jit/expr.ts';
import { FunctionBuilder } from '../jit/function.ts';
import { type LaneStorage, laneStorage, type LaneStore, storeLanes } from '../jit/lanes.ts';
import { loopFunction } from '../jit/loops.ts';
import type { MemoryOp } from '../jit/opcodes.ts';
import type { Kit, WasmKernel, WasmValue } from './kit.ts';
import { narrowed } from './matmul.ts';

/** Four vectors whose lane i belongs to block i. */
type Four = readonly [Expr, Expr, Expr, Expr];
const vectors = (x: readonly Expr[]): Four => x as unknown as Four;

/** What becomes of the four words of four blocks: stores in the order of the stream; `perBlock` elements a block. `numbers` are two of 64 bits that the code reads. */
interface Draw {
  readonly key: string;
  readonly perBlock: 2 | 4;
  readonly bytes: 2 | 4 | 8;
  readonly numbers?: readonly [bigint, bigint];
  stores(p: ExprPool, w: Four, numbers: (i: 0 | 1, bits: 32 | 64) => Expr): readonly LaneStore[];
}

/** Steps (of four blocks) in one call. */
const STEPS = 4096;

// ---- the generator

const EVEN = laneShuffle(4, [0, 2, 4, 6]), ODD = laneShuffle(4, [1, 3, 5, 7]);
const word = (p: ExprPool, x: number): Expr => p.constant(splatBytes('i32', x | 0));

/** Ten rounds over four counters. */
function philox(p: ExprPool, counter: Four, key: readonly [Expr, Expr]): Four {
  const xor = (a: Expr, b: Expr): Expr => p.simd('v128.xor', a, b);
  const times = (m: number, x: Expr): [low: Expr, high: Expr] => {
    const parts = [p.simd('i64x2.extmul_low_i32x4_u', word(p, m), x), p.simd('i64x2.extmul_high_i32x4_u', word(p, m), x)] as const;
    return [p.shuffle(EVEN, ...parts), p.shuffle(ODD, ...parts)];
  };
  let c = counter;
  for (let round = 0; round < 10; round++) {
    const [k0, k1] = [p.simd('i32x4.add', key[0], word(p, Math.imul(W0, round))), p.simd('i32x4.add', key[1], word(p, Math.imul(W1, round)))];
    const [low0, high0] = times(M0, c[0]), [low1, high1] = times(M1, c[2]);
    c = [xor(xor(high1, c[1]), k0), low1, xor(xor(high0, c[3]), k1), low0];
  }
  return c;
}
/** A loop over blocks: inputs are their numbers, each standing for 2^shift blocks, and the stream (counter and key, six words; then the numbers of the draw). */
function drawFunction(d: Draw, shift: number): FunctionBuilder {
  const p = new ExprPool();
  const block = p.load('v128.load', 0, 0, 2);
  const stream = Array.from({ length: 6 }, (_, i) => p.load('v128.load32_splat', 1, 4 * i, 1));
  const add = (a: Expr, b: Expr): Expr => p.simd('i32x4.add', a, b);
  const c0 = add(stream[0]!, shift === 0 ? block : p.shift('i32x4.shl', block, shift));
  // A carry beyond the second word would take 2^64 blocks.
  const c1 = p.simd('i32x4.sub', shift === 0 ? stream[1]! : add(stream[1]!, p.shift('i32x4.shr_u', block, 32 - shift)), p.simd('i32x4.lt_u', c0, stream[0]!));
  const w = philox(p, [c0, c1, stream[2]!, stream[3]!], [stream[4]!, stream[5]!]);
  const step: LaneStorage = d.perBlock * d.bytes === 16 ? 'c128' : 'f64'; // bytes from step to step
  return loopFunction([{ storage: step, splat: false }], [{ storage: 'i32', splat: false }, { storage: 'i32', splat: true }], [d.stores(p, w, (i, n) => p.load(n === 32 ? 'v128.load32_splat' : 'v128.load64_splat', 1, 24 + 8 * i, 1))]);
}
/** Draws the blocks of a list (each number standing for 2^shift blocks behind `at`) into `to`, which has room for whole groups of four. */
function draw(k: Kit, d: Draw, at: Philox, list: number, blocks: number, to: number, shift = 0): void {
  const code = k.code(`random.${d.key}.${shift}`, () => drawFunction(d, shift));
  const stream = k.scratch(40);
  k.heap.i32.set([...at.counter, ...at.key, ...(d.numbers ?? []).flatMap((x) => [Number(BigInt.asIntN(32, x)), Number(BigInt.asIntN(32, x >> 32n))])].map((x) => x | 0), stream >>> 2);
  const steps = Math.ceil(blocks / 4), bytes = 4 * d.perBlock * d.bytes;
  for (let s = 0; s < steps; s += STEPS) code(1, Math.min(STEPS, steps - s), to + s * bytes, 0, list + 16 * s, 0, stream, 0);
}
/** The numbers 0, 1, 2, ... in scratch memory. */
function count(k: Kit, n: number): number {
  const at = k.scratch(4 * n), { i32 } = k.heap;
  for (let i = 0, to = at >>> 2; i < n; i++) i32[to + i] = i;
  return at;
}
/** Fills `n` elements from consecutive blocks. */
function fill(k: Kit, d: Draw, at: Philox, n: number, to: number): void {
  const most = 4 * STEPS, whole = Math.floor(n / (4 * d.perBlock)) * 4; // blocks that fill whole groups
  const list = count(k, Math.min(most, whole + 4));
  for (let b = 0; b < whole; b += most) draw(k, d, at.clone().skip(b), list, Math.min(most, whole - b), to + b * d.perBlock * d.bytes);
  const rest = n - whole * d.perBlock;
  if (rest === 0) return;
  const last = k.scratch(64);
  draw(k, d, at.clone().skip(whole), list, 4, last);
  k.move(to + whole * d.perBlock * d.bytes, last, rest * d.bytes);
}

// ---- what is made of the words

/** Vectors whose lane i is element j of block i, as blocks one behind the other. */
function transposed(p: ExprPool, v: Four): Four {
  const mix = (order: number[], a: Expr, b: Expr): Expr => p.shuffle(laneShuffle(4, order), a, b);
  const [a, b, c, d] = [mix([0, 4, 1, 5], v[0], v[1]), mix([2, 6, 3, 7], v[0], v[1]), mix([0, 4, 1, 5], v[2], v[3]), mix([2, 6, 3, 7], v[2], v[3])];
  return [mix([0, 1, 4, 5], a, c), mix([2, 3, 6, 7], a, c), mix([0, 1, 4, 5], b, d), mix([2, 3, 6, 7], b, d)];
}
const bits = (p: ExprPool, w: Expr, mask: number, set: number): Expr => p.simd('v128.or', p.simd('v128.and', w, word(p, mask)), word(p, set));
/** 23 random bits -> [0, 1). */
function toFloat(p: ExprPool, w: Expr): Expr { return p.simd('f32x4.sub', bits(p, w, 0x7fffff, 0x3f800000), p.constant(splatBytes('f32', 1))); }
/** 52 random bits -> [0, 1): vector i has the two numbers of block i. */
function toDoubles(p: ExprPool, w: Four): Four {
  const one = p.constant(splatBytes('f64', 1));
  return vectors(transposed(p, [w[1], bits(p, w[0], 0xfffff, 0x3ff00000), w[3], bits(p, w[2], 0xfffff, 0x3ff00000)]).map((x) => p.simd('f64x2.sub', x, one)));
}
const whole = (v: readonly Expr[]): LaneStore[] => v.map((value, i) => ({ value, bytes: 16, offset: 16 * i }));
/** Vectors of binary32 numbers as elements of a 16- or 32-bit float. */
const encoded = (p: ExprPool, s: LaneStorage, v: Four): LaneStore[] => v.flatMap((x, i) => storeLanes(p, s, [x]).map((t) => ({ ...t, offset: (s === 'f32' ? 16 : 8) * i })));

function uniform(s: LaneStorage): Draw | undefined {
  switch (s) {
    case 'f32': return { key: s, perBlock: 4, bytes: 4, stores: (p, w) => encoded(p, s, transposed(p, vectors(w.map((x) => toFloat(p, x))))) };
    case 'f64': return { key: s, perBlock: 2, bytes: 8, stores: (p, w) => whole(toDoubles(p, w)) };
    case 'f16': case 'bf16': { // 10 or 7 bits, each number exact
      const scale = s === 'f16' ? 1024 : 128;
      const one = (p: ExprPool, x: Expr): Expr => p.simd('f32x4.mul', p.simd('f32x4.convert_i32x4_s', p.simd('v128.and', x, word(p, scale - 1))), p.constant(splatBytes('f32', 1 / scale)));
      return { key: s, perBlock: 4, bytes: 2, stores: (p, w) => encoded(p, s, transposed(p, vectors(w.map((x) => one(p, x))))) };
    }
    default: return undefined;
  }
}
const LOWS = laneShuffle(8, [0, 2]), HIGHS = laneShuffle(8, [1, 3]);
function normal(s: LaneStorage): Draw | undefined {
  switch (s) {
    case 'f16': case 'bf16': case 'f32':
      return { key: `normal.${s}`, perBlock: 4, bytes: s === 'f32' ? 4 : 2, stores: (p, w) => {
        const o = new FloatExprs(p, 32), pair = (u: Expr, v: Expr): [Expr, Expr] => boxMuller<Expr, Expr>(o, toFloat(p, u), toFloat(p, v));
        return encoded(p, s, transposed(p, [...pair(w[0], w[1]), ...pair(w[2], w[3])]));
      } };
    case 'f64':
      return { key: 'normal.f64', perBlock: 2, bytes: 8, stores: (p, w) => {
        const o = new FloatExprs(p, 64), d = toDoubles(p, w);
        return whole([0, 2].flatMap((i) => {
          const [a, b] = [d[i]!, d[i + 1]!];
          const [sine, cosine] = boxMuller<Expr, Expr>(o, p.shuffle(LOWS, a, b), p.shuffle(HIGHS, a, b));
          return [p.shuffle(LOWS, sine, cosine), p.shuffle(HIGHS, sine, cosine)];
        }));
      } };
    default: return undefined;
  }
}
/** lo + word % range. */
function integers(s: 'i32' | 'i64', lo: bigint, range: bigint): Draw {
  const bits = s === 'i32' ? 32 : 64;
  return { key: `int.${s}`, perBlock: bits === 32 ? 4 : 2, bytes: bits === 32 ? 4 : 8, numbers: [lo, range], stores: (p, w, number) => {
    const o = new IntExprs(p, bits, false), one = (x: Expr): Expr => o.add(number(0, bits), o.rem(x, number(1, bits)));
    return whole(bits === 32 ? transposed(p, vectors(w.map(one))) : transposed(p, w).map(one));
  } };
}

/** |z| < 2 by rejection: each group of outputs takes the first good numbers of its own stretch; round r draws block r of the groups that still lack some. */
function truncated(k: Kit, out: WasmValue, at: Philox): void {
  const wide = out.type.storage === 'f64', group = wide ? 2 : 4, d = normal(wide ? 'f64' : 'f32')!;
  let groups = Math.ceil(out.size / group);
  const list = count(k, groups), drawn = k.scratch(16 * groups), taken = k.scratch(groups), to = narrowed(k, out);
  k.fill(taken, groups);
  const pick = k.code(`random.pick.${group}`, () => pickFunction(wide));
  const shift = Math.log2((group * PER_OUTPUT) / 4);
  for (let round = 0; groups > 0; round++) {
    draw(k, d, at.clone().skip(round), list, groups, drawn, shift);
    groups = pick(groups, list, drawn, to.address, taken) as number;
  }
  to.finish();
}
/** (groups, list of them, drawn numbers, result, how many each has): how many groups lack some still; they stay in the list. */
function pickFunction(wide: boolean): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32', 'i32', 'i32'], ['i32']);
  const t = wide ? 'f64' : 'f32', group = wide ? 2 : 4, size = wide ? 8 : 4;
  const p = f.local(), kept = f.local(), g = f.local(), n = f.local(), z = f.local(t);
  f.get(1).set(p).get(1).set(kept);
  f.repeat(0, () => {
    f.get(p).mem('i32.load').tee(g).get(4).op('i32.add').mem('i32.load8_u').set(n);
    for (let i = 0; i < group; i++) {
      f.get(2).mem(`${t}.load` as MemoryOp, i * size).set(z);
      f.get(z).op(`${t}.abs`);
      (wide ? f.f64(2) : f.f32(2)).op(`${t}.lt`).get(n).i32(group).op('i32.lt_s').op('i32.and').if(() => {
        f.get(g).i32(group).op('i32.mul').get(n).op('i32.add').i32(size).op('i32.mul').get(3).op('i32.add').get(z).mem(`${t}.store` as MemoryOp);
        f.addConst(n, 1);
      });
    }
    f.get(g).get(4).op('i32.add').get(n).mem('i32.store8');
    f.get(kept).get(g).mem('i32.store'); // overwritten unless it stays
    f.get(n).i32(group).op('i32.lt_s').i32(2).op('i32.shl').get(kept).op('i32.add').set(kept);
    f.addConst(p, 4).addConst(2, 16);
  });
  return f.get(kept).get(1).op('i32.sub').i32(2).op('i32.shr_u');
}

// ---- kernels

/** The shape asked for; undefined when it is none. */
function shapeOf(k: Kit, s: WasmValue): number[] | undefined {
  if (s.shape.length !== 1) return undefined;
  const shape = k.numbers(s);
  return shape.every((d) => d >= 0) ? shape : undefined;
}
type Maker = (k: Kit, type: DType) => ((out: WasmValue, at: Philox) => void) | undefined;
const filler = (draws: (s: LaneStorage) => Draw | undefined): Maker => (k, type) => {
  const d = draws(laneStorage(type.storage));
  return d && ((out, at) => { fill(k, d, at, out.size, out.address); });
};
const truncatedFiller: Maker = (k, type) => (type.isFloating ? (out, at) => { truncated(k, out, at); } : undefined);

const stateful = (maker: Maker): WasmKernel => (k, [s], node, state) => {
  const shape = shapeOf(k, s!), type = typeAttr(node, 'dtype'), make = maker(k, type);
  if (!shape || !make) return undefined;
  const out = k.make(type, shape);
  make(out, reserve(node, state, out.size * PER_OUTPUT));
  return [out];
};
const stateless = (maker: Maker): WasmKernel => (k, [s, seed], node) => {
  const shape = shapeOf(k, s!), type = typeAttr(node, 'dtype'), make = maker(k, type);
  if (!shape || !make || !sameShape(seed!.shape, [2])) return undefined;
  const out = k.make(type, shape);
  make(out, mixed(k.look(seed!)));
  return [out];
};
const uniformInt = (isStateless: boolean): WasmKernel => (k, x, node, state) => {
  const [s, min, max] = isStateless ? [x[0]!, x[2]!, x[3]!] : [x[0]!, x[1]!, x[2]!];
  const shape = shapeOf(k, s), type = min.type.baseDtype;
  if (!shape || min.shape.length + max.shape.length > 0 || (type !== int32 && type !== int64) || (isStateless && !sameShape(x[1]!.shape, [2]))) return undefined;
  const [lo, hi] = [min, max].map((v) => BigInt((k.look(v).data as Int32Array)[0]!)) as [bigint, bigint];
  if (lo >= hi) return undefined;
  const out = k.make(type, shape);
  const at = isStateless ? mixed(k.look(x[1]!)) : reserve(node, state, sizeOf(shape) * PER_OUTPUT);
  fill(k, integers(type === int32 ? 'i32' : 'i64', lo, hi - lo), at, out.size, out.address);
  return [out];
};

export const randomKernels: readonly (readonly [string, WasmKernel])[] = [
  ['RandomUniform', stateful(filler(uniform))], ['RandomStandardNormal', stateful(filler(normal))], ['TruncatedNormal', stateful(truncatedFiller)], ['RandomUniformInt', uniformInt(false)],
  ['StatelessRandomUniform', stateless(filler(uniform))], ['StatelessRandomNormal', stateless(filler(normal))], ['StatelessTruncatedNormal', stateless(truncatedFiller)], ['StatelessRandomUniformInt', uniformInt(true)],
];
