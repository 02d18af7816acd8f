// Random programs of scope operations: what tfgraph makes of them equals what real TensorFlow 1.15.5 made of them, names,
// nodes, ids, burnt names, collections and error texts. scope_programs/make.py makes programs and TensorFlow's answers;
// SCOPE_PROGRAMS=FILE runs another file than the committed sample.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type Answer, runScopeProgram, type Statement } from './scope_programs/scope.ts';

const file = process.env['SCOPE_PROGRAMS'] ?? new URL('scope_programs/programs.json.gz', import.meta.url);
const programs = JSON.parse(gunzipSync(readFileSync(file)).toString()) as (Answer & { program: Statement[] })[];

test(`${programs.length} random programs of scope operations build what TensorFlow builds`, () => {
  const differing: string[] = [];
  programs.forEach(({ program, ...want }, i) => {
    const have = runScopeProgram(program);
    const first = firstDifference(have, want);
    if (first !== undefined) differing.push(`program ${i}: ${first}\n  ${JSON.stringify(program)}`);
  });
  expect(differing.length, `${differing.slice(0, Number(process.env['SCOPE_SHOW'] ?? 5)).join('\n')}\n(make.py --show FILE NUMBER prints a program)`).toBe(0);
}, 600_000);

function firstDifference(have: Answer, want: Answer): string | undefined {
  for (const [what, h, w] of [['log', have.log, want.log], ['graph', have.graph.split('\n'), want.graph.split('\n')]] as const) {
    for (let i = 0; i < Math.max(h.length, w.length); i++) if (h[i] !== w[i]) return `${what} ${i}\n  have ${h[i]}\n  want ${w[i]}\n  after ${h[i - 1]}`;
  }
  if (have.last_id !== want.last_id) return `last id: have ${have.last_id}, want ${want.last_id}`;
  for (const key of ['extra', 'collections'] as const) {
    const [h, w] = [have[key], want[key]].map((o) => JSON.stringify(Object.entries(o).sort(([a], [b]) => (a < b ? -1 : 1))));
    if (h !== w) return `${key}:\n  have ${h}\n  want ${w}`;
  }
  return undefined;
}
