// The contract's matrix product: per output element acc = 0; for k ascending: acc = round(acc + round(a*b)). A tile of
// four rows by two vectors stays in registers; operands are packed into panels first, so that all transposed forms are
// one kernel. An accumulator stored to C and loaded again is the same accumulator: blocks of K change no bit.
import { laneShuffle } from '../jit/expr.ts';
import { FunctionBuilder, type Local } from '../jit/function.ts';
import type { MemoryOp, SimdOp } from '../jit/opcodes.ts';
import type { Kit } from './kit.ts';
import { copyBox } from './move.ts';

/** Formats products run in. */
export type GemmType = 'f32' | 'f64' | 'i32' | 'i64';
/** Element (i, j) lies at address + i*row + j*col; all in bytes. */
export interface Matrix { readonly address: number; readonly row: number; readonly col: number }

const KC = 512; // depth of a packed block
const MC = 96; // rows of A packed at a time
const MR = 4;

const widthOf = (t: GemmType): 4 | 8 => (t === 'f32' || t === 'i32' ? 4 : 8);
/** Columns of a tile: two vectors. */
const columnsOf = (t: GemmType): number => 32 / widthOf(t);
const shapeOf = (t: GemmType): string => (t === 'f32' ? 'f32x4' : t === 'f64' ? 'f64x2' : t === 'i32' ? 'i32x4' : 'i64x2');

/** B in panels, block of K after block of K. */
export interface PackedB { readonly address: number; readonly N: number; readonly K: number }

export function packB(k: Kit, t: GemmType, K: number, N: number, b: Matrix): PackedB {
  const size = widthOf(t), nr = columnsOf(t), panels = Math.ceil(N / nr);
  const address = k.scratch(K * panels * nr * size);
  for (let k0 = 0; k0 < K; k0 += KC) {
    const kc = Math.min(KC, K - k0);
    pack(k, t, nr, N, kc, b.address + k0 * b.row, b.col, b.row, address + k0 * panels * nr * size);
  }
  return { address, N, K };
}

/** C (rows `ldc` bytes apart) = A * B; with `more` the sums in C are continued. */
export function gemm(k: Kit, t: GemmType, M: number, a: Matrix, b: PackedB, c: number, ldc: number, more = false): void {
  const { N, K } = b;
  if (M === 0 || N === 0) return;
  const size = widthOf(t), nr = columnsOf(t), panels = Math.ceil(N / nr), wholePanels = Math.floor(N / nr);
  if (K === 0) {
    if (!more) for (let i = 0; i < M; i++) k.heap.u8.fill(0, c + i * ldc, c + i * ldc + N * size);
    return;
  }
  const strip = k.code(`gemm.${t}`, () => stripFunction(t));
  const wa = k.scratch(Math.min(MC, M + 3) * Math.min(KC, K) * size);
  const ragged = N % nr !== 0, lastRows = M % MR;
  const side = ragged ? k.scratch(MC * nr * size) : 0;
  const bottom = lastRows > 0 ? k.scratch(MR * panels * nr * size) : 0;
  for (let k0 = 0; k0 < K; k0 += KC) {
    const kc = Math.min(KC, K - k0), first = k0 === 0 && !more ? 1 : 0;
    const wb = b.address + k0 * panels * nr * size;
    for (let m0 = 0; m0 < M; m0 += MC) {
      const mc = Math.min(MC, M - m0), full = Math.floor(mc / MR), at = c + m0 * ldc;
      pack(k, t, MR, mc, kc, a.address + m0 * a.row + k0 * a.col, a.row, a.col, wa);
      if (full > 0) {
        for (let p = 0; p < wholePanels; p++) strip(wa, wb + p * nr * kc * size, at + p * 32, full, kc, ldc, first);
        if (ragged) {
          const from = at + wholePanels * 32, dims = [full * MR, N % nr];
          if (!first) copyBox(k, size, from, [ldc / size, 1], side, [nr, 1], dims);
          strip(wa, wb + wholePanels * nr * kc * size, side, full, kc, 32, first);
          copyBox(k, size, side, [nr, 1], from, [ldc / size, 1], dims);
        }
      }
      if (full * MR < mc) {
        const from = at + full * MR * ldc, rows = mc - full * MR, dims = [rows, N], wide = panels * 32;
        if (!first) copyBox(k, size, from, [ldc / size, 1], bottom, [panels * nr, 1], dims);
        for (let p = 0; p < panels; p++) strip(wa + full * MR * kc * size, wb + p * nr * kc * size, bottom + p * 32, 1, kc, wide, first);
        copyBox(k, size, bottom, [panels * nr, 1], from, [ldc / size, 1], dims);
      }
    }
  }
}

/** Lays `lines` lines of kc elements out in groups of `group`, element k of all lines of a group side by side; zeros behind the last line. */
function pack(k: Kit, t: GemmType, group: number, lines: number, kc: number, src: number, stepLine: number, stepK: number, dst: number): void {
  const size = widthOf(t), full = Math.floor(lines / group), rest = lines - full * group;
  if (full > 0) {
    const form = stepLine === size ? 'lines' : stepK === size && size === 4 ? 'turned' : 'any';
    k.code(`pack.${size}.${group}.${form}`, () => packFunction(size, group, form))(full, src, kc, stepLine, stepK, dst);
  }
  if (rest > 0) {
    const to = dst + full * group * kc * size;
    k.heap.u8.fill(0, to, to + group * kc * size);
    copyBox(k, size, src + full * group * stepLine, [stepLine / size, stepK / size], to, [1, group], [rest, kc]);
  }
}

/** (A panels, B panel, C, panels of A, depth, bytes from row to row of C, whether sums start at zero) */
function stripFunction(t: GemmType): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32']);
  const size = widthOf(t), shape = shapeOf(t);
  const acc = Array.from({ length: MR }, () => [f.local('v128'), f.local('v128')] as const);
  const b0 = f.local('v128'), b1 = f.local('v128'), a = f.local('v128');
  const b = f.local(), left = f.local(), row = f.local();
  const eachRow = (body: (sums: readonly [Local, Local]) => void): void => {
    f.get(2).set(row);
    acc.forEach((sums, r) => { body(sums); if (r < MR - 1) f.addLocal(row, 5); });
  };
  return f.repeat(3, () => {
    f.get(6).if(() => { for (const s of acc.flat()) f.zero().set(s); }, () => {
      eachRow((sums) => sums.forEach((s, i) => f.get(row).simdMem('v128.load', 16 * i).set(s)));
    });
    f.get(1).set(b).get(4).set(left);
    f.repeat(left, () => {
      f.get(b).simdMem('v128.load').set(b0).get(b).simdMem('v128.load', 16).set(b1);
      acc.forEach(([s0, s1], r) => {
        f.get(0).simdMem(size === 4 ? 'v128.load32_splat' : 'v128.load64_splat', r * size).set(a);
        f.get(s0).get(a).get(b0).simd(`${shape}.mul` as SimdOp).simd(`${shape}.add` as SimdOp).set(s0);
        f.get(s1).get(a).get(b1).simd(`${shape}.mul` as SimdOp).simd(`${shape}.add` as SimdOp).set(s1);
      });
      f.addConst(0, MR * size).addConst(b, 32);
    });
    eachRow((sums) => sums.forEach((s, i) => f.get(row).get(s).simdMem('v128.store', 16 * i)));
    f.get(row).get(5).op('i32.add').set(2);
  });
}

/** (groups, source, depth, bytes from line to line, bytes from k to k+1, destination) */
function packFunction(size: 4 | 8, group: number, form: 'lines' | 'turned' | 'any'): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32', 'i32', 'i32', 'i32']);
  const s = f.local(), left = f.local();
  const scalars = (): void => {
    const [load, store]: [MemoryOp, MemoryOp] = size === 4 ? ['i32.load', 'i32.store'] : ['i64.load', 'i64.store'];
    const p = f.local();
    f.get(s).set(p);
    for (let j = 0; j < group; j++) {
      f.get(5).get(p).mem(load).mem(store, j * size);
      if (j < group - 1) f.addLocal(p, 3);
    }
    f.addLocal(s, 4).addConst(5, group * size);
  };
  return f.repeat(0, () => {
    f.get(1).set(s);
    if (form === 'turned') {
      f.get(2).i32(2).op('i32.shr_u').set(left);
      f.repeat(left, () => { turned(f, s, group); });
      f.get(2).i32(3).op('i32.and').set(left);
    } else f.get(2).set(left);
    f.repeat(left, () => {
      if (form !== 'lines') { scalars(); return; }
      for (let v = 0; v < group * size; v += 16) f.get(5).get(s).simdMem('v128.load', v).simdMem('v128.store', v);
      f.addLocal(s, 4).addConst(5, group * size);
    });
    f.get(1).get(3).i32(group).op('i32.mul').op('i32.add').set(1);
  });
}
/** Four steps of k at once: blocks of 4x4 turned over. */
function turned(f: FunctionBuilder, s: Local, group: number): void {
  const p = f.local();
  f.get(s).set(p);
  for (let g = 0; g < group; g += 4) {
    const line = Array.from({ length: 4 }, () => f.local('v128'));
    line.forEach((l) => f.get(p).simdMem('v128.load').set(l).addLocal(p, 3));
    const [t0, t1, t2, t3] = [[0, 1, 0], [2, 3, 0], [0, 1, 2], [2, 3, 2]].map(([x, y, from]) => {
      const l = f.local('v128');
      f.get(line[x!]!).get(line[y!]!).shuffle(laneShuffle(4, [from!, 4 + from!, from! + 1, 5 + from!])).set(l);
      return l;
    }) as [Local, Local, Local, Local];
    ([[t0, t1, 0], [t0, t1, 1], [t2, t3, 0], [t2, t3, 1]] as const).forEach(([x, y, half], j) => {
      f.get(5).get(x).get(y).shuffle(laneShuffle(8, [half, 2 + half])).simdMem('v128.store', (j * group + g) * 4);
    });
  }
  f.addConst(s, 16).addConst(5, 16 * group);
}
