// The master service as gRPC knows it: its calls by name, for a client and for a server alike. The wire name is
// `/tensorflow.MasterService/X`, as TensorFlow's C++ spells it (core/distributed_runtime/rpc/grpc_master_service_impl.cc).
import type { ServiceDefinition } from '@grpc/grpc-js';
import * as m from './messages.ts';

/** Every call of the master service: what is asked and what is answered. All are unary. */
export const METHODS = {
  CreateSession: { request: m.createSessionRequest, response: m.createSessionResponse },
  ExtendSession: { request: m.extendSessionRequest, response: m.extendSessionResponse },
  PartialRunSetup: { request: m.partialRunSetupRequest, response: m.partialRunSetupResponse },
  RunStep: { request: m.runStepRequest, response: m.runStepResponse },
  CloseSession: { request: m.sessionRequest('CloseSessionRequest'), response: m.emptyResponse('CloseSessionResponse') },
  ListDevices: { request: m.sessionRequest('ListDevicesRequest'), response: m.listDevicesResponse },
  Reset: { request: m.resetRequest, response: m.emptyResponse('ResetResponse') },
  MakeCallable: { request: m.makeCallableRequest, response: m.makeCallableResponse },
  RunCallable: { request: m.runCallableRequest, response: m.runCallableResponse },
  ReleaseCallable: { request: m.releaseCallableRequest, response: m.emptyResponse('ReleaseCallableResponse') },
} as const satisfies Record<string, { readonly request: m.Codec<object>; readonly response: m.Codec<object> }>;

export type Method = keyof typeof METHODS;
type Coded<C> = C extends m.Codec<infer T> ? T : never;
export type RequestOf<M extends Method> = Coded<(typeof METHODS)[M]['request']>;
export type ResponseOf<M extends Method> = Coded<(typeof METHODS)[M]['response']>;

export const pathOf = (method: Method): string => `/tensorflow.MasterService/${method}`;

/** The bytes of a message as gRPC takes them, without a copy. */
export function serializer<T>(codec: m.Codec<T>): (message: T) => Buffer {
  return (message) => {
    const bytes = codec.encode(message);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
}

/** What `Server.addService` takes. A message that cannot be read is answered by gRPC with INTERNAL. */
export function masterService(): ServiceDefinition {
  return Object.fromEntries(Object.entries(METHODS).map(([name, { request, response }]) => [name, {
    path: pathOf(name as Method), originalName: name, requestStream: false, responseStream: false,
    requestSerialize: serializer(request as m.Codec<unknown>), requestDeserialize: (b: Buffer) => request.decode(b),
    responseSerialize: serializer(response as m.Codec<unknown>), responseDeserialize: (b: Buffer) => response.decode(b),
  }]));
}
