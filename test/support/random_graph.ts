// Random programs for property tests: elementwise ops, broadcasts, reductions, matmuls and convolutions over a few
// shapes, constant sub-graphs, gradients of a loss, and writes. Every one has a matmul and a reduction (many also
// convolutions), gradients, and an assign; its forward part has exactly as many nodes as were drawn for it.
import * as tf from 'tfgraph';
import { Random } from './random.ts';

export interface RandomGraph {
  readonly graph: tf.Graph;
  /** Everything that may be fetched: tensors, variables, and write ops with their outputs. */
  readonly fetchable: readonly tf.Tensor[];
  readonly feeds: readonly (readonly [tf.Tensor, tf.NDArray])[];
  readonly init: tf.Operation;
  readonly variables: readonly tf.Variable[];
  /** Number of nodes from the placeholders to the loss; gradients, updates and the init op come on top. */
  readonly forwardNodes: number;
}

/** Bounds of `forwardNodes`. */
export const FORWARD = { min: 30, max: 120 } as const;

const ROWS = 5;
const COLS = 7;

export function randomGraph(seed: number): RandomGraph {
  const graph = new tf.Graph();
  return graph.asDefault(() => new Builder(graph, new Random(seed)).build());
}

/** What a step may cost at most, in nodes, and what it does. */
type Step = readonly [cost: number, run: () => void];

class Builder {
  readonly #graph: tf.Graph;
  readonly #r: Random;
  readonly #feeds: (readonly [tf.Tensor, tf.NDArray])[] = [];
  readonly #variables: tf.Variable[] = [];
  readonly #matrices: tf.Tensor[] = [];
  readonly #constants: tf.Tensor[] = [];
  readonly #scalars: tf.Tensor[] = [];
  readonly #images: tf.Tensor[] = [];
  #convolution: { image: tf.Tensor; kernel: tf.Variable; bias: tf.Variable } | undefined;

  constructor(graph: tf.Graph, r: Random) { this.#graph = graph; this.#r = r; }

  build(): RandomGraph {
    const goal = this.#r.between(FORWARD.min, FORWARD.max);
    const x = this.#placeholder('x', [ROWS, COLS]);
    const w = this.#variable('w', [COLS, COLS]);
    const b = this.#variable('b', [COLS]);
    this.#matrices.push(x);
    for (let i = 0; i < 3; i++) this.#constants.push(tf.constant(this.#array([ROWS, COLS])));
    this.#scalars.push(tf.constant(this.#array([])));
    const steps = this.#steps(w, b);
    const END = 7; // the nodes of the last layer and the loss below
    for (let room = goal - this.#graph.size - END; room > 0; room = goal - this.#graph.size - END) this.#r.pick(steps.filter(([cost]) => cost <= room))[1]();
    const last = tf.tanh(tf.nn.biasAdd(tf.matmul(this.#matrices.at(-1)!, w), b));
    const loss = tf.addN([tf.reduceMean(tf.square(last)), ...this.#scalars.slice(-2)]);
    const forwardNodes = this.#graph.size;
    return { ...this.#train(loss), graph: this.#graph, feeds: this.#feeds, variables: this.#variables, forwardNodes };
  }

  #steps(w: tf.Variable, b: tf.Variable): Step[] {
    const r = this.#r;
    const [matrices, constants, scalars, images] = [this.#matrices, this.#constants, this.#scalars, this.#images];
    const unary: ((t: tf.Tensor) => tf.Tensor)[] = [tf.tanh, tf.sigmoid, tf.exp, tf.square, tf.nn.relu, (t) => t.neg(), tf.abs, (t) => tf.sqrt(tf.abs(t).add(0.5)), (t) => tf.log(tf.abs(t).add(0.5))];
    const binary: ((p: tf.Tensor, q: tf.Tensor) => tf.Tensor)[] = [(p, q) => p.add(q), (p, q) => p.sub(q), (p, q) => p.mul(q), tf.maximum, tf.minimum, tf.squaredDifference];
    const tame = tf.tanh; // keeps values in range however deep the graph
    // Mostly recent ones, so that graphs are deep and little of them is left unused.
    const pick = (from: readonly tf.Tensor[]): tf.Tensor => r.pick(r.bool(0.75) ? from.slice(-3) : from);
    const matrix = (): tf.Tensor => pick(r.bool(0.25) ? constants : matrices);
    const two = (from: readonly tf.Tensor[]): [tf.Tensor, tf.Tensor] => r.sample(from, 2) as [tf.Tensor, tf.Tensor]; // different ones: x - x says little
    return [
      [1, () => matrices.push(r.pick(binary)(...two([...matrices.slice(-4), ...constants.slice(-2)])))],
      [1, () => constants.push(r.pick(binary)(...two(constants)))],
      [6, () => constants.push(tame(r.pick(unary)(r.pick(binary)(...two(constants)))))],
      [5, () => matrices.push(tame(r.pick(unary)(matrix())))],
      [1, () => matrices.push(matrix().add(b))],
      [1, () => matrices.push(matrix().mul(pick(scalars)))],
      [3, () => matrices.push(tame(tf.nn.biasAdd(tf.matmul(matrix(), w), b)))],
      [3, () => matrices.push(tf.nn.relu(tf.nn.biasAdd(tf.matmul(matrix(), w), b)))],
      [3, () => scalars.push(tame(r.bool() ? tf.reduceMean(matrix()) : tf.reduceSum(matrix())))],
      [3, () => matrices.push(matrix().sub(tf.reduceMean(matrix(), [r.int(2)], { keepdims: true })))],
      [1, () => matrices.push(tf.nn.softmax(matrix()))],
      [12, () => {
        const { image, kernel, bias } = (this.#convolution ??= { image: this.#placeholder('image', [2, 6, 6, 3]), kernel: this.#variable('k', [3, 3, 3, 4]), bias: this.#variable('c', [4]) });
        const stride = r.between(1, 2);
        images.push(tame(tf.nn.biasAdd(tf.nn.conv2d(image, kernel, [1, stride, stride, 1], r.pick(['SAME', 'VALID'])), bias)));
      }],
      [6, () => { if (images.length > 0) scalars.push(tf.reduceMean(r.pick(unary)(pick(images)))); }],
      [6, () => matrices.push(tf.concat([matrix(), matrix()], { axis: 0 }).at([0, ROWS]))],
      [11, () => matrices.push(tf.transpose(tf.reshape(matrix(), [COLS, ROWS])))],
      [8, () => { const [p, q] = tf.split(matrix(), [2, COLS - 2], 1) as [tf.Tensor, tf.Tensor]; matrices.push(tame(tf.concat([tf.sigmoid(q), p.mul(pick(scalars))], 1))); }],
      [13, () => { const part = tf.slice(tf.matmul(matrix(), w), [1, 0], [ROWS - 2, COLS - 1]); scalars.push(tame(tf.reduceMean(part)), tf.reduceSum(tf.square(part.sub(tf.reduceMean(part, 0))))); }],
    ];
  }

  /** Gradients of the loss for every variable, a write with one of them, sometimes a second write and an optimizer. */
  #train(loss: tf.Tensor): Pick<RandomGraph, 'fetchable' | 'init'> {
    const r = this.#r;
    const gradients = tf.gradients(loss, this.#variables);
    const trained = this.#variables.flatMap((v, i) => { const g = gradients[i]; return g instanceof tf.Tensor ? [{ v, g }] : []; });
    const writes: tf.Tensor[] = [];
    const push = (u: tf.Tensor | tf.Variable): void => { if (u instanceof tf.Tensor) writes.push(u); };
    const { v, g } = r.pick(trained);
    push(tf.assignSub(v, g.mul(0.1)));
    if (r.bool()) push(tf.assignAdd(this.#variables[1]!, tf.constant(this.#array([COLS]))));
    const train = r.bool() ? new tf.train.GradientDescentOptimizer(0.1).minimize(loss, { varList: [r.pick(trained).v] }) : undefined;
    for (const update of train?.controlInputs ?? []) writes.push(...update.outputs);
    const tensors = this.#graph.getOperations().filter((o) => o.type !== 'Placeholder' && !o.name.includes('Assign') && !o.name.includes('initial_value'))
      .flatMap((o) => o.outputs).filter((t) => t.dtype === tf.float32);
    return { fetchable: [...new Set([...tensors, ...this.#variables.map((x) => x.ref()), ...writes])], init: tf.globalVariablesInitializer() };
  }

  #array(shape: readonly number[]): tf.NDArray { return new tf.NDArray(tf.float32, shape, this.#r.floats(shape.reduce((a, b) => a * b, 1))); }
  #placeholder(name: string, shape: number[]): tf.Tensor {
    const t = tf.placeholder(tf.float32, shape, { name });
    this.#feeds.push([t, this.#array(shape)]);
    return t;
  }
  #variable(name: string, shape: number[]): tf.Variable {
    const v = new tf.Variable(this.#array(shape), { name });
    this.#variables.push(v);
    return v;
  }
}
