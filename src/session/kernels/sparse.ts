// Kernels of sparse tensors. Follows tensorflow/core/kernels/sparse_to_dense_op.cc and core/util/sparse/sparse_tensor.h.
import { boolAttr, invalid, shapeText, stridesOf, toNumbers } from './common.ts';
import { type Kernel, type KernelDef } from './kernel.ts';
import { filled } from './move.ts';

const sparseToDense: Kernel = ([indices, outputShape, values, background], node) => {
  const [is, vs] = [indices!.shape, values!.shape];
  if (is.length > 2) throw invalid(`sparse_indices should be a scalar, vector, or matrix, got shape ${shapeText(is)}`);
  const n = is[0] ?? 1, rank = is[1] ?? 1;
  if (outputShape!.shape.length !== 1) throw invalid(`output_shape should be a vector, got shape ${shapeText(outputShape!.shape)}`);
  if (outputShape!.size !== rank) throw invalid(`output_shape has incorrect number of elements: ${outputShape!.size} should be: ${rank}`);
  if (vs.length > 1 || (vs.length === 1 && vs[0] !== n)) throw invalid(`sparse_values has incorrect shape ${shapeText(vs)}, should be [] or [${n}]`);
  if (background!.shape.length !== 0) throw invalid('default_value should be a scalar.');
  const shape = toNumbers(outputShape!);
  const index = toNumbers(indices!);
  if (boolAttr(node, 'validate_indices', true)) checkOrder(index, n, shape);
  const out = filled(background!, shape);
  const [from, to] = [values!.data as Float32Array, out.data as Float32Array]; // whatever they hold is moved, not computed with
  const strides = stridesOf(shape);
  const width = out.dtype.isComplex ? 2 : 1;
  for (let i = 0; i < n; i++) {
    let at = 0;
    for (let d = 0; d < rank; d++) {
      const x = index[i * rank + d]!;
      if (x < 0 || x >= shape[d]!) throw invalid(`Indices are not valid (out of bounds).  Shape: ${shapeText(shape)}`);
      at += x * strides[d]!;
    }
    for (let k = 0; k < width; k++) to[at * width + k] = from[(vs.length === 0 ? 0 : i) * width + k]!;
  }
  return [out];
};

/** SparseTensor::IndicesValid: within bounds, sorted, none twice. */
export function checkOrder(index: readonly number[], n: number, shape: readonly number[]): void {
  const rank = shape.length;
  for (let i = 0; i < n; i++) {
    const row = index.slice(i * rank, (i + 1) * rank);
    const what = `indices[${i}] = ${shapeText(row)}`;
    if (row.some((x, d) => x < 0 || x >= shape[d]!)) throw invalid(`${what} is out of bounds: need 0 <= index < ${shapeText(shape)}`);
    if (i === 0) continue;
    const d = row.findIndex((x, k) => x !== index[(i - 1) * rank + k]);
    if (d < 0) throw invalid(`${what} is repeated`);
    if (row[d]! < index[(i - 1) * rank + d]!) {
      throw invalid(`${what} is out of order. Many sparse ops require sorted indices.\n    Use \`tf.sparse.reorder\` to create a correctly ordered copy.\n\n`);
    }
  }
}

export const sparseKernels: readonly KernelDef[] = [{ op: 'SparseToDense', kernel: sparseToDense }];
