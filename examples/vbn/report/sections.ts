// The report's sections, numbered as in the text.
import { lastOf, optimizerTitle, percent, small } from '../format.ts';
import type { Check, Gradients, LintFinding, MistakeResult, RecordedTrace, Refusal, Results, Trace } from '../results.ts';
import { changeCell, DRIFT_HEAD, DRIFT_NOTE, driftRows, kernelsNote, NOISE_NOTE, RESTARTED_HEAD, RESTARTED_NOTE, restartedRow } from '../wording.ts';
import { html, type Markup, raw } from './escape.ts';

/** Draws a graph from Graphviz text; places a chart. */
export interface Parts { readonly draw: (dot: string) => Markup; readonly chart: (id: string) => Markup }

export const sections = (r: Results, parts: Parts): Markup[] =>
  [entry(r, parts), sameWeights(r, parts), puzzle(r), gradients(r), training(r, parts), mistakes(r, parts), records(r, parts)];

type Cell = string | Markup;

/** `numbers` are the columns set to the right. */
function table(head: readonly string[], rows: readonly (readonly Cell[])[], numbers: readonly number[] = []): Markup {
  const cls = (k: number): Markup => raw(numbers.includes(k) ? ' class="n"' : '');
  return html`<div class="scroll"><table><tr>${head.map((h, k) => html`<th${cls(k)}>${h}</th>`)}</tr>${rows.map((row) => html`<tr>${row.map((c, k) => html`<td${cls(k)}>${c}</td>`)}</tr>`)}</table></div>`;
}

const checkList = (checks: readonly Check[]): Markup => html`<ul class="checks">${checks.map((c) => html`<li class="${c.ok ? 'yes' : 'no'}">${c.claim} <span class="soft">— ${c.evidence}</span></li>`)}</ul>`;
const starting = (checks: readonly Check[], start: string): Check[] => checks.filter((c) => c.claim.startsWith(start));
const figure = (caption: string, drawing: Markup): Markup => html`<figure><figcaption>${caption}</figcaption><div class="scroll">${drawing}</div></figure>`;

function entry({ entry: e, graphs }: Results, { draw }: Parts): Markup {
  return html`<h2>1. The entry question</h2>
<p>Convolve the joined batch once, or convolve each batch with the same weights and join the results: should the programs train differently?</p>
<div class="graphs">${figure(`Program one (${e.nodes.one} nodes)`, draw(graphs.entryOne))}${figure(`Program two (${e.nodes.two} nodes)`, draw(graphs.entryTwo))}</div>
<p class="soft">One box a layer; barrels hold variables; arrows carry shapes. The counts include initializers; with a loss and gradient descent the programs have ${e.withTraining.one} and ${e.withTraining.two} nodes.</p>
${table(['loss and optimizer', 'first loss', 'last, program one', 'last, program two', 'largest relative difference'], e.traces.map((t: Trace) => [t.label, t.losses[0][0]!.toFixed(6), lastOf(t.losses[0]).toFixed(6), lastOf(t.losses[1]).toFixed(6), small(t.worst)]), [1, 2, 3, 4])}
${checkList(e.checks)}`;
}

function sameWeights({ puzzle: p, graphs }: Results, { draw }: Parts): Markup {
  return html`<h2>2. The same weights in two scopes</h2>
<p>One graph holds both models; <code>tf.copyWeights(sess, 'single', 'double')</code> gives them equal weights. In the double form both towers read the same barrels.</p>
<div class="graphs">${figure('vbn_single: one tower over reference images and inputs together', draw(graphs.single))}${figure('Vbn_double: a tower for the reference images, then one for the inputs', draw(graphs.double))}</div>
${checkList(starting(p.checks, 'same weights'))}
<p class="soft">The improved-GAN form, which mixes in each example's own statistics, differs from both by up to ${p.original.differs.toFixed(3)} (values up to ${p.original.scale.toFixed(2)}): leaving that out changes the function, single or double does not.</p>`;
}

function puzzle({ puzzle: p }: Results): Markup {
  const hash = (h: string | null): Markup => html`<span class="hash">${h ?? '–'}</span>`;
  return html`<h2>3. The puzzle: four calls and their bits</h2>
<p>Each entry is a hash of the bits a call returned. One value down a column means: the same bits.</p>
${p.rounds.map((round) => html`<h3>${round.when}</h3>${table(['call', 'o1', 'o2', 'gradients', 'all weights'], round.calls.map((c) => [html`<code>${c.call}</code>`, ...[c.o1, c.o2, c.gradients, c.weights].map(hash)]))}`)}
${checkList(starting(p.checks, 'the puzzle'))}`;
}

function gradients({ puzzle: { gradients: g, checks } }: Results): Markup {
  const rows = (x: Gradients): Cell[][] => x.rows.map((row) => [html`<code>${row.variable}</code>`, small(row.norm, 2), small(row.distance)]);
  return html`<h2>4. Gradients at equal weights</h2>
${table(['variable', '||a||', '||a − b||'], rows(g), [1, 2])}
<p>Bound: 1e-5 of the largest norm = ${small(g.bound)}. <span class="soft">A bias in front of a normaliser has no gradient in real arithmetic: what its row shows is rounding.</span></p>
${checkList(starting(checks, 'equal gradients'))}`;
}

function training(r: Results, { chart }: Parts): Markup {
  const { training: t, options: o } = r;
  return html`<h2>5. Training both</h2>
<p>Images of handwritten digits, 8 × 8; the task: is the digit five or more? ${t.data.training} training images (${t.data.reference} of them the fixed reference batch), ${t.data.validation} for validation, where always answering the larger class is right for ${percent(t.data.majority)}. ${kernelsNote(r)}</p>
<h3>Every step restarted from the same weights and optimizer state</h3>
${table(RESTARTED_HEAD, t.restarted.map(restartedRow), [2, 3, 4, 5])}
<p class="soft">${RESTARTED_NOTE} Under Adam the biases in front of a normaliser are left out of “updates”: ${NOISE_NOTE} Theirs are up to ${small(t.restarted[0]!.noise)} apart.</p>
<h3>Left alone for ${o.steps} Adam steps</h3>
<div class="grid">${chart('loss')}${chart('accuracy')}${chart('drift')}</div>
${table(DRIFT_HEAD, driftRows(t.adam), [1, 3])}
<p class="soft">${DRIFT_NOTE}</p>
${checkList(t.checks)}`;
}

/** Words between backticks are code. */
const prose = (text: string): Markup[] => text.split('`').map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
const at = (place: string, remedy: string): Markup => html`<p><span class="soft">at</span> <code>${place}</code></p>${remedy === '' ? '' : html`<p><span class="soft">remedy:</span> ${remedy}</p>`}`;

function mistakes({ mistakes: m }: Results, { chart }: Parts): Markup {
  const row = (x: MistakeResult): Cell[] => [x.name, html`${prose(x.what)}`, percent(x.accuracy), x.loss.toFixed(3), x === m.correct ? '–' : changeCell(x)];
  const lint = (f: LintFinding): Markup => html`<p>lint, <b>${f.rule}</b>: ${f.message}</p>${at(f.where, f.remedy)}`;
  const ran = (x: MistakeResult): Markup => html`<div class="finding${x.lint.length > 0 ? ' said' : ''}"><p><b>${x.name}</b>: ${x.note === '' ? prose(x.what) : x.note}.</p>${x.lint.length === 0 ? html`<p class="soft">lint: nothing to say (it may be meant)</p>` : x.lint.map(lint)}</div>`;
  const refusal = (x: Refusal): Markup => html`<div class="finding refused"><p><b>${x.name}</b>: ${prose(x.what)}</p><p>${x.error}</p>${at(x.where, x.remedy)}</div>`;
  return html`<h2>6. The mistakes</h2>
<h3>Those that run</h3>
<p>Each alone in the single program, from the same weights, on the same batches, with Adam.</p>
${table(['mistake', 'what it is', 'validation accuracy', 'validation loss', 'change of dL/dw at the start'], [m.correct, ...m.mistakes].map(row), [2, 3, 4])}
<div class="grid">${chart('mistakes')}</div>
${m.mistakes.map(ran)}
<h3>Those that do not run, and what is said to them</h3>
${m.refused.map(refusal)}
${checkList(m.checks)}`;
}

function records({ records: rec }: Results, { chart }: Parts): Markup {
  const rows = (t: RecordedTrace): Cell[][] => t.ours.losses[0].map((_, s) => [String(s), ...[t.rewriter, t.plain, t.ours].flatMap((c) => [c.losses[0][s]!.toFixed(7), c.losses[1][s]!.toFixed(7)])]);
  const head = ['step', 'TF as installed: single', 'double', 'TF, rewriting off: single', 'double', 'tfgraph: single', 'double'];
  return html`<h2>7. Real TensorFlow 1.15.5 beside ours</h2>
<p>The same program, initial weights and batches. TensorFlow ran on a CPU twice: as installed, and with its graph rewriting off.</p>
<div class="grid">${rec.optimizers.map((t) => chart(`records-${t.optimizer}`))}</div>
${rec.optimizers.map((t) => html`<h3>${optimizerTitle(t.optimizer)}: losses before each step</h3>${table(head, rows(t), [0, 1, 2, 3, 4, 5, 6])}
<p>Weights of single and double after the last step, largest difference (without biases in front of a normaliser): ${small(t.weightGaps.rewriter)} as installed, ${small(t.weightGaps.plain)} with rewriting off, ${small(t.weightGaps.ours)} here.</p>`)}
${checkList(rec.checks)}`;
}
