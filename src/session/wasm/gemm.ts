// The contract's matrix product: per output element acc = 0; for k ascending: acc = round(acc + round(a*b)). A tile of
// four rows by two vectors stays in registers; operands are packed into panels first, so that all transposed forms are
// one kernel. An accumulator stored to C and loaded again is the same accumulator: blocks of K change no bit.
import { laneShuffle } from '../jit/expr.ts';
import { FunctionBuilder, type Local } from '../jit/function.ts';
import type { MemoryOp, SimdOp } from '../jit/opcodes.ts';
import type { Code, Kit, WasmValue } from './kit.ts';
import { splitPack, splitTiles } from './split.ts';

/** Formats products run in. */
export type GemmType = 'f32' | 'f64' | 'i32' | 'i64';
/** Element (i, j) lies at address + i*row + j*col; all in bytes. */
export interface Matrix { readonly address: number; readonly row: number; readonly col: number }

const KC = 384; // greatest depth of a packed block: a panel of B stays in the first cache, a block of A in the second
const MC = 128; // rows of A packed at a time
const MR = 4;

export const widthOf = (t: GemmType): 4 | 8 => (t === 'f32' || t === 'i32' ? 4 : 8);
/** Columns of a tile: two vectors. */
const columnsOf = (t: GemmType): number => 32 / widthOf(t);
export const shapeOf = (t: GemmType): string => (t === 'f32' ? 'f32x4' : t === 'f64' ? 'f64x2' : t === 'i32' ? 'i32x4' : 'i64x2');
/** Columns of the last panel as they are packed: one vector or two. */
function restWidth(t: GemmType, N: number): number {
  const nr = columnsOf(t), rest = N % nr;
  return rest === 0 ? 0 : rest <= nr / 2 ? nr / 2 : nr;
}

/** Depth of the packed blocks: K in equal parts, for the tiles of a thin rest cost as much to begin and to end. */
function depthOf(K: number): number { return Math.ceil(K / Math.ceil(K / KC)); }

/** B in panels, block of K after block of K: `count` matrices, `step` bytes from one to the next. */
export interface PackedB { readonly address: number; readonly N: number; readonly K: number; readonly step: number }
/** Matrices at equal distances (bytes). */
export interface Many { readonly count: number; readonly step: number }
const ONE: Many = { count: 1, step: 0 };

export function packB(k: Kit, t: GemmType, K: number, N: number, b: Matrix, many = ONE): PackedB {
  const step = packedBytes(t, K, N), address = k.scratch(many.count * step);
  packInto(k, t, K, N, b, many, address);
  return { address, N, K, step };
}
function packedBytes(t: GemmType, K: number, N: number): number { const size = widthOf(t), nr = columnsOf(t); return K * (Math.floor(N / nr) * nr + restWidth(t, N)) * size; }
function packInto(k: Kit, t: GemmType, K: number, N: number, b: Matrix, many: Many, address: number): void {
  const size = widthOf(t), nr = columnsOf(t), whole = Math.floor(N / nr), width = restWidth(t, N), wide = (whole * nr + width) * size, step = K * wide, depth = depthOf(K);
  for (let k0 = 0; k0 < K; k0 += depth) {
    const kc = Math.min(depth, K - k0), from = b.address + k0 * b.row, to = address + k0 * wide;
    pack(k, size, { groups: whole, lines: nr, width: nr }, kc, from, b.col, b.row, to, many, step);
    pack(k, size, { groups: width ? 1 : 0, lines: N - whole * nr, width }, kc, from + whole * nr * b.col, b.col, b.row, to + whole * nr * kc * size, many, step);
  }
}
/** The same for a product of M rows: where packing costs much beside multiplying, a factor used again stays packed. */
export function packKept(k: Kit, v: WasmValue, t: GemmType, M: number, K: number, N: number, b: Matrix): PackedB {
  if (M > 64 || K * N < 4096) return packB(k, t, K, N, b);
  const step = packedBytes(t, K, N);
  const address = k.keep(v.dataId, `${t} ${K} ${N} ${b.address - v.address} ${b.row} ${b.col}`, step, (to) => { packInto(k, t, K, N, b, ONE, to); });
  return address === undefined ? packB(k, t, K, N, b) : { address, N, K, step };
}

/** Packs A elsewhere than from a matrix: rows from m on as panels of `height` rows, for `depth` k from k0 on. */
export type PackRows = (m: number, panels: number, height: number, k0: number, depth: number, to: number) => void;

/** Products at equal distances: how many, and the bytes from one to the next of A, packed B and C. */
export interface Batch { readonly count: number; readonly a: number; readonly b: number; readonly c: number }

/** What the sums of a tile start from and where they go: C into C; +0 into C; +0, and the finished sums are added to C. */
export const CONTINUED = 0, FRESH = 1, ADDED = 2;
export type Start = typeof CONTINUED | typeof FRESH | typeof ADDED;

/** C (rows `ldc` bytes apart) = A * B, or as `start` says (only shallow products are added). */
export function gemm(k: Kit, t: GemmType, M: number, a: Matrix | PackRows, b: PackedB, c: number, ldc: number, start: Start = FRESH, batch: Batch = { count: 1, a: 0, b: 0, c: 0 }): void {
  const { N, K } = b, { count } = batch;
  if (M === 0 || N === 0 || count === 0) return;
  const size = widthOf(t), nr = columnsOf(t), whole = Math.floor(N / nr), rest = N % nr, wide = (whole * nr + restWidth(t, N)) * size;
  if (K === 0) {
    if (start === FRESH) for (let p = 0; p < count; p++) for (let i = 0; i < M; i++) k.heap.u8.fill(0, c + p * batch.c + i * ldc, c + p * batch.c + i * ldc + N * size);
    return;
  }
  const depth = depthOf(K), stepWa = Math.min(MC, M) * depth * size, wa = k.scratch(count * stepWa), many = { count, step: batch.a };
  for (let k0 = 0; k0 < K; k0 += depth) {
    const kc = Math.min(depth, K - k0), from = k0 === 0 ? start : CONTINUED, wb = b.address + k0 * wide;
    for (let m0 = 0; m0 < M; m0 += MC) {
      const mc = Math.min(MC, M - m0), full = Math.floor(mc / MR), over = mc - full * MR;
      const rows = (panels: number, height: number, done: number): void => {
        if (panels === 0) return;
        const to = wa + done * kc * size, at = c + (m0 + done) * ldc;
        if (typeof a === 'function') a(m0 + done, panels, height, k0, kc, to);
        else pack(k, size, { groups: panels, lines: height, width: height }, kc, a.address + (m0 + done) * a.row + k0 * a.col, a.row, a.col, to, many, stepWa);
        if (whole > 0) tiles(k, t, height, nr)(to, wb, at, panels, kc, ldc, from, whole, count, stepWa, batch.b, batch.c);
        if (rest > 0) tiles(k, t, height, rest)(to, wb + whole * nr * kc * size, at + whole * nr * size, panels, kc, ldc, from, 1, count, stepWa, batch.b, batch.c);
      };
      rows(full, MR, 0);
      rows(over > 0 ? 1 : 0, over, full * MR);
    }
  }
}
/** C += A * B as finished sums, for rows of C in groups: `groups` of `rows` rows, `step` bytes from one to the next. A is packed (packGroups). */
export function addProduct(k: Kit, t: GemmType, groups: number, rows: number, wa: number, b: PackedB, c: number, ldc: number, step: number): void {
  const { N, K } = b, size = widthOf(t), nr = columnsOf(t), whole = Math.floor(N / nr), rest = N % nr, full = Math.floor(rows / MR), over = rows - full * MR, stepA = rows * K * size;
  for (const [panels, height, from, at] of [[full, MR, wa, c], [over > 0 ? 1 : 0, over, wa + full * MR * K * size, c + full * MR * ldc]] as const) {
    if (panels === 0) continue;
    if (whole > 0) tiles(k, t, height, nr)(from, b.address, at, panels, K, ldc, ADDED, whole, groups, stepA, 0, step);
    if (rest > 0) tiles(k, t, height, rest)(from, b.address + whole * nr * K * size, at + whole * nr * size, panels, K, ldc, ADDED, 1, groups, stepA, 0, step);
  }
}
/** Packs `groups` times `rows` rows that lie one after the other, all of K, so that each group begins with a panel. */
export function packGroups(k: Kit, t: GemmType, groups: number, rows: number, K: number, a: Matrix): number {
  const size = widthOf(t), full = Math.floor(rows / MR), over = rows - full * MR, to = k.scratch(groups * rows * K * size), many = { count: groups, step: rows * a.row };
  pack(k, size, { groups: full, lines: MR, width: MR }, K, a.address, a.row, a.col, to, many, rows * K * size);
  pack(k, size, { groups: over > 0 ? 1 : 0, lines: over, width: over }, K, a.address + full * MR * a.row, a.row, a.col, to + full * MR * K * size, many, rows * K * size);
  return to;
}
/** Whether sums of this depth are finished in one go. */
export function isShallow(K: number): boolean { return K > 0 && K <= KC; }

function tiles(k: Kit, t: GemmType, rows: number, columns: number): Code {
  const fused = k.fuses(t);
  return k.code(`gemm.${t}.${rows}.${columns}${fused ? '.fused' : ''}`, () => tilesFunction(t, rows, columns, fused), splitTiles(widthOf(t), rows, columns));
}

/** What pack makes: groups of `lines` lines, element k of all lines of a group side by side in `width` places, zeros behind the last line. */
interface Panels { readonly groups: number; readonly lines: number; readonly width: number }
function pack(k: Kit, size: 4 | 8, p: Panels, kc: number, src: number, stepLine: number, stepK: number, dst: number, many: Many, stepDst: number): void {
  if (p.groups === 0) return;
  const even = p.lines === p.width && p.width % 4 === 0;
  const form = even && stepLine === size ? 'lines' : even && stepK === size ? 'turned' : 'any';
  k.code(`pack.${size}.${p.lines}.${p.width}.${form}`, () => packFunction(size, p.lines, p.width, form), splitPack(size, p.lines, p.width))(p.groups, src, kc, stepLine, stepK, dst, many.count, many.step, stepDst);
}

/**
 * All tiles of a block, each `rows` by `columns` sums in registers: (A panels, B panels, C, panels of A, depth, bytes from
 * row to row of C, how sums start, panels of B, products, bytes from product to product of A, B, C).
 */
function tilesFunction(t: GemmType, rows: number, columns: number, fused: boolean): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: 12 }, () => 'i32' as const));
  const P = { a: 0, b: 1, c: 2, panelsA: 3, depth: 4, ldc: 5, start: 6, panelsB: 7, products: 8, stepA: 9, stepB: 10, stepC: 11 } as const;
  const size = widthOf(t), shape = shapeOf(t), vectors = Math.ceil((columns * size) / 16), panel = vectors * 16;
  const sums = Array.from({ length: rows }, () => Array.from({ length: vectors }, () => f.local('v128')));
  const bs = sums[0]!.map(() => f.local('v128')), av = f.local('v128');
  const [a, b, wb, c, tile, row, left, panelA, panelB] = Array.from({ length: 9 }, () => f.local()) as [Local, Local, Local, Local, Local, Local, Local, Local, Local];
  const eachRow = (body: (s: readonly Local[]) => void): void => {
    f.get(tile).set(row);
    sums.forEach((s, r) => { body(s); if (r < rows - 1) f.addLocal(row, P.ldc); });
  };
  return f.repeat(P.products, () => {
    f.get(P.b).set(wb).get(P.c).set(c).get(P.panelsB).set(panelB);
    f.repeat(panelB, () => {
      f.get(P.a).set(a).get(c).set(tile).get(P.panelsA).set(panelA);
      f.repeat(panelA, () => {
        f.get(P.start).if(() => { for (const s of sums.flat()) f.zero().set(s); }, () => {
          eachRow((s) => s.forEach((l, i) => f.get(row).simdMem('v128.load', 16 * i).set(l)));
        });
        f.get(wb).set(b).get(P.depth).set(left);
        f.repeat(left, () => {
          bs.forEach((l, i) => f.get(b).simdMem('v128.load', 16 * i).set(l));
          sums.forEach((s, r) => {
            f.get(a).simdMem(size === 4 ? 'v128.load32_splat' : 'v128.load64_splat', r * size).set(av);
            s.forEach((l, i) => f.accumulate(l, shape, fused, () => { f.get(av).get(bs[i]!); }));
          });
          f.addConst(a, rows * size).addConst(b, panel);
        });
        f.get(P.start).i32(ADDED).op('i32.eq').if(() => {
          eachRow((s) => s.forEach((l, i) => f.get(row).simdMem('v128.load', 16 * i).get(l).simd(`${shape}.add` as SimdOp).set(l)));
        });
        eachRow((s) => s.forEach((l, i) => { store(f, row, l, 16 * i, Math.min(16, columns * size - 16 * i)); }));
        f.get(row).get(P.ldc).op('i32.add').set(tile);
      });
      f.addConst(c, panel).get(wb).get(P.depth).i32(panel).op('i32.mul').op('i32.add').set(wb);
    });
    f.addLocal(P.a, P.stepA).addLocal(P.b, P.stepB).addLocal(P.c, P.stepC);
  });
}
/** Stores the first bytes of a vector (a multiple of four). */
function store(f: FunctionBuilder, at: Local, v: Local, offset: number, bytes: number): void {
  if (bytes === 16) { f.get(at).get(v).simdMem('v128.store', offset); return; }
  if (bytes >= 8) f.get(at).get(v).laneMem('v128.store64_lane', 0, offset);
  if (bytes % 8 > 0) f.get(at).get(v).laneMem('v128.store32_lane', bytes >> 2 & 2, offset + (bytes & 8));
}

/** (groups, source, depth, bytes from line to line, bytes from k to k+1, destination, matrices, bytes from matrix to matrix of source and destination) */
function packFunction(size: 4 | 8, lines: number, width: number, form: 'lines' | 'turned' | 'any'): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: 9 }, () => 'i32' as const));
  const s = f.local(), left = f.local(), from = f.local(), groups = f.local(), to = f.local();
  const [load, keep]: [MemoryOp, MemoryOp] = size === 4 ? ['i32.load', 'i32.store'] : ['i64.load', 'i64.store'];
  const scalars = (): void => {
    const p = f.local();
    f.get(s).set(p);
    for (let j = 0; j < width; j++) {
      f.get(to);
      if (j < lines) f.get(p).mem(load); else if (size === 4) f.i32(0); else f.i64(0n);
      f.mem(keep, j * size);
      if (j < lines - 1) f.addLocal(p, 3);
    }
    f.addLocal(s, 4).addConst(to, width * size);
  };
  return f.repeat(6, () => {
    f.get(1).set(from).get(5).set(to).get(0).set(groups);
    f.repeat(groups, () => {
      f.get(from).set(s);
      if (form === 'turned') {
        f.get(2).i32(size === 4 ? 2 : 1).op('i32.shr_u').set(left);
        f.repeat(left, () => { turned(f, s, to, size, width); });
        f.get(2).i32(16 / size - 1).op('i32.and').set(left);
      } else f.get(2).set(left);
      f.repeat(left, () => {
        if (form !== 'lines') { scalars(); return; }
        for (let v = 0; v < width * size; v += 16) f.get(to).get(s).simdMem('v128.load', v).simdMem('v128.store', v);
        f.addLocal(s, 4).addConst(to, width * size);
      });
      f.get(from).get(3).i32(lines).op('i32.mul').op('i32.add').set(from);
    });
    f.addLocal(1, 7).addLocal(5, 8);
  });
}
/** As many steps of k at once as a vector has lanes: squares turned over. */
function turned(f: FunctionBuilder, s: Local, to: Local, size: 4 | 8, group: number): void {
  const p = f.local(), lanes = 16 / size;
  f.get(s).set(p);
  for (let g = 0; g < group; g += lanes) {
    const lines = Array.from({ length: lanes }, () => { const l = f.local('v128'); f.get(p).simdMem('v128.load').set(l).addLocal(p, 3); return l; });
    turnOver(f, lines).forEach((column, j) => { f.get(to).get(column).simdMem('v128.store', (j * group + g) * size); });
  }
  f.addConst(s, 16).addConst(to, lanes * size * group);
}
/** Element c of all lines in vector c: 4x4 or 2x2. */
export function turnOver(f: FunctionBuilder, lines: readonly Local[]): readonly Local[] {
  const join = (x: Local, y: Local, shuffle: readonly number[]): Local => { const l = f.local('v128'); f.get(x).get(y).shuffle(shuffle).set(l); return l; };
  const [a, b, c, d] = lines as [Local, Local, Local, Local];
  const low = laneShuffle(8, [0, 2]), high = laneShuffle(8, [1, 3]);
  if (lines.length === 2) return [join(a, b, low), join(a, b, high)];
  const lows = laneShuffle(4, [0, 4, 1, 5]), highs = laneShuffle(4, [2, 6, 3, 7]);
  const [ab, cd, AB, CD] = [join(a, b, lows), join(c, d, lows), join(a, b, highs), join(c, d, highs)];
  return [join(ab, cd, low), join(ab, cd, high), join(AB, CD, low), join(AB, CD, high)];
}
