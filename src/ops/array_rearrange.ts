// Op blocks that carry elements from place to place: roll, reversed sequences, space, batch and depth.
// Follows core/ops/{array_ops,manip_ops}.cc and python/ops/{array_grad,manip_grad}.py.
import { ValueError } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { type Dim, TensorShape, UNKNOWN_SHAPE } from '../graph/shape.ts';
import type { Operation } from '../graph/tensor.ts';
import { grad1, inputOf, int32Vector } from './building.ts';
import { op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { addDims, dimOf, divideDim, intsOf, multiplyDims, replaceDim, subshape, subtractDims } from './shape_fns.ts';
import type { ShapeContext, ShapeFn } from './shape_inference.ts';

defineOp('Roll', {
  shape: (c) => {
    c.withRankAtLeast(c.input(0), 1);
    c.merge(c.withRankAtMost(c.input(1), 1), c.withRankAtMost(c.input(2), 1));
    return [c.input(0)];
  },
  grad: grad1((op, g) => [op1('Roll', [g, op1('Neg', [inputOf(op, 1)]), inputOf(op, 2)]), null, null]),
});

defineOp('ReverseSequence', {
  shape: (c) => {
    const lengths = c.withRank(c.input(1), 1), s = c.input(0), [seq, batch] = [c.int('seq_dim'), c.int('batch_dim')];
    if (s.dims === null) return [UNKNOWN_SHAPE];
    const rank = s.dims.length;
    if (batch >= rank) c.fail(`batch_dim must be < input rank: ${batch} vs. ${rank}`);
    if (seq >= rank) c.fail(`seq_dim must be < input rank: ${seq} vs. ${rank}`);
    return [replaceDim(s, batch, c.mergeDim(dimOf(s, batch), dimOf(lengths, 0)))];
  },
  grad: grad1((op, g) => [op1('ReverseSequence', [g, inputOf(op, 1)], { seq_dim: intOf(op, 'seq_dim'), batch_dim: intOf(op, 'batch_dim') }), null]),
});
const intOf = (op: Operation, name: string): number => Number(op.getAttr(name));

// --- space, batch, depth -------------------------------------------------------------------------------------------

/** `space`: from space to batch (with paddings), else back (with crops). `block`: sizes from an attr instead of input 1. */
function blockShape(c: ShapeContext, space: boolean, block?: readonly number[]): readonly TensorShape[] {
  const at = block ? 1 : 2, what = space ? 'paddings' : 'crops';
  if (!block && c.input(1).dims?.length !== 1) c.fail('block_shape must have rank 1.');
  const k = block?.length ?? c.input(1).dims![0]!;
  if (k === null) c.fail('block_shape must have known size.');
  const input = block ? c.withRank(c.input(0), 4) : c.withRankAtLeast(c.input(0), k + 1);
  c.merge(c.input(at), new TensorShape([k, 2]));
  const given = block ? undefined : c.value(1), sizes = block ?? (given && intsOf(given));
  let batch: Dim = dimOf(input, 0);
  if (sizes) {
    for (const n of sizes) {
      if (n < 1) c.fail('block_shape must be positive');
      batch = space ? multiplyDims(batch, n) : divideDim(c, batch, n);
    }
  } else if (k > 0) batch = null;
  const dims: Dim[] = Array.from({ length: k }, () => null), pairs = c.value(at);
  if (pairs) {
    const p = intsOf(pairs);
    dims.forEach((_, i) => {
      const [before, after] = [p[2 * i]!, p[2 * i + 1]!];
      if (before < 0 || after < 0) c.fail(`${what} cannot be negative`);
      if (!sizes) return;
      const d = dimOf(input, i + 1), n = sizes[i]!;
      dims[i] = space ? divideDim(c, addDims(addDims(d, before), after), n) : subtractDims(c, subtractDims(c, multiplyDims(d, n), before), after);
    });
  }
  if (input.dims === null) return [UNKNOWN_SHAPE];
  return [new TensorShape([batch, ...dims]).concatenate(subshape(input, 1 + k))];
}
const square = (c: ShapeContext): number[] => [c.int('block_size'), c.int('block_size')];
defineOp('SpaceToBatchND', { shape: (c) => blockShape(c, true), grad: grad1((op, g) => [op1('BatchToSpaceND', [g, inputOf(op, 1), inputOf(op, 2)]), null, null]) });
defineOp('BatchToSpaceND', { shape: (c) => blockShape(c, false), grad: grad1((op, g) => [op1('SpaceToBatchND', [g, inputOf(op, 1), inputOf(op, 2)]), null, null]) });
/** The block sizes of the ops on images, as the general ops take them. */
const blockInput = (op: Operation): NDArray => int32Vector([intOf(op, 'block_size'), intOf(op, 'block_size')]);
defineOp('SpaceToBatch', { shape: (c) => blockShape(c, true, square(c)), grad: grad1((op, g) => [op1('BatchToSpaceND', [g, blockInput(op), inputOf(op, 1)]), null]) });
defineOp('BatchToSpace', { shape: (c) => blockShape(c, false, square(c)), grad: grad1((op, g) => [op1('SpaceToBatchND', [g, blockInput(op), inputOf(op, 1)]), null]) });

const depthShape = (toDepth: boolean): ShapeFn => (c) => {
  const format = c.str('data_format'), n = c.int('block_size'), packed = format === 'NCHW_VECT_C';
  const s = c.withRank(c.input(0), packed ? 5 : 4), channels = format === 'NHWC' ? 3 : 1, [h, w] = format === 'NHWC' ? [1, 2] : [2, 3];
  const dims = [...s.dims!], side = (d: Dim): Dim => (toDepth ? divideDim(c, d, n) : multiplyDims(d, n));
  [dims[h], dims[w]] = [side(dims[h]!), side(dims[w]!)];
  dims[channels] = toDepth ? multiplyDims(dims[channels]!, n * n) : divideDim(c, dims[channels]!, n * n);
  return [new TensorShape(dims)];
};
const depthGrad = (name: string, back: string) => grad1((op, g) => {
  const format = String(op.getAttr('data_format'));
  if (format === 'NCHW_VECT_C') throw new ValueError(`Cannot compute ${name} gradient with NCHW_VECT_C. NCHW_VECT_C requires qint8 data type.`);
  return [op1(back, [g], { block_size: intOf(op, 'block_size'), data_format: format })];
});
defineOp('SpaceToDepth', { shape: depthShape(true), grad: depthGrad('SpaceToDepth', 'DepthToSpace') });
defineOp('DepthToSpace', { shape: depthShape(false), grad: depthGrad('DepthToSpace', 'SpaceToDepth') });
