// tf.graph_util against what real TensorFlow made of the same graph (test/golden/graph_util/make.py).
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { IndexError } from '../../src/graph/shape.ts';

type Outcome = { text?: string; error?: { class: string; message: string } };
interface Cases {
  graph: string;
  extract: [string[], Outcome][];
  training: [string[] | null, Outcome][];
  freeze: [string[], { variable_names_whitelist?: string[]; variable_names_blacklist?: string[] }, Outcome][];
  cpu: Record<string, [boolean, boolean]>;
  shapes: Record<string, string>;
}
const cases = JSON.parse(gunzipSync(readFileSync(new URL('../golden/graph_util/cases.json.gz', import.meta.url))).toString()) as Cases;
const def = tf.graphDefFromText(cases.graph);

async function outcome(f: () => unknown): Promise<Outcome> {
  try {
    return { text: tf.graphDefToText(await f() as typeof def) };
  } catch (e) {
    if (e instanceof IndexError) return { error: { class: e.name, message: e.message } };
    if (!(e instanceof tf.errors.TfError)) throw e;
    return { error: { class: e.name, message: e.text } };
  }
}

test.each(cases.extract)('extract_sub_graph %j', async (names, want) => { expect(await outcome(() => tf.graphUtil.extractSubGraph(def, names))).toEqual(want); });
test.each(cases.training)('remove_training_nodes %j', async (names, want) => { expect(await outcome(() => tf.graphUtil.removeTrainingNodes(def, names))).toEqual(want); });

describe('convert_variables_to_constants', () => {
  test.each(cases.freeze)('%j %j', async (names, o, want) => {
    const graph = new tf.Graph();
    graph.asDefault(() => tf.importGraphDef(def, { name: '' }));
    const sess = new tf.Session({ graph, engine: 'reference' });
    await sess.run(graph.getOperationByName('init'));
    const source = { run: (f: readonly string[]) => sess.run(f as never) };
    expect(await outcome(() => tf.graphUtil.convertVariablesToConstants(source, def, names, { variableNamesWhitelist: o.variable_names_whitelist ?? null, variableNamesBlacklist: o.variable_names_blacklist ?? null }))).toEqual(want);
    sess.close();
  });
});

test('must_run_on_cpu', () => {
  expect(Object.fromEntries(def.node.map((n) => [n.name, [tf.graphUtil.mustRunOnCpu(n), tf.graphUtil.mustRunOnCpu(n, true)]]))).toEqual(cases.cpu);
});
test('tensor_shape_from_node_def_name', () => {
  const graph = new tf.Graph();
  graph.asDefault(() => tf.importGraphDef(def, { name: '' }));
  for (const [name, shape] of Object.entries(cases.shapes)) expect(String(tf.graphUtil.tensorShapeFromNodeDefName(graph, name)), name).toBe(shape);
});
