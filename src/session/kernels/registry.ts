// The table of the reference engine: op type -> kernel. Filled from the kernel files, nothing happens on import.
import { InternalFault } from '../../graph/errors.ts';
import { arrayKernels } from './array.ts';
import { batchNormKernels } from './batch_norm.ts';
import { biasKernels } from './bias.ts';
import { candidateSamplerKernels } from './candidate_sampler.ts';
import { castKernels } from './cast.ts';
import { colorKernels } from './color.ts';
import { controlKernels } from './control.ts';
import { convKernels } from './conv.ts';
import { conv3dKernels } from './conv3d.ts';
import { cropResizeKernels } from './crop_resize.ts';
import { countingKernels } from './counting.ts';
import { cwiseKernels } from './cwise.ts';
import { dilationKernels } from './dilation.ts';
import { fractionalPoolKernels } from './fractional_pool.ts';
import { householderKernels } from './householder.ts';
import { fftKernels } from './fft.ts';
import { gammaKernels } from './gamma.ts';
import { gammaGradKernels } from './gamma_grad.ts';
import { imageBoxKernels } from './image_boxes.ts';
import { type KernelDef } from './kernel.ts';
import { linalgKernels } from './linalg.ts';
import { hostFunctionKernels } from './host_function.ts';
import { lookupKernels } from './lookup.ts';
import { logScanKernels } from './log_scan.ts';
import { lrnKernels } from './lrn.ts';
import { matmulKernels } from './matmul.ts';
import { mirrorPadKernels } from './mirror_pad.ts';
import { orderKernels } from './order.ts';
import { parsingKernels } from './parsing.ts';
import { poolKernels } from './pool.ts';
import { raggedKernels } from './ragged.ts';
import { randomKernels } from './random.ts';
import { randomGammaKernels } from './random_gamma.ts';
import { rearrangeKernels } from './rearrange.ts';
import { rareKernels } from './rare.ts';
import { rearrangeMoreKernels } from './patches.ts';
import { reduceKernels } from './reduce.ts';
import { resizeFilterKernels } from './resize_filter.ts';
import { resizeKernels } from './resize.ts';
import { scatterKernels } from './scatter.ts';
import { segmentKernels } from './segment.ts';
import { sliceKernels } from './slice.ts';
import { softmaxKernels } from './softmax.ts';
import { sparseKernels } from './sparse.ts';
import { sparseApplyKernels } from './sparse_apply.ts';
import { sparseMathKernels } from './sparse_math.ts';
import { sparseMoreKernels } from './sparse_split.ts';
import { sparseSegmentKernels } from './sparse_segment.ts';
import { stateKernels } from './state.ts';
import { suppressionKernels } from './suppression.ts';
import { stringHashKernels } from './string_hash.ts';
import { stringKernels } from './string.ts';
import { stringNumberKernels } from './string_number.ts';
import { stringRegexKernels } from './string_regex.ts';
import { stringUnicodeKernels } from './string_unicode.ts';
import { svdKernels } from './svd.ts';

function table(...families: (readonly KernelDef[])[]): ReadonlyMap<string, KernelDef> {
  const map = new Map<string, KernelDef>();
  for (const def of families.flat()) {
    if (map.has(def.op)) throw new InternalFault(`two kernels for ${def.op}`);
    map.set(def.op, def);
  }
  return map;
}

/** Kernels of the reference engine by op type. */
export const referenceKernels: ReadonlyMap<string, KernelDef> = table(
  arrayKernels,
  mirrorPadKernels,
  sliceKernels,
  castKernels,
  cwiseKernels,
  reduceKernels,
  matmulKernels,
  biasKernels,
  convKernels,
  poolKernels,
  fractionalPoolKernels,
  batchNormKernels,
  lrnKernels,
  resizeKernels,
  resizeFilterKernels,
  colorKernels,
  cropResizeKernels,
  suppressionKernels,
  imageBoxKernels,
  dilationKernels,
  softmaxKernels,
  segmentKernels,
  stateKernels,
  scatterKernels,
  sparseApplyKernels,
  randomKernels,
  candidateSamplerKernels,
  randomGammaKernels,
  sparseKernels,
  sparseMathKernels,
  sparseMoreKernels,
  stringKernels,
  parsingKernels,
  hostFunctionKernels,
  lookupKernels,
  stringHashKernels,
  raggedKernels,
  stringNumberKernels,
  stringRegexKernels,
  stringUnicodeKernels,
  linalgKernels,
  controlKernels,
  conv3dKernels,
  rearrangeKernels,
  sparseSegmentKernels,
  countingKernels,
  orderKernels,
  gammaKernels,
  gammaGradKernels,
  logScanKernels,
  householderKernels,
  fftKernels,
  svdKernels,
  rearrangeMoreKernels,
  rareKernels,
);
