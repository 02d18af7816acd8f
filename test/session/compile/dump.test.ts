// `GRAPH_DUMP`: a folder per compilation, a text GraphDef per pass that can be read again, the plan and its rewrites.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import * as tf from 'tfgraph';
import { graphDefFromText } from '../../../src/graph/graph_def_text.ts';
import { passes } from '../../../src/session/compile/pipeline.ts';

afterEach(() => { vi.unstubAllEnvs(); });

test('every pass of every plan that is compiled, and nothing unless it is asked for', () => {
  const graph = new tf.Graph();
  const { x, y, big } = graph.asDefault(() => {
    const a = tf.placeholder(tf.float32, [2], { name: 'x' });
    return { x: a, y: tf.tanh(a.add(tf.constant([1., 2.]).add(3.)).mul(2.), { name: 'out/y' }), big: tf.reverse(tf.tile(a, [4]), [0], { name: 'big' }) };
  });
  const dir = mkdtempSync(join(tmpdir(), 'dump-'));
  try {
    using sess = new tf.Session({ graph, engine: 'wasm' });
    sess.runSync(big, [[x, [1, 2]]]);
    expect(readdirSync(dir)).toEqual([]);
    vi.stubEnv('GRAPH_DUMP', join(dir, 'a', 'b'));
    for (let i = 0; i < 3; i++) sess.runSync([y], [[x, [1, 2]]]);
    sess.runSync([y, big], [[x, [1, 2]]]);
    const made = readdirSync(join(dir, 'a', 'b')).sort();
    expect(made).toEqual(['0000-out_y_0', '0001-out_y_0']);
    const files = readdirSync(join(dir, 'a', 'b', made[0]!)).sort();
    expect(files).toEqual([...['resolveState', ...passes.map((p) => p.name)].map((p, i) => `${String(i).padStart(2, '0')}_${p}.pbtxt`), 'plan.txt', 'rewrites.txt']);
    const read = (file: string): string => readFileSync(join(dir, 'a', 'b', made[0]!, file), 'utf8');
    const ops = (file: string): string[] => graphDefFromText(read(file)).node.map((n) => n.op);
    expect(ops('00_resolveState.pbtxt')).toContain('Tanh');
    expect(ops('00_resolveState.pbtxt').filter((op) => op === 'Add' || op === 'AddV2')).toHaveLength(2);
    expect(ops('01_fold.pbtxt').filter((op) => op === 'Add' || op === 'AddV2')).toHaveLength(1);
    expect(ops(files.find((f) => f.endsWith('fuse.pbtxt'))!)).toContain('_Fused');
    expect(read('plan.txt')).toMatch(/^plan out\/y:0 {2}engine=wasm/);
    expect(read('rewrites.txt')).toMatch(/^fold: /);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
