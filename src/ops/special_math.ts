// Einstein summation, norms, matrix-vector products, cross products, the log of the beta function.
// Follows python/ops/{special_math_ops,linalg_ops,linalg/linalg_impl,nn_impl,math_ops}.py (1.15).
import { NotImplementedError, TypeError, ValueError } from '../graph/errors.ts';
import { isOptions } from './api.ts';
import { publicCall } from '../graph/site.ts';
import { type TensorShape } from '../graph/shape.ts';
import { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { matrixTranspose, trace } from './array_diag.ts';
import { expandDims, reshape, shape as shapeOf, squeeze, transpose } from './array_shape.ts';
import { conj, grad1, inputOf, inScope } from './building.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { multiply, pow } from './math_binary.ts';
import { castTensor } from './math_cast.ts';
import { matmul } from './math_linear.ts';
import { reduceMax, reduceSum } from './math_reduce.ts';
import { abs, lgamma, sqrt } from './math_unary.ts';
import { op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { replaceDim } from './shape_fns.ts';
import './tensor_operators.ts';

// --- einsum --------------------------------------------------------------------------------------------------------

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Labels of the axes of the inputs and of the output; an ellipsis stands for labels of its own. */
function parseEquation(given: string, shapes: readonly TensorShape[]): { inputs: string[]; output: string } {
  const equation = given.replaceAll(' ', '');
  const m = /^([a-zA-Z,.]+)(->[a-zA-Z.]*)?$/.exec(equation);
  if (!m) throw new ValueError(`Indices have incorrect format: ${equation}`);
  const inputs = m[1]!.split(',');
  let output = m[2]?.slice(2);
  if (shapes.length !== inputs.length) throw new ValueError(`Got ${shapes.length} arguments for equation "${equation}", expecting ${inputs.length}`);
  let rest = '';
  if (equation.includes('...')) {
    const unused = [...LETTERS].filter((c) => !inputs.join('').includes(c)).join('');
    inputs.forEach((labels, i) => {
      if (!labels.includes('...')) return;
      const parts = labels.split('...');
      if (parts.length !== 2) throw new ValueError('Unable to resolve ellipsis. Excess number found.');
      const { ndims } = shapes[i]!;
      if (ndims === null) throw new ValueError('Unable to statically infer ellipsis axes.');
      const n = ndims - parts.join('').length;
      if (n < 0) throw new ValueError('Ellipses lengths do not match.');
      if (unused.length < n) throw new ValueError('Unable to resolve ellipsis, too many distinct labels.');
      const own = n > 0 ? unused.slice(-n) : '';
      inputs[i] = labels.replace('...', own);
      if (own.length > rest.length) rest = own;
    });
    output = output?.replace('...', rest);
    if ([...inputs, output ?? ''].some((l) => l.includes('.'))) throw new ValueError('period "." found outside of ellipsis');
  }
  if (output === undefined) {
    const all = inputs.join('');
    const once = [...new Set(all)].filter((c) => !rest.includes(c) && all.split(c).length === 2).sort();
    output = rest + once.join('');
  }
  return { inputs, output };
}

type Size = number | Tensor;
/** Sizes, those unknown as elements of the shape. */
function sizesOf(t: Tensor): Size[] {
  const dims = t.shape.asList();
  const dynamic = dims.includes(null) ? shapeOf(t) : undefined;
  return dims.map((d, i) => d ?? dynamic!.at(i));
}
const product = (sizes: readonly Size[]): Size => sizes.reduce<Size>((a, b) => (a instanceof Tensor ? a.mul(b) : b instanceof Tensor ? b.rmul(a) : a * b), 1);
function reshaped(t: Tensor, shape: readonly Size[]): Tensor {
  const now = t.shape.dims!;
  if (shape.length === now.length && shape.every((d, i) => !(d instanceof Tensor) && (d === now[i] || d === -1))) return t;
  return reshape(t, shape as unknown as TensorLike);
}
const permuted = (t: Tensor, perm: readonly number[]): Tensor => (perm.every((p, i) => p === i) ? t : transpose(t, { perm: perm as number[] }));

/** One step: two tensors become one, summed over some of the labels they share. */
function contract(a: Tensor, la: string, b: Tensor, lb: string, summed: ReadonlySet<string>): [Tensor, string] {
  for (const [t, l, i] of [[a, la, 0], [b, lb, 1]] as const) {
    if (l.length !== t.shape.ndims) throw new ValueError(`Tensor t${i} of rank ${t.shape.ndims} does not match einsum reduction of length ${l.length}`);
  }
  const kept = new Set([...la].filter((c) => lb.includes(c) && !summed.has(c)));
  const only = [la, lb].map((l) => new Set([...l].filter((c) => !kept.has(c) && !summed.has(c)))) as [Set<string>, Set<string>];
  const group = (i: number, c: string): number => (kept.has(c) ? -1 : (i === 0 && only[0].has(c)) || (i === 1 && summed.has(c)) ? 0 : 1);
  const sorted = [la, lb].map((l, i) => [...l].sort((x, y) => group(i, x) - group(i, y) || (x < y ? -1 : x > y ? 1 : 0)));
  let x = permuted(a, sorted[0]!.map((c) => la.indexOf(c)));
  let y = permuted(b, sorted[1]!.map((c) => lb.indexOf(c)));
  const k = kept.size;
  if (summed.size === 0) {
    for (let i = 0; i < only[1].size; i++) x = expandDims(x, -1);
    for (let i = 0; i < only[0].size; i++) y = expandDims(y, k);
    return [multiply(x, y), [...sorted[0]!, ...sorted[1]!.slice(k)].join('')];
  }
  const s = summed.size;
  const xs = sizesOf(x);
  const rows = product(xs.slice(k, xs.length - s));
  x = reshaped(x, [...xs.slice(0, k), rows, product(xs.slice(xs.length - s))]);
  const inner = product(xs.slice(xs.length - s));
  const ys = sizesOf(y);
  const columns = product(ys.slice(k + s));
  y = reshaped(y, [...ys.slice(0, k), inner, columns]);
  const out = reshaped(matmul(x, y), [...xs.slice(0, k + only[0].size), ...ys.slice(ys.length - only[1].size)]);
  return [out, [...sorted[0]!.slice(0, k + only[0].size), ...sorted[1]!.slice(sorted[1]!.length - only[1].size)].join('')];
}

interface EinsumOptions { name?: string | null }
/** `tf.einsum(equation, *inputs, name=None)`: products of tensors summed over the labels that the output does not have: 'ij,jk->ik' is a matrix product. Without
 * '->' the output has the labels that occur once, in alphabetical order. '...' stands for the axes not named.
 * Errors: ValueError for equations that do not fit, and for a label twice in one input. A label summed over more than two inputs is not supported. */
export function einsum(equation: string, ...given: (TensorLike | EinsumOptions)[]): Tensor {
  return publicCall(einsum as (...a: never[]) => unknown, () => {
    const o: EinsumOptions = isOptions(given.at(-1)) ? given.pop() as EinsumOptions : {};
    const wrong = Object.keys(o).filter((k) => k !== 'name');
    if (wrong.length > 0) throw new TypeError(`invalid keyword arguments for this function: ${wrong.sort().join(', ')}`);
    return inScope(o.name, 'einsum', given, () => {
      const inputs = given.map((t) => convertToTensor(t as TensorLike));
      const { inputs: labels, output } = parseEquation(equation, inputs.map((t) => t.shape));
      const all = new Set(labels.join('') + output);
      for (const c of all) {
        for (const l of labels) {
          const times = l.split(c).length - 1;
          if (labels.length === 1 && times === 2 && l === [...l].reverse().join('') && !equation.includes('->')) return trace(inputs[0]!);
          if (times > 1) throw new ValueError(`Subscript not supported: an axis appears more than once: ${l}`);
        }
      }
      for (const c of all) {
        if (labels.filter((l) => l.includes(c)).length > 2 && !output.includes(c)) throw new NotImplementedError(`einsum: the index "${c}" is summed over more than two inputs`, { remedy: 'multiply and reduce in two steps' });
      }
      let [t, l] = [inputs[0]!, labels[0]!];
      for (let i = 1; i < inputs.length; i++) {
        const summed = new Set([...l].filter((c) => labels[i]!.includes(c) && !output.includes(c)));
        [t, l] = contract(t, l, inputs[i]!, labels[i]!, summed);
      }
      const gone = [...l].flatMap((c, i) => (output.includes(c) ? [] : [i]));
      if (gone.length > 0) { t = reduceSum(t, { axis: gone }); l = [...l].filter((c) => output.includes(c)).join(''); }
      if ([...l].sort().join() !== [...output].sort().join()) throw new ValueError(`Invalid equation: ${equation}`);
      return permuted(t, [...output].map((c) => l.indexOf(c)));
    });
  });
}

// --- norms and products --------------------------------------------------------------------------------------------

type Order = 'euclidean' | 'fro' | number;
interface Norm { tensor: TensorLike; ord?: Order; axis?: number | readonly [number, number] | null; keepdims?: boolean | null; name?: string | null; keepDims?: boolean | null }
const isInt = (v: unknown): v is number => typeof v === 'number' && Number.isInteger(v);
const spelled = (ord: unknown): string => (ord === Infinity ? 'inf' : String(ord));

/** `tf.norm` (`tf.linalg.norm`): the norm of a whole tensor (default), of vectors along `axis`, or of matrices in two axes: 'euclidean' (default), 'fro', 1, Infinity or, for vectors, any p > 0.
 * Errors: ValueError for other orders and axes; NotImplementedError for the 2-norm of matrices, which needs a singular value decomposition. */
export const norm = api('norm', ['tensor', 'ord', 'axis', 'keepdims', 'name', 'keepDims'], (p: Norm): Tensor => {
  const { ord = 'euclidean' } = p;
  const keep = p.keepdims ?? p.keepDims ?? false;
  const given = p.axis ?? null;
  const ofMatrix = Array.isArray(given) && given.length === 2;
  let axis: readonly number[] | null = null;
  if (ofMatrix) {
    const [a, b] = given as [number, number];
    if (!isInt(a) || !isInt(b) || a === b) throw new ValueError("'axis' must be None, an integer, or a tuple of 2 unique integers");
    if (ord !== 'euclidean' && ord !== 'fro' && ord !== 1 && ord !== 2 && ord !== Infinity) throw new ValueError(`'ord' must be a supported matrix norm in ['euclidean', 'fro', 1, 2, inf], got ${spelled(ord)}`);
    axis = [a, b];
  } else {
    if (given !== null && !isInt(given)) throw new ValueError("'axis' must be None, an integer, or a tuple of 2 unique integers");
    if (ord !== 'euclidean' && (typeof ord !== 'number' || ord <= 0)) throw new ValueError(`'ord' must be a supported vector norm, got ${spelled(ord)}`);
    if (given !== null) axis = [given as number];
  }
  return inScope(p.name, 'norm', [p.tensor], () => {
    const t = convertToTensor(p.tensor);
    const over = { axis: axis as number[] | null, keepdims: true };
    let out: Tensor;
    if (ord === 'fro' || ord === 'euclidean' || ord === 2) {
      if (ofMatrix && ord === 2) throw new NotImplementedError('The 2-norm of matrices needs a singular value decomposition, which is not there yet.');
      out = sqrt(reduceSum(t.mul(conj(t)), over));
    } else {
      out = abs(t);
      if (ord === 1) {
        out = reduceSum(out, { axis: axis === null ? null : axis[0]!, keepdims: true });
        if (ofMatrix) out = reduceMax(out, { axis: axis!.at(-1)!, keepdims: true });
      } else if (ord === Infinity) {
        if (ofMatrix) out = reduceSum(out, { axis: axis![1]!, keepdims: true });
        out = reduceMax(out, { axis: axis === null ? null : axis[0]!, keepdims: true });
      } else out = pow(reduceSum(pow(out, ord), over), 1 / ord);
    }
    return keep ? out : squeeze(out, axis as number[] | null);
  });
}, { required: 1 });
/** `tf.linalg.normalize`: [the tensor divided by its norm, the norm]. */
export const normalize = api('normalize', ['tensor', 'ord', 'axis', 'name'], (p: { tensor: TensorLike; ord?: Order; axis?: number | readonly [number, number] | null; name?: string | null }): [Tensor, Tensor] => inScope(p.name, 'normalize', [p.tensor], () => {
  const t = convertToTensor(p.tensor);
  const n = castTensor(norm(t, { ord: p.ord ?? 'euclidean', axis: p.axis ?? null, keepdims: true }), t.dtype);
  return [t.truediv(n), n];
}), { required: 1 });

interface MatVec { a: TensorLike; b: TensorLike; transposeA?: boolean; adjointA?: boolean; aIsSparse?: boolean; bIsSparse?: boolean; name?: string | null }
/** `tf.linalg.matvec`: matrices times vectors. */
export const matvec = api('matvec', ['a', 'b', 'transposeA', 'adjointA', 'aIsSparse', 'bIsSparse', 'name'], (p: MatVec): Tensor => inScope(p.name, 'MatVec', [p.a, p.b], () => {
  const out = matmul({ a: p.a, b: expandDims(p.b, -1), transposeA: p.transposeA ?? false, adjointA: p.adjointA ?? false, aIsSparse: p.aIsSparse ?? false, bIsSparse: p.bIsSparse ?? false });
  return squeeze(out, [-1]);
}), { required: 2 });
/** `tf.linalg.adjoint`: matrices transposed and conjugated. */
export const adjoint = api('adjoint', ['matrix', 'name'], (p: { matrix: TensorLike; name?: string | null }): Tensor => inScope(p.name, 'adjoint', [p.matrix], () => matrixTranspose(convertToTensor(p.matrix, { name: 'matrix' }), { conjugate: true })), { required: 1 });

defineOp('Cross', {
  shape: (c) => {
    const s = c.merge(c.withRankAtLeast(c.input(0), 1), c.input(1));
    return [s.dims === null ? s : replaceDim(s, -1, c.withValue(s.dims.at(-1)!, 3))];
  },
  grad: grad1((op, g) => [op1('Cross', [inputOf(op, 1), g]), op1('Cross', [g, inputOf(op, 0)])]),
});
/** `tf.cross` (`tf.linalg.cross`): cross products of vectors of three elements in the last dimension. */
export const cross = api('cross', ['a', 'b', 'name'], (p: { a: TensorLike; b: TensorLike; name?: string | null }): Tensor => op1('Cross', [p.a, p.b], {}, p.name), { required: 2 });

/** `tf.lbeta` (`tf.math.lbeta`): the logarithm of the beta function of the vectors in the last dimension. */
export const lbeta = api('lbeta', ['x', 'name'], (p: { x: TensorLike; name?: string | null }): Tensor => inScope(p.name, 'lbeta', [p.x], () => {
  const x = convertToTensor(p.x, { name: 'x' });
  const products = reduceSum(lgamma(x), { axis: [-1] });
  const sum = reduceSum(x, { axis: [-1] });
  return products.sub(lgamma(sum));
}), { required: 1 });
