// Relatives of Adam: lazy on rows, with Nesterov's momentum, by the infinity norm. Follows contrib/opt/python/training/
// {lazy_adam_optimizer,nadam_optimizer,adamax}.py (1.15).
import type { Operation, Tensor } from '../../../graph/tensor.ts';
import { bind } from '../../api.ts';
import { gather } from '../../array_gather.ts';
import { afterOps } from '../../building.ts';
import { group } from '../../control_flow_ops.ts';
import type { IndexedSlices } from '../../indexed_slices.ts';
import { maximum } from '../../math_binary.ts';
import { castTensor } from '../../math_cast.ts';
import { abs, sqrt, square } from '../../math_unary.ts';
import { applyOp } from '../../op_def_library.ts';
import { isResourceVariable, type ResourceVariable } from '../../resource_variable_ops.ts';
import { assign, scatterSub, scatterUpdate } from '../../state_ops.ts';
import { AdamOptimizer, type AdamOptions } from '../../train/adam.ts';
import { callIfCallable, castHyper, type Hyper } from '../../train/optimizer.ts';
import type { Variable } from '../../variables.ts';
import { withExits } from '../../scope_stack.ts';
import '../../tensor_operators.ts';
import '../../variable_operators.ts';

type Arguments = [] | [options: AdamOptions] | [learningRate: Hyper, ...rest: unknown[]];
const done = (x: Tensor | Variable | Operation): Tensor | Operation => ('op' in x && !('valueIndex' in x) ? x.op : x as Tensor | Operation);

/** `tf.contrib.opt.LazyAdamOptimizer`: Adam whose averages decay only in the rows that a sparse gradient has. */
export class LazyAdamOptimizer extends AdamOptimizer {
  protected override applySparse(grad: IndexedSlices, v: Variable): Operation {
    const { indices, values } = grad;
    const [power1, power2] = [this.nonSlot('beta1_power'), this.nonSlot('beta2_power')].map((p) => castHyper(p, v.dtype.baseDtype)) as [Tensor, Tensor];
    const [rate, beta1, beta2, epsilon] = this.hypers.map((h) => castTensor(h, v.dtype.baseDtype)) as [Tensor, Tensor, Tensor, Tensor];
    const corrected = rate.mul(sqrt(power2.rsub(1))).truediv(power1.rsub(1));
    const [m, s] = [this.getSlot(v, 'm')!, this.getSlot(v, 'v')!];
    const rows = (slot: Variable, beta: Tensor, g: () => Tensor): Tensor => {
      const old = gather(slot, indices).rmul(beta);
      const rest = beta.rsub(1);
      return old.add(rest.mul(g()));
    };
    if (isResourceVariable(v)) {
      const scatter = (kind: string, x: Variable, by: Tensor): Operation => applyOp(`ResourceScatter${kind}`, [(x as ResourceVariable).handle, indices, by]);
      const mRows = rows(m, beta1, () => values);
      const mUpdate = scatter('Update', m, mRows);
      const sRows = rows(s, beta2, () => square(values));
      const sUpdate = scatter('Update', s, sRows);
      const step = corrected.mul(mRows).truediv(sqrt(sRows).add(epsilon));
      return group(scatter('Sub', v, step), mUpdate, sUpdate);
    }
    const useLocking = this.useLocking;
    const mt = scatterUpdate(m, indices, rows(m, beta1, () => values), { useLocking });
    const st = scatterUpdate(s, indices, rows(s, beta2, () => square(values)), { useLocking });
    const [mRows, sRows] = [gather(mt, indices), gather(st, indices)];
    const denominator = sqrt(sRows).add(epsilon);
    const update = scatterSub(v, indices, corrected.mul(mRows).truediv(denominator), { useLocking });
    return group(update, mt, st);
  }
}

/** `tf.contrib.opt.NadamOptimizer`: Adam with Nesterov's momentum. */
export class NadamOptimizer extends AdamOptimizer {
  protected override applyDense(grad: Tensor, v: Variable): Operation { return this.applyAdam(grad, v, { use_nesterov: true }); }
  protected override applySparse(grad: IndexedSlices, v: Variable): Operation {
    const { indices, values } = grad;
    const [power1, power2] = [this.nonSlot('beta1_power'), this.nonSlot('beta2_power')].map((p) => castHyper(p, v.dtype.baseDtype)) as [Tensor, Tensor];
    const [rate, beta1, beta2, epsilon] = this.hypers.map((h) => castTensor(h, v.dtype.baseDtype)) as [Tensor, Tensor, Tensor, Tensor];
    const corrected = rate.mul(sqrt(power2.rsub(1))).truediv(power1.rsub(1));
    const [m, s] = [this.getSlot(v, 'm')!, this.getSlot(v, 'v')!];
    const decayed = (slot: Variable, beta: Tensor) => assign(slot, slot.mul(beta), { useLocking: this.useLocking });
    const scaled = values.mul(beta1.rsub(1));
    const bar = afterOps([done(decayed(m, beta1))], () => {
      const mt = this.addRows(m, indices, scaled);
      return scaled.add(gather(mt, indices).rmul(beta1));
    });
    const squares = values.mul(values).mul(beta2.rsub(1));
    const st = afterOps([done(decayed(s, beta2))], () => this.addRows(s, indices, squares));
    const root = sqrt(gather(st, indices));
    const update = this.addRows(v, indices, corrected.neg().mul(bar).truediv(root.add(epsilon)));
    return group(update, bar, st);
  }
}

const ORDER = ['learningRate', 'beta1', 'beta2', 'epsilon', 'useLocking', 'name'] as const;
/** `tf.contrib.opt.AdaMaxOptimizer`: Adam by the infinity norm: v is the greatest gradient so far, decaying. Defaults as Adam's. */
export class AdaMaxOptimizer extends AdamOptimizer {
  constructor(...args: Arguments) {
    const p = bind('__init__', ORDER, new Set<string>(ORDER), args, {}) as AdamOptions;
    super({ ...p, name: p.name ?? 'AdaMax' });
  }
  protected override createSlots(vars: readonly Variable[]): void {
    const first = [...vars].sort((a, b) => (a.name < b.name ? -1 : 1))[0]!;
    this.nonSlotVariable(callIfCallable(this.options.beta1 ?? 0.9), 'beta1_power', first);
    for (const v of vars) {
      this.zerosSlot(v, 'm');
      this.zerosSlot(v, 'v');
    }
  }
  protected override applyDense(grad: Tensor, v: Variable): Operation {
    return this.apply('ApplyAdaMax', v, grad, (cast) => [this.getSlot(v, 'm')!.ref(), this.getSlot(v, 'v')!.ref(), ...[this.nonSlot('beta1_power'), ...this.hypers].map(cast), grad]);
  }
  protected override applySparse(grad: IndexedSlices, v: Variable): Operation {
    const { indices, values } = grad;
    const power = castHyper(this.nonSlot('beta1_power'), v.dtype.baseDtype) as Tensor;
    const [rate, beta1, beta2, epsilon] = this.hypers.map((h) => castTensor(h, v.dtype.baseDtype)) as [Tensor, Tensor, Tensor, Tensor];
    const [m, s] = [this.getSlot(v, 'm')!, this.getSlot(v, 'v')!];
    const old = gather(m, indices).mul(beta1);
    const mRows = old.add(values.mul(beta1.rsub(1)));
    const mt = afterOps([mRows], () => this.#setRows(m, indices, mRows));
    const sRows = maximum(gather(s, indices).mul(beta2), abs(values));
    const st = afterOps([sRows], () => this.#setRows(s, indices, sRows));
    const factor = rate.neg().truediv(power.rsub(1));
    const step = factor.mul(mRows.truediv(sRows.add(epsilon)));
    const update = afterOps([step], () => this.addRows(v, indices, step));
    return group(update, mt, st);
  }
  #setRows(slot: Variable, indices: Tensor, rows: Tensor): Tensor {
    if (!isResourceVariable(slot)) return scatterUpdate(slot, indices, rows, { useLocking: this.useLocking }) as Tensor;
    return afterOps([applyOp('ResourceScatterUpdate', [slot.handle, indices, rows])], () => slot.value());
  }
  protected override finish(updates: readonly (Operation | Tensor)[], scope: string): Operation {
    const power = this.nonSlot('beta1_power');
    const { graph } = power;
    const more = withExits([graph.enterControlDependencies(updates)], () => withExits([graph.enterColocateWith(power.op)], () =>
      power.assign(power.value().mul(this.hypers[1]), { useLocking: this.useLocking })));
    return group(...updates, more, { name: scope });
  }
}
