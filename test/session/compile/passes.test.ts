// Every pass on random programs; passes.slow.test.ts has many more.
import { expect, test } from 'vitest';
import { passes } from '../../../src/session/compile/pipeline.ts';
import { passSuite } from '../../support/pass_suite.ts';
import { normalForms } from '../../support/verify_program.ts';

passSuite(15);

test('every pass says what it leaves and has a verifier of it', () => {
  expect(Object.keys(normalForms)).toEqual(['resolveState', ...passes.map((p) => p.name)]);
  for (const p of passes) expect(p.leaves, p.name).not.toBe('');
});
