// Inverse hyperbolic functions of complex numbers, as pairs over FloatArith, computed in binary64: products of square roots,
// so that nothing cancels (W. Kahan, "Branch cuts for complex elementary functions"); far out their logarithms.
import type { FloatArith, Pair } from './arith.ts';
import { cabs, csqrt } from './complex.ts';
import { atan2, log, log1p } from './elementary.ts';
import { asinh } from './special.ts';

type F<V, M> = FloatArith<V, M>;
type ComplexFunction = <V, M>(o: F<V, M>, z: Pair<V>) => Pair<V>;

/** Beyond this the square of a number hides 1; beyond EDGE it may overflow. */
const FAR = 2 ** 28, EDGE = 2 ** 500, LN4 = 2 * Math.LN2;

/** A function of binary64 numbers whose two results are rounded once. */
const roundedOnce = (re: <V, M>(o: F<V, M>, z: Pair<V>) => V, im: <V, M>(o: F<V, M>, z: Pair<V>) => V): ComplexFunction =>
  (o, [x, y]) => [o.wide((w, a, b) => re(w, [a, b]), x, y), o.wide((w, a, b) => im(w, [a, b]), x, y)];
/** Whether a part is beyond a number. */
const isFar = <V, M>(o: F<V, M>, [x, y]: Pair<V>, edge = FAR): M => o.either(o.lt(o.c(edge), o.abs(x)), o.lt(o.c(edge), o.abs(y)));
/** log|2z|, where |2z| may overflow. */
const logTwice = <V, M>(o: F<V, M>, [x, y]: Pair<V>): V => o.add(log(o, cabs(o, [o.mul(x, o.c(0.5)), o.mul(y, o.c(0.5))])), o.c(LN4));
/** sqrt(1 + iz), sqrt(1 - iz). */
const asinhRoots = <V, M>(o: F<V, M>, [x, y]: Pair<V>): readonly [Pair<V>, Pair<V>] => [csqrt(o, [o.add(o.c(1), y), o.neg(x)]), csqrt(o, [o.sub(o.c(1), y), x])];
/** sqrt(z - 1), sqrt(z + 1). */
const acoshRoots = <V, M>(o: F<V, M>, [x, y]: Pair<V>): readonly [Pair<V>, Pair<V>] => [csqrt(o, [o.sub(x, o.c(1)), y]), csqrt(o, [o.add(x, o.c(1)), y])];

export const casinh = roundedOnce(
  (o, z) => {
    const [[a, b], [c, d]] = asinhRoots(o, z);
    return o.sel(isFar(o, z), o.copysign(logTwice(o, z), z[0]), asinh(o, o.sub(o.mul(a, d), o.mul(c, b))));
  },
  (o, z) => {
    const [[a, b], [c, d]] = asinhRoots(o, z), far = isFar(o, z);
    return atan2(o, z[1], o.sel(far, o.abs(z[0]), o.sub(o.mul(a, c), o.mul(b, d))));
  },
);
export const cacosh = roundedOnce(
  (o, z) => {
    const [[a, b], [c, d]] = acoshRoots(o, z);
    return o.sel(isFar(o, z), logTwice(o, z), asinh(o, o.add(o.mul(a, c), o.mul(b, d))));
  },
  (o, z) => {
    const [[, b], [c]] = acoshRoots(o, z), half = atan2(o, b, c);
    return o.sel(isFar(o, z), atan2(o, z[1], z[0]), o.add(half, half));
  },
);
/** Of |x|: the function is odd in x and y each. */
export const catanh = roundedOnce(
  (o, [x, y]) => {
    const a = o.abs(x), h = cabs(o, [o.sub(o.c(1), a), y]), q = o.div(o.div(o.mul(o.c(4), a), h), h);
    const near = o.mul(o.c(0.5), log(o, o.div(o.c(2), h)));
    return o.copysign(o.sel(o.lt(h, o.c(2 ** -500)), near, o.mul(o.c(0.25), log1p(o, q))), x);
  },
  (o, [x, y]) => {
    const a = o.abs(x), b = o.abs(y), one = o.c(1);
    const angle = o.mul(o.c(0.5), atan2(o, o.add(b, b), o.sub(o.mul(o.sub(one, a), o.add(one, a)), o.mul(b, b))));
    return o.copysign(o.sel(isFar(o, [x, y], EDGE), o.c(Math.PI / 2), angle), y);
  },
);
