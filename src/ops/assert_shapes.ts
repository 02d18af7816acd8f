// `tf.debugging.assert_shapes`: shapes by sizes and by names of sizes. Follows python/ops/check_ops.py (1.15).
import { ValueError } from '../graph/errors.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { rank, shape as shapeOf } from './array_shape.ts';
import { ellipsis } from './array_slice.ts';
import { constant } from './array_values.ts';
import { afterOps, inScope, scalarOf } from './building.ts';
import { assertRank, assertRankAtLeast, assertRankIn } from './check_ops.ts';
import { cond } from './cond.ts';
import { group } from './control_flow_ops.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { assertOp } from './logging_ops.ts';
import { int32 } from '../graph/dtype.ts';
import { equal } from './math_logic.ts';
import { pythonStr } from './make_array.ts';
import './tensor_operators.ts';

/** A size, a name of one, null or '.' for any; `tf.ellipsis` or '*' in front for any number of them. */
export type SizeSymbol = number | string | null | typeof ellipsis;
type Size = number | Tensor;
interface Sizes { readonly x: Tensor; readonly open: boolean; readonly actual: (i: number) => Size; readonly symbols: readonly SizeSymbol[] }

function actualSizes(x: Tensor): (i: number) => Size {
  const dynamic = shapeOf(x), { dims } = x.shape;
  if (dims?.length === 0) return () => 1;
  if (dims !== null) {
    const sizes: Size[] = dims.map((d, i) => d ?? dynamic.at(i));
    return (i) => sizes.at(i)!;
  }
  const sizes = cond(equal(rank(x), 0), () => constant([1], { dtype: int32 }), () => dynamic) as Tensor;
  return (i) => sizes.at(i);
}
const isOpen = (s: unknown): boolean => s === ellipsis || s === '*';
function sizesOf(x: Tensor, symbolic: readonly SizeSymbol[], message: string): Sizes {
  if (!Array.isArray(symbolic)) throw new ValueError(`${message}.  Tensor ${x.name}.  Specified shape must be an iterable.  An iterable has the attribute \`__iter__\` or \`__getitem__\`.  Received specified shape: ${pythonStr(symbolic)}`);
  symbolic.forEach((s, i) => {
    if (isOpen(s) && i !== 0) throw new ValueError(`${message}.  Tensor ${x.name} specified shape index ${i}.  Symbol \`...\` or \`*\` for a variable number of unspecified dimensions is only allowed as the first entry`);
  });
  const open = isOpen(symbolic[0]), symbols = open ? symbolic.slice(1) : symbolic;
  return { x, open, actual: actualSizes(x), symbols: symbols.length === 0 ? [1] : symbols };
}
const known = (s: SizeSymbol | Size): s is number => typeof s === 'number';

interface Shapes { shapes: readonly (readonly [TensorLike, readonly SizeSymbol[] | null])[] | ReadonlyMap<TensorLike, readonly SizeSymbol[] | null>; data?: readonly TensorLike[] | null; summarize?: number | null; message?: string | null; name?: string | null }
/** `tf.debugging.assert_shapes`: an operation that fails unless tensors have the shapes said: pairs of a tensor and sizes; the same name is the same size everywhere.
 * Errors: ValueError for what is known while building; InvalidArgumentError in the run. */
export const assertShapes = api('assertShapes', ['shapes', 'data', 'summarize', 'message', 'name'], (p: Shapes): Operation => {
  const pairs = p.shapes instanceof Map ? [...p.shapes as ReadonlyMap<TensorLike, readonly SizeSymbol[] | null>] : p.shapes as readonly (readonly [TensorLike, readonly SizeSymbol[] | null])[];
  const message = p.message ?? '', common = { data: p.data ?? null, summarize: p.summarize ?? null, message, name: p.name ?? null };
  return inScope(p.name, 'assert_shapes', pairs.map(([t]) => t), () => {
    const constraints = pairs.filter(([, s]) => s !== null).map(([t, s]) => [convertToTensor(t), s!] as const);
    const all = constraints.map(([x, s]) => sizesOf(x, s, message));
    const ranks = all.flatMap((s) => {
      const n = s.symbols.length, few = n < 2;
      if (s.open) return few ? [] : [assertRankAtLeast({ x: s.x, rank: n, ...common })];
      return [few ? assertRankIn({ x: s.x, ranks: [0, 1], ...common }) : assertRank({ x: s.x, rank: n, ...common })];
    });
    const checks: Operation[] = [], specified = new Map<string, { size: Size; by: Tensor; at: number }>();
    for (const s of all) {
      s.symbols.forEach((symbol, i) => {
        if (symbol === null || symbol === '.' || typeof symbol === 'symbol') return;
        const at = s.open ? i - s.symbols.length : i, before = typeof symbol === 'string' ? specified.get(symbol) : undefined;
        if (!known(symbol) && !before) { specified.set(symbol, { size: s.actual(at), by: s.x, at }); return; }
        const want: Size = known(symbol) ? symbol : before!.size, why = known(symbol) ? 'Specified explicitly' : `Specified by tensor ${before!.by.name} dimension ${before!.at}`;
        const have = s.actual(at);
        if (known(have) && known(want)) {
          if (have !== want) throw new ValueError(`${message}.  ${why}.  Tensor ${s.x.name} dimension ${at} must have size ${want}.  Received size ${have}, shape ${s.x.shape}`);
          return;
        }
        const index = (v: Size): TensorLike => (known(v) ? scalarOf(v, int32) : v);
        const condition = equal(convertToTensor(index(have)), convertToTensor(index(want)));
        checks.push(assertOp(condition, p.data ?? [message, why, `Tensor ${s.x.name} dimension`, index(at), 'must have size', index(want), 'Received shape: ', shapeOf(s.x)], p.summarize));
      });
    }
    return afterOps(ranks, () => group(checks));
  });
}, { required: 1 });
