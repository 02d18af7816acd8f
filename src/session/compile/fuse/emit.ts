// Regions become nodes of the program: cut where they are too large, with copies of the parts they read.
import { inputNode, inputString, parseInput } from '../../../graph/names.ts';
import { Rewriting } from '../../../graph/rewrite.ts';
import { adopt, FUSED, type Program, type ProgramNode, type Region, typeOf } from '../program.ts';
import { begins, isSum } from './ends.ts';
import { type Group, type Item, type Items, MAX_NODES, MAX_STREAMS, producer, readsPart } from './items.ts';

/** Cuts a region that is too large, along the order of its nodes. Only values of its own shape may leave a region. */
export function split(g: Group, items: Items): Item[][] {
  const chunks: Item[][] = [];
  let streams = new Set<string>();
  for (const item of [...g.items].sort((a, b) => a.index - b.index)) {
    const more = [...item.node.input.filter((s) => producer(items, s).group !== g), ...(item.users.every((u) => u.group === g) && !item.visible ? [] : [item.node.name])];
    const last = chunks[chunks.length - 1];
    if (!last || last.length >= MAX_NODES || new Set([...streams, ...more]).size > MAX_STREAMS) {
      chunks.push([item]);
      streams = new Set(more);
    } else {
      last.push(item);
      for (const s of more) streams.add(s);
    }
  }
  if (g.items.size === 0) return [[...g.start, ...g.ends]];
  if (g.start.length > 0) {
    // A sum may be read elsewhere too; a product is not.
    const readers = g.start.at(-1)!.users.filter((u) => g.items.has(u)), home = chunks.findLast((c) => readers.every((u) => c.includes(u)));
    if (home) home.unshift(...g.start);
    else if (isSum(g.start)) chunks.push(g.start);
  }
  for (const e of g.ends) chunks.find((c) => e.node.input.every((s) => { const from = producer(items, s); return from.group !== g || c.includes(from); }))?.push(e);
  return chunks.map((c) => {
    const inside = new Set(c);
    for (const item of [...c].reverse()) if (!leaves(item, g) && !g.ends.includes(item) && !g.start.includes(item) && item.users.some((u) => !inside.has(u))) inside.delete(item);
    return c.filter((i) => inside.has(i));
  });
}

/** Whether a value of the region can be had outside. */
function leaves(item: Item, g: Group): boolean { return item.rows !== undefined || item.shape === g.shape || (item.shape !== undefined && g.rowShapes?.has(item.shape) === true); }

export function emit(p: Program, items: Items, chunks: readonly Item[][], again: ReadonlyMap<Item[], ReadonlySet<Item>>): Program {
  const r = new Rewriting('fuse', p.nodes);
  const types = new Map(p.types), regions = new Map(p.regions);
  const home = new Map<Item, Item[]>(chunks.flatMap((c) => c.map((i): [Item, Item[]] => [i, c])));
  /** Tensors that leave a region, by what they were called. */
  const moved = new Map<string, string>();
  for (const c of chunks) {
    const name = nameOf(c), outputs = outputsOf(p, c, home, again);
    outputs.forEach((t, i) => moved.set(t, inputString(name, i)));
    regions.set(name, { nodes: [], outputs });
    types.set(name, outputs.map((t) => typeOf(p, t)!));
  }
  /** Users of a part that read it by way of a copy. */
  const served = new Map<Item, number>();
  const taken = new Map<Item[], Item[]>();
  for (const c of chunks) {
    const name = nameOf(c), parts = new Map<Item, ProgramNode>(), others = new Map<Item, ProgramNode>();
    const input = (s: string): string => {
      const from = producer(items, s);
      if (home.get(from) === c) return s;
      const made = again.get(c)?.has(from) ?? false;
      if (!made && (!readsPart(c[0]!.group, from) || from.node.input.some((x) => home.get(producer(items, x)) === c))) return moved.get(s) ?? s;
      const copies = made ? others : parts;
      let copy = copies.get(from);
      if (!copy) {
        copy = { ...from.node, name: `${from.node.name}@${name}`, input: from.node.input.map(made ? input : (x) => moved.get(x) ?? x) };
        copies.set(from, copy);
        types.set(copy.name, p.types.get(from.node.name)!);
      }
      return inputString(copy.name, parseInput(s).index);
    };
    // A product packs what it reads: parts of something would not be faster. What is looked at beforehand must lie there.
    const own = c.map((i) => ({ ...i.node, input: i.node.input.map((s) => (asItIs(i, producer(items, s)) ? moved.get(s) ?? s : input(s))) }));
    for (const i of parts.keys()) served.set(i, (served.get(i) ?? 0) + i.users.filter((u) => home.get(u) === c && !asItIs(u, i)).length);
    taken.set(c, [...parts.keys(), ...others.keys()]);
    const nodes = [...parts.values(), ...others.values(), ...own], made = new Set(nodes.map((n) => n.name));
    const read = [...new Set(nodes.flatMap((n) => n.input.filter((s) => !made.has(inputNode(s)))))];
    const region: Region = { nodes, outputs: regions.get(name)!.outputs };
    regions.set(name, region);
    r.put({ name, op: FUSED, input: read, device: '', attr: {}, from: [...new Set(nodes.flatMap((n) => n.from))], at: Math.max(...nodes.map((n) => n.at)) });
  }
  for (const c of chunks) {
    const name = nameOf(c), { outputs } = regions.get(name)!;
    for (const i of c) r.remove(i.node.name);
    for (const t of outputs) r.redirect(t, moved.get(t)!);
    r.record('elementwise nodes -> one step', [...taken.get(c)!, ...c].map((i) => i.node.name), [name], Object.fromEntries(outputs.map((t) => [t, moved.get(t)!])));
  }
  for (const [i, count] of served) if (!i.visible && count === i.users.length) r.remove(i.node.name);
  return adopt(p, r.finish(), { types, regions });
}

/** Whether a node of a region reads a value where it lies, whatever that is a part of. */
function asItIs(i: Item, from: Item): boolean { return begins(i) || (i.rows?.outside.includes(from) ?? false); }

/** A region is called after its last node. */
function nameOf(c: readonly Item[]): string { return `${c[c.length - 1]!.node.name}@fused`; }

function outputsOf(p: Program, c: Item[], home: ReadonlyMap<Item, Item[]>, again: ReadonlyMap<Item[], ReadonlySet<Item>>): string[] {
  const read = new Set<string>();
  for (const i of c) {
    for (const u of i.users) if (home.get(u) !== c && !again.get(home.get(u)!)?.has(i)) for (const s of u.node.input) read.add(s);
    if (i.visible) p.types.get(i.node.name)!.forEach((_, k) => read.add(inputString(i.node.name, k)));
  }
  return c.flatMap((i) => p.types.get(i.node.name)!.map((_, k) => inputString(i.node.name, k)).filter((t) => read.has(t)));
}
