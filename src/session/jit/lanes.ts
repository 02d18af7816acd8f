// How four elements of each dtype become vectors of their compute format and go back: the 16-bit floats compute in
// binary32, small integers in 32 bits, bools as masks, 64-bit formats in two vectors, complex numbers as real and
// imaginary vectors.
import type { Storage } from '../../graph/dtype.ts';
import { InternalFault } from '../../graph/errors.ts';
import { type Expr, type ExprPool, laneShuffle, splatBytes } from './expr.ts';
import type { SimdOp } from './opcodes.ts';

/** Vectors of four elements: parts in order; complex: real parts, then imaginary ones. */
export type Lanes = readonly Expr[];

export type LaneStorage = Exclude<Storage, 'string' | 'none'>;
const BYTES: Readonly<Record<LaneStorage, number>> = { bool: 1, i8: 1, u8: 1, i16: 2, u16: 2, f16: 2, bf16: 2, i32: 4, u32: 4, f32: 4, i64: 8, u64: 8, f64: 8, c64: 8, c128: 16 };
export function bytesOf(s: LaneStorage): number { return BYTES[s]; }
/** Vectors per real number. */
export function partsOf(s: LaneStorage): 1 | 2 { return s === 'f64' || s === 'i64' || s === 'u64' || s === 'c128' ? 2 : 1; }

const EVEN = laneShuffle(4, [0, 2, 4, 6]), ODD = laneShuffle(4, [1, 3, 5, 7]);
const LOWS = laneShuffle(8, [0, 2]), HIGHS = laneShuffle(8, [1, 3]);

/** Loads four elements of input k, the `group`th from where it stands; `splat`: one element four times. */
export function loadLanes(p: ExprPool, s: LaneStorage, k: number, splat: boolean, group = 0): Lanes {
  const level = splat ? 1 : 2, start = splat ? 0 : 4 * group * bytesOf(s);
  const at = (offset: number): Expr => p.load('v128.load', k, start + offset, level);
  const one = (bytes: 4 | 8, offset = 0): Expr => p.load(bytes === 4 ? 'v128.load32_splat' : 'v128.load64_splat', k, offset, level);
  switch (s) {
    case 'f32': case 'i32': case 'u32': return [splat ? one(4) : at(0)];
    case 'f64': case 'i64': case 'u64': return splat ? [one(8), one(8)] : [at(0), at(16)];
    case 'c64': return splat ? [one(4), one(4, 4)] : [p.shuffle(EVEN, at(0), at(16)), p.shuffle(ODD, at(0), at(16))];
    case 'c128':
      if (splat) return [one(8), one(8), one(8, 8), one(8, 8)];
      return [p.shuffle(LOWS, at(0), at(16)), p.shuffle(LOWS, at(32), at(48)), p.shuffle(HIGHS, at(0), at(16)), p.shuffle(HIGHS, at(32), at(48))];
    case 'i8': case 'u8': case 'bool': {
      const sign = s === 'i8' ? 's' : 'u';
      const raw = p.load(splat ? 'v128.load8_splat' : 'v128.load32_zero', k, start, level);
      const wide = p.simd(`i32x4.extend_low_i16x8_${sign}`, p.simd(`i16x8.extend_low_i8x16_${sign}`, raw));
      return [s === 'bool' ? p.simd('i32x4.ne', wide, int(p, 0)) : wide];
    }
    default: {
      const sign = s === 'i16' ? 's' : 'u';
      const wide = splat ? p.simd(`i32x4.extend_low_i16x8_${sign}`, p.load('v128.load16_splat', k, 0, level)) : p.load(`v128.load16x4_${sign}`, k, start, level);
      return [s === 'f16' ? halfToFloat(p, wide) : s === 'bf16' ? p.shift('i32x4.shl', wide, 16) : wide];
    }
  }
}

/** One store: the vector, how many of its bytes, and where. */
export interface LaneStore { readonly value: Expr; readonly bytes: 4 | 8 | 16; readonly offset: number }

/** Stores that write four elements, the `group`th from where the output stands. */
export function storeLanes(p: ExprPool, s: LaneStorage, x: Lanes, group = 0): LaneStore[] {
  return group === 0 ? storesOf(p, s, x) : storesOf(p, s, x).map((t) => ({ ...t, offset: t.offset + 4 * group * bytesOf(s) }));
}
function storesOf(p: ExprPool, s: LaneStorage, x: Lanes): LaneStore[] {
  switch (s) {
    case 'f32': case 'i32': case 'u32': return [{ value: x[0]!, bytes: 16, offset: 0 }];
    case 'f64': case 'i64': case 'u64': return [{ value: x[0]!, bytes: 16, offset: 0 }, { value: x[1]!, bytes: 16, offset: 16 }];
    case 'c64': return [[0, 4, 1, 5], [2, 6, 3, 7]].map((order, i) => ({ value: p.shuffle(laneShuffle(4, order), x[0]!, x[1]!), bytes: 16 as const, offset: 16 * i }));
    case 'c128': return [[LOWS, 0], [HIGHS, 0], [LOWS, 1], [HIGHS, 1]].map(([order, i], k) => ({ value: p.shuffle(order as number[], x[i as number]!, x[2 + (i as number)]!), bytes: 16 as const, offset: 16 * k }));
    case 'i8': case 'u8': case 'bool': {
      const v = s === 'bool' ? p.simd('v128.and', x[0]!, int(p, 1)) : x[0]!;
      return [{ value: p.shuffle([0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12], v, v), bytes: 4, offset: 0 }];
    }
    default: {
      const v = s === 'f16' ? floatToHalf(p, x[0]!) : s === 'bf16' ? floatToBfloat16(p, x[0]!) : x[0]!;
      return [{ value: p.shuffle([0, 1, 4, 5, 8, 9, 12, 13, 0, 1, 4, 5, 8, 9, 12, 13], v, v), bytes: 8, offset: 0 }];
    }
  }
}

/** The elements as they are after a store and a load: rounded to 16 bits, wrapped to small integers. */
export function settleLanes(p: ExprPool, s: LaneStorage, x: Lanes): Lanes {
  const shifted = (by: number): Lanes => [p.shift('i32x4.shr_s', p.shift('i32x4.shl', x[0]!, by), by)];
  switch (s) {
    case 'f16': return [halfToFloat(p, p.simd('v128.and', floatToHalf(p, x[0]!), int(p, 0xffff)))];
    case 'bf16': return [p.shift('i32x4.shl', floatToBfloat16(p, x[0]!), 16)];
    case 'i8': return shifted(24);
    case 'i16': return shifted(16);
    case 'u8': return [p.simd('v128.and', x[0]!, int(p, 0xff))];
    case 'u16': return [p.simd('v128.and', x[0]!, int(p, 0xffff))];
    default: return x;
  }
}

/** A mask of four lanes from that of a format with `parts` vectors. */
export function narrowMask(p: ExprPool, parts: readonly Expr[]): Expr { return parts.length === 1 ? parts[0]! : p.shuffle(EVEN, parts[0]!, parts[1]!); }
/** The mask for each part of a wider format. */
export function widenMask(p: ExprPool, m: Expr, parts: 1 | 2): readonly Expr[] {
  return parts === 1 ? [m] : [p.simd('i64x2.extend_low_i32x4_s', m), p.simd('i64x2.extend_high_i32x4_s', m)];
}

function int(p: ExprPool, n: number): Expr { return p.constant(splatBytes('i32', n | 0)); }

function halfToFloat(p: ExprPool, h: Expr): Expr {
  const x = (op: SimdOp, a: Expr, b: Expr): Expr => p.simd(op, a, b);
  const body = p.shift('i32x4.shl', x('v128.and', h, int(p, 0x7fff)), 13);
  const e = x('v128.and', h, int(p, 0x7c00));
  const normal = x('i32x4.add', body, int(p, 112 << 23));
  const large = p.simd('v128.bitselect', x('i32x4.add', normal, int(p, 112 << 23)), normal, x('i32x4.eq', e, int(p, 0x7c00)));
  const small = x('f32x4.sub', x('i32x4.add', body, int(p, 113 << 23)), int(p, 113 << 23)); // 2^-14 more, then less: exact
  const magnitude = p.simd('v128.bitselect', small, large, x('i32x4.eq', e, int(p, 0)));
  return x('v128.or', magnitude, p.shift('i32x4.shl', x('v128.and', h, int(p, 0x8000)), 16));
}

/** Round to nearest even; NaN to the quiet one. */
export function floatToHalf(p: ExprPool, f: Expr): Expr {
  const x = (op: SimdOp, a: Expr, b: Expr): Expr => p.simd(op, a, b);
  const abs = x('v128.and', f, int(p, 0x7fffffff));
  const lsb = x('v128.and', p.shift('i32x4.shr_u', abs, 13), int(p, 1));
  const rounded = p.shift('i32x4.shr_u', x('i32x4.add', x('i32x4.add', abs, int(p, 0xfff)), lsb), 13);
  const normal = x('v128.and', x('i32x4.sub', rounded, int(p, 112 << 10)), int(p, 0x7fff));
  const scaled = p.simd('f32x4.nearest', x('f32x4.mul', abs, p.constant(splatBytes('f32', 2 ** 24))));
  const small = p.simd('i32x4.trunc_sat_f32x4_s', scaled);
  let r = p.simd('v128.bitselect', small, normal, x('i32x4.lt_s', abs, int(p, 0x38800000)));
  r = p.simd('v128.bitselect', int(p, 0x7c00), r, x('i32x4.ge_s', abs, int(p, 0x47800000)));
  r = p.simd('v128.bitselect', int(p, 0x7e00), r, x('i32x4.gt_s', abs, int(p, 0x7f800000)));
  return x('v128.or', r, x('v128.and', p.shift('i32x4.shr_u', f, 16), int(p, 0x8000)));
}
export function floatToBfloat16(p: ExprPool, f: Expr): Expr {
  const x = (op: SimdOp, a: Expr, b: Expr): Expr => p.simd(op, a, b);
  const high = p.shift('i32x4.shr_u', f, 16);
  const rounded = p.shift('i32x4.shr_u', x('i32x4.add', x('i32x4.add', f, int(p, 0x7fff)), x('v128.and', high, int(p, 1))), 16);
  const nan = x('v128.or', x('v128.and', high, int(p, 0x8000)), int(p, 0x7fc0));
  return p.simd('v128.bitselect', nan, rounded, x('i32x4.gt_s', x('v128.and', f, int(p, 0x7fffffff)), int(p, 0x7f800000)));
}

/** The storage of a dtype that has vectors. */
export function laneStorage(s: Storage): LaneStorage {
  if (s === 'string' || s === 'none') throw new InternalFault(`no vectors of ${s}`);
  return s;
}
