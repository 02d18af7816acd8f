// FTRL-proximal (McMahan et al., 2013), with and without shrinkage. Follows python/training/ftrl.py (1.15).
import { ValueError } from '../../graph/errors.ts';
import type { Operation, Tensor } from '../../graph/tensor.ts';
import type { IndexedSlices } from '../indexed_slices.ts';
import type { Variable } from '../variables.ts';
import { bindMethod, type Hyper, Optimizer } from './optimizer.ts';
import './training_ops.ts';

export interface FtrlOptions {
  learningRate: Hyper; learningRatePower?: number; initialAccumulatorValue?: number; l1RegularizationStrength?: number; l2RegularizationStrength?: number; useLocking?: boolean; name?: string;
  accumName?: string | null; linearName?: string | null; l2ShrinkageRegularizationStrength?: number;
}
const ORDER = ['learningRate', 'learningRatePower', 'initialAccumulatorValue', 'l1RegularizationStrength', 'l2RegularizationStrength', 'useLocking', 'name', 'accumName', 'linearName', 'l2ShrinkageRegularizationStrength'] as const;

/** `tf.train.FtrlOptimizer`. Defaults: learning rate power -0.5, initial accumulator 0.1, no l1, l2 or shrinkage term. Slots `accum`
 * and `linear`. Errors: ValueError for a positive power and negative values of the others. */
export class FtrlOptimizer extends Optimizer {
  readonly #o: FtrlOptions;
  readonly #shrinks: boolean;
  #hypers!: readonly Tensor[];
  constructor(learningRate: Hyper, ...rest: unknown[]);
  constructor(options: FtrlOptions);
  constructor(...args: unknown[]) {
    const p = bindMethod<FtrlOptions>('__init__', ORDER, args, 1);
    super(p.useLocking ?? false, p.name ?? 'Ftrl');
    const must = (ok: boolean, name: string, value: number, sign: string): void => { if (!ok) throw new ValueError(`${name} ${value.toFixed(6)} needs to be ${sign} or zero`); };
    const { initialAccumulatorValue: start = 0.1, learningRatePower: power = -0.5, l1RegularizationStrength: l1 = 0, l2RegularizationStrength: l2 = 0, l2ShrinkageRegularizationStrength: shrinkage = 0 } = p;
    must(start >= 0, 'initial_accumulator_value', start, 'positive');
    must(power <= 0, 'learning_rate_power', power, 'negative');
    must(l1 >= 0, 'l1_regularization_strength', l1, 'positive');
    must(l2 >= 0, 'l2_regularization_strength', l2, 'positive');
    must(shrinkage >= 0, 'l2_shrinkage_regularization_strength', shrinkage, 'positive');
    this.#o = p;
    this.#shrinks = shrinkage > 0;
  }
  protected override createSlots(vars: readonly Variable[]): void {
    for (const v of vars) {
      this.filledSlot(v, this.#o.initialAccumulatorValue ?? 0.1, 'accum', this.#o.accumName || undefined);
      this.zerosSlot(v, 'linear', this.#o.linearName || undefined);
    }
  }
  protected override prepare(): void {
    const o = this.#o;
    const [rate, l1, l2] = [this.hyper(o.learningRate, 'learning_rate'), this.hyper(o.l1RegularizationStrength ?? 0, 'l1_regularization_strength'), this.hyper(o.l2RegularizationStrength ?? 0, 'l2_regularization_strength')];
    const shrinkage = this.hyper(o.l2ShrinkageRegularizationStrength ?? 0, 'l2_shrinkage_regularization_strength');
    const power = this.hyper(o.learningRatePower ?? -0.5, 'learning_rate_power');
    this.#hypers = this.#shrinks ? [rate, l1, l2, shrinkage, power] : [rate, l1, l2, power];
  }
  protected override applyDense(grad: Tensor, v: Variable): Operation {
    return this.apply(`ApplyFtrl${this.#version}`, v, grad, (cast) => [...this.#state(v), grad, ...this.#hypers.map(cast)]);
  }
  protected override applySparse(grad: IndexedSlices, v: Variable): Operation {
    return this.apply(`SparseApplyFtrl${this.#version}`, v, grad, (cast) => [...this.#state(v), grad.values, grad.indices, ...this.#hypers.map(cast)]);
  }
  get #version(): string { return this.#shrinks ? 'V2' : ''; }
  #state(v: Variable): Tensor[] { return ['accum', 'linear'].map((s) => this.getSlot(v, s)!.ref()); }
}
