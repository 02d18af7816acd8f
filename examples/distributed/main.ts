// `npm run example:distributed -- --python PATH`: a cluster of real TensorFlow 1.15 (a parameter server and two workers) is started,
// driven from TypeScript and ended: data-parallel training of the convnet with virtual batch normalisation, first with
// asynchronous replicas, then with synchronous ones, whose losses are compared with the same program run by tfgraph itself.
// Exit status: 0 both learned and the losses agree, 1 not so, 2 no Python.
// TensorFlow's servers listen on all interfaces: `unshare -rn sh -c 'ip link set lo up; npm run ...'` keeps them to themselves.
import { parseArgs } from 'node:util';
import * as tf from 'tfgraph';
import 'tfgraph/grpc';
import { type Digits, loadDigits } from '../vbn/data.ts';
import { Cluster } from './cluster.ts';
import { asyncTrainer, type Replica, syncTrainer, type Trainer } from './replicas.ts';

const WORKERS = 2, BATCH = 32;
const mean = (a: readonly number[]): number => a.reduce((s, x) => s + x, 0) / a.length;

/** What replica `k` is fed at a step: batches are dealt out to the workers in turn. */
function feeds(r: Replica, digits: Digits, step: number, k: number): [tf.Tensor, tf.NDArray][] {
  const b = digits.batches(step * WORKERS + k);
  return [[r.x, b.images], [r.y, b.labels]];
}

/** Every worker on its own, as fast as it can; gives the losses in the order they came. */
async function trainAsync(cluster: Cluster, digits: Digits, steps: number): Promise<number[]> {
  const workers = Array.from({ length: WORKERS }, (_, task) => {
    const trainer = asyncTrainer(cluster.spec, task, digits, BATCH);
    return { trainer, task, sess: new tf.Session({ target: cluster.worker(task), graph: trainer.graph, config: { operationTimeoutInMs: 60_000 } }) };
  });
  const losses: number[] = [];
  await workers[0]!.sess.run(workers[0]!.trainer.init); // the chief makes the variables that all share
  await Promise.all(workers.map(async ({ trainer, task, sess }) => {
    const [r] = trainer.replicas as [Replica];
    for (let s = 0; s < steps; s++) losses.push((await sess.run([r.loss, trainer.step], feeds(r, digits, s, task)))[0] as number);
  }));
  console.log(`async: ${String(await workers[0]!.sess.run(workers[0]!.trainer.globalStep))} updates by ${WORKERS} workers`);
  for (const w of workers) await w.sess[Symbol.asyncDispose]();
  return losses;
}

/** All workers together; gives the mean loss of each step. */
async function trainSync(sess: tf.Session, t: Trainer, digits: Digits, steps: number): Promise<number[]> {
  await sess.run(t.init);
  const losses: number[] = [];
  for (let s = 0; s < steps; s++) {
    const [all] = await sess.run([t.replicas.map((r) => r.loss), t.step], t.replicas.flatMap((r, k) => feeds(r, digits, s, k))) as [number[], null];
    losses.push(mean(all));
  }
  return losses;
}

const { values: options } = parseArgs({ options: { python: { type: 'string' }, steps: { type: 'string', default: '40' } } });
const python = options.python ?? process.env['TF115_PYTHON'];
if (python === undefined) {
  console.error('--python PATH (or TF115_PYTHON): a Python with TensorFlow 1.15');
  process.exit(2);
}
const steps = Number(options.steps);
const digits = loadDigits(BATCH, 1, 'NHWC');
using cluster = await Cluster.start(python, WORKERS);
console.log(String(cluster.spec));

const losses = await trainAsync(cluster, digits, steps);
const [before, after] = [mean(losses.slice(0, 2 * WORKERS)), mean(losses.slice(-2 * WORKERS))];
console.log(`async: loss ${before.toFixed(4)} -> ${after.toFixed(4)}`);

await tf.Session.reset(cluster.worker(0)); // the variables of the first training
const trainer = syncTrainer(WORKERS, digits, BATCH);
const there = new tf.Session({ target: cluster.worker(0), graph: trainer.graph, config: { operationTimeoutInMs: 60_000 } });
using here = new tf.Session({ graph: trainer.graph });
const [remote, local] = [await trainSync(there, trainer, digits, steps), await trainSync(here, trainer, digits, steps)];
await there[Symbol.asyncDispose]();
const apart = Math.max(...remote.map((x, i) => Math.abs(x - local[i]!) / local[i]!));
console.log(`sync: loss ${remote[0]!.toFixed(4)} -> ${remote.at(-1)!.toFixed(4)}; at most ${apart.toExponential(1)} (relative) from the same training by tfgraph's own engine`);

if (!(after < before && remote.at(-1)! < remote[0]! && apart < 1e-3)) process.exitCode = 1;
