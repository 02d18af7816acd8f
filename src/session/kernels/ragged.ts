// Kernels of ragged tensors: rows of different lengths as one sparse tensor. Follows core/kernels/ragged_tensor_to_sparse_kernel.cc (1.15).
import { int64 } from '../../graph/dtype.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import { eachIndex, fromNumbers, intAttr, invalid, toNumbers } from './common.ts';
import { type Kernel, type KernelDef } from './kernel.ts';

function checkSplits(splits: readonly (readonly number[])[], rows: number): void {
  const mismatch = (): never => { throw invalid('Final value of ragged splits must match the length the corresponding ragged values.'); };
  splits.forEach((s, i) => {
    if (s.length === 0) throw invalid('ragged splits may not be empty.');
    if (s[0] !== 0) throw invalid('First value of ragged splits must be 0.');
    if (i > 0 && s.length !== splits[i - 1]!.at(-1)! + 1) mismatch();
  });
  if (rows !== splits.at(-1)!.at(-1)) mismatch();
}

const toSparse: Kernel = (inputs, node) => {
  const rank = intAttr(node, 'RAGGED_RANK'), values = inputs[rank]!;
  const splits = inputs.slice(0, rank).map(toNumbers);
  checkSplits(splits, values.shape[0]!);
  const suffixes: (readonly number[])[] = [];
  eachIndex(values.shape.slice(1), (at) => { suffixes.push([...at]); });
  const indices: number[] = [];
  const walk = (level: number, row: number, prefix: readonly number[]): void => {
    const [from, to] = [splits[level]![row]!, splits[level]![row + 1]!];
    for (let i = from; i < to; i++) {
      const at = [...prefix, i - from];
      if (level + 1 < rank) walk(level + 1, i, at);
      else for (const s of suffixes) indices.push(...at, ...s);
    }
  };
  const rows = splits[0]!.length - 1;
  for (let r = 0; r < rows; r++) walk(0, r, [r]);
  const width = (s: readonly number[]): number => s.slice(1).reduce((most, x, i) => Math.max(most, x - s[i]!), 0);
  const shape = [rows, ...splits.map(width), ...values.shape.slice(1)];
  return [fromNumbers(int64, [indices.length / shape.length, shape.length], indices), flat(values), fromNumbers(int64, [shape.length], shape)];
};
function flat(a: NDArray): NDArray { return a.ndim === 1 ? a : a.reshape([a.size]); }

export const raggedKernels: readonly KernelDef[] = [{ op: 'RaggedTensorToSparse', kernel: toSparse }];
