// ArgMax and ArgMin on the `wasm` engine: the first largest (smallest) element; a leading NaN never wins over a number.
import { int64 } from '../../graph/dtype.ts';
import { typeAttr } from '../kernels/common.ts';
import { FunctionBuilder } from '../jit/function.ts';
import { laneStorage } from '../jit/lanes.ts';
import type { MemoryOp, PlainOp } from '../jit/opcodes.ts';
import type { Kit, WasmKernel } from './kit.ts';
import { rowMajor } from './map.ts';
import { gemmType, widened } from './matmul.ts';
import { copyBox } from './move.ts';

type ArgType = 'f32' | 'f64' | 'i32';

const argReduce = (least: boolean): WasmKernel => (k, [a, d], node) => {
  const rank = a!.shape.length, given = k.numbers(d!)[0]!, axis = given < 0 ? given + rank : given;
  const t = gemmType(laneStorage(a!.type.storage)), to = typeAttr(node, 'output_type', int64);
  if (!(axis >= 0 && axis < rank) || a!.size === 0 || t === undefined || t === 'i64' || a!.type.storage === 'u32' || (to.storage !== 'i32' && to.storage !== 'i64')) return undefined;
  const size = t === 'f64' ? 8 : 4, terms = a!.shape[axis]!;
  const out = k.make(to, a!.shape.toSpliced(axis, 1));
  const x = last(k, size, widened(k, a!), a!.shape, axis);
  k.code(`arg.${t}.${least ? 'min' : 'max'}.${to.size}`, () => argFunction(t, least, to.size === 8))(out.size, x, out.address, terms);
  return [out];
};
/** The elements with `axis` innermost. */
function last(k: Kit, size: number, address: number, shape: readonly number[], axis: number): number {
  if (shape.slice(axis + 1).every((n) => n === 1)) return address;
  const order = [...shape.keys()].filter((i) => i !== axis).concat(axis), own = rowMajor(shape), dims = order.map((i) => shape[i]!);
  const to = k.scratch(shape.reduce((n, v) => n * v, size));
  copyBox(k, size, address, order.map((i) => own[i]!), to, rowMajor(dims), dims);
  return to;
}

/** (rows, first element, result, elements of a row) */
function argFunction(t: ArgType, least: boolean, wide: boolean): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32', 'i32']);
  const size = t === 'f64' ? 8 : 4, load = `${t}.load` as MemoryOp, better = (t === 'i32' ? `i32.${least ? 'lt_s' : 'gt_s'}` : `${t}.${least ? 'lt' : 'gt'}`) as PlainOp;
  const m = f.local(t), v = f.local(t), best = f.local(), i = f.local();
  return f.repeat(0, () => {
    f.get(1).mem(load).set(m).i32(0).set(best).i32(0).set(i);
    f.loop((again) => {
      f.get(1).mem(load).set(v).get(v).get(m).op(better);
      if (t !== 'i32') f.get(m).get(m).op(`${t}.ne`).get(v).get(v).op(`${t}.eq`).op('i32.and').op('i32.or');
      f.if(() => { f.get(v).set(m).get(i).set(best); });
      f.addConst(1, size);
      f.get(i).i32(1).op('i32.add').tee(i).get(3).op('i32.lt_s').brIf(again);
    });
    f.get(2).get(best);
    if (wide) f.op('i64.extend_i32_u').mem('i64.store'); else f.mem('i32.store');
    f.addConst(2, wide ? 8 : 4);
  });
}

export const argKernels: readonly (readonly [string, WasmKernel])[] = [['ArgMax', argReduce(false)], ['ArgMin', argReduce(true)]];
