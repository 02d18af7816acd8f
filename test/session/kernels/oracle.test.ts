// Every kernel against single ops recorded from real TensorFlow 1.15.5 (fixtures/tf115*.json.gz, made by fixtures/make*.py).
// Integers, booleans, strings, shapes and error texts exactly; floats as the second promise of the design says.
import { gunzipSync } from 'fflate';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dtypeFromName } from '../../../src/graph/dtype.ts';
import { OpError } from '../../../src/graph/errors.ts';
import { fromBytes, NDArray } from '../../../src/graph/ndarray.ts';
import { noNativeKernel } from '../../../src/session/engines/native/kernels.ts';
import { referenceKernels } from '../../../src/session/kernels/registry.ts';
import { ENGINES } from '../../support/engines.ts';
import { runNative } from '../../support/native_call.ts';
import { attrs, expectBits, type PlainAttr, runAll } from './helpers.ts';

interface Recorded { readonly t: string; readonly s: number[]; readonly b?: number; readonly bytes?: string; readonly v?: string[] }
interface Case { readonly op: string; readonly in: Recorded[]; readonly out?: Recorded[]; readonly error?: [string, string]; readonly attr: Record<string, unknown> }
const recorded = ['tf115', 'tf115_rows', 'tf115_dtypes'].flatMap((name): Case[] => {
  const file = JSON.parse(new TextDecoder().decode(gunzipSync(readFileSync(new URL(`./fixtures/${name}.json.gz`, import.meta.url))))) as { blobs: string[]; cases: Case[] };
  const own = (r: Recorded): Recorded => (r.b === undefined ? r : { ...r, bytes: file.blobs[r.b]! });
  return file.cases.map((c) => ({ ...c, in: c.in.map(own), ...(c.out ? { out: c.out.map(own) } : {}) }));
});

function decode(r: Recorded): NDArray {
  const dtype = dtypeFromName(r.t)!;
  if (r.v) return new NDArray(dtype, r.s, r.v.map((x) => new Uint8Array(Buffer.from(x, 'base64'))));
  return fromBytes(dtype, r.s, new Uint8Array(Buffer.from(r.bytes!, 'base64')));
}
function attrsOf(c: Case): Record<string, PlainAttr | { f: number }> {
  return Object.fromEntries(Object.entries(c.attr).map(([k, v]) => [k, v !== null && typeof v === 'object' && 'type' in v ? dtypeFromName(v.type as string)! : v as PlainAttr]));
}

/** Ops that sum: TF's own order of terms differs. In units of eps * sum|terms|, bounded here by eps * K * max|result|. */
const SUMS = new Set(['Sum', 'Mean', 'Prod', 'EuclideanNorm', 'L2Loss', 'MatMul', 'BatchMatMul', 'BatchMatMulV2', 'BiasAddGrad', 'Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter',
  'DepthwiseConv2dNative', 'DepthwiseConv2dNativeBackpropInput', 'DepthwiseConv2dNativeBackpropFilter', 'AvgPool', 'AvgPoolGrad', 'Softmax', 'LogSoftmax', 'SoftmaxCrossEntropyWithLogits',
  'SparseSoftmaxCrossEntropyWithLogits', 'Cumsum', 'Cumprod', 'SegmentSum', 'SegmentProd', 'SegmentMean', 'UnsortedSegmentSum', 'UnsortedSegmentProd', 'SparseSegmentMean', 'SparseSegmentSqrtN', 'SparseSegmentSum', 'SparseSegmentMeanGrad', 'SparseSegmentSqrtNGrad']);
/** TF's own are less accurate here (design, second promise): absolute 2e-7 in binary32. */
const ABSOLUTE = new Set(['Sigmoid', 'Softplus', 'Elu', 'Selu', 'Log1p', 'Expm1', 'Tan', 'Cos', 'Sin', 'Tanh', 'SoftplusGrad', 'Pow', 'Exp', 'RandomStandardNormal', 'TruncatedNormal', 'StatelessRandomNormal', 'StatelessTruncatedNormal', 'Lgamma', 'Digamma']);
const EPS: Readonly<Record<string, number>> = { float16: 2 ** -11, bfloat16: 2 ** -8, float32: 2 ** -24, float64: 2 ** -53, complex64: 2 ** -24, complex128: 2 ** -53 };

/** Where TF's vector code leaves IEEE or its own contract; we do not follow: op -> inputs (of the first operand) it concerns. */
const TF_ODD: Readonly<Record<string, (x: number) => boolean>> = {
  Sqrt: (x) => x === Infinity, // TF: NaN
  Rsqrt: (x) => x === Infinity, // TF: NaN
  ReluGrad: (g) => !Number.isFinite(g), // TF multiplies by 0 or 1, so it gives NaN where we give 0
  Relu6Grad: (g) => !Number.isFinite(g),
};

/** Where TensorFlow 2.x differs from 1.15 in what is no number or cannot be converted, and why. */
const NEWER: Readonly<Record<string, string>> = {
  Sign: 'NaN has no sign: it stays NaN', Maximum: 'NaN wins, whichever side it is on', Minimum: 'NaN wins, whichever side it is on', Max: 'NaN wins', Min: 'NaN wins',
  Conv2D: 'oneDNN leaves padding out instead of multiplying infinities by it', Cast: 'numbers beyond the target type: C++ leaves it open',
};

function expectNear(op: string, got: NDArray, want: NDArray, first: NDArray | undefined): void {
  expect(got.dtype.name).toBe(want.dtype.name);
  expect([...got.shape]).toEqual([...want.shape]);
  const eps = EPS[want.dtype.name]!;
  const flat = (a: NDArray): number[] => Array.from({ length: a.size }, (_, i) => a.flat(i)).flat() as number[];
  const [x, y] = [flat(got), flat(want)];
  const largest = Math.max(0, ...y.map(Math.abs).filter(Number.isFinite));
  y.forEach((w, i) => {
    const v = x[i]!;
    if (Number.isNaN(w) && first && TF_ODD[op]?.(first.flat(i) as number)) return;
    if (v === w || (Number.isNaN(v) && Number.isNaN(w))) return;
    const allowed = SUMS.has(op) ? 64 * eps * Math.max(largest, 1) : want.dtype.size === 2 || want.dtype.isComplex ? 24 * eps * Math.max(1, Math.abs(w)) : Math.max(16 * eps * Math.abs(w), ABSOLUTE.has(op) ? 4 * eps : 2 ** -126);
    if (!(Math.abs(v - w) <= allowed)) expect.fail(`element ${i}: got ${v}, TF ${w}, ${Math.abs(v - w) / eps / Math.max(Math.abs(w), 1e-300)} eps`);
  });
}

const byOp = new Map<string, Case[]>();
for (const c of recorded) byOp.set(c.op, [...(byOp.get(c.op) ?? []), c]);
describe.each([...byOp])('%s', (op, cases) => {
  test.each(cases.map((c, i) => [`${i}: ${c.in.map((x) => `${x.t}[${x.s.join(',')}]`).join(' ').slice(0, 90)} ${c.error ? 'error' : ''}`, c] as const))('%s', (_, c) => {
    expect(referenceKernels.has(op)).toBe(true);
    const call = (): readonly NDArray[] => runAll(op, c.in.map(decode), attrsOf(c));
    if (c.error) {
      let e: unknown;
      try { call(); } catch (x) { e = x; }
      expect(e).toBeInstanceOf(OpError);
      expect((e as Error).constructor.name).toBe(c.error[0]);
      expect((e as OpError).text).toBe(c.error[1]);
      return;
    }
    const got = call();
    expect(got.length).toBe(c.out!.length);
    c.out!.map(decode).forEach((w, i) => (EPS[w.dtype.name] === undefined ? expectBits(got[i]!, w) : expectNear(op, got[i]!, w, c.in[0] && decode(c.in[0]))));
  });
});

describe.skipIf(!ENGINES.includes('native'))('native: ops that run inside TensorFlow 2.x', () => {
  describe.each([...byOp])('%s', (op, cases) => {
    test.each(cases.map((c, i) => [`${i}: ${c.in.map((x) => `${x.t}[${x.s.join(',')}]`).join(' ').slice(0, 90)} ${c.error ? 'error' : ''}`, c] as const))('%s', (_, c) => {
      if (c.in.some((r) => r.v)) return; // strings stay with the reference kernels
      if (c.error) {
        // The words are the reference kernels' (call.ts); that it fails is TensorFlow's.
        if (runsThere(op, c)) expect(() => runNative(op, c.in.map(decode), attrs(attrsOf(c)))).toThrow(/./);
        return;
      }
      const got = runNative(op, c.in.map(decode), attrs(attrsOf(c)));
      if (!got) return;
      if (op in NEWER && [...got, ...c.out!.map(decode), ...c.in.map(decode)].some((a) => Array.from({ length: a.size }, (_, i) => a.flat(i)).some((v) => typeof v === 'number' && !Number.isFinite(v)) || (op === 'Cast' && a.dtype.isUnsigned))) return;
      c.out!.map(decode).forEach((w, i) => (EPS[w.dtype.name] === undefined ? expectBits(got[i]!, w) : expectNear(op, got[i]!, w, c.in[0] && decode(c.in[0]))));
    });
  });
});
function runsThere(op: string, c: Case): boolean { return noNativeKernel(op, c.in.map((r) => dtypeFromName(r.t)!)) === undefined && referenceKernels.get(op)!.writes === undefined; }
