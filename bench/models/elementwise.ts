// Elementwise programs: a chain of nine ops on a million floats, and 64 additions of four.
import * as tfjs from '@tensorflow/tfjs-core';
import * as tf from 'tfgraph';
import { eagerStep, type Graph, graphStep, nd, type Program, random } from './step.ts';

const MANY = 1 << 20, ADDS = 64;
const numbers = random(MANY, 4), few = random(4, 5);

export const chain: Program = {
  name: 'chain of 9 transcendental ops, 1M floats', tf1: 'chain',
  ours: () => graphStep(() => {
    const x = tf.placeholder(tf.float32, [MANY]);
    const y = tf.exp(tf.tanh(tf.sigmoid(tf.log(tf.exp(tf.tanh(x).mul(0.5)).add(1.))).mul(x)));
    return { fetches: [y], feeds: [[x, nd([MANY], numbers)]] };
  }),
  eager: () => {
    const x = tfjs.tensor(numbers);
    return eagerStep(() => tfjs.exp(tfjs.tanh(tfjs.mul(tfjs.sigmoid(tfjs.log(tfjs.add(tfjs.exp(tfjs.mul(tfjs.tanh(x), 0.5)), 1))), x))));
  },
};

const additions = (): Graph => {
  const x = tf.placeholder(tf.float32, [4]);
  let y = x;
  for (let i = 0; i < ADDS; i++) y = y.add(x);
  return { fetches: [y], feeds: [[x, nd([4], few)]] };
};
export const tiny: Program = {
  name: '64 adds on [4], one run', tf1: 'tiny',
  ours: (options) => graphStep(additions, options),
  eager: () => eagerStep(() => {
    const x = tfjs.tensor(few);
    let y = x as tfjs.Tensor;
    for (let i = 0; i < ADDS; i++) y = tfjs.add(y, x);
    return y;
  }),
};

/** The same by a callable; the rivals have none. */
export const tinyCallable: Program = { ...tiny, name: '64 adds on [4], one call of a callable', ours: () => graphStep(additions, { byCallable: true }) };

/** A feed of so many megabytes, of which one number is taken: what feeding costs. */
export function fed(megabytes: number): Program {
  const n = megabytes << 18, data = new Float32Array(n).fill(0.5);
  return {
    name: `feed of ${megabytes} MB`, tf1: `feed${megabytes}`,
    ours: (options) => graphStep(() => {
      const x = tf.placeholder(tf.float32, [n]);
      return { fetches: [tf.slice(x, [n - 1], [1])], feeds: [[x, nd([n], data)]] };
    }, options),
    eager: () => eagerStep(() => tfjs.slice(tfjs.tensor(data), [n - 1], [1])),
  };
}
