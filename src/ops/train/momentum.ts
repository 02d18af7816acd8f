// Momentum and Nesterov momentum. Follows python/training/momentum.py (1.15).
import type { Operation, Tensor } from '../../graph/tensor.ts';
import { bind } from '../api.ts';
import type { IndexedSlices } from '../indexed_slices.ts';
import './training_ops.ts';
import type { Variable } from '../variables.ts';
import { type Hyper, Optimizer } from './optimizer.ts';

export interface MomentumOptions { learningRate: Hyper; momentum: Hyper; useLocking?: boolean; name?: string; useNesterov?: boolean }
const ORDER = ['learningRate', 'momentum', 'useLocking', 'name', 'useNesterov'] as const;

/** `tf.train.MomentumOptimizer`: accum = momentum * accum + grad; var -= learningRate * accum. Slot `momentum`. */
export class MomentumOptimizer extends Optimizer {
  readonly #o: MomentumOptions;
  #rate!: Tensor;
  #momentum!: Tensor;
  constructor(learningRate: Hyper, momentum: Hyper, ...rest: unknown[]);
  constructor(options: MomentumOptions);
  constructor(...args: unknown[]) {
    const p = bind('__init__', ORDER, new Set<string>(ORDER), args, { required: 2 }) as unknown as MomentumOptions;
    super(p.useLocking ?? false, p.name ?? 'Momentum');
    this.#o = p;
  }
  protected override createSlots(vars: readonly Variable[]): void { for (const v of vars) this.zerosSlot(v, 'momentum'); }
  protected override prepare(): void {
    this.#rate = this.hyper(this.#o.learningRate, 'learning_rate');
    this.#momentum = this.hyper(this.#o.momentum, 'momentum');
  }
  protected override applyDense(grad: Tensor, v: Variable): Operation {
    return this.apply('ApplyMomentum', v, grad, (cast) => [this.getSlot(v, 'momentum')!.ref(), cast(this.#rate), grad, cast(this.#momentum)], { use_nesterov: this.#o.useNesterov ?? false });
  }
  protected override applySparse(grad: IndexedSlices, v: Variable): Operation {
    return this.apply('SparseApplyMomentum', v, grad, (cast) => [this.getSlot(v, 'momentum')!.ref(), cast(this.#rate), grad.values, grad.indices, cast(this.#momentum)], { use_nesterov: this.#o.useNesterov ?? false });
  }
}
