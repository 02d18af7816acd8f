// Restates linalg_*.py: linear systems and decompositions.
import * as tf from 'tfgraph';
import { arr, attempt, type Program } from '../oracle.ts';

type Feed = [tf.Tensor, tf.NDArray][];
const wide64 = (a: tf.NDArray): tf.NDArray => new tf.NDArray(tf.float64, a.shape, Float64Array.from(a.data as Float32Array));
const f32 = (shape: readonly number[], ...v: number[]): tf.NDArray => new tf.NDArray(tf.float32, shape, Float32Array.from(v));
/** arr plus by * eye in the last two axes. */
function shifted(a: tf.NDArray, by: number): tf.NDArray {
  const n = a.shape.at(-1)!, out = (a.data as Float32Array).slice();
  for (let i = 0; i < out.length; i++) if (i % (n * n) % (n + 1) === 0) out[i] = out[i]! + by;
  return new tf.NDArray(a.dtype, a.shape, out);
}
export function linalg_solve(): Program {
  const a = tf.placeholder(tf.float32, [2, 3, 3], { name: 'a' });
  const b = tf.placeholder(tf.float32, [2, 3, 2], { name: 'b' });
  const d = tf.placeholder(tf.float64, [3, 3], { name: 'd' });
  const [zr, zi] = [tf.placeholder(tf.float32, [2, 3, 3], { name: 'zr' }), tf.placeholder(tf.float32, [2, 3, 2], { name: 'zi' })];
  const [z, zb] = [tf.complex(zr.at(0), zr.at(1)), tf.complex(zi.at(0), zi.at(1))];
  const u = tf.placeholder(tf.float32, { name: 'u' });
  const tall = tf.placeholder(tf.float32, [4, 3], { name: 'tall' });
  const late = tf.placeholder(tf.float32, [null, null], { name: 'late' });
  const spd = tf.matmul(a, a, { transposeB: true }).add(tf.eye(3, { batchShape: [2] }).rmul(2));
  const zpd = tf.matmul(z, z, { adjointB: true }).add(tf.eye(3, { dtype: tf.complex64 }));
  const l = tf.linalg;
  const slog = l.slogdet(a);
  const zlog = l.slogdet(z);
  const lu = l.lu(a);
  const zlu = l.lu(z, { outputIdxType: tf.int64, name: 'zlu' });
  const t = [tf.matrixDeterminant(a), l.det(d, { name: 'det' }), tf.reshape(l.det(z), [1]), slog.sign, slog.logAbsDeterminant, tf.reshape(zlog.sign, [1]), tf.reshape(zlog.logAbsDeterminant, [1]), l.logdet(spd), tf.matrixInverse(a), l.inv(d, { adjoint: true }), l.inv(z), l.inv(z, { adjoint: true }),
    tf.matrixSolve(a, b), l.solve(a, b, { adjoint: true, name: 'solve' }), l.solve(z, zb), l.solve(z, zb, { adjoint: true }), tf.matrixTriangularSolve(a, b), l.triangularSolve(a, b, { lower: false }), l.triangularSolve(a, b, { adjoint: true, name: 'tri' }),
    l.triangularSolve(z, zb, { lower: false, adjoint: true }), tf.cholesky(spd), l.cholesky(zpd), tf.choleskySolve(tf.cholesky(spd), b), l.choleskySolve(l.cholesky(zpd), zb, { name: 'cs' }), lu.lu, lu.p, zlu.lu, zlu.p,
    tf.matrixSolveLs(a, b), l.lstsq(tall, tf.ones([4, 2]), { l2Regularizer: .5 }), l.lstsq(tf.transpose(tall), tf.ones([3, 2]), { name: 'under' }), l.lstsq(tall, tf.ones([4, 1]), { fast: false }), l.lstsq(tf.transpose(tall), tf.ones([3, 1]), { fast: false })];
  const ls = [tf.matrixSolveLs(late, tf.ones([4, 1]), { l2Regularizer: .1 })];
  // In Python's order: the list of pairs is built first.
  const pairs: [tf.Tensor, tf.Tensor][] = [[tf.matrixDeterminant(a), a], [slog.logAbsDeterminant, a], [tf.matrixInverse(a), a], [tf.matrixSolve(a, b), a], [tf.matrixSolve(a, b), b], [l.solve(a, b, { adjoint: true }), a],
    [tf.matrixTriangularSolve(a, b), a], [l.triangularSolve(a, b, { lower: false, adjoint: true }), a], [l.triangularSolve(a, b), b], [tf.cholesky(spd), a], [l.logdet(spd), a], [tf.matrixSolveLs(a, b), b],
    [l.choleskySolve(tf.cholesky(spd), b), b], [tf.real(l.inv(z)), z], [tf.real(l.det(z)), z]];
  const g = pairs.map(([y, x]) => tf.gradients(y, x)[0]);
  attempt('square', () => tf.matrixInverse(b));
  attempt('rank', () => tf.matrixDeterminant(tf.zeros([3])));
  attempt('rows', () => tf.matrixSolve(a, tf.zeros([2, 2, 2])));
  attempt('batch', () => tf.matrixSolve(a, tf.zeros([3, 3, 2])));
  attempt('triangle', () => tf.matrixTriangularSolve(b, b));
  attempt('dtype', () => tf.cholesky(tf.constant([[1, 2], [3, 4]], tf.int32)));
  attempt('dtypes', () => tf.matrixSolve(d, b));
  attempt('complex ls', () => l.lstsq(tf.zeros([2, 2], tf.complex128), tf.zeros([2, 1], tf.complex128), { l2Regularizer: .1 }));
  attempt('ls gradient', () => tf.gradients(tf.rawOps.MatrixSolveLs({ matrix: tall, rhs: tf.ones([4, 1]), l2Regularizer: tf.constant(0, tf.float64), fast: false }), tall));
  const f: Feed = [[a, shifted(arr([2, 3, 3], 1), 2)], [b, arr([2, 3, 2], 2)], [d, shifted(wide64(arr([3, 3], 3)), -1)], [zr, arr([2, 3, 3], 4)], [zi, arr([2, 3, 2], 5)], [tall, arr([4, 3], 6)]];
  const at = (shape: readonly number[], ...v: number[]): Feed => [[u, f32(shape, ...v)]];
  const bad = [tf.matrixInverse(u), tf.matrixSolve(u, tf.ones([2, 1])), Object.values(l.slogdet(u)), l.det(u), tf.cholesky(u), Object.values(l.lu(u)), tf.matrixTriangularSolve(u, tf.ones([2, 1]))] as const;
  return { runs: [{ fetch: t, feed: f }, { fetch: g, feed: f }, { fetch: ls, feed: [[late, arr([4, 3], 8)]] }, ...bad.map((q) => ({ fetch: q, feed: at([2, 2], 1, 2, 2, 4) })),
    { fetch: bad[6], feed: at([2, 2], 1, 0, 2, 0) }, { fetch: bad[4], feed: at([2, 2], 1, 0, 2, -1) }, { fetch: bad[0], feed: at([2, 3], 1, 2, 3, 2, 4, 5) }, { fetch: bad[1], feed: at([3, 3], 1, 2, 3, 2, 4, 5, 2, 5, 5) },
    { fetch: [bad[0], l.det(u), bad[2], bad[4]], feed: at([0, 0]) }, { fetch: [l.det(u), bad[2]], feed: at([2, 0, 0]) }, { fetch: bad[3], feed: at([2], 1, 2) }, { fetch: bad[1], feed: at([2, 2, 2], 1, 1, 1, 1, 1, 1, 1, 1) }] };
}

export function linalg_decomp(): Program {
  const a = tf.placeholder(tf.float32, [2, 3, 3], { name: 'a' });
  const s = tf.placeholder(tf.float32, [2, 4, 4], { name: 's' });
  const tall = tf.placeholder(tf.float32, [4, 3], { name: 'tall' });
  const wide = tf.placeholder(tf.float64, [2, 3], { name: 'wide' });
  const zr = tf.placeholder(tf.float32, [2, 3, 3], { name: 'zr' });
  const z = tf.complex(zr.at(0), zr.at(1));
  const h = tf.matmul(z, z, { adjointB: true });
  const l = tf.linalg;
  const q = tf.qr(a);
  const qt = l.qr(tall);
  const qf = l.qr(tall, { fullMatrices: true, name: 'full' });
  const qw = l.qr(wide);
  const qz = l.qr(z);
  const [e, v] = tf.selfAdjointEig(s);
  const [ez, vz] = l.eigh(h);
  const ev = tf.selfAdjointEigvals(s, { name: 'values' });
  const [sa, ua, va] = tf.svd(a);
  const [st, ut, vt] = l.svd(tall);
  const [sf, uf, vf] = l.svd(tall, { fullMatrices: true });
  const [sw, uw, vw] = l.svd(wide);
  const [sz, uz, vz2] = l.svd(z);
  const only = l.svd(a, { computeUv: false, name: 'only' });
  const diag = (x: tf.Tensor, t: tf.DType): tf.Tensor => tf.linalg.diag(tf.cast(x, t));
  const back = (x: tf.Tensor, u: tf.Tensor, w: tf.Tensor, t: tf.DType): tf.Tensor => tf.matmul(u, tf.matmul(diag(x, t), w, { adjointB: true }));
  const t = [q.q, q.r, qt.q, qt.r, qf.q, qf.r, qw.q, qw.r, qz.q, qz.r, e, tf.abs(v), ez, tf.abs(vz), tf.matmul(vz, tf.matmul(diag(ez, tf.complex64), vz, { adjointB: true })), ev, sa, tf.abs(ua), tf.abs(va), back(sa, ua, va, tf.float32), st, tf.abs(ut), tf.abs(vt),
    back(st, ut, vt, tf.float32), sf, tf.abs(uf.at(null, [null, 3])), tf.abs(vf), tf.abs(tf.matmul(uf, uf, { adjointA: true })), sw, tf.abs(uw), back(sw, uw, vw, tf.float64), sz, back(sz, uz, vz2, tf.complex64), only];
  const pairs: [tf.Tensor | tf.Tensor[], tf.Tensor][] = [[q.r, a], [qt.q, tall], [e, s], [tf.square(tf.square(v)), s], [ev, s], [only, a], [[sa, tf.square(tf.square(ua)), tf.square(tf.square(va))], a], [st, tall], [tf.square(tf.square(vt)), tall], [sw, wide]];
  const g = pairs.map(([y, x]) => tf.gradients(y, x)[0]);
  const late = (name: string): tf.Tensor => tf.getDefaultGraph().getTensorByName(name);
  attempt('rank', () => tf.svd(tf.zeros([3])));
  attempt('square', () => tf.selfAdjointEig(tall));
  attempt('dtype', () => tf.qr(tf.constant([[1, 2], [3, 4]], tf.int32)));
  attempt('qr complex', () => tf.gradients(tf.real(qz.q), z));
  attempt('qr wide', () => tf.gradients(qw.r, wide));
  attempt('qr late', () => tf.gradients(tf.qr(tf.placeholder(tf.float32, [null, 3], { name: 'late' })).r, late('late:0')));
  attempt('svd complex', () => tf.gradients([sz, tf.abs(uz)], z));
  attempt('svd late', () => tf.gradients(tf.svd(tf.placeholder(tf.float32, [null, 3], { name: 'late2' }))[1], late('late2:0')));
  const x = arr([2, 4, 4], 3).data as Float32Array;
  const both = Float32Array.from(x, (xi, i) => { const [o, r, c] = [i - (i % 16), (i % 16) >> 2, i % 4]; return xi + x[o + 4 * c + r]!; });
  const f: Feed = [[a, arr([2, 3, 3], 1)], [s, new tf.NDArray(tf.float32, [2, 4, 4], both)], [tall, arr([4, 3], 4)], [wide, wide64(arr([2, 3], 5))], [zr, arr([2, 3, 3], 6)]];
  const diagonals = (...rows: number[][]): tf.NDArray => {
    const n = rows[0]!.length;
    return f32([rows.length, n, n], ...rows.flatMap((row) => Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? row[i / (n + 1)]! : 0))));
  };
  const f2: Feed = [...f.slice(2), [a, diagonals([0, 0, 0], [1, -2, 3])], [s, diagonals([1, 1, 1, 1], [4, 1, 3, 2])]];
  return { runs: [{ fetch: t, feed: f }, { fetch: g, feed: f }, { fetch: [q.q, q.r, e, ev, sa, only, back(sa, ua, va, tf.float32)], feed: f2 }] };
}
