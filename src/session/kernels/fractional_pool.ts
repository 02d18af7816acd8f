// Pools over windows of random sizes, and their gradients. Follows tensorflow/core/kernels/{fractional_pool_common,
// fractional_max_pool_op,fractional_avg_pool_op}.cc; each run draws the same windows when it is deterministic.
import { type DType, float64, int64 } from '../../graph/dtype.ts';
import { UnimplementedError } from '../../graph/errors.ts';
import { NDArray, allocate } from '../../graph/ndarray.ts';
import { attrOf, boolAttr, fromNumbers, int64Attr, intsUpTo, invalid, sizeOf, toNumbers } from './common.ts';
import { noKernel } from './compute.ts';
import type { Kernel, KernelDef, KernelNode } from './kernel.ts';
import { Philox, toDouble, Words } from './philox.ts';

type Values = Float32Array | Float64Array | Int32Array | BigInt64Array;
const DTYPES = new Set(['f32', 'f64', 'i32', 'i64']);

/** Where each window begins, and the end of the last. */
function sequence(input: number, output: number, pseudo: boolean, words: Words): number[] {
  if (!pseudo) {
    const each = Math.floor(input / output), sizes = intsUpTo(output).map((i) => each + (i < input % output ? 1 : 0));
    for (let i = 0; i < output - 1; i++) {
      const k = i + (words.next() % (output - i));
      [sizes[i], sizes[k]] = [sizes[k]!, sizes[i]!];
    }
    return sizes.reduce((at, s) => [...at, at.at(-1)! + s], [0]);
  }
  const alpha = input / output, k = Math.floor(input / output), low = words.next();
  const u = toDouble(low, words.next()) * Math.min((k + 2) / alpha - 1, (input + 1 - k) / alpha - (output - 1));
  return [0, ...intsUpTo(output - 1).map((i) => Math.ceil(alpha * (i + 1 + u)) - 1), input];
}
function streamOf(node: KernelNode): Philox {
  const seeds = [int64Attr(node, 'seed', 0n), int64Attr(node, 'seed2', 0n)] as [bigint, bigint], given = seeds[0] !== 0n || seeds[1] !== 0n;
  if (given && !boolAttr(node, 'deterministic', false)) throw invalid('Both seed and seed2 should be 0 if deterministic is false.');
  if (given) return Philox.seeded(...seeds);
  const w = globalThis.crypto.getRandomValues(new Uint32Array(4));
  return new Philox([w[0]!, w[1]!], [0, 0, w[2]!, w[3]!]);
}
/** Sizes of input and output, and the windows of rows and columns. */
function windowsOf(x: NDArray, node: KernelNode, what: string): { size: number[]; rows: number[]; columns: number[] } {
  const ratio = attrOf(node, 'pooling_ratio', 'list', {}).f ?? [];
  if (ratio.length !== 4) throw invalid('pooling_ratio field must specify 4 dimensions');
  if (ratio[0] !== 1 && ratio[3] !== 1) throw new UnimplementedError(`Fractional ${what} pooling is not yet supported on the batch nor channel dimension.`);
  if (x.shape.length !== 4) throw invalid('tensor_in must be 4-dimensional');
  const size = x.shape.map((d, i) => Math.floor(Math.fround(d / Math.fround(ratio[i]!))));
  if (size.some((d, i) => d <= 0 || (i === 1 || i === 2 ? d > x.shape[i]! : d !== x.shape[i]))) throw invalid(`pooling_ratio ${ratio.join(', ')} does not fit the input [${x.shape.join(',')}]`);
  const stream = streamOf(node), pseudo = boolAttr(node, 'pseudo_random', false);
  const axis = (i: number): number[] => {
    const s = sequence(x.shape[i]!, size[i]!, pseudo, new Words(stream.clone()));
    stream.skip(pseudo ? 1 : Math.ceil(size[i]! / 4));
    return s;
  };
  const rows = axis(1);
  return { size, rows, columns: axis(2) };
}
/** Calls f with the place of each output pixel (its first channel) and those of its inputs. */
function eachCell(batch: number, height: number, width: number, channels: number, rows: readonly number[], columns: readonly number[], overlapping: boolean, f: (to: number, from: readonly number[]) => void): void {
  const last = (s: readonly number[], i: number, limit: number): number => Math.min(s[i + 1]! - (overlapping ? 0 : 1), limit - 1);
  for (let b = 0, to = 0; b < batch; b++) for (let r = 0; r < rows.length - 1; r++) for (let c = 0; c < columns.length - 1; c++, to += channels) {
    const from: number[] = [];
    for (let h = rows[r]!; h <= last(rows, r, height); h++) for (let w = columns[c]!; w <= last(columns, c, width); w++) from.push(((b * height + h) * width + w) * channels);
    f(to, from);
  }
}
function checked(op: string, dtype: DType): void { if (!DTYPES.has(dtype.storage)) throw noKernel(op, dtype); }
const starts = (s: readonly number[]): NDArray => fromNumbers(int64, [s.length], s);

const maxPool: Kernel = ([x], node) => {
  checked('FractionalMaxPool', x!.dtype);
  const { size, rows, columns } = windowsOf(x!, node, 'max'), [batch, height, width, channels] = x!.shape as [number, number, number, number];
  const d = x!.data as Values, out = allocate(x!.dtype.baseDtype, sizeOf(size)) as Values;
  eachCell(batch, height, width, channels, rows, columns, boolAttr(node, 'overlapping', false), (to, from) => {
    for (let c = 0; c < channels; c++) out[to + c] = from.reduce((m, at) => (m < d[at + c]! ? d[at + c]! : m), d[from[0]! + c]!);
  });
  return [new NDArray(x!.dtype.baseDtype, size, out), starts(rows), starts(columns)];
};
const avgPool: Kernel = ([x], node) => {
  checked('FractionalAvgPool', x!.dtype);
  const { size, rows, columns } = windowsOf(x!, node, 'average'), [batch, height, width, channels] = x!.shape as [number, number, number, number];
  const out = allocate(x!.dtype.baseDtype, sizeOf(size)) as Values, overlapping = boolAttr(node, 'overlapping', false);
  eachCell(batch, height, width, channels, rows, columns, overlapping, (to, from) => {
    for (let c = 0; c < channels; c++) {
      // The typed array rounds each sum, and cuts off what integers divide to.
      if (out instanceof BigInt64Array) { const d = x!.data as BigInt64Array; out[to + c] = BigInt.asIntN(64, from.reduce((s, at) => s + d[at + c]!, 0n)) / BigInt(from.length); continue; }
      const d = x!.data as Float32Array;
      for (const at of from) out[to + c] = out[to + c]! + d[at + c]!;
      out[to + c] = out[to + c]! / from.length;
    }
  });
  return [new NDArray(x!.dtype.baseDtype, size, out), starts(rows), starts(columns)];
};
const maxGrad: Kernel = ([x, , g, rows, columns], node) => {
  checked('FractionalMaxPoolGrad', x!.dtype);
  const [batch, height, width, channels] = x!.shape as [number, number, number, number], d = x!.data as Values, out = allocate(x!.dtype.baseDtype, x!.size) as Float64Array, up = g!.data as Float64Array;
  eachCell(batch, height, width, channels, toNumbers(rows!), toNumbers(columns!), boolAttr(node, 'overlapping', false), (to, from) => {
    for (let c = 0; c < channels; c++) {
      const best = from.reduce((m, at) => (d[m + c]! < d[at + c]! ? at : m)) + c;
      out[best] = out[best]! + up[to + c]!;
    }
  });
  return [new NDArray(x!.dtype.baseDtype, x!.shape, out)];
};
const avgGrad: Kernel = ([shape, g, rows, columns], node) => {
  checked('FractionalAvgPoolGrad', g!.dtype);
  if (shape!.shape.length !== 1 || shape!.size !== 4) throw invalid('original input tensor shape must be1-dimensional and 4 elements');
  const size = toNumbers(shape!) as [number, number, number, number], [batch, height, width, channels] = size, sums = new Float64Array(sizeOf(size)), up = toNumbers(g!);
  eachCell(batch, height, width, channels, toNumbers(rows!), toNumbers(columns!), boolAttr(node, 'overlapping', false), (to, from) => {
    for (const at of from) for (let c = 0; c < channels; c++) sums[at + c] = sums[at + c]! + up[to + c]! / from.length;
  });
  const dtype = g!.dtype.baseDtype;
  return [dtype === float64 ? new NDArray(dtype, size, sums) : fromNumbers(dtype, size, Array.from(sums, dtype.isInteger ? Math.trunc : (v) => v))];
};

export const fractionalPoolKernels: readonly KernelDef[] = [
  { op: 'FractionalMaxPool', kernel: maxPool }, { op: 'FractionalMaxPoolGrad', kernel: maxGrad }, { op: 'FractionalAvgPool', kernel: avgPool }, { op: 'FractionalAvgPoolGrad', kernel: avgGrad },
];
