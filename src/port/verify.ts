// The proof of a port: the graph its output builds against the graph TensorFlow built, and for every difference the line
// of TypeScript and the line of Python it comes from.
import { diffGraphDef, type GraphDiff } from '../graph/diff.ts';
import type { GraphDef } from '../graph/node_def.ts';
import { printNode } from '../graph/print.ts';

/** A graph and where its nodes were made (`file:line:column`). */
export interface BuiltGraph { readonly graph: GraphDef; readonly sites: Readonly<Record<string, string>> }
export interface Difference { readonly node: string; readonly what: string; readonly typescript: number | null; readonly python: number | null; readonly lines: readonly string[] }
export interface Proof { readonly equal: boolean; readonly nodes: number; readonly differences: readonly Difference[]; readonly files: { readonly python: string; readonly typescript: string } }

export function compareGraphs(want: GraphDef, built: BuiltGraph, python: readonly number[], files: Proof['files']): Proof {
  const diff = diffGraphDef(want, built.graph);
  const at = (node: string | undefined): { typescript: number | null; python: number | null } => {
    const m = node === undefined ? undefined : /:(\d+):\d+$/.exec(built.sites[node] ?? '');
    const line = m ? Number(m[1]) : null;
    return { typescript: line, python: line === null ? null : python[line - 1] ?? null };
  };
  return { equal: diff.empty, nodes: want.node.length, differences: differences(diff, at), files };
}

function differences(d: GraphDiff, at: (node: string | undefined) => { typescript: number | null; python: number | null }): Difference[] {
  const have = new Set(d.after.node.map((n) => n.name));
  const order = d.before.node.map((n) => n.name);
  /** A missing node has no line of its own: that of the node before it. */
  const before = (name: string): string | undefined => order.slice(0, order.indexOf(name)).findLast((n) => have.has(n));
  return [
    ...d.changed.map((c): Difference => ({ node: c.name, what: `differs in ${c.fields.join(', ')}`, ...at(c.name), lines: [`- ${printNode(c.before)}`, `+ ${printNode(c.after)}`] })),
    ...d.removed.map((n): Difference => ({ node: n.name, what: `is missing (after ${before(n.name) ?? 'the start'})`, ...at(before(n.name)), lines: [`- ${printNode(n)}`] })),
    ...d.added.map((n): Difference => ({ node: n.name, what: 'is not in TensorFlow\'s graph', ...at(n.name), lines: [`+ ${printNode(n)}`] })),
    ...d.moved.map((n): Difference => ({ node: n, what: 'stands in another place', ...at(n), lines: [] })),
    ...(d.versions ? [{ node: 'versions', what: 'differ', typescript: null, python: null, lines: [] }] : []),
    ...[...d.functions.removed, ...d.functions.added, ...d.functions.changed].map((n): Difference => ({ node: n, what: 'a function of the library differs', typescript: null, python: null, lines: [] })),
  ];
}

const SHOWN = 50;
export function printProof(p: Proof): string {
  if (p.equal) return `equal: ${p.nodes} nodes, as TensorFlow built them\n`;
  const place = (d: Difference): string => (d.typescript === null ? '' : ` (${p.files.typescript}:${d.typescript}${d.python === null ? '' : `, ${p.files.python}:${d.python}`})`);
  const lines = p.differences.slice(0, SHOWN).flatMap((d) => [`${d.node} ${d.what}${place(d)}`, ...d.lines.map((l) => `  ${l}`)]);
  const more = p.differences.length > SHOWN ? [`... and ${p.differences.length - SHOWN} more`] : [];
  return `different: ${p.differences.length} of ${p.nodes} nodes\n${[...lines, ...more].join('\n')}\n`;
}
