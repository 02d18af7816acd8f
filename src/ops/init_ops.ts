// Initializers. Each is an object with `initialize(shape, {dtype})` and Python's parameters; node names come out as in
// TF because the values are built by the public ops. Follows python/ops/init_ops.py (1.15).
import { type DType, float32 } from '../graph/dtype.ts';
import { ValueError } from '../graph/errors.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { eye, matrixTranspose } from './array_diag.ts';
import { scatterNd } from './array_gather.ts';
import { expandDims, reshape } from './array_shape.ts';
import { slice } from './array_slice.ts';
import { ones, zeros } from './array_values.ts';
import { constantNode } from './convert.ts';
import type { ArrayLike } from './make_array.ts';
import { castTensor } from './math_cast.ts';
import { applyOp, op1 } from './op_def_library.ts';
import { randomNormal, randomUniform, truncatedNormal } from './random_ops.ts';

/** What an initializer is told besides the shape; `partitionInfo` for one part of a partitioned variable. */
export interface InitializerOptions { dtype?: DType | undefined; partitionInfo?: { readonly fullShape: readonly number[]; readonly varOffset: readonly number[] } | null | undefined }
/** An object that makes the initial value of a variable of a given shape. */
export interface Initializer {
  /** Builds the value's nodes in the current scopes. `dtype` defaults to the initializer's own. */
  initialize(shape: readonly number[], options?: InitializerOptions): Tensor;
}

type MakeValue = (shape: readonly number[], dtype: DType, fullShape: readonly number[]) => Tensor;
function initializer(dtype: DType | null | undefined, make: MakeValue): Initializer {
  return { initialize: (shape, o = {}) => make(shape, o.dtype ?? dtype ?? float32, o.partitionInfo?.fullShape ?? shape) };
}

/** `tf.zeros_initializer`. */
export const zerosInitializer = api('zerosInitializer', ['dtype'], (p: { dtype?: DType | null }) => initializer(p.dtype, (shape, dtype) => zeros(shape, dtype)));
/** `tf.ones_initializer`. */
export const onesInitializer = api('onesInitializer', ['dtype'], (p: { dtype?: DType | null }) => initializer(p.dtype, (shape, dtype) => ones(shape, dtype)));

/** `tf.constant_initializer`: a value, repeated to fill the shape. Errors: ValueError when there are too many elements
 * (or, with `verifyShape`, another number of them). */
export const constantInitializer = api('constantInitializer', ['value', 'dtype', 'verifyShape'], (p: { value?: ArrayLike; dtype?: DType | null; verifyShape?: boolean }) =>
  initializer(p.dtype, (shape, dtype) => constantNode(p.value ?? 0, { dtype, shape })));

interface Range { minval?: number; maxval?: number; seed?: number | null; dtype?: DType | null }
/** `tf.random_uniform_initializer`: uniform in [minval, maxval), default [0, 1). */
export const randomUniformInitializer = api('randomUniformInitializer', ['minval', 'maxval', 'seed', 'dtype'], (p: Range) =>
  initializer(p.dtype, (shape, dtype) => randomUniform(shape, p.minval ?? 0, p.maxval ?? (dtype.isInteger ? null : 1), dtype, { seed: p.seed ?? null })));

interface Normal { mean?: number; stddev?: number; seed?: number | null; dtype?: DType | null }
/** `tf.random_normal_initializer`: normal with mean 0 and standard deviation 1 by default. */
export const randomNormalInitializer = api('randomNormalInitializer', ['mean', 'stddev', 'seed', 'dtype'], (p: Normal) =>
  initializer(p.dtype, (shape, dtype) => randomNormal(shape, p.mean ?? 0, p.stddev ?? 1, dtype, { seed: p.seed ?? null })));
/** `tf.truncated_normal_initializer`: normal, redrawn beyond two standard deviations. */
export const truncatedNormalInitializer = api('truncatedNormalInitializer', ['mean', 'stddev', 'seed', 'dtype'], (p: Normal) =>
  initializer(p.dtype, (shape, dtype) => truncatedNormal(shape, p.mean ?? 0, p.stddev ?? 1, dtype, { seed: p.seed ?? null })));

type Mode = 'fan_in' | 'fan_out' | 'fan_avg';
type Distribution = 'normal' | 'uniform' | 'truncated_normal' | 'untruncated_normal';
interface VarianceScaling { scale?: number; mode?: Mode; distribution?: Distribution; seed?: number | null; dtype?: DType | null }

/** `tf.variance_scaling_initializer`: variance `scale / n`, n = fan-in, fan-out or their mean.
 * Errors: ValueError for a scale <= 0, an unknown mode or distribution. */
export const varianceScalingInitializer = api('varianceScalingInitializer', ['scale', 'mode', 'distribution', 'seed', 'dtype'], (p: VarianceScaling) => {
  const { scale = 1, mode = 'fan_in', distribution = 'truncated_normal' } = p;
  if (scale <= 0) throw new ValueError('`scale` must be positive float.');
  if (!['fan_in', 'fan_out', 'fan_avg'].includes(mode)) throw new ValueError(`Invalid \`mode\` argument: ${String(mode)}`);
  if (!['normal', 'uniform', 'truncated_normal', 'untruncated_normal'].includes(distribution)) throw new ValueError(`Invalid \`distribution\` argument: ${String(distribution)}`);
  const seed = p.seed ?? null;
  return initializer(p.dtype, (shape, dtype, fullShape) => {
    const [fanIn, fanOut] = computeFans(fullShape);
    const s = scale / Math.max(1, mode === 'fan_in' ? fanIn : mode === 'fan_out' ? fanOut : (fanIn + fanOut) / 2);
    if (distribution === 'uniform') {
      const limit = Math.sqrt(3 * s);
      return randomUniform(shape, -limit, limit, dtype, { seed });
    }
    // .8796.. is the standard deviation of a unit normal cut off at two.
    if (distribution === 'untruncated_normal') return randomNormal(shape, 0, Math.sqrt(s), dtype, { seed });
    return truncatedNormal(shape, 0, Math.sqrt(s) / 0.87962566103423978, dtype, { seed });
  });
});

interface Seeded { seed?: number | null; dtype?: DType | null }
/** `tf.glorot_uniform_initializer`: the default of get_variable. */
export const glorotUniformInitializer = api('glorotUniformInitializer', ['seed', 'dtype'], (p: Seeded) =>
  varianceScalingInitializer({ scale: 1, mode: 'fan_avg', distribution: 'uniform', seed: p.seed ?? null, dtype: p.dtype ?? null }));
/** `tf.glorot_normal_initializer`. */
export const glorotNormalInitializer = api('glorotNormalInitializer', ['seed', 'dtype'], (p: Seeded) =>
  varianceScalingInitializer({ scale: 1, mode: 'fan_avg', distribution: 'truncated_normal', seed: p.seed ?? null, dtype: p.dtype ?? null }));

const scaled = (name: string, scale: number, distribution: 'truncated_normal' | 'uniform'): ReturnType<typeof api<{ seed?: number | null }, readonly ['seed'], Initializer>> =>
  api(name, ['seed'] as const, (p: { seed?: number | null }) => varianceScalingInitializer({ scale, mode: 'fan_in', distribution, seed: p.seed ?? null }));
/** `tf.initializers.he_normal`: variance 2 / fan-in. */
export const heNormal = scaled('heNormal', 2, 'truncated_normal');
/** `tf.initializers.he_uniform`. */
export const heUniform = scaled('heUniform', 2, 'uniform');
/** `tf.initializers.lecun_normal`: variance 1 / fan-in. */
export const lecunNormal = scaled('lecunNormal', 1, 'truncated_normal');
/** `tf.initializers.lecun_uniform`. */
export const lecunUniform = scaled('lecunUniform', 1, 'uniform');

/** `tf.uniform_unit_scaling_initializer`: uniform, so that layers keep the scale of their inputs; times `factor` (1). */
export const uniformUnitScalingInitializer = api('uniformUnitScalingInitializer', ['factor', 'seed', 'dtype'], (p: { factor?: number; seed?: number | null; dtype?: DType | null }) =>
  initializer(p.dtype, (shape, dtype, fullShape) => {
    const limit = Math.sqrt(3 / Math.max(fullShape.slice(0, -1).reduce((a, b) => a * b, 1), 1)) * (p.factor ?? 1);
    return randomUniform(shape, -limit, limit, dtype, { seed: p.seed ?? null });
  }));

/** A random matrix with orthonormal columns, signs made uniform. */
export function orthonormal(shape: readonly number[], dtype: DType, seed: number | null): Tensor {
  const a = randomNormal(shape, { dtype, seed });
  const [q, r] = applyOp('Qr', [a], { full_matrices: false }).outputs as readonly [Tensor, Tensor];
  return q.mul(op1('Sign', [op1('DiagPart', [r])]));
}
interface Gain { gain?: number; seed?: number | null; dtype?: DType | null }
/** `tf.orthogonal_initializer`: an orthogonal matrix (of the last dimension and the product of the others) times `gain` (1). Errors: ValueError below two dimensions. */
export const orthogonalInitializer = api('orthogonalInitializer', ['gain', 'seed', 'dtype'], (p: Gain) => initializer(p.dtype, (shape, dtype) => {
  if (shape.length < 2) throw new ValueError('The tensor to initialize must be at least two-dimensional');
  const rows = shape.slice(0, -1).reduce((a, b) => a * b, 1), columns = shape.at(-1)!;
  let q = orthonormal(rows < columns ? [columns, rows] : [rows, columns], dtype, p.seed ?? null);
  if (rows < columns) q = matrixTranspose(q);
  return reshape(q, shape as number[]).rmul(p.gain ?? 1);
}));
/** `tf.contrib.framework.convolutional_delta_orthogonal`: an orthogonal matrix in the middle of a kernel of zeros. Errors: ValueError for other ranks than 3 to 5 and more input than output filters. */
export const convolutionalDeltaOrthogonal = api('convolutionalDeltaOrthogonal', ['gain', 'seed', 'dtype'], (p: Gain) => initializer(p.dtype, (shape, dtype) => {
  if (shape.length < 3 || shape.length > 5) throw new ValueError('The tensor to initialize must be at least three-dimensional and at most five-dimensional');
  const [inputs, outputs] = [shape.at(-2)!, shape.at(-1)!];
  if (inputs > outputs) throw new ValueError('In_filters cannot be greater than out_filters.');
  const q = orthonormal([outputs, outputs], dtype, p.seed ?? null).at([null, inputs], null);
  const kernel = q.mul(castTensor(p.gain ?? 1, dtype));
  return scatterNd([shape.slice(0, -2).map((d) => Math.floor((d - 1) / 2))], expandDims(kernel, 0), shape as number[]);
}));
/** `tf.initializers.identity`: the identity matrix times `gain` (1). Errors: ValueError for other than two dimensions. */
export const identityInitializer = api('identity', ['gain', 'dtype'], (p: { gain?: number; dtype?: DType | null }): Initializer => ({
  initialize: (shape, o = {}) => {
    const full = o.partitionInfo?.fullShape ?? shape;
    if (full.length !== 2) throw new ValueError('Identity matrix initializer can only be used for 2D matrices.');
    let unit = eye(full[0]!, full[1]!, { dtype: o.dtype ?? p.dtype ?? float32 });
    if (o.partitionInfo) unit = slice(unit, o.partitionInfo.varOffset as number[], shape as number[]);
    return unit.rmul(p.gain ?? 1);
  },
}));

/** Fan-in and fan-out of a weight shape: kernels count their receptive field. */
export function computeFans(shape: readonly number[]): [number, number] {
  if (shape.length < 1) return [1, 1];
  if (shape.length === 1) return [shape[0]!, shape[0]!];
  const field = shape.slice(0, -2).reduce((a, b) => a * b, 1);
  return [shape[shape.length - 2]! * field, shape[shape.length - 1]! * field];
}
