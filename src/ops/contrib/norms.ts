// contrib.layers.layer_norm, instance_norm, group_norm, unit_norm.
// Follows contrib/layers/python/layers/{layers,normalization}.py (1.15).
import { type DType, float16, int32 } from '../../graph/dtype.ts';
import { ValueError } from '../../graph/errors.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { concat } from '../array_join.ts';
import { reshape, shape as shapeOf } from '../array_shape.ts';
import { stridedSlice, tile } from '../array_slice.ts';
import { ones } from '../array_values.ts';
import { int32Vector } from '../building.ts';
import { convertToTensor } from '../convert.ts';
import { onesInitializer, zerosInitializer } from '../init_ops.ts';
import { div } from '../math_binary.ts';
import { reduceSum } from '../math_reduce.ts';
import { rsqrt, sqrt, square } from '../math_unary.ts';
import { batchNormalization, moments } from '../nn_impl.ts';
import { normalizeMoments, sufficientStatistics } from '../nn_composed.ts';
import type { InitializerLike } from '../variable_scope.ts';
import type { Variable } from '../variables.ts';
import { channelShape } from './batch_norm.ts';
import { collectionsOf, dataFormatOf, finish, inLayerScope, type LayerParams, scoped } from './layer_scopes.ts';
import { modelVariable } from './variables.ts';
import '../tensor_operators.ts';

interface Affine extends LayerParams { center?: boolean; scale?: boolean }
function parameter(p: Affine, name: 'beta' | 'gamma', shape: readonly number[], dtype: DType, initializer: InitializerLike): Variable {
  return modelVariable({ name, shape, dtype, initializer, collections: collectionsOf(p.variablesCollections, name), trainable: p.trainable ?? true });
}
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

interface LayerNormParams extends Affine { beginNormAxis?: number; beginParamsAxis?: number }
/** `tf.contrib.layers.layer_norm`: every example normalized over the axes from `beginNormAxis` (1) on, * gamma + beta, which have the axes from
 * `beginParamsAxis` (-1) on; epsilon 1e-12 (1e-3 for float16). Default scope `LayerNorm`. Errors: ValueError for unknown shapes and axes out of range. */
export const layerNorm = scoped('layerNorm', ['inputs', 'center', 'scale', 'activationFn', 'reuse', 'variablesCollections', 'outputsCollections', 'trainable', 'beginNormAxis', 'beginParamsAxis', 'scope'], (p: LayerNormParams): Tensor =>
  inLayerScope(p, 'LayerNorm', null, () => {
    const x = convertToTensor(p.inputs), rank = x.shape.ndims, dtype = x.dtype.baseDtype, params = p.beginParamsAxis ?? -1;
    if (rank === null) throw new ValueError(`Inputs ${x.name} has undefined rank.`);
    const begin = (p.beginNormAxis ?? 1) < 0 ? rank + p.beginNormAxis! : p.beginNormAxis ?? 1;
    if (params >= rank || begin >= rank) throw new ValueError(`begin_params_axis (${params}) and begin_norm_axis (${begin}) must be < rank(inputs) (${rank})`);
    const shape = x.shape.dims!.slice(params);
    if (shape.includes(null)) throw new ValueError(`Inputs ${x.name}: shape(inputs)[${params}:] is not fully defined: ${x.shape}`);
    const beta = p.center ?? true ? parameter(p, 'beta', shape as number[], dtype, zerosInitializer()) : null;
    const gamma = p.scale ?? true ? parameter(p, 'gamma', shape as number[], dtype, onesInitializer()) : null;
    const [mean, variance] = moments(x, range(begin, rank), { keepDims: true });
    const y = batchNormalization(x, mean, variance, beta, gamma, dtype === float16 ? 1e-3 : 1e-12);
    y.setShape(x.shape);
    return finish(p, y);
  }), { required: 1 });

interface InstanceNormParams extends Affine { epsilon?: number; paramInitializers?: Partial<Readonly<Record<'beta' | 'gamma', InitializerLike>>> | null; dataFormat?: 'NHWC' | 'NCHW' }
/** `tf.contrib.layers.instance_norm`: every channel of every example normalized by itself, * gamma + beta of the channel; epsilon 1e-6. Default scope
 * `InstanceNorm`. Errors: ValueError for a bad data_format, unknown rank or channels. */
export const instanceNorm = scoped('instanceNorm', ['inputs', 'center', 'scale', 'epsilon', 'activationFn', 'paramInitializers', 'reuse', 'variablesCollections', 'outputsCollections', 'trainable', 'dataFormat', 'scope'], (p: InstanceNormParams): Tensor => {
  const x = convertToTensor(p.inputs), rank = x.shape.ndims, dtype = x.dtype.baseDtype;
  if (rank === null) throw new ValueError(`Inputs ${x.name} has undefined rank.`);
  const first = dataFormatOf(p.dataFormat, 'NCHW', 'NHWC') === 'NCHW';
  return inLayerScope({ ...p, inputs: x }, 'InstanceNorm', null, () => {
    const shape = channelShape(x, first, 'channels');
    const spread = (v: Variable): Tensor | Variable => (first ? reshape(v, [1, shape[0], ...range(2, rank).map(() => 1)]) : v);
    const beta = p.center ?? true ? spread(parameter(p, 'beta', shape, dtype, p.paramInitializers?.beta ?? zerosInitializer())) : null;
    const gamma = p.scale ?? true ? spread(parameter(p, 'gamma', shape, dtype, p.paramInitializers?.gamma ?? onesInitializer())) : null;
    const [mean, variance] = moments(x, range(1, rank).filter((i) => i !== (first ? 1 : rank - 1)), { keepDims: true });
    return finish(p, batchNormalization(x, mean, variance, beta, gamma, p.epsilon ?? 1e-6, { name: 'instancenorm' }));
  });
}, { required: 1 });

interface GroupNormParams extends Affine { groups?: number; channelsAxis?: number; reductionAxes?: readonly number[]; epsilon?: number; paramInitializers?: Partial<Readonly<Record<'beta' | 'gamma', InitializerLike>>> | null; meanCloseToZero?: boolean }
/** `tf.contrib.layers.group_norm`: the channels of every example in `groups` (32) of neighbours, each normalized together over `reductionAxes` ([-3, -2]), * gamma + beta of the channel; epsilon 1e-6.
 * With `meanCloseToZero` the variance is that of the squares. Default scope `GroupNorm`. Errors: ValueError for axes out of range, unknown sizes, groups that do not divide the channels. */
export const groupNorm = scoped('groupNorm', ['inputs', 'groups', 'channelsAxis', 'reductionAxes', 'center', 'scale', 'epsilon', 'activationFn', 'paramInitializers', 'reuse', 'variablesCollections', 'outputsCollections', 'trainable', 'scope', 'meanCloseToZero'], (p: GroupNormParams): Tensor => {
  const given = convertToTensor(p.inputs), { dims } = given.shape, groups = p.groups ?? 32, axis = p.channelsAxis ?? -1, out = (): never => { throw new ValueError('Axis is out of bounds.'); };
  if (dims === null) throw new ValueError(`Inputs ${given.name} has undefined rank.`);
  if (axis > dims.length - 1) out();
  const found = shapeOf(given), sizes = dims.map((d, i): number | Tensor => d ?? found.at(i)), at = axis < 0 ? axis + dims.length : axis, channels = dims[at]!;
  if (channels === null) throw new ValueError(`Inputs ${given.name} has undefined channel dimension: ${at}.`);
  const axes = (p.reductionAxes ?? [-3, -2]).map((a) => (a < 0 ? a + dims.length : a));
  for (const a of axes) {
    if (a > dims.length) out();
    if (dims[a] === null) throw new ValueError(`Inputs ${given.name} has undefined dimensions ${a}.`);
    if (a === at) throw new ValueError('reduction_axis must be mutually exclusive with channels_axis');
  }
  if (groups > channels) throw new ValueError(`Invalid groups ${groups} for ${channels} channels.`);
  if (channels % groups !== 0) throw new ValueError(`${channels} channels is not commensurate with ${groups} groups.`);
  const shaped = (x: Tensor | Variable, to: readonly (number | Tensor)[]): Tensor => reshape(x, to.every((d) => typeof d === 'number') ? int32Vector(to) : to);
  const x = shaped(given, [...sizes.slice(0, at), groups, channels / groups, ...sizes.slice(at + 1)]), spread = dims.flatMap((_, i) => (i === at ? [groups, channels / groups] : [1]));
  const over = [at + 1, ...axes.map((a) => (a > at ? a + 1 : a))], dtype = x.dtype.baseDtype;
  return inLayerScope({ ...p, inputs: x }, 'GroupNorm', null, () => {
    const beta = p.center ?? true ? shaped(parameter(p, 'beta', [channels], dtype, p.paramInitializers?.beta ?? zerosInitializer()), spread) : null;
    const gamma = p.scale ?? true ? shaped(parameter(p, 'gamma', [channels], dtype, p.paramInitializers?.gamma ?? onesInitializer()), spread) : null;
    const moments2 = (): [Tensor, Tensor] => {
      if (!p.meanCloseToZero) return moments(x, over, { keepDims: true });
      const [counts, mean, variance] = sufficientStatistics(x, over, { keepDims: true });
      return normalizeMoments(counts, mean, variance, { shift: null });
    };
    const [mean, variance] = moments2();
    let gain = rsqrt(variance.add(p.epsilon ?? 1e-6)), offset = mean.neg().mul(gain);
    if (gamma) { gain = gain.mul(gamma); offset = offset.mul(gamma); }
    if (beta) offset = offset.add(beta);
    const y = x.mul(gain).add(offset);
    return finish(p, shaped(y, sizes));
  });
}, { required: 1 });

/** `tf.contrib.layers.unit_norm`: `inputs` divided by their Euclidean length along `dim`: x / sqrt(epsilon (1e-7) + sum(x^2)). Default scope `UnitNorm`.
 * Errors: ValueError for an unknown rank and a `dim` out of range. */
export const unitNorm = scoped('unitNorm', ['inputs', 'dim', 'epsilon', 'scope'], (p: { inputs: Tensor; dim: number; epsilon?: number; scope?: string | null }): Tensor =>
  inLayerScope(p, 'UnitNorm', null, () => {
    const { inputs: x, dim } = p, rank = x.shape.ndims;
    if (rank === null) throw new ValueError('The input rank must be known.');
    if (dim < 0 || dim >= rank) throw new ValueError('dim must be positive but smaller than the input rank.');
    const lengths = sqrt(reduceSum(square(x), dim, true).radd(p.epsilon ?? 1e-7));
    const multiples: Tensor[] = [];
    if (dim > 0) multiples.push(ones([dim], int32));
    multiples.push(stridedSlice(shapeOf(x), [dim], [dim + 1]));
    if (dim < rank - 1) multiples.push(ones([rank - 1 - dim], int32));
    return div(x, tile(lengths, concat(multiples, 0)));
  }), { required: 2 });
