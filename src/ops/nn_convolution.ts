// Convolution and pooling with dilation by way of the batch: blocks of space become images of their own, an undilated op
// runs on them, and they are put back. Follows python/ops/nn_ops.py, nn_impl.py (1.15).
import { int32 } from '../graph/dtype.ts';
import { ValueError } from '../graph/errors.ts';
import { NDArray } from '../graph/ndarray.ts';
import { type Dim, TensorShape } from '../graph/shape.ts';
import { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { concat, expandDims, shape as shapeOf, squeeze } from './array_ops.ts';
import { stacked } from './array_join.ts';
import { batchToSpaceNd, requiredSpaceToBatchPaddings, spaceToBatchNd } from './array_space.ts';
import { inScope, indexTensor, int32Vector } from './building.ts';
import { constantValue } from './constant_value.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { conv2d, type DataFormat, depthwiseConv2dNative } from './nn_conv.ts';
import { conv1d } from './nn_conv_transpose.ts';
import { avgPool, avgPool3d, maxPool, maxPool3d } from './nn_pool.ts';
import { op1 } from './op_def_library.ts';
import { intsOf } from './shape_fns.ts';
import { isChannelsFirst, sequenceOf } from './spatial.ts';
import './tensor_operators.ts';

const valuesOf = (t: Tensor): number[] | undefined => { const v = constantValue(t); return v && intsOf(v); };
const isFirst = (format: string | null | undefined): boolean => format !== null && format !== undefined && isChannelsFirst(format);

/** An op of `n` spatial dimensions with its padding. */
type Inner = (x: Tensor, n: number, padding: string) => Tensor;
interface Dilated { readonly rate: TensorLike; readonly padding: string; readonly filterShape?: TensorLike | TensorShape | null; readonly spatialDims?: readonly number[] | null; readonly dataFormat?: string | null }

/** `_WithSpaceToBatch`: checks, then the function that runs `op` on blocks of `rate`. The filter (for its shape, and the
 * number of channels when they come first) may be given when it is called. */
function spaceToBatchOp(inputShape: TensorShape, o: Dilated, op: Inner): (x: Tensor, filter: Tensor | null) => Tensor {
  const rate = indexTensor(o.rate, 'dilation_rate', int32);
  if (rate.shape.ndims !== 1) throw new ValueError('rate must be rank 1');
  if (!rate.shape.isFullyDefined) throw new ValueError('rate must have known shape');
  const n = rate.shape.asList()[0]!, first = isFirst(o.dataFormat);
  const dims = o.spatialDims ?? Array.from({ length: n }, (_, i) => i + (first ? 2 : 1));
  if (dims.some((d, i) => d < 1 || (i > 0 && d <= dims[i - 1]!))) throw new ValueError('spatial_dims must be a montonically increasing sequence of positive integers');
  const rank = dims[dims.length - 1]! + (first ? 0 : 1);
  if (inputShape.ndims !== null && inputShape.ndims < rank) throw new ValueError(`input tensor must have rank ${rank} at least`);
  const known = valuesOf(rate);
  if (known?.some((r) => r < 1)) throw new ValueError('dilation_rate must be positive');
  if (known?.every((r) => r === 1)) return (x) => op(x, n, o.padding);
  let base: TensorLike | null = null;
  if (o.padding === 'SAME') {
    if (o.filterShape === undefined || o.filterShape === null) throw new ValueError('filter_shape must be specified for SAME padding');
    const filter = indexTensor(o.filterShape as TensorLike, 'filter_shape');
    const sizes = valuesOf(filter);
    if (sizes) base = basePaddings(sizes, n, known ?? rate);
  } else if (o.padding === 'VALID') base = int32Vector(Array.from({ length: 2 * n }, () => 0)).reshape([n, 2]);
  else throw new ValueError(`Invalid padding method '${o.padding}'`);

  return (x, filter) => {
    const sizes: Dim[] | null = inputShape.dims === null ? null : dims.map((d) => inputShape.dims![d]!);
    let space: TensorLike;
    if (sizes === null || sizes.includes(null)) {
      const whole = shapeOf(x);
      space = stacked(dims.map((d) => whole.at(d)));
    } else space = int32Vector(sizes as number[]);
    const around = base ?? basePaddings(shapeOf(filter!), n, known ?? rate);
    const [paddings, crops] = requiredSpaceToBatchPaddings({ inputShape: space, basePaddings: around, blockShape: rate });
    const block = adjusted(rate, 1, dims), pad = adjusted(paddings, 0, dims), crop = adjusted(crops, 0, dims);
    const stack = spaceToBatchNd(x, block, pad);
    const y = batchToSpaceNd(op(stack, n, 'VALID'), block, crop);
    if (first && filter !== null && !y.shape.dims?.[1]) {
      const out: Dim[] = [...y.shape.asList()];
      out[1] = filter.shape.at(-1).value;
      y.setShape(new TensorShape(out));
    }
    return y;
  };
}
/** What SAME padding adds around the input of a VALID op with a dilated filter. */
function basePaddings(filterShape: number[] | Tensor, n: number, rate: number[] | Tensor): Tensor {
  if (Array.isArray(filterShape) && Array.isArray(rate)) {
    const pairs = rate.flatMap((r, i) => { const extra = (filterShape[i]! - 1) * r, start = Math.floor(extra / 2); return [start, extra - start]; });
    return stacked(int32Vector(pairs).reshape([n, 2]) as never);
  }
  const tensor = (v: number[] | Tensor): Tensor => (Array.isArray(v) ? convertToTensor(int32Vector(v)) : v);
  const filter = tensor(filterShape).at([null, n]), less = Array.isArray(rate) ? int32Vector(rate.map((r) => r - 1)) : rate.sub(1);
  const extra = filter.add(filter.sub(1).mul(less)).sub(1), start = extra.floordiv(2), end = extra.sub(start);
  return stacked(Array.from({ length: n }, (_, i) => [start.at(i), end.at(i)]));
}
/** Rows for all dimensions from the first behind the batch to the last spatial one: `fill` where they are not spatial. */
function adjusted(rows: Tensor, fill: number, dims: readonly number[]): TensorLike {
  const width = rows.shape.asList().slice(1) as number[], each = width.reduce((a, b) => a * b, 1), known = constantValue(rows);
  const parts: (NDArray | Tensor)[] = [];
  let last = 0;
  for (let i = 0; i < dims.length;) {
    const start = i, gap = dims[i]! - 1 - last;
    if (dims[i]! > 1) parts.push(new NDArray(int32, [gap, ...width], new Int32Array(gap * each).fill(fill)));
    while (i + 1 < dims.length && dims[i + 1] === dims[i]! + 1) i++;
    parts.push(known ? new NDArray(int32, [i + 1 - start, ...width], Int32Array.from(intsOf(known).slice(start * each, (i + 1) * each))) : rows.at([start, i + 1]));
    last = dims[i++]!;
  }
  if (!known) return concat(parts, 0);
  const values = (parts as NDArray[]).flatMap((p) => [...(p.data as Int32Array)]);
  return new NDArray(int32, [values.length / each, ...width], Int32Array.from(values));
}

interface WithSpaceToBatchParams { input: TensorLike; dilationRate: TensorLike; padding: string; op: Inner; filterShape?: TensorLike | null; spatialDims?: readonly number[] | null; dataFormat?: string | null }
/** `tf.nn.with_space_to_batch`: runs `op(x, numSpatialDims, padding)` as if its filter or window were dilated by
 * `dilationRate`. Errors: ValueError for rates that are not positive or spatial dimensions that do not ascend. */
export const withSpaceToBatch = api('withSpaceToBatch', ['input', 'dilationRate', 'padding', 'op', 'filterShape', 'spatialDims', 'dataFormat'], (p: WithSpaceToBatchParams): Tensor => {
  const input = convertToTensor(p.input, { name: 'input' });
  return spaceToBatchOp(input.shape, { rate: p.dilationRate, padding: p.padding, filterShape: p.filterShape ?? null, spatialDims: p.spatialDims ?? null, dataFormat: p.dataFormat ?? null }, p.op)(input, null);
}, { required: 4 });

/** `_get_strides_and_dilation_rate`. */
function stridesAndRate(n: number, strides: readonly number[] | null | undefined, rate: readonly number[] | null | undefined): { strides: number[]; rate: number[] } {
  const list = (v: readonly number[] | null | undefined, name: string): number[] => {
    const a = v ? [...v] : Array.from({ length: n }, () => 1);
    if (a.length !== n) throw new ValueError(name === 'strides' ? `len(strides)=${a.length} but should be ${n}` : `len(dilation_rate)=${a.length} but should be ${n}`);
    if (a.some((d) => d < 1)) throw new ValueError(`all values of ${name} must be positive`);
    return a;
  };
  const r = list(rate, 'dilation_rate'), s = list(strides, 'strides');
  if (s.some((d) => d > 1) && r.some((d) => d > 1)) throw new ValueError('strides > 1 not supported in conjunction with dilation_rate > 1');
  return { strides: s, rate: r };
}

export interface ConvolutionOptions { readonly padding: string; readonly strides?: readonly number[] | null; readonly dilationRate?: readonly number[] | null; readonly dataFormat?: string | null; readonly name?: string | null }

/** `nn_ops.Convolution`, what layers convolve with: checks shapes, makes the `dilation_rate` Const, returns the function that
 * adds the nodes. Errors: ValueError for mismatched channels and for strides together with dilation. */
export function makeConvolution(input: TensorShape, filter: TensorShape, o: ConvolutionOptions): (x: Tensor, w: Tensor) => Tensor {
  const total = filter.ndims ?? input.ndims;
  if (total === null) throw new ValueError('rank of input or filter must be known');
  if (input.ndims !== null && input.ndims !== total) throw new ValueError(`input tensor must have rank ${total}`);
  const n = total - 2, first = isFirst(o.dataFormat);
  const channels = input.dims?.[first ? 1 : n + 1] ?? null, depth = filter.dims?.[n] ?? null;
  if (channels !== null && depth !== null && channels !== depth) throw new ValueError(`number of input channels does not match corresponding dimension of filter, ${channels} != ${depth}`);
  const { strides, rate } = stridesAndRate(n, o.strides, o.dilationRate);
  let filterTensor: Tensor | null = null;
  const run = spaceToBatchOp(input, { rate: int32Vector(rate), padding: o.padding, filterShape: filter, spatialDims: rate.map((_, i) => i + (first ? 2 : 1)), dataFormat: o.dataFormat ?? null },
    (x, _, padding) => undilated(n, x, filterTensor!, strides, padding, o.dataFormat ?? null, o.name ?? null));
  return (x, w) => { filterTensor = w; return run(x, w); };
}
/** `_NonAtrousConvolution`. */
function undilated(n: number, x: Tensor, filter: Tensor, strides: readonly number[], padding: string, dataFormat: string | null, name: string | null): Tensor {
  const all = sequenceOf(strides, n, isFirst(dataFormat), 'strides');
  switch (n) {
    case 1: return conv1d({ value: x, filters: filter, stride: strides[0]!, padding, dataFormat: dataFormat ?? 'NWC', name });
    case 2: return conv2d({ input: x, filter, strides: all, padding, dataFormat: (dataFormat ?? 'NHWC') as DataFormat, name });
    case 3: return op1('Conv3D', [x, filter], { strides: all, padding, data_format: dataFormat ?? 'NDHWC' }, name);
    default: throw new ValueError('`input` and `filter` must have rank at least 3 and at most 5');
  }
}

type Sizes = number | readonly number[];
interface ConvolutionParams {
  input: TensorLike; filter?: TensorLike | null; padding: string; strides?: Sizes | null; dilationRate?: Sizes | null; name?: string | null; dataFormat?: string | null; filters?: TensorLike | null; dilations?: Sizes | null;
}
/** `tf.nn.convolution`: cross-correlation over one, two or three axes of `input` [batch, space.., channels] with `filter`
 * [space.., in, out], dilated by `dilationRate` by way of the batch. Errors: ValueError for other ranks and for strides
 * together with dilation. */
export const convolution = api('convolution', ['input', 'filter', 'padding', 'strides', 'dilationRate', 'name', 'dataFormat', 'filters', 'dilations'], (p: ConvolutionParams): Tensor => {
  const input = convertToTensor(p.input), filter = convertToTensor((p.filter ?? p.filters)!);
  const rank = input.shape.ndims ?? filter.shape.ndims;
  if (rank === null) throw new ValueError('rank of input or filter must be known');
  const n = rank - 2;
  if (!(n >= 1 && n <= 3)) throw new ValueError(`Input tensor must be of rank 3, 4 or 5 but was ${rank}.`);
  const dataFormat = p.dataFormat ?? null, first = isFirst(dataFormat);
  const strides = sequenceOf(p.strides ?? null, n, first, 'strides'), dilations = sequenceOf(p.dilations ?? p.dilationRate ?? null, n, first, 'dilations');
  return inScope(p.name, 'convolution', [input, filter], (name) => {
    if (dilations.every((d) => d === 1)) {
      const attrs = { strides, padding: p.padding, dilations };
      if (n === 1) return conv1d({ value: input, filters: filter, stride: strides, padding: p.padding, dataFormat, dilations, name });
      return op1(n === 2 ? 'Conv2D' : 'Conv3D', [input, filter], { ...attrs, data_format: dataFormat ?? (n === 2 ? 'NHWC' : 'NDHWC') }, name);
    }
    const inner = (v: readonly number[]): number[] => (first ? v.slice(2) : v.slice(1, -1));
    return makeConvolution(input.shape, filter.shape, { padding: p.padding, strides: inner(strides), dilationRate: inner(dilations), dataFormat, name })(input, filter);
  });
}, { required: 3 });

/** `tf.nn.atrous_conv2d`: `tf.nn.convolution` of images with the same `rate` along both axes (or one for each). */
export const atrousConv2d = api('atrousConv2d', ['value', 'filters', 'rate', 'padding', 'name'], (p: { value: TensorLike; filters: TensorLike; rate: Sizes; padding: string; name?: string | null }): Tensor =>
  convolution({ input: p.value, filter: p.filters, padding: p.padding, dilationRate: typeof p.rate === 'number' ? [p.rate, p.rate] : p.rate, name: p.name ?? null }), { required: 4 });

interface DepthwiseParams { input: TensorLike; filter: TensorLike; strides: readonly number[]; padding: string; rate?: readonly number[] | null; name?: string | null; dataFormat?: DataFormat | null; dilations?: readonly number[] | null }
/** `tf.nn.depthwise_conv2d`: every channel of `input` [batch, height, width, channels] with its own filters, `filter` [height,
 * width, in, multiplier]; `strides` has four numbers, `rate` two (default 1). */
export const depthwiseConv2d = api('depthwiseConv2d', ['input', 'filter', 'strides', 'padding', 'rate', 'name', 'dataFormat', 'dilations'], (p: DepthwiseParams): Tensor =>
  inScope(p.name, 'depthwise', [p.input, p.filter], (name) => {
    const input = convertToTensor(p.input, { name: 'tensor_in' }), filter = convertToTensor(p.filter, { name: 'filter_in' });
    return depthwise(input, filter, p, name);
  }), { required: 4 });
function depthwise(input: Tensor, filter: Tensor, p: Pick<DepthwiseParams, 'strides' | 'padding' | 'rate' | 'dataFormat' | 'dilations'>, name: string): Tensor {
  const format = p.dataFormat ?? null;
  const native: Inner = (x, _, padding) => depthwiseConv2dNative({ input: x, filter, strides: p.strides, padding, ...(format === null ? {} : { dataFormat: format }), name });
  return withSpaceToBatch({ input, filterShape: shapeOf(filter), dilationRate: int32Vector(p.dilations ?? p.rate ?? [1, 1]), padding: p.padding, dataFormat: format, op: native });
}

interface SeparableParams extends Omit<DepthwiseParams, 'filter'> { depthwiseFilter: TensorLike; pointwiseFilter: TensorLike }
/** `tf.nn.separable_conv2d`: a depthwise convolution followed by one of 1x1 that mixes the channels. */
export const separableConv2d = api('separableConv2d', ['input', 'depthwiseFilter', 'pointwiseFilter', 'strides', 'padding', 'rate', 'name', 'dataFormat', 'dilations'], (p: SeparableParams): Tensor =>
  inScope(p.name, 'separable_conv2d', [p.input, p.depthwiseFilter, p.pointwiseFilter], (name) => {
    const input = convertToTensor(p.input, { name: 'tensor_in' });
    const first = convertToTensor(p.depthwiseFilter, { name: 'depthwise_filter' }), second = convertToTensor(p.pointwiseFilter, { name: 'pointwise_filter' });
    const [h, w] = second.shape.withRank(4).dims!;
    for (const d of [h!, w!]) if (d !== null && d !== 1) throw new ValueError(`Dimensions ${d} and 1 are not compatible`);
    return conv2d({ input: depthwise(input, first, p, 'depthwise'), filter: second, strides: [1, 1, 1, 1], padding: 'VALID', dataFormat: p.dataFormat ?? null, name });
  }), { required: 5 });

interface PoolParams {
  input: TensorLike; windowShape: readonly number[]; poolingType: string; padding: string; dilationRate?: readonly number[] | null; strides?: readonly number[] | null; name?: string | null; dataFormat?: string | null; dilations?: readonly number[] | null;
}
const POOLS = { MAX: { 2: maxPool, 3: maxPool3d }, AVG: { 2: avgPool, 3: avgPool3d } } as const;
/** `tf.nn.pool`: 'MAX' or 'AVG' pooling over one, two or three axes in windows of `windowShape`, dilated by `dilationRate`
 * (padding 'VALID' only). Errors: ValueError for strides above the window or together with dilation. */
export const pool = api('pool', ['input', 'windowShape', 'poolingType', 'padding', 'dilationRate', 'strides', 'name', 'dataFormat', 'dilations'], (p: PoolParams): Tensor =>
  inScope(p.name, `${p.poolingType.toLowerCase()}_pool`, [p.input], (scope) => {
    const input = convertToTensor(p.input, { name: 'input' }), n = p.windowShape.length;
    if (n < 1 || n > 3) throw new ValueError('It is required that 1 <= num_spatial_dims <= 3.');
    input.shape.withRank(n + 2);
    const { strides, rate } = stridesAndRate(n, p.strides, p.dilations ?? p.dilationRate);
    if (p.padding === 'SAME' && rate.some((r) => r > 1)) throw new ValueError('pooling with SAME padding is not implemented for dilation_rate > 1');
    if (strides.some((s, i) => s > p.windowShape[i]!)) throw new ValueError('strides > window_shape not supported due to inconsistency between CPU and GPU implementations');
    const kind = POOLS[p.poolingType as 'MAX'] as (typeof POOLS)['MAX'] | undefined;
    if (!kind) throw new ValueError(`${n}-D ${p.poolingType} pooling is not supported.`);
    const first = isFirst(p.dataFormat), dims = strides.map((_, i) => i + (first ? 2 : 1));
    let [window, steps] = [p.windowShape, strides].map((v) => (first ? [1, 1, ...v] : [1, ...v, 1])) as [number[], number[]];
    let format = p.dataFormat ?? null;
    if (n === 1) {
      if (format !== null && format !== 'NWC' && format !== 'NCW') throw new ValueError('data_format must be either "NWC" or "NCW".');
      format = first ? 'NCHW' : 'NHWC';
      [window, steps] = [[1, ...window], [1, ...steps]];
    }
    const run = (x: Tensor, padding: string): Tensor => (n === 3 ? kind[3]({ input: x, ksize: window, strides: steps, padding, dataFormat: format, name: scope }) : kind[2]({ value: x, ksize: window, strides: steps, padding, dataFormat: format as DataFormat | null, name: scope }));
    return withSpaceToBatch({
      input, dilationRate: int32Vector(rate), padding: p.padding, spatialDims: dims, filterShape: int32Vector(p.windowShape),
      op: (x, _, padding) => (n === 1 ? squeeze(run(expandDims(x, dims[0]!), padding), { axis: [dims[0]!] }) : run(x, padding)),
    });
  }), { required: 4 });
