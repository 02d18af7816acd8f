// contrib.layers: conv2d and fully_connected with their default ReLU, model variables and collections.
// Follows contrib/layers/python/layers/layers.py, initializers.py and contrib/framework/python/ops/variables.py (1.15).
import type { DType } from '../../graph/dtype.ts';
import { GraphKeys } from '../../graph/collections.ts';
import { TypeError, ValueError } from '../../graph/errors.ts';
import { getDefaultGraph } from '../../graph/graph.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { api, snakeCase } from '../api.ts';
import { inScope } from '../building.ts';
import { convertToTensor, type TensorLike } from '../convert.ts';
import { type Initializer, zerosInitializer } from '../init_ops.ts';
import { relu } from '../nn_ops.ts';
import { randomUniform, truncatedNormal } from '../random_ops.ts';
import { withExits } from '../scope_stack.ts';
import { type CustomGetter, enterVariableScope, type GetVariableOptions, type InitializerLike, type Regularizer, type Reuse, type VariableScope, getVariableScope } from '../variable_scope.ts';
import type { Variable } from '../variables.ts';
import { Conv2D } from '../layers/convolutional.ts';
import { Dense } from '../layers/core.ts';
import { flatten as flattened } from '../layers/dropout.ts';
import { addArgScope, setPositional } from './arg_scope.ts';

type Activation = (x: Tensor) => Tensor;
type Collections = readonly string[] | Readonly<Record<string, readonly string[]>> | null;
/** A normalizer (batch_norm, ...): gets the layer's output and `normalizerParams`. */
export type Normalizer = (x: Tensor, params: Record<string, unknown>) => Tensor;

interface Common {
  activationFn?: Activation | null;
  normalizerFn?: Normalizer | null;
  normalizerParams?: Readonly<Record<string, unknown>> | null;
  weightsInitializer?: InitializerLike | null;
  weightsRegularizer?: Regularizer | null;
  biasesInitializer?: InitializerLike | null;
  biasesRegularizer?: Regularizer | null;
  reuse?: Reuse | null;
  variablesCollections?: Collections;
  outputsCollections?: string | readonly string[] | null;
  trainable?: boolean;
  scope?: string | VariableScope | null;
}

interface VarianceScalingParams { factor?: number; mode?: 'FAN_IN' | 'FAN_OUT' | 'FAN_AVG'; uniform?: boolean; seed?: number | null; dtype?: DType }

/** `tf.contrib.layers.variance_scaling_initializer`: `factor / n` variance; truncated at two standard deviations when
 * not uniform (with contrib's own correction 1.3, unlike the core initializer). */
export const varianceScalingInitializer = api('varianceScalingInitializer', ['factor', 'mode', 'uniform', 'seed', 'dtype'], (p: VarianceScalingParams): Initializer => {
  const { factor = 2, mode = 'FAN_IN', uniform = false, seed = null } = p;
  if (p.dtype && !p.dtype.isFloating) throw new TypeError('Cannot create initializer for non-floating point type.');
  if (!['FAN_IN', 'FAN_OUT', 'FAN_AVG'].includes(mode)) throw new TypeError(`Unknown mode ${String(mode)} [FAN_IN, FAN_OUT, FAN_AVG]`);
  return {
    initialize: (shape, o = {}) => {
      const dtype = o.dtype ?? p.dtype;
      if (dtype && !dtype.isFloating) throw new TypeError('Cannot create initializer for non-floating point type.');
      let fanIn = shape.length > 1 ? shape[shape.length - 2]! : shape[shape.length - 1] ?? 1;
      let fanOut = shape[shape.length - 1] ?? 1;
      for (const d of shape.slice(0, -2)) { fanIn *= d; fanOut *= d; }
      const n = mode === 'FAN_IN' ? fanIn : mode === 'FAN_OUT' ? fanOut : (fanIn + fanOut) / 2;
      if (uniform) {
        const limit = Math.sqrt((3 * factor) / n);
        return randomUniform(shape, -limit, limit, dtype ?? null, { seed });
      }
      return truncatedNormal(shape, 0, Math.sqrt((1.3 * factor) / n), dtype ?? undefined, { seed });
    },
  };
});

/** `tf.contrib.layers.xavier_initializer`: uniform (default) or normal, variance 1 / mean of fan-in and fan-out. */
export const xavierInitializer = api('xavierInitializer', ['uniform', 'seed', 'dtype'], (p: { uniform?: boolean; seed?: number | null; dtype?: DType }): Initializer =>
  varianceScalingInitializer({ factor: 1, mode: 'FAN_AVG', uniform: p.uniform ?? true, seed: p.seed ?? null, ...(p.dtype ? { dtype: p.dtype } : {}) }));

/** Variables of contrib layers are model variables; kernels and biases get contrib's names. */
const modelVariableGetter: CustomGetter = (getter, name, o) => {
  const renamed = name.replace(/(^|\/)(kernel|bias)$/, (_, slash: string, n: string) => `${slash}${n === 'kernel' ? 'weights' : 'biases'}`);
  const collections = [...new Set([...(o.collections ?? []), GraphKeys.GLOBAL_VARIABLES, GraphKeys.MODEL_VARIABLES])];
  const options: GetVariableOptions = { ...o, collections, reuse: getVariableScope().reuse };
  return withExits([getDefaultGraph().enterDevice('')], () => getter(renamed, options));
};

function collect(v: Variable, collections: Collections | undefined, name: string): void {
  const keys = (Array.isArray(collections) ? collections as readonly string[] : (collections as Readonly<Record<string, readonly string[]>> | null | undefined)?.[name]) ?? [];
  for (const k of keys) if (!v.graph.getCollection(k).includes(v)) v.graph.addToCollection(k, v);
}

function finish(p: Common, y: Tensor): Tensor {
  if (p.normalizerFn) y = p.normalizerFn(y, { ...p.normalizerParams });
  if (p.activationFn !== null) y = (p.activationFn ?? relu)(y);
  return intoCollections(y, p.outputsCollections);
}

function intoCollections(y: Tensor, collections: Common['outputsCollections']): Tensor {
  const keys = collections === undefined || collections === null ? [] : typeof collections === 'string' ? [collections] : collections;
  for (const k of keys) y.graph.addToCollection(k, y);
  return y;
}

/** Runs a layer inside its variable scope, as every contrib layer does. */
function inLayerScope<R>(p: Common & { inputs: TensorLike }, defaultName: string, body: (sc: VariableScope) => R): R {
  const e = enterVariableScope({ nameOrScope: p.scope ?? null, defaultName, values: [p.inputs], reuse: p.reuse ?? null, customGetter: modelVariableGetter });
  return withExits([e], () => body(e.value));
}

function options(p: Common, sc: VariableScope, x: Tensor): { kernelInitializer: InitializerLike; biasInitializer: InitializerLike | null; kernelRegularizer: Regularizer | null; biasRegularizer: Regularizer | null; useBias: boolean; trainable: boolean; name: string; dtype: DType; scope: VariableScope; reuse: Reuse | null } {
  const biases = p.biasesInitializer === undefined ? zerosInitializer() : p.biasesInitializer;
  return {
    kernelInitializer: p.weightsInitializer ?? xavierInitializer(), biasInitializer: biases, kernelRegularizer: p.weightsRegularizer ?? null,
    biasRegularizer: p.biasesRegularizer ?? null, useBias: !p.normalizerFn && biases !== null, trainable: p.trainable ?? true,
    name: sc.name, dtype: x.dtype.baseDtype, scope: sc, reuse: p.reuse ?? null,
  };
}

interface ConvolutionParams extends Common {
  inputs: TensorLike;
  numOutputs: number;
  kernelSize: number | readonly [number, number] | readonly number[];
  stride?: number | readonly number[];
  padding?: string;
  dataFormat?: 'NHWC' | 'NCHW' | null;
  rate?: number | readonly number[];
}
const CONV_ORDER = ['inputs', 'numOutputs', 'kernelSize', 'stride', 'padding', 'dataFormat', 'rate', 'activationFn', 'normalizerFn', 'normalizerParams', 'weightsInitializer', 'weightsRegularizer',
  'biasesInitializer', 'biasesRegularizer', 'reuse', 'variablesCollections', 'outputsCollections', 'trainable', 'scope'] as const;

/** `tf.contrib.layers.conv2d`: convolution, bias (or normalizer), and by default a ReLU (`activationFn: null` for none).
 * `inputs` [batch, height, width, channels] (NHWC, default) or [batch, channels, height, width]; padding 'SAME' by
 * default; variables `<scope>/weights` [height, width, in, out] and `<scope>/biases`. Default scope `Conv`.
 * Errors: ValueError for a bad data_format, rank or unknown channel count; those of get_variable under reuse. */
export const conv2d = addArgScope(positional(api('conv2d', CONV_ORDER, (p: ConvolutionParams): Tensor => {
  if (p.dataFormat !== undefined && p.dataFormat !== null && p.dataFormat !== 'NHWC' && p.dataFormat !== 'NCHW') throw new ValueError(`Invalid data_format: '${String(p.dataFormat)}'`);
  return inLayerScope(p, 'Conv', (sc) => {
    const x = convertToTensor(p.inputs);
    if (x.shape.ndims !== 4) throw new ValueError(`Convolution expects input with rank 4, got ${x.shape.ndims ?? 'None'}`, { node: x.op.name, site: x.op.site?.location });
    const layer = new Conv2D({
      ...options(p, sc, x), filters: p.numOutputs, kernelSize: p.kernelSize as [number, number], strides: (p.stride ?? 1) as number, padding: p.padding ?? 'SAME',
      dataFormat: p.dataFormat === 'NCHW' ? 'channels_first' : 'channels_last', dilationRate: (p.rate ?? 1) as number,
    });
    const y = layer.apply(x);
    collect(layer.kernel, p.variablesCollections, 'weights');
    if (layer.bias) collect(layer.bias, p.variablesCollections, 'biases');
    return finish(p, y);
  });
}, { required: 3, python: 'convolution2d' }), CONV_ORDER));
/** The full name of `conv2d`. */
export const convolution2d = conv2d;

interface FullyConnectedParams extends Common { inputs: TensorLike; numOutputs: number }
const FC_ORDER = ['inputs', 'numOutputs', 'activationFn', 'normalizerFn', 'normalizerParams', 'weightsInitializer', 'weightsRegularizer', 'biasesInitializer', 'biasesRegularizer',
  'reuse', 'variablesCollections', 'outputsCollections', 'trainable', 'scope'] as const;

/** `tf.contrib.layers.fully_connected`: x * weights + biases over the last axis and by default a ReLU
 * (`activationFn: null` for none, as logits need). Variables `<scope>/weights` [in, out], `<scope>/biases`; default
 * scope `fully_connected`. Errors: ValueError when the last axis of `inputs` is unknown. */
export const fullyConnected = addArgScope(positional(api('fullyConnected', FC_ORDER, (p: FullyConnectedParams): Tensor => {
  if (!Number.isInteger(p.numOutputs)) throw new ValueError(`num_outputs type should be one of [<class 'int'>], got ${typeof p.numOutputs}.`);
  return inLayerScope(p, snakeCase('fullyConnected'), (sc) => {
    const x = convertToTensor(p.inputs);
    const layer = new Dense({ ...options(p, sc, x), units: p.numOutputs });
    const y = layer.apply(x);
    collect(layer.kernel, p.variablesCollections, 'weights');
    if (layer.bias) collect(layer.bias, p.variablesCollections, 'biases');
    return finish(p, y);
  });
}, { required: 2 }), FC_ORDER));

interface FlattenParams { inputs: TensorLike; outputsCollections?: Common['outputsCollections']; scope?: string | null }
/** `tf.contrib.layers.flatten`: [batch, everything else]; default name scope `Flatten`. Errors: those of `tf.layers.flatten`. */
export const flatten = addArgScope(positional(api('flatten', ['inputs', 'outputsCollections', 'scope'], (p: FlattenParams): Tensor =>
  inScope(p.scope, 'Flatten', [p.inputs], () => intoCollections(flattened(convertToTensor(p.inputs)), p.outputsCollections)), { required: 1 }), ['inputs', 'outputsCollections', 'scope']));

function positional<F extends (...a: never[]) => unknown>(f: F, names: readonly string[]): F {
  setPositional(f, names);
  return f;
}
