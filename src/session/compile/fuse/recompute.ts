// Computed again or kept: a value that one region makes and later ones read is not stored where each of those can make it of
// what it reads in any case, or of a feed in its place, and the arithmetic takes less time than the memory would.
// Nothing lives longer for it, and bits do not depend on it. Only elementwise nodes are looked at: random ops are none,
// and what they read are values, never variables.
import type { Fusion } from '../../engines/engine.ts';
import { begins } from './ends.ts';
import { ARG } from '../program.ts';
import { type Item, type Items, producer } from './items.ts';

/** Nanoseconds for storing or loading an element of four bytes that the nearer caches do not hold, and for an instruction on it: as
 * measured with 128-bit SIMD at 10 to 16 GB/s. */
const MEMORY = 0.3, INSTRUCTION = 0.08;
/** Elements that caches hold until they are read. */
const HELD = 1 << 15;
/** Operands so many times smaller than the value cost nothing to read. */
const SMALL = 16;

/** For each region the values of others that it computes for itself. */
export function recomputed(items: Items, chunks: readonly Item[][], fusion: Fusion): ReadonlyMap<Item[], ReadonlySet<Item>> {
  const home = new Map(chunks.flatMap((c) => c.map((i): [Item, Item[]] => [i, c]))), out = new Map<Item[], Set<Item>>(), from = (i: Item): Item[] => i.node.input.map((s) => producer(items, s));
  const reads = new Map(chunks.map((c) => [c, new Set(c.filter((i) => !begins(i)).flatMap((i) => from(i).filter((x) => home.get(x) !== c)))]));
  for (const c of chunks) {
    for (const x of c) {
      if (c.length === 1 || x.shape === undefined || begins(x) || x.visible || x.size === null || x.size < HELD) continue;
      const later = [...new Set(x.users.map((u) => home.get(u)))].filter((h) => h !== c), inputs = from(x), bytes = x.device.outputDtypes[0]!.size;
      if (later.length === 0 || inputs.some((i) => i.part || i.size === null || i.device.outputDtypes[0]!.size > bytes)) continue;
      /** Whether a region has it in any case; how many full operands are new to it. */
      const there = (r: Item[], i: Item): boolean => reads.get(r)!.has(i) || (out.get(r)?.has(i) ?? false), extra = (r: Item[]): number => inputs.filter((i) => i.size! * SMALL > x.size! && !there(r, i)).length;
      const can = (r: Item[] | undefined): r is Item[] => r !== undefined && r.some((i) => i.shape === x.shape) && extra(r) <= 1
        && inputs.every((i) => home.get(i) !== r && (there(r, i) || i.node.op === ARG || (i.size! * SMALL <= x.size! && home.get(i) !== c))) && r.every((u) => !x.users.includes(u) || (u.shape === x.shape && !begins(u)));
      if (!later.every(can)) continue;
      const regions = later as Item[][], saved = 1 + regions.reduce((n, r) => n + 1 - extra(r), 0);
      if (regions.length * fusion.cost(x.device) * INSTRUCTION > saved * MEMORY * (bytes / 4)) continue;
      for (const r of regions) out.set(r, (out.get(r) ?? new Set()).add(x));
    }
  }
  return out;
}
