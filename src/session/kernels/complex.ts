// Arithmetic of complex numbers as pairs, over FloatArith: each part rounds as its formula says.
import { type FloatArith, type Pair } from './arith.ts';
import * as fn from './elementary.ts';

export const cadd = <V, M>(o: FloatArith<V, M>, [a, b]: Pair<V>, [c, d]: Pair<V>): Pair<V> => [o.add(a, c), o.add(b, d)];
export const csub = <V, M>(o: FloatArith<V, M>, [a, b]: Pair<V>, [c, d]: Pair<V>): Pair<V> => [o.sub(a, c), o.sub(b, d)];
export const cmul = <V, M>(o: FloatArith<V, M>, [a, b]: Pair<V>, [c, d]: Pair<V>): Pair<V> =>
  [o.sub(o.mul(a, c), o.mul(b, d)), o.add(o.mul(a, d), o.mul(b, c))];
export const cneg = <V, M>(o: FloatArith<V, M>, [a, b]: Pair<V>): Pair<V> => [o.neg(a), o.neg(b)];
export const conj = <V, M>(o: FloatArith<V, M>, [a, b]: Pair<V>): Pair<V> => [a, o.neg(b)];
/** Smith's division: scales by the larger part of the divisor. */
export function cdiv<V, M>(o: FloatArith<V, M>, [a, b]: Pair<V>, [c, d]: Pair<V>): Pair<V> {
  const wide = o.lt(o.abs(c), o.abs(d));
  const big = o.sel(wide, d, c), small = o.sel(wide, c, d);
  const r = o.div(small, big);
  const den = o.add(big, o.mul(small, r));
  const re = o.sel(wide, o.add(o.mul(a, r), b), o.add(a, o.mul(b, r)));
  const im = o.sel(wide, o.sub(o.mul(b, r), a), o.sub(b, o.mul(a, r)));
  return [o.div(re, den), o.div(im, den)];
}
/** |z| with scaling against overflow. */
export function cabs<V, M>(o: FloatArith<V, M>, [a, b]: Pair<V>): V {
  const x = o.abs(a), y = o.abs(b), inf = o.c(Infinity);
  const big = o.sel(o.lt(x, y), y, x), small = o.sel(o.lt(y, x), y, x);
  const r = o.div(small, big);
  const h = o.mul(big, o.sqrt(o.add(o.c(1), o.mul(r, r))));
  const any = o.either(o.eq(x, inf), o.eq(y, inf));
  return o.sel(any, inf, o.sel(o.eq(big, o.c(0)), big, h));
}
export function csqrt<V, M>(o: FloatArith<V, M>, z: Pair<V>): Pair<V> {
  const [a, b] = z;
  const half = o.c(0.5), zero = o.c(0);
  const t = o.sqrt(o.mul(half, o.add(o.abs(a), cabs(o, z))));
  const u = o.div(o.mul(half, o.abs(b)), t);
  const none = o.eq(t, zero);
  const right = o.le(zero, a);
  const re = o.sel(right, t, u), im = o.sel(right, u, t);
  return [o.sel(none, zero, re), o.copysign(o.sel(none, zero, im), b)];
}
export const cexp = <V, M>(o: FloatArith<V, M>, [a, b]: Pair<V>): Pair<V> => {
  const r = fn.exp(o, a), plain = o.eq(b, o.c(0));
  return [o.sel(plain, r, o.mul(r, fn.cos(o, b))), o.sel(plain, b, o.mul(r, fn.sin(o, b)))];
};
export const csin = <V, M>(o: FloatArith<V, M>, [a, b]: Pair<V>): Pair<V> => [o.mul(fn.sin(o, a), fn.cosh(o, b)), o.mul(fn.cos(o, a), fn.sinh(o, b))];
export const ccos = <V, M>(o: FloatArith<V, M>, [a, b]: Pair<V>): Pair<V> => [o.mul(fn.cos(o, a), fn.cosh(o, b)), o.neg(o.mul(fn.sin(o, a), fn.sinh(o, b)))];
/** 0 where `test` is zero, else `value`. */
export function zeroWhere<V, M>(o: FloatArith<V, M>, test: Pair<V>, value: Pair<V>): Pair<V> {
  const none = o.both(o.eq(test[0], o.c(0)), o.eq(test[1], o.c(0)));
  return [o.sel(none, o.c(0), value[0]), o.sel(none, o.c(0), value[1])];
}
export const clog = <V, M>(o: FloatArith<V, M>, z: Pair<V>): Pair<V> => [fn.log(o, cabs(o, z)), fn.atan2(o, z[1], z[0])];
export const one = <V, M>(o: FloatArith<V, M>): Pair<V> => [o.c(1), o.c(0)];
