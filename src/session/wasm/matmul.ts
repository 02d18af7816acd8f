// MatMul and BatchMatMul on the `wasm` engine. 16-bit floats run in binary32, small integers in 32 bits, and round or
// wrap once.
import type { DType } from '../../graph/dtype.ts';
import { float32, int32 } from '../../graph/dtype.ts';
import { boolAttr, broadcast, broadcastStrides, eachIndex, sameShape, sizeOf } from '../kernels/common.ts';
import { collapse } from '../kernels/compute.ts';
import type { KernelNode } from '../kernels/kernel.ts';
import { castLanes } from '../jit/cast.ts';
import { bytesOf, laneStorage, type LaneStorage } from '../jit/lanes.ts';
import { complexProduct } from './complex_matmul.ts';
import { FRESH, gemm, gemmOnce, type GemmType, isKept, type Matrix, packB, packKept } from './gemm.ts';
import { gemv } from './gemv.ts';
import type { Kit, WasmKernel, WasmValue } from './kit.ts';
import { runLoop } from './map.ts';

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
  runLoop(k, 'Cast', (pool, [x]) => [castLanes(pool, s, t, x!)], [n], [{ address: to, storage: t }], [{ address: from, storage: s, shape: [n] }]);
}

/** Bytes of packed operands at a time, when products are small. */
const PACKED = 1 << 18;
/** Elements from which on a matrix is multiplied by one vector unpacked. */
const UNPACKED = 4096;

/** Products of matrices in two arrays, and how many there are. */
export interface Products { readonly batch: readonly number[]; readonly a: readonly number[]; readonly b: readonly number[]; readonly M: number; readonly N: number; readonly K: number; readonly ta: boolean; readonly tb: boolean }
/** Neighbours among them: `a` and `b`: bytes from one factor to the next. */
export interface Many { readonly count: number; readonly a: number; readonly b: number }

/** Goes through them in order, as many at a time as lie at equal distances. */
export function eachRun({ batch, a, b, M, N, K, ta, tb }: Products, x: number, y: number, size: number, f: (A: Matrix, B: Matrix, many: Many) => void): void {
  const { dims, strides } = collapse(batch, [a, b].map((s) => broadcastStrides(s.slice(0, -2), batch)));
  const last = dims.length - 1, [sa, sb] = strides as [number[], number[]];
  const at = (i: readonly number[], s: readonly number[]): number => i.reduce((n, v, d) => n + v * s[d]!, 0);
  eachIndex(dims.slice(0, last), (i) => {
    const A: Matrix = { address: x + at(i, sa) * M * K * size, ...(ta ? { row: size, col: M * size } : { row: K * size, col: size }) };
    const B: Matrix = { address: y + at(i, sb) * K * N * size, ...(tb ? { row: size, col: K * size } : { row: N * size, col: size }) };
    f(A, B, { count: dims[last] ?? 1, a: (sa[last] ?? 0) * M * K * size, b: (sb[last] ?? 0) * K * N * size });
  });
}
function multiply(k: Kit, a: WasmValue, b: WasmValue, p: Products, adjoint = false): readonly WasmValue[] | undefined {
  const s = laneStorage(a.type.storage), t = gemmType(s), { batch, M, N, K, ta, tb } = p;
  if (s === 'c64' || s === 'c128') {
    const out = k.make(a.type, [...batch, M, N]), unit = bytesOf(s);
    let c = out.address;
    if (out.size > 0) eachRun(p, a.address, b.address, unit, (A, B, many) => {
      for (let n = 0; n < many.count; n++, c += M * N * unit) {
        k.call(() => { // scratch of this product ends with it
          complexProduct(k, s, M, N, K, { ...A, address: A.address + n * many.a }, { ...B, address: B.address + n * many.b }, c, [ta && adjoint, tb && adjoint]);
          return undefined;
        });
      }
    });
    return [out];
  }
  if (!t) return undefined;
  const size = t === 'f64' || t === 'i64' ? 8 : 4;
  const out = k.make(a.type, [...batch, M, N]);
  const x = widened(k, a), y = widened(k, b), to = narrowed(k, out);
  let n = 0;
  if (sizeOf(batch) > 0) {
    eachRun(p, x, y, size, (A, B, many) => {
      const c = to.address + n * M * N * size, { count } = many;
      if (batch.length === 0 && M > 1 && N > 1 && isKept(M, K, N) && y === b.address) gemm(k, t, M, A, packKept(k, b, t, K, N, B), c, N * size);
      else if (batch.length === 0 && M > 1 && N > 1) gemmOnce(k, t, M, K, N, A, B, c, N * size);
      else if (many.b === 0 && many.a === M * K * size && count > 1 && !ta) products(k, t, M * count, N, K, A, B, c, { count: 1, a: 0, b: 0 }); // all share B: one product
      else products(k, t, M, N, K, A, B, c, many);
      n += count;
    });
  }
  to.finish();
  return [out];
}

/** C = A * B, `count` times, side by side in C. */
export function products(k: Kit, t: GemmType, M: number, N: number, K: number, A: Matrix, B: Matrix, c: number, many: Many): void {
  const size = t === 'f64' || t === 'i64' ? 8 : 4;
  if ((M === 1 || N === 1) && K * M * N >= UNPACKED) {
    for (let p = 0; p < many.count; p++) {
      const [a, b, to] = [A.address + p * many.a, B.address + p * many.b, c + p * M * N * size];
      if (M === 1) gemv(k, t, { address: b, count: N, line: B.col, step: B.row }, K, a, A.col, to);
      else gemv(k, t, { address: a, count: M, line: A.row, step: A.col }, K, b, B.row, to);
    }
    return;
  }
  const most = Math.max(1, Math.floor(PACKED / Math.max(1, (M + N) * K * size)));
  k.divide(many.count, 1, M * N * K * many.count, () => (first, some) => {
    for (let p = first; p < first + some; p += most) {
      const count = Math.min(most, first + some - p);
      k.call(() => { // scratch of these products ends with them
        const packed = packB(k, t, K, N, { ...B, address: B.address + p * many.b }, many.b === 0 ? undefined : { count, step: many.b });
        gemm(k, t, M, { ...A, address: A.address + p * many.a }, packed, c + p * M * N * size, N * size, FRESH, { count, a: many.a, b: many.b === 0 ? 0 : packed.step, c: M * N * size });
        return undefined;
      });
    }
  });
}

const matMul: WasmKernel = (k, [a, b], node) => {
  if (a!.shape.length !== 2 || b!.shape.length !== 2) return undefined;
  const ta = boolAttr(node, 'transpose_a', false), tb = boolAttr(node, 'transpose_b', false);
  const [ar, ac] = a!.shape as [number, number], [br, bc] = b!.shape as [number, number];
  const M = ta ? ac : ar, K = ta ? ar : ac, N = tb ? br : bc;
  return K === (tb ? bc : br) ? multiply(k, a!, b!, { batch: [], a: a!.shape, b: b!.shape, M, N, K, ta, tb }) : undefined;
};
const batchMatMul: WasmKernel = (k, [a, b], node) => { const p = batchProducts(node, a!.shape, b!.shape); return p && multiply(k, a!, b!, p, true); };
/** The products of a BatchMatMul or (shapes broadcast) BatchMatMulV2; undefined: the shapes do not fit. */
export function batchProducts(node: KernelNode, a: readonly number[], b: readonly number[]): Products | undefined {
  const broadcasts = node.op === 'BatchMatMulV2', ba = a.slice(0, -2), bb = b.slice(0, -2), batch = broadcast(ba, bb);
  if (a.length < 2 || b.length < 2 || (!broadcasts && !sameShape(ba, bb)) || !batch) return undefined;
  const ta = boolAttr(node, 'adj_x', false), tb = boolAttr(node, 'adj_y', false);
  const [ar, ac] = a.slice(-2) as [number, number], [br, bc] = b.slice(-2) as [number, number];
  const M = ta ? ac : ar, K = ta ? ar : ac, N = tb ? br : bc;
  return K === (tb ? bc : br) ? { batch, a, b, M, N, K, ta, tb } : undefined;
}

export const matmulKernels: readonly (readonly [string, WasmKernel])[] = [
  ['MatMul', matMul], ['BatchMatMul', batchMatMul], ['BatchMatMulV2', batchMatMul],
];
