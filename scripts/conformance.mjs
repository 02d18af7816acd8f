// What the scripts that write docs/CONFORMANCE.md share: tables, and the section of the golden programs at its end.

/** @param {readonly string[]} head @param {readonly (readonly (string | number)[])[]} lines */
export function table(head, lines) {
  return ['', `| ${head.join(' | ')} |`, `|${head.map(() => '---|').join('')}`, ...lines.map((l) => `| ${l.map((x) => String(x).replaceAll('|', '\\|')).join(' | ')} |`), ''];
}

const TITLE = '## Golden programs run by real TensorFlow on a server';

/** The section. @param {readonly { family: string; goldens: number; passed: number; steps: number; left: number; reasons: readonly string[] }[]} rows */
export function goldens(rows) {
  /** @param {'goldens' | 'passed' | 'steps' | 'left'} key */
  const sum = (key) => rows.reduce((n, r) => n + r[key], 0);
  const line = (/** @type {Omit<(typeof rows)[number], 'reasons'>} */ r) => [r.family, r.goldens, r.passed, r.steps, r.left];
  return [
    TITLE, '',
    "The programs of `test/golden` with real TensorFlow 1.15.5 as the client, its sessions on `tfgraph serve`: every step's values and errors are",
    "compared with what TensorFlow's own sessions gave, within the bounds of the same tests on our engines. Generated: `npm run test:golden-remote`.",
    '`left out`: steps that the tests of the family leave out, each with its reason there.',
    ...table(['family', 'goldens', 'as recorded', 'steps', 'left out'], [...rows.map(line), line({ family: '**all**', goldens: sum('goldens'), passed: sum('passed'), steps: sum('steps'), left: sum('left') })]),
    ...rows.flatMap((r) => r.reasons).map((r) => `- not run: ${r}`), '',
  ].join('\n');
}
/** A page with the section in place of the one it has. @param {string} page @param {string} section */
export function withGoldens(page, section) { return `${page.split(TITLE)[0].trimEnd()}\n\n${section}`; }
/** The section that a page has. @param {string} page */
export function goldensOf(page) {
  const at = page.indexOf(TITLE);
  return at < 0 ? '' : page.slice(at);
}
