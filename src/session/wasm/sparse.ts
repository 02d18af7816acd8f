// Sparse matrices on the `wasm` engine, as kernels/{sparse,sparse_math}.ts have them: times a dense one, element after element, each times a row in
// vectors; and written out.
import { boolAttr, sizeOf } from '../kernels/common.ts';
import { laneShuffle } from '../jit/expr.ts';
import { FunctionBuilder, type Local } from '../jit/function.ts';
import { laneStorage } from '../jit/lanes.ts';
import type { SimdMemoryOp, SimdOp } from '../jit/opcodes.ts';
import { filled } from './array.ts';
import { onHost } from './host.ts';
import type { Kit, WasmKernel } from './kit.ts';
import { narrowed, widened, wideType } from './matmul.ts';
import { copyBox } from './move.ts';
import { offsetsOf, setRows, unitOf } from './rows.ts';

type Format = 'f32' | 'f64' | 'i32' | 'c64' | 'c128';

const product: WasmKernel = (k, x, node, state) => {
  const [indices, values, shape, dense] = x, s = laneStorage(wideType(values!.type).storage);
  if (s !== 'f32' && s !== 'f64' && s !== 'i32' && s !== 'c64' && s !== 'c128') return onHost(k, x, node, state);
  const adjointA = boolAttr(node, 'adjoint_a', false), adjointB = boolAttr(node, 'adjoint_b', false), count = values!.size;
  if (dense!.shape.length !== 2 || shape!.shape.length !== 1 || shape!.size !== 2 || indices!.shape.length !== 2 || indices!.shape[0] !== count || indices!.shape[1] !== 2) return undefined;
  const [across, down] = k.numbers(shape!) as [number, number], [rows, inner] = adjointA ? [down, across] : [across, down];
  const columns = dense!.shape[adjointB ? 0 : 1]!, unit = UNITS[s];
  if (dense!.shape[adjointB ? 1 : 0] !== inner) return undefined;
  const out = k.make(values!.type.baseDtype, [rows, columns]), to = narrowed(k, out), b = adjointB ? turned(k, widened(k, dense!), unit, columns, inner) : widened(k, dense!);
  k.fill(to.address, out.size * unit);
  const wide = indices!.type.storage === 'i64', lanes = 16 / unit;
  const code = k.code(`sparse.${s}.${wide ? 'i64' : 'i32'}${adjointA ? '.a' : ''}${adjointB ? '.b' : ''}`, () => productFunction(s, wide, adjointA, adjointB));
  if (code(count, indices!.address, widened(k, values!), b, to.address, Math.floor(columns / lanes), columns % lanes, columns * unit, inner, rows) !== 0) return undefined;
  to.finish();
  return [out];
};
const UNITS: Readonly<Record<Format, 4 | 8 | 16>> = { f32: 4, i32: 4, f64: 8, c64: 8, c128: 16 };
function turned(k: Kit, from: number, unit: number, columns: number, inner: number): number {
  const to = k.scratch(columns * inner * unit);
  copyBox(k, unit, from, [1, inner], to, [columns, 1], [inner, columns]);
  return to;
}

/** (elements, indices, values, dense matrix, result, whole vectors of a row, elements beside them, bytes of a row, rows of the dense matrix and of the result): 1 when an index is outside. */
function productFunction(s: Format, wide: boolean, adjointA: boolean, adjointB: boolean): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: 10 }, () => 'i32' as const), ['i32']);
  const P = { count: 0, indices: 1, values: 2, b: 3, out: 4, vectors: 5, rest: 6, row: 7, inner: 8, rows: 9 } as const;
  const isComplex = s === 'c64' || s === 'c128', part = s === 'f64' || s === 'c128' ? 8 : 4, shape = s === 'i32' ? 'i32x4' : part === 8 ? 'f64x2' : 'f32x4';
  const [bad, to, from, left] = Array.from({ length: 4 }, () => f.local()) as [Local, Local, Local, Local];
  const re = f.local('v128'), im = f.local('v128'), v = f.local('v128'), splat: SimdMemoryOp = part === 8 ? 'v128.load64_splat' : 'v128.load32_splat';
  const swapped = s === 'c64' ? laneShuffle(4, [1, 0, 3, 2]) : laneShuffle(8, [1, 0]);
  const index = (place: number): FunctionBuilder => f.get(P.indices).mem(wide ? 'i64.load' : 'i32.load', place * (wide ? 8 : 4));
  const inside = (place: number, limit: Local): FunctionBuilder => { index(place).get(limit); return wide ? f.op('i64.extend_i32_u').op('i64.lt_u') : f.op('i32.lt_u'); };
  /** Where the row begins that an index names. */
  const rowAt = (place: number, start: Local): FunctionBuilder => { index(place); if (wide) f.op('i32.wrap_i64'); return f.get(P.row).op('i32.mul').get(start).op('i32.add'); };
  const rowOf = adjointA ? 1 : 0, columnOf = 1 - rowOf;
  /** Adds the product to what is loaded by `load`; leaves it. */
  const sum = (load: SimdMemoryOp): void => {
    f.get(to).simdMem(load).get(from).simdMem(load);
    if (!isComplex) { f.get(re).simd(`${shape}.mul` as SimdOp).simd(`${shape}.add` as SimdOp); return; }
    if (adjointB) f.v128(signs(part, 1)).simd('v128.xor');
    f.tee(v).get(re).simd(`${shape}.mul` as SimdOp).get(v).get(v).shuffle(swapped).get(im).simd(`${shape}.mul` as SimdOp).v128(signs(part, 0)).simd('v128.xor').simd(`${shape}.add` as SimdOp).simd(`${shape}.add` as SimdOp);
  };
  const [loadOne, unit] = s === 'f64' || s === 'c64' ? ['v128.load64_zero', 8] as const : ['v128.load32_zero', 4] as const;
  f.repeat(P.count, () => {
    inside(columnOf, P.inner);
    inside(rowOf, P.rows).op('i32.and').if(() => {
      f.get(P.values).simdMem(splat).set(re);
      if (isComplex) { f.get(P.values).simdMem(splat, part); if (adjointA) f.simd(`${shape}.neg` as SimdOp); f.set(im); }
      rowAt(columnOf, P.b).set(from);
      rowAt(rowOf, P.out).set(to).get(P.vectors).set(left);
      f.repeat(left, () => { f.get(to); sum('v128.load'); f.simdMem('v128.store').addConst(from, 16).addConst(to, 16); });
      if (s === 'c128') return;
      f.get(P.rest).set(left);
      f.repeat(left, () => { f.get(to); sum(loadOne); f.laneMem(unit === 8 ? 'v128.store64_lane' : 'v128.store32_lane', 0).addConst(from, unit).addConst(to, unit); });
    }, () => { f.i32(1).set(bad); });
    f.addConst(P.indices, wide ? 16 : 8).addConst(P.values, UNITS[s]);
  });
  return f.get(bad);
}
/** The top bits of the real (0) or imaginary (1) parts. */
function signs(part: 4 | 8, of: 0 | 1): Uint8Array { return Uint8Array.from({ length: 16 }, (_, i) => ((i + 1) % part === 0 && Math.floor(i / part) % 2 === of ? 0x80 : 0)); }

const toDense: WasmKernel = (k, [indices, shape, values, background], node) => {
  const is = indices!.shape, n = is[0] ?? 1, rank = is[1] ?? 1, unit = unitOf(values!), single = values!.shape.length === 0;
  if (is.length > 2 || shape!.shape.length !== 1 || shape!.size !== rank || background!.shape.length !== 0 || !(single || (values!.shape.length === 1 && values!.size === n))) return undefined;
  const dims = k.numbers(shape!);
  if (dims.some((d) => d < 0)) return undefined;
  const at = offsetsOf(k, indices!, n, dims, unit);
  if (!at || (boolAttr(node, 'validate_indices', true) && n > 1 && k.code('sparse.order', orderFunction)(n - 1, at.address) !== 0)) return undefined;
  const out = filled(k, background!, dims);
  if (sizeOf(dims) > 0) setRows(k, at, unit, values!.address, out.address, single);
  return [out];
};
/** (neighbours, first offset): whether one is not above the one before it. */
function orderFunction(): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32'], ['i32']), bad = f.local();
  f.repeat(0, () => { f.get(bad).get(1).mem('i32.load', 4).get(1).mem('i32.load').op('i32.gt_u').op('i32.eqz').op('i32.or').set(bad).addConst(1, 4); });
  return f.get(bad);
}

export const sparseKernels: readonly (readonly [string, WasmKernel])[] = [['SparseTensorDenseMatMul', product], ['SparseToDense', toDense]];
