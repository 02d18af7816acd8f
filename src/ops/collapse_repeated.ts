// Repeated labels merged. Follows python/ops/ctc_ops.py (1.15).
import { bool, int32 } from '../graph/dtype.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { booleanMask, scatterNd } from './array_gather.ts';
import { sequenceMask } from './array_select.ts';
import { concat } from './array_join.ts';

import { expandDims, reshape, shape as shapeOf } from './array_shape.ts';
import { onesLike } from './array_values.ts';
import { inScope, int32Vector, scalarOf } from './building.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { castTensor } from './math_cast.ts';
import { logicalAnd, notEqual } from './math_logic.ts';
import { reduceMax, reduceSum } from './math_reduce.ts';
import { range } from './math_sequence.ts';
import './tensor_operators.ts';

/** A size: known while building, else of a run. */
const sizeAt = (t: Tensor, i: number): TensorLike => { const d = t.shape.at(i).value; return d ? scalarOf(d, int32) : shapeOf(t).at(i); };

interface Collapse { labels: TensorLike; seqLength: TensorLike; name?: string | null }
/** `tf.nn.collapse_repeated`: `labels` [batch, length] with neighbours that are the same merged, padded with zeros to the longest, and the new lengths [batch]; beyond `seqLength` [batch] labels do not count. */
export const collapseRepeated = api('collapseRepeated', ['labels', 'seqLength', 'name'], (p: Collapse): [labels: Tensor, seqLength: Tensor] => inScope(p.name, 'collapse_repeated_labels', [p.labels, p.seqLength], () => {
  const labels = convertToTensor(p.labels, { name: 'labels', preferred: int32 }), lengths = convertToTensor(p.seqLength, { name: 'seq_length', preferred: int32 });
  const first = onesLike(labels.at(null, [null, 1]), bool);
  const differs = concat([first, notEqual(labels.at(null, [1, null]), labels.at(null, [null, -1]))], 1);
  const kept = logicalAnd(differs, sequenceMask(lengths, { maxlen: sizeAt(labels, 1) }));
  const found = reduceSum(castTensor(kept, int32), 1), longest = reduceMax(found);
  const places = sequenceMask(found, { maxlen: longest });
  const flat = reshape(labels, int32Vector([-1])), flatKept = reshape(kept, int32Vector([-1])), flatPlaces = reshape(places, int32Vector([-1]));
  const index = range(sizeAt(flatPlaces, 0));
  const at = expandDims(booleanMask(index, flatPlaces), 1), updates = booleanMask(flat, flatKept);
  const merged = scatterNd(at, updates, shapeOf(flatPlaces));
  const square = reshape(merged, [sizeAt(labels, 0), longest]);
  return [square, castTensor(found, lengths.dtype.baseDtype)];
}), { required: 2 });
