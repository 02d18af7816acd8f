// contrib.layers.embed_sequence. Follows contrib/layers/python/layers/{encoders,embedding_ops}.py (1.15).
import { int32 } from '../../graph/dtype.ts';
import { ValueError } from '../../graph/errors.ts';
import { TensorShape } from '../../graph/shape.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { api } from '../api.ts';
import { gather, unique } from '../array_gather.ts';
import { concat } from '../array_join.ts';
import { reshape, shape as shapeOf } from '../array_shape.ts';
import { inScope } from '../building.ts';
import { convertToTensor, type TensorLike } from '../convert.ts';
import { embeddingLookup } from '../embedding_ops.ts';
import { reduceProd } from '../math_reduce.ts';
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
