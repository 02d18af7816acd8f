// Mutated graphs through the readers: 50,000 of a fixed seed. `node scripts/fuzz-readers.mjs` runs more.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import '../../src/index.ts';
import { encodeGraphDef } from '../../src/graph/graph_def_codec.ts';
import { graphDefToText } from '../../src/graph/graph_def_text.ts';
import { decodeMetaGraphDef, encodeMetaGraphDef, metaGraphDefToText } from '../../src/graph/meta_graph_codec.ts';
import { decodeGraphDef } from '../../src/graph/graph_def_codec.ts';
import type { GraphDef } from '../../src/graph/node_def.ts';
import { type Corpus, fuzz } from '../support/fuzz_readers.ts';
import { functionBytes, golden, programs } from './goldens.ts';

const COUNT = Number(process.env['FUZZ_INPUTS'] ?? 50_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? 1);
const FROM = Number(process.env['FUZZ_FROM'] ?? 0);

/** Stretches of the recorded graphs, short ones so that many go through, a graph with functions, and a meta graph. */
function corpus(): Corpus {
  const graphs: GraphDef[] = programs.flatMap((p) => {
    const g = golden(p);
    const starts = [0, Math.floor(g.node.length / 3), Math.floor(g.node.length * 2 / 3)];
    return starts.map((from, i) => ({ ...g, node: g.node.slice(from, from + 6 + 6 * i) }));
  });
  graphs.push(decodeGraphDef(functionBytes()));
  const meta = decodeMetaGraphDef(gunzipSync(readFileSync(new URL('../golden/meta_graph/all.pb.gz', import.meta.url))));
  const whole = { ...meta, metaInfoDef: { ...meta.metaInfoDef, strippedOpList: { op: meta.metaInfoDef!.strippedOpList!.op!.slice(0, 3) } } };
  const metas = [0, 20, 60].map((n) => ({ ...whole, graphDef: { ...meta.graphDef!, node: meta.graphDef!.node.slice(n, n + 8) } }));
  return {
    pb: graphs.map(encodeGraphDef), pbtxt: graphs.map(graphDefToText).filter((t) => t.length < 12_000),
    meta: metas.map(encodeMetaGraphDef), 'meta.pbtxt': metas.map((m) => metaGraphDefToText({ ...m, metaInfoDef: { tags: ['a'] } })),
  };
}

test(`${COUNT} mutated inputs are refused in order or read in full`, { timeout: 0 }, () => {
  const say = process.env['FUZZ_REPORT'] === '1' ? (r: object): void => { process.stdout.write(`${JSON.stringify(r)}\n`); } : undefined;
  const r = fuzz(corpus(), SEED, COUNT, FROM, say);
  say?.(r);
  expect(r.inputs).toBe(COUNT);
  // Both things happen, in every form: otherwise the mutations or the readers are not what they should be.
  if (COUNT >= 1000) for (const [form, f] of Object.entries(r.byForm)) expect(f.refused / f.inputs, form).toSatisfy((x: number) => x > 0.2 && x < 0.98);
  if (COUNT >= 10_000) expect(Math.min(r.imported, r.notImported)).toBeGreaterThan(20);
});
