import { describe, expect, test } from 'vitest';
import { printGraphDef, printNode, toDot } from '../../src/graph/print.ts';
import { complexRepr, floatRepr, formatG, stringRepr, strCatNumber } from '../../src/graph/python_repr.ts';
import { functionText, golden, goldenLines, pbtxt, programs } from './goldens.ts';

test.each(programs)('%s prints as recorded', (p) => {
  expect(printGraphDef(golden(p))).toBe(goldenLines(p));
});

test('kinds of attr', () => {
  const n = pbtxt(`node { name: "n" op: "X" input: "a" input: "^b" device: "/device:GPU:0"
    attr { key: "f" value { f: 0.1 } } attr { key: "s" value { s: "it's" } } attr { key: "l" value { list { f: 0.1 f: 1e-5 b: true s: "\\377" } } } attr { key: "e" value { list { } } }
    attr { key: "fn" value { func { name: "g" } } } attr { key: "shape" value { shape { dim { size: -1 } dim { size: 3 } } } } attr { key: "u" value { shape { unknown_rank: true } } }
    attr { key: "value" value { tensor { dtype: DT_STRING tensor_shape { dim { size: 2 } } string_val: "a" string_val: "\\001" } } } }`).node[0]!;
  expect(printNode(n)).toBe('n = X(a, ^b) @/device:GPU:0 {e=() f=0.100000001 fn=func { name: "g" } l=(b\'\\xff\',0.1,1e-05,True) s="it\'s" shape=[?,3] u=[..] value=object[2] [b\'a\', b\'\\x01\']}');
  expect(printGraphDef(pbtxt(functionText()))).toContain('\nfunction Half: ');
});

test('Python numbers', () => {
  const f = Math.fround;
  expect([0, -0, 1, 1.5, f(0.1), 1e16, 123456789012345680, 1e15, 1e-4, 1e-5, f(1e-45), NaN, Infinity, -Infinity, 5e-324].map(floatRepr)).toEqual(
    ['0.0', '-0.0', '1.0', '1.5', '0.10000000149011612', '1e+16', '1.2345678901234568e+17', '1000000000000000.0', '0.0001', '1e-05', '1.401298464324817e-45', 'nan', 'inf', '-inf', '5e-324']);
  expect([0.1, 100000, 1e6, 123456.7, 1e-5, 0, 2.5].map((x) => formatG(x))).toEqual(['0.1', '100000', '1e+06', '123457', '1e-05', '0', '2.5']);
  expect([f(1 / 3), 16777216, f(0.1), 1e10].map((x) => strCatNumber(x))).toEqual(['0.333333343', '16777216', '0.1', '1e+10']);
  expect([complexRepr(1, 2), complexRepr(0, -1.5), complexRepr(-0, 0), complexRepr(1, -0), complexRepr(NaN, NaN)]).toEqual(['(1+2j)', '-1.5j', '(-0+0j)', '(1-0j)', '(nan+nanj)']);
  expect([stringRepr("a'b"), stringRepr('a\n"\'')]).toEqual(['"a\'b"', "'a\\n\"\\''"]);
});

describe('toDot', () => {
  const def = golden('seed_entry1_nhwc');
  test('has every node and edge once, clusters closed', () => {
    const dot = toDot(def, { highlight: ['concat'] });
    const edges = def.node.reduce((k, n) => k + n.input.length, 0);
    expect(dot.match(/^ *n\d+ \[/gm)).toHaveLength(def.node.length);
    expect(dot.match(/^ {2}n\d+ -> n\d+/gm)).toHaveLength(edges);
    expect(dot.match(/#ffd24d/g)).toHaveLength(1);
    expect(dot.split('{').length).toBeGreaterThan(10);
    const open = dot.split('\n').filter((l) => /subgraph/.test(l)).length;
    const close = dot.split('\n').filter((l) => /^ *}$/.test(l)).length;
    expect(close).toBe(open + 1);
  });
  test('without clusters', () => { expect(toDot(def, { clusters: false })).not.toContain('subgraph'); });
  test('back edges do not rank', () => { expect(toDot(golden('flow_while'))).toContain('constraint=false'); });
});
