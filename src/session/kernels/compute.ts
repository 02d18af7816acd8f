// From arrays of any dtype to blocks of arithmetic and back: which format a dtype computes in (float16 and bfloat16 in
// binary32, rounded once per op; integers of up to 32 bits in 32), how operands broadcast, and the one driver that
// evaluates an expression row over all elements.
import { type DType, type TensorData, bool, float32 } from '../../graph/dtype.ts';
import { InternalFault, InvalidArgumentError, UnimplementedError } from '../../graph/errors.ts';
import { NDArray, bfloat16ToFloat, floatToBfloat16, floatToHalf, halfToFloat } from '../../graph/ndarray.ts';
import { type Arith, type FloatArith, type IntArith, type Pair } from './arith.ts';
import { type BlockData, type Floats, F32, F64, I32, I64, type Mask, type Operand, runBlocks, U32, U64 } from './blocks.ts';
import { broadcast, broadcastStrides, sameShape, shapeText, sizeOf } from './common.ts';

/** One op's arithmetic per kind of number; `any` serves integers and reals alike. */
export interface ValueRow {
  readonly any?: <V, M>(o: Arith<V, M>, ...x: V[]) => V;
  readonly float?: <V, M>(o: FloatArith<V, M>, ...x: V[]) => V;
  readonly int?: <V, M>(o: IntArith<V, M>, ...x: V[]) => V;
  readonly complex?: <V, M>(o: FloatArith<V, M>, ...x: Pair<V>[]) => Pair<V>;
}
/** The same for ops that answer true or false. */
export interface TestRow {
  readonly any?: <V, M>(o: Arith<V, M>, ...x: V[]) => M;
  readonly float?: <V, M>(o: FloatArith<V, M>, ...x: V[]) => M;
  readonly complex?: <V, M>(o: FloatArith<V, M>, ...x: Pair<V>[]) => M;
  readonly bool?: <V, M>(o: Arith<V, M>, ...x: M[]) => M;
}

const HALF = new Float32Array(65536);
for (let i = 0; i < 65536; i++) HALF[i] = halfToFloat(i);

/** Elements as the format computes with them: a Float32Array for the 16-bit floats, Int32Array for small integers. */
export function widen(a: NDArray): BlockData {
  const d = a.data;
  switch (a.dtype.storage) {
    case 'f16': { const h = d as Uint16Array, o = new Float32Array(h.length); for (let i = 0; i < h.length; i++) o[i] = HALF[h[i]!]!; return o; }
    case 'bf16': { const h = d as Uint16Array, o = new Float32Array(h.length); for (let i = 0; i < h.length; i++) o[i] = bfloat16ToFloat(h[i]!); return o; }
    case 'i8': case 'i16': case 'u8': case 'u16': case 'bool': return new Int32Array(d as Int8Array);
    case 'string': case 'none': throw new InternalFault(`no arithmetic on ${a.dtype.name}`);
    default: return d as BlockData;
  }
}

/** The way back: rounds or wraps computed elements into the dtype's storage. */
export function narrow(dtype: DType, x: BlockData): TensorData {
  switch (dtype.storage) {
    case 'f16': return Uint16Array.from(x as Float32Array, floatToHalf);
    case 'bf16': return Uint16Array.from(x as Float32Array, floatToBfloat16);
    case 'i8': return new Int8Array(x as Int32Array);
    case 'i16': return new Int16Array(x as Int32Array);
    case 'u8': case 'bool': return new Uint8Array(x as Int32Array);
    case 'u16': return new Uint16Array(x as Int32Array);
    default: return x;
  }
}

/** Runs `f` on binary32 copies where the dtype is a 16-bit float, and rounds its result once; else just runs it. */
export function roundedOnce(a: NDArray, f: (x: NDArray) => NDArray): NDArray {
  const dtype = a.dtype.baseDtype;
  if (dtype.storage !== 'f16' && dtype.storage !== 'bf16') return f(a);
  const y = f(asFloat32(a));
  return new NDArray(dtype, y.shape, narrow(dtype, y.data as Float32Array));
}
/** A 16-bit float array as float32 (exact); any other array unchanged. */
export function asFloat32(a: NDArray): NDArray {
  const s = a.dtype.storage;
  return s === 'f16' || s === 'bf16' ? new NDArray(float32, a.shape, widen(a)) : a;
}

export type Format =
  | { readonly kind: 'float'; readonly o: typeof F32 | typeof F64 }
  | { readonly kind: 'int'; readonly o: typeof I32 | typeof U32 | typeof I64 | typeof U64 }
  | { readonly kind: 'complex'; readonly o: typeof F32 | typeof F64 }
  | { readonly kind: 'bool'; readonly o: typeof I32 }
  | { readonly kind: 'none' };

export function formatOf(dtype: DType): Format {
  switch (dtype.storage) {
    case 'f32': case 'f16': case 'bf16': return { kind: 'float', o: F32 };
    case 'f64': return { kind: 'float', o: F64 };
    case 'c64': return { kind: 'complex', o: F32 };
    case 'c128': return { kind: 'complex', o: F64 };
    case 'i8': case 'i16': case 'i32': case 'u8': case 'u16': return { kind: 'int', o: I32 };
    case 'u32': return { kind: 'int', o: U32 };
    case 'i64': return { kind: 'int', o: I64 };
    case 'u64': return { kind: 'int', o: U64 };
    case 'bool': return { kind: 'bool', o: I32 };
    default: return { kind: 'none' };
  }
}

export function noKernel(op: string, dtype: DType): UnimplementedError {
  return new UnimplementedError(`No OpKernel was registered to support Op '${op}' with dtype ${dtype.name}`);
}

/** Shape all inputs broadcast to; TF's text when they do not. */
export function commonShape(inputs: readonly NDArray[]): readonly number[] {
  let shape = inputs[0]!.shape;
  for (let i = 1; i < inputs.length; i++) {
    const s = inputs[i]!.shape;
    if (sameShape(shape, s)) continue;
    const joined = broadcast(shape, s);
    if (joined === undefined) throw new InvalidArgumentError(`Incompatible shapes: ${shapeText(shape)} vs. ${shapeText(s)}`);
    shape = joined;
  }
  return shape;
}

/** Merges neighbouring dims that every operand walks alike, so that inner runs are long. */
export function collapse(dims: readonly number[], strides: readonly number[][]): { dims: number[]; strides: number[][] } {
  const out: number[] = [];
  const steps: number[][] = strides.map(() => []);
  dims.forEach((d, i) => {
    if (d === 1) return;
    const last = out.length - 1;
    if (last >= 0 && strides.every((s, k) => steps[k]![last] === s[i]! * d)) {
      out[last]! *= d;
      strides.forEach((s, k) => { steps[k]![last] = s[i]!; });
    } else {
      out.push(d);
      strides.forEach((s, k) => steps[k]!.push(s[i]!));
    }
  });
  return { dims: out, strides: steps };
}

/** Operands of a broadcast over `shape`. */
function operands<A extends BlockData>(shape: readonly number[], data: readonly A[], shapes: readonly (readonly number[])[]): { dims: number[]; args: Operand<A>[] } {
  if (shapes.every((s) => sameShape(s, shape))) return { dims: [], args: data.map((d) => ({ data: d, strides: undefined })) };
  const { dims, strides } = collapse(shape, shapes.map((s) => broadcastStrides(s, shape)));
  return { dims, args: data.map((d, i) => ({ data: d, strides: sizeOf(shapes[i]!) === sizeOf(shape) ? undefined : strides[i]! })) };
}

/** Evaluates a function of several values with several results over arrays of one dtype (not complex). */
export function mapReal<R extends readonly NDArray[]>(
  dtype: DType, shape: readonly number[], inputs: readonly NDArray[], count: number,
  f: <V, M>(o: FloatArith<V, M>, x: readonly V[]) => readonly V[],
): R {
  const format = formatOf(dtype);
  if (format.kind !== 'float') throw new InternalFault(`mapReal on ${dtype.name}`);
  const o = format.o as typeof F32;
  const n = sizeOf(shape);
  const { dims, args } = operands(shape, inputs.map(widen) as Float32Array[], inputs.map((a) => a.shape));
  const outs = Array.from({ length: count }, () => o.make(n));
  runBlocks<Float32Array>(o, n, dims, args, (x) => f<Float32Array, Mask>(o, x), outs);
  return outs.map((d) => new NDArray(dtype, shape, narrow(dtype, d))) as readonly NDArray[] as R;
}

/** Splits interleaved complex numbers into real and imaginary parts. */
function parts(a: NDArray): [Floats, Floats] {
  const d = a.data as Float32Array;
  const n = d.length / 2;
  const make = a.dtype.storage === 'c64' ? Float32Array : Float64Array;
  const re = new make(n), im = new make(n);
  for (let i = 0; i < n; i++) { re[i] = d[2 * i]!; im[i] = d[2 * i + 1]!; }
  return [re, im];
}
export function interleave(re: Floats, im: Floats): Floats {
  const out = re instanceof Float32Array ? new Float32Array(2 * re.length) : new Float64Array(2 * re.length);
  for (let i = 0; i < re.length; i++) { out[2 * i] = re[i]!; out[2 * i + 1] = im[i]!; }
  return out;
}

/** Evaluates a value row: all inputs have the dtype of the result and broadcast. */
export function evaluate(op: string, row: ValueRow, inputs: readonly NDArray[], shape: readonly number[] = commonShape(inputs)): NDArray {
  const dtype = inputs[0]!.dtype.baseDtype;
  const format = formatOf(dtype);
  const n = sizeOf(shape);
  const shapes = inputs.map((a) => a.shape);
  if (format.kind === 'complex') {
    const f = row.complex;
    if (!f) throw noKernel(op, dtype);
    const o = format.o as typeof F32;
    const split = inputs.map(parts) as [Float32Array, Float32Array][];
    const { dims, args } = operands(shape, split.flat(), shapes.flatMap((s) => [s, s]));
    const outs = [o.make(n), o.make(n)];
    runBlocks<Float32Array>(o, n, dims, args, (x) => f<Float32Array, Mask>(o, ...pairs(x)), outs);
    return new NDArray(dtype, shape, interleave(outs[0]!, outs[1]!));
  }
  if (format.kind === 'float') {
    const f = row.float ?? row.any;
    if (!f) throw noKernel(op, dtype);
    const o = format.o as typeof F32;
    const { dims, args } = operands(shape, inputs.map(widen) as Float32Array[], shapes);
    const out = o.make(n);
    runBlocks<Float32Array>(o, n, dims, args, (x) => [f<Float32Array, Mask>(o, ...x)], [out]);
    return new NDArray(dtype, shape, narrow(dtype, out));
  }
  const f = row.int ?? row.any;
  if (!f || format.kind !== 'int') throw noKernel(op, dtype);
  const o = format.o as typeof I32;
  const { dims, args } = operands(shape, inputs.map(widen) as Int32Array[], shapes);
  const out = o.make(n);
  runBlocks<Int32Array>(o, n, dims, args, (x) => [f<Int32Array, Mask>(o, ...x)], [out]);
  return new NDArray(dtype, shape, narrow(dtype, out));
}

function pairs<V>(x: readonly V[]): Pair<V>[] {
  const out: Pair<V>[] = [];
  for (let i = 0; i < x.length; i += 2) out.push([x[i]!, x[i + 1]!]);
  return out;
}

/** Evaluates a test row: the result is bool. */
export function evaluateTest(op: string, row: TestRow, inputs: readonly NDArray[], shape: readonly number[] = commonShape(inputs)): NDArray {
  const dtype = inputs[0]!.dtype.baseDtype;
  const format = formatOf(dtype);
  const n = sizeOf(shape);
  const shapes = inputs.map((a) => a.shape);
  const out = new Uint8Array(n);
  switch (format.kind) {
    case 'complex': {
      const f = row.complex;
      if (!f) throw noKernel(op, dtype);
      const o = format.o as typeof F32;
      const { dims, args } = operands(shape, inputs.flatMap(parts) as Float32Array[], shapes.flatMap((s) => [s, s]));
      runBlocks<Float32Array>(o, n, dims, args, (x) => [f<Float32Array, Mask>(o, ...pairs(x))], [out]);
      break;
    }
    case 'float': {
      const f = row.float ?? row.any;
      if (!f) throw noKernel(op, dtype);
      const o = format.o as typeof F32;
      const { dims, args } = operands(shape, inputs.map(widen) as Float32Array[], shapes);
      runBlocks<Float32Array>(o, n, dims, args, (x) => [f<Float32Array, Mask>(o, ...x)], [out]);
      break;
    }
    case 'int': {
      const f = row.any;
      if (!f) throw noKernel(op, dtype);
      const o = format.o as typeof I32;
      const { dims, args } = operands(shape, inputs.map(widen) as Int32Array[], shapes);
      runBlocks<Int32Array>(o, n, dims, args, (x) => [f<Int32Array, Mask>(o, ...x)], [out]);
      break;
    }
    case 'bool': {
      const f = row.bool;
      if (!f) throw noKernel(op, dtype);
      const { dims, args } = operands(shape, inputs.map(widen) as Int32Array[], shapes);
      const mask = (x: Int32Array): Mask => I32.not(I32.eq(x, I32.c(0)));
      runBlocks<Int32Array>(I32, n, dims, args, (x) => [f<Int32Array, Mask>(I32, ...x.map(mask))], [out]);
      break;
    }
    case 'none': throw noKernel(op, dtype);
  }
  return new NDArray(bool, shape, out);
}
