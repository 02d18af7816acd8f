// Makes sessions whose model is ready: initialized or restored here, or by somebody else who is waited for.
// Follows python/training/session_manager.py (1.15).
import { DeadlineExceededError, FailedPreconditionError, RuntimeError, UnimplementedError, ValueError } from '../../graph/errors.ts';
import { getDefaultGraph, type Graph } from '../../graph/graph.ts';
import { NDArray } from '../../graph/ndarray.ts';
import type { Operation, Tensor } from '../../graph/tensor.ts';
import { bind } from '../../ops/api.ts';
import { info, warning } from '../../ops/tf_logging.ts';
import type { Feeds } from '../feed.ts';
import type { SessionOptions } from '../options.ts';
import type { RunOptions } from '../run_options.ts';
import { Session } from '../session.ts';
import type { SaverLike } from './scaffold.ts';

type Op = Operation | Tensor;
interface ManagerOptions { localInitOp?: Op | null; readyOp?: Op | null; readyForLocalInitOp?: Op | null; graph?: Graph | null; recoveryWaitSecs?: number | null; localInitRunOptions?: RunOptions | null }
const MANAGER = ['localInitOp', 'readyOp', 'readyForLocalInitOp', 'graph', 'recoveryWaitSecs', 'localInitRunOptions'] as const;

interface Restoring { master: string; saver?: SaverLike | null; checkpointDir?: string | null; checkpointFilenameWithPath?: string | null; waitForCheckpoint?: boolean; maxWaitSecs?: number; config?: SessionOptions['config'] }
export interface PrepareOptions extends Restoring { initOp?: Op | null; initFeedDict?: Feeds | null; initFn?: ((session: Session) => void | Promise<void>) | null }
const PREPARE = ['master', 'initOp', 'saver', 'checkpointDir', 'checkpointFilenameWithPath', 'waitForCheckpoint', 'maxWaitSecs', 'config', 'initFeedDict', 'initFn'] as const;
const RECOVER = ['master', 'saver', 'checkpointDir', 'checkpointFilenameWithPath', 'waitForCheckpoint', 'maxWaitSecs', 'config'] as const;
interface WaitOptions { master: string; config?: SessionOptions['config']; maxWaitSecs?: number | null }
const WAIT = ['master', 'config', 'maxWaitSecs'] as const;

/** Why a model is not ready; undefined when it is. */
type NotReady = string | undefined;

/** `tf.train.SessionManager`. Errors: ValueError for a `readyForLocalInitOp` without a `localInitOp`. */
export class SessionManager {
  readonly #localInitOp: Op | null;
  readonly #readyOp: Op | null;
  readonly #readyForLocalInitOp: Op | null;
  readonly #localInitRunOptions: RunOptions | null;
  readonly #graph: Graph;
  readonly #recoveryWaitSecs: number;

  constructor(...args: readonly [options?: ManagerOptions] | readonly [localInitOp: Op | null, ...unknown[]]) {
    const p = bind('__init__', MANAGER, new Set(MANAGER), args, {}) as ManagerOptions;
    this.#localInitOp = p.localInitOp ?? null;
    this.#readyOp = p.readyOp ?? null;
    this.#readyForLocalInitOp = p.readyForLocalInitOp ?? null;
    this.#localInitRunOptions = p.localInitRunOptions ?? null;
    this.#graph = p.graph ?? getDefaultGraph();
    this.#recoveryWaitSecs = p.recoveryWaitSecs ?? 30;
    if (this.#readyForLocalInitOp && !this.#localInitOp) throw new ValueError(`If you pass a ready_for_local_init_op you must also pass a local_init_op , ready_for_local_init_op [${String(this.#readyForLocalInitOp)}]`);
  }

  /** `prepare_session`: a session on `master` whose model is restored by the saver, or else initialized. Errors: RuntimeError when it
   * does not become ready, ValueError for two checkpoints, UnimplementedError for `checkpointDir`. */
  async prepareSession(...args: readonly [PrepareOptions] | readonly [master: string, ...unknown[]]): Promise<Session> {
    const p = bind('prepare_session', PREPARE, new Set(PREPARE), args, { required: 1 }) as unknown as PrepareOptions;
    const { sess, isRestored } = await this.#restore(p), { initOp = null, initFn = null } = p;
    return closedOnError(sess, async () => {
      if (!isRestored) {
        if (!initOp && !initFn && !this.#localInitOp) throw new RuntimeError('Model is not initialized and no init_op or init_fn or local_init_op was given');
        if (initOp) await sess.run(initOp, p.initFeedDict ?? null);
        if (initFn) await initFn(sess);
      }
      const told = `Init op: ${initOp?.name ?? 'None'}, init fn: ${initFn ? initFn.name || 'a function' : 'None'}`;
      const local = await this.#runLocalInit(sess);
      if (local !== undefined) throw new RuntimeError(`Init operations did not make model ready for local_init.  ${told}, error: ${local}`);
      const ready = await notReady(this.#readyOp, sess, 'Model not ready');
      if (ready !== undefined) throw new RuntimeError(`Init operations did not make model ready.  ${told}, local_init_op: ${this.#localInitOp?.name ?? 'None'}, error: ${ready}`);
      return sess;
    });
  }

  /** `recover_session`: a session, and whether the saver has made its model ready. Errors: as `prepareSession`. */
  async recoverSession(...args: readonly [Restoring] | readonly [master: string, ...unknown[]]): Promise<readonly [sess: Session, initialized: boolean]> {
    const p = bind('recover_session', RECOVER, new Set(RECOVER), args, { required: 1 }) as unknown as Restoring;
    const { sess, isRestored } = await this.#restore(p);
    return closedOnError(sess, async () => {
      const local = await this.#runLocalInit(sess);
      if (!isRestored) return [sess, false];
      const from = p.checkpointDir ?? p.checkpointFilenameWithPath, ready = local ?? await notReady(this.#readyOp, sess, 'Model not ready');
      info(ready === undefined ? `Restored model from ${from}` : `Restoring model from ${from} did not make model ready${local === undefined ? '' : ' for local init'}: ${ready}`);
      return [sess, ready === undefined];
    });
  }

  /** `wait_for_session`: a session on `master` whose model somebody else makes ready; looks every `recoveryWaitSecs`.
   * Errors: DeadlineExceededError when `maxWaitSecs` (default: for ever) are over. */
  async waitForSession(...args: readonly [WaitOptions] | readonly [master: string, ...unknown[]]): Promise<Session> {
    const p = bind('wait_for_session', WAIT, new Set(WAIT), args, { required: 1 }) as unknown as WaitOptions;
    const most = p.maxWaitSecs ?? Infinity, end = Date.now() + 1000 * most;
    for (;;) {
      const sess = this.#open(p);
      const [local, ready] = await closedOnError(sess, async () => {
        const local = await this.#runLocalInit(sess);
        return [local, local === undefined ? await notReady(this.#readyOp, sess, 'Model not ready') : undefined] as const;
      });
      if (local === undefined && ready === undefined) return sess;
      await closeQuietly(sess);
      if (end - Date.now() < 1000 * this.#recoveryWaitSecs) throw new DeadlineExceededError(`Session was not ready after waiting ${Math.trunc(most)} secs.`);
      info(`Waiting for model to be ready.  Ready_for_local_init_op:  ${local ?? 'None'}, ready: ${ready ?? 'None'}`);
      await new Promise((resolve) => { setTimeout(resolve, 1000 * this.#recoveryWaitSecs); });
    }
  }

  #open({ master, config }: Pick<Restoring, 'master' | 'config'>): Session { return new Session({ target: master, graph: this.#graph, ...(config ? { config } : {}) }); }

  async #restore(p: Restoring): Promise<{ sess: Session; isRestored: boolean }> {
    const { saver, checkpointDir: dir, checkpointFilenameWithPath: file } = p;
    if (dir && file) throw new ValueError('Can not provide both checkpoint_dir and checkpoint_filename_with_path.');
    if (saver && dir) throw new UnimplementedError(`checkpointDir '${dir}': which checkpoint of a directory is the latest is not known here.`, { remedy: 'give checkpointFilenameWithPath' });
    const sess = this.#open(p);
    if (!saver || !file) return { sess, isRestored: false };
    return closedOnError(sess, async () => {
      await saver.restore(sess, file);
      return { sess, isRestored: true };
    });
  }

  async #runLocalInit(sess: Session): Promise<NotReady> {
    if (!this.#localInitOp) return undefined;
    const why = await notReady(this.#readyForLocalInitOp, sess, 'Model not ready for local init');
    if (why !== undefined) return why;
    info('Running local_init_op.');
    await sess.run(this.#localInitOp, null, this.#localInitRunOptions);
    info('Done running local_init_op.');
    return undefined;
  }
}

/** Asks the op that names what is not initialized. */
async function notReady(op: Op | null, sess: Session, message: string): Promise<NotReady> {
  if (!op) return undefined;
  try {
    const value: unknown = await sess.run(op);
    if (!(value instanceof NDArray) || value.dtype.name === 'int32' || value.size === 0) return undefined;
    return `Variables not initialized: ${(value.toArray() as string[]).join(', ')}`;
  } catch (e) {
    if (!(e instanceof FailedPreconditionError)) throw e;
    if (e.text.includes('uninitialized')) return e.text;
    warning(`${message} : error [${e.text}]`);
    throw e;
  }
}

/** Closes a session; that this fails is of no interest. */
export async function closeQuietly(sess: Session): Promise<void> {
  try { await sess[Symbol.asyncDispose](); } catch { /* the server may be gone */ }
}
async function closedOnError<R>(sess: Session, body: () => Promise<R>): Promise<R> {
  try { return await body(); } catch (e) {
    await closeQuietly(sess);
    throw e;
  }
}
