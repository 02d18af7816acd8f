// Adagrad with dual averaging (Duchi et al., 2011). Follows python/training/adagrad_da.py (1.15).
import { ValueError } from '../../graph/errors.ts';
import type { Operation, Tensor } from '../../graph/tensor.ts';
import { identity } from '../array_values.ts';
import { colocatedWith, onDevice } from '../building.ts';
import type { TensorLike } from '../convert.ts';
import type { IndexedSlices } from '../indexed_slices.ts';
import { castTensor } from '../math_cast.ts';
import { isResourceVariable } from '../resource_variable_ops.ts';
import type { Variable } from '../variables.ts';
import { bindMethod, type Hyper, Optimizer } from './optimizer.ts';
import './training_ops.ts';
import '../tensor_operators.ts';

export interface AdagradDAOptions {
  learningRate: Hyper; globalStep: TensorLike; initialGradientSquaredAccumulatorValue?: number; l1RegularizationStrength?: TensorLike; l2RegularizationStrength?: TensorLike; useLocking?: boolean; name?: string;
}
const ORDER = ['learningRate', 'globalStep', 'initialGradientSquaredAccumulatorValue', 'l1RegularizationStrength', 'l2RegularizationStrength', 'useLocking', 'name'] as const;

/** `tf.train.AdagradDAOptimizer`: the variable is computed anew from the sums of all gradients and of their squares, so rows without
 * gradients become zero. `globalStep` counts the training steps. Slots `gradient_accumulator`, `gradient_squared_accumulator` (0.1).
 * Errors: ValueError for an initial accumulator <= 0. */
export class AdagradDAOptimizer extends Optimizer {
  readonly #o: AdagradDAOptions;
  #rate!: Tensor;
  #step!: Tensor;
  constructor(learningRate: Hyper, globalStep: TensorLike, ...rest: unknown[]);
  constructor(options: AdagradDAOptions);
  constructor(...args: unknown[]) {
    const p = bindMethod<AdagradDAOptions>('__init__', ORDER, args, 2);
    const start = p.initialGradientSquaredAccumulatorValue ?? 0.1;
    if (start <= 0) throw new ValueError(`initial_gradient_squared_accumulator_value must be positive: ${start}`);
    super(p.useLocking ?? false, p.name ?? 'AdagradDA');
    this.#o = p;
  }
  protected override createSlots(vars: readonly Variable[]): void {
    for (const v of vars) {
      const { initialGradientSquaredAccumulatorValue: start = 0.1 } = this.#o;
      const [sum, squares] = [this.fill(v, 0), this.fill(v, start)];
      this.slotWithValue(v, sum, 'gradient_accumulator');
      this.slotWithValue(v, squares, 'gradient_squared_accumulator');
    }
  }
  protected override prepare(): void {
    this.#rate = this.hyper(this.#o.learningRate, 'learning_rate');
    this.#step = colocatedWith(this.#rate, () => identity(this.#o.globalStep).add(1));
  }
  protected override applyDense(grad: Tensor, v: Variable): Operation { return this.#update('ApplyAdagradDA', grad, v, [grad]); }
  protected override applySparse(grad: IndexedSlices, v: Variable): Operation { return this.#update('SparseApplyAdagradDA', grad, v, [grad.values, grad.indices]); }

  #update(op: string, grad: Tensor | IndexedSlices, v: Variable, gradient: readonly Tensor[]): Operation {
    const step = onDevice(v.device, () => identity(this.#step));
    const dtype = (isResourceVariable(v) ? grad : v).dtype.baseDtype;
    const strengths = (): Tensor[] => [this.#o.l1RegularizationStrength ?? 0, this.#o.l2RegularizationStrength ?? 0].map((s) => castTensor(s, dtype));
    const state = ['gradient_accumulator', 'gradient_squared_accumulator'].map((s) => this.getSlot(v, s)!.ref());
    return this.apply(op, v, grad, (cast) => [...state, ...gradient, cast(this.#rate), ...strengths(), step]);
  }
}
