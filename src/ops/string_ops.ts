// Op blocks and functions of strings. Follows python/ops/string_ops.py and core/ops/string_ops.cc.
import { SCALAR_SHAPE, TensorShape, UNKNOWN_SHAPE } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import type { TensorLike } from './convert.ts';
import { op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { unchangedShape } from './shape_fns.ts';

defineOp('StringJoin', {
  shape: (c) => {
    const shapes = c.inputs().map((t) => t.shape);
    if (shapes.every((s) => s.ndims === 0)) return [SCALAR_SHAPE];
    // An input of unknown rank may still be a scalar, so it says nothing.
    return [shapes.filter((s) => s.ndims !== null && s.ndims !== 0).reduce<TensorShape>((a, b) => c.merge(a, b), UNKNOWN_SHAPE)];
  },
  grad: null,
});
/** `tf.string_join` (`tf.strings.join`): strings of equal shapes (or scalars) joined element by element, with `separator` between. */
export const stringJoin = api('stringJoin', ['inputs', 'separator', 'name'], (p: { inputs: readonly TensorLike[]; separator?: string | null; name?: string | null }): Tensor =>
  op1('StringJoin', [p.inputs], { separator: p.separator ?? '' }, p.name), { required: 1 });

defineOp('AsString', { shape: unchangedShape, grad: null });
/** `tf.as_string` (`tf.strings.as_string`): numbers and bools as C's printf prints them. `precision`: digits after the point
 * (6); `scientific`: `%e`; `shortest`: `%g`; `width` and `fill` (one of ` `, `0`, `-`, `+`): padding. */
export const asString = api('asString', ['input', 'precision', 'scientific', 'shortest', 'width', 'fill', 'name'], (p: {
  input: TensorLike; precision?: number; scientific?: boolean; shortest?: boolean; width?: number; fill?: string; name?: string | null;
}): Tensor => op1('AsString', [p.input], {
  precision: p.precision ?? -1, scientific: p.scientific ?? false, shortest: p.shortest ?? false, width: p.width ?? -1, fill: p.fill ?? '',
}, p.name), { required: 1 });
