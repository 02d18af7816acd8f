// `tf.lint`: things TensorFlow accepts and users seldom mean. A rule is one function over the graph; the table below is
// the whole list. Rules look at structure, static shapes and collections only: they run no session and make no nodes.
import { getDefaultGraph, type Graph } from '../graph/graph.ts';
import { type Finding, GraphView, type Rule } from './lint/finding.ts';
import { batchMismatch } from './lint/batch_mismatch.ts';
import { integralFloat } from './lint/integral_float.ts';
import { reluLogits } from './lint/relu_logits.ts';
import { trainableData } from './lint/trainable_data.ts';

export type { Finding } from './lint/finding.ts';

/** The rules, in the order they report. */
export const LINT_RULES: readonly Rule[] = [trainableData, reluLogits, batchMismatch, integralFloat];

/** Checks a graph (default: the default graph) and returns what was found, rule by rule in node order; empty when
 * nothing was. Not a TensorFlow symbol. */
export function lint(graph: Graph = getDefaultGraph()): Finding[] {
  const view = new GraphView(graph);
  return LINT_RULES.flatMap((r) => [...r.check(view)]);
}

/** A finding as text: what, where, remedy. */
export function formatFinding(f: Finding): string {
  return `${f.rule}: ${f.message}\n  node: ${f.node} (op: ${f.op})${f.site === undefined ? '' : `\n  created at: ${f.site}`}\n  remedy: ${f.remedy}`;
}
