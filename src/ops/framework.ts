// The public scope functions: name_scope, control_dependencies, device, colocate_with, and the collection helpers of
// the default graph. Follows python/framework/ops.py.
import { type Entered, openScope, runInScope, type ScopeHandle } from '../graph/scopes.ts';
import { getDefaultGraph, type Graph } from '../graph/graph.ts';
import { publicCall } from '../graph/site.ts';
import { TypeError, ValueError } from '../graph/errors.ts';
import type { DeviceEntry } from '../graph/device.ts';
import { Operation, Tensor } from '../graph/tensor.ts';
import { api, isOptions } from './api.ts';
import { convertToTensor as convert, isConvertible, type TensorLike } from './convert.ts';
import type { DType } from '../graph/dtype.ts';

type AnyFunction = (...a: never[]) => unknown;
/** A scope that yields nothing but its end. */
export type Scope = ScopeHandle<object>;

/** Shared shape of the scope functions: body form or `using` form. */
function scope<V, R>(what: string, entry: AnyFunction, enter: () => Entered<V>, body: ((v: V) => R) | undefined): R | Scope {
  const go = (): Entered<V> => publicCall(entry, enter);
  if (body) return runInScope(go, body);
  return openScope<V>(what, entry, go, (v, dispose) => ({ value: v, [Symbol.dispose]: dispose }) as unknown as ScopeHandle<V>) as unknown as Scope;
}

interface NameScopeOptions { name?: string | null; defaultName?: string | null; values?: readonly unknown[] | null }
/** A name scope held by `using`; `name` is its string ("layer/"). */
export interface NameScopeHandle extends Disposable { readonly value: string }

/** `tf.name_scope`: prefixes the names of ops made inside. The body gets the scope string ("layer/"), which may be used
 * as an op name or to re-enter the scope. `null` or '' resets to the root. Errors: ValueError for an invalid name. */
export function nameScope<R>(name: string | null, body: (scope: string) => R): R;
export function nameScope<R>(name: string | null, defaultName: string | null | NameScopeOptions, body: (scope: string) => R): R;
export function nameScope<R>(name: string | null, defaultName: string | null, values: readonly unknown[] | null, body: (scope: string) => R): R;
export function nameScope(name: string | null, defaultName?: string | null | NameScopeOptions, values?: readonly unknown[] | null): NameScopeHandle;
export function nameScope(...args: unknown[]): unknown {
  const body = typeof args[args.length - 1] === 'function' ? args.pop() as (scope: string) => unknown : undefined;
  const options = isOptions(args[args.length - 1]) ? args.pop() as NameScopeOptions : {};
  const name = (args[0] ?? options.name ?? null) as string | null;
  const defaultName = (args[1] ?? options.defaultName ?? null) as string | null;
  const values = (args[2] ?? options.values ?? null) as readonly unknown[] | null;
  const enter = (): Entered<string> => {
    if (name === null && defaultName === null && values !== null) {
      throw new ValueError('At least one of name (None) and default_name (None) must be provided.');
    }
    const graph = values?.map(graphOf).find((g) => g !== undefined) ?? getDefaultGraph();
    return graph.enterNameScope(name ?? defaultName);
  };
  return scope('name_scope', nameScope as AnyFunction, enter, body);
}

function graphOf(v: unknown): Graph | undefined {
  return v instanceof Tensor || v instanceof Operation ? v.graph : isConvertible(v) ? (v as unknown as { graph?: Graph }).graph : undefined;
}

/** `tf.control_dependencies`: ops made inside run after the given ops and tensors; `null` clears all dependencies. */
export function controlDependencies<R>(controlInputs: readonly unknown[] | null, body: () => R): R;
export function controlDependencies(controlInputs: readonly unknown[] | null): Scope;
export function controlDependencies(controlInputs: readonly unknown[] | null, body?: () => unknown): unknown {
  return scope('control_dependencies', controlDependencies as AnyFunction, () => getDefaultGraph().enterControlDependencies(controlInputs?.map(controlElement) ?? null), body);
}

/** Variables stand for their op, IndexedSlices for theirs. */
function controlElement(v: unknown): unknown {
  if (v instanceof Tensor || v instanceof Operation || typeof v === 'string') return v;
  if (typeof v === 'object' && v !== null && 'op' in v && v.op instanceof Operation) return v.op;
  throw new TypeError(`Control input must be Operation or Tensor: ${String(v)}`);
}

/** `tf.device`: ops made inside go to a device; a function of the NodeDef may decide; null resets. */
export function device<R>(nameOrFunction: string | DeviceEntry, body: () => R): R;
export function device(nameOrFunction: string | DeviceEntry): Scope;
export function device(nameOrFunction: string | DeviceEntry, body?: () => unknown): unknown {
  return scope('device', device as AnyFunction, () => getDefaultGraph().enterDevice(nameOrFunction), body);
}

/** `tf.colocate_with`: ops made inside carry `_class: loc:@op`. */
export function colocateWith<R>(op: unknown, body: () => R): R;
export function colocateWith<R>(op: unknown, ignoreExisting: boolean, body: () => R): R;
export function colocateWith(op: unknown, ignoreExisting?: boolean): Scope;
export function colocateWith(op: unknown, ...rest: unknown[]): unknown {
  const body = typeof rest[rest.length - 1] === 'function' ? rest.pop() as () => unknown : undefined;
  const ignore = rest[0] === true;
  const target = op === null ? null : op instanceof Operation || op instanceof Tensor ? op : controlElement(op) as Operation;
  return scope('colocate_with', colocateWith as AnyFunction, () => getDefaultGraph().enterColocateWith(target, ignore), body);
}

/** `graph.gradient_override_map`: ops of these types made inside use the named gradient. */
export function gradientOverrideMap<R>(graph: Graph, map: Readonly<Record<string, string>>, body: () => R): R {
  return scope('gradient_override_map', gradientOverrideMap as AnyFunction, () => graph.enterGradientOverride(map), body) as R;
}

/** `tf.convert_to_tensor`: a tensor from a tensor, variable, number, array or nested list. */
export const convertToTensor = api('convertToTensor', ['value', 'dtype', 'name', 'preferredDtype'],
  (p: { value: TensorLike; dtype?: DType | null; name?: string | null; preferredDtype?: DType | null }): Tensor =>
    convert(p.value, { dtype: p.dtype ?? undefined, name: p.name ?? undefined, preferred: p.preferredDtype ?? undefined }), { required: 1 });

/** `tf.add_to_collection` on the default graph. */
export const addToCollection = api('addToCollection', ['name', 'value'], (p: { name: string; value: unknown }): void => getDefaultGraph().addToCollection(p.name, p.value), { required: 2 });
/** `tf.add_to_collections`: one value into several collections. */
export const addToCollections = api('addToCollections', ['names', 'value'], (p: { names: string | readonly string[]; value: unknown }): void => {
  for (const n of new Set(typeof p.names === 'string' ? [p.names] : p.names)) getDefaultGraph().addToCollection(n, p.value);
}, { required: 2 });
/** `tf.get_collection` of the default graph: a copy; `scope` filters by name prefix (a regular expression). */
export const getCollection = api('getCollection', ['key', 'scope'], (p: { key: string; scope?: string | null }): unknown[] => getDefaultGraph().getCollection(p.key, p.scope), { required: 1 });
/** `tf.get_collection_ref`: the live list. */
export const getCollectionRef = api('getCollectionRef', ['key'], (p: { key: string }): unknown[] => getDefaultGraph().getCollectionRef(p.key), { required: 1 });
