// Messages of the master service: bytes of real TensorFlow, another protobuf library, and bytes that are wrong.
import { create, type DescField, type DescMessage, equals, fromBinary, type Message, ScalarType, toBinary } from '@bufbuild/protobuf';
import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { encodeGraphDef } from '../../../src/graph/graph_def_codec.ts';
import { allDtypes, complex64, dtypeFromName, float32, int32, resource, string } from '../../../src/graph/dtype.ts';
import { DecodeError, ValueError } from '../../../src/graph/errors.ts';
import { allocate, arraysEqual, NDArray } from '../../../src/graph/ndarray.ts';
import * as schema from '../../../src/graph/proto/gen/master_pb.js';
import { TensorProtoSchema } from '../../../src/graph/proto/gen/tensor_pb.js';
import { resourceHandle, runStepRequest, runStepResponse } from '../../../src/session/grpc/messages.ts';
import { METHODS } from '../../../src/session/grpc/service.ts';

interface Fixture { readonly ConfigProto: string; readonly RunOptions: string; readonly CallableOptions: string; readonly DeviceAttributes: string; readonly ResourceHandleProto: string; readonly RunMetadata: string; readonly tensors: [string, string, string][] }
const fixture = JSON.parse(readFileSync(new URL('messages.fixture.json', import.meta.url), 'utf8')) as Fixture;
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const hex = (b: Uint8Array): string => Buffer.from(b).toString('hex');
/** A message inside another, as field `n`. */
function inField(n: number, b: Uint8Array): Uint8Array {
  const length: number[] = [];
  let v = b.length;
  for (; v > 127; v >>>= 7) length.push((v & 127) | 128);
  return new Uint8Array([(n << 3) | 2, ...length, v, ...b]);
}
const schemaOf = (name: string): DescMessage => (schema as unknown as Record<string, DescMessage>)[`${name}Schema`]!;

describe('as real TensorFlow writes them', () => {
  test.each([
    ['ConfigProto', METHODS.CreateSession.request, 2], ['RunOptions', runStepRequest, 5], ['CallableOptions', METHODS.MakeCallable.request, 2], ['DeviceAttributes', METHODS.ListDevices.response, 1],
  ] as const)('%s: every field, the same bytes', (name, codec, field) => {
    const given = inField(field, bytes(fixture[name]));
    expect(hex(codec.encode(codec.decode(given) as never))).toBe(hex(given));
  });
  test('ResourceHandleProto', () => {
    const h = resourceHandle.decode(bytes(fixture.ResourceHandleProto));
    expect(h).toMatchObject({ device: 'd', container: 'c', name: 'n', hashCode: 2n ** 64n - 3n, maybeTypeName: 't' });
    expect(hex(resourceHandle.encode(h))).toBe(fixture.ResourceHandleProto);
  });
  test('RunMetadata of a real run', () => {
    const m = runStepResponse.decode(inField(2, bytes(fixture.RunMetadata))).metadata!;
    expect(m.partitionGraphs!.map((g) => g.node.map((n) => n.op).sort())).toEqual([expect.arrayContaining(['MatMul'])]);
    const node = m.stepStats!.devStats!.find((d) => d.nodeStats!.some((n) => n.nodeName === 'y'))!.nodeStats!.find((n) => n.nodeName === 'y')!;
    expect(node.output![0]!.tensorDescription).toMatchObject({ dtype: float32, allocationDescription: { requestedBytes: 16 } });
    expect(Number(node.allStartMicros)).toBeGreaterThan(1.5e15);
    const again = runStepResponse.decode(runStepResponse.encode({ metadata: m }));
    expect(again.metadata!.stepStats).toEqual(m.stepStats);
  });
});

describe('tensors', () => {
  const read = (b: Uint8Array): NDArray => METHODS.RunCallable.request.decode(inField(3, b)).feed![0]!;
  const write = (a: NDArray): Uint8Array => METHODS.RunCallable.request.encode({ feed: [a] });
  test.each(fixture.tensors)('%s', (_, dtype, b) => {
    const a = read(bytes(b));
    expect(a.dtype).toBe(dtypeFromName(dtype));
    expect(a.shape).toEqual([2, 3]);
    const per = a.dtype.isComplex ? 2 : 1;
    for (let i = 0; i < 6; i++) {
      const x = a.flat(i) as number | [number, number] | boolean;
      expect(per === 2 ? x : Number(x)).toEqual(per === 2 ? [i + 1, -i - 1] : a.dtype.isBool ? i % 2 : i + 1);
    }
    // Written as raw bytes, however it came.
    const content = fixture.tensors.find(([name]) => name === `${dtype} content`)![2];
    expect(hex(write(a))).toBe(hex(inField(3, bytes(content))));
  });
  test('one value that repeats, values that go on, none at all', () => {
    const t = (init: object): NDArray => read(toBinary(TensorProtoSchema, create(TensorProtoSchema, { tensorShape: { dim: [{ size: 4n }] }, ...init })));
    expect(t({ dtype: 1, floatVal: [2.5] }).toArray()).toEqual([2.5, 2.5, 2.5, 2.5]);
    expect(t({ dtype: 3, intVal: [1, -2] }).toArray()).toEqual([1, -2, -2, -2]);
    expect(t({ dtype: 8, scomplexVal: [1, 2] }).toArray()).toEqual([[1, 2], [1, 2], [1, 2], [1, 2]]);
    expect(t({ dtype: 7, stringVal: [Uint8Array.of(97)] }).toArray()).toEqual(['a', 'a', 'a', 'a']);
    expect(t({ dtype: 23, uint64Val: [2n ** 63n] }).toArray()).toEqual([2n ** 63n, 2n ** 63n, 2n ** 63n, 2n ** 63n]);
    expect(t({ dtype: 1 }).toArray()).toEqual([0, 0, 0, 0]);
    expect(t({ dtype: 10, boolVal: [true, false] }).toArray()).toEqual([true, false, false, false]);
    expect(t({ dtype: 10, tensorContent: Uint8Array.of(7, 0, 1, 255) }).data).toEqual(Uint8Array.of(1, 0, 1, 1));
  });
  test('empty tensors carry dtype and shape only', () => {
    for (const d of allDtypes()) {
      const a = new NDArray(d, [0, 2], d.size === 0 ? [] : allocate(d, 0));
      expect(fromBinary(TensorProtoSchema, write(a).subarray(2))).toMatchObject({ dtype: d.enum, tensorContent: new Uint8Array(0) });
      expect(read(write(a).subarray(2)).shape).toEqual([0, 2]);
    }
  });
  test('strings: all lengths, then all bytes; handles too', () => {
    const strings = new NDArray(string, [2], [new TextEncoder().encode('ab'), new TextEncoder().encode('c')]);
    expect(hex(fromBinary(TensorProtoSchema, write(strings).subarray(2)).tensorContent)).toBe('0201616263');
    expect(arraysEqual(read(write(strings).subarray(2)), strings)).toBe(true);
    const scalar = new NDArray(string, [], [new Uint8Array(300)]);
    expect(read(write(scalar).subarray(3)).data).toEqual([new Uint8Array(300)]);
    const handle = new NDArray(resource, [], [resourceHandle.encode({ name: 'v', container: 'localhost' })]);
    const back = read(write(handle).subarray(2));
    expect(back.dtype).toBe(resource);
    expect(resourceHandle.decode((back.data as Uint8Array[])[0]!)).toEqual({ name: 'v', container: 'localhost' });
    const byField = read(toBinary(TensorProtoSchema, create(TensorProtoSchema, { dtype: 20, tensorShape: {}, resourceHandleVal: [{ name: 'v', container: 'localhost' }] })));
    expect(byField.data).toEqual(handle.data);
  });
  test('long ones are written once, and read into memory of their own', () => {
    const big = new NDArray(float32, [1 << 16], new Float32Array(1 << 16).map((_, i) => i));
    const message = runStepRequest.encode({ sessionHandle: 'h', feed: [{ name: 'a:0', tensor: big }, { name: 'b:0', tensor: new NDArray(int32, [], Int32Array.of(5)) }, { name: 'c:0', tensor: big }], fetch: ['y:0'], requestId: 9 });
    const other = fromBinary(schema.RunStepRequestSchema, message);
    expect(other.feed.map((f) => [f.name, f.tensor!.tensorContent.length])).toEqual([['a:0', 1 << 18], ['b:0', 4], ['c:0', 1 << 18]]);
    const back = runStepRequest.decode(message);
    message.fill(0);
    expect(arraysEqual(back.feed![0]!.tensor!, big) && arraysEqual(back.feed![2]!.tensor!, big)).toBe(true);
    expect(back).toMatchObject({ sessionHandle: 'h', fetch: ['y:0'], requestId: 9 });
  });
  test('memory is used again, and shared, only where that is asked for', () => {
    const big = new NDArray(float32, [1 << 14], new Float32Array(1 << 14).map((_, i) => i));
    const response = { tensor: [{ name: 'y:0', tensor: big }] };
    const message = runStepResponse.encode(response);
    const room = Math.ceil(message.length / 16) * 16;
    const aligned = new Uint8Array(new ArrayBuffer(room), room - message.length);
    aligned.set(message);
    const [copy, view] = [runStepResponse.decode(aligned), runStepResponse.decode(aligned, { sharesBytes: true })].map((r) => r.tensor![0]!.tensor!) as [NDArray, NDArray];
    expect((view.data as Float32Array).buffer).toBe(aligned.buffer);
    expect((copy.data as Float32Array).buffer).not.toBe(aligned.buffer);
    expect(arraysEqual(view, big) && arraysEqual(copy, big)).toBe(true);
    // Two tensors in one message: neither holds on to the other's memory. Unaligned ones are moved.
    const two = runStepResponse.decode(runStepResponse.encode({ tensor: [response.tensor[0]!, response.tensor[0]!] }), { sharesBytes: true });
    for (const t of two.tensor!) expect((t.tensor!.data as Float32Array).buffer.byteLength).toBe(1 << 16);
    const odd = new Uint8Array(room + 1).subarray(room + 1 - message.length);
    odd.set(message);
    expect(arraysEqual(runStepResponse.decode(odd, { sharesBytes: true }).tensor![0]!.tensor!, big)).toBe(true);

    const memory = new Uint8Array(1 << 17).fill(9);
    const frame = runStepResponse.encode(response, 5, (n) => memory.subarray(0, n));
    expect([frame.buffer === memory.buffer, frame.length]).toEqual([true, message.length + 5]);
    expect(Buffer.compare(frame.subarray(5), message)).toBe(0);
  });
  test('more than protobuf allows', () => {
    const half = new NDArray(complex64, [1 << 24], new Float32Array(1 << 25));
    const feed = Array.from({ length: 17 }, () => ({ name: 'x:0', tensor: half }));
    expect(() => runStepRequest.encode({ feed })).toThrow(ValueError);
    expect(() => runStepRequest.encode({ feed })).toThrow(/^A message of 228170\d{4} bytes is more than protobuf's limit of 2147483647 bytes\.$/);
  });
});

/** Any message of a schema; graphs and tensors are such as TensorFlow would write. */
function anyMessage(desc: DescMessage, depth = 0): fc.Arbitrary<Message> {
  if (desc.typeName === 'tensorflow.GraphDef') return fc.constantFrom(encodeGraphDef({ node: [{ name: 'a', op: 'NoOp', input: ['^b'], device: '/cpu:0', attr: { T: { kind: 'type', value: float32 } } }], versions: { producer: 134 } })).map((b) => fromBinary(desc, b));
  if (desc.typeName === 'tensorflow.TensorProto') return fc.uint8Array({ maxLength: 5 }).map((b) => create(desc, { dtype: 4, tensorShape: { dim: [{ size: BigInt(b.length) }] }, tensorContent: b } as never));
  if (desc.typeName === 'tensorflow.TensorShapeProto') return fc.array(fc.integer({ min: -1, max: 9 }), { maxLength: 3 }).map((d) => create(desc, { dim: d.map((size) => ({ size: BigInt(size) })) } as never));
  return fc.record(Object.fromEntries(desc.fields.map((f) => [f.localName, anyField(f, depth)])), { requiredKeys: [] }).map((init) => create(desc, Object.fromEntries(Object.entries(init).filter(([, v]) => v !== undefined)) as never));
}
function anyField(f: DescField, depth: number): fc.Arbitrary<unknown> {
  const one = f.fieldKind === 'map' || f.fieldKind === 'list' ? undefined : single(f.fieldKind, f, depth);
  if (one) return one;
  if (f.fieldKind === 'list') return fc.array(single(f.listKind, f, depth), { maxLength: depth > 2 ? 1 : 3 });
  const map = f as DescField & { fieldKind: 'map' };
  return fc.dictionary(map.mapKey === ScalarType.STRING ? fc.string({ maxLength: 4 }).filter((s) => s !== '__proto__') : fc.nat(1000).map(String), single(map.mapKind, f, depth), { maxKeys: 3, noNullPrototype: true });
}
function single(kind: 'scalar' | 'enum' | 'message', f: DescField, depth: number): fc.Arbitrary<unknown> {
  if (kind === 'message') return anyMessage(f.message!, depth + 1);
  if (kind === 'enum') return fc.integer({ min: 1, max: 23 });
  switch (f.scalar) {
    case ScalarType.STRING: return fc.string({ unit: 'binary', maxLength: 6 });
    case ScalarType.BYTES: return fc.uint8Array({ maxLength: 6 });
    case ScalarType.BOOL: return fc.boolean();
    case ScalarType.INT64: return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case ScalarType.UINT64: case ScalarType.FIXED64: return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    case ScalarType.UINT32: return fc.nat(0xffffffff);
    case ScalarType.DOUBLE: return fc.double({ noNaN: true });
    default: return fc.integer();
  }
}

describe.each(Object.entries(METHODS))('%s', (_, method) => {
  describe.each([method.request, method.response])('$name', (codec) => {
    const desc = schemaOf(codec.name);
    test('the same as another library', () => {
      fc.assert(fc.property(anyMessage(desc), (message) => {
        const ours = codec.encode(codec.decode(toBinary(desc, message)) as never);
        expect(equals(desc, fromBinary(desc, ours), message)).toBe(true);
      }), { numRuns: 60 });
    });
    test('broken bytes give a clear error', () => {
      fc.assert(fc.property(anyMessage(desc), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), fc.nat(), (message, changes, cut) => {
        const b = toBinary(desc, message);
        for (const [at, v] of changes) if (b.length > 0) b[at % b.length] = v;
        readOrRefuse(() => codec.decode(b.subarray(0, b.length - cut % (b.length + 1))));
      }), { numRuns: 100 });
      fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (b) => { readOrRefuse(() => codec.decode(b)); }), { numRuns: 100 });
    });
  });
});
function readOrRefuse(read: () => unknown): void {
  try {
    read();
  } catch (e) {
    expect(e).toBeInstanceOf(DecodeError);
  }
}
