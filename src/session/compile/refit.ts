// refit: a compiled plan, made to fit feeds of other shapes without compiling. What is known of tensors (a type, or a value)
// is alike for many of them, and an op makes of what is alike what is alike. So each way in which the graph makes one known
// thing of others is done once for the new shapes: then every tensor's new shape and every constant's new value is what has
// come in the place of the old one. Two things that were one and no longer are (a batch as large as some layer is wide), a
// constant that a rule looked at, an axis that was or becomes 1 or 0: then the plan does not fit and is compiled anew.
import { arraysEqual, type NDArray } from '../../graph/ndarray.ts';
import { inputString, parseInput } from '../../graph/names.ts';
import { attr } from '../../graph/node_def.ts';
import { isAllOf } from '../../graph/rewrite.ts';
import { TensorShape, UNKNOWN_SHAPE } from '../../graph/shape.ts';
import { Operation, type Tensor } from '../../graph/tensor.ts';
import type { DeviceCall, DeviceNode, FusedNodes } from '../engines/engine.ts';
import type { FusedStep, Plan, Resident, SlotInfo, Step } from '../plan.ts';
import { attrsKey, constantKey } from './cse.ts';
import { evaluate, type Evaluated, type Seen } from './fold.ts';
import type { LoweredNames } from './lower.ts';
import { layOut } from './memory.ts';
import { dataInputs, type Derived, FUSED, inOrder, type Program, type ProgramEdit, type ProgramFeed, type ProgramNode, type ValueType } from './program.ts';
import { isInside } from './skip.ts';
import type { Target } from './target.ts';
import { ELEMENT_BY_ELEMENT } from './turn.ts';

/** Passes whose every decision is asked again here: rules by what they looked at, the others by the node. */
const PASSES: ReadonlySet<string> = new Set(['resolveState', 'fold', 'takeBranches', 'unguard', 'simplify', 'layout', 'open', 'mergeCommon', 'skipUnneeded', 'narrow', 'sweep', 'fuse']);

/** A type, and the value of what is a constant. */
interface Evaluation { readonly type: ValueType; readonly value: NDArray | undefined }
/** What is known of tensors that are alike, and what is now. */
class Known {
  readonly type: ValueType;
  readonly value: NDArray | undefined;
  /** Whether it comes from the shape of a feed that may change. */
  readonly varies: boolean;
  /** Stands for such tensors where nodes are asked. */
  readonly tensor: Tensor;
  shape: TensorShape;
  now: NDArray | undefined;
  turn = 0;

  /** `now`: what it would be for sizes that nothing is by chance (see Learning). */
  constructor(type: ValueType, value: NDArray | undefined, varies: boolean, now: Evaluation, { graph }: Pick<Target, 'graph'>) {
    this.type = type;
    this.value = value;
    this.now = now.value;
    this.varies = varies;
    this.stays = !varies;
    this.shape = now.type.shape;
    this.tensor = new Operation(graph, 0, { name: 'known', op: value ? 'Const' : 'Placeholder', input: [], device: '', attr: value ? { value: attr.tensor(now.value ?? value), dtype: attr.type(type.dtype) } : {} }, [], [], [type.dtype], null, null, undefined).outputs[0]!;
    this.tensor._setInferredShape(this.shape);
  }
  /** Whether it is what it was when the plan was compiled. */
  stays: boolean;
  /** Whether it was this when the plan was compiled. */
  was({ type, value }: Evaluation): boolean { return value ? this.value !== undefined && arraysEqual(value, this.value) : this.value === undefined && type.dtype === this.type.dtype && sameDims(type.shape, this.type.shape); }
  /** Takes what has come in its place; false: nothing that passes for it, or something else than before. */
  becomes(type: ValueType, value: NDArray | undefined, turn: number): boolean {
    if (type.dtype !== this.type.dtype || (value === undefined) !== (this.value === undefined)) return false;
    if (this.turn === turn) return value ? arraysEqual(value, this.now!) : sameDims(type.shape, this.shape);
    if (!passesFor(this.type.shape, type.shape) || (value && value.dtype.name === 'bool' && !arraysEqual(this.value!, value))) return false;
    this.turn = turn;
    const stayed = this.stays;
    this.stays = value ? arraysEqual(this.value!, value) : sameDims(this.type.shape, type.shape);
    if (stayed && this.stays) return true;
    this.shape = type.shape;
    this.tensor._setInferredShape(type.shape);
    if (value) { const { op } = this.tensor; this.now = value; op._complete({ ...op.nodeDef, attr: { ...op.nodeDef.attr, value: attr.tensor(value) } }); }
    return true;
  }
}

/** One way in which known things are made of known things: by a node, or (constants) by a pass. */
type Way = NodeWay | DerivedWay;
interface DerivedWay { readonly make: Derived['make']; readonly inputs: readonly Known[]; readonly outputs: readonly Known[] }
interface NodeWay { readonly node: ProgramNode; readonly known: readonly ValueType[]; readonly mayDie: boolean; readonly op: Operation; readonly inputs: readonly Known[]; readonly outputs: readonly Known[] }
/** A fused step that has to be made anew; `like`: an earlier one made of the same nodes, by position. */
interface Made { readonly step: number; readonly nodes: FusedNodes; readonly inputs: readonly (readonly Known[])[]; readonly like: number }

/** What is learnt while a plan is compiled; `plan` ends that. */
export class Learning {
  readonly #target: Target;
  readonly #fed: ReadonlyMap<string, TensorShape>;
  readonly #feeds: readonly ProgramFeed[];
  readonly #constants: Program['constants'];
  readonly #alike = new Map<string, Known[]>();
  readonly #of = new Map<string, Known>();
  readonly #ways = new Map<string, Way>();
  readonly #numbers = new Map<object | string, number>();
  /** The nodes that were folded or not, and what the graph knew of them. */
  readonly #before = new Map<string, { readonly node: ProgramNode; readonly known: readonly ValueType[] }>();
  /** Nodes as the passes up to now have left them, where they are no more what they were. */
  readonly #now = new Map<string, ProgramNode>();
  readonly #edits: number;
  /** Why nothing makes the plan fit. */
  #fails: string | undefined;

  /** `p`: the program that will be folded; `fed`: nodes of feeds whose shape may change, with other shapes for them: by these is told what is alike from what is by
   * chance (a batch as large as some layer is wide). */
  constructor(target: Target, { feeds, constants, edits }: Program, fed: ReadonlyMap<string, TensorShape>) {
    this.#edits = edits.length;
    this.#target = target;
    this.#feeds = feeds;
    this.#constants = constants;
    this.#fed = fed;
  }

  /** A node as `fold` saw it. */
  readonly seen: Seen = (n, known, found, mayDie) => {
    this.#before.set(n.name, { node: n, known });
    if (this.#fails === undefined) this.#learn(n, known, found, mayDie, (s) => this.#of.get(s));
  };
  #learn(n: ProgramNode, known: readonly ValueType[], found: Evaluated, mayDie: boolean, of: (s: string) => Known | undefined): void {
    const inputs: Known[] = [];
    for (const s of dataInputs(n)) {
      const k = of(tensorOf(s));
      if (!k) { this.#fails = `of what ${n.op} '${n.name}' reads nothing is known`; return; }
      inputs.push(k);
    }
    const fed = this.#fed.get(n.name), varies = fed !== undefined || inputs.some((k) => k.varies);
    const own = found.types.map((type, i): Evaluation => ({ type, value: found.values?.[i] ?? (n.op === 'Const' ? this.#constants.get(n.name) : undefined) }));
    const put = (outputs: readonly Known[]): void => { outputs.forEach((k, i) => { this.#of.set(inputString(n.name, i), k); if (i > 0) this.#of.set(`${n.name}@${i}`, k); }); };
    if (!varies || inputs.length === 0) { put(own.map((x) => this.#alikeTo(x, fed && { type: { ...x.type, shape: fed }, value: undefined }))); return; }
    if (!found.fits) { this.#fails = `what ${n.op} '${n.name}' is given does not fit`; return; }
    const [first] = inputs;
    if (ELEMENT_BY_ELEMENT.has(n.op) && own.length === 1 && first!.value === undefined && inputs.every((k) => k === first) && first!.was(own[0]!)) { put([first!]); return; }
    const key = `${this.#number(`${n.op} ${mayDie} ${attrsKey(n.attr)} ${known.map((t) => t.dtype.name + t.shape.debug).join()}`)}:${inputs.map((k) => this.#number(k)).join()}`;
    const way = this.#ways.get(key);
    if (way) {
      if (own.some((x, i) => !way.outputs[i]!.was(x))) this.#fails ??= `${n.op} '${n.name}' makes other shapes than a node like it`;
      put(way.outputs);
      return;
    }
    const op = new Operation(this.#target.graph, 0, n, inputs.map((k) => k.tensor), [], known.map((t) => t.dtype), null, null, undefined);
    const other = evaluate(n, known, op, (i) => inputs[i]!.now, mayDie, this.#target);
    const outputs = own.map((x, i) => this.#alikeTo(x, other.fits ? { type: other.types[i]!, value: other.values?.[i] } : x));
    this.#ways.set(key, { node: n, known, mayDie, op, inputs, outputs });
    put(outputs);
  }
  #derive({ constants, of, how, make }: Derived, { types, constants: values }: ProgramEdit, known: (s: string) => Known | undefined): void {
    const inputs = of.flatMap((s) => known(tensorOf(s)) ?? []), varies = inputs.some((k) => k.varies), other = varies && inputs.length === of.length ? make(inputs.map((k) => ({ shape: k.shape, value: k.now ?? k.value }))) : undefined;
    const outputs = constants.map((c, i) => { const value = values.get(c)!, x = { type: types.get(c)![0]!, value }, now = other?.[i]; return this.#alikeTo(x, varies ? now ? { type: typeOfValue(now), value: now } : x : undefined); });
    outputs.forEach((k, i) => { this.#of.set(constants[i]!, k); });
    if (inputs.length < of.length) this.#fails = `nothing is known of what ${constants.join(', ')} was made of`;
    else if (varies) this.#ways.set(`${how}:${[...inputs, ...outputs].map((k) => this.#number(k)).join()}`, { make, inputs, outputs });
  }
  /** What a pass made, by what it made it of; what it asked. Constants that are gone in the end may be what they like. */
  #follow(e: ProgramEdit, mayDie: boolean, asked: Asked, isGone: (constant: string) => boolean): void {
    for (const { matched: [product, slice] } of e.pass === 'narrow' ? e.log : []) {
      const x = this.#narrowed(product!, slice!);
      if (!x) { this.#fails = `of the product '${product}' a part of a varying size is computed`; return; }
      asked.narrowed.set([x.begin, x.size, x.whole].map((k) => this.#number(k)).join(), x);
    }
    for (const { terms, tie, done } of e.weighed) {
      const all = new Map<Known, number>();
      for (const [t, times] of terms) { const k = this.#of.get(t); if (k) all.set(k, (all.get(k) ?? 0) + times); else this.#fails = `nothing is known of '${t}'`; }
      if ([...all.keys()].some((k) => k.varies)) asked.weighed.push({ terms: [...all], tie, done });
    }
    const derived = new Map(e.derived.flatMap((d) => d.constants.map((c) => [c, d])));
    const made = new Map(e.patches.flatMap(({ path, op, value }) => (op === 'remove' ? [] : [[String(path[0]), value as ProgramNode]])));
    const learn = (n: ProgramNode): void => {
      made.delete(n.name);
      this.#now.set(n.name, n);
      // Under the names of nodes that were turned there are now others.
      if (this.#of.has(n.name) && (e.pass !== 'layout' || n.op === 'Const')) return;
      const types = e.types.get(n.name)!, by = derived.get(n.name);
      if (by) { this.#derive(by, e, known); return; }
      if (n.op === 'Const') { this.#of.set(n.name, this.#alikeTo({ type: types[0]!, value: e.constants.get(n.name) })); return; }
      this.#before.delete(n.name);
      this.#learn(n, unknown(types), { types, values: undefined, fits: true }, mayDie, known);
    };
    /** What the pass made is learnt before what reads it. */
    const known = (s: string): Known | undefined => { const m = made.get(parseInput(s).name); if (m) learn(m); return this.#of.get(s); };
    for (const n of made.values()) learn(n);
    for (const { replaced } of e.log) {
      for (const t in replaced) {
        const a = this.#of.get(tensorOf(t)), b = this.#of.get(tensorOf(replaced[t]!));
        if (!a || !b) { this.#fails = `nothing is known of '${a ? replaced[t]! : t}', which ${e.pass} made`; return; }
        if (a !== b && (a.varies || b.varies) && !(a.value && b.value && isGone(replaced[t]!))) asked.pairs.set(`${this.#number(a)} ${this.#number(b)}`, [a, b]);
      }
    }
    const of = (s: string): Known | undefined => this.#of.get(tensorOf(s));
    for (const { rule, constants, numbers, shapes, exactly } of e.looked) {
      for (const [c, x] of numbers) { const k = of(c); if (k?.varies && k.value) asked.numbers.set(`${this.#number(k)} ${Object.is(x, -0) ? '-0' : x}`, [k, rule, x]); }
      for (const c of constants) { const k = of(c); if (k?.varies && k.value) asked.fixed.set(k, rule); }
      const all = shapes.flatMap((s) => of(s) ?? []);
      if (exactly) for (const k of all) { if (k.varies) asked.fixed.set(k, rule); }
      if (all.some((k) => k.varies)) asked.facts.set(all.map((k) => this.#number(k)).join(), all);
    }
  }
  #number(x: object | string): number {
    let i = this.#numbers.get(x);
    if (i === undefined) this.#numbers.set(x, i = this.#numbers.size);
    return i;
  }
  /** `other`: what it would be for other shapes of the feeds; undefined: the same. */
  #alikeTo(x: Evaluation, other?: Evaluation): Known {
    const key = other ? `${keyOf(x)}~${keyOf(other)}` : keyOf(x), there = this.#alike.get(key), known = there?.find((k) => k.was(x));
    if (known) return known;
    const k = new Known(x.value ? typeOfValue(x.value) : x.type, x.value, other !== undefined, other ?? x, this.#target);
    if (there) there.push(k); else this.#alike.set(key, [k]);
    return k;
  }

  /** What makes the plan fit other shapes, or why nothing does. */
  plan(plan: Plan, p: Program, lowered: LoweredNames): Refit | string {
    const stranger = p.log.find((e) => !PASSES.has(e.pass));
    if (stranger) return `what pass ${stranger.pass} decided is not asked again`;
    const asked: Asked = { pairs: new Map(), facts: new Map(), fixed: new Map(), numbers: new Map(), narrowed: new Map(), weighed: [] };
    const later: Record<string, string> = Object.assign({}, ...p.log.map((e) => e.replaced));
    /** Whether nothing reads a constant in the end, nor what took its place. */
    const isGone = (constant: string): boolean => { let s = constant; for (let i = 0; later[s] !== undefined && i <= p.log.length; i++) s = later[s]!; return p.nodes[parseInput(s).name] === undefined; };
    for (const e of p.edits.slice(this.#edits)) if (e.pass !== 'fold' && e.pass !== 'fuse' && this.#fails === undefined) this.#follow(e, p.conditional, asked, isGone);
    const of = (s: string): Known | undefined => { const { name, index } = parseInput(s), r = p.regions.get(name); return this.#of.get(r ? tensorOf(r.outputs[index]!) : inputString(name, index)); };
    for (const n of inOrder(p).flatMap((m) => (m.op === FUSED ? p.regions.get(m.name)!.nodes : [m]))) {
      const before = this.#before.get(n.name);
      if (before?.node === n || n.op === 'Const' || this.#fails !== undefined) continue;
      this.#learn(n, before?.known ?? unknown(p.types.get(n.name)!), { types: p.types.get(n.name)!, values: undefined, fits: true }, p.conditional, of);
    }
    const slots = lowered.tensors.map((t) => (t === undefined ? undefined : of(t)));
    const lost = lowered.tensors.find((t, s) => t !== undefined && !slots[s]);
    if (this.#fails !== undefined || lost !== undefined) return this.#fails ?? `nothing is known of '${lost}'`;
    const feeds = this.#feeds.map((f) => this.#of.get(f.node));
    const refit = new Refit({ plan, target: this.#target, feeds, ways: [...this.#ways.values()], pairs: [...asked.pairs.values()], facts: [...asked.facts.values()], fixed: [...asked.fixed], numbers: [...asked.numbers.values()], narrowed: [...asked.narrowed.values()], weighed: asked.weighed, slots, made: this.#made(plan, lowered, of) });
    return refit.misfit ?? refit;
  }
  /** What has to stay of a product that was narrowed: the slices of its factors are constants, so no sliced factor may vary. */
  #narrowed(product: string, slice: string): Narrowed | null {
    const [factors, x] = [product, slice].map((n) => dataInputs(this.#now.get(n) ?? this.#before.get(n)!.node).map((s) => this.#of.get(tensorOf(s))!)) as [Known[], Known[]];
    const [, begin, size] = x as [Known, Known, Known], whole = this.#of.get(product)!;
    const partial = [0, 1].map((i) => !isWholeAxis(begin.value!, size.value!, whole.type.shape, i));
    return partial.some((is, i) => is && factors[i]!.varies) ? null : { begin, size, whole, partial };
  }
  /** The fused steps that what varies goes through. */
  #made(plan: Plan, { fused }: LoweredNames, of: (s: string) => Known | undefined): Made[] {
    const out: Made[] = [], first = new Map<string, number>();
    plan.steps.forEach((s, step) => {
      const from = s.kind === 'fused' ? fused.get(s.call) : undefined;
      if (!from) return;
      const { region, nodes } = from, inputs = region.nodes.map((n) => dataInputs(n).map((x) => of(x)!));
      if (!inputs.some((x) => x.some((k) => k.varies))) return;
      const key = `${nodes.inputs} ${nodes.results.join()}${nodes.nodes.map((n, i) => `;${n.node.op}(${n.inputs.join()})${inputs[i]!.map((k) => this.#number(k)).join()} ${this.#number(attrsKey(n.node.attr))}`).join('')}`;
      const like = first.get(key) ?? out.length;
      first.set(key, like);
      out.push({ step, nodes, inputs, like });
    });
    return out;
  }
}

/** A slice of a product, and the axes it takes a part of. */
interface Narrowed { readonly begin: Known; readonly size: Known; readonly whole: Known; readonly partial: readonly boolean[] }
function isWholeAxis(begin: NDArray, size: NDArray, { dims }: TensorShape, i: number): boolean { const n = Number(size.flat(i)); return Number(begin.flat(i)) === 0 && (n === -1 || n === dims![i]); }
function isNarrowedAlike({ begin, size, whole, partial }: Narrowed): boolean {
  return begin.stays && partial.every((is, i) => (is ? size.now!.flat(i) === size.value!.flat(i) && whole.shape.dims![i] === whole.type.shape.dims![i] : isWholeAxis(begin.now!, size.now!, whole.shape, i)));
}

/** What passes asked, by what is known of what they asked it of. */
interface Asked { readonly pairs: Map<string, readonly [Known, Known]>; readonly facts: Map<string, readonly Known[]>; readonly fixed: Map<Known, string>; readonly numbers: Map<string, readonly [Known, rule: string, number]>; readonly narrowed: Map<string, Narrowed>; readonly weighed: Balance[] }
/** Elements that were added up to decide something. */
interface Balance { readonly terms: readonly (readonly [Known, number])[]; readonly tie: boolean; readonly done: boolean }
function isWeighedAlike({ terms, tie, done }: Balance): boolean {
  let sum = 0;
  for (const [k, times] of terms) sum += times * (k.shape.numElements ?? NaN);
  return (sum > 0 || (sum === 0 && tie)) === done;
}

interface Learnt {
  readonly plan: Plan;
  readonly target: Target;
  /** What is known of each feed; undefined: nothing reads it. */
  readonly feeds: readonly (Known | undefined)[];
  readonly ways: readonly Way[];
  /** Tensors of which one took the other's place. */
  readonly pairs: readonly (readonly [Known, Known])[];
  /** Whose shapes rules compared. */
  readonly facts: readonly (readonly Known[])[];
  /** Constants that rules looked at, and shapes whose numbers they made something of; constants that they asked whether they are a number throughout. */
  readonly fixed: readonly (readonly [Known, rule: string])[];
  readonly numbers: readonly (readonly [Known, rule: string, number])[];
  readonly narrowed: readonly Narrowed[];
  readonly weighed: readonly Balance[];
  readonly slots: readonly (Known | undefined)[];
  readonly made: readonly Made[];
}

/** A plan that can be made to fit. */
export class Refit {
  readonly #learnt: Learnt;
  #turn = 0;
  /** What of it does not even hold for the shapes it was learnt from. */
  readonly misfit: string | undefined;

  constructor(learnt: Learnt) {
    this.#learnt = learnt;
    this.misfit = this.#misfit(learnt.feeds.map((k) => k?.type.shape));
  }

  /** The plan for these shapes, in the order of its feeds, or why it has to be compiled. */
  to(shapes: readonly TensorShape[]): Plan | string {
    const misfit = this.#misfit(shapes);
    if (misfit !== undefined) return misfit;
    const { plan, target, slots: known, made } = this.#learnt;
    const slots = plan.slots.map((s, i): SlotInfo => { const k = known[i]; return k?.varies ? { ...s, shape: k.shape } : s; });
    const constants = plan.constants.map((c): Resident => { const k = known[c.slot]; return k?.varies && k.value && !k.stays ? { ...c, value: k.now! } : c; });
    const { engine } = target, { fusion } = engine, calls: (DeviceCall | undefined)[] = [], anew = new Set(made.flatMap((m) => (m.inputs.every((x) => x.every((k) => k.stays)) ? [] : [m.step])));
    const steps = plan.steps.map((s, i): Step => ((s.kind === 'kernel' || s.kind === 'fused') && s.call && engine.again && !anew.has(i) ? { ...s, call: engine.again(s.call) } as Step : s));
    for (const [i, m] of made.entries()) {
      if (!anew.has(m.step)) { calls.push(undefined); continue; }
      const like = m.like < i ? calls[m.like] : undefined, last = m.nodes.nodes.at(-1)!.node.name;
      const call = like ? fusion!.named(like, last) : fusion!.again((plan.steps[m.step] as FusedStep).call, { ...m.nodes, nodes: m.nodes.nodes.map((n, j) => ({ ...n, node: nodeNow(n.node, m.inputs[j]!) })) });
      if (!call) return `the nodes of the step that ends with '${last}' do not go together as they did`;
      calls.push(call);
      steps[m.step] = { ...steps[m.step] as FusedStep, call };
    }
    const { peakBytes, layout } = layOut(slots, constants, steps, engine.slack);
    return { ...plan, feeds: plan.feeds.map((f, i) => ({ ...f, shape: shapes[i]! })), slots, constants, steps, peakBytes, layout };
  }

  /** Finds out what everything is now; the first thing that does not fit. */
  #misfit(shapes: readonly (TensorShape | undefined)[]): string | undefined {
    const { feeds, ways, pairs, facts, fixed, numbers, narrowed, weighed, target } = this.#learnt, turn = ++this.#turn;
    for (let i = 0; i < feeds.length; i++) {
      const k = feeds[i], shape = shapes[i];
      if (k && shape && !(k.varies ? k.becomes({ dtype: k.type.dtype, shape }, undefined, turn) : sameDims(k.shape, shape))) return `a feed was ${k.type.shape.debug} and is ${shape.debug}`;
    }
    for (const way of ways) {
      const { inputs, outputs } = way;
      if (turn > 1 && inputs.every((k) => k.stays)) { // the same of the same
        if (!outputs.every((k) => k.becomes(k.type, k.value, turn))) return 'two things that were alike are not';
        continue;
      }
      if ('make' in way) {
        const values = way.make(inputs.map((k) => ({ shape: k.shape, value: k.now })));
        if (values?.length !== outputs.length || !outputs.every((k, i) => k.becomes(typeOfValue(values[i]!), values[i], turn))) return 'a constant that a pass made is another';
        continue;
      }
      const { node, known, op, mayDie } = way;
      const { types, values, fits } = evaluate(node, known, op, (i) => inputs[i]!.now, mayDie, target);
      if (!fits || (node.op === 'Slice' && !isWithin(inputs))) return `what ${node.op} '${node.name}' is given does not fit`;
      for (let i = 0; i < outputs.length; i++) {
        const k = outputs[i]!, type = values ? typeOfValue(values[i]!) : types[i]!;
        if (!k.becomes(type, values?.[i], turn)) return `what ${node.op} '${node.name}' makes was ${k.type.shape.debug} and is ${type.shape.debug}`;
      }
    }
    for (const [a, b] of pairs) if ((!isAlike(a.shape, b.shape) && (isAlike(a.type.shape, b.type.shape) || !a.stays || !b.stays)) || (a.now && b.now && !arraysEqual(a.now, b.now))) return `what took the other's place was ${toldOf(a.type.shape, a.value)} as that and is ${toldOf(b.shape, b.now)}, that ${toldOf(a.shape, a.now)}`;
    const other = fixed.find(([k]) => !k.stays) ?? numbers.find(([k, , x]) => isAllOf(k.value!, x) !== isAllOf(k.now!, x));
    if (other) return `what rule "${other[1]}" looked at was ${toldOf(other[0].type.shape, other[0].value)} and is ${toldOf(other[0].shape, other[0].now)}`;
    if (!facts.every(sameRelations)) return 'shapes that rules compared are not related as they were';
    return narrowed.every(isNarrowedAlike) && weighed.every(isWeighedAlike) ? undefined : 'what was worth doing is not, or the reverse';
  }
}

/** A node of a fused step over what its inputs are now. */
function nodeNow(node: DeviceNode, inputs: readonly Known[]): DeviceNode {
  return { ...node, inputShapes: inputs.map((k) => (k.shape.isFullyDefined ? (k.shape.dims as number[]) : [])), shapesKnown: inputs.every((k) => k.shape.isFullyDefined), constant: (i) => inputs[i]?.now };
}
function isWithin([x, begin, size]: readonly Known[]): boolean { return !begin!.now || !size!.now || x!.shape.dims === null || isInside(x!.shape.dims, begin!.now, size!.now); }

function sameDims(a: TensorShape, b: TensorShape): boolean {
  const x = a.dims, y = b.dims;
  if (x === y) return true;
  if (x === null || y === null || x.length !== y.length) return false;
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return false;
  return true;
}
/** Whether one is the other, or less is known of it. */
function isAlike(a: TensorShape, b: TensorShape): boolean { return sameDims(a, b) || (!a.isFullyDefined && a.isCompatibleWith(b)); }
/** Whether rules that looked at one shape would see nothing new in the other by itself: axes of no or of one element mean something. */
function passesFor(a: TensorShape, b: TensorShape): boolean {
  const x = a.dims, y = b.dims;
  if (x === null || y === null) return x === y;
  return x.length === y.length && x.every((d, i) => d === y[i] || (d !== null && y[i]! !== null && d > 1 && y[i]! > 1));
}
/** Whether shapes are related as they were: equal ones, equal axes, equal numbers of elements. */
function sameRelations(all: readonly Known[]): boolean {
  for (let i = 1; i < all.length; i++) {
    for (let j = 0; j < i; j++) {
      const a = all[i]!, b = all[j]!;
      if (a === b) continue;
      const was = [a.type.shape, b.type.shape] as const, is = [a.shape, b.shape] as const;
      if (was[0].equals(was[1]) !== is[0].equals(is[1]) || (was[0].numElements === was[1].numElements) !== (is[0].numElements === is[1].numElements)) return false;
      if (was[0].dims?.some((d, k) => (d === was[1].dims?.[k]) !== (is[0].dims![k] === is[1].dims?.[k]))) return false;
    }
  }
  return true;
}
function toldOf(shape: TensorShape, value: NDArray | undefined): string { return value && value.size <= 8 ? `[${Array.from({ length: value.size }, (_, i) => String(value.flat(i))).join()}]` : shape.debug; }
function keyOf({ type, value }: Evaluation): string { return value ? `=${constantKey(value)}` : type.dtype.name + type.shape.debug; }
/** Nothing but dtypes. */
function unknown(types: readonly ValueType[]): ValueType[] { return types.map((t) => ({ dtype: t.dtype, shape: UNKNOWN_SHAPE })); }
function typeOfValue(v: NDArray): ValueType { return { dtype: v.dtype, shape: new TensorShape(v.shape) }; }
function tensorOf(s: string): string { const { name, index } = parseInput(s); return inputString(name, index); }
