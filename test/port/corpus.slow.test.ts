// The scripts of the corpus, translated, type-check under the project's settings.
import { expect, test } from 'vitest';
import { corpusNames, PORTED, portScript } from './programs.ts';
import { typeProblems } from './typecheck.ts';

test('the outputs type-check', async () => {
  const paths: string[] = [];
  for (const name of corpusNames()) paths.push((await portScript(name)).path);
  expect([...typeProblems(paths)].flatMap(([file, list]) => list.map((p) => `${file.replace(PORTED, '')}:${p.text}`))).toEqual([]);
}, 300_000);
