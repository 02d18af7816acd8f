// tf.nest against what real TensorFlow 1.15.5 answered.
import { describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';

const { nest } = tf.contrib.framework;

describe('structures', () => {
  test('are flattened and packed with dicts in the order of their keys', () => {
    const s = { b: 1, a: [2, [3, 4]] };
    expect(tf.nest.flatten(s)).toEqual([2, 3, 4, 1]);
    expect(tf.nest.packSequenceAs(s, ['x', 'y', 'z', 'w'])).toEqual({ b: 'w', a: ['x', ['y', 'z']] });
    expect(Object.keys(tf.nest.packSequenceAs(s, [1, 2, 3, 4]) as object)).toEqual(['b', 'a']);
    expect(tf.nest.flatten(new Map<number, unknown>([[2, 'b'], [1, ['a']]]))).toEqual(['a', 'b']);
    expect([tf.nest.flatten(null), tf.nest.flatten('abc')]).toEqual([[null], ['abc']]);
    expect([[1], { a: 1 }, new Map(), 'abc', 3, new Set([1]), null, new Float32Array(2)].map(tf.nest.isNested)).toEqual([true, true, true, false, false, false, false, false]);
    const t = new tf.Graph().asDefault(() => tf.constant(1));
    expect(tf.nest.flatten([t, { x: t }])).toEqual([t, t]);
  });
  test('are mapped together', () => {
    const sum = (x: number, y: number): number => x + y;
    expect(tf.nest.mapStructure(sum, [1, { b: 2, a: 3 }], [10, { b: 20, a: 30 }])).toEqual([11, { b: 22, a: 33 }]);
    expect(tf.nest.mapStructure((x: number) => x + 1, new Map([['k', 1]]))).toEqual(new Map([['k', 2]]));
    expect(nest.mapStructureUpTo([1, [1]], (a: number, b: unknown) => [a, b], [1, [2]], [[3], [[4]]])).toEqual([[1, [3]], [[2, [4]]]]);
  });
  test('are followed only as far as another one goes', () => {
    expect(nest.flattenUpTo([1, [1]], [[5, 6], [[7]]])).toEqual([[5, 6], [7]]);
    expect(nest.flattenWithJoinedStringPaths({ a: [1, 2], b: 3 })).toEqual([['a/0', 1], ['a/1', 2], ['b', 3]]);
    expect(nest.flattenDictItems(new Map<unknown, unknown>([[[4, 5], [6, 8]], ['x', 3]]))).toEqual(new Map<unknown, number>([[4, 6], [5, 8], ['x', 3]]));
  });
});

const whole = (first: string, second: string, why: string, dots: string, otherDots: string): string =>
  `The two structures don't have the same nested structure.\n\nFirst structure: ${first}\n\nSecond structure: ${second}\n\nMore specifically: ${why}\nEntire first structure:\n${dots}\nEntire second structure:\n${otherDots}`;

test.each<[string, () => unknown, string, string]>([
  ['lengths', () => tf.nest.assertSameStructure([1, 2], [1]), 'ValueError', whole('type=list str=[1, 2]', 'type=list str=[1]',
    "The two structures don't have the same number of elements. First structure: type=list str=[1, 2]. Second structure: type=list str=[1]", '[., .]', '[.]')],
  ['a leaf for a sequence', () => tf.nest.assertSameStructure([1, [2, 3]], [1, 2]), 'ValueError', whole('type=list str=[1, [2, 3]]', 'type=list str=[1, 2]',
    'Substructure "type=list str=[2, 3]" is a sequence, while substructure "type=int str=2" is not', '[., [., .]]', '[., .]')],
  ['kinds', () => tf.nest.assertSameStructure([1, 2], { a: 1, b: 2 }), 'TypeError', whole('type=list str=[1, 2]', "type=dict str={'a': 1, 'b': 2}",
    "The two namedtuples don't have the same sequence type. First structure type=list str=[1, 2] has type list, while second structure type=dict str={'a': 1, 'b': 2} has type dict", '[., .]', "{'a': ., 'b': .}")],
  ['keys', () => tf.nest.assertSameStructure({ a: 1 }, { b: 1 }), 'ValueError', whole("type=dict str={'a': 1}", "type=dict str={'b': 1}",
    "The two dictionaries don't have the same set of keys. First structure has keys type=list str=['a'], while second structure has keys type=list str=['b']", "{'a': .}", "{'b': .}")],
  ['too few', () => tf.nest.packSequenceAs([1, [2, 3]], [1, 2]), 'ValueError', 'Could not pack sequence. Structure had 3 elements, but flat_sequence had 2 elements.  Structure: [1, [2, 3]], flat_sequence: [1, 2].'],
  ['a scalar', () => tf.nest.packSequenceAs(1, [1, 2]), 'ValueError', 'Structure is a scalar but len(flat_sequence) == 2 > 1'],
  ['no list', () => tf.nest.packSequenceAs([1], 3 as never), 'TypeError', 'flat_sequence must be a sequence'],
  ['no function', () => tf.nest.mapStructure(3 as never, [1]), 'TypeError', 'func must be callable, got: 3'],
  ['nothing', () => (tf.nest.mapStructure as (f: unknown) => unknown)(() => 1), 'ValueError', 'Must provide at least one structure'],
  ['shallow leaf', () => nest.flattenUpTo([1, [1]], [[5, 6], 7]), 'TypeError', "If shallow structure is a sequence, input must also be a sequence. Input has type: <class 'int'>."],
  ['shallow length', () => nest.flattenUpTo([1, [1]], [[5, 6], [7, 8]]), 'ValueError', "The two structures don't have the same sequence length. Input structure has length 2, while shallow structure has length 1."],
  ['shallow keys', () => nest.flattenUpTo({ a: 1 }, { b: 7 }), 'ValueError', "The shallow_tree's keys are not a subset of the input_tree's keys. The shallow_tree has the following keys that are not in the input_tree: ['a']."],
  ['shallow kind', () => nest.flattenUpTo([1], { b: 7 }), 'TypeError', "The two structures don't have the same sequence type. Input structure has type <class 'dict'>, while shallow structure has type <class 'list'>."],
  ['dict items', () => nest.flattenDictItems(new Map([[[4, 5], [6]]])), 'ValueError', 'Could not flatten dictionary. Key had 2 elements, but value had 1 elements. Key: [4, 5], value: [6].'],
  ['mixed keys', () => tf.nest.flatten(new Map<unknown, number>([[1, 2], ['a', 3]])), 'TypeError', "'<' not supported between instances of 'str' and 'int'"],
])('%s: the error and its text are TensorFlow\'s', (_, f, name, text) => {
  let e: tf.errors.TfError | undefined;
  try { f(); } catch (x) { e = x as tf.errors.TfError; }
  expect([e?.name, e?.text]).toEqual([name, text]);
});

test('types may differ where that is asked for', () => {
  expect(() => tf.nest.assertSameStructure([1, 2], { a: 1, b: 2 }, false)).not.toThrow();
  expect(() => tf.nest.assertSameStructure({ a: 1 }, new Map([['a', 2]]))).not.toThrow();
});
