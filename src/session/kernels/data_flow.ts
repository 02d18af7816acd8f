// Dealing elements out by an index per element. Follows tensorflow/core/kernels/dynamic_partition_op.cc.
import { InvalidArgumentError } from '../../graph/errors.ts';
import { intAttr, sameShape, shapeText, sizeOf, toNumbers, zeros } from './common.ts';
import { type Kernel, type KernelDef } from './kernel.ts';
import { copyUnits, unitsOf } from './move.ts';

/** Rows of `data` by the value of `partitions`, each part in the original order. */
const dynamicPartition: Kernel = ([data, partitions], node) => {
  const n = intAttr(node, 'num_partitions'), rank = partitions!.shape.length;
  if (!sameShape(data!.shape.slice(0, rank), partitions!.shape)) throw new InvalidArgumentError(`data.shape must start with partitions.shape, got data.shape = ${shapeText(data!.shape)}, partitions.shape = ${shapeText(partitions!.shape)}`);
  const rest = data!.shape.slice(rank), part = toNumbers(partitions!);
  const counts = Array<number>(n).fill(0);
  part.forEach((p, i) => {
    if (!(p >= 0 && p < n)) throw new InvalidArgumentError(`partitions${rank === 0 ? '' : `[${i}]`} = ${p} is not in [0, ${n})`);
    counts[p]!++;
  });
  const dtype = data!.dtype.baseDtype;
  const out = counts.map((c) => zeros(dtype, [c, ...rest]));
  const src = unitsOf(dtype, data!.data), dst = out.map((a) => unitsOf(dtype, a.data)), row = sizeOf(rest) * src.per;
  const at = Array<number>(n).fill(0);
  part.forEach((p, i) => { copyUnits(src.units, i * row, dst[p]!.units, at[p]!++ * row, row); });
  return out;
};

export const dataFlowKernels: readonly KernelDef[] = [{ op: 'DynamicPartition', kernel: dynamicPartition }];
