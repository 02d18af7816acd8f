// Hooks that come with TensorFlow and need no files. Follows python/training/basic_session_run_hooks.py (1.15).
import { RuntimeError, ValueError } from '../../graph/errors.ts';
import { getDefaultGraph } from '../../graph/graph.ts';
import { NDArray } from '../../graph/ndarray.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { bind } from '../../ops/api.ts';
import { withExits } from '../../ops/scope_stack.ts';
import { error, warning } from '../../ops/tf_logging.ts';
import { getGlobalStep } from '../../ops/train/global_step.ts';
import { Variable } from '../../ops/variables.ts';
import type { Feeds } from '../feed.ts';
import type { Fetchable } from '../fetch.ts';
import type { Session } from '../session.ts';
import { type SessionRunContext, SessionRunArgs, SessionRunHook, type SessionRunValues } from './run_hook.ts';

const GLOBAL_STEP_READ = 'global_step_read_op_cache';
/** The global step as of before a run, a copy; null when there is none. Follows training_util._get_or_create_global_step_read. */
function globalStepRead(): Tensor | null {
  const graph = getDefaultGraph(), found = graph.getCollection(GLOBAL_STEP_READ) as Tensor[];
  if (found[0]) return found[0];
  const step = getGlobalStep();
  if (!step) return null;
  return withExits([graph.enterNameScope(null), graph.enterNameScope(`${step.op.name}/`)], () => {
    const read = (step instanceof Variable ? step.initializedValue() : step).add(0);
    graph.addToCollection(GLOBAL_STEP_READ, read);
    return read;
  });
}

interface StopOptions { numSteps?: number | null; lastStep?: number | null }
const STOP = ['numSteps', 'lastStep'] as const;

/** `tf.train.StopAtStepHook(num_steps, last_step)`: requests a stop when the global step has reached `lastStep`, or has grown by
 * `numSteps` since the session was made. Errors: ValueError unless one of them is given; RuntimeError for a graph without a global step. */
export class StopAtStepHook extends SessionRunHook {
  readonly #numSteps: number | null;
  #lastStep: number | null;
  #globalStep: Tensor | undefined;

  constructor(...args: readonly [options?: StopOptions] | readonly [numSteps: number | null, ...unknown[]]) {
    super();
    const { numSteps = null, lastStep = null } = bind('__init__', STOP, new Set(STOP), args, {}) as StopOptions;
    if (numSteps === null && lastStep === null) throw new ValueError('One of num_steps or last_step must be specified.');
    if (numSteps !== null && lastStep !== null) throw new ValueError('Only one of num_steps or last_step can be specified.');
    this.#numSteps = numSteps;
    this.#lastStep = lastStep;
  }
  override begin(): void {
    this.#globalStep = globalStepRead() ?? undefined;
    if (!this.#globalStep) throw new RuntimeError('Global step should be created to use StopAtStepHook.');
  }
  override async afterCreateSession(session: Session): Promise<void> {
    this.#lastStep ??= Number(await session.run(this.#globalStep!)) + this.#numSteps!;
  }
  override beforeRun(): SessionRunArgs { return new SessionRunArgs(this.#globalStep!); }
  override async afterRun(context: SessionRunContext, { results }: SessionRunValues): Promise<void> {
    // The step as of before the run: whether the run has counted is known only now.
    if (Number(results) + 1 >= this.#lastStep! && Number(await context.session.run(this.#globalStep!)) >= this.#lastStep!) context.requestStop();
  }
}

/** `tf.train.NanLossDuringTrainingError`. */
export class NanLossDuringTrainingError extends RuntimeError {
  constructor() { super('NaN loss during training.'); }
}
/** `tf.train.NanTensorHook(loss_tensor, fail_on_nan_loss)`: when the loss is NaN the run throws NanLossDuringTrainingError, or (false)
 * a stop is requested. */
export class NanTensorHook extends SessionRunHook {
  readonly #loss: Tensor;
  readonly #fails: boolean;
  constructor(lossTensor: Tensor, failOnNanLoss: boolean | { readonly failOnNanLoss?: boolean } = true) {
    super();
    this.#loss = lossTensor;
    this.#fails = typeof failOnNanLoss === 'boolean' ? failOnNanLoss : failOnNanLoss.failOnNanLoss ?? true;
  }
  override beforeRun(): SessionRunArgs { return new SessionRunArgs(this.#loss); }
  override afterRun(context: SessionRunContext, { results }: SessionRunValues): void {
    if (!Number.isNaN(results instanceof NDArray ? results.item() : results)) return;
    (this.#fails ? error : warning)('Model diverged with loss = NaN.');
    if (this.#fails) throw new NanLossDuringTrainingError();
    context.requestStop();
  }
}

/** `tf.train.FeedFnHook(feed_fn)`: feeds what a function returns to every run. */
export class FeedFnHook extends SessionRunHook {
  readonly #feed: () => Feeds;
  constructor(feedFn: () => Feeds) {
    super();
    this.#feed = feedFn;
  }
  override beforeRun(): SessionRunArgs { return new SessionRunArgs(null, this.#feed()); }
}

/** `tf.train.FinalOpsHook(final_ops, final_ops_feed_dict)`: runs them at the end. */
export class FinalOpsHook extends SessionRunHook {
  readonly #ops: Fetchable;
  readonly #feeds: Feeds | null;
  #values: unknown = null;
  constructor(finalOps: Fetchable, finalOpsFeedDict: Feeds | null = null) {
    super();
    this.#ops = finalOps;
    this.#feeds = finalOpsFeedDict;
  }
  /** What they gave; null before the end. */
  get finalOpsValues(): unknown { return this.#values; }
  override async end(session: Session): Promise<void> { this.#values = await session.run(this.#ops, this.#feeds); }
}
