// Scripts in the manner of tutorials, written for this test: translated without a TODO, and they run, with the assertions
// they make about their own results.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import * as tf from 'tfgraph';
import { portPython } from '../../src/port/port.ts';
import { hasSymbol, PORTED } from './programs.ts';

const dir = fileURLToPath(new URL('corpus/', import.meta.url));
beforeEach(() => { tf.resetDefaultGraph(); });

describe.each(readdirSync(dir).filter((f) => f.endsWith('.py')).map((f) => f.slice(0, -3)))('%s', (name) => {
  test('is translated and runs', async () => {
    const { code, report } = await portPython(readFileSync(`${dir}${name}.py`, 'utf8'), { file: `${name}.py`, hasSymbol });
    expect(report.of('untranslated', 'mistake')).toEqual([]);
    mkdirSync(PORTED, { recursive: true });
    writeFileSync(`${PORTED}corpus_${name}.ts`, code);
    if (report.of('missing').length > 0) return; // translated; it runs when tfgraph has what it calls
    const printed: string[] = [];
    const log = vi.spyOn(console, 'log').mockImplementation((...a) => { printed.push(a.join(' ')); });
    try {
      await import(/* @vite-ignore */ pathToFileURL(`${PORTED}corpus_${name}.ts`).href);
    } finally {
      log.mockRestore();
      tf.getDefaultSession()?.close();
    }
    expect(printed.length).toBeGreaterThan(0);
  });
});
