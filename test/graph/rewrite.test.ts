// The rule driver: edits of one pass, its log and its undo form; rules to a fixed point.
import { P } from 'ts-pattern';
import { afterEach, describe, expect, test } from 'vitest';
import { float32 } from '../../src/graph/dtype.ts';
import type { NodeDef } from '../../src/graph/node_def.ts';
import { freezeRewrites, Rewriting, rule, RuleSet, tableOf, undo } from '../../src/graph/rewrite.ts';
import { UNKNOWN_SHAPE } from '../../src/graph/shape.ts';

afterEach(() => { freezeRewrites(false); });

const node = (name: string, op: string, ...input: string[]): NodeDef => ({ name, op, input, device: '', attr: {} });
const chain = () => tableOf([node('x', 'X'), node('a', 'Id', 'x'), node('b', 'Id', 'a'), node('c', 'F', 'b', 'x', '^a'), node('d', 'G', 'c:1', 'b')]);
const names = (t: object): string[] => Object.keys(t);

describe('edits', () => {
  test('are seen by the pass, not by the table before; patches lead back', () => {
    freezeRewrites(true);
    const before = chain();
    const r = new Rewriting('p', before);
    r.redirect('b', 'x');
    r.remove('b');
    r.put(node('e', 'H', 'd'));
    expect(r.node('b')).toBeUndefined();
    expect(r.node('d')!.input).toEqual(['c:1', 'x']);
    expect(r.users('x')).toEqual(['a', 'c', 'd']);
    const result = r.finish();
    expect(names(result.nodes).sort()).toEqual(['a', 'c', 'd', 'e', 'x']);
    expect(before['d']!.input).toEqual(['c:1', 'b']);
    expect(result.pass).toBe('p');
    expect({ ...undo(result) }).toEqual({ ...before });
    expect(() => { (result.nodes as Record<string, NodeDef>)['x'] = node('x', 'Y'); }).toThrow(/read only/);
  });
  test('move one output and leave the others', () => {
    const r = new Rewriting('p', tableOf([node('s', 'Split'), node('t', 'T'), node('u', 'U', 's', 's:1', 's:1', '^s')]));
    r.redirect('s:1', 't');
    expect(r.node('u')!.input).toEqual(['s', 't', 't', '^s']);
    r.redirectControl('s', 't');
    expect(r.node('u')!.input).toEqual(['s', 't', 't', '^t']);
    expect([r.resolve('s:1'), r.resolve('s'), r.users('t')]).toEqual(['t', 's', ['u']]);
  });
  test('moved twice, a tensor is found at its last place', () => {
    const r = new Rewriting('p', chain());
    r.redirect('b', 'a');
    r.redirect('a', 'x');
    expect([r.resolve('b'), r.finish().resolve('b')]).toEqual(['x', 'x']);
  });
  test('two nodes that wait for one and the same wait once', () => {
    const r = new Rewriting('p', tableOf([node('a', 'A'), node('b', 'B'), node('u', 'U', '^a', '^b')]));
    r.redirectControl('b', 'a');
    expect(r.node('u')!.input).toEqual(['^a']);
  });
  test('none: the table itself, nothing to undo', () => {
    const before = chain();
    const result = new Rewriting('p', before).finish();
    expect(result.nodes).toBe(before);
    expect(undo(result)).toBe(before);
  });
});

describe('rules', () => {
  const id = rule('Id(x) -> x', 'Id', { inputs: [P.any] }, (v) => ({ use: v.inputs[0]!.tensor }));
  test('run to a fixed point and log every firing', () => {
    const r = new Rewriting('p', tableOf([node('x', 'X'), node('a', 'Id', 'x'), node('b', 'Id', 'a'), node('c', 'F', 'b')]));
    new RuleSet([id]).apply(r, ['x', 'a', 'b', 'c']);
    expect(r.node('c')!.input).toEqual(['x']);
    expect(r.log).toEqual([
      { pass: 'p', rule: 'Id(x) -> x', matched: ['a'], made: [], replaced: { a: 'x' } },
      { pass: 'p', rule: 'Id(x) -> x', matched: ['b'], made: [], replaced: { b: 'x' } },
    ]);
  });
  test('come back to users that come before what changed', () => {
    // The order lists the outer one first; it matches only once the inner one is gone.
    const pair = rule('F(X) -> X', 'F', { inputs: [{ op: 'X' }] }, (v) => ({ use: v.inputs[0]!.tensor }));
    const r = new Rewriting('p', tableOf([node('x', 'X'), node('a', 'Id', 'x'), node('f', 'F', 'a'), node('g', 'G', 'f')]));
    new RuleSet([pair, id]).apply(r, ['g', 'f', 'a', 'x']);
    expect(r.node('g')!.input).toEqual(['x']);
  });
  test('leave what is pinned, what waits and what is waited for', () => {
    const table = tableOf([node('x', 'X'), node('pin', 'Id', 'x'), node('waits', 'Id', 'x', '^x'), node('waited', 'Id', 'x'), node('free', 'Id', 'x'), node('u', 'U', 'pin', 'waits', 'waited', 'free', '^waited')]);
    const r = new Rewriting('p', table);
    new RuleSet([id]).apply(r, names(table), { pinned: new Set(['pin']) });
    expect(r.node('u')!.input).toEqual(['pin', 'waits', 'waited', 'x', '^waited']);
  });
  test('redefine a node under its own name and add what it needs', () => {
    const split = rule('Sub(a, b) -> Add(a, Neg(b))', 'Sub', { inputs: [P.any, P.any] }, (v) => ({
      become: { op: 'Add', input: [v.inputs[0]!.tensor, `${v.name}/neg`], attr: {} }, make: [{ ...node(`${v.name}/neg`, 'Neg', v.inputs[1]!.tensor), type: { dtype: float32, shape: UNKNOWN_SHAPE } }],
    }));
    const r = new Rewriting('p', tableOf([node('x', 'X'), node('s', 'Sub', 'x', 'x:1')]));
    new RuleSet([split]).apply(r, ['x', 's']);
    expect([r.node('s')!.input, r.node('s/neg')!.input, r.node('s')!.op]).toEqual([['x', 's/neg'], ['x:1'], 'Add']);
    expect(r.log[0]!.made).toEqual(['s', 's/neg']);
  });
  test('that never end are an error with their names', () => {
    const turn = (from: string, to: string) => rule(`${from} -> ${to}`, from, { inputs: [P.any] }, (v) => ({ become: { op: to, input: v.def.input, attr: {} } }));
    const r = new Rewriting('p', tableOf([node('x', 'X'), node('a', 'Ping', 'x')]));
    expect(() => { new RuleSet([turn('Ping', 'Pong'), turn('Pong', 'Ping')]).apply(r, ['x', 'a']); }).toThrow(/rewriting does not end: .*"Ping -> Pong" at a/);
  });
});
