// Values known while building the graph. Two views of it, as in TF: what C++ shape inference can evaluate (any
// constant sub-graph), and what Python's tensor_util.constant_value knows (a short list of ops), which decides which
// nodes layers and gradients emit. Follows common_runtime/eval_const_tensor.cc and python/framework/tensor_util.py.
import { int32, int64 } from '../graph/dtype.ts';
import { ValueError } from '../graph/errors.ts';
import type { AttrMap } from '../graph/node_def.ts';
import { allocate, NDArray } from '../graph/ndarray.ts';
import { type Dim, SCALAR_SHAPE, TensorShape, UNKNOWN_SHAPE } from '../graph/shape.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { opDef } from './registry.ts';
import { denseSlice } from './strided_slice_spec.ts';

/** Evaluates one stateless node on constant inputs; undefined when it has no kernel. */
export type Evaluator = (node: { readonly name: string; readonly op: string; readonly attr: AttrMap }, inputs: readonly NDArray[]) => readonly NDArray[] | undefined;

let evaluator: Evaluator | undefined;
/** The session's kernels register here, so that `ops` need not import them. */
export function setEvaluator(e: Evaluator): void { evaluator = e; }

const cache = new WeakMap<Operation, readonly NDArray[] | null>();
const NEVER = new Set(['Placeholder', 'PlaceholderV2', 'PlaceholderWithDefault', 'Switch', 'Merge', 'Enter', 'RefEnter', 'Exit', 'NextIteration', 'RefSwitch', 'RefMerge', 'LoopCond']);
const MAX_ELEMENTS = 1 << 20;

/** Value of a tensor whose sub-graph is constant (C++'s view). */
export function evaluateConstant(t: Tensor): NDArray | undefined {
  const c = t.op.attr('value');
  if (t.op.type === 'Const') return c?.kind === 'tensor' ? c.value : undefined;
  const fromShape = shapeOpValue(t);
  if (fromShape) return fromShape;
  return evaluateOp(t.op)?.[t.valueIndex];
}

/** Iterative over the constant cone, so that deep graphs do not overflow the stack. */
function evaluateOp(root: Operation): readonly NDArray[] | undefined {
  const stack: Operation[] = [root];
  while (stack.length > 0) {
    const op = stack[stack.length - 1]!;
    if (cache.has(op)) { stack.pop(); continue; }
    const inputs: NDArray[] = [];
    let pending = false;
    let known = isPure(op);
    for (const t of known ? op.inputs : []) {
      const v = knownValue(t);
      if (v === undefined) { stack.push(t.op); pending = true; break; }
      if (v === null || v.size > MAX_ELEMENTS) { known = false; break; }
      inputs.push(v);
    }
    if (pending) continue;
    stack.pop();
    if (!known) {
      // A node whose inputs may still change (shapes refined later) is not cached as unknown unless it never can be known.
      cache.set(op, null);
      transient.push(op);
      continue;
    }
    let out: readonly NDArray[] | undefined;
    try { out = evaluator?.(op.nodeDef, inputs); } catch { out = undefined; }
    cache.set(op, out ?? null);
    if (!out) transient.push(op);
  }
  const result = cache.get(root) ?? undefined;
  for (const op of transient) cache.delete(op);
  transient.length = 0;
  return result ?? undefined;
}
const transient: Operation[] = [];

/** The value, null when not constant, undefined when its op has to be evaluated first. */
function knownValue(t: Tensor): NDArray | null | undefined {
  const c = t.op.attr('value');
  if (t.op.type === 'Const') return c?.kind === 'tensor' ? c.value : null;
  const s = shapeOpValue(t);
  if (s) return s;
  const hit = cache.get(t.op);
  return hit === undefined ? undefined : hit === null ? null : hit[t.valueIndex] ?? null;
}

function isPure(op: Operation): boolean {
  const d = opDef(op.type);
  return d !== undefined && !d.isStateful && op.inputs.length > 0 && !NEVER.has(op.type) && !op.inputs.some((t) => t.dtype.isRef);
}

/** Shape, Size and Rank of a tensor whose static shape says it all (TF does not look at ShapeN here). */
function shapeOpValue(t: Tensor): NDArray | undefined {
  const { op } = t, input = op.inputs[0];
  if (!input || (op.type !== 'Shape' && op.type !== 'Size' && op.type !== 'Rank')) return undefined;
  const s = input.shape;
  if (op.type === 'Rank') return s.ndims === null ? undefined : ints([s.ndims], [], int32);
  if (!s.isFullyDefined) return undefined;
  if (op.type === 'Size') return ints([s.numElements!], [], t.dtype.baseDtype);
  return ints(s.dims as number[], [s.dims!.length], t.dtype.baseDtype);
}

function ints(values: readonly number[], shape: readonly number[], dtype: typeof int32): NDArray {
  const data = allocate(dtype, values.length);
  values.forEach((v, i) => { if (dtype === int64) (data as BigInt64Array)[i] = BigInt(v); else (data as Int32Array)[i] = v; });
  return new NDArray(dtype, shape, data);
}

/** An int vector as a static shape: known elements become sizes, unknown and -1 become null (C++'s ConstantPartialShape). */
export function evaluateShape(t: Tensor): TensorShape {
  const { op } = t;
  if (op.type === 'Shape' && op.inputs[0]!.shape.dims !== null) return op.inputs[0]!.shape;
  if (op.type === 'ShapeN' && op.inputs[t.valueIndex]!.shape.dims !== null) return op.inputs[t.valueIndex]!.shape;
  if (op.type === 'Cast' || op.type === 'Identity') return evaluateShape(op.inputs[0]!);
  if (op.type === 'Pack' && op.inputs.every((x) => x.shape.ndims === 0)) {
    return new TensorShape(op.inputs.map((x) => scalarDim(x)));
  }
  if (op.type === 'ConcatV2' && evaluateConstant(op.inputs[op.inputs.length - 1]!)?.flat(0) === 0) {
    const parts = op.inputs.slice(0, -1).map((x) => (x.shape.ndims === 0 ? new TensorShape([scalarDim(x)]) : evaluateShape(x)));
    return parts.reduce((a, b) => a.concatenate(b));
  }
  if (op.type === 'StridedSlice') {
    const s = sliceOfShape(op, evaluateConstant, evaluateShape, false);
    if (s) return s;
  }
  const v = evaluateConstant(t);
  if (v && v.shape.length <= 1) return fromElements(v);
  const n = t.shape.dims;
  return n !== null && n.length === 1 && n[0] !== null ? new TensorShape(Array<Dim>(n[0]!).fill(null)) : UNKNOWN_SHAPE;
}

/** The numbers of a vector as sizes, negative ones unknown. */
function fromElements(v: NDArray): TensorShape { return new TensorShape(Array.from({ length: v.size }, (_, i) => { const n = Number(v.flat(i)); return n < 0 ? null : n; })); }

/** A scalar int as a size; like TF, elements of partly known shapes (`shape(x)[1]`) are not followed. */
function scalarDim(t: Tensor): Dim {
  const v = evaluateConstant(t);
  const n = v ? Number(v.flat(0)) : -1;
  return n < 0 ? null : n;
}

function maskOf(op: Operation, name: string): number { const a = op.attr(name); return a?.kind === 'i' ? Number(a.value) : 0; }

/** `v[a:b]` of a vector that is a shape, as one of the two views sees it; undefined when it cannot. C++ follows steps of 1 alone. */
function sliceOfShape(op: Operation, value: (t: Tensor) => NDArray | undefined, shape: (t: Tensor) => TensorShape, anyStep: boolean): TensorShape | undefined {
  const [begin, end, stride] = [1, 2, 3].map((i) => value(op.inputs[i]!));
  if (!begin || !end || !stride || begin.size !== 1 || Number(stride.flat(0)) === 0 || (!anyStep && Number(stride.flat(0)) !== 1)) return undefined;
  if (['shrink_axis_mask', 'new_axis_mask', 'ellipsis_mask'].some((m) => maskOf(op, m) !== 0)) return undefined;
  const { dims } = shape(op.inputs[0]!);
  if (dims === null) return undefined;
  const masks = { begin: maskOf(op, 'begin_mask'), end: maskOf(op, 'end_mask'), ellipsis: 0, newAxis: 0, shrinkAxis: 0 };
  const slice = denseSlice([dims.length], [Number(begin.flat(0))], [Number(end.flat(0))], [Number(stride.flat(0))], masks, (text) => { throw new ValueError(text); });
  return new TensorShape(Array.from({ length: slice.processing[0]! }, (_, i) => dims[slice.begin[0]! + i * slice.strides[0]!]!));
}

/** The ops Python's `constant_value` sees through. */
const PYTHON_OPS = new Set(['Const', 'Shape', 'Size', 'Rank', 'Range', 'Cast', 'Concat', 'ConcatV2', 'ConcatOffset', 'Pack', 'Fill', 'Equal', 'NotEqual']);

/** `tensor_util.constant_value`: the value when Python's own rules find it, else undefined. */
export function constantValue(t: Tensor): NDArray | undefined {
  const { op } = t;
  if (!PYTHON_OPS.has(op.type)) return undefined;
  if (op.type === 'Const') { const a = op.attr('value'); return a?.kind === 'tensor' ? a.value : undefined; }
  const s = shapeOpValue(t);
  if (s || op.type === 'Shape' || op.type === 'Size' || op.type === 'Rank') return s;
  if (!op.inputs.every((x) => constantValue(x) !== undefined)) return undefined;
  return evaluateConstant(t);
}

/** `tensor_util.constant_value_as_shape`: what Python's own rules make of an int vector (or of the scalar -1) as a shape. */
export function constantValueAsShape(t: Tensor): TensorShape {
  const { op } = t;
  if (t.shape.ndims === 0) {
    const v = constantValue(t);
    if (!v) throw new ValueError("Received a scalar with unknown value as shape; require a statically known scalar with value '-1' to describe an unknown shape.");
    if (Number(v.item()) !== -1) throw new ValueError(`Received a scalar value '${v.item() as number}' as shape; require a statically known scalar with value '-1' to describe an unknown shape.`);
    return UNKNOWN_SHAPE;
  }
  const length = t.shape.withRank(1).dims![0]!;
  if (length === 0) return SCALAR_SHAPE;
  if (op.type === 'Shape') return op.inputs[0]!.shape;
  if (op.type === 'Pack') return new TensorShape(op.inputs.map((x) => { const v = constantValue(x); return v && Number(v.item()) >= 0 ? Number(v.item()) : null; }));
  if (op.type === 'Concat' || op.type === 'ConcatV2') return (op.type === 'Concat' ? op.inputs.slice(1) : op.inputs.slice(0, -1)).reduce((s, x) => s.concatenate(constantValueAsShape(x)), SCALAR_SHAPE);
  const elements = constantValue(t);
  return (op.type === 'StridedSlice' ? sliceOfShape(op, constantValue, constantValueAsShape, true) : undefined) ?? (elements ? fromElements(elements) : length === null ? UNKNOWN_SHAPE : UNKNOWN_SHAPE.withRank(length));
}
