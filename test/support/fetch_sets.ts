// The fetch-independence property: for every fetch set F and superset G, run(F) and run(G) agree on F bit for bit.
import * as tf from 'tfgraph';
import { arraysEqual } from '../../src/graph/ndarray.ts';
import { Random } from './random.ts';
import type { RandomGraph } from './random_graph.ts';

const asArray = (v: unknown): tf.NDArray => (v instanceof tf.NDArray ? v : new tf.NDArray(tf.float32, [], Float32Array.of(v as number)));

/** NaN is one value: payload and sign are outside every promise. */
export function sameBits(a: tf.NDArray, b: tf.NDArray): boolean {
  if (arraysEqual(a, b)) return true;
  const [x, y] = [a.data as Float32Array, b.data as Float32Array];
  return x.length === y.length && x.every((v, i) => Object.is(v, y[i]) || (Number.isNaN(v) && Number.isNaN(y[i])));
}

/** The same of fetched values. */
export function sameValues(a: unknown, b: unknown): boolean { return sameBits(asArray(a), asArray(b)); }

export interface Difference { readonly tensor: string; readonly small: readonly string[]; readonly large: readonly string[] }

/** Runs `pairs` random (F, G) pairs on fresh state each and returns the first tensor whose bits depend on the set. */
export function findFetchDependence(g: RandomGraph, seed: number, pairs: number, sess: tf.Session): Difference | undefined { return compareFetchSets(g, seed, pairs, sess).found; }

/** The same, with the number of values compared. `largest`: the size of F is between 1 and that. */
export function compareFetchSets(g: RandomGraph, seed: number, pairs: number, sess: tf.Session, largest = 4): { readonly compared: number; readonly found?: Difference } {
  const r = new Random(seed);
  let compared = 0;
  const run = (fetches: readonly tf.Tensor[]): tf.NDArray[] => {
    sess.runSync(g.init);
    return (sess.runSync([...fetches], [...g.feeds]) as unknown[]).map(asArray);
  };
  for (let i = 0; i < pairs; i++) {
    const small = r.sample(g.fetchable, r.between(1, Math.min(largest, g.fetchable.length)));
    // Rewriting decides over patterns: what is near above a fetch is what changes its mind.
    const above = ancestors(small);
    const near = r.sample(g.fetchable.filter((t) => above.has(t.op)), r.between(0, 8));
    const more = r.sample(g.fetchable, r.between(near.length === 0 ? 1 : 0, Math.max(2, Math.floor(g.fetchable.length / 3))));
    const large = [...new Set([...more, ...near, ...small])];
    const a = run(small);
    const b = run(large);
    for (let k = 0; k < small.length; k++) {
      compared++;
      if (!sameBits(a[k]!, b[large.indexOf(small[k]!)]!)) return { compared, found: { tensor: small[k]!.name, small: small.map((t) => t.name), large: large.map((t) => t.name) } };
    }
  }
  return { compared };
}

function ancestors(tensors: readonly tf.Tensor[]): Set<tf.Operation> {
  const seen = new Set<tf.Operation>();
  const stack = tensors.map((t) => t.op);
  for (let op = stack.pop(); op; op = stack.pop()) {
    for (const t of op.inputs) if (!seen.has(t.op)) { seen.add(t.op); stack.push(t.op); }
  }
  return seen;
}
