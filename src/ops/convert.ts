// convert_to_tensor: everything users may pass where a tensor is wanted. Follows internal_convert_to_tensor in
// python/framework/ops.py and constant_op.py; the dtype of bare JS numbers is decided here by what the position asks for.
import { type DType, float32 } from '../graph/dtype.ts';
import { TypeError, ValueError } from '../graph/errors.ts';
import { getDefaultGraph, type Graph, pythonTypeName } from '../graph/graph.ts';
import { attr } from '../graph/node_def.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { Dimension, TensorShape } from '../graph/shape.ts';
import { Tensor } from '../graph/tensor.ts';
import { type ArrayLike, isBareNumber, isIntegral, makeArray, pythonRepr } from './make_array.ts';

/** Objects that stand for a tensor (variables) implement this method. */
export const TO_TENSOR: unique symbol = Symbol('tfgraph.toTensor');
export interface TensorConvertible { [TO_TENSOR](dtype: DType | undefined, name: string | undefined, asRef: boolean): Tensor }

/** What a function that wants a tensor accepts. */
export type TensorLike = Tensor | TensorConvertible | ArrayLike | readonly TensorLike[];

export interface ConvertOptions {
  /** Required dtype. */
  readonly dtype?: DType | undefined;
  readonly name?: string | undefined;
  /** Dtype for bare JS numbers when `dtype` is open. */
  readonly preferred?: DType | undefined;
  /** Keep a reference (variables). */
  readonly asRef?: boolean;
}

/** A conversion that other modules register (lists of tensors are packed, IndexedSlices made dense). Returns undefined when not its business. */
export type Conversion = (value: unknown, options: ConvertOptions) => Tensor | undefined;
const conversions: { priority: number; convert: Conversion }[] = [];
export function registerConversion(convert: Conversion, priority = 100): void {
  conversions.push({ priority, convert });
  conversions.sort((a, b) => a.priority - b.priority);
}

export function isConvertible(v: unknown): v is TensorConvertible { return typeof v === 'object' && v !== null && TO_TENSOR in v; }
/** Tensor or something that stands for one (so it has a dtype of its own). */
export function isTensorLike(v: unknown): v is Tensor | TensorConvertible { return v instanceof Tensor || isConvertible(v); }

/** Implementation of `tf.convert_to_tensor`. Throws ValueError on a dtype conflict, TypeError when there is no conversion. */
export function convertToTensor(value: TensorLike, options: ConvertOptions = {}): Tensor {
  const { dtype } = options;
  if (isConvertible(value)) return checkDtype(value[TO_TENSOR](dtype, options.name, options.asRef ?? false), dtype);
  if (value instanceof Tensor) return checkDtype(value, dtype);
  for (const c of conversions) {
    const t = c.convert(value, options);
    if (t) return checkDtype(t, dtype);
  }
  if (value as unknown === null) throw new ValueError('None values not supported.');
  const v = value as ArrayLike;
  if (!isArrayLike(v)) throw new TypeError(`Failed to convert object of type ${`<class '${pythonTypeName(v)}'>`} to Tensor. Contents: ${pythonRepr(v)}. Consider casting elements to a supported type.`);
  if (dtype === undefined && options.preferred !== undefined && isBareNumber(v)) return preferredNode(v, options.preferred, options.name);
  return constantNode(v, { dtype, name: options.name });
}

/** A wish, not a demand: 1.5 where an int32 is preferred stays float32 (and the op then says what it thinks of that). */
function preferredNode(v: ArrayLike, preferred: DType, name: string | undefined): Tensor {
  let a: ArrayLike = v;
  try { a = makeArray(v, preferred); } catch (e) { if (!(e instanceof TypeError) && !(e instanceof ValueError)) throw e; }
  return constantNode(a, { name });
}

function checkDtype(t: Tensor, dtype: DType | undefined): Tensor {
  if (dtype && !dtype.isCompatibleWith(t.dtype)) {
    throw new ValueError(`Tensor conversion requested dtype ${dtype.name} for Tensor with dtype ${t.dtype.name}: <tf.Tensor '${t.name}' shape=${t.shape} dtype=${t.dtype.name}>`);
  }
  return t;
}

function isArrayLike(v: unknown): v is ArrayLike {
  switch (typeof v) {
    case 'number': case 'bigint': case 'boolean': case 'string': return true;
    case 'object': return v !== null && (Array.isArray(v) ? v.every(isArrayLike) : ArrayBuffer.isView(v) || v instanceof TensorShape || v instanceof Dimension || ('shape' in v && 'data' in v));
    default: return false;
  }
}

const INTEGRAL: unique symbol = Symbol('tfgraph.integralConstants');
/** Names of Const nodes that came from integral bare JS numbers and became float32 because nothing asked otherwise. */
export function integralConstants(graph: Graph): Set<string> { return graph.extra(INTEGRAL, () => new Set<string>()); }

/** Makes a Const node (no name scope of its own). */
export function constantNode(value: ArrayLike, o: { dtype?: DType | undefined; shape?: readonly number[]; name?: string | null | undefined; graph?: Graph } = {}): Tensor {
  const a: NDArray = makeArray(value, o.dtype, o.shape);
  const graph = o.graph ?? getDefaultGraph();
  const op = graph.createOp({
    type: 'Const', inputs: [], outputDtypes: [a.dtype], name: o.name ?? 'Const',
    attr: { dtype: attr.type(a.dtype), value: attr.tensor(a) },
    inferShapes: () => [new TensorShape(a.shape)],
  });
  if (o.dtype === undefined && a.dtype === float32 && isBareNumber(value) && isIntegral(value) && a.size > 0) integralConstants(graph).add(op.name);
  return op.output;
}
