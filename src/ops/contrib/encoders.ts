// contrib.layers.embed_sequence, bow_encoder, safe_embedding_lookup_sparse. Follows contrib/layers/python/layers/{encoders,embedding_ops}.py (1.15).
import { int32, int64 } from '../../graph/dtype.ts';
import { TypeError, ValueError } from '../../graph/errors.ts';
import { TensorShape } from '../../graph/shape.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { api } from '../api.ts';
import { gather, gatherNd, unique, where } from '../array_gather.ts';
import { concat } from '../array_join.ts';
import { reshape, shape as shapeOf } from '../array_shape.ts';
import { inScope, scalarOf } from '../building.ts';
import { convertToTensor, type TensorLike } from '../convert.ts';
import { embeddingLookup } from '../embedding_ops.ts';
import { safeLookup } from '../embedding_sparse.ts';
import { castTensor } from '../math_cast.ts';
import { notEqual } from '../math_logic.ts';
import { reduceMean, reduceProd } from '../math_reduce.ts';
import type { PartitionedVariable } from '../partitioned_variables.ts';
import { SparseTensor } from '../sparse_tensor.ts';
import type { InitializerLike, Regularizer, Reuse, VariableScope } from '../variable_scope.ts';
import type { Variable } from '../variables.ts';
import { inLayerScope } from './layer_scopes.ts';
import { modelVariable } from './variables.ts';
import '../tensor_operators.ts';

interface LookupParams { params: Tensor | Variable | readonly (Tensor | Variable)[]; ids: TensorLike; partitionStrategy?: 'mod' | 'div'; name?: string | null }
/** `tf.contrib.layers.embedding_lookup_unique`: `tf.nn.embedding_lookup`, each row looked up once however often its id occurs. */
export const embeddingLookupUnique = api('embeddingLookupUnique', ['params', 'ids', 'partitionStrategy', 'name'], (p: LookupParams): Tensor => inScope(p.name, 'EmbeddingLookupUnique', [p.params, p.ids], () => {
  const ids = convertToTensor(p.ids, { preferred: int32 }), shape = shapeOf(ids);
  const { y: once, idx: index } = unique(reshape(ids, reduceProd(shape, { keepdims: true })));
  const rows = embeddingLookup(p.params, once, { partitionStrategy: p.partitionStrategy ?? 'mod' });
  const flat = gather(rows, index);
  const out = reshape(flat, concat([shape, shapeOf(rows).at([1, null])], 0));
  if (rows.shape.dims !== null) out.setShape(ids.shape.concatenate(new TensorShape(rows.shape.dims.slice(1))));
  return out;
}), { required: 2 });

interface EmbedParams { ids: TensorLike; vocabSize?: number | null; embedDim?: number | null; unique?: boolean; initializer?: InitializerLike | null; regularizer?: Regularizer | null; trainable?: boolean; scope?: string | VariableScope | null; reuse?: Reuse | null }
/** `tf.contrib.layers.embed_sequence`: rows of a variable `<scope>/embeddings` [vocabSize, embedDim] for `ids`, looked up once each with `unique`. Default
 * scope `EmbedSequence`. Errors: ValueError without the sizes, unless the variable is reused. */
export const embedSequence = api('embedSequence', ['ids', 'vocabSize', 'embedDim', 'unique', 'initializer', 'regularizer', 'trainable', 'scope', 'reuse'], (p: EmbedParams): Tensor => {
  const { vocabSize = null, embedDim = null } = p;
  if (!p.reuse && !(vocabSize && embedDim)) throw new ValueError(`Must specify vocab size and embedding dimension when not reusing. Got vocab_size=${vocabSize ?? 'None'} and embed_dim=${embedDim ?? 'None'}`);
  return inLayerScope({ inputs: p.ids, scope: p.scope ?? null, reuse: p.reuse ?? null }, 'EmbedSequence', null, () => {
    const known = vocabSize !== null && embedDim !== null;
    const embeddings = modelVariable({ name: 'embeddings', ...(known ? { shape: [vocabSize, embedDim] } : {}), initializer: p.initializer ?? null, regularizer: p.regularizer ?? null, trainable: p.trainable ?? true });
    return p.unique ? embeddingLookupUnique(embeddings, p.ids) : embeddingLookup(embeddings, p.ids);
  });
}, { required: 1 });

type Tables = TensorLike | PartitionedVariable | readonly (TensorLike | Variable)[];
interface SafeParams { embeddingWeights: Tables; sparseIds: SparseTensor; sparseWeights?: SparseTensor | null; combiner?: 'mean' | 'sqrtn' | 'sum' | null; defaultId?: number | null; name?: string | null; partitionStrategy?: 'mod' | 'div'; maxNorm?: number | null }
/** `tf.contrib.layers.safe_embedding_lookup_sparse`: as `tf.nn.safe_embedding_lookup_sparse`; tables and weights must have one floating dtype. */
export const safeEmbeddingLookupSparse = api('safeEmbeddingLookupSparse', ['embeddingWeights', 'sparseIds', 'sparseWeights', 'combiner', 'defaultId', 'name', 'partitionStrategy', 'maxNorm'], (p: SafeParams): Tensor => safeLookup(p, p.combiner ?? 'mean'), { required: 2 });

/** The elements of a dense tensor that are not 0. */
function nonzero(given: TensorLike): SparseTensor {
  return inScope('DenseToSparseTensor', '', [], () => {
    const x = convertToTensor(given, { preferred: int32 }), none = castTensor(scalarOf(0, x.dtype.baseDtype), x.dtype.baseDtype, 'ignore_value');
    const indices = where(notEqual(x, none), { name: 'indices' }) as Tensor, values = gatherNd(x, indices, { name: 'values' });
    return new SparseTensor(indices, values, shapeOf(x, { outType: int64, name: 'dense_shape' }));
  });
}
interface BowParams { ids: TensorLike | SparseTensor; vocabSize: number; embedDim: number; sparseLookup?: boolean; initializer?: InitializerLike | null; regularizer?: Regularizer | null; trainable?: boolean; scope?: string | VariableScope | null; reuse?: Reuse | null }
/** `tf.contrib.layers.bow_encoder`: the mean of the rows of a variable `<scope>/embeddings` [vocabSize, embedDim] that `ids` [batch, any] name (0 is no id, unless `sparseLookup` is false). Default scope
 * `bow_encoder`. Errors: ValueError without the sizes, TypeError for sparse ids without `sparseLookup`. */
export const bowEncoder = api('bowEncoder', ['ids', 'vocabSize', 'embedDim', 'sparseLookup', 'initializer', 'regularizer', 'trainable', 'scope', 'reuse'], (p: BowParams): Tensor => {
  if (!p.vocabSize || !p.embedDim) throw new ValueError('Must specify vocab size and embedding dimension');
  const { ids } = p, sparse = ids instanceof SparseTensor;
  return inLayerScope({ inputs: sparse ? ids.values : ids, scope: p.scope ?? null, reuse: p.reuse ?? null }, 'bow_encoder', null, () => {
    const embeddings = modelVariable({ name: 'embeddings', shape: [p.vocabSize, p.embedDim], initializer: p.initializer ?? null, regularizer: p.regularizer ?? null, trainable: p.trainable ?? true });
    if (p.sparseLookup ?? true) return safeEmbeddingLookupSparse([embeddings], sparse ? ids : nonzero(ids), { combiner: 'mean', defaultId: 0 });
    if (sparse) throw new TypeError(`('ids are expected to be dense Tensor, got: %s', ${String(ids)})`);
    return reduceMean(embeddingLookup(embeddings, ids), 1);
  });
}, { required: 3 });
