// Values into a run and out of it, and who owns them. Nothing that outlives the run (variables, constants of plans)
// shares memory with an array of the caller, in either direction; tensors of TensorFlow.js go in and out without a copy,
// by reference counts.
import type { DType } from '../graph/dtype.ts';
import { TfError, ValueError } from '../graph/errors.ts';
import { NDArray } from '../graph/ndarray.ts';
import { Operation, type Tensor } from '../graph/tensor.ts';
import type { CompileRequest } from './compile/pipeline.ts';
import type { Engine } from './engines/engine.ts';
import { type Fed, fromTfjs, isTfjsTensor } from './feed.ts';
import type { FetchedValue, FetchPlan } from './fetch.ts';
import type { SlotInfo } from './plan.ts';
import type { RunArguments } from './run_arguments.ts';
import { isHost, type Value } from './variables.ts';

/** A run that was asked for, its arguments checked. */
export interface Prepared {
  readonly fetch: FetchPlan;
  readonly request: CompileRequest;
  readonly fed: ReadonlyMap<Tensor, Fed>;
  readonly told: RunArguments;
  /** Results as arrays, scalars too. */
  readonly asArrays?: boolean;
}

export class Transfer {
  readonly #engine: Engine;
  /** Buffers that outlive a run: results never share them. */
  readonly #kept = new WeakSet<object>();
  constructor(engine: Engine) { this.#engine = engine; }

  /** Notes that a value outlives the run. */
  keep(v: Value): void { if (isHost(v)) this.#kept.add(bufferOf(v)); }

  /** What the feed steps of a plan call: the value of feed `index`, owned by the run. `copies`: arrays of the caller may
   * outlive this call (as a variable, as memory handed out, in a later part of the run) and must not be shared. */
  feeder(feeds: readonly { readonly tensor: Tensor }[], fed: ReadonlyMap<Tensor, Fed>, copies: boolean): (index: number, place: SlotInfo['place']) => Value {
    return (index, place) => {
      const { value } = fed.get(feeds[index]!.tensor)!;
      if (isTfjsTensor(value)) {
        const adopted = place === 'device' ? this.#engine.adopt(value) : undefined;
        if (adopted) return adopted;
      }
      const host = isTfjsTensor(value) ? fromTfjs(value) : copies ? copy(value) : value;
      return place === 'device' ? this.#engine.upload(host) : host;
    };
  }

  /** Refuses what cannot be handed out as a tensor of TensorFlow.js. */
  checkTfjs(fetches: Iterable<Tensor | Operation>): void {
    if (this.#engine.exposes.size === 0) throw new ValueError(`asTfjs: engine '${this.#engine.name}' has no tensors of TensorFlow.js.`, { remedy: "open the session with { heap: 'tfjs' } or { engine: 'tfjs:<backend>' }" });
    for (const t of fetches) {
      if (t instanceof Operation || this.#engine.exposes.has(t.dtype.baseDtype)) continue;
      throw new ValueError(`asTfjs: TensorFlow.js holds no ${t.dtype.baseDtype.name}, the dtype of '${t.name}'.`, { node: t.op.name, op: t.op.type, remedy: 'cast it, or run without asTfjs' });
    }
  }

  /** The caller's structure from the fetched values, which the run gave away; reads them back after the last kernel. */
  results(p: Prepared, values: readonly Value[], sync: boolean): unknown {
    if (p.told.asTfjs) return this.#expose(p, values);
    const engine = this.#engine;
    const free = (): void => { for (const v of values) if (!isHost(v)) engine.free(v); };
    const dtypes: readonly DType[] = p.request.fetches.map((t) => t.dtype.baseDtype);
    let read: (NDArray | Promise<NDArray>)[];
    try {
      read = values.map((v, i) => (isHost(v) ? v : sync ? engine.downloadSync(v, dtypes[i]!) : engine.download(v, dtypes[i]!)));
    } catch (e) {
      free();
      throw e;
    }
    if (read.some((r) => r instanceof Promise)) return Promise.all(read).finally(free).then((host) => this.#build(p, host));
    free();
    return this.#build(p, read as NDArray[]);
  }

  #build(p: Prepared, host: readonly NDArray[]): unknown {
    const callers = new Set<object>();
    const give = p.asArrays ? (a: NDArray): NDArray => a : resultOf;
    for (const { value } of p.fed.values()) if (!isTfjsTensor(value)) callers.add(bufferOf(value));
    const results = new Map<Tensor | Operation, unknown>(host.map((a, i) => {
      const shared = this.#kept.has(bufferOf(a)) || callers.has(bufferOf(a));
      return [p.request.fetches[i]!, give(shared ? copy(a) : a)];
    }));
    for (const { tensor, value } of p.fed.values()) results.set(tensor, give(isTfjsTensor(value) ? fromTfjs(value) : value));
    return p.fetch.build((e) => results.get(e) ?? null);
  }

  #expose(p: Prepared, values: readonly Value[]): unknown {
    const engine = this.#engine;
    const own = (v: Value): unknown => engine.expose(isHost(v) ? engine.upload(this.#kept.has(bufferOf(v)) ? copy(v) : v) : v);
    const results = new Map<Tensor | Operation, unknown>();
    for (const e of p.fetch.elements) {
      const fed = e instanceof Operation ? undefined : p.fed.get(e);
      if (fed) results.set(e, own(isTfjsTensor(fed.value) ? engine.adopt(fed.value) ?? fromTfjs(fed.value) : copy(fed.value)));
    }
    values.forEach((v, i) => { results.set(p.request.fetches[i]!, own(v)); });
    return p.fetch.build((e) => results.get(e) ?? null);
  }
}

/** Scalars as JS values (int64 as number up to 2^53, bigint beyond; strings decoded), anything else as it is. A string
 * that is not UTF-8 stays an array, so that its bytes are not lost. */
export function resultOf(a: NDArray): FetchedValue {
  if (a.shape.length > 0) return a;
  try {
    return a.flat(0);
  } catch (e) {
    if (e instanceof TfError) return a;
    throw e;
  }
}

function bufferOf(a: NDArray): object { return Array.isArray(a.data) ? a.data : (a.data as Float32Array).buffer; }
function copy(a: NDArray): NDArray { return new NDArray(a.dtype, a.shape, (a.data as Float32Array).slice(), a.splat); }
