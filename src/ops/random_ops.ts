// Random ops and seeds. Follows python/ops/random_ops.py and python/framework/random_seed.py (1.15); the bits come
// from the Philox kernels.
import { type DType, float32, int32 } from '../graph/dtype.ts';
import { ValueError } from '../graph/errors.ts';
import { getDefaultGraph, type Graph } from '../graph/graph.ts';
import { TensorShape } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { inScope } from './building.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import type { ShapeFn } from './shape_inference.ts';
import './tensor_operators.ts';

const shapeOfInput: ShapeFn = (c) => {
  c.withRank(c.input(0), 1);
  return [c.valueAsShape(0)];
};
for (const op of ['RandomUniform', 'RandomUniformInt', 'RandomStandardNormal', 'TruncatedNormal']) defineOp(op, { shape: shapeOfInput, grad: null });
defineOp('RandomShuffle', { shape: (c) => [c.input(0)], grad: null });
defineOp('Multinomial', { shape: (c) => {
  const logits = c.withRank(c.input(0), 2);
  c.withRank(c.input(1), 0);
  const n = c.value(1);
  return [new TensorShape([logits.dims![0]!, n ? Number(n.flat(0)) : null])];
}, grad: null });

const DEFAULT_GRAPH_SEED = 87654321;
const MAX_INT32 = 2 ** 31 - 1;

/** `tf.set_random_seed`: the graph-level seed. With it, ops without a seed of their own take the id of the newest op,
 * so equal programs draw equal numbers. null takes it away. */
export const setRandomSeed = api('setRandomSeed', ['seed'], (p: { seed: number | bigint | null }): void => { getDefaultGraph().seed = p.seed; }, { required: 1 });

type Seed = number | bigint | null | undefined;

/** `tf.get_seed`: the two seeds an op with this seed gets: (graph seed, op seed), both modulo 2^31 - 1; (null, null) when
 * there is neither. Two zeros would mean "no seed": (0, 2^31 - 1) stands for them. */
export const publicGetSeed = api('getSeed', ['opSeed'], (p: { opSeed: number | bigint | null }): [number | null, number | null] =>
  (getDefaultGraph().seed === null && p.opSeed === null ? [null, null] : getSeed(p.opSeed)), { required: 1 });

/** The two seeds of an op as its attrs have them: (0, 0) is "no seed at all". */
export function getSeed(opSeed: Seed, graph: Graph = getDefaultGraph()): [number, number] {
  if (graph.seed === null && (opSeed === null || opSeed === undefined)) return [0, 0];
  const [a, b] = [truncate(graph.seed ?? DEFAULT_GRAPH_SEED), truncate(opSeed ?? graph.lastId)];
  return a === 0 && b === 0 ? [0, MAX_INT32] : [a, b];
}
/** Python's `seed % (2**31 - 1)`: never negative. */
function truncate(seed: number | bigint): number {
  const n = Number(BigInt(seed) % BigInt(MAX_INT32));
  return n < 0 ? n + MAX_INT32 : n;
}

export type ShapeInput = TensorLike | TensorShape | readonly (number | Tensor)[];
/** `tensor_util.shape_tensor`: ints become an int32 Const named `shape`. */
export function randomShape(shape: ShapeInput): Tensor { return convertToTensor(shape as TensorLike, { name: 'shape', preferred: int32, dtype: Array.isArray(shape) && shape.length === 0 ? int32 : undefined }); }

interface UniformParams { shape: ShapeInput; minval?: TensorLike | null; maxval?: TensorLike | null; dtype?: DType | null; seed?: number | null; name?: string | null }
const UNIFORM_DTYPES = new Set(['float16', 'bfloat16', 'float32', 'float64', 'int32', 'int64']);
/** Throws ValueError for dtypes without uniform numbers, and for integers without a maximum. */
export function checkUniform(dtype: DType, maxval: TensorLike | null): void {
  if (!UNIFORM_DTYPES.has(dtype.name)) throw new ValueError(`Invalid dtype ${dtype.repr}`);
  if (maxval === null && dtype.isInteger) throw new ValueError(`Must specify maxval for integer dtype ${dtype.repr}`);
}

/** `tf.random_uniform`: uniform in [minval, maxval); default [0, 1) of float32. Integers need `maxval`.
 * Errors: ValueError for other dtypes and a missing integer maximum. */
export const randomUniform = api('randomUniform', ['shape', 'minval', 'maxval', 'dtype', 'seed', 'name'], (p: UniformParams): Tensor => {
  const dtype = p.dtype ?? float32;
  const maxval = p.maxval ?? null;
  checkUniform(dtype, maxval);
  return inScope(p.name, 'random_uniform', [p.shape, p.minval, maxval], (scope) => {
    const shape = randomShape(p.shape);
    const lo = convertToTensor(p.minval ?? 0, { dtype, name: 'min' });
    const hi = convertToTensor(maxval ?? 1, { dtype, name: 'max' });
    const [seed, seed2] = getSeed(p.seed);
    if (dtype.isInteger) return op1('RandomUniformInt', [shape, lo, hi], { seed, seed2 }, scope);
    const rnd = op1('RandomUniform', [shape], { dtype, seed, seed2 });
    return op1('Add', [rnd.mul(hi.sub(lo)), lo], {}, scope);
  });
}, { required: 1 });

interface NormalParams { shape: ShapeInput; mean?: TensorLike; stddev?: TensorLike; dtype?: DType | null; seed?: number | null; name?: string | null }
function normal(op: string, defaultName: string, p: NormalParams): Tensor {
  const dtype = p.dtype ?? float32;
  return inScope(p.name, defaultName, [p.shape, p.mean, p.stddev], (scope) => {
    const shape = randomShape(p.shape);
    const mean = convertToTensor(p.mean ?? 0, { dtype, name: 'mean' });
    const stddev = convertToTensor(p.stddev ?? 1, { dtype, name: 'stddev' });
    const [seed, seed2] = getSeed(p.seed);
    const rnd = op1(op, [shape], { dtype, seed, seed2 });
    return op1('Add', [rnd.mul(stddev), mean], {}, scope);
  });
}
/** `tf.random_normal`: normal with the given mean and standard deviation (0 and 1). */
export const randomNormal = api('randomNormal', ['shape', 'mean', 'stddev', 'dtype', 'seed', 'name'], (p: NormalParams): Tensor => normal('RandomStandardNormal', 'random_normal', p), { required: 1 });
/** `tf.truncated_normal`: normal, values beyond two standard deviations drawn again. */
export const truncatedNormal = api('truncatedNormal', ['shape', 'mean', 'stddev', 'dtype', 'seed', 'name'], (p: NormalParams): Tensor => normal('TruncatedNormal', 'truncated_normal', p), { required: 1 });

/** `tf.random_shuffle`: the rows of a tensor in random order. */
export const randomShuffle = api('randomShuffle', ['value', 'seed', 'name'], (p: { value: TensorLike; seed?: number | null; name?: string | null }): Tensor => {
  const [seed, seed2] = getSeed(p.seed);
  return op1('RandomShuffle', [p.value], { seed, seed2 }, p.name);
}, { required: 1 });

interface MultinomialParams { logits: TensorLike; numSamples: TensorLike; seed?: number | null; name?: string | null; outputDtype?: DType | null }
/** `tf.multinomial`: class indices [batch, numSamples] drawn from unnormalised log-probabilities [batch, classes]. */
export const multinomial = api('multinomial', ['logits', 'numSamples', 'seed', 'name', 'outputDtype'], (p: MultinomialParams): Tensor => inScope(p.name, 'multinomial', [p.logits], () => {
  const logits = convertToTensor(p.logits, { name: 'logits' });
  const [seed, seed2] = getSeed(p.seed);
  return op1('Multinomial', [logits, p.numSamples], { seed, seed2, output_dtype: p.outputDtype ?? undefined });
}), { required: 2 });

/** `tf.random.categorical`: the same, with the dtype before the seed. */
export const categorical = api('categorical', ['logits', 'numSamples', 'dtype', 'seed', 'name'], (p: { logits: TensorLike; numSamples: TensorLike; dtype?: DType | null; seed?: number | null; name?: string | null }): Tensor => inScope(p.name, 'categorical', [p.logits], () => {
  const logits = convertToTensor(p.logits, { name: 'logits' });
  const [seed, seed2] = getSeed(p.seed);
  return op1('Multinomial', [logits, p.numSamples], { seed, seed2, output_dtype: p.dtype ?? undefined });
}), { required: 2 });
