// One row for every op that may run as a kernel of TensorFlow.js in exact mode: the cross product of the values that tell
// implementations apart, in every dtype the backend holds. And the check of a row, for backends that can be read at once
// and for those that must be waited for.
import * as tf from 'tfgraph';
import { applyOp } from '../../src/ops/op_def_library.ts';
import type { KernelStep } from '../../src/session/plan.ts';
import { bitsOf } from './compile.ts';
import { openSession } from './engines.ts';

const FLOATS = [0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3, NaN, Infinity, -Infinity, 1e-45, -1e-45, 1.1754943508222875e-38, 3.4028234663852886e38, -3.4028234663852886e38, 1e-7, -7.25, 16777217, 0.1];
const INTS = [0, 1, -1, 2, -7, 65536, -65537, 2147483647, -2147483648, 46341, 123456789];
const BOOLS = [0, 1];

export type Dtype = 'float32' | 'int32' | 'bool';
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
export const ints = (...v: number[]): tf.Tensor => tf.constant(v, { dtype: tf.int32 });

export interface Row {
  /** Dtypes of the fed inputs that run on the device; others must say why not. */
  readonly dtypes: readonly Dtype[];
  readonly inputs: (d: Dtype) => readonly tf.NDArray[];
  readonly build: (x: readonly tf.Tensor[], d: Dtype) => readonly tf.Tensor[];
}
export const one = (op: string, x: readonly (tf.Tensor | readonly tf.Tensor[])[], attrs: Parameters<typeof applyOp>[2] = {}): readonly tf.Tensor[] => applyOp(op, x, attrs).outputs;

/** f(x): all special values. */
const unary = (op: string, dtypes: readonly Dtype[], attrs: Parameters<typeof applyOp>[2] = {}): Row => ({ dtypes, inputs: (d) => [cycle(d, [SPECIAL[d].length])], build: (x) => one(op, x, attrs) });
/** f(x, y): all pairs, once as two equal shapes and once broadcast. */
const binary = (op: string, dtypes: readonly Dtype[]): Row => ({
  dtypes,
  inputs: (d) => { const n = SPECIAL[d].length; return [cycle(d, [n, n]), array(d, [n, n], (i, v) => v[Math.floor(i / n)]!), cycle(d, [n]), cycle(d, [n, 1])]; },
  build: ([a, b, c, e]) => [...one(op, [a!, b!]), ...one(op, [c!, e!]), ...one(op, [a!, c!])],
});
export const move = (build: Row['build'], dtypes: readonly Dtype[] = ALL, shape: readonly number[] = [2, 3, 4]): Row => ({ dtypes, inputs: (d) => [cycle(d, shape)], build });

export const ROWS: Readonly<Record<string, Row>> = {
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

export function padWith(x: tf.Tensor, v: tf.Tensor): readonly tf.Tensor[] { return one('PadV2', [x, tf.constant([[1, 0], [0, 2], [0, 0]], { dtype: tf.int32 }), v]); }

/** Where the op's kernels ran, and what they got wrong (also: an input that was written to). */
export interface Ran { readonly calls: number; readonly reasons: readonly string[]; readonly wrong: readonly string[] }

/** Runs a row on an engine, node for node, and compares its bits with those of `reference`. */
export async function checkRow(engine: string, op: string, row: Row, dtype: Dtype): Promise<Ran> {
  const feeds = row.inputs(dtype).map((a) => [tf.placeholder(a.dtype, [...a.shape]), a] as const);
  const before = feeds.map(([, a]) => bitsOf(a));
  const fetches = [...row.build(feeds.map(([x]) => x), dtype)];
  const sess = await openSession(engine, { toolchain: { passes: [] } });
  const steps = sess.explain(fetches, feeds).steps.filter((s) => s.kind === 'kernel' && s.node.op === op) as KernelStep[];
  const want = (await openSession('reference')).runSync(fetches, feeds) as unknown[];
  const got = await sess.run(fetches, feeds) as unknown[];
  const wrong = fetches.flatMap((t, i) => (bitsOf(got[i]) === bitsOf(want[i]) ? [] : [`${t.name}: ${String(bitsOf(got[i]))} for ${String(bitsOf(want[i]))}`]));
  feeds.forEach(([, a], i) => { if (bitsOf(a) !== before[i]) wrong.push(`input ${i} was written to`); });
  return { calls: steps.filter((s) => s.call).length, reasons: steps.flatMap((s) => (s.why === null ? [] : [s.why])), wrong };
}
