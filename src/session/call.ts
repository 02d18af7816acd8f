// Running a call of the engine, and what is said when it fails: the kernels in it are run once more, one by one, by the
// reference kernels, which fail in TF 1.15's own words at the node that failed. Where they do not, the engine's text stands.
import { InternalFault, InvalidArgumentError, ResourceExhaustedError, TfError, UnimplementedError } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { CallFailure, type DeviceValue } from './engines/engine.ts';
import { kernelError, uninitialized, uninitializedInput } from './errors.ts';
import type { RunContext } from './execute.ts';
import type { Live } from './live.ts';
import type { CallStep, Slot } from './plan.ts';
import { unlessEnded } from './run_control.ts';
import { isHost, type Value } from './variables.ts';

/** Runs it; returns its outputs, owned by the caller, or a promise of them. */
export function runCall(s: CallStep, slots: readonly (Live | undefined)[], c: RunContext): readonly Value[] | Promise<readonly Value[]> {
  const { engine, variables, place } = c;
  for (const v of s.variables) if (!variables.has(v.variable)) throw uninitialized(v.node, v.reader, 0, variables.isEmpty, place);
  for (const x of s.inputs) {
    if (typeof slots[x] === 'object') continue;
    throw uninitializedInput(s.body.find((k) => k.inputs.includes(x))!.nodes[0]!, variables.isEmpty, place);
  }
  if (!engine.call) throw new InternalFault(`the engine ${engine.name} makes no calls`);
  try {
    const out = engine.call(s, s.inputs.map((x) => slots[x] as DeviceValue), variables, c.sync);
    return out instanceof Promise ? later(out, s, slots, c) : out;
  } catch (e) {
    throw told(e, s, slots, c);
  }
}
/** Waits for a call; when the run must end first, what the call makes is nobody's. */
async function later(out: Promise<readonly DeviceValue[]>, s: CallStep, slots: readonly (Live | undefined)[], c: RunContext): Promise<readonly Value[]> {
  const drop = (values: readonly DeviceValue[]): void => { for (const v of values) c.engine.free(v); };
  try {
    return await (c.limits ? unlessEnded(c.limits, s.variables.some((v) => v.written), out, drop) : out);
  } catch (e) {
    throw told(e, s, slots, c);
  }
}
function told(e: unknown, s: CallStep, slots: readonly (Live | undefined)[], c: RunContext): unknown {
  return e instanceof CallFailure ? inOwnWords(s, slots, c) ?? kernelError(classed(e.message), e.node ?? s.nodes[0]!, c.place) : e;
}

/** The error the reference kernels have for the same inputs. */
function inOwnWords(s: CallStep, slots: readonly (Live | undefined)[], c: RunContext): unknown {
  const values = new Map<Slot, NDArray>();
  const host = (v: Value, at: Slot, dtype: NDArray['dtype']): void => { values.set(at, isHost(v) ? v : c.engine.downloadSync(v, dtype)); };
  for (const k of s.constants) values.set(k.slot, k.value);
  for (const v of s.variables) host(c.variables.get(v.variable)!, v.slot, v.dtype);
  for (const k of s.body) k.inputs.forEach((x, i) => { const v = slots[x]; if (!values.has(x) && typeof v === 'object') host(v, x, k.inputDtypes[i]!); });
  for (const k of s.body) {
    try {
      const out = k.kernel(k.inputs.map((x) => values.get(x)!), k.node, { get: (init) => init(), set: () => undefined });
      k.outputs.forEach((x, i) => values.set(x, out[i]!));
    } catch (e) {
      return kernelError(e, k.nodes[0]!, c.place);
    }
  }
  return undefined;
}

/** The class of an error that comes as a text. */
function classed(text: string): TfError {
  if (/OOM|failed to allocate|out of memory/i.test(text)) return new ResourceExhaustedError(text);
  if (/No OpKernel|not supported|only supports|unimplemented/i.test(text)) return new UnimplementedError(text);
  return new InvalidArgumentError(text);
}
