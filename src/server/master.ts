// The master: knows the sessions by handle, where they are executed, and the limits of the server; answers every call, those of
// sessions through their executor. It works in the thread of the network and never waits: what times out, is closed or is
// wanted no more is answered at once. Knows nothing of gRPC. Follows core/distributed_runtime/master.cc (1.15): the same
// calls, texts and codes.
import { AbortedError, CancelledError, DeadlineExceededError, type OpError, ResourceExhaustedError, UnavailableError } from '../graph/errors.ts';
import { FRAME_HEAD } from '../session/grpc/body.ts';
import { type Method, METHODS } from '../session/grpc/service.ts';
import type { Status } from '../session/grpc/status.ts';
import { type Answer, configOf, inBody, type SessionMethod, statusOfFailure } from './calls.ts';
import { type Container, Lanes, type LanesOptions } from './lanes.ts';
import { CLOSED, type SessionConfig } from './master_session.ts';
import { CPU, type Device } from './placement.ts';
import { RequestIds } from './request_ids.ts';
import { type Route, routeOf } from './route.ts';

export interface MasterOptions extends LanesOptions {
  /** Sessions open at once. When there are so many, one that has been idle for `maxIdleMs` (default an hour) makes room: clients vanish without a word. */
  readonly maxSessions: number;
  readonly maxIdleMs?: number;
  /** Every session has variables of its own, as if all asked for `isolate_session_state`. */
  readonly isolate: boolean;
  /** What `ListDevices` says of the memory. */
  readonly deviceMemoryBytes: number;
  /** Makes handles of sessions and the number of this life of the server; default: at random. */
  readonly newId?: () => bigint;
  /** Told of an executor that has ended by itself, and how many sessions are lost with it. */
  readonly onLost?: (why: Status, sessions: number) => void;
}

/** A call under way; `end` answers it with an error. */
interface Call { readonly end: (why: OpError) => void }
/** A session. */
interface Open {
  readonly handle: string;
  readonly container: Container;
  readonly calls: Set<Call>;
  /** Milliseconds that a step may take; 0: as many as it wants. And those of callables that say so, by handle. */
  readonly timeoutInMs: number;
  readonly callableTimeouts: Map<string, number>;
  lastUse: number;
}

export class Master {
  readonly #options: MasterOptions;
  readonly #lanes: Lanes;
  readonly #sessions = new Map<string, Open>();
  readonly #ids = new RequestIds();
  readonly #device: Device;
  readonly #newId: () => bigint;
  /** Handles of sessions that were refused: nobody has heard of them. */
  readonly #unused: string[] = [];
  /** Where the sessions are that are not isolated. */
  #shared: Container | undefined;
  #stopping = false;

  constructor(options: MasterOptions) {
    this.#options = options;
    this.#lanes = new Lanes(options, {
      closed: (container, isEmpty) => { this.#closedIn(container, isEmpty); },
      lost: (containers, why) => { this.#lost(containers, why); },
    });
    this.#newId = options.newId ?? randomId;
    this.#device = { name: CPU, deviceType: 'CPU', memoryLimit: options.deviceMemoryBytes, incarnation: this.#newId(), physicalDeviceDesc: '' };
  }

  get sessions(): number { return this.#sessions.size; }
  /** Executors there are. */
  get executors(): number { return this.#lanes.count; }
  /** Calls under way in all sessions. */
  get running(): number {
    let n = 0;
    for (const s of this.#sessions.values()) n += s.calls.size;
    return n;
  }

  /** Answers a call. Never rejects. `signal`: the client has gone, or has had enough. */
  async answer(method: Method, body: Uint8Array, signal: AbortSignal): Promise<Answer> {
    try {
      switch (method) {
        case 'ListDevices': {
          const { sessionHandle = '' } = METHODS[method].request.decode(body);
          if (sessionHandle !== '') { this.#checkOpen(); this.#find(sessionHandle); }
          return { frame: METHODS[method].response.encode({ localDevice: [this.#device] }, FRAME_HEAD) };
        }
        case 'CloseSession':
          this.#close(this.#find(METHODS[method].request.decode(body).sessionHandle ?? ''));
          return empty();
        case 'Reset':
          this.#reset(METHODS[method].request.decode(body).container ?? []);
          return empty();
        default: return await this.#pass(method, body, signal);
      }
    } catch (e) {
      return { status: statusOfFailure(e) };
    }
  }

  /** A call of a session, for its executor. */
  async #pass(method: SessionMethod, body: Uint8Array, signal: AbortSignal): Promise<Answer> {
    const route = routeOf(method, body);
    const refuse = (e: unknown): Answer => {
      const status = statusOfFailure(e);
      return route.storeErrorsInResponseBody ? { frame: METHODS.RunStep.response.encode(inBody(status), FRAME_HEAD), failed: status } : { status };
    };
    let s: Open;
    try {
      this.#ids.track(BigInt(route.requestId ?? 0), `${method} (${method}Request)`);
      this.#checkOpen();
      s = method === 'CreateSession' ? this.#create(configOf(route.config)) : this.#find(route.sessionHandle ?? '');
    } catch (e) {
      return refuse(e);
    }
    const sent = s.container.lane.call(method, body, s.handle, s.container.id);
    const call: Call = { end: (why) => { sent.end(refuse(why)); } };
    const gone = (): void => { call.end(new CancelledError('Run call was cancelled')); };
    const ms = timeoutOf(s, method, route);
    const timer = ms > 0 && ms < 2 ** 31 ? setTimeout(() => { call.end(new DeadlineExceededError('Timed out waiting for notification')); }, ms) : undefined;
    s.calls.add(call);
    signal.addEventListener('abort', gone);
    if (signal.aborted) gone();
    const answer = await sent.answer;
    signal.removeEventListener('abort', gone);
    clearTimeout(timer);
    s.calls.delete(call);
    s.lastUse = Date.now();
    if (method === 'CreateSession' && answer.status && this.#sessions.get(s.handle) === s) {
      this.#close(s);
      this.#unused.push(s.handle);
    }
    if (method === 'MakeCallable' && !answer.status) noteTimeout(s, route, answer.frame);
    return answer;
  }

  /** Room and a place for a session that is to be made. Errors: ResourceExhaustedError when there are too many. */
  #create(config: SessionConfig): Open {
    const { maxSessions, isolate } = this.#options;
    if (this.#sessions.size >= maxSessions && !this.#makeRoom()) throw new ResourceExhaustedError(`The server has ${maxSessions} sessions, as many as it may.`, { remedy: 'close sessions, or start the server with a larger --max-sessions' });
    const container = isolate || config.isolateSessionState ? this.#lanes.place() : this.#shared ??= this.#lanes.place();
    const handle = this.#unused.pop() ?? this.#newId().toString(16).padStart(16, '0');
    const s: Open = { handle, container, calls: new Set(), timeoutInMs: config.operationTimeoutInMs, callableTimeouts: new Map(), lastUse: Date.now() };
    this.#sessions.set(handle, s);
    return s;
  }
  /** Closes the session that has been idle longest, if it has been for long enough. */
  #makeRoom(): boolean {
    const since = Date.now() - (this.#options.maxIdleMs ?? 3_600_000);
    let idle: Open | undefined;
    for (const s of this.#sessions.values()) if (s.calls.size === 0 && s.lastUse <= since && (!idle || s.lastUse < idle.lastUse)) idle = s;
    if (idle) this.#close(idle);
    return idle !== undefined;
  }
  #find(handle: string): Open {
    const s = this.#sessions.get(handle);
    if (!s) throw new AbortedError(`Session ${handle} is not found.`);
    return s;
  }

  #close(s: Open): void {
    this.#sessions.delete(s.handle);
    for (const c of s.calls) c.end(new CancelledError(CLOSED));
    s.container.lane.closeSession(s.handle, s.container.id);
    if (s.container !== this.#shared) this.#lanes.drop(s.container);
  }
  /** Closes every session and forgets the variables of the containers named; of all, when none is: then those who come next need not wait for what still runs. */
  #reset(names: readonly string[]): void {
    for (const s of this.#sessions.values()) this.#close(s);
    if (!this.#shared) return;
    if (names.length > 0) this.#shared.lane.resetContainer(this.#shared.id, names);
    else this.#dropShared();
  }
  #dropShared(): void {
    if (this.#shared) this.#lanes.drop(this.#shared);
    this.#shared = undefined;
  }
  /** A session of a container has been closed. Without sessions and variables the shared one is nothing. */
  #closedIn(container: number, isEmpty: boolean): void {
    if (!isEmpty || this.#shared?.id !== container) return;
    for (const s of this.#sessions.values()) if (s.container === this.#shared) return;
    this.#dropShared();
  }
  #lost(containers: ReadonlySet<number>, why: Status): void {
    let sessions = 0;
    for (const s of this.#sessions.values()) if (containers.has(s.container.id) && this.#sessions.delete(s.handle)) sessions++;
    if (this.#shared && containers.has(this.#shared.id)) this.#shared = undefined;
    this.#options.onLost?.(why, sessions);
  }

  /** No new sessions and steps from here on. */
  stop(): void { this.#stopping = true; }
  /** Ends all that is left. */
  async close(): Promise<void> {
    this.stop();
    this.#reset([]);
    await this.#lanes.close();
  }
  #checkOpen(): void { if (this.#stopping) throw new UnavailableError('The server is stopping.'); }
}

function empty(): Answer { return { frame: new Uint8Array(FRAME_HEAD) }; }

function timeoutOf(s: Open, method: SessionMethod, r: Route): number {
  if (method === 'RunStep') return Number(r.options?.timeoutInMs ?? 0) || s.timeoutInMs;
  return method === 'RunCallable' ? s.callableTimeouts.get(String(r.handle ?? 0)) ?? s.timeoutInMs : 0;
}
function noteTimeout(s: Open, r: Route, frame: Uint8Array): void {
  const ms = Number(r.options?.runOptions?.timeoutInMs ?? 0);
  if (ms > 0) s.callableTimeouts.set(String(METHODS.MakeCallable.response.decode(frame.subarray(FRAME_HEAD)).handle ?? 0), ms);
}
function randomId(): bigint { return crypto.getRandomValues(new BigUint64Array(1))[0]!; }
