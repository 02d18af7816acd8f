// gRPC itself is the package `@grpc/grpc-js`, an optional peer: loaded when the first call is made or served.
import { RuntimeError } from '../../graph/errors.ts';

export type Grpc = typeof import('@grpc/grpc-js');

let loaded: Promise<Grpc> | undefined;

/** Loads the package. Throws RuntimeError that says what to install where it is absent. */
export function loadGrpc(): Promise<Grpc> {
  return (loaded ??= import('@grpc/grpc-js').catch((e: unknown) => {
    loaded = undefined;
    if ((e as { code?: unknown } | null)?.code !== 'ERR_MODULE_NOT_FOUND') throw e;
    throw missing();
  }));
}
function missing(): RuntimeError { return new RuntimeError("Sessions on 'grpc://' targets need the package @grpc/grpc-js, which is not installed.", { remedy: 'npm install @grpc/grpc-js@1.14.7' }); }

/** Options of a channel or server that TensorFlow's messages need: no limit below protobuf's own, and no proxy. */
export const CHANNEL_OPTIONS = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1, 'grpc.enable_http_proxy': 0 } as const;
