// memory: lifetimes. A slot lives from the step that writes it to the last step that reads it; `free` steps say so. Results
// of a fused step take the place of inputs of their kind that end with it.
// Values that share another's memory are counted once. Constants and values read from variables are borrowed: they belong to the plan and to the store and are never freed
// here. Commits come after the last fetch, so a failing run has written nothing.
import { planArena } from './arena.ts';
import type { FusedStep, Layout, Resident, Slot, SlotInfo, Step, Take } from '../plan.ts';
import { reads, writes } from '../plan.ts';

export interface Lifetimes { readonly steps: readonly Step[]; readonly peakBytes: number | null; readonly layout: Layout | null }

/** `slack`: bytes that follow every value in the engine's memory; undefined: the engine lets nobody lay it out. */
export function planMemory(slots: readonly SlotInfo[], constants: readonly Resident[], steps: readonly Step[], slack?: number): Lifetimes {
  const owned = new Uint8Array(slots.length).fill(1);
  for (const c of constants) owned[c.slot] = 0;
  const last = new Int32Array(slots.length).fill(-1);
  steps.forEach((s, i) => {
    if (s.kind === 'read') owned[s.out] = 0;
    for (const x of writes(s)) last[x] = i;
    for (const x of reads(s)) last[x] = i;
  });
  const dying: Slot[][] = steps.map(() => []);
  last.forEach((at, slot) => { if (at >= 0 && owned[slot] === 1) dying[at]!.push(slot); });
  const out: Step[] = [];
  let live = 0;
  let peak: number | null = 0;
  const bytes = (s: Slot): number | null => {
    const { dtype, shape } = slots[s]!;
    const n = shape.numElements;
    return n === null || dtype.size === 0 ? null : n * dtype.size;
  };
  const count = (s: Slot, sign: 1 | -1): void => {
    const b = owned[s] === 1 ? bytes(s) : 0;
    if (b === null) peak = null; else live += sign * b;
  };
  steps.forEach((step, i) => {
    const s = step.kind === 'fused' ? { ...step, takes: takesOf(step, dying[i]!, slots) } : step;
    const taken = s.kind === 'fused' ? s.takes.map((t) => s.inputs[t.input]!) : [];
    out.push(s);
    for (const x of taken) count(x, -1);
    for (const x of writes(s)) count(x, 1);
    if (peak !== null && live > peak) peak = live;
    const free = taken.length === 0 ? dying[i]! : dying[i]!.filter((x) => !taken.includes(x));
    if (free.length === 0) return;
    for (const x of free) count(x, -1);
    out.push({ kind: 'free', slots: free, nodes: [] });
  });
  return { steps: out, peakBytes: peak, layout: slack === undefined ? null : planArena(slots, out, slack) };
}

/** Pairs results with inputs that end here, of one dtype and (known) shape. */
function takesOf(s: FusedStep, dying: readonly Slot[], slots: readonly SlotInfo[]): Take[] {
  const takes: Take[] = [];
  if (!s.inPlace) return takes;
  s.outputs.forEach((o, output) => {
    const { dtype, shape } = slots[o]!;
    if (!shape.isFullyDefined) return;
    const input = s.inputs.findIndex((x, i) => dying.includes(x) && slots[x]!.dtype === dtype && slots[x]!.shape.equals(shape) && !takes.some((t) => t.input === i));
    if (input >= 0) takes.push({ output, input });
  });
  return takes;
}
