// tree-sitter's tree of a Python file as plain objects. The grammar is tree-sitter-python's WebAssembly module, which the
// build puts beside this file; in the source tree it is the one in node_modules.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Language, Parser, type TreeCursor } from 'web-tree-sitter';

export interface Cst {
  readonly type: string;
  readonly field: string | null;
  readonly named: boolean;
  readonly start: number;
  readonly end: number;
  /** 0-based. */
  readonly row: number;
  readonly endRow: number;
  /** Inserted by error recovery: not in the text. */
  readonly missing: boolean;
  readonly children: readonly Cst[];
}

let parser: Promise<Parser> | undefined;
async function load(): Promise<Parser> {
  await Parser.init();
  const beside = new URL('./tree-sitter-python.wasm', import.meta.url);
  const path = existsSync(beside) ? beside : new URL(import.meta.resolve('tree-sitter-python/tree-sitter-python.wasm'));
  const p = new Parser();
  p.setLanguage(await Language.load(fileURLToPath(path)));
  return p;
}

/** Parses Python. Never fails on bad syntax: the tree then holds nodes of type ERROR. */
export async function parseTree(source: string): Promise<Cst> {
  const p = await (parser ??= load());
  const tree = p.parse(source);
  if (!tree) throw new Error('the Python parser gave no tree');
  try {
    const cursor = tree.walk();
    try { return copy(cursor, lineStarts(source)); } finally { cursor.delete(); }
  } finally {
    tree.delete();
  }
}

function lineStarts(source: string): number[] {
  const out = [0];
  for (let i = source.indexOf('\n'); i >= 0; i = source.indexOf('\n', i + 1)) out.push(i + 1);
  return out;
}
/** The row of an index: asking the parser for it costs more. */
function rowOf(lines: readonly number[], index: number): number {
  let [low, high] = [0, lines.length - 1];
  while (low < high) { const mid = (low + high + 1) >> 1; if (lines[mid]! <= index) low = mid; else high = mid - 1; }
  return low;
}
/** Tokens that say nothing which the nodes around them do not say. */
const SILENT = new Set(['line_continuation', '.', '=']);

function copy(c: TreeCursor, lines: readonly number[]): Cst {
  const [start, end] = [c.startIndex, c.endIndex];
  const named = c.nodeIsNamed;
  const row = rowOf(lines, start);
  const node = { type: c.nodeType, field: c.currentFieldName, named, start, end, row, endRow: named && end >= (lines[row + 1] ?? Infinity) ? rowOf(lines, end) : row, missing: start === end && c.nodeIsMissing, children: [] as Cst[] };
  if (c.gotoFirstChild()) {
    do { if (!SILENT.has(c.nodeType)) node.children.push(copy(c, lines)); } while (c.gotoNextSibling());
    c.gotoParent();
  }
  return node;
}

/** The child in a field. */
export function field(n: Cst, name: string): Cst | undefined { return n.children.find((c) => c.field === name); }
/** Named children that are no comments. */
export function named(n: Cst): Cst[] { return n.children.filter((c) => c.named && c.type !== 'comment'); }
