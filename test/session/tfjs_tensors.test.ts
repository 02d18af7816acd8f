// P5 for tensors of TensorFlow.js that go into and come out of a run without a copy: who owns them, who disposes them.
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tfjs from '@tensorflow/tfjs-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { openSession, plain } from '../support/engines.ts';

beforeAll(async () => {
  await tfjs.setBackend('wasm');
  await tfjs.setBackend('cpu');
});
beforeEach(() => { tf.resetDefaultGraph(); });

const VALUES = [[1, 2, 3], [4, 5, 6]];
const REVERSED = [[4, 5, 6], [1, 2, 3]];

describe.each(['tfjs:cpu', 'tfjs:wasm'])('on %s', (engine) => {
  const backend = (): tfjs.KernelBackend => tfjs.findBackend(engine.slice(5));
  const dataIds = (): number => backend().numDataIds();
  /** A tracked tensor whose data lies on the engine's device. */
  const tensorOf = (values: number[], shape: number[] = [2, 3], dtype: 'float32' | 'int32' = 'float32'): tfjs.Tensor =>
    tfjs.engine().makeTensor(dtype === 'float32' ? Float32Array.from(values) : Int32Array.from(values), shape, dtype, backend());
  const graph = () => {
    const x = tf.placeholder(tf.float32, [2, 3], { name: 'x' });
    return { x, y: tf.reverse(x, [0]), v: new tf.Variable(new tf.NDArray(tf.float32, [2, 3], new Float32Array(6)), { name: 'v' }) };
  };

  test('a fed tensor is read where it lies, stays the caller\'s, and may be disposed after the run', async () => {
    const { x, y } = graph();
    const sess = await openSession(engine);
    const start = dataIds();
    const t = tensorOf(VALUES.flat());
    sess.runSync(y, [[x, t]]);
    const loaded = dataIds();
    for (let i = 0; i < 5; i++) expect(plain(sess.runSync(y, [[x, t]]))).toEqual(REVERSED);
    expect([dataIds(), t.isDisposed]).toEqual([loaded, false]);
    expect(Array.from(t.dataSync())).toEqual(VALUES.flat());
    t.dispose();
    sess.close();
    expect(dataIds()).toBe(start);
  });

  test('a fed tensor nobody needs, and one fed to a run that fails, are given back', async () => {
    const { x, y, v } = graph();
    const other = tf.placeholder(tf.float32, [2, 3], { name: 'other' });
    const shape = tf.placeholder(tf.int32, [1]);
    const failing = tf.reshape(y, shape);
    const sess = await openSession(engine);
    const [t, gone] = [tensorOf(VALUES.flat()), tensorOf(VALUES.flat())];
    gone.dispose();
    sess.runSync(v.initializer);
    sess.runSync(y, [[x, t]]);
    const [ids, device] = [dataIds(), sess.deviceMemory()];
    sess.runSync(y, [[x, t], [other, t]]);
    expect(() => sess.runSync([failing, v], [[x, t], [shape, [5]]])).toThrow('requested shape has 5');
    expect(() => sess.runSync(y.add(other), [[x, t], [other, gone]])).toThrow(new tf.errors.ValueError("The TensorFlow.js tensor fed for Tensor 'other:0' is disposed.", { node: 'other', op: 'Placeholder' }));
    expect([dataIds(), sess.deviceMemory()]).toEqual([ids, device]);
    t.dispose();
    expect(dataIds()).toBe(ids - 1);
  });

  test('results with asTfjs are the caller\'s: the run keeps nothing, disposing them frees them', async () => {
    const { x, y } = graph();
    const sess = await openSession(engine);
    const t = tensorOf(VALUES.flat());
    (sess.runSync(y, [[x, t]], { asTfjs: true }) as unknown as tfjs.Tensor).dispose();
    const [ids, device, tracked] = [dataIds(), sess.deviceMemory(), tfjs.memory().numTensors];
    const [out, again, nested] = sess.runSync([y, y, { deep: [y.neg()] }], [[x, t]], { asTfjs: true }) as unknown as [tfjs.Tensor, tfjs.Tensor, { deep: [tfjs.Tensor] }];
    expect(out.arraySync()).toEqual(REVERSED);
    expect(again).toBe(out); // one fetch, one tensor
    expect(nested.deep[0].arraySync()).toEqual(REVERSED.map((r) => r.map((a) => -a)));
    expect(sess.deviceMemory()).toEqual(device);
    expect(tfjs.memory().numTensors).toBe(tracked + 2);
    tfjs.dispose([out, nested.deep[0]]);
    expect([dataIds(), tfjs.memory().numTensors]).toEqual([ids, tracked]);
    t.dispose();
  });

  test('a result outlives its session; a variable and a constant outlive the results made of them', async () => {
    const { v } = graph();
    const c = tf.constant(new tf.NDArray(tf.float32, [3], Float32Array.of(7, 8, 9)));
    const sess = await openSession(engine);
    sess.runSync(tf.globalVariablesInitializer());
    const [a, b] = sess.runSync([v, c], null, { asTfjs: true }) as unknown as [tfjs.Tensor, tfjs.Tensor];
    a.dispose();
    b.dispose();
    expect(plain(sess.runSync([v, c]))).toEqual([[[0, 0, 0], [0, 0, 0]], [7, 8, 9]]);
    const [kept] = sess.runSync([v, c], null, { asTfjs: true }) as unknown as [tfjs.Tensor, tfjs.Tensor];
    sess.close();
    expect(kept.arraySync()).toEqual([[0, 0, 0], [0, 0, 0]]);
    kept.dispose();
  });

  test('a fed tensor that becomes a variable is the variable\'s own', async () => {
    const { x, v } = graph();
    const set = tf.assign(v, x);
    const sess = await openSession(engine);
    const t = tensorOf(VALUES.flat());
    sess.runSync(set.op, [[x, t]]);
    t.dispose();
    expect(plain(sess.runSync(v))).toEqual(VALUES);
    const host = new tf.NDArray(tf.float32, [2, 3], Float32Array.from(VALUES.flat()));
    const out = sess.runSync(tf.identity(x), [[x, host]], { asTfjs: true }) as unknown as tfjs.Tensor;
    (host.data as Float32Array).fill(0);
    expect(out.arraySync()).toEqual(VALUES);
    out.dispose();
  });

  test('a fetched feed comes back as a tensor of its own', async () => {
    const { x, y } = graph();
    const sess = await openSession(engine);
    const t = tensorOf(VALUES.flat());
    for (const fetches of [[x], [x, y]]) {
      const ids = dataIds();
      const [out, ...rest] = sess.runSync(fetches, [[x, t]], { asTfjs: true }) as unknown as tfjs.Tensor[];
      expect(out).not.toBe(t);
      tfjs.dispose([out!, ...rest]);
      expect(dataIds()).toBe(ids);
      expect(t.arraySync()).toEqual(VALUES);
    }
    const fromHost = sess.runSync(x, [[x, VALUES]], { asTfjs: true }) as unknown as tfjs.Tensor;
    expect(fromHost.arraySync()).toEqual(VALUES);
    tfjs.dispose([t, fromHost]);
  });

  test('tensors of another backend, of another dtype, strings and complex numbers are copied in', async () => {
    const { x, y } = graph();
    const s = tf.placeholder(tf.string, [2]);
    const z = tf.placeholder(tf.complex64, [2]);
    const sess = await openSession(engine);
    const elsewhere = tfjs.engine().makeTensor(Float32Array.from(VALUES.flat()), [2, 3], 'float32', tfjs.findBackend(engine === 'tfjs:cpu' ? 'wasm' : 'cpu'));
    expect(plain(sess.runSync(y, [[x, elsewhere]]))).toEqual(REVERSED);
    expect(plain(sess.runSync(y, [[x, tensorOf(VALUES.flat(), [2, 3], 'int32')]]))).toEqual(REVERSED);
    expect(plain(sess.runSync(tf.identity(s), [[s, tfjs.tensor(['a', 'ü'])]]))).toEqual(['a', 'ü']);
    expect(plain(sess.runSync(tf.identity(z), [[z, tfjs.complex([1, 2], [3, 4])]]))).toEqual([[1, 3], [2, 4]]);
    expect(sess.deviceMemory().tensors).toBe(0);
  });

  test('what TensorFlow.js cannot hold is refused before anything runs', async () => {
    const { v } = graph();
    const n = tf.cast(v, tf.int64);
    const sess = await openSession(engine);
    const write = tf.assignAdd(v, v.value());
    sess.runSync(tf.globalVariablesInitializer());
    const ids = dataIds();
    expect(() => sess.runSync([write, n], null, { asTfjs: true })).toThrow("asTfjs: TensorFlow.js holds no int64, the dtype of 'Cast:0'.");
    expect(dataIds()).toBe(ids);
  });
});

test('an engine without such tensors says so', async () => {
  const c = tf.constant(1.);
  const sess = await openSession('reference');
  expect(() => sess.runSync(c, null, { asTfjs: true })).toThrow(new tf.errors.ValueError("asTfjs: engine 'reference' has no tensors of TensorFlow.js.", { remedy: "open the session with { engine: 'tfjs:<backend>' }" }));
});
