// Mode fast: every rule of relax before and after, what the plan says, that nothing happens in mode exact, and that values
// stay near, and do not depend on what is fetched with them.
import { setFlagsFromString } from 'node:v8';
import { beforeEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { relaxRules } from '../../../src/session/compile/relax.ts';
import { lines, programs, targetOn } from '../../support/compile.ts';
import { passes } from '../../../src/session/compile/pipeline.ts';

beforeEach(() => { tf.resetDefaultGraph(); });

const ROWS: Readonly<Record<string, { readonly fires: (x: tf.Tensor) => tf.Tensor; readonly after: readonly string[]; readonly rests?: readonly ((x: tf.Tensor) => tf.Tensor)[] }>> = {
  'Pow(x, 2) -> Square(x)': { fires: (x) => tf.pow(x, 2), after: ['Pow = Square(_arg_x_0)'], rests: [(x) => tf.pow(x, 3), (x) => tf.pow(x, [2, 2, 1]), (x) => tf.pow(x, [[[2]]])] },
  'Pow(x, 0.5) -> Sqrt(x)': { fires: (x) => tf.pow(x, 0.5), after: ['Pow = Sqrt(_arg_x_0)'] },
  'Pow(x, -0.5) -> Rsqrt(x)': { fires: (x) => tf.pow(x, -0.5), after: ['Pow = Rsqrt(_arg_x_0)'] },
  'Pow(x, -1) -> Reciprocal(x)': { fires: (x) => tf.pow(x, -1), after: ['Pow = Reciprocal(_arg_x_0)'] },
  'RealDiv(x, c) -> Mul(x, Reciprocal(c))': { fires: (x) => tf.div(x, [3, 5, 7]), after: ['div = Mul(_arg_x_0, div@relaxed)'], rests: [(x) => tf.div(x, [3, 0, 7]), (x) => tf.div(x, 1e-40), (x) => tf.div(tf.cast(x, tf.int32), 3)] },
  'AddV2(AddV2(x, c), d) -> AddV2(x, AddV2(c, d))': { fires: (x) => x.add(0.1).add(0.7), after: ['add_1 = AddV2(_arg_x_0, add_1@relaxed)'], rests: [(x) => tf.cast(x, tf.int32).add(1).add(2), (x) => x.add(0.1).sub(0.7)] },
  'Mul(Mul(x, c), d) -> Mul(x, Mul(c, d))': { fires: (x) => tf.constant(0.7).mul(x.mul(0.1)), after: ['mul_1 = Mul(_arg_x_0, mul_1@relaxed)'] },
};
const values = new tf.NDArray(tf.float32, [2, 3], Float32Array.of(0.25, 1.5, 3, 0.1, 7, 1e10));
const fed = (): tf.Tensor => tf.placeholder(tf.float32, [2, 3], { name: 'x' });

test('every rule has a row', () => { expect(Object.keys(ROWS)).toEqual(relaxRules.map((r) => r.name)); });

describe.each(Object.entries(ROWS))('%s', (name, row) => {
  test('before and after; mode exact leaves it', () => {
    const x = fed(), y = row.fires(x);
    const target = targetOn(x.graph, 'wasm', passes.filter((p) => p.name !== 'fuse'));
    expect(lines(programs([y], [[x, values]], { ...target, mode: 'fast' }).get('sweep')!)).toEqual(row.after);
    expect(programs([y], [[x, values]], target).get('relax')!.log.filter((l) => l.pass === 'relax')).toEqual([]);
  });
  test('does not fire where it must not', () => {
    for (const build of row.rests ?? []) {
      tf.resetDefaultGraph();
      const x = fed(), target = targetOn(x.graph, 'wasm', passes);
      expect(programs([build(x)], [[x, values]], { ...target, mode: 'fast' }).get('relax')!.log.filter((l) => l.pass === 'relax' && l.rule === name)).toEqual([]);
    }
  });
  test('the values are near, and the same whatever else is fetched', () => {
    const x = fed(), y = row.fires(x), more = tf.exp(y.op.inputs[0]!);
    const near = (a: tf.NDArray, b: tf.NDArray): void => { for (let i = 0; i < a.size; i++) expect(Math.abs(Number(a.flat(i)) / Number(b.flat(i)) - 1)).toBeLessThan(1e-6); };
    using exact = new tf.Session({ graph: x.graph }), fast = new tf.Session({ graph: x.graph, mode: 'fast' });
    const alone = fast.runSync(y, [[x, values]]) as tf.NDArray, [together] = fast.runSync([y, more], [[x, values]]) as unknown as [tf.NDArray];
    near(alone, exact.runSync(y, [[x, values]]) as tf.NDArray);
    expect(together).toEqual(alone);
  });
});

test('the plan says what mode fast changed, and nothing in mode exact', () => {
  const x = fed(), y = tf.matmul(tf.div(tf.pow(x, 2), 3), tf.div(x, 3), { transposeB: true });
  using exact = new tf.Session({ graph: x.graph }), fast = new tf.Session({ graph: x.graph, mode: 'fast' });
  expect(exact.explain(y, [x]).relaxed).toEqual([]);
  const { relaxed } = fast.explain(y, [x]);
  expect(relaxed[0]).toMatch(/^sums of products /);
  expect(relaxed.slice(1)).toEqual(['Pow(x, 2) -> Square(x)', 'RealDiv(x, c) -> Mul(x, Reciprocal(c)), 2 times']);
  expect(String(fast.explain(y, [x]))).toContain('\n fast: Pow(x, 2) -> Square(x)\n');
});

/** -c + a*b, where a*b has one bit more than a float32: 0 in two roundings, 2^-24 in one. */
const A = 1 + 2 ** -12, C = 1 + 2 ** -11;
test.each([
  ['a product of matrices', (): tf.Tensor => tf.matmul(fedAs('x', [8, 2], (i) => [C, A][i % 2]!), fedAs('y', [2, 8], (i) => (i < 8 ? -1 : A)))],
  ['a matrix and a vector', (): tf.Tensor => tf.matmul(fedAs('x', [8, 2], (i) => [C, A][i % 2]!), fedAs('y', [2, 1], (i) => [-1, A][i]!))],
  ['a vector and a matrix', (): tf.Tensor => tf.matmul(fedAs('x', [1, 2], (i) => [C, A][i]!), fedAs('y', [2, 8], (i) => (i < 8 ? -1 : A)))],
  ['a convolution', (): tf.Tensor => tf.nn.conv2d(fedAs('x', [1, 4, 4, 2], (i) => [C, A][i % 2]!), fedAs('y', [1, 1, 2, 8], (i) => (i < 8 ? -1 : A)), [1, 1, 1, 1], 'VALID')],
  ['a depthwise convolution', (): tf.Tensor => tf.nn.depthwiseConv2dNative(fedAs('x', [1, 1, 2, 8], (i) => (i < 8 ? C : A)), fedAs('y', [1, 2, 8, 1], (i) => (i < 8 ? -1 : A)), [1, 1, 1, 1], 'VALID')],
])('where the host has relaxed SIMD, %s rounds each sum once in mode fast', (_what, build) => {
  setFlagsFromString('--experimental-wasm-relaxed-simd'); // part of the language in later versions of Node
  feeds.length = 0;
  const y = build();
  using exact = new tf.Session(), fast = new tf.Session({ mode: 'fast' });
  const numbers = (sess: tf.Session): Set<number> => new Set((sess.runSync(y, feeds) as tf.NDArray).data as Float32Array);
  expect(numbers(exact)).toEqual(new Set([0]));
  expect(numbers(fast)).toEqual(new Set([2 ** -24]));
  expect(fast.explain(y, feeds).relaxed[0]).toContain('round once');
});
const feeds: [tf.Tensor, tf.NDArray][] = [];
function fedAs(name: string, shape: readonly number[], value: (i: number) => number): tf.Tensor {
  const t = tf.placeholder(tf.float32, shape, { name });
  feeds.push([t, new tf.NDArray(tf.float32, shape, Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => value(i)))]);
  return t;
}
