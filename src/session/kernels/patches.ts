// Elements put at other places that are no boxes: diagonals of tensors, image patches.
// Follows tensorflow/core/kernels/{diag_op,extract_image_patches_op,extract_volume_patches_op}.cc.
import { NDArray } from '../../graph/ndarray.ts';
import { take } from './array.ts';
import { eachIndex, intsAttr, invalid, shapeText, stridesOf, stringAttr, zeros } from './common.ts';
import { type Kernel, type KernelDef } from './kernel.ts';
import { concat } from './move.ts';

/** An array of `shape` whose elements come from flat positions of `a`, or are zero where there is none (-1). */
function gathered(a: NDArray, shape: readonly number[], from: (at: readonly number[]) => number): NDArray {
  const places: number[] = [];
  let holes = false;
  eachIndex(shape, (at) => { const k = from(at); if (k < 0) holes = true; places.push(k < 0 ? a.size : k); });
  const flat = a.reshape([a.size]);
  return take(holes ? concat([flat, zeros(a.dtype.baseDtype, [1])], 0) : flat, places, shape, 0);
}
const dot = (a: readonly number[], strides: readonly number[]): number => a.reduce((n, x, i) => n + x * strides[i]!, 0);

// --- diagonals -----------------------------------------------------------------------------------------------------

const diag: Kernel = ([x]) => {
  const s = x!.shape, strides = stridesOf(s);
  return [gathered(x!, [...s, ...s], (at) => (s.every((_, i) => at[i] === at[i + s.length]) ? dot(at.slice(0, s.length), strides) : -1))];
};
const diagPart: Kernel = ([x]) => {
  const half = x!.shape.length / 2, strides = stridesOf(x!.shape);
  if (half === 0 || half % 1 !== 0) throw invalid(`The rank of the tensor should be even and positive, got shape [${x!.shape.join(',')}]`);
  for (let i = 0; i < half; i++) if (x!.shape[i] !== x!.shape[i + half]) throw invalid(`Invalid shape [${x!.shape.join(',')}]: dimensions ${i} and ${i + half} do not match.`);
  return [gathered(x!, x!.shape.slice(0, half), (at) => dot([...at, ...at], strides))];
};
/** Patches along each axis between batch and depth: how many, and how far before the first pixel they begin. */
export function patchDims(shape: readonly number[], window: readonly number[], stride: readonly number[], rate: readonly number[], same: boolean): { readonly out: number; readonly before: number }[] {
  return shape.slice(1, -1).map((size, i) => {
    const d = i + 1, extent = (window[d]! - 1) * (rate[d] ?? 1) + 1, out = Math.max(same ? Math.ceil(size / stride[d]!) : Math.ceil((size - extent + 1) / stride[d]!), 0);
    return { out, before: same ? Math.floor(Math.max((out - 1) * stride[d]! + extent - size, 0) / 2) : 0 };
  });
}
/** Patches of [batch, rows, columns, depth], flattened into the last dimension. */
const extractImagePatches: Kernel = ([x], node) => {
  const [k, stride, rate] = [intsAttr(node, 'ksizes'), intsAttr(node, 'strides'), intsAttr(node, 'rates')];
  const s = x!.shape as [number, number, number, number], strides = stridesOf(s), [rows, columns] = patchDims(s, k, stride, rate, stringAttr(node, 'padding') === 'SAME') as [PatchDim, PatchDim];
  return [gathered(x!, [s[0], rows.out, columns.out, k[1]! * k[2]! * s[3]], ([b, i, j, d]) => {
    const cell = Math.floor(d! / s[3]);
    const r = i! * stride[1]! - rows.before + Math.floor(cell / k[2]!) * rate[1]!, c = j! * stride[2]! - columns.before + (cell % k[2]!) * rate[2]!;
    return r < 0 || r >= s[1] || c < 0 || c >= s[2] ? -1 : dot([b!, r, c, d! % s[3]], strides);
  })];
};
type PatchDim = ReturnType<typeof patchDims>[number];
/** The same of [batch, planes, rows, columns, depth]. */
const extractVolumePatches: Kernel = ([x], node) => {
  const [k, stride] = [intsAttr(node, 'ksizes'), intsAttr(node, 'strides')];
  if (x!.shape.length !== 5) throw invalid(`input must be 5-dimensional${shapeText(x!.shape)}`);
  const s = x!.shape as [number, number, number, number, number], strides = stridesOf(s), axes = patchDims(s, k, stride, [], stringAttr(node, 'padding') === 'SAME');
  return [gathered(x!, [s[0], ...axes.map((a) => a.out), k[1]! * k[2]! * k[3]! * s[4]], ([b, p, i, j, d]) => {
    const cell = Math.floor(d! / s[4]), tap = [Math.floor(cell / (k[2]! * k[3]!)), Math.floor(cell / k[3]!) % k[2]!, cell % k[3]!];
    const at = [p!, i!, j!].map((o, a) => o * stride[a + 1]! - axes[a]!.before + tap[a]!);
    return at.some((v, a) => v < 0 || v >= s[a + 1]!) ? -1 : dot([b!, ...at, d! % s[4]], strides);
  })];
};

export const rearrangeMoreKernels: readonly KernelDef[] = [
  { op: 'Diag', kernel: diag }, { op: 'DiagPart', kernel: diagPart }, { op: 'ExtractImagePatches', kernel: extractImagePatches }, { op: 'ExtractVolumePatches', kernel: extractVolumePatches },
];
