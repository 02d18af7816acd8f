// Plain gradient descent. Follows python/training/gradient_descent.py and core/ops/training_ops.cc (1.15).
import type { Operation, Tensor } from '../../graph/tensor.ts';
import { bind } from '../api.ts';
import './training_ops.ts';
import type { Variable } from '../variables.ts';
import { type Hyper, Optimizer } from './optimizer.ts';

export interface GradientDescentOptions { learningRate: Hyper; useLocking?: boolean; name?: string }
const ORDER = ['learningRate', 'useLocking', 'name'] as const;

/** `tf.train.GradientDescentOptimizer`: var -= learningRate * grad. */
export class GradientDescentOptimizer extends Optimizer {
  readonly #learningRate: Hyper;
  #rate!: Tensor;
  constructor(learningRate: Hyper, ...rest: unknown[]);
  constructor(options: GradientDescentOptions);
  constructor(...args: unknown[]) {
    const p = bind('__init__', ORDER, new Set<string>(ORDER), args, { required: 1 }) as unknown as GradientDescentOptions;
    super(p.useLocking ?? false, p.name ?? 'GradientDescent');
    this.#learningRate = p.learningRate;
  }
  protected override prepare(): void { this.#rate = this.hyper(this.#learningRate, 'learning_rate'); }
  protected override applyDense(grad: Tensor, v: Variable): Operation {
    return this.apply('ApplyGradientDescent', v, grad, (cast) => [cast(this.#rate), grad]);
  }
}
