// P3 on graphs of every kind of op, dtype and state. `npm run test:p3` does it for 1,000 graphs.
import { expect, test } from 'vitest';
import { plantedFaults } from '../support/planted_faults.ts';
import { checkWide } from '../support/wide_check.ts';
import { DRAWS } from '../support/wide_draws.ts';
import { wideGraph } from '../support/wide_graph.ts';

const GRAPHS = Number(process.env['TFGRAPH_P3_GRAPHS'] ?? 60), FROM = Number(process.env['TFGRAPH_P3_FROM'] ?? 1);
const SUPERSETS = 10;

test(`${GRAPHS} graphs of every kind of op, ${SUPERSETS} random supersets each`, async () => {
  let runs = 0, failures = 0;
  const why = new Map<string, number>(), wrong: string[] = [];
  for (let seed = FROM; seed < FROM + GRAPHS; seed++) {
    const outcome = await checkWide(wideGraph(seed), seed * 7919, SUPERSETS);
    runs += outcome.compared;
    failures += outcome.failed.length;
    for (const f of outcome.failed) why.set(f.slice(0, 160), (why.get(f.slice(0, 160)) ?? 0) + 1);
    wrong.push(...outcome.wrong.slice(0, 3).map((w) => `graph ${seed}: ${w.slice(0, 600)}`));
  }
  if (process.env['TFGRAPH_P3_TELL'] === '1') console.log(runs, failures, why);
  expect(wrong).toEqual([]);
  expect(failures).toBeLessThan(GRAPHS);
}, 60 * GRAPHS * 1000);

test('the graphs draw everything, and most have gradients', () => {
  const drawn = new Set<string>();
  let trains = 0;
  for (let seed = 1; seed <= 150; seed++) { const g = wideGraph(seed); for (const d of g.drawn) drawn.add(d); if (g.trains) trains++; }
  expect(Object.keys(DRAWS).filter((d) => !drawn.has(d))).toEqual([]);
  expect(trains).toBeGreaterThan(90);
});

test.each(Object.entries(plantedFaults))('finds %s', async (_, toolchain) => {
  let found = false;
  for (let seed = 1; seed <= 60 && !found; seed++) found = (await checkWide(wideGraph(seed), seed * 7919, 6, false, { reference: { engine: 'reference' }, wasm: { engine: 'wasm', toolchain } })).wrong.length > 0;
  expect(found).toBe(true);
}, 1_200_000);
