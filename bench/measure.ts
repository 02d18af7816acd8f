// Measuring side by side: all cases take turns in each round, so that whatever else the machine does hits them alike.

export interface Case {
  readonly name: string;
  /** Does the work once; returns the milliseconds that count. */
  readonly run: () => number | Promise<number>;
}
export type Samples = ReadonlyMap<string, readonly number[]>;

/** Rounds of all cases; the order is turned by one each round; the first round warms up and is not counted. */
export async function interleave(cases: readonly Case[], rounds: number): Promise<Samples> {
  const out = new Map<string, number[]>(cases.map((c) => [c.name, []]));
  for (let r = 0; r <= rounds; r++) {
    for (let i = 0; i < cases.length; i++) {
      const c = cases[(i + r) % cases.length]!;
      collectGarbage();
      const ms = await c.run();
      if (r > 0) out.get(c.name)!.push(ms);
    }
  }
  return out;
}

/** Milliseconds of one synchronous piece of work. */
export function time(work: () => void): number {
  const t0 = performance.now();
  work();
  return performance.now() - t0;
}

/** Milliseconds of processor time of one piece of work on this thread, which is done as often as `atLeast` milliseconds have room for: short work warm and beyond the clock's grain, and
 * blind to what else runs. No more than time passed: the process's counts V8's own threads too, which collect what the case before has left. */
export function steady(work: () => void, atLeast = 5): () => number {
  let once = Infinity;
  for (let i = 0; i < 5; i++) once = Math.min(once, time(work));
  const n = Math.max(1, Math.ceil(atLeast / once));
  return () => {
    const from = process.cpuUsage(), passed = time(() => { for (let i = 0; i < n; i++) work(); }), { user, system } = process.cpuUsage(from);
    return Math.min(passed, (user + system) / 1000) / n;
  };
}

/** With `node --expose-gc`, so that no case pays for another's garbage. */
function collectGarbage(): void {
  (globalThis as { gc?: () => void }).gc?.();
}

export function median(xs: readonly number[]): number { return quantile(xs, 0.5); }

export function quantile(xs: readonly number[], q: number): number {
  const s = [...xs].sort((a, b) => a - b);
  const at = q * (s.length - 1);
  const lo = Math.floor(at);
  return s[lo]! + (s[Math.min(lo + 1, s.length - 1)]! - s[lo]!) * (at - lo);
}

/** `12.3 ms (11.9 to 13.0)`: median and quartiles. */
export function summary(xs: readonly number[], unit: string, digits = 1): string {
  return `${median(xs).toFixed(digits)} ${unit} (${quantile(xs, 0.25).toFixed(digits)} to ${quantile(xs, 0.75).toFixed(digits)})`;
}

/** Round by round a / b. */
export function ratios(a: readonly number[], b: readonly number[]): number[] { return a.map((x, i) => x / b[i]!); }
