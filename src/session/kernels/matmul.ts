// MatMul and BatchMatMul for every dtype, on the contract's GEMM. Integers wrap; 16-bit floats accumulate in binary32
// and round once; complex products round each of their four multiplications and two additions.
// Follows tensorflow/core/kernels/matmul_op.cc, batch_matmul_op_impl.h.
import { NDArray } from '../../graph/ndarray.ts';
import { boolAttr, broadcast, broadcastStrides, invalid, repeat, shapeText, sizeOf } from './common.ts';
import { narrow, noKernel, widen } from './compute.ts';
import { gemm, type View } from './gemm.ts';
import { type Kernel, type KernelDef } from './kernel.ts';

/** How one operand of a product is read. */
interface Side { readonly data: Float32Array; readonly offset: number; readonly row: number; readonly col: number; readonly conj: boolean }

/** One product of M x K by K x N into out[at...], row-major. */
function product(storage: string, M: number, N: number, K: number, a: Side, b: Side, out: Float32Array, at: number): void {
  switch (storage) {
    case 'f32': case 'f16': case 'bf16': case 'f64':
      gemm(M, N, K, a as View<Float32Array>, b as View<Float32Array>, out, at, N);
      return;
    case 'c64': case 'c128': complexProduct(storage === 'c64' ? Math.fround : (x) => x, M, N, K, a, b, out, at); return;
    case 'i64': case 'u64': bigProduct(M, N, K, a, b, out as unknown as BigInt64Array, at); return;
    default:
      for (let i = 0; i < M; i++) {
        for (let j = 0; j < N; j++) {
          let acc = 0;
          for (let k = 0, p = a.offset + i * a.row, q = b.offset + j * b.col; k < K; k++, p += a.col, q += b.row) acc = (acc + Math.imul(a.data[p]!, b.data[q]!)) | 0;
          out[at + i * N + j] = acc;
        }
      }
  }
}
function bigProduct(M: number, N: number, K: number, a: Side, b: Side, out: BigInt64Array, at: number): void {
  const [x, y] = [a.data, b.data] as unknown as [BigInt64Array, BigInt64Array];
  for (let i = 0; i < M; i++) {
    for (let j = 0; j < N; j++) {
      let acc = 0n;
      for (let k = 0, p = a.offset + i * a.row, q = b.offset + j * b.col; k < K; k++, p += a.col, q += b.row) acc = BigInt.asIntN(64, acc + x[p]! * y[q]!);
      out[at + i * N + j] = acc;
    }
  }
}
function complexProduct(f: (x: number) => number, M: number, N: number, K: number, a: Side, b: Side, out: Float32Array, at: number): void {
  const [x, y] = [a.data, b.data];
  const sa = a.conj ? -1 : 1, sb = b.conj ? -1 : 1;
  for (let i = 0; i < M; i++) {
    for (let j = 0; j < N; j++) {
      let re = 0, im = 0;
      for (let k = 0, p = a.offset + i * a.row, q = b.offset + j * b.col; k < K; k++, p += a.col, q += b.row) {
        const ar = x[2 * p]!, ai = sa * x[2 * p + 1]!, br = y[2 * q]!, bi = sb * y[2 * q + 1]!;
        re = f(re + f(f(ar * br) - f(ai * bi)));
        im = f(im + f(f(ar * bi) + f(ai * br)));
      }
      out[2 * (at + i * N + j)] = re;
      out[2 * (at + i * N + j) + 1] = im;
    }
  }
}

/** `cols` is the length of a stored row. */
function side(data: Float32Array, offset: number, cols: number, transposed: boolean, conj: boolean): Side {
  return transposed ? { data, offset, row: 1, col: cols, conj } : { data, offset, row: cols, col: 1, conj };
}

const matMul: Kernel = ([a, b], node) => {
  if (a!.shape.length !== 2) throw invalid(`In[0] is not a matrix. Instead it has shape ${shapeText(a!.shape)}`);
  if (b!.shape.length !== 2) throw invalid(`In[1] is not a matrix. Instead it has shape ${shapeText(b!.shape)}`);
  const ta = boolAttr(node, 'transpose_a', false), tb = boolAttr(node, 'transpose_b', false);
  const [ar, ac] = a!.shape as [number, number], [br, bc] = b!.shape as [number, number];
  const M = ta ? ac : ar, K = ta ? ar : ac, N = tb ? br : bc;
  if (K !== (tb ? bc : br)) throw invalid(`Matrix size-incompatible: In[0]: ${shapeText(a!.shape)}, In[1]: ${shapeText(b!.shape)}`);
  return [multiply(node.op, a!, b!, [], M, N, K, ta, tb, false)];
};

const batchMatMul = (broadcasts: boolean): Kernel => ([a, b], node) => {
  const ra = a!.shape.length, rb = b!.shape.length;
  if (!broadcasts && ra !== rb) throw invalid(`In[0] and In[1] has different ndims: ${shapeText(a!.shape)} vs. ${shapeText(b!.shape)}`);
  if (ra < 2) throw invalid(`In[0] ndims must be >= 2: ${ra}`);
  if (rb < 2) throw invalid(`In[1] ndims must be >= 2: ${rb}`);
  const ba = a!.shape.slice(0, -2), bb = b!.shape.slice(0, -2);
  if (!broadcasts) ba.forEach((d, i) => { if (d !== bb[i]) throw invalid(`In[0].dim(${i}) and In[1].dim(${i}) must be the same: ${shapeText(a!.shape)} vs ${shapeText(b!.shape)}`); });
  const batch = broadcast(ba, bb);
  if (batch === undefined) throw invalid(`In[0] and In[1] must have compatible batch dimensions: ${shapeText(a!.shape)} vs. ${shapeText(b!.shape)}`);
  const ta = boolAttr(node, 'adj_x', false), tb = boolAttr(node, 'adj_y', false);
  const [ar, ac] = a!.shape.slice(-2) as [number, number], [br, bc] = b!.shape.slice(-2) as [number, number];
  const M = ta ? ac : ar, K = ta ? ar : ac, N = tb ? br : bc, K2 = tb ? bc : br;
  if (K !== K2) throw invalid(`In[0] mismatch In[1] shape: ${K} vs. ${K2}: ${shapeText(a!.shape)} ${shapeText(b!.shape)} ${ta ? 1 : 0} ${tb ? 1 : 0}`);
  return [multiply(node.op, a!, b!, batch, M, N, K, ta, tb, true)];
};

function multiply(op: string, a: NDArray, b: NDArray, batch: readonly number[], M: number, N: number, K: number, ta: boolean, tb: boolean, adjoint: boolean): NDArray {
  const dtype = a.dtype.baseDtype;
  if (dtype.storage === 'bool' || dtype.storage === 'string') throw noKernel(op, dtype);
  const x = widen(a) as Float32Array, y = widen(b) as Float32Array;
  const count = sizeOf(batch);
  const out = new (x.constructor as Float32ArrayConstructor)(count * M * N * (dtype.isComplex ? 2 : 1));
  const sa = broadcastStrides(a.shape.slice(0, -2), batch), sb = broadcastStrides(b.shape.slice(0, -2), batch);
  const sizeA = M * K, sizeB = K * N;
  const at = repeat(batch.length, 0);
  for (let n = 0; n < count; n++) {
    const oa = at.reduce((s, v, d) => s + v * sa[d]!, 0) * sizeA, ob = at.reduce((s, v, d) => s + v * sb[d]!, 0) * sizeB;
    product(dtype.storage, M, N, K, side(x, oa, ta ? M : K, ta, ta && adjoint), side(y, ob, tb ? K : N, tb, tb && adjoint), out, n * M * N);
    for (let d = batch.length - 1; d >= 0 && ++at[d]! === batch[d]!; d--) at[d] = 0;
  }
  return new NDArray(dtype, [...batch, M, N], narrow(dtype, out));
}

export const matmulKernels: readonly KernelDef[] = [
  { op: 'MatMul', kernel: matMul },
  { op: 'BatchMatMul', kernel: batchMatMul(false) },
  { op: 'BatchMatMulV2', kernel: batchMatMul(true) },
];
