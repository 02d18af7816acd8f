// Executing a plan: one loop over steps. It knows slots and values, nothing of the graph. A generator, because a value
// may have to be awaited when it comes back from a device; the synchronous driver never sees a promise. Whatever
// happens, every value the run made is freed; variables change only after the last step that can fail.
import { bool, int32 } from '../graph/dtype.ts';
import { InternalError, InternalFault, InvalidArgumentError, OpError, ResourceExhaustedError } from '../graph/errors.ts';
import { NDArray } from '../graph/ndarray.ts';
import type { Engine } from './engines/engine.ts';
import { kernelError, type RunPlace, unfed, uninitialized } from './errors.ts';
import type { AssignStep, KernelStep, Plan, Slot } from './plan.ts';
import { isHost, type NodeStates, type Value, type VariableStore } from './variables.ts';

/** What a run works on. */
export interface RunContext {
  readonly engine: Engine;
  readonly variables: VariableStore;
  readonly states: NodeStates;
  /** Constants of the plan in their slots; copied for each run. */
  readonly template: readonly (Live | undefined)[];
  /** Fed values, in the order of plan.feeds. The run takes over the device values among them. */
  readonly feeds: readonly Value[];
  readonly place: RunPlace;
  /** Forbids waiting: device values are read back synchronously. */
  readonly sync: boolean;
  /** Told of every value that becomes a variable's. */
  readonly onCommit?: (v: Value) => void;
}

/** A value of a conditional branch that was not taken. */
export const DEAD: unique symbol = Symbol('dead');
export type Live = Value | typeof DEAD;

/** Runs a plan. Yields what must be awaited and takes it back; returns the fetched values, owned by the caller. */
export function* execute(plan: Plan, c: RunContext): Generator<Promise<NDArray>, Value[], NDArray> {
  const { engine } = c;
  const slots = c.template.slice();
  const owned: Slot[] = [];
  const states = c.states.begin();
  const fetched: Value[] = Array.from({ length: plan.fetches.length });
  const commits: [string, Value][] = [];
  let adopted = 0;
  const retain = (v: Live): Live => (v === DEAD || isHost(v) ? v : engine.retain(v));
  const dead = (list: readonly Slot[]): boolean => { for (const s of list) if (slots[s] === DEAD) return true; return false; };
  let at = 0;
  try {
    for (; at < plan.steps.length; at++) {
      const s = plan.steps[at]!;
      switch (s.kind) {
        case 'kernel': {
          if (plan.conditional && (dead(s.inputs) || dead(s.guards))) {
            for (const o of s.outputs) slots[o] = DEAD;
            break;
          }
          const out = s.call ? runDevice(s, slots, engine) : s.kernel(s.inputs.map((i) => slots[i] as NDArray), s.node, states.of(s.node.name));
          if (out.length === 0 && s.outputs.length > 0) { slots[s.outputs[0]!] = ALIVE; break; }
          for (let i = 0; i < s.outputs.length; i++) slots[s.outputs[i]!] = out[i]!;
          if (s.call) owned.push(...s.outputs);
          break;
        }
        case 'free':
          for (const f of s.slots) {
            const v = slots[f];
            if (v !== undefined && v !== DEAD && !isHost(v)) engine.free(v);
            slots[f] = undefined;
          }
          break;
        case 'feed': {
          const v = c.feeds[s.index]!;
          adopted++;
          slots[s.out] = plan.slots[s.out]!.place === 'device' && isHost(v) ? engine.upload(v) : v;
          owned.push(s.out);
          break;
        }
        case 'read': {
          const v = c.variables.get(s.variable);
          if (v === undefined && !s.optional) throw uninitialized(s.variable, s.reader, s.retval, c.place);
          slots[s.out] = v ?? DEAD;
          break;
        }
        case 'hasValue': slots[s.out] = new NDArray(bool, [], Uint8Array.of(c.variables.has(s.variable) ? 1 : 0)); break;
        case 'unfed': {
          const { dtype, shape } = plan.slots[s.out]!;
          throw unfed(s.nodes[0]!, dtype, shape, c.place);
        }
        case 'assign':
          if (plan.conditional && (slots[s.input] === DEAD || dead(s.guards))) { slots[s.out] = DEAD; break; }
          checkAssign(s, slots, c);
          slots[s.out] = retain(slots[s.input]!);
          owned.push(s.out);
          break;
        case 'move': {
          const v = slots[s.input]!;
          if (v === DEAD) { slots[s.out] = DEAD; break; }
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
          const taken = !gone && (p as NDArray).data[0] !== 0;
          slots[s.outputs[0]] = gone || taken ? DEAD : retain(v);
          slots[s.outputs[1]] = gone || !taken ? DEAD : retain(v);
          owned.push(...s.outputs);
          break;
        }
        case 'merge': {
          const k = dead(s.guards) ? -1 : s.inputs.findIndex((i) => slots[i] !== DEAD);
          slots[s.out] = k < 0 ? DEAD : retain(slots[s.inputs[k]!]!);
          slots[s.index] = k < 0 ? DEAD : new NDArray(int32, [], Int32Array.of(k));
          owned.push(s.out);
          break;
        }
        case 'guard':
          slots[s.out] = slots[s.gate] === DEAD ? DEAD : retain(slots[s.input]!);
          owned.push(s.out);
          break;
        case 'fetch': {
          const v = slots[s.input]!;
          if (v === DEAD) throw new InvalidArgumentError(`Retval[${s.index}] does not have value`);
          fetched[s.index] = retain(v) as Value;
          break;
        }
        case 'commit': {
          const v = slots[s.input]!;
          if (v !== DEAD) commits.push([s.variable, retain(v) as Value]);
          break;
        }
        default: s satisfies never;
      }
    }
  } catch (e) {
    for (const v of fetched) if (v && !isHost(v)) engine.free(v);
    for (const [, v] of commits) if (!isHost(v)) engine.free(v);
    release(slots, owned, engine);
    for (let i = adopted; i < c.feeds.length; i++) { const v = c.feeds[i]!; if (!isHost(v)) engine.free(v); }
    const step = plan.steps[at];
    throw step?.nodes[0] === undefined || (e instanceof OpError && e.detail.fetches) ? e : kernelError(e, step.nodes[0], c.place);
  }
  for (const [name, v] of commits) { c.variables.set(name, v); c.onCommit?.(v); }
  states.commit();
  return fetched;
}

const ALIVE = new NDArray(bool, [], Uint8Array.of(1));

/** Runs a kernel on the device; when it fails there, the reference kernel is asked for TF's own words. */
function runDevice(s: KernelStep, slots: readonly (Live | undefined)[], engine: Engine): readonly Value[] {
  const inputs = s.inputs.map((i) => slots[i]!);
  try {
    return engine.run(s.call!, inputs as never);
  } catch (e) {
    if (e instanceof ResourceExhaustedError) throw e;
    const host = inputs.map((v, i) => (v === DEAD || isHost(v) ? v : engine.downloadSync(v, planDtype(s, i))) as NDArray);
    s.kernel(host, s.node, { get: (init) => init(), set: () => undefined });
    throw new InternalError(`the kernel ${s.call!.kernel} of ${engine.name} failed: ${e instanceof Error ? e.message : String(e)}`);
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
  const want: readonly (number | null)[] | null = old !== undefined && old !== DEAD ? old.shape : s.shape.dims;
  if (want === null || (want.length === value.shape.length && want.every((d, i) => d === null || d === value.shape[i]))) return;
  throw new InvalidArgumentError(`Assign requires shapes of both tensors to match. lhs shape= [${want.map((d) => d ?? '?').join(',')}] rhs shape= [${value.shape.join(',')}]`);
}

function release(slots: (Live | undefined)[], owned: readonly Slot[], engine: Engine): void {
  for (const s of owned) {
    const v = slots[s];
    if (v !== undefined && v !== DEAD && !isHost(v)) engine.free(v);
    slots[s] = undefined;
  }
}
