// A seeded generator for property tests: the same numbers on every machine.

/** mulberry32. */
export class Random {
  #s: number;
  constructor(seed: number) { this.#s = seed >>> 0; }
  /** [0, 1) */
  next(): number {
    this.#s = (this.#s + 0x6d2b79f5) >>> 0;
    let t = this.#s;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  int(n: number): number { return Math.floor(this.next() * n); }
  between(lo: number, hi: number): number { return lo + this.int(hi - lo + 1); }
  pick<T>(xs: readonly T[]): T { return xs[this.int(xs.length)]!; }
  bool(p = 0.5): boolean { return this.next() < p; }
  floats(n: number, lo = -1, hi = 1): Float32Array { return Float32Array.from({ length: n }, () => lo + (hi - lo) * this.next()); }
  /** k of xs, in their order. */
  sample<T>(xs: readonly T[], k: number): T[] {
    const chosen = new Set<number>();
    while (chosen.size < Math.min(k, xs.length)) chosen.add(this.int(xs.length));
    return [...chosen].sort((a, b) => a - b).map((i) => xs[i]!);
  }
}
