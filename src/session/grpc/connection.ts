// Unary gRPC calls over HTTP/2: one connection, made when it is needed and again when it is lost. Follows gRPC's
// PROTOCOL-HTTP2.md (framing, timeouts, trailers) and http-grpc-status-mapping.md.
import { connect, type Socket } from 'node:net';
import { Body, frameMessage } from './body.ts';
import { Http2Connection } from './http2/connection.ts';
import { CANCEL, ENHANCE_YOUR_CALM, INADEQUATE_SECURITY, REFUSED_STREAM } from './http2/frames.ts';
import type { Header } from './http2/hpack.ts';
import { readInto } from './http2/socket.ts';
import type { Http2Stream } from './http2/stream.ts';
import { type Status } from './status.ts';

/** How a call may end early, and whether it waits for a server that is not there. */
export interface UnaryLimits {
  /** Milliseconds since 1970; Infinity: none. */
  readonly deadline: number;
  readonly signal: AbortSignal | null;
  readonly waitForReady: boolean;
}
/** The message that came, or why none did. `sent`: nobody reads the memory of the question any more. */
export type Reply = { readonly message: Uint8Array; readonly sent: boolean } | { readonly status: Status };

const CANCELLED = 1, UNKNOWN = 2, DEADLINE_EXCEEDED = 4, PERMISSION_DENIED = 7, RESOURCE_EXHAUSTED = 8, UNIMPLEMENTED = 12, INTERNAL = 13, UNAVAILABLE = 14, UNAUTHENTICATED = 16;

const failed = (code: number, message: string): Reply => ({ status: { code, message } });
const timedOut = (): Reply => failed(DEADLINE_EXCEEDED, 'Deadline Exceeded');
const cancelled = (): Reply => failed(CANCELLED, 'Cancelled');

/** A connection of HTTP/2 and its socket. */
interface Wire { readonly socket: Socket; readonly http2: Http2Connection }

export class Connection {
  readonly #address: string;
  readonly #maxBackoffMs: number;
  #wire: Wire | undefined;
  #connecting: Promise<Wire | string> | undefined;
  /** What every call of a method sends in front. */
  readonly #headers = new Map<string, readonly Header[]>();
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
      const wire = this.#wire ?? await this.#connect(limits);
      if (wire === undefined) return limits.signal?.aborted ? cancelled() : timedOut();
      if (typeof wire !== 'string') return this.#send(wire, path, frame, limits);
      if (!limits.waitForReady || this.#closed) return failed(UNAVAILABLE, wire);
      if (await until(new Promise((resolve) => { setTimeout(resolve, wait, true); }), limits) === undefined) return limits.signal?.aborted ? cancelled() : timedOut();
    }
  }
  /** Ends the connection when the calls under way have ended. */
  close(): void {
    this.#closed = true;
    this.#wire?.http2.close();
  }

  /** The connection, or why there is none; undefined when time is up. */
  #connect(limits: UnaryLimits): Promise<Wire | string | undefined> {
    this.#connecting ??= new Promise<Wire | string>((resolve) => {
      const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(this.#address)!;
      let wire: Wire | undefined;
      const socket = connect({ host: host!, port: Number(port), noDelay: true, onread: readInto((bytes) => { wire?.http2.push(bytes); }) });
      const refused = (e: Error): void => { resolve(e.message); };
      socket.once('error', refused);
      socket.once('connect', () => {
        socket.off('error', refused);
        const lost = (): void => { if (this.#wire === wire) this.#wire = undefined; };
        this.#wire = wire = { socket, http2: new Http2Connection(socket, { server: false, maxStreams: 0 }, { ending: lost }) };
        if (this.#closed) wire.http2.close();
        if (this.#calls === 0) socket.unref();
        resolve(wire);
      });
    }).finally(() => { this.#connecting = undefined; });
    return until(this.#connecting, limits);
  }

  #send({ socket, http2 }: Wire, path: string, frame: Uint8Array, limits: UnaryLimits): Promise<Reply> {
    return new Promise((resolve) => {
      const left = limits.deadline - Date.now();
      if (left <= 0) { resolve(timedOut()); return; }
      if (!http2.open) { resolve(failed(UNAVAILABLE, 'the connection was lost')); return; }
      if (this.#calls++ === 0) socket.ref();
      const timer = left === Infinity ? undefined : setTimeout(() => { end(timedOut()); }, Math.min(left, 2 ** 31 - 1));
      const abort = (): void => { end(cancelled()); };
      limits.signal?.addEventListener('abort', abort);
      let isOver = false;
      const end = (reply: Reply): void => {
        if (isOver) return;
        isOver = true;
        clearTimeout(timer);
        limits.signal?.removeEventListener('abort', abort);
        if (--this.#calls === 0) socket.unref();
        http2.reset(stream, CANCEL); // unless both sides have ended it
        resolve(reply);
      };
      const body = new Body();
      let sent = false;
      frameMessage(frame);
      const stream: Http2Stream = http2.request({ kept: this.#headersOf(path), others: left === Infinity ? [] : [['grpc-timeout', left < 1e8 ? `${Math.ceil(left)}m` : `${Math.ceil(left / 1000)}S`]] }, [frame], {
        headers: (fields, ended) => {
          const status = valueOf(fields, ':status');
          if (ended) end(replyOf(fields, body, sent));
          else if (status !== undefined && status !== '200' && !status.startsWith('1')) end(failed(HTTP_STATUS[status] ?? UNKNOWN, `HTTP status ${status}`));
        },
        data: (bytes) => { body.add(bytes); },
        ended: () => { end(replyOf([], body, sent)); },
        closed: (code) => {
          if (code === undefined || !http2.open) end(failed(UNAVAILABLE, 'the connection was lost'));
          else end(failed(RST_CODE[code] ?? INTERNAL, `the stream was reset with HTTP/2 code ${code}`));
        },
      }, () => { sent = true; });
    });
  }
  #headersOf(path: string): readonly Header[] {
    let h = this.#headers.get(path);
    if (!h) this.#headers.set(path, h = [[':method', 'POST'], [':scheme', 'http'], [':path', path], [':authority', this.#address], ['te', 'trailers'], ['content-type', 'application/grpc'], ['user-agent', 'tfgraph']]);
    return h;
  }
}

const valueOf = (fields: readonly Header[], name: string): string | undefined => fields.find(([n]) => n === name)?.[1];

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

function replyOf(trailers: readonly Header[], body: Body, sent: boolean): Reply {
  const code = Number(valueOf(trailers, 'grpc-status') ?? NaN), status = valueOf(trailers, ':status') ?? '200';
  if (status !== '200' && Number.isNaN(code)) return failed(HTTP_STATUS[status] ?? UNKNOWN, `HTTP status ${status}`);
  if (code !== 0) return failed(Number.isInteger(code) ? code : UNKNOWN, unescaped(valueOf(trailers, 'grpc-message') ?? ''));
  return body.message ? { message: body.message, sent } : failed(INTERNAL, 'the message of the reply is not whole, or compressed');
}
/** Percent-encoded text, however badly. */
function unescaped(text: string): string { return Buffer.from(text.replace(/%([0-9A-Fa-f]{2})/g, (_, h: string) => String.fromCharCode(parseInt(h, 16))), 'latin1').toString(); }

const HTTP_STATUS: Readonly<Record<string, number>> = { 400: INTERNAL, 401: UNAUTHENTICATED, 403: PERMISSION_DENIED, 404: UNIMPLEMENTED, 429: UNAVAILABLE, 502: UNAVAILABLE, 503: UNAVAILABLE, 504: UNAVAILABLE };
const RST_CODE: Readonly<Record<number, number>> = {
  [REFUSED_STREAM]: UNAVAILABLE, [CANCEL]: CANCELLED, [ENHANCE_YOUR_CALM]: RESOURCE_EXHAUSTED, [INADEQUATE_SECURITY]: PERMISSION_DENIED,
};
