// Adadelta (Zeiler, 2012). Follows python/training/adadelta.py (1.15).
import type { Operation, Tensor } from '../../graph/tensor.ts';
import type { IndexedSlices } from '../indexed_slices.ts';
import type { Variable } from '../variables.ts';
import { bindMethod, type Hyper, Optimizer } from './optimizer.ts';
import './training_ops.ts';

export interface AdadeltaOptions { learningRate?: Hyper; rho?: Hyper; epsilon?: Hyper; useLocking?: boolean; name?: string }
const ORDER = ['learningRate', 'rho', 'epsilon', 'useLocking', 'name'] as const;

/** `tf.train.AdadeltaOptimizer`: steps in units of the running mean of past steps; defaults 0.001, 0.95, 1e-8 (the paper's form has
 * learning rate 1). Slots `accum` and `accum_update`. */
export class AdadeltaOptimizer extends Optimizer {
  readonly #o: AdadeltaOptions;
  #hypers!: readonly Tensor[];
  constructor(...args: [] | [options: AdadeltaOptions] | [learningRate: Hyper, ...rest: unknown[]]) {
    const p = bindMethod<AdadeltaOptions>('__init__', ORDER, args, 0);
    super(p.useLocking ?? false, p.name ?? 'Adadelta');
    this.#o = p;
  }
  protected override createSlots(vars: readonly Variable[]): void {
    for (const v of vars) {
      this.zerosSlot(v, 'accum');
      this.zerosSlot(v, 'accum_update');
    }
  }
  protected override prepare(): void {
    const { learningRate = 0.001, rho = 0.95, epsilon = 1e-8 } = this.#o;
    this.#hypers = [this.hyper(learningRate, 'lr'), this.hyper(rho, 'rho'), this.hyper(epsilon, 'epsilon')];
  }
  protected override applyDense(grad: Tensor, v: Variable): Operation {
    return this.apply('ApplyAdadelta', v, grad, (cast) => [...this.#state(v), ...this.#hypers.map(cast), grad]);
  }
  protected override applySparse(grad: IndexedSlices, v: Variable): Operation {
    return this.apply('SparseApplyAdadelta', v, grad, (cast) => [...this.#state(v), ...this.#hypers.map(cast), grad.values, grad.indices]);
  }
  #state(v: Variable): Tensor[] { return ['accum', 'accum_update'].map((s) => this.getSlot(v, s)!.ref()); }
}
