// The report's curves: what to draw, as data, and the few lines of browser code that draw it with uPlot.
import { type Results, type Trace } from '../results.ts';

export interface Series { readonly label: string; readonly colour: number; readonly values: readonly (number | null)[]; readonly dash?: boolean; readonly width?: number }
export interface Chart { readonly id: string; readonly title: string; readonly x: readonly number[]; readonly xLabel: string; readonly yLabel: string; readonly log?: boolean; readonly percent?: boolean; readonly series: readonly Series[] }

const steps = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
/** A logarithmic axis has no zero. */
const positive = (xs: readonly number[]): (number | null)[] => xs.map((x) => (x > 0 ? x : null));
const gap = ({ losses: [a, b] }: Trace): (number | null)[] => positive(a.map((x, i) => Math.abs(x - b[i]!)));

/** Mean over a window ending here: minibatch losses are noisy. */
function smooth(xs: readonly number[], window = 8): number[] {
  return xs.map((_, i) => {
    const part = xs.slice(Math.max(0, i - window + 1), i + 1);
    return part.reduce((a, b) => a + b, 0) / part.length;
  });
}

export function chartsOf(r: Results): Chart[] {
  const [adam, momentum] = r.training.traces as readonly [Trace, Trace];
  const x = steps(adam.losses[0].length);
  const charts: Chart[] = [
    {
      id: 'loss', title: 'Training loss, Adam', x, xLabel: 'step', yLabel: 'loss',
      series: [{ label: 'single', colour: 1, width: 5, values: adam.losses[0] }, { label: 'double', colour: 2, width: 1.5, dash: true, values: adam.losses[1] }],
    },
    {
      id: 'gap', title: 'Distance between the two losses (rounding)', x, xLabel: 'step', yLabel: '|single − double|', log: true,
      series: [{ label: 'Adam', colour: 1, values: gap(adam) }, { label: 'Momentum', colour: 3, values: x.map((i) => gap(momentum)[i] ?? null) }],
    },
    {
      id: 'accuracy', title: 'Validation accuracy, Adam', x: r.training.accuracy.map((p) => p.step), xLabel: 'step', yLabel: 'accuracy', percent: true,
      series: [
        { label: 'single', colour: 1, width: 5, values: r.training.accuracy.map((p) => p.values[0]!) },
        { label: 'double', colour: 2, width: 1.5, dash: true, values: r.training.accuracy.map((p) => p.values[1]!) },
      ],
    },
    {
      id: 'mistakes', title: 'Training loss with each mistake (mean of 8 steps)', x, xLabel: 'step', yLabel: 'loss',
      series: [r.mistakes.correct, ...r.mistakes.mistakes].map((m, k) => ({ label: m.name, colour: k + 1, values: smooth(m.losses) })),
    },
  ];
  for (const t of r.records.optimizers) {
    charts.push({
      id: `records-${t.optimizer}`, title: `Distance between the two losses, ${t.optimizer}, same program and weights`, x: steps(t.ours.losses[0].length), xLabel: 'step', yLabel: '|single − double|', log: true,
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
  const number = (v) => v == null ? '–' : Math.abs(v) >= 1e-3 || v === 0 ? v.toPrecision(4) : v.toExponential(1);
  const share = (v) => v == null ? '–' : (100 * v).toFixed(1) + ' %';
  const decades = (u, vs) => vs.map((v) => Math.abs(Math.log10(v) - Math.round(Math.log10(v))) < 1e-6 ? v : null);
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
          { ...axis, label: c.xLabel, labelSize: 20, labelFont: axis.font },
          { ...axis, label: c.yLabel, labelSize: 20, labelFont: axis.font, size: 64, ...(c.log ? { filter: decades, grid: { ...axis.grid, filter: decades } } : {}), values: (u, vs) => vs.map((v) => v == null ? '' : c.percent ? Math.round(100 * v) + ' %' : c.log ? v.toExponential(0) : String(+v.toPrecision(6))) },
        ],
        series: [
          { label: c.xLabel },
          ...c.series.map((s) => ({ label: s.label, stroke: css('--c' + s.colour), width: s.width || 2, dash: s.dash ? [7, 5] : undefined, spanGaps: true, points: { show: c.x.length < 12 }, value: (u, v) => form(v) })),
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
