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
  readonly column: number;
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
    try { return copy(cursor); } finally { cursor.delete(); }
  } finally {
    tree.delete();
  }
}

function copy(c: TreeCursor): Cst {
  const { row, column } = c.startPosition;
  const node = {
    type: c.nodeType, field: c.currentFieldName, named: c.nodeIsNamed, start: c.startIndex, end: c.endIndex, row, endRow: c.endPosition.row, column, missing: c.nodeIsMissing, children: [] as Cst[],
  };
  if (c.gotoFirstChild()) {
    do { if (c.nodeType !== 'line_continuation') node.children.push(copy(c)); } while (c.gotoNextSibling());
    c.gotoParent();
  }
  return node;
}

/** The child in a field. */
export function field(n: Cst, name: string): Cst | undefined { return n.children.find((c) => c.field === name); }
/** Named children that are no comments. */
export function named(n: Cst): Cst[] { return n.children.filter((c) => c.named && c.type !== 'comment'); }
