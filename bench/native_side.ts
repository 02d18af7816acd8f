// A side of bench/native.ts in a process of its own (threads are one number a process): the programs on the engine
// `native`, or in eager TensorFlow.js on tfjs-node's kernels. Arguments: native THREADS | eager THREADS DIR, where DIR
// has node_modules/@tensorflow/tfjs-node. Reads lines `program times`, answers as tf1_programs.py does.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { join, resolve } from 'node:path';
import { convnet, vbn, vbnStep } from './models/convnet.ts';
import { dense } from './models/dense.ts';
import { fed, tiny } from './models/elementwise.ts';
import { lstm } from './models/lstm.ts';
import type { Program, Step } from './models/step.ts';

const [kind, threads, dir] = process.argv.slice(2) as ['native' | 'eager', string, string?];
const programs = new Map<string, Program>([tiny, dense, vbn, convnet, lstm, ...[1, 4, 16, 64].map(fed)].map((p) => [p.tf1, p]));

function open(name: string): Step {
  const options = { engine: 'native', threads: Number(threads) } as const;
  if (name === 'vbn_nchw') return vbnStep('NCHW', options);
  const p = programs.get(name);
  if (!p) throw new Error(`no program ${name}`);
  return kind === 'native' ? p.ours(options) : p.eager();
}

if (kind === 'eager') {
  for (const n of ['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS']) process.env[n] = threads;
  // Its TensorFlow.js and ours are one version and share their kernels and engine, which are global.
  createRequire(join(resolve(dir!), 'any.js'))('@tensorflow/tfjs-node');
}
const opened = new Map<string, { step: Step; first: number }>();
createInterface(process.stdin).on('line', (line) => {
  const [name, times] = line.split(' ') as [string, string];
  let o = opened.get(name);
  if (!o) {
    const step = open(name);
    opened.set(name, o = { step, first: step.run() });
  }
  const [t, c] = [performance.now(), process.cpuUsage()];
  for (let i = 0; i < Number(times); i++) o.step.run();
  const wall = performance.now() - t, { user, system } = process.cpuUsage(c);
  console.log([wall / Number(times), (user + system) / 1e3 / Number(times), o.first].join(' '));
});
