// P3 inside TensorFlow: random fetch sets on graphs made of what its rewriters like, gradients and updates among them; and
// that the property can fail: without what hides the functions it does. TensorFlow's own log says that it saw none.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { Body } from '../../../src/session/engines/native/body.ts';
import { findAddon } from '../../../src/session/engines/native/find.ts';
import { callingGraph, encodeSavedModel } from '../../../src/session/engines/native/saved_model.ts';
import { ENGINES } from '../../support/engines.ts';
import { compareFetchSets, findFetchDependence } from '../../support/fetch_sets.ts';
import { randomGraph, type RandomGraph } from '../../support/random_graph.ts';
import { Random } from '../../support/random.ts';

/** Patterns TensorFlow's rewriters and oneDNN's graph pass replace: chains of constants, sums of many, monotone functions
 * under a maximum, convolution with pad, bias, activation and normalisation, in both data formats; their gradients. */
function rewritable(seed: number): RandomGraph {
  const graph = new tf.Graph();
  return graph.asDefault(() => {
    const r = new Random(seed);
    const array = (...shape: number[]): tf.NDArray => new tf.NDArray(tf.float32, shape, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => r.between(-1000, 1000) / 500));
    const format = r.between(0, 1) === 0 ? 'NHWC' : 'NCHW', first = format === 'NCHW';
    const x = tf.placeholder(tf.float32, [3, 8], { name: 'x' }), im = tf.placeholder(tf.float32, first ? [2, 3, 7, 6] : [2, 7, 6, 3], { name: 'im' });
    const w = new tf.Variable(tf.constant(array(8, 5)), { name: 'w' }), k = new tf.Variable(tf.constant(array(3, 3, 3, 4)), { name: 'k' }), b = new tf.Variable(tf.constant(array(4)), { name: 'b' });
    const out: tf.Tensor[] = [];
    const keep = (t: tf.Tensor): tf.Tensor => { out.push(t); return t; };
    const chain = keep(keep(keep(x.mul(0.1)).truediv(0.3)).add(0.1)).sub(0.1);
    keep(tf.reduceMax(keep(tf.tanh(keep(chain))), [1]));
    keep(tf.addN([chain, keep(x.mul(3)), keep(tf.square(x)), keep(x.sub(0.7))]));
    keep(keep(x.truediv(7)).mul(3).add(keep(x.truediv(7)).mul(5)));
    const y = keep(tf.nn.relu(keep(tf.nn.biasAdd(keep(tf.matmul(x, w.value())), tf.constant(array(5))))));
    const padded = keep(tf.pad(im, first ? [[0, 0], [0, 0], [1, 1], [1, 1]] : [[0, 0], [1, 1], [1, 1], [0, 0]]));
    const conv = keep(tf.nn.biasAdd(keep(tf.nn.conv2d(padded, k.value(), [1, 1, 1, 1], 'VALID', { dataFormat: format })), b.value(), { dataFormat: format }));
    const axes = first ? [0, 2, 3] : [0, 1, 2], wide = (t: tf.Tensor): tf.Tensor => (first ? tf.reshape(t, [1, -1, 1, 1]) : t);
    const mean = keep(tf.reduceMean(conv, axes)), variance = keep(tf.reduceMean(tf.square(conv.sub(wide(mean))), axes));
    const h = keep(tf.nn.maxPool(keep(tf.nn.relu(keep(conv.sub(wide(mean)).mul(wide(tf.rsqrt(variance.add(1e-3))))))), first ? [1, 1, 2, 2] : [1, 2, 2, 1], first ? [1, 1, 2, 2] : [1, 2, 2, 1], 'VALID', { dataFormat: format }));
    const loss = keep(tf.reduceSum(tf.square(y)).add(tf.reduceSum(h.mul(h))).add(tf.reduceSum(chain)));
    for (const g of tf.gradients(loss, [x, im, w, k, b, conv, padded]) as tf.Tensor[]) keep(g);
    const train = new tf.train.MomentumOptimizer(1e-3, 0.9).minimize(loss, { varList: [w, k, b] });
    const step = tf.controlDependencies([train], () => tf.identity(loss, { name: 'step' }));
    return { graph, fetchable: [...new Set([...out, step])], feeds: [[x, array(3, 8)], [im, array(...(first ? [2, 3, 7, 6] : [2, 7, 6, 3]))]], init: tf.globalVariablesInitializer(), variables: [w, k, b], forwardNodes: 40 };
  });
}
/** Values to compare in each of the two tests: a few here, thousands in `npm run test:native:p3`. */
const WANTED = Number(process.env['TFGRAPH_TEST_NATIVE_COMPARISONS'] ?? 300);
const PAIRS = 10, MAX_MINUTES = 60;

/** Graph after graph until enough has been compared; small sets and large ones in turns. */
async function compareAll(make: (seed: number) => RandomGraph): Promise<void> {
  let compared = 0;
  for (let seed = 1; compared < WANTED; seed++) {
    const g = make(seed);
    using sess = await new tf.Session({ graph: g.graph, engine: 'native', onWarning: () => undefined }).ready();
    const c = compareFetchSets(g, seed, PAIRS, sess, seed % 2 === 0 ? 4 : 24);
    expect(c.found, `seed ${seed}`).toBeUndefined();
    compared += c.compared;
  }
}

describe.skipIf(!ENGINES.includes('native'))('native (npm run test:native, when TensorFlow is installed)', () => {
  test(`no bit depends on the fetch set: ${WANTED} values of graphs that rewriters like`, () => compareAll(rewritable), MAX_MINUTES * 60_000);
  test(`${WANTED} values of the random programs of the other engines`, () => compareAll((seed) => randomGraph(100 + seed)), MAX_MINUTES * 60_000);
  test('the property fails where the rewriter sees the functions (mode fast), so it can', async () => {
    const found = [];
    for (let seed = 1; seed <= 4; seed++) {
      const g = rewritable(seed);
      using sess = await new tf.Session({ graph: g.graph, engine: 'native', mode: 'fast', onWarning: () => undefined }).ready();
      const d = findFetchDependence(g, seed, 10, sess);
      if (d) found.push(d.tensor);
    }
    expect(found.length).toBeGreaterThan(0);
  });
  test('TensorFlow\'s rewriter is given the calls and no function', () => {
    const log = (rewritten: boolean): string => {
      const body = new Body('fn');
      const x = body.argument(tf.float32);
      body.result(body.add('Sub', 'marked', [body.add('AddV2', 'chain', [x, x]).out(0), x]).out(0));
      const dir = mkdtempSync(join(tmpdir(), 'tfgraph-test-'));
      try {
        writeFileSync(join(dir, 'saved_model.pb'), encodeSavedModel(callingGraph([{ def: body.finish(rewritten), inputs: body.arguments, outputs: body.results }], rewritten)));
        const program = 'const B = require(process.argv[1]); const s = B.loadSavedModel(process.argv[2], "serve"); B.runSavedModel(s, [B.createTensor([1], 1, Float32Array.of(2))], "fn_0:0", "call_fn:0");';
        const r = spawnSync(process.execPath, ['-e', program, findAddon()!.addon, dir], { env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '0', TF_CPP_VMODULE: 'meta_optimizer=3' }, encoding: 'utf8' });
        expect(r.status, r.stderr).toBe(0);
        return r.stderr;
      } finally {
        rmSync(dir, { recursive: true, force: true });
      }
    };
    expect(log(false)).toContain('Optimized 0 functions');
    expect(log(false)).not.toContain('Optimize function: function=fn');
    expect(log(true)).toContain('Optimize function: function=fn');
  });
});
