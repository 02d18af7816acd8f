// The short way through plans that only feed, compute and fetch on an engine: nothing can be dead, is written or must be
// waited for, so each step is one closure over fixed lists, and a run allocates nothing but its results. Where every value
// lies at a place of its own and each step is one call, the next run is those calls (Bound). What goes wrong here is not
// told: the general way runs the plan again and says what it is.
import type { DType } from '../graph/dtype.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { opDef } from '../ops/registry.ts';
import type { DeviceValue, Engine, Places } from './engines/engine.ts';
import { isTfjsTensor, type TfjsTensor } from './feed.ts';
import type { KernelState } from './kernels/kernel.ts';
import type { Live } from './live.ts';
import type { Plan, Slot, Step } from './plan.ts';
import { isHost, type VariableStore } from './variables.ts';

/** Fetched values by fetch; undefined: the general way has to be taken. `values`: of the feeds, converted. */
export type StraightRun = (values: readonly (NDArray | TfjsTensor)[], places: Places) => readonly NDArray[] | undefined;

/** Thrown to give up. */
const GIVEN_UP = new Error('not straight');
/** What a kernel remembers from run to run is kept by the general way only. */
const NO_STATE: KernelState = { get: () => { throw GIVEN_UP; }, set: () => { throw GIVEN_UP; } };

/** undefined: the plan has steps of other kinds. `template`: its constants in their slots. */
export function straightRun(plan: Plan, template: readonly (Live | undefined)[], engine: Engine, variables: VariableStore): StraightRun | undefined {
  if (plan.conditional || !plan.layout) return undefined;
  const r = new Straight(plan, template, engine, variables);
  for (const s of plan.steps) if (!r.add(s)) return undefined;
  let bound: Bound | undefined, mayBind = plan.steps.every((s) => s.kind === 'feed' || s.kind === 'fused' || s.kind === 'free' || s.kind === 'fetch');
  return (values, places) => {
    if (bound?.places === places) return bound.run(values);
    const results = r.run(values, places);
    if (mayBind && results) mayBind = (bound = bind(plan, template, engine, places)) !== undefined;
    return results;
  };
}

/** A straight run of values that lie at fixed places. */
interface Bound { readonly places: Places; readonly run: (values: readonly (NDArray | TfjsTensor)[]) => readonly NDArray[] | undefined }
/** undefined: a value has no place of its own, or a step is more than a call. */
function bind(plan: Plan, template: readonly (Live | undefined)[], engine: Engine, places: Places): Bound | undefined {
  if (!engine.put || !engine.fusion?.bind) return undefined;
  const at = (s: Slot): DeviceValue | undefined => (places[s] ?? template[s]) as DeviceValue | undefined;
  const feeds: [index: number, at: DeviceValue][] = [], calls: (() => void)[] = [], fetches: [at: DeviceValue, dtype: DType][] = [];
  for (const s of plan.steps) {
    if (s.kind === 'feed') {
      const v = at(s.out);
      if (!v) return undefined;
      feeds.push([s.index, v]);
    } else if (s.kind === 'fused') {
      const inputs = s.inputs.map(at), outputs = s.outputs.map(at);
      const call = inputs.every((v) => v !== undefined) && outputs.every((v) => v !== undefined) ? engine.fusion.bind(s.call, inputs, s.takes, outputs) : undefined;
      if (!call) return undefined;
      calls.push(call);
    } else if (s.kind === 'fetch') {
      const v = at(s.input);
      if (!v) return undefined;
      fetches[s.index] = [v, plan.slots[s.input]!.dtype];
    }
  }
  return { places, run: (values) => {
    for (let i = 0; i < feeds.length; i++) {
      const [index, place] = feeds[i]!, value = values[index]!;
      if (isTfjsTensor(value)) return undefined;
      engine.put!(value, place);
    }
    for (let i = 0; i < calls.length; i++) calls[i]!();
    const results: NDArray[] = [];
    for (let i = 0; i < fetches.length; i++) results.push(engine.downloadSync(fetches[i]![0], fetches[i]![1]));
    return results;
  } };
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
  #values: readonly (NDArray | TfjsTensor)[] = [];
  #places: Places = [];

  constructor(plan: Plan, template: readonly (Live | undefined)[], engine: Engine, variables: VariableStore) {
    this.#plan = plan;
    this.#engine = engine;
    this.#variables = variables;
    this.#slots = template.slice();
  }

  run(values: readonly (NDArray | TfjsTensor)[], places: Places): readonly NDArray[] | undefined {
    this.#values = values;
    this.#places = places;
    this.#results = [];
    try {
      for (let i = 0; i < this.#steps.length; i++) this.#steps[i]!();
      return this.#results;
    } catch {
      this.#free(this.#owned);
      return undefined;
    } finally {
      this.#values = this.#places = [];
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
          const value = this.#values[s.index]!;
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
        this.#compute(s.inputs, s.outputs, (x) => engine.run(call, x, NO_STATE, this.#places, s.outputs, s.over));
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
