// Elementwise loops: a row of the arithmetic table, run once over expressions, becomes a function for a structure of
// operands (dtypes, which of them repeat); shapes and addresses are its arguments.
import type { DType } from '../../graph/dtype.ts';
import type { FloatArith, Pair } from '../kernels/arith.ts';
import { broadcastStrides, sameShape } from '../kernels/common.ts';
import { collapse, type TestRow, type ValueRow } from '../kernels/compute.ts';
import { FloatExprs, IntExprs } from '../jit/arith.ts';
import { type Expr, ExprPool } from '../jit/expr.ts';
import { bytesOf, laneStorage, type Lanes, type LaneStorage, loadLanes, narrowMask, partsOf, storeLanes } from '../jit/lanes.ts';
import { loopFunction } from '../jit/loops.ts';
import type { Code, Kit, WasmValue } from './kit.ts';
import { copyBox } from './move.ts';

/** Elements of an input where they lie. */
export interface Input { readonly address: number; readonly storage: LaneStorage; readonly shape: readonly number[] }
export function inputOf(v: WasmValue): Input { return { address: v.address, storage: laneStorage(v.type.storage), shape: v.shape }; }

/** From the lanes of the inputs to the lanes of each output; undefined: the row has nothing for these dtypes. */
export type Body = (pool: ExprPool, x: readonly Lanes[]) => readonly Lanes[] | undefined;

/** Groups of four done in one call: short enough that optimised code is soon picked up. */
const GROUPS = 16384;
/** Rows shorter than this are not worth a loop of their own. */
const SHORT = 8;

/** Runs a body over all elements of `shape`, which the inputs broadcast to. False: the body has nothing for these dtypes. */
export function runLoop(k: Kit, key: string, body: Body, shape: readonly number[], outs: readonly { readonly address: number; readonly storage: LaneStorage }[], inputs: readonly Input[]): boolean {
  let n = 1;
  for (const d of shape) n *= d;
  const flat = inputs.every((a) => sameShape(a.shape, shape) || a.shape.every((d) => d === 1));
  if (flat) {
    const code = codeFor(k, key, body, outs, inputs, inputs.map((a) => !sameShape(a.shape, shape)));
    if (!code) return false;
    if (n > 0) flatCalls(code, n, outs, inputs, inputs.map((a) => !sameShape(a.shape, shape)));
    return true;
  }
  const { dims, strides } = collapse(shape, inputs.map((a) => broadcastStrides(a.shape, shape)));
  const inner = dims[dims.length - 1]!;
  if (inner < SHORT && n > SHORT) {
    const full = inputs.map((a): Input => {
      if (sameShape(a.shape, shape) || a.shape.every((d) => d === 1)) return a;
      const to = k.scratch(n * bytesOf(a.storage));
      copyBox(k, bytesOf(a.storage), a.address, broadcastStrides(a.shape, shape), to, rowMajor(shape), shape);
      return { ...a, address: to, shape };
    });
    return runLoop(k, key, body, shape, outs, full);
  }
  const splat = strides.map((s) => s[s.length - 1] === 0);
  const code = codeFor(k, key, body, outs, inputs, splat);
  if (!code) return false;
  if (n > 0) rowCalls(code, dims, strides, outs, inputs);
  return true;
}

function flatCalls(code: Code, n: number, outs: readonly { readonly address: number; readonly storage: LaneStorage }[], inputs: readonly Input[], splat: readonly boolean[]): void {
  const groups = Math.ceil(n / 4);
  for (let g = 0; g < groups; g += GROUPS) {
    const args = [1, Math.min(GROUPS, groups - g)];
    for (const o of outs) args.push(o.address + 4 * g * bytesOf(o.storage), 0);
    inputs.forEach((a, i) => args.push(splat[i] ? a.address : a.address + 4 * g * bytesOf(a.storage), 0));
    code(...args);
  }
}

function rowCalls(code: Code, dims: readonly number[], strides: readonly (readonly number[])[], outs: readonly { readonly address: number; readonly storage: LaneStorage }[], inputs: readonly Input[]): void {
  const rank = dims.length, inner = dims[rank - 1]!, groups = Math.ceil(inner / 4);
  const rows = rank > 1 ? dims[rank - 2]! : 1;
  const most = Math.max(1, Math.floor(GROUPS / groups));
  const outer = rank > 2 ? dims.slice(0, rank - 2) : [];
  let done = 0;
  eachIndex(outer, (at) => {
    const offsets = strides.map((s) => at.reduce((t, v, d) => t + v * s[d]!, 0));
    for (let r = 0; r < rows; r += most) {
      const args = [Math.min(most, rows - r), groups];
      for (const o of outs) args.push(o.address + done * bytesOf(o.storage), inner * bytesOf(o.storage));
      inputs.forEach((a, i) => {
        const step = rank > 1 ? strides[i]![rank - 2]! : 0;
        args.push(a.address + (offsets[i]! + r * step) * bytesOf(a.storage), step * bytesOf(a.storage));
      });
      code(...args);
      done += Math.min(most, rows - r) * inner;
    }
  });
}

/** Calls f with every index of a box, in order. */
export function eachIndex(dims: readonly number[], f: (at: readonly number[]) => void): void {
  const at = dims.map(() => 0);
  if (dims.includes(0)) return;
  for (;;) {
    f(at);
    let d = dims.length - 1;
    while (d >= 0 && at[d] === dims[d]! - 1) at[d--] = 0;
    if (d < 0) return;
    at[d]!++;
  }
}
export function rowMajor(shape: readonly number[]): number[] {
  const s = shape.map(() => 1);
  for (let i = shape.length - 2; i >= 0; i--) s[i] = s[i + 1]! * shape[i + 1]!;
  return s;
}

/** The loop of a body for operands of these storages, made once. */
export function codeFor(k: Kit, key: string, body: Body, outs: readonly { readonly storage: LaneStorage }[], inputs: readonly Input[], splat: readonly boolean[]): Code | undefined {
  const name = `${key}|${outs.map((o) => o.storage).join()}|${inputs.map((a, i) => `${a.storage}${splat[i] ? '*' : ''}`).join()}`;
  const known = k.known(name);
  if (known) return known['f'];
  const pool = new ExprPool();
  const results = body(pool, inputs.map((a, i) => loadLanes(pool, a.storage, i, splat[i]!)));
  if (!results) return undefined;
  return k.code(name, () => loopFunction(
    outs.map((o) => ({ storage: o.storage, splat: false })),
    inputs.map((a, i) => ({ storage: a.storage, splat: splat[i]! })),
    outs.map((o, i) => storeLanes(pool, o.storage, results[i]!)),
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

/** The body of a value row for operands of one dtype. */
export function valueBody(row: ValueRow, s: LaneStorage): Body {
  return (pool, x) => {
    switch (kindOf(s)) {
      case 'float': {
        const f = row.float ?? row.any;
        return f && [eachPart(s, (i) => f<Expr, Expr>(floats(pool, s), ...x.map((l) => l[i]!)))];
      }
      case 'int': {
        const f = row.int ?? row.any;
        return f && [eachPart(s, (i) => f<Expr, Expr>(ints(pool, s), ...x.map((l) => l[i]!)))];
      }
      case 'complex': {
        const f = row.complex;
        if (!f) return undefined;
        const z = Array.from({ length: partsOf(s) }, (_, i) => f<Expr, Expr>(floats(pool, s), ...pairsAt(s, x, i)));
        return [[...z.map((p) => p[0]), ...z.map((p) => p[1])]];
      }
      case 'bool': return undefined;
    }
  };
}
/** The body of a test row. */
export function testBody(row: TestRow, s: LaneStorage): Body {
  return (pool, x) => {
    switch (kindOf(s)) {
      case 'float': {
        const f = row.float ?? row.any;
        return f && [[narrowMask(pool, eachPart(s, (i) => f<Expr, Expr>(floats(pool, s), ...x.map((l) => l[i]!))))]];
      }
      case 'int': {
        const f = row.any;
        return f && [[narrowMask(pool, eachPart(s, (i) => f<Expr, Expr>(ints(pool, s), ...x.map((l) => l[i]!))))]];
      }
      case 'complex': {
        const f = row.complex;
        return f && [[narrowMask(pool, eachPart(s, (i) => f<Expr, Expr>(floats(pool, s), ...pairsAt(s, x, i))))]];
      }
      case 'bool': {
        const f = row.bool;
        return f && [[f<Expr, Expr>(ints(pool, 'i32'), ...x.map((l) => l[0]!))]];
      }
    }
  };
}
/** The body of a function with several results on real numbers. */
export function realBody(f: <V, M>(o: FloatArith<V, M>, x: readonly V[]) => readonly V[], s: LaneStorage): Body {
  return (pool, x) => {
    if (kindOf(s) !== 'float') return undefined;
    const parts = Array.from({ length: partsOf(s) }, (_, i) => f<Expr, Expr>(floats(pool, s), x.map((l) => l[i]!)));
    return parts[0]!.map((_, r) => parts.map((p) => p[r]!));
  };
}

/** A new value (its elements stored as `storage`): the row evaluated over the broadcast of the inputs. */
export function mapValue(k: Kit, key: string, body: Body, type: DType, shape: readonly number[], inputs: readonly Input[], storage: LaneStorage = laneStorage(type.storage)): WasmValue | undefined {
  const out = k.make(type, shape);
  return runLoop(k, key, body, shape, [{ address: out.address, storage }], inputs) ? out : undefined;
}
