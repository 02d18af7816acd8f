// The memory of a run: values that live at the same time never share bytes, those of random programs included; what may
// outlive a run is nowhere in it; and runs that take turns with one area do not see each other.
import { describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { planArena } from '../../../src/session/compile/arena.ts';
import { sizesOf } from '../../../src/session/compile/memory.ts';
import { type Plan, type Slot, writes } from '../../../src/session/plan.ts';
import { bitsOf } from '../../support/compile.ts';
import { openSession } from '../../support/engines.ts';
import { randomGraph } from '../../support/random_graph.ts';
import { randomProgram } from '../../support/random_program.ts';

type Placed = NonNullable<Plan['layout']>;

/** Two slots that are alive together and overlap, though neither stands for the other. Lives are taken from the plan's own frees and takes. */
function clash({ slots, steps }: Plan, { bytes, at }: Placed): string | undefined {
  const alive = new Set<Slot>();
  const size = (s: Slot): number => slots[s]!.shape.numElements! * slots[s]!.dtype.size;
  for (const step of steps) {
    if (step.kind === 'free') { for (const s of step.slots) alive.delete(s); continue; }
    for (const s of writes(step)) {
      const p = at[s];
      if (!p) continue;
      if (p.offset < 0 || p.offset + size(s) > bytes) return `%${s} lies outside`;
      for (const o of alive) {
        const q = at[o]!;
        if (q.with !== p.with && p.offset < q.offset + size(o) && q.offset < p.offset + size(s)) return `%${s} lies on %${o}`;
      }
      alive.add(s);
    }
    if (step.kind === 'fused') for (const t of step.takes) alive.delete(step.inputs[t.input]!);
  }
  return undefined;
}

/** Plans of random graphs on `wasm`. */
function* plans(): Generator<Plan> {
  for (let seed = 1; seed <= 40; seed++) {
    const g = randomGraph(seed);
    using sess = new tf.Session({ graph: g.graph, engine: 'wasm', onWarning: () => undefined });
    yield sess.explain(g.fetchable as tf.Tensor[], g.feeds as never);
    const p = randomProgram(seed);
    using other = new tf.Session({ graph: p.graph, engine: 'wasm', onWarning: () => undefined });
    yield other.explain([...p.fetchable, ...p.targets] as tf.Tensor[], p.feeds);
  }
}

test('values alive together lie apart; the area is hardly larger than what is alive at once', () => {
  let placed = 0, area = 0, peak = 0;
  for (const plan of plans()) {
    if (!plan.layout) continue;
    expect(clash(plan, plan.layout)).toBeUndefined();
    placed += plan.layout.at.filter((p) => p).length;
    if (plan.peakBytes !== null) { area += planArena(plan.slots, sizesOf(plan.slots), plan.steps, 0)!.bytes; peak += plan.peakBytes + 64 * plan.slots.length; }
  }
  expect(placed).toBeGreaterThan(1000);
  expect(area).toBeLessThan(peak);
});
test('the search finds a value that was put on another', () => {
  let found = 0;
  for (const plan of plans()) {
    if (plan.layout && clash(plan, { ...plan.layout, at: plan.layout.at.map((p) => p && { ...p, offset: 0 }) })) found++;
  }
  expect(found).toBeGreaterThan(20);
});
test('many small values: those beyond the largest follow in order of time', () => {
  const graph = new tf.Graph();
  const y = graph.asDefault(() => {
    let h: tf.Tensor = tf.placeholder(tf.float32, [3, 5]);
    for (let i = 0; i < 700; i++) h = i % 2 === 0 ? tf.transpose(h) : tf.reverse(h, [1]);
    return h;
  });
  using sess = new tf.Session({ graph, engine: 'wasm' });
  const plan = sess.explain(y, [graph.getTensorByName('Placeholder:0')]);
  expect(plan.layout!.at.filter((p) => p).length).toBeGreaterThan(512);
  expect(clash(plan, plan.layout!)).toBeUndefined();
  expect(plan.layout!.bytes).toBeLessThanOrEqual(4 * 128);
});

describe('runs', () => {
  const image = (n: number, from: number): tf.NDArray => new tf.NDArray(tf.float32, [n, 6], Float32Array.from({ length: 6 * n }, (_, i) => Math.sin(from + i)));
  function program() {
    const graph = new tf.Graph();
    return graph.asDefault(() => {
      const x = tf.placeholder(tf.float32, [null, 6]), v = new tf.Variable(image(4, 1), { validateShape: false, name: 'v' });
      const w = new tf.Variable(image(6, 9), { name: 'w' });
      const flat = tf.reshape(tf.tanh(x), [-1]), h = tf.matmul(tf.tanh(x), w);
      const keep = tf.assign(v, tf.reshape(h, [-1, 3]), { validateShape: false, name: 'keep' });
      const to = tf.placeholder(tf.int32, [2]);
      return { graph, x, v, w, to, bad: tf.reshape(tf.matmul(tf.tanh(x), w), to), flat, back: tf.reshape(flat, [-1, 3]), h, keep, loss: tf.reduceSum(h), init: tf.globalVariablesInitializer(), bump: tf.assignAdd(w, tf.ones([6, 6])) };
    });
  }

  test('a value under another shape outlives neither its run nor the next', async () => {
    const p = program();
    const run = async (engine: string): Promise<unknown[]> => {
      using sess = await openSession(engine, { graph: p.graph });
      sess.runSync(p.init);
      const out: unknown[] = [];
      for (let i = 0; i < 12; i++) {
        const x = image(1 + i % 3, i);
        out.push(sess.runSync([p.back, p.h, p.flat], [[p.x, x]]), sess.runSync([p.keep, p.loss], [[p.x, x]]), sess.runSync(p.v), sess.runSync([p.bump, p.back], [[p.x, image(5, i)]]), sess.runSync([p.v, p.w]));
      }
      return out;
    };
    expect(bitsOf(await run('wasm'))).toEqual(bitsOf(await run('reference')));
  });
  test('memory is flat over 10,000 runs, failing ones among them, and given back at the end', async () => {
    const p = program(), m = new tf.RunMetadata(), options = new tf.RunOptions({ traceLevel: 3 });
    using sess = await openSession('wasm', { graph: p.graph });
    sess.runSync(p.init);
    const round = (i: number): object => {
      sess.runSync([p.loss, p.keep], [[p.x, image(4, i)]]);
      expect(() => sess.runSync([p.bad, p.keep], [[p.x, image(4, i)], [p.to, new tf.NDArray(tf.int32, [2], Int32Array.of(5, 5))]])).toThrow(/requested shape has 25/);
      return { ours: sess.memory(), device: sess.deviceMemory() };
    };
    const peak = (): number => { sess.runSync(p.loss, [[p.x, image(4, 0)]], { options, runMetadata: m }); return m.engineReport!.peakBytes; };
    round(0);
    peak(); // scratch memory is one piece from the run after on
    const bytes = peak(), early = round(1);
    for (let i = 2; i < 5000; i++) round(i);
    expect(round(0)).toEqual(early);
    expect(peak()).toBe(bytes);
    sess.close();
    expect(sess.deviceMemory()).toEqual({ tensors: 0, bytes: 0 });
  });
  test('without memory for the area the values go where there is room', async () => {
    const graph = new tf.Graph();
    const { x, y } = graph.asDefault(() => {
      const a = tf.placeholder(tf.float32, [1 << 14]);
      return { x: a, y: tf.reduceSum(tf.reverse(a, [0])) };
    });
    using sess = await openSession('wasm', { graph, memoryLimitBytes: 3 * 65536 });
    const plan = sess.explain(y, [x]);
    expect(plan.layout!.bytes).toBeGreaterThan(2 * 65536);
    expect(sess.runSync(y, [[x, new tf.NDArray(tf.float32, [1 << 14], new Float32Array(1 << 14).fill(0.5))]])).toBe(8192);
  });
});
