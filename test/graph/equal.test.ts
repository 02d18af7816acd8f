// Equality: TF's verdict and TF's words, on what real TensorFlow said; identity; hashes.
import { describe, expect, test } from 'vitest';
import { AssertionError } from '../../src/graph/errors.ts';
import { assertEqualGraphDef, equalGraphDef, graphDefDifference, hashGraphDef, identicalGraphDef, identityDifference } from '../../src/graph/equal.ts';
import { encodeGraphDef } from '../../src/graph/graph_def_codec.ts';
import { attr, type GraphDef } from '../../src/graph/node_def.ts';
import { cases, golden, pbtxt, programs, seeded } from './goldens.ts';

describe('as TensorFlow', () => {
  test.each(cases.equal.map((c, i) => [i, c] as const))('case %i', (_, c) => {
    const [a, b] = [pbtxt(c.actual), pbtxt(c.expected)];
    expect(graphDefDifference(a, b) ?? '').toBe(c.difference);
    if (c.difference === '') expect(hashGraphDef(a)).toBe(hashGraphDef(b));
    else expect(hashGraphDef(a)).not.toBe(hashGraphDef(b));
  });
  test('order of nodes and of control inputs does not count', () => {
    const a = golden('seed_entry2_nhwc');
    const b: GraphDef = { ...a, versions: { producer: 1 }, node: [...a.node].reverse().map((n) => ({ ...n, input: [...n.input.filter((s) => !s.startsWith('^')), ...n.input.filter((s) => s.startsWith('^')).reverse()] })) };
    expect(graphDefDifference(a, b)).toBeUndefined();
    expect(hashGraphDef(a)).toBe(hashGraphDef(b));
    expect(identicalGraphDef(a, b)).toBe(false);
  });
  test('internal attrs count when asked', () => {
    const a = golden('seed_entry1_nhwc');
    const b = { ...a, node: a.node.map((n) => ({ ...n, attr: Object.fromEntries(Object.entries(n.attr).filter(([k]) => k !== '_class')) })) };
    expect(equalGraphDef(a, b)).toBe(true);
    expect(hashGraphDef(a)).toBe(hashGraphDef(b));
    expect(graphDefDifference(b, a, { ignoreInternalAttrs: false })).toContain("missing expected attr '_class' with value: [\"loc:@convnet/Conv/weights\"]");
    expect(hashGraphDef(a, { ignoreInternalAttrs: false })).not.toBe(hashGraphDef(b, { ignoreInternalAttrs: false }));
  });
  test('assertEqualGraphDef', () => {
    const [a, b] = [golden('seed_entry1_nhwc'), golden('seed_entry2_nhwc')];
    expect(() => { assertEqualGraphDef(a, a); }).not.toThrow();
    expect(() => { assertEqualGraphDef(a, b); }).toThrow(AssertionError);
    const part = (id: string): GraphDef => pbtxt(`node { name: "p" op: "Const" attr { key: "value" value { tensor { dtype: DT_STRING tensor_shape { } string_val: "_temp_${id}/part" } } } } node { name: "t" op: "HashTableV2" attr { key: "shared_name" value { s: "hash_table_${id}" } } }`);
    const [x, y] = [part('0'.repeat(32)), part('a'.repeat(32))];
    expect(() => { assertEqualGraphDef(x, y); }).toThrow('does not match expected');
    expect(() => { assertEqualGraphDef(x, y, { checkpointV2: true }); }).toThrow("Node named 't'");
    expect(() => { assertEqualGraphDef(x, y, { checkpointV2: true, hashTableSharedName: true }); }).not.toThrow();
  });
});

describe('identity', () => {
  test.each(programs)('%s is itself and nothing else', (p) => {
    const a = golden(p);
    expect(identityDifference(a, golden(p))).toBeUndefined();
    for (const q of programs) if (q !== p) expect(identicalGraphDef(a, golden(q))).toBe(false);
  });
  test('any change of a byte that decodes is a difference', () => {
    const random = seeded(3);
    const a = golden('seed_entry1_nhwc');
    for (let k = 0; k < 300; k++) {
      const node = [...a.node];
      const i = random(node.length);
      const n = node[i]!;
      const change = random(6);
      if (change === 0) [node[i], node[(i + 1) % node.length]] = [node[(i + 1) % node.length]!, n];
      else if (change === 1) node[i] = { ...n, device: '/device:CPU:0' };
      else if (change === 2) node.splice(i, 1);
      else if (change === 3) node[i] = { ...n, attr: { ...n.attr, extra: attr.i(k) } };
      else if (change === 4) node[i] = { ...n, input: [...n.input, '^x'] };
      else node[i] = { ...n, name: `${n.name}_x` };
      const b = { ...a, node };
      expect(identicalGraphDef(a, b)).toBe(false);
      expect(Buffer.compare(encodeGraphDef(a), encodeGraphDef(b))).not.toBe(0);
    }
  });
  test('says what', () => {
    const a = pbtxt('node { name: "a" op: "A" } node { name: "b" op: "B" input: "a:0" } versions { producer: 2 }');
    const t = (fields: string): GraphDef => pbtxt(`node { name: "c" op: "Const" attr { key: "value" value { tensor { dtype: DT_FLOAT tensor_shape { dim { size: 2 } } ${fields} } } } }`);
    expect(identityDifference(a, pbtxt('node { name: "b" op: "B" input: "a:0" } node { name: "a" op: "A" } versions { producer: 2 }'))).toBe("Node number 0 is 'a' where 'b' is expected (which is number 1)");
    expect(identityDifference(a, pbtxt('node { name: "a" op: "A" } node { name: "b" op: "B" input: "a" } versions { producer: 2 }'))).toContain("has input 0 'a:0' that is written 'a'");
    expect(identityDifference(a, pbtxt('node { name: "a" op: "A" } node { name: "b" op: "B" input: "a:0" } versions { producer: 3 }'))).toBe('Versions are {producer: 2, min_consumer: 0, bad_consumers: []}, expected {producer: 3, min_consumer: 0, bad_consumers: []}');
    expect(identityDifference(a, pbtxt('node { name: "a" op: "A" } versions { producer: 2 }'))).toBe("Found unexpected node '{{node b}} = B[](a:0)' at the end");
    expect(identityDifference(t('float_val: 1'), t('float_val: 1 float_val: 1'))).toContain('written in other fields');
    expect(identityDifference(a, pbtxt('node { name: "a" op: "A" } node { name: "b" op: "B" input: "a:0" } versions { producer: 2 } library { function { signature { name: "f" } } }'))).toBe("Function number 0 is absent, expected 'f'");
  });
});
