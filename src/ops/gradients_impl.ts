// tf.gradients: the reverse walk over the ops between ys and xs, in TensorFlow's order and with all of its helper nodes
// (dead ones too, since they count in names and seeds). Follows python/ops/gradients_util.py (1.15). While-loop
// gradient state comes with the loops themselves; contexts are entered through the hook of ControlFlowContext.
import { bfloat16, resource, variant } from '../graph/dtype.ts';
import { LookupError, TypeError, ValueError } from '../graph/errors.ts';
import { getDefaultGraph, type Graph } from '../graph/graph.ts';
import type { Entered } from '../graph/scopes.ts';
import { type Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { fill, identity, shape, zerosLike, zerosLikeTensor } from './array_ops.ts';
import { inScope } from './building.ts';
import { constantNode, convertToTensor, isConvertible, type TensorLike } from './convert.ts';
import { tuple } from './control_flow_ops.ts';
import { aggregate, AggregationMethod } from './gradients_aggregate.ts';
import { IndexedSlices } from './indexed_slices.ts';
import { makeArray } from './make_array.ts';
import { type Grad, type GradFn, opBehaviour, opDef, userGradient } from './registry.ts';
import { withExits } from './scope_stack.ts';

/** `tf.UnconnectedGradients`. */
export const UnconnectedGradients = { NONE: 'none', ZERO: 'zero' } as const;
export type UnconnectedGradients = typeof UnconnectedGradients[keyof typeof UnconnectedGradients];

interface GradientsParams {
  ys: TensorLike | readonly TensorLike[];
  xs: TensorLike | IndexedSlices | readonly (TensorLike | IndexedSlices)[];
  gradYs?: TensorLike | readonly (TensorLike | null)[] | null;
  name?: string | null;
  colocateGradientsWithOps?: boolean;
  gateGradients?: boolean;
  aggregationMethod?: AggregationMethod | null;
  stopGradients?: TensorLike | readonly TensorLike[] | null;
  unconnectedGradients?: UnconnectedGradients;
}

/** `tf.gradients`: for each x the gradient of sum(ys), an IndexedSlices where only rows are touched, or null where no y
 * depends on it. Nodes lie under the name scope `gradients`.
 * Errors: LookupError `No gradient defined for operation ...`, TypeError and ValueError for bad `gradYs`. */
export const gradients = api('gradients', ['ys', 'xs', 'gradYs', 'name', 'colocateGradientsWithOps', 'gateGradients', 'aggregationMethod', 'stopGradients', 'unconnectedGradients'],
  (p: GradientsParams): Grad[] => {
    const ys = listOf(p.ys);
    const xs = listOf(p.xs);
    const gradYs: readonly (TensorLike | null)[] = p.gradYs === undefined || p.gradYs === null ? ys.map(() => null) : listOf(p.gradYs);
    const stops = p.stopGradients === undefined || p.stopGradients === null ? [] : listOf(p.stopGradients);
    const unconnected = p.unconnectedGradients ?? 'none';
    if (unconnected !== 'none' && unconnected !== 'zero') throw new ValueError(`Unknown value for unconnected_gradients: '${String(unconnected)}'`);
    return inScope(p.name, 'gradients', [...ys, ...xs].map(tensorIfAny), () => {
      const graph = getDefaultGraph();
      graph.uniqueName('uid');
      const y = ys.map((v) => convertToTensor(v as TensorLike, { name: 'y' }));
      const x = xs.map((v) => (v instanceof IndexedSlices ? v.values : convertToTensor(v as TensorLike, { name: 'x', asRef: true })));
      const stop = stops.map((v) => convertToTensor(v));
      return new Walk(graph, y, x, stop, p).run(gradYs, unconnected);
    });
  }, { required: 2 });

/** A list stays a list; anything else is a list of one. Bare nested numbers do not occur here. */
function listOf<T>(v: T | readonly T[]): readonly T[] { return Array.isArray(v) ? v as readonly T[] : [v as T]; }
function tensorIfAny(v: unknown): unknown { return v instanceof Tensor ? v : isConvertible(v) ? (v as unknown as { value(): Tensor }).value?.() : undefined; }

const ALSO_BACKPROPAGATABLE = new Set([bfloat16, resource, variant]);
function isTrainable(t: Tensor): boolean {
  const d = t.dtype.baseDtype;
  return (d.isFloating && d !== bfloat16) || d.isComplex || d === resource || d === variant;
}
function isBackpropagatable(t: Tensor): boolean { return isTrainable(t) || ALSO_BACKPROPAGATABLE.has(t.dtype.baseDtype); }

interface WalkOptions { readonly colocateGradientsWithOps?: boolean; readonly gateGradients?: boolean; readonly aggregationMethod?: AggregationMethod | null }

/** One call of tf.gradients. */
class Walk {
  readonly graph: Graph;
  readonly ys: readonly Tensor[];
  readonly xs: readonly Tensor[];
  readonly options: WalkOptions;
  readonly #stopTensors: readonly Tensor[];
  readonly #pending = new Map<Operation, number>();
  /** Gradients received per output; after aggregation, the single one. */
  readonly #grads = new Map<Operation, (Grad | (Tensor | IndexedSlices)[])[]>();

  constructor(graph: Graph, ys: readonly Tensor[], xs: readonly Tensor[], stop: readonly Tensor[], options: WalkOptions) {
    this.graph = graph;
    this.ys = ys;
    this.xs = xs;
    this.options = options;
    this.#stopTensors = stop;
  }

  run(gradYs: readonly (TensorLike | null)[], unconnected: UnconnectedGradients): Grad[] {
    const initial = this.#initialGradients(gradYs);
    const reachable = this.#countPending();
    this.ys.forEach((y, i) => this.#receive(y, initial[i]!));
    const queue: Operation[] = [];
    for (const op of new Set(this.ys.map((y) => y.op))) if ((this.#pending.get(op) ?? 0) === 0 && reachable.has(op)) queue.push(op);
    const stopOps = this.#stopOps();
    for (let head = 0; head < queue.length; head++) {
      const op = queue[head]!;
      const inGrads = withExits(this.#colocate(op), () => this.#gradientsOf(op, stopOps));
      op.inputs.forEach((t, i) => {
        const g = inGrads[i];
        if (g === null || g === undefined) return;
        if (g instanceof Tensor && t.dtype.baseDtype !== resource) setGradientShape(op, i, t, g);
        this.#receive(t, g);
      });
      for (const t of op.inputs) {
        const n = (this.#pending.get(t.op) ?? 0) - 1;
        this.#pending.set(t.op, n);
        if (n === 0) queue.push(t.op);
      }
    }
    return this.xs.map((x) => this.#result(x, unconnected));
  }

  #colocate(op: Operation): Entered<unknown>[] {
    return this.options.colocateGradientsWithOps ? [this.graph.enterColocateWith(op)] : [];
  }

  /** gradients/Shape, grad_ys_0, Fill for a y without a given gradient. */
  #initialGradients(gradYs: readonly (TensorLike | null)[]): Tensor[] {
    if (gradYs.length !== this.ys.length) throw new ValueError(`Passed ${gradYs.length} grad_ys for ${this.ys.length} ys`);
    const given = gradYs.map((g) => (g === null || g === undefined ? null : convertToTensor(g, { name: 'grad_y' })));
    return this.ys.map((y, i) => withExits(this.#colocate(y.op), () => {
      const g = given[i]!;
      if (g === null) {
        if (y.dtype.isComplex) throw new TypeError(`Gradients of complex tensors must set grad_ys (y.dtype = ${y.dtype.repr})`, { node: y.op.name, op: y.op.type, site: y.op.site?.location });
        const dims = shape(y);
        return fill(dims, constantNode(makeArray(1, y.dtype.baseDtype), { name: `grad_ys_${i}` }));
      }
      const real = (t: Tensor): boolean => t.dtype.isFloating || t.dtype.isInteger;
      if (real(y) && !real(g)) throw new TypeError(`Gradient type ${g.dtype.name} generated for real or integer-valued tensor ${y} with type ${y.dtype.name} must be real or integer`);
      if (y.dtype.isComplex && !g.dtype.isComplex) throw new TypeError(`Gradient type ${g.dtype.name} generated for complex-valued tensor ${y} with type ${y.dtype.name} must be real`);
      return identity(g, { name: `grad_ys_${i}` });
    }));
  }

  /** Marks the ops between ys and xs and counts, per op, how many of its consumers must be done before it. */
  #countPending(): Set<Operation> {
    const reached = new Set<Operation>();
    const forward = this.xs.map((x) => x.op);
    for (let i = 0; i < forward.length; i++) {
      const op = forward[i]!;
      if (reached.has(op)) continue;
      reached.add(op);
      for (const t of op.outputs) if (isBackpropagatable(t)) forward.push(...t.consumers());
    }
    const reachable = new Set(this.ys.map((y) => y.op).filter((o) => reached.has(o)));
    const between = new Set<Operation>();
    const backward = this.ys.map((y) => y.op);
    for (let i = 0; i < backward.length; i++) {
      const op = backward[i]!;
      if (!reached.has(op) || between.has(op)) continue;
      between.add(op);
      for (const t of op.inputs) backward.push(t.op);
    }
    for (const op of between) for (const t of op.inputs) if (between.has(t.op)) this.#pending.set(t.op, (this.#pending.get(t.op) ?? 0) + 1);
    return reachable;
  }

  /** xs without an input on the way, and those the user names: their own gradient functions are not called. */
  #stopOps(): Set<Operation> {
    const stop = new Set<Operation>();
    for (const x of this.xs) if (!x.op.inputs.some((t) => (this.#pending.get(t.op) ?? 0) > 0)) stop.add(x.op);
    for (const t of this.#stopTensors) stop.add(t.op);
    return stop;
  }

  #receive(t: Tensor, g: Tensor | IndexedSlices): void {
    let list = this.#grads.get(t.op);
    if (!list) this.#grads.set(t.op, list = t.op.outputs.map(() => []));
    const slot = list[t.valueIndex];
    if (Array.isArray(slot)) slot.push(g);
  }

  /** Gradients of the op's inputs; empty when nothing flows through it. */
  #gradientsOf(op: Operation, stopOps: ReadonlySet<Operation>): readonly Grad[] {
    const lists = this.#grads.get(op) ?? op.outputs.map(() => []);
    const outGrads = lists.map((l) => (Array.isArray(l) ? aggregate(l, this.options.aggregationMethod ?? AggregationMethod.DEFAULT) : l));
    if (this.#grads.has(op)) this.#grads.set(op, outGrads);
    if (stopOps.has(op) || outGrads.every((g) => g === null)) return [];
    const f = gradientFunction(op);
    if (!f) return [];
    const leave = op.controlFlowContext?.enterGradient?.(op, 'uid');
    try {
      const complete = outGrads.map((g, i) => (g === null && isTrainable(op.outputs[i]!) ? zerosOutsideLoop(op.outputs[i]!) : g));
      return withExits([this.graph.enterNameScope(`${op.name}_grad`), this.graph.enterOriginalOp(op)], () => {
        const inGrads = f(op, ...(complete as (Tensor | null)[]));
        if (inGrads.length !== op.inputs.length) throw new ValueError(`Num gradients ${inGrads.length} generated for op ${op.name} do not match num inputs ${op.inputs.length}`);
        if (!this.options.gateGradients || inGrads.filter((g) => g !== null).length <= 1) return inGrads;
        return withExits([this.graph.enterDevice(null), this.graph.enterColocateWith(null, true)], () => tuple(inGrads) as Grad[]);
      });
    } finally {
      leave?.();
    }
  }

  #result(x: Tensor, unconnected: UnconnectedGradients): Grad {
    const list = this.#grads.get(x.op);
    const g = list?.[x.valueIndex];
    if (g !== undefined && g !== null && !Array.isArray(g)) return g;
    if (unconnected !== 'zero') return null;
    return zerosLike(x);
  }
}

/** The op's gradient: what its scope overrides, else the op table's. undefined: not differentiable. */
function gradientFunction(op: Operation): GradFn | undefined {
  const override = op.attr('_gradient_op_type');
  const name = override?.kind === 's' ? String(override.value) : undefined;
  if (name !== undefined) {
    const f = userGradient(name) ?? opBehaviour(name)?.grad;
    if (f) return f;
    if (f === null) return undefined;
    throw noGradient(op, name);
  }
  const f = userGradient(op.type) ?? opBehaviour(op.type)?.grad;
  if (f === null) return undefined;
  if (!f) throw noGradient(op, op.type);
  return f;
}

function noGradient(op: Operation, type: string): LookupError {
  return new LookupError(`No gradient defined for operation '${op.name}' (op type: ${op.type})`, {
    node: op.name, op: op.type, site: op.site?.location,
    remedy: opDef(type) ? 'cut the path with tf.stopGradient, or register a gradient for the op' : 'register a gradient under that name',
  });
}

/** Zeros for an output the loss does not depend on. */
function zerosOutsideLoop(t: Tensor): Tensor { return zerosLikeTensor(t, null, null, false); }

function setGradientShape(op: Operation, index: number, input: Tensor, g: Tensor): void {
  try {
    g.setShape(input.shape);
  } catch (e) {
    if (!(e instanceof ValueError)) throw e;
    throw new ValueError(`Incompatible shapes between op input and calculated input gradient.  Forward operation: ${op.name}.  Input index: ${index}. Original input shape: ${input.shape}.  Calculated input gradient shape: ${g.shape}`, { node: op.name, op: op.type, site: op.site?.location });
  }
}
