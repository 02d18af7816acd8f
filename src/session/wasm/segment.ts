// Segments of rows on the `wasm` engine: joined in the order of the rows, as kernels/{segment,sparse_segment}.ts say.
import { scalarOne } from '../kernels/array.ts';
import { sameShape, sizeOf } from '../kernels/common.ts';
import type { ValueRow } from '../kernels/compute.ts';
import { counts, DIVIDE, perRow, UNSORTED } from '../kernels/segment.ts';
import { divisors, SCALE, scales, type SparseSegmentKind } from '../kernels/sparse_segment.ts';
import { filled, first, zeros } from './array.ts';
import { castValue, evaluate } from './elementwise.ts';
import type { Kit, WasmKernel, WasmValue } from './kit.ts';
import { widened, wideType } from './matmul.ts';
import { offsetsFrom, offsetsOf, setRows, takenAt } from './rows.ts';
import { fresh, joinRows, tableOf, updated, wideUnit } from './scatter.ts';

/** Rows joined by place: each place starts as its first row. */
function joined(k: Kit, kind: string, data: WasmValue, at: readonly number[], count: number): WasmValue | undefined {
  const rest = data.shape.slice(1), run = sizeOf(rest), seen = new Uint8Array(count);
  const starts = new Int32Array(at.length).fill(-1), others = Int32Array.from(at);
  for (let i = 0; i < at.length; i++) if (seen[at[i]!] === 0) { seen[at[i]!] = 1; starts[i] = at[i]!; others[i] = -1; }
  const empty = kind === 'Mul' ? filled(k, k.write(scalarOne(data.type.baseDtype)), [count, ...rest]) : zeros(k, data, [count, ...rest]);
  const t = tableOf(k, empty, fresh), bytes = run * wideUnit(data);
  setRows(k, offsetsFrom(k, starts, bytes), bytes, widened(k, data), t.address);
  if (!joinRows(k, kind, t, data, offsetsFrom(k, others, bytes), run)) return undefined;
  t.finish();
  return t.out;
}
/** Sorted ids of segments below `count`, or of as many as there are; undefined when they are not. */
function sorted(at: readonly number[], count: number = at.length === 0 ? 0 : at[at.length - 1]! + 1): number | undefined {
  for (let i = 0, before = 0; i < at.length; before = at[i++]!) if (at[i]! < before || at[i]! >= count) return undefined;
  return count;
}
/** A row of arithmetic with a number for each row of a value. */
function byRows(k: Kit, op: string, row: ValueRow, x: WasmValue, values: readonly number[]): WasmValue | undefined {
  return evaluate(k, op, row, [x, k.write(perRow(values, { dtype: x.type, shape: x.shape }))]);
}

const segment = (kind: string): WasmKernel => (k, [data, ids]) => {
  if (ids!.shape.length !== 1 || data!.shape.length === 0 || data!.shape[0] !== ids!.shape[0]) return undefined;
  const at = k.numbers(ids!), count = sorted(at);
  const out = count === undefined ? undefined : joined(k, kind, data!, at, count);
  return out && [out];
};
const segmentMean: WasmKernel = (k, [data, ids], node, state) => {
  const wide = data!.type.isFloating ? wideType(data!.type) : data!.type; // 16-bit floats divide before they round
  const sum = segment('Add')(k, [castValue(k, data!, wide), ids!], node, state)?.[0];
  const mean = sum && byRows(k, 'SegmentMean', DIVIDE, sum, counts(k.numbers(ids!), sum.shape[0]!));
  return mean && [castValue(k, mean, data!.type.baseDtype)];
};
const unsortedSegment = (op: string): WasmKernel => (k, [data, ids, count]) => {
  const { kind, start } = UNSORTED[op]!, n = count!.shape.length === 0 ? first(k, count!) : -1, rank = ids!.shape.length, rest = data!.shape.slice(rank);
  if (n < 0 || !sameShape(data!.shape.slice(0, rank), ids!.shape)) return undefined;
  const places = kind === 'Add' ? zeros(k, data!, [n, ...rest]) : filled(k, k.write(start(data!.type.baseDtype)), [n, ...rest]);
  return updated(k, kind, places, data!, sizeOf(rest), (bytes) => offsetsOf(k, ids!, ids!.size, [n], bytes, true), fresh);
};

// ---- rows by a list of indices

const sparseSegment = (kind: SparseSegmentKind): WasmKernel => (k, [data, indices, ids, num], node) => {
  if (kind !== 'Sum' && data!.type.storage !== 'f32' && data!.type.storage !== 'f64') return undefined;
  if ((num && num.shape.length > 0) || indices!.shape.length !== 1 || !sameShape(ids!.shape, indices!.shape) || data!.shape.length === 0) return undefined;
  const at = k.numbers(ids!), index = k.numbers(indices!), n = data!.shape[0]!, count = sorted(at, num && first(k, num));
  if (count === undefined || count < 0 || index.some((v) => !(v >= 0 && v < n))) return undefined;
  const sum = joined(k, 'Add', takenAt(k, data!, index, 0), at, count), by = divisors(kind, at, count);
  const out = sum && by ? byRows(k, node.op, DIVIDE, sum, by) : sum;
  return out && [out];
};
const sparseSegmentGrad = (kind: SparseSegmentKind): WasmKernel => (k, [grad, indices, ids, size], node) => {
  if (size!.shape.length !== 0 || indices!.shape.length !== 1 || !sameShape(ids!.shape, indices!.shape) || grad!.shape.length === 0) return undefined;
  const at = k.numbers(ids!), index = k.numbers(indices!), rows = first(k, size!), segments = grad!.shape[0]!;
  if (rows < 0 || at.some((v) => !(v >= 0 && v < segments)) || index.some((v) => !(v >= 0 && v < rows)) || (at.length > 0 && at[at.length - 1]! >= segments)) return undefined;
  const scaled = byRows(k, node.op, SCALE, takenAt(k, grad!, at, 0), scales(kind, at, segments));
  const out = scaled && joined(k, 'Add', scaled, index, rows);
  return out && [out];
};

export const segmentKernels: readonly (readonly [string, WasmKernel])[] = [
  ['SegmentSum', segment('Add')], ['SegmentProd', segment('Mul')], ['SegmentMin', segment('Min')], ['SegmentMax', segment('Max')], ['SegmentMean', segmentMean],
  ...Object.keys(UNSORTED).map((op): [string, WasmKernel] => [op, unsortedSegment(op)]),
  ...(['Sum', 'Mean', 'SqrtN'] as const).flatMap((kind) => [`SparseSegment${kind}`, `SparseSegment${kind}WithNumSegments`].map((op): [string, WasmKernel] => [op, sparseSegment(kind)])),
  ['SparseSegmentMeanGrad', sparseSegmentGrad('Mean')], ['SparseSegmentSqrtNGrad', sparseSegmentGrad('SqrtN')],
];
