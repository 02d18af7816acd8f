// An optimizer that keeps averages of what it optimizes; gradients clipped by the norm of those that are not all zeros. Follows
// contrib/opt/python/training/{moving_average_optimizer,multitask_optimizer_wrapper}.py (1.15).
import { InternalFault } from '../../../graph/errors.ts';
import type { Operation, Tensor } from '../../../graph/tensor.ts';
import { api, bind } from '../../api.ts';
import { zeros } from '../../array_values.ts';
import { afterOps } from '../../building.ts';
import { clipByGlobalNorm, globalNorm } from '../../clip_ops.ts';
import { cond } from '../../cond.ts';
import { group } from '../../control_flow_ops.ts';
import type { TensorLike } from '../../convert.ts';
import { equal } from '../../math_logic.ts';
import { countNonzero } from '../../math_reduce.ts';
import type { Grad } from '../../registry.ts';
import { ExponentialMovingAverage } from '../../train/moving_averages.ts';
import { type GradAndVar, type GradAndVarLike, Optimizer } from '../../train/optimizer.ts';
import type { Variable } from '../../variables.ts';

interface Options { opt: Optimizer; averageDecay?: TensorLike; numUpdates?: TensorLike | null; sequentialUpdate?: boolean }
const ORDER = ['opt', 'averageDecay', 'numUpdates', 'sequentialUpdate'] as const;
interface Apply { gradsAndVars: Iterable<GradAndVarLike>; globalStep?: Variable | null; name?: string | null }
const APPLY = ['gradsAndVars', 'globalStep', 'name'] as const;

/** `tf.contrib.opt.MovingAverageOptimizer`: applies gradients by `opt`, then (or, not `sequentialUpdate`, at the same time) moves an exponential average of every variable, of decay
 * `averageDecay` (0.9999). Its swapping saver needs Savers, which are not there yet. */
export class MovingAverageOptimizer extends Optimizer {
  readonly #opt: Optimizer;
  readonly #averages: ExponentialMovingAverage;
  readonly #sequential: boolean;
  constructor(opt: Optimizer, ...rest: unknown[]);
  constructor(options: Options);
  constructor(...args: unknown[]) {
    const p = bind('__init__', ORDER, new Set<string>(ORDER), args, { required: 1 }) as unknown as Options;
    super(false, p.opt.getName());
    this.#opt = p.opt;
    this.#averages = new ExponentialMovingAverage({ decay: p.averageDecay ?? 0.9999, numUpdates: p.numUpdates ?? null });
    this.#sequential = p.sequentialUpdate ?? true;
  }
  override computeGradients(...args: Parameters<Optimizer['computeGradients']>): GradAndVar[] { return this.#opt.computeGradients(...args); }
  override applyGradients(...args: Parameters<Optimizer['applyGradients']>): Operation {
    const p = bind('apply_gradients', APPLY, new Set<string>(APPLY), args, { required: 1 }) as unknown as Apply;
    const pairs = [...p.gradsAndVars];
    const train = this.#opt.applyGradients({ ...p, gradsAndVars: pairs });
    const vars = pairs.filter(([g]) => g !== null).map(([, v]) => v);
    const average = (): Operation => this.#averages.apply(vars);
    return group(train, this.#sequential ? afterOps([train], average) : average(), { name: 'train_with_avg' });
  }
  protected override applyDense(): Operation { throw new InternalFault('the optimizer inside applies gradients'); }
}

interface Clip { gradientsVariables: readonly GradAndVar[]; clipNorm?: TensorLike }
/** `tf.contrib.opt.clip_gradients_by_global_norm`: [pairs with clipped gradients, the norm]: that of the gradients that are not all zeros, at most `clipNorm` (20) after clipping. */
export const clipGradientsByGlobalNorm = api('clipGradientsByGlobalNorm', ['gradientsVariables', 'clipNorm'], (p: Clip): [clipped: GradAndVar[], norm: Tensor] => {
  const grads = p.gradientsVariables.map(([g]) => g);
  const known = grads.map((g): Grad => {
    if (g === null) return null;
    const none = equal(countNonzero(g as TensorLike), 0);
    return cond(none, () => zeros([], g.dtype), () => g as Tensor) as Tensor;
  });
  const norm = globalNorm(known);
  const [clipped] = clipByGlobalNorm(grads, p.clipNorm ?? 20, { useNorm: norm });
  return [clipped.map((g, i): GradAndVar => [g, p.gradientsVariables[i]![1]]), norm];
}, { required: 1 });
