// Ops that name a part of their input and compute nothing: inside a loop they are addressing. A part is read by strides;
// its last axis (of more than one element) lies in one piece, so that four neighbours are one load. An input with zeros
// before and behind (along its outermost axis) is read where it is.
import { intAttr, sameShape, stridesOf, toNumbers } from '../kernels/common.ts';
import { resolveStrided } from '../kernels/slice.ts';
import type { DeviceNode } from '../engines/engine.ts';

type Shape = readonly number[];
/** A part of an array: its shape, where it begins and the steps of its axes, in elements. `within`: only these of its elements (from, to) are
 * there, the others are 0. */
export interface View { readonly shape: Shape; readonly strides: readonly number[]; readonly offset: number; readonly within?: readonly [number, number] }
/** Of each output the part it is of the input at position `input`, whose shape is `of`. */
export interface Views { readonly input: number; readonly of: Shape; readonly parts: readonly View[] }

/** undefined: no such op, or what it takes is known only in the run, or wrong. */
export function viewsOf(node: DeviceNode): Views | undefined {
  const table = VIEWS[node.op];
  if (!table || !node.shapesKnown || node.inputDtypes.some((d) => d.size === 0)) return undefined;
  const of = node.inputShapes[table.input]!, parts = table.parts(node, of);
  if (!parts?.every((p) => p.shape.every((d) => d > 0) && isDense(p) && (p.offset !== 0 || !sameShape(p.shape, of)))) return undefined;
  return { input: table.input, of, parts };
}
/** Whether what reads the parts has to be of their shape. */
export function fillsUp({ parts }: Views): boolean { return parts.some((p) => p.within !== undefined); }
function isDense(p: View): boolean { const last = p.shape.findLastIndex((d) => d > 1); return last < 0 || p.strides[last] === 1; }

const numbers = (node: DeviceNode, i: number): number[] | undefined => { const c = node.constant(i); return c && toNumbers(c); };
function axisOf(d: number | undefined, rank: number): number | undefined { const a = d !== undefined && d < 0 ? d + rank : d; return a !== undefined && a >= 0 && a < rank ? a : undefined; }
/** Pieces of these lengths along an axis. */
function pieces(of: Shape, axis: number | undefined, sizes: readonly number[] | undefined): View[] | undefined {
  if (axis === undefined || !sizes || sizes.some((n) => n < 0) || sizes.reduce((a, b) => a + b, 0) !== of[axis]) return undefined;
  const strides = stridesOf(of);
  let at = 0;
  return sizes.map((n) => { const v = { shape: of.with(axis, n), strides, offset: at * strides[axis]! }; at += n; return v; });
}

/** Arrays of one shape side by side along their last axis (of whole groups of four). */
export interface Joined { /** Position of the first, and how many. */ readonly first: number; readonly count: number; readonly part: Shape; readonly shape: Shape }
export function joinedOf(node: DeviceNode): Joined | undefined {
  if (node.op !== 'ConcatV2' || !node.shapesKnown || node.outputDtypes[0]!.size === 0) return undefined;
  const count = node.inputShapes.length - 1, part = node.inputShapes[0]!, last = part.length - 1, width = part[last];
  if (width === undefined || width === 0 || width % 4 > 0 || count < 2 || axisOf(numbers(node, count)?.[0], part.length) !== last) return undefined;
  return node.inputShapes.slice(1, count).every((s) => sameShape(s, part)) ? { first: 0, count, part, shape: part.with(last, width * count) } : undefined;
}

/** Elements that must lie in order for a reversed array to be read where it lies. */
const RUN = 16;
const VIEWS: Readonly<Record<string, { readonly input: number; readonly parts: (node: DeviceNode, of: Shape) => readonly View[] | undefined }>> = {
  Slice: { input: 0, parts: (node, of) => {
    const begin = numbers(node, 1), size = begin && numbers(node, 2)?.map((n, i) => (n === -1 ? of[i]! - begin[i]! : n)), strides = stridesOf(of);
    if (!begin || size?.length !== of.length || begin.length !== of.length || size.some((n, i) => begin[i]! < 0 || n < 0 || begin[i]! + n > of[i]!)) return undefined;
    return [{ shape: size, strides, offset: begin.reduce((n, b, i) => n + b * strides[i]!, 0) }];
  } },
  StridedSlice: { input: 0, parts: (node, of) => {
    const [b, e, s] = [1, 2, 3].map((i) => numbers(node, i));
    if (!b || !e || !s) return undefined;
    try {
      const v = resolveStrided(node, of, b, e, s), own = stridesOf(of);
      // The axes users see, one by one: those taken away and those put in have no steps.
      const kept = v.count.map((n, i) => ({ n, step: own[i]! * v.stride[i]! })).filter((x) => x.n > 1), strides: number[] = [];
      for (const d of v.shape) strides.push(d === 1 ? 0 : kept[0]?.n === d ? kept.shift()!.step : NaN);
      return kept.length > 0 || strides.some(Number.isNaN) ? undefined : [{ shape: v.shape, strides, offset: v.begin.reduce((n, at, i) => n + at * own[i]!, 0) }];
    } catch {
      return undefined; // it has an error to report
    }
  } },
  Split: { input: 1, parts: (node, of) => {
    const axis = axisOf(numbers(node, 0)?.[0], of.length), num = intAttr(node, 'num_split');
    return axis !== undefined && of[axis]! % num === 0 ? pieces(of, axis, Array.from({ length: num }, () => of[axis]! / num)) : undefined;
  } },
  SplitV: { input: 0, parts: (node, of) => pieces(of, axisOf(numbers(node, 2)?.[0], of.length), numbers(node, 1)) },
  Unpack: { input: 0, parts: (node, of) => {
    const axis = axisOf(intAttr(node, 'axis', 0), of.length);
    return axis === undefined ? undefined : pieces(of, axis, Array.from({ length: of[axis]! }, () => 1))?.map((v) => ({ ...v, shape: of.toSpliced(axis, 1), strides: v.strides.toSpliced(axis, 1) }));
  } },
  ReverseV2: { input: 0, parts: (node, of) => {
    const axes = numbers(node, 1)?.map((d) => axisOf(d, of.length)), own = stridesOf(of);
    if (!axes || axes.length === 0 || axes.includes(undefined) || new Set(axes).size < axes.length || own[Math.max(...axes as number[])]! < RUN) return undefined;
    return [{ shape: of, strides: own.map((s, i) => (axes.includes(i) && of[i]! > 1 ? -s : s)), offset: axes.reduce((n: number, a) => n + (of[a!]! - 1) * own[a!]!, 0) }];
  } },
  Pad: { input: 0, parts: (node, of) => {
    const by = numbers(node, 1), axis = of.findIndex((n) => n > 1), before = by?.[2 * axis], after = by?.[2 * axis + 1];
    if (before === undefined || after === undefined || Math.min(before, after) < 0 || by!.length !== 2 * of.length || of.includes(0) || by!.some((n, i) => n !== 0 && i >> 1 !== axis)) return undefined;
    const shape = of.with(axis, before + of[axis]! + after), strides = stridesOf(shape), each = strides[axis]!;
    return [{ shape, strides, offset: -before * each, within: [before * each, (before + of[axis]!) * each] }];
  } },
  Transpose: { input: 0, parts: (node, of) => {
    const perm = numbers(node, 1), own = stridesOf(of);
    return perm?.length === of.length && perm.every((d) => d >= 0 && d < of.length) && new Set(perm).size === of.length ? [{ shape: perm.map((d) => of[d]!), strides: perm.map((d) => own[d]!), offset: 0 }] : undefined;
  } },
};
