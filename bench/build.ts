// Benchmark of building graphs: a chain of convolutions and dense layers with gradients and Adam, at three sizes; the
// GraphDef of the middle one exported and read back; the training step of the VBN example compiled cold.
// Run: npm run bench [-- --rounds N --sizes 5000,50000,200000]
import { parseArgs } from 'node:util';
import * as tf from 'tfgraph';
import { loadDigits } from '../examples/vbn/data.ts';
import { buildPair } from '../examples/vbn/pair.ts';
import { buildChain, layersFor } from './models/graph.ts';
import { type Case, interleave, median, ratios, summary, time } from './measure.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' }, sizes: { type: 'string', default: '5000,50000,200000' } } });
  const rounds = Number(values.rounds);
  const sizes = values.sizes.split(',').map((s) => ({ name: `${Number(s) / 1000}k`, layers: layersFor(Number(s)), nodes: 0 }));

  const building: Case[] = sizes.map((s) => ({
    name: s.name,
    run: () => {
      const ms = time(() => { s.nodes = buildChain(s.layers).size; });
      return (1e6 * ms) / s.nodes; // ns a node
    },
  }));
  console.log(`Building (${rounds} rounds; median and quartiles)`);
  const built = await interleave(building, rounds);
  for (const s of sizes) {
    const ns = built.get(s.name)!;
    console.log(`  ${s.name.padStart(5)}: ${s.nodes} nodes, ${s.layers} layers: ${summary(ns.map((x) => x / 1000), 'us a node', 2)}, ${Math.round(1e9 / median(ns)).toLocaleString('en')} nodes/s`);
  }
  const first = built.get(sizes[0]!.name)!;
  for (const s of sizes.slice(1)) console.log(`  time a node, ${s.name} / ${sizes[0]!.name}: ${summary(ratios(built.get(s.name)!, first), 'x', 2)}`);

  const graph = buildChain(sizes[Math.min(1, sizes.length - 1)]!.layers);
  let bytes: Uint8Array = new Uint8Array();
  const codec = await interleave([
    { name: 'export', run: () => time(() => { bytes = tf.graphDefToBytes(graph.asGraphDef()); }) },
    { name: 'read', run: () => time(() => { tf.graphDefFromBytes(bytes); }) },
    { name: 'import', run: () => time(() => { new tf.Graph().asDefault(() => tf.importGraphDef(tf.graphDefFromBytes(bytes), { name: '' })); }) },
  ], rounds);
  console.log(`GraphDef of ${graph.size} nodes, ${(bytes.length / 1e6).toFixed(1)} MB\n  export ${summary(codec.get('export')!, 'ms')}, read ${summary(codec.get('read')!, 'ms')}, read and import into a graph ${summary(codec.get('import')!, 'ms')}`);

  const pair = buildPair(loadDigits(32, 1, 'NCHW').reference, 32, 'NCHW', 1);
  const compile = async (model: 'single' | 'double'): Promise<number> => {
    using sess = new tf.Session({ graph: pair.graph, engine: 'reference' });
    const t0 = performance.now();
    sess.explain([pair[model].adam.step, pair[model].loss], [pair.x, pair.y]);
    return performance.now() - t0;
  };
  const cold = await compile('double');
  const compiled = await interleave([{ name: 'single', run: () => compile('single') }, { name: 'double', run: () => compile('double') }], rounds);
  console.log(`Compiling one Adam step of the VBN example (new session, no cached plan)\n  first in this process ${cold.toFixed(1)} ms; then single ${summary(compiled.get('single')!, 'ms')}, double ${summary(compiled.get('double')!, 'ms')}`);
}

await main();
