/// <reference lib="esnext.disposable" preserve="true" />
// The stacks that TF keeps per thread: default graph, default session, and per graph the name, control-dependency,
// colocation, device, attr and control-flow scopes. "Thread" here is an async context: with AsyncLocalStorage two
// interleaved async builders do not see each other's scopes. The only globals of the library live in this file.
import { RuntimeError } from './errors.ts';
import { type CreationSite, captureSite, userCode } from './site.ts';
import type { Graph } from './graph.ts';
import type { Operation } from './tensor.ts';
import type { AttrValue, NodeDef } from './node_def.ts';
import type { ControlFlowContext } from './control_flow_context.ts';
import type { DeviceEntry } from './device.ts';

/** One level of `control_dependencies`: its control inputs and the ops made inside it. */
export interface ControlDependencyLevel { readonly inputs: readonly Operation[]; readonly seen: Set<Operation> }

/** An attr that new nodes get: its value, or a function of the node (null: none). */
export type AttrSource = AttrValue | ((node: NodeDef) => AttrValue | null);

/** Scope state of one graph in one async context. Fields are replaced, never mutated in place, so a fork is a shallow copy. */
export interface ScopeState {
  /** Current name scope without the trailing slash; '' at the root. */
  nameStack: string;
  controlDependencies: readonly ControlDependencyLevel[];
  colocation: readonly Operation[];
  devices: readonly DeviceEntry[];
  /** The device stack that was there when the graph became the default one, if colocate_with has set it aside since;
   * `init_scope` goes back to it where `devices` is empty. */
  initDevices: readonly DeviceEntry[] | null;
  attrScope: Readonly<Record<string, AttrSource>>;
  gradientOverride: Readonly<Record<string, string>>;
  kernelLabels: Readonly<Record<string, string>>;
  container: string;
  controlFlowContext: ControlFlowContext | null;
  /** Open scopes of other modules (the variable scope, arg_scope), by key; absent outside of them. */
  readonly extra: Map<symbol, unknown>;
}

interface Frame { readonly what: string; readonly site: CreationSite; stale: boolean; open: boolean }

/** What all contexts of one thread share, per graph: state that outlives scopes (how often a scope name was opened). */
type ThreadStates = WeakMap<Graph, Map<symbol, unknown>>;

class Context {
  readonly graphs: Graph[] = [];
  readonly sessions: unknown[] = [];
  readonly states = new Map<Graph, ScopeState>();
  readonly thread: ThreadStates;
  readonly frames: Frame[] = [];
  /** Open `using` scopes that have lived past an await. */
  stale = 0;

  constructor(thread: ThreadStates = new WeakMap()) { this.thread = thread; }

  fork(): Context {
    const c = new Context(this.thread);
    c.graphs.push(...this.graphs);
    c.sessions.push(...this.sessions);
    this.forgetIdle();
    for (const [g, s] of this.states) c.states.set(g, { ...s, extra: new Map(s.extra) });
    return c;
  }

  /** Graphs without an open scope need no state (and are not kept alive by it). */
  forgetIdle(): void { for (const [g, s] of this.states) if (isIdle(s)) this.states.delete(g); }
}

function isIdle(s: ScopeState): boolean {
  return s.nameStack === '' && s.container === '' && s.controlFlowContext === null && s.extra.size === 0 &&
    s.controlDependencies.length === 0 && s.colocation.length === 0 && s.devices.length === 0 && s.initDevices === null &&
    Object.keys(s.attrScope).length === 0 && Object.keys(s.gradientOverride).length === 0 && Object.keys(s.kernelLabels).length === 0;
}

interface Storage { getStore(): Context | undefined; run<R>(c: Context, f: () => R): R }
const asyncHooks = (globalThis as { process?: { getBuiltinModule?: (n: string) => unknown } }).process?.getBuiltinModule?.('node:async_hooks') as
  { AsyncLocalStorage: new () => Storage } | undefined;
const storage = asyncHooks ? new asyncHooks.AsyncLocalStorage() : undefined;
/** The main thread's context; replaced while `isolated` runs where there is no AsyncLocalStorage. */
let root = new Context();

function context(): Context { return storage?.getStore() ?? root; }

function freshState(): ScopeState {
  return {
    nameStack: '', controlDependencies: [], colocation: [], devices: [], initDevices: null, attrScope: {}, gradientOverride: {}, kernelLabels: {},
    container: '', controlFlowContext: null, extra: new Map(),
  };
}

/** The scope state of a graph in this async context. */
export function scopeState(graph: Graph): ScopeState {
  const c = context();
  let s = c.states.get(graph);
  if (!s) {
    if (c.states.size >= MANY) c.forgetIdle();
    c.states.set(graph, s = freshState());
  }
  return s;
}
/** Graphs with state at which a context looks for idle ones. */
const MANY = 16;

/** State of a graph in this thread that outlives scopes, made on first use. */
export function threadState<T>(graph: Graph, key: symbol, init: () => T): T {
  const { thread } = context();
  let states = thread.get(graph);
  if (!states) thread.set(graph, states = new Map());
  if (!states.has(key)) states.set(key, init());
  return states.get(key) as T;
}

export function graphStack(): Graph[] { return context().graphs; }
export function sessionStack(): unknown[] { return context().sessions; }

/** Throws when a `using` scope has been left open across an await: nodes made now would land in it by accident. */
export function checkNotStale(entrySite: CreationSite | undefined): void {
  const c = context();
  if (c.stale === 0) return;
  const f = c.frames.find((x) => x.stale)!;
  throw new RuntimeError(`A ${f.what} opened with \`using\` is still open after an await.`, {
    site: `${entrySite?.location ?? '<unknown>'} (the scope was opened at ${f.site.location})`,
    remedy: 'give the scope an async body instead: it follows the await, a `using` block does not',
  });
}

/** What entering a scope yields: the value for the user and how to leave. */
export interface Entered<V> { readonly value: V; readonly exit: () => void }

/** A scope held open by `using`. */
export type ScopeHandle<V> = V & Disposable;

/** Body form of a scope: enters, runs the body in its own async context, leaves when the body is done. */
export function runInScope<V, R>(enter: () => Entered<V>, body: (v: V) => R): R {
  const go = (): R => {
    const { value, exit } = enter();
    let result: R;
    try {
      result = userCode(() => body(value));
    } catch (e) {
      exit();
      throw e;
    }
    if (isThenable(result)) {
      if (!storage) {
        exit();
        throw new RuntimeError('An async scope body needs AsyncLocalStorage, which this runtime does not have.', {
          remedy: 'build the graph synchronously and await outside the scope',
        });
      }
      return result.then((v) => { exit(); return v; }, (e: unknown) => { exit(); throw e; }) as R;
    }
    exit();
    return result;
  };
  return storage ? storage.run(context().fork(), go) : go();
}

/** `using` form of a scope: stays open until disposed; out-of-order disposal throws and names both sites. */
export function openScope<V>(what: string, entry: (...a: never[]) => unknown, enter: () => Entered<V>, wrap: (v: V, dispose: () => void) => ScopeHandle<V>): ScopeHandle<V> {
  const c = context();
  const { value, exit } = enter();
  const frame: Frame = { what, site: captureSite(entry), stale: false, open: true };
  c.frames.push(frame);
  queueMicrotask(() => {
    if (frame.open) { frame.stale = true; c.stale++; }
  });
  return wrap(value, () => {
    if (!frame.open) return;
    frame.open = false;
    if (frame.stale) c.stale--;
    const top = c.frames.pop();
    if (top !== frame) {
      if (top) c.frames.push(top);
      const i = c.frames.indexOf(frame);
      if (i >= 0) c.frames.splice(i, 1);
      exit();
      throw new RuntimeError(`Scopes closed out of order: this ${frame.what} was opened at ${frame.site.location}, but the ${top?.what ?? 'scope'} opened at ${top?.site.location ?? '<unknown>'} is still open.`);
    }
    exit();
  });
}

/** Runs `body` as a new Python thread would: at the root of names and variable scopes, with `graph` as the default graph.
 * As in TF, what else the caller has open on the graph (devices, colocation, control dependencies, attrs) goes on. */
export function runIsolated<R>(graph: Graph, body: () => R): R {
  const outer = context().states.get(graph);
  const thread = new Context();
  thread.graphs.push(graph);
  if (outer) thread.states.set(graph, { ...outer, nameStack: '', initDevices: null, extra: new Map() });
  if (storage) return storage.run(thread, () => userCode(body));
  const caller = root;
  root = thread;
  try {
    return userCode(body);
  } finally {
    root = caller;
  }
}

function isThenable(v: unknown): v is PromiseLike<unknown> {
  return typeof v === 'object' && v !== null && 'then' in v && typeof v.then === 'function';
}
