// A thread of products on a memory of its own, for whether two processors are there: the median of some milliseconds.
import { parentPort } from 'node:worker_threads';
import * as tf from 'tfgraph';
import { median, time } from './measure.ts';

const SIDE = 384, graph = new tf.Graph();
const { x, y } = graph.asDefault(() => { const a = tf.placeholder(tf.float32, [SIDE, SIDE]); return { x: a, y: tf.reduceSum(tf.matmul(tf.matmul(a, a), a)) }; });
const sess = new tf.Session({ graph, engine: 'wasm' }), v = new tf.NDArray(tf.float32, [SIDE, SIDE], new Float32Array(SIDE * SIDE).fill(0.5));
const some = (): number => time(() => { for (let i = 0; i < 8; i++) sess.runSync(y, [[x, v]]); });
for (let i = 0; i < 3; i++) some();
const samples = Array.from({ length: 7 }, some);
sess.close();
parentPort!.postMessage(median(samples));
