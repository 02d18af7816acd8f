// The port runtime against Python and numpy 1.18: the same lines, translated by the port and evaluated here, give the same
// numbers, shapes and dtypes; random numbers are numpy's and Python's bits. fixtures/np.json was made by np_make.py.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { NDArray } from 'tfgraph';
import { portPython } from '../../src/port/port.ts';

type Recorded = [numbers: (number | boolean)[], shape: number[], dtype: string] | null;
const fixture = JSON.parse(readFileSync(new URL('fixtures/np.json', import.meta.url), 'utf8')) as Record<string, [string, Recorded | string][]>;
const DIR = fileURLToPath(new URL('../../build/ported/', import.meta.url));

/** Values of a group's lines, evaluated in order. */
async function evaluate(name: string): Promise<unknown[]> {
  const lines = fixture[name]!.map(([line]) => line);
  const { code, report } = await portPython(`import random\nimport numpy as np\n\ndef values():\n    out = []\n${lines.map((l) => `    out.append(${l})\n`).join('')}    return out\n`);
  expect(report.findings).toEqual([]);
  mkdirSync(DIR, { recursive: true });
  writeFileSync(`${DIR}np_${name}.ts`, code);
  return ((await import(/* @vite-ignore */ pathToFileURL(`${DIR}np_${name}.ts`).href)) as { values: () => unknown[] }).values();
}

/** Functions whose last bit is the C library's. */
const LIBM = /exp|randn|normal|gauss|linspace/;

describe.each(Object.keys(fixture).filter((n) => n !== 'text'))('%s', (name) => {
  test('numpy gives the same', async () => {
    const got = await evaluate(name);
    fixture[name]!.forEach(([line, want], i) => {
      if (want === null) return;
      const [numbers, shape, dtype] = want as NonNullable<Recorded>;
      const v = got[i];
      const have = v instanceof NDArray ? Array.from({ length: v.size }, (_, k) => v.flat(k)) : Array.isArray(v) ? v : [v];
      expect(have.length, line).toBe(numbers.length);
      have.forEach((x, k) => {
        if (LIBM.test(line)) expect(Math.abs(Number(x) - Number(numbers[k])), `${line} [${k}]`).toBeLessThanOrEqual(4e-16 * Math.abs(Number(numbers[k])) + (dtype === 'float32' ? 2e-7 : 0));
        else expect(Number(x), `${line} [${k}]`).toBe(Number(numbers[k]));
      });
      if (v instanceof NDArray) {
        expect(v.shape, line).toEqual(shape);
        expect(v.dtype.name, line).toBe(dtype);
      }
    });
  });
});

test('texts', async () => {
  const got = await evaluate('text');
  fixture['text']!.forEach(([line, want], i) => expect(got[i], line).toBe(want));
});
