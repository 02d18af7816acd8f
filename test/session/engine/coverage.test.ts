// Every op that the reference engine runs has a generated kernel, or stands here with a reason.
import { expect, test } from 'vitest';
import { referenceKernels } from '../../../src/session/kernels/registry.ts';
import { wasmKernels } from '../../../src/session/wasm/table.ts';

/** Ops without a kernel of the wasm engine. */
const WITHOUT: Readonly<Record<string, string>> = {
  Const: 'the plan holds its value', Assign: 'a step of its own in the plan', AssignVariableOp: 'a step of its own in the plan',
  StringJoin: 'strings', AsString: 'strings', Print: 'writes to standard error',
};
test('ops without a kernel are known, with a reason', () => {
  expect([...referenceKernels.keys()].filter((op) => !wasmKernels.has(op) && !(op in WITHOUT))).toEqual([]);
});
test('what is listed as without a kernel has none', () => { for (const op in WITHOUT) expect([op, referenceKernels.has(op), wasmKernels.has(op)]).toEqual([op, true, false]); });
test('every generated kernel has a reference kernel', () => { for (const op of wasmKernels.keys()) expect(referenceKernels.has(op), op).toBe(true); });
