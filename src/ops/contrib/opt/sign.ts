// Steps by the agreement of the gradient's sign with that of its average. Follows contrib/opt/python/training/{addsign,powersign}.py (1.15).
import type { Operation, Tensor } from '../../../graph/tensor.ts';
import { bind } from '../../api.ts';
import { gather } from '../../array_gather.ts';
import { group } from '../../control_flow_ops.ts';
import { convertToTensor, type TensorLike } from '../../convert.ts';
import type { IndexedSlices } from '../../indexed_slices.ts';
import { pow } from '../../math_binary.ts';
import { cast, castTensor } from '../../math_cast.ts';
import { sign } from '../../math_unary.ts';
import { assign, scatterSub } from '../../state_ops.ts';
import { type GradAndVarLike, type Hyper, Optimizer } from '../../train/optimizer.ts';
import '../../train/training_ops.ts';
import type { Variable } from '../../variables.ts';
import '../../tensor_operators.ts';
import '../../variable_operators.ts';

/** How much the signs count at a step. */
type SignDecay = (globalStep: Variable | null) => TensorLike;
interface Common { learningRate?: Hyper; beta?: Hyper; signDecayFn?: SignDecay | null; useLocking?: boolean; name?: string }
interface Apply { gradsAndVars: Iterable<GradAndVarLike>; globalStep?: Variable | null; name?: string | null }
const APPLY = ['gradsAndVars', 'globalStep', 'name'] as const;

abstract class SignOptimizer extends Optimizer {
  readonly #o: Common;
  protected rate!: Tensor;
  protected beta!: Tensor;
  protected decay!: Tensor;
  constructor(o: Common, name: string) {
    super(o.useLocking ?? false, o.name ?? name);
    this.#o = o;
  }
  /** As of the base class; `signDecayFn` is called with the step. */
  override applyGradients(...args: Parameters<Optimizer['applyGradients']>): Operation {
    const p = bind('apply_gradients', APPLY, new Set<string>(APPLY), args, { required: 1 }) as unknown as Apply;
    if (this.#o.signDecayFn) this.decay = convertToTensor(this.#o.signDecayFn(p.globalStep ?? null), { name: 'sign_decay' });
    return super.applyGradients(p);
  }
  protected override createSlots(vars: readonly Variable[]): void { for (const v of vars) this.zerosSlot(v, 'm'); }
  protected override prepare(): void {
    this.rate = this.hyper(this.#o.learningRate ?? 0.1, 'learning_rate');
    this.beta = this.hyper(this.#o.beta ?? 0.9, 'beta');
    this.prepareOwn();
    if (!this.#o.signDecayFn) this.decay = convertToTensor(1, { name: 'sign_decay' });
  }
  protected abstract prepareOwn(): void;
  /** Rows: the average of the whole variable moves by the gradient made dense, the variable by its rows. */
  protected override applySparse(grad: IndexedSlices, v: Variable): Operation {
    const dtype = v.dtype.baseDtype;
    const rate = castTensor(this.rate, dtype);
    const scale = this.scale(dtype);
    const m = this.getSlot(v, 'm')!;
    const old = m.mul(scale.beta);
    const mt = assign(m, old.add(scale.beta.rsub(1).rmul(grad as unknown as TensorLike)), { useLocking: this.useLocking });
    const signs = sign(grad.values);
    const agree = gather(sign(mt), grad.indices).mul(signs);
    const decay = castTensor(this.decay, dtype);
    const step = rate.mul(scale.multiplier(decay, agree)).mul(grad.values);
    return group(scatterSub(v, grad.indices, step, { useLocking: this.useLocking }), mt);
  }
  /** Hyperparameters as the variable needs them, and what multiplies the gradient. */
  protected abstract scale(dtype: Tensor['dtype']): { beta: Tensor; multiplier: (decay: Tensor, agree: Tensor) => Tensor };
}

interface AddSign extends Common { alpha?: Hyper }
const ADD = ['learningRate', 'alpha', 'beta', 'signDecayFn', 'useLocking', 'name'] as const;
/** `tf.contrib.opt.AddSignOptimizer`: var -= learningRate (alpha + decay sign(g) sign(m)) g. Defaults 0.1, 1, beta 0.9. Slot `m`. */
export class AddSignOptimizer extends SignOptimizer {
  readonly #alphaGiven: Hyper;
  #alpha!: Tensor;
  constructor(...args: unknown[]) {
    const p = bind('__init__', ADD, new Set<string>(ADD), args, {}) as AddSign;
    super(p, 'AddSignOptimizer');
    this.#alphaGiven = p.alpha ?? 1;
  }
  protected override prepareOwn(): void { this.#alpha = this.hyper(this.#alphaGiven, 'alpha'); }
  protected override applyDense(grad: Tensor, v: Variable): Operation {
    return this.apply('ApplyAddSign', v, grad, (c) => [this.getSlot(v, 'm')!.ref(), c(this.rate), c(this.#alpha), c(this.decay), c(this.beta), grad]);
  }
  protected override scale(dtype: Tensor['dtype']) {
    const alpha = castTensor(this.#alpha, dtype);
    return { beta: castTensor(this.beta, dtype), multiplier: (decay: Tensor, agree: Tensor): Tensor => alpha.add(decay.mul(agree)) };
  }
}

interface PowerSign extends Common { base?: number }
const POWER = ['learningRate', 'base', 'beta', 'signDecayFn', 'useLocking', 'name'] as const;
/** `tf.contrib.opt.PowerSignOptimizer`: var -= learningRate base^(decay sign(g) sign(m)) g. Defaults 0.1, e, beta 0.9. Slot `m`. */
export class PowerSignOptimizer extends SignOptimizer {
  readonly #logarithm: number;
  #logbase!: Tensor;
  constructor(...args: unknown[]) {
    const p = bind('__init__', POWER, new Set<string>(POWER), args, {}) as PowerSign;
    super(p, 'PowerSignOptimizer');
    this.#logarithm = Math.log(p.base ?? Math.E);
  }
  protected override prepareOwn(): void { this.#logbase = this.hyper(this.#logarithm, 'logbase'); }
  protected override applyDense(grad: Tensor, v: Variable): Operation {
    return this.apply('ApplyPowerSign', v, grad, (c) => [this.getSlot(v, 'm')!.ref(), c(this.rate), c(this.#logbase), c(this.decay), c(this.beta), grad]);
  }
  protected override scale(dtype: Tensor['dtype']) {
    const beta = castTensor(this.beta, dtype);
    const logbase = castTensor(this.#logbase, dtype);
    const e = cast(Math.E, dtype);
    return { beta, multiplier: (decay: Tensor, agree: Tensor): Tensor => pow(e, logbase.mul(decay).mul(agree)) };
  }
}
