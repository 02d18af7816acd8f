// Blocks moved between space, depth and batch, rolls, reversed sequences, patches. Follows array_ops.py, manip_ops.py, array_grad.py,
// manip_grad.py and core/ops/array_ops.cc (1.15).
import { int32, int64 } from '../graph/dtype.ts';
import { ValueError } from '../graph/errors.ts';
import { NDArray } from '../graph/ndarray.ts';
import { type Dim, TensorShape, UNKNOWN_SHAPE } from '../graph/shape.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { oneOf } from './array_shape.ts';
import { stack } from './array_join.ts';
import { zeros } from './array_values.ts';
import { grad1, inputOf, inScope, int32Vector } from './building.ts';
import { constantValue } from './constant_value.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { addDims, dimOf, divideDim, intsOf, multiplyDims, replaceDim, subtractDims } from './shape_fns.ts';
import type { ShapeContext, ShapeFn } from './shape_inference.ts';
import './tensor_operators.ts';

const isNCHW = (format: string): boolean => format === 'NCHW';
const blockOf = (op: Operation): { block_size: number; data_format: string } => ({ block_size: Number(op.getAttr('block_size')), data_format: String(op.getAttr('data_format')) });
/** Shapes as [batch, height, width, depth] in either format. */
const inFormat = (c: ShapeContext, f: (n: Dim, h: Dim, w: Dim, d: Dim, block: number) => readonly [Dim, Dim, Dim, Dim]): TensorShape[] => {
  const s = c.withRank(c.input(0), 4), nchw = isNCHW(c.str('data_format'));
  const d = (i: number): Dim => dimOf(s, i);
  const [n, h, w, k] = nchw ? f(d(0), d(2), d(3), d(1), c.int('block_size')) : f(d(0), d(1), d(2), d(3), c.int('block_size'));
  return [new TensorShape(nchw ? [n, k, h, w] : [n, h, w, k])];
};
defineOp('SpaceToDepth', {
  shape: (c) => inFormat(c, (n, h, w, d, b) => [n, divideDim(c, h, b), divideDim(c, w, b), multiplyDims(d, b * b)]),
  grad: grad1((op, g) => [op1('DepthToSpace', [g], blockOf(op))]),
});
defineOp('DepthToSpace', {
  shape: (c) => inFormat(c, (n, h, w, d, b) => [n, multiplyDims(h, b), multiplyDims(w, b), divideDim(c, d, b * b)]),
  grad: grad1((op, g) => [op1('SpaceToDepth', [g], blockOf(op))]),
});

/** Batch and blocked dimensions of SpaceToBatchND and its inverse. */
const batchShape = (toBatch: boolean): ShapeFn => (c) => {
  const block = c.withRank(c.input(1), 1), m = dimOf(block, 0);
  if (m === null) return [UNKNOWN_SHAPE];
  const s = c.withRankAtLeast(c.input(0), 1 + m);
  if (s.dims === null) return [UNKNOWN_SHAPE];
  c.merge(c.withRank(c.input(2), 2), new TensorShape([m, 2]));
  const sizes = c.value(1), pads = c.value(2);
  let out = replaceDim(s, 0, null);
  if (sizes) {
    const b = intsOf(sizes), product = b.reduce((x, y) => x * y, 1), p = pads ? intsOf(pads) : undefined;
    b.forEach((n, i) => { if (n < 1) c.fail(`block_shape must be positive, got ${n}`); if (p && (p[2 * i]! < 0 || p[2 * i + 1]! < 0)) c.fail('paddings cannot be negative'); });
    out = replaceDim(out, 0, toBatch ? multiplyDims(dimOf(s, 0), product) : divideDim(c, dimOf(s, 0), product));
    b.forEach((n, i) => {
      const d = dimOf(s, i + 1), extra = p ? p[2 * i]! + p[2 * i + 1]! : null;
      out = replaceDim(out, i + 1, toBatch ? (extra === null ? null : divideDim(c, addDims(d, extra), n)) : extra === null ? null : subtractDims(c, multiplyDims(d, n), extra));
    });
  } else for (let i = 0; i < m; i++) out = replaceDim(out, i + 1, null);
  return [out];
};
defineOp('SpaceToBatchND', { shape: batchShape(true), grad: grad1((op, g) => [op1('BatchToSpaceND', [g, inputOf(op, 1), inputOf(op, 2)]), null, null]) });
defineOp('BatchToSpaceND', { shape: batchShape(false), grad: grad1((op, g) => [op1('SpaceToBatchND', [g, inputOf(op, 1), inputOf(op, 2)]), null, null]) });

defineOp('ReverseSequence', {
  shape: (c) => {
    const s = c.input(0), lengths = c.withRank(c.input(1), 1);
    if (s.dims === null) return [UNKNOWN_SHAPE];
    const [seq, batch] = [c.int('seq_dim'), c.int('batch_dim')];
    if (batch >= s.dims.length) c.fail(`batch_dim must be < input rank: ${batch} vs. ${s.dims.length}`);
    if (seq >= s.dims.length) c.fail(`seq_dim must be < input rank: ${seq} vs. ${s.dims.length}`);
    return [replaceDim(s, batch, c.mergeDim(dimOf(s, batch), dimOf(lengths, 0)))];
  },
  grad: grad1((op, g) => [op1('ReverseSequence', [g, inputOf(op, 1)], { seq_dim: Number(op.getAttr('seq_dim')), batch_dim: Number(op.getAttr('batch_dim')) }), null]),
});
defineOp('Roll', {
  shape: (c) => {
    c.withRankAtLeast(c.input(0), 1);
    c.withRankAtMost(c.input(1), 1);
    if (c.input(1).dims !== null && c.input(2).dims !== null) c.merge(c.input(1), c.input(2));
    return [c.input(0)];
  },
  grad: grad1((op, g) => [op1('Roll', [g, inputOf(op, 1).neg(), inputOf(op, 2)]), null, null]),
});
defineOp('ExtractImagePatches', {
  shape: (c) => {
    const s = c.withRank(c.input(0), 4);
    const [k, stride, rate] = [c.ints('ksizes'), c.ints('strides'), c.ints('rates')];
    if (k.length !== 4) c.fail(`ExtractImagePatches requires the ksizes attribute to contain 4 values, but got: ${k.length}`);
    if (stride.length !== 4) c.fail(`ExtractImagePatches requires the stride attribute to contain 4 values, but got: ${stride.length}`);
    if (rate.length !== 4) c.fail(`ExtractImagePatches requires the rates attribute to contain 4 values, but got: ${rate.length}`);
    const out = (i: number): Dim => {
      const d = dimOf(s, i), extent = (k[i]! - 1) * rate[i]! + 1;
      if (d === null) return null;
      return c.str('padding') === 'SAME' ? Math.ceil(d / stride[i]!) : Math.floor((d - extent + stride[i]!) / stride[i]!);
    };
    return [new TensorShape([dimOf(s, 0), out(1), out(2), multiplyDims(dimOf(s, 3), k[1]! * k[2]!)])];
  },
});

interface Block { input: TensorLike; blockSize: number; name?: string | null; dataFormat?: 'NHWC' | 'NCHW' | 'NCHW_VECT_C' }
const BLOCK = ['input', 'blockSize', 'name', 'dataFormat'] as const;
const block = (op: string) => (p: Block): Tensor => op1(op, [p.input], { block_size: p.blockSize, data_format: p.dataFormat ?? 'NHWC' }, p.name);
/** `tf.space_to_depth`: blocks of blockSize x blockSize pixels become depth. */
export const spaceToDepth = api('spaceToDepth', BLOCK, block('SpaceToDepth'), { required: 2 });
/** `tf.depth_to_space`: the inverse. */
export const depthToSpace = api('depthToSpace', BLOCK, block('DepthToSpace'), { required: 2 });

/** `tf.space_to_batch_nd`: zero-pads and moves blocks of the dimensions after the batch into it. */
export const spaceToBatchNd = api('spaceToBatchNd', ['input', 'blockShape', 'paddings', 'name'], (p: { input: TensorLike; blockShape: TensorLike; paddings: TensorLike; name?: string | null }): Tensor =>
  op1('SpaceToBatchND', [p.input, p.blockShape, p.paddings], {}, p.name), { required: 3 });
/** `tf.batch_to_space_nd`: the inverse, with `crops` cut off. */
export const batchToSpaceNd = api('batchToSpaceNd', ['input', 'blockShape', 'crops', 'name'], (p: { input: TensorLike; blockShape: TensorLike; crops: TensorLike; name?: string | null }): Tensor =>
  op1('BatchToSpaceND', [p.input, p.blockShape, p.crops], {}, p.name), { required: 3 });
/** The block of an image: numpy's int64 pair in TensorFlow. */
const square = (size: number): NDArray => new NDArray(int64, [2], BigInt64Array.of(BigInt(size), BigInt(size)));
function image(t: Tensor): Tensor { t.setShape(t.shape.ndims === null ? [null, null, null, null] : t.shape); return t; }
/** `tf.space_to_batch`: the same for images [batch, height, width, depth]. */
export const spaceToBatch = api('spaceToBatch', ['input', 'paddings', 'blockSize', 'name', 'blockShape'], (p: { input: TensorLike; paddings: TensorLike; blockSize?: number | null; name?: string | null; blockShape?: number | null }): Tensor =>
  image(op1('SpaceToBatchND', [p.input, square(oneOf('block_shape', p.blockShape, 'block_size', p.blockSize)!), p.paddings], {}, p.name)), { required: 2 });
/** `tf.batch_to_space`. */
export const batchToSpace = api('batchToSpace', ['input', 'crops', 'blockSize', 'name', 'blockShape'], (p: { input: TensorLike; crops: TensorLike; blockSize: number; name?: string | null; blockShape?: number | null }): Tensor =>
  image(op1('BatchToSpaceND', [p.input, square(p.blockShape ?? p.blockSize), p.crops], {}, p.name)), { required: 3 });

interface Required { inputShape: TensorLike; blockShape: TensorLike; basePaddings?: TensorLike | null; name?: string | null }
/** `tf.required_space_to_batch_paddings`: [paddings, crops] that make sizes divisible by the block. Errors: ValueError when the number of dimensions is unknown. */
export const requiredSpaceToBatchPaddings = api('requiredSpaceToBatchPaddings', ['inputShape', 'blockShape', 'basePaddings', 'name'], (p: Required): [Tensor, Tensor] =>
  inScope(p.name, 'required_space_to_batch_paddings', [p.inputShape, p.blockShape], () => {
    const shape = convertToTensor(p.inputShape, { dtype: int32, name: 'input_shape' });
    const blocks = convertToTensor(p.blockShape, { dtype: int32, name: 'block_shape' });
    const n = blocks.shape.dims?.length === 1 ? blocks.shape.dims[0]! : null;
    if (n === null) throw new ValueError(`Shape ${blocks.shape} is not fully defined`);
    if (n === 0) return [zeros([0, 2], int32), zeros([0, 2], int32)];
    const base = p.basePaddings === undefined || p.basePaddings === null ? zeros([n, 2], int32) : convertToTensor(p.basePaddings, { dtype: int32, name: 'base_paddings' });
    const [b, s, q] = [blocks, shape, base].map((t) => constantValue(t));
    if (b && s && q) {
      const [bs, ss, qs] = [intsOf(b), intsOf(s), intsOf(q)];
      const extra = bs.map((k, i) => (((k - (ss[i]! + qs[2 * i]! + qs[2 * i + 1]!) % k) % k) + k) % k);
      const pads = new NDArray(int32, [n, 2], Int32Array.from(bs.flatMap((_, i) => [qs[2 * i]!, qs[2 * i + 1]! + extra[i]!])));
      const crops = new NDArray(int32, [n, 2], Int32Array.from(bs.flatMap((_, i) => [0, extra[i]!])));
      return [convertToTensor(pads, { name: 'paddings' }), convertToTensor(crops, { name: 'crops' })];
    }
    const start = base.at(null, 0);
    const end = base.at(null, 1);
    const full = shape.add(start).add(end);
    const extra = blocks.sub(full.mod(blocks)).mod(blocks);
    const padEnd = end.add(extra);
    const rows = (f: (i: number) => TensorLike, name: string): Tensor => stack(Array.from({ length: n }, (_, i) => f(i)), 0, name);
    return [rows((i) => [start.at(i), padEnd.at(i)] as unknown as TensorLike, 'paddings'), rows((i) => [0, extra.at(i)] as unknown as TensorLike, 'crops')];
  }), { required: 2 });

interface ReverseSequence { input: TensorLike; seqLengths: TensorLike; seqAxis?: number | null; batchAxis?: number | null; name?: string | null; seqDim?: number | null; batchDim?: number | null }
/** `tf.reverse_sequence`: of each element of `batchAxis` (0) the first seqLengths[i] elements along `seqAxis` in reverse. */
export const reverseSequence = api('reverseSequence', ['input', 'seqLengths', 'seqAxis', 'batchAxis', 'name', 'seqDim', 'batchDim'], (p: ReverseSequence): Tensor =>
  op1('ReverseSequence', [p.input, p.seqLengths], { seq_dim: oneOf('seq_axis', p.seqAxis, 'seq_dim', p.seqDim) ?? undefined, batch_dim: oneOf('batch_axis', p.batchAxis, 'batch_dim', p.batchDim) ?? undefined }, p.name), { required: 2 });
/** `tf.roll`: elements moved by `shift` along `axis`, those beyond the end to the start; lists roll along several axes. */
export const roll = api('roll', ['input', 'shift', 'axis', 'name'], (p: { input: TensorLike; shift: TensorLike; axis: TensorLike; name?: string | null }): Tensor =>
  op1('Roll', [p.input, asInts(p.shift), asInts(p.axis)], {}, p.name), { required: 3 });
/** Python's ints where JavaScript has only numbers. */
function asInts(v: TensorLike): TensorLike {
  if (typeof v === 'number') return new NDArray(int32, [], Int32Array.of(v));
  return Array.isArray(v) && v.every((x) => typeof x === 'number') ? int32Vector(v as number[]) : v;
}

interface Patches { images: TensorLike; ksizes?: readonly number[] | null; strides?: readonly number[] | null; rates?: readonly number[] | null; padding?: string | null; name?: string | null; sizes?: readonly number[] | null }
/** `tf.extract_image_patches` (`tf.image.extract_image_patches`): windows of images, flattened into the depth; sizes, strides and rates are [1, rows, columns, 1]. */
export const extractImagePatches = api('extractImagePatches', ['images', 'ksizes', 'strides', 'rates', 'padding', 'name', 'sizes'], (p: Patches): Tensor =>
  op1('ExtractImagePatches', [p.images], { ksizes: oneOf('sizes', p.sizes, 'ksizes', p.ksizes) ?? undefined, strides: p.strides ?? undefined, rates: p.rates ?? undefined, padding: p.padding ?? undefined }, p.name), { required: 1 });
