// Subscripts, iteration and the functions about sequences.
import { KeyError, TypeError, ValueError } from '../graph/errors.ts';
import { stringRepr } from '../graph/python_repr.ts';
import { ellipsis as tensorEllipsis, newaxis } from '../ops/array_slice.ts';
import { type Dynamic, isPlainObject, isSymbolic, NDArray, TensorShape, typeName } from './dynamic.ts';
import { IndexError, StopIteration } from './errors.ts';
import { getArray, setArray } from './np_index.ts';
import { compare, same } from './operators.ts';

const keyText = (k: unknown): string => (typeof k === 'string' ? stringRepr(k) : String(k));

/** Tuples as keys: equal ones are the same array. */
const tuples = new Map<string, readonly Dynamic[]>();
export function key(tuple: readonly Dynamic[]): Dynamic {
  const text = tuple.map((x) => (typeof x === 'object' && x !== null ? `#${identity(x as object)}` : `${typeof x} ${String(x)}`)).join('\n');
  const known = tuples.get(text);
  if (!known) tuples.set(text, tuple);
  return known ?? tuple;
}
const identities = new WeakMap<object, number>();
let nextIdentity = 0;
function identity(x: object): number { let n = identities.get(x); if (n === undefined) identities.set(x, n = nextIdentity++); return n; }

/** `a:b:c` inside brackets. */
export class Slice {
  readonly begin: Dynamic;
  readonly end: Dynamic;
  readonly step: Dynamic;
  constructor(begin: Dynamic, end: Dynamic, step: Dynamic) {
    this.begin = begin;
    this.end = end;
    this.step = step ?? 1;
  }
  /** First index, number of elements, step, for a sequence of length n. */
  over(n: number): { start: number; count: number; step: number } {
    const s = this.step;
    const clip = (v: number, low: number, high: number): number => Math.min(Math.max(v < 0 ? v + n : v, low), high);
    const start = this.begin === null ? (s > 0 ? 0 : n - 1) : clip(this.begin, s > 0 ? 0 : -1, s > 0 ? n : n - 1);
    const end = this.end === null ? (s > 0 ? n : -1) : clip(this.end, s > 0 ? 0 : -1, s > 0 ? n : n - 1);
    return { start, count: Math.max(0, Math.ceil((end - start) / s)), step: s };
  }
}
export const slice = (begin: Dynamic, end: Dynamic, step: Dynamic = null): Slice => new Slice(begin, end, step);
/** Python's `...`. */
export const ellipsis: unique symbol = Symbol('...');

/** `x[i]`, `x[a:b]`, `x[i, j]`. Throws IndexError, KeyError. */
export function item(x: Dynamic, ...index: readonly Dynamic[]): Dynamic {
  const i = index[0];
  if (x instanceof Map) {
    if (!x.has(i)) throw new KeyError(keyText(i));
    return x.get(i);
  }
  if (isSymbolic(x)) return x.at(...index.map(tensorIndex));
  if (x instanceof NDArray) return getArray(x, index);
  if (x instanceof TensorShape) return i instanceof Slice ? new TensorShape(sequence(x.dims ?? [], i) as number[]) : x.at(Number(i));
  if (Array.isArray(x) || typeof x === 'string') {
    if (i instanceof Slice) return typeof x === 'string' ? sequence([...x], i).join('') : sequence(x, i);
    const k = Number(i) < 0 ? Number(i) + x.length : Number(i);
    if (!(k >= 0 && k < x.length)) throw new IndexError(`${Array.isArray(x) ? 'list' : 'string'} index out of range`);
    return x[k];
  }
  if (typeof x?.__getitem__ === 'function') return x.__getitem__(index.length > 1 ? index : i);
  if (isPlainObject(x)) {
    // A named tuple of TensorFlow is a plain object of tensors here.
    if (i instanceof Slice || (typeof i === 'number' && !Object.hasOwn(x, String(i)) && (Symbol.iterator in x || Object.values(x).every(isSymbolic)))) return item(Object.values(x), i);
    if (!Object.hasOwn(x, String(i))) throw new KeyError(keyText(i));
    return x[String(i)];
  }
  throw new TypeError(`'${typeName(x)}' object is not subscriptable`);
}
function tensorIndex(k: Dynamic): unknown {
  if (k instanceof Slice) return k.begin === null && k.end === null && k.step === 1 ? null : k.step === 1 ? [k.begin, k.end] : [k.begin, k.end, k.step];
  return k === null ? newaxis : k === ellipsis ? tensorEllipsis : k;
}
function sequence(x: readonly unknown[], s: Slice): unknown[] {
  const { start, count, step } = s.over(x.length);
  return Array.from({ length: count }, (_, k) => x[start + k * step]);
}

/** `x[i] = value`. */
export function setItem(x: Dynamic, value: unknown, ...index: readonly Dynamic[]): void {
  const i = index[0];
  if (x instanceof Map) x.set(i, value);
  else if (x instanceof NDArray) setArray(x, value, index);
  else if (Array.isArray(x)) {
    if (i instanceof Slice) {
      const { start, count, step } = i.over(x.length);
      if (step !== 1) throw new TypeError('assignment to a slice with a step');
      x.splice(start, count, ...list(value) as unknown[]);
    } else {
      const k = Number(i) < 0 ? Number(i) + x.length : Number(i);
      if (!(k >= 0 && k < x.length)) throw new IndexError('list assignment index out of range');
      x[k] = value;
    }
  } else if (typeof x?.__setitem__ === 'function') x.__setitem__(index.length > 1 ? index : i, value);
  else if (isPlainObject(x)) x[String(i)] = value;
  else throw new TypeError(`'${typeName(x)}' object does not support item assignment`);
}
/** `del x[i]`. */
export function delItem(x: Dynamic, i: Dynamic): void {
  if (x instanceof Map) { if (!x.delete(i)) throw new KeyError(keyText(i)); }
  else if (Array.isArray(x)) {
    const { start, count } = i instanceof Slice ? i.over(x.length) : { start: Number(i) < 0 ? Number(i) + x.length : Number(i), count: 1 };
    x.splice(start, count);
  } else delete x[String(i)];
}

/** What iterating over a value gives: a dict gives its keys. */
export function iter(x: Dynamic): Iterable<Dynamic> {
  if (x instanceof Map) return x.keys();
  if (typeof x?.[Symbol.iterator] === 'function') return x as Iterable<Dynamic>;
  if (isPlainObject(x)) return Object.keys(x);
  if (typeof x?.__iter__ === 'function') return x.__iter__() as Iterable<Dynamic>;
  throw new TypeError(`'${typeName(x)}' object is not iterable`);
}
/** An iterator of an object with Python's `__next__`, which ends by StopIteration. */
export function* iterateNext(x: Dynamic): Generator<Dynamic> {
  for (;;) {
    let v: unknown;
    try { v = x.__next__(); } catch (e) { if (e instanceof StopIteration) return; throw e; }
    yield v;
  }
}
/** `iter(x)`. */
export function iterator(x: Dynamic): IterableIterator<Dynamic> { const it: Dynamic = iter(x); return typeof it.next === 'function' ? it : (function* (): Generator<Dynamic> { yield* it; })(); }
export function list(x: unknown = []): Dynamic[] { return [...iter(x)]; }
export const tuple = list;
export function set(x: unknown = []): Set<Dynamic> { return new Set(iter(x)); }
export const frozenset = set;
export function next(it: Dynamic, fallback?: unknown): Dynamic {
  if (typeof it.__next__ === 'function') return it.__next__();
  const r = it.next() as IteratorResult<unknown>;
  if (!r.done) return r.value;
  if (fallback !== undefined) return fallback;
  throw new StopIteration('');
}
/** `generator.send(v)`. */
export function send(it: Dynamic, v: unknown): Dynamic {
  const r = it.next(v) as IteratorResult<unknown>;
  if (r.done) throw new StopIteration('');
  return r.value;
}
export function dict(x: unknown = [], more: Dynamic = {}): Map<Dynamic, Dynamic> {
  return new Map([...items(x), ...items(more)]);
}
/** Pairs of a dict, or of a list of pairs. */
export function items(x: Dynamic): [Dynamic, Dynamic][] { return x instanceof Map ? [...x] : isPlainObject(x) ? Object.entries(x) : [...iter(x)] as [Dynamic, Dynamic][]; }
export function keys(x: Dynamic): Dynamic[] { return x instanceof Map ? [...x.keys()] : isPlainObject(x) ? Object.keys(x) : x.keys() as Dynamic[]; }
export function values(x: Dynamic): Dynamic[] { return x instanceof Map ? [...x.values()] : isPlainObject(x) ? Object.values(x) : x.values() as Dynamic[]; }

export function len(x: Dynamic): number {
  if (typeof x === 'string' || Array.isArray(x)) return x.length;
  if (x instanceof Map || x instanceof Set) return x.size;
  if (x instanceof NDArray) { if (x.ndim === 0) throw new TypeError('len() of unsized object'); return x.shape[0]!; }
  if (x instanceof TensorShape) { if (x.ndims === null) throw new ValueError('Cannot take the length of shape with unknown rank.'); return x.ndims; }
  if (typeof x?.__len__ === 'function') return x.__len__() as number;
  if (typeof x?.length === 'number') return x.length;
  if (isPlainObject(x)) return Object.keys(x).length;
  throw new TypeError(`object of type '${typeName(x)}' has no len()`);
}
export function range(a: Dynamic, b?: Dynamic, step: Dynamic = 1): number[] {
  const [begin, end, by] = b === undefined ? [0, Number(a), 1] : [Number(a), Number(b), Number(step)];
  if (by === 0) throw new ValueError('range() arg 3 must not be zero');
  return Array.from({ length: Math.max(0, Math.ceil((end - begin) / by)) }, (_, i) => begin + i * by);
}
/** An iterator may go on for ever: it is taken element by element. */
const isIterator = (x: Dynamic): boolean => typeof x?.next === 'function';
export function enumerate(x: unknown, start: Dynamic = 0): [number, Dynamic][] {
  let i = typeof start === 'object' ? Number(start.start) : Number(start);
  const pairs = function* (): Generator<[number, Dynamic]> { for (const v of iter(x)) yield [i++, v as Dynamic]; };
  return isIterator(x) ? pairs() as Dynamic : [...pairs()];
}
export function zip<A, B>(a: Iterable<A>, b: Iterable<B>): [A, B][];
export function zip<A, B, C>(a: Iterable<A>, b: Iterable<B>, c: Iterable<C>): [A, B, C][];
export function zip(...xs: readonly unknown[]): Dynamic[][];
export function zip(...xs: readonly unknown[]): Dynamic[][] {
  if (xs.some(isIterator)) return together(xs.map((x) => iter(x)[Symbol.iterator]())) as Dynamic;
  const all = xs.map((x) => list(x));
  return Array.from({ length: all.length === 0 ? 0 : Math.min(...all.map((a) => a.length)) }, (_, i) => all.map((a) => a[i]));
}
function* together(iterators: readonly Iterator<Dynamic>[]): Generator<Dynamic[]> {
  for (;;) {
    const step = iterators.map((i) => i.next());
    if (step.some((s) => s.done)) return;
    yield step.map((s) => s.value as Dynamic);
  }
}
export function reversed(x: unknown): Dynamic[] { return list(x).reverse(); }
export interface SortOptions { readonly key?: ((x: Dynamic) => unknown) | null; readonly reverse?: boolean }
export function sorted(x: unknown, options: SortOptions = {}): Dynamic[] { return sortList(list(x), options); }
/** `list.sort()`. */
export function sort(x: Dynamic[], options: SortOptions = {}): void { sortList(x, options); }
function sortList(x: Dynamic[], { key, reverse = false }: SortOptions): Dynamic[] {
  const k = key ?? ((v: unknown): unknown => v);
  return x.sort((a, b) => (reverse ? compare(k(b), k(a)) : compare(k(a), k(b))));
}
export function map(f: (...a: Dynamic[]) => unknown, ...xs: readonly unknown[]): Dynamic[] { return xs.length === 1 ? list(xs[0]).map((x) => f(x)) : zip(...xs).map((a) => f(...a)); }
export function filter(f: ((x: Dynamic) => unknown) | null, x: unknown): Dynamic[] { return list(x).filter((v) => (f ? f(v) : v)); }
/** A function over elements one after the other. */
export async function mapAsync<T>(x: Iterable<Dynamic>, f: (v: Dynamic) => Promise<T>): Promise<T[]> {
  const out: T[] = [];
  for (const v of x) out.push(await f(v));
  return out;
}
export function indexOf(x: Dynamic, v: unknown): number {
  const i = typeof x === 'string' ? x.indexOf(String(v)) : list(x).findIndex((y) => same(y, v));
  if (i < 0) throw new ValueError(typeof x === 'string' ? 'substring not found' : `${String(v)} is not in list`);
  return i;
}
export function count(x: Dynamic, v: unknown): number { return typeof x === 'string' ? x.split(String(v)).length - 1 : list(x).filter((y) => same(y, v)).length; }
export function remove(x: Dynamic, v: unknown): void { if (x instanceof Set) x.delete(v); else (x as unknown[]).splice(indexOf(x, v), 1); }
export function update(x: Dynamic, other: unknown): void { if (x instanceof Set) for (const v of iter(other)) x.add(v); else for (const [k, v] of items(other)) setItem(x, v, k); }
export function popItem(x: Dynamic, key: Dynamic, fallback?: unknown): Dynamic {
  const has = x instanceof Map ? x.has(key) : Object.hasOwn(x as object, String(key));
  if (!has) { if (fallback !== undefined) return fallback; throw new KeyError(keyText(key)); }
  const v: unknown = item(x, key);
  delItem(x, key);
  return v;
}
/** `d.popitem()`: the last pair. */
export function popLast(x: Map<Dynamic, Dynamic>): [Dynamic, Dynamic] {
  const pair = [...x].at(-1);
  if (!pair) throw new KeyError('popitem(): dictionary is empty');
  x.delete(pair[0]);
  return pair;
}
export function getItem(x: Dynamic, key: Dynamic, fallback: unknown = null): Dynamic { const v: unknown = x instanceof Map ? x.get(key) : x[String(key)]; return v === undefined ? fallback : v; }
export function setDefault(x: Dynamic, key: Dynamic, value: unknown = null): Dynamic { if (!hasKey(x, key)) setItem(x, value, key); return item(x, key); }
export const hasKey = (x: Dynamic, key: Dynamic): boolean => (x instanceof Map ? x.has(key) : Object.hasOwn(x as object, String(key)));
