// Bytes on their way into a socket: small ones are put together, large ones are handed on where they lie, and all that one turn
// makes is one write.
import type { Socket } from 'node:net';

const ROOM = 1 << 16;
/** Pieces that are copied: cheaper than a part of their own. */
const SMALL = 1 << 14;

export class Outbox {
  readonly #socket: Socket;
  /** Memory of small pieces; written are those up to `#at`, handed to the socket those up to `#from`. */
  #room = Buffer.allocUnsafeSlow(ROOM);
  #from = 0;
  #at = 0;
  readonly #parts: Uint8Array[] = [];
  /** Bytes that the socket does not have yet. */
  #waiting = 0;
  /** Told when all that was added before is written. */
  readonly #told: (() => void)[] = [];

  constructor(socket: Socket) { this.#socket = socket; }

  get waiting(): number { return this.#waiting; }

  /** Memory for `n` bytes (at most a few thousand), to be filled in at once. */
  reserve(n: number): Uint8Array {
    if (this.#at + n > ROOM) {
      this.#cut();
      this.#room = Buffer.allocUnsafeSlow(ROOM);
      this.#from = this.#at = 0;
    }
    this.#at += n;
    this.#waiting += n;
    return this.#room.subarray(this.#at - n, this.#at);
  }
  /** A piece, which must not change until it is written. */
  add(piece: Uint8Array): void {
    if (piece.length <= SMALL) { this.reserve(piece.length).set(piece); return; }
    this.#cut();
    this.#waiting += piece.length;
    this.#parts.push(piece);
  }
  /** `told` is called when the system has copied everything that was added so far, if that happens. */
  whenWritten(told: () => void): void { this.#told.push(told); }
  /** Ends the part of small pieces. */
  #cut(): void {
    if (this.#at > this.#from) this.#parts.push(this.#room.subarray(this.#from, this.#at));
    this.#from = this.#at;
  }

  /** Hands everything to the socket. */
  flush(): void {
    this.#cut();
    const parts = this.#parts, socket = this.#socket;
    if (parts.length === 0) return;
    this.#waiting = 0;
    if (!socket.writable) { parts.length = this.#told.length = 0; return; }
    if (parts.length === 1) socket.write(parts[0]!);
    else {
      socket.cork();
      for (const p of parts) socket.write(p);
      socket.uncork();
    }
    parts.length = 0;
    this.written();
  }
  /** To be called when the socket may have written everything. */
  written(): void {
    if (this.#socket.writableLength > 0 || this.#parts.length > 0) return;
    if (this.#from === this.#at) this.#from = this.#at = 0;
    for (const told of this.#told.splice(0)) told();
  }
}
