// foldConstants: what folds, what must not, where the results go.
import { beforeEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { applyOp, op1 } from '../../../src/ops/op_def_library.ts';
import { foldConstants, MAX_FOLDED_BYTES } from '../../../src/session/compile/fold.ts';
import { passes } from '../../../src/session/compile/pipeline.ts';
import type { Program } from '../../../src/session/compile/program.ts';
import { bitsOf, type FeedPairs, lines, programs, runWith, targetOn } from '../../support/compile.ts';
import { SPECIAL } from '../../support/random_program.ts';

beforeEach(() => { tf.resetDefaultGraph(); });

const pass = { name: 'fold', leaves: '', run: foldConstants };
const only = [pass, passes.find((p) => p.name === 'sweep')!];
const f32 = (...v: number[]): tf.NDArray => new tf.NDArray(tf.float32, [v.length], Float32Array.from(v));
const ints = (...v: number[]): tf.Tensor => tf.constant(v, { dtype: tf.int32 });

function fold(fetches: readonly (tf.Tensor | tf.Operation)[], feeds: FeedPairs = [], engine = 'reference'): Program {
  return programs(fetches, feeds, targetOn(fetches[0]!.graph, engine, only)).get('sweep')!;
}
const rules = (p: Program): string[] => p.log.map((l) => l.rule);

test('a chain of constants becomes one, with the bits the kernels give', async () => {
  const y = tf.exp(tf.constant(f32(...SPECIAL)).mul(0.5)).sub(1.);
  const p = fold([y]);
  expect(lines(p)).toEqual([]);
  expect(rules(p)).toEqual(['Mul(constants) -> Const', 'Exp(constants) -> Const', 'Sub(constants) -> Const']);
  expect(await runWith(only, [y], [])).toEqual(await runWith([], [y], []));
});

test('every output of a node is a constant of its own', async () => {
  const [a, b] = applyOp('Split', [tf.constant(0, { dtype: tf.int32 }), tf.constant(f32(1, 2))], { num_split: 2 }).outputs as readonly [tf.Tensor, tf.Tensor];
  const x = tf.placeholder(tf.float32, [1], { name: 'x' });
  const y = x.add(b);
  const p = fold([y, a, b], [[x, f32(5)]]);
  expect(lines(p)).toEqual(['add = AddV2(_arg_x_0, split@1)'.replace('split', a.op.name)]);
  expect(p.fetches.map((f) => f.value)).toEqual(['add', a.op.name, `${a.op.name}@1`]);
  expect(p.log.at(-1)).toMatchObject({ matched: [a.op.name], made: [a.op.name, `${a.op.name}@1`], replaced: { [`${a.op.name}:1`]: `${a.op.name}@1` } });
  expect(await runWith(only, [y, a, b], [[x, f32(5)]])).toEqual(await runWith([], [y, a, b], [[x, f32(5)]]));
});

describe('shapes', () => {
  test('of what is fed, though the placeholder leaves them open', () => {
    const x = tf.placeholder(tf.float32, [null, 3], { name: 'x' });
    const shape = op1('Shape', [x], { out_type: tf.int64 });
    const p = fold([shape, op1('Size', [x]), op1('Rank', [x]), applyOp('ShapeN', [[x, x]]).outputs[1]!], [[x, new tf.NDArray(tf.float32, [2, 3], new Float32Array(6))]]);
    expect(p.fetches.map((f) => bitsOf(p.constants.get(f.value)))).toEqual(['int64[2] 2 3', 'int32[] 6', 'int32[] 2', 'int32[2] 2 3']);
    expect(rules(p)).toContain('Shape(known shape) -> Const');
  });
  test('the rank alone, where sizes are not known', () => {
    const x = tf.placeholder(tf.float32, [null, 3], { name: 'x' });
    const graph = x.graph;
    const y = op1('Where', [tf.placeholder(tf.bool, [4], { name: 'b' })]); // its number of rows is known in the run
    const p = programs([op1('Rank', [y]), op1('Shape', [y])], [[graph.getTensorByName('b:0'), new tf.NDArray(tf.bool, [4], new Uint8Array(4))]], targetOn(graph, 'reference', only)).get('sweep')!;
    expect(lines(p).map((l) => l.split(' = ')[1]!.split('(')[0])).toEqual(['Where', 'Shape']);
    expect(bitsOf(p.constants.get('Rank'))).toBe('int32[] 2');
  });
  test('and so do the axes that gradients of broadcasts sum over, and the shapes they give', () => {
    const x = tf.placeholder(tf.float32, [null, 3], { name: 'x' }), y = tf.placeholder(tf.float32, [null, 3], { name: 'y' });
    const grads = tf.gradients(x.mul(y), [x, y]) as tf.Tensor[], one = (n: number): tf.NDArray => new tf.NDArray(tf.float32, [n, 3], new Float32Array(3 * n));
    const p = fold(grads, [[x, one(4)], [y, one(1)]]), ops = (q: Program): string[] => Object.values(q.nodes).map((n) => n.op);
    expect(x.graph.getOperations().map((o) => o.type)).toEqual(expect.arrayContaining(['BroadcastGradientArgs', 'Shape']));
    expect(ops(p).filter((op) => ['BroadcastGradientArgs', 'Shape', 'Fill'].includes(op))).toEqual([]);
  });
  test('flow on: what depends on a folded shape folds with it', () => {
    const x = tf.placeholder(tf.float32, [null, null], { name: 'x' });
    const y = tf.reshape(x, tf.stack([tf.shape(x).at(1), tf.constant(-1, { dtype: tf.int32 })]));
    const p = fold([tf.shape(y)], [[x, new tf.NDArray(tf.float32, [2, 3], new Float32Array(6))]]);
    expect(lines(p)).toEqual([]);
    expect(bitsOf(p.constants.get(p.fetches[0]!.value))).toBe('int32[2] 3 2');
  });
});

describe('is left alone', () => {
  const cases: Readonly<Record<string, () => tf.Tensor>> = {
    'a random op': () => op1('RandomUniform', [ints(2)], { dtype: tf.float32, seed: 1, seed2: 2 }),
    'a stateful op': () => op1('Multinomial', [tf.constant([[0., 0.]]), tf.constant(1, { dtype: tf.int32 })], { seed: 1, seed2: 1 }),
    'a kernel that fails: the run is to say so': () => op1('FloorDiv', [ints(1), ints(0)]),
    'a result that turns out above the size limit': () => op1('Where', [tf.constant(new tf.NDArray(tf.bool, [50_000], new Uint8Array(50_000).fill(1)))]),
    'a result above the size limit': () => op1('Fill', [ints(MAX_FOLDED_BYTES / 4 + 1), tf.constant(1.)]),
  };
  test.each(Object.entries(cases))('%s', (_, build) => {
    const y = build();
    expect(lines(fold([y])).map((l) => l.split(' ')[0])).toContain(y.op.name);
  });
  test('a result at the size limit folds', () => {
    expect(lines(fold([op1('Fill', [ints(MAX_FOLDED_BYTES / 4), tf.constant(1.)])]))).toEqual([]);
  });
  test('a read of a variable, a fed constant, a placeholder', () => {
    const v = new tf.Variable(1., { name: 'v' });
    const c = tf.constant(2., { name: 'c' });
    const y = v.add(c);
    expect(lines(fold([y]))).toEqual(['add = AddV2(v, c)']);
    expect(lines(fold([c.neg()], [[c, new tf.NDArray(tf.float32, [], Float32Array.of(5))]]))).toEqual(['Neg = Neg(_arg_c_0)']);
  });
  test('floats where the engine has arithmetic of its own; integers, bools and moves fold there too', () => {
    const moved = op1('Transpose', [tf.constant([[1., 2.]]), ints(1, 0)]);
    const sum = op1('AddV2', [ints(1), ints(2)]);
    const test = op1('Less', [tf.constant(1.), tf.constant(2.)]);
    const float = op1('AddV2', [tf.constant(1.), tf.constant(2.)]);
    expect(lines(fold([moved, sum, test, float], [], 'tfjs:cpu')).map((l) => l.split('= ')[1]!.split('(')[0])).toEqual(['AddV2']);
    expect(lines(fold([moved, sum, test, float]))).toEqual([]);
  });
});

test('what fails while folding fails in the run, with the text of the kernel and the node', async () => {
  const y = tf.floordiv(ints(1), ints(0), { name: 'bad' });
  const text = expect.stringMatching(/^Integer division by zero\n\t \[\[node bad \(defined at .*fold\.test\.ts:\d+\) \]\]$/) as string;
  expect(await runWith(passes, [y], [])).toEqual([text, text]);
});
