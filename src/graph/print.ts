// Reading forms of a graph: one line a node, and Graphviz. No parsing back; TF's summaries inside messages are in
// summarize.ts. The line form is that of the recorded graphs in test/golden.
import { type DType, protoName } from './dtype.ts';
import { bfloat16ToFloat, halfToFloat, type NDArray } from './ndarray.ts';
import { type AttrValue, type GraphDef, type ListAttr, type NodeDef } from './node_def.ts';
import { type TensorShape } from './shape.ts';
import { attrBytes } from './attr_equal.ts';
import { attrValueToText, versionsToText } from './graph_def_text.ts';
import { inputNode, isControlInput } from './names.ts';
import { bytesRepr, complexRepr, floatRepr, formatG } from './python_repr.ts';

/** One node a line: `name = Op(inputs) @device {attrs}`, attrs sorted, constants up to 8 elements with their values. */
export function printGraphDef(def: GraphDef): string {
  const lines = [`versions ${versionsToText(def.versions)}`];
  for (const n of def.node) lines.push(printNode(n));
  for (const f of def.library?.function ?? []) lines.push(`function ${f.signature.name}: ${f.nodeDef.length} nodes`);
  return `${lines.join('\n')}\n`;
}

/** The line of one node. */
export function printNode(n: NodeDef): string {
  const value = n.attr['value']?.kind === 'tensor' ? n.attr['value'].value : undefined;
  const attrs = Object.keys(n.attr).sort().filter((k) => k !== 'value' || !value).map((k) => `${k}=${printAttr(n.attr[k]!)}`);
  if (value) attrs.push(`value=${printTensor(value)}`);
  return `${n.name} = ${n.op}(${n.input.join(', ')})${n.device === '' ? '' : ` @${n.device}`} {${attrs.join(' ')}}`;
}

/** One attr value as `printNode` shows it. */
export function printAttr(a: AttrValue): string {
  switch (a.kind) {
    case 'type': return dtypeWord(a.value);
    case 'shape': return printShape(a.value);
    case 'list': return printList(a.value);
    case 'b': return String(a.value);
    case 'i': return String(a.value);
    case 'f': return formatG(a.value, 9);
    case 's': return bytesRepr(attrBytes(a.value)).slice(1);
    default: return attrValueToText(a, true);
  }
}

function printList(l: ListAttr): string {
  return `(${[
    ...(l.s ?? []).map((x) => bytesRepr(attrBytes(x))), ...(l.i ?? []).map(String), ...(l.f ?? []).map((x) => formatG(x)),
    ...(l.b ?? []).map((x) => (x ? 'True' : 'False')), ...(l.type ?? []).map(dtypeWord), ...(l.shape ?? []).map(printShape),
  ].join(',')})`;
}

const dtypeWord = (d: DType): string => protoName(d).slice(3).toLowerCase();
const printShape = (s: TensorShape): string => (s.dims === null ? '[..]' : `[${s.dims.map((d) => d ?? '?').join(',')}]`);

/** `float32[2] [1.0, 2.0]`. */
export function printTensor(a: NDArray): string {
  const head = `${a.dtype.storage === 'string' ? 'object' : a.dtype.baseDtype.name}[${a.shape.join(',')}]`;
  return a.size > 8 || a.dtype.storage === 'none' ? head : `${head} ${nestedRepr(a)}`;
}

/** Python's `repr(array.tolist())`. */
export function nestedRepr(a: NDArray): string {
  let k = 0;
  const build = (axis: number): string => (axis === a.shape.length ? elementRepr(a, k++) : `[${Array.from({ length: a.shape[axis]! }, () => build(axis + 1)).join(', ')}]`);
  return build(0);
}

function elementRepr(a: NDArray, i: number): string {
  const d = a.data as ArrayLike<number | bigint>;
  switch (a.dtype.storage) {
    case 'f32': case 'f64': return floatRepr(d[i] as number);
    case 'f16': return floatRepr(halfToFloat(d[i] as number));
    case 'bf16': return floatRepr(bfloat16ToFloat(d[i] as number));
    case 'bool': return d[i] ? 'True' : 'False';
    case 'c64': case 'c128': return complexRepr(d[2 * i] as number, d[2 * i + 1] as number);
    case 'string': return bytesRepr((a.data as readonly Uint8Array[])[i]!);
    default: return String(d[i]);
  }
}

// --- Graphviz --------------------------------------------------------------------------------------------------------

export interface DotOptions {
  /** Boxes for name scopes. Default true. */
  readonly clusters?: boolean;
  /** Node names drawn in colour. */
  readonly highlight?: Iterable<string>;
  readonly title?: string;
}

interface Scope { readonly path: string; readonly children: Map<string, Scope>; readonly nodes: number[] }

/** Graphviz source: name scopes as clusters, control edges dashed, back edges not ranked. */
export function toDot(def: GraphDef, options: DotOptions = {}): string {
  const highlight = new Set(options.highlight ?? []);
  const index = new Map(def.node.map((n, i) => [n.name, i]));
  const lines = ['digraph graph_def {', '  rankdir=TB; node [shape=box, style="rounded,filled", fillcolor=white, fontname="Helvetica", fontsize=10];'];
  if (options.title !== undefined) lines.push(`  label=${dotString(options.title)};`);
  const nodeLine = (i: number, scope: string, indent: string): string => {
    const n = def.node[i]!;
    const short = scope !== '' && n.name.startsWith(`${scope}/`) ? n.name.slice(scope.length + 1) : n.name;
    return `${indent}n${i} [label=${dotString(short === n.op ? n.op : `${short}\n${n.op}`)}, tooltip=${dotString(printNode(n))}${highlight.has(n.name) ? ', fillcolor="#ffd24d"' : ''}];`;
  };
  if (options.clusters === false) def.node.forEach((_, i) => lines.push(nodeLine(i, '', '  ')));
  else printScope(scopeTree(def), nodeLine, lines);
  def.node.forEach((n, i) => {
    for (const s of n.input) {
      const from = index.get(inputNode(s));
      if (from === undefined) continue;
      const style = isControlInput(s) ? ' [style=dashed, color=gray]' : def.node[from]!.op.endsWith('NextIteration') ? ' [constraint=false, color=blue]' : '';
      lines.push(`  n${from} -> n${i}${style};`);
    }
  });
  lines.push('}');
  return `${lines.join('\n')}\n`;
}

function scopeTree(def: GraphDef): Scope {
  const root: Scope = { path: '', children: new Map(), nodes: [] };
  // A scope is a prefix with something below it; the node named like the scope goes inside.
  const prefixes = new Set<string>();
  for (const n of def.node) for (let i = n.name.indexOf('/'); i >= 0; i = n.name.indexOf('/', i + 1)) prefixes.add(n.name.slice(0, i));
  def.node.forEach((n, i) => {
    const path = prefixes.has(n.name) ? n.name : n.name.slice(0, Math.max(0, n.name.lastIndexOf('/')));
    let at = root;
    for (const part of path === '' ? [] : path.split('/')) {
      const p = at.path === '' ? part : `${at.path}/${part}`;
      let child = at.children.get(part);
      if (!child) at.children.set(part, child = { path: p, children: new Map(), nodes: [] });
      at = child;
    }
    at.nodes.push(i);
  });
  return root;
}

function printScope(root: Scope, nodeLine: (i: number, scope: string, indent: string) => string, lines: string[]): void {
  let cluster = 0;
  const stack: (Scope | string)[] = [root];
  let depth = 0;
  while (stack.length > 0) {
    const s = stack.pop()!;
    if (typeof s === 'string') { depth--; lines.push(s); continue; }
    const pad = '  '.repeat(depth + 1);
    if (s !== root) lines.push(`${'  '.repeat(depth)}subgraph cluster_${cluster++} { label=${dotString(s.path)}; color=gray; fontsize=9;`);
    for (const i of s.nodes) lines.push(nodeLine(i, s.path, pad));
    stack.push(s === root ? '' : `${'  '.repeat(depth)}}`);
    depth++;
    for (const c of [...s.children.values()].reverse()) stack.push(c);
  }
  while (lines[lines.length - 1] === '') lines.pop();
}

/** A string of Graphviz. */
export function dotString(s: string): string { return `"${s.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`; }
