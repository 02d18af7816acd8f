// Every op that may run as a kernel of TensorFlow.js in exact mode has that kernel's bits: the cross product of the values
// that tell implementations apart, in every dtype the backend holds, against the reference kernels. Where a mapping
// excludes a dtype or a form, the plan must say so, and the row says it here.
import { beforeEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { applyOp } from '../../src/ops/op_def_library.ts';
import { opBehaviour, opNames } from '../../src/ops/registry.ts';
import { bitsOf } from '../support/compile.ts';
import type { KernelStep } from '../../src/session/plan.ts';
import { openSession } from '../support/engines.ts';

beforeEach(() => { tf.resetDefaultGraph(); });

const FLOATS = [0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3, NaN, Infinity, -Infinity, 1e-45, -1e-45, 1.1754943508222875e-38, 3.4028234663852886e38, -3.4028234663852886e38, 1e-7, -7.25, 16777217, 0.1];
const INTS = [0, 1, -1, 2, -7, 65536, -65537, 2147483647, -2147483648, 46341, 123456789];
const BOOLS = [0, 1];

type Dtype = 'float32' | 'int32' | 'bool';
const ALL: readonly Dtype[] = ['float32', 'int32', 'bool'];
const REAL: readonly Dtype[] = ['float32', 'int32'];
const SPECIAL: Readonly<Record<Dtype, readonly number[]>> = { float32: FLOATS, int32: INTS, bool: BOOLS };
const DTYPE = { float32: tf.float32, int32: tf.int32, bool: tf.bool } as const;

function array(dtype: Dtype, shape: readonly number[], at: (i: number, values: readonly number[]) => number): tf.NDArray {
  const n = shape.reduce((a, b) => a * b, 1);
  const values = Array.from({ length: n }, (_, i) => at(i, SPECIAL[dtype]));
  return new tf.NDArray(DTYPE[dtype], shape, dtype === 'float32' ? Float32Array.from(values) : dtype === 'int32' ? Int32Array.from(values) : Uint8Array.from(values));
}
const cycle = (dtype: Dtype, shape: readonly number[], step = 1): tf.NDArray => array(dtype, shape, (i, v) => v[(i * step) % v.length]!);
const ints = (...v: number[]): tf.Tensor => tf.constant(v, { dtype: tf.int32 });

interface Row {
  /** Dtypes of the fed inputs that run on the device; others must say why not. */
  readonly dtypes: readonly Dtype[];
  readonly inputs: (d: Dtype) => readonly tf.NDArray[];
  readonly build: (x: readonly tf.Tensor[], d: Dtype) => readonly tf.Tensor[];
}
const one = (op: string, x: readonly (tf.Tensor | readonly tf.Tensor[])[], attrs: Parameters<typeof applyOp>[2] = {}): readonly tf.Tensor[] => applyOp(op, x, attrs).outputs;

/** f(x): all special values. */
const unary = (op: string, dtypes: readonly Dtype[], attrs: Parameters<typeof applyOp>[2] = {}): Row => ({ dtypes, inputs: (d) => [cycle(d, [SPECIAL[d].length])], build: (x) => one(op, x, attrs) });
/** f(x, y): all pairs, once as two equal shapes and once broadcast. */
const binary = (op: string, dtypes: readonly Dtype[]): Row => ({
  dtypes,
  inputs: (d) => { const n = SPECIAL[d].length; return [cycle(d, [n, n]), array(d, [n, n], (i, v) => v[Math.floor(i / n)]!), cycle(d, [n]), cycle(d, [n, 1])]; },
  build: ([a, b, c, e]) => [...one(op, [a!, b!]), ...one(op, [c!, e!]), ...one(op, [a!, c!])],
});
const move = (build: Row['build'], dtypes: readonly Dtype[] = ALL, shape: readonly number[] = [2, 3, 4]): Row => ({ dtypes, inputs: (d) => [cycle(d, shape)], build });

const ROWS: Readonly<Record<string, Row>> = {
  Abs: unary('Abs', ['float32']), Neg: unary('Neg', ['float32']), Square: unary('Square', ['float32']), Floor: unary('Floor', ['float32']), Ceil: unary('Ceil', ['float32']),
  IsNan: unary('IsNan', ['float32']), IsInf: unary('IsInf', ['float32']), IsFinite: unary('IsFinite', ['float32']), LogicalNot: unary('LogicalNot', ['bool']),
  Add: binary('Add', REAL), AddV2: binary('AddV2', REAL), Sub: binary('Sub', REAL), Mul: binary('Mul', ['float32']), RealDiv: binary('RealDiv', ['float32']),
  Equal: binary('Equal', ALL), NotEqual: binary('NotEqual', ALL), Less: binary('Less', REAL), LessEqual: binary('LessEqual', REAL), Greater: binary('Greater', REAL), GreaterEqual: binary('GreaterEqual', REAL),
  LogicalAnd: binary('LogicalAnd', ['bool']), LogicalOr: binary('LogicalOr', ['bool']),
  Identity: unary('Identity', ALL), StopGradient: unary('StopGradient', ALL), PreventGradient: unary('PreventGradient', ALL), PlaceholderWithDefault: unary('PlaceholderWithDefault', ALL, { shape: new tf.TensorShape(null) }),
  ZerosLike: unary('ZerosLike', ALL), OnesLike: unary('OnesLike', ALL),
  BiasAdd: { dtypes: REAL, inputs: (d) => [cycle(d, [9, 2, 5]), cycle(d, [5], 3)], build: (x) => one('BiasAdd', x) },
  All: { dtypes: ['bool'], inputs: () => [array('bool', [4, 3], (i) => (i % 5 === 0 ? 0 : 1))], build: ([x]) => [ints(0), ints(1), ints(0, 1)].flatMap((a) => [...one('All', [x!, a]), ...one('All', [x!, a], { keep_dims: true })]) },
  Any: { dtypes: ['bool'], inputs: () => [array('bool', [4, 3], (i) => (i % 5 === 0 ? 1 : 0))], build: ([x]) => [ints(0), ints(1), ints(0, 1)].flatMap((a) => [...one('Any', [x!, a]), ...one('Any', [x!, a], { keep_dims: true })]) },
  Reshape: move(([x]) => [ints(24), ints(-1, 6), ints(4, 3, 2)].flatMap((s) => one('Reshape', [x!, s]))),
  Squeeze: move(([x]) => [...one('Squeeze', [x!]), ...one('Squeeze', [x!], { squeeze_dims: [0] })], ALL, [1, 3, 1, 4]),
  ExpandDims: move(([x]) => [0, 1, -1, 3].flatMap((a) => one('ExpandDims', [x!, tf.constant(a, { dtype: tf.int32 })]))),
  Transpose: move(([x]) => [[0, 2, 1], [2, 1, 0], [1, 0, 2], [1, 2, 0]].flatMap((p) => one('Transpose', [x!, ints(...p)]))),
  BroadcastTo: move(([x]) => [ints(3, 4), ints(3, 1)].flatMap((s) => one('BroadcastTo', [x!, s])), ALL, [3, 1]),
  Tile: move(([x]) => [[2, 1, 1], [1, 3, 2]].flatMap((m) => one('Tile', [x!, ints(...m)]))),
  ReverseV2: move(([x]) => [[0], [1, 2], [-1]].flatMap((a) => one('ReverseV2', [x!, ints(...a)])), REAL),
  Slice: move(([x]) => [...one('Slice', [x!, ints(1, 0, 2), ints(1, 2, -1)]), ...one('Slice', [x!, ints(0, 1, 1), ints(2, 2, 2)])]),
  StridedSlice: move(([x]) => [x!.at(1), x!.at([0, 2]), x!.at(tf.ellipsis, tf.newaxis, [1, 4]), x!.at([1, null], 2), x!.at(null, null, -1), x!.at([0, 99], [-2, null])]),
  Pad: move(([x]) => one('Pad', [x!, tf.constant([[1, 0], [0, 2], [0, 0]], { dtype: tf.int32 })])),
  PadV2: move(([x], d) => SPECIAL[d].filter((v) => Math.fround(v) === v && !Object.is(v, -0)).flatMap((v) => padWith(x!, tf.constant(array(d, [], () => v))))),
  GatherV2: move(([x]) => [0, 1, -1].flatMap((a) => one('GatherV2', [x!, tf.constant([[1, 0], [0, 1]], { dtype: tf.int32 }), tf.constant(a, { dtype: tf.int32 })]))),
  Select: { dtypes: ALL, inputs: (d) => [cycle('bool', [SPECIAL[d].length]), cycle(d, [SPECIAL[d].length]), cycle(d, [SPECIAL[d].length], 3), array('bool', [SPECIAL[d].length], (i) => (i % 3 === 0 ? 1 : 0))], build: ([c, a, b, e]) => [...one('Select', [c!, a!, b!]), ...one('Select', [e!, b!, a!])] },
  Unpack: move(([x]) => [0, 1, 2].flatMap((axis) => one('Unpack', [x!], { axis, num: [2, 3, 4][axis]! }))),
};

test('there is a row for every op that may run on TensorFlow.js in exact mode', () => {
  expect(Object.keys(ROWS).sort()).toEqual(opNames().filter((op) => opBehaviour(op)?.tfjs?.exact).sort());
});

function padWith(x: tf.Tensor, v: tf.Tensor): readonly tf.Tensor[] { return one('PadV2', [x, tf.constant([[1, 0], [0, 2], [0, 0]], { dtype: tf.int32 }), v]); }

interface Ran { readonly calls: number; readonly reasons: readonly string[] }

/** Runs a row on an engine, node for node, and compares bits; says where the op's kernels ran. */
async function check(engine: string, op: string, row: Row, dtype: Dtype): Promise<Ran> {
  const feeds = row.inputs(dtype).map((a) => [tf.placeholder(a.dtype, [...a.shape]), a] as const);
  const before = feeds.map(([, a]) => bitsOf(a));
  const fetches = [...row.build(feeds.map(([x]) => x), dtype)];
  const sess = await openSession(engine, { toolchain: { passes: [] } });
  const steps = sess.explain(fetches, feeds).steps.filter((s) => s.kind === 'kernel' && s.node.op === op) as KernelStep[];
  const want = (await openSession('reference')).runSync(fetches, feeds) as unknown[];
  const got = sess.runSync(fetches, feeds) as unknown[];
  fetches.forEach((t, i) => { expect(bitsOf(got[i]), t.name).toBe(bitsOf(want[i])); });
  expect(feeds.map(([, a]) => bitsOf(a)), 'inputs are not written to').toEqual(before);
  return { calls: steps.filter((s) => s.call).length, reasons: steps.flatMap((s) => (s.why === null ? [] : [s.why])) };
}

describe.each(['tfjs:cpu', 'tfjs:wasm'])('on %s', (engine) => {
  describe.each(Object.entries(ROWS))('%s', (op, row) => {
    test.each(row.dtypes)('%s has the bits of the contract', async (dtype) => {
      expect(await check(engine, op, row, dtype)).toEqual({ calls: expect.toSatisfy((n: number) => n > 0), reasons: [] });
    });
  });

  test.each([
    ['Abs', 'int32'], ['Neg', 'int32'], ['Square', 'int32'], ['Mul', 'int32'], ['ReverseV2', 'bool'],
  ] as const)('%s of %s runs on reference: the kernel is not right for it', async (op, dtype) => {
    const { calls, reasons } = await check(engine, op, ROWS[op]!, dtype);
    expect(calls).toBe(0);
    expect(new Set(reasons)).toEqual(new Set([expect.stringMatching(/^\w+ of TensorFlow\.js is not right for (int32|bool)$/)]));
  });

  const forms: Readonly<Record<string, readonly [string, Dtype, Row['build']]>> = {
    'slices that step backwards': ['StridedSlice', 'float32', ([x]) => [x!.at([null, null, -1], 2), x!.at(null, null, [3, 0, -1])]],
    'slices that step': ['StridedSlice', 'float32', ([x]) => [x!.at(null, [0, 3, 2]), x!.at(1, [null, null, 2], tf.newaxis)]],
    'padding with -0 or NaN': ['PadV2', 'float32', ([x]) => [-0, NaN].flatMap((v) => padWith(x!, tf.constant(v)))],
    'padding with an int32 that float32 does not hold': ['PadV2', 'int32', ([x]) => padWith(x!, tf.constant(2147483647, { dtype: tf.int32 }))],
    'broadcasts that add dimensions': ['BroadcastTo', 'float32', ([x]) => one('BroadcastTo', [x!, ints(5, 2, 3, 4)])],
  };
  test.each(Object.entries(forms))('%s run on reference', async (_, [op, dtype, build]) => {
    const { calls, reasons } = await check(engine, op, { ...ROWS[op]!, ...move(build) }, dtype);
    expect([calls, new Set(reasons)]).toEqual([0, new Set([expect.stringMatching(/cannot express this node$/)])]);
  });
});
