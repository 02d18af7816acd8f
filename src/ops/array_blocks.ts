// Blocks moved between space and depth, rolls, reversed sequences, patches. Follows array_ops.py, manip_ops.py, array_grad.py,
// manip_grad.py and core/ops/array_ops.cc (1.15).
import { int32 } from '../graph/dtype.ts';
import { NDArray } from '../graph/ndarray.ts';
import { type Dim, TensorShape } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { oneOf } from './array_shape.ts';
import { int32Vector } from './building.ts';
import type { TensorLike } from './convert.ts';
import { op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { dimOf, multiplyDims } from './shape_fns.ts';
import './tensor_operators.ts';

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
