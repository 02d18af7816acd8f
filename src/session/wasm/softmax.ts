// The softmax family on the `wasm` engine: the steps of kernels/softmax.ts, rounding by rounding, some rows at a time so that what lies between
// logits and results stays in the nearest caches. x - max is computed where it is used, not kept; of the elements of a row only that of its
// class meets a label that is not zero.
import { broadcast, broadcastStrides, sameShape, sizeOf, stridesOf } from '../kernels/common.ts';
import type { ValueRow } from '../kernels/compute.ts';
import * as fn from '../kernels/elementary.ts';
import { FunctionBuilder } from '../jit/function.ts';
import { laneStorage } from '../jit/lanes.ts';
import type { MemoryOp, PlainOp } from '../jit/opcodes.ts';
import { evaluate } from './elementwise.ts';
import type { Kit, WasmKernel, WasmValue } from './kit.ts';
import { ELEMENT, inputOf, runLoop, valueBody } from './map.ts';
import { copyBox } from './move.ts';
import { narrowCopy, reduceValue, wideCopy } from './reduce.ts';
import { offsetsOf } from './rows.ts';

const CLASSES = [false, true];
const row = (float: NonNullable<ValueRow['float']>): ValueRow => ({ float });
const SHIFTED_EXP = row((o, a, m) => fn.expNonPositive(o, o.sub(a, m))), SOFTMAX = row((o, v, s) => o.mul(v, o.div(o.c(1), s))), LOG_SOFTMAX = row((o, a, m, t) => o.sub(o.sub(a, m), fn.log(o, t)));
const LOSS = row((o, a, m, t, l) => o.mul(l, o.sub(fn.log(o, t), o.sub(a, m)))), BACK = row((o, v, t, l) => o.sub(o.div(v, t), l));
const SPARSE_LOSS = row((o, t, v, m) => o.sub(fn.log(o, t), o.sub(v, m))), SPARSE_BACK = row((o, v, t) => o.div(v, t));

/** Elements of the rows worked on at a time. */
const ROW_ELEMENTS = 1 << 15;
/** Some rows of a matrix, or elements of a vector, where they lie. */
function rowsOf(v: WasmValue, from: number, count: number): WasmValue {
  const width = v.shape[1] ?? 1;
  return { ...v, shape: [count, ...v.shape.slice(1)], address: v.address + from * width * v.type.size, size: count * width };
}
/** Does the rows of a matrix some at a time, in order (what some write too much the next ones overwrite); threads share them out. */
function byRows(k: Kit, [rows, classes]: readonly [number, number], f: (from: number, count: number) => void): void {
  const most = Math.max(1, Math.floor(ROW_ELEMENTS / classes));
  k.divide(rows, classes % 4 === 0 ? 4 : rows, rows * classes * 4 * ELEMENT, () => (first, some) => {
    for (let from = first; from < first + some; from += most) k.call(() => { f(from, Math.min(most, first + some - from)); return undefined; });
  });
}
/** A row evaluated into a place. */
function into(k: Kit, key: string, value: ValueRow, inputs: readonly WasmValue[], out: WasmValue): void {
  const storage = laneStorage(out.type.storage);
  runLoop(k, key, valueBody(value, storage)!, out.shape, [{ address: out.address, storage }], inputs.map(inputOf));
}
/** e = exp(x - max), written into a place, its sum and the maximum, of a [batch, classes] matrix of binary32 or binary64. */
function exponentials(k: Kit, x: WasmValue, e: WasmValue): { readonly max: WasmValue; readonly total: WasmValue } {
  const max = reduceValue(k, 'max', x, CLASSES, true)!;
  into(k, 'ShiftedExp', SHIFTED_EXP, [x, max], e);
  return { max, total: reduceValue(k, 'sum', e, CLASSES, true)! };
}
/** Where exponentials may lie: in the place of the results, if what some rows write too much there is not read by others. */
function placeFor(k: Kit, out: WasmValue): WasmValue { return out.shape[1]! % 4 === 0 ? out : k.make(out.type, out.shape); }

const softmax = (log: boolean): WasmKernel => (k, [a]) => {
  if (a!.shape.length === 0 || !a!.type.isFloating || a!.size === 0) return undefined;
  const classes = a!.shape[a!.shape.length - 1]!, shape = [a!.size / classes, classes] as const;
  const wide = wideCopy(k, a!), x = k.view(wide, shape), y = k.make(x.type, shape);
  byRows(k, shape, (from, count) => {
    const [rows, out] = [rowsOf(x, from, count), rowsOf(y, from, count)], e = placeFor(k, out), { max, total } = exponentials(k, rows, e);
    if (log) into(k, 'LogSoftmax', LOG_SOFTMAX, [rows, max, total], out); else into(k, 'Softmax', SOFTMAX, [e, total], out);
  });
  return [k.view(narrowCopy(k, y, a!.type), a!.shape)];
};
const crossEntropy: WasmKernel = (k, [logits, labels]) => {
  const shape = broadcast(logits!.shape, labels!.shape);
  if (shape?.length !== 2 || sizeOf(shape) === 0 || !logits!.type.isFloating) return undefined;
  const [x, y] = [logits!, labels!].map((v) => full(k, wideCopy(k, v), shape)) as [WasmValue, WasmValue];
  const loss = k.make(x.type, [shape[0]!]), back = k.make(x.type, shape);
  byRows(k, shape as unknown as [number, number], (from, count) => {
    const [rows, own, out] = [x, y, back].map((v) => rowsOf(v, from, count)) as [WasmValue, WasmValue, WasmValue], e = placeFor(k, out), { max, total } = exponentials(k, rows, e);
    const sum = reduceValue(k, 'sum', evaluate(k, 'Xent', LOSS, [rows, max, total, own])!, CLASSES, false)!;
    k.move(rowsOf(loss, from, count).address, sum.address, count * x.type.size);
    into(k, 'XentBack', BACK, [e, total, own], out);
  });
  return [loss, back].map((v) => narrowCopy(k, v, logits!.type));
};
/** The broadcast written out. */
function full(k: Kit, v: WasmValue, shape: readonly number[]): WasmValue {
  if (sameShape(v.shape, shape)) return v;
  const out = k.make(v.type, shape);
  copyBox(k, v.type.size, v.address, broadcastStrides(v.shape, shape), out.address, stridesOf(shape), shape);
  return out;
}
const sparseCrossEntropy: WasmKernel = (k, [logits, labels]) => {
  if (logits!.shape.length !== 2 || labels!.shape.length !== 1 || labels!.size !== logits!.shape[0] || logits!.size === 0 || !logits!.type.isFloating) return undefined;
  const [batch, classes] = logits!.shape as [number, number], x = wideCopy(k, logits!), size = x.type.size, t = size === 8 ? 'f64' : 'f32';
  const at = offsetsOf(k, labels!, batch, [classes], size);
  if (!at) return undefined;
  const loss = k.make(x.type, [batch]), back = k.make(x.type, [batch, classes]);
  const pick = k.code(`xent.pick.${t}`, () => pickFunction(t)), hit = k.code(`xent.hit.${t}`, () => hitFunction(t));
  byRows(k, [batch, classes], (from, count) => {
    const [rows, out] = [x, back].map((v) => rowsOf(v, from, count)) as [WasmValue, WasmValue], e = placeFor(k, out), { max, total } = exponentials(k, rows, e), own = k.make(x.type, [count]), offsets = at.address + 4 * from;
    pick(count, rows.address, own.address, offsets, classes * size);
    into(k, 'SparseXent', SPARSE_LOSS, [k.view(total, [count]), own, k.view(max, [count])], rowsOf(loss, from, count));
    into(k, 'SparseXentBack', SPARSE_BACK, [e, total], out);
    hit(count, out.address, offsets, classes * size);
  });
  return [loss, back].map((v) => narrowCopy(k, v, logits!.type));
};
/** (rows, first row, destination, offsets in rows, bytes of a row): the elements at the offsets. */
function pickFunction(t: 'f32' | 'f64'): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32', 'i32', 'i32']);
  return f.repeat(0, () => { f.get(2).get(1).get(3).mem('i32.load').op('i32.add').mem(`${t}.load` as MemoryOp).mem(`${t}.store` as MemoryOp).addLocal(1, 4).addConst(2, t === 'f64' ? 8 : 4).addConst(3, 4); });
}
/** (rows, first row, offsets in rows, bytes of a row): the elements at the offsets, less one. */
function hitFunction(t: 'f32' | 'f64'): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32', 'i32']), at = f.local();
  return f.repeat(0, () => {
    f.get(1).get(2).mem('i32.load').op('i32.add').tee(at).get(at).mem(`${t}.load` as MemoryOp);
    (t === 'f64' ? f.f64(1) : f.f32(1)).op(`${t}.sub` as PlainOp).mem(`${t}.store` as MemoryOp).addLocal(1, 3).addConst(2, 4);
  });
}

export const softmaxKernels: readonly (readonly [string, WasmKernel])[] = [
  ['Softmax', softmax(false)], ['LogSoftmax', softmax(true)], ['SoftmaxCrossEntropyWithLogits', crossEntropy], ['SparseSoftmaxCrossEntropyWithLogits', sparseCrossEntropy],
];
