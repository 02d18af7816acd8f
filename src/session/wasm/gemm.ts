// The contract's matrix product: per output element acc = 0; for k ascending: acc = round(acc + round(a*b)). A tile of
// two rows by four vectors (or four by two) stays in registers; operands are packed into panels first, so that all
// transposed forms are one kernel. An accumulator stored to C and loaded again is the same accumulator: blocks of K change no bit.
import { FunctionBuilder, type Local } from '../jit/function.ts';
import type { SimdOp } from '../jit/opcodes.ts';
import type { Code, Kit, WasmValue } from './kit.ts';
import { type Many, MR, pack, packRows } from './pack.ts';
import { splitTiles } from './split.ts';

/** Formats products run in. */
export type GemmType = 'f32' | 'f64' | 'i32' | 'i64';
/** Element (i, j) lies at address + i*row + j*col; all in bytes. */
export interface Matrix { readonly address: number; readonly row: number; readonly col: number }

const KC = 384; // greatest depth of a packed block: a panel of B stays in the first cache, a block of A in the second
const MC = 64; // rows of A packed at a time, more where they are short

export const widthOf = (t: GemmType): 4 | 8 => (t === 'f32' || t === 'i32' ? 4 : 8);
const vectorsOf = (t: GemmType, columns: number): number => Math.ceil((columns * widthOf(t)) / 16);
/** Columns of a panel of B: four vectors. */
const columnsOf = (t: GemmType): number => 64 / widthOf(t);
export const shapeOf = (t: GemmType): string => (t === 'f32' ? 'f32x4' : t === 'f64' ? 'f64x2' : t === 'i32' ? 'i32x4' : 'i64x2');
/** Columns of the last panel as they are packed: whole vectors. */
function restWidth(t: GemmType, N: number): number { return vectorsOf(t, N % columnsOf(t)) * (16 / widthOf(t)); }

/** Depth of the packed blocks: K in equal parts, for the tiles of a thin rest cost as much to begin and to end. */
function depthOf(K: number): number { return Math.ceil(K / Math.ceil(K / KC)); }

/** Rows of A packed at a time. */
function heightOf(depth: number): number { return MC * Math.min(8, Math.max(1, Math.floor(KC / depth))); }

/** B in panels, block of K after block of K: `count` matrices, `step` bytes from one to the next. */
export interface PackedB { readonly address: number; readonly N: number; readonly K: number; readonly step: number }
const ONE: Many = { count: 1, step: 0 };

/** `depth`: of a block; only those of the usual depth are for `gemm`. */
export function packB(k: Kit, t: GemmType, K: number, N: number, b: Matrix, many = ONE, depth = depthOf(K)): PackedB {
  const step = packedBytes(t, K, N), address = k.scratch(many.count * step);
  packInto(k, t, K, N, b, many, address, depth);
  return { address, N, K, step };
}
function packedBytes(t: GemmType, K: number, N: number): number { const size = widthOf(t), nr = columnsOf(t); return K * (Math.floor(N / nr) * nr + restWidth(t, N)) * size; }
function packInto(k: Kit, t: GemmType, K: number, N: number, b: Matrix, many: Many, address: number, depth = depthOf(K)): void {
  const size = widthOf(t), nr = columnsOf(t), whole = Math.floor(N / nr), width = restWidth(t, N), wide = (whole * nr + width) * size, step = K * wide;
  for (let k0 = 0; k0 < K; k0 += depth) {
    const kc = Math.min(depth, K - k0), from = b.address + k0 * b.row, to = address + k0 * wide;
    let done = 0;
    for (const lines of b.col === size ? [4 * nr, nr] : [nr]) { // where columns lie side by side, several panels at once: longer runs come sooner out of far memory
      const groups = Math.floor((whole * nr - done) / lines);
      pack(k, size, { groups, lines, width: lines, height: nr }, kc, from + done * b.col, b.col, b.row, to + done * kc * size, many, step);
      done += groups * lines;
    }
    pack(k, size, { groups: width ? 1 : 0, lines: N - whole * nr, width, height: width }, kc, from + whole * nr * b.col, b.col, b.row, to + whole * nr * kc * size, many, step);
  }
}
/** Whether packing for M rows costs so much beside multiplying that B stays packed where it is used again. */
export function isKept(M: number, K: number, N: number): boolean { return M <= 64 && K * N >= 4096; }
/** The same for a value that may be used again. */
export function packKept(k: Kit, v: WasmValue, t: GemmType, K: number, N: number, b: Matrix): PackedB {
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
  const size = widthOf(t), wide = (N - N % columnsOf(t) + restWidth(t, N)) * size;
  if (K === 0) {
    if (start === FRESH) for (let p = 0; p < count; p++) for (let i = 0; i < M; i++) k.fill(c + p * batch.c + i * ldc, N * size);
    return;
  }
  const depth = depthOf(K), height = heightOf(depth), stepWa = Math.min(height, M) * depth * size, many = { count, step: batch.a };
  const blocks = (wa: number, m1: number, m2: number): void => { for (let k0 = 0; k0 < K; k0 += depth) {
    const kc = Math.min(depth, K - k0), from = k0 === 0 ? start : CONTINUED, wb = b.address + k0 * wide;
    for (let m0 = m1; m0 < m2; m0 += height) {
      const mc = Math.min(height, m2 - m0);
      if (typeof a !== 'function') packRows(k, size, mc, kc, a.address + m0 * a.row + k0 * a.col, a.row, a.col, wa, many, stepWa);
      else if (mc < MR) a(m0, 1, mc, k0, kc, wa);
      else {
        const panels = Math.floor(mc / MR), over = mc - panels * MR;
        a(m0, panels, MR, k0, kc, wa);
        if (over > 0) a(m0 + mc - over, 1, over, k0, kc, wa + (mc - over) * kc * size);
      }
      block(k, t, mc, kc, N, wa, wb, c + m0 * ldc, ldc, from, { count, a: stepWa, b: batch.b, c: batch.c });
    }
  } };
  // Several products: the calls are divided, each by itself.
  k.divide(M, count === 1 ? MR : M, M * N * K, () => { const wa = k.scratch(count * stepWa); return (from, n) => { blocks(wa, from, from + n); }; });
}
/** Columns of B packed at a time where they are packed for one product. */
const NC = 512;
/** C = A * B, B packed for this product alone: block by block, each multiplied while the second cache has it. (Threads share what is packed before.) */
export function gemmOnce(k: Kit, t: GemmType, M: number, K: number, N: number, a: Matrix, b: Matrix, c: number, ldc: number, start: Start = FRESH): void {
  if (k.hasThreads || M === 0 || K === 0) { gemm(k, t, M, a, packB(k, t, K, N, b), c, ldc, start); return; }
  const depth = depthOf(K), wb = k.scratch(packedBytes(t, depth, Math.min(N, NC)));
  for (let k0 = 0; k0 < K; k0 += depth) {
    for (let n0 = 0; n0 < N; n0 += NC) {
      const part: PackedB = { address: wb, K: Math.min(depth, K - k0), N: Math.min(NC, N - n0), step: 0 };
      packInto(k, t, part.K, part.N, { ...b, address: b.address + k0 * b.row + n0 * b.col }, ONE, wb);
      k.call(() => { gemm(k, t, M, { ...a, address: a.address + k0 * a.col }, part, c + n0 * widthOf(t), ldc, k0 === 0 ? start : CONTINUED); return undefined; });
    }
  }
}
/** The products of packed blocks: rows in panels, the rest of them a lower panel; columns in panels, the rest of them narrower. */
function block(k: Kit, t: GemmType, rows: number, kc: number, N: number, wa: number, wb: number, c: number, ldc: number, start: Start, batch: Batch): void {
  const size = widthOf(t), nr = columnsOf(t), whole = Math.floor(N / nr), rest = N % nr;
  const run = (height: number, columns: number, panelsB: number, from: number, groups: number): void => {
    const first = columns === nr ? 0 : whole * nr;
    if (groups > 0 && panelsB > 0) tiles(k, t, height, columns)(wa + from * kc * size, wb + first * kc * size, c + from * ldc + first * size, groups, kc, ldc, start, panelsB, batch.count, batch.a, batch.b, batch.c);
  };
  // Two panels at once where one has too few sums to keep the adders busy.
  for (const [columns, panelsB, height] of [[nr, whole, MR], [rest, rest > 0 ? 1 : 0, vectorsOf(t, rest) > 2 ? MR : 2 * MR]] as const) {
    const groups = Math.floor(rows / height), done = groups * height, panels = Math.floor((rows - done) / MR);
    run(height, columns, panelsB, 0, groups);
    run(MR, columns, panelsB, done, panels);
    run((rows - done) % MR, columns, panelsB, done + panels * MR, rows % MR > 0 ? 1 : 0);
  }
}
/** C += A * B as finished sums, for rows of C in groups: `groups` of `rows` rows, `step` bytes from one to the next. A is packed (packGroups). */
export function addProduct(k: Kit, t: GemmType, groups: number, rows: number, wa: number, b: PackedB, c: number, ldc: number, step: number): void {
  block(k, t, rows, b.K, b.N, wa, b.address, c, ldc, ADDED, { count: groups, a: rows * b.K * widthOf(t), b: 0, c: step });
}
/** Packs `groups` times `rows` rows that lie one after the other, all of K, so that each group begins with a panel. */
export function packGroups(k: Kit, t: GemmType, groups: number, rows: number, K: number, a: Matrix): number {
  const size = widthOf(t), to = k.scratch(groups * rows * K * size);
  packRows(k, size, rows, K, a.address, a.row, a.col, to, { count: groups, step: rows * a.row }, rows * K * size);
  return to;
}
/** Whether sums of this depth are finished in one go. */
export function isShallow(K: number): boolean { return K > 0 && K <= KC; }

/** Keys by number: a map finds a string that it has seen far sooner than one put together anew, and calls are many. */
const TILE_KEYS: Readonly<Record<GemmType, string[]>> = { f32: [], f64: [], i32: [], i64: [] };

function tiles(k: Kit, t: GemmType, rows: number, columns: number): Code {
  const fused = k.fuses(t);
  const key = TILE_KEYS[t][(rows * 32 + columns) * 2 + Number(fused)] ??= `gemm.${t}.${rows}.${columns}${fused ? '.fused' : ''}`;
  return k.code(key, () => tilesFunction(t, rows, columns, fused), splitTiles(widthOf(t), rows, columns));
}

/**
 * All tiles of a block, each `rows` by `columns` sums in registers: (A panels, B panels, C, groups of rows, depth, bytes from
 * row to row of C, how sums start, panels of B, products, bytes from product to product of A, B, C).
 */
function tilesFunction(t: GemmType, rows: number, columns: number, fused: boolean): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: 12 }, () => 'i32' as const));
  const P = { a: 0, b: 1, c: 2, groups: 3, depth: 4, ldc: 5, start: 6, panelsB: 7, products: 8, stepA: 9, stepB: 10, stepC: 11 } as const;
  const size = widthOf(t), shape = shapeOf(t), vectors = vectorsOf(t, columns), panel = vectors * 16, height = Math.min(rows, MR), stepK = height * size;
  const sums = Array.from({ length: rows }, () => Array.from({ length: vectors }, () => f.local('v128')));
  const bs = sums[0]!.map(() => f.local('v128')), av = f.local('v128'), as = Array.from({ length: rows / height }, () => f.local());
  const [from, b, wb, c, tile, row, left, panelB, end] = Array.from({ length: 9 }, () => f.local()) as [Local, Local, Local, Local, Local, Local, Local, Local, Local];
  const eachRow = (body: (s: readonly Local[]) => void): void => {
    f.get(tile).set(row);
    sums.forEach((s, r) => { body(s); if (r < rows - 1) f.addLocal(row, P.ldc); });
  };
  f.get(P.depth).i32(stepK).op('i32.mul').set(P.depth);
  return f.repeat(P.products, () => {
    f.get(P.b).set(wb).get(P.c).set(c).get(P.panelsB).set(panelB);
    f.repeat(panelB, () => {
      f.get(P.a).set(from).get(c).set(tile).get(P.groups).set(left);
      f.repeat(left, () => {
        f.get(P.start).if(() => { for (const s of sums.flat()) f.zero().set(s); }, () => {
          eachRow((s) => s.forEach((l, i) => f.get(row).simdMem('v128.load', 16 * i).set(l)));
        });
        f.get(wb).set(b);
        for (const a of as) f.get(from).set(a).addLocal(from, P.depth);
        f.get(as[0]!).get(P.depth).op('i32.add').set(end);
        // Ends by address: with a counter there would be one instruction more for each k, and they are what the loop is bound by.
        f.loop((again) => {
          bs.forEach((l, i) => f.get(b).simdMem('v128.load', 16 * i).set(l));
          sums.forEach((s, r) => {
            f.get(as[Math.floor(r / height)]!).simdMem(size === 4 ? 'v128.load32_splat' : 'v128.load64_splat', r % height * size).set(av);
            s.forEach((l, i) => f.accumulate(l, shape, fused, () => { f.get(av).get(bs[i]!); }));
          });
          f.addConst(b, panel);
          for (const a of as.slice(1)) f.addConst(a, stepK);
          f.get(as[0]!).i32(stepK).op('i32.add').tee(as[0]!).get(end).op('i32.ne').brIf(again);
        });
        f.get(P.start).i32(ADDED).op('i32.eq').if(() => {
          eachRow((s) => s.forEach((l, i) => f.get(row).simdMem('v128.load', 16 * i).get(l).simd(`${shape}.add` as SimdOp).set(l)));
        });
        eachRow((s) => s.forEach((l, i) => { store(f, row, l, 16 * i, Math.min(16, columns * size - 16 * i)); }));
        f.get(row).get(P.ldc).op('i32.add').set(tile);
      });
      f.addConst(c, panel).get(wb).get(P.depth).i32(panel / stepK).op('i32.mul').op('i32.add').set(wb);
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
