// Benchmark of whole programs on the `wasm` engine against eager TensorFlow.js (wasm) and, when its interpreter is given,
// Python TensorFlow 1.15.5 with one thread; all in turns. Then the times of compiling plans.
// Run: npm run bench:programs [-- --rounds N --only vbn,lstm,threads --json FILE --results FILE --tf1-python PATH]
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import * as tf from 'tfgraph';
import { convnetOnTfjs } from './filter_gradient.ts';
import { type Case, interleave, median, quantile, ratios, time } from './measure.ts';
import { attention, embedding } from './models/attention.ts';
import { convnet, vbn } from './models/convnet.ts';
import { dense, sgd } from './models/dense.ts';
import { chain, tiny, tinyCallable } from './models/elementwise.ts';
import { buildChain, layersFor } from './models/graph.ts';
import { lstm } from './models/lstm.ts';
import type { Program } from './models/step.ts';
import { productRate } from './rate.ts';
import { installed, type Rival, rivalsOf } from './rivals.ts';
import { keepSection } from './results.ts';
import { Tf1 } from './tf1.ts';

/** One comparison; ratio > 1: tfgraph is faster. */
interface Row { readonly program: string; readonly rival: string; readonly engine: 'wasm'; readonly mode: 'exact'; readonly threads: number; readonly ratio: number; readonly spread: readonly [number, number]; readonly a_ms: number; readonly b_ms: number }

/** Runs of very short programs are counted in thousands. */
const SHORT = new Set([tiny.name, tinyCallable.name]);
const repeat = (p: Program, s: Rival): Case['run'] => async () => {
  const n = SHORT.has(p.name) ? 1000 : 1, t0 = performance.now();
  for (let i = 0; i < n; i++) {
    const answer = s.run();
    if (typeof answer !== 'number') await answer;
  }
  return (performance.now() - t0) / n;
};
/** Runs and milliseconds after which a host has compiled what it will; long runs have got there in three. */
const WARM_RUNS = 40, WARM_MS = 600;
async function warmUp(c: Case): Promise<void> {
  for (let i = 0, end = performance.now() + WARM_MS; i < 3 || (i < WARM_RUNS && performance.now() < end); i++) await c.run();
}
/** All must come to the same number: else they are not one program. */
async function agree(p: Program, all: readonly Rival[]): Promise<void> {
  const [ours, ...others] = await Promise.all(all.map(async (s) => await s.run()));
  others.forEach((x, i) => { if (!(Math.abs(x - ours!) <= 1e-3 * Math.max(1, Math.abs(ours!)))) throw new Error(`${p.name}: ${all[i + 1]!.name} comes to ${x}, tfgraph to ${ours}`); });
}

async function compare(p: Program, rounds: number, tf1: Tf1 | undefined): Promise<Row[]> {
  const ours = p.ours(), rivals: Rival[] = [p.eager(), ...await rivalsOf(p.tf1)], rate = productRate();
  await agree(p, [ours, ...rivals]);
  const cases: Case[] = [{ name: 'ours', run: repeat(p, ours) }, ...rivals.map((r) => ({ name: r.name, run: repeat(p, r) }))];
  if (tf1) cases.push({ name: 'Python TensorFlow 1.15.5', run: () => tf1.run(p.tf1, SHORT.has(p.name) ? 200 : 1) });
  if (p.flops !== undefined) cases.push({ name: `its ${(p.flops / 1e9).toFixed(2)} GFLOP as one matrix product`, run: () => rate.ms(p.flops!) });
  for (const c of cases) await warmUp(c);
  const samples = await interleave(cases, rounds);
  for (const s of [ours, ...rivals, rate]) s.close();
  const a = samples.get('ours')!;
  return cases.slice(1).map((c): Row => {
    const b = samples.get(c.name)!, r = ratios(b, a);
    return { program: p.name, rival: c.name, engine: 'wasm', mode: 'exact', threads: 1, ratio: median(r), spread: [quantile(r, 0.25), quantile(r, 0.75)], a_ms: median(a), b_ms: median(b) };
  });
}

/** Whether two products run side by side as fast as one: else two threads prove nothing. In processes of their own. */
async function twoAtOnce(): Promise<number> {
  const work = (): Promise<number> => new Promise((resolve, reject) => {
    const w = new Worker(new URL('./peak_worker.js', import.meta.url));
    w.once('message', (ms: number) => { resolve(ms); });
    w.once('error', reject);
  });
  const alone = await work(), both = await Promise.all([work(), work()]);
  return (2 * alone) / Math.max(...both);
}
/** Two threads beside one, in turns. */
async function withThreads(p: Program, rounds: number): Promise<Row> {
  const one = p.ours(), two = p.ours({ threads: 2 });
  const cases: Case[] = [{ name: 'two', run: () => time(() => { two.run(); }) }, { name: 'one', run: () => time(() => { one.run(); }) }];
  for (let i = 0; i < 5; i++) {
    for (const c of cases) await c.run();
    await new Promise((resolve) => { setTimeout(resolve, 50); }); // threads start
  }
  const samples = await interleave(cases, rounds), a = samples.get('two')!, b = samples.get('one')!, r = ratios(b, a);
  one.close();
  two.close();
  return { program: p.name, rival: 'tfgraph, 1 thread', engine: 'wasm', mode: 'exact', threads: 2, ratio: median(r), spread: [quantile(r, 0.25), quantile(r, 0.75)], a_ms: median(a), b_ms: median(b) };
}

/** Transient memory of one run; ratio > 1: tfgraph needs less. */
interface Memory { readonly program: string; readonly rival: string; readonly ratio: number; readonly a_bytes: number; readonly b_bytes: number }
async function memoryOf(p: Program): Promise<Memory> {
  const ours = p.ours(), eager = p.eager();
  for (const s of [ours, eager]) s.run();
  const a = await ours.peakBytes(), b = await eager.peakBytes();
  ours.close();
  eager.close();
  return { program: p.name, rival: eager.name, ratio: b / a, a_bytes: a, b_bytes: b };
}

/** Milliseconds to build graphs and to compile plans: the VBN step as the first thing a process does and after five more, graphs of two
 * sizes, and a batch size that is new to a compiled plan. */
function compileTimes(): { readonly what: string; readonly ms: number }[] {
  const compiling = (graph: tf.Graph, fetches: tf.Tensor[], feeds: tf.Tensor[]): number => {
    using sess = new tf.Session({ graph, engine: 'wasm' });
    return time(() => { sess.explain(fetches, feeds); });
  };
  const graph = new tf.Graph();
  const [fetches, feeds] = graph.asDefault(() => {
    const x = tf.placeholder(tf.float32, [64, 64, 64, 1]);
    let h: tf.Tensor = x;
    for (let i = 0; i < 3; i++) {
      h = tf.layers.conv2d(h, [32, 64, 64][i]!, 3, 2, 'same');
      const reference = tf.slice(h, [0, 0, 0, 0], [32, -1, -1, -1]), mean = tf.reduceMean(reference, [0, 1, 2]);
      h = tf.nn.relu(h.sub(mean).mul(tf.rsqrt(tf.reduceMean(tf.square(reference.sub(mean)), [0, 1, 2]).add(1e-3))));
    }
    const loss = tf.reduceMean(tf.layers.dense(tf.reshape(h, [64, 4096]), 1));
    return [[loss, new tf.train.AdamOptimizer(1e-4).minimize(loss)] as tf.Tensor[], [x]] as const;
  });
  const out = [{ what: 'VBN step, first compilation of the process', ms: compiling(graph, fetches, [...feeds]) }];
  for (let i = 0; i < 4; i++) compiling(graph, fetches, [...feeds]);
  out.push({ what: 'VBN step, warm: median of the next nine', ms: median(Array.from({ length: 9 }, () => compiling(graph, fetches, [...feeds]))) });
  for (const nodes of [5000, 50000]) {
    let g = buildChain(layersFor(nodes));
    out.push({ what: `building a graph of ${g.size} nodes, with gradients and Adam`, ms: time(() => { g = buildChain(layersFor(nodes)); }) });
    const update = g.getOperationByName('Adam') as unknown as tf.Tensor;
    out.push({ what: `compiling a plan of ${g.size} nodes`, ms: compiling(g, [update], [g.getTensorByName('x:0'), g.getTensorByName('y:0')]) });
  }
  const any = new tf.Graph();
  const [x, y] = any.asDefault(() => { const p = tf.placeholder(tf.float32, [null, 784]); return [p, tf.nn.relu(tf.layers.dense(tf.layers.dense(p, 512, tf.nn.relu), 10))] as const; });
  using sess = new tf.Session({ graph: any, engine: 'wasm' });
  sess.runSync(any.asDefault(() => tf.globalVariablesInitializer()));
  const batch = (n: number): number => { const v = new tf.NDArray(tf.float32, [n, 784], new Float32Array(n * 784)); return time(() => { sess.runSync(y, [[x, v]]); }); };
  batch(128);
  const sizes = [96, 61, 100, 33, 47, 250, 12, 77, 129]; // rows that end in every way
  const first = sizes.map(batch), again = sizes.map(batch);
  out.push({ what: 'new batch size of a compiled plan (run and all, less a run of that size again): median of nine', ms: median(first.map((ms, i) => ms - again[i]!)) });
  return out;
}

if (!installed()) console.log('jax-js, ONNX Runtime and GraphModel are not installed (npm ci --prefix bench/rivals): their rows are missing');
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '9' }, only: { type: 'string' }, json: { type: 'string' }, results: { type: 'string' }, 'tf1-python': { type: 'string' } } });
const compiled = compileTimes();
await convnetOnTfjs();
const tf1 = values['tf1-python'] === undefined ? undefined : new Tf1(values['tf1-python']);
const rows: Row[] = [], memory: Memory[] = [];
for (const p of [dense, sgd, vbn, convnet, lstm, attention, embedding, chain, tiny, tinyCallable]) {
  if (values.only !== undefined && !values.only.split(',').includes(p.tf1)) continue;
  const m = await memoryOf(p);
  memory.push(m);
  console.log(`${m.program}: ${(m.a_bytes / 2 ** 20).toFixed(1)} MiB transient; ${m.rival} ${(m.b_bytes / 2 ** 20).toFixed(1)} MiB, ratio ${m.ratio.toFixed(2)}`);
  for (const r of await compare(p, Number(values.rounds), tf1)) {
    rows.push(r);
    console.log(`${r.program}: ${r.a_ms.toPrecision(3)} ms; ${r.rival} ${r.b_ms.toPrecision(3)} ms, ratio ${r.ratio.toFixed(2)} (${r.spread.map((x) => x.toFixed(2)).join(' to ')})`);
  }
}
const together = os.cpus().length > 1 && (values.only === undefined || values.only.split(',').includes('threads')) ? await twoAtOnce() : 0;
if (together > 0) {
  console.log(`two threads of products do ${together.toFixed(2)} times the work of one: ${together < 1.9 ? 'the rows of two threads below prove nothing (1.9 is wanted)' : 'two threads can be measured'}`);
  for (const p of [dense, vbn]) {
    const r = await withThreads(p, Number(values.rounds));
    rows.push(r);
    console.log(`${r.program}, 2 threads: ${r.a_ms.toPrecision(3)} ms; 1 thread ${r.b_ms.toPrecision(3)} ms, ratio ${r.ratio.toFixed(2)} (${r.spread.map((x) => x.toFixed(2)).join(' to ')})`);
  }
}
for (const c of compiled) console.log(`compile: ${c.what}: ${c.ms.toFixed(1)} ms`);
tf1?.close();
const machine = { cpu: os.cpus()[0]?.model, cores: os.cpus().length, memory: os.totalmem(), platform: os.platform(), node: process.version, load: os.loadavg()[0], together };
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ machine, rows, memory, compile: compiled }, null, 2)}\n`);
if (values.results !== undefined) keepSection(values.results, 'Results', results());

/** The figures as a page. */
function results(): string {
  const MiB = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
  return `${machine.cpu}, ${machine.cores} processors, ${MiB(machine.memory)} MiB, ${machine.platform}, Node ${machine.node.slice(1)}; load ${machine.load!.toFixed(1)} at the end. Engine wasm, mode exact.
A ratio above 1 means that tfgraph is faster (or needs less memory): the median over rounds in turns, with quartiles. What a figure is worth: README.md.
${together === 0 ? '' : `Two threads of independent products do ${together.toFixed(2)} times the work of one here${together < 1.9 ? ': the rows with 2 threads prove nothing (1.9 is wanted)' : ''}.\n`}
| program | threads | ms | rival | its ms | ratio |
|---|---|---|---|---|---|
${rows.map((r) => `| ${r.program} | ${r.threads} | ${r.a_ms.toPrecision(3)} | ${r.rival} | ${r.b_ms.toPrecision(3)} | ${r.ratio.toFixed(2)} (${r.spread.map((x) => x.toFixed(2)).join(' to ')}) |`).join('\n')}

| transient memory of one run | MiB | rival | its MiB | ratio |
|---|---|---|---|---|
${memory.map((m) => `| ${m.program} | ${MiB(m.a_bytes)} | ${m.rival} | ${MiB(m.b_bytes)} | ${m.ratio.toFixed(2)} |`).join('\n')}

| building and compiling | ms |
|---|---|
${compiled.map((c) => `| ${c.what} | ${c.ms.toFixed(1)} |`).join('\n')}
`;
}
