// Benchmark of `grpc://` sessions: our client and Python TensorFlow's own take turns at one real server. Steps with a scalar,
// 1 MB and 64 MB, fed and fetched. The server listens on all interfaces: run it where nothing else can reach it.
// Run: npm run bench:grpc -- --tf1-python PATH [--rounds N] [--only scalar,target] [--port N]
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import * as tf from 'tfgraph';
import 'tfgraph/grpc';
import { type Case, interleave, median, ratios, summary } from './measure.ts';
import { script, Tf1 } from './tf1.ts';

const { values: options } = parseArgs({ options: { 'tf1-python': { type: 'string' }, rounds: { type: 'string', default: '15' }, only: { type: 'string' }, port: { type: 'string', default: '24820' } } });
const python = options['tf1-python'];
if (python === undefined) throw new Error('--tf1-python PATH: a Python with TensorFlow 1.15');
const target = `grpc://127.0.0.1:${options.port}`;

const server = spawn(python, [script('grpc_tf1.py'), 'serve', options.port], { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' } });
await new Promise((resolve, reject) => { server.stdout.once('data', resolve); server.once('exit', reject); });

const scalar = tf.placeholder(tf.float32, []);
const vector = tf.placeholder(tf.float32, [null]);
const [plus, back, sum, nothing] = [scalar.add(1), tf.identity(vector), tf.reduceSum(vector), tf.noOp()];
const array = (n: number): tf.NDArray => new tf.NDArray(tf.float32, [n], Float32Array.from({ length: n }, (_, i) => i));
const [small, large] = [array(1 << 18), array(1 << 24)];
/** What a step fetches and feeds, and how many steps a turn has. */
const PROGRAMS: Readonly<Record<string, readonly [tf.Fetchable, tf.Feeds, number]>> = {
  scalar: [plus, [[scalar, 1]], 200], target: [nothing, [], 200],
  '1 MB': [back, [[vector, small]], 20], '1 MB, fed only': [sum, [[vector, small]], 20],
  '64 MB': [back, [[vector, large]], 1], '64 MB, fed only': [sum, [[vector, large]], 1],
};

const sess = new tf.Session({ target, config: { isolateSessionState: true } });
const rival = new Tf1(python, 'grpc_tf1.py', ['client', target]);
try {
  for (const [name, [fetch, feeds, times]] of Object.entries(PROGRAMS)) {
    if (options.only !== undefined && !options.only.split(',').includes(name)) continue;
    const cases: Case[] = [
      { name: 'tfgraph', run: async () => { const t0 = performance.now(); for (let i = 0; i < times; i++) await sess.run(fetch, feeds); return (performance.now() - t0) / times; } },
      { name: 'Python', run: () => rival.run(name, times) },
    ];
    const samples = await interleave(cases, Number(options.rounds));
    const [ours, theirs] = [samples.get('tfgraph')!, samples.get('Python')!];
    console.log(`${name.padEnd(16)} tfgraph ${summary(ours, 'ms', 2).padEnd(30)} Python ${summary(theirs, 'ms', 2).padEnd(30)} ratio ${median(ratios(ours, theirs)).toFixed(2)}, of the best ${(Math.min(...ours) / Math.min(...theirs)).toFixed(2)}`);
  }
} finally {
  await sess[Symbol.asyncDispose]();
  rival.close();
  server.kill();
}
