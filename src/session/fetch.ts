// Fetch structures: unique tensors and operations in, the caller's structure out. Follows _FetchMapper and _FetchHandler
// in python/client/session.py (1.15).
import { InaccessibleTensorError, KeyError, TfError, TypeError, ValueError } from '../graph/errors.ts';
import { Graph, pythonTypeName } from '../graph/graph.ts';
import type { NDArray, Scalar } from '../graph/ndarray.ts';
import { Operation, Tensor } from '../graph/tensor.ts';
import type { IndexedSlices, IndexedSlicesValue } from '../ops/indexed_slices.ts';
import { pythonRepr } from '../ops/make_array.ts';
import type { SparseTensor, SparseTensorValue } from '../ops/sparse_tensor.ts';
import { conversionOf } from './conversions.ts';

/** Value of a fetched tensor: a scalar as a JS value, anything else as an array. */
export type FetchedValue = Scalar | NDArray;

/** A variable, or anything else that stands for a graph element. */
export interface GraphElement { asGraphElement(): Tensor | Operation }
/** What can be fetched: elements, names, and any nesting of arrays, plain objects and Maps of them. */
export type Fetchable = Tensor | Operation | GraphElement | IndexedSlices | SparseTensor | string | readonly Fetchable[] | ReadonlyMap<unknown, Fetchable> | { readonly [key: string]: Fetchable };

/** What a fetch gives: the structure with values in place of tensors, null in place of operations. `V`: what a tensor gives. */
export type Fetched<F, V = FetchedValue> =
  [Fetchable] extends [F] ? unknown
  : F extends Tensor ? V
  : F extends Operation ? null
  : F extends string ? V | null
  : F extends { asGraphElement(): infer E } ? (E extends Operation ? null : V)
  : F extends IndexedSlices ? IndexedSlicesValue<V>
  : F extends SparseTensor ? SparseTensorValue<V>
  : F extends ReadonlyMap<infer K, infer X> ? Map<K, Fetched<X, V>>
  : F extends readonly unknown[] ? { -readonly [I in keyof F]: Fetched<F[I], V> }
  : F extends object ? { -readonly [K in keyof F]: Fetched<F[K], V> }
  : unknown;

/** A fetch structure taken apart. */
export interface FetchPlan {
  /** Unique elements in order of appearance. */
  readonly elements: readonly (Tensor | Operation)[];
  readonly names: readonly string[];
  /** The structure with the elements' values, given in their order. */
  build(values: readonly unknown[]): unknown;
}

/** Takes a fetch structure apart. Throws TypeError and ValueError with TF's texts. */
export function planFetches(graph: Graph, fetches: unknown): FetchPlan {
  const seen = new Map<Tensor | Operation, number>();
  const element = (fetch: unknown): number => {
    const e = toElement(graph, fetch);
    checkFetchable(graph, e);
    if (!seen.has(e)) seen.set(e, seen.size);
    return seen.get(e)!;
  };
  const build = mapper(fetches, element);
  const elements = [...seen.keys()];
  return { elements, names: elements.map((e) => e.name), build };
}
export function checkFetchable(graph: Graph, e: Tensor | Operation): void {
  if (graph.isFetchable(e)) return;
  const op = e instanceof Tensor ? e.op : e;
  throw new InaccessibleTensorError(`Operation ${pythonRepr(op.name)} has been marked as not fetchable. Typically this happens when it is defined in another function or code block. Use return values,explicit Python locals or TensorFlow collections to access it.`, { node: op.name, op: op.type, ...(op.site ? { site: op.site.location } : {}) });
}

type Build = (values: readonly unknown[]) => unknown;

/** `element`: number of what is fetched. */
function mapper(fetch: unknown, element: (f: unknown) => number): Build {
  if (fetch === null || fetch === undefined) throw new TypeError("Fetch argument None has invalid type <class 'NoneType'>");
  if (Array.isArray(fetch)) {
    const parts = (fetch as unknown[]).map((f) => mapper(f, element));
    return (values) => parts.map((b) => b(values));
  }
  if (fetch instanceof Map) {
    const parts = [...(fetch as Map<unknown, unknown>)].map(([k, f]) => [k, mapper(f, element)] as const);
    return (values) => new Map(parts.map(([k, b]) => [k, b(values)]));
  }
  if (isPlainObject(fetch)) {
    const parts = Object.entries(fetch).map(([k, f]) => [k, mapper(f, element)] as const);
    return (values) => Object.fromEntries(parts.map(([k, b]) => [k, b(values)]));
  }
  const conversion = conversionOf(fetch);
  if (conversion) {
    const [parts, contract] = conversion.fetch(fetch);
    const numbers = parts.map(element);
    return (values) => contract(numbers.map((n) => values[n]));
  }
  const n = element(fetch);
  return (values) => values[n];
}

function toElement(graph: Graph, fetch: unknown): Tensor | Operation {
  try {
    return graph.asGraphElement(fetch);
  } catch (e) {
    if (!(e instanceof TfError)) throw e;
    if (e instanceof TypeError) {
      throw new TypeError(`Fetch argument ${fetchRepr(fetch)} has invalid type <class '${typeRepr(fetch)}'>, must be a string or Tensor. (Can not convert a ${shortType(fetch)} into a Tensor or Operation.)`);
    }
    const inner = e instanceof KeyError ? pythonRepr(e.text) : e.text; // Python prints a KeyError's text as a repr
    throw new ValueError(`Fetch argument ${fetchRepr(fetch)} cannot be interpreted as a Tensor. (${inner})`);
  }
}

export function isPlainObject(v: unknown): v is Record<string, unknown> {
  if (typeof v !== 'object' || v === null) return false;
  const proto: unknown = Object.getPrototypeOf(v);
  return proto === Object.prototype || proto === null;
}

/** Python's repr of a fetch argument. */
export function fetchRepr(v: unknown): string {
  if (v instanceof Tensor) return `<tf.Tensor '${v.name}' shape=${v.shape} dtype=${v.dtype.name}>`;
  if (v instanceof Operation) return v.repr;
  if (v instanceof Set) return `{${[...(v as Set<unknown>)].map(pythonRepr).join(', ')}}`;
  if (v === Graph) return "<class 'tensorflow.python.framework.ops.Graph'>";
  if (typeof v === 'function') return `<class '${v === Object ? 'object' : v.name}'>`;
  return pythonRepr(v);
}
function shortType(v: unknown): string { return v instanceof Set ? 'set' : typeof v === 'function' ? 'type' : pythonTypeName(v); }
function typeRepr(v: unknown): string {
  const name = shortType(v);
  return name === 'Tensor' || name === 'Operation' ? `tensorflow.python.framework.ops.${name}` : name === 'ndarray' ? 'numpy.ndarray' : name;
}
