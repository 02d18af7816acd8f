// Gradient descent and Adagrad with proximal steps: l1 and l2 terms applied after the step (FOBOS).
// Follows python/training/{proximal_gradient_descent,proximal_adagrad}.py (1.15), which cast no hyperparameter to the variable's
// dtype but those of sparse updates through handles.
import { ValueError } from '../../graph/errors.ts';
import type { Operation, Tensor } from '../../graph/tensor.ts';
import type { IndexedSlices } from '../indexed_slices.ts';
import { isResourceVariable } from '../resource_variable_ops.ts';
import type { Variable } from '../variables.ts';
import { bindMethod, type Hyper, Optimizer } from './optimizer.ts';
import './training_ops.ts';

type Cast = (t: Tensor | Variable) => Tensor | Variable;
const uncast: Cast = (t) => t;

/** What both share: the rate and the strengths, in the order of the op's inputs. */
abstract class ProximalOptimizer extends Optimizer {
  protected hypers!: readonly Tensor[];
  protected abstract readonly rates: readonly [rate: Hyper, l1: Hyper, l2: Hyper];
  protected override prepare(): void {
    const [rate, l1, l2] = this.rates;
    this.hypers = [this.hyper(rate, 'learning_rate'), this.hyper(l1, 'l1_regularization_strength'), this.hyper(l2, 'l2_regularization_strength')];
  }
  protected update(op: string, grad: Tensor | IndexedSlices, v: Variable, state: readonly Tensor[], gradient: readonly Tensor[]): Operation {
    return this.apply(op, v, grad, (cast) => [...state, ...this.hypers.map(gradient.length > 1 && isResourceVariable(v) ? cast : uncast), ...gradient]);
  }
}

export interface ProximalGradientDescentOptions { learningRate: Hyper; l1RegularizationStrength?: Hyper; l2RegularizationStrength?: Hyper; useLocking?: boolean; name?: string }
const GRADIENT_DESCENT = ['learningRate', 'l1RegularizationStrength', 'l2RegularizationStrength', 'useLocking', 'name'] as const;

/** `tf.train.ProximalGradientDescentOptimizer`. No slots. */
export class ProximalGradientDescentOptimizer extends ProximalOptimizer {
  protected override readonly rates: readonly [Hyper, Hyper, Hyper];
  constructor(learningRate: Hyper, ...rest: unknown[]);
  constructor(options: ProximalGradientDescentOptions);
  constructor(...args: unknown[]) {
    const p = bindMethod<ProximalGradientDescentOptions>('__init__', GRADIENT_DESCENT, args, 1);
    super(p.useLocking ?? false, p.name ?? 'ProximalGradientDescent');
    this.rates = [p.learningRate, p.l1RegularizationStrength ?? 0, p.l2RegularizationStrength ?? 0];
  }
  protected override applyDense(grad: Tensor, v: Variable): Operation { return this.update('ApplyProximalGradientDescent', grad, v, [], [grad]); }
  protected override applySparse(grad: IndexedSlices, v: Variable): Operation { return this.update('SparseApplyProximalGradientDescent', grad, v, [], [grad.values, grad.indices]); }
}

export interface ProximalAdagradOptions extends ProximalGradientDescentOptions { initialAccumulatorValue?: number }
const ADAGRAD = ['learningRate', 'initialAccumulatorValue', 'l1RegularizationStrength', 'l2RegularizationStrength', 'useLocking', 'name'] as const;

/** `tf.train.ProximalAdagradOptimizer`. Slot `accumulator` (0.1). Errors: ValueError for an initial accumulator <= 0. */
export class ProximalAdagradOptimizer extends ProximalOptimizer {
  protected override readonly rates: readonly [Hyper, Hyper, Hyper];
  readonly #start: number;
  constructor(learningRate: Hyper, ...rest: unknown[]);
  constructor(options: ProximalAdagradOptions);
  constructor(...args: unknown[]) {
    const p = bindMethod<ProximalAdagradOptions>('__init__', ADAGRAD, args, 1);
    const start = p.initialAccumulatorValue ?? 0.1;
    if (start <= 0) throw new ValueError(`initial_accumulator_value must be positive: ${start}`);
    super(p.useLocking ?? false, p.name ?? 'ProximalAdagrad');
    this.#start = start;
    this.rates = [p.learningRate, p.l1RegularizationStrength ?? 0, p.l2RegularizationStrength ?? 0];
  }
  protected override createSlots(vars: readonly Variable[]): void { for (const v of vars) this.filledSlot(v, this.#start, 'accumulator'); }
  protected override applyDense(grad: Tensor, v: Variable): Operation { return this.update('ApplyProximalAdagrad', grad, v, this.#state(v), [grad]); }
  protected override applySparse(grad: IndexedSlices, v: Variable): Operation { return this.update('SparseApplyProximalAdagrad', grad, v, this.#state(v), [grad.values, grad.indices]); }
  #state(v: Variable): Tensor[] { return [this.getSlot(v, 'accumulator')!.ref()]; }
}
