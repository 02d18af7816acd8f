// Benchmark of whole training steps: the virtual-batch-norm convnet and a dense network on the `wasm` engine, as sessions compile them and
// node by node (no pass changes the graph, nothing is fused), beside eager TensorFlow.js on its own wasm backend and, when its
// interpreter is given, Python TensorFlow 1.15.5 with one thread, all in turns.
// Run: npm run bench:steps [-- --rounds N --only vbn,dense --json --tf1-python PATH]
import { parseArgs } from 'node:util';
import { convnetOnTfjs } from './filter_gradient.ts';
import { type Case, interleave, median, quantile, ratios, time } from './measure.ts';
import { vbn } from './models/convnet.ts';
import { dense } from './models/dense.ts';
import { Tf1 } from './tf1.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '9' }, only: { type: 'string' }, json: { type: 'boolean', default: false }, 'tf1-python': { type: 'string' } } });
await convnetOnTfjs();
const tf1 = values['tf1-python'] === undefined ? undefined : new Tf1(values['tf1-python']);
const results = [];
for (const p of [vbn, dense]) {
  if (values.only !== undefined && !values.only.split(',').includes(p.tf1)) continue;
  const steps = { tfgraph: p.ours(), 'tfgraph, node by node': p.ours({ isApart: true }), 'eager TensorFlow.js wasm': p.eager() };
  const losses = Object.keys(steps).map((): number[] => []); // of every step: all train on the same data from the same start
  const cases: Case[] = Object.entries(steps).map(([name, s], i) => ({ name, run: () => time(() => { losses[i]!.push(s.run()); }) }));
  if (tf1) cases.push({ name: 'Python TensorFlow 1.15.5', run: () => tf1.run(p.tf1, 1) });
  const samples = await interleave(cases, Number(values.rounds));
  if (losses.some((l) => !(Math.abs(l.at(-1)! - losses[0]!.at(-1)!) <= 1e-3))) throw new Error(`${p.name}: the losses are ${losses.map((l) => l.at(-1)).join(', ')}`);
  for (const a of cases.slice(0, 2)) {
    const ms = samples.get(a.name)!;
    for (const b of cases.slice(2)) { const r = ratios(samples.get(b.name)!, ms); results.push({ program: p.name, ours: a.name, ms: median(ms), best: quantile(ms, 0), rival: b.name, rivalMs: median(samples.get(b.name)!), ratio: median(r), spread: [quantile(r, 0.25), quantile(r, 0.75)] as const }); }
  }
  for (const s of Object.values(steps)) s.close();
}
tf1?.close();
if (values.json) console.log(JSON.stringify({ rounds: Number(values.rounds), results }, null, 2));
else for (const r of results) console.log(`${r.program}: ${r.ours} ${r.ms.toFixed(1)} ms (best ${r.best.toFixed(1)}), ${r.rival} ${r.rivalMs.toFixed(1)} ms, ratio ${r.ratio.toFixed(2)} (${r.spread.map((x) => x.toFixed(2)).join(' to ')})`);
