// Reading from sockets without garbage: all of this thread share the memory that bytes are read into, because what is read is
// taken in before anything else is.
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';

let memory: Uint8Array | undefined;

/** Option `onread` of a socket. The bytes are only good during the call. */
export function readInto(take: (bytes: Uint8Array) => void): OnReadOpts {
  const buffer = memory ??= Buffer.allocUnsafeSlow(1 << 20);
  return { buffer, callback: (n) => { take(buffer.subarray(0, n)); return true; } };
}

/** A paused socket that a server accepted, read so. Node has no such option for them, so another socket takes over its handle: to
 * leave every 64 kB that come to the garbage collector costs more than all the rest of a call of 1 MB. */
export function accepted(socket: Socket, take: (bytes: Uint8Array) => void): Socket {
  const held = socket as { _handle?: unknown }, handle = held._handle;
  if (typeof handle !== 'object' || handle === null) {
    socket.on('data', take);
    return socket.resume();
  }
  held._handle = null;
  socket.destroy();
  return new Socket({ handle, onread: readInto(take) } as SocketConstructorOpts);
}
