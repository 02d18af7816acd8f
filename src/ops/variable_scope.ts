// Variable scopes: names, reuse, inheritance, numbering. variable_store.ts makes and finds the variables.
// Follows python/ops/variable_scope.py (1.15) rule by rule.
import { type DType, float32 } from '../graph/dtype.ts';
import { GraphKeys } from '../graph/collections.ts';
import { RuntimeError, TypeError, ValueError } from '../graph/errors.ts';
import { getDefaultGraph, type Graph } from '../graph/graph.ts';
import { type Entered, openScope, runInScope, type ScopeHandle, threadState } from '../graph/scopes.ts';
import type { ShapeLike, TensorShape } from '../graph/shape.ts';
import { Tensor } from '../graph/tensor.ts';
import { publicCall } from '../graph/site.ts';
import { api, bind, isOptions } from './api.ts';
import type { TensorLike } from './convert.ts';
import { graphFromInputs } from './graph_from_inputs.ts';
import type { Initializer } from './init_ops.ts';
import type { PartitionedVariable } from './partitioned_variables.ts';
import { pythonStr } from './make_array.ts';
import { ScopeCounts } from './scope_counts.ts';
import type { Constraint, Variable } from './variables.ts';

/** `tf.AUTO_REUSE`: get the variable if it exists, else create it. */
export const AUTO_REUSE: unique symbol = Symbol('AUTO_REUSE');
export type Reuse = boolean | typeof AUTO_REUSE;

/** Adds a loss for a new variable; null adds none. */
export type Regularizer = (v: Variable) => Tensor | null;
/** What getters return: a variable, a partitioned one, or whatever tensor a custom getter makes of several. */
export type Gotten = Variable | PartitionedVariable | Tensor;
/** Wraps creation and reuse of variables: calls `getter(name, options)` or returns something else. */
export type CustomGetter = (getter: Getter, name: string, options: GetVariableOptions) => Gotten;
/** Creates or finds a variable. (The type parameter says which kind the caller knows it to be.) */
export type Getter = <V extends Gotten = Variable>(name: string, options: GetVariableOptions) => V;
/** Says into how many parts each axis of a variable is cut; at most one axis may have more than one. */
export type Partitioner = (o: { shape: TensorShape; dtype: DType }) => readonly number[];
/** Where a part lies in its partitioned variable. */
export interface PartitionInfo { readonly fullShape: readonly number[]; readonly varOffset: readonly number[] }
/** What an initializer is told besides the shape. */
export interface InitializeOptions { dtype: DType; partitionInfo?: PartitionInfo | null }
/** What `initializer` accepts: an initializer object, a function of the shape, a function without arguments, or a value. */
export type InitializerLike = Initializer | TensorLike | ((shape: readonly number[], options: InitializeOptions) => TensorLike) | (new () => Initializer);

/** Whether variables are resource variables where nothing else says so (`tf.enable_resource_variables`). */
let resourceByDefault = false;
export function defaultUseResource(): boolean { return resourceByDefault; }
/** `tf.enable_resource_variables`: variables made from here on are resource variables by default, in the whole process. */
export const enableResourceVariables = api('enableResourceVariables', [], (): void => { resourceByDefault = true; });
/** `tf.disable_resource_variables`: back to reference variables, the default of 1.15. */
export const disableResourceVariables = api('disableResourceVariables', [], (): void => { resourceByDefault = false; });
/** `tf.resource_variables_enabled`. */
export const resourceVariablesEnabled = api('resourceVariablesEnabled', [], defaultUseResource);

/** Keyword arguments of `tf.get_variable`. */
export interface GetVariableOptions {
  shape?: ShapeLike | undefined;
  dtype?: DType | null | undefined;
  initializer?: InitializerLike | null | undefined;
  regularizer?: Regularizer | null | undefined;
  trainable?: boolean | null | undefined;
  collections?: readonly string[] | null | undefined;
  cachingDevice?: string | null | undefined;
  partitioner?: Partitioner | null | undefined;
  validateShape?: boolean | null | undefined;
  useResource?: boolean | null | undefined;
  customGetter?: CustomGetter | null | undefined;
  constraint?: Constraint | null | undefined;
  /** Only getters see it. */
  reuse?: Reuse | null | undefined;
}

/** Settings a scope passes to what is made inside it. */
interface ScopeSettings {
  initializer: InitializerLike | null;
  regularizer: Regularizer | null;
  cachingDevice: string | null;
  partitioner: Partitioner | null;
  customGetter: CustomGetter | null;
  dtype: DType;
  useResource: boolean | null;
  constraint: Constraint | null;
}

/** `tf.VariableScope`: the object a `variable_scope` yields; may be captured and re-entered. */
export class VariableScope implements ScopeSettings {
  /** Prefix of variable names, without a trailing slash. */
  readonly name: string;
  /** Name scope that belongs to it ("convnet/"). */
  readonly originalNameScope: string;
  initializer: InitializerLike | null;
  regularizer: Regularizer | null;
  cachingDevice: string | null;
  partitioner: Partitioner | null;
  customGetter: CustomGetter | null;
  dtype: DType;
  useResource: boolean | null;
  constraint: Constraint | null;
  #reuse: Reuse;

  constructor(reuse: Reuse, name = '', originalNameScope = '', settings: Partial<ScopeSettings> = {}) {
    this.#reuse = reuse;
    this.name = name;
    this.originalNameScope = originalNameScope;
    this.initializer = settings.initializer ?? null;
    this.regularizer = settings.regularizer ?? null;
    this.cachingDevice = settings.cachingDevice ?? null;
    this.partitioner = settings.partitioner ?? null;
    this.customGetter = settings.customGetter ?? null;
    this.dtype = settings.dtype ?? float32;
    this.useResource = settings.useResource ?? null;
    this.constraint = settings.constraint ?? null;
  }
  get reuse(): Reuse { return this.#reuse; }
  /** From here on the scope reuses variables. */
  reuseVariables(): void { this.#reuse = true; }
  setInitializer(v: InitializerLike | null): void { this.initializer = v; }
  setRegularizer(v: Regularizer | null): void { this.regularizer = v; }
  setCachingDevice(v: string | null): void { this.cachingDevice = v; }
  setPartitioner(v: Partitioner | null): void { this.partitioner = v; }
  setCustomGetter(v: CustomGetter | null): void { this.customGetter = v; }
  setDtype(v: DType): void { this.dtype = v; }
  setUseResource(v: boolean | null): void { this.useResource = v; }
  #collection(key: string): Variable[] { return getDefaultGraph().getCollection(key, this.name === '' ? '' : `${this.name}/`) as Variable[]; }
  trainableVariables(): Variable[] { return this.#collection(GraphKeys.TRAINABLE_VARIABLES); }
  globalVariables(): Variable[] { return this.#collection(GraphKeys.GLOBAL_VARIABLES); }
  localVariables(): Variable[] { return this.#collection(GraphKeys.LOCAL_VARIABLES); }
}

/** Per graph and thread: the current scope and how often each scope name was opened. */
class VariableScopeStore {
  readonly #graph: Graph;
  readonly #root = new VariableScope(false);
  readonly counts = new ScopeCounts();
  constructor(graph: Graph) { this.#graph = graph; }
  /** The innermost open scope of this async context. */
  get current(): VariableScope { return (this.#graph.scope.extra.get(CURRENT_SCOPE) as VariableScope | undefined) ?? this.#root; }
  set current(scope: VariableScope) {
    const { extra } = this.#graph.scope;
    if (scope === this.#root) extra.delete(CURRENT_SCOPE); else extra.set(CURRENT_SCOPE, scope);
  }
}

const CURRENT_SCOPE = Symbol('tfgraph.variableScope');
const SCOPE_STORE = Symbol('tfgraph.variableScopeStore');

/** internal */
export function scopeStore(graph: Graph): VariableScopeStore { return threadState(graph, SCOPE_STORE, () => new VariableScopeStore(graph)); }

/** `tf.get_variable_scope`. */
export const getVariableScope = api('getVariableScope', [], (): VariableScope => scopeStore(getDefaultGraph()).current);

// --- entering ------------------------------------------------------------------------------------------------------

/** Keyword arguments of `tf.variable_scope`. */
export interface VariableScopeOptions {
  nameOrScope?: string | VariableScope | null;
  /** Used, made unique among its siblings, when no name is given. */
  defaultName?: string | null;
  values?: readonly unknown[] | null;
  initializer?: InitializerLike | null;
  regularizer?: Regularizer | null;
  cachingDevice?: string | null;
  partitioner?: Partitioner | null;
  customGetter?: CustomGetter | null;
  /** True or AUTO_REUSE stick to all scopes inside; false and null inherit. */
  reuse?: Reuse | null;
  dtype?: DType | null;
  useResource?: boolean | null;
  constraint?: Constraint | null;
  /** If false, stay in the current name scope. Default true. */
  auxiliaryNameScope?: boolean | null;
}
const SCOPE_ORDER = ['nameOrScope', 'defaultName', 'values', 'initializer', 'regularizer', 'cachingDevice', 'partitioner', 'customGetter', 'reuse', 'dtype', 'useResource', 'constraint', 'auxiliaryNameScope'] as const;
const SCOPE_KNOWN = new Set<string>(SCOPE_ORDER);

type NameArg = string | VariableScope | null;
/** `tf.variable_scope`: with a body, runs it inside the scope and returns its value; without, returns a Disposable
 * scope for `using`. Errors: TypeError without a name, ValueError for a bad `reuse`. Follows python/ops/variable_scope.py. */
export interface VariableScopeFunction {
  <R>(nameOrScope: NameArg, body: (vs: VariableScope) => R): R;
  <R>(nameOrScope: NameArg, options: VariableScopeOptions, body: (vs: VariableScope) => R): R;
  <R>(nameOrScope: NameArg, defaultName: string | null, body: (vs: VariableScope) => R): R;
  <R>(nameOrScope: NameArg, defaultName: string | null, values: readonly unknown[] | null, body: (vs: VariableScope) => R): R;
  <R>(nameOrScope: NameArg, defaultName: string | null, options: VariableScopeOptions, body: (vs: VariableScope) => R): R;
  <R>(nameOrScope: NameArg, defaultName: string | null, values: readonly unknown[] | null, options: VariableScopeOptions, body: (vs: VariableScope) => R): R;
  (nameOrScope: NameArg, defaultName?: string | null | VariableScopeOptions, values?: readonly unknown[] | null | VariableScopeOptions, options?: VariableScopeOptions): ScopeHandle<VariableScope>;
}

export const variableScope: VariableScopeFunction = ((...args: unknown[]): unknown => {
  const last = args[args.length - 1];
  const body = typeof last === 'function' ? (args.pop(), last as (vs: VariableScope) => unknown) : undefined;
  const entry = variableScope as unknown as (...a: never[]) => unknown;
  const p = bind('__init__', SCOPE_ORDER, SCOPE_KNOWN, args, {}) as VariableScopeOptions;
  const enter = (): Entered<VariableScope> => publicCall(entry, () => enterVariableScope(p));
  if (body) return runInScope(enter, body);
  return openScope('variable_scope', entry, enter, (vs, dispose) => Object.defineProperty(vs, Symbol.dispose, { value: dispose, configurable: true }) as ScopeHandle<VariableScope>);
}) as VariableScopeFunction;

/** `tf.variable_op_scope(values, name_or_scope, default_name, ...)`, the old variable_scope with its arguments in another order. */
export function variableOpScope<R>(values: readonly unknown[] | null, nameOrScope: NameArg, body: (vs: VariableScope) => R): R;
export function variableOpScope<R>(values: readonly unknown[] | null, nameOrScope: NameArg, defaultName: string | null | VariableScopeOptions, body: (vs: VariableScope) => R): R;
export function variableOpScope<R>(values: readonly unknown[] | null, nameOrScope: NameArg, defaultName: string | null, options: VariableScopeOptions, body: (vs: VariableScope) => R): R;
export function variableOpScope(values: readonly unknown[] | null, nameOrScope: NameArg, defaultName?: string | null | VariableScopeOptions, options?: VariableScopeOptions): ScopeHandle<VariableScope>;
export function variableOpScope(values: readonly unknown[] | null, nameOrScope: NameArg, ...rest: unknown[]): unknown {
  const body = typeof rest[rest.length - 1] === 'function' ? [rest.pop()] : [];
  const options = isOptions(rest[rest.length - 1]) ? rest.pop() as VariableScopeOptions : {};
  return (variableScope as (...a: unknown[]) => unknown)(nameOrScope, rest[0] ?? null, values, options, ...body);
}

/** Enters a variable scope (and its name scope); the caller leaves it with `exit`. */
export function enterVariableScope(p: VariableScopeOptions): Entered<VariableScope> {
  const { nameOrScope = null, defaultName = null } = p;
  if (defaultName === null && nameOrScope === null) throw new TypeError('If default_name is None then name_or_scope is required');
  const reuse = p.reuse === false || p.reuse === undefined ? null : p.reuse;
  if (reuse !== true && reuse !== null && reuse !== AUTO_REUSE) throw new ValueError('The reuse parameter must be True or False or None.');
  const auxiliary = p.auxiliaryNameScope === undefined ? true : p.auxiliaryNameScope;
  if (typeof auxiliary !== 'boolean') throw new TypeError(`The auxiliary_name_scope must be \`True\` or \`False\`, while get ${pythonStr(auxiliary)}`);
  if (nameOrScope !== null && typeof nameOrScope !== 'string' && !(nameOrScope instanceof VariableScope)) {
    throw new TypeError('VariableScope: name_or_scope must be a string or VariableScope.');
  }
  const graph = graphFromInputs(p.values ?? []) ?? getDefaultGraph();
  const entered: Entered<unknown>[] = [graph.enterAsDefault()];
  try {
    const store = scopeStore(graph);
    let nameScope: string | undefined;
    const openName = (name: string): void => {
      const stack = graph.getNameScope();
      const e = graph.enterNameScope(auxiliary ? name : stack === '' ? null : `${stack}/`);
      entered.push(e);
      nameScope = e.value;
    };
    let pure: Entered<VariableScope>;
    if (nameOrScope !== null) {
      const own = typeof nameOrScope === 'string' ? nameOrScope : nameOrScope.name.split('/').pop()!;
      if (own !== '' || !auxiliary) openName(own);
      const original = typeof nameOrScope === 'string' ? nameScope : nameScope === undefined ? undefined : nameOrScope.originalNameScope;
      pure = enterPureScope(store, nameOrScope, reuse, original, p);
    } else {
      if (reuse !== null) throw new ValueError('reuse=True cannot be used without a name_or_scope');
      openName(defaultName!);
      pure = enterPureScope(store, uniqueScopeName(store, defaultName!), null, nameScope, p);
    }
    entered.push(pure);
    return { value: pure.value, exit: () => { for (let i = entered.length - 1; i >= 0; i--) entered[i]!.exit(); } };
  } catch (e) {
    for (let i = entered.length - 1; i >= 0; i--) entered[i]!.exit();
    throw e;
  }
}

/** internal: the variable side of a scope: prefix, settings, counts; no name scope. */
export function enterPureScope(store: VariableScopeStore, nameOrScope: string | VariableScope, reuse: Reuse | null, originalNameScope: string | undefined, p: VariableScopeOptions): Entered<VariableScope> {
  const old = store.current;
  const from = typeof nameOrScope === 'string' ? old : nameOrScope;
  const newName = typeof nameOrScope === 'string' ? (old.name === '' ? nameOrScope : `${old.name}/${nameOrScope}`) : nameOrScope.name;
  const effective: Reuse = (reuse ?? false) || from.reuse;
  const scope = new VariableScope(effective, newName, typeof nameOrScope === 'string' ? originalNameScope ?? nameOrScope : nameOrScope.originalNameScope, {
    initializer: p.initializer ?? from.initializer,
    regularizer: p.regularizer ?? from.regularizer,
    cachingDevice: p.cachingDevice ?? from.cachingDevice,
    partitioner: p.partitioner ?? from.partitioner,
    customGetter: p.customGetter ? wrapGetter(p.customGetter, from.customGetter) : from.customGetter,
    dtype: p.dtype ?? from.dtype,
    useResource: p.useResource ?? from.useResource,
    constraint: p.constraint ?? null, // not inherited: TF's quirk
  });
  store.counts.open(newName);
  const jump = typeof nameOrScope === 'string' ? undefined : store.counts.mark();
  store.current = scope;
  return {
    value: scope,
    exit: () => {
      if (store.current !== scope) throw new RuntimeError('Improper nesting of variable_scope.');
      if (jump === undefined) store.counts.closeSubscopes(newName); else store.counts.restore(jump);
      store.current = old;
    },
  };
}

/** internal: the name made unique among the scopes opened here. */
export function uniqueScopeName(store: VariableScopeStore, prefix: string): string {
  const name = store.current.name === '' ? prefix : `${store.current.name}/${prefix}`;
  if (store.counts.count(name) === 0) return prefix;
  let i = 1;
  while (store.counts.count(`${name}_${i}`) > 0) i++;
  return `${prefix}_${i}`;
}

/** The outer getter works inside the new one. */
function wrapGetter(getter: CustomGetter, outer: CustomGetter | null): CustomGetter {
  if (outer === null) return getter;
  return (trueGetter, name, options) => getter(((n, o) => outer(trueGetter, n, o)) as Getter, name, options);
}
