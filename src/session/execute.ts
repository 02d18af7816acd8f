// Executing a plan: one loop over steps. It knows slots and values, nothing of the graph. Where a value must be awaited (it
// comes back from a device, code is compiled) the loop stops with a promise and goes on when it is called again; the
// synchronous driver never sees one. Whatever happens, every value the run made is freed; variables change only after the
// last step that can fail.
import { bool, dtypeFromName, int32 } from '../graph/dtype.ts';
import { InvalidArgumentError, OpError } from '../graph/errors.ts';
import { NDArray } from '../graph/ndarray.ts';
import { inputNode } from '../graph/names.ts';
import { runCall } from './call.ts';
import { Chains } from './chains.ts';
import { type Change, type DeviceValue, type Engine, NotReady, type Places } from './engines/engine.ts';
import { deadFetch, type RunPlace, unfed, uninitialized, uninitializedInput } from './errors.ts';
import { DEAD, isOnDevice, isValue, type Live, MISSING } from './live.ts';
import type { AssignStep, CallStep, FetchStep, FusedStep, KernelStep, MoveStep, Plan, Slot, SlotInfo, Step } from './plan.ts';
import type { RunLimits } from './run_control.ts';
import { failure, oneByOne, runDevice, runHost, together } from './run_kernel.ts';
import { isHost, type NodeStates, type RunStates, type Value, type VariableStore } from './variables.ts';

/** What a run works on. */
export interface RunContext {
  readonly engine: Engine;
  readonly variables: VariableStore;
  readonly states: NodeStates;
  /** Where values of known size go, by slot; undefined: anywhere. */
  readonly places: Places | undefined;
  /** The value of plan.feeds[index], put where its slot wants it (`at`: the place for it); the run owns it. */
  readonly feed: (index: number, slot: SlotInfo, at: DeviceValue | undefined) => Value;
  readonly place: RunPlace;
  /** What must be awaited before the first step. */
  readonly before?: Promise<void> | undefined;
  /** Forbids waiting: device values are read back synchronously. */
  readonly sync: boolean;
  /** Told of every value that becomes a variable's. */
  readonly onCommit?: (v: Value) => void;
  /** Asked before every step and before the commits: throws when the run must end, returns what it must wait for. */
  readonly pause?: (() => Promise<void> | undefined) | undefined;
  /** What may end the run while it waits for a call. */
  readonly limits?: RunLimits | undefined;
  /** Values read from variables are held, because other runs may write before this one ends. */
  readonly holdsReads?: boolean;
  /** Whether an out-of-memory error lists everything alive. */
  readonly reportsAllocations?: boolean;
  /** Told of every step. */
  readonly trace?: StepTrace | undefined;
}

/** Watches the steps of a run. */
export interface StepTrace {
  begin(step: Step): void;
  /** After the step; `slots` hold what it made. */
  end(step: Step, slots: readonly (Live | undefined)[]): void;
}

/** The values of a run under way. A partial run keeps its frame from one part to the next. */
export interface Frame {
  readonly slots: (Live | undefined)[];
  readonly owned: Slot[];
  /** Fetched values not handed out yet. */
  readonly fetched: (Value | undefined)[];
}
/** `template`: the constants of the plan in their slots. */
export function newFrame(plan: Plan, template: readonly (Live | undefined)[]): Frame {
  const fetched: undefined[] = [];
  for (let i = 0; i < plan.fetches.length; i++) fetched.push(undefined);
  return { slots: template.slice(), owned: [], fetched };
}

/** Frees every value of a frame. */
export function dropFrame(frame: Frame, engine: Engine): void {
  const free = (v: Live | undefined): void => { if (isOnDevice(v)) engine.free(v); };
  for (const s of frame.owned) { free(frame.slots[s]); frame.slots[s] = undefined; }
  frame.owned.length = 0;
  frame.fetched.forEach((v, i) => { free(v); frame.fetched[i] = undefined; });
}

/** What a step leaves undone: something must be awaited. After `again` the step is run once more. */
class Wait {
  readonly on: Promise<void>;
  readonly again: boolean;
  constructor(on: Promise<void>, again: boolean) { this.on = on; this.again = again; }
}

/** Runs of a plan one after the other, or of the steps of it that are its turn (in plan order). A failure frees every value of the frame. */
export class Execution {
  readonly #plan: Plan;
  readonly #frame: Frame;
  readonly #steps: readonly Step[];
  #c!: RunContext;
  #states!: RunStates;
  readonly #commits: [string, Value][] = [];
  /** What was written where variables lie. */
  readonly #changes: Change[] = [];
  /** Fetches of values that are dead: TF names the first of them after everything else has run. */
  readonly #missing: FetchStep[] = [];
  #at = 0;
  #written = false;
  /** The step at `#at` waited for its value and has it now. */
  #arrived = false;
  #before: Promise<void> | undefined;
  /** Of all runs, and of this one where nobody looks on between its steps. */
  #chains: Chains | undefined;
  #followed: Chains | undefined;

  constructor(plan: Plan, frame: Frame, steps: readonly Step[] = plan.steps) {
    this.#plan = plan;
    this.#frame = frame;
    this.#steps = steps;
  }

  /** Forgets a run that has ended well, its values handed out: it may begin again. */
  clear(): this {
    const { owned, fetched } = this.#frame;
    owned.length = 0;
    for (let i = 0; i < fetched.length; i++) fetched[i] = undefined;
    this.#commits.length = 0;
    return this;
  }
  begin(c: RunContext): this {
    this.#c = c;
    this.#states = c.states.begin();
    this.#before = c.before;
    this.#followed = c.trace || c.pause || !c.places || !c.engine.chain || this.#plan.conditional ? undefined : (this.#chains ??= new Chains(this.#steps)).begin(c.engine, c.places);
    this.#at = 0;
    this.#written = false;
    return this;
  }

  /** The fetched values, owned by the caller, when the run is done. */
  get fetched(): readonly Value[] { return this.#frame.fetched as Value[]; }

  /** Goes on: to the end (undefined), or until something must be awaited. */
  advance(): Promise<void> | undefined {
    const c = this.#c, steps = this.#steps, { trace } = c, chains = this.#followed, { slots, owned } = this.#frame;
    if (this.#before) {
      const wait = this.#before;
      this.#before = undefined;
      return wait;
    }
    try {
      for (; this.#at < steps.length; this.#at++) {
        const s = steps[this.#at]!;
        if (!this.#arrived) {
          if (chains) {
            const to = chains.follow(this.#at, slots, owned);
            if (to > this.#at) { this.#at = to - 1; continue; }
            chains.before(this.#at, slots);
          }
          const pause = this.#written ? undefined : c.pause?.(); // what has written must end
          if (pause) return pause;
          trace?.begin(s);
          const wait = this.#step(s);
          if (wait) {
            chains?.end(this.#at);
            this.#arrived = !wait.again;
            return wait.on;
          }
        }
        this.#arrived = false;
        chains?.after(this.#at);
        trace?.end(s, this.#frame.slots);
      }
      chains?.end(steps.length);
      if (this.#missing.length > 0) throw new InvalidArgumentError(`Retval[${Math.min(...this.#missing.map((s) => retval(this.#plan, s)))}] does not have value`, deadFetch(this.#missing, c.place));
      if (!this.#written) c.pause?.();
    } catch (e) {
      throw this.failed(e);
    }
    for (const [name, v] of this.#commits) { c.variables.set(name, v); c.onCommit?.(v); }
    for (const x of this.#changes) x.keep();
    this.#changes.length = 0;
    this.#states.commit();
    return undefined;
  }

  /** Ends a run that failed, in a step or while it waited; returns the error to tell. */
  failed(e: unknown): unknown {
    const { engine } = this.#c, { slots } = this.#frame, step = this.#steps[this.#at];
    const told = step?.nodes[0] === undefined || (e instanceof OpError && e.detail.fetches) ? e : failure(e, step, this.#plan, slots, this.#c);
    for (const [, v] of this.#commits) if (!isHost(v)) engine.free(v);
    this.#commits.length = 0;
    for (const x of this.#changes.reverse()) x.undo();
    this.#changes.length = 0;
    dropFrame(this.#frame, engine);
    return told;
  }

  #step(s: Step): Wait | undefined {
    switch (s.kind) {
      case 'fused': return this.#fused(s);
      case 'kernel': return this.#kernel(s);
      case 'call': return this.#call(s);
      case 'free': this.#free(s.slots); return undefined;
      case 'move': return this.#move(s);
      default: return this.#passOn(s);
    }
  }

  #kernel(s: KernelStep): Wait | undefined {
    const { slots, owned } = this.#frame, c = this.#c;
    if (this.#plan.conditional) {
      if (this.#dead(s.inputs) || this.#dead(s.guards)) { for (const o of s.outputs) slots[o] = DEAD; return undefined; }
      this.#present(s.inputs);
    }
    const state = this.#states.of(s.node.name);
    const out = s.call ? runDevice(s, slots, c, state, this.#changes) : runHost(s, slots, c, state);
    if (out instanceof NotReady) return new Wait(out.ready, true);
    state.keep();
    if (out.length === 0 && s.outputs.length > 0) { slots[s.outputs[0]!] = ALIVE; return undefined; }
    for (let i = 0; i < s.outputs.length; i++) {
      slots[s.outputs[i]!] = out[i]!;
      if (s.call) owned.push(s.outputs[i]!);
    }
    return undefined;
  }

  #fused(s: FusedStep): Wait | undefined {
    const { slots, owned } = this.#frame, c = this.#c;
    if (this.#plan.conditional) {
      if (this.#dead(s.inputs)) {
        for (const t of s.takes) this.#free([s.inputs[t.input]!]);
        for (const o of s.outputs) slots[o] = DEAD;
        return undefined;
      }
      this.#present(s.inputs);
    }
    const out = together(s, slots, c) ?? oneByOne(s, this.#plan, slots, c);
    if (out instanceof NotReady) return new Wait(out.ready, true);
    for (let i = 0; i < s.outputs.length; i++) {
      slots[s.outputs[i]!] = out[i]!;
      owned.push(s.outputs[i]!);
    }
    for (const t of s.takes) {
      const from = s.inputs[t.input]!, v = slots[from] as DeviceValue;
      if (v.dataId !== (out[t.output] as DeviceValue).dataId) c.engine.free(v);
      slots[from] = undefined;
    }
    return undefined;
  }

  #call(s: CallStep): Wait | undefined {
    const { slots, owned } = this.#frame;
    if (this.#plan.conditional && (this.#dead(s.inputs) || this.#dead(s.guards))) {
      for (const o of s.outputs) slots[o] = DEAD;
      return undefined;
    }
    const put = (out: readonly Value[]): void => {
      s.outputs.forEach((o, i) => { slots[o] = out[i]!; });
      owned.push(...s.outputs);
      this.#written ||= s.variables.some((v) => v.written);
    };
    const out = runCall(s, slots, this.#c);
    if (out instanceof Promise) return new Wait(out.then(put), false);
    put(out);
    return undefined;
  }

  #free(list: readonly Slot[]): void {
    const { slots } = this.#frame;
    for (const f of list) {
      const v = slots[f];
      if (isOnDevice(v)) this.#c.engine.free(v);
      slots[f] = undefined;
    }
  }

  #move(s: MoveStep): Wait | undefined {
    const { slots, owned } = this.#frame, { engine, places, sync } = this.#c;
    const v = slots[s.input]!;
    if (!isValue(v)) { slots[s.out] = v; return undefined; }
    const put = (x: Value): void => { slots[s.out] = x; owned.push(s.out); };
    if (s.to === 'device') put(engine.upload(v as NDArray, places?.[s.out]));
    else if (isHost(v)) put(v);
    else {
      const { dtype } = this.#plan.slots[s.out]!;
      const host = sync ? engine.downloadSync(v, dtype) : engine.download(v, dtype);
      if (host instanceof Promise) return new Wait(host.then(put), false);
      put(host);
    }
    return undefined;
  }

  /** The steps that compute nothing. */
  #passOn(s: Exclude<Step, { kind: 'kernel' | 'fused' | 'call' | 'free' | 'move' }>): undefined {
    const c = this.#c, { slots, owned } = this.#frame;
    switch (s.kind) {
      case 'feed':
        slots[s.out] = c.feed(s.index, this.#plan.slots[s.out]!, c.places?.[s.out]);
        owned.push(s.out);
        return;
      case 'read': {
        const v = c.variables.get(s.variable);
        if (v === undefined && !s.optional && !s.initial) throw uninitialized(s.nodes[0]!, s.reader, s.retval, c.variables.isEmpty, c.place);
        if (v !== undefined) checkDtype(v, this.#plan.slots[s.out]!, s.nodes[0]!);
        slots[s.out] = v ?? s.initial ?? MISSING;
        if (c.holdsReads && v !== undefined) { this.#retain(v); owned.push(s.out); }
        return;
      }
      case 'hasValue': {
        const v = s.input === null ? c.variables.get(s.variable) : slots[s.input];
        slots[s.out] = v === DEAD || this.#dead(s.guards) ? DEAD : scalar(isValue(v) ? 1 : 0, bool);
        return;
      }
      case 'unfed': {
        if (this.#dead(s.guards)) { slots[s.out] = DEAD; return; }
        const { dtype, shape } = this.#plan.slots[s.out]!;
        throw unfed(s.nodes[0]!, dtype, shape, c.place);
      }
      case 'assign':
        if (this.#plan.conditional && (slots[s.input] === DEAD || this.#dead(s.guards))) { slots[s.out] = DEAD; return; }
        this.#present([s.input]);
        checkAssign(s, slots, c);
        slots[s.out] = this.#retain(slots[s.input]!);
        owned.push(s.out);
        return;
      case 'switch': {
        const v = slots[s.input]!, p = slots[s.pred]!;
        const gone = v === DEAD || p === DEAD || this.#dead(s.guards);
        if (!gone) {
          this.#present([s.input, s.pred]);
          if ((p as NDArray).ndim !== 0) throw new InvalidArgumentError(`The second input must be a scalar, but it has shape [${(p as NDArray).shape.join(',')}]`);
        }
        const taken = !gone && (p as NDArray).data[0] !== 0;
        slots[s.outputs[0]] = gone || taken ? DEAD : this.#retain(v);
        slots[s.outputs[1]] = gone || !taken ? DEAD : this.#retain(v);
        if (s.token !== null) slots[s.token] = gone ? DEAD : ALIVE;
        owned.push(...s.outputs);
        return;
      }
      case 'merge': {
        const k = s.inputs.findIndex((i) => slots[i] !== DEAD);
        if (s.strict && k >= 0) this.#present([s.inputs[k]!]);
        slots[s.out] = k < 0 ? DEAD : this.#retain(slots[s.inputs[k]!]!);
        slots[s.index] = k < 0 ? DEAD : scalar(k, int32);
        owned.push(s.out);
        return;
      }
      case 'guard': {
        const v = slots[s.input]!;
        const gone = v === DEAD || this.#dead(s.guards);
        if (s.strict && !gone) this.#present([s.input]);
        slots[s.out] = gone ? DEAD : this.#retain(v);
        owned.push(s.out);
        return;
      }
      case 'fetch': {
        const v = slots[s.input]!;
        if (v === DEAD) { this.#missing.push(s); return; }
        if (v === MISSING) throw uninitialized(inputNode(s.tensor), null, retval(this.#plan, s), c.variables.isEmpty, c.place);
        this.#frame.fetched[s.index] = this.#retain(v) as Value;
        return;
      }
      case 'commit': {
        const v = slots[s.input]!;
        if (isValue(v)) this.#commits.push([s.variable, this.#retain(v) as Value]);
        return;
      }
      default: s satisfies never;
    }
  }

  #retain(v: Live): Live { return isOnDevice(v) ? this.#c.engine.retain(v) : v; }
  #dead(list: readonly Slot[]): boolean {
    for (const s of list) if (this.#frame.slots[s] === DEAD) return true;
    return false;
  }
  /** An uninitialized variable may not be used. */
  #present(list: readonly Slot[]): void {
    for (const s of list) if (this.#frame.slots[s] === MISSING) throw uninitializedInput(this.#steps[this.#at]!.nodes[0]!, this.#c.variables.isEmpty, this.#c.place);
  }
}

/** Takes a run to its end; `wait`: what it waits for already. */
export async function drive(run: Execution, wait: Promise<void> | undefined = run.advance()): Promise<readonly Value[]> {
  for (let w = wait; w; w = run.advance()) {
    try {
      await w;
    } catch (e) {
      throw run.failed(e);
    }
  }
  return run.fetched;
}

function scalar(x: number, dtype: typeof bool): NDArray { return new NDArray(dtype, [], dtype === bool ? Uint8Array.of(x) : Int32Array.of(x)); }
const ALIVE = scalar(1, bool);

/** Position of a fetch among all of them by name, as TF counts. */
function retval(plan: Plan, s: FetchStep): number { return [...plan.fetches].sort().indexOf(s.tensor); }

function checkAssign(s: AssignStep, slots: readonly (Live | undefined)[], c: RunContext): void {
  if (!s.validate) return;
  const value = slots[s.input] as Value;
  const old = s.base === null ? c.variables.get(s.variable) : slots[s.base];
  const want: readonly (number | null)[] | null = isValue(old) ? old.shape : s.shape.dims;
  if (want === null || (want.length === value.shape.length && want.every((d, i) => d === null || d === value.shape[i]))) return;
  throw new InvalidArgumentError(`Assign requires shapes of both tensors to match. lhs shape= [${want.map((d) => d ?? '?').join(',')}] rhs shape= [${value.shape.join(',')}]`);
}

/** A variable that another graph made may be of another dtype. */
function checkDtype(v: Value, want: SlotInfo, variable: string): void {
  if (!isHost(v) && v.dtype === want.dtype.name) return;
  const have = (isHost(v) ? v.dtype : dtypeFromName(v.dtype)!).baseDtype;
  if (have !== want.dtype) throw new InvalidArgumentError(`Trying to access variable ${variable} with dtype ${want.dtype.name}, but it holds ${have.name}.`);
}
