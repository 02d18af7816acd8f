// Every pass on random programs; passes.slow.test.ts has many more.
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { compile, passes, resolve } from '../../../src/session/compile/pipeline.ts';
import { printPlan } from '../../../src/session/plan_print.ts';
import { targetOn } from '../../support/compile.ts';
import { passSuite } from '../../support/pass_suite.ts';
import { normalForms } from '../../support/verify_program.ts';

passSuite(15, ['unguard']);

test('every pass says what it leaves and has a verifier of it', () => {
  expect(Object.keys(normalForms)).toEqual(['resolveState', ...passes.map((p) => p.name)]);
  for (const p of passes) expect(p.leaves, p.name).not.toBe('');
});

test('what is resolved before feeds have shapes serves any of them', () => {
  const graph = new tf.Graph();
  const [x, loss, train] = graph.asDefault(() => {
    const given = tf.placeholder(tf.float32, [null, 6]), out = tf.reduceMean(tf.square(tf.layers.dense(tf.layers.dense(given, 5, tf.nn.relu), 1)));
    return [given, out, new tf.train.AdamOptimizer(0.1).minimize(out)] as const;
  });
  const request = (n: number) => ({ fetches: [loss], targets: [train], feeds: [{ tensor: x, shape: new tf.TensorShape([n, 6]) }] });
  const target = targetOn(graph, 'wasm'), resolved = resolve(request(4), target);
  for (const n of [4, 1, 7, 4]) {
    const plan = printPlan(compile(request(n), target, undefined, resolved));
    expect(plan).toBe(printPlan(compile(request(n), target)));
    expect(plan).toContain(`[${n},6]`);
  }
});
