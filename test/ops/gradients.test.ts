// The gradient of every op against central differences in float64, with shapes known, with unknown sizes, and with
// unknown ranks: they take other ways through the gradient functions. One row an op in test/support/gradient_rows.ts.
import { beforeEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { op1 } from '../../src/ops/op_def_library.ts';
import { opBehaviour, opNames } from '../../src/ops/registry.ts';
import { referenceKernels } from '../../src/session/kernels/registry.ts';
import { type GradientRow, gradientRows, untested } from '../support/gradient_rows.ts';
import { Random } from '../support/random.ts';

beforeEach(() => { tf.resetDefaultGraph(); });

/** How far apart differences are taken, and how well they must agree. */
const DOUBLE = { step: 1e-5, bound: 1e-6 }, SINGLE = { step: 2 ** -6, bound: 4e-3 };
const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

type Knowledge = 'static' | 'sizes' | 'ranks';
const shapeOf = (shape: readonly number[], k: Knowledge): (number | null)[] | null => (k === 'ranks' ? null : shape.map((d) => (k === 'static' ? d : null)));

/** Builds the row and its gradients, and compares. */
function check(row: GradientRow, knowledge: Knowledge, seed: number): void {
  const r = new Random(seed);
  const { step, bound } = row.single ? SINGLE : DOUBLE;
  const [lo, hi] = row.range ?? [-2, 2];
  const values = row.shapes.map((s) => Float64Array.from({ length: size(s) }, () => lo + (hi - lo) * r.next()));
  const inputs = row.shapes.map((s) => tf.placeholder(tf.float64, shapeOf(s, knowledge)));
  const feeds = (): (readonly [tf.Tensor, tf.NDArray])[] => inputs.map((x, i) => [x, new tf.NDArray(tf.float64, row.shapes[i]!, values[i]!.slice())]);
  const outputs = [row.build(inputs)].flat() as tf.Tensor[];
  using sess = new tf.Session();
  const run = (): tf.NDArray[] => (sess.runSync(outputs, feeds()) as unknown[]).map((v) => (v instanceof tf.NDArray ? v : new tf.NDArray(tf.float64, [], Float64Array.of(v as number))));
  const weights = run().map((y) => new tf.NDArray(tf.float64, y.shape, Float64Array.from({ length: y.size }, () => 2 * r.next() - 1)));
  const loss = (): number => run().reduce((s, y, k) => s + (y.data as Float64Array).reduce((t, v, i) => t + v * (weights[k]!.data as Float64Array)[i]!, 0), 0);

  const gradients = tf.gradients(outputs, inputs, weights.map((w) => tf.constant(w)));
  gradients.forEach((g, k) => {
    if (row.none?.includes(k)) { expect(g, `gradient of input ${k}`).toBeNull(); return; }
    expect(g, `gradient of input ${k}`).not.toBeNull();
    const got = sess.runSync(tf.convertToTensor(g as tf.TensorLike), feeds());
    const analytic = got instanceof tf.NDArray ? got : new tf.NDArray(tf.float64, [], Float64Array.of(got as number));
    expect(analytic.shape, `shape of gradient ${k}`).toEqual(row.shapes[k]);
    expect(analytic.dtype).toBe(tf.float64);
    const x = values[k]!;
    for (let i = 0; i < x.length; i++) {
      const at = x[i]!;
      x[i] = at + step;
      const up = loss();
      x[i] = at - step;
      const down = loss();
      x[i] = at;
      const [numeric, exact] = [(up - down) / (2 * step), (analytic.data as Float64Array)[i]!];
      expect(Math.abs(numeric - exact), `d input ${k} [${i}] at ${at}: ${exact}, by differences ${numeric}`).toBeLessThanOrEqual(bound * Math.max(1, Math.abs(exact)));
    }
  });
}

describe.each(Object.entries(gradientRows))('%s', (_, row) => {
  const knowledge: Knowledge[] = row.known === 'all' ? ['static'] : row.known === 'rank' ? ['static', 'sizes'] : ['static', 'sizes', 'ranks'];
  test.each(knowledge)('%s', (k) => { for (let seed = 1; seed <= 2; seed++) { tf.resetDefaultGraph(); check(row, k, seed); } });
});

test('PreventGradient refuses', () => {
  const x = tf.constant(1.);
  expect(() => tf.gradients(op1('PreventGradient', [x], { message: 'no way' }), [x])).toThrow(expect.objectContaining({ name: 'LookupError', text: "Gradient explicitly disabled. Reason: b'no way'" }) as Error);
});

/** Ops with a gradient function and a kernel; those that hold state or steer the run are tested in sessions. */
const CONTROL = new Set(['Switch', 'Merge', 'RefSwitch', 'RefMerge', 'RefIdentity', 'ReadVariableOp', 'ResourceGather']);
const differentiable = (): string[] => opNames().filter((op) => opBehaviour(op)?.grad && referenceKernels.has(op) && !CONTROL.has(op));

test('every op with a gradient and a kernel has a row', () => {
  const rows = new Set([...Object.keys(gradientRows).map((k) => k.split(':')[0]!), ...Object.keys(untested)]);
  expect(differentiable().filter((op) => !rows.has(op)), 'add a row to test/support/gradient_rows.ts').toEqual([]);
  expect([...rows].filter((op) => !opBehaviour(op)?.grad)).toEqual([]);
});

test('what has no row still has none for its reason', () => {
  for (const [op, { why, missing }] of Object.entries(untested)) {
    if (missing !== undefined) expect(referenceKernels.has(missing), `${op}: ${why}`).toBe(false);
    expect(Object.keys(gradientRows).some((k) => k.split(':')[0] === op), `${op} has a row and an excuse`).toBe(false);
  }
});
