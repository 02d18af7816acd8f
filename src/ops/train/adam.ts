// Adam (Kingma and Ba, 2015), in TensorFlow's form with "epsilon hat". Follows python/training/adam.py (1.15).
import type { Operation, Tensor } from '../../graph/tensor.ts';
import { bind } from '../api.ts';
import { group } from '../control_flow_ops.ts';
import './training_ops.ts';
import { withExits } from '../scope_stack.ts';
import type { Variable } from '../variables.ts';
import { type Hyper, Optimizer } from './optimizer.ts';
import '../tensor_operators.ts';

export interface AdamOptions { learningRate?: Hyper; beta1?: Hyper; beta2?: Hyper; epsilon?: Hyper; useLocking?: boolean; name?: string }
const ORDER = ['learningRate', 'beta1', 'beta2', 'epsilon', 'useLocking', 'name'] as const;

/** `tf.train.AdamOptimizer`: lr_t = learningRate * sqrt(1 - beta2^t) / (1 - beta1^t); var -= lr_t * m / (sqrt(v) + epsilon).
 * Defaults 0.001, 0.9, 0.999, 1e-8. Slots `m` and `v`; variables `beta1_power`, `beta2_power`. */
export class AdamOptimizer extends Optimizer {
  readonly #o: AdamOptions;
  #hypers!: readonly [rate: Tensor, beta1: Tensor, beta2: Tensor, epsilon: Tensor];
  constructor(...args: [] | [options: AdamOptions] | [learningRate: Hyper, ...rest: unknown[]]) {
    const p = bind('__init__', ORDER, new Set<string>(ORDER), args, {}) as AdamOptions;
    super(p.useLocking ?? false, p.name ?? 'Adam');
    this.#o = p;
  }
  protected override createSlots(vars: readonly Variable[]): void {
    const first = [...vars].sort((a, b) => (a.name < b.name ? -1 : 1))[0]!;
    this.nonSlotVariable(initial(this.#o.beta1 ?? 0.9), 'beta1_power', first);
    this.nonSlotVariable(initial(this.#o.beta2 ?? 0.999), 'beta2_power', first);
    for (const v of vars) {
      this.zerosSlot(v, 'm');
      this.zerosSlot(v, 'v');
    }
  }
  protected override prepare(): void {
    const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = this.#o;
    this.#hypers = [this.hyper(learningRate, 'learning_rate'), this.hyper(beta1, 'beta1'), this.hyper(beta2, 'beta2'), this.hyper(epsilon, 'epsilon')];
  }
  protected override applyDense(grad: Tensor, v: Variable): Operation {
    // The powers themselves, not their values: TF opens (and burns) a `Cast` scope for each.
    return this.apply('ApplyAdam', v, grad, (cast) => [
      this.getSlot(v, 'm')!.ref(), this.getSlot(v, 'v')!.ref(), ...[this.nonSlot('beta1_power'), this.nonSlot('beta2_power'), ...this.#hypers].map(cast), grad,
    ]);
  }
  protected override finish(updates: readonly (Operation | Tensor)[], scope: string): Operation {
    const [p1, p2] = [this.nonSlot('beta1_power'), this.nonSlot('beta2_power')];
    const { graph } = p1;
    const [, beta1, beta2] = this.#hypers;
    const more = withExits([graph.enterControlDependencies(updates)], () => withExits([graph.enterColocateWith(p1.op)], () => [
      p1.assign(p1.value().mul(beta1), { useLocking: this.useLocking }),
      p2.assign(p2.value().mul(beta2), { useLocking: this.useLocking }),
    ]));
    return group(...updates, ...more, { name: scope });
  }
}

function initial(h: Hyper): number {
  const v = typeof h === 'function' ? h() : h;
  return v as number;
}
