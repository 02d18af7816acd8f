// Benchmark of remote sessions, side by side in turns: (client) our client and Python TensorFlow's own, both of one real server;
// (server) Python's client of `tfgraph serve` and of that real server. Steps with a scalar, 1 MB and 64 MB, fed and fetched. The real
// server listens on all interfaces: run it where nothing else can reach it.
// Run: npm run bench:grpc -- --tf1-python PATH [--rounds N] [--only scalar,target] [--side client,server] [--executors N] [--port N]
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as tf from 'tfgraph';
import 'tfgraph/grpc';
import { type Case, interleave, median, quantile, ratios, summary } from './measure.ts';
import { script, Tf1 } from './tf1.ts';

const { values: options } = parseArgs({ options: { 'tf1-python': { type: 'string' }, rounds: { type: 'string', default: '15' }, only: { type: 'string' }, side: { type: 'string', default: 'client,server' }, port: { type: 'string', default: '24820' }, executors: { type: 'string' } } });
const python = options['tf1-python'];
if (python === undefined) throw new Error('--tf1-python PATH: a Python with TensorFlow 1.15');
const [realPort, ourPort] = [Number(options.port), Number(options.port) + 1];
const target = (port: number): string => `grpc://127.0.0.1:${port}`;

/** A server in a process of its own, once it says something. */
async function started(command: string, ...args: readonly string[]): Promise<ChildProcess> {
  const server = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' } });
  await new Promise((resolve, reject) => { server.stdout.once('data', resolve); server.once('exit', reject); });
  server.stdout.resume();
  return server;
}

const scalar = tf.placeholder(tf.float32, []);
const vector = tf.placeholder(tf.float32, [null]);
const [plus, back, sum, nothing] = [scalar.add(1), tf.identity(vector), tf.reduceSum(vector), tf.noOp()];
const array = (n: number): tf.NDArray => new tf.NDArray(tf.float32, [n], Float32Array.from({ length: n }, (_, i) => i));
const [small, large] = [array(1 << 18), array(1 << 24)];
/** What a step fetches and feeds, and how many steps a turn has. */
const PROGRAMS: Readonly<Record<string, readonly [tf.Fetchable, tf.Feeds, number]>> = {
  scalar: [plus, [[scalar, 1]], 200], target: [nothing, [], 200],
  '1 MB': [back, [[vector, small]], 20], '1 MB fed': [sum, [[vector, small]], 20],
  '64 MB': [back, [[vector, large]], 1], '64 MB fed': [sum, [[vector, large]], 1],
};
const programs = Object.entries(PROGRAMS).filter(([name]) => options.only === undefined || options.only.split(',').includes(name));

/** Two cases in turns; the ratio is first over second. */
async function compare(title: string, first: Case, second: Case): Promise<void> {
  const samples = await interleave([first, second], Number(options.rounds));
  const [a, b] = [samples.get(first.name)!, samples.get(second.name)!];
  const r = ratios(a, b);
  console.log(`${title.padEnd(24)} ${first.name} ${summary(a, 'ms', 2).padEnd(30)} ${second.name} ${summary(b, 'ms', 2).padEnd(30)} ratio ${median(r).toFixed(2)} (${quantile(r, 0.25).toFixed(2)} to ${quantile(r, 0.75).toFixed(2)}), of the best ${(Math.min(...a) / Math.min(...b)).toFixed(2)}`);
}

const real = await started(python, script('grpc_tf1.py'), 'serve', `${realPort}`);
const theirs = new Tf1(python, 'grpc_tf1.py', ['client', target(realPort)]);
try {
  if (options.side.split(',').includes('client')) {
    const sess = new tf.Session({ target: target(realPort), config: { isolateSessionState: true } });
    for (const [name, [fetch, feeds, times]] of programs) {
      const ours = async (): Promise<number> => { const t0 = performance.now(); for (let i = 0; i < times; i++) await sess.run(fetch, feeds); return (performance.now() - t0) / times; };
      await compare(`client, ${name}`, { name: 'tfgraph', run: ours }, { name: 'Python', run: () => theirs.run(name, times) });
    }
    await sess[Symbol.asyncDispose]();
  }
  if (options.side.split(',').includes('server')) {
    const serve = await started(process.execPath, fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url)), 'serve', '--port', `${ourPort}`, ...(options.executors === undefined ? [] : ['--executors', options.executors]));
    const toOurs = new Tf1(python, 'grpc_tf1.py', ['client', target(ourPort)]);
    try {
      for (const [name, [, , times]] of programs) await compare(`server, ${name}`, { name: 'tfgraph', run: () => toOurs.run(name, times) }, { name: 'TensorFlow', run: () => theirs.run(name, times) });
    } finally {
      toOurs.close();
      serve.kill('SIGKILL');
    }
  }
} finally {
  theirs.close();
  real.kill();
}
