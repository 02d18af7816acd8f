// fuse: elementwise nodes become regions, each computed in one step of the engine. It decides only what is computed
// together; every node keeps its own arithmetic, so bits cannot depend on it.
//
// A region must not wait for itself through a node outside. Let the stage of a node be the number of nodes outside of
// any region on the longest path to it: elementwise nodes of one stage reach each other through elementwise nodes only,
// and those never shrink a shape. So nodes of one stage and one shape are never apart by another node, and all regions
// lie in an order: by stage, then by shape. A node whose users all lie in one later region moves there (`sink`) when that
// saves memory traffic (a scalar always, whatever the shape of the region); so does a node by itself, to the first user.
//
// A node that only names parts of its input (a slice, a split) counts as one outside; every region that reads it gets a
// copy of it and reads the input. A product whose users all lie in one region begins it: that waited for it anyway.
import { inputNode, inputString, isControlInput, parseInput } from '../../graph/names.ts';
import { Rewriting } from '../../graph/rewrite.ts';
import { deviceNode } from './device_node.ts';
import { adopt, FUSED, GUARD, LATEST, type Program, type ProgramNode, READ, type Region, typeOf } from './program.ts';
import { schedule } from './schedule.ts';
import type { Target } from './target.ts';

/** More would make functions that compile slowly and keep nothing in registers. */
const MAX_NODES = 64;
/** Arrays a loop reads and writes at once. */
const MAX_STREAMS = 32;
/** Below this size all nodes of a stage and shape go together: a step costs more than the elements. */
const SMALL = 1024;

/** A node on its way into a region. */
interface Item {
  readonly node: ProgramNode;
  readonly index: number;
  /** The shape as text; undefined: stays outside. */
  readonly shape: string | undefined;
  readonly size: number | null;
  readonly users: Item[];
  /** Read by more than its users. */
  readonly visible: boolean;
  /** Only names parts of its input. */
  readonly part: boolean;
  stage: number;
  group: Group | undefined;
}
interface Group { readonly stage: number; readonly shape: string; readonly items: Set<Item>; /** Sums over what it makes, all of one kind. */ readonly ends: Item[]; kind: string | undefined; /** What it begins with: a product, or a sum and its products. */ start: Item[] }

export function fuse(p: Program, target: Target): Program {
  if (!target.engine.fusion) return p;
  const items = itemsOf(p, target);
  const groups = group(items);
  sink(items);
  if (!p.conditional) {
    end(items, groups, p, target);
    begin(items, groups, p, target);
  }
  const chunks = [...groups].flatMap((g) => split(g, items)).filter((c) => c.length > 1 || c.some((i) => !begins(i) && i.node.input.some((s) => producer(items, s).part)));
  return chunks.length === 0 ? p : emit(p, items, chunks);
}

type Items = ReadonlyMap<string, Item>;
const producer = (items: Items, tensor: string): Item => items.get(inputNode(tensor))!;

/** All nodes, inputs first, with what decides whether they join. */
function itemsOf(p: Program, target: Target): Items {
  const items = new Map<string, Item>();
  const visible = new Set([...p.fetches.map((f) => inputNode(f.value)), ...p.commits.map((c) => inputNode(c.value)), ...p.keep, ...p.awaited]);
  const waited = new Set<string>(), mayDie = new Set<string>();
  if (p.conditional) for (const k in p.nodes) for (const s of p.nodes[k]!.input) if (isControlInput(s)) waited.add(inputNode(s));
  for (const node of schedule(p)) {
    const dies = p.conditional && (node.op === 'Switch' || node.op === LATEST || node.op === GUARD || node.op === READ || node.input.some((s) => mayDie.has(inputNode(s))));
    if (dies) mayDie.add(node.name);
    const { shape } = p.types.get(node.name)![0] ?? { shape: undefined };
    const joins = !dies && shape?.dims && !waited.has(node.name) && node.input.length > 0 && target.engine.fusion!.joins(deviceNode(p, node));
    const part = !dies && !joins && !waited.has(node.name) && node.input.length > 0 && target.engine.fusion!.reads(deviceNode(p, node));
    const item: Item = {
      node, index: items.size, shape: joins ? shape.debug : undefined, size: shape?.numElements ?? null, users: [], visible: visible.has(node.name), part, stage: 0, group: undefined,
    };
    for (const s of node.input) {
      const from = producer(items, s);
      from.users.push(item);
      const leaf = from.node.input.length === 0; // constants, feeds and variables are there before anything
      item.stage = Math.max(item.stage, from.stage + (from.shape === undefined && !leaf ? 1 : 0));
    }
    items.set(node.name, item);
  }
  return items;
}

/** Nodes of one stage and shape that read each other or the same full-size value; small ones in any case. */
function group(items: Items): Set<Group> {
  const groups = new Set<Group>();
  const byInput = new Map<string, Group>();
  const join = (item: Item, g: Group | undefined): void => {
    if (!g || g === item.group) return;
    const [into, from] = item.group && item.group.items.size > g.items.size ? [item.group, g] : [g, item.group];
    for (const x of from?.items ?? [item]) { x.group = into; into.items.add(x); }
    if (from) { from.items.clear(); groups.delete(from); }
  };
  const meet = (item: Item, key: string): void => {
    let g = byInput.get(key);
    while (g && g.items.size === 0) g = undefined; // taken over by another
    if (g) join(item, g);
    byInput.set(key, item.group!);
  };
  for (const item of items.values()) {
    if (item.shape === undefined) continue;
    item.group = { stage: item.stage, shape: item.shape, items: new Set([item]), ends: [], kind: undefined, start: [] };
    groups.add(item.group);
    const place = `${item.stage} ${item.shape}`;
    for (const s of item.node.input) {
      const from = producer(items, s);
      if (from.group && from.stage === item.stage && from.shape === item.shape) join(item, from.group);
      if (item.size !== 1 && from.size === item.size) meet(item, `${place} ${s}`);
    }
    if (item.size !== null && item.size <= SMALL) meet(item, place);
  }
  return groups;
}

/** Moves nodes to the region that uses them first, users before what they use. */
function sink(items: Items): void {
  const reads = new Map<Group, Set<string>>();
  const readsOf = (g: Group): Set<string> => {
    let r = reads.get(g);
    if (!r) reads.set(g, r = new Set([...g.items].flatMap((i) => i.node.input)));
    return r;
  };
  for (const item of [...items.values()].reverse()) {
    const own = item.group;
    const to = own && destination(item, own);
    if (!to || to === own) continue;
    if (item.size !== 1 && own.items.size > 1) {
      const full = item.node.input.filter((s) => producer(items, s).size === item.size);
      const loads = full.filter((s) => producer(items, s).group !== to && !readsOf(to).has(s)).length;
      const stores = full.filter((s) => { const x = producer(items, s); return x.group === own && !x.visible && x.users.every((u) => u.group === own); }).length;
      if (loads + stores > 2) continue; // it costs a store and a load to leave it
    }
    own.items.delete(item);
    to.items.add(item);
    item.group = to;
    item.stage = to.stage;
    for (const s of item.node.input) readsOf(to).add(s);
  }
}

/** The region a node may move to: the one of all its users, or, for a node by itself, the first of theirs. */
function destination(item: Item, own: Group): Group | undefined {
  const groups = new Set(item.users.map((u) => u.group));
  const [only] = groups;
  if (groups.size === 1 && only && !item.visible) return item.size === 1 || only.shape === item.shape ? only : undefined;
  if (own.items.size > 1) return undefined;
  let to: Group | undefined;
  for (const g of groups) if (g && g.shape === item.shape && (!to || g.stage < to.stage)) to = g;
  if (!to) return undefined;
  const { stage } = to;
  return item.users.every((u) => u.group === to || (u.group ? u.group.stage > stage : u.stage >= stage)) ? to : undefined;
}

/** Sums of what a region makes become its ends: what reads them lies in later stages in any case. Sums of a part of
 * something are a region by themselves. */
function end(items: Items, groups: Set<Group>, p: Program, target: Target): void {
  const ofParts = new Map<string, Group>();
  for (const item of items.values()) {
    const [s] = item.node.input;
    if (item.group || s === undefined) continue;
    const from = producer(items, s);
    let g = from.group ?? (from.part ? ofParts.get(s) : undefined);
    if (!from.part && (!g || from.shape !== g.shape || g.items.size === 0)) continue;
    const kind = target.engine.fusion!.ends(deviceNode(p, item.node));
    if (kind === undefined || (g?.kind !== undefined && g.kind !== kind)) continue;
    if (!g) {
      g = { stage: item.stage, shape: typeOf(p, s)!.shape.debug, items: new Set(), ends: [], kind, start: [] };
      ofParts.set(s, g);
      groups.add(g);
    }
    g.kind = kind;
    g.ends.push(item);
    item.group = g;
  }
}

/** A product whose users are all in one region of its shape begins it; so does a sum of products that nobody else reads. */
function begin(items: Items, groups: Set<Group>, p: Program, target: Target): void {
  const fusion = target.engine.fusion!, shapeOf = (i: Item): string | undefined => p.types.get(i.node.name)![0]?.shape.debug;
  for (const sum of items.values()) {
    const g = sum.group;
    if (!g?.items.has(sum) || g.start.length > 0 || sum.node.input.length < 2) continue;
    const terms = [...new Set(sum.node.input)].map((s) => producer(items, s));
    if (terms.length !== sum.node.input.length || !terms.every((t) => !t.group && !t.visible && t.users.length === 1) || !fusion.sums(deviceNode(p, sum.node), terms.map((t) => deviceNode(p, t.node)))) continue;
    g.items.delete(sum);
    g.start = [...terms, sum];
    for (const t of terms) t.group = g;
  }
  for (const item of items.values()) {
    const g = item.users[0]?.group;
    if (item.group || item.visible || item.part || !g || g.items.size === 0 || shapeOf(item) !== g.shape) continue;
    if (g.start.length > 1 || (g.start[0]?.size ?? -1) >= (item.size ?? 0)) continue;
    if (item.users.every((u) => u.group === g) && fusion.starts(deviceNode(p, item.node))) g.start = [item];
  }
  for (const g of groups) for (const i of g.start) i.group = g;
}
function begins(item: Item): boolean { return item.group?.start.includes(item) ?? false; }

/** Cuts a region that is too large, along the order of its nodes. Only values of its own shape may leave a region. */
function split(g: Group, items: Items): Item[][] {
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
    else if (g.start.length > 1) chunks.push(g.start);
  }
  for (const e of g.ends) chunks.find((c) => c.includes(producer(items, e.node.input[0]!)))?.push(e);
  return chunks.map((c) => {
    const inside = new Set(c);
    for (const item of [...c].reverse()) if (item.shape !== g.shape && !g.ends.includes(item) && !g.start.includes(item) && item.users.some((u) => !inside.has(u))) inside.delete(item);
    const left = c.filter((i) => inside.has(i));
    return left;
  });
}

function emit(p: Program, items: Items, chunks: readonly Item[][]): Program {
  const r = new Rewriting('fuse', p.nodes);
  const types = new Map(p.types), regions = new Map(p.regions);
  const home = new Map<Item, Item[]>(chunks.flatMap((c) => c.map((i): [Item, Item[]] => [i, c])));
  /** Tensors that leave a region, by what they were called. */
  const moved = new Map<string, string>();
  for (const c of chunks) {
    const name = nameOf(c), outputs = outputsOf(p, c, home);
    outputs.forEach((t, i) => moved.set(t, inputString(name, i)));
    regions.set(name, { nodes: [], outputs });
    types.set(name, outputs.map((t) => typeOf(p, t)!));
  }
  /** Users of a part that read it by way of a copy. */
  const served = new Map<Item, number>();
  const taken = new Map<Item[], Item[]>();
  for (const c of chunks) {
    const name = nameOf(c), parts = new Map<Item, ProgramNode>();
    const input = (s: string): string => {
      const from = producer(items, s);
      if (home.get(from) === c) return s;
      if (!from.part || from.node.input.some((x) => home.get(producer(items, x)) === c)) return moved.get(s) ?? s;
      let copy = parts.get(from);
      if (!copy) {
        copy = { ...from.node, name: `${from.node.name}@${name}`, input: from.node.input.map((x) => moved.get(x) ?? x) };
        parts.set(from, copy);
        types.set(copy.name, p.types.get(from.node.name)!);
      }
      return inputString(copy.name, parseInput(s).index);
    };
    // A product packs what it reads: parts of something would not be faster.
    const own = c.map((i) => ({ ...i.node, input: i.node.input.map(begins(i) ? (s) => moved.get(s) ?? s : input) }));
    for (const i of parts.keys()) served.set(i, (served.get(i) ?? 0) + i.users.filter((u) => home.get(u) === c && !begins(u)).length);
    taken.set(c, [...parts.keys()]);
    const nodes = [...parts.values(), ...own], made = new Set(nodes.map((n) => n.name));
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

/** A region is called after its last node. */
function nameOf(c: readonly Item[]): string { return `${c[c.length - 1]!.node.name}@fused`; }

function outputsOf(p: Program, c: Item[], home: ReadonlyMap<Item, Item[]>): string[] {
  const read = new Set<string>();
  for (const i of c) {
    for (const u of i.users) if (home.get(u) !== c) for (const s of u.node.input) read.add(s);
    if (i.visible) p.types.get(i.node.name)!.forEach((_, k) => read.add(inputString(i.node.name, k)));
  }
  return c.flatMap((i) => p.types.get(i.node.name)!.map((_, k) => inputString(i.node.name, k)).filter((t) => read.has(t)));
}
