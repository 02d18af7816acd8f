// The fetch-independence property: for every fetch set F and superset G, run(F) and run(G) agree on F bit for bit.
import * as tf from 'tfgraph';
import { arraysEqual } from '../../src/graph/ndarray.ts';
import { nd, type Value } from '../session/kernels/helpers.ts';
import { Random } from './random.ts';

/** What the property is about: what may be fetched, and what a run of it needs. */
export interface FetchGraph {
  readonly graph: tf.Graph;
  readonly fetchable: readonly tf.Tensor[];
  readonly feeds: readonly (readonly [tf.Tensor, tf.NDArray])[];
  readonly init: tf.Operation;
}

export const asArray = (v: unknown, t: tf.Tensor): tf.NDArray => (v instanceof tf.NDArray ? v : nd(t.dtype.baseDtype, [], [v as Value]));

/** NaN is one value: payload and sign are outside every promise. */
export function sameBits(a: tf.NDArray, b: tf.NDArray): boolean {
  if (arraysEqual(a, b)) return true;
  if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join()) return false;
  const [x, y] = [a.data as Float32Array, b.data as Float32Array];
  // 16-bit floats are held as their bits: what lies above infinity is NaN.
  const limit = a.dtype === tf.float16 ? 0x7c00 : a.dtype === tf.bfloat16 ? 0x7f80 : Infinity;
  const isNaN = (v: number): boolean => Number.isNaN(v) || (v & 0x7fff) > limit;
  return x.length === y.length && x.every((v, i) => Object.is(v, y[i]) || (typeof v === 'number' && isNaN(v) && isNaN(y[i]!)));
}

export interface Difference { readonly tensor: string; readonly one: readonly string[]; readonly other: readonly string[] }

/** Small fetch sets, and supersets of them: `supersets` in all, two or three of each. `largest`: the size of a small one is between 1 and that. */
export function fetchSets(g: FetchGraph, seed: number, supersets: number, largest: number): (readonly tf.Tensor[])[] {
  const r = new Random(seed);
  return Array.from({ length: Math.ceil(supersets / 3) }, (_, i) => {
    const small = r.sample(g.fetchable, r.between(1, Math.min(largest, g.fetchable.length)));
    // Rewriting decides over patterns: what is near above a fetch is what changes its mind.
    const above = ancestors(small), close = g.fetchable.filter((t) => above.has(t.op));
    return [small, ...Array.from({ length: Math.min(3, supersets - 3 * i) }, () => {
      const near = r.sample(close, r.between(0, 8));
      const more = r.sample(g.fetchable, r.between(near.length === 0 ? 1 : 0, Math.max(2, Math.floor(g.fetchable.length / 3))));
      return [...new Set([...more, ...near, ...small])];
    })];
  }).flat();
}

/** What was fetched, by tensor, with the set it was first fetched in. */
export type Seen = Map<string, { readonly value: tf.NDArray; readonly set: readonly tf.Tensor[] }>;

/** Runs random fetch sets and supersets of them on fresh state each. Whatever a tensor is fetched with, its bits are to be the same (as
 * two sets both agree with their union); returns the first tensor of which that is not so. `seen` is filled. */
export function findFetchDependence(g: FetchGraph, seed: number, supersets: number, sess: tf.Session, seen: Seen = new Map()): Difference | undefined { return compareFetchSets(g, seed, supersets, sess, 4, seen).found; }

/** The same, with the number of values compared. */
export function compareFetchSets(g: FetchGraph, seed: number, supersets: number, sess: tf.Session, largest = 4, seen: Seen = new Map()): { readonly compared: number; readonly found?: Difference } {
  let compared = 0;
  for (const set of fetchSets(g, seed, supersets, largest)) {
    sess.runSync(g.init);
    const values = (sess.runSync([...set], [...g.feeds]) as unknown[]).map((v, i) => asArray(v, set[i]!));
    for (const [i, t] of set.entries()) {
      const before = seen.get(t.name), value = values[i]!;
      if (!before) { seen.set(t.name, { value, set }); continue; }
      compared++;
      if (!sameBits(before.value, value)) return { compared, found: { tensor: t.name, one: before.set.map((x) => x.name), other: set.map((x) => x.name) } };
    }
  }
  return { compared };
}
/** Tensors of which two engines have different bits. */
export function differing(a: Seen, b: Seen): string[] { return [...a].filter(([name, { value }]) => !sameBits(value, b.get(name)!.value)).map(([name]) => name); }

function ancestors(tensors: readonly tf.Tensor[]): Set<tf.Operation> {
  const seen = new Set<tf.Operation>();
  const stack = tensors.map((t) => t.op);
  for (let op = stack.pop(); op; op = stack.pop()) {
    for (const t of op.inputs) if (!seen.has(t.op)) { seen.add(t.op); stack.push(t.op); }
  }
  return seen;
}
