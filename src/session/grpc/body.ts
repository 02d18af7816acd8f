// A gRPC message as it comes: five bytes in front (whether it is compressed, and its length), then the message.

/** Bytes in front of a message. */
export const FRAME_HEAD = 5;
/** Bytes that are laid out for a message before they have come. */
const AT_ONCE = 1 << 26;

/** Memory that ends where 16 bytes end: the elements of a tensor, which mostly stand last in a message, then need not be moved. */
function endingEven(bytes: number): Uint8Array {
  const room = Math.ceil(bytes / 16) * 16;
  return new Uint8Array(Buffer.allocUnsafeSlow(room).buffer, room - bytes, bytes);
}

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
  /** Bytes of it that have come. */
  get received(): number { return this.#at; }

  add(chunk: Uint8Array): void {
    let from = 0;
    if (!this.#bytes) {
      while (from < chunk.length && this.#headAt < FRAME_HEAD) this.#head[this.#headAt++] = chunk[from++]!;
      if (this.#headAt < FRAME_HEAD) return;
      this.#length = new DataView(this.#head.buffer).getUint32(1);
      this.#bytes = endingEven(this.#length > this.#limit ? 0 : Math.min(this.#length, AT_ONCE));
    }
    if (this.#length > this.#limit) return;
    const n = Math.min(chunk.length - from, this.#length - this.#at);
    if (this.#at + n > this.#bytes.length) {
      const more = endingEven(Math.min(this.#length, 2 * (this.#at + n)));
      more.set(this.#bytes.subarray(0, this.#at));
      this.#bytes = more;
    }
    this.#bytes.set(from === 0 && n === chunk.length ? chunk : chunk.subarray(from, from + n), this.#at);
    this.#at += n;
  }
  /** The message; undefined when it is compressed or not whole. */
  get message(): Uint8Array | undefined { return this.#bytes && this.#at === this.#length && this.#bytes.length === this.#length && this.#head[0] === 0 ? this.#bytes : undefined; }
}

/** Fills in what stands in front of a message: `frame` is that room and the message. */
export function frameMessage(frame: Uint8Array): void {
  new DataView(frame.buffer, frame.byteOffset).setUint32(1, frame.length - FRAME_HEAD);
  frame[0] = 0;
}
