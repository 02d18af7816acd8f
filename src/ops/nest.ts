// `tf.nest`: nested structures taken apart and put together again. Sequences are arrays; dicts are Maps and plain objects,
// visited in the order of their sorted keys; everything else is a leaf, IndexedSlices and SparseTensors too unless composites are expanded
// into their tensors. Follows python/util/nest.py (1.15).
import { TypeError, ValueError } from '../graph/errors.ts';
import { pythonTypeName } from '../graph/graph.ts';
import type { Tensor } from '../graph/tensor.ts';
import { isOptions } from './api.ts';
import { IndexedSlices } from './indexed_slices.ts';
import { pythonRepr, pythonStr } from './make_array.ts';
import { SparseTensor } from './sparse_tensor.ts';

type Dict = ReadonlyMap<unknown, unknown> | Readonly<Record<string, unknown>>;
type Composite = IndexedSlices | SparseTensor;
type Sequence = readonly unknown[] | Dict | Composite;
/** A structure with its leaves replaced. */
export type MapLeaves<S, R> = S extends readonly unknown[] ? { -readonly [K in keyof S]: MapLeaves<S[K], R> }
  : S extends ReadonlyMap<infer K, infer V> ? Map<K, MapLeaves<V, R>>
  : S extends Readonly<Record<string, unknown>> ? { -readonly [K in keyof S]: MapLeaves<S[K], R> } : R;

const isDict = (v: unknown): v is Dict => v instanceof Map || isOptions(v);

/** `tf.nest.is_nested`: whether a value is a structure (arrays, Maps, plain objects), not a leaf. */
export function isNested(v: unknown): v is Sequence { return Array.isArray(v) || isDict(v); }
const compositeOf = (v: unknown): typeof IndexedSlices | typeof SparseTensor | undefined => [IndexedSlices, SparseTensor].find((c) => v instanceof c);
const isComposite = (v: unknown): v is Composite => compositeOf(v) !== undefined;
/** The same; with `composites`, IndexedSlices and SparseTensors are structures of their tensors. */
function isStructure(v: unknown, composites: boolean): v is Sequence { return isNested(v) || (composites && isComposite(v)); }
/** `nest.is_sequence`, the old name. */
export const isSequence = isNested;

/** Keys and values, dicts by sorted key. Errors: TypeError for keys that have no order. */
function items(s: Sequence): [key: unknown, value: unknown][] {
  if (Array.isArray(s)) return (s as readonly unknown[]).map((v, i) => [i, v]);
  if (s instanceof SparseTensor) return [s.indices, s.values, s.denseShape].map((t, i) => [i, t]);
  if (s instanceof IndexedSlices) return [s.values, s.indices, ...(s.denseShape ? [s.denseShape] : [])].map((t, i) => [i, t]);
  const entries: [unknown, unknown][] = s instanceof Map ? [...s] as [unknown, unknown][] : Object.entries(s);
  const odd = entries.find(([k]) => pythonTypeName(k) !== pythonTypeName(entries[0]![0]));
  if (odd) throw new TypeError(`'<' not supported between instances of '${pythonTypeName(odd[0])}' and '${pythonTypeName(entries[0]![0])}'`);
  return entries.sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1));
}
const values = (s: Sequence): unknown[] => items(s).map(([, v]) => v);
const sizeOf = (s: Sequence): number => (Array.isArray(s) ? s.length : s instanceof Map ? s.size : Object.keys(s).length);

/** `tf.nest.flatten`: the leaves in order; a leaf is a list of itself. */
export function flatten(structure: unknown, expandComposites = false): unknown[] {
  return isStructure(structure, expandComposites) ? values(structure).flatMap((v) => flatten(v, expandComposites)) : [structure];
}

/** Same kind of container with other elements, which come in the order of `items`. */
function like(s: Sequence, elements: readonly unknown[]): unknown {
  if (Array.isArray(s)) return [...elements];
  if (s instanceof SparseTensor) return new SparseTensor(elements[0] as Tensor, elements[1] as Tensor, elements[2] as Tensor);
  if (s instanceof IndexedSlices) return new IndexedSlices(elements[0] as Tensor, elements[1] as Tensor, (elements[2] as Tensor | undefined) ?? null);
  const made = new Map(items(s).map(([k], i) => [k, elements[i]]));
  if (s instanceof Map) return new Map([...s.keys()].map((k: unknown) => [k, made.get(k)]));
  return Object.fromEntries(Object.keys(s).map((k) => [k, made.get(k)]));
}

/** `tf.nest.pack_sequence_as`: a structure of the same form with other leaves.
 * Errors: TypeError when the leaves are no list, ValueError when there are too many or too few. */
export function packSequenceAs(structure: unknown, flatSequence: readonly unknown[], expandComposites = false): unknown {
  if (!Array.isArray(flatSequence)) throw new TypeError('flat_sequence must be a sequence');
  if (!isStructure(structure, expandComposites)) {
    if (flatSequence.length !== 1) throw new ValueError(`Structure is a scalar but len(flat_sequence) == ${flatSequence.length} > 1`);
    return flatSequence[0];
  }
  const n = flatten(structure, expandComposites).length;
  if (n !== flatSequence.length) {
    throw new ValueError(`Could not pack sequence. Structure had ${n} elements, but flat_sequence had ${flatSequence.length} elements.  Structure: ${show(structure)}, flat_sequence: ${show(flatSequence)}.`);
  }
  let next = 0;
  const pack = (s: Sequence): unknown => like(s, values(s).map((v) => (isStructure(v, expandComposites) ? pack(v) : flatSequence[next++])));
  return pack(structure);
}

/** `tf.nest.map_structure`: a structure of what `func` makes of the leaves of one or more structures of the same form.
 * Errors: TypeError and ValueError when their forms differ. */
export function mapStructure<S, R>(func: (leaf: never, ...more: never[]) => R, structure: S, ...more: unknown[]): MapLeaves<S, R> {
  if (typeof func !== 'function') throw new TypeError(`func must be callable, got: ${show(func)}`);
  if (structure === undefined && more.length === 0) throw new ValueError('Must provide at least one structure');
  for (const other of more) assertSameStructure(structure, other);
  const others = more.map((x) => flatten(x));
  const call = func as (...leaves: unknown[]) => R;
  return packSequenceAs(structure, flatten(structure).map((v, i) => call(v, ...others.map((o) => o[i])))) as MapLeaves<S, R>;
}

/** `tf.nest.assert_same_structure`. `checkTypes` (default true) also asks for arrays with arrays and dicts with dicts.
 * Errors: ValueError for another form, TypeError for another kind of container, both showing the two structures. */
export function assertSameStructure(nest1: unknown, nest2: unknown, checkTypes = true, expandComposites = false): void {
  const problem = difference(nest1, nest2, checkTypes, expandComposites);
  if (!problem) return;
  const dots = (s: unknown): string => show(packSequenceAs(s, flatten(s).map(() => DOT)));
  throw new problem.kind(`The two structures don't have the same nested structure.\n\nFirst structure: ${typed(nest1)}\n\nSecond structure: ${typed(nest2)}\n\nMore specifically: ${problem.text}\nEntire first structure:\n${dots(nest1)}\nEntire second structure:\n${dots(nest2)}`);
}

interface Difference { readonly kind: typeof ValueError | typeof TypeError; readonly text: string }

function difference(a: unknown, b: unknown, checkTypes: boolean, composites: boolean): Difference | undefined {
  const wrong = (text: string): Difference => ({ kind: ValueError, text });
  if (!isStructure(a, composites) || !isStructure(b, composites) || compositeOf(a) !== compositeOf(b)) {
    if (!isStructure(a, composites) && !isStructure(b, composites)) return undefined;
    const [sequence, leaf] = isStructure(a, composites) ? [a, b] : [b, a];
    return wrong(`Substructure "${typed(sequence)}" is a sequence, while substructure "${typed(leaf)}" is not`);
  }
  if (checkTypes) {
    if (isDict(a) !== isDict(b)) {
      return { kind: TypeError, text: `The two namedtuples don't have the same sequence type. First structure ${typed(a)} has type ${pythonTypeName(a)}, while second structure ${typed(b)} has type ${pythonTypeName(b)}` };
    }
    const [k, l] = [keysOf(a), keysOf(b)];
    if (isDict(a) && (k.length !== l.length || k.some((x) => !l.includes(x)))) {
      return wrong(`The two dictionaries don't have the same set of keys. First structure has keys ${typed(k)}, while second structure has keys ${typed(l)}`);
    }
  }
  const [x, y] = [values(a), values(b)];
  if (x.length !== y.length) return wrong(`The two structures don't have the same number of elements. First structure: ${typed(a)}. Second structure: ${typed(b)}`);
  for (let i = 0; i < x.length; i++) {
    const d = difference(x[i], y[i], checkTypes, composites);
    if (d) return d;
  }
  return undefined;
}
const keysOf = (s: Sequence): unknown[] => (s instanceof Map ? [...s.keys() as Iterable<unknown>] : Object.keys(s));

const DOT = { repr: '.' };
const typed = (v: unknown): string => `type=${pythonTypeName(v)} str=${isNested(v) ? show(v) : pythonStr(v)}`;

/** Python's repr of a structure. */
function show(v: unknown): string {
  if (Array.isArray(v)) return `[${(v as unknown[]).map(show).join(', ')}]`;
  if (v === DOT || !isDict(v)) return pythonRepr(v);
  const entries: [unknown, unknown][] = v instanceof Map ? [...v] as [unknown, unknown][] : Object.entries(v);
  return `{${entries.map(([k, x]) => `${show(k)}: ${show(x)}`).join(', ')}}`;
}

// --- structures of which only the upper part is followed --------------------------------------------------------------

/** `nest.assert_shallow_structure`: whether `inputTree` has at least the form of `shallowTree`. Errors: TypeError, ValueError. */
export function assertShallowStructure(shallowTree: unknown, inputTree: unknown, checkTypes = true): void {
  if (!isNested(shallowTree)) return;
  const kind = (v: unknown): string => `<class '${pythonTypeName(v)}'>`;
  if (!isNested(inputTree)) throw new TypeError(`If shallow structure is a sequence, input must also be a sequence. Input has type: ${kind(inputTree)}.`);
  if (checkTypes && isDict(shallowTree) !== isDict(inputTree)) {
    throw new TypeError(`The two structures don't have the same sequence type. Input structure has type ${kind(inputTree)}, while shallow structure has type ${kind(shallowTree)}.`);
  }
  if (sizeOf(inputTree) !== sizeOf(shallowTree)) {
    throw new ValueError(`The two structures don't have the same sequence length. Input structure has length ${sizeOf(inputTree)}, while shallow structure has length ${sizeOf(shallowTree)}.`);
  }
  if (isDict(shallowTree)) {
    const have = keysOf(inputTree);
    const absent = keysOf(shallowTree).filter((k) => !have.includes(k)).sort();
    if (absent.length > 0) throw new ValueError(`The shallow_tree's keys are not a subset of the input_tree's keys. The shallow_tree has the following keys that are not in the input_tree: ${show(absent)}.`);
  }
  const below = values(inputTree);
  values(shallowTree).forEach((v, i) => assertShallowStructure(v, below[i], checkTypes));
}

function* upTo(shallow: unknown, input: unknown, path: readonly unknown[] = []): Generator<[path: readonly unknown[], value: unknown]> {
  if (!isNested(shallow)) { yield [path, input]; return; }
  const below = new Map(items(input as Sequence));
  for (const [k, v] of items(shallow)) yield* upTo(v, below.get(k), [...path, k]);
}

/** `nest.flatten_up_to`: the parts of `inputTree` that stand where `shallowTree` has its leaves. Errors: TypeError, ValueError. */
export function flattenUpTo(shallowTree: unknown, inputTree: unknown, checkTypes = true): unknown[] {
  assertShallowStructure(shallowTree, inputTree, checkTypes);
  return [...upTo(shallowTree, inputTree)].map(([, v]) => v);
}

/** `nest.map_structure_up_to`: as mapStructure, down to the leaves of `shallowTree` only. Errors: TypeError, ValueError. */
export function mapStructureUpTo<S, R>(shallowTree: S, func: (part: never, ...more: never[]) => R, ...inputs: unknown[]): MapLeaves<S, R> {
  if (inputs.length === 0) throw new ValueError('Cannot map over no sequences');
  const parts = inputs.map((x) => flattenUpTo(shallowTree, x));
  const call = func as (...leaves: unknown[]) => R;
  return packSequenceAs(shallowTree, parts[0]!.map((_, i) => call(...parts.map((p) => p[i])))) as MapLeaves<S, R>;
}

/** `nest.flatten_with_joined_string_paths`: leaves with their paths, `a/0`. */
export function flattenWithJoinedStringPaths(structure: unknown, separator = '/'): [path: string, leaf: unknown][] {
  return [...upTo(structure, structure)].map(([path, v]) => [path.map(String).join(separator), v]);
}

/** `nest.flatten_dict_items`: a dict whose keys are structures, as one of single keys. Errors: TypeError for no dict,
 * ValueError for a key that comes twice or does not fit its value. */
export function flattenDictItems(dictionary: ReadonlyMap<unknown, unknown>): Map<unknown, unknown> {
  if (!isDict(dictionary)) throw new TypeError('input must be a dictionary');
  const out = new Map<unknown, unknown>();
  for (const [key, value] of dictionary) {
    const [k, v] = isNested(key) ? [flatten(key), flatten(value)] : [[key], [value]];
    if (k.length !== v.length) throw new ValueError(`Could not flatten dictionary. Key had ${k.length} elements, but value had ${v.length} elements. Key: ${show(k)}, value: ${show(v)}.`);
    k.forEach((x, i) => {
      if (out.has(x)) throw new ValueError(`Could not flatten dictionary: key ${show(x)} is not unique.`);
      out.set(x, v[i]);
    });
  }
  return out;
}
