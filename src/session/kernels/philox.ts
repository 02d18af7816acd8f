// Philox4x32-10, the counter-based generator behind TF's random ops: a key of two words and a counter of four, each
// counter value giving four random words. Follows tensorflow/core/lib/random/philox_random.h.

/** Multipliers of a round, and what it adds to the key. */
export const M0 = 0xd2511f53, M1 = 0xcd9e8d57, W0 = 0x9e3779b9, W1 = 0xbb67ae85;

/** High 32 bits of the product of two unsigned words. */
function mulHigh(a: number, b: number): number {
  const al = a & 0xffff, ah = a >>> 16, bl = b & 0xffff, bh = b >>> 16;
  const mid = ah * bl + ((al * bl) >>> 16); // < 2^32
  const low = al * bh + (mid & 0xffff); // < 2^32
  return (ah * bh + Math.floor(mid / 65536) + Math.floor(low / 65536)) >>> 0;
}

/** A position in one random stream. Mutable; `clone` before skipping ahead on the side. */
export class Philox {
  readonly #key: readonly [number, number];
  readonly #counter: Uint32Array;

  constructor(key: readonly [number, number], counter: ArrayLike<number>) {
    this.#key = [key[0] >>> 0, key[1] >>> 0];
    this.#counter = Uint32Array.from(counter);
  }
  /** The stream of a TF op: `seed` is the key, `seed2` the upper half of the counter. */
  static seeded(seed: bigint, seed2: bigint): Philox {
    const word = (v: bigint, k: bigint): number => Number((v >> (32n * k)) & 0xffffffffn);
    return new Philox([word(seed, 0n), word(seed, 1n)], [0, 0, word(seed2, 0n), word(seed2, 1n)]);
  }
  clone(): Philox { return new Philox(this.#key, this.#counter); }
  get key(): readonly [number, number] { return this.#key; }
  get counter(): readonly number[] { return Array.from(this.#counter); }

  /** Moves on by that many blocks of four words (up to 2^64). */
  skip(blocks: number | bigint): this {
    const n = BigInt(blocks);
    const c = this.#counter;
    let carry = n;
    for (let i = 0; i < 4; i++) {
      const s = BigInt(c[i]!) + (carry & 0xffffffffn);
      c[i] = Number(s & 0xffffffffn);
      carry = (carry >> 32n) + (s >> 32n);
    }
    return this;
  }

  /** Writes the next four words to out[at..at+3] and moves on by one block. */
  next(out: Uint32Array, at = 0): void {
    const c = this.#counter;
    let c0 = c[0]!, c1 = c[1]!, c2 = c[2]!, c3 = c[3]!;
    let k0 = this.#key[0], k1 = this.#key[1];
    for (let round = 0; round < 10; round++) {
      const hi0 = mulHigh(M0, c0), lo0 = Math.imul(M0, c0) >>> 0;
      const hi1 = mulHigh(M1, c2), lo1 = Math.imul(M1, c2) >>> 0;
      c0 = (hi1 ^ c1 ^ k0) >>> 0;
      c1 = lo1;
      c2 = (hi0 ^ c3 ^ k1) >>> 0;
      c3 = lo0;
      k0 = (k0 + W0) >>> 0;
      k1 = (k1 + W1) >>> 0;
    }
    out[at] = c0; out[at + 1] = c1; out[at + 2] = c2; out[at + 3] = c3;
    for (let i = 0; i < 4; i++) { c[i] = c[i]! + 1; if (c[i] !== 0) break; } // the words wrap
  }
}

/** Draws a stream word by word. */
export class Words {
  readonly #source: Philox;
  readonly #block = new Uint32Array(4);
  #used = 4;
  constructor(source: Philox) { this.#source = source; }
  next(): number {
    if (this.#used === 4) { this.#source.next(this.#block); this.#used = 0; }
    return this.#block[this.#used++]!;
  }
}

const bits = new Uint32Array(2);
const asFloat = new Float32Array(bits.buffer);
const asDouble = new Float64Array(bits.buffer);

/** 23 random bits -> [0, 1). */
export function toFloat(x: number): number { bits[0] = 0x3f800000 | (x & 0x7fffff); return asFloat[0]! - 1; }
/** 52 random bits -> [0, 1). */
export function toDouble(x0: number, x1: number): number { bits[0] = x1; bits[1] = 0x3ff00000 | (x0 & 0xfffff); return asDouble[0]! - 1; }
