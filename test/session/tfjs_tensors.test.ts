// P5 for tensors of TensorFlow.js that go into and come out of a run without a copy: who owns them, who disposes them.
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tfjs from '@tensorflow/tfjs-core';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import * as tf from 'tfgraph';
import { op1 } from '../../src/ops/op_def_library.ts';
import { OwnHeap } from '../../src/session/wasm/heap.ts';
import { TfjsHeap } from '../../src/session/wasm/tfjs_heap.ts';
import { bitsOf } from '../support/compile.ts';
import { openSession, plain } from '../support/engines.ts';

beforeAll(async () => {
  await tfjs.setBackend('wasm');
  await tfjs.setBackend('cpu');
});
beforeEach(() => { tf.resetDefaultGraph(); });

const VALUES = [[1, 2, 3], [4, 5, 6]];
const REVERSED = [[4, 5, 6], [1, 2, 3]];

const PLACES = {
  'tfjs:cpu': { engine: 'tfjs:cpu', backend: 'cpu' }, 'tfjs:wasm': { engine: 'tfjs:wasm', backend: 'wasm' },
  'wasm on the heap of tfjs': { engine: 'wasm', heap: 'tfjs', backend: 'wasm' },
} as const;

describe.each(Object.entries(PLACES))('%s', (_, { backend: name, ...place }) => {
  const backend = (): tfjs.KernelBackend => tfjs.findBackend(name);
  const open = (): Promise<tf.Session> => openSession(place.engine, place);
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
    const sess = await open();
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
    const sess = await open();
    const [t, gone] = [tensorOf(VALUES.flat()), tensorOf(VALUES.flat())];
    gone.dispose();
    sess.runSync(v.initializer);
    const runs = (): void => {
      sess.runSync(y, [[x, t], [other, t]]);
      expect(() => sess.runSync([failing, v], [[x, t], [shape, [5]]])).toThrow('requested shape has 5');
      expect(() => sess.runSync(y.add(other), [[x, t], [other, gone]])).toThrow(new tf.errors.ValueError("The TensorFlow.js tensor fed for Tensor 'other:0' is disposed.", { node: 'other', op: 'Placeholder' }));
    };
    runs(); // the plans with their constants stay
    const [ids, device] = [dataIds(), sess.deviceMemory()];
    runs();
    expect([dataIds(), sess.deviceMemory()]).toEqual([ids, device]);
    t.dispose();
    expect(dataIds()).toBe(ids - 1);
  });

  test('results with asTfjs are the caller\'s: the run keeps nothing, disposing them frees them', async () => {
    const { x, y } = graph();
    const sess = await open();
    const t = tensorOf(VALUES.flat());
    const fetches = [y, y, { deep: [y.neg()] }] as const;
    sess.runSync(fetches, [[x, t]]);
    const [ids, device, tracked] = [dataIds(), sess.deviceMemory(), tfjs.memory().numTensors];
    const [out, again, nested] = sess.runSync(fetches, [[x, t]], { asTfjs: true }) as unknown as [tfjs.Tensor, tfjs.Tensor, { deep: [tfjs.Tensor] }];
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
    const sess = await open();
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
    const sess = await open();
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
    const sess = await open();
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
    const sess = await open();
    const elsewhere = tfjs.engine().makeTensor(Float32Array.from(VALUES.flat()), [2, 3], 'float32', tfjs.findBackend(name === 'cpu' ? 'wasm' : 'cpu'));
    expect(plain(sess.runSync(y, [[x, VALUES]]))).toEqual(REVERSED);
    const device = sess.deviceMemory();
    expect(plain(sess.runSync(y, [[x, elsewhere]]))).toEqual(REVERSED);
    expect(plain(sess.runSync(y, [[x, tensorOf(VALUES.flat(), [2, 3], 'int32')]]))).toEqual(REVERSED);
    expect(plain(sess.runSync(tf.identity(s), [[s, tfjs.tensor(['a', 'ü'])]]))).toEqual(['a', 'ü']);
    expect(plain(sess.runSync(tf.identity(z), [[z, tfjs.complex([1, 2], [3, 4])]]))).toEqual([[1, 3], [2, 4]]);
    expect(sess.deviceMemory()).toEqual(device);
  });

  test('what TensorFlow.js cannot hold is refused before anything runs', async () => {
    const { v } = graph();
    const n = tf.cast(v, tf.int64);
    const sess = await open();
    const write = tf.assignAdd(v, v.value());
    sess.runSync(tf.globalVariablesInitializer());
    const ids = dataIds();
    expect(() => sess.runSync([write, n], null, { asTfjs: true })).toThrow("asTfjs: TensorFlow.js holds no int64, the dtype of 'Cast:0'.");
    expect(dataIds()).toBe(ids);
  });
});

describe('the heap of TensorFlow.js', () => {
  interface Backend extends tfjs.KernelBackend { readonly wasm: { readonly asm: { readonly memory: { readonly buffer: ArrayBuffer }; malloc(n: number): number }; _malloc(n: number): number; _free(at: number): void }; readonly dataIdMap: { get(id: object): { memoryOffset: number } } }
  const backend = (): Backend => tfjs.findBackend('wasm') as Backend;
  const offset = (t: tfjs.Tensor): number => backend().dataIdMap.get(t.dataId).memoryOffset;
  const floats = (n: number): Float32Array => Float32Array.from({ length: n }, (_, i) => (i % 13) - 6);

  test('a large tensor goes in and out without a copy: the run allocates its result, nothing else', async () => {
    const n = 100_000;
    const x = tf.placeholder(tf.float32, [n]);
    const y = tf.nn.relu(x);
    using sess = await openSession('wasm', { heap: 'tfjs' });
    const t = tfjs.engine().makeTensor(floats(n), [n], 'float32', backend());
    const blocks: number[] = [];
    const malloc = vi.spyOn(backend().wasm, '_malloc').mockImplementation((bytes) => { const at = backend().wasm.asm.malloc(bytes); if (bytes >= 4 * n) blocks.push(at); return at; });
    const out = sess.runSync(y, [[x, t]], { asTfjs: true }) as unknown as tfjs.Tensor;
    malloc.mockRestore();
    expect(blocks).toEqual([offset(out)]);
    expect(Array.from(out.dataSync())).toEqual(Array.from(floats(n), (v) => (v < 0 ? 0 : v)));
    expect(Array.from(t.dataSync())).toEqual(Array.from(floats(n)));
    tfjs.dispose([t, out]);
  });

  test('a variable handed out shares its block until it is written, and a reshaped one its elements', async () => {
    const v = new tf.Variable(new tf.NDArray(tf.float32, [2, 3], Float32Array.from(VALUES.flat())));
    const flat = tf.reshape(v, [6]);
    const bits = op1('Bitcast', [v], { type: { kind: 'type', value: tf.int32 } });
    const sess = await openSession('wasm', { heap: 'tfjs' });
    sess.runSync(v.initializer);
    const ids = backend().numDataIds();
    const [a, b, c] = sess.runSync([v, flat, bits], null, { asTfjs: true }) as unknown as tfjs.Tensor[];
    expect([offset(b!), b!.shape]).toEqual([offset(a!), [6]]);
    expect(offset(c!)).not.toBe(offset(a!));
    sess.runSync(tf.assignAdd(v, v.value()));
    expect([a!.arraySync(), plain(sess.runSync(v))]).toEqual([VALUES, VALUES.map((r) => r.map((e) => 2 * e))]);
    expect(Array.from(new Float32Array(Int32Array.from(c!.dataSync()).buffer))).toEqual(VALUES.flat());
    tfjs.dispose([a!, b!, c!]);
    sess.close();
    expect(backend().numDataIds()).toBe(ids);
    expect(sess.deviceMemory()).toEqual({ tensors: 0, bytes: 0 });
  });

  test('growth by either side hurts neither', async () => {
    const x = tf.placeholder(tf.float32, [1000]);
    const v = new tf.Variable(new tf.NDArray(tf.float32, [1000], floats(1000)));
    const y = tf.matmul(tf.reshape(x.add(v), [-1, 1]), tf.reshape(x, [1, -1]));
    using sess = await openSession('wasm', { heap: 'tfjs' });
    using reference = await openSession('reference');
    sess.runSync(v.initializer);
    reference.runSync(v.initializer);
    const t = tfjs.engine().makeTensor(floats(1000), [1000], 'float32', backend());
    const want = bitsOf(reference.runSync(tf.reduceSum(y, 1), [[x, floats(1000)]]));
    for (let i = 0; i < 3; i++) {
      const size = backend().wasm.asm.memory.buffer.byteLength;
      const big = backend().wasm._malloc(size); // more than is left
      expect(backend().wasm.asm.memory.buffer.byteLength).toBeGreaterThan(size);
      expect(bitsOf(sess.runSync(tf.reduceSum(y, 1), [[x, t]]))).toBe(want);
      expect(Array.from(t.dataSync())).toEqual(Array.from(floats(1000)));
      backend().wasm._free(big);
    }
    t.dispose();
  });

  test('out of it: the error of TensorFlow, and both go on', () => {
    const memory = new OwnHeap(); // an allocator that has one block
    const heap = new TfjsHeap({ memory: memory.memory, malloc: (n) => (memory.used.blocks === 0 ? memory.alloc(n) : 0), free: (at) => { memory.free(at); } });
    const at = heap.alloc(100);
    expect(() => heap.alloc(200)).toThrow(tf.errors.ResourceExhaustedError);
    expect(heap.used).toEqual({ blocks: 1, bytes: 148 });
    heap.free(at);
    expect(heap.used).toEqual({ blocks: 0, bytes: 0 });
    heap.free(heap.alloc(200));
  });

  test('options that do not go together are refused', () => {
    tf.placeholder(tf.float32, []);
    expect(() => new tf.Session({ heap: 'tfjs', memoryLimitBytes: 1e6 })).toThrow('memoryLimitBytes: the memory of TensorFlow.js has no limit of its own.');
    expect(() => new tf.Session({ heap: 'tfjs', engine: 'reference' })).toThrow("heap: engine 'reference' has no memory of its own.");
    expect(() => new tf.Session({ heap: 'stack' as never })).toThrow("Unknown heap 'stack'.");
  });
});

test('an engine without such tensors says so', async () => {
  const c = tf.constant(1.);
  const sess = await openSession('reference');
  expect(() => sess.runSync(c, null, { asTfjs: true })).toThrow(new tf.errors.ValueError("asTfjs: engine 'reference' has no tensors of TensorFlow.js.", { remedy: "open the session with { heap: 'tfjs' } or { engine: 'tfjs:<backend>' }" }));
});
