// Who makes the sessions of a monitored session: the chief, who initializes the model, and workers, who wait for that.
// Follows python/training/monitored_session.py (1.15).
import { getDefaultGraph, type Graph } from '../../graph/graph.ts';
import { bind } from '../../ops/api.ts';
import type { SessionOptions } from '../options.ts';
import type { Session } from '../session.ts';
import { Scaffold } from './scaffold.ts';
import { SessionManager } from './session_manager.ts';

/** `tf.train.SessionCreator`: a factory of sessions. */
export abstract class SessionCreator {
  /** A new session whose model is ready. */
  abstract createSession(): Promise<Session>;
}
interface Common { scaffold?: Scaffold | null; master?: string | null; config?: SessionOptions['config'] }
export interface ChiefOptions extends Common { checkpointDir?: string | null; checkpointFilenameWithPath?: string | null }
export interface WorkerOptions extends Common { maxWaitSecs?: number }
const CHIEF = ['scaffold', 'master', 'config', 'checkpointDir', 'checkpointFilenameWithPath'] as const;
const WORKER = ['scaffold', 'master', 'config', 'maxWaitSecs'] as const;

/** A scaffold on the graph that is the default one now, and the manager over its ops. */
class Managed {
  readonly scaffold: Scaffold;
  readonly #graph: Graph = getDefaultGraph();
  #manager: SessionManager | undefined;
  constructor(scaffold: Scaffold | null | undefined) { this.scaffold = scaffold ?? new Scaffold(); }
  manager(): SessionManager {
    const s = this.scaffold;
    this.#graph.asDefault(() => s.finalize());
    return this.#manager ??= new SessionManager({ localInitOp: s.localInitOp, readyOp: s.readyOp, readyForLocalInitOp: s.readyForLocalInitOp, graph: this.#graph });
  }
}

/** `tf.train.ChiefSessionCreator(scaffold, master, config, checkpoint_dir, checkpoint_filename_with_path)`: initializes the model, or has
 * the scaffold's saver restore it. Errors of `createSession`: those of `SessionManager.prepareSession`. */
export class ChiefSessionCreator extends SessionCreator {
  readonly #p: ChiefOptions;
  readonly #managed: Managed;
  constructor(...args: readonly [options?: ChiefOptions] | readonly [scaffold: Scaffold | null, ...unknown[]]) {
    super();
    this.#p = bind('__init__', CHIEF, new Set(CHIEF), args, {}) as ChiefOptions;
    this.#managed = new Managed(this.#p.scaffold);
  }
  override createSession(): Promise<Session> {
    const manager = this.#managed.manager(), { saver, initOp, initFeedDict, initFn } = this.#managed.scaffold, { master, config, checkpointDir = null, checkpointFilenameWithPath = null } = this.#p;
    return manager.prepareSession({ master: master ?? '', saver, initOp, initFeedDict, initFn, checkpointDir, checkpointFilenameWithPath, ...(config ? { config } : {}) });
  }
}

/** `tf.train.WorkerSessionCreator(scaffold, master, config, max_wait_secs)`: waits (default half an hour) until the chief has made the
 * model ready. Errors of `createSession`: those of `SessionManager.waitForSession`. */
export class WorkerSessionCreator extends SessionCreator {
  readonly #p: WorkerOptions;
  readonly #managed: Managed;
  constructor(...args: readonly [options?: WorkerOptions] | readonly [scaffold: Scaffold | null, ...unknown[]]) {
    super();
    this.#p = bind('__init__', WORKER, new Set(WORKER), args, {}) as WorkerOptions;
    this.#managed = new Managed(this.#p.scaffold);
  }
  override createSession(): Promise<Session> {
    const { master, config, maxWaitSecs = 30 * 60 } = this.#p;
    return this.#managed.manager().waitForSession({ master: master ?? '', maxWaitSecs, ...(config ? { config } : {}) });
  }
}
