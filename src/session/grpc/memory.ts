// Memory of messages: used again when they are done, or freed at once. It lies outside JavaScript's heap, which is small here: a
// few messages of 1 MB left to the garbage collector make it collect everything, and that takes longer than the calls that
// brought them.
import { MessageChannel } from 'node:worker_threads';

/** What is sent to a port that is closed is gone at once, and what it takes along is freed. */
const nobody = new MessageChannel().port1;
nobody.close();

/** Memory that is worth the trouble. */
const LARGE = 1 << 14;
/** Bytes that are kept, of one message and of all. */
const KEPT_OF_ONE = 1 << 23, KEPT = 1 << 25;
/** Bytes that memory may be larger than what lies in it. */
const SLACK = 32;

/** What is kept, the oldest first. */
const kept: ArrayBuffer[] = [];
let bytesKept = 0;

/** Memory for a message, with anything in it: steps that are repeated have messages of the same length. */
export function take(bytes: number): Uint8Array {
  if (bytes >= LARGE) {
    for (let i = kept.length - 1; i >= 0; i--) {
      const room = kept[i]!;
      if (room.byteLength < bytes || room.byteLength - bytes >= SLACK) continue;
      kept.splice(i, 1);
      bytesKept -= room.byteLength;
      return new Uint8Array(room, 0, bytes);
    }
  }
  return new Uint8Array(Buffer.allocUnsafeSlow(Math.ceil(bytes / 16) * 16).buffer, 0, bytes);
}

/** Nobody needs a message any more, and all of its memory is its own. */
export function giveBack({ buffer }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength < LARGE || kept.includes(buffer)) return;
  if (buffer.byteLength > KEPT_OF_ONE) { nobody.postMessage(null, [buffer]); return; }
  kept.push(buffer);
  for (bytesKept += buffer.byteLength; bytesKept > KEPT;) {
    const oldest = kept.shift()!;
    bytesKept -= oldest.byteLength;
    nobody.postMessage(null, [oldest]);
  }
}
/** Nobody needs what is in this memory any more: it is freed. Whoever still looks there sees an empty buffer. */
export function free(buffer: ArrayBufferLike): void { if (buffer instanceof ArrayBuffer && buffer.byteLength >= LARGE) nobody.postMessage(null, [buffer]); }
