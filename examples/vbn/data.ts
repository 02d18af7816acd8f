// The images: read from examples/data/digits.npz, scaled, split once, handed out in batches.
//
// The task has two classes, as the question's networks have: is the digit five or more? It is honest but not trivial
// (each class joins five shapes); always answering the larger class is right about half the time.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from 'tfgraph';
import { hash01 } from './bits.ts';
import { type DataFormat, imageShape } from './data_format.ts';
import { packageRoot } from './places.ts';

export const SIZE = 8;
const VALIDATION = 320;

export interface Batch { readonly images: tf.NDArray; readonly labels: tf.NDArray }
export interface Digits {
  /** The reference batch: training images, fixed. */
  readonly reference: tf.NDArray;
  /** The same training batches for everyone; step s gets `batches(s)`. */
  readonly batches: (step: number) => Batch;
  readonly validation: readonly Batch[];
  readonly counts: { readonly training: number; readonly validation: number; readonly reference: number; readonly positive: number };
}

/** Reads and splits the digits. `batch` images form the reference batch; the last part of the shuffled set validates. */
export function loadDigits(batch: number, seed: number, dataFormat: DataFormat): Digits {
  const file = join(packageRoot(), 'examples/data/digits.npz');
  const arrays = tf.readNpz(readFileSync(file));
  const images = arrays.get('images');
  const labels = arrays.get('labels');
  if (!images || !labels) throw new Error(`${file}: expected the arrays "images" and "labels"`);
  const order = shuffled(images.shape[0]!, seed);
  const chunks = Math.max(1, Math.floor(VALIDATION / batch));
  const heldOut = order.slice(order.length - chunks * batch);
  const training = order.slice(0, order.length - chunks * batch);
  const take = (index: ArrayLike<number>): Batch => pick(images, labels, index, dataFormat);
  return {
    reference: take(training.slice(0, batch)).images,
    batches: (step) => {
      // Passes over the training images, each in its own order, cut into whole batches.
      const perPass = Math.floor(training.length / batch);
      const order = shuffled(training.length, seed + 1 + Math.floor(step / perPass));
      const from = (step % perPass) * batch;
      return take(order.slice(from, from + batch).map((i) => training[i]!));
    },
    validation: Array.from({ length: chunks }, (_, i) => take(heldOut.slice(i * batch, (i + 1) * batch))),
    counts: { training: training.length, validation: heldOut.length, reference: batch, positive: heldOut.reduce((n, i) => n + classOf(labels, i), 0) },
  };
}

const classOf = (labels: tf.NDArray, i: number): number => ((labels.data as Uint8Array)[i]! >= 5 ? 1 : 0);

/** Some images (ink 0 to 1) and their one-hot classes. One channel, so both layouts hold the same numbers in the same order. */
function pick(images: tf.NDArray, labels: tf.NDArray, index: ArrayLike<number>, dataFormat: DataFormat): Batch {
  const n = index.length;
  const pixels = SIZE * SIZE;
  const x = new Float32Array(n * pixels);
  const y = new Float32Array(n * 2);
  const ink = images.data as Uint8Array;
  for (let k = 0; k < n; k++) {
    for (let p = 0; p < pixels; p++) x[k * pixels + p] = ink[index[k]! * pixels + p]! / 16;
    y[2 * k + classOf(labels, index[k]!)] = 1;
  }
  return { images: new tf.NDArray(tf.float32, imageShape(n, SIZE, dataFormat), x), labels: new tf.NDArray(tf.float32, [n, 2], y) };
}

/** 0..n-1 in an order that depends on the seed only. */
function shuffled(n: number, seed: number): number[] {
  const key = hash01(n, seed);
  return Array.from({ length: n }, (_, i) => i).sort((a, b) => key[a]! - key[b]! || a - b);
}
