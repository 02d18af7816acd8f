// Kernel steps become calls: what runs inside TensorFlow is gathered into as few functions as dependencies allow, the
// steps of the reference kernels between them. A call starts as early as its inputs allow, so which function a node is in
// depends on its ancestors alone. In conditional plans a call holds only nodes that are dead together.
//
// Variables that an optimizer updates live in the TensorFlow session of the plan (`residents`): the last call reads them,
// and writes them after everything else in it has run. All other variables go in and out as values.
import type { DType } from '../../../graph/dtype.ts';
import { int32 } from '../../../graph/dtype.ts';
import { attr, type AttrMap } from '../../../graph/node_def.ts';
import { NDArray } from '../../../graph/ndarray.ts';
import type { Lowered } from '../../compile/lower.ts';
import { type CallStep, type CommitStep, type KernelStep, reads, type ReadStep, type Resident, type Slot, type Step, writes } from '../../plan.ts';
import { referenceKernels } from '../../kernels/registry.ts';
import type { GroupOptions } from '../engine.ts';
import { type Added, Body, type Ref } from './body.ts';
import { isUpdate, resourceForm } from './kernels.ts';
import { Layout, type Turn } from './layout.ts';
import { type Callee, callNames, type CallNames } from './saved_model.ts';
import { noXla } from './xla.ts';

/** A variable that lives in the plan's TensorFlow session. */
export interface ResidentVariable { readonly variable: string; readonly dtype: DType; /** Where it lives; '': where TensorFlow puts it. */ readonly device: string }

/** What the calls of a plan share, or of several that are together: they are functions of one SavedModel. Grows while plans are compiled. */
export interface NativePlan {
  readonly functions: Callee[];
  readonly residents: ResidentVariable[];
  /** Whether TensorFlow's rewriter may touch the functions. */
  rewritten: boolean;
  /** Plans with calls here. */
  plans: number;
}
/** A place for plans that are to be together. */
export function nativePlan(): NativePlan { return { functions: [], residents: [], rewritten: false, plans: 0 }; }

/** One call of the engine. */
export interface NativeCall {
  readonly name: string;
  readonly plan: NativePlan;
  readonly feeds: string;
  readonly fetches: string;
  /** Whether its kernels may run in the thread that calls: they have so little to do that handing them to others would take longer. */
  readonly light: boolean;
  /** The graph's node behind each node of the function. */
  readonly origin: ReadonlyMap<string, string>;
}

/** Constants up to this size are part of the function; larger ones are fed. */
const MAX_CONSTANT = 1 << 20;

/** Elements that all kernels of a light call read and write together. */
const LIGHT = 1 << 16;
/** A signal that meets oneDNN's matrix kernels overwrites memory (seen with `node --cpu-prof`): they stay in TensorFlow's own
 * threads, where none arrives. */
const CONTRACTION = /MatMul|Conv2[dD]|MatrixInverse/;

type NativeStep = KernelStep & { readonly call: object };
const isNative = (s: Step): s is NativeStep => s.kind === 'kernel' && s.call !== null;

/** `turn`: the format convolutions are computed in (layout.ts). `xla`: XLA compiles what it can. */
export interface NativeGroupOptions extends GroupOptions { readonly turn: Turn; readonly xla: boolean; /** Whether there is one: then the graph's devices count. */ readonly gpu: boolean; readonly softPlacement: boolean }

export function groupCalls(lowered: Lowered, o: NativeGroupOptions): Lowered { return new Grouping(dropIdle(dropSureAssigns(lowered)), o).run(); }

/** Assignments that cannot fail, their shapes being known, are the value itself. */
function dropSureAssigns(l: Lowered): Lowered {
  const same = new Map<Slot, Slot>();
  const steps = l.steps.filter((s) => {
    if (s.kind !== 'assign' || s.guards.length > 0) return true;
    const [want, is] = [s.shape, l.slots[s.input]!.shape];
    if (s.validate && !(want.isFullyDefined && want.equals(is))) return true;
    same.set(s.out, s.input);
    return false;
  });
  if (same.size === 0) return l;
  const of = (x: Slot): Slot => { let y = x; while (same.has(y)) y = same.get(y)!; return y; };
  return { ...l, steps: steps.map((s) => withSlots(s, of)) };
}
function withSlots(s: Step, of: (x: Slot) => Slot): Step {
  switch (s.kind) {
    case 'kernel': case 'call': return { ...s, inputs: s.inputs.map(of), guards: s.guards.map(of) };
    case 'merge': case 'fused': return { ...s, inputs: s.inputs.map(of) };
    case 'assign': return { ...s, input: of(s.input), base: s.base === null ? null : of(s.base), guards: s.guards.map(of) };
    case 'switch': return { ...s, input: of(s.input), pred: of(s.pred), guards: s.guards.map(of) };
    case 'guard': return { ...s, input: of(s.input), guards: s.guards.map(of) };
    case 'hasValue': return { ...s, input: s.input === null ? null : of(s.input), guards: s.guards.map(of) };
    case 'unfed': return { ...s, guards: s.guards.map(of) };
    case 'move': case 'commit': case 'fetch': return { ...s, input: of(s.input) };
    case 'feed': case 'read': case 'free': return s;
    default: return s satisfies never;
  }
}

/** Kernels nobody uses that others only waited for (gradients nobody asked for), where nothing in them can fail. */
function dropIdle(l: Lowered): Lowered {
  const used = new Set<Slot>();
  const steps = [...l.steps].reverse().filter((s) => {
    const known = isNative(s) && NEVER_FAILS.test(s.node.op) && [...s.inputs, ...s.outputs].every((x) => l.slots[x]!.shape.isFullyDefined && (l.slots[x]!.dtype.isFloating || l.slots[x]!.dtype === int32));
    if (known && s.outputs.every((x) => !used.has(x))) return false;
    for (const x of reads(s)) used.add(x);
    return true;
  }).reverse();
  return steps.length === l.steps.length ? l : { ...l, steps };
}
const NEVER_FAILS = /^(MatMul|BatchMatMul(V2)?|Add|AddV2|AddN|Sub|Mul|Neg|Square|SquaredDifference|Sum|Mean|Max|Min|Maximum|Minimum|RealDiv|Exp|Log|Tanh|Sigmoid|Relu|\w*Grad|Sqrt|Rsqrt|Reciprocal|BiasAdd|Conv2D\w*|DepthwiseConv2d\w*|MaxPool|AvgPool|Transpose|Identity|Cast|Softmax|LogSoftmax|ZerosLike|OnesLike|Select)$/;

interface Group { readonly level: number; readonly key: string; readonly steps: NativeStep[] }
/** A variable that lives in the plan's session: where it is read and committed (undefined: it is not), and whether an update writes it in place. */
interface Residence { readonly read: ReadStep; readonly commit: CommitStep | undefined; inPlace: boolean }
type Residents = ReadonlyMap<string, Residence>;
interface Place { readonly level: number; readonly group: Group | undefined }

class Grouping {
  readonly #lowered: Lowered;
  readonly #o: NativeGroupOptions;
  /** Where each slot is made. */
  readonly #place = new Map<Slot, Place>();
  /** Which deadness each slot has. */
  readonly #key = new Map<Slot, string>();
  readonly #users = new Map<Slot, Step[]>();
  readonly #constants: Map<Slot, Resident>;
  readonly #groups: Group[] = [];
  readonly #hostLevel = new Map<Step, number>();

  constructor(lowered: Lowered, o: NativeGroupOptions) {
    this.#lowered = lowered;
    this.#o = o;
    this.#constants = new Map(lowered.constants.map((c) => [c.slot, c]));
    for (const s of lowered.steps) for (const x of reads(s)) { const l = this.#users.get(x); if (l) l.push(s); else this.#users.set(x, [s]); }
  }

  get #rewritten(): boolean { return this.#o.mode === 'fast'; }
  /** The device of a node in this process, as TensorFlow names it. A GPU that need not be it is left to TensorFlow, which takes the first for all it has kernels for. */
  #device(node: string): string {
    const d = this.#o.gpu ? /\/device:\w+:\d+/.exec(this.#o.device(node))?.[0] ?? '' : '';
    return this.#o.softPlacement && !d.includes('CPU') ? '' : d;
  }

  run(): Lowered {
    for (const s of this.#lowered.steps) this.#assign(s);
    if (this.#groups.length === 0) return this.#lowered;
    const last = this.#groups.reduce((a, g) => (g.level > a.level ? g : a));
    const plan = (this.#o.together as NativePlan | undefined) ?? nativePlan();
    plan.rewritten = this.#rewritten;
    const residents = this.#residents(last, plan);
    plan.plans++;
    for (const { read } of residents.values()) if (!plan.residents.some((r) => r.variable === read.variable)) plan.residents.push({ variable: read.variable, dtype: this.#lowered.slots[read.out]!.dtype, device: this.#device(read.variable) });
    const written: Residents = new Map([...residents].filter(([, r]) => r.commit));
    const embedded = new Set<Slot>();
    const calls = new Map<Group, CallStep>();
    const order = [...this.#groups].sort((a, b) => a.level - b.level);
    for (const g of order) calls.set(g, this.#call(`f${plan.functions.length}`, g, g === last ? written : new Map(), residents, plan, embedded));
    const gone = new Set<Step>([...residents.values()].flatMap((r): Step[] => [r.read, ...(r.commit ? [r.commit] : [])]));
    const steps: Step[] = [];
    const ends = this.#lowered.steps.filter((s) => s.kind === 'fetch' || s.kind === 'commit');
    const hosts = this.#lowered.steps.filter((s) => !isNative(s) && s.kind !== 'fetch' && s.kind !== 'commit' && !gone.has(s));
    const top = Math.max(last.level, ...hosts.map((s) => this.#hostLevel.get(s)!));
    for (let level = 0; level <= top; level++) {
      for (const s of hosts) if (this.#hostLevel.get(s) === level) steps.push(s);
      for (const g of order) if (g.level === level) steps.push(calls.get(g)!);
    }
    steps.push(...ends.filter((s) => !gone.has(s)));
    const stillRead = new Set(steps.flatMap((s) => reads(s)));
    return { slots: this.#lowered.slots, constants: this.#lowered.constants.filter((c) => !embedded.has(c.slot) || stillRead.has(c.slot)), steps };
  }

  // --- levels ------------------------------------------------------------------------------------------------------
  #assign(s: Step): void {
    const inputs = reads(s);
    const key = this.#keyOf(s, inputs);
    let level = 0;
    const native = isNative(s);
    for (const x of inputs) {
      const p = this.#place.get(x);
      if (p) level = Math.max(level, p.group && !(native && p.group.key === key) ? p.level + 1 : p.level);
    }
    let group: Group | undefined;
    if (native) {
      group = this.#groups.find((g) => g.level === level && g.key === key);
      if (!group) this.#groups.push(group = { level, key, steps: [] });
      group.steps.push(s);
    } else this.#hostLevel.set(s, level);
    for (const x of writes(s)) { this.#place.set(x, { level, group }); if (!this.#key.has(x)) this.#key.set(x, key); }
  }
  /** What a step's values are dead with: the sides of Switches and the Merges above it. */
  #keyOf(s: Step, inputs: readonly Slot[]): string {
    const all = new Set(inputs.flatMap((x) => (this.#key.get(x) ?? '').split(' ')).filter((k) => k !== ''));
    const own = s.kind === 'switch' ? s.outputs.map((o, i) => [o, `${s.outputs[0]}/${i}`] as const) : [];
    const text = (k: Iterable<string>): string => [...k].sort().join(' ');
    for (const [slot, side] of own) this.#key.set(slot, text([...all, side]));
    if (s.kind === 'merge') return `m${s.out}`;
    if (s.kind === 'feed' && this.#o.inParts) return `feed${s.index}`;
    return text(all);
  }

  // --- residents ---------------------------------------------------------------------------------------------------
  /** Variables of optimizer updates in the last call, where nothing after it can fail and nobody else wants the old value; and what
   * other plans of the same model update and this one only reads. */
  #residents(last: Group, plan: NativePlan): Residents {
    const { steps } = this.#lowered;
    if (this.#o.inParts || steps.some((s) => s.kind === 'switch' || s.kind === 'merge' || s.kind === 'guard')) return new Map();
    const found = new Map(this.#updated(last));
    for (const s of steps) {
      if (s.kind !== 'read' || s.optional || found.has(s.variable) || !plan.residents.some((r) => r.variable === s.variable)) continue;
      if (steps.some((c) => c.kind === 'commit' && c.variable === s.variable) || !this.#readsInCalls(s)) continue;
      found.set(s.variable, { read: s, commit: undefined, inPlace: false });
    }
    return found;
  }
  #readsInCalls(s: ReadStep): boolean { return this.#lowered.slots[s.out]!.place === 'device' && (this.#users.get(s.out) ?? []).every((u) => isNative(u)); }
  #updated(last: Group): Residents {
    const none: Residents = new Map();
    const { steps } = this.#lowered;
    if (this.#groups.some((g) => g !== last && g.level === last.level)) return none;
    for (const [s, level] of this.#hostLevel) if (level > last.level && s.kind !== 'fetch' && s.kind !== 'commit') return none;
    const found = new Map<string, Residence>();
    const commits = new Map<Slot, CommitStep[]>();
    for (const s of steps) if (s.kind === 'commit') commits.set(s.input, [...(commits.get(s.input) ?? []), s]);
    for (const s of steps) {
      if (s.kind !== 'read' || s.optional || found.has(s.variable)) continue;
      const commit = steps.find((c): c is CommitStep => c.kind === 'commit' && c.variable === s.variable);
      if (!commit || commits.get(commit.input)!.length > 1 || this.#place.get(commit.input)?.group !== last) continue;
      if (this.#readsInCalls(s)) found.set(s.variable, { read: s, commit, inPlace: false });
    }
    const variableAt = new Map([...found.values()].map((r) => [r.read.out, r]));
    for (const s of last.steps) {
      const slots = referenceKernels.get(s.node.op)?.writes;
      if (!slots || !isUpdate(s.node.op)) continue;
      const each = slots.map((at, k) => {
        const r = variableAt.get(s.inputs[at]!);
        return r?.commit && r.commit.input === s.outputs[k] && this.#users.get(s.outputs[k]!)!.length === 1 ? r : undefined;
      });
      if (each.every((r) => r !== undefined)) for (const r of each) r.inPlace = true;
    }
    return [...found.values()].some((r) => r.inPlace) ? found : none;
  }

  // --- one call ----------------------------------------------------------------------------------------------------
  #call(name: string, g: Group, written: Residents, residents: Residents, plan: NativePlan, embedded: Set<Slot>): CallStep {
    const home = new Map([...residents.values()].map((r) => [r.read.out, r]));
    const inPlace = (s: NativeStep): boolean => { if (!isUpdate(s.node.op)) return false; const k = referenceKernels.get(s.node.op)?.writes?.[0]; const r = k === undefined ? undefined : home.get(s.inputs[k]!); return r?.inPlace === true && written.has(r.read.variable); };
    const why = this.#o.xla ? noXla(g.steps, (x) => this.#lowered.slots[x]!, (x) => this.#constants.has(x)) ?? (g.steps.some((s) => isUpdate(s.node.op) && !inPlace(s)) ? 'a variable of its own is updated' : undefined) : 'off';
    const xla = why === undefined;
    const body = new Body(name, xla);
    const refs = new Map<Slot, Ref>();
    const inputs: Slot[] = [];
    const constants: Resident[] = [];
    const handles = new Map<string, Ref>();
    const readers = new Map<string, string>();
    const handle = (variable: string, dtype: DType): Ref => {
      let h = handles.get(variable);
      if (!h) handles.set(variable, h = body.variable(variable, dtype, this.#device(variable)));
      return h;
    };
    const ref = (x: Slot, by: KernelStep): Ref => {
      let r = refs.get(x);
      if (r) return r;
      const info = this.#lowered.slots[x]!;
      const back = layout.back(x);
      if (back) { refs.set(x, back); return back; }
      const resident = home.get(x);
      const constant = this.#constants.get(x);
      if (resident) {
        const { variable } = resident.read;
        readers.set(variable, by.nodes[0]!);
        r = body.read(handle(variable, info.dtype), `${variable}/value`, info.dtype).out(0);
      } else if (constant && constant.value.byteLength <= MAX_CONSTANT) {
        embedded.add(x);
        constants.push(constant);
        r = body.constant(constant.nodes[0] ?? 'const', constant.value);
      } else {
        r = body.argument(info.dtype);
        inputs.push(x);
      }
      refs.set(x, r);
      return r;
    };
    const layout = new Layout({ body, ref: (x) => ref(x, g.steps[0]!), slot: (x) => this.#lowered.slots[x]!, constant: (x) => this.#constants.get(x)?.value }, this.#o.turn);
    for (const s of g.steps) {
      if (inPlace(s)) continue;
      if (layout.take(s, (inputs, attrs) => this.#node(body, s, inputs, attrs))) {
        for (const o of s.outputs) { const r = layout.plain.get(o); if (r) refs.set(o, r); }
        continue;
      }
      const made = this.#node(body, s, s.inputs.map((x) => ref(x, s)), s.node.attr);
      s.outputs.forEach((o, k) => refs.set(o, made(k)));
    }
    const mine = new Set(g.steps.flatMap((s) => s.outputs));
    const outputs = [...mine].filter((o) => {
      const r = [...written.values()].find((w) => w.commit!.input === o);
      return (this.#users.get(o) ?? []).some((u) => !(isNative(u) && g.steps.includes(u)) && u !== r?.commit);
    });
    for (const o of outputs) body.result(ref(o, g.steps[0]!));
    if (written.size > 0) {
      const inputsOf = g.steps.filter(inPlace).map((s) => ({ s, refs: s.inputs.map((x, i) => (home.get(x)?.inPlace === true && referenceKernels.get(s.node.op)!.writes!.includes(i) ? undefined : ref(x, s))) }));
      // All that can fail, and all that reads, comes before the first write.
      const before = body.add('NoOp', 'everything/read', [], {}, body.sinks().filter((n) => !isHandle(body, n))).name;
      for (const { s, refs: given } of inputsOf) {
        const at = s.inputs.map((x, i) => given[i] ?? handle(home.get(x)!.read.variable, this.#lowered.slots[x]!.dtype));
        for (const [i, x] of s.inputs.entries()) if (!given[i]) readers.set(home.get(x)!.read.variable, s.nodes[0]!);
        body.endsAfter(body.add(resourceForm(s.node.op), s.nodes[0]!, at, s.node.attr, [before], s.nodes[0]!).name);
      }
      for (const r of written.values()) {
        if (r.inPlace) continue;
        const { variable, input } = r.commit!, { dtype } = this.#lowered.slots[input]!;
        body.endsAfter(body.assign(handle(variable, dtype), `${variable}/write`, ref(input, g.steps[0]!), [before]).name);
      }
    }
    body.endsAfterAll();
    // There must be something to fetch.
    if (outputs.length === 0) body.result(body.add('Const', 'done', [], { value: attr.tensor(ONE), dtype: attr.type(int32) }).out(0));
    plan.functions.push({ def: body.finish(this.#rewritten), inputs: body.arguments, outputs: body.results, handles: body.handles, xla });
    const names: CallNames = callNames(name, inputs.length, body.results.length);
    const call: NativeCall = { name, plan, feeds: names.feeds, fetches: names.fetches.join(','), light: this.#isLight(g.steps), origin: body.origin };
    return {
      kind: 'call', call, how: this.#rewritten ? `${xla ? 'compiled by XLA' : `rewritten by TensorFlow${this.#o.xla ? ` (not by XLA: ${why})` : ''}`}: bits may depend on the fetch set` : null, inputs, outputs, outputDtypes: outputs.map((x) => this.#lowered.slots[x]!.dtype), guards: [...new Set(g.steps.flatMap((s) => s.guards))],
      variables: plan.residents.filter((v) => handles.has(v.variable)).map((v) => {
        const { read } = residents.get(v.variable)!;
        return { ...v, node: read.nodes[0]!, reader: read.reader ?? readers.get(v.variable) ?? read.nodes[0]!, slot: read.out, written: written.has(v.variable) };
      }),
      body: g.steps, constants, nodes: [...new Set(g.steps.flatMap((s) => s.nodes))],
    };
  }

  #isLight(steps: readonly NativeStep[]): boolean {
    let elements = 0;
    if (steps.some((s) => CONTRACTION.test(s.node.op))) return false;
    for (const s of steps) for (const x of [...s.inputs, ...s.outputs]) elements += this.#lowered.slots[x]!.shape.numElements ?? Infinity;
    return elements <= LIGHT;
  }
  /** The nodes of a kernel step; returns its outputs. */
  #node(body: Body, s: NativeStep, inputs: readonly Ref[], attrs: AttrMap): (k: number) => Ref {
    const [op, name, origin] = [s.node.op, s.nodes[0]!, s.nodes[0]!];
    if ((op === 'AddN' && inputs.length > 2) || op === 'AccumulateNV2') {
      // TensorFlow adds many in an order that depends on whose buffer is free: here it is left to right.
      let sum = inputs[0]!;
      for (let i = 1; i < inputs.length; i++) sum = body.add('AddV2', i === inputs.length - 1 ? name : `${name}/sum${i}`, [sum, inputs[i]!], {}, [], origin).out(0);
      return () => sum;
    }
    const slots = referenceKernels.get(op)?.writes;
    const add = (inputs: readonly Ref[]): Added => {
      body.device = this.#device(name);
      try { return body.add(op, name, inputs, attrs, [], origin); } finally { body.device = ''; }
    };
    const apart = JOINED.has(op) ? [body.add('Identity', `${name}/input`, [inputs[0]!]).out(0), ...inputs.slice(1)] : inputs;
    if (!slots || slots.length === 0) return add(apart).out;
    const [base, value] = inputs as [Ref, Ref];
    if (op.startsWith('AssignAdd')) return body.add('AddV2', name, [base, value], {}, [], origin).out;
    if (op.startsWith('AssignSub')) return body.add('Sub', name, [base, value], {}, [], origin).out;
    return this.#onScratch(body, s, slots, inputs);
  }
  /** A write whose result is a value: on variables of its own, which are gone afterwards. Unordered writes are computed twice. */
  #onScratch(body: Body, s: NativeStep, slots: readonly number[], inputs: readonly Ref[]): (k: number) => Ref {
    const name = s.nodes[0]!;
    const variables = slots.map((at, k) => body.variable(`scratch/${body.name}/${name}/${s.outputs[k]}`, inputs[at]!.dtype));
    const ready = variables.map((h, k) => body.assign(h, `${name}/copy${k}`, inputs[slots[k]!]!).name);
    const given = inputs.map((r, i) => { const k = slots.indexOf(i); return k < 0 ? r : variables[k]!; });
    const done = body.add(resourceForm(s.node.op), name, given, s.node.attr, ready, name).name;
    const values: Added[] = variables.map((h, k) => body.read(h, `${name}/result${k}`, inputs[slots[k]!]!.dtype, [done]));
    variables.forEach((h, k) => body.endsAfter(body.add('DestroyResourceOp', `${name}/drop${k}`, [h], {}, [values[k]!.name]).name));
    return (k) => values[k]!.out(0);
  }
}

/** Ops that oneDNN's graph pass joins with a neighbour (Pad and Conv2D, Conv2D and BiasAdd, BiasAddGrad and the filter's
 * gradient) when the fetch set lets it, which changes bits: an Identity keeps them apart. */
const JOINED = new Set(['Conv2D', 'DepthwiseConv2dNative', 'BiasAdd', 'BiasAddGrad']);
const ONE = new NDArray(int32, [], Int32Array.of(1));
function isHandle(body: Body, node: string): boolean { return body.nodes.find((n) => n.name === node)?.op === 'VarHandleOp'; }
