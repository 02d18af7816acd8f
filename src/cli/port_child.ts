// The child process of `tfgraph port --verify`: imports a compiled program, builds its graph (its build(), or what the
// module itself builds) and writes the graph with the places its nodes were made at.
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import * as tf from 'tfgraph';

const [program, out] = process.argv.slice(2) as [string, string];
const graph = new tf.Graph();
await graph.asDefault(async () => {
  const m = await import(pathToFileURL(program).href) as { build?: () => unknown };
  if (typeof m.build === 'function') await m.build();
});
const built = graph.size > 0 ? graph : tf.getDefaultGraph();
writeFileSync(out, JSON.stringify({
  graph: Buffer.from(tf.graphDefToBytes(built.asGraphDef())).toString('base64'),
  sites: Object.fromEntries(built.getOperations().map((o) => [o.name, o.site?.location ?? ''])),
}));
