// Learning rates as functions of the training step. Follows python/training/learning_rate_decay.py and
// python/keras/optimizer_v2/learning_rate_schedule.py (1.15). `globalStep` is a scalar tensor or variable of any number type.
import { int32, int64 } from '../../graph/dtype.ts';
import { ValueError } from '../../graph/errors.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { api } from '../api.ts';
import { inScope, scalarOf } from '../building.ts';
import { caseOp } from '../case.ts';
import { cond } from '../cond.ts';
import { constantNode, convertToTensor, type TensorLike } from '../convert.ts';
import { add, divide, minimum, multiply, pow } from '../math_binary.ts';
import { castTensor } from '../math_cast.ts';
import { equal } from '../math_logic.ts';
import { ceil, cos, floor, log, sqrt } from '../math_unary.ts';
import { op1 } from '../op_def_library.ts';
import { randomNormal } from '../random_ops.ts';
import '../tensor_operators.ts';

interface Decay { learningRate: TensorLike; globalStep: TensorLike; decaySteps: TensorLike; name?: string | null }
interface Exponential extends Decay { decayRate: TensorLike; staircase?: boolean }

/** The starting rate as a tensor, and a cast to its dtype. */
function start(rate: TensorLike): { rate: Tensor; cast: (x: TensorLike) => Tensor } {
  const t = convertToTensor(rate, { name: 'initial_learning_rate' });
  return { rate: t, cast: (x) => castTensor(x, t.dtype) };
}
/** A number of steps, where Python's users write ints. */
const count = (n: TensorLike): TensorLike => (typeof n === 'number' && Number.isInteger(n) ? scalarOf(n, int32) : n);
/** 0.5 * m * (1 + cos(pi * x)). */
const halfCosine = (x: Tensor, m?: Tensor): Tensor => {
  const half = m?.rmul(0.5);
  const wave = cos(constantNode(Math.PI).mul(x)).radd(1);
  return half ? half.mul(wave) : wave.rmul(0.5);
};

function exponential(p: Exponential): Tensor {
  return inScope(p.name || 'ExponentialDecay', '', [], (scope) => {
    const { rate, cast } = start(p.learningRate);
    const [steps, decay, step] = [cast(count(p.decaySteps)), cast(p.decayRate), cast(p.globalStep)];
    const x = step.truediv(steps);
    return multiply(rate, pow(decay, p.staircase ? floor(x) : x), { name: scope });
  });
}
const EXPONENTIAL = ['learningRate', 'globalStep', 'decaySteps', 'decayRate', 'staircase', 'name'] as const;

/** `tf.train.exponential_decay`: rate * decayRate^(step / decaySteps); with `staircase` the exponent is an integer. */
export const exponentialDecay = api('exponentialDecay', EXPONENTIAL, exponential, { required: 4 });
/** `tf.train.natural_exp_decay`: rate * exp(-decayRate * step / decaySteps). */
export const naturalExpDecay = api('naturalExpDecay', EXPONENTIAL, (p: Exponential): Tensor => exponential({ ...p, decayRate: op1('Exp', [op1('Neg', [p.decayRate])]) }), { required: 4 });
/** `tf.train.inverse_time_decay`: rate / (1 + decayRate * step / decaySteps). */
export const inverseTimeDecay = api('inverseTimeDecay', EXPONENTIAL, (p: Exponential): Tensor => inScope(p.name || 'InverseTimeDecay', '', [], (scope) => {
  const { rate, cast } = start(p.learningRate);
  const [steps, decay, step] = [cast(count(p.decaySteps)), cast(p.decayRate), cast(p.globalStep)];
  const x = step.truediv(steps);
  const whole = p.staircase ? floor(x) : x;
  const one = cast(constantNode(1, { dtype: int32 }));
  return divide(rate, add(one, multiply(decay, whole)), { name: scope });
}), { required: 4 });

interface Piecewise { x: TensorLike; boundaries: readonly TensorLike[]; values: readonly TensorLike[]; name?: string | null }
const piecewise = (p: Piecewise): Tensor => {
  let x = convertToTensor(p.x, { preferred: int32 });
  const convertAll = (list: readonly TensorLike[], preferred?: typeof int32): Tensor[] => list.map((v) => convertToTensor(v, { preferred }));
  // Bare numbers among the boundaries are Python's ints where x is an integer.
  const boundaries = convertAll(p.boundaries, x.dtype.isInteger ? int32 : undefined);
  const values = convertAll(p.values);
  x = convertToTensor(p.x, { preferred: int32 });
  boundaries.forEach((b, i) => {
    if (b.dtype.baseDtype === x.dtype.baseDtype) return;
    if (b.dtype.baseDtype !== int32 || x.dtype.baseDtype !== int64) throw new ValueError(`Boundaries (${b.dtype.baseDtype.repr}) must have the same dtype as x (${x.dtype.baseDtype.repr}).`);
    boundaries[i] = castTensor(b, x.dtype.baseDtype);
  });
  for (const v of values.slice(1)) {
    if (v.dtype.baseDtype !== values[0]!.dtype.baseDtype) throw new ValueError(`Values must have elements all with the same dtype (${values[0]!.dtype.baseDtype.repr} vs ${v.dtype.baseDtype.repr}).`);
  }
  if (boundaries.length !== values.length - 1) throw new ValueError('The length of boundaries should be 1 less than the length of values');
  return inScope(p.name || 'PiecewiseConstant', '', [], () => {
    const [first, last] = [boundaries[0]!, boundaries.at(-1)!];
    const pairs: [Tensor, () => Tensor][] = [[x.lessEqual(first), () => values[0]!], [x.greater(last), () => values.at(-1)!]];
    for (let i = 1; i < boundaries.length; i++) pairs.push([x.greater(boundaries[i - 1]!).and(x.lessEqual(boundaries[i]!)), () => values[i]!]);
    return caseOp(pairs, () => values[0]!, true) as Tensor;
  });
};
/** `tf.train.piecewise_constant`: values[i] while boundaries[i-1] < x <= boundaries[i]; one value more than boundaries.
 * Errors: ValueError for boundaries of another dtype than `x`, and for another number of them. */
export const piecewiseConstant = api('piecewiseConstant', ['x', 'boundaries', 'values', 'name'], piecewise, { required: 3 });
/** `tf.train.piecewise_constant_decay`, its other name. */
export const piecewiseConstantDecay = api('piecewiseConstantDecay', ['x', 'boundaries', 'values', 'name'], piecewise, { required: 3, python: 'piecewise_constant' });

interface Polynomial extends Decay { endLearningRate?: TensorLike; power?: TensorLike; cycle?: boolean }
/** `tf.train.polynomial_decay`: from the rate to `endLearningRate` (0.0001) in `decaySteps` by (1 - x)^power (1, a line); with `cycle`
 * again and again over longer stretches. */
export const polynomialDecay = api('polynomialDecay', ['learningRate', 'globalStep', 'decaySteps', 'endLearningRate', 'power', 'cycle', 'name'], (p: Polynomial): Tensor =>
  inScope(p.name || 'PolynomialDecay', '', [], (scope) => {
    const { rate, cast } = start(p.learningRate);
    const [end, power] = [cast(p.endLearningRate ?? 0.0001), cast(p.power ?? 1)];
    let step = cast(p.globalStep);
    let steps = cast(count(p.decaySteps));
    if (p.cycle) {
      const { decaySteps } = p;
      steps = multiply(steps, cond(equal(step, 0), () => constantNode(1.0), () => ceil(step.truediv(decaySteps))) as Tensor);
    } else step = minimum(step, p.decaySteps);
    const x = divide(step, steps);
    return add(multiply(rate.sub(end), pow(x.rsub(1), power)), end, { name: scope });
  }), { required: 3 });

interface Cosine extends Decay { alpha?: TensorLike }
/** `tf.train.cosine_decay`: half a cosine wave down to `alpha` (0) times the rate. */
export const cosineDecay = api('cosineDecay', ['learningRate', 'globalStep', 'decaySteps', 'alpha', 'name'], (p: Cosine & { alpha?: number }): Tensor => inScope(p.name || 'CosineDecay', '', [], () => {
  const { rate, cast } = start(p.learningRate);
  const steps = cast(count(p.decaySteps));
  const done = minimum(cast(p.globalStep), steps).truediv(steps);
  const alpha = p.alpha ?? 0;
  return multiply(rate, halfCosine(done).rmul(1 - alpha).add(alpha));
}), { required: 3 });

interface Restarts { learningRate: TensorLike; globalStep: TensorLike; firstDecaySteps: TensorLike; tMul?: TensorLike; mMul?: TensorLike; alpha?: TensorLike; name?: string | null }
/** `tf.train.cosine_decay_restarts`: cosine waves one after another, each `tMul` (2) times as long and starting `mMul` (1) times as high. */
export const cosineDecayRestarts = api('cosineDecayRestarts', ['learningRate', 'globalStep', 'firstDecaySteps', 'tMul', 'mMul', 'alpha', 'name'], (p: Restarts): Tensor => inScope(p.name || 'SGDRDecay', '', [], (scope) => {
  const { rate, cast } = start(p.learningRate);
  const first = cast(count(p.firstDecaySteps));
  const alpha = cast(p.alpha ?? 0);
  const longer = cast(p.tMul ?? 2);
  const higher = cast(p.mMul ?? 1);
  const done = cast(p.globalStep).truediv(first);
  const equalWaves = (): [Tensor, Tensor] => { const i = floor(done); return [i, done.sub(i)]; };
  const growingWaves = (): [Tensor, Tensor] => {
    const i = floor(log(done.mul(longer.rsub(1)).rsub(1)).truediv(log(longer)));
    const before = longer.pow(i).rsub(1).truediv(longer.rsub(1));
    return [i, done.sub(before).truediv(longer.pow(i))];
  };
  const [wave, part] = cond(equal(longer, 1), equalWaves, growingWaves) as [Tensor, Tensor];
  const cosine = halfCosine(part, higher.pow(wave));
  return multiply(rate, alpha.rsub(1).mul(cosine).add(alpha), { name: scope });
}), { required: 3 });

interface LinearCosine extends Decay { numPeriods?: TensorLike; alpha?: TensorLike; beta?: TensorLike }
interface NoisyLinearCosine extends LinearCosine { initialVariance?: TensorLike; varianceDecay?: TensorLike }
/** `tf.train.linear_cosine_decay`: (alpha + 1 - x) * half a cosine wave of `numPeriods` (0.5) periods + beta (0.001). */
export const linearCosineDecay = api('linearCosineDecay', ['learningRate', 'globalStep', 'decaySteps', 'numPeriods', 'alpha', 'beta', 'name'], (p: LinearCosine): Tensor => inScope(p.name || 'LinearCosineDecay', '', [], (scope) => {
  const { rate, cast } = start(p.learningRate);
  const steps = cast(count(p.decaySteps));
  const [periods, alpha, beta] = [cast(p.numPeriods ?? 0.5), cast(p.alpha ?? 0), cast(p.beta ?? 0.001)];
  const step = minimum(cast(p.globalStep), steps);
  const linear = steps.sub(step).truediv(steps);
  const done = step.truediv(steps);
  const cosine = halfCosine(periods.rmul(2).mul(done));
  return multiply(rate, alpha.add(linear).mul(cosine).add(beta), { name: scope });
}), { required: 3 });
/** `tf.train.noisy_linear_cosine_decay`: the same with normal noise of variance initialVariance (1) / (1 + step)^varianceDecay (0.55). */
export const noisyLinearCosineDecay = api('noisyLinearCosineDecay', ['learningRate', 'globalStep', 'decaySteps', 'initialVariance', 'varianceDecay', 'numPeriods', 'alpha', 'beta', 'name'], (p: NoisyLinearCosine): Tensor =>
  inScope(p.name || 'NoisyLinearCosineDecay', '', [], (scope) => {
    const { rate, cast } = start(p.learningRate);
    const steps = cast(count(p.decaySteps));
    const [initial, decay, periods, alpha, beta] = [cast(p.initialVariance ?? 1), cast(p.varianceDecay ?? 0.55), cast(p.numPeriods ?? 0.5), cast(p.alpha ?? 0), cast(p.beta ?? 0.001)];
    const step = minimum(cast(p.globalStep), steps);
    const linear = steps.sub(step).truediv(steps);
    const deviation = sqrt(initial.truediv(pow(step.radd(1), decay)));
    const noisy = linear.add(randomNormal(linear.shape, { stddev: deviation }));
    const done = step.truediv(steps);
    const cosine = halfCosine(periods.rmul(2).mul(done));
    return multiply(rate, alpha.add(noisy).mul(cosine).add(beta), { name: scope });
  }), { required: 3 });
