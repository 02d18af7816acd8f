// Finding operations and tensors of a graph by object or name, with the words TensorFlow has for what goes wrong.
// Follows Graph.as_graph_element and its neighbours in tensorflow/python/framework/ops.py (1.15).
import { KeyError, TypeError, ValueError } from './errors.ts';
import { stringRepr } from './python_repr.ts';
import { pythonTypeName } from './python_type.ts';
import { Operation, Tensor } from './tensor.ts';
import type { Graph } from './graph.ts';

/** The tensor or operation that an object, a name, or something with an `asGraphElement()` stands for.
 * Errors: ValueError for elements of another graph and malformed names, KeyError for unknown names, TypeError for anything else. */
export function graphElement(graph: Graph, obj: unknown, allowTensor: boolean, allowOperation: boolean): Tensor | Operation {
  if (obj instanceof Tensor && allowTensor && obj.graph === graph) return obj; // what is asked most
  if (!allowTensor && !allowOperation) throw new ValueError("allow_tensor and allow_operation can't both be False.");
  const types = allowTensor && allowOperation ? 'Tensor or Operation' : allowTensor ? 'Tensor' : 'Operation';
  if (typeof obj === 'object' && obj !== null && 'asGraphElement' in obj && typeof obj.asGraphElement === 'function') {
    obj = (obj as { asGraphElement(): unknown }).asGraphElement();
  }
  if (typeof obj === 'string') return byName(graph, obj, allowTensor, allowOperation, types);
  if (obj instanceof Tensor && allowTensor) {
    if (obj.graph !== graph) throw new ValueError(`Tensor ${obj} is not an element of this graph.`);
    return obj;
  }
  if (obj instanceof Operation && allowOperation) {
    if (obj.graph !== graph) throw new ValueError(`Operation ${obj} is not an element of this graph.`);
    return obj;
  }
  throw new TypeError(`Can not convert a ${pythonTypeName(obj)} into a ${types}.`);
}

const FORM = 'Tensor names must be of the form "<op_name>:<output_index>".';

function byName(graph: Graph, name: string, allowTensor: boolean, allowOperation: boolean, types: string): Tensor | Operation {
  const shown = stringRepr(name);
  if (name.includes(':')) {
    if (!allowTensor) throw new ValueError(`Name ${shown} appears to refer to a Tensor, not a ${types}.`);
    const [opName, out, more] = name.split(':') as [string, string, string | undefined];
    // Python's int() is what reads the index: blanks, signs and digit groups are fine, and -1 is the last output.
    if (more !== undefined || !/^\s*[+-]?\d+(_\d+)*\s*$/.test(out)) throw new ValueError(`The name ${shown} looks a like a Tensor name, but is not a valid one. ${FORM}`);
    const op = graph.find(opName);
    if (!op) throw new KeyError(`The name ${shown} refers to a Tensor which does not exist. The operation, ${stringRepr(opName)}, does not exist in the graph.`);
    const t = op.outputs.at(Number(out.replaceAll('_', '')));
    if (!t) throw new KeyError(`The name ${shown} refers to a Tensor which does not exist. The operation, ${stringRepr(opName)}, exists but only has ${op.outputs.length} outputs.`);
    return t;
  }
  const op = graph.find(name);
  if (allowOperation) {
    if (!op) throw new KeyError(`The name ${shown} refers to an Operation not in the graph.`);
    return op;
  }
  throw new ValueError(op ? `The name ${shown} refers to an Operation, not a ${types}. ${FORM}` : `The name ${shown} looks like an (invalid) Operation name, not a ${types}. ${FORM}`);
}
