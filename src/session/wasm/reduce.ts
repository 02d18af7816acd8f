// Reductions over any axes and bias gradients on the `wasm` engine, as compositions of the tree in fold.ts and elementwise
// rows: the same steps as kernels/{reduce,bias}.ts, rounding by rounding.
import type { DType } from '../../graph/dtype.ts';
import { scalarOne } from '../kernels/array.ts';
import { boolAttr, fromNumbers, sizeOf, stridesOf, toNumber } from '../kernels/common.ts';
import type { ValueRow } from '../kernels/compute.ts';
import type { KernelNode } from '../kernels/kernel.ts';
import { JOINS } from '../kernels/scatter.ts';
import { isNchw } from '../kernels/window.ts';
import { fold, foldBytes, type FoldOp, type FoldType, LANES, TERMS } from './fold.ts';
import type { Kit, WasmKernel, WasmValue } from './kit.ts';
import { evaluate } from './elementwise.ts';
import { bytesOf, laneStorage } from '../jit/lanes.ts';
import { codeFor, planLoop, valueBody } from './map.ts';
import { narrowed, widened, wideType } from './matmul.ts';
import { copyBox } from './move.ts';

function foldType(t: DType, op: FoldOp): FoldType | undefined {
  switch (t.storage) {
    case 'f32': case 'f16': case 'bf16': return 'f32';
    case 'u64': return op === 'sum' || op === 'prod' ? 'i64' : 'u64';
    case 'f64': case 'i64': case 'u32': return t.storage;
    case 'c64': case 'c128': case 'bool': case 'string': case 'none': return undefined;
    default: return 'i32';
  }
}

/** Which axes an index tensor names; undefined when one is out of range. */
export function axesOf(k: Kit, rank: number, indices: WasmValue): boolean[] | undefined {
  const reduced = Array.from({ length: rank }, () => false);
  for (const v of k.numbers(indices)) {
    const d = v < 0 ? v + rank : v;
    if (!(d >= 0 && d < rank)) return undefined;
    reduced[d] = true;
  }
  return reduced;
}

/** Reduces `shape` elements at `address` into `out`. */
function reduceAt(k: Kit, t: FoldType, op: FoldOp, address: number, shape: readonly number[], reduced: readonly boolean[], out: number): void {
  const size = foldBytes(t);
  const groups: { n: number; gone: boolean }[] = []; // neighbours of one kind, merged
  shape.forEach((n, i) => {
    const last = groups[groups.length - 1], gone = reduced[i]!;
    if (n === 1) return;
    if (last && last.gone === gone) last.n *= n; else groups.push({ n, gone });
  });
  const kinds = groups.map((g) => (g.gone ? 'g' : 'k')).join('');
  const [p, q, r] = groups.map((g) => g.n);
  const tall = (n: number): boolean => n >= 16 / size;
  switch (kinds) {
    case '': case 'g': fold(k, t, op, { form: 'rows', address, outputs: 1, terms: p ?? 1, stride: 0 }, out); return;
    case 'k': fold(k, t, op, { form: 'rows', address, outputs: p!, terms: 1, stride: size }, out); return;
    case 'kg': fold(k, t, op, { form: 'rows', address, outputs: p!, terms: q!, stride: q! * size }, out); return;
    case 'gk':
      if (tall(q!)) { fold(k, t, op, { form: 'columns', address, outputs: q!, terms: p!, stride: q! * size }, out); return; }
      break;
    case 'kgk':
      if (tall(r!)) {
        for (let i = 0; i < p!; i++) fold(k, t, op, { form: 'columns', address: address + i * q! * r! * size, outputs: r!, terms: q!, stride: r! * size }, out + i * r! * size);
        return;
      }
      break;
    default:
  }
  const own = stridesOf(shape), order = [...shape.keys()].sort((a, b) => Number(reduced[a]) - Number(reduced[b]) || a - b);
  const dims = order.map((d) => shape[d]!), outputs = sizeOf(dims.filter((_, i) => !reduced[order[i]!])), terms = sizeOf(dims.filter((_, i) => reduced[order[i]!]));
  const turned = k.scratch(outputs * terms * size);
  copyBox(k, size, address, order.map((d) => own[d]!), turned, stridesOf(dims), dims);
  fold(k, t, op, { form: 'rows', address: turned, outputs, terms, stride: terms * size }, out);
}

export function reducedShape(shape: readonly number[], reduced: readonly boolean[], keepDims: boolean): number[] {
  return keepDims ? shape.map((d, i) => (reduced[i] ? 1 : d)) : shape.filter((_, i) => !reduced[i]);
}

/** A new value: `a` reduced over the marked axes. */
export function reduceValue(k: Kit, op: FoldOp, a: WasmValue, reduced: readonly boolean[], keepDims: boolean, type: DType = a.type): WasmValue | undefined {
  if (a.type.isComplex && op === 'sum') { // the parts side by side, each summed
    const parts = reduceValue(k, op, partsOf(a), [...reduced, false], keepDims);
    return parts && k.view(parts, parts.shape.slice(0, -1), a.type);
  }
  if (a.type.isComplex && op === 'prod') return complexProduct(k, a, reduced, keepDims);
  const t = foldType(a.type, op);
  if (!t) return undefined;
  const shape = reducedShape(a.shape, reduced, keepDims);
  const terms = a.shape.reduce((n, d, i) => (reduced[i] ? n * d : n), 1);
  if (terms === 0 && a.type.isInteger && a.type.size < 4 && (op === 'max' || op === 'min')) return undefined; // the lowest of 8 and 16 bits
  if (terms === 1 && type === a.type && (op === 'sum' || op === 'prod')) return k.view(a, shape);
  const out = k.make(type, shape);
  const x = widened(k, a);
  const to = type === a.type ? narrowed(k, out) : { address: out.address, finish: () => undefined };
  if (terms === 0) emptyFold(k, t, op, to.address, out.size);
  else if (out.size > 0) reduceAt(k, t, op, x, a.shape, reduced, to.address);
  to.finish();
  return out;
}
/** Complex numbers as pairs along a new last axis. */
function partsOf(a: WasmValue): WasmValue {
  const type = a.type.realDtype;
  return { ...a, type, dtype: type.name, shape: [...a.shape, 2], size: 2 * a.size };
}
/** The tree over products of complex numbers: with outputs side by side a lane is a row that its terms are multiplied to. */
function complexProduct(k: Kit, a: WasmValue, reduced: readonly boolean[], keepDims: boolean): WasmValue {
  const shape = reducedShape(a.shape, reduced, keepDims), outputs = sizeOf(shape), terms = a.shape.reduce((n, d, i) => (reduced[i] ? n * d : n), 1);
  if (terms === 1) return k.view(a, shape);
  const s = laneStorage(a.type.storage), unit = bytesOf(s), row = outputs * unit, groups = Math.ceil(outputs / 4), wide = 4 * groups * unit;
  const own = stridesOf(a.shape), order = [...a.shape.keys()].sort((i, j) => Number(reduced[j]) - Number(reduced[i]) || i - j), dims = order.map((d) => a.shape[d]!);
  const x = k.scratch(terms * row), lanes = k.scratch(LANES * wide), blocks = Math.max(1, Math.ceil(terms / TERMS)), parts = k.scratch(blocks * wide);
  copyBox(k, unit, a.address, order.map((d) => own[d]!), x, stridesOf(dims), dims);
  const ones = k.scratch(row), out = k.make(a.type, shape), operand = { storage: s, shape: [] };
  copyBox(k, unit, k.write(scalarOne(a.type)).address, [0], ones, [1], [outputs]);
  const join = codeFor(k, 'tree.Mul', valueBody(JOINS['Mul']!, s)!, [s], [operand, operand], [false, false]), lane = (l: number): number => lanes + l * wide;
  for (let b = 0; b < blocks; b++) {
    const first = b * TERMS, count = Math.min(TERMS, terms - first);
    for (let l = 0; l < LANES; l++) {
      k.move(lane(l), ones, row);
      join(Math.ceil((count - l) / LANES), groups, lane(l), 0, lane(l), 0, x + (first + l) * row, LANES * row);
    }
    for (const [l, m] of [[0, 4], [2, 6], [0, 2], [1, 5], [3, 7], [1, 3], [0, 1]] as const) join(1, groups, lane(l), 0, lane(l), 0, lane(m), 0);
    k.move(parts + b * wide, lanes, row);
  }
  for (let n = blocks; n > 1; n = Math.ceil(n / 2)) {
    join(n >> 1, groups, parts, wide, parts, 2 * wide, parts + wide, 2 * wide);
    if (n % 2 === 1) k.move(parts + (n >> 1) * wide, parts + (n - 1) * wide, row);
  }
  k.move(out.address, parts, row);
  return out;
}
function emptyFold(k: Kit, t: FoldType, op: FoldOp, out: number, n: number): void {
  for (let i = 0; i < n; i++) fold(k, t, op, { form: 'rows', address: out, outputs: 1, terms: 0, stride: 0 }, out + i * foldBytes(t));
}

export const keepDims = (node: KernelNode): boolean => (node.attr['keep_dims'] ? boolAttr(node, 'keep_dims') : boolAttr(node, 'keepdims', false));
const reduction = (op: FoldOp): WasmKernel => (k, [a, i], node) => {
  const reduced = axesOf(k, a!.shape.length, i!);
  const out = reduced && reduceValue(k, op, a!, reduced, keepDims(node));
  return out && [out];
};

const floatBits = (x: number): number => new Int32Array(Float32Array.of(x).buffer)[0]!;
/** Divides binary32 sums by the number of their terms, where they lie. `n`: a place for that number. */
export function planMeans(k: Kit, outputs: number): (k: Kit, address: number, terms: number, n: number) => void {
  const shape = [outputs], loop = planLoop(k, 'Mean', valueBody(DIVIDE, 'f32')!, shape, ['f32'], [{ storage: 'f32', shape }, { storage: 'f32', shape: [] }]);
  return (kit, address, terms, n) => {
    kit.word(n, floatBits(terms));
    loop.run(kit, [address], [address, n]);
  };
}
const DIVIDE: ValueRow = { float: (o, s, n) => o.div(s, n), int: (o, s, n) => o.div(s, n) };
const mean: WasmKernel = (k, [a, i], node) => {
  const reduced = axesOf(k, a!.shape.length, i!);
  if (!reduced) return undefined;
  if (!a!.type.isFloating && a!.shape.some((d, j) => d === 0 && reduced[j])) { // of nothing: 0
    const none = reduceValue(k, 'sum', a!, reduced, keepDims(node));
    return none && [none];
  }
  if (a!.type.isComplex) { // the parts side by side
    const parts = meanOver(k, partsOf(a!), [...reduced, false], keepDims(node));
    return parts && [k.view(parts, parts.shape.slice(0, -1), a!.type)];
  }
  const m = meanOver(k, a!, reduced, keepDims(node));
  return m && [m];
};
function meanOver(k: Kit, a: WasmValue, reduced: readonly boolean[], keep: boolean): WasmValue | undefined {
  const terms = a.shape.reduce((n, d, j) => (reduced[j] ? n * d : n), 1);
  const wide = a.type.isInteger ? a.type : wideType(a.type); // 16-bit floats divide before they round
  const count = fromNumbers(wide, [], [terms]); // which wraps as the integers do
  if (a.type.isInteger && toNumber(count) === 0) return undefined;
  const s = reduceValue(k, 'sum', terms === 1 && wide !== a.type ? wideCopy(k, a) : a, reduced, keep, wide);
  const m = s && evaluate(k, 'Mean', DIVIDE, [s, wide.storage === 'f32' ? word(k, wide, terms) : k.write(count)], s.shape);
  return m && narrowCopy(k, m, a.type);
}
/** A binary32 scalar; a kernel that only writes it so can be replayed. */
function word(k: Kit, type: DType, x: number): WasmValue {
  const v = k.make(type, []);
  k.word(v.address, floatBits(x));
  return v;
}
/** The value in the dtype it computes in. */
export function wideCopy(k: Kit, a: WasmValue): WasmValue {
  const wide = wideType(a.type);
  if (wide === a.type) return a;
  const v = k.make(wide, a.shape), from = widened(k, a);
  k.move(v.address, from, v.size * 4);
  return v;
}
/** The way back. */
export function narrowCopy(k: Kit, a: WasmValue, type: DType): WasmValue {
  if (a.type === type) return a;
  const out = k.make(type, a.shape), to = narrowed(k, out);
  k.move(to.address, a.address, a.size * 4);
  to.finish();
  return out;
}

const biasAddGrad: WasmKernel = (k, [g], node) => {
  const rank = g!.shape.length, axis = isNchw(node) ? 1 : rank - 1;
  if (rank < 2) return undefined;
  const out = reduceValue(k, 'sum', g!, g!.shape.map((_, i) => i !== axis), false);
  return out && [out];
};

const SQUARE: ValueRow = { float: (o, x) => o.mul(x, x) }, HALF: ValueRow = { float: (o, s) => o.mul(s, o.c(0.5)) };
const l2Loss: WasmKernel = (k, [a]) => {
  if (!a!.type.isFloating) return undefined;
  const x = wideCopy(k, a!);
  const s = reduceValue(k, 'sum', evaluate(k, 'Square', SQUARE, [x])!, x.shape.map(() => true), false)!;
  return [narrowCopy(k, evaluate(k, 'Half', HALF, [s])!, a!.type)];
};

/** Reductions and what is made of them. */
export const reduceKernels: readonly (readonly [string, WasmKernel])[] = [
  ['Sum', reduction('sum')], ['Prod', reduction('prod')], ['Max', reduction('max')], ['Min', reduction('min')], ['Mean', mean], ['BiasAddGrad', biasAddGrad], ['L2Loss', l2Loss],
];
