// Rules on matrix products and convolutions, for engines under the numeric contract: an element of a product is the sum of
// the same terms in the same order, wherever its factors lie, and padding is a factor of +0 wherever it is put.
import { P } from 'ts-pattern';
import { attr, type AttrMap } from '../../../graph/node_def.ts';
import { type Rule, rule } from '../../../graph/rewrite.ts';
import type { NodeView } from '../../../graph/view.ts';
import { type Dims, dimsOf, newInts, numbersOf, sameDims } from './common.ts';

const PRODUCTS = ['MatMul', 'BatchMatMul', 'BatchMatMulV2'];
/** Names of the attrs that turn the factors round. */
const turns = (v: NodeView): readonly [string, string] => (v.op === 'MatMul' ? ['transpose_a', 'transpose_b'] : ['adj_x', 'adj_y']);
/** Whether a node turns the last two axes round and no others. */
function turnsMatrices(v: NodeView): boolean {
  const p = v.op === 'Transpose' && !v.waits ? numbersOf(v.inputs[1]) : undefined, n = p?.length ?? 0;
  return p !== undefined && n >= 2 && v.inputs[0]!.shape.ndims === n && p.every((d, i) => d === (i === n - 1 ? n - 2 : i === n - 2 ? n - 1 : i));
}

const turned = (i: 0 | 1): Rule => rule(i === 0 ? 'MatMul(Transpose(x), y) -> MatMul(x, y) that transposes x' : 'MatMul(x, Transpose(y)) -> MatMul(x, y) that transposes y', PRODUCTS, { inputs: i === 0 ? [{ op: 'Transpose' }, P.any] : [P.any, { op: 'Transpose' }] }, (v) => {
  const name = turns(v)[i], x = v.inputs[i]!;
  if (!turnsMatrices(x) || v.dtype?.isComplex) return undefined; // adj_x would conjugate
  return { become: { op: v.op, input: v.inputs.map((y, j) => (j === i ? x.inputs[0]!.tensor : y.tensor)), attr: { ...v.attr, [name]: attr.b(v.attr[name]?.value !== true) } } };
});

const text = (v: NodeView, name: string): string => { const a = v.attr[name]; return a?.kind === 's' ? String(a.value) : ''; };
const list = (v: NodeView, name: string): Dims => { const a = v.attr[name]; return a?.kind === 'list' ? (a.value.i ?? []).map(Number) : []; };
/** Zeros before and after each axis that a Pad puts there: around height and width only. */
function zerosOf(pad: NodeView | undefined, spatial: Dims): Dims | undefined {
  const p = pad?.op === 'Pad' && !pad.waits && pad.shape.isFullyDefined && pad.inputs[0]!.shape.isFullyDefined ? numbersOf(pad.inputs[1]) : undefined;
  return p?.length === 8 && p.every((n, i) => n >= 0 && (n === 0 || spatial.includes(i >> 1))) ? p : undefined;
}
/** The convolution (a gradient of one) with more zeros around its images, which were `given` large with them; `taps`: the filter's shape. */
function withZeros(v: NodeView, more: Dims, given: Dims, taps: Dims | undefined, spatial: Dims): AttrMap | undefined {
  const padding = text(v, 'padding'), [strides, dilations, explicit] = ['strides', 'dilations', 'explicit_paddings'].map((a) => list(v, a)) as [Dims, Dims, Dims];
  if (taps?.length !== 4 || strides.length !== 4 || !['VALID', 'SAME', 'EXPLICIT'].includes(padding)) return undefined;
  const own = padding === 'EXPLICIT' ? [...explicit] : [0, 0, 0, 0, 0, 0, 0, 0];
  if (padding === 'SAME') spatial.forEach((axis, i) => {
    const stride = strides[axis]!, zeros = Math.max(0, (Math.ceil(given[axis]! / stride) - 1) * stride + (taps[i]! - 1) * (dilations[axis] ?? 1) + 1 - given[axis]!);
    own[2 * axis] = zeros >> 1;
    own[2 * axis + 1] = zeros - (zeros >> 1);
  });
  return own.length === 8 ? { ...v.attr, padding: attr.s('EXPLICIT'), explicit_paddings: attr.list({ i: own.map((n, i) => n + more[i]!) }) } : undefined;
}
const spatialOf = (v: NodeView): Dims => (text(v, 'data_format') === 'NCHW' ? [2, 3] : [1, 2]);

export const productRules: readonly Rule[] = [
  turned(0), turned(1),
  rule('Transpose(MatMul(x, y)) -> MatMul(y, x)', 'Transpose', { inputs: [{ op: P.union('MatMul', 'BatchMatMul', 'BatchMatMulV2') }, { op: 'Const' }] }, (v) => {
    const product = v.inputs[0]!, [a, b] = turns(product), [x, y] = product.inputs as [NodeView, NodeView];
    if (!turnsMatrices(v) || product.waits || !product.soleUser || product.dtype?.isComplex) return undefined;
    const flipped = (name: string): ReturnType<typeof attr.b> => attr.b(product.attr[name]?.value !== true);
    return { become: { op: product.op, input: [y.tensor, x.tensor], attr: { ...product.attr, [a]: flipped(b), [b]: flipped(a) } } };
  }),
  rule('Conv2D(Pad(x)) -> Conv2D(x) that pads', ['Conv2D', 'Conv2DBackpropFilter'], { inputs: P.any }, (v) => {
    const spatial = spatialOf(v), pad = v.inputs[0], zeros = zerosOf(pad, spatial), taps = v.op === 'Conv2D' ? dimsOf(v.inputs[1]) : numbersOf(v.inputs[1]);
    const attrs = zeros && dimsOf(v) ? withZeros(v, zeros, pad!.shape.dims as Dims, taps, spatial) : undefined;
    return attrs && { become: { op: v.op, input: [pad!.inputs[0]!.tensor, ...v.inputs.slice(1).map((x) => x.tensor)], attr: attrs }, counts: true };
  }),
  rule('Slice(Conv2DBackpropInput(y)) without a border -> Conv2DBackpropInput(y) that pads', 'Slice', { inputs: [{ op: 'Conv2DBackpropInput' }, { op: 'Const' }, { op: 'Const' }] }, (v) => {
    const conv = v.inputs[0]!, spatial = spatialOf(conv), whole = dimsOf(conv), part = dimsOf(v), begin = numbersOf(v.inputs[1]);
    if (!whole || !part || begin?.length !== 4 || conv.waits || !conv.soleUser || numbersOf(conv.inputs[0])?.length !== 4 || sameDims(whole, part) || part.includes(0)) return undefined;
    const after = whole.map((d, i) => d - begin[i]! - part[i]!);
    if (whole.some((_, i) => begin[i]! < 0 || after[i]! < 0 || (!spatial.includes(i) && begin[i]! + after[i]! > 0))) return undefined;
    const attrs = withZeros(conv, begin.flatMap((n, i) => [n, after[i]!]), whole, dimsOf(conv.inputs[1]), spatial), sizes = newInts(v, 'sizes', part);
    return attrs && { become: { op: conv.op, input: [sizes.name, ...conv.inputs.slice(1).map((x) => x.tensor)], attr: attrs }, make: [sizes] };
  }),
];
