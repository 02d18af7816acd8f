// Ids of requests that have been seen, so that none runs twice when a client asks again. Follows
// core/distributed_runtime/recent_request_ids.cc (1.15).
import { AbortedError } from '../graph/errors.ts';

/** Ids kept; the oldest are forgotten first. */
const TRACKED = 10_000;

export class RequestIds {
  readonly #seen = new Set<bigint>();

  /** Notes an id. 0 is none. Errors: AbortedError when it was there. */
  track(id: bigint, method: string): void {
    if (id === 0n) return;
    if (this.#seen.has(id)) throw new AbortedError(`The same ${method} request was received twice. request_id: ${id}`);
    this.#seen.add(id);
    if (this.#seen.size > TRACKED) for (const oldest of this.#seen) { this.#seen.delete(oldest); break; }
  }
}
