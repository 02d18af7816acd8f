// What a port found: what it could not translate, what it changed, mistakes it sees in the program.

export type FindingKind =
  /** No translation: marked TODO(port) in the output. */
  | 'untranslated'
  /** A symbol of TensorFlow that tfgraph does not have. */
  | 'missing'
  /** The Python text itself is broken, or will fail. */
  | 'mistake'
  /** An old name or argument order, translated to the new one. */
  | 'renamed'
  /** Worth a look. */
  | 'note';

export interface PortFinding { readonly kind: FindingKind; readonly line: number; readonly python: string; readonly reason: string; readonly suggestion?: string }

export class Report {
  readonly file: string;
  readonly findings: PortFinding[] = [];
  readonly #source: readonly string[];
  readonly #seen = new Set<string>();
  constructor(file: string, source: string) {
    this.file = file;
    this.#source = source.split('\n');
  }
  add(kind: FindingKind, line: number, reason: string, suggestion?: string, python = (this.#source[line - 1] ?? '').trim()): void {
    const key = `${kind} ${line} ${reason}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.findings.push({ kind, line, python, reason, ...(suggestion === undefined ? {} : { suggestion }) });
  }
  of(...kinds: readonly FindingKind[]): PortFinding[] { return this.findings.filter((f) => kinds.includes(f.kind)).sort((a, b) => a.line - b.line); }
  /** Whether the output does all that the input says. */
  get complete(): boolean { return this.of('untranslated', 'missing').length === 0; }
}

const TITLES: Readonly<Record<FindingKind, string>> = {
  untranslated: 'Not translated', missing: 'Not in tfgraph', mistake: 'Mistakes in the program', renamed: 'Old names', note: 'Notes',
};
/** The report as Markdown. */
export function reportMarkdown(r: Report): string {
  const kinds = Object.keys(TITLES) as FindingKind[];
  const parts = kinds.flatMap((k) => {
    const list = r.of(k);
    if (list.length === 0) return [];
    return [`## ${TITLES[k]} (${list.length})\n`, ...list.map((f) => `- ${r.file}:${f.line}: ${f.reason}${f.suggestion === undefined ? '' : `; ${f.suggestion}`}\n  \`${f.python}\``), ''];
  });
  return `# Port of ${r.file}\n\n${parts.length === 0 ? 'Everything was translated.\n' : parts.join('\n')}`;
}
export function reportJson(r: Report): string { return `${JSON.stringify({ file: r.file, complete: r.complete, findings: r.findings.toSorted((a, b) => a.line - b.line) }, null, 2)}\n`; }
/** One line a finding. */
export function reportText(r: Report): string {
  return r.findings.toSorted((a, b) => a.line - b.line).map((f) => `${r.file}:${f.line}: ${f.kind}: ${f.reason}${f.suggestion === undefined ? '' : `\n  suggestion: ${f.suggestion}`}\n`).join('');
}
