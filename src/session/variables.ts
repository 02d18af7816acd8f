// The state of a session: values of variables and positions of random streams. A run reads the state from before it and
// replaces it only when it succeeds. Two sessions on one graph share nothing.
import { dtypeFromName } from '../graph/dtype.ts';
import type { NDArray } from '../graph/ndarray.ts';
import type { DeviceValue, Engine, MemoryInfo } from './engines/engine.ts';
import { NDArray as HostArray } from '../graph/ndarray.ts';
import type { KernelHost, KernelState } from './kernels/kernel.ts';

/** A value: on the host, or in the engine's memory. */
export type Value = NDArray | DeviceValue;

export function isHost(v: Value): v is NDArray { return v instanceof HostArray; }

/** Values of variables by the name of their node. */
export class VariableStore {
  readonly #values = new Map<string, Value>();
  readonly #engine: Engine;
  constructor(engine: Engine) { this.#engine = engine; }

  get(name: string): Value | undefined { return this.#values.get(name); }
  has(name: string): boolean { return this.#values.has(name); }
  get isEmpty(): boolean { return this.#values.size === 0; }
  names(): string[] { return [...this.#values.keys()]; }
  /** Takes over a value (the caller gives its ownership away); the old one is freed. */
  set(name: string, value: Value): void {
    const old = this.#values.get(name);
    this.#values.set(name, value);
    if (old && !isHost(old)) this.#engine.free(old);
  }
  clear(): void {
    for (const v of this.#values.values()) if (!isHost(v)) this.#engine.free(v);
    this.#values.clear();
  }
  /** Forgets the variables of some containers; of all, when none is named. Those without one are in `localhost`. */
  clearContainers(containers: readonly string[]): void {
    if (containers.length === 0) { this.clear(); return; }
    for (const [name, v] of this.#values) {
      const at = name.indexOf('//');
      if (!containers.includes(at < 0 ? 'localhost' : name.slice(0, at))) continue;
      this.#values.delete(name);
      if (!isHost(v)) this.#engine.free(v);
    }
  }
  memory(): MemoryInfo {
    let bytes = 0;
    for (const v of this.#values.values()) bytes += byteLength(v);
    return { tensors: this.#values.size, bytes };
  }
}

export function byteLength(v: Value): number {
  return isHost(v) ? v.byteLength : v.shape.reduce((a, b) => a * b, 1) * dtypeFromName(v.dtype)!.size;
}

/** State of random ops, by node. */
export class NodeStates {
  readonly #committed = new Map<string, unknown>();
  readonly #host: KernelHost;
  constructor(host: KernelHost) { this.#host = host; }

  /** A view for one run: reads what is committed or already kept in this run; `commit` makes its writes last. */
  begin(): RunStates { return new RunStates(this.#committed, this.#host); }
  clear(): void { this.#committed.clear(); }
}

/** The states in one run, and the state of one node at a time (kernels take turns): what a call of its kernel sets counts when it
 * has succeeded, and `keep` says so. */
export class RunStates implements KernelState {
  readonly #committed: Map<string, unknown>;
  #staged: Map<string, unknown> | undefined;
  #node = '';
  #new: unknown;

  readonly host: KernelHost;
  constructor(committed: Map<string, unknown>, host: KernelHost) {
    this.#committed = committed;
    this.host = host;
  }
  /** Stands for the run. */
  get run(): object { return this; }
  /** The state of a node, until another's is asked for. */
  of(node: string): this {
    this.#node = node;
    this.#new = undefined;
    return this;
  }
  get<T>(init: () => T): T {
    const kept = this.#staged?.get(this.#node) ?? this.#committed.get(this.#node);
    if (kept !== undefined) return kept as T;
    const v = init();
    this.#stage(v);
    return v;
  }
  set<T>(value: T): void { this.#new = value; }
  keep(): void { if (this.#new !== undefined) this.#stage(this.#new); }
  commit(): void { if (this.#staged) for (const [k, v] of this.#staged) this.#committed.set(k, v); }
  #stage(v: unknown): void { (this.#staged ??= new Map()).set(this.#node, v); }
}
