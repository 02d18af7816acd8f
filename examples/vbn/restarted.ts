// Training compared step by step, every step restarted from one state. Training left to itself is no test of equality:
// rounding decides some day on which side of zero a ReLU unit lies, and the curves part (free_running.ts). So before
// each step Vbn_double takes over everything vbn_single has, weights and optimizer state; then both make the step on the
// same batch, and three things are judged:
// - the losses: 1e-5 relative;
// - the gradients: ||a - b|| <= 1e-5 of the largest ||g||, every variable, biases in front of a normaliser included;
// - the optimizer: given the gradients of vbn_single, Vbn_double's step must lead to the same bits, weights and state.
// The updates from each model's own gradients are shown, not judged: Adam divides a gradient by its size, so where it is
// zero but for rounding (biases in front of a normaliser, a few single weights at the first step) noise becomes a step.
import * as tf from 'tfgraph';
import { distance, sameBits, type Value } from './bits.ts';
import { compareGradients, compareOutputs, outputsCheck, RELATIVE, scaleOf, trace } from './compare.ts';
import type { Digits } from './data.ts';
import { small } from './format.ts';
import { isBiasBeforeNorm, loadVariables, type OptimizerName, type Pair } from './pair.ts';
import type { Check, RestartedRun } from './results.ts';

type State = readonly (tf.NDArray | number)[];

/** Runs `steps` steps from the variables' present values; leaves both models in the state vbn_single has reached. */
export async function restarted(sess: tf.Session, pair: Pair, optimizer: OptimizerName, steps: number, digits: Digits, tick: () => void): Promise<RestartedRun> {
  const { single, double, x, y } = pair;
  const names = single.variables.map((v) => v.name);
  const stateOf = (m: Pair['single']): readonly tf.Variable[] => [...m.variables, ...m[optimizer].state];
  const read = async (m: Pair['single']): Promise<State> => await sess.run([...stateOf(m)]) as State;
  const losses: [number[], number[]] = [[], []];
  const run = { lossBits: 0, stepBits: 0, gradients: 0, updates: 0, noise: 0 };
  let before = await read(single);
  for (let s = 0; s < steps; s++) {
    const b = digits.batches(s);
    await loadVariables(sess, stateOf(double), before);
    const [l1, l2, g1, g2] = await sess.run(
      [single.loss, double.loss, single.gradients, double.gradients, single[optimizer].step, double[optimizer].step], [[x, b.images], [y, b.labels]],
    ) as unknown as [number, number, Value[], Value[]];
    const [after, own] = [await read(single), await read(double)];
    await loadVariables(sess, stateOf(double), before);
    await sess.run(double[optimizer].step, double.gradients.map((g, i): [tf.Tensor, Value] => [g, g1[i]!]));
    const given = await read(double);

    losses[0].push(l1);
    losses[1].push(l2);
    if (sameBits(l1, l2)) run.lossBits++;
    if (sameBits(given, after)) run.stepBits++;
    run.gradients = Math.max(run.gradients, compareGradients(names, g1, g2).share);
    const noisy = (i: number): boolean => optimizer === 'adam' && isBiasBeforeNorm(names[i]!);
    const largest = Math.max(...names.map((_, i) => (noisy(i) ? 0 : distance(after[i]!, before[i]!))));
    names.forEach((_, i) => {
      const d = distance(after[i]!, own[i]!);
      const kind = noisy(i) ? 'noise' : 'updates';
      run[kind] = Math.max(run[kind], d === 0 ? 0 : d / largest);
    });
    before = after;
    tick();
  }
  await loadVariables(sess, stateOf(double), before);
  return { optimizer, trainableReference: single.variables.includes(single.reference), trace: trace(optimizer, ['single', 'double'], ...losses), ...run };
}

export function restartedCheck(claim: string, { trace: t, lossBits, stepBits, gradients }: RestartedRun): Check {
  const steps = t.losses[0].length;
  const loss = lossBits === steps ? `losses: same bits in ${steps} of ${steps} steps` : `losses at most ${small(t.worst)} apart (relative)`;
  return {
    claim, ok: t.worst <= RELATIVE && gradients <= RELATIVE && stepBits === steps,
    evidence: `${loss}; gradients at most ${small(gradients)} of the largest apart; optimizer given the same gradients: same bits in ${stepBits} of ${steps}`,
  };
}

/** Both models on the validation images with equal weights: the answers must be the same. */
export async function validationCheck(sess: tf.Session, { single, double, x, y }: Pair, digits: Digits, exact: boolean): Promise<Check> {
  const answers: [number[], number[]] = [[], []];
  for (const b of digits.validation) {
    const [p, q] = await sess.run([single.logits, double.logits], [[x, b.images], [y, b.labels]]) as [tf.NDArray, tf.NDArray];
    answers[0].push(...p.data as Float32Array);
    answers[1].push(...q.data as Float32Array);
  }
  const [p, q] = answers.map((a) => new tf.NDArray(tf.float32, [a.length], Float32Array.from(a))) as [tf.NDArray, tf.NDArray];
  return outputsCheck(`equal answers to ${answers[0].length / 2} validation images with the weights reached`, compareOutputs('validation logits', p, q), scaleOf(p), exact);
}
