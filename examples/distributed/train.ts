// The two trainings of the example, on a cluster that is there.
import * as tf from 'tfgraph';
import type { Digits } from '../vbn/data.ts';
import type { Cluster } from './cluster.ts';
import { asyncTrainer, type Replica, syncTrainer, type Trainer } from './replicas.ts';

export const WORKERS = 2, BATCH = 32;
export const mean = (a: readonly number[]): number => a.reduce((s, x) => s + x, 0) / a.length;
const config = { operationTimeoutInMs: 60_000 };

/** What replica `k` is fed at a step: batches are dealt out to the workers in turn. */
function feeds(r: Replica, digits: Digits, step: number, k: number): [tf.Tensor, tf.NDArray][] {
  const b = digits.batches(step * WORKERS + k);
  return [[r.x, b.images], [r.y, b.labels]];
}

/** Every worker on its own, as fast as it can; gives the losses in the order they came, and the number of updates. */
export async function trainAsync(cluster: Cluster, digits: Digits, steps: number): Promise<{ readonly losses: readonly number[]; readonly updates: number }> {
  const workers = Array.from({ length: WORKERS }, (_, task) => {
    const trainer = asyncTrainer(cluster.spec, task, digits, BATCH);
    return { trainer, task, sess: new tf.Session({ target: cluster.worker(task), graph: trainer.graph, config }) };
  });
  const losses: number[] = [];
  await workers[0]!.sess.run(workers[0]!.trainer.init); // the chief makes the variables that all share
  await Promise.all(workers.map(async ({ trainer, task, sess }) => {
    const [r] = trainer.replicas as [Replica];
    for (let s = 0; s < steps; s++) losses.push((await sess.run([r.loss, trainer.step], feeds(r, digits, s, task)))[0] as number);
  }));
  const updates = Number(await workers[0]!.sess.run(workers[0]!.trainer.globalStep));
  for (const w of workers) await w.sess[Symbol.asyncDispose]();
  return { losses, updates };
}

/** All workers together, and the same program by tfgraph itself; gives the mean loss of each step. */
export async function trainSync(cluster: Cluster, digits: Digits, steps: number): Promise<{ readonly remote: readonly number[]; readonly local: readonly number[] }> {
  await tf.Session.reset(cluster.worker(0)); // the variables of a training before
  const trainer = syncTrainer(WORKERS, digits, BATCH);
  await using there = new tf.Session({ target: cluster.worker(0), graph: trainer.graph, config });
  using here = new tf.Session({ graph: trainer.graph });
  return { remote: await lossesOf(there, trainer, digits, steps), local: await lossesOf(here, trainer, digits, steps) };
}
async function lossesOf(sess: tf.Session, t: Trainer, digits: Digits, steps: number): Promise<number[]> {
  await sess.run(t.init);
  const losses: number[] = [];
  for (let s = 0; s < steps; s++) {
    const [all] = await sess.run([t.replicas.map((r) => r.loss), t.step], t.replicas.flatMap((r, k) => feeds(r, digits, s, k))) as [number[], null];
    losses.push(mean(all));
  }
  return losses;
}
