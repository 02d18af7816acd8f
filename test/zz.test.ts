import { test } from 'vitest';
import { readdirSync, readFileSync, writeFileSync, mkdirSync, existsSync } from 'node:fs';
import { portPython } from '../src/port/port.ts';
test('x', async () => {
  const dir = '/work/shared/golden/programs/';
  mkdirSync('/tmp/ported', { recursive: true });
  const t = performance.now();
  for (const f of readdirSync(dir)) {
    try {
    const r = await portPython(readFileSync(dir + f, 'utf8'), { file: f, source: (m) => { const p = existsSync(dir + m + '.py') ? dir + m + '.py' : m === 'oracle' ? '/work/shared/golden/oracle.py' : undefined; return p && readFileSync(p, 'utf8'); }, modulePath: (m) => m === 'oracle' ? '../oracle.ts' : undefined });
    writeFileSync('/tmp/ported/' + f.replace('.py', '.ts'), r.code);
    for (const x of r.report.findings) console.log(f, x.line, x.kind, x.reason, '|', x.python);
    } catch (e) { console.log(f, (e as Error).stack?.split('\n').slice(0, 5).join('\n')); }
  }
  console.log(performance.now() - t);
});
