// The op table: TF's signature of every op (data, parsed on demand) and, where there is one, the behaviour that
// `defineOp` adds: shape function, gradient, tfjs mapping. Importing this fills nothing but tables.
import type { DType } from '../graph/dtype.ts';
import { dtypeFromName, uint8 } from '../graph/dtype.ts';
import { type ArgDef, attr, type AttrDef, type AttrValue, type ListAttr, type OpDef, type OpTable } from '../graph/node_def.ts';
import { InternalFault } from '../graph/errors.ts';
import { NDArray } from '../graph/ndarray.ts';
import { TensorShape } from '../graph/shape.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import type { ShapeFn } from './shape_inference.ts';
import type { IndexedSlices } from './indexed_slices.ts';
import { DEPRECATED_OPS } from './gen/deprecated_ops.ts';
import { OP_SIGNATURES } from './gen/op_signatures.ts';

/** A gradient of an input: dense, sparse, or none. */
export type Grad = Tensor | IndexedSlices | null;

/** Builds the gradient sub-graph of an op: gradients of its outputs in, gradients of its inputs out (null: none). */
export type GradFn = (op: Operation, ...grads: (Tensor | null)[]) => readonly Grad[];

/** How an op maps to a kernel of TensorFlow.js, as data: right for every backend. */
export interface TfjsMapping {
  /** tfjs kernel name. */
  readonly kernel: string;
  /** tfjs input name -> index of our input. */
  readonly inputs: Readonly<Record<string, number>>;
  /** tfjs attrs from our node (attrs and the constant values of inputs); undefined: this node has no such kernel call. */
  readonly attrs?: (n: TfjsNode) => Readonly<Record<string, unknown>> | undefined;
  /** Dtypes of its inputs the kernel is right for on every backend. Default: any the backend holds where it is exact, else float32. */
  readonly dtypes?: readonly DType[];
  /** False where the kernel's bits may differ from the contract (transcendental functions, contractions, reductions): not used in exact mode. */
  readonly exact: boolean;
}
/** What a mapping may read of a node. */
export interface TfjsNode {
  readonly attr: Readonly<Record<string, AttrValue>>;
  readonly inputShapes: readonly (readonly number[])[];
  readonly inputDtypes: readonly DType[];
  /** Value of an input when it is known while compiling. */
  constant(i: number): NDArray | undefined;
}

/** What one `defineOp` block adds to an op's signature. */
export interface OpBehaviour {
  readonly shape?: ShapeFn;
  /** Gradient function; null where TF declares the op not differentiable. Absent: TF has a gradient we do not have yet, or none. */
  readonly grad?: GradFn | null;
  readonly tfjs?: TfjsMapping;
}

const signatures = new Map<string, OpDef>();
const behaviours = new Map<string, OpBehaviour>();
const userGradients = new Map<string, GradFn | null>();

/** Adds behaviour to an op of the table. */
export function defineOp(op: string, behaviour: OpBehaviour): void {
  if (!(op in OP_SIGNATURES)) throw new InternalFault(`defineOp('${op}'): TensorFlow 1.15 has no such op`);
  if (behaviours.has(op)) throw new InternalFault(`defineOp('${op}'): defined twice`);
  behaviours.set(op, behaviour);
}

/** TF's signature of an op; undefined when TF 1.15 has no such op. */
export function opDef(op: string): OpDef | undefined {
  let d = signatures.get(op);
  if (!d && Object.hasOwn(OP_SIGNATURES, op)) signatures.set(op, d = parse(op, OP_SIGNATURES[op]!));
  return d;
}
export function opBehaviour(op: string): OpBehaviour | undefined { return behaviours.get(op); }
/** Every op name of TF 1.15. */
export function opNames(): string[] { return Object.keys(OP_SIGNATURES); }
/** The table as src/graph sees it. */
export const opTable: OpTable = { get: opDef };

/** The gradient registered under an op type or a name of the user's choosing; null: not differentiable; undefined: none. */
export function registeredGradient(name: string): GradFn | null | undefined { return userGradients.has(name) ? userGradients.get(name) : behaviours.get(name)?.grad; }
/** internal: `tf.RegisterGradient`'s table. */
export function setUserGradient(name: string, f: GradFn | null | undefined): void { if (f === undefined) userGradients.delete(name); else userGradients.set(name, f); }

interface ArgRecord { n: string; t?: string; a?: string; c?: string; l?: string; r?: 1 }
interface AttrRecord { n: string; t: string; d?: unknown; v?: unknown[]; m?: number }
interface Signature { i: ArgRecord[]; o: ArgRecord[]; a: AttrRecord[]; f?: string }

function dt(name: string): DType { return dtypeFromName(`DT_${name}`)!; }

function parse(name: string, json: string): OpDef {
  const r = JSON.parse(json) as Signature;
  const arg = (a: ArgRecord): ArgDef => ({
    name: a.n, ...(a.t !== undefined ? { type: dt(a.t) } : {}), ...(a.a !== undefined ? { typeAttr: a.a } : {}),
    ...(a.c !== undefined ? { numberAttr: a.c } : {}), ...(a.l !== undefined ? { typeListAttr: a.l } : {}), ...(a.r ? { isRef: true } : {}),
  });
  const flags = r.f ?? '';
  return {
    name, inputArg: r.i.map(arg), outputArg: r.o.map(arg), attr: r.a.map(parseAttr),
    ...(Object.hasOwn(DEPRECATED_OPS, name) ? { deprecation: { version: DEPRECATED_OPS[name]![0], explanation: DEPRECATED_OPS[name]![1] } } : {}),
    isStateful: flags.includes('s'), isCommutative: flags.includes('c'), isAggregate: flags.includes('a'), allowsUninitializedInput: flags.includes('u'),
  };
}

function parseAttr(a: AttrRecord): AttrDef {
  return {
    name: a.n, type: a.t,
    ...(a.d !== undefined ? { default: defaultValue(a.t, a.d) } : {}),
    ...(a.v !== undefined ? { allowed: listOf(a.t.replace(/^list\(|\)$/g, ''), a.v) } : {}),
    ...(a.m !== undefined ? { hasMinimum: true, minimum: a.m } : {}),
  };
}

function defaultValue(type: string, d: unknown): AttrValue {
  if (type.startsWith('list(')) return attr.list(listOf(type.slice(5, -1), (d as { v: unknown[] }).v));
  switch (type) {
    case 'string': return attr.s(d as string);
    case 'int': return attr.i(d as number);
    case 'float': return attr.f(d as number);
    case 'bool': return attr.b(d as boolean);
    case 'type': return attr.type(dt(d as string));
    case 'shape': return attr.shape(new TensorShape(d as number[] | null));
    case 'tensor': return attr.tensor(new NDArray(uint8, [4], Uint8Array.of(255, 0, 0, 255))); // ImageSummary's bad_color, the only one
    default: return attr.func({ name: '', attr: {} });
  }
}

function listOf(type: string, v: readonly unknown[]): ListAttr {
  if (v.length === 0) return {};
  switch (type) {
    case 'string': return { s: v as string[] };
    case 'int': return { i: v as number[] };
    case 'float': return { f: (v as number[]).map(Math.fround) };
    case 'bool': return { b: v as boolean[] };
    case 'type': return { type: (v as string[]).map(dt) };
    case 'shape': return { shape: (v as (number[] | null)[]).map((s) => new TensorShape(s)) };
    default: throw new InternalFault(`list(${type}) defaults do not occur`);
  }
}
