// Section 5: both models trained from the same weights on the same batches; losses and validation accuracy.
import * as tf from 'tfgraph';
import { maxDifference, type Value } from './bits.ts';
import { trace, traceCheck } from './compare.ts';
import type { Digits } from './data.ts';
import { percent } from './format.ts';
import type { Options } from './options.ts';
import { isBiasBeforeNorm, loadVariables, localName, type Pair } from './pair.ts';
import type { AccuracyPoint, TrainingResult } from './results.ts';

/** Momentum repeats the comparison with fewer steps. */
export const momentumSteps = (o: Options): number => Math.max(2, Math.ceil(o.steps / 4));
/** Steps before which validation accuracy is measured. */
export const isCheckpoint = (step: number, steps: number): boolean => step === steps || step % Math.max(1, Math.ceil(steps / 6)) === 0;

/** Mean over the validation batches of some scalars. */
export async function validate(sess: tf.Session, x: tf.Tensor, y: tf.Tensor, scalars: readonly tf.Tensor[], digits: Digits): Promise<number[]> {
  const sum = scalars.map(() => 0);
  for (const b of digits.validation) {
    const out = await sess.run([...scalars], [[x, b.images], [y, b.labels]]) as number[];
    out.forEach((v, i) => { sum[i]! += v; });
  }
  return sum.map((v) => v / digits.validation.length);
}

/** `start` are the initial values of `single.variables`; both models begin from them. */
export async function training(sess: tf.Session, pair: Pair, start: readonly tf.NDArray[], digits: Digits, o: Options, tick: () => void): Promise<TrainingResult> {
  const { single, double, x, y } = pair;
  const begin = async (): Promise<void> => {
    await sess.run(pair.init);
    await loadVariables(sess, [...single.variables, ...double.variables], [...start, ...start]);
  };
  const run = async (steps: number, train: readonly [tf.Operation, tf.Operation], before?: (s: number) => Promise<void>): Promise<[number[], number[]]> => {
    const losses: [number[], number[]] = [[], []];
    await begin();
    for (let s = 0; s < steps; s++) {
      await before?.(s);
      const b = digits.batches(s);
      // The losses are those before the step: updates come after everything they read.
      const [l1, l2] = await sess.run([single.loss, double.loss, ...train], [[x, b.images], [y, b.labels]]) as unknown as [number, number];
      losses[0].push(l1);
      losses[1].push(l2);
      tick();
    }
    await before?.(steps);
    return losses;
  };

  const momentum = trace('Momentum', ['single', 'double'], ...await run(momentumSteps(o), [single.momentum, double.momentum]));
  const accuracy: AccuracyPoint[] = [];
  const adam = trace('Adam', ['single', 'double'], ...await run(o.steps, [single.adam, double.adam], async (s) => {
    if (isCheckpoint(s, o.steps)) accuracy.push({ step: s, values: await validate(sess, x, y, [single.accuracy, double.accuracy], digits) });
  }));

  const gap = { weights: 0, biasesBeforeNorm: 0 };
  const [a, b] = await sess.run([[...single.variables], [...double.variables]]) as [Value[], Value[]];
  single.variables.forEach((v, i) => {
    const kind = isBiasBeforeNorm(localName(v, 'single')) ? 'biasesBeforeNorm' : 'weights';
    gap[kind] = Math.max(gap[kind], maxDifference(a[i]!, b[i]!));
  });
  const [loss1, loss2] = await validate(sess, x, y, [single.loss, double.loss], digits) as [number, number];
  const last = accuracy[accuracy.length - 1]!.values as [number, number];
  const { positive, ...counts } = digits.counts;
  const majority = Math.max(positive, counts.validation - positive) / counts.validation;
  return {
    traces: [adam, momentum], accuracy, weightGap: gap, final: { loss: [loss1, loss2], accuracy: last }, data: { ...counts, majority },
    checks: [
      traceCheck('equal training under Adam: vbn_single and Vbn_double', adam),
      traceCheck('equal training under Momentum: vbn_single and Vbn_double', momentum),
      {
        claim: 'equal validation accuracy after training', ok: Math.abs(last[0] - last[1]) * counts.validation <= 1.5,
        evidence: `${percent(last[0])} and ${percent(last[1])} of ${counts.validation} images`,
      },
    ],
  };
}
