// numpy's element-wise arithmetic with broadcasting, and comparisons. A bare number takes the array's dtype, as numpy's
// value-based casting does; float32 results round once per operation.
import { bool, type DType, float64, int64 } from '../graph/dtype.ts';
import { ValueError } from '../graph/errors.ts';
import { NDArray } from '../graph/ndarray.ts';
import { asArray, fromNumbers, numbersOf, promote, scalarOr, sizeOf } from './np_array.ts';
import type { Dynamic } from './dynamic.ts';

type Binary = (a: number, b: number) => number;
const OPS: Readonly<Record<string, Binary>> = {
  '+': (a, b) => a + b, '-': (a, b) => a - b, '*': (a, b) => a * b, '/': (a, b) => a / b, '//': (a, b) => Math.floor(a / b), '**': (a, b) => a ** b,
  '%': (a, b) => { const r = a % b; return r !== 0 && (r < 0) !== (b < 0) ? r + b : r; }, '&': (a, b) => a & b, '|': (a, b) => a | b, '^': (a, b) => a ^ b,
};
const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = { '<': (a, b) => a < b, '<=': (a, b) => a <= b, '>': (a, b) => a > b, '>=': (a, b) => a >= b, '==': (a, b) => a === b, '!=': (a, b) => a !== b };

/** numpy's broadcast of shapes. Throws ValueError. */
export function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const n = Math.max(a.length, b.length);
  return Array.from({ length: n }, (_, i) => {
    const [x, y] = [a[a.length - n + i] ?? 1, b[b.length - n + i] ?? 1];
    if (x !== y && x !== 1 && y !== 1) throw new ValueError(`operands could not be broadcast together with shapes ${tuple(a)} ${tuple(b)} `);
    return x === 1 ? y : x;
  });
}
export const tuple = (s: readonly number[]): string => (s.length === 1 ? `(${s[0]},)` : `(${s.join(',')})`);

/** Flat positions of an array's elements as it is broadcast to a shape. */
export function positions(from: readonly number[], to: readonly number[]): (i: number) => number {
  if (from.length === to.length && from.every((n, i) => n === to[i])) return (i) => i;
  if (sizeOf(from) === 1) return () => 0;
  const strides: number[] = [];
  let step = 1;
  for (let i = to.length - 1, k = from.length - 1; i >= 0; i--, k--) {
    const n = k >= 0 ? from[k]! : 1;
    strides[i] = n === 1 ? 0 : step;
    step *= n;
  }
  return (flat) => {
    let [rest, at] = [flat, 0];
    for (let i = to.length - 1; i >= 0; i--) {
      at += (rest % to[i]!) * strides[i]!;
      rest = Math.floor(rest / to[i]!);
    }
    return at;
  };
}

const bareNumber = (v: unknown): boolean => typeof v === 'number' || typeof v === 'bigint' || typeof v === 'boolean';
/** The operands as arrays of their common dtype's numbers. */
function operands(a: Dynamic, b: Dynamic): { x: NDArray; y: NDArray; dtype: DType } {
  const [x, y] = [asArray(a), asArray(b)];
  const weak = (bare: NDArray, other: NDArray): DType => (other.dtype.isFloating || (bare.dtype.isInteger && other.dtype.isInteger) ? other.dtype : promote(bare.dtype, other.dtype));
  // Numbers and arrays without dimensions give way to arrays with some.
  const [p, q] = [bareNumber(a) || x.ndim === 0, bareNumber(b) || y.ndim === 0];
  const dtype = p && !q ? weak(x, y) : q && !p ? weak(y, x) : promote(x.dtype, y.dtype);
  // A number is rounded to the array's format before, not after.
  const rounded = (v: NDArray, bare: boolean): NDArray => (bare && dtype.isFloating && dtype !== v.dtype ? fromNumbers(numbersOf(v), v.shape, dtype) : v);
  return { x: rounded(x, p && !q), y: rounded(y, q && !p), dtype };
}

export function binaryArray(op: string, a: Dynamic, b: Dynamic): Dynamic {
  if (op === '@') return dot(a, b);
  const { x, y, dtype } = operands(a, b);
  const out = op === '/' && (dtype.isInteger || dtype.isBool) ? float64 : dtype.isBool && !/[&|^]/.test(op) ? int64 : dtype;
  return elementwise(OPS[op]!, x, y, out);
}
export function compareArray(op: string, a: Dynamic, b: Dynamic): Dynamic {
  const { x, y } = operands(a, b);
  const f = COMPARISONS[op]!;
  return elementwise((p, q) => (f(p, q) ? 1 : 0), x, y, bool);
}
export function elementwise(f: Binary, x: NDArray, y: NDArray, dtype: DType): Dynamic {
  const shape = broadcast(x.shape, y.shape);
  const n = sizeOf(shape);
  const [p, q] = [numbersOf(x), numbersOf(y)];
  const [i, j] = [positions(x.shape, shape), positions(y.shape, shape)];
  const out = new Float64Array(n);
  for (let k = 0; k < n; k++) out[k] = f(p[i(k)]!, q[j(k)]!);
  return scalarOr(fromNumbers(out, shape, dtype));
}
/** A function of two arrays as numpy's ufuncs are. */
export const ufunc2 = (f: Binary, integral = true) => (a: Dynamic, b: Dynamic): Dynamic => {
  const { x, y, dtype } = operands(a, b);
  return elementwise(f, x, y, integral || dtype.isFloating ? dtype : float64);
};
/** A function of one array, its dtype kept. */
export function unaryArray(a: NDArray, f: (x: number) => number, dtype: DType = a.dtype): NDArray { return fromNumbers(Float64Array.from(numbersOf(a), f), a.shape, dtype); }
/** A function of one array as numpy's ufuncs are: integers become float64 unless the function keeps them. */
export const ufunc1 = (f: (x: number) => number, keepsInts = false) => (v: Dynamic): Dynamic => {
  const a = asArray(v);
  return scalarOr(unaryArray(a, f, a.dtype.isFloating || keepsInts ? a.dtype : float64));
};

/** `np.dot` of vectors and matrices; sums in the order of the index. */
export function dot(a: Dynamic, b: Dynamic): Dynamic {
  const [x, y] = [asArray(a), asArray(b)];
  if (x.ndim === 0 || y.ndim === 0) return binaryArray('*', a, b);
  const [m, k] = x.ndim === 1 ? [1, x.shape[0]!] : [sizeOf(x.shape.slice(0, -1)), x.shape.at(-1)!];
  const [k2, n] = y.ndim === 1 ? [y.shape[0]!, 1] : [y.shape[0]!, y.shape[1]!];
  if (k !== k2 || y.ndim > 2) throw new ValueError(`shapes ${tuple(x.shape)} and ${tuple(y.shape)} not aligned: ${k} (dim ${x.ndim - 1}) != ${k2} (dim 0)`);
  const [p, q] = [numbersOf(x), numbersOf(y)];
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) { let s = 0; for (let t = 0; t < k; t++) s += p[i * k + t]! * q[t * n + j]!; out[i * n + j] = s; }
  return scalarOr(fromNumbers(out, [...x.shape.slice(0, -1), ...(y.ndim === 1 ? [] : [n])], promote(x.dtype, y.dtype)));
}
