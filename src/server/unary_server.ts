// Unary gRPC calls served over HTTP/2, with Node's own http2 and nothing else. A call is a method's path and a message; it is
// answered with a message or a status. Follows gRPC's PROTOCOL-HTTP2.md (framing, timeouts, trailers).
import { constants, createServer, type Http2Server, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { UnavailableError } from '../graph/errors.ts';
import { Body, FRAME_HEAD } from '../session/grpc/connection.ts';
import type { Status } from '../session/grpc/status.ts';

/** Answers a message: another with FRAME_HEAD bytes of room in front, or a status. Never rejects. `signal`: the client has gone, or has had enough. */
export type UnaryMethod = (message: Uint8Array, signal: AbortSignal) => Promise<{ readonly frame: Uint8Array } | { readonly status: Status }>;

const DEADLINE_EXCEEDED = 4, RESOURCE_EXHAUSTED = 8, UNIMPLEMENTED = 12, INTERNAL = 13;
/** Bytes that a client may send before we have read them. */
const WINDOW = 1 << 26;
/** Characters of a text in a trailer; clients refuse more than 8 kB of trailers. TensorFlow's own servers cut too. */
const MAX_TEXT = 4000;
const HEADERS = { ':status': 200, 'content-type': 'application/grpc' } as const;

export class UnaryServer {
  readonly #methods: ReadonlyMap<string, UnaryMethod>;
  readonly #maxBytes: number;
  readonly #server: Http2Server;
  readonly #sessions = new Set<ServerHttp2Session>();

  /** `methods`: by path. `maxBytes`: of a message in either direction. */
  constructor(methods: ReadonlyMap<string, UnaryMethod>, maxBytes: number) {
    this.#methods = methods;
    this.#maxBytes = maxBytes;
    this.#server = createServer({ settings: { initialWindowSize: WINDOW, maxFrameSize: (1 << 24) - 1, maxConcurrentStreams: 10_000 }, maxSessionMemory: Number.MAX_SAFE_INTEGER });
    this.#server.on('connection', (socket: Socket) => { socket.setNoDelay(true); });
    this.#server.on('session', (s) => {
      this.#sessions.add(s);
      s.on('error', () => { s.destroy(); });
      s.on('close', () => { this.#sessions.delete(s); });
      s.setLocalWindowSize(WINDOW);
    });
    this.#server.on('stream', (stream, headers) => { this.#serve(stream, headers); });
  }

  /** Listens; the value is the port. Errors: UnavailableError when the address is taken. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (e: Error) => { reject(new UnavailableError(`Cannot listen on ${host}:${port}: ${e.message}`, { remedy: 'choose another --port, or 0 for any free one' })); });
      this.#server.listen({ host, port, exclusive: true }, () => { resolve((this.#server.address() as AddressInfo).port); });
    });
  }

  /** Takes no more connections and calls; waits so long for those under way, then breaks what is left. */
  close(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const force = setTimeout(() => { for (const s of this.#sessions) s.destroy(); }, graceMs);
      this.#server.close(() => { clearTimeout(force); resolve(); });
      for (const s of this.#sessions) s.close();
    });
  }

  #serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    stream.on('error', () => undefined); // 'close' follows
    if (headers[':method'] !== 'POST' || !String(headers['content-type']).startsWith('application/grpc')) {
      stream.respond({ ':status': 415 }, { endStream: true });
      return;
    }
    const method = this.#methods.get(headers[':path'] ?? '');
    if (!method) { refuse(stream, { code: UNIMPLEMENTED, message: `The server does not implement the method ${headers[':path']}` }); return; }
    const body = new Body(this.#maxBytes);
    const gone = new AbortController();
    let isOver = false;
    const end = (answer: Awaited<ReturnType<UnaryMethod>>): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      if (stream.destroyed || stream.closed) return;
      if ('status' in answer) refuse(stream, answer.status);
      else if (answer.frame.length - FRAME_HEAD > this.#maxBytes) refuse(stream, tooLong(answer.frame.length - FRAME_HEAD, this.#maxBytes));
      else reply(stream, answer.frame);
    };
    const left = timeoutOf(headers['grpc-timeout']);
    const timer = left === undefined ? undefined : setTimeout(() => {
      end({ status: { code: DEADLINE_EXCEEDED, message: 'Deadline Exceeded' } });
      gone.abort();
    }, left);
    stream.on('data', (chunk: Buffer) => {
      body.add(chunk);
      if (body.length > this.#maxBytes) end({ status: tooLong(body.length, this.#maxBytes) });
    });
    stream.on('end', () => {
      if (isOver) return;
      const { message } = body;
      if (!message) { end({ status: { code: INTERNAL, message: 'the message is not whole, or compressed' } }); return; }
      void method(message, gone.signal).then(end);
    });
    stream.on('close', () => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      gone.abort();
    });
  }
}

function tooLong(bytes: number, limit: number): Status { return { code: RESOURCE_EXHAUSTED, message: `a message of ${bytes} bytes, where ${limit} are allowed` }; }

function reply(stream: ServerHttp2Stream, frame: Uint8Array): void {
  stream.respond(HEADERS, { waitForTrailers: true });
  stream.on('wantTrailers', () => { stream.sendTrailers({ 'grpc-status': '0' }); });
  new DataView(frame.buffer, frame.byteOffset).setUint32(1, frame.length - FRAME_HEAD);
  stream.end(frame);
}
function refuse(stream: ServerHttp2Stream, { code, message }: Status): void {
  stream.respond({ ...HEADERS, 'grpc-status': String(code), 'grpc-message': escaped(message) }, { endStream: true });
  if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
}

/** Percent-encoded text, not longer than a trailer may be. */
function escaped(text: string): string {
  let out = '';
  for (const b of Buffer.from(text)) {
    out += b >= 0x20 && b <= 0x7e && b !== 0x25 ? String.fromCharCode(b) : `%${b.toString(16).toUpperCase().padStart(2, '0')}`;
    if (out.length > MAX_TEXT) break;
  }
  return out;
}

const UNITS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 0.001, n: 0.000_001 };
/** Milliseconds of a `grpc-timeout`; undefined when there is none. */
function timeoutOf(header: string | string[] | undefined): number | undefined {
  const m = typeof header === 'string' ? /^(\d{1,8})([HMSmun])$/.exec(header) : null;
  return m ? Math.min(Math.ceil(Number(m[1]) * UNITS[m[2]!]!), 2 ** 31 - 1) : undefined;
}
