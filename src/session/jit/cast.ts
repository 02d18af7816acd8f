// Conversions between lanes of two dtypes, as kernels/cast.ts defines them: toward zero, what does not fit as on x86-64.
import { FloatExprs } from './arith.ts';
import { type Expr, type ExprPool, laneShuffle, splatBytes } from './expr.ts';
import type { Lanes, LaneStorage } from './lanes.ts';
import { narrowMask, partsOf } from './lanes.ts';

const LOW_WORDS = laneShuffle(4, [0, 2, 4, 6]);
const LOW_HALVES = laneShuffle(8, [0, 2]);
const HIGH_HALF = laneShuffle(8, [1, 1]);

/** How a dtype computes. */
type Form = 'f32' | 'f64' | 'i32' | 'u32' | 'i64' | 'u64' | 'bool';
function formOf(s: LaneStorage): Form {
  switch (s) {
    case 'f16': case 'bf16': case 'f32': case 'c64': return 'f32';
    case 'c128': return 'f64';
    case 'i8': case 'u8': case 'i16': case 'u16': return 'i32';
    default: return s;
  }
}

/** Lanes of dtype `from` as lanes of dtype `to`. */
export function castLanes(p: ExprPool, from: LaneStorage, to: LaneStorage, x: Lanes): Lanes {
  const complexFrom = from === 'c64' || from === 'c128', complexTo = to === 'c64' || to === 'c128';
  const [a, b] = [formOf(from), formOf(to)];
  const parts = partsOf(from);
  const real = convert(p, a, b, x.slice(0, parts));
  if (!complexTo) return real;
  const zero = p.constant(new Uint8Array(16));
  return [...real, ...(complexFrom ? convert(p, a, b, x.slice(parts)) : real.map(() => zero))];
}

function convert(p: ExprPool, a: Form, b: Form, x: Lanes): Lanes {
  if (a === b) return x;
  if (a === 'bool') return convert(p, 'i32', b, [p.simd('v128.and', x[0]!, int(p, 1))]);
  if (b === 'bool') {
    const zero = p.constant(new Uint8Array(16));
    const equal = a === 'f32' ? 'f32x4.eq' : a === 'f64' ? 'f64x2.eq' : a === 'i64' || a === 'u64' ? 'i64x2.eq' : 'i32x4.eq';
    return [p.simd('v128.not', narrowMask(p, x.map((v) => p.simd(equal, v, zero))))];
  }
  switch (a) {
    case 'i32': case 'u32': return fromWords(p, a, b, x[0]!);
    case 'i64': case 'u64': return fromLongs(p, a, b, x);
    case 'f32': return fromFloat(p, b, x[0]!);
    case 'f64': return fromDouble(p, b, x);
  }
}
function fromWords(p: ExprPool, a: 'i32' | 'u32', b: Form, x: Expr): Lanes {
  const sign = a === 'i32' ? 's' : 'u';
  switch (b) {
    case 'f32': return [p.simd(`f32x4.convert_i32x4_${sign}`, x)];
    case 'f64': return [x, p.shuffle(HIGH_HALF, x, x)].map((v) => p.simd(`f64x2.convert_low_i32x4_${sign}`, v));
    case 'i64': case 'u64': return [p.simd(`i64x2.extend_low_i32x4_${sign}`, x), p.simd(`i64x2.extend_high_i32x4_${sign}`, x)];
    default: return [x];
  }
}
function fromLongs(p: ExprPool, a: 'i64' | 'u64', b: Form, x: Lanes): Lanes {
  const sign = a === 'i64' ? 's' : 'u';
  switch (b) {
    case 'f64': return x.map((v) => p.lanes({ extract: 'i64x2.extract_lane', replace: 'f64x2.replace_lane', lanes: 2, scalar: { op: `f64.convert_i64_${sign}` } }, v));
    case 'f32': {
      const [low, high] = x.map((v) => p.lanes({ extract: 'i64x2.extract_lane', replace: 'f32x4.replace_lane', lanes: 2, scalar: { op: `f32.convert_i64_${sign}` } }, v));
      return [p.shuffle(LOW_HALVES, low!, high!)];
    }
    case 'i64': case 'u64': return x;
    default: return [p.shuffle(LOW_WORDS, x[0]!, x[1]!)];
  }
}
const toDoubles = (p: ExprPool, x: Expr): Lanes => [x, p.shuffle(HIGH_HALF, x, x)].map((v) => p.simd('f64x2.promote_low_f32x4', v));
function fromFloat(p: ExprPool, b: Form, x: Expr): Lanes {
  if (b !== 'i32') return b === 'f64' ? toDoubles(p, x) : fromDouble(p, b, toDoubles(p, x));
  const o = new FloatExprs(p, 32);
  const fits = o.both(o.le(o.c(-2147483648), x), o.lt(x, o.c(2147483648)));
  return [p.simd('v128.bitselect', p.simd('i32x4.trunc_sat_f32x4_s', x), int(p, -2147483648), fits)];
}
function fromDouble(p: ExprPool, b: Form, x: Lanes): Lanes {
  const o = new FloatExprs(p, 64);
  switch (b) {
    case 'f32': {
      const [low, high] = x.map((v) => p.simd('f32x4.demote_f64x2_zero', v));
      return [p.shuffle(LOW_HALVES, low!, high!)];
    }
    case 'i32': {
      const fits = narrowMask(p, x.map((v) => o.both(o.lt(o.c(-2147483649), v), o.lt(v, o.c(2147483648)))));
      const [low, high] = x.map((v) => p.simd('i32x4.trunc_sat_f64x2_s_zero', v));
      return [p.simd('v128.bitselect', p.shuffle(LOW_HALVES, low!, high!), int(p, -2147483648), fits)];
    }
    case 'i64': return x.map((v) => truncated(p, o, v));
    case 'u64': return x.map((v) => { // from 2^63 on: the rest, with the top bit turned over
      const high = p.simd('v128.xor', truncated(p, o, o.sub(v, o.c(2 ** 63))), long(p, 1n << 63n));
      return p.simd('v128.bitselect', truncated(p, o, v), high, o.lt(v, o.c(2 ** 63)));
    });
    default: return [p.shuffle(LOW_WORDS, truncated(p, o, x[0]!), truncated(p, o, x[1]!))];
  }
}
function truncated(p: ExprPool, o: FloatExprs, v: Expr): Expr {
  const t = p.lanes({ extract: 'f64x2.extract_lane', replace: 'i64x2.replace_lane', lanes: 2, scalar: { misc: 'i64.trunc_sat_f64_s' } }, v);
  return p.simd('v128.bitselect', t, long(p, 1n << 63n), o.both(o.le(o.c(-(2 ** 63)), v), o.lt(v, o.c(2 ** 63))));
}
function int(p: ExprPool, n: number): Expr { return p.constant(splatBytes('i32', n)); }
function long(p: ExprPool, n: bigint): Expr { return p.constant(splatBytes('i64', n)); }
