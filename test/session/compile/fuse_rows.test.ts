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
