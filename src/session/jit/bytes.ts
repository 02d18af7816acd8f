// A growable byte array with the number formats of the WebAssembly binary format.

export class Bytes {
  #data = new Uint8Array(256);
  #length = 0;

  get length(): number { return this.#length; }
  /** The bytes written so far (a view, good until the next write). */
  view(): Uint8Array { return this.#data.subarray(0, this.#length); }

  u8(b: number): void {
    if (this.#length === this.#data.length) this.#grow(1);
    this.#data[this.#length++] = b;
  }
  raw(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#data.length) this.#grow(bytes.length);
    this.#data.set(bytes, this.#length);
    this.#length += bytes.length;
  }
  /** Unsigned LEB128. */
  u32(n: number): void {
    let v = n >>> 0;
    while (v >= 0x80) { this.u8((v & 0x7f) | 0x80); v >>>= 7; }
    this.u8(v);
  }
  /** Signed LEB128 of a 32-bit integer. */
  s32(n: number): void {
    let v = n | 0;
    while (v < -64 || v > 63) { this.u8((v & 0x7f) | 0x80); v >>= 7; }
    this.u8(v & 0x7f);
  }
  /** Signed LEB128 of a 64-bit integer. */
  s64(n: bigint): void {
    let v = BigInt.asIntN(64, n);
    while (v < -64n || v > 63n) { this.u8(Number(v & 0x7fn) | 0x80); v >>= 7n; }
    this.u8(Number(v & 0x7fn));
  }
  f32(x: number): void { scratch.setFloat32(0, x, true); for (let i = 0; i < 4; i++) this.u8(scratch.getUint8(i)); }
  f64(x: number): void { scratch.setFloat64(0, x, true); for (let i = 0; i < 8; i++) this.u8(scratch.getUint8(i)); }
  /** A name: length and UTF-8. */
  name(s: string): void { const b = new TextEncoder().encode(s); this.u32(b.length); this.raw(b); }
  /** Length-prefixed contents of another array. */
  sized(b: Bytes): void { this.u32(b.length); this.raw(b.view()); }

  #grow(more: number): void {
    const bigger = new Uint8Array(Math.max(2 * this.#data.length, this.#length + more));
    bigger.set(this.#data.subarray(0, this.#length));
    this.#data = bigger;
  }
}
const scratch = new DataView(new ArrayBuffer(8));
