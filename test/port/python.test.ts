// Python itself through the port: programs without TensorFlow print what Python prints (3.7; python2.py: 2.7), word for
// word. python/NAME.txt is the output of python/NAME.py.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { portPython } from '../../src/port/port.ts';
import { PORTED } from './programs.ts';

const dir = fileURLToPath(new URL('python/', import.meta.url));
const out = `${PORTED}python/`;
const argv = process.argv;
afterEach(() => { process.argv = argv; vi.restoreAllMocks(); });

/** Ports a program and the modules beside it that it imports. */
async function port(name: string): Promise<void> {
  const source = (m: string): string | undefined => (existsSync(`${dir}${m}.py`) ? readFileSync(`${dir}${m}.py`, 'utf8') : undefined);
  const { code, report } = await portPython(source(name)!, { file: `${name}.py`, source });
  expect(report.of('untranslated', 'missing')).toEqual([]);
  mkdirSync(out, { recursive: true });
  writeFileSync(`${out}${name}.ts`, code);
  for (const m of new Set([...code.matchAll(/from '\.\/(\w+)\.ts'/g)].map((x) => x[1]!))) await port(m);
}

describe.each(readdirSync(dir).filter((f) => f.endsWith('.txt')).map((f) => f.slice(0, -4)))('%s', (name) => {
  test('prints what Python prints', async () => {
    await port(name);
    let printed = '';
    vi.spyOn(console, 'log').mockImplementation((...a) => { printed += `${a.join(' ')}\n`; });
    vi.spyOn(process.stdout, 'write').mockImplementation((s) => { printed += String(s); return true; });
    process.argv = [argv[0]!, `${out}${name}.ts`]; // __name__ == '__main__', no arguments
    await import(/* @vite-ignore */ pathToFileURL(`${out}${name}.ts`).href);
    expect(printed.replace(/[ \t]+$/gm, '')).toBe(readFileSync(`${dir}${name}.txt`, 'utf8').replace(/[ \t]+$/gm, ''));
  });
});
