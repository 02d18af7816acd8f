// Resource variables: a handle (VarHandleOp), writes through it, and a ReadVariableOp per use. Their static shapes and
// dtypes travel with the handle. Follows python/ops/resource_variable_ops.py and core/ops/resource_variable_ops.cc (1.15).
import { type DType, int32, resource } from '../graph/dtype.ts';
import { NotImplementedError, ValueError } from '../graph/errors.ts';
import { getDefaultGraph, type Graph } from '../graph/graph.ts';
import { attr } from '../graph/node_def.ts';
import { SCALAR_SHAPE, type TensorShape, toShape, UNKNOWN_SHAPE } from '../graph/shape.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { concat } from './array_join.ts';
import { sizeTensor } from './array_shape.ts';
import { afterOps, grad1, inputOf, inScope, int32Vector, onDevice, scalarOf } from './building.ts';
import { constantNode, convertToTensor, TO_TENSOR, type TensorLike } from './convert.ts';
import { IndexedSlices } from './indexed_slices.ts';
import { applyOp, op1 } from './op_def_library.ts';
import { pythonRepr } from './make_array.ts';
import { defineOp } from './registry.ts';
import { withExits } from './scope_stack.ts';
import { subshape, vector } from './shape_fns.ts';
import type { ShapeContext, ShapeFn } from './shape_inference.ts';
import { checkScatter, checkScatterNd, type ScatterKind, type ScatterNdKind, type SliceSpec, type UpdateKind, type UpdateOptions } from './state_ops.ts';
import { guardInitialValue } from './variable_guards.ts';
import { addToCollections, checkConversion, checkContext, checkedOptions, type Constraint, initScope, setResourceCreator, type Updated, Variable, type VariableOptions } from './variables.ts';
import './tensor_operators.ts';

// --- handles -------------------------------------------------------------------------------------------------------

/** Shape and dtype of the variable behind a handle. */
export interface HandleData { readonly shape: TensorShape; readonly dtype: DType }
/** Ops that hand a resource on. */
const PASS_ON = new Set(['Identity', 'IdentityN', 'Switch', 'Enter', 'Exit', 'NextIteration', 'LoopCond', 'PreventGradient', 'StopGradient']);

/** What is known of the variable behind a handle; undefined for handles of unknown origin. */
export function handleData(t: Tensor): HandleData | undefined {
  for (let h = t; h.dtype === resource;) {
    const { op } = h;
    if (op.type === 'VarHandleOp') return { shape: op.getAttr('shape') as TensorShape, dtype: op.getAttr('dtype') as DType };
    const next = op.type === 'IdentityN' ? op.inputs[h.valueIndex] : op.inputs[0];
    if (!PASS_ON.has(op.type) || !next) return undefined;
    h = next;
  }
  return undefined;
}
function handleShape(c: ShapeContext, i = 0): TensorShape { return handleData(c.inputs()[i]!)?.shape ?? UNKNOWN_SHAPE; }

/** Shape of a read. Errors: when the handle holds another dtype than the read wants. */
const readShape: ShapeFn = (c) => {
  const d = handleData(c.inputs()[0]!);
  const wanted = c.attr('dtype');
  if (d && wanted.kind === 'type' && d.dtype !== wanted.value) {
    c.fail(`Trying to read variable with wrong dtype. Expected ${d.dtype.name} got ${wanted.value.name}`);
  }
  return [d?.shape ?? UNKNOWN_SHAPE];
};
const writeShape: ShapeFn = (c) => { c.merge(handleShape(c), c.input(1)); return []; };
/** Shape of the variable behind a handle as a tensor: a Const when it is known. */
export function variableShape(handle: Tensor): Tensor {
  const s = handleData(handle)?.shape;
  return s?.isFullyDefined ? constantNode(int32Vector(s.dims as number[])) : op1('VariableShape', [handle], { out_type: int32 });
}

defineOp('VarHandleOp', { shape: () => [SCALAR_SHAPE], grad: null });
defineOp('ReadVariableOp', { shape: readShape, grad: grad1((_, g) => [g]) });
defineOp('VarIsInitializedOp', { shape: () => [SCALAR_SHAPE], grad: null });
defineOp('VariableShape', { shape: (c) => { const n = handleShape(c).ndims; return [vector(n)]; }, grad: null });
defineOp('DestroyResourceOp', { shape: () => [] });
defineOp('AssignVariableOp', { shape: writeShape, grad: null });
defineOp('AssignAddVariableOp', { shape: writeShape });
defineOp('AssignSubVariableOp', { shape: writeShape });
defineOp('ResourceCountUpTo', { shape: (c) => [c.withRank(handleShape(c), 0)] });
for (const kind of ['Update', 'Add', 'Sub', 'Mul', 'Div', 'Min', 'Max']) defineOp(`ResourceScatter${kind}`, { shape: (c) => { checkScatter(c, handleShape(c)); return []; } });
for (const kind of ['Update', 'Add', 'Sub']) defineOp(`ResourceScatterNd${kind}`, { shape: (c) => { checkScatterNd(c, handleShape(c)); return []; } });
defineOp('ResourceStridedSliceAssign', { shape: () => [] });
defineOp('ResourceGather', {
  shape: (c) => {
    const params = c.withRankAtLeast(handleShape(c), 1);
    const batch = c.int('batch_dims');
    return [subshape(params, 0, batch).concatenate(subshape(c.input(1), batch)).concatenate(subshape(params, batch + 1))];
  },
  grad: grad1((op, g) => {
    const [handle, indices] = [inputOf(op, 0), inputOf(op, 1)];
    const params = variableShape(handle);
    const size = op1('ExpandDims', [sizeTensor(indices), scalarOf(0, int32)]);
    const values = op1('Reshape', [g, concat([size, params.at([1, null])], 0)]);
    return [new IndexedSlices(values, op1('Reshape', [indices, size]), params), null];
  }),
});
defineOp('ResourceGatherNd', {
  shape: (c) => {
    const [params, indices] = [handleShape(c), c.withRankAtLeast(c.input(1), 1)];
    if (params.dims === null || indices.dims === null) return [UNKNOWN_SHAPE];
    const depth = indices.dims[indices.dims.length - 1]!;
    if (depth === null) return [UNKNOWN_SHAPE];
    if (depth > params.dims.length) c.fail(`indices.shape[-1] must be <= params.rank, but saw indices shape: ${indices.debug} and params shape: ${params.debug}`);
    return [subshape(indices, 0, -1).concatenate(subshape(params, depth))];
  },
});

// --- variables -----------------------------------------------------------------------------------------------------

/** The nodes of a resource variable. */
export interface ResourceParts {
  readonly handle: Tensor;
  readonly graphElement: Tensor;
  readonly cachedValue: Tensor | null;
  readonly initializer: Operation | null;
  readonly initialValue: Tensor | null;
  readonly isInitializedOp: Tensor | null;
}

/** What `tf.Variable(use_resource=True)` and the results of its writes share. */
abstract class BaseResourceVariable extends Variable {
  readonly #parts: ResourceParts;
  override readonly shape: TensorShape;
  override readonly dtype: DType;
  override readonly trainable: boolean;
  override readonly constraint: Constraint | null;

  constructor(parts: ResourceParts, data: HandleData, trainable: boolean, constraint: Constraint | null) {
    super({});
    this.#parts = parts;
    this.shape = data.shape;
    this.dtype = data.dtype;
    this.trainable = trainable;
    this.constraint = constraint;
  }

  /** The resource handle. */
  get handle(): Tensor { return this.#parts.handle; }
  override get graph(): Graph { return this.handle.graph; }
  override get name(): string { return this.handle.name; }
  override get op(): Operation { return this.handle.op; }
  override get device(): string { return this.handle.device; }
  override get initializer(): Operation {
    const op = this.#parts.initializer;
    if (!op) throw new ValueError(`'${this.name}' is a variable after a write; its initializer is that of the variable itself.`);
    return op;
  }
  override get initialValue(): Tensor {
    const t = this.#parts.initialValue;
    if (!t) throw new ValueError(`'${this.name}' is a variable after a write; its initial value is that of the variable itself.`);
    return t;
  }
  override ref(): Tensor { return this.handle; }
  override asGraphElement(): Tensor { return this.#parts.graphElement; }
  override setShape(): void { throw new NotImplementedError('ResourceVariable does not implement set_shape()'); }
  override isInitialized(name?: string | null): Tensor { return op1('VarIsInitializedOp', [this.handle], {}, name); }

  /** What stands for the value in files: the read made with the variable, or the cached one. */
  get snapshot(): Tensor { return this.#parts.cachedValue ?? this.#parts.graphElement; }

  /** A read at this point of the graph, on the variable's device; with a caching device, the one cached read. */
  override value(): Tensor {
    if (this.#parts.cachedValue) return this.#parts.cachedValue;
    const { graph } = this;
    return withExits([graph.enterColocateWith(null, true), graph.enterDevice(this.device)], () => this.read());
  }
  override readValue(): Tensor {
    const value = inScope('Read', '', [this.handle], () => onDevice(this.device, () => this.read()));
    return op1('Identity', [value]);
  }
  /** A ReadVariableOp. */
  protected read(): Tensor { return op1('ReadVariableOp', [this.handle], { dtype: this.dtype }); }
  /** `v.sparse_read(indices)`: rows, without reading the whole variable. */
  sparseRead(indices: TensorLike, options: { name?: string | null } = {}): Tensor {
    const value = inScope(options.name, 'Gather', [this.handle], (scope) => op1('ResourceGather', [this.handle, indices], { dtype: this.dtype }, scope));
    return op1('Identity', [value]);
  }
  /** `v.gather_nd(indices)`. */
  gatherNd(indices: TensorLike, options: { name?: string | null } = {}): Tensor {
    const value = inScope(options.name, 'GatherNd', [this.handle], (scope) => op1('ResourceGatherNd', [this.handle, indices], { dtype: this.dtype }, scope));
    return op1('Identity', [value]);
  }

  override [TO_TENSOR](dtype: DType | undefined, _name: string | undefined, asRef: boolean): Tensor {
    checkConversion(this, dtype, (d) => pythonRepr(d.name));
    // As a reference TF reads anew and takes the read in front of the Identity.
    return asRef ? this.readValue().op.inputs[0]! : this.value();
  }

  override _update(kind: UpdateKind, value: TensorLike, o: UpdateOptions): Updated | Operation {
    const cached = this.#parts.cachedValue;
    const write = (): Operation => {
      const t = convertToTensor(value, { dtype: this.dtype });
      if (kind === 'Assign') assertCompatible(this.shape, t.shape);
      return applyOp(`${kind}VariableOp`, [this.handle, t], {}, o.name);
    };
    const op = this.#inGraph(() => (kind !== 'Assign' && cached ? afterOps([cached], write) : write()));
    return o.readValue === false ? op : this.#after(op);
  }
  override _scatter(kind: ScatterKind, indices: TensorLike, updates: TensorLike, o: UpdateOptions): Updated {
    return this.#after(applyOp(`ResourceScatter${kind}`, [this.handle, indices, convertToTensor(updates, { dtype: this.dtype })], {}, o.name));
  }
  override _scatterNd(kind: ScatterNdKind, indices: TensorLike, updates: TensorLike, o: UpdateOptions): Updated {
    return this.#after(applyOp(`ResourceScatterNd${kind}`, [this.handle, indices, convertToTensor(updates, { dtype: this.dtype })], {}, o.name));
  }
  override _sliceAssign(s: SliceSpec, value: TensorLike, name: string): Updated {
    const cached = this.#parts.cachedValue;
    const write = (): Operation => applyOp('ResourceStridedSliceAssign', [this.handle, s.begin, s.end, s.strides, convertToTensor(value, { dtype: this.dtype })], s.masks, name);
    return this.#after(this.#inGraph(() => (cached ? afterOps([cached], write) : write())));
  }
  #inGraph<R>(body: () => R): R { return this.graph === getDefaultGraph() ? body() : withExits([this.graph.enterAsDefault()], body); }
  #after(op: Operation): UnreadVariable { return new UnreadVariable(this, op); }
}

/** Errors: ValueError with TF's text. */
function assertCompatible(a: TensorShape, b: TensorShape): void {
  if (!a.isCompatibleWith(b)) throw new ValueError(`Shapes ${a} and ${b} are incompatible`);
}

/** A variable just after a write: every use reads again, after the write. */
export class UnreadVariable extends BaseResourceVariable {
  readonly #write: Operation;
  constructor(v: BaseResourceVariable, write: Operation) {
    const read = afterOps([write], () => op1('ReadVariableOp', [v.handle], { dtype: v.dtype }));
    super({ handle: v.handle, graphElement: read, cachedValue: null, initializer: null, initialValue: null, isInitializedOp: null }, v, v.trainable, v.constraint);
    this.#write = write;
  }
  /** Name of the write. */
  override get name(): string { return this.#write.name; }
  /** The write. */
  override get op(): Operation { return this.#write; }
  override value(): Tensor { return this.read(); }
  override readValue(): Tensor { return this.read(); }
  protected override read(): Tensor { return afterOps([this.#write], () => super.read()); }
}

/** `tf.Variable(use_resource=True)`. */
export class ResourceVariable extends BaseResourceVariable {
  /** A variable whose nodes are there already (`from_proto`); joins no collections. */
  static fromParts(parts: ResourceParts, data: HandleData, trainable: boolean): ResourceVariable {
    return new ResourceVariable({}, { parts, data, trainable });
  }

  constructor(p: VariableOptions, from?: { parts: ResourceParts; data: HandleData; trainable: boolean }) {
    if (from) { super(from.parts, from.data, from.trainable, null); return; }
    const { init, trainable, collections } = checkedOptions(p);
    const graph = getDefaultGraph();
    let data: HandleData | undefined;
    const parts = initScope(graph, () => inScope(p.name, 'Variable', typeof init === 'function' ? [] : [init], (scope): ResourceParts => {
      const name = scope.slice(0, -1);
      const own = graph.enterAttrScope({ _class: attr.list({ s: [`loc:@${name}`] }) });
      const [initialValue, handle] = withExits([own], () => {
        const value = withExits([graph.enterNameScope('Initializer'), graph.enterDevice(null)], () =>
          convertToTensor(typeof init === 'function' ? init() : init, { dtype: p.dtype ?? undefined, name: 'initial_value' }));
        const shape = p.shape === undefined || p.shape === null ? value.shape : toShape(p.shape);
        if (!value.shape.isCompatibleWith(shape)) throw new ValueError(`The initial value's shape (${value.shape}) is not compatible with the explicitly supplied \`shape\` argument (${shape}).`);
        data = { shape, dtype: value.dtype.baseDtype };
        return [value, op1('VarHandleOp', [], { shape, dtype: data.dtype, shared_name: name }, scope)];
      });
      checkContext(initialValue, scope);
      const isInitializedOp = inScope('IsInitialized', '', [], () => op1('VarIsInitializedOp', [handle]));
      const initializer = inScope('Assign', '', [], (n) => withExits([graph.enterColocateWith(null, true), graph.enterDevice(handle.device)], () =>
        applyOp('AssignVariableOp', [handle, guardInitialValue(scope, initialValue)], {}, n)));
      const [graphElement, cachedValue] = inScope('Read', '', [], () => {
        const value = onDevice(handle.device, () => op1('ReadVariableOp', [handle], { dtype: data!.dtype }));
        const cached = p.cachingDevice ? withExits([graph.enterColocateWith(null, true), graph.enterDevice(p.cachingDevice)], () => op1('Identity', [value])) : null;
        return [value, cached];
      });
      return { handle, graphElement, cachedValue, initializer, initialValue, isInitializedOp };
    }));
    super(parts, data!, trainable, p.constraint ?? null);
    addToCollections(this, collections);
  }
  /** The op that makes the variable: its initializer. */
  get create(): Operation { return this.initializer; }
}
setResourceCreator((p) => new ResourceVariable(p));

/** Whether a variable is read and written through a handle. */
export function isResourceVariable(v: unknown): v is ResourceVariable | UnreadVariable { return v instanceof BaseResourceVariable; }
