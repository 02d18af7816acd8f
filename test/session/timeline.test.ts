// The timeline of step stats, event for event what TensorFlow's own Timeline writes; and the stats of a traced run.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { dtypeFromName } from '../../src/graph/dtype.ts';

interface FixtureNode { name: string; start: number; duration: number; label: string; output: { slot: number; dtype: string; shape: number[]; bytes: number; allocator: string }[] }
interface Fixture {
  stats: { device: string; nodes: FixtureNode[] }[];
  plain: unknown; memory: unknown; quiet: unknown; head: string;
  maximums: Record<string, { timestamp: number; num_bytes: number; tensors: string[] }>;
}
const fixture = JSON.parse(readFileSync(new URL('timeline.fixture.json', import.meta.url), 'utf8')) as Fixture;
const stats: tf.StepStats = {
  devStats: fixture.stats.map(({ device, nodes }) => ({
    device,
    nodeStats: nodes.map((n) => ({
      nodeName: n.name, allStartMicros: n.start, opStartRelMicros: 0, opEndRelMicros: n.duration, allEndRelMicros: n.duration, memory: [], timelineLabel: n.label, scheduledMicros: 0, threadId: 0,
      output: n.output.map((o) => ({ slot: o.slot, tensorDescription: { dtype: dtypeFromName(o.dtype)!, shape: new tf.TensorShape(o.shape), allocationDescription: { requestedBytes: o.bytes, allocatorName: o.allocator } } })),
    })),
  })),
};

describe('Timeline', () => {
  test.each([['plain', {}], ['memory', { showMemory: true }], ['quiet', { showDataflow: false }]] as const)('%s', (key, options) => {
    expect(JSON.parse(new tf.Timeline(stats).generateChromeTraceFormat(options))).toEqual(fixture[key]);
  });
  test('is printed as TensorFlow prints it', () => {
    expect(new tf.Timeline(stats).generateChromeTraceFormat().startsWith(fixture.head)).toBe(true);
  });
  test('knows the most each allocator held', () => {
    const { allocatorMaximums } = new tf.Timeline(stats).analyzeStepStats();
    expect(Object.fromEntries([...allocatorMaximums].map(([k, v]) => [k, { timestamp: v.timestamp, num_bytes: v.numBytes, tensors: [...v.tensors].sort() }]))).toEqual(fixture.maximums);
  });
});

/** r2 = (a + b) * c, as in TensorFlow's own trace of it. */
function traced(options: tf.RunOptions | null, engine = 'reference'): tf.RunMetadata {
  const graph = new tf.Graph();
  return graph.asDefault(() => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => tf.placeholder(tf.float32, [], { name })) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const r2 = tf.multiply(tf.add(a, b, { name: 'r1' }), c, { name: 'r2' });
    using sess = new tf.Session({ engine });
    const m = new tf.RunMetadata();
    expect(sess.runSync(r2, [[a, 1], [b, 2], [c, 3]], options, m)).toBe(9);
    return m;
  });
}

describe('RunMetadata (case 45)', () => {
  test('FULL_TRACE gives one entry per step, named and labelled as in TensorFlow', () => {
    const m = traced(new tf.RunOptions({ traceLevel: tf.RunOptions.FULL_TRACE }));
    expect(m.stepStats.devStats.map((d) => d.device)).toEqual(['/job:localhost/replica:0/task:0/device:CPU:0']);
    const nodes = m.stepStats.devStats[0]!.nodeStats;
    expect(nodes.map((n) => n.timelineLabel)).toEqual([
      '_arg_a_0_0 = _Arg()', '_arg_b_0_1 = _Arg()', '_arg_c_0_2 = _Arg()', 'r1 = Add(_arg_a_0_0, _arg_b_0_1)', 'r2 = Mul(r1, _arg_c_0_2)', '_retval_r2_0_0 = _Retval(r2)',
    ]);
    expect(nodes.find((n) => n.nodeName === 'r1')).toMatchObject({
      memory: [{ allocatorName: 'cpu', totalBytes: 4 }],
      output: [{ slot: 0, tensorDescription: { dtype: tf.float32, allocationDescription: { requestedBytes: 4, allocatorName: 'cpu' } } }],
    });
    for (const n of nodes) expect(n.allStartMicros).toBeGreaterThan(1.6e15);
    expect(m.partitionGraphs).toEqual([]);
    const trace = JSON.parse(new tf.Timeline(m.stepStats).generateChromeTraceFormat()) as { traceEvents: { ph: string; args: { name: string } }[] };
    expect(trace.traceEvents.filter((e) => e.ph === 'X').map((e) => e.args.name)).toEqual(nodes.map((n) => n.nodeName));
  });
  test('outputPartitionGraphs gives what was executed', () => {
    const m = traced(new tf.RunOptions({ outputPartitionGraphs: true }));
    expect(m.stepStats.devStats).toEqual([]);
    expect(m.partitionGraphs.map((g) => g.node.map((n) => `${n.name} = ${n.op}(${n.input.join(', ')})`))).toEqual([[
      '_arg_a_0_0 = _Arg()', '_arg_b_0_1 = _Arg()', '_arg_c_0_2 = _Arg()', 'r1 = Add(_arg_a_0_0, _arg_b_0_1)', 'r2 = Mul(r1, _arg_c_0_2)', '_retval_r2_0_0 = _Retval(r2)',
    ]]);
  });
  test('without tracing it is emptied', () => { expect(traced(null)).toEqual(new tf.RunMetadata()); });
  test('a run that computes nothing empties it too', () => {
    const m = traced(new tf.RunOptions({ traceLevel: 3 }));
    const graph = new tf.Graph();
    const x = graph.asDefault(() => tf.placeholder(tf.float32, []));
    using sess = new tf.Session({ graph });
    expect(sess.runSync(x, [[x, 2]], { runMetadata: m })).toBe(2);
    expect(m.stepStats.devStats).toEqual([]);
  });
  test.each(['wasm', 'tfjs:cpu'])('steps on %s are listed under its device', async (engine) => {
    const graph = new tf.Graph();
    const [x, y] = graph.asDefault(() => { const p = tf.placeholder(tf.float32, [2]); return [p, tf.multiply(p, p, { name: 'sq' })]; });
    using sess = new tf.Session({ graph, engine });
    const runMetadata = new tf.RunMetadata();
    await sess.run(y!, [[x!, [1, 2]]], { options: new tf.RunOptions({ traceLevel: 3 }), runMetadata });
    const devices = runMetadata.stepStats.devStats;
    expect(devices.map((d) => d.device.replace(/.*device:/, ''))).toContain(engine);
    expect(devices.flatMap((d) => d.nodeStats).find((n) => n.nodeName === 'sq')!.output[0]!.tensorDescription.allocationDescription).toEqual({ requestedBytes: 8, allocatorName: engine });
  });
});
