// `tf.Variable`: what both kinds of variables share, and the reference variable (VariableV2, Assign and read nodes, in
// TF's order and under TF's names). `new tf.Variable(...)` makes either kind; resource_variable_ops.ts holds the other.
// Follows classes Variable and RefVariable in python/ops/variables.py (1.15).
import type { DType } from '../graph/dtype.ts';
import { GraphKeys } from '../graph/collections.ts';
import { InternalFault, TypeError, ValueError } from '../graph/errors.ts';
import { getDefaultGraph, type Graph } from '../graph/graph.ts';
import { attr } from '../graph/node_def.ts';
import type { ShapeLike, TensorShape } from '../graph/shape.ts';
import { publicCall } from '../graph/site.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { type Args, api, bind } from './api.ts';
import { colocatedWith, inScope, onDevice } from './building.ts';
import { cond } from './cond.ts';
import { convertToTensor, TO_TENSOR, type TensorConvertible, type TensorLike } from './convert.ts';
import { IndexedSlices } from './indexed_slices.ts';
import { pythonRepr } from './make_array.ts';
import { applyOp, op1 } from './op_def_library.ts';
import type { SaveSliceInfo } from './save_slice_info.ts';
import { withExits } from './scope_stack.ts';
import { batchIndices, countUpTo, type ScatterKind, type ScatterNdKind, type SliceSpec, type UpdateKind, type UpdateOptions, variableOpV2 } from './state_ops.ts';
import { guardInitialValue } from './variable_guards.ts';
import { defaultUseResource, getVariableScope } from './variable_scope.ts';

/** Keyword arguments of `tf.Variable`. */
export interface VariableOptions {
  /** Initial value: a tensor, an array, or a function without arguments that makes one. */
  initialValue?: TensorLike | (() => TensorLike) | null;
  /** Whether optimizers train it by default (GraphKeys.TRAINABLE_VARIABLES). Default true. */
  trainable?: boolean | null;
  /** Collections to join. Default [GraphKeys.GLOBAL_VARIABLES]. */
  collections?: readonly string[] | null;
  /** If false, the shape of the initial value need not be known. Default true. */
  validateShape?: boolean | null;
  /** Device on which the value is cached for its readers. */
  cachingDevice?: string | null;
  /** Default 'Variable', made unique in the current name scope. */
  name?: string | null;
  /** Default: the initial value's dtype. */
  dtype?: DType | null;
  /** Ignored, as in TF. */
  expectedShape?: ShapeLike;
  /** A resource variable instead of a reference variable. Default: as the variable scope says, else false. */
  useResource?: boolean | null;
  /** Projection that optimizers apply after each update. */
  constraint?: Constraint | null;
  /** Static shape of the variable, if it is less than the initial value's. */
  shape?: ShapeLike;
}
/** Projects a variable's value, for example back into a range. */
export type Constraint = (v: Variable) => TensorLike;
const ORDER = ['initialValue', 'trainable', 'collections', 'validateShape', 'cachingDevice', 'name', 'variableDef', 'dtype', 'expectedShape', 'importScope', 'constraint', 'useResource', 'synchronization', 'aggregation', 'shape'] as const;
const KNOWN = new Set<string>(ORDER.filter((k) => !['variableDef', 'importScope', 'synchronization', 'aggregation'].includes(k)));

/** What a write returns: a reference tensor, or a resource variable that has not been read since. */
export type Updated = Tensor | Variable;
type AnyFunction = (...a: never[]) => unknown;

/** Options of a write that returns its operation. */
type NoRead = WriteArgs & { readonly readValue: false };
interface WriteArgs { useLocking?: boolean | null; name?: string | null; readValue?: boolean }
interface AssignArgs extends WriteArgs { value: TensorLike }
interface DeltaArgs extends WriteArgs { delta: TensorLike }
interface ScatterArgs { sparseDelta: IndexedSlices; useLocking?: boolean; name?: string | null }
interface ScatterNdArgs { indices: TensorLike; updates: TensorLike; name?: string | null }
const ASSIGN = ['value', 'useLocking', 'name', 'readValue'] as const;
const DELTA = ['delta', 'useLocking', 'name', 'readValue'] as const;
const SCATTER = ['sparseDelta', 'useLocking', 'name'] as const;
const SCATTER_ND = ['indices', 'updates', 'name'] as const;

/** What the two kinds of variables do in their own way. */
interface VariableKind {
  readonly graph: Graph;
  /** `w:0`. */
  readonly name: string;
  /** The VariableV2 or VarHandleOp operation. */
  readonly op: Operation;
  /** A reference variable's is a reference dtype: `float32_ref`. */
  readonly dtype: DType;
  readonly shape: TensorShape;
  readonly device: string;
  /** Op that runs the initializer. */
  readonly initializer: Operation;
  readonly initialValue: Tensor;
  readonly trainable: boolean;
  readonly constraint: Constraint | null;
  /** The value other ops use: `w/read`, or a new ReadVariableOp. */
  value(): Tensor;
  /** A fresh read of the variable at this point of the graph. */
  readValue(): Tensor;
  /** The reference tensor or resource handle: what ops that change the variable take. */
  ref(): Tensor;
  /** What a fetch of the variable means. */
  asGraphElement(): Tensor;
  setShape(shape: ShapeLike): void;
  /** Whether it has a value. */
  isInitialized(name?: string | null): Tensor;
  /** internal */
  _update(kind: UpdateKind, value: TensorLike, o: UpdateOptions): Updated | Operation;
  /** internal */
  _scatter(kind: ScatterKind, indices: TensorLike, updates: TensorLike, o: UpdateOptions): Updated;
  /** internal */
  _scatterNd(kind: ScatterNdKind, indices: TensorLike, updates: TensorLike, o: UpdateOptions): Updated;
  /** internal */
  _sliceAssign(spec: SliceSpec, value: TensorLike, name: string): Updated;
  [TO_TENSOR](dtype: DType | undefined, name: string | undefined, asRef: boolean): Tensor;
}
// Every object is of a subclass, and these have all of it.
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging
export interface Variable extends VariableKind {}

/** `tf.Variable`: state that survives from run to run of a session. `new tf.Variable(...)` makes a reference variable or,
 * with `useResource`, a resource variable.
 * Errors: ValueError when the initial value is missing, its shape unknown, or it comes from inside a conditional. */
export class Variable implements TensorConvertible {
  /** Set for the parts of a partitioned variable: where they lie in the whole. */
  saveSliceInfo: SaveSliceInfo | null = null;

  constructor(initialValue: TensorLike | (() => TensorLike), ...rest: unknown[]);
  constructor(options: VariableOptions);
  constructor(...args: unknown[]) {
    if (new.target !== Variable) return;
    const p = bind('__init__', ORDER, KNOWN, args, {}) as VariableOptions;
    // As TF's metaclass does: calling Variable makes one of its subclasses.
    return publicCall(Variable as unknown as AnyFunction, () => create(p));
  }

  getShape(): TensorShape { return this.shape; }
  /** The value now if the variable has one, else its initial value: safe in other variables' initial values. */
  initializedValue(): Tensor {
    return publicCall(this.initializedValue as AnyFunction, () => initScope(this.graph, () => cond(this.isInitialized(), () => this.readValue(), () => this.initialValue)));
  }
  /** `v.count_up_to(limit)`: the value before; adds one. A run fails with OutOfRangeError at the limit. */
  countUpTo(limit: number): Tensor { return countUpTo(this, limit); }

  /** `v.assign(value)`: the variable as of after the write. Errors: ValueError on static shape conflicts. */
  assign(value: TensorLike, options: NoRead): Operation;
  assign(...args: Args<AssignArgs, typeof ASSIGN>): Updated;
  assign(...args: readonly unknown[]): Updated | Operation { return this.#update('Assign', this.assign, ASSIGN, args); }
  /** `v.assign_add(delta)`. */
  assignAdd(value: TensorLike, options: NoRead): Operation;
  assignAdd(...args: Args<DeltaArgs, typeof DELTA>): Updated;
  assignAdd(...args: readonly unknown[]): Updated | Operation { return this.#update('AssignAdd', this.assignAdd, DELTA, args); }
  /** `v.assign_sub(delta)`. */
  assignSub(value: TensorLike, options: NoRead): Operation;
  assignSub(...args: Args<DeltaArgs, typeof DELTA>): Updated;
  assignSub(...args: readonly unknown[]): Updated | Operation { return this.#update('AssignSub', this.assignSub, DELTA, args); }
  #update(kind: UpdateKind, method: AnyFunction, order: readonly string[], args: readonly unknown[]): Updated | Operation {
    const p = bind(kind, order, new Set(order), args, { required: 1, python: pythonNames[kind] }) as unknown as AssignArgs & DeltaArgs;
    return publicCall(method, () => this._update(kind, p.value ?? p.delta, { useLocking: p.useLocking ?? false, name: p.name ?? null, readValue: p.readValue ?? true }));
  }

  /** `v.scatter_add(sparse_delta)`: adds rows. The other scatter methods alike; indices apply in their order. */
  scatterAdd(...args: Args<ScatterArgs, typeof SCATTER>): Updated { return this.#scatter('Add', this.scatterAdd, args); }
  scatterSub(...args: Args<ScatterArgs, typeof SCATTER>): Updated { return this.#scatter('Sub', this.scatterSub, args); }
  scatterMul(...args: Args<ScatterArgs, typeof SCATTER>): Updated { return this.#scatter('Mul', this.scatterMul, args); }
  scatterDiv(...args: Args<ScatterArgs, typeof SCATTER>): Updated { return this.#scatter('Div', this.scatterDiv, args); }
  scatterMin(...args: Args<ScatterArgs, typeof SCATTER>): Updated { return this.#scatter('Min', this.scatterMin, args); }
  scatterMax(...args: Args<ScatterArgs, typeof SCATTER>): Updated { return this.#scatter('Max', this.scatterMax, args); }
  scatterUpdate(...args: Args<ScatterArgs, typeof SCATTER>): Updated { return this.#scatter('Update', this.scatterUpdate, args); }
  #scatter(kind: ScatterKind, method: AnyFunction, args: readonly unknown[]): Updated {
    const p = scatterArgs(`scatter_${kind.toLowerCase()}`, args);
    return publicCall(method, () => this._scatter(kind, p.sparseDelta.indices, p.sparseDelta.values, { useLocking: p.useLocking ?? false, name: p.name ?? null }));
  }
  /** `v.batch_scatter_update(sparse_delta)`: one row of indices per row of the leading dimensions. */
  batchScatterUpdate(...args: Args<ScatterArgs, typeof SCATTER>): Updated {
    const p = scatterArgs('batch_scatter_update', args);
    return publicCall(this.batchScatterUpdate as AnyFunction, () => batchIndices(p.sparseDelta.indices, p.name ?? null, (indices) =>
      this._scatterNd('Update', indices, p.sparseDelta.values, { useLocking: p.useLocking ?? false })));
  }
  /** `v.scatter_nd_add(indices, updates)`: slices addressed by index vectors; the others alike. */
  scatterNdAdd(...args: Args<ScatterNdArgs, typeof SCATTER_ND>): Updated { return this.#scatterNd('Add', this.scatterNdAdd, args); }
  scatterNdSub(...args: Args<ScatterNdArgs, typeof SCATTER_ND>): Updated { return this.#scatterNd('Sub', this.scatterNdSub, args); }
  scatterNdUpdate(...args: Args<ScatterNdArgs, typeof SCATTER_ND>): Updated { return this.#scatterNd('Update', this.scatterNdUpdate, args); }
  #scatterNd(kind: ScatterNdKind, method: AnyFunction, args: readonly unknown[]): Updated {
    const p = bind(`scatter_nd_${kind.toLowerCase()}`, SCATTER_ND, new Set<string>(SCATTER_ND), args, { required: 2 }) as unknown as ScatterNdArgs;
    return publicCall(method, () => this._scatterNd(kind, p.indices, p.updates, { useLocking: true, name: p.name ?? null }));
  }

  toString(): string { return `<tf.Variable '${this.name}' shape=${this.shape} dtype=${this.dtype.name}>`; }
}

const pythonNames = { Assign: 'assign', AssignAdd: 'assign_add', AssignSub: 'assign_sub' } as const;

function scatterArgs(python: string, args: readonly unknown[]): ScatterArgs {
  const p = bind(python, SCATTER, new Set<string>(SCATTER), args, { required: 1 }) as unknown as ScatterArgs;
  if (!(p.sparseDelta instanceof IndexedSlices)) throw new TypeError(`sparse_delta is not IndexedSlices: ${pythonRepr(p.sparseDelta)}`);
  return p;
}

// --- making variables ----------------------------------------------------------------------------------------------

type Creator = (p: VariableOptions) => Variable;
let makeResource: Creator = () => { throw new InternalFault('resource_variable_ops.ts is not loaded'); };
/** internal: resource_variable_ops.ts names itself here, since its class extends the one above. */
export function setResourceCreator(f: Creator): void { makeResource = f; }

function create(p: VariableOptions): Variable {
  const useResource = p.useResource ?? getVariableScope().useResource ?? defaultUseResource();
  return useResource ? makeResource(p) : new RefVariable(p);
}

/** Collections a new variable joins. Errors: ValueError for bad arguments, in TF's order. */
export function checkedOptions(p: VariableOptions): { readonly init: TensorLike | (() => TensorLike); readonly trainable: boolean; readonly collections: readonly string[] } {
  if (p.initialValue === undefined || p.initialValue === null) throw new ValueError('initial_value must be specified.');
  const collections: unknown = p.collections ?? [GraphKeys.GLOBAL_VARIABLES];
  if (!Array.isArray(collections)) throw new ValueError(`collections argument to Variable constructor must be a list, tuple, or set. Got ${String(collections)} of type ${typeof collections === 'string' ? "<class 'str'>" : `<class '${typeof collections}'>`}`);
  if (p.constraint !== undefined && p.constraint !== null && typeof p.constraint !== 'function') throw new ValueError('The `constraint` argument must be a callable.');
  const trainable = p.trainable ?? true;
  const list = collections as string[];
  return { init: p.initialValue, trainable, collections: trainable && !list.includes(GraphKeys.TRAINABLE_VARIABLES) ? [...list, GraphKeys.TRAINABLE_VARIABLES] : list };
}

/** Adds a variable to collections, each once. */
export function addToCollections(v: Variable, collections: readonly string[]): void { for (const c of new Set(collections)) v.graph.addToCollection(c, v); }

/** Errors: ValueError for an initial value made inside a conditional or a loop. */
export function checkContext(initialValue: Tensor, name: string): void {
  if (initialValue.op.controlFlowContext !== null) {
    throw new ValueError(`Initializer for variable ${name} is from inside a control-flow construct, such as a loop or conditional. When creating a variable inside a loop or conditional, use a lambda as the initializer.`, { node: initialValue.op.name, op: initialValue.op.type, site: initialValue.op.site?.location });
  }
}

/** `tf.init_scope`: keeps the name scope, leaves control dependencies and control-flow contexts. */
export function initScope<R>(graph: Graph, body: () => R): R {
  return withExits([graph.enterInitScope()], body);
}

/** The nodes of a reference variable. */
export interface RefParts { readonly variable: Tensor; readonly snapshot: Tensor; readonly initializer: Operation; readonly initialValue: Tensor; readonly trainable: boolean }

/** A reference variable: VariableV2. Its value is the tensor `w/read`; writes go through the reference. */
export class RefVariable extends Variable {
  readonly #variable: Tensor;
  readonly #snapshot: Tensor;
  override readonly initializer: Operation;
  override readonly initialValue: Tensor;
  override readonly trainable: boolean;
  override readonly constraint: Constraint | null;

  /** A variable whose nodes are there already (`from_proto`); joins no collections. */
  static fromParts(parts: RefParts): RefVariable { return new RefVariable({}, parts); }

  constructor(p: VariableOptions, from?: RefParts) {
    super(p);
    const made = from ?? RefVariable.#build(p);
    this.#variable = made.variable;
    this.#snapshot = made.snapshot;
    this.initializer = made.initializer;
    this.initialValue = made.initialValue;
    this.trainable = made.trainable;
    this.constraint = p.constraint ?? null;
    if (!from) addToCollections(this, checkedOptions(p).collections);
  }

  static #build(p: VariableOptions): RefParts {
    const { init, trainable } = checkedOptions(p);
    const graph = getDefaultGraph();
    const validate = p.validateShape ?? true;
    return initScope(graph, () => inScope(p.name, 'Variable', typeof init === 'function' ? [] : [init], (scope) => {
      const shapeOf = (value: Tensor): ShapeLike => p.shape ?? (validate ? value.shape : null);
      const node = (value: Tensor): Tensor => variableOpV2(shapeOf(value), value.dtype.baseDtype, scope);
      const convert = (v: TensorLike): Tensor => convertToTensor(v, { dtype: p.dtype ?? undefined, name: 'initial_value' });
      let initialValue: Tensor;
      let variable: Tensor;
      if (typeof init === 'function') {
        // The variable does not exist yet, so colocation with it is simulated by the attr it would give.
        const own = graph.enterAttrScope({ _class: attr.list({ s: [`loc:@${scope.slice(0, -1)}`] }) });
        [initialValue, variable] = withExits([own], () => {
          const value = withExits([graph.enterNameScope('Initializer'), graph.enterDevice(null)], () => convert(init()));
          return [value, node(value)];
        });
      } else {
        initialValue = convert(init);
        checkContext(initialValue, scope);
        variable = node(initialValue);
      }
      if (validate && !initialValue.shape.isFullyDefined) throw new ValueError(`initial_value must have a shape specified: ${initialValue}`);
      const initializer = applyOp('Assign', [variable, guardInitialValue(scope, initialValue)], { validate_shape: validate });
      const read = (): Tensor => op1('Identity', [variable], {}, 'read');
      const snapshot = p.cachingDevice ? onDevice(p.cachingDevice, read) : colocatedWith(variable, read);
      return { variable, snapshot, initializer, initialValue, trainable };
    }));
  }

  override get graph(): Graph { return this.#variable.graph; }
  override get name(): string { return this.#variable.name; }
  override get op(): Operation { return this.#variable.op; }
  override get dtype(): DType { return this.#variable.dtype; }
  override get shape(): TensorShape { return this.#variable.shape; }
  override get device(): string { return this.#variable.device; }
  override value(): Tensor { return this.#snapshot; }
  override readValue(): Tensor { return op1('Identity', [this.#variable], {}, 'read'); }
  override ref(): Tensor { return this.#variable; }
  override asGraphElement(): Tensor { return this.#variable; }
  override setShape(shape: ShapeLike): void { this.#variable.setShape(shape); this.#snapshot.setShape(shape); }
  override isInitialized(name?: string | null): Tensor { return op1('IsVariableInitialized', [this.#variable], {}, name); }
  override [TO_TENSOR](dtype: DType | undefined, _name: string | undefined, asRef: boolean): Tensor {
    checkConversion(this, dtype, (d) => `'${d.name}'`);
    return asRef ? this.#variable : this.#snapshot;
  }
  override _update(kind: UpdateKind, value: TensorLike, o: UpdateOptions): Updated | Operation {
    const t = op1(kind, [this.#variable, value], { use_locking: o.useLocking ?? undefined, ...(kind === 'Assign' ? { validate_shape: o.validateShape ?? undefined } : {}) }, o.name);
    return o.readValue === false ? t.op : t;
  }
  override _scatter(kind: ScatterKind, indices: TensorLike, updates: TensorLike, o: UpdateOptions): Updated {
    return op1(`Scatter${kind}`, [this.#variable, indices, updates], { use_locking: o.useLocking ?? undefined }, o.name);
  }
  override _scatterNd(kind: ScatterNdKind, indices: TensorLike, updates: TensorLike, o: UpdateOptions): Updated {
    return op1(`ScatterNd${kind}`, [this.#variable, indices, updates], { use_locking: o.useLocking ?? undefined }, o.name);
  }
  override _sliceAssign(s: SliceSpec, value: TensorLike, name: string): Updated {
    return op1('StridedSliceAssign', [this.#variable, s.begin, s.end, s.strides, value], s.masks, name);
  }
}

/** Errors: ValueError when a variable is wanted as another dtype than its own. */
export function checkConversion(v: Variable, dtype: DType | undefined, text: (d: DType) => string): void {
  if (dtype && !dtype.isCompatibleWith(v.dtype)) throw new ValueError(`Incompatible type conversion requested to type ${text(dtype)} for variable of type ${text(v.dtype)}`);
}

// --- collections ---------------------------------------------------------------------------------------------------

const collectionOf = (key: string) => (p: { scope?: string | null }): Variable[] => getDefaultGraph().getCollection(key, p.scope) as Variable[];

/** `tf.global_variables`: variables of the default graph, optionally those whose name matches `scope`. */
export const globalVariables = api('globalVariables', ['scope'], collectionOf(GraphKeys.GLOBAL_VARIABLES));
/** `tf.all_variables`, the old name. */
export const allVariables = api('allVariables', [], (): Variable[] => globalVariables());
/** `tf.trainable_variables`. */
export const trainableVariables = api('trainableVariables', ['scope'], collectionOf(GraphKeys.TRAINABLE_VARIABLES));
/** `tf.local_variables`. */
export const localVariables = api('localVariables', ['scope'], collectionOf(GraphKeys.LOCAL_VARIABLES));
/** `tf.model_variables`. */
export const modelVariables = api('modelVariables', ['scope'], collectionOf(GraphKeys.MODEL_VARIABLES));
/** `tf.moving_average_variables`. */
export const movingAverageVariables = api('movingAverageVariables', ['scope'], collectionOf(GraphKeys.MOVING_AVERAGE_VARIABLES));
