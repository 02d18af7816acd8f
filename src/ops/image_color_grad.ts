// The gradient of RGBToHSV, node for node as python/ops/image_grad.py builds it (1.15): which component is largest and which is
// smallest as 0 and 1, and a sum over the cases.
import { float32 } from '../graph/dtype.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { stacked } from './array_join.ts';
import { ellipsis } from './array_slice.ts';
import { add, divNoNan } from './math_binary.ts';
import { castTensor } from './math_cast.ts';
import { square } from './math_unary.ts';
import { op1 } from './op_def_library.ts';
import type { Grad } from './registry.ts';
import './tensor_operators.ts';

type Channel = 'r' | 'g' | 'b';
type Difference = readonly [Channel, Channel];
/** By what a largest and a smallest component change the hue: a difference over the square of another, or one over a difference. */
interface Case { readonly big: Channel; readonly small: Channel; readonly over: Difference; readonly times?: Difference; readonly minus?: true }
const CHANNELS = ['r', 'g', 'b'] as const;
/** Per channel: the difference of the other two, the two by whose order the saturation changes, and the cases of the hue. */
const TABLE: Readonly<Record<Channel, { readonly others: Difference; readonly smallest: Difference; readonly biggest: Difference; readonly cases: readonly Case[] }>> = {
  r: { others: ['g', 'b'], smallest: ['g', 'b'], biggest: ['g', 'b'], cases: [
    { big: 'g', small: 'r', times: ['b', 'g'], over: ['r', 'g'] }, { big: 'g', small: 'b', minus: true, over: ['g', 'b'] }, { big: 'b', small: 'r', times: ['b', 'g'], over: ['b', 'r'] }, { big: 'b', small: 'g', over: ['b', 'g'] },
  ] },
  g: { others: ['b', 'r'], smallest: ['r', 'b'], biggest: ['r', 'b'], cases: [
    { big: 'r', small: 'g', times: ['r', 'b'], over: ['r', 'g'] }, { big: 'r', small: 'b', over: ['r', 'b'] }, { big: 'b', small: 'g', times: ['r', 'b'], over: ['b', 'g'] }, { big: 'b', small: 'r', minus: true, over: ['b', 'r'] },
  ] },
  b: { others: ['r', 'g'], smallest: ['g', 'r'], biggest: ['g', 'r'], cases: [
    { big: 'r', small: 'b', times: ['g', 'r'], over: ['r', 'b'] }, { big: 'r', small: 'g', minus: true, over: ['r', 'g'] }, { big: 'g', small: 'b', times: ['g', 'r'], over: ['g', 'b'] }, { big: 'g', small: 'r', over: ['g', 'r'] },
  ] },
};
const reciprocal = (x: Tensor): Tensor => divNoNan(1, x);

export function rgbToHsvGrad(op: Operation, grad: Tensor | null): readonly Grad[] {
  const [image, hsv, g] = [op.inputs[0]!, op.outputs[0]!, grad!];
  const x: Record<Channel, Tensor> = { r: image.at(ellipsis, 0), g: image.at(ellipsis, 1), b: image.at(ellipsis, 2) };
  const saturation = hsv.at(ellipsis, 1), value = hsv.at(ellipsis, 2);
  const where = (a: Tensor, b: Tensor): Tensor => castTensor(a.and(b), float32);
  const biggest: Record<Channel, Tensor> = {
    r: where(x.r.greaterEqual(x.b), x.r.greaterEqual(x.g)), g: where(x.g.greater(x.r), x.g.greaterEqual(x.b)), b: where(x.b.greater(x.r), x.b.greater(x.g)),
  };
  const smallest: Record<Channel, Tensor> = {
    r: where(x.r.less(x.b), x.r.less(x.g)), g: where(x.g.lessEqual(x.r), x.g.less(x.b)), b: where(x.b.lessEqual(x.r), x.b.lessEqual(x.g)),
  };
  const sign = (c: Channel): Tensor => castTensor(x[c].greater(0), float32);

  const dSaturation = CHANNELS.map((c) => {
    const { smallest: [a, b], biggest: [d, e] } = TABLE[c];
    const positive = sign(c);
    const whenBig = biggest[c].mul(add(smallest[a].mul(x[a]), smallest[b].mul(x[b]))).mul(reciprocal(square(x[c])));
    const whenSmall = smallest[c].mul(-1).mul(reciprocal(biggest[d].mul(x[d]).add(biggest[e].mul(x[e]))));
    return positive.mul(add(whenBig, whenSmall));
  });
  const dHue = CHANNELS.map((c) => {
    const { others: [a, b], cases } = TABLE[c];
    const own = sign(c).mul(biggest[c]).mul(-1).mul(x[a].sub(x[b])).mul(reciprocal(square(saturation))).mul(reciprocal(square(value))).rmul(60);
    const rest = cases.map(({ big, small, over: [d, e], times, minus }) => {
      const ordered = sign(big).mul(biggest[big]).mul(smallest[small]);
      if (times) return ordered.mul(x[times[0]].sub(x[times[1]])).mul(reciprocal(square(x[d].sub(x[e])))).rmul(60);
      return (minus ? ordered.mul(-1) : ordered).mul(reciprocal(x[d].sub(x[e]))).rmul(60);
    });
    return rest.reduce((sum, t) => sum.add(t), own).truediv(360);
  });
  const dValue = CHANNELS.map((c) => biggest[c]);
  const chained = (i: number, parts: readonly Tensor[]): Tensor => stacked(parts.map((d) => g.at(ellipsis, i).mul(d)), -1);
  const byValue = chained(2, dValue), bySaturation = chained(1, dSaturation), byHue = chained(0, dHue);
  return [op1('Add', [add(byValue, bySaturation), byHue])];
}
