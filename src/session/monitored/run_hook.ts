// What hooks of a monitored session are: objects that are told of the session and of each of its runs, and may add to them.
// Follows python/training/session_run_hook.py (1.15).
import { bind } from '../../ops/api.ts';
import type { Feeds } from '../feed.ts';
import type { Fetchable } from '../fetch.ts';
import type { RunMetadata, RunOptions } from '../run_options.ts';
import type { Session } from '../session.ts';

const ARGS = ['fetches', 'feedDict', 'options'] as const;
interface RunArgs { readonly fetches: Fetchable | null; readonly feedDict?: Feeds | null; readonly options?: RunOptions | null }

/** `tf.train.SessionRunArgs(fetches, feed_dict, options)`: what a hook adds to a run. */
export class SessionRunArgs implements RunArgs {
  readonly fetches: Fetchable | null;
  readonly feedDict: Feeds | null;
  readonly options: RunOptions | null;
  constructor(fetches: Fetchable | null, feedDict?: Feeds | null, options?: RunOptions | null) {
    const p = bind('__new__', ARGS, new Set(ARGS), [fetches, feedDict, { options }], { required: 1 }) as unknown as RunArgs;
    this.fetches = p.fetches;
    this.feedDict = p.feedDict ?? null;
    this.options = p.options ?? null;
  }
}

/** `tf.train.SessionRunContext`: the run that hooks are told of. */
export class SessionRunContext {
  /** What the caller of `run` asked for. */
  readonly originalArgs: SessionRunArgs;
  /** The session underneath: runs of it call no hooks. */
  readonly session: Session;
  #stopRequested = false;
  constructor(originalArgs: SessionRunArgs, session: Session) {
    this.originalArgs = originalArgs;
    this.session = session;
  }
  get stopRequested(): boolean { return this.#stopRequested; }
  /** `request_stop`: after this run `shouldStop()` is true. */
  requestStop(): void { this.#stopRequested = true; }
}

/** `tf.train.SessionRunValues`: what a run gave. */
export class SessionRunValues {
  /** What the hook's own fetches gave, in their structure; null when it had none. */
  readonly results: unknown;
  readonly options: RunOptions;
  readonly runMetadata: RunMetadata;
  constructor(results: unknown, options: RunOptions, runMetadata: RunMetadata) {
    this.results = results;
    this.options = options;
    this.runMetadata = runMetadata;
  }
}

/** What TensorFlow's coordinator is where there are no threads: whether a session shall stop, and because of what. */
export class Coordination {
  #stop = false;
  #error: unknown;
  /** `request_stop(ex)`: an error given here ends the session as if its next run had thrown it. */
  requestStop(error?: unknown): void {
    this.#stop = true;
    this.#error ??= error;
  }
  shouldStop(): boolean { return this.#stop; }
  /** The error it was stopped with. */
  get error(): unknown { return this.#error; }
}

/** `tf.train.SessionRunHook`: the methods do nothing; classes of your own override those they need, and all but `begin` may be async. */
export class SessionRunHook {
  /** Called once, before the graph is finalized: the place to add nodes to the default graph. */
  begin(): void { /* for others */ }
  /** Called when a session has been made and initialized: at first, and after every recovery. */
  afterCreateSession(_session: Session, _coord: Coordination): void | Promise<void> { /* for others */ }
  /** Called before a run; what it returns is run with it. */
  beforeRun(_runContext: SessionRunContext): SessionRunArgs | null | undefined | void | Promise<SessionRunArgs | null | undefined | void> { /* for others */ }
  /** Called after a run that succeeded. */
  afterRun(_runContext: SessionRunContext, _runValues: SessionRunValues): void | Promise<void> { /* for others */ }
  /** Called when the monitored session is closed, unless an error ends it. */
  end(_session: Session): void | Promise<void> { /* for others */ }
}
