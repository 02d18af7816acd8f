// Elementwise ops on the `wasm` engine: the rows of kernels/cwise.ts, state.ts and bias.ts, Cast and Select.
import { bool, type DType } from '../../graph/dtype.ts';
import { BIAS } from '../kernels/bias.ts';
import { boolAttr, broadcast, floatAttr, sameShape, typeAttr } from '../kernels/common.ts';
import type { TestRow, ValueRow } from '../kernels/compute.ts';
import { ADD_N, BINARY, CLIP, DIVIDES, EQUAL, GRADIENTS, leakyReluGradRow, leakyReluRow, NOT_EQUAL, OUTPUT_GRADIENTS, TESTS, UNARY } from '../kernels/cwise.ts';
import { ADD, type Optimizer, OPTIMIZERS, SUB } from '../kernels/state.ts';
import { isNchw } from '../kernels/window.ts';
import { castLanes } from '../jit/cast.ts';
import { laneStorage, widenMask } from '../jit/lanes.ts';
import type { Kit, WasmKernel, WasmValue } from './kit.ts';
import { inputOf, mapValue, realBody, runLoop, testBody, valueBody } from './map.ts';

function common(inputs: readonly WasmValue[]): readonly number[] | undefined {
  let shape: readonly number[] | undefined = inputs[0]!.shape;
  for (let i = 1; i < inputs.length && shape; i++) if (!sameShape(shape, inputs[i]!.shape)) shape = broadcast(shape, inputs[i]!.shape);
  return shape;
}
const alike = (inputs: readonly WasmValue[]): boolean => inputs.every((a) => sameShape(a.shape, inputs[0]!.shape));

/** A value row over inputs that broadcast. */
export function evaluate(k: Kit, key: string, row: ValueRow, inputs: readonly WasmValue[], shape: readonly number[] | undefined = common(inputs)): WasmValue | undefined {
  if (!shape) return undefined;
  const { type } = inputs[0]!;
  return mapValue(k, key, valueBody(row, laneStorage(type.storage)), type, shape, inputs.map(inputOf));
}
function test(k: Kit, key: string, row: TestRow, inputs: readonly WasmValue[]): WasmValue | undefined {
  const shape = common(inputs);
  if (!shape) return undefined;
  return mapValue(k, key, testBody(row, laneStorage(inputs[0]!.type.storage)), bool, shape, inputs.map(inputOf));
}
const one = (v: WasmValue | undefined): readonly WasmValue[] | undefined => v && [v];

/** A divisor that is zero (an exponent below zero) is TF's error. */
function divisorIsBad(k: Kit, op: string, b: WasmValue): boolean {
  if (!b.type.isInteger) return false;
  const bad = op === 'Pow' ? (v: number | bigint): boolean => v < 0 : (v: number | bigint): boolean => Number(v) === 0;
  return (k.read(b).data as Int32Array).some(bad);
}

const values = (rows: Readonly<Record<string, ValueRow>>, strict: boolean): [string, WasmKernel][] => Object.entries(rows).map(([op, row]) => [op, (k, x) => {
  if (strict && !alike(x)) return undefined;
  if (DIVIDES.has(op) && divisorIsBad(k, op, x[1]!)) return undefined;
  if (x[0]!.type.isInteger && (op === 'Reciprocal' || op === 'Inv')) return undefined; // 1/0 is the reference's affair
  return one(evaluate(k, op, row, x));
}]);
const equality = (op: string, row: TestRow): WasmKernel => (k, x) => one(test(k, op, row, x));

const biasAdd: WasmKernel = (k, [x, b], node) => {
  const rank = x!.shape.length, axis = isNchw(node) ? 1 : rank - 1;
  if (rank < 2 || b!.shape.length !== 1 || b!.shape[0] !== x!.shape[axis]) return undefined;
  const bias = { ...inputOf(b!), shape: [b!.size, ...x!.shape.slice(axis + 1).map(() => 1)] };
  return one(mapValue(k, 'BiasAdd', valueBody(BIAS, laneStorage(x!.type.storage)), x!.type, x!.shape, [inputOf(x!), bias]));
};

const clip: WasmKernel = (k, x) => {
  if (!x.slice(1).every((b) => b.shape.length === 0 || sameShape(b.shape, x[0]!.shape))) return undefined;
  return one(evaluate(k, 'ClipByValue', CLIP, x, x[0]!.shape));
};

/** The bits of one of two values. */
const BITS = { 1: 'u8', 2: 'u16', 4: 'u32', 8: 'u64', 16: 'c128' } as const;
const select = (any: boolean): WasmKernel => (k, x) => {
  const [c, t, e] = x as [WasmValue, WasmValue, WasmValue];
  let mask = inputOf(c);
  let shape: readonly number[] | undefined = t.shape;
  if (any) shape = common(x);
  else {
    if (!sameShape(t.shape, e.shape)) return undefined;
    if (!sameShape(c.shape, t.shape)) {
      if (c.shape.length > 1 || (c.shape.length === 1 && c.shape[0] !== t.shape[0])) return undefined;
      mask = { ...mask, shape: [...c.shape, ...t.shape.slice(c.shape.length).map(() => 1)] };
    }
  }
  if (!shape) return undefined;
  const storage = BITS[t.type.size as 1];
  const out = k.make(t.type, shape);
  const sides = [t, e].map((v) => ({ ...inputOf(v), storage }));
  const ok = runLoop(k, 'Select', (pool, [m, p, q]) => {
    const wide = widenMask(pool, m![0]!, p!.length === 1 ? 1 : 2);
    return [p!.map((v, i) => pool.simd('v128.bitselect', v, q![i]!, wide[i % wide.length]!))];
  }, shape, [{ address: out.address, storage }], [mask, ...sides]);
  return ok ? [out] : undefined;
};

/** The value in another dtype. */
export function castValue(k: Kit, a: WasmValue, to: DType): WasmValue | undefined {
  if (a.type === to) return k.view(a, a.shape);
  const [s, t] = [laneStorage(a.type.storage), laneStorage(to.storage)];
  return mapValue(k, 'Cast', (pool, [x]) => { const y = castLanes(pool, s, t, x!); return y && [y]; }, to, a.shape, [inputOf(a)]);
}
const cast: WasmKernel = (k, [a], node) => one(castValue(k, a!, typeAttr(node, 'DstT')));

const optimizer = (op: string, d: Optimizer): WasmKernel => (k, x, node) => {
  const v = x[0]!, g = x[d.grad]!;
  const scalars = x.filter((_, i) => i >= d.state && i !== d.grad);
  if (!v.type.isFloating || !alike([...x.slice(0, d.state), g]) || scalars.some((s) => s.shape.length > 0)) return undefined;
  const s = laneStorage(v.type.storage);
  const flags = ['use_nesterov', 'update_slots'].map((name) => boolAttr(node, name, name === 'update_slots'));
  const flag = (name: string): boolean => flags[name === 'use_nesterov' ? 0 : 1]!;
  const outs = Array.from({ length: d.state }, () => k.make(v.type, v.shape));
  const body = realBody((o, y) => d.step(o, y.slice(0, d.state), y.slice(d.state, -1), y[y.length - 1]!, flag), s);
  const ok = runLoop(k, `${op}${flags.join()}`, body, v.shape, outs.map((o) => ({ address: o.address, storage: s })), [...x.slice(0, d.state), ...scalars, g].map(inputOf));
  return ok ? outs : undefined;
};
const update = (op: string, row: ValueRow): WasmKernel => (k, x) => (alike(x) ? one(evaluate(k, op, row, x)) : undefined);

const leaky = (op: string, row: (alpha: number) => ValueRow): WasmKernel => (k, x, node) => {
  const alpha = floatAttr(node, 'alpha', 0.2);
  return alike(x) ? one(evaluate(k, `${op}${alpha}`, row(alpha), x)) : undefined;
};

export const cwiseKernels: readonly (readonly [string, WasmKernel])[] = [
  ...values(BINARY, false), ...values(GRADIENTS, true), ...values(OUTPUT_GRADIENTS, false), ...values(UNARY, false),
  ...Object.entries(TESTS).map(([op, row]): [string, WasmKernel] => [op, (k, x) => one(test(k, op, row, x))]),
  ['Equal', equality('Equal', EQUAL)], ['NotEqual', equality('NotEqual', NOT_EQUAL)],
  ['AddN', (k, x) => (alike(x) ? one(evaluate(k, 'AddN', ADD_N, x)) : undefined)],
  ['AccumulateNV2', (k, x) => (alike(x) ? one(evaluate(k, 'AddN', ADD_N, x)) : undefined)],
  ['ClipByValue', clip], ['LeakyRelu', leaky('LeakyRelu', leakyReluRow)], ['LeakyReluGrad', leaky('LeakyReluGrad', leakyReluGradRow)],
  ['BiasAdd', biasAdd], ['BiasAddV1', biasAdd], ['Select', select(false)], ['SelectV2', select(true)], ['Cast', cast],
  ['AssignAdd', update('AssignAdd', ADD)], ['AssignSub', update('AssignSub', SUB)], ['AssignAddVariableOp', update('AssignAdd', ADD)], ['AssignSubVariableOp', update('AssignSub', SUB)],
  ...Object.entries(OPTIMIZERS).flatMap(([op, d]): [string, WasmKernel][] => [[op, optimizer(op, d)], [`Resource${op}`, optimizer(op, d)]]),
];
