// Calls of the master service: one call at a time is sent, answered, retried, timed out or cancelled. Follows
// GrpcRemoteMaster::CallWithRetry in core/distributed_runtime/rpc/grpc_remote_master.cc (1.15).
import { CancelledError, DeadlineExceededError, InvalidArgumentError, type OpError } from '../../graph/errors.ts';
import type { RpcOptions } from '../master.ts';
import { FRAME_HEAD } from './body.ts';
import { Connection } from './connection.ts';
import { giveBack, take } from './memory.ts';
import type { Codec } from './messages.ts';
import { type Method, METHODS, pathOf, type RequestOf, type ResponseOf } from './service.ts';
import { errorOf, type Status } from './status.ts';

/** How one call may end early. */
export interface CallLimits {
  /** 0: none. */
  readonly timeoutInMs: number;
  readonly signal?: AbortSignal | null;
}
const UNAVAILABLE = 14, ABORTED = 10;

export class Channel {
  readonly #address: string;
  readonly #rpc: RpcOptions;
  readonly #connection: Connection;

  /** `target`: `grpc://host:port`. Nothing is connected yet. */
  constructor(target: string, rpc: RpcOptions) {
    this.#address = target.slice('grpc://'.length);
    this.#rpc = rpc;
    this.#connection = new Connection(this.#address, rpc.maxReconnectBackoffMs ?? 1000);
  }

  /** Lets go of the connection; calls under way go on. */
  close(): void { this.#connection.close(); }

  /** One call. Sends it again while the server is unavailable. Errors: the classes of `tf.errors`; CancelledError when `signal` aborts. */
  async call<M extends Method>(method: M, request: RequestOf<M>, limits: CallLimits): Promise<ResponseOf<M>> {
    if (!/^[^/]+:\d+$/.test(this.#address)) throw new InvalidArgumentError(`Could not interpret "${this.#address}" as a host-port pair.`, { remedy: 'targets look like grpc://localhost:2222' });
    const { request: asked, response: answered } = METHODS[method] as unknown as { request: Codec<RequestOf<M>>; response: Codec<ResponseOf<M>> };
    const frame = asked.encode(request, FRAME_HEAD, take);
    const unary = { deadline: limits.timeoutInMs > 0 ? Date.now() + limits.timeoutInMs : Infinity, signal: limits.signal ?? null, waitForReady: this.#rpc.waitForReady ?? true };
    for (let retry = 0; ; retry++) {
      const reply = await this.#connection.unary(pathOf(method), frame, unary);
      if ('message' in reply) {
        if (reply.sent) giveBack(frame);
        return answered.decode(reply.message, { sharesBytes: true });
      }
      if (unary.signal?.aborted) throw aborted(unary.signal);
      if (reply.status.code !== UNAVAILABLE || retry >= (this.#rpc.maxRetries ?? 10) || Date.now() >= unary.deadline) throw statusError(reply.status, this.#address, limits);
      await new Promise((resolve) => { setTimeout(resolve, Math.min(1000, 1.3 ** retry) * (0.6 + 0.4 * Math.random())); });
    }
  }
}

function aborted(signal: AbortSignal): CancelledError {
  const e = new CancelledError('Run call was cancelled');
  e.cause = signal.reason;
  return e;
}

/** The error of a call that was not answered as asked. */
function statusError({ code, message }: Status, address: string, limits: CallLimits): OpError {
  if (code === (DeadlineExceededError.code as number) && limits.timeoutInMs > 0) {
    return new DeadlineExceededError('Deadline Exceeded', { remedy: `the call to ${address} was given ${limits.timeoutInMs} ms (timeoutInMs of tf.RunOptions, operationTimeoutInMs of tf.ConfigProto)` });
  }
  return errorOf(code, message, message === '' ? { remedy: SILENT } : NOT_REGISTERED.test(message) ? { remedy: OLDER } : recovery(code, address));
}
const NOT_REGISTERED = /^Op type not registered/, OLDER = "the server's TensorFlow is older than this op: build the graph with one it has (tf.add for +, tf.rawOps.Gather for tf.gather)";
/** TensorFlow 1.2 sends line breaks as they are, which HTTP/2 does not let through. */
const SILENT = 'the server sent no text: those of several lines are lost on the way from TensorFlow 1.2';

/** What to do when a server is gone or has forgotten the session. */
export function recovery(code: number, address: string): { readonly remedy?: string } {
  if (code === UNAVAILABLE) return { remedy: `is there a server at ${address}? When it is back, open a new session and restore the variables` };
  return code === ABORTED ? { remedy: 'the server has lost or ended the session: open a new session and restore the variables' } : {};
}
