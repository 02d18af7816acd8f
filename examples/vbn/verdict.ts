// Section 8: the answer in plain words, each sentence backed by a check.
import { percent } from './format.ts';
import type { Check, Results } from './results.ts';

type Sections = Pick<Results, 'options' | 'entry' | 'puzzle' | 'training' | 'mistakes' | 'records'>;

const held = (checks: readonly Check[], start: string): boolean => checks.filter((c) => c.claim.startsWith(start)).every((c) => c.ok);

export function verdict(r: Sections): string[] {
  const { entry, puzzle, training, mistakes, records } = r;
  const out: string[] = [];
  const failed = [entry, puzzle, training, mistakes, records].flatMap((s) => s.checks).filter((c) => !c.ok);
  if (failed.length > 0) out.push(`NOT CONFIRMED: ${failed.length} of the checks failed: ${failed.map((c) => `${c.claim} (${c.evidence})`).join('; ')}.`);
  if (held(entry.checks, 'entry')) {
    out.push(`The two entry programs are the same program: joining the batches before one convolution or after two that share weights gives ${entry.outputs.sameBits ? 'outputs with the same bits' : 'the same outputs up to rounding'}, the same gradients up to rounding, and the same training with every loss and optimizer tried.`);
  }
  if (held(puzzle.checks, 'same weights') && held(puzzle.checks, 'equal gradients') && held(training.checks, '')) {
    const [a, b] = training.final.accuracy;
    out.push(`vbn_single and Vbn_double, written as intended, are the same function of weights, reference images and inputs: with equal weights ${puzzle.outputs.sameBits ? 'their outputs are equal bit for bit' : 'their outputs are equal up to rounding'}, their gradients differ by rounding only, and they train alike (validation accuracy ${percent(a)} and ${percent(b)}). Choosing one or the other cannot explain a model that stays at chance.`);
  }
  if (held(puzzle.checks, 'the puzzle')) {
    out.push('Looking at gradients does not change outputs here: whatever else is fetched, the same bits come back and no weight moves, before and after training. A runtime in which it does computes the outputs in another way when the gradients are fetched too.');
  }
  const drift = records.optimizers.find((t) => t.optimizer === 'adam');
  if (drift && drift.rewriter.worst > 10 * drift.plain.worst) {
    out.push(`That happens: TensorFlow 1.15.5 as installed lets the two equal models drift apart (losses ${absoluteGap(drift.rewriter.losses).toExponential(1)} apart after 10 Adam steps); with its graph rewriting off they stay together (${absoluteGap(drift.plain.losses).toExponential(1)}), as ours do (${absoluteGap(drift.ours.losses).toExponential(1)}). "Slightly different curves" need no mistake of the user's.`);
  }
  const worst = [...mistakes.mistakes].sort((a, b) => a.accuracy - b.accuracy)[0]!;
  out.push(`The mistakes in the text as asked do change what is learned. Of those tried, "${worst.name}" costs most here (validation accuracy ${percent(worst.accuracy)} instead of ${percent(mistakes.correct.accuracy)}). Look for these first: ${mistakes.mistakes.filter((m) => m.lint.length > 0).map((m) => m.name).join(', ')} are named by lint, with the line.`);
  return out;
}

const absoluteGap = ([a, b]: readonly [readonly number[], readonly number[]]): number => Math.abs(a[a.length - 1]! - b[b.length - 1]!);
