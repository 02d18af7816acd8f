// `tf.app.flags` against what absl made of the same command lines (fixtures/flags.json, made by make_flags.py), and `tf.app.run`.
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import * as tf from 'tfgraph';

const { flags } = tf.app;
interface Case { argv: string[]; rest?: string[]; values?: Record<string, unknown>; error?: [string, string] }
const recorded = JSON.parse(readFileSync(new URL('fixtures/flags.json', import.meta.url)).toString()) as { cases: Case[]; extra: [string, string, string][] };

function fresh(): tf.app.flags.FlagValues {
  const v = new flags.FlagValues(), o = { flagValues: v };
  flags.DEFINE_string('name', 'abc', 'a name', o);
  flags.DEFINE_integer('steps', 10, 'steps', { lowerBound: 1, upperBound: 100, ...o });
  flags.DEFINE_float('rate', 0.5, 'rate', o);
  flags.DEFINE_bool('train', false, 'train', o);
  flags.DEFINE_boolean('eval', true, 'eval', o);
  flags.DEFINE_enum('mode', 'a', ['a', 'b'], 'mode', o);
  flags.DEFINE_list('items', ['x', 'y'], 'items', o);
  flags.DEFINE_multi_string('tag', null, 'tags', o);
  flags.DEFINE_multi_integer('num', [1], 'nums', o);
  flags.DEFINE_string('none', null, 'nothing', o);
  flags.DEFINE_spaceseplist('words', 'p q', 'words', o);
  flags.DEFINE_integer('free', null, 'free', o);
  flags.DEFINE_float('pos', null, 'pos', { lowerBound: 0, ...o });
  flags.DEFINE_multi_float('mf', null, 'mf', o);
  flags.DEFINE_multi_enum('me', ['a'], ['a', 'b'], 'me', o);
  return v;
}
const failure = (f: () => unknown): [string, string] | unknown => {
  try { return f(); } catch (e) { return [(e as Error).constructor.name.replace('FlagsError', 'Error'), (e as tf.errors.TfError).text]; }
};

describe('command lines', () => {
  test.each(recorded.cases.map((c) => [c.argv.join(' '), c] as const))('%s', (_, c) => {
    const v = fresh();
    const got = failure(() => ({ rest: v.parse(c.argv), values: Object.fromEntries(Object.keys(c.values ?? {}).map((n) => [n, v.get(n)])) }));
    expect(got).toEqual(c.error ?? { rest: c.rest, values: c.values });
  });
});

describe('other uses', () => {
  const parsed = (argv: string[] = [], prepare: (v: tf.app.flags.FlagValues) => void = () => undefined): tf.app.flags.FlagValues => { const v = fresh(); prepare(v); v.parse(argv); return v; };
  const set = (name: string, x: unknown): unknown => { const v = parsed(); v.set(name, x); return v.get(name); };
  const even = (v: tf.app.flags.FlagValues): void => { flags.registerValidator('steps', (x: number) => x % 2 === 0, 'must be even', v); };
  const uses: Readonly<Record<string, () => unknown>> = {
    unparsed: () => fresh().get('name'), missing: () => parsed().get('nothing'), default: () => flags.DEFINE_integer('bad', 'x', 'y', { flagValues: fresh() }), bounds: () => flags.DEFINE_integer('bad2', 5, 'y', { lowerBound: 6, flagValues: fresh() }),
    enum: () => flags.DEFINE_enum('bad3', 'z', ['a'], 'y', { flagValues: fresh() }), setbad: () => set('steps', 1000), setunknown: () => set('nope', 1), required: () => parsed([], (v) => { flags.markFlagAsRequired('none', v); }),
    validator: () => parsed(['--steps=3'], even), 'validator set': () => { parsed(['--steps=4'], even).set('steps', 5); }, exclusive: () => parsed(['--none=1', '--free=2'], (v) => { flags.markFlagsAsMutualExclusive(['none', 'free'], { flagValues: v }); }),
    'exclusive required': () => parsed([], (v) => { flags.markFlagsAsMutualExclusive(['none', 'free'], true, v); }),
  };
  test.each(recorded.extra.filter(([label]) => label in uses))('%s', (label, name, text) => { expect(failure(uses[label]!)).toEqual([name, text]); });
  test('values set, second names, flags defined twice', () => {
    expect(set('steps', 7)).toBe(7);
    const v = parsed(['--nick=zz'], (f) => { flags.DEFINE_alias('nick', 'name', f); });
    expect([v.get('name'), v.get('nick')]).toEqual(['zz', 'zz']);
    expect(failure(() => flags.DEFINE_string('name', 'x', 'y', { flagValues: v }))).toEqual(['DuplicateFlagError', "The flag 'name' is defined twice.  Description from first occurrence: a name"]);
  });
});

describe('the program', () => {
  const argv = process.argv;
  afterEach(() => { process.argv = argv; process.exitCode = undefined; });
  test('FLAGS are properties and read the command line when first asked; run gives main the rest', async () => {
    flags.DEFINE_integer({ flagName: 'batch_size_here', defaultValue: 3, docstring: 'size' });
    flags.FLAGS.unparseFlags();
    process.argv = ['node', 'prog.ts', '--batch_size_here=8'];
    expect([flags.FLAGS['batch_size_here'], flags.FLAGS['batchSizeHere'], 'batch_size_here' in flags.FLAGS]).toEqual([8, 8, true]);
    process.argv = ['node', 'prog.ts', 'word', '--strange=1', '--batch_size_here=9'];
    const seen: unknown[] = [];
    await tf.app.run(async (rest) => { await Promise.resolve(); seen.push(rest, flags.FLAGS['batch_size_here']); return 4; });
    expect(seen).toEqual([['prog.ts', 'word', '--strange=1'], 9]);
    expect(process.exitCode).toBe(4);
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    await tf.app.run(() => { throw new Error('not called'); }, ['p', '--batch_size_here=x']);
    expect(said).toHaveBeenCalledWith("FATAL Flags parsing error:\n  flag --batch_size_here=x: invalid literal for int() with base 10: 'x'");
    expect(process.exitCode).toBe(1);
    said.mockRestore();
  });
});
