// Rule: logits and labels of one loss that do not cover the same examples: different static batch sizes, or a loss that
// sees at most half of a batch that was fed (statistics taken from one half of the inputs and the other half left over).
// Both run without an error. Losing fewer than half (a shift by one time step) is left alone.
import type { Operation } from '../../graph/tensor.ts';
import { type CrossEntropy, crossEntropies } from './cross_entropies.ts';
import { dependencies, type Finding, type GraphView, isInput, type Rule } from './finding.ts';
import { batchOf, type Range, traceRows } from './rows.ts';

const NAME = 'batch-mismatch';
const REMEDY = 'give the loss one label per output: feed logits and labels of the same examples, and slice both or neither';

function check(g: GraphView): Finding[] {
  const out: Finding[] = [];
  const labels = new Coverage();
  const inputs = new Coverage();
  for (const loss of crossEntropies(g)) {
    if (!loss.labels) continue;
    const [a, b] = [batchOf(loss.logits), batchOf(loss.labels)];
    if (a !== null && b !== null && a !== b) {
      out.push(g.finding(NAME, loss.op, `logits '${loss.logits.name}' have a batch of ${a}, labels '${loss.labels.name}' a batch of ${b}`, REMEDY));
      continue;
    }
    labels.add(g, loss, loss.labels);
    inputs.add(g, loss, loss.logits);
    // Labels whose batch is static vouch for the logits: there is one for each.
    if (b !== null) for (const s of inputs.lastSources) inputs.trusted.add(s);
  }
  for (const c of [labels, inputs]) {
    for (const { source, loss, n, seen } of c.halves()) {
      const what = c === labels ? `labels '${source.name}'` : `input '${source.name}'`;
      out.push(g.finding(NAME, loss.op, `of the ${n} examples of ${what} only ${seen.length === 0 ? 'none' : seen.map(([lo, hi]) => `${lo}..${hi - 1}`).join(', ')} reach a loss; ${n - size(seen)} are left over`, REMEDY));
    }
  }
  return out;
}

/** Which rows of each fed tensor reach a loss. */
class Coverage {
  /** Inputs about which nothing can be said, or that are known to be right. */
  readonly trusted = new Set<Operation>();
  lastSources: readonly Operation[] = [];
  readonly #seen = new Map<Operation, { loss: CrossEntropy; ranges: Range[] }>();

  add(g: GraphView, loss: CrossEntropy, t: CrossEntropy['logits']): void {
    const trace = traceRows(g, t);
    if (!trace.complete) for (const op of dependencies([t.op])) if (isInput(op)) this.trusted.add(op);
    for (const { source, range } of trace.rows) {
      if (range === null) { this.trusted.add(source); continue; }
      const entry = this.#seen.get(source) ?? { loss, ranges: [] };
      entry.ranges.push(range);
      this.#seen.set(source, entry);
    }
    this.lastSources = trace.rows.map((r) => r.source);
  }

  /** Inputs of which half or more reaches no loss. */
  *halves(): Generator<{ source: Operation; loss: CrossEntropy; n: number; seen: Range[] }> {
    for (const [source, { loss, ranges }] of this.#seen) {
      const n = batchOf(source.output);
      if (n === null || n < 2 || this.trusted.has(source)) continue;
      const seen = union(ranges);
      if (2 * (n - size(seen)) >= n) yield { source, loss, n, seen };
    }
  }
}

function union(ranges: readonly Range[]): Range[] {
  const out: Range[] = [];
  for (const [lo, hi] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = out[out.length - 1];
    if (last && lo <= last[1]) out[out.length - 1] = [last[0], Math.max(last[1], hi)];
    else out.push([lo, hi]);
  }
  return out;
}

function size(ranges: readonly Range[]): number { return ranges.reduce((n, [lo, hi]) => n + hi - lo, 0); }

export const batchMismatch: Rule = { name: NAME, about: 'logits and labels of different batch, or half of a fed batch that reaches no loss', check };
