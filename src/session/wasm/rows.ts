// Rows by index: lists of indices become byte offsets, checked on the way; rows are gathered by them, or joined to rows of
// tables. What the kernels of gather, scatter, segment and sparse optimizer ops are made of.
import { FunctionBuilder } from '../jit/function.ts';
import { ExprPool } from '../jit/expr.ts';
import { bytesOf, laneStorage, type LaneStorage, loadLanes, storeLanes } from '../jit/lanes.ts';
import type { MemoryOp } from '../jit/opcodes.ts';
import { updateFunction } from '../jit/rows.ts';
import { sizeOf, stridesOf } from '../kernels/common.ts';
import type { Code, Kit, WasmValue } from './kit.ts';
import type { Body } from './map.ts';

/** Bytes of an element. */
export const unitOf = (v: WasmValue): number => bytesOf(laneStorage(v.type.storage));

/** A list of byte offsets in scratch memory. */
export interface Offsets { readonly address: number; readonly count: number }

/**
 * Index vectors (the last axis of `indices`, as long as `dims`) as offsets of rows of `bytes` bytes in an array that begins
 * with `dims`; undefined when one points outside. `skips`: indices below 0 leave their row out.
 */
export function offsetsOf(k: Kit, indices: WasmValue, count: number, dims: readonly number[], bytes: number, skips = false): Offsets | undefined {
  if (dims.length === 1) {
    if (!areBelow(k, indices, dims[0]!, skips)) return undefined;
    const type = indices.type.storage === 'i64' ? 'i64' : 'i32', address = k.scratch(4 * count);
    k.code(`offsets.of.${type}${skips ? '.skips' : ''}`, () => offsetFunction(type, skips))(count, indices.address, address, bytes);
    return { address, count };
  }
  const address = k.scratch(4 * count), table = k.scratch(8 * dims.length);
  const wide = indices.type.storage === 'i64';
  const code = k.code(`offsets.${wide ? 'i64' : 'i32'}${skips ? '.skips' : ''}`, () => offsetsFunction(wide, skips));
  stridesOf(dims).forEach((s, i) => { k.heap.i32[(table >>> 2) + 2 * i] = dims[i]!; k.heap.i32[(table >>> 2) + 2 * i + 1] = s * bytes; });
  return code(count, dims.length, indices.address, address, table) === 0 ? { address, count } : undefined;
}
/** Whether integers are from 0 to below a limit, or (`skips`) below 0. */
export function areBelow(k: Kit, v: WasmValue, limit: number, skips = false): boolean {
  const type = v.type.storage === 'i64' ? 'i64' : 'i32';
  return k.holds(`below.${type}${skips ? '.skips' : ''}`, () => belowFunction(type, skips), v.size, v.address, limit);
}
/** (integers, first, limit); 1 when one is not below. */
function belowFunction(type: 'i32' | 'i64', skips: boolean): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32'], ['i32']), bad = f.local();
  f.repeat(0, () => {
    f.get(1).mem(`${type}.load`).get(2);
    if (type === 'i64') f.op('i64.extend_i32_u').op(skips ? 'i64.lt_s' : 'i64.lt_u'); else f.op(skips ? 'i32.lt_s' : 'i32.lt_u');
    f.op('i32.eqz').get(bad).op('i32.or').set(bad).addConst(1, type === 'i64' ? 8 : 4);
  });
  return f.get(bad);
}
/** (indices, first index, first offset, bytes of a row) */
function offsetFunction(type: 'i32' | 'i64', skips: boolean): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32', 'i32']), v = f.local();
  return f.repeat(0, () => {
    f.get(1).mem(`${type}.load`);
    if (type === 'i64') f.op('i32.wrap_i64');
    f.set(v).get(2).get(v).get(3).op('i32.mul');
    if (skips) { f.i32(-1).get(v).i32(0).op('i32.ge_s').op('select').mem('i32.store'); } else f.mem('i32.store');
    f.addConst(1, type === 'i64' ? 8 : 4).addConst(2, 4);
  });
}
/** The same from numbers; -1 leaves a row out. */
export function offsetsFrom(k: Kit, rows: ArrayLike<number>, bytes: number): Offsets {
  const address = k.scratch(4 * rows.length), { i32 } = k.heap;
  for (let i = 0, to = address >>> 2; i < rows.length; i++) i32[to + i] = rows[i]! < 0 ? -1 : rows[i]! * bytes;
  return { address, count: rows.length };
}

/** (vectors, indices in each, first index, first offset, table of (limit, bytes)); 1 when an index is outside. */
function offsetsFunction(wide: boolean, skips: boolean): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32', 'i32', 'i32'], ['i32']);
  const bad = f.local(), sum = f.local(), left = f.local(), t = f.local(), v = f.local(wide ? 'i64' : 'i32');
  f.repeat(0, () => {
    f.i32(0).set(sum).get(4).set(t).get(1).set(left);
    f.repeat(left, () => {
      f.get(2).mem(wide ? 'i64.load' : 'i32.load').tee(v).get(t).mem('i32.load');
      if (wide) f.op('i64.extend_i32_u').op('i64.lt_u'); else f.op('i32.lt_u');
      f.if(() => {
        f.get(v);
        if (wide) f.op('i32.wrap_i64');
        f.get(t).mem('i32.load', 4).op('i32.mul').get(sum).op('i32.add').set(sum);
      }, () => {
        if (!skips) { f.i32(1).set(bad); return; }
        f.get(v);
        if (wide) f.i64(0n).op('i64.lt_s'); else f.i32(0).op('i32.lt_s');
        f.if(() => { f.i32(-1).set(sum); }, () => { f.i32(1).set(bad); });
      });
      f.addConst(2, wide ? 8 : 4).addConst(t, 8);
    });
    f.get(3).get(sum).mem('i32.store').addConst(3, 4);
  });
  return f.get(bad);
}

/** Rows longer than this (bytes) are copied as blocks. */
const LONG = 256;

/** Writes the rows at the offsets one behind the other, for each of `outer` sources `step` bytes apart. May write a vector too much behind the end. */
export function gatherRows(k: Kit, at: Offsets, bytes: number, src: number, dst: number, outer = 1, step = 0): void {
  if (at.count === 0 || bytes === 0) return;
  const kind = bytes === 1 || bytes === 2 || bytes === 4 || bytes === 8 || bytes === 16 ? bytes : bytes <= LONG ? 'vectors' : 'blocks';
  k.code(`rows.gather.${kind}`, () => gatherFunction(kind))(outer, at.count, at.address, src, dst, step, bytes);
}

/** (sources, rows, first offset, source, destination, bytes from source to source, bytes of a row) */
function gatherFunction(kind: 1 | 2 | 4 | 8 | 16 | 'vectors' | 'blocks'): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32']);
  const p = f.local(), left = f.local(), s = f.local(), d = f.local(), n = f.local();
  return f.repeat(0, () => {
    f.get(2).set(p).get(1).set(left);
    f.repeat(left, () => {
      f.get(3).get(p).mem('i32.load').op('i32.add').set(s);
      if (kind === 'blocks') f.get(4).get(s).get(6).misc('memory.copy');
      else if (kind === 'vectors') {
        f.get(4).set(d).get(6).i32(15).op('i32.add').i32(4).op('i32.shr_u').set(n);
        f.repeat(n, () => { f.get(d).get(s).simdMem('v128.load').simdMem('v128.store').addConst(s, 16).addConst(d, 16); });
      } else copyUnit(f.get(4).get(s), kind);
      f.addLocal(4, 6).addConst(p, 4);
    });
    f.addLocal(3, 5);
  });
}
/** Copies an element; destination and source are on the stack. */
export function copyUnit(f: FunctionBuilder, unit: number): FunctionBuilder {
  if (unit === 16) return f.simdMem('v128.load').simdMem('v128.store');
  const [load, store]: [MemoryOp, MemoryOp] = unit === 1 ? ['i32.load8_u', 'i32.store8'] : unit === 2 ? ['i32.load16_u', 'i32.store16'] : unit === 4 ? ['i32.load', 'i32.store'] : ['i64.load', 'i64.store'];
  return f.mem(load).mem(store);
}

/** A new value: `a` with the rows of `axis` taken at the offsets; the axis becomes `shape`. */
export function taken(k: Kit, a: WasmValue, at: Offsets, shape: readonly number[], axis: number): WasmValue {
  const row = sizeOf(a.shape.slice(axis + 1)) * unitOf(a);
  const out = k.make(a.type.baseDtype, [...a.shape.slice(0, axis), ...shape, ...a.shape.slice(axis + 1)]);
  gatherRows(k, at, row, a.address, out.address, sizeOf(a.shape.slice(0, axis)), a.shape[axis]! * row);
  return out;
}
/** The same by numbers, which are in range. */
export function takenAt(k: Kit, a: WasmValue, index: ArrayLike<number>, axis: number): WasmValue {
  return taken(k, a, offsetsFrom(k, index, sizeOf(a.shape.slice(axis + 1)) * unitOf(a)), [index.length], axis);
}

/** Operands of an update: addresses of tables, of rows side by side, of scalars; all of one storage. */
export interface Update { readonly storage: LaneStorage; readonly tables: readonly number[]; readonly rows: readonly number[]; readonly scalars?: readonly number[] }

/** Updates the rows of `run` elements at the offsets, in order: the body takes tables, rows and scalars to new tables. False: it has nothing for this dtype. */
export function updateRows(k: Kit, key: string, body: Body, at: Offsets, run: number, u: Update): boolean {
  const s = u.storage, scalars = u.scalars ?? [], tail = run % 4;
  const name = `rows.${key}|${s}|${u.tables.length},${u.rows.length},${scalars.length}|${tail}`;
  let code: Code | undefined = k.known(name)?.['f'];
  if (!code) {
    const pool = new ExprPool(), operands = { storage: s, tables: u.tables.length, rows: u.rows.length, scalars: scalars.length };
    const moving = u.tables.length + u.rows.length;
    const out = body(pool, Array.from({ length: moving + scalars.length }, (_, i) => loadLanes(pool, s, i, i >= moving)));
    if (!out) return false;
    code = k.code(name, () => updateFunction(operands, out.map((x) => storeLanes(pool, s, x)), tail));
  }
  if (at.count > 0 && run > 0) code(at.count, Math.floor(run / 4), at.address, ...u.tables, ...u.rows, ...scalars);
  return true;
}

/** Sets the rows of `bytes` bytes at the offsets; `single`: all to the one row at `src`. */
export function setRows(k: Kit, at: Offsets, bytes: number, src: number, dst: number, single = false): void {
  const unit = bytes % 4 === 0 ? 4 : bytes % 2 === 0 ? 2 : 1;
  const from = single && bytes > unit ? repeated(k, at.count, bytes, src) : src;
  const storage = unit === 4 ? 'u32' : unit === 2 ? 'u16' : 'u8';
  const one = single && bytes === unit;
  updateRows(k, 'set', (_, x) => [x[1]!], at, bytes / unit, { storage, tables: [dst], rows: one ? [] : [from], scalars: one ? [from] : [] });
}
/** A row written `count` times. */
function repeated(k: Kit, count: number, bytes: number, src: number): number {
  const to = k.scratch(count * bytes);
  gatherRows(k, offsetsFrom(k, new Int32Array(count), 0), bytes, src, to);
  return to;
}
