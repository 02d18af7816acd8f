// Static shapes: partial knowledge, merging, printing, dimensions, broadcasting.
import { expect, test } from 'vitest';
import { broadcastShapes, Dimension, TensorShape } from '../../src/graph/shape.ts';

const s = (x: (number | null)[] | null): TensorShape => new TensorShape(x);

test('prints as Python and as C++ do', () => {
  expect([s([2, null]), s([3]), s([]), s(null)].map((x) => [String(x), x.repr, x.debug])).toEqual([
    ['(2, ?)', 'TensorShape([Dimension(2), Dimension(None)])', '[2,?]'], ['(3,)', 'TensorShape([Dimension(3)])', '[3]'],
    ['()', 'TensorShape([])', '[]'], ['<unknown>', 'TensorShape(None)', '?']]);
});
test('merges what both know and refuses contradictions', () => {
  expect(s([2, null]).mergeWith([null, 3]).dims).toEqual([2, 3]);
  expect(s(null).mergeWith([1]).dims).toEqual([1]);
  expect(() => s([2]).mergeWith([3])).toThrow('Shapes (2,) and (3,) are not compatible');
  expect(() => s(null).asList()).toThrow('as_list() is not defined on an unknown TensorShape.');
});
test('an unknown dimension is no number', () => {
  expect(() => Number(s([null, 1]).at(0))).toThrow('__int__ returned non-int (type NoneType)');
  expect([s([null]).at(0).floordiv(2).repr, s([7]).at(-1).floordiv(2).value, new Dimension(3).mul(2).value]).toEqual(['Dimension(None)', 3, 6]);
});
test.each<[(number | null)[] | null, (number | null)[] | null, (number | null)[] | null | undefined]>([
  [[2, 1], [3], [2, 3]], [[2, null], [2, 1], [2, null]], [[null], [3], [3]], [[2], [3], undefined], [null, [3], null], [[], [4, 5], [4, 5]], [[1, null], [null, 1], [null, null]], [[0], [1], [0]],
])('broadcast %j with %j', (a, b, want) => {
  expect(broadcastShapes(s(a), s(b))?.dims).toEqual(want);
});
