// Building arrays, calling kernels, comparing bits.
import { expect } from 'vitest';
import { allDtypes, bool, type DType, dtypeFromName } from '../../../src/graph/dtype.ts';
import { type AttrMap, type AttrValue, attr } from '../../../src/graph/node_def.ts';
import { allocate, encodeUtf8, floatToBfloat16, floatToHalf, NDArray } from '../../../src/graph/ndarray.ts';
import { type KernelState } from '../../../src/session/kernels/kernel.ts';
import { referenceKernels } from '../../../src/session/kernels/registry.ts';

export type Value = number | bigint | boolean | string | readonly [number, number];

/** An array from plain values; numbers become whatever the dtype holds. */
export function nd(dtype: DType | string, shape: readonly number[], values: readonly Value[]): NDArray {
  const d = typeof dtype === 'string' ? dtypeFromName(dtype)! : dtype;
  const data = allocate(d, values.length) as Float64Array;
  values.forEach((v, i) => {
    switch (d.storage) {
      case 'string': (data as unknown as Uint8Array[])[i] = encodeUtf8(v as string); break;
      case 'f16': data[i] = floatToHalf(Number(v)); break;
      case 'bf16': data[i] = floatToBfloat16(Number(v)); break;
      case 'i64': case 'u64': (data as unknown as BigInt64Array)[i] = BigInt(v as number); break;
      case 'c64': case 'c128': { const z = Array.isArray(v) ? v as [number, number] : [Number(v), 0] as const; data[2 * i] = z[0]; data[2 * i + 1] = z[1]; break; }
      default: data[i] = Number(v);
    }
  });
  return new NDArray(d, shape, data);
}
export const f32 = (shape: readonly number[], values: readonly number[]): NDArray => nd('float32', shape, values);
export const i32 = (shape: readonly number[], values: readonly number[]): NDArray => nd('int32', shape, values);
export const vec = (...values: number[]): NDArray => i32([values.length], values);
export const scalar = (dtype: string, v: Value): NDArray => nd(dtype, [], [v]);

export type PlainAttr = number | string | boolean | DType | number[] | NDArray;
export function attrs(plain: Readonly<Record<string, PlainAttr | { f: number }>>): AttrMap {
  const out: Record<string, AttrValue> = {};
  for (const [k, v] of Object.entries(plain)) {
    out[k] = typeof v === 'boolean' ? attr.b(v) : typeof v === 'number' ? attr.i(v) : typeof v === 'string' ? attr.s(v)
      : Array.isArray(v) ? attr.list(v.length === 0 ? {} : { i: v }) : v instanceof NDArray ? attr.tensor(v) : 'f' in v ? attr.f(v.f) : attr.type(v as DType);
  }
  return out;
}

/** A node's state across calls. */
export function stateful(): KernelState {
  let value: unknown;
  return { get: <T>(init: () => T): T => { value ??= init(); return value as T; }, set: (v) => { value = v; } };
}

/** All outputs of an op. */
export function runAll(op: string, inputs: readonly NDArray[], a: Readonly<Record<string, PlainAttr | { f: number }>> = {}, state: KernelState = stateful()): readonly NDArray[] {
  const def = referenceKernels.get(op);
  if (!def) throw new Error(`no kernel for ${op}`);
  return def.kernel(inputs, { name: 'n', op, attr: attrs(a) }, state);
}
export function run(op: string, inputs: readonly NDArray[], a: Readonly<Record<string, PlainAttr | { f: number }>> = {}, state?: KernelState): NDArray {
  return runAll(op, inputs, a, state)[0]!;
}

/** Same dtype, shape and bits, all NaNs being one. */
export function expectBits(got: NDArray, want: NDArray): void {
  expect(got.dtype.name).toBe(want.dtype.name);
  expect([...got.shape]).toEqual([...want.shape]);
  const [a, b] = [got.data as ArrayLike<unknown>, want.data as ArrayLike<unknown>];
  expect(a.length).toBe(b.length);
  if (got.dtype.storage === 'string') { expect(a).toEqual(b); return; }
  const half = got.dtype.storage === 'f16' || got.dtype.storage === 'bf16';
  const inf = got.dtype.storage === 'f16' ? 0x7c00 : 0x7f80;
  for (let i = 0; i < a.length; i++) {
    if (Object.is(a[i], b[i])) continue;
    if (half && (Number(a[i]) & 0x7fff) > inf && (Number(b[i]) & 0x7fff) > inf) continue;
    expect.fail(`element ${i} of ${a.length}: got ${String(a[i])}, want ${String(b[i])} (${got.dtype.name})`);
  }
}

/** A repeatable stream of numbers in [0, 1). */
export function rng(seed: number): () => number {
  let s = seed >>> 0;
  return () => { s = (Math.imul(s ^ (s >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0; let t = Math.imul(s ^ (s >>> 12), 0x297a2d39); t ^= t >>> 15; return (t >>> 0) / 2 ** 32; };
}
export function randomF32(shape: readonly number[], seed: number, lo = -2, hi = 2): NDArray {
  const r = rng(seed);
  return f32(shape, Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => Math.fround(lo + (hi - lo) * r())));
}
/** Values that tell implementations apart. */
export const SPECIAL = [0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3, NaN, Infinity, -Infinity, 1e-45, -1e-45, 1.1754943508222875e-38, 3.4028234663852886e38, -3.4028234663852886e38, 1e-7, -7.25, 100, 2 ** 24 + 2];
export const REAL_FLOATS = ['float16', 'bfloat16', 'float32', 'float64'];
export const INTEGERS = ['int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64'];
export const NUMERIC = [...REAL_FLOATS, ...INTEGERS];
export { allDtypes, bool };
