// Graph: an append-only builder of NodeDefs with TF's rules for names, scopes, devices, colocation and control
// dependencies. Knows no op: callers bring attrs, output dtypes and shapes. Follows class Graph in
// tensorflow/python/framework/ops.py (1.15).
import { type DType } from './dtype.ts';
import { type TensorShape } from './shape.ts';
import { attr, type AttrMap, type FunctionDefLibrary, type GraphDef, type NodeDef, PRODUCER, type VersionDef } from './node_def.ts';
import { AssertionError, RuntimeError, TypeError, ValueError } from './errors.ts';
import { OP_NAME_REGEX, SCOPE_NAME_REGEX } from './names.ts';
import { type AttrSource, type ControlDependencyLevel, checkNotStale, type Entered, graphStack, openScope, runIsolated, runInScope, type ScopeHandle, type ScopeState, scopeState } from './scopes.ts';
import { decorate } from './decorate.ts';
import { deviceEntry, type DeviceLike } from './device.ts';
import { graphElement } from './lookup.ts';
import { pythonTypeName } from './python_type.ts';
import { controlInputStrings, Operation, Tensor } from './tensor.ts';
import { Collections } from './collections.ts';
import { currentSite } from './site.ts';

/** What `Graph.createOp` needs to make a node. */
export interface OpSpec {
  readonly type: string;
  readonly inputs: readonly Tensor[];
  readonly outputDtypes: readonly DType[];
  /** All attrs, defaults filled in. */
  readonly attr: AttrMap;
  /** Wanted name; default the op type. A trailing "/" takes it literally. */
  readonly name?: string | null;
  readonly device?: string;
  /** Static shapes of the outputs; called before the node is added, so a ValueError leaves the graph without it. */
  readonly inferShapes?: (op: Operation) => readonly TensorShape[];
  /** For stateful ops with a `container` attr. */
  readonly usesContainer?: boolean;
  /** Control inputs given outright (import): used instead of those the scopes ask for. */
  readonly controlInputs?: readonly Operation[];
  /** Import keeps the node's own colocation and ignores scopes. */
  readonly literal?: boolean;
}

/** Where `Graph._rollback` goes back to. */
export interface GraphMark { readonly lastId: number; readonly version: number; readonly namesInUse: ReadonlyMap<string, number> }

/** `tf.Graph`. */
export class Graph {
  readonly collections = new Collections();
  /** Library of functions, kept and exported as they are. */
  library: FunctionDefLibrary = { function: [], gradient: [] };
  /** Versions the GraphDef is exported with; importing an older GraphDef lowers the producer. */
  versions: VersionDef = { producer: PRODUCER };
  /** Graph-level seed (`tf.set_random_seed`); null when unset. */
  seed: number | bigint | null = null;
  readonly #nodes = new Map<string, Operation>();
  readonly #namesInUse = new Map<string, number>();
  readonly #unfeedable = new Set<Tensor>();
  readonly #unfetchable = new Set<Operation>();
  readonly #extra = new Map<symbol, unknown>();
  #lastId = 0;
  #version = 0;
  #edits = 0;
  #finalized = false;

  // --- reading ---------------------------------------------------------------------------------------------------
  /** Id of the newest op; enters default random seeds. */
  get lastId(): number { return this.#lastId; }
  /** `graph.version`: id of the newest op that is in the graph; 0 while it is empty. */
  get version(): number { return this.#version; }
  /** How often an existing node was changed; with `version`, what plan caches key on. */
  get edits(): number { return this.#edits; }
  /** `graph.graph_def_versions`. */
  get graphDefVersions(): VersionDef { return this.versions; }
  /** `graph.building_function`: a Graph never is a function's body here. */
  get buildingFunction(): boolean { return false; }
  get finalized(): boolean { return this.#finalized; }
  /** `graph.get_operations()`: in creation order. */
  getOperations(): Operation[] { return [...this.#nodes.values()]; }
  get size(): number { return this.#nodes.size; }
  /** The op of that name, or undefined. */
  find(name: string): Operation | undefined { return this.#nodes.get(name); }
  /** TF's unique-name table: key -> counter (scopes and burnt names included). */
  get namesInUse(): ReadonlyMap<string, number> { return this.#namesInUse; }
  /** `graph.as_graph_def`: the GraphDef, nodes in creation order; with `addShapes`, each node with outputs carries their
   * static shapes as `_output_shapes`. `fromVersion` is taken and has no effect, as in TF 1.15. */
  asGraphDef(options: { fromVersion?: number | null; addShapes?: boolean } = {}): GraphDef {
    const shaped = (o: Operation): NodeDef => (!options.addShapes || o.outputs.length === 0 ? o.nodeDef
      : { ...o.nodeDef, attr: { ...o.nodeDef.attr, _output_shapes: attr.list({ shape: o.outputs.map((t) => t.shape) }) } });
    const node = this.getOperations().map(shaped);
    const lib = this.library;
    return { node, versions: this.versions, ...(lib.function.length + lib.gradient.length > 0 ? { library: lib } : {}) };
  }

  /** `graph.get_operation_by_name`. Errors: TypeError for no string, KeyError for an unknown name, ValueError for a tensor's name. */
  getOperationByName(name: string): Operation {
    if (typeof name !== 'string') throw new TypeError(`Operation names are strings (or similar), not ${pythonTypeName(name)}.`);
    return this.asGraphElement(name, false, true) as Operation;
  }
  /** `graph.get_tensor_by_name`. Errors: TypeError for no string, KeyError for an unknown name, ValueError for a malformed one. */
  getTensorByName(name: string): Tensor {
    if (typeof name !== 'string') throw new TypeError(`Tensor names are strings (or similar), not ${pythonTypeName(name)}.`);
    return this.asGraphElement(name, true, false) as Tensor;
  }

  /** `graph.as_graph_element`: a tensor or operation, given as itself, as a name, or as something with an `asGraphElement()`.
   * Errors: see lookup.ts. */
  asGraphElement(obj: unknown, allowTensor = true, allowOperation = true): Tensor | Operation { return graphElement(this, obj, allowTensor, allowOperation); }

  // --- names -----------------------------------------------------------------------------------------------------
  /** `graph.unique_name`: the name prefixed by the current scope and made unique (ignoring case). */
  uniqueName(name: string, markAsUsed = true): string {
    const stack = this.scope.nameStack;
    let full = stack === '' ? name : `${stack}/${name}`;
    let key = full.toLowerCase();
    let i = this.#namesInUse.get(key) ?? 0;
    if (markAsUsed) this.#namesInUse.set(key, i + 1);
    if (i > 0) {
      const base = key;
      while (this.#namesInUse.has(key)) key = `${base}_${i++}`;
      if (markAsUsed) this.#namesInUse.set(key, 1);
      full = `${full}_${i - 1}`;
    }
    return full;
  }

  /** Current name scope without the trailing slash. */
  getNameScope(): string { return this.scope.nameStack; }

  /** Enters a name scope; the value is the scope string ("full/", "" at the root). Hot path: callers pair it with `exit`. */
  enterNameScope(name: string | null): Entered<string> {
    const s = this.scope;
    const old = s.nameStack;
    if (name !== null && name !== '') {
      if (!(old === '' ? OP_NAME_REGEX : SCOPE_NAME_REGEX).test(name)) throw new ValueError(`'${name}' is not a valid scope name`);
    }
    s.nameStack = name === null || name === '' ? '' : name.endsWith('/') ? name.slice(0, -1) : this.uniqueName(name);
    return { value: s.nameStack === '' ? '' : `${s.nameStack}/`, exit: () => { s.nameStack = old; } };
  }

  // --- scopes ----------------------------------------------------------------------------------------------------
  get scope(): ScopeState { return scopeState(this); }

  enterControlDependencies(inputs: readonly unknown[] | null): Entered<void> {
    const s = this.scope;
    const oldStack = s.controlDependencies;
    const oldContext = s.controlFlowContext;
    if (inputs === null) {
      s.controlDependencies = [{ inputs: [], seen: new Set() }];
      s.controlFlowContext = null;
    } else {
      const current = new Set(oldStack.flatMap((l) => l.inputs));
      const ops: Operation[] = [];
      for (const c of inputs) {
        const e = this.asGraphElement(c);
        const op = e instanceof Tensor ? e.op : e;
        if (!current.has(op)) { ops.push(op); current.add(op); }
      }
      s.controlDependencies = [...oldStack, { inputs: ops, seen: new Set() }];
    }
    return { value: undefined, exit: () => { s.controlDependencies = oldStack; s.controlFlowContext = oldContext; } };
  }

  enterColocateWith(target: Operation | Tensor | null, ignoreExisting = false): Entered<void> {
    if (target === null && !ignoreExisting) throw new ValueError('Trying to reset colocation (op is None) but ignore_existing is not True');
    const s = this.scope;
    const { colocation, devices, initDevices } = s;
    s.devices = [];
    if (graphStack().length > 0) s.initDevices = initDevices ?? devices;
    const base = ignoreExisting ? [] : colocation;
    const op = target instanceof Tensor ? target.op : target;
    s.colocation = op === null ? base : [...base, op];
    return { value: undefined, exit: () => { s.colocation = colocation; s.devices = devices; s.initDevices = initDevices; } };
  }

  /** Errors: ValueError for a bad device string. */
  enterDevice(device: DeviceLike): Entered<void> {
    const s = this.scope;
    const old = s.devices;
    s.devices = [...old, deviceEntry(device)];
    return { value: undefined, exit: () => { s.devices = old; } };
  }

  /** `tf.init_scope`: keeps the name scope, leaves control dependencies, control-flow contexts and the device reset of colocate_with. */
  enterInitScope(): Entered<void> {
    const s = this.scope;
    const name = s.nameStack;
    const { devices, initDevices } = s;
    const scope = this.enterNameScope(name === '' ? null : `${name}/`);
    const control = this.enterControlDependencies(null);
    if (devices.length === 0 && initDevices !== null) { s.devices = initDevices; s.initDevices = devices; } else s.initDevices = null;
    return { value: undefined, exit: () => { s.devices = devices; s.initDevices = initDevices; control.exit(); scope.exit(); } };
  }

  /** `null` takes an attr of an outer scope away. */
  enterAttrScope(attrs: Readonly<Record<string, AttrSource | null>>): Entered<void> {
    const s = this.scope;
    const old = s.attrScope;
    s.attrScope = Object.fromEntries(Object.entries({ ...old, ...attrs }).filter((e): e is [string, AttrSource] => e[1] !== null));
    return { value: undefined, exit: () => { s.attrScope = old; } };
  }

  enterKernelLabels(map: Readonly<Record<string, string>>): Entered<void> {
    const s = this.scope;
    const old = s.kernelLabels;
    s.kernelLabels = { ...old, ...map };
    return { value: undefined, exit: () => { s.kernelLabels = old; } };
  }

  enterGradientOverride(map: Readonly<Record<string, string>>): Entered<void> {
    const s = this.scope;
    const old = s.gradientOverride;
    s.gradientOverride = { ...old, ...map };
    return { value: undefined, exit: () => { s.gradientOverride = old; } };
  }

  enterContainer(name: string): Entered<string> {
    const s = this.scope;
    const old = s.container;
    s.container = name;
    return { value: name, exit: () => { s.container = old; } };
  }

  #originalOp: Operation | null = null;
  /** Ops created until `exit` are recorded as belonging to the gradient of `op`. */
  enterOriginalOp(op: Operation): Entered<void> {
    const old = this.#originalOp;
    this.#originalOp = op;
    return { value: undefined, exit: () => { this.#originalOp = old; } };
  }

  /** Makes this graph the default one until `exit`. */
  enterAsDefault(): Entered<this> {
    const stack = graphStack();
    const s = this.scope;
    const { initDevices } = s;
    s.initDevices = null;
    stack.push(this);
    return { value: this, exit: () => { s.initDevices = initDevices; const i = stack.lastIndexOf(this); if (i >= 0) stack.splice(i, 1); } };
  }

  /** `graph.as_default()`: with a body, runs it with this graph as default; without, a Disposable for `using`. */
  asDefault<R>(body: (g: this) => R): R;
  asDefault(): ScopeHandle<this>;
  asDefault<R>(body?: (g: this) => R): R | ScopeHandle<this> {
    if (body) return runInScope(() => this.enterAsDefault(), body);
    // The handle is a view of the graph, so that disposing it does not touch the graph itself.
    return openScope('graph.as_default', this.asDefault as (...a: never[]) => unknown, () => this.enterAsDefault(),
      (g, dispose) => Object.assign(Object.create(g) as object, { [Symbol.dispose]: dispose }) as unknown as ScopeHandle<this>);
  }

  /** Runs a function with fresh scope stacks on this graph (root scope, shared variable store), as a new Python thread would. */
  isolated<R>(body: () => R): R { return runIsolated(this, body); }

  /** Per-graph state of other modules (variable store, gradient bookkeeping), made on first use. */
  extra<T>(key: symbol, init: () => T): T {
    let v = this.#extra.get(key) as T | undefined;
    if (v === undefined) this.#extra.set(key, v = init());
    return v;
  }

  // --- building --------------------------------------------------------------------------------------------------
  /** Adds a node. Names, device, colocation, attr scopes and control inputs follow the current scopes. */
  createOp(spec: OpSpec): Operation {
    this.#checkNotFinalized();
    const site = currentSite();
    checkNotStale(site);
    for (const t of spec.inputs) {
      if (t.graph !== this) throw new ValueError(`${t} is not an element of this graph.`);
    }
    const s = this.scope;
    const wanted = spec.name ?? spec.type;
    const name = wanted.endsWith('/') ? wanted.slice(0, -1) : spec.literal ? this.#takeLiteral(wanted) : this.uniqueName(wanted);
    if (!OP_NAME_REGEX.test(name)) throw new ValueError(`'${name}' is not a valid node name`);
    // A node that is refused from here on has used up an id all the same, as in TF.
    const id = ++this.#lastId;
    if (this.#nodes.has(name)) throw new ValueError(`Duplicate node name in graph: '${name}'`, { node: name, op: spec.type });
    const control = spec.controlInputs ?? (s.controlDependencies.length === 0 ? NO_OPS : controlInputsFor(s.controlDependencies, spec.inputs));
    const input = spec.inputs.map((t) => t.asInput);
    if (control.length > 0) input.push(...controlInputStrings(control));
    const def = { name, op: spec.type, input, device: spec.device ?? '', attr: spec.attr };
    const op = new Operation(this, id, def, spec.inputs, control, spec.outputDtypes, spec.literal ? null : s.controlFlowContext, this.#originalOp, site);
    if (spec.inferShapes) {
      const shapes = spec.inferShapes(op);
      for (let i = 0; i < shapes.length; i++) op.outputs[i]!._setInferredShape(shapes[i]!);
    }
    if (!spec.literal) decorate(op, s, spec.usesContainer ?? false);
    this.#version = op.id;
    this.#nodes.set(name, op);
    for (const t of spec.inputs) t._addConsumer(op);
    for (const l of s.controlDependencies) l.seen.add(op);
    if (!spec.literal) op.controlFlowContext?.addOp(op);
    return op;
  }

  /** Literal import names still enter the table, so that later names avoid them. */
  #takeLiteral(name: string): string {
    this.#namesInUse.set(name.toLowerCase(), this.#namesInUse.get(name.toLowerCase()) ?? 1);
    return name;
  }

  /** internal: state to give to `_rollback`. */
  _mark(): GraphMark { return { lastId: this.#lastId, version: this.#version, namesInUse: new Map(this.#namesInUse) }; }
  /** internal: takes back every op made since the mark (a refused import leaves no trace). */
  _rollback(mark: GraphMark): void {
    for (const op of [...this.#nodes.values()].reverse()) {
      if (op.id <= mark.lastId) break;
      this.#nodes.delete(op.name);
      for (const t of op.inputs) t._removeConsumer(op);
      for (const l of this.scope.controlDependencies) l.seen.delete(op);
    }
    this.#namesInUse.clear();
    for (const [k, v] of mark.namesInUse) this.#namesInUse.set(k, v);
    this.#lastId = mark.lastId;
    this.#version = mark.version;
    this.#edits++;
  }

  /** internal: a node changed. One that is still being made is not in the graph yet. */
  _edited(op: Operation): void { if (this.#nodes.get(op.name) === op) this.#edits++; }

  finalize(): void { this.#finalized = true; }
  /** internal: MonitoredSession and tests reopen a graph. */
  _unsafeUnfinalize(): void { this.#finalized = false; }

  preventFeeding(t: Tensor): void { this.#unfeedable.add(t); }
  isFeedable(t: Tensor): boolean { return !this.#unfeedable.has(t); }
  preventFetching(op: Operation): void { this.#unfetchable.add(op); }
  isFetchable(x: Tensor | Operation): boolean { return !this.#unfetchable.has(x instanceof Tensor ? x.op : x); }

  // --- collections -----------------------------------------------------------------------------------------------
  /** `graph.add_to_collection`. Errors: RuntimeError when the graph is finalized. */
  addToCollection(name: string, value: unknown): void {
    this.#checkNotFinalized();
    this.collections.add(name, value);
  }
  /** `graph.add_to_collections`: one value into several collections, each named once or more. */
  addToCollections(names: string | Iterable<string>, value: unknown): void {
    for (const n of new Set(typeof names === 'string' ? [names] : names)) this.addToCollection(n, value);
  }
  /** `graph.get_collection`: a copy; with `scope` (a regular expression), the items whose name it matches at the start. */
  getCollection(name: string, scope?: string | null): unknown[] { return this.collections.get(name, scope); }
  /** `graph.get_collection_ref`: the live list, made when there is none. */
  getCollectionRef(name: string): unknown[] { return this.collections.ref(name); }
  /** `graph.get_all_collection_keys`. */
  getAllCollectionKeys(): string[] { return this.collections.keys(); }
  /** `graph.clear_collection`. Errors: RuntimeError when the graph is finalized. */
  clearCollection(name: string): void {
    this.#checkNotFinalized();
    this.collections.clear(name);
  }
  #checkNotFinalized(): void { if (this.#finalized) throw new RuntimeError('Graph is finalized and cannot be modified.'); }
}

const NO_OPS: readonly Operation[] = [];

function controlInputsFor(levels: readonly ControlDependencyLevel[], inputs: readonly Tensor[]): Operation[] {
  const out = new Set<Operation>();
  const inputOps = new Set(inputs.map((t) => t.op));
  for (const l of levels) {
    if (l.inputs.length === 0) continue;
    // An input made inside the level already waits for the level's control inputs.
    let dominated = false;
    for (const o of inputOps) if (l.seen.has(o)) { dominated = true; break; }
    if (!dominated) for (const c of l.inputs) if (!inputOps.has(c)) out.add(c);
  }
  return [...out];
}

export { pythonTypeName } from './python_type.ts';

let processDefault: Graph | undefined;
/** `tf.get_default_graph()`. */
export function getDefaultGraph(): Graph {
  const s = graphStack();
  return s[s.length - 1] ?? (processDefault ??= new Graph());
}
/** `tf.reset_default_graph()`. Throws AssertionError inside a nested graph. */
export function resetDefaultGraph(): void {
  if (graphStack().length > 0) throw new AssertionError('Do not use tf.reset_default_graph() to clear nested graphs. If you need a cleared graph, exit the nesting and create a new graph.');
  processDefault = undefined;
}
