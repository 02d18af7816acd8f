// A plan as a graph: one node per step that computes or moves a value, named after the graph node it came from. What
// traces and `partition_graphs` show. Arguments and results are named as in TF (`_arg_x_0_0`, `_retval_y_0_0`).
import { attr, type AttrMap, type GraphDef, type NodeDef, PRODUCER } from '../graph/node_def.ts';
import { deviceName, HOST_ALLOCATOR } from './engines/engine.ts';
import type { Plan, Slot, Step } from './plan.ts';

/** The node of each step (none for `free`), in plan order after the constants. */
export interface PlanGraph { readonly graphDef: GraphDef; readonly nodeOf: ReadonlyMap<Step, NodeDef> }

/** Builds the graph of a plan. Equal plans give equal graphs. */
export function planGraph(plan: Plan): PlanGraph {
  const taken = new Set<string>();
  const unique = (name: string): string => {
    let full = name;
    for (let i = 1; taken.has(full); i++) full = `${name}/_${i}`;
    taken.add(full);
    return full;
  };
  const made: string[] = [];
  const node: NodeDef[] = [];
  const add = (name: string, op: string, inputs: readonly Slot[], outputs: readonly Slot[], attrs: AttrMap, device: string): NodeDef => {
    const def: NodeDef = { name: unique(name), op, input: inputs.map((s) => made[s] ?? '?'), device, attr: attrs };
    outputs.forEach((s, i) => { made[s] = i === 0 ? def.name : `${def.name}:${i}`; });
    node.push(def);
    return def;
  };
  const typed = (slot: Slot): AttrMap => ({ T: attr.type(plan.slots[slot]!.dtype) });
  const at = (slot: Slot): string => deviceName(plan.slots[slot]!.place === 'device' ? plan.engine : HOST_ALLOCATOR);

  for (const c of plan.constants) add(c.nodes[0] ?? 'Const', 'Const', [], [c.slot], { dtype: attr.type(c.value.dtype), value: attr.tensor(c.value) }, at(c.slot));
  const nodeOf = new Map<Step, NodeDef>();
  const put = (s: Step): NodeDef | undefined => {
    const from = s.nodes[0] ?? s.kind;
    switch (s.kind) {
      case 'free': return undefined;
      case 'feed': return add(`_arg_${s.tensor.replace(':', '_')}_${rank(plan.feeds.map((f) => f.tensor), s.index)}`, '_Arg', [], [s.out], { ...typed(s.out), index: attr.i(s.index) }, at(s.out));
      case 'read': return add(s.variable, '_Read', [], [s.out], typed(s.out), at(s.out));
      case 'hasValue': return add(`${s.variable}/_initialized`, '_HasValue', s.input === null ? [] : [s.input], [s.out], {}, at(s.out));
      case 'unfed': return add(from, 'Placeholder', [], [s.out], {}, at(s.out));
      case 'kernel': return add(from, s.node.op, s.inputs, s.outputs, s.node.attr, deviceName(s.call ? plan.engine : HOST_ALLOCATOR));
      case 'fused': return add(s.nodes.at(-1)!, '_Fused', s.inputs, s.outputs, { nodes: attr.list({ s: [...s.nodes] }) }, deviceName(plan.engine));
      case 'call': return add(`${from}/_call`, 'StatefulPartitionedCall', s.inputs, s.outputs, {}, deviceName(plan.engine));
      case 'assign': return add(from, 'Assign', [s.input], [s.out], typed(s.out), at(s.out));
      case 'move': return add(`${from}/_move`, '_Move', [s.input], [s.out], typed(s.out), at(s.out));
      case 'switch': return add(from, 'Switch', [s.input, s.pred], s.outputs, typed(s.input), at(s.input));
      case 'merge': return add(from, 'Merge', s.inputs, [s.out, s.index], typed(s.out), at(s.out));
      case 'guard': return add(`${from}/_guard`, '_Guard', [s.input], [s.out], typed(s.out), at(s.out));
      case 'commit': return add(`${s.variable}/_commit`, '_Commit', [s.input], [], typed(s.input), at(s.input));
      case 'fetch': return add(`_retval_${s.tensor.replace(':', '_')}_${rank(plan.fetches, s.index)}`, '_Retval', [s.input], [], { ...typed(s.input), index: attr.i(s.index) }, at(s.input));
      default: return s satisfies never;
    }
  };
  for (const s of plan.steps) { const def = put(s); if (def) nodeOf.set(s, def); }
  return { graphDef: { node, versions: { producer: PRODUCER } }, nodeOf };
}

/** Position among the sorted names, by which TF numbers arguments and results. */
function rank(names: readonly string[], index: number): number { return [...names].sort().indexOf(names[index]!); }
