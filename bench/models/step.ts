// What a benchmark program is: the same computation by us and by eager TensorFlow.js, from the same numbers.
import * as tfjs from '@tensorflow/tfjs-core';
import * as tf from 'tfgraph';

/** One run and the number it comes to. `peakBytes`: the most memory one run has in use beside what was there before (with the variables' new values). */
export interface Step { readonly name: string; run(): number; peakBytes(): Promise<number>; close(): void }
/** A program for every rival; `tf1`: its name in tf1_programs.py; `flops`: multiplications and additions in its products and convolutions, with the gradients that are wanted. */
export interface Program { readonly name: string; readonly tf1: string; readonly flops?: number; ours(options?: Options): Step; eager(): Step }
/** Of our session. */
export interface Options { readonly engine?: 'wasm' | 'native'; readonly threads?: number; /** Runs by a callable made once. */ readonly byCallable?: boolean; /** Node by node: no pass changes the graph. */ readonly isApart?: boolean }

export const RATE = 1e-4;

export function random(n: number, seed: number, scale = 1): Float32Array {
  let s = seed;
  return Float32Array.from({ length: n }, () => { s = (Math.imul(s, 1664525) + 1013904223) >>> 0; return scale * (s / 2 ** 31 - 1); });
}
const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
/** Starting values of variables. */
export function startOf(shapes: readonly (readonly number[])[]): Float32Array[] { return shapes.map((s, i) => random(size(s), 7 + i, s.length > 1 ? 1 / Math.sqrt(size(s.slice(0, -1))) : 0.1)); }

export interface Graph { readonly fetches: readonly (tf.Tensor | tf.Operation)[]; readonly feeds: readonly (readonly [tf.Tensor, tf.NDArray])[]; readonly init?: tf.Operation }

/** Runs a graph by a session. */
export function graphStep(build: () => Graph, { engine = 'wasm', threads = 1, byCallable = false, isApart = false }: Options = {}): Step {
  const graph = new tf.Graph();
  const m = graph.asDefault(build);
  const sess = new tf.Session({ graph, engine, ...(isApart ? { toolchain: { passes: [] } } : {}), ...(engine === 'wasm' ? { threads } : { config: { intraOpParallelismThreads: threads, interOpParallelismThreads: threads } }) });
  if (m.init) sess.runSync(m.init);
  const left = sess.explain(m.fetches as tf.Tensor[], m.feeds).steps.flatMap((s) => (s.kind === 'kernel' && s.why !== null ? [s.node.op] : []));
  const callable = sess.makeCallable(m.fetches as tf.Tensor[], m.feeds.map(([key]) => key)), values = m.feeds.map(([, value]) => value);
  const run = (): number => {
    const [first] = (byCallable ? callable.sync(...values) : sess.runSync(m.fetches as tf.Tensor[], m.feeds)) as unknown as [number | tf.NDArray];
    return typeof first === 'number' ? first : (first.data as Float32Array)[0]!;
  };
  const peakBytes = (): Promise<number> => {
    const runMetadata = new tf.RunMetadata();
    sess.runSync(m.fetches as tf.Tensor[], m.feeds, { options: new tf.RunOptions({ traceLevel: 3 }), runMetadata });
    return Promise.resolve(runMetadata.engineReport!.peakBytes);
  };
  return { peakBytes, name: `tfgraph${left.length === 0 ? '' : ` (on reference: ${[...new Set(left)].join(', ')})`}`, run, close: () => { sess.close(); } };
}
/** A training step by us, with Adam if nothing else is said. */
export function graphTraining(shapes: readonly (readonly number[])[], build: (v: tf.Tensor[]) => { loss: tf.Tensor; feeds: Graph['feeds'] }, options: Options = {}, optimizer: tf.train.Optimizer = new tf.train.AdamOptimizer(RATE)): Step {
  const start = startOf(shapes);
  return graphStep(() => {
    const v = shapes.map((s, i) => tf.getVariable(`v${i}`, { initializer: tf.constant(new tf.NDArray(tf.float32, s, start[i]!)) }));
    const { loss, feeds } = build(v.map((w) => w.value()));
    return { fetches: [loss, optimizer.minimize(loss)], feeds, init: tf.globalVariablesInitializer() };
  }, options);
}
/** The same in eager TensorFlow.js. */
export function eagerTraining(shapes: readonly (readonly number[])[], loss: (v: tfjs.Tensor[]) => tfjs.Scalar, optimizer: tfjs.Optimizer = tfjs.train.adam(RATE, 0.9, 0.999, 1e-8)): Step {
  const start = startOf(shapes);
  const v = shapes.map((s, i) => tfjs.variable(tfjs.tensor(start[i]!, [...s])));
  const step = (): number => tfjs.tidy(() => {
    const { value, grads } = tfjs.variableGrads(() => loss(v), v);
    optimizer.applyGradients(v.map((w) => ({ name: w.name, tensor: grads[w.name]! })));
    return value.dataSync()[0]!;
  });
  return {
    name: 'eager TensorFlow.js wasm',
    run: step, peakBytes: () => peakOf(step),
    close: () => { for (const w of v) w.dispose(); },
  };
}
export function eagerStep(f: () => tfjs.Tensor): Step {
  const step = (): number => tfjs.tidy(() => f().dataSync()[0]!);
  return { name: 'eager TensorFlow.js wasm', run: step, peakBytes: () => peakOf(step), close: () => undefined };
}
/** The most bytes of tensors while a step runs; what its kernels take beside those is not seen. */
async function peakOf(step: () => number): Promise<number> {
  const before = tfjs.memory().numBytes;
  const { peakBytes } = await tfjs.profile(() => tfjs.scalar(step()));
  return peakBytes - before;
}
export function nd(shape: readonly number[], data: Float32Array): tf.NDArray { return new tf.NDArray(tf.float32, shape, data); }
