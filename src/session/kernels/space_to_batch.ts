// Moving blocks of space into the batch and back: pure data movement, every dtype. An image of [batch, space.., rest..] and
// its stack of [blocks * batch, smaller space.., rest..] are related box by box, one box for every place in a block.
// Follows tensorflow/core/kernels/spacetobatch_op.cc, batchtospace_op.cc.
import { allocate, NDArray } from '../../graph/ndarray.ts';
import { intAttr, invalid, shapeText, sizeOf, stridesOf, toNumbers } from './common.ts';
import { type Kernel, type KernelDef, type KernelNode } from './kernel.ts';
import { copyBox, unitsOf } from './move.ts';

/** Elements of a box, where they lie in the image and in the stack. */
interface Box { readonly dims: readonly number[]; readonly image: number; readonly imageStrides: readonly number[]; readonly stack: number; readonly stackStrides: readonly number[] }

/** What an op's operands say: block sizes, and what is padded (cropped) in front of each dimension and behind. */
export interface Blocks { readonly block: readonly number[]; readonly margins: readonly number[]; readonly shape: readonly number[] }

/** The block and margins of a node: inputs of the ND ops, an attr and an input of the others. */
function operands(x: readonly number[], rest: readonly NDArray[], node: KernelNode, what: string): { block: number[]; margins: number[] } {
  const margins = rest[rest.length - 1]!, given = rest.length === 2 ? rest[0]! : undefined;
  if (given && given.shape.length !== 1) throw invalid(`block_shape rank should be 1 instead of ${given.shape.length}`);
  const block = given ? toNumbers(given) : [intAttr(node, 'block_size'), intAttr(node, 'block_size')], n = block.length;
  if (x.length < 1 + n) throw invalid(`input rank should be >= ${1 + n} instead of ${x.length}`);
  if (margins.shape.length !== 2 || margins.shape[0] !== n || margins.shape[1] !== 2) throw invalid(`${what} should have shape [${n}, 2] instead of ${shapeText(margins.shape)}`);
  const product = sizeOf(block);
  if (!(product > 0)) throw invalid(`Product of block sizes must be positive, got ${product}`);
  return { block, margins: toNumbers(margins) };
}
/** The shape of the stack. */
export function toBatch(x: readonly number[], rest: readonly NDArray[], node: KernelNode): Blocks {
  const { block, margins } = operands(x, rest, node, 'paddings');
  const space = block.map((b, i) => {
    const [before, after] = [margins[2 * i]!, margins[2 * i + 1]!];
    if (before < 0 || after < 0) throw invalid('Paddings must be non-negative');
    const padded = x[i + 1]! + before + after;
    if (padded % b !== 0) throw invalid(`padded_shape[${i}]=${padded} is not divisible by block_shape[${i}]=${b}`);
    return padded / b;
  });
  return { block, margins, shape: [x[0]! * sizeOf(block), ...space, ...x.slice(1 + block.length)] };
}
/** The shape of the image. */
export function fromBatch(x: readonly number[], rest: readonly NDArray[], node: KernelNode): Blocks {
  const { block, margins } = operands(x, rest, node, 'crops'), product = sizeOf(block);
  if (x[0]! % product !== 0) throw invalid(`Input batch dimension (${x[0]}) is not divisible by product of block sizes (${product})`);
  const space = block.map((b, i) => {
    const [before, after] = [margins[2 * i]!, margins[2 * i + 1]!];
    if (before < 0 || after < 0) throw invalid('Crops must be non-negative');
    const size = x[i + 1]! * b - before - after;
    if (size < 0) throw invalid(`cropped_shape[${i}]=${size} must be non-negative`);
    return size;
  });
  return { block, margins, shape: [x[0]! / product, ...space, ...x.slice(1 + block.length)] };
}

/** The boxes that relate an image and its stack. */
export function boxes(image: readonly number[], stack: readonly number[], { block, margins }: Blocks): Box[] {
  const s = stridesOf(image), t = stridesOf(stack), n = block.length, out: Box[] = [];
  const imageStrides = s.map((v, i) => (i >= 1 && i <= n ? v * block[i - 1]! : v));
  for (let place = 0; place < sizeOf(block); place++) {
    const dims = [...image];
    let from = 0, to = place * image[0]! * t[0]!;
    for (let i = n - 1, rest = place; i >= 0; i--) {
      const b = block[i]!, k = rest % b, shift = k - margins[2 * i]!; // position o of the stack is o*b + shift of the image
      rest = Math.floor(rest / b);
      const first = Math.max(0, Math.ceil(-shift / b)), end = Math.min(stack[i + 1]!, Math.floor((image[i + 1]! - 1 - shift) / b) + 1);
      dims[i + 1] = Math.max(0, end - first);
      from += (first * b + shift) * s[i + 1]!;
      to += first * t[i + 1]!;
    }
    out.push({ dims, image: from, imageStrides, stack: to, stackStrides: t });
  }
  return out;
}

const spaceToBatch: Kernel = ([x, ...rest], node) => {
  const b = toBatch(x!.shape, rest, node), data = allocate(x!.dtype, sizeOf(b.shape));
  for (const { dims, image, imageStrides, stack, stackStrides } of boxes(x!.shape, b.shape, b)) copyBox(unitsOf(x!.dtype, x!.data), image, imageStrides, unitsOf(x!.dtype, data), stack, stackStrides, dims);
  return [new NDArray(x!.dtype.baseDtype, b.shape, data)];
};
const batchToSpace: Kernel = ([x, ...rest], node) => {
  const b = fromBatch(x!.shape, rest, node), data = allocate(x!.dtype, sizeOf(b.shape));
  for (const { dims, image, imageStrides, stack, stackStrides } of boxes(b.shape, x!.shape, b)) copyBox(unitsOf(x!.dtype, x!.data), stack, stackStrides, unitsOf(x!.dtype, data), image, imageStrides, dims);
  return [new NDArray(x!.dtype.baseDtype, b.shape, data)];
};

export const spaceToBatchKernels: readonly KernelDef[] = [
  { op: 'SpaceToBatchND', kernel: spaceToBatch }, { op: 'SpaceToBatch', kernel: spaceToBatch }, { op: 'BatchToSpaceND', kernel: batchToSpace }, { op: 'BatchToSpace', kernel: batchToSpace },
];
