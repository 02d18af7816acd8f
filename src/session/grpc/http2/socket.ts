// Reading from sockets without garbage: all of this thread share the memory that bytes are read into, because what is read is
// taken in before anything else is.
import type { OnReadOpts } from 'node:net';

let memory: Uint8Array | undefined;

/** Option `onread` of a socket. The bytes are only good during the call. */
export function readInto(take: (bytes: Uint8Array) => void): OnReadOpts {
  const buffer = memory ??= Buffer.allocUnsafeSlow(1 << 20);
  return { buffer, callback: (n) => { take(buffer.subarray(0, n)); return true; } };
}
