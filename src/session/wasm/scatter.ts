// Updates of rows by index on the `wasm` engine: scatter ops of all kinds, sparse optimizers. Tables are copied
// (or, where nobody reads them later, written where they lie), then changed row after row in the order of the indices, as
// kernels/{scatter,sparse_apply}.ts say.
import { type DType, float32, float64, uint8 } from '../../graph/dtype.ts';
import type { Change, DeviceNode } from '../engines/engine.ts';
import { boolAttr, sameShape, sizeOf } from '../kernels/common.ts';
import { BOOL_SUB, JOINS, SCATTERS } from '../kernels/scatter.ts';
import { SPARSE_UPDATES, type SparseUpdate } from '../kernels/sparse_apply.ts';
import { bytesOf, laneStorage, type LaneStorage } from '../jit/lanes.ts';
import { copied, filled, zeros } from './array.ts';
import { castValue } from './elementwise.ts';
import type { Kit, WasmKernel, WasmValue } from './kit.ts';
import { type Body, realBody, valueBody } from './map.ts';
import { narrowed, widened, wideType } from './matmul.ts';
import { gatherRows, type Offsets, offsetsOf, setRows, unitOf, updateRows } from './rows.ts';

export const storageOf = (v: WasmValue): LaneStorage => laneStorage(wideType(v.type).storage);
/** Bytes of an element in the format it computes in. */
export const wideUnit = (v: WasmValue): number => bytesOf(storageOf(v));

/** A copy of a value in the format it computes in, to be changed at `address`; `finish` rounds it into `out`. Where the value may be
 * `written` over it is that itself. */
export interface Table { readonly out: WasmValue; readonly address: number; finish(): void }
export function tableOf(k: Kit, v: WasmValue, written?: (v: WasmValue) => WasmValue | undefined): Table {
  const own = wideUnit(v) === unitOf(v) ? written?.(v) : undefined;
  if (own) return { out: own, address: own.address, finish: () => undefined };
  const out = k.make(v.type.baseDtype, v.shape), to = narrowed(k, out), from = widened(k, v);
  k.move(to.address, from, v.size * wideUnit(v));
  return { out, address: to.address, finish: () => { to.finish(); } };
}

const OF_BOOLS: Readonly<Record<string, Body>> = { Add: (pool, [a, b]) => [[pool.simd('v128.or', a![0]!, b![0]!)]], Sub: (pool, [a, b]) => [[pool.simd('v128.xor', a![0]!, b![0]!)]] };
/** Joins rows of `run` elements of updates to those of a table at the offsets (in bytes of the wide format). */
export function joinRows(k: Kit, kind: string, t: Table, updates: WasmValue, at: Offsets, run: number): boolean {
  const s = storageOf(updates), single = updates.shape.length === 0;
  if (kind === 'Div' && updates.type.isInteger && (k.look(updates).data as Int32Array).some((v) => Number(v) === 0)) return false;
  const from = widened(k, updates);
  const body = s === 'bool' ? OF_BOOLS[kind] : valueBody(JOINS[kind]!, s);
  return body !== undefined && updateRows(k, kind, body, at, run, { storage: s, tables: [t.address], rows: single ? [] : [from], scalars: single ? [from] : [] });
}
/** The input itself, where it may be written: for changes of rows of `bytes` bytes. */
function over(k: Kit, at: Offsets, bytes: number): (v: WasmValue) => WasmValue | undefined { return (v) => k.written(v, () => rowsBefore(k, v, at, bytes)); }
/** Keeps rows, so that they can be had again as they are now. */
function rowsBefore(k: Kit, { address }: WasmValue, at: Offsets, bytes: number): Change {
  const rows = k.retain(k.make(uint8, [at.count, bytes])), offsets = k.heap.i32.slice(at.address >>> 2, (at.address >>> 2) + at.count);
  gatherRows(k, at, bytes, address, rows.address);
  return { keep: () => { k.release(rows); }, undo: () => {
    offsets.forEach((offset, i) => { k.heap.u8.copyWithin(address + offset, rows.address + i * bytes, rows.address + (i + 1) * bytes); });
    k.release(rows);
  } };
}
/** A value that the kernel has made for this. */
export const fresh = (v: WasmValue): WasmValue => v;
/** The value with its rows of `run` elements joined (or set) at the offsets that `at` gives for a size of element. */
export function updated(k: Kit, kind: string, ref: WasmValue, updates: WasmValue, run: number, at: (unit: number) => Offsets | undefined, written?: (v: WasmValue) => WasmValue | undefined): readonly WasmValue[] | undefined {
  if (kind === 'Update') {
    const unit = unitOf(ref), offsets = at(run * unit);
    if (!offsets) return undefined;
    const out = (written ?? over(k, offsets, run * unit))(ref) ?? copied(k, ref);
    if (updates.shape.length === 0) setRows(k, offsets, run * unit, filled(k, updates, [run]).address, out.address, true);
    else setRows(k, offsets, run * unit, updates.address, out.address);
    return [out];
  }
  const offsets = at(run * wideUnit(ref));
  if (!offsets) return undefined;
  const t = tableOf(k, ref, written ?? over(k, offsets, run * wideUnit(ref)));
  if (!joinRows(k, kind, t, updates, offsets, run)) return undefined;
  t.finish();
  return [t.out];
}

const scatter = (kind: string): WasmKernel => (k, [ref, indices, updates]) => {
  if (kind === 'Sub' && ref!.type.isBool) return undefined;
  const { shape } = ref!, rest = shape.slice(1);
  if (shape.length === 0 || (updates!.shape.length > 0 && !sameShape(updates!.shape, [...indices!.shape, ...rest]))) return undefined;
  return updated(k, kind, ref!, updates!, sizeOf(rest), (bytes) => offsetsOf(k, indices!, indices!.size, [shape[0]!], bytes));
};
const scatterNd = (kind: string): WasmKernel => (k, [ref, indices, updates], node) => {
  if (kind === 'Sub' && ref!.type.isBool && node.op !== BOOL_SUB) return undefined;
  const outer = indices!.shape.slice(0, -1), depth = indices!.shape[indices!.shape.length - 1] ?? 1, { shape } = ref!;
  if (shape.length === 0 || depth > shape.length || !sameShape(updates!.shape, [...outer, ...shape.slice(depth)])) return undefined;
  return updated(k, kind, ref!, updates!, sizeOf(shape.slice(depth)), (bytes) => offsetsOf(k, indices!, sizeOf(outer), shape.slice(0, depth), bytes));
};
/** The same on a value that is no variable. */
const tensorScatter = (kind: string): WasmKernel => (k, x, node, state) => (x[1]!.shape.length > 0 && x[2]!.shape.length > 0 && (x[0]!.size > 0 || x[1]!.size + x[2]!.size === 0) ? scatterNd(kind)(k, x, node, state) : undefined);
/** Updates added up in zeros. */
const scatterNdNew: WasmKernel = (k, [indices, updates, shape], node, state) => {
  const dims = k.numbers(shape!);
  if (shape!.shape.length !== 1 || dims.some((d) => d < 0) || (sizeOf(dims) === 0 && indices!.size + updates!.size > 0)) return undefined;
  return scatterNd('Add')(k, [zeros(k, updates!, dims), indices!, updates!], node, state);
};

// ---- optimizers

/** A count of steps (int64) by way of binary32. */
function counted(k: Kit, steps: WasmValue, type: DType): WasmValue { return castValue(k, castValue(k, castValue(k, steps, float64), float32), type); }
const sparseApply = (op: string, u: SparseUpdate): WasmKernel => (k, x, node) => {
  const states = x.slice(0, u.state.length), v = x[0]!, grad = x[u.grad]!, indices = x[u.grad + 1]!;
  const scalars = x.filter((_, i) => i >= u.state.length && i !== u.grad && i !== u.grad + 1);
  if (!v.type.isFloating || v.shape.length === 0 || states.some((s) => !sameShape(s.shape, v.shape)) || scalars.some((s) => s.shape.length > 0)) return undefined;
  if (indices.shape.length !== 1 || !sameShape(grad.shape, [indices.size, ...v.shape.slice(1)])) return undefined;
  const run = sizeOf(v.shape.slice(1)), s = storageOf(v);
  const at = offsetsOf(k, indices, indices.size, [v.shape[0]!], run * bytesOf(s));
  if (!at) return undefined;
  const flags = ['use_nesterov', 'update_slots'].map((name) => boolAttr(node, name, name === 'update_slots'));
  const flag = (name: string): boolean => flags[name === 'use_nesterov' ? 0 : 1]!;
  const n = states.length, tables = states.map((t) => tableOf(k, t, over(k, at, run * bytesOf(s))));
  const body = realBody((o, y) => u.step(o, y.slice(0, n), y.slice(n + 1), y[n]!, flag), s)!; // floats
  updateRows(k, `${op}${flags.join()}`, body, at, run, { storage: s, tables: tables.map((t) => t.address), rows: [widened(k, grad)], scalars: scalars.map((a) => widened(k, a.type.isInteger ? counted(k, a, wideType(v.type)) : a)) });
  for (const t of tables) t.finish();
  return tables.map((t) => t.out);
};

const onBoth = (op: string, kernel: WasmKernel): [string, WasmKernel][] => [[op, kernel], [`Resource${op}`, kernel]];
export const scatterKernels: readonly (readonly [string, WasmKernel])[] = [
  ...SCATTERS.flatMap((kind) => onBoth(`Scatter${kind}`, scatter(kind))),
  ...['Update', 'Add', 'Sub'].flatMap((kind) => onBoth(`ScatterNd${kind}`, scatterNd(kind))), ['ScatterNd', scatterNdNew],
  ...['Update', 'Add', 'Sub'].map((kind): [string, WasmKernel] => [`TensorScatter${kind}`, tensorScatter(kind)]),
  ...Object.entries(SPARSE_UPDATES).flatMap(([op, u]) => onBoth(op, sparseApply(op, u))),
];
/** How many of its first inputs an op gives back with some rows changed. */
export function changedBy({ op }: DeviceNode): number { return CHANGED.get(op) ?? 0; }
const CHANGED: ReadonlyMap<string, number> = new Map(scatterKernels.flatMap(([op]): [string, number][] => (op === 'ScatterNd' ? [] : [[op, SPARSE_UPDATES[op.replace(/^Resource/, '')]?.state.length ?? 1]])));
