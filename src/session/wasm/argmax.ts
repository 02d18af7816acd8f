// ArgMax and ArgMin on the `wasm` engine: the first largest (smallest) element; a leading NaN never wins over a number.
import { int64 } from '../../graph/dtype.ts';
import { stridesOf, typeAttr } from '../kernels/common.ts';
import { laneShuffle } from '../jit/expr.ts';
import { FunctionBuilder, type Local } from '../jit/function.ts';
import { laneStorage } from '../jit/lanes.ts';
import type { MemoryOp, PlainOp, SimdOp } from '../jit/opcodes.ts';
import { type GemmType, widthOf } from './gemm.ts';
import type { Kit, WasmKernel } from './kit.ts';
import { gemmType, widened } from './matmul.ts';
import { copyBox } from './move.ts';

const argReduce = (least: boolean): WasmKernel => (k, [a, d], node) => {
  const rank = a!.shape.length, given = k.numbers(d!)[0]!, axis = given < 0 ? given + rank : given;
  const t = gemmType(laneStorage(a!.type.storage)), to = typeAttr(node, 'output_type', int64);
  if (!(axis >= 0 && axis < rank) || a!.size === 0 || t === undefined || (to.storage !== 'i32' && to.storage !== 'i64')) return undefined;
  const size = widthOf(t), terms = a!.shape[axis]!;
  const out = k.make(to, a!.shape.toSpliced(axis, 1));
  const x = last(k, size, widened(k, a!), a!.shape, axis);
  const { isUnsigned } = a!.type;
  k.code(`arg.${t}.${least ? 'min' : 'max'}.${to.size}${isUnsigned ? '.u' : ''}`, () => argFunction(t, least, to.size === 8, isUnsigned))(out.size, x, out.address, terms);
  return [out];
};
/** The elements with `axis` innermost. */
function last(k: Kit, size: number, address: number, shape: readonly number[], axis: number): number {
  if (shape.slice(axis + 1).every((n) => n === 1)) return address;
  const order = [...shape.keys()].filter((i) => i !== axis).concat(axis), own = stridesOf(shape), dims = order.map((i) => shape[i]!);
  const to = k.scratch(shape.reduce((n, v) => n * v, size));
  copyBox(k, size, address, order.map((i) => own[i]!), to, stridesOf(dims), dims);
  return to;
}

/** (rows, first element, result, elements of a row) */
function argFunction(t: GemmType, least: boolean, wide: boolean, unsigned: boolean): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32', 'i32']);
  const whole = t === 'i32' || t === 'i64', size = widthOf(t), load = `${t}.load` as MemoryOp, better = `${t}.${least ? 'lt' : 'gt'}${whole ? (unsigned ? '_u' : '_s') : ''}` as PlainOp;
  const m = f.local(t), v = f.local(t), best = f.local(), i = f.local(), left = f.local(), won = f.local();
  return f.repeat(0, () => {
    f.get(1).mem(load).set(m).i32(0).set(best).i32(0).set(i).get(3).set(left);
    if (t === 'f32' || t === 'i32') fours(f, t, least, unsigned, { at: 1, left, m, best, i });
    // Chosen, not jumped to: which element wins is not foreseen.
    f.repeat(left, () => {
      f.get(1).mem(load).tee(v).get(m).op(better);
      if (!whole) f.get(m).get(m).op(`${t}.ne` as PlainOp).get(v).get(v).op(`${t}.eq` as PlainOp).op('i32.and').op('i32.or');
      f.set(won).get(v).get(m).get(won).op('select').set(m).get(i).get(best).get(won).op('select').set(best);
      f.addConst(1, size).addConst(i, 1);
    });
    f.get(2).get(best);
    if (wide) f.op('i64.extend_i32_u').mem('i64.store'); else f.mem('i32.store');
    f.addConst(2, wide ? 8 : 4);
  });
}

interface Places { readonly at: Local; readonly left: Local; readonly m: Local; readonly best: Local; readonly i: Local }
/** As many elements as there are whole vectors: the winner of each lane, then the first of the best among those. */
function fours(f: FunctionBuilder, t: 'f32' | 'i32', least: boolean, unsigned: boolean, { at, left, m, best, i }: Places): void {
  const lanes = t === 'f32' ? 'f32x4' : 'i32x4', better = `i32x4.${least ? 'lt' : 'gt'}${unsigned ? '_u' : '_s'}` as SimdOp;
  const ms = f.local('v128'), vs = f.local('v128'), places = f.local('v128'), now = f.local('v128'), won = f.local('v128'), groups = f.local();
  /** Leaves where vs is to take the place of ms. */
  const wins = (): FunctionBuilder => (t === 'f32' ? f.get(vs).get(vs).simd('f32x4.eq').get(vs).get(ms).simd(least ? 'f32x4.ge' : 'f32x4.le').simd('v128.andnot') : f.get(vs).get(ms).simd(better)); // a number that is not worse
  const take = (): void => { f.set(won).get(vs).get(ms).get(won).simd('v128.bitselect').set(ms).get(now).get(places).get(won).simd('v128.bitselect').set(places); };
  f.get(left).i32(2).op('i32.shr_u').tee(groups).if(() => {
    f.get(at).simdMem('v128.load').set(ms).v128(new Uint8Array(Int32Array.of(0, 1, 2, 3).buffer)).tee(places).set(now).addConst(at, 16).addConst(groups, -1);
    f.repeat(groups, () => {
      f.get(at).simdMem('v128.load').set(vs).get(now).i32(4).simd('i32x4.splat').simd('i32x4.add').set(now);
      wins();
      take();
      f.addConst(at, 16);
    });
    for (const order of [[2, 3, 2, 3], [1, 1, 1, 1]]) {
      f.get(ms).get(ms).shuffle(laneShuffle(4, order)).set(vs).get(places).get(places).shuffle(laneShuffle(4, order)).set(now);
      wins();
      f.get(vs).get(ms).simd(`${lanes}.eq`);
      if (t === 'f32') f.get(vs).get(vs).simd('f32x4.ne').get(ms).get(ms).simd('f32x4.ne').simd('v128.and').simd('v128.or'); // among NaNs the first
      f.get(now).get(places).simd('i32x4.lt_s').simd('v128.and').simd('v128.or');
      take();
    }
    f.get(ms).lane(`${lanes}.extract_lane`, 0).set(m).get(places).lane('i32x4.extract_lane', 0).set(best);
    f.get(left).i32(-4).op('i32.and').set(i).get(left).i32(3).op('i32.and').set(left);
  });
}

export const argKernels: readonly (readonly [string, WasmKernel])[] = [['ArgMax', argReduce(false)], ['ArgMin', argReduce(true)]];
