// The public scope functions of the default graph: name_scope, control_dependencies, device, colocate_with, container,
// init_scope. Each runs a body inside the scope, or returns a Disposable for `using`. Follows python/framework/ops.py.
import { type Entered, openScope, runInScope, type ScopeHandle } from '../graph/scopes.ts';
import { getDefaultGraph, type Graph, pythonTypeName } from '../graph/graph.ts';
import { publicCall } from '../graph/site.ts';
import { TypeError, ValueError } from '../graph/errors.ts';
import type { DeviceLike } from '../graph/device.ts';
import { Operation, Tensor } from '../graph/tensor.ts';
import { api, isOptions } from './api.ts';
import { convertToTensor as convert, type TensorLike } from './convert.ts';
import { graphFromInputs } from './graph_from_inputs.ts';
import type { DType } from '../graph/dtype.ts';

type AnyFunction = (...a: never[]) => unknown;
/** A scope that yields nothing but its end. */
export type Scope = ScopeHandle<object>;
/** A scope held by `using` whose `value` is its string: a name scope ("layer/"), a container. */
export interface NameScopeHandle extends Disposable { readonly value: string }

/** Shared shape of the scope functions: body form or `using` form. */
export function scope<V, R>(what: string, entry: AnyFunction, enter: () => Entered<V>, body: ((v: V) => R) | undefined): R | Scope {
  const go = (): Entered<V> => publicCall(entry, enter);
  if (body) return runInScope(go, body);
  return openScope<V>(what, entry, go, (v, dispose) => ({ value: v, [Symbol.dispose]: dispose }) as unknown as ScopeHandle<V>) as unknown as Scope;
}

// --- names ---------------------------------------------------------------------------------------------------------

interface NameScopeOptions { name?: string | null; defaultName?: string | null; values?: readonly unknown[] | null }

/** Enters `name_scope(name, default_name, values)`; in the graph of the values where they have one. */
function enterNameScope(name: string | null, defaultName: unknown, values: readonly unknown[] | null): Entered<string> {
  if (defaultName !== null && typeof defaultName !== 'string') {
    throw new TypeError(`\`default_name\` type (<class '${pythonTypeName(defaultName)}'>) is not a string type. You likely meant to pass this into the \`values\` kwarg.`);
  }
  const wanted = name ?? defaultName;
  if (wanted === null && values !== null) throw new ValueError('At least one of name (None) and default_name (None) must be provided.');
  const current = getDefaultGraph();
  const graph = graphFromInputs(values ?? []) ?? current;
  const entered: Entered<unknown>[] = graph === current ? [] : [graph.enterAsDefault()];
  const exit = (): void => { for (let i = entered.length - 1; i >= 0; i--) entered[i]!.exit(); };
  try {
    const scope = graph.enterNameScope(wanted);
    entered.push(scope);
    return { value: scope.value, exit };
  } catch (e) {
    exit();
    throw e;
  }
}

/** `tf.name_scope`: prefixes the names of ops made inside. The body gets the scope string ("layer/"), which may be used
 * as an op name or to re-enter the scope. `null` or '' resets to the root; without a name, `defaultName` counts.
 * Errors: ValueError for an invalid name, for values without any name, and for values of several graphs. */
export function nameScope<R>(name: string | null, body: (scope: string) => R): R;
export function nameScope<R>(options: NameScopeOptions, body: (scope: string) => R): R;
export function nameScope<R>(name: string | null, defaultName: string | null | NameScopeOptions, body: (scope: string) => R): R;
export function nameScope<R>(name: string | null, defaultName: string | null, values: readonly unknown[] | null | NameScopeOptions, body: (scope: string) => R): R;
export function nameScope(name: string | null | NameScopeOptions, defaultName?: string | null | NameScopeOptions, values?: readonly unknown[] | null | NameScopeOptions): NameScopeHandle;
export function nameScope(...args: unknown[]): unknown {
  const body = typeof args[args.length - 1] === 'function' ? args.pop() as (scope: string) => unknown : undefined;
  const options = isOptions(args[args.length - 1]) ? args.pop() as NameScopeOptions : {};
  const [name = options.name, defaultName = options.defaultName, values = options.values] = args as [string?, string?, unknown[]?];
  return scope('name_scope', nameScope as AnyFunction, () => enterNameScope(name ?? null, defaultName ?? null, values ?? null), body);
}

/** `tf.op_scope`, the old name scope with its arguments in another order. */
export function opScope<R>(values: readonly unknown[] | null, name: string | null, defaultName: string | null, body: (scope: string) => R): R;
export function opScope(values: readonly unknown[] | null, name: string | null, defaultName?: string | null): NameScopeHandle;
export function opScope<R>(values: readonly unknown[] | null, name: string | null, defaultName: string | null = null, body?: (scope: string) => R): R | NameScopeHandle {
  return scope('op_scope', opScope as AnyFunction, () => enterNameScope(name, defaultName, values), body) as R | NameScopeHandle;
}

/** `tf.name_scope` as the class it is in Python: made once, entered as often as wanted, each time under a new name. */
export class NameScope {
  /** The name given, or the default name. */
  readonly name: string | null;
  readonly #values: readonly unknown[] | null;
  constructor(name: string | null, defaultName: string | null = null, values: readonly unknown[] | null = null) {
    this.name = name ?? defaultName;
    this.#values = values;
  }
  /** Runs the body inside the scope; without a body, a Disposable for `using`. */
  enter<R>(body: (scope: string) => R): R;
  enter(): NameScopeHandle;
  enter<R>(body?: (scope: string) => R): R | NameScopeHandle {
    return scope('name_scope', this.enter as AnyFunction, () => enterNameScope(this.name, null, this.#values), body) as R | NameScopeHandle;
  }
}

// --- order and place -----------------------------------------------------------------------------------------------

/** `tf.control_dependencies`: ops made inside run after the given ops, tensors and variables; `null` clears all dependencies.
 * Errors: TypeError for what is no graph element. */
export function controlDependencies<R>(controlInputs: readonly unknown[] | null, body: () => R): R;
export function controlDependencies(controlInputs: readonly unknown[] | null): Scope;
export function controlDependencies(controlInputs: readonly unknown[] | null, body?: () => unknown): unknown {
  return scope('control_dependencies', controlDependencies as AnyFunction, () => enterControlDependencies(getDefaultGraph(), controlInputs), body);
}

export function enterControlDependencies(graph: Graph, controlInputs: readonly unknown[] | null): Entered<void> {
  if (controlInputs instanceof Tensor) throw new TypeError('Tensor objects are only iterable when eager execution is enabled. To iterate over this tensor use tf.map_fn.');
  if (controlInputs !== null && !Array.isArray(controlInputs)) throw new TypeError(`'${pythonTypeName(controlInputs)}' object is not iterable`);
  return graph.enterControlDependencies((controlInputs as readonly unknown[] | null)?.map(controlElement) ?? null);
}

/** Variables stand for their op, IndexedSlices for theirs. */
function controlElement(v: unknown): unknown {
  return typeof v === 'object' && v !== null && !(v instanceof Tensor) && 'op' in v && v.op instanceof Operation ? v.op : v;
}

/** `tf.device`: ops made inside go to a device: a string or DeviceSpec fills in what inner scopes leave open, a function of
 * the op decides, null makes all scopes outside of it ignored. Errors: ValueError for a bad device string. */
export function device<R>(nameOrFunction: DeviceLike, body: () => R): R;
export function device(nameOrFunction: DeviceLike): Scope;
export function device(nameOrFunction: DeviceLike, body?: () => unknown): unknown {
  return scope('device', device as AnyFunction, () => getDefaultGraph().enterDevice(nameOrFunction), body);
}

/** `tf.colocate_with`: ops made inside carry `_class: loc:@op` and its device; device scopes outside do not reach them.
 * `null` with `ignoreExisting` leaves all colocation. Errors: ValueError for null without it. */
export function colocateWith<R>(op: unknown, body: () => R): R;
export function colocateWith<R>(op: unknown, ignoreExisting: boolean, body: () => R): R;
export function colocateWith(op: unknown, ignoreExisting?: boolean): Scope;
export function colocateWith(op: unknown, ...rest: unknown[]): unknown {
  const body = typeof rest[rest.length - 1] === 'function' ? rest.pop() as () => unknown : undefined;
  return scope('colocate_with', colocateWith as AnyFunction, () => enterColocateWith(getDefaultGraph(), op, rest[0]), body);
}

export function enterColocateWith(graph: Graph, op: unknown, options: unknown): Entered<void> {
  const ignore = options === true || (isOptions(options) && options['ignoreExisting'] === true);
  return graph.enterColocateWith(op === null ? null : colocationOp(op), ignore);
}

/** The op that colocation with a value means: a variable's own, a tensor's, that of a new constant. */
function colocationOp(v: unknown): Operation {
  const own = controlElement(v);
  return own instanceof Operation ? own : convert(own as TensorLike, { asRef: true }).op;
}

/** `tf.container`: stateful ops made inside keep their state in the named resource container. */
export function container<R>(name: string, body: (name: string) => R): R;
export function container(name: string): NameScopeHandle;
export function container(name: string, body?: (name: string) => unknown): unknown {
  return scope('container', container as AnyFunction, () => getDefaultGraph().enterContainer(name), body);
}

/** `tf.init_scope`: ops made inside wait for no control input and belong to no conditional or loop; the name scope stays. */
export function initScope<R>(body: () => R): R;
export function initScope(): Scope;
export function initScope(body?: () => unknown): unknown {
  return scope('init_scope', initScope as AnyFunction, () => getDefaultGraph().enterInitScope(), body);
}

/** A hint and its old name. Errors: ValueError when both are given. */
function hintOf(hint: DType | null | undefined, old: DType | null | undefined): DType | undefined {
  if (hint && old) throw new ValueError("Cannot specify both 'preferred_dtype' and 'dtype_hint'");
  return hint ?? old ?? undefined;
}
/** `tf.convert_to_tensor`: a tensor from a tensor, variable, number, array or nested list. */
export const convertToTensor = api('convertToTensor', ['value', 'dtype', 'name', 'preferredDtype', 'dtypeHint'],
  (p: { value: TensorLike; dtype?: DType | null; name?: string | null; preferredDtype?: DType | null; dtypeHint?: DType | null }): Tensor =>
    convert(p.value, { dtype: p.dtype ?? undefined, name: p.name ?? undefined, preferred: hintOf(p.dtypeHint, p.preferredDtype) }), { required: 1 });
