// Broken brackets: a bracket that a line leaves open before the next statement begins is closed there and reported, so
// that the rest of the file can be read.
import type { Module } from './ast.ts';
import { parsePython } from './lower_stmt.ts';
import type { Report } from './report.ts';

/** A line that can only begin a statement: a keyword, or an assignment or method call at the start of a line. */
const STATEMENT = /^\s*(?:(?:def|class|with|for|if|while|return|import|from|try|raise|assert|print)\b|@\w|[\w.[\]'", ]+\s*=(?!=)|\w+(?:\.\w+)+\()/;
const MAX_REPAIRS = 100;

/** The program with its open brackets closed; every other fault is reported as it is. */
export async function repair(source: string, report: Report): Promise<Module> {
  let m = await parsePython(source);
  if (m.errors.length === 0) return m;
  const lines = source.split('\n');
  let repaired = 0;
  for (let i = 0; i < lines.length && repaired < MAX_REPAIRS; i++) {
    const from = i;
    let depth = balance(lines[i]!);
    // A logical line goes on while brackets are open and the next line does not begin a statement.
    while (depth > 0 && i + 1 < lines.length && !(STATEMENT.test(lines[i + 1]!) && indent(lines[i + 1]!) <= indent(lines[from]!))) depth += balance(lines[++i]!);
    if (depth <= 0 || lines[from]!.trim() === '') continue;
    const end = i;
    report.add('mistake', from + 1, `'(' is never closed`, `the port reads the line as if it ended in '${')'.repeat(depth)}'`);
    lines[end] = closed(lines[end]!, depth);
    repaired++;
  }
  const text = lines.join('\n');
  m = await parsePython(text);
  for (const e of m.errors) report.add('mistake', e.line, e.message);
  return m;
}

function closed(line: string, depth: number): string {
  const m = /^(.*?)(\s*#.*)?$/s.exec(line)!;
  return `${m[1]}${')'.repeat(depth)}${m[2] ?? ''}`;
}
const indent = (s: string): number => /^\s*/.exec(s)![0].length;
/** Round brackets opened less closed, strings and comments aside. */
function balance(line: string): number {
  let n = 0;
  for (let i = 0; i < line.length; i++) {
    const c = line[i]!;
    if (c === '#') break;
    if (c === '"' || c === '\'') { const end = line.indexOf(c, i + 1); if (end < 0) break; i = end; }
    else if (c === '(') n++;
    else if (c === ')') n--;
  }
  return n;
}
