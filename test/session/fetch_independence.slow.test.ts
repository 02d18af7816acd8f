// P3 on random graphs: fetching more never changes a bit of what was fetched before, on both engines.
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { findFetchDependence } from '../support/fetch_sets.ts';
import { randomGraph } from '../support/random_graph.ts';

const GRAPHS = 200;
const PAIRS = 10;

test.each(['reference', 'tfjs:cpu', 'tfjs:wasm'])(`${GRAPHS} random graphs, ${PAIRS} random supersets each, on %s`, async (engine) => {
  for (let seed = 1; seed <= GRAPHS; seed++) {
    const g = randomGraph(seed);
    const size = g.graph.size;
    expect(size, `graph ${seed}`).toBeGreaterThan(30);
    const opened = new tf.Session({ graph: g.graph, engine, onWarning: () => {} });
    await opened.ready?.();
    const d = findFetchDependence(g, seed * 7919, PAIRS, () => opened);
    expect(d, `graph ${seed} (${size} nodes) on ${engine}: ${d?.tensor}`).toBeUndefined();
  }
}, 600_000);
