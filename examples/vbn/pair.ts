// Both networks in one graph, under the scopes `single` and `double`: the setting of the question's puzzle.
import * as tf from 'tfgraph';
import { SIZE } from './data.ts';
import { type DataFormat, imageShape } from './data_format.ts';
import { accuracyOf, lossOf, netDouble, netSingle, type Network, type NetworkSize } from './networks.ts';

/** Size of the networks the example trains: three blocks, the second halves height and width. */
export const NETWORK: NetworkSize = { channels: [8, 12, 16], strides: [1, 2, 1] };

export const RATES = { adam: 0.01, momentum: 0.05, momentumDecay: 0.9 } as const;

export interface Model {
  readonly scope: string;
  readonly logits: tf.Tensor;
  readonly loss: tf.Tensor;
  readonly accuracy: tf.Tensor;
  readonly variables: readonly tf.Variable[];
  readonly gradients: readonly tf.Tensor[];
  /** Gradient of the loss with respect to the reference images. */
  readonly referenceGradient: tf.Tensor;
  readonly adam: tf.Operation;
  readonly momentum: tf.Operation;
}

export interface Pair {
  readonly graph: tf.Graph;
  readonly x: tf.Tensor;
  readonly y: tf.Tensor;
  readonly single: Model;
  readonly double: Model;
  readonly init: tf.Operation;
}

/** A bias that stands in front of a normaliser: shifting all its inputs alike changes nothing after it. */
export const isBiasBeforeNorm = (variableName: string): boolean => /Layer\d+\/biases/.test(variableName);

export function buildPair(reference: tf.NDArray, batch: number, dataFormat: DataFormat, seed: number): Pair {
  const graph = new tf.Graph();
  return graph.asDefault(() => {
    tf.setRandomSeed(seed);
    const x = tf.placeholder(tf.float32, imageShape(batch, SIZE, dataFormat), { name: 'x' });
    const y = tf.placeholder(tf.float32, [batch, 2], { name: 'y' });
    const model = (scope: string, net: Network): Model => {
      const { logits, loss, accuracy, ref } = tf.variableScope(scope, () => {
        const ref = tf.getVariable('reference_batch', { initializer: reference, trainable: false });
        const logits = net(ref, x, NETWORK, dataFormat);
        return { ref, logits, loss: lossOf(logits, y), accuracy: accuracyOf(logits, y) };
      });
      const variables = tf.trainableVariables(`${scope}/`);
      const adam = new tf.train.AdamOptimizer(RATES.adam);
      const gradsAndVars = adam.computeGradients(loss, variables);
      const momentum = new tf.train.MomentumOptimizer(RATES.momentum, RATES.momentumDecay);
      return {
        scope, logits, loss, accuracy, variables,
        gradients: gradsAndVars.map(([g]) => g as tf.Tensor),
        referenceGradient: tf.gradients(loss, ref)[0] as tf.Tensor,
        adam: adam.applyGradients(gradsAndVars), momentum: momentum.applyGradients(gradsAndVars),
      };
    };
    const single = model('single', netSingle);
    const double = model('double', netDouble);
    return { graph, x, y, single, double, init: tf.globalVariablesInitializer() };
  });
}

/** Name of a variable inside its model: `single/convnet/Layer0/weights:0` is `convnet/Layer0/weights`. */
export const localName = (v: tf.Variable, scope: string): string => v.name.slice(scope === '' ? 0 : scope.length + 1).replace(/:0$/, '');

/** Sets variables to values, as Python's `v.load(value, sess)`: runs the initializer with its value fed. */
export async function loadVariables(sess: tf.Session, variables: readonly tf.Variable[], values: readonly tf.NDArray[]): Promise<void> {
  await sess.run(variables.map((v) => v.initializer), variables.map((v, i): [tf.Tensor, tf.NDArray] => [v.initializer.inputs[1]!, values[i]!]));
}

/** A session of the example on some graph. */
export const makeSession = (graph: tf.Graph, engine: string): tf.Session => new tf.Session({ graph, engine });
