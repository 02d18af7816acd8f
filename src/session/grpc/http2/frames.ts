// Frames of HTTP/2 (RFC 9113, sections 4 and 6): their layout, and a reader that takes bytes as they come. The content of DATA
// frames is handed on piece by piece, everything else as whole frames of bounded size; a piece is only good during the call.

/** Types of frames. */
export const DATA = 0, HEADERS = 1, PRIORITY = 2, RST_STREAM = 3, SETTINGS = 4, PUSH_PROMISE = 5, PING = 6, GOAWAY = 7, WINDOW_UPDATE = 8, CONTINUATION = 9;
/** Flags of frames; ACK is that of SETTINGS and PING. */
export const END_STREAM = 1, ACK = 1, END_HEADERS = 4, PADDED = 8, PRIORITIZED = 0x20;
/** Why a stream or a connection ends (section 7). */
export const NO_ERROR = 0, PROTOCOL_ERROR = 1, FLOW_CONTROL_ERROR = 3, STREAM_CLOSED = 5, FRAME_SIZE_ERROR = 6, REFUSED_STREAM = 7, CANCEL = 8, COMPRESSION_ERROR = 9, ENHANCE_YOUR_CALM = 11, INADEQUATE_SECURITY = 12;

export const FRAME_HEAD = 9;
/** The largest payload a peer may be told to send, and may ask for. */
export const MAX_FRAME = (1 << 24) - 1;
/** What frames may be long until a peer says otherwise. */
export const DEFAULT_FRAME = 1 << 14;
/** Payloads that are read as a whole; longer ones are nothing a sensible peer sends. */
const WHOLE = 1 << 16;

/** What ends a connection: `code` goes to the peer. */
export class ConnectionFault extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Writes the head of a frame. */
export function writeHead(to: Uint8Array, at: number, length: number, type: number, flags: number, stream: number): void {
  to[at] = length >>> 16;
  to[at + 1] = length >>> 8;
  to[at + 2] = length;
  to[at + 3] = type;
  to[at + 4] = flags;
  writeUint32(to, at + 5, stream);
}
export function writeUint32(to: Uint8Array, at: number, v: number): void {
  to[at] = v >>> 24;
  to[at + 1] = v >>> 16;
  to[at + 2] = v >>> 8;
  to[at + 3] = v;
}
export function readUint32(b: Uint8Array, at: number): number { return ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0; }
export function readUint16(b: Uint8Array, at: number): number { return (b[at]! << 8) | b[at + 1]!; }

/** What is told of the frames that come. `data`: first of every DATA frame its whole `length`, which counts against windows. */
export interface FrameSink {
  frame(type: number, flags: number, stream: number, payload: Uint8Array): void;
  dataBegins(stream: number, length: number): void;
  data(stream: number, bytes: Uint8Array): void;
  dataEnds(stream: number, flags: number): void;
}

/** Takes bytes apart into frames. After a ConnectionFault it must not be used again. */
export class FrameReader {
  readonly #sink: FrameSink;
  /** What is expected first, as a server expects the client's preface. */
  #preface: Uint8Array | undefined;
  #prefaceAt = 0;
  readonly #head = new Uint8Array(FRAME_HEAD);
  #headAt = 0;
  /** The frame under way: what is left of its payload, and what of that is padding. */
  #inside = false;
  #type = 0;
  #flags = 0;
  #stream = 0;
  #left = 0;
  #padding = 0;
  /** A DATA frame whose padding is not told yet. */
  #padsUnknown = false;
  /** Payload of a frame that comes in pieces. */
  #whole: Uint8Array | undefined;
  #wholeAt = 0;

  constructor(sink: FrameSink, preface?: Uint8Array) {
    this.#sink = sink;
    this.#preface = preface;
  }

  /** Bytes as they come. Throws ConnectionFault. */
  push(chunk: Uint8Array): void {
    let at = this.#preface ? this.#expect(this.#preface, chunk) : 0;
    while (at < chunk.length) {
      if (!this.#inside) {
        at = this.#readHead(chunk, at);
        continue;
      }
      at = this.#type === DATA ? this.#readData(chunk, at) : this.#readWhole(chunk, at);
    }
  }

  #expect(preface: Uint8Array, chunk: Uint8Array): number {
    let at = 0;
    for (; at < chunk.length && this.#prefaceAt < preface.length; at++) {
      if (chunk[at] !== preface[this.#prefaceAt++]) throw new ConnectionFault(PROTOCOL_ERROR, 'the peer does not speak HTTP/2');
    }
    if (this.#prefaceAt === preface.length) this.#preface = undefined;
    return at;
  }

  #readHead(chunk: Uint8Array, at: number): number {
    let head = chunk, from = at;
    if (this.#headAt > 0 || chunk.length - at < FRAME_HEAD) {
      const n = Math.min(FRAME_HEAD - this.#headAt, chunk.length - at);
      this.#head.set(chunk.subarray(at, at + n), this.#headAt);
      this.#headAt += n;
      at += n;
      if (this.#headAt < FRAME_HEAD) return at;
      head = this.#head;
      from = 0;
      this.#headAt = 0;
    } else at += FRAME_HEAD;
    const length = (head[from]! << 16) | (head[from + 1]! << 8) | head[from + 2]!;
    this.#type = head[from + 3]!;
    this.#flags = head[from + 4]!;
    this.#stream = readUint32(head, from + 5) & 0x7fffffff;
    this.#left = length;
    this.#inside = true;
    if (this.#type === DATA) {
      this.#padding = 0;
      this.#padsUnknown = (this.#flags & PADDED) !== 0;
      if (this.#padsUnknown && length === 0) throw new ConnectionFault(FRAME_SIZE_ERROR, 'a padded frame without its padding');
      this.#sink.dataBegins(this.#stream, length);
      if (length === 0) this.#endData();
    } else if (length > WHOLE) throw new ConnectionFault(ENHANCE_YOUR_CALM, `a frame of type ${this.#type} with ${length} bytes`);
    else if (length === 0) this.#endWhole(EMPTY);
    return at;
  }

  #readData(chunk: Uint8Array, at: number): number {
    if (this.#padsUnknown) {
      this.#padsUnknown = false;
      this.#padding = chunk[at++]!;
      this.#left--;
      if (this.#padding > this.#left) throw new ConnectionFault(PROTOCOL_ERROR, 'more padding than frame');
    }
    const content = Math.min(this.#left - this.#padding, chunk.length - at);
    if (content > 0) {
      this.#sink.data(this.#stream, chunk.subarray(at, at + content));
      this.#left -= content;
      at += content;
    }
    if (this.#left === this.#padding) {
      const skipped = Math.min(this.#padding, chunk.length - at);
      this.#left -= skipped;
      this.#padding -= skipped;
      at += skipped;
    }
    if (this.#left === 0) this.#endData();
    return at;
  }
  #endData(): void {
    this.#inside = false;
    this.#sink.dataEnds(this.#stream, this.#flags);
  }

  #readWhole(chunk: Uint8Array, at: number): number {
    const n = Math.min(this.#left, chunk.length - at);
    this.#left -= n;
    if (!this.#whole && this.#left === 0) { this.#endWhole(chunk.subarray(at, at + n)); return at + n; }
    this.#whole ??= new Uint8Array(n + this.#left);
    this.#whole.set(chunk.subarray(at, at + n), this.#wholeAt);
    this.#wholeAt += n;
    if (this.#left === 0) this.#endWhole(this.#whole);
    return at + n;
  }
  #endWhole(payload: Uint8Array): void {
    this.#inside = false;
    this.#whole = undefined;
    this.#wholeAt = 0;
    this.#sink.frame(this.#type, this.#flags, this.#stream, payload);
  }
}
const EMPTY = new Uint8Array(0);

/** What may be read of HEADERS without the padding and the priority around it. Throws ConnectionFault. */
export function headerBlock(flags: number, payload: Uint8Array): Uint8Array {
  let from = 0, to = payload.length;
  if (flags & PADDED) {
    if (to === 0) throw new ConnectionFault(FRAME_SIZE_ERROR, 'a padded frame without its padding');
    to -= payload[from++]!;
  }
  if (flags & PRIORITIZED) from += 5;
  if (from > to) throw new ConnectionFault(PROTOCOL_ERROR, 'more padding than frame');
  return payload.subarray(from, to);
}
