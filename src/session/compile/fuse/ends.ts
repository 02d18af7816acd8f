// What a region may end with (sums, values side by side) and begin with (products).
import type { Target } from '../target.ts';
import { type Program, typeOf } from '../program.ts';
import { type Group, type Item, type Items, newGroup, producer } from './items.ts';
import { reaches } from './rows.ts';

/** The kind of ends that put values side by side. */
const BESIDE = 'beside';

/** Sums of what a region makes, and its values side by side, become its ends: what reads them lies in later stages in any case. Sums of a part of
 * something are a region by themselves. */
export function end(items: Items, groups: Set<Group>, p: Program, target: Target): void {
  const ofParts = new Map<string, Group>();
  for (const item of items.values()) {
    const [s] = item.node.input;
    if (item.group || !item.free || s === undefined) continue;
    const from = producer(items, s);
    if (from.group && target.engine.fusion!.gathers(item.device)) {
      const all = item.node.input.slice(0, -1).map((x) => producer(items, x)), { group: one } = from;
      if (one.items.size === 0 || one.lives !== item.lives || (one.kind !== undefined && one.kind !== BESIDE) || !all.every((x) => one.items.has(x) && x.shape === one.shape) || (one.rowShapes && reaches(item.users, one))) continue;
      one.kind = BESIDE;
      one.ends.push(item);
      item.group = one;
      continue;
    }
    let g = from.group ?? (from.part ? ofParts.get(s) : undefined);
    if (!from.part && (!g || from.shape !== g.shape || g.items.size === 0)) continue;
    const kind = target.engine.fusion!.ends(item.device);
    if (kind === undefined || (g && g.lives !== item.lives) || (g?.kind !== undefined && g.kind !== kind) || (g?.rowShapes && reaches(item.users, g))) continue;
    if (!g) {
      g = newGroup(item, typeOf(p, s)!.shape.debug, []);
      ofParts.set(s, g);
      groups.add(g);
    }
    g.kind = kind;
    g.ends.push(item);
    item.group = g;
  }
}

/** A product whose users are all in one region of its shape begins it; so does a sum of products that nobody else reads. */
export function begin(items: Items, groups: Set<Group>, p: Program, target: Target): void {
  const fusion = target.engine.fusion!, shapeOf = (i: Item): string | undefined => p.types.get(i.node.name)![0]?.shape.debug;
  for (const sum of items.values()) {
    const g = sum.group;
    if (!g?.items.has(sum) || g.start.length > 0 || sum.node.input.length < 2) continue;
    const terms = [...new Set(sum.node.input)].map((s) => producer(items, s));
    if (terms.length !== sum.node.input.length || !terms.every((t) => !t.group && t.free && t.lives === g.lives && !t.visible && t.users.length === 1) || !fusion.sums(sum.device, terms.map((t) => t.device))) continue;
    g.items.delete(sum);
    g.start = [...terms, sum];
    for (const t of terms) t.group = g;
  }
  for (const item of items.values()) {
    const g = item.users[0]?.group;
    if (item.group || !item.free || item.visible || item.part || !g || g.lives !== item.lives || g.items.size === 0 || shapeOf(item) !== g.shape) continue;
    if (g.start.length > 1 || (g.start[0]?.size ?? -1) >= (item.size ?? 0)) continue;
    if (item.users.every((u) => u.group === g) && fusion.starts(item.device)) g.start = [item];
  }
  for (const g of groups) for (const i of g.start) i.group = g;
}
export function begins(item: Item): boolean { return item.group?.start.includes(item) ?? false; }

