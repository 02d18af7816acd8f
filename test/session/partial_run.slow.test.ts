// Partial runs and callables at length: the parts of a run have the bits of the whole, and nothing leaks.
import { describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { partialGraph } from '../support/partial_graph.ts';
import { Random } from '../support/random.ts';
import { randomGraph } from '../support/random_graph.ts';

describe('the parts of a run have the bits of the whole (P3)', () => {
  test.each(['reference', 'tfjs:cpu'])('40 random graphs, fed and fetched in random parts, on %s', async (engine) => {
    for (let seed = 1; seed <= 40; seed++) {
      const r = new Random(seed * 31);
      const { graph, fetchable, feeds, init, variables } = randomGraph(seed);
      const open = async (): Promise<tf.Session> => { const s = new tf.Session({ graph, engine, onWarning: () => {} }); await s.run(init); return s; };
      const chosen = [...new Set(Array.from({ length: 6 }, () => r.pick(fetchable)))];
      using whole = await open();
      using parts = await open();
      const want = await whole.run(chosen, feeds);
      const h = await parts.partialRunSetup(chosen, feeds.map(([t]) => t));
      const left = new Set(chosen);
      for (const [i, feed] of feeds.entries()) {
        let now: (readonly [tf.Tensor, tf.NDArray])[] = [feed];
        for (const t of [...left].filter(() => i === feeds.length - 1 || r.bool())) {
          const got = await parts.partialRun(h, t, now).catch((e: unknown) => { if (/can't be computed/.test(String(e))) return undefined; throw e; });
          if (got === undefined) continue;
          now = [];
          left.delete(t);
          expect(got, `graph ${seed}: ${t.name}`).toEqual(want[chosen.indexOf(t)]);
        }
        if (now.length > 0) await parts.partialRun(h, [], now);
      }
      expect(await parts.run(variables)).toEqual(await whole.run(variables));
    }
  }, 60_000);
});

describe('nothing leaks (P5)', () => {
  test.each(['reference', 'tfjs:cpu'])('1,000 partial runs and 1,000 calls of a callable on %s', async (engine) => {
    const g = partialGraph();
    const { a, b, c, r1, r2, inc, noop, x, y, xy } = g;
    using s = new tf.Session({ graph: g.graph, engine });
    await s.run(g.init);
    const half = g.graph.asDefault(() => tf.multiply(r2, 0.5));
    const call = s.makeCallable([r2, noop], [a, b, c]);
    const failing = s.makeCallable(xy, [x, y]);
    const once = async (i: number): Promise<void> => {
      const h = await s.partialRunSetup([r1, half, inc], [a, b, c]);
      expect(await s.partialRun(h, r1, [[a, i], [b, 2]])).toBe(i + 2);
      await s.partialRun(h, [half, inc], [[c, 3]]);
      expect(await call(i, 1, 2)).toEqual([(i + 1) * 2, null]);
      if (i % 10 === 0) await expect(failing([1], [1, 2, 3].slice(1))).resolves.toBeInstanceOf(tf.NDArray);
      if (i % 10 === 1) await expect(failing([1, 2, 3], [1, 2])).rejects.toThrow('Incompatible shapes');
    };
    await once(0);
    await once(1);
    const before = [s.memory(), s.deviceMemory()];
    for (let i = 2; i < 1002; i++) await once(i);
    expect([s.memory(), s.deviceMemory()]).toEqual(before);
  }, 60_000);
  test('a failed or abandoned partial run gives its values back', async () => {
    const t = partialGraph();
    using s = new tf.Session({ graph: t.graph, engine: 'tfjs:cpu' });
    await s.run(t.init);
    const before = s.deviceMemory();
    const h = await s.partialRunSetup([t.xy, t.r1, t.inc], [t.x, t.y, t.a, t.b]);
    await s.partialRun(h, t.inc, [[t.a, 1]]);
    await expect(s.partialRun(h, t.xy, [[t.x, [1, 2]], [t.y, [1, 2, 3]]])).rejects.toThrow('Incompatible');
    expect(s.deviceMemory()).toEqual(before);
    await s.partialRunSetup([t.r1], [t.a, t.b]).then((i) => s.partialRun(i, [], [[t.a, 1]]));
    s.close();
    expect(s.deviceMemory().tensors).toBeLessThan(before.tensors);
  });
});
