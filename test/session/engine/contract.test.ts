// The clauses of the numeric contract, each as a plain loop over numbers, against both engines: `both` gives what the
// reference kernel computes after the `wasm` engine gave the same bits. (Depthwise, volumes, pools and statistics: in their
// own files, under names that begin with `contract`.)
import { describe, expect, test } from 'vitest';
import { NDArray } from '../../../src/graph/ndarray.ts';
import { f32, i32, nd, randomF32, run, scalar, vec } from '../kernels/helpers.ts';
import { type Attrs, random, same } from './compare.ts';

const f = Math.fround;
function both(op: string, inputs: readonly NDArray[], attrs: Attrs = {}): Float32Array {
  same(op, inputs, attrs);
  return run(op, inputs, attrs).data as Float32Array;
}
function expectSame(got: ArrayLike<number>, want: ArrayLike<number>): void {
  expect(got.length).toBe(want.length);
  for (let i = 0; i < want.length; i++) if (!Object.is(got[i], want[i])) expect.fail(`element ${i}: ${got[i]}, not ${want[i]}`);
}
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const data = (a: NDArray): Float32Array => a.data as Float32Array;

describe('products', () => {
  test.each([[1, 300, 7], [6, 300, 1], [5, 900, 9], [33, 70, 41]])('contract: acc = 0; for k in order: acc = f32(acc + f32(a*b)), no FMA, K never split, %ix%ix%i', (M, K, N) => {
    for (const ta of [false, true]) for (const tb of [false, true]) {
      const a = randomF32(ta ? [K, M] : [M, K], 1), b = randomF32(tb ? [N, K] : [K, N], 2), [x, y] = [data(a), data(b)];
      expectSame(both('MatMul', [a, b], { transpose_a: ta, transpose_b: tb }), range(M * N).map((o) => {
        const i = Math.floor(o / N), j = o % N;
        return range(K).reduce((acc, k) => f(acc + f(x[ta ? k * M + i : i * K + k]! * y[tb ? j * K + k : k * N + j]!)), 0);
      }));
    }
  });
  test('contract: AddN adds left to right', () => {
    const x = range(5).map((i) => randomF32([37], i + 1));
    expectSame(both('AddN', x), range(37).map((i) => x.slice(1).reduce((s, a) => f(s + data(a)[i]!), data(x[0]!)[i]!)));
  });
});

/** A convolution, channels last: an input of n images h x w x c, a filter kh x kw x c x o, stride s, `before` padding on each side. */
const C = { n: 2, h: 6, w: 5, c: 3, kh: 3, kw: 2, o: 5, s: 2, top: 0, left: 0, oh: 3, ow: 3 };
const CONV = { strides: [1, 2, 2, 1], padding: 'SAME' };
const at = (x: ArrayLike<number>, n: number, h: number, w: number, c: number, H: number, W: number, D: number): number => (h < 0 || h >= H || w < 0 || w >= W ? 0 : x[((n * H + h) * W + w) * D + c]!);
describe('convolution', () => {
  // SAME with stride 2: rows need (3-1)*2+3-6 = 1 of padding, which goes below; columns (3-1)*2+2-5 = 1, to the right.
  const x = randomF32([C.n, C.h, C.w, C.c], 1), filter = randomF32([C.kh, C.kw, C.c, C.o], 2), dy = randomF32([C.n, C.oh, C.ow, C.o], 3);
  const w = (kh: number, kw: number, c: number, o: number): number => data(filter)[((kh * C.kw + kw) * C.c + c) * C.o + o]!;
  const forward = range(C.n).flatMap((n) => range(C.oh).flatMap((oh) => range(C.ow).flatMap((ow) => range(C.o).map((o) => {
    let acc = 0;
    for (let kh = 0; kh < C.kh; kh++) for (let kw = 0; kw < C.kw; kw++) for (let c = 0; c < C.c; c++) acc = f(acc + f(at(data(x), n, oh * C.s + kh, ow * C.s + kw, c, C.h, C.w, C.c) * w(kh, kw, c, o)));
    return acc;
  }))));
  const dX = range(C.n).flatMap((n) => range(C.h).flatMap((h) => range(C.w).flatMap((v) => range(C.c).map((c) => {
    let sum = 0;
    for (let oh = 0; oh < C.oh; oh++) for (let ow = 0; ow < C.ow; ow++) {
      const kh = h - oh * C.s, kw = v - ow * C.s;
      if (kh < 0 || kh >= C.kh || kw < 0 || kw >= C.kw) continue;
      let acc = 0;
      for (let o = 0; o < C.o; o++) acc = f(acc + f(at(data(dy), n, oh, ow, o, C.oh, C.ow, C.o) * w(kh, kw, c, o)));
      sum = f(sum + acc);
    }
    return sum;
  }))));
  const first = (a: NDArray): NDArray => run('Transpose', [a, vec(0, 3, 1, 2)]), sizes = (nchw: boolean, n: number, h: number, v: number, c: number): NDArray => (nchw ? vec(n, c, h, v) : vec(n, h, v, c));
  const last = (values: Float32Array, n: number, h: number, v: number, c: number): Float32Array => data(run('Transpose', [f32([n, c, h, v], [...values]), vec(0, 2, 3, 1)]));

  test('contract: forward K is kernel row, kernel column, input channel, in NHWC and NCHW alike', () => {
    expectSame(both('Conv2D', [x, filter], CONV), forward);
    expectSame(last(both('Conv2D', [first(x), filter], { ...CONV, strides: [1, 1, 2, 2], data_format: 'NCHW' }), C.n, C.oh, C.ow, C.o), forward);
  });
  test('contract: input gradient: dX = +0; for (oh, ow) ascending: dX += (acc = 0; for co: acc += dy*w), in NHWC and NCHW alike', () => {
    expectSame(both('Conv2DBackpropInput', [sizes(false, C.n, C.h, C.w, C.c), filter, dy], CONV), dX);
    expectSame(last(both('Conv2DBackpropInput', [sizes(true, C.n, C.h, C.w, C.c), filter, first(dy)], { ...CONV, strides: [1, 1, 2, 2], data_format: 'NCHW' }), C.n, C.h, C.w, C.c), dX);
  });
  test('contract: filter gradient: K = (n, oh, ow), padding taps multiplied as +0, in NHWC and NCHW alike', () => {
    const dW = range(C.kh * C.kw * C.c * C.o).map((i) => {
      const o = i % C.o, c = Math.floor(i / C.o) % C.c, kw = Math.floor(i / C.o / C.c) % C.kw, kh = Math.floor(i / C.o / C.c / C.kw);
      let acc = 0;
      for (let n = 0; n < C.n; n++) for (let oh = 0; oh < C.oh; oh++) for (let ow = 0; ow < C.ow; ow++) acc = f(acc + f(at(data(x), n, oh * C.s + kh, ow * C.s + kw, c, C.h, C.w, C.c) * at(data(dy), n, oh, ow, o, C.oh, C.ow, C.o)));
      return acc;
    });
    expectSame(both('Conv2DBackpropFilter', [x, vec(C.kh, C.kw, C.c, C.o), dy], CONV), dW);
    expectSame(both('Conv2DBackpropFilter', [first(x), vec(C.kh, C.kw, C.c, C.o), first(dy)], { ...CONV, strides: [1, 1, 2, 2], data_format: 'NCHW' }), dW);
  });
  test('contract: padding taps are multiplied as +0: infinite weights at the border give NaN', () => {
    const weights = f32([3, 3, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1, Infinity]), y = both('Conv2D', [f32([1, 2, 2, 1], [1, 2, 3, 4]), weights], { strides: [1, 1, 1, 1], padding: 'SAME' });
    expect([...y]).toEqual([Infinity, NaN, NaN, NaN]);
  });
  test('contract: a batch convolved at once is its images convolved one by one', () => {
    const whole = both('Conv2D', [x, filter], CONV), half = C.h * C.w * C.c;
    expectSame(whole, [0, 1].flatMap((n) => [...both('Conv2D', [f32([1, C.h, C.w, C.c], Array.from(data(x).slice(n * half, (n + 1) * half))), filter], CONV)]));
  });
});

describe('reductions', () => {
  const tree = (terms: readonly number[], join: (a: number, b: number) => number, unit: number): number => {
    let level = range(Math.ceil(terms.length / 1024)).map((b) => {
      const l = range(8).map(() => unit);
      terms.slice(b * 1024, b * 1024 + 1024).forEach((v, i) => { l[i % 8] = join(l[i % 8]!, v); });
      return join(join(join(l[0]!, l[4]!), join(l[2]!, l[6]!)), join(join(l[1]!, l[5]!), join(l[3]!, l[7]!)));
    });
    while (level.length > 1) level = level.flatMap((v, i) => (i % 2 === 1 ? [] : i + 1 < level.length ? [join(v, level[i + 1]!)] : [v]));
    return level[0]!;
  };
  const add = (a: number, b: number): number => f(a + b), mul = (a: number, b: number): number => f(a * b);
  test.each([2, 7, 8, 100, 1024, 1025, 3 * 1024 + 5, 7 * 1024])('contract: blocks of 1,024 in 8 lanes, joined pairwise, of %i terms along any axis', (R) => {
    const x = randomF32([R, 3], 4), column = (c: number): number[] => range(R).map((r) => data(x)[r * 3 + c]!), turned = run('Transpose', [x, vec(1, 0)]);
    for (const a of [[x, vec(0)], [turned, vec(1)]] as const) {
      expectSame(both('Sum', a), range(3).map((c) => tree(column(c), add, 0)));
      expectSame(both('Mean', a), range(3).map((c) => f(tree(column(c), add, 0) / R)));
      expectSame(both('Prod', a), range(3).map((c) => tree(column(c), mul, 1)));
    }
    const bias = run('BiasAddGrad', [x], { data_format: 'NHWC' });
    same('BiasAddGrad', [x], { data_format: 'NHWC' });
    expectSame(data(bias), range(3).map((c) => tree(column(c), add, 0)));
    const squares = [...data(x)].map((v) => mul(v, v));
    expectSame(both('L2Loss', [x]), [f(tree(squares, add, 0) * 0.5)]);
  });
  test('contract: terms in row-major order of the graph\'s axes', () => {
    const x = randomF32([4, 3, 5], 1), terms = range(3).map((j) => range(20).map((t) => data(x)[Math.floor(t / 5) * 15 + j * 5 + (t % 5)]!));
    expectSame(both('Sum', [x, vec(0, 2)]), terms.map((t) => tree(t, add, 0)));
    expectSame(both('Sum', [x, vec(2, 0)]), terms.map((t) => tree(t, add, 0)));
  });
  test('contract: one term is moved as it is, no terms are +0 (a product: 1)', () => {
    expectSame(both('Sum', [f32([1, 2], [-0, NaN]), vec(0)]), [-0, NaN]);
    expectSame(both('Sum', [f32([2, 1], [-0, -0]), vec(0)]), [0]);
    expectSame(both('Sum', [f32([0, 2], []), vec(0)]), [0, 0]);
    expectSame(both('Prod', [f32([0, 2], []), vec(0)]), [1, 1]);
  });
  test('contract: softmax and cross-entropy are expressions over Max and Sum', () => {
    const R = 1500, x = randomF32([2, R], 6), rows = [0, 1].map((r) => Array.from(data(x).slice(r * R, (r + 1) * R)));
    const one = rows.map((v) => { const m = Math.max(...v), e = [...both('Exp', [f32([R], v.map((t) => f(t - m)))])]; return { m, e, total: tree(e, add, 0) }; });
    expectSame(both('Softmax', [x]), one.flatMap(({ e, total }) => e.map((v) => f(v * f(1 / total)))));
    const logs = both('Log', [f32([2], one.map((v) => v.total))]);
    expectSame(both('LogSoftmax', [x]), rows.flatMap((v, r) => v.map((t) => f(f(t - one[r]!.m) - logs[r]!))));
  });
});

describe('extrema', () => {
  const V = [0, -0, 1, -1, NaN, Infinity, -Infinity, 1e-45], pairs = V.flatMap((a) => V.map((b) => [a, b] as const));
  const operands = (d: string): NDArray[] => [0, 1].map((i) => nd(d, [pairs.length], pairs.map((p) => p[i]!)));
  test.each(['float32', 'float64'])('contract: Maximum(a,b) = a<b ? b : a; Minimum(a,b) = b<a ? b : a, %s', (d) => {
    expectSame(both('Maximum', operands(d)), pairs.map(([a, b]) => (d === 'float32' && f(a) < f(b)) || (d !== 'float32' && a < b) ? (d === 'float32' ? f(b) : b) : d === 'float32' ? f(a) : a));
    expectSame(both('Minimum', operands(d)), pairs.map(([a, b]) => (b < a ? (d === 'float32' ? f(b) : b) : d === 'float32' ? f(a) : a)));
  });
  test.each(['float32', 'float64'])('contract: Relu = Maximum(x, 0); ReluGrad = x>0 ? g : 0, %s', (d) => {
    const [x, g] = operands(d) as [NDArray, NDArray], value = (v: number): number => (d === 'float32' ? f(v) : v);
    expectSame(both('Relu', [x]), pairs.map(([a]) => (a < 0 ? 0 : value(a))));
    expectSame(both('ReluGrad', [g, x]), pairs.map(([a, b]) => (a > 0 ? value(b) : 0)));
  });
  test.each(['float32', 'float64'])('contract: ReduceMax starts at -Inf with the accumulator as first operand, %s', (d) => {
    for (const rows of [[[NaN, 1, -1], [1, NaN, 2], [NaN, NaN, NaN], [-0, 0, -0], [0, -0, 0], [-Infinity, NaN, -Infinity]], [[5, NaN, 5, -0, 0, 0, 0, 0, -0, 9, NaN], [-0, 0, 0, -0, 0, -1, -2, -3, -0, 0, 0]]]) {
      const x = nd(d, [rows.length, rows[0]!.length], rows.flat());
      for (const [op, start, wins] of [['Max', -Infinity, (acc: number, v: number): boolean => acc < v], ['Min', Infinity, (acc: number, v: number): boolean => v < acc]] as const) {
        const want = rows.map((r) => r.reduce((acc, v) => (wins(acc, v) ? v : acc), start));
        expectSame(both(op, [x, vec(1)]), want);
        expectSame(both(op, [run('Transpose', [x, vec(1, 0)]), vec(0)]), want);
      }
    }
  });
});

describe('NaN and formats', () => {
  const PAYLOADS = [0x7fc00001, 0xffc00000, 0x7fa00000, 0x7f800001, 0x80000000, 0x00000001];
  const odd = new NDArray(f32([], [0]).dtype, [2, 3], new Float32Array(Uint32Array.from(PAYLOADS).buffer));
  test('contract: data movement keeps bits', () => {
    const bitsOf = (a: NDArray): number[] => [...new Uint32Array(data(a).slice().buffer)];
    for (const [op, inputs, order] of [['Reshape', [odd, vec(6)], [0, 1, 2, 3, 4, 5]], ['Transpose', [odd, vec(1, 0)], [0, 3, 1, 4, 2, 5]], ['GatherV2', [odd, vec(1, 0), scalar('int32', 0)], [3, 4, 5, 0, 1, 2]], ['ReverseV2', [odd, vec(1)], [2, 1, 0, 5, 4, 3]], ['Slice', [odd, vec(0, 1), vec(2, 2)], [1, 2, 4, 5]]] as const) {
      same(op, inputs);
      expect([op, ...bitsOf(run(op, inputs))]).toEqual([op, ...order.map((i) => PAYLOADS[i]!)]);
    }
  });
  test('contract: NaN is one value: Bitcast to an integer gives the canonical one', () => {
    same('Bitcast', [odd], { type: i32([], [0]).dtype });
    expect([...(run('Bitcast', [odd], { type: i32([], [0]).dtype }).data as Int32Array)].map((v) => v >>> 0)).toEqual([0x7fc00000, 0x7fc00000, 0x7fc00000, 0x7fc00000, 0x80000000, 1]);
  });
  test('contract: denormals follow IEEE', () => {
    expectSame(both('Mul', [f32([3], [2 ** -126, 2 ** -149, -(2 ** -140)]), f32([3], [0.5, 0.5, 2 ** -9])]), [2 ** -127, 0, -(2 ** -149)]);
  });
  test.each(['float16', 'bfloat16'])('contract: %s computes in binary32 and rounds once an op', (d) => {
    const x = random(d, [64], 1), y = random(d, [64], 2), wide = (a: NDArray): NDArray => run('Cast', [a], { DstT: f32([], [0]).dtype }), narrow = (a: NDArray): NDArray => run('Cast', [a], { DstT: x.dtype });
    for (const op of ['Add', 'Mul', 'RealDiv', 'SquaredDifference']) {
      same(op, [x, y]);
      expect([op, ...(run('IsNan', [run(op, [x, y])]).data as Uint8Array)]).toEqual([op, ...(run('IsNan', [narrow(run(op, [wide(x), wide(y)]))]).data as Uint8Array)]);
      expectSame(data(wide(run(op, [x, y]))), data(wide(narrow(run(op, [wide(x), wide(y)])))));
    }
    const a = random(d, [5, 33], 3), b = random(d, [33, 4], 4);
    same('MatMul', [a, b]);
    expectSame(data(wide(run('MatMul', [a, b]))), data(wide(narrow(run('MatMul', [wide(a), wide(b)])))));
  });
});

describe('elementary and random', () => {
  test('contract: a value does not depend on its position: vectors, groups side by side and their ends', () => {
    const x = randomF32([53], 9, -20, 20);
    for (const op of ['Exp', 'Log', 'Tanh', 'Sigmoid', 'Sin', 'Erf', 'Softplus', 'Elu']) {
      const whole = both(op, [x]);
      for (const n of [1, 3, 4, 5, 16, 17, 31]) expectSame(both(op, [f32([n], Array.from(data(x).slice(53 - n)))]), whole.slice(53 - n));
    }
  });
  test('contract: the element\'s index decides the counter of a random number', () => {
    const numbers = (n: number): Float32Array => both('RandomUniform', [vec(n)], { seed: 3, seed2: 4, dtype: f32([], [0]).dtype });
    expectSame(numbers(1000).slice(0, 77), numbers(77));
  });
});
