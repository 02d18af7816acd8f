// Nested structures: arrays (Python's lists and tuples), plain objects and Maps (dicts, walked in the order of their
// sorted keys), and anything else as a leaf. Follows python/util/nest.py and core util.cc (1.15).
import { TypeError, ValueError } from '../graph/errors.ts';
import { pythonTypeName } from '../graph/graph.ts';
import { Operation, Tensor } from '../graph/tensor.ts';
import { isOptions } from './api.ts';
import { IndexedSlices } from './indexed_slices.ts';
import { pythonRepr } from './make_array.ts';

/** How far structures go. */
export interface NestOptions {
  /** Take IndexedSlices apart into their tensors (values, indices, dense_shape). */
  readonly expandComposites?: boolean;
}

type Build = (items: readonly unknown[]) => unknown;
interface Parts { readonly kind: 'list' | 'dict' | 'composite'; readonly keys: readonly string[]; readonly items: readonly unknown[]; readonly build: Build }

/** A structure taken apart one level; undefined for a leaf. */
function partsOf(s: unknown, o: NestOptions): Parts | undefined {
  if (Array.isArray(s)) return { kind: 'list', keys: s.map((_, i) => String(i)), items: s as unknown[], build: (x) => [...x] };
  if (s instanceof IndexedSlices) {
    if (!o.expandComposites) return undefined;
    const items = s.denseShape === null ? [s.values, s.indices] : [s.values, s.indices, s.denseShape];
    return { kind: 'composite', keys: items.map((_, i) => String(i)), items, build: (x) => new IndexedSlices(x[0] as Tensor, x[1] as Tensor, (x[2] as Tensor | undefined) ?? null) };
  }
  if (s instanceof Map) {
    const m = s as ReadonlyMap<string, unknown>;
    const keys = [...m.keys()].sort();
    const order = [...m.keys()];
    return { kind: 'dict', keys, items: keys.map((k) => m.get(k)), build: (x) => new Map(order.map((k) => [k, x[keys.indexOf(k)]])) };
  }
  if (isOptions(s)) {
    const keys = Object.keys(s).sort();
    const order = Object.keys(s);
    return { kind: 'dict', keys, items: keys.map((k) => s[k]), build: (x) => Object.fromEntries(order.map((k) => [k, x[keys.indexOf(k)]])) };
  }
  return undefined;
}

/** Whether a value is a structure and not a leaf. */
export function isNested(s: unknown, o: NestOptions = {}): boolean { return partsOf(s, o) !== undefined; }

/** Leaves in order. */
export function flatten(s: unknown, o: NestOptions = {}): unknown[] {
  const p = partsOf(s, o);
  return p ? p.items.flatMap((x) => flatten(x, o)) : [s];
}

/** The structure with its leaves replaced, in order. Errors: ValueError when there are too few or too many. */
export function packSequenceAs(structure: unknown, flat: readonly unknown[], o: NestOptions = {}): unknown {
  let k = 0;
  const build = (s: unknown): unknown => {
    const p = partsOf(s, o);
    if (p) return p.build(p.items.map(build));
    if (k >= flat.length) k = flat.length + 1;
    return flat[k++];
  };
  const out = build(structure);
  if (k !== flat.length) {
    throw new ValueError(`Could not pack sequence. Structure had ${flatten(structure, o).length} elements, but flat_sequence had ${flat.length} elements.  Structure: ${nestRepr(structure)}, flat_sequence: ${nestRepr([...flat])}.`);
  }
  return out;
}

/** The structure with `f` applied to every leaf. */
export function mapStructure(f: (leaf: unknown) => unknown, s: unknown, o: NestOptions = {}): unknown {
  const p = partsOf(s, o);
  return p ? p.build(p.items.map((x) => mapStructure(f, x, o))) : f(s);
}

/** Checks that two structures are nested in the same way. Errors: ValueError and TypeError with TF's texts. */
export function assertSameStructure(a: unknown, b: unknown, o: NestOptions = {}): void {
  const bad = difference(a, b, o);
  if (!bad) return;
  const dots = (s: unknown): string => nestRepr(mapStructure(() => DOT, s));
  const text = `The two structures don't have the same nested structure.\n\nFirst structure: ${described(a)}\n\nSecond structure: ${described(b)}\n\n`
    + `More specifically: ${bad.text}\nEntire first structure:\n${dots(a)}\nEntire second structure:\n${dots(b)}`;
  throw bad.kind === 'type' ? new TypeError(text) : new ValueError(text);
}

interface Difference { readonly kind: 'type' | 'value'; readonly text: string }

function difference(a: unknown, b: unknown, o: NestOptions): Difference | undefined {
  const [p, q] = [partsOf(a, o), partsOf(b, o)];
  if (!p && !q) return undefined;
  if (!p || !q || (p.kind === 'composite') !== (q.kind === 'composite')) {
    const [deep, flat] = p ? [a, b] : [b, a];
    return { kind: 'value', text: `Substructure "${described(deep)}" is a sequence, while substructure "${described(flat)}" is not` };
  }
  if (p.kind !== q.kind) {
    return { kind: 'type', text: `The two namedtuples don't have the same sequence type. First structure ${described(a)} has type ${typeName(a)}, while second structure ${described(b)} has type ${typeName(b)}` };
  }
  if (p.kind === 'dict' && (p.keys.length !== q.keys.length || p.keys.some((k, i) => k !== q.keys[i]))) {
    return { kind: 'value', text: `The two dictionaries don't have the same set of keys. First structure has keys ${keysRepr(p.keys)}, while second structure has keys ${keysRepr(q.keys)}` };
  }
  if (p.items.length !== q.items.length) {
    return { kind: 'value', text: `The two structures don't have the same number of elements. First structure: ${described(a)}. Second structure: ${described(b)}` };
  }
  for (let i = 0; i < p.items.length; i++) {
    const d = difference(p.items[i], q.items[i], o);
    if (d) return d;
  }
  return undefined;
}

const DOT = { toString: (): string => '.' };
const typeName = (s: unknown): string => (s instanceof Tensor || s instanceof Operation || s instanceof IndexedSlices ? s.constructor.name : pythonTypeName(s));
const keysRepr = (keys: readonly string[]): string => described([...keys]);
/** `type=list str=[...]`. */
function described(s: unknown): string { return `type=${typeName(s)} str=${isNested(s) ? nestRepr(s) : String(s)}`; }

/** Python's repr of a structure of graph elements. */
function nestRepr(s: unknown): string {
  if (s === DOT) return '.';
  if (Array.isArray(s)) return `[${s.map(nestRepr).join(', ')}]`;
  if (s instanceof Map || isOptions(s)) return `{${(s instanceof Map ? [...s] as [string, unknown][] : Object.entries(s)).map(([k, x]) => `${pythonRepr(k)}: ${nestRepr(x)}`).join(', ')}}`;
  if (s instanceof Tensor) return `<tf.Tensor '${s.name}' shape=${s.shape} dtype=${s.dtype.name}>`;
  if (s instanceof Operation || s instanceof IndexedSlices) return String(s);
  return pythonRepr(s);
}
