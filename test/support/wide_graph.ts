// Random graphs of every kind of op: layers and their gradients in both layouts, products in all forms, normalisations, recurrent
// cells, rows by index, data movement, every dtype, casts, conditionals, random ops, control edges, empty and special values,
// optimizers of every kind, and reads before and after writes. What a draw may be is a table (wide_draws.ts).
import * as tf from 'tfgraph';
import { LookupError, TypeError, ValueError } from '../../src/graph/errors.ts';
import { registeredGradient } from '../../src/ops/registry.ts';
import { nd, SPECIAL, type Value } from '../session/kernels/helpers.ts';
import type { FetchGraph } from './fetch_sets.ts';
import { Random } from './random.ts';
import { DRAWS, OPTIMIZERS } from './wide_draws.ts';

export const FLOATS = [tf.float32, tf.float64, tf.float16, tf.bfloat16] as const;
export const INTEGERS = [tf.int8, tf.int16, tf.int32, tf.int64, tf.uint8, tf.uint16, tf.uint32, tf.uint64] as const;
export const COMPLEX = [tf.complex64, tf.complex128] as const;
export const EVERY: readonly tf.DType[] = [...FLOATS, ...INTEGERS, ...COMPLEX, tf.bool];

export interface WideGraph extends FetchGraph {
  /** Names of the draws that made it. */
  readonly drawn: readonly string[];
  /** Operations that may be run beside what is fetched. */
  readonly targets: readonly tf.Operation[];
  /** Whether it has gradients. */
  readonly trains: boolean;
}

export function wideGraph(seed: number): WideGraph {
  const graph = new tf.Graph();
  graph.seed = 87654321;
  return graph.asDefault(() => new WideBuilder(graph, new Random(seed)).build());
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** What draws build with. */
export class WideBuilder {
  readonly graph: tf.Graph;
  readonly r: Random;
  readonly variables: tf.Variable[] = [];
  /** Where an op is differentiated it must be by these. */
  readonly #feeds: (readonly [tf.Tensor, tf.NDArray])[] = [];
  readonly #made: tf.Tensor[] = [];
  readonly #targets: tf.Operation[] = [];
  /** What in this graph is rare or not at all: empty tensors, special values, dimensions that placeholders leave open. */
  readonly #empty: number;
  readonly #special: number;
  readonly #open: number;
  readonly #dims: readonly number[];

  constructor(graph: tf.Graph, r: Random) {
    this.graph = graph;
    this.r = r;
    this.#empty = r.bool(0.1) ? 0.1 : 0;
    this.#special = r.bool(0.2) ? 0.5 : 0;
    this.#open = r.bool(0.3) ? 0.5 : 0;
    this.#dims = r.bool(0.05) ? [16, 31, 32, 40, 64, 65] : [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 17];
  }

  build(): WideGraph {
    const { r } = this, drawn: string[] = [], names = Object.keys(DRAWS);
    for (let n = r.between(2, 4); n > 0; n--) this.add(this.leaf(this.shape(), r.pick([tf.float32, tf.float32, tf.float32, r.pick(EVERY)])));
    // A few kinds of draws a graph, so that what belongs together meets.
    const kinds = r.sample(names, r.between(3, 12));
    for (let n = r.between(6, 30); n > 0; n--) {
      const kind = r.bool(0.8) ? r.pick(kinds) : r.pick(names), waited = this.graph.getOperations();
      tf.controlDependencies(r.bool(0.05) ? [r.pick(waited.filter((o) => !/^(Switch|RefSwitch)$/.test(o.type)))] : [], () => { DRAWS[kind]!(this); });
      drawn.push(kind);
    }
    const trains = this.#train();
    const init = tf.globalVariablesInitializer();
    const beside = new Set<tf.Operation>(init.controlInputs);
    const fetchable = this.graph.getOperations().filter((o) => !beside.has(o) && o !== init && this.graph.isFetchable(o) && !mayBeDead(o) && !/^(Placeholder|Switch|VarHandleOp|VariableV2|Print|Assert)$/.test(o.type) && !/Initializer|initial_value|IsInitialized/.test(o.name))
      .flatMap((o) => o.outputs).filter((t) => t.dtype.baseDtype !== tf.resource && t.dtype.baseDtype !== tf.string && t.dtype.baseDtype.storage !== 'none');
    return { graph: this.graph, feeds: this.#feeds, init, fetchable: [...new Set([...fetchable, ...this.variables.map((v) => v.value())])], drawn, targets: this.#targets, trains };
  }

  // --- sizes, shapes, values
  dim(): number { return this.r.bool(this.#empty) ? 0 : this.r.pick(this.#dims); }
  /** At most 4,096 elements. */
  shape(rank = this.r.between(0, 4)): number[] {
    const shape = Array.from({ length: rank }, () => this.dim());
    for (let i = 0; sizeOf(shape) > 4096; i++) shape[i] = Math.min(shape[i]!, 3);
    return shape;
  }
  /** A shape that broadcasts with another, and is no larger. */
  narrower(shape: readonly number[]): number[] { return shape.map((d) => (this.r.bool(0.4) ? 1 : d)).slice(this.r.bool(0.4) ? this.r.int(shape.length + 1) : 0); }
  float(): tf.DType { return this.r.pick([tf.float32, tf.float32, tf.float32, tf.float32, ...FLOATS]); }
  array(shape: readonly number[], dtype: tf.DType): tf.NDArray {
    const { r } = this, special = r.bool(this.#special), bits = dtype.size * 8;
    const real = (): number => (special && r.bool(0.3) ? r.pick(SPECIAL) : Math.fround(r.next() * 4 - 2));
    const value = (): Value => {
      if (dtype.isComplex) return [real(), real()];
      if (dtype.isBool) return r.bool();
      if (!dtype.isInteger) return real();
      const v = special && r.bool(0.3) ? 1n << BigInt(bits - 1) : BigInt(r.int(16) - (dtype.isUnsigned ? 0 : 6));
      return dtype.isUnsigned ? BigInt.asUintN(bits, v) : BigInt.asIntN(bits, v);
    };
    return nd(dtype, shape, Array.from({ length: sizeOf(shape) }, value));
  }
  /** Whole numbers below `n`, as places. */
  places(shape: readonly number[], n: number): tf.Tensor {
    const { r } = this, dtype = r.pick([tf.int32, tf.int64]), a = nd(dtype, shape, Array.from({ length: sizeOf(shape) }, () => BigInt(r.int(n))));
    return r.bool() ? tf.constant(a) : this.#placeholder(a);
  }

  // --- tensors
  /** Something fed, constant, or held by a variable. */
  leaf(shape: readonly number[], dtype: tf.DType): tf.Tensor {
    const { r } = this, a = this.array(shape, dtype);
    if (dtype === tf.float32 && r.bool(0.4)) return this.variable(shape).value();
    return r.bool(0.3) ? tf.constant(a) : this.#placeholder(a);
  }
  #placeholder(a: tf.NDArray): tf.Tensor {
    const { r } = this, t = tf.placeholder(a.dtype, a.shape.map((d) => (r.bool(this.#open) ? null : d)));
    this.#feeds.push([t, a]);
    if (t.shape.isFullyDefined) return t;
    const known = tf.identity(t);
    known.setShape([...a.shape]); // what is drawn on it needs a size
    return known;
  }
  variable(shape: readonly number[], dtype: tf.DType = tf.float32): tf.Variable {
    const { r } = this, old = this.variables.filter((v) => v.dtype.baseDtype === dtype && String(v.shape.dims) === String(shape));
    if (old.length > 0 && r.bool(0.6)) return r.pick(old);
    const v = new tf.Variable(this.array(shape, dtype), { useResource: r.bool(), name: 'v', trainable: dtype.isFloating } as never) as tf.Variable;
    this.variables.push(v);
    return v;
  }
  /** A tensor of a shape and a dtype: one there is, what can be made of one, or a new one. */
  get(shape: readonly number[], dtype: tf.DType = tf.float32): tf.Tensor {
    const { r } = this, fits = this.#made.filter((t) => t.dtype === dtype && String(t.shape.dims) === String(shape));
    if (fits.length > 0 && r.bool(0.7)) return this.#tame(r.pick(fits.slice(-4)));
    const wanted = sizeOf(shape), near = this.#made.filter((t) => (t.dtype === dtype || (r.bool(0.2) && !t.dtype.isComplex && !dtype.isComplex)) && sizeOf(t.shape.dims as number[]) >= wanted && wanted > 0);
    if (near.length === 0 || r.bool(0.3)) return this.leaf(shape, dtype);
    const t = r.pick(near.slice(-6)), cast = t.dtype === dtype ? t : tf.cast(t, dtype);
    const dims = cast.shape.dims as number[];
    // The same rank: a part of it where it lies; else its first elements.
    const part = dims.length === shape.length && shape.every((d, i) => d <= dims[i]!) ? tf.slice(cast, shape.map((d, i) => r.int(dims[i]! - d + 1)), [...shape])
      : tf.reshape(sizeOf(dims) === wanted ? cast : tf.slice(tf.reshape(cast, [-1]), [0], [wanted]), [...shape]);
    return this.#tame(part);
  }
  /** Often within [-1, 1], so that deep graphs do not overflow. */
  #tame(t: tf.Tensor): tf.Tensor { return t.dtype.isFloating && this.r.bool(0.3) ? tf.tanh(t) : t; }
  /** Any tensor there is, of some dtype. */
  some(dtypes: readonly tf.DType[] = EVERY): tf.Tensor {
    const { r } = this, fits = this.#made.filter((t) => dtypes.includes(t.dtype));
    return fits.length > 0 && r.bool(0.85) ? r.pick(fits.slice(-8)) : this.get(this.shape(), r.pick(dtypes));
  }
  /** A tensor that later draws may use. */
  add(...made: readonly tf.Tensor[]): void { for (const t of made) if (t.shape.isFullyDefined && sizeOf(t.shape.dims as number[]) <= 1 << 14) this.#made.push(t); }

  // --- training
  /** Gradients of what can be differentiated, an optimizer's step, reads after it. Returns whether there is any. */
  #train(): boolean {
    const { r } = this, known = new Map<tf.Operation, boolean>(), depends = new Map<tf.Operation, boolean>();
    const trained = this.variables.filter((v) => v.dtype.baseDtype === tf.float32);
    const roots = new Set(trained.map((v) => sourceOf(v)));
    const memo = (m: Map<tf.Operation, boolean>, op: tf.Operation, f: () => boolean): boolean => { let v = m.get(op); if (v === undefined) m.set(op, v = f()); return v; };
    const under = (op: tf.Operation): boolean => memo(depends, op, () => roots.has(op) || op.inputs.some((t) => under(t.op)));
    const smooth = (op: tf.Operation): boolean => memo(known, op, () => !under(op) || roots.has(op) || (registeredGradient(op.type) !== undefined && op.inputs.every((t) => smooth(t.op))));
    const ends = this.#made.filter((t) => (t.dtype === tf.float32 || t.dtype === tf.float64) && under(t.op) && smooth(t.op)).slice(-r.between(1, 4));
    if (ends.length === 0) return false;
    const loss = tf.addN(ends.map((t) => tf.cast(r.bool() ? tf.reduceMean(t) : tf.reduceSum(tf.tanh(t)), tf.float32)), { name: 'loss' });
    const varList = trained.filter((v) => { const op = sourceOf(v); return ends.some((t) => reaches(t.op, op)); });
    if (varList.length === 0) return false;
    const pick = r.sample(varList, 4);
    try {
      if (r.bool(0.3)) { for (const g of tf.gradients(loss, pick)) if (g instanceof tf.Tensor) this.add(g); }
      if (r.bool(0.75)) {
        const step = r.pick(Object.values(OPTIMIZERS))().minimize(loss, { varList: pick });
        this.#targets.push(step);
        // Before and after the step, as the edges say.
        tf.controlDependencies([step], () => { for (const v of pick) tf.multiply(v.readValue(), 2, { name: 'after' }); });
        for (const v of pick) tf.controlDependencies([r.pick(ends)], () => { tf.multiply(v.readValue(), 3, { name: 'between' }); });
      }
    } catch (e) {
      // A gradient TensorFlow does not have either: what is built of it stays.
      if (!(e instanceof LookupError || e instanceof ValueError || e instanceof TypeError)) throw e;
      return false;
    }
    return true;
  }
}

const dead = new WeakMap<tf.Operation, boolean>();
/** Whether a conditional may leave it without a value. */
function mayBeDead(o: tf.Operation): boolean {
  let v = dead.get(o);
  if (v === undefined) dead.set(o, v = /^(Ref)?Switch$/.test(o.type) || (!/^(Ref)?Merge$/.test(o.type) && [...o.inputs.map((t) => t.op), ...o.controlInputs].some(mayBeDead)));
  return v;
}

/** The node that holds a variable. */
function sourceOf(v: tf.Variable): tf.Operation { let op = v.value().op; while (op.inputs.length > 0) op = op.inputs[0]!.op; return op; }

function reaches(from: tf.Operation, to: tf.Operation): boolean {
  const seen = new Set<tf.Operation>(), stack = [from];
  for (let op = stack.pop(); op; op = stack.pop()) {
    if (op === to) return true;
    for (const t of op.inputs) if (!seen.has(t.op)) { seen.add(t.op); stack.push(t.op); }
  }
  return false;
}
