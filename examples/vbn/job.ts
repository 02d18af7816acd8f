// The main job: all sections in order, one result. Knows nothing of terminals and reports.
import { loadDigits } from './data.ts';
import { effects } from './effects.ts';
import { ENTRY_TICKS, entryQuestion } from './entry_question.ts';
import { programOne, programTwo } from './entry.ts';
import { MISTAKES } from './mistakes.ts';
import * as tf from 'tfgraph';
import type { Options } from './options.ts';
import { buildPair, localName, makeSession } from './pair.ts';
import { puzzle, PUZZLE_TICKS } from './puzzle.ts';
import { programDot } from './report/dot.ts';
import type { Results } from './results.ts';
import { RECORDS_TICKS, tensorflowRecords } from './tensorflow_records.ts';
import { training, trainingTicks } from './training.ts';
import { verdict } from './verdict.ts';

/** Hears about progress: `done` of `total` steps, and what is being done. */
export type Listener = (done: number, total: number, doing: string) => void;

export async function runJob(o: Options, listen: Listener = () => {}): Promise<Results> {
  const t0 = performance.now();
  const total = ENTRY_TICKS + PUZZLE_TICKS + trainingTicks(o) + (1 + MISTAKES.length) * o.steps + RECORDS_TICKS;
  let done = 0;
  let doing = '';
  const tick = (): void => listen(++done, total, doing);
  const begin = (what: string): void => { doing = what; listen(done, total, doing); };

  begin('entry question');
  const entry = await entryQuestion(o, tick);

  begin('same weights, two scopes');
  const digits = loadDigits(o.batch, o.seed, o.layout);
  const pair = buildPair(digits.reference, o.batch, o.layout, o.seed);
  using sess = makeSession(pair.graph, o.engine);
  await sess.run(pair.init);
  await tf.copyWeights(sess, 'single', 'double');
  const start = await sess.run([...pair.single.variables]) as tf.NDArray[];
  const puzzled = await puzzle(sess, pair, digits, o, tick);

  begin('training both');
  const trained = await training(sess, pair, start, digits, o, tick);

  begin('mistakes');
  const weights = new Map(pair.single.variables.map((v, i) => [localName(v, 'single'), start[i]!]));
  const mistaken = await effects(weights, digits, o, tick);

  begin("TensorFlow's records");
  const records = await tensorflowRecords(o, tick);

  const graphs = {
    entryOne: entryDot(programOne, o), entryTwo: entryDot(programTwo, o),
    single: programDot([pair.single.loss], 'single'), double: programDot([pair.double.loss], 'double'),
  };
  const sections = { options: o, entry, puzzle: puzzled, training: trained, mistakes: mistaken, records };
  const checks = [entry, puzzled, trained, mistaken, records].flatMap((s) => s.checks);
  return { ...sections, graphs, verdict: verdict(sections), ok: checks.every((c) => c.ok), seconds: (performance.now() - t0) / 1000 };
}

/** A program alone in its graph, drawn. */
function entryDot(program: typeof programOne, o: Options): string {
  return new tf.Graph().asDefault(() => programDot([program(o.layout).outputs], ''));
}
