// Types that stand for several tensors when they are fetched or fed: SparseTensor, IndexedSlices and those that users
// register. Follows _REGISTERED_EXPANSIONS in python/client/session.py (1.15).
import { TypeError, ValueError } from '../graph/errors.ts';
import type { Tensor } from '../graph/tensor.ts';
import { IndexedSlices, IndexedSlicesValue } from '../ops/indexed_slices.ts';
import { SparseTensor, SparseTensorValue } from '../ops/sparse_tensor.ts';

/** Whatever constructor it has. */
type Type<T> = abstract new (...args: never[]) => T;

/** How a type is taken apart. */
export interface Conversion<T = unknown> {
  readonly type: Type<T>;
  /** The tensors (or names) to fetch, and what their values become. */
  readonly fetch: (value: T) => readonly [elements: readonly unknown[], contract: (values: readonly unknown[]) => unknown];
  /** The tensors to feed with what of a fed value. */
  readonly feed?: ((key: T, value: unknown) => Iterable<readonly [unknown, unknown]>) | undefined;
  /** The tensors a partial run will be fed. */
  readonly feedKeys?: ((key: T) => readonly unknown[]) | undefined;
}

/** Python's `zip` of keys and a fed value: what is missing is not fed. */
function zip(keys: readonly Tensor[], value: unknown): [Tensor, unknown][] {
  if (typeof value !== 'object' || value === null || !(Symbol.iterator in value)) {
    throw new TypeError('zip argument #2 must support iteration', { remedy: 'feed a SparseTensorValue or IndexedSlicesValue, or a list of its parts in their order' });
  }
  const parts = [...value as Iterable<unknown>];
  return keys.slice(0, parts.length).map((k, i) => [k, parts[i]]);
}
const sparseParts = (s: SparseTensor): Tensor[] => [s.indices, s.values, s.denseShape];
const slicesParts = (s: IndexedSlices): Tensor[] => (s.denseShape === null ? [s.values, s.indices] : [s.values, s.indices, s.denseShape]);

const sparse: Conversion<SparseTensor> = {
  type: SparseTensor,
  fetch: (s) => [sparseParts(s), ([indices, values, denseShape]) => new SparseTensorValue(indices, values, denseShape)],
  feed: (s, value) => zip(sparseParts(s), value),
  feedKeys: sparseParts,
};
const slices: Conversion<IndexedSlices> = {
  type: IndexedSlices,
  fetch: (s) => [slicesParts(s), ([values, indices, denseShape]) => new IndexedSlicesValue(values, indices, denseShape ?? null)],
  feed: (s, value) => zip(slicesParts(s), value),
  feedKeys: slicesParts,
};
/** Latest first: the first type a value is an instance of decides. */
const conversions: Conversion[] = [anyOf(sparse), anyOf(slices)];
/** `instanceof` has been asked before a conversion's functions see a value. */
function anyOf<T>(c: Conversion<T>): Conversion { return c as unknown as Conversion; }

/** The conversion of a value's type, if it has one. */
export function conversionOf(value: unknown): Conversion | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const c of conversions) if (value instanceof c.type) return c;
  return undefined;
}

/** `register_session_run_conversion_functions`: makes a class of the user's fetchable and feedable. `fetchFunction` gives
 * the tensors of an object and a function from their values to the result; `feedFunction` pairs tensors with parts of a
 * fed value; `feedFunctionForPartialRun` names the tensors that may be fed in a partial run.
 * Errors: ValueError when the class, or one derived from it, is registered already. */
export function registerSessionRunConversionFunctions<T>(
  tensorType: Type<T>,
  fetchFunction: Conversion<T>['fetch'],
  feedFunction?: Conversion<T>['feed'] | null,
  feedFunctionForPartialRun?: Conversion<T>['feedKeys'] | null,
): void {
  const derived = (c: Type<unknown>): boolean => c === tensorType || c.prototype instanceof tensorType;
  if (conversions.some((c) => derived(c.type))) throw new ValueError(`<class '${tensorType.name}'> has already been registered so ignore it.`);
  conversions.unshift(anyOf<T>({ type: tensorType, fetch: fetchFunction, feed: feedFunction ?? undefined, feedKeys: feedFunctionForPartialRun ?? undefined }));
}

/** The keys and values that a feed stands for. */
export function expandFeed(key: unknown, value: unknown): Iterable<readonly [unknown, unknown]> {
  const c = conversionOf(key);
  if (!c) return [[key, value]];
  if (!c.feed) throw notFeedable(c);
  return c.feed(key, value);
}
/** The keys that an entry of `partial_run_setup`'s feeds stands for. */
export function expandFeedKeys(key: unknown): readonly unknown[] {
  const c = conversionOf(key);
  if (!c) return [key];
  if (!c.feedKeys) throw notFeedable(c);
  return c.feedKeys(key);
}
function notFeedable(c: Conversion): TypeError {
  return new TypeError("'NoneType' object is not callable", { remedy: `${c.type.name} was registered without the function that feeds it` });
}
