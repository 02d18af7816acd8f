// Regions over rows: a fold of rows (a sum, an extremum) joins the region whose values it folds, and what reads its result,
// element by element or once a row, joins them; so do ops that do both (softmax). Such a region must not wait for itself
// through a node outside, which stages do not tell here: what it leads to is followed. Its stage is that of its last node,
// and what lies behind it moves along, so that no edge leads to an earlier stage.
import { type Program, typeOf } from '../program.ts';
import { type Group, type Item, type Items, MAX_NODES, MAX_STREAMS, newGroup, producer } from './items.ts';

/** More nodes are not followed. */
const FAR = 4000;
/** Nodes that one op over rows counts for. */
const EACH = 4;

export function growRows(items: Items, groups: Set<Group>, p: Program): void {
  const regions = new Set<Group>();
  for (const item of items.values()) {
    if (!item.rows || item.group) continue;
    item.group = newGroup(item, item.rows.of, [item]);
    groups.add(item.group);
    regions.add(item.group);
    for (const s of item.node.input) {
      const from = producer(items, s).group;
      if (from && from.shape === item.rows.of && unite(item.group, from, groups)) regions.delete(from);
    }
    item.group.rowShapes = rowShapesOf(item.rows.of);
  }
  for (const g of regions) {
    for (let next: Item[] = [...g.items]; next.length > 0;) {
      const found: Item[] = [];
      for (const item of next) {
        for (const u of item.users) {
          const to = u.group;
          if (!to || to === g || to.items.size === 0 || !joins(to, g, items, p) || !unite(g, to, groups)) continue;
          regions.delete(to);
          found.push(...to.items);
        }
      }
      next = found;
    }
  }
}

/** Whether a region that reads values of another may be one with it: as rows or, element by element, what each row has one of. */
function joins(to: Group, g: Group, items: Items, p: Program): boolean {
  const [whole, ...rows] = [g.shape, ...g.rowShapes!];
  const allowed = to.shape === whole ? [whole, rows[0]] : to.rowShapes === undefined && rows.includes(to.shape) ? [to.shape] : [];
  const derived = new Set<Item>();
  for (const i of [...to.items].sort((x, y) => x.index - y.index)) {
    for (const s of i.node.input) {
      const from = producer(items, s);
      if (from.group === g && !allowed.includes(typeOf(p, s)!.shape.debug)) return false;
      if (from.group === g || derived.has(from)) derived.add(i);
    }
  }
  // Without its last axis a value does not tell whether it is one of rows.
  return to.shape !== rows[1] || [...to.items].every((i) => i.size === 1 || derived.has(i));
}

/** The shapes of one element a row: with the last axis, and without. */
function rowShapesOf(shape: string): ReadonlySet<string> {
  const at = shape.lastIndexOf(',');
  return new Set([`${shape.slice(0, at)},1]`, `${shape.slice(0, at)}]`]);
}

/** Makes one region of two, unless it would be too large or wait for itself. */
function unite(g: Group, other: Group, groups: Set<Group>): boolean {
  if (g === other || g.lives !== other.lives) return false;
  const all = [...g.items, ...other.items];
  if (all.some((i) => i.rows?.outside.some((x) => x.group === g || x.group === other))) return false;
  if (all.reduce((n, i) => n + (i.rows && !i.rows.folds ? EACH : 1), 0) > MAX_NODES || streams(all) > MAX_STREAMS || leads(g, other) || leads(other, g)) return false;
  for (const i of other.items) { i.group = g; g.items.add(i); }
  other.items.clear();
  groups.delete(other);
  moveTo(g, Math.max(g.stage, other.stage));
  return true;
}
function streams(all: readonly Item[]): number {
  const inside = new Set(all), made = new Set(all.map((i) => i.node.name));
  return new Set(all.flatMap((i) => [...i.node.input.filter((s) => !made.has(s)), ...(i.visible || i.users.some((u) => !inside.has(u)) ? [i.node.name] : [])])).size;
}

/** Whether something between them waits for one and is waited for by the other. */
function leads(from: Group, to: Group): boolean { return from.stage <= to.stage && reaches([...from.items].flatMap((i) => i.users).filter((u) => u.group !== from && u.group !== to), to); }
/** Whether a region waits for one of these, or may. */
export function reaches(items: readonly Item[], to: Group): boolean {
  const seen = new Set(items), open = [...seen];
  const visit = (of: Iterable<Item>): void => { for (const i of of) for (const u of i.users) if (!seen.has(u)) { seen.add(u); open.push(u); } };
  for (let i = open.pop(); i; i = open.pop()) {
    if (i.group === to) return true;
    if (i.stage > to.stage) continue;
    if (seen.size > FAR) return true;
    visit(i.group ? i.group.items : [i]);
  }
  return false;
}

/** Gives a region its stage, and what reads it one that is not earlier. */
function moveTo(g: Group, stage: number): void {
  g.stage = stage;
  const open: Item[] = [...g.items];
  for (const i of open) i.stage = stage;
  for (let i = open.pop(); i; i = open.pop()) {
    for (const u of i.users) {
      const least = i.group || i.shape !== undefined || i.node.input.length === 0 ? i.stage : i.stage + 1;
      if (u.group === g || (u.group ? u.group.stage : u.stage) >= least) continue;
      if (u.group) { u.group.stage = least; for (const x of u.group.items) { x.stage = least; open.push(x); } } else { u.stage = least; open.push(u); }
    }
  }
}
