// A client of a master without a transport: requests and answers as the bytes that gRPC would carry.
import { Graph } from '../../src/graph/graph.ts';
import type { GraphDef } from '../../src/graph/node_def.ts';
import type { NDArray } from '../../src/graph/ndarray.ts';
import { Master, type MasterOptions } from '../../src/server/master.ts';
import { FRAME_HEAD } from '../../src/session/grpc/body.ts';
import { type Method, METHODS, type RequestOf, type ResponseOf } from '../../src/session/grpc/service.ts';
import { errorOf } from '../../src/session/grpc/status.ts';

/** A master; by default everything happens in this thread. */
export function newMaster(options: Partial<MasterOptions> & { readonly engineName?: string; readonly root?: string | null } = {}): Master {
  const executor = { root: options.root ?? null, engine: options.engineName ?? 'reference', memoryLimitBytes: null, heapLimitBytes: 2 ** 29 };
  return new Master({ executor, executors: 0, script: new URL('none:'), graceMs: 1000, maxSessions: 100, isolate: false, deviceMemoryBytes: 2 ** 30, ...options });
}

export class MasterClient {
  readonly master: Master;
  constructor(master: Master = newMaster()) { this.master = master; }

  /** A call; a status becomes the error it means. */
  async call<M extends Method>(method: M, request: RequestOf<M>, signal = new AbortController().signal): Promise<ResponseOf<M>> {
    const { request: asks, response } = METHODS[method];
    const a = await this.master.answer(method, asks.encode(request as never), signal);
    if (a.status) throw errorOf(a.status.code, a.status.message);
    return response.decode(a.frame.subarray(FRAME_HEAD)) as ResponseOf<M>;
  }

  async open(def: GraphDef | Graph, config: RequestOf<'CreateSession'>['config'] = {}): Promise<ServerSession> {
    const graphDef = def instanceof Graph ? def.asGraphDef() : def;
    return new ServerSession(this, (await this.call('CreateSession', { graphDef, config })).sessionHandle!);
  }
}

/** A session of such a client. */
export class ServerSession {
  readonly client: MasterClient;
  readonly handle: string;
  constructor(client: MasterClient, handle: string) { this.client = client; this.handle = handle; }

  /** Fetched values as nested arrays, in the order of `fetch`; feeds by name. */
  async run(fetch: readonly string[], feeds: Readonly<Record<string, NDArray>> = {}, more: Partial<RequestOf<'RunStep'>> = {}, signal = new AbortController().signal): Promise<unknown[]> {
    const r = await this.client.call('RunStep', { sessionHandle: this.handle, fetch, feed: Object.entries(feeds).map(([name, tensor]) => ({ name, tensor })), ...more }, signal);
    if (r.statusCode !== undefined) throw errorOf(r.statusCode, r.statusErrorMessage ?? '');
    return (r.tensor ?? []).map((t) => (t.tensor!.shape.length === 0 ? t.tensor!.flat(0) : t.tensor!.toArray()));
  }
  async extend(graphDef: GraphDef, version = 0): Promise<number> { return Number((await this.client.call('ExtendSession', { sessionHandle: this.handle, graphDef, currentGraphVersion: version })).newGraphVersion); }
  async close(): Promise<void> { await this.client.call('CloseSession', { sessionHandle: this.handle }); }
}

/** `Class: text` of what a promise is refused with. */
export async function refusal(p: Promise<unknown>): Promise<string> {
  try { await p; } catch (e) { return `${(e as Error).name}: ${(e as { text?: string }).text ?? (e as Error).message}`; }
  return 'no error';
}
