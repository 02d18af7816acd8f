// P3 on random graphs: fetching more never changes a bit of what was fetched before, on every engine.
// `npm run test:p3` does it for 1,000 graphs.
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { passes } from '../../src/session/compile/pipeline.ts';
import { ENGINES } from '../support/engines.ts';
import { differing, findFetchDependence, type Seen } from '../support/fetch_sets.ts';
import { FORWARD, randomGraph } from '../support/random_graph.ts';

const GRAPHS = Number(process.env['TFGRAPH_P3_GRAPHS'] ?? 200);
const SUPERSETS = 10;

test(`${GRAPHS} random graphs, ${SUPERSETS} random supersets each, on every engine; wasm, with fusion and without, has the bits of reference`, async () => {
  const apart = { toolchain: { passes: passes.filter((p) => p.name !== 'fuse') } };
  const kinds = [...ENGINES.map((engine) => [engine, {}] as const), ['wasm', apart] as const];
  for (let seed = 1; seed <= GRAPHS; seed++) {
    const g = randomGraph(seed), seen: Seen[] = [];
    for (const [engine, options] of kinds) {
      const told = `graph ${seed} (${g.forwardNodes} forward nodes) on ${engine}${options === apart ? ', node by node' : ''}`, all: Seen = new Map();
      using sess = await new tf.Session({ graph: g.graph, engine, onWarning: () => undefined, ...options }).ready();
      expect(findFetchDependence(g, seed * 7919, SUPERSETS, sess, all), told).toBeUndefined();
      seen.push(all);
      if (engine === 'wasm') expect(differing(seen[0]!, all), `${told}, beside reference`).toEqual([]);
    }
  }
}, 10 * GRAPHS * 1000);

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
