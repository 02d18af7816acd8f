// RMSProp and Adagrad. Follows python/training/{rmsprop,adagrad}.py (1.15).
import { ValueError } from '../../graph/errors.ts';
import type { Operation, Tensor } from '../../graph/tensor.ts';
import { bind } from '../api.ts';
import type { IndexedSlices } from '../indexed_slices.ts';
import { constantInitializer, onesInitializer } from '../init_ops.ts';
import './training_ops.ts';
import type { Variable } from '../variables.ts';
import { type Hyper, Optimizer } from './optimizer.ts';

export interface RMSPropOptions { learningRate: Hyper; decay?: Hyper; momentum?: Hyper; epsilon?: Hyper; useLocking?: boolean; centered?: boolean; name?: string }
const RMSPROP = ['learningRate', 'decay', 'momentum', 'epsilon', 'useLocking', 'centered', 'name'] as const;

/** `tf.train.RMSPropOptimizer`: divides by the root of a running mean of squares (epsilon 1e-10 inside the root; decay
 * 0.9). Slots `rms` (ones), `momentum`, and `mg` when centered. */
export class RMSPropOptimizer extends Optimizer {
  readonly #o: RMSPropOptions;
  #hypers!: readonly Tensor[];
  constructor(learningRate: Hyper, ...rest: unknown[]);
  constructor(options: RMSPropOptions);
  constructor(...args: unknown[]) {
    const p = bind('__init__', RMSPROP, new Set<string>(RMSPROP), args, { required: 1 }) as unknown as RMSPropOptions;
    super(p.useLocking ?? false, p.name ?? 'RMSProp');
    this.#o = p;
  }
  protected override createSlots(vars: readonly Variable[]): void {
    for (const v of vars) {
      this.slotWithInitializer(v, onesInitializer({ dtype: v.dtype.baseDtype }), v.dtype.baseDtype, 'rms');
      if (this.#o.centered) this.zerosSlot(v, 'mg');
      this.zerosSlot(v, 'momentum');
    }
  }
  protected override prepare(): void {
    const { learningRate, decay = 0.9, momentum = 0, epsilon = 1e-10 } = this.#o;
    this.#hypers = [this.hyper(learningRate, 'learning_rate'), this.hyper(decay, 'decay'), this.hyper(momentum, 'momentum'), this.hyper(epsilon, 'epsilon')];
  }
  protected override applyDense(grad: Tensor, v: Variable): Operation {
    return this.apply(this.#o.centered ? 'ApplyCenteredRMSProp' : 'ApplyRMSProp', v, grad, (cast) => [...this.#state(v), ...this.#hypers.map(cast), grad]);
  }
  protected override applySparse(grad: IndexedSlices, v: Variable): Operation {
    return this.apply(this.#o.centered ? 'SparseApplyCenteredRMSProp' : 'SparseApplyRMSProp', v, grad, (cast) => [...this.#state(v), ...this.#hypers.map(cast), grad.values, grad.indices]);
  }
  #state(v: Variable): Tensor[] { return (this.#o.centered ? ['mg', 'rms', 'momentum'] : ['rms', 'momentum']).map((s) => this.getSlot(v, s)!.ref()); }
}

export interface AdagradOptions { learningRate: Hyper; initialAccumulatorValue?: number; useLocking?: boolean; name?: string }
const ADAGRAD = ['learningRate', 'initialAccumulatorValue', 'useLocking', 'name'] as const;

/** `tf.train.AdagradOptimizer`: accum += grad^2; var -= learningRate * grad / sqrt(accum). Slot `accumulator` (0.1).
 * Errors: ValueError for an initial accumulator <= 0. */
export class AdagradOptimizer extends Optimizer {
  readonly #o: AdagradOptions;
  #rate!: Tensor;
  constructor(learningRate: Hyper, ...rest: unknown[]);
  constructor(options: AdagradOptions);
  constructor(...args: unknown[]) {
    const p = bind('__init__', ADAGRAD, new Set<string>(ADAGRAD), args, { required: 1 }) as unknown as AdagradOptions;
    const initial = p.initialAccumulatorValue ?? 0.1;
    if (initial <= 0) throw new ValueError(`initial_accumulator_value must be positive: ${initial}`);
    super(p.useLocking ?? false, p.name ?? 'Adagrad');
    this.#o = p;
  }
  protected override createSlots(vars: readonly Variable[]): void {
    for (const v of vars) this.slotWithInitializer(v, constantInitializer(this.#o.initialAccumulatorValue ?? 0.1, { dtype: v.dtype.baseDtype }), v.dtype.baseDtype, 'accumulator');
  }
  protected override prepare(): void { this.#rate = this.hyper(this.#o.learningRate, 'learning_rate'); }
  protected override applyDense(grad: Tensor, v: Variable): Operation {
    return this.apply('ApplyAdagrad', v, grad, (cast) => [this.getSlot(v, 'accumulator')!.ref(), cast(this.#rate), grad]);
  }
  protected override applySparse(grad: IndexedSlices, v: Variable): Operation {
    return this.apply('SparseApplyAdagrad', v, grad, (cast) => [this.getSlot(v, 'accumulator')!.ref(), cast(this.#rate), grad.values, grad.indices]);
  }
}
