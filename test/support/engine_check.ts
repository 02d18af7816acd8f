// The programs of the engine suite on one engine against `reference`, as data: for places where no test runner is (a page
// in a browser) and for backends whose memory can only be read by waiting. Exact mode: the same bits; fast mode: close.
import * as tf from 'tfgraph';
import { bitsOf } from './compile.ts';
import { enginePrograms } from './engine_programs.ts';

/** What one program gave. `onEngine`: kernels that did not fall back to `reference`. */
export interface Checked { readonly program: string; readonly mode: 'exact' | 'fast'; readonly kernels: number; readonly onEngine: number; readonly fault: string | null }

type Steps = ReturnType<tf.Session['explain']>['steps'];

/** Runs every program in both modes. `tolerance`: relative to the largest element, in fast mode. */
export async function checkEngine(options: tf.SessionOptions, tolerance: number): Promise<Checked[]> {
  const out: Checked[] = [];
  for (const [program, { build, skip }] of Object.entries(enginePrograms)) {
    if (options.engine && skip?.[options.engine] !== undefined) continue;
    for (const mode of ['exact', 'fast'] as const) {
      tf.resetDefaultGraph();
      tf.setRandomSeed(7);
      const built = build();
      const init = tf.globalVariablesInitializer();
      const run = async (o: tf.SessionOptions): Promise<{ values: unknown[][]; kernels: Steps }> => {
        using sess = await new tf.Session({ onWarning: () => undefined, ...o }).ready();
        await sess.run(init);
        const values: unknown[][] = [];
        for (let i = 0; i < (built.runs ?? 1); i++) values.push(await sess.run([...built.fetches], (built.feeds ?? []) as never) as unknown[]);
        return { values, kernels: sess.explain([...built.fetches], (built.feeds ?? []) as never).steps.filter((s) => s.kind === 'kernel') };
      };
      let fault: string | null = null;
      let kernels: Steps = [];
      try {
        const want = await run({ engine: 'reference' });
        const got = await run({ ...options, mode });
        ({ kernels } = got);
        const same = (a: unknown, b: unknown): boolean => (mode === 'exact' ? bitsOf(a) === bitsOf(b) : isNear(a, b, tolerance));
        want.values.forEach((values, r) => { values.forEach((w, i) => { if (!same(got.values[r]![i], w)) fault ??= `run ${r}, ${built.fetches[i]!.name}: ${String(bitsOf(got.values[r]![i])).slice(0, 200)} for ${String(bitsOf(w)).slice(0, 200)}`; }); });
      } catch (e) {
        fault = String(e);
      }
      out.push({ program, mode, kernels: kernels.length, onEngine: kernels.filter((s) => s.kind === 'kernel' && s.call).length, fault });
    }
  }
  return out;
}

function isNear(a: unknown, b: unknown, tolerance: number): boolean {
  const list = (v: unknown): unknown[] => (v instanceof tf.NDArray ? Array.from({ length: v.size }, (_, i) => v.flat(i)).flat() : [v]);
  const [x, y] = [list(a), list(b)];
  const scale = Math.max(1, ...y.filter((v): v is number => typeof v === 'number' && Number.isFinite(v)).map(Math.abs));
  return x.length === y.length && x.every((v, i) => (typeof v === 'number' && typeof y[i] === 'number' && Number.isFinite(v) ? Math.abs(v - y[i]) <= tolerance * scale : bitsOf(v) === bitsOf(y[i])));
}
