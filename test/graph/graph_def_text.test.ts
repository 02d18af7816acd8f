// Text GraphDefs: character for character Python's, and errors that name the line.
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../src/graph/errors.ts';
import { decodeGraphDef, encodeGraphDef } from '../../src/graph/graph_def_codec.ts';
import { attrValueFromText, attrValueToText, graphDefFromText, graphDefToText } from '../../src/graph/graph_def_text.ts';
import { attr } from '../../src/graph/node_def.ts';
import { functionBytes, functionText, golden, goldenBytes, goldenText, programs } from './goldens.ts';

describe('recorded graphs', () => {
  test.each(programs)('%s', (p) => {
    expect(graphDefToText(golden(p))).toBe(goldenText(p));
    expect(Buffer.compare(encodeGraphDef(graphDefFromText(goldenText(p))), goldenBytes(p))).toBe(0);
  });
  test('a function library too', () => {
    expect(graphDefToText(decodeGraphDef(functionBytes()))).toBe(functionText());
    expect(Buffer.compare(encodeGraphDef(graphDefFromText(functionText())), functionBytes())).toBe(0);
  });
});

describe('hand-written text', () => {
  test('all spellings protobuf accepts', () => {
    const g = graphDefFromText(`# comment
      node: < name: 'a' "b"; op: "X", input: ["x", '^y'] input: "z"
        attr { key: "l" value: { list: { i: [1, -0x10, 010] f: [1, .5, -inf, nan, 1e3f] b: [true, 0, t] s: "\\x41\\102\\u00e9\\n" type: [DT_FLOAT, 3] } } }
        attr { key: "unset" value { } }
        experimental_debug_info { original_node_names: "o" } >
      versions { producer: 7 bad_consumers: [1, 2] }`);
    expect(g).toEqual({
      node: [{ name: 'ab', op: 'X', input: ['x', '^y', 'z'], device: '', attr: { l: expect.anything() } }],
      versions: { producer: 7, badConsumers: [1, 2] },
    });
    expect(attrValueToText(g.node[0]!.attr['l']!, true)).toBe('list { s: "AB\\303\\251\\n" i: 1 i: -16 i: 8 f: 1.0 f: 0.5 f: -inf f: nan f: 1000.0 b: true b: false b: true type: DT_FLOAT type: DT_INT32 }');
  });
  test('numbers keep their value', () => {
    expect(attrValueFromText('i: -9223372036854775808')).toEqual(attr.i(-(2n ** 63n)));
    expect(attrValueFromText('f: 0.1')).toEqual(attr.f(0.1));
    expect(attrValueFromText('')).toBeUndefined();
  });
});

describe('bad text names line and column', () => {
  test.each([
    ['node {\n  name: "a"\n  foo: 3\n}', '3:3 : Message type "tensorflow.NodeDef" has no field named "foo".'],
    ['node {\n  name: "a"', '2:12 : Expected "}".'],
    ['node {\n  name: "a', '2:9 : String missing ending quote'],
    ['node {\n  name: "a\n"}', '2:11 : String missing ending quote'],
    ['node {\n  name: 3 }', '2:9 : Expected string but found: \'3\''],
    ['node { name: "a" name: "b" }', 'should not have multiple "name" fields.'],
    ['node { attr { key: "T" value {\n type: DT_FOO } } }', '2:8 : Enum type "tensorflow.DataType" has no value named DT_FOO.'],
    ['node { attr { key: "T" value { i: 9223372036854775808 } } }', 'Value out of range: 9223372036854775808'],
    ['node { attr { key: "T" value { i: 1.5 } } }', "Couldn't parse integer: 1.5"],
    ['node { attr { key: "T" value { f: x } } }', "Couldn't parse float: x"],
    ['node { attr { key: "T" value { b: 2 } } }', 'Expected "true" or "false".'],
    ['node { name: "\\q" }', 'Invalid escape \\q'],
    ['node { name: "\\377" }', 'string is not valid UTF-8'],
    ['node 3', 'Expected ":".'],
    ['node: 3', 'Expected "{".'],
    ['}', 'Expected identifier or number, got }'],
    ['node { attr { key: "v" value { tensor { dtype: DT_FLOAT tensor_shape { dim { size: -2 } } } } } }', 'dimension of size -2'],
    ['node { attr { key: "v" value { tensor {\n dtype: DT_FLOAT\n tensor_shape { dim { size: 2 } } tensor_content: "abc" } } } }', '1:39 : tensor_content has 3 bytes, shape [2] of float32 needs 8'],
    ['node { attr { key: "v" value { tensor { dtype: DT_FLOAT tensor_shape { dim { size: 999999999999 } } float_val: 1 } } } }', 'raise maxBytes to read it'],
    ['node { attr { key: "v" value { tensor { dtype: DT_FLOAT int_val: 1 } } } }', 'has its elements in int_val instead of float_val'],
  ])('%s', (text, message) => {
    expect(() => graphDefFromText(text)).toThrow(DecodeError);
    expect(() => graphDefFromText(text)).toThrow(message);
  });
  test('the line is right deep inside a large text', () => {
    const lines = goldenText('seed_errors').split('\n');
    lines[5000] = '  garbage: 1';
    expect(() => graphDefFromText(lines.join('\n'))).toThrow(/^5001:\d+ : /);
  });
  test('nesting is limited', () => {
    const deep = `node { attr { key: "f" value { ${'func { name: "f" attr { key: "x" value { '.repeat(200)}`;
    expect(() => graphDefFromText(deep)).toThrow('nested more than 100 deep');
  });
});
