// Benchmark of whole training steps: the virtual-batch-norm convnet and a dense network, on the `wasm` engine and with
// eager TensorFlow.js on its own wasm backend, turn by turn. Run: npm run bench:steps [-- --rounds N --json]
import { parseArgs } from 'node:util';
import { convnetOnTfjs } from './filter_gradient.ts';
import { interleave, median, quantile, ratios, time } from './measure.ts';
import { vbn } from './models/convnet.ts';
import { dense } from './models/dense.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '9' }, json: { type: 'boolean', default: false } } });
await convnetOnTfjs();
const results = [];
for (const p of [vbn, dense]) {
  const a = p.ours(), b = p.eager();
  const losses: [number[], number[]] = [[], []]; // of every step: both train on the same data from the same start
  const s = await interleave([
    { name: 'ours', run: () => time(() => { losses[0].push(a.run()); }) },
    { name: 'eager', run: () => time(() => { losses[1].push(b.run()); }) },
  ], Number(values.rounds));
  const [x, y] = [s.get('ours')!, s.get('eager')!];
  results.push({ name: p.name, ours: a.name, ms: median(x), best: quantile(x, 0), eagerMs: median(y), ratio: median(ratios(y, x)), losses: losses.map((l) => l[l.length - 1]!) });
  a.close();
  b.close();
}
if (values.json) console.log(JSON.stringify({ rounds: Number(values.rounds), results }, null, 2));
else for (const r of results) console.log(`${r.name}: ${r.ours} ${r.ms.toFixed(1)} ms (best ${r.best.toFixed(1)}), eager TensorFlow.js wasm ${r.eagerMs.toFixed(1)} ms, ratio ${r.ratio.toFixed(1)}; last losses ${r.losses.map((l) => l.toFixed(5)).join(' and ')}`);
