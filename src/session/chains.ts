// Steps of a plan that only do again what they did before on values that lie where they lay, one after the other, are done
// as one (a chain): a step's own bookkeeping costs as much as a small kernel. Chains are learnt while steps run one by one, and
// begun wherever a run comes to their first step and finds everything as it was; else the steps run by themselves.
import type { Chain, DeviceValue, Engine, Links, Places } from './engines/engine.ts';
import { isOnDevice, type Live } from './live.ts';
import type { Slot, Step } from './plan.ts';

/** Steps that are worth a chain; chains that begin with one step (variables change places); runs after which no more is learnt, and chains learnt in vain. */
const FEW = 3, MANY = 4, RUNS = 64, VAIN = 24;

interface Known { readonly chain: Chain; /** The step behind it. */ readonly to: number; readonly given: readonly Slot[]; readonly ended: readonly Slot[]; readonly left: readonly Slot[] }
type Slots = (Live | undefined)[];

/** Steps that have repeated, on their way into a chain. Given values have numbers below 0 (~0, ~1, ..). */
class Row {
  readonly first: number;
  readonly given: Slot[] = [];
  readonly #values: DeviceValue[] = [];
  readonly #numbers = new Map<Slot, number>();
  readonly calls: { repeated: object; inputs: number[]; results: number }[] = [];
  readonly #ended: Slot[] = [];
  readonly #left = new Map<Slot, number>();
  #results = 0;
  constructor(first: number) { this.first = first; }

  read(slot: Slot, value: DeviceValue): number {
    let n = this.#numbers.get(slot);
    if (n === undefined) {
      this.#numbers.set(slot, n = ~this.given.length);
      this.given.push(slot);
      this.#values.push(value);
    }
    return n;
  }
  call(repeated: object, inputs: number[], outputs: readonly Slot[]): void {
    this.calls.push({ repeated, inputs, results: outputs.length });
    for (const s of outputs) {
      this.#numbers.set(s, this.#results);
      this.#left.set(s, this.#results++);
    }
  }
  end(slot: Slot): void { if (!this.#left.delete(slot)) this.#ended.push(slot); }
  /** As a chain that ends before step `to`. */
  join(engine: Engine, places: Places, to: number): Known | undefined {
    const { given } = this, n = given.length, number = (x: number): number => (x < 0 ? ~x : n + x);
    const links: Links = {
      given: this.#values, calls: this.calls.map((c) => ({ ...c, inputs: c.inputs.map(number) })),
      ended: this.#ended.map((s) => given.indexOf(s)), left: [...this.#left.values()].map(number),
    };
    const chain = engine.chain!(links, places);
    return chain && { chain, to, given, ended: this.#ended, left: [...this.#left.keys()] };
  }
}

export class Chains {
  readonly #steps: readonly Step[];
  /** By first step. */
  readonly #known: (readonly Known[] | undefined)[] = [];
  readonly #values: (Live | undefined)[] = [];
  #row: Row | undefined;
  /** What the step that runs has read. */
  #read: readonly DeviceValue[] = [];
  #runs = 0;
  #vain = 0;
  #engine!: Engine;
  #places!: Places;
  constructor(steps: readonly Step[]) { this.#steps = steps; }

  /** A run begins. */
  begin(engine: Engine, places: Places): this {
    if (places !== this.#places) {
      this.#known.length = 0;
      this.#runs = 0;
    }
    this.#engine = engine;
    this.#places = places;
    this.#runs++;
    this.#row = undefined;
    return this;
  }
  /** Does the steps from `at` on that are known as a chain; returns the step to go on with. */
  follow(at: number, slots: Slots, owned: Slot[]): number {
    const all = this.#known[at];
    if (all) for (const { chain, to, given, ended, left } of all) {
      const values = this.#values;
      values.length = given.length;
      for (let i = 0; i < given.length; i++) values[i] = slots[given[i]!];
      const results = chain.run(values, this.#places);
      if (!results) continue;
      this.#close(at);
      for (let i = 0; i < ended.length; i++) slots[ended[i]!] = undefined;
      for (let i = 0; i < left.length; i++) { slots[left[i]!] = results[i]!; owned.push(left[i]!); }
      this.#vain = Math.max(0, this.#vain - 1);
      return to;
    }
    if (all && this.#runs > RUNS) this.#runs = 1; // what was known has changed
    return at;
  }

  /** Before a step runs by itself. */
  before(at: number, slots: Slots): void {
    if (this.#runs > RUNS || this.#vain > VAIN) return;
    const s = this.#steps[at]!, reads = s.kind === 'fused' || (s.kind === 'kernel' && s.call) ? s.inputs : s.kind === 'free' && this.#row ? s.slots : undefined;
    const values = reads?.map((slot) => slots[slot]);
    if (!values?.every(isOnDevice)) { this.#close(at); return; }
    this.#read = values;
    this.#row ??= new Row(at);
  }
  /** After it. */
  after(at: number): void {
    const s = this.#steps[at]!, row = this.#row, values = this.#read;
    if (!row) return;
    if (s.kind === 'free') {
      s.slots.forEach((slot, i) => { row.read(slot, values[i]!); row.end(slot); });
    } else if (this.#engine.repeated && (s.kind === 'fused' || s.kind === 'kernel')) {
      row.call(this.#engine.repeated, s.inputs.map((slot, i) => row.read(slot, values[i]!)), s.outputs);
      if (s.kind === 'fused') for (const t of s.takes) row.end(s.inputs[t.input]!);
    } else this.#close(at);
  }
  /** The run ends, or waits. */
  end(at: number): void { this.#close(at); }
  /** Steps before `to` that have repeated become a chain. */
  #close(to: number): void {
    const row = this.#row;
    this.#row = undefined;
    if (!row || row.calls.length < FEW) return;
    const known = row.join(this.#engine, this.#places, to);
    this.#vain++;
    if (known) this.#known[row.first] = [known, ...(this.#known[row.first] ?? []).slice(0, MANY - 1)];
  }
}
