// A session on a TensorFlow server: the graph is sent when something first runs, later only what is new; every run is one
// RunStep. Attrs at their defaults are left out, so that servers older than an attr take the graph. Follows
// core/distributed_runtime/rpc/grpc_session.cc and the graph extension of c/c_api.cc (1.15).
import { InternalError, InvalidArgumentError, type OpError, UnimplementedError } from '../../graph/errors.ts';
import type { Graph } from '../../graph/graph.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import type { AttrInt, GraphDef, NodeDef } from '../../graph/node_def.ts';
import { stripDefaultAttrs } from '../../ops/meta_graph.ts';
import type { ConfigProto } from '../config.ts';
import { runError } from '../errors.ts';
import type { CallableSpec, DeviceAttributes, Master, MasterCallable, MasterKind, MasterRun, MasterSettings } from '../master.ts';
import { setFields } from '../message.ts';
import type { PartialRequest } from '../partial_run.ts';
import type { RunMetadata } from '../run_options.ts';
import { Channel, recovery } from './channel.ts';
import type { ConfigFields, NamedTensorProto, RunOptionFields } from './messages.ts';
import { fillMetadata } from './metadata.ts';
import type { Method, RequestOf, ResponseOf } from './service.ts';
import { errorOf } from './status.ts';

/** What the server has of a session. */
interface Known { readonly handle: string; version: AttrInt; nodes: number; edits: number }

class GrpcSession implements Master {
  readonly #settings: MasterSettings;
  readonly #channel: Channel;
  readonly #address: string;
  #known: Known | undefined;
  /** Nodes as they were sent. */
  readonly #sent: NodeDef[] = [];
  /** Creation and extensions, one after another. */
  #tail: Promise<void> = Promise.resolve();
  #warned = false;

  constructor(settings: MasterSettings) {
    this.#settings = settings;
    this.#channel = new Channel(settings.target, settings.rpc);
    this.#address = settings.target.slice('grpc://'.length);
  }

  async run(run: MasterRun): Promise<readonly NDArray[]> {
    const names = [...run.fetches, ...run.targets].map((e) => e.name);
    const limits = { timeoutInMs: this.#timeout(run.options?.timeoutInMs), signal: run.signal };
    const place = { graph: this.#graph, fetches: names };
    try {
      const handle = this.#current() ?? await this.#extend();
      const options: RunOptionFields = { ...run.options && setFields(run.options), timeoutInMs: limits.timeoutInMs };
      const answer = await this.#channel.call('RunStep', {
        sessionHandle: handle, feed: run.feeds.map(({ tensor, value }): NamedTensorProto => ({ name: tensor.name, tensor: value })), fetch: run.fetches.map((t) => t.name), target: run.targets.map((o) => o.name),
        options, storeErrorsInResponseBody: true, requestId: requestId(), ...(run.partial === null ? {} : { partialRunHandle: run.partial }),
      }, limits);
      if (answer.statusCode) throw errorOf(answer.statusCode, answer.statusErrorMessage ?? '', recovery(answer.statusCode, this.#address));
      fillMetadata(run.runMetadata, answer.metadata);
      return inOrder(run, answer.tensor ?? []);
    } catch (e) {
      throw runError(e, place);
    }
  }

  async partialRunSetup(request: PartialRequest): Promise<string> {
    const handle = this.#current() ?? await this.#extend();
    const names = (list: readonly { readonly name: string }[]): string[] => list.map((x) => x.name);
    const answer = await this.#ask('PartialRunSetup', { sessionHandle: handle, feed: names(request.feeds), fetch: names(request.fetches), target: names(request.targets), requestId: requestId() });
    return answer.partialRunHandle ?? '';
  }

  async makeCallable(spec: CallableSpec): Promise<MasterCallable> {
    const session = this.#current() ?? await this.#extend();
    const { runOptions, ...rest } = spec;
    const timeoutInMs = this.#timeout(runOptions?.timeoutInMs);
    let made: ResponseOf<'MakeCallable'>;
    try {
      made = await this.#ask('MakeCallable', { sessionHandle: session, options: { ...rest, runOptions: { ...runOptions && setFields(runOptions), timeoutInMs } }, requestId: requestId() });
    } catch (e) {
      if (e instanceof UnimplementedError && isWithout(e)) return this.#callableOfSteps(spec, e);
      throw e;
    }
    const handle = made.handle ?? 0;
    const place = { graph: this.#graph, fetches: [...spec.fetch ?? [], ...spec.target ?? []] };
    return {
      run: async (feeds, runMetadata: RunMetadata | undefined, signal) => {
        try {
          const answer = await this.#channel.call('RunCallable', { sessionHandle: session, handle, feed: feeds, requestId: requestId() }, { timeoutInMs, signal });
          fillMetadata(runMetadata, answer.metadata);
          return answer.fetch ?? [];
        } catch (e) {
          throw runError(e, place);
        }
      },
      release: async () => { await this.#ask('ReleaseCallable', { sessionHandle: session, handle }); },
    };
  }

  /** A callable for a server that has none: every call is a step. */
  #callableOfSteps({ feed = [], fetch = [], target = [], runOptions = null, tensorConnection = [] }: CallableSpec, why: OpError): MasterCallable {
    if (tensorConnection.length > 0) throw why.with({ remedy: 'the server has no callables (TensorFlow 1.2), and its steps connect no tensors' });
    const g = this.#graph, tensors = feed.map((n) => g.getTensorByName(n));
    let released = false;
    return {
      run: async (feeds, runMetadata, signal) => {
        if (released) throw new InvalidArgumentError('Attempted to run callable after handle was released');
        return this.run({ feeds: tensors.map((tensor, i) => ({ tensor, value: feeds[i]! })), fetches: fetch.map((n) => g.getTensorByName(n)), targets: target.map((n) => g.getOperationByName(n)), options: runOptions, runMetadata, signal, partial: null });
      },
      release: () => { released = true; return Promise.resolve(); },
    };
  }

  async listDevices(): Promise<readonly DeviceAttributes[]> {
    // TensorFlow's clients create a session with an empty graph here; ours sends the graph it has.
    const answer = await this.#ask('ListDevices', { sessionHandle: this.#current() ?? await this.#extend() });
    return [...answer.localDevice ?? [], ...answer.remoteDevice ?? []].map((d) => ({ name: d.name ?? '', deviceType: d.deviceType ?? '', memoryLimitBytes: Number(d.memoryLimit ?? 0), incarnation: d.incarnation ?? 0n }));
  }

  async close(): Promise<void> {
    await this.#tail;
    const known = this.#known;
    this.#known = undefined;
    try {
      // Nobody waits for a server that is gone.
      if (known) await this.#channel.call('CloseSession', { sessionHandle: known.handle }, { timeoutInMs: this.#timeout(0) || CLOSING });
    } finally {
      this.#channel.close();
    }
  }

  get #graph(): Graph { return this.#settings.graph; }
  #timeout(ofRun: number | undefined): number { return ofRun ? ofRun : this.#settings.config.operationTimeoutInMs; }
  #ask<M extends Method>(method: M, request: RequestOf<M>): Promise<ResponseOf<M>> { return this.#channel.call(method, request, { timeoutInMs: this.#timeout(0) }); }

  // --- the graph ------------------------------------------------------------------------------------------------------

  /** The session's handle when the server has the whole graph; else undefined. */
  #current(): string | undefined {
    const k = this.#known;
    return k && k.nodes === this.#graph.size && k.edits === this.#graph.edits ? k.handle : undefined;
  }

  /** Sends what the server does not have yet, after what is being sent already; gives the session's handle. */
  async #extend(): Promise<string> {
    const step = this.#tail.then(() => this.#current() ?? (this.#known ? this.#sendNew(this.#known) : this.#create()));
    this.#tail = step.then(() => undefined, () => undefined);
    return step;
  }

  async #create(): Promise<string> {
    const graphDef = this.#graph.asGraphDef();
    const edits = this.#graph.edits;
    const answer = await this.#ask('CreateSession', { graphDef: stripDefaultAttrs(graphDef), config: configFields(this.#settings), target: this.#settings.target });
    const handle = answer.sessionHandle ?? '';
    if (handle === '') throw new InternalError(`The server at ${this.#address} made a session without a handle.`);
    for (const n of graphDef.node) this.#sent.push(n);
    this.#known = { handle, version: answer.graphVersion ?? 0, nodes: graphDef.node.length, edits };
    return handle;
  }

  async #sendNew(known: Known): Promise<string> {
    const all = this.#graph.asGraphDef();
    const edits = this.#graph.edits;
    if (edits !== known.edits) this.#noticeEdits(all.node);
    const graphDef: GraphDef = { ...all, node: all.node.slice(known.nodes) };
    if (graphDef.node.length > 0) {
      const answer = await this.#ask('ExtendSession', { sessionHandle: known.handle, graphDef: stripDefaultAttrs(graphDef), currentGraphVersion: known.version });
      known.version = answer.newGraphVersion ?? 0;
    }
    for (const n of graphDef.node) this.#sent.push(n);
    known.nodes = all.node.length;
    known.edits = edits;
    return known.handle;
  }

  /** As in TensorFlow, changes to nodes that were sent are told of and have no effect. */
  #noticeEdits(nodes: readonly NodeDef[]): void {
    const changed = this.#sent.find((n, i) => nodes[i] !== n);
    if (!changed || this.#warned) return;
    this.#warned = true;
    this.#settings.warn(`Operation '${changed.name}' was changed after it was run by a session. This mutation will have no effect, and will trigger an error in the future. Either don't modify nodes after running them or create a new session.`);
  }
}

/** Milliseconds that closing a session may take. */
const CLOSING = 10_000;

/** The kind of master behind `grpc://` targets. */
export const grpcMaster: MasterKind = {
  open: (settings) => new GrpcSession(settings),
  async reset(target, containers, config: ConfigProto, rpc) {
    const channel = new Channel(target, rpc);
    try {
      await channel.call('Reset', { container: containers }, { timeoutInMs: config.operationTimeoutInMs });
    } finally {
      channel.close();
    }
  },
};

/** Whether a server does not know a call; TensorFlow's say why else a call is not implemented. */
function isWithout(e: UnimplementedError): boolean { return e.text === '' || /unknown method|unimplemented/i.test(e.text); }

/** A number no other request has; never 0. */
function requestId(): number { return 1 + Math.floor(Math.random() * (2 ** 53 - 2)); }

/** What the server is told of the configuration. In exact mode it must not rewrite the graph. */
function configFields(s: MasterSettings): ConfigFields {
  const set = (setFields(s.config) ?? {}) as ConfigFields;
  if (!s.exact) return set;
  return { ...set, graphOptions: { ...set.graphOptions, rewriteOptions: { ...set.graphOptions?.rewriteOptions, disableMetaOptimizer: true } } };
}

/** The answers in the order they were asked for; they come in any. */
function inOrder(run: MasterRun, tensors: readonly NamedTensorProto[]): NDArray[] {
  const places = new Map(run.fetches.map((t, i) => [t.name, i]));
  const out: NDArray[] = [];
  for (const { name = '', tensor } of tensors) {
    const at = places.get(name);
    if (at === undefined) throw new InternalError(`Received response for unrequested fetch: ${name}`);
    if (tensor) out[at] = tensor;
  }
  run.fetches.forEach((t, i) => { if (!out[i]) throw new InternalError(`The server gave no value for '${t.name}'.`); });
  return out;
}
