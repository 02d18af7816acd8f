// Values into a run and out of it, and who owns them. Nothing that outlives the run (variables, constants of plans)
// shares memory with an array of the caller, in either direction; tensors of TensorFlow.js go in and out without a copy,
// by reference counts.
import { TfError, ValueError } from '../graph/errors.ts';
import { NDArray } from '../graph/ndarray.ts';
import { Operation, type Tensor } from '../graph/tensor.ts';
import type { CompileRequest } from './compile/pipeline.ts';
import type { Engine } from './engines/engine.ts';
import { type Fed, fromTfjs, isTfjsTensor } from './feed.ts';
import type { RunContext } from './execute.ts';
import type { FetchedValue, FetchPlan } from './fetch.ts';
import type { RunArguments } from './run_arguments.ts';
import type { RunSignal } from './run_control.ts';
import { isHost, type Value } from './variables.ts';

/** A run that was asked for, its arguments checked. */
export interface Prepared {
  readonly fetch: FetchPlan;
  readonly request: CompileRequest;
  /** In the order of `request.feeds`. */
  readonly fed: readonly Fed[];
  readonly told: RunArguments;
  /** In place of that of `told`. */
  readonly signal?: RunSignal;
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
  feeder(fed: readonly Fed[], copies: boolean): RunContext['feed'] {
    const engine = this.#engine;
    return (index, { place }, at) => {
      const { value } = fed[index]!;
      if (isTfjsTensor(value)) {
        const adopted = place === 'device' ? engine.adopt(value) : undefined;
        if (adopted) return adopted;
      }
      const host = isTfjsTensor(value) ? fromTfjs(value) : value;
      if (place === 'device') return engine.upload(copies && !engine.copies ? copy(host) : host, at);
      return copies && host === value ? copy(host) : host;
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
    const engine = this.#engine, { fetches } = p.request;
    const read: (NDArray | Promise<NDArray>)[] = [];
    let waits = false;
    try {
      for (let i = 0; i < values.length; i++) {
        const v = values[i]!;
        const host = isHost(v) ? v : sync ? engine.downloadSync(v, fetches[i]!.dtype.baseDtype) : engine.download(v, fetches[i]!.dtype.baseDtype);
        waits ||= host instanceof Promise;
        read.push(host);
      }
    } catch (e) {
      this.#free(values);
      throw e;
    }
    if (waits) return Promise.all(read).finally(() => { this.#free(values); }).then((host) => this.#build(p, values, host));
    this.#free(values);
    return this.#build(p, values, read as NDArray[]);
  }
  #free(values: readonly Value[]): void { for (const v of values) if (!isHost(v)) this.#engine.free(v); }

  #build(p: Prepared, values: readonly Value[], host: readonly NDArray[]): unknown {
    const { fed } = p;
    // What the engine copied nobody else has.
    return this.build(p.fetch, p.request, fed, host.map((a, i) => ((!this.#engine.copies || isHost(values[i]!)) && this.#isShared(fed, a) ? copy(a) : a)), p.asArrays ? asItIs : resultOf);
  }
  /** The caller's structure from arrays that are the caller's. */
  build({ elements, build }: FetchPlan, { targets, fetches }: CompileRequest, fed: readonly Fed[], host: readonly NDArray[], give: (a: NDArray) => unknown = resultOf): unknown {
    const out: unknown[] = [];
    if (targets.length === 0 && fetches.length === elements.length) for (const a of host) out.push(give(a));
    else {
      let next = 0;
      for (const e of elements) {
        const value = e instanceof Operation ? null : fedTo(fed, e)?.value ?? host[next++]!;
        out.push(value && give(isTfjsTensor(value) ? fromTfjs(value) : value));
      }
    }
    return build(out);
  }
  /** Whether the caller, or something that outlives the run, has an array's memory. */
  #isShared(fed: readonly Fed[], a: NDArray): boolean {
    const buffer = bufferOf(a);
    return this.#kept.has(buffer) || fed.some(({ value }) => !isTfjsTensor(value) && bufferOf(value) === buffer);
  }

  #expose(p: Prepared, values: readonly Value[]): unknown {
    const engine = this.#engine;
    const own = (v: Value): unknown => engine.expose(isHost(v) ? engine.upload(this.#kept.has(bufferOf(v)) ? copy(v) : v) : v);
    let next = 0;
    return p.fetch.build(p.fetch.elements.map((e) => {
      if (e instanceof Operation) return null;
      const fed = fedTo(p.fed, e);
      if (!fed) return own(values[next++]!);
      return own(isTfjsTensor(fed.value) ? engine.adopt(fed.value) ?? fromTfjs(fed.value) : copy(fed.value));
    }));
  }
}

function fedTo(fed: readonly Fed[], t: Tensor): Fed | undefined {
  for (const f of fed) if (f.tensor === t) return f;
  return undefined;
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

function asItIs(a: NDArray): NDArray { return a; }

function bufferOf(a: NDArray): object { return Array.isArray(a.data) ? a.data : (a.data as Float32Array).buffer; }
function copy(a: NDArray): NDArray { return new NDArray(a.dtype, a.shape, (a.data as Float32Array).slice(), a.splat); }
