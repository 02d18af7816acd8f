// Bits seen as another dtype on the `wasm` engine: the same block; a float seen as integers has one NaN.
import type { DType } from '../../graph/dtype.ts';
import { typeAttr } from '../kernels/common.ts';
import { FloatExprs } from '../jit/arith.ts';
import type { Expr } from '../jit/expr.ts';
import { type LaneStorage, laneStorage } from '../jit/lanes.ts';
import type { WasmKernel } from './kit.ts';
import { type Body, inputOf, mapValue } from './map.ts';

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

export const bitcastKernels: readonly (readonly [string, WasmKernel])[] = [['Bitcast', bitcast]];
