// Memory of messages and values that nobody needs any more. It lies outside JavaScript's heap, which is small here: a few
// messages of 1 MB make V8 collect all of it, and that takes longer than the calls that brought them.
import { MessageChannel } from 'node:worker_threads';

/** What is sent to a port that is closed is gone at once, and what it takes along is freed. */
const nobody = new MessageChannel().port1;
nobody.close();

/** Memory that is worth the trouble. */
const LARGE = 1 << 14;

/** Frees memory at once. Whoever still looks there sees an empty buffer; memory that has gone elsewhere is left alone. */
export function giveBack(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= LARGE) nobody.postMessage(null, [buffer]);
}
