// Training left to itself: both models from equal weights, each with its own updates. Rounding differs, so the weights
// are soon a last bit or two apart; that stays harmless until it decides whether some ReLU unit is on or off. From then
// on one gradient has a term the other lacks, and the runs drift apart. Judged: equality up to that step. Shown: the
// drift, beside what the same network does against copies of *itself* that start with one weight moved by one ulp.
import * as tf from 'tfgraph';
import { elements, type Value } from './bits.ts';
import { lossesAgree, relativeDifference, trace } from './compare.ts';
import type { Batch, Digits } from './data.ts';
import { small } from './format.ts';
import type { Options } from './options.ts';
import { loadVariables, localName, makeSession, type Model, type OptimizerName, type Pair } from './pair.ts';
import type { Check, Control, Drift, FreeRun, Switch } from './results.ts';

/** A model somewhere, making its steps. */
interface Runner { readonly sess: tf.Session; readonly model: Model }
/** One weight of the single model, by variable and element. */
export interface Nudge { readonly variable: string; readonly element: number }

/** Losses of two runs side by side, watched for the first ReLU unit that is on in one and off in the other. */
class Watch {
  readonly losses: [number[], number[]] = [[], []];
  first: Switch | null = null;

  add(a: StepResult, b: StepResult): void {
    this.losses[0].push(a.loss);
    this.losses[1].push(b.loss);
    if (this.first || !a.units || !b.units) return;
    let [units, nearest] = [0, 0];
    const [p, q] = [a.units, b.units];
    for (let i = 0; i < p.length; i++) {
      if (p[i]! > 0 === q[i]! > 0) continue;
      units++;
      nearest = Math.max(nearest, Math.abs(p[i]!), Math.abs(q[i]!));
    }
    if (units > 0) this.first = { step: this.losses[0].length - 1, units, of: p.length, inputs: nearest };
  }
  drift(): Drift {
    const gaps = this.losses[0].map((x, i) => relativeDifference(x, this.losses[1][i]!));
    // The loss of step s comes before its update: a switch in step s shows from step s + 1 on.
    const until = this.first ? this.first.step + 1 : gaps.length;
    return { gaps, first: this.first, before: Math.max(...gaps.slice(0, until)), after: until < gaps.length ? Math.max(...gaps.slice(until)) : null };
  }
}

interface StepResult { readonly loss: number; readonly units: ArrayLike<number> | null }

/** `start` are the initial values of `single.variables`. Ticks once a step. */
export async function freeRun(
  sess: tf.Session, pair: Pair, optimizer: OptimizerName, steps: number, start: readonly tf.NDArray[], nudges: readonly Nudge[], digits: Digits, o: Options,
  tick: () => void, atStep: (step: number) => Promise<void> = async () => {},
): Promise<FreeRun> {
  const { single, double } = pair;
  await begin(sess, pair, start);
  const own: Runner = { sess, model: single };
  const other: Runner = { sess, model: double };
  const copies: (Runner & { nudge: Nudge; watch: Watch })[] = [];
  for (const nudge of nudges) {
    const copy = makeSession(pair.graph, o.engine);
    await begin(copy, pair, start.map((v, i) => (localName(single.variables[i]!, single.scope) === nudge.variable ? nextUp(v, nudge.element) : v)));
    copies.push({ sess: copy, model: single, nudge, watch: new Watch() });
  }
  const watch = new Watch();
  try {
    for (let s = 0; s < steps; s++) {
      await atStep(s);
      const b = digits.batches(s);
      const look = [watch, ...copies.map((c) => c.watch)].some((w) => !w.first);
      const a = await step(own, pair, optimizer, b, look);
      watch.add(a, await step(other, pair, optimizer, b, look));
      for (const c of copies) c.watch.add(a, await step(c, pair, optimizer, b, look));
      tick();
    }
    await atStep(steps);
  } finally {
    for (const c of copies) c.sess.close();
  }
  const controls = copies.map((c): Control => ({ ...c.nudge, drift: c.watch.drift() }));
  return { optimizer, trace: trace(optimizer, ['single', 'double'], ...watch.losses), drift: watch.drift(), controls };
}

/** Losses come from before the step: updates come after everything they read. */
async function step({ sess, model }: Runner, { x, y }: Pair, optimizer: OptimizerName, b: Batch, look: boolean): Promise<StepResult> {
  const [loss, pre] = await sess.run([model.loss, look ? model.preActivations : [], model[optimizer].step], [[x, b.images], [y, b.labels]]) as unknown as [number, Value[][]];
  return { loss, units: look ? joined(pre.flat()) : null };
}

/** The parts of a layer stand one after the other along the batch, so joining them gives both models the same order. */
function joined(parts: readonly Value[]): Float32Array {
  let at = 0;
  for (const p of parts) at += elements(p).length;
  const out = new Float32Array(at);
  at = 0;
  for (const p of parts) { out.set(elements(p), at); at += elements(p).length; }
  return out;
}

async function begin(sess: tf.Session, { single, double, init }: Pair, start: readonly tf.NDArray[]): Promise<void> {
  await sess.run(init);
  await loadVariables(sess, [...single.variables, ...double.variables], [...start, ...start]);
}

/** The array with one element moved to the next float32 away from zero. */
function nextUp(a: tf.NDArray, element: number): tf.NDArray {
  const data = Float32Array.from(a.data as Float32Array);
  new Int32Array(data.buffer)[element]!++;
  return new tf.NDArray(a.dtype, a.shape, data);
}

export function freeRunCheck(claim: string, { trace: t, drift }: FreeRun): Check {
  const { first, before } = drift;
  const until = first ? first.step + 1 : t.losses[0].length;
  return {
    claim, ok: lossesAgree(t.losses, until),
    evidence: `${until} losses${first ? ` up to step ${first.step}` : ', no unit switches'}, at most ${small(before)} apart (relative)`,
  };
}
