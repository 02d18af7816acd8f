// `random` of Python: MT19937 with Python's own seeding, so that `random.seed(n)` gives Python 3's numbers.
import { ValueError } from '../graph/errors.ts';
import { RandomState } from './np_random.ts';
import type { Dynamic } from './dynamic.ts';
import { list } from './items.ts';

const state = new RandomState();
let saved: number | null = null;
/** Integers only (Python hashes other seeds). */
export function seed(n: Dynamic = Math.floor(Math.random() * 2 ** 32)): void {
  let v = BigInt(Math.abs(Number(n)));
  const words: number[] = [];
  do { words.push(Number(v & 0xffffffffn)); v >>= 32n; } while (v > 0n);
  state.seed(words);
  saved = null;
}
export const random = (): number => state.double();
/** k random bits, k <= 32. */
const bits = (k: number): number => state.uint32() >>> (32 - k);
function below(n: number): number {
  if (n <= 0) throw new ValueError('empty range');
  const k = 32 - Math.clz32(n);
  for (;;) { const r = bits(k); if (r < n) return r; }
}
export const randrange = (a: number, b?: number, step = 1): number => (b === undefined ? below(a) : a + step * below(Math.ceil((b - a) / step)));
export const randint = (a: number, b: number): number => randrange(a, b + 1);
export const uniform = (a: number, b: number): number => a + (b - a) * random();
export const choice = (x: Dynamic): Dynamic => { const a = list(x); return a[below(a.length)]; };
export function shuffle(x: Dynamic[]): void { for (let i = x.length - 1; i > 0; i--) { const j = below(i + 1); [x[i], x[j]] = [x[j], x[i]]; } }
export function sample(x: Dynamic, k: number): Dynamic[] {
  const a = list(x);
  const n = a.length;
  if (k > n || k < 0) throw new ValueError('Sample larger than population or is negative');
  let limit = 21;
  if (k > 5) limit += 4 ** Math.ceil(Math.log(k * 3) / Math.log(4));
  if (n <= limit) return Array.from({ length: k }, (_, i) => { const j = below(n - i); const v: unknown = a[j]; a[j] = a[n - i - 1]; return v; });
  const taken = new Set<number>();
  return Array.from({ length: k }, () => { let j = below(n); while (taken.has(j)) j = below(n); taken.add(j); return a[j] as unknown; });
}
export function gauss(mu: number, sigma: number): number {
  const z = saved;
  if (z !== null) { saved = null; return mu + z * sigma; }
  const x = random() * 2 * Math.PI;
  const g = Math.sqrt(-2 * Math.log(1 - random()));
  saved = Math.sin(x) * g;
  return mu + Math.cos(x) * g * sigma;
}
export const normalvariate = gauss;
