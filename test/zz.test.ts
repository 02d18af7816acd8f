import { test } from 'vitest';
import { existsSync } from 'node:fs';
import { loadRecord, outcomeOf, portProgram, programNames } from './port/programs.ts';
const dir = process.env['PORT_DIR'] ?? '/work/shared/golden/programs/';
test('x', async () => {
  await portProgram('vbn_lib', dir);
  let [g, v, n] = [0, 0, 0];
  const only = process.env['ONLY'];
  for (const name of programNames(dir)) {
    if (only && !new RegExp(only).test(name)) continue;
    const p = await portProgram(name, dir);
    const rec = existsSync(`${dir}../1.15.5/${name}/graph.pb.gz`) ? `${dir}../1.15.5/${name}` : undefined;
    if (!rec) continue;
    const o = await outcomeOf(name, loadRecord(rec), { relative: 1e-4, ulps: 16 });
    n++;
    if (!o.graph) g++;
    if (!o.values) v++;
    const missing = [...new Set(p.report.of('missing').map((f) => f.reason.replace('tfgraph has no ', '')))];
    console.log(`@@ ${name}: graph ${o.graph ?? 'EQUAL'} ## values ${o.values ?? 'EQUAL'} ## missing ${missing.join(' ')} ## todo ${p.report.of('untranslated').length}`);
  }
  console.log('@@', n, 'graph-equal', g, 'value-equal', v);
}, 600_000);
