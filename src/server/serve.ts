// `tfgraph serve`: a master behind gRPC. Real TensorFlow clients use it as `tf.Session('grpc://host:port')`; says on
// `grpc.health.v1.Health` whether it serves. Stops in order: no new steps, those that run are finished, then all is freed.
import { type Method, METHODS, pathOf } from '../session/grpc/service.ts';
import type { Answer } from './calls.ts';
import { engineFor, type ExecutorSettings } from './executor.ts';
import { filesBelow } from './files.ts';
import { Master, type MasterOptions } from './master.ts';
import { UnaryServer, type UnaryMethod } from './unary_server.ts';

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
  /** Bytes that the values of the sessions that share variables, and those of each isolated one, may take (engine `wasm`), and graphs and plans of an executor again (at least 512 MiB); default 4 GiB. */
  readonly memoryLimitBytes?: number;
  /** Threads at most that execute steps (default 8): one for the sessions that share variables and one for each isolated session, as long
   * as there may be more. 0: everything happens in the thread of the network, so that a long kernel holds up every client. */
  readonly executors?: number;
  /** What such a thread runs, where a program was bundled without `executor_worker.js` beside it. */
  readonly executorScript?: URL;
  /** The directory whose files ops may read and write, links followed; relative paths start there. Default: none, every access is PermissionDeniedError. */
  readonly root?: string;
  /** Told of what happens. */
  readonly onEvent?: (event: ServerEvent) => void;
}

/** Something that happened: `call` with its method, the code it was answered with and how long it took; `lost` with the reason
 * why an executor ended, and the number of its sessions. */
export interface ServerEvent {
  readonly event: 'listening' | 'call' | 'lost' | 'stopping' | 'stopped';
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

/** Beside this file. Sources that are not compiled have none that Node reads. */
const SCRIPT = new URL(import.meta.url.endsWith('.ts') ? './executor_worker.ts' : './executor_worker.js', import.meta.url);
const LIMIT = 2 ** 31 - 1;
/** Bytes that graphs and plans of an executor may take at the least. */
const LEAST_HEAP = 2 ** 29;
/** Milliseconds that an executor may go on with what nobody wants any more. */
const GRACE_MS = 5000;
const HEALTH = '/grpc.health.v1.Health/Check';

/** Starts a server. Errors: ValueError for an unknown engine or a root that is no directory, UnavailableError when the port is taken. */
export async function serve(options: ServeOptions = {}): Promise<Serving> {
  return serveMaster(masterOf(options), options);
}

/** The master that options describe. */
export function masterOf(options: ServeOptions & Pick<MasterOptions, 'newId'>): Master {
  const { engine = 'wasm', memoryLimitBytes = null, maxSessions = 1000, isolate = false, root = null, executorScript, onEvent, newId } = options;
  const executors = options.executors ?? (executorScript || SCRIPT.pathname.endsWith('.js') ? 8 : 0);
  const deviceMemoryBytes = memoryLimitBytes ?? 2 ** 32;
  const executor: ExecutorSettings = { engine, memoryLimitBytes, root, heapLimitBytes: Math.max(deviceMemoryBytes, LEAST_HEAP) };
  engineFor(executor); // a wrong name fails here
  filesBelow(root); // and a wrong directory
  return new Master({
    executor, executors, script: executorScript ?? SCRIPT, maxSessions, isolate, deviceMemoryBytes, graceMs: GRACE_MS, ...(newId ? { newId } : {}),
    onLost: ({ code, message }, sessions) => { onEvent?.({ event: 'lost', code, message, sessions }); },
  });
}

/** Puts a master behind gRPC; `calls` answers for it. */
export async function serveMaster(master: Master, options: ServeOptions = {}, calls: Pick<Master, 'answer'> = master): Promise<Serving> {
  const { host = '127.0.0.1', maxMessageBytes = LIMIT, onEvent = () => undefined } = options;
  let serving = true;
  const methods = new Map<string, UnaryMethod>((Object.keys(METHODS) as Method[]).map((method) => [pathOf(method), async (message, signal) => {
    const start = performance.now();
    const a = await calls.answer(method, message, signal);
    onEvent({ event: 'call', method, ...statusFields(a), ms: Math.round((performance.now() - start) * 10) / 10, sessions: master.sessions });
    return a.status ? { status: a.status } : { frame: a.frame };
  }]));
  methods.set(HEALTH, () => Promise.resolve({ frame: Uint8Array.of(0, 0, 0, 0, 0, 8, serving ? 1 : 2) }));
  const server = new UnaryServer(methods, maxMessageBytes);
  const port = await server.listen(host, options.port ?? 0);
  onEvent({ event: 'listening', port });
  return {
    port, target: `grpc://${host}:${port}`,
    async stop(graceMs = 10_000) {
      serving = false;
      onEvent({ event: 'stopping', sessions: master.sessions });
      master.stop();
      const end = performance.now() + graceMs;
      while (master.running > 0 && performance.now() < end) await new Promise((r) => { setTimeout(r, 10); });
      await master.close();
      await server.close(1000);
      onEvent({ event: 'stopped' });
    },
  };
}

function statusFields(a: Answer): { code: number; message?: string } { return a.status ?? a.failed ?? { code: 0 }; }
