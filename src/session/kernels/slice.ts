// Slice, StridedSlice with all masks, its gradient and its assignment.
// Follows tensorflow/core/util/strided_slice_op.cc and kernels/{slice,strided_slice}_op.cc.
import { UnimplementedError } from '../../graph/errors.ts';
import { NDArray, allocate } from '../../graph/ndarray.ts';
import { intAttr, invalid, sameShape, shapeText, sizeOf, stridesOf, toNumbers, zeros } from './common.ts';
import { type Kernel, type KernelDef, type KernelNode } from './kernel.ts';
import { box, copyBox, gatherBox, unitsOf } from './move.ts';

const slice: Kernel = ([a, b, s]) => {
  const rank = a!.shape.length;
  const begin = toNumbers(b!), size = toNumbers(s!);
  if (b!.shape.length !== 1 || s!.shape.length !== 1 || begin.length !== rank || size.length !== rank) {
    throw invalid(`Expected begin and size arguments to be 1-D tensors of size ${rank}, but got shapes ${shapeText(b!.shape)} and ${shapeText(s!.shape)} instead.`);
  }
  a!.shape.forEach((d, i) => {
    const from = begin[i]!;
    if (size[i] === -1) size[i] = d - from;
    if (d === 0) {
      if (from !== 0 || size[i] !== 0) throw invalid(`Expected begin[${i}] == 0 (got ${from}) and size[${i}] == 0 (got ${size[i]}) when input.dim_size(${i}) == 0`);
      return;
    }
    if (!(from >= 0 && from <= d)) throw invalid(`Expected begin[${i}] in [0, ${d}], but got ${from}`);
    if (!(size[i]! >= 0 && from + size[i]! <= d)) throw invalid(`Expected size[${i}] in [0, ${d - from}], but got ${size[i]}`);
  });
  return [box(a!, begin, size)];
};

/** A resolved strided slice: one entry per input dim, and the shape users see. */
interface Strided {
  readonly begin: readonly number[];
  readonly stride: readonly number[];
  /** Elements taken per input dim. */
  readonly count: readonly number[];
  /** Result shape, with new axes in and shrunk ones out. */
  readonly shape: readonly number[];
}

/** Resolves begin/end/strides and the five masks against the input's shape. */
export function resolveStrided(node: KernelNode, input: readonly number[], begins: readonly number[], ends: readonly number[], steps: readonly number[]): Strided {
  const mask = (name: string): number => intAttr(node, name, 0);
  const beginMask = mask('begin_mask'), endMask = mask('end_mask'), ellipsisMask = mask('ellipsis_mask'), newAxisMask = mask('new_axis_mask'), shrinkMask = mask('shrink_axis_mask');
  if (ellipsisMask !== 0 && (ellipsisMask & (ellipsisMask - 1)) !== 0) throw invalid('Multiple ellipses in slice spec not allowed');
  const rank = input.length, specs = begins.length;
  let ellipsis = -1, later = 0; // new axes after the ellipsis take no input dim
  for (let i = 0; i < specs; i++) {
    if (ellipsis >= 0 && (newAxisMask >> i) & 1) later++;
    if ((ellipsisMask >> i) & 1) ellipsis = i;
  }
  const begin: number[] = [], stride: number[] = [], count: number[] = [], shape: number[] = [];
  const whole = (): void => { const d = input[begin.length]!; begin.push(0); stride.push(1); count.push(d); shape.push(d); };
  for (let i = 0; i < specs; i++) {
    if (i === ellipsis) {
      const next = Math.min(rank - (specs - i) + 1 + later, rank);
      while (begin.length < next) whole();
    } else if ((newAxisMask >> i) & 1) shape.push(1);
    else {
      const axis = begin.length;
      if (axis === rank) throw invalid(`Index out of range using input dim ${axis}; input has only ${rank} dims`);
      const d = input[axis]!, step = steps[i]!, shrink = (shrinkMask >> i) & 1;
      if (step === 0) throw invalid(`strides[${i}] must be non-zero`);
      if (shrink && step <= 0) throw invalid('only stride 1 allowed on non-range indexing.');
      if (shrink) {
        const at = begins[i]! < 0 ? begins[i]! + d : begins[i]!;
        if (!(at >= 0 && at < d)) throw invalid(`slice index ${begins[i]} of dimension ${axis} out of bounds.`);
        begin.push(at); stride.push(1); count.push(1);
      } else {
        const lo = step > 0 ? 0 : -1, hi = step > 0 ? d : d - 1; // where begin and end may lie
        const at = (v: number, masked: boolean, whenMasked: number): number => {
          if (masked) return whenMasked;
          const w = v < 0 ? v + d : v;
          return w < lo ? lo : w > hi ? hi : w;
        };
        const from = at(begins[i]!, ((beginMask >> i) & 1) === 1, step > 0 ? 0 : d - 1);
        const to = at(ends[i]!, ((endMask >> i) & 1) === 1, step > 0 ? d : -1);
        const n = Math.max(0, Math.ceil((to - from) / step));
        begin.push(from); stride.push(step); count.push(n); shape.push(n);
      }
    }
  }
  while (begin.length < rank) whole();
  return { begin, stride, count, shape };
}

function specOf(node: KernelNode, input: readonly number[], b: NDArray, e: NDArray, s: NDArray): Strided {
  if (b.shape.length !== 1 || !sameShape(b.shape, e.shape) || !sameShape(b.shape, s.shape)) {
    throw invalid(`Expected begin, end, and strides to be 1D equal size tensors, but got shapes ${shapeText(b.shape)}, ${shapeText(e.shape)}, and ${shapeText(s.shape)} instead.`);
  }
  return resolveStrided(node, input, toNumbers(b), toNumbers(e), toNumbers(s));
}
function addressing(v: Strided, input: readonly number[]): { offset: number; strides: number[] } {
  const own = stridesOf(input);
  return { offset: v.count.includes(0) ? 0 : v.begin.reduce((t, b, i) => t + b * own[i]!, 0), strides: own.map((s, i) => s * v.stride[i]!) };
}

const stridedSlice: Kernel = ([a, b, e, s], node) => {
  const v = specOf(node, a!.shape, b!, e!, s!);
  const { offset, strides } = addressing(v, a!.shape);
  return [gatherBox(a!, v.count, strides, offset).reshape(v.shape)];
};

const stridedSliceGrad: Kernel = ([shape, b, e, s, dy], node) => {
  const input = toNumbers(shape!);
  const v = specOf(node, input, b!, e!, s!);
  if (!sameShape(v.shape, dy!.shape)) throw invalid(`shape of dy was ${shapeText(dy!.shape)} instead of ${shapeText(v.shape)}`);
  const out = zeros(dy!.dtype.baseDtype, input);
  const { offset, strides } = addressing(v, input);
  copyBox(unitsOf(out.dtype, dy!.data), 0, stridesOf(v.count), unitsOf(out.dtype, out.data), offset, strides, v.count);
  return [out];
};

/** The variable with a strided slice of it replaced by `value`. */
const stridedSliceAssign: Kernel = ([ref, b, e, s, value], node) => {
  const v = specOf(node, ref!.shape, b!, e!, s!);
  if (sizeOf(v.shape) > 0 && !sameShape(value!.shape, v.shape)) {
    throw new UnimplementedError(`sliced l-value shape ${shapeText(v.shape)} does not match r-value shape ${shapeText(value!.shape)}. Automatic broadcasting not yet implemented.`);
  }
  const dtype = ref!.dtype.baseDtype;
  const data = allocate(dtype, sizeOf(ref!.shape));
  const dst = unitsOf(dtype, data);
  copyBox(unitsOf(dtype, ref!.data), 0, stridesOf(ref!.shape), dst, 0, stridesOf(ref!.shape), ref!.shape);
  const { offset, strides } = addressing(v, ref!.shape);
  copyBox(unitsOf(dtype, value!.data), 0, stridesOf(v.count), dst, offset, strides, v.count);
  return [new NDArray(dtype, ref!.shape, data)];
};

export const sliceKernels: readonly KernelDef[] = [
  { op: 'Slice', kernel: slice },
  { op: 'StridedSlice', kernel: stridedSlice },
  { op: 'StridedSliceGrad', kernel: stridedSliceGrad },
  { op: 'StridedSliceAssign', kernel: stridedSliceAssign, writes: [0] },
  { op: 'ResourceStridedSliceAssign', kernel: stridedSliceAssign, writes: [0] },
];
