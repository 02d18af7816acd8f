// A rehearsal: the steps of a plan that run on the engine, once, on blank values and with code that does nothing. The
// engine learns which code the plan needs and compiles it together. What a rehearsal cannot know (values that are
// computed, sizes that follow from them) is left to the run.
import { allocate, NDArray } from '../graph/ndarray.ts';
import type { DeviceValue, Engine, Places } from './engines/engine.ts';
import type { KernelState } from './kernels/kernel.ts';
import { isOnDevice, type Live } from './live.ts';
import { type Plan, type Slot, writes } from './plan.ts';
import type { ReadyPlan } from './plan_cache.ts';
import type { VariableStore } from './variables.ts';

/** Steps from which on a plan's code is worth learning beforehand. */
const FEW = 2;
const THROWAWAY: KernelState = { get: (init) => init(), set: () => undefined };

/** Compiles the code of a plan together before its first run; returns what must be awaited. Where that takes waiting a
 * synchronous run compiles what it can in parts. */
export function compileTogether(ready: ReadyPlan, engine: Engine, variables: VariableStore, places: Places | undefined, sync: boolean): Promise<void> | undefined {
  if (ready.rehearsed) return undefined;
  ready.rehearsed = true;
  const { plan, template } = ready;
  if (!engine.rehearse || !isWorthRehearsing(plan)) return undefined;
  const wait = engine.rehearse(() => { rehearse(plan, template, engine, variables, places); });
  if (!wait || !sync) return wait;
  void wait.catch(() => undefined); // what fails will fail again where it is awaited
  return undefined;
}

/** Whether a plan has more than a little code. */
function isWorthRehearsing(plan: Plan): boolean {
  let n = 0;
  for (const s of plan.steps) if ((s.kind === 'fused' || (s.kind === 'kernel' && s.call)) && ++n >= FEW) return true;
  return false;
}

/** Plays the plan. `template`: its constants in their slots. */
function rehearse(plan: Plan, template: readonly (Live | undefined)[], engine: Engine, variables: VariableStore, places: Places | undefined): void {
  const slots = template.slice(), owned = new Set<Slot>();
  const put = (s: Slot, v: DeviceValue | undefined): void => { if (v) { slots[s] = v; owned.add(s); } };
  const blank = (s: Slot): DeviceValue | undefined => {
    const { place, shape, dtype } = plan.slots[s]!, n = shape.numElements;
    return place === 'device' && n !== null ? engine.upload(new NDArray(dtype, shape.dims as number[], allocate(dtype, n)), places?.[s]) : undefined;
  };
  const free = (s: Slot): void => {
    if (owned.delete(s)) engine.free(slots[s] as DeviceValue);
    slots[s] = undefined;
  };
  const compute = (inputs: readonly Slot[], outputs: readonly Slot[], f: (x: readonly DeviceValue[]) => readonly DeviceValue[] | undefined): void => {
    const x = inputs.map((i) => slots[i]), known = outputs.every((o) => plan.slots[o]!.shape.isFullyDefined);
    let out: readonly DeviceValue[] | undefined;
    try {
      if (known && x.every(isOnDevice)) out = f(x);
    } catch { /* blank values may be wrong ones */ }
    outputs.forEach((o, i) => { put(o, out?.[i] ?? blank(o)); });
  };
  try {
    for (const s of plan.steps) {
      switch (s.kind) {
        case 'kernel':
          if (s.call) compute(s.inputs, s.outputs, (x) => engine.run(s.call!, x, THROWAWAY, places, s.outputs));
          break;
        case 'fused':
          compute(s.inputs, s.outputs, (x) => engine.fusion!.run(s.call, x, s.takes, places, s.outputs));
          for (const t of s.takes) {
            const from = s.inputs[t.input]!;
            if ((slots[from] as DeviceValue | undefined)?.dataId === (slots[s.outputs[t.output]!] as DeviceValue | undefined)?.dataId) owned.delete(from); // one owner for both
            free(from);
          }
          break;
        case 'free': for (const f of s.slots) free(f); break;
        case 'read': {
          const v = variables.get(s.variable);
          if (isOnDevice(v)) put(s.out, engine.retain(v)); // so nobody writes into it
          else put(s.out, blank(s.out));
          break;
        }
        case 'assign': if (isOnDevice(slots[s.input])) put(s.out, engine.retain(slots[s.input] as DeviceValue)); break;
        default: for (const o of writes(s)) put(o, blank(o));
      }
    }
  } catch { // no memory, mostly: the run will say so
  } finally {
    for (const s of owned) free(s);
  }
}
