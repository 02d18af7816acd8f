// A connection of HTTP/2 (RFC 9113) over a socket, for either side, as much of it as unary gRPC needs: streams with a body each
// way, flow control, settings, pings and goodbyes. Node's own takes a tenth of a millisecond a request and copies bodies in pieces
// of 16 kB. Whatever a peer sends, memory stays bounded: it costs at most the connection.
import type { Socket } from 'node:net';
import * as f from './frames.ts';
import { FrameWriter } from './frame_writer.ts';
import { type Header, HpackDecoder, MAX_LIST_BYTES } from './hpack.ts';
import { Outbox } from './outbox.ts';
import { type Headers, Http2Stream, type StreamHandler } from './stream.ts';

export interface ConnectionEvents {
  /** A server's part: the client opened a stream. */
  stream?(stream: Http2Stream): StreamHandler;
  /** No streams can be opened any more. */
  ending?(): void;
  closed?(why: string): void;
}

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
/** Bytes that the peer may send unasked, of a stream and of all: bodies are taken in as they come, TCP holds the peer back. */
const WINDOW = 2 ** 30;
const DEFAULT_WINDOW = 65_535, MAX_WINDOW = 2 ** 31 - 1, MAX_STREAM = 2 ** 31 - 1;
/** Bytes of bodies in the socket beyond which others wait; a peer that lets more than MOST pile up is not listening. */
const ENOUGH = 1 << 22, MOST = 1 << 24;
/** The largest frames we make: between them others get a turn. */
const SENT_FRAME = 1 << 20;
/** Frames of one header block. */
const MAX_BLOCK_FRAMES = 64;
/** Resets of a client beyond the calls that were answered. */
const MAX_RESETS = 1000;
/** Milliseconds that the last words may take. */
const LAST_WORDS = 1000;

const NOTHING = new Uint8Array(0);
const SETTING = { headerTable: 1, push: 2, maxStreams: 3, window: 4, maxFrame: 5, maxList: 6 } as const;

export class Http2Connection implements f.FrameSink {
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  readonly #isServer: boolean;
  readonly #maxStreams: number;
  readonly #reader: f.FrameReader;
  readonly #out: Outbox;
  readonly #write: FrameWriter;
  readonly #decoder = new HpackDecoder();
  readonly #streams = new Map<number, Http2Stream>();
  /** Streams with something to send. */
  readonly #sending = new Set<Http2Stream>();
  /** Streams that the peer does not let begin yet. */
  readonly #waiting: { readonly stream: Http2Stream; readonly headers: Headers; readonly body: readonly Uint8Array[] }[] = [];
  #nextId = 1;
  /** The last stream the peer opened. */
  #lastId = 0;
  #sendWindow = DEFAULT_WINDOW;
  #receiveWindow = WINDOW;
  #peerWindow = DEFAULT_WINDOW;
  #peerStreams = Infinity;
  /** A header block that goes on in the next frame. */
  #block: { readonly stream: number; readonly ends: boolean; readonly parts: Uint8Array[]; bytes: number } | undefined;
  #resets = 0;
  /** Bytes are being taken in: what that makes is flushed at its end. */
  #reading = false;
  #ending = false;
  #closed = false;

  /** `maxStreams`: open at once by the peer. The owner of the socket calls `push`. */
  constructor(socket: Socket, options: { readonly server: boolean; readonly maxStreams: number }, events: ConnectionEvents) {
    this.#socket = socket;
    this.#events = events;
    this.#isServer = options.server;
    this.#maxStreams = options.maxStreams;
    this.#reader = new f.FrameReader(this, options.server ? PREFACE : undefined);
    this.#out = new Outbox(socket);
    this.#write = new FrameWriter(this.#out);
    let why = 'the connection was closed';
    socket.on('error', (e) => { why = e.message; });
    socket.on('close', () => { this.#lost(why); });
    socket.on('drain', () => { this.#out.written(); this.#pump(); this.#flush(); });
    if (!options.server) this.#out.add(PREFACE);
    this.#write.settings([[SETTING.window, WINDOW], [SETTING.maxFrame, f.MAX_FRAME], [SETTING.maxList, MAX_LIST_BYTES], options.server ? [SETTING.maxStreams, options.maxStreams] : [SETTING.push, 0]]);
    this.#write.window(0, WINDOW - DEFAULT_WINDOW);
    this.#flush();
  }

  /** Streams that are open. */
  get active(): number { return this.#streams.size + this.#waiting.length; }
  /** Whether streams can be opened. */
  get open(): boolean { return !this.#ending && !this.#closed; }

  /** Opens a stream, sends its headers and all of its body. `written` is called when nobody reads the body any more, if it could be
   * sent; until then it must not change. */
  request(headers: Headers, body: readonly Uint8Array[], handler: StreamHandler, written?: () => void): Http2Stream {
    const stream = new Http2Stream();
    stream.handler = handler;
    stream.written = written;
    if (this.#streams.size < this.#peerStreams) this.#begin(stream, headers, body);
    else this.#waiting.push({ stream, headers, body });
    this.#flush();
    return stream;
  }
  #begin(stream: Http2Stream, headers: Headers, body: readonly Uint8Array[]): void {
    stream.id = this.#nextId;
    this.#nextId += 2;
    stream.sendWindow = this.#peerWindow;
    stream.receiveWindow = WINDOW;
    this.#streams.set(stream.id, stream);
    this.#send(stream, headers, body);
    if (this.#nextId > MAX_STREAM) this.#end();
  }
  /** Answers a stream: headers, and a body with trailers behind it. Without a body the headers are the end. `written` is called when the
   * body is not needed any more, if it could be sent. */
  respond(stream: Http2Stream, headers: Headers, body?: readonly Uint8Array[], trailers?: Headers, written?: () => void): void {
    if (stream.closed || stream.localEnded) return;
    stream.trailers = trailers;
    stream.written = written;
    if (body) this.#send(stream, headers, body);
    else {
      this.#write.headers(stream.id, headers, true);
      this.#localEnd(stream);
    }
    this.#resets = Math.max(0, this.#resets - 1);
    this.#flush();
  }
  /** Ends a stream that has not ended on both sides. */
  reset(stream: Http2Stream, code: number): void {
    if (stream.closed || (stream.localEnded && stream.remoteEnded)) return;
    this.#refuse(stream, code);
    this.#flush();
  }
  #refuse(stream: Http2Stream, code: number): void {
    if (stream.id > 0) this.#write.reset(stream.id, code);
    this.#close(stream, code);
  }

  /** Opens and takes no more streams; the connection ends with the last one. */
  close(): void {
    if (this.#ending || this.#closed) return;
    this.#end();
    if (this.#isServer) this.#write.goaway(this.#lastId, f.NO_ERROR, '');
    this.#endIfIdle();
    this.#flush();
  }
  destroy(): void { this.#socket.destroy(); }

  // --- what comes -----------------------------------------------------------------------------------------------------

  /** Bytes from the socket. */
  push(chunk: Uint8Array): void {
    if (this.#closed) return;
    this.#reading = true;
    try {
      this.#reader.push(chunk);
    } catch (e) {
      if (!(e instanceof f.ConnectionFault)) throw e;
      this.#fault(e);
    } finally {
      this.#reading = false;
    }
    this.#flush();
  }

  dataBegins(id: number, length: number): void {
    this.#betweenBlocks();
    this.#receiveWindow -= length;
    if (this.#receiveWindow < 0) throw new f.ConnectionFault(f.FLOW_CONTROL_ERROR, 'more than the window of the connection');
    if (this.#receiveWindow < WINDOW / 2) {
      this.#write.window(0, WINDOW - this.#receiveWindow);
      this.#receiveWindow = WINDOW;
    }
    const stream = this.#known(id);
    if (!stream) return;
    if (stream.remoteEnded) { this.#refuse(stream, f.STREAM_CLOSED); return; }
    stream.receiveWindow -= length;
    if (stream.receiveWindow < 0) { this.#refuse(stream, f.FLOW_CONTROL_ERROR); return; }
    if (stream.receiveWindow < WINDOW / 2) {
      this.#write.window(id, WINDOW - stream.receiveWindow);
      stream.receiveWindow = WINDOW;
    }
  }
  data(id: number, bytes: Uint8Array): void { this.#streams.get(id)?.handler.data(bytes); }
  dataEnds(id: number, flags: number): void {
    const stream = this.#streams.get(id);
    if (!stream || !(flags & f.END_STREAM)) return;
    stream.remoteEnded = true;
    stream.handler.ended();
    this.#closeIfDone(stream);
  }

  frame(type: number, flags: number, id: number, payload: Uint8Array): void {
    if (type === f.CONTINUATION) { this.#continuation(flags, id, payload); return; }
    this.#betweenBlocks();
    switch (type) {
      case f.HEADERS: this.#beginBlock(flags, id, f.headerBlock(flags, payload)); break;
      case f.RST_STREAM: this.#onReset(id, payload); break;
      case f.SETTINGS: this.#onSettings(flags, id, payload); break;
      case f.PING: this.#onPing(flags, id, payload); break;
      case f.GOAWAY: this.#onGoaway(id, payload); break;
      case f.WINDOW_UPDATE: this.#onWindowUpdate(id, payload); break;
      case f.PUSH_PROMISE: throw new f.ConnectionFault(f.PROTOCOL_ERROR, 'a push that nobody allowed');
      default: // PRIORITY and what is unknown
    }
  }

  #betweenBlocks(): void { if (this.#block) throw new f.ConnectionFault(f.PROTOCOL_ERROR, 'a frame inside a header block'); }
  #beginBlock(flags: number, id: number, part: Uint8Array): void {
    const ends = (flags & f.END_STREAM) !== 0;
    if (flags & f.END_HEADERS) this.#onHeaders(id, ends, this.#decoder.decode(part));
    else this.#block = { stream: id, ends, parts: [part.slice()], bytes: part.length };
  }
  #continuation(flags: number, id: number, part: Uint8Array): void {
    const block = this.#block;
    if (block?.stream !== id) throw new f.ConnectionFault(f.PROTOCOL_ERROR, 'a header block without a beginning');
    block.parts.push(part.slice());
    block.bytes += part.length;
    if (block.bytes > MAX_LIST_BYTES || block.parts.length > MAX_BLOCK_FRAMES) throw new f.ConnectionFault(f.ENHANCE_YOUR_CALM, 'a header block without end');
    if (!(flags & f.END_HEADERS)) return;
    this.#block = undefined;
    this.#onHeaders(id, block.ends, this.#decoder.decode(Buffer.concat(block.parts)));
  }

  #onHeaders(id: number, ends: boolean, fields: readonly Header[]): void {
    let stream = this.#streams.get(id);
    if (!stream) {
      if (id === 0 || id % 2 === 0 || (!this.#isServer && id >= this.#nextId)) throw new f.ConnectionFault(f.PROTOCOL_ERROR, `headers of stream ${id}`);
      if (!this.#isServer || id <= this.#lastId) return; // of a stream that is over
      this.#lastId = id;
      if (this.#ending || this.#streams.size >= this.#maxStreams) { this.#write.reset(id, f.REFUSED_STREAM); return; }
      stream = new Http2Stream();
      stream.id = id;
      stream.sendWindow = this.#peerWindow;
      stream.receiveWindow = WINDOW;
      stream.handler = this.#events.stream!(stream);
      this.#streams.set(id, stream);
    } else if (stream.remoteEnded || (this.#isServer && !ends)) { // a client's second headers are trailers
      this.#refuse(stream, stream.remoteEnded ? f.STREAM_CLOSED : f.PROTOCOL_ERROR);
      return;
    }
    stream.remoteEnded = ends;
    stream.handler.headers(fields, ends);
    this.#closeIfDone(stream);
  }

  #onReset(id: number, payload: Uint8Array): void {
    if (payload.length !== 4) throw new f.ConnectionFault(f.FRAME_SIZE_ERROR, 'a reset of another length');
    const stream = this.#known(id);
    if (!stream) return;
    if (this.#isServer && ++this.#resets > MAX_RESETS) throw new f.ConnectionFault(f.ENHANCE_YOUR_CALM, 'too many resets');
    this.#close(stream, f.readUint32(payload, 0));
  }

  #onSettings(flags: number, id: number, payload: Uint8Array): void {
    if (id !== 0) throw new f.ConnectionFault(f.PROTOCOL_ERROR, 'settings of a stream');
    if (payload.length % 6 !== 0 || ((flags & f.ACK) && payload.length > 0)) throw new f.ConnectionFault(f.FRAME_SIZE_ERROR, 'settings of another length');
    if (flags & f.ACK) return;
    for (let at = 0; at < payload.length; at += 6) this.#set(f.readUint16(payload, at), f.readUint32(payload, at + 2));
    this.#write.confirm(f.SETTINGS, NOTHING);
    this.#beginWaiting();
    this.#pump();
  }
  #set(setting: number, value: number): void {
    switch (setting) {
      case SETTING.headerTable: this.#write.encoder.peerLimit = value; break;
      case SETTING.maxStreams: this.#peerStreams = value; break;
      case SETTING.maxFrame:
        if (value < f.DEFAULT_FRAME || value > f.MAX_FRAME) throw new f.ConnectionFault(f.PROTOCOL_ERROR, `frames of ${value} bytes`);
        this.#write.maxFrame = value;
        break;
      case SETTING.window: {
        if (value > MAX_WINDOW) throw new f.ConnectionFault(f.FLOW_CONTROL_ERROR, `a window of ${value} bytes`);
        const more = value - this.#peerWindow;
        this.#peerWindow = value;
        for (const s of this.#streams.values()) {
          s.sendWindow += more;
          if (s.sendWindow > MAX_WINDOW) throw new f.ConnectionFault(f.FLOW_CONTROL_ERROR, 'a window that is too large');
        }
        break;
      }
      default:
    }
  }

  #onPing(flags: number, id: number, payload: Uint8Array): void {
    if (id !== 0) throw new f.ConnectionFault(f.PROTOCOL_ERROR, 'a ping of a stream');
    if (payload.length !== 8) throw new f.ConnectionFault(f.FRAME_SIZE_ERROR, 'a ping of another length');
    if (flags & f.ACK) return;
    this.#write.confirm(f.PING, payload);
  }

  #onGoaway(id: number, payload: Uint8Array): void {
    if (id !== 0) throw new f.ConnectionFault(f.PROTOCOL_ERROR, 'a goodbye of a stream');
    if (payload.length < 8) throw new f.ConnectionFault(f.FRAME_SIZE_ERROR, 'a goodbye of another length');
    const last = f.readUint32(payload, 0) & 0x7fffffff;
    this.#end();
    if (!this.#isServer) for (const s of Array.from(this.#streams.values())) if (s.id > last) this.#close(s, f.REFUSED_STREAM);
    this.#endIfIdle();
  }

  #onWindowUpdate(id: number, payload: Uint8Array): void {
    if (payload.length !== 4) throw new f.ConnectionFault(f.FRAME_SIZE_ERROR, 'a window of another length');
    const more = f.readUint32(payload, 0) & 0x7fffffff;
    if (id === 0) {
      this.#sendWindow += more;
      if (more === 0) throw new f.ConnectionFault(f.PROTOCOL_ERROR, 'a window that grows by nothing');
      if (this.#sendWindow > MAX_WINDOW) throw new f.ConnectionFault(f.FLOW_CONTROL_ERROR, 'a window that is too large');
    } else {
      const stream = this.#known(id);
      if (!stream) return;
      stream.sendWindow += more;
      const code = more === 0 ? f.PROTOCOL_ERROR : stream.sendWindow > MAX_WINDOW ? f.FLOW_CONTROL_ERROR : f.NO_ERROR;
      if (code !== f.NO_ERROR) { this.#refuse(stream, code); return; }
    }
    this.#pump();
  }

  /** An open stream; undefined: it is over. A stream that never was is a fault. */
  #known(id: number): Http2Stream | undefined {
    const stream = this.#streams.get(id);
    const mine = !this.#isServer;
    if (!stream && (id === 0 || id % 2 === 0 || (mine ? id >= this.#nextId : id > this.#lastId))) throw new f.ConnectionFault(f.PROTOCOL_ERROR, `stream ${id} was never opened`);
    return stream;
  }

  // --- what goes ------------------------------------------------------------------------------------------------------

  #send(stream: Http2Stream, headers: Headers, body: readonly Uint8Array[]): void {
    this.#write.headers(stream.id, headers, false);
    for (const p of body) if (p.length > 0) stream.pieces.push(p);
    stream.left = stream.pieces.reduce((n, p) => n + p.length, 0);
    this.#sending.add(stream);
    this.#pump();
  }

  /** Sends of the bodies what windows and the socket take. */
  #pump(): void {
    for (const stream of this.#sending) {
      for (;;) {
        if (this.#out.waiting >= SENT_FRAME) this.#out.flush(); // so that the socket tells when it has enough
        if (this.#socket.writableLength > ENOUGH) return;
        if (!this.#sendFrame(stream)) break;
        if (stream.localEnded) { this.#sending.delete(stream); break; }
        if (this.#sending.size > 1 && stream.left > 0) { // the others get their turn
          this.#sending.delete(stream);
          this.#sending.add(stream);
          break;
        }
      }
    }
  }
  /** The next frame of a body, and its end; false: it must wait. */
  #sendFrame(stream: Http2Stream): boolean {
    const n = stream.left === 0 ? 0 : Math.min(stream.left, stream.sendWindow, this.#sendWindow, this.#write.maxFrame, SENT_FRAME);
    if (n <= 0 && stream.left > 0) return false;
    const last = n === stream.left, ends = last && !stream.trailers;
    if (n > 0 || ends) this.#write.head(n, f.DATA, ends ? f.END_STREAM : 0, stream.id);
    for (let left = n; left > 0;) {
      const piece = stream.pieces[0]!, part = piece.subarray(stream.at, stream.at + left);
      this.#out.add(part);
      left -= part.length;
      stream.at += part.length;
      if (stream.at === piece.length) { stream.pieces.shift(); stream.at = 0; }
    }
    stream.left -= n;
    stream.sendWindow -= n;
    this.#sendWindow -= n;
    if (!last) return true;
    if (stream.written) this.#out.whenWritten(stream.written);
    if (stream.trailers) this.#write.headers(stream.id, stream.trailers, true);
    this.#localEnd(stream);
    return true;
  }

  #flush(): void {
    if (this.#reading || this.#closed) return;
    this.#out.flush();
    if (this.#socket.writableLength > MOST) this.destroy(); // it does not read
  }

  // --- ends -----------------------------------------------------------------------------------------------------------

  #localEnd(stream: Http2Stream): void {
    stream.localEnded = true;
    this.#closeIfDone(stream);
  }
  #closeIfDone(stream: Http2Stream): void { if (stream.localEnded && stream.remoteEnded) this.#close(stream, f.NO_ERROR); }
  #close(stream: Http2Stream, code: number | undefined): void {
    if (stream.closed) return;
    stream.closed = true;
    stream.pieces = [];
    stream.left = 0;
    this.#sending.delete(stream);
    this.#streams.delete(stream.id);
    if (stream.id === 0) this.#waiting.splice(this.#waiting.findIndex((w) => w.stream === stream), 1);
    stream.handler.closed(code);
    this.#beginWaiting();
    this.#endIfIdle();
  }
  #beginWaiting(): void {
    while (this.#waiting.length > 0 && this.#streams.size < this.#peerStreams && this.open) {
      const { stream, headers, body } = this.#waiting.shift()!;
      this.#begin(stream, headers, body);
    }
  }
  #end(): void {
    if (this.#ending) return;
    this.#ending = true;
    for (const { stream } of this.#waiting.slice()) this.#close(stream, f.REFUSED_STREAM);
    this.#events.ending?.();
  }
  #endIfIdle(): void {
    if (!this.#ending || this.active > 0 || this.#closed) return;
    this.#out.flush();
    this.#socket.end();
  }
  /** Says why and ends the connection. */
  #fault({ code, message }: f.ConnectionFault): void {
    this.#write.goaway(this.#lastId, code, message);
    this.#out.flush();
    this.#lost(message);
    this.#socket.destroySoon();
    setTimeout(() => { this.#socket.destroy(); }, LAST_WORDS).unref();
  }
  #lost(why: string): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const stream of [...this.#streams.values(), ...this.#waiting.map((w) => w.stream)]) this.#close(stream, undefined);
    this.#events.ending?.();
    this.#events.closed?.(why);
  }
}
