import { describe, expect, test } from 'vitest';
import { inputNode, inputString, isFunctionTensorName, OP_NAME_REGEX, parseInput, parseTensorName, SCOPE_NAME_REGEX, tensorName } from '../../src/graph/names.ts';

describe('node inputs', () => {
  test.each([
    ['a', 'a', 0, false], ['a/b:1', 'a/b', 1, false], ['a:12', 'a', 12, false], ['^a/b', 'a/b', -1, true],
    ['a:x', 'a:x', 0, false], ['a:', 'a:', 0, false], [':1', ':1', 0, false], ['', '', 0, false], ['a1', 'a1', 0, false], ['1', '1', 0, false],
    ['a:1:2', 'a:1', 2, false], ['^a:1', 'a:1', -1, true],
  ])('%s', (s, name, index, control) => {
    expect(parseInput(s)).toEqual({ name, index, control });
    expect(inputNode(s)).toBe(name);
  });
  test('are written without :0', () => {
    expect([inputString('a', 0), inputString('a', 2), tensorName('a', 0)]).toEqual(['a', 'a:2', 'a:0']);
  });
});

test('tensor names', () => {
  expect(parseTensorName('a/b:3')).toEqual({ name: 'a/b', index: 3 });
  expect(parseTensorName('a')).toEqual({ name: 'a', index: 0 });
  expect(() => parseTensorName('a:b')).toThrow("Cannot convert 'a:b' to a tensor name.");
  expect(() => parseTensorName('a:0:1')).toThrow("Cannot convert 'a:0:1' to a tensor name.");
  expect([isFunctionTensorName('mul:z:0'), isFunctionTensorName('mul:0')]).toEqual([true, false]);
});

test('regexes', () => {
  for (const [s, op, scope] of [['a', true, true], ['.a', true, true], ['_a', false, true], ['a b', false, false], ['', false, true], ['A/-.9', true, true], ['/a', false, true], ['ä', false, false], ['a\n', false, false]] as const) {
    expect([s, OP_NAME_REGEX.test(s), SCOPE_NAME_REGEX.test(s)]).toEqual([s, op, scope]);
  }
});
