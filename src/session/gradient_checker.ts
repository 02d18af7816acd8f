// `tf.test.compute_gradient`: Jacobians by the graph's gradients and by central differences, in a session. Follows
// python/ops/gradient_checker.py (1.15).
import { bfloat16, complex128, complex64, type DType, float16, float32, float64 } from '../graph/dtype.ts';
import { AssertionError, TypeError, ValueError } from '../graph/errors.ts';
import { NDArray } from '../graph/ndarray.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { api } from '../ops/api.ts';
import { identity } from '../ops/array_values.ts';
import { constantNode } from '../ops/convert.ts';
import { gradients } from '../ops/gradients_impl.ts';
import { IndexedSlices } from '../ops/indexed_slices.ts';
import { type ArrayLike, makeArray } from '../ops/make_array.ts';
import type { Grad } from '../ops/registry.ts';
import type { Variable } from '../ops/variables.ts';
import type { Feeds } from './feed.ts';
import { getDefaultSession, type Session } from './session.ts';
import './eval.ts';

/** d y / d x: [elements of x, elements of y], by the graph and by differences. Complex numbers count as two. */
export type Jacobians = [theoretical: NDArray, numeric: NDArray];
interface Params {
  x: Tensor | Variable | readonly (Tensor | Variable)[]; xShape: readonly number[] | readonly (readonly number[])[]; y: Tensor; yShape: readonly number[];
  xInitValue?: ArrayLike | readonly (ArrayLike | null)[] | null; delta?: number; initTargets?: readonly Operation[] | null; extraFeedDict?: Feeds | null;
}
const ORDER = ['x', 'xShape', 'y', 'yShape', 'xInitValue', 'delta', 'initTargets', 'extraFeedDict'] as const;
const ALLOWED = new Set<DType>([float16, bfloat16, float32, float64, complex64, complex128]);
const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** The real numbers an array consists of. */
function numbersOf(a: NDArray): number[] { return Array.from({ length: a.size }, (_, i) => a.flat(i)).flat() as number[]; }
/** An array of a dtype, each number rounded to it. */
function arrayOf(dtype: DType, shape: readonly number[], v: readonly number[]): NDArray {
  if (!dtype.isComplex) return makeArray([...v], dtype).reshape(shape);
  return new NDArray(dtype, shape, dtype === complex64 ? Float32Array.from(v) : Float64Array.from(v));
}
/** What a run gave, as an array. */
function fetched(v: unknown, dtype: DType): NDArray { return v instanceof NDArray ? v : arrayOf(dtype, [], [v].flat() as number[]); }
const pairsOf = (feeds: Feeds | null | undefined): [unknown, unknown][] => (feeds === null || feeds === undefined ? [] : feeds instanceof Map || Array.isArray(feeds) ? [...feeds as Iterable<[unknown, unknown]>] : Object.entries(feeds));
const withFeeds = (extra: Feeds | null | undefined, own: [unknown, unknown][]): Feeds => [...pairsOf(extra).filter(([k]) => !own.some(([o]) => o === k)), ...own] as unknown as Feeds;
function session(): Session {
  const s = getDefaultSession();
  if (!s) throw new ValueError('No default session is registered: compute_gradient runs the graph.', { remedy: 'call it inside sess.asDefault(...)' });
  return s;
}

/** The gradient of y by x, and the tensor it starts from. */
function backward(x: Tensor, y: Tensor, yShape: readonly number[]): { dx: Grad; dy: Tensor } {
  return x.graph.asDefault(() => {
    if (y.dtype.isInteger) throw new TypeError(`Expected ${y.dtype.baseDtype.name}, got 1.0 of type 'float' instead.`);
    const dy = constantNode(1, { dtype: y.dtype.baseDtype, shape: yShape });
    return { dx: gradients(y, x, identity(dy))[0] as Grad, dy };
  });
}

async function theoretical(x: Tensor, data: NDArray, y: Tensor, yShape: readonly number[], { dx, dy }: { dx: Grad; dy: Tensor }, extra: Feeds | null | undefined): Promise<NDArray> {
  const parts = (d: DType): number => (d.isComplex ? 2 : 1);
  const rows = data.size * parts(x.dtype), columns = count(yShape) * parts(y.dtype), out = Array<number>(rows * columns).fill(0);
  const run = async (unit: readonly number[]): Promise<NDArray[]> => {
    const feeds = withFeeds(extra, [[x, data], [dy, arrayOf(dy.dtype, yShape, unit)]]);
    if (dx instanceof IndexedSlices) return (await session().run([dx.indices, dx.values], feeds) as unknown[]).map((v, i) => fetched(v, i === 0 ? dx.indices.dtype : dx.values.dtype));
    return [fetched(await session().run(dx as Tensor, feeds), x.dtype)];
  };
  for (let c = 0; c < columns; c++) {
    const got = await run(Array.from({ length: columns }, (_, i) => (i === c ? 1 : 0)));
    const values = numbersOf(got.at(-1)!);
    if (got.length === 1) values.forEach((v, r) => { out[r * columns + c] = v; });
    else {
      const indices = numbersOf(got[0]!), row = values.length / Math.max(indices.length, 1);
      values.forEach((v, k) => { out[(indices[Math.floor(k / row)]! * row + k % row) * columns + c]! += v; });
    }
  }
  if (columns === 0) {
    const [g] = await run([]);
    if (g!.shape.join() !== data.shape.join()) throw new ValueError(`Empty gradient has wrong shape: expected (${data.shape.join(', ')}), got (${g!.shape.join(', ')})`);
    if (numbersOf(g!).some((v) => v !== 0)) throw new ValueError('Empty tensor with nonzero gradients');
  }
  return arrayOf(x.dtype.realDtype, [rows, columns], out);
}

async function numeric(x: Tensor, data: NDArray, y: Tensor, delta: number, extra: Feeds | null | undefined): Promise<NDArray> {
  const real = y.dtype.realDtype, from = numbersOf(data), rows: number[][] = [];
  const rounded = (v: readonly number[]): number[] => numbersOf(arrayOf(real, [v.length], v));
  const scale = rounded([2 * delta])[0]!;
  const at = async (r: number, by: number): Promise<number[]> => {
    const moved = arrayOf(x.dtype, data.shape, from.map((v, i) => (i === r ? v + by : v)));
    return numbersOf(fetched(await y.eval(withFeeds(extra, [[x, moved]])), y.dtype));
  };
  for (let r = 0; r < from.length; r++) {
    const above = await at(r, delta), below = await at(r, -delta);
    rows.push(rounded(rounded(above.map((v, i) => v - below[i]!)).map((d) => d / scale)));
  }
  return arrayOf(x.dtype.realDtype, [from.length, rows[0]?.length ?? 0], rows.flat());
}

async function jacobians(p: Params): Promise<Jacobians | Jacobians[]> {
  const many = Array.isArray(p.x), xs = [p.x].flat() as Tensor[];
  const shapes = (many ? p.xShape : [p.xShape]) as readonly (readonly number[])[];
  const values = (many ? p.xInitValue ?? xs.map(() => null) : [p.xInitValue ?? null]) as readonly (ArrayLike | null)[];
  const back = many ? xs.map((x) => backward(x, p.y, p.yShape)) : undefined;
  for (const init of p.initTargets ?? []) await init.run();
  const own = back ?? xs.map((x) => backward(x, p.y, p.yShape));
  const out: Jacobians[] = [];
  for (const [i, x] of xs.entries()) {
    for (const [t, what] of [[x, 'x'], [p.y, 'y']] as const) if (!ALLOWED.has(t.dtype.baseDtype)) throw new AssertionError(`Don't support type ${t.dtype.name} for ${what}`);
    const shape = shapes[i]!, given = values[i] ?? null, n = count(shape) * (x.dtype.isComplex ? 2 : 1);
    const data = given === null ? arrayOf(x.dtype.baseDtype, shape, Array.from({ length: n }, () => Math.random())) : makeArray(given, x.dtype.baseDtype);
    if (data.shape.join() !== shape.join()) throw new AssertionError(`x_shape = [${shape.join(', ')}], init_data shape = [${data.shape.join(', ')}]`);
    out.push([await theoretical(x, data, p.y, p.yShape, own[i]!, p.extraFeedDict), await numeric(x, data, p.y, p.delta ?? 1e-3, p.extraFeedDict)]);
  }
  return many ? out : out[0]!;
}

/** `tf.test.compute_gradient`: [Jacobian by the gradients of the graph, Jacobian by central differences of width 2 `delta` (1e-3)] of `y` by `x`, or one pair for each of a list of `x`; at
 * `xInitValue` (default: random numbers), in the default session, after `initTargets`. Errors: AssertionError for dtypes that are not differentiable and shapes that do not fit. */
export const computeGradient = api('computeGradient', ORDER, jacobians, { required: 4 });
/** `tf.test.compute_gradient_error`: the greatest difference between the two Jacobians. */
export const computeGradientError = api('computeGradientError', ORDER, async (p: Params): Promise<number> => {
  const found = await jacobians(p), pairs = (Array.isArray(p.x) ? found : [found]) as Jacobians[];
  let error = 0;
  for (const [a, b] of pairs) {
    const [t, n] = [numbersOf(a), numbersOf(b)];
    t.forEach((v, i) => { const d = Math.abs(v - n[i]!); if (!(d <= error)) error = d; });
  }
  return error;
}, { required: 4 });
