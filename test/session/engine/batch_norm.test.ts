// Batch normalisation of the `wasm` engine against the reference kernels.
import { describe, expect, test } from 'vitest';
import { f32, nd, randomF32, run, runAll } from '../kernels/helpers.ts';
import { random, same, sameError } from './compare.ts';

const EMPTY = nd('float32', [0], []);
const SHAPES = [[2, 3, 4, 5], [1, 1, 1, 3], [3, 2, 1, 1], [2, 40, 30, 8], [1, 2, 3, 33]];
const positive = (n: number, seed: number) => run('Abs', [random('float32', [n], seed)]);

describe.each(['NHWC', 'NCHW'])('fused, %s', (data_format) => {
  const images = SHAPES.map((s) => ({ shape: data_format === 'NCHW' ? [s[0]!, s[3]!, s[1]!, s[2]!] : s, c: s[3]! }));
  test.each([true, false])('is_training %s', (is_training) => {
    const attrs = { data_format, is_training, epsilon: { f: 0.001 } };
    for (const { shape, c } of images) {
      for (const op of ['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3']) {
        for (const d of op === 'FusedBatchNorm' ? ['float32'] : ['float32', 'float16', 'bfloat16']) {
          for (const make of [random, (_: string, s: readonly number[], seed: number) => run('Cast', [randomF32(s, seed)], { DstT: nd(d, [], [0]).dtype })]) {
            const x = make(d, shape, 1), dy = make(d, shape, 6), vectors = [2, 3].map((seed) => randomF32([c], seed));
            same(op, [x, ...vectors, ...(is_training ? [EMPTY, EMPTY] : [random('float32', [c], 4), positive(c, 5)])], attrs);
            same(op.replace('Norm', 'NormGrad'), [dy, x, vectors[0]!, random('float32', [c], 4), positive(c, 5), ...(op.endsWith('V3') ? [f32([], [0])] : [])], attrs);
          }
        }
      }
    }
  });
});
test('with global normalization', () => {
  for (const scale_after_normalization of [true, false]) {
    const attrs = { variance_epsilon: { f: 0.01 }, scale_after_normalization };
    for (const shape of SHAPES) for (const d of ['float16', 'float32', 'float64']) {
      const c = shape[3]!, x = random(d, shape, 1), v = (seed: number) => random(d, [c], seed), variance = run('Abs', [v(3)]);
      same('BatchNormWithGlobalNormalization', [x, v(2), variance, v(4), v(5)], attrs);
      same('BatchNormWithGlobalNormalizationGrad', [x, v(2), variance, v(4), random(d, shape, 6)], attrs);
    }
  }
});

test('contract: statistics are expressions over Sum', () => {
  const x = randomF32([3, 20, 20, 4], 1), rows = x.reshape([1200, 4]), axis = nd('int32', [1], [0]);
  const [, mean, unbiased, , variance] = runAll('FusedBatchNormV3', [x, f32([4], [1, 2, 3, 4]), f32([4], [0, 0, 1, 1]), EMPTY, EMPTY], { epsilon: { f: 0.001 } });
  const part = f32([], [Math.fround(1 / 1200)]);
  const wantMean = run('Mul', [run('Sum', [rows, axis]), part]);
  expect([...(mean!.data as Float32Array)]).toEqual([...(wantMean.data as Float32Array)]);
  const wantVariance = run('Mul', [run('Sum', [run('Square', [run('Sub', [rows, wantMean])]), axis]), part]);
  expect([...(variance!.data as Float32Array)]).toEqual([...(wantVariance.data as Float32Array)]);
  expect([...(unbiased!.data as Float32Array)]).toEqual([...(run('Mul', [wantVariance, f32([], [Math.fround(1200 / 1199)])]).data as Float32Array)]);
});
test('an empty batch has NaN as mean, and gradients 0', () => {
  const x = nd('float32', [0, 2, 2, 3], []), v = randomF32([3], 1);
  expect([...(runAll('FusedBatchNormV3', [x, v, v, EMPTY, EMPTY])[1]!.data as Float32Array)]).toEqual([NaN, NaN, NaN]);
  expect([...(runAll('FusedBatchNormGradV3', [x, x, v, v, v, v])[1]!.data as Float32Array)]).toEqual([0, 0, 0]);
});
test('errors are the reference kernel\'s', () => {
  const x = randomF32([1, 2, 2, 3], 1), v = randomF32([3], 1);
  for (const inputs of [[x, v, v, v, v], [x, randomF32([2], 1), v, EMPTY, EMPTY], [randomF32([2, 3], 1), v, v, EMPTY, EMPTY]]) {
    const [got, want] = sameError('FusedBatchNormV3', inputs, { is_training: true });
    expect(want).not.toBe('no error');
    expect(got).toBe(want);
  }
});
