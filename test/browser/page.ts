// What threads.slow.test.ts runs in a page: a training step on the main thread, by one thread and by two, and what plans say of it.
import * as tf from 'tfgraph';

const [M, K, N] = [96, 160, 192];
const data = (n: number, seed: number): Float32Array => Float32Array.from({ length: n }, (_, i) => Math.sin(i * 12.9898 + seed));
const nd = (shape: readonly number[], seed: number): tf.NDArray => new tf.NDArray(tf.float32, shape, data(shape.reduce((a, b) => a * b, 1), seed));

interface Run { readonly plan: string; readonly losses: readonly number[]; readonly bits: number; readonly modules: number; readonly sync: boolean }
/** Three steps of Adam; `bits`: a sum over those of the trained matrix. */
async function train(options: tf.SessionOptions): Promise<Run> {
  const graph = new tf.Graph();
  const m = graph.asDefault(() => {
    const x = tf.placeholder(tf.float32, [null, K]), y = tf.placeholder(tf.float32, [null, 1]);
    const w = tf.getVariable('w', { initializer: tf.constant(nd([K, N], 1)) });
    const image = tf.reshape(tf.nn.relu(tf.matmul(x, w.value())), [-1, 8, 8, 3]), f = tf.getVariable('f', { initializer: tf.constant(nd([3, 3, 3, 16], 2)) });
    const h = tf.nn.conv2d(image, f.value(), [1, 1, 1, 1], 'SAME');
    const loss = tf.reduceMean(tf.square(tf.reduceMean(tf.tanh(h), [1, 2, 3]).sub(tf.reshape(y, [-1]))));
    return { x, y, w, loss, train: new tf.train.AdamOptimizer(0.01).minimize(loss), init: tf.globalVariablesInitializer() };
  });
  const sess = new tf.Session({ graph, ...options });
  await sess.run(m.init);
  const feeds: tf.Feeds = [[m.x, nd([M, K], 3)], [m.y, nd([M, 1], 4)]], losses: number[] = [], runMetadata = new tf.RunMetadata();
  await new Promise((resolve) => { setTimeout(resolve, 300); }); // the other threads come
  for (let i = 0; i < 3; i++) losses.push(((await sess.run([m.loss, m.train], feeds, { options: new tf.RunOptions({ traceLevel: 3 }), runMetadata })) as unknown as [number])[0]);
  const sync = (sess.runSync([m.loss], feeds) as unknown as [number])[0], again = ((await sess.run([m.loss], feeds)) as unknown as [number])[0];
  const w = (await sess.run(m.w)) as unknown as tf.NDArray;
  const bits = new Uint32Array((w.data as Float32Array).slice().buffer).reduce((n, b) => (Math.imul(n, 31) + b) >>> 0, 0);
  const run = { plan: String(sess.explain([m.loss, m.train] as tf.Tensor[], feeds)).split('\n')[0]!, losses, bits, modules: runMetadata.engineReport?.code.modules ?? 0, sync: Object.is(sync, again) };
  sess.close();
  return run;
}

async function main(): Promise<unknown> {
  return {
    isolated: (globalThis as unknown as { crossOriginIsolated: boolean }).crossOriginIsolated,
    reference: await train({ engine: 'reference' }), one: await train({ engine: 'wasm' }), two: await train({ engine: 'wasm', threads: 2 }),
  };
}
const tell = (what: unknown): unknown => (globalThis as unknown as { fetch(url: string, o: object): unknown }).fetch('/told', { method: 'POST', body: JSON.stringify(what) });
main().then(tell, (e: unknown) => tell({ failed: e instanceof Error ? `${e.message}\n${e.stack}` : String(e) }));
