// `tf.cond`: one of two sub-graphs runs. Ops made in a branch wait for its pivot, and outside tensors come in through a
// Switch; the results of the branches meet in Merges. Follows cond and CondContext in python/ops/control_flow_ops.py and
// python/framework/smart_cond.py (1.15).
import { GraphKeys } from '../graph/collections.ts';
import { ControlFlowContext, isOpInContext } from '../graph/control_flow_context.ts';
import { int64 } from '../graph/dtype.ts';
import { TypeError, ValueError } from '../graph/errors.ts';
import { getDefaultGraph, type Graph, pythonTypeName } from '../graph/graph.ts';
import { userCode } from '../graph/site.ts';
import { Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { identity } from './array_values.ts';
import { inScope } from './building.ts';
import { constantValue, evaluateConstant } from './constant_value.ts';
import { merge, switchRefOrTensor, switchTensor, withDependencies } from './control_flow_ops.ts';
import { convertToTensor, type TensorConvertible, type TensorLike } from './convert.ts';
import { IndexedSlices } from './indexed_slices.ts';
import type { SparseTensor } from './sparse_tensor.ts';
import { assertSameStructure, flatten, packSequenceAs } from './nest.ts';
import { cast } from './math_cast.ts';
import { withExits } from './scope_stack.ts';

/** One branch of a conditional. */
export class CondContext extends ControlFlowContext {
  readonly kind = 'cond';
  readonly name: string;
  /** The predicate as ops outside see it (`cond/pred_id`). */
  readonly pred: Tensor;
  /** Computed exactly when the branch runs. */
  readonly pivot: Tensor;
  /** Output of a Switch that the branch takes: 1 when the predicate is true. */
  readonly branch: 0 | 1;

  constructor(graph: Graph, pred: Tensor, pivot: Tensor, branch: 0 | 1, name = graph.uniqueName('cond_text')) {
    super(graph);
    this.name = name;
    this.pred = pred;
    this.pivot = pivot;
    this.branch = branch;
    this.values.add(pred.name);
    this.externalValues.set(pred.name, pred);
    this.values.add(pivot.name);
    pivot.op.controlFlowContext = this;
  }
  override get controlPivot(): Tensor { return this.pivot; }

  addValue(t: Tensor): Tensor {
    if (this.values.has(t.name)) return this.externalValues.get(t.name) ?? t;
    const outer = this.#fromOutside(t);
    const inner = withExits([this.graph.enterControlDependencies(null)], () => {
      const out = switchRefOrTensor(outer, this.pred)[this.branch];
      this.outerContext?.addInnerOp(out.op);
      return out;
    });
    this.graph.preventFetching(inner.op);
    inner.op.controlFlowContext = this;
    this.addSeen([inner]);
    this.externalValues.set(t.name, inner);
    return inner;
  }
  /** The tensor as the enclosing context sees it. */
  #fromOutside(t: Tensor): Tensor {
    this.values.add(t.name);
    if (!this.outerContext) return t;
    const outer = this.outerContext.addValue(t);
    this.values.add(outer.name);
    this.externalValues.set(outer.name, outer);
    return outer;
  }

  addOp(op: Operation): void {
    if (op.inputs.length === 0) {
      this.removeExternalControlInputs(op);
      if (!op.controlInputs.some((c) => isOpInContext(c, this))) op._addControlInputs([this.pivot.op]);
    } else {
      op.inputs.forEach((t, i) => {
        // The back edge of an imported loop: its NextIteration joins this context later.
        const inner = op.type === 'Merge' && t.op.type === 'NextIteration' ? t : this.addValue(t);
        if (inner !== t) op._updateInput(i, inner);
      });
      this.removeExternalControlInputs(op);
      const isCall = op.type === 'SymbolicGradient' || this.graph.library.function.some((f) => f.signature.name === op.type);
      if (isCall) op._addControlInputs([this.pivot.op]);
    }
    this.addSeen(op.outputs);
    if (this.outerContext || !(op.type === 'Exit' || op.type === 'RefExit')) this.graph.preventFetching(op);
    this.outerContext?.addInnerOp(op);
  }

  /** Runs the branch's function; its result as it is, and as tensors of this context. */
  buildBranch(fn: () => unknown): { readonly original: unknown; readonly result: unknown } {
    const original = userCode(fn);
    if (original === null || original === undefined) return { original: null, result: null };
    const result = packSequenceAs(original, flatten(original, true).map((v) => this.#resultTensor(v)), true);
    return { original, result: Array.isArray(result) ? result : [result] };
  }
  #resultTensor(v: unknown): Tensor {
    if (v === null || v === undefined) throw new ValueError('None values not supported.');
    // An operation stands for the pivot, after it.
    if (v instanceof Operation) return withDependencies([v], this.pivot);
    return this.#processOutput(convertToTensor(v as TensorLike));
  }
  /** An outside tensor returned as it is comes in through a Switch, too. */
  #processOutput(t: Tensor): Tensor {
    if (this.values.has(t.name)) return this.externalValues.get(t.name) ?? t;
    const inner = switchRefOrTensor(this.#fromOutside(t), this.pred)[this.branch];
    this.externalValues.set(t.name, inner);
    return inner;
  }
}

/** What `tf.cond` makes of a branch's result: tensors in the same structure; a list of one is its element. */
export type Merged<T> = T extends readonly [infer X] ? MergedItem<X> : MergedItem<T>;
type MergedItem<T> =
  [T] extends [never] ? Tensor
  : T extends IndexedSlices ? IndexedSlices
  : T extends SparseTensor ? SparseTensor
  : T extends Tensor | Operation | TensorConvertible | number | boolean | string | bigint | { readonly shape: unknown; readonly data: unknown } ? Tensor
  : T extends readonly unknown[] ? { -readonly [I in keyof T]: MergedItem<T[I]> }
  : T extends object ? { -readonly [K in keyof T]: MergedItem<T[K]> }
  : Tensor;

interface CondParams<T> {
  pred: TensorLike;
  trueFn?: (() => T) | null;
  falseFn?: (() => unknown) | null;
  strict?: boolean | null;
  name?: string | null;
  fn1?: (() => T) | null;
  fn2?: (() => unknown) | null;
}
interface Cond {
  <const T>(pred: TensorLike, trueFn: () => T, falseFn: () => unknown, options?: Omit<CondParams<T>, 'pred' | 'trueFn' | 'falseFn'>): Merged<T>;
  <const T>(pred: TensorLike, trueFn: () => T, falseFn: () => unknown, strict?: boolean | null, name?: string | null): Merged<T>;
  <const T>(pred: TensorLike, options: Omit<CondParams<T>, 'pred'>): Merged<T>;
  <const T>(options: CondParams<T>): Merged<T>;
}

/**
 * `tf.cond`: the results of `trueFn` where the boolean scalar `pred` is true, else those of `falseFn`. Each function is
 * called once, while building; at run time only the ops made inside the chosen one run. Both return the same structure
 * (tensors, operations, arrays, plain objects, IndexedSlices, SparseTensors) of tensors with the same dtypes; a list of one element is
 * unpacked unless `strict`. Errors: TypeError for what is not callable and for a JS boolean `pred`; ValueError and
 * TypeError for results that do not match. Follows python/ops/control_flow_ops.py.
 */
export const cond = api('cond', ['pred', 'trueFn', 'falseFn', 'strict', 'name', 'fn1', 'fn2'], (p: CondParams<unknown>): unknown => {
  const trueFn = branchFunction(p.trueFn, p.fn1, 'true_fn', 'fn1');
  const falseFn = branchFunction(p.falseFn, p.fn2, 'false_fn', 'fn2');
  for (const [f, what] of [[trueFn, 'true_fn'], [falseFn, 'false_fn']] as const) if (typeof f !== 'function') throw new TypeError(`${what} must be callable.`);
  return inScope(p.name, 'cond', [p.pred], () => buildCond(p.pred, trueFn, falseFn, p.strict ?? false));
}, { required: 1 }) as unknown as Cond;

function branchFunction<F>(f: F | null | undefined, old: F | null | undefined, what: string, oldWhat: string): F {
  if (old !== undefined && old !== null) {
    if (f !== undefined && f !== null) throw new TypeError(`cond(): ${what} and ${oldWhat} may not be set simultaneously.`);
    return old;
  }
  if (f === undefined || f === null) throw new TypeError(`cond(): ${what} argument required`);
  return f;
}

function buildCond(predicate: TensorLike, trueFn: () => unknown, falseFn: () => unknown, strict: boolean): unknown {
  const graph = getDefaultGraph();
  if (typeof predicate === 'boolean') throw new TypeError('pred must not be a Python bool', { remedy: 'choose the branch in TypeScript, or give tf.constant(true)' });
  const [onFalse, onTrue] = switchTensor(predicate, predicate);
  const pivotTrue = identity(onTrue, { name: 'switch_t' });
  const pivotFalse = identity(onFalse, { name: 'switch_f' });
  const pred = identity(predicate, { name: 'pred_id' });
  for (const t of [onTrue, onFalse, pivotTrue, pivotFalse, pred]) graph.preventFetching(t.op);

  const branch = (context: CondContext, fn: () => unknown, what: string): { original: unknown; result: readonly unknown[] } =>
    context.inside(() => {
      const { original, result } = context.buildBranch(fn);
      if (original === null) throw new ValueError(`${what} must have a return value.`);
      context.exitResult(flatten(result, true) as Tensor[]);
      return { original: strict ? original : unpackSingleton(original), result: result as readonly unknown[] };
    });
  const contextTrue = new CondContext(graph, pred, pivotTrue, 1);
  const t = branch(contextTrue, trueFn, 'true_fn');
  const contextFalse = new CondContext(graph, pred, pivotFalse, 0);
  const f = branch(contextFalse, falseFn, 'false_fn');

  const { resultTrue, resultFalse } = sameStructure(t, f);
  if (t.result.length === 0) throw new ValueError('true_fn and false_fn must return at least one result.');
  resultTrue.forEach((x, i) => {
    const y = resultFalse[i]!;
    if (x.dtype.baseDtype !== y.dtype.baseDtype) throw new ValueError(`Outputs of true_fn and false_fn must have the same type: ${x.dtype.name}, ${y.dtype.name}`);
  });
  const merges = resultTrue.map((x, i) => merge([resultFalse[i]!, x])[0]);
  if (!contextTrue.outerContext) {
    graph.addToCollection(GraphKeys.COND_CONTEXT, contextTrue);
    graph.addToCollection(GraphKeys.COND_CONTEXT, contextFalse);
  }
  const packed = packSequenceAs(t.original, merges, true);
  return strict ? packed : unpackSingleton(packed);
}

function unpackSingleton(r: unknown): unknown { return Array.isArray(r) && r.length === 1 ? r[0] : r; }

interface Branch { readonly original: unknown; readonly result: readonly unknown[] }
/** Both branches' tensors, leaf by leaf. Errors: ValueError and TypeError when the structures differ. */
function sameStructure(t: Branch, f: Branch): { readonly resultTrue: readonly Tensor[]; readonly resultFalse: readonly Tensor[] } {
  assertSameStructure(t.original, f.original, true, true);
  // IndexedSlices with int32 indices on one side and int64 ones on the other meet as int64.
  const sides = [t, f].map((s) => flatten(s.result));
  const widen = (i: number): boolean => sides.every((s) => s[i] instanceof IndexedSlices) && new Set(sides.map((s) => (s[i] as IndexedSlices).indices.dtype)).size > 1;
  const tensors = (side: readonly unknown[]): Tensor[] => flatten(side.map((x, i) => (widen(i) ? widened(x as IndexedSlices) : x)), true) as Tensor[];
  return { resultTrue: tensors(sides[0]!), resultFalse: tensors(sides[1]!) };
}
function widened(s: IndexedSlices): IndexedSlices { return new IndexedSlices(s.values, cast(s.indices, int64), s.denseShape); }

// --- smart_cond ---------------------------------------------------------------------------------------------------------

/** `tf.contrib.framework.smart_constant_value`: the value of a boolean (or 0, 1, or a tensor known while building), null when only
 * a run can tell. Errors: TypeError for anything else. Follows python/framework/smart_cond.py. */
export const smartConstantValue = api('smartConstantValue', ['pred'], (p: { pred: unknown }): boolean | null => {
  const { pred } = p;
  if (pred instanceof Tensor) {
    const v = constantValue(pred) ?? evaluateConstant(pred);
    return v ? Number(v.flat(0)) !== 0 : null;
  }
  if (pred === true || pred === false) return pred;
  if (pred === 0 || pred === 1) return pred === 1;
  throw new TypeError(`\`pred\` must be a Tensor, or a Python bool, or 1 or 0. Found instead: <class '${pythonTypeName(pred)}'>`);
}, { required: 1 });

interface SmartCondParams { pred: TensorLike; trueFn?: () => unknown; falseFn?: () => unknown; name?: string | null }
interface SmartCond {
  <T, F>(pred: TensorLike, trueFn: () => T, falseFn: () => F, name?: string | null | { name?: string | null }): T | F;
  <T, F>(options: { pred: TensorLike; trueFn: () => T; falseFn: () => F; name?: string | null }): T | F;
}

/** `tf.contrib.framework.smart_cond`: `tf.cond`, or just the one function when `pred` is known while building.
 * Errors: TypeError for what is not callable, and for a `pred` that is neither boolean nor tensor. */
export const smartCond = api('smartCond', ['pred', 'trueFn', 'falseFn', 'name'], (p: SmartCondParams): unknown => {
  for (const [f, what] of [[p.trueFn, 'true_fn'], [p.falseFn, 'false_fn']] as const) if (typeof f !== 'function') throw new TypeError(`\`${what}\` must be callable.`);
  const known = smartConstantValue(p.pred);
  if (known !== null) return userCode(known ? p.trueFn! : p.falseFn!);
  return (cond as unknown as (...a: unknown[]) => unknown)(p.pred, p.trueFn, p.falseFn, { name: p.name ?? null });
}, { required: 1 }) as unknown as SmartCond;
