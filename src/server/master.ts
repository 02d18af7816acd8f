// The master: sessions by handle, what they share, and the limits of the server. Knows nothing of gRPC.
// Follows core/distributed_runtime/master.cc (1.15): the same calls, texts and codes.
import { AbortedError, ResourceExhaustedError, UnavailableError } from '../graph/errors.ts';
import type { GraphDef } from '../graph/node_def.ts';
import type { Engine } from '../session/engines/engine.ts';
import type { Files } from '../session/files.ts';
import { SharedState } from '../session/shared_state.ts';
import { filesBelow } from './files.ts';
import { MasterSession, type SessionConfig } from './master_session.ts';
import { CPU, type Device } from './placement.ts';
import { RequestIds } from './request_ids.ts';

export interface MasterOptions {
  /** Makes an engine: one for all sessions that share variables, one for each isolated session. */
  readonly engine: () => Engine;
  /** Sessions open at once. When there are so many, one that has been idle for `maxIdleMs` (default an hour) makes room: clients vanish without a word. */
  readonly maxSessions: number;
  readonly maxIdleMs?: number;
  /** Every session has variables of its own, as if all asked for `isolate_session_state`. */
  readonly isolate: boolean;
  /** The files that ops reach; default: none. */
  readonly files?: Files;
  /** What `ListDevices` says of the memory. */
  readonly memoryLimitBytes: number;
  /** Makes handles of sessions and the number of this life of the server; default: at random. */
  readonly newId?: () => bigint;
}

export class Master {
  readonly #options: MasterOptions;
  readonly #sessions = new Map<string, MasterSession>();
  readonly #ids = new RequestIds();
  readonly #device: Device;
  readonly #newId: () => bigint;
  #shared: SharedState | undefined;
  #stopping = false;

  constructor(options: MasterOptions) {
    this.#options = options;
    this.#newId = options.newId ?? randomId;
    this.#device = { name: CPU, deviceType: 'CPU', memoryLimit: options.memoryLimitBytes, incarnation: this.#newId(), physicalDeviceDesc: '' };
  }

  get sessions(): number { return this.#sessions.size; }
  /** Steps under way in all sessions. */
  get running(): number { return [...this.#sessions.values()].reduce((n, s) => n + s.running, 0); }

  /** A new session with a graph. Errors: ResourceExhaustedError when there are too many, those of a graph that is refused. */
  createSession(def: GraphDef, config: SessionConfig): { readonly handle: string; readonly version: bigint } {
    this.#checkOpen();
    const { maxSessions, isolate, engine, files = filesBelow(undefined) } = this.#options;
    if (this.#sessions.size >= maxSessions && !this.#makeRoom()) throw new ResourceExhaustedError(`The server has ${maxSessions} sessions, as many as it may.`, { remedy: 'close sessions, or start the server with a larger --max-sessions' });
    const state = isolate || config.isolateSessionState ? new SharedState(engine(), files) : this.#shared ??= new SharedState(engine(), files);
    const s = new MasterSession(def, config, state);
    const handle = this.#newId().toString(16).padStart(16, '0');
    this.#sessions.set(handle, s);
    return { handle, version: s.version };
  }

  /** Closes the session that has been idle longest, if it has been for long enough. */
  #makeRoom(): boolean {
    const since = Date.now() - (this.#options.maxIdleMs ?? 3_600_000);
    let idle: readonly [string, MasterSession] | undefined;
    for (const e of this.#sessions) if (e[1].running === 0 && e[1].lastUse <= since && (!idle || e[1].lastUse < idle[1].lastUse)) idle = e;
    if (idle) this.closeSession(idle[0]);
    return idle !== undefined;
  }

  /** The session of a handle. Errors: AbortedError when there is none, UnavailableError when the server is stopping. */
  session(handle: string): MasterSession {
    this.#checkOpen();
    return this.#find(handle);
  }
  #find(handle: string): MasterSession {
    const s = this.#sessions.get(handle);
    if (!s) throw new AbortedError(`Session ${handle} is not found.`);
    return s;
  }

  /** Notes the id of a request. Errors: AbortedError when it has been seen. */
  track(requestId: bigint, method: string): void { this.#ids.track(requestId, method); }

  closeSession(handle: string): void {
    const s = this.#find(handle);
    this.#sessions.delete(handle);
    s.close();
  }

  /** The devices; with a handle only for a session that exists. */
  listDevices(handle: string): readonly Device[] {
    if (handle !== '') this.session(handle);
    return [this.#device];
  }

  /** Closes every session and forgets the variables of the containers (of none named: of all). */
  reset(containers: readonly string[]): void {
    this.#closeAll();
    this.#shared?.whenIdle(() => { this.#shared?.variables.clearContainers(containers); });
  }

  /** No new sessions and steps from here on. */
  stop(): void { this.#stopping = true; }
  /** Ends all that is left. */
  close(): void {
    this.stop();
    this.#closeAll();
    this.#shared?.whenIdle(() => { this.#shared?.variables.clear(); });
  }

  #closeAll(): void {
    const open = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const s of open) s.close();
  }
  #checkOpen(): void { if (this.#stopping) throw new UnavailableError('The server is stopping.'); }
}

function randomId(): bigint { return crypto.getRandomValues(new BigUint64Array(1))[0]!; }
