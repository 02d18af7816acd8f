// Blocks moved between space and depth, rolls, reversed sequences, patches. Follows array_ops.py, manip_ops.py, array_grad.py,
// manip_grad.py and core/ops/array_ops.cc (1.15).
import { int32 } from '../graph/dtype.ts';
import { NDArray } from '../graph/ndarray.ts';
import { type Dim, TensorShape, UNKNOWN_SHAPE } from '../graph/shape.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { oneOf } from './array_shape.ts';
import { grad1, inputOf, int32Vector } from './building.ts';
import type { TensorLike } from './convert.ts';
import { op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { dimOf, divideDim, multiplyDims, replaceDim } from './shape_fns.ts';
import type { ShapeContext } from './shape_inference.ts';
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
