// Binary GraphDefs: byte for byte what real TensorFlow wrote, and what an independent protobuf library reads.
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { attrEqual } from '../../src/graph/attr_equal.ts';
import { allDtypes, bool, complex64, float16, float32, int32, int64, resource, string, uint64, variant } from '../../src/graph/dtype.ts';
import { decodeGraphDef, encodeAttrValue, encodeGraphDef } from '../../src/graph/graph_def_codec.ts';
import { NDArray } from '../../src/graph/ndarray.ts';
import { attr, type AttrValue, type GraphDef } from '../../src/graph/node_def.ts';
import { GraphDefSchema } from '../../src/graph/proto/gen/graph_pb.js';
import { TensorShape } from '../../src/graph/shape.ts';
import { setTensorForm, tensorForm } from '../../src/graph/tensor_codec.ts';
import { functionBytes, golden, goldenBytes, programs } from './goldens.ts';

const hex = (b: Uint8Array): string => Buffer.from(b).toString('hex');
const one = (value: AttrValue): GraphDef => ({ node: [{ name: 'n', op: 'X', input: [], device: '', attr: { k: value } }], versions: { producer: 1 } });
const roundTrip = (v: AttrValue): AttrValue | undefined => decodeGraphDef(encodeGraphDef(one(v))).node[0]!.attr['k'];
const bytes = (s: string): Uint8Array => new TextEncoder().encode(s);

describe('recorded graphs', () => {
  test.each(programs)('%s re-encodes to the same bytes', (p) => {
    expect(hex(encodeGraphDef(golden(p)))).toBe(hex(goldenBytes(p)));
  });
  test('a function library too', () => {
    const def = decodeGraphDef(functionBytes());
    expect(def.library!.function.map((f) => f.signature.name).sort()).toEqual(['Half', 'HalfGrad', 'Outer', 'WithGrad']);
    expect(def.library!.gradient).toEqual([{ functionName: 'WithGrad', gradientFunc: 'HalfGrad' }]);
    expect(hex(encodeGraphDef(def))).toBe(hex(functionBytes()));
  });
  test('another protobuf library reads the same thing', () => {
    const def = golden('seed_errors');
    const other = fromBinary(GraphDefSchema, encodeGraphDef(def));
    expect(other.node.map((n) => [n.name, n.op, n.input, n.device])).toEqual(def.node.map((n) => [n.name, n.op, n.input, n.device]));
    expect(hex(encodeGraphDef(decodeGraphDef(toBinary(GraphDefSchema, other))))).toBe(hex(goldenBytes('seed_errors')));
  });
});

describe('attr values', () => {
  const shapes = [new TensorShape(null), new TensorShape([]), new TensorShape([2, null, 0])];
  const values: AttrValue[] = [
    attr.s('é'), attr.s(Uint8Array.of(255, 0)), attr.i(-1), attr.i(2n ** 62n), attr.i(-(2n ** 63n)), attr.i(Number.MAX_SAFE_INTEGER), attr.f(0.1), attr.f(NaN), attr.f(-0), attr.b(false),
    ...allDtypes().map((d) => attr.type(d)), ...shapes.map((s) => attr.shape(s)),
    attr.list({}), attr.list({ s: ['a', ''], }), attr.list({ i: [1, -5, 2n ** 60n] }), attr.list({ f: [0.5, Infinity] }), attr.list({ b: [true, false] }), attr.list({ type: [float32, int64] }),
    attr.list({ shape: shapes }), attr.list({ func: [{ name: 'f', attr: { x: attr.i(1) } }] }), attr.list({ tensor: [new NDArray(int32, [2], Int32Array.of(1, 2))] }),
    attr.func({ name: 'f', attr: { b: attr.b(true), a: attr.func({ name: 'g', attr: {} }) } }), { kind: 'placeholder', value: 'T' },
  ];
  test.each(values.map((v) => [v.kind, v] as const))('%s round-trips', (_, v) => {
    expect(attrEqual(roundTrip(v)!, v, true)).toBe(true);
    expect(hex(toBinary(GraphDefSchema, fromBinary(GraphDefSchema, encodeGraphDef(one(v)))))).toBe(hex(encodeGraphDef(one(v))));
  });
  test('map keys are written sorted', () => {
    const def: GraphDef = { node: [{ name: 'n', op: 'X', input: [], device: '', attr: { b: attr.i(1), a: attr.i(2), B: attr.i(3), __proto__x: attr.i(4) } }], versions: { producer: 0 } };
    expect(Object.keys(decodeGraphDef(encodeGraphDef(def)).node[0]!.attr)).toEqual(['B', '__proto__x', 'a', 'b']);
  });
  test('an attr named __proto__ is an attr', () => {
    const def = decodeGraphDef(encodeGraphDef({ node: [{ name: 'n', op: 'X', input: [], device: '', attr: Object.fromEntries([['__proto__', attr.i(1)]]) }], versions: { producer: 0 } }));
    expect(Object.entries(def.node[0]!.attr)).toEqual([['__proto__', attr.i(1)]]);
  });
});

describe('tensors are written as Python writes them', () => {
  const tensor = (a: NDArray): string => hex(encodeAttrValue(attr.tensor(a)).subarray(2));
  const cases: [string, NDArray, string][] = [
    ['int8 scalar', new NDArray(allDtypes().find((d) => d.name === 'int8')!, [1], Int8Array.of(-1)), '08061204120208013a0affffffffffffffffff01'],
    ['uint8 vector', new NDArray(allDtypes().find((d) => d.name === 'uint8')!, [2], Uint8Array.of(1, 2)), '080412041202080222020102'],
    ['bfloat16 vector', new NDArray(allDtypes().find((d) => d.name === 'bfloat16')!, [2], Uint16Array.of(16256, 16384)), '080e1204120208026a05807f808001'],
    ['uint16 vector', new NDArray(allDtypes().find((d) => d.name === 'uint16')!, [2], Uint16Array.of(1, 2)), '08111204120208023a020102'],
    ['uint32 vector', new NDArray(allDtypes().find((d) => d.name === 'uint32')!, [2], Uint32Array.of(1, 2)), '081612041202080222080100000002000000'],
    ['uint64 element', new NDArray(uint64, [1], BigUint64Array.of(1n)), '08171204120208018a010101'],
    ['complex64 vector', new NDArray(complex64, [2], Float32Array.of(1, 2, 3, 0)), '08081204120208024a100000803f000000400000404000000000'],
    ['int64 element', new NDArray(int64, [1], BigInt64Array.of(-1n)), '0809120412020801520affffffffffffffffff01'],
  ];
  test.each(cases)('%s', (_, a, want) => { expect(tensor(a)).toBe(want); });
  test('no elements: dtype and shape only', () => {
    expect(tensor(new NDArray(float32, [0], new Float32Array(0)))).toBe('080112021200');
  });
  test('splat constants carry one value', () => {
    const a = new NDArray(float32, [3], Float32Array.of(2, 2, 2), true);
    expect(tensor(a)).toBe('08011204120208032a0400000040');
    expect((roundTrip(attr.tensor(a)) as { value: NDArray }).value.splat).toBe(true);
  });
  test('other forms survive a round trip', () => {
    for (const form of [{ content: false, count: 2 }, { content: false, count: 0 }, { content: false, count: 4 }, { content: true, count: 0 }]) {
      const n = form.count === 0 && !form.content ? [0, 0, 0, 0] : [1, 2, 2, 2];
      const a = setTensorForm(new NDArray(int32, [4], Int32Array.from(n)), form);
      const v = roundTrip(attr.tensor(a)) as { value: NDArray };
      expect([...(v.value.data as Int32Array)]).toEqual(n);
      expect(tensorForm(v.value)).toEqual(form);
      expect(hex(encodeGraphDef(one(v as AttrValue)))).toBe(hex(encodeGraphDef(one(attr.tensor(a)))));
    }
    const strings = setTensorForm(new NDArray(string, [2], [bytes('ab'), bytes('')]), { content: true, count: 0 });
    expect(attrEqual(roundTrip(attr.tensor(strings))!, attr.tensor(strings), true)).toBe(true);
  });
  test('every dtype with elements round-trips', () => {
    const arrays = [
      new NDArray(bool, [3], Uint8Array.of(1, 0, 1)), new NDArray(float16, [2], Uint16Array.of(15360, 65535)), new NDArray(string, [2], [Uint8Array.of(255), bytes('x')]),
      new NDArray(uint64, [1], BigUint64Array.of(2n ** 64n - 1n)), new NDArray(resource, [1], [bytes('\n\x03cpu')]), new NDArray(variant, [1], [bytes('\n\x01x')]),
      new NDArray(complex64, [2], Float32Array.of(1, 2, 1, 2), true),
    ];
    for (const a of arrays) expect(attrEqual(roundTrip(attr.tensor(a))!, attr.tensor(a), true)).toBe(true);
  });
});

test('versions: old graphs carry a bare number, which is not written again', () => {
  expect(decodeGraphDef(Uint8Array.of(0x18, 21)).versions).toEqual({ producer: 21 });
  expect(hex(encodeGraphDef({ node: [], versions: { producer: 0 } }))).toBe('');
  const full = { node: [], versions: { producer: 134, minConsumer: 12, badConsumers: [1, 300] } };
  expect(decodeGraphDef(encodeGraphDef(full))).toEqual(full);
});

test('fields of every wire type that nobody asked for are skipped', () => {
  const node = [...'0a0161'.match(/../g)!, ...'120a4e6f4f704e6f4f704e6f'.match(/../g)!].map((x) => parseInt(x, 16));
  // experimental_debug_info, then a varint, 8 bytes, a long byte string and 4 bytes under numbers TensorFlow has not given yet.
  const unknown = [0x32, 3, 0x0a, 1, 98, 0xf8, 1, 0x96, 1, 0xf9, 1, 1, 2, 3, 4, 5, 6, 7, 8, 0xfa, 1, 0x82, 1, ...new Array<number>(130).fill(0), 0xfd, 1, 1, 2, 3, 4, 0x32, 0];
  const b = [...unknown, ...node, ...unknown];
  const def = decodeGraphDef(Uint8Array.of(...unknown, 0x0a, (b.length & 127) | 128, b.length >> 7, ...b, ...unknown));
  expect(def.node.map((n) => [n.name, n.op])).toEqual([['a', 'NoOpNoOpNo']]);
});
