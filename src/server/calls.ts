// The calls that a session answers: bytes in, bytes or a status out. A failed step is a status inside the answer when the
// client asks for that, as TF 1.15's do. Which calls come here, and from where, is the master's business.
import { AbortedError, DecodeError, InvalidArgumentError, ResourceExhaustedError, UnimplementedError } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { type DecodeLimits, memoryFor } from '../graph/wire.ts';
import type { ConfigFields, RunMetadataFields, RunOptionFields } from '../session/grpc/messages.ts';
import { FRAME_HEAD } from '../session/grpc/body.ts';
import { free, take } from '../session/grpc/memory.ts';
import { type Method, METHODS, type RequestOf, type ResponseOf } from '../session/grpc/service.ts';
import type { Status } from '../session/grpc/status.ts';
import type { RunSignal } from '../session/run_control.ts';
import type { RunMetadata } from '../session/run_options.ts';
import type { SharedState } from '../session/shared_state.ts';
import { MasterSession, type SessionConfig, type StepOptions } from './master_session.ts';
import { CPU } from './placement.ts';
import { nodesIn } from './route.ts';
import { nodeStatus } from './status.ts';

/** What a call is answered with: a message with FRAME_HEAD bytes of room in front, or a status. `failed`: the status that stands in the message. */
export type Answer = { readonly frame: Uint8Array; readonly failed?: Status; readonly status?: undefined } | { readonly status: Status };
/** The calls of a session; the master answers the others. */
export type SessionMethod = Exclude<Method, 'CloseSession' | 'ListDevices' | 'Reset'>;
/** Where a call belongs: the handle of a new session and what it shares with others; and what may end it. */
export interface CallPlace { readonly handle: string; readonly state: () => SharedState; readonly signal: RunSignal }
type Calls = { readonly [M in SessionMethod]: (request: RequestOf<M>, place: CallPlace) => ResponseOf<M> | Promise<ResponseOf<M>> };

/** Sessions by handle, and their calls. */
export class SessionCalls {
  readonly #sessions = new Map<string, MasterSession>();
  readonly #memoryBytes: number;

  /** `memoryBytes`: what graphs and plans may take. */
  constructor(memoryBytes: number) { this.#memoryBytes = memoryBytes; }

  /** Answers a call. Never throws. */
  async answer(method: SessionMethod, body: Uint8Array, place: CallPlace): Promise<Answer> {
    try {
      const { request, response } = METHODS[method];
      const call = this.#calls[method] as (r: unknown, p: CallPlace) => object | Promise<object>;
      const told = await call(request.decode(body, this.#limits(method, body)), place);
      const frame = (response.encode as (m: object, room: number, memory: typeof take) => Uint8Array)(told, FRAME_HEAD, take);
      for (const { data } of valuesOf(told)) if (ArrayBuffer.isView(data)) free(data.buffer);
      return 'statusCode' in told ? { frame, failed: { code: told.statusCode as number, message: (told as ResponseOf<'RunStep'>).statusErrorMessage ?? '' } } : { frame };
    } catch (e) {
      return { status: statusOfFailure(e) };
    }
  }
  /** Ends a session, if there is one. */
  close(handle: string): void {
    const s = this.#sessions.get(handle);
    this.#sessions.delete(handle);
    s?.close();
  }

  /** What decoding may take. Errors: ResourceExhaustedError for more nodes than there is room for. */
  #limits(method: SessionMethod, body: Uint8Array): DecodeLimits {
    const more = nodesIn(method, body), most = Math.floor(this.#memoryBytes / NODE_BYTES);
    // What is fed lasts as long as its step: it may lie in the message.
    if (more === 0) return { sharesBytes: method === 'RunStep' || method === 'RunCallable' };
    let nodes = more;
    for (const s of this.#sessions.values()) nodes += s.nodes;
    if (nodes > most) throw new ResourceExhaustedError(`The graphs of the sessions that share an executor would have ${nodes} nodes, where ${most} are as many as the memory limit of ${this.#memoryBytes} bytes allows.`, { remedy: 'close sessions, or start the server with a larger --memory-limit' });
    return { maxBytes: memoryFor(body.length) + more * NODE_BYTES };
  }

  readonly #calls: Calls = {
    CreateSession: (r, { handle, state }) => {
      const s = new MasterSession(r.graphDef ?? EMPTY_GRAPH, configOf(r.config), state());
      this.#sessions.set(handle, s);
      return { sessionHandle: handle, graphVersion: s.version };
    },
    ExtendSession: (r) => ({ newGraphVersion: this.#session(r).extend(r.graphDef ?? EMPTY_GRAPH, BigInt(r.currentGraphVersion ?? 0)) }),
    RunStep: async (r, { signal }) => {
      try {
        const fetches = r.fetch ?? [];
        const feeds = (r.feed ?? []).map((f) => [f.name ?? '', given(f.tensor)] as const);
        const { values, metadata } = await this.#session(r).run({ feeds, fetches, targets: r.target ?? [] }, optionsOf(r.options), r.partialRunHandle ?? '', signal);
        return { tensor: values.map((tensor, i) => ({ name: fetches[i]!, tensor })), metadata: metadataFields(metadata) };
      } catch (e) {
        if (r.storeErrorsInResponseBody !== true) throw e;
        return inBody(nodeStatus(e));
      }
    },
    PartialRunSetup: async (r) => ({ partialRunHandle: await this.#session(r).setUpPartialRun(r.feed ?? [], r.fetch ?? [], r.target ?? []) }),
    MakeCallable: (r) => {
      const o = r.options ?? {};
      if (o.tensorConnection?.length) throw new UnimplementedError('Callables with tensor connections are not available.');
      if (Object.keys(o.feedDevices ?? {}).length + Object.keys(o.fetchDevices ?? {}).length > 0) throw new UnimplementedError('feed_devices and fetch_devices configuration not yet supported for remote sessions.');
      return { handle: this.#session(r).makeCallable({ feeds: o.feed ?? [], fetches: o.fetch ?? [], targets: o.target ?? [] }, optionsOf(o.runOptions)) };
    },
    RunCallable: async (r, { signal }) => {
      const { values, metadata } = await this.#session(r).runCallable(BigInt(r.handle ?? 0), r.feed ?? [], signal);
      return { fetch: [...values], metadata: metadataFields(metadata) };
    },
    ReleaseCallable: (r) => {
      this.#session(r).releaseCallable(BigInt(r.handle ?? 0));
      return {};
    },
  };

  #session({ sessionHandle = '' }: { readonly sessionHandle?: string }): MasterSession {
    const s = this.#sessions.get(sessionHandle);
    if (!s) throw new AbortedError(`Session ${sessionHandle} is not found.`);
    return s;
  }
}

/** The status of something thrown while a call was read or answered. */
export function statusOfFailure(e: unknown): Status { return nodeStatus(e instanceof DecodeError ? new InvalidArgumentError(e.text) : e); }
/** A status as the answer to a step. */
export function inBody({ code, message }: Status): ResponseOf<'RunStep'> { return { statusCode: code, statusErrorMessage: message }; }

/** The results in an answer; nobody else has them. */
function valuesOf({ tensor, fetch }: ResponseOf<'RunStep'> & ResponseOf<'RunCallable'>): readonly NDArray[] { return fetch ?? tensor?.map((t) => t.tensor!) ?? []; }
/** What a node takes in its graph and in plans, where they are largest: while they are made. */
const NODE_BYTES = 4096;
const EMPTY_GRAPH = { node: [], versions: { producer: 0 } };

function given(tensor: NDArray | undefined): NDArray {
  if (!tensor) throw new InvalidArgumentError('A feed has no tensor.');
  return tensor;
}
export function configOf(c: ConfigFields = {}): SessionConfig {
  return { isolateSessionState: c.isolateSessionState ?? false, allowSoftPlacement: c.allowSoftPlacement ?? false, operationTimeoutInMs: Number(c.operationTimeoutInMs ?? 0), buildCostModel: Number(c.graphOptions?.buildCostModel ?? 0), buildCostModelAfter: Number(c.graphOptions?.buildCostModelAfter ?? 0) };
}
function optionsOf(o: RunOptionFields = {}): StepOptions {
  return { traceLevel: o.traceLevel ?? 0, timeoutInMs: Number(o.timeoutInMs ?? 0), outputPartitionGraphs: o.outputPartitionGraphs ?? false, reportTensorAllocationsUponOom: o.reportTensorAllocationsUponOom ?? false };
}
/** Metadata as fields, all on the one device clients know; empty when the run was asked for none. */
function metadataFields(m: RunMetadata): RunMetadataFields {
  return {
    ...(m.stepStats.devStats.length > 0 ? { stepStats: { devStats: [{ device: CPU, nodeStats: m.stepStats.devStats.flatMap((d) => d.nodeStats) }] } } : {}),
    ...(m.costGraph ? { costGraph: { node: m.costGraph.node.map((n) => ({ ...n, device: CPU })) } } : {}),
    ...(m.partitionGraphs.length > 0 ? { partitionGraphs: m.partitionGraphs } : {}),
  };
}
