// Distance between two arrays in numbers people can judge: bits, units in the last place, absolute difference.
import type { DType } from '../../graph/dtype.ts';
import { ValueError } from '../../graph/errors.ts';
import { NDArray } from '../../graph/ndarray.ts';

/** How far apart two arrays of one dtype and shape are. */
export interface Distance {
  /** Elements compared. */
  readonly count: number;
  /** Elements whose bits differ (NaN is one value; -0 and +0 differ). */
  readonly differing: number;
  /** Largest distance in units in the last place; Infinity where only one side is NaN. 0 for exact dtypes that agree. */
  readonly maxUlp: number;
  /** Largest |a - b|. */
  readonly maxAbs: number;
  /** Largest |a|, |b|. */
  readonly scale: number;
  /** ||a - b|| and the larger of ||a||, ||b|| (Euclidean). */
  readonly norm: number;
  readonly size: number;
  /** Flat index of the first element that differs. */
  readonly firstAt: number | undefined;
}

export const NO_DISTANCE: Distance = { count: 0, differing: 0, maxUlp: 0, maxAbs: 0, scale: 0, norm: 0, size: 0, firstAt: undefined };

/** The worse of two distances, counts added. */
export function worst(a: Distance, b: Distance): Distance {
  return {
    count: a.count + b.count, differing: a.differing + b.differing, maxUlp: Math.max(a.maxUlp, b.maxUlp), maxAbs: Math.max(a.maxAbs, b.maxAbs),
    scale: Math.max(a.scale, b.scale), norm: Math.hypot(a.norm, b.norm), size: Math.hypot(a.size, b.size), firstAt: a.firstAt ?? b.firstAt,
  };
}

/** Compares two arrays. Throws ValueError when dtype or shape differ. */
export function distance(a: NDArray, b: NDArray): Distance {
  if (a.dtype.baseDtype !== b.dtype.baseDtype) throw new ValueError(`cannot compare ${a.dtype.name} with ${b.dtype.name}`);
  if (a.shape.join() !== b.shape.join()) throw new ValueError(`cannot compare shape [${a.shape.join(',')}] with [${b.shape.join(',')}]`);
  const ulps = ulpOf(a.dtype);
  const parts = a.dtype.isComplex ? 2 : 1;
  const n = a.size * parts;
  let [differing, maxUlp, maxAbs, scale, norm, size1, size2] = [0, 0, 0, 0, 0, 0, 0];
  let firstAt: number | undefined;
  for (let i = 0; i < n; i++) {
    const x = element(a, i, parts);
    const y = element(b, i, parts);
    if (typeof x === 'number' && typeof y === 'number') {
      scale = larger(scale, x, y);
      size1 += x * x;
      size2 += y * y;
    }
    if (Object.is(x, y)) continue;
    differing++;
    firstAt ??= Math.floor(i / parts);
    const d = typeof x === 'number' && typeof y === 'number' ? Math.abs(x - y) : typeof x === 'bigint' && typeof y === 'bigint' ? Math.abs(Number(x - y)) : Infinity;
    const gap = Number.isNaN(d) ? (Object.is(x, y) ? 0 : Infinity) : d;
    maxAbs = Math.max(maxAbs, gap);
    norm += gap * gap;
    maxUlp = Math.max(maxUlp, typeof x === 'number' && typeof y === 'number' ? ulps(x, y) : gap);
  }
  return { count: a.size, differing, maxUlp, maxAbs, scale, norm: Math.sqrt(norm), size: Math.sqrt(Math.max(size1, size2)), firstAt };
}

function larger(scale: number, x: number, y: number): number {
  const m = Math.max(Math.abs(x), Math.abs(y));
  return m > scale && m < Infinity ? m : scale;
}

type Element = number | bigint | boolean | string;
function element(a: NDArray, i: number, parts: number): Element {
  if (a.dtype.storage === 'string') return (a.data as Uint8Array[])[i]!.join(); // bytes, which need not be UTF-8
  if (parts === 1) return a.flat(i) as Element;
  return (a.data as Float64Array)[i]!;
}

/** Units in the last place between two numbers of a dtype. */
function ulpOf(dtype: DType): (x: number, y: number) => number {
  switch (dtype.storage) {
    case 'f64': case 'c128': return (x, y) => gap(x, y, () => { const d = ordered64(x) - ordered64(y); return Number(d < 0n ? -d : d); });
    case 'f32': case 'c64': return (x, y) => gap(x, y, () => Math.abs(ordered32(x) - ordered32(y)));
    // Halves: their f32 neighbours are 2^13 (bfloat16: 2^16) apart; exact for normal numbers.
    case 'f16': return (x, y) => gap(x, y, () => Math.abs(ordered32(x) - ordered32(y)) / 8192);
    case 'bf16': return (x, y) => gap(x, y, () => Math.abs(ordered32(x) - ordered32(y)) / 65536);
    default: return (x, y) => Math.abs(x - y);
  }
}

function gap(x: number, y: number, ulps: () => number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) && Number.isNaN(y) ? 0 : Infinity;
  return ulps();
}

const buffer = new DataView(new ArrayBuffer(8));
/** Float bits as an integer that grows with the number; -0 and +0 are both 0. */
function ordered32(x: number): number {
  buffer.setFloat32(0, x);
  const u = buffer.getUint32(0);
  return u >= 0x80000000 ? -(u - 0x80000000) : u;
}
function ordered64(x: number): bigint {
  buffer.setFloat64(0, x);
  const u = buffer.getBigUint64(0);
  return u >= 1n << 63n ? -(u - (1n << 63n)) : u;
}
