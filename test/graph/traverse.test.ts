import { describe, expect, test } from 'vitest';
import type { NodeDef } from '../../src/graph/node_def.ts';
import { ancestors, descendants, topologicalSort, usersOf } from '../../src/graph/traverse.ts';
import { golden, programs, seeded } from './goldens.ts';

const node = (name: string, input: readonly string[] = [], op = 'NoOp'): NodeDef => ({ name, op, input, device: '', attr: {} });
const names = (nodes: readonly NodeDef[]): string => nodes.map((n) => n.name).join(' ');

describe('topologicalSort', () => {
  test('keeps the list order wherever it may', () => {
    expect(names(topologicalSort([node('c', ['b']), node('d'), node('b', ['^a']), node('a'), node('e', ['d:1'])]))).toBe('d a b c e');
  });
  test('leaves a sorted graph as it is', () => {
    for (const p of programs.filter((x) => x.startsWith('seed_'))) expect(names(topologicalSort(golden(p)))).toBe(names(golden(p).node));
  });
  test('cycles are legal through Merge <- NextIteration only', () => {
    const loop = [node('merge', ['enter', 'next'], 'Merge'), node('enter', [], 'Enter'), node('next', ['merge'], 'NextIteration')];
    expect(names(topologicalSort(loop))).toBe('enter merge next');
    expect(() => topologicalSort([node('x'), node('merge', ['y'], 'Merge'), node('y', ['merge'])])).toThrow('contains a cycle with 2 nodes, including: ');
    expect(() => topologicalSort([node('a', ['a'])])).toThrow('contains a cycle with 1 nodes, including: a');
    expect(golden('flow_while').node.some((n) => n.op === 'NextIteration')).toBe(true);
    expect(topologicalSort(golden('flow_while'))).toHaveLength(golden('flow_while').node.length);
  });
  test('every order it gives is topological, on shuffled graphs', () => {
    const random = seeded(7);
    for (const p of ['seed_entry2_nhwc', 'flow_cond', 'flow_while']) {
      const nodes = [...golden(p).node];
      for (let i = nodes.length - 1; i > 0; i--) { const j = random(i + 1); [nodes[i], nodes[j]] = [nodes[j]!, nodes[i]!]; }
      const seen = new Set<string>();
      for (const n of topologicalSort(nodes)) {
        if (n.op !== 'Merge') for (const s of n.input) expect(seen.has(s.replace(/^\^|:\d+$/g, ''))).toBe(true);
        seen.add(n.name);
      }
      expect(seen.size).toBe(nodes.length);
    }
  });
  test('200,000 nodes in a chain, backwards', () => {
    const n = 200_000;
    const chain = Array.from({ length: n }, (_, i) => node(`n${i}`, i + 1 < n ? [`n${i + 1}`] : []));
    const sorted = topologicalSort(chain);
    expect([sorted[0]!.name, sorted[n - 1]!.name]).toEqual([`n${n - 1}`, 'n0']);
    expect(ancestors(chain, ['n0']).size).toBe(n);
    expect(descendants(chain, [`n${n - 1}`]).size).toBe(n);
  });
});

test('ancestors, descendants, users', () => {
  const g = [node('a'), node('b', ['a:1']), node('c', ['^b', 'zz']), node('d', ['a', 'a'])];
  expect([...ancestors(g, ['c'])].sort()).toEqual(['a', 'b', 'c']);
  expect([...descendants(g, ['b:0'])].sort()).toEqual(['b', 'c']);
  expect(usersOf(g).get('a')!.map((n) => n.name)).toEqual(['b', 'd']);
  expect(usersOf(g).get('d')).toEqual([]);
});
