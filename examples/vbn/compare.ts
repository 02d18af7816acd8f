// The comparisons the sections share, with the bounds they are judged by.
import { distance, elements, hashBits, maxDifference, norm, sameBits, type Value } from './bits.ts';
import type { Check, Comparison, Gradients, Trace } from './results.ts';

/** Relative bound for values that are equal in real arithmetic but added up in another order. */
export const RELATIVE = 1e-5;

export function compareOutputs(what: string, a: Value, b: Value): Comparison {
  return { what, sameBits: sameBits(a, b), maxDifference: maxDifference(a, b), hashes: [hashBits(a), hashBits(b)] };
}

/** Bits where the engine promises them for this comparison, else closeness. */
export function outputsCheck(claim: string, c: Comparison, scale: number, exact: boolean): Check {
  const evidence = c.sameBits ? `bits ${c.hashes[0]} = ${c.hashes[1]}` : `bits ${c.hashes[0]} and ${c.hashes[1]}, largest difference ${c.maxDifference.toExponential(1)}`;
  return { claim, ok: c.sameBits || (!exact && c.maxDifference <= RELATIVE * scale), evidence };
}

/** ||a - b|| of every variable against 1e-5 times the largest ||a||. */
export function compareGradients(names: readonly string[], a: readonly Value[], b: readonly Value[]): Gradients {
  const rows = names.map((variable, i) => ({ variable, norm: norm(a[i]!), distance: distance(a[i]!, b[i]!) }));
  const bound = RELATIVE * Math.max(...rows.map((r) => r.norm));
  const worst = Math.max(...rows.map((r) => r.distance));
  return { rows, bound, worst, ok: worst <= bound };
}

export function gradientsCheck(claim: string, g: Gradients): Check {
  return { claim, ok: g.ok, evidence: `largest ||a - b|| ${g.worst.toExponential(1)}, bound ${g.bound.toExponential(1)}` };
}

export function trace(label: string, names: readonly [string, string], a: readonly number[], b: readonly number[]): Trace {
  return { label, names, losses: [a, b], worst: Math.max(...a.map((x, i) => Math.abs(x - b[i]!) / Math.abs(x))) };
}

/** Rounding adds up: 1e-5 of the loss for every step done. */
export function traceCheck(claim: string, t: Trace): Check {
  const [a, b] = t.losses;
  const ok = a.every((x, i) => Math.abs(x - b[i]!) <= RELATIVE * (i + 1) * Math.abs(x));
  return { claim, ok, evidence: `${a.length} losses, largest relative difference ${t.worst.toExponential(1)}` };
}

/** Largest absolute element. */
export function scaleOf(v: Value): number {
  const x = elements(v);
  let m = 0;
  for (let i = 0; i < x.length; i++) m = Math.max(m, Math.abs(x[i]!));
  return m;
}
