// tfgraph show: the recorded listings of TensorFlow's graphs, other forms, and files that are not graphs.
import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { golden, tempFile, tfgraph } from './support.ts';

const listing = gunzipSync(readFileSync(golden('seed_entry1_nhwc', 'graph.txt.gz'))).toString('utf8');

describe('forms', () => {
  test.each(['graph.pb.gz', 'graph.pbtxt.gz'])('%s prints as TensorFlow\'s graph was recorded', async (file) => {
    const r = await tfgraph('show', golden('seed_entry1_nhwc', file));
    expect(r).toEqual({ code: 0, out: listing, err: '' });
  });
  test('plain .pb and .pbtxt', async () => {
    for (const kind of ['pb', 'pbtxt']) {
      const plain = tempFile(`g.${kind}`, gunzipSync(readFileSync(golden('seed_entry1_nhwc', `graph.${kind}.gz`))));
      expect((await tfgraph('show', plain)).out).toBe(listing);
    }
  });
  test('--dot', async () => {
    const { out, code } = await tfgraph('show', '--dot', golden('seed_entry1_nhwc'));
    expect(code).toBe(0);
    expect(out).toMatch(/^digraph /);
    expect(out.match(/ -> /g)!.length).toBeGreaterThan(60);
  });
  test('--summary counts ops and scopes', async () => {
    const { out } = await tfgraph('show', '--summary', golden('seed_entry1_nhwc'));
    expect(out).toContain('66 nodes');
    expect(out).toMatch(/ 1 Conv2D\n/);
    expect(out).toContain('placeholders: Placeholder, Placeholder_1');
    expect(out).toMatch(/convnet\/ \d+\n/);
    const all = JSON.parse((await tfgraph('show', '--summary', '--json', golden('seed_entry1_nhwc'))).out) as { nodes: number; ops: { op: string; count: number }[]; scopes: { scope: string; nodes: number }[] };
    expect(all.ops.reduce((n, o) => n + o.count, 0)).toBe(66);
    expect(all.scopes.find((s) => s.scope === 'convnet')!.nodes).toBe(listing.split('\n').filter((l) => l.startsWith('convnet/')).length);
  });
  test('--json has every node', async () => {
    const g = JSON.parse((await tfgraph('show', '--json', golden('seed_entry1_nhwc'))).out) as { node: { name: string; op: string; attr: Record<string, string> }[] };
    expect(g.node).toHaveLength(66);
    expect(g.node[0]).toMatchObject({ name: 'Placeholder', op: 'Placeholder', attr: { dtype: 'float', shape: '[4,8,8,1]' } });
  });
});

describe('files that are not graphs', () => {
  const pb = gunzipSync(readFileSync(golden('seed_entry1_nhwc')));
  const cases: [string, () => string, RegExp][] = [
    ['absent', () => 'no/such/graph.pb', /no such file/],
    ['a directory', () => golden('seed_entry1_nhwc', ''), /is a directory/],
    ['another kind of file', () => tempFile('g.onnx', 'x'), /not a known kind/],
    ['truncated protobuf', () => tempFile('g.pb', pb.subarray(0, 1000)), /g\.pb: GraphDef is corrupt at byte \d+/],
    ['truncated gzip', () => tempFile('g.pb.gz', gzipSync(pb).subarray(0, 500)), /damaged or truncated gzip/],
    ['text with a wrong field', () => tempFile('g.pbtxt', 'node { name: "a"\n  nonsense: 1 }'), /2:\d+/],
    ['text that is not UTF-8', () => tempFile('g.pbtxt', Uint8Array.of(0xff, 0xfe, 0x00)), /not UTF-8/],
    ['empty', () => tempFile('g.pb', ''), /holds no graph nodes/],
  ];
  test.each(cases)('%s', async (_, make, text) => {
    const r = await tfgraph('show', make());
    expect(r.code).toBe(2);
    expect(r.out).toBe('');
    expect(r.err).toMatch(text);
    expect(r.err).toMatch(/^error: .*\n( {2}remedy: .*\n)?$/);
    expect(r.err).not.toMatch(/\n\s+at /);
  });
});
