// The public names are TensorFlow's in camelCase, and the functions take Python's parameters in Python's order
// (fixtures/api.json.gz: every public symbol of TensorFlow 1.15.5 with its parameters, read off the package by `inspect`).
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { signatureOf } from '../../src/ops/api.ts';

interface Symbol { f?: [string[], number] | null; c?: [string[], number] | null }
const python = JSON.parse(gunzipSync(readFileSync(new URL('fixtures/api.json.gz', import.meta.url))).toString()) as Record<string, Symbol>;

const camel = (name: string): string => name.replace(/(?<=[a-z0-9])_+([a-z0-9])/g, (_, c: string) => c.toUpperCase());
/** TF's symbols by our name. */
const byOurName = new Map(Object.entries(python).map(([name, s]) => [name.split('.').map((part) => (/^[A-Z]/.test(part) ? part : camel(part))).join('.'), { name, ...s }]));

/** Ours: no symbol of TensorFlow. */
const OURS = new Set([
  'NDArray', 'copyWeights', 'lint', 'formatFinding', 'graphDefFromBytes', 'graphDefToBytes', 'graphDefFromText', 'graphDefToText', 'graphDefFromJson', 'graphDefToJson', 'equalGraphDef', 'diffGraphDef', 'verifyGraphDef',
  'printGraphDiff', 'printGraphDef', 'toDot', 'readNpy', 'readNpz', 'writeNpy', 'writeNpz', 'gradientOverrideMap', 'ellipsis',
  'test.assertEquivalent', 'test.equivalence', 'contrib.framework.ArgScope', 'NameScope',
  // A namespace made from the op list: its functions are tested in raw_ops.test.ts.
  'rawOps',
  // TensorFlow has them, but outside of its public names (python.client.timeline, python.client.session, python.framework.ops).
  'Timeline', 'registerSessionRunConversionFunctions', 'IndexedSlicesValue',
  // Python's own classes, the base of all, and what bad files throw.
  'errors.TfError', 'errors.ValueError', 'errors.TypeError', 'errors.KeyError', 'errors.LookupError', 'errors.RuntimeError', 'errors.AttributeError', 'errors.AssertionError',
  'errors.NotImplementedError', 'errors.InaccessibleTensorError', 'errors.DecodeError',
]);

/** Every exported function, class and namespace, with its path. */
function* walk(o: object, path: string): Generator<[string, unknown]> {
  for (const [k, v] of Object.entries(o)) {
    const name = path === '' ? k : `${path}.${k}`;
    yield [name, v];
    if (typeof v === 'object' && v !== null && (v as { [Symbol.toStringTag]?: string })[globalThis.Symbol.toStringTag] === 'Module') yield* walk(v, name);
  }
}
const all = [...walk(tf, '')];
const isModule = (v: unknown): boolean => typeof v === 'object' && v !== null && globalThis.Symbol.toStringTag in v;

/** Modules of contrib that TensorFlow loads lazily, or that are not in our list of its names. */
const LAZY = /^contrib\.(framework\.nest|graphEditor|lookup|stateless|util)\./;

test('every public name is one of TensorFlow, or ours', () => {
  expect(all.filter(([name, v]) => !isModule(v) && !byOurName.has(name) && !OURS.has(name) && !LAZY.test(name)).map(([n]) => n)).toEqual([]);
});

describe('parameters as in Python', () => {
  const functions = all.filter(([name, v]) => signatureOf(v) && byOurName.get(name)?.f);
  test.each(functions)('%s', (name, f) => {
    const s = signatureOf(f)!;
    const [want, required] = byOurName.get(name)!.f!;
    const wanted = want.map(camel);
    const have = s.parameters;
    // Parameters we leave out stand at the end or are deprecated spellings that aliases take.
    const known = wanted.filter((p) => have.includes(p) || s.aliases.includes(p));
    expect(have.filter((p) => wanted.includes(p)), 'order').toEqual(known.filter((p) => have.includes(p)));
    // What stands behind the argument that a functools.partial has bound goes by name alone, and the list does not tell it.
    const partial = /^contrib\.(layers|slim)\.legacy(Linear|Relu)$/.test(name) ? byOurName.get(name.replace(/Linear|Relu/, 'FullyConnected'))!.f![0].map(camel) : [];
    expect(have.filter((p) => !wanted.includes(p) && !partial.includes(p)), 'unknown to Python').toEqual([]);
    const first = wanted.findIndex((p) => !have.includes(p));
    if (first >= 0) expect(have.slice(0, first), 'positions').toEqual(wanted.slice(0, first));
    expect(s.required, 'required').toBe(required);
  });
});
