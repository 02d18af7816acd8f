// arena: where the values of known size lie in one block of memory that a run has to itself. Values whose lives do not
// overlap share bytes; one that takes the place of another, or is another's elements under a new shape, lies where that
// lies. What may outlive the run (variables and whatever branches pass on) is not in it.
import type { Layout, Slot, SlotInfo, Step } from '../plan.ts';
import { reads, writes } from '../plan.ts';
import type { Sizes } from './memory.ts';

/** Groups placed by size, largest first, each in the smallest gap among all that live when it does. Smaller ones follow above, in order of time. */
const BY_SIZE = 512;

/** Slots that lie in one place, alive from step `first` to step `last`. */
interface Group { readonly slots: Slot[]; bytes: number; first: number; last: number; kept: boolean; at: number }

/** Lays out the device values of a plan, whose steps have their lifetimes. `slack`: bytes that must follow each. */
export function planArena(slots: readonly SlotInfo[], sizes: Sizes, steps: readonly Step[], slack: number): Layout | null {
  const groups = groupsOf(slots, sizes, steps, slack).filter((g) => g.kept);
  if (groups.length === 0) return null;
  const sorted = [...groups].sort((a, b) => b.bytes - a.bytes || a.first - b.first);
  const top = bySize(sorted.slice(0, BY_SIZE));
  const bytes = inTime(sorted.slice(BY_SIZE), top);
  const at: (Layout['at'][number])[] = slots.map(() => undefined);
  for (const g of groups) for (const s of g.slots) at[s] = { offset: g.at, with: g.slots[0]! };
  return { bytes, at };
}

function groupsOf(slots: readonly SlotInfo[], sizes: Sizes, steps: readonly Step[], slack: number): Group[] {
  const of: (Group | undefined)[] = [];
  const groups: Group[] = [];
  const begin = (s: Slot, i: number): void => {
    if (slots[s]!.place !== 'device' || Number.isNaN(sizes(s))) return;
    groups.push(of[s] = { slots: [s], bytes: Math.ceil((sizes(s) + slack) / ALIGN) * ALIGN, first: i, last: i, kept: true, at: 0 });
  };
  const join = (s: Slot, g: Group | undefined): void => { if (g) { g.slots.push(s); of[s] = g; } };
  steps.forEach((s, i) => {
    if (s.kind === 'free') return;
    for (const x of reads(s)) { const g = of[x]; if (g) g.last = s.kind === 'fetch' ? steps.length : Math.max(g.last, i); }
    switch (s.kind) {
      case 'feed': begin(s.out, i); return;
      case 'move': if (s.to === 'device') begin(s.out, i); return;
      case 'kernel': {
        if (!s.call) return;
        const { shares } = s.call;
        if (shares !== undefined) { join(s.outputs[0]!, of[s.inputs[shares]!]); return; }
        s.outputs.forEach((o, output) => {
          const over = s.over?.find((x) => x.output === output);
          if (over) join(o, of[s.inputs[over.input]!]); else begin(o, i);
        });
        return;
      }
      case 'fused':
        s.outputs.forEach((o, output) => {
          const t = s.takes.find((x) => x.output === output);
          if (t) join(o, of[s.inputs[t.input]!]); else begin(o, i);
        });
        for (const o of s.outputs) { const g = of[o]; if (g) g.last = Math.max(g.last, i); }
        return;
      case 'fetch': return;
      // A value that is passed on has owners the plan does not count.
      default: for (const x of [...reads(s), ...writes(s)]) { const g = of[x]; if (g) g.kept = false; }
    }
  });
  return groups;
}
const ALIGN = 64;

/** Places groups; returns the end of the last. */
function bySize(groups: readonly Group[]): number {
  // What is placed, by address: from, to, first and last step. Numbers side by side: every group looks at all of them.
  const placed = new Float64Array(4 * groups.length);
  let count = 0, top = 0;
  for (const g of groups) {
    let best = -1, room = Infinity, from = 0;
    for (let i = 0; i < count; i += 4) {
      if (placed[i + 3]! < g.first || placed[i + 2]! > g.last) continue;
      const gap = placed[i]! - from;
      if (gap >= g.bytes && gap < room) { best = from; room = gap; }
      if (placed[i + 1]! > from) from = placed[i + 1]!;
    }
    g.at = best < 0 ? from : best;
    top = Math.max(top, g.at + g.bytes);
    let next = 0;
    while (next < count && placed[next]! <= g.at) next += 4;
    placed.copyWithin(next + 4, next, count);
    placed[next] = g.at;
    placed[next + 1] = g.at + g.bytes;
    placed[next + 2] = g.first;
    placed[next + 3] = g.last;
    count += 4;
  }
  return top;
}

/** Places groups above `floor` as they come to life, each in the smallest gap there is then. */
function inTime(groups: readonly Group[], floor: number): number {
  const free: [at: number, bytes: number][] = []; // by address, no two adjacent
  const ends: Group[][] = [];
  let top = floor, now = 0;
  const release = (g: Group): void => {
    let i = free.findIndex(([at]) => at > g.at);
    if (i < 0) i = free.length;
    free.splice(i, 0, [g.at, g.bytes]);
    for (const j of [i, i - 1]) {
      const a = free[j], b = free[j + 1];
      if (a && b && a[0] + a[1] === b[0]) { a[1] += b[1]; free.splice(j + 1, 1); }
    }
  };
  for (const g of [...groups].sort((a, b) => a.first - b.first || b.bytes - a.bytes)) {
    for (; now < g.first; now++) for (const e of ends[now] ?? []) release(e);
    let best = -1;
    free.forEach(([, n], i) => { if (n >= g.bytes && (best < 0 || n < free[best]![1])) best = i; });
    if (best < 0) {
      const last = free[free.length - 1];
      g.at = last && last[0] + last[1] === top ? free.pop()![0] : top;
      top = g.at + g.bytes;
    } else {
      const gap = free[best]!;
      g.at = gap[0];
      if (gap[1] === g.bytes) free.splice(best, 1); else { gap[0] += g.bytes; gap[1] -= g.bytes; }
    }
    (ends[g.last] ??= []).push(g);
  }
  return top;
}
