// The VBN example with few steps: its claims hold, its text and report are complete, its options are checked.
import { describe, expect, it } from 'vitest';
import * as tf from 'tfgraph';
import { compareGradients, lossesAgree, relativeDifference } from '../../examples/vbn/compare.ts';
import { sections, verdictText } from '../../examples/vbn/console.ts';
import { runJob } from '../../examples/vbn/job.ts';
import { DEFAULTS, parseOptions, UsageError } from '../../examples/vbn/options.ts';
import { USER_CODE } from '../../examples/vbn/places.ts';
import { makeProgress } from '../../examples/vbn/progress.ts';
import { htmlReport } from '../../examples/vbn/report/html.ts';
import type { Drift, MistakeResult } from '../../examples/vbn/results.ts';
import { allChecks } from '../../examples/vbn/wording.ts';
import { verdict } from '../../examples/vbn/verdict.ts';
import { html, scriptJson } from '../../examples/vbn/report/escape.ts';

const TINY = { ...DEFAULTS, steps: 3, batch: 8, report: null };
const tiny = runJob(TINY);

describe.each(['NCHW', 'NHWC'] as const)('the main job, %s', (layout) => {
  const job = layout === 'NCHW' ? tiny : runJob({ ...TINY, layout });

  it('confirms every claim', async () => {
    const r = await job;
    expect(allChecks(r).filter((c) => !c.ok)).toEqual([]);
    expect(r.ok).toBe(true);
  });

  it('finds equal outputs bit for bit, and gradients equal to 1e-5 of the largest', async () => {
    const { entry, puzzle } = await job;
    expect(entry.outputs.sameBits).toBe(true);
    expect(puzzle.outputs.sameBits).toBe(true);
    for (const { rows } of [entry.gradients, puzzle.gradients]) {
      const bound = 1e-5 * Math.max(...rows.map((r) => r.norm));
      expect(bound).toBeGreaterThan(0);
      for (const r of rows) expect(r.distance, r.variable).toBeLessThanOrEqual(bound);
    }
    // A bias in front of a normaliser has a gradient of pure rounding noise: there is something the bound is for.
    expect(puzzle.gradients.rows.filter((r) => /Layer\d\/biases/.test(r.variable)).map((r) => r.norm < 1e-5)).toEqual([true, true, true]);
    expect(puzzle.tool).toMatchObject({ copied: { same: true }, own: { same: false } });
  });

  it('fetches the same bits whatever else is fetched, and moves no weight', async () => {
    const { puzzle } = await job;
    expect(puzzle.rounds).toHaveLength(2);
    for (const { calls } of puzzle.rounds) {
      expect(calls.map((c) => [c.o1 !== null, c.gradients !== null])).toEqual([[true, false], [true, true], [false, true], [true, false]]);
      for (const pick of ['o1', 'o2', 'gradients', 'weights'] as const) expect(new Set(calls.map((c) => c[pick]).filter((h) => h !== null)).size, pick).toBe(1);
    }
    // With copied weights the outputs are equal; training in between really moved them.
    expect(puzzle.rounds[0]!.calls[0]!.o1).toBe(puzzle.rounds[0]!.calls[0]!.o2);
    expect(new Set(puzzle.rounds.map((r) => r.calls[0]!.weights)).size).toBe(2);
  });

  it('trains both alike from the same state, with fixed and with trained reference images', async () => {
    const { training } = await job;
    expect(training.restarted.map((r) => [r.optimizer, r.trainableReference])).toEqual([['adam', false], ['momentum', false], ['adam', true], ['momentum', true]]);
    for (const r of training.restarted) {
      const steps = r.trace.losses[0].length;
      expect({ steps, lossBits: r.lossBits, stepBits: r.stepBits }).toEqual({ steps, lossBits: steps, stepBits: steps });
      expect(r.gradients).toBeLessThanOrEqual(1e-5);
      expect(new Set(r.trace.losses[0]).size).toBe(steps);
    }
    for (const { drift } of [training.adam, training.momentum]) expect(drift.before).toBeLessThan(1e-5 * drift.gaps.length);
    expect(training.adam.controls).toHaveLength(3);
  });

  it('shows what the mistakes do, and lint names those that cannot be meant', async () => {
    const { mistakes } = await job;
    const of = (name: string): MistakeResult => mistakes.mistakes.find((m) => m.name === name)!;
    expect(of('stop_gradient').gradientChange).toBeGreaterThan(0.1);
    expect(of('half batch').gradientChange).toBeGreaterThan(0.1);
    expect(of('relu before VBN').gradientChange).toBeGreaterThan(0.1);
    expect(of('trainable reference')).toMatchObject({ gradientChange: 0 });
    expect(mistakes.mistakes.map((m) => [m.name, m.referenceMoved > 0]).filter(([, moved]) => moved)).toEqual([['trainable reference', true]]);
    expect(mistakes.correct.lint).toEqual([]);
    expect(Object.fromEntries(mistakes.mistakes.map((m) => [m.name, m.lint.map((f) => f.rule)]))).toEqual({
      'trainable reference': ['trainable-data'], "relu'd logits": ['relu-logits'], 'half batch': ['batch-mismatch'], 'relu before VBN': [], 'mixed formats': [], stop_gradient: [],
    });
    for (const f of mistakes.mistakes.flatMap((m) => m.lint)) expect(f.where).toMatch(USER_CODE);
  });

  it('refuses the mistakes that cannot run by name, and points to the line', async () => {
    const { mistakes: { refused } } = await job;
    expect(refused.map((r) => r.error.slice(0, r.error.indexOf(':')))).toEqual(['ReferenceError', 'TypeError', 'ValueError', 'Error', 'ValueError', 'ValueError']);
    for (const r of refused) expect(r).toMatchObject({ expected: true, where: expect.stringMatching(USER_CODE) });
    expect(new Set(refused.map((r) => r.where)).size).toBe(refused.length);
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
    const page = await htmlReport(await tiny);
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

describe('comparisons', () => {
  it('define the relative difference everywhere', () => {
    expect(relativeDifference(0, 0)).toBe(0);
    expect(relativeDifference(0, 2)).toBe(1);
    expect(relativeDifference(-4, -3)).toBe(0.25);
    expect(relativeDifference(NaN, 1)).toBeNaN();
  });

  it('let nothing pass that is not a number or too far off', () => {
    expect(lossesAgree([[1, 1], [1, 1 + 1.9e-5]])).toBe(true);
    expect(lossesAgree([[1, 1], [1 + 1.1e-5, 1]])).toBe(false);
    expect(lossesAgree([[1, NaN], [1, NaN]])).toBe(false);
    expect(lossesAgree([[1, NaN], [1, NaN]], 1)).toBe(true);
    expect(compareGradients(['a', 'b'], [f32(3, 4), f32(0)], [f32(3, 4), f32(4e-5)])).toMatchObject({ ok: true, share: expect.closeTo(8e-6, 8) });
    expect(compareGradients(['a', 'b'], [f32(3, 4), f32(0)], [f32(3, 4), f32(6e-5)]).ok).toBe(false);
    expect(compareGradients(['a'], [f32(0)], [f32(0)])).toMatchObject({ ok: true, share: 0 });
    expect(compareGradients(['a'], [f32(NaN)], [f32(NaN)]).ok).toBe(false);
  });
});

describe('the verdict', () => {
  it('says what failed, and nothing that rests on it', async () => {
    const r = await tiny;
    expect(verdict(r).join(' ')).not.toContain('NOT CONFIRMED');
    const broken = { ...r, puzzle: { ...r.puzzle, checks: r.puzzle.checks.map((c) => (c.claim.startsWith('the puzzle') ? { ...c, ok: false } : c)) } };
    const text = verdict(broken).join(' ');
    expect(text).toContain('NOT CONFIRMED: 3 of the checks failed: the puzzle');
    expect(text).not.toContain('Looking at gradients does not change outputs');
  });

  it('tells how two runs part, and sets the control beside it', async () => {
    const r = await tiny;
    const parted = (after: number): Drift => ({ gaps: [0, 0, after], first: { step: 1, units: 2, of: 100, inputs: 1e-8 }, before: 1e-7, after });
    const adam = { ...r.training.adam, drift: parted(4e-3), controls: [{ variable: 'w', element: 0, drift: parted(1e-3) }, { ...r.training.adam.controls[0]!, drift: { gaps: [0], first: null, before: 0, after: null } }] };
    const text = verdict({ ...r, training: { ...r.training, adam } }).join(' ');
    expect(text).toContain('until, in step 1, 2 ReLU units are on in one and off in the other');
    expect(text).toContain('1 of 2 copies, by up to 1.0e-3; the two models part by 4.0 times that');
  });
});

describe('progress', () => {
  const record = (isTTY: boolean): { text: string } & NodeJS.WriteStream => {
    const out = { text: '', isTTY, columns: 40, write: (s: string) => { out.text += s; return true; } };
    return out as unknown as { text: string } & NodeJS.WriteStream;
  };
  it('is a bar on a terminal that keeps to its line and leaves nothing behind', () => {
    const out = record(true);
    const p = makeProgress(out);
    p.show(10, 10, 'a part with quite a long name');
    p.end();
    const frames = out.text.split('\r\x1b[2K');
    expect(frames.slice(1, -1).every((f) => f.length > 0 && f.length < 40)).toBe(true);
    expect(frames[frames.length - 1]).toBe('');
  });
  it('is one plain line a part elsewhere', () => {
    const out = record(false);
    const p = makeProgress(out);
    for (let i = 0; i < 4; i++) p.show(i, 4, i < 2 ? 'first' : 'second');
    p.end();
    expect(out.text).toMatch(/^\[0 % done after [\d.]+ s\] first \.\.\.\n\[50 % done after [\d.]+ s\] second \.\.\.\n$/);
  });
  it('counts every tick', async () => {
    const seen: [number, number][] = [];
    await runJob(TINY, (done, total) => { seen.push([done, total]); });
    expect(seen[seen.length - 1]).toEqual([seen[0]![1], seen[0]![1]]);
  });
});

const f32 = (...xs: number[]): tf.NDArray => new tf.NDArray(tf.float32, [xs.length], Float32Array.from(xs));

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
