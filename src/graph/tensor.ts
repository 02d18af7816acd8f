// Operation and Tensor: handles over a node of a Graph. The NodeDef is the truth; a handle adds what TF's Python
// objects add (inputs as objects, static shapes, creation site). Operators (`x.add(y)`) are attached by src/ops.
// Follows tensorflow/python/framework/ops.py.
import { type DType } from './dtype.ts';
import { type ShapeLike, TensorShape, toShape, UNKNOWN_SHAPE } from './shape.ts';
import { type AttrValue, type NodeDef, type AttrBytes } from './node_def.ts';
import { nodeDefToText } from './graph_def_text.ts';
import { ValueError } from './errors.ts';
import type { CreationSite } from './site.ts';
import type { Graph } from './graph.ts';
import type { ControlFlowContext } from './control_flow_context.ts';

/** `tf.Tensor`: one output of an operation, not a value. */
export class Tensor {
  readonly op: Operation;
  /** Index among the outputs of `op`. */
  readonly valueIndex: number;
  readonly dtype: DType;
  #shape: TensorShape = UNKNOWN_SHAPE;
  readonly #consumers: Operation[] = [];

  constructor(op: Operation, valueIndex: number, dtype: DType) {
    this.op = op;
    this.valueIndex = valueIndex;
    this.dtype = dtype;
  }
  get graph(): Graph { return this.op.graph; }
  /** `op:0`. */
  get name(): string { return `${this.op.name}:${this.valueIndex}`; }
  get device(): string { return this.op.device; }
  /** Static shape as inferred while building. */
  get shape(): TensorShape { return this.#shape; }
  getShape(): TensorShape { return this.#shape; }
  /** Merges more knowledge into the static shape. Throws ValueError when it contradicts what is known. */
  setShape(shape: ShapeLike): void {
    const s = toShape(shape);
    if (s.dims === null) return;
    if (!this.#shape.isCompatibleWith(s)) {
      throw new ValueError(this.#shape.ndims === s.ndims
        ? `Dimension ${this.#shape.dims!.findIndex((d, i) => d !== null && s.dims![i] !== null && d !== s.dims![i])} in both shapes must be equal, but are ${this.#mismatch(s)}. Shapes are ${this.#shape.debug} and ${s.debug}.`
        : `Shapes must be equal rank, but are ${this.#shape.ndims} and ${s.ndims}`, { node: this.op.name, op: this.op.type, site: this.op.site?.location });
    }
    this.#shape = this.#shape.mergeWith(s);
  }
  #mismatch(s: TensorShape): string {
    const i = this.#shape.dims!.findIndex((d, k) => d !== null && s.dims![k] !== null && d !== s.dims![k]);
    return `${this.#shape.dims![i]} and ${s.dims![i]}`;
  }
  /** internal: replaces the static shape (shape functions). */
  _setInferredShape(shape: TensorShape): void { this.#shape = shape; }
  /** Operations that take this tensor as an input, in creation order. */
  consumers(): readonly Operation[] { return this.#consumers; }
  /** internal */
  _addConsumer(op: Operation): void { this.#consumers.push(op); }
  /** internal */
  _removeConsumer(op: Operation): void {
    const i = this.#consumers.indexOf(op);
    if (i >= 0) this.#consumers.splice(i, 1);
  }
  /** The NodeDef input string: `op` or `op:1`. */
  get asInput(): string { return this.valueIndex === 0 ? this.op.name : `${this.op.name}:${this.valueIndex}`; }
  /** Python's `str(t)`: `Tensor("x:0", shape=(?, 2), dtype=float32)`. */
  toString(): string {
    const shape = this.#shape.dims === null ? '' : `, shape=${this.#shape}`;
    return `Tensor("${this.name}"${shape}, dtype=${this.dtype.name}${this.device === '' ? '' : `, device=${this.device}`})`;
  }
  /** Python's `repr(t)`: `<tf.Tensor 'x:0' shape=(?, 2) dtype=float32>`. */
  get repr(): string { return `<tf.Tensor '${this.name}' shape=${this.#shape} dtype=${this.dtype.name}>`; }
}

/** `tf.Operation`: a node of the graph. */
export class Operation {
  readonly graph: Graph;
  /** `graph._last_id` at creation; ids start at 1. */
  readonly id: number;
  readonly site: CreationSite | undefined;
  readonly outputs: readonly Tensor[];
  /** The cond or while context the op was made in. */
  controlFlowContext: ControlFlowContext | null;
  /** Forward op whose gradient this op belongs to. */
  readonly originalOp: Operation | null;
  #def: NodeDef;
  #inputs: readonly Tensor[];
  #controlInputs: readonly Operation[];

  constructor(graph: Graph, id: number, def: NodeDef, inputs: readonly Tensor[], controlInputs: readonly Operation[],
    outputDtypes: readonly DType[], context: ControlFlowContext | null, originalOp: Operation | null, site: CreationSite | undefined) {
    this.graph = graph;
    this.id = id;
    this.#def = def;
    this.#inputs = inputs;
    this.#controlInputs = controlInputs;
    this.controlFlowContext = context;
    this.originalOp = originalOp;
    this.site = site;
    this.outputs = outputDtypes.map((d, i) => new Tensor(this, i, d));
  }
  get name(): string { return this.#def.name; }
  get type(): string { return this.#def.op; }
  get device(): string { return this.#def.device; }
  get nodeDef(): NodeDef { return this.#def; }
  /** Data inputs. */
  get inputs(): readonly Tensor[] { return this.#inputs; }
  get controlInputs(): readonly Operation[] { return this.#controlInputs; }
  /** The first output; throws when there is none. */
  get output(): Tensor {
    const t = this.outputs[0];
    if (!t) throw new ValueError(`Operation '${this.name}' has no outputs`);
    return t;
  }
  /** Raw attr; undefined when absent. */
  attr(name: string): AttrValue | undefined { return this.#def.attr[name]; }
  /** `op.get_attr(name)`: the attr as a JS value (lists as arrays). Throws ValueError when there is no such attr. */
  getAttr(name: string): unknown {
    const a = this.#def.attr[name];
    if (!a) throw new ValueError(`No attr named '${name}' in ${this.name} (op: ${this.type})`);
    if (a.kind !== 'list') return a.value;
    return Object.values(a.value).find((v) => v !== undefined) ?? [];
  }
  /** `loc:@name` groups this op belongs to; its own when it has none. */
  colocationGroups(): readonly string[] {
    const c = this.#def.attr['_class'];
    const groups = c?.kind === 'list' ? (c.value.s ?? []).filter((s: AttrBytes): s is string => typeof s === 'string' && s.startsWith('loc:@')) : [];
    return groups.length > 0 ? groups : [`loc:@${this.name}`];
  }
  /** Python's `str(op)`: the NodeDef as text. */
  toString(): string { return nodeDefToText(this.#def); }
  /** Python's `repr(op)`: `<tf.Operation 'x' type=Const>`. */
  get repr(): string { return `<tf.Operation '${this.name}' type=${this.type}>`; }

  /** internal edit: replaces an attr. */
  _setAttr(name: string, value: AttrValue): void { this.#edit({ ...this.#def, attr: { ...this.#def.attr, [name]: value } }); }
  /** internal edit. */
  _setDevice(device: string): void { if (device !== this.#def.device) this.#edit({ ...this.#def, device }); }
  /** internal edit: the NextIteration back edge, guards on initial values. */
  _updateInput(index: number, t: Tensor): void {
    this.#inputs[index]!._removeConsumer(this);
    this.#inputs = this.#inputs.map((x, i) => (i === index ? t : x));
    t._addConsumer(this);
    this.#edit({ ...this.#def, input: this.#def.input.map((s, i) => (i === index ? t.asInput : s)) });
  }
  /** internal edit: adds control inputs, keeping them sorted by name as TF writes them. */
  _addControlInputs(ops: readonly Operation[]): void { this._setControlInputs([...new Set([...this.#controlInputs, ...ops])]); }
  /** internal edit: replaces all control inputs (control-flow contexts remove those from outside). */
  _setControlInputs(ops: readonly Operation[]): void {
    this.#controlInputs = ops;
    const data = this.#def.input.slice(0, this.#inputs.length);
    this.#edit({ ...this.#def, input: [...data, ...controlInputStrings(ops)] });
  }
  /** internal: the node as the scopes it is made in complete it, before it is in the graph. */
  _complete(def: NodeDef): void { this.#def = def; }
  #edit(def: NodeDef): void {
    this.#def = def;
    this.graph._edited(this);
  }
}

/** `^name` strings in the order TF 1.15 writes them: sorted by name. */
export function controlInputStrings(ops: readonly Operation[]): string[] {
  return ops.length === 1 ? [`^${ops[0]!.name}`] : ops.map((o) => `^${o.name}`).sort();
}
