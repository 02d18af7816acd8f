// Borders that mirror the inside, and their gradient, on the `wasm` engine: rows taken by index, folded back by index.
import { intsUpTo, sizeOf } from '../kernels/common.ts';
import { edgeOf, folds, mirrorIndex } from '../kernels/mirror_pad.ts';
import type { Kit, WasmKernel, WasmValue } from './kit.ts';
import { offsetsFrom, takenAt } from './rows.ts';
import { fresh, updated } from './scatter.ts';

/** Sizes in front of and behind every axis; undefined when an axis (as it is without them, by `inside`) has too few elements. */
function sides(k: Kit, a: WasmValue, p: WasmValue, edge: number, inside: (n: number, both: number) => number): (readonly [number, number])[] | undefined {
  if (p.shape.length !== 2 || p.shape[1] !== 2 || p.shape[0] !== a.shape.length) return undefined;
  const v = k.numbers(p), pairs = a.shape.map((_, i) => [v[2 * i]!, v[2 * i + 1]!] as const);
  return pairs.every(([before, after], i) => Math.min(before, after) >= 0 && Math.max(before, after) <= inside(a.shape[i]!, before + after) - edge) ? pairs : undefined;
}
const mirrorPad: WasmKernel = (k, [a, p], node) => {
  const edge = edgeOf(node);
  let out = k.view(a!, a!.shape, a!.type.baseDtype);
  const pairs = sides(k, a!, p!, edge, (n) => n);
  pairs?.forEach(([before, after], axis) => { if (before + after > 0) out = takenAt(k, out, mirrorIndex(a!.shape[axis]!, before, after, edge), axis); });
  return pairs && [out];
};
const mirrorPadGrad: WasmKernel = (k, [g, p], node) => {
  const edge = edgeOf(node), pairs = sides(k, g!, p!, edge, (n, both) => n - both);
  let out: WasmValue | undefined = k.view(g!, g!.shape, g!.type.baseDtype);
  pairs?.forEach(([before, after], axis) => {
    if (before + after === 0 || !out) return;
    const n: number = out.shape[axis]! - before - after, run = sizeOf(out.shape.slice(axis + 1)), outer = intsUpTo(sizeOf(out.shape.slice(0, axis)));
    const { from, to } = folds(n, before, after, edge);
    const inner = takenAt(k, out, intsUpTo(n).map((i) => before + i), axis), border = takenAt(k, out, from, axis);
    out = updated(k, 'Add', inner, border, run, (bytes) => offsetsFrom(k, outer.flatMap((o) => to.map((v) => o * n + v)), bytes), fresh)?.[0];
  });
  return pairs && out && [out];
};

export const mirrorPadKernels: readonly (readonly [string, WasmKernel])[] = [['MirrorPad', mirrorPad], ['MirrorPadGrad', mirrorPadGrad]];
