// Images resized on the `wasm` engine, and both gradients: the positions and the order of kernels/resize.ts. Between pixels, where rows of
// the image serve several rows of the result, each is stretched once and two are mixed. Dtypes whose sums round at each step stay with the reference kernel.
import { float32 } from '../../graph/dtype.ts';
import type { DeviceNode } from '../engines/engine.ts';
import { betweenOf, nearestOf, places, sizesOf } from '../kernels/resize.ts';
import { JOINS } from '../kernels/scatter.ts';
import { FunctionBuilder, type Local } from '../jit/function.ts';
import { bytesOf, laneStorage } from '../jit/lanes.ts';
import { zeros } from './array.ts';
import { castValue } from './elementwise.ts';
import { onHost } from './host.ts';
import type { Kit, WasmKernel, WasmValue } from './kit.ts';
import { valueBody } from './map.ts';
import { gatherRows, offsetsFrom, updateRows } from './rows.ts';

type Geometry = ReturnType<typeof sizesOf>;
type Between = ReturnType<typeof betweenOf>;
/** Sizes; undefined where the reference kernel is to speak. */
function geometry(k: Kit, node: DeviceNode, image: WasmValue, size: WasmValue): Geometry | undefined {
  try {
    places(node);
    return sizesOf(k.look(image), k.look(size));
  } catch {
    return undefined;
  }
}
/** Bytes of a number of binary32. */
const FLOAT = 4;
/** Channels below which it pays to stretch rows beforehand: mixing then knows no pixels. */
const FEW = 8;
/** Where pixels lie between two: bytes to the one before and the one behind, how far they are from either. */
export function listOf(k: Kit, places: Between, step: number): number {
  const at = k.scratch(16 * places.length), { i32, f32 } = k.heap;
  let p = at >>> 2;
  for (const { low, high, weight } of places) {
    i32[p] = low * step;
    i32[p + 1] = high * step;
    f32[p + 2] = weight;
    f32[p + 3] = Math.fround(1 - weight);
    p += 4;
  }
  return at;
}
/** What is known of a node's last sizes: positions are the same for every image. */
interface Known { readonly height: number; readonly width: number; readonly rows: number; readonly columns: number; readonly down: Between; readonly across: Between; readonly turns: Turns }
const KNOWN = new WeakMap<DeviceNode, Known>();
function knownOf(node: DeviceNode, { height, width, rows, columns }: Pick<Geometry, 'height' | 'width' | 'rows' | 'columns'>): Known {
  let known = KNOWN.get(node);
  if (known?.height !== height || known.width !== width || known.rows !== rows || known.columns !== columns) {
    const down = betweenOf(node, height, rows);
    KNOWN.set(node, known = { height, width, rows, columns, down, across: betweenOf(node, width, columns), turns: turnsOf(down) });
  }
  return known;
}
/** Rows of the image that must be stretched before a row can be mixed, into which of two places; where the upper and the lower one are. */
type Turns = readonly { readonly stretched: readonly { readonly row: number; readonly place: 0 | 1 }[]; readonly upper: 0 | 1; readonly lower: 0 | 1 }[];
/** Two rows are kept; the one that is still wanted stays. */
function turnsOf(down: Between): Turns {
  const held = [-1, -1];
  return down.map(({ low, high }) => {
    const stretched: { row: number; place: 0 | 1 }[] = [];
    const placeOf = (row: number, other: number): 0 | 1 => {
      if (held[0] === row) return 0;
      if (held[1] === row) return 1;
      const place = held[0] === other ? 1 : 0;
      held[place] = row;
      stretched.push({ row, place });
      return place;
    };
    const upper = placeOf(low, high), lower = placeOf(high, low);
    return { stretched, upper, lower };
  });
}
/** Turns as `twice` reads them: up to two rows to stretch (bytes to the row, or -1; where to), the rows to mix, the weight. */
function turnList(k: Kit, turns: Turns, down: Between, line: number, stretched: readonly [number, number]): number {
  const at = k.scratch(32 * turns.length), { i32, f32 } = k.heap;
  turns.forEach((t, i) => {
    const p = (at >>> 2) + 8 * i;
    for (const n of [0, 1]) { const s = t.stretched[n]; i32[p + 2 * n] = s ? s.row * line : -1; i32[p + 2 * n + 1] = s ? stretched[s.place] : 0; }
    i32[p + 4] = stretched[t.upper];
    i32[p + 5] = stretched[t.lower];
    f32[p + 6] = down[i]!.weight;
  });
  return at;
}

const bilinear: WasmKernel = (k, [image, size], node) => {
  const g = geometry(k, node, image!, size!);
  if (!g) return undefined;
  const { batch, height, width, channels, rows, columns } = g, x = image!.type === float32 ? image! : castValue(k, image!, float32), shape = [batch, rows, columns, channels];
  if (rows === height && columns === width) return [k.copy(k.view(x, shape))];
  const out = k.make(float32, shape), pixel = channels * FLOAT, row = columns * pixel, line = width * pixel, vectors = Math.ceil(channels / 4), { down, across, turns } = knownOf(node, g), list = listOf(k, across, pixel);
  if (channels < FEW && rows >= height) {
    const stretched = [k.scratch(row + 16), k.scratch(row + 16)] as const;
    k.code('resize.twice', twiceFunction)(batch, rows, columns, vectors, Math.ceil(row / 16), x.address, out.address, turnList(k, turns, down, line, stretched), list, pixel, row, height * line);
  } else k.code('resize.between', betweenFunction)(batch, rows, columns, vectors, x.address, out.address, listOf(k, down, line), list, pixel, row, height * line);
  return [out];
};

const bilinearGrad: WasmKernel = (k, [grad, image], node, state) => {
  const [batch, rows, columns, channels] = grad!.shape as [number, number, number, number], [n, height, width, depth] = image!.shape as [number, number, number, number];
  if (image!.type.storage !== 'f32' || image!.size === 0) return onHost(k, [grad!, image!], node, state);
  if (grad!.shape.length !== 4 || image!.shape.length !== 4 || batch !== n || channels !== depth) return undefined;
  try { places(node); } catch { return undefined; }
  const dx = zeros(k, image!, image!.shape), pixel = channels * FLOAT, line = width * pixel, { down, across } = knownOf(node, { height, width, rows, columns });
  k.code('resize.spread', spreadFunction)(batch, rows, columns, Math.ceil(channels / 4), grad!.address, dx.address, listOf(k, down, line), listOf(k, across, pixel), pixel, columns * pixel, height * line);
  return [dx];
};

const nearest: WasmKernel = (k, [image, size], node) => {
  const g = geometry(k, node, image!, size!);
  if (!g) return undefined;
  const { batch, height, width, channels, rows, columns } = g, pixel = channels * bytesOf(laneStorage(image!.type.storage)), out = k.make(image!.type.baseDtype, [batch, rows, columns, channels]);
  const line = width * pixel, row = columns * pixel, from = nearestOf(node, height, rows), at = offsetsFrom(k, nearestOf(node, width, columns), pixel);
  for (let b = 0, to = out.address; b < batch; b++) for (let i = 0; i < rows; i++, to += row) {
    if (i > 0 && from[i] === from[i - 1]) k.move(to, to - row, row);
    else gatherRows(k, at, pixel, image!.address + (b * height + from[i]!) * line, to);
  }
  return [out];
};
const nearestGrad: WasmKernel = (k, [grad, size], node, state) => {
  const s = laneStorage(grad!.type.storage);
  if (s !== 'f32' && s !== 'f64' && s !== 'i32') return onHost(k, [grad!, size!], node, state);
  const [height, width] = k.numbers(size!) as [number, number], [batch, rows, columns, channels] = grad!.shape as [number, number, number, number];
  if (grad!.shape.length !== 4 || size!.shape.length !== 1 || size!.size !== 2 || height <= 0 || width <= 0) return undefined;
  try { places(node); } catch { return undefined; }
  const dx = zeros(k, grad!, [batch, height, width, channels]), pixel = channels * bytesOf(s), at = offsetsFrom(k, nearestOf(node, width, columns), pixel), body = valueBody(JOINS['Add']!, s)!;
  nearestOf(node, height, rows).forEach((y, i) => {
    for (let b = 0; b < batch; b++) updateRows(k, 'Add', body, at, channels, { storage: s, tables: [dx.address + (b * height + y) * width * pixel], rows: [grad!.address + (b * rows + i) * columns * pixel] });
  });
  return [dx];
};

// ---- pixels as vectors of channels: what one writes too much the next pixel overwrites

/** Leaves a + (b - a) weight, for a in a local and b on the stack. */
function lerp(f: FunctionBuilder, a: Local, weight: Local): FunctionBuilder { return f.get(a).simd('f32x4.sub').get(weight).simd('f32x4.mul').get(a).simd('f32x4.add'); }
/** (images, rows, columns, vectors, first image, result, list of rows, list of columns, bytes of a pixel, of a row of the result, of an image) */
const BETWEEN = { images: 0, rows: 1, columns: 2, vectors: 3, x: 4, to: 5, down: 6, across: 7, pixel: 8, row: 9, image: 10 } as const;
/** Each pixel from the four around it: first between left and right, then between above and below. */
export function betweenFunction(): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: 11 }, () => 'i32' as const)), P = BETWEEN;
  const [a, top, right, below] = Array.from({ length: 4 }, () => f.local('v128')) as [Local, Local, Local, Local];
  const [down, across, rows, columns, upper, lower, out, n] = Array.from({ length: 8 }, () => f.local()) as [Local, Local, Local, Local, Local, Local, Local, Local];
  const [tl, tr, bl, br, to] = Array.from({ length: 5 }, () => f.local()) as [Local, Local, Local, Local, Local];
  const pair = (left: Local, other: Local): FunctionBuilder => { f.get(left).simdMem('v128.load').set(a).get(other).simdMem('v128.load'); return lerp(f, a, right); };
  const start = (at: Local, row: Local, offset: 0 | 4): void => { f.get(row).get(across).mem('i32.load', offset).op('i32.add').set(at); };
  return f.repeat(P.images, () => {
    f.get(P.down).set(down).get(P.rows).set(rows);
    f.repeat(rows, () => {
      f.get(P.x).get(down).mem('i32.load').op('i32.add').set(upper).get(P.x).get(down).mem('i32.load', 4).op('i32.add').set(lower).get(down).simdMem('v128.load32_splat', 8).set(below);
      f.get(P.across).set(across).get(P.to).set(to).get(P.columns).set(columns);
      f.repeat(columns, () => {
        start(tl, upper, 0); start(tr, upper, 4); start(bl, lower, 0); start(br, lower, 4);
        f.get(across).simdMem('v128.load32_splat', 8).set(right).get(to).set(out).get(P.vectors).set(n);
        f.repeat(n, () => {
          pair(tl, tr).set(top);
          f.get(out);
          pair(bl, br);
          lerp(f, top, below).simdMem('v128.store');
          for (const l of [tl, tr, bl, br, out]) f.addConst(l, 16);
        });
        f.addConst(across, 16).addLocal(to, P.pixel);
      });
      f.addConst(down, 16).addLocal(P.to, P.row);
    });
    f.addLocal(P.x, P.image);
  });
}
/** (images, rows, columns, vectors of a pixel, of a row, first image, result, turns, list of columns, bytes of a pixel, of a row of the result, of an image): rows of the image are
 * stretched once, and two of them mixed. */
function twiceFunction(): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: 12 }, () => 'i32' as const)), P = { images: 0, rows: 1, columns: 2, vectors: 3, all: 4, x: 5, to: 6, turns: 7, across: 8, pixel: 9, row: 10, image: 11 } as const;
  const [a, weight] = [f.local('v128'), f.local('v128')], [turn, rows, across, left, right, out, to, n, columns, from] = Array.from({ length: 10 }, () => f.local()) as [Local, Local, Local, Local, Local, Local, Local, Local, Local, Local];
  const stretch = (at: 0 | 8): void => {
    f.get(turn).mem('i32.load', at).tee(from).i32(-1).op('i32.ne').if(() => {
      f.get(P.x).get(from).op('i32.add').set(from).get(turn).mem('i32.load', at + 4).set(to).get(P.across).set(across).get(P.columns).set(columns);
      f.repeat(columns, () => {
        f.get(from).get(across).mem('i32.load').op('i32.add').set(left).get(from).get(across).mem('i32.load', 4).op('i32.add').set(right).get(across).simdMem('v128.load32_splat', 8).set(weight);
        f.get(to).set(out).get(P.vectors).set(n);
        f.repeat(n, () => {
          f.get(left).simdMem('v128.load').set(a).get(out).get(right).simdMem('v128.load');
          lerp(f, a, weight).simdMem('v128.store').addConst(left, 16).addConst(right, 16).addConst(out, 16);
        });
        f.addConst(across, 16).addLocal(to, P.pixel);
      });
    });
  };
  return f.repeat(P.images, () => {
    f.get(P.turns).set(turn).get(P.rows).set(rows);
    f.repeat(rows, () => {
      stretch(0);
      stretch(8);
      f.get(turn).mem('i32.load', 16).set(left).get(turn).mem('i32.load', 20).set(right).get(turn).simdMem('v128.load32_splat', 24).set(weight).get(P.to).set(out).get(P.all).set(n);
      f.repeat(n, () => {
        f.get(left).simdMem('v128.load').set(a).get(out).get(right).simdMem('v128.load');
        lerp(f, a, weight).simdMem('v128.store').addConst(left, 16).addConst(right, 16).addConst(out, 16);
      });
      f.addConst(turn, 32).addLocal(P.to, P.row);
    });
    f.addLocal(P.x, P.image);
  });
}
/** (as `betweenFunction`, from gradients to images): the shares of each pixel of a row are added to the four around it, in order. Channels behind the last one get +0. */
export function spreadFunction(): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: 11 }, () => 'i32' as const)), P = BETWEEN;
  const [low, high, left, right, part, v] = Array.from({ length: 6 }, () => f.local('v128')) as [Local, Local, Local, Local, Local, Local];
  const [down, across, rows, columns, upper, lower, pixel, n] = Array.from({ length: 8 }, () => f.local()) as [Local, Local, Local, Local, Local, Local, Local, Local];
  const g = f.local(), offset = f.local(), bytes = f.local(), at = f.local();
  /** Adds the part of the upper or the lower row to the pixel on the left or on the right. */
  const add = (row: Local, side: 0 | 4, weight: Local): void => {
    f.get(row).get(across).mem('i32.load', side).op('i32.add').get(offset).op('i32.add').tee(at);
    f.get(at).simdMem('v128.load').get(part).get(weight).simd('f32x4.mul').simd('f32x4.add').simdMem('v128.store');
  };
  return f.repeat(P.images, () => {
    f.get(P.down).set(down).get(P.rows).set(rows);
    f.repeat(rows, () => {
      f.get(P.to).get(down).mem('i32.load').op('i32.add').set(upper).get(P.to).get(down).mem('i32.load', 4).op('i32.add').set(lower);
      f.get(down).simdMem('v128.load32_splat', 8).set(high).get(down).simdMem('v128.load32_splat', 12).set(low);
      f.get(P.across).set(across).get(P.x).set(pixel).get(P.columns).set(columns);
      f.repeat(columns, () => {
        f.get(across).simdMem('v128.load32_splat', 8).set(right).get(across).simdMem('v128.load32_splat', 12).set(left);
        f.get(pixel).set(g).i32(0).set(offset).get(P.pixel).set(bytes).get(P.vectors).set(n);
        f.repeat(n, () => {
          f.get(g).simdMem('v128.load').get(bytes).simd('i32x4.splat').v128(new Uint8Array(Int32Array.of(0, 4, 8, 12).buffer)).simd('i32x4.gt_s').simd('v128.and').set(v);
          for (const [row, share] of [[upper, low], [lower, high]] as const) {
            f.get(v).get(share).simd('f32x4.mul').set(part);
            add(row, 0, left);
            add(row, 4, right);
          }
          f.addConst(g, 16).addConst(offset, 16).addConst(bytes, -16);
        });
        f.addConst(across, 16).addLocal(pixel, P.pixel);
      });
      f.addConst(down, 16).addLocal(P.x, P.row);
    });
    f.addLocal(P.to, P.image);
  });
}

export const resizeKernels: readonly (readonly [string, WasmKernel])[] = [
  ['ResizeBilinear', bilinear], ['ResizeBilinearGrad', bilinearGrad], ['ResizeNearestNeighbor', nearest], ['ResizeNearestNeighborGrad', nearestGrad],
];
