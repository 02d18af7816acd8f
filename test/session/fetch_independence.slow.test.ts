// P3 on random graphs: fetching more never changes a bit of what was fetched before, on every engine.
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { ENGINES } from '../support/engines.ts';
import { findFetchDependence } from '../support/fetch_sets.ts';
import { FORWARD, randomGraph } from '../support/random_graph.ts';

const GRAPHS = 200;
const PAIRS = 10;

test.each(ENGINES)(`${GRAPHS} random graphs, ${PAIRS} random supersets each, on %s`, async (engine) => {
  for (let seed = 1; seed <= GRAPHS; seed++) {
    const g = randomGraph(seed);
    using sess = new tf.Session({ graph: g.graph, engine, onWarning: () => undefined });
    await sess.ready();
    const d = findFetchDependence(g, seed * 7919, PAIRS, sess);
    expect(d, `graph ${seed} (${g.forwardNodes} forward nodes) on ${engine}`).toBeUndefined();
  }
}, 600_000);

test(`the graphs have from ${FORWARD.min} to ${FORWARD.max} forward nodes, a contraction or reduction, gradients and an assign`, () => {
  const sizes: number[] = [];
  let convolutions = 0;
  for (let seed = 1; seed <= GRAPHS; seed++) {
    const g = randomGraph(seed);
    const ops = g.graph.getOperations();
    const types = new Set(ops.map((o) => o.type));
    sizes.push(ops.findIndex((o) => o.name.startsWith('gradients/')));
    if (types.has('Conv2D')) convolutions++;
    expect(types.has('MatMul') && types.has('Mean'), `graph ${seed}`).toBe(true);
    expect(g.fetchable.some((t) => t.op.name.startsWith('gradients/')), `graph ${seed}`).toBe(true);
    expect(g.fetchable.some((t) => t.op.type === 'AssignSub'), `graph ${seed}`).toBe(true);
  }
  expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([FORWARD.min, FORWARD.max]);
  expect(convolutions).toBeGreaterThan(GRAPHS / 3);
});
