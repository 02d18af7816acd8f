// Benchmark of single kernels: the `wasm` engine and eager TensorFlow.js on its own wasm backend, turn by turn in one
// process; and the peak of multiply-and-add in 128-bit vectors on this machine, against which GEMM is read.
// Run: npm run bench:kernels [-- --rounds N --only gemm,conv --json]
import { parseArgs } from 'node:util';
import * as tfjs from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from 'tfgraph';
import { filterGradient } from './filter_gradient.ts';
import { dtypeRows, imageRows, lossRows, moveRows, normRows, rareRows, spatialRows, testRows } from './kernel_rows.ts';
import { n1, random, type Row, row, size, unary } from './kernel_row.ts';
import { type Case, interleave, median, quantile, ratios, steady } from './measure.ts';
import { peakGflops } from './peak.ts';

type T4 = tfjs.Tensor4D;
function gemmRows(): Row[] {
  const mm = (M: number, N: number, K: number, ta: boolean, tb: boolean): Row => row('gemm', `matmul ${M}x${K}x${N}${ta ? ' tA' : ''}${tb ? ' tB' : ''}`, [ta ? [K, M] : [M, K], tb ? [N, K] : [K, N]],
    (a, b) => tf.matmul(a, b, { transposeA: ta, transposeB: tb }), (a, b) => tfjs.matMul(a as tfjs.Tensor2D, b as tfjs.Tensor2D, ta, tb), 2 * M * N * K);
  const many = (n: number, side: number): Row => row('gemm', `${n} matmuls ${side}x${side}x${side}`, [[n, side, side], [n, side, side]], (a, b) => tf.matmul(a, b), (a, b) => tfjs.matMul(a, b), 2 * n * side ** 3);
  return [mm(256, 256, 256, false, false), mm(512, 512, 512, false, false), mm(128, 512, 784, false, false), mm(784, 512, 128, true, false), mm(128, 784, 512, false, true), mm(256, 256, 256, true, true), mm(512, 512, 512, true, false), mm(512, 512, 512, false, true), mm(255, 253, 257, false, false), mm(255, 253, 257, true, true),
    mm(1, 1024, 1024, false, false), mm(1, 1024, 1024, false, true), mm(1024, 1, 1024, false, false), many(1000, 8), many(200, 32)];
}
function convRows(): Row[] {
  return ([[32, 32, 32, 64, 2], [32, 16, 64, 64, 2], [8, 64, 32, 64, 1]] as const).flatMap(([n, side, ci, co, s]) => {
    const x = [n, side, side, ci] as const, w = [3, 3, ci, co] as const, y = [n, side / s, side / s, co] as const;
    const flops = 2 * size(y) * 9 * ci, what = `conv 3x3 s${s} ${n}x${side}x${side}x${ci}->${co}`, strides = [1, s, s, 1];
    return [
      row('conv', `${what} forward`, [x, w], (a, b) => tf.nn.conv2d(a, b, strides, 'SAME'), (a, b) => tfjs.conv2d(a as T4, b as T4, s, 'same'), flops),
      row('conv', `${what} dX`, [x, w, y], (a, b, g) => tf.gradients(tf.nn.conv2d(a, b, strides, 'SAME'), [a], { gradYs: [g] })[0] as tf.Tensor, (_, b, g) => tfjs.conv2dTranspose(g as T4, b as T4, [...x], s, 'same'), flops),
      row('conv', `${what} dW`, [x, w, y], (a, b, g) => tf.gradients(tf.nn.conv2d(a, b, strides, 'SAME'), [b], { gradYs: [g] })[0] as tf.Tensor, (a, _, g) => filterGradient(a as T4, g as T4, s), flops),
    ];
  });
}
function elementwiseRows(): Row[] {
  const binary = (name: string, f: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor, g: (x: tfjs.Tensor, y: tfjs.Tensor) => tfjs.Tensor): Row => row('elementwise', `${name} 1M`, [n1, n1], f, g);
  return [
    unary('exp', tf.exp, tfjs.exp), unary('log', tf.log, tfjs.log), unary('tanh', tf.tanh, tfjs.tanh), unary('sigmoid', tf.sigmoid, tfjs.sigmoid), unary('sin', tf.sin, tfjs.sin), unary('cos', tf.cos, tfjs.cos), unary('tan', tf.tan, tfjs.tan),
    unary('erf', tf.erf, tfjs.erf), unary('softplus', tf.nn.softplus, tfjs.softplus), unary('elu', tf.nn.elu, tfjs.elu), unary('sqrt', tf.sqrt, tfjs.sqrt), unary('rsqrt', tf.rsqrt, tfjs.rsqrt),
    binary('add', (x, y) => tf.add(x, y), (x, y) => tfjs.add(x, y)), binary('floormod', (x, y) => tf.floormod(x, y), (x, y) => tfjs.mod(x, y)), binary('pow', (x, y) => tf.pow(tf.abs(x), y), (x, y) => tfjs.pow(tfjs.abs(x), y)),
    row('elementwise', 'bias add 16384x64', [[16384, 64], [64]], (a, b) => tf.add(a, b), (a, b) => tfjs.add(a, b)), unary('transpose', (x) => tf.transpose(x), (x) => tfjs.transpose(x), [1024, 1024]),
  ];
}
function reduceRows(): Row[] {
  const sum = (shape: readonly number[], axes: number[]): Row => unary(`sum over ${axes.join()} of`, (x) => tf.reduceSum(x, axes), (x) => tfjs.sum(x, axes), shape, 'reduce');
  const one = (name: string, f: (x: tf.Tensor) => tf.Tensor, g: (x: tfjs.Tensor) => tfjs.Tensor, shape: readonly number[]): Row => unary(name, f, g, shape, 'reduce');
  return [
    one('sum of all', (x) => tf.reduceSum(x), (x) => tfjs.sum(x), n1), sum([16384, 64], [0]), sum([16384, 64], [1]), sum([64, 128, 128], [1]), sum([32, 64, 64, 8], [0, 1, 2]), sum([100_000, 10], [1]), sum([100_000, 3], [0]),
    one('max over 1 of', (x) => tf.reduceMax(x, [1]), (x) => tfjs.max(x, 1), [16384, 64]), one('max over 0 of', (x) => tf.reduceMax(x, [0]), (x) => tfjs.max(x, 0), [16384, 64]), one('mean over 0 of', (x) => tf.reduceMean(x, [0]), (x) => tfjs.mean(x, 0), [16384, 64]),
    one('argmax over 1 of', (x) => tf.argmax(x, 1), (x) => tfjs.argMax(x, 1), [16384, 64]),
    one('softmax', (x) => tf.nn.softmax(x), (x) => tfjs.softmax(x), [4096, 10]), one('softmax', (x) => tf.nn.softmax(x), (x) => tfjs.softmax(x), [256, 1000]), one('log softmax', (x) => tf.nn.logSoftmax(x), (x) => tfjs.logSoftmax(x as tfjs.Tensor2D), [4096, 10]),
  ];
}
function poolRows(): Row[] {
  const pools = ([[32, 32, 32, 32], [32, 64, 64, 8]] as const).flatMap((x) => ([[2, 2], [3, 2], [3, 1]] as const).flatMap(([side, s]) => {
    const k = [1, side, side, 1], strides = [1, s, s, 1], what = `${side}x${side} s${s} ${x.join('x')}`;
    return [
      unary(`max pool ${what} of`, (t) => tf.nn.maxPool(t, k, strides, 'SAME'), (t) => tfjs.maxPool(t as T4, side, s, 'same'), x, 'pool'),
      unary(`avg pool ${what} of`, (t) => tf.nn.avgPool(t, k, strides, 'SAME'), (t) => tfjs.avgPool(t as T4, side, s, 'same'), x, 'pool'),
    ];
  }));
  const x = [32, 32, 32, 32];
  return [...pools,
    unary('max pool and gradient 2x2 s2 of', (t) => tf.gradients(tf.nn.maxPool(t, [1, 2, 2, 1], [1, 2, 2, 1], 'SAME'), [t])[0] as tf.Tensor, null, x, 'pool'),
    unary('avg pool gradient 2x2 s2 of', (t) => tf.gradients(tf.nn.avgPool(t, [1, 2, 2, 1], [1, 2, 2, 1], 'SAME'), [t])[0] as tf.Tensor, null, x, 'pool'),
  ];
}

/** Rows by index, and random numbers. */
function rowRows(): Row[] {
  const index = (n: number, below: number): Int32Array => Int32Array.from(random(n, 9), (v) => Math.floor(((v + 1) / 2) * below));
  const ids = (list: Int32Array): tf.Tensor => tf.constant(new tf.NDArray(tf.int32, [list.length], list));
  const many = index(50_000, 20_000), classes = index(4096, 1000), groups = index(50_000, 1000);
  const one = (name: string, shapes: readonly (readonly number[])[], f: (...x: tf.Tensor[]) => tf.Tensor, g: ((...x: tfjs.Tensor[]) => tfjs.Tensor) | null): Row => row('rows', name, shapes, f, g);
  return [
    one('gather 50,000 of 20000x64', [[20_000, 64]], (x) => tf.gather(x, ids(many)), (x) => tfjs.tidy(() => tfjs.gather(x, tfjs.tensor1d(many, 'int32')))),
    one('gather 50,000 of 20000', [[20_000]], (x) => tf.gather(x, ids(many)), (x) => tfjs.tidy(() => tfjs.gather(x, tfjs.tensor1d(many, 'int32')))),
    one('one-hot 4096 of 1000', [[4096]], (x) => tf.oneHot(tf.cast(tf.abs(x).mul(999.), tf.int32), 1000), () => tfjs.tidy(() => tfjs.oneHot(tfjs.tensor1d(classes, 'int32'), 1000))),
    one('segment sum 50000x64 into 1000', [[50_000, 64]], (x) => tf.unsortedSegmentSum(x, ids(groups), 1000), null),
    one('cumsum over 0 of 1000x1000', [[1000, 1000]], (x) => tf.cumsum(x, { axis: 0 }), (x) => tfjs.cumsum(x, 0)),
    one('random uniform 1M', [[1]], () => tf.randomUniform(n1, { seed: 1 }), () => tfjs.randomUniform([...n1])),
    one('random normal 1M', [[1]], () => tf.randomNormal(n1, { seed: 1 }), null), one('truncated normal 1M', [[1]], () => tf.truncatedNormal(n1, { seed: 1 }), null),
  ];
}

const GROUPS: Readonly<Record<string, () => Row[]>> = {
  gemm: gemmRows, conv: convRows, elementwise: elementwiseRows, reduce: reduceRows, pool: poolRows, rows: rowRows, loss: lossRows, move: moveRows, test: testRows, norm: normRows, spatial: spatialRows, image: imageRows, rare: rareRows, dtypes: dtypeRows,
};
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '15' }, only: { type: 'string', default: Object.keys(GROUPS).join() }, json: { type: 'boolean', default: false } } });
  await tfjs.setBackend('wasm');
  const only = values.only.split(','), rounds = Number(values.rounds);
  const results: Record<string, unknown>[] = [];
  for (const g of only) {
    for (const r of GROUPS[g]!()) {
      let peak = 0;
      const cases: Case[] = [
        { name: 'ours', run: steady(r.ours) },
        ...(r.rival ? [{ name: 'rival', run: steady(r.rival) }] : []),
        ...(r.flops === undefined ? [] : [{ name: 'peak', run: () => { const p = peakGflops(); peak = Math.max(peak, p); return p; } }]),
      ];
      const s = await interleave(cases, rounds), ours = s.get('ours')!, rival = s.get('rival');
      const gflops = r.flops === undefined ? undefined : r.flops / 1e6 / median(ours);
      results.push({
        name: r.name, ms: median(ours), best: quantile(ours, 0), ...(rival ? { rivalMs: median(rival), ratio: median(ratios(rival, ours)) } : {}),
        ...(gflops === undefined ? {} : { gflops, ofPeak: median(ours.map((ms, i) => r.flops! / 1e6 / ms / s.get('peak')![i]!)) }),
      });
      if (!values.json) console.log(line(results[results.length - 1]!));
      r.close();
    }
  }
  if (values.json) console.log(JSON.stringify({ rounds, results }, null, 2));
}
function line(r: Record<string, unknown>): string {
  const n = (k: string, digits: number): string => (r[k] as number).toFixed(digits);
  return `${String(r['name']).padEnd(46)} ${n('ms', 3)} ms (best ${n('best', 3)})${'ratio' in r ? `, eager ${n('rivalMs', 3)} ms, ratio ${n('ratio', 2)}` : ''}${'gflops' in r ? `, ${n('gflops', 1)} GF/s, ${(100 * (r['ofPeak'] as number)).toFixed(0)} % of peak` : ''}`;
}

await main();
