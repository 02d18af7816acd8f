// What the library's own comparison, `tf.test.equivalence`, says to the question: one call, one report.
import * as tf from 'tfgraph';
import { type Digits, SIZE } from './data.ts';
import { type DataFormat, imageShape } from './data_format.ts';
import type { EntryProgram } from './entry.ts';
import { lossOf, type Network } from './networks.ts';
import type { Options } from './options.ts';
import { NETWORK } from './pair.ts';
import type { Check, ToolReport } from './results.ts';

type Program = Parameters<typeof tf.test.equivalence>[0];
type Comparison = Parameters<typeof tf.test.equivalence>[2];

/** Two programs, each alone in a graph, as their authors have them. */
async function report(a: Program, b: Program, options: Comparison): Promise<ToolReport> {
  const r = await tf.test.equivalence(a, b, options);
  // Structure differs, of course; what counts here is what was computed.
  return { same: r.same, verdict: r.verdict.replace(/; first difference: .*/, '') };
}

export function compareEntry(one: (f: DataFormat) => EntryProgram, two: (f: DataFormat) => EntryProgram, o: Options): Promise<ToolReport> {
  const program = (build: (f: DataFormat) => EntryProgram): Program => {
    const graph = new tf.Graph();
    return graph.asDefault(() => {
      tf.setRandomSeed(o.seed);
      const { inputs1, inputs2, outputs } = build(o.layout);
      return { graph, inputs: [inputs1, inputs2], outputs: [outputs], loss: tf.reduceMean(tf.square(outputs)) };
    });
  };
  return report(program(one), program(two), { engine: o.engine });
}

/** With copied weights, and with the initial weights each program has of its own from the same graph seed. */
export async function compareNetworks(single: Network, double: Network, digits: Digits, o: Options): Promise<{ copied: ToolReport; own: ToolReport }> {
  const program = (net: Network): Program => {
    const graph = new tf.Graph();
    return graph.asDefault(() => {
      tf.setRandomSeed(o.seed);
      const x = tf.placeholder(tf.float32, imageShape(o.batch, SIZE, o.layout), { name: 'x' });
      const y = tf.placeholder(tf.float32, [o.batch, 2], { name: 'y' });
      const logits = net(tf.getVariable('reference_batch', { initializer: digits.reference, trainable: false }), x, NETWORK, o.layout);
      return { graph, inputs: [x, y], outputs: [logits], loss: lossOf(logits, y) };
    });
  };
  const feeds = Array.from({ length: 3 }, (_, i) => { const b = digits.batches(i); return [b.images, b.labels]; });
  return {
    copied: await report(program(single), program(double), { engine: o.engine, feeds }),
    own: await report(program(single), program(double), { engine: o.engine, feeds, weights: 'own', gradients: false }),
  };
}

export const toolCheck = (claim: string, r: ToolReport, same = true): Check => ({ claim, ok: r.same === same, evidence: r.verdict });
