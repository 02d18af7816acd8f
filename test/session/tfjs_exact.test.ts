// Every op that may run as a kernel of TensorFlow.js in exact mode has that kernel's bits: the cross product of the values
// that tell implementations apart, in every dtype the backend holds, against the reference kernels. Where a mapping
// excludes a dtype or a form, the plan must say so, and the row says it here.
import { beforeEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { opBehaviour, opNames } from '../../src/ops/registry.ts';
import { checkRow, type Dtype, ints, move, one, padWith, type Row, ROWS } from '../support/exact_rows.ts';

beforeEach(() => { tf.resetDefaultGraph(); });

test('there is a row for every op that may run on TensorFlow.js in exact mode', () => {
  expect(Object.keys(ROWS).sort()).toEqual(opNames().filter((op) => opBehaviour(op)?.tfjs?.exact).sort());
});

describe.each(['tfjs:cpu', 'tfjs:wasm'])('on %s', (engine) => {
  describe.each(Object.entries(ROWS))('%s', (op, row) => {
    test.each(row.dtypes)('%s has the bits of the contract', async (dtype) => {
      expect(await checkRow(engine, op, row, dtype)).toEqual({ calls: expect.toSatisfy((n: number) => n > 0), reasons: [], wrong: [] });
    });
  });

  test.each([
    ['Abs', 'int32'], ['Neg', 'int32'], ['Square', 'int32'], ['Mul', 'int32'], ['ReverseV2', 'bool'],
  ] as const)('%s of %s runs on reference: the kernel is not right for it', async (op, dtype) => {
    const { calls, reasons, wrong } = await checkRow(engine, op, ROWS[op]!, dtype);
    expect([calls, wrong]).toEqual([0, []]);
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
    const { calls, reasons, wrong } = await checkRow(engine, op, { ...ROWS[op]!, ...move(build) }, dtype);
    expect([calls, wrong, new Set(reasons)]).toEqual([0, [], new Set([expect.stringMatching(/cannot express this node$/)])]);
  });
});
