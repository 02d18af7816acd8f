// Ops that only carry boxes of elements from place to place: roll, reversed sequences, space, batch and depth, diagonals
// and bands. What goes where is worked out here once, as a list of boxes; each engine copies them in its own memory.
// Follows tensorflow/core/kernels/{roll_op,reverse_sequence_op,spacetobatch_op,batchtospace_op,spacetodepth_op,
// depthtospace_op,matrix_diag_op,matrix_band_part_op,matrix_set_diag_op}.cc.
import { NDArray, allocate } from '../../graph/ndarray.ts';
import { intAttr, invalid, sameShape, shapeText, sizeOf, stridesOf, stringAttr, toNumbers } from './common.ts';
import { type Kernel, type KernelDef, type KernelNode } from './kernel.ts';
import { copyBox, unitsOf } from './move.ts';

/** Element (i, j, ...) of `dims` goes from `from` + i*fromStrides[0] + ... of an input to `to` + ... of the result. */
export interface Box { readonly input: number; readonly from: number; readonly fromStrides: readonly number[]; readonly to: number; readonly toStrides: readonly number[]; readonly dims: readonly number[] }
/** The result: its shape, what is in it at first (zeros, the first input, nothing that stays), and the boxes that go there. */
export interface Arrangement { readonly shape: readonly number[]; readonly first: 'zeros' | 'input' | 'nothing'; readonly boxes: readonly Box[] }

/** Inputs as an arrangement sees them. */
export interface Sizes { readonly shapes: readonly (readonly number[])[]; numbers(input: number): readonly number[] }
type Arrange = (x: Sizes, node: KernelNode) => Arrangement;

const product = (lists: readonly (readonly number[])[]): number[][] => lists.reduce<number[][]>((out, l) => out.flatMap((p) => l.map((v) => [...p, v])), [[]]);
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((n, v, i) => n + v * b[i]!, 0);

const roll: Arrange = ({ shapes, numbers }) => {
  const shape = shapes[0]!, own = stridesOf(shape);
  if (shape.length === 0) throw invalid('input must be 1-D or higher');
  for (const [i, name] of [[1, 'shift'], [2, 'axis']] as const) if (shapes[i]!.length > 1) throw invalid(`${name} must be a scalar or a 1-D vector. Found: ${shapeText(shapes[i]!)}`);
  if (!sameShape(shapes[1]!, shapes[2]!)) throw invalid('shift and axis must have the same size');
  const shifts = shape.map(() => 0), axes = numbers(2);
  numbers(1).forEach((s, i) => {
    const given = axes[i]!, axis = given < 0 ? given + shape.length : given;
    if (!(axis >= 0 && axis < shape.length)) throw invalid(`axis ${axis} is out of range`);
    const n = Math.max(shape[axis]!, 1);
    shifts[axis] = (((shifts[axis]! + s) % n) + n) % n;
  });
  // Along each axis the head [0, n - shift) moves up, the tail comes to the front.
  const parts = product(shape.map((_, d) => (shifts[d] === 0 ? [0] : [0, 1])));
  return { shape, first: 'nothing', boxes: parts.map((tail) => {
    const from = tail.map((t, d) => (t ? shape[d]! - shifts[d]! : 0)), to = tail.map((t, d) => (t ? 0 : shifts[d]!));
    return { input: 0, from: dot(from, own), fromStrides: own, to: dot(to, own), toStrides: own, dims: tail.map((t, d) => (t ? shifts[d]! : shape[d]! - shifts[d]!)) };
  }) };
};

const reverseSequence: Arrange = ({ shapes, numbers }, node) => {
  const shape = shapes[0]!, batch = intAttr(node, 'batch_dim', 0), seq = intAttr(node, 'seq_dim'), rank = shape.length;
  if (shapes[1]!.length !== 1) throw invalid(`seq_lens input must be 1-dim, not ${shapes[1]!.length}`);
  if (batch === seq) throw invalid(`batch_dim == seq_dim == ${seq}`);
  if (seq >= rank) throw invalid(`seq_dim must be < input.dims()( ${seq} vs. ${rank})`);
  if (batch >= rank) throw invalid(`batch_dim must be < input.dims()( ${batch} vs. ${rank})`);
  const lengths = numbers(1), own = stridesOf(shape);
  if (lengths.length !== shape[batch]) throw invalid(`len(seq_lens) != input.dims(${batch}), (${lengths.length} vs. ${shape[batch]})`);
  lengths.forEach((n, d) => {
    if (n < 0) throw invalid(`seq_lens(${d}) < 0`);
    if (n > shape[seq]!) throw invalid(`seq_lens(${d}) > input.dims(${seq})`);
  });
  return { shape, first: 'input', boxes: lengths.map((n, b) => {
    const at = b * own[batch]!;
    return { input: 0, from: at + Math.max(0, n - 1) * own[seq]!, fromStrides: own.map((s, d) => (d === seq ? -s : s)), to: at, toStrides: own, dims: shape.map((d, i) => (i === batch ? 1 : i === seq ? n : d)) };
  }) };
};

/** Boxes between [batch, space..., rest...], padded, and [blocks * batch, space / block..., rest...]. */
function blocksOf(space: readonly number[], blocked: readonly number[], block: readonly number[], before: readonly number[], toBlocks: boolean): Box[] {
  const k = block.length, a = stridesOf(space), b = stridesOf(blocked), batch = space[0]!;
  return product(block.map((n) => Array.from({ length: n }, (_, i) => i))).map((offset) => {
    const group = offset.reduce((n, v, i) => n * block[i]! + v, 0);
    // Place o of a block's axis is place o * block + offset - before of the space's.
    const low = offset.map((v, i) => Math.max(0, Math.ceil((before[i]! - v) / block[i]!)));
    const count = offset.map((v, i) => Math.max(0, Math.min(blocked[i + 1]!, Math.ceil((space[i + 1]! + before[i]! - v) / block[i]!)) - low[i]!));
    const inSpace = low.reduce((n, o, i) => n + (o * block[i]! + offset[i]! - before[i]!) * a[i + 1]!, 0);
    const inBlocks = group * batch * b[0]! + low.reduce((n, o, i) => n + o * b[i + 1]!, 0);
    const spaceStrides = a.map((s, d) => (d >= 1 && d <= k ? s * block[d - 1]! : s)), dims = [batch, ...count, ...space.slice(k + 1)];
    return toBlocks ? { input: 0, from: inSpace, fromStrides: spaceStrides, to: inBlocks, toStrides: b, dims } : { input: 0, from: inBlocks, fromStrides: b, to: inSpace, toStrides: spaceStrides, dims };
  });
}
/** Block sizes, and a pair per blocked axis. */
function blockArgs({ shapes, numbers }: Sizes, block: readonly number[] | undefined, what: 'paddings' | 'crops'): { block: readonly number[]; pairs: readonly number[] } {
  const at = block ? 1 : 2, k = block?.length ?? shapes[1]![0]!;
  if (!block && shapes[1]!.length !== 1) throw invalid(`block_shape rank should be 1 instead of ${shapes[1]!.length}`);
  if (shapes[0]!.length < 1 + k) throw invalid(`input rank should be >= ${1 + k} instead of ${shapes[0]!.length}`);
  if (!sameShape(shapes[at]!, [k, 2])) throw invalid(`${what} should have shape [${k}, 2] instead of ${shapeText(shapes[at]!)}`);
  const sizes = block ?? numbers(1);
  if (sizeOf(sizes) <= 0) throw invalid(`Product of block sizes must be positive, got ${sizeOf(sizes)}`);
  return { block: sizes, pairs: numbers(at) };
}
const square = (node: KernelNode, x: Sizes): readonly number[] => {
  if (x.shapes[0]!.length !== 4) throw invalid(`Input rank should be: 4instead of: ${x.shapes[0]!.length}`);
  const n = intAttr(node, 'block_size');
  return [n, n];
};
const spaceToBatch = (flat: boolean): Arrange => (x, node) => {
  const { block, pairs } = blockArgs(x, flat ? square(node, x) : undefined, 'paddings'), input = x.shapes[0]!;
  const sizes = block.map((n, i) => {
    const [before, after] = [pairs[2 * i]!, pairs[2 * i + 1]!];
    if (before < 0 || after < 0) throw invalid('Paddings must be non-negative');
    const padded = input[i + 1]! + before + after;
    if (padded % n !== 0) throw invalid(`padded_shape[${i}]=${padded} is not divisible by block_shape[${i}]=${n}`);
    return padded / n;
  });
  const shape = [input[0]! * sizeOf(block), ...sizes, ...input.slice(block.length + 1)];
  return { shape, first: pairs.some((p) => p > 0) ? 'zeros' : 'nothing', boxes: blocksOf(input, shape, block, block.map((_, i) => pairs[2 * i]!), true) };
};
const batchToSpace = (flat: boolean): Arrange => (x, node) => {
  const { block, pairs } = blockArgs(x, flat ? square(node, x) : undefined, 'crops'), input = x.shapes[0]!, all = sizeOf(block);
  if (input[0]! % all !== 0) throw invalid(`Input batch dimension (${input[0]}) is not divisible by product of block sizes (${all})`);
  const sizes = block.map((n, i) => {
    const [before, after] = [pairs[2 * i]!, pairs[2 * i + 1]!];
    if (before < 0 || after < 0) throw invalid('Crops must be non-negative');
    const cropped = input[i + 1]! * n - before - after;
    if (cropped < 0) throw invalid(`cropped_shape[${i}]=${cropped} must be non-negative`);
    return cropped;
  });
  const shape = [input[0]! / all, ...sizes, ...input.slice(block.length + 1)];
  return { shape, first: 'nothing', boxes: blocksOf(shape, input, block, block.map((_, i) => pairs[2 * i]!), false) };
};

/** [batch, height, width, depth] as [batch, rows, columns, depth] of blocks, and back. */
const depth = (toDepth: boolean): Arrange => ({ shapes }, node) => {
  const format = stringAttr(node, 'data_format', 'NHWC'), n = intAttr(node, 'block_size'), input = shapes[0]!;
  if (format !== 'NHWC') throw invalid(`Only NHWC data_format supported on CPU. Got ${format}`);
  if (input.length !== 4) throw invalid(toDepth ? `Input rank should be 4 instead of ${input.length}` : `Input rank should be: 4 instead of: ${input.length}`);
  const [b, h, w, c] = input as [number, number, number, number];
  if (toDepth && (w % n !== 0 || h % n !== 0)) throw invalid(`Image width ${w} and height ${h} should be divisible by block_size: ${n}`);
  if (!toDepth && c % (n * n) !== 0) throw invalid(`Input depth dimension ${c} should be divisible by: ${n * n}`);
  const [rows, columns, ch] = toDepth ? [h / n, w / n, c] : [h, w, c / (n * n)];
  // As [batch, rows, n, columns, n, channels] in space and [batch, rows, columns, n, n, channels] in depth.
  const dims = [b, rows, n, columns, n, ch], space = stridesOf(dims);
  const [B, R, C, P, Q, H] = stridesOf([b, rows, columns, n, n, ch]) as [number, number, number, number, number, number], inDepth = [B, R, P, C, Q, H];
  return { shape: toDepth ? [b, rows, columns, n * n * ch] : [b, rows * n, columns * n, ch], first: 'nothing', boxes: [{ input: 0, from: 0, fromStrides: toDepth ? space : inDepth, to: 0, toStrides: toDepth ? inDepth : space, dims }] };
};

// ---- matrices: the last two axes

function matrices(shape: readonly number[]): { batch: number; rows: number; columns: number } {
  if (shape.length < 2) throw invalid(`input must be at least 2-dim, received shape: ${shapeText(shape)}`);
  const [rows, columns] = shape.slice(-2) as [number, number];
  return { batch: sizeOf(shape.slice(0, -2)), rows, columns };
}
const matrixDiag: Arrange = ({ shapes }) => {
  const shape = shapes[0]!, n = shape[shape.length - 1];
  if (n === undefined) throw invalid(`diagonal must be at least 1-dim, received shape: ${shapeText(shape)}`);
  return { shape: [...shape, n], first: 'zeros', boxes: [{ input: 0, from: 0, fromStrides: [n, 1], to: 0, toStrides: [n * n, n + 1], dims: [sizeOf(shape.slice(0, -1)), n] }] };
};
const matrixDiagPart: Arrange = ({ shapes }) => {
  const shape = shapes[0]!, { batch, rows, columns } = matrices(shape), n = Math.min(rows, columns);
  return { shape: [...shape.slice(0, -2), n], first: 'nothing', boxes: [{ input: 0, from: 0, fromStrides: [rows * columns, columns + 1], to: 0, toStrides: [n, 1], dims: [batch, n] }] };
};
const matrixSetDiag: Arrange = ({ shapes }) => {
  const [shape, diagonal] = shapes as [readonly number[], readonly number[]], { batch, rows, columns } = matrices(shape), n = Math.min(rows, columns);
  if (diagonal.length < 1) throw invalid(`diagonal must be at least 1-dim, received shape: ${shapeText(diagonal)}`);
  const want = [...shape.slice(0, -2), n];
  if (!sameShape(diagonal, want)) {
    throw invalid(`Either first dimensions of diagonal don't match input.shape[:-2], or diagonal.shape[:-1] is not equal to the longests diagonal in range [lower_diag_index:upper_diag_index].\nInput shape: ${shapeText(shape)}\nDiagonal shape: ${shapeText(diagonal)}\nExpected diagonal shape: ${shapeText(want)}`);
  }
  return { shape, first: 'input', boxes: [{ input: 1, from: 0, fromStrides: [n, 1], to: 0, toStrides: [rows * columns, columns + 1], dims: [batch, n] }] };
};
const matrixBandPart: Arrange = ({ shapes, numbers }) => {
  const shape = shapes[0]!, { batch, rows, columns } = matrices(shape);
  const [lower, upper] = ([[1, 'num_lower', 'rows', rows], [2, 'num_upper', 'columns', columns]] as const).map(([i, name, what, most]) => {
    if (shapes[i]!.length !== 0) throw invalid(`${name} must be scalar, got shape ${shapeText(shapes[i]!)}`);
    const n = numbers(i)[0]!;
    if (n > most) throw invalid(`${name} must be negative or less or equal to number of ${what} (${most}) got: ${n}`);
    return n < 0 ? most : n;
  }) as [number, number];
  const boxes = Array.from({ length: rows }, (_, r): Box => {
    const start = Math.min(columns, Math.max(0, r - lower)), end = Math.min(columns, r + upper + 1), at = r * columns + start;
    return { input: 0, from: at, fromStrides: [rows * columns, 1], to: at, toStrides: [rows * columns, 1], dims: [batch, Math.max(0, end - start)] };
  });
  return { shape, first: 'zeros', boxes };
};

export const ARRANGEMENTS: Readonly<Record<string, Arrange>> = {
  Roll: roll, ReverseSequence: reverseSequence, SpaceToBatchND: spaceToBatch(false), SpaceToBatch: spaceToBatch(true), BatchToSpaceND: batchToSpace(false), BatchToSpace: batchToSpace(true),
  SpaceToDepth: depth(true), DepthToSpace: depth(false), MatrixDiag: matrixDiag, MatrixDiagPart: matrixDiagPart, MatrixSetDiag: matrixSetDiag, MatrixBandPart: matrixBandPart,
};

const kernel = (arrange: Arrange): Kernel => (inputs, node) => {
  const { shape, first, boxes } = arrange({ shapes: inputs.map((a) => a.shape), numbers: (i) => toNumbers(inputs[i]!) }, node);
  const dtype = inputs[0]!.dtype.baseDtype, data = allocate(dtype, sizeOf(shape)), dst = unitsOf(dtype, data);
  if (first === 'input') copyBox(unitsOf(dtype, inputs[0]!.data), 0, stridesOf(shape), dst, 0, stridesOf(shape), shape);
  for (const b of boxes) copyBox(unitsOf(dtype, inputs[b.input]!.data), b.from, b.fromStrides, dst, b.to, b.toStrides, b.dims);
  return [new NDArray(dtype, shape, data)];
};
export const rearrangeKernels: readonly KernelDef[] = Object.entries(ARRANGEMENTS).map(([op, arrange]) => ({ op, kernel: kernel(arrange) }));
