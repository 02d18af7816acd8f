// Moving elements: boxes copied between strided places, by element size and never by value.
import { FunctionBuilder, type Local } from '../jit/function.ts';
import type { MemoryOp, SimdMemoryOp } from '../jit/opcodes.ts';
import type { Kit } from './kit.ts';
import { turnOver } from './pack.ts';
import { splitRows } from './split.ts';

/** Rows at least this long (bytes) are copied as blocks. */
const LONG = 64;

/** Copies element (i, j, ...) of `dims` from src + i*ss[0] + ... to dst + i*ds[0] + ... ; strides count elements of `unit` bytes and may be 0 or negative on the source side. */
export function copyBox(k: Kit, unit: number, src: number, srcStrides: readonly number[], dst: number, dstStrides: readonly number[], dims: readonly number[]): void {
  if (dims.includes(0)) return;
  const n: number[] = [], ss: number[] = [], ds: number[] = [];
  dims.forEach((d, i) => {
    if (d === 1) return;
    const last = n.length - 1, s = srcStrides[i]! * unit, t = dstStrides[i]! * unit;
    if (last >= 0 && ss[last] === s * d && ds[last] === t * d) { n[last]! *= d; ss[last] = s; ds[last] = t; } else { n.push(d); ss.push(s); ds.push(t); }
  });
  const last = n.length - 1;
  const runs = last < 0 || (ss[last] === unit && ds[last] === unit);
  const run = last < 0 ? unit : n[last]! * unit;
  if (runs && (run >= LONG || last < 0)) {
    if (last <= 0) { k.move(dst, src, run); return; }
    const code = k.code('move.rows', rowsFunction, splitRows);
    outer(n, ss, ds, last - 1, src, dst, (s, d) => code(n[last - 1]!, run, s, d, ss[last - 1]!, ds[last - 1]!));
    return;
  }
  const code = k.code(`move.${unit}`, () => elementsFunction(unit));
  if (last === 0) { code(1, n[0]!, src, dst, 0, 0, ss[0]!, ds[0]!); return; }
  const [rows, columns, S, D] = [n[last - 1]!, n[last]!, ss[last]!, ds[last - 1]!], lanes = 16 / unit;
  if ((unit === 4 || unit === 8) && ss[last - 1] === unit && ds[last] === unit && rows >= lanes && columns >= lanes) {
    const turn = k.code(`move.turn.${unit}`, () => turnFunction(unit)), over = rows % lanes, beside = columns % lanes, whole = rows - over, wide = columns - beside;
    outer(n, ss, ds, last - 1, src, dst, (s, d) => {
      turn(whole / lanes, wide / lanes, s, d, S, D);
      if (over > 0) code(over, columns, s + whole * unit, d + whole * D, unit, D, S, unit);
      if (beside > 0) code(whole, beside, s + wide * S, d + wide * unit, unit, D, S, unit);
    });
    return;
  }
  outer(n, ss, ds, last - 1, src, dst, (s, d) => code(rows, columns, s, d, ss[last - 1]!, D, S, ds[last]!));
}

/** Visits the first `count` dims. */
function outer(n: readonly number[], ss: readonly number[], ds: readonly number[], count: number, src: number, dst: number, f: (src: number, dst: number) => void): void {
  const at = Array.from({ length: count }, () => 0);
  let s = src, d = dst;
  for (;;) {
    f(s, d);
    let i = count - 1;
    while (i >= 0 && at[i] === n[i]! - 1) { s -= at[i]! * ss[i]!; d -= at[i]! * ds[i]!; at[i--] = 0; }
    if (i < 0) return;
    at[i]!++;
    s += ss[i]!;
    d += ds[i]!;
  }
}

/** (rows, bytes, src, dst, src step, dst step) */
function rowsFunction(): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32', 'i32', 'i32', 'i32']);
  return f.repeat(0, () => {
    f.get(3).get(2).get(1).misc('memory.copy');
    f.addLocal(2, 4).addLocal(3, 5);
  });
}

/** (rows, columns, src, dst, src row step, dst row step, src column step, dst column step), all steps in bytes */
function elementsFunction(unit: number): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32']);
  const [load, store]: [MemoryOp | SimdMemoryOp, MemoryOp | SimdMemoryOp] = unit === 1 ? ['i32.load8_u', 'i32.store8'] : unit === 2 ? ['i32.load16_u', 'i32.store16']
    : unit === 4 ? ['i32.load', 'i32.store'] : unit === 8 ? ['i64.load', 'i64.store'] : ['v128.load', 'v128.store'];
  const move = (name: MemoryOp | SimdMemoryOp): void => { if (name === 'v128.load' || name === 'v128.store') f.simdMem(name); else f.mem(name as MemoryOp); };
  const s = f.local(), d = f.local(), left = f.local();
  return f.repeat(0, () => {
    f.get(2).set(s).get(3).set(d).get(1).set(left);
    f.repeat(left, () => {
      f.get(d).get(s);
      move(load);
      move(store);
      f.addLocal(s, 6).addLocal(d, 7);
    });
    f.addLocal(2, 4).addLocal(3, 5);
  });
}

/** Squares of a cache line's width at a time. */
const SQUARE = 4;
/** (blocks of rows, blocks of columns, src, dst, src column step, dst row step): rows that lie side by side in the source, columns in the destination; blocks are as high and wide as a vector. */
function turnFunction(unit: 4 | 8): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32', 'i32', 'i32', 'i32']);
  const P = { rows: 0, columns: 1, src: 2, dst: 3, S: 4, D: 5 } as const, lanes = 16 / unit;
  const [rows, columns, i, j, s, d, sBlock, dBlock, sRow, dRow, p, q, high, wide] = Array.from({ length: 14 }, () => f.local()) as [Local, Local, Local, Local, Local, Local, Local, Local, Local, Local, Local, Local, Local, Local];
  const vectors = Array.from({ length: lanes }, () => f.local('v128'));
  const least = (l: Local): FunctionBuilder => f.get(l).i32(SQUARE).get(l).i32(SQUARE).op('i32.lt_s').op('select');
  const far = (l: Local, step: Local, by: number): void => { f.get(l).get(step).i32(by).op('i32.mul').op('i32.add').set(l); };
  f.get(P.rows).set(rows).get(P.src).set(s).get(P.dst).set(d);
  return f.loop((nextRows) => {
    least(rows).set(high).get(P.columns).set(columns).get(s).set(sBlock).get(d).set(dBlock);
    f.loop((nextColumns) => {
      least(columns).set(wide).get(high).set(i).get(sBlock).set(sRow).get(dBlock).set(dRow);
      f.repeat(i, () => {
        f.get(wide).set(j).get(sRow).set(p).get(dRow).set(q);
        f.repeat(j, () => {
          const to = f.local();
          for (const v of vectors) f.get(p).simdMem('v128.load').set(v).addLocal(p, P.S);
          f.get(q).set(to);
          turnOver(f, vectors).forEach((v, at) => { f.get(to).get(v).simdMem('v128.store'); if (at < lanes - 1) f.addLocal(to, P.D); });
          f.addConst(q, 16);
        });
        f.addConst(sRow, 16);
        far(dRow, P.D, lanes);
      });
      far(sBlock, P.S, lanes * SQUARE);
      f.addConst(dBlock, 16 * SQUARE).get(columns).i32(SQUARE).op('i32.sub').tee(columns).i32(0).op('i32.gt_s').brIf(nextColumns);
    });
    f.addConst(s, 16 * SQUARE);
    far(d, P.D, lanes * SQUARE);
    f.get(rows).i32(SQUARE).op('i32.sub').tee(rows).i32(0).op('i32.gt_s').brIf(nextRows);
  });
}

/** (destination, value, bytes) */
export function fillFunction(): FunctionBuilder { return new FunctionBuilder(['i32', 'i32', 'i32']).get(0).get(1).get(2).misc('memory.fill'); }
/** (destination, bits) */
export function wordFunction(): FunctionBuilder { return new FunctionBuilder(['i32', 'i32']).get(0).get(1).mem('i32.store'); }
/** (destination, source, bytes) */
export function moveFunction(): FunctionBuilder { return new FunctionBuilder(['i32', 'i32', 'i32']).get(0).get(1).get(2).misc('memory.copy'); }
