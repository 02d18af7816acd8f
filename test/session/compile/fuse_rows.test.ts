// Loops over rows: sums over everything of what is made row by row, folds of rows and what reads their results.
import { beforeEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { agree, filled, ph, regions } from '../../support/fusion.ts';
import { Random } from '../../support/random.ts';

beforeEach(() => { tf.resetDefaultGraph(); });

describe('the sum of all that a step makes of rows', () => {
  test.each([[[7, 33]], [[3, 5, 257]], [[40, 3]], [[1, 6, 1030]], [[2, 3, 4, 36]], [[9, 5000]]])('%j', async (shape) => {
    const r = new Random(4), lead = shape.slice(0, -1), x = ph('x', shape), row = ph('row', shape.slice(-1)), column = ph('column', [...lead, 1]), mask = ph('mask', shape.length > 2 ? shape.with(1, 1) : shape.slice(-1));
    const y = tf.tanh(x.mul(row).add(column), { name: 'y' }), z = tf.square(y.mul(mask), { name: 'z' });
    const feeds: tf.Feeds = [[x, filled(r, shape)], [row, filled(r, shape.slice(-1))], [column, filled(r, [...lead, 1])], [mask, filled(r, mask.shape.asList() as number[])]];
    const sum = tf.reduceSum(z, { name: 'sum' }), mean = tf.reduceMean(y, { name: 'mean' });
    expect((await regions([sum, mean, z], [x, row, column, mask])).length).toBe(1);
    for (const set of [[sum], [sum, mean], [z, sum, mean], [y, z, mean]]) await agree(set, feeds);
  });
  test.each([[300, 7, 24], [130, 40, 13], [1500, 3, 8]])('of a product: [%i, %i, %i]', async (M, K, N) => {
    const r = new Random(6), x = ph('x', [M, K]), w = ph('w', [K, N]), b = ph('b', [N]);
    const feeds: tf.Feeds = [[x, filled(r, [M, K])], [w, filled(r, [K, N])], [b, filled(r, [N])]];
    const h = tf.nn.biasAdd(tf.matmul(x, w, { name: 'm' }), b), loss = tf.reduceMean(tf.square(h), { name: 'loss' });
    expect(await regions(loss, [x, w, b])).toEqual(['m BiasAdd Square loss']);
    await agree([loss], feeds);
    await agree([loss, h], feeds);
  });
});

describe('folds of rows go on in the step', () => {
  const shapes = [[6, 8], [3, 5, 12], [70, 131], [2, 2049], [1, 64], [9, 4], [2, 3, 7, 33]];
  test.each(shapes.map((s) => [s]))('softmax with arithmetic before and after, and its gradient: %j', async (shape) => {
    const r = new Random(3), x = ph('x', shape), mask = ph('mask', shape.with(0, 1)), drop = ph('drop', shape);
    const feeds: tf.Feeds = [[x, filled(r, shape, -5, 5)], [mask, filled(r, shape.with(0, 1))], [drop, filled(r, shape)]];
    const w = tf.multiply(tf.nn.softmax(tf.add(x.mul(0.125), mask, { name: 'masked' }), { name: 'soft' }), drop, { name: 'w' });
    expect(await regions([w], [x, mask, drop])).toEqual(['mul masked soft w']);
    const loss = tf.reduceSum(tf.square(w)), [g] = tf.gradients(loss, [x]) as [tf.Tensor];
    expect((await regions([loss, g], [x, mask, drop])).length).toBe(1);
    for (const set of [[w], [loss], [g], [loss, g], [w, loss, g, ...x.graph.getOperations().filter((o) => o.type === 'Softmax').flatMap((o) => o.outputs)]]) await agree(set, feeds);
  });
  test.each(shapes.map((s) => [s]))('log-softmax, sums, means and extrema of rows: %j', async (shape) => {
    const r = new Random(5), x = ph('x', shape), y = ph('y', shape), feeds: tf.Feeds = [[x, filled(r, shape, -5, 5)], [y, filled(r, shape)]];
    const a = x.mul(y), last = shape.length - 1, l = tf.nn.logSoftmax(a), most = tf.reduceMax(a, last), least = tf.reduceMin(a, last, { keepdims: true }), mean = tf.reduceMean(a, last, { keepdims: true });
    const scaled = a.sub(least).div(mean.add(7.)), entropy = tf.negative(tf.reduceSum(tf.exp(l).mul(l), last)), logs = tf.log(tf.reduceSum(tf.exp(a), [last]));
    for (const set of [[l], [most, entropy], [scaled], [least, mean, scaled, most], [logs, entropy, l], [tf.reduceSum(scaled), tf.reduceMean(entropy), logs]]) await agree(set, feeds);
    expect((await regions([entropy], [x, y])).length).toBe(1);
  });
  test.each([[5, 10], [40, 257], [3, 1500]])('softmax cross-entropy and its gradient: [%i, %i]', async (rows, classes) => {
    const r = new Random(7), x = ph('x', [rows, 6]), w = ph('w', [6, classes]), b = ph('b', [classes]), labels = ph('labels', [rows, classes]);
    const feeds: tf.Feeds = [[x, filled(r, [rows, 6])], [w, filled(r, [6, classes])], [b, filled(r, [classes])], [labels, filled(r, [rows, classes])]];
    const logits = tf.nn.biasAdd(tf.matmul(x, w), b), each = tf.nn.softmaxCrossEntropyWithLogitsV2({ labels, logits }), loss = tf.reduceMean(each);
    const grads = tf.gradients(loss, [x, w, b]) as tf.Tensor[];
    for (const set of [[loss], [each, ...grads], [loss, logits, ...grads]]) await agree(set, feeds);
  });
  test.each([[[9, 16], [1]], [[40, 33], [1]], [[3, 5, 64], [2]], [[200, 8], [0]], [[4, 6, 6, 8], [0, 1, 2]]])('moments and normalisation, forward and backward: %j over %j', async (shape, axes) => {
    const r = new Random(8), last = shape.slice(-1), x = ph('x', shape), gamma = ph('gamma', last), beta = ph('beta', last), target = ph('target', shape);
    const feeds: tf.Feeds = [[x, filled(r, shape)], [gamma, filled(r, last)], [beta, filled(r, last)], [target, filled(r, shape)]];
    const [mean, variance] = tf.nn.moments(x, axes, { keepDims: true }) as [tf.Tensor, tf.Tensor];
    const y = tf.nn.relu(tf.nn.batchNormalization(x, mean, variance, beta, gamma, 1e-5)), loss = tf.reduceMean(tf.square(y.sub(target)));
    const grads = tf.gradients(loss, [x, gamma, beta]) as tf.Tensor[];
    for (const set of [[y], [loss, ...grads], [mean, variance, y, loss], [grads[0]!], grads.slice(1)]) await agree(set, feeds);
  });
  test('infinities, NaN and zeros of both signs', async () => {
    const rows = [[-0, 0, -0, -0, 0], [NaN, 1, 2, 3, 4], [Infinity, 1, 2, Infinity, 0], [-Infinity, -Infinity, -Infinity, -Infinity, -Infinity], [1, NaN, Infinity, -Infinity, -0], [1e-42, -1e-42, 3e38, -3e38, 1]];
    const x = ph('x', [6, 5]), feeds: tf.Feeds = [[x, new tf.NDArray(tf.float32, [6, 5], Float32Array.from(rows.flat()))]], a = x.mul(1.5);
    for (const y of [tf.nn.softmax(a).mul(2.), tf.nn.logSoftmax(a).neg(), a.sub(tf.reduceMax(a, 1, { keepdims: true })), tf.reduceMin(a, [-1]), tf.reduceMax(a, [-1]), tf.reduceSum(a, 1)]) await agree([y], feeds);
  });
  test('what waits for the region outside keeps its parts apart', async () => {
    const x = ph('x', [8, 8]), feeds: tf.Feeds = [[x, filled(new Random(2), [8, 8])]];
    const a = tf.tanh(x, { name: 'a' }), s = tf.reduceSum(a, 1, { keepdims: true, name: 's' }), m = tf.matmul(a, a, { name: 'm' }), b = tf.add(m, s, { name: 'b' }), c = tf.reduceMax(b, 0, { keepdims: true }), d = tf.add(tf.nn.softmax(b), c, { name: 'd' });
    const columns = tf.reduceSum(a, 0, { name: 'columns' }), e = tf.subtract(a.sub(s), columns, { name: 'e' });
    for (const set of [[b], [d], [d, s], [e], [e, s, columns, d]]) await agree(set, feeds);
  });
  test('short rows, single elements and rows of nothing stay with their own kernels', async () => {
    for (const shape of [[4, 1], [4, 2], [0, 8], [4, 0], [8]]) {
      const x = ph('x', shape), feeds: tf.Feeds = [[x, filled(new Random(1), shape)]], a = tf.tanh(x);
      const run = async (engine: string): Promise<unknown> => { const { openSession } = await import('../../support/engines.ts'); return (await openSession(engine)).runSync([tf.nn.softmax(a).mul(2.), a.sub(tf.reduceSum(a, -1, { keepdims: true }))], feeds); };
      expect(await run('wasm')).toEqual(await run('reference'));
    }
  });
});
