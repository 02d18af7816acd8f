// Rows chosen, placed and counted by index on the `wasm` engine: gather, one-hot, where, stitch and partition, shuffled
// rows.
import { int64 } from '../../graph/dtype.ts';
import { intAttr, sameShape, sizeOf, stridesOf } from '../kernels/common.ts';
import { shuffled } from '../kernels/random.ts';
import { FunctionBuilder } from '../jit/function.ts';
import type { MemoryOp } from '../jit/opcodes.ts';
import { axisOf, filled, first, zeros } from './array.ts';
import type { WasmKernel, WasmValue } from './kit.ts';
import { copyUnit, offsetsFrom, offsetsOf, setRows, taken, takenAt, unitOf } from './rows.ts';

const gather: WasmKernel = (k, [a, indices, axisInput]) => {
  const axis = axisOf(axisInput ? first(k, axisInput) : 0, a!.shape.length);
  if (axis === undefined) return undefined;
  const at = offsetsOf(k, indices!, indices!.size, [a!.shape[axis]!], sizeOf(a!.shape.slice(axis + 1)) * unitOf(a!));
  return at && [taken(k, a!, at, indices!.shape, axis)];
};
const gatherNd: WasmKernel = (k, [a, indices]) => {
  const rank = indices!.shape.length, depth = indices!.shape[rank - 1];
  if (depth === undefined || depth > a!.shape.length) return undefined;
  const outer = indices!.shape.slice(0, -1), rest = a!.shape.slice(depth);
  const at = offsetsOf(k, indices!, sizeOf(outer), a!.shape.slice(0, depth), sizeOf(rest) * unitOf(a!));
  return at && [taken(k, { ...a!, shape: [sizeOf(a!.shape.slice(0, depth)), ...rest] }, at, outer, 0)];
};

const dynamicStitch: WasmKernel = (k, x) => {
  const half = x.length / 2, indices = x.slice(0, half), data = x.slice(half);
  const rest = data[0]!.shape.slice(indices[0]!.shape.length);
  if (indices.some((ix, i) => !sameShape(data[i]!.shape, [...ix.shape, ...rest]))) return undefined;
  const numbers = indices.map((ix) => k.numbers(ix));
  let rows = 0;
  for (const list of numbers) for (const v of list) { if (v < 0) return undefined; if (v >= rows) rows = v + 1; }
  const out = zeros(k, data[0]!, [rows, ...rest]), bytes = sizeOf(rest) * unitOf(out);
  numbers.forEach((list, i) => { setRows(k, offsetsFrom(k, list, bytes), bytes, data[i]!.address, out.address); });
  return [out];
};
const dynamicPartition: WasmKernel = (k, [data, partitions], node) => {
  const n = intAttr(node, 'num_partitions'), rank = partitions!.shape.length;
  if (!sameShape(data!.shape.slice(0, rank), partitions!.shape)) return undefined;
  const rows: number[][] = Array.from({ length: n }, () => []);
  const places = k.numbers(partitions!);
  if (places.some((p) => !(p >= 0 && p < n))) return undefined;
  places.forEach((p, i) => rows[p]!.push(i));
  const flat = { ...data!, shape: [places.length, ...data!.shape.slice(rank)] };
  return rows.map((r) => takenAt(k, flat, r, 0));
};

const oneHot: WasmKernel = (k, [indices, d, on, off], node) => {
  const depth = first(k, d!), rank = indices!.shape.length, given = intAttr(node, 'axis', -1);
  if (depth < 0 || given < -1 || given > rank) return undefined;
  const axis = given === -1 ? rank : given, unit = unitOf(on!), type = indices!.type.storage;
  const [before, after] = [indices!.shape.slice(0, axis), indices!.shape.slice(axis)];
  const out = filled(k, off!, [...before, depth, ...after]), inner = sizeOf(after);
  if (type !== 'i32' && type !== 'i64' && type !== 'u8') return undefined;
  if (out.size > 0) k.code(`onehot.${type}.${unit}`, () => oneHotFunction(type, unit))(sizeOf(before), inner, indices!.address, out.address, depth, inner * unit, on!.address);
  return [out];
};
/** (outer, inner, first index, result, depth, bytes between classes, the hot element); an index of no class leaves its places cold. */
function oneHotFunction(type: 'i32' | 'i64' | 'u8', unit: number): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32']);
  const left = f.local(), to = f.local(), v = f.local(type === 'i64' ? 'i64' : 'i32');
  return f.repeat(0, () => {
    f.get(3).set(to).get(1).set(left);
    f.repeat(left, () => {
      f.get(2).mem(type === 'i64' ? 'i64.load' : type === 'i32' ? 'i32.load' : 'i32.load8_u').tee(v).get(4);
      if (type === 'i64') f.op('i64.extend_i32_u').op('i64.lt_u'); else f.op('i32.lt_u');
      f.if(() => {
        f.get(v);
        if (type === 'i64') f.op('i32.wrap_i64');
        copyUnit(f.get(5).op('i32.mul').get(to).op('i32.add').get(6), unit);
      });
      f.addConst(to, unit).addConst(2, type === 'u8' ? 1 : type === 'i32' ? 4 : 8);
    });
    f.get(3).get(4).get(5).op('i32.mul').op('i32.add').set(3);
  });
}

/** How an element is found to be true. */
type Truth = 'u8' | 'u16' | 'half' | 'i32' | 'i64' | 'f32' | 'f64' | 'c64' | 'c128';
function truthOf(v: WasmValue): Truth {
  switch (v.type.storage) {
    case 'bool': case 'i8': case 'u8': return 'u8';
    case 'i16': case 'u16': return 'u16';
    case 'f16': case 'bf16': return 'half';
    case 'i64': case 'u64': return 'i64';
    case 'f32': case 'f64': case 'c64': case 'c128': return v.type.storage;
    default: return 'i32';
  }
}
const where: WasmKernel = (k, [a]) => {
  const rank = a!.shape.length, truth = truthOf(a!);
  const found = k.scratch(4 * a!.size);
  const count = k.code(`where.${truth}`, () => whereFunction(truth, unitOf(a!)))(a!.size, a!.address, found) as number;
  const out = k.make(int64, [count, rank]), strides = k.scratch(4 * rank);
  k.heap.i32.set(stridesOf(a!.shape), strides >>> 2);
  k.code('where.places', placesFunction)(count, rank, found, out.address, strides);
  return [out];
};
/** (elements, first element, list): positions of the true elements; their number. */
function whereFunction(truth: Truth, unit: number): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32'], ['i32']);
  const i = f.local(), start = f.local();
  f.get(2).set(start);
  const load = (name: MemoryOp, offset = 0): FunctionBuilder => f.get(1).mem(name, offset);
  f.repeat(0, () => {
    f.get(2).get(i).mem('i32.store'); // the next one overwrites what is not wanted
    f.get(2);
    switch (truth) {
      case 'u8': load('i32.load8_u').i32(0).op('i32.ne'); break;
      case 'u16': load('i32.load16_u').i32(0).op('i32.ne'); break;
      case 'half': load('i32.load16_u').i32(0x7fff).op('i32.and').i32(0).op('i32.ne'); break;
      case 'i32': load('i32.load').i32(0).op('i32.ne'); break;
      case 'i64': load('i64.load').op('i64.eqz').op('i32.eqz'); break;
      case 'f32': load('f32.load').f32(0).op('f32.ne'); break;
      case 'f64': load('f64.load').f64(0).op('f64.ne'); break;
      case 'c64': load('f32.load').f32(0).op('f32.ne'); load('f32.load', 4).f32(0).op('f32.ne').op('i32.or'); break;
      case 'c128': load('f64.load').f64(0).op('f64.ne'); load('f64.load', 8).f64(0).op('f64.ne').op('i32.or'); break;
    }
    f.i32(2).op('i32.shl').op('i32.add').set(2);
    f.addConst(1, unit).addConst(i, 1);
  });
  return f.get(2).get(start).op('i32.sub').i32(2).op('i32.shr_u');
}
/** (positions, rank, list, result, strides): flat positions as index vectors of int64. */
function placesFunction(): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32', 'i32', 'i32']);
  const at = f.local(), s = f.local(), q = f.local(), left = f.local();
  return f.repeat(0, () => {
    f.get(2).mem('i32.load').set(at).get(4).set(s).get(1).set(left);
    f.repeat(left, () => {
      f.get(3).get(at).get(s).mem('i32.load').op('i32.div_u').tee(q).op('i64.extend_i32_u').mem('i64.store');
      f.get(at).get(q).get(s).mem('i32.load').op('i32.mul').op('i32.sub').set(at);
      f.addConst(3, 8).addConst(s, 4);
    });
    f.addConst(2, 4);
  });
}

const randomShuffle: WasmKernel = (k, [a], node, state) => {
  const n = a!.shape[0] ?? 0;
  if (a!.size <= 1 || n <= 1) return [k.view(a!, a!.shape, a!.type.baseDtype)];
  return [takenAt(k, a!, shuffled(n, node, state), 0)];
};

export const gatherKernels: readonly (readonly [string, WasmKernel])[] = [
  ['Gather', gather], ['GatherV2', gather], ['GatherNd', gatherNd], ['DynamicStitch', dynamicStitch], ['ParallelDynamicStitch', dynamicStitch],
  ['DynamicPartition', dynamicPartition], ['OneHot', oneHot], ['Where', where], ['RandomShuffle', randomShuffle],
];
