// get_variable: variables by name, created or found, whole or in parts. One store per graph, shared by its threads.
// Follows class _VariableStore and get_variable in python/ops/variable_scope.py (1.15).
import { type DType, float32, string } from '../graph/dtype.ts';
import { GraphKeys } from '../graph/collections.ts';
import { ValueError } from '../graph/errors.ts';
import { getDefaultGraph, type Graph } from '../graph/graph.ts';
import { type TensorShape, toShape } from '../graph/shape.ts';
import { Tensor } from '../graph/tensor.ts';
import { type Args, api } from './api.ts';
import { slice } from './array_slice.ts';
import { int32Vector } from './building.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { glorotUniformInitializer, type Initializer, zerosInitializer } from './init_ops.ts';
import { pythonRepr } from './make_array.ts';
import { PartitionedVariable } from './partitioned_variables.ts';
import { isResourceVariable } from './resource_variable_ops.ts';
import { SaveSliceInfo } from './save_slice_info.ts';
import { withExits } from './scope_stack.ts';
import { defaultUseResource, enterVariableScope, type Getter, type GetVariableOptions, type Gotten, type InitializeOptions, type InitializerLike, type PartitionInfo, type Reuse, scopeStore, type VariableScope } from './variable_scope.ts';
import { type Synchronized, withoutSync } from './variable_sync.ts';
import { initScope, Variable } from './variables.ts';

class VariableStore {
  readonly vars = new Map<string, Variable>();
  readonly partitioned = new Map<string, PartitionedVariable>();
}
const STORE = Symbol('tfgraph.variableStore');
function storeOf(graph: Graph): VariableStore { return graph.extra(STORE, () => new VariableStore()); }

interface GetVariableParams extends GetVariableOptions, Synchronized { name: string; trainable?: boolean | null | undefined }
const GET_ORDER = ['name', 'shape', 'dtype', 'initializer', 'regularizer', 'trainable', 'collections', 'cachingDevice', 'partitioner', 'validateShape', 'useResource', 'customGetter', 'constraint', 'synchronization', 'aggregation'] as const;

/** `tf.get_variable` and `tf.get_local_variable`. With a partitioner the result is a PartitionedVariable, with a custom
 * getter whatever that returns: say so with the type parameter. */
export type GetVariable = <V extends Gotten = Variable>(...args: Args<GetVariableParams, typeof GET_ORDER>) => V;

/** `tf.get_variable`: the variable `<variable scope>/<name>`, created or, in a reusing scope, found.
 * Default initializer: glorot_uniform for floats, zeros for ints, bools and strings; dtype: the scope's (float32).
 * Errors: ValueError `Variable %s already exists, disallowed...`, `... does not exist ...`, on shape and dtype conflicts
 * of a shared variable, and when the shape is not fully known. Follows python/ops/variable_scope.py. */
export const getVariable = api('getVariable', GET_ORDER, (p: GetVariableParams): Gotten => getVariableIn(getDefaultGraph(), p.name, withoutSync(p)), { required: 1 }) as GetVariable;

/** `tf.get_local_variable`: as get_variable, in LOCAL_VARIABLES and not trainable. */
export const getLocalVariable = api('getLocalVariable', GET_ORDER, (p: GetVariableParams): Gotten =>
  getVariableIn(getDefaultGraph(), p.name, { ...withoutSync({ ...p, trainable: false }), collections: [...(p.collections ?? []), GraphKeys.LOCAL_VARIABLES] }), { required: 1 }) as GetVariable;

/** get_variable with its graph given. */
export function getVariableIn<V extends Gotten = Gotten>(graph: Graph, name: string, o: GetVariableOptions): V {
  const scope = scopeStore(graph).current;
  const full = scope.name === '' ? name : `${scope.name}/${name}`;
  return withExits([graph.enterNameScope(null)], () => {
    const { initializer } = o;
    if (o.dtype && isValue(initializer)) {
      const d = convertToTensor(initializer as TensorLike).dtype.baseDtype;
      if (d !== o.dtype) throw new ValueError(`Initializer type '${d.str}' and explicit dtype '${o.dtype.str}' don't match.`);
    }
    const getter = o.customGetter ?? scope.customGetter;
    if (getter !== null && typeof getter !== 'function') throw new ValueError(`Passed a custom_getter which is not callable: ${String(getter)}`);
    const resolved = { ...withScopeDefaults(o, scope), shape: o.shape, dtype: (o.dtype ?? scope.dtype).baseDtype, trainable: o.trainable ?? true };
    const trueGetter = ((n, options) => getOne(graph, n, options)) as Getter;
    return (getter ? getter(trueGetter, full, resolved) : trueGetter<Gotten>(full, resolved)) as V;
  });
}

/** What a scope decides where the caller does not. */
function withScopeDefaults(o: GetVariableOptions, scope: VariableScope): GetVariableOptions {
  return {
    initializer: o.initializer ?? scope.initializer, regularizer: o.regularizer ?? scope.regularizer, reuse: o.reuse ?? scope.reuse, collections: o.collections,
    cachingDevice: o.cachingDevice ?? scope.cachingDevice, partitioner: o.partitioner ?? scope.partitioner, validateShape: o.validateShape ?? true,
    useResource: o.useResource ?? scope.useResource, constraint: o.constraint ?? scope.constraint,
  };
}

function isInitializer(v: unknown): v is Initializer { return typeof v === 'object' && v !== null && 'initialize' in v; }
/** A constant initializer: neither a function nor an initializer object. */
function isValue(v: unknown): boolean { return v !== null && v !== undefined && typeof v !== 'function' && !isInitializer(v); }

/** The getter inside all custom getters. */
function getOne(graph: Graph, name: string, o: GetVariableOptions): Gotten {
  const store = storeOf(graph);
  const isScalar = Array.isArray(o.shape) && o.shape.length === 0;
  if (o.partitioner && !isScalar) {
    if (typeof o.partitioner !== 'function') throw new ValueError(`Partitioner must be callable, but received: ${pythonRepr(o.partitioner)}`);
    return withExits([graph.enterNameScope(null)], () => getPartitioned(graph, name, o));
  }
  if (o.reuse === true && !o.partitioner && store.partitioned.has(name)) return getPartitioned(graph, name, { ...o, partitioner: null });
  if (store.vars.has(`${name}/part_0`)) {
    throw new ValueError(`No partitioner was provided, but a partitioned version of the variable was found: ${name}/part_0. Perhaps a variable of the same name was already created with partitioning?`);
  }
  return getSingle(graph, name, o, null);
}

// --- one variable --------------------------------------------------------------------------------------------------

function getSingle(graph: Graph, name: string, o: GetVariableOptions, partitionInfo: PartitionInfo | null): Variable {
  const { vars } = storeOf(graph);
  if (o.shape !== undefined && o.shape !== null && isValue(o.initializer)) throw new ValueError('If initializer is a constant, do not specify shape.');
  const dtype = (o.dtype ?? float32).baseDtype;
  const shape = toShape(o.shape ?? null);
  const found = vars.get(name);
  if (found) return reused(found, name, o, shape, dtype);
  if (o.reuse === true) {
    throw new ValueError(`Variable ${name} does not exist, or was not created with tf.get_variable(). Did you mean to set reuse=tf.AUTO_REUSE in VarScope?`, {
      remedy: similar(name, [...vars.keys()]) ?? 'create the variable first in a scope that does not reuse, or use tf.AUTO_REUSE',
    });
  }
  const initializer = o.initializer ?? defaultInitializer(name, dtype);
  const fromValue = isValue(initializer);
  const v = new Variable({
    initialValue: initScope(graph, () => initialValueOf(initializer, fromValue, shape, { dtype, partitionInfo })),
    name, trainable: o.trainable ?? true, collections: o.collections ?? null, cachingDevice: o.cachingDevice ?? null,
    dtype: fromValue || !shape.isFullyDefined ? null : dtype, validateShape: o.validateShape ?? true,
    constraint: o.constraint ?? null, useResource: o.useResource ?? defaultUseResource(),
  });
  vars.set(name, v);
  const { regularizer } = o;
  if (regularizer) {
    const loss = withExits([graph.enterColocateWith(v.op), graph.enterNameScope(`${name}/Regularizer/`)], () => initScope(graph, () => regularizer(v)));
    if (loss !== null) graph.addToCollection(GraphKeys.REGULARIZATION_LOSSES, loss);
  }
  return v;
}

function reused(found: Variable, name: string, o: GetVariableOptions, shape: TensorShape, dtype: DType): Variable {
  const where = { node: found.op.name, op: found.op.type, site: found.op.site?.location };
  if (o.reuse === false) {
    const text = `Variable ${name} already exists, disallowed. Did you mean to set reuse=True or reuse=tf.AUTO_REUSE in VarScope?`;
    const origin = found.op.site?.frames().map((f) => `  ${f}`).join('\n') ?? '  <unknown>';
    throw new ValueError(isResourceVariable(found) ? text : `${text} Originally defined at:\n\n${origin}\n`, {
      ...where, remedy: 'enter the scope with { reuse: true } (share) or { reuse: tf.AUTO_REUSE } (create once, then share)',
    });
  }
  if (!shape.isCompatibleWith(found.shape)) throw new ValueError(`Trying to share variable ${name}, but specified shape ${shape} and found shape ${found.shape}.`, where);
  if (!dtype.isCompatibleWith(found.dtype)) throw new ValueError(`Trying to share variable ${name}, but specified dtype ${dtype.name} and found dtype ${found.dtype.name}.`, where);
  return found;
}

function defaultInitializer(name: string, dtype: DType): Initializer {
  if (dtype.isFloating) return glorotUniformInitializer();
  if (dtype.isInteger || dtype.isBool || dtype === string) return zerosInitializer();
  throw new ValueError(`An initializer for variable ${name} of ${dtype.str} is required`);
}

function initialValueOf(initializer: InitializerLike, fromValue: boolean, shape: TensorShape, options: InitializeOptions): TensorLike | (() => TensorLike) {
  if (fromValue) return initializer as TensorLike;
  type OfShape = (s: readonly number[], o: InitializeOptions) => TensorLike;
  let init = initializer as Initializer | OfShape | (() => TensorLike);
  if (typeof init === 'function' && /^class\b/.test(Function.prototype.toString.call(init))) init = new (init as unknown as new () => Initializer)();
  if (shape.isFullyDefined) {
    const dims = shape.asList() as number[];
    return isInitializer(init) ? () => (init as Initializer).initialize(dims, options) : () => (init as OfShape)(dims, options);
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

// --- a variable in parts -------------------------------------------------------------------------------------------

/** A partitioned variable as create_partitioned_variables asks for it.
 * Errors: ValueError when the scope has a custom getter. */
function getPartitionedIn(graph: Graph, name: string | null, o: GetVariableOptions): PartitionedVariable {
  const scope = scopeStore(graph).current;
  if (scope.customGetter !== null) {
    throw new ValueError(`Private access to _get_partitioned_variable is not allowed when a custom getter is set.  Current custom getter: ${pythonRepr(scope.customGetter.name)}.  It is likely that you're using create_partitioned_variables.  If so, consider instead using get_variable with a non-empty partitioner parameter instead.`);
  }
  const full = [scope.name, name ?? ''].filter((s) => s !== '').join('/');
  return withExits([graph.enterNameScope(null)], () => getPartitioned(graph, full, { ...withScopeDefaults(o, scope), reuse: scope.reuse, shape: o.shape, dtype: o.dtype ?? scope.dtype, trainable: o.trainable ?? true }));
}

function getPartitioned(graph: Graph, name: string, o: GetVariableOptions): PartitionedVariable {
  const { vars, partitioned } = storeOf(graph);
  const initializer = o.initializer ?? null;
  if (vars.has(name)) {
    throw new ValueError(`A partitioner was provided, but an unpartitioned version of the variable was found: ${name}.  Perhaps a variable of the same name was already created without partitioning?`);
  }
  let dtype = o.dtype ?? float32;
  let shape = toShape(o.shape ?? null);
  if (initializer instanceof Tensor) shape = shape.mergeWith(initializer.shape);
  const partitions = !o.reuse || o.partitioner ? callPartitioner(o.partitioner!, shape, dtype) : null;
  const found = partitioned.get(name);
  if (found) {
    if (o.reuse === false) throw new ValueError(`Partitioned variable with name ${name} already exists. Did you mean to set reuse=True or reuse=tf.AUTO_REUSE in VarScope?`);
    const trying = `Trying to reuse partitioned variable ${name}, but specified`;
    if (!shape.isCompatibleWith(found.shape)) throw new ValueError(`${trying} shape ${shape} and found shape ${found.shape}.`);
    if (!dtype.isCompatibleWith(found.dtype)) throw new ValueError(`${trying} dtype ${dtype.name} and found dtype ${found.dtype.name}.`);
    if (partitions !== null && !sameNumbers(found.partitions, partitions)) throw new ValueError(`${trying} partitions ${list(partitions)} and found partitions ${list(found.partitions)}.`);
    return found;
  }
  if (o.reuse === true) throw new ValueError(`PartitionedVariable ${name} does not exist, or was not created with tf.get_variable(). Did you mean to set reuse=False or reuse=tf.AUTO_REUSE in VarScope?`);
  const [axis, count] = sliceAxis(partitions!);
  if (vars.has(`${name}/part_0`)) {
    const different = `Partitioner returned a different partitioning than what was already found.  Partitioner returned ${count} shards, and shard ${name}/part_0 was found, but`;
    if (!vars.has(`${name}/part_${count - 1}`)) throw new ValueError(`${different} ${name}/part_${count - 1} was not.`);
    if (vars.has(`${name}/part_${count}`)) throw new ValueError(`${different} so was the extra shard ${name}/part_${count}.`);
  }
  const fullShape = shape.asList() as number[];
  const parts = slices(fullShape, count, axis).map(({ offset, size }, i) => {
    const part = `${name}/part_${i}`;
    let init: InitializerLike;
    let partShape: readonly number[] | null = size;
    [init, partShape, dtype] = withExits([graph.enterNameScope(`${part}/PartitionedInitializer`)], () => {
      if (initializer === null) return [defaultInitializer(name, dtype), size, dtype] as const;
      if (!isValue(initializer)) return [initializer, size, dtype] as const;
      const whole = initializer instanceof Tensor ? initializer : convertToTensor(initializer as TensorLike, { dtype });
      const cut = slice(whole, int32Vector(offset), int32Vector(size));
      return [cut, null, initializer instanceof Tensor ? cut.dtype.baseDtype : dtype] as const;
    });
    const v = withExits([graph.enterNameScope(null)], () => getSingle(graph, part, { ...o, shape: partShape, dtype, initializer: init }, { fullShape, varOffset: offset }));
    v.saveSliceInfo = new SaveSliceInfo(name, fullShape, offset, size);
    return v;
  });
  const made = new PartitionedVariable({ name, shape, dtype, variableList: parts, partitions: partitions! });
  partitioned.set(name, made);
  return made;
}

/** What the partitioner says, checked. */
function callPartitioner(partitioner: NonNullable<GetVariableOptions['partitioner']>, shape: TensorShape, dtype: DType): readonly number[] {
  if (!shape.isFullyDefined) throw new ValueError(`Shape of a new partitioned variable must be fully defined, but instead was ${shape}.`);
  if (shape.ndims! < 1) throw new ValueError(`A partitioned Variable must have rank at least 1, shape: ${shape}`);
  const slicing: unknown = partitioner({ shape, dtype });
  if (!Array.isArray(slicing)) throw new ValueError(`Partitioner must return a sequence, but saw: ${pythonRepr(slicing)}`);
  const p = slicing as number[];
  if (p.length !== shape.ndims) throw new ValueError(`Partitioner returned a partition list that does not match the Variable's rank: ${list(p)} vs. ${shape}`);
  if (p.some((n) => n < 1)) throw new ValueError(`Partitioner returned zero partitions for some axes: ${list(p)}`);
  if (p.filter((n) => n > 1).length > 1) throw new ValueError(`Can only slice a variable along one dimension: shape: ${shape}, partitioning: ${list(p)}`);
  return p;
}

function list(p: readonly number[]): string { return `[${p.join(', ')}]`; }
function sameNumbers(a: readonly number[], b: readonly number[]): boolean { return a.length === b.length && a.every((x, i) => x === b[i]); }

/** The axis that is cut, and into how many parts. */
function sliceAxis(partitions: readonly number[]): readonly [axis: number, count: number] {
  const axis = partitions.findIndex((n) => n > 1);
  return axis < 0 ? [0, 1] : [axis, partitions[axis]!];
}

/** Offsets and sizes of the parts; the first ones take the excess. */
function slices(full: readonly number[], count: number, axis: number): { readonly offset: readonly number[]; readonly size: readonly number[] }[] {
  const excess = full[axis]! % count, least = Math.floor(full[axis]! / count);
  let at = 0;
  return Array.from({ length: count }, (_, i) => {
    const size = full.map((d, k) => (k === axis ? least + (i < excess ? 1 : 0) : d));
    const offset = full.map((_d, k) => (k === axis ? at : 0));
    at += size[axis]!;
    return { offset, size };
  });
}

interface CreatePartitionedParams { shape: readonly number[]; slicing: readonly number[]; initializer: InitializerLike; dtype?: DType; trainable?: boolean; collections?: readonly string[] | null; name?: string | null; reuse?: Reuse | null }
/** `tf.create_partitioned_variables`: the parts of a variable cut as `slicing` says, in the scope `name`
 * (PartitionedVariable). Errors: ValueError for a scalar, or when shape and slicing differ in length. */
export const createPartitionedVariables = api('createPartitionedVariables', ['shape', 'slicing', 'initializer', 'dtype', 'trainable', 'collections', 'name', 'reuse'], (p: CreatePartitionedParams): Variable[] => {
  if (p.shape.length !== p.slicing.length) throw new ValueError(`The 'shape' and 'slicing' of a partitioned Variable must have the length: shape: ${list(p.shape)}, slicing: ${list(p.slicing)}`);
  if (p.shape.length < 1) throw new ValueError(`A partitioned Variable must have rank at least 1: shape: ${list(p.shape)}`);
  const scope = enterVariableScope({ nameOrScope: p.name ?? null, defaultName: 'PartitionedVariable', reuse: p.reuse ?? null });
  return withExits([scope], () => [...getPartitionedIn(getDefaultGraph(), null, {
    shape: p.shape, dtype: p.dtype ?? float32, initializer: p.initializer, trainable: p.trainable ?? true, partitioner: () => p.slicing, collections: p.collections,
  })]);
}, { required: 3 });
