// The result as text: sections, small tables, sparklines; no colours, so that it reads the same in a file.
import { lastOf, optimizerTitle, percent, small } from './format.ts';
import type { Check, MistakeResult, Results } from './results.ts';
import { allChecks, changeCell, DRIFT_HEAD, DRIFT_NOTE, driftRows, kernelsNote, NOISE_NOTE, RESTARTED_HEAD, RESTARTED_NOTE, restartedRow } from './wording.ts';

/** The whole text but the verdict, section by section. */
export function* sections(r: Results): Generator<string> {
  yield entry(r);
  yield sameWeights(r);
  yield puzzleCalls(r);
  yield gradients(r);
  yield trainingText(r);
  yield mistakesText(r);
  yield recordsText(r);
}

export function verdictText(r: Results): string {
  return [heading('8. Verdict'), ...r.verdict.map((v) => wrap(v)), '', `${allChecks(r).filter((c) => c.ok).length} of ${allChecks(r).length} checks passed in ${r.seconds.toFixed(1)} s.`].join('\n');
}


const heading = (text: string): string => `\n${text}\n${'-'.repeat(text.length)}`;
const check = (c: Check): string => `${wrap(c.claim, c.ok ? '  yes  ' : '  NO   ', '       ')}\n${wrap(c.evidence, '         ')}`;
const checks = (cs: readonly Check[]): string[] => cs.map(check);

/** Columns padded to their widest cell; numbers are right-aligned by the caller. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, k) => Math.max(...rows.map((row) => row[k]!.length)));
  return rows.map((row) => `  ${row.map((cell, k) => cell.padEnd(widths[k]!)).join('   ')}`.trimEnd()).join('\n');
}

/** Words in lines of at most 110 characters; `indent` for the first line, `rest` for the others. */
export function wrap(text: string, indent = '', rest = indent): string {
  const lines: string[] = [];
  let line = indent;
  for (const [i, word] of text.split(' ').entries()) {
    if (i > 0 && line.length + word.length + 1 > 110) { lines.push(line); line = rest + word; } else line += i === 0 ? word : ` ${word}`;
  }
  return [...lines, line].join('\n');
}

/** A curve in one line. */
export function sparkline(values: readonly number[], width = 40): string {
  const bars = '▁▂▃▄▅▆▇█';
  const [lo, hi] = [Math.min(...values), Math.max(...values)];
  const n = Math.min(width, values.length);
  return Array.from({ length: n }, (_, i) => {
    const v = values[Math.floor((i * values.length) / n)]!;
    return bars[hi > lo ? Math.min(7, Math.floor((8 * (v - lo)) / (hi - lo))) : 0];
  }).join('');
}

function entry({ entry: e, options }: Results): string {
  return [
    heading('1. The entry question: convolve the joined batch, or join two convolutions that share weights?'),
    `  programs as asked, ${options.layout}, 2 x 16 images of 32 x 32; contrib.layers.conv2d, VALID`,
    `  graph sizes: program one ${e.nodes.one} nodes, program two ${e.nodes.two} (with loss and gradient descent ${e.withTraining.one} and ${e.withTraining.two})`,
    table([['loss and optimizer', 'first loss', 'last loss (one)', 'last loss (two)', 'largest relative difference'], ...e.traces.map((t) => [t.label, t.losses[0][0]!.toFixed(6), lastOf(t.losses[0]).toFixed(6), lastOf(t.losses[1]).toFixed(6), small(t.worst)])]),
    ...checks(e.checks),
  ].join('\n');
}

function sameWeights({ puzzle: p }: Results): string {
  return [
    heading('2. The same weights in two scopes: tf.copyWeights(sess, \'single\', \'double\')'),
    `  one graph of ${p.nodes} nodes: vbn_single under single/, Vbn_double under double/, both with two optimizers`,
    ...checks(p.checks.filter((c) => c.claim.startsWith('same weights'))),
    `  For comparison, the improved-GAN form, which mixes in each example's own statistics, differs by up to ${p.original.differs.toFixed(3)}\n  from both (values up to ${p.original.scale.toFixed(2)}): leaving that out changes the function, single or double does not.`,
  ].join('\n');
}

function puzzleCalls({ puzzle: p }: Results): string {
  const lines = [heading('3. The puzzle: four run calls and the bits they return (hashes)')];
  for (const round of p.rounds) {
    lines.push(`  ${round.when}:`, table([['call', 'o1', 'o2', 'grads', 'all weights'], ...round.calls.map((c) => [c.call, c.o1 ?? '-', c.o2 ?? '-', c.gradients ?? '-', c.weights])]));
  }
  return [...lines, ...checks(p.checks.filter((c) => c.claim.startsWith('the puzzle')))].join('\n');
}

function gradients({ puzzle: p }: Results): string {
  const { rows, bound } = p.gradients;
  return [
    heading('4. Gradients of the two models at equal weights'),
    table([['variable', '||a||', '||a - b||'], ...rows.map((g) => [g.variable, small(g.norm, 2), small(g.distance)])]),
    `  bound: 1e-5 x the largest norm = ${bound.toExponential(1)}. (A bias in front of a normaliser has no gradient in real arithmetic:\n  what its row shows is rounding.)`,
    ...checks(p.checks.filter((c) => c.claim.startsWith('equal gradients'))),
  ].join('\n');
}

function trainingText(r: Results): string {
  const { training: t, options: o } = r;
  const { adam } = t;
  return [
    heading('5. Training both on images of handwritten digits'),
    wrap(`task: is the digit five or more? ${t.data.training} training images, of them ${t.data.reference} the fixed reference batch; ${t.data.validation} validation images (always answering the larger class: ${percent(t.data.majority)}). Batches of ${o.batch}. ${kernelsNote(r)}`, '  '),
    '\n  Every step restarted from the same weights and optimizer state:',
    table([RESTARTED_HEAD, ...t.restarted.map(restartedRow)]),
    wrap(RESTARTED_NOTE, '  '),
    wrap(`Under Adam the biases in front of a normaliser are left out of "updates": ${NOISE_NOTE} Theirs are up to ${small(t.restarted[0]!.noise)} apart.`, '  '),
    `\n  Left alone for ${o.steps} Adam steps:`,
    `  loss, single  ${sparkline(adam.trace.losses[0])}  ${adam.trace.losses[0][0]!.toFixed(3)} -> ${lastOf(adam.trace.losses[0]).toFixed(3)}`,
    `  loss, double  ${sparkline(adam.trace.losses[1])}  ${adam.trace.losses[1][0]!.toFixed(3)} -> ${lastOf(adam.trace.losses[1]).toFixed(3)}`,
    table([DRIFT_HEAD, ...driftRows(adam)]),
    wrap(DRIFT_NOTE, '  '),
    table([['before step', 'validation accuracy, single', 'double'], ...t.accuracy.map((p) => [String(p.step), ...p.values.map(percent)])]),
    ...checks(t.checks),
  ].join('\n');
}

function mistakesText({ mistakes: m }: Results): string {
  const row = (x: MistakeResult): string[] => [x.name, percent(x.accuracy), x.loss.toFixed(3), lastOf(x.losses).toFixed(3), x === m.correct ? '-' : changeCell(x)];
  const lines = [
    heading('6. The mistakes'),
    '  Those that run, each alone in the single program, same start, same batches, Adam:',
    table([['mistake', 'validation accuracy', 'validation loss', 'last training loss', 'change of dL/dw at the start'], row(m.correct), ...m.mistakes.map(row)]),
  ];
  for (const x of m.mistakes) {
    lines.push(wrap(`${x.name}: ${x.what}${x.note === '' ? '' : `; ${x.note}`}`, '  ', '    '));
    if (x.lint.length === 0) lines.push('    lint: nothing to say (it may be meant)');
    for (const f of x.lint) lines.push(wrap(`lint ${f.rule}: ${f.message}`, '    ', '      '), `      at ${f.where}`, wrap(`remedy: ${f.remedy}`, '      '));
  }
  lines.push('\n  Those that do not run, and what is said to them:');
  for (const x of m.refused) {
    lines.push(wrap(`${x.name}: ${x.what}`, '  ', '    '), wrap(x.error, '    ', '      '), `      at ${x.where}`);
    if (x.remedy !== '') lines.push(wrap(`remedy: ${x.remedy}`, '      '));
  }
  return [...lines, '', ...checks(m.checks)].join('\n');
}

function recordsText({ records: rec }: Results): string {
  const lines = [heading('7. Real TensorFlow 1.15.5 on the same program, weights and batches: its two records beside ours')];
  for (const t of rec.optimizers) {
    const columns = [t.rewriter, t.plain, t.ours];
    lines.push(`  ${optimizerTitle(t.optimizer)}, losses before each step:`, table([
      ['step', 'TF as installed: single', 'double', 'TF, rewriting off: single', 'double', 'tfgraph: single', 'double'],
      ...t.ours.losses[0].map((_, s) => [String(s), ...columns.flatMap((c) => [c.losses[0][s]!.toFixed(7), c.losses[1][s]!.toFixed(7)])]),
    ]), table([
      ['single and double apart', 'TF as installed', 'TF, rewriting off', 'tfgraph'],
      ['losses (relative)', ...columns.map((c) => small(c.worst))],
      ['weights after the last step*', small(t.weightGaps.rewriter), small(t.weightGaps.plain), small(t.weightGaps.ours)],
    ]));
  }
  lines.push('  * largest difference, biases in front of a normaliser left out');
  return [...lines, ...checks(rec.checks)].join('\n');
}
