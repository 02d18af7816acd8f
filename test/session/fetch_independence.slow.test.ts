// P3 on random graphs: fetching more never changes a bit of what was fetched before, on every engine.
// `npm run test:p3` does it for 1,000 graphs.
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { passes } from '../../src/session/compile/pipeline.ts';
import { ENGINES } from '../support/engines.ts';
import { findFetchDependence, sameValues } from '../support/fetch_sets.ts';
import { Random } from '../support/random.ts';
import { FORWARD, randomGraph } from '../support/random_graph.ts';

const GRAPHS = Number(process.env['TFGRAPH_P3_GRAPHS'] ?? 200);
const PAIRS = 10;

test.each(ENGINES)(`${GRAPHS} random graphs, ${PAIRS} random supersets each, on %s`, async (engine) => {
  for (let seed = 1; seed <= GRAPHS; seed++) {
    const g = randomGraph(seed);
    using sess = new tf.Session({ graph: g.graph, engine, onWarning: () => undefined });
    await sess.ready();
    const d = findFetchDependence(g, seed * 7919, PAIRS, sess);
    expect(d, `graph ${seed} (${g.forwardNodes} forward nodes) on ${engine}`).toBeUndefined();
  }
}, 3 * GRAPHS * 1000);

test(`${GRAPHS} random graphs, ${PAIRS} fetch sets each: wasm, with fusion and without, has the bits of reference`, async () => {
  const apart = { toolchain: { passes: passes.filter((p) => p.name !== 'fuse') } };
  for (let seed = 1; seed <= GRAPHS; seed++) {
    const g = randomGraph(seed), r = new Random(seed * 104729);
    const sessions = [['reference', {}], ['wasm', {}], ['wasm', apart]] as const;
    const open = sessions.map(([engine, options]) => new tf.Session({ graph: g.graph, engine, onWarning: () => undefined, ...options }));
    await Promise.all(open.map((s) => s.ready()));
    for (let k = 0; k < PAIRS; k++) {
      const fetches = r.sample(g.fetchable, r.between(1, Math.max(2, Math.floor(g.fetchable.length / 3))));
      const [want, ...others] = open.map((s) => { s.runSync(g.init); return s.runSync(fetches, g.feeds as tf.Feeds) as unknown as (tf.NDArray | number)[]; });
      others.forEach((got, i) => {
        const bad = fetches.filter((_, j) => !sameValues(got[j]!, want![j]!)).map((t) => t.name);
        expect(bad, `graph ${seed}, set ${k}, ${i === 0 ? 'fused' : 'node by node'}`).toEqual([]);
      });
    }
    for (const s of open) s.close();
  }
}, 3 * GRAPHS * 1000);

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
