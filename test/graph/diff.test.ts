import { describe, expect, test } from 'vitest';
import { diffGraphDef, printGraphDiff } from '../../src/graph/diff.ts';
import { identicalGraphDef } from '../../src/graph/equal.ts';
import { attr, type GraphDef } from '../../src/graph/node_def.ts';
import { functionText, golden, pbtxt, programs, seeded } from './goldens.ts';

const graph = (...lines: string[]): GraphDef => pbtxt(`${lines.map((l) => { const [name, op, ...inputs] = l.split(' '); return `node { name: "${name}" op: "${op}" ${inputs.map((i) => `input: "${i}"`).join(' ')} }`; }).join('\n')} versions { producer: 134 }`);

test('nothing differs', () => {
  for (const p of programs) {
    const d = diffGraphDef(golden(p), golden(p));
    expect(d.empty).toBe(true);
    expect(printGraphDiff(d)).toBe('');
  }
});

test('added, removed, changed, moved', () => {
  const a = graph('a X', 'b X', 'c X a b', 'd X c', 'e X d', 'f X e', 'g X f');
  const b = graph('b X', 'a X', 'c X a b ^z', 'z Y', 'd X c', 'e X d', 'f X e');
  const d = diffGraphDef(a, b);
  expect([d.removed.map((n) => n.name), d.added.map((n) => n.name), d.moved]).toEqual([['g'], ['z'], ['b']]);
  expect(d.changed.map((c) => [c.name, c.fields])).toEqual([['c', ['control input']]]);
  expect(printGraphDiff(d, { labels: ['one', 'two'], context: 1 })).toBe(`--- one (7 nodes)
+++ two (7 nodes)
@@ node 0 @@
+b = X() {}
 a = X() {}
-b = X() {}
-c = X(a, b) {}
+c = X(a, b, ^z) {}  # control input
+z = Y() {}
 d = X(c) {}
@@ node 5 @@
 f = X(e) {}
-g = X(f) {}
`);
});

test('fields of a change', () => {
  const a = { ...graph('a X i'), library: pbtxt(functionText()).library! };
  const n = a.node[0]!;
  const fields = (m: object): readonly string[] | undefined => diffGraphDef(a, { ...a, node: [{ ...n, ...m }] }).changed[0]?.fields;
  expect([fields({}), fields({ op: 'Y' }), fields({ device: 'd' }), fields({ input: ['i:0'] }), fields({ attr: { k: attr.f(1) } })]).toEqual([undefined, ['op'], ['device'], ['input'], ['attr k']]);
  const d = diffGraphDef(a, { ...a, versions: { producer: 1 }, library: { gradient: [], function: [...a.library.function.slice(1), { ...a.library.function[1]!, signature: { ...a.library.function[1]!.signature, name: 'New' } }] } });
  expect(d.functions.added).toEqual(['New']);
  expect(d.functions.removed).toEqual([a.library.function[0]!.signature.name]);
  expect(printGraphDiff(d)).toContain('-versions producer: 134\n+versions producer: 1\n');
  expect(printGraphDiff(d)).toContain('+function New\n');
});

describe('property: the printed diff, applied, gives the other graph', () => {
  test('400 random edits', () => {
    const random = seeded(11);
    for (let k = 0; k < 400; k++) {
      const a = graph(...Array.from({ length: 3 + random(12) }, (_, i) => `n${i} X`));
      const node = [...a.node];
      for (let e = random(5); e >= 0; e--) {
        const i = random(node.length);
        if (random(3) === 0 && node.length > 1) node.splice(i, 1);
        else if (random(2) === 0) node.splice(i, 0, { name: `m${k}_${e}`, op: 'Y', input: [], device: '', attr: {} });
        else node.splice(random(node.length), 0, ...node.splice(i, 1));
      }
      const b = { ...a, node };
      const d = diffGraphDef(a, b);
      expect(d.empty).toBe(identicalGraphDef(a, b));
      const lines = printGraphDiff(d, { context: 100 }).split('\n').slice(3, -1);
      const names = (marks: string): string[] => lines.filter((l) => marks.includes(l[0]!)).map((l) => l.slice(1).split(' ')[0]!);
      if (d.empty) continue;
      expect(names(' -')).toEqual(a.node.map((n) => n.name));
      expect(names(' +')).toEqual(b.node.map((n) => n.name));
    }
  });
});
