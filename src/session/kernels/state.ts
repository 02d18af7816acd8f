// Ops that write variables. Kernels stay pure: inputs hold the current values, results are the new ones, in the order
// of `writes`. An uninitialised variable may come as undefined where TF allows it (Assign). Update formulas are TF's,
// rounding by rounding (training_ops.cc); 16-bit floats run in binary32 and round each result once.
// Follows tensorflow/core/kernels/{assign_op.h,dense_update_ops.cc,resource_variable_ops.cc,training_ops.cc,count_up_to_op.cc}.
import { type DType, float32, float64 } from '../../graph/dtype.ts';
import { OutOfRangeError } from '../../graph/errors.ts';
import { allocate, NDArray } from '../../graph/ndarray.ts';
import { type FloatArith } from './arith.ts';
import { boolAttr, intAttr, invalid, sameShape, shapeText } from './common.ts';
import { asFloat32, evaluate, mapReal, narrow, noKernel, type ValueRow } from './compute.ts';
import { exp } from './elementary.ts';
import { pow } from './pow.ts';
import { type Kernel, type KernelDef } from './kernel.ts';

const assign: Kernel = ([ref, value], node) => {
  const old = ref as NDArray | undefined;
  if (old && node.op === 'Assign' && boolAttr(node, 'validate_shape', true) && !sameShape(old.shape, value!.shape)) {
    throw invalid(`Assign requires shapes of both tensors to match. lhs shape= ${shapeText(old.shape)} rhs shape= ${shapeText(value!.shape)}`);
  }
  return [new NDArray(value!.dtype.baseDtype, value!.shape, value!.data)];
};
const update = (op: string, row: ValueRow, through: 'reference' | 'handle'): Kernel => ([ref, value]) => {
  if (!sameShape(ref!.shape, value!.shape)) {
    throw invalid(through === 'reference' ? `Shapes of both tensors must match: ${shapeText(ref!.shape)} vs. ${shapeText(value!.shape)}`
      : `Cannot update variable with shape ${shapeText(ref!.shape)} using a Tensor with shape ${shapeText(value!.shape)}, shapes must be equal.`);
  }
  return [evaluate(op, row, [ref!, value!])];
};
/** The value before, and one more. */
const countUpTo: Kernel = ([ref], node) => {
  const old = ref!.data[0] as number | bigint, limit = intAttr(node, 'limit');
  if (Number(old) >= limit) throw new OutOfRangeError(`Reached limit of ${limit}`);
  const next = allocate(ref!.dtype.baseDtype, 1);
  if (typeof old === 'bigint') (next as BigInt64Array)[0] = old + 1n; else (next as Int32Array)[0] = old + 1;
  return [new NDArray(ref!.dtype.baseDtype, [], next), new NDArray(ref!.dtype.baseDtype, [], ref!.data)];
};
export const ADD: ValueRow = { any: (o, a, b) => o.add(a, b), complex: (o, a, b) => [o.add(a[0], b[0]), o.add(a[1], b[1])] };
export const SUB: ValueRow = { any: (o, a, b) => o.sub(a, b), complex: (o, a, b) => [o.sub(a[0], b[0]), o.sub(a[1], b[1])] };

// ---- optimizers: state (variable first), scalars, gradient -> new state

/** An optimizer's update: which inputs are written, which are scalars (with TF's names), where the gradient is. */
export interface Optimizer {
  readonly state: number;
  readonly scalars: readonly string[];
  /** Input index of the gradient; the scalars are the other inputs after the state, in order. */
  readonly grad: number;
  /** TF's word for the gradient in messages. */
  readonly gradName?: string;
  step<V, M>(o: FloatArith<V, M>, state: readonly V[], scalar: readonly V[], g: V, flag: (name: string) => boolean): readonly V[];
}

export const OPTIMIZERS: Readonly<Record<string, Optimizer>> = {
  ApplyGradientDescent: {
    state: 1, scalars: ['alpha'], grad: 2, gradName: 'delta',
    step: (o, [v], [lr], g) => [o.sub(v!, o.mul(g, lr!))],
  },
  ApplyMomentum: {
    state: 2, scalars: ['lr', 'momentum'], grad: 3,
    step: (o, [v, a], [lr, mom], g, flag) => {
      const acc = o.add(o.mul(a!, mom!), g);
      if (!flag('use_nesterov')) return [o.sub(v!, o.mul(acc, lr!)), acc];
      return [o.sub(v!, o.add(o.mul(g, lr!), o.mul(o.mul(acc, mom!), lr!))), acc];
    },
  },
  ApplyAdam: {
    state: 3, scalars: ['beta1_power', 'beta2_power', 'lr', 'beta1', 'beta2', 'epsilon'], grad: 9,
    step: (o, [v, m, s], [b1p, b2p, lr, b1, b2, eps], g, flag) => {
      const one = o.c(1);
      const alpha = o.div(o.mul(lr!, o.sqrt(o.sub(one, b2p!))), o.sub(one, b1p!));
      const m1 = o.add(m!, o.mul(o.sub(g, m!), o.sub(one, b1!)));
      const s1 = o.add(s!, o.mul(o.sub(o.mul(g, g), s!), o.sub(one, b2!)));
      const top = flag('use_nesterov') ? o.mul(o.add(o.mul(g, o.sub(one, b1!)), o.mul(b1!, m1)), alpha) : o.mul(m1, alpha);
      return [o.sub(v!, o.div(top, o.add(o.sqrt(s1), eps!))), m1, s1];
    },
  },
  ApplyAddSign: {
    state: 2, scalars: ['lr', 'alpha', 'sign_decay', 'beta'], grad: 6,
    step: (o, [v, m], [lr, alpha, decay, beta], g) => {
      const m1 = o.add(o.mul(m!, beta!), o.mul(g, o.sub(o.c(1), beta!)));
      const agree = o.mul(sign(o, g), sign(o, m1));
      return [o.sub(v!, o.mul(o.mul(lr!, o.add(alpha!, o.mul(decay!, agree))), g)), m1];
    },
  },
  ApplyPowerSign: {
    state: 2, scalars: ['lr', 'logbase', 'sign_decay', 'beta'], grad: 6,
    step: (o, [v, m], [lr, logbase, decay, beta], g) => {
      const m1 = o.add(o.mul(m!, beta!), o.mul(g, o.sub(o.c(1), beta!)));
      const agree = o.mul(sign(o, g), sign(o, m1));
      return [o.sub(v!, o.mul(o.mul(lr!, exp(o, o.mul(o.mul(logbase!, decay!), agree))), g)), m1];
    },
  },
  ApplyAdaMax: {
    state: 3, scalars: ['beta1_power', 'lr', 'beta1', 'beta2', 'epsilon'], grad: 8,
    step: (o, [v, m, u], [b1p, lr, b1, b2, eps], g) => {
      const one = o.c(1);
      const m1 = o.add(m!, o.mul(o.sub(g, m!), o.sub(one, b1!)));
      const a = o.mul(b2!, u!), b = o.abs(g);
      const u1 = o.sel(o.lt(a, b), b, a);
      return [o.sub(v!, o.mul(o.div(lr!, o.sub(one, b1p!)), o.div(m1, o.add(u1, eps!)))), m1, u1];
    },
  },
  ApplyRMSProp: {
    state: 3, scalars: ['lr', 'rho', 'momentum', 'epsilon'], grad: 7,
    step: (o, [v, ms, mom], [lr, rho, momentum, eps], g) => {
      const ms1 = o.add(ms!, o.mul(o.sub(o.mul(g, g), ms!), o.sub(o.c(1), rho!)));
      const mom1 = o.add(o.mul(mom!, momentum!), o.div(o.mul(g, lr!), o.sqrt(o.add(ms1, eps!))));
      return [o.sub(v!, mom1), ms1, mom1];
    },
  },
  ApplyCenteredRMSProp: {
    state: 4, scalars: ['lr', 'rho', 'momentum', 'epsilon'], grad: 8,
    step: (o, [v, mg, ms, mom], [lr, rho, momentum, eps], g) => {
      const rest = o.sub(o.c(1), rho!);
      const ms1 = o.add(ms!, o.mul(o.sub(o.mul(g, g), ms!), rest));
      const mg1 = o.add(mg!, o.mul(o.sub(g, mg!), rest));
      const den = o.add(o.sub(ms1, o.mul(mg1, mg1)), eps!);
      const mom1 = o.add(o.mul(mom!, momentum!), o.div(o.mul(g, lr!), o.sqrt(den)));
      return [o.sub(v!, mom1), mg1, ms1, mom1];
    },
  },
  ApplyAdagrad: {
    state: 2, scalars: ['lr'], grad: 3,
    step: (o, [v, a], [lr], g, flag) => {
      const a1 = flag('update_slots') ? o.add(a!, o.mul(g, g)) : a!;
      return [o.sub(v!, o.mul(o.mul(g, lr!), o.div(o.c(1), o.sqrt(a1)))), a1];
    },
  },
  ApplyAdagradV2: {
    state: 2, scalars: ['lr', 'epsilon'], grad: 4,
    step: (o, [v, a], [lr, eps], g, flag) => {
      const a1 = flag('update_slots') ? o.add(a!, o.mul(g, g)) : a!;
      return [o.sub(v!, o.div(o.mul(g, lr!), o.add(o.sqrt(a1), eps!))), a1];
    },
  },
  ApplyAdadelta: {
    state: 3, scalars: ['lr', 'rho', 'epsilon'], grad: 6,
    step: (o, [v, a, u], [lr, rho, eps], g) => {
      const rest = o.sub(o.c(1), rho!);
      const a1 = o.add(o.mul(a!, rho!), o.mul(o.mul(g, g), rest));
      const d = o.mul(o.mul(o.sqrt(o.add(u!, eps!)), o.div(o.c(1), o.sqrt(o.add(a1, eps!)))), g);
      return [o.sub(v!, o.mul(d, lr!)), a1, o.add(o.mul(u!, rho!), o.mul(o.mul(d, d), rest))];
    },
  },
  ApplyFtrl: {
    state: 3, scalars: ['lr', 'l1', 'l2', 'lr_power'], grad: 3,
    step: (o, [v, a, l], [lr, l1, l2, power], g) => ftrl(o, v!, a!, l!, g, g, lr!, l1!, l2!, power!),
  },
  ApplyFtrlV2: {
    state: 3, scalars: ['lr', 'l1', 'l2', 'l2_shrinkage', 'lr_power'], grad: 3,
    step: (o, [v, a, l], [lr, l1, l2, shrinkage, power], g) => ftrl(o, v!, a!, l!, g, o.add(g, o.mul(o.mul(o.c(2), shrinkage!), v!)), lr!, l1!, l2!, power!),
  },
  /** The last scalar is an int64 that counts steps. */
  ApplyAdagradDA: {
    state: 3, scalars: ['lr', 'l1', 'l2', 'global_step'], grad: 3,
    step: (o, [, a, aa], [lr, l1, l2, step], g) => {
      const zero = o.c(0), minus = o.c(-1);
      const a1 = o.add(a!, g), aa1 = o.add(aa!, o.mul(g, g));
      const room = o.sub(o.abs(a1), o.mul(step!, l1!));
      const shrunk = o.mul(o.mul(o.mul(lr!, minus), sign(o, a1)), o.sel(o.lt(room, zero), zero, room));
      const top = o.sel(o.lt(zero, l1!), shrunk, o.mul(o.mul(lr!, a1), minus));
      return [o.div(top, o.add(o.mul(l2!, o.mul(step!, lr!)), o.sqrt(aa1))), a1, aa1];
    },
  },
  ApplyProximalGradientDescent: {
    state: 1, scalars: ['alpha', 'l1', 'l2'], grad: 4, gradName: 'delta',
    step: (o, [v], [lr, l1, l2], g) => [proximal(o, o.sub(v!, o.mul(g, lr!)), lr!, l1!, l2!)],
  },
  ApplyProximalAdagrad: {
    state: 2, scalars: ['lr', 'l1', 'l2'], grad: 5,
    step: (o, [v, a], [lr, l1, l2], g) => {
      const a1 = o.add(a!, o.mul(g, g));
      const rate = o.mul(o.div(o.c(1), o.sqrt(a1)), lr!);
      return [proximal(o, o.sub(v!, o.mul(g, rate)), rate, l1!, l2!), a1];
    },
  },
};

export function sign<V, M>(o: FloatArith<V, M>, x: V): V {
  const zero = o.c(0);
  return o.sel(o.lt(zero, x), o.c(1), o.sel(o.lt(x, zero), o.c(-1), zero));
}

/** FTRL-proximal; `g` is accumulated, `step` moves. */
function ftrl<V, M>(o: FloatArith<V, M>, v: V, a: V, l: V, g: V, step: V, lr: V, l1: V, l2: V, power: V): readonly V[] {
  const half = o.eq(power, o.c(-0.5));
  const a1 = o.add(a, o.mul(g, g));
  const rise = (x: V): V => o.sel(half, o.sqrt(x), pow(o, x, o.neg(power)));
  const l1n = o.add(l, o.sub(step, o.mul(o.div(o.sub(rise(a1), rise(a)), lr), v)));
  const x = o.sub(o.mul(l1, sign(o, l1n)), l1n);
  const y = o.add(o.div(rise(a1), lr), o.mul(o.c(2), l2));
  return [o.sel(o.lt(l1, o.abs(l1n)), o.div(x, y), o.c(0)), a1, l1n];
}

/** Shrinks p by the l1 threshold (where l1 > 0) and scales by the l2 term. */
function proximal<V, M>(o: FloatArith<V, M>, p: V, rate: V, l1: V, l2: V): V {
  const zero = o.c(0), one = o.c(1);
  const room = o.sub(o.abs(p), o.mul(rate, l1));
  const shrunk = o.mul(sign(o, p), o.sel(o.lt(room, zero), zero, room));
  return o.div(o.sel(o.lt(zero, l1), shrunk, p), o.add(one, o.mul(rate, l2)));
}

/** A count of steps in the dtype of the variable, by way of binary32. */
export function counted(s: NDArray, dtype: DType): NDArray {
  return s.dtype.isInteger ? new NDArray(dtype === float64 ? float64 : float32, [], (dtype === float64 ? Float64Array : Float32Array).of(Math.fround(Number(s.data[0])))) : s;
}

const optimizer = (op: string, d: Optimizer): KernelDef => ({
  op,
  writes: Array.from({ length: d.state }, (_, i) => i),
  kernel: (inputs, node) => {
    const v = inputs[0]!, grad = inputs[d.grad]!;
    const scalars = inputs.filter((_, i) => i >= d.state && i !== d.grad);
    scalars.forEach((s, i) => { if (s.shape.length !== 0) throw invalid(`${d.scalars[i]} is not a scalar: ${shapeText(s.shape)}`); });
    for (let i = 1; i < d.state; i++) if (!sameShape(inputs[i]!.shape, v.shape)) throw invalid(`var and accum do not have the same shape${shapeText(v.shape)} ${shapeText(inputs[i]!.shape)}`);
    if (!sameShape(grad.shape, v.shape)) throw invalid(`var and ${d.gradName ?? 'grad'} do not have the same shape${shapeText(v.shape)} ${shapeText(grad.shape)}`);
    const dtype = v.dtype.baseDtype;
    if (!dtype.isFloating) throw noKernel(op, dtype);
    const wide = [...inputs.slice(0, d.state), ...scalars.map((s) => counted(s, dtype)), grad].map((a) => asFloat32(a));
    const flag = (name: string): boolean => boolAttr(node, name, name === 'update_slots');
    const out = mapReal(wide[0]!.dtype.baseDtype, v.shape, wide, d.state, (o, x) => d.step(o, x.slice(0, d.state), x.slice(d.state, -1), x[x.length - 1]!, flag));
    return out.map((a) => new NDArray(dtype, a.shape, narrow(dtype, a.data as Float32Array)));
  },
});

export const stateKernels: readonly KernelDef[] = [
  { op: 'Assign', kernel: assign, writes: [0] },
  { op: 'AssignVariableOp', kernel: assign, writes: [0] },
  { op: 'AssignAdd', kernel: update('AssignAdd', ADD, 'reference'), writes: [0] },
  { op: 'AssignSub', kernel: update('AssignSub', SUB, 'reference'), writes: [0] },
  { op: 'AssignAddVariableOp', kernel: update('AssignAdd', ADD, 'handle'), writes: [0] },
  { op: 'AssignSubVariableOp', kernel: update('AssignSub', SUB, 'handle'), writes: [0] },
  { op: 'CountUpTo', kernel: countUpTo, writes: [0] },
  { op: 'ResourceCountUpTo', kernel: countUpTo, writes: [0] },
  ...Object.entries(OPTIMIZERS).flatMap(([op, d]) => [optimizer(op, d), optimizer(`Resource${op}`, d)]),
];
