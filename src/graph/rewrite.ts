// Rewriting of graphs: one pass is one transaction over a table of NodeDefs keyed by name, closed by one immer produce
// whose patches are its undo form; rules are ts-pattern patterns over NodeViews, indexed by root op. Knows no op: what a
// rule may assume is said by the rule. Every firing is logged.
import { enablePatches, Immer, type Patch } from 'immer';
import { isMatching, type Pattern } from 'ts-pattern';
import type { DType } from './dtype.ts';
import { InternalFault } from './errors.ts';
import { inputNode, inputString, isControlInput, parseInput } from './names.ts';
import type { NDArray } from './ndarray.ts';
import type { AttrMap, NodeDef } from './node_def.ts';
import type { TensorShape } from './shape.ts';
import { NodeView, type ViewSource } from './view.ts';

enablePatches();
const producer = new Immer({ autoFreeze: false });
/** Freezes the tables passes leave behind, so that a write into one throws. For tests: it costs time. */
export function freezeRewrites(on: boolean): void { producer.setAutoFreeze(on); }

/** Nodes by name. Made without a prototype, so that every op name is an ordinary key. */
export type NodeTable<N extends NodeDef = NodeDef> = Readonly<Record<string, N>>;

/** An empty table to fill. */
export function newTable<N extends NodeDef>(): Record<string, N> { return Object.create(null) as Record<string, N>; }
export function tableOf<N extends NodeDef>(nodes: Iterable<N>): NodeTable<N> {
  const t = newTable<N>();
  for (const n of nodes) t[n.name] = n;
  return t;
}

/** One firing of one rule. */
export interface RewriteLogEntry {
  readonly pass: string;
  /** "before -> after" */
  readonly rule: string;
  /** Nodes the rule matched. */
  readonly matched: readonly string[];
  /** Nodes it made or redefined. */
  readonly made: readonly string[];
  /** Tensor that took the place of each replaced tensor. */
  readonly replaced: Readonly<Record<string, string>>;
}

/** What a pass leaves. */
export interface RewriteResult<N extends NodeDef> {
  readonly pass: string;
  readonly nodes: NodeTable<N>;
  readonly log: readonly RewriteLogEntry[];
  /** Where a tensor of the table before is found now, when it moved. */
  resolve(tensor: string): string;
  readonly patches: readonly Patch[];
  /** Applied to the result they give the table before. */
  readonly inversePatches: readonly Patch[];
  /** What rules that fired looked at. */
  readonly looked: readonly Looked[];
  /** Constants that rules made of the shapes of tensors. */
  readonly shapes: readonly (readonly [constant: string, tensor: string])[];
}
/** What one firing depends on: constants, by their values and by whether they are a number throughout, and tensors by their shapes. */
export interface Looked { readonly rule: string; readonly constants: readonly string[]; readonly numbers: readonly (readonly [constant: string, x: number])[]; readonly shapes: readonly string[]; /** The numbers in the shapes count, not only how they are related. */ readonly exactly: boolean }

/** What outside readers know about the table. */
export type RewriteContext = Pick<ViewSource, 'isFetched' | 'constant' | 'dtype' | 'shape'>;

/** A pass in progress: reads see its own edits, the table before stays as it was. */
export class Rewriting<N extends NodeDef> implements ViewSource {
  readonly pass: string;
  readonly log: RewriteLogEntry[] = [];
  readonly #base: NodeTable<N>;
  readonly #context: RewriteContext;
  readonly #edits = new Map<string, N | null>();
  readonly #moved = new Map<string, string>();
  #users: Map<string, Set<string>> | undefined;
  readonly #looked: Looked[] = [];
  readonly #shapeConstants: [string, string][] = [];
  #constants: string[] = [];
  #numbers: [string, number][] = [];
  #shapes: string[] = [];

  constructor(pass: string, base: NodeTable<N>, context: RewriteContext = {}) {
    this.pass = pass;
    this.#base = base;
    this.#context = context;
  }
  node(name: string): N | undefined {
    const e = this.#edits.get(name);
    return e === undefined ? this.#base[name] : e ?? undefined;
  }
  users(name: string): readonly string[] { return [...(this.#index().get(name) ?? [])]; }
  isFetched(name: string): boolean { return this.#context.isFetched?.(name) ?? false; }
  constant(name: string): ReturnType<NonNullable<ViewSource['constant']>> {
    this.#constants.push(name);
    return this.#context.constant?.(name);
  }
  isAll(name: string, x: number): boolean {
    this.#numbers.push([name, x]);
    const c = this.#context.constant?.(name);
    return c !== undefined && isAllOf(c, x);
  }
  dtype(tensor: string): ReturnType<NonNullable<ViewSource['dtype']>> { return this.#context.dtype?.(tensor); }
  shape(tensor: string): ReturnType<NonNullable<ViewSource['shape']>> {
    this.#shapes.push(tensor);
    return this.#context.shape?.(tensor);
  }
  /** A rule begins to look; it has fired. */
  look(): void {
    if (this.#constants.length > 0) this.#constants = [];
    if (this.#numbers.length > 0) this.#numbers = [];
    if (this.#shapes.length > 0) this.#shapes = [];
  }
  fired(exactly: boolean): void {
    if (this.#constants.length + this.#numbers.length + this.#shapes.length === 0) return;
    this.#looked.push({ rule: this.log.at(-1)!.rule, constants: this.#constants, numbers: this.#numbers, shapes: this.#shapes, exactly });
    this.#constants = [];
    this.#numbers = [];
    this.#shapes = [];
  }

  /** A constant is what the shape of a tensor says. */
  saysShape(constant: string, tensor: string): void { this.#shapeConstants.push([constant, tensor]); }

  /** Adds a node or redefines the one of that name. */
  put(node: N): void {
    if (this.#users) {
      const old = this.node(node.name);
      if (old) for (const s of old.input) this.#users.get(inputNode(s))?.delete(node.name);
      for (const s of node.input) this.#link(inputNode(s), node.name);
    }
    this.#edits.set(node.name, node);
  }
  remove(name: string): void {
    if (this.#users) for (const s of this.node(name)?.input ?? []) this.#users.get(inputNode(s))?.delete(name);
    this.#edits.set(name, null);
  }
  /** Makes every user of a tensor read another one; outside readers follow by `resolve`. Control edges stay. */
  redirect(tensor: string, to: string): void {
    const { name, index } = parseInput(tensor);
    this.#moved.set(inputString(name, index), to);
    for (const u of this.users(name)) {
      const def = this.node(u)!;
      let hit = false;
      const input = def.input.map((s) => {
        const p = parseInput(s);
        if (p.control || p.name !== name || p.index !== index) return s;
        hit = true;
        return to;
      });
      if (hit) this.put({ ...def, input });
    }
  }
  /** Makes every node that waits for `name` wait for another. */
  redirectControl(name: string, to: string): void {
    const [old, now] = [`^${name}`, `^${to}`];
    for (const u of this.users(name)) {
      const def = this.node(u)!;
      if (def.input.includes(old)) this.put({ ...def, input: def.input.includes(now) ? def.input.filter((s) => s !== old) : def.input.map((s) => (s === old ? now : s)) });
    }
  }
  record(rule: string, matched: readonly string[], made: readonly string[], replaced: Readonly<Record<string, string>> = {}): void {
    this.log.push({ pass: this.pass, rule, matched, made, replaced });
  }
  /** Where a tensor is found now. */
  resolve(tensor: string): string {
    let t = tensor;
    for (let next = this.#moved.get(t); next !== undefined; next = this.#moved.get(t)) t = next;
    return t;
  }
  /** Closes the transaction. */
  finish(): RewriteResult<N> {
    const resolve = (tensor: string): string => this.resolve(tensor);
    if (this.#edits.size === 0) return { pass: this.pass, nodes: this.#base, log: this.log, resolve, patches: [], inversePatches: [], looked: this.#looked, shapes: this.#shapeConstants };
    const [nodes, patches, inversePatches] = producer.produceWithPatches(this.#base as Record<string, N>, (draft) => {
      const d = draft as Record<string, N>;
      for (const [name, n] of this.#edits) {
        if (n) d[name] = n; else delete d[name];
      }
    });
    return { pass: this.pass, nodes, log: this.log, resolve, patches, inversePatches, looked: this.#looked, shapes: this.#shapeConstants };
  }

  #index(): Map<string, Set<string>> {
    if (this.#users) return this.#users;
    this.#users = new Map();
    const names = new Set([...Object.keys(this.#base), ...this.#edits.keys()]);
    for (const u of names) for (const s of this.node(u)?.input ?? []) this.#link(inputNode(s), u);
    return this.#users;
  }
  #link(name: string, user: string): void {
    let s = this.#users!.get(name);
    if (!s) this.#users!.set(name, s = new Set());
    s.add(user);
  }
}

/** Whether an array of numbers has one number throughout. */
export function isAllOf(a: NDArray, x: number): boolean {
  if (a.size === 0 || a.dtype.isComplex || a.dtype.storage === 'string') return false;
  for (let i = 0; i < a.size; i++) { const e = a.flat(i); if (!Object.is(typeof e === 'bigint' ? Number(e) : e, x)) return false; }
  return true;
}

/** The table before a pass, from the one it left. */
export function undo<N extends NodeDef>(result: Pick<RewriteResult<N>, 'nodes' | 'inversePatches'>): NodeTable<N> {
  return result.inversePatches.length === 0 ? result.nodes : producer.applyPatches(result.nodes as Record<string, N>, result.inversePatches);
}

/** A node that a rule makes: a constant of this value (`shapeOf`: the shape of this tensor, whichever that is), or one with this output. */
export type NewNode = NodeDef & ({ readonly value: NDArray; readonly shapeOf?: string } | { readonly type: { readonly dtype: DType; readonly shape: TensorShape } });

/** What a rule does with a match. */
export type Edit =
  /** Users of output 0 read this tensor instead; the node goes. */
  | { readonly use: string }
  /** Users of each output read the tensor of that position instead; the node goes. */
  | { readonly uses: readonly string[] }
  /** The node is redefined under its own name (what it waits for stays); `make` adds nodes its new inputs name, inputs first. They get other names where theirs are taken.
   * `counts`: the attrs come of the numbers in shapes, as constants that are made may. */
  | { readonly become: { readonly op: string; readonly input: readonly string[]; readonly attr: AttrMap }; readonly make?: readonly NewNode[]; readonly counts?: true };

/** A rewrite rule: a value. */
export interface Rule {
  /** "before -> after"; also the name of its test. */
  readonly name: string;
  /** Ops of the node it starts from. */
  readonly root: readonly string[];
  /** The edit; undefined: its pattern does not match, or a condition does not hold that the pattern cannot say. */
  readonly apply: (v: NodeView) => Edit | undefined;
}

/** Makes a rule from a ts-pattern pattern over NodeView; `build` gets the view of a node that it matches. */
export function rule<const P extends Pattern.Pattern<NodeView>>(name: string, root: string | readonly string[], pattern: P, build: (v: NodeView) => Edit | undefined): Rule {
  const matches = isMatching(pattern as Pattern.Pattern<unknown>) as (v: unknown) => boolean;
  return { name, root: typeof root === 'string' ? [root] : root, apply: (v) => (matches(v) ? build(v) : undefined) };
}

/** A set of rules, run inputs first to a fixed point. */
export class RuleSet {
  readonly rules: readonly Rule[];
  readonly #byRoot = new Map<string, Rule[]>();
  constructor(rules: readonly Rule[]) {
    this.rules = rules;
    for (const r of rules) for (const op of r.root) this.#byRoot.set(op, [...(this.#byRoot.get(op) ?? []), r]);
  }

  /**
   * Rewrites until no rule fires. `order` lists the nodes inputs first. Nodes that wait for others, are waited for, or
   * are `pinned` (their name means something outside) are never removed.
   */
  apply<N extends NodeDef>(r: Rewriting<N>, order: readonly string[], options: { readonly pinned?: ReadonlySet<string>; readonly made?: (n: NewNode, root: N) => N } = {}): void {
    const { pinned, made = ({ name, op, input, attr }, root): N => ({ ...root, name, op, input, attr }) } = options;
    const limit = 10 * order.length + 100;
    let fired = 0;
    let work = [...order];
    while (work.length > 0) {
      const again = new Set<string>();
      for (const name of work) {
        const def = r.node(name);
        if (!def) continue;
        const rules = this.#byRoot.get(def.op);
        if (!rules) continue;
        const view = new NodeView(r, def);
        for (const rule of rules) {
          r.look();
          const edit = rule.apply(view);
          if (!edit) continue;
          if (!('become' in edit)) {
            const uses = 'use' in edit ? [edit.use] : edit.uses;
            if (pinned?.has(name) || view.hasControl || uses.some((u) => inputNode(u) === name)) continue;
            for (const u of r.users(name)) again.add(u);
            uses.forEach((to, i) => { r.redirect(inputString(name, i), to); });
            r.remove(name);
            r.record(rule.name, [name], [], Object.fromEntries(uses.map((to, i) => [inputString(name, i), to])));
          } else {
            const names = new Map<string, string>(), renamed = (input: readonly string[]): readonly string[] => (names.size === 0 ? input : input.map((s) => names.get(s) ?? s));
            for (const n of edit.make ?? []) {
              let free = n.name;
              for (let i = 2; r.node(free); i++) free = `${n.name}${i}`;
              r.put(made({ ...n, name: free, input: renamed(n.input) }, def));
              if ('value' in n && n.shapeOf !== undefined) r.saysShape(free, n.shapeOf);
              names.set(n.name, free);
              again.add(free);
            }
            const waits = def.input.filter(isControlInput), input = renamed(edit.become.input);
            r.put({ ...def, op: edit.become.op, input: waits.length === 0 ? input : [...input.filter((s) => !isControlInput(s)), ...waits], attr: edit.become.attr });
            r.record(rule.name, [name], [name, ...names.values()]);
            again.add(name);
            for (const u of r.users(name)) again.add(u);
          }
          r.fired('become' in edit && (edit.counts === true || (edit.make?.some((n) => 'value' in n && n.shapeOf === undefined) ?? false)));
          if (++fired > limit) {
            throw new InternalFault(`rewriting does not end: the last rules of pass '${r.pass}' were ${r.log.slice(-6).map((l) => `"${l.rule}" at ${l.matched[0]}`).join(', ')}`);
          }
          break;
        }
      }
      work = [...again];
    }
  }
}
