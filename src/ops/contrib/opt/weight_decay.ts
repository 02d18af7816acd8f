// Weight decay beside the gradient (Loshchilov and Hutter): variables shrink before each update. Follows
// contrib/opt/python/training/weight_decay_optimizers.py (1.15).
import { TypeError } from '../../../graph/errors.ts';
import type { Operation, Tensor } from '../../../graph/tensor.ts';
import { bind, isOptions } from '../../api.ts';
import { gather } from '../../array_gather.ts';
import { afterOps } from '../../building.ts';
import { noOp } from '../../control_flow_ops.ts';
import { convertToTensor } from '../../convert.ts';
import type { IndexedSlices } from '../../indexed_slices.ts';
import { applyOp } from '../../op_def_library.ts';
import { isResourceVariable } from '../../resource_variable_ops.ts';
import { scatterAdd } from '../../state_ops.ts';
import { AdamOptimizer, type AdamOptions } from '../../train/adam.ts';
import { MomentumOptimizer, type MomentumOptions } from '../../train/momentum.ts';
import { callIfCallable, type Done, type GradAndVarLike, type Hyper, Optimizer } from '../../train/optimizer.ts';
import { Variable } from '../../variables.ts';
import '../../tensor_operators.ts';
import '../../variable_operators.ts';

/** An optimizer that has its updates, as what extends it sees it. */
declare class Updating extends Optimizer {
  protected override applyDense(grad: Tensor, variable: Variable): Done;
}
/** A class of optimizers, whatever its constructor takes. */
interface OptimizerClass { readonly prototype: Optimizer }
interface Decayed { decayVarList?: readonly Variable[] | null }
interface Minimize extends Decayed { loss: unknown; globalStep?: Variable | null }
interface Apply extends Decayed { gradsAndVars: Iterable<GradAndVarLike>; globalStep?: Variable | null; name?: string | null }
const MINIMIZE = ['loss', 'globalStep', 'varList', 'gateGradients', 'aggregationMethod', 'colocateGradientsWithOps', 'name', 'gradLoss', 'decayVarList'] as const;
const APPLY = ['gradsAndVars', 'globalStep', 'name', 'decayVarList'] as const;
const opOf = (x: Done): Operation | Tensor => (x instanceof Variable ? x.op : x);

/** What decoupled weight decay adds to an optimizer: `decayVarList` names the variables that decay (default: all that are updated). */
interface DecoupledWeightDecay {
  minimize(...args: [...Parameters<Optimizer['minimize']>] | [options: Parameters<Optimizer['minimize']>[0] & Decayed] | [loss: Tensor, options: Decayed & Readonly<Record<string, unknown>>]): Operation;
  applyGradients(...args: [...Parameters<Optimizer['applyGradients']>] | [options: Apply] | [gradsAndVars: Iterable<GradAndVarLike>, options: Omit<Apply, 'gradsAndVars'>]): Operation;
}
type Extended = new (weightDecay: Hyper | Readonly<Record<string, unknown>>, options?: Readonly<Record<string, unknown>>) => Omit<Optimizer, keyof DecoupledWeightDecay> & DecoupledWeightDecay;

/** `tf.contrib.opt.extend_with_decoupled_weight_decay`: a class that takes `weightDecay` and the options of the optimizer it extends; each update first takes
 * weightDecay times the variable from it (of a sparse gradient: from its rows). Errors: TypeError for more positional arguments than the decay. */
export function extendWithDecoupledWeightDecay(baseOptimizer: OptimizerClass): Extended {
  const Base = baseOptimizer as unknown as new (options: unknown) => Updating;
  return class OptimizerWithDecoupledWeightDecay extends Base {
    readonly #decay: Hyper;
    #only: ReadonlySet<Variable> | null = null;
    constructor(...args: unknown[]) {
      const [decay, rest] = split(args);
      super(rest);
      this.#decay = decay;
    }
    override minimize(...args: readonly unknown[]): Operation {
      const { decayVarList, ...rest } = bind('minimize', MINIMIZE, new Set<string>(MINIMIZE), args, { required: 1 }) as unknown as Minimize;
      this.#only = decayVarList ? new Set(decayVarList) : null;
      return super.minimize(...([rest] as unknown as Parameters<Optimizer['minimize']>));
    }
    override applyGradients(...args: readonly unknown[]): Operation {
      const { decayVarList, ...rest } = bind('apply_gradients', APPLY, new Set<string>(APPLY), args, { required: 1 }) as unknown as Apply;
      this.#only = decayVarList ? new Set(decayVarList) : null;
      return super.applyGradients(rest);
    }
    protected override prepare(): void {
      convertToTensor(callIfCallable(this.#decay), { name: 'weight_decay' }); // a node that TensorFlow makes and does not use
      super.prepare();
    }
    protected override applyDense(grad: Tensor, v: Variable): Done {
      return afterOps([this.#decays(v) ? opOf(v.assignSub(this.#times(() => v, 1), { useLocking: this.useLocking })) : noOp()], () => super.applyDense(grad, v));
    }
    protected override applySparse(grad: IndexedSlices, v: Variable): Done {
      return afterOps([this.#decays(v) ? this.#decayRows(v, grad.indices) : noOp()], () => super.applySparse(grad, v));
    }
    #decays(v: Variable): boolean { return this.#only === null || this.#only.size === 0 || this.#only.has(v); }
    #times(x: () => Tensor | Variable, sign: 1 | -1): Tensor {
      const d = this.#decay;
      if (typeof d === 'number') return x().rmul(sign * d);
      const t = convertToTensor(callIfCallable(d));
      return (sign === 1 ? t : t.neg()).mul(x());
    }
    #decayRows(v: Variable, indices: Tensor): Operation | Tensor {
      if (!isResourceVariable(v)) return opOf(scatterAdd(v, indices, this.#times(() => gather(v, indices), -1), { useLocking: this.useLocking }) as Done);
      const by = this.#times(() => gather(v, indices), -1);
      return afterOps([applyOp('ResourceScatterAdd', [v.handle, indices, by])], () => v.value());
    }
  } as unknown as Extended;
}
/** The decay and the options of the optimizer. */
function split(args: readonly unknown[]): [decay: Hyper, options: Record<string, unknown>] {
  const last = args.at(-1), options = isOptions(last) ? { ...last } : {}, positional = isOptions(last) ? args.slice(0, -1) : args;
  if (positional.length > 1) throw new TypeError(`__init__() takes 2 positional arguments but ${positional.length + 1} were given`);
  const decay = positional[0] ?? options['weightDecay'];
  delete options['weightDecay'];
  if (decay === undefined) throw new TypeError("__init__() missing 1 required positional argument: 'weight_decay'");
  return [decay as Hyper, options];
}

const ADAM = ['weightDecay', 'learningRate', 'beta1', 'beta2', 'epsilon', 'useLocking', 'name'] as const;
/** `tf.contrib.opt.AdamWOptimizer`: Adam with decoupled weight decay. Defaults as Adam's. Errors: TypeError without `weightDecay`. */
export class AdamWOptimizer extends extendWithDecoupledWeightDecay(AdamOptimizer) {
  constructor(weightDecay: Hyper, ...rest: unknown[]);
  constructor(options: AdamOptions & { weightDecay: Hyper });
  constructor(...args: unknown[]) {
    const p = bind('__init__', ADAM, new Set<string>(ADAM), args, { required: 1 });
    super({ ...p, name: p['name'] ?? 'AdamW' });
  }
}
const MOMENTUM = ['weightDecay', 'learningRate', 'momentum', 'useLocking', 'name', 'useNesterov'] as const;
/** `tf.contrib.opt.MomentumWOptimizer`: Momentum with decoupled weight decay. */
export class MomentumWOptimizer extends extendWithDecoupledWeightDecay(MomentumOptimizer) {
  constructor(weightDecay: Hyper, learningRate: Hyper, momentum: Hyper, ...rest: unknown[]);
  constructor(options: MomentumOptions & { weightDecay: Hyper });
  constructor(...args: unknown[]) {
    const p = bind('__init__', MOMENTUM, new Set<string>(MOMENTUM), args, { required: 3 });
    super({ ...p, name: p['name'] ?? 'MomentumW' });
  }
}
