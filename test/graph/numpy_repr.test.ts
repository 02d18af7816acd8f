// str(array) as numpy 1.18 gave it: dtype, shape, bytes in hexadecimal, text.
import { expect, test } from 'vitest';
import { dtypeFromName, int32 } from '../../src/graph/dtype.ts';
import { fromBytes, NDArray } from '../../src/graph/ndarray.ts';
import { numpyStr } from '../../src/graph/numpy_repr.ts';

const rows: [dtype: string, shape: number[], bytes: string, text: string][] = [
  ["float32", [3], "0000803f00001040000040c0", "[ 1.    2.25 -3.  ]"],
  ["float32", [3], "cdcccc3dabaaaa3e6f12833a", "[0.1        0.33333334 0.001     ]"],
  ["float32", [2], "acc527370000803f", "[1.e-05 1.e+00]"],
  ["float32", [2], "20bcbe4c0000803f", "[1.e+08 1.e+00]"],
  ["float32", [3], "0000c07f0000c03f0000807f", "[nan 1.5 inf]"],
  ["float32", [2, 2], "0000803f000000400000404000009040", "[[1.  2. ]\n [3.  4.5]]"],
  ["float64", [3], "9a9999999999b93f555555555555e53fbbbdd7d9df7cdb3d", "[1.00000000e-01 6.66666667e-01 1.00000000e-10]"],
  ["float64", [2], "c976be9f0c24fe40000000000000e03f", "[1.23456789e+05 5.00000000e-01]"],
  ["int32", [2, 1, 2], "01000000feffffff1e00000004000000", "[[[ 1 -2]]\n\n [[30  4]]]"],
  ["bool", [2], "0100", "[ True False]"],
  ["float32", [], "0000c03f", "1.5"],
  ["float32", [], "00004040", "3.0"],
  ["float64", [], "f168e388b5f8e43e", "1e-05"],
  ["float64", [], "0080e03779c34143", "1e+16"],
  ["float32", [], "cdcccc3d", "0.1"],
  ["int32", [], "07000000", "7"],
  ["float32", [0], "", "[]"],
  ["float32", [2], "0000000000000080", "[ 0. -0.]"],
  ["float32", [2], "2b529a446f12833a", "[1.2345677e+03 1.0000000e-03]"],
  ["float64", [2], "59f3f8c21f6ea5019c7500883ce4377e", "[1.e-300 1.e+300]"],
  ["float32", [1], "000080bf", "[-1.]"],
];
test.each(rows)('%s %j', (dtype, shape, hex, text) => {
  expect(numpyStr(fromBytes(dtypeFromName(dtype)!, shape, new Uint8Array(Buffer.from(hex, 'hex'))))).toBe(text);
});
test('the middle of long arrays is left out', () => {
  const counting = (shape: number[]): NDArray => new NDArray(int32, shape, Int32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => i));
  expect(numpyStr(counting([1001]))).toBe('[   0    1    2 ...  998  999 1000]');
  expect(numpyStr(counting([2, 1001]))).toBe('[[   0    1    2 ...  998  999 1000]\n [1001 1002 1003 ... 1999 2000 2001]]');
});
