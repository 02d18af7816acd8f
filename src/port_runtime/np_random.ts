// numpy.random's legacy generator: MT19937 with numpy's own way from its bits to numbers, so that a seed gives the same
// arrays. Follows numpy 1.18's randomkit and mtrand.pyx (legacy seeding, polar Gauss, masked rejection).
import { float64, int64 } from '../graph/dtype.ts';
import { ValueError } from '../graph/errors.ts';
import { NDArray } from '../graph/ndarray.ts';
import { asArray, dtypeOf, type DTypeLike, fromNumbers, numbersOf, scalarOr, shapeOf, sizeOf } from './np_array.ts';
import { getArray } from './np_index.ts';
import { broadcast, positions } from './np_math.ts';
import type { Dynamic } from './dynamic.ts';

const [N, M] = [624, 397];

/** `np.random.RandomState`. */
export class RandomState {
  readonly #key = new Uint32Array(N);
  #at = N;
  #gauss: number | null = null;
  constructor(seed?: Dynamic) { this.seed(seed); }

  /** `np.random.seed`: an integer below 2^32, or a list of them; without one, from the clock. */
  seed(seed?: Dynamic): void {
    this.#gauss = null;
    if (seed === undefined || seed === null) { this.#fromInt(Math.floor(Math.random() * 2 ** 32)); return; }
    if (typeof seed === 'object') { this.#fromArray(Array.from(numbersOf(asArray(seed)))); return; }
    if (!(Number(seed) >= 0 && Number(seed) < 2 ** 32)) throw new ValueError('Seed must be between 0 and 2**32 - 1');
    this.#fromInt(Number(seed));
  }
  #fromInt(seed: number): void {
    let s = seed >>> 0;
    for (let i = 0; i < N; i++) {
      this.#key[i] = s;
      s = (Math.imul(1812433253, s ^ (s >>> 30)) + i + 1) >>> 0;
    }
    this.#at = N;
  }
  #fromArray(init: readonly number[]): void {
    this.#fromInt(19650218);
    const k = this.#key;
    let [i, j] = [1, 0];
    const step = (mul: number, plus: number, sign: 1 | -1): void => {
      k[i] = ((k[i]! ^ Math.imul(k[i - 1]! ^ (k[i - 1]! >>> 30), mul)) + sign * plus) >>> 0;
      if (++i >= N) { k[0] = k[N - 1]!; i = 1; }
    };
    for (let n = Math.max(N, init.length); n > 0; n--) { step(1664525, init[j]! + j, 1); if (++j >= init.length) j = 0; }
    for (let n = N - 1; n > 0; n--) step(1566083941, i, -1);
    k[0] = 0x80000000;
    this.#at = N;
  }
  /** 32 random bits. */
  uint32(): number {
    const k = this.#key;
    if (this.#at === N) {
      for (let i = 0; i < N; i++) {
        const y = (k[i]! & 0x80000000) | (k[(i + 1) % N]! & 0x7fffffff);
        k[i] = k[(i + M) % N]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      this.#at = 0;
    }
    let y = k[this.#at++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }
  /** A double in [0, 1) from 53 bits. */
  double(): number { const a = this.uint32() >>> 5; const b = this.uint32() >>> 6; return (a * 67108864 + b) / 9007199254740992; }
  gauss(): number {
    if (this.#gauss !== null) { const g = this.#gauss; this.#gauss = null; return g; }
    for (;;) {
      const x = 2 * this.double() - 1;
      const y = 2 * this.double() - 1;
      const r = x * x + y * y;
      if (r >= 1 || r === 0) continue;
      const f = Math.sqrt(-2 * Math.log(r) / r);
      this.#gauss = f * x;
      return f * y;
    }
  }
  /** An integer in [0, max], by masked rejection; one word up to 2^32 - 1, two beyond. */
  interval(max: number): number {
    if (max === 0) return 0;
    if (max <= 0xffffffff) {
      const mask = maskOf(max);
      for (;;) { const v = (this.uint32() & mask) >>> 0; if (v <= max) return v; }
    }
    const high = maskOf(Math.floor(max / 2 ** 32));
    for (;;) { const v = ((this.uint32() & high) >>> 0) * 2 ** 32 + this.uint32(); if (v <= max) return v; }
  }

  // --- numpy's functions ------------------------------------------------------------------------------------------------

  #fill(size: Dynamic, f: () => number): Dynamic {
    if (size === undefined || size === null) return f();
    const shape = shapeOf(size);
    const out = new Float64Array(sizeOf(shape));
    for (let i = 0; i < out.length; i++) out[i] = f();
    return scalarOr(new NDArray(float64, shape, out));
  }
  /** A parameter may be an array: one draw an element. */
  #with(a: Dynamic, b: Dynamic, size: Dynamic, f: (x: number, y: number) => number): Dynamic {
    if (typeof a !== 'object' && typeof b !== 'object') return this.#fill(size, () => f(Number(a), Number(b)));
    const [x, y] = [asArray(a), asArray(b)];
    const shape = size === undefined || size === null ? broadcast(x.shape, y.shape) : shapeOf(size);
    const [i, j, p, q] = [positions(x.shape, shape), positions(y.shape, shape), numbersOf(x), numbersOf(y)];
    return fromNumbers(Float64Array.from({ length: sizeOf(shape) }, (_, k) => f(p[i(k)]!, q[j(k)]!)), shape, float64);
  }
  rand(...shape: readonly Dynamic[]): Dynamic { return this.#fill(shape.length === 0 ? undefined : shape, () => this.double()); }
  random_sample(size?: Dynamic): Dynamic { return this.#fill(options(size, 'size'), () => this.double()); }
  random(size?: Dynamic): Dynamic { return this.random_sample(size); }
  randn(...shape: readonly Dynamic[]): Dynamic { return this.#fill(shape.length === 0 ? undefined : shape, () => this.gauss()); }
  standard_normal(size?: Dynamic): Dynamic { return this.#fill(options(size, 'size'), () => this.gauss()); }
  normal(...args: readonly Dynamic[]): Dynamic {
    const [loc = 0, scale = 1, size] = bound(args, ['loc', 'scale', 'size']);
    return this.#with(loc, scale, size, (m, s) => m + s * this.gauss());
  }
  uniform(...args: readonly Dynamic[]): Dynamic {
    const [low = 0, high = 1, size] = bound(args, ['low', 'high', 'size']);
    return this.#with(low, high, size, (a, b) => a + (b - a) * this.double());
  }
  randint(...args: readonly Dynamic[]): Dynamic {
    const [a, b, size, dtype] = bound(args, ['low', 'high', 'size', 'dtype']);
    const [low, high] = b === undefined || b === null ? [0, Number(a)] : [Number(a), Number(b)];
    if (!(high > low)) throw new ValueError('low >= high');
    const d = dtype === undefined ? int64 : dtypeOf(dtype as DTypeLike);
    const one = (): number => low + this.interval(high - 1 - low);
    if (size === undefined || size === null) return one();
    const shape = shapeOf(size);
    return scalarOr(fromNumbers(Float64Array.from({ length: sizeOf(shape) }, one), shape, d));
  }
  /** Shuffles a list or the rows of an array in place. */
  shuffle(x: Dynamic): void {
    const n = x instanceof NDArray ? x.shape[0]! : (x as unknown[]).length;
    const width = x instanceof NDArray ? sizeOf(x.shape.slice(1)) : 1;
    const data = (x instanceof NDArray ? x.data : x) as unknown[];
    for (let i = n - 1; i > 0; i--) {
      const j = this.interval(i);
      for (let k = 0; k < width; k++) [data[i * width + k], data[j * width + k]] = [data[j * width + k], data[i * width + k]];
    }
  }
  permutation(x: Dynamic): Dynamic {
    const n = typeof x === 'number' || typeof x === 'bigint' ? Number(x) : undefined;
    const a = n === undefined ? asArray(x) : undefined;
    const index = fromNumbers(Float64Array.from({ length: n ?? a!.shape[0]! }, (_, i) => i), [n ?? a!.shape[0]!], int64);
    this.shuffle(index);
    return a ? getArray(a, [index]) : index;
  }
  choice(...args: readonly Dynamic[]): Dynamic {
    const [from, size, replace = true, p] = bound(args, ['a', 'size', 'replace', 'p']);
    const a = typeof from === 'number' ? fromNumbers(Float64Array.from({ length: from }, (_, i) => i), [from], int64) : asArray(from);
    const n = a.shape[0]!;
    const shape = size === undefined || size === null ? [] : shapeOf(size);
    const count = sizeOf(shape);
    let picks: number[];
    if (p !== undefined && p !== null) picks = this.#weighted(Array.from(numbersOf(asArray(p))), count, Boolean(replace));
    else if (replace) picks = Array.from({ length: count }, () => this.interval(n - 1));
    else {
      if (count > n) throw new ValueError('Cannot take a larger sample than population when \'replace=False\'');
      picks = Array.from(numbersOf(this.permutation(n) as NDArray)).slice(0, count);
    }
    return getArray(a, [size === undefined || size === null ? picks[0] : fromNumbers(picks, shape, int64)]);
  }
  #weighted(p: number[], count: number, replace: boolean): number[] {
    if (Math.abs(p.reduce((a, b) => a + b, 0) - 1) > 1.5e-8) throw new ValueError('probabilities do not sum to 1');
    const search = (cdf: readonly number[], u: number): number => { const i = cdf.findIndex((c) => u < c); return i < 0 ? cdf.length - 1 : i; };
    const cumulative = (w: readonly number[]): number[] => { let s = 0; const c = w.map((x) => (s += x)); return c.map((x) => x / s); };
    if (replace) { const cdf = cumulative(p); return Array.from({ length: count }, () => this.double()).map((u) => search(cdf, u)); }
    const found: number[] = [];
    const left = [...p];
    while (found.length < count) {
      const draws = Array.from({ length: count - found.length }, () => this.double());
      for (const i of found) left[i] = 0;
      const cdf = cumulative(left);
      const fresh = draws.map((u) => search(cdf, u)).filter((i, k, all) => all.indexOf(i) === k);
      found.push(...fresh);
    }
    return found;
  }
}

function maskOf(max: number): number {
  let m = max >>> 0;
  for (const s of [1, 2, 4, 8, 16]) m |= m >>> s;
  return m >>> 0;
}
/** Arguments by position, the rest by name in a last object. */
function bound(args: readonly Dynamic[], names: readonly string[]): Dynamic[] {
  const last: unknown = args.at(-1);
  const named = typeof last === 'object' && last !== null && Object.getPrototypeOf(last) === Object.prototype ? last as Record<string, unknown> : undefined;
  const positional = named ? args.slice(0, -1) : args;
  return names.map((n, i) => positional[i] ?? named?.[n]);
}
function options(v: Dynamic, name: string): Dynamic { return bound([v], [name])[0]; }

const shared = new RandomState();
const of = <K extends keyof RandomState>(k: K): RandomState[K] => ((...a: never[]) => (shared[k] as (...x: never[]) => unknown)(...a)) as unknown as RandomState[K];
/** `np.random`: one generator for the whole program. */
export const random = {
  RandomState, seed: of('seed'), rand: of('rand'), randn: of('randn'), randint: of('randint'), random: of('random'), randomSample: of('random_sample'), normal: of('normal'), standardNormal: of('standard_normal'),
  uniform: of('uniform'), shuffle: of('shuffle'), permutation: of('permutation'), choice: of('choice'),
} as const;
