// Products of complex matrices on the `wasm` engine: a row of the result begins with zeros, and the rows of B, each times an
// element of A, are added to it in order. Adjoints conjugate on the way.
import { stridesOf } from '../kernels/common.ts';
import type { ValueRow } from '../kernels/compute.ts';
import { bytesOf, type LaneStorage } from '../jit/lanes.ts';
import type { Matrix } from './gemm.ts';
import type { Kit } from './kit.ts';
import { codeFor, valueBody } from './map.ts';
import { copyBox } from './move.ts';

const addProduct = (conjA: boolean, conjB: boolean): ValueRow => ({
  complex: (o, [re, im], [a, y], [c, z]) => {
    const b = conjA ? o.neg(y) : y, d = conjB ? o.neg(z) : z;
    return [o.add(re, o.sub(o.mul(a, c), o.mul(b, d))), o.add(im, o.add(o.mul(a, d), o.mul(b, c)))];
  },
});

/** C = A * B, rows of C side by side; `conj`: conjugates A, B. */
export function complexProduct(k: Kit, s: LaneStorage, M: number, N: number, K: number, A: Matrix, B: Matrix, c: number, conj: readonly [boolean, boolean]): void {
  const unit = bytesOf(s), row = N * unit, operand = { storage: s, shape: [] };
  const add = codeFor(k, `product${conj.join()}`, valueBody(addProduct(...conj), s)!, [s], [operand, operand, operand], [false, true, false]);
  const turns = B.col !== unit, b = turns ? k.scratch(K * row) : B.address;
  if (turns) copyBox(k, unit, B.address, [B.row / unit, B.col / unit], b, stridesOf([K, N]), [K, N]);
  for (let i = 0; i < M; i++) {
    const to = c + i * row;
    k.fill(to, row);
    add(K, Math.ceil(N / 4), to, 0, to, 0, A.address + i * A.row, A.col, b, row);
  }
}
