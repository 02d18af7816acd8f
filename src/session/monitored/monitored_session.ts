// Sessions that are initialized, watched by hooks, and made anew when their server has lost them.
// Follows python/training/monitored_session.py (1.15), whose four wrappers are one class here.
import { GraphKeys } from '../../graph/collections.ts';
import { AbortedError, OutOfRangeError, RuntimeError, UnavailableError, UnimplementedError } from '../../graph/errors.ts';
import { getDefaultGraph, type Graph } from '../../graph/graph.ts';
import { api, bind } from '../../ops/api.ts';
import { info } from '../../ops/tf_logging.ts';
import { type FedValue, type FeedKey, feedEntries, type Feeds } from '../feed.ts';
import { type Fetchable, type Fetched, fetchRepr } from '../fetch.ts';
import type { SessionOptions } from '../options.ts';
import { runArguments } from '../run_arguments.ts';
import { RunMetadata, RunOptions } from '../run_options.ts';
import type { RunRest, Session } from '../session.ts';
import { Coordination, SessionRunArgs, SessionRunContext, type SessionRunHook, SessionRunValues } from './run_hook.ts';
import { Scaffold } from './scaffold.ts';
import { ChiefSessionCreator, type SessionCreator, WorkerSessionCreator } from './session_creator.ts';
import { closeQuietly } from './session_manager.ts';

/** A session that is in use. */
interface Live { readonly sess: Session; readonly coord: Coordination; stopRequested: boolean }
const isPreemption = (e: unknown): boolean => e instanceof AbortedError || e instanceof UnavailableError;

abstract class Monitored implements AsyncDisposable {
  readonly #hooks: readonly SessionRunHook[];
  readonly #creator: SessionCreator;
  readonly #recovers: boolean;
  readonly #graph: Graph;
  readonly #wasFinalized: boolean;
  #live: Live | undefined;
  /** The session that is being made. */
  #opening: Promise<Live> | undefined;
  #isClosed = false;
  /** The last run has failed: what ends the session then is an error. */
  #hasFailed = false;

  constructor(creator: SessionCreator | null, hooks: readonly SessionRunHook[], recovers: boolean) {
    this.#graph = getDefaultGraph();
    if (this.#graph.getCollection(GraphKeys.QUEUE_RUNNERS).length > 0) throw new UnimplementedError("The graph's collection 'queue_runners' is not empty: queue runners are threads, which are not started here.");
    this.#wasFinalized = this.#graph.finalized;
    this.#hooks = hooks;
    this.#recovers = recovers;
    for (const h of hooks) h.begin();
    this.#creator = creator ?? new ChiefSessionCreator();
    this.#opening = this.#open(this.#creator.createSession());
    this.#opening.catch(() => undefined); // whoever uses the session is told
  }

  /** The graph that is run; null once it is closed. */
  get graph(): Graph | null { return this.#isClosed ? null : this.#graph; }
  /** Resolves when the first session has been made and initialized; `run` waits for that by itself. Errors: those of its creator. */
  async ready(): Promise<this> {
    await this.#session();
    return this;
  }

  /** `run(fetches, feed_dict, options, run_metadata)`: as `tf.Session.run`, with what the hooks add. When the server has lost the session
   * (AbortedError, UnavailableError) a MonitoredSession makes and initializes a new one, tells the hooks, and runs again.
   * Errors: those of `tf.Session.run` and of hooks; RuntimeError when it is closed, when a stop was requested before, and when a
   * tensor is fed by two. */
  async run<const F extends Fetchable>(fetches: F, ...rest: RunRest): Promise<Fetched<F>> {
    try {
      for (;;) {
        const live = await this.#session();
        try {
          const values = await this.#runHooked(live, fetches, rest);
          this.#hasFailed = false;
          return values as Fetched<F>;
        } catch (e) {
          const lost = isPreemption(e) ? e : isPreemption(live.coord.error) ? live.coord.error : undefined;
          if (lost === undefined || !this.#recovers) throw lost ?? e;
          await this.#discard(live, lost);
        }
      }
    } catch (e) {
      this.#hasFailed = !(e instanceof OutOfRangeError);
      throw e;
    }
  }

  /** Whether a hook or a coordinator has requested a stop, or it is closed. */
  shouldStop(): boolean {
    if (this.#isClosed) return true;
    const live = this.#live;
    if (!live) return false;
    const { error } = live.coord;
    if (this.#recovers && isPreemption(error)) {
      void this.#discard(live, error);
      return false;
    }
    return error !== undefined || live.coord.shouldStop() || live.stopRequested;
  }

  /** Tells the hooks of the end, and closes the session. Errors: RuntimeError when it is closed, those of the hooks. */
  async close(): Promise<void> {
    if (this.#isClosed) throw new RuntimeError('Session is already closed.');
    await this.#end(false);
  }
  /** The end of an `await using` block. When the last run has thrown (other than OutOfRangeError) hooks are not told, as in Python
   * when an error leaves the block. */
  async [Symbol.asyncDispose](): Promise<void> { if (!this.#isClosed) await this.#end(this.#hasFailed); }

  /** The session underneath; null when there is none now. */
  protected tfSession(): Session | null { return this.#live?.sess ?? null; }

  async #end(failed: boolean): Promise<void> {
    const live = this.#live ?? await this.#opening?.catch(() => undefined);
    try {
      if (!failed && live) for (const h of this.#hooks) await h.end(live.sess);
    } finally {
      this.#isClosed = true;
      this.#live = this.#opening = undefined;
      live?.coord.requestStop();
      if (live) await closeQuietly(live.sess);
      if (!this.#wasFinalized) this.#graph._unsafeUnfinalize();
    }
  }

  #session(): Promise<Live> | Live {
    if (this.#isClosed) throw new RuntimeError('Attempted to use a closed Session.');
    return this.#live ?? (this.#opening ??= this.#open(this.#creator.createSession()));
  }
  /** Takes a session that is coming into use; makes others when the server loses it meanwhile. */
  async #open(coming: Promise<Session>): Promise<Live> {
    for (;;) {
      let sess: Session | undefined;
      try {
        sess = await coming;
        const live: Live = { sess, coord: new Coordination(), stopRequested: false };
        for (const h of this.#hooks) await h.afterCreateSession(sess, live.coord);
        this.#live = live;
        return live;
      } catch (e) {
        if (sess) await closeQuietly(sess);
        if (!this.#recovers || !isPreemption(e) || this.#isClosed) throw e;
        info('An error was raised while a session was being created. This may be due to a preemption of a connected worker or parameter server. A new session will be created. Error: %s', String(e));
        coming = this.#creator.createSession();
      }
    }
  }
  /** Lets go of a session that the server has lost; the next run makes a new one. */
  async #discard(live: Live, why: unknown): Promise<void> {
    if (this.#live !== live) return; // another run has done so
    this.#live = this.#opening = undefined;
    info('An error was raised. This may be due to a preemption in a connected worker or parameter server. The current session will be closed and a new session will be created. Error: %s', String(why));
    live.coord.requestStop();
    await closeQuietly(live.sess);
  }

  /** One run with what the hooks add to it. */
  async #runHooked(live: Live, fetches: Fetchable, rest: RunRest): Promise<unknown> {
    if (this.shouldStop()) throw new RuntimeError('Run called even after should_stop requested.');
    const { feedDict = null, options: given = null, runMetadata: filled = null, ...named } = runArguments(rest);
    const context = new SessionRunContext(new SessionRunArgs(fetches, feedDict), live.sess), options = given ?? new RunOptions(), runMetadata = filled ?? new RunMetadata();
    const requests: (SessionRunArgs | null)[] = [], feeds = new Map<FeedKey, FedValue>();
    for (const h of this.#hooks) {
      const request = await h.beforeRun(context) ?? null;
      requests.push(request);
      if (request?.feedDict) merge(feeds, request.feedDict, 'Same tensor is fed by two hooks.');
      if (request?.options) mergeOptions(options, request.options);
    }
    if (feeds.size > 0 && feedDict) merge(feeds, feedDict, 'Same tensor is fed by a SessionRunHook and user.');
    const [values, results] = await live.sess.run([fetches, requests.map((r) => r?.fetches ?? [])], feeds.size > 0 ? feeds : feedDict, { ...named, options, runMetadata }) as unknown as [unknown, unknown[]];
    for (const [i, h] of this.#hooks.entries()) await h.afterRun(context, new SessionRunValues(requests[i]?.fetches ? results[i] : null, options, runMetadata));
    live.stopRequested ||= context.stopRequested;
    return values;
  }
}

/** Adds feeds. Errors: RuntimeError for keys that are there. */
function merge(into: Map<FeedKey, FedValue>, feeds: Feeds, message: string): void {
  const more = feedEntries(feeds), both = more.filter(([k]) => into.has(k));
  if (both.length > 0) throw new RuntimeError(`${message} Conflict(s): [${both.map(([k]) => fetchRepr(k)).join(', ')}]`);
  for (const [k, v] of more) into.set(k, v);
}
/** The larger number, either flag. */
function mergeOptions(o: RunOptions, more: RunOptions): void {
  for (const k of ['traceLevel', 'timeoutInMs', 'interOpThreadPool'] as const) o[k] = Math.max(o[k], more[k]);
  for (const k of ['outputPartitionGraphs', 'reportTensorAllocationsUponOom'] as const) o[k] ||= more[k];
}

interface MonitoredOptions { sessionCreator?: SessionCreator | null; hooks?: readonly SessionRunHook[] | null; stopGracePeriodSecs?: number }
const MONITORED = ['sessionCreator', 'hooks', 'stopGracePeriodSecs'] as const;

/** `tf.train.MonitoredSession(session_creator, hooks, stop_grace_period_secs)`: a session that hooks watch and that recovers from
 * AbortedError and UnavailableError. Its making begins at once; `ready()` and `run` wait for it. */
export class MonitoredSession extends Monitored {
  constructor(...args: readonly [options?: MonitoredOptions] | readonly [sessionCreator: SessionCreator | null, ...unknown[]]) {
    const p = bind('__init__', MONITORED, new Set(MONITORED), args, {}) as MonitoredOptions;
    super(p.sessionCreator ?? null, p.hooks ?? [], true);
  }
}

interface SingularOptions { hooks?: readonly SessionRunHook[] | null; scaffold?: Scaffold | null; master?: string | null; config?: SessionOptions['config']; checkpointDir?: string | null; stopGracePeriodSecs?: number; checkpointFilenameWithPath?: string | null }
const SINGULAR = ['hooks', 'scaffold', 'master', 'config', 'checkpointDir', 'stopGracePeriodSecs', 'checkpointFilenameWithPath'] as const;

/** `tf.train.SingularMonitoredSession`: the same for one machine, without recovery; always a chief. */
export class SingularMonitoredSession extends Monitored {
  constructor(...args: readonly [options?: SingularOptions] | readonly [hooks: readonly SessionRunHook[] | null, ...unknown[]]) {
    const { hooks, stopGracePeriodSecs: _, ...chief } = bind('__init__', SINGULAR, new Set(SINGULAR), args, {}) as SingularOptions;
    super(new ChiefSessionCreator(chief), hooks ?? [], false);
  }
  /** `raw_session()`: the session underneath, after `ready()` or a run. */
  rawSession(): Session | null { return this.tfSession(); }
}

interface TrainingOptions {
  master?: string; isChief?: boolean; checkpointDir?: string | null; scaffold?: Scaffold | null; hooks?: readonly SessionRunHook[] | null; chiefOnlyHooks?: readonly SessionRunHook[] | null;
  saveCheckpointSecs?: number | null; saveSummariesSteps?: number | null; saveSummariesSecs?: number | null; config?: SessionOptions['config']; stopGracePeriodSecs?: number; logStepCountSteps?: number | null;
  maxWaitSecs?: number; saveCheckpointSteps?: number | null; summaryDir?: string | null;
}

/** `tf.train.MonitoredTrainingSession`: a MonitoredSession of the chief, who initializes the model, or (`isChief: false`) of a worker, who
 * waits for that. Errors: UnimplementedError for `checkpointDir` and `summaryDir`: checkpoints and summaries are not written here. */
export const MonitoredTrainingSession = api('MonitoredTrainingSession', [
  'master', 'isChief', 'checkpointDir', 'scaffold', 'hooks', 'chiefOnlyHooks', 'saveCheckpointSecs', 'saveSummariesSteps', 'saveSummariesSecs', 'config', 'stopGracePeriodSecs', 'logStepCountSteps', 'maxWaitSecs', 'saveCheckpointSteps', 'summaryDir',
], (p: TrainingOptions): MonitoredSession => {
  for (const name of ['checkpointDir', 'summaryDir'] as const) if (p[name]) throw new UnimplementedError(`${name} '${p[name]}': checkpoints and summaries are not written here.`, { remedy: 'leave it out, and keep values with a hook and initFn of the scaffold' });
  const { master = '', scaffold = new Scaffold(), config = null, hooks } = p;
  if (!(p.isChief ?? true)) return new MonitoredSession({ sessionCreator: new WorkerSessionCreator({ scaffold, master, config, maxWaitSecs: p.maxWaitSecs ?? 7200 }), hooks: hooks ?? [] });
  return new MonitoredSession({ sessionCreator: new ChiefSessionCreator({ scaffold, master, config }), hooks: [...p.chiefOnlyHooks ?? [], ...hooks ?? []] });
}, { python: 'MonitoredTrainingSession' });
