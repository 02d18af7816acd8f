// What may end a run early: a timeout, an AbortSignal, the closing of its session. Asked before every step; a run that
// ends so has written nothing.
import { CancelledError, DeadlineExceededError } from '../graph/errors.ts';

/** What may end a run from outside: an AbortSignal, or a word that another thread writes. */
export interface RunSignal {
  readonly aborted: boolean;
  readonly reason?: unknown;
  /** Whether other tasks wait for this thread; absent: some may. */
  readonly isWanted?: () => boolean;
}

/** What a run is watched for. */
export interface RunLimits {
  /** 0: none. */
  readonly timeoutInMs: number;
  readonly signal: RunSignal | null | undefined;
  /** Whether the session has been closed since. */
  readonly closed: () => boolean;
  readonly fetches: readonly string[];
  /** Forbids waiting. */
  readonly sync: boolean;
}

/** Milliseconds a run that can be aborted works before it lets other tasks run. */
const SLICE = 12;

/** Throws CancelledError when a run has been aborted. */
export function checkAborted(signal: RunSignal | null | undefined, fetches: readonly string[]): void {
  if (!signal?.aborted) return;
  const e = new CancelledError('Run call was cancelled', { fetches });
  e.cause = signal.reason;
  throw e;
}

/** The check of a run that starts now: throws when the run must end, returns what it must wait for; undefined when
 * nothing can end the run. */
export function pauseOf(l: RunLimits): (() => Promise<void> | undefined) | undefined {
  const { timeoutInMs, signal, fetches } = l;
  if (l.sync && timeoutInMs <= 0 && !signal) return undefined;
  const deadline = timeoutInMs > 0 ? performance.now() + timeoutInMs : Infinity;
  let slice = signal ? performance.now() : 0;
  return () => {
    if (l.closed()) throw new CancelledError('Session has been closed.', { fetches });
    checkAborted(signal, fetches);
    if (deadline === Infinity && !signal) return undefined;
    const t = performance.now();
    if (t > deadline) {
      throw new DeadlineExceededError('Timed out waiting for notification', { fetches, remedy: `the run was given ${timeoutInMs} ms (timeoutInMs of tf.RunOptions, operationTimeoutInMs of tf.ConfigProto)` });
    }
    if (!signal || l.sync || t - slice < SLICE || signal.isWanted?.() === false) return undefined;
    return new Promise((resolve) => { setTimeout(() => { slice = performance.now(); resolve(); }); });
  };
}
