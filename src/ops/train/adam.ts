// Adam (Kingma and Ba, 2015), in TensorFlow's form with "epsilon hat". Follows python/training/adam.py (1.15).
import type { Operation, Tensor } from '../../graph/tensor.ts';
import { bind } from '../api.ts';
import { group } from '../control_flow_ops.ts';
import { controlDependencies } from '../framework.ts';
import type { IndexedSlices } from '../indexed_slices.ts';
import { castTensor } from '../math_cast.ts';
import { sqrt } from '../math_unary.ts';
import { applyOp } from '../op_def_library.ts';
import { isResourceVariable } from '../resource_variable_ops.ts';
import { assign, assignSub, scatterAdd } from '../state_ops.ts';
import './training_ops.ts';
import { withExits } from '../scope_stack.ts';
import type { Variable } from '../variables.ts';
import { callIfCallable, castHyper, type Hyper, Optimizer } from './optimizer.ts';
import '../tensor_operators.ts';
import '../variable_operators.ts';

export interface AdamOptions { learningRate?: Hyper; beta1?: Hyper; beta2?: Hyper; epsilon?: Hyper; useLocking?: boolean; name?: string }
const ORDER = ['learningRate', 'beta1', 'beta2', 'epsilon', 'useLocking', 'name'] as const;

/** `tf.train.AdamOptimizer`: lr_t = learningRate * sqrt(1 - beta2^t) / (1 - beta1^t); var -= lr_t * m / (sqrt(v) + epsilon).
 * Defaults 0.001, 0.9, 0.999, 1e-8. Slots `m` and `v`; variables `beta1_power`, `beta2_power`. */
export class AdamOptimizer extends Optimizer {
  protected readonly options: AdamOptions;
  protected hypers!: readonly [rate: Tensor, beta1: Tensor, beta2: Tensor, epsilon: Tensor];
  constructor(...args: [] | [options: AdamOptions] | [learningRate: Hyper, ...rest: unknown[]]) {
    const p = bind('__init__', ORDER, new Set<string>(ORDER), args, {}) as AdamOptions;
    super(p.useLocking ?? false, p.name ?? 'Adam');
    this.options = p;
  }
  protected override createSlots(vars: readonly Variable[]): void {
    const first = [...vars].sort((a, b) => (a.name < b.name ? -1 : 1))[0]!;
    this.nonSlotVariable(callIfCallable(this.options.beta1 ?? 0.9), 'beta1_power', first);
    this.nonSlotVariable(callIfCallable(this.options.beta2 ?? 0.999), 'beta2_power', first);
    for (const v of vars) {
      this.zerosSlot(v, 'm');
      this.zerosSlot(v, 'v');
    }
  }
  protected override prepare(): void {
    const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = this.options;
    this.hypers = [this.hyper(learningRate, 'learning_rate'), this.hyper(beta1, 'beta1'), this.hyper(beta2, 'beta2'), this.hyper(epsilon, 'epsilon')];
  }
  protected override applyDense(grad: Tensor, v: Variable): Operation { return this.applyAdam(grad, v, {}); }
  protected applyAdam(grad: Tensor, v: Variable, attrs: Readonly<Record<string, boolean>>): Operation {
    // The powers themselves, not their values: TF opens (and burns) a `Cast` scope for each.
    return this.apply('ApplyAdam', v, grad, (cast) => [
      this.getSlot(v, 'm')!.ref(), this.getSlot(v, 'v')!.ref(), ...[this.nonSlot('beta1_power'), this.nonSlot('beta2_power'), ...this.hypers].map(cast), grad,
    ], attrs);
  }
  /** All of m and v decay, the rows of the gradient are added, and the whole variable moves: as TF does it, in small ops. */
  protected override applySparse(grad: IndexedSlices, v: Variable): Operation {
    const [power1, power2] = [this.nonSlot('beta1_power'), this.nonSlot('beta2_power')].map((p) => castHyper(p, v.dtype.baseDtype)) as [Tensor, Tensor];
    const [rate, beta1, beta2, epsilon] = this.hypers.map((h) => castTensor(h, v.dtype.baseDtype)) as [Tensor, Tensor, Tensor, Tensor];
    const corrected = rate.mul(sqrt(power2.rsub(1))).truediv(power1.rsub(1));
    const moment = (slot: Variable, beta: Tensor, rows: Tensor): Tensor => {
      const decayed = assign(slot, slot.mul(beta), { useLocking: this.useLocking });
      return controlDependencies([decayed], () => this.addRows(slot, grad.indices, rows));
    };
    const m = moment(this.getSlot(v, 'm')!, beta1, grad.values.mul(beta1.rsub(1)));
    const second = moment(this.getSlot(v, 'v')!, beta2, grad.values.mul(grad.values).mul(beta2.rsub(1)));
    const root = sqrt(second);
    const update = assignSub(v, corrected.mul(m).truediv(root.add(epsilon)), { useLocking: this.useLocking });
    return group(update, m, second);
  }
  protected addRows(slot: Variable, indices: Tensor, rows: Tensor): Tensor {
    if (!isResourceVariable(slot)) return scatterAdd(slot, indices, rows, { useLocking: this.useLocking }) as Tensor;
    return controlDependencies([applyOp('ResourceScatterAdd', [slot.handle, indices, rows])], () => slot.value());
  }
  protected override finish(updates: readonly (Operation | Tensor)[], scope: string): Operation {
    const [p1, p2] = [this.nonSlot('beta1_power'), this.nonSlot('beta2_power')];
    const { graph } = p1;
    const [, beta1, beta2] = this.hypers;
    const more = withExits([graph.enterControlDependencies(updates)], () => withExits([graph.enterColocateWith(p1.op)], () => [
      p1.assign(p1.value().mul(beta1), { useLocking: this.useLocking }),
      p2.assign(p2.value().mul(beta2), { useLocking: this.useLocking }),
    ]));
    return group(...updates, ...more, { name: scope });
  }
}
