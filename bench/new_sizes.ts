// Benchmark of sizes that are new to a compiled plan: training steps whose number of examples is left open, each in a process
// of its own. The first size is compiled; then come others, each for the first time and, when all have come, once more.
// What a new size costs is the first run of it less the second.
// Run: npm run bench:sizes [-- --only vbn,lstm --json]
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as tf from 'tfgraph';
import { median, time } from './measure.ts';
import { ANY_SIZE, trainingOf } from './models/any_size.ts';

/** Milliseconds: of the first run (it compiles), of the first size once more, of each new size, and of all of them once more. */
interface Times { readonly first: number; readonly again: number; readonly fresh: readonly number[]; readonly known: readonly number[] }

function measure(program: string): Times {
  const { build, first, later } = ANY_SIZE[program]!, graph = new tf.Graph();
  const { fetches, feeds, init } = graph.asDefault(() => { const m = build(); return { fetches: trainingOf(m.loss), feeds: m.feeds, init: tf.globalVariablesInitializer() }; });
  using sess = new tf.Session({ graph, engine: 'wasm' });
  sess.runSync(init);
  const of = (n: number): (() => number) => { const fed = feeds(n); return () => time(() => { sess.runSync(fetches, fed); }); };
  const one = of(first), runs = later.map(of);
  return { first: one(), again: one(), fresh: runs.map((run) => run()), known: runs.map((run) => run()) };
}

const { values } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'boolean', default: false }, one: { type: 'string' } } });
if (values.one !== undefined) console.log(JSON.stringify(measure(values.one)));
else {
  const out: Record<string, unknown> = {};
  for (const program of values.only?.split(',') ?? Object.keys(ANY_SIZE)) {
    const t = JSON.parse(execFileSync(process.execPath, [fileURLToPath(import.meta.url), '--one', program], { encoding: 'utf8' })) as Times;
    const costs = t.fresh.map((ms, i) => ms - t.known[i]!);
    out[program] = { ...t, costs };
    if (!values.json) console.log(`${ANY_SIZE[program]!.name}: a new size ${median(costs).toFixed(2)} ms, at most ${Math.max(...costs).toFixed(2)} (${costs.map((x) => x.toFixed(1)).join(' ')}); compiled and run first ${t.first.toFixed(1)} ms, a step ${median(t.known).toFixed(1)} ms`);
  }
  if (values.json) console.log(JSON.stringify(out, null, 2));
}
