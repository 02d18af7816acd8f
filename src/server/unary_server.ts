// Unary gRPC calls served over HTTP/2. A call is a method's path and a message; it is answered with a message or a status.
// Follows gRPC's PROTOCOL-HTTP2.md (framing, timeouts, trailers).
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { UnavailableError } from '../graph/errors.ts';
import { Body, FRAME_HEAD, frameMessage } from '../session/grpc/body.ts';
import { Http2Connection } from '../session/grpc/http2/connection.ts';
import { NO_ERROR } from '../session/grpc/http2/frames.ts';
import type { Header } from '../session/grpc/http2/hpack.ts';
import { accepted } from '../session/grpc/http2/socket.ts';
import type { Http2Stream, StreamHandler } from '../session/grpc/http2/stream.ts';
import { giveBack } from '../session/grpc/memory.ts';
import type { Status } from '../session/grpc/status.ts';

/** Answers a message: another with FRAME_HEAD bytes of room in front, or a status. Never rejects. The memory of the message is given back when it
 * is answered, that of the answer when it is sent. `signal`: the client has gone, or has had enough. */
export type UnaryMethod = (message: Uint8Array, signal: AbortSignal) => Promise<{ readonly frame: Uint8Array } | { readonly status: Status }>;
type Answer = Awaited<ReturnType<UnaryMethod>>;

const DEADLINE_EXCEEDED = 4, RESOURCE_EXHAUSTED = 8, UNIMPLEMENTED = 12, INTERNAL = 13;
/** Calls of one client at once, those included that it has given up and that still run. */
const MAX_CALLS = 10_000;
/** Bytes of calls that are not whole yet and of answers that are not taken, of one client, beyond two messages. */
const PENDING = 1 << 28;
/** Characters of a text in a trailer; clients refuse more than 8 kB of trailers. TensorFlow's own servers cut too. */
const MAX_TEXT = 4000;
const HEADERS: readonly Header[] = [[':status', '200'], ['content-type', 'application/grpc']];
const TRAILERS = { kept: [['grpc-status', '0']] } as const;

/** What is known of a client. */
interface Client { readonly http2: Http2Connection; readonly socket: Socket; calls: number; pending: number }

export class UnaryServer {
  readonly #methods: ReadonlyMap<string, UnaryMethod>;
  readonly #maxBytes: number;
  readonly #maxPending: number;
  readonly #server: Server;
  readonly #clients = new Set<Client>();
  /** Called when the last client has gone. */
  #onEmpty: () => void = () => undefined;

  /** `methods`: by path. `maxBytes`: of a message in either direction. */
  constructor(methods: ReadonlyMap<string, UnaryMethod>, maxBytes: number) {
    this.#methods = methods;
    this.#maxBytes = maxBytes;
    this.#maxPending = Math.max(2 * maxBytes, PENDING);
    this.#server = createServer({ noDelay: true, pauseOnConnect: true }, (socket) => { this.#connected(socket); });
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
      const force = setTimeout(() => { for (const { socket } of this.#clients) socket.destroy(); }, graceMs);
      this.#onEmpty = () => { clearTimeout(force); resolve(); };
      this.#server.close();
      if (this.#clients.size === 0) this.#onEmpty();
      for (const { http2 } of this.#clients) http2.close();
    });
  }

  #connected(paused: Socket): void {
    const socket = accepted(paused, (bytes) => { http2.push(bytes); });
    const http2: Http2Connection = new Http2Connection(socket, { server: true, maxStreams: MAX_CALLS }, {
      stream: (stream) => this.#serve(client, stream),
      closed: () => {
        this.#clients.delete(client);
        if (this.#clients.size === 0) this.#onEmpty();
      },
    });
    const client: Client = { http2, socket, calls: 0, pending: 0 };
    this.#clients.add(client);
  }

  #serve(client: Client, stream: Http2Stream): StreamHandler {
    const { http2 } = client;
    const body = new Body(this.#maxBytes);
    const gone = new AbortController();
    let method: UnaryMethod | undefined, timer: NodeJS.Timeout | undefined;
    let isOver = false, pending = 0;
    const hold = (bytes: number): void => { pending += bytes; client.pending += bytes; };
    const end = (answer: Answer): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      if ('status' in answer) refuse(http2, stream, answer.status);
      else if (answer.frame.length - FRAME_HEAD > this.#maxBytes) refuse(http2, stream, tooLong(answer.frame.length - FRAME_HEAD, this.#maxBytes));
      else if (client.pending + answer.frame.length > this.#maxPending) refuse(http2, stream, tooMuch(client));
      else {
        const { frame } = answer;
        hold(frame.length);
        frameMessage(frame);
        http2.respond(stream, { kept: HEADERS }, [frame], TRAILERS, () => { giveBack(frame); });
      }
    };
    const call = async (): Promise<void> => {
      const { message } = body;
      if (!message) { end({ status: { code: INTERNAL, message: 'the message is not whole, or compressed' } }); return; }
      if (client.calls >= MAX_CALLS) { end({ status: { code: RESOURCE_EXHAUSTED, message: `${client.calls} calls of one client at once` } }); return; }
      client.calls++;
      const answer = await method!(message, gone.signal);
      client.calls--;
      giveBack(message);
      end(answer);
    };
    return {
      headers: (fields, ended) => {
        if (!method) {
          const path = valueOf(fields, ':path') ?? '', left = timeoutOf(valueOf(fields, 'grpc-timeout'));
          method = this.#methods.get(path);
          if (valueOf(fields, ':method') !== 'POST' || valueOf(fields, 'content-type')?.startsWith('application/grpc') !== true) {
            isOver = true;
            http2.respond(stream, { kept: WRONG_MEDIA });
            http2.reset(stream, NO_ERROR);
            return;
          }
          if (!method) { end({ status: { code: UNIMPLEMENTED, message: `The server does not implement the method ${path}` } }); return; }
          if (left !== undefined) {
            timer = setTimeout(() => {
              end({ status: { code: DEADLINE_EXCEEDED, message: 'Deadline Exceeded' } });
              gone.abort();
            }, left);
          }
        }
        if (ended && !isOver) void call();
      },
      data: (bytes) => {
        if (isOver) return;
        hold(bytes.length);
        body.add(bytes);
        if (body.length > this.#maxBytes) end({ status: tooLong(body.length, this.#maxBytes) });
        else if (client.pending > this.#maxPending) end({ status: tooMuch(client) });
      },
      ended: () => { if (!isOver) void call(); },
      closed: () => {
        client.pending -= pending;
        if (isOver) return;
        isOver = true;
        clearTimeout(timer);
        gone.abort();
      },
    };
  }
}

const WRONG_MEDIA: readonly Header[] = [[':status', '415']];
const valueOf = (fields: readonly Header[], name: string): string | undefined => fields.find(([n]) => n === name)?.[1];

function tooMuch({ pending }: Client): Status { return { code: RESOURCE_EXHAUSTED, message: `${pending} bytes of one client's calls at once` }; }
function tooLong(bytes: number, limit: number): Status { return { code: RESOURCE_EXHAUSTED, message: `a message of ${bytes} bytes, where ${limit} are allowed` }; }

function refuse(http2: Http2Connection, stream: Http2Stream, { code, message }: Status): void {
  http2.respond(stream, { kept: HEADERS, others: [['grpc-status', String(code)], ['grpc-message', escaped(message)]] });
  http2.reset(stream, NO_ERROR); // where the client is not through
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
function timeoutOf(header: string | undefined): number | undefined {
  const m = header === undefined ? null : /^(\d{1,8})([HMSmun])$/.exec(header);
  return m ? Math.min(Math.ceil(Number(m[1]) * UNITS[m[2]!]!), 2 ** 31 - 1) : undefined;
}
