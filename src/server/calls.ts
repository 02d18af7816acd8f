// The calls of the master service on a master: bytes in, bytes or a status out. Transport is somebody else's (service.ts).
// A failed step is a status inside the answer when the client asks for that, as TF 1.15's do.
import { DecodeError, InvalidArgumentError, UnimplementedError } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import type { AttrInt } from '../graph/node_def.ts';
import type { ConfigFields, RunMetadataFields, RunOptionFields } from '../session/grpc/messages.ts';
import { FRAME_HEAD } from '../session/grpc/connection.ts';
import { type Method, METHODS, type RequestOf, type ResponseOf } from '../session/grpc/service.ts';
import type { Status } from '../session/grpc/status.ts';
import type { RunMetadata } from '../session/run_options.ts';
import type { Master } from './master.ts';
import { CPU } from './placement.ts';
import type { SessionConfig, StepOptions } from './master_session.ts';
import { nodeStatus } from './status.ts';

/** What a call is answered with: a message with FRAME_HEAD bytes of room in front, or a status. `failed`: the status that stands in the message. */
export type Answer = { readonly frame: Uint8Array; readonly failed?: Status; readonly status?: undefined } | { readonly status: Status };
type Calls = { readonly [M in Method]: (request: RequestOf<M>, signal: AbortSignal) => ResponseOf<M> | Promise<ResponseOf<M>> };

/** The calls of a master. */
export class MasterCalls {
  readonly #master: Master;
  constructor(master: Master) { this.#master = master; }

  /** Answers a call. Never throws. `signal`: the client has gone, or has had enough. */
  async answer(method: Method, body: Uint8Array, signal: AbortSignal): Promise<Answer> {
    try {
      const { request, response } = METHODS[method];
      const call = this.#calls[method] as (r: unknown, s: AbortSignal) => object | Promise<object>;
      const told = await call(request.decode(body), signal);
      const frame = (response.encode as (m: object, room: number) => Uint8Array)(told, FRAME_HEAD);
      return 'statusCode' in told ? { frame, failed: { code: told.statusCode as number, message: (told as ResponseOf<'RunStep'>).statusErrorMessage ?? '' } } : { frame };
    } catch (e) {
      return { status: e instanceof DecodeError ? nodeStatus(new InvalidArgumentError(e.text)) : nodeStatus(e) };
    }
  }

  readonly #calls: Calls = {
    CreateSession: (r) => {
      const { handle, version } = this.#master.createSession(r.graphDef ?? EMPTY_GRAPH, configOf(r.config));
      return { sessionHandle: handle, graphVersion: version };
    },
    ExtendSession: (r) => ({ newGraphVersion: this.#session(r).extend(r.graphDef ?? EMPTY_GRAPH, BigInt(r.currentGraphVersion ?? 0)) }),
    RunStep: async (r, signal) => {
      try {
        this.#track(r, 'RunStep (RunStepRequest)');
        const fetches = r.fetch ?? [];
        const feeds = (r.feed ?? []).map((f) => [f.name ?? '', given(f.tensor)] as const);
        const { values, metadata } = await this.#session(r).run({ feeds, fetches, targets: r.target ?? [] }, optionsOf(r.options), r.partialRunHandle ?? '', signal);
        return { tensor: values.map((tensor, i) => ({ name: fetches[i]!, tensor })), metadata: metadataFields(metadata) };
      } catch (e) {
        if (r.storeErrorsInResponseBody !== true) throw e;
        const { code, message } = nodeStatus(e);
        return { statusCode: code, statusErrorMessage: message };
      }
    },
    PartialRunSetup: async (r) => {
      this.#track(r, 'PartialRunSetup (PartialRunSetupRequest)');
      return { partialRunHandle: await this.#session(r).setUpPartialRun(r.feed ?? [], r.fetch ?? [], r.target ?? []) };
    },
    CloseSession: (r) => {
      this.#master.closeSession(r.sessionHandle ?? '');
      return {};
    },
    ListDevices: (r) => ({ localDevice: [...this.#master.listDevices(r.sessionHandle ?? '')] }),
    Reset: (r) => {
      this.#master.reset(r.container ?? []);
      return {};
    },
    MakeCallable: (r) => {
      this.#track(r, 'MakeCallable (MakeCallableRequest)');
      const o = r.options ?? {};
      if (o.tensorConnection?.length) throw new UnimplementedError('Callables with tensor connections are not available.');
      if (Object.keys(o.feedDevices ?? {}).length + Object.keys(o.fetchDevices ?? {}).length > 0) throw new UnimplementedError('feed_devices and fetch_devices configuration not yet supported for remote sessions.');
      return { handle: this.#session(r).makeCallable({ feeds: o.feed ?? [], fetches: o.fetch ?? [], targets: o.target ?? [] }, optionsOf(o.runOptions)) };
    },
    RunCallable: async (r, signal) => {
      this.#track(r, 'RunCallable (RunCallableRequest)');
      const { values, metadata } = await this.#session(r).runCallable(BigInt(r.handle ?? 0), r.feed ?? [], signal);
      return { fetch: [...values], metadata: metadataFields(metadata) };
    },
    ReleaseCallable: (r) => {
      this.#session(r).releaseCallable(BigInt(r.handle ?? 0));
      return {};
    },
  };

  #session(r: { readonly sessionHandle?: string }): ReturnType<Master['session']> { return this.#master.session(r.sessionHandle ?? ''); }
  #track(r: { readonly requestId?: AttrInt }, method: string): void { this.#master.track(BigInt(r.requestId ?? 0), method); }
}

const EMPTY_GRAPH = { node: [], versions: { producer: 0 } };

function given(tensor: NDArray | undefined): NDArray {
  if (!tensor) throw new InvalidArgumentError('A feed has no tensor.');
  return tensor;
}
function configOf(c: ConfigFields = {}): SessionConfig {
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
