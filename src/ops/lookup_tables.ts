// Lookup tables: static ones, filled once, and mutable ones. The tables themselves belong to sessions. Follows
// python/ops/lookup_ops.py and contrib/lookup/lookup_ops.py (1.15).
import { GraphKeys } from '../graph/collections.ts';
import type { DType } from '../graph/dtype.ts';
import { TypeError, ValueError } from '../graph/errors.ts';
import { getDefaultGraph } from '../graph/graph.ts';
import { publicCall } from '../graph/site.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { colocatedWith, inScope } from './building.ts';
import { group, noOp } from './control_flow_ops.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { constructed, type TableInitializerBase } from './lookup_initializers.ts';
import { applyOp, op1 } from './op_def_library.ts';
import { SparseTensor } from './sparse_tensor.ts';
import { initScope } from './variables.ts';

type Name = string | null;
/** Makes methods public calls: what they build has its site where the user calls them. */
export function publicMethods(c: { readonly prototype: object }, names: readonly string[]): void {
  for (const name of names) {
    const own = (c.prototype as Record<string, (...a: unknown[]) => unknown>)[name]!;
    const method = function (this: unknown, ...args: unknown[]): unknown { return publicCall(method, () => own.apply(this, args)); };
    Object.defineProperty(c.prototype, name, { value: method, writable: true, configurable: true, enumerable: false });
  }
}
/** Keys that are asked for. */
export type Keys = Tensor | SparseTensor;

/** `tf.contrib.lookup.LookupInterface`: what all tables have. */
export abstract class LookupInterface {
  readonly keyDtype: DType;
  readonly valueDtype: DType;
  constructor(keyDtype: DType, valueDtype: DType) { this.keyDtype = keyDtype; this.valueDtype = valueDtype; }
  /** The name of the op that makes the table. */
  abstract get name(): string;
  /** Number of entries: an int64 scalar. */
  abstract size(name?: Name): Tensor;
  /** internal: Python's check of the keys' dtype. */
  protected checkKeys(keys: Keys): void {
    if (keys.dtype.baseDtype !== this.keyDtype) throw new TypeError(`Signature mismatch. Keys must be dtype ${this.keyDtype.str}, got ${keys.dtype.str}.`);
  }
}
const lastPart = (handle: Tensor): string => handle.op.name.split('/').at(-1)!;

/** `tf.contrib.lookup.InitializableLookupTableBase`: a table that an initializer fills, once a session. */
export abstract class InitializableLookupTableBase extends LookupInterface {
  /** What keys that are not there have: a scalar. */
  readonly defaultValue: Tensor;
  readonly resourceHandle: Tensor;
  readonly #initializer: Operation;
  constructor(defaultValue: TensorLike, initializer: TableInitializerBase, createResource: () => Tensor) {
    super(initializer.keyDtype, initializer.valueDtype);
    [this.defaultValue, this.resourceHandle] = publicCall(new.target as never, () => {
      const fallback = convertToTensor(defaultValue, { dtype: this.valueDtype }), { shape } = fallback;
      if (shape.dims !== null && shape.dims.length !== 0) throw new ValueError(`Shapes ${shape} and () are not compatible`);
      return [fallback, initScope(getDefaultGraph(), createResource)];
    });
    this.#initializer = publicCall(new.target as never, () => initializer.initialize(this));
  }
  /** The op that fills the table. */
  get initializer(): Operation { return this.#initializer; }
  override get name(): string { return lastPart(this.resourceHandle); }
  override size(name: Name = null): Tensor { return inScope(name, `${this.name}_Size`, [this.resourceHandle], () => op1('LookupTableSizeV2', [this.resourceHandle])); }
  /** The values of keys, of a SparseTensor those of its values. Errors: TypeError for another dtype; FailedPreconditionError in a run before the table is initialized. */
  lookup(keys: Tensor, name?: Name): Tensor;
  lookup(keys: SparseTensor, name?: Name): SparseTensor;
  lookup(keys: Keys, name: Name = null): Keys {
    const tensor = keys instanceof SparseTensor ? keys.values : keys;
    this.checkKeys(keys);
    const values = inScope(name, `${this.name}_Lookup`, [this.resourceHandle, tensor, this.defaultValue], () => op1('LookupTableFindV2', [this.resourceHandle, tensor, this.defaultValue]));
    values.setShape(tensor.shape);
    return keys instanceof SparseTensor ? new SparseTensor(keys.indices, values, keys.denseShape) : values;
  }
  /** internal */
  protected exported(scope: string | null): [Tensor, Tensor] {
    const [keys, values] = applyOp('LookupTableExportV2', [this.resourceHandle], { Tkeys: this.keyDtype, Tvalues: this.valueDtype }, scope).outputs as [Tensor, Tensor];
    values.setShape(keys.shape.concatenate(this.defaultValue.shape));
    return [keys, values];
  }
  /** Vectors of all keys and values. */
  export(name: Name = null): [Tensor, Tensor] { return inScope(name, `${this.name}_Export`, [this.resourceHandle], () => this.exported(null)); }
}

publicMethods(InitializableLookupTableBase, ['size', 'lookup', 'export']);

interface Static { initializer: TableInitializerBase; defaultValue: TensorLike; sharedName?: Name; name?: Name }
const hashTable = (p: Static, sharedName: string) => (): Tensor => op1('HashTableV2', [], { shared_name: sharedName, key_dtype: p.initializer.keyDtype, value_dtype: p.initializer.valueDtype }, p.name ?? 'hash_table');
/** `tf.lookup.StaticHashTable(initializer, default_value, name)`: a table that never changes once it is initialized. */
export class StaticHashTable extends InitializableLookupTableBase {
  constructor(options: Static);
  constructor(initializer: TableInitializerBase, defaultValue: TensorLike, name?: Name | Partial<Static>);
  constructor(...args: unknown[]) {
    const p = constructed<Static>(['initializer', 'defaultValue', 'name'], 2, args);
    super(p.defaultValue, p.initializer, hashTable(p, p.initializer.sharedName === '' ? `hash_table_${globalThis.crypto.randomUUID()}` : p.initializer.sharedName));
  }
}
/** `tf.contrib.lookup.HashTable(initializer, default_value, shared_name, name)`. */
export class HashTable extends InitializableLookupTableBase {
  constructor(options: Static);
  constructor(initializer: TableInitializerBase, defaultValue: TensorLike, sharedName?: Name | Partial<Static>, name?: Name | Partial<Static>);
  constructor(...args: unknown[]) {
    const p = constructed<Static>(['initializer', 'defaultValue', 'sharedName', 'name'], 2, args);
    super(p.defaultValue, p.initializer, hashTable(p, p.sharedName ?? ''));
  }
  get init(): Operation { return this.initializer; }
  override export(name: Name = null): [Tensor, Tensor] { return inScope(name, `${this.name}_Export`, [this.resourceHandle], (scope) => this.exported(scope)); }
}

// --- tables that change --------------------------------------------------------------------------------------------

/** What a Saver writes of a table: its keys and values. */
export interface TableSaveable {
  readonly op: MutableTable;
  readonly name: string;
  readonly specs: readonly { readonly tensor: Tensor; readonly sliceSpec: string; readonly name: string }[];
  restore(tensors: readonly Tensor[], name?: Name): Operation;
}
abstract class MutableTable extends LookupInterface {
  readonly resourceHandle: Tensor;
  readonly #defaultValue: Tensor;
  constructor(p: Mutable, name: string, make: () => readonly [defaultValue: Tensor, handle: Tensor]) {
    super(p.keyDtype, p.valueDtype);
    [this.#defaultValue, this.resourceHandle] = publicCall(new.target as never, make);
    if (p.checkpoint ?? true) getDefaultGraph().addToCollection(GraphKeys.SAVEABLE_OBJECTS, publicCall(new.target as never, () => this.#saveable(name)));
  }
  #saveable(name: string): TableSaveable {
    const [keys, values] = this.export();
    return {
      op: this, name, specs: [{ tensor: keys, sliceSpec: '', name: `${name}-keys` }, { tensor: values, sliceSpec: '', name: `${name}-values` }],
      restore: (tensors, scope = null) => inScope(scope, `${name}_table_restore`, [], () => colocatedWith(this.resourceHandle, () => applyOp('LookupTableImportV2', [this.resourceHandle, tensors[0]!, tensors[1]!]))),
    };
  }
  override get name(): string { return lastPart(this.resourceHandle); }
  override size(name: Name = null): Tensor { return inScope(name, `${this.name}_Size`, [this.resourceHandle], () => colocatedWith(this.resourceHandle, () => op1('LookupTableSizeV2', [this.resourceHandle]))); }
  /** The op that removes keys, those that are not there too. Errors: TypeError for another dtype. */
  remove(keys: Tensor, name: Name = null): Operation {
    if (keys.dtype !== this.keyDtype) this.checkKeys(keys);
    return inScope(name, `${this.name}_lookup_table_remove`, [this.resourceHandle, keys, this.#defaultValue], () => applyOp('LookupTableRemoveV2', [this.resourceHandle, keys]));
  }
  /** The values of keys as they are then. */
  lookup(keys: TensorLike, name: Name = null): Tensor {
    return inScope(name, `${this.name}_lookup_table_find`, [this.resourceHandle, keys], () => {
      const k = convertToTensor(keys, { dtype: this.keyDtype, name: 'keys' });
      return colocatedWith(this.resourceHandle, () => op1('LookupTableFindV2', [this.resourceHandle, k, this.#defaultValue]));
    });
  }
  /** The op that sets values of keys. */
  insert(keys: TensorLike, values: TensorLike, name: Name = null): Operation {
    return inScope(name, `${this.name}_lookup_table_insert`, [this.resourceHandle, keys, values], () => {
      const k = convertToTensor(keys, { dtype: this.keyDtype, name: 'keys' }), v = convertToTensor(values, { dtype: this.valueDtype, name: 'values' });
      return colocatedWith(this.resourceHandle, () => applyOp('LookupTableInsertV2', [this.resourceHandle, k, v]));
    });
  }
  /** All keys and values. */
  export(name: Name = null): [Tensor, Tensor] {
    return inScope(name, `${this.name}_lookup_table_export_values`, [this.resourceHandle], () => colocatedWith(this.resourceHandle, () => {
      const [keys, values] = applyOp('LookupTableExportV2', [this.resourceHandle], { Tkeys: this.keyDtype, Tvalues: this.valueDtype }).outputs;
      return [keys!, values!];
    }));
  }
}
export type { MutableTable };
publicMethods(MutableTable, ['size', 'remove', 'lookup', 'insert', 'export']);

interface Mutable { keyDtype: DType; valueDtype: DType; defaultValue: TensorLike; name?: string; checkpoint?: boolean }
type Rest<P> = readonly (TensorLike | boolean | string | null | Partial<P>)[];
/** `tf.contrib.lookup.MutableHashTable(key_dtype, value_dtype, default_value, name, checkpoint)`: a table that runs may change; values are
 * scalars, or vectors where the default is one. With `checkpoint` Savers write it. */
export class MutableHashTable extends MutableTable {
  constructor(options: Mutable);
  constructor(keyDtype: DType, valueDtype: DType, defaultValue: TensorLike, ...rest: Rest<Mutable>);
  constructor(...args: unknown[]) {
    const p = constructed<Mutable>(['keyDtype', 'valueDtype', 'defaultValue', 'name', 'checkpoint'], 3, args);
    const name = p.name ?? 'MutableHashTable';
    const attrs = { use_node_name_sharing: p.checkpoint ?? true, key_dtype: p.keyDtype, value_dtype: p.valueDtype };
    super(p, name, () => {
      const fallback = convertToTensor(p.defaultValue, { dtype: p.valueDtype });
      return [fallback, fallback.shape.ndims === 0 ? op1('MutableHashTableV2', [], attrs, name) : op1('MutableHashTableOfTensorsV2', [], { ...attrs, value_shape: fallback.shape }, name)];
    });
  }
}

interface Dense extends Mutable { emptyKey: TensorLike; deletedKey: TensorLike; initialNumBuckets?: number | null }
/** `tf.lookup.experimental.DenseHashTable` (`tf.contrib.lookup.MutableDenseHashTable`): a mutable table whose keys may be vectors; `emptyKey`
 * and `deletedKey` are two keys nobody will use. */
export class DenseHashTable extends MutableTable {
  constructor(options: Dense);
  constructor(keyDtype: DType, valueDtype: DType, ...rest: Rest<Dense>);
  constructor(...args: unknown[]) {
    const p = constructed<Dense>(['keyDtype', 'valueDtype', 'defaultValue', 'emptyKey', 'deletedKey', 'initialNumBuckets', 'name', 'checkpoint'], 5, args);
    const name = p.name ?? 'MutableDenseHashTable';
    super(p, name, () => {
      const fallback = convertToTensor(p.defaultValue, { dtype: p.valueDtype, name: 'default_value' });
      const reserved = [convertToTensor(p.emptyKey, { dtype: p.keyDtype, name: 'empty_key' }), convertToTensor(p.deletedKey, { dtype: p.keyDtype, name: 'deleted_key' })];
      return [fallback, op1('MutableDenseHashTableV2', reserved, {
        use_node_name_sharing: p.checkpoint ?? true, value_dtype: p.valueDtype, value_shape: fallback.shape, initial_num_buckets: p.initialNumBuckets ?? undefined,
      }, name)];
    });
  }
  insertOrAssign(keys: TensorLike, values: TensorLike, name: Name = null): Operation { return this.insert(keys, values, name); }
  erase(keys: Tensor, name: Name = null): Operation { return this.remove(keys, name); }
}

/** `tf.tables_initializer`: the op that fills all tables of the graph. */
export const tablesInitializer = api('tablesInitializer', ['name'], (p: { name?: string }): Operation => {
  const initializers = getDefaultGraph().getCollection(GraphKeys.TABLE_INITIALIZERS) as Operation[], name = p.name ?? 'init_all_tables';
  return initializers.length > 0 ? group(...initializers, { name }) : noOp(name);
});
/** `tf.initialize_all_tables`: the old name of `tablesInitializer`. */
export const initializeAllTables = api('initializeAllTables', ['name'], (p: { name?: string }): Operation => tablesInitializer(p.name ?? 'init_all_tables'));
