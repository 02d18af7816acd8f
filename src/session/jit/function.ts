// Builds the body of one WebAssembly function: locals, instructions, structured control flow.
import { Bytes } from './bytes.ts';
import {
  MEMORY, type MemoryOp, MISC, type MiscOp, PLAIN, type PlainOp, SIMD, SIMD_LANE, SIMD_LANE_MEMORY, SIMD_MEMORY, type SimdLaneMemoryOp,
  type SimdLaneOp, type SimdMemoryOp, type SimdOp,
} from './opcodes.ts';

export type ValType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';
export const VAL_TYPES: Readonly<Record<ValType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** Index of a local variable. */
export type Local = number;
/** A block or loop to branch to. */
export interface Label { readonly depth: number }

export class FunctionBuilder {
  readonly params: readonly ValType[];
  readonly results: readonly ValType[];
  readonly code = new Bytes();
  /** Indices of the functions it calls. */
  readonly calls: number[] = [];
  readonly #locals: ValType[] = [];
  #depth = 0;

  constructor(params: readonly ValType[], results: readonly ValType[] = []) { this.params = params; this.results = results; }

  local(type: ValType = 'i32'): Local { return this.params.length + this.#locals.push(type) - 1; }
  get(l: Local): this { this.code.u8(0x20); this.code.u32(l); return this; }
  set(l: Local): this { this.code.u8(0x21); this.code.u32(l); return this; }
  tee(l: Local): this { this.code.u8(0x22); this.code.u32(l); return this; }

  i32(n: number): this { this.code.u8(0x41); this.code.s32(n); return this; }
  i64(n: bigint): this { this.code.u8(0x42); this.code.s64(n); return this; }
  f32(x: number): this { this.code.u8(0x43); this.code.f32(x); return this; }
  f64(x: number): this { this.code.u8(0x44); this.code.f64(x); return this; }
  v128(bytes: Uint8Array): this { this.#simd(0x0c); this.code.raw(bytes); return this; }
  zero(): this { return this.v128(ZERO); }

  op(name: PlainOp): this { this.code.u8(PLAIN[name]); return this; }
  misc(name: MiscOp): this {
    this.code.u8(0xfc);
    this.code.u32(MISC[name]);
    if (name === 'memory.copy') this.code.u8(0);
    if (name === 'memory.copy' || name === 'memory.fill') this.code.u8(0);
    return this;
  }
  simd(name: SimdOp): this { this.#simd(SIMD[name]); return this; }
  lane(name: SimdLaneOp, lane: number): this { this.#simd(SIMD_LANE[name]); this.code.u8(lane); return this; }
  shuffle(bytes: readonly number[]): this { this.#simd(0x0d); for (const b of bytes) this.code.u8(b); return this; }
  mem(name: MemoryOp, offset = 0): this { this.code.u8(MEMORY[name]); this.#where(offset); return this; }
  simdMem(name: SimdMemoryOp, offset = 0): this { this.#simd(SIMD_MEMORY[name]); this.#where(offset); return this; }
  laneMem(name: SimdLaneMemoryOp, lane: number, offset = 0): this { this.#simd(SIMD_LANE_MEMORY[name]); this.#where(offset); this.code.u8(lane); return this; }
  call(index: number): this { this.calls.push(index); this.code.u8(0x10); this.code.u32(index); return this; }

  block(body: (end: Label) => void): this { return this.#structured(0x02, body); }
  loop(body: (again: Label) => void): this { return this.#structured(0x03, body); }
  /** Pops the condition. */
  if(then: () => void, otherwise?: () => void): this {
    return this.#structured(0x04, () => {
      then();
      if (otherwise) { this.code.u8(0x05); otherwise(); }
    });
  }
  br(to: Label): this { this.code.u8(0x0c); this.code.u32(this.#depth - to.depth); return this; }
  brIf(to: Label): this { this.code.u8(0x0d); this.code.u32(this.#depth - to.depth); return this; }

  /** l += n. */
  addConst(l: Local, n: number): this { return this.get(l).i32(n).op('i32.add').set(l); }
  /** l += m. */
  addLocal(l: Local, m: Local): this { return this.get(l).get(m).op('i32.add').set(l); }
  /** sum += the product of the two vectors that `factors` pushes: in two roundings, or in one where that may be (`fused`, relaxed SIMD). */
  accumulate(sum: Local, shape: string, fused: boolean, factors: () => void): this {
    if (!fused) this.get(sum);
    factors();
    return (fused ? this.get(sum).simd(`${shape}.relaxed_madd` as SimdOp) : this.simd(`${shape}.mul` as SimdOp).simd(`${shape}.add` as SimdOp)).set(sum);
  }
  /** Runs the body `count` times (a local that counts down to 0; none when it is 0). */
  repeat(count: Local, body: () => void): this {
    return this.block((end) => {
      this.get(count).op('i32.eqz').brIf(end);
      this.loop((again) => {
        body();
        this.get(count).i32(1).op('i32.sub').tee(count).brIf(again);
      });
    });
  }

  /** The body as the code section wants it. */
  encode(): Bytes {
    const out = new Bytes();
    out.u32(this.#locals.length);
    for (const t of this.#locals) { out.u32(1); out.u8(VAL_TYPES[t]); }
    out.raw(this.code.view());
    out.u8(0x0b);
    return out;
  }

  #simd(n: number): void { this.code.u8(0xfd); this.code.u32(n); }
  #where(offset: number): void { this.code.u32(0); this.code.u32(offset); }
  #structured(opcode: number, body: (label: Label) => void): this {
    this.code.u8(opcode);
    this.code.u8(0x40);
    this.#depth++;
    body({ depth: this.#depth });
    this.#depth--;
    this.code.u8(0x0b);
    return this;
  }
}
const ZERO = new Uint8Array(16);
