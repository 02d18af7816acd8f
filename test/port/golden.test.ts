// A few golden programs through the port (all of them: golden.slow.test.ts): the TypeScript it writes builds TensorFlow's
// graph and computes, bit for bit, what the program restated by hand computes.
import { describe, expect, test } from 'vitest';
import { loadGolden } from '../golden/record.ts';
import { byHand, OPTIONS } from './golden_programs.ts';
import { portProgram, verdictOf } from './programs.ts';

describe.each(['flow_cond', 'scope_getters', 'seed_entry1_nhwc', 'sess_fetch', 'seed_improved_gan_vbn'])('%s', (name) => {
  test('translated, graph and values equal', async () => {
    const { report } = await portProgram(name);
    expect(report.of('untranslated')).toEqual([]);
    expect(await verdictOf(name, loadGolden(name), OPTIONS[name] ?? {}, byHand(name))).toEqual({ graph: null, values: null });
  });
});
