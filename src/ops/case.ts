// `tf.case`: the first of several branches whose predicate holds, as nested conditionals.
// Follows case in python/ops/control_flow_ops.py and smart_case in python/framework/smart_cond.py (1.15).
import { bool, int32 } from '../graph/dtype.ts';
import { TypeError, ValueError } from '../graph/errors.ts';
import { getDefaultGraph } from '../graph/graph.ts';
import { keepSite, userCode } from '../graph/site.ts';
import { Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { stack } from './array_join.ts';
import { constant } from './array_values.ts';
import { inScope } from './building.ts';
import { cond, type Merged, smartCond } from './cond.ts';
import { assertOp } from './logging_ops.ts';
import { pythonRepr } from './make_array.ts';
import { cast } from './math_cast.ts';
import { lessEqual } from './math_logic.ts';
import { reduceSum } from './math_reduce.ts';
import { withExits } from './scope_stack.ts';

type Predicate = Tensor | boolean;
type Action = () => unknown;
/** `tf.cond` without its static types. */
const anyCond = cond as unknown as (...args: unknown[]) => unknown;
type CondFunction = (pred: Predicate, trueFn: Action, falseFn: Action) => unknown;
/** Pairs of a predicate and a function, as a list (in that order) or as a Map (Python's dict: in the order of the predicates' names). */
export type PredFnPairs<T, P = Tensor> = readonly (readonly [pred: P, fn: () => T])[] | ReadonlyMap<P, () => T>;

interface CaseParams<T> { predFnPairs: PredFnPairs<T>; default?: (() => unknown) | null; exclusive?: boolean | null; strict?: boolean | null; name?: string | null }
interface Case {
  <const T>(predFnPairs: PredFnPairs<T>, options?: Omit<CaseParams<T>, 'predFnPairs'>): Merged<T>;
  <const T>(predFnPairs: PredFnPairs<T>, defaultFn?: (() => unknown) | null, exclusive?: boolean | null, strict?: boolean | null, name?: string | null): Merged<T>;
  <const T>(options: CaseParams<T>): Merged<T>;
}

/**
 * `tf.case`: the results of the first function whose boolean scalar predicate holds, else those of `default`. With
 * `exclusive` a run fails when several hold; without `default` it fails when none does. `strict` as in `tf.cond`.
 * Errors: TypeError for predicates that are no boolean tensors and for what is not callable.
 */
export const caseOp = api('case', ['predFnPairs', 'default', 'exclusive', 'strict', 'name'], (p: CaseParams<unknown>): unknown => {
  const strict = p.strict ?? false;
  return buildCase((pred, trueFn, falseFn) => anyCond(pred, trueFn, falseFn, { strict }), p, false, p.name ?? 'case');
}, { required: 1 }) as unknown as Case;

interface SmartCaseParams { predFnPairs: PredFnPairs<unknown, Predicate>; default?: (() => unknown) | null; exclusive?: boolean | null; name?: string | null }
interface SmartCase {
  <T>(predFnPairs: PredFnPairs<T, Predicate>, defaultFn?: (() => T) | null | { default?: (() => T) | null; exclusive?: boolean | null; name?: string | null }, exclusive?: boolean | null, name?: string | null): T;
  <T>(options: { predFnPairs: PredFnPairs<T, Predicate>; default?: (() => T) | null; exclusive?: boolean | null; name?: string | null }): T;
}
/** `tf.contrib.framework.smart_case`: `tf.case` whose predicates may be booleans, and are decided while building where that can be done. */
export const smartCase = api('smartCase', ['predFnPairs', 'default', 'exclusive', 'name'], (p: SmartCaseParams): unknown =>
  buildCase((pred, trueFn, falseFn) => smartCond(pred as Tensor, trueFn, falseFn), p as CaseParams<unknown>, true, p.name ?? 'smart_case'), { required: 1 }) as unknown as SmartCase;

function buildCase(condition: CondFunction, p: CaseParams<unknown>, allowPython: boolean, name: string): unknown {
  const pairs = checkedPairs(p.predFnPairs, allowPython);
  if (pairs.length === 0) throw new ValueError('not enough values to unpack (expected 2, got 0)');
  return inScope(name, 'case', [pairs.map(([pred]) => pred)], () => {
    let rest = pairs;
    let fn = p.default as Action | undefined;
    if (fn === undefined || fn === null) {
      rest = pairs.slice(0, -1);
      fn = defaultAction(pairs);
    }
    for (const [pred, action] of [...rest].reverse()) {
      const otherwise: Action = fn;
      fn = keepSite(() => condition(pred, action, otherwise));
    }
    if (!p.exclusive) return fn();
    return withExits([getDefaultGraph().enterControlDependencies([atMostTrue(rest.map(([pred]) => pred), 1, 'Input error: exclusive=True')])], fn);
  });
}

function checkedPairs(given: unknown, allowPython: boolean): (readonly [Predicate, Action])[] {
  if (!Array.isArray(given) && !(given instanceof Map)) throw new TypeError('fns must be a list, tuple, or dict');
  const byName = (x: unknown): string => (x instanceof Tensor ? x.name : '');
  const pairs: unknown[] = given instanceof Map ? [...(given as Map<unknown, unknown>)].sort(([a], [b]) => (byName(a) < byName(b) ? -1 : 1)) : given as unknown[];
  return pairs.map((pair) => {
    if (!Array.isArray(pair) || pair.length !== 2) throw new TypeError('Each entry in pred_fn_pairs must be a 2-tuple');
    const [pred, fn] = pair as [unknown, unknown];
    if (pred instanceof Tensor) {
      if (pred.dtype !== bool) throw new TypeError(`pred must be Tensor of type bool: ${pred.name}`);
    } else if (!allowPython) throw new TypeError(`pred must be a Tensor, got: ${pythonRepr(pred)}`);
    else if (typeof pred !== 'boolean') throw new TypeError(`pred must be a Tensor or bool, got: ${pythonRepr(pred)}`);
    if (typeof fn !== 'function') throw new TypeError(`fn for pred ${pred instanceof Tensor ? pred.name : pythonRepr(pred)} must be callable.`);
    return [pred, fn as Action];
  });
}

/** An Assert that at most n predicates hold. */
function atMostTrue(predicates: readonly Predicate[], n: number, message: string): Operation {
  const all = stack(predicates, { name: 'preds_c' });
  const count = reduceSum(cast(all, int32), { name: 'num_true_conds' });
  const condition = lessEqual(count, constant(n, int32, { name: 'n_true_conds' }));
  const names = predicates.map((p) => (p instanceof Tensor ? p.name : '?')).join(', ');
  return assertOp(condition, [`${message}: more than ${n} conditions (${names}) evaluated as True:`, all], predicates.length);
}

/** Without a default, the last branch is it, guarded by an Assert that its predicate holds. */
function defaultAction(pairs: readonly (readonly [Predicate, Action])[]): Action {
  const k = pairs.length - 1;
  const [pred, action] = pairs[k]!;
  return keepSite(() => {
    const message = ['Input error: None of conditions evaluated as True:', stack(pairs.map(([p]) => p), { name: 'preds_c' })];
    const others = atMostTrue(pairs.slice(0, k).map(([p]) => p), 0, `Implementation error: selected default action #${k} was called, but some of other predicates are True: `);
    const own = assertOp(pred, message);
    return withExits([getDefaultGraph().enterControlDependencies([others, own])], () => userCode(action));
  });
}
