// Follows the batch axis backwards: which rows of which fed tensors the rows of a tensor come from. Exact through slices,
// splits and concats on axis 0 and through everything that treats examples one by one; where that cannot be told from
// static shapes and constants, the trace says that it is not complete.
import type { Operation, Tensor } from '../../graph/tensor.ts';
import { constInts, boolAttr, type GraphView, intAttr, isAlias, isInput } from './finding.ts';

/** Rows [lo, hi) of an input; null where the batch is not static. */
export interface Rows { readonly source: Operation; readonly range: Range | null }
export type Range = readonly [lo: number, hi: number];
export interface Trace { readonly rows: readonly Rows[]; readonly complete: boolean }

/** Ops that work on examples one by one; the examples are input 0. */
const FIRST = new Set([
  'Conv2D', 'Conv3D', 'DepthwiseConv2dNative', 'Dilation2D', 'BiasAdd', 'MaxPool', 'MaxPoolV2', 'AvgPool', 'MaxPool3D', 'AvgPool3D', 'LRN', 'L2Loss', 'OneHot', 'Cast', 'Softmax',
  'LogSoftmax', 'Relu', 'Relu6', 'Elu', 'Selu', 'LeakyRelu', 'Softplus', 'Softsign', 'Sigmoid', 'Tanh', 'Exp', 'Log', 'Log1p', 'Sqrt', 'Rsqrt', 'Square', 'Abs', 'Neg', 'Floor', 'ClipByValue',
  'FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3', 'Pad', 'PadV2', 'MirrorPad', 'ResizeBilinear', 'ResizeNearestNeighbor', 'Reshape', 'Squeeze', 'Tile', 'BatchMatMul', 'BatchMatMulV2',
]);
/** Elementwise with broadcasting: every operand that has the batch. */
const ELEMENTWISE = new Set(['Add', 'AddV2', 'Sub', 'Mul', 'Div', 'RealDiv', 'Maximum', 'Minimum', 'Pow', 'SquaredDifference', 'AddN', 'Select', 'Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual', 'LogicalAnd', 'LogicalOr', 'Pack']);
const REDUCTIONS = new Set(['Mean', 'Sum', 'Max', 'Min', 'Prod', 'ArgMax', 'ArgMin', 'All', 'Any']);

/** Where the rows of `t` come from. */
export function traceRows(g: GraphView, t: Tensor): Trace {
  const rows: Rows[] = [];
  let complete = true;
  const seen = new Set<string>();
  const stack: { t: Tensor; range: Range | null }[] = [];
  const visit = (x: Tensor, range: Range | null): void => {
    if (!g.fromInputs.has(x.op)) return; // weights and constants are no examples
    const key = `${x.name} ${range?.join() ?? ''}`;
    if (!seen.has(key)) { seen.add(key); stack.push({ t: x, range }); }
  };
  visit(t, all(t));
  for (let at = stack.pop(); at; at = stack.pop()) {
    const { op } = at.t;
    if (isInput(op)) { rows.push({ source: op, range: at.range }); continue; }
    const from = stepBack(op, at.t, at.range);
    if (!from) { complete = false; continue; }
    for (const f of from) visit(f.t, f.range);
  }
  return { rows, complete };
}

/** Size of axis 0; null when unknown. */
export function batchOf(t: Tensor): number | null { return t.shape.dims?.[0] ?? null; }
function all(t: Tensor): Range | null { const n = batchOf(t); return n === null ? null : [0, n]; }

type Step = { readonly t: Tensor; readonly range: Range | null }[];

/** One op backwards; undefined when the op mixes or drops examples in a way that is not followed. */
function stepBack(op: Operation, out: Tensor, range: Range | null): Step | undefined {
  const x = op.inputs[0];
  if (!x) return undefined;
  const same = (ts: readonly Tensor[]): Step | undefined => {
    const n = batchOf(out);
    return ts.every((t) => batchOf(t) === n) ? ts.map((t) => ({ t, range })) : undefined;
  };
  if (isAlias(op) || FIRST.has(op.type)) return same([x]);
  if (op.type === 'MatMul') return boolAttr(op, 'transpose_a') ? undefined : same([x]);
  if (op.type === 'Transpose') return constInts(op.inputs[1])?.[0] === 0 ? same([x]) : undefined;
  if (op.type === 'ExpandDims') { const d = constInts(op.inputs[1])?.[0]; return d === undefined || d === 0 || d === -(out.shape.ndims ?? 0) ? undefined : same([x]); }
  if (REDUCTIONS.has(op.type)) {
    const axes = constInts(op.inputs[1]);
    const rank = x.shape.ndims;
    return axes === undefined || rank === null || axes.some((a) => a === 0 || a === -rank) ? undefined : same([x]);
  }
  if (ELEMENTWISE.has(op.type)) {
    if (op.type === 'Pack' && intAttr(op, 'axis') === 0) return undefined;
    const rank = out.shape.ndims;
    return same(op.inputs.filter((t) => t.shape.ndims === null || (t.shape.ndims === rank || op.type === 'Pack') && batchOf(t) !== 1));
  }
  if (op.type === 'ConcatV2') return concat(out, range, op.inputs.slice(0, -1), constInts(op.inputs[op.inputs.length - 1])?.[0]);
  if (op.type === 'Concat') return concat(out, range, op.inputs.slice(1), constInts(op.inputs[0])?.[0]);
  if (op.type === 'Slice') {
    const begin = constInts(op.inputs[1])?.[0];
    const size = constInts(op.inputs[2])?.[0];
    return begin === undefined || size === undefined ? undefined : shifted(x, range, begin, begin === 0 && size === -1);
  }
  if (op.type === 'StridedSlice') return stridedSlice(op, x, range);
  if (op.type === 'Split') return splitPart(op.inputs[1]!, constInts(x)?.[0], out, range, () => out.valueIndex * (batchOf(out) ?? NaN));
  if (op.type === 'SplitV') return splitPart(x, constInts(op.inputs[2])?.[0], out, range, () => (constInts(op.inputs[1]) ?? [NaN]).slice(0, out.valueIndex).reduce((a, b) => a + b, 0));
  return undefined;
}

/** Rows [lo, hi) of a slice that starts at `begin`. */
function shifted(x: Tensor, range: Range | null, begin: number, whole: boolean): Step | undefined {
  if (whole) return [{ t: x, range: range ?? all(x) }];
  const n = batchOf(x);
  const b = begin < 0 && n !== null ? begin + n : begin;
  return range === null || !(b >= 0) ? undefined : [{ t: x, range: [range[0] + b, range[1] + b] }];
}

function stridedSlice(op: Operation, x: Tensor, range: Range | null): Step | undefined {
  if (intAttr(op, 'ellipsis_mask') !== 0 || intAttr(op, 'new_axis_mask') !== 0 || (intAttr(op, 'shrink_axis_mask') & 1) !== 0) return undefined;
  const [begin, end, stride] = [1, 2, 3].map((i) => constInts(op.inputs[i])?.[0]);
  if (begin === undefined || end === undefined || stride !== 1) return undefined;
  const fromStart = (intAttr(op, 'begin_mask') & 1) !== 0 || begin === 0;
  const toEnd = (intAttr(op, 'end_mask') & 1) !== 0;
  return shifted(x, range, fromStart ? 0 : begin, fromStart && toEnd);
}

function splitPart(x: Tensor, axis: number | undefined, out: Tensor, range: Range | null, begin: () => number): Step | undefined {
  if (axis === undefined || out.shape.ndims === null) return undefined;
  if (axis !== 0 && axis !== -out.shape.ndims) return [{ t: x, range }];
  return shifted(x, range, begin(), false);
}

function concat(out: Tensor, range: Range | null, parts: readonly Tensor[], axis: number | undefined): Step | undefined {
  if (axis === undefined || out.shape.ndims === null) return undefined;
  if (axis !== 0 && axis !== -out.shape.ndims) return parts.map((t) => ({ t, range }));
  if (range === null) return undefined;
  const steps: Step = [];
  let at = 0;
  for (const t of parts) {
    const n = batchOf(t);
    if (n === null) return undefined;
    const lo = Math.max(range[0] - at, 0);
    const hi = Math.min(range[1] - at, n);
    if (lo < hi) steps.push({ t, range: [lo, hi] });
    at += n;
  }
  return steps;
}
