// One plan's TensorFlow session: its functions, and the variables that live in it.
import { attr } from '../../../graph/node_def.ts';
import { int32 } from '../../../graph/dtype.ts';
import { allocate, NDArray } from '../../../graph/ndarray.ts';
import { type Binding, openModel } from './addon.ts';
import { Body } from './body.ts';
import type { NativeCall, NativePlan } from './group.ts';
import { Remote } from './remote.ts';
import { type Callee, callingGraph, callNames, encodeSavedModel } from './saved_model.ts';
import { NativeValue, upload } from './values.ts';

/** What came out of a run: the addon's tensor and its shape. */
export interface Out { readonly id: number; readonly shape: readonly number[] }

/** The functions that move variables: `load<i>` gives variable i a value, `save` reads them all. */
function movers(residents: NativePlan['residents']): Callee[] {
  if (residents.length === 0) return [];
  const finish = (b: Body): Callee => ({ def: b.finish(), inputs: b.arguments, outputs: b.results });
  const loads = residents.map(({ variable, dtype, device }, i) => {
    const b = new Body(`load${i}`);
    const done = b.assign(b.variable(variable, dtype, device), 'write', b.argument(dtype)).name;
    b.endsAfter(done);
    b.result(b.add('Const', 'done', [], { value: attr.tensor(ONE), dtype: attr.type(ONE.dtype) }, [done]).out(0));
    return finish(b);
  });
  const save = new Body('save');
  residents.forEach(({ variable, dtype, device }) => { save.result(save.read(save.variable(variable, dtype, device), `${variable}/value`, dtype).out(0)); });
  return [...loads, finish(save)];
}
const ONE = new NDArray(int32, [], Int32Array.of(1));

export class Module {
  readonly #b: Binding;
  readonly #plan: NativePlan;
  readonly #session: number;
  /** The value each variable here is: what the store holds, while it is the newest. */
  readonly #current: (NativeValue | undefined)[];
  /** Calls whose ends have been looked up. */
  readonly #ready = new Map<NativeCall, object>();

  constructor(b: Binding, plan: NativePlan) {
    this.#b = b;
    this.#plan = plan;
    this.#current = plan.residents.map(() => undefined);
    this.#session = openModel(b, encodeSavedModel(callingGraph([...plan.functions, ...movers(plan.residents)], plan.rewritten)));
  }

  /** Runs a function. The order of `ids` is that of its arguments. */
  run(call: NativeCall, ids: readonly number[]): readonly Out[] {
    const b = this.#b;
    if (b instanceof Remote) return b.runSync(this.#session, ids, call.feeds, call.fetches);
    if (!b.prepareCall || !b.runCall) return b.runSavedModel(this.#session, ids, call.feeds, call.fetches);
    let ready = this.#ready.get(call);
    if (!ready) this.#ready.set(call, ready = b.prepareCall(this.#session, call.feeds, call.fetches, call.light));
    return b.runCall(ready, ids).map(([id, ...shape]) => ({ id, shape }));
  }
  /** The same without waiting. */
  runLater(b: Remote, call: NativeCall, ids: readonly number[]): Promise<readonly Out[]> { return b.run(this.#session, ids, call.feeds, call.fetches); }
  get residents(): NativePlan['residents'] { return this.#plan.residents; }

  /** Whether the variable here has this value. */
  holds(index: number, v: NativeValue): boolean { return this.#current[index] === v && v.home?.module === this && v.home.index === index; }

  /** Moves a value into a variable. `id`: its tensor. */
  take(index: number, v: NativeValue, id: number): void {
    const old = this.#current[index];
    if (old && old !== v && old.refs > 0 && this.holds(index, old)) old.id ??= this.give(index);
    this.#leave(index);
    this.#load(index, id);
    this.#current[index] = v;
    v.home = { module: this, index };
  }
  /** The tensor of a variable's value; shares its memory until the variable is written. */
  give(index: number): number {
    const n = this.#plan.residents.length;
    return this.#b.runSavedModel(this.#session, [], '', callNames('save', 0, n).fetches[index]!)[0]!.id;
  }
  /** A variable is about to be written: whoever else has its value gets it as a tensor. */
  share(index: number): void { const v = this.#current[index]; if (v && v.refs > 1) v.id ??= this.give(index); }
  /** Notes the value a run has written. */
  wrote(index: number, v: NativeValue): void {
    this.#leave(index);
    this.#current[index] = v;
  }
  /** The variable's value is elsewhere now: its memory goes. */
  drop(index: number): void {
    const { dtype } = this.#plan.residents[index]!;
    this.#current[index] = undefined;
    const id = upload(this.#b, new NDArray(dtype, [0], allocate(dtype, 0)));
    try { this.#load(index, id); } finally { this.#b.deleteTensor(id); }
  }
  /** What a variable held is not here any more. */
  #leave(index: number): void {
    const v = this.#current[index];
    this.#current[index] = undefined;
    if (v?.home?.module === this && v.home.index === index) v.home = undefined;
  }
  #load(index: number, id: number): void {
    const { feeds, fetches } = callNames(`load${index}`, 1, 1);
    for (const o of this.#b.runSavedModel(this.#session, [id], feeds, fetches[0]!)) this.#b.deleteTensor(o.id);
  }
  /** Values that are only here become tensors; then the session goes. */
  close(): void {
    this.#current.forEach((v, i) => {
      if (!v || v.home?.module !== this || v.refs === 0) return;
      v.id ??= this.give(i);
      v.home = undefined;
    });
    this.#b.deleteSavedModel(this.#session);
  }
}
