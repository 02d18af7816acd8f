// A connection to a master: one call at a time is sent, answered, retried, timed out or cancelled. Sessions on one address
// share a TCP connection (gRPC pools them). Follows GrpcRemoteMaster::CallWithRetry in
// core/distributed_runtime/rpc/grpc_remote_master.cc (1.15).
import type { Client, ClientUnaryCall, Metadata, ServiceError } from '@grpc/grpc-js';
import { CancelledError, DeadlineExceededError, InvalidArgumentError, type OpError } from '../../graph/errors.ts';
import type { RpcOptions } from '../master.ts';
import { CHANNEL_OPTIONS, type Grpc, loadGrpc } from './load.ts';
import { type Method, METHODS, pathOf, type RequestOf, type ResponseOf, serializer } from './service.ts';
import type { Codec } from './messages.ts';
import { errorOf } from './status.ts';

/** How one call may end early. */
export interface CallLimits {
  /** 0: none. */
  readonly timeoutInMs: number;
  readonly signal?: AbortSignal | null;
}

interface Open { readonly grpc: Grpc; readonly client: Client; readonly metadata: Metadata }
const UNAVAILABLE = 14;
/** Bytes that a server may send before we have read them. */
const WINDOW = 1 << 24;

export class Channel {
  readonly #address: string;
  readonly #rpc: RpcOptions;
  #open: Promise<Open> | undefined;
  /** It, once it is there: no call waits for a promise then. */
  #now: Open | undefined;

  /** `target`: `grpc://host:port`. Nothing is loaded or connected yet. */
  constructor(target: string, rpc: RpcOptions) {
    this.#address = target.slice('grpc://'.length);
    this.#rpc = rpc;
  }

  /** Loads gRPC. */
  async open(): Promise<Open> {
    this.#open ??= loadGrpc().then((grpc) => {
      if (!/^[^/]+:\d+$/.test(this.#address)) throw new InvalidArgumentError(`Could not interpret "${this.#address}" as a host-port pair.`, { remedy: 'targets look like grpc://localhost:2222' });
      const backoff = this.#rpc.maxReconnectBackoffMs ?? 1000;
      const metadata = new grpc.Metadata({ waitForReady: this.#rpc.waitForReady ?? true });
      const client = new grpc.Client(this.#address, grpc.credentials.createInsecure(), {
        ...CHANNEL_OPTIONS, 'grpc.max_reconnect_backoff_ms': backoff, 'grpc.initial_reconnect_backoff_ms': Math.min(backoff, 100), 'grpc-node.flow_control_window': WINDOW,
      });
      return (this.#now = { grpc, client, metadata });
    });
    return this.#open;
  }
  /** Lets go of the connection; calls under way go on. */
  close(): void { void this.#open?.then((o) => { o.client.close(); }, () => undefined); }

  /** One call. Sends it again while the server is unavailable. Errors: the classes of `tf.errors`; CancelledError when `signal` aborts. */
  async call<M extends Method>(method: M, request: RequestOf<M>, limits: CallLimits): Promise<ResponseOf<M>> {
    const open = this.#now ?? await this.open();
    const deadline = limits.timeoutInMs > 0 ? Date.now() + limits.timeoutInMs : Infinity;
    for (let retry = 0; ; retry++) {
      const answer = await send(open, method, request, deadline, limits.signal ?? null);
      if (!('status' in answer)) return answer.response;
      const { status } = answer;
      if (status.code === UNAVAILABLE && retry < (this.#rpc.maxRetries ?? 10) && Date.now() < deadline) {
        await pause(Math.min(1000, 1.3 ** retry) * (0.6 + 0.4 * Math.random()), limits.signal ?? null);
        continue;
      }
      throw statusError(status, this.#address, limits);
    }
  }
}

type Answer<M extends Method> = { readonly response: ResponseOf<M> } | { readonly status: Pick<ServiceError, 'code' | 'details'> };

function send<M extends Method>({ client, metadata }: Open, method: M, request: RequestOf<M>, deadline: number, signal: AbortSignal | null): Promise<Answer<M>> {
  const { request: asked, response: answered } = METHODS[method] as unknown as { request: Codec<RequestOf<M>>; response: Codec<ResponseOf<M>> };
  return new Promise((resolve, reject) => {
    let failure: unknown;
    // Where one of our codecs throws its error is the one to report, not gRPC's.
    const guarded = <A, B>(f: (a: A) => B) => (a: A): B => { try { return f(a); } catch (e) { failure = e; throw e; } };
    if (signal?.aborted) { reject(aborted(signal)); return; }
    let call: ClientUnaryCall | undefined;
    const abort = (): void => { call?.cancel(); };
    signal?.addEventListener('abort', abort);
    try {
      call = client.makeUnaryRequest(pathOf(method), guarded(serializer(asked)), guarded((b: Buffer) => answered.decode(b)), request, metadata, { deadline }, (e, response) => {
        signal?.removeEventListener('abort', abort);
        if (failure !== undefined) reject(failure as Error);
        else if (signal?.aborted) reject(aborted(signal));
        else if (e) resolve({ status: { code: e.code, details: e.details } });
        else resolve({ response: response! });
      });
    } catch (e) {
      signal?.removeEventListener('abort', abort);
      reject(failure ?? e);
    }
  });
}

function aborted(signal: AbortSignal): CancelledError {
  const e = new CancelledError('Run call was cancelled');
  e.cause = signal.reason;
  return e;
}
async function pause(ms: number, signal: AbortSignal | null): Promise<void> {
  await new Promise((resolve) => { setTimeout(resolve, ms); });
  if (signal?.aborted) throw aborted(signal);
}

/** The error of a call that was not answered as asked. */
function statusError({ code, details }: Pick<ServiceError, 'code' | 'details'>, address: string, limits: CallLimits): OpError {
  if (code === (DeadlineExceededError.code as number)) {
    return new DeadlineExceededError('Deadline Exceeded', { remedy: `the call to ${address} was given ${limits.timeoutInMs} ms (timeoutInMs of tf.RunOptions, operationTimeoutInMs of tf.ConfigProto)` });
  }
  return errorOf(code, details, recovery(code, address));
}

/** What to do when a server is gone or has forgotten the session. */
export function recovery(code: number, address: string): { readonly remedy?: string } {
  if (code === UNAVAILABLE) return { remedy: `is there a server at ${address}? When it is back, open a new session and restore the variables` };
  return code === 10 ? { remedy: 'the server has lost or ended the session: open a new session and restore the variables' } : {};
}
