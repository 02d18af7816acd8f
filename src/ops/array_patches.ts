// Patches of images and volumes, flattened into the depth. Follows python/ops/{array_ops,array_grad}.py and core/ops/array_ops.cc (1.15).
import { int64 } from '../graph/dtype.ts';
import { type Dim, TensorShape } from '../graph/shape.ts';
import { type Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { concat } from './array_join.ts';
import { expandDims, oneOf, reshape, shape as shapeOf, transpose } from './array_shape.ts';
import { ones } from './array_values.ts';
import { attrsOf, int32Vector } from './building.ts';
import type { TensorLike } from './convert.ts';
import { range } from './math_sequence.ts';
import { windowedSize } from './nn_conv.ts';
import { op1 } from './op_def_library.ts';
import { defineOp, type Grad } from './registry.ts';
import { dimOf, multiplyDims } from './shape_fns.ts';
import { sparseSlice, sparseTensorDenseMatmul } from './sparse_math.ts';
import { SparseTensor } from './sparse_tensor.ts';
import './tensor_operators.ts';

// --- gradients

/** A size: a number where the shape is known, else a scalar tensor. */
type Count = number | Tensor;
const product = (counts: readonly Count[]): Count => counts.reduce((a, b) => (a instanceof Tensor ? a.mul(b) : b instanceof Tensor ? b.rmul(a) : a * b));
const shaped = (x: Tensor, dims: readonly Count[]): Tensor => reshape(x, dims.every((d) => typeof d === 'number') ? int32Vector(dims) : dims as TensorLike);

interface Sizes { readonly batch: Tensor; readonly channels: Tensor; readonly from: readonly Count[]; readonly to: () => readonly Count[]; readonly taps: readonly number[] }
/** The patches of the pixels' numbers say where each pixel went: a sparse matrix, times the gradient. Number 0 is padding. */
function unpatched(g: Tensor, { batch, channels, from, to, taps }: Sizes, patches: (numbers: Tensor) => Tensor): Grad[] {
  const k = taps.length, pixels = product(from), count = pixels instanceof Tensor ? pixels.radd(1) : 1 + pixels;
  const numbers = patches(shaped(range(1, count, { dtype: int64 }), [1, ...from, 1]));
  const out = to(), places = product([product(out), ...taps]);
  const targets = shaped(range(places, { dtype: int64 }), [1, ...out, taps.reduce((a, b) => a * b, 1)]);
  const first = expandDims(numbers, -1), map = reshape(concat([first, expandDims(targets, -1)], -1), int32Vector([-1, 2]));
  const full = new SparseTensor(map, ones([places], g.dtype.baseDtype), [count, places] as TensorLike);
  const inside = count instanceof Tensor ? count.sub(1) : count - 1;
  const matrix = sparseSlice(full, [1, 0], [inside, places] as TensorLike);
  const moved = transpose(shaped(g, [batch, ...out, ...taps, channels]), int32Vector([...Array.from({ length: 2 * k }, (_, i) => i + 1), 0, 2 * k + 1]));
  const flat = shaped(moved, [-1, batch.mul(channels)]);
  const sums = shaped(sparseTensorDenseMatmul(matrix, flat), [...from, batch, channels]);
  return [transpose(sums, int32Vector([k, ...Array.from({ length: k }, (_, i) => i), k + 1]))];
}
function taps(op: Operation): number[] { const a = op.attr('ksizes'); return a?.kind === 'list' ? (a.value.i ?? []).slice(1, -1).map(Number) : []; }

// --- op blocks

defineOp('ExtractImagePatches', {
  shape: (c) => {
    const s = c.withRank(c.input(0), 4);
    const [k, stride, rate] = [c.ints('ksizes'), c.ints('strides'), c.ints('rates')];
    if (k.length !== 4) c.fail(`ExtractImagePatches requires the ksizes attribute to contain 4 values, but got: ${k.length}`);
    if (stride.length !== 4) c.fail(`ExtractImagePatches requires the stride attribute to contain 4 values, but got: ${stride.length}`);
    if (rate.length !== 4) c.fail(`ExtractImagePatches requires the rates attribute to contain 4 values, but got: ${rate.length}`);
    const known = dimOf(s, 1) !== null && dimOf(s, 2) !== null;
    const out = (i: number): Dim => {
      const d = dimOf(s, i), extent = (k[i]! - 1) * rate[i]! + 1;
      if (d === null || !known) return null;
      return c.str('padding') === 'SAME' ? Math.ceil(d / stride[i]!) : Math.floor((d - extent + stride[i]!) / stride[i]!);
    };
    return [new TensorShape([dimOf(s, 0), out(1), out(2), multiplyDims(dimOf(s, 3), k[1]! * k[2]!)])];
  },
  grad: (op, g) => {
    const found = shapeOf(op.inputs[0]!, { outType: int64 }), [batch, rows, columns, channels] = [0, 1, 2, 3].map((i) => found.at(i)) as [Tensor, Tensor, Tensor, Tensor];
    const to = (): Tensor[] => { const s = shapeOf(op.outputs[0]!, { outType: int64 }); return [s.at(1), s.at(2)]; };
    return unpatched(g!, { batch, channels, from: [rows, columns], to, taps: taps(op) }, (numbers) => op1('ExtractImagePatches', [numbers], attrsOf(op, ['ksizes', 'strides', 'rates', 'padding'])));
  },
});
defineOp('ExtractVolumePatches', {
  shape: (c) => {
    const s = c.withRank(c.input(0), 5).dims!, [k, stride] = [c.ints('ksizes'), c.ints('strides')];
    if (k.length !== 5) c.fail(`ExtractVolumePatches requires the ksizes attribute to contain 5 values, but got: ${k.length}`);
    if (stride.length !== 5) c.fail(`ExtractVolumePatches requires the stride attribute to contain 5 values, but got: ${stride.length}`);
    const depth = multiplyDims(s[4]!, k[1]! * k[2]! * k[3]!);
    // Of four dimensions, as in TensorFlow, where one of the three is not known.
    if ([s[1], s[2], s[3]].includes(null)) return [new TensorShape([s[0]!, null, null, depth])];
    return [new TensorShape([s[0]!, ...[1, 2, 3].map((i) => windowedSize(c, s[i]!, k[i]!, stride[i]!, 1, c.str('padding'))), depth])];
  },
  grad: (op, g) => {
    const found = shapeOf(op.inputs[0]!), batch = found.at(0), channels = found.at(4), sizes = (t: Tensor): number[] => t.shape.dims!.slice(1, 4) as number[];
    return unpatched(g!, { batch, channels, from: sizes(op.inputs[0]!), to: () => sizes(op.outputs[0]!), taps: taps(op) }, (numbers) => op1('ExtractVolumePatches', [numbers], attrsOf(op, ['ksizes', 'strides', 'padding'])));
  },
});

// --- functions

interface Patches { images: TensorLike; ksizes?: readonly number[] | null; strides?: readonly number[] | null; rates?: readonly number[] | null; padding?: string | null; name?: string | null; sizes?: readonly number[] | null }
/** `tf.extract_image_patches` (`tf.image.extract_image_patches`): windows of images, flattened into the depth; sizes, strides and rates are [1, rows, columns, 1]. */
export const extractImagePatches = api('extractImagePatches', ['images', 'ksizes', 'strides', 'rates', 'padding', 'name', 'sizes'], (p: Patches): Tensor =>
  op1('ExtractImagePatches', [p.images], { ksizes: oneOf('sizes', p.sizes, 'ksizes', p.ksizes) ?? undefined, strides: p.strides ?? undefined, rates: p.rates ?? undefined, padding: p.padding ?? undefined }, p.name), { required: 1 });
interface NewPatches { images: TensorLike; sizes: readonly number[]; strides: readonly number[]; rates: readonly number[]; padding: string; name?: string | null }
/** `tf.image.extract_patches`: the same. */
export const extractPatches = api('extractImagePatchesV2', ['images', 'sizes', 'strides', 'rates', 'padding', 'name'], (p: NewPatches): Tensor =>
  op1('ExtractImagePatches', [p.images], { ksizes: p.sizes, strides: p.strides, rates: p.rates, padding: p.padding }, p.name), { required: 5 });
interface Volumes { input: TensorLike; ksizes: readonly number[]; strides: readonly number[]; padding: string; name?: string | null }
/** `tf.extract_volume_patches`: windows of `input` [batch, planes, rows, columns, channels], flattened into the depth; sizes and strides are [1, planes, rows, columns, 1]. */
export const extractVolumePatches = api('extractVolumePatches', ['input', 'ksizes', 'strides', 'padding', 'name'], (p: Volumes): Tensor =>
  op1('ExtractVolumePatches', [p.input], { ksizes: p.ksizes, strides: p.strides, padding: p.padding }, p.name), { required: 4 });
