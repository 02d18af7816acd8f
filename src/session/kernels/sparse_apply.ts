// Optimizer updates of some rows of a variable: one row after the other, so that a row named twice is updated twice.
// Formulas are TF's of the sparse ops, which are not always those of the dense ones. Follows
// tensorflow/core/kernels/training_ops.cc.
import { NDArray } from '../../graph/ndarray.ts';
import { type FloatArith } from './arith.ts';
import { boolAttr, invalid, sameShape, shapeText, toNumbers } from './common.ts';
import { asFloat32, mapReal, narrow, noKernel, widen } from './compute.ts';
import { type KernelDef } from './kernel.ts';

/** Inputs: `state` variables (their names for messages), scalars, and at `grad` the gradient, then the indices. */
export interface SparseUpdate {
  readonly state: readonly string[];
  readonly scalars: readonly string[];
  readonly grad: number;
  step<V, M>(o: FloatArith<V, M>, state: readonly V[], scalar: readonly V[], g: V, flag: (name: string) => boolean): readonly V[];
}

export const SPARSE_UPDATES: Readonly<Record<string, SparseUpdate>> = {
  SparseApplyMomentum: {
    state: ['var', 'accum'], scalars: ['lr', 'momentum'], grad: 3,
    step: (o, [v, a], [lr, momentum], g, flag) => {
      const acc = o.add(o.mul(a!, momentum!), g);
      const move = flag('use_nesterov') ? o.add(o.mul(g, lr!), o.mul(o.mul(acc, momentum!), lr!)) : o.mul(acc, lr!);
      return [o.sub(v!, move), acc];
    },
  },
  SparseApplyAdagrad: {
    state: ['var', 'accum'], scalars: ['lr'], grad: 3,
    step: (o, [v, a], [lr], g, flag) => {
      const acc = flag('update_slots') ? o.add(a!, o.mul(g, g)) : a!;
      return [o.sub(v!, o.mul(o.mul(lr!, g), o.div(o.c(1), o.sqrt(acc)))), acc];
    },
  },
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
};

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
    const constants = scalars.map((s) => asFloat32(s));
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
