// Complex numbers: parts, angle, making and conjugating them. Follows python/ops/{math_ops,math_grad}.py (1.15).
import { complex128, complex64, type DType, float32, float64 } from '../graph/dtype.ts';
import { TypeError } from '../graph/errors.ts';
import { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { broadcastOperandsAtRun, reduceTo } from './array_broadcast.ts';
import { zerosLike } from './array_values.ts';
import { afterOps, grad1, inputOf, inScope } from './building.ts';
import { constantNode, convertToTensor, type TensorLike } from './convert.ts';
import { divNoNan } from './math_binary.ts';
import { op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { broadcastBinary, unchangedShape } from './shape_fns.ts';
import './tensor_operators.ts';

const realOf = (t: DType): DType => (t === complex128 ? float64 : float32);
const part = (op: 'Real' | 'Imag' | 'Angle', t: Tensor, name?: string): Tensor => op1(op, [t], { Tout: realOf(t.dtype.baseDtype) }, name);
const join = (re: Tensor, im: Tensor): Tensor => op1('Complex', [re, im], { Tout: re.dtype.baseDtype === float64 ? complex128 : complex64 });

defineOp('Real', { shape: unchangedShape, grad: grad1((_, g) => [join(g, constantNode(0, { dtype: g.dtype.baseDtype }))]) });
defineOp('Imag', { shape: unchangedShape, grad: grad1((_, g) => [join(constantNode(0, { dtype: g.dtype.baseDtype }), g)]) });
defineOp('ComplexAbs', {
  shape: unchangedShape,
  grad: grad1((op, g) => {
    const upstream = join(g, zerosLike(g)).mul(inputOf(op, 0));
    return [divNoNan(upstream, join(op.outputs[0]!, zerosLike(op.outputs[0]!)))];
  }),
});
defineOp('Complex', {
  shape: broadcastBinary,
  grad: grad1((op, g) => {
    const [tx, ty] = broadcastOperandsAtRun(inputOf(op, 0), inputOf(op, 1));
    const re = reduceTo(part('Real', g), tx);
    return [re, reduceTo(part('Imag', g), ty)];
  }),
});
defineOp('Angle', {
  shape: unchangedShape,
  grad: grad1((op, g) => afterOps([g], () => {
    const re = part('Real', inputOf(op, 0));
    const z = op1('Reciprocal', [join(part('Imag', inputOf(op, 0)), re)]);
    const upstream = join(g, constantNode(0, { dtype: g.dtype.baseDtype }));
    return [upstream.neg().mul(z)];
  })),
});

interface Input { input: TensorLike; name?: string | null }
const partOf = (op: 'Real' | 'Imag' | 'Angle', rest: (t: Tensor) => Tensor) => (p: Input): Tensor => inScope(p.name, op, [p.input], (scope) => {
  const t = convertToTensor(p.input, { name: 'input' });
  return t.dtype.isComplex ? part(op, t, scope) : rest(t);
});
/** `tf.real` (`tf.math.real`): the real part; real tensors as they are. */
export const real = api('real', ['input', 'name'], partOf('Real', (t) => t), { required: 1 });
/** `tf.imag` (`tf.math.imag`): the imaginary part; zeros for real tensors. */
export const imag = api('imag', ['input', 'name'], partOf('Imag', (t) => zerosLike(t)), { required: 1 });
/** `tf.angle` (`tf.math.angle`): the argument of complex numbers, in radians; zeros for real tensors. */
export const angle = api('angle', ['input', 'name'], partOf('Angle', (t) => zerosLike(t)), { required: 1 });
/** `tf.complex`: complex64 from two float32 tensors, complex128 from two float64. Errors: TypeError for other dtypes. */
export const complex = api('complex', ['real', 'imag', 'name'], (p: { real: TensorLike; imag: TensorLike; name?: string | null }): Tensor => {
  const re = convertToTensor(p.real, { name: 'real' });
  const im = convertToTensor(p.imag, { name: 'imag' });
  return inScope(p.name, 'Complex', [re, im], (scope) => {
    const [a, b] = [re.dtype, im.dtype];
    if (a !== b || (a !== float32 && a !== float64)) throw new TypeError(`real and imag have incorrect types: ${a.name} ${b.name}`);
    return op1('Complex', [re, im], { Tout: a === float64 ? complex128 : complex64 }, scope);
  });
}, { required: 2 });
/** `tf.conj` (`tf.math.conj`): complex conjugates; real tensors as they are. Errors: TypeError for what is not numeric. */
export const conj = api('conj', ['x', 'name'], (p: { x: TensorLike; name?: string | null }): Tensor => {
  if (p.x instanceof Tensor && (p.x.dtype.isFloating || p.x.dtype.isInteger)) return p.x;
  return inScope(p.name, 'Conj', [p.x], (scope) => {
    const x = convertToTensor(p.x, { name: 'x' });
    if (x.dtype.isComplex) return op1('Conj', [x], {}, scope);
    if (x.dtype.isFloating || x.dtype.isInteger) return x;
    throw new TypeError(`Expected numeric or variant tensor, got dtype ${x.dtype.repr}`);
  });
}, { required: 1 });
