// npy and npz: files numpy wrote, round trips, and every truncation and byte flip answered by a DecodeError or a value.
import { describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { bfloat16, dtypeFromName } from '../../src/graph/dtype.ts';
import { DecodeError, ValueError } from '../../src/graph/errors.ts';
import { arraysEqual, encodeUtf8, NDArray } from '../../src/graph/ndarray.ts';
import { readNpy, readNpz, writeNpy, writeNpz } from '../../src/graph/npy.ts';

interface Fixture { npy: { file: string; dtype: string; shape: number[]; values: unknown[] }[]; compressed: string; stored: string }
/** Written by numpy 1.18. */
const fixture = JSON.parse(readFileSync(new URL('./npy.fixture.json', import.meta.url), 'utf8')) as Fixture;
const bytes = (s: string): Uint8Array => new Uint8Array(Buffer.from(s, 'base64'));
const flat = (a: NDArray): unknown[] => Array.from({ length: a.size }, (_, i) => a.flat(i));

describe('files written by numpy', () => {
  test.each(fixture.npy.map((c, i) => [`${i}: ${c.dtype}[${c.shape.join(',')}]`, c] as const))('%s', (_, c) => {
    const a = readNpy(bytes(c.file));
    expect(a.dtype).toBe(dtypeFromName(c.dtype));
    expect([...a.shape]).toEqual(c.shape);
    expect(flat(a).map((v, i) => (typeof c.values[i] === 'string' ? String(v) : v))).toEqual(c.values);
    expect(arraysEqual(readNpy(writeNpy(a)), a)).toBe(true);
  });
  test('our bytes are numpy\'s bytes', () => {
    const c = fixture.npy.find((x) => x.dtype === 'int8')!;
    expect(Buffer.from(writeNpy(readNpy(bytes(c.file)))).toString('base64')).toBe(c.file);
  });
  test.each(['compressed', 'stored'] as const)('npz, %s', (kind) => {
    const z = readNpz(bytes(fixture[kind]));
    expect(flat(z.get('x')!)).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...z.get('x')!.shape]).toEqual([2, 3]);
    if (kind === 'compressed') expect(flat(z.get('y')!)).toEqual([1, 2]);
    for (const compress of [true, false]) {
      const again = readNpz(writeNpz(z, { compress }));
      expect([...again.keys()]).toEqual([...z.keys()]);
      for (const [k, a] of z) expect(arraysEqual(a, again.get(k)!)).toBe(true);
    }
  });
});

/** What reading gives: an array, or the DecodeError. Anything else escapes. */
function outcome(read: () => unknown): 'value' | DecodeError {
  try { read(); return 'value'; } catch (e) { if (e instanceof DecodeError) return e; throw e; }
}

describe('bad input', () => {
  const good = bytes(fixture.npy.find((c) => c.shape.length === 3)!.file);
  test('every truncation names its offset', () => {
    for (let n = 0; n < good.length; n++) {
      const e = outcome(() => readNpy(good.slice(0, n)));
      expect(e).toBeInstanceOf(DecodeError);
      expect((e as DecodeError).message).toMatch(/at byte \d+/);
    }
  });
  test('trailing bytes', () => { expect(() => readNpy(Uint8Array.from([...good, 0]))).toThrow(`1 bytes after the array's end (at byte ${good.length})`); });
  test('every flipped byte is a value or a DecodeError', () => {
    for (let i = 0; i < good.length; i++) for (const x of [1, 0x20, 0x80]) { const b = good.slice(); b[i]! ^= x; outcome(() => readNpy(b)); }
  });
  test.each(['compressed', 'stored'] as const)('every truncation and flip of a %s npz', (kind) => {
    const z = bytes(fixture[kind]);
    for (let n = 0; n < z.length; n++) expect(outcome(() => readNpz(z.slice(0, n)))).toBeInstanceOf(DecodeError);
    for (let i = 0; i < z.length; i++) { const b = z.slice(); b[i]! ^= 0x41; outcome(() => readNpz(b)); }
  });
  test('sizes that are not there are not allocated', () => {
    const header = (shape: string, descr = '<f8'): Uint8Array => {
      const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }\n`;
      return Uint8Array.from([0x93, ...encodeUtf8('NUMPY'), 1, 0, dict.length, 0, ...encodeUtf8(dict)]);
    };
    expect(() => readNpy(header('(1000000, 1000000)'))).toThrow(DecodeError);
    expect(() => readNpy(header('(9007199254740991, 9007199254740991)'))).toThrow(/too large/);
    expect(() => readNpy(header('(1000000000000,)', '|S0'))).toThrow(DecodeError);
    expect(() => readNpy(header('(-1,)'))).toThrow(/shape/);
    expect(() => readNpy(header('(2,)', '<V2'))).toThrow(/dtype "<V2" is not supported/);
    expect(() => readNpy(header('[[[[[[[[[[[[]]]]]]]]]]]]'))).toThrow(/nested/);
    expect([...readNpy(header('()', '|S0')).shape]).toEqual([]);
  });
  test('a zip that claims too much', () => {
    const z = bytes(fixture.compressed);
    const at = z.findIndex((_, i) => z[i] === 0x50 && z[i + 1] === 0x4b && z[i + 2] === 1 && z[i + 3] === 2);
    new DataView(z.buffer).setUint32(at + 24, 0x7fffffff, true);
    expect(() => readNpz(z)).toThrow(/more than \d+ deflated bytes can hold/);
  });
  test('what numpy lacks', () => {
    expect(() => writeNpy(new NDArray(bfloat16, [1], new Uint16Array(1)))).toThrow(ValueError);
    expect(() => writeNpy(new NDArray(dtypeFromName('string')!, [1], [Uint8Array.of(65, 0)]))).toThrow(/ends in NUL/);
  });
});
