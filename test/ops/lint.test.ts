// tf.lint: every rule on what it should and should not report, and the seed's mistakes among correct programs.
import { describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { formatFinding, LINT_RULES } from '../../src/ops/lint.ts';

/** An array whose numbers differ. */
function array(shape: readonly number[], seed = 1): tf.NDArray {
  const n = shape.reduce((a, b) => a * b, 1);
  return new tf.NDArray(tf.float32, shape, Float32Array.from({ length: n }, (_, i) => Math.sin(i + seed)));
}

/** Findings of a graph as [rule, node]. */
function lintOf(build: () => void): [string, string][] {
  const g = new tf.Graph();
  g.asDefault(build);
  return tf.lint(g).map((f) => [f.rule, f.node]);
}

const image = (n: number): tf.Tensor => tf.placeholder(tf.float32, [n, 6, 6, 1], { name: 'x' });
const labelsOf = (n: number | null): tf.Tensor => tf.placeholder(tf.float32, [n, 2], { name: 'y' });
const xent = (labels: tf.Tensor, logits: tf.Tensor): tf.Tensor => tf.reduceMean(tf.nn.softmaxCrossEntropyWithLogits({ labels, logits }));
const conv = (x: tf.Tensor, scope = 'c'): tf.Tensor => tf.contrib.layers.conv2d(x, 3, [3, 3], { activationFn: null, scope });
const head = (h: tf.Tensor, options: object = { activationFn: null }): tf.Tensor => tf.contrib.layers.fullyConnected(tf.reduceMean(h, [1, 2]), 2, { scope: 'head', ...options });

describe('trainable-data', () => {
  const RULE = [['trainable-data', 'ref']];
  test('joined with fed examples', () => {
    expect(lintOf(() => { conv(tf.concat([tf.getVariable('ref', { initializer: array([4, 6, 6, 1]) }), image(4)], 0)); })).toEqual(RULE);
  });
  test('data of a convolution, behind scaling and a reshape', () => {
    expect(lintOf(() => {
      const ref = tf.getVariable('ref', { initializer: array([4, 36]) });
      conv(tf.reshape(ref.value().sub(0.5).mul(2.), [4, 6, 6, 1]));
    })).toEqual(RULE);
  });
  test('data of a dense layer', () => {
    expect(lintOf(() => { tf.layers.dense(tf.getVariable('ref', { initializer: array([4, 6]) }).value(), 3); })).toEqual(RULE);
    expect(lintOf(() => { tf.layers.dense(new tf.Variable(array([4, 6]), { name: 'ref' }).value(), 3); })).toEqual(RULE);
  });
  test('data of a dense layer whose weights are an array, too: the weights are known by their other use', () => {
    const weights = (): tf.Variable => new tf.Variable(array([6, 3]), { name: 'w' });
    expect(lintOf(() => {
      const w = weights();
      tf.matmul(tf.placeholder(tf.float32, [4, 6]), w);
      tf.matmul(new tf.Variable(array([4, 6]), { name: 'ref' }), w);
    })).toEqual(RULE);
  });
  test('the finding names the line, the data and the remedy', () => {
    const g = new tf.Graph();
    g.asDefault(() => { conv(tf.getVariable('ref', { initializer: array([4, 6, 6, 1]) }).value()); });
    const [f] = tf.lint(g);
    expect(f).toMatchObject({ rule: 'trainable-data', node: 'ref', op: 'VariableV2' });
    expect(f!.site).toMatch(/lint\.test\.ts:\d+:\d+$/);
    expect(f!.message).toContain("'ref' is initialised from data (float32[4,6,6,1]) and used as an input of the network (data of Conv2D 'c/Conv2D'");
    expect(f!.remedy).toContain('trainable: false');
  });

  const innocent: [string, () => void][] = [
    ['not trainable', () => { conv(tf.concat([tf.getVariable('ref', { initializer: array([4, 6, 6, 1]), trainable: false }), image(4)], 0)); }],
    ['weights given as arrays', () => {
      const w = new tf.Variable(array([3, 3, 1, 3]), { name: 'w' });
      const h = tf.nn.conv2d(image(4), w, [1, 1, 1, 1], 'SAME');
      tf.matmul(tf.reduceMean(h, [1, 2]), new tf.Variable(array([3, 2]), { name: 'v' }));
    }],
    ['weights on the left of the examples', () => { tf.matmul(new tf.Variable(array([3, 4]), { name: 'w' }), tf.placeholder(tf.float32, [4, 5])); }],
    ['bias and gamma by constant_initializer', () => {
      const h = conv(image(4));
      h.mul(tf.getVariable('gamma', [1, 1, 1, 3], { initializer: tf.constantInitializer(1.) })).add(tf.getVariable('beta', { initializer: array([3]) }));
    }],
    ['a matrix factorisation', () => { tf.matmul(new tf.Variable(array([4, 2]), { name: 'u' }), new tf.Variable(array([2, 5]), { name: 'v' })); }],
    ['a learned image that starts from an initializer', () => { conv(tf.getVariable('canvas', [1, 6, 6, 1]).value()); }],
    ['a learned image that starts from zeros', () => { conv(new tf.Variable(new tf.NDArray(tf.float32, [1, 6, 6, 1], new Float32Array(36)), { name: 'canvas' }).value()); }],
    ['a pre-trained embedding', () => { tf.layers.dense(tf.gather(new tf.Variable(array([9, 6]), { name: 'table' }), tf.placeholder(tf.int32, [4])), 2); }],
    ['cut off by stop_gradient', () => { conv(tf.stopGradient(tf.getVariable('ref', { initializer: array([4, 6, 6, 1]) }))); }],
  ];
  test.each(innocent)('silent: %s', (_, build) => { expect(lintOf(build)).toEqual([]); });
});

describe('relu-logits', () => {
  const relu = (h: tf.Tensor): tf.Tensor => head(h, {});
  test('softmax cross-entropy on the default activation of fully_connected', () => {
    expect(lintOf(() => { xent(labelsOf(4), relu(conv(image(4)))); })).toEqual([['relu-logits', 'head/Relu']]);
  });
  test('the sparse and the sigmoid form, and log(softmax) by hand', () => {
    const logits = (): tf.Tensor => tf.nn.relu(tf.placeholder(tf.float32, [4, 2]), { name: 'r' });
    expect(lintOf(() => { tf.nn.sparseSoftmaxCrossEntropyWithLogits({ labels: tf.placeholder(tf.int32, [4]), logits: logits() }); })).toEqual([['relu-logits', 'r']]);
    expect(lintOf(() => { tf.nn.sigmoidCrossEntropyWithLogits({ labels: labelsOf(4), logits: logits() }); })).toEqual([['relu-logits', 'r']]);
    expect(lintOf(() => { tf.log(tf.nn.softmax(logits()).add(1e-8)); })).toEqual([['relu-logits', 'r']]);
    expect(lintOf(() => { tf.nn.logSoftmax(logits()); })).toEqual([['relu-logits', 'r']]);
  });
  test('through reshape, identity, bias and temperature; once for two losses', () => {
    expect(lintOf(() => {
      const r = tf.nn.relu(tf.placeholder(tf.float32, [4, 2]), { name: 'r' });
      const biased = tf.nn.biasAdd(r, tf.getVariable('b', [2]));
      const logits = tf.identity(tf.reshape(biased, [4, 2])).div(3.).add(tf.getVariable('c', [2]));
      xent(labelsOf(4), logits);
      xent(labelsOf(4), logits);
    })).toEqual([['relu-logits', 'r']]);
  });
  test('once when the gradient repeats the softmax', () => {
    expect(lintOf(() => {
      const w = tf.getVariable('w', [3, 2]);
      tf.gradients(xent(labelsOf(4), tf.nn.relu(tf.matmul(tf.placeholder(tf.float32, [4, 3]), w), { name: 'r' })), [w]);
    })).toEqual([['relu-logits', 'r']]);
  });
  const innocent: [string, () => void][] = [
    ['a relu before the last layer', () => { xent(labelsOf(4), head(tf.nn.relu(conv(image(4))))); }],
    ['relu of an attention score', () => { tf.nn.softmax(tf.nn.relu(tf.placeholder(tf.float32, [4, 2]))); }],
    ['the relu inside sigmoid cross-entropy', () => { tf.nn.sigmoidCrossEntropyWithLogits({ labels: labelsOf(4), logits: tf.placeholder(tf.float32, [4, 2]) }); }],
    ['relu and mean-square loss', () => { tf.reduceMean(tf.square(tf.nn.relu(tf.placeholder(tf.float32, [4, 2])).sub(1.))); }],
  ];
  test.each(innocent)('silent: %s', (_, build) => { expect(lintOf(build)).toEqual([]); });
});

describe('batch-mismatch', () => {
  const second = (t: tf.Tensor): tf.Tensor => { const s = t.shape.asList() as number[]; return tf.slice(t, [s[0]! / 2, ...s.slice(1).map(() => 0)], [s[0]! / 2, ...s.slice(1)]); };
  const HALF = /of the 8 examples of labels 'y' only 4\.\.7 reach a loss; 4 are left over/;
  test('half of the labels left over', () => {
    const g = new tf.Graph();
    g.asDefault(() => { xent(second(labelsOf(8)), head(second(conv(image(8))))); });
    const found = tf.lint(g);
    expect(found.map((f) => f.rule)).toEqual(['batch-mismatch']);
    expect(found[0]!.message).toMatch(HALF);
    expect(found[0]!.op).toBe('SoftmaxCrossEntropyWithLogits');
    expect(found[0]!.site).toMatch(/lint\.test\.ts/);
  });
  test('half of the inputs left over, labels of unknown batch', () => {
    expect(lintOf(() => { xent(labelsOf(null), head(second(tf.nn.relu(conv(image(8)))))); })).toMatchObject([['batch-mismatch', expect.any(String)]]);
  });
  test('strided slices and split', () => {
    expect(lintOf(() => { xent(labelsOf(8).at([4, null]), head(conv(image(8)).at([4, null]))); })).toMatchObject([['batch-mismatch', expect.any(String)]]);
    expect(lintOf(() => { xent(tf.split(labelsOf(8), 2)[1]!, head(tf.split(conv(image(8)), 2)[1]!)); })).toMatchObject([['batch-mismatch', expect.any(String)]]);
  });
  const innocent: [string, () => void][] = [
    ['the second half of [reference, x]', () => {
      const ref = tf.getVariable('ref', { initializer: array([8, 6, 6, 1]), trainable: false });
      xent(labelsOf(8), head(second(conv(tf.concat([ref, image(8)], 0)))));
    }],
    ['a fed reference', () => { xent(labelsOf(8), head(second(conv(tf.concat([tf.placeholder(tf.float32, [8, 6, 6, 1]), image(8)], 0))))); }],
    ['reference and examples in one placeholder, labels for the examples', () => { xent(labelsOf(4), head(second(conv(image(8))))); }],
    ['two towers, half the batch each', () => {
      const [x, y] = [tf.split(image(8), 2), tf.split(labelsOf(8), 2)];
      tf.variableScope('net', () => { xent(y[0]!, head(conv(x[0]!))); });
      tf.variableScope('net', { reuse: true }, () => { xent(y[1]!, head(conv(x[1]!))); });
    }],
    ['a shift by one', () => {
      const t = tf.placeholder(tf.float32, [9, 2], { name: 'y' });
      xent(t.at([1, null]), tf.layers.dense(t.at([null, -1]), 2));
    }],
    ['unknown batches', () => { const y = labelsOf(null); xent(y, tf.layers.dense(tf.placeholder(tf.float32, [null, 3]), 2)); }],
    ['a batch shuffled by gather', () => { const i = tf.placeholder(tf.int32, [2]); xent(tf.gather(labelsOf(8), i), tf.gather(tf.layers.dense(tf.placeholder(tf.float32, [8, 3]), 2), i)); }],
  ];
  test.each(innocent)('silent: %s', (_, build) => { expect(lintOf(build)).toEqual([]); });
});

describe('integral-float', () => {
  test('names the node, its user and the remedy', () => {
    const g = new tf.Graph();
    g.asDefault(() => { tf.constant(3, { name: 'three' }).mul(tf.placeholder(tf.float32, [])); });
    const found = tf.lint(g);
    expect(found.map((f) => [f.rule, f.node])).toEqual([['integral-float', 'three']]);
    expect(found[0]!.message).toContain("3 became float32 in Const 'three', used by Mul 'mul'");
    expect(found[0]!.remedy).toContain('tf.int32(3)');
    expect(found[0]!.site).toMatch(/lint\.test\.ts/);
  });
  test('arrays of integers', () => { expect(lintOf(() => { tf.constant([1, 2, 3]); })).toEqual([['integral-float', 'Const']]); });
  const innocent: [string, () => void][] = [
    ['the other operand is float', () => { tf.placeholder(tf.float32, [2]).mul(2); }],
    ['the other operand is int', () => { tf.placeholder(tf.int32, [2]).mul(2); }],
    ['a dtype is given', () => { tf.constant(3, { dtype: tf.float32 }); tf.constant(3, { dtype: tf.int32 }); tf.zeros([2, 3]); }],
    ['a fraction', () => { tf.constant(0.5); }],
    ['sizes, axes, permutations', () => { tf.transpose(tf.reshape(tf.reduceSum(tf.placeholder(tf.float32, [2, 3, 4]), 1), [4, 2]), [1, 0]); }],
    ['initializers', () => { tf.getVariable('v', [2], { initializer: tf.constantInitializer(1) }); tf.getVariable('z', [2], { initializer: tf.zerosInitializer() }); }],
  ];
  test.each(innocent)('silent: %s', (_, build) => { expect(lintOf(build)).toEqual([]); });
});

test('the rules, and the default graph', () => {
  expect(LINT_RULES.map((r) => r.name)).toEqual(['trainable-data', 'relu-logits', 'batch-mismatch', 'integral-float']);
  tf.resetDefaultGraph();
  tf.constant(7, { name: 'seven' });
  expect(tf.lint().map((f) => f.node)).toEqual(['seven']);
  expect(formatFinding(tf.lint()[0]!)).toMatch(/^integral-float: .*\n {2}node: seven \(op: Const\)\n {2}created at: .*\n {2}remedy: /);
  tf.resetDefaultGraph();
});
