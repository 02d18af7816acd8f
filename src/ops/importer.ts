// `tf.import_graph_def` over the op table. The work is done in src/graph/importer.ts.
import { importGraphDef as importInto, type ImportOptions } from '../graph/importer.ts';
import { getDefaultGraph } from '../graph/graph.ts';
import type { GraphDef } from '../graph/node_def.ts';
import { publicCall } from '../graph/site.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { inferShapes } from './op_def_library.ts';
import { opTable } from './registry.ts';

/** `tf.import_graph_def`: adds the nodes of a GraphDef to the default graph under the prefix `name` (default `import`; ''
 * for none). `inputMap` replaces inputs by tensors of this graph; `returnElements` names what to return.
 * Errors: ValueError for an illegal GraphDef, unused map keys and unknown elements; NotFoundError for an unknown op. */
export function importGraphDef(def: GraphDef, options: ImportOptions = {}): (Tensor | Operation)[] | null {
  return publicCall(importGraphDef, () =>
    importInto(getDefaultGraph(), def, options, { opTable, inferShapes, convertToTensor: (v) => convertToTensor(v as TensorLike) }));
}
