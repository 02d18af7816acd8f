// Factors of products packed into panels: element k of all lines of a panel side by side, so that the product reads both
// factors as streams. Lines side by side are copied, lines of neighbours in k turned over, others taken one by one.
import { laneShuffle } from '../jit/expr.ts';
import { FunctionBuilder, type Local } from '../jit/function.ts';
import type { MemoryOp } from '../jit/opcodes.ts';
import type { Kit } from './kit.ts';
import { splitPack } from './split.ts';

/** Rows of a panel of A. */
export const MR = 2;
/** Matrices at equal distances (bytes). */
export interface Many { readonly count: number; readonly step: number }
const HEIGHTS = [MR, 1], SIDE_BY_SIDE = [4 * MR, MR, 1];
/** Rows of A in panels; where rows lie side by side, eight at a time. */
export function packRows(k: Kit, size: 4 | 8, rows: number, kc: number, src: number, row: number, col: number, dst: number, many: Many, stepDst: number): void {
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
/** Keys by number (as in gemm.ts). */
const PACK_KEYS: Readonly<Record<Form, string[]>> = { lines: [], pairs: [], turned: [], any: [] };
export function pack(k: Kit, size: 4 | 8, p: Panels, kc: number, src: number, stepLine: number, stepK: number, dst: number, many: Many, stepDst: number): void {
  if (p.groups === 0) return;
  const vectors = p.height * size % 16 === 0;
  const form: Form = stepLine === size && vectors ? 'lines' : stepLine === size && p.lines === 4 * MR && p.height === MR ? 'pairs' : stepK === size && (vectors || p.lines === MR) ? 'turned' : 'any';
  const key = PACK_KEYS[form][((p.lines * 128 + p.width) * 32 + p.height) * 2 + Number(size === 8)] ??= `pack.${size}.${p.lines}.${p.width}.${p.height}.${form}`;
  k.code(key, () => packFunction(size, p, form), splitPack(size, p.lines, p.width))(p.groups, src, kc, stepLine, stepK, dst, many.count, many.step, stepDst);
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
