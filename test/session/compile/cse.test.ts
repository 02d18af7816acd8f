// mergeCommon: what counts as equal, and what never does.
import { beforeEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { applyOp, op1 } from '../../../src/ops/op_def_library.ts';
import { mergeCommon } from '../../../src/session/compile/cse.ts';
import { passes } from '../../../src/session/compile/pipeline.ts';
import type { Program } from '../../../src/session/compile/program.ts';
import { type FeedPairs, lines, programs, runWith, targetOn } from '../../support/compile.ts';
import { SPECIAL } from '../../support/random_program.ts';

beforeEach(() => { tf.resetDefaultGraph(); });

const only = [{ name: 'mergeCommon', leaves: '', run: mergeCommon }, passes.find((p) => p.name === 'sweep')!];
function merge(fetches: readonly (tf.Tensor | tf.Operation)[], feeds: FeedPairs = []): Program {
  return programs(fetches, feeds, targetOn(fetches[0]!.graph, 'reference', only)).get('sweep')!;
}
const x = (): tf.Tensor => tf.placeholder(tf.float32, [2, 3], { name: 'x' });
const VALUE = new tf.NDArray(tf.float32, [2, 3], Float32Array.of(NaN, -0, 1e-45, Infinity, 3, -2.5));
const feed = (t: tf.Tensor): FeedPairs => [[t, VALUE]];
const constants = (p: Program): number => Object.values(p.nodes).filter((n) => n.op === 'Const').length;

test('equal nodes become the first of them, and so do the nodes above that become equal by it', async () => {
  const t = x();
  const [a, b] = [0, 1].map((i) => op1('Exp', [op1('Neg', [t], {}, `n${i}`)], {}, `e${i}`)) as [tf.Tensor, tf.Tensor];
  const y = op1('Sub', [a, b], {}, 'y');
  const p = merge([y, b], feed(t));
  expect(lines(p)).toEqual(['n0 = Neg(_arg_x_0)', 'e0 = Exp(n0)', 'y = Sub(e0, e0)']);
  expect(p.fetches.map((f) => f.value)).toEqual(['y', 'e0']);
  expect(p.nodes['e0']!.from).toEqual(['e0', 'e1']); // the kernel says which nodes it stands for
  expect(p.log.map((l) => [l.rule, l.matched])).toEqual([['two equal nodes -> one', ['n1', 'n0']], ['two equal nodes -> one', ['e1', 'e0']]]);
  expect(await runWith(only, [y, b], feed(t))).toEqual(await runWith([], [y, b], feed(t)));
});

test('every output of a twin moves', async () => {
  const t = x();
  const axis = tf.constant(0, { dtype: tf.int32 });
  const [a, b] = [0, 1].map(() => applyOp('Split', [axis, t], { num_split: 2 }).outputs) as [readonly tf.Tensor[], readonly tf.Tensor[]];
  const y = op1('Sub', [a[1]!, b[1]!], {}, 'y');
  expect(lines(merge([y], feed(t))).at(-1)).toBe(`y = Sub(${a[0]!.op.name}:1, ${a[0]!.op.name}:1)`);
  expect(await runWith(only, [y, b[0]!], feed(t))).toEqual(await runWith([], [y, b[0]!], feed(t)));
});

describe('constants', () => {
  const f32 = (v: readonly number[], shape: number[] = [v.length]): tf.Tensor => tf.constant(new tf.NDArray(tf.float32, shape, Float32Array.from(v)));
  const bits = (u: number): number => new Float32Array(Uint32Array.of(u).buffer)[0]!;
  const long = (last: number): tf.Tensor => f32(Array.from({ length: 5000 }, (_, i) => (i === 4999 ? last : 0)));
  const equal: Readonly<Record<string, () => tf.Tensor[]>> = {
    'a NaN and itself': () => [f32([NaN, 1]), f32([NaN, 1])],
    'special values': () => [f32(SPECIAL), f32(SPECIAL)],
    strings: () => [tf.constant(['a', 'bc']), tf.constant(['a', 'bc'])],
    'large ones': () => [long(3), long(3)],
  };
  const different: Readonly<Record<string, () => tf.Tensor[]>> = {
    '+0 and -0': () => [f32([0]), f32([-0])],
    'a bit of a NaN': () => [f32([NaN]), tf.constant(new tf.NDArray(tf.float32, [1], new Float32Array(Uint32Array.of(0x7fc00001).buffer)))],
    'neighbouring numbers': () => [f32([1]), f32([bits(0x3f800001)])],
    shapes: () => [f32([1, 2]), f32([1, 2], [2, 1])],
    'dtypes of equal bytes': () => [f32([0]), tf.constant([0], { dtype: tf.int32 })],
    'strings cut elsewhere': () => [tf.constant(['ab', 'c']), tf.constant(['a', 'bc'])],
    'large ones, in a byte that no key looks at': () => [long(bits(0x40000001)), long(bits(0x40000002))],
  };
  test.each(Object.entries(equal))('become one: %s', (_, build) => { expect(constants(merge(build()))).toBe(1); });
  test.each(Object.entries(different))('stay two: %s', (_, build) => { expect(constants(merge(build()))).toBe(2); });
});

describe('stay two', () => {
  const cases: Readonly<Record<string, (t: tf.Tensor) => tf.Tensor[]>> = {
    'another attr': (t) => [op1('Sum', [t, tf.constant(0, { dtype: tf.int32 })]), op1('Sum', [t, tf.constant(0, { dtype: tf.int32 })], { keep_dims: true })],
    'an attr of another sign': (t) => [op1('LeakyRelu', [t], { alpha: 0 }), op1('LeakyRelu', [t], { alpha: -0 })],
    'a type attr': (t) => [op1('Cast', [t], { DstT: tf.int32 }), op1('Cast', [t], { DstT: tf.int64 })],
    'a list attr': (t) => [op1('Squeeze', [tf.expandDims(t, 0)], { squeeze_dims: [0] }), op1('Squeeze', [tf.expandDims(t, 0)])],
    'operands the other way round (the sign of a NaN aside, sums commute; differences do not)': (t) => [op1('Sub', [t, t.neg()]), op1('Sub', [t.neg(), t])],
    'random ops': () => [0, 1].map(() => op1('RandomUniform', [tf.constant([2], { dtype: tf.int32 })], { dtype: tf.float32, seed: 1, seed2: 2 })),
    'different versions of a variable': () => {
      const v = new tf.Variable(1., { name: 'v' });
      return [v.add(1.), tf.controlDependencies([tf.assignAdd(v, 5.)], () => v.add(1.))];
    },
  };
  test.each(Object.entries(cases))('%s', (_, build) => {
    const t = x();
    const y = build(t);
    const values = merge(y, feed(t)).fetches.map((f) => f.value);
    expect(new Set(values).size).toBe(2);
  });
  test('equal writes: each happens', async () => {
    const v = new tf.Variable(1., { name: 'v' });
    const init = tf.globalVariablesInitializer();
    const [a, b] = [0, 1].map(() => tf.assignAdd(v, 1.)) as [tf.Tensor, tf.Tensor];
    const c = tf.controlDependencies([a, b], () => tf.identity(v.ref()));
    expect(await runWith(only, [a, b, c], [], init)).toEqual([2, 2, 3, 4, 4, 5]);
  });
  test('the same read, for consumers that see the same version, is one', () => {
    const v = new tf.Variable(1., { name: 'v' });
    expect(lines(merge([tf.identity(v.ref()).add(1.), v.add(1.)]))).toEqual(['add = AddV2(v, add/y)']);
  });
});

test('attrs that start with an underscore mean nothing to a kernel', () => {
  const t = x();
  const [a, b] = [op1('Neg', [t]), op1('Neg', [t])];
  b.op._setAttr('_class', { kind: 's', value: 'loc:@x' });
  expect(new Set(merge([a, b], feed(t)).fetches.map((f) => f.value)).size).toBe(1);
});
