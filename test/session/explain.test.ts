// What a plan says of the graph: for every node the step that computes it or why it is gone; the plan as Graphviz source.
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { printFates } from '../../src/session/plan_nodes.ts';
import { Random } from '../support/random.ts';
import { wideGraph } from '../support/wide_graph.ts';

function training() {
  const graph = new tf.Graph();
  const { x, loss, train } = graph.asDefault(() => {
    const p = tf.placeholder(tf.float32, [2, 3], { name: 'x' }), w = new tf.Variable(tf.ones([3, 2]), { name: 'w' });
    const y = tf.identity(tf.nn.relu(tf.matmul(p, w)), { name: 'y' }), l = tf.reduceSum(tf.multiply(y, tf.add(tf.constant(1.), 1., { name: 'two' })), { name: 'loss' });
    tf.negative(l, { name: 'nobody' });
    return { x: p, loss: l, train: new tf.train.GradientDescentOptimizer(0.5).minimize(l, { name: 'train' }) };
  });
  return { graph, x, loss, train };
}

test('every node of a training step is accounted for, in words', () => {
  const { graph, x, loss, train } = training();
  using sess = new tf.Session({ graph });
  const plan = sess.explain([loss, train], [x]), forward = plan.nodes.filter((n) => !/^(gradients|train\/|w\/init|w\/Assign|ones)/.test(n.node));
  expect(plan.nodes.map((n) => n.node)).toEqual(graph.getOperations().map((o) => o.name));
  expect(printFates(forward).replace(/%\d+/g, '%').replace(/ +/g, ' ')).toMatchInlineSnapshot(`
    " x (Placeholder) % fed
     w (VariableV2) % a variable of the session, read and written
     w/read (Identity) gone: only passes its input on
     MatMul (MatMul) % computed with 4 others in one step
     Relu (Relu) % computed with 4 others in one step
     y (Identity) gone: simplify: Identity(x) -> x, now Relu
     Const (Const) gone: read by nodes that were folded or rewritten
     two/y (Const) gone: mergeCommon: two equal constants -> one, now Const
     two (Add) % folded into a constant (fold: Add(constants) -> Const)
     Mul (Mul) % computed with 4 others in one step
     Const_1 (Const) % a constant
     loss (Sum) % computed with 4 others in one step
     nobody (Neg) not needed for what is fetched
     train (NoOp) only an order, kept by the order of the steps
    "
  `);
  for (const n of plan.nodes) for (const i of n.steps) expect(plan.steps[i]!.kind).not.toBe('free');
});

test.each(['reference', 'wasm', 'tfjs:cpu'])('on %s, every node of random graphs; the boxes of the drawing are those of the steps', async (engine) => {
  for (let seed = 1; seed <= 12; seed++) {
    const g = wideGraph(seed);
    using sess = await new tf.Session({ graph: g.graph, engine, onWarning: () => undefined }).ready();
    const fetches = new Random(seed).sample(g.fetchable, 6), plan = sess.explain(fetches, [...g.feeds]), fates = new Map(plan.nodes.map((n) => [n.node, n]));
    for (const t of fetches) expect(fates.get(t.op.name)!.what, `${t.name} of graph ${seed}`).not.toMatch(/^(gone: what|not needed)/);
    const told = new Set(plan.nodes.flatMap((n) => n.steps)), names = new Set(g.graph.getOperations().map((o) => o.name));
    for (const [i, s] of plan.steps.entries()) if (s.kind === 'kernel' || s.kind === 'fused') expect(told.has(i) || !s.nodes.some((n) => names.has(n)), `step ${i} of graph ${seed}`).toBe(true);
    const dot = plan.toDot(), boxes = new Set([...dot.matchAll(/^ +(s\d+) \[/gm)].map((m) => m[1]));
    for (const m of dot.matchAll(/^ {2}(s\d+) -> (s\d+) /gm)) expect(boxes.has(m[1]!) && boxes.has(m[2]!)).toBe(true);
    expect(boxes.size).toBe(plan.constants.length + plan.steps.reduce((n, s) => n + (s.kind === 'free' ? 0 : s.kind === 'fused' ? s.parts.length : 1), 0));
  }
});

test('Graphviz accepts the drawing', async () => {
  const { Graphviz } = await import('@hpcc-js/wasm-graphviz');
  const { graph, x, loss, train } = training();
  using sess = new tf.Session({ graph });
  const svg = (await Graphviz.load()).dot(sess.explain([loss, train], [x]).toDot());
  expect(svg).toMatch(/one step<[^]*>MatMul<[^]*<\/svg>/);
});
