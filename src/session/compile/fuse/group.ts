// Elementwise nodes find each other: those of one stage and shape, and those that are best computed where they are used.
import { type Group, type Item, type Items, newGroup, producer } from './items.ts';

/** Below this size all nodes of a stage and shape go together: a step costs more than the elements. */
const SMALL = 1024;

/** Nodes of one stage and shape that read each other or the same full-size value; small ones in any case. */
export function group(items: Items): Set<Group> {
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
    item.group = newGroup(item, item.shape, [item]);
    groups.add(item.group);
    const place = `${item.stage} ${item.shape} ${item.lives}`;
    for (const s of item.node.input) {
      const from = producer(items, s);
      if (from.group && from.stage === item.stage && from.shape === item.shape && from.lives === item.lives) join(item, from.group);
      if (item.size !== 1 && from.size === item.size) meet(item, `${place} ${s}`);
    }
    if (item.size !== null && item.size <= SMALL) meet(item, place);
  }
  return groups;
}

/** Moves nodes to the region that uses them first, users before what they use. */
export function sink(items: Items): void {
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
  if (groups.size === 1 && only && !item.visible && only.lives === item.lives) return item.size === 1 || only.shape === item.shape ? only : undefined;
  if (own.items.size > 1) return undefined;
  let to: Group | undefined;
  for (const g of groups) if (g && g.shape === item.shape && g.lives === item.lives && (!to || g.stage < to.stage)) to = g;
  if (!to) return undefined;
  const { stage } = to;
  return item.users.every((u) => u.group === to || (u.group ? u.group.stage > stage : u.stage >= stage)) ? to : undefined;
}

