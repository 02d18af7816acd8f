// What fusion makes of programs for the wasm engine: the steps, and that no bit depends on them.
import { expect } from 'vitest';
import * as tf from 'tfgraph';
import { passes } from '../../src/session/compile/pipeline.ts';
import type { SessionOptions } from '../../src/session/options.ts';
import type { FusedStep } from '../../src/session/plan.ts';
import { openSession } from './engines.ts';
import { Random } from './random.ts';

/** A session that fuses nothing. */
export const APART: SessionOptions = { toolchain: { passes: passes.filter((p) => p.name !== 'fuse') } };
export const ph = (name: string, shape: readonly (number | null)[], dtype: tf.DType = tf.float32): tf.Tensor => tf.placeholder(dtype, shape, { name });
/** Random float32s. */
export const filled = (r: Random, shape: readonly number[], from = -2, to = 2): tf.NDArray => new tf.NDArray(tf.float32, shape, r.floats(shape.reduce((a, b) => a * b, 1), from, to));

/** The nodes of each fused step of a plan. */
export async function regions(fetches: unknown, feeds: readonly tf.Tensor[]): Promise<string[]> {
  const { steps } = (await openSession('wasm')).explain(fetches as tf.Tensor, feeds);
  return steps.filter((s): s is FusedStep => s.kind === 'fused').map((s) => s.nodes.join(' '));
}
/** Values on reference, on wasm, and on wasm without fusion: all the same; every fused step does its nodes in one. */
export async function agree(fetches: readonly tf.Tensor[], feeds: tf.Feeds): Promise<void> {
  const want = (await openSession('reference')).runSync(fetches as tf.Tensor[], feeds);
  for (const options of [{}, APART]) {
    const runMetadata = new tf.RunMetadata(), sess = await openSession('wasm', options);
    expect(sess.runSync(fetches as tf.Tensor[], feeds, { options: new tf.RunOptions({ traceLevel: 3 }), runMetadata })).toEqual(want);
    expect(runMetadata.engineReport?.declined.filter((d) => d.op === 'fused'), 'one by one').toEqual([]);
  }
}
