// The heap: alignment, reuse, joining, growth, and running out of it.
import { expect, test } from 'vitest';
import { ResourceExhaustedError } from '../../../src/graph/errors.ts';
import { Kit } from '../../../src/session/wasm/kit.ts';
import { OwnHeap, sizeClass } from '../../../src/session/wasm/heap.ts';

test('size classes waste at most an eighth', () => {
  for (let n = 1; n < 5_000_000; n = Math.ceil(n * 1.07)) {
    const c = sizeClass(n);
    expect(c).toBeGreaterThanOrEqual(n);
    expect(c % 16).toBe(0);
    if (n > 512) expect(c / n).toBeLessThanOrEqual(1.13);
    expect(sizeClass(c)).toBe(c);
  }
});
test('blocks are aligned, apart, and reused', () => {
  const h = new OwnHeap();
  const blocks = Array.from({ length: 200 }, (_, i) => ({ at: h.alloc(i * 37), bytes: i * 37 }));
  const sorted = [...blocks].sort((a, b) => a.at - b.at);
  sorted.forEach((b, i) => {
    expect(b.at % 16).toBe(0);
    expect(b.at).toBeGreaterThan(0);
    if (i > 0) expect(b.at - sorted[i - 1]!.at).toBeGreaterThanOrEqual(sorted[i - 1]!.bytes + 48);
  });
  const size = h.u8.length;
  for (let round = 0; round < 50; round++) {
    for (const b of blocks) h.free(b.at);
    expect(h.used).toEqual({ blocks: 0, bytes: 0 });
    for (const b of blocks) b.at = h.alloc(b.bytes);
  }
  expect(h.u8.length).toBe(size);
});
test('freed neighbours become one block before the memory grows', () => {
  const h = new OwnHeap(1 << 20);
  const small = Array.from({ length: 900 }, () => h.alloc(1000));
  for (const at of small) h.free(at);
  const size = h.u8.length;
  h.free(h.alloc(900_000));
  expect(h.u8.length).toBe(size);
});
test('growth keeps what is there', () => {
  const h = new OwnHeap();
  const at = h.alloc(100);
  h.u8[at] = 42;
  const old = h.u8;
  h.alloc(10_000_000);
  expect(old.length).toBe(0);
  expect(h.u8[at]).toBe(42);
});
test('out of memory says how much is in use and leaves the heap usable', () => {
  const h = new OwnHeap(4 << 20);
  const big = h.alloc(3 << 20);
  expect(() => h.alloc(2 << 20)).toThrow(ResourceExhaustedError);
  expect(() => h.alloc(2 << 20)).toThrow(`2097152 bytes asked for; ${sizeClass((3 << 20) + 48)} bytes in 1 blocks are in use, at most 4194304 can be`);
  h.free(big);
  h.alloc(2 << 20);
});
test('a memory that threads may share: declared with its maximum, views end where the memory does', () => {
  const h = new OwnHeap(8 << 20, true);
  expect(h.memory.buffer).toBeInstanceOf(SharedArrayBuffer);
  const at = h.alloc(100);
  h.u8[at] = 42;
  const old = h.u8;
  const far = h.alloc(3_000_000);
  expect(old[at]).toBe(42); // growth kills no view of a shared memory
  h.u8[far + 2_999_999] = 7;
  expect([h.u8[at], h.u8[far + 2_999_999], h.f32.length, h.i32.length]).toEqual([42, 7, h.memory.buffer.byteLength / 4, h.memory.buffer.byteLength / 4]);
  expect(() => h.alloc(8 << 20)).toThrow(ResourceExhaustedError);
});
test('addresses beyond 2 GiB', () => {
  const h = new OwnHeap();
  h.alloc(2 ** 31);
  const at = h.alloc(1000);
  expect(at).toBeGreaterThan(2 ** 31);
  h.u8[at] = 5;
  expect(h.u8[at]).toBe(5);
});

test('an area that a large plan had made gives its memory back when a thousand runs have wanted far less', () => {
  const heap = new OwnHeap(), kit = new Kit(heap);
  kit.area(1 << 20);
  const used = heap.used.bytes, small = (times: number): void => { for (let i = 0; i < times; i++) kit.area(i % 2 === 0 ? 5000 : 300); };
  small(999);
  expect(heap.used.bytes).toBe(used);
  small(1);
  expect(heap.used.bytes).toBeLessThan(used / 100);
  const now = heap.used.bytes;
  small(3000);
  expect(heap.used.bytes).toBe(now);
  for (let i = 0; i < 3000; i++) kit.area(3000); // not far less
  expect(heap.used.bytes).toBe(now);
  kit.area(1 << 20);
  for (let i = 0; i < 3000; i++) kit.area(i % 500 === 0 ? 1 << 20 : 300); // wanted now and then
  expect(heap.used.bytes).toBe(used);
  kit.closeArea();
  expect(heap.used.blocks).toBe(0);
});
