// One table of programs, run on every engine: in exact mode every engine gives the bits of `reference`, and `reference`
// gives what plain loops over doubles give; in fast mode engines may round otherwise. Skips are declared with a reason in
// the table. No engine keeps memory after its session.
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tfjs from '@tensorflow/tfjs-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { bitsOf } from '../support/compile.ts';
import { type Built, enginePrograms } from '../support/engine_programs.ts';
import { ENGINES } from '../support/engines.ts';

beforeAll(async () => {
  await tfjs.setBackend('wasm');
  await tfjs.setBackend('cpu');
});
beforeEach(() => { tf.resetDefaultGraph(); tf.setRandomSeed(7); });

type Values = unknown[][];
/** Builds a program once and runs it on engines; results of every run, in the order of the fetches. */
function runner(build: () => Built): { built: Built; on: (engine: string, options?: tf.SessionOptions) => Promise<Values> } {
  const built = build();
  const init = tf.globalVariablesInitializer();
  return {
    built,
    on: async (engine, options = {}) => {
      const sess = await new tf.Session({ engine, onWarning: () => undefined, ...options }).ready();
      sess.runSync(init);
      const values = Array.from({ length: built.runs ?? 1 }, () => sess.runSync([...built.fetches], (built.feeds ?? []) as never) as unknown[]);
      sess.close();
      expect(sess.deviceMemory()).toEqual({ tensors: 0, bytes: 0 });
      return values;
    },
  };
}
const flat = (v: unknown): unknown[] => (v instanceof tf.NDArray ? Array.from({ length: v.size }, (_, i) => v.flat(i)) : ArrayBuffer.isView(v) ? Array.from(v as Float64Array) : Array.isArray(v) ? v : [v]);

/** Nearly equal numbers, equal everything else. */
function expectNear(got: unknown, want: unknown, tolerance: number, what: string): void {
  const [a, b] = [flat(got), flat(want)];
  expect(a.length, what).toBe(b.length);
  const scale = Math.max(1, ...b.filter((v): v is number => typeof v === 'number' && Number.isFinite(v)).map(Math.abs));
  b.forEach((w, i) => {
    const g = a[i];
    if (typeof w === 'number' && typeof g === 'number' && Number.isFinite(w) && !Number.isInteger(w)) expect(Math.abs(g - w), `${what}[${i}]: ${g} for ${w}`).toBeLessThanOrEqual(tolerance * scale);
    else expect(typeof g === 'number' && typeof w === 'number' && !Number.isInteger(g) ? Math.abs(g - w) <= tolerance * scale ? w : g : g, `${what}[${i}]`).toEqual(w);
  });
}

const programs = Object.entries(enginePrograms);

describe('reference gives what plain loops give', () => {
  test.each(programs.filter(([, p]) => p.checkedBy === undefined))('%s', async (_, p) => {
    const { built, on } = runner(p.build);
    const last = (await on('reference')).at(-1)!;
    expect(built.want!.length).toBe(built.fetches.length);
    // Sixteen-bit floats round to 2^-11.
    built.want!.forEach((w, i) => {
      const t = built.fetches[i] as tf.Tensor;
      if (w !== undefined) expectNear(last[i], w, t.dtype === tf.float16 || t.op.inputs[0]?.dtype === tf.float16 ? 1e-3 : 1e-5, t.name);
    });
  });
});

describe.each(ENGINES.filter((e) => e !== 'reference'))('%s', (engine) => {
  // The wasm engine has a heap of its own in every session; `on` looks at it.
  const memory = (): number => (engine.startsWith('tfjs:') ? tfjs.findBackend(engine.slice(5)).numDataIds() : 0);

  // The contract's bits are those of the embedded engines; TensorFlow has its own, within P2.
  const same = engine !== 'native';
  test.each(programs)(`exact: %s has the ${same ? 'bits' : 'values'} of reference`, async (_, p) => {
    if (p.skip?.[engine] !== undefined) { expect(p.skip[engine]).not.toBe(''); return; }
    const { built, on } = runner(p.build);
    const want = await on('reference');
    const before = memory();
    const got = await on(engine);
    expect(memory()).toBe(before);
    want.forEach((run, k) => { run.forEach((w, i) => {
      const what = `run ${k}, ${built.fetches[i]!.name}`;
      if (same) expect(bitsOf(got[k]![i]), what).toBe(bitsOf(w)); else expectNear(got[k]![i], w, 1e-5, what);
    }); });
  });

  test.each(programs)('fast: %s is close to reference', async (_, p) => {
    const { built, on } = runner(p.build);
    const want = await on('reference');
    const before = memory();
    const got = await on(engine, { mode: 'fast' });
    expect(memory()).toBe(before);
    want.forEach((run, k) => { run.forEach((w, i) => { expectNear(got[k]![i], w, 1e-4, `run ${k}, ${built.fetches[i]!.name}`); }); });
  });
});

describe.each(['shared', 'tfjs'] as const)('wasm on another heap: %s', (heap) => {
  test.each(programs)('%s has the bits of reference', async (_, p) => {
    const { built, on } = runner(p.build);
    const want = await on('reference');
    const before = tfjs.findBackend('wasm').numDataIds();
    const got = await on('wasm', { heap });
    expect(tfjs.findBackend('wasm').numDataIds()).toBe(before);
    want.forEach((run, k) => { run.forEach((w, i) => { expect(bitsOf(got[k]![i]), `run ${k}, ${built.fetches[i]!.name}`).toBe(bitsOf(w)); }); });
  });
});

describe('what runs where', () => {
  /** `Conv2D on tfjs:wasm` or `Conv2D on reference (why)`, for the kernels of a program. */
  async function placement(name: string, engine: string, mode: 'exact' | 'fast'): Promise<string[]> {
    const built = enginePrograms[name]!.build();
    using sess = await new tf.Session({ engine, mode }).ready();
    const { steps } = sess.explain([...built.fetches], built.feeds as never);
    return steps.flatMap((s) => (s.kind === 'kernel' ? [`${s.node.op} on ${s.call ? `${engine} as ${s.call.kernel}` : `reference (${s.why})`}`] : []));
  }
  const conv = 'conv2d and its gradients, SAME, stride 2';

  test('in exact mode convolutions run on reference, and the plan says why', async () => {
    expect(await placement(conv, 'tfjs:wasm', 'exact')).toEqual(['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'].map((op) => `${op} on reference (the bits of ${op} are not those of the contract)`));
  });
  test('in fast mode they run on the device, but for the filter gradient, which wasm does not have', async () => {
    expect(await placement(conv, 'tfjs:wasm', 'fast')).toEqual(['Conv2D on tfjs:wasm as Conv2D', 'Conv2DBackpropInput on tfjs:wasm as Conv2DBackpropInput', 'Conv2DBackpropFilter on reference (no Conv2DBackpropFilter on wasm)']);
    expect(await placement(conv, 'tfjs:cpu', 'fast')).toEqual(['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'].map((op) => `${op} on tfjs:cpu as ${op}`));
  });
  test('a dtype the library lacks runs on reference', async () => {
    const where = await placement('float64', 'tfjs:cpu', 'exact');
    expect(where).toContain('AddV2 on reference (tfjs:cpu has no float64)');
    expect((await placement('strings', 'tfjs:wasm', 'exact')).every((s) => / on reference \(/.test(s))).toBe(true);
  });
});

test('every skip names an engine of the suite and a reason', () => {
  for (const [name, p] of programs) for (const [engine, reason] of Object.entries(p.skip ?? {})) expect([ENGINES.includes(engine as never), reason.length > 10], name).toEqual([true, true]);
});
