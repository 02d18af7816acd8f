// The contract's matrix product: per output element acc = 0; for k ascending: acc = round(acc + round(a*b)). A tile of
// two rows by four vectors (or four by two) stays in registers; operands are packed into panels first, so that all
// transposed forms are one kernel. An accumulator stored to C and loaded again is the same accumulator: blocks of K change no bit.
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
const MC = 64; // rows of A packed at a time
const MR = 2; // rows of a panel of A

export const widthOf = (t: GemmType): 4 | 8 => (t === 'f32' || t === 'i32' ? 4 : 8);
const vectorsOf = (t: GemmType, columns: number): number => Math.ceil((columns * widthOf(t)) / 16);
/** Columns of a panel of B: four vectors. */
const columnsOf = (t: GemmType): number => 64 / widthOf(t);
export const shapeOf = (t: GemmType): string => (t === 'f32' ? 'f32x4' : t === 'f64' ? 'f64x2' : t === 'i32' ? 'i32x4' : 'i64x2');
/** Columns of the last panel as they are packed: whole vectors. */
function restWidth(t: GemmType, N: number): number { return vectorsOf(t, N % columnsOf(t)) * (16 / widthOf(t)); }

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
    let done = 0;
    for (const lines of b.col === size ? [4 * nr, nr] : [nr]) { // where columns lie side by side, several panels at once: longer runs come sooner out of far memory
      const groups = Math.floor((whole * nr - done) / lines);
      pack(k, size, { groups, lines, width: lines, height: nr }, kc, from + done * b.col, b.col, b.row, to + done * kc * size, many, step);
      done += groups * lines;
    }
    pack(k, size, { groups: width ? 1 : 0, lines: N - whole * nr, width, height: width }, kc, from + whole * nr * b.col, b.col, b.row, to + whole * nr * kc * size, many, step);
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
  const size = widthOf(t), wide = (N - N % columnsOf(t) + restWidth(t, N)) * size;
  if (K === 0) {
    if (start === FRESH) for (let p = 0; p < count; p++) for (let i = 0; i < M; i++) k.fill(c + p * batch.c + i * ldc, N * size);
    return;
  }
  const depth = depthOf(K), stepWa = Math.min(MC, M) * depth * size, many = { count, step: batch.a };
  const blocks = (wa: number, m1: number, m2: number): void => { for (let k0 = 0; k0 < K; k0 += depth) {
    const kc = Math.min(depth, K - k0), from = k0 === 0 ? start : CONTINUED, wb = b.address + k0 * wide;
    for (let m0 = m1; m0 < m2; m0 += MC) {
      const mc = Math.min(MC, m2 - m0);
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
const TILE_KEYS: Readonly<Record<GemmType, string[]>> = { f32: [], f64: [], i32: [], i64: [] }, PACK_KEYS: Readonly<Record<Form, string[]>> = { lines: [], pairs: [], turned: [], any: [] };

function tiles(k: Kit, t: GemmType, rows: number, columns: number): Code {
  const fused = k.fuses(t);
  const key = TILE_KEYS[t][(rows * 32 + columns) * 2 + Number(fused)] ??= `gemm.${t}.${rows}.${columns}${fused ? '.fused' : ''}`;
  return k.code(key, () => tilesFunction(t, rows, columns, fused), splitTiles(widthOf(t), rows, columns));
}

const HEIGHTS = [MR, 1], SIDE_BY_SIDE = [4 * MR, MR, 1];
/** Rows of A in panels; where rows lie side by side, eight at a time. */
function packRows(k: Kit, size: 4 | 8, rows: number, kc: number, src: number, row: number, col: number, dst: number, many: Many, stepDst: number): void {
  let done = 0;
  for (const lines of row === size && size === 4 ? SIDE_BY_SIDE : HEIGHTS) {
    const groups = Math.floor((rows - done) / lines);
    pack(k, size, { groups, lines, width: lines, height: Math.min(MR, lines) }, kc, src + done * row, row, col, dst + done * kc * size, many, stepDst);
    done += groups * lines;
  }
}
/** What pack makes: groups of `lines` lines as panels of `height`, element k of all lines of a panel side by side; `width` places in all, zeros or anything behind the last line. */
interface Panels { readonly groups: number; readonly lines: number; readonly width: number; readonly height: number }
type Form = 'lines' | 'pairs' | 'turned' | 'any';
function pack(k: Kit, size: 4 | 8, p: Panels, kc: number, src: number, stepLine: number, stepK: number, dst: number, many: Many, stepDst: number): void {
  if (p.groups === 0) return;
  const vectors = p.height * size % 16 === 0;
  const form: Form = stepLine === size && vectors ? 'lines' : stepLine === size && p.lines === 4 * MR && p.height === MR ? 'pairs' : stepK === size && (vectors || p.lines === MR) ? 'turned' : 'any';
  const key = PACK_KEYS[form][((p.lines * 128 + p.width) * 32 + p.height) * 2 + Number(size === 8)] ??= `pack.${size}.${p.lines}.${p.width}.${p.height}.${form}`;
  k.code(key, () => packFunction(size, p, form), splitPack(size, p.lines, p.width))(p.groups, src, kc, stepLine, stepK, dst, many.count, many.step, stepDst);
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

/** (groups, source, depth, bytes from line to line, bytes from k to k+1, destination, matrices, bytes from matrix to matrix of source and destination) */
function packFunction(size: 4 | 8, { lines, width, height }: Panels, form: Form): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: 9 }, () => 'i32' as const));
  const P = { groups: 0, source: 1, depth: 2, line: 3, step: 4, to: 5, matrices: 6 } as const, lanes = 16 / size;
  const s = f.local(), left = f.local(), from = f.local(), groups = f.local(), to = f.local();
  const [load, keep]: [MemoryOp, MemoryOp] = size === 4 ? ['i32.load', 'i32.store'] : ['i64.load', 'i64.store'];
  const next = (): void => { f.addLocal(s, P.step).addConst(to, width * size); };
  const scalars = (): void => {
    const p = f.local();
    f.get(s).set(p);
    for (let j = 0; j < width; j++) {
      f.get(to);
      if (j < lines) f.get(p).mem(load); else if (size === 4) f.i32(0); else f.i64(0n);
      f.mem(keep, j * size);
      if (j < lines - 1) f.addLocal(p, P.line);
    }
    next();
  };
  /** `body` for as many k as a multiple of `n` holds; how many are left is in `left`. */
  const by = (n: number, body: () => void): void => {
    f.get(P.depth).i32(Math.log2(n)).op('i32.shr_u').set(left);
    f.repeat(left, body);
    f.get(P.depth).i32(n - 1).op('i32.and').set(left);
  };
  return f.repeat(P.matrices, () => {
    f.get(P.source).set(from).get(P.to).set(to).get(P.groups).set(groups);
    f.repeat(groups, () => {
      f.get(from).set(s);
      switch (form) {
        case 'lines': {
          const panels = panelsFrom(f, to, P.depth, width / height, height * size);
          f.get(P.depth).set(left);
          f.repeat(left, () => {
            panels.forEach((t, p) => { for (let v = 0; v < height * size; v += 16) f.get(t).get(s).simdMem('v128.load', p * height * size + v).simdMem('v128.store', v); });
            f.addLocal(s, P.step);
            for (const t of panels) f.addConst(t, height * size);
          });
          f.get(panels.at(-1)!).set(to);
          break;
        }
        case 'pairs': {
          const panels = panelsFrom(f, to, P.depth, lines / height, 8), second = f.local();
          by(2, () => {
            f.get(s).get(P.step).op('i32.add').set(second);
            storePairs(f, s, second, panels);
            f.get(second).get(P.step).op('i32.add').set(s);
          });
          f.get(left).if(() => { storeSingle(f, s, panels); }).get(panels.at(-1)!).set(to);
          break;
        }
        case 'turned':
          by(lanes, () => { turned(f, s, P.line, to, size, lines, width); });
          f.repeat(left, scalars);
          break;
        default:
          f.get(P.depth).set(left);
          f.repeat(left, scalars);
      }
      f.get(from).get(P.line).i32(lines).op('i32.mul').op('i32.add').set(from);
    });
    f.addLocal(P.source, 7).addLocal(P.to, 8);
  });
}
/** Panels of two binary32 from lines side by side, of k (at `s`) and of k + 1 (at `second`): two vectors with four lines each become vectors of two panels. */
export function storePairs(f: FunctionBuilder, s: Local, second: Local, panels: readonly Local[]): void {
  const a = f.local('v128'), b = f.local('v128');
  for (let p = 0; p < panels.length; p += 2) {
    f.get(s).simdMem('v128.load', 8 * p).set(a).get(second).simdMem('v128.load', 8 * p).set(b);
    [LOWS, HIGHS].forEach((half, i) => f.get(panels[p + i]!).get(a).get(b).shuffle(half).simdMem('v128.store').addConst(panels[p + i]!, 16));
  }
}
/** The same for a last k alone. */
export function storeSingle(f: FunctionBuilder, s: Local, panels: readonly Local[]): void {
  panels.forEach((to, p) => f.get(to).get(s).simdMem('v128.load64_zero', 8 * p).laneMem('v128.store64_lane', 0).addConst(to, 8));
}
/** Where panels begin that lie one behind the other, of `bytes` bytes for each k. */
export function panelsFrom(f: FunctionBuilder, to: Local, depth: Local, count: number, bytes: number): readonly Local[] {
  const tos = [to];
  for (let i = 1; i < count; i++) { const l = f.local(); f.get(tos[i - 1]!).get(depth).i32(bytes).op('i32.mul').op('i32.add').set(l); tos.push(l); }
  return tos;
}
/** As many steps of k at once as a vector has lanes. Behind the last line it is repeated. */
function turned(f: FunctionBuilder, s: Local, line: Local, to: Local, size: 4 | 8, count: number, width: number): void {
  const p = f.local(), lines: Local[] = [];
  f.get(s).set(p);
  for (let i = 0; i < count; i++) {
    const l = f.local('v128');
    f.get(p).simdMem('v128.load').set(l);
    if (i < count - 1) f.addLocal(p, line);
    lines.push(l);
  }
  while (lines.length < width) lines.push(lines[count - 1]!);
  storeTurned(f, lines, to, size);
  f.addConst(s, 16).addConst(to, 16 * width);
}
/** Stores vectors of lines as a panel: element k of all lines side by side. Squares turned over; of two lines of binary32, half squares. */
export function storeTurned(f: FunctionBuilder, lines: readonly Local[], to: Local, size: 4 | 8): void {
  const lanes = 16 / size, n = lines.length;
  if (n < lanes) {
    [laneShuffle(4, [0, 4, 1, 5]), laneShuffle(4, [2, 6, 3, 7])].forEach((half, i) => f.get(to).get(lines[0]!).get(lines[1]!).shuffle(half).simdMem('v128.store', 16 * i));
    return;
  }
  for (let g = 0; g < n; g += lanes) turnOver(f, lines.slice(g, g + lanes)).forEach((column, j) => { f.get(to).get(column).simdMem('v128.store', (j * n + g) * size); });
}
const LOWS = laneShuffle(8, [0, 2]), HIGHS = laneShuffle(8, [1, 3]);
/** Element c of all lines in vector c: 4x4 or 2x2. */
export function turnOver(f: FunctionBuilder, lines: readonly Local[]): readonly Local[] {
  const join = (x: Local, y: Local, shuffle: readonly number[]): Local => { const l = f.local('v128'); f.get(x).get(y).shuffle(shuffle).set(l); return l; };
  const [a, b, c, d] = lines as [Local, Local, Local, Local];
  if (lines.length === 2) return [join(a, b, LOWS), join(a, b, HIGHS)];
  const lows = laneShuffle(4, [0, 4, 1, 5]), highs = laneShuffle(4, [2, 6, 3, 7]);
  const [ab, cd, AB, CD] = [join(a, b, lows), join(c, d, lows), join(a, b, highs), join(c, d, highs)];
  return [join(ab, cd, LOWS), join(ab, cd, HIGHS), join(AB, CD, LOWS), join(AB, CD, HIGHS)];
}
