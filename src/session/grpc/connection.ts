// Unary gRPC calls over HTTP/2: one connection, made when it is needed and again when it is lost. Node's own http2 and
// nothing else, for the sake of time: a call costs a third of what it costs through @grpc/grpc-js. Follows gRPC's
// PROTOCOL-HTTP2.md (framing, timeouts, trailers) and http-grpc-status-mapping.md.
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants, type IncomingHttpHeaders } from 'node:http2';
import { type Status } from './status.ts';

/** How a call may end early, and whether it waits for a server that is not there. */
export interface UnaryLimits {
  /** Milliseconds since 1970; Infinity: none. */
  readonly deadline: number;
  readonly signal: AbortSignal | null;
  readonly waitForReady: boolean;
}
/** The message that came, or why none did. */
export type Reply = { readonly message: Uint8Array } | { readonly status: Status };

const CANCELLED = 1, UNKNOWN = 2, DEADLINE_EXCEEDED = 4, PERMISSION_DENIED = 7, RESOURCE_EXHAUSTED = 8, UNIMPLEMENTED = 12, INTERNAL = 13, UNAVAILABLE = 14, UNAUTHENTICATED = 16;
/** Bytes in front of a message: whether it is compressed, and its length. */
export const FRAME_HEAD = 5;
/** Bytes that a server may send before we have read them. */
const WINDOW = 1 << 26;
const MAX_FRAME = (1 << 24) - 1;
/** Bytes that are laid out for a message before they have come. */
const AT_ONCE = 1 << 26;

const failed = (code: number, message: string): Reply => ({ status: { code, message } });
const timedOut = (): Reply => failed(DEADLINE_EXCEEDED, 'Deadline Exceeded');
const cancelled = (): Reply => failed(CANCELLED, 'Cancelled');

export class Connection {
  readonly #address: string;
  readonly #maxBackoffMs: number;
  #session: ClientHttp2Session | undefined;
  #connecting: Promise<ClientHttp2Session | string> | undefined;
  #calls = 0;
  #closed = false;

  /** `address`: `host:port`. Nothing is connected yet. */
  constructor(address: string, maxBackoffMs: number) {
    this.#address = address;
    this.#maxBackoffMs = maxBackoffMs;
  }

  /** One call. `frame`: the message with FRAME_HEAD bytes of room in front. Never rejects. */
  async unary(path: string, frame: Uint8Array, limits: UnaryLimits): Promise<Reply> {
    for (let wait = 100; ; wait = Math.min(wait * 1.6, this.#maxBackoffMs)) {
      if (limits.signal?.aborted) return cancelled();
      const session = this.#session ?? await this.#connect(limits);
      if (session === undefined) return limits.signal?.aborted ? cancelled() : timedOut();
      if (typeof session !== 'string') return this.#send(session, path, frame, limits);
      if (!limits.waitForReady || this.#closed) return failed(UNAVAILABLE, session);
      if (await until(new Promise((resolve) => { setTimeout(resolve, wait, true); }), limits) === undefined) return limits.signal?.aborted ? cancelled() : timedOut();
    }
  }
  /** Ends the connection when the calls under way have ended. */
  close(): void {
    this.#closed = true;
    this.#session?.close();
  }

  /** The connection, or why there is none; undefined when time is up. */
  #connect(limits: UnaryLimits): Promise<ClientHttp2Session | string | undefined> {
    this.#connecting ??= new Promise<ClientHttp2Session | string>((resolve) => {
      const session = connect(`http://${this.#address}`, { settings: { enablePush: false, initialWindowSize: WINDOW, maxFrameSize: MAX_FRAME }, maxSessionMemory: Number.MAX_SAFE_INTEGER });
      const lost = (): void => { if (this.#session === session) this.#session = undefined; };
      session.once('connect', () => {
        session.setLocalWindowSize(WINDOW);
        this.#session = session;
        if (this.#closed) session.close();
        if (this.#calls === 0) session.unref();
        resolve(session);
      });
      session.on('error', (e: Error) => { lost(); resolve(e.message); });
      session.once('goaway', lost);
      session.once('close', () => { lost(); resolve('the connection was closed'); });
    }).finally(() => { this.#connecting = undefined; });
    return until(this.#connecting, limits);
  }

  #send(session: ClientHttp2Session, path: string, frame: Uint8Array, limits: UnaryLimits): Promise<Reply> {
    return new Promise((resolve) => {
      const left = limits.deadline - Date.now();
      if (left <= 0) { resolve(timedOut()); return; }
      let stream: ClientHttp2Stream;
      try {
        stream = session.request({
          [constants.HTTP2_HEADER_METHOD]: 'POST', [constants.HTTP2_HEADER_PATH]: path, 'content-type': 'application/grpc', te: 'trailers', 'user-agent': 'tfgraph',
          ...(left === Infinity ? {} : { 'grpc-timeout': left < 1e8 ? `${Math.ceil(left)}m` : `${Math.ceil(left / 1000)}S` }),
        });
      } catch (e) {
        resolve(failed(UNAVAILABLE, e instanceof Error ? e.message : String(e)));
        return;
      }
      if (this.#calls++ === 0) session.ref();
      const timer = left === Infinity ? undefined : setTimeout(() => { end(timedOut()); }, Math.min(left, 2 ** 31 - 1));
      const abort = (): void => { end(cancelled()); };
      limits.signal?.addEventListener('abort', abort);
      let isOver = false;
      const end = (reply: Reply): void => {
        if (isOver) return;
        isOver = true;
        clearTimeout(timer);
        limits.signal?.removeEventListener('abort', abort);
        if (--this.#calls === 0 && !session.destroyed) session.unref();
        if (!stream.closed && !stream.readableEnded) stream.close(constants.NGHTTP2_CANCEL);
        resolve(reply);
      };
      const body = new Body();
      let trailers: IncomingHttpHeaders | undefined;
      const finish = (): void => { end(replyOf(trailers, body)); };
      stream.on('response', (headers) => {
        if ('grpc-status' in headers) trailers = headers;
        else if (headers[':status'] !== 200) end(failed(HTTP_STATUS[String(headers[':status'])] ?? UNKNOWN, `HTTP status ${headers[':status']}`));
      });
      stream.on('data', (chunk: Buffer) => { body.add(chunk); });
      stream.on('trailers', (t) => { trailers = t; if (stream.readableEnded) finish(); });
      stream.on('end', () => { if (trailers) finish(); });
      stream.on('error', () => undefined); // 'close' follows
      stream.on('close', () => {
        if (trailers) finish();
        else if (session.destroyed || session.closed) end(failed(UNAVAILABLE, 'the connection was lost'));
        else end(failed(RST_CODE[stream.rstCode] ?? INTERNAL, `the stream was reset with HTTP/2 code ${stream.rstCode}`));
      });
      new DataView(frame.buffer, frame.byteOffset).setUint32(1, frame.length - FRAME_HEAD);
      stream.end(frame);
    });
  }
}

/** A promise's value, or undefined when time is up or the call is aborted. */
async function until<T>(promise: Promise<T>, { deadline, signal }: UnaryLimits): Promise<T | undefined> {
  if (deadline === Infinity && !signal) return promise;
  let stop: () => void = () => undefined;
  const stopped = new Promise<undefined>((resolve) => { stop = () => { resolve(undefined); }; });
  const timer = deadline === Infinity ? undefined : setTimeout(stop, Math.min(Math.max(0, deadline - Date.now()), 2 ** 31 - 1));
  signal?.addEventListener('abort', stop);
  try {
    return await Promise.race([promise, stopped]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

/** A message as it comes: memory for all of it at once, when its length is known and it does not claim to be large. */
export class Body {
  readonly #limit: number;
  #head: Buffer | undefined;
  #bytes: Uint8Array | undefined;
  #at = 0;
  #length = 0;

  /** `limit`: the most bytes that are taken in. */
  constructor(limit = Infinity) { this.#limit = limit; }

  /** What the message claims to be long. */
  get length(): number { return this.#length; }

  add(chunk: Buffer): void {
    let from = 0;
    if (!this.#bytes) {
      this.#head = this.#head ? Buffer.concat([this.#head, chunk]) : chunk;
      if (this.#head.length < FRAME_HEAD) return;
      chunk = this.#head;
      from = FRAME_HEAD;
      this.#length = chunk.readUInt32BE(1);
      this.#bytes = new Uint8Array(this.#length > this.#limit ? 0 : Math.min(this.#length, AT_ONCE));
    }
    if (this.#length > this.#limit) return;
    const n = Math.min(chunk.length - from, this.#length - this.#at);
    if (this.#at + n > this.#bytes.length) {
      const more = new Uint8Array(Math.min(this.#length, 2 * (this.#at + n)));
      more.set(this.#bytes);
      this.#bytes = more;
    }
    this.#bytes.set(chunk.subarray(from, from + n), this.#at);
    this.#at += n;
  }
  /** The message; undefined when it is compressed or not whole. */
  get message(): Uint8Array | undefined { return this.#bytes && this.#at === this.#length && this.#bytes.length === this.#length && this.#head![0] === 0 ? this.#bytes : undefined; }
}

function replyOf(trailers: IncomingHttpHeaders | undefined, body: Body): Reply {
  const code = Number(trailers?.['grpc-status'] ?? UNKNOWN);
  if (code !== 0) return failed(Number.isInteger(code) ? code : UNKNOWN, unescaped(String(trailers?.['grpc-message'] ?? '')));
  return body.message ? { message: body.message } : failed(INTERNAL, 'the message of the reply is not whole, or compressed');
}
/** Percent-encoded text, however badly. */
function unescaped(text: string): string { return Buffer.from(text.replace(/%([0-9A-Fa-f]{2})/g, (_, h: string) => String.fromCharCode(parseInt(h, 16))), 'latin1').toString(); }

const HTTP_STATUS: Readonly<Record<string, number>> = { 400: INTERNAL, 401: UNAUTHENTICATED, 403: PERMISSION_DENIED, 404: UNIMPLEMENTED, 429: UNAVAILABLE, 502: UNAVAILABLE, 503: UNAVAILABLE, 504: UNAVAILABLE };
const RST_CODE: Readonly<Record<number, number>> = {
  [constants.NGHTTP2_REFUSED_STREAM]: UNAVAILABLE, [constants.NGHTTP2_CANCEL]: CANCELLED, [constants.NGHTTP2_ENHANCE_YOUR_CALM]: RESOURCE_EXHAUSTED, [constants.NGHTTP2_INADEQUATE_SECURITY]: PERMISSION_DENIED,
};
