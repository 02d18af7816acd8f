// `tf.import_graph_def` over the op table. The work is done in src/graph/importer.ts.
import { importGraphDef as importInto, type ImportOptions } from '../graph/importer.ts';
import { getDefaultGraph } from '../graph/graph.ts';
import type { GraphDef, OpDef } from '../graph/node_def.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { checkGraphDef } from '../graph/verify.ts';
import { api } from './api.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { inferShapes } from './op_def_library.ts';
import { opTable } from './registry.ts';

interface ImportArgs {
  graphDef: GraphDef;
  inputMap?: ImportOptions['inputMap'];
  returnElements?: readonly string[] | null;
  name?: string | null;
  /** Ignored, as in TF. */
  opDict?: unknown;
  /** OpList of the producer: attrs that we do not know and that have its default are dropped. */
  producerOpList?: { readonly op?: readonly OpDef[] } | null;
}

/** `tf.import_graph_def`: adds the nodes of a GraphDef to the default graph under the prefix `name` (default `import`; ''
 * for none). `inputMap` (a Map, or a record under its key) replaces inputs by tensors of this graph; `returnElements` names
 * what to return. A refused GraphDef leaves the graph as it was. Errors: ValueError for an illegal GraphDef, unused map keys
 * and unknown elements; NotFoundError for an unknown op; UnimplementedError for one that TF has removed. */
export const importGraphDef = api('importGraphDef', ['graphDef', 'inputMap', 'returnElements', 'name', 'opDict', 'producerOpList'], (p: ImportArgs): (Tensor | Operation)[] | null => {
  const producer = p.producerOpList?.op && new Map(p.producerOpList.op.map((o) => [o.name, o]));
  return importInto(getDefaultGraph(), p.graphDef, {
    ...(p.name === undefined ? {} : { name: p.name }), inputMap: p.inputMap ?? null, returnElements: p.returnElements ?? null, ...(producer ? { producerOps: producer } : {}),
  }, { opTable, inferShapes, convertToTensor: (v) => convertToTensor(v as TensorLike) });
}, { required: 1, message: true });

/** Throws ValueError, with TF's text and the nodes around it, when a GraphDef is not legal: names, op types, attrs, inputs
 * and their types, functions, cycles outside loops. Attrs left at their defaults may be absent. */
export function verifyGraphDef(def: GraphDef): void { checkGraphDef(def, opTable); }
