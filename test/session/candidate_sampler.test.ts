// Candidate samplers and the losses over them: two runs of each as TensorFlow 1.15.5 gave them.
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { ENGINES } from '../support/engines.ts';

const here = ENGINES.filter((e) => e === 'reference' || e === 'wasm');
const long = (shape: number[], ...v: number[]): tf.NDArray => new tf.NDArray(tf.int64, shape, BigInt64Array.from(v, BigInt));
const TRUE = long([2, 2], 1, 0, 5, 2);
type Sampler = 'uniformCandidateSampler' | 'logUniformCandidateSampler';
const ROWS: readonly (readonly [sampler: Sampler, count: number, unique: boolean, range: number, runs: readonly (readonly [number[], number[]])[]])[] = [
  ['uniformCandidateSampler', 4, true, 7, [[[4, 5, 2, 0], [0.537335694, 0.537335694, 0.537335694, 0.537335694]], [[4, 5, 0, 1], [0.603430569, 0.603430569, 0.603430569, 0.603430569]]]],
  ['uniformCandidateSampler', 3, false, 8, [[[5, 6, 7], [0.375, 0.375, 0.375, 0.375]], [[3, 6, 6], [0.375, 0.375, 0.375, 0.375]]]],
  ['uniformCandidateSampler', 5, false, 1000003, [[[123371, 999511, 845886, 513755, 37321], [4.99998532e-06, 4.99998532e-06, 4.99998532e-06, 4.99998532e-06]], [[815148, 487237, 408278, 788361, 482628], [4.99998532e-06, 4.99998532e-06, 4.99998532e-06, 4.99998532e-06]]]],
  ['logUniformCandidateSampler', 5, false, 30, [[[8, 28, 1, 12, 5], [0.590370774, 1.0092454, 0.224448532, 0.418874681]], [[0, 0, 19, 20, 5], [0.590370774, 1.0092454, 0.224448532, 0.418874681]]]],
  ['logUniformCandidateSampler', 6, true, 7, [[[2, 6, 0, 3, 1, 4], [0.994513929, 0.999940574, 0.842532396, 0.97194618]], [[4, 0, 1, 2, 5, 3], [0.952000499, 0.996574521, 0.659830928, 0.875645399]]]],
];
const inGraph = (body: () => Promise<void>): Promise<void> => new tf.Graph().asDefault(body);

test.each(here.flatMap((engine) => ROWS.map((r) => [engine, ...r] as const)))('%s: %s, %i of %s from %i', (engine, sampler, count, unique, range, runs) => inGraph(async () => {
  const o = tf.nn[sampler](TRUE, 2, count, unique, range, { seed: 4 });
  const sess = new tf.Session({ engine });
  for (const [classes, counts] of runs) {
    const [c, t] = await sess.run([o.sampledCandidates, o.trueExpectedCount] as const);
    expect(Array.from((c as tf.NDArray).data as BigInt64Array, Number)).toEqual(classes);
    Array.from((t as tf.NDArray).data as Float32Array).forEach((x, i) => expect(Math.abs(x / counts[i]! - 1)).toBeLessThan(4e-7));
  }
}));

test.each(here)('%s: accidental hits, the last place of a class sampled twice', (engine) => inGraph(async () => {
  const hits = tf.nn.computeAccidentalHits(long([3, 2], 3, 1, 4, 3, 9, 9), long([4], 3, 9, 3, 5), 2);
  const [rows, places, weights] = await new tf.Session({ engine }).run([hits.indices, hits.ids, hits.weights] as const) as unknown as tf.NDArray[];
  expect([rows!.toArray(), places!.toArray(), weights!.toArray()]).toEqual([[0, 1, 2, 2], [2, 2, 1, 1], [-3.4028234663852886e38, -3.4028234663852886e38, -3.4028234663852886e38, -3.4028234663852886e38]]);
}));

test('errors', () => inGraph(async () => {
  const few = tf.nn.uniformCandidateSampler(long([1, 1], 1), 1, 5, true, 3, { seed: 1 });
  await expect(new tf.Session({ engine: 'reference' }).run(few.sampledCandidates)).rejects.toThrow("Sampler's range is too small.");
  expect(() => tf.nn.computeAccidentalHits(long([1, 3], 1, 2, 3), long([1], 1), 2)).toThrow('Dimension must be 2 but is 3');
}));
