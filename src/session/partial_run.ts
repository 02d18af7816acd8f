// Partial runs: one run, fed and fetched in parts. The plan is that of the whole run; each part executes the steps whose
// feeds have come, so a fetch has the bits it has in one run with all feeds. What needs no feed runs at setup, with the
// variables as they are then (in a server with the first part, as MasterSession has it). Checks and texts are those of DirectSession::PRunSetup and PRun (direct_session.cc, 1.15).
import { InternalFault, InvalidArgumentError, TfError } from '../graph/errors.ts';
import type { Graph } from '../graph/graph.ts';
import { Operation, Tensor } from '../graph/tensor.ts';
import { expandFeedKeys } from './conversions.ts';
import { isFedPlaceholder } from './compile/prune.ts';
import { type Frame, newFrame } from './execute.ts';
import type { FeedKey } from './feed.ts';
import { reads, type Step, writes } from './plan.ts';
import type { ReadyPlan } from './plan_cache.ts';
import type { Value } from './variables.ts';

/** What a partial run is set up for. */
export interface PartialRequest { readonly feeds: readonly Tensor[]; readonly fetches: readonly Tensor[]; readonly targets: readonly Operation[] }

/** A partial run under way. */
export class PartialRun {
  readonly request: PartialRequest;
  readonly ready: ReadyPlan;
  readonly frame: Frame;
  /** The error of what ran at setup; the next part reports it. */
  failure: unknown;
  readonly #fed = new Set<Tensor>();
  readonly #fetched = new Set<Tensor>();
  #todo: readonly { readonly step: Step; readonly needs: bigint }[];

  constructor(request: PartialRequest, ready: ReadyPlan, graph: Graph) {
    this.request = request;
    this.ready = ready;
    this.frame = newFrame(ready.plan, ready.template);
    const needs = needsOf(ready.plan.steps, ready.plan.slots.length, request, graph);
    this.#todo = ready.plan.steps.map((step, i) => ({ step, needs: needs[i]! }));
  }

  /** Whether everything has been fed and fetched. */
  get done(): boolean { return this.#fed.size === this.request.feeds.length && this.#fetched.size === this.request.fetches.length; }

  /** Refuses what was not set up, comes twice, or cannot be computed yet. */
  check(feeds: readonly Tensor[], fetches: readonly Tensor[]): void {
    for (const t of feeds) {
      if (!this.request.feeds.includes(t)) throw new InvalidArgumentError(`The feed ${t.name} was not specified in partial_run_setup.`);
      if (this.#fed.has(t)) throw new InvalidArgumentError(`The feed ${t.name} has already been fed.`);
    }
    for (const t of fetches) {
      if (!this.request.fetches.includes(t)) throw new InvalidArgumentError(`The fetch ${t.name} was not specified in partial_run_setup.`);
      if (this.#fetched.has(t)) throw new InvalidArgumentError(`The fetch ${t.name} has already been fetched.`);
    }
    const pending = new Set(this.request.feeds.filter((t) => !this.#fed.has(t) && !feeds.includes(t)));
    const missing = missingFeed(fetches, pending);
    if (missing) {
      throw new InvalidArgumentError(`Fetch ${missing.name} can't be computed from the feeds that have been fed so far.`, {
        node: missing.op.name, op: missing.op.type, remedy: `feed '${missing.name}' first`,
      });
    }
  }

  /** The steps whose turn it is when `feeds` have come; each is given once. */
  advance(feeds: readonly Tensor[]): Step[] {
    for (const t of feeds) this.#fed.add(t);
    let known = 0n;
    this.request.feeds.forEach((t, i) => { if (this.#fed.has(t)) known |= 1n << BigInt(i); });
    const now = this.#todo.filter((s) => (s.needs & ~known) === 0n);
    this.#todo = this.#todo.filter((s) => (s.needs & ~known) !== 0n);
    return now.map((s) => s.step);
  }

  /** Hands out values; the caller owns them now. */
  take(fetches: readonly Tensor[]): Value[] {
    return fetches.map((t) => {
      const i = this.request.fetches.indexOf(t);
      const v = this.frame.fetched[i];
      if (v === undefined) throw new InternalFault(`'${t.name}' has all its feeds and no value`);
      this.frame.fetched[i] = undefined;
      this.#fetched.add(t);
      return v;
    });
  }
}

/** For every step the feeds it needs, as a bit set over `request.feeds` (the order of the plan's). */
function needsOf(steps: readonly Step[], slotCount: number, request: PartialRequest, graph: Graph): bigint[] {
  const made = Array.from({ length: slotCount }, () => 0n);
  /** Feeds of every step that touches a slot: it is free for reuse only after all of them. */
  const touched = made.slice();
  return steps.map((s) => {
    if (s.kind === 'free') return s.slots.reduce((m, x) => m | touched[x]!, 0n);
    let m = reads(s).reduce((n, x) => n | made[x]!, 0n);
    if (s.kind === 'feed') m |= 1n << BigInt(s.index);
    // Control edges are not in the plan: a write waits for them all the same.
    if (s.kind === 'commit') for (const n of s.nodes) m |= ancestorsFeeds(graph.find(n), request.feeds);
    for (const x of writes(s)) made[x] = m;
    for (const x of [...reads(s), ...writes(s)]) touched[x]! |= m;
    return m;
  });
}

/** Feeds among what an operation waits for, by data or control. */
function ancestorsFeeds(op: Operation | undefined, feeds: readonly Tensor[]): bigint {
  let m = 0n;
  const index = new Map(feeds.map((t, i) => [t, BigInt(i)]));
  const fed = new Set(feeds);
  const seen = new Set<Operation>();
  const stack = op ? [op] : [];
  while (stack.length > 0) {
    const o = stack.pop()!;
    if (seen.has(o)) continue;
    seen.add(o);
    for (const t of o.inputs) { if (fed.has(t)) m |= 1n << index.get(t)!; else stack.push(t.op); }
    for (const c of o.controlInputs) { if (isFedPlaceholder(c, fed)) m |= 1n << index.get(c.output)!; else stack.push(c); }
  }
  return m;
}

/** The first tensor still to be fed among what the fetches come from. As in TF the walk goes on behind fed tensors. */
function missingFeed(fetches: readonly Tensor[], pending: ReadonlySet<Tensor>): Tensor | undefined {
  const stack = fetches.map((t) => t.op);
  const visited = new Set<Operation>();
  while (stack.length > 0) {
    const op = stack.pop()!;
    for (const t of op.inputs) {
      if (pending.has(t)) return t;
      if (!visited.has(t.op)) { visited.add(t.op); stack.push(t.op); }
    }
    for (const c of op.controlInputs) if (!visited.has(c)) { visited.add(c); stack.push(c); }
  }
  return undefined;
}

/** What a partial run is set up for, from the arguments of `partial_run_setup`. Throws with TF's texts. */
export function partialRequest(graph: Graph, elements: readonly (Tensor | Operation)[], feeds: FeedKey | readonly FeedKey[] | null): PartialRequest {
  const keys: readonly unknown[] = feeds === null ? [] : Array.isArray(feeds) ? feeds : [feeds];
  return {
    feeds: keys.flatMap((k) => expandFeedKeys(k)).map((k) => setupFeed(graph, k)),
    fetches: elements.filter((e): e is Tensor => e instanceof Tensor),
    targets: elements.filter((e): e is Operation => e instanceof Operation),
  };
}
function setupFeed(graph: Graph, key: unknown): Tensor {
  try {
    return graph.asGraphElement(key, true, false) as Tensor;
  } catch (e) {
    if (!(e instanceof TfError)) throw e;
    throw new (e.constructor as new (text: string) => TfError)(`Cannot interpret feed_list key as Tensor: ${e.text}`);
  }
}

/** Handles of partial runs: TF's own texts, `feeds->fetches/targets/1/;number`. */
export class HandleNames {
  #count = 0;
  readonly #seen = new Set<string>();

  /** The handle of a new partial run. The numbers of refused ones are used up, as in TF. */
  next(r: PartialRequest): string {
    const number = this.#count++;
    if (r.fetches.length === 0 && r.targets.length === 0) throw new InvalidArgumentError('Must specify at least one target to fetch or execute.');
    r.feeds.forEach((t, i) => { if (r.feeds.indexOf(t) < i) throw new InvalidArgumentError(`Endpoint "${t.name}" fed more than once.`); });
    for (const t of r.fetches) if (r.feeds.includes(t)) throw new InvalidArgumentError(`${t.name} is both fed and fetched.`);
    const names = (list: readonly { name: string }[]): string[] => list.map((x) => x.name);
    const key = (f: (list: string[]) => string[]): string => `${f(names(r.feeds)).join(',')}->${f(names(r.fetches)).join(',')}/${f(names(r.targets)).join(',')}/1/`;
    const [given, sorted] = [key((l) => l), key((l) => [...l].sort())];
    // TF sorts the names unless it knows them in this order.
    const handle = `${this.#seen.has(given) ? given : sorted};${number}`;
    this.#seen.add(given).add(sorted);
    return handle;
  }
}
