// contrib.layers without weights (pooling, dropout, flatten, one_hot_encoding, softmax), bias_add, and towers by repeat and stack.
// Follows contrib/layers/python/layers/layers.py (1.15).
import { int32 } from '../../graph/dtype.ts';
import { ValueError } from '../../graph/errors.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { isOptions } from '../api.ts';
import { oneHot } from '../array_gather.ts';
import { reshape, shape as shapeOf } from '../array_shape.ts';
import { convertToTensor, type TensorLike } from '../convert.ts';
import { zerosInitializer } from '../init_ops.ts';
import type { Layer } from '../layers/base.ts';
import type { Size } from '../layers/convolutional.ts';
import { Dropout, type DropoutOptions, flatten as flattened } from '../layers/dropout.ts';
import { AveragePooling2D, AveragePooling3D, MaxPooling2D, MaxPooling3D, type PoolingOptions } from '../layers/pooling.ts';
import { toInt64 } from '../math_cast.ts';
import { biasAdd as added } from '../nn_activation.ts';
import { pool as pooled } from '../nn_convolution.ts';
import { softmax as soft } from '../nn_softmax.ts';
import type { InitializerLike, Regularizer } from '../variable_scope.ts';
import { collectionsOf, collectOutputs, dataFormatOf, finish, inLayerScope, inNameScope, type LayerParams, type OutputsCollections, pythonName, scoped } from './layer_scopes.ts';
import { modelVariable } from './variables.ts';
import '../tensor_operators.ts';

interface Plain { inputs: TensorLike; outputsCollections?: OutputsCollections; scope?: string | null }

// --- pooling ----------------------------------------------------------------------------------------------------------------

interface WindowParams extends Plain { kernelSize: Size; stride?: Size; padding?: string; dataFormat?: string | null }
const WINDOW = ['inputs', 'kernelSize', 'stride', 'padding', 'dataFormat', 'outputsCollections', 'scope'] as const;
type WindowFunction = ReturnType<typeof scoped<WindowParams, typeof WINDOW, Tensor>>;
const pooling = (name: string, defaultName: string, formats: readonly [string, string], make: new (o: PoolingOptions) => Layer): WindowFunction => scoped(name, WINDOW, (p: WindowParams): Tensor => {
  const dataFormat = dataFormatOf(p.dataFormat, ...formats).startsWith('NC') ? 'channels_first' : 'channels_last';
  return inNameScope(p, defaultName, (scope) => {
    const x = convertToTensor(p.inputs);
    return new make({ poolSize: p.kernelSize, strides: p.stride ?? 2, padding: p.padding ?? 'VALID', dataFormat, scope }).apply(x);
  });
}, { required: 2 });
/** `tf.contrib.layers.avg_pool2d`: means of windows of [batch, height, width, channels]; stride 2 and padding 'VALID' by default. Name scope `AvgPool2D`. Errors: ValueError for a bad data_format. */
export const avgPool2d = pooling('avgPool2d', 'AvgPool2D', ['NCHW', 'NHWC'], AveragePooling2D);
/** `tf.contrib.layers.avg_pool3d`. */
export const avgPool3d = pooling('avgPool3d', 'AvgPool3D', ['NCDHW', 'NDHWC'], AveragePooling3D);
/** `tf.contrib.layers.max_pool2d`: the greatest of windows; stride 2 and padding 'VALID' by default. Name scope `MaxPool2D`. */
export const maxPool2d = pooling('maxPool2d', 'MaxPool2D', ['NCHW', 'NHWC'], MaxPooling2D);
/** `tf.contrib.layers.max_pool3d`. */
export const maxPool3d = pooling('maxPool3d', 'MaxPool3D', ['NCDHW', 'NDHWC'], MaxPooling3D);

interface PoolParams extends Plain { kernelSize: Size; poolingType: string; padding?: string; dataFormat?: string | null; dilationRate?: Size; stride?: Size }
/** `tf.contrib.layers.pool`: 'MAX' or 'AVG' pooling over all axes between batch and channels; stride 1 and padding 'VALID' by default. Errors: ValueError for ranks unknown or under three. */
export const pool = scoped('pool', ['inputs', 'kernelSize', 'poolingType', 'padding', 'dataFormat', 'dilationRate', 'stride', 'outputsCollections', 'scope'], (p: PoolParams): Tensor =>
  inNameScope(p, `${p.poolingType.toLowerCase()}_pool`, (name) => {
    const input = convertToTensor(p.inputs), rank = input.shape.ndims;
    if (rank === null) throw new ValueError('Rank of inputs must be known');
    if (rank < 3) throw new ValueError('Rank of inputs must be >= 3');
    const [windowShape, dilationRate, strides] = [p.kernelSize, p.dilationRate ?? 1, p.stride ?? 1].map((v) => positive(rank - 2, v));
    return pooled({ input, windowShape: windowShape!, poolingType: p.poolingType, padding: p.padding ?? 'VALID', dataFormat: p.dataFormat ?? null, dilationRate: dilationRate!, strides: strides!, name });
  }), { required: 3 });
function positive(n: number, v: Size): number[] {
  if (typeof v !== 'number' && v.length !== n) throw new ValueError(`Expected sequence of ${n} positive integers, but received [${v.join(', ')}]`);
  const values = typeof v === 'number' ? Array.from({ length: n }, () => v) : [...v];
  for (const x of values) if (x < 1) throw new ValueError(`expected positive integer, but received ${x}`);
  return values;
}

// --- shapes and values ----------------------------------------------------------------------------------------------------

interface DropoutParams extends LayerParams { keepProb?: number | Tensor; noiseShape?: DropoutOptions['noiseShape']; isTraining?: boolean | Tensor; seed?: number | null }
/** `tf.contrib.layers.dropout`: with `isTraining` (true; a bool or a tensor) a share 1 - `keepProb` (0.5) of the elements is zeroed and the rest scaled up; else the inputs. Default scope `Dropout`. */
export const dropout = scoped('dropout', ['inputs', 'keepProb', 'noiseShape', 'isTraining', 'outputsCollections', 'scope', 'seed'], (p: DropoutParams): Tensor =>
  inLayerScope(p, 'Dropout', {}, (sc) => {
    const x = convertToTensor(p.inputs), keep = p.keepProb ?? 0.5;
    const layer = new Dropout({ rate: typeof keep === 'number' ? 1 - keep : keep.rsub(1), noiseShape: p.noiseShape ?? null, seed: p.seed ?? null, name: sc.name, scope: sc });
    return collectOutputs(layer.apply(x, { training: p.isTraining ?? true }), p.outputsCollections);
  }), { required: 1 });

/** `tf.contrib.layers.flatten`: [batch, everything else]. Name scope `Flatten`. */
export const flatten = scoped('flatten', ['inputs', 'outputsCollections', 'scope'], (p: Plain): Tensor => inNameScope(p, 'Flatten', () => flattened(convertToTensor(p.inputs))), { required: 1 });

interface OneHotParams { labels: TensorLike; numClasses: TensorLike; onValue?: TensorLike; offValue?: TensorLike; outputsCollections?: OutputsCollections; scope?: string | null }
/** `tf.contrib.layers.one_hot_encoding`: rows of `offValue` (0.0) with `onValue` (1.0) at each label. Name scope `OneHotEncoding`. */
export const oneHotEncoding = scoped('oneHotEncoding', ['labels', 'numClasses', 'onValue', 'offValue', 'outputsCollections', 'scope'], (p: OneHotParams): Tensor =>
  inNameScope({ ...p, inputs: p.labels }, 'OneHotEncoding', () => {
    const labels = convertToTensor(p.labels, { preferred: int32 });
    return oneHot(labels.dtype === int32 ? toInt64(labels) : labels, p.numClasses, { onValue: p.onValue ?? 1, offValue: p.offValue ?? 0 });
  }), { required: 2 });

/** `tf.contrib.layers.softmax`: over the last axis, whatever the rank. Default scope `softmax`. Errors: ValueError when the rank is unknown or under two, or the last axis unknown. */
export const softmax = scoped('softmax', ['logits', 'scope'], (p: { logits: Tensor; scope?: string | null }): Tensor =>
  inLayerScope({ inputs: p.logits, scope: p.scope ?? null }, 'softmax', null, () => {
    const { dims } = p.logits.shape;
    if (dims === null) throw new ValueError('dims of shape must be known but is None');
    if (dims.length < 2) throw new ValueError(`rank of shape must be at least 2 not: ${dims.length}`);
    const n = dims.at(-1)!;
    if (n === null) throw new ValueError(`dimension -1 of shape must be known but is None: ${p.logits.shape}`);
    const y = reshape(soft(reshape(p.logits, [-1, n])), shapeOf(p.logits));
    y.setShape(p.logits.shape);
    return y;
  }), { required: 1 });

interface BiasAddParams extends LayerParams { initializer?: InitializerLike | null; regularizer?: Regularizer | null; dataFormat?: 'NHWC' | 'NCHW' }
/** `tf.contrib.layers.bias_add`: adds a variable `<scope>/biases` of one number a channel. Default scope `BiasAdd`. Errors: ValueError for a bad data_format and for unknown ranks or channels. */
export const biasAdd = scoped('biasAdd', ['inputs', 'activationFn', 'initializer', 'regularizer', 'reuse', 'variablesCollections', 'outputsCollections', 'trainable', 'dataFormat', 'scope'], (p: BiasAddParams): Tensor => {
  const dataFormat = dataFormatOf(p.dataFormat, 'NCHW', 'NHWC'), first = dataFormat === 'NCHW';
  return inLayerScope(p, 'BiasAdd', null, () => {
    const x = convertToTensor(p.inputs), rank = x.shape.ndims;
    if (rank === null) throw new ValueError('Dims of shape must be known but is None');
    if (rank !== 4 && first) throw new ValueError('Data format NCHW only supports 4D Tensor');
    const n = x.shape.at(first ? 1 : -1).value;
    if (n === null) throw new ValueError('`C` dimension must be known but is None');
    const biases = modelVariable({ name: 'biases', shape: [n], dtype: x.dtype.baseDtype, initializer: p.initializer === undefined ? zerosInitializer() : p.initializer, regularizer: p.regularizer ?? null,
      collections: collectionsOf(p.variablesCollections, 'biases'), trainable: p.trainable ?? true });
    return finish(p, added(x, biases, { dataFormat }));
  });
}, { required: 1 });

// --- towers ---------------------------------------------------------------------------------------------------------------

type LayerFunction = (...args: never) => Tensor;
/** Applies a layer again and again, each time in a scope `<name>_<i>` of its own. */
function tower(inputs: TensorLike, layer: LayerFunction, defaultName: 'Repeat' | 'Stack', each: readonly (readonly unknown[])[], options: Readonly<Record<string, unknown>>): Tensor {
  const { scope = null, ...rest } = options as { scope?: string | null };
  return inLayerScope({ inputs, scope }, defaultName, null, () => {
    const name = scope ?? (pythonName(layer) || defaultName.toLowerCase());
    return each.reduce<Tensor>((x, args, i) => (layer as unknown as (...a: unknown[]) => Tensor)(x, ...args, { ...rest, scope: `${name}_${i + 1}` }), convertToTensor(inputs));
  });
}
/** `tf.contrib.layers.repeat`: `layer(inputs, ...args)` applied `repetitions` times to its own output, in scopes `<scope>/<scope>_1`, `_2`, ... (without
 * `scope`: `Repeat/<name of the layer>_1`). A last plain object among `args` holds the layer's options and `scope`. */
export function repeat(inputs: TensorLike, repetitions: number, layer: LayerFunction, ...args: readonly unknown[]): Tensor {
  const last = args.at(-1);
  const [given, options] = isOptions(last) ? [args.slice(0, -1), last] : [args, {}];
  return tower(inputs, layer, 'Repeat', Array.from({ length: repetitions }, () => given), options);
}
/** `tf.contrib.layers.stack`: `layer` applied once for each entry of `stackArgs` (an argument, or a list of them) to the output of the one before, in scopes
 * `<scope>/<scope>_1`, ... Errors: ValueError when `stackArgs` is no list. */
export function stack(inputs: TensorLike, layer: LayerFunction, stackArgs: readonly unknown[], options: Readonly<Record<string, unknown>> = {}): Tensor {
  if (!Array.isArray(stackArgs)) throw new ValueError('stack_args need to be a list or tuple');
  return tower(inputs, layer, 'Stack', stackArgs.map((a: unknown) => (Array.isArray(a) ? a : [a])), options);
}
