// The VBN example with few steps: its claims hold, its text and report are complete, its options are checked.
import { describe, expect, it } from 'vitest';
import { allChecks, sections, verdictText } from '../../examples/vbn/console.ts';
import { runJob } from '../../examples/vbn/job.ts';
import { DEFAULTS, parseOptions, UsageError } from '../../examples/vbn/options.ts';
import { htmlReport } from '../../examples/vbn/report/html.ts';
import { html, scriptJson } from '../../examples/vbn/report/escape.ts';

const TINY = { ...DEFAULTS, steps: 3, batch: 8, report: null };

describe.each(['NCHW', 'NHWC'] as const)('the main job, %s', (layout) => {
  const job = runJob({ ...TINY, layout });

  it('confirms every claim', async () => {
    const r = await job;
    expect(allChecks(r).filter((c) => !c.ok)).toEqual([]);
    expect(r.ok).toBe(true);
  });

  it('finds bits equal where it says bits', async () => {
    const { entry, puzzle } = await job;
    expect(entry.outputs.sameBits).toBe(true);
    expect(puzzle.outputs.sameBits).toBe(true);
    for (const { calls } of puzzle.rounds) {
      expect(new Set(calls.flatMap((c) => [c.o1, c.o2]).filter((h) => h !== null)).size).toBeLessThanOrEqual(2);
      expect(new Set(calls.map((c) => c.weights)).size).toBe(1);
    }
    // Training in between really moved the weights.
    expect(new Set(puzzle.rounds.map((r) => r.calls[0]!.weights)).size).toBe(2);
  });

  it('has its mistakes do something and its lint name them', async () => {
    const { mistakes } = await job;
    for (const m of mistakes.mistakes) expect(m.name === 'trainable reference' ? m.note : m.gradientChange).toBeTruthy();
    const rules = Object.fromEntries(mistakes.mistakes.map((m) => [m.name, m.lint.map((f) => f.rule)]));
    expect(rules).toEqual({ 'trainable reference': ['trainable-data'], "relu'd logits": ['relu-logits'], 'half batch': expect.arrayContaining(['batch-mismatch']), stop_gradient: [] });
    for (const f of mistakes.mistakes.flatMap((m) => m.lint)) expect(f.where).toMatch(/examples\/vbn\/\w+\.[jt]s:\d+:\d+$/);
  });

  it("follows TensorFlow's record without rewriting more closely than TensorFlow's with it", async () => {
    const { records } = await job;
    const adam = records.optimizers.find((t) => t.optimizer === 'adam')!;
    expect(adam.fromPlain).toBeLessThan(adam.rewriter.worst);
    expect(adam.ours.worst).toBeLessThan(1e-5);
  });

  it('prints every section and the verdict', async () => {
    const r = await job;
    const text = [...sections(r), verdictText(r)].join('\n');
    for (let i = 1; i <= 8; i++) expect(text).toMatch(new RegExp(`^${i}\\. `, 'm'));
    expect(text).not.toMatch(/NaN|undefined|\[object/);
  });
});

describe('the report', () => {
  it('is one well-formed page that loads nothing', async () => {
    const page = await htmlReport(await runJob(TINY));
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).not.toMatch(/(?:src|href)\s*=\s*["'](?!#)/);
    expect(page).toContain("default-src 'none'");
    expect(page.match(/<svg/g)).toHaveLength(4);
    expect(page).not.toMatch(/NaN|undefined<|\[object/);
    expect(unclosed(page)).toEqual([]);
    const data = /id="charts">([\s\S]*?)<\/script>/.exec(page)![1]!;
    expect((JSON.parse(data) as unknown[]).length).toBeGreaterThanOrEqual(6);
  });

  it('escapes text and data', () => {
    expect(html`<p title="${'"<&'}">${['<b>', 1]}</p>`.text).toBe('<p title="&quot;&lt;&amp;">&lt;b&gt;1</p>');
    expect(scriptJson('</script>').text).toBe('"\\u003c/script>"');
  });
});

describe('options', () => {
  it('has defaults and takes what it names', () => {
    expect(parseOptions([])).toEqual(DEFAULTS);
    expect(parseOptions(['--layout', 'NHWC', '--steps=9', '--report', 'none'])).toEqual({ ...DEFAULTS, layout: 'NHWC', steps: 9, report: null });
    expect(parseOptions(['--help'])).toBeNull();
  });

  it.each([['--steps', '0'], ['--steps', 'many'], ['--batch', '7'], ['--layout', 'HWC'], ['--engine', 'gpu'], ['--seed', '-1'], ['--colour', 'red'], ['word'], ['--steps']])('refuses %s %s', (...words) => {
    expect(() => parseOptions(words)).toThrow(UsageError);
  });
});

/** Tags left open, by a small reader that knows void elements and skips scripts and styles. */
function unclosed(page: string): string[] {
  const text = page.replace(/<(script|style)\b[^>]*>[\s\S]*?<\/\1>/g, '').replace(/<!--[\s\S]*?-->/g, '');
  const open: string[] = [];
  for (const [, close, name, , self] of text.matchAll(/<(\/?)([a-z][\w-]*)((?:\s[^<>]*?)?)(\/?)>/gi)) {
    if (self || /^(meta|br|img|link|hr)$/.test(name!)) continue;
    if (!close) open.push(name!);
    else if (open.pop() !== name) return [`</${name!}> out of place`];
  }
  return open;
}
