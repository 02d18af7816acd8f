// IndexedSlices made dense wherever a tensor is wanted. Follows _indexed_slices_to_tensor in
// python/framework/indexed_slices.py (1.15); importing this registers the conversion.
import { ValueError } from '../graph/errors.ts';
import { registerConversion } from './convert.ts';
import { IndexedSlices } from './indexed_slices.ts';
import { op1 } from './op_def_library.ts';
import './tensor_operators.ts';

registerConversion((value, { dtype, name }) => {
  if (!(value instanceof IndexedSlices)) return undefined;
  if (dtype && !dtype.isCompatibleWith(value.dtype)) throw new ValueError(`Tensor conversion requested dtype ${dtype.name} for IndexedSlices with dtype ${value.dtype.name}`);
  if (value.denseShape === null) throw new ValueError(`Tensor conversion requested for IndexedSlices without dense_shape: ${value}`, { node: value.op.name });
  const rows = value.denseShape.at(0);
  return op1('UnsortedSegmentSum', [value.values, value.indices, rows], {}, name);
});
