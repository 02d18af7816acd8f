// Frames on their way out, except for the bodies: each with its layout (RFC 9113, section 6), into the outbox of a connection.
import * as f from './frames.ts';
import { HpackEncoder } from './hpack.ts';
import type { Outbox } from './outbox.ts';
import type { Headers } from './stream.ts';

export class FrameWriter {
  readonly #out: Outbox;
  readonly encoder = new HpackEncoder();
  /** What the peer takes in one frame. */
  maxFrame = f.DEFAULT_FRAME;

  constructor(out: Outbox) { this.#out = out; }

  /** The head of a frame whose payload follows. */
  head(length: number, type: number, flags: number, stream: number): void { f.writeHead(this.#out.reserve(f.FRAME_HEAD), 0, length, type, flags, stream); }
  /** A block of headers, in as many frames as it takes. */
  headers(stream: number, { kept, others }: Headers, ends: boolean): void {
    const block = this.encoder.encode(kept, others), last = ends ? f.END_STREAM : 0;
    let at = 0;
    do {
      const part = block.subarray(at, at + this.maxFrame), isFirst = at === 0;
      at += part.length;
      this.head(part.length, isFirst ? f.HEADERS : f.CONTINUATION, (isFirst ? last : 0) | (at === block.length ? f.END_HEADERS : 0), stream);
      this.#out.add(part);
    } while (at < block.length);
  }
  reset(stream: number, code: number): void {
    this.head(4, f.RST_STREAM, 0, stream);
    this.#numbers(code);
  }
  window(stream: number, more: number): void {
    this.head(4, f.WINDOW_UPDATE, 0, stream);
    this.#numbers(more);
  }
  goaway(last: number, code: number, message: string): void {
    const text = Buffer.from(message);
    this.head(8 + text.length, f.GOAWAY, 0, 0);
    this.#numbers(last, code);
    this.#out.add(text);
  }
  settings(values: readonly (readonly [setting: number, value: number])[]): void {
    this.head(6 * values.length, f.SETTINGS, 0, 0);
    for (const [setting, value] of values) {
      const b = this.#out.reserve(6);
      b[0] = 0;
      b[1] = setting;
      f.writeUint32(b, 2, value);
    }
  }
  /** Confirms settings, or a ping with its payload. */
  confirm(type: number, payload: Uint8Array): void {
    this.head(payload.length, type, f.ACK, 0);
    this.#out.add(payload);
  }
  #numbers(...numbers: number[]): void { for (const n of numbers) f.writeUint32(this.#out.reserve(4), 0, n); }
}
