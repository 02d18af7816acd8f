// TopK and InTopK on the `wasm` engine. The k largest of a row are kept in a heap whose root is the least of them; in the order of their
// places an element joins only when it is greater than that one, so that most of a row is passed over in vectors.
import { int32 } from '../../graph/dtype.ts';
import { bool } from '../../graph/dtype.ts';
import { intAttr } from '../kernels/common.ts';
import { FunctionBuilder, type Local } from '../jit/function.ts';
import { laneStorage } from '../jit/lanes.ts';
import type { MemoryOp, PlainOp, SimdOp } from '../jit/opcodes.ts';
import { first } from './array.ts';
import { type GemmType, widthOf } from './gemm.ts';
import { isFloat } from './greatest.ts';
import { onHost } from './host.ts';
import type { WasmKernel } from './kit.ts';
import { gemmType, widened } from './matmul.ts';
import { copyUnit, unitOf } from './rows.ts';

const topK: WasmKernel = (k, x, node, state) => {
  const [a, count] = x, { shape } = a!, t = gemmType(laneStorage(a!.type.storage));
  if (t === undefined || shape.length === 0 || (count && count.shape.length > 0)) return undefined;
  const most = count ? first(k, count) : intAttr(node, 'k'), columns = shape.at(-1)!, size = widthOf(t);
  if (!(most >= 0 && most <= columns)) return undefined;
  const from = widened(k, a!);
  // Among NaNs nothing is the largest: what comes first there is what the reference's way of sorting makes of it.
  if (isFloat(t) && k.code(`nan.${t}`, () => nanFunction(t))(a!.size, from) !== 0) return onHost(k, x, node, state);
  const out = [...shape.slice(0, -1), most], values = k.make(a!.type.baseDtype, out, 0), places = k.make(int32, out, 1), unit = unitOf(a!);
  if (values.size > 0) k.code(`topk.${t}.${unit}${a!.type.isUnsigned ? '.u' : ''}`, () => topFunction(t, unit, a!.type.isUnsigned))(a!.size / columns, from, a!.address, values.address, places.address, columns, most, columns * size, columns * unit);
  return [values, places];
};

/** (elements, first element): whether one of them is NaN. */
function nanFunction(t: 'f32' | 'f64'): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32'], ['i32']), lanes = 16 / widthOf(t), shape = t === 'f32' ? 'f32x4' : 'f64x2';
  const found = f.local('v128'), v = f.local('v128'), x = f.local(t), rest = f.local(), left = f.local();
  f.get(0).i32(Math.log2(lanes)).op('i32.shr_u').set(left);
  f.repeat(left, () => { f.get(1).simdMem('v128.load').tee(v).get(v).simd(`${shape}.ne` as SimdOp).get(found).simd('v128.or').set(found).addConst(1, 16); });
  f.get(0).i32(lanes - 1).op('i32.and').set(left);
  f.repeat(left, () => { f.get(1).mem(`${t}.load` as MemoryOp).tee(x).get(x).op(`${t}.ne` as PlainOp).get(rest).op('i32.or').set(rest).addConst(1, widthOf(t)); });
  return f.get(found).simd('v128.any_true').get(rest).op('i32.or');
}

/** (rows, first row as compared, first row as it is, values, places, elements of a row, k > 0, bytes from row to row of either). The heap lies where the places go. */
function topFunction(t: GemmType, unit: number, unsigned: boolean): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: 9 }, () => 'i32' as const));
  const P = { rows: 0, x: 1, own: 2, values: 3, heap: 4, columns: 5, k: 6, step: 7, stepOwn: 8 } as const;
  const sign = isFloat(t) ? '' : unsigned ? '_u' : '_s', less = `${t}.lt${sign}` as PlainOp, greater = `${t}.gt${sign}` as PlainOp, size = widthOf(t);
  const [hole, item, child, place, other, count, i, at] = Array.from({ length: 8 }, () => f.local()) as [Local, Local, Local, Local, Local, Local, Local, Local];
  const [itemValue, value, otherValue, least] = Array.from({ length: 4 }, () => f.local(t)) as [Local, Local, Local, Local];
  const cell = (l: Local): FunctionBuilder => f.get(P.heap).get(l).i32(2).op('i32.shl').op('i32.add');
  const valueAt = (l: Local): FunctionBuilder => f.get(P.x).get(l).i32(size).op('i32.mul').op('i32.add').mem(`${t}.load` as MemoryOp);
  /** Leaves whether the first element comes behind the second. */
  const behind = (a: Local, placeA: Local, b: Local, placeB: Local): FunctionBuilder => f.get(a).get(b).op(less).get(a).get(b).op(`${t}.eq` as PlainOp).get(placeA).get(placeB).op('i32.gt_s').op('i32.and').op('i32.or');
  /** Puts `item` among `count` cells of the heap, from `hole` down. */
  const sink = (): void => {
    valueAt(item).set(itemValue);
    f.block((end) => {
      f.loop((again) => {
        f.get(hole).i32(1).op('i32.shl').i32(1).op('i32.or').tee(child).get(count).op('i32.ge_s').brIf(end);
        cell(child).mem('i32.load').set(place);
        valueAt(place).set(value).get(child).i32(1).op('i32.add').get(count).op('i32.lt_s').if(() => {
          cell(child).mem('i32.load', 4).set(other);
          valueAt(other).set(otherValue);
          behind(otherValue, other, value, place).if(() => { f.get(other).set(place).get(otherValue).set(value).addConst(child, 1); });
        });
        behind(value, place, itemValue, item).op('i32.eqz').brIf(end);
        cell(hole).get(place).mem('i32.store').get(child).set(hole).br(again);
      });
    });
    cell(hole).get(item).mem('i32.store');
  };
  const root = (): void => { f.get(P.heap).mem('i32.load').set(place); valueAt(place).set(least); };
  /** The element at `i` joins when it is greater than the least. */
  const join = (): void => { valueAt(i).get(least).op(greater).if(() => { f.i32(0).set(hole).get(i).set(item); sink(); root(); }).addConst(i, 1); };
  return f.repeat(P.rows, () => {
    f.get(P.k).set(count).i32(0).set(i).get(P.k).set(at);
    f.repeat(at, () => { cell(i).get(i).mem('i32.store').addConst(i, 1); });
    f.get(P.k).i32(1).op('i32.shr_u').set(at);
    f.repeat(at, () => {
      f.get(at).i32(1).op('i32.sub').set(hole);
      cell(hole).mem('i32.load').set(item);
      sink();
    });
    root();
    if (t === 'f32' || t === 'i32') {
      const shape = t === 'f32' ? 'f32x4' : 'i32x4';
      f.get(P.columns).get(P.k).op('i32.sub').i32(2).op('i32.shr_u').set(at);
      f.repeat(at, () => {
        f.get(P.x).get(i).i32(2).op('i32.shl').op('i32.add').simdMem('v128.load').get(least).simd(`${shape}.splat`).simd(`${shape}.gt${sign}` as SimdOp).simd('v128.any_true').if(() => {
          for (let n = 0; n < 4; n++) join();
        }, () => { f.addConst(i, 4); });
      });
    }
    f.get(P.columns).get(i).op('i32.sub').set(at);
    f.repeat(at, join);
    // The last of the heap goes to its end, again and again.
    f.get(P.k).i32(1).op('i32.sub').set(at);
    f.repeat(at, () => {
      f.get(at).set(count);
      cell(at).mem('i32.load').set(item);
      cell(at).get(P.heap).mem('i32.load').mem('i32.store').i32(0).set(hole);
      sink();
    });
    f.get(P.k).set(at);
    f.repeat(at, () => {
      copyUnit(f.get(P.values).get(P.own).get(P.heap).mem('i32.load').i32(unit).op('i32.mul').op('i32.add'), unit);
      f.addConst(P.values, unit).addConst(P.heap, 4);
    });
    f.addLocal(P.x, P.step).addLocal(P.own, P.stepOwn);
  });
}

const inTopK: WasmKernel = (k, [predictions, targets, count], node) => {
  const { shape } = predictions!, rows = shape[0], wide = targets!.type.storage === 'i64';
  if (shape.length !== 2 || targets!.shape.length !== 1 || (count && count.shape.length > 0) || targets!.shape[0] !== rows || predictions!.type.storage !== 'f32') return undefined;
  const most = count ? first(k, count) : intAttr(node, 'k'), out = k.make(bool, [rows!]);
  const limit = Math.max(0, Math.min(most, 2 ** 31 - 1)); // nothing is among less than one
  k.code(`intopk.${wide ? 'i64' : 'i32'}`, () => inTopFunction(wide))(rows!, predictions!.address, targets!.address, out.address, shape[1]!, limit);
  return [out];
};
/** (rows, first prediction, targets, results, classes, k): whether fewer than k of a row are greater than the target's, which is a class, and all are finite. */
function inTopFunction(wide: boolean): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: 6 }, () => 'i32' as const)), P = { rows: 0, x: 1, targets: 2, out: 3, classes: 4, k: 5 } as const;
  const best = f.local('f32'), bests = f.local('v128'), v = f.local('v128'), above = f.local('v128'), odd = f.local('v128'), x = f.local('f32'), found = f.local(), strange = f.local(), p = f.local(), left = f.local(), class_ = f.local(wide ? 'i64' : 'i32');
  const next = f.local(), infinite = new Uint8Array(Float32Array.of(Infinity, Infinity, Infinity, Infinity).buffer);
  return f.repeat(P.rows, () => {
    f.get(P.x).get(P.classes).i32(2).op('i32.shl').op('i32.add').set(next).i32(0).set(found).i32(0).set(strange).zero().set(above).zero().set(odd);
    f.get(P.targets).mem(wide ? 'i64.load' : 'i32.load').tee(class_).get(P.classes);
    if (wide) f.op('i64.extend_i32_u').op('i64.lt_u'); else f.op('i32.lt_u');
    f.if(() => {
      f.get(P.x).get(class_);
      if (wide) f.op('i32.wrap_i64');
      f.i32(2).op('i32.shl').op('i32.add').mem('f32.load').tee(best).simd('f32x4.splat').set(bests).get(P.x).set(p).get(P.classes).i32(2).op('i32.shr_u').set(left);
      f.repeat(left, () => {
        f.get(above).get(p).simdMem('v128.load').tee(v).get(bests).simd('f32x4.gt').simd('i32x4.sub').set(above);
        f.get(odd).get(v).simd('f32x4.abs').v128(infinite).simd('f32x4.lt').simd('v128.not').simd('v128.or').set(odd).addConst(p, 16);
      });
      f.get(P.classes).i32(3).op('i32.and').set(left);
      f.repeat(left, () => {
        f.get(found).get(p).mem('f32.load').tee(x).get(best).op('f32.gt').op('i32.add').set(found);
        f.get(strange).get(x).op('f32.abs').f32(Infinity).op('f32.lt').op('i32.eqz').op('i32.or').set(strange).addConst(p, 4);
      });
      for (let lane = 0; lane < 4; lane++) f.get(found).get(above).lane('i32x4.extract_lane', lane).op('i32.add').set(found);
      f.get(odd).simd('v128.any_true').get(strange).op('i32.or').set(strange);
    }, () => { f.i32(1).set(strange); });
    f.get(P.out).get(found).get(P.k).op('i32.lt_s').get(strange).op('i32.eqz').op('i32.and').mem('i32.store8').addConst(P.out, 1).addConst(P.targets, wide ? 8 : 4).get(next).set(P.x);
  });
}

export const topKKernels: readonly (readonly [string, WasmKernel])[] = [['TopK', topK], ['TopKV2', topK], ['InTopK', inTopK], ['InTopKV2', inTopK]];
