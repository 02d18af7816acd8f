// `tfgraph serve`: a master behind gRPC. Real TensorFlow clients use it as `tf.Session('grpc://host:port')`; says on
// `grpc.health.v1.Health` whether it serves. Stops in order: no new steps, those that run are finished, then all is freed.
import type { sendUnaryData, Server, ServerUnaryCall, ServiceDefinition } from '@grpc/grpc-js';
import { CHANNEL_OPTIONS, loadGrpc } from '../session/grpc/load.ts';
import { type Method, METHODS, pathOf } from '../session/grpc/service.ts';
import { UnavailableError } from '../graph/errors.ts';
import type { Engine } from '../session/engines/engine.ts';
import { engineOf } from '../session/options.ts';
import { ConfigProto } from '../session/config.ts';
import { type Answer, MasterCalls } from './calls.ts';
import { Master, type MasterOptions } from './master.ts';

export interface ServeOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /** Address to listen on; default 127.0.0.1. There is no authentication: other addresses serve everybody who reaches them. */
  readonly host?: string;
  /** Default `wasm`. */
  readonly engine?: string;
  /** Sessions open at once; default 1000. */
  readonly maxSessions?: number;
  /** Bytes of a message in either direction; default 2^31 - 1, protobuf's own limit. */
  readonly maxMessageBytes?: number;
  /** Every session has variables of its own. */
  readonly isolate?: boolean;
  /** Bytes that the values of the sessions that share variables, and those of each isolated one, may take (engine `wasm`); default 4 GiB. */
  readonly memoryLimitBytes?: number;
  /** Told of what happens. */
  readonly onEvent?: (event: ServerEvent) => void;
}

/** Something that happened: `call` with its method, the code it was answered with and how long it took. */
export interface ServerEvent {
  readonly event: 'listening' | 'call' | 'stopping' | 'stopped';
  readonly port?: number;
  readonly method?: string;
  readonly code?: number;
  readonly message?: string;
  readonly ms?: number;
  readonly sessions?: number;
}

export interface Serving {
  readonly port: number;
  /** `grpc://127.0.0.1:4711`. */
  readonly target: string;
  /** Stops: waits for running steps, at most so long (default 10 s). */
  stop(graceMs?: number): Promise<void>;
}

const LIMIT = 2 ** 31 - 1;
const HEALTH = '/grpc.health.v1.Health/Check';

/** Starts a server. Errors: RuntimeError when @grpc/grpc-js is not installed, ValueError for an unknown engine, UnavailableError when the port is taken. */
export async function serve(options: ServeOptions = {}): Promise<Serving> {
  const master = masterOf(options);
  return serveMaster(master, new MasterCalls(master), options);
}

/** The master that options describe. */
export function masterOf(options: ServeOptions & Pick<MasterOptions, 'newId'>): Master {
  const config = new ConfigProto(), memoryLimitBytes = options.memoryLimitBytes ?? null;
  const engine = (): Engine => engineOf({ engine: options.engine ?? 'wasm', memoryLimitBytes }, config);
  engine(); // a wrong name fails here
  return new Master({ engine, maxSessions: options.maxSessions ?? 1000, isolate: options.isolate ?? false, memoryLimitBytes: memoryLimitBytes ?? 2 ** 32, ...(options.newId ? { newId: options.newId } : {}) });
}

/** Puts a master behind gRPC; `calls` answers for it. */
export async function serveMaster(master: Master, calls: Pick<MasterCalls, 'answer'>, options: ServeOptions = {}): Promise<Serving> {
  const { host = '127.0.0.1', maxMessageBytes = LIMIT, onEvent = () => undefined } = options;
  const grpc = await loadGrpc();
  let serving = true;
  const server = new grpc.Server({
    ...CHANNEL_OPTIONS, 'grpc.max_receive_message_length': maxMessageBytes, 'grpc.max_send_message_length': maxMessageBytes, 'grpc.so_reuseport': 0,
  });
  server.addService(masterService(), Object.fromEntries(Object.keys(METHODS).map((method) => [method, (call: ServerUnaryCall<Buffer, Uint8Array>, done: sendUnaryData<Uint8Array>) => {
    const start = performance.now();
    const gone = new AbortController();
    call.on('cancelled', () => { gone.abort(); });
    void calls.answer(method as Method, call.request, gone.signal).then((a) => {
      onEvent({ event: 'call', method, ...statusFields(a), ms: Math.round((performance.now() - start) * 10) / 10, sessions: master.sessions });
      if (a.status) done({ code: a.status.code, details: a.status.message });
      else done(null, a.bytes);
    });
  }])));
  server.addService(healthService(), { Check: (_: ServerUnaryCall<Buffer, Uint8Array>, done: sendUnaryData<Uint8Array>) => { done(null, Uint8Array.of(8, serving ? 1 : 2)); } });
  const port = await bind(server, `${host}:${options.port ?? 0}`, grpc.ServerCredentials.createInsecure());
  onEvent({ event: 'listening', port });
  return {
    port, target: `grpc://${host}:${port}`,
    async stop(graceMs = 10_000) {
      serving = false;
      onEvent({ event: 'stopping', sessions: master.sessions });
      master.stop();
      const end = performance.now() + graceMs;
      while (master.running > 0 && performance.now() < end) await new Promise((r) => { setTimeout(r, 10); });
      master.close();
      await new Promise<void>((resolve) => {
        const force = setTimeout(() => { server.forceShutdown(); resolve(); }, 1000);
        server.tryShutdown(() => { clearTimeout(force); resolve(); });
      });
      onEvent({ event: 'stopped' });
    },
  };
}

function statusFields(a: Answer): { code: number; message?: string } { return a.status ? { code: a.status.code, message: a.status.message } : { code: 0 }; }

function bind(server: Server, address: string, credentials: ReturnType<typeof import('@grpc/grpc-js').ServerCredentials.createInsecure>): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => {
      if (error) reject(new UnavailableError(`Cannot listen on ${address}: ${error.message}`, { remedy: 'choose another --port, or 0 for any free one' }));
      else resolve(port);
    });
  });
}

const asIs = (b: Buffer): Buffer => b;
const asBuffer = (b: Uint8Array): Buffer => Buffer.from(b.buffer, b.byteOffset, b.byteLength);
function unary(path: string, originalName: string): ServiceDefinition[string] {
  return { path, originalName, requestStream: false, responseStream: false, requestSerialize: asIs, requestDeserialize: asIs, responseSerialize: asBuffer, responseDeserialize: asIs };
}
function masterService(): ServiceDefinition { return Object.fromEntries(Object.keys(METHODS).map((m) => [m, unary(pathOf(m as Method), m)])); }
function healthService(): ServiceDefinition { return { Check: unary(HEALTH, 'Check') }; }
