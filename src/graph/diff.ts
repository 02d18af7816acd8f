// All differences between two GraphDefs, node by node, as data and as a unified-diff-like text. Whether graphs count as
// equal is equal.ts. Nodes are matched by name; a node that only changed place is reported as moved.
import { type FunctionDef, type GraphDef, type NodeDef, type VersionDef } from './node_def.ts';
import { attrEqual } from './attr_equal.ts';
import { isControlInput } from './names.ts';
import { bytesEqual } from './ndarray.ts';
import { printNode } from './print.ts';
import { versionsToText } from './graph_def_text.ts';
import { WireWriter } from './wire.ts';
import { writeLibrary } from './function_codec.ts';

/** What differs about a node both graphs have. */
export interface NodeChange {
  readonly name: string;
  readonly before: NodeDef;
  readonly after: NodeDef;
  /** `op`, `device`, `input`, `control input`, `attr T`, ... */
  readonly fields: readonly string[];
}

export interface GraphDiff {
  readonly before: GraphDef;
  readonly after: GraphDef;
  readonly removed: readonly NodeDef[];
  readonly added: readonly NodeDef[];
  readonly changed: readonly NodeChange[];
  /** Nodes (changed or not) whose place among the common nodes differs. */
  readonly moved: readonly string[];
  readonly versions: { readonly before: VersionDef; readonly after: VersionDef } | undefined;
  /** Names of functions only in one library or different in the two. */
  readonly functions: { readonly removed: readonly string[]; readonly added: readonly string[]; readonly changed: readonly string[] };
  /** True when nothing differs. */
  readonly empty: boolean;
}

/** Compares two graphs. Of several nodes of one name the first counts. */
export function diffGraphDef(before: GraphDef, after: GraphDef): GraphDiff {
  const a = firstByName(before.node);
  const b = firstByName(after.node);
  const removed = [...a.values()].filter((n) => !b.has(n.name));
  const added = [...b.values()].filter((n) => !a.has(n.name));
  const changed: NodeChange[] = [];
  for (const x of a.values()) {
    const y = b.get(x.name);
    const fields = y ? changedFields(x, y) : [];
    if (y && fields.length > 0) changed.push({ name: x.name, before: x, after: y, fields });
  }
  const moved = movedNames([...a.keys()].filter((n) => b.has(n)), [...b.keys()].filter((n) => a.has(n)));
  const versions = versionsToText(before.versions) === versionsToText(after.versions) ? undefined : { before: before.versions, after: after.versions };
  const functions = diffFunctions(before.library?.function ?? [], after.library?.function ?? []);
  const empty = removed.length + added.length + changed.length + moved.length + functions.removed.length + functions.added.length + functions.changed.length === 0 && !versions;
  return { before, after, removed, added, changed, moved, versions, functions, empty };
}

function firstByName(nodes: readonly NodeDef[]): Map<string, NodeDef> {
  const m = new Map<string, NodeDef>();
  for (const n of nodes) if (!m.has(n.name)) m.set(n.name, n);
  return m;
}

function changedFields(x: NodeDef, y: NodeDef): string[] {
  if (x === y) return [];
  const out: string[] = [];
  const same = (p: readonly string[], q: readonly string[]): boolean => p.length === q.length && p.every((s, i) => s === q[i]);
  if (x.op !== y.op) out.push('op');
  if (x.device !== y.device) out.push('device');
  if (!same(x.input.filter((s) => !isControlInput(s)), y.input.filter((s) => !isControlInput(s)))) out.push('input');
  if (!same(x.input.filter(isControlInput), y.input.filter(isControlInput))) out.push('control input');
  for (const k of [...new Set([...Object.keys(x.attr), ...Object.keys(y.attr)])].sort()) {
    const [p, q] = [x.attr[k], y.attr[k]];
    if (!p || !q || !attrEqual(p, q, true)) out.push(`attr ${k}`);
  }
  return out;
}

function diffFunctions(a: readonly FunctionDef[], b: readonly FunctionDef[]): GraphDiff['functions'] {
  const bytes = (f: FunctionDef): Uint8Array => { const w = new WireWriter(); writeLibrary(w, { function: [f], gradient: [] }); return w.finish(); };
  const [x, y] = [new Map(a.map((f) => [f.signature.name, f])), new Map(b.map((f) => [f.signature.name, f]))];
  return {
    removed: [...x.keys()].filter((k) => !y.has(k)),
    added: [...y.keys()].filter((k) => !x.has(k)),
    changed: [...x.keys()].filter((k) => y.has(k) && !bytesEqual(bytes(x.get(k)!), bytes(y.get(k)!))),
  };
}

/** The common names outside a longest run that keeps its order. */
function movedNames(a: readonly string[], b: readonly string[]): string[] {
  if (a.every((n, i) => n === b[i])) return [];
  const kept = new Set(longestIncreasing(b, a));
  return b.filter((n) => !kept.has(n));
}

/** A longest subsequence of `order` whose places in `ranks` increase (patience sorting, n log n). */
function longestIncreasing(order: readonly string[], ranks: readonly string[]): string[] {
  const rank = new Map(ranks.map((n, i) => [n, i]));
  const tails: number[] = [];
  const previous = new Int32Array(order.length).fill(-1);
  order.forEach((n, i) => {
    const r = rank.get(n)!;
    let [lo, hi] = [0, tails.length];
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if (rank.get(order[tails[mid]!]!)! < r) lo = mid + 1; else hi = mid;
    }
    if (lo > 0) previous[i] = tails[lo - 1]!;
    tails[lo] = i;
  });
  const out: string[] = [];
  for (let i = tails[tails.length - 1] ?? -1; i >= 0; i = previous[i]!) out.push(order[i]!);
  return out.reverse();
}

export interface PrintDiffOptions {
  /** Unchanged lines around each change. Default 2. */
  readonly context?: number;
  /** Names of the two sides. */
  readonly labels?: readonly [before: string, after: string];
}

/** Unified-diff-like text, one node a line; '' when nothing differs. A moved node shows as removed
 * here and added there; a changed one ends with what changed. */
export function printGraphDiff(d: GraphDiff, options: PrintDiffOptions = {}): string {
  if (d.empty) return '';
  const [before, after] = options.labels ?? ['before', 'after'];
  const context = options.context ?? 2;
  const lines = mergedLines(d);
  const out = [`--- ${before} (${d.before.node.length} nodes)`, `+++ ${after} (${d.after.node.length} nodes)`];
  if (d.versions) out.push(`-versions ${versionsToText(d.versions.before)}`, `+versions ${versionsToText(d.versions.after)}`);
  let last = -1;
  lines.forEach((l, i) => {
    if (l.mark === ' ') return;
    const from = Math.max(last + 1, i - context);
    if (from > last + 1 || last < 0) out.push(`@@ node ${lines[from]!.place} @@`);
    for (let k = from; k < i; k++) out.push(` ${lines[k]!.text}`);
    let end = i;
    // The lines after a change, up to the next change.
    while (end + 1 < lines.length && end < i + context && lines[end + 1]!.mark === ' ') end++;
    for (let k = i; k <= end; k++) out.push(`${lines[k]!.mark}${lines[k]!.text}`);
    last = end;
  });
  for (const f of d.functions.removed) out.push(`-function ${f}`);
  for (const f of d.functions.added) out.push(`+function ${f}`);
  for (const f of d.functions.changed) out.push(`~function ${f}`);
  return `${out.join('\n')}\n`;
}

interface Line { readonly mark: ' ' | '-' | '+'; readonly text: string; readonly place: number }

function mergedLines(d: GraphDiff): Line[] {
  const [a, b] = [[...firstByName(d.before.node).values()], [...firstByName(d.after.node).values()]];
  const changed = new Map(d.changed.map((c) => [c.name, c]));
  const out = new Set([...d.removed.map((n) => n.name), ...d.moved]);
  const added = new Set([...d.added.map((n) => n.name), ...d.moved]);
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && out.has(a[i]!.name)) lines.push({ mark: '-', text: printNode(a[i]!), place: i++ });
    else if (j < b.length && added.has(b[j]!.name)) lines.push({ mark: '+', text: printNode(b[j]!), place: j++ });
    else {
      const [x, y] = [a[i++]!, b[j++]!];
      if (changed.has(x.name)) lines.push({ mark: '-', text: printNode(x), place: i - 1 }, { mark: '+', text: `${printNode(y)}  # ${changed.get(x.name)!.fields.join(', ')}`, place: j - 1 });
      else lines.push({ mark: ' ', text: printNode(x), place: i - 1 });
    }
  }
  return lines;
}
