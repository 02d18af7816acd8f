// GraphDef as JSON: there and back for every recorded graph, TensorFlow's own spelling, and what is refused.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../src/graph/errors.ts';
import { decodeGraphDef, encodeGraphDef } from '../../src/graph/graph_def_codec.ts';
import { graphDefFromJson, graphDefToJson, metaGraphDefFromJson, metaGraphDefToJson } from '../../src/graph/graph_def_json.ts';
import { decodeMetaGraphDef, encodeMetaGraphDef } from '../../src/graph/meta_graph_codec.ts';
import { functionBytes, golden, goldenBytes, programs } from './goldens.ts';

test.each(programs)('%s', (p) => { expect(Buffer.compare(encodeGraphDef(graphDefFromJson(JSON.stringify(graphDefToJson(golden(p))))), goldenBytes(p))).toBe(0); });

test('what TensorFlow\'s json_format writes', () => {
  const text = gunzipSync(readFileSync(new URL('../golden/graph_def/functions.json.gz', import.meta.url))).toString();
  expect(graphDefToJson(decodeGraphDef(functionBytes()))).toEqual(JSON.parse(text));
  expect(Buffer.compare(encodeGraphDef(graphDefFromJson(text)), functionBytes())).toBe(0);
});

test('meta graphs', () => {
  const bytes = new Uint8Array(gunzipSync(readFileSync(new URL('../golden/meta_graph/all.pb.gz', import.meta.url))));
  expect(Buffer.compare(encodeMetaGraphDef(metaGraphDefFromJson(metaGraphDefToJson(decodeMetaGraphDef(bytes)))), bytes)).toBe(0);
});

test('a TensorFlow.js model stands for its topology; the weights it leaves out are zeros, within bounds', () => {
  const model = { format: 'graph-model', modelTopology: { node: [{ name: 'w', op: 'Const', attr: { dtype: { type: 'DT_FLOAT' }, value: { tensor: { dtype: 'DT_FLOAT', tensorShape: { dim: [{ size: '3' }, { size: '4' }] } } } } }], versions: {} } };
  const [w] = graphDefFromJson(model).node;
  expect(w!.attr['value']).toMatchObject({ kind: 'tensor', value: { shape: [3, 4], data: new Float32Array(12) } });
  expect(() => graphDefFromJson(model, { maxBytes: 100 })).toThrow(/maxBytes/);
});

describe('refused', () => {
  test.each([
    ['{"node": [}', /not JSON: Unexpected token/],
    ['{"node": []', /not JSON: .*line 1 column 12/],
    ['{"node": [{"nam": "a"}]}', /tensorflow\.NodeDef.*"nam"/],
    ['{"node": [{"name": 1}]}', /name.*expected string/],
    ['{"node": [{"attr": {"k": {"type": "DT_FOO"}}}]}', /DT_FOO/],
    ['{"node": [{"attr": {"k": {"type": "DT_INVALID"}}}]}', /DT_INVALID is not a dtype/],
    ['[]', /GraphDef/],
    [`${'{"library":'.repeat(400)}{}${'}'.repeat(400)}`, /nested more than 300 deep/],
    [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, /nested more than 300 deep|not JSON/],
  ])('%#', (text, message) => {
    expect(() => graphDefFromJson(text)).toThrow(DecodeError);
    expect(() => graphDefFromJson(text)).toThrow(message);
  });
});
