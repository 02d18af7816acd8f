// tfgraph convert: forms there and back, parts of graphs, what may be left out, mistakes.
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { golden, tempFile, tfgraph } from './support.ts';

const source = golden('seed_entry1_nhwc');
const bytes = gunzipSync(readFileSync(source));
const dir = mkdtempSync(join(tmpdir(), 'tfgraph-convert-'));
const meta = (name: string): string => fileURLToPath(new URL(`../golden/meta_graph/${name}.pb.gz`, import.meta.url));

describe('forms', () => {
  test.each(['pb', 'pbtxt', 'json', 'pb.gz', 'pbtxt.gz', 'json.gz'])('to .%s and back: the same bytes', async (form) => {
    const [there, back] = [join(dir, `there.${form}`), join(dir, 'back.pb')];
    const r = await tfgraph('convert', source, there);
    expect(r).toMatchObject({ code: 0, err: '' });
    expect(r.out).toMatch(/there\..*: 66 nodes, \d+ bytes\n/);
    expect((await tfgraph('convert', there, back)).code).toBe(0);
    expect(Buffer.compare(readFileSync(back), bytes)).toBe(0);
  });
  test('text is what TensorFlow writes', async () => {
    await tfgraph('convert', source, join(dir, 'a.pbtxt'));
    expect(readFileSync(join(dir, 'a.pbtxt'), 'utf8')).toBe(gunzipSync(readFileSync(golden('seed_entry1_nhwc', 'graph.pbtxt.gz'))).toString());
  });
  test('the graph of a meta graph; a TensorFlow.js model', async () => {
    const path = tempFile('m.meta', gunzipSync(readFileSync(meta('plain'))));
    expect((await tfgraph('convert', path, join(dir, 'm.pb'))).out).toContain('24 nodes');
    const model = tempFile('model.json', JSON.stringify({ modelTopology: { node: [{ name: 'x', op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' } } }], versions: {} } }));
    expect((await tfgraph('convert', model, join(dir, 'model.pbtxt'))).out).toContain('1 nodes');
  });
});

describe('parts', () => {
  test('--output keeps what the nodes need', async () => {
    const to = join(dir, 'part.pbtxt');
    const r = await tfgraph('convert', source, to, '--output', 'convnet/Conv/Relu:0');
    expect(r.out).toMatch(/: \d+ nodes of 66, /);
    const text = readFileSync(to, 'utf8');
    expect(text).toContain('name: "convnet/Conv/Conv2D"');
    expect(text).not.toContain('"init"');
  });
  test('--strip-shapes, --clear-devices, --strip-default-attrs', async () => {
    const path = tempFile('m.meta', gunzipSync(readFileSync(meta('plain'))));
    const write = async (...options: string[]): Promise<string> => {
      expect((await tfgraph('convert', path, join(dir, 'o.pbtxt'), ...options)).code).toBe(0);
      return readFileSync(join(dir, 'o.pbtxt'), 'utf8');
    };
    const whole = await write();
    expect(whole).toMatch(/_output_shapes[\s\S]*transpose_a|transpose_a[\s\S]*_output_shapes/);
    expect(whole).toContain('/device:GPU:1');
    const bare = await write('--strip-shapes', '--clear-devices', '--strip-default-attrs');
    for (const s of ['_output_shapes', 'device:', 'transpose_a']) expect(bare).not.toContain(s);
    expect(bare.match(/^node \{/gm)!.length).toBe(whole.match(/^node \{/gm)!.length);
  });
});

test('--json, and exit code 1 for a graph that is not legal', async () => {
  const bad = tempFile('bad.pbtxt', 'node { name: "a" op: "Foo" input: "b" }');
  const r = await tfgraph('convert', bad, join(dir, 'bad.pb'), '--json');
  expect(r.code).toBe(1);
  expect(JSON.parse(r.out)).toMatchObject({ nodes: 1, nodesBefore: 1, problems: [{ node: 'a', message: "Op type not registered 'Foo'" }, { node: 'a', message: "Node 'a': Unknown input node 'b'" }] });
  expect((await tfgraph('convert', bad, join(dir, 'bad.pb'))).out).toContain("not legal: a: Op type not registered 'Foo'");
});

describe('mistakes', () => {
  test.each([
    [['convert', source], /needs <to>/],
    [['convert', source, join(dir, 'x.png')], /not a form to write\n {2}remedy: end the name in \.pb/],
    [['convert', source, join(dir, 'none', 'x.pb')], /cannot be written \(ENOENT\)/],
    [['convert', source, join(dir, 'x.pb'), '--output', 'convnet/Conv/Relo'], /no node 'convnet\/Conv\/Relo'\n {2}remedy: did you mean 'convnet\/Conv\/Relu'\?/],
    [['convert', tempFile('x.json', '{"node": [{"nam": 1}]}'), join(dir, 'x.pb')], /x\.json: GraphDef as JSON: .*nam/],
    [['convert', tempFile('x.pbtxt', 'node {\n  nme: 1 }'), join(dir, 'x.pb')], /2:3 : Message type "tensorflow\.NodeDef" has no field named "nme"/],
    [['convert', tempFile('x.pb', bytes.subarray(0, 900)), join(dir, 'x.pb')], /corrupt at byte \d+/],
  ])('%j', async (argv, message) => {
    const r = await tfgraph(...argv);
    expect(r.code).toBe(2);
    expect(r.err).toMatch(message);
  });
  test('nothing is written when the graph cannot be read', () => { expect(existsSync(join(dir, 'x.pb'))).toBe(false); });
});
