// A gRPC message as it comes: five bytes in front (whether it is compressed, and its length), then the message.
import { take } from './memory.ts';

/** Bytes in front of a message. */
export const FRAME_HEAD = 5;
/** Bytes that are laid out for a message before they have come. */
const AT_ONCE = 1 << 26;

/** Puts a message together: in memory for all of it at once, when it does not claim to be large. */
export class Body {
  readonly #limit: number;
  readonly #head = new Uint8Array(FRAME_HEAD);
  #headAt = 0;
  #bytes: Uint8Array | undefined;
  #at = 0;
  #length = 0;

  /** `limit`: the most bytes that are taken in. */
  constructor(limit = Infinity) { this.#limit = limit; }

  /** What the message claims to be long. */
  get length(): number { return this.#length; }

  add(chunk: Uint8Array): void {
    if (this.#headAt < FRAME_HEAD) {
      const n = Math.min(FRAME_HEAD - this.#headAt, chunk.length);
      this.#head.set(chunk.subarray(0, n), this.#headAt);
      this.#headAt += n;
      chunk = chunk.subarray(n);
      if (this.#headAt < FRAME_HEAD) return;
      this.#length = new DataView(this.#head.buffer).getUint32(1);
      if (this.#length === 0) this.#bytes = new Uint8Array(); // not a part of the chunk: its memory would be given back
    }
    if (this.#length > this.#limit) return;
    const n = Math.min(chunk.length, this.#length - this.#at);
    if (n === 0) return;
    this.#bytes ??= laidOut(Math.min(this.#length, AT_ONCE), longField(chunk, this.#length));
    if (this.#at + n > this.#bytes.length) {
      const more = laidOut(Math.min(this.#length, 2 * (this.#at + n)), longField(this.#bytes, this.#length));
      more.set(this.#bytes.subarray(0, this.#at));
      this.#bytes = more;
    }
    this.#bytes.set(n === chunk.length ? chunk : chunk.subarray(0, n), this.#at);
    this.#at += n;
  }
  /** The message; undefined when it is compressed or not whole. */
  get message(): Uint8Array | undefined { return this.#bytes && this.#at === this.#length && this.#bytes.length === this.#length && this.#head[0] === 0 ? this.#bytes : undefined; }
}

/** Memory whose byte number `even` lies where elements of a tensor may. */
function laidOut(bytes: number, even: number): Uint8Array {
  const from = -even & 15;
  return take(from + bytes).subarray(from);
}

/** Where the longest field of a protobuf message begins, inside of others that take more than half of the message: the elements of the
 * tensor it brings. 0: there is none, or it does not begin in these first bytes. */
function longField(b: Uint8Array, length: number): number {
  let at = 0, found = 0;
  const varint = (): number => {
    let v = 0;
    for (let shift = 1; at < b.length; shift *= 128) {
      const byte = b[at++]!;
      v += (byte & 127) * shift;
      if (byte < 128) break;
    }
    return v;
  };
  while (at < b.length) {
    switch (varint() & 7) {
      case 0: varint(); break;
      case 1: at += 8; break;
      case 5: at += 4; break;
      case 2: {
        const n = varint();
        if (2 * n > length) found = at; else at += n;
        break;
      }
      default: return found;
    }
  }
  return found;
}

/** Fills in what stands in front of a message: `frame` is that room and the message. */
export function frameMessage(frame: Uint8Array): void {
  new DataView(frame.buffer, frame.byteOffset).setUint32(1, frame.length - FRAME_HEAD);
  frame[0] = 0;
}
