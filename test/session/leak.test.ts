// P5: nothing leaks, whatever happens to a run: 1,000 runs on every engine, failing ones among them, leave the number
// of tensors and bytes where the second round left it; closing gives everything back.
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tfjs from '@tensorflow/tfjs-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { op1 } from '../../src/ops/op_def_library.ts';
import { ENGINES, openSession, plain } from '../support/engines.ts';

// The library counts only while one of its backends is the active one; the engines do not need that.
beforeAll(() => tfjs.setBackend('cpu'));
beforeEach(() => { tf.resetDefaultGraph(); });

const f32 = (shape: readonly number[], from = 0): tf.NDArray => new tf.NDArray(tf.float32, shape, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => from + i / 8));

/** Everything that counts: ours, the engine's, and what the library behind it says itself. */
function count(sess: tf.Session): object {
  const backend = sess.engine.startsWith('tfjs:') ? tfjs.findBackend(sess.engine.slice(5)) : undefined;
  const { numTensors, numDataBuffers, numBytes } = tfjs.memory();
  return { ours: sess.memory(), device: sess.deviceMemory(), dataIds: backend?.numDataIds() ?? 0, numTensors, numDataBuffers, numBytes };
}

/** A training program with data movement (which runs on devices), reads, several writes, and ways to fail. */
function program() {
  const x = tf.placeholder(tf.float32, [null, 6], { name: 'x' });
  const to = tf.placeholder(tf.int32, [2], { name: 'to' });
  const w = new tf.Variable(f32([6, 4]), { name: 'w' });
  const n = new tf.Variable(tf.cast(0, tf.int64), { name: 'n', trainable: false });
  const never = new tf.Variable(f32([2]), { name: 'never', trainable: false });
  const moved = tf.reverse(tf.pad(x, [[0, 0], [1, 1]]), [1]);
  const y = tf.tanh(tf.matmul(moved.at([null, null], [1, 7]), w), { name: 'y' });
  const loss = tf.reduceMean(tf.square(y));
  const train = new tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss);
  const bump = tf.assignAdd(n, tf.cast(1, tf.int64), { name: 'bump' });
  // Fails in the middle: writes above it, device values alive around it.
  const reshaped = tf.reshape(moved, to, { name: 'reshaped' });
  const late = tf.controlDependencies([train, bump], () => tf.add(tf.reduceSum(reshaped), tf.reduceSum(w.readValue())));
  const checked = tf.checkNumerics(tf.reverse(x, [0]), 'bad');
  const unset = never.add(1.);
  const init = tf.variablesInitializer(tf.globalVariables().filter((v) => v !== never));
  return { x, to, w, n, never, moved, y, loss, train, bump, late, checked, unset, init };
}

type P = ReturnType<typeof program>;
/** Kinds of runs: fetches, feeds, and the error if there is one. */
const KINDS: Readonly<Record<string, readonly [(p: P) => unknown, (p: P) => unknown, RegExp?]>> = {
  'a training step': [(p) => [p.loss, p.train, p.bump], (p) => [[p.x, f32([3, 6])]]],
  'another batch size': [(p) => [p.loss, p.y, p.moved], (p) => [[p.x, f32([2, 6])]]],
  'variables and constants': [(p) => [p.w, p.n, p.w.value()], () => null],
  'a feed nobody needs': [(p) => p.n, (p) => [[p.x, f32([3, 6])]]],
  'all of it': [(p) => [p.late, p.y, p.bump], (p) => [[p.x, f32([3, 6])], [p.to, [6, 4]]]],
  'a kernel that fails in the middle': [(p) => [p.loss, p.train, p.moved, p.late], (p) => [[p.x, f32([3, 6])], [p.to, [5, 5]]], /requested shape has 25/],
  'a value that fails a check': [(p) => [p.bump, p.checked, p.moved], (p) => [[p.x, f32([1, 6], NaN)]], /bad : Tensor had NaN/],
  'an uninitialized variable': [(p) => [p.moved, p.bump, p.unset, p.train], (p) => [[p.x, f32([3, 6])]], /uninitialized value never/],
  'a placeholder without a value': [(p) => [p.moved, p.bump, p.late], (p) => [[p.x, f32([3, 6])]], /must feed a value for placeholder tensor 'to'/],
  'a feed of the wrong shape': [(p) => [p.loss, p.train], (p) => [[p.x, f32([3, 5])]], /Cannot feed value of shape \(3, 5\)/],
  'a fetch that is not there': [() => 'nowhere:0', () => null, /does not exist/],
};

describe.each(ENGINES)('on %s', (engine) => {
  const run = (sess: tf.Session, p: P, kind: string): unknown => sess.runSync(KINDS[kind]![0](p) as tf.Tensor, KINDS[kind]![1](p) as never);

  test('1,000 runs, failing ones among them, leave memory as it was; closing frees all of it', async () => {
    const p = program();
    const kinds = Object.keys(KINDS);
    const empty = await openSession(engine).then(count);
    const sess = await openSession(engine);
    sess.runSync(p.init);
    const round = (): void => {
      for (const kind of kinds) {
        const error = KINDS[kind]![2];
        if (error) expect(() => run(sess, p, kind), kind).toThrow(error);
        else run(sess, p, kind);
      }
    };
    round();
    round();
    const before = count(sess);
    for (let i = 0; i < 1000; i += kinds.length) {
      round();
      expect(count(sess), `after ${i} runs`).toEqual(before);
    }
    expect(sess.memory().tensors).toBeGreaterThan(0);
    sess.close();
    expect(sess.memory()).toEqual({ tensors: 0, bytes: 0 });
    expect(count(sess)).toEqual(empty);
  });

  test.each(Object.keys(KINDS).filter((k) => KINDS[k]![2]))('%s: the failed run leaves every variable as it was, bit for bit', async (kind) => {
    const p = program();
    const sess = await openSession(engine);
    sess.runSync(p.init);
    run(sess, p, 'a training step');
    const variables = tf.globalVariables().filter((v) => v !== p.never);
    const bits = (): unknown => variables.map((v) => { const a = sess.runSync(v); return a instanceof tf.NDArray ? Buffer.from((a.data as Float32Array).slice().buffer).toString('hex') : a; });
    const before = bits();
    expect(() => run(sess, p, kind)).toThrow(KINDS[kind]![2]);
    expect(bits()).toEqual(before);
    run(sess, p, 'a training step');
    expect(bits()).not.toEqual(before);
  });

  test('a failed run names the node, the line that made it and the fetches', async () => {
    const p = program();
    const sess = await openSession(engine);
    sess.runSync(p.init);
    let error: unknown;
    try { run(sess, p, 'a kernel that fails in the middle'); } catch (e) { error = e; }
    expect(error).toBeInstanceOf(tf.errors.InvalidArgumentError);
    const { detail, message } = error as tf.errors.InvalidArgumentError;
    expect(detail).toMatchObject({ node: 'reshaped', op: 'Reshape', fetches: [p.loss.name, p.train.name, p.moved.name, p.late.name] });
    expect(detail.site).toMatch(/leak\.test\.ts:\d+:\d+$/);
    expect(message).toContain(`\n\nnode: reshaped (op: Reshape)\ncreated at: ${detail.site}\nfetches: ${detail.fetches!.join(', ')}`);
  });

  test('a fetch that is not taken fails the run and gives back what was fetched before it', async () => {
    const x = tf.placeholder(tf.float32, [4]);
    const on = tf.placeholder(tf.bool, []);
    const moved = tf.reverse(x, [0]);
    const off = op1('Switch', [moved, on]);
    const sess = await openSession(engine);
    const fetch = (taken: boolean): unknown => sess.runSync([moved, off], [[x, f32([4])], [on, !taken]]);
    const values = [3 / 8, 2 / 8, 1 / 8, 0];
    expect(plain(fetch(true))).toEqual([values, values]);
    const before = count(sess);
    for (let i = 0; i < 3; i++) expect(() => fetch(false)).toThrow(/^Retval\[1\] does not have value/);
    expect(count(sess)).toEqual(before);
  });

  test('a failed run does not move a random stream', async () => {
    const noise = tf.randomUniform([4], { seed: 7 });
    const to = tf.placeholder(tf.int32, [1]);
    const failing = tf.reshape(noise, to);
    const [a, b] = [await openSession(engine), await openSession(engine)];
    const first = plain(a.runSync(noise));
    expect(plain(b.runSync(noise))).toEqual(first);
    expect(() => b.runSync([noise, failing], [[to, [3]]])).toThrow('requested shape has 3');
    const second = plain(a.runSync(noise));
    expect(second).not.toEqual(first);
    expect(plain(b.runSync([noise, failing], [[to, [4]]]))).toEqual([second, second]);
  });

  test('plans of many shapes, and edits of the graph, do not pile up', async () => {
    const x = tf.placeholder(tf.float32, [null, 3]);
    const y = tf.reverse(tf.pad(x, [[0, 1], [0, 0]]), [0]).add(f32([3]));
    const fetches = [y, tf.less(x, f32([3]))]; // the second needs a constant on the device
    const sess = await openSession(engine);
    const sizes = (): void => { for (let n = 1; n <= 30; n++) sess.runSync(fetches, [[x, f32([n, 3])]]); };
    sizes();
    const before = count(sess);
    for (let i = 0; i < 5; i++) sizes();
    expect(count(sess)).toEqual(before);
    for (let i = 0; i < 100; i++) {
      y.op._setAttr('_edit', { kind: 'i', value: i });
      sess.runSync(fetches, [[x, f32([2, 3])]]);
    }
    const once = count(sess);
    y.op._setAttr('_edit', { kind: 'i', value: 100 });
    sess.runSync(fetches, [[x, f32([2, 3])]]);
    expect(count(sess)).toEqual(once);
  });

  test('variables and constants share no memory with the arrays of the caller, in either direction', async () => {
    const fed = f32([2, 3]);
    const x = tf.placeholder(tf.float32, [2, 3]);
    const v = new tf.Variable(f32([2, 3]), { name: 'v' });
    const set = tf.assign(v, tf.reshape(tf.identity(x), [2, 3]));
    const c = tf.constant(f32([2, 3]));
    const sess = await openSession(engine);
    sess.runSync(set.op, [[x, fed]]);
    const want = plain(f32([2, 3]));
    (fed.data as Float32Array).fill(99);
    expect(plain(sess.runSync(v))).toEqual(want);
    for (const t of [v, v.value(), set, c]) {
      const result = sess.runSync(t, [[x, f32([2, 3])]]) as tf.NDArray;
      (result.data as Float32Array).fill(98);
      expect(plain(sess.runSync([v, c]))).toEqual([want, want]);
    }
    const input = f32([2, 3]);
    const passed = sess.runSync(tf.identity(x), [[x, input]]) as tf.NDArray;
    (input.data as Float32Array).fill(97);
    expect(plain(passed)).toEqual(want);
  });

  test('writes of one variable into another keep both', async () => {
    const a = new tf.Variable(f32([3]), { name: 'a' });
    const b = new tf.Variable(f32([3], 5), { name: 'b' });
    const swap = tf.group(tf.assign(a, b), tf.assign(b, a));
    const sess = await openSession(engine);
    sess.runSync(tf.globalVariablesInitializer());
    for (let i = 0; i < 3; i++) {
      sess.runSync(swap);
      expect(plain(sess.runSync([a, b]))).toEqual([f32([3], i % 2 === 0 ? 5 : 0), f32([3], i % 2 === 0 ? 0 : 5)].map(plain));
    }
    const before = count(sess);
    for (let i = 0; i < 10; i++) sess.runSync(swap);
    expect(count(sess)).toEqual(before);
  });
});
