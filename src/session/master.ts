// Sessions that run elsewhere. `tf.Session` takes fetches and feeds apart as ever and hands the run to a master, chosen by
// the scheme of its target; nothing here knows how a master is reached (`tfgraph/grpc` adds the one for `grpc://`).
import { NotFoundError, RuntimeError, UnimplementedError } from '../graph/errors.ts';
import type { Graph } from '../graph/graph.ts';
import type { NDArray } from '../graph/ndarray.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import type { ConfigProto } from './config.ts';
import type { Engine } from './engines/engine.ts';
import { referenceEngine } from './engines/reference.ts';
import { fromTfjs, isTfjsTensor } from './feed.ts';
import type { PartialRequest } from './partial_run.ts';
import { metadataOf } from './run_arguments.ts';
import type { RunMetadata, RunOptions } from './run_options.ts';
import type { Prepared } from './transfer.ts';

/** A device of a session. */
export interface DeviceAttributes { readonly name: string; readonly deviceType: string; readonly memoryLimitBytes: number; readonly incarnation: bigint }

/** One run, as a master gets it. Names in the order of `fetches` are the order of the results. */
export interface MasterRun {
  readonly feeds: readonly { readonly tensor: Tensor; readonly value: NDArray }[];
  readonly fetches: readonly Tensor[];
  readonly targets: readonly Operation[];
  readonly options: RunOptions | null;
  readonly runMetadata: RunMetadata | undefined;
  readonly signal: AbortSignal | null;
  /** Handle of the partial run this is a part of. */
  readonly partial: string | null;
}
/** `tf.CallableOptions`, with names of tensors and operations. */
export interface CallableSpec {
  readonly feed?: readonly string[];
  readonly fetch?: readonly string[];
  readonly target?: readonly string[];
  readonly runOptions?: RunOptions | null;
  /** Tensors to be taken from others while the callable runs. */
  readonly tensorConnection?: readonly { readonly fromTensor: string; readonly toTensor: string }[];
}
/** A callable that a master keeps. */
export interface MasterCallable {
  run(feeds: readonly NDArray[], runMetadata: RunMetadata | undefined, signal: AbortSignal | null): Promise<readonly NDArray[]>;
  release(): Promise<void>;
}
/** What runs a session elsewhere. Errors: the classes of `tf.errors`. */
export interface Master {
  connect(): Promise<void>;
  run(run: MasterRun): Promise<readonly NDArray[]>;
  partialRunSetup(request: PartialRequest): Promise<string>;
  makeCallable(spec: CallableSpec): Promise<MasterCallable>;
  listDevices(): Promise<readonly DeviceAttributes[]>;
  /** Ends the session, there as well. */
  close(): Promise<void>;
}
/** How the connection behaves. */
export interface RpcOptions {
  /** Calls wait until the server can be reached, as TensorFlow's own do (default true); else they fail at once with UnavailableError. */
  readonly waitForReady?: boolean;
  /** The most milliseconds between two attempts to connect. Default 1000. */
  readonly maxReconnectBackoffMs?: number;
  /** How often a call that ended with UNAVAILABLE is sent again. Default 10, as TensorFlow's own. */
  readonly maxRetries?: number;
}
export interface MasterSettings {
  readonly target: string;
  readonly graph: Graph;
  readonly config: ConfigProto;
  /** Asks the server to leave the graph as it is. */
  readonly exact: boolean;
  readonly rpc: RpcOptions;
  readonly warn: (text: string) => void;
}
/** A kind of master: `open` begins a session (nothing is sent yet); `reset` clears containers of the server. */
export interface MasterKind {
  open(settings: MasterSettings): Master;
  reset(target: string, containers: readonly string[], config: ConfigProto, rpc: RpcOptions): Promise<void>;
}

const kinds = new Map<string, MasterKind>();
export function registerMaster(scheme: string, kind: MasterKind): void { kinds.set(scheme, kind); }

/** The kind of master of a target; undefined for this process. Throws NotFoundError for targets of no known kind. */
export function masterOf(target: string): MasterKind | undefined {
  if (target === '' || target === 'local') return undefined;
  const scheme = /^(\w+):\/\//.exec(target)?.[1] ?? '';
  const kind = kinds.get(scheme);
  if (kind) return kind;
  if (scheme === 'grpc') throw new RuntimeError(`Session target '${target}': this program has not loaded tfgraph's gRPC client.`, { remedy: "import 'tfgraph/grpc' before the session is made" });
  throw new NotFoundError(`No session factory registered for the given session options: {target: "${target}" config: } Registered factories are {DIRECT_SESSION, GRPC_SESSION}.`, { remedy: 'leave target out to run in this process' });
}

/** A run whose arguments are checked, for a master. */
export function masterRun(p: Prepared, partial: string | null): MasterRun {
  return {
    feeds: p.fed.map(({ tensor, value }) => ({ tensor, value: isTfjsTensor(value) ? fromTfjs(value) : value })),
    fetches: p.request.fetches, targets: p.request.targets,
    options: p.told.options ?? null, runMetadata: metadataOf(p.told), signal: p.told.signal ?? null, partial,
  };
}

/** What stands where sessions of this process have their engine: no kernels, no memory, the target's name. */
export function remoteEngine(target: string): Engine { return { ...referenceEngine, name: target }; }

/** Refuses what only sessions of this process have. */
export function onlyHere(what: string, target: string, remedy: string): never { throw new UnimplementedError(`${what}: the session runs on '${target}'.`, { remedy }); }

