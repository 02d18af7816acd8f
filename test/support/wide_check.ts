// Fetch independence of a wide random graph, on `reference` and on `wasm` with fusion and without, with a session of its own for
// each fetch set, so that random ops begin where they began, with the step of an optimizer beside some sets; of all that was fetched at
// once with two threads, and in mode fast; and the same runs one after the other, by `runSync` and by a callable, which take short ways.
import * as tf from 'tfgraph';
import type { SessionOptions } from '../../src/session/options.ts';
import { asArray, fetchSets, sameBits, type Seen } from './fetch_sets.ts';
import { APART } from './fusion.ts';
import { Random } from './random.ts';
import type { WideGraph } from './wide_graph.ts';

/** The kinds of sessions that are compared; `reference` says what is right. */
const KINDS: Readonly<Record<string, SessionOptions>> = { reference: { engine: 'reference' }, wasm: { engine: 'wasm' }, 'wasm, node by node': { engine: 'wasm', ...APART } };

export interface Outcome { readonly compared: number; readonly failed: readonly string[]; readonly wrong: readonly string[] }

export async function checkWide(g: WideGraph, seed: number, supersets: number, more = true, kinds = KINDS): Promise<Outcome> {
  let compared = 0;
  const failed: string[] = [], wrong: string[] = [], sets = fetchSets(g, seed, supersets, 4), seen = new Map<string, Seen>();
  const run = async (kind: string, options: SessionOptions, set: readonly tf.Tensor[], targets: readonly tf.Operation[] = []): Promise<tf.NDArray[] | undefined> => {
    using sess = await new tf.Session({ graph: g.graph, onWarning: () => undefined, ...options }).ready();
    try {
      sess.runSync(g.init);
      return (sess.runSync([...set, ...targets], [...g.feeds]) as unknown[]).slice(0, set.length).map((v, i) => asArray(v, set[i]!));
    } catch (e) {
      if (!(e instanceof tf.errors.OpError)) throw e;
      failed.push(`${kind}: ${e.text}`);
      return undefined;
    }
  };
  const note = (kind: string, set: readonly tf.Tensor[], values: readonly tf.NDArray[], all: Seen, other: string): void => {
    for (const [i, t] of set.entries()) {
      const before = all.get(t.name);
      if (!before) { all.set(t.name, { value: values[i]!, set }); continue; }
      compared++;
      if (!sameBits(before.value, values[i]!)) wrong.push(`${kind}: ${t.name} (${t.op.type}) in [${set.map((x) => x.name).join()}], not as ${other} [${before.set.map((x) => x.name).join()}]`);
    }
  };
  for (const [kind, options] of Object.entries(kinds)) {
    const all: Seen = new Map();
    seen.set(kind, all);
    for (const [i, set] of sets.entries()) {
      const values = await run(kind, options, set, i % 3 === 1 ? g.targets : []);
      if (values) note(kind, set, values, all, 'in');
    }
    if (kind !== 'reference') for (const [name, { value, set }] of all) { const want = seen.get('reference')!.get(name); compared++; if (want && !sameBits(want.value, value)) wrong.push(`${kind}: ${name} (${g.graph.getTensorByName(name).op.type}), not as on reference, in [${set.map((x) => x.name).join()}]`); }
  }
  if (more) {
    await new Promise((r) => { setImmediate(r); }); // threads of closed sessions end between jobs
    const some = sets[new Random(seed).int(sets.length)]!;
    const [want, ...others] = [await runs('reference', false), await runs('wasm', false), await runs('wasm', true)];
    for (const [i, values] of others.entries()) if (want && values) { compared += values.length; for (const [j, v] of values.entries()) if (!sameBits(v, want[j]!)) wrong.push(`${i === 0 ? 'runSync' : 'callable'}, run ${Math.floor(j / some.length) + 1}: ${some[j % some.length]!.name} (${some[j % some.length]!.op.type}) in [${some.map((x) => x.name).join()}], not as on reference`); }
    async function runs(engine: string, byCallable: boolean): Promise<tf.NDArray[] | undefined> {
      using sess = await new tf.Session({ graph: g.graph, onWarning: () => undefined, engine }).ready();
      const fetches = [...some, ...g.targets], call = sess.makeCallable(fetches, g.feeds.map(([t]) => t)), out: tf.NDArray[] = [];
      try {
        sess.runSync(g.init);
        for (let i = 0; i < 4; i++) out.push(...((byCallable ? call.sync(...g.feeds.map(([, v]) => v)) : sess.runSync(fetches, [...g.feeds])) as unknown[]).slice(0, some.length).map((v, j) => asArray(v, some[j]!)));
        return out;
      } catch (e) {
        if (!(e instanceof tf.errors.OpError)) throw e;
        return undefined;
      }
    }
    const every = [...new Set(sets.flat())], threads = await run('2 threads', { engine: 'wasm', threads: 2 }, every);
    if (threads) note('2 threads', every, threads, seen.get('reference')!, 'on reference in');
    const fast = [await run('fast', { engine: 'wasm', mode: 'fast' }, every), await run('fast', { engine: 'wasm', mode: 'fast' }, every)];
    if (fast[0] && fast[1]) { compared += every.length; for (const [i, t] of every.entries()) if (!sameBits(fast[0][i]!, fast[1][i]!)) wrong.push(`fast: ${t.name} (${t.op.type}) is not the same twice`); }
  }
  return { compared, failed, wrong };
}
