// Both networks in one graph, under the scopes `single` and `double`: the setting of the question's puzzle.
import * as tf from 'tfgraph';
import { SIZE } from './data.ts';
import { type DataFormat, imageShape } from './data_format.ts';
import { accuracyOf, lossOf, netDouble, netSingle, type Network, type NetworkSize } from './networks.ts';

/** Size of the networks the example trains: three blocks, the second and third halve height and width. */
export const NETWORK: NetworkSize = { channels: [6, 8, 12], strides: [1, 2, 2] };

export const RATES = { adam: 0.02, momentum: 0.05, momentumDecay: 0.9 } as const;

export interface Model {
  readonly scope: string;
  readonly logits: tf.Tensor;
  readonly loss: tf.Tensor;
  readonly accuracy: tf.Tensor;
  readonly variables: readonly tf.Variable[];
  readonly gradients: readonly tf.Tensor[];
  /** Gradient of the loss with respect to the reference images. */
  readonly referenceGradient: tf.Tensor;
  readonly reference: tf.Variable;
  /** One training step, and what the optimizer keeps from step to step. */
  readonly adam: Training;
  readonly momentum: Training;
  /** What goes into each block's ReLU: the reference images' part, then the inputs'. */
  readonly preActivations: readonly (readonly tf.Tensor[])[];
}

export interface Training { readonly step: tf.Operation; readonly state: readonly tf.Variable[] }
export type OptimizerName = 'adam' | 'momentum';

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

/** `trainable`: whether the reference images are trained, in both models. */
export function buildPair(reference: tf.NDArray, batch: number, dataFormat: DataFormat, seed: number, trainable = false): Pair {
  const graph = new tf.Graph();
  return graph.asDefault(() => {
    tf.setRandomSeed(seed);
    const x = tf.placeholder(tf.float32, imageShape(batch, SIZE, dataFormat), { name: 'x' });
    const y = tf.placeholder(tf.float32, [batch, 2], { name: 'y' });
    const model = (scope: string, net: Network): Model => {
      const { logits, loss, accuracy, ref } = tf.variableScope(scope, () => {
        const ref = tf.getVariable('reference_batch', { initializer: reference, trainable });
        const logits = net(ref, x, NETWORK, dataFormat);
        return { ref, logits, loss: lossOf(logits, y), accuracy: accuracyOf(logits, y) };
      });
      const variables = tf.trainableVariables(`${scope}/`);
      const adam = new tf.train.AdamOptimizer(RATES.adam);
      const gradsAndVars = adam.computeGradients(loss, variables);
      const momentum = new tf.train.MomentumOptimizer(RATES.momentum, RATES.momentumDecay);
      return {
        scope, logits, loss, accuracy, variables, reference: ref,
        gradients: gradsAndVars.map(([g]) => g as tf.Tensor),
        referenceGradient: tf.gradients(loss, ref)[0] as tf.Tensor,
        adam: { step: adam.applyGradients(gradsAndVars), state: adam.variables() },
        momentum: { step: momentum.applyGradients(gradsAndVars), state: momentum.variables() },
        preActivations: NETWORK.channels.map((_, i) => relus(graph, scope, i).map((relu) => relu.inputs[0]!)),
      };
    };
    const single = model('single', netSingle);
    const double = model('double', netDouble);
    return { graph, x, y, single, double, init: tf.globalVariablesInitializer() };
  });
}

/** The ReLUs of block i, in creation order: one over everything, or one a tower. */
function relus(graph: tf.Graph, scope: string, i: number): tf.Operation[] {
  const name = new RegExp(`^${scope}/convnet(_1)?/Activ${i}$`);
  return graph.getOperations().filter((op) => op.type === 'Relu' && name.test(op.name));
}

/** Name of a variable inside its model: `single/convnet/Layer0/weights:0` is `convnet/Layer0/weights`. */
export const localName = (v: tf.Variable, scope: string): string => v.name.slice(scope === '' ? 0 : scope.length + 1).replace(/:0$/, '');

/** Sets variables to values, as Python's `v.load(value, sess)`: runs the initializer with its value fed. */
export async function loadVariables(sess: tf.Session, variables: readonly tf.Variable[], values: readonly (tf.NDArray | number)[]): Promise<void> {
  await sess.run(variables.map((v) => v.initializer), variables.map((v, i): [tf.Tensor, tf.NDArray | number] => [v.initializer.inputs[1]!, values[i]!]));
}

/** A session of the example on some graph. */
export const makeSession = (graph: tf.Graph, engine: string): tf.Session => new tf.Session({ graph, engine });
