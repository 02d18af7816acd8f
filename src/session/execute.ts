// Executing a plan: one loop over steps. It knows slots and values, nothing of the graph. A generator, because a value
// may have to be awaited when it comes back from a device; the synchronous driver never sees a promise. Whatever
// happens, every value the run made is freed; variables change only after the last step that can fail.
import { bool, int32 } from '../graph/dtype.ts';
import { FailedPreconditionError, InternalError, InternalFault, InvalidArgumentError, OpError, ResourceExhaustedError } from '../graph/errors.ts';
import { NDArray } from '../graph/ndarray.ts';
import { inputNode } from '../graph/names.ts';
import { runCall } from './call.ts';
import { UNKNOWN_SHAPE } from '../graph/shape.ts';
import { type DeviceValue, type Engine, HOST_ALLOCATOR, NotReady } from './engines/engine.ts';
import { deadFetch, kernelError, type RunPlace, unfed, uninitialized, uninitializedInput } from './errors.ts';
import type { KernelState } from './kernels/kernel.ts';
import { allocations, heldValues, isHostExhausted, largest, outOfMemory } from './oom.ts';
import type { AssignStep, FetchStep, FusedStep, KernelStep, Plan, Slot, SlotInfo, Step } from './plan.ts';
import { isHost, type NodeStates, type Value, type VariableStore } from './variables.ts';

/** What a run works on. */
export interface RunContext {
  readonly engine: Engine;
  readonly variables: VariableStore;
  readonly states: NodeStates;
  /** Constants of the plan in their slots; copied for each run. */
  readonly template: readonly (Live | undefined)[];
  /** The value of plan.feeds[index] at a place; the run owns it. */
  readonly feed: (index: number, place: SlotInfo['place']) => Value;
  readonly place: RunPlace;
  /** Forbids waiting: device values are read back synchronously. */
  readonly sync: boolean;
  /** Told of every value that becomes a variable's. */
  readonly onCommit?: (v: Value) => void;
  /** Asked before every step and before the commits: throws when the run must end, returns what it must wait for. */
  readonly pause?: (() => Promise<void> | undefined) | undefined;
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
export function newFrame(plan: Plan, template: RunContext['template']): Frame {
  return { slots: template.slice(), owned: [], fetched: new Array<undefined>(plan.fetches.length).fill(undefined) };
}

/** A value of a conditional branch that was not taken. */
export const DEAD: unique symbol = Symbol('dead');
/** The value of a variable that has none; an error only for those that use it. */
export const MISSING: unique symbol = Symbol('uninitialized');
export type Live = Value | typeof DEAD | typeof MISSING;

function isValue(v: Live | undefined): v is Value { return v !== DEAD && v !== MISSING && v !== undefined; }
function isOnDevice(v: Live | undefined): v is Exclude<Value, NDArray> { return isValue(v) && !isHost(v); }

/** What a run waits for; the driver sends it back. */
export type Running = Generator<Promise<NDArray | void>, Value[], NDArray>;

/** Runs a plan, or the steps of it that are its turn (in plan order). Yields what must be awaited and takes it back;
 * returns the fetched values, owned by the caller. A failure frees every value of the frame. */
export function* execute(plan: Plan, c: RunContext, frame: Frame = newFrame(plan, c.template), steps: readonly Step[] = plan.steps): Running {
  const { engine, trace } = c;
  const { slots, owned, fetched } = frame;
  const states = c.states.begin();
  const commits: [string, Value][] = [];
  /** Fetches of values that are dead: TF names the first of them after everything else has run. */
  const missing: FetchStep[] = [];
  const retain = (v: Live): Live => (isOnDevice(v) ? engine.retain(v) : v);
  const dead = (list: readonly Slot[]): boolean => { for (const s of list) if (slots[s] === DEAD) return true; return false; };
  /** An uninitialized variable may not be used. */
  const present = (list: readonly Slot[]): void => {
    for (const s of list) if (slots[s] === MISSING) throw uninitializedInput(steps[at]!.nodes[0]!, c.variables.isEmpty, c.place);
  };
  let at = 0, written = false;
  try {
    for (; at < steps.length; at++) {
      const s = steps[at]!;
      const wait = c.pause?.();
      if (wait) yield wait;
      trace?.begin(s);
      switch (s.kind) {
        case 'kernel': {
          if (plan.conditional && (dead(s.inputs) || dead(s.guards))) {
            for (const o of s.outputs) slots[o] = DEAD;
            break;
          }
          if (plan.conditional) present(s.inputs);
          const state = states.of(s.node.name);
          const out = s.call ? runDevice(s, slots, c, state) : runHost(s, slots, c, state);
          if (out instanceof NotReady) {
            yield out.ready;
            at--; // the step again
            continue;
          }
          state.keep();
          if (out.length === 0 && s.outputs.length > 0) { slots[s.outputs[0]!] = ALIVE; break; }
          for (let i = 0; i < s.outputs.length; i++) slots[s.outputs[i]!] = out[i]!;
          if (s.call) owned.push(...s.outputs);
          break;
        }
        case 'fused': {
          const out = together(s, slots, c) ?? oneByOne(s, plan, slots, c);
          if (out instanceof NotReady) {
            yield out.ready;
            at--;
            continue;
          }
          for (let i = 0; i < s.outputs.length; i++) slots[s.outputs[i]!] = out[i]!;
          for (const t of s.takes) {
            const from = s.inputs[t.input]!, v = slots[from] as DeviceValue;
            if (v.dataId !== (out[t.output] as DeviceValue).dataId) engine.free(v);
            slots[from] = undefined;
          }
          owned.push(...s.outputs);
          break;
        }
        case 'call': {
          if (plan.conditional && (dead(s.inputs) || dead(s.guards))) {
            for (const o of s.outputs) slots[o] = DEAD;
            break;
          }
          const out = runCall(s, slots, c);
          s.outputs.forEach((o, i) => { slots[o] = out[i]!; });
          owned.push(...s.outputs);
          written ||= s.variables.some((v) => v.written);
          break;
        }
        case 'free':
          for (const f of s.slots) {
            const v = slots[f];
            if (isOnDevice(v)) engine.free(v);
            slots[f] = undefined;
          }
          break;
        case 'feed': {
          slots[s.out] = c.feed(s.index, plan.slots[s.out]!.place);
          owned.push(s.out);
          break;
        }
        case 'read': {
          const v = c.variables.get(s.variable);
          if (v === undefined && !s.optional && !s.initial) throw uninitialized(s.nodes[0]!, s.reader, s.retval, c.variables.isEmpty, c.place);
          slots[s.out] = v ?? s.initial ?? MISSING;
          if (c.holdsReads && v !== undefined) { retain(v); owned.push(s.out); }
          break;
        }
        case 'hasValue': {
          const v = s.input === null ? c.variables.get(s.variable) : slots[s.input];
          slots[s.out] = v === DEAD || dead(s.guards) ? DEAD : scalar(isValue(v) ? 1 : 0, bool);
          break;
        }
        case 'unfed': {
          if (dead(s.guards)) { slots[s.out] = DEAD; break; }
          const { dtype, shape } = plan.slots[s.out]!;
          throw unfed(s.nodes[0]!, dtype, shape, c.place);
        }
        case 'assign':
          if (plan.conditional && (slots[s.input] === DEAD || dead(s.guards))) { slots[s.out] = DEAD; break; }
          present([s.input]);
          checkAssign(s, slots, c);
          slots[s.out] = retain(slots[s.input]!);
          owned.push(s.out);
          break;
        case 'move': {
          const v = slots[s.input]!;
          if (!isValue(v)) { slots[s.out] = v; break; }
          if (s.to === 'device') slots[s.out] = engine.upload(v as NDArray);
          else if (isHost(v)) slots[s.out] = v;
          else {
            const { dtype } = plan.slots[s.out]!;
            const host = c.sync ? engine.downloadSync(v, dtype) : engine.download(v, dtype);
            slots[s.out] = host instanceof Promise ? yield host : host;
          }
          owned.push(s.out);
          break;
        }
        case 'switch': {
          const v = slots[s.input]!, p = slots[s.pred]!;
          const gone = v === DEAD || p === DEAD || dead(s.guards);
          if (!gone) {
            present([s.input, s.pred]);
            if ((p as NDArray).ndim !== 0) throw new InvalidArgumentError(`The second input must be a scalar, but it has shape [${(p as NDArray).shape.join(',')}]`);
          }
          const taken = !gone && (p as NDArray).data[0] !== 0;
          slots[s.outputs[0]] = gone || taken ? DEAD : retain(v);
          slots[s.outputs[1]] = gone || !taken ? DEAD : retain(v);
          if (s.token !== null) slots[s.token] = gone ? DEAD : ALIVE;
          owned.push(...s.outputs);
          break;
        }
        case 'merge': {
          const k = s.inputs.findIndex((i) => slots[i] !== DEAD);
          if (s.strict && k >= 0) present([s.inputs[k]!]);
          slots[s.out] = k < 0 ? DEAD : retain(slots[s.inputs[k]!]!);
          slots[s.index] = k < 0 ? DEAD : scalar(k, int32);
          owned.push(s.out);
          break;
        }
        case 'guard': {
          const v = slots[s.input]!;
          const gone = v === DEAD || dead(s.guards);
          if (s.strict && !gone) present([s.input]);
          slots[s.out] = gone ? DEAD : retain(v);
          owned.push(s.out);
          break;
        }
        case 'fetch': {
          const v = slots[s.input]!;
          if (v === DEAD) { missing.push(s); break; }
          if (v === MISSING) throw uninitialized(inputNode(s.tensor), null, retval(plan, s), c.variables.isEmpty, c.place);
          fetched[s.index] = retain(v) as Value;
          break;
        }
        case 'commit': {
          const v = slots[s.input]!;
          if (isValue(v)) commits.push([s.variable, retain(v) as Value]);
          break;
        }
        default: s satisfies never;
      }
      trace?.end(s, slots);
    }
    if (missing.length > 0) throw new InvalidArgumentError(`Retval[${Math.min(...missing.map((s) => retval(plan, s)))}] does not have value`, deadFetch(missing, c.place));
    if (!written) c.pause?.();
  } catch (e) {
    const step = steps[at];
    const told = step?.nodes[0] === undefined || (e instanceof OpError && e.detail.fetches) ? e : failure(e, step, plan, slots, c);
    for (const [, v] of commits) if (!isHost(v)) engine.free(v);
    dropFrame(frame, engine);
    throw told;
  }
  for (const [name, v] of commits) { c.variables.set(name, v); c.onCommit?.(v); }
  states.commit();
  return fetched as Value[];
}

/** Frees every value of a frame. */
export function dropFrame(frame: Frame, engine: Engine): void {
  const free = (v: Live | undefined): void => { if (isOnDevice(v)) engine.free(v); };
  for (const s of frame.owned) { free(frame.slots[s]); frame.slots[s] = undefined; }
  frame.owned.length = 0;
  frame.fetched.forEach((v, i) => { free(v); frame.fetched[i] = undefined; });
}

function scalar(x: number, dtype: typeof bool): NDArray { return new NDArray(dtype, [], dtype === bool ? Uint8Array.of(x) : Int32Array.of(x)); }
const ALIVE = scalar(1, bool);

/** An error of a step as the caller gets it; out of memory names what is alive. */
function failure(e: unknown, s: Step, plan: Plan, slots: Frame['slots'], c: RunContext): unknown {
  const oom = e instanceof ResourceExhaustedError ? e : s.kind === 'kernel' && isHostExhausted(e) ? hostOutOfMemory(s, plan) : undefined;
  if (!oom) return kernelError(e, s.nodes[0]!, c.place);
  const allocator = oom.text.endsWith(` by allocator ${HOST_ALLOCATOR}`) ? HOST_ALLOCATOR : c.engine.name;
  const held = heldValues(plan, slots, c.variables, allocator);
  const memory = `${oom.detail.memory === undefined ? '' : `${oom.detail.memory}; `}${largest(held)}`;
  return kernelError(oom.with({ memory, remedy: 'smaller batches, fewer fetches, or more memory (memoryLimitBytes of the session, where it is given); the session can be used on' }), s.nodes[0]!, c.place, allocations(held, c.reportsAllocations ?? false, allocator));
}
function hostOutOfMemory(s: KernelStep, plan: Plan): ResourceExhaustedError {
  const { shape, dtype } = plan.slots[s.outputs[0]!] ?? { shape: UNKNOWN_SHAPE, dtype: s.inputDtypes[0] ?? int32 };
  return outOfMemory(shape.debug, dtype, HOST_ALLOCATOR);
}

/** Position of a fetch among all of them by name, as TF counts. */
function retval(plan: Plan, s: FetchStep): number { return [...plan.fetches].sort().indexOf(s.tensor); }

/** Runs a reference kernel. Those that call functions of the program may have to wait. */
function runHost(s: KernelStep, slots: readonly (Live | undefined)[], { sync }: RunContext, state: KernelState): readonly Value[] | NotReady {
  const inputs: NDArray[] = [];
  for (const i of s.inputs) inputs.push(slots[i] as NDArray);
  try {
    return s.kernel(inputs, s.node, state);
  } catch (e) {
    if (e instanceof NotReady) return notReady(e, s.node.name, sync);
    throw e;
  }
}

/** Runs a kernel on the device; when it fails there, the reference kernel is asked for TF's own words. */
function runDevice(s: KernelStep, slots: readonly (Live | undefined)[], { engine, sync }: RunContext, state: KernelState): readonly Value[] | NotReady {
  const inputs = s.inputs.map((i) => slots[i]!);
  try {
    return engine.run(s.call!, inputs as never, state);
  } catch (e) {
    if (e instanceof ResourceExhaustedError) throw e;
    if (e instanceof NotReady) return notReady(e, s.node.name, sync);
    const host = readNow(s, inputs, engine);
    if (host) s.kernel(host, s.node, NO_STATE);
    throw new InternalError(`the kernel ${s.call!.kernel} of ${engine.name} failed: ${e instanceof Error ? e.message : String(e)}`);
  }
}

/** What has to be waited for (code that the host compiles only without blocking, a promise): a synchronous run cannot. */
function notReady(e: NotReady, node: string, sync: boolean): NotReady {
  if (!sync) return e;
  void e.ready.catch(() => undefined); // what fails will fail again where it is awaited
  if (e.why !== undefined) throw new FailedPreconditionError(`runSync cannot wait for '${node}': ${e.why}.`, { remedy: 'await sess.run() with these fetches and feeds' });
  throw new FailedPreconditionError(`runSync cannot compile the code of '${node}': this host compiles modules of that size only without blocking.`, { remedy: 'await sess.run() with these fetches and feeds once; after that runSync has the code' });
}

const NO_STATE: KernelState = { get: (init) => init(), set: () => undefined };

/** Runs a fused step at once; undefined when its nodes have to run one by one, or there is no memory (one of them will say so). */
function together(s: FusedStep, slots: readonly (Live | undefined)[], { engine, sync }: RunContext): readonly Value[] | NotReady | undefined {
  const inputs: DeviceValue[] = [];
  for (const i of s.inputs) inputs.push(slots[i] as DeviceValue);
  try {
    return engine.fusion!.run(s.call, inputs, s.takes);
  } catch (e) {
    if (e instanceof ResourceExhaustedError) return undefined;
    if (e instanceof NotReady) return notReady(e, s.nodes.at(-1)!, sync);
    throw e;
  }
}
/** Runs the nodes of a fused step each by itself; what fails is the node it fails in. */
function oneByOne(s: FusedStep, plan: Plan, slots: (Live | undefined)[], c: RunContext): Value[] | NotReady {
  const { engine } = c;
  const made: Slot[] = [];
  const free = (keep: readonly Slot[]): void => {
    for (const m of made) {
      if (keep.includes(m)) continue;
      engine.free(slots[m] as DeviceValue);
      slots[m] = undefined;
    }
  };
  for (const part of s.parts) {
    try {
      const out = runDevice(part, slots, c, NO_STATE);
      if (out instanceof NotReady) {
        free([]);
        return out;
      }
      part.outputs.forEach((o, i) => { slots[o] = out[i]!; made.push(o); });
    } catch (e) {
      const told = failure(e, part, plan, slots, c);
      free([]);
      throw told;
    }
  }
  free(s.outputs);
  return s.outputs.map((o) => slots[o] as Value);
}

/** Inputs on the host, where the device can be read without waiting. */
function readNow(s: KernelStep, inputs: readonly Live[], engine: Engine): NDArray[] | undefined {
  try {
    return inputs.map((v, i) => (isOnDevice(v) ? engine.downloadSync(v, planDtype(s, i)) : v) as NDArray);
  } catch {
    return undefined; // what failed first is the error to tell
  }
}

/** Dtype of an input as the kernel's attrs say it; values on a device are float32, int32 or bool. */
function planDtype(s: KernelStep, i: number): NDArray['dtype'] {
  const d = s.inputDtypes[i];
  if (!d) throw new InternalFault(`step of '${s.node.name}' has no input ${i}`);
  return d;
}

function checkAssign(s: AssignStep, slots: readonly (Live | undefined)[], c: RunContext): void {
  if (!s.validate) return;
  const value = slots[s.input] as Value;
  const old = s.base === null ? c.variables.get(s.variable) : slots[s.base];
  const want: readonly (number | null)[] | null = isValue(old) ? old.shape : s.shape.dims;
  if (want === null || (want.length === value.shape.length && want.every((d, i) => d === null || d === value.shape[i]))) return;
  throw new InvalidArgumentError(`Assign requires shapes of both tensors to match. lhs shape= [${want.map((d) => d ?? '?').join(',')}] rhs shape= [${value.shape.join(',')}]`);
}

/** Takes a run to its end. `pending`: what it already waits for. */
export async function drive(run: Running, pending?: Promise<NDArray | void>): Promise<Value[]> {
  let r: IteratorResult<Promise<NDArray | void>, Value[]> = pending ? { done: false, value: pending } : run.next();
  while (!r.done) {
    let v: NDArray | void;
    try {
      v = await r.value;
    } catch (e) {
      r = run.throw(e);
      continue;
    }
    r = run.next(v as NDArray);
  }
  return r.value;
}
