// The seed's own programs, as they were asked: the port points at every mistake that shows before anything runs. Two of
// the twelve do not: the mixing of the original paper that both leave out, and that equal weights need copying.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { portPython } from '../../src/port/port.ts';

const found = async (name: string): Promise<string[]> => {
  const source = readFileSync(new URL(`fixtures/${name}.py`, import.meta.url), 'utf8');
  const { report } = await portPython(source, { file: `${name}.py` });
  expect(report.of('untranslated')).toEqual([]);
  return report.of('mistake').map((f) => `${f.line}: ${f.reason}`);
};
const RELU = (layer: string): string => `tf.contrib.layers.${layer} applies relu by default`;

test('the entry question', async () => {
  const wrong = (line: number): string[] => ['kernel_size', 'num_outputs', 'stride'].map((k) => `${line}: tf.nn.conv2d() got an unexpected keyword argument '${k}'`);
  expect(await found('seed_entry')).toEqual(['6: full_inputs is built and never used', '8: name \'inputs\' is not defined', ...wrong(8), ...wrong(15), ...wrong(17)]);
});

test('vbn_single', async () => {
  const list = await found('seed_single');
  expect(list).toEqual(expect.arrayContaining([
    '39: full_inputs is built and never used', '38: a trainable variable initialised from data: the optimizer changes the data', '45: \'(\' is never closed', '49: \'(\' is never closed', '53: \'(\' is never closed',
    '49: the name \'Activq\' breaks the series \'Activ0\', \'Activ2\'', '17: reshape to a size of 0: the tensor would have no elements', '15: orig_shape is kept and never used',
    '9: an unknown size: half of it is unknown too, and slices need a size', '23: int() of an unknown size fails, and line 9 allows for an unknown size', ...[42, 46, 50].map((l) => `${l}: ${RELU('conv2d')}`), `59: ${RELU('fully_connected')}`,
  ]));
  expect(list.length).toBe(15);
});

test('Vbn_double', async () => {
  const list = await found('seed_double');
  expect(list).toEqual(expect.arrayContaining([
    '11: name \'data_format\' is not defined', '37: \'Vbn_double\' object has no attribute \'data_format\'', ...[12, 38].map((l) => `${l}: reshape to a size of 0: the tensor would have no elements`),
    '45: variable_scope(self.scope) opens a name inside the scope of the caller: it finds the variables only under the same outer scope', '60: a trainable variable initialised from data: the optimizer changes the data',
    '93: tf.contrib.layers.fully_connected without a scope inside a reusing scope: its variables do not exist there (ValueError)', `93: ${RELU('fully_connected')}`, ...[68, 73, 78, 83, 87, 91].map((l) => `${l}: '(' is never closed`),
  ]));
});
