// `tf.Variable` as a reference variable: VariableV2, Assign and read nodes, emitted in TF's order and under TF's names.
// Follows class RefVariable in python/ops/variables.py (1.15). Resource variables are not here yet.
import type { DType } from '../graph/dtype.ts';
import { NotImplementedError, ValueError } from '../graph/errors.ts';
import { getDefaultGraph, type Graph } from '../graph/graph.ts';
import { GraphKeys } from '../graph/collections.ts';
import { attr } from '../graph/node_def.ts';
import type { TensorShape } from '../graph/shape.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { publicCall } from '../graph/site.ts';
import { api, bind } from './api.ts';
import { convertToTensor, TO_TENSOR, type TensorConvertible, type TensorLike } from './convert.ts';
import { withExits } from './scope_stack.ts';
import { applyOp, op1 } from './op_def_library.ts';
import { assign, assignAdd, assignSub, variableOpV2 } from './state_ops.ts';

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
  cachingDevice?: string | null;
  /** Default 'Variable', made unique in the current name scope. */
  name?: string | null;
  /** Default: the initial value's dtype. */
  dtype?: DType | null;
  useResource?: boolean | null;
  constraint?: ((t: Tensor) => Tensor) | null;
}
const ORDER = ['initialValue', 'trainable', 'collections', 'validateShape', 'cachingDevice', 'name', 'variableDef', 'dtype', 'expectedShape', 'importScope', 'constraint', 'useResource'] as const;
const KNOWN = new Set<string>(ORDER);

/** `tf.Variable` (RefVariable): state that survives from run to run of a session.
 * Errors: ValueError when the initial value is missing or its shape unknown. */
export class Variable implements TensorConvertible {
  readonly #variable: Tensor;
  readonly #snapshot: Tensor;
  /** Op that runs the initializer. */
  readonly initializer: Operation;
  readonly initialValue: Tensor;
  readonly trainable: boolean;
  readonly constraint: ((t: Tensor) => Tensor) | null;

  constructor(initialValue: TensorLike | (() => TensorLike), ...rest: unknown[]);
  constructor(options: VariableOptions);
  constructor(...args: unknown[]) {
    const p = bind('__init__', ORDER, KNOWN, args, {}) as VariableOptions;
    const made = publicCall(new.target as unknown as (...a: never[]) => unknown, () => build(p));
    this.#variable = made.variable;
    this.#snapshot = made.snapshot;
    this.initializer = made.initializer;
    this.initialValue = made.initialValue;
    this.trainable = p.trainable ?? true;
    this.constraint = p.constraint ?? null;
    const graph = this.graph;
    const collections = p.collections ?? [GraphKeys.GLOBAL_VARIABLES];
    const all = this.trainable && !collections.includes(GraphKeys.TRAINABLE_VARIABLES) ? [...collections, GraphKeys.TRAINABLE_VARIABLES] : collections;
    for (const c of all) graph.addToCollection(c, this);
  }

  get graph(): Graph { return this.#variable.graph; }
  /** `w:0`. */
  get name(): string { return this.#variable.name; }
  /** The VariableV2 operation. */
  get op(): Operation { return this.#variable.op; }
  /** A reference dtype: `float32_ref`. */
  get dtype(): DType { return this.#variable.dtype; }
  get shape(): TensorShape { return this.#variable.shape; }
  getShape(): TensorShape { return this.shape; }
  get device(): string { return this.#variable.device; }
  /** The value tensor other ops use: `w/read`. */
  value(): Tensor { return this.#snapshot; }
  /** A fresh read of the variable at this point of the graph (`read_value`). */
  readValue(): Tensor { return op1('Identity', [this.#variable], {}, 'read'); }
  /** The reference tensor (`w:0`). */
  ref(): Tensor { return this.#variable; }
  /** What a fetch of the variable means. */
  asGraphElement(): Tensor { return this.#variable; }
  [TO_TENSOR](dtype: DType | undefined, _name: string | undefined, asRef: boolean): Tensor {
    if (dtype && !dtype.isCompatibleWith(this.dtype)) {
      throw new ValueError(`Incompatible type conversion requested to type '${dtype.name}' for variable of type '${this.dtype.name}'`);
    }
    return asRef ? this.#variable : this.#snapshot;
  }
  setShape(shape: readonly (number | null)[]): void { this.#variable.setShape(shape); this.#snapshot.setShape(shape); }
  /** `v.assign(value)`: the reference tensor as of after the write. */
  assign(value: TensorLike, options: { useLocking?: boolean; name?: string | null } = {}): Tensor {
    return assign(this, value, { useLocking: options.useLocking ?? false, name: options.name ?? null });
  }
  assignAdd(delta: TensorLike, options: { useLocking?: boolean; name?: string | null } = {}): Tensor {
    return assignAdd(this, delta, { useLocking: options.useLocking ?? false, name: options.name ?? null });
  }
  assignSub(delta: TensorLike, options: { useLocking?: boolean; name?: string | null } = {}): Tensor {
    return assignSub(this, delta, { useLocking: options.useLocking ?? false, name: options.name ?? null });
  }
  toString(): string { return `<tf.Variable '${this.name}' shape=${this.shape} dtype=${this.dtype.name}>`; }
}

interface Made { variable: Tensor; snapshot: Tensor; initializer: Operation; initialValue: Tensor }

function build(p: VariableOptions): Made {
  if (p.initialValue === undefined || p.initialValue === null) throw new ValueError('initial_value must be specified.');
  if (p.useResource) throw new NotImplementedError('tf.Variable(use_resource=True) is not available yet.', { remedy: 'use a reference variable (the default of TF 1.15)' });
  if (p.cachingDevice !== undefined && p.cachingDevice !== null) throw new NotImplementedError('caching_device is not available yet.');
  const init = p.initialValue;
  const graph = getDefaultGraph();
  const validate = p.validateShape ?? true;
  return initScope(graph, () => {
    const scope = graph.enterNameScope(p.name ?? 'Variable');
    return withExits([scope], () => {
      let variable: Tensor;
      let initialValue: Tensor;
      if (typeof init === 'function') {
        // The variable does not exist yet, so colocation with it is simulated by the attr it would give.
        const trueName = scope.value.slice(0, -1);
        const attrs = graph.enterAttrScope({ _class: attr.list({ s: [`loc:@${trueName}`] }) });
        [initialValue, variable] = withExits([attrs], () => {
          const value = withExits([graph.enterNameScope('Initializer'), graph.enterDevice(null)], () =>
            convertToTensor(init(), { dtype: p.dtype ?? undefined, name: 'initial_value' }));
          return [value, variableOpV2(validate ? value.shape : null, value.dtype.baseDtype, scope.value)];
        });
      } else {
        initialValue = convertToTensor(init, { dtype: p.dtype ?? undefined, name: 'initial_value' });
        variable = variableOpV2(validate ? initialValue.shape : null, initialValue.dtype.baseDtype, scope.value);
      }
      if (validate && !initialValue.shape.isFullyDefined) throw new ValueError(`initial_value must have a shape specified: ${initialValue}`);
      refuseUninitializedDependencies(initialValue);
      const initializer = applyOp('Assign', [variable, initialValue], { validate_shape: validate });
      const snapshot = withExits([graph.enterColocateWith(variable)], () => op1('Identity', [variable], {}, 'read'));
      return { variable, snapshot, initializer, initialValue };
    });
  });
}

/** `tf.init_scope`: keeps the name scope, leaves control dependencies and control-flow contexts. */
export function initScope<R>(graph: Graph, body: () => R): R {
  return withExits([graph.enterInitScope()], body);
}

/** TF rewrites initial values that read other variables into conditionals; without `tf.cond` we must refuse them. */
function refuseUninitializedDependencies(t: Tensor): void {
  const seen = new Set<Operation>();
  const stack = [t.op];
  while (stack.length > 0) {
    const op = stack.pop()!;
    if (seen.has(op)) continue;
    seen.add(op);
    if (op.type === 'IsVariableInitialized') continue;
    if (op.type === 'VariableV2' || op.type === 'Variable') {
      throw new NotImplementedError(`An initial value that reads another variable ('${op.name}') is not available yet.`, {
        node: op.name, op: op.type, site: op.site?.location, remedy: 'initialise from a tensor that reads no variable, and copy with tf.assign after initialisation',
      });
    }
    for (const i of op.inputs) stack.push(i.op);
  }
}

type ScopeArg = { scope?: string | null };
const collectionOf = (key: string) => (p: ScopeArg): Variable[] => getDefaultGraph().getCollection(key, p.scope) as Variable[];

/** `tf.global_variables`: variables of the default graph, optionally those whose name matches `scope`. */
export const globalVariables = api('globalVariables', ['scope'], collectionOf(GraphKeys.GLOBAL_VARIABLES));
/** `tf.trainable_variables`. */
export const trainableVariables = api('trainableVariables', ['scope'], collectionOf(GraphKeys.TRAINABLE_VARIABLES));
/** `tf.local_variables`. */
export const localVariables = api('localVariables', ['scope'], collectionOf(GraphKeys.LOCAL_VARIABLES));
/** `tf.model_variables`. */
export const modelVariables = api('modelVariables', ['scope'], collectionOf(GraphKeys.MODEL_VARIABLES));

/** `tf.variables_initializer`: an op that runs the initializers of some variables. */
export const variablesInitializer = api('variablesInitializer', ['varList', 'name'], (p: { varList: readonly Variable[]; name?: string | null }): Operation =>
  initializerGroup(p.varList, p.name ?? 'init'), { required: 1 });
/** `tf.global_variables_initializer`: a NoOp named `init` that runs every initializer. */
export const globalVariablesInitializer = api('globalVariablesInitializer', [], (): Operation => initializerGroup(globalVariables(), 'init'));
/** `tf.initialize_all_variables`, the old name. */
export const initializeAllVariables = globalVariablesInitializer;
/** `tf.local_variables_initializer`. */
export const localVariablesInitializer = api('localVariablesInitializer', [], (): Operation => initializerGroup(localVariables(), 'init'));

function initializerGroup(vars: readonly Variable[], name: string): Operation {
  const graph = getDefaultGraph();
  const byDevice = new Set(vars.map((v) => v.initializer.device));
  if (byDevice.size > 1) throw new NotImplementedError('an initializer group over several devices is not available yet.');
  return withExits([graph.enterControlDependencies(vars.map((v) => v.initializer))], () => applyOp('NoOp', [], {}, name));
}
