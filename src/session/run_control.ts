// What may end a run early: a timeout, an AbortSignal, the closing of its session. Asked before every step, and heard while
// a run waits for its turn or for a call that writes nothing; a run that ends so has written nothing.
import { CancelledError, DeadlineExceededError } from '../graph/errors.ts';

/** What may end a run from outside: an AbortSignal, or a word that another thread writes (which nobody hears: it is looked at). */
export interface RunSignal {
  readonly aborted: boolean;
  readonly reason?: unknown;
  /** Whether other tasks wait for this thread; absent: some may. */
  readonly isWanted?: () => boolean;
  addEventListener?(type: 'abort', heard: () => void): void;
  removeEventListener?(type: 'abort', heard: () => void): void;
}

/** The end of a session, heard by those who wait. */
export class Ending {
  #ended = false;
  readonly #heard = new Set<() => void>();

  get ended(): boolean { return this.#ended; }
  end(): void {
    this.#ended = true;
    for (const f of this.#heard) f();
    this.#heard.clear();
  }
  /** Calls `f` at the end; the function returned stops that. */
  hear(f: () => void): () => void {
    this.#heard.add(f);
    return () => { this.#heard.delete(f); };
  }
}

/** What a run is watched for. */
export interface RunLimits {
  /** 0: none. */
  readonly timeoutInMs: number;
  /** When the run was asked for: `performance.now()`. */
  readonly since: number;
  readonly signal: RunSignal | null | undefined;
  /** The session's. */
  readonly ending: Ending;
  readonly fetches: readonly string[];
  /** Forbids waiting. */
  readonly sync: boolean;
}

/** The limits of a run that is asked for now. */
export function limitsOf(timeoutInMs: number, signal: RunLimits['signal'], ending: Ending, fetches: readonly string[], sync: boolean): RunLimits {
  return { timeoutInMs, since: timeoutInMs > 0 ? performance.now() : 0, signal, ending, fetches, sync };
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
function check(l: RunLimits): void {
  if (l.ending.ended) throw new CancelledError('Session has been closed.', { fetches: l.fetches });
  checkAborted(l.signal, l.fetches);
  if (l.timeoutInMs > 0 && performance.now() > l.since + l.timeoutInMs) {
    throw new DeadlineExceededError('Timed out waiting for notification', { fetches: l.fetches, remedy: `the run was given ${l.timeoutInMs} ms (timeoutInMs of tf.RunOptions, operationTimeoutInMs of tf.ConfigProto)` });
  }
}

/** The check of a run that starts now: throws when the run must end, returns what it must wait for; undefined when
 * nothing can end the run. */
export function pauseOf(l: RunLimits): (() => Promise<void> | undefined) | undefined {
  const { timeoutInMs, signal } = l;
  if (l.sync && timeoutInMs <= 0 && !signal) return undefined;
  let slice = signal ? performance.now() : 0;
  return () => {
    check(l);
    if (!signal || l.sync || performance.now() - slice < SLICE || signal.isWanted?.() === false) return undefined;
    return new Promise((resolve) => { setTimeout(() => { slice = performance.now(); resolve(); }); });
  };
}

/** Awaits something for a run, or rejects as soon as the run must end. `writes`: what is awaited changes variables, so that only
 * the end of the session ends it. `late` gets a result that nobody waits for any more. */
export async function unlessEnded<R>(l: RunLimits, writes: boolean, wait: Promise<R>, late: (value: R) => void): Promise<R> {
  let stop = (): void => undefined;
  const over = new Promise<never>((_, reject) => {
    const look = (): void => { try { check(l); } catch (e) { reject(e as Error); } };
    const stops = [l.ending.hear(look)];
    if (!writes) {
      const { signal } = l;
      signal?.addEventListener?.('abort', look);
      stops.push(() => { signal?.removeEventListener?.('abort', look); });
      if (l.timeoutInMs > 0) {
        const timer = setTimeout(look, l.since + l.timeoutInMs - performance.now() + 1);
        stops.push(() => { clearTimeout(timer); });
      }
    }
    stop = (): void => { for (const f of stops) f(); };
  });
  let isOver = false;
  over.catch(() => { isOver = true; });
  try {
    return await Promise.race([over, wait]);
  } catch (e) {
    if (isOver) wait.then(late, () => undefined);
    throw e;
  } finally {
    stop();
  }
}

/** Does a run's job in its turn; the run may end before that. `queue`: where jobs wait. */
export async function inTurn<R>(queue: (job: () => Promise<R | undefined>) => Promise<R | undefined>, l: RunLimits, job: () => Promise<R>): Promise<R> {
  let isGone = false, begin = (): void => undefined;
  const turn = new Promise<void>((resolve) => { begin = resolve; });
  const result = queue(() => {
    begin();
    return isGone ? Promise.resolve(undefined) : job();
  });
  result.catch(() => undefined);
  try {
    await unlessEnded(l, false, turn, () => undefined);
  } catch (e) {
    isGone = true;
    throw e;
  }
  return await result as R;
}
