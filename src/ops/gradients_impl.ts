// tf.gradients: the reverse walk over the ops between ys and xs, in TensorFlow's order and with all of its helper nodes
// (dead ones too, since they count in names and seeds). Follows python/ops/gradients_util.py (1.15). Conditionals need no
// state: the gradients of Switch and Merge are a Merge and a Switch. Loops will (python/ops/control_flow_state.py): a map
// from loops to gradient loops, which enters one around `#gradientsOf` and says what the zeros of a loop's Exit are.
import { bfloat16, type DType, resource, variant } from '../graph/dtype.ts';
import { LookupError, TypeError, ValueError } from '../graph/errors.ts';
import { getDefaultGraph, type Graph } from '../graph/graph.ts';
import { nodeDefToText } from '../graph/graph_def_text.ts';
import type { Entered } from '../graph/scopes.ts';
import { type Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { fill, filled, identity, shape, shapeTensor, zerosLike, zerosLikeTensor } from './array_ops.ts';
import { CondContext } from './cond.ts';
import { inScope } from './building.ts';
import { constantNode, convertToTensor, isConvertible, type TensorLike } from './convert.ts';
import { switchTensor, tuple } from './control_flow_ops.ts';
import { aggregate, AggregationMethod } from './gradients_aggregate.ts';
import { IndexedSlices } from './indexed_slices.ts';
import { makeArray } from './make_array.ts';
import { type Grad, type GradFn, opDef, registeredGradient } from './registry.ts';
import { withExits } from './scope_stack.ts';

/** `tf.UnconnectedGradients`. */
export const UnconnectedGradients = { NONE: 'none', ZERO: 'zero' } as const;
export type UnconnectedGradients = typeof UnconnectedGradients[keyof typeof UnconnectedGradients];

interface GradientsParams {
  ys: TensorLike | readonly TensorLike[];
  xs: TensorLike | IndexedSlices | readonly (TensorLike | IndexedSlices)[];
  gradYs?: TensorLike | IndexedSlices | readonly (TensorLike | IndexedSlices | null)[] | null;
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
    const xs = listOf(p.xs).map(handleOrSelf);
    const gradYs: readonly (TensorLike | IndexedSlices | null)[] = p.gradYs === undefined || p.gradYs === null ? ys.map(() => null) : listOf(p.gradYs);
    const stops = p.stopGradients === undefined || p.stopGradients === null ? [] : listOf(p.stopGradients);
    const unconnected = p.unconnectedGradients ?? 'none';
    if (unconnected !== 'none' && unconnected !== 'zero') throw new ValueError(`Unknown value for unconnected_gradients: '${String(unconnected)}'`);
    const values = [...ys, ...xs, ...stops, ...gradYs].map(tensorIfAny);
    checkSameGraph(values);
    const [graph, x, walk] = inScope(p.name, 'gradients', values, (): [Graph, Tensor[], Walk] => {
      const graph = getDefaultGraph();
      graph.uniqueName('uid');
      const y = ys.map((v, i) => convertToTensor(v as TensorLike, { name: `y_${i}` }));
      const x = xs.map((v, i) => (v instanceof IndexedSlices ? v.values : convertToTensor(v as TensorLike, { name: `x_${i}`, asRef: true })));
      const stop = stops.map((v) => convertToTensor(v, { asRef: true }));
      const walk = new Walk(graph, y, x, stop, p);
      walk.run(gradYs);
      return [graph, x, walk];
    });
    // Zeros lie outside of the gradients' name scope.
    return withExits([graph.enterAsDefault()], () => x.map((t) => (unconnected === 'zero' && !walk.reached(t) ? zerosLike(t) : walk.gradientOf(t))));
  }, { required: 2 });

/** A list stays a list; anything else is a list of one. Bare nested numbers do not occur here. */
function listOf<T>(v: T | readonly T[]): readonly T[] { return Array.isArray(v) ? v as readonly T[] : [v as T]; }
/** A resource variable is differentiated by its handle: no read is made of it. */
function handleOrSelf<T>(v: T): T | Tensor { return typeof v === 'object' && v !== null && 'handle' in v && v.handle instanceof Tensor ? v.handle : v; }
function tensorIfAny(value: unknown): Tensor | undefined { const v = handleOrSelf(value); return v instanceof Tensor ? v : isConvertible(v) ? convertToTensor(v, { asRef: true }) : undefined; }

/** Errors: ValueError when the values come from several graphs. */
function checkSameGraph(values: readonly unknown[]): void {
  const tensors = values.filter((v) => v instanceof Tensor);
  for (const t of tensors) if (t.graph !== tensors[0]!.graph) throw new ValueError(`${t} must be from the same graph as ${tensors[0]}.`);
}

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

  /** Builds all gradients. */
  run(gradYs: readonly (TensorLike | IndexedSlices | null)[]): void {
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
  }

  #colocate(op: Operation): Entered<unknown>[] {
    return this.options.colocateGradientsWithOps ? [this.graph.enterColocateWith(op)] : [];
  }

  /** gradients/Shape, grad_ys_0, Fill for a y without a given gradient. */
  #initialGradients(gradYs: readonly (TensorLike | IndexedSlices | null)[]): (Tensor | IndexedSlices)[] {
    if (gradYs.length !== this.ys.length) throw new ValueError(`Passed ${gradYs.length} grad_ys for ${this.ys.length} ys`);
    const given = gradYs.map((g, i) => (g === null || g === undefined || g instanceof IndexedSlices ? g ?? null : convertToTensor(g, { name: `grad_y_${i}` })));
    return this.ys.map((y, i) => withExits(this.#colocate(y.op), () => {
      const g = given[i]!;
      if (g === null) {
        if (y.dtype.isComplex) throw new TypeError(`Gradients of complex tensors must set grad_ys (y.dtype = ${y.dtype.repr})`, { node: y.op.name, op: y.op.type, site: y.op.site?.location });
        const dims = shape(y);
        return fill(dims, constantNode(makeArray(1, y.dtype.baseDtype), { name: `grad_ys_${i}` }));
      }
      checkGradientType(y, g);
      if (g instanceof Tensor) return identity(g, { name: `grad_ys_${i}` });
      const [indices, values] = [identity(g.indices, { name: `grad_ys_${i}_indices` }), identity(g.values, { name: `grad_ys_${i}_values` })];
      return new IndexedSlices(values, indices, g.denseShape === null ? null : identity(g.denseShape, { name: `grad_ys_${i}_shape` }));
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
    const method: unknown = this.options.aggregationMethod ?? AggregationMethod.DEFAULT;
    if (method !== 0 && method !== 1 && method !== 2) throw new ValueError(`Invalid aggregation_method specified ${String(method)}.`);
    const lists = this.#grads.get(op) ?? op.outputs.map(() => []);
    const outGrads = lists.map((l) => (Array.isArray(l) ? aggregate(op, l, method) : l));
    if (this.#grads.has(op)) this.#grads.set(op, outGrads);
    if (stopOps.has(op) || outGrads.every((g) => g === null)) return [];
    const f = gradientFunction(op);
    if (!f) return [];
    const complete = outGrads.map((g, i) => (g === null && isTrainable(op.outputs[i]!) ? zerosOutsideLoop(op.outputs[i]!) : g));
    return withExits([this.graph.enterNameScope(`${op.name}_grad`), this.graph.enterOriginalOp(op)], () => {
      const inGrads = f(op, ...(complete as (Tensor | null)[]));
      if (inGrads.length !== op.inputs.length) throw new ValueError(`Num gradients ${inGrads.length} generated for op ${nodeDefToText(op.nodeDef)} do not match num inputs ${op.inputs.length}`);
      if (!this.options.gateGradients || inGrads.filter((g) => g !== null).length <= 1) return inGrads;
      return withExits([this.graph.enterDevice(null), this.graph.enterColocateWith(null, true)], () => tuple(inGrads) as Grad[]);
    });
  }

  /** Whether any gradient arrived at the op of a tensor. */
  reached(x: Tensor): boolean { return this.#grads.has(x.op); }
  /** The gradient of a tensor, after `run`. */
  gradientOf(x: Tensor): Grad {
    const g = this.#grads.get(x.op)?.[x.valueIndex];
    return g === undefined || Array.isArray(g) ? null : g;
  }
}

/** Errors: TypeError for a given gradient of another kind than its y. */
function checkGradientType(y: Tensor, g: Tensor | IndexedSlices): void {
  const real = (d: DType): boolean => d.isFloating || d.isInteger;
  const [yd, gd] = [y.dtype.baseDtype, g.dtype];
  const wrong = (kind: string, must: string): TypeError => new TypeError(`Gradient type ${gd.name} generated for ${kind} tensor ${y} with type ${y.dtype.name} must be ${must}`, { node: y.op.name, op: y.op.type, site: y.op.site?.location });
  if (real(yd)) {
    if (!real(gd)) throw wrong('real or integer-valued', 'real or integer');
  } else if (yd.isComplex) {
    if (!gd.isComplex) throw wrong('complex-valued', 'real');
  } else if (yd === variant) {
    if (gd !== variant) throw wrong('variant', 'variant');
  } else if (yd === resource) {
    if (gd === resource) throw new TypeError(`Input gradient ${g} for resource tensor ${y} should not be a resource`);
  } else throw new TypeError(`Tensor ${y} with type ${y.dtype.name} must be numeric to obtain a default gradient`);
}

/** The op's gradient: what its scope overrides, else the op table's. undefined: not differentiable. */
function gradientFunction(op: Operation): GradFn | undefined {
  const override = op.attr('_gradient_op_type');
  const name = override?.kind === 's' ? String(override.value) : op.type;
  const f = registeredGradient(name);
  if (f === undefined) throw noGradient(op, name);
  return f ?? undefined;
}

function noGradient(op: Operation, type: string): LookupError {
  return new LookupError(`No gradient defined for operation '${op.name}' (op type: ${op.type})`, {
    node: op.name, op: op.type, site: op.site?.location,
    remedy: opDef(type) ? 'cut the path with tf.stopGradient, or register a gradient for the op' : 'register a gradient under that name',
  });
}

/** Zeros for an output the loss does not depend on. For the untaken side of a conditional's Switch they are computed only
 * when that side is not taken: from the same Switch once more. Follows ZerosLikeOutsideLoop in control_flow_state.py. */
function zerosOutsideLoop(t: Tensor): Tensor {
  const context = t.op.type === 'Switch' || t.op.type === 'RefSwitch' ? t.op.controlFlowContext : null;
  if (!(context instanceof CondContext)) return zerosLikeTensor(t, null, null, false);
  const other = switchTensor(t.op.inputs[0]!, context.pred)[1 - context.branch]!;
  const pivot = identity(other);
  const dims = shapeTensor(other, { optimize: false });
  // Control inputs are on whole ops, so the Const of the zeros waits for the pivot on the right side.
  return withExits([t.graph.enterControlDependencies([pivot])], () => filled('zeros', dims, t.dtype));
}

function setGradientShape(op: Operation, index: number, input: Tensor, g: Tensor): void {
  try {
    g.setShape(input.shape);
  } catch (e) {
    if (!(e instanceof ValueError)) throw e;
    throw new ValueError(`Incompatible shapes between op input and calculated input gradient.  Forward operation: ${op.name}.  Input index: ${index}. Original input shape: ${input.shape}.  Calculated input gradient shape: ${g.shape}`, { node: op.name, op: op.type, site: op.site?.location });
  }
}
