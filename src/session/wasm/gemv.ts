// Products of a matrix with one vector (M = 1 or N = 1), unpacked: the lines of the matrix lie in the lanes, and each
// sum runs over k in order like those of gemm.ts. Every element is read once, so packing would double the cost.
import { FunctionBuilder, type Local } from '../jit/function.ts';
import type { SimdMemoryOp } from '../jit/opcodes.ts';
import { type GemmType, shapeOf, widthOf } from './gemm.ts';
import type { Kit } from './kit.ts';
import { turnOver } from './pack.ts';

/** Line i, element k at address + i*line + k*step (bytes). */
export interface Lines { readonly address: number; readonly count: number; readonly line: number; readonly step: number }
/** Elements of each line together; anyhow. */
type Form = 'turned' | 'any';
/** Vectors of sums in one turn. */
const VECTORS: Readonly<Record<Form, number>> = { turned: 2, any: 1 };
/** Where lines lie side by side: bytes of sums that stay in the first cache, and elements of y at a time. */
const SUMS = 8192, DEPTH = 4;

/** out[i] = sum over k < K of lines(i, k) * y[k], `stepY` bytes from y to y. May write up to a vector too much behind the last sum. */
export function gemv(k: Kit, t: GemmType, x: Lines, K: number, y: number, stepY: number, out: number): void {
  const size = widthOf(t), lanes = 16 / size, fused = k.fuses(t), how = fused ? '.fused' : '';
  if (x.line === size) {
    k.fill(out, x.count * size);
    for (let from = 0; from < x.count * size; from += SUMS) {
      const vectors = Math.ceil(Math.min(SUMS, x.count * size - from) / 16), turns = Math.floor(K / DEPTH), done = turns * DEPTH;
      k.code(`gemv.${t}.${DEPTH}${how}`, () => besideFunction(t, DEPTH, fused))(turns, vectors, x.address + from, x.step, y, stepY, out + from);
      k.code(`gemv.${t}.1${how}`, () => besideFunction(t, 1, fused))(K - done, vectors, x.address + from + done * x.step, x.step, y + done * stepY, stepY, out + from);
    }
    return;
  }
  const form = x.step === size ? 'turned' : 'any';
  let done = 0;
  const run = (vectors: number, turns: number): void => {
    if (turns === 0) return;
    k.code(`gemv.${t}.${form}.${vectors}${how}`, () => apartFunction(t, form, vectors, fused))(turns, x.address + done * x.line, K, x.line, x.step, y, stepY, out + done * size, x.count - done);
    done += turns * vectors * lanes;
  };
  run(VECTORS[form], Math.floor(x.count / (VECTORS[form] * lanes)));
  run(1, Math.max(0, Math.ceil((x.count - done) / lanes)));
}
const splatOf = (size: 4 | 8): SimdMemoryOp => (size === 4 ? 'v128.load32_splat' : 'v128.load64_splat');

/** (turns, vectors, lines, bytes from k to k+1, y, bytes from y to y, sums): `depth` elements of y at a time, the sums read and written back. */
function besideFunction(t: GemmType, depth: number, fused: boolean): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: 7 }, () => 'i32' as const));
  const P = { turns: 0, vectors: 1, x: 2, step: 3, y: 4, stepY: 5, sums: 6 } as const;
  const shape = shapeOf(t), to = f.local(), left = f.local(), sum = f.local('v128');
  const at = Array.from({ length: depth }, () => f.local()), ys = at.map(() => f.local('v128'));
  return f.repeat(P.turns, () => {
    ys.forEach((v, j) => { f.get(P.x).set(at[j]!).addLocal(P.x, P.step).get(P.y).simdMem(splatOf(widthOf(t))).set(v).addLocal(P.y, P.stepY); });
    f.get(P.sums).set(to).get(P.vectors).set(left);
    f.repeat(left, () => {
      f.get(to).simdMem('v128.load').set(sum);
      ys.forEach((v, j) => { f.accumulate(sum, shape, fused, () => { f.get(at[j]!).simdMem('v128.load').get(v); }).addConst(at[j]!, 16); });
      f.get(to).get(sum).simdMem('v128.store').addConst(to, 16);
    });
  });
}

/** (turns, lines, K, bytes from line to line, bytes from k to k+1, y, bytes from y to y, destination, how many lines there are) */
function apartFunction(t: GemmType, form: Form, vectors: number, fused: boolean): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: 9 }, () => 'i32' as const));
  const P = { turns: 0, x: 1, depth: 2, line: 3, step: 4, y: 5, stepY: 6, out: 7, lines: 8 } as const;
  const size = widthOf(t), lanes = 16 / size, shape = shapeOf(t);
  const [zero, lane] = size === 4 ? ['v128.load32_zero', 'v128.load32_lane'] as const : ['v128.load64_zero', 'v128.load64_lane'] as const;
  const sums = Array.from({ length: vectors }, () => f.local('v128')), yv = f.local('v128'), v = f.local('v128');
  const y = f.local(), left = f.local(), at = Array.from({ length: vectors * lanes }, () => f.local());
  const nextY = (): void => { f.get(y).simdMem(splatOf(size)).set(yv).addLocal(y, P.stepY); };
  const add = (sum: Local, x: Local): void => { f.accumulate(sum, shape, fused, () => { f.get(x).get(yv); }); };
  return f.repeat(P.turns, () => {
    f.get(P.x).set(at[0]!);
    // Lanes behind the last line read that line again.
    for (let j = 1; j < at.length; j++) f.get(at[j - 1]!).get(P.line).i32(0).get(P.lines).i32(j).op('i32.gt_s').op('select').op('i32.add').set(at[j]!);
    for (const s of sums) f.zero().set(s);
    f.get(P.y).set(y);
    if (form === 'turned') {
      f.get(P.depth).i32(Math.log2(lanes)).op('i32.shr_u').set(left);
      f.repeat(left, () => {
        const columns = sums.map((_, i) => turnOver(f, at.slice(i * lanes, (i + 1) * lanes).map((p) => { const l = f.local('v128'); f.get(p).simdMem('v128.load').set(l); return l; })));
        for (let c = 0; c < lanes; c++) {
          nextY();
          sums.forEach((s, i) => { add(s, columns[i]![c]!); });
        }
        for (const p of at) f.addConst(p, 16);
      });
      f.get(P.depth).i32(lanes - 1).op('i32.and').set(left);
    } else f.get(P.depth).set(left);
    f.repeat(left, () => {
      nextY();
      sums.forEach((s, i) => {
        f.get(at[i * lanes]!).simdMem(zero).set(v);
        for (let j = 1; j < lanes; j++) f.get(at[i * lanes + j]!).get(v).laneMem(lane, j).set(v);
        add(s, v);
      });
      for (const p of at) f.addLocal(p, P.step);
    });
    sums.forEach((s, i) => f.get(P.out).get(s).simdMem('v128.store', 16 * i));
    f.addConst(P.out, 16 * vectors).get(P.x).get(P.line).i32(vectors * lanes).op('i32.mul').op('i32.add').set(P.x);
    f.get(P.lines).i32(vectors * lanes).op('i32.sub').set(P.lines);
  });
}
