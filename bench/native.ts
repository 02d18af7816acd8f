// Benchmark of the `native` engine: the same programs in Python TensorFlow 1.15 (when its interpreter is given), on the
// engine and, for the convnet, in NCHW too. The two processes take turns in short slices with the same number of threads.
// Run: npm run bench:native -- [--tf1-python PATH] [--threads N] [--rounds N] [--only tiny,mlp,vbn] [--json]
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as tf from 'tfgraph';
import { median, quantile } from './measure.ts';

/** Mean time of a run in a slice: on the clock and of the processors. */
interface Slice { readonly wall: number; readonly cpu: number }
/** Something that runs a program n times. */
type Runner = (n: number) => Slice | Promise<Slice>;

function random(n: number, seed: number, scale = 1): Float32Array {
  let s = seed;
  return Float32Array.from({ length: n }, () => { s = (Math.imul(s, 1664525) + 1013904223) >>> 0; return scale * (s / 2 ** 31 - 1); });
}
const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
function variable(i: number, shape: readonly number[]): tf.Tensor {
  const scale = shape.length > 1 ? 1 / Math.sqrt(size(shape.slice(0, -1))) : 0.1;
  return tf.getVariable(`v${i}`, { initializer: tf.constant(new tf.NDArray(tf.float32, shape, random(size(shape), 7 + i, scale))) }).value();
}

interface Program { readonly fetches: readonly (tf.Tensor | tf.Operation)[]; readonly feeds: readonly (readonly [tf.Tensor, tf.NDArray])[] }
const fed = (shape: readonly number[], data: Float32Array): readonly [tf.Tensor, tf.NDArray] => [tf.placeholder(tf.float32, shape), new tf.NDArray(tf.float32, shape, data)];
const train = (loss: tf.Tensor, feeds: Program['feeds']): Program => ({ fetches: [loss, new tf.train.AdamOptimizer(1e-4).minimize(loss)], feeds });

function tiny(): Program {
  const x = fed([4], new Float32Array(4).fill(1));
  let y = x[0];
  for (let i = 0; i < 64; i++) y = tf.add(y, tf.constant([1, 2, 3, 4], { dtype: tf.float32 }));
  return { fetches: [y], feeds: [x] };
}
function mlp(): Program {
  const x = fed([128, 784], random(128 * 784, 1)), y = fed([128, 10], Float32Array.from({ length: 1280 }, (_, i) => (i % 10 === Math.floor(i / 10) % 10 ? 1 : 0)));
  const sizes = [784, 512, 512, 10];
  let h = x[0];
  for (let i = 0; i < 3; i++) {
    h = tf.nn.biasAdd(tf.matmul(h, variable(2 * i, [sizes[i]!, sizes[i + 1]!])), variable(2 * i + 1, [sizes[i + 1]!]));
    if (i < 2) h = tf.nn.relu(h);
  }
  return train(tf.reduceMean(tf.nn.softmaxCrossEntropyWithLogitsV2({ labels: y[0], logits: h })), [x, y]);
}
function vbn(format: 'NHWC' | 'NCHW'): Program {
  const first = format === 'NCHW';
  const x = fed(first ? [64, 1, 64, 64] : [64, 64, 64, 1], random(64 ** 3, 1)), y = fed([64, 1], Float32Array.from({ length: 64 }, (_, i) => i % 2));
  const channels = [1, 32, 64, 64], axes = first ? [0, 2, 3] : [0, 1, 2];
  const wide = (t: tf.Tensor): tf.Tensor => (first ? tf.reshape(t, [1, -1, 1, 1]) : t);
  let h = x[0];
  for (let i = 0; i < 3; i++) {
    const c = channels[i + 1]!;
    const [w, b, gamma, beta] = [[3, 3, channels[i]!, c], [c], [c], [c]].map((s, k) => variable(4 * i + k, s)) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    h = tf.nn.biasAdd(tf.nn.conv2d(h, w, first ? [1, 1, 2, 2] : [1, 2, 2, 1], 'SAME', { dataFormat: format }), b, { dataFormat: format });
    const ref = tf.slice(h, [0, 0, 0, 0], [32, -1, -1, -1]);
    const mean = tf.reduceMean(ref, axes);
    const variance = tf.reduceMean(tf.square(ref.sub(wide(mean))), axes);
    h = tf.nn.relu(h.sub(wide(mean)).mul(wide(tf.rsqrt(variance.add(1e-3)).mul(gamma))).add(wide(beta)));
  }
  const logits = tf.matmul(tf.reshape(h, [64, -1]), variable(12, [4096, 1]));
  return train(tf.reduceMean(tf.nn.sigmoidCrossEntropyWithLogits({ labels: y[0], logits })), [x, y]);
}

function onNative(build: () => Program, threads: number): Runner {
  const graph = new tf.Graph();
  const { p, init } = graph.asDefault(() => { const p = build(); return { p, init: tf.globalVariablesInitializer() }; });
  const sess = new tf.Session({ graph, engine: 'native', config: { intraOpParallelismThreads: threads, interOpParallelismThreads: threads } });
  sess.runSync(init);
  return (n) => {
    const [t, c] = [performance.now(), process.cpuUsage()];
    for (let i = 0; i < n; i++) sess.runSync([...p.fetches], [...p.feeds]);
    const used = process.cpuUsage(c);
    return { wall: (performance.now() - t) / n, cpu: (used.user + used.system) / 1e3 / n };
  };
}

/** Python TensorFlow in a process of its own. */
async function python(program: string, threads: number): Promise<{ runner: (name: string) => Runner; close: () => void }> {
  const child = spawn(program, [fileURLToPath(new URL('../../bench/native_tf1.py', import.meta.url)), String(threads)], { stdio: ['pipe', 'pipe', 'ignore'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => { const r = await lines.next(); if (r.done) throw new Error(`${program} ended`); return r.value; };
  console.log(`Python TensorFlow ${(await next()).split(' ')[1]}`);
  return {
    runner: (name) => async (n) => { child.stdin.write(`${name} ${n}\n`); const [wall, cpu] = (await next()).split(' ').map(Number); return { wall: wall!, cpu: cpu! }; },
    close: () => { child.stdin.end('exit\n'); },
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { 'tf1-python': { type: 'string' }, threads: { type: 'string', default: '1' }, rounds: { type: 'string', default: '12' }, only: { type: 'string', default: 'tiny,mlp,vbn' }, json: { type: 'boolean', default: false } } });
  const threads = Number(values.threads), rounds = Number(values.rounds);
  const tf1 = values['tf1-python'] === undefined ? undefined : await python(values['tf1-python'], threads);
  const programs: Readonly<Record<string, { runs: number; cases: () => [string, Runner][] }>> = {
    tiny: { runs: 300, cases: () => [['native', onNative(tiny, threads)]] },
    mlp: { runs: 10, cases: () => [['native', onNative(mlp, threads)]] },
    vbn: { runs: 2, cases: () => [['native', onNative(() => vbn('NHWC'), threads)], ['native NCHW', onNative(() => vbn('NCHW'), threads)]] },
  };
  const report = [];
  for (const name of values.only.split(',')) {
    const { runs, cases } = programs[name]!;
    const all = [...cases(), ...(tf1 ? [['Python TF 1.15', tf1.runner(name)] as [string, Runner]] : [])];
    const slices = new Map(all.map(([k]) => [k, [] as Slice[]]));
    for (let r = -2; r < rounds; r++) for (const [k, run] of all) { const s = await run(runs); if (r >= 0) slices.get(k)!.push(s); }
    const base = slices.get('native')!;
    for (const [k, s] of slices) {
      const of = (f: (x: Slice) => number): { median: number; best: number } => ({ median: median(s.map(f)), best: quantile(s.map(f), 0) });
      const ratio = (f: (x: Slice) => number): number => median(s.map((x, i) => f(x) / f(base[i]!)));
      report.push({ program: name, threads, on: k, wall: of((x) => x.wall), cpu: of((x) => x.cpu), times: { wall: ratio((x) => x.wall), cpu: ratio((x) => x.cpu), best: quantile(s.map((x) => x.wall), 0) / quantile(base.map((x) => x.wall), 0) } });
    }
  }
  tf1?.close();
  if (values.json) console.log(JSON.stringify(report, null, 2));
  else for (const r of report) console.log(`${r.program} ${r.on}: ${r.wall.median.toFixed(3)} ms (best ${r.wall.best.toFixed(3)}), processor ${r.cpu.median.toFixed(3)} ms; against native ${r.times.wall.toFixed(2)} (best to best ${r.times.best.toFixed(2)}, processor ${r.times.cpu.toFixed(2)})`);
}

await main();
