// Resident memory of the `native` engine over many runs, good and failing, in this thread and in a worker: it must stay.
// Run: npm run soak:native -- [--runs N] [--failing N]. Exit code 1: it grew.
import { parseArgs } from 'node:util';
import * as tf from 'tfgraph';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '100000' }, failing: { type: 'string', default: '10000' } } });
/** Bytes that may come between the first fifth and the end: buffers wait for the collectors of two threads, allocators keep what was
 * freed. Feeds that are kept would be 2,000 MB. */
const MAY_GROW = 80e6;

function program(): { x: tf.Tensor; to: tf.Tensor; loss: tf.Tensor; step: tf.Operation; init: tf.Operation } {
  const x = tf.placeholder(tf.float32, [null, 16]), to = tf.placeholder(tf.int32, [2]);
  const w = tf.getVariable('w', [16, 4], { initializer: tf.randomNormalInitializer(0, 0.1, { seed: 1 }) });
  const loss = tf.reduceMean(tf.square(tf.matmul(tf.reshape(x, to), w.value())));
  return { x, to, loss, step: new tf.train.AdamOptimizer(1e-3).minimize(loss), init: tf.globalVariablesInitializer() };
}

/** Runs something n times; returns how much resident memory grew after the first fifth. */
async function grown(n: number, run: (i: number) => Promise<unknown> | void): Promise<number> {
  let base = 0;
  for (let i = 0; i < n; i++) {
    const wait = run(i);
    if (wait) await wait;
    if (i === Math.floor(n / 5)) base = process.memoryUsage.rss();
    if (i % 1000 === 0) await new Promise((resolve) => { setImmediate(resolve); });
  }
  return process.memoryUsage.rss() - base;
}

let ok = true;
for (const worker of [false, true]) {
  tf.resetDefaultGraph();
  const { x, to, loss, step, init } = program();
  const sess = await new tf.Session({ engine: 'native', worker, config: { intraOpParallelismThreads: 1, interOpParallelismThreads: 1 } }).ready();
  await sess.run(init);
  const small = new tf.NDArray(tf.float32, [8, 16], new Float32Array(128).fill(0.5)), large = new tf.NDArray(tf.float32, [1 << 12, 16], new Float32Array(1 << 16));
  const good: [tf.Tensor, unknown][] = [[x, small], [to, [8, 16]]], bad: [tf.Tensor, unknown][] = [[x, large], [to, [7, 16]]];
  const failing = async (feeds: [tf.Tensor, unknown][]): Promise<void> => {
    try {
      if (worker) await sess.run([loss, step], feeds as never); else sess.runSync([loss, step], feeds as never);
    } catch { return; }
    throw new Error('a run that must fail did not');
  };
  const cases: readonly (readonly [what: string, n: number, run: (i: number) => Promise<unknown> | void])[] = [
    ['good runs', Number(values.runs), () => (worker ? sess.run([loss, step], good as never) : void sess.runSync([loss, step], good as never))],
    ['failing runs with 256 KiB fed', Number(values.failing), () => failing(bad)],
  ];
  for (const [what, n, run] of cases) {
    const start = performance.now(), bytes = await grown(n, run);
    ok &&= bytes < MAY_GROW;
    console.log(`${worker ? 'in a worker' : 'in this thread'}: ${n} ${what}: ${(bytes / 1e6).toFixed(1)} MB more than after the first fifth (now ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB; ${((performance.now() - start) / n).toFixed(3)} ms a run)`);
  }
  console.log(`device values: ${JSON.stringify(sess.deviceMemory())}`);
  sess.close();
}
process.exitCode = ok ? 0 : 1;
