// Lookup tables as values: a table never changes, a write makes a new one. All versions of a table share one map, which
// holds the entries of the version used last; the others know how they differ from it and put that right when they
// are asked again (Baker's trick): writing costs as much as is written, and a failed run costs nothing.
// Follows core/framework/lookup_interface.cc and core/kernels/{lookup_table_op,initializable_lookup_table}.cc (1.15).
import { type DType, variant } from '../../graph/dtype.ts';
import { FailedPreconditionError, InternalFault } from '../../graph/errors.ts';
import { allocate, decodeUtf8, NDArray } from '../../graph/ndarray.ts';
import { dataTypeString } from '../../graph/summarize.ts';
import { invalid, sameShape, shapeText, sizeOf } from './common.ts';

type Row = readonly unknown[];
interface Entry { readonly key: Row; readonly value: Row }
type Entries = Map<string, Entry>;

/** What a table is made for. `static`: filled once; `mutable`; `dense`: mutable, with two keys that may not be used. */
export interface TableType {
  readonly kind: 'static' | 'mutable' | 'dense';
  readonly key: DType;
  readonly value: DType;
  readonly keyShape: readonly number[];
  readonly valueShape: readonly number[];
  /** Keys that mark empty and deleted buckets. */
  readonly reserved: readonly [empty: string, deleted: string] | null;
}

export class LookupTable {
  readonly type: TableType;
  /** Whether a static table has been filled. */
  readonly filled: boolean;
  /** Number of entries. */
  readonly size: number;
  /** The shared map, where this version holds it; else what to change in the version it was left for. */
  #entries: Entries | undefined;
  #next: LookupTable | undefined;
  #changes: readonly (readonly [string, Entry | undefined])[] = [];
  private constructor(type: TableType, filled: boolean, entries: Entries) {
    this.type = type;
    this.filled = filled;
    this.#entries = entries;
    this.size = entries.size;
  }
  static empty(type: TableType): LookupTable { return new LookupTable(type, false, new Map()); }
  /** For whoever counts the bytes of arrays. */
  get length(): number { return this.size * (sizeOf(this.type.keyShape) * this.type.key.size + sizeOf(this.type.valueShape) * this.type.value.size); }

  /** The entries of this version. */
  #own(): Entries {
    if (this.#entries) return this.#entries;
    // Versions between this one and the one that holds the map, that one last.
    const path: LookupTable[] = [];
    for (let t: LookupTable | undefined = this as LookupTable; t && !t.#entries; t = t.#next) path.push(t);
    for (const t of path.reverse()) t.#takeFrom(t.#next!);
    return this.#entries!;
  }
  /** Takes the map from the version after this one. */
  #takeFrom(holder: LookupTable): void {
    const entries = holder.#entries!;
    holder.#changes = change(entries, this.#changes);
    holder.#entries = undefined;
    holder.#next = this;
    this.#entries = entries;
    this.#next = undefined;
    this.#changes = [];
  }
  /** The table with some entries set and others (undefined) removed. */
  #changed(changes: readonly (readonly [string, Entry | undefined])[], clear: boolean, filled: boolean): LookupTable {
    const entries = this.#own();
    const all = clear ? [...[...entries.keys()].map((k) => [k, undefined] as const), ...changes] : changes;
    const back = change(entries, all);
    const made = new LookupTable(this.type, filled, entries);
    this.#entries = undefined;
    this.#next = made;
    this.#changes = back;
    return made;
  }

  /** Values of keys, the default where there is none. */
  find(keys: NDArray, fallback: NDArray): NDArray {
    const { type } = this;
    this.#checkTypes(keys, fallback);
    this.#checkKeyShape(keys.shape);
    if (!sameShape(fallback.shape, type.valueShape)) throw invalid(`Expected shape ${shapeText(type.valueShape)} for default value, got ${shapeText(fallback.shape)}`);
    if (type.kind === 'static' && !this.filled) throw new FailedPreconditionError('Table not initialized.');
    const entries = this.#own(), none = rowsOf(fallback, 1)[0]!;
    const rows = this.#keys(keys).map((k) => entries.get(this.#allowed(k))?.value ?? none);
    return arrayOf(type.value, [...keys.shape.slice(0, keys.ndim - type.keyShape.length), ...type.valueShape], rows);
  }
  /** The table with more entries; with `clear` with these only. */
  insert(keys: NDArray, values: NDArray, clear = false): LookupTable {
    const { type } = this;
    this.#checkTypes(keys, values);
    this.#checkKeyShape(keys.shape);
    const wanted = [...keys.shape.slice(0, keys.ndim - type.keyShape.length), ...type.valueShape];
    if (!sameShape(values.shape, wanted)) throw invalid(`Expected shape ${shapeText(wanted)} for value, got ${shapeText(values.shape)}`);
    const names = this.#keys(keys), keyRows = rowsOf(keys, names.length), rows = rowsOf(values, names.length);
    return this.#changed(names.map((k, i) => [this.#allowed(k), { key: keyRows[i]!, value: rows[i]! }] as const), clear, true);
  }
  /** A static table filled. Errors: FailedPreconditionError when it holds something else, or one key twice with different values. */
  fill(keys: NDArray, values: NDArray): LookupTable {
    if (this.type.kind !== 'static') throw new InternalFault('only static tables are filled');
    this.#checkTypes(keys, values);
    if (!sameShape(values.shape, keys.shape)) throw invalid(`Expected shape ${shapeText(keys.shape)} for value, got ${shapeText(values.shape)}`);
    if (this.filled) {
      if (keys.size !== this.size) throw new FailedPreconditionError('Table was already initialized with different data.');
      return this;
    }
    const seen = new Map<string, unknown>(), names = this.#keys(keys), rows = rowsOf(values, names.length);
    names.forEach((k, i) => {
      const v = text(rows[i]![0]);
      if (seen.has(k) && seen.get(k) !== v) throw new FailedPreconditionError(`HashTable has different value for same key. Key ${text(rowsOf(keys, names.length)[i]![0])} has ${String(seen.get(k))} and trying to add value ${v}`);
      seen.set(k, v);
    });
    return this.insert(keys, values, true);
  }
  remove(keys: NDArray): LookupTable {
    if (keys.dtype.baseDtype !== this.type.key) throw invalid(`Key must be type ${dataTypeString(this.type.key)} but got ${dataTypeString(keys.dtype.baseDtype)}`);
    this.#checkKeyShape(keys.shape);
    return this.#changed(this.#keys(keys).map((k) => [this.#allowed(k), undefined] as const), false, true);
  }
  /** All keys and all values, in the order in which they came. */
  export(): readonly [NDArray, NDArray] {
    const { key, value, keyShape, valueShape } = this.type, all = [...this.#own().values()];
    return [arrayOf(key, [all.length, ...keyShape], all.map((e) => e.key)), arrayOf(value, [all.length, ...valueShape], all.map((e) => e.value))];
  }

  #checkTypes(keys: NDArray, values: NDArray): void {
    const { key, value } = this.type;
    if (keys.dtype.baseDtype !== key) throw invalid(`Key must be type ${dataTypeString(key)} but got ${dataTypeString(keys.dtype.baseDtype)}`);
    if (values.dtype.baseDtype !== value) throw invalid(`Value must be type ${dataTypeString(value)} but got ${dataTypeString(values.dtype.baseDtype)}`);
  }
  #checkKeyShape(shape: readonly number[]): void {
    const { keyShape } = this.type;
    if (!sameShape(shape.slice(shape.length - keyShape.length), keyShape)) throw invalid(`Input key shape ${shapeText(shape)} must end with the table's key shape ${shapeText(keyShape)}`);
  }
  #keys(keys: NDArray): string[] { return rowsOf(keys, keys.size / Math.max(1, sizeOf(this.type.keyShape))).map(keyName); }
  #allowed(k: string): string {
    const at = this.type.reserved?.indexOf(k) ?? -1;
    if (at >= 0) throw invalid(`Using the ${at === 0 ? 'empty_key' : 'deleted_key'} as a table key is not allowed`);
    return k;
  }
}

/** Makes the changes; returns what undoes them. */
function change(entries: Entries, changes: readonly (readonly [string, Entry | undefined])[]): readonly (readonly [string, Entry | undefined])[] {
  const back: (readonly [string, Entry | undefined])[] = [];
  for (const [k, e] of changes) {
    back.push([k, entries.get(k)]);
    if (e) entries.set(k, e); else entries.delete(k);
  }
  return back.reverse();
}

/** The elements of an array in `n` rows. */
function rowsOf(a: NDArray, n: number): Row[] {
  const per = n === 0 ? 0 : a.data.length / n, d = a.data as ArrayLike<unknown>;
  return Array.from({ length: n }, (_, i) => Array.from({ length: per }, (_x, k) => d[i * per + k]));
}
function arrayOf(dtype: DType, shape: readonly number[], rows: readonly Row[]): NDArray {
  const data = allocate(dtype, sizeOf(shape)) as unknown[];
  let at = 0;
  for (const r of rows) for (const x of r) data[at++] = x;
  return new NDArray(dtype, shape, data as never);
}
const latin1 = new TextDecoder('latin1');
/** The name of a key in the map. */
function keyName(row: Row): string { return row.map((x) => (x instanceof Uint8Array ? `${x.length}:${latin1.decode(x)}` : String(x))).join(','); }
function text(x: unknown): string {
  if (!(x instanceof Uint8Array)) return String(x);
  try { return decodeUtf8(x); } catch { return latin1.decode(x); }
}

// ---- tables in slots: a scalar that holds the object

/** What a slot holds where there is no table yet. */
export const NO_TABLE = new NDArray(variant, [], [null] as never);
export function boxed(table: LookupTable): NDArray { return new NDArray(variant, [], [table] as never); }
export function tableIn(a: NDArray): LookupTable {
  const t: unknown = (a.data as readonly unknown[])[0];
  if (!(t instanceof LookupTable)) throw new InternalFault('a slot holds no table');
  return t;
}
export function holdsTable(a: NDArray): boolean { return (a.data as readonly unknown[])[0] instanceof LookupTable; }
/** The name of an array that is one key. */
export function keyOf(a: NDArray): string { return keyName(rowsOf(a, 1)[0]!); }

