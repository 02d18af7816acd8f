// Optimizer updates of some rows of a variable: one row after the other, so that a row named twice is updated twice.
// Formulas are TF's of the sparse ops, which are not always those of the dense ones. Follows
// tensorflow/core/kernels/training_ops.cc.
import { NDArray } from '../../graph/ndarray.ts';
import { type FloatArith } from './arith.ts';
import { boolAttr, invalid, sameShape, shapeText, toNumbers } from './common.ts';
import { asFloat32, mapReal, narrow, noKernel, widen } from './compute.ts';
import { pow } from './pow.ts';
import { type KernelDef } from './kernel.ts';
import { counted, OPTIMIZERS, sign } from './state.ts';

/** Inputs: `state` variables (their names for messages), scalars, and at `grad` the gradient, then the indices. */
export interface SparseUpdate {
  readonly state: readonly string[];
  readonly scalars: readonly string[];
  readonly grad: number;
  step<V, M>(o: FloatArith<V, M>, state: readonly V[], scalar: readonly V[], g: V, flag: (name: string) => boolean): readonly V[];
}

/** The step of a dense op, where TF's sparse one computes the same. */
const denseStep = (op: string): SparseUpdate['step'] => OPTIMIZERS[op]!.step;

export const SPARSE_UPDATES: Readonly<Record<string, SparseUpdate>> = {
  SparseApplyMomentum: { state: ['var', 'accum'], scalars: ['lr', 'momentum'], grad: 3, step: denseStep('ApplyMomentum') },
  SparseApplyAdagrad: { state: ['var', 'accum'], scalars: ['lr'], grad: 3, step: denseStep('ApplyAdagrad') },
  SparseApplyRMSProp: {
    state: ['var', 'ms', 'mom'], scalars: ['lr', 'rho', 'momentum', 'epsilon'], grad: 7,
    step: (o, [v, ms, mom], [lr, rho, momentum, eps], g) => {
      const ms1 = o.add(o.mul(ms!, rho!), o.mul(o.mul(g, g), o.sub(o.c(1), rho!)));
      const mom1 = o.add(o.mul(mom!, momentum!), o.mul(o.mul(o.div(o.c(1), o.sqrt(o.add(ms1, eps!))), lr!), g));
      return [o.sub(v!, mom1), ms1, mom1];
    },
  },
  SparseApplyCenteredRMSProp: {
    state: ['var', 'mg', 'ms', 'mom'], scalars: ['lr', 'rho', 'momentum', 'epsilon'], grad: 8,
    step: (o, [v, mg, ms, mom], [lr, rho, momentum, eps], g) => {
      const rest = o.sub(o.c(1), rho!);
      const ms1 = o.add(o.mul(ms!, rho!), o.mul(o.mul(g, g), rest));
      const mg1 = o.add(o.mul(mg!, rho!), o.mul(g, rest));
      const denominator = o.sub(o.add(ms1, eps!), o.mul(mg1, mg1));
      const mom1 = o.add(o.mul(mom!, momentum!), o.mul(o.mul(o.div(o.c(1), o.sqrt(denominator)), lr!), g));
      return [o.sub(v!, mom1), mg1, ms1, mom1];
    },
  },
  SparseApplyAdadelta: { state: ['var', 'accum', 'accum_update'], scalars: ['lr', 'rho', 'epsilon'], grad: 6, step: denseStep('ApplyAdadelta') },
  SparseApplyFtrl: {
    state: ['var', 'accum', 'linear'], scalars: ['lr', 'l1', 'l2', 'lr_power'], grad: 3,
    step: (o, [v, a, l], [lr, l1, l2, power], g) => ftrlRow(o, v!, a!, l!, g, g, lr!, l1!, l2!, power!),
  },
  SparseApplyFtrlV2: {
    state: ['var', 'accum', 'linear'], scalars: ['lr', 'l1', 'l2', 'l2_shrinkage', 'lr_power'], grad: 3,
    step: (o, [v, a, l], [lr, l1, l2, shrinkage, power], g) => ftrlRow(o, v!, a!, l!, g, o.add(g, o.mul(o.mul(o.c(2), shrinkage!), v!)), lr!, l1!, l2!, power!),
  },
  SparseApplyProximalGradientDescent: { state: ['var'], scalars: ['alpha', 'l1', 'l2'], grad: 4, step: denseStep('ApplyProximalGradientDescent') },
  SparseApplyProximalAdagrad: { state: ['var', 'accum'], scalars: ['lr', 'l1', 'l2'], grad: 5, step: denseStep('ApplyProximalAdagrad') },
  SparseApplyAdagradDA: {
    state: ['var', 'gradient_accum', 'gradient_squared_accum'], scalars: ['lr', 'l1', 'l2', 'global_step'], grad: 3,
    step: (o, [, a, aa], [lr, l1, l2, step], g) => {
      const zero = o.c(0), minus = o.c(-1);
      const a1 = o.add(a!, g), aa1 = o.add(aa!, o.mul(g, g));
      const room = o.sub(o.div(o.abs(a1), step!), l1!);
      const shrunk = o.mul(o.mul(minus, sign(o, a1)), o.sel(o.lt(room, zero), zero, room));
      const top = o.sel(o.lt(zero, l1!), shrunk, o.mul(minus, o.div(a1, step!)));
      return [o.div(top, o.add(l2!, o.div(o.sqrt(aa1), o.mul(step!, lr!)))), a1, aa1];
    },
  },
};

/** FTRL of a row: the l1 term is a clamp here, where the dense op selects. */
function ftrlRow<V, M>(o: FloatArith<V, M>, v: V, a: V, l: V, g: V, step: V, lr: V, l1: V, l2: V, power: V): readonly V[] {
  const half = o.eq(power, o.c(-0.5));
  const rise = (x: V): V => o.sel(half, o.sqrt(x), pow(o, x, o.neg(power)));
  const a1 = o.add(a, o.mul(g, g));
  const linear = o.add(l, o.sub(step, o.mul(o.div(o.sub(rise(a1), rise(a)), lr), v)));
  const low = o.neg(l1);
  const capped = o.sel(o.lt(l1, linear), l1, linear);
  const adjust = o.sel(o.lt(capped, low), low, capped);
  return [o.div(o.sub(adjust, linear), o.add(o.div(rise(a1), lr), o.mul(o.c(2), l2))), a1, linear];
}

const sparse = (op: string, u: SparseUpdate): KernelDef => ({
  op,
  writes: u.state.map((_, i) => i),
  kernel: (inputs, node) => {
    const count = u.state.length;
    const [v, grad, indices] = [inputs[0]!, inputs[u.grad]!, inputs[u.grad + 1]!];
    const scalars = inputs.filter((_, i) => i >= count && i !== u.grad && i !== u.grad + 1);
    scalars.forEach((s, i) => { if (s.shape.length !== 0) throw invalid(`${u.scalars[i]} is not a scalar: ${shapeText(s.shape)}`); });
    for (let i = 1; i < count; i++) if (!sameShape(inputs[i]!.shape, v.shape)) throw invalid(`var and ${u.state[i]} do not have the same shape${shapeText(v.shape)} ${shapeText(inputs[i]!.shape)}`);
    if (v.shape.length === 0) throw invalid('var must be at least 1 dimensional');
    if (indices.shape.length !== 1) throw invalid('indices must be one-dimensional');
    for (let d = 1; d < v.shape.length; d++) if (v.shape[d] !== grad.shape[d]) throw invalid(`var and grad must match in dimension ${d}`);
    if (grad.shape[0] !== indices.shape[0]) throw invalid('grad must be the same size as indices in the first dimension.');
    const dtype = v.dtype.baseDtype;
    if (!dtype.isFloating) throw noKernel(op, dtype);
    const rest = v.shape.slice(1), run = rest.reduce((a, b) => a * b, 1);
    const wide = [...inputs.slice(0, count), grad].map((a) => asFloat32(a));
    const format = wide[0]!.dtype.baseDtype;
    const data = wide.map((a) => (widen(a) as Float32Array).slice());
    const constants = scalars.map((s) => asFloat32(counted(s, dtype)));
    const flag = (name: string): boolean => boolAttr(node, name, name === 'update_slots');
    const row = (a: Float32Array, i: number): NDArray => new NDArray(format, rest, a.slice(i * run, (i + 1) * run));
    toNumbers(indices).forEach((at, k) => {
      if (!(at >= 0 && at < v.shape[0]!)) throw invalid(`Index ${at} at offset ${k} in indices is out of range`);
      const operands = [...Array.from({ length: count }, (_, i) => row(data[i]!, at)), ...constants, row(data[count]!, k)];
      const out = mapReal(format, rest, operands, count, (o, x) => u.step(o, x.slice(0, count), x.slice(count, -1), x[x.length - 1]!, flag));
      out.forEach((a, i) => data[i]!.set(a.data as Float32Array, at * run));
    });
    return data.slice(0, count).map((d) => new NDArray(dtype, v.shape, narrow(dtype, d)));
  },
});

export const sparseApplyKernels: readonly KernelDef[] = Object.entries(SPARSE_UPDATES).flatMap(([op, u]) => [sparse(op, u), sparse(`Resource${op}`, u)]);
