// Benchmark of single kernels: the `wasm` engine and eager TensorFlow.js on its own wasm backend, turn by turn in one
// process; and the peak of multiply-and-add in 128-bit vectors on this machine, against which GEMM is read.
// Run: npm run bench:kernels [-- --rounds N --only gemm,conv --json]
import { parseArgs } from 'node:util';
import * as tfjs from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from 'tfgraph';
import { filterGradient } from './filter_gradient.ts';
import { type Case, interleave, median, quantile, ratios, time } from './measure.ts';
import { peakGflops } from './peak.ts';

interface Row { readonly name: string; readonly group: string; readonly flops?: number; readonly ours: () => void; readonly rival: (() => void) | null; readonly close: () => void }

function random(n: number, seed: number): Float32Array {
  let s = seed;
  return Float32Array.from({ length: n }, () => { s = (Math.imul(s, 1664525) + 1013904223) >>> 0; return s / 2 ** 31 - 1; });
}
const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** One op on variables, run as a target, so that nothing is copied in or out; and what eager TensorFlow.js calls the same. */
function row(group: string, name: string, shapes: readonly (readonly number[])[], ours: (...x: tf.Tensor[]) => tf.Tensor, rival: ((...x: tfjs.Tensor[]) => tfjs.Tensor) | null, flops?: number): Row {
  const data = shapes.map((s, i) => random(size(s), i + 1));
  const graph = new tf.Graph();
  const { op, init } = graph.asDefault(() => {
    const x = shapes.map((s, i) => tf.getVariable(`x${i}`, s, { initializer: tf.zerosInitializer() }));
    const feeds = shapes.map((s, i) => tf.placeholder(tf.float32, s, { name: `f${i}` }));
    const assign = x.map((v, i) => tf.assign(v, feeds[i]!));
    return { op: ours(...x.map((v) => v.value())).op, init: tf.group(...assign) };
  });
  const sess = new tf.Session({ graph, engine: 'wasm' });
  sess.runSync(init, data.map((d, i) => [`f${i}:0`, new tf.NDArray(tf.float32, shapes[i]!, d)] as const));
  const x = shapes.map((s, i) => tfjs.tensor(data[i]!, [...s]));
  return {
    name, group, ...(flops === undefined ? {} : { flops }),
    ours: () => { sess.runSync(op); },
    rival: rival ? () => { rival(...x).dispose(); } : null,
    close: () => { sess.close(); for (const t of x) t.dispose(); },
  };
}

type T4 = tfjs.Tensor4D;
function gemmRows(): Row[] {
  const mm = (M: number, N: number, K: number, ta: boolean, tb: boolean): Row => row('gemm', `matmul ${M}x${K}x${N}${ta ? ' tA' : ''}${tb ? ' tB' : ''}`, [ta ? [K, M] : [M, K], tb ? [N, K] : [K, N]],
    (a, b) => tf.matmul(a, b, { transposeA: ta, transposeB: tb }), (a, b) => tfjs.matMul(a as tfjs.Tensor2D, b as tfjs.Tensor2D, ta, tb), 2 * M * N * K);
  return [mm(256, 256, 256, false, false), mm(512, 512, 512, false, false), mm(128, 512, 784, false, false), mm(784, 512, 128, true, false), mm(128, 784, 512, false, true), mm(256, 256, 256, true, true), mm(255, 253, 257, false, false)];
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
  const n = [1 << 20];
  const one = (name: string, f: (x: tf.Tensor) => tf.Tensor, g: (x: tfjs.Tensor) => tfjs.Tensor): Row => row('elementwise', `${name} 1M`, [n], f, g);
  return [
    one('exp', (x) => tf.exp(x), (x) => tfjs.exp(x)), one('log', (x) => tf.log(x), (x) => tfjs.log(x)), one('tanh', (x) => tf.tanh(x), (x) => tfjs.tanh(x)), one('sigmoid', (x) => tf.sigmoid(x), (x) => tfjs.sigmoid(x)),
    row('elementwise', 'add 1M', [n, n], (a, b) => tf.add(a, b), (a, b) => tfjs.add(a, b)), row('elementwise', 'bias add 16384x64', [[16384, 64], [64]], (a, b) => tf.add(a, b), (a, b) => tfjs.add(a, b)),
    one('sum of all', (x) => tf.reduceSum(x), (x) => tfjs.sum(x)), row('elementwise', 'sum over rows 16384x64', [[16384, 64]], (x) => tf.reduceSum(x, [0]), (x) => tfjs.sum(x, 0)),
    row('elementwise', 'softmax 4096x10', [[4096, 10]], (x) => tf.nn.softmax(x), (x) => tfjs.softmax(x)), row('elementwise', 'transpose 1024x1024', [[1024, 1024]], (x) => tf.transpose(x), (x) => tfjs.transpose(x)),
  ];
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '15' }, only: { type: 'string', default: 'gemm,conv,elementwise' }, json: { type: 'boolean', default: false } } });
  await tfjs.setBackend('wasm');
  const only = values.only.split(','), rounds = Number(values.rounds);
  const groups: Readonly<Record<string, () => Row[]>> = { gemm: gemmRows, conv: convRows, elementwise: elementwiseRows };
  const results: Record<string, unknown>[] = [];
  for (const g of only) {
    for (const r of groups[g]!()) {
      let peak = 0;
      const cases: Case[] = [
        { name: 'ours', run: () => time(r.ours) },
        ...(r.rival ? [{ name: 'rival', run: () => time(r.rival!) }] : []),
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
