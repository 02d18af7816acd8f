// Inputs made to cost as much as possible: what reading them takes stays within 4 times the input and 64 MB, and none
// takes long. Also large inputs that are honest, which must be read.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../src/graph/errors.ts';
import { decodeGraphDef, encodeGraphDef } from '../../src/graph/graph_def_codec.ts';
import { graphDefFromText, graphDefToText } from '../../src/graph/graph_def_text.ts';
import { decodeMetaGraphDef } from '../../src/graph/meta_graph_codec.ts';
import { NDArray } from '../../src/graph/ndarray.ts';
import { attr, type GraphDef } from '../../src/graph/node_def.ts';
import { verify } from '../../src/graph/verify.ts';
import { float32, string } from '../../src/graph/dtype.ts';
import { opTable } from '../../src/ops/registry.ts';
import { golden } from './goldens.ts';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;
const MB = 2 ** 20;
const held = (): number => { gc(); const m = process.memoryUsage(); return m.heapUsed + m.arrayBuffers; };

/** Reads; returns what came out (or the refusal) and the bytes it holds. */
function reading<T>(read: () => T): { value: T | undefined; refusal: DecodeError | undefined; bytes: number } {
  const before = held();
  try {
    const value = read();
    return { value, refusal: undefined, bytes: held() - before };
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    return { value: undefined, refusal: e, bytes: held() - before };
  }
}

function repeat(unit: readonly number[], bytes: number): Uint8Array {
  const b = new Uint8Array(Math.floor(bytes / unit.length) * unit.length);
  b.set(unit);
  for (let n = unit.length; n < b.length; n *= 2) b.copyWithin(n, 0, Math.min(n, b.length - n));
  return b;
}
function varint(n: number): number[] { const out: number[] = []; for (; n > 127; n = Math.floor(n / 128)) out.push((n & 127) | 128); return [...out, n]; }
function wrap(tag: number, inner: Uint8Array, before: readonly number[] = []): Uint8Array {
  const head = [tag, ...varint(inner.length + before.length), ...before];
  const out = new Uint8Array(head.length + inner.length);
  out.set(head);
  out.set(inner, head.length);
  return out;
}
/** GraphDef { node { attr { key: "k" value { ... } } } } around a field of AttrValue. */
const inAttr = (field: Uint8Array): Uint8Array => wrap(0x0a, wrap(0x2a, wrap(0x12, field), [0x0a, 1, 0x6b]));
const inTensor = (dtype: number, field: Uint8Array): Uint8Array => inAttr(wrap(0x42, field, [0x08, dtype]));
const SIZE = 16 * MB;

const binary: [string, (size: number) => Uint8Array][] = [
  ['empty nodes', (size) => repeat([0x0a, 0], size)],
  ['empty inputs of one node', (size) => wrap(0x0a, repeat([0x1a, 0], size))],
  ['empty attr entries', (size) => wrap(0x0a, repeat([0x2a, 4, 0x12, 2, 0x0a, 0], size))],
  ['a list of small ints', (size) => inAttr(wrap(0x0a, wrap(0x1a, repeat([1], size))))],
  ['a list of large ints', (size) => inAttr(wrap(0x0a, wrap(0x1a, repeat([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], size))))],
  ['a list of empty strings', (size) => inAttr(wrap(0x0a, repeat([0x12, 0], size)))],
  ['a list of bytes that are no text', (size) => inAttr(wrap(0x0a, repeat([0x12, 1, 0xff], size)))],
  ['a list of empty shapes', (size) => inAttr(wrap(0x0a, repeat([0x3a, 0], size)))],
  ['a shape of many dimensions', (size) => inAttr(wrap(0x3a, repeat([0x12, 0], size)))],
  ['a tensor of empty strings', (size) => inTensor(7, repeat([0x42, 0], size))],
  ['a tensor of varints', (size) => inTensor(3, wrap(0x3a, repeat([1], size)))],
  ['a tensor of unpacked floats', (size) => inTensor(1, repeat([0x2d, 0, 0, 0x80, 0x3f], size))],
  ['a list of small tensors', (size) => inAttr(wrap(0x0a, repeat([0x42, 7, 0x08, 1, 0x2d, 0, 0, 0, 0], size)))],
  ['empty functions', (size) => wrap(0x12, repeat([0x0a, 0], size))],
  ['argument signatures', (size) => wrap(0x12, wrap(0x0a, wrap(0x0a, repeat([0x12, 0], size))))],
  ['bad consumers', (size) => wrap(0x22, wrap(0x1a, repeat([1], size)))],
];
describe('binary', () => {
  test.each(binary)('%s', (_, make) => {
    const b = make(SIZE);
    const r = reading(() => decodeGraphDef(b));
    expect(r.bytes).toBeLessThan(4 * b.length + 64 * MB);
    if (r.refusal) expect(r.refusal.message).toMatch(/at byte \d+.*maxBytes/);
    // The estimate is no lower than what it stands for: what is refused late has not taken more before.
    const small = make(SIZE / 16);
    const { bytes } = reading(() => decodeGraphDef(small, { maxBytes: 1e12 }));
    if (bytes > 2 * MB) expect(() => decodeGraphDef(small, { maxBytes: 0.9 * bytes })).toThrow('maxBytes');
  });
  test('a constant that repeats one value 2^34 times', () => {
    const r = reading(() => decodeGraphDef(inTensor(1, Uint8Array.from([0x12, 8, 0x12, 6, 0x08, ...varint(2 ** 34)]))));
    expect(r.refusal!.message).toMatch(/raise maxBytes/);
  });
  test('meta graphs: collections of empty values', () => {
    const b = wrap(0x22, wrap(0x12, wrap(0x12, repeat([0x0a, 0], SIZE))), [0x0a, 1, 0x6b]);
    const r = reading(() => decodeMetaGraphDef(b));
    expect(r.bytes).toBeLessThan(4 * b.length + 64 * MB);
  });
});

describe('text', () => {
  test.each([
    ['empty nodes', (n: number) => 'node{}'.repeat(n / 6)],
    ['inputs', (n: number) => `node{${'input:""'.repeat(n / 8)}}`],
    ['adjacent literals', (n: number) => `node{name:${'"a"'.repeat(n / 3)}}`],
    ['escapes', (n: number) => `node{name:"${'\\101'.repeat(n / 4)}"}`],
    ['list elements', (n: number) => `node{attr{key:"k" value{list{i:[${'1,'.repeat(n / 2)}1]}}}}`],
    ['a comment', (n: number) => `#${'x'.repeat(n)}`],
    ['empty lines, then a mistake', (n: number) => `${'\n'.repeat(n)}?`],
    ['floats', (n: number) => `node{attr{key:"k" value{tensor{dtype:DT_FLOAT float_val:[${'1,'.repeat(n / 2)}1]}}}}`],
  ])('%s', (_, make) => {
    const s = make(SIZE / 2);
    const r = reading(() => graphDefFromText(s));
    expect(r.bytes).toBeLessThan(4 * s.length + 64 * MB);
    if (r.refusal) expect(r.refusal.message).toMatch(/^\d+:\d+ : /);
    const small = make(SIZE / 32);
    const { bytes } = reading(() => { try { return graphDefFromText(small, { maxBytes: 1e12 }); } catch { return undefined; } });
    if (bytes > 2 * MB) expect(() => graphDefFromText(small, { maxBytes: 0.9 * bytes })).toThrow('maxBytes');
  });
});

describe('large and honest', () => {
  const constant = (a: NDArray): GraphDef => ({ node: [{ name: 'a', op: 'Const', input: [], device: '', attr: { dtype: attr.type(a.dtype), value: attr.tensor(a) } }], versions: { producer: 134 } });
  test('an attr of 100 MB', () => {
    const b = encodeGraphDef(constant(new NDArray(float32, [25 * MB], new Float32Array(25 * MB).map((_, i) => i))));
    const r = reading(() => decodeGraphDef(b));
    expect(r.bytes).toBeLessThan(4 * b.length);
    expect(Buffer.compare(encodeGraphDef(r.value!), b)).toBe(0);
    expect(() => decodeGraphDef(b.subarray(0, b.length - 7))).toThrow(/message of \d+ bytes where \d+ remain/);
  });
  test('as text, and a string attr of 40 MB', () => {
    const g = constant(new NDArray(float32, [5 * MB], new Float32Array(5 * MB).map((_, i) => i)));
    expect(Buffer.compare(encodeGraphDef(graphDefFromText(graphDefToText(g))), encodeGraphDef(g))).toBe(0);
    const s: GraphDef = { node: [{ name: 'a', op: 'X', input: [], device: '', attr: { k: attr.s(new Uint8Array(40 * MB).fill(200)) } }], versions: { producer: 1 } };
    expect(Buffer.compare(encodeGraphDef(graphDefFromText(graphDefToText(s))), encodeGraphDef(s))).toBe(0);
  });
  test('200,000 nodes as real graphs have them', () => {
    const one = golden('seed_two_models').node;
    const node = Array.from({ length: Math.ceil(200_000 / one.length) }, (_, k) => one.map((n) => ({ ...n, name: `copy_${k}/${n.name}`, input: n.input.map((s) => (s.startsWith('^') ? `^copy_${k}/${s.slice(1)}` : `copy_${k}/${s}`)) }))).flat();
    const b = encodeGraphDef({ node, versions: { producer: 134 } });
    const r = reading(() => decodeGraphDef(b));
    expect(r.value!.node).toHaveLength(node.length);
    expect(r.bytes).toBeLessThan(4 * b.length + 64 * MB);
  });
  test('a vocabulary of 200,000 strings', () => {
    const g = constant(new NDArray(string, [200_000], Array.from({ length: 200_000 }, (_, i) => new TextEncoder().encode(`word ${i}`))));
    expect(decodeGraphDef(encodeGraphDef(g)).node).toHaveLength(1);
  });
});

test('counts in attrs cost nothing that the graph does not have', () => {
  const text = (n: number): string => Array.from({ length: n }, (_, i) => `node { name: "s${i}" op: "Split" attr { key: "T" value { type: DT_FLOAT } } attr { key: "num_split" value { i: ${900_000 + i} } } }`).join('\n');
  const g = graphDefFromText(text(300));
  const r = reading(() => verify(g, opTable));
  expect(r.value!.length).toBeGreaterThanOrEqual(300);
  expect(r.bytes).toBeLessThan(64 * MB);
});
