// MetaGraphDef and what its collections hold: bytes and text of real TensorFlow, and another protobuf library.
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../src/graph/errors.ts';
import {
  decodeCondContextDef, decodeMetaGraphDef, decodeVariableDef, decodeWhileContextDef, encodeCondContextDef, encodeMetaGraphDef, encodeVariableDef, encodeWhileContextDef,
  metaGraphDefFromText, metaGraphDefToText,
} from '../../src/graph/meta_graph_codec.ts';
import { CondContextDefSchema, MetaGraphDefSchema, WhileContextDefSchema } from '../../src/graph/proto/gen/meta_graph_pb.js';

const file = (name: string): Uint8Array => new Uint8Array(gunzipSync(readFileSync(new URL(`../golden/meta_graph/${name}.gz`, import.meta.url))));
const recorded = decodeMetaGraphDef(file('all.pb'));
const same = (a: Uint8Array, b: Uint8Array): void => { expect(Buffer.compare(a, b)).toBe(0); };

describe('a recorded meta graph', () => {
  test('bytes and text are TensorFlow\'s', () => {
    same(encodeMetaGraphDef(recorded), file('all.pb'));
    const text = new TextDecoder().decode(file('all.pbtxt'));
    expect(metaGraphDefToText(recorded)).toBe(text);
    same(encodeMetaGraphDef(metaGraphDefFromText(text)), file('all.pb'));
  });
  test('another library writes the same bytes', () => { same(toBinary(MetaGraphDefSchema, fromBinary(MetaGraphDefSchema, encodeMetaGraphDef(recorded))), file('all.pb')); });
  test('its parts', () => {
    expect(recorded.metaInfoDef).toMatchObject({ tensorflowVersion: '1.15.5', tags: ['serve'] });
    expect(recorded.metaInfoDef!.strippedOpList!.op!.map((o) => o.name).slice(0, 2)).toEqual(['Add', 'AddV2']);
    expect(recorded.saverDef).toBeUndefined();
    expect(recorded.collectionDef!['numbers']).toEqual({ int64List: { value: [3] } });
    expect(recorded.collectionDef!['outputs']).toEqual({ nodeList: { value: ['y:0'] } });
    expect(recorded.signatureDef!['serving_default']).toMatchObject({ methodName: 'predict', inputs: { x: { name: 'x:0' } } });
  });
  test('variables', () => {
    const v = recorded.collectionDef!['variables']!.bytesList!.value!;
    expect(v.map((b) => decodeVariableDef(b).variableName)).toEqual(['w:0', 'r:0', 'p/part_0:0', 'p/part_1:0']);
    expect(decodeVariableDef(v[1]!)).toEqual({ variableName: 'r:0', initializerName: 'r/Assign', snapshotName: 'r/Read/ReadVariableOp:0', isResource: true, initialValueName: 'r/Initializer/random_uniform:0' });
    expect(decodeVariableDef(v[3]!).saveSliceInfoDef).toEqual({ fullName: 'p', fullShape: [4, 2], varOffset: [2, 0], varShape: [2, 2] });
    for (const b of v) same(encodeVariableDef(decodeVariableDef(b)), b);
  });
  test('contexts of loops and conditionals', () => {
    const loops = recorded.collectionDef!['while_context']!.bytesList!.value!.map((b) => decodeWhileContextDef(b));
    expect(loops[0]!.nestedContexts!.map((n) => n.condCtxt!.branch)).toEqual([1, undefined]);
    // TensorFlow writes these in no particular order of their maps: another library judges.
    for (const c of loops) same(encodeWhileContextDef(decodeWhileContextDef(toBinary(WhileContextDefSchema, fromBinary(WhileContextDefSchema, encodeWhileContextDef(c))))), encodeWhileContextDef(c));
    for (const b of recorded.collectionDef!['cond_context']!.bytesList!.value!) {
      const c = decodeCondContextDef(b);
      expect(c.pivotName).toMatch(/switch_[tf]:0$/);
      expect(fromBinary(CondContextDefSchema, encodeCondContextDef(c))).toEqual(fromBinary(CondContextDefSchema, b));
    }
  });
});

describe('texts and bytes that are wrong', () => {
  test.each([
    ['saver_def { version: V3 }', '1:22 : Enum type has no value named V3.'],
    ['meta_info_def { tags: "a" tags: "b" }\nsaver_def { foo: 1 }', '2:13 : Message type "tensorflow.SaverDef" has no field named "foo".'],
    ['collection_def { key: "a" value { int64_list { value: 1.5 } } }', "1:55 : Couldn't parse integer: 1.5"],
    ['graph_def { node { name: 1 } }', "1:26 : Expected string but found: '1'"],
    ['saver_def { } saver_def { }', 'should not have multiple "saver_def" fields'],
  ])('%s', (text, message) => {
    expect(() => metaGraphDefFromText(text)).toThrow(DecodeError);
    expect(() => metaGraphDefFromText(text)).toThrow(message);
  });
  test('bytes: the place in the whole file', () => {
    expect(() => decodeMetaGraphDef(Uint8Array.of(0x12, 4, 0x0a, 2, 0x0a, 9))).toThrow('MetaGraphDef is corrupt at byte 5');
    expect(() => decodeMetaGraphDef(file('all.pb').subarray(0, 5000))).toThrow(/at byte \d+.*where \d+ remain/);
  });
  test('the last of exclusive fields counts, empty lists stay', () => {
    const m = metaGraphDefFromText('collection_def { key: "a" value { node_list { value: "x" } bytes_list { } } }');
    expect(m).toEqual({ collectionDef: { a: { bytesList: {} } } });
    expect(decodeMetaGraphDef(encodeMetaGraphDef(m))).toEqual(m);
    expect(metaGraphDefToText(m)).toBe('collection_def {\n  key: "a"\n  value {\n    bytes_list {\n    }\n  }\n}\n');
  });
  test('enums by number, floats, unknown numbers', () => {
    const m = metaGraphDefFromText('saver_def { version: 2 keep_checkpoint_every_n_hours: 1e4 max_to_keep: -1 sharded: true }');
    expect(m.saverDef).toEqual({ version: 'V2', keepCheckpointEveryNHours: 10000, maxToKeep: -1, sharded: true });
    expect(decodeMetaGraphDef(encodeMetaGraphDef({ saverDef: { version: 9 } }))).toEqual({ saverDef: { version: 9 } });
  });
});
