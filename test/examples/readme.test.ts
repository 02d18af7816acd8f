// What the README shows is what happens: the ten-line program is examples/first_plan.ts, and it prints what stands below it.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format } from 'node:util';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const readme = readFileSync(`${root}README.md`, 'utf8');
const block = (language: string): string => new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(readme)![1]!;

test('the ten-line program is the example', () => { expect(block('ts')).toBe(readFileSync(`${root}examples/first_plan.ts`, 'utf8')); });

test('and prints what the README says', async () => {
  const lines: string[] = [];
  const log = console.log;
  console.log = (...args: unknown[]) => { lines.push(format(...args)); };
  try { await import('../../examples/first_plan.ts'); } finally { console.log = log; }
  expect(`${lines.join('\n')}\n`).toBe(block('text'));
});

test('every command it names exists', () => {
  const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { scripts: Record<string, string> };
  for (const [, name] of readme.matchAll(/npm (?:run )?([a-z:]+)/g)) expect(name === 'ci' || name === 'test' || name! in scripts, name).toBe(true);
  for (const [, name] of readme.matchAll(/npx tfgraph (\w+)/g)) expect(existsSync(`${root}src/cli/${name}.ts`), name).toBe(true);
});
