// The report's curves: what to draw, as data, and the few lines of browser code that draw it with uPlot.
import { relativeDifference } from '../compare.ts';
import { optimizerTitle } from '../format.ts';
import type { Results, Trace } from '../results.ts';

export interface Series { readonly label: string; readonly colour: number; readonly values: readonly (number | null)[]; readonly alpha?: number; readonly width?: number }
export interface Chart { readonly id: string; readonly title: string; readonly x: readonly number[]; readonly xLabel: string; readonly yLabel: string; readonly log?: boolean; readonly percent?: boolean; readonly series: readonly Series[] }

const steps = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
/** A logarithmic axis has no zero: equal losses are drawn here, below the least relative difference of float32 numbers (6e-8). */
const EQUAL = 1e-8;
const onLogAxis = (xs: readonly number[]): (number | null)[] => xs.map((x) => (x === 0 ? EQUAL : Number.isFinite(x) ? x : null));
const gap = ({ losses: [a, b] }: Trace): (number | null)[] => onLogAxis(a.map((x, i) => relativeDifference(x, b[i]!)));

/** Two curves that may lie on one another: a broad band and a thin line. */
const pair = (single: readonly number[], double: readonly number[]): Series[] => [
  { label: 'single', colour: 1, width: 7, alpha: 0.45, values: single }, { label: 'double', colour: 2, width: 1.5, values: double },
];

/** Mean over a window ending here: minibatch losses are noisy. */
function smooth(xs: readonly number[], window = 8): number[] {
  return xs.map((_, i) => {
    const part = xs.slice(Math.max(0, i - window + 1), i + 1);
    return part.reduce((a, b) => a + b, 0) / part.length;
  });
}

export function chartsOf(r: Results): Chart[] {
  const { adam } = r.training;
  const [single, double] = adam.trace.losses;
  const x = steps(single.length);
  const charts: Chart[] = [
    {
      id: 'loss', title: 'Training loss, Adam, left alone', x, xLabel: 'step', yLabel: 'loss',
      series: pair(single, double),
    },
    {
      id: 'accuracy', title: 'Validation accuracy, Adam, left alone', x: r.training.accuracy.map((p) => p.step), xLabel: 'step', yLabel: 'accuracy', percent: true,
      series: pair(r.training.accuracy.map((p) => p.values[0]), r.training.accuracy.map((p) => p.values[1])),
    },
    {
      id: 'drift', title: 'How far apart are the losses, left alone?', x, xLabel: 'step', yLabel: 'relative difference', log: true,
      series: [
        { label: 'single and double', colour: 2, width: 7, alpha: 0.45, values: onLogAxis(adam.drift.gaps) },
        ...adam.controls.map((c, k) => ({ label: `single and itself, ${c.variable}[${c.element}] one ulp up`, colour: 3 + k, values: onLogAxis(c.drift.gaps) })),
      ],
    },
    {
      id: 'mistakes', title: 'Training loss with each mistake (mean of 8 steps)', x, xLabel: 'step', yLabel: 'loss',
      series: [r.mistakes.correct, ...r.mistakes.mistakes].map((m, k) => ({ label: m.name, colour: k + 1, values: smooth(m.losses) })),
    },
  ];
  for (const t of r.records.optimizers) {
    charts.push({
      id: `records-${t.optimizer}`, title: `How far apart are the losses of single and double? ${optimizerTitle(t.optimizer)}`, x: steps(t.ours.losses[0].length), xLabel: 'step', yLabel: 'relative difference', log: true,
      series: [
        { label: 'TensorFlow 1.15.5 as installed', colour: 4, values: gap(t.rewriter) }, { label: 'TensorFlow, rewriting off', colour: 3, values: gap(t.plain) },
        { label: 'tfgraph', colour: 1, values: gap(t.ours) },
      ],
    });
  }
  return charts;
}

/** Runs in the browser. Colours come from the style sheet, so light and dark need no second set of curves. */
export const CHART_SCRIPT = `
(() => {
  const charts = JSON.parse(document.getElementById('charts').textContent);
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const number = (v) => v == null ? '' : v === ${EQUAL} ? 'equal' : Math.abs(v) >= 1e-3 || v === 0 ? v.toPrecision(4) : v.toExponential(1);
  const share = (v) => v == null ? '' : (100 * v).toFixed(1) + ' %';
  const decades = (u, vs) => vs.map((v) => Math.abs(Math.log10(v) - Math.round(Math.log10(v))) < 1e-6 ? v : null);
  const whole = [1, 2, 5].flatMap((m) => [0, 1, 2, 3, 4, 5].map((e) => m * 10 ** e)).sort((a, b) => a - b);
  let drawn = [];
  const draw = () => {
    drawn.forEach((u) => u.destroy());
    drawn = charts.map((c) => {
      const box = document.getElementById('chart-' + c.id);
      const form = c.percent ? share : number;
      const axis = { stroke: css('--text'), grid: { stroke: css('--line'), width: 1 }, ticks: { stroke: css('--line'), width: 1 }, font: '12px system-ui, sans-serif' };
      return new uPlot({
        width: box.clientWidth, height: 260, cursor: { drag: { x: false, y: false } },
        scales: { x: { time: false }, y: c.log ? { distr: 3 } : {} },
        axes: [
          { ...axis, label: c.xLabel, labelSize: 18, labelGap: 0, size: 30, labelFont: axis.font, incrs: whole },
          { ...axis, label: c.yLabel, labelSize: 20, labelFont: axis.font, size: 64, ...(c.log ? { filter: decades, grid: { ...axis.grid, filter: decades }, ticks: { ...axis.ticks, filter: decades } } : {}), values: (u, vs) => vs.map((v) => v == null ? '' : c.percent ? Math.round(100 * v) + ' %' : c.log ? (v === ${EQUAL} ? 'equal' : v.toExponential(0)) : String(+v.toPrecision(6))) },
        ],
        series: [
          { label: c.xLabel, value: (u, v) => v == null ? '' : String(v) },
          ...c.series.map((s) => ({ label: s.label, stroke: css('--c' + s.colour), width: s.width || 2, alpha: s.alpha || 1, spanGaps: true, points: { show: c.x.length < 12, fill: css('--back') }, value: (u, v) => form(v) })),
        ],
      }, [c.x, ...c.series.map((s) => s.values)], box);
    });
  };
  draw();
  let waiting;
  addEventListener('resize', () => { clearTimeout(waiting); waiting = setTimeout(draw, 150); });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
})();
`;
