// Section 7: what real TensorFlow 1.15.5 computed for the two networks, with and without its graph rewriting, beside
// what we compute from the same initial weights and feeds. Data: data/seed_vbn_train_pair.json.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from 'tfgraph';
import { hash01, maxDifference, type Value } from './bits.ts';
import { lossesAgree, relativeDifference, trace } from './compare.ts';
import type { DataFormat } from './data_format.ts';
import { optimizerTitle, small } from './format.ts';
import { lossOf, netDouble, netSingle } from './networks.ts';
import type { Options } from './options.ts';
import { isBiasBeforeNorm, loadVariables, localName, makeSession } from './pair.ts';
import { packageRoot } from './places.ts';
import type { RecordedTrace, RecordsResult } from './results.ts';

interface RecordedArray { readonly shape: readonly number[]; readonly data: string }
interface Recorded { readonly losses: readonly (readonly [number, number])[]; readonly weightGap: Readonly<Record<string, number>> }
interface RecordedOptimizer {
  readonly name: 'adam' | 'momentum';
  readonly weights: readonly (RecordedArray & { readonly name: string })[];
  readonly feeds: readonly { readonly x: RecordedArray; readonly y: RecordedArray }[];
  readonly rewriter: Recorded;
  readonly plain: Recorded;
}
interface Records {
  readonly channels: readonly number[];
  readonly dataFormat: DataFormat;
  readonly learningRate: { readonly adam: number; readonly momentum: number };
  readonly momentum: number;
  readonly optimizers: readonly RecordedOptimizer[];
}

function array(a: RecordedArray): tf.NDArray {
  const bytes = Buffer.from(a.data, 'base64');
  return new tf.NDArray(tf.float32, a.shape, new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)));
}

const PROGRAM_SEED = 19;
/** Progress ticks of this section. */
export const RECORDS_TICKS = 2;

interface Built {
  readonly graph: tf.Graph;
  readonly x: tf.Tensor;
  readonly y: tf.Tensor;
  readonly losses: readonly tf.Tensor[];
  readonly variables: readonly (readonly tf.Variable[])[];
  readonly train: { readonly adam: readonly tf.Operation[]; readonly momentum: readonly tf.Operation[] };
  readonly init: tf.Operation;
}

/** The recorded program, statement by statement. */
function build(r: Records): Built {
  const graph = new tf.Graph();
  return graph.asDefault(() => {
    tf.setRandomSeed(PROGRAM_SEED);
    const x = tf.placeholder(tf.float32, [4, 6, 6, 1], { name: 'x' });
    const y = tf.placeholder(tf.float32, [4, 2], { name: 'y' });
    const images = new tf.NDArray(tf.float32, [4, 6, 6, 1], Float32Array.from(hash01(4 * 6 * 6, 1), (u) => 2 * u - 1));
    const losses: tf.Tensor[] = [];
    const variables: tf.Variable[][] = [];
    const adam: tf.Operation[] = [];
    const momentum: tf.Operation[] = [];
    for (const [name, net] of [['s', netSingle], ['d', netDouble]] as const) {
      const loss = tf.variableScope(name, () => {
        const ref = tf.getVariable('reference_batch', { initializer: images, trainable: false });
        return lossOf(net(ref, x, r, r.dataFormat), y);
      });
      losses.push(loss);
      const varList = tf.trainableVariables().filter((v) => v.name.startsWith(`${name}/`));
      variables.push(varList);
      adam.push(new tf.train.AdamOptimizer(r.learningRate.adam).minimize(loss, { varList }));
      momentum.push(new tf.train.MomentumOptimizer(r.learningRate.momentum, r.momentum).minimize(loss, { varList }));
    }
    return { graph, x, y, losses, variables, train: { adam, momentum }, init: tf.globalVariablesInitializer() };
  });
}

export async function tensorflowRecords(o: Options, tick: () => void): Promise<RecordsResult> {
  const records = JSON.parse(readFileSync(join(packageRoot(), 'examples/vbn/data/seed_vbn_train_pair.json'), 'utf8')) as Records;
  const p = build(records);
  using sess = makeSession(p.graph, o.engine);
  const optimizers: RecordedTrace[] = [];
  for (const r of records.optimizers) {
    await sess.run(p.init);
    for (const vars of p.variables) await loadVariables(sess, vars, r.weights.map(array));
    const losses: [number[], number[]] = [[], []];
    for (const f of r.feeds) {
      const feeds: [tf.Tensor, tf.NDArray][] = [[p.x, array(f.x)], [p.y, array(f.y)]];
      const [s, d] = await sess.run([...p.losses], feeds) as [number, number];
      losses[0].push(s);
      losses[1].push(d);
      await sess.run([...p.train[r.name]], feeds);
    }
    const [a, b] = await sess.run(p.variables.map((v) => [...v])) as [Value[], Value[]];
    const ourGap = Math.max(...p.variables[0]!.map((v, i) => (isBiasBeforeNorm(localName(v, 's')) ? 0 : maxDifference(a[i]!, b[i]!))));
    const recorded = (k: 'rewriter' | 'plain', label: string): RecordedTrace['ours'] =>
      trace(`${label}, ${r.name}`, ['single', 'double'], r[k].losses.map((l) => l[0]), r[k].losses.map((l) => l[1]));
    const plain = recorded('plain', 'TensorFlow 1.15.5 without rewriting');
    optimizers.push({
      optimizer: r.name, plain, rewriter: recorded('rewriter', 'TensorFlow 1.15.5 as installed'), ours: trace(`tfgraph, ${r.name}`, ['single', 'double'], ...losses),
      weightGaps: { rewriter: gapOf(r.rewriter), plain: gapOf(r.plain), ours: ourGap },
      fromPlain: Math.max(...losses.flatMap((l, m) => l.map((v, s) => relativeDifference(v, plain.losses[m]![s]!)))),
    });
    tick();
  }
  return {
    optimizers,
    checks: optimizers.flatMap((t) => [
      {
        claim: `TensorFlow's record, ${optimizerTitle(t.optimizer)}: our losses follow it (rewriting off)`, ok: [0, 1].every((m) => lossesAgree([t.ours.losses[m]!, t.plain.losses[m]!])),
        evidence: `${2 * t.ours.losses[0].length} losses, largest relative difference ${small(t.fromPlain)}`,
      },
      {
        claim: `TensorFlow's record, ${optimizerTitle(t.optimizer)}: our two models stay together`, ok: lossesAgree(t.ours.losses),
        evidence: `losses of the two, relative: ours ${small(t.ours.worst)} apart; TensorFlow as installed ${small(t.rewriter.worst)}, without rewriting ${small(t.plain.worst)}`,
      },
    ]),
  };
}

/** Largest gap but for the biases in front of a normaliser. */
function gapOf(r: Recorded): number {
  return Math.max(...Object.entries(r.weightGap).filter(([name]) => !isBiasBeforeNorm(name)).map(([, gap]) => gap));
}
