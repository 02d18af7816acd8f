// Every golden program through the port: translated, type-checked (one program for all), built, run and compared with
// TensorFlow's record. What tsc refuses is right to be refused where TensorFlow refuses it too: in an `attempt` whose record
// is an error (or left out in golden_programs.ts, with its reason). Everything else must type-check. GOLDEN_DIR=.../golden/programs/ takes the programs of another folder, beside which their records
// are, and only prints the table.
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Golden, loadGolden } from '../golden/record.ts';
import { byHand, NOT_TRANSLATED, OPTIONS } from './golden_programs.ts';
import { loadRecord, PORTED, portProgram, PROGRAMS, programNames, type Verdict, verdictOf } from './programs.ts';
import { type TypeProblem, typeProblems } from './typecheck.ts';

const elsewhere = process.env['GOLDEN_DIR'];
const dir = elsewhere ?? PROGRAMS;
interface Row { readonly name: string; readonly todo: number; readonly missing: string[]; readonly types: string[]; readonly refused: number; readonly verdict: Verdict }

async function rows(): Promise<Row[]> {
  const names = programNames(dir).filter((n) => existsSync(elsewhere === undefined ? `${PROGRAMS}../1.15.5/${n}` : `${dir}../1.15.5/${n}`));
  await portProgram('vbn_lib', dir);
  const ported = new Map<string, Awaited<ReturnType<typeof portProgram>>>();
  for (const n of names) ported.set(n, await portProgram(n, dir));
  const types = typeProblems(names.map((n) => `${PORTED}${n}.ts`));
  const out: Row[] = [];
  for (const name of names) {
    const { report } = ported.get(name)!;
    const golden: Golden = elsewhere === undefined ? loadGolden(name) : loadRecord(`${dir}../1.15.5/${name}`);
    const verdict = await verdictOf(name, golden, { relative: 1e-4, ulps: 16, ...OPTIONS[name] }, byHand(name));
    const problems = types.get(`${PORTED}${name}.ts`)!;
    const wrong = problems.filter((p) => !refusedByTensorFlow(golden, p) && !Object.keys(OPTIONS[name]?.skipFacts ?? {}).some((f) => p.attempt?.test(f)));
    out.push({ name, todo: report.of('untranslated').length, missing: [...new Set(report.of('missing').map((f) => f.reason.replace('tfgraph has no ', '')))], types: wrong.map((p) => p.text), refused: problems.length - wrong.length, verdict });
  }
  return out;
}

/** Whether a type problem stands in an `attempt` that fails in TensorFlow too. */
const refusedByTensorFlow = (g: Golden, { attempt }: TypeProblem): boolean => attempt !== null && g.record.log.some((f) => 'error' in f && attempt.test(f.label));

function table(all: readonly Row[]): string {
  const bad = all.filter((r) => r.todo > 0 || r.types.length > 0 || r.verdict.graph !== null || r.verdict.values !== null);
  const cause = (r: Row): string => (r.missing.length > 0 ? `not in tfgraph: ${r.missing.slice(0, 4).join(' ')}${r.missing.length > 4 ? ` and ${r.missing.length - 4} more` : ''}` : NOT_TRANSLATED[r.name] ?? r.verdict.graph ?? r.verdict.values ?? `types: ${r.types[0]}`);
  const count = (f: (r: Row) => boolean): number => all.filter(f).length;
  const delivered = all.filter((r) => r.missing.length === 0 && !(r.name in NOT_TRANSLATED));
  const full = delivered.filter((r) => r.verdict.graph === null && r.verdict.values === null);
  return [
    `${all.length} programs: ${count((r) => r.todo === 0)} translated without TODO, ${count((r) => r.types.length === 0)} type-checked, ${count((r) => r.verdict.graph === null)} graph-equal, ${count((r) => r.verdict.values === null)} value-equal`,
    `of ${delivered.length} whose API is there: ${full.length} graph-equal and value-equal, ${full.filter((r) => r.types.length === 0).length} of them type-checked; in ${full.filter((r) => r.refused > 0).length} of these tsc refuses ${full.reduce((n, r) => n + r.refused, 0)} calls that TensorFlow refuses too`,
    ...bad.map((r) => `  ${r.name}: ${cause(r)}`),
  ].join('\n');
}

test('every golden program', async () => {
  const all = await rows();
  console.log(table(all));
  if (elsewhere !== undefined) return;
  const judged = all.filter((r) => !(r.name in NOT_TRANSLATED) && r.missing.length === 0);
  const found = (r: Row): unknown => ({ name: r.name, todo: r.todo, ...r.verdict, types: r.types });
  expect(judged.map(found)).toEqual(judged.map((r) => ({ name: r.name, todo: 0, graph: null, values: null, types: [] })));
}, 900_000);
