// contrib.layers off the beaten track: maxout, images as sequences, spatial softmax, dense_to_sparse, the legacy layers.
// Follows contrib/layers/python/layers/layers.py (1.15).
import { GraphKeys } from '../../graph/collections.ts';
import { float32, int32, int64 } from '../../graph/dtype.ts';
import { ValueError } from '../../graph/errors.ts';
import { Tensor } from '../../graph/tensor.ts';
import { api } from '../api.ts';
import { gatherNd, where } from '../array_gather.ts';
import { concat, stack, unstack } from '../array_join.ts';
import { meshgrid } from '../array_select.ts';
import { reshape, shape as shapeOf, transpose } from '../array_shape.ts';
import { constant } from '../array_values.ts';
import { inScope, int32Vector, scalarOf } from '../building.ts';
import { convertToTensor, type TensorLike } from '../convert.ts';
import { constantInitializer, onesInitializer, zerosInitializer } from '../init_ops.ts';
import { matmul } from '../math_linear.ts';
import { notEqual } from '../math_logic.ts';
import { reduceMax, reduceSum } from '../math_reduce.ts';
import { linspace } from '../math_sequence.ts';
import { biasAdd, relu } from '../nn_activation.ts';
import { softmax } from '../nn_softmax.ts';
import { SparseTensor } from '../sparse_tensor.ts';
import type { InitializerLike, Regularizer } from '../variable_scope.ts';
import { getVariable } from '../variable_store.ts';
import { xavierInitializer } from './initializers.ts';
import { type Activation, collectionsOf, collectOutputs, dataFormatOf, inLayerScope, inNameScope, type OutputsCollections, scoped, type VariablesCollections } from './layer_scopes.ts';
import { modelVariable } from './variables.ts';
import '../tensor_operators.ts';
import '../variable_operators.ts';

interface MaxoutParams { inputs: TensorLike; numUnits: number; axis?: number; scope?: string | null }
/** `tf.contrib.layers.maxout`: along `axis` (-1) the greatest of each of `numUnits` groups of neighbours. Default scope `MaxOut`. Errors: ValueError when the groups do not come out even. */
export const maxout = scoped('maxout', ['inputs', 'numUnits', 'axis', 'scope'], (p: MaxoutParams): Tensor => inLayerScope(p, 'MaxOut', null, () => {
  const x = convertToTensor(p.inputs), dims: (number | null)[] = x.shape.asList(), axis = p.axis ?? -1, at = axis < 0 ? axis + dims.length : axis, count = dims[at]!;
  if (count % p.numUnits !== 0) throw new ValueError(`number of features(${count}) is not a multiple of num_units(${p.numUnits})`);
  dims[at] = p.numUnits;
  const sizes = [...dims, count / p.numUnits].map((d, i): number | Tensor => d ?? shapeOf(x).at(i));
  return reduceMax(reshape(x, sizes.every((d) => typeof d === 'number') ? int32Vector(sizes) : sizes), scalarOf(-1, int32), { keepdims: false });
}), { required: 2 });

interface Rows { inputs: TensorLike; outputsCollections?: OutputsCollections; scope?: string | null }
/** `tf.contrib.layers.images_to_sequence`: images [batch, height, width, depth] as sequences [width, batch * height, depth] of their columns. Errors: ValueError for a bad data_format. */
export const imagesToSequence = scoped('imagesToSequence', ['inputs', 'dataFormat', 'outputsCollections', 'scope'], (p: Rows & { dataFormat?: 'NHWC' | 'NCHW' }): Tensor => {
  const first = dataFormatOf(p.dataFormat, 'NCHW', 'NHWC') === 'NCHW';
  return inNameScope(p, 'ImagesToSequence', () => {
    let x = convertToTensor(p.inputs);
    if (first) x = transpose(x, int32Vector([0, 2, 3, 1]));
    const [, , width, depth] = x.shape.asList() as [unknown, unknown, number, number], sizes = shapeOf(x), batch = sizes.at(0), height = sizes.at(1);
    const turned = transpose(x, int32Vector([2, 0, 1, 3]));
    return reshape(turned, [width, batch.mul(height), depth]);
  });
}, { required: 1 });
/** `tf.contrib.layers.sequence_to_images`: the way back, to images of `height` rows ('channels_last' or 'channels_first'). */
export const sequenceToImages = scoped('sequenceToImages', ['inputs', 'height', 'outputDataFormat', 'outputsCollections', 'scope'], (p: Rows & { height: number; outputDataFormat?: string }): Tensor => inNameScope(p, 'SequenceToImages', () => {
  const x = convertToTensor(p.inputs), [width, count, depth] = x.shape.asList() as [number, number | null, number];
  const rows = reshape(x, int32Vector([width, count === null ? -1 : Math.floor(count / p.height), p.height, depth]));
  return transpose(rows, int32Vector(p.outputDataFormat === 'channels_first' ? [1, 3, 2, 0] : [1, 2, 0, 3]));
}), { required: 2 });

interface SoftmaxParams { features: Tensor; temperature?: number | null; name?: string | null; variablesCollections?: VariablesCollections; trainable?: boolean; dataFormat?: 'NHWC' | 'NCHW' }
/** `tf.contrib.layers.spatial_softmax`: for each channel of `features` [batch, height, width, channels] where it is strongest: [batch, 2 * channels], the means of both coordinates (in [-1, 1]) under a softmax
 * over the pixels. Variable `temperature`, of which `trainable` says whether it learns. Default scope `spatial_softmax`. Errors: ValueError for a bad data_format and unknown channels. */
export const spatialSoftmax = scoped('spatialSoftmax', ['features', 'temperature', 'name', 'variablesCollections', 'trainable', 'dataFormat'], (p: SoftmaxParams): Tensor => inLayerScope({ inputs: [], scope: p.name ?? null }, 'spatial_softmax', null, () => {
  const { features } = p, sizes = shapeOf(features), first = (p.dataFormat ?? 'NHWC') === 'NCHW';
  if (!first && (p.dataFormat ?? 'NHWC') !== 'NHWC') throw new ValueError('data_format has to be either NCHW or NHWC.');
  const height = sizes.at(first ? 2 : 1), width = sizes.at(first ? 3 : 2), channels = features.shape.at(first ? 1 : 3).value;
  if (channels === null) throw new ValueError('The num_channels dimension of the inputs to `spatial_softmax` should be defined. Found `None`.');
  return inScope('spatial_softmax_op', '', [features], () => {
    const rows = linspace(-1, 1, height), columns = linspace(-1, 1, width);
    const flat = (t: Tensor): Tensor => reshape(t, [height.mul(width)]);
    const [x, y] = meshgrid(rows, columns, { indexing: 'ij' }).map(flat) as [Tensor, Tensor];
    const initializer = p.temperature === undefined || p.temperature === null ? onesInitializer() : constantInitializer(p.temperature), trainable = p.trainable ?? true;
    const temperature = modelVariable({ name: 'temperature', shape: [], dtype: float32, initializer, collections: trainable ? collectionsOf(p.variablesCollections, 'temperature') : null, trainable });
    const pixels = first ? features : transpose(features, int32Vector([0, 3, 1, 2]));
    const attention = softmax(reshape(pixels, [scalarOf(-1, int32), height.mul(width)]).truediv(temperature));
    const expected = [x, y].map((v) => reduceSum(v.mul(attention), int32Vector([1]), { keepdims: true }));
    const points = reshape(concat(expected, 1), int32Vector([-1, channels * 2]));
    points.setShape([null, channels * 2]);
    return points;
  });
}), { required: 1 });

interface SparseParams { tensor: TensorLike; eosToken?: number; outputsCollections?: OutputsCollections; scope?: string | null }
/** `tf.contrib.layers.dense_to_sparse`: the elements that are not `eosToken` (0). Default scope `dense_to_sparse`. */
export const denseToSparse = scoped('denseToSparse', ['tensor', 'eosToken', 'outputsCollections', 'scope'], (p: SparseParams): SparseTensor => inLayerScope({ inputs: p.tensor, scope: p.scope ?? null }, 'dense_to_sparse', null, () => {
  const x = convertToTensor(p.tensor), indices = where(notEqual(x, constant(p.eosToken ?? 0, { dtype: x.dtype.baseDtype }))) as Tensor;
  const values = gatherNd(x, indices), out = new SparseTensor(indices, values, shapeOf(x, { outType: int64 }));
  if (p.outputsCollections) x.graph.addToCollections(p.outputsCollections, out);
  return out;
}), { required: 1 });

// --- legacy ---------------------------------------------------------------------------------------------------------------

interface LegacyParams {
  x: TensorLike; numOutputUnits: number; activationFn?: Activation | null; weightInit?: InitializerLike | null; biasInit?: InitializerLike | null; name?: string | null; weightCollections?: readonly string[] | null;
  biasCollections?: readonly string[] | null; outputCollections?: readonly string[] | null; trainable?: boolean; weightRegularizer?: Regularizer | null; biasRegularizer?: Regularizer | null;
}
const LEGACY = ['x', 'numOutputUnits', 'activationFn', 'weightInit', 'biasInit', 'name', 'weightCollections', 'biasCollections', 'outputCollections', 'trainable', 'weightRegularizer', 'biasRegularizer'] as const;
function legacy(p: LegacyParams): Tensor {
  return inLayerScope({ inputs: p.x, scope: p.name ?? null }, 'fully_connected', null, () => {
    const x = convertToTensor(p.x), { dims } = x.shape, units = p.numOutputUnits, dtype = x.dtype.baseDtype, trainable = p.trainable ?? true;
    if (dims === null) throw new ValueError('dims of x must be known but is None');
    if (dims.length < 2) throw new ValueError(`rank of x must be at least 2 not: ${dims.length}`);
    const last = dims.at(-1)!;
    if (last === null) throw new ValueError('last dimension of x must be known but is None');
    const own = (given: readonly string[] | null | undefined, key: string): string[] => [...new Set([...(given === undefined ? [key] : given ?? []), GraphKeys.GLOBAL_VARIABLES])];
    const w = getVariable('weights', { shape: [last, units], dtype, initializer: p.weightInit === undefined ? xavierInitializer() : p.weightInit, collections: own(p.weightCollections, GraphKeys.WEIGHTS), regularizer: p.weightRegularizer ?? null, trainable });
    const flat = dims.length <= 2 ? x : reshape(x, int32Vector([-1, last]));
    let y = matmul(flat, w);
    if (p.biasInit !== null) {
      const b = getVariable('bias', { shape: [units], dtype, initializer: p.biasInit ?? zerosInitializer(), collections: own(p.biasCollections, GraphKeys.BIASES), regularizer: p.biasRegularizer ?? null, trainable });
      y = biasAdd(y, b);
    }
    if (dims.length > 2) {
      y = reshape(y, stack([...unstack(shapeOf(x)).slice(0, -1), scalarOf(units, int32)]));
      y.setShape([...dims.slice(0, -1), units]);
    }
    const out = p.activationFn ? p.activationFn(y) : y;
    return collectOutputs(out, [...(p.outputCollections === undefined ? [GraphKeys.ACTIVATIONS] : p.outputCollections ?? []), GraphKeys.ACTIVATIONS]);
  });
}
/** `tf.contrib.layers.legacy_fully_connected`: x * weights + bias over the last axis, in variables `<name>/weights` and `<name>/bias` (null `biasInit`: none), no activation unless given; the result joins
 * the collection ACTIVATIONS. Default scope `fully_connected`. Errors: ValueError for an unknown rank or last dimension. */
export const legacyFullyConnected = api('legacyFullyConnected', LEGACY, legacy, { required: 2 });
/** `tf.contrib.layers.legacy_relu`: with a ReLU. */
export const legacyRelu = api('legacyRelu', LEGACY, (p: LegacyParams): Tensor => legacy({ activationFn: relu, ...p }), { required: 2, python: 'legacy_fully_connected' });
/** `tf.contrib.layers.legacy_linear`: without an activation. */
export const legacyLinear = api('legacyLinear', LEGACY, legacy, { required: 2, python: 'legacy_fully_connected' });
