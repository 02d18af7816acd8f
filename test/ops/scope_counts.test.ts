// The counts of variable scopes against the plain table of TensorFlow's store: copies on jumps, scans on leaving.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ScopeCounts } from '../../src/ops/scope_counts.ts';

const name = fc.array(fc.constantFrom('a', 'b', 'ab', 'a_1'), { minLength: 1, maxLength: 4 }).map((l) => l.join('/'));
type Action = { kind: 'open' | 'close'; name: string } | { kind: 'jump' | 'return' };
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constantFrom('open' as const, 'close' as const), name }), fc.record({ kind: fc.constantFrom('jump' as const, 'return' as const) }),
);

test('agree with a table that is copied on every jump', () => {
  fc.assert(fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
    const counts = new ScopeCounts();
    let model = new Map<string, number>();
    const [marks, copies]: [number[], Map<string, number>[]] = [[], []];
    const names = new Set<string>();
    for (const a of actions) {
      if (a.kind === 'open') {
        counts.open(a.name);
        model.set(a.name, (model.get(a.name) ?? 0) + 1);
      } else if (a.kind === 'close') {
        counts.closeSubscopes(a.name);
        for (const k of model.keys()) if (k.startsWith(`${a.name}/`)) model.set(k, 0);
      } else if (a.kind === 'jump') {
        marks.push(counts.mark());
        copies.push(new Map(model));
      } else if (marks.length > 0) {
        counts.restore(marks.pop()!);
        model = copies.pop()!;
      }
      if ('name' in a) names.add(a.name);
      for (const n of names) expect(counts.count(n), n).toBe(model.get(n) ?? 0);
    }
  }), { numRuns: 500 });
});
