// Elementwise loops: a row of the arithmetic table, run once over expressions, becomes a function for a structure of
// operands (dtypes, which of them repeat); shapes and addresses are its arguments.
import type { DType } from '../../graph/dtype.ts';
import type { FloatArith, Pair } from '../kernels/arith.ts';
import { broadcastStrides, sameShape, stridesOf } from '../kernels/common.ts';
import { collapse, type TestRow, type ValueRow } from '../kernels/compute.ts';
import { FloatExprs, IntExprs } from '../jit/arith.ts';
import { type Expr, ExprPool } from '../jit/expr.ts';
import { bytesOf, laneStorage, type Lanes, type LaneStorage, type LaneStore, loadLanes, narrowMask, partsOf, storeLanes } from '../jit/lanes.ts';
import { loopFunction, weaveOf } from '../jit/loops.ts';
import type { Code, Kit, WasmValue } from './kit.ts';
import { copyBox } from './move.ts';
import type { Grow } from './stages.ts';

/** Elements of an input where they lie. */
export interface Input { readonly address: number; readonly storage: LaneStorage; readonly shape: readonly number[] }
export function inputOf(v: WasmValue): Input { return { address: v.address, storage: laneStorage(v.type.storage), shape: v.shape }; }

/** From the lanes of the inputs to the lanes of each output. */
export type Body = (pool: ExprPool, x: readonly Lanes[]) => readonly Lanes[];

/** Groups of four done in one call: short enough that optimised code is soon picked up. */
const GROUPS = 16384;
/** Multiplications of a matrix product that take as long as an element. */
export const ELEMENT = 8;
/** Rows shorter than this are not worth a loop of their own. */
const SHORT = 8;

/** A compiled loop over operands of known shapes: only addresses are missing. */
export interface Loop {
  run(k: Kit, outs: readonly number[], inputs: readonly number[], grow?: Grow): void;
  /** The same for fixed addresses, where it is one call. */
  bind?(outs: readonly number[], inputs: readonly number[]): () => void;
  /** Whether a result may be written over an input of its shape. */
  overwrites(out: number, input: number): boolean;
}
const always = (): boolean => true;
/** What an operand looks like wherever it lies. `strides`: steps of its axes in elements, when they do not lie one in the other. `within`: only these
 * of its elements (from, to) are there, the others are 0; it has the shape of the loop then. */
export interface Operand { readonly storage: LaneStorage; readonly shape: readonly number[]; readonly strides?: readonly number[] | undefined; readonly within?: readonly [number, number] | undefined }
/** Steps of an operand along the axes of a loop that it broadcasts to. */
export function stepsOf(a: Operand, shape: readonly number[]): number[] {
  const { strides } = a, lead = shape.length - a.shape.length;
  return strides ? shape.map((_, i) => (i < lead || a.shape[i - lead] === 1 ? 0 : strides[i - lead]!)) : broadcastStrides(a.shape, shape);
}
/** Whether the elements of an operand are those of the loop, one after the other. */
export function isWhole(a: Operand, shape: readonly number[]): boolean { return !a.strides && sameShape(a.shape, shape); }

/** Compiles a body for all elements of `shape`, which the inputs broadcast to. */
export function planLoop(k: Kit, key: string, body: Body, shape: readonly number[], outs: readonly LaneStorage[], inputs: readonly Operand[]): Loop {
  let n = 1;
  for (const d of shape) n *= d;
  const same = inputs.map((a) => isWhole(a, shape));
  if (inputs.every((a, i) => same[i] || a.shape.every((d) => d === 1))) {
    const code = codeFor(k, key, body, outs, inputs, same.map((s) => !s));
    return { run: (kit, o, x) => { kit.divide(n, 4, n * ELEMENT, () => (first, count) => { flatCalls(code, first, first + count, outs, inputs, o, x, same); }); }, overwrites: always, ...(n > 0 && n <= 4 * GROUPS ? { bind: (o, x) => bound(code, [1, Math.ceil(n / 4), ...[...o, ...x].flatMap((at) => [at, 0])]) } : {}) };
  }
  const { dims, strides } = collapse(shape, inputs.map((a) => stepsOf(a, shape)));
  const inner = dims[dims.length - 1]!;
  if (inner < SHORT && n > SHORT) {
    const copied = inputs.map((a, i) => !same[i] && !a.shape.every((d) => d === 1));
    const loop = planLoop(k, key, body, shape, outs, inputs.map((a, i): Operand => (copied[i] ? { storage: a.storage, shape } : a)));
    return { run: (kit, o, x) => {
      loop.run(kit, o, x.map((address, i) => {
        if (!copied[i]) return address;
        const a = inputs[i]!, to = kit.scratch(n * bytesOf(a.storage));
        copyBox(kit, bytesOf(a.storage), address, stepsOf(a, shape), to, stridesOf(shape), shape);
        return to;
      }));
    }, overwrites: always };
  }
  const code = codeFor(k, key, body, outs, inputs, strides.map((s) => s[s.length - 1] === 0));
  // Where rows do not end with a group of four, the end of one is written before the next is read.
  const rows = n / inner, whole = inner % 4 === 0;
  return { run: (kit, o, x) => { kit.divide(rows, whole ? 1 : rows, n * ELEMENT, () => (first, count) => { rowCalls(code, dims, strides, outs, inputs, o, x, first, first + count); }); }, overwrites: () => whole };
}

/** Runs a body once. */
export function runLoop(k: Kit, key: string, body: Body, shape: readonly number[], outs: readonly { readonly address: number; readonly storage: LaneStorage }[], inputs: readonly Input[]): void {
  planLoop(k, key, body, shape, outs.map((o) => o.storage), inputs).run(k, outs.map((o) => o.address), inputs.map((a) => a.address));
}

/** Calls code; without spreading a list of arguments where that is short. */
export function invoke(code: Code, a: readonly number[]): void {
  switch (a.length) {
    case 4: code(a[0]!, a[1]!, a[2]!, a[3]!); return;
    case 6: code(a[0]!, a[1]!, a[2]!, a[3]!, a[4]!, a[5]!); return;
    case 8: code(a[0]!, a[1]!, a[2]!, a[3]!, a[4]!, a[5]!, a[6]!, a[7]!); return;
    case 10: code(a[0]!, a[1]!, a[2]!, a[3]!, a[4]!, a[5]!, a[6]!, a[7]!, a[8]!, a[9]!); return;
    default: code(...a);
  }
}

/** A call that is always the same. */
function bound(code: Code, a: readonly number[]): () => void {
  const [n, m, x0, s0, x1, s1, x2, s2] = a as [number, number, number, number, number, number, number, number];
  switch (a.length) {
    case 6: return () => { code(n, m, x0, s0, x1, s1); };
    case 8: return () => { code(n, m, x0, s0, x1, s1, x2, s2); };
    default: return () => { code(...a); };
  }
}

/** Elements from one to another, as one row. */
function flatCalls(code: Code, first: number, last: number, outs: readonly LaneStorage[], inputs: readonly Operand[], to: readonly number[], from: readonly number[], same: readonly boolean[]): void {
  for (let g = first / 4, end = Math.ceil(last / 4); g < end; g += GROUPS) {
    const args = [1, Math.min(GROUPS, end - g)];
    for (let i = 0; i < outs.length; i++) args.push(to[i]! + 4 * g * bytesOf(outs[i]!), 0);
    for (let i = 0; i < inputs.length; i++) args.push(same[i] ? from[i]! + 4 * g * bytesOf(inputs[i]!.storage) : from[i]!, 0);
    invoke(code, args);
  }
}

/** Rows of the last axis, all or from one to another. */
export function rowCalls(code: Code, dims: readonly number[], strides: readonly (readonly number[])[], outs: readonly LaneStorage[], inputs: readonly Operand[], to: readonly number[], from: readonly number[], first = 0, last = rowsOf(dims)): void {
  const rank = dims.length, inner = dims[rank - 1]!, groups = Math.ceil(inner / 4), rows = rank > 1 ? dims[rank - 2]! : 1, most = Math.max(1, Math.floor(GROUPS / groups));
  for (let row = first; row < last;) {
    const within = row % rows, count = Math.min(most, rows - within, last - row), args = [count, groups];
    outs.forEach((o, i) => args.push(to[i]! + row * inner * bytesOf(o), inner * bytesOf(o)));
    inputs.forEach((a, i) => {
      const s = strides[i]!, step = rank > 1 ? s[rank - 2]! : 0;
      let offset = within * step;
      for (let d = rank - 3, n = Math.floor(row / rows); d >= 0; n = Math.floor(n / dims[d--]!)) offset += n % dims[d]! * s[d]!;
      args.push(from[i]! + offset * bytesOf(a.storage), step * bytesOf(a.storage));
    });
    invoke(code, args);
    row += count;
  }
}
function rowsOf(dims: readonly number[]): number { return dims.slice(0, -1).reduce((n, d) => n * d, 1); }

/** The loop of a body for operands of these storages, made once. `lanes`: outputs that are lanes of sums. */
export function codeFor(k: Kit, key: string, body: Body, outs: readonly LaneStorage[], inputs: readonly Operand[], splat: readonly boolean[], lanes: readonly boolean[] = []): Code {
  const name = `${key}|${outs.map((o, i) => (lanes[i] ? '+' : o)).join()}|${inputs.map((a, i) => `${a.storage}${splat[i] ? '*' : ''}`).join()}`;
  const known = k.known(name);
  if (known) return known['f']!;
  const pool = new ExprPool();
  /** The stores of some groups, side by side. */
  const stores = (groups: number): LaneStore[][] => {
    const results = Array.from({ length: groups }, (_, g) => body(pool, inputs.map((a, i) => loadLanes(pool, a.storage, i, splat[i]!, g))));
    return outs.map((o, i) => results.flatMap((r, g) => storeLanes(pool, o, r[i]!, g)));
  };
  const single = stores(1), groups = lanes.includes(true) ? 1 : weaveOf(single), woven = groups > 1 ? { groups, stores: stores(groups) } : undefined;
  return k.code(name, () => loopFunction(
    outs.map((storage, i) => ({ storage, splat: false, lanes: lanes[i] ?? false })),
    inputs.map((a, i) => ({ storage: a.storage, splat: splat[i]! })),
    single, woven,
  ));
}

// ---- rows of the arithmetic table as bodies

type Kind = 'float' | 'int' | 'complex' | 'bool';
function kindOf(s: LaneStorage): Kind {
  switch (s) {
    case 'f16': case 'bf16': case 'f32': case 'f64': return 'float';
    case 'c64': case 'c128': return 'complex';
    case 'bool': return 'bool';
    default: return 'int';
  }
}
export function floats(pool: ExprPool, s: LaneStorage): FloatExprs { return new FloatExprs(pool, s === 'f64' || s === 'c128' ? 64 : 32); }
function ints(pool: ExprPool, s: LaneStorage): IntExprs { return new IntExprs(pool, s === 'i64' || s === 'u64' ? 64 : 32, s !== 'u32' && s !== 'u64'); }

const eachPart = (s: LaneStorage, f: (part: number) => Expr): Expr[] => Array.from({ length: partsOf(s) }, (_, i) => f(i));
function pairsAt(s: LaneStorage, x: readonly Lanes[], part: number): Pair<Expr>[] { return x.map((l) => [l[part]!, l[part + partsOf(s)]!]); }

/** The body of a value row for operands of one dtype; undefined: the row has nothing for it. */
export function valueBody(row: ValueRow, s: LaneStorage): Body | undefined {
  switch (kindOf(s)) {
    case 'float': {
      const f = row.float ?? row.any;
      return f && ((pool, x) => [eachPart(s, (i) => f<Expr, Expr>(floats(pool, s), ...x.map((l) => l[i]!)))]);
    }
    case 'int': {
      const f = row.int ?? row.any;
      return f && ((pool, x) => [eachPart(s, (i) => f<Expr, Expr>(ints(pool, s), ...x.map((l) => l[i]!)))]);
    }
    case 'complex': {
      const f = row.complex;
      return f && ((pool, x) => {
        const z = Array.from({ length: partsOf(s) }, (_, i) => f<Expr, Expr>(floats(pool, s), ...pairsAt(s, x, i)));
        return [[...z.map((p) => p[0]), ...z.map((p) => p[1])]];
      });
    }
    case 'bool': return undefined;
  }
}
/** The body of a test row. */
export function testBody(row: TestRow, s: LaneStorage): Body | undefined {
  switch (kindOf(s)) {
    case 'float': {
      const f = row.float ?? row.any;
      return f && ((pool, x) => [[narrowMask(pool, eachPart(s, (i) => f<Expr, Expr>(floats(pool, s), ...x.map((l) => l[i]!))))]]);
    }
    case 'int': {
      const f = row.any;
      return f && ((pool, x) => [[narrowMask(pool, eachPart(s, (i) => f<Expr, Expr>(ints(pool, s), ...x.map((l) => l[i]!))))]]);
    }
    case 'complex': {
      const f = row.complex;
      return f && ((pool, x) => [[narrowMask(pool, eachPart(s, (i) => f<Expr, Expr>(floats(pool, s), ...pairsAt(s, x, i))))]]);
    }
    case 'bool': {
      const f = row.bool;
      return f && ((pool, x) => [[f<Expr, Expr>(ints(pool, 'i32'), ...x.map((l) => l[0]!))]]);
    }
  }
}
/** The body of a function with several results on real numbers. */
export function realBody(f: <V, M>(o: FloatArith<V, M>, x: readonly V[]) => readonly V[], s: LaneStorage): Body | undefined {
  if (kindOf(s) !== 'float') return undefined;
  return (pool, x) => {
    const parts = Array.from({ length: partsOf(s) }, (_, i) => f<Expr, Expr>(floats(pool, s), x.map((l) => l[i]!)));
    return parts[0]!.map((_, r) => parts.map((p) => p[r]!));
  };
}

/** A new value (its elements stored as `storage`): the row evaluated over the broadcast of the inputs. */
export function mapValue(k: Kit, key: string, body: Body | undefined, type: DType, shape: readonly number[], inputs: readonly Input[], storage: LaneStorage = laneStorage(type.storage)): WasmValue | undefined {
  if (!body) return undefined;
  const out = k.make(type, shape);
  runLoop(k, key, body, shape, [{ address: out.address, storage }], inputs);
  return out;
}
