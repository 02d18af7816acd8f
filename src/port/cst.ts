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

/** A parser, and its grammar's node types by number: text and whether they are named. */
interface Grammar { readonly parser: Parser; readonly types: readonly string[]; readonly named: readonly boolean[]; readonly fields: readonly (string | null)[] }
let grammar: Promise<Grammar> | undefined;
async function load(): Promise<Grammar> {
  await Parser.init();
  const beside = new URL('./tree-sitter-python.wasm', import.meta.url);
  const path = existsSync(beside) ? beside : new URL(import.meta.resolve('tree-sitter-python/tree-sitter-python.wasm'));
  const language = await Language.load(fileURLToPath(path));
  const parser = new Parser();
  parser.setLanguage(language);
  const types = Array.from({ length: language.nodeTypeCount }, (_, i) => language.nodeTypeForId(i) ?? '');
  const fields = Array.from({ length: language.fieldCount + 1 }, (_, i) => language.fieldNameForId(i));
  return { parser, types, named: types.map((_, i) => language.nodeTypeIsNamed(i)), fields };
}

/** Parses Python. Never fails on bad syntax: the tree then holds nodes of type ERROR. */
export async function parseTree(source: string): Promise<Cst> {
  const g = await (grammar ??= load());
  const tree = g.parser.parse(source);
  if (!tree) throw new Error('the Python parser gave no tree');
  try {
    const cursor = tree.walk();
    try { return copy(cursor, new Copy(g, lineStarts(source))); } finally { cursor.delete(); }
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
class Copy {
  readonly grammar: Grammar;
  readonly #lines: readonly number[];
  #row = 0;
  constructor(g: Grammar, lines: readonly number[]) {
    this.grammar = g;
    this.#lines = lines;
  }
  /** Leaves come in order, so the row asked for is mostly the last one or a little further. */
  rowOf(index: number): number {
    while (this.#lines[this.#row]! > index) this.#row--;
    while ((this.#lines[this.#row + 1] ?? Infinity) <= index) this.#row++;
    return this.#row;
  }
}
/** Tokens that say nothing which the nodes around them do not say. */
const SILENT = new Set(['line_continuation', '.', '=']);
/** Nodes with text of their own around their children. */
const TEXTUAL = new Set(['string_content', 'format_specifier']);
const ERROR_TYPE = 65535;

/** The subtree at a cursor. Every question to the cursor is a call into WebAssembly: where a node is, its leaves tell. */
function copy(c: TreeCursor, of: Copy): Cst {
  const { types, named, fields } = of.grammar;
  const id = c.nodeTypeId;
  const [type, isNamed] = id === ERROR_TYPE ? ['ERROR', true] : [types[id]!, named[id]!];
  const field = fields[c.currentFieldId]!;
  const children: Cst[] = [];
  const textual = TEXTUAL.has(type);
  const [from, to] = textual ? [c.startIndex, c.endIndex] : [0, 0];
  if (!c.gotoFirstChild()) {
    const [start, end] = textual ? [from, to] : [c.startIndex, c.endIndex];
    return { type, field, named: isNamed, start, end, row: of.rowOf(start), endRow: of.rowOf(end), missing: start === end && c.nodeIsMissing, children };
  }
  let first: Cst | undefined;
  let last: Cst;
  do {
    last = copy(c, of);
    first ??= last;
    if (!SILENT.has(last.type)) children.push(last);
  } while (c.gotoNextSibling());
  c.gotoParent();
  if (textual) return { type, field, named: isNamed, start: from, end: to, row: of.rowOf(from), endRow: of.rowOf(to), missing: false, children };
  return { type, field, named: isNamed, start: first.start, end: last.end, row: first.row, endRow: last.endRow, missing: false, children };
}

/** The child in a field. */
export function field(n: Cst, name: string): Cst | undefined { return n.children.find((c) => c.field === name); }
/** Named children that are no comments. */
export function named(n: Cst): Cst[] { return n.children.filter((c) => c.named && c.type !== 'comment'); }
