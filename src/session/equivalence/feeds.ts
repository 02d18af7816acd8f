// Feeds for two programs at once: one value per input position, given by the caller or drawn from a fixed stream.
import type { DType } from '../../graph/dtype.ts';
import { ValueError } from '../../graph/errors.ts';
import { allocate, NDArray } from '../../graph/ndarray.ts';
import type { Tensor } from '../../graph/tensor.ts';

/** Anything `sess.run` accepts as a fed value. */
export type FeedValue = unknown;
/** Values by input position; or, the same with names of the first program's inputs as keys. */
export type FeedSet = readonly FeedValue[] | Readonly<Record<string, FeedValue>>;
/** How many random feeds, the feeds themselves, or a function of the run's number. */
export type Feeds = number | readonly FeedSet[] | ((i: number) => FeedSet);

/** Size that unknown dimensions get in random feeds. */
const UNKNOWN_DIM = 4;

/** Number of feed sets: as many as given, else `fallback`. */
export function feedCount(feeds: Feeds | undefined, fallback: number): number {
  return typeof feeds === 'number' ? feeds : Array.isArray(feeds) ? feeds.length : fallback;
}

/** Values of run `i` by input position. Errors: ValueError for a wrong number of values, an unknown key, or an input no value can be drawn for. */
export function feedValues(feeds: Feeds | undefined, i: number, inputs: readonly Tensor[], seed: number): readonly FeedValue[] {
  if (feeds === undefined || typeof feeds === 'number') return inputs.map((t, k) => randomValue(t, mulberry32(seed + 7919 * i + 104729 * k)));
  const set = typeof feeds === 'function' ? feeds(i) : (feeds as readonly FeedSet[])[i % Math.max(1, feeds.length)]!;
  if (!Array.isArray(set)) return byName(set as Readonly<Record<string, FeedValue>>, inputs);
  if (set.length !== inputs.length) throw new ValueError(`Feeds give ${set.length} value(s) for ${inputs.length} input(s): ${inputs.map((t) => t.name).join(', ')}.`);
  return set as readonly FeedValue[];
}

function byName(set: Readonly<Record<string, FeedValue>>, inputs: readonly Tensor[]): FeedValue[] {
  const keys = new Set(Object.keys(set));
  const values = inputs.map((t) => {
    const key = [t.name, t.op.name, t.op.name.split('/').pop()!].find((k) => keys.has(k));
    if (key === undefined) throw new ValueError(`No feed for input '${t.name}'; there are feeds for: ${[...keys].join(', ')}.`);
    return set[key];
  });
  return values;
}

/** Uniform in [-1, 1) for floats, 0 or 1 for integers and booleans (so that labels are in range). */
export function randomValue(t: Tensor, next: () => number): NDArray {
  const { dims } = t.shape;
  if (dims === null) throw new ValueError(`Input '${t.name}' has no static rank: no random value can be drawn.`, { node: t.op.name, op: t.op.type, site: t.op.site?.location, remedy: 'give feeds' });
  const shape = dims.map((d) => d ?? UNKNOWN_DIM);
  const n = shape.reduce((a, b) => a * b, 1);
  return new NDArray(t.dtype.baseDtype, shape, fill(t, t.dtype.baseDtype, n, next));
}

function fill(t: Tensor, dtype: DType, n: number, next: () => number): NDArray['data'] {
  const data = allocateOrThrow(t, dtype, n);
  const length = dtype.isComplex ? 2 * n : n;
  if (dtype.storage === 'f32' || dtype.storage === 'f64' || dtype.isComplex) for (let i = 0; i < length; i++) (data as Float32Array)[i] = 2 * next() - 1;
  else if (dtype.storage === 'i64' || dtype.storage === 'u64') for (let i = 0; i < length; i++) (data as BigInt64Array)[i] = BigInt(Math.floor(2 * next()));
  else if (dtype.isInteger || dtype.isBool) for (let i = 0; i < length; i++) (data as Int32Array)[i] = Math.floor(2 * next());
  else if (dtype.storage === 'f16' || dtype.storage === 'bf16') for (let i = 0; i < length; i++) (data as Uint16Array)[i] = Math.floor(next() * (dtype.storage === 'f16' ? 0x3c00 : 0x3f80)); // [0, 1)
  else throw noRandom(t);
  return data;
}

function allocateOrThrow(t: Tensor, dtype: DType, n: number): NDArray['data'] {
  if (dtype.storage === 'string' || dtype.storage === 'none') throw noRandom(t);
  return allocate(dtype, n);
}
function noRandom(t: Tensor): ValueError {
  return new ValueError(`Input '${t.name}' is ${t.dtype.name}: no random value can be drawn.`, { node: t.op.name, op: t.op.type, site: t.op.site?.location, remedy: 'give feeds' });
}

/** Small generator with a fixed stream per seed; the values need to be varied, not random. */
export function mulberry32(seed: number): () => number {
  let s = seed >>> 0;
  return () => {
    s = (s + 0x6d2b79f5) >>> 0;
    let t = Math.imul(s ^ (s >>> 15), 1 | s);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
