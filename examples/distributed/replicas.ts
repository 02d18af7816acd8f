// Data-parallel training of the convnet with virtual batch normalisation, in the two ways TensorFlow 1 has for it. Variables
// live on the parameter server in both.
import * as tf from 'tfgraph';
import { type Digits, SIZE } from '../vbn/data.ts';
import { imageShape } from '../vbn/data_format.ts';
import { accuracyOf, lossOf, netDouble } from '../vbn/networks.ts';
import { NETWORK } from '../vbn/pair.ts';

export const RATE = 0.05;
const FORMAT = 'NHWC'; // what TensorFlow's convolutions take on a CPU

export interface Replica { readonly x: tf.Tensor; readonly y: tf.Tensor; readonly loss: tf.Tensor; readonly accuracy: tf.Tensor }
/** A graph that trains: `replicas` are fed, `step` is one update from all of them. */
export interface Trainer { readonly graph: tf.Graph; readonly replicas: readonly Replica[]; readonly step: tf.Operation; readonly globalStep: tf.Tensor | tf.Variable; readonly init: tf.Operation }

function replica(reference: tf.NDArray, batch: number): Replica {
  const x = tf.placeholder(tf.float32, imageShape(batch, SIZE, FORMAT), { name: 'x' });
  const y = tf.placeholder(tf.float32, [batch, 2], { name: 'y' });
  const logits = netDouble(tf.getVariable('reference_batch', { initializer: reference, trainable: false }) as tf.Variable, x, NETWORK, FORMAT);
  return { x, y, loss: lossOf(logits, y), accuracy: accuracyOf(logits, y) };
}

/** Between-graph replication: worker `task`'s own graph. Each worker updates the shared variables when it is ready. */
export function asyncTrainer(cluster: tf.train.ClusterSpec, task: number, digits: Digits, batch: number): Trainer {
  const graph = new tf.Graph();
  return graph.asDefault(() => tf.device(tf.train.replicaDeviceSetter({ cluster, workerDevice: `/job:worker/task:${task}` }), () => {
    tf.setRandomSeed(7);
    const globalStep = tf.train.getOrCreateGlobalStep() as tf.Variable;
    const r = replica(digits.reference, batch);
    const step = new tf.train.GradientDescentOptimizer(RATE).minimize(r.loss, globalStep) as tf.Operation;
    return { graph, replicas: [r], step, globalStep, init: tf.globalVariablesInitializer() };
  }));
}

/** In-graph replication: a tower on every worker, the mean of their gradients, one update. The same as one worker with all
 * batches joined. */
export function syncTrainer(workers: number, digits: Digits, batch: number): Trainer {
  const graph = new tf.Graph();
  return graph.asDefault(() => {
    tf.setRandomSeed(7);
    const globalStep = tf.device('/job:ps/task:0', () => tf.train.getOrCreateGlobalStep()) as tf.Variable;
    const optimizer = new tf.train.GradientDescentOptimizer(RATE);
    const towers = Array.from({ length: workers }, (_, task) => tf.variableScope(tf.getVariableScope(), { reuse: task > 0 }, () =>
      tf.device(tf.train.replicaDeviceSetter({ psTasks: 1, workerDevice: `/job:worker/task:${task}` }), () => tf.nameScope(`tower_${task}`, () => {
        const r = replica(digits.reference, batch);
        return { ...r, gradients: optimizer.computeGradients(r.loss) };
      }))));
    return tf.device('/job:ps/task:0', () => {
      const mean = towers[0]!.gradients.map(([, v], i) => [tf.multiply(tf.addN(towers.map((t) => t.gradients[i]![0] as tf.Tensor)), 1 / workers), v] as [tf.Tensor, tf.Variable]);
      return { graph, replicas: towers, step: optimizer.applyGradients(mean, globalStep) as tf.Operation, globalStep, init: tf.globalVariablesInitializer() };
    });
  });
}
