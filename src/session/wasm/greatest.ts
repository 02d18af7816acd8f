// Formats in which elements are compared: what is less, the lowest value, the greater of two. Kernels that look for the
// greatest element of a window are made of these; small integers are brought into 32 bits first.
import type { Storage } from '../../graph/dtype.ts';
import type { FunctionBuilder, Local } from '../jit/function.ts';
import { laneStorage } from '../jit/lanes.ts';
import type { PlainOp, SimdOp } from '../jit/opcodes.ts';
import { type GemmType, shapeOf } from './gemm.ts';
import { gemmType } from './matmul.ts';

export const isFloat = (t: GemmType): t is 'f32' | 'f64' => t === 'f32' || t === 'f64';
/** The format elements of a dtype are compared in; undefined: there is none (TensorFlow has no window over uint32 and uint64). */
export function numberType(s: Storage): GemmType | undefined { return s === 'u32' || s === 'u64' ? undefined : gemmType(laneStorage(s)); }

export const vectorOp = (t: GemmType, op: string): SimdOp => `${shapeOf(t)}.${op}` as SimdOp;
export const scalarOp = (t: GemmType, op: string): PlainOp => `${t}.${op}` as PlainOp;
export const lessOp = (t: GemmType): PlainOp => scalarOp(t, isFloat(t) ? 'lt' : 'lt_s');

/** Leaves a number. */
export function number(f: FunctionBuilder, t: GemmType, x: number): FunctionBuilder {
  switch (t) {
    case 'f32': return f.f32(x);
    case 'f64': return f.f64(x);
    case 'i32': return f.i32(x);
    case 'i64': return f.i64(BigInt(x));
  }
}
/** Leaves the number that none is below. */
export function lowest(f: FunctionBuilder, t: GemmType): FunctionBuilder { return number(f, t, isFloat(t) ? -Infinity : t === 'i32' ? -(2 ** 31) : -(2 ** 63)); }
export function splat(f: FunctionBuilder, t: GemmType): FunctionBuilder { return f.simd(vectorOp(t, 'splat')); }

/** acc = acc < x ? x : acc, lane by lane; `load` leaves x. `x`: a place for it. */
export function keepGreater(f: FunctionBuilder, t: GemmType, acc: Local, x: Local, load: () => void): FunctionBuilder {
  if (t !== 'i64') {
    f.get(acc);
    load();
    return f.simd(vectorOp(t, isFloat(t) ? 'pmax' : 'max_s')).set(acc);
  }
  load();
  return f.tee(x).get(acc).get(acc).get(x).simd('i64x2.lt_s').simd('v128.bitselect').set(acc);
}
