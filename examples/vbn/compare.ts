// The comparisons the sections share, with the bounds they are judged by.
import { distance, elements, hashBits, maxDifference, norm, sameBits, type Value } from './bits.ts';
import { small } from './format.ts';
import type { Check, Comparison, Gradients, Trace } from './results.ts';

/** Relative bound for values that are equal in real arithmetic but added up in another order. */
export const RELATIVE = 1e-5;

/** Engines whose bits are those of the numeric contract: a sum over a batch depends on nothing but its terms. */
export const keepsContract = (engine: string): boolean => engine === 'reference' || engine === 'wasm';

export function compareOutputs(what: string, a: Value, b: Value): Comparison {
  return { what, sameBits: sameBits(a, b), maxDifference: maxDifference(a, b), hashes: [hashBits(a), hashBits(b)] };
}

/** |a - b| over the larger of both: 0 when they are equal (two zeros included), NaN when one of them is not a number. */
export const relativeDifference = (a: number, b: number): number => (a === b ? 0 : Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b)));

/** Bits where the engine promises them for this comparison, else closeness. */
export function outputsCheck(claim: string, c: Comparison, scale: number, exact: boolean): Check {
  const evidence = c.sameBits ? `bits ${c.hashes[0]} = ${c.hashes[1]}` : `bits ${c.hashes[0]} and ${c.hashes[1]}, largest difference ${small(c.maxDifference)}`;
  return { claim, ok: c.sameBits || (!exact && c.maxDifference <= RELATIVE * scale), evidence };
}

/** ||a - b|| of every variable against 1e-5 times the largest ||a||. */
export function compareGradients(names: readonly string[], a: readonly Value[], b: readonly Value[]): Gradients {
  const rows = names.map((variable, i) => ({ variable, norm: norm(a[i]!), distance: distance(a[i]!, b[i]!) }));
  const largest = Math.max(...rows.map((r) => r.norm));
  const worst = Math.max(...rows.map((r) => r.distance));
  return { rows, bound: RELATIVE * largest, worst, share: worst === 0 ? 0 : worst / largest, ok: worst <= RELATIVE * largest };
}

export function gradientsCheck(claim: string, g: Gradients): Check {
  return { claim, ok: g.ok, evidence: `largest ||a - b|| ${small(g.worst)}, bound ${small(g.bound)}` };
}

export function trace(label: string, names: readonly [string, string], a: readonly number[], b: readonly number[]): Trace {
  return { label, names, losses: [a, b], worst: Math.max(...a.map((x, i) => relativeDifference(x, b[i]!))) };
}

/** Losses of two runs from equal weights: rounding adds up, so step i (from 0) is allowed i + 1 times 1e-5. */
export function lossesAgree([a, b]: Trace['losses'], steps = a.length): boolean {
  return a.slice(0, steps).every((x, i) => relativeDifference(x, b[i]!) <= RELATIVE * (i + 1));
}

/** Largest absolute element. */
export function scaleOf(v: Value): number {
  const x = elements(v);
  let m = 0;
  for (let i = 0; i < x.length; i++) m = Math.max(m, Math.abs(x[i]!));
  return m;
}
