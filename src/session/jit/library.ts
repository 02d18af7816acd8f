// Functions of single numbers that a module brings along: what neither vectors nor single instructions can do.
import { FunctionBuilder, type Local } from './function.ts';

/**
 * C's fmod: exact. Both mantissas are integers; the exponents apart by d, the remainder of a * 2^d follows from that of a,
 * eleven bits at a time (53 + 11 = 64).
 */
function fmod(): FunctionBuilder {
  const f = new FunctionBuilder(['f64', 'f64'], ['f64']);
  const a = 0, b = 1, x = f.local('f64'), y = f.local('f64');
  const [rest, divisor, apart, exponent, normal, step] = Array.from({ length: 6 }, () => f.local('i64')) as [Local, Local, Local, Local, Local, Local];
  f.get(a).op('f64.abs').set(x).get(b).op('f64.abs').set(y);
  f.get(x).f64(Infinity).op('f64.lt').get(y).f64(0).op('f64.gt').op('i32.and').op('i32.eqz').if(() => { f.f64(NaN).op('return'); });
  f.get(x).get(y).op('f64.lt').if(() => { f.get(a).op('return'); });
  /** Mantissa and exponent; a denormal has the exponent 1 and no leading one. */
  const split = (v: Local, mantissa: Local): void => {
    f.get(v).op('i64.reinterpret_f64').i64(52n).op('i64.shr_u').tee(exponent).i64(0n).op('i64.ne').op('i64.extend_i32_u').set(normal);
    f.get(v).op('i64.reinterpret_f64').i64((1n << 52n) - 1n).op('i64.and').get(normal).i64(52n).op('i64.shl').op('i64.or').set(mantissa);
    f.get(exponent).i64(1n).op('i64.add').get(normal).op('i64.sub').set(exponent);
  };
  split(x, rest);
  f.get(exponent).set(apart);
  split(y, divisor);
  f.get(apart).get(exponent).op('i64.sub').set(apart).i64(0n).set(step);
  f.loop((again) => {
    f.get(rest).get(step).op('i64.shl').get(divisor).op('i64.rem_u').set(rest);
    f.get(apart).i64(11n).get(apart).i64(11n).op('i64.lt_s').op('select').tee(step);
    f.get(apart).get(step).op('i64.sub').set(apart).i64(0n).op('i64.ne').brIf(again);
  });
  // rest * 2^(exponent - 1075), in two halves: the power itself may be no normal number.
  const half = step, power = (): FunctionBuilder => f.i64(1023n).op('i64.add').i64(52n).op('i64.shl').op('f64.reinterpret_i64').op('f64.mul');
  f.get(exponent).i64(1075n).op('i64.sub').tee(exponent).i64(2n).op('i64.div_s').set(half);
  f.get(rest).op('f64.convert_i64_s').get(half);
  power();
  f.get(exponent).get(half).op('i64.sub');
  power();
  f.get(a).op('f64.copysign');
  return f;
}

export const LIBRARY = { fmod: fmod() } as const;
