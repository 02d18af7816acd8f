// The command line itself: help, version, mistakes in arguments, exit codes.
import { stripVTControlCharacters } from 'node:util';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { golden, tfgraph } from './support.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
const COMMANDS = ['show', 'plan', 'diff', 'equiv', 'lint', 'convert', 'port'];

describe('help and version', () => {
  test('--help names every command', async () => {
    const r = await tfgraph('--help');
    expect(r.code).toBe(0);
    for (const c of COMMANDS) expect(r.out).toContain(`  ${c} <`);
  });
  test.each(COMMANDS)('%s --help names its options', async (c) => {
    const r = await tfgraph(c, '--help');
    expect(r.code).toBe(0);
    expect(r.out).toContain(`Usage: tfgraph ${c} <`);
    expect(r.out).toContain('--json');
    expect((await tfgraph('help', c)).out).toBe(r.out);
  });
  test('--version', async () => { expect(await tfgraph('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' }); });
  test('nothing at all', async () => { expect((await tfgraph()).code).toBe(2); });
});

describe('mistakes', () => {
  const cases: [string[], RegExp][] = [
    [['shwo', 'x.pb'], /no command 'shwo'\n {2}remedy: did you mean tfgraph show\?/],
    [['show'], /needs <graph>/],
    [['diff', 'a.pb'], /needs <b>/],
    [['show', 'a.pb', 'b.pb'], /takes 1 file\(s\), got 2/],
    [['show', '--sumary', 'a.pb'], /no option --sumary\n {2}remedy: did you mean --summary\?/],
    [['show', '--depth', 'x', '--summary', golden('seed_entry1_nhwc')], /--depth must be a whole number >= 1, not 'x'/],
    [['show', '--dot', '--summary', golden('seed_entry1_nhwc')], /exclude each other/],
    [['plan', golden('seed_entry1_nhwc')], /needs --fetch/],
    [['plan', golden('seed_entry1_nhwc'), '--fetch'], /--fetch/],
  ];
  test.each(cases)('%j', async (argv, text) => {
    const r = await tfgraph(...argv);
    expect(r.code).toBe(2);
    expect(r.err).toMatch(text);
    expect(r.err).not.toMatch(/\n\s+at /);
  });
  test('TFGRAPH_DEBUG=1 shows the stack', async () => {
    process.env['TFGRAPH_DEBUG'] = '1';
    try { expect((await tfgraph('shwo')).err).toMatch(/\n\s+at /); } finally { delete process.env['TFGRAPH_DEBUG']; }
  });
});

test('diff: exit codes, text and JSON', async () => {
  const [one, two] = [golden('seed_entry1_nhwc'), golden('seed_entry2_nhwc')];
  expect(await tfgraph('diff', one, golden('seed_entry1_nhwc', 'graph.pbtxt.gz'))).toEqual({ code: 0, out: 'equal: 66 nodes\n', err: '' });
  const r = await tfgraph('diff', one, two);
  expect(r.code).toBe(1);
  expect(r.out).toContain('\n+convnet_1/Conv/Conv2D = Conv2D(');
  const d = JSON.parse((await tfgraph('diff', '--json', one, two)).out) as { equal: boolean; added: string[]; changed: { name: string; fields: string[] }[] };
  expect(d.equal).toBe(false);
  expect(d.added).toContain('convnet_1/Conv/Relu');
  expect(d.changed.find((c) => c.name === 'convnet/Conv/Conv2D')!.fields).toContain('input');
});

test('colours only where they are wanted', async () => {
  const { main } = await import('../../src/cli/main.ts');
  let out = '';
  await main(['diff', golden('seed_entry1_nhwc'), golden('seed_entry2_nhwc')], { out: (s) => { out += s; }, err: () => undefined, color: true });
  // A terminal's colours may be switched off by the environment (NO_COLOR), never on by us.
  expect(stripVTControlCharacters(out)).toBe((await tfgraph('diff', golden('seed_entry1_nhwc'), golden('seed_entry2_nhwc'))).out);
});
