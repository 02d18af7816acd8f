// Measures two programs on two sessions: outputs, gradients and training steps, each as numbers with a verdict of its own.
import type { Scalar } from '../../graph/ndarray.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { allocate } from '../../graph/ndarray.ts';
import type { Operation, Tensor } from '../../graph/tensor.ts';
import { type ArrayLike, makeArray } from '../../ops/make_array.ts';
import type { Feeds } from './feeds.ts';
import { feedValues } from './feeds.ts';
import type { GradientEvidence, OutputEvidence, TrainingEvidence } from './report.ts';
import { type Distance, distance, NO_DISTANCE, worst } from './ulp.ts';

/** What this module needs of a session. */
export interface Runs { run(fetches: unknown, feeds?: unknown): Promise<unknown> }

/** One program ready to run. */
export interface Side {
  readonly session: Runs;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}
export interface Sides { readonly a: Side; readonly b: Side; readonly feeds: Feeds | undefined; readonly seed: number }

/** Runs tensors of one side on feed set `i`; scalars come back as arrays, too. */
async function values(s: Sides, side: Side, i: number, ts: readonly Tensor[], targets: readonly Operation[] = []): Promise<NDArray[]> {
  // The first program's inputs decide what is drawn: both get the same values.
  const fed = feedValues(s.feeds, i, s.a.inputs, s.seed);
  const feeds = new Map(side.inputs.map((t, k) => [t, fed[k]]));
  const out = await side.session.run([...ts, ...targets], feeds) as (NDArray | Scalar | null)[];
  return ts.map((t, k) => toArray(out[k] as NDArray | Scalar, t));
}

function toArray(v: NDArray | Scalar, t: Tensor): NDArray { return v instanceof NDArray ? v : makeArray(v as ArrayLike, t.dtype.baseDtype, []); }

export async function measureOutputs(s: Sides, count: number, tolerance: number): Promise<OutputEvidence> {
  let total = NO_DISTANCE;
  let equal = true;
  let worstAt: string | undefined;
  for (let i = 0; i < count; i++) {
    const x = await values(s, s.a, i, s.a.outputs);
    const y = await values(s, s.b, i, s.b.outputs);
    x.forEach((v, k) => {
      const w = y[k]!;
      const sameShape = v.dtype === w.dtype && v.shape.join() === w.shape.join();
      const d: Distance = sameShape ? distance(v, w) : { ...NO_DISTANCE, count: v.size, differing: v.size, maxUlp: Infinity, maxAbs: Infinity, firstAt: 0 };
      if (!within(d, tolerance) && worstAt === undefined) {
        worstAt = sameShape ? `${s.a.outputs[k]!.name}[${index(v.shape, d.firstAt ?? 0)}], feed ${i + 1}` : `${s.a.outputs[k]!.name}: ${v.dtype.name}[${v.shape.join(',')}] against ${w.dtype.name}[${w.shape.join(',')}]`;
      }
      equal &&= within(d, tolerance);
      total = worst(total, d);
    });
  }
  return { bitEqual: total.differing === 0, equal, feeds: count, tensors: count * s.a.outputs.length, distance: total, tolerance, worstAt };
}

function within(d: Distance, tolerance: number): boolean { return d.differing === 0 || d.maxAbs <= tolerance * d.scale; }

function index(shape: readonly number[], flat: number): string {
  const out: number[] = [];
  for (let k = shape.length - 1, rest = flat; k >= 0; k--) { out.unshift(rest % shape[k]!); rest = Math.floor(rest / shape[k]!); }
  return out.join(',');
}

/** A variable both programs have, with its gradients (null: the loss does not depend on it). */
export interface GradientPair { readonly name: string; readonly a: Tensor | null; readonly b: Tensor | null }

export async function measureGradients(s: Sides, pairs: readonly GradientPair[], count: number, tolerance: number): Promise<GradientEvidence> {
  let total = NO_DISTANCE;
  let relative = 0;
  const rows = pairs.map((p) => ({ name: p.name, norm: 0, difference: 0, maxUlp: 0 }));
  for (let i = 0; i < count; i++) {
    const ds = await gradientDistances(s, pairs, i);
    const largest = Math.max(0, ...ds.map((d) => d.size));
    ds.forEach((d, k) => {
      total = worst(total, d);
      const r = d.norm === 0 ? 0 : d.norm / largest;
      relative = Number.isNaN(r) ? Infinity : Math.max(relative, r);
      const row = rows[k]!;
      row.norm = Math.max(row.norm, d.size);
      row.difference = Math.max(row.difference, d.norm);
      row.maxUlp = Math.max(row.maxUlp, d.maxUlp);
    });
  }
  return { equal: relative <= tolerance, bitEqual: total.differing === 0, relative, tolerance, distance: total, variables: rows };
}

async function gradientDistances(s: Sides, pairs: readonly GradientPair[], i: number): Promise<Distance[]> {
  const both = pairs.filter((p) => p.a !== null || p.b !== null);
  const x = await withZeros(both.map((p) => p.a), (ts) => values(s, s.a, i, ts));
  const y = await withZeros(both.map((p) => p.b), (ts) => values(s, s.b, i, ts));
  return pairs.map((p) => {
    const k = both.indexOf(p);
    if (k < 0) return NO_DISTANCE;
    const [g, h] = [x[k] ?? zerosOf(y[k]!), y[k] ?? zerosOf(x[k]!)];
    return distance(g, h);
  });
}

/** Runs what is there; no gradient is a zero gradient. */
async function withZeros(ts: readonly (Tensor | null)[], run: (ts: readonly Tensor[]) => Promise<NDArray[]>): Promise<(NDArray | null)[]> {
  const out = await run(ts.filter((t) => t !== null));
  let k = 0;
  return ts.map((t) => (t === null ? null : out[k++]!));
}
function zerosOf(a: NDArray): NDArray { return new NDArray(a.dtype, a.shape, allocate(a.dtype, a.size)); }

/** What one program trains with. */
export interface Trained {
  readonly loss: Tensor;
  readonly step: Operation;
  /** Gradients by paired variable, to find those that are rounding noise. */
  readonly gradients: readonly (Tensor | null)[];
  /** References of the paired variables. */
  readonly weights: readonly Tensor[];
}

/** A gradient this much smaller than the largest one, in every step, is rounding noise. */
const NOISE = 1e-5;

export async function measureTraining(s: Sides, names: readonly string[], a: Trained, b: Trained, steps: number, tolerance: number, optimizer: string): Promise<TrainingEvidence> {
  const losses: [number, number][] = [];
  const noise = names.map(() => 0);
  let relative = 0;
  let bitEqual = true;
  let firstStep: number | undefined;
  for (let i = 0; i < steps; i++) {
    const x = await trainStep(s, s.a, a, i);
    const y = await trainStep(s, s.b, b, i);
    losses.push([x.loss, y.loss]);
    [x.norms, y.norms].forEach((norms) => {
      const largest = Math.max(...norms);
      norms.forEach((n, k) => { noise[k] = Math.max(noise[k]!, largest === 0 ? 0 : n / largest); });
    });
    bitEqual &&= Object.is(x.loss, y.loss);
    const r = Object.is(x.loss, y.loss) ? 0 : Math.abs(x.loss - y.loss) / Math.max(Math.abs(x.loss), Math.abs(y.loss));
    relative = Math.max(relative, Number.isNaN(r) ? Infinity : r);
    if (!(r <= tolerance * (i + 1))) firstStep ??= i + 1;
  }
  const wa = await s.a.session.run(a.weights) as (NDArray | Scalar)[];
  const wb = await s.b.session.run(b.weights) as (NDArray | Scalar)[];
  const ds = a.weights.map((t, k) => distance(toArray(wa[k]!, t), toArray(wb[k]!, t)));
  bitEqual &&= ds.every((d) => d.differing === 0);
  const leftOut = names.filter((_, k) => noise[k]! < NOISE && ds[k]!.differing > 0);
  const kept = ds.filter((_, k) => !leftOut.includes(names[k]!));
  const largest = Math.max(0, ...kept.map((d) => d.size));
  const weights = Math.max(0, ...kept.map((d) => (d.norm === 0 ? 0 : d.norm / largest)));
  return { equal: firstStep === undefined && weights <= tolerance * steps, bitEqual, optimizer, steps, losses, relative, tolerance, firstStep, weights, leftOut };
}

/** Loss and gradient norms from before the step, in the run that makes the step: fetching more changes no bit. */
async function trainStep(s: Sides, side: Side, t: Trained, i: number): Promise<{ loss: number; norms: number[] }> {
  const present = t.gradients.filter((g) => g !== null);
  const [loss, ...grads] = await values(s, side, i, [t.loss, ...present], [t.step]);
  let k = 0;
  return { loss: Number(loss!.flat(0)), norms: t.gradients.map((g) => (g === null ? 0 : normOf(grads[k++]!))) };
}

function normOf(a: NDArray): number {
  let sum = 0;
  for (let i = 0; i < a.size; i++) sum += Number(a.flat(i)) ** 2;
  return Math.sqrt(sum);
}
