// Builds a node from its op type, inputs and attrs: what every generated op function of TensorFlow does. Opens the
// name scope, converts inputs inside it, infers type attrs, fills defaults, colocates with ref inputs, infers shapes.
// Follows _apply_op_helper in python/framework/op_def_library.py (1.15).
import { type DType, float32, int32, refOf } from '../graph/dtype.ts';
import { InternalFault, TypeError, ValueError } from '../graph/errors.ts';
import { getDefaultGraph, type Graph, pythonTypeName } from '../graph/graph.ts';
import { type ArgDef, attr, type AttrDef, type AttrMap, type AttrValue, type OpDef } from '../graph/node_def.ts';
import { NDArray } from '../graph/ndarray.ts';
import { type ShapeLike, TensorShape, toShape, UNKNOWN_SHAPE } from '../graph/shape.ts';
import { Operation, Tensor } from '../graph/tensor.ts';
import { convertToTensor, isTensorLike, type TensorLike } from './convert.ts';
import { isBareNumber, naturalDtype, pythonRepr } from './make_array.ts';
import { graphFromInputs } from './graph_from_inputs.ts';
import { opBehaviour, opDef } from './registry.ts';
import { ShapeContext } from './shape_inference.ts';

/** An attr as callers write it; the AttrDef says what it means. */
export type AttrInput = number | bigint | boolean | string | Uint8Array | DType | ShapeLike | NDArray | AttrValue | readonly AttrInput[];
/** Inputs in signature order: a tensor for a single arg, a list for a list arg. */
export type OpInput = TensorLike | readonly TensorLike[];

/** Type attrs that stand for indices, sizes and shapes: bare JS numbers there are int32, as Python ints are. */
const INDEX_ATTRS = new Set(['Tidx', 'Tshape', 'Index', 'Tindices', 'Tpaddings', 'Tmultiples', 'Tperm', 'Taxis', 'Tdim', 'Tlen', 'index_type', 'Tsegmentids', 'Tnumsegments', 'TI', 'Tout_type']);

/** Makes the node and returns its single output. */
export function op1(type: string, inputs: readonly OpInput[], attrs?: Readonly<Record<string, AttrInput | undefined>>, name?: string | null): Tensor {
  return applyOp(type, inputs, attrs, name).output;
}

/** Makes the node. `attrs` are by TF's names; those inferable from inputs need not be given. */
export function applyOp(type: string, inputs: readonly OpInput[], attrs: Readonly<Record<string, AttrInput | undefined>> = {}, name?: string | null): Operation {
  const def = opDef(type);
  if (!def) throw new InternalFault(`TensorFlow 1.15 has no op '${type}'`);
  if (inputs.length !== def.inputArg.length) throw new InternalFault(`op ${type} takes ${def.inputArg.length} inputs, got ${inputs.length}`);
  const current = getDefaultGraph();
  const graph = graphFromInputs(inputs) ?? current;
  const asDefault = graph === current ? undefined : graph.enterAsDefault();
  const scope = graph.enterNameScope(name ?? type);
  try {
    return buildNode(graph, def, inputs, attrs, scope.value);
  } finally {
    scope.exit();
    asDefault?.exit();
  }
}

function buildNode(graph: Graph, def: OpDef, inputs: readonly OpInput[], given: Readonly<Record<string, AttrInput | undefined>>, scope: string): Operation {
  const known: Record<string, AttrValue> = {};
  const from: Record<string, string> = {};
  for (const a of def.attr) {
    const v = given[a.name];
    if (v !== undefined) known[a.name] = toAttr(def, a, v);
  }
  const flat: Tensor[] = [];
  let refs: Tensor[] | undefined;
  def.inputArg.forEach((arg, i) => {
    const tensors = convertInput(def, arg, inputs[i]!, inputs, known, from);
    flat.push(...tensors);
    if (arg.isRef) (refs ??= []).push(...tensors);
  });
  const attrs: Record<string, AttrValue> = {};
  for (const a of def.attr) {
    const v = known[a.name] ?? a.default;
    if (v === undefined) throw new TypeError(`No argument for attr ${a.name}`, { op: def.name });
    checkAttr(def, a, v, from);
    attrs[a.name] = v;
  }
  for (const k in given) {
    if (!(k in attrs) && given[k] !== undefined) {
      if (!k.startsWith('_')) throw new InternalFault(`op ${def.name} has no attr '${k}'`);
      attrs[k] = given[k] as AttrValue;
    }
  }
  const exits = refs?.map((t) => graph.enterColocateWith(t));
  try {
    return createNode(graph, def, flat, attrs, scope);
  } finally {
    if (exits) for (let i = exits.length - 1; i >= 0; i--) exits[i]!.exit();
  }
}

/** Adds a node whose inputs are tensors and whose attrs are complete. */
export function createNode(graph: Graph, def: OpDef, inputs: readonly Tensor[], attrs: AttrMap, name: string, extra: { device?: string; controlInputs?: readonly Operation[]; literal?: boolean } = {}): Operation {
  return graph.createOp({
    type: def.name, inputs, attr: attrs, name, outputDtypes: outputDtypes(def, attrs), inferShapes,
    ...(def.isStateful ? { usesContainer: true } : {}), ...extra,
  });
}

/** Static shapes by the op's shape function; unknown for ops without one. */
export function inferShapes(op: Operation): readonly TensorShape[] {
  const f = opBehaviour(op.type)?.shape;
  if (!f) return op.outputs.map(() => UNKNOWN_SHAPE);
  return f(new ShapeContext(op));
}

/** Dtypes of a node's outputs from its attrs. */
export function outputDtypes(def: OpDef, attrs: AttrMap): DType[] {
  return argDtypes(def.outputArg, attrs);
}

/** Dtypes of a list of args, list args expanded. */
export function argDtypes(args: readonly ArgDef[], attrs: AttrMap): DType[] {
  const out: DType[] = [];
  for (const a of args) {
    const ref = (d: DType): DType => (a.isRef ? refOf(d) : d);
    if (a.typeListAttr !== undefined) {
      const l = attrs[a.typeListAttr];
      if (l?.kind === 'list') out.push(...(l.value.type ?? []).map(ref));
      continue;
    }
    const t = a.typeAttr === undefined ? undefined : attrs[a.typeAttr];
    const d = a.type ?? (t?.kind === 'type' ? t.value : undefined);
    if (!d) throw new ValueError(`No attr named '${a.typeAttr}'`);
    const n = a.numberAttr === undefined ? undefined : attrs[a.numberAttr];
    const count = n?.kind === 'i' ? Number(n.value) : 1;
    for (let i = 0; i < count; i++) out.push(ref(d));
  }
  return out;
}

// --- inputs --------------------------------------------------------------------------------------------------------

function convertInput(def: OpDef, arg: ArgDef, value: OpInput, all: readonly OpInput[], known: Record<string, AttrValue>, from: Record<string, string>): Tensor[] {
  if (arg.numberAttr !== undefined || arg.typeListAttr !== undefined) return convertList(def, arg, value, known, from);
  const fixed = arg.type ?? typeAttrOf(arg, known);
  const t = convertOne(def, arg, value as TensorLike, fixed, preferredDtype(def, arg, all), known, from);
  if (arg.typeAttr !== undefined && !(arg.typeAttr in known)) {
    known[arg.typeAttr] = attr.type(t.dtype.baseDtype);
    from[arg.typeAttr] = arg.name;
    // At once: what comes after is not made when the dtype is wrong.
    checkAttr(def, def.attr.find((a) => a.name === arg.typeAttr)!, known[arg.typeAttr]!, from);
  }
  return [t];
}

function typeAttrOf(arg: ArgDef, known: Record<string, AttrValue>): DType | undefined {
  const a = arg.typeAttr === undefined ? undefined : known[arg.typeAttr];
  return a?.kind === 'type' ? a.value : undefined;
}

/** What a bare JS number becomes when its type attr is still open: the attr's default, int32 for index positions, the
 * dtype of another input with the same attr, else float32. */
function preferredDtype(def: OpDef, arg: ArgDef, all: readonly OpInput[]): DType | undefined {
  if (arg.typeAttr === undefined) return undefined;
  const d = def.attr.find((a) => a.name === arg.typeAttr)?.default;
  if (d?.kind === 'type') return d.value;
  if (INDEX_ATTRS.has(arg.typeAttr)) return int32;
  for (let i = 0; i < all.length; i++) {
    if (def.inputArg[i]!.typeAttr !== arg.typeAttr) continue;
    const v = all[i];
    if (isTensorLike(v)) return (v as { dtype?: DType }).dtype?.baseDtype;
    const n = naturalDtype(v);
    if (n) return n;
  }
  return undefined;
}

function convertOne(def: OpDef, arg: ArgDef, value: TensorLike, dtype: DType | undefined, preferred: DType | undefined, known: Record<string, AttrValue>, from: Record<string, string>): Tensor {
  if (arg.isRef && !isTensorLike(value)) throw notRef(def, arg, value);
  let t: Tensor;
  try {
    t = convertToTensor(value, { dtype: arg.isRef ? undefined : dtype, name: arg.name, preferred, asRef: arg.isRef ?? false });
  } catch (e) {
    if (e instanceof TypeError && dtype && !isTensorLike(value)) {
      throw new TypeError(`Expected ${dtype.name} passed to parameter '${arg.name}' of op '${def.name}', got ${pythonRepr(value)} of type '${pythonTypeName(value)}' instead. Error: ${e.text}`);
    }
    if (e instanceof ValueError && (value as unknown === null || value instanceof TensorShape)) throw new ValueError(`Tried to convert '${arg.name}' to a tensor and failed. Error: ${e.text}`);
    if (e instanceof ValueError && isTensorLike(value)) throw mismatch(def, arg, value, dtype, known, from);
    throw e;
  }
  if (arg.isRef && !t.dtype.isRef) throw notRef(def, arg, value);
  if (arg.isRef && dtype && !dtype.isCompatibleWith(t.dtype)) throw mismatch(def, arg, t, dtype, known, from);
  return t;
}

function notRef(def: OpDef, arg: ArgDef, v: unknown): TypeError {
  const repr = v instanceof Tensor ? String(v) : pythonRepr(v);
  return new TypeError(`'${def.name}' Op requires that input '${arg.name}' be a mutable tensor (e.g.: a tf.Variable)`, { remedy: `got ${repr}` });
}

function mismatch(def: OpDef, arg: ArgDef, value: unknown, dtype: DType | undefined, known: Record<string, AttrValue>, from: Record<string, string>): TypeError {
  const observed = convertToTensor(value as TensorLike, { asRef: arg.isRef ?? false }).dtype.name;
  const prefix = `Input '${arg.name}' of '${def.name}' Op has type ${observed} that does not match`;
  if (arg.type) return new TypeError(`${prefix} expected type of ${arg.type.name}.`);
  const k = arg.typeAttr!;
  const d = known[k];
  return new TypeError(`${prefix} type ${(d?.kind === 'type' ? d.value : dtype)?.name ?? '?'} of argument '${from[k] ?? k}'.`);
}

function convertList(def: OpDef, arg: ArgDef, value: OpInput, known: Record<string, AttrValue>, from: Record<string, string>): Tensor[] {
  if (!Array.isArray(value)) throw new TypeError(`Expected list for '${arg.name}' argument to '${def.name}' Op, not ${pythonRepr(value)}.`);
  const list = value as readonly TensorLike[];
  if (arg.typeListAttr !== undefined) {
    const tensors = list.map((v, i) => convertToTensor(v, { name: `${arg.name}_${i}` }));
    known[arg.typeListAttr] ??= attr.list(tensors.length > 0 ? { type: tensors.map((t) => t.dtype.baseDtype) } : {});
    from[arg.typeListAttr] ??= arg.name;
    return tensors;
  }
  const count = known[arg.numberAttr!];
  if (count?.kind === 'i' && Number(count.value) !== list.length) {
    throw new ValueError(`List argument '${arg.name}' to '${def.name}' Op with length ${list.length} must match length ${count.value} of argument '${from[arg.numberAttr!]}'.`);
  }
  const minimum = def.attr.find((a) => a.name === arg.numberAttr)?.minimum;
  if (minimum !== undefined && list.length < minimum) {
    throw new ValueError(`List argument '${arg.name}' to '${def.name}' Op with length ${list.length} shorter than minimum length ${minimum}.`);
  }
  known[arg.numberAttr!] ??= attr.i(list.length);
  from[arg.numberAttr!] ??= arg.name;
  let dtype = arg.type ?? typeAttrOf(arg, known);
  if (!dtype) for (const v of list) { const d = (v as { dtype?: DType }).dtype?.baseDtype ?? naturalDtype(v); if (d) { dtype = d; break; } }
  const preferred = arg.typeAttr !== undefined && INDEX_ATTRS.has(arg.typeAttr) ? int32 : undefined;
  const tensors = list.map((v, i) => convertListItem(def, arg, v, i, dtype, preferred, list));
  if (arg.typeAttr !== undefined && !(arg.typeAttr in known)) {
    const d = tensors[0]?.dtype.baseDtype ?? dtype ?? float32;
    known[arg.typeAttr] = attr.type(d);
    from[arg.typeAttr] = arg.name;
  }
  return tensors;
}

function convertListItem(def: OpDef, arg: ArgDef, v: TensorLike, i: number, dtype: DType | undefined, preferred: DType | undefined, list: readonly TensorLike[]): Tensor {
  try {
    return convertToTensor(v, { dtype, name: `${arg.name}_${i}`, preferred });
  } catch (e) {
    if (!(e instanceof ValueError) && !(e instanceof TypeError)) throw e;
    if (!list.every((x) => isTensorLike(x) || isBareNumber(x))) throw e;
    const types = list.map((x) => (x as { dtype?: DType }).dtype?.name ?? 'float32');
    throw new TypeError(`Tensors in list passed to '${arg.name}' of '${def.name}' Op have types [${types.join(', ')}] that don't all match.`);
  }
}

// --- attrs ---------------------------------------------------------------------------------------------------------

function toAttr(def: OpDef, a: AttrDef, v: AttrInput): AttrValue {
  if (typeof v === 'object' && v !== null && 'kind' in v && typeof v.kind === 'string') return v as AttrValue;
  const bad = (want: string): never => { throw new TypeError(`Expected ${want} for argument '${a.name}' not ${pythonRepr(v)}.`, { op: def.name }); };
  switch (a.type) {
    case 'int': return typeof v === 'number' && Number.isInteger(v) || typeof v === 'bigint' ? attr.i(v) : bad('int');
    case 'float': return typeof v === 'number' ? attr.f(v) : bad('float');
    case 'bool': return typeof v === 'boolean' ? attr.b(v) : bad('bool');
    case 'string': return typeof v === 'string' || v instanceof Uint8Array ? attr.s(v) : bad('string');
    case 'type': return attr.type((v as DType).baseDtype);
    case 'shape': return attr.shape(toShape(v as ShapeLike));
    case 'tensor': return attr.tensor(v as NDArray);
    case 'list(int)': return Array.isArray(v) ? attr.list(v.length > 0 ? { i: v as number[] } : {}) : bad('list');
    case 'list(float)': return Array.isArray(v) ? attr.list(v.length > 0 ? { f: (v as number[]).map(Math.fround) } : {}) : bad('list');
    case 'list(bool)': return attr.list((v as boolean[]).length > 0 ? { b: v as boolean[] } : {});
    case 'list(string)': return attr.list((v as string[]).length > 0 ? { s: v as string[] } : {});
    case 'list(type)': return attr.list((v as DType[]).length > 0 ? { type: v as DType[] } : {});
    case 'list(shape)': return attr.list((v as ShapeLike[]).length > 0 ? { shape: (v as ShapeLike[]).map(toShape) } : {});
    default: throw new InternalFault(`attr ${a.name} of ${def.name}: type ${a.type} must be given as an AttrValue`);
  }
}

/** Allowed values and minima. Throws TF's TypeError (types) or ValueError (others). */
function checkAttr(def: OpDef, a: AttrDef, v: AttrValue, from: Readonly<Record<string, string>>): void {
  const types = v.kind === 'type' ? [v.value] : v.kind === 'list' ? v.value.type ?? [] : [];
  const bad = types.find((t) => a.allowed?.type && !a.allowed.type.includes(t));
  if (bad) {
    throw new TypeError(`Value passed to parameter '${from[a.name] ?? a.name}' has DataType ${bad.name} not in list of allowed values: ${a.allowed!.type!.map((d) => d.name).join(', ')}`, { op: def.name });
  }
  if (a.allowed?.s && v.kind === 's' && !a.allowed.s.includes(v.value)) {
    throw new ValueError(`Attr '${a.name}' of '${def.name}' Op passed string '${String(v.value)}' not in: "${a.allowed.s.map(String).join('", "')}".`);
  }
  if (a.minimum !== undefined && v.kind === 'i' && Number(v.value) < a.minimum) {
    throw new ValueError(`Attr '${a.name}' of '${def.name}' Op passed ${v.value} less than minimum ${a.minimum}.`);
  }
  if (a.minimum !== undefined && v.kind === 'list') {
    const length = Object.values(v.value).reduce((n, list) => n + (list as readonly unknown[]).length, 0);
    if (length < a.minimum) throw new ValueError(`Attr '${a.name}' of '${def.name}' Op passed list of length ${length} less than minimum ${a.minimum}.`);
  }
}
