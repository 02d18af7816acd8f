// A typed expression DAG over 128-bit vectors. Equal expressions are one node (values are pure, so sharing keeps bits).
// `level` says how often a node must be computed: 0 constants, 1 once per row, 2 for every vector.
import type { SimdMemoryOp, SimdOp, PlainOp, SimdLaneOp, MiscOp } from './opcodes.ts';
import type { Callee } from './module.ts';

/** Work done lane by lane in scalar instructions. */
export interface LaneWork {
  readonly extract: SimdLaneOp;
  readonly replace: SimdLaneOp;
  readonly lanes: number;
  /** Between taking the operands out and putting the result in. */
  readonly scalar: { readonly op: PlainOp } | { readonly misc: MiscOp } | { readonly call: Callee };
  /** The last operand is a mask: where no lane of it is set, nothing is done and the result is zero. */
  readonly rare?: boolean;
}

export type Work =
  | { readonly kind: 'const'; readonly bytes: Uint8Array }
  | { readonly kind: 'load'; readonly op: SimdMemoryOp; readonly input: number; readonly offset: number }
  | { readonly kind: 'simd'; readonly op: SimdOp }
  | { readonly kind: 'shift'; readonly op: SimdOp; readonly by: number }
  | { readonly kind: 'shuffle'; readonly bytes: readonly number[] }
  | { readonly kind: 'lanes'; readonly work: LaneWork };

export interface Expr { readonly id: number; readonly work: Work; readonly args: readonly Expr[]; readonly level: 0 | 1 | 2 }

/** Makes nodes, each once. */
export class ExprPool {
  readonly #known = new Map<string, Expr>();

  constant(bytes: Uint8Array): Expr { return this.#node(`c${bytes.join()}`, { kind: 'const', bytes }, [], 0); }
  load(op: SimdMemoryOp, input: number, offset: number, level: 1 | 2): Expr { return this.#node(`l${op},${input},${offset}`, { kind: 'load', op, input, offset }, [], level); }
  simd(op: SimdOp, ...args: Expr[]): Expr { return this.#node(op, { kind: 'simd', op }, args); }
  shift(op: SimdOp, a: Expr, by: number): Expr { return this.#node(`${op}${by}`, { kind: 'shift', op, by }, [a]); }
  shuffle(bytes: readonly number[], a: Expr, b: Expr): Expr { return this.#node(`s${bytes.join()}`, { kind: 'shuffle', bytes }, [a, b]); }
  lanes(work: LaneWork, ...args: Expr[]): Expr { return this.#node(JSON.stringify(work), { kind: 'lanes', work }, args); }

  #node(key: string, work: Work, args: readonly Expr[], level?: 0 | 1 | 2): Expr {
    const full = args.length === 0 ? key : `${key}(${args.map((a) => a.id).join()})`;
    let e = this.#known.get(full);
    if (!e) {
      e = { id: this.#known.size, work, args, level: level ?? args.reduce<0 | 1 | 2>((m, a) => (a.level > m ? a.level : m), 1) };
      this.#known.set(full, e);
    }
    return e;
  }
}

/** Shuffle of whole lanes of `width` bytes: lane i of the result is lane `order[i]` of (a, b). */
export function laneShuffle(width: number, order: readonly number[]): number[] {
  return order.flatMap((l) => Array.from({ length: width }, (_, i) => l * width + i));
}

/** Sixteen bytes of one repeated number. */
export function splatBytes(type: 'f32' | 'f64' | 'i32' | 'i64', x: number | bigint): Uint8Array {
  const out = new Uint8Array(16), v = new DataView(out.buffer);
  for (let at = 0; at < 16;) {
    switch (type) {
      case 'f32': v.setFloat32(at, Number(x), true); at += 4; break;
      case 'i32': v.setInt32(at, Number(x), true); at += 4; break;
      case 'f64': v.setFloat64(at, Number(x), true); at += 8; break;
      case 'i64': v.setBigInt64(at, BigInt.asIntN(64, BigInt(x)), true); at += 8; break;
    }
  }
  return out;
}
