// Assert and Print: checking and showing values while a run goes on. Follows python/ops/logging_ops.py and Assert in
// python/ops/control_flow_ops.py (1.15).
import { int32, string } from '../graph/dtype.ts';
import { keepSite } from '../graph/site.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { inScope } from './building.ts';
import { cond } from './cond.ts';
import { noOp } from './control_flow_ops.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { applyOp, op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { unchangedShape } from './shape_fns.ts';

defineOp('Assert', { shape: () => [], grad: null });
defineOp('Print', { shape: unchangedShape, grad: (op, ...grads) => [...grads, ...op.inputs.slice(1).map(() => null)] });

interface AssertParams { condition: TensorLike; data: readonly TensorLike[]; summarize?: number | null; name?: string | null }

/**
 * `tf.Assert`: an operation that fails with InvalidArgumentError, listing `data` (the first `summarize` elements of each,
 * default 3; negative: all), unless the boolean scalar `condition` holds. Hang it in a `tf.controlDependencies`. Data that is not all
 * strings and int32 is looked at only when the condition does not hold. Follows python/ops/control_flow_ops.py.
 */
export const Assert = api('Assert', ['condition', 'data', 'summarize', 'name'], (p: AssertParams): Operation => assertOp(p.condition, p.data, p.summarize, p.name), { required: 2, python: 'Assert' });

export function assertOp(condition: TensorLike, data: readonly TensorLike[], summarize?: number | null, name?: string | null): Operation {
  return inScope(name, 'Assert', [condition, data], () => {
    const tensors = data.map((d) => convertToTensor(d));
    const make = (c: TensorLike): Operation => applyOp('Assert', [c, data], { summarize: summarize ?? undefined }, 'Assert');
    if (tensors.every((t) => t.dtype === string || t.dtype === int32)) return make(condition);
    const c = convertToTensor(condition, { name: 'Condition' });
    return cond(c, keepSite(() => noOp()), keepSite(() => make(c)), { name: 'AssertGuard' }).op;
  });
}

interface PrintParams { input_: TensorLike; data: readonly TensorLike[]; message?: string | null; firstN?: number | null; summarize?: number | null; name?: string | null }

/** `tf.Print`: passes `input` through; each run in which it is computed (the first `firstN` times, when given) prints
 * `message` and the first `summarize` elements (default 3) of each tensor of `data` to standard error. Follows
 * python/ops/logging_ops.py. */
export const Print = api('Print', ['input_', 'data', 'message', 'firstN', 'summarize', 'name'], (p: PrintParams): Tensor =>
  op1('Print', [p.input_, p.data], { message: p.message ?? undefined, first_n: p.firstN ?? undefined, summarize: p.summarize ?? undefined }, p.name), { required: 2, python: 'Print', aliases: { input: 'input_' } });
