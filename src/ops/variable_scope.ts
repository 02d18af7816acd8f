// Variable scopes and get_variable: names, reuse, inheritance, the store of shared variables. Follows
// python/ops/variable_scope.py (1.15) rule by rule. Partitioners and resource variables are not here yet.
import { type DType, float32, string } from '../graph/dtype.ts';
import { GraphKeys } from '../graph/collections.ts';
import { NotImplementedError, RuntimeError, TypeError, ValueError } from '../graph/errors.ts';
import { getDefaultGraph, type Graph } from '../graph/graph.ts';
import { type Entered, openScope, runInScope, type ScopeHandle, threadState } from '../graph/scopes.ts';
import { type ShapeLike, TensorShape, toShape } from '../graph/shape.ts';
import { Tensor } from '../graph/tensor.ts';
import { publicCall } from '../graph/site.ts';
import { api, bind } from './api.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { graphFromInputs } from './graph_from_inputs.ts';
import { pythonRepr } from './make_array.ts';
import { glorotUniformInitializer, type Initializer, zerosInitializer } from './init_ops.ts';
import { withExits } from './scope_stack.ts';
import { initScope, Variable } from './variables.ts';

/** `tf.AUTO_REUSE`: get the variable if it exists, else create it. */
export const AUTO_REUSE: unique symbol = Symbol('AUTO_REUSE');
export type Reuse = boolean | typeof AUTO_REUSE;

/** Adds a loss for a new variable; null adds none. */
export type Regularizer = (v: Tensor) => Tensor | null;
/** Wraps creation and reuse of variables: calls `getter(name, options)` or returns something else. */
export type CustomGetter = (getter: Getter, name: string, options: GetVariableOptions) => Variable;
export type Getter = (name: string, options: GetVariableOptions) => Variable;
/** What `initializer` accepts: an initializer object, a function of the shape, a function without arguments, or a value. */
export type InitializerLike = Initializer | TensorLike | ((shape: readonly number[], options: { dtype: DType }) => TensorLike) | (new () => Initializer);

/** Keyword arguments of `tf.get_variable`. */
export interface GetVariableOptions {
  shape?: ShapeLike | undefined;
  dtype?: DType | null | undefined;
  initializer?: InitializerLike | null | undefined;
  regularizer?: Regularizer | null | undefined;
  trainable?: boolean | null | undefined;
  collections?: readonly string[] | null | undefined;
  cachingDevice?: string | null | undefined;
  partitioner?: ((o: { shape: TensorShape; dtype: DType }) => readonly number[]) | null | undefined;
  validateShape?: boolean | null | undefined;
  useResource?: boolean | null | undefined;
  customGetter?: CustomGetter | null | undefined;
  constraint?: ((t: Tensor) => Tensor) | null | undefined;
  /** Only getters see it. */
  reuse?: Reuse | null | undefined;
}

/** Settings a scope passes to what is made inside it. */
interface ScopeSettings {
  initializer: InitializerLike | null;
  regularizer: Regularizer | null;
  cachingDevice: string | null;
  partitioner: GetVariableOptions['partitioner'] | null;
  customGetter: CustomGetter | null;
  dtype: DType;
  useResource: boolean | null;
  constraint: ((t: Tensor) => Tensor) | null;
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
  partitioner: GetVariableOptions['partitioner'] | null;
  customGetter: CustomGetter | null;
  dtype: DType;
  useResource: boolean | null;
  constraint: ((t: Tensor) => Tensor) | null;
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
  setPartitioner(v: GetVariableOptions['partitioner'] | null): void { this.partitioner = v; }
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
  counts = new Map<string, number>();
  constructor(graph: Graph) { this.#graph = graph; }
  /** The innermost open scope of this async context. */
  get current(): VariableScope { return (this.#graph.scope.extra.get(CURRENT_SCOPE) as VariableScope | undefined) ?? this.#root; }
  set current(scope: VariableScope) {
    const { extra } = this.#graph.scope;
    if (scope === this.#root) extra.delete(CURRENT_SCOPE); else extra.set(CURRENT_SCOPE, scope);
  }
  open(name: string): void { this.counts.set(name, (this.counts.get(name) ?? 0) + 1); }
  closeSubscopes(name: string): void { for (const k of this.counts.keys()) if (k.startsWith(`${name}/`)) this.counts.set(k, 0); }
  count(name: string): number { return this.counts.get(name) ?? 0; }
}

const CURRENT_SCOPE = Symbol('tfgraph.variableScope');
const SCOPE_STORE = Symbol('tfgraph.variableScopeStore');
const VARIABLE_STORE = Symbol('tfgraph.variableStore');

function scopeStore(graph: Graph): VariableScopeStore { return threadState(graph, SCOPE_STORE, () => new VariableScopeStore(graph)); }
function variableStore(graph: Graph): Map<string, Variable> { return graph.extra(VARIABLE_STORE, () => new Map<string, Variable>()); }

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
  partitioner?: GetVariableOptions['partitioner'] | null;
  customGetter?: CustomGetter | null;
  /** True or AUTO_REUSE stick to all scopes inside; false and null inherit. */
  reuse?: Reuse | null;
  dtype?: DType | null;
  useResource?: boolean | null;
  constraint?: ((t: Tensor) => Tensor) | null;
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

/** Enters a variable scope (and its name scope); the caller leaves it with `exit`. */
export function enterVariableScope(p: VariableScopeOptions): Entered<VariableScope> {
  const { nameOrScope = null, defaultName = null } = p;
  if (defaultName === null && nameOrScope === null) throw new TypeError('If default_name is None then name_or_scope is required');
  const reuse = p.reuse === false || p.reuse === undefined ? null : p.reuse;
  if (reuse !== true && reuse !== null && reuse !== AUTO_REUSE) throw new ValueError('The reuse parameter must be True or False or None.');
  const auxiliary = p.auxiliaryNameScope === undefined ? true : p.auxiliaryNameScope;
  if (typeof auxiliary !== 'boolean') throw new TypeError(`The auxiliary_name_scope must be \`True\` or \`False\`, while get ${pythonRepr(auxiliary)}`);
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

/** The variable side of a scope: prefix, settings, counts; no name scope. */
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
  store.open(newName);
  const saved = typeof nameOrScope === 'string' ? undefined : new Map(store.counts);
  store.current = scope;
  return {
    value: scope,
    exit: () => {
      if (store.current !== scope) throw new RuntimeError('Improper nesting of variable_scope.');
      if (saved) {
        store.counts = saved; // a jump to a captured scope leaves no trace in the numbering
      } else store.closeSubscopes(newName);
      store.current = old;
    },
  };
}

function uniqueScopeName(store: VariableScopeStore, prefix: string): string {
  const name = store.current.name === '' ? prefix : `${store.current.name}/${prefix}`;
  if (store.count(name) === 0) return prefix;
  let i = 1;
  while (store.count(`${name}_${i}`) > 0) i++;
  return `${prefix}_${i}`;
}

/** The outer getter works inside the new one. */
function wrapGetter(getter: CustomGetter, outer: CustomGetter | null): CustomGetter {
  if (outer === null) return getter;
  return (trueGetter, name, options) => getter((n, o) => outer(trueGetter, n, o), name, options);
}

// --- get_variable --------------------------------------------------------------------------------------------------

interface GetVariableParams extends GetVariableOptions { name: string }
const GET_ORDER = ['name', 'shape', 'dtype', 'initializer', 'regularizer', 'trainable', 'collections', 'cachingDevice', 'partitioner', 'validateShape', 'useResource', 'customGetter', 'constraint'] as const;

/** `tf.get_variable`: the variable `<variable scope>/<name>`, created or, in a reusing scope, found.
 * Default initializer: glorot_uniform for floats, zeros for ints, bools and strings; dtype: the scope's (float32).
 * Errors: ValueError `Variable %s already exists, disallowed...`, `... does not exist ...`, on shape and dtype conflicts
 * of a shared variable, and when the shape is not fully known. Follows python/ops/variable_scope.py. */
export const getVariable = api('getVariable', GET_ORDER, (p: GetVariableParams): Variable => getVariableIn(getDefaultGraph(), p.name, p), { required: 1 });

/** `tf.get_local_variable`: as get_variable, in LOCAL_VARIABLES and not trainable. */
export const getLocalVariable = api('getLocalVariable', GET_ORDER, (p: GetVariableParams): Variable =>
  getVariableIn(getDefaultGraph(), p.name, { ...p, trainable: false, collections: [...(p.collections ?? []), GraphKeys.LOCAL_VARIABLES] }), { required: 1 });

/** get_variable with its graph given. */
export function getVariableIn(graph: Graph, name: string, o: GetVariableOptions): Variable {
  const scope = scopeStore(graph).current;
  const full = scope.name === '' ? name : `${scope.name}/${name}`;
  return withExits([graph.enterNameScope(null)], () => {
    const { initializer: init } = o;
    if (o.dtype && init !== null && init !== undefined && typeof init !== 'function' && !isInitializer(init)) {
      const d = convertToTensor(init as TensorLike).dtype.baseDtype;
      if (d !== o.dtype) throw new ValueError(`Initializer type '${d.str}' and explicit dtype '${o.dtype.str}' don't match.`);
    }
    const getter = o.customGetter ?? scope.customGetter;
    if (getter !== null && typeof getter !== 'function') throw new ValueError(`Passed a custom_getter which is not callable: ${String(getter)}`);
    const resolved: GetVariableOptions = {
      shape: o.shape, dtype: (o.dtype ?? scope.dtype).baseDtype, initializer: init ?? scope.initializer, regularizer: o.regularizer ?? scope.regularizer,
      reuse: o.reuse ?? scope.reuse, trainable: o.trainable ?? true, collections: o.collections, cachingDevice: o.cachingDevice ?? scope.cachingDevice,
      partitioner: o.partitioner ?? scope.partitioner, validateShape: o.validateShape ?? true, useResource: o.useResource ?? scope.useResource,
      constraint: o.constraint ?? scope.constraint,
    };
    const trueGetter: Getter = (n, options) => getSingleVariable(graph, n, options);
    return getter ? getter(trueGetter, full, resolved) : trueGetter(full, resolved);
  });
}

function isInitializer(v: unknown): v is Initializer { return typeof v === 'object' && v !== null && 'initialize' in v; }

function getSingleVariable(graph: Graph, name: string, o: GetVariableOptions): Variable {
  if (o.partitioner) throw new NotImplementedError('Partitioned variables are not available yet.');
  const vars = variableStore(graph);
  let initializer: InitializerLike | null = o.initializer ?? null;
  let fromValue = initializer !== null && typeof initializer !== 'function' && !isInitializer(initializer);
  if (o.shape !== undefined && o.shape !== null && fromValue) throw new ValueError('If initializer is a constant, do not specify shape.');
  const dtype = (o.dtype ?? float32).baseDtype;
  const shape = toShape(o.shape ?? null);
  const found = vars.get(name);
  if (found) {
    if (o.reuse === false || o.reuse === null || o.reuse === undefined) {
      throw new ValueError(`Variable ${name} already exists, disallowed. Did you mean to set reuse=True or reuse=tf.AUTO_REUSE in VarScope? Originally defined at:\n\n${found.op.site?.frames().map((f) => `  ${f}`).join('\n') ?? '  <unknown>'}\n`, {
        node: found.op.name, op: found.op.type, site: found.op.site?.location, remedy: 'enter the scope with { reuse: true } (share) or { reuse: tf.AUTO_REUSE } (create once, then share)',
      });
    }
    if (!shape.isCompatibleWith(found.shape)) throw new ValueError(`Trying to share variable ${name}, but specified shape ${shape} and found shape ${found.shape}.`, { node: found.op.name, site: found.op.site?.location });
    if (!dtype.isCompatibleWith(found.dtype)) throw new ValueError(`Trying to share variable ${name}, but specified dtype ${dtype.name} and found dtype ${found.dtype.name}.`, { node: found.op.name, site: found.op.site?.location });
    return found;
  }
  if (o.reuse === true) {
    throw new ValueError(`Variable ${name} does not exist, or was not created with tf.get_variable(). Did you mean to set reuse=tf.AUTO_REUSE in VarScope?`, {
      remedy: similar(name, [...vars.keys()]) ?? 'create the variable first in a scope that does not reuse, or use tf.AUTO_REUSE',
    });
  }
  if (initializer === null) {
    if (dtype.isFloating) initializer = glorotUniformInitializer();
    else if (dtype.isInteger || dtype.isBool || dtype === string) initializer = zerosInitializer();
    else throw new ValueError(`An initializer for variable ${name} of ${dtype.str} is required`);
    fromValue = false;
  }
  const v = new Variable({
    initialValue: initScope(graph, () => initialValueOf(initializer, fromValue, shape, dtype)),
    name, trainable: o.trainable ?? true, collections: o.collections ?? null, cachingDevice: o.cachingDevice ?? null,
    dtype: fromValue || !shape.isFullyDefined ? null : dtype, validateShape: o.validateShape ?? true,
    constraint: o.constraint ?? null, useResource: o.useResource ?? null,
  });
  vars.set(name, v);
  if (o.regularizer) {
    const loss = withExits([graph.enterColocateWith(v.op), graph.enterNameScope(`${name}/Regularizer/`)], () => initScope(graph, () => o.regularizer!(v.value())));
    if (loss !== null) graph.addToCollection(GraphKeys.REGULARIZATION_LOSSES, loss);
  }
  return v;
}

function initialValueOf(initializer: InitializerLike, fromValue: boolean, shape: TensorShape, dtype: DType): TensorLike | (() => TensorLike) {
  if (fromValue) return initializer as TensorLike;
  let init = initializer as Initializer | ((s: readonly number[], o: { dtype: DType }) => TensorLike) | (() => TensorLike);
  if (typeof init === 'function' && /^class\b/.test(Function.prototype.toString.call(init))) init = new (init as unknown as new () => Initializer)();
  if (shape.isFullyDefined) {
    const dims = shape.asList() as number[];
    return isInitializer(init) ? () => (init as Initializer).initialize(dims, { dtype }) : () => (init as (s: readonly number[], o: { dtype: DType }) => TensorLike)(dims, { dtype });
  }
  if (typeof init === 'function' && init.length === 0) return init as () => TensorLike;
  throw new ValueError("The initializer passed is not valid. It should be a callable with no arguments and the shape should not be provided or an instance of `tf.keras.initializers.*' and `shape` should be fully defined.");
}

/** Names that end alike: the usual cause is a scope re-opened under another parent. */
function similar(name: string, names: readonly string[]): string | undefined {
  const tail = name.split('/').slice(-2).join('/');
  const hit = names.find((n) => n.endsWith(`/${tail}`) || n.endsWith(`/${name}`));
  return hit === undefined ? undefined : `a variable named '${hit}' exists: was the scope re-opened under another parent?`;
}
