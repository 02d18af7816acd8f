// What the checks of the gRPC client share.
import * as tf from 'tfgraph';
import { expect } from 'vitest';

/** A graph of its own, and what `build` made in it. */
export function inGraph<T>(build: () => T): T & { readonly graph: tf.Graph } {
  const graph = new tf.Graph();
  return Object.assign(graph.asDefault(build) as object, { graph }) as T & { readonly graph: tf.Graph };
}
export const plain = (v: unknown): unknown => (v instanceof tf.NDArray ? v.toArray() : v);

/** The error that a run ends with: class, TF's text, details. */
export async function failure(run: () => Promise<unknown>): Promise<tf.errors.OpError> {
  try {
    await run();
  } catch (e) {
    return e as tf.errors.OpError;
  }
  return expect.fail('the run did not fail') as never;
}
/** A tensor that never comes: the next element of an empty queue. */
export function blocked(): tf.Tensor {
  const queue = tf.rawOps.FIFOQueueV2({ componentTypes: [tf.float32], name: 'queue' }) as tf.Tensor;
  return (tf.rawOps.QueueDequeueV2({ handle: queue, componentTypes: [tf.float32], name: 'dequeue' }) as tf.Tensor[])[0]!;
}
