// Variables of models: made in collections and found again. Follows contrib/framework/python/ops/variables.py (1.15).
import { withoutSync } from '../variable_sync.ts';
import { GraphKeys } from '../../graph/collections.ts';
import { type DType, float32 } from '../../graph/dtype.ts';
import { ValueError } from '../../graph/errors.ts';
import { getDefaultGraph } from '../../graph/graph.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import type { ShapeLike } from '../../graph/shape.ts';
import type { Operation, Tensor } from '../../graph/tensor.ts';
import { api } from '../api.ts';
import { placeholder } from '../array_values.ts';
import { group } from '../control_flow_ops.ts';
import { makeArray } from '../make_array.ts';
import type { ArrayLike } from '../make_array.ts';
import { withExits } from '../scope_stack.ts';
import { assertGlobalStep, getGlobalStep } from '../train/global_step.ts';
import { type CustomGetter, getVariableScope, type GetVariableOptions, type InitializerLike, type Partitioner, type Regularizer, VariableScope } from '../variable_scope.ts';
import { getVariable } from '../variable_store.ts';
import type { TensorLike } from '../convert.ts';
import { Variable } from '../variables.ts';
import { addArgScope, setPositional } from './arg_scope.ts';

interface VariableParams {
  name: string; shape?: ShapeLike; dtype?: DType | null; initializer?: InitializerLike | null; regularizer?: Regularizer | null; trainable?: boolean; collections?: readonly string[] | null;
  cachingDevice?: string | null; device?: string | null; partitioner?: Partitioner | null; customGetter?: CustomGetter | null; useResource?: boolean | null; synchronization?: number | null; aggregation?: number | null;
}
const ORDER = ['name', 'shape', 'dtype', 'initializer', 'regularizer', 'trainable', 'collections', 'cachingDevice', 'device', 'partitioner', 'customGetter', 'useResource', 'synchronization', 'aggregation'] as const;

function make(p: VariableParams): Variable {
  const { name, device, customGetter, collections, ...rest } = withoutSync(p);
  const options: GetVariableOptions = { ...rest, trainable: rest.trainable ?? true, collections: [...new Set(collections ?? [GraphKeys.GLOBAL_VARIABLES])] };
  const getter = (n: string, o?: GetVariableOptions): Variable => getVariable(n, o ?? {}) as Variable;
  return withExits([getDefaultGraph().enterDevice(device ?? '')], () => (customGetter ? customGetter(getter as never, name, { ...options, reuse: getVariableScope().reuse }) as Variable : getter(name, options)));
}
function scoped<F extends (...a: never[]) => unknown>(f: F): F { setPositional(f, ORDER); return addArgScope(f); }
/** `tf.contrib.framework.variable`: `get_variable` on a device, with arg_scope. */
export const variable = scoped(api('variable', ORDER, make, { required: 1 }));
/** `tf.contrib.framework.model_variable`: the same, float32 by default and also in MODEL_VARIABLES. */
export const modelVariable = scoped(api('modelVariable', ORDER, (p: VariableParams): Variable =>
  make({ ...p, dtype: p.dtype === undefined ? float32 : p.dtype, collections: [...p.collections ?? [], GraphKeys.GLOBAL_VARIABLES, GraphKeys.MODEL_VARIABLES] }), { required: 1 }));

interface Plain { initialValue: TensorLike | (() => TensorLike); validateShape?: boolean; name?: string | null; useResource?: boolean | null }
const plain = (collection: string) => (p: Plain): Variable => new Variable({ initialValue: p.initialValue, trainable: false, collections: [collection], validateShape: p.validateShape ?? true, useResource: p.useResource ?? null, name: p.name ?? null });
const PLAIN = ['initialValue', 'validateShape', 'name', 'useResource'] as const;
/** `tf.contrib.framework.local_variable`: not trainable, in LOCAL_VARIABLES. */
export const localVariable = api('localVariable', PLAIN, plain(GraphKeys.LOCAL_VARIABLES), { required: 1 });
/** `tf.contrib.framework.global_variable`: not trainable, in GLOBAL_VARIABLES. */
export const globalVariable = api('globalVariable', PLAIN, plain(GraphKeys.GLOBAL_VARIABLES), { required: 1 });

/** `tf.contrib.framework.add_model_variable`: adds to MODEL_VARIABLES, once. */
export const addModelVariable = api('addModelVariable', ['var'], (p: { var: Variable }): void => {
  const graph = getDefaultGraph();
  if (!graph.getCollection(GraphKeys.MODEL_VARIABLES).includes(p.var)) graph.addToCollection(GraphKeys.MODEL_VARIABLES, p.var);
}, { required: 1 });

interface Find { scope?: string | VariableScope | null; suffix?: string | null; collection?: string }
function find(p: Find): Variable[] {
  let scope = p.scope instanceof VariableScope ? p.scope.name : p.scope ?? null;
  if (p.suffix !== undefined && p.suffix !== null) scope = `${scope || ''}.*${p.suffix.includes(':') ? p.suffix : `${p.suffix}:`}`;
  return getDefaultGraph().getCollection(p.collection ?? GraphKeys.GLOBAL_VARIABLES, scope) as Variable[];
}
/** `tf.contrib.framework.get_variables`: of a collection (GLOBAL_VARIABLES), whose names begin as `scope` (a pattern) and end with `suffix`. */
export const getVariables = api('getVariables', ['scope', 'suffix', 'collection'], find);
const inCollection = (collection: string) => (p: Find): Variable[] => find({ ...p, collection });
/** `tf.contrib.framework.get_model_variables`. */
export const getModelVariables = api('getModelVariables', ['scope', 'suffix'], inCollection(GraphKeys.MODEL_VARIABLES));
/** `tf.contrib.framework.get_local_variables`. */
export const getLocalVariables = api('getLocalVariables', ['scope', 'suffix'], inCollection(GraphKeys.LOCAL_VARIABLES));
/** `tf.contrib.framework.get_trainable_variables`. */
export const getTrainableVariables = api('getTrainableVariables', ['scope', 'suffix'], inCollection(GraphKeys.TRAINABLE_VARIABLES));
/** `tf.contrib.framework.get_variables_by_suffix`. */
export const getVariablesBySuffix = api('getVariablesBySuffix', ['suffix', 'scope'], (p: { suffix: string; scope?: string | null }): Variable[] => find({ scope: p.scope ?? null, suffix: p.suffix }), { required: 1 });
/** `tf.contrib.framework.get_variables_by_name`: those with this last part of the name. */
export const getVariablesByName = api('getVariablesByName', ['givenName', 'scope'], (p: { givenName: string; scope?: string | null }): Variable[] => find({ scope: p.scope ?? null, suffix: `/${p.givenName}:|^${p.givenName}:` }), { required: 1 });
/** `tf.contrib.framework.get_unique_variable`. Errors: ValueError when there is none of this name. */
export const getUniqueVariable = api('getUniqueVariable', ['varOpName'], (p: { varOpName: string }): Variable => {
  const candidates = find({ scope: p.varOpName });
  if (candidates.length === 0) throw new ValueError(`Couldn't find variable ${p.varOpName}`);
  const found = candidates.find((v) => v.op.name === p.varOpName);
  if (!found) throw new ValueError(`Variable ${p.varOpName} does not uniquely identify a variable`);
  return found;
}, { required: 1 });
/** `tf.contrib.framework.get_variable_full_name`: of a part, the name of the whole. */
export const getVariableFullName = api('getVariableFullName', ['var'], (p: { var: Variable }): string => p.var.saveSliceInfo?.fullName ?? p.var.op.name, { required: 1 });
interface Filter { varList: readonly Variable[]; includePatterns?: readonly string[] | null; excludePatterns?: readonly string[] | null; regSearch?: boolean }
/** `tf.contrib.framework.filter_variables`: those that match some pattern to include and none to exclude, anywhere in the name (from its start without `regSearch`). */
export const filterVariables = api('filterVariables', ['varList', 'includePatterns', 'excludePatterns', 'regSearch'], (p: Filter): Variable[] => {
  const matches = (v: Variable, patterns: readonly string[]): boolean => patterns.some((x) => new RegExp(p.regSearch ?? true ? x : `^(?:${x})`).test(v.name));
  const included = p.includePatterns === undefined || p.includePatterns === null ? [...p.varList] : p.varList.filter((v) => matches(v, p.includePatterns!));
  return p.excludePatterns === undefined || p.excludePatterns === null ? included : included.filter((v) => !matches(v, p.excludePatterns!));
}, { required: 1 });

type Values = Readonly<Record<string, ArrayLike>> | ReadonlyMap<string, ArrayLike>;
/** `tf.contrib.framework.assign_from_values`: [an op that assigns values to variables by name, the feeds it needs].
 * Errors: ValueError for names of no variable or of several. */
export const assignFromValues = api('assignFromValues', ['varNamesToValues'], (p: { varNamesToValues: Values }): [Operation, [Tensor, NDArray][]] => {
  const feeds: [Tensor, NDArray][] = [];
  const entries = p.varNamesToValues instanceof Map ? [...p.varNamesToValues as ReadonlyMap<string, ArrayLike>] : Object.entries(p.varNamesToValues as Record<string, ArrayLike>);
  const assigns = entries.map(([name, value]) => {
    const found = getDefaultGraph().getCollection(GraphKeys.GLOBAL_VARIABLES, name) as Variable[];
    if (found.length === 0) throw new ValueError(`Variable ${name} wasn't found`);
    const v = found.length === 1 ? found[0]! : found.find((x) => x.op.name === name);
    if (!v) throw new ValueError(`Variable ${name} doesn't uniquely identify a variable`);
    const dtype = v.dtype.baseDtype;
    const feed = placeholder(dtype, v.shape, { name: `placeholder/${v.op.name}` });
    feeds.push([feed, makeArray(value, dtype).reshape(v.shape.asList() as number[])]);
    return v.assign(feed);
  });
  return [group(...assigns), feeds];
}, { required: 1, message: true });
/** `tf.contrib.framework.assign_from_values_fn`: a function that does it in a session. */
export const assignFromValuesFn = api('assignFromValuesFn', ['varNamesToValues'], (p: { varNamesToValues: Values }) => {
  const [op, feeds] = assignFromValues({ varNamesToValues: p.varNamesToValues });
  return <R>(session: { run(fetches: Operation, feeds: [Tensor, NDArray][]): R }): R => session.run(op, feeds);
}, { required: 1, message: true });

/** `tf.contrib.framework.assert_or_get_global_step`. */
export const assertOrGetGlobalStep = api('assertOrGetGlobalStep', ['graph', 'globalStepTensor'], (p: { graph?: Parameters<typeof getGlobalStep>[0]; globalStepTensor?: Tensor | Variable | null }): Tensor | Variable | null => {
  if (p.globalStepTensor === undefined || p.globalStepTensor === null) return getGlobalStep(p.graph as never);
  assertGlobalStep(p.globalStepTensor);
  return p.globalStepTensor;
});
