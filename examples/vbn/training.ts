// Section 5: both models trained on the same batches: every step restarted from one state, then left to themselves.
import * as tf from 'tfgraph';
import { keepsContract } from './compare.ts';
import type { Digits } from './data.ts';
import { optimizerTitle } from './format.ts';
import { freeRun, freeRunCheck, type Nudge } from './free_running.ts';
import type { Options } from './options.ts';
import { buildPair, loadVariables, makeSession, type Pair } from './pair.ts';
import { restarted, restartedCheck, validationCheck } from './restarted.ts';
import type { AccuracyPoint, RestartedRun, TrainingResult } from './results.ts';

/** What repeats the comparison in another setting does fewer steps. */
export const fewerSteps = (o: Options): number => Math.max(2, Math.ceil(o.steps / 4));
/** Progress ticks of this section. */
export const trainingTicks = (o: Options): number => 2 * o.steps + 4 * fewerSteps(o);
/** Steps before which validation accuracy is measured. */
const isCheckpoint = (step: number, steps: number): boolean => step === steps || step % Math.max(1, Math.ceil(steps / 5)) === 0;

/** The weights moved by one ulp in the copies of the single model: one in the middle of each block's filter. */
const NUDGES: readonly Nudge[] = [
  { variable: 'convnet/Layer0/weights', element: 32 }, { variable: 'convnet/Layer1/weights', element: 300 }, { variable: 'convnet/Layer2/weights', element: 500 },
];

/** Mean over the validation batches of some scalars. */
export async function validate(sess: tf.Session, x: tf.Tensor, y: tf.Tensor, scalars: readonly tf.Tensor[], digits: Digits): Promise<number[]> {
  const sum = scalars.map(() => 0);
  for (const b of digits.validation) {
    const out = await sess.run([...scalars], [[x, b.images], [y, b.labels]]) as number[];
    out.forEach((v, i) => { sum[i]! += v; });
  }
  return sum.map((v) => v / digits.validation.length);
}

/** `start` are the initial values of `single.variables`; every run begins from them. */
export async function training(sess: tf.Session, pair: Pair, start: readonly tf.NDArray[], digits: Digits, o: Options, tick: () => void): Promise<TrainingResult> {
  const { single, double } = pair;
  const few = fewerSteps(o);
  const fromStart = async (optimizer: 'adam' | 'momentum', steps: number): Promise<RestartedRun> => {
    await sess.run(pair.init);
    await loadVariables(sess, single.variables, start);
    return restarted(sess, pair, optimizer, steps, digits, tick);
  };
  const plan = sess.explain([single.loss, double.loss, single.adam.step, double.adam.step], [pair.x, pair.y]);
  const kernels = plan.steps.flatMap((s) => (s.kind === 'kernel' ? [s] : []));
  const momentum = await fromStart('momentum', few);
  const adam = await fromStart('adam', o.steps);
  const answers = await validationCheck(sess, pair, digits, keepsContract(o.engine));
  const trainable = await withTrainableReference(start, digits, o, tick);

  const freeMomentum = await freeRun(sess, pair, 'momentum', few, start, [], digits, o, tick);
  const accuracy: AccuracyPoint[] = [];
  const freeAdam = await freeRun(sess, pair, 'adam', o.steps, start, NUDGES, digits, o, tick, async (step) => {
    if (!isCheckpoint(step, o.steps)) return;
    accuracy.push({ step, values: await validate(sess, pair.x, pair.y, [single.accuracy, double.accuracy], digits) as [number, number] });
  });

  const { positive, ...counts } = digits.counts;
  const majority = Math.max(positive, counts.validation - positive) / counts.validation;
  return {
    kernels: { all: kernels.length, engine: o.engine === 'reference' ? kernels.length : kernels.filter((k) => k.call).length },
    restarted: [adam, momentum, ...trainable], adam: freeAdam, momentum: freeMomentum, accuracy, data: { ...counts, majority },
    checks: [
      restartedCheck('equal training, every step from the same state: Adam', adam),
      restartedCheck('equal training, every step from the same state: Momentum', momentum),
      ...trainable.map((r) => restartedCheck(`equal training, every step from the same state: ${optimizerTitle(r.optimizer)}, reference images trained in both`, r)),
      answers,
      freeRunCheck('equal training, left alone: Adam, until a ReLU unit is on in one model and off in the other', freeAdam),
      freeRunCheck('equal training, left alone: Momentum, until a ReLU unit is on in one model and off in the other', freeMomentum),
    ],
  };
}

/** The same with reference images that are trained, in both models. */
async function withTrainableReference(start: readonly tf.NDArray[], digits: Digits, o: Options, tick: () => void): Promise<RestartedRun[]> {
  const pair = buildPair(digits.reference, o.batch, o.layout, o.seed, true);
  using sess = makeSession(pair.graph, o.engine);
  const runs: RestartedRun[] = [];
  for (const optimizer of ['adam', 'momentum'] as const) {
    await sess.run(pair.init);
    await loadVariables(sess, pair.single.variables.filter((v) => v !== pair.single.reference), start);
    runs.push(await restarted(sess, pair, optimizer, fewerSteps(o), digits, tick));
  }
  return runs;
}
