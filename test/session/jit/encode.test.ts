// The WebAssembly encoder: number formats, modules the host accepts, functions that compute what they say.
import { expect, test } from 'vitest';
import { Bytes } from '../../../src/session/jit/bytes.ts';
import { FunctionBuilder } from '../../../src/session/jit/function.ts';
import { webAssembly } from '../../../src/session/jit/host.ts';
import { calleeIndex, encodeModule, HOST_NAMES } from '../../../src/session/jit/module.ts';
import { rng } from '../kernels/helpers.ts';

const bytes = (f: (b: Bytes) => void): number[] => { const b = new Bytes(); f(b); return [...b.view()]; };

test('LEB128', () => {
  expect(bytes((b) => b.u32(624485))).toEqual([0xe5, 0x8e, 0x26]);
  expect(bytes((b) => b.u32(0xffffffff))).toEqual([0xff, 0xff, 0xff, 0xff, 0x0f]);
  expect(bytes((b) => b.s32(-123456))).toEqual([0xc0, 0xbb, 0x78]);
  expect(bytes((b) => b.s32(64))).toEqual([0xc0, 0x00]);
  expect(bytes((b) => b.s64(-1n))).toEqual([0x7f]);
  expect(bytes((b) => b.s64(1n << 40n))).toEqual([0x80, 0x80, 0x80, 0x80, 0x80, 0x20]);
});
test('grows without losing bytes', () => {
  const b = new Bytes();
  for (let i = 0; i < 5000; i++) b.u8(i & 255);
  b.raw(new Uint8Array(3000).fill(7));
  expect(b.length).toBe(8000);
  expect([b.view()[0], b.view()[4999], b.view()[7999]]).toEqual([0, 4999 & 255, 7]);
});

function instance(f: FunctionBuilder): { run: (...a: unknown[]) => unknown; memory: DataView } {
  const code = encodeModule({ f });
  expect(webAssembly.validate(code)).toBe(true);
  const memory = new webAssembly.Memory({ initial: 1 });
  const env = { memory, ...Object.fromEntries(HOST_NAMES.map((n) => [n, (a: number) => a * 10])) };
  const made = new webAssembly.Instance(new webAssembly.Module(code), { env });
  return { run: made.exports['f'] as (...a: unknown[]) => unknown, memory: new DataView(memory.buffer) };
}

test('every scalar type as parameter and result', () => {
  expect(instance(new FunctionBuilder(['i32'], ['i32']).get(0).i32(-7).op('i32.mul')).run(6)).toBe(-42);
  expect(instance(new FunctionBuilder(['i64'], ['i64']).get(0).i64(-(1n << 62n)).op('i64.add')).run(1n)).toBe(1n - (1n << 62n));
  expect(instance(new FunctionBuilder(['f32'], ['f32']).get(0).f32(0.1).op('f32.add')).run(0.2)).toBe(Math.fround(Math.fround(0.1) + Math.fround(0.2)));
  expect(instance(new FunctionBuilder(['f64'], ['f64']).get(0).f64(0.1).op('f64.add')).run(0.2)).toBe(0.1 + 0.2);
});
test('loops, branches and conditions', () => {
  const f = new FunctionBuilder(['i32'], ['i32']);
  const sum = f.local();
  f.repeat(0, () => { f.get(sum).get(0).op('i32.add').set(sum); });
  f.block((end) => {
    f.get(sum).i32(100).op('i32.lt_s').brIf(end);
    f.get(sum).i32(1).op('i32.and').if(() => { f.i32(-1).set(sum); }, () => { f.i32(-2).set(sum); });
  });
  f.get(sum);
  const { run } = instance(f);
  expect([0, 3, 14, 16].map((n) => run(n))).toEqual([0, 6, -1, -2]);
});
test('vectors and memory', () => {
  const f = new FunctionBuilder(['i32']);
  f.get(0).get(0).simdMem('v128.load').v128(new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer)).simd('f32x4.mul').simdMem('v128.store', 16);
  f.get(0).get(0).simdMem('v128.load', 16).lane('f32x4.extract_lane', 2).mem('f32.store', 32);
  const { run, memory } = instance(f);
  [5, 6, 7, 8].forEach((v, i) => memory.setFloat32(64 + 4 * i, v, true));
  run(64);
  expect([0, 1, 2, 3].map((i) => memory.getFloat32(80 + 4 * i, true))).toEqual([5, 12, 21, 32]);
  expect(memory.getFloat32(96, true)).toBe(21);
});
test('host functions are called by their place in the list', () => {
  for (const name of HOST_NAMES) expect(instance(new FunctionBuilder(['f64'], ['f64']).get(0).call(calleeIndex(name))).run(3)).toBe(30);
});
test('the remainder of binary64 numbers is exact', () => {
  const { run } = instance(new FunctionBuilder(['f64', 'f64'], ['f64']).get(0).get(1).call(calleeIndex('fmod')));
  const edges = [0, -0, 1, -1, 3, 5.5, 0.1, 5e-324, -5e-324, 2 ** -1022, 2 ** -1022 - 5e-324, 1.5 * 2 ** -1030, Number.MAX_VALUE, -Number.MAX_VALUE, 1e300, 1e-300, 2 ** 53, 2 ** 53 - 1, Infinity, -Infinity, NaN, Math.PI, 1e22];
  for (const a of edges) for (const b of edges) expect(run(a, b), `${a} % ${b}`).toBe(a % b);
  const r = rng(3), f64 = new Float64Array(2), w = new Uint32Array(f64.buffer);
  for (let i = 0; i < 20000; i++) {
    for (let j = 0; j < 4; j++) w[j] = r() * 2 ** 32;
    const [a, b] = i % 2 ? [f64[0]!, f64[1]!] : [(r() - 0.5) * 1e4, (r() - 0.5) * 10];
    if (!Object.is(run(a, b), a % b)) expect.fail(`${a} % ${b}`);
  }
});
