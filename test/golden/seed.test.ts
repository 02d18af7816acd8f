// P1 and P2 for the seed programs; values are traces of training, so bounds grow with the steps done.
import { expect } from 'vitest';
import * as tf from 'tfgraph';
import type { Built } from './oracle.ts';
import * as seed from './programs/seed.ts';
import { asArray, type Golden, leaves, norms, recordedResult } from './record.ts';
import { goldenSuite, type Outcome } from './suite.ts';

const python = 'Python\'s own exception: there is no such mistake to make in TypeScript';
goldenSuite(seed, {
  ...Object.fromEntries(Object.keys(seed).map((name) => [name, { judge: checkRuns }])),
  seed_errors: { judge: checkRuns, skipFacts: { '1 undefined inputs': python, '4 syntax': python, '6 data_format undefined': python } },
});

/** A bias in front of a normaliser has no gradient but rounding noise, which Adam scales to full-size steps. */
const noisyUnderAdam = (path: string): boolean => /convnet\/Layer\d\/biases/.test(path);

function checkRuns(name: string, golden: Golden, { graph, program }: Built, outcomes: readonly Outcome[]): void {
  const adam = name.includes('adam');
  let step = 0;
  let phase = '';
  let start: Map<string, tf.NDArray> | undefined;
  program.runs.forEach((run, i) => {
    const recorded = golden.record.runs[i]!;
    if (typeof run === 'object' && 'call' in run) throw new Error('seed programs only fetch');
    if (run !== 'VARS' && run.label) phase = run.label;
    const vars = graph.getCollection(tf.GraphKeys.GLOBAL_VARIABLES) as tf.Variable[];
    const { result: got, error } = outcomes[i]!;
    if (error) throw error;
    if (recorded.error) return; // NCHW on TensorFlow's CPU: we run it, and have nothing to compare with
    const isTrain = run !== 'VARS' && (recorded.label?.startsWith('step') ?? false);
    if (phase === 'adam' && golden.name === 'seed_vbn_train_pair' && i === 0) step = 0;
    const want = leaves(recordedResult(golden, i)) as [string, tf.NDArray][];
    const have = new Map(leaves(got));
    expect([...have.keys()].sort(), `run ${i}`).toEqual(want.map(([k]) => k).sort());
    const pairs = want.map(([k, w]) => [k, asArray(have.get(k)!, w.dtype), w] as const);
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
