// Random graphs for the fetch-independence tests: elementwise ops, broadcasts, reductions, matmuls and convolutions over
// a few shapes, constant sub-graphs, gradients of a loss, and writes. Every graph has at least one contraction or
// reduction, gradients, and an assign.
import * as tf from 'tfgraph';
import { Random } from './random.ts';

export interface RandomGraph {
  readonly graph: tf.Graph;
  /** Everything that may be fetched: tensors, and write ops with their outputs. */
  readonly fetchable: readonly tf.Tensor[];
  readonly feeds: readonly (readonly [tf.Tensor, tf.NDArray])[];
  readonly init: tf.Operation;
  readonly variables: readonly tf.Variable[];
}

const ROWS = 5;
const COLS = 7;

export function randomGraph(seed: number): RandomGraph {
  const r = new Random(seed);
  const graph = new tf.Graph();
  return graph.asDefault(() => {
    const array = (shape: readonly number[], lo = -1, hi = 1): tf.NDArray => new tf.NDArray(tf.float32, shape, r.floats(shape.reduce((a, b) => a * b, 1), lo, hi));
    const x = tf.placeholder(tf.float32, [ROWS, COLS], { name: 'x' });
    const image = tf.placeholder(tf.float32, [2, 6, 6, 3], { name: 'image' });
    const w = new tf.Variable(array([COLS, COLS]), { name: 'w' });
    const k = new tf.Variable(array([3, 3, 3, 4]), { name: 'k' });
    const b = new tf.Variable(array([COLS]), { name: 'b' });
    const c = new tf.Variable(array([4]), { name: 'c' });
    const variables = [w, k, b, c];
    const matrices: tf.Tensor[] = [x, tf.constant(array([ROWS, COLS])), tf.constant(array([ROWS, COLS]))];
    const images: tf.Tensor[] = [];
    const scalars: tf.Tensor[] = [tf.constant(r.next(), { dtype: tf.float32 })];
    const size = r.between(12, 45);

    const unary: ((t: tf.Tensor) => tf.Tensor)[] = [tf.tanh, tf.sigmoid, tf.exp, tf.square, tf.nn.relu, (t) => t.neg(), tf.abs, (t) => tf.sqrt(tf.abs(t).add(0.5)), (t) => tf.log(tf.abs(t).add(0.5))];
    const binary: ((p: tf.Tensor, q: tf.Tensor) => tf.Tensor)[] = [(p, q) => p.add(q), (p, q) => p.sub(q), (p, q) => p.mul(q), tf.maximum, tf.minimum, tf.squaredDifference];
    const tame = (t: tf.Tensor): tf.Tensor => tf.tanh(t); // keeps values in range however deep the graph
    const steps: (() => void)[] = [
      () => matrices.push(tame(r.pick(unary)(r.pick(matrices)))),
      () => matrices.push(r.pick(binary)(r.pick(matrices), r.pick(matrices))),
      () => matrices.push(r.pick(matrices).add(b)),
      () => matrices.push(r.pick(matrices).mul(r.pick(scalars))),
      () => matrices.push(tame(tf.nn.biasAdd(tf.matmul(r.pick(matrices), w), b))),
      () => matrices.push(tf.nn.relu(tf.nn.biasAdd(tf.matmul(r.pick(matrices), w), b))),
      () => scalars.push(tame(r.bool() ? tf.reduceMean(r.pick(matrices)) : tf.reduceSum(r.pick(matrices)))),
      () => matrices.push(r.pick(matrices).sub(tf.reduceMean(r.pick(matrices), [r.int(2)], { keepdims: true }))),
      () => matrices.push(tf.nn.softmax(r.pick(matrices))),
      () => images.push(tame(tf.nn.biasAdd(tf.nn.conv2d(image, k, [1, r.between(1, 2), 1, 1].map((v, i, a) => (i === 2 ? a[1]! : v)), r.pick(['SAME', 'VALID'])), c))),
      () => { if (images.length > 0) scalars.push(tf.reduceMean(r.pick(unary)(r.pick(images)))); },
      () => matrices.push(tf.concat([r.pick(matrices), r.pick(matrices)], { axis: 0 }).at([0, ROWS])),
      () => matrices.push(tf.transpose(tf.reshape(r.pick(matrices), [COLS, ROWS]))),
    ];
    steps[4]!();
    steps[9]!();
    steps[10]!();
    for (let i = 0; i < size; i++) r.pick(steps)();
    const loss = tf.addN([tf.reduceMean(tf.square(matrices.at(-1)!)), tf.reduceMean(tf.square(matrices.at(-2)!)), ...scalars.slice(-3), tf.reduceMean(tf.square(tf.matmul(matrices.at(-1)!, w)))]);
    const byVariable = tf.gradients(loss, variables);
    const grads = byVariable.filter((g): g is tf.Tensor => g instanceof tf.Tensor);
    const trained = variables.filter((_, i) => byVariable[i] instanceof tf.Tensor);
    const writes: tf.Tensor[] = [];
    const push = (u: tf.Tensor | tf.Variable): void => { if (u instanceof tf.Tensor) writes.push(u); };
    const target = r.pick(trained);
    const g = tf.gradients(loss, [target])[0];
    if (g instanceof tf.Tensor) push(tf.assignSub(target, g.mul(0.1)));
    if (r.bool()) push(tf.assignAdd(b, tf.constant(array([COLS]))));
    const train = r.bool() ? new tf.train.GradientDescentOptimizer(0.1).minimize(loss, { varList: [r.pick(trained)] }) : undefined;
    const init = tf.globalVariablesInitializer();
    const all = graph.getOperations().filter((o) => o.type !== 'Placeholder' && !o.name.includes('Assign') && !o.name.includes('initial_value'))
      .flatMap((o) => o.outputs).filter((t) => t.dtype === tf.float32);
    if (train) for (const cI of train.controlInputs) writes.push(...cI.outputs);
    return {
      graph, fetchable: [...new Set([...all, ...grads, ...writes, loss])],
      feeds: [[x, array([ROWS, COLS])], [image, array([2, 6, 6, 3])]] as const,
      init, variables,
    };
  });
}
