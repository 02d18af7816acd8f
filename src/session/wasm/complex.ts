// Parts of complex numbers and numbers from parts, as elementwise ops of the `wasm` engine.
import { complex128, complex64 } from '../../graph/dtype.ts';
import type { FloatArith, Pair } from '../kernels/arith.ts';
import { cabs } from '../kernels/complex.ts';
import { atan2 } from '../kernels/elementary.ts';
import type { Expr, ExprPool } from '../jit/expr.ts';
import { laneStorage, type Lanes, type LaneStorage, partsOf } from '../jit/lanes.ts';
import { alike, broadcasting, type ElementwiseOp } from './elementwise.ts';
import { floats } from './map.ts';

/** Real numbers from complex ones. */
const real = (key: string, f: (pool: ExprPool, z: Lanes, s: LaneStorage) => Lanes): ElementwiseOp => ({ inputDtypes: [type] }) => {
  if (!type!.isComplex) return undefined;
  const s = laneStorage(type!.storage);
  return { key, body: (pool, [z]) => [f(pool, z!, s)], reads: [s], results: [type!.realDtype], fit: alike };
};
/** The same, one pair at a time. */
const ofPair = (key: string, f: <V, M>(o: FloatArith<V, M>, z: Pair<V>) => V): ElementwiseOp =>
  real(key, (pool, z, s) => Array.from({ length: partsOf(s) }, (_, i) => f<Expr, Expr>(floats(pool, s), [z[i]!, z[i + partsOf(s)]!])));

const complexOf: ElementwiseOp = ({ inputDtypes: [type] }) => {
  const s = laneStorage(type!.storage);
  return { key: 'Complex', body: (_, [re, im]) => [[...re!, ...im!]], reads: [s, s], results: [s === 'f32' ? complex64 : complex128], fit: broadcasting };
};

export const complexOps: readonly (readonly [string, ElementwiseOp])[] = [
  ['Real', real('Real', (_, z) => z.slice(0, z.length / 2))], ['Imag', real('Imag', (_, z) => z.slice(z.length / 2))],
  ['ComplexAbs', ofPair('ComplexAbs', cabs)], ['Angle', ofPair('Angle', (o, z) => atan2(o, z[1], z[0]))], ['Complex', complexOf],
];
