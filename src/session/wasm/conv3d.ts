// Convolution over three spatial dimensions and its gradients on the `wasm` engine, plane by plane with the walkers and the
// packed product of conv.ts; the orders of kernels/conv3d.ts. Channels first are turned to last and back.
import type { DeviceNode } from '../engines/engine.ts';
import { sizeOf, toNumbers } from '../kernels/common.ts';
import { eachPlane, volume, type Volume } from '../kernels/conv3d.ts';
import { channelsLast, inLayout, isNchw } from '../kernels/window.ts';
import { laneStorage } from '../jit/lanes.ts';
import { blockBytes, blocks, fromNhwc, gatherFunction, type Geometry, inCall, scatterFunction, toNhwc, walk } from './conv.ts';
import { CONTINUED, FRESH, gemm, type PackedB, packB } from './gemm.ts';
import type { Kit, WasmKernel, WasmValue } from './kit.ts';
import { gemmType, narrowed, widened } from './matmul.ts';

interface Plan { readonly t: 'f32' | 'f64'; readonly size: number; readonly nchw: boolean; readonly v: Volume; readonly xs: readonly number[]; readonly one: Geometry; readonly K: number; readonly row: number; readonly planeIn: number; readonly planeOut: number }

/** Sizes of the call; undefined where the reference kernel is to speak. */
function plan(node: DeviceNode, type: WasmValue['type'], input: readonly number[], fs: readonly number[], dy?: readonly number[]): Plan | undefined {
  const t = gemmType(laneStorage(type.storage)), nchw = isNchw(node);
  if ((t !== 'f32' && t !== 'f64') || input.length !== 5 || fs.length !== 5 || (dy && dy.length !== 5)) return undefined;
  const xs = channelsLast(input, nchw), size = t === 'f32' ? 4 : 8;
  let v: Volume;
  try { v = volume(node, xs, fs, nchw); } catch { return undefined; }
  if (dy && channelsLast(dy, nchw).some((d, i) => d !== v.ys[i])) return undefined;
  const one = { ...v.plane, n: 1 }, { h, w, ci } = one, K = h.taps * w.taps * ci;
  return { t, size, nchw, v, xs, one, K, row: K * size, planeIn: h.input * w.input * ci * size, planeOut: h.output * w.output * v.co * size };
}
/** Spatial dimensions taken together. */
const flat = (s: readonly number[]): readonly [number, number, number, number] => [s[0]!, sizeOf(s.slice(1, -1)), 1, s[s.length - 1]!];
/** Address of a value's elements in their compute format, channels last. */
const elements = (k: Kit, p: Plan, a: WasmValue, shape: readonly number[]): number => toNhwc(k, widened(k, a), p.size, flat(shape), p.nchw);
function target(k: Kit, p: Plan, out: WasmValue, shape: readonly number[]): { readonly address: number; finish(): void } {
  const narrow = narrowed(k, out), to = fromNhwc(k, narrow.address, p.size, flat(shape), p.nchw);
  return { address: to.address, finish: () => { to.finish(); narrow.finish(); } };
}
/** The filter's planes, packed one by one. */
function packPlanes(k: Kit, p: Plan, filter: WasmValue, turned: boolean): PackedB[] {
  const { K, size, v: { d, co } } = p, at = widened(k, filter);
  return Array.from({ length: d.taps }, (_, tap) => {
    const address = at + tap * K * co * size;
    return turned ? packB(k, p.t, co, K, { address, row: size, col: co * size }) : packB(k, p.t, K, co, { address, row: co * size, col: size });
  });
}
/** Gathers the windows of an input plane, block by block; of padding, zeros. */
function gathered(k: Kit, p: Plan, x: number, image: number, f: (first: number, count: number, col: number) => void): void {
  const gather = k.code('conv.gather', gatherFunction), col = k.scratch(blockBytes(p.one, p.row));
  blocks(p.one, p.row, (first, count) => {
    if (image < 0) k.fill(col, count * p.row);
    else gather(...walk(p.one, x + image * p.planeIn, col, first, count, p.size));
    inCall(k, () => { f(first, count, col); });
  });
}

const conv3d: WasmKernel = (k, [input, filter], node) => {
  const p = plan(node, input!.type, input!.shape, filter!.shape);
  if (!p) return undefined;
  const { t, size, v, row } = p, { co } = v, out = k.make(input!.type, inLayout(v.ys, p.nchw));
  const x = elements(k, p, input!, p.xs), y = target(k, p, out, v.ys), planes = packPlanes(k, p, filter!, false);
  if (v.d.taps === 0) k.fill(y.address, out.size * size);
  eachPlane(v, (image, plane, tap) => {
    inCall(k, () => gathered(k, p, x, image, (first, count, col) => {
      gemm(k, t, count, { address: col, row, col: size }, planes[tap]!, y.address + plane * p.planeOut + first * co * size, co * size, tap > 0 ? CONTINUED : FRESH);
    }));
  });
  y.finish();
  return [out];
};
const conv3dBackpropInput: WasmKernel = (k, [sizes, filter, grad], node) => {
  const given = toNumbers(k.read(sizes!)), p = plan(node, grad!.type, given, filter!.shape, grad!.shape);
  if (!p) return undefined;
  const { t, size, v, row } = p, { co } = v, out = k.make(grad!.type, given);
  const dy = elements(k, p, grad!, v.ys), dx = target(k, p, out, p.xs), planes = packPlanes(k, p, filter!, true);
  k.fill(dx.address, out.size * size);
  const scatter = k.code(`conv.scatter.${t}`, () => scatterFunction(t)), col = k.scratch(blockBytes(p.one, row));
  eachPlane(v, (image, plane, tap) => {
    if (image < 0) return;
    blocks(p.one, row, (first, count) => {
      inCall(k, () => { gemm(k, t, count, { address: dy + plane * p.planeOut + first * co * size, row: co * size, col: size }, planes[tap]!, col, row); });
      scatter(...walk(p.one, dx.address + image * p.planeIn, col, first, count, size));
    });
  });
  dx.finish();
  return [out];
};
const conv3dBackpropFilter: WasmKernel = (k, [input, sizes, grad], node) => {
  const fs = toNumbers(k.read(sizes!)), p = plan(node, input!.type, input!.shape, fs, grad!.shape);
  if (!p) return undefined;
  const { t, size, v, row, K } = p, { co } = v, out = k.make(input!.type, fs);
  const x = elements(k, p, input!, p.xs), dy = elements(k, p, grad!, v.ys), dw = narrowed(k, out);
  k.fill(dw.address, out.size * size);
  eachPlane(v, (image, plane, tap) => {
    inCall(k, () => gathered(k, p, x, image, (first, count, col) => {
      const b = packB(k, t, count, co, { address: dy + plane * p.planeOut + first * co * size, row: co * size, col: size });
      gemm(k, t, K, { address: col, row: size, col: row }, b, dw.address + tap * K * co * size, co * size, CONTINUED);
    }));
  });
  dw.finish();
  return [out];
};

export const conv3dKernels: readonly (readonly [string, WasmKernel])[] = [
  ['Conv3D', conv3d], ['Conv3DBackpropInputV2', conv3dBackpropInput], ['Conv3DBackpropFilterV2', conv3dBackpropFilter],
];
