// Makes examples/vbn/data/seed_vbn_train_pair.json from the golden of the same name: what real TensorFlow 1.15.5
// computed for the two networks with equal weights, with its default graph rewriting (record.json.gz) and with
// rewriting off (plain.json). Run: node scripts/extract-train-pair.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
const golden = `${root}test/golden/1.15.5/seed_vbn_train_pair/`;
const record = JSON.parse(gunzipSync(readFileSync(`${golden}record.json.gz`)).toString());
const plain = JSON.parse(readFileSync(`${golden}plain.json`, 'utf8'));
const withoutRewriter = new Map(plain.runs.map((r) => [r.i, r]));

const RUNS_PER_OPTIMIZER = 24; // init, copy, weights, 10 x (losses, train), weights
const STEPS = 10;
const optimizers = ['adam', 'momentum'].map((name, k) => {
  const first = k * RUNS_PER_OPTIMIZER;
  const lossRun = (s) => first + 3 + 2 * s;
  const last = first + RUNS_PER_OPTIMIZER - 1;
  const names = record.runs[first + 2].fetch[0];
  return {
    name,
    weights: names.map((n, i) => ({ name: n.replace(/^s\/|:0$/g, ''), ...array(record.runs[first + 2].result[0][i]) })),
    feeds: Array.from({ length: STEPS }, (_, s) => Object.fromEntries(record.runs[lossRun(s)].feed.map(([n, a]) => [n.replace(':0', ''), array(a)]))),
    rewriter: { losses: losses(lossRun, rewritten), weightGap: gaps(names, rewritten(last)) },
    plain: { losses: losses(lossRun, asWritten), weightGap: gaps(names, asWritten(last)) },
  };
});

/** The values of a run with and without the rewriter; runs whose bits agree are recorded once. */
function rewritten(i) { return { result: record.runs[i].result, blobs: record.blobs }; }
function asWritten(i) {
  const r = withoutRewriter.get(i);
  return r ? { result: r.result, blobs: plain.blobs } : rewritten(i);
}

function array(a) { return { shape: a.shape, data: record.blobs[a.data] }; }
function floats(a, blobs) {
  const b = Buffer.from(blobs[a.data], 'base64');
  return new Float32Array(b.buffer.slice(b.byteOffset, b.byteOffset + b.length));
}

/** [single, double] before each step. */
function losses(runOf, read) {
  return Array.from({ length: STEPS }, (_, s) => {
    const { result, blobs } = read(runOf(s));
    return result.map((a) => floats(a, blobs)[0]);
  });
}

/** Largest |single - double| of each variable after the last step. */
function gaps(names, { result: [single, double], blobs }) {
  return Object.fromEntries(names.map((n, i) => {
    const [a, b] = [floats(single[i], blobs), floats(double[i], blobs)];
    return [n.replace(/^s\/|:0$/g, ''), a.reduce((m, x, j) => Math.max(m, Math.abs(x - b[j])), 0)];
  }));
}

const out = `${root}examples/vbn/data/seed_vbn_train_pair.json`;
writeFileSync(out, `${JSON.stringify({
  about: 'Real TensorFlow 1.15.5 on a CPU: both networks with equal weights, trained on equal feeds; losses are [single, double] before each step. Made by scripts/extract-train-pair.mjs.',
  channels: [3, 4, 2], dataFormat: 'NHWC', learningRate: { adam: 0.02, momentum: 0.1 }, momentum: 0.9, optimizers,
})}\n`);
console.log(`wrote ${out.slice(root.length)}`);
