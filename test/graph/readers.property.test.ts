// Properties of the readers over arbitrary graphs and arbitrary input: what is written is read back in every form; what is
// no graph is refused with its place; cutting a graph anywhere never reads as the whole.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allDtypes, float32, float64, int32, int64, string } from '../../src/graph/dtype.ts';
import { DecodeError } from '../../src/graph/errors.ts';
import { identityDifference } from '../../src/graph/equal.ts';
import { decodeGraphDef, encodeGraphDef } from '../../src/graph/graph_def_codec.ts';
import { graphDefFromJson, graphDefToJson } from '../../src/graph/graph_def_json.ts';
import { graphDefFromText, graphDefToText } from '../../src/graph/graph_def_text.ts';
import { decodeMetaGraphDef, encodeMetaGraphDef, metaGraphDefFromText, metaGraphDefToText } from '../../src/graph/meta_graph_codec.ts';
import { encodeUtf8, NDArray } from '../../src/graph/ndarray.ts';
import { attr, type AttrValue, type GraphDef, type NodeDef } from '../../src/graph/node_def.ts';
import { TensorShape } from '../../src/graph/shape.ts';
import { isUtf8 } from '../../src/graph/wire.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const bytes = fc.uint8Array({ maxLength: 12 }).map((b) => (isUtf8(b) ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(b) : b));
const int = fc.oneof(fc.integer(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((v) => (Number.isSafeInteger(Number(v)) ? Number(v) : v)));
// Text and JSON have one NaN only, without a payload.
const float = fc.float({ noNaN: true });
const dtype = fc.constantFrom(...allDtypes());
const shape = fc.option(fc.array(fc.option(fc.integer({ min: 0, max: 2 ** 40 })), { maxLength: 4 })).map((d) => new TensorShape(d));
const tensor = fc.oneof(
  fc.array(float, { maxLength: 5 }).map((v) => new NDArray(float32, [v.length], Float32Array.from(v))),
  fc.array(fc.double({ noNaN: true }), { maxLength: 5 }).map((v) => new NDArray(float64, [v.length], Float64Array.from(v))),
  fc.array(fc.integer(), { maxLength: 5 }).map((v) => new NDArray(int32, [v.length], Int32Array.from(v))),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((v) => new NDArray(int64, [], BigInt64Array.of(v))),
  fc.array(fc.uint8Array({ maxLength: 6 }), { maxLength: 3 }).map((v) => new NDArray(string, [v.length], v)),
  fc.tuple(float, fc.integer({ min: 2, max: 50 })).map(([v, n]) => new NDArray(float32, [n], new Float32Array(n).fill(v), true)),
);
const { value } = fc.letrec<{ value: AttrValue }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 },
    bytes.map((v) => attr.s(v)), int.map((v) => attr.i(v)), float.map((v) => attr.f(v)), fc.boolean().map((v) => attr.b(v)), dtype.map((v) => attr.type(v)), shape.map((v) => attr.shape(v)),
    tensor.map((v) => attr.tensor(v)), text.map((v): AttrValue => ({ kind: 'placeholder', value: v })), fc.array(int, { minLength: 1, maxLength: 4 }).map((i) => attr.list({ i })),
    fc.array(bytes, { minLength: 1, maxLength: 4 }).map((s) => attr.list({ s })), fc.constant(attr.list({})), fc.array(float, { minLength: 1, maxLength: 4 }).map((f) => attr.list({ f })),
    fc.tuple(text, fc.dictionary(text, tie('value'), { maxKeys: 2, noNullPrototype: true })).map(([name, a]) => attr.func({ name, attr: a }))),
}));
const node: fc.Arbitrary<NodeDef> = fc.record({ name: text, op: text, device: text, input: fc.array(text, { maxLength: 3 }), attr: fc.dictionary(text, value, { maxKeys: 4, noNullPrototype: true }) });
const graph: fc.Arbitrary<GraphDef> = fc.record({ node: fc.array(node, { maxLength: 5 }), versions: fc.record({ producer: fc.integer({ min: 0 }) }) });

test('a graph survives every form', () => {
  fc.assert(fc.property(graph, (g) => {
    const b = encodeGraphDef(g);
    expect(identityDifference(decodeGraphDef(b), g)).toBeUndefined();
    expect(Buffer.compare(encodeGraphDef(graphDefFromText(graphDefToText(g))), b)).toBe(0);
    expect(Buffer.compare(encodeGraphDef(graphDefFromJson(JSON.parse(JSON.stringify(graphDefToJson(g))))), b)).toBe(0);
    const meta = { graphDef: g, collectionDef: { k: { bytesList: { value: [encodeUtf8('a')] } } } };
    expect(encodeMetaGraphDef(decodeMetaGraphDef(encodeMetaGraphDef(meta)))).toEqual(encodeMetaGraphDef(meta));
    expect(encodeMetaGraphDef(metaGraphDefFromText(metaGraphDefToText(meta)))).toEqual(encodeMetaGraphDef(meta));
  }), { numRuns: 200 });
});

test('the sign of zero goes through JSON', () => {
  const g: GraphDef = { node: [{ name: 'c', op: 'Const', device: '', input: [], attr: { value: attr.tensor(new NDArray(float32, [2], Float32Array.of(-0, -0), true)), f: attr.f(-0) } }], versions: { producer: 134 } };
  expect(identityDifference(graphDefFromJson(JSON.stringify(graphDefToJson(g))), g)).toBeUndefined();
});

/** Whether the input was refused, in order. */
function refused(read: () => unknown, place: RegExp): boolean {
  try { read(); } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    expect(e.message).toMatch(place);
    return true;
  }
  return false;
}

test('any bytes, any text', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), fc.string({ unit: 'binary', maxLength: 60 }), (b, s) => {
    for (const read of [decodeGraphDef, decodeMetaGraphDef]) refused(() => read(b), /at byte \d+/);
    for (const read of [graphDefFromText, metaGraphDefFromText]) refused(() => read(s), /^\d+:\d+ : /);
    refused(() => graphDefFromJson(s), /JSON/);
  }), { numRuns: 1500 });
});

test('a graph cut short is refused or another graph', () => {
  fc.assert(fc.property(graph, fc.nat(), (g, n) => {
    const b = encodeGraphDef(g);
    if (b.length === 0) return;
    const cut = b.subarray(0, n % b.length);
    if (!refused(() => decodeGraphDef(cut), /at byte \d+/)) expect(encodeGraphDef(decodeGraphDef(cut)).length).toBeLessThan(b.length);
  }), { numRuns: 500 });
});

test('UTF-8 is judged as a strict decoder does', () => {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const legal = (b: Uint8Array): boolean => { try { strict.decode(b); return true; } catch { return false; } };
  const near = fc.array(fc.constantFrom(0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff), { maxLength: 6 }).map((v) => Uint8Array.from(v));
  fc.assert(fc.property(near, (b) => { expect(isUtf8(b)).toBe(legal(b)); }), { numRuns: 3000 });
});
