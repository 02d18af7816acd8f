// Section 8: the answer in plain words. A sentence is said only when its checks held, with the numbers measured.
import { percent, small } from './format.ts';
import type { Check, Drift, Results, TrainingResult } from './results.ts';

type Sections = Pick<Results, 'options' | 'entry' | 'puzzle' | 'training' | 'mistakes' | 'records'>;

const held = (checks: readonly Check[], start = ''): boolean => checks.filter((c) => c.claim.startsWith(start)).every((c) => c.ok);
const list = (words: readonly string[]): string => (words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`);

export function verdict(r: Sections): string[] {
  const { entry, puzzle, training, mistakes, records } = r;
  const failed = [entry, puzzle, training, mistakes, records].flatMap((s) => s.checks).filter((c) => !c.ok);
  const out: string[] = [];
  if (failed.length > 0) out.push(`NOT CONFIRMED: ${failed.length} of the checks failed: ${failed.map((c) => `${c.claim} (${c.evidence})`).join('; ')}.`);
  if (held(entry.checks)) {
    out.push(`The two entry programs are the same program: joining the batches before one convolution or after two that share weights gives ${entry.outputs.sameBits ? 'outputs with the same bits' : 'the same outputs up to rounding'}, the same gradients up to rounding, and the same training with every loss and optimizer tried.`);
  }
  if (held(puzzle.checks, 'same weights') && held(puzzle.checks, 'equal gradients') && held(training.checks, 'equal training, every step') && held(training.checks, 'equal answers')) {
    out.push(`vbn_single and Vbn_double, written as intended, are the same function of weights, reference images and inputs: with equal weights ${puzzle.outputs.sameBits ? 'their outputs are equal bit for bit' : 'their outputs are equal up to rounding'}, their gradients differ by rounding only, and so does each training step from the same state, whether the reference images are trained (in both) or not. Choosing one or the other cannot explain a model that stays at chance.`);
  }
  if (held(training.checks, 'equal training, left alone')) out.push(driftSentence(training));
  if (held(puzzle.checks, 'the puzzle')) {
    out.push('Looking at gradients does not change outputs here: whatever else is fetched, the same bits come back and no weight moves, before and after training. A runtime in which it does computes the outputs in another way when the gradients are fetched too.');
  }
  const adam = records.optimizers.find((t) => t.optimizer === 'adam');
  if (held(records.checks) && adam && adam.rewriter.worst > 10 * adam.plain.worst) {
    out.push(`Real TensorFlow has an effect of that kind: 1.15.5 as installed, on a CPU, trains the two equal models apart (losses ${small(adam.rewriter.worst)} apart within ${adam.plain.losses[0].length} Adam steps, relative). With its graph rewriting off they stay together (${small(adam.plain.worst)}), as they do here (${small(adam.ours.worst)}).`);
  }
  const worst = mistakes.mistakes.filter((m) => m.inText).reduce((a, b) => (b.accuracy < a.accuracy ? b : a));
  const linted = mistakes.mistakes.filter((m) => m.lint.length > 0).map((m) => m.name);
  const cost = worst.accuracy < mistakes.correct.accuracy
    ? `Of those tried, "${worst.name}" costs most here: validation accuracy ${percent(worst.accuracy)} instead of ${percent(mistakes.correct.accuracy)}.`
    : `In this short run none of them lowers validation accuracy (${percent(mistakes.correct.accuracy)} without mistakes).`;
  if (held(mistakes.checks)) out.push(`What does change the program are the mistakes in the text as asked. ${cost} Lint names ${list(linted)}, with the line; ${mistakes.refused.length} more do not run and say why.`);
  return out;
}

/** What happens when both models train on their own: equal up to rounding, and how they part, if they do. */
function driftSentence({ adam: { drift, controls, trace } }: TrainingResult): string {
  const steps = trace.losses[0].length;
  if (!drift.first) return `Left alone for ${steps} Adam steps the two models keep together, too (losses at most ${small(drift.before)} apart).`;
  const parted = controls.filter((c) => c.drift.after !== null);
  const units = drift.first.units === 1 ? 'one ReLU unit is' : `${drift.first.units} ReLU units are`;
  const start = `Left alone, the two models keep together (losses at most ${small(drift.before)} apart) until, in step ${drift.first.step}, ${units} on in one and off in the other, within ${small(drift.first.inputs)} of zero${drift.after === null ? '.' : `; then the curves part (by up to ${small(drift.after)} in ${steps} steps).`}`;
  const after = (d: Drift): number => d.after!;
  if (drift.after === null || parted.length === 0) return start;
  const [low, high] = [Math.min(...parted.map((c) => after(c.drift))), Math.max(...parted.map((c) => after(c.drift)))];
  const range = low === high ? `up to ${small(low)}` : `${small(low)} to ${small(high)}`;
  return `${start} The programs are not the cause: vbn_single parts from copies of itself that start with one weight moved by one ulp, too (${parted.length} of ${controls.length} copies, by ${range}; the two models part by ${ratio(drift.after / high)} times that). "Slightly different curves" need no mistake.`;
}

const ratio = (x: number): string => (x >= 0.1 && x < 10 ? x.toPrecision(2) : small(x));
