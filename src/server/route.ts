// What the master has to know of a call to bring it to its session: the messages read in part, graphs and tensors skipped.
import { messageType } from '../graph/message_codec.ts';
import type { AttrInt } from '../graph/node_def.ts';
import { type Codec, codec, CONFIG_PROTO, type ConfigFields, RUN_OPTIONS, type RunOptionFields } from '../session/grpc/messages.ts';
import type { SessionMethod } from './calls.ts';

/** The fields that are read, where the method has them. */
export interface Route {
  readonly sessionHandle?: string;
  readonly requestId?: AttrInt;
  readonly config?: ConfigFields;
  /** Of a step, or of every step of a callable. */
  readonly options?: RunOptionFields & { readonly runOptions?: RunOptionFields };
  readonly storeErrorsInResponseBody?: boolean;
  /** Of a callable. */
  readonly handle?: AttrInt;
}

const session = { session_handle: [1, 'string'] } as const;
const routes: { readonly [M in SessionMethod]: Codec<Route> } = {
  CreateSession: codec(messageType('CreateSessionRequest', { config: [2, CONFIG_PROTO] })),
  ExtendSession: codec(messageType('ExtendSessionRequest', session)),
  RunStep: codec(messageType('RunStepRequest', { ...session, options: [5, RUN_OPTIONS], store_errors_in_response_body: [7, 'bool'], request_id: [8, 'int64'] })),
  PartialRunSetup: codec(messageType('PartialRunSetupRequest', { ...session, request_id: [5, 'int64'] })),
  MakeCallable: codec(messageType('MakeCallableRequest', { ...session, options: [2, messageType('CallableOptions', { run_options: [4, RUN_OPTIONS] })], request_id: [3, 'int64'] })),
  RunCallable: codec(messageType('RunCallableRequest', { ...session, handle: [2, 'int64'], request_id: [4, 'int64'] })),
  ReleaseCallable: codec(messageType('ReleaseCallableRequest', session)),
};

/** Errors: DecodeError. */
export function routeOf(method: SessionMethod, body: Uint8Array): Route { return routes[method].decode(body); }
