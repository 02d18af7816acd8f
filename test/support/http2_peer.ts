// The other side of an HTTP/2 connection, byte by byte: frames and header blocks as a test wants them, right or wrong, and
// what came back taken apart again. Headers are written as literals, so that a block says what it says.
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { FrameReader, headerBlock, readUint32, writeHead } from '../../src/session/grpc/http2/frames.ts';
import * as f from '../../src/session/grpc/http2/frames.ts';
import { type Header, HpackDecoder } from '../../src/session/grpc/http2/hpack.ts';

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export function frame(type: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const head = Buffer.alloc(f.FRAME_HEAD);
  writeHead(head, 0, payload.length, type, flags, stream);
  return Buffer.concat([head, payload]);
}
export const uint32 = (...v: number[]): Buffer => Buffer.concat(v.map((x) => { const b = Buffer.alloc(4); b.writeUInt32BE(x); return b; }));
export const settings = (...pairs: (readonly [number, number])[]): Buffer => frame(f.SETTINGS, 0, 0, Buffer.concat(pairs.map(([k, v]) => Buffer.concat([Buffer.from([0, k]), uint32(v)]))));
/** An integer of HPACK. */
export function integer(bits: number, pattern: number, v: number): Buffer {
  const most = (1 << bits) - 1, out: number[] = [];
  if (v < most) return Buffer.from([pattern | v]);
  out.push(pattern | most);
  for (v -= most; v > 127; v = Math.floor(v / 128)) out.push((v % 128) | 128);
  return Buffer.from([...out, v]);
}
const text = (s: string): Buffer => Buffer.concat([integer(7, 0, s.length), Buffer.from(s, 'latin1')]);
/** A block of literals; `first`: 0x40 leaves them in the table, 0 does not. */
export const block = (headers: readonly Header[], first = 0): Buffer => Buffer.concat(headers.flatMap(([name, value]) => [Buffer.from([first]), text(name), text(value)]));
export const call = (path: string): Buffer => block([[':method', 'POST'], [':scheme', 'http'], [':path', path], ['content-type', 'application/grpc'], ['te', 'trailers']]);
/** A message in gRPC's framing. */
export const message = (bytes: Uint8Array): Buffer => Buffer.concat([Buffer.from([0]), uint32(bytes.length), bytes]);

/** A frame that came; DATA whole. */
export interface Came { readonly type: number; readonly flags: number; readonly stream: number; readonly payload: Buffer; readonly headers?: readonly Header[] }
/** Takes apart what came. */
export class Listener {
  readonly frames: Came[] = [];
  readonly #headers = new Map<number, Header[]>();
  readonly #decoder = new HpackDecoder();
  readonly #reader: FrameReader;
  #data: Buffer[] = [];
  constructor(preface?: Uint8Array) {
    this.#reader = new FrameReader({
      frame: (type, flags, stream, payload) => {
        const copy = Buffer.from(payload), headers = type === f.HEADERS ? this.#decoder.decode(headerBlock(flags, copy)) : undefined;
        if (headers) this.#headers.set(stream, [...this.headers(stream), ...headers]);
        this.frames.push({ type, flags, stream, payload: copy, ...(headers ? { headers } : {}) });
      },
      dataBegins: () => { this.#data = []; },
      data: (_, bytes) => { this.#data.push(Buffer.from(bytes)); },
      dataEnds: (stream, flags) => { this.frames.push({ type: f.DATA, flags, stream, payload: Buffer.concat(this.#data) }); },
    }, preface);
  }
  push(bytes: Uint8Array): void { this.#reader.push(bytes); }
  of(type: number, stream?: number): readonly Came[] { return this.frames.filter((x) => x.type === type && (stream === undefined || x.stream === stream)); }
  /** The code of the goodbye; undefined: there was none. */
  get goodbye(): number | undefined { const g = this.of(f.GOAWAY).at(-1); return g && readUint32(g.payload, 4); }
  reset(stream: number): number | undefined { const r = this.of(f.RST_STREAM, stream).at(-1); return r && readUint32(r.payload, 0); }
  body(stream: number): Buffer { return Buffer.concat(this.of(f.DATA, stream).map((x) => x.payload)); }
  /** Headers and trailers of a stream. */
  headers(stream: number): readonly Header[] { return this.#headers.get(stream) ?? []; }
}

/** A socket that only collects what is written; `stuck`: nothing of it is ever read. */
export class DeafSocket extends EventEmitter {
  readonly listener: Listener;
  readonly stuck: boolean;
  writable = true;
  destroyed = false;
  ended = false;
  writableLength = 0;
  constructor(stuck = false, preface?: Uint8Array) {
    super();
    this.stuck = stuck;
    this.listener = new Listener(preface);
  }
  /** Where else it goes. */
  onWrite: (bytes: Uint8Array) => void = () => undefined;
  write(bytes: Uint8Array): boolean {
    if (this.stuck) this.writableLength += bytes.length;
    else { this.listener.push(bytes); this.onWrite(Buffer.from(bytes)); }
    return !this.stuck;
  }
  cork(): void {}
  uncork(): void {}
  end(): void { this.ended = true; this.writable = false; }
  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.writable = false;
    this.emit('close');
  }
  destroySoon(): void { this.destroy(); }
  get socket(): Socket { return this as unknown as Socket; }
}
