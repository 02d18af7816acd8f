// Blocks of space moved into the batch and back: the functions over the ops of array_rearrange.ts. Follows
// python/ops/array_ops.py (1.15).
import { int32 } from '../graph/dtype.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { inScope, indexTensor, int32Vector } from './building.ts';
import { stacked } from './array_join.ts';
import { zeros } from './array_values.ts';
import { constantValue } from './constant_value.ts';
import type { TensorLike } from './convert.ts';
import { op1 } from './op_def_library.ts';
import { intsOf } from './shape_fns.ts';
import './array_rearrange.ts';
import './tensor_operators.ts';

/** `tf.space_to_batch_nd`: zero-pads the dimensions behind the batch by `paddings` [[before, after], ..] and moves blocks of
 * `blockShape` into the batch. */
export const spaceToBatchNd = api('spaceToBatchNd', ['input', 'blockShape', 'paddings', 'name'], (p: { input: TensorLike; blockShape: TensorLike; paddings: TensorLike; name?: string | null }): Tensor =>
  op1('SpaceToBatchND', [p.input, p.blockShape, p.paddings], undefined, p.name), { required: 3 });
/** `tf.batch_to_space_nd`: the way back; `crops` [[before, after], ..] are cut off. */
export const batchToSpaceNd = api('batchToSpaceNd', ['input', 'blockShape', 'crops', 'name'], (p: { input: TensorLike; blockShape: TensorLike; crops: TensorLike; name?: string | null }): Tensor =>
  op1('BatchToSpaceND', [p.input, p.blockShape, p.crops], undefined, p.name), { required: 3 });

interface SquareParams { input: TensorLike; blockSize?: number | null; name?: string | null; blockShape?: number | null }
const blockSize = (size: number): NDArray => int32Vector([size, size]);
const image = (t: Tensor): Tensor => { t.setShape(t.shape.withRank(4)); return t; };
/** `tf.space_to_batch`: `tf.space_to_batch_nd` of images [batch, height, width, channels] in square blocks. */
export const spaceToBatch = api('spaceToBatch', ['input', 'paddings', 'blockSize', 'name', 'blockShape'], (p: SquareParams & { paddings: TensorLike }): Tensor =>
  image(op1('SpaceToBatchND', [p.input, blockSize(p.blockShape ?? p.blockSize!), p.paddings], undefined, p.name)), { required: 2 });
/** `tf.batch_to_space`: `tf.batch_to_space_nd` of images in square blocks. */
export const batchToSpace = api('batchToSpace', ['input', 'crops', 'blockSize', 'name', 'blockShape'], (p: SquareParams & { crops: TensorLike }): Tensor =>
  image(op1('BatchToSpaceND', [p.input, blockSize(p.blockShape ?? p.blockSize!), p.crops], undefined, p.name)), { required: 3 });

interface RequiredParams { inputShape: TensorLike; blockShape: TensorLike; basePaddings?: TensorLike | null; name?: string | null }
/** `tf.required_space_to_batch_paddings`: [paddings, crops], both [n, 2], that make a multiple of `blockShape` of each size in
 * `inputShape` with `basePaddings` around it (default none). Errors: ValueError for a block shape of unknown size. */
export const requiredSpaceToBatchPaddings = api('requiredSpaceToBatchPaddings', ['inputShape', 'blockShape', 'basePaddings', 'name'], (p: RequiredParams): [paddings: Tensor, crops: Tensor] =>
  inScope(p.name, 'required_space_to_batch_paddings', [p.inputShape, p.blockShape], () => {
    const input = indexTensor(p.inputShape, 'input_shape', int32), block = indexTensor(p.blockShape, 'block_shape', int32);
    const n = block.shape.withRank(1).asList()[0]!;
    if (n === 0) return [zeros([0, 2], { dtype: int32 }), zeros([0, 2], { dtype: int32 })];
    const base = p.basePaddings === undefined || p.basePaddings === null ? zeros([n, 2], { dtype: int32 }) : indexTensor(p.basePaddings, 'base_paddings', int32);
    const known = [input, block, base].map((t) => { const v = constantValue(t); return v && intsOf(v); });
    const pairs = (list: TensorLike[][], name: string): Tensor => stacked(list, 0, name, int32);
    if (known.every((v) => v !== undefined)) {
      const [x, b, m] = known as [number[], number[], number[]];
      const extra = x.map((d, i) => { const full = d + m[2 * i]! + m[2 * i + 1]!; return (b[i]! - (full % b[i]!)) % b[i]!; });
      const rows = (f: (i: number) => [number, number]): NDArray => int32Vector(extra.flatMap((_, i) => f(i))).reshape([n, 2]);
      return [stacked(rows((i) => [m[2 * i]!, m[2 * i + 1]! + extra[i]!]) as never, 0, 'paddings'), stacked(rows((i) => [0, extra[i]!]) as never, 0, 'crops')];
    }
    const start = base.at([null, null], 0), end = base.at([null, null], 1);
    const full = input.add(start).add(end);
    const extra = block.sub(full.mod(block)).mod(block), padEnd = end.add(extra);
    const each = (f: (i: number) => TensorLike[]): TensorLike[][] => Array.from({ length: n }, (_, i) => f(i));
    return [pairs(each((i) => [start.at(i), padEnd.at(i)]), 'paddings'), pairs(each((i) => [0, extra.at(i)]), 'crops')];
  }), { required: 2 });
