// Cutting and padding: slice, strided slice and `x.at(...)`, pad, tile, reverse. Follows array_ops.py (_slice_helper,
// strided_slice, pad) and array_grad.py.
import { bool, float32, int32, int64 } from '../graph/dtype.ts';
import { TypeError, ValueError } from '../graph/errors.ts';
import { NDArray } from '../graph/ndarray.ts';
import { Dimension, TensorShape, UNKNOWN_SHAPE } from '../graph/shape.ts';
import { type Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { stacked } from './array_join.ts';
import { rankTensor, shapeTensor, sizeTensor, transposed } from './array_shape.ts';
import { onesLikeTensor } from './array_values.ts';
import { grad1, inScope, inputOf, int32Vector, scalarOf } from './building.ts';
import { constantValue } from './constant_value.ts';
import { constantNode, isTensorLike, type TensorLike } from './convert.ts';
import { pythonRepr } from './make_array.ts';
import { op1 } from './op_def_library.ts';
import { defineOp, type TfjsNode } from './registry.ts';
import { addDims, dimOf, intsOf, multiplyDims, subtractDims, unknownOfRank } from './shape_fns.ts';
import type { ShapeContext, ShapeFn } from './shape_inference.ts';
import { denseSlice, type SliceMasks } from './strided_slice_spec.ts';

defineOp('Slice', {
  shape: (c) => {
    const begins = c.merge(c.withRank(c.input(1), 1), c.withRank(c.input(2), 1));
    const n = begins.dims![0]!;
    const s = n === null ? c.input(0) : c.withRank(c.input(0), n);
    const sizes = c.value(2);
    const begin = c.valueAsShape(1);
    if (sizes) {
      const list = intsOf(sizes);
      c.withRank(begin, list.length);
      return [new TensorShape(list.map((d, i) => {
        if (d < -1) c.fail(`Out of bounds slicing on dimension ${i} of length ${dimOf(s, i) ?? -1}: sizes vector cannot be < -1, but was ${d}`);
        return d === -1 ? subtractDims(c, dimOf(s, i), dimOf(begin, i)) : d;
      }))];
    }
    const partial = c.valueAsShape(2);
    return [partial.dims !== null ? partial : s.dims === null ? UNKNOWN_SHAPE : unknownOfRank(s.dims.length)];
  },
  grad: grad1((op, g) => {
    const [input, begin] = [inputOf(op, 0), inputOf(op, 1)];
    const rank = rankTensor(input);
    const size = shapeTensor(op.outputs[0]!);
    const column = stacked([rank, scalarOf(1, int32)]);
    const before = op1('Reshape', [begin, column]);
    const after = op1('Reshape', [shapeTensor(input).sub(size).sub(begin), column]);
    return [op1('Pad', [g, op1('ConcatV2', [[before, after], scalarOf(1, int32)], undefined, 'concat')]), null, null];
  }),
  tfjs: { kernel: 'Slice', inputs: { x: 0 }, exact: true, attrs: (n) => {
    const [b, z] = [n.constant(1), n.constant(2)];
    if (!b || !z) return undefined;
    const begin = intsOf(b);
    const size = intsOf(z).map((d, i) => (d === -1 ? n.inputShapes[0]![i]! - begin[i]! : d));
    return begin.every((d, i) => d >= 0 && size[i]! >= 0 && d + size[i]! <= n.inputShapes[0]![i]!) ? { begin, size } : undefined;
  } },
});
/** `tf.slice`: `size[i]` elements from `begin[i]` along each axis; size -1 takes the rest. */
export const slice = api('slice', ['input_', 'begin', 'size', 'name'], (p: { input_: TensorLike; begin: TensorLike; size: TensorLike; name?: string | null }) =>
  op1('Slice', [p.input_, p.begin, p.size], undefined, p.name), { required: 3 });

// --- strided slices ------------------------------------------------------------------------------------------------

const MASKS = ['begin_mask', 'end_mask', 'ellipsis_mask', 'new_axis_mask', 'shrink_axis_mask'] as const;
const masksOf = (c: ShapeContext): SliceMasks => ({
  begin: c.int('begin_mask'), end: c.int('end_mask'), ellipsis: c.int('ellipsis_mask'), newAxis: c.int('new_axis_mask'), shrinkAxis: c.int('shrink_axis_mask'),
});
function maskAttrs(op: Operation): Record<string, number> { return Object.fromEntries(MASKS.map((m) => [m, op.getAttr(m) as number])); }

defineOp('StridedSlice', {
  shape: (c) => {
    const s = c.input(0);
    const specs = c.merge(c.merge(c.withRank(c.input(1), 1), c.withRank(c.input(2), 1)), c.withRank(c.input(3), 1));
    const strides = c.value(3);
    if (s.dims === null || specs.dims![0] === null || !strides) return [UNKNOWN_SHAPE];
    const fail = (text: string): never => c.fail(text);
    // Once without begin and end: errors found so do not mention them, as in TF.
    const first = denseSlice(s.dims, undefined, undefined, intsOf(strides), masksOf(c), fail);
    const [begin, end] = [c.value(1), c.value(2)];
    if (!begin || !end) return [new TensorShape(first.shape)];
    return [new TensorShape(denseSlice(s.dims, intsOf(begin), intsOf(end), intsOf(strides), masksOf(c), fail).shape)];
  },
  grad: grad1((op, g) => {
    const [begin, end, strides] = [inputOf(op, 1), inputOf(op, 2), inputOf(op, 3)];
    const shape = shapeTensor(inputOf(op, 0), { outType: begin.dtype.baseDtype });
    return [op1('StridedSliceGrad', [shape, begin, end, strides, g], maskAttrs(op)), null, null, null];
  }),
  tfjs: { kernel: 'StridedSlice', inputs: { x: 0 }, exact: true, attrs: (n) => {
    const [b, e, s] = [n.constant(1), n.constant(2), n.constant(3)];
    if (!b || !e || !s) return undefined;
    const strides = intsOf(s);
    if (strides.some((d) => d !== 1)) return undefined; // steps go wrong there with integers, new axes, or backwards
    const mask = (k: string): number => { const a = n.attr[k]; return a?.kind === 'i' ? Number(a.value) : 0; };
    return { begin: intsOf(b), end: intsOf(e), strides, beginMask: mask('begin_mask'), endMask: mask('end_mask'), ellipsisMask: mask('ellipsis_mask'), newAxisMask: mask('new_axis_mask'), shrinkAxisMask: mask('shrink_axis_mask') };
  } },
});
defineOp('StridedSliceGrad', {
  shape: (c) => { c.withRank(c.input(0), 1); return [c.valueAsShape(0)]; },
  grad: grad1((op, g) => [null, null, null, null, op1('StridedSlice', [g, inputOf(op, 1), inputOf(op, 2), inputOf(op, 3)], maskAttrs(op))]),
});
/** `tf.strided_slice`: begin, end and step per axis with TF's bit masks. */
export const stridedSlice = api('stridedSlice', ['input_', 'begin', 'end', 'strides', 'beginMask', 'endMask', 'ellipsisMask', 'newAxisMask', 'shrinkAxisMask', 'var', 'name'], (p: {
  input_: TensorLike; begin: TensorLike; end: TensorLike; strides?: TensorLike | null; beginMask?: number; endMask?: number; ellipsisMask?: number;
  newAxisMask?: number; shrinkAxisMask?: number; var?: unknown; name?: string | null;
}) => {
  // The ones take their type from `begin`: a list of numbers holds ints.
  const ones = (): Tensor => onesLikeTensor(Array.isArray(p.begin) && p.begin.every((x) => typeof x === 'number') ? int32Vector(p.begin as number[]) : p.begin);
  return op1('StridedSlice', [p.input_, p.begin, p.end, p.strides ?? ones()], {
    begin_mask: p.beginMask ?? 0, end_mask: p.endMask ?? 0, ellipsis_mask: p.ellipsisMask ?? 0, new_axis_mask: p.newAxisMask ?? 0, shrink_axis_mask: p.shrinkAxisMask ?? 0,
  }, p.name);
}, { required: 3 });

/** `tf.newaxis` in `x.at(...)`: a new dimension of size 1. */
export const newaxis: unique symbol = Symbol('tf.newaxis');
/** Python's `...` in `x.at(...)`: all axes not mentioned. */
export const ellipsis: unique symbol = Symbol('tf.ellipsis');
type Bound = number | Dimension | Tensor | null;
/** One index of `x.at(...)`: an int, `[begin, end]` or `[begin, end, stride]` with null for "open", null for `:`, `tf.newaxis`, `tf.ellipsis`, a scalar int tensor. */
export type SliceIndex = Bound | typeof newaxis | typeof ellipsis | readonly [Bound, Bound] | readonly [Bound, Bound, Bound];

const SLICE_TYPE_ERROR = 'Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and scalar tf.int32/tf.int64 tensors are valid indices';
function checkIndex(x: unknown): asserts x is number | Dimension | Tensor {
  if ((typeof x === 'number' && Number.isInteger(x)) || x instanceof Dimension) return;
  if (isTensorLike(x)) {
    const t = x as Tensor;
    if ((t.dtype.baseDtype === int32 || t.dtype.baseDtype === int64) && t.shape.ndims !== 1) return;
  }
  throw new TypeError(`${SLICE_TYPE_ERROR}, got ${x instanceof Tensor ? String(x) : pythonRepr(x)}`);
}

/** `x[...]`: a StridedSlice named `strided_slice` with its three packed specs. */
export function sliceWith(tensor: Tensor, spec: readonly SliceIndex[]): Tensor {
  const [begin, end, strides]: [TensorLike[], TensorLike[], TensorLike[]] = [[], [], []];
  const masks = { begin_mask: 0, end_mask: 0, ellipsis_mask: 0, new_axis_mask: 0, shrink_axis_mask: 0 };
  spec.forEach((s, i) => {
    const bit = 1 << i;
    const [b, e, step] = Array.isArray(s) ? s as readonly Bound[] : s === null ? [null, null, null] : [undefined];
    if (b === undefined) {
      if (s === ellipsis || s === newaxis) {
        begin.push(0);
        end.push(0);
        if (s === ellipsis) masks.ellipsis_mask |= bit; else masks.new_axis_mask |= bit;
      } else {
        checkIndex(s);
        begin.push(s instanceof Dimension ? s.valueOf() : s);
        end.push(s instanceof Tensor ? s.add(1) : s.valueOf() as number + 1);
        masks.shrink_axis_mask |= bit;
      }
      strides.push(1);
      return;
    }
    const bound = (x: Bound | undefined, list: TensorLike[], mask: 'begin_mask' | 'end_mask' | null): void => {
      if (x !== null && x !== undefined) { checkIndex(x); list.push(x instanceof Dimension ? x.valueOf() : x); return; }
      list.push(mask ? 0 : 1);
      if (mask) masks[mask] |= bit;
    };
    bound(b, begin, 'begin_mask');
    bound(e, end, 'end_mask');
    bound(step, strides, null);
  });
  return inScope(null, 'strided_slice', [tensor, begin, end, strides], (scope) => {
    let packed = begin.length > 0 ? [begin, end, strides].map((l) => stacked(l, 0, 'stack', int32)) : Array<Tensor>(3).fill(constantNode(int32Vector([])));
    if (packed.some((t) => t.dtype === int64)) packed = packed.map((t) => (t.dtype === int64 ? t : op1('Cast', [t], { DstT: int64 })));
    return op1('StridedSlice', [tensor, ...packed], masks, scope);
  });
}
/** Whether an argument of `at` is a mask rather than an index. */
export function isMask(x: unknown): x is Tensor | NDArray { return (x instanceof Tensor || x instanceof NDArray) && x.dtype.baseDtype === bool; }

// --- pad, tile, reverse ----------------------------------------------------------------------------------------------

const padShape: ShapeFn = (c) => {
  const paddings = c.withRank(c.input(1), 2);
  c.withValue(paddings.dims![1]!, 2);
  let s = c.input(0);
  let n = paddings.dims![0]!;
  if (n !== null) s = c.withRank(s, n);
  else if (s.dims !== null) n = s.dims.length;
  const p = c.value(1);
  if (!p) return [n === null ? UNKNOWN_SHAPE : unknownOfRank(n)];
  s = c.withRank(s, p.shape[0]!);
  const list = intsOf(p);
  return [new TensorShape(s.dims!.map((d, i) => {
    const [a, b] = [list[2 * i]!, list[2 * i + 1]!];
    if (a < 0 || b < 0) c.fail('Paddings must be non-negative');
    return addDims(d, a + b);
  }))];
};
/** The part of the gradient that lies over the unpadded input. */
const padGrad = grad1((op, g) => {
  const [x, paddings] = [inputOf(op, 0), inputOf(op, 1)];
  const before = op1('Slice', [paddings, int32Vector([0, 0]), stacked([rankTensor(x), scalarOf(1, int32)])]);
  const begin = op1('Reshape', [before, int32Vector([-1])]);
  const out = op1('Slice', [g, begin, shapeTensor(x)]);
  return op.inputs.length === 3 ? [out, null, null] : [out, null];
});
const pairs = (n: TfjsNode): number[][] | undefined => {
  const p = n.constant(1);
  if (!p) return undefined;
  const list = intsOf(p);
  return Array.from({ length: list.length / 2 }, (_, i) => [list[2 * i]!, list[2 * i + 1]!]);
};
/** Backends fill with what a float32 argument holds, and not at all with NaN or -0. */
const survivesFill = (v: number): boolean => Math.fround(v) === v && !Object.is(v, -0);
const tfjsPad = { kernel: 'PadV2', inputs: { x: 0 }, exact: true } as const;
defineOp('Pad', { shape: padShape, grad: padGrad, tfjs: { ...tfjsPad, attrs: (n) => { const paddings = pairs(n); return paddings ? { paddings, constantValue: 0 } : undefined; } } });
defineOp('PadV2', { shape: padShape, grad: padGrad, tfjs: { ...tfjsPad, attrs: (n) => { const paddings = pairs(n); const v = n.constant(2); return paddings && v && survivesFill(Number(v.flat(0))) ? { paddings, constantValue: Number(v.flat(0)) } : undefined; } } });
defineOp('MirrorPad', {
  shape: padShape,
  grad: grad1((op, g) => [op1('MirrorPadGrad', [g, inputOf(op, 1)], { mode: op.getAttr('mode') as string }), null]),
});
defineOp('MirrorPadGrad', {
  shape: (c) => {
    const paddings = c.withRank(c.input(1), 2);
    const n = paddings.dims![0]!;
    if (n === null) return [UNKNOWN_SHAPE];
    const s = c.withRank(c.input(0), n);
    c.merge(paddings, new TensorShape([n, 2]));
    const p = c.value(1);
    if (!p) return [unknownOfRank(n)];
    const list = intsOf(p);
    return [new TensorShape(s.dims!.map((d, i) => {
      if (list[2 * i]! < 0 || list[2 * i + 1]! < 0) c.fail('Paddings must be non-negative');
      return subtractDims(c, d, list[2 * i]! + list[2 * i + 1]!);
    }))];
  },
  grad: grad1((op, g) => [op1('MirrorPad', [g, inputOf(op, 1)], { mode: op.getAttr('mode') as string }), null]),
});
/** `tf.pad`: `paddings` is [rank, 2], elements before and after each axis; mode CONSTANT, REFLECT or SYMMETRIC. Errors: ValueError for another mode. */
export const pad = api('pad', ['tensor', 'paddings', 'mode', 'name', 'constantValues'], (p: {
  tensor: TensorLike; paddings: TensorLike; mode?: string; name?: string | null; constantValues?: TensorLike;
}) => {
  const mode = (p.mode ?? 'CONSTANT').toUpperCase();
  const value = p.constantValues ?? 0;
  let out: Tensor;
  if (mode === 'CONSTANT') out = value === 0 ? op1('Pad', [p.tensor, p.paddings], undefined, p.name) : op1('PadV2', [p.tensor, p.paddings, value], undefined, p.name);
  else if (mode === 'REFLECT' || mode === 'SYMMETRIC') out = op1('MirrorPad', [p.tensor, p.paddings], { mode }, p.name);
  else throw new ValueError(`Unknown padding mode: ${mode}`);
  const constant = constantValue(inputOf(out.op, 1));
  const dims = inputOf(out.op, 0).shape.dims;
  if (dims !== null && !out.shape.isFullyDefined && constant) {
    const list = intsOf(constant);
    out.setShape(dims.map((d, i) => (d === null ? null : d + list[2 * i]! + list[2 * i + 1]!)));
  }
  return out;
}, { required: 2 });

defineOp('Tile', {
  shape: (c) => {
    const s = c.input(0);
    const m = c.withRank(c.input(1), 1);
    if (s.dims !== null && m.dims![0] !== null && m.dims![0] !== s.dims.length) c.fail(`Shape must be rank ${s.dims.length} but is rank ${m.dims![0]}`);
    const multiples = c.valueAsShape(1).dims ?? (s.dims === null ? null : unknownOfRank(s.dims.length).dims!);
    if (multiples === null) return [UNKNOWN_SHAPE];
    return [new TensorShape(c.withRank(s, multiples.length).dims!.map((d, i) => multiplyDims(d, multiples[i]!)))];
  },
  grad: grad1((op, g) => {
    const [x, multiples] = [inputOf(op, 0), inputOf(op, 1)];
    const shape = shapeTensor(x, { outType: multiples.dtype.baseDtype });
    const both = op1('Reshape', [transposed(stacked([multiples, shape]), null), int32Vector([-1])]);
    const axes = op1('Range', [scalarOf(0, int32), sizeTensor(both), scalarOf(2, int32)], undefined, 'range');
    const out = op1('Sum', [op1('Reshape', [g, both]), axes]);
    out.setShape(x.shape);
    return [out, null];
  }),
  tfjs: { kernel: 'Tile', inputs: { x: 0 }, attrs: (n) => { const reps = n.constant(1) && intsOf(n.constant(1)!); return reps?.every((d) => d > 0) ? { reps } : undefined; }, exact: true },
});
/** `tf.tile`: the input repeated `multiples[i]` times along axis i. */
export const tile = api('tile', ['input', 'multiples', 'name'], (p: { input: TensorLike; multiples: TensorLike; name?: string | null }) => op1('Tile', [p.input, p.multiples], undefined, p.name), { required: 2 });

defineOp('ReverseV2', {
  shape: (c) => {
    const s = c.input(0);
    c.withRank(c.input(1), 1);
    if (s.dims !== null && s.dims.length > 8) c.fail('reverse does not work on tensors with more than 8 dimensions');
    const v = c.value(1);
    if (!v || s.dims === null) return [s];
    const n = s.dims.length;
    const seen = new Set<number>();
    intsOf(v).forEach((a, i) => {
      const axis = a < 0 ? a + n : a;
      if (axis < 0 || axis >= n) c.fail(`'axis'[${i}] = ${a} is out of valid range [0, ${n - 1}`);
      if (seen.has(axis)) c.fail(`axis ${axis} specified more than once.`);
      seen.add(axis);
    });
    return [s];
  },
  grad: grad1((op, g) => [op1('ReverseV2', [g, inputOf(op, 1)]), null]),
  tfjs: { kernel: 'Reverse', inputs: { x: 0 }, dtypes: [float32, int32], attrs: (n) => { const a = n.constant(1); return a ? { dims: intsOf(a) } : undefined; }, exact: true },
});
/** `tf.reverse`: the order of elements turned round along the given axes. */
export const reverse = api('reverse', ['tensor', 'axis', 'name'], (p: { tensor: TensorLike; axis: TensorLike; name?: string | null }) => op1('ReverseV2', [p.tensor, p.axis], undefined, p.name), { required: 2 });

