// A master service that stands between our client and a real server and writes down every call, or, without a server,
// answers as it was written down. Requests are compared without their ids, which are random, and without our own address.
import * as grpc from '@grpc/grpc-js';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type Method, METHODS, pathOf } from '../../../src/session/grpc/service.ts';
import type { Codec } from '../../../src/session/grpc/messages.ts';

/** One call: request and response as bytes (base64). A call without response and status got no answer. */
export interface Exchange { readonly method: Method; readonly request: string; response?: string; status?: { readonly code: number; readonly details: string } }

const OPTIONS = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1, 'grpc.enable_http_proxy': 0, 'grpc.so_reuseport': 0 } as const;
const same = (b: Buffer): Buffer => b;

export class Wire {
  readonly #upstream: string | undefined;
  #server: grpc.Server | undefined;
  #client: grpc.Client | undefined;
  #port = 0;
  #front: Server | undefined;
  readonly #sockets = new Set<Socket>();
  #log: Exchange[] = [];
  #todo: Exchange[] = [];
  /** What was asked since `begin`. */
  calls: { readonly method: Method; readonly request: Record<string, unknown> }[] = [];

  /** `upstream`: `host:port` of the real server; without it answers come from what `begin` is given. */
  constructor(upstream?: string) { this.#upstream = upstream; }

  get target(): string { return `grpc://127.0.0.1:${this.#port}`; }

  /** Listens, on the port it had before if any. */
  async start(): Promise<this> {
    const server = new grpc.Server(OPTIONS);
    if (this.#upstream !== undefined) this.#client = new grpc.Client(this.#upstream, grpc.credentials.createInsecure(), { ...OPTIONS, 'grpc.max_reconnect_backoff_ms': 200, 'grpc.use_local_subchannel_pool': 1 });
    for (const method of Object.keys(METHODS) as Method[]) {
      server.register<Buffer, Buffer>(pathOf(method), ((call: grpc.ServerUnaryCall<Buffer, Buffer>, answer: grpc.sendUnaryData<Buffer>) => { this.#answer(method, call, answer); }) as never, same, same, 'unary');
    }
    const inner = await new Promise<number>((resolve, reject) => { server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (e, port) => { if (e) reject(e); else resolve(port); }); });
    this.#server = server;
    // Clients come through sockets of ours, which can end as those of a killed process do.
    const front = createServer((socket) => {
      const behind = connect(inner, '127.0.0.1').setNoDelay();
      socket.setNoDelay();
      for (const [from, to] of [[socket, behind], [behind, socket]] as const) from.pipe(to).on('error', () => { from.destroy(); });
      this.#sockets.add(socket);
      socket.on('close', () => { this.#sockets.delete(socket); behind.destroy(); });
    });
    await new Promise<void>((resolve) => { front.listen(this.#port, '127.0.0.1', resolve); });
    this.#port = (front.address() as AddressInfo).port;
    this.#front = front;
    return this;
  }
  /** Drops every connection and stops listening. */
  stop(): void {
    this.#front?.close();
    for (const s of this.#sockets) s.resetAndDestroy();
    this.#server?.forceShutdown();
    this.#client?.close();
    this.#server = this.#client = this.#front = undefined;
  }

  /** Begins a check: the calls it will make, where they are known. */
  begin(recorded: readonly Exchange[] = []): void {
    this.#log = [];
    this.#todo = [...recorded];
    this.calls = [];
  }
  /** Ends a check: the calls it made. */
  end(): readonly Exchange[] { return this.#log; }
  /** Recorded calls that were not made. */
  get left(): readonly Exchange[] { return this.#todo; }

  #answer(method: Method, call: grpc.ServerUnaryCall<Buffer, Buffer>, answer: grpc.sendUnaryData<Buffer>): void {
    const codec = METHODS[method].request as Codec<object>;
    const request = codec.decode(call.request) as Record<string, unknown>;
    this.calls.push({ method, request });
    const key = Buffer.from(codec.encode({ ...request, requestId: undefined, ...(method === 'CreateSession' ? { target: '' } : {}) })).toString('base64');
    if (this.#upstream === undefined) { this.#replay(method, key, answer); return; }
    const exchange: Exchange = { method, request: key };
    this.#log.push(exchange);
    const upstream = this.#client!.makeUnaryRequest(pathOf(method), same, same, call.request, new grpc.Metadata({ waitForReady: true }), (e, response) => {
      if (e?.code === grpc.status.CANCELLED && call.cancelled) return;
      if (e) exchange.status = { code: e.code, details: e.details };
      else exchange.response = response!.toString('base64');
      if (e) answer(exchange.status!, null);
      else answer(null, response);
    });
    call.on('cancelled', () => { upstream.cancel(); });
  }

  #replay(method: Method, key: string, answer: grpc.sendUnaryData<Buffer>): void {
    const at = this.#todo.findIndex((x) => x.method === method && x.request === key);
    if (at < 0) { answer({ code: grpc.status.INTERNAL, details: `nothing recorded for this ${method}` }, null); return; }
    const [{ response, status }] = this.#todo.splice(at, 1) as [Exchange];
    if (status) answer(status, null);
    else if (response !== undefined) answer(null, Buffer.from(response, 'base64'));
  }
}
