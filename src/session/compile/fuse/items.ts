// Nodes on their way into regions, and the regions as they form.
import { inputNode, isControlInput } from '../../../graph/names.ts';
import type { DeviceNode } from '../../engines/engine.ts';
import { deviceNode } from '../device_node.ts';
import { livesOf } from '../lives.ts';
import { type Program, type ProgramNode, typeOf } from '../program.ts';
import { schedule } from '../schedule.ts';
import type { Target } from '../target.ts';

/** More would make functions that compile slowly and keep nothing in registers. */
export const MAX_NODES = 64;
/** Arrays a loop reads and writes at once. */
export const MAX_STREAMS = 32;

/** A node on its way into a region. */
export interface Item {
  readonly node: ProgramNode;
  /** As the engine sees it. */
  readonly device: DeviceNode;
  readonly index: number;
  /** The shape as text; undefined: stays outside. */
  readonly shape: string | undefined;
  readonly size: number | null;
  readonly users: Item[];
  /** Read by more than its users. */
  readonly visible: boolean;
  /** Only names parts of its input; the shape that what reads those must have. */
  readonly part: boolean;
  readonly fills: string | undefined;
  /** Works on rows of an array of this shape; whether only one element of each row comes of it; nodes that must not be in its region. */
  readonly rows: { readonly of: string; readonly folds: boolean; readonly outside: readonly Item[] } | undefined;
  /** It waits for nothing but its inputs, and nobody waits for it but for its values. */
  readonly free: boolean;
  /** In which runs it has a value; only nodes that agree go together. */
  readonly lives: string;
  stage: number;
  group: Group | undefined;
}
/** A region on its way. All of its nodes have its stage. */
export interface Group {
  stage: number;
  readonly shape: string;
  readonly lives: string;
  /** Shapes of which each row has one element, where the region works on rows. */
  rowShapes: ReadonlySet<string> | undefined;
  readonly items: Set<Item>;
  /** Sums over what it makes, or its values side by side: all of one kind. */
  readonly ends: Item[];
  kind: string | undefined;
  /** What it begins with: a product (and its other shape), or a sum and its products. */
  start: Item[];
}
/** A region for a node and others like it. */
export function newGroup({ stage, lives }: Item, shape: string, items: readonly Item[]): Group { return { stage, shape, lives, rowShapes: undefined, items: new Set(items), ends: [], kind: undefined, start: [] }; }

/** Whether a region reads a value as a part of something. */
export function readsPart(g: Group | undefined, from: Item): boolean { return from.part && (from.fills === undefined || from.fills === g?.shape); }

export type Items = ReadonlyMap<string, Item>;
export const producer = (items: Items, tensor: string): Item => items.get(inputNode(tensor))!;

/** All nodes, inputs first, with what decides whether they join. */
export function itemsOf(p: Program, target: Target): Items {
  const items = new Map<string, Item>(), fusion = target.engine.fusion!;
  const visible = new Set([...p.fetches.map((f) => inputNode(f.value)), ...p.commits.map((c) => inputNode(c.value)), ...p.keep, ...p.awaited]);
  const waited = new Set<string>(), order = schedule(p), lives = p.conditional ? livesOf(order) : undefined;
  if (p.conditional) for (const n of order) for (const s of n.input) if (isControlInput(s)) waited.add(inputNode(s));
  for (const node of order) {
    const { shape } = p.types.get(node.name)![0] ?? { shape: undefined };
    const device = deviceNode(p, node), free = node.input.length > 0 && !waited.has(node.name) && !node.input.some(isControlInput);
    const joins = free && shape?.dims && fusion.joins(device), part = free && !joins && fusion.reads(device), rows = free && !joins && !part ? fusion.rows(device) : undefined;
    const item: Item = {
      node, device, index: items.size, shape: joins ? shape.debug : undefined, size: shape?.numElements ?? null, users: [], visible: visible.has(node.name),
      part, fills: part && fusion.fills(device) ? shape?.debug : undefined, rows: rows && { of: typeOf(p, node.input[0]!)!.shape.debug, folds: rows.folds, outside: rows.outside.map((i) => producer(items, node.input[i]!)) }, free, lives: lives?.get(node.name) ?? '', stage: 0, group: undefined,
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

