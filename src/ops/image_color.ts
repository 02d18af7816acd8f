// Colours of images. Follows python/ops/image_ops_impl.py and core/ops/image_ops.cc (1.15).
import { type DType, float16, float32, int32 } from '../graph/dtype.ts';
import { AttributeError, ValueError } from '../graph/errors.ts';
import { replaceDim, dimOf } from './shape_fns.ts';
import { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { concat } from './array_join.ts';
import { expandDims, rank as rankOf, shape as shapeOf } from './array_shape.ts';
import { tile } from './array_slice.ts';
import { identity, ones } from './array_values.ts';
import { inScope, scalarOf } from './building.ts';
import { withDependencies } from './control_flow_ops.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { atLeast3D, check, grayscale } from './image_checks.ts';
import { rgbToHsvGrad } from './image_color_grad.ts';
import { add, div, maximum, multiply } from './math_binary.ts';
import { castTensor, saturateCast } from './math_cast.ts';
import { tensordot } from './math_linear.ts';
import { reduceMean, reduceProd } from './math_reduce.ts';
import { reduceStd } from './math_rare.ts';
import { rsqrt } from './math_unary.ts';
import { op1 } from './op_def_library.ts';
import { randomUniform } from './random_ops.ts';
import { defineOp } from './registry.ts';
import type { ShapeFn } from './shape_inference.ts';
import { asDtype } from './static_values.ts';
import './tensor_operators.ts';

const colors: ShapeFn = (c) => {
  const s = c.withRankAtLeast(c.input(0), 1);
  if (s.dims !== null) c.withValue(dimOf(s, -1), 3);
  return [replaceDim(s, -1, 3)];
};
defineOp('RGBToHSV', { shape: colors, grad: rgbToHsvGrad });
defineOp('HSVToRGB', { shape: colors, grad: null });
defineOp('AdjustContrastv2', { shape: (c) => { c.withRank(c.input(1), 0); return [c.withRankAtLeast(c.input(0), 3)]; } });
defineOp('AdjustHue', { shape: (c) => [c.withRankAtLeast(c.input(0), 3)] });
defineOp('AdjustSaturation', { shape: (c) => [c.withRankAtLeast(c.input(0), 3)] });

// --- dtypes

/** The largest value of an integer dtype. */
function most(d: DType): number { return 2 ** (d.size * 8 - (d.isUnsigned ? 0 : 1)) - 1; }
const isWide = (d: DType): boolean => d.baseDtype === float16 || d.baseDtype === float32;

interface Convert { image: TensorLike; dtype: DType; saturate?: boolean; name?: string | null }
/** `tf.image.convert_image_dtype`: integers of [0, largest value] and floats of [0, 1], one made of the other; `saturate` clamps what does not fit.
 * Errors: AttributeError for a dtype that is neither. */
export const convertImageDtype = api('convertImageDtype', ['image', 'dtype', 'saturate', 'name'], (p: Convert): Tensor => {
  const image = convertToTensor(p.image, { name: 'image' }), to = asDtype(p.dtype), from = image.dtype.baseDtype, saturate = p.saturate ?? false;
  if (!to.isFloating && !to.isInteger) throw new AttributeError('dtype must be either floating point or integer');
  if (to === from) return identity(image, { name: p.name ?? null });
  const converted = (x: Tensor, name?: string): Tensor => (saturate ? saturateCast(x, to, { name: name ?? null }) : castTensor(x, to, name));
  return inScope(p.name, 'convert_image', [image], (scope) => {
    if (from.isFloating && to.isFloating) return castTensor(image, to, scope);
    if (!from.isInteger) return converted(multiply(image, most(to) + 0.5), scope); // the half: the cast rounds down
    if (!to.isInteger) return multiply(castTensor(image, to), 1 / most(from), { name: scope });
    const [low, high] = [most(from), most(to)];
    if (low > high) return converted(div(image, scalarOf(Math.floor((low + 1) / (high + 1)), from)), scope);
    const cast = converted(image);
    return multiply(cast, scalarOf(Math.floor((high + 1) / (low + 1)), to), { name: scope });
  });
}, { required: 2 });
/** The image as float16 or float32. */
function asFloats(image: Tensor): Tensor { return isWide(image.dtype) ? image : convertImageDtype(image, float32); }

// --- brightness, contrast, gamma, hue, saturation

interface Image { image: TensorLike }
/** `tf.image.adjust_brightness`: `delta` added to each pixel, as floats of [0, 1]; the dtype stays. */
export const adjustBrightness = api('adjustBrightness', ['image', 'delta'], (p: Image & { delta: TensorLike }): Tensor => inScope(null, 'adjust_brightness', [p.image, p.delta], (scope) => {
  const image = convertToTensor(p.image, { name: 'image' }), floats = asFloats(image);
  const brighter = add(floats, castTensor(p.delta, floats.dtype), { name: scope });
  return convertImageDtype(brighter, image.dtype.baseDtype, true);
}), { required: 2 });
/** `tf.image.adjust_contrast`: each channel's distance from its mean times `contrastFactor`; images of [..., height, width, channels]. */
export const adjustContrast = api('adjustContrast', ['images', 'contrastFactor'], (p: { images: TensorLike; contrastFactor: TensorLike }): Tensor => inScope(null, 'adjust_contrast', [p.images, p.contrastFactor], (scope) => {
  const images = convertToTensor(p.images, { name: 'images' });
  return convertImageDtype(op1('AdjustContrastv2', [asFloats(images), p.contrastFactor], {}, scope), images.dtype.baseDtype, true);
}), { required: 2 });
/** `tf.image.adjust_gamma`: gain * image ** gamma of the image as floats; both 1 unless given. Errors: ValueError for a negative gamma. */
export const adjustGamma = api('adjustGamma', ['image', 'gamma', 'gain'], (p: Image & { gamma?: number | Tensor; gain?: TensorLike }): Tensor => {
  const gain = p.gain ?? 1, given = p.gamma ?? 1;
  return inScope(null, 'adjust_gamma', [p.image, given, gain], () => {
    const image = convertToTensor(p.image, { name: 'image' }), floats = asFloats(image);
    const asserts = check(typeof given === 'number' ? given >= 0 : given.greaterEqual(0), 'Gamma should be a non-negative real number.');
    const gamma = asserts.length > 0 ? withDependencies(asserts, given) : given;
    const power = floats.pow(gamma);
    return convertImageDtype(gain instanceof Tensor ? gain.mul(power) : power.rmul(gain), image.dtype.baseDtype, true);
  });
}, { required: 1 });
interface Named extends Image { name?: string | null }
const adjust = (op: string, p: Named, by: TensorLike, scope: string): Tensor => inScope(p.name, scope, [p.image], () => {
  const image = convertToTensor(p.image, { name: 'image' });
  return convertImageDtype(op1(op, [asFloats(image), by]), image.dtype.baseDtype);
});
/** `tf.image.adjust_hue`: the hue of RGB images turned by `delta` (1: once round). */
export const adjustHue = api('adjustHue', ['image', 'delta', 'name'], (p: Named & { delta: TensorLike }): Tensor => adjust('AdjustHue', p, p.delta, 'adjust_hue'), { required: 2 });
/** `tf.image.adjust_saturation`: the saturation of RGB images times `saturationFactor`. */
export const adjustSaturation = api('adjustSaturation', ['image', 'saturationFactor', 'name'], (p: Named & { saturationFactor: TensorLike }): Tensor => adjust('AdjustSaturation', p, p.saturationFactor, 'adjust_saturation'), { required: 2 });

interface Around extends Image { maxDelta: number; seed?: number | null }
interface Between extends Image { lower: number; upper: number; seed?: number | null }
const within = ({ lower, upper, seed }: Between): Tensor => {
  if (upper <= lower) throw new ValueError('upper must be > lower.');
  if (lower < 0) throw new ValueError('lower must be non-negative.');
  return randomUniform([], lower, upper, { seed: seed ?? null });
};
/** `tf.image.random_brightness`: brightness changed by a number of [-maxDelta, maxDelta). Errors: ValueError for a negative `maxDelta`. */
export const randomBrightness = api('randomBrightness', ['image', 'maxDelta', 'seed'], (p: Around): Tensor => {
  if (p.maxDelta < 0) throw new ValueError('max_delta must be non-negative.');
  return adjustBrightness(p.image, randomUniform([], -p.maxDelta, p.maxDelta, { seed: p.seed ?? null }));
}, { required: 2 });
/** `tf.image.random_contrast`: contrast times a number of [lower, upper). Errors: ValueError unless 0 <= lower < upper. */
export const randomContrast = api('randomContrast', ['image', 'lower', 'upper', 'seed'], (p: Between): Tensor => { const by = within(p); return adjustContrast(p.image, by); }, { required: 3 });
/** `tf.image.random_hue`: hue turned by a number of [-maxDelta, maxDelta). Errors: ValueError unless 0 <= maxDelta <= 0.5. */
export const randomHue = api('randomHue', ['image', 'maxDelta', 'seed'], (p: Around): Tensor => {
  if (p.maxDelta > 0.5) throw new ValueError('max_delta must be <= 0.5.');
  if (p.maxDelta < 0) throw new ValueError('max_delta must be non-negative.');
  return adjustHue(p.image, randomUniform([], -p.maxDelta, p.maxDelta, { seed: p.seed ?? null }));
}, { required: 2 });
/** `tf.image.random_saturation`: saturation times a number of [lower, upper). Errors: ValueError unless 0 <= lower < upper. */
export const randomSaturation = api('randomSaturation', ['image', 'lower', 'upper', 'seed'], (p: Between): Tensor => { const by = within(p); return adjustSaturation(p.image, by); }, { required: 3 });

// --- spaces

interface Images { images: TensorLike; name?: string | null }
/** `tf.image.rgb_to_hsv`: hue, saturation, value of [0, 1] from red, green, blue of [0, 1], in the last dimension. */
export const rgbToHsv = api('rgbToHsv', ['images', 'name'], (p: Images): Tensor => op1('RGBToHSV', [p.images], {}, p.name), { required: 1 });
/** `tf.image.hsv_to_rgb`: the way back. */
export const hsvToRgb = api('hsvToRgb', ['images', 'name'], (p: Images): Tensor => op1('HSVToRGB', [p.images], {}, p.name), { required: 1 });

const linear = (kernel: readonly (readonly number[])[]) => (p: { images: TensorLike }): Tensor => {
  const images = convertToTensor(p.images, { name: 'images' });
  const weights = convertToTensor(kernel, { dtype: images.dtype.baseDtype, name: 'kernel' });
  return tensordot(images, weights, [[images.shape.ndims! - 1], [0]]);
};
/** `tf.image.rgb_to_yiq`: [..., 3] of floats. */
export const rgbToYiq = api('rgbToYiq', ['images'], linear([[0.299, 0.59590059, 0.2115], [0.587, -0.27455667, -0.52273617], [0.114, -0.32134392, 0.31119955]]), { required: 1 });
/** `tf.image.yiq_to_rgb`. */
export const yiqToRgb = api('yiqToRgb', ['images'], linear([[1, 1, 1], [0.95598634, -0.27201283, -1.10674021], [0.6208248, -0.64720424, 1.70423049]]), { required: 1 });
/** `tf.image.rgb_to_yuv`. */
export const rgbToYuv = api('rgbToYuv', ['images'], linear([[0.299, -0.14714119, 0.61497538], [0.587, -0.28886916, -0.51496512], [0.114, 0.43601035, -0.10001026]]), { required: 1 });
/** `tf.image.yuv_to_rgb`. */
export const yuvToRgb = api('yuvToRgb', ['images'], linear([[1, 1, 1], [0, -0.394642334, 2.03206185], [1.13988303, -0.58062185, 0]]), { required: 1 });

/** `tf.image.rgb_to_grayscale`: the brightness of RGB images, [..., 1], in their dtype. */
export const rgbToGrayscale = api('rgbToGrayscale', ['images', 'name'], (p: Images): Tensor => inScope(p.name, 'rgb_to_grayscale', [p.images], (scope) => {
  const images = convertToTensor(p.images, { name: 'images' });
  const gray = tensordot(convertImageDtype(images, float32), [0.2989, 0.587, 0.114], [-1, -1]);
  return convertImageDtype(expandDims(gray, -1), images.dtype.baseDtype, { name: scope });
}), { required: 1 });
/** `tf.image.grayscale_to_rgb`: [..., 1] three times. Errors: ValueError for another last dimension. */
export const grayscaleToRgb = api('grayscaleToRgb', ['images', 'name'], (p: Images): Tensor => inScope(p.name, 'grayscale_to_rgb', [p.images], (scope) => {
  const images = grayscale(p.images), others = expandDims(rankOf(images).sub(1), 0);
  const multiples = concat([ones(others, int32), expandDims(scalarOf(3, int32), 0)], 0);
  const rgb = tile(images, multiples, { name: scope });
  rgb.setShape(replaceDim(images.shape, -1, 3));
  return rgb;
}), { required: 1 });

/** `tf.image.per_image_standardization`: each image less its mean, over its standard deviation or, where that is smaller, 1 / sqrt(number of values). */
export const perImageStandardization = api('perImageStandardization', ['image'], (p: Image): Tensor => inScope(null, 'per_image_standardization', [p.image], (scope) => {
  const given = atLeast3D(convertToTensor(p.image, { name: 'image' })), image = asFloats(given);
  const count = reduceProd(shapeOf(image).at([-3, null])), axis = [-1, -2, -3];
  const mean = reduceMean(image, { axis, keepdims: true }), spread = reduceStd(image, { axis, keepdims: true });
  const least = rsqrt(castTensor(count, image.dtype.baseDtype));
  const divisor = maximum(spread, least);
  return convertImageDtype(div(image.sub(mean), divisor, { name: scope }), given.dtype.baseDtype, true);
}), { required: 1 });
