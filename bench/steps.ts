// Benchmark of whole training steps: the virtual-batch-norm convnet (32+32 images of 64x64x1, channels 32-64-64, strides
// 2, Adam) and a dense network, on the `wasm` engine and with eager TensorFlow.js on its own wasm backend, turn by turn.
// Run: npm run bench:steps [-- --rounds N --json]
import { parseArgs } from 'node:util';
import * as tfjs from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from 'tfgraph';
import { filterGradient } from './filter_gradient.ts';
import { registerGradients } from './tfjs_gradients.ts';
import { interleave, median, quantile, ratios, time } from './measure.ts';

const SIDE = 64, HALF = 32, CHANNELS = [1, 32, 64, 64] as const, EPSILON = 1e-3, RATE = 1e-4;
const DENSE = [784, 512, 512, 10] as const, BATCH = 128;

function random(n: number, seed: number, scale = 1): Float32Array {
  let s = seed;
  return Float32Array.from({ length: n }, () => { s = (Math.imul(s, 1664525) + 1013904223) >>> 0; return scale * (s / 2 ** 31 - 1); });
}
const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** One training step and the loss it saw. */
interface Step { readonly name: string; run(): number; close(): void }

/** Shapes of the convnet's variables: filter, bias, gamma, beta of each layer, then the last matrix. */
const VBN_SHAPES = [...[1, 2, 3].flatMap((i) => [[3, 3, CHANNELS[i - 1]!, CHANNELS[i]!], [CHANNELS[i]!], [CHANNELS[i]!], [CHANNELS[i]!]]), [8 * 8 * 64, 1]];
const DENSE_SHAPES = [1, 2, 3].flatMap((i) => [[DENSE[i - 1]!, DENSE[i]!], [DENSE[i]!]]);
const startOf = (shapes: readonly (readonly number[])[]): Float32Array[] => shapes.map((s, i) => random(size(s), 7 + i, s.length > 1 ? 1 / Math.sqrt(size(s.slice(0, -1))) : 0.1));

function ours(name: string, shapes: readonly (readonly number[])[], start: readonly Float32Array[], input: readonly number[], labels: readonly number[], loss: (v: tf.Tensor[], x: tf.Tensor, y: tf.Tensor) => tf.Tensor, data: [Float32Array, Float32Array]): Step {
  const graph = new tf.Graph();
  const m = graph.asDefault(() => {
    const x = tf.placeholder(tf.float32, input), y = tf.placeholder(tf.float32, labels);
    const v = shapes.map((s, i) => tf.getVariable(`v${i}`, { initializer: tf.constant(new tf.NDArray(tf.float32, s, start[i]!)) }));
    const l = loss(v.map((w) => w.value()), x, y);
    return { x, y, l, train: new tf.train.AdamOptimizer(RATE).minimize(l), init: tf.globalVariablesInitializer() };
  });
  const sess = new tf.Session({ graph, engine: 'wasm' });
  sess.runSync(m.init);
  const feeds = [[m.x, new tf.NDArray(tf.float32, input, data[0])], [m.y, new tf.NDArray(tf.float32, labels, data[1])]] as const;
  const before = JSON.stringify(sess.explain([m.l, m.train], feeds).steps.filter((s) => s.kind === 'kernel' && s.why !== null).map((s) => s.nodes[0]));
  return { name: `${name}${before === '[]' ? '' : ` (on reference: ${before})`}`, run: () => (sess.runSync([m.l, m.train], feeds) as unknown as [number])[0], close: () => { sess.close(); } };
}
function eager(name: string, shapes: readonly (readonly number[])[], start: readonly Float32Array[], loss: (v: tfjs.Tensor[]) => tfjs.Scalar): Step {
  const v = shapes.map((s, i) => tfjs.variable(tfjs.tensor(start[i]!, [...s])));
  const adam = tfjs.train.adam(RATE, 0.9, 0.999, 1e-8);
  return {
    name,
    run: () => tfjs.tidy(() => {
      const { value, grads } = tfjs.variableGrads(() => loss(v), v);
      adam.applyGradients(v.map((w) => ({ name: w.name, tensor: grads[w.name]! })));
      return value.dataSync()[0]!;
    }),
    close: () => { for (const w of v) w.dispose(); },
  };
}

function vbnOurs(v: tf.Tensor[], x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  let h = x;
  for (let i = 0; i < 3; i++) {
    const [w, b, gamma, beta] = v.slice(4 * i, 4 * i + 4) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    h = tf.nn.biasAdd(tf.nn.conv2d(h, w, [1, 2, 2, 1], 'SAME'), b);
    const reference = tf.slice(h, [0, 0, 0, 0], [HALF, -1, -1, -1]);
    const mean = tf.reduceMean(reference, [0, 1, 2]);
    const variance = tf.reduceMean(tf.square(reference.sub(mean)), [0, 1, 2]);
    h = tf.nn.relu(h.sub(mean).mul(tf.rsqrt(variance.add(EPSILON)).mul(gamma)).add(beta));
  }
  const logits = tf.matmul(tf.reshape(h, [2 * HALF, -1]), v[12]!);
  return tf.reduceMean(tf.nn.sigmoidCrossEntropyWithLogits({ labels: y, logits }));
}
function vbnEager(x: tfjs.Tensor, y: tfjs.Tensor): (v: tfjs.Tensor[]) => tfjs.Scalar {
  return (v) => {
    let h = x as tfjs.Tensor4D;
    for (let i = 0; i < 3; i++) {
      const [w, b, gamma, beta] = v.slice(4 * i, 4 * i + 4) as [tfjs.Tensor4D, tfjs.Tensor, tfjs.Tensor, tfjs.Tensor];
      h = tfjs.add(tfjs.conv2d(h, w, 2, 'same'), b);
      const reference = tfjs.slice(h, [0, 0, 0, 0], [HALF, -1, -1, -1]);
      const mean = tfjs.mean(reference, [0, 1, 2]);
      const variance = tfjs.mean(tfjs.square(tfjs.sub(reference, mean)), [0, 1, 2]);
      h = tfjs.relu(tfjs.add(tfjs.mul(tfjs.sub(h, mean), tfjs.mul(tfjs.rsqrt(tfjs.add(variance, EPSILON)), gamma)), beta));
    }
    const logits = tfjs.matMul(tfjs.reshape(h, [2 * HALF, -1]), v[12] as tfjs.Tensor2D);
    const positive = tfjs.relu(logits), rest = tfjs.log1p(tfjs.exp(tfjs.neg(tfjs.abs(logits))));
    return tfjs.mean(tfjs.add(tfjs.sub(positive, tfjs.mul(logits, y)), rest));
  };
}
function denseOurs(v: tf.Tensor[], x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const layer = (h: tf.Tensor, i: number): tf.Tensor => tf.nn.biasAdd(tf.matmul(h, v[2 * i]!), v[2 * i + 1]!);
  return tf.reduceMean(tf.nn.softmaxCrossEntropyWithLogits({ labels: y, logits: layer(tf.nn.relu(layer(tf.nn.relu(layer(x, 0)), 1)), 2) }));
}
function denseEager(x: tfjs.Tensor, y: tfjs.Tensor): (v: tfjs.Tensor[]) => tfjs.Scalar {
  return (v) => {
    const layer = (h: tfjs.Tensor, i: number): tfjs.Tensor => tfjs.add(tfjs.matMul(h as tfjs.Tensor2D, v[2 * i] as tfjs.Tensor2D), v[2 * i + 1]!);
    const logits = layer(tfjs.relu(layer(tfjs.relu(layer(x, 0)), 1)), 2);
    return tfjs.neg(tfjs.mean(tfjs.sum(tfjs.mul(y, tfjs.logSoftmax(logits)), 1)));
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '9' }, json: { type: 'boolean', default: false } } });
  await registerGradients();
  await tfjs.setBackend('wasm');
  tfjs.registerKernel({ kernelName: 'Conv2DBackpropFilter', backendName: 'wasm', kernelFunc: ({ inputs, attrs }) => filterGradient(inputs['x'] as tfjs.Tensor4D, inputs['dy'] as tfjs.Tensor4D, (attrs as { strides: number }).strides) });
  const images = random(2 * HALF * SIDE * SIDE, 1), answers = Float32Array.from({ length: 2 * HALF }, (_, i) => i % 2);
  const rows = random(BATCH * DENSE[0], 2), classes = Float32Array.from({ length: BATCH * 10 }, (_, i) => (i % 10 === Math.floor(i / 10) % 10 ? 1 : 0));
  const xShape = [2 * HALF, SIDE, SIDE, 1], models: [string, Step, Step][] = [
    ['VBN convnet, Adam', ours('ours', VBN_SHAPES, startOf(VBN_SHAPES), xShape, [2 * HALF, 1], vbnOurs, [images, answers]),
      eager('eager', VBN_SHAPES, startOf(VBN_SHAPES), vbnEager(tfjs.tensor(images, xShape as [number, number, number, number]), tfjs.tensor(answers, [2 * HALF, 1])))],
    ['dense 784-512-512-10, batch 128, Adam', ours('ours', DENSE_SHAPES, startOf(DENSE_SHAPES), [BATCH, DENSE[0]], [BATCH, 10], denseOurs, [rows, classes]),
      eager('eager', DENSE_SHAPES, startOf(DENSE_SHAPES), denseEager(tfjs.tensor(rows, [BATCH, DENSE[0]]), tfjs.tensor(classes, [BATCH, 10])))],
  ];
  const results = [];
  for (const [name, a, b] of models) {
    const losses: [number[], number[]] = [[], []]; // of every step: both train on the same data from the same start
    const s = await interleave([
      { name: 'ours', run: () => time(() => { losses[0].push(a.run()); }) },
      { name: 'eager', run: () => time(() => { losses[1].push(b.run()); }) },
    ], Number(values.rounds));
    const [x, y] = [s.get('ours')!, s.get('eager')!];
    results.push({ name, ours: a.name, ms: median(x), best: quantile(x, 0), eagerMs: median(y), ratio: median(ratios(y, x)), losses: losses.map((l) => l[l.length - 1]!) });
    a.close();
    b.close();
  }
  if (values.json) console.log(JSON.stringify({ rounds: Number(values.rounds), results }, null, 2));
  else for (const r of results) console.log(`${r.name}: ${r.ours} ${r.ms.toFixed(1)} ms (best ${r.best.toFixed(1)}), eager TensorFlow.js wasm ${r.eagerMs.toFixed(1)} ms, ratio ${r.ratio.toFixed(1)}; last losses ${r.losses.map((l) => l.toFixed(5)).join(' and ')}`);
}

await main();
