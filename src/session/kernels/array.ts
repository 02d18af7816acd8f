// Constants, shapes, and ops that only move elements: reshape, transpose, concat, split, tile, gather, ...
// Follows tensorflow/core/kernels/{constant,shape,reshape,transpose,concat,pack,split,tile,gather,one_hot}_op*.cc.
import { type DType, int32, int64 } from '../../graph/dtype.ts';
import { NDArray, allocate } from '../../graph/ndarray.ts';
import { attrOf, broadcast, broadcastStrides, flatIndices, fromNumbers, indexText, intAttr, intsAttr, invalid, normalAxis, repeat, sameShape, shapeText, sizeOf, stridesOf, toNumber, toNumbers, typeAttr, zeros } from './common.ts';
import { evaluate } from './compute.ts';
import { type Kernel, type KernelDef } from './kernel.ts';
import { box, concat, copyBox, copyUnits, filled, gatherBox, transpose, unitsOf } from './move.ts';

// ---- values and shapes

const constant: Kernel = (_, node) => [attrOf(node, 'value', 'tensor')];
const identity: Kernel = (inputs) => inputs.map(plain);
/** Ref dtypes do not outlive the variable: values carry the base dtype. */
function plain(a: NDArray): NDArray { return a.dtype.isRef ? new NDArray(a.dtype.baseDtype, a.shape, a.data) : a; }

const shapeOp: Kernel = (inputs, node) => inputs.map((a) => fromNumbers(typeAttr(node, 'out_type', int32), [a.shape.length], a.shape));
const sizeOp: Kernel = ([a], node) => [fromNumbers(typeAttr(node, 'out_type', int32), [], [a!.size])];
const rankOp: Kernel = ([a]) => [fromNumbers(int32, [], [a!.shape.length])];

/** The size that -1 stands for in `wanted`. Where that has sizes of 0 they are left out on both sides, so that the others still say something;
 * undefined when `values` are no multiple of `known`. */
export function missingSize(shape: readonly number[], wanted: readonly number[]): { readonly missing: number | undefined; readonly values: number; readonly known: number } {
  const hasZero = wanted.includes(0), isEmpty = hasZero && shape.includes(0);
  const values = sizeOf(hasZero ? shape.filter((d) => d > 0) : shape), known = sizeOf(wanted.filter((d) => d > 0));
  return { missing: isEmpty || values % known === 0 ? Math.floor(values / known) : undefined, values, known };
}

const reshape: Kernel = ([a, s]) => {
  if (s!.shape.length !== 1) throw invalid(`sizes input must be 1-D, not ${shapeText(s!.shape)}`);
  const shape = toNumbers(s!);
  let free = -1;
  shape.forEach((d, i) => {
    if (d === -1) {
      if (free >= 0) throw invalid(`Only one input size may be -1, not both ${free} and ${i}`);
      free = i;
    } else if (d < 0) throw invalid(`Size ${i} must be non-negative, not ${d}`);
  });
  const n = a!.size;
  if (free >= 0) {
    const { missing, values, known } = missingSize(a!.shape, shape);
    if (missing === undefined) throw invalid(`Input to reshape is a tensor with ${values} values, but the requested shape requires a multiple of ${known}`);
    shape[free] = missing;
  }
  if (sizeOf(shape) !== n) throw invalid(`Input to reshape is a tensor with ${n} values, but the requested shape has ${sizeOf(shape)}`);
  return [a!.reshape(shape)];
};

const expandDims: Kernel = ([a, d]) => {
  const rank = a!.shape.length, dim = toNumber(d!);
  if (dim < -1 - rank || dim > rank) throw invalid(`Tried to expand dim index ${dim} for tensor with ${rank} dimensions.`);
  const shape = [...a!.shape];
  shape.splice(dim < 0 ? dim + rank + 1 : dim, 0, 1);
  return [a!.reshape(shape)];
};

const squeeze: Kernel = ([a], node) => {
  const rank = a!.shape.length;
  const wanted = new Set(intsAttr(node, 'squeeze_dims').map((d) => {
    if (d < -rank || d >= rank) throw invalid(`Tried to squeeze dim index ${d} for tensor with ${rank} dimensions.`);
    return d < 0 ? d + rank : d;
  }));
  const shape = a!.shape.filter((n, i) => {
    if (wanted.size === 0) return n !== 1;
    if (!wanted.has(i)) return true;
    if (n !== 1) throw invalid(`Can not squeeze dim[${i}], expected a dimension of 1, got ${n}`);
    return false;
  });
  return [a!.reshape(shape)];
};

const fill: Kernel = ([dims, value]) => {
  if (dims!.shape.length !== 1) throw invalid(`dims must be a vector, got shape ${shapeText(dims!.shape)}`);
  if (value!.shape.length !== 0) throw invalid(`value must be a scalar, got shape ${shapeText(value!.shape)}`);
  const shape = toNumbers(dims!);
  shape.forEach((d) => { if (d < 0) throw invalid(`Dimension ${d} must be >= 0`); });
  return [filled(value!, shape)];
};
const zerosLike: Kernel = ([a]) => [zeros(a!.dtype.baseDtype, a!.shape)];
const onesLike: Kernel = ([a]) => [filled(scalarOne(a!.dtype.baseDtype), a!.shape)];
/** One, of any dtype. */
export function scalarOne(d: DType): NDArray {
  const data = allocate(d, 1);
  if (d.storage === 'f16') (data as Uint16Array)[0] = 0x3c00;
  else if (d.storage === 'bf16') (data as Uint16Array)[0] = 0x3f80;
  else if (d.storage === 'i64' || d.storage === 'u64') (data as BigInt64Array)[0] = 1n;
  else (data as Float32Array)[0] = 1;
  return new NDArray(d, [], data);
}

/** start + i*delta, accumulated as TF does: v, v+delta, (v+delta)+delta in the dtype's own rounding. */
const range: Kernel = ([s, l, d]) => {
  for (const [a, name] of [[s, 'start'], [l, 'limit'], [d, 'delta']] as const) if (a!.shape.length !== 0) throw invalid(`${name} must be a scalar, not shape ${shapeText(a!.shape)}`);
  const dtype = s!.dtype.baseDtype;
  if (dtype.isInteger) {
    const [start, limit, delta] = [s!, l!, d!].map((a) => BigInt((a.data as Int32Array)[0]!)) as [bigint, bigint, bigint];
    checkRange(Number(start), Number(limit), Number(delta));
    const n = start === limit ? 0 : Number((abs(limit - start) + abs(delta) - 1n) / abs(delta));
    const data = allocate(dtype, n) as Int32Array;
    if (dtype.storage === 'i64' || dtype.storage === 'u64') for (let i = 0; i < n; i++) (data as unknown as BigInt64Array)[i] = start + BigInt(i) * delta;
    else for (let i = 0; i < n; i++) data[i] = Number(start) + i * Number(delta);
    return [new NDArray(dtype, [n], data)];
  }
  const [start, limit, delta] = [s!, l!, d!].map((a) => a.flat(0) as number) as [number, number, number];
  checkRange(start, limit, delta);
  const n = Math.ceil(Math.abs((limit - start) / delta));
  let v = s!.reshape([]);
  const out: NDArray[] = [];
  if (dtype.storage === 'f32' || dtype.storage === 'f64') {
    const data = allocate(dtype, n) as Float32Array;
    const round = dtype.storage === 'f32' ? Math.fround : (x: number): number => x;
    for (let i = 0, x = start; i < n; i++, x = round(x + delta)) data[i] = x;
    return [new NDArray(dtype, [n], data)];
  }
  for (let i = 0; i < n; i++) { out.push(v.reshape([1])); v = evaluate('Range', { any: (o, a, b) => o.add(a, b) }, [v, d!]); }
  return [n === 0 ? zeros(dtype, [0]) : concat(out, 0)];
};
const abs = (x: bigint): bigint => (x < 0n ? -x : x);
function checkRange(start: number, limit: number, delta: number): void {
  if (delta === 0) throw invalid('Requires delta != 0: 0');
  if (delta > 0 && start > limit) throw invalid(`Requires start <= limit when delta > 0: ${start}/${limit}`);
  if (delta < 0 && start < limit) throw invalid(`Requires start >= limit when delta < 0: ${start}/${limit}`);
}

const linSpace: Kernel = ([s, e, count]) => {
  const n = toNumber(count!);
  if (n <= 0) throw invalid(`Requires num > 0: ${n}`);
  const dtype = s!.dtype.baseDtype;
  const data = allocate(dtype, n) as Float32Array;
  const round = dtype.storage === 'f32' ? Math.fround : (x: number): number => x;
  const [start, stop] = [s!.flat(0) as number, e!.flat(0) as number];
  const step = n === 1 ? 0 : round(round(stop - start) / (n - 1));
  for (let i = 0; i < n; i++) data[i] = round(start + round(step * i));
  if (n > 1) data[n - 1] = stop;
  return [new NDArray(dtype, [n], data)];
};

const oneHot: Kernel = ([indices, d, on, off], node) => {
  const depth = toNumber(d!);
  if (depth < 0) throw invalid(`depth must be non-negative, got: ${depth}`);
  const rank = indices!.shape.length;
  const axis = intAttr(node, 'axis', -1);
  if (axis < -1 || axis > rank) throw invalid(`Expected axis to be -1 or between [0, ${rank + 1}).  But received: ${axis}`);
  const at = axis === -1 ? rank : axis;
  const shape = [...indices!.shape.slice(0, at), depth, ...indices!.shape.slice(at)];
  const out = filled(off!, shape);
  const dst = unitsOf(out.dtype, out.data), src = unitsOf(on!.dtype, on!.data);
  const inner = sizeOf(indices!.shape.slice(at));
  toNumbers(indices!).forEach((v, k) => {
    if (v < 0 || v >= depth) return;
    const i = Math.floor(k / inner);
    copyUnits(src.units, 0, dst.units, ((i * depth + v) * inner + (k - i * inner)) * dst.per, dst.per);
  });
  return [out];
};

// ---- rearranging

function checkPerm(perm: readonly number[], rank: number): void {
  if (perm.length !== rank) throw invalid(`transpose expects a vector of size ${rank}. But input(1) is a vector of size ${perm.length}`);
  perm.forEach((p) => { if (p < 0 || p >= rank) throw invalid(`${p} is out of range [0 .. ${rank})`); });
  for (let i = 0; i < rank; i++) if (!perm.includes(i)) throw invalid(`${i} is missing from {${perm.join(',')}}.`);
}
const transposeOp: Kernel = ([a, p]) => {
  const perm = toNumbers(p!).map((v) => (v < 0 ? v + a!.shape.length : v));
  checkPerm(perm, a!.shape.length);
  return [transpose(a!, perm)];
};
const conjugateTranspose: Kernel = ([a, p], node, state) => {
  const t = transposeOp([a!, p!], node, state)[0]!;
  return [t.dtype.isComplex ? evaluate('Conj', { complex: (o, z) => [z[0], o.neg(z[1])] }, [t]) : t];
};
const invertPermutation: Kernel = ([a]) => {
  if (a!.shape.length !== 1) throw invalid('invert_permutation expects a 1D vector.');
  const p = toNumbers(a!);
  const out = repeat(p.length, -1);
  p.forEach((d, i) => {
    if (d < 0 || d >= p.length) throw invalid(`${d} is not between 0 and ${p.length}`);
    if (out[d] !== -1) throw invalid(`${d} is duplicated in the input.`);
    out[d] = i;
  });
  return [fromNumbers(a!.dtype.baseDtype, a!.shape, out)];
};

const concatKernel = (axisInput: 'first' | 'last'): Kernel => (inputs) => {
  const axisValue = axisInput === 'first' ? inputs[0]! : inputs[inputs.length - 1]!;
  const parts = axisInput === 'first' ? inputs.slice(1) : inputs.slice(0, -1);
  const first = parts[0]!, rank = first.shape.length;
  if (axisValue.shape.length !== 0) throw invalid(`${axisInput === 'first' ? 'concat_dim' : 'axis'} tensor should be a scalar integer, but got shape ${shapeText(axisValue.shape)}`);
  const given = toNumber(axisValue);
  if (rank === 0) throw invalid('ConcatOp : Expected concatenating dimensions in the range [0, 0), but got 0');
  const axis = normalAxis(given, rank, () => `ConcatOp : Expected concatenating dimensions in the range [${-rank}, ${rank}), but got ${given}`);
  parts.forEach((p, k) => {
    if (p.shape.length !== rank) throw invalid(`ConcatOp : Ranks of all input tensors should match: shape[0] = ${shapeText(first.shape)} vs. shape[${k}] = ${shapeText(p.shape)}`);
    if (p.shape.some((d, i) => i !== axis && d !== first.shape[i])) throw invalid(`ConcatOp : Dimensions of inputs should match: shape[0] = ${shapeText(first.shape)} vs. shape[${k}] = ${shapeText(p.shape)}`);
  });
  return [concat(parts, axis)];
};

const concatOffset: Kernel = (inputs) => {
  if (inputs[0]!.shape.length !== 0) throw invalid(`Concat dim tensor should be a scalar integer, but got shape ${shapeText(inputs[0]!.shape)}`);
  inputs.forEach((a, i) => { if (i > 0 && a.shape.length !== 1) throw invalid(`input ${i} should be a vector, but got shape ${shapeText(a.shape)}`); });
  const shapes = inputs.slice(1).map(toNumbers);
  const rank = shapes[0]!.length;
  const given = toNumber(inputs[0]!);
  const axis = normalAxis(given, rank, () => `Concat dim is out of range: ${given} vs. ${rank}`);
  let at = 0;
  return shapes.map((s, k) => {
    if (s.length !== rank) throw invalid(`input ${k} should contain ${rank} elements, but got ${s.length}`);
    s.forEach((d, i) => { if (i !== axis && d !== shapes[0]![i]) throw invalid(`All dimensions except ${axis} must match. Input ${k} has shape [${s.join(' ')}] and doesn't match input 0 with shape [${shapes[0]!.join(' ')}].`); });
    const out = repeat(rank, 0);
    out[axis] = at;
    at += s[axis]!;
    return fromNumbers(inputs[1]!.dtype.baseDtype, [rank], out);
  });
};

const pack: Kernel = (inputs, node) => {
  const first = inputs[0]!, rank = first.shape.length + 1;
  const given = intAttr(node, 'axis', 0);
  const axis = normalAxis(given, rank, () => `axis = ${given} not in [${-rank}, ${rank})`);
  inputs.forEach((a, i) => { if (!sameShape(a.shape, first.shape)) throw invalid(`Shapes of all inputs must match: values[0].shape = ${shapeText(first.shape)} != values[${i}].shape = ${shapeText(a.shape)}`); });
  const shape = [...first.shape.slice(0, axis), 1, ...first.shape.slice(axis)];
  return [concat(inputs.map((a) => a.reshape(shape)), axis)];
};
const unpack: Kernel = ([a], node) => {
  const rank = a!.shape.length, given = intAttr(node, 'axis', 0), num = intAttr(node, 'num');
  const axis = normalAxis(given, rank, () => `axis = ${given} not in [${-rank}, ${rank})`);
  if (a!.shape[axis] !== num) throw invalid(`Input shape axis ${axis} must equal ${num}, got shape ${shapeText(a!.shape)}`);
  const shape = a!.shape.filter((_, i) => i !== axis);
  return pieces(a!, axis, repeat(num, 1)).map((p) => p.reshape(shape));
};
function pieces(a: NDArray, axis: number, sizes: readonly number[]): NDArray[] {
  let at = 0;
  return sizes.map((n) => {
    const begin = a.shape.map((_, i) => (i === axis ? at : 0)), size = a.shape.map((d, i) => (i === axis ? n : d));
    at += n;
    return box(a, begin, size);
  });
}
const split: Kernel = ([d, a], node) => {
  const num = intAttr(node, 'num_split'), rank = a!.shape.length, given = toNumber(d!);
  const axis = normalAxis(given, rank, () => `-input rank(-${rank}) <= split_dim < input rank (${rank}), but got ${given}`);
  const n = a!.shape[axis]!;
  if (n % num !== 0) throw invalid(`Number of ways to split should evenly divide the split dimension, but got split_dim ${axis} (size = ${n}) and num_split ${num}`);
  return pieces(a!, axis, repeat(num, n / num));
};
const splitV: Kernel = ([a, s, d], node) => {
  if (d!.size !== 1) throw invalid('split_dim_tensor must have exactly one element.');
  const num = intAttr(node, 'num_split'), rank = a!.shape.length, given = toNumber(d!);
  const axis = normalAxis(given, rank, () => `-input rank(-${rank}) <= split_dim < input rank (${rank}), but got ${given}`);
  const n = a!.shape[axis]!;
  const sizes = toNumbers(s!);
  if (sizes.length !== num) throw invalid(`Length of size_splits should be equal to num_split (${num}) but got ${sizes.length}`);
  const free = sizes.indexOf(-1);
  const known = sizes.reduce((t, v) => t + (v === -1 ? 0 : v), 0);
  if (free >= 0 ? known > n : known !== n) throw invalid(`Determined shape must either match input shape along split_dim exactly if fully specified, or be less than the size of the input along split_dim if not fully specified.  Got: ${known}`);
  if (free >= 0) sizes[free] = n - known;
  return pieces(a!, axis, sizes);
};

const tile: Kernel = ([a, m]) => {
  const times = toNumbers(m!), rank = a!.shape.length;
  if (m!.shape.length !== 1) throw invalid(`Expected multiples to be 1-D, but got shape ${shapeText(m!.shape)}`);
  if (times.length !== rank) throw invalid(`Expected multiples argument to be a vector of length ${rank} but got length ${times.length}`);
  times.forEach((t, i) => { if (t < 0) throw invalid(`Expected multiples[${i}] >= 0, but got ${t}`); });
  const own = stridesOf(a!.shape);
  const dims = a!.shape.flatMap((d, i) => [times[i]!, d]); // every axis as (copy, element)
  return [gatherBox(a!, dims, own.flatMap((s) => [0, s])).reshape(a!.shape.map((d, i) => d * times[i]!))];
};
const broadcastTo: Kernel = ([a, s]) => {
  const shape = toNumbers(s!);
  if (a!.shape.length > shape.length) throw invalid(`Rank of input (${a!.shape.length}) must be no greater than rank of output shape (${shape.length}).`);
  const joined = broadcast(a!.shape, shape);
  if (joined === undefined || !sameShape(joined, shape)) throw invalid(`Incompatible shapes: ${shapeText(a!.shape)} vs. ${shapeText(shape)}`);
  return [gatherBox(a!, shape, broadcastStrides(a!.shape, shape))];
};

/** Axes to sum a gradient over so that it fits each operand of a broadcast. */
const broadcastGradientArgs: Kernel = ([s0, s1]) => {
  const a = toNumbers(s0!), b = toNumbers(s1!);
  if (broadcast(a, b) === undefined) throw invalid(`Incompatible shapes: ${shapeText(a)} vs. ${shapeText(b)}`);
  const rank = Math.max(a.length, b.length);
  const out: [number[], number[]] = [[], []];
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1, y = b[b.length - rank + i] ?? 1;
    if (sameShape(a, b)) continue;
    if (x === 1) out[0].push(i);
    if (y === 1) out[1].push(i);
  }
  return out.map((r) => fromNumbers(s0!.dtype.baseDtype, [r.length], r));
};

const reverse: Kernel = ([a, axes]) => {
  const rank = a!.shape.length;
  const flip = new Set<number>();
  for (const v of toNumbers(axes!)) {
    const d = v < 0 ? v + rank : v;
    if (d < 0 || d >= rank) throw invalid(`'axis'[0] = ${v} is out of valid range [0, ${rank - 1}`);
    if (flip.has(d)) throw invalid(`axis ${d} specified more than once.`);
    flip.add(d);
  }
  const own = stridesOf(a!.shape);
  let offset = 0;
  flip.forEach((d) => { offset += (a!.shape[d]! - 1) * own[d]!; });
  return [gatherBox(a!, a!.shape, own.map((s, d) => (flip.has(d) ? -s : s)), offset)];
};

// ---- padding

/** Sizes in front of and behind every axis, checked. */
export function paddings(a: NDArray, p: NDArray, negative = (before: number, after: number): string => `Paddings must be non-negative: ${before} ${after}`): [number, number][] {
  const rank = a.shape.length;
  if (p.shape.length !== 2 || p.shape[1] !== 2) throw invalid(`paddings must be a matrix with 2 columns: ${shapeText(p.shape)}`);
  if (p.shape[0] !== rank) throw invalid(`The first dimension of paddings must be the rank of inputs${shapeText(p.shape)} ${shapeText(a.shape)}`);
  const v = toNumbers(p);
  return a.shape.map((_, i) => {
    const [before, after] = [v[2 * i]!, v[2 * i + 1]!];
    if (before < 0 || after < 0) throw invalid(negative(before, after));
    return [before, after];
  });
}
const pad: Kernel = ([a, p, value]) => {
  const sides = paddings(a!, p!);
  const shape = a!.shape.map((d, i) => d + sides[i]![0] + sides[i]![1]);
  const out = value ? filled(value, shape) : zeros(a!.dtype.baseDtype, shape);
  const strides = stridesOf(shape);
  copyBox(unitsOf(a!.dtype, a!.data), 0, stridesOf(a!.shape), unitsOf(out.dtype, out.data), sides.reduce((s, [b], i) => s + b * strides[i]!, 0), strides, a!.shape);
  return [out];
};
// ---- gathering

/** Rows of `a` along `axis` at the given indices; the axis is replaced by `shape`. */
export function take(a: NDArray, index: ArrayLike<number>, shape: readonly number[], axis: number): NDArray {
  const outer = sizeOf(a.shape.slice(0, axis)), n = a.shape[axis]!, inner = sizeOf(a.shape.slice(axis + 1));
  const out = zeros(a.dtype.baseDtype, [...a.shape.slice(0, axis), ...shape, ...a.shape.slice(axis + 1)]);
  const src = unitsOf(a.dtype, a.data), dst = unitsOf(out.dtype, out.data);
  const row = inner * src.per;
  for (let o = 0, to = 0; o < outer; o++) for (let k = 0; k < index.length; k++, to += row) copyUnits(src.units, (o * n + index[k]!) * row, dst.units, to, row);
  return out;
}
const gather: Kernel = ([a, indices, axisInput]) => {
  const rank = a!.shape.length;
  const given = axisInput ? toNumber(axisInput) : 0;
  const axis = normalAxis(given, rank, () => (rank === 0 ? 'params must be at least 1 dimensional' : `Expected axis in the range [${-rank}, ${rank}), but got ${given}`));
  const n = a!.shape[axis]!;
  const index = toNumbers(indices!);
  index.forEach((v, k) => { if (!(v >= 0 && v < n)) throw invalid(`indices${indexText(k, indices!.shape)} = ${v} is not in [0, ${n})`); });
  return [take(a!, index, indices!.shape, axis)];
};
const gatherNd: Kernel = ([a, indices]) => {
  const depth = indices!.shape[indices!.shape.length - 1]!;
  if (indices!.shape.length === 0) throw invalid('indices must be at least a vector');
  if (depth > a!.shape.length) throw invalid(`index innermost dimension length must be <= params rank; saw: ${depth} vs. ${a!.shape.length}`);
  const outer = indices!.shape.slice(0, -1);
  const flat = flatIndices(indices!, depth, a!.shape, 'param shape');
  const rest = a!.shape.slice(depth);
  return [take(a!.reshape([sizeOf(a!.shape.slice(0, depth)), ...rest]), flat, outer, 0)];
};

const dynamicStitch: Kernel = (inputs) => {
  const half = inputs.length / 2;
  const indices = inputs.slice(0, half), data = inputs.slice(half);
  const rest = data[0]!.shape.slice(indices[0]!.shape.length);
  let max = -1;
  indices.forEach((ix, k) => {
    const d = data[k]!;
    if (!sameShape(d.shape.slice(0, ix.shape.length), ix.shape)) throw invalid(`data[${k}].shape = ${shapeText(d.shape)} does not start with indices[${k}].shape = ${shapeText(ix.shape)}`);
    if (!sameShape(d.shape.slice(ix.shape.length), rest)) throw invalid(`Need data[0].shape[${indices[0]!.shape.length}:] = data[${k}].shape[${ix.shape.length}:], got data[0].shape = ${shapeText(data[0]!.shape)}, data[${k}].shape = ${shapeText(d.shape)}, indices[0].shape = ${shapeText(indices[0]!.shape)}, indices[${k}].shape = ${shapeText(ix.shape)}`);
    for (const v of toNumbers(ix)) {
      if (v < 0) throw invalid(`indices[0] is out of range`);
      if (v > max) max = v;
    }
  });
  const out = zeros(data[0]!.dtype.baseDtype, [max + 1, ...rest]);
  const dst = unitsOf(out.dtype, out.data), row = sizeOf(rest) * dst.per;
  indices.forEach((ix, k) => {
    const src = unitsOf(out.dtype, data[k]!.data);
    toNumbers(ix).forEach((v, i) => copyUnits(src.units, i * row, dst.units, v * row, row));
  });
  return [out];
};

// ---- choosing

const isTrue = (a: NDArray, i: number): boolean => {
  const d = a.data as ArrayLike<number | bigint | Uint8Array>;
  const v = d[i]!;
  if (a.dtype.isComplex) return Number(d[2 * i]) !== 0 || Number(d[2 * i + 1]) !== 0;
  if (a.dtype.storage === 'f16' || a.dtype.storage === 'bf16') return (Number(v) & 0x7fff) !== 0;
  return v instanceof Uint8Array ? v.length > 0 : typeof v === 'bigint' ? v !== 0n : v !== 0;
};
const where: Kernel = ([a]) => {
  const rank = a!.shape.length, out: number[] = [];
  const strides = stridesOf(a!.shape);
  for (let i = 0; i < a!.size; i++) if (isTrue(a!, i)) for (let d = 0, k = i; d < rank; d++) { const q = Math.floor(k / strides[d]!); out.push(q); k -= q * strides[d]!; }
  const count = rank === 0 ? (isTrue(a!, 0) ? 1 : 0) : out.length / rank;
  return [fromNumbers(int64, [count, rank], out)];
};

/** Select by a mask whose element k stands for `run` elements. */
function choose(mask: Uint8Array, run: number, t: NDArray, e: NDArray): NDArray {
  const out = zeros(t.dtype.baseDtype, t.shape);
  const a = unitsOf(out.dtype, t.data), b = unitsOf(out.dtype, e.data), dst = unitsOf(out.dtype, out.data);
  const row = run * dst.per;
  for (let k = 0, at = 0; k < mask.length; k++, at += row) copyUnits(mask[k] !== 0 ? a.units : b.units, at, dst.units, at, row);
  return out;
}
const select: Kernel = ([c, t, e], node) => {
  if (sameShape(c!.shape, t!.shape) && !sameShape(t!.shape, e!.shape)) throw invalid(`Inputs to operation ${node.name} of type ${node.op} must have the same size and shape.  Input 0: ${shapeText(c!.shape)} != input 2: ${shapeText(e!.shape)}`);
  if (!sameShape(t!.shape, e!.shape)) throw invalid(`'then' and 'else' must have the same size.  but received: ${shapeText(t!.shape)} vs. ${shapeText(e!.shape)}`);
  const mask = c!.data as Uint8Array;
  if (c!.shape.length === 0) return [plain(mask[0] !== 0 ? t! : e!)];
  if (sameShape(c!.shape, t!.shape)) return [choose(mask, 1, t!, e!)];
  if (c!.shape.length !== 1) throw invalid(`'cond' must be a vector, but saw shape: ${shapeText(c!.shape)}`);
  if (t!.shape.length === 0) throw invalid(`'then' must be at least a vector, but saw shape: ${shapeText(t!.shape)}`);
  if (c!.shape[0] !== t!.shape[0]) throw invalid(`Number of batches of 'then' must match size of 'cond', but saw: ${t!.shape[0]} vs. ${c!.shape[0]}`);
  return [choose(mask, sizeOf(t!.shape.slice(1)), t!, e!)];
};
const selectV2: Kernel = ([c, t, e]) => {
  const all = [c!, t!, e!];
  let shape: readonly number[] = c!.shape;
  for (const a of all) {
    const joined = broadcast(shape, a.shape);
    if (joined === undefined) throw invalid(`condition ${shapeText(c!.shape)}, then ${shapeText(t!.shape)}, and else ${shapeText(e!.shape)} must be broadcastable`);
    shape = joined;
  }
  const [m, x, y] = all.map((a) => (sameShape(a.shape, shape) ? a : gatherBox(a, shape, broadcastStrides(a.shape, shape)))) as [NDArray, NDArray, NDArray];
  return [choose(m.data as Uint8Array, 1, x, y)];
};

const checkNumerics: Kernel = ([a], node) => {
  let nan = false, inf = false;
  for (let i = 0; i < a!.size; i++) { const v = a!.flat(i) as number; if (v !== v) nan = true; else if (Math.abs(v) === Infinity) inf = true; }
  if (nan || inf) throw invalid(`${String(attrOf(node, 'message', 's'))} : Tensor had ${nan && inf ? 'Inf and NaN' : nan ? 'NaN' : 'Inf'} values`);
  return [a!];
};

const KERNELS: Readonly<Record<string, Kernel>> = {
  Const: constant, Identity: identity, IdentityN: identity, Snapshot: identity, StopGradient: identity,
  PreventGradient: identity, PlaceholderWithDefault: identity, CheckNumerics: checkNumerics,
  Shape: shapeOp, ShapeN: shapeOp, Size: sizeOp, Rank: rankOp,
  Reshape: reshape, ExpandDims: expandDims, Squeeze: squeeze,
  Fill: fill, ZerosLike: zerosLike, OnesLike: onesLike, Range: range, LinSpace: linSpace, OneHot: oneHot,
  Transpose: transposeOp, ConjugateTranspose: conjugateTranspose, InvertPermutation: invertPermutation,
  Concat: concatKernel('first'), ConcatV2: concatKernel('last'), ConcatOffset: concatOffset,
  Pack: pack, Unpack: unpack, Split: split, SplitV: splitV, Tile: tile, BroadcastTo: broadcastTo,
  BroadcastGradientArgs: broadcastGradientArgs, ReverseV2: reverse, Pad: pad, PadV2: pad,
  Gather: gather, GatherV2: gather, GatherNd: gatherNd, DynamicStitch: dynamicStitch, ParallelDynamicStitch: dynamicStitch,
  Where: where, Select: select, SelectV2: selectV2,
};
export const arrayKernels: readonly KernelDef[] = Object.entries(KERNELS).map(([op, kernel]) => ({ op, kernel }));
