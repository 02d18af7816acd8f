// The program host_functions.py in tfgraph: functions of the program as ops, and tf.print.
import * as tf from 'tfgraph';
import { attempt, note, type Program, type Run } from '../oracle.ts';

const f32 = (a: tf.NDArray, f: (x: number) => number): tf.NDArray => new tf.NDArray(tf.float32, a.shape, Float32Array.from(a.data as Float32Array, f));

export function host_functions(): Program {
  const x = tf.placeholder(tf.float32, [2, 3], 'x');
  const double = (a: tf.NDArray): tf.NDArray => f32(a, (v) => v * 2);
  const y = tf.pyFunc(double, [x], tf.float32);
  y.setShape(x.shape);
  const total = tf.reduceSum(y);
  const both = tf.pyFunc((a: tf.NDArray, b: tf.NDArray) => [f32(a, (v) => v + 1), new tf.NDArray(tf.int64, b.shape, (b.data as BigInt64Array).map((v) => v + 1n))], [x, tf.constant(new tf.NDArray(tf.int64, [2], BigInt64Array.of(1n, 2n)))], [tf.float32, tf.int64], { name: 'both' });
  const pure = tf.pyFunc((a: tf.NDArray) => f32(a, (v) => v + 5), [tf.constant([1, 2])], tf.float32, { stateful: false, name: 'pure' });
  const text = tf.pyFunc((s: tf.NDArray) => (s.toArray() as string[]).map((t) => t.toUpperCase()), [tf.constant(['a', 'bc'])], [tf.string, tf.string], { name: 'text' });
  const flags = tf.pyFunc((a: tf.NDArray) => new tf.NDArray(tf.bool, a.shape, Uint8Array.from(a.data as Float32Array, (v) => (v > 0 ? 1 : 0))), [x], tf.bool, { name: 'flags' });
  const zip = (a: tf.NDArray, b: tf.NDArray, f: (x: number, y: number) => number): tf.NDArray => new tf.NDArray(tf.float32, a.shape, (a.data as Float32Array).map((v, i) => f(v, (b.data as Float32Array)[i]!)));
  const nested = tf.contrib.framework.pyFunc((a: tf.NDArray, b: tf.NDArray) => ({ sum: zip(a, b, (v, w) => v + w), diff: [zip(a, b, (v, w) => v - w)] }), {
    args: [x, x.add(1)], outputTypes: { sum: tf.float32, diff: [tf.float32] }, outputShapes: { sum: x.shape, diff: [[2, 3]] }, name: 'nested',
  }) as { sum: tf.Tensor; diff: [tf.Tensor] };
  note('nodes', [y, total, ...both, pure, ...text, flags, nested.sum, nested.diff[0]].map((t) => [t.name, t.op.type, t.shape, t.dtype]));
  const fail = (error: Error): tf.Tensor => tf.pyFunc(() => { throw error; }, [x], tf.float32);
  const { ValueError, TypeError, KeyError, NotImplementedError, RuntimeError } = tf.errors;
  const bad = [new ValueError('bad value'), new TypeError('bad type'), new KeyError('key'), new NotImplementedError('not there'), new RuntimeError('run'), new Error('end')].map(fail);
  const few = tf.pyFunc((a: tf.NDArray) => a, [x], [tf.float32, tf.float32], { name: 'few' });
  const dtype = tf.pyFunc((a: tf.NDArray) => new tf.NDArray(tf.float64, a.shape, Float64Array.from(a.data as Float32Array)), [x], tf.float32, { name: 'dtype' });
  attempt('callable', () => tf.pyFunc(3 as never, [x], tf.float32));
  attempt('args', () => tf.contrib.framework.pyFunc(double, { args: x as never, outputTypes: tf.float32 }));
  attempt('kwargs', () => tf.contrib.framework.pyFunc(double, { args: [x], kwargs: [1] as never, outputTypes: tf.float32 }));
  const prints = [
    tf.print(x), tf.print('x:', x, x.at(0), { summarize: 1, outputStream: 'stdout', name: 'p' }), tf.print('only text', 3, { end: '' }), tf.print(tf.constant('scalar')), tf.print([x, 'a'], { k: x }, { sep: '|', outputStream: tf.logging.info }),
    tf.print('{}', x, 'a{}b'), tf.print(new tf.SparseTensor([[0]], [1], [2]), { outputStream: tf.logging.ERROR }), tf.print([x, 1], true, null, 2.5),
  ];
  note('prints', prints.map((p) => [p.name, p.type]));
  attempt('stream', () => tf.print(x, { outputStream: 'nowhere' }));
  const six = new tf.NDArray(tf.float32, [2, 3], Float32Array.of(0, 1, 2, 3, 4, 5));
  const of = (fetch: unknown): Run => ({ fetch, feed: [[x, six]] });
  return { runs: [of([y, total]), of(both), { fetch: pure }, { fetch: text }, of(flags), of(nested), of(few), of(dtype), ...bad.map(of)] };
}
