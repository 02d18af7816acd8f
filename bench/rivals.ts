// Rivals that are not of this package's own dependencies: jax-js, ONNX Runtime and TensorFlow.js's GraphModel, from
// `bench/rivals/node_modules` when they are there (`npm ci --prefix bench/rivals`). Each is given the form it likes best:
// jax-js one jitted training step, ONNX Runtime NCHW, GraphModel the fused ops that its converter makes.
import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as tfjs from '@tensorflow/tfjs-core';
import { BATCH, SGD_RATE, SHAPES as DENSE, SIZES, classes, rows } from './models/dense.ts';
import { HALF, INPUT, PLAIN, images } from './models/convnet.ts';
import { startOf } from './models/step.ts';
import { convnetOnnx } from './onnx.ts';

/** One run and the number it comes to. */
export interface Rival { readonly name: string; run(): number | Promise<number>; close(): void }

function root(): string | undefined {
  return ['./rivals/node_modules/', '../../bench/rivals/node_modules/'].map((p) => fileURLToPath(new URL(p, import.meta.url))).find((p) => existsSync(p));
}
/** What these packages are to us: foreign code without types of its own here. */
// oxlint-disable-next-line typescript/no-explicit-any
type Foreign = any;
async function load(path: string): Promise<Foreign> { return await import(pathToFileURL(path).href) as unknown; }

async function jaxDense(modules: string): Promise<Rival> {
  const { init, defaultDevice, numpy: np, nn, jit, valueAndGrad } = await load(`${modules}@jax-js/jax/dist/index.js`);
  await init('wasm');
  defaultDevice('wasm');
  const array = (data: Float32Array, shape: readonly number[]): Foreign => np.array(data).reshape(shape);
  let params: Foreign[] = startOf(DENSE).map((a, i) => array(a, DENSE[i]!));
  const x = array(rows, [BATCH, SIZES[0]]), y = array(classes, [BATCH, 10]);
  const loss = ([w1, b1, w2, b2, w3, b3]: Foreign[], input: Foreign, labels: Foreign): Foreign => {
    const h = nn.relu(np.matmul(nn.relu(np.matmul(input, w1).add(b1)), w2).add(b2));
    return np.negative(nn.logSoftmax(np.matmul(h, w3).add(b3)).mul(labels).sum().div(BATCH));
  };
  const step = jit((p: Foreign[], input: Foreign, labels: Foreign) => {
    const [value, grads] = valueAndGrad(loss)(p.map((v) => v.ref), input, labels);
    return [value, p.map((v, i) => v.sub(grads[i].mul(SGD_RATE)))];
  });
  return {
    name: 'jax-js 0.1.25 jit, wasm',
    run: () => {
      const [value, next] = step(params, x.ref, y.ref);
      params = next;
      return value.dataSync()[0] as number;
    },
    close: () => { for (const a of [...params, x, y]) a.dispose(); },
  };
}

async function ortConvnet(modules: string): Promise<Rival> {
  const ort = await load(`${modules}onnxruntime-web/dist/ort.wasm.min.mjs`);
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  const session = await ort.InferenceSession.create(convnetOnnx(INPUT, PLAIN, startOf(PLAIN)), { executionProviders: ['wasm'], graphOptimizationLevel: 'all' });
  const x = new ort.Tensor('float32', images, [INPUT[0], 1, INPUT[1], INPUT[2]]); // one channel: NHWC and NCHW are the same bytes
  return {
    name: 'onnxruntime-web 1.30.0, wasm',
    run: async () => ((await session.run({ x })).y.data as Float32Array)[0]!,
    close: () => { void session.release(); },
  };
}

/** The convnet as its converter would write it: convolution, bias and activation in one op. */
async function graphModelConvnet(modules: string): Promise<Rival> {
  const { loadGraphModel } = await load(`${modules}@tensorflow/tfjs-converter/dist/tf-converter.node.js`);
  const shape = (dims: readonly number[]): Foreign => ({ shape: { dim: dims.map((size) => ({ size: String(size) })) } });
  const T = { type: 'DT_FLOAT' };
  const constant = (name: string, dims: readonly number[]): Foreign => ({ name, op: 'Const', attr: { dtype: T, value: { tensor: { dtype: 'DT_FLOAT', tensorShape: shape(dims).shape } } } });
  const base64 = (s: string): string => Buffer.from(s).toString('base64');
  const layers = [0, 1, 2].map((i): Foreign => ({
    name: `h${i}`, op: '_FusedConv2D', input: [i === 0 ? 'x' : `h${i - 1}`, `v${2 * i}`, `v${2 * i + 1}`],
    attr: {
      T, num_args: { i: '1' }, fused_ops: { list: { s: [base64('BiasAdd'), base64('Relu')] } }, data_format: { s: base64('NHWC') }, padding: { s: base64('SAME') },
      strides: { list: { i: ['1', '2', '2', '1'] } }, dilations: { list: { i: ['1', '1', '1', '1'] } }, explicit_paddings: { list: {} }, use_cudnn_on_gpu: { b: true }, epsilon: { f: 0 },
    },
  }));
  const start = startOf(PLAIN), bytes = new Uint8Array(start.reduce((n, a) => n + a.byteLength, 0));
  let at = 0;
  for (const a of start) {
    bytes.set(new Uint8Array(a.buffer), at);
    at += a.byteLength;
  }
  const node = [
    { name: 'x', op: 'Placeholder', attr: { dtype: T, shape: shape(INPUT) } }, ...PLAIN.map((s, i) => constant(`v${i}`, s)),
    { name: 'rows', op: 'Const', attr: { dtype: { type: 'DT_INT32' }, value: { tensor: { dtype: 'DT_INT32', tensorShape: shape([2]).shape } } } }, ...layers,
    { name: 'flat', op: 'Reshape', input: ['h2', 'rows'], attr: { T, Tshape: { type: 'DT_INT32' } } },
    { name: 'y', op: 'MatMul', input: ['flat', 'v6'], attr: { T, transpose_a: { b: false }, transpose_b: { b: false } } },
  ];
  const weightSpecs = [...PLAIN.map((s, i) => ({ name: `v${i}`, shape: [...s], dtype: 'float32' })), { name: 'rows', shape: [2], dtype: 'int32' }];
  const weightData = new Uint8Array(bytes.length + 8);
  weightData.set(bytes);
  new Int32Array(weightData.buffer, bytes.length, 2).set([2 * HALF, -1]);
  const model = await loadGraphModel({ load: async () => ({ modelTopology: { node, versions: { producer: 1 } }, weightSpecs, weightData: weightData.buffer, format: 'graph-model', signature: {} }) });
  const x = tfjs.tensor(images, [...INPUT]);
  return {
    name: 'TensorFlow.js GraphModel, wasm',
    run: () => tfjs.tidy(() => (model.predict(x) as tfjs.Tensor).dataSync()[0]!),
    close: () => { model.dispose(); x.dispose(); },
  };
}

const BY_PROGRAM: Readonly<Record<string, readonly ((modules: string) => Promise<Rival>)[]>> = { sgd: [jaxDense], convnet: [graphModelConvnet, ortConvnet] };
/** The rivals of a program that are installed. */
export async function rivalsOf(program: string): Promise<Rival[]> {
  const modules = root(), out: Rival[] = [];
  if (modules !== undefined) for (const make of BY_PROGRAM[program] ?? []) out.push(await make(modules));
  return out;
}
/** Whether they are installed. */
export const installed = (): boolean => root() !== undefined;
