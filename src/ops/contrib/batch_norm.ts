// contrib.layers.batch_norm: the core layer where it will do, else one fused op, else arithmetic on moments.
// Follows contrib/layers/python/layers/layers.py (1.15).
import { GraphKeys } from '../../graph/collections.ts';
import { type DType, float32 } from '../../graph/dtype.ts';
import { ValueError } from '../../graph/errors.ts';
import { getDefaultGraph } from '../../graph/graph.ts';
import { TensorShape } from '../../graph/shape.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { reshape, shape as shapeOf } from '../array_shape.ts';
import { identity } from '../array_values.ts';
import { afterOps } from '../building.ts';
import { constantNode, convertToTensor, type TensorLike } from '../convert.ts';
import { onesInitializer, zerosInitializer } from '../init_ops.ts';
import { BatchNormalization, type BatchNormalizationOptions, type RenormClipping } from '../layers/normalization.ts';
import { fusedBatchNorm, weightedMoments } from '../nn_batch_norm.ts';
import { batchNormalization, moments } from '../nn_impl.ts';
import { withExits } from '../scope_stack.ts';
import { assignMovingAverage } from '../train/moving_averages.ts';
import { enterVariableScope, getVariableScope, type InitializerLike, type Regularizer } from '../variable_scope.ts';
import type { Variable } from '../variables.ts';
import { branch, collect, collectionsOf, dataFormatOf, finish, inLayerScope, knownBool, type LayerParams, scoped } from './layer_scopes.ts';
import { modelVariable } from './variables.ts';

type Parameter = 'beta' | 'gamma' | 'moving_mean' | 'moving_variance';
export interface BatchNormParams extends LayerParams {
  decay?: number | Tensor;
  center?: boolean;
  scale?: boolean;
  epsilon?: number;
  paramInitializers?: Partial<Readonly<Record<Parameter, InitializerLike>>> | null;
  paramRegularizers?: Partial<Readonly<Record<'beta' | 'gamma', Regularizer>>> | null;
  updatesCollections?: string | readonly string[] | null;
  isTraining?: boolean | Tensor;
  batchWeights?: TensorLike | null;
  fused?: boolean | null;
  dataFormat?: 'NHWC' | 'NCHW';
  zeroDebiasMovingMean?: boolean;
  renorm?: boolean;
  renormClipping?: RenormClipping | null;
  renormDecay?: number;
  adjustment?: BatchNormalizationOptions['adjustment'];
}
interface Given extends BatchNormParams { inputs: Tensor }
const ORDER = ['inputs', 'decay', 'center', 'scale', 'epsilon', 'activationFn', 'paramInitializers', 'paramRegularizers', 'updatesCollections', 'isTraining', 'reuse', 'variablesCollections', 'outputsCollections', 'trainable', 'batchWeights', 'fused',
  'dataFormat', 'zeroDebiasMovingMean', 'scope', 'renorm', 'renormClipping', 'renormDecay', 'adjustment'] as const;

/** `tf.contrib.layers.batch_norm`: (x - mean) / sqrt(variance + epsilon), * gamma with `scale` (false), + beta with `center` (true), over all axes but the
 * channels. With `isTraining` (true; a bool or a tensor) the batch's statistics are used and moving averages (decay 0.999) follow them by ops in
 * `updatesCollections` (UPDATE_OPS), or in place when that is null; else the moving averages are used. Default scope `BatchNorm`. Errors: ValueError for a
 * bad data_format, unknown rank or channels; and for renorm beside batchWeights, zeroDebiasMovingMean or other updatesCollections. */
export const batchNorm = scoped('batchNorm', ORDER, (p: BatchNormParams): Tensor => {
  const inputs = convertToTensor(p.inputs), rank = inputs.shape.ndims;
  const usual = p.updatesCollections === undefined || p.updatesCollections === GraphKeys.UPDATE_OPS, debias = p.zeroDebiasMovingMean ?? false, weighted = (p.batchWeights ?? null) !== null;
  const given = { ...p, inputs };
  if ((p.fused ?? true) && !weighted && !p.renorm && (p.adjustment ?? null) === null && (rank === 2 || rank === 4) && (debias || rank === 2 || !usual)) return fused(given);
  dataFormatOf(p.dataFormat, 'NCHW', 'NHWC');
  return usual && !debias && !weighted ? byLayer(given) : byMoments(given);
}, { required: 1 });

const initializerOf = (p: BatchNormParams, name: Parameter): InitializerLike => p.paramInitializers?.[name] ?? (name === 'gamma' || name === 'moving_variance' ? onesInitializer() : zerosInitializer());

function byLayer(p: Given): Tensor {
  return inLayerScope(p, 'BatchNorm', {}, (sc) => {
    const layer = new BatchNormalization({
      axis: p.dataFormat === 'NCHW' ? 1 : -1, momentum: (p.decay ?? 0.999) as number, epsilon: p.epsilon ?? 0.001, center: p.center ?? true, scale: p.scale ?? false, fused: p.fused ?? true, trainable: p.trainable ?? true,
      betaInitializer: initializerOf(p, 'beta'), gammaInitializer: initializerOf(p, 'gamma'), movingMeanInitializer: initializerOf(p, 'moving_mean'), movingVarianceInitializer: initializerOf(p, 'moving_variance'),
      betaRegularizer: p.paramRegularizers?.beta ?? null, gammaRegularizer: p.paramRegularizers?.gamma ?? null, renorm: p.renorm ?? false, renormClipping: p.renormClipping ?? null, renormMomentum: p.renormDecay ?? 0.99, adjustment: p.adjustment ?? null, name: sc.name, scope: sc, reuse: p.reuse ?? null,
    });
    const y = layer.apply(p.inputs, { training: p.isTraining ?? true });
    for (const [v, name] of [[layer.movingMean, 'moving_mean'], [layer.movingVariance, 'moving_variance'], [layer.beta, 'beta'], [layer.gamma, 'gamma']] as const) collect(v, p.variablesCollections, name);
    return finish(p, y);
  });
}

/** The shape of the parameters. Errors: ValueError when the number of channels is unknown. */
export function channelShape(x: Tensor, first: boolean, what: string): [number] {
  const n = x.shape.dims!.at(first ? 1 : -1);
  if (typeof n !== 'number') throw new ValueError(`Inputs ${x.name} has undefined ${what} dimension ${new TensorShape([null])}.`, { node: x.op.name, site: x.op.site?.location });
  return [n];
}
/** Makes the parameters one by one, in the order of the calls. */
function parameter(p: BatchNormParams, name: Parameter, shape: readonly number[], dtype: DType, regularizer: Regularizer | null = null): Variable {
  return modelVariable({ name, shape, dtype, initializer: initializerOf(p, name), regularizer, collections: collectionsOf(p.variablesCollections, name), trainable: name.startsWith('moving') ? false : p.trainable ?? true });
}
/** The moving averages, never partitioned. */
function movingAverages(p: BatchNormParams, shape: readonly number[], dtype: DType): [Variable, Variable] {
  const e = enterVariableScope({ nameOrScope: getVariableScope() });
  return withExits([e], () => {
    e.value.setPartitioner(null);
    return [parameter(p, 'moving_mean', shape, dtype), parameter(p, 'moving_variance', shape, dtype)];
  });
}
type Pair = [Tensor, Tensor];
/** The moving averages as of after their update. */
function follow(p: BatchNormParams, moving: [Variable, Variable], batch: readonly [Tensor, Tensor]): Pair {
  const decay = p.decay ?? 0.999;
  return [assignMovingAverage(moving[0], batch[0], decay, p.zeroDebiasMovingMean ?? false), assignMovingAverage(moving[1], batch[1], decay, false)] as Pair;
}
/** Updates that others are to run. */
function delay(p: BatchNormParams, training: boolean | Tensor, moving: [Variable, Variable], batch: readonly [Tensor, Tensor]): void {
  const updates = branch<Pair>(training, () => follow(p, moving, batch), () => moving as unknown as Pair);
  for (const u of updates) getDefaultGraph().addToCollections(p.updatesCollections === undefined ? GraphKeys.UPDATE_OPS : p.updatesCollections!, u);
}

function fused(p: Given): Tensor {
  const dataFormat = dataFormatOf(p.dataFormat, 'NCHW', 'NHWC'), training = p.isTraining ?? true, epsilon = p.epsilon ?? 0.001;
  return inLayerScope(p, 'BatchNorm', null, () => {
    let x = p.inputs;
    const flat = x.shape.ndims === 2;
    if (flat) {
      const channels = x.shape.at(-1).value;
      if (channels === null) throw new ValueError('`C` dimension must be known but is None');
      x = reshape(x, dataFormat === 'NCHW' ? [-1, channels, 1, 1] : [-1, 1, 1, channels]);
    }
    const shape = channelShape(x, dataFormat === 'NCHW', '`C`');
    const filled = (v: number): Tensor => constantNode(v, { dtype: float32, shape });
    const beta = p.center ?? true ? parameter(p, 'beta', shape, float32, p.paramRegularizers?.beta) : filled(0);
    const gamma = p.scale ? parameter(p, 'gamma', shape, float32, p.paramRegularizers?.gamma) : filled(1);
    const moving = movingAverages(p, shape, float32);
    const [normal, mean, variance] = branch(training, () => fusedBatchNorm(x, gamma, beta, { epsilon, dataFormat }), () => fusedBatchNorm(x, gamma, beta, { mean: moving[0], variance: moving[1], epsilon, isTraining: false, dataFormat }));
    let y = normal;
    if (knownBool(training) !== false) {
      if (p.updatesCollections === null) y = branch(training, () => afterOps(follow(p, moving, [mean, variance]), () => identity(normal)), () => normal);
      else delay(p, training, moving, [mean, variance]);
    }
    y.setShape(x.shape);
    return finish(p, flat ? reshape(y, shapeOf(p.inputs)) : y);
  });
}

function byMoments(p: Given): Tensor {
  const training = p.isTraining ?? true, first = p.dataFormat === 'NCHW';
  return inLayerScope(p, 'BatchNorm', {}, () => {
    if (p.renorm) throw new ValueError('renorm is not supported with batch_weights, updates_collections or zero_debias_moving_mean');
    const x = p.inputs, rank = x.shape.ndims, dtype = x.dtype.baseDtype;
    if (rank === null) throw new ValueError(`Inputs ${x.name} has undefined rank.`);
    let weights: Tensor | null = null;
    if ((p.batchWeights ?? null) !== null) {
      weights = convertToTensor(p.batchWeights!);
      new TensorShape(x.shape.dims!.slice(0, 1)).assertIsCompatibleWith(weights.shape);
      weights = reshape(weights, [-1, ...Array.from({ length: rank - 1 }, () => 1)]);
    }
    const axes = Array.from({ length: rank }, (_, i) => i).filter((i) => i !== (first ? 1 : rank - 1));
    const shape = channelShape(x, first, 'channels');
    const spread = <T extends Tensor | Variable | null>(t: T): T | Tensor => (first && t !== null ? reshape(t, [1, shape[0]!, ...Array.from({ length: rank - 2 }, () => 1)]) : t);
    const beta = p.center ?? true ? parameter(p, 'beta', shape, dtype) : null;
    const gamma = p.scale ? parameter(p, 'gamma', shape, dtype) : null;
    const moving = movingAverages(p, shape, dtype);
    let [mean, variance] = moving as unknown as Pair;
    if (knownBool(training) !== false) {
      const keepDims = first;
      let batch = weights === null ? moments(x, axes, { keepDims }) : weightedMoments(x, axes, weights, { keepDims });
      if (first) batch = [reshape(batch[0], [-1]), reshape(batch[1], [-1])];
      const old = (): Pair => moving as unknown as Pair;
      if (p.updatesCollections === null) [mean, variance] = branch(training, () => afterOps(follow(p, moving, batch), (): Pair => [identity(batch[0]), identity(batch[1])]), old);
      else {
        delay(p, training, moving, batch);
        [mean, variance] = branch<Pair>(training, () => batch, old);
      }
    }
    [mean, variance] = [spread(mean), spread(variance)];
    const [offset, scale] = [spread(beta), spread(gamma)];
    const y = batchNormalization(x, mean, variance, offset, scale, p.epsilon ?? 0.001);
    y.setShape(x.shape);
    return finish(p, y);
  });
}
