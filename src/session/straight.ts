// The short way through plans that only feed, compute and fetch on an engine: nothing can be dead, is written or must be
// waited for, so each step is one closure over fixed lists, and a run allocates nothing but its results. What goes wrong
// here is not told: the general way runs the plan again and says what it is.
import type { NDArray } from '../graph/ndarray.ts';
import { opDef } from '../ops/registry.ts';
import type { DeviceValue, Engine, Places } from './engines/engine.ts';
import { type Fed, isTfjsTensor } from './feed.ts';
import type { KernelState } from './kernels/kernel.ts';
import type { Live } from './live.ts';
import type { Plan, Slot, Step } from './plan.ts';
import { isHost, type VariableStore } from './variables.ts';

/** Fetched values by fetch; undefined: the general way has to be taken. */
export type StraightRun = (fed: readonly Fed[], places: Places) => readonly NDArray[] | undefined;

/** Thrown to give up. */
const GIVEN_UP = new Error('not straight');
/** What a kernel remembers from run to run is kept by the general way only. */
const NO_STATE: KernelState = { get: () => { throw GIVEN_UP; }, set: () => { throw GIVEN_UP; } };

/** undefined: the plan has steps of other kinds. `template`: its constants in their slots. */
export function straightRun(plan: Plan, template: readonly (Live | undefined)[], engine: Engine, variables: VariableStore): StraightRun | undefined {
  if (plan.conditional || !plan.layout) return undefined;
  const r = new Straight(plan, template, engine, variables);
  for (const s of plan.steps) if (!r.add(s)) return undefined;
  return (fed, places) => r.run(fed, places);
}

class Straight {
  readonly #plan: Plan;
  readonly #engine: Engine;
  readonly #variables: VariableStore;
  readonly #slots: (Live | undefined)[];
  readonly #steps: (() => void)[] = [];
  /** Slots whose values are the run's own. */
  readonly #owned: Slot[] = [];
  #results: NDArray[] = [];
  #fed: readonly Fed[] = [];
  #places: Places = [];

  constructor(plan: Plan, template: readonly (Live | undefined)[], engine: Engine, variables: VariableStore) {
    this.#plan = plan;
    this.#engine = engine;
    this.#variables = variables;
    this.#slots = template.slice();
  }

  run(fed: readonly Fed[], places: Places): readonly NDArray[] | undefined {
    this.#fed = fed;
    this.#places = places;
    this.#results = [];
    try {
      for (let i = 0; i < this.#steps.length; i++) this.#steps[i]!();
      return this.#results;
    } catch {
      this.#free(this.#owned);
      return undefined;
    } finally {
      this.#fed = this.#places = [];
    }
  }

  /** Adds a step; false when it is of no straight kind. */
  add(s: Step): boolean {
    const slots = this.#slots, engine = this.#engine;
    switch (s.kind) {
      case 'feed':
        if (this.#plan.slots[s.out]!.place !== 'device') return false;
        this.#owned.push(s.out);
        this.#steps.push(() => {
          const { value } = this.#fed[s.index]!;
          if (isTfjsTensor(value)) throw GIVEN_UP;
          slots[s.out] = engine.upload(value, this.#places[s.out]);
        });
        return true;
      case 'read':
        this.#steps.push(() => {
          const v = this.#variables.get(s.variable);
          if (v === undefined || isHost(v) || v.dtype !== this.#plan.slots[s.out]!.dtype.name) throw GIVEN_UP;
          slots[s.out] = v;
        });
        return true;
      case 'fused':
        this.#compute(s.inputs, s.outputs, (x) => engine.fusion!.run(s.call, x, s.takes, this.#places, s.outputs));
        for (const t of s.takes) {
          const from = s.inputs[t.input]!, to = s.outputs[t.output]!;
          this.#steps.push(() => {
            const v = slots[from] as DeviceValue;
            if (v.dataId !== (slots[to] as DeviceValue).dataId) engine.free(v);
            slots[from] = undefined;
          });
        }
        return true;
      case 'kernel': {
        const { call } = s;
        if (!call || s.outputs.length === 0 || opDef(s.node.op)?.isStateful !== false) return false;
        this.#compute(s.inputs, s.outputs, (x) => engine.run(call, x, NO_STATE, this.#places, s.outputs));
        return true;
      }
      case 'free':
        this.#steps.push(() => { this.#free(s.slots); });
        return true;
      case 'fetch': {
        const { dtype, place } = this.#plan.slots[s.input]!;
        if (place !== 'device') return false;
        this.#steps.push(() => { this.#results[s.index] = engine.downloadSync(slots[s.input] as DeviceValue, dtype); });
        return true;
      }
      default: return false;
    }
  }

  #compute(inputs: readonly Slot[], outputs: readonly Slot[], f: (x: readonly DeviceValue[]) => readonly DeviceValue[] | undefined): void {
    const slots = this.#slots, x: DeviceValue[] = [];
    this.#owned.push(...outputs);
    this.#steps.push(() => {
      for (let i = 0; i < inputs.length; i++) x[i] = slots[inputs[i]!] as DeviceValue;
      const out = f(x);
      if (!out) throw GIVEN_UP;
      for (let i = 0; i < outputs.length; i++) slots[outputs[i]!] = out[i]!;
    });
  }
  #free(list: readonly Slot[]): void {
    const slots = this.#slots;
    for (let i = 0; i < list.length; i++) {
      const v = slots[list[i]!];
      if (v === undefined) continue;
      this.#engine.free(v as DeviceValue);
      slots[list[i]!] = undefined;
    }
  }
}
