// One op as a row of the benchmark of kernels: the `wasm` engine and eager TensorFlow.js on the same numbers.
import * as tfjs from '@tensorflow/tfjs-core';
import * as tf from 'tfgraph';

export interface Row { readonly name: string; readonly group: string; readonly flops?: number; readonly ours: () => void; readonly rival: (() => void) | null; readonly close: () => void }

export function random(n: number, seed: number): Float32Array {
  let s = seed;
  return Float32Array.from({ length: n }, () => { s = (Math.imul(s, 1664525) + 1013904223) >>> 0; return s / 2 ** 31 - 1; });
}
export const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** One op on variables, run as a target, so that nothing is copied in or out; and what eager TensorFlow.js calls the same. `dtype`: of ours;
 * the numbers lie between -1 and 1 (of integers between -100 and 100). */
export function row(group: string, name: string, shapes: readonly (readonly number[])[], ours: (...x: tf.Tensor[]) => tf.Tensor, rival: ((...x: tfjs.Tensor[]) => tfjs.Tensor) | null, flops?: number, dtype: tf.DType = tf.float32): Row {
  const data = shapes.map((s, i) => random(size(s), i + 1));
  const graph = new tf.Graph();
  const { op, init } = graph.asDefault(() => {
    const x = shapes.map((s, i) => tf.getVariable(`x${i}`, s, { initializer: tf.zerosInitializer(), dtype }));
    const feeds = shapes.map((s, i) => tf.placeholder(tf.float32, s, { name: `f${i}` }));
    const assign = x.map((v, i) => tf.assign(v, tf.cast(dtype.isInteger ? tf.multiply(feeds[i]!, 100.) : feeds[i]!, dtype)));
    return { op: ours(...x.map((v) => v.value())).op, init: tf.group(...assign) };
  });
  const sess = new tf.Session({ graph, engine: 'wasm' });
  sess.runSync(init, data.map((d, i) => [`f${i}:0`, new tf.NDArray(tf.float32, shapes[i]!, d)] as const));
  const x = shapes.map((s, i) => tfjs.tensor(data[i]!, [...s]));
  return {
    name, group, ...(flops === undefined ? {} : { flops }),
    ours: () => { sess.runSync(op); },
    rival: rival ? () => { rival(...x).dispose(); } : null,
    close: () => { sess.close(); for (const t of x) t.dispose(); },
  };
}

export const n1 = [1 << 20];
export const unary = (name: string, f: (x: tf.Tensor) => tf.Tensor, g: ((x: tfjs.Tensor) => tfjs.Tensor) | null, shape: readonly number[] = n1, group = 'elementwise'): Row => row(group, `${name} ${shape.length === 1 ? '1M' : shape.join('x')}`, [shape], f, g);
