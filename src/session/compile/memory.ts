// memory: lifetimes. A slot lives from the step that writes it to the last step that reads it; `free` steps say so. Results
// of a fused step take the place of inputs of their kind that end with it; so do tables of which rows change, and those may be
// variables: the last reader of a value from before the run writes over it (the executor can undo that).
// Values that share another's memory are counted once. Constants and values read from variables are borrowed: they belong to the plan and to the store and are never freed
// here. Commits come after the last fetch, so a failing run has written nothing.
import { planArena } from './arena.ts';
import type { FusedStep, KernelStep, Layout, Resident, Slot, SlotInfo, Step, Take } from '../plan.ts';
import type { Over } from '../engines/engine.ts';
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
  const dying: Slot[][] = steps.map(() => []), lastOf = lastReads(steps, last);
  last.forEach((at, slot) => { if (at >= 0 && owned[slot] === 1) dying[at]!.push(slot); });
  const out: Step[] = [];
  steps.forEach((step, i) => {
    const s = step.kind === 'fused' ? { ...step, takes: takesOf(step, dying[i]!, slots) } : step.kind === 'kernel' ? withOver(step, (x) => (owned[x] === 1 ? last[x] : lastOf.get(x)) === i, owned) : step;
    const taken = s.kind === 'fused' ? s.takes.map((t) => s.inputs[t.input]!) : [];
    out.push(s);
    const free = taken.length === 0 ? dying[i]! : dying[i]!.filter((x) => !taken.includes(x));
    if (free.length > 0) out.push({ kind: 'free', slots: free, nodes: [] });
  });
  return layOut(slots, constants, out, slack);
}

/** Sizes of a plan whose lifetimes are decided. */
export function layOut(slots: readonly SlotInfo[], constants: readonly Resident[], steps: readonly Step[], slack?: number): Lifetimes {
  const bytes = sizesOf(slots);
  return { steps, peakBytes: peakOf(slots, bytes, constants, steps), layout: slack === undefined ? null : planArena(slots, bytes, steps, slack) };
}
/** Bytes of a slot; NaN: nobody knows. */
export type Sizes = (s: Slot) => number;
export function sizesOf(slots: readonly SlotInfo[]): Sizes {
  const known: number[] = [];
  return (s) => {
    if (known[s] !== undefined) return known[s];
    const { dtype, shape } = slots[s]!, n = shape.numElements;
    return known[s] = n === null || dtype.size === 0 ? NaN : n * dtype.size;
  };
}
function peakOf(slots: readonly SlotInfo[], bytes: Sizes, constants: readonly Resident[], steps: readonly Step[]): number | null {
  const borrowed = new Uint8Array(slots.length);
  for (const c of constants) borrowed[c.slot] = 1;
  let live = 0, peak = 0;
  const count = (s: Slot, sign: 1 | -1): void => { if (borrowed[s] === 0) live += sign * bytes(s); };
  for (const s of steps) {
    if (s.kind === 'read') borrowed[s.out] = 1;
    if (s.kind === 'fused') for (const t of s.takes) count(s.inputs[t.input]!, -1);
    if (s.kind === 'kernel') {
      for (const o of s.over ?? []) {
        const from = s.inputs[o.input]!;
        if (!o.undone) count(from, -1);
        borrowed[o.undone ? s.outputs[o.output]! : from] = 1;
      }
    }
    for (const x of writes(s)) count(x, 1);
    if (!(live <= peak)) peak = live;
    if (s.kind === 'free') for (const x of s.slots) count(x, -1);
  }
  return Number.isNaN(peak) ? null : peak;
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

/** For what a variable held before the run (a slot of it): the step that is the last to read it, in any slot. */
function lastReads(steps: readonly Step[], last: Int32Array): ReadonlyMap<Slot, number> {
  const at = new Map<string, number>(), out = new Map<Slot, number>();
  for (const s of steps) if (s.kind === 'read') at.set(s.variable, Math.max(at.get(s.variable) ?? -1, last[s.out]!));
  for (const s of steps) if (s.kind === 'read') out.set(s.out, at.get(s.variable)!);
  return out;
}
/** Outputs of a step that changes rows, where it is the last to read the tables. */
function withOver(s: KernelStep, isLast: (x: Slot) => boolean, owned: Uint8Array): KernelStep {
  const over = Array.from({ length: s.call?.changes ?? 0 }, (_, i): Over => ({ output: i, input: i, undone: owned[s.inputs[i]!] === 0 }))
    .filter(({ input }) => isLast(s.inputs[input]!) && s.inputs.indexOf(s.inputs[input]!) === s.inputs.lastIndexOf(s.inputs[input]!));
  return over.length === 0 ? s : { ...s, over };
}
