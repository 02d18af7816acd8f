// MatMul and BatchMatMul on the `wasm` engine. 16-bit floats run in binary32, small integers in 32 bits, and round or
// wrap once.
import type { DType } from '../../graph/dtype.ts';
import { float32, int32 } from '../../graph/dtype.ts';
import { boolAttr, broadcast, broadcastStrides, sizeOf } from '../kernels/common.ts';
import { castLanes } from '../jit/cast.ts';
import { bytesOf, laneStorage, type LaneStorage } from '../jit/lanes.ts';
import { gemm, type GemmType, type Matrix, packB } from './gemm.ts';
import type { Kit, WasmKernel, WasmValue } from './kit.ts';
import { eachIndex, runLoop } from './map.ts';

/** The format products of a dtype run in; undefined: none here. */
export function gemmType(s: LaneStorage): GemmType | undefined {
  switch (s) {
    case 'f32': case 'f16': case 'bf16': return 'f32';
    case 'f64': return 'f64';
    case 'c64': case 'c128': case 'bool': return undefined;
    case 'i64': case 'u64': return 'i64';
    default: return 'i32';
  }
}
/** Address of the elements in the format they compute in: their own, or a scratch copy. */
export function widened(k: Kit, v: { readonly address: number; readonly type: DType; readonly size: number }): number {
  const s = laneStorage(v.type.storage), wide = wideStorage(s);
  if (s === wide) return v.address;
  const to = k.scratch(v.size * 4);
  convert(k, s, v.address, wide, to, v.size);
  return to;
}
/** Where a result of `type` is to be computed, and the step that brings it to `out`. */
export function narrowed(k: Kit, out: WasmValue): { readonly address: number; finish(): void } {
  const s = laneStorage(out.type.storage), wide = wideStorage(s);
  if (s === wide) return { address: out.address, finish: () => undefined };
  const address = k.scratch(out.size * 4);
  return { address, finish: () => { convert(k, wide, address, s, out.address, out.size); } };
}
/** The dtype a dtype computes in. */
export function wideType(t: DType): DType { const s = laneStorage(t.storage), w = wideStorage(s); return s === w ? t : w === 'f32' ? float32 : int32; }
function wideStorage(s: LaneStorage): LaneStorage {
  if (s === 'f16' || s === 'bf16') return 'f32';
  return bytesOf(s) < 4 && s !== 'bool' ? 'i32' : s;
}
function convert(k: Kit, s: LaneStorage, from: number, t: LaneStorage, to: number, n: number): void {
  runLoop(k, 'Cast', (pool, [x]) => [castLanes(pool, s, t, x!)!], [n], [{ address: to, storage: t }], [{ address: from, storage: s, shape: [n] }]);
}

function multiply(k: Kit, a: WasmValue, b: WasmValue, batch: readonly number[], M: number, N: number, K: number, ta: boolean, tb: boolean): readonly WasmValue[] | undefined {
  const t = gemmType(laneStorage(a.type.storage));
  if (!t) return undefined;
  const size = t === 'f64' || t === 'i64' ? 8 : 4;
  const out = k.make(a.type, [...batch, M, N]);
  const x = widened(k, a), y = widened(k, b), to = narrowed(k, out);
  const sa = broadcastStrides(a.shape.slice(0, -2), batch), sb = broadcastStrides(b.shape.slice(0, -2), batch);
  const at = (i: readonly number[], s: readonly number[]): number => i.reduce((n, v, d) => n + v * s[d]!, 0);
  let n = 0;
  if (sizeOf(batch) > 0) eachIndex(batch, (i) => {
    k.call(() => { // scratch of one product ends with it
      const A: Matrix = { address: x + at(i, sa) * M * K * size, ...(ta ? { row: size, col: M * size } : { row: K * size, col: size }) };
      const B: Matrix = { address: y + at(i, sb) * K * N * size, ...(tb ? { row: size, col: K * size } : { row: N * size, col: size }) };
      gemm(k, t, M, A, packB(k, t, K, N, B), to.address + n++ * M * N * size, N * size);
      return undefined;
    });
  });
  to.finish();
  return [out];
}

const matMul: WasmKernel = (k, [a, b], node) => {
  if (a!.shape.length !== 2 || b!.shape.length !== 2) return undefined;
  const ta = boolAttr(node, 'transpose_a', false), tb = boolAttr(node, 'transpose_b', false);
  const [ar, ac] = a!.shape as [number, number], [br, bc] = b!.shape as [number, number];
  const M = ta ? ac : ar, K = ta ? ar : ac, N = tb ? br : bc;
  return K === (tb ? bc : br) ? multiply(k, a!, b!, [], M, N, K, ta, tb) : undefined;
};
const batchMatMul = (broadcasts: boolean): WasmKernel => (k, [a, b], node) => {
  const ra = a!.shape.length, rb = b!.shape.length;
  if (ra < 2 || rb < 2 || (!broadcasts && ra !== rb)) return undefined;
  const ba = a!.shape.slice(0, -2), bb = b!.shape.slice(0, -2);
  if (!broadcasts && ba.some((d, i) => d !== bb[i])) return undefined;
  const batch = broadcast(ba, bb);
  if (!batch) return undefined;
  const ta = boolAttr(node, 'adj_x', false), tb = boolAttr(node, 'adj_y', false);
  const [ar, ac] = a!.shape.slice(-2) as [number, number], [br, bc] = b!.shape.slice(-2) as [number, number];
  const M = ta ? ac : ar, K = ta ? ar : ac, N = tb ? br : bc;
  return K === (tb ? bc : br) ? multiply(k, a!, b!, batch, M, N, K, ta, tb) : undefined;
};

export const matmulKernels: readonly (readonly [string, WasmKernel])[] = [
  ['MatMul', matMul], ['BatchMatMul', batchMatMul(false)], ['BatchMatMulV2', batchMatMul(true)],
];
