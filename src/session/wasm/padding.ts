// Which taps of a window lie inside of an image, so that the others need no work. The contract multiplies padding like
// anything else: a product with +0 is a zero, which changes no sum (sums begin at +0, so none is ever -0), or NaN where the
// other factor is not finite. So what padding adds to a sum may be added at any time, all at once.
import { FunctionBuilder } from '../jit/function.ts';
import type { SimdOp } from '../jit/opcodes.ts';
import type { WindowDim } from '../kernels/window.ts';
import { shapeOf } from './gemm.ts';
import type { Kit } from './kit.ts';

/** Neighbouring positions of one dimension for which the same taps lie inside: the positions, and the taps. */
export interface Part { readonly from: number; readonly count: number; readonly tap: number; readonly taps: number }
export function partsOf(d: WindowDim): Part[] {
  const out: Part[] = [];
  for (let o = 0; o < d.output; o++) {
    const [tap, end] = insideOf(d, o * d.stride - d.before, d.dilation, d.taps), last = out.at(-1);
    if (last?.tap === tap && last.taps === end - tap) out[out.length - 1] = { ...last, count: last.count + 1 };
    else out.push({ from: o, count: 1, tap, taps: end - tap });
  }
  return out;
}
/** Positions whose tap lies inside: from, to. */
export function positionsInside(d: WindowDim, tap: number): readonly [number, number] { return insideOf(d, tap * d.dilation - d.before, d.stride, d.output); }
/** Of these the first that no later tap sees, which read the same places before. */
export function firstSeen(d: WindowDim, tap: number): number {
  const [from, to] = positionsInside(d, tap);
  let end = to;
  for (let later = tap + 1; later < d.taps; later++) {
    const apart = (later - tap) * d.dilation;
    if (apart % d.stride === 0) end = Math.min(end, Math.max(from, positionsInside(d, later)[0] + apart / d.stride));
  }
  return end;
}
/** Whether some tap sees every place. */
export function isCovered(d: WindowDim): boolean {
  const seen = new Set<number>();
  for (let tap = 0; tap < d.taps; tap++) {
    const [from, to] = positionsInside(d, tap);
    for (let o = from; o < to; o++) seen.add(o * d.stride - d.before + tap * d.dilation);
  }
  return seen.size === d.input;
}
/** Which of `count` numbers at + i * step are places of the input: from, to. */
function insideOf({ input }: WindowDim, at: number, step: number, count: number): readonly [number, number] {
  const from = Math.min(count, Math.max(0, Math.ceil(-at / step)));
  return [from, Math.max(from, Math.min(count, Math.ceil((input - at) / step)))];
}

/** Adds +0 times each of some rows (whole vectors) to the row at `to`: `columns` rows one after the other (`row` bytes each), `lines` times, `gap` bytes from the end to the next, all `images` times, `gapImage` bytes in between. */
export function addZeros(k: Kit, t: 'f32' | 'f64', at: number, images: number, lines: number, columns: number, row: number, gap: number, gapImage: number, to: number): void {
  k.code(`conv.zeros.${t}`, () => zerosFunction(t))(at, images, lines, columns, row >> 4, gap, gapImage, to);
}
function zerosFunction(t: 'f32' | 'f64'): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: 8 }, () => 'i32' as const)), P = { at: 0, images: 1, lines: 2, columns: 3, vectors: 4, gap: 5, gapImage: 6, to: 7 } as const;
  const lines = f.local(), columns = f.local(), left = f.local(), to = f.local(), shape = shapeOf(t);
  return f.repeat(P.images, () => {
    f.get(P.lines).set(lines);
    f.repeat(lines, () => {
      f.get(P.columns).set(columns);
      f.repeat(columns, () => {
        f.get(P.to).set(to).get(P.vectors).set(left);
        f.repeat(left, () => {
          f.get(to).get(to).simdMem('v128.load').get(P.at).simdMem('v128.load').zero().simd(`${shape}.mul` as SimdOp).simd(`${shape}.add` as SimdOp).simdMem('v128.store');
          f.addConst(to, 16).addConst(P.at, 16);
        });
      });
      f.addLocal(P.at, P.gap);
    });
    f.addLocal(P.at, P.gapImage);
  });
}
