// RESULTS.md has one section of each benchmark: writing one leaves the others.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** Puts the section `# heading` into a file, in the place of the old one or at the end. */
export function keepSection(file: string, heading: string, text: string): void {
  const old = existsSync(file) ? readFileSync(file, 'utf8').split(/^(?=# )/m) : [];
  const section = `# ${heading}\n\n${text.trim()}\n`;
  const at = old.findIndex((s) => s.startsWith(`# ${heading}\n`));
  if (at < 0) old.push(section); else old[at] = section;
  writeFileSync(file, `${old.map((s) => s.trim()).join('\n\n')}\n`);
}
