// All, Any and EuclideanNorm on the `wasm` engine.
import { float64 } from '../../graph/dtype.ts';
import { sizeOf, stridesOf } from '../kernels/common.ts';
import type { ValueRow } from '../kernels/compute.ts';
import { NORM, SQUARE } from '../kernels/reduce.ts';
import { FunctionBuilder } from '../jit/function.ts';
import { castValue, evaluate } from './elementwise.ts';
import type { WasmKernel } from './kit.ts';
import { copyBox } from './move.ts';
import { axesOf, keepDims, narrowCopy, reducedShape, reduceValue, wideCopy } from './reduce.ts';

const logical = (all: boolean): WasmKernel => (k, [a, i], node) => {
  const { shape } = a!, reduced = axesOf(k, shape.length, i!);
  if (!reduced) return undefined;
  const out = k.make(a!.type.baseDtype, reducedShape(shape, reduced, keepDims(node)));
  const order = [...shape.keys()].sort((p, q) => Number(reduced[p]) - Number(reduced[q]) || p - q); // what is reduced last
  const dims = order.map((d) => shape[d]!), own = stridesOf(shape);
  let from = a!.address;
  if (order.some((d, at) => d !== at)) {
    from = k.scratch(a!.size);
    copyBox(k, 1, a!.address, order.map((d) => own[d]!), from, stridesOf(dims), dims);
  }
  const code = k.code(`logical.${all ? 'all' : 'any'}`, () => logicalFunction(all));
  code(out.size, from, out.address, sizeOf(shape.filter((_, d) => reduced[d])));
  return [out];
};
/** (outputs, first element, result, terms): a bool is true when its byte is not 0. */
function logicalFunction(all: boolean): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32', 'i32']);
  const found = f.local('v128'), rest = f.local(), left = f.local(); // a false one (of All), a true one (of Any)
  return f.repeat(0, () => {
    f.zero().set(found).i32(0).set(rest).get(3).i32(4).op('i32.shr_u').set(left);
    f.repeat(left, () => {
      f.get(found).get(1).simdMem('v128.load');
      if (all) f.zero().simd('i8x16.eq');
      f.simd('v128.or').set(found).addConst(1, 16);
    });
    f.get(3).i32(15).op('i32.and').set(left);
    f.repeat(left, () => {
      f.get(rest).get(1).mem('i32.load8_u');
      if (all) f.op('i32.eqz');
      f.op('i32.or').set(rest).addConst(1, 1);
    });
    f.get(2).get(found).simd('v128.any_true').get(rest).i32(0).op('i32.ne').op('i32.or').i32(all ? 1 : 0).op('i32.xor').mem('i32.store8').addConst(2, 1);
  });
}

const ROOT: ValueRow = { float: (o, x) => o.sqrt(x) };
/** sqrt(Sum(x*x)); over one term TF copies. Integers: the root truncated. */
const euclideanNorm: WasmKernel = (k, [a, i], node) => {
  const reduced = axesOf(k, a!.shape.length, i!), keep = keepDims(node);
  if (!reduced) return undefined;
  if (a!.shape.every((d, at) => !reduced[at] || d === 1)) return [k.view(a!, reducedShape(a!.shape, reduced, keep), a!.type.baseDtype)];
  const x = a!.type.isFloating ? wideCopy(k, a!) : a!;
  const squares = evaluate(k, 'NormSquare', SQUARE, [x]), s = squares && reduceValue(k, 'sum', squares, reduced, keep);
  if (!s) return undefined;
  if (!a!.type.isInteger) return [narrowCopy(k, evaluate(k, 'EuclideanNorm', NORM, [s])!, a!.type)];
  return [castValue(k, evaluate(k, 'Root', ROOT, [castValue(k, s, float64)])!, a!.type)];
};

export const normKernels: readonly (readonly [string, WasmKernel])[] = [['All', logical(true)], ['Any', logical(false)], ['EuclideanNorm', euclideanNorm]];
