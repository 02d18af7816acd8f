// A graph at a glance: how many nodes of which op, and how many under which name scope.
import type { GraphDef } from './node_def.ts';

/** Nodes at and below a name scope. */
export interface ScopeCount { readonly scope: string; readonly nodes: number; readonly children: readonly ScopeCount[] }

export interface GraphSummary {
  readonly nodes: number;
  readonly functions: number;
  readonly producer: number;
  /** Op types, most frequent first. */
  readonly ops: readonly { readonly op: string; readonly count: number }[];
  readonly scopes: readonly ScopeCount[];
  readonly placeholders: readonly string[];
  readonly variables: readonly string[];
}

interface Building { nodes: number; readonly children: Map<string, Building> }

/** Counts ops and name scopes; a node `a/b` counts under scope `a`, a node `a` that has others below it too. */
export function summarizeGraph(def: GraphDef): GraphSummary {
  const counts = new Map<string, number>();
  const root: Building = { nodes: 0, children: new Map() };
  for (const n of def.node) {
    counts.set(n.op, (counts.get(n.op) ?? 0) + 1);
    let at = root;
    const parts = n.name.split('/');
    // The last part is a scope only when nodes lie below it: leaves are cut off afterwards.
    for (const p of parts) {
      let child = at.children.get(p);
      if (!child) at.children.set(p, child = { nodes: 0, children: new Map() });
      child.nodes++;
      at = child;
    }
  }
  return {
    nodes: def.node.length,
    functions: def.library?.function.length ?? 0,
    producer: def.versions.producer,
    ops: [...counts].map(([op, count]) => ({ op, count })).sort((a, b) => b.count - a.count || (a.op < b.op ? -1 : 1)),
    scopes: scopeCounts(root, ''),
    placeholders: def.node.filter((n) => n.op.startsWith('Placeholder')).map((n) => n.name),
    variables: def.node.filter((n) => n.op === 'VariableV2' || n.op === 'Variable' || n.op === 'VarHandleOp').map((n) => n.name),
  };
}

function scopeCounts(b: Building, prefix: string): ScopeCount[] {
  return [...b.children].filter(([, c]) => c.children.size > 0).map(([name, c]) => {
    const scope = `${prefix}${name}`;
    return { scope, nodes: c.nodes, children: scopeCounts(c, `${scope}/`) };
  });
}

/** The summary as text: counts, then the tree of name scopes to `depth` levels. */
export function printSummary(s: GraphSummary, depth = 3): string {
  const out = [`${s.nodes} nodes, ${s.ops.length} op types${s.functions > 0 ? `, ${s.functions} functions` : ''}, producer ${s.producer}`];
  const width = String(s.ops[0]?.count ?? 0).length;
  out.push('ops:', ...s.ops.map((o) => `  ${String(o.count).padStart(width)} ${o.op}`));
  if (s.placeholders.length > 0) out.push(`placeholders: ${s.placeholders.join(', ')}`);
  if (s.variables.length > 0) out.push(`variables: ${s.variables.length}`);
  if (s.scopes.length > 0) out.push('scopes:');
  const walk = (list: readonly ScopeCount[], level: number): void => {
    for (const c of list) {
      out.push(`  ${'  '.repeat(level)}${c.scope.split('/').pop()}/ ${c.nodes}`);
      if (level + 1 < depth) walk(c.children, level + 1);
    }
  };
  walk(s.scopes, 0);
  return `${out.join('\n')}\n`;
}
