// Array values: layouts, half and bfloat16 conversion, bit equality.
import { describe, expect, test } from 'vitest';
import * as d from '../../src/graph/dtype.ts';
import { arraysEqual, bfloat16ToFloat, floatToBfloat16, floatToHalf, fromBytes, halfToFloat, NDArray, toBytes } from '../../src/graph/ndarray.ts';

test('every half survives the trip through float32', () => {
  for (let h = 0; h < 65536; h++) {
    const f = halfToFloat(h);
    if (Number.isNaN(f)) { expect(floatToHalf(f) & 0x7c00).toBe(0x7c00); continue; }
    if (floatToHalf(f) !== h) throw new Error(`half ${h.toString(16)} -> ${f} -> ${floatToHalf(f).toString(16)}`);
  }
});
test('half rounds to nearest even at every midpoint', () => {
  for (let h = 0; h < 0x7bff; h++) {
    const mid = (halfToFloat(h) + halfToFloat(h + 1)) / 2;
    if (floatToHalf(mid) !== (h % 2 === 0 ? h : h + 1)) throw new Error(`midpoint above half ${h.toString(16)}`);
    if (floatToHalf(-mid) !== ((h % 2 === 0 ? h : h + 1) | 0x8000)) throw new Error(`midpoint below -half ${h.toString(16)}`);
  }
  expect(floatToHalf(65520)).toBe(0x7c00);
  expect(floatToHalf(65519.99)).toBe(0x7bff);
});
test('bfloat16 rounds to nearest even', () => {
  expect([1, 1.00390625, 1.01171875, -0, Infinity].map(floatToBfloat16)).toEqual([0x3f80, 0x3f80, 0x3f82, 0x8000, 0x7f80]);
  expect(bfloat16ToFloat(floatToBfloat16(NaN))).toBeNaN();
});
describe('NDArray', () => {
  const a = new NDArray(d.float32, [2, 3], Float32Array.of(0, 1, 2, 3, 4, 5));
  test('elements lie in the holder of the dtype', () => {
    expect(() => new NDArray(d.float32, [2], Int32Array.of(1, 2))).toThrow('an array of float32 holds its elements in Float32Array, not Int32Array');
    expect(() => new NDArray(d.string, [1], Uint8Array.of(1))).toThrow('an array of string holds its elements in Array, not Uint8Array');
    expect(new NDArray(d.uint8, [2], Buffer.from('ab')).toArray()).toEqual([97, 98]);
  });
  test('indexes, iterates, nests', () => {
    expect([a.at(1, 2), a.at(-1, -3), a.size, a.ndim]).toEqual([5, 3, 6, 2]);
    expect(a.toArray()).toEqual([[0, 1, 2], [3, 4, 5]]);
    expect([...a].map((r) => (r as NDArray).toArray())).toEqual([[0, 1, 2], [3, 4, 5]]);
    expect(() => a.at(2, 0)).toThrow('index 2 is out of bounds for axis 0 with size 2');
    expect(() => a.item()).toThrow('can only convert an array of size 1 to a scalar');
  });
  test('int64 comes out as number while it is exact, as bigint beyond', () => {
    const b = new NDArray(d.int64, [2], BigInt64Array.of(5n, 2n ** 60n));
    expect(b.toArray()).toEqual([5, 2n ** 60n]);
  });
  test('strings decode strictly', () => {
    expect(new NDArray(d.string, [1], [new TextEncoder().encode('ä')]).toArray()).toEqual(['ä']);
    expect(() => new NDArray(d.string, [1], [Uint8Array.of(0xff)]).toArray()).toThrow('not valid UTF-8');
  });
  test('equality is about bits', () => {
    const f = (...x: number[]): NDArray => new NDArray(d.float32, [x.length], Float32Array.from(x));
    expect([arraysEqual(f(NaN), f(NaN)), arraysEqual(f(0), f(-0)), arraysEqual(f(1), f(1).reshape([1, 1]))]).toEqual([true, false, false]);
  });
  test('bytes round-trip', () => {
    expect(arraysEqual(fromBytes(d.float32, [2, 3], toBytes(a)), a)).toBe(true);
    expect(() => new NDArray(d.float32, [2], new Float32Array(3))).toThrow('cannot reshape array of size 3');
  });
});
