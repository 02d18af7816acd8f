// Random crops, stateless random numbers, gamma and Poisson variates. Follows python/ops/{random_ops,stateless_random_ops}.py and
// core/ops/{random_ops,stateless_random_ops}.cc (1.15).
import { type DType, float32, int32, int64 } from '../graph/dtype.ts';
import { NDArray } from '../graph/ndarray.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { concat } from './array_join.ts';
import { reshape, shape as shapeOf } from './array_shape.ts';
import { slice } from './array_slice.ts';
import { ones, zerosLike } from './array_values.ts';
import { afterOps, grad1, inputOf, inScope } from './building.ts';
import { withDependencies } from './control_flow_ops.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { assertOp } from './logging_ops.ts';
import { add, maximum } from './math_binary.ts';
import { reduceAll, reduceSum } from './math_reduce.ts';
import { range } from './math_sequence.ts';
import { op1 } from './op_def_library.ts';
import { checkUniform, getSeed, randomShape, randomUniform, type ShapeInput } from './random_ops.ts';
import { defineOp } from './registry.ts';
import { broadcastBinary, dimFromScalar, dimOf, matrix } from './shape_fns.ts';
import type { ShapeContext, ShapeFn } from './shape_inference.ts';
import './tensor_operators.ts';

const checkSeed = (c: ShapeContext, i: number): void => { const s = c.withRank(c.input(i), 1); const n = dimOf(s, 0); if (n !== null && n !== 2) c.fail(`seed must have shape [2], not [${n}]`); };
const stateless: ShapeFn = (c) => { checkSeed(c, 1); c.withRank(c.input(0), 1); return [c.valueAsShape(0)]; };
for (const op of ['StatelessRandomUniform', 'StatelessRandomNormal', 'StatelessTruncatedNormal', 'StatelessRandomUniformInt']) defineOp(op, { shape: stateless, grad: null });
defineOp('StatelessMultinomial', { shape: (c) => { checkSeed(c, 2); c.withRank(c.input(1), 0); return [matrix(dimOf(c.withRank(c.input(0), 2), 0), dimFromScalar(c, 1))]; }, grad: null });
const shapeThenParameter: ShapeFn = (c) => { c.withRank(c.input(0), 1); return [c.valueAsShape(0).concatenate(c.input(1))]; };
/** By implicit differentiation of the distribution function at the samples (https://arxiv.org/abs/1805.08498). */
defineOp('RandomGamma', {
  shape: shapeThenParameter,
  grad: grad1((op, g) => afterOps([g], () => {
    const axes = shapeOf(inputOf(op, 0)).at(0);
    const alpha = reshape(inputOf(op, 1), concat([ones([axes], { dtype: int32 }), shapeOf(inputOf(op, 1))], 0));
    const slope = op1('RandomGammaGrad', [alpha, op.outputs[0]!]);
    const all = g.mul(slope);
    return [null, reduceSum(all, { axis: range(axes) })];
  })),
});
defineOp('RandomGammaGrad', { shape: broadcastBinary });
defineOp('RandomPoisson', { shape: shapeThenParameter, grad: null });
defineOp('RandomPoissonV2', { shape: shapeThenParameter, grad: null });

/** Seeds are pairs of integers, int64 unless they are an array already. */
const seedOf = (seed: TensorLike): TensorLike => (Array.isArray(seed) && seed.every((v) => typeof v === 'number') ? new NDArray(int64, [seed.length], BigInt64Array.from(seed as number[], BigInt)) : seed);
interface Crop { value: TensorLike; size: TensorLike; seed?: number | null; name?: string | null }
/** `tf.random_crop` (`tf.image.random_crop`): a box of `size` at a random place of `value`. A run fails with InvalidArgumentError when it does not fit. */
export const randomCrop = api('randomCrop', ['value', 'size', 'seed', 'name'], (p: Crop): Tensor => inScope(p.name, 'random_crop', [p.value, p.size], (scope) => {
  const value = convertToTensor(p.value, { name: 'value' });
  const size = convertToTensor(p.size, { name: 'size', dtype: int32 });
  const found = shapeOf(value);
  const check = assertOp(reduceAll(found.greaterEqual(size)), ['Need value.shape >= size, got ', found, size], 1000);
  const shape = withDependencies([check], found);
  const limit = shape.sub(size).add(1);
  const offset = randomUniform(shapeOf(shape), { dtype: size.dtype, maxval: 2 ** 31 - 1, seed: p.seed ?? null }).mod(limit);
  return slice(value, offset, size, { name: scope });
}), { required: 2 });

interface Uniform { shape: ShapeInput; seed: TensorLike; minval?: TensorLike | null; maxval?: TensorLike | null; dtype?: DType; name?: string | null }
/** `tf.random.stateless_uniform`: numbers that depend on the shape and the `seed` (two integers) alone. Errors as `randomUniform`. */
export const statelessUniform = api('statelessRandomUniform', ['shape', 'seed', 'minval', 'maxval', 'dtype', 'name'], (p: Uniform): Tensor => {
  const dtype = p.dtype ?? float32;
  const most = p.maxval ?? null;
  checkUniform(dtype, most);
  return inScope(p.name, 'stateless_random_uniform', [p.shape, p.seed, p.minval, most], (scope) => {
    const shape = randomShape(p.shape);
    const lo = convertToTensor(p.minval ?? 0, { dtype, name: 'min' });
    const hi = convertToTensor(most ?? 1, { dtype, name: 'max' });
    if (dtype.isInteger) return op1('StatelessRandomUniformInt', [shape, seedOf(p.seed), lo, hi], {}, scope);
    const rnd = op1('StatelessRandomUniform', [shape, seedOf(p.seed)], { dtype });
    return add(rnd.mul(hi.sub(lo)), lo, { name: scope });
  });
}, { required: 2 });
interface Normal { shape: ShapeInput; seed: TensorLike; mean?: TensorLike; stddev?: TensorLike; dtype?: DType; name?: string | null }
const normal = (op: string, scopeName: string) => (p: Normal): Tensor => inScope(p.name, scopeName, [p.shape, p.seed, p.mean, p.stddev], (scope) => {
  const dtype = p.dtype ?? float32;
  const shape = randomShape(p.shape);
  const mean = convertToTensor(p.mean ?? 0, { dtype, name: 'mean' });
  const stddev = convertToTensor(p.stddev ?? 1, { dtype, name: 'stddev' });
  return add(op1(op, [shape, seedOf(p.seed)], { dtype }).mul(stddev), mean, { name: scope });
});
const NORMAL = ['shape', 'seed', 'mean', 'stddev', 'dtype', 'name'] as const;
/** `tf.random.stateless_normal`. */
export const statelessNormal = api('statelessRandomNormal', NORMAL, normal('StatelessRandomNormal', 'stateless_random_normal'), { required: 2 });
/** `tf.random.stateless_truncated_normal`. */
export const statelessTruncatedNormal = api('statelessTruncatedNormal', NORMAL, normal('StatelessTruncatedNormal', 'stateless_truncated_normal'), { required: 2 });
interface Classes { logits: TensorLike; numSamples: TensorLike; seed: TensorLike; dtype?: DType; outputDtype?: DType; name?: string | null }
const classes = (scopeName: string) => (p: Classes): Tensor => inScope(p.name, scopeName, [p.logits, p.seed], () =>
  op1('StatelessMultinomial', [convertToTensor(p.logits, { name: 'logits' }), p.numSamples, seedOf(p.seed)], { output_dtype: p.dtype ?? p.outputDtype ?? int64 }));
/** `tf.random.stateless_categorical`: class indices drawn from unnormalised log-probabilities. */
export const statelessCategorical = api('statelessCategorical', ['logits', 'numSamples', 'seed', 'dtype', 'name'], classes('stateless_categorical'), { required: 3 });
/** `tf.random.stateless_multinomial`: its old name. */
export const statelessMultinomial = api('statelessMultinomial', ['logits', 'numSamples', 'seed', 'outputDtype', 'name'], classes('stateless_multinomial'), { required: 3 });

/** The smallest normal number of a dtype. */
const TINY: Readonly<Record<string, number>> = { float16: 2 ** -14, bfloat16: 2 ** -126, float32: 2 ** -126, float64: 2 ** -1022 };
interface Gamma { shape: ShapeInput; alpha: TensorLike; beta?: TensorLike | null; dtype?: DType; seed?: number | null; name?: string | null }
/** `tf.random_gamma` (`tf.random.gamma`): `shape` draws for each element of the concentrations `alpha` (over rates `beta`). */
export const randomGamma = api('randomGamma', ['shape', 'alpha', 'beta', 'dtype', 'seed', 'name'], (p: Gamma): Tensor => inScope(p.name, 'random_gamma', [p.shape, p.alpha, p.beta], () => {
  const dtype = p.dtype ?? float32;
  const shape = convertToTensor(p.shape as TensorLike, { name: 'shape', dtype: int32 });
  const alpha = convertToTensor(p.alpha, { name: 'alpha', dtype });
  const beta = convertToTensor(p.beta ?? 1, { name: 'beta', dtype });
  const all = alpha.add(zerosLike(beta));
  const [seed, seed2] = getSeed(p.seed);
  return maximum(TINY[dtype.name]!, op1('RandomGamma', [shape, all], { seed, seed2 }).truediv(beta));
}), { required: 2 });
interface Poisson { lam: TensorLike; shape: ShapeInput; dtype?: DType; seed?: number | null; name?: string | null }
/** `tf.random_poisson` (`tf.random.poisson`): `shape` draws for each element of the rates `lam`. */
export const randomPoisson = api('randomPoisson', ['lam', 'shape', 'dtype', 'seed', 'name'], (p: Poisson): Tensor => inScope(p.name, 'random_poisson', [p.lam, p.shape], () => {
  const shape = convertToTensor(p.shape as TensorLike, { name: 'shape', dtype: int32 });
  const [seed, seed2] = getSeed(p.seed);
  return op1('RandomPoissonV2', [shape, p.lam], { dtype: p.dtype ?? float32, seed, seed2 });
}), { required: 2 });
