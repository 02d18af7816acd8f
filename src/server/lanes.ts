// The executors of a server: started when containers need one, ended when nobody does. Every container has one of its own
// as long as there may be more; those beyond share the one with the fewest.
import type { Status } from '../session/grpc/status.ts';
import type { ExecutorSettings } from './executor.ts';
import { Lane } from './lane.ts';

export interface LanesOptions {
  readonly executor: ExecutorSettings;
  /** Threads at most; 0: everything happens in this one. */
  readonly executors: number;
  /** What the threads run. */
  readonly script: URL;
  /** Milliseconds in which an executor has to come back from a container that is given up, before it is ended. */
  readonly graceMs: number;
}

/** Sessions that share variables, as their master knows them. */
export interface Container {
  readonly id: number;
  readonly lane: Lane;
}
/** Who is told what happens to containers. */
export interface ContainerEvents {
  /** A session has been closed; `isEmpty`: there are no variables. */
  readonly closed: (container: number, isEmpty: boolean) => void;
  readonly lost: (containers: ReadonlySet<number>, why: Status) => void;
}

/** How long an executor without containers waits for one; the last waits for ever. */
const IDLE_MS = 10_000;
const STOPPED: Status = { code: 14, message: 'The server is stopping.' };
/** What calls are told whose executor is ended: their sessions are closed. */
const GIVEN_UP: Status = { code: 10, message: 'The session has been closed.' };

export class Lanes {
  readonly #options: LanesOptions;
  readonly #events: ContainerEvents;
  readonly #lanes = new Set<Lane>();
  readonly #timers = new Map<Lane, NodeJS.Timeout>();
  #ids = 0;

  constructor(options: LanesOptions, events: ContainerEvents) {
    this.#options = options;
    this.#events = events;
    this.#start(); // the first session need not wait
  }

  /** Threads, running or starting. */
  get count(): number { return this.#lanes.size; }

  /** A new container. */
  place(): Container {
    const ready = [...this.#lanes].filter((l) => !l.isHeldUp).sort((a, b) => a.containers.size - b.containers.size);
    let [lane] = ready;
    if (!lane || (!lane.isGivenUp && ready.length < this.#options.executors)) lane = this.#start();
    const id = this.#ids++;
    lane.containers.add(id);
    return { id, lane };
  }
  /** Gives a container up; its sessions are closed. An executor that does not come back in time is ended, if it has no other. */
  drop({ id, lane }: Container): void {
    lane.dropContainer(id);
    if (this.#options.executors === 0) return;
    const timer = setTimeout(() => { if (lane.leaving.has(id) && lane.isGivenUp) void this.#end(lane, GIVEN_UP); }, this.#options.graceMs);
    timer.unref();
  }
  async close(): Promise<void> {
    await Promise.all([...this.#lanes].map((l) => this.#end(l, STOPPED)));
  }

  #start(): Lane {
    const { executor, executors, script } = this.#options;
    const lane: Lane = new Lane(executor, executors === 0 ? null : script, {
      closed: this.#events.closed,
      dropped: () => { if (lane.containers.size === 0) this.#rest(lane); },
      lost: (why) => {
        this.#lanes.delete(lane);
        this.#events.lost(lane.containers, why);
      },
    });
    this.#lanes.add(lane);
    return lane;
  }
  /** An executor has nothing to do. */
  #rest(lane: Lane): void {
    const timer = setTimeout(() => { if (lane.containers.size === 0 && this.#lanes.size > 1) void this.#end(lane, GIVEN_UP); }, IDLE_MS);
    timer.unref();
    clearTimeout(this.#timers.get(lane));
    this.#timers.set(lane, timer);
  }
  #end(lane: Lane, why: Status): Promise<void> {
    clearTimeout(this.#timers.get(lane));
    this.#timers.delete(lane);
    this.#lanes.delete(lane);
    return lane.end(why);
  }
}
