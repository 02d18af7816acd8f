// Local response normalisation on the `wasm` engine: the formulas of kernels/lrn.ts over generated loops.
import { float32 } from '../../graph/dtype.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { sameShape, stridesOf } from '../kernels/common.ts';
import { type Bands, lrn, lrnAttrs, lrnGrad } from '../kernels/lrn.ts';
import { evaluate } from './elementwise.ts';
import type { Kit, WasmKernel, WasmValue } from './kit.ts';
import { copyBox } from './move.ts';
import { narrowCopy, wideCopy } from './reduce.ts';

const on = (k: Kit): Bands<WasmValue> => {
  const cleared = (v: WasmValue): WasmValue => { k.fill(v.address, v.size * v.type.size); return v; };
  return {
    map: (key, float, ...inputs) => evaluate(k, `LRN.${key}`, { float }, inputs)!,
    shifts: (v, reach) => {
      const [channels, width] = v.shape as [number, number], bytes = width * v.type.size;
      const padded = cleared(k.make(v.type, [channels + 2 * reach, width])), own = padded.address + reach * bytes;
      k.move(own, v.address, v.size * v.type.size);
      return (by) => ({ ...padded, shape: v.shape, size: v.size, address: own + by * bytes });
    },
    zeros: (v) => cleared(k.make(v.type, v.shape)),
    scalar: (x) => k.write(new NDArray(float32, [], Float32Array.of(x))),
  };
};

/** The other of [rows, columns] and [columns, rows], as a new value. */
function turned(k: Kit, v: WasmValue, rows: number, columns: number): WasmValue {
  const out = k.make(v.type, [columns, rows]);
  copyBox(k, v.type.size, v.address, [1, columns], out.address, stridesOf([columns, rows]), [columns, rows]);
  return out;
}
/** An image as [channels, positions], computed in. */
function bands(k: Kit, a: WasmValue): WasmValue { const c = a.shape[3]!; return turned(k, wideCopy(k, a), a.size / c, c); }
function imageOf(k: Kit, y: WasmValue, like: WasmValue): WasmValue { const c = like.shape[3]!; return k.view(narrowCopy(k, turned(k, y, c, like.size / c), like.type), like.shape); }

const forward: WasmKernel = (k, [x], node) => {
  if (x!.shape.length !== 4 || x!.size === 0) return undefined;
  const m = bands(k, x!);
  return [imageOf(k, lrn(on(k), m, lrnAttrs(node), m.shape[0]!), x!)];
};
const backward: WasmKernel = (k, [g, x, y], node) => {
  if (x!.shape.length !== 4 || x!.size === 0 || !sameShape(g!.shape, x!.shape) || !sameShape(x!.shape, y!.shape)) return undefined;
  const m = bands(k, x!);
  return [imageOf(k, lrnGrad(on(k), bands(k, g!), m, bands(k, y!), lrnAttrs(node), m.shape[0]!), x!)];
};
export const lrnKernels: readonly (readonly [string, WasmKernel])[] = [['LRN', forward], ['LRNGrad', backward]];
