// Functions of the program as ops. A node holds a token; the function stays with the graph, out of GraphDefs. Follows
// python/ops/script_ops.py and contrib/framework/python/ops/script_ops.py (1.15).
import type { DType } from '../graph/dtype.ts';
import { TypeError, ValueError } from '../graph/errors.ts';
import { getDefaultGraph, type Graph, pythonTypeName } from '../graph/graph.ts';
import { type ShapeLike, toShape, UNKNOWN_SHAPE } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import type { TensorLike } from './convert.ts';
import { pythonStr } from './make_array.ts';
import { assertShallowStructure, flatten, isNested, mapStructureUpTo, packSequenceAs } from './nest.ts';
import { applyOp } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import type { ShapeFn } from './shape_inference.ts';

/** A function that a node calls: its arguments are numbers, bigints, booleans and strings for scalars, NDArrays for others. */
export type HostFunction = (...args: never[]) => unknown;

const unknownShapes: ShapeFn = (c) => c.op.outputs.map(() => UNKNOWN_SHAPE);
defineOp('PyFunc', { shape: unknownShapes, grad: null });
defineOp('PyFuncStateless', { shape: unknownShapes, grad: null });
defineOp('EagerPyFunc', { shape: unknownShapes });

const FUNCTIONS: unique symbol = Symbol('tfgraph.hostFunctions');
const functionsOf = (graph: Graph): Map<string, HostFunction> => graph.extra(FUNCTIONS, () => new Map<string, HostFunction>());
/** internal: the function behind a node's token; undefined in other graphs than the one it was made in. */
export function hostFunction(graph: Graph, token: string): HostFunction | undefined { return functionsOf(graph).get(token); }

function functionNode(func: HostFunction, inputs: readonly TensorLike[], types: readonly DType[], stateful: boolean, name: string | null | undefined): readonly Tensor[] {
  if (typeof func !== 'function') throw new ValueError(`Expected func to be callable, got func of type <class '${pythonTypeName(func)}'>`);
  const functions = functionsOf(getDefaultGraph()), token = `pyfunc_${functions.size}`;
  functions.set(token, func);
  return applyOp(stateful ? 'PyFunc' : 'PyFuncStateless', [inputs], { token, Tout: types }, name).outputs;
}

interface PyFunc<T> { func: HostFunction; inp: readonly TensorLike[]; Tout: T; stateful?: boolean; name?: string | null }
type Result<T> = T extends readonly unknown[] ? Tensor[] : Tensor;
const ORDER = ['func', 'inp', 'Tout', 'stateful', 'name'] as const;
/** `tf.py_func`: calls a function of the program in the run. `inp`: its arguments, scalars as JS values and others as NDArrays; `Tout`: the
 * dtype of its result, or a list of dtypes when it returns a list (an array is a list of results, as in Python; one result that is an array is an
 * NDArray or a typed array). JS numbers and booleans take the dtype `Tout` has; static shapes are not known. `stateful: false`: the same arguments always
 * give the same result. The function may be async where the session is run with `run`. It is no part of a GraphDef: a graph read from one fails in the run.
 * Errors in the run: InvalidArgumentError for a ValueError, TypeError or RangeError, UnimplementedError for a NotImplementedError, UnknownError for what else the
 * function throws; InvalidArgumentError for results of another number or dtype. */
export const pyFunc = api('pyFunc', ORDER, (p: PyFunc<DType | readonly DType[]>): Tensor | Tensor[] => {
  const many = Array.isArray(p.Tout);
  const out = functionNode(p.func, p.inp, many ? p.Tout as readonly DType[] : [p.Tout as DType], p.stateful ?? true, p.name);
  return many ? [...out] : out[0]!;
}, { required: 3 }) as unknown as <T extends DType | readonly DType[]>(func: HostFunction, inp: readonly TensorLike[], Tout: T, ...rest: readonly (boolean | string | null | Partial<PyFunc<T>>)[]) => Result<T>;

type Nested<T> = T | readonly Nested<T>[] | { readonly [k: string]: Nested<T> };
type Types = Nested<DType>;
interface Framework {
  func: HostFunction; args?: readonly Nested<TensorLike>[]; kwargs?: Readonly<Record<string, Nested<TensorLike>>> | null; outputTypes?: Types | ((...args: unknown[]) => Types) | null;
  outputShapes?: Nested<ShapeLike> | ((...args: unknown[]) => Nested<ShapeLike>) | null; stateful?: boolean; name?: string | null;
}
/** `tf.contrib.framework.py_func`: `tf.py_func` with nested arguments and results: `args` by position, `kwargs` as one object after them; `outputTypes` and
 * `outputShapes` in the structure of the result (or functions of the arguments). Errors: TypeError for arguments that are no list or no object, and when a
 * result has another structure. */
export const nestedPyFunc = api('pyFunc', ['func', 'args', 'kwargs', 'outputTypes', 'outputShapes', 'stateful', 'name'], (p: Framework): unknown => {
  const args = p.args ?? [], kwargs = p.kwargs ?? {};
  if (!Array.isArray(args)) throw new TypeError(`args must be list and not <class '${pythonTypeName(args)}'>. args: ${pythonStr(args)}`);
  if (typeof kwargs !== 'object' || Array.isArray(kwargs)) throw new TypeError(`kwargs must be dict and not <class '${pythonTypeName(kwargs)}'>. args: ${pythonStr(kwargs)}`);
  const named = Object.keys(kwargs).length > 0 ? [kwargs] : [];
  const types = typeof p.outputTypes === 'function' ? p.outputTypes(...args, ...named) : p.outputTypes, shapes = typeof p.outputShapes === 'function' ? p.outputShapes(...args, ...named) : p.outputShapes;
  const structure = [args, kwargs];
  const flatCall = (...flat: unknown[]): unknown => {
    const [positional, byName] = packSequenceAs(structure, flat) as [unknown[], object];
    const finish = (result: unknown): unknown => { assertShallowStructure(types, result); return isNested(types) ? flatten(result) : [result]; };
    const result = (p.func as (...a: unknown[]) => unknown)(...positional, ...(named.length > 0 ? [byName] : []));
    return result instanceof Promise ? result.then(finish) : finish(result);
  };
  const values = functionNode(flatCall as HostFunction, flatten(structure) as TensorLike[], flatten(types) as DType[], p.stateful ?? true, p.name);
  if (shapes !== null && shapes !== undefined) flatten(mapStructureUpTo<unknown, unknown>(types, ((s: ShapeLike) => toShape(s)) as never, shapes)).forEach((s, i) => { values[i]!.setShape(s as ShapeLike); });
  return packSequenceAs(types, values);
}, { required: 1, python: 'py_func' });
