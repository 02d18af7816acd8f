// From expressions to a loop over rows that a list of byte offsets names: rows of tables are read, computed with and
// written back where they lie, one after the other, so that a row named twice is updated twice.
import { Emitter } from './loops.ts';
import { FunctionBuilder, type Local } from './function.ts';
import { bytesOf, type LaneStorage, type LaneStore } from './lanes.ts';

/** Operands in order: tables (updated), rows (read side by side), scalars. All of one storage. */
export interface UpdateOperands { readonly storage: LaneStorage; readonly tables: number; readonly rows: number; readonly scalars: number }

/**
 * A function of i32s (rows, groups of four per row, first offset, then a pointer per operand). A row has `tail` elements
 * behind its groups; nothing behind a row is changed. The offset -1 leaves a row out.
 */
export function updateFunction(o: UpdateOperands, stores: readonly (readonly LaneStore[])[], tail: number): FunctionBuilder {
  const size = bytesOf(o.storage), moving = o.tables + o.rows;
  const f = new FunctionBuilder(Array.from({ length: 3 + moving + o.scalars }, () => 'i32' as const));
  const pointer = (operand: number): Local => 3 + operand;
  const cursor = Array.from({ length: o.tables }, () => f.local());
  const at = f.local(), left = f.local(), rowBytes = f.local();
  const where = (operand: number): Local => cursor[operand] ?? pointer(operand);
  const emitter = new Emitter(f, where);
  const results = stores.flatMap((list) => list.map((s) => ({ s, local: f.local('v128') })));
  const group = (elements: number): void => {
    emitter.forget();
    for (const { s, local } of results) { emitter.value(s.value); f.set(local); }
    let i = 0;
    stores.forEach((list, table) => { for (const s of list) store(f, s, where(table), results[i++]!.local, elements * size - s.offset); });
    for (let k = 0; k < moving; k++) f.addConst(where(k), elements * size);
  };
  emitter.count(stores.flat().map((s) => s.value));
  emitter.hoist();
  f.get(1).i32(4 * size).op('i32.mul').i32(tail * size).op('i32.add').set(rowBytes);
  return f.repeat(0, () => {
    f.get(2).mem('i32.load').set(at).addConst(2, 4);
    f.get(at).i32(-1).op('i32.eq').if(() => {
      for (let k = o.tables; k < moving; k++) f.addLocal(where(k), rowBytes);
    }, () => {
      for (let k = 0; k < o.tables; k++) f.get(pointer(k)).get(at).op('i32.add').set(cursor[k]!);
      f.get(1).set(left);
      f.repeat(left, () => { group(4); });
      if (tail > 0) group(tail);
    });
  });
}

/** Stores the first `bytes` bytes of a vector (all, when there are fewer), keeping what lies behind them. */
function store(f: FunctionBuilder, s: LaneStore, to: Local, value: Local, bytes: number): void {
  if (bytes <= 0) return;
  f.get(to).get(value);
  if (bytes < s.bytes) {
    f.get(to).simdMem(s.bytes === 16 ? 'v128.load' : s.bytes === 8 ? 'v128.load64_zero' : 'v128.load32_zero', s.offset);
    f.v128(Uint8Array.from({ length: 16 }, (_, i) => (i < bytes ? 255 : 0))).simd('v128.bitselect');
  }
  if (s.bytes === 16) f.simdMem('v128.store', s.offset);
  else f.laneMem(s.bytes === 4 ? 'v128.store32_lane' : 'v128.store64_lane', 0, s.offset);
}
