// That the fetch-independence property can fail: it finds each of two planted faults, on every engine, and nothing in
// the same graphs without them. The full count of graphs is in fetch_independence.slow.test.ts.
import { describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import type { Toolchain } from '../../src/session/compile/target.ts';
import { ENGINES } from '../support/engines.ts';
import { type Difference, findFetchDependence } from '../support/fetch_sets.ts';
import { plantedFaults } from '../support/planted_faults.ts';
import { randomGraph } from '../support/random_graph.ts';

const GRAPHS = 8;
const SUPERSETS = 10;

/** The first difference the property finds in the first graphs. */
async function search(engine: string, toolchain?: Partial<Toolchain>): Promise<Difference | undefined> {
  for (let seed = 1; seed <= GRAPHS; seed++) {
    const g = randomGraph(seed);
    using sess = new tf.Session({ graph: g.graph, engine, onWarning: () => undefined, ...(toolchain ? { toolchain } : {}) });
    await sess.ready();
    const found = findFetchDependence(g, seed * 7919, SUPERSETS, sess);
    if (found) return found;
  }
  return undefined;
}

describe.each(ENGINES)('on %s', (engine) => {
  test('no difference without a fault', async () => {
    expect(await search(engine)).toBeUndefined();
  });
  test.each(Object.entries(plantedFaults))('the property finds %s', async (_, toolchain) => {
    expect(await search(engine, toolchain)).toBeDefined();
  });
});
