// Words, rows and notes that the text and the HTML report share.
import { optimizerTitle, percent, small } from './format.ts';
import type { Check, Drift, FreeRun, MistakeResult, RestartedRun, Results } from './results.ts';

export const allChecks = (r: Results): Check[] => [r.entry, r.puzzle, r.training, r.mistakes, r.records].flatMap((s) => [...s.checks]);

/** Which kernels the chosen engine runs: what TensorFlow.js computes with other bits stays with `reference` (sess.explain says why, kernel by kernel). */
export const kernelsNote = ({ options: o, training: { kernels: k } }: Results): string =>
  `One training step of both models is ${k.all} kernels${k.engine === k.all ? '' : `; ${o.engine} runs ${k.engine} of them, reference those that must keep their bits or that ${o.engine} lacks`}.`;

export const RESTARTED_HEAD = ['optimizer', 'reference images', 'steps', 'losses apart', 'gradients apart', 'updates apart', 'same step from same gradients'];
/** What these columns mean. */
export const RESTARTED_NOTE = 'Losses: largest relative difference. Gradients, updates: largest ||a - b|| of a variable over the largest norm of any, in the same step. Last column: given the gradients of vbn_single, Vbn_double\'s optimizer arrives at the same bits, weights and optimizer state.';
export const NOISE_NOTE = 'their gradient is zero but for rounding, and Adam, which divides a gradient by its size, makes full steps of that.';
export const restartedRow = ({ optimizer, trainableReference, trace: t, lossBits, stepBits, gradients, updates }: RestartedRun): string[] => {
  const steps = t.losses[0].length;
  const bits = (n: number): string => (n === steps ? 'same bits' : `same bits in ${n}`);
  return [optimizerTitle(optimizer), trainableReference ? 'trained in both' : 'fixed', String(steps), t.worst === 0 ? bits(lossBits) : small(t.worst), small(gradients), small(updates), bits(stepBits)];
};

export const DRIFT_HEAD = ['runs', 'losses apart at first', 'first ReLU units that differ', 'losses apart later'];
export const DRIFT_NOTE = 'Two runs whose weights differ in the last bits stay that close until a ReLU unit is on in one and off in the other: its gradient then counts in one run only, and from there they part. Rounding decides when that happens, if it does. For comparison, vbn_single beside copies of itself that start with one weight moved by one ulp, the smallest step of float32: what parts these two cannot be the way the network is written.';
export const driftRows = (r: FreeRun): string[][] => [
  ['single and double', ...driftCells(r.drift)], ...r.controls.map((c) => [`single and itself, ${c.variable}[${c.element}] one ulp up`, ...driftCells(c.drift)]),
];
const driftCells = ({ before, first, after }: Drift): string[] =>
  [small(before), first ? `step ${first.step}: ${first.units} of ${first.of}, within ${small(first.inputs)} of zero` : 'none', after === null ? '-' : small(after)];

export const changeCell = (x: MistakeResult): string => (x.gradientChange === null ? 'other weights' : percent(x.gradientChange));
