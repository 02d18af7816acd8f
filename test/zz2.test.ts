import { test } from 'vitest';
import { readFileSync } from 'node:fs';
import { portPython } from '../src/port/port.ts';
import { reportText } from '../src/port/report.ts';
test('x', async () => {
  for (const f of ['seed_entry', 'seed_single', 'seed_double']) {
    const r = await portPython(readFileSync(new URL(`./port/fixtures/${f}.py`, import.meta.url), 'utf8'), { file: f });
    console.log(reportText(r.report)); console.log(r.code);
  }
});
