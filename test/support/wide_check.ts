// Fetch independence of a wide random graph, on `reference` and on `wasm` with fusion and without, with a session of its own for
// each fetch set, so that random ops begin where they began; and of all that was fetched at once with two threads, and in mode fast.
import * as tf from 'tfgraph';
import type { SessionOptions } from '../../src/session/options.ts';
import { asArray, fetchSets, sameBits, type Seen } from './fetch_sets.ts';
import { APART } from './fusion.ts';
import type { WideGraph } from './wide_graph.ts';

const KINDS: Readonly<Record<string, SessionOptions>> = { reference: { engine: 'reference' }, wasm: { engine: 'wasm' }, 'wasm, node by node': { engine: 'wasm', ...APART } };

export interface Outcome { readonly compared: number; readonly failed: readonly string[]; readonly wrong: readonly string[] }

export async function checkWide(g: WideGraph, seed: number, supersets: number, more = true): Promise<Outcome> {
  let compared = 0;
  const failed: string[] = [], wrong: string[] = [], sets = fetchSets(g, seed, supersets, 4), seen = new Map<string, Seen>();
  const run = async (kind: string, options: SessionOptions, set: readonly tf.Tensor[]): Promise<tf.NDArray[] | undefined> => {
    using sess = await new tf.Session({ graph: g.graph, onWarning: () => undefined, ...options }).ready();
    try {
      sess.runSync(g.init);
      return (sess.runSync([...set], [...g.feeds]) as unknown[]).map((v, i) => asArray(v, set[i]!));
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
  for (const [kind, options] of Object.entries(KINDS)) {
    const all: Seen = new Map();
    seen.set(kind, all);
    for (const set of sets) {
      const values = await run(kind, options, set);
      if (values) note(kind, set, values, all, 'in');
    }
    if (kind !== 'reference') for (const [name, { value, set }] of all) { const want = seen.get('reference')!.get(name); compared++; if (want && !sameBits(want.value, value)) wrong.push(`${kind}: ${name} (${g.graph.getTensorByName(name).op.type}), not as on reference, in [${set.map((x) => x.name).join()}]`); }
  }
  if (more) {
    const every = [...new Set(sets.flat())], threads = await run('2 threads', { engine: 'wasm', threads: 2 }, every);
    if (threads) note('2 threads', every, threads, seen.get('reference')!, 'on reference in');
    const fast = [await run('fast', { engine: 'wasm', mode: 'fast' }, every), await run('fast', { engine: 'wasm', mode: 'fast' }, every)];
    if (fast[0] && fast[1]) { compared += every.length; for (const [i, t] of every.entries()) if (!sameBits(fast[0][i]!, fast[1][i]!)) wrong.push(`fast: ${t.name} (${t.op.type}) is not the same twice`); }
  }
  return { compared, failed, wrong };
}
