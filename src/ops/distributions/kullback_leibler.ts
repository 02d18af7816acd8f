// Divergences between distributions, by a table of functions for pairs of classes. Follows
// python/ops/distributions/kullback_leibler.py (1.15).
import { NotImplementedError, TypeError, ValueError } from '../../graph/errors.ts';
import { pythonTypeName } from '../../graph/graph.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { api } from '../api.ts';
import { identity } from '../array_values.ts';
import { afterOps, inScope } from '../building.ts';
import { assertOp } from '../logging_ops.ts';
import { pythonRepr } from '../make_array.ts';
import { reduceAny } from '../math_reduce.ts';
import { isNan, logicalNot } from '../math_unary.ts';
import type { Distribution } from './distribution.ts';
import '../tensor_operators.ts';

/** Builds KL(a || b) under a name (null: one of its own choice). */
export type KlFunction = (a: never, b: never, name: string | null) => Tensor;
/** A class, whatever its constructor takes. */
interface Class<D extends Distribution = Distribution> { readonly prototype: D; readonly name: string }

const divergences = new Map<Class, Map<Class, KlFunction>>();

/** The class of an object and the classes it extends, nearest first. */
function lineage(d: Distribution): Class[] {
  const out: Class[] = [];
  for (let c = d.constructor as unknown as Class; c as unknown !== Function.prototype; c = Object.getPrototypeOf(c) as Class) out.push(c);
  return out;
}
/** The function whose classes are nearest to those of the two; nearer to `a` where the distance is the same. */
function registered(a: Distribution, b: Distribution): KlFunction | undefined {
  let best: KlFunction | undefined;
  let bestDistance = Infinity;
  const ofB = lineage(b);
  lineage(a).forEach((classA, i) => ofB.forEach((classB, j) => {
    const f = divergences.get(classA)?.get(classB);
    if (f && i + j < bestDistance) { best = f; bestDistance = i + j; }
  }));
  return best;
}

interface Kl { distributionA: Distribution; distributionB: Distribution; allowNanStats?: boolean; name?: string | null }
/** `tf.distributions.kl_divergence`: KL(a || b) of every member of the batch, by the function registered for their classes or the nearest of those they extend.
 * With `allowNanStats` false a run fails with InvalidArgumentError where it is NaN. Errors: NotImplementedError when no function is registered. */
export const klDivergence = api('klDivergence', ['distributionA', 'distributionB', 'allowNanStats', 'name'], (p: Kl): Tensor => {
  const [a, b] = [p.distributionA, p.distributionB];
  const f = registered(a, b) as ((a: Distribution, b: Distribution, name: string | null) => Tensor) | undefined;
  if (!f) throw new NotImplementedError(`No KL(distribution_a || distribution_b) registered for distribution_a type ${a.constructor.name} and distribution_b type ${b.constructor.name}`);
  return inScope('KullbackLeibler', '', [], () => {
    let kl = f(a, b, p.name ?? null);
    if (p.allowNanStats ?? true) return kl;
    kl = identity(kl, { name: 'kl' });
    const check = assertOp(logicalNot(reduceAny(isNan(kl))), [`KL calculation between ${a.name} and ${b.name} returned NaN values (and was called with allow_nan_stats=False). Values:`, kl]);
    return afterOps([check], () => identity(kl, { name: 'checked_kl' }));
  });
}, { required: 2 });

/** Entropy of the first plus divergence of both. */
export function crossEntropy(ref: Distribution, other: Distribution, allowNanStats: boolean): Tensor {
  return inScope(null, 'cross_entropy', [], () => ref.entropy().add(klDivergence(ref, other, { allowNanStats })));
}

/** `tf.distributions.RegisterKL(class_a, class_b)(f)`: makes `f(a, b, name)` the divergence of objects of these classes.
 * Errors: TypeError for what is no function, ValueError when the two classes have one already. */
export function RegisterKL<A extends Distribution, B extends Distribution>(distClsA: Class<A>, distClsB: Class<B>) {
  return <F extends (a: A, b: B, name: string | null) => Tensor>(klFn: F): F => {
    if (typeof klFn as unknown !== 'function') throw new TypeError(`kl_fn must be callable, received: ${pythonRepr(klFn)}`);
    const ofA = divergences.get(distClsA) ?? new Map<Class, KlFunction>();
    const before = ofA.get(distClsB);
    if (before) throw new ValueError(`KL(${distClsA.name} || ${distClsB.name}) has already been registered to: <${pythonTypeName(before)} ${before.name}>`);
    divergences.set(distClsA, ofA.set(distClsB, klFn as KlFunction));
    return klFn;
  };
}
