// Elementwise ops on the `wasm` engine: the rows of kernels/cwise.ts, state.ts and bias.ts, Cast and Select.
import { bool, type DType } from '../../graph/dtype.ts';
import { BIAS } from '../kernels/bias.ts';
import { boolAttr, broadcast, intAttr, sameShape, toNumbers, typeAttr } from '../kernels/common.ts';
import type { TestRow, ValueRow } from '../kernels/compute.ts';
import { ADD_N, BINARY, CLIP, DIVIDES, EQUAL, GRADIENTS, leakyReluGradRow, leakyReluRow, NOT_EQUAL, OUTPUT_GRADIENTS, slopeOf, TESTS, UNARY } from '../kernels/cwise.ts';
import { ADD, type Optimizer, OPTIMIZERS, SUB } from '../kernels/state.ts';
import { isNchw } from '../kernels/window.ts';
import { castLanes } from '../jit/cast.ts';
import type { ExprPool } from '../jit/expr.ts';
import { FunctionBuilder } from '../jit/function.ts';
import { bytesOf, laneStorage, type Lanes, type LaneStorage, partsOf, widenMask } from '../jit/lanes.ts';
import type { SimdMemoryOp, SimdOp } from '../jit/opcodes.ts';
import { complexOps } from './complex.ts';
import { alike, broadcasting, type Elementwise, type ElementwiseOp, type Fit, kernelOf } from './elementwise.ts';
import type { DeviceNode } from '../engines/engine.ts';
import type { Kit, WasmKernel, WasmValue } from './kit.ts';
import { type Body, realBody, testBody, valueBody } from './map.ts';

type Shapes = readonly (readonly number[])[];
const storageOf = (d: DType): LaneStorage => laneStorage(d.storage);

/** Results of the operands' dtype. */
function valueOp(key: string, row: ValueRow, fit: (shapes: Shapes) => Fit | undefined): ElementwiseOp {
  return ({ inputDtypes }) => {
    const s = storageOf(inputDtypes[0]!), body = valueBody(row, s);
    return body && { key, body, reads: inputDtypes.map(() => s), results: [inputDtypes[0]!], fit };
  };
}
function testOp(key: string, row: TestRow): ElementwiseOp {
  return ({ inputDtypes }) => {
    const s = storageOf(inputDtypes[0]!), body = testBody(row, s);
    return body && { key, body, reads: inputDtypes.map(() => s), results: [bool], fit: broadcasting };
  };
}

/** A divisor that is zero (an exponent below zero) is TF's error. */
function divisorIsBad(k: Kit, op: string, b: WasmValue): boolean {
  const s = storageOf(b.type), negative = op === 'Pow', lanes = b.size * bytesOf(s) >> 4;
  if (negative && b.type.isUnsigned) return false;
  return k.code(`bad.${s}${negative ? '.negative' : ''}`, () => badFunction(s, negative))(lanes, b.size - lanes * (16 / bytesOf(s)), b.address) !== 0;
}
/** (vectors, elements beside them, first element): whether one of them is zero, or below it. */
function badFunction(s: LaneStorage, negative: boolean): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32'], ['i32']), bytes = bytesOf(s), bad = f.local('v128'), v = f.local('v128');
  const shape = ({ 1: 'i8x16', 2: 'i16x8', 4: 'i32x4', 8: 'i64x2' } as const)[bytes as 1 | 2 | 4 | 8];
  const note = (): void => { f.get(bad).get(v).zero().simd(`${shape}.${negative ? 'lt_s' : 'eq'}` as SimdOp).simd('v128.or').set(bad); };
  f.repeat(0, () => { f.get(2).simdMem('v128.load').set(v); note(); f.addConst(2, 16); });
  f.repeat(1, () => { f.get(2).simdMem(`v128.load${8 * bytes}_splat` as SimdMemoryOp).set(v); note(); f.addConst(2, bytes); });
  return f.get(bad).simd('v128.any_true');
}
function rows(table: Readonly<Record<string, ValueRow>>, fit: (shapes: Shapes) => Fit | undefined): [string, ElementwiseOp][] {
  return Object.entries(table).map(([op, row]) => {
    const plain = valueOp(op, row, fit);
    return [op, (node) => {
      const e = plain(node);
      if (!e || !node.inputDtypes[0]!.isInteger) return e;
      if (op === 'Reciprocal' || op === 'Inv') return undefined; // 1/0 is the reference's affair
      return DIVIDES.has(op) ? { ...e, fails: (k, x) => divisorIsBad(k, op, x[1]!) } : e;
    }];
  });
}

const biasAdd: ElementwiseOp = (node) => valueOp('BiasAdd', BIAS, ([x, b]) => {
  const rank = x!.length, axis = isNchw(node) ? 1 : rank - 1;
  return rank >= 2 && b!.length === 1 && b![0] === x![axis] ? { shape: x!, views: [x!, [b![0]!, ...x!.slice(axis + 1).map(() => 1)]] } : undefined;
})(node);
const clip = valueOp('ClipByValue', CLIP, (s) => (s.slice(1).every((b) => b.length === 0 || sameShape(b, s[0]!)) ? { shape: s[0]!, views: s } : undefined));

/** The mask of Select belongs to rows when it is a vector. */
function selectFit([c, t, e]: Shapes): Fit | undefined {
  if (!sameShape(t!, e!)) return undefined;
  if (sameShape(c!, t!)) return { shape: t!, views: [c!, t!, e!] };
  if (c!.length > 1 || (c!.length === 1 && c![0] !== t![0])) return undefined;
  return { shape: t!, views: [[...c!, ...t!.slice(c!.length).map(() => 1)], t!, e!] };
}
/** One of two values, bit by bit. */
const select = (fit: (shapes: Shapes) => Fit | undefined): ElementwiseOp => ({ inputDtypes: [, type] }) => {
  const s = type!.size === 2 ? 'u16' : storageOf(type!);
  const body: Body = (pool, [m, p, q]) => {
    const wide = widenMask(pool, m![0]!, partsOf(s));
    return [p!.map((v, i) => pool.simd('v128.bitselect', v, q![i]!, wide[i % wide.length]!))];
  };
  return { key: 'Select', body, reads: ['bool', s, s], results: [type!], writes: [s], fit };
};

const cast: ElementwiseOp = (node) => {
  const to = typeAttr(node, 'DstT');
  if (to.storage === 'string' || to.storage === 'none') return undefined;
  const s = storageOf(node.inputDtypes[0]!), t = storageOf(to);
  return { key: `Cast:${t}`, body: (pool, [x]) => [castLanes(pool, s, t, x!)], reads: [s], results: [to], fit: alike };
};
const castKernel = kernelOf(cast);

/** A count of steps (int64) by way of binary32. */
function counted(pool: ExprPool, x: Lanes, s: LaneStorage): Lanes {
  const single = castLanes(pool, 'f64', 'f32', castLanes(pool, 'i64', 'f64', x));
  return s === 'f64' ? castLanes(pool, 'f32', 'f64', single) : single;
}
const optimizer = (op: string, d: Optimizer): ElementwiseOp => (node) => {
  const type = node.inputDtypes[0]!, s = storageOf(type);
  const flags = ['use_nesterov', 'update_slots'].map((name) => boolAttr(node, name, name === 'update_slots'));
  const flag = (name: string): boolean => flags[name === 'use_nesterov' ? 0 : 1]!;
  const scalars = node.inputDtypes.map((_, i) => i).filter((i) => i >= d.state && i !== d.grad);
  const step = realBody((o, x) => d.step(o, x.slice(0, d.state), scalars.map((i) => x[i]!), x[d.grad]!, flag), s);
  if (!step) return undefined;
  const body: Body = (pool, x) => step(pool, x.map((l, i) => (node.inputDtypes[i]!.isInteger ? counted(pool, l, s) : l)));
  const fit = (shapes: Shapes): Fit | undefined => (shapes.every((x, i) => (scalars.includes(i) ? x.length === 0 : sameShape(x, shapes[0]!))) ? { shape: shapes[0]!, views: shapes } : undefined);
  return { key: `${op}${flags.join()}`, body, reads: node.inputDtypes.map((t) => (t.isInteger ? 'i64' : s)), results: Array.from({ length: d.state }, () => type), fit };
};

const leaky = (op: string, row: (alpha: number) => ValueRow): ElementwiseOp => (node) => {
  const alpha = slopeOf(node, node.inputDtypes[0]!);
  return valueOp(`${op}${alpha}`, row(alpha), alike)(node);
};
const addN = valueOp('AddN', ADD_N, alike), plus = valueOp('AssignAdd', ADD, alike), minus = valueOp('AssignSub', SUB, alike);

/** The elementwise ops. */
export const elementwiseOps: ReadonlyMap<string, ElementwiseOp> = new Map<string, ElementwiseOp>([
  ...rows(BINARY, broadcasting), ...rows(GRADIENTS, alike), ...rows(OUTPUT_GRADIENTS, broadcasting), ...rows(UNARY, broadcasting),
  ...Object.entries(TESTS).map(([op, row]): [string, ElementwiseOp] => [op, testOp(op, row)]),
  ['Equal', testOp('Equal', EQUAL)], ['NotEqual', testOp('NotEqual', NOT_EQUAL)],
  ['AddN', addN], ['AccumulateNV2', addN], ['ClipByValue', clip], ['LeakyRelu', leaky('LeakyRelu', leakyReluRow)], ['LeakyReluGrad', leaky('LeakyReluGrad', leakyReluGradRow)],
  ['BiasAdd', biasAdd], ['BiasAddV1', biasAdd], ['Select', select(selectFit)], ['SelectV2', select(broadcasting)], ['Cast', cast],
  ...complexOps, ['AssignAdd', plus], ['AssignSub', minus], ['AssignAddVariableOp', plus], ['AssignSubVariableOp', minus],
  ...Object.entries(OPTIMIZERS).flatMap(([op, d]): [string, ElementwiseOp][] => [[op, optimizer(op, d)], [`Resource${op}`, optimizer(op, d)]]),
]);

/** Tile and BroadcastTo of dims of 1 repeat elements as broadcasting does: inside a loop they are addressing. */
const repeats: ElementwiseOp = (node) => {
  const [x] = node.inputShapes, by = node.constant(1), s = storageOf(node.inputDtypes[0]!);
  if (!node.shapesKnown || !x || !by) return undefined;
  const dims = toNumbers(by);
  const shape = node.op === 'Tile' ? x.map((d, i) => d * dims[i]!) : dims;
  const ok = node.op === 'Tile' ? dims.length === x.length && x.every((d, i) => d === 1 || dims[i] === 1) : true;
  // Of the second operand nothing is read.
  return ok ? { key: 'Repeat', body: (_, [v]) => [v!], reads: [s, storageOf(node.inputDtypes[1]!)], results: [node.inputDtypes[0]!], fit: ([v]) => (sameShape(v!, x) && broadcasts(v!, shape) ? { shape, views: [v!, []] } : undefined) } : undefined;
};
/** Whether indices (of this storage) are the numbers beside them (int32), as bools. */
export function sameNumber(pool: ExprPool, s: LaneStorage, index: Lanes, number: Lanes): Lanes {
  const wide = s === 'i64';
  return testBody(EQUAL, wide ? 'i64' : 'i32')!(pool, [wide ? index : castLanes(pool, s, 'i32', index)!, wide ? castLanes(pool, 'i32', 'i64', number)! : number])[0]!;
}
/** Every element asks whether it is the hot one of its index. */
const oneHot: ElementwiseOp = (node) => {
  const [indices, , on, off] = node.inputDtypes, depth = node.constant(1), s = storageOf(on!), index = storageOf(indices!), axis = intAttr(node, 'axis', -1);
  const n = depth?.size === 1 ? Number(depth.flat(0)) : 0, rank = node.inputShapes[0]!.length;
  if (!node.shapesKnown || on !== off || n < 1 || axis < -1 || axis > rank || (index !== 'i32' && index !== 'i64' && index !== 'u8')) return undefined;
  const at = axis < 0 ? rank : axis, after = Array.from({ length: rank - at }, () => 1), choose = select(broadcasting)({ ...node, inputDtypes: [bool, on!, on!] })!.body;
  return {
    key: `OneHot:${index}:${s}`, body: (pool, [i, , hot, cold, place]) => choose(pool, [sameNumber(pool, index, i!, place!), hot!, cold!]),
    reads: [index, 'i32', s, s, 'i32'], results: [on!], counts: true,
    fit: ([i]) => ({ shape: i!.toSpliced(at, 0, n), views: [i!.toSpliced(at, 0, 1), [], [], [], [n, ...after]] }),
  };
};
function broadcasts(a: readonly number[], to: readonly number[]): boolean { const b = broadcast(a, to); return b !== undefined && sameShape(b, to); }
const addressing: ReadonlyMap<string, ElementwiseOp> = new Map([['Tile', repeats], ['BroadcastTo', repeats], ['OneHot', oneHot]]);

/** Whether what a node computes depends on shapes. */
export function isAddressing({ op }: DeviceNode): boolean { return addressing.has(op); }
/** The computation of a node that may be one of many in a loop; undefined: it stays by itself. */
export function joinable(node: Parameters<ElementwiseOp>[0]): Elementwise | undefined {
  const e = (elementwiseOps.get(node.op) ?? addressing.get(node.op))?.(node);
  if (!e || e.fails) return undefined;
  return node.inputDtypes.every((d, i) => e.reads[i] === storageOf(d)) ? e : undefined; // lanes are handed on as their dtype has them
}

export const cwiseKernels: readonly (readonly [string, WasmKernel])[] = [
  ...[...elementwiseOps].map(([op, e]): [string, WasmKernel] => [op, kernelOf(e)]),
  // To its own dtype it is the same elements.
  ['Cast', (k, x, node, state) => (x[0]!.type === typeAttr(node, 'DstT') ? [k.view(x[0]!, x[0]!.shape)] : castKernel(k, x, node, state))],
];
