// One op on the `wasm` engine and on the reference kernels: the same bits, or the same error.
import { type DType, dtypeFromName } from '../../../src/graph/dtype.ts';
import type { NDArray } from '../../../src/graph/ndarray.ts';
import { wasmEngine } from '../../../src/session/engines/wasm.ts';
import type { DeviceNode, DeviceValue } from '../../../src/session/engines/engine.ts';
import { Kit, type WasmKernel, type WasmValue } from '../../../src/session/wasm/kit.ts';
import { type Heap, OwnHeap } from '../../../src/session/wasm/heap.ts';
import { wasmKernels } from '../../../src/session/wasm/table.ts';
import { type attrs, attrs as makeAttrs, expectBits, nd, NUMERIC, rng, runAll, SPECIAL, stateful, type Value } from '../kernels/helpers.ts';

export type Attrs = Parameters<typeof attrs>[0];

/** Two memories every kernel runs on: a plain one, and one that threads may share, at addresses that are negative as int32. */
export const kits = [new Kit(new OwnHeap()), new Kit(highHeap())];
function highHeap(): Heap {
  const heap = new OwnHeap(undefined, true);
  heap.alloc(2 ** 31);
  return heap;
}

export function nodeOf(op: string, inputs: readonly NDArray[], a: Attrs): DeviceNode {
  return {
    name: 'n', op, attr: makeAttrs(a), inputDtypes: inputs.map((x) => x.dtype), outputDtypes: [], inputShapes: inputs.map((x) => x.shape), shapesKnown: true,
    constant: (i) => inputs[i],
  };
}

/** Runs the engine's kernel and compares with the reference kernel; undefined from the kernel counts as a failure. */
export function same(op: string, inputs: readonly NDArray[], a: Attrs = {}): void {
  const want = runAll(op, inputs, a);
  const kernel = wasmKernels.get(op);
  if (!kernel) throw new Error(`no kernel for ${op}`);
  for (const kit of kits) sameOn(kit, kernel, op, inputs, a, want);
}
function sameOn(kit: Kit, kernel: WasmKernel, op: string, inputs: readonly NDArray[], a: Attrs, want: readonly NDArray[]): void {
  kit.rest();
  const before = kit.heap.used.blocks;
  const x: WasmValue[] = [];
  kit.call(() => { for (const v of inputs) x.push(kit.write(v)); return x; });
  const out = kit.call(() => kernel(kit, x, nodeOf(op, inputs, a), stateful()));
  if (!out) throw new Error(`the kernel for ${op} declined [${inputs.map((v) => `${v.dtype.name}[${v.shape.join()}]`).join(' ')}]`);
  const got = out.map((v) => kit.read(v));
  for (const v of [...out, ...x]) kit.release(v);
  kit.rest();
  if (kit.heap.used.blocks !== before) throw new Error(`${op} leaked`);
  if (got.length !== want.length) throw new Error(`${op}: ${got.length} outputs, not ${want.length}`);
  got.forEach((g, i) => {
    try { expectBits(g, want[i]!); } catch (e) { throw new Error(`${op} ${inputs.map((v) => `${v.dtype.name}[${v.shape.join()}]`).join(' ')}: ${(e as Error).message}`, { cause: e }); }
  });
}

/** Both fail with the same words: through the engine itself. */
export function sameError(op: string, inputs: readonly NDArray[], a: Attrs = {}): [engine: string, reference: string] {
  const message = (f: () => unknown): string => { try { f(); return 'no error'; } catch (e) { return (e as Error).message; } };
  const engine = wasmEngine();
  const call = engine.place(nodeOf(op, inputs, a), 'exact');
  if (typeof call === 'string') throw new Error(call);
  const x: DeviceValue[] = inputs.map((v) => engine.upload(v));
  return [message(() => engine.run(call, x, stateful())), message(() => runAll(op, inputs, a))];
}

/** Random elements of a dtype, special values among them. */
export function random(dtype: string, shape: readonly number[], seed: number): NDArray {
  const r = rng(seed), d: DType = dtypeFromName(dtype)!;
  const n = shape.reduce((a, b) => a * b, 1);
  const real = (): number => { const u = r(); return u < 0.2 ? SPECIAL[Math.floor(r() * SPECIAL.length)]! : u < 0.5 ? (r() - 0.5) * 2 ** Math.floor(r() * 40 - 20) : (r() - 0.5) * 8; };
  const value = (): Value => {
    if (d.isComplex) return [real(), real()];
    if (d.isBool) return r() < 0.5 ? 1 : 0;
    if (!d.isInteger) return real();
    const bits = d.size * 8, u = r();
    const v = BigInt(Math.floor((r() - 0.5) * 2 ** Math.min(bits, 50))) * (bits === 64 && u < 0.3 ? 8191n : 1n);
    const w = u > 0.6 ? BigInt(Math.floor(r() * 9) - 4) : u > 0.55 ? -(1n << BigInt(bits - 1)) : v;
    return d.isUnsigned ? BigInt.asUintN(bits, w) : BigInt.asIntN(bits, w);
  };
  return nd(d, shape, Array.from({ length: n }, value));
}
/** The same with no zero (for divisors). */
export function nonZero(dtype: string, shape: readonly number[], seed: number): NDArray {
  const a = random(dtype, shape, seed);
  if (!a.dtype.isInteger) return a;
  return nd(a.dtype, shape, Array.from(a.data as ArrayLike<number>, (v) => (Number(v) === 0 ? 3 : v)));
}
export { NUMERIC };
