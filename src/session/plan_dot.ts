// A plan as Graphviz source: a box for each step that makes, moves, keeps or hands out a value, a frame around the nodes that are computed in
// one step, an edge for each value with its dtype and shape.
import { dotString } from '../graph/print.ts';
import { dtypeLabel } from './errors.ts';
import { type Plan, reads, type Slot, type Step, writes } from './plan.ts';

const COLORS: Readonly<Partial<Record<Step['kind'], string>>> = { feed: '#d5e8ff', read: '#e6e0ff', commit: '#e6e0ff', fetch: '#d9f2d9' };

/** Graphviz source; equal plans give equal text. */
export function planToDot(plan: Plan): string {
  const lines = ['digraph plan {', '  rankdir=TB; node [shape=box, style="rounded,filled", fillcolor=white, fontname="Helvetica", fontsize=10]; edge [fontname="Helvetica", fontsize=8];',
    `  label=${dotString(`${[...plan.fetches, ...plan.targets.map((t) => `^${t}`)].join(', ')}  engine=${plan.engine} mode=${plan.mode} threads=${plan.threads}`)};`];
  /** The box that makes a value. */
  const made = new Map<Slot, string>();
  let boxes = 0;
  const box = (label: string, nodes: readonly string[], outputs: readonly Slot[], color?: string, indent = '  '): string => {
    const id = `s${boxes++}`;
    for (const s of outputs) made.set(s, id);
    lines.push(`${indent}${id} [label=${dotString(nodes.length === 0 ? label : `${nodes.join('\n')}\n${label}`)}${color === undefined ? '' : `, fillcolor=${dotString(color)}`}];`);
    return id;
  };
  const edges: string[] = [];
  const link = (inputs: readonly Slot[], to: string, guards: readonly Slot[] = []): void => {
    for (const s of new Set(inputs)) {
      const from = made.get(s), { dtype, shape } = plan.slots[s]!;
      if (from !== undefined) edges.push(`  ${from} -> ${to} [label=${dotString(`%${s} ${dtypeLabel(dtype)}${shape.dims === null ? '[..]' : shape.debug}`)}${guards.includes(s) ? ', style=dashed, color=gray' : ''}];`);
    }
  };
  for (const c of plan.constants) box('const', c.nodes, [c.slot], '#eeeeee');
  for (const s of plan.steps) {
    if (s.kind === 'free') continue;
    if (s.kind === 'fused' || s.kind === 'call') {
      lines.push(`  subgraph cluster_${boxes} { label=${dotString(s.kind === 'fused' ? 'one step' : `one call of ${plan.engine}`)}; color=gray; fontsize=9;`);
      const before = new Map(s.outputs.map((o) => [o, made.get(o)]));
      if (s.kind === 'call') {
        for (const c of s.constants) box('const', c.nodes, [c.slot], '#eeeeee', '    ');
        for (const v of s.variables) box(v.written ? 'read and written' : 'read', [v.variable], [v.slot], COLORS.read, '    ');
      }
      for (const p of s.kind === 'fused' ? s.parts : s.body) link(p.inputs, box(p.node.op, p.nodes, p.outputs, undefined, '    '));
      lines.push('  }');
      // A value of the call is the last thing that made it; what went in may have been made again inside.
      for (const o of s.outputs) if (made.get(o) === before.get(o)) made.set(o, `s${boxes - 1}`);
      continue;
    }
    const label = s.kind === 'kernel' ? `${s.node.op}${s.call || plan.engine === 'reference' ? '' : ' on reference'}` : s.kind === 'read' || s.kind === 'commit' || s.kind === 'assign' ? `${s.kind} ${s.variable}` : s.kind === 'feed' || s.kind === 'fetch' ? `${s.kind} ${s.tensor}` : s.kind === 'move' ? `move to ${s.to}` : s.kind;
    const shown = s.kind === 'kernel' || s.kind === 'switch' || s.kind === 'merge' || s.kind === 'guard' ? s.nodes : [];
    const inputs = reads(s), outputs = writes(s), old = new Map(outputs.map((o) => [o, made.get(o)]));
    const id = `s${boxes}`;
    link(inputs.filter((i) => !old.has(i) || old.get(i) !== undefined), id, 'guards' in s ? s.guards : []);
    box(label, shown, outputs, COLORS[s.kind]);
  }
  return `${[...lines, ...edges, '}'].join('\n')}\n`;
}
