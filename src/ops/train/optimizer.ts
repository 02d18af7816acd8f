// Base class of the optimizers: gradients of a loss, their application, slots. Subclasses say which slots they need and
// which op updates one variable. Follows class Optimizer in python/training/optimizer.py (1.15); distribution
// strategies, loss scaling and eager execution have no place here.
import { bfloat16, type DType, float16, float32, float64, int32, int64 } from '../../graph/dtype.ts';
import { GraphKeys } from '../../graph/collections.ts';
import { NotImplementedError, RuntimeError, TypeError, ValueError } from '../../graph/errors.ts';
import { getDefaultGraph, type Graph } from '../../graph/graph.ts';
import { publicCall } from '../../graph/site.ts';
import { Operation, Tensor } from '../../graph/tensor.ts';
import { type Args, bind } from '../api.ts';
import { afterOps, colocatedWith, inScope } from '../building.ts';
import { constantNode, convertToTensor, type TensorLike } from '../convert.ts';
import { group, tuple } from '../control_flow_ops.ts';
import { castTensor } from '../math_cast.ts';
import { AggregationMethod } from '../gradients_aggregate.ts';
import { gradients } from '../gradients_impl.ts';
import { IndexedSlices } from '../indexed_slices.ts';
import type { Grad } from '../registry.ts';
import { assignAdd } from '../state_ops.ts';
import { applyOp } from '../op_def_library.ts';
import { isResourceVariable } from '../resource_variable_ops.ts';
import { initScope, trainableVariables, Variable } from '../variables.ts';
import type { InitializerLike } from '../variable_scope.ts';
import { deduplicateSlices } from './sparse.ts';
import { createSlot, createSlotWithInitializer, createZerosSlot } from './slot_creator.ts';

/** A gradient and the variable it belongs to. */
export type GradAndVar = readonly [grad: Grad, variable: Variable];
/** What users may hand to `applyGradients`. */
export type GradAndVarLike = readonly [grad: TensorLike | IndexedSlices | null, variable: Variable];
/** A hyperparameter: a number, a tensor, or a function that makes one when gradients are applied. */
export type Hyper = TensorLike | (() => TensorLike);

/** `Optimizer._call_if_callable`. */
export function callIfCallable(h: Hyper): TensorLike { return typeof h === 'function' ? h() : h; }

/** What an update gives; its op is what others wait for. */
export type Done = Operation | Tensor | Variable;

type Gate = 0 | 1 | 2;
interface ComputeParams {
  loss: TensorLike;
  varList?: readonly Variable[] | Variable | null;
  gateGradients?: Gate;
  aggregationMethod?: AggregationMethod | null;
  colocateGradientsWithOps?: boolean;
  gradLoss?: TensorLike | null;
}
const COMPUTE = ['loss', 'varList', 'gateGradients', 'aggregationMethod', 'colocateGradientsWithOps', 'gradLoss'] as const;
interface ApplyParams { gradsAndVars: Iterable<GradAndVarLike>; globalStep?: Variable | null; name?: string | null }
const APPLY = ['gradsAndVars', 'globalStep', 'name'] as const;
interface MinimizeParams extends ComputeParams { globalStep?: Variable | null; name?: string | null }
const MINIMIZE = ['loss', 'globalStep', 'varList', 'gateGradients', 'aggregationMethod', 'colocateGradientsWithOps', 'name', 'gradLoss'] as const;

type AnyFunction = (...a: never[]) => unknown;

/** Binds the arguments of a method or constructor to Python's parameter names. */
export function bindMethod<P>(python: string, order: readonly string[], args: readonly unknown[], required: number): P {
  return bind(python, order, new Set(order), args, { required }) as P;
}

/** `tf.train.Optimizer`. Subclasses override the protected methods. */
export abstract class Optimizer {
  static readonly GATE_NONE = 0;
  static readonly GATE_OP = 1;
  static readonly GATE_GRAPH = 2;

  protected readonly useLocking: boolean;
  readonly #name: string;
  readonly #slots = new Map<string, Map<Operation, Variable>>();
  readonly #nonSlots = new Map<Graph, Map<string, Variable>>();

  /** Errors: ValueError for an empty name. */
  constructor(useLocking: boolean, name: string) {
    if (!name) throw new ValueError('Must specify the optimizer name');
    this.useLocking = useLocking;
    this.#name = name;
  }

  getName(): string { return this.#name; }

  /** Adds the ops of one training step: gradients of `loss` with respect to `varList` (default: the trainable variables)
   * and their application; `globalStep` is raised by one after the updates.
   * Errors: ValueError when no variable gets a gradient, and those of computeGradients and applyGradients. */
  minimize(...args: Args<MinimizeParams, typeof MINIMIZE>): Operation {
    const p = bindMethod<MinimizeParams>('minimize', MINIMIZE, args, 1);
    return publicCall(this.minimize as AnyFunction, () => {
      const { globalStep = null, name = null, ...compute } = p;
      const gradsAndVars = this.computeGradients(compute as ComputeParams);
      if (gradsAndVars.every(([g]) => g === null)) {
        const loss = p.loss instanceof Tensor ? String(p.loss) : pythonText(p.loss);
        throw new ValueError(`No gradients provided for any variable, check your graph for ops that do not support gradients, between variables ${listRepr(gradsAndVars.map(([, v]) => v))} and loss ${loss}.`);
      }
      return this.applyGradients({ gradsAndVars, globalStep, name });
    });
  }

  /** [gradient, variable] pairs; the gradient is null where the loss does not depend on the variable.
   * Errors: ValueError without variables, for a dtype that is not floating, for a bad `gateGradients`. */
  computeGradients(...args: Args<ComputeParams, typeof COMPUTE>): GradAndVar[] {
    const p = bindMethod<ComputeParams>('compute_gradients', COMPUTE, args, 1);
    return publicCall(this.computeGradients as AnyFunction, () => {
      const gate: unknown = p.gateGradients ?? Optimizer.GATE_OP;
      if (gate !== 0 && gate !== 1 && gate !== 2) throw new ValueError(`gate_gradients must be one of: Optimizer.GATE_NONE, Optimizer.GATE_OP, Optimizer.GATE_GRAPH.  Not ${String(gate)}`);
      if (typeof p.loss === 'function') throw new RuntimeError('`loss` passed to Optimizer.compute_gradients should be a tensor.', { remedy: 'call the function and pass what it returns' });
      if (p.loss instanceof Tensor) this.#assertValidDtypes([p.loss]);
      if (p.gradLoss instanceof Tensor) this.#assertValidDtypes([p.gradLoss]);
      const vars = p.varList === undefined || p.varList === null
        ? [...trainableVariables(), ...getDefaultGraph().getCollection(GraphKeys.TRAINABLE_RESOURCE_VARIABLES) as Variable[]]
        : [p.varList].flat(Infinity) as Variable[];
      for (const v of vars) if (!isOptimizable(v)) throw new NotImplementedError(`Trying to optimize unsupported type  ${String(v)}`);
      if (vars.length === 0) throw new ValueError('No variables to optimize.');
      let grads: readonly Grad[] = gradients(p.loss, vars.map((v) => (v instanceof Variable ? v.ref() : v)), {
        gradYs: p.gradLoss ?? null, gateGradients: gate === Optimizer.GATE_OP, aggregationMethod: p.aggregationMethod ?? null,
        colocateGradientsWithOps: p.colocateGradientsWithOps ?? false,
      });
      if (gate === Optimizer.GATE_GRAPH) grads = tuple(grads) as Grad[];
      const pairs = vars.map((v, i): GradAndVar => [grads[i]!, v]);
      this.#assertValidDtypes(pairs.filter(([g]) => g !== null).map(([, v]) => v));
      return pairs;
    });
  }

  /** Adds the update of every variable that has a gradient, then of `globalStep`; returns the op that is done when all
   * are. It is named `name`, by default as the optimizer.
   * Errors: ValueError without variables or gradients, TypeError for something that is no gradient. */
  applyGradients(...args: Args<ApplyParams, typeof APPLY>): Operation {
    const p = bindMethod<ApplyParams>('apply_gradients', APPLY, args, 1);
    return publicCall(this.applyGradients as AnyFunction, () => {
      const pairs = [...p.gradsAndVars].map(([g, v]): GradAndVar => [toGradient(g), v]);
      if (pairs.length === 0) throw new ValueError('No variables provided.');
      for (const [, v] of pairs) if (!isOptimizable(v)) throw new NotImplementedError(`Trying to optimize unsupported type  ${String(v)}`);
      const vars = pairs.filter(([g]) => g !== null).map(([, v]) => v);
      if (vars.length === 0) throw new ValueError(`No gradients provided for any variable: ${listRepr(pairs.map(([, v]) => v))}.`);
      const step = p.globalStep ?? null;
      if (step !== null) checkGlobalStep(step);
      const graph = getDefaultGraph();
      initScope(graph, () => this.createSlots(vars));
      return inScope(p.name, this.#name, [], (scope) => {
        this.prepare();
        const updates: (Operation | Tensor)[] = [];
        for (const [g, v] of pairs) {
          if (g === null) continue;
          const done = inScope(`update_${v.op.name}`, '', [], () => colocatedWith(v.op, () => this.#update(g, v)));
          updates.push(done instanceof Variable ? done.op : done);
        }
        const done = step === null ? this.finish(updates, scope)
          : afterOps([this.finish(updates, 'update')], () => colocatedWith(step.op, () => raise(step, scope)));
        const trainOps = graph.getCollectionRef(GraphKeys.TRAIN_OP);
        if (!trainOps.includes(done)) trainOps.push(done);
        return done;
      });
    });
  }

  #update(g: Tensor | IndexedSlices, v: Variable): Done {
    if (!(v instanceof Variable)) throw new NotImplementedError(`Trying to update a Tensor  ${String(v)}`);
    if (g instanceof IndexedSlices) {
      if (v.constraint !== null) throw new RuntimeError('Cannot use a constraint function on a sparse variable.', { node: v.op.name });
      return this.applySparseDuplicateIndices(g, v);
    }
    const update = this.applyDense(g, v);
    const { constraint } = v;
    return constraint === null ? update : afterOps([update instanceof Variable ? update.op : update], () => v.assign(constraint(v)));
  }

  // --- slots -------------------------------------------------------------------------------------------------------
  /** The slot of that name kept beside `variable`; null when there is none. */
  getSlot(variable: Variable, name: string): Variable | null { return this.#slots.get(name)?.get(variable.op) ?? null; }
  /** Sorted names of the kinds of slots made so far. */
  getSlotNames(): string[] { return [...this.#slots.keys()].sort(); }
  /** Every variable the optimizer keeps in the default graph, sorted by name. */
  variables(): Variable[] {
    const graph = getDefaultGraph();
    const all = [...this.#nonSlots.get(graph)?.values() ?? [], ...[...this.#slots.values()].flatMap((s) => [...s.values()])];
    return all.filter((v) => v.graph === graph).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  }

  #slot(variable: Variable, slotName: string, make: () => Variable): Variable {
    let slots = this.#slots.get(slotName);
    if (!slots) this.#slots.set(slotName, slots = new Map());
    let slot = slots.get(variable.op);
    if (!slot) slots.set(variable.op, slot = make());
    return slot;
  }
  /** A slot of zeros, named after the optimizer. */
  protected zerosSlot(variable: Variable, slotName: string, name: string = this.#name): Variable {
    return this.#slot(variable, slotName, () => createZerosSlot(variable, name));
  }
  /** A slot that starts with a tensor's value. */
  protected slotWithValue(variable: Variable, value: Tensor, slotName: string, name: string = this.#name): Variable {
    return this.#slot(variable, slotName, () => createSlot(variable, value, name));
  }
  /** A constant beside a variable and of its shape. */
  protected fill(variable: Variable, value: number): Tensor {
    return colocatedWith(variable.op, () => constantNode(value, { dtype: variable.dtype.baseDtype, shape: variable.shape.asList() as number[] }));
  }
  /** A slot filled with a number. */
  protected filledSlot(variable: Variable, value: number, slotName: string, name?: string): Variable {
    return this.slotWithValue(variable, this.fill(variable, value), slotName, name);
  }
  /** A slot whose start value an initializer makes. */
  protected slotWithInitializer(variable: Variable, initializer: InitializerLike, dtype: DType, slotName: string): Variable {
    return this.#slot(variable, slotName, () => createSlotWithInitializer(variable, initializer, variable.shape, dtype, this.#name));
  }
  /** A variable of the optimizer that belongs to no single variable; one per graph and name. */
  protected nonSlotVariable(initialValue: TensorLike, name: string, colocateWith: Variable): Variable {
    const { graph } = colocateWith;
    let ofGraph = this.#nonSlots.get(graph);
    if (!ofGraph) this.#nonSlots.set(graph, ofGraph = new Map());
    let v = ofGraph.get(name);
    if (!v) ofGraph.set(name, v = colocatedWith(colocateWith.op, () => new Variable({ initialValue, name, trainable: false, useResource: isResourceVariable(colocateWith) })));
    return v;
  }
  protected nonSlot(name: string, graph: Graph = getDefaultGraph()): Variable {
    const v = this.#nonSlots.get(graph)?.get(name);
    if (!v) throw new ValueError(`The optimizer '${this.#name}' has no variable '${name}' in this graph.`);
    return v;
  }

  // --- what subclasses override ------------------------------------------------------------------------------------
  /** Dtypes of losses and variables it can work with, in the order messages list them. */
  protected validDtypes(): readonly DType[] { return [float32, float64, float16, bfloat16]; }
  /** Makes all slots the variables need. */
  protected createSlots(_variables: readonly Variable[]): void { /* none by default */ }
  /** Makes the tensors of the hyperparameters, in the name scope of the application. */
  protected prepare(): void { /* nothing by default */ }
  /** Adds the op that updates a variable by a dense gradient. */
  protected abstract applyDense(grad: Tensor, variable: Variable): Done;
  /** The same for a gradient of some rows; no row occurs twice. */
  protected applySparse(_grad: IndexedSlices, variable: Variable): Done {
    throw new NotImplementedError(`${this.#name} has no update for sparse gradients.`, { node: variable.op.name });
  }
  /** The same where rows may occur several times: by default they are summed first. */
  protected applySparseDuplicateIndices(grad: IndexedSlices, variable: Variable): Done { return this.applySparse(deduplicateSlices(grad), variable); }
  /** Joins the updates in one op of the given name. */
  protected finish(updates: readonly (Operation | Tensor)[], name: string): Operation { return group(...updates, { name }); }

  /** A hyperparameter as a tensor of that name. */
  protected hyper(value: Hyper, name: string): Tensor { return convertToTensor(callIfCallable(value), { name }); }

  /** The op that applies a gradient: `ApplyX` or `SparseApplyX` on references, `ResourceApplyX` on handles, hyperparameters cast as
   * TF casts them (to the variable's dtype, to the gradient's). `inputs` are state, hyperparameters and gradient in order. */
  protected apply(op: string, variable: Variable, grad: Tensor | IndexedSlices, inputs: (cast: (t: Tensor | Variable) => Tensor | Variable) => readonly (Tensor | Variable)[], attrs: Readonly<Record<string, boolean>> = {}): Operation {
    const onHandle = isResourceVariable(variable);
    const dtype = (onHandle ? grad : variable).dtype.baseDtype;
    return applyOp(onHandle ? `Resource${op}` : op, [variable.ref(), ...inputs((t) => castHyper(t, dtype))], { use_locking: this.useLocking, ...attrs });
  }

  #assertValidDtypes(tensors: readonly (Tensor | Variable)[]): void {
    const valid = this.validDtypes();
    for (const t of tensors) {
      const d = t.dtype.baseDtype;
      if (!valid.includes(d)) throw new ValueError(`Invalid type ${d.repr} for ${t.name}, expected: [${valid.map((v) => v.repr).join(', ')}].`, { node: t.op.name, site: t.op.site?.location });
    }
  }
}

/** `math_ops.cast` of a hyperparameter: resource variables of that dtype are passed on unread. */
export function castHyper(t: Tensor | Variable, dtype: DType): Tensor | Variable {
  return isResourceVariable(t) && t.dtype === dtype ? t : castTensor(t, dtype);
}

/** Adds one to the step, under a name. */
function raise(step: Variable, name: string): Operation {
  if (isResourceVariable(step)) return applyOp('AssignAddVariableOp', [step.handle, convertToTensor(1, { dtype: step.dtype })], {}, name);
  return assignAdd(step, 1, { name }).op;
}

/** Variables, and tensors for computing gradients only. */
function isOptimizable(v: unknown): boolean { return v instanceof Variable || v instanceof Tensor; }

function toGradient(g: TensorLike | IndexedSlices | null | undefined): Grad {
  if (g === null || g === undefined || g instanceof IndexedSlices) return g ?? null;
  try {
    return convertToTensor(g);
  } catch (e) {
    if (e instanceof TypeError) throw new TypeError(`Gradient must be convertible to a Tensor or IndexedSlices, or None: ${pythonText(g)}`);
    throw e;
  }
}

/** A float step is nearly always `new tf.Variable(0)`, whose bare number became float32. */
function checkGlobalStep(v: Variable): void {
  const d = v.dtype.baseDtype;
  if (d !== int32 && d !== int64) {
    throw new TypeError(`global_step must be an int32 or int64 variable, got ${d.name}`, { node: v.op.name, op: v.op.type, site: v.op.site?.location, remedy: 'make it with tf.int32(0) or { dtype: tf.int64 }' });
  }
}

/** Python's repr of a list of the texts of variables; they hold single quotes, so Python takes double ones. */
function listRepr(vars: readonly Variable[]): string { return `[${vars.map((v) => { const s = String(v); return s.includes("'") ? `"${s}"` : `'${s}'`; }).join(', ')}]`; }
function pythonText(v: unknown): string { return String(v); }
