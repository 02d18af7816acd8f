// Compiled plans by what they depend on: fetches, targets, feeds and their shapes, and the edits of existing nodes (a
// graph that only grew changes nothing of an old plan). A plan is made to fit feeds of other shapes where that goes; of
// others, after a few shapes of one signature, a plan for any shape is made. The plan that was used least lately goes first.
import { ResourceExhaustedError } from '../graph/errors.ts';
import type { Graph } from '../graph/graph.ts';
import type { Compiled, CompileRequest } from './compile/pipeline.ts';
import type { Area, DeviceValue, Engine, EngineReport, MemoryInfo } from './engines/engine.ts';
import { kernelError, type RunPlace } from './errors.ts';
import type { Execution } from './execute.ts';
import type { Live } from './live.ts';
import { Refit } from './compile/refit.ts';
import type { Plan } from './plan.ts';
import { exhausted } from './run_kernel.ts';
import { type StraightRun, straightRun } from './straight.ts';
import { byteLength, isHost, type Value, type VariableStore } from './variables.ts';

/** A plan with its constants where the engine wants them. */
export interface ReadyPlan {
  readonly plan: Plan;
  readonly template: readonly (Live | undefined)[];
  /** Where the engine puts its values of known size. */
  readonly area: Area | undefined;
  /** What the engine said of its first run, or of the last one that was traced. */
  report?: EngineReport;
  /** How often it was run by a session that builds cost models. */
  runs?: number;
  /** The short way through it, where it has one. */
  readonly straight: StraightRun | undefined;
  /** Its code was compiled together, as far as that goes. */
  rehearsed?: boolean;
  /** What ran it before and may run it again. */
  spare?: Execution | undefined;
  /** Whether a value of the run may become a variable's as it is. */
  readonly assigns: boolean;
}
/** Compiles; `refits`: so that the plan may be made to fit other shapes. */
type Make = (request: CompileRequest, refits: boolean) => Compiled;

/** Who is told of values that outlive a run, of plans that were made to fit other shapes, and of those dropped for others. */
export interface Told { keep(v: Value): void; fitted(plan: Plan, milliseconds: number): void; dropped(plan: Plan, most: number): void }
interface Fitting { readonly key: string; readonly ready: ReadyPlan; readonly refit: Refit }
/** How plans of the same fetches and feeds came about since there are any: compiled, made to fit other shapes, and dropped for plans of others;
 * why the last that was compiled beside others was not made of one of them. */
export interface PlanHistory { readonly compiled: number; readonly fitted: number; readonly dropped: number; readonly why: string | null }
/** What is kept of the plans of one signature while there are any. */
interface Family { /** Plans that are kept. */ kept: number; /** Shapes that got plans of their own. */ shapes: number; /** The plan that was compiled last, where it can be made to fit, or why it can't. */ fitting: Fitting | string; history: PlanHistory }

/** Shapes of one signature that get plans of their own where none can be made to fit. */
const MAX_SHAPES = 8;
const MAX_PLANS = 64;
/** Requests that are known as they are. */
const MAX_RECENT = 16;

export class PlanCache {
  readonly #engine: Engine;
  readonly #plans = new Map<string, { readonly ready: ReadyPlan; readonly signature: string }>();
  readonly #families = new Map<string, Family>();
  #edits = 0;
  /** By request: callers that ask for the same again have the same one (RequestMemo). */
  readonly #recent = new Map<CompileRequest, ReadyPlan>();
  readonly #variables: VariableStore;
  readonly #told: Told;
  constructor(engine: Engine, variables: VariableStore, told: Told) {
    this.#engine = engine;
    this.#told = told;
    this.#variables = variables;
  }

  /** The plan of a request that was asked for just before. */
  recent(request: CompileRequest, { edits }: Graph): ReadyPlan | undefined { return edits === this.#edits ? this.#recent.get(request) : undefined; }
  /** The plan of a request; `make` compiles it when there is none. */
  get(request: CompileRequest, place: RunPlace, make: Make): ReadyPlan {
    this.#follow(place.graph);
    const recent = this.#recent.get(request);
    if (recent) return recent;
    const ready = this.#find(request, place, make);
    if (this.#recent.size >= MAX_RECENT) this.#recent.delete(this.#recent.keys().next().value!);
    this.#recent.set(request, ready);
    return ready;
  }
  /** New nodes change no plan; an edit of an old one may. */
  #follow({ edits }: Graph): void {
    if (edits === this.#edits) return;
    this.clear();
    this.#edits = edits;
  }
  /** The plan for these shapes, or for any. */
  #held(signature: string, key: string): ReadyPlan | undefined { return (this.#plans.get(key) ?? this.#plans.get(anyShape(signature)))?.ready; }
  #find(request: CompileRequest, place: RunPlace, make: Make): ReadyPlan {
    const [signature, key] = keyOf(request);
    const known = this.#families.get(signature)?.shapes ?? 0;
    const hit = this.#held(signature, key);
    if (hit) { this.#touch(this.#plans.has(key) ? key : anyShape(signature)); return hit; }
    const fitted = this.#fitted(signature, key, request, place);
    if (typeof fitted === 'object') return fitted;
    const isOwn = known < MAX_SHAPES, general = isOwn ? request : { ...request, feeds: request.feeds.map((f) => ({ tensor: f.tensor, shape: f.tensor.shape })) };
    const { plan, refit } = make(general, isOwn), ready = this.prepare(plan, place);
    if (known > 0) ready.rehearsed = true; // for other shapes: there is little code it does not share
    const family = this.#put(signature, isOwn ? key : anyShape(signature), ready);
    family.shapes = known + 1;
    family.fitting = refit instanceof Refit ? { key, ready, refit } : refit;
    family.history = { ...family.history, compiled: family.history.compiled + 1, why: fitted ?? null };
    return ready;
  }
  /** The plan of the signature made to fit, or why none does; undefined: there is none. */
  #fitted(signature: string, key: string, request: CompileRequest, place: RunPlace): ReadyPlan | string | undefined {
    const start = performance.now(), from = this.#families.get(signature)?.fitting;
    if (from === undefined || typeof from === 'string') return from;
    const plan = from.refit.to(request.feeds.map((f) => f.shape));
    if (typeof plan === 'string') return plan;
    this.#touch(from.key);
    const ready = this.prepare(plan, place, from.ready);
    ready.rehearsed = true;
    this.#told.fitted(plan, performance.now() - start);
    const family = this.#put(signature, key, ready);
    family.history = { ...family.history, fitted: family.history.fitted + 1 };
    return ready;
  }
  #touch(key: string): void {
    const there = this.#plans.get(key);
    if (there) { this.#plans.delete(key); this.#plans.set(key, there); }
  }
  #put(signature: string, key: string, ready: ReadyPlan): Family {
    let family = this.#families.get(signature);
    if (family) family.kept++; else this.#families.set(signature, family = { kept: 1, shapes: 0, fitting: 'its plans were prepared', history: { compiled: 0, fitted: 0, dropped: 0, why: null } });
    this.#drop(key);
    if (this.#plans.size >= MAX_PLANS) {
      const [oldest, { ready: { plan }, signature: other }] = this.#plans.entries().next().value!, { history } = this.#families.get(other)!;
      this.#families.get(other)!.history = { ...history, dropped: history.dropped + 1 };
      this.#drop(oldest);
      this.#told.dropped(plan, MAX_PLANS);
    }
    this.#plans.set(key, { ready, signature });
    return family;
  }

  /** The plans of several requests. Engines that gather plans compile all of them anew, unless they are together already. */
  prepareAll(requests: readonly CompileRequest[], graph: Graph, make: Make): readonly ReadyPlan[] {
    this.#follow(graph);
    const together = this.#engine.together?.(requests.map((r) => this.find(r, graph)?.plan));
    // What updates variables goes first: the others then read them where they are.
    const order = requests.map((_, i) => i).sort((a, b) => Math.sign(requests[b]!.targets.length) - Math.sign(requests[a]!.targets.length));
    const out: ReadyPlan[] = [];
    for (const i of order) {
      const r = requests[i]!;
      const there = together ? undefined : this.find(r, graph);
      if (there) { out.push(there); continue; }
      const ready = this.prepare(make({ ...r, ...(together && { together }) }, false).plan, { graph, fetches: [...r.fetches, ...r.targets].map((e) => e.name) });
      const [signature, key] = keyOf(r);
      this.#put(signature, r.feeds.every((f) => f.shape.isFullyDefined) ? key : anyShape(signature), ready);
      out.push(ready);
    }
    for (const { plan } of out) this.#engine.open?.(plan);
    return out;
  }

  /** The plan of a request, if there is one. */
  find(request: CompileRequest, { edits }: Graph): ReadyPlan | undefined {
    const [signature, key] = keyOf(request);
    return edits === this.#edits ? this.#held(signature, key) : undefined;
  }

  /** How the plans of a request's fetches and feeds came about; undefined: there are none. */
  history(request: CompileRequest): PlanHistory | undefined { return this.#families.get(keyOf(request)[0])?.history; }

  /** Puts the constants of a plan where the engine wants them, or takes those of another; a plan that is not in the cache is released by its maker. */
  prepare(plan: Plan, place: RunPlace, from?: ReadyPlan): ReadyPlan {
    const template: (Live | undefined)[] = Array.from({ length: plan.slots.length }, () => undefined);
    const ready: ReadyPlan = { plan, template, straight: undefined as StraightRun | undefined, assigns: plan.steps.some((s) => s.kind === 'assign'), area: this.#engine.area?.(plan) };
    for (const [i, c] of plan.constants.entries()) {
      this.#told.keep(c.value);
      const there = from?.plan.constants[i] === c ? from.template[c.slot] : undefined;
      try {
        template[c.slot] = plan.slots[c.slot]!.place === 'host' ? c.value : there ? this.#engine.retain(there as DeviceValue) : this.#engine.upload(c.value);
      } catch (e) {
        this.release(ready);
        const node = c.nodes[0];
        if (node === undefined) throw e;
        throw e instanceof ResourceExhaustedError ? exhausted(e, node, plan, template, { engine: this.#engine, variables: this.#variables, place }) : kernelError(e, node, place);
      }
    }
    return { ...ready, straight: straightRun(plan, template, this.#engine, this.#variables) };
  }
  #drop(key: string): void {
    const there = this.#plans.get(key);
    if (!there) return;
    const { ready, signature } = there, family = this.#families.get(signature)!;
    this.release(ready);
    this.#plans.delete(key);
    this.#recent.clear();
    if (typeof family.fitting === 'object' && family.fitting.ready === ready) family.fitting = 'the plan that could be made to fit was dropped';
    if (--family.kept === 0) this.#families.delete(signature);
  }
  release(p: ReadyPlan): void {
    for (const c of p.plan.constants) {
      const v = p.template[c.slot];
      if (v !== undefined && typeof v === 'object' && !isHost(v)) this.#engine.free(v);
    }
    this.#engine.discard?.(p.plan);
  }
  clear(): void {
    for (const { ready } of this.#plans.values()) this.release(ready);
    this.#plans.clear();
    this.#families.clear();
    this.#recent.clear();
  }
  memory(): MemoryInfo {
    let tensors = 0, bytes = 0;
    for (const { ready: p } of this.#plans.values()) {
      for (const c of p.plan.constants) { tensors++; bytes += byteLength(p.template[c.slot] as never); }
    }
    return { tensors, bytes };
  }
}

/** What is fetched, run and fed; and that with the shapes of the feeds. */
function keyOf(request: CompileRequest): readonly [signature: string, key: string] {
  const signature = `${request.fetches.map((t) => t.name).join(',')}|${request.targets.map((o) => o.name).join(',')}|${request.feeds.map((f) => f.tensor.name).join(',')}`;
  return [signature, `${signature}|${request.feeds.map((f) => f.shape.debug).join('')}`];
}
function anyShape(signature: string): string { return `${signature}|any`; }
