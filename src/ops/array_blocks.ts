// Blocks moved between space and depth, rolls, reversed sequences. Follows array_ops.py, manip_ops.py, array_grad.py,
// manip_grad.py and core/ops/array_ops.cc (1.15).
import { int32 } from '../graph/dtype.ts';
import { NDArray } from '../graph/ndarray.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { oneOf } from './array_shape.ts';
import { int32Vector } from './building.ts';
import type { TensorLike } from './convert.ts';
import { op1 } from './op_def_library.ts';
import './tensor_operators.ts';

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
