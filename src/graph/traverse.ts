// Walks over a GraphDef: topological order, ancestors, users. Iterative and linear, so 200,000 nodes in a chain are
// fine. Knows names and edges only; legality is verify.ts. Follows core/graph/algorithm.cc and
// core/grappler/utils/topological_sort.cc (NextIteration edges are not ordering edges).
import { type GraphDef, type NodeDef } from './node_def.ts';
import { inputNode } from './names.ts';
import { ValueError } from './errors.ts';

/** Edges of a GraphDef by node index; an input that names no node is -1. */
export interface Adjacency {
  readonly nodes: readonly NodeDef[];
  readonly indexOf: ReadonlyMap<string, number>;
  /** Per node: indices of the nodes its inputs (data and control, in order) come from. */
  readonly inputs: readonly (readonly number[])[];
  /** Per node: indices of the nodes that use it, ascending, one entry per edge. */
  readonly users: readonly (readonly number[])[];
}

/** Indexes the edges of `nodes`. Of several nodes of one name the first counts. */
export function adjacency(nodes: readonly NodeDef[]): Adjacency {
  const indexOf = new Map<string, number>();
  for (let i = 0; i < nodes.length; i++) if (!indexOf.has(nodes[i]!.name)) indexOf.set(nodes[i]!.name, i);
  const users: number[][] = nodes.map(() => []);
  const inputs = nodes.map((n, i) => n.input.map((s) => {
    const j = indexOf.get(inputNode(s)) ?? -1;
    if (j >= 0) users[j]!.push(i);
    return j;
  }));
  return { nodes, indexOf, inputs, users };
}

/** True for the one edge that may close a cycle: NextIteration (or its ref form) into a Merge. */
export function isBackEdge(from: NodeDef, to: NodeDef): boolean {
  return (from.op === 'NextIteration' || from.op === 'RefNextIteration') && (to.op === 'Merge' || to.op === 'RefMerge');
}

/** Result of `topologicalOrder`: indices into `nodes`. */
export interface TopologicalOrder {
  readonly order: readonly number[];
  /** Nodes on or behind an illegal cycle, ascending; empty for a legal graph. */
  readonly cyclic: readonly number[];
}

/** Deterministic topological order: of the nodes that are ready the earliest in the list comes first. Edges from
 * NextIteration into Merge do not order; inputs that name no node are ignored. */
export function topologicalOrder(adj: Adjacency): TopologicalOrder {
  const { nodes, inputs, users } = adj;
  const n = nodes.length;
  const pending = new Int32Array(n);
  let sorted = true;
  for (let i = 0; i < n; i++) {
    for (const j of inputs[i]!) {
      if (j < 0 || isBackEdge(nodes[j]!, nodes[i]!)) continue;
      pending[i]!++;
      if (j >= i) sorted = false;
    }
  }
  if (sorted) return { order: Array.from({ length: n }, (_, i) => i), cyclic: [] };
  const heap = new MinHeap(n);
  for (let i = 0; i < n; i++) if (pending[i] === 0) heap.push(i);
  const order: number[] = [];
  while (heap.size > 0) {
    const i = heap.pop();
    order.push(i);
    for (const u of users[i]!) {
      if (isBackEdge(nodes[i]!, nodes[u]!)) continue;
      if (--pending[u]! === 0) heap.push(u);
    }
  }
  const cyclic: number[] = [];
  if (order.length < n) for (let i = 0; i < n; i++) if (pending[i]! > 0) cyclic.push(i);
  return { order, cyclic };
}

/** The nodes of a GraphDef in topological order (ties: list order). Throws ValueError on a cycle not closed by
 * NextIteration, naming its nodes. */
export function topologicalSort(def: GraphDef | readonly NodeDef[]): NodeDef[] {
  const nodes = nodeList(def);
  const adj = adjacency(nodes);
  const { order, cyclic } = topologicalOrder(adj);
  if (cyclic.length > 0) {
    const cycle = findCycle(adj, cyclic);
    throw new ValueError(`Graph is invalid, contains a cycle with ${cycle.length} nodes, including: ${cycle.slice(0, 3).map((i) => nodes[i]!.name).join(', ')}`);
  }
  return order.map((i) => nodes[i]!);
}

/** One cycle (indices, each node an input of the next) among the nodes `topologicalOrder` left over. */
export function findCycle(adj: Adjacency, cyclic: readonly number[]): number[] {
  const left = new Set(cyclic);
  const seenAt = new Map<number, number>();
  const path: number[] = [];
  let at = cyclic[0];
  // Every node left over has an input that is left over: walking back must come round.
  while (at !== undefined && !seenAt.has(at)) {
    seenAt.set(at, path.length);
    path.push(at);
    const to = at;
    at = adj.inputs[to]!.find((j) => left.has(j) && !isBackEdge(adj.nodes[j]!, adj.nodes[to]!));
  }
  return at === undefined ? [] : path.slice(seenAt.get(at)).reverse();
}

/** Names of `roots` and of everything they depend on (data, control and back edges). Unknown names are kept out. */
export function ancestors(def: GraphDef | readonly NodeDef[], roots: Iterable<string>): Set<string> {
  const byName = new Map(nodeList(def).map((n) => [n.name, n]));
  const seen = new Set<string>();
  const stack: string[] = [];
  const visit = (name: string): void => { if (!seen.has(name) && byName.has(name)) { seen.add(name); stack.push(name); } };
  for (const r of roots) visit(inputNode(r));
  while (stack.length > 0) for (const s of byName.get(stack.pop()!)!.input) visit(inputNode(s));
  return seen;
}

/** Names of `roots` and of everything that depends on them. */
export function descendants(def: GraphDef | readonly NodeDef[], roots: Iterable<string>): Set<string> {
  const adj = adjacency(nodeList(def));
  const seen = new Set<string>();
  const stack: number[] = [];
  const visit = (i: number | undefined): void => {
    if (i === undefined || seen.has(adj.nodes[i]!.name)) return;
    seen.add(adj.nodes[i]!.name);
    stack.push(i);
  };
  for (const r of roots) visit(adj.indexOf.get(inputNode(r)));
  while (stack.length > 0) for (const u of adj.users[stack.pop()!]!) visit(u);
  return seen;
}

/** For every node name: the nodes that use it (data or control), in list order, each once. */
export function usersOf(def: GraphDef | readonly NodeDef[]): Map<string, NodeDef[]> {
  const adj = adjacency(nodeList(def));
  return new Map(adj.nodes.map((n, i) => [n.name, [...new Set(adj.users[i])].map((u) => adj.nodes[u]!)]));
}

function nodeList(def: GraphDef | readonly NodeDef[]): readonly NodeDef[] { return 'node' in def ? def.node : def; }

/** Binary heap of node indices. */
class MinHeap {
  readonly #a: Int32Array;
  size = 0;
  constructor(capacity: number) { this.#a = new Int32Array(capacity); }
  push(v: number): void {
    const a = this.#a;
    let i = this.size++;
    while (i > 0) {
      const p = (i - 1) >> 1;
      if (a[p]! <= v) break;
      a[i] = a[p]!;
      i = p;
    }
    a[i] = v;
  }
  pop(): number {
    const a = this.#a;
    const top = a[0]!;
    const v = a[--this.size]!;
    let i = 0;
    for (;;) {
      let c = 2 * i + 1;
      if (c >= this.size) break;
      if (c + 1 < this.size && a[c + 1]! < a[c]!) c++;
      if (a[c]! >= v) break;
      a[i] = a[c]!;
      i = c;
    }
    a[i] = v;
    return top;
  }
}
