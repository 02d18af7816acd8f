// What the master has to know of a call to bring it to its session: the messages read in part, graphs and tensors skipped.
import { messageType } from '../graph/message_codec.ts';
import type { AttrInt } from '../graph/node_def.ts';
import { lenTag, WireReader } from '../graph/wire.ts';
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

/** Fields to count, by tag, in messages or in what lies in them. */
interface Counted { readonly [tag: number]: Counted | true }
const NODES: Counted = { [lenTag(1)]: true, [lenTag(2)]: { [lenTag(1)]: { [lenTag(3)]: true } } };
const GRAPHS: Partial<Record<SessionMethod, Counted>> = { CreateSession: { [lenTag(1)]: NODES }, ExtendSession: { [lenTag(2)]: NODES } };

/** Nodes of the graph in a message, those of its functions included. Errors: DecodeError. */
export function nodesIn(method: SessionMethod, body: Uint8Array): number {
  const what = GRAPHS[method];
  return what ? count(new WireReader(body, `${method}Request`, { maxBytes: Infinity }), what) : 0;
}
function count(r: WireReader, what: Counted): number {
  let n = 0;
  for (let t = r.tag(); t !== 0; t = r.tag()) {
    const within = what[t];
    if (within === undefined || within === true) {
      r.skip(t);
      if (within) n++;
    } else {
      const outer = r.enter();
      n += count(r, within);
      r.leave(outer);
    }
  }
  return n;
}
