// Graphviz text of a program with its name scopes folded: one box a layer, one barrel for a layer's variables. Only what
// the given outputs need is drawn, so no gradients, optimizers or initializers.
import type * as tf from 'tfgraph';

interface Group { readonly key: string; readonly kind: 'variable' | 'input' | 'op'; readonly cluster: string; readonly label: string; readonly ops: tf.Operation[] }

/** `scope` is taken off the names. */
export function programDot(outputs: readonly tf.Tensor[], scope: string): string {
  const local = (name: string): string => (scope !== '' && name.startsWith(`${scope}/`) ? name.slice(scope.length + 1) : name);
  const groups = new Map<string, Group>();
  const groupOf = new Map<tf.Operation, Group>();
  const ops = ancestors(outputs.map((t) => t.op));
  // The widest of the usual fonts measures the labels: whatever font the reader has fits. Constants belong to their user.
  const user = new Map<tf.Operation, tf.Operation>();
  for (const op of [...ops].reverse()) for (const t of op.inputs) user.set(t.op, op);
  for (const op of ops) {
    const at = place(op.type === 'Const' ? user.get(op) ?? op : op, local);
    const g = groups.get(at.key) ?? { ...at, ops: [] };
    g.ops.push(op);
    groups.set(at.key, g);
    groupOf.set(op, g);
  }
  const edges = new Map<string, string>();
  for (const op of ops) {
    for (const t of op.inputs) {
      const [from, to] = [groupOf.get(t.op)!, groupOf.get(op)!];
      if (from === to) continue;
      const key = `${quote(from.key)} -> ${quote(to.key)}`;
      if (!edges.has(key) || from.kind !== 'variable') edges.set(key, `${key} [${from.kind === 'variable' ? 'class=variable, style=dashed, ' : ''}label=${quote(from.kind === 'variable' ? '' : ` ${shape(t)}`)}];`);
    }
  }
  const clusters = new Map<string, Group[]>();
  for (const g of groups.values()) clusters.set(g.cluster, [...(clusters.get(g.cluster) ?? []), g]);
  const lines = [
    'digraph program {', ' bgcolor=transparent; rankdir=TB; nodesep=0.15; ranksep=0.3;',
    ' node [fontname="DejaVu Sans", fontsize=9, shape=box, margin="0.1,0.05", style="rounded,filled", fillcolor=white];',
    ' edge [fontname="DejaVu Sans", fontsize=7.5, arrowsize=0.6];', ' graph [fontname="DejaVu Sans", fontsize=9, labeljust=l];',
  ];
  for (const [cluster, members] of clusters) {
    const nodes = members.map((g) => `  ${quote(g.key)} [class=${g.kind}, label=${quote(text(g))}${g.kind === 'variable' ? ', shape=cylinder, style=filled' : g.kind === 'input' ? ', shape=ellipse, style=filled' : ''}];`);
    if (cluster === '') lines.push(...nodes);
    else lines.push(` subgraph ${quote(`cluster_${cluster}`)} { label=${quote(cluster)}; style=rounded;`, ...nodes, ' }');
  }
  return [...lines, ...[...edges.values()].map((e) => ` ${e}`), '}', ''].join('\n');
}

/** The ops some ops depend on, themselves included, in creation order. */
function ancestors(ops: readonly tf.Operation[]): tf.Operation[] {
  const seen = new Set<tf.Operation>(ops);
  const stack = [...ops];
  for (let op = stack.pop(); op; op = stack.pop()) {
    for (const { op: i } of op.inputs) if (!seen.has(i)) { seen.add(i); stack.push(i); }
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

/** Where an op is drawn: with its variable's layer, by itself, or in its layer's box. */
function place(op: tf.Operation, local: (name: string) => string): Omit<Group, 'ops'> {
  const name = local(op.name);
  const variable = op.type === 'VariableV2' ? name : op.type === 'Identity' && op.inputs[0]!.op.type === 'VariableV2' ? local(op.inputs[0]!.op.name) : undefined;
  if (variable !== undefined) {
    const layer = variable.includes('/') ? variable.slice(0, variable.lastIndexOf('/')) : variable;
    return { key: `variables of ${layer}`, kind: 'variable', cluster: '', label: layer };
  }
  if (op.type === 'Placeholder') return { key: name, kind: 'input', cluster: '', label: name };
  const parts = name.split('/');
  const tower = /^convnet(_\d+)?$/.test(parts[0]!) && parts.length > 1;
  const key = parts.slice(0, tower ? 2 : 1).join('/');
  return { key, kind: 'op', cluster: tower ? parts[0]! : '', label: tower ? parts[1]! : key };
}

function text(g: Group): string {
  if (g.kind === 'input') return `${g.label}\n${shape(g.ops[0]!.outputs[0]!)}`;
  if (g.kind === 'variable') {
    const names = g.ops.filter((op) => op.type === 'VariableV2').map((op) => op.name.slice(op.name.lastIndexOf('/') + 1));
    return names.length === 1 && names[0] === g.label ? `${g.label}\nvariable` : `${g.label}\n${names.join(', ')}`;
  }
  const main = g.ops.filter((op) => op.type !== 'Const').map((op) => op.type);
  return main.length === 1 ? (main[0] === g.label ? g.label : `${folded(g.label)}\n${main[0]}`) : `${folded(g.label)}\n${main.length <= 3 ? main.join(', ') : `${main.length} operations`}`;
}

/** Long names in two lines. */
const folded = (name: string): string => (name.length <= 24 ? name : name.replace(/^(.{10,24})_/, '$1_\n'));
const shape = (t: tf.Tensor): string => (t.shape.dims === null ? '?' : t.shape.dims.length === 0 ? 'scalar' : t.shape.dims.map((d) => d ?? '?').join('×'));
const quote = (s: string): string => `"${s.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n')}"`;
