// Section 1: do the two entry programs compute the same, have the same gradients, and train the same?
import * as tf from 'tfgraph';
import { hash01, type Value } from './bits.ts';
import { compareGradients, compareOutputs, gradientsCheck, keepsContract, lossesAgree, outputsCheck, scaleOf, trace } from './compare.ts';
import { type DataFormat, imageShape } from './data_format.ts';
import { type EntryProgram, programOne, programTwo } from './entry.ts';
import { small } from './format.ts';
import type { Options } from './options.ts';
import { makeSession } from './pair.ts';
import type { EntryResult, Trace } from './results.ts';
import { compareEntry, toolCheck } from './tool_reports.ts';

const BATCH = 16;
const SIZE = 32;
const STEPS = 10;
/** Progress ticks of this section. */
export const ENTRY_TICKS = 7;

/** -1 for outputs of the first batch, 1 for those of the second: log(1 + e^(sign * output)) is then the logistic loss of
 * telling the batches apart. */
const SIGNS = new tf.NDArray(tf.float32, [2 * BATCH, 1, 1, 1], Float32Array.from({ length: 2 * BATCH }, (_, i) => (i < BATCH ? -1 : 1)));

/** Losses and optimizers the programs are tried with: "any loss, any optimizer" cannot be tried out, these are. */
const LOSSES: readonly { name: string; loss: (outputs: tf.Tensor) => tf.Tensor }[] = [
  { name: 'mean square', loss: (o) => tf.reduceMean(tf.square(o.sub(0.5))) },
  { name: 'logistic, the two batches as classes', loss: (o) => tf.reduceMean(tf.nn.softplus(o.mul(SIGNS))) },
];
const OPTIMIZERS: readonly { name: string; make: () => tf.train.Optimizer }[] = [
  { name: 'gradient descent', make: () => new tf.train.GradientDescentOptimizer(0.05) },
  { name: 'Momentum', make: () => new tf.train.MomentumOptimizer(0.02, 0.9) },
  { name: 'Adam', make: () => new tf.train.AdamOptimizer(0.02) },
];

interface Entry { readonly outputs: tf.Tensor; readonly losses: readonly tf.Tensor[]; readonly gradients: readonly (readonly tf.Tensor[])[]; readonly train: readonly (readonly tf.Operation[])[]; readonly variables: readonly tf.Variable[] }

/** A program alone in its graph, as a user has it. */
export function entryGraph(program: (f: DataFormat) => EntryProgram, layout: DataFormat): tf.Graph {
  const graph = new tf.Graph();
  graph.asDefault(() => program(layout));
  return graph;
}

function nodesWithTraining(program: (f: DataFormat) => EntryProgram, layout: DataFormat): number {
  const graph = new tf.Graph();
  graph.asDefault(() => { OPTIMIZERS[0]!.make().minimize(LOSSES[0]!.loss(program(layout).outputs)); });
  return graph.getOperations().length;
}

/** Both programs in one graph on the same placeholders' values, each with all losses and optimizers. */
export async function entryQuestion(o: Options, tick: () => void): Promise<EntryResult> {
  const graph = new tf.Graph();
  const built = graph.asDefault(() => {
    tf.setRandomSeed(o.seed);
    const make = (scope: string, program: typeof programOne): Entry & EntryProgram => tf.variableScope(scope, () => {
      const p = program(o.layout, BATCH, SIZE);
      const variables = tf.trainableVariables(`${scope}/`);
      const losses = LOSSES.map((l) => l.loss(p.outputs));
      return {
        ...p, variables, losses,
        gradients: losses.map((l) => tf.gradients(l, variables) as tf.Tensor[]),
        train: losses.map((l) => OPTIMIZERS.map((opt) => opt.make().minimize(l, { varList: variables }))),
      };
    });
    return { one: make('one', programOne), two: make('two', programTwo), init: tf.globalVariablesInitializer() };
  });
  const { one, two, init } = built;
  using sess = makeSession(graph, o.engine);
  const image = (seed: number, low: number, high: number): tf.NDArray =>
    new tf.NDArray(tf.float32, imageShape(BATCH, SIZE, o.layout), Float32Array.from(hash01(BATCH * SIZE * SIZE, seed), (u) => low + (high - low) * u));
  // The second batch is brighter, so that there is something to tell them apart by.
  const [a, b] = [image(o.seed + 1, -1, 1), image(o.seed + 2, 0, 1)];
  const feeds: [tf.Tensor, tf.NDArray][] = [[one.inputs1, a], [two.inputs1, a], [one.inputs2, b], [two.inputs2, b]];

  await sess.run(init);
  await tf.copyWeights(sess, 'one', 'two');
  const [out1, out2] = await sess.run([one.outputs, two.outputs], feeds) as [tf.NDArray, tf.NDArray];
  const [g1, g2] = await sess.run([one.gradients, two.gradients], feeds) as [Value[][], Value[][]];
  const tool = await compareEntry(programOne, programTwo, o);
  tick();

  const traces: Trace[] = [];
  for (const [l, { name: lossName }] of LOSSES.entries()) {
    for (const [k, { name }] of OPTIMIZERS.entries()) {
      await sess.run(init);
      await tf.copyWeights(sess, 'one', 'two');
      const losses: [number[], number[]] = [[], []];
      for (let s = 0; s < STEPS; s++) {
        const [x, y] = await sess.run([one.losses[l]!, two.losses[l]!], feeds) as [number, number];
        losses[0].push(x);
        losses[1].push(y);
        await sess.run([one.train[l]![k]!, two.train[l]![k]!], feeds);
      }
      traces.push(trace(`${lossName}, ${name}`, ['one', 'two'], ...losses));
      tick();
    }
  }

  const names = LOSSES.flatMap((l) => one.variables.map((v) => `${v.name.replace(/^one\/|:0$/g, '')} (${l.name})`));
  const outputs = compareOutputs('outputs', out1, out2);
  const gradients = compareGradients(names, g1.flat(), g2.flat());
  const worst = Math.max(...traces.map((t) => t.worst));
  return {
    nodes: { one: entryGraph(programOne, o.layout).getOperations().length, two: entryGraph(programTwo, o.layout).getOperations().length },
    withTraining: { one: nodesWithTraining(programOne, o.layout), two: nodesWithTraining(programTwo, o.layout) },
    outputs, gradients, traces, tool,
    checks: [
      outputsCheck('entry question: equal outputs', outputs, scaleOf(out1), keepsContract(o.engine)),
      gradientsCheck('entry question: equal gradients', gradients),
      toolCheck('entry question: tf.test.equivalence calls them the same program', tool),
      {
        claim: `entry question: equal training with ${traces.length} pairs of loss and optimizer`, ok: traces.every((t) => lossesAgree(t.losses)),
        evidence: `${STEPS} steps each; losses at most ${small(worst)} apart (relative)`,
      },
    ],
  };
}
