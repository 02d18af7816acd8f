// Which graph a node belongs to: the graph of what goes into it. Follows _get_graph_from_inputs in
// python/framework/ops.py (1.15).
import { ValueError } from '../graph/errors.ts';
import { Graph } from '../graph/graph.ts';
import { Operation, Tensor } from '../graph/tensor.ts';

/** Graph of the first graph element among some values (lists are searched too); undefined when there is none.
 * Errors: ValueError when the elements come from several graphs. */
export function graphFromInputs(values: readonly unknown[]): Graph | undefined { return search(values, undefined)?.graph; }

interface Element { readonly graph: Graph; toString(): string }

function search(values: readonly unknown[], first: Element | undefined): Element | undefined {
  for (const v of values) {
    if (Array.isArray(v)) { first = search(v as readonly unknown[], first); continue; }
    const e = elementOf(v);
    if (!e) continue;
    if (!first) first = e;
    else if (e.graph !== first.graph) throw new ValueError(`${String(e)} must be from the same graph as ${String(first)}.`);
  }
  return first;
}

/** Tensors, operations, IndexedSlices and SparseTensors; of a variable, the tensor that stands for it. */
function elementOf(v: unknown): Element | undefined {
  if (v instanceof Tensor || v instanceof Operation) return v;
  if (typeof v !== 'object' || v === null) return undefined;
  if ('asGraphElement' in v && typeof v.asGraphElement === 'function') return elementOf((v as { asGraphElement(): unknown }).asGraphElement());
  return 'graph' in v && v.graph instanceof Graph ? v as Element : undefined;
}
