// Data movement on the `wasm` engine: views where the elements stay in order, else boxes copied by address arithmetic.
// Arguments that TF would refuse are left to the reference kernel, which has the words for it.
import { int32 } from '../../graph/dtype.ts';
import type { DeviceNode } from '../engines/engine.ts';
import { missingSize, scalarOne } from '../kernels/array.ts';
import { broadcast, broadcastStrides, intAttr, intsAttr, sameShape, sizeOf, stridesOf, typeAttr } from '../kernels/common.ts';
import { UNARY } from '../kernels/cwise.ts';
import { resolveStrided } from '../kernels/slice.ts';
import { bytesOf, laneStorage } from '../jit/lanes.ts';
import { evaluate } from './elementwise.ts';
import type { Kit, WasmKernel, WasmValue } from './kit.ts';
import { copyBox } from './move.ts';
import { reduceValue } from './reduce.ts';

const unit = (v: WasmValue): number => bytesOf(laneStorage(v.type.storage));
const plain = (k: Kit, v: WasmValue): WasmValue => k.view(v, v.shape, v.type.baseDtype);

/** A new value of `shape`, read from `a` by strides; without its axis of one element where it is to be `as`. */
function gatherBox(k: Kit, a: WasmValue, shape: readonly number[], strides: readonly number[], offset = 0, as = shape): WasmValue {
  const out = k.make(a.type.baseDtype, as), u = unit(a);
  copyBox(k, u, a.address + offset * u, strides, out.address, stridesOf(shape), shape);
  return out;
}
/** Copies all of `a` into a box of `out`. */
function place(k: Kit, a: WasmValue, out: WasmValue, offset: number, dims: readonly number[] = a.shape, strides: readonly number[] = stridesOf(out.shape)): void {
  copyBox(k, unit(a), a.address, stridesOf(dims), out.address + offset * unit(a), strides, dims);
}
/** Bytes that are copied again and again: they stay in the first cache. */
const PATTERN = 1 << 14;
export function filled(k: Kit, v: WasmValue, shape: readonly number[]): WasmValue {
  const out = k.make(v.type.baseDtype, shape), u = unit(v), bytes = out.size * u, to = out.address, element = k.heap.u8.subarray(v.address, v.address + u);
  if (element.every((b) => b === element[0])) k.fill(to, bytes, element[0]);
  else if (bytes > 0) {
    k.move(to, v.address, u);
    for (let done = u, n: number; done < bytes; done += n) k.move(to + done, to, n = Math.min(done, PATTERN, bytes - done));
  }
  return out;
}
export function zeros(k: Kit, like: WasmValue, shape: readonly number[]): WasmValue {
  const out = k.make(like.type.baseDtype, shape);
  k.fill(out.address, out.size * unit(out));
  return out;
}
/** The same elements in a block of their own. */
export function copied(k: Kit, v: WasmValue): WasmValue {
  const out = k.make(v.type.baseDtype, v.shape);
  k.move(out.address, v.address, v.size * unit(v));
  return out;
}
export function axisOf(given: number, rank: number): number | undefined {
  const a = given < 0 ? given + rank : given;
  return a >= 0 && a < rank ? a : undefined;
}
export const first = (k: Kit, v: WasmValue): number => k.numbers(v)[0]!;

const identity: WasmKernel = (k, x) => x.map((v) => plain(k, v));

const reshape: WasmKernel = (k, [a, s]) => {
  if (s!.shape.length !== 1) return undefined;
  const shape = k.numbers(s!), free = shape.indexOf(-1);
  if (free >= 0) shape[free] = missingSize(a!.shape, shape).missing ?? -1;
  return shape.every((d) => d >= 0) && sizeOf(shape) === a!.size ? [k.view(a!, shape)] : undefined;
};
const expandDims: WasmKernel = (k, [a, d]) => {
  const rank = a!.shape.length, dim = first(k, d!);
  if (dim < -1 - rank || dim > rank) return undefined;
  return [k.view(a!, a!.shape.toSpliced(dim < 0 ? dim + rank + 1 : dim, 0, 1))];
};
const squeeze: WasmKernel = (k, [a], node) => {
  const rank = a!.shape.length, wanted = intsAttr(node, 'squeeze_dims').map((d) => axisOf(d, rank));
  if (wanted.some((d) => d === undefined || a!.shape[d] !== 1)) return undefined;
  return [k.view(a!, a!.shape.filter((n, i) => (wanted.length === 0 ? n !== 1 : !wanted.includes(i))))];
};

const transpose: WasmKernel = (k, [a, p]) => {
  const rank = a!.shape.length, perm = k.numbers(p!).map((v) => (v < 0 ? v + rank : v));
  if (perm.length !== rank || !a!.shape.every((_, i) => perm.includes(i))) return undefined;
  if (perm.every((v, i) => v === i)) return [plain(k, a!)];
  const own = stridesOf(a!.shape);
  return [gatherBox(k, a!, perm.map((v) => a!.shape[v]!), perm.map((v) => own[v]!))];
};

function joined(k: Kit, parts: readonly WasmValue[], axis: number): WasmValue {
  const shape = [...parts[0]!.shape];
  shape[axis] = parts.reduce((n, v) => n + v.shape[axis]!, 0);
  const out = k.make(parts[0]!.type.baseDtype, shape), strides = stridesOf(shape);
  let at = 0;
  for (const v of parts) { place(k, v, out, at * strides[axis]!); at += v.shape[axis]!; }
  return out;
}
const concat = (axisFirst: boolean): WasmKernel => (k, x) => {
  const parts = axisFirst ? x.slice(1) : x.slice(0, -1), shape = parts[0]!.shape, at = axisFirst ? x[0]! : x[x.length - 1]!;
  if (at.shape.length !== 0) return undefined;
  const axis = axisOf(first(k, at), shape.length);
  if (axis === undefined || parts.some((v) => v.shape.length !== shape.length || v.shape.some((d, i) => i !== axis && d !== shape[i]))) return undefined;
  return [joined(k, parts, axis)];
};
const pack: WasmKernel = (k, x, node) => {
  const { shape } = x[0]!, axis = axisOf(intAttr(node, 'axis', 0), shape.length + 1);
  if (axis === undefined || x.some((v) => !sameShape(v.shape, shape))) return undefined;
  return [joined(k, x.map((v) => ({ ...v, shape: shape.toSpliced(axis, 0, 1) })), axis)];
};
function pieces(k: Kit, a: WasmValue, axis: number, sizes: readonly number[], as?: readonly number[]): WasmValue[] {
  const own = stridesOf(a.shape);
  let at = 0;
  return sizes.map((n) => {
    const v = gatherBox(k, a, a.shape.with(axis, n), own, at * own[axis]!, as);
    at += n;
    return v;
  });
}
const unpack: WasmKernel = (k, [a], node) => {
  const axis = axisOf(intAttr(node, 'axis', 0), a!.shape.length), num = intAttr(node, 'num');
  if (axis === undefined || a!.shape[axis] !== num) return undefined;
  return pieces(k, a!, axis, Array.from({ length: num }, () => 1), a!.shape.toSpliced(axis, 1));
};
const split: WasmKernel = (k, [d, a], node) => {
  const axis = axisOf(first(k, d!), a!.shape.length), num = intAttr(node, 'num_split');
  if (axis === undefined || a!.shape[axis]! % num !== 0) return undefined;
  return pieces(k, a!, axis, Array.from({ length: num }, () => a!.shape[axis]! / num));
};
const splitV: WasmKernel = (k, [a, s, d], node) => {
  if (d!.size !== 1) return undefined;
  const axis = axisOf(first(k, d!), a!.shape.length), sizes = k.numbers(s!), free = sizes.indexOf(-1);
  if (axis === undefined || sizes.length !== intAttr(node, 'num_split')) return undefined;
  const known = sizes.reduce((n, v) => n + Math.max(v, 0), 0), n = a!.shape[axis]!;
  if (free >= 0) sizes[free] = n - known;
  return (free >= 0 ? known <= n : known === n) ? pieces(k, a!, axis, sizes) : undefined;
};

const tile: WasmKernel = (k, [a, m]) => {
  const times = k.numbers(m!);
  if (m!.shape.length !== 1 || times.length !== a!.shape.length || times.some((t) => t < 0)) return undefined;
  const own = stridesOf(a!.shape);
  return [k.view(gatherBox(k, a!, a!.shape.flatMap((d, i) => [times[i]!, d]), own.flatMap((s) => [0, s])), a!.shape.map((d, i) => d * times[i]!))];
};
const broadcastTo: WasmKernel = (k, [a, s]) => {
  const shape = k.numbers(s!), both = broadcast(a!.shape, shape);
  if (a!.shape.length > shape.length || !both || !sameShape(both, shape)) return undefined;
  return [gatherBox(k, a!, shape, broadcastStrides(a!.shape, shape))];
};
const reverse: WasmKernel = (k, [a, axes]) => {
  const rank = a!.shape.length, flip = k.numbers(axes!).map((d) => axisOf(d, rank));
  if (flip.includes(undefined) || new Set(flip).size !== flip.length) return undefined;
  const own = stridesOf(a!.shape);
  const offset = flip.reduce<number>((n, d) => n + Math.max(0, a!.shape[d!]! - 1) * own[d!]!, 0);
  return [gatherBox(k, a!, a!.shape, own.map((s, d) => (flip.includes(d) ? -s : s)), offset)];
};
const fill: WasmKernel = (k, [dims, v]) => {
  if (dims!.shape.length !== 1 || v!.shape.length !== 0) return undefined;
  const shape = k.numbers(dims!);
  return shape.every((d) => d >= 0) ? [filled(k, v!, shape)] : undefined;
};
const pad: WasmKernel = (k, [a, p, value]) => {
  if (p!.shape.length !== 2 || p!.shape[1] !== 2 || p!.shape[0] !== a!.shape.length) return undefined;
  const v = k.numbers(p!);
  if (v.some((n) => n < 0)) return undefined;
  const shape = a!.shape.map((d, i) => d + v[2 * i]! + v[2 * i + 1]!), strides = stridesOf(shape);
  const out = value ? filled(k, value, shape) : zeros(k, a!, shape);
  place(k, a!, out, a!.shape.reduce((n, _, i) => n + v[2 * i]! * strides[i]!, 0));
  return [out];
};

const slice: WasmKernel = (k, [a, b, s]) => {
  const begin = k.numbers(b!), size = k.numbers(s!), rank = a!.shape.length;
  if (begin.length !== rank || size.length !== rank || b!.shape.length !== 1 || s!.shape.length !== 1) return undefined;
  const dims = size.map((n, i) => (n === -1 ? a!.shape[i]! - begin[i]! : n));
  if (dims.some((n, i) => begin[i]! < 0 || n < 0 || begin[i]! + n > a!.shape[i]!)) return undefined;
  const own = stridesOf(a!.shape);
  return [gatherBox(k, a!, dims, own, begin.reduce((n, v, i) => n + v * own[i]!, 0))];
};
/** A copy of the variable with the slice replaced. */
const stridedSliceAssign: WasmKernel = (k, [ref, b, e, t, value], node) => {
  const v = strided(k, node, ref!.shape, [b!, e!, t!]);
  if (!v || (!sameShape(v.shape, value!.shape) && !v.count.includes(0))) return undefined;
  const out = copied(k, ref!);
  place(k, value!, out, v.offset, v.count, v.strides);
  return [out];
};
function strided(k: Kit, node: DeviceNode, input: readonly number[], spec: readonly WasmValue[]): { count: readonly number[]; shape: readonly number[]; strides: number[]; offset: number } | undefined {
  if (spec.some((v) => v.shape.length !== 1 || v.size !== spec[0]!.size)) return undefined;
  try {
    const [b, e, s] = spec.map((v) => k.numbers(v)) as [number[], number[], number[]];
    const v = resolveStrided(node, input, b, e, s), own = stridesOf(input);
    return { count: v.count, shape: v.shape, strides: own.map((n, i) => n * v.stride[i]!), offset: v.count.includes(0) ? 0 : v.begin.reduce((n, at, i) => n + at * own[i]!, 0) };
  } catch {
    return undefined; // the reference kernel says what is wrong
  }
}
const stridedSlice: WasmKernel = (k, [a, ...spec], node) => {
  const v = strided(k, node, a!.shape, spec);
  return v && [k.view(gatherBox(k, a!, v.count, v.strides, v.offset), v.shape)];
};
const stridedSliceGrad: WasmKernel = (k, [s, b, e, t, dy], node) => {
  const shape = k.numbers(s!), v = strided(k, node, shape, [b!, e!, t!]);
  if (!v || !sameShape(v.shape, dy!.shape)) return undefined;
  const out = zeros(k, dy!, shape);
  place(k, dy!, out, v.offset, v.count, v.strides);
  return [out];
};

const isWide = (node: DeviceNode): boolean => typeAttr(node, 'out_type', int32).storage === 'i64';
const shapeOf: WasmKernel = (k, x, node) => x.map((v) => k.integers(v.shape, [v.shape.length], isWide(node)));
const integer = (k: Kit, n: number, node: DeviceNode): WasmValue => k.integers([n], [], isWide(node));

const onesLike: WasmKernel = (k, [a]) => [filled(k, k.write(scalarOne(a!.type.baseDtype)), a!.shape)];
const ensureShape: WasmKernel = (k, [a], node) => {
  const want = node.attr['shape'];
  return want?.kind !== 'shape' || want.value.dims === null || want.value.isCompatibleWith(a!.shape) ? [plain(k, a!)] : undefined;
};
/** x * 0 is NaN where x is not finite, and a sum with one is NaN. */
const checkNumerics: WasmKernel = (k, [a]) => {
  const zero = evaluate(k, 'CheckNumerics', { float: (o, x) => o.mul(x, o.c(0)) }, [a!]);
  const sum = zero && reduceValue(k, 'sum', zero, a!.shape.map(() => true), false);
  return sum && k.look(sum).flat(0) === 0 ? [plain(k, a!)] : undefined;
};
const conjugateTranspose: WasmKernel = (k, x, node, state) => {
  const t = transpose(k, x, node, state)?.[0];
  const out = t?.type.isComplex ? evaluate(k, 'Conj', UNARY['Conj']!, [t]) : t;
  return out && [out];
};

export const arrayKernels: readonly (readonly [string, WasmKernel])[] = [
  ['Identity', identity], ['IdentityN', identity], ['Snapshot', identity], ['StopGradient', identity], ['PreventGradient', identity], ['PlaceholderWithDefault', identity],
  ['Reshape', reshape], ['ExpandDims', expandDims], ['Squeeze', squeeze], ['Transpose', transpose], ['Concat', concat(true)], ['ConcatV2', concat(false)],
  ['Pack', pack], ['Unpack', unpack], ['Split', split], ['SplitV', splitV], ['Tile', tile], ['BroadcastTo', broadcastTo], ['ReverseV2', reverse], ['Fill', fill],
  ['ZerosLike', (k, [a]) => [zeros(k, a!, a!.shape)]], ['Pad', pad], ['PadV2', pad], ['Slice', slice], ['StridedSlice', stridedSlice], ['StridedSliceGrad', stridedSliceGrad],
  ['Shape', shapeOf], ['ShapeN', shapeOf], ['Size', (k, [a], node) => [integer(k, a!.size, node)]], ['Rank', (k, [a]) => [k.integers([a!.shape.length], [])]],
  ['OnesLike', onesLike], ['ConjugateTranspose', conjugateTranspose], ['StridedSliceAssign', stridedSliceAssign], ['ResourceStridedSliceAssign', stridedSliceAssign],
  ['EnsureShape', ensureShape], ['CheckNumerics', checkNumerics], ['NoOp', () => []],
];
