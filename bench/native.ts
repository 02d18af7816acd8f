// Benchmark of the `native` engine against Python TensorFlow 1.15 and 2.x and eager tfjs-node, those that are given; every
// side in a process of its own with the same number of threads, in turns of short slices.
// Run: npm run bench:native -- [--tf1-python PATH] [--tf2-python PATH] [--tfjs-node DIR] [--threads 1,2] [--rounds N] [--only tiny,vbn] [--json FILE] [--results FILE]
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { median, quantile, ratios } from './measure.ts';
import { keepSection } from './results.ts';
import { type Slice, Tf1 } from './tf1.ts';

interface Compared { readonly name: string; readonly title: string; /** Runs in a slice. */ readonly runs: number; /** Who has it besides us; absent: everybody. */ readonly rivals?: readonly string[]; /** Another program of ours that is its rival. */ readonly against?: string }
const PYTHON = ['Python TensorFlow 1.15', 'Python TensorFlow 2.x, compat.v1'];
const PROGRAMS: readonly Compared[] = [
  { name: 'tiny', title: '64 adds on [4], feed and fetch', runs: 500 },
  { name: 'dense', title: 'dense 784-512-512-10, batch 128, Adam', runs: 5 },
  { name: 'vbn', title: 'VBN convnet, Adam', runs: 1 },
  { name: 'vbn_nchw', title: 'VBN convnet in NCHW, Adam', runs: 1, against: 'vbn' },
  { name: 'convnet', title: 'convnet, forward, batch 64', runs: 3 },
  { name: 'lstm', title: 'LSTM-50 unrolled, 128 units, batch 32, Adam', runs: 2 },
  ...[1, 4, 16, 64].map((n) => ({ name: `feed${n}`, title: `feed of ${n} MB`, runs: Math.ceil(20 / n), rivals: PYTHON })),
];
/** Rounds that are not counted: code is compiled, memory is taken. */
const WARM = 2;

interface Side { readonly name: string; readonly process: Tf1; /** Of the runs of a slice, as it is slow. */ readonly share: number }
interface Row { readonly program: string; readonly rival: string; readonly engine: 'native'; readonly threads: number; /** Above 1: we are faster. */ readonly ratio: number; readonly spread: readonly [number, number]; readonly cpu_ratio: number; readonly a_ms: number; readonly b_ms: number }

function same(p: Compared, a: Slice, b: Slice, rival: string): void {
  if (!(Math.abs(a.first - b.first) <= 1e-3 * Math.max(1, Math.abs(a.first)))) throw new Error(`${p.title}: ${rival} comes to ${b.first}, tfgraph to ${a.first}`);
}

async function compare(p: Compared, threads: number, ours: Tf1, rivals: readonly Side[], rounds: number): Promise<Row[]> {
  const all = [{ name: 'tfgraph', run: () => ours.slice(p.name, p.runs) }, ...p.against === undefined
    ? rivals.filter((s) => p.rivals?.includes(s.name) ?? true).map((s) => ({ name: s.name, run: () => s.process.slice(p.name, Math.max(Math.min(p.runs, 3), Math.ceil(p.runs * s.share))) }))
    : [{ name: `tfgraph, ${p.against}`, run: () => ours.slice(p.against!, p.runs) }]];
  const samples: Slice[][] = all.map(() => []);
  for (let r = -WARM; r < rounds; r++) {
    for (let i = 0; i < all.length; i++) {
      const at = (i + r + WARM) % all.length, slice = await all[at]!.run();
      if (r >= 0) samples[at]!.push(slice);
    }
  }
  const [mine, ...others] = samples as [Slice[], ...Slice[][]];
  return others.map((theirs, i): Row => {
    same(p, mine[0]!, theirs[0]!, all[i + 1]!.name);
    const of = (s: readonly Slice[], k: 'wall' | 'cpu'): number[] => s.map((x) => x[k]);
    const r = ratios(of(theirs, 'wall'), of(mine, 'wall'));
    return { program: p.title, rival: all[i + 1]!.name, engine: 'native', threads, ratio: median(r), spread: [quantile(r, 0.25), quantile(r, 0.75)], cpu_ratio: median(ratios(of(theirs, 'cpu'), of(mine, 'cpu'))), a_ms: median(of(mine, 'wall')), b_ms: median(of(theirs, 'wall')) };
  });
}

function page(rows: readonly Row[]): string {
  return `${os.cpus()[0]?.model}, ${os.cpus().length} processors, ${os.platform()}, Node ${process.version.slice(1)}; load ${os.loadavg()[0]!.toFixed(1)} at the end.
A ratio above 1 means that tfgraph is faster: the median over rounds in turns, with quartiles. While loops are not run by our sessions: no row for them.
A feed is always copied here; Python copies it unless numpy's memory happens to lie as TensorFlow wants it, and eager TensorFlow.js feeds nothing.

| program | threads | ms | rival | its ms | ratio |
|---|---|---|---|---|---|
${rows.map((r) => `| ${r.program} | ${r.threads} | ${r.a_ms.toPrecision(3)} | ${r.rival} | ${r.b_ms.toPrecision(3)} | ${r.ratio.toFixed(2)} (${r.spread.map((x) => x.toFixed(2)).join(' to ')}) |`).join('\n')}
`;
}

const { values } = parseArgs({ options: {
  'tf1-python': { type: 'string' }, 'tf2-python': { type: 'string' }, 'tfjs-node': { type: 'string' }, threads: { type: 'string', default: '1,2' }, rounds: { type: 'string', default: '12' },
  only: { type: 'string' }, json: { type: 'string' }, results: { type: 'string' },
} });
const rows: Row[] = [];
for (const threads of values.threads.split(',')) {
  const ours = new Tf1(process.execPath, 'native_side.js', ['native', threads]), rivals: Side[] = [];
  if (values['tf1-python'] !== undefined) rivals.push({ name: PYTHON[0]!, process: new Tf1(values['tf1-python'], 'tf1_programs.py', [threads]), share: 1 });
  if (values['tf2-python'] !== undefined) rivals.push({ name: PYTHON[1]!, process: new Tf1(values['tf2-python'], 'tf1_programs.py', [threads]), share: 1 });
  if (values['tfjs-node'] !== undefined) rivals.push({ name: 'eager tfjs-node', process: new Tf1(process.execPath, 'native_side.js', ['eager', threads, values['tfjs-node']]), share: 0.1 });
  for (const p of PROGRAMS) {
    if (values.only !== undefined && !values.only.split(',').includes(p.name)) continue;
    for (const r of await compare(p, Number(threads), ours, rivals, Number(values.rounds))) {
      rows.push(r);
      console.log(`${r.program}, ${r.threads} thread${r.threads === 1 ? '' : 's'}: ${r.a_ms.toPrecision(3)} ms; ${r.rival} ${r.b_ms.toPrecision(3)} ms, ratio ${r.ratio.toFixed(2)} (${r.spread.map((x) => x.toFixed(2)).join(' to ')}; processor ${r.cpu_ratio.toFixed(2)})`);
    }
  }
  for (const s of [ours, ...rivals.map((x) => x.process)]) s.close();
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ machine: { cpu: os.cpus()[0]?.model, cores: os.cpus().length, node: process.version, load: os.loadavg()[0] }, rows }, null, 2)}\n`);
if (values.results !== undefined) keepSection(values.results, 'Results of the native engine', page(rows));
