// Whether the shapes of a run fit a node, asked of the op's shape function. Kernels of devices are called only then: many
// of them check nothing, and read or write beyond their buffers.
import { TfError } from '../../graph/errors.ts';
import type { Graph } from '../../graph/graph.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import { attr, type AttrMap } from '../../graph/node_def.ts';
import { Operation, type Tensor } from '../../graph/tensor.ts';
import { inferShapes } from '../../ops/op_def_library.ts';
import type { ProgramNode, ValueType } from './program.ts';

/** What is known of an input when the node is placed. */
export interface KnownInput { readonly type: ValueType; readonly value: NDArray | undefined }

/** False when the shape function refuses the inputs: then the node has an error to report. */
export function shapesFit(n: ProgramNode, inputs: readonly KnownInput[], outputs: readonly ValueType[], graph: Graph): boolean {
  const op = new Operation(graph, 0, n, inputs.map((x, i) => standIn(x, `${n.name}/${i}`, graph)), [], outputs.map((t) => t.dtype), null, null, undefined);
  try {
    inferShapes(op);
    return true;
  } catch (e) {
    if (e instanceof TfError) return false;
    throw e;
  }
}

/** A tensor of that type and value; not part of the graph. */
function standIn({ type, value }: KnownInput, name: string, graph: Graph): Tensor {
  const attrs: AttrMap = value ? { value: attr.tensor(value), dtype: attr.type(type.dtype) } : {};
  const def = { name, op: value ? 'Const' : 'Placeholder', input: [], device: '', attr: attrs };
  const t = new Operation(graph, 0, def, [], [], [type.dtype], null, null, undefined).outputs[0]!;
  t._setInferredShape(type.shape);
  return t;
}
