// JavaScript values as arrays: dtypes by position, exact conversions, Python's messages.
import { describe, expect, test } from 'vitest';
import { bool, float32, float64, int32, int64, string, uint8 } from '../../src/graph/dtype.ts';
import { Dimension, TensorShape } from '../../src/graph/shape.ts';
import { makeArray, pythonRepr } from '../../src/ops/make_array.ts';

describe('makeArray', () => {
  test('dtypes a value brings along, float32 for bare numbers', () => {
    expect([1, [1, 2], 1n, true, 'a', new Float64Array(1), new Uint8Array(2), new TensorShape([1]), [[true]]].map((v) => makeArray(v as number).dtype))
      .toEqual([float32, float32, int64, bool, string, float64, uint8, int32, bool]);
  });
  test('shapes come from nesting; one value fills a given shape', () => {
    expect(makeArray([[1, 2], [3, 4]], int32)).toMatchObject({ shape: [2, 2], data: Int32Array.of(1, 2, 3, 4), splat: false });
    expect(makeArray(0.5, float32, [2, 2])).toMatchObject({ data: Float32Array.of(0.5, 0.5, 0.5, 0.5), splat: true });
    expect(makeArray([], int32).shape).toEqual([0]);
  });
  test('never narrows silently', () => {
    expect(() => makeArray(1.5, int32)).toThrow("Expected int32, got 1.5 of type 'float' instead.");
    expect(() => makeArray([1, 'a'], float32)).toThrow("Expected float32, got 'a' of type 'str' instead.");
    expect(() => makeArray(1, bool)).toThrow("Expected bool, got 1 of type 'int' instead.");
    expect(() => makeArray(300, uint8)).toThrow('Python integer 300 out of bounds for uint8');
    expect(() => makeArray([[1], [1, 2]])).toThrow('Argument must be a dense tensor: [[1.0], [1.0, 2.0]] - got shape [2], but wanted [2, 1].');
    expect(() => makeArray([1, 2, 3], float32, [2])).toThrow('Too many elements provided. Needed at most 2, but received 3');
    expect(() => makeArray([new Dimension(null), 3], int32)).toThrow('__int__ returned non-int (type NoneType)');
  });
  test('typed arrays are copied, so later writes by the caller do not reach the graph', () => {
    const data = Float32Array.of(1, 2);
    const a = makeArray(data);
    data[0] = 9;
    expect(a.toArray()).toEqual([1, 2]);
  });
});
test('repr writes values as Python does', () => {
  expect([null, true, "it's", [1, [2.5, 'a']], new Dimension(null)].map(pythonRepr)).toEqual(['None', 'True', '"it\'s"', "[1, [2.5, 'a']]", 'Dimension(None)']);
});
