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
    const end = target.engine.fusion!.ends(item.device), kind = end?.kind;
    let g = from.group ?? (from.part ? ofParts.get(s) : kind === undefined ? undefined : readerOf(item, from, typeOf(p, s)!.shape.debug));
    if (!from.part && (!g || (from.group && from.shape !== g.shape) || g.items.size === 0)) continue;
    if (!end || (g && end.flat && !isFlat(g, items, p)) || (g && g.lives !== item.lives) || (g?.kind !== undefined && g.kind !== kind) || (g?.rowShapes && reaches(item.users, g))) continue;
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

/** Whether all it reads is of its shape, or one element. */
function isFlat(g: Group, items: Items, p: Program): boolean { return [...g.items].every((i) => i.node.input.every((s) => { const { shape } = typeOf(p, s)!; return !producer(items, s).part && (shape.debug === g.shape || shape.numElements === 1); })); }
/** A region that reads the same value, in full, and waits for no more than its sum does. */
function readerOf(sum: Item, from: Item, shape: string): Group | undefined { return from.users.find((u) => u.shape === shape && u.group?.shape === shape && u.group.stage === sum.stage && u.group.items.has(u))?.group; }

/** The product with what only gives its rows another number of axes. */
function withShape(product: Item, items: Items, p: Program): Item[] {
  const [r] = product.users, [from, to] = [product, r].map((i) => i && p.types.get(i.node.name)![0]?.shape);
  const reshapes = r?.node.op === 'Reshape' && r.free && !r.group && r.lives === product.lives && !product.visible && product.users.length === 1 && producer(items, r.node.input[0]!) === product && p.constants.has(r.node.input[1]!);
  return reshapes && from?.isFullyDefined && to?.isFullyDefined && from.numElements === to.numElements && (to.ndims ?? 0) > 1 && from.dims!.at(-1) === to.dims!.at(-1) ? [product, r] : [product];
}
/** A product begins the first of the regions that read it, if they have its shape and all else that reads it comes later, or
 * only its sums; so does a sum of products that nobody else reads. */
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
    if (item.group || !item.free || item.part || !fusion.starts(item.device)) continue;
    const start = withShape(item, items, p), made = start.at(-1)!, g = first(made, shapeOf(made));
    if (g) { if (!isSum(g.start) && (g.start[0]?.size ?? -1) < (item.size ?? 0)) g.start = start; continue; }
    const [kind] = made.users.map((u) => endKind(u, made, target)), ends = kind === undefined ? [] : made.users.filter((u) => endKind(u, made, target) === kind);
    if (ends.length === 0) continue;
    const alone: Group = { ...newGroup(made, shapeOf(made)!, []), ends, kind, start };
    for (const e of ends) e.group = alone;
    groups.add(alone);
  }
  for (const g of groups) for (const i of g.start) i.group = g;
}
/** The first region that reads it; undefined: something reads it earlier, or as another shape. */
function first(item: Item, shape: string | undefined): Group | undefined {
  let g: Group | undefined;
  for (const { group: by } of item.users) if (by && by.items.size > 0 && (!g || by.stage < g.stage)) g = by;
  if (!g || g.lives !== item.lives || shape !== g.shape) return undefined;
  const { stage } = g;
  return item.users.every((u) => !u.part && (u.group ? u.group === g || u.group.stage > stage : u.stage >= stage)) ? g : undefined;
}
/** How a sum that is in no region ends one that begins with its input. */
function endKind(u: Item, of: Item, target: Target): string | undefined { return !u.group && u.free && u.lives === of.lives && u.node.input[0] === of.node.name ? target.engine.fusion!.ends(u.device)?.kind : undefined; }
/** Whether a region begins with a sum of products. */
export function isSum(start: readonly Item[]): boolean { return start.length > 1 && start.at(-1)!.shape !== undefined; }
export function begins(item: Item): boolean { return item.group?.start.includes(item) ?? false; }

