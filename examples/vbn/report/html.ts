// The report: one HTML file that needs nothing else. uPlot's script and style are copied in, the graphs are drawn by
// Graphviz now, and a content policy forbids the page to load anything.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Graphviz } from '@hpcc-js/wasm-graphviz';
import type { Results } from '../results.ts';
import { allChecks } from '../wording.ts';
import { CHART_SCRIPT, chartsOf } from './charts.ts';
import { html, type Markup, raw, scriptJson } from './escape.ts';
import { type Parts, sections } from './sections.ts';
import { STYLE } from './style.ts';

export async function htmlReport(r: Results): Promise<string> {
  const graphviz = await Graphviz.load();
  const require = createRequire(import.meta.url);
  const library = (file: string): Markup => raw(readFileSync(require.resolve(`uplot/dist/${file}`), 'utf8').replace(/<\/script/gi, '<\\/script'));
  const charts = chartsOf(r);
  const parts: Parts = {
    draw: (dot) => raw(graphviz.dot(dot).replace(/^[\s\S]*?(?=<svg)/, '').replace(/<title>[\s\S]*?<\/title>/g, '')),
    chart: (id) => html`<div><h3>${charts.find((c) => c.id === id)!.title}</h3><div class="chart" id="chart-${id}"></div></div>`,
  };
  const { options: o } = r;
  const checks = allChecks(r);
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Are these two programs the same?</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<style>${library('uPlot.min.css')}${raw(STYLE)}</style></head><body>
<h1>Are these two programs the same?</h1>
<p class="soft">tfgraph, engine <code>${o.engine}</code>, ${o.layout}, ${o.steps} steps, batches of ${o.batch}, seed ${o.seed}; ${r.seconds.toFixed(1)} s</p>
<div class="verdict${r.ok ? '' : ' bad'}">${r.verdict.map((v) => html`<p>${v}</p>`)}</div>
<p>${checks.filter((c) => c.ok).length} of ${checks.length} checks passed; each stands in its section with its evidence.</p>
${sections(r, parts)}
<script type="application/json" id="charts">${scriptJson(charts)}</script>
<script>${library('uPlot.iife.min.js')}</script><script>${raw(CHART_SCRIPT)}</script>
</body></html>
`.text;
}
