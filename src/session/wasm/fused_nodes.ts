// What the nodes of a fused step are: values numbered through, the parts that make them, and how it begins and ends.
import type { DType } from '../../graph/dtype.ts';
import { float32, int32 } from '../../graph/dtype.ts';
import type { DeviceNode, FusedNodes } from '../engines/engine.ts';
import { laneStorage } from '../jit/lanes.ts';
import { sizeOf, toNumbers } from '../kernels/common.ts';
import { isAddressing, joinable } from './cwise.ts';
import type { Elementwise } from './elementwise.ts';
import type { FoldOp } from './fold.ts';
import { isSumOfProducts, isTerm, type Producer, producerOf, sumOfProducts, withBias } from './producers.ts';
import { endOf, reductionOf, type Reduction } from './roots.ts';
import { type Part, type RowNode, rowNode } from './row_nodes.ts';
import { type Joined, joinedOf, type Views, viewsOf } from './views.ts';

/** Arithmetic of the loop; `first`: number of its first output. */
export interface Computed { readonly op: Elementwise; readonly inputs: readonly number[]; readonly first: number }
/** A fold of each row of a value. */
export interface Folded { readonly fold: FoldOp; readonly inputs: readonly [number]; readonly squeezed: boolean; readonly first: number }
export type Member = Computed | Folded;
export const isFolded = (m: Member): m is Folded => 'fold' in m;
/** How many values it makes. */
export const countOf = (m: Member): number => (isFolded(m) ? 1 : m.op.results.length);

/** Parts of an input. */
export interface Parts { readonly views: Views; readonly of: number; readonly first: number }
/** The product at the beginning; `shape`: which it is given. */
export interface Start { readonly producer: Producer; readonly inputs: readonly number[]; readonly number: number; readonly shape?: readonly number[] }
/** A sum at the end; `of`: the value it adds up. */
export interface Root { readonly reduction: Reduction; readonly of: number; readonly number: number; readonly type: DType }
/** Values side by side at the end. */
export interface Join { readonly joined: Joined; readonly of: readonly number[]; readonly number: number; readonly type: DType }

/** How a node was read, where that depends on shapes: what it makes has the number `first`, `terms` are the positions of the nodes it adds up, or goes on from. */
interface Role { readonly as: 'part' | 'sum' | 'bias' | 'shape' | 'addressing' | 'start' | 'join' | 'row' | 'root' | undefined; readonly first: number; readonly terms?: readonly number[] }

/** Values are numbered: the inputs, the outputs of the nodes, then what is made on the way. */
export interface Made {
  readonly roles: readonly Role[];
  /** Values that lack the last axis, of which each row has one: folds that leave it out, and what is computed of those. */
  readonly squeezed: ReadonlySet<number>;
  readonly inputs: number;
  /** Made by members, at the ends, or the beginning itself where members read it. */
  readonly results: readonly number[];
  /** Inputs first. */
  readonly members: readonly Member[];
  readonly parts: readonly Parts[];
  readonly roots: readonly Root[];
  readonly joins: readonly Join[];
  readonly start: Start | undefined;
  /** The value 0, 1, 2, .., where one is read. */
  readonly places: number | undefined;
  /** What must hold of the inputs. */
  readonly checks: readonly { readonly of: readonly number[]; readonly holds: NonNullable<RowNode['holds']> }[];
  /** Dtypes of all values from the first node's on. */
  readonly types: readonly DType[];
}

/** The value itself, where something is asked of a value that no member computes. */
function pass(type: DType): Elementwise {
  const s = laneStorage(type.storage);
  return { key: 'Pass', body: (_, [v]) => [v!], reads: [s], results: [type], fit: ([v]) => ({ shape: v!, views: [v!] }) };
}

/** Reads the nodes; a product of a sum of products has no part of its own. */
export function madeOf(nodes: FusedNodes): Made {
  const members: Member[] = [], parts: Parts[] = [], roots: Root[] = [], joins: Join[] = [], checks: { of: readonly number[]; holds: NonNullable<RowNode['holds']> }[] = [];
  const types: DType[] = nodes.nodes.flatMap((n) => joinable(n.node)?.results ?? n.node.outputDtypes);
  const roles: Role[] = [], terms = new Map<number, FusedNodes['nodes'][number]>(), products = nodes.nodes.filter((n) => isTerm(n.node)).length;
  let start: Start | undefined, begun: { readonly node: DeviceNode; readonly at: number } | undefined, places: number | undefined, number = nodes.inputs;
  const counted = (): number => (places ??= nodes.inputs + types.push(int32) - 1);
  const add = (p: Part, to?: number): number => {
    const first = to ?? nodes.inputs + types.push('fold' in p ? float32 : p.op.results[0]!) - 1;
    members.push('fold' in p ? { fold: p.fold, inputs: [p.of], squeezed: p.squeezed, first } : { ...p, first });
    return first;
  };
  /** The one reading of the node that there is: the first that applies. */
  const read = (n: FusedNodes['nodes'][number], first: number): Pick<Role, 'as' | 'terms'> => {
    const { node, inputs } = n, views = viewsOf(node);
    if (views) { parts.push({ views, of: inputs[views.input]!, first }); return { as: 'part' }; }
    const summed = inputs.map((i) => terms.get(i));
    if (!start && isSumOfProducts(node, summed.map((t) => t?.node ?? node))) {
      start = { producer: sumOfProducts(summed.map((t) => t!.node)), inputs: summed.flatMap((t) => t!.inputs), number: first };
      return { as: 'sum', terms: summed.map((t) => nodes.nodes.indexOf(t!)) };
    }
    if (start && node.op === 'Reshape' && inputs[0] === start.number) { start = { ...start, number: first, shape: reshapedTo(node) }; return { as: 'shape' }; }
    // A bias that is all that is asked of the product.
    const biased = begun && inputs[0] === start?.number && !start?.shape && !nodes.results.includes(inputs[0]!) && nodes.nodes.filter((m) => m.inputs.includes(inputs[0]!)).length === 1 && inputs[1]! < nodes.inputs ? withBias(begun.node, node) : undefined;
    if (biased) {
      const { at } = begun!;
      start = { producer: biased, inputs: [...start!.inputs, inputs[1]!], number: first };
      begun = undefined;
      return { as: 'bias', terms: [at] };
    }
    const op = joinable(node);
    if (op) { members.push({ op, inputs: op.counts ? [...inputs, counted()] : inputs, first }); return { as: isAddressing(node) ? 'addressing' : undefined }; }
    const producer = start ? undefined : producerOf(node);
    if (isTerm(node) && products > 1) { terms.set(first, n); return { as: undefined }; }
    if (producer) { start = { producer, inputs, number: first }; begun = { node, at: nodes.nodes.indexOf(n) }; return { as: 'start' }; }
    const joined = joinedOf(node);
    if (joined) { joins.push({ joined, of: inputs.slice(joined.first, joined.first + joined.count), number: first, type: node.outputDtypes[0]! }); return { as: 'join' }; }
    const row = rowNode(node);
    if (row?.holds) checks.push({ of: row.outside.map((i) => inputs[i]!), holds: row.holds });
    if (row) row.expand(inputs, node.outputDtypes.map((_, i) => first + i), add, counted);
    else roots.push({ reduction: reductionOf(node)!, of: inputs[0]!, number: first, type: node.outputDtypes[0]! });
    return { as: row ? 'row' : 'root' };
  };
  for (const n of nodes.nodes) { roles.push({ ...read(n, number), first: number }); number += outputs(n.node); }
  const passed = new Map<number, number>();
  const computed = (v: number): number => {
    if ([...roots, ...joins].some((r) => r.number === v) || members.some((m) => v >= m.first && v < m.first + countOf(m))) return v;
    let copy = passed.get(v);
    if (copy === undefined) passed.set(v, copy = add({ op: pass(types[v - nodes.inputs] ?? float32), inputs: [v] })); // of what comes from outside, sums
    return copy;
  };
  const ends = roots.map((r) => ({ ...r, of: computed(r.of) })), sides = joins.map((j) => ({ ...j, of: j.of.map(computed) }));
  const alone = members.length + roots.length + joins.length === 0;
  return { roles, squeezed: squeezedOf(members), inputs: nodes.inputs, results: nodes.results.map((v) => (v === start?.number && (alone || members.some((m) => m.inputs.includes(v))) ? v : computed(v))), members, parts, roots: ends, joins: sides, start, places, checks, types };
}
function squeezedOf(members: readonly Member[]): ReadonlySet<number> {
  const out = new Set<number>();
  for (const x of members) if (isFolded(x) ? x.squeezed : x.op.squeezes || x.inputs.some((v) => out.has(v))) for (let i = 0; i < countOf(x); i++) out.add(x.first + i);
  return out;
}
/** The same of nodes like those it was made of, over other shapes; undefined: one of them is to be read otherwise. */
export function madeAgain(m: Made, { nodes }: FusedNodes, before: FusedNodes): Made | undefined {
  const parts = [...m.parts], members = [...m.members], joins = [...m.joins];
  let start = m.start;
  const begins = (producer: Producer | undefined, inputs: readonly (readonly number[])[]): boolean => {
    if (!producer?.(inputs)) return false;
    start = { ...start!, producer };
    return true;
  };
  const read = ({ as, first, terms }: Role, i: number): boolean => {
    const { node } = nodes[i]!;
    switch (as) {
      case undefined: return true;
      case 'part': {
        const at = parts.findIndex((p) => p.first === first), views = viewsOf(node);
        if (views?.parts.length !== parts[at]!.views.parts.length) return false;
        parts[at] = { ...parts[at]!, views };
        return true;
      }
      case 'addressing': {
        const at = members.findIndex((x) => x.first === first), op = joinable(node);
        if (op) members[at] = { ...members[at] as Computed, op };
        return op !== undefined;
      }
      case 'join': {
        const at = joins.findIndex((j) => j.number === first), joined = joinedOf(node);
        if (joined) joins[at] = { ...joins[at]!, joined };
        return joined !== undefined;
      }
      case 'sum': {
        const of = terms!.map((t) => nodes[t]!.node);
        return isSumOfProducts(node, of) && begins(sumOfProducts(of), of.flatMap((t) => t.inputShapes));
      }
      case 'bias': {
        const of = nodes[terms![0]!]!.node;
        return begins(withBias(of, node), [...of.inputShapes, node.inputShapes[1]!]);
      }
      case 'start': return begins(producerOf(node), node.inputShapes);
      case 'shape': start = { ...start!, shape: reshapedTo(node) }; return true;
      // What it computes, and whether it does, depends on the length of a row.
      case 'row': return node.inputShapes[0]!.at(-1) === before.nodes[i]!.node.inputShapes[0]!.at(-1) && node.shapesKnown && !node.inputShapes[0]!.includes(0);
      case 'root': return endOf(node) !== undefined;
      default: return as satisfies never;
    }
  };
  return m.roles.every(read) ? { ...m, parts, members, joins, start } : undefined;
}
/** The shape a Reshape gives, which is a constant. */
function reshapedTo(node: DeviceNode): readonly number[] {
  const c = node.constant(1)!, dims = toNumbers(c);
  return dims.map((d) => (d === -1 ? -sizeOf(node.inputShapes[0]!) / sizeOf(dims) : d));
}
function outputs(node: DeviceNode): number { return joinable(node)?.results.length ?? node.outputDtypes.length; }
