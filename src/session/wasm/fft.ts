// Fourier transforms on the `wasm` engine: the steps of kernels/fft.ts, a complex number of binary64 in each vector.
import { complex64, complex128, float32, float64 } from '../../graph/dtype.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { sizeOf, stridesOf } from '../kernels/common.ts';
import { chirpOf, halved, isPowerOfTwo, paddedLength, swapsOf, turnsOf } from '../kernels/fft.ts';
import { laneShuffle } from '../jit/expr.ts';
import { FunctionBuilder, type Local } from '../jit/function.ts';
import { castValue } from './elementwise.ts';
import type { Kit, WasmKernel, WasmValue } from './kit.ts';
import { copyBox } from './move.ts';

const BYTES = 16;
type Shape = readonly number[];
/** Numbers written where functions find them. */
function table(k: Kit, numbers: Float64Array): number { return k.write(new NDArray(float64, [numbers.length], numbers)).address; }

/** What transforms lines of n numbers that lie one after the other. */
type Lines = (address: number, count: number) => void;
function halving(k: Kit, n: number, sign: 1 | -1): Lines {
  const swaps = swapsOf(n), at = k.scratch(4 * swaps.length), turns = table(k, turnsOf(n, sign));
  k.heap.i32.set(swaps.map((i) => i * BYTES), at >>> 2);
  return (address, count) => { k.code('fft.halving', halvingFunction)(count, n * BYTES, address, at, swaps.length / 2, turns); };
}
function chirps(k: Kit, n: number, sign: 1 | -1): Lines {
  const m = paddedLength(n), { chirp, filter } = chirpOf(n, m, sign), own = table(k, chirp), other = table(k, filter), work = k.scratch(m * BYTES), length = table(k, Float64Array.of(m));
  const [there, back] = [halving(k, m, -1), halving(k, m, 1)], times = k.code('fft.times', timesFunction), divide = k.code('fft.divide', divideFunction);
  there(other, 1);
  return (address, count) => {
    for (let line = address, i = 0; i < count; i++, line += n * BYTES) {
      times(n, line, own, work);
      k.fill(work + n * BYTES, (m - n) * BYTES);
      there(work, 1);
      times(m, work, other, work);
      back(work, 1);
      times(n, work, own, line);
      divide(n, line, length);
    }
  };
}
/** Transforms the lines along one axis in place; backwards, each is divided by its length. */
function along(k: Kit, x: number, shape: Shape, axis: number, forward: boolean): void {
  const n = shape[axis]!, inner = sizeOf(shape.slice(axis + 1)), outer = sizeOf(shape.slice(0, axis)), all = sizeOf(shape);
  if (n <= 1 || all === 0) return;
  k.call(() => { // scratch of this axis ends with it
    const lines = (isPowerOfTwo(n) ? halving : chirps)(k, n, forward ? -1 : 1), at = inner === 1 ? x : k.scratch(all * BYTES), dims = [outer, inner, n];
    if (inner > 1) copyBox(k, BYTES, x, [n * inner, 1, inner], at, stridesOf(dims), dims);
    lines(at, outer * inner);
    if (!forward) k.code('fft.divide', divideFunction)(all, at, table(k, Float64Array.of(n)));
    if (inner > 1) copyBox(k, BYTES, at, stridesOf(dims), x, [n * inner, 1, inner], dims);
    return undefined;
  });
}
/** The part of an array in [0, size) of every axis. */
function box(k: Kit, v: WasmValue, size: Shape): WasmValue {
  const out = k.make(complex128, size);
  copyBox(k, BYTES, v.address, stridesOf(v.shape), out.address, stridesOf(size), size);
  return out;
}
/** A copy in binary64. */
function wide(k: Kit, v: WasmValue): WasmValue { return v.type === complex128 ? k.copy(v) : castValue(k, v, complex128); }

const complexTransform = (rank: number, forward: boolean): WasmKernel => (k, [a]) => {
  const { shape, type } = a!;
  if (shape.length < rank || !type.isComplex) return undefined;
  const x = wide(k, a!);
  for (let d = shape.length - rank; d < shape.length; d++) along(k, x.address, shape, d, forward);
  return [type === complex128 ? x : castValue(k, x, type)];
};
/** Lengths of the transform; undefined where the reference kernel is to speak. */
function lengths(k: Kit, a: WasmValue, given: WasmValue, rank: number, forward: boolean): number[] | undefined {
  if (a.shape.length < rank || given.shape.length !== 1 || given.shape[0] !== rank) return undefined;
  const n = k.numbers(given), first = a.shape.length - rank;
  return n.every((v, i) => v >= 0 && (a.shape[first + i] === 0 || a.shape[first + i]! >= (!forward && i === rank - 1 ? Math.floor(v / 2) + 1 : v))) ? n : undefined;
}
function cleared(k: Kit, out: WasmValue): WasmValue { k.fill(out.address, out.size * out.type.size); return out; }

const realTransform = (rank: number): WasmKernel => (k, [a, given]) => {
  const n = lengths(k, a!, given!, rank, true);
  if (!n) return undefined;
  const outer = a!.shape.slice(0, -rank), full = [...outer, ...n], kept = [...outer, ...n.slice(0, -1), halved(n.at(-1)!)];
  if (a!.size === 0) return [cleared(k, k.make(complex64, kept))];
  const x = box(k, wide(k, a!), full);
  for (let d = outer.length; d < full.length; d++) along(k, x.address, full, d, true);
  return [castValue(k, box(k, x, kept), complex64)];
};
const realInverse = (rank: number): WasmKernel => (k, [a, given]) => {
  const n = lengths(k, a!, given!, rank, false);
  if (!n) return undefined;
  const outer = a!.shape.slice(0, -rank), last = n.at(-1)!, kept = Math.floor(last / 2) + 1, full = [...outer, ...n], part = [...outer, ...n.slice(0, -1), kept];
  if (a!.size === 0 || sizeOf(full) === 0) return [cleared(k, k.make(float32, full))];
  const half = box(k, wide(k, a!), part), x = k.make(complex128, full);
  for (let d = outer.length; d < full.length - 1; d++) along(k, half.address, part, d, false);
  k.code('fft.mirror', mirrorFunction)(x.size / last, kept, last - kept, half.address, x.address);
  along(k, x.address, full, full.length - 1, false);
  return [castValue(k, x, float32)];
};

const SWAPPED = laneShuffle(8, [1, 0]), REAL = signAt(7), IMAGINARY = signAt(15);
function signAt(byte: number): Uint8Array { return Uint8Array.from({ length: 16 }, (_, i) => (i === byte ? 0x80 : 0)); }
/** Leaves v times the number at `turn`: (re c - im s, im c + re s). */
function timesTurn(f: FunctionBuilder, v: Local, turn: Local): FunctionBuilder {
  return f.get(v).get(turn).simdMem('v128.load64_splat').simd('f64x2.mul').get(v).get(v).shuffle(SWAPPED).get(turn).simdMem('v128.load64_splat', 8).simd('f64x2.mul').v128(REAL).simd('v128.xor').simd('f64x2.add');
}
/** (lines, bytes of a line, first line, pairs of offsets to exchange, how many, turns of all stages, those of halves of h numbers from number h on) */
function halvingFunction(): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: 6 }, () => 'i32' as const)), P = { lines: 0, bytes: 1, line: 2, swaps: 3, pairs: 4, turns: 5 } as const;
  const [pair, left, half, p, q, end, turn] = Array.from({ length: 7 }, () => f.local()) as [Local, Local, Local, Local, Local, Local, Local];
  const a = f.local('v128'), b = f.local('v128');
  return f.repeat(P.lines, () => {
    f.get(P.swaps).set(pair).get(P.pairs).set(left);
    f.repeat(left, () => {
      f.get(P.line).get(pair).mem('i32.load').op('i32.add').tee(p).simdMem('v128.load').set(a).get(P.line).get(pair).mem('i32.load', 4).op('i32.add').tee(q).simdMem('v128.load').set(b);
      f.get(p).get(b).simdMem('v128.store').get(q).get(a).simdMem('v128.store').addConst(pair, 8);
    });
    f.i32(BYTES).set(half);
    f.block((done) => f.loop((stage) => {
      f.get(half).get(P.bytes).op('i32.ge_s').brIf(done);
      f.get(P.line).set(p).get(P.line).get(P.bytes).op('i32.add').set(end);
      f.loop((group) => {
        f.get(P.turns).get(half).op('i32.add').set(turn).get(p).get(half).op('i32.add').set(q).get(half).i32(4).op('i32.shr_u').set(left);
        f.repeat(left, () => {
          f.get(q).simdMem('v128.load').set(b);
          timesTurn(f, b, turn).set(b).get(p).simdMem('v128.load').set(a);
          f.get(q).get(a).get(b).simd('f64x2.sub').simdMem('v128.store').get(p).get(a).get(b).simd('f64x2.add').simdMem('v128.store');
          f.addConst(p, BYTES).addConst(q, BYTES).addConst(turn, BYTES);
        });
        f.get(q).tee(p).get(end).op('i32.ne').brIf(group);
      });
      f.get(half).i32(1).op('i32.shl').set(half).br(stage);
    }));
    f.addLocal(P.line, P.bytes);
  });
}
/** (numbers, first, factors, products) */
function timesFunction(): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32', 'i32']), v = f.local('v128');
  return f.repeat(0, () => {
    f.get(1).simdMem('v128.load').set(v).get(3);
    timesTurn(f, v, 2).simdMem('v128.store').addConst(1, BYTES).addConst(2, BYTES).addConst(3, BYTES);
  });
}
/** (numbers, first, divisor) */
function divideFunction(): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32']), by = f.local('v128');
  f.get(2).simdMem('v128.load64_splat').set(by);
  return f.repeat(0, () => { f.get(1).get(1).simdMem('v128.load').get(by).simd('f64x2.div').simdMem('v128.store').addConst(1, BYTES); });
}
/** (rows, numbers of a row that are there, numbers that are not, rows, whole rows): the others are the conjugates of those, backwards from the one before the last (of an even length). */
function mirrorFunction(): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: 5 }, () => 'i32' as const)), left = f.local(), p = f.local(), bytes = f.local();
  f.get(1).i32(4).op('i32.shl').set(bytes);
  return f.repeat(0, () => {
    f.get(4).get(3).get(bytes).misc('memory.copy').addLocal(4, bytes);
    f.get(3).get(2).i32(4).op('i32.shl').op('i32.add').set(p).get(2).set(left);
    f.repeat(left, () => { f.get(4).get(p).simdMem('v128.load').v128(IMAGINARY).simd('v128.xor').simdMem('v128.store').addConst(4, BYTES).addConst(p, -BYTES); });
    f.addLocal(3, bytes);
  });
}

export const fftKernels: readonly (readonly [string, WasmKernel])[] = ['', '2D', '3D'].flatMap((d, i): [string, WasmKernel][] => [
  [`FFT${d}`, complexTransform(i + 1, true)], [`IFFT${d}`, complexTransform(i + 1, false)], [`RFFT${d}`, realTransform(i + 1)], [`IRFFT${d}`, realInverse(i + 1)],
]);
