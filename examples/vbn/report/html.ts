// The report: one HTML file that needs nothing else. uPlot's script and style are copied in, the graphs are drawn by
// Graphviz now, and a content policy forbids the page to load anything.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Graphviz } from '@hpcc-js/wasm-graphviz';
import { allChecks } from '../console.ts';
import { lastOf, percent, small as exp } from '../format.ts';
import type { Check, Gradients, LintFinding, MistakeResult, RecordedTrace, Results, Trace } from '../results.ts';
import { type Chart, CHART_SCRIPT, chartsOf } from './charts.ts';
import { html, type Markup, raw, scriptJson } from './escape.ts';
import { STYLE } from './style.ts';


export async function htmlReport(r: Results): Promise<string> {
  const graphviz = await Graphviz.load();
  const draw = (dot: string): Markup => raw(graphviz.dot(dot).replace(/^[\s\S]*?(?=<svg)/, '').replace(/<title>[\s\S]*?<\/title>/g, ''));
  const require = createRequire(import.meta.url);
  const library = (file: string): Markup => raw(readFileSync(require.resolve(`uplot/dist/${file}`), 'utf8').replace(/<\/script/gi, '<\\/script'));
  const charts = chartsOf(r);
  const chart = (id: string): Markup => chartBox(charts.find((c) => c.id === id)!);
  const { options: o } = r;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Are these two programs the same?</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<style>${library('uPlot.min.css')}${raw(STYLE)}</style></head><body>
<h1>Are these two programs the same?</h1>
<p class="soft">tfgraph, engine <code>${o.engine}</code>, ${o.layout}, ${o.steps} steps, batches of ${o.batch}, seed ${o.seed}; ${r.seconds.toFixed(1)} s</p>
<div class="verdict${r.ok ? '' : ' bad'}">${r.verdict.map((v) => html`<p>${v}</p>`)}</div>
<p>${allChecks(r).filter((c) => c.ok).length} of ${allChecks(r).length} checks passed; each stands in its section with its evidence.</p>
${entrySection(r, draw)}
<h2>2. The same weights in two scopes</h2>
<p>One graph holds both models; <code>tf.copyWeights(sess, 'single', 'double')</code> gives them equal weights. Variables are barrels: in the double form both towers read the same ones.</p>
<div class="graphs"><figure><figcaption>vbn_single: one tower over reference images and inputs together</figcaption>${draw(r.graphs.single)}</figure>
<figure><figcaption>Vbn_double: a tower for the reference images, then one for the inputs</figcaption>${draw(r.graphs.double)}</figure></div>
${checkList(r.puzzle.checks.filter((c) => c.claim.startsWith('same weights')))}
<p class="soft">The improved-GAN form, which mixes in each example's own statistics, differs from both by up to ${r.puzzle.original.differs.toFixed(3)} (values up to ${r.puzzle.original.scale.toFixed(2)}).</p>
<h2>3. The puzzle: four calls and their bits</h2>
<p>Each entry is a hash of the bits a call returned. One value down a column means: the same bits.</p>
${r.puzzle.rounds.map((round) => html`<h3>${round.when}</h3>${table(['call', 'o1', 'o2', 'gradients', 'all weights'], round.calls.map((c) => [html`<code>${c.call}</code>`, ...[c.o1, c.o2, c.gradients, c.weights].map((h) => html`<span class="hash">${h ?? '–'}</span>`)]))}`)}
${checkList(r.puzzle.checks.filter((c) => c.claim.startsWith('the puzzle')))}
<h2>4. Gradients at equal weights</h2>
${gradientTable(r.puzzle.gradients)}
<p class="soft">A bias in front of a normaliser has no gradient in real arithmetic: what its row shows is rounding.</p>
${checkList(r.puzzle.checks.filter((c) => c.claim.startsWith('equal gradients')))}
<h2>5. Training both</h2>
<p>Images of handwritten digits, 8 × 8; the task: is the digit five or more? ${r.training.data.training} training images (${r.training.data.reference} of them the fixed reference batch), ${r.training.data.validation} for validation, where always answering the larger class is right for ${percent(r.training.data.majority)}.</p>
<div class="grid">${chart('loss')}${chart('gap')}${chart('accuracy')}</div>
<p>After ${o.steps} Adam steps the weights are at most ${exp(r.training.weightGap.weights)} apart, not counting the biases in front of a normaliser (${exp(r.training.weightGap.biasesBeforeNorm)}): their gradient is rounding noise, Adam divides by its size, so noise becomes full steps; the normaliser takes them out again.</p>
${checkList(r.training.checks)}
${mistakesSection(r, chart)}
${recordsSection(r, chart)}
<script type="application/json" id="charts">${scriptJson(charts)}</script>
<script>${library('uPlot.iife.min.js')}</script><script>${raw(CHART_SCRIPT)}</script>
</body></html>
`.text;
}

type Draw = (dot: string) => Markup;
type Cell = string | Markup;

function table(head: readonly string[], rows: readonly (readonly Cell[])[], numbers: readonly number[] = []): Markup {
  const cls = (k: number): Markup => raw(numbers.includes(k) ? ' class="n"' : '');
  return html`<div class="scroll"><table><tr>${head.map((h, k) => html`<th${cls(k)}>${h}</th>`)}</tr>${rows.map((row) => html`<tr>${row.map((c, k) => html`<td${cls(k)}>${c}</td>`)}</tr>`)}</table></div>`;
}

const checkList = (checks: readonly Check[]): Markup => html`<ul class="checks">${checks.map((c) => html`<li class="${c.ok ? 'yes' : 'no'}">${c.claim} <span class="soft">— ${c.evidence}</span></li>`)}</ul>`;
const chartBox = (c: Chart): Markup => html`<div><h3>${c.title}</h3><div class="chart" id="chart-${c.id}"></div></div>`;

function entrySection({ entry: e, graphs }: Results, draw: Draw): Markup {
  return html`<h2>1. The entry question</h2>
<p>Convolve the joined batch once, or convolve each batch with the same weights and join the results: should the programs train differently?</p>
<div class="graphs"><figure><figcaption>Program one (${e.nodes.one} nodes)</figcaption>${draw(graphs.entryOne)}</figure><figure><figcaption>Program two (${e.nodes.two} nodes)</figcaption>${draw(graphs.entryTwo)}</figure></div>
${table(['loss and optimizer', 'first loss', 'last, program one', 'last, program two', 'largest relative difference'], e.traces.map((t: Trace) => [t.label, t.losses[0][0]!.toFixed(6), lastOf(t.losses[0]).toFixed(6), lastOf(t.losses[1]).toFixed(6), exp(t.worst)]), [1, 2, 3, 4])}
${checkList(e.checks)}`;
}

const gradientTable = (g: Gradients): Markup =>
  html`${table(['variable', '||a||', '||a − b||'], g.rows.map((row) => [html`<code>${row.variable}</code>`, exp(row.norm, 2), exp(row.distance)]), [1, 2])}<p>Bound: 1e-5 × the largest norm = ${exp(g.bound)}.</p>`;

function mistakesSection({ mistakes: m }: Results, chart: (id: string) => Markup): Markup {
  const row = (x: MistakeResult): Cell[] => [x.name, x.what, percent(x.accuracy), x.loss.toFixed(3), x === m.correct ? '–' : percent(x.gradientChange)];
  const lint = (f: LintFinding): Markup => html`<div class="finding"><b>${f.rule}</b>: ${f.message}<br><span class="soft">at</span> <code>${f.where}</code><br><span class="soft">remedy:</span> ${f.remedy}</div>`;
  return html`<h2>6. The mistakes that run</h2>
<p>Each alone in the single program, from the same weights, on the same batches, with Adam.</p>
${table(['mistake', 'what it is', 'validation accuracy', 'validation loss', 'change of dL/dw at the start'], [m.correct, ...m.mistakes].map(row), [2, 3, 4])}
<div class="grid">${chart('mistakes')}</div>
${m.mistakes.map((x) => html`<h3>${x.name}</h3>${x.note === '' ? '' : html`<p>${x.note}.</p>`}${x.lint.length === 0 ? html`<p class="soft">Lint has nothing to say: it may be meant.</p>` : x.lint.map(lint)}`)}
${checkList(m.checks)}`;
}

function recordsSection({ records: rec }: Results, chart: (id: string) => Markup): Markup {
  const rows = (t: RecordedTrace): Cell[][] => t.ours.losses[0].map((_, s) => [String(s), ...[t.rewriter, t.plain, t.ours].flatMap((c) => [c.losses[0][s]!.toFixed(7), c.losses[1][s]!.toFixed(7)])]);
  const head = ['step', 'TF as installed: single', 'double', 'TF, rewriting off: single', 'double', 'tfgraph: single', 'double'];
  return html`<h2>7. Real TensorFlow 1.15.5 beside ours</h2>
<p>The same program, initial weights and batches. TensorFlow ran on a CPU twice: as installed, and with its graph rewriting off.</p>
<div class="grid">${rec.optimizers.map((t) => chart(`records-${t.optimizer}`))}</div>
${rec.optimizers.map((t) => html`<h3>${t.optimizer}: losses before each step</h3>${table(head, rows(t), [0, 1, 2, 3, 4, 5, 6])}
<p>Weights of single and double after the last step, largest difference (without biases in front of a normaliser): ${exp(t.weightGaps.rewriter)} as installed, ${exp(t.weightGaps.plain)} with rewriting off, ${exp(t.weightGaps.ours)} here.</p>`)}
${checkList(rec.checks)}`;
}
