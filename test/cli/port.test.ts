// tfgraph port: output, report, exit codes, bad files, the comparison of graphs.
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { compareGraphs, printProof } from '../../src/port/verify.ts';
import { tempFile, tfgraph } from './support.ts';

const dir = mkdtempSync(join(tmpdir(), 'tfgraph-port-test-'));
const PROGRAM = 'import tensorflow as tf\n\n\ndef build():\n    x = tf.placeholder(tf.float32, [2])  # input\n    return x * 2.0\n';
const OUTPUT = 'import * as tf from \'tfgraph\';\n\nexport function build() {\n  const x = tf.placeholder(tf.float32, [2]); // input\n  return x.mul(2.0);\n}\n';

test('to standard output, and to a file', async () => {
  const path = tempFile('a.py', PROGRAM);
  expect(await tfgraph('port', path)).toMatchObject({ code: 0, out: OUTPUT, err: '' });
  const to = join(dir, 'a.ts');
  const r = await tfgraph('port', path, '-o', to);
  expect(r).toMatchObject({ code: 0, out: '' });
  expect(r.err).toContain('6 lines, 0 not translated, 0 not in tfgraph');
  expect(readFileSync(to, 'utf8')).toBe(OUTPUT);
});
test('what has no translation: marked, reported, exit code 1', async () => {
  const path = tempFile('b.py', 'import tensorflow as tf\nexec("x = 1")\ny = tf.no_such_thing(1)\nz = eval("y")\n');
  const r = await tfgraph('port', path);
  expect(r.code).toBe(1);
  expect(r.out).toContain('// TODO(port): eval() looks into the running program: eval(...)');
  expect(r.err).toMatch(/b\.py:2: untranslated: exec\(\) looks into the running program/);
  const json = JSON.parse((await tfgraph('port', path, '--check', '--report', 'json')).out) as { complete: boolean; findings: { line: number; kind: string; reason: string }[] };
  expect(json.complete).toBe(false);
  expect(json.findings.map((f) => [f.line, f.kind])).toEqual([[2, 'untranslated'], [3, 'mistake'], [4, 'untranslated']]);
  expect((await tfgraph('port', path, '--check', '--report', 'md')).out).toContain('## Not translated (2)');
});
test('files that are no programs', async () => {
  expect(await tfgraph('port', join(dir, 'none.py'))).toMatchObject({ code: 2 });
  expect((await tfgraph('port', tempFile('c.py', Buffer.from([0xff, 0xfe, 0, 1])))).err).toContain('is no text in UTF-8');
  expect((await tfgraph('port', tempFile('d.py', 'x = (1\n'.repeat(800_000)))).err).toMatch(/are too many for a program/);
  expect((await tfgraph('port', tempFile('e.py', 'def f(:\n  ]]] ++ x y z\n'))).code).toBe(1);
});
test('the proof names the lines of a difference', () => {
  const build = (value: number): tf.GraphDef => new tf.Graph().asDefault((g) => { tf.placeholder(tf.float32, [2], { name: 'x' }).mul(value); return g.asGraphDef(); });
  const files = { python: 'a.py', typescript: 'a.ts' };
  const sites = { x: 'file:///a.ts:4:3', mul: 'file:///a.ts:5:3', 'mul/y': 'file:///a.ts:5:3' };
  expect(printProof(compareGraphs(build(2), { graph: build(2), sites }, [1, 2, 4, 5, 6], files))).toBe('equal: 3 nodes, as TensorFlow built them\n');
  const proof = compareGraphs(build(2), { graph: build(3), sites }, [1, 2, 4, 5, 6], files);
  expect(proof.equal).toBe(false);
  expect(printProof(proof)).toContain('mul/y differs in attr value (a.ts:5, a.py:6)');
});
