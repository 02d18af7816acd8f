// Running the kernels of a step, on the engine or one by one, and what is said when one fails.
import { int32 } from '../graph/dtype.ts';
import { FailedPreconditionError, InternalError, InternalFault, ResourceExhaustedError } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { UNKNOWN_SHAPE } from '../graph/shape.ts';
import { type Change, type DeviceValue, type Engine, HOST_ALLOCATOR, NotReady } from './engines/engine.ts';
import { kernelError } from './errors.ts';
import type { RunContext } from './execute.ts';
import type { KernelState } from './kernels/kernel.ts';
import { isOnDevice, type Live } from './live.ts';
import { allocations, heldValues, isHostExhausted, largest, outOfMemory, peakOf } from './oom.ts';
import type { FusedStep, KernelStep, Plan, Slot, Step } from './plan.ts';
import type { Value } from './variables.ts';

/** An error of a step as the caller gets it; out of memory names what is alive. */
export function failure(e: unknown, s: Step, plan: Plan, slots: readonly (Live | undefined)[], c: RunContext): unknown {
  const oom = e instanceof ResourceExhaustedError ? e : s.kind === 'kernel' && isHostExhausted(e) ? hostOutOfMemory(s, plan) : undefined;
  return oom ? exhausted(oom, s.nodes[0]!, plan, slots, c) : kernelError(e, s.nodes[0]!, c.place);
}
/** An out-of-memory error at a node, with what the plan needs and what is alive. */
export function exhausted(oom: ResourceExhaustedError, node: string, plan: Plan, slots: readonly (Live | undefined)[], c: Pick<RunContext, 'engine' | 'variables' | 'place' | 'reportsAllocations'>): unknown {
  const allocator = oom.text.endsWith(` by allocator ${HOST_ALLOCATOR}`) ? HOST_ALLOCATOR : c.engine.name;
  const held = heldValues(plan, slots, c.variables, allocator);
  const memory = `${oom.detail.memory === undefined ? '' : `${oom.detail.memory}; `}${peakOf(plan)}; ${largest(held)}`;
  return kernelError(oom.with({ memory, remedy: 'smaller batches, fewer fetches, or more memory (memoryLimitBytes of the session, where it is given); the session can be used on' }), node, c.place, allocations(held, c.reportsAllocations ?? false, allocator));
}
function hostOutOfMemory(s: KernelStep, plan: Plan): ResourceExhaustedError {
  const { shape, dtype } = plan.slots[s.outputs[0]!] ?? { shape: UNKNOWN_SHAPE, dtype: s.inputDtypes[0] ?? int32 };
  return outOfMemory(shape.debug, dtype, HOST_ALLOCATOR);
}

/** Runs a reference kernel. Those that call functions of the program may have to wait. */
export function runHost(s: KernelStep, slots: readonly (Live | undefined)[], { sync }: RunContext, state: KernelState): readonly Value[] | NotReady {
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
export function runDevice(s: KernelStep, slots: readonly (Live | undefined)[], { engine, places, sync }: RunContext, state: KernelState, changes?: Change[]): readonly Value[] | NotReady {
  const inputs: Live[] = [];
  for (const i of s.inputs) inputs.push(slots[i]!);
  try {
    return engine.run(s.call!, inputs as never, state, places, s.outputs, s.over, changes);
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
export function together(s: FusedStep, slots: readonly (Live | undefined)[], { engine, places, sync }: RunContext): readonly Value[] | NotReady | undefined {
  const inputs: DeviceValue[] = [];
  for (const i of s.inputs) inputs.push(slots[i] as DeviceValue);
  try {
    return engine.fusion!.run(s.call, inputs, s.takes, places, s.outputs);
  } catch (e) {
    if (e instanceof ResourceExhaustedError) return undefined;
    if (e instanceof NotReady) return notReady(e, s.nodes.at(-1)!, sync);
    throw e;
  }
}
/** Runs the nodes of a fused step each by itself; what fails is the node it fails in. */
export function oneByOne(s: FusedStep, plan: Plan, slots: (Live | undefined)[], c: RunContext): Value[] | NotReady {
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
