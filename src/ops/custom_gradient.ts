// `tf.custom_gradient`: functions that say themselves how their results depend on their arguments. The results and arguments pass an
// IdentityN whose gradient is the function given. Follows python/ops/custom_gradient.py (1.15), graph mode.
import { GraphKeys } from '../graph/collections.ts';
import { TypeError, ValueError } from '../graph/errors.ts';
import { getDefaultGraph, type Graph } from '../graph/graph.ts';
import { publicCall } from '../graph/site.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { identityN } from './array_values.ts';
import { withExits } from './scope_stack.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { flatten, packSequenceAs } from './nest.ts';
import { op1 } from './op_def_library.ts';
import { type Grad, type GradFn, setUserGradient } from './registry.ts';
import { isResourceVariable } from './resource_variable_ops.ts';
import type { Variable } from './variables.ts';

/** Gradients of the arguments from those of the results; with variables, which come as last argument, `[of the arguments, of the variables]`. */
export type CustomGradient = (...grads: never[]) => unknown;

const COUNT: unique symbol = Symbol('tfgraph.numbers');
/** The next number: TensorFlow numbers tensors and custom gradients alike, and the number names the gradient. */
function nextNumber(graph: Graph): number {
  const seen = graph.extra(COUNT, () => ({ ops: 0, numbers: 0 }));
  const ops = graph.getOperations();
  for (; seen.ops < ops.length; seen.ops++) seen.numbers += ops[seen.ops]!.outputs.length;
  return ++seen.numbers;
}

// One name may belong to different functions in different graphs.
const functions = new Map<string, WeakMap<Graph, GradFn>>();
function register(name: string, graph: Graph, f: GradFn): void {
  let ofGraphs = functions.get(name);
  if (!ofGraphs) {
    const map = ofGraphs = new WeakMap<Graph, GradFn>();
    functions.set(name, map);
    setUserGradient(name, (op, ...grads) => map.get(op.graph)!(op, ...grads));
  }
  ofGraphs.set(graph, f);
}

/** Trainable resource variables between the arguments and the results. */
function variablesBetween(graph: Graph, args: readonly Tensor[], results: readonly Tensor[]): Variable[] {
  const stop = new Set(args);
  const seen = new Set<Operation>();
  const walk = results.map((t) => t.op);
  const names = new Set<string>();
  while (walk.length > 0) {
    const op = walk.pop()!;
    if (seen.has(op)) continue;
    seen.add(op);
    if (op.type === 'VariableV2' || op.type === 'VarHandleOp') names.add(op.name);
    for (const t of op.inputs) if (!stop.has(t)) walk.push(t.op);
  }
  const all = graph.getCollection(GraphKeys.GLOBAL_VARIABLES) as Variable[];
  return all.filter((v) => v.trainable && names.has(v.op.name));
}

/** `tf.custom_gradient(f)`: a function like `f`, which returns `[result, gradFn]`; the gradient of the result is what `gradFn` makes of
 * the gradients of the results: one for each argument. Where `f` uses trainable variables (resource variables) `gradFn` gets `{ variables }` as last
 * argument and returns `[gradients of the arguments, gradients of the variables]`.
 * Errors: TypeError when `f` makes reference variables, ValueError for another number of gradients. */
export function customGradient<A extends readonly TensorLike[], R>(f: (...args: { [K in keyof A]: Tensor }) => readonly [result: R, gradFn: CustomGradient]): (...args: A) => R {
  const wrapped = (...given: A): R => publicCall(wrapped as unknown as (...a: never[]) => unknown, () => {
    const graph = getDefaultGraph();
    const name = `CustomGradient-${nextNumber(graph)}`;
    const args = given.map((x) => convertToTensor(x));
    const before = new Set(graph.getCollection(GraphKeys.GLOBAL_VARIABLES));
    const [result, gradFn] = f(...args as unknown as { [K in keyof A]: Tensor });
    for (const v of graph.getCollection(GraphKeys.GLOBAL_VARIABLES)) {
      if (!before.has(v) && !isResourceVariable(v)) throw new TypeError('All variables used by a function wrapped with @custom_gradient must be `ResourceVariable`s. Ensure that no `variable_scope` is created with `use_resource=False`.');
    }
    const results = flatten(result) as Tensor[];
    const ends = results.map((t) => op1('Identity', [t]));
    const variables = variablesBetween(graph, args, ends);
    register(name, graph, (_op, ...grads) => {
      const own = grads.slice(0, results.length) as never[];
      let ofArgs: unknown = (gradFn as (...a: unknown[]) => unknown)(...own, ...(variables.length > 0 ? [{ variables }] : []));
      let ofVariables: Grad[] = [];
      if (variables.length > 0) {
        [ofArgs, ofVariables] = ofArgs as [unknown, Grad[]];
        if (ofVariables.length !== variables.length) throw new ValueError('Must return gradient for each variable from @custom_gradient grad_fn.');
      }
      return [...results.map(() => null), ...(Array.isArray(ofArgs) ? ofArgs as Grad[] : [ofArgs as Grad]), ...ofVariables];
    });
    const all = withExits([graph.enterGradientOverride({ IdentityN: name })], () => identityN([...results, ...args, ...variables]));
    return packSequenceAs(result, all.slice(0, results.length)) as R;
  });
  Object.defineProperty(wrapped, 'name', { value: f.name });
  return wrapped;
}

/** `tf.grad_pass_through(f)`: a function like `f` whose gradient is that of the identity. */
export function gradPassThrough<R>(f: (x: Tensor) => R): (x: TensorLike) => R {
  return customGradient<[TensorLike], R>((x) => [f(x), (dy: unknown) => dy]);
}
