// tfgraph lint on recorded graphs of TensorFlow 1.15.5 and on modules.
import { expect, test } from 'vitest';
import { golden, tempFile, tfgraph } from './support.ts';

test.each(['seed_vbn_single_adam', 'seed_vbn_double_adam', 'seed_vbn_single_momentum'])('%s: the reference is trained', async (program) => {
  const r = await tfgraph('lint', golden(program));
  expect(r.code).toBe(1);
  expect(r.out).toMatch(/^trainable-data: trainable variable 'reference_batch' is initialised from data/);
  expect(r.out).toMatch(/\n1 finding\n$/);
});
test.each(['seed_vbn_single_gd', 'seed_vbn_double_gd', 'seed_entry1_nhwc', 'seed_entry2_nhwc', 'seed_entry_nchw', 'seed_improved_gan_vbn', 'seed_vbn_double_nchw'])('%s: nothing', async (program) => {
  expect(await tfgraph('lint', golden(program))).toEqual({ code: 0, out: 'no findings\n', err: '' });
});
test('--json', async () => {
  const found = JSON.parse((await tfgraph('lint', '--json', golden('seed_vbn_single_adam'))).out) as { rule: string; node: string; remedy: string }[];
  expect(found).toMatchObject([{ rule: 'trainable-data', node: 'reference_batch', op: 'VariableV2' }]);
});

const MODULE = (body: string): string => tempFile('model.mjs', body);
const tfUrl = new URL('../../src/index.ts', import.meta.url).href;
test('a module that builds: findings name its lines', async () => {
  const file = MODULE(`import * as tf from ${JSON.stringify(tfUrl)};\nexport function build() {\n  tf.constant(3, { name: 'three' });\n}\n`);
  const r = await tfgraph('lint', file);
  expect(r.err).toBe('');
  expect(r.code).toBe(1);
  expect(r.out).toMatch(/integral-float: .*\n {2}node: three \(op: Const\)\n {2}created at: .*model\.mjs:3:\d+\n/);
});
test.each([
  ['throws', 'export function build() { throw new Error("no luck"); }', /model\.mjs: no luck/],
  ['does not load', 'import "./nowhere.mjs";', /model\.mjs: .*nowhere/],
  ['builds nothing', 'export function build() {}', /build\(\) made no nodes/],
  ['exports nothing', 'export const x = 1;', /exports no build function and no graph/],
])('a module that %s', async (_, body, text) => {
  const r = await tfgraph('lint', MODULE(body));
  expect(r.code).toBe(2);
  expect(r.err).toMatch(text);
  expect(r.err).not.toMatch(/\n\s+at /);
});
