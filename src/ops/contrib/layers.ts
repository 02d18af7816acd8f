// contrib.layers: convolutions and fully_connected, with their default ReLU and normalizers.
// Follows contrib/layers/python/layers/layers.py (1.15).
import type { DType } from '../../graph/dtype.ts';
import { ValueError } from '../../graph/errors.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { type Args, isOptions } from '../api.ts';
import { tile } from '../array_slice.ts';
import { int32Vector } from '../building.ts';
import { convertToTensor } from '../convert.ts';
import { zerosInitializer } from '../init_ops.ts';
import { Conv2DTranspose, Conv3DTranspose, SeparableConv2D } from '../layers/conv_transpose.ts';
import { Conv1D, Conv2D, Conv3D, type Size } from '../layers/convolutional.ts';
import { Dense } from '../layers/core.ts';
import { depthwiseConv2d } from '../nn_convolution.ts';
import { biasAdd, elu, relu, relu6 } from '../nn_activation.ts';
import type { InitializerLike, Regularizer, Reuse, VariableScope } from '../variable_scope.ts';
import { xavierInitializer } from './initializers.ts';
import { type Activation, collect, collectionsOf, dataFormatOf, finish, inLayerScope, type LayerParams, type Normalizer, scoped } from './layer_scopes.ts';
import { modelVariable } from './variables.ts';

interface Common extends LayerParams {
  normalizerFn?: Normalizer | null;
  normalizerParams?: Readonly<Record<string, unknown>> | null;
  weightsInitializer?: InitializerLike | null;
  weightsRegularizer?: Regularizer | null;
  biasesInitializer?: InitializerLike | null;
  biasesRegularizer?: Regularizer | null;
}
const TAIL = ['activationFn', 'normalizerFn', 'normalizerParams', 'weightsInitializer', 'weightsRegularizer', 'biasesInitializer', 'biasesRegularizer', 'reuse', 'variablesCollections', 'outputsCollections', 'trainable', 'scope'] as const;
const RENAMED = { kernel: 'weights', bias: 'biases' } as const;

interface Shared { biasInitializer: InitializerLike | null; biasRegularizer: Regularizer | null; useBias: boolean; trainable: boolean; name: string; dtype: DType; scope: VariableScope; reuse: Reuse | null }
const weightsOf = (p: Common): InitializerLike | null => (p.weightsInitializer === undefined ? xavierInitializer() : p.weightsInitializer);
const biasesOf = (p: Common): InitializerLike | null => (p.biasesInitializer === undefined ? zerosInitializer() : p.biasesInitializer);
/** What every core layer is told. */
function shared(p: Common, sc: VariableScope, x: Tensor): Shared {
  const biasInitializer = biasesOf(p);
  return { biasInitializer, biasRegularizer: p.biasesRegularizer ?? null, useBias: !p.normalizerFn && biasInitializer !== null, trainable: p.trainable ?? true, name: sc.name, dtype: x.dtype.baseDtype, scope: sc, reuse: p.reuse ?? null };
}
const kernels = (p: Common): { kernelInitializer: InitializerLike | null; kernelRegularizer: Regularizer | null } => ({ kernelInitializer: weightsOf(p), kernelRegularizer: p.weightsRegularizer ?? null });
const normalized = (p: Common, y: Tensor): Tensor => (p.normalizerFn ? p.normalizerFn(y, { ...p.normalizerParams } as never) : y);
/** Normalizer, then activation: ReLU unless another or none is asked for. */
const activated = (p: Common, y: Tensor): Tensor => finish({ ...p, activationFn: p.activationFn === undefined ? relu : p.activationFn }, y);

// --- convolutions ---------------------------------------------------------------------------------------------------------

interface ConvolutionParams extends Common {
  numOutputs: number;
  kernelSize: Size;
  stride?: Size;
  padding?: string;
  dataFormat?: 'NWC' | 'NCW' | 'NHWC' | 'NCHW' | 'NDHWC' | 'NCDHW' | null;
  rate?: Size;
}
const CONV_ORDER = ['inputs', 'numOutputs', 'kernelSize', 'stride', 'padding', 'dataFormat', 'rate', ...TAIL] as const;
const FORMATS: readonly unknown[] = [undefined, null, 'NWC', 'NCW', 'NHWC', 'NCHW', 'NDHWC', 'NCDHW'];
const CONVOLUTIONS = { 3: Conv1D, 4: Conv2D, 5: Conv3D } as const;

function convolve(p: ConvolutionParams & { convDims?: number | null }): Tensor {
  if (!FORMATS.includes(p.dataFormat)) throw new ValueError(`Invalid data_format: '${String(p.dataFormat)}'`);
  return inLayerScope(p, 'Conv', RENAMED, (sc) => {
    const x = convertToTensor(p.inputs), rank = x.shape.ndims, at = { node: x.op.name, site: x.op.site?.location };
    const dims = p.convDims ?? null;
    if (dims !== null && dims + 2 !== rank) throw new ValueError(`Convolution expects input with rank ${dims + 2}, got ${rank ?? 'None'}`, at);
    const make = CONVOLUTIONS[rank as 3 | 4 | 5] as typeof Conv2D | undefined;
    if (make === undefined) throw new ValueError(`('Convolution not supported for input with rank', ${rank ?? 'None'})`, at);
    const layer = new make({
      ...shared(p, sc, x), ...kernels(p), filters: p.numOutputs, kernelSize: p.kernelSize, strides: p.stride ?? 1, padding: p.padding ?? 'SAME',
      dataFormat: p.dataFormat?.startsWith('NC') ? 'channels_first' : 'channels_last', dilationRate: p.rate ?? 1,
    });
    const y = layer.apply(x);
    collect(layer.kernel, p.variablesCollections, 'weights');
    collect(layer.bias, p.variablesCollections, 'biases');
    return activated(p, normalized(p, y));
  });
}
type ConvFunction = ReturnType<typeof scoped<ConvolutionParams, typeof CONV_ORDER, Tensor>>;
const convolutional = (name: string, convDims: number): ConvFunction => scoped(name, CONV_ORDER, (p: ConvolutionParams) => convolve({ ...p, convDims }), { required: 3, python: `convolution${convDims}d` });
/** `tf.contrib.layers.convolution`: as `conv2d`, over one, two or three axes as the rank of `inputs` says. */
export const convolution = scoped('convolution', [...CONV_ORDER, 'convDims'], convolve, { required: 3 });
/** `tf.contrib.layers.conv1d`: over one axis of [batch, width, channels]. */
export const conv1d: ConvFunction = convolutional('conv1d', 1);
/** `tf.contrib.layers.conv2d`: convolution, bias (or normalizer), and by default a ReLU (`activationFn: null` for none).
 * `inputs` [batch, height, width, channels] (NHWC, default) or [batch, channels, height, width]; padding 'SAME' by
 * default; variables `<scope>/weights` [height, width, in, out] and `<scope>/biases`. Default scope `Conv`.
 * Errors: ValueError for a bad data_format, rank or unknown channel count; those of get_variable under reuse. */
export const conv2d: ConvFunction = convolutional('conv2d', 2);
/** `tf.contrib.layers.conv3d`: over three axes of [batch, depth, height, width, channels]. */
export const conv3d: ConvFunction = convolutional('conv3d', 3);

interface TransposeParams<F extends string> extends Common { numOutputs: number; kernelSize: Size; stride?: Size; padding?: string; dataFormat?: F }
const TRANSPOSE_ORDER = ['inputs', 'numOutputs', 'kernelSize', 'stride', 'padding', 'dataFormat', ...TAIL] as const;
type TransposeFunction<F extends string> = ReturnType<typeof scoped<TransposeParams<F>, typeof TRANSPOSE_ORDER, Tensor>>;
const transposed = <F extends string>(name: string, rank: 2 | 3, make: typeof Conv2DTranspose | typeof Conv3DTranspose, first: F, last: F): TransposeFunction<F> => scoped(name, TRANSPOSE_ORDER, (p: TransposeParams<F>): Tensor =>
  inLayerScope(p, `Conv${rank}d_transpose`, RENAMED, (sc) => {
    const dataFormat = dataFormatOf(p.dataFormat, first, last) === first ? 'channels_first' : 'channels_last';
    const x = convertToTensor(p.inputs);
    const layer = new make({ ...shared(p, sc, x), ...kernels(p), filters: p.numOutputs, kernelSize: p.kernelSize, strides: p.stride ?? 1, padding: p.padding ?? 'SAME', dataFormat });
    const y = layer.apply(x);
    collect(layer.kernel, p.variablesCollections, 'weights');
    collect(layer.bias, p.variablesCollections, 'biases');
    return activated(p, normalized(p, y));
  }), { required: 3, python: `convolution${rank}d_transpose` });
/** `tf.contrib.layers.conv2d_transpose`: the transposed convolution with bias (or normalizer) and by default a ReLU; padding 'SAME' by
 * default; variables `<scope>/weights` [height, width, out, in] and `<scope>/biases`. Default scope `Conv2d_transpose`. */
export const conv2dTranspose: TransposeFunction<'NHWC' | 'NCHW'> = transposed('conv2dTranspose', 2, Conv2DTranspose, 'NCHW', 'NHWC');
/** `tf.contrib.layers.conv3d_transpose`: the same over three axes. Default scope `Conv3d_transpose`. Errors: ValueError for a bad data_format. */
export const conv3dTranspose: TransposeFunction<'NDHWC' | 'NCDHW'> = transposed('conv3dTranspose', 3, Conv3DTranspose, 'NCDHW', 'NDHWC');

interface InPlaneParams extends Common { inputs: Tensor; kernelSize: Size; stride?: Size; padding?: string }
/** `tf.contrib.layers.conv2d_in_plane`: every channel of `inputs` [batch, height, width, channels] with the same filter, bias (or normalizer) and by default a ReLU; padding 'SAME' by default; variables
 * `<scope>/weights` [height, width, 1, 1] and `<scope>/biases`. Default scope `ConvInPlane`. */
export const conv2dInPlane = scoped('conv2dInPlane', ['inputs', 'kernelSize', 'stride', 'padding', ...TAIL], (p: InPlaneParams): Tensor =>
  inLayerScope(p, 'ConvInPlane', null, () => {
    const { inputs: x } = p, dtype = x.dtype.baseDtype, trainable = p.trainable ?? true, channels = x.shape.withRankAtLeast(4).at(-1).value, [height, width] = pair(p.kernelSize), [down, across] = pair(p.stride ?? 1);
    if (channels === null) throw new ValueError(`dimension -1 of shape must be known but is None: ${x.shape}`);
    const made = (name: 'weights' | 'biases', shape: number[], initializer: InitializerLike | null, regularizer: Regularizer | null | undefined): Tensor =>
      modelVariable({ name, shape, dtype, initializer, regularizer: regularizer ?? null, collections: collectionsOf(p.variablesCollections, name), trainable }) as unknown as Tensor;
    const weights = made('weights', [height!, width!, 1, 1], weightsOf(p), p.weightsRegularizer), filter = tile(weights, int32Vector([1, 1, channels, 1]));
    const y = depthwiseConv2d({ input: x, filter, strides: [1, down!, across!, 1], padding: p.padding ?? 'SAME' }), biases = biasesOf(p);
    return activated(p, p.normalizerFn || biases === null ? normalized(p, y) : biasAdd(y, made('biases', [channels], biases, p.biasesRegularizer)));
  }), { required: 2, python: 'convolution2d_in_plane' });

interface SeparableParams extends Common { numOutputs: number | null; kernelSize: Size; depthMultiplier?: number; stride?: Size; padding?: string; dataFormat?: 'NHWC' | 'NCHW'; rate?: Size; pointwiseInitializer?: InitializerLike | null }
const SEPARABLE = ['inputs', 'numOutputs', 'kernelSize', 'depthMultiplier', 'stride', 'padding', 'dataFormat', 'rate', 'activationFn', 'normalizerFn', 'normalizerParams', 'weightsInitializer', 'pointwiseInitializer', 'weightsRegularizer',
  'biasesInitializer', 'biasesRegularizer', 'reuse', 'variablesCollections', 'outputsCollections', 'trainable', 'scope'] as const;
/** `tf.contrib.layers.separable_conv2d`: a convolution of each channel into `depthMultiplier` ones, then one of 1 x 1 into `numOutputs` (left out when
 * null), bias (or normalizer) and by default a ReLU. Variables `depthwise_weights`, `pointwise_weights`, `biases`; default scope `SeparableConv2d`. */
export const separableConv2d = scoped('separableConv2d', SEPARABLE, (p: SeparableParams): Tensor => {
  const format = dataFormatOf(p.dataFormat, 'NCHW', 'NHWC');
  return inLayerScope(p, 'SeparableConv2d', { bias: 'biases', depthwise_kernel: 'depthwise_weights', pointwise_kernel: 'pointwise_weights' }, (sc) => {
    const x = convertToTensor(p.inputs), padding = p.padding ?? 'SAME', rate = pair(p.rate ?? 1), depthMultiplier = p.depthMultiplier ?? 1, regularizer = p.weightsRegularizer ?? null;
    if (p.numOutputs === null) return activated(p, depthwise(p, x, format, rate));
    const layer = new SeparableConv2D({
      ...shared(p, sc, x), filters: p.numOutputs, kernelSize: p.kernelSize, strides: p.stride ?? 1, padding, dataFormat: format === 'NCHW' ? 'channels_first' : 'channels_last', dilationRate: rate, depthMultiplier,
      depthwiseInitializer: weightsOf(p), pointwiseInitializer: p.pointwiseInitializer ?? weightsOf(p), depthwiseRegularizer: regularizer, pointwiseRegularizer: regularizer,
    });
    const y = layer.apply(x);
    for (const v of [layer.depthwiseKernel, layer.pointwiseKernel]) collect(v, p.variablesCollections, 'weights');
    collect(layer.bias, p.variablesCollections, 'biases');
    return activated(p, normalized(p, y));
  });
}, { required: 3, python: 'separable_convolution2d' });

/** The first half of a separable convolution alone. */
function depthwise(p: SeparableParams, x: Tensor, dataFormat: 'NHWC' | 'NCHW', rate: readonly number[]): Tensor {
  const [stride, multiplier, dtype, trainable] = [pair(p.stride ?? 1), p.depthMultiplier ?? 1, x.dtype.baseDtype, p.trainable ?? true];
  const first = dataFormat === 'NCHW';
  if (x.shape.dims === null) throw new ValueError('dims of shape must be known but is None');
  if (x.shape.dims.length < 4) throw new ValueError(`rank of shape must be at least 4 not: ${x.shape.dims.length}`);
  const channels = x.shape.at(first ? 1 : -1).value;
  if (channels === null) throw new ValueError(`dimension ${first ? 1 : -1} of shape must be known but is None: ${x.shape}`);
  const made = (name: string, shape: number[], initializer: InitializerLike | null, regularizer: Regularizer | null | undefined, key: string): Tensor =>
    modelVariable({ name, shape, dtype, initializer, regularizer: regularizer ?? null, trainable, collections: collectionsOf(p.variablesCollections, key) }) as unknown as Tensor;
  const filter = made('depthwise_weights', [...pair(p.kernelSize), channels, multiplier], weightsOf(p), p.weightsRegularizer, 'weights');
  const y = depthwiseConv2d({ input: x, filter, strides: first ? [1, 1, ...stride] : [1, ...stride, 1], padding: (p.padding ?? 'SAME') as 'SAME', rate, dataFormat });
  if (p.normalizerFn) return normalized(p, y);
  const initializer = biasesOf(p);
  return initializer === null ? y : biasAdd(y, made('biases', [multiplier * channels], initializer, p.biasesRegularizer, 'biases'), { dataFormat });
}
function pair(v: Size): number[] {
  if (typeof v === 'number') return [v, v];
  if (!Array.isArray(v)) throw new ValueError('Must be an int, a list with 2 elements or a TensorShape of length 2');
  if (v.length !== 2) throw new ValueError(`Must be a list with 2 elements: [${v.join(', ')}]`);
  return [...v as readonly number[]];
}

// --- fully connected ------------------------------------------------------------------------------------------------------

interface FullyConnectedParams extends Common { numOutputs: number }
const FULLY_CONNECTED = ['inputs', 'numOutputs', ...TAIL] as const;
/** `tf.contrib.layers.fully_connected`: x * weights + biases over the last axis and by default a ReLU
 * (`activationFn: null` for none, as logits need). Variables `<scope>/weights` [in, out], `<scope>/biases`; default
 * scope `fully_connected`. Errors: ValueError when the last axis of `inputs` is unknown. */
export const fullyConnected = scoped('fullyConnected', FULLY_CONNECTED, (p: FullyConnectedParams): Tensor => {
  if (!Number.isInteger(p.numOutputs)) throw new ValueError(`num_outputs type should be one of [<class 'int'>], got ${typeof p.numOutputs}.`);
  return inLayerScope(p, 'fully_connected', RENAMED, (sc) => {
    const x = convertToTensor(p.inputs);
    const layer = new Dense({ ...shared(p, sc, x), ...kernels(p), units: p.numOutputs });
    const y = layer.apply(x);
    collect(layer.kernel, p.variablesCollections, 'weights');
    collect(layer.bias, p.variablesCollections, 'biases');
    return activated(p, normalized(p, y));
  });
}, { required: 2 });
type Connected = (...args: Args<FullyConnectedParams, typeof FULLY_CONNECTED>) => Tensor;
/** Python's `functools.partial`: with this activation unless one is given by name. */
function activatedBy(activationFn: Activation | null): Connected {
  const f = (...args: unknown[]): Tensor => {
    const own = isOptions(args.at(-1)) ? args.pop() as object : {};
    return (fullyConnected as unknown as (...a: unknown[]) => Tensor)(...args, { activationFn, ...own });
  };
  return Object.defineProperty(f, 'name', { value: 'fully_connected' }) as unknown as Connected;
}
/** `tf.contrib.layers.linear`: `fully_connected` without an activation. */
export const linear: Connected = activatedBy(null);
/** `tf.contrib.layers.relu`: `fully_connected` with a ReLU, whatever arg_scope says. */
export const reluLayer: Connected = activatedBy(relu);
/** `tf.contrib.layers.relu6`. */
export const relu6Layer: Connected = activatedBy(relu6);
/** `tf.contrib.layers.elu`. */
export const eluLayer: Connected = activatedBy(elu);
