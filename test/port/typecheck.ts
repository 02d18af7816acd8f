// One TypeScript program over all ported files: what tsc says, file by file.
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What tsc says, and the label of the `attempt(label, ...)` it stands in, if any. */
export interface TypeProblem { readonly text: string; readonly attempt: RegExp | null }

/** Problems of each file, under the project's own settings. */
export function typeProblems(files: readonly string[]): Map<string, TypeProblem[]> {
  const config = ts.getParsedCommandLineOfConfigFile(`${ROOT}tsconfig.json`, {}, { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (d) => { throw new Error(ts.flattenDiagnosticMessageText(d.messageText, '\n')); } })!;
  const program = ts.createProgram(files, { ...config.options, noEmit: true });
  return new Map(files.map((f) => {
    const source = program.getSourceFile(f)!;
    const all = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return [f, all.map((d) => ({
      text: `${source.getLineAndCharacterOfPosition(d.start ?? 0).line + 1}: ${ts.flattenDiagnosticMessageText(d.messageText, ' ').slice(0, 300)}`,
      attempt: attemptAround(source, d.start ?? 0),
    }))];
  }));
}

/** The label of the innermost `attempt(label, f)` around a position; `.*` for what is computed of it. */
function attemptAround(source: ts.SourceFile, at: number): RegExp | null {
  let label: RegExp | null = null;
  const visit = (n: ts.Node): void => {
    if (at < n.getStart(source) || at >= n.end) return;
    if (ts.isCallExpression(n) && ts.isIdentifier(n.expression) && n.expression.text === 'attempt' && n.arguments[0]) label = pattern(n.arguments[0]);
    ts.forEachChild(n, visit);
  };
  visit(source);
  return label;
}
function pattern(e: ts.Expression): RegExp {
  const literal = (s: string): string => s.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  if (ts.isStringLiteralLike(e)) return new RegExp(`^${literal(e.text)}$`);
  if (ts.isTemplateExpression(e)) return new RegExp(`^${literal(e.head.text)}${e.templateSpans.map((s) => `.*${literal(s.literal.text)}`).join('')}$`, 's');
  return /.*/s;
}
