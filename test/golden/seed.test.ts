// P1 and P2 for the seed programs: the graph real TensorFlow 1.15.5 built, node for node and in order, names in use,
// collections, static shapes and messages; then the values it computed with graph rewriting off.
import { describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { decodeGraphDef } from '../../src/graph/graph_def_codec.ts';
import { diffGraphDef, printGraphDiff } from '../../src/graph/diff.ts';
import { buildProgram, type Built, type Golden, leaves, loadGolden, namesInUseExtra, norms, type Program, recordedResult, tensorType } from './oracle.ts';
import * as seed from './programs/seed.ts';

const programs = Object.entries(seed) as [string, () => Program][];

describe.each(programs)('%s', (name, build) => {
  const golden = loadGolden(name);
  let built: Built | undefined;
  const once = (): Built => (built ??= buildProgram(build));

  test('builds the graph TensorFlow builds, node for node', () => {
    const { graph } = once();
    const want = decodeGraphDef(golden.graphPb);
    const diff = diffGraphDef(want, graph.asGraphDef());
    expect(diff.empty, `\n${printGraphDiff(diff)}`).toBe(true);
    expect(graph.getOperations().map((o) => o.name)).toEqual(golden.record.ops.map((o) => o[0]));
    expect(graph.lastId).toBe(golden.record.last_id);
  });
  test('burns the same names', () => {
    expect(namesInUseExtra(once().graph)).toEqual(golden.record.names_in_use_extra);
  });
  test('infers the same static shapes and dtypes', () => {
    const got = once().graph.getOperations().map((o) => [o.name, o.type, ...o.outputs.map(tensorType)]);
    expect(got).toEqual(golden.record.ops);
  });
  test('fills the same collections', () => {
    const { graph } = once();
    const got = Object.fromEntries(Object.keys(golden.record.collections).map((k) => [k, graph.getCollection(k).map((x) => (x as { name: string }).name)]));
    expect(got).toEqual(golden.record.collections);
  });
  if (golden.record.log.length > 0) {
    test('records the same facts and messages', () => {
      const got = new Map(once().log.map((l) => [l.label, l]));
      for (const l of golden.record.log) {
        if (SKIPPED.has(l.label)) continue;
        expect(got.get(l.label), l.label).toEqual(l.error ? { label: l.label, error: { class: l.error.class, message: l.error.message } } : l);
      }
    });
  }
  const runs = golden.record.runs.filter((r) => !r.error);
  if (runs.length > 0) {
    test('computes the values TensorFlow computes', () => checkRuns(name, golden, once()), 300_000);
  }
});

// Python's own exceptions; there is no such mistake to make in TypeScript.
const SKIPPED = new Set(['1 undefined inputs', '4 syntax', '6 data_format undefined']);

/** A bias in front of a normaliser has no gradient but rounding noise, which Adam scales to full-size steps. */
const noisyUnderAdam = (path: string): boolean => /convnet\/Layer\d\/biases/.test(path);

function checkRuns(name: string, golden: Golden, { graph, program }: Built): void {
  using sess = new tf.Session({ graph, engine: 'reference' });
  const adam = name.includes('adam');
  let step = 0;
  let phase = '';
  let start: Map<string, tf.NDArray> | undefined;
  program.runs.forEach((run, i) => {
    const recorded = golden.record.runs[i]!;
    if (run !== 'VARS' && run.label) phase = run.label;
    const vars = graph.getCollection(tf.GraphKeys.GLOBAL_VARIABLES) as tf.Variable[];
    const fetch = run === 'VARS' ? Object.fromEntries(vars.map((v) => [v.name, v])) : run.fetch;
    const got = sess.runSync(fetch as tf.Tensor, run === 'VARS' ? undefined : run.feed) as unknown;
    if (recorded.error) return; // NCHW on TensorFlow's CPU: we run it, and have nothing to compare with
    const isTrain = run !== 'VARS' && (recorded.label?.startsWith('step') ?? false);
    if (phase === 'adam' && golden.name === 'seed_vbn_train_pair' && i === 0) step = 0;
    const want = leaves(recordedResult(golden, i));
    const have = new Map(leaves(got));
    expect([...have.keys()].sort(), `run ${i}`).toEqual(want.map(([k]) => k).sort());
    const pairs = want.map(([k, w]) => [k, have.get(k)!, w] as const);
    // Gradients are compared on the scale of the largest one. A variable has moved by learning rate times gradients, so
    // variables are compared on the scale of the largest move since the first record.
    if (run === 'VARS') start ??= new Map(want);
    const scale = Math.max(...pairs.map(([k, , w]) => (w.dtype !== tf.float32 ? 0 : run === 'VARS' ? norms(w, start!.get(k)!).diff : norms(w, w).norm)), 0);
    for (const [k, h, w] of pairs) {
      expect(h.dtype, `run ${i} ${k}`).toBe(w.dtype);
      expect(h.shape, `run ${i} ${k}`).toEqual(w.shape);
      if (w.dtype !== tf.float32) { expect(h.data, `run ${i} ${k}`).toEqual(w.data); continue; }
      if ((adam || name === 'seed_vbn_train_pair') && (noisyUnderAdam(k) || name === 'seed_vbn_train_pair' && isBiasList(k, vars)) && step > 0) continue;
      const { diff, norm } = norms(h, w);
      const bound = 1e-5 * (step + 1) * Math.max(norm, run === 'VARS' || isGradientList(k) ? scale : 0, 1e-6);
      expect(diff, `run ${i} (${phase}, after ${step} steps) ${k}: |a-b| = ${diff}, |b| = ${norm}`).toBeLessThanOrEqual(bound);
    }
    if (isTrain || golden.name === 'seed_vbn_train_pair' && i % 22 > 3 && i % 2 === 0) step++;
  });
}

const isGradientList = (path: string): boolean => path.includes('[');
/** In seed_vbn_train_pair the variables come as two lists in creation order. */
function isBiasList(path: string, vars: readonly tf.Variable[]): boolean {
  const m = /^\[(\d)\]\[(\d+)\]$/.exec(path);
  if (!m) return false;
  const tv = vars.filter((v) => v.trainable && v.name.startsWith(m[1] === '0' ? 's/' : 'd/') && !/Adam|Momentum/.test(v.name));
  return noisyUnderAdam(tv[Number(m[2])]?.name ?? '');
}
