// The properties of the compile passes on random programs: the program stays well formed, a pass leaves what it declares,
// its patches give the former program back, and no bit of any result changes, whichever passes run. One suite for a
// quick and a thorough count.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { freezeRewrites, undo } from '../../src/graph/rewrite.ts';
import { passes } from '../../src/session/compile/pipeline.ts';
import type { Program } from '../../src/session/compile/program.ts';
import { programs, runWith, targetOn } from './compile.ts';
import { Random } from './random.ts';
import { randomGraph } from './random_graph.ts';
import { randomProgram } from './random_program.ts';
import { normalForms, wellFormed } from './verify_program.ts';

const SETS = 2;

interface Case { readonly name: string; readonly fetches: (tf.Tensor | tf.Operation)[]; readonly feeds: readonly (readonly [tf.Tensor, tf.NDArray])[]; readonly init: tf.Operation }

/** Random fetch sets of random programs, then of random training graphs. */
function* cases(count: number): Generator<Case> {
  for (let seed = 1; seed <= count; seed++) {
    const g = seed % 5 === 0 ? { ...randomGraph(seed), targets: [] } : randomProgram(seed);
    const r = new Random(seed);
    for (let k = 0; k < SETS; k++) {
      const fetches = [...r.sample(g.fetchable, r.between(1, 6)), ...r.sample(g.targets, r.int(3))];
      yield { name: `program ${seed}, set ${k}`, fetches, feeds: g.feeds, init: g.init };
    }
  }
}

/** Declares the tests, over `count` random programs. `rare`: passes that only many programs give something to do. */
export function passSuite(count: number, rare: readonly string[] = []): void {
  // A pass that writes into what the one before it left must fail.
  beforeAll(() => { freezeRewrites(true); });
  afterAll(() => { freezeRewrites(false); });

  describe.each(['reference', 'wasm', 'tfjs:cpu'])('for %s', (engine) => {
    test('every pass leaves a well-formed program in the normal form it declares', () => {
      const fired = new Set<string>();
      for (const c of cases(count)) {
        const target = targetOn(c.fetches[0]!.graph, engine);
        for (const [pass, p] of programs(c.fetches, c.feeds, target)) {
          expect(wellFormed(p, target), `${c.name} after ${pass}`).toEqual([]);
          expect(normalForms[pass]!(p, target), `${c.name} after ${pass}`).toEqual([]);
          for (const l of p.log) fired.add(l.pass);
        }
      }
      expect([...fired].sort()).toEqual(['fold', ...(engine === 'wasm' ? ['fuse', 'layout'] : []), 'mergeCommon', ...(engine === 'tfjs:cpu' ? [] : ['narrow']), 'simplify', 'skipUnneeded', ...rare]);
    });

    test('no pass changes a bit: each alone, and all together, against none', async () => {
      for (const c of cases(count)) {
        const want = await runWith([], c.fetches, c.feeds, c.init, engine);
        // Engines differ in where programs run, never in what comes out.
        if (engine !== 'reference') expect(want, `${c.name} on reference`).toEqual(await runWith([], c.fetches, c.feeds, c.init));
        for (const some of [...passes.map((p) => [p]), passes]) {
          expect(await runWith(some, c.fetches, c.feeds, c.init, engine), `${c.name} with ${some.map((p) => p.name).join(', ')}`).toEqual(want);
        }
      }
    });
  });

  test('the patches of a pass give the former program back', () => {
    const undone = new Set<string>();
    for (const c of cases(count)) {
      let before: Program | undefined;
      for (const [pass, p] of programs(c.fetches, c.feeds, targetOn(c.fetches[0]!.graph, 'wasm'))) {
        if (before && p.nodes !== before.nodes) {
          const edits = p.edits.slice(before.edits.length); // a pass may end in another: what layout turns twice, simplify merges
          expect(edits[0]!.pass, c.name).toBe(pass);
          expect({ ...edits.reduceRight((nodes, e) => undo({ nodes, inversePatches: e.inversePatches }), p.nodes) }, `${c.name}: ${pass} undone`).toEqual({ ...before.nodes });
          undone.add(pass);
        }
        before = p;
      }
    }
    expect([...undone].sort()).toEqual(['fold', 'fuse', 'layout', 'mergeCommon', 'narrow', 'simplify', 'sweep', ...rare]);
  });

  test('the log accounts for every node a rule took away or made', () => {
    for (const c of cases(count)) {
      const all = programs(c.fetches, c.feeds, targetOn(c.fetches[0]!.graph, 'wasm'));
      let before: Program | undefined;
      for (const [pass, p] of all) {
        if (before && pass !== 'sweep') {
          const log = p.log.slice(before.log.length);
          const [old, now] = [new Set(Object.keys(before.nodes)), new Set(Object.keys(p.nodes))];
          const gone = [...old].filter((n) => !now.has(n));
          const made = [...now].filter((n) => !old.has(n));
          const changed = [...now].filter((n) => old.has(n) && (before!.nodes[n]!.op !== p.nodes[n]!.op));
          const matched = new Set(log.flatMap((l) => l.matched));
          const logged = new Set(log.flatMap((l) => l.made));
          expect(gone.filter((n) => !matched.has(n)), `${c.name} ${pass}`).toEqual([]);
          expect([...made, ...changed].filter((n) => !logged.has(n)), `${c.name} ${pass}`).toEqual([]);
        }
        before = p;
      }
    }
  });
}
