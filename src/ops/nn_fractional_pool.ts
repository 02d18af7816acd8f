// Pools over windows of random sizes. Follows python/ops/{nn_ops,nn_grad}.py and core/ops/nn_ops.cc (1.15).
import { type Dim, TensorShape } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { attrsOf } from './building.ts';
import type { TensorLike } from './convert.ts';
import { applyOp, op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { vector } from './shape_fns.ts';
import type { ShapeFn } from './shape_inference.ts';

/** The pooled shape, and two vectors as long as TensorFlow says: rows and columns (a run gives one more of each). */
const pooled: ShapeFn = (c) => {
  const x = c.withRank(c.input(0), 4).dims!, a = c.attr('pooling_ratio'), ratio = a.kind === 'list' ? a.value.f ?? [] : [];
  if (ratio.length !== 4) c.fail('pooling_ratio field must specify 4 dimensions');
  const dims = x.map((d, i): Dim => (d === null ? null : Math.floor(Math.fround(d / Math.fround(ratio[i]!)))));
  dims.forEach((d, i) => { if (d !== null && d < 0) c.fail(`Size computed for dim ${i} is negative: ${d}`); });
  return [new TensorShape(dims), vector(dims[1]!), vector(dims[2]!)];
};
const OVERLAP = ['overlapping'] as const;
defineOp('FractionalMaxPool', { shape: pooled, grad: (op, g) => [op1('FractionalMaxPoolGrad', [op.inputs[0]!, op.outputs[0]!, g!, op.outputs[1]!, op.outputs[2]!], attrsOf(op, OVERLAP))] });
defineOp('FractionalMaxPoolGrad', { shape: (c) => [c.withRank(c.input(0), 4)] });
defineOp('FractionalAvgPool', {
  shape: pooled,
  grad: (op, g) => [op1('FractionalAvgPoolGrad', [op.inputs[0]!.shape as unknown as TensorLike, g!, op.outputs[1]!, op.outputs[2]!], attrsOf(op, OVERLAP))],
});
defineOp('FractionalAvgPoolGrad', { shape: (c) => [c.withRank(c.valueAsShape(0), 4)] });

interface Fractional { value: TensorLike; poolingRatio: readonly number[]; pseudoRandom?: boolean; overlapping?: boolean; deterministic?: boolean; seed?: number; seed2?: number; name?: string | null }
interface Pooled { readonly output: Tensor; readonly rowPoolingSequence: Tensor; readonly colPoolingSequence: Tensor }
const fractional = (op: string) => (p: Fractional): Pooled => {
  const attrs = { pooling_ratio: p.poolingRatio, pseudo_random: p.pseudoRandom ?? false, overlapping: p.overlapping ?? false, deterministic: p.deterministic ?? false, seed: p.seed ?? 0, seed2: p.seed2 ?? 0 };
  const { outputs } = applyOp(op, [p.value], attrs, p.name);
  return { output: outputs[0]!, rowPoolingSequence: outputs[1]!, colPoolingSequence: outputs[2]! };
};
const ORDER = ['value', 'poolingRatio', 'pseudoRandom', 'overlapping', 'deterministic', 'seed', 'seed2', 'name'] as const;
/** `tf.nn.fractional_max_pool`: the largest values of `value` [batch, height, width, channels] in windows whose sizes make the image smaller by `poolingRatio` [1, rows, columns, 1]: their borders are
 * drawn at random (`pseudoRandom`: evenly spread), `overlapping` windows share a row and a column. With `deterministic` and seeds each run draws the same. A run fails with
 * InvalidArgumentError for seeds without `deterministic`. Returns {output, rowPoolingSequence, colPoolingSequence}, the last two int64: where windows begin. */
export const fractionalMaxPool = api('fractionalMaxPool', ORDER, fractional('FractionalMaxPool'), { required: 2 });
/** `tf.nn.fractional_avg_pool`: the means of such windows. */
export const fractionalAvgPool = api('fractionalAvgPool', ORDER, fractional('FractionalAvgPool'), { required: 2 });
