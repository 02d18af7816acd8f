// Formats of DataFormatDimMap and DataFormatVecPermute: what TensorFlow 1.15.5 says to those that are no permutation.
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { failure, inGraph } from './grpc/check_support.ts';
import { ENGINES } from '../support/engines.ts';

const NO_PERMUTATION = 'Destination and source format must determine a permutation, got';
test.each(ENGINES.filter((e) => e !== 'native'))('%s', async (engine) => {
  for (const [op, x, five] of [['DataFormatDimMap', [-4, -3], [0, 2]], ['DataFormatVecPermute', [0, 1, 2, 3], [0, 0, 1, 2]]] as const) {
    const run = async (srcFormat: string, dstFormat: string): Promise<unknown> => {
      const { y, graph } = inGraph(() => ({ y: tf.rawOps[op]({ x: new tf.NDArray(tf.int64, [x.length], BigInt64Array.from(x, BigInt)), srcFormat, dstFormat }) as tf.Tensor }));
      using sess = new tf.Session({ graph, engine });
      return (await sess.run(y) as tf.NDArray).toArray();
    };
    const text = async (src: string, dst: string): Promise<string> => (await failure(() => run(src, dst))).text.split('\n')[0]!;
    expect(await text('12345678', '87654321')).toBe('Source format must be of length 4 or 5, received src_format = 12345678');
    expect(await text('NHWC', 'NHW')).toBe('Destination format must be of length 4 or 5, received dst_format = NHW');
    for (const [src, dst] of [['1233', '4321'], ['1234', '3321'], ['1234', '12345'], ['1234', '1235']] as const) expect(await text(src, dst)).toBe(`${NO_PERMUTATION} ${src} and ${dst}`);
    expect((await run('NDHWC', 'NCDHW') as bigint[]).map(Number)).toEqual(five);
  }
});
