// Borders that mirror the inside, and their gradient, which folds them back. Follows tensorflow/core/kernels/mirror_pad_op.cc.
import { NDArray } from '../../graph/ndarray.ts';
import { attrOf, intsUpTo, invalid, sizeOf, stridesOf } from './common.ts';
import { paddings, take } from './array.ts';
import { type Kernel, type KernelDef, type KernelNode } from './kernel.ts';
import { box } from './move.ts';
import { joinRuns } from './scatter.ts';

/** 1 where the border leaves the outermost element out (REFLECT), 0 where it repeats it. */
export const edgeOf = (node: KernelNode): 0 | 1 => (attrOf(node, 'mode', 's') === 'SYMMETRIC' ? 0 : 1);
/** Which element of n stands at each place of a mirrored axis. */
export function mirrorIndex(n: number, before: number, after: number, edge: 0 | 1): number[] {
  return intsUpTo(before + n + after).map((i) => {
    const k = i - before;
    return k < 0 ? -k - 1 + edge : k < n ? k : 2 * n - k - 1 - edge;
  });
}
const mirrorPad: Kernel = ([a, p], node) => {
  const sides = paddings(a!, p!, (before, after) => `paddings must be non-negative: ${before} ${after}`), edge = edgeOf(node);
  let out = a!;
  sides.forEach(([before, after], axis) => {
    const n = a!.shape[axis]!;
    if (before > n - edge || after > n - edge) throw invalid(`paddings must be ${edge === 0 ? 'no greater' : 'less'} than the dimension size: ${before}, ${after}${edge === 0 ? ' greater than' : ' not less than'} ${n}`);
    if (before + after === 0) return;
    const index = mirrorIndex(n, before, after, edge);
    out = take(out, index, [index.length], axis);
  });
  return [out];
};

/** What folding an axis adds: places of the border, in order, and the places inside they go to. */
export function folds(n: number, before: number, after: number, edge: 0 | 1): { from: readonly number[]; to: readonly number[] } {
  const index = mirrorIndex(n, before, after, edge);
  const from = [...intsUpTo(before).reverse(), ...intsUpTo(after).map((i) => before + n + i)];
  return { from, to: from.map((i) => index[i]!) };
}
const mirrorPadGrad: Kernel = ([g, p], node) => {
  const sides = paddings(g!, p!, (before, after) => `Paddings must be non-negative: ${before}, ${after}`), edge = edgeOf(node);
  sides.forEach(([before, after], axis) => {
    const n = g!.shape[axis]! - before - after;
    if (before > n - edge || after > n - edge) throw invalid(`paddings must be ${edge === 0 ? 'no greater' : 'less'} than the output dimension size: ${before}, ${after}${edge === 0 ? ' greater than' : ' not less than'} ${n}`);
  });
  let out = g!;
  sides.forEach(([before, after], axis) => {
    if (before + after === 0) return;
    const n = out.shape[axis]! - before - after, { from, to } = folds(n, before, after, edge);
    const inner = box(out, out.shape.map((_, d) => (d === axis ? before : 0)), out.shape.map((d, i) => (i === axis ? n : d)));
    const run = stridesOf(out.shape)[axis]!, outer = intsUpTo(sizeOf(out.shape.slice(0, axis)));
    out = joinRuns(node.op, 'Add', inner, take(out, from, [from.length], axis), outer.flatMap((o) => to.map((v) => (o * n + v) * run)), run);
  });
  return [out === g ? new NDArray(g.dtype.baseDtype, g.shape, g.data) : out];
};

export const mirrorPadKernels: readonly KernelDef[] = [{ op: 'MirrorPad', kernel: mirrorPad }, { op: 'MirrorPadGrad', kernel: mirrorPadGrad }];
