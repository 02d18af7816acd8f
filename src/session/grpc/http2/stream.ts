// A stream of an HTTP/2 connection: what is still to be sent, and how far either side is.
import type { Header } from './hpack.ts';

/** What is told of a stream. */
export interface StreamHandler {
  /** Headers; the second time, trailers. */
  headers(fields: readonly Header[], ended: boolean): void;
  /** A piece of the body, good only during the call. */
  data(bytes: Uint8Array): void;
  /** The body has ended, and no trailers follow. */
  ended(): void;
  /** Nothing more is told. `code`: that of a reset; undefined: the connection is lost; NO_ERROR: both sides have ended. */
  closed(code: number | undefined): void;
}
/** Headers that come again, and others. */
export interface Headers { readonly kept: readonly Header[]; readonly others?: readonly Header[] }

export class Http2Stream {
  id = 0;
  handler!: StreamHandler;
  /** Bytes that may be sent, and that the peer may send. */
  sendWindow = 0;
  receiveWindow = 0;
  localEnded = false;
  remoteEnded = false;
  closed = false;
  /** What is to be sent, from `at` of the first piece on. */
  pieces: Uint8Array[] = [];
  at = 0;
  /** Bytes of the pieces. */
  left = 0;
  /** What ends the body; undefined: the body itself. */
  trailers: Headers | undefined;
  /** Told when nobody reads the pieces any more. */
  written: (() => void) | undefined;
}
