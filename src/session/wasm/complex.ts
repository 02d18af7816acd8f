// Parts of complex numbers and numbers from parts, and bits seen as another dtype, on the `wasm` engine.
import { complex128, complex64, type DType } from '../../graph/dtype.ts';
import type { FloatArith, Pair } from '../kernels/arith.ts';
import { broadcast, typeAttr } from '../kernels/common.ts';
import { cabs } from '../kernels/cwise.ts';
import { atan2 } from '../kernels/elementary.ts';
import { FloatExprs } from '../jit/arith.ts';
import type { Expr } from '../jit/expr.ts';
import { type LaneStorage, laneStorage, partsOf } from '../jit/lanes.ts';
import type { WasmKernel, WasmValue } from './kit.ts';
import { type Body, floats, inputOf, mapValue } from './map.ts';

const one = (v: WasmValue | undefined): readonly WasmValue[] | undefined => v && [v];

const part = (name: string, which: 0 | 1): WasmKernel => (k, [a]) => {
  if (!a!.type.isComplex) return undefined;
  const n = partsOf(laneStorage(a!.type.storage));
  return one(mapValue(k, name, (_, [x]) => [x!.slice(which * n, (which + 1) * n)], a!.type.realDtype, a!.shape, [inputOf(a!)]));
};
const real = (name: string, f: <V, M>(o: FloatArith<V, M>, z: Pair<V>) => V): WasmKernel => (k, [a]) => {
  if (!a!.type.isComplex) return undefined;
  const s = laneStorage(a!.type.storage), n = partsOf(s);
  const body: Body = (pool, [x]) => [Array.from({ length: n }, (_, i) => f<Expr, Expr>(floats(pool, s), [x![i]!, x![i + n]!]))];
  return one(mapValue(k, name, body, a!.type.realDtype, a!.shape, [inputOf(a!)]));
};
const complexOf: WasmKernel = (k, [re, im]) => {
  const shape = broadcast(re!.shape, im!.shape);
  return shape && one(mapValue(k, 'Complex', (_, [a, b]) => [[...a!, ...b!]], re!.type.storage === 'f32' ? complex64 : complex128, shape, [re!, im!].map(inputOf)));
};

// ---- bits

const isFloat = (t: DType): boolean => t.isFloating || t.isComplex;
/** The bits of every NaN become those of one. */
function oneNaN(s: LaneStorage): { as: LaneStorage; body: Body } {
  const half = s === 'f16' || s === 'bf16';
  if (half) {
    const [inf, nan] = s === 'f16' ? [0x7c00, 0x7e00] : [0x7f80, 0x7fc0];
    return { as: 'u16', body: (pool, [x]) => {
      const int = (n: number): Expr => pool.constant(new Uint8Array(Int32Array.of(n, n, n, n).buffer));
      return [[pool.simd('v128.bitselect', int(nan), x![0]!, pool.simd('i32x4.gt_s', pool.simd('v128.and', x![0]!, int(0x7fff)), int(inf)))]];
    } };
  }
  return { as: s, body: (pool, [x]) => {
    const wide = s === 'f64' || s === 'c128', o = new FloatExprs(pool, wide ? 64 : 32);
    const nan = pool.constant(new Uint8Array((wide ? BigInt64Array.of(0x7ff8n << 48n, 0x7ff8n << 48n) : Int32Array.of(0x7fc00000, 0x7fc00000, 0x7fc00000, 0x7fc00000)).buffer));
    return [x!.map((v) => o.sel(o.eq(v, v), v, nan))];
  } };
}
const bitcast: WasmKernel = (k, [a], node) => {
  const from = a!.type.baseDtype, to = typeAttr(node, 'type');
  let shape = [...a!.shape];
  if (from.size > to.size) {
    if (from.size % to.size !== 0) return undefined;
    shape.push(from.size / to.size);
  } else if (from.size < to.size) {
    if (shape[shape.length - 1] !== to.size / from.size) return undefined;
    shape = shape.slice(0, -1);
  }
  if (!isFloat(from) || isFloat(to)) return [k.view(a!, shape, to)];
  const { as, body } = oneNaN(laneStorage(from.storage));
  const bits = mapValue(k, `Bitcast${from.name}`, body, from, a!.shape, [{ ...inputOf(a!), storage: as }], as);
  return bits && [k.view(bits, shape, to)];
};

export const complexKernels: readonly (readonly [string, WasmKernel])[] = [
  ['Real', part('Real', 0)], ['Imag', part('Imag', 1)], ['ComplexAbs', real('ComplexAbs', cabs)], ['Angle', real('Angle', (o, z) => atan2(o, z[1], z[0]))],
  ['Complex', complexOf], ['Bitcast', bitcast],
];
