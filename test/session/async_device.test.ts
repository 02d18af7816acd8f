// Sessions on a device whose memory can only be read by waiting, as WebGPU's: a backend of our own that hands data out
// when the test says so. Overlapping runs keep their order, failing and closing in between lose and leak nothing.
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tfjs from '@tensorflow/tfjs-core';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { openSession, plain } from '../support/engines.ts';

/** Reads in the order they were asked for, each waiting for `release`. */
class SlowBackend extends MathBackendCPU {
  waiting: (() => void)[] = [];
  broken: Error | undefined;
  /** Name of a kernel that fails. */
  failing: string | undefined;
  override async read(dataId: object): Promise<tfjs.BackendValues> {
    await new Promise<void>((resolve) => { this.waiting.push(resolve); });
    if (this.broken) throw this.broken;
    return super.readSync(dataId);
  }
}
const backend = (): SlowBackend => tfjs.findBackend('slow') as SlowBackend;

/** Lets whatever waits go on until nothing does. */
async function release(): Promise<void> {
  for (let idle = 0; idle < 5;) {
    const next = backend().waiting.shift();
    next?.();
    idle = next ? 0 : idle + 1;
    await new Promise((resolve) => { setTimeout(resolve, 0); });
  }
}

beforeAll(() => {
  tfjs.registerBackend('slow', () => new SlowBackend());
  for (const k of tfjs.getKernelsForBackend('cpu')) {
    tfjs.registerKernel({ ...k, backendName: 'slow', kernelFunc: (args) => {
      if (backend().failing === k.kernelName) throw new Error('out of device memory');
      return k.kernelFunc(args);
    } });
  }
});
beforeEach(() => { tf.resetDefaultGraph(); Object.assign(backend(), { broken: undefined, failing: undefined }); });

/** y runs on the device, comes back for a reference kernel (matmul), and writes a variable. */
async function program() {
  const x = tf.placeholder(tf.float32, [2, 2], { name: 'x' });
  const v = new tf.Variable(new tf.NDArray(tf.float32, [2, 2], new Float32Array(4)), { name: 'v' });
  const moved = tf.reverse(x, [0]);
  const product = tf.matmul(moved, moved);
  const step = tf.assignAdd(v, product, { name: 'step' });
  const sess = await openSession('tfjs:slow');
  await sess.run(tf.globalVariablesInitializer());
  return { x, v, moved, product, step, sess };
}
const eye = (k: number): number[][] => [[0, k], [k, 0]]; // reversed and squared: k*k times the identity
const times = (k: number): number[][] => [[k, 0], [0, k]];

test('a run that waits gives its result, and runs that overlap it start in order', async () => {
  const { x, v, step, sess } = await program();
  const order: number[] = [];
  const runs = [1, 2, 3].map(async (k) => { const r = await sess.run([step, v], [[x, eye(k)]]); order.push(k); return plain(r); });
  expect(order).toEqual([]);
  await release();
  expect(await Promise.all(runs)).toEqual([[times(1), times(0)], [times(5), times(1)], [times(14), times(5)]]);
  expect(order).toEqual([1, 2, 3]);
});

test('runSync says that a run is in progress', async () => {
  const { x, product, sess } = await program();
  const run = sess.run(product, [[x, eye(2)]]);
  expect(() => sess.runSync(product, [[x, eye(2)]])).toThrow('An asynchronous run of this session has not finished.');
  await release();
  expect(plain(await run)).toEqual(times(4));
});

test('a read that fails ends the run with nothing written and nothing kept; the next one runs', async () => {
  const { x, v, step, moved, sess } = await program();
  const warm = sess.run([step, moved], [[x, eye(1)]]);
  await release();
  await warm;
  const before = [sess.deviceMemory(), backend().numDataIds()];
  backend().broken = new Error('device lost');
  const failing = sess.run([step, moved], [[x, eye(2)]]).catch((e: unknown) => e);
  await release();
  expect(String(await failing)).toContain('device lost');
  expect([sess.deviceMemory(), backend().numDataIds()]).toEqual(before);
  backend().broken = undefined;
  const read = sess.run(v);
  await release();
  expect(plain(await read)).toEqual(times(1));
});

test('a kernel that fails on the device is an error with its name, the node and the line; nothing is kept', async () => {
  const { x, v, step, moved, sess } = await program();
  const warm = sess.run([step, moved], [[x, eye(1)]]);
  await release();
  await warm;
  const before = [sess.deviceMemory(), backend().numDataIds()];
  backend().failing = 'Reverse';
  const error = await sess.run([v, step], [[x, eye(2)]]).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(tf.errors.InternalError);
  expect(error).toMatchObject({ text: expect.stringContaining('the kernel Reverse of tfjs:slow failed: out of device memory'), detail: { node: 'ReverseV2', site: expect.stringMatching(/async_device\.test\.ts/), fetches: ['v:0', 'step:0'] } });
  expect([sess.deviceMemory(), backend().numDataIds()]).toEqual(before);
});

test('closing while a run waits: it and those behind it are cancelled, and all memory goes', async () => {
  const ids = backend().numDataIds();
  const { x, step, sess } = await program();
  const first = sess.run(step, [[x, eye(3)]]).catch((e: unknown) => e);
  const second = sess.run(step, [[x, eye(3)]]).catch((e: unknown) => e);
  sess.close();
  await expect(sess.run(step, [[x, eye(3)]])).rejects.toThrow('Attempted to use a closed Session.');
  await release();
  expect(await first).toMatchObject({ name: 'CancelledError', text: 'Session has been closed.' });
  expect(await second).toMatchObject({ name: 'CancelledError', text: 'Session has been closed.' });
  expect([sess.memory(), sess.deviceMemory(), backend().numDataIds()]).toEqual([{ tensors: 0, bytes: 0 }, { tensors: 0, bytes: 0 }, ids]);
});
