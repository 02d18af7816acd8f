// Plain gradient descent. Follows python/training/gradient_descent.py and core/ops/training_ops.cc (1.15).
import type { Operation, Tensor } from '../../graph/tensor.ts';
import { bind } from '../api.ts';
import { IndexedSlices } from '../indexed_slices.ts';
import { castTensor } from '../math_cast.ts';
import { applyOp } from '../op_def_library.ts';
import { isResourceVariable } from '../resource_variable_ops.ts';
import './training_ops.ts';
import '../tensor_operators.ts';
import type { Variable } from '../variables.ts';
import { callIfCallable, type Done, type Hyper, Optimizer } from './optimizer.ts';

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
  /** Rows that occur twice are subtracted twice: nothing to sum first. */
  protected override applySparseDuplicateIndices(grad: IndexedSlices, v: Variable): Done {
    if (isResourceVariable(v)) {
      return applyOp('ResourceScatterAdd', [v.handle, grad.indices, grad.values.neg().mul(callIfCallable(this.#learningRate))]);
    }
    return v.scatterSub(new IndexedSlices(grad.values.mul(castTensor(this.#rate, v.dtype.baseDtype)), grad.indices, grad.denseShape), this.useLocking);
  }
}
