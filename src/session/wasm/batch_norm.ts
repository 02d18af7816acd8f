// Batch normalisation on the `wasm` engine: the formulas of kernels/batch_norm.ts over generated loops.
import { type DType, float32 } from '../../graph/dtype.ts';
import { NDArray } from '../../graph/ndarray.ts';
import type { DeviceNode } from '../engines/engine.ts';
import { frozenNormGrad, globalNormGrad, normalise, type Statistics, trainingNorm, trainingNormGrad } from '../kernels/batch_norm.ts';
import { boolAttr, floatAttr, sameShape } from '../kernels/common.ts';
import { narrow } from '../kernels/compute.ts';
import { isNchw } from '../kernels/window.ts';
import { fromNhwc, inLayout, nhwcShape, toNhwc } from './conv.ts';
import { evaluate } from './elementwise.ts';
import type { Kit, WasmKernel, WasmValue } from './kit.ts';
import { narrowCopy, reduceValue, wideCopy } from './reduce.ts';

const on = (k: Kit, type: DType): Statistics<WasmValue> => ({
  map: (key, float, ...inputs) => evaluate(k, `BatchNorm.${key}`, { float }, inputs)!,
  sum: (x) => reduceValue(k, 'sum', x, [true, false], false)!,
  scalar: (x) => k.write(new NDArray(type, [], narrow(type, type.storage === 'f64' ? Float64Array.of(x) : Float32Array.of(x)))),
});

/** An image in float32 as [positions, channels]. */
function matrixOf(k: Kit, a: WasmValue, nchw: boolean): WasmValue {
  const wide = wideCopy(k, a), nhwc = nhwcShape(a.shape, nchw), channels = nhwc[3];
  const address = toNhwc(k, wide.address, wide.type.size, nhwc, nchw), shape = [a.size / channels, channels];
  return address === wide.address ? k.view(wide, shape) : { ...wide, address, shape };
}
function imageOf(k: Kit, y: WasmValue, like: WasmValue, nchw: boolean): WasmValue {
  const nhwc = nhwcShape(like.shape, nchw), narrowed = narrowCopy(k, y, like.type), shape = inLayout(nhwc, nchw);
  if (!nchw) return k.view(narrowed, shape);
  const out = k.make(like.type, shape), to = fromNhwc(k, out.address, like.type.size, nhwc, nchw);
  k.move(to.address, narrowed.address, narrowed.size * like.type.size);
  to.finish();
  return out;
}
/** Whether an image has elements and the vectors one for each of its channels. */
function fits(node: DeviceNode, x: WasmValue, vectors: readonly WasmValue[]): boolean {
  return x.shape.length === 4 && x.size > 0 && vectors.every((v) => v.shape.length === 1 && v.size === x.shape[isNchw(node) ? 1 : 3]);
}

const fused = (version: 1 | 3): WasmKernel => (k, [x, scale, offset, mean, variance], node) => {
  const nchw = isNchw(node), training = boolAttr(node, 'is_training', true), epsilon = floatAttr(node, 'epsilon', 0.0001);
  const given = [mean!, variance!];
  if (!fits(node, x!, training ? [scale!, offset!] : [scale!, offset!, ...given]) || (training && given.some((v) => v.shape.length !== 1 || v.size > 0))) return undefined;
  const s = on(k, float32), m = matrixOf(k, x!, nchw);
  const [y, ...statistics] = training ? trainingNorm(s, m, scale!, offset!, epsilon, m.shape[0]!)
    : [normalise(s, m, mean!, variance!, offset!, scale!, epsilon), mean!, variance!, mean!, variance!];
  return [imageOf(k, y!, x!, nchw), ...statistics.map((v) => k.view(v, v.shape)), ...(version === 3 ? [s.scalar(0)] : [])];
};
const fusedGrad: WasmKernel = (k, [dy, x, scale, mean, variance], node) => {
  const nchw = isNchw(node), training = boolAttr(node, 'is_training', true), epsilon = floatAttr(node, 'epsilon', 0.0001);
  if (!fits(node, x!, [scale!, mean!, variance!]) || !sameShape(x!.shape, dy!.shape)) return undefined;
  const s = on(k, float32), g = matrixOf(k, dy!, nchw), m = matrixOf(k, x!, nchw);
  const [dx, dScale, dOffset] = training ? trainingNormGrad(s, g, m, scale!, mean!, variance!, epsilon, m.shape[0]!) : frozenNormGrad(s, g, m, scale!, mean!, variance!, epsilon);
  return [imageOf(k, dx!, x!, nchw), dScale!, dOffset!, s.scalar(0), s.scalar(0)];
};

const rows = (k: Kit, x: WasmValue): WasmValue => k.view(x, [x.size / x.shape[3]!, x.shape[3]!]);
const globalNorm: WasmKernel = (k, [x, mean, variance, beta, gamma], node) => {
  if (!fits(node, x!, [mean!, variance!, beta!, gamma!])) return undefined;
  const scaled = boolAttr(node, 'scale_after_normalization');
  return [k.view(normalise(on(k, x!.type), rows(k, x!), mean!, variance!, beta!, scaled ? gamma! : undefined, floatAttr(node, 'variance_epsilon')), x!.shape)];
};
const globalGrad: WasmKernel = (k, [x, mean, variance, gamma, dy], node) => {
  if (!fits(node, x!, [mean!, variance!, gamma!]) || !sameShape(x!.shape, dy!.shape)) return undefined;
  const [dx, ...rest] = globalNormGrad(on(k, x!.type), rows(k, x!), mean!, variance!, gamma!, rows(k, dy!), floatAttr(node, 'variance_epsilon'), boolAttr(node, 'scale_after_normalization'));
  return [k.view(dx!, x!.shape), ...rest];
};

export const batchNormKernels: readonly (readonly [string, WasmKernel])[] = [
  ['FusedBatchNorm', fused(1)], ['FusedBatchNormV2', fused(1)], ['FusedBatchNormV3', fused(3)],
  ['FusedBatchNormGrad', fusedGrad], ['FusedBatchNormGradV2', fusedGrad], ['FusedBatchNormGradV3', fusedGrad],
  ['BatchNormWithGlobalNormalization', globalNorm], ['BatchNormWithGlobalNormalizationGrad', globalGrad],
];
