// schedule: a deterministic order for the nodes of a program: inputs first, ties to the node that comes earlier in the
// graph. Everything that can fail comes before the first commit, because commits are appended by `lower` at the end.
import { adjacency, topologicalOrder } from '../../graph/traverse.ts';
import { inputNode } from '../../graph/names.ts';
import { InternalFault } from '../../graph/errors.ts';
import { inOrder, type Program, type ProgramNode } from './program.ts';

export function schedule(p: Program): ProgramNode[] {
  const nodes = inOrder(p);
  const done = new Set<string>();
  const sorted = nodes.every((n) => {
    const ok = n.input.every((s) => done.has(inputNode(s)));
    done.add(n.name);
    return ok;
  });
  if (sorted) return nodes;
  const { order, cyclic } = topologicalOrder(adjacency(nodes));
  if (cyclic.length > 0) throw new InternalFault(`the program has a cycle through ${cyclic.slice(0, 5).map((i) => nodes[i]!.name).join(', ')}`);
  return order.map((i) => nodes[i]!);
}
