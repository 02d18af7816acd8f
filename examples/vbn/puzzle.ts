// Sections 2 to 4: the same weights in two scopes; the question's four run calls and their bits; gradients.
import * as tf from 'tfgraph';
import { hashBits, maxDifference, type Value } from './bits.ts';
import { compareGradients, compareOutputs, gradientsCheck, keepsContract, outputsCheck, scaleOf } from './compare.ts';
import { type Digits, SIZE } from './data.ts';
import { imageShape } from './data_format.ts';
import { ImprovedGanVbn } from './improved_gan.ts';
import type { Options } from './options.ts';
import { netDouble, netSingle } from './networks.ts';
import { localName, makeSession, type Pair } from './pair.ts';
import type { Check, PuzzleCall, PuzzleResult, PuzzleRound } from './results.ts';
import { compareNetworks, toolCheck } from './tool_reports.ts';
import { VbnDouble } from './vbn_double.ts';

const STEPS_BETWEEN = 3;
/** Progress ticks of these sections. */
export const PUZZLE_TICKS = 9;

/** Runs the calls on a session whose variables are initialised and copied; leaves it trained by a few steps. */
export async function puzzle(sess: tf.Session, pair: Pair, digits: Digits, o: Options, tick: () => void): Promise<PuzzleResult> {
  const { single, double } = pair;
  const batch = digits.batches(0);
  const feeds: [tf.Tensor, tf.NDArray][] = [[pair.x, batch.images], [pair.y, batch.labels]];
  const weights = async (): Promise<string> => hashBits(await sess.run([...single.variables, ...double.variables]) as Value[]);

  const [o1, o2] = await sess.run([single.logits, double.logits], feeds) as [tf.NDArray, tf.NDArray];
  const outputs = compareOutputs('logits', o1, o2);
  const [g1, g2] = await sess.run([single.gradients, double.gradients], feeds) as [Value[], Value[]];
  const gradients = compareGradients(single.variables.map((v) => localName(v, 'single')), g1, g2);
  const [r1, r2] = await sess.run([single.referenceGradient, double.referenceGradient], feeds) as [tf.NDArray, tf.NDArray];
  const referenceGradient = compareOutputs('dL/d(reference images)', r1, r2);
  const tool = await compareNetworks(netSingle, netDouble, digits, o);
  tick();

  const fourCalls = async (): Promise<PuzzleCall[]> => {
    const grads = [single.gradients, double.gradients];
    const calls: PuzzleCall[] = [];
    const note = async (call: string, out: readonly Value[] | null, g: readonly Value[][] | null): Promise<void> => {
      calls.push({ call, o1: out ? hashBits(out[0]!) : null, o2: out ? hashBits(out[1]!) : null, gradients: g ? hashBits(g.flat()) : null, weights: await weights() });
      tick();
    };
    const first = await sess.run([single.logits, double.logits], feeds) as Value[];
    await note('run([o1, o2])', first, null);
    const [a, b, g] = await sess.run([single.logits, double.logits, grads], feeds) as [Value, Value, Value[][]];
    await note('run([o1, o2, grads])', [a, b], g);
    await note('run(grads)', null, await sess.run(grads, feeds) as Value[][]);
    await note('run([o1, o2]) again', await sess.run([single.logits, double.logits], feeds) as Value[], null);
    return calls;
  };

  const rounds: PuzzleRound[] = [{ when: 'weights just copied', calls: await fourCalls() }];
  for (let s = 0; s < STEPS_BETWEEN; s++) {
    const b = digits.batches(s);
    await sess.run([single.momentum.step, double.momentum.step], [[pair.x, b.images], [pair.y, b.labels]]);
  }
  rounds.push({ when: `after ${STEPS_BETWEEN} training steps of both models`, calls: await fourCalls() });

  // How many different hashes each round shows where there should be one.
  const hashes = (pick: (c: PuzzleCall) => string | null): number[] => rounds.map((r) => new Set(r.calls.map(pick).filter((h) => h !== null)).size);
  const oneHash = (claim: string, ...picks: ((c: PuzzleCall) => string | null)[]): Check => {
    const counts = picks.flatMap(hashes);
    return { claim, ok: counts.every((n) => n === 1), evidence: `different hashes in each round (1: all are equal): ${counts.join(', ')}` };
  };
  return {
    nodes: pair.graph.getOperations().length, outputs, rounds, gradients, referenceGradient, tool, original: await originalForm(o),
    checks: [
      outputsCheck('same weights, same outputs: vbn_single and Vbn_double', outputs, scaleOf(o1), keepsContract(o.engine)),
      toolCheck('same weights: tf.test.equivalence calls the two networks the same program', tool.copied),
      toolCheck('same weights must be copied: from one graph seed each program gets weights of its own', tool.own, false),
      oneHash('the puzzle: fetching gradients changes no bit of the outputs', (c) => c.o1, (c) => c.o2),
      oneHash('the puzzle: gradients have the same bits, fetched alone or with outputs', (c) => c.gradients),
      oneHash('the puzzle: no call changes a weight', (c) => c.weights),
      gradientsCheck('equal gradients: vbn_single and Vbn_double', gradients),
      outputsCheck('equal gradients of the reference images', referenceGradient, scaleOf(r1), false),
    ],
  };
}

/** How far the improved-GAN form, which mixes in each example's own statistics, is from both implementations. */
async function originalForm(o: Options): Promise<PuzzleResult['original']> {
  const graph = new tf.Graph();
  const [plain, mixed] = graph.asDefault(() => {
    const image = (n: number, seed: number): tf.Tensor => tf.randomUniform(imageShape(n, SIZE, o.layout), -1, 1, tf.float32, { seed });
    const [reference, x] = [image(8, 1), image(8, 2)];
    const vbn = new VbnDouble(reference, { scope: 'ours', dataFormat: o.layout });
    const original = new ImprovedGanVbn(reference, 'original', 1e-5, o.layout);
    // The original draws gamma around 1; here both start from 1, so that only the statistics differ.
    const gamma = tf.trainableVariables('original/')[0]!;
    const out = [vbn.call(x), tf.truediv(original.call(x), tf.reshape(gamma, [1, 1, 1, 1]))] as const;
    tf.globalVariablesInitializer();
    return out;
  });
  using sess = makeSession(graph, o.engine);
  await sess.run('init');
  const [a, b] = await sess.run([plain, mixed]) as [tf.NDArray, tf.NDArray];
  return { differs: maxDifference(a, b), scale: scaleOf(a) };
}
