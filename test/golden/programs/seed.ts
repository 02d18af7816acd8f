// Restates the seed_* programs of test/golden/programs/*.py, one function each, under the same names.
import * as tf from 'tfgraph';
import { arr, attempt, note, onehot, type Feed, type Program, type Run } from '../oracle.ts';
import { lossOf, netDouble, netSingle, training, type Net } from './vbn_lib.ts';

const conv2d = tf.contrib.layers.conv2d;

export function seed_entry1_nhwc(): Program {
  tf.setRandomSeed(3);
  const inputs1 = tf.placeholder({ shape: [4, 8, 8, 1], dtype: tf.float32 });
  const inputs2 = tf.placeholder({ shape: [4, 8, 8, 1], dtype: tf.float32 });
  const fullInputs = tf.concat([inputs1, inputs2], { axis: 0 });
  const outputs = tf.variableScope('convnet', () => conv2d(fullInputs, { kernelSize: [3, 3], numOutputs: 1, stride: [1, 1], padding: 'VALID' }));
  return entryTraining(inputs1, inputs2, outputs);
}

export function seed_entry2_nhwc(): Program {
  tf.setRandomSeed(3);
  const inputs1 = tf.placeholder({ shape: [4, 8, 8, 1], dtype: tf.float32 });
  const inputs2 = tf.placeholder({ shape: [4, 8, 8, 1], dtype: tf.float32 });
  const outputs1 = tf.variableScope('convnet', () => conv2d(inputs1, { kernelSize: [3, 3], numOutputs: 1, stride: [1, 1], padding: 'VALID' }));
  const outputs2 = tf.variableScope('convnet', { reuse: true }, () => conv2d(inputs2, { kernelSize: [3, 3], numOutputs: 1, stride: [1, 1], padding: 'VALID' }));
  return entryTraining(inputs1, inputs2, tf.concat([outputs1, outputs2], { axis: 0 }));
}

function entryTraining(inputs1: tf.Tensor, inputs2: tf.Tensor, outputs: tf.Tensor): Program {
  const loss = tf.reduceMean(tf.square(outputs.sub(0.5)));
  const train = new tf.train.GradientDescentOptimizer(0.5).minimize(loss);
  const init = tf.globalVariablesInitializer();
  const feed: Feed = [[inputs1, arr([4, 8, 8, 1], 1)], [inputs2, arr([4, 8, 8, 1], 2)]];
  const runs: (Run | 'VARS')[] = [{ fetch: init }, 'VARS'];
  for (let i = 0; i < 5; i++) runs.push({ fetch: [loss, outputs], feed }, { fetch: train, feed });
  return { runs: [...runs, 'VARS'] };
}

export function seed_entry_nchw(): Program {
  const inputs1 = tf.placeholder({ shape: [16, 1, 32, 32], dtype: tf.float32 });
  const inputs2 = tf.placeholder({ shape: [16, 1, 32, 32], dtype: tf.float32 });
  const fullInputs = tf.concat([inputs1, inputs2], { axis: 0 });
  const settings = { kernelSize: [3, 3], numOutputs: 1, stride: [1, 1], padding: 'VALID', dataFormat: 'NCHW' } as const;
  const outputs = tf.variableScope('convnet', () => conv2d(fullInputs, settings));
  const outputs1 = tf.variableScope('convnet', { reuse: true }, () => conv2d(inputs1, settings));
  const outputs2 = tf.variableScope('convnet', { reuse: true }, () => conv2d(inputs2, settings));
  const outputsB = tf.concat([outputs1, outputs2], { axis: 0 });
  const loss = tf.reduceMean(tf.square(outputs)).add(tf.reduceMean(tf.square(outputsB)));
  new tf.train.AdamOptimizer(0.01).minimize(loss);
  const init = tf.globalVariablesInitializer();
  const z = new tf.NDArray(tf.float32, [16, 1, 32, 32], new Float32Array(16 * 32 * 32));
  return { runs: [{ fetch: init }, { fetch: outputs.op, feed: [[inputs1, z], [inputs2, z]] }] };
}

class ImprovedGanVBN {
  readonly name: string;
  readonly epsilon: number;
  readonly batchSize: number;
  readonly mean: tf.Tensor;
  readonly meanSq: tf.Tensor;
  readonly referenceOutput: tf.Tensor;
  constructor(x: tf.Tensor, name: string, epsilon = 1e-5) {
    this.name = name;
    this.epsilon = epsilon;
    this.batchSize = Number(x.getShape().at(0));
    [this.mean, this.meanSq, this.referenceOutput] = tf.variableScope(name, () => {
      const mean = tf.reduceMean(x, [0, 1, 2], { keepDims: true });
      const meanSq = tf.reduceMean(tf.square(x), [0, 1, 2], { keepDims: true });
      return [mean, meanSq, this.#normalize(x, mean, meanSq)] as const;
    });
  }
  call(x: tf.Tensor): tf.Tensor {
    return tf.variableScope(this.name, { reuse: true }, () => {
      const newCoeff = 1 / (this.batchSize + 1);
      const oldCoeff = 1 - newCoeff;
      const newMean = tf.reduceMean(x, [1, 2], { keepDims: true });
      const newMeanSq = tf.reduceMean(tf.square(x), [1, 2], { keepDims: true });
      const mean = newMean.rmul(newCoeff).add(this.mean.rmul(oldCoeff));
      const meanSq = newMeanSq.rmul(newCoeff).add(this.meanSq.rmul(oldCoeff));
      return this.#normalize(x, mean, meanSq);
    });
  }
  #normalize(x: tf.Tensor, mean: tf.Tensor, meanSq: tf.Tensor): tf.Tensor {
    const channels = x.getShape().asList().at(-1)!;
    const gammaV = tf.getVariable('gamma', [channels], { initializer: tf.randomNormalInitializer(1., 0.02, { seed: 5 }) });
    const gamma = tf.reshape(gammaV, [1, 1, 1, -1]);
    const betaV = tf.getVariable('beta', [channels], { initializer: tf.constantInitializer(0.) });
    const beta = tf.reshape(betaV, [1, 1, 1, -1]);
    const std = tf.sqrt(meanSq.radd(this.epsilon).sub(tf.square(mean)));
    let out = x.sub(mean);
    out = out.truediv(std);
    out = out.mul(gamma);
    return out.add(beta);
  }
}

export function seed_improved_gan_vbn(): Program {
  const ref = tf.constant(arr([5, 4, 4, 3], 1), { name: 'ref' });
  const x = tf.placeholder(tf.float32, [2, 4, 4, 3], { name: 'x' });
  const vbn = new ImprovedGanVBN(ref, 'vbn');
  const y = vbn.call(x);
  const y2 = vbn.call(x.rmul(2.0));
  const loss = tf.reduceSum(tf.square(y)).add(tf.reduceSum(tf.tanh(vbn.referenceOutput))).add(tf.reduceSum(tf.sigmoid(y2)));
  const grads = tf.gradients(loss, [...tf.trainableVariables(), x]);
  const init = tf.globalVariablesInitializer();
  const feed: Feed = [[x, arr([2, 4, 4, 3], 2)]];
  return { runs: [{ fetch: init }, 'VARS', { fetch: [vbn.referenceOutput, y, y2, loss], feed }, { fetch: grads, feed }] };
}

export function seed_two_models(): Program {
  const x = tf.placeholder(tf.float32, [4, 6, 6, 1], { name: 'x' });
  const y = tf.placeholder(tf.float32, [4, 2], { name: 'y' });
  const nets: [string, Net][] = [['single', netSingle], ['double', netDouble]];
  const out: Record<string, tf.Tensor> = {};
  for (const [name, net] of nets) {
    tf.variableScope(name, () => {
      const ref = tf.getVariable('reference_batch', { initializer: arr([4, 6, 6, 1], 1), trainable: false });
      out[name] = net(ref, x, [3, 4], 'NHWC');
      lossOf(out[name], y);
    });
  }
  const opt = new tf.train.GradientDescentOptimizer(0.1);
  const grads: Record<string, unknown[]> = {};
  for (const [name] of nets) {
    const vs = tf.getCollection(tf.GraphKeys.TRAINABLE_VARIABLES, { scope: `${name}/` }) as tf.Variable[];
    const loss = tf.getDefaultGraph().getTensorByName(`${name}/loss:0`);
    grads[name] = opt.computeGradients(loss, vs).map(([g]) => g);
  }
  const init = tf.globalVariablesInitializer();
  const feed: Feed = [[x, arr([4, 6, 6, 1], 10)], [y, onehot(4, 20)]];
  const tv = tf.trainableVariables();
  const load = tv.map((v, i) => v.assign(arr(v.getShape().asList() as number[], 100 + i % Math.floor(tv.length / 2), -0.5, 0.5)));
  const [o1, o2] = [out['single']!, out['double']!];
  const [gs, gd] = [grads['single']!, grads['double']!];
  return {
    runs: [{ fetch: init }, { fetch: tf.group(...load) }, 'VARS',
      { fetch: [o1, o2], feed }, { fetch: [o1, o2, gs], feed },
      { fetch: [o1, o2, gd], feed }, { fetch: [o1, o2, gs, gd], feed },
      { fetch: gd, feed }, { fetch: [o1, o2], feed }, { fetch: o1, feed }, { fetch: o2, feed }, 'VARS'],
  };
}

export function seed_update_vs_gradient(): Program {
  const x = tf.placeholder(tf.float32, [4, 6, 6, 1], { name: 'x' });
  const y = tf.placeholder(tf.float32, [4, 2], { name: 'y' });
  const ref = tf.getVariable('reference_batch', { initializer: arr([4, 6, 6, 1], 1), trainable: false });
  const loss = lossOf(netDouble(ref, x, [3, 4, 2], 'NHWC'), y);
  const opt = new tf.train.GradientDescentOptimizer(1.0);
  const gv = opt.computeGradients(loss);
  const train = opt.applyGradients(gv);
  const tv = tf.trainableVariables();
  const load = tv.map((v, i) => v.assign(arr(v.getShape().asList() as number[], 500 + i, -.5, .5)));
  const init = tf.globalVariablesInitializer();
  const f: Feed = [[x, arr([4, 6, 6, 1], 10)], [y, onehot(4, 20)]];
  return { runs: [{ fetch: init }, { fetch: tf.group(...load) }, { fetch: tv }, { fetch: gv.map(([g]) => g), feed: f }, { fetch: train, feed: f }, { fetch: tv }] };
}

export const seed_vbn_single_gd = (): Program => training(netSingle, new tf.train.GradientDescentOptimizer(0.2), false);
export const seed_vbn_double_gd = (): Program => training(netDouble, new tf.train.GradientDescentOptimizer(0.2), false);
export const seed_vbn_single_adam = (): Program => training(netSingle, new tf.train.AdamOptimizer(0.02), true);
export const seed_vbn_double_adam = (): Program => training(netDouble, new tf.train.AdamOptimizer(0.02), true);
export const seed_vbn_single_momentum = (): Program => training(netSingle, new tf.train.MomentumOptimizer(0.1, 0.9), true, 10, 4, 6, [2, 3, 2]);
export const seed_vbn_double_momentum = (): Program => training(netDouble, new tf.train.MomentumOptimizer(0.1, 0.9), true, 10, 4, 6, [2, 3, 2]);

function nchw(net: Net): Program {
  const x = tf.placeholder(tf.float32, [32, 1, 256, 256]);
  const y = tf.placeholder(tf.float32, [32, 2]);
  const ref = tf.getVariable('reference_batch', [32, 1, 256, 256]);
  const logits = net(ref, x, [4, 4, 4], 'NCHW');
  new tf.train.AdamOptimizer().minimize(lossOf(logits, y));
  tf.globalVariablesInitializer();
  return { runs: [] };
}
export const seed_vbn_single_nchw = (): Program => nchw(netSingle);
export const seed_vbn_double_nchw = (): Program => nchw(netDouble);

export function seed_vbn_train_pair(): Program {
  tf.setRandomSeed(19);
  const x = tf.placeholder(tf.float32, [4, 6, 6, 1], { name: 'x' });
  const y = tf.placeholder(tf.float32, [4, 2], { name: 'y' });
  const loss: tf.Tensor[] = [];
  const adam: tf.Operation[] = [];
  const mom: tf.Operation[] = [];
  const tv: tf.Variable[][] = [];
  for (const [name, net] of [['s', netSingle], ['d', netDouble]] as [string, Net][]) {
    tf.variableScope(name, () => {
      const ref = tf.getVariable('reference_batch', { initializer: arr([4, 6, 6, 1], 1), trainable: false });
      loss.push(lossOf(net(ref, x, [3, 4, 2], 'NHWC'), y));
    });
    tv.push(tf.trainableVariables().filter((v) => v.name.startsWith(`${name}/`)));
    adam.push(new tf.train.AdamOptimizer(.02).minimize(loss.at(-1)!, { varList: tv.at(-1)! }));
    mom.push(new tf.train.MomentumOptimizer(.1, .9).minimize(loss.at(-1)!, { varList: tv.at(-1)! }));
  }
  const copy = tf.group(...tv[0]!.map((a, i) => tf.assign(tv[1]![i]!, a)));
  const init = tf.globalVariablesInitializer();
  const runs: (Run | 'VARS')[] = [];
  for (const [label, train] of [['adam', adam], ['momentum', mom]] as const) {
    runs.push({ fetch: init, label }, { fetch: copy }, { fetch: tv });
    for (let s = 0; s < 10; s++) {
      const f: Feed = [[x, arr([4, 6, 6, 1], 10 + s % 3)], [y, onehot(4, 20 + s % 3)]];
      runs.push({ fetch: loss, feed: f }, { fetch: train, feed: f });
    }
    runs.push({ fetch: tv });
  }
  return { runs };
}

export function seed_errors(): Program {
  const ph = (...s: (number | null)[]): tf.Tensor => tf.placeholder(tf.float32, s);
  const i1 = ph(16, 1, 32, 32);
  const i2 = ph(16, 1, 32, 32);
  attempt('1 undefined inputs', () => { tf.concat([i1, i2], { axis: 0 }); throw new ReferenceError("name 'inputs' is not defined"); });
  tf.variableScope('m2', () => {
    tf.getVariable('reference_batch', { initializer: arr([2, 2], 1) });
    note('2 reference_batch is trainable', tf.trainableVariables().map((v) => v.name));
  });
  attempt('3 nn.conv2d with contrib arguments', () => tf.nn.conv2d(i1, { kernelSize: [3, 3], numOutputs: 1, stride: [1, 1], padding: 'VALID', dataFormat: 'NCHW' } as never));
  attempt('5 reshape to zero dims', () => tf.reshape(ph(32, 7), [32, 7, 0, 0]));
  attempt('5b reshape rank 1', () => tf.reshape(ph(32), [32, 1, 1, 1]).name);
  attempt('7 int of unknown batch', () => {
    const x = ph(null, 1, 8, 8);
    note('7 shape[0]//2 of None', x.shape.at(0).floordiv(2).repr);
    return Number(x.getShape().at(0));
  });
  attempt('7b slice with Dimension(None)', () => {
    const x = ph(null, 3, 8, 8);
    return tf.slice(x, [0, 0, 0, 0], [x.shape.at(0).floordiv(2), 3, 8, 8]);
  });
  attempt('8 scope name reopened elsewhere', () => {
    tf.variableScope('convnet8', () => {
      tf.variableScope('Norm0', () => { tf.getVariable('gamma', [1, 3, 1, 1], { initializer: tf.constantInitializer(1.) }); });
    });
    return tf.variableScope('Norm0', { reuse: true }, () => tf.getVariable('gamma', [1, 3, 1, 1], { initializer: tf.constantInitializer(1.) }));
  });
  tf.variableScope('m9', () => {
    note('9 default activation', conv2d(ph(2, 8, 8, 3), 4, 3).op.type);
    note('9b default activation of fully_connected', tf.contrib.layers.fullyConnected(ph(2, 3), 2).op.type);
  });
  attempt('10 fully_connected under reuse=True', () => {
    tf.variableScope('convnet10', () => conv2d(i1, 1, 3, { dataFormat: 'NCHW', scope: 'Layer0' }));
    return tf.variableScope('convnet10', { reuse: true }, () => {
      const h = conv2d(i2, 1, 3, { dataFormat: 'NCHW', scope: 'Layer0' });
      return tf.contrib.layers.fullyConnected(tf.reduceMean(h, { axis: [2, 3] }), { numOutputs: 2 });
    });
  });
  note('10b second unnamed head', [tf.contrib.layers.fullyConnected(ph(2, 3), 2).name, tf.contrib.layers.fullyConnected(ph(2, 3), 2).name]);
  note('variables', tf.globalVariables().map((v) => v.name));
  tf.setRandomSeed(1);
  tf.variableScope('m12a', () => conv2d(tf.concat([ph(2, 4, 4, 1), ph(2, 4, 4, 1)], { axis: 0 }), 1, 3, { scope: 'c' }));
  tf.variableScope('m12b', () => conv2d(ph(2, 4, 4, 1), 1, 3, { scope: 'c' }));
  note('12 default seeds', tf.getDefaultGraph().getOperations().filter((o) => o.type === 'RandomUniform').map((o) => [o.name, o.getAttr('seed'), o.getAttr('seed2')]));
  attempt('no scope name, reuse twice', () => second(i1));
  attempt('vbn without scope under reuse', unnamed);
  const w = tf.ones([3, 3, 1, 1]);
  const nchwConv = tf.nn.conv2d(i1, w, [1, 1, 1, 1], 'VALID', { dataFormat: 'NCHW' });
  const pool = tf.nn.maxPool(i1, [1, 1, 2, 2], [1, 1, 2, 2], 'VALID', { dataFormat: 'NCHW' });
  const bias = tf.nn.biasAdd(i1, tf.ones([1]), { dataFormat: 'NCHW' });
  const zeros = arr([16, 1, 32, 32], 1);
  (zeros.data as Float32Array).fill(0);
  const feed: Feed = [[i1, zeros]];
  return { runs: [{ fetch: nchwConv.op, feed }, { fetch: pool.op, feed }, { fetch: bias.op, feed }] };
}

function second(x: tf.Tensor): tf.Tensor {
  const cv = (): tf.Tensor => conv2d(x, 1, 3, { dataFormat: 'NCHW' });
  const [a, b] = tf.variableScope('twice', () => [cv(), cv()] as const);
  return tf.variableScope('twice', { reuse: true }, () => {
    const [c, d] = [cv(), cv()];
    note('names', [a, b, c, d].map((t) => t.name));
    return cv();
  });
}

function unnamed(): string {
  tf.variableScope('u', () => tf.variableScope(null, 'VBN', () => { tf.getVariable('gamma', [2]); }));
  return tf.variableScope('u', { reuse: true }, () => tf.variableScope(null, 'VBN', () => tf.getVariable('gamma', [2]).name));
}
