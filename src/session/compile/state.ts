// resolveState: variables become values. Every read is resolved for the consumer that reads: it sees exactly the writes
// of this run that are its ancestors (by data or control), replayed in topological order; without any, the value from
// before the run. A write's output is computed from its ancestors' writes only; what is committed replays all writes.
// So nothing depends on the fetch set or on timing, and later passes may treat the program as pure.
//
// Version of variable v over a set T of writes: no write of v in T: the READ of v. Else let L be the last write of v in
// T (topological order); the version is L applied to the versions of L's variables over the part of T before L. If those
// are L's own ancestors' versions, that is L's one computation; else a second one (`L@1`), possible only where writes are
// unordered. Sets are bit sets over the writes of the run and shared between nodes with equal ancestors.
//
// Where values can be dead (branches.ts), a write that may not happen leaves what was there before (`_Latest`), and what
// is read through a reference that may be dead is dead with it: the reference's gate. Reads then ask for a value only
// where it is used, since the branch that uses it may not be taken.
import { bool, resource, variant } from '../../graph/dtype.ts';
import { InvalidArgumentError, UnimplementedError } from '../../graph/errors.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { attr, type AttrMap } from '../../graph/node_def.ts';
import { inputNode, inputString } from '../../graph/names.ts';
import { newTable } from '../../graph/rewrite.ts';
import { SCALAR_SHAPE } from '../../graph/shape.ts';
import type { Operation, Tensor } from '../../graph/tensor.ts';
import { dtypeLabel } from '../errors.ts';
import { Branches } from './branches.ts';
import { isFedPlaceholder, type Request } from './prune.ts';
import { ARG, type Commit, GUARD, HAS_VALUE, LATEST, type Program, type ProgramFeed, type ProgramNode, READ, type ValueType } from './program.ts';

/** Indices of the inputs whose variables an op writes; undefined for ops that write nothing. */
export type WritesOf = (op: string) => readonly number[] | undefined;

/** Ops that make lookup tables: variables too, which begin as what the op makes of its inputs. */
const TABLES = new Set(['HashTable', 'MutableHashTable', 'MutableHashTableOfTensors', 'MutableDenseHashTable'].flatMap((op) => [op, `${op}V2`]));
const VARIABLES = new Set(['VariableV2', 'Variable', 'VarHandleOp', ...TABLES]);
/** Ops that hand their references on, and those that do so with the handles of resource variables. */
const PASS_REFERENCE = new Set(['RefIdentity', 'RefSwitch', 'RefMerge']);
const PASS_HANDLE = new Set(['Identity', 'Switch', 'Merge']);
/** Reads through a handle, and what they are on the value. */
const HANDLE_READS: Readonly<Record<string, string>> = { ReadVariableOp: 'Identity', VariableShape: 'Shape', ResourceGather: 'Gather', ResourceGatherNd: 'GatherNd' };
const STRICT: AttrMap = { strict: attr.b(true) };
const TRUE = new NDArray(bool, [], Uint8Array.of(1));
/** These do not look at the old value. */
const IGNORES_BASE = new Set(['Assign', 'AssignVariableOp']);

interface Write {
  readonly op: Operation;
  /** Position in topological order. */
  readonly at: number;
  /** Bit in the sets. */
  readonly index: number;
  /** Written variables, in the order of the kernel's results. */
  readonly variables: readonly Operation[];
  /** Inputs as the first computation has them; those at `slots` are the bases. */
  inputs: string[];
  readonly slots: readonly number[];
  /** Node of each application, by its bases. */
  readonly made: Map<string, string>;
}

type Bits = Uint32Array;

/** Turns the pruned operations into a program. */
export function resolveState(ops: readonly Operation[], request: Request, feeds: readonly ProgramFeed[], writesOf: WritesOf): Program {
  return new Resolver(ops, request, feeds, writesOf).run();
}

class Resolver {
  readonly #ops: readonly Operation[];
  readonly #request: Request;
  readonly #feeds: readonly ProgramFeed[];
  readonly #writesOf: WritesOf;
  readonly #branches: Branches;
  readonly #conditional: boolean;

  readonly #nodes = newTable<ProgramNode>();
  readonly #types = new Map<string, readonly ValueType[]>();
  readonly #constants = new Map<string, NDArray>();
  readonly #at = new Map<Operation, number>();
  /** Variable behind a reference tensor. */
  readonly #variable = new Map<Tensor, Operation>();
  /** The first node of each variable: nodes that share a name in a container share the value. */
  readonly #byKey = new Map<string, Operation>();
  readonly #writes = new Map<Operation, Write>();
  readonly #writesTo = new Map<Operation, Write[]>();
  /** Writes among a node's ancestors. */
  readonly #before = new Map<Operation, Bits>();
  readonly #memo = new Map<Bits, Map<Operation, string>>();
  readonly #warnings: string[] = [];
  #empty: Bits = new Uint32Array(0);

  constructor(ops: readonly Operation[], request: Request, feeds: readonly ProgramFeed[], writesOf: WritesOf) {
    this.#ops = ops;
    this.#request = request;
    this.#feeds = feeds;
    this.#writesOf = writesOf;
    this.#branches = new Branches(ops, request.feeds);
    this.#conditional = this.#branches.conditional;
  }

  run(): Program {
    for (const f of this.#feeds) this.#put({ name: f.node, op: ARG, input: [], device: '', attr: {}, from: [inputNode(f.tensor)], at: -1 }, [f.type]);
    this.#findWrites();
    this.#findAncestors();
    this.#ops.forEach((op, at) => this.#emit(op, at));
    const fetches = this.#request.fetches.map((t) => ({ tensor: t.name, value: this.#fetched(t) }));
    const keep = new Set<string>();
    for (const op of this.#request.targets) this.#keepOf(op, keep);
    const awaited = new Set<string>();
    for (const op of this.#ops) for (const c of op.controlInputs) if (!isFedPlaceholder(c, this.#request.feeds)) this.#keepOf(c, awaited);
    const commits = this.#commits();
    return {
      nodes: this.#nodes, constants: this.#constants, regions: new Map(), feeds: this.#feeds, fetches, commits, keep: [...keep], awaited: [...awaited], types: this.#types,
      conditional: this.#conditional, warnings: this.#warnings, log: [], edits: [],
    };
  }

  // --- writes and ancestors ----------------------------------------------------------------------------------------
  #findWrites(): void {
    const { feeds } = this.#request;
    this.#ops.forEach((op, at) => {
      this.#at.set(op, at);
      if (VARIABLES.has(op.type)) {
        const key = variableKey(op);
        if (!this.#byKey.has(key)) this.#byKey.set(key, op);
        this.#variable.set(op.outputs[0]!, this.#byKey.get(key)!);
        return;
      }
      const slots = this.#writesOf(op.type);
      if (slots && slots.length > 0) {
        const variables = slots.map((i) => {
          const t = op.inputs[i]!;
          if (feeds.has(t)) {
            const d = dtypeLabel(t.dtype.baseDtype);
            throw new InvalidArgumentError(`Input ${i} of node ${op.name} was passed ${d} from _arg_${t.op.name}_${t.valueIndex}_0:0 incompatible with expected ${d}_ref.`, {
              node: op.name, op: op.type, site: op.site?.location, remedy: `do not feed '${t.name}' in a run that writes the variable`,
            });
          }
          const v = this.#variable.get(t);
          if (!v) throw new UnimplementedError(`Node '${op.name}' (op: ${op.type}) writes through '${t.op.name}' (op: ${t.op.type}), which is not a variable this version can follow.`, { node: op.name, op: op.type, site: op.site?.location });
          return v;
        });
        const w: Write = { op, at, index: this.#writes.size, variables, inputs: [], slots, made: new Map() };
        this.#writes.set(op, w);
        for (const v of new Set(variables)) {
          const list = this.#writesTo.get(v);
          if (list) list.push(w); else this.#writesTo.set(v, [w]);
        }
        if (op.outputs[0]?.dtype.isRef) this.#variable.set(op.outputs[0], variables[0]!);
        return;
      }
      if (!passesOn(op)) return;
      // A RefMerge of several variables (or of what is fed) has no variable of its own: its output is a value.
      const sources = isSwitch(op) ? op.inputs.slice(0, 1) : op.inputs;
      const [v, ...others] = new Set(sources.map((t) => (feeds.has(t) ? undefined : this.#variable.get(t))));
      if (v && others.length === 0) for (const t of op.outputs) if (t.dtype.isRef || t.dtype === resource) this.#variable.set(t, v);
    });
  }
  /** What is dead when a reference is; undefined when it is always there. */
  #gateOf(t: Tensor): string | undefined {
    if (!this.#branches.maybeDead(t.op) || VARIABLES.has(t.op.type) || this.#request.feeds.has(t)) return undefined;
    return isSwitch(t.op) ? inputString(t.op.name, t.valueIndex) : t.op.name;
  }

  #findAncestors(): void {
    const words = (this.#writes.size + 31) >>> 5;
    this.#empty = new Uint32Array(words);
    const after = new Map<Operation, Bits>();
    for (const op of this.#ops) {
      let set = this.#empty;
      const join = (from: Operation): void => {
        const s = after.get(from);
        if (s) set = this.#union(set, s);
      };
      for (const t of op.inputs) if (!this.#request.feeds.has(t)) join(t.op);
      for (const c of op.controlInputs) if (!isFedPlaceholder(c, this.#request.feeds)) join(c);
      this.#before.set(op, set);
      const w = this.#writes.get(op);
      if (w) { set = set.slice(); set[w.index >>> 5]! |= 1 << (w.index & 31); }
      after.set(op, set);
    }
  }
  /** Union that keeps sharing: the larger set itself when it contains the other. */
  #union(a: Bits, b: Bits): Bits {
    if (a === b || b === this.#empty) return a;
    if (a === this.#empty) return b;
    let aInB = true, bInA = true;
    for (let i = 0; i < a.length; i++) {
      if ((a[i]! & ~b[i]!) !== 0) aInB = false;
      if ((b[i]! & ~a[i]!) !== 0) bInA = false;
    }
    if (bInA) return a;
    if (aInB) return b;
    return a.map((x, i) => x | b[i]!);
  }

  // --- versions ----------------------------------------------------------------------------------------------------
  /** Value of variable v after the writes of T before position `limit`. `reader`: the node that reads, for messages. */
  #version(v: Operation, set: Bits, limit: number, reader: string | null): string {
    const list = this.#writesTo.get(v);
    if (!list || set === this.#empty) return this.#read(v, reader);
    const memo = limit === Infinity ? this.#memoOf(set) : undefined;
    const hit = memo?.get(v);
    if (hit !== undefined) return hit;
    let k = list.length - 1;
    while (k >= 0 && (list[k]!.at >= limit || (set[list[k]!.index >>> 5]! & (1 << (list[k]!.index & 31))) === 0)) k--;
    if (k < 0) return this.#read(v, reader);
    const w = list[k]!;
    const t = this.#apply(w, (x) => this.#version(x, set, w.at, reader), v);
    memo?.set(v, t);
    return t;
  }
  #memoOf(set: Bits): Map<Operation, string> {
    let m = this.#memo.get(set);
    if (!m) this.#memo.set(set, m = new Map());
    return m;
  }

  /** The new value of v when w is applied to bases; makes the node when these bases are new. */
  #apply(w: Write, base: (x: Operation) => string, v: Operation): string {
    const ignores = IGNORES_BASE.has(w.op.type);
    const dead = this.#branches.maybeDead(w.op);
    const bases = ignores && !dead ? [] : w.variables.map(base);
    const key = ignores ? '' : bases.join(' ');
    let name = w.made.get(key);
    if (name === undefined) {
      name = w.made.size === 0 ? w.op.name : `${w.op.name}@${w.made.size}`;
      w.made.set(key, name);
      const input = [...w.inputs];
      if (!ignores) w.slots.forEach((s, i) => { input[s] = this.#gated(bases[i]!, this.#gateOf(w.op.inputs[s]!), w.op); });
      this.#putWrite(w, name, input);
    }
    const k = w.variables.indexOf(v);
    const out = inputString(name, k);
    if (!dead) return out;
    // A write that may not happen: what was there before stays.
    const latest = `${out}@latest(${bases[k]})`;
    if (!this.#nodes[latest]) this.#put({ name: latest, op: LATEST, input: [out, bases[k]!], device: '', attr: {}, from: [w.op.name], at: w.at }, [this.#types.get(v.name)![0]!]);
    return latest;
  }
  /** The value, dead when the gate is. */
  #gated(value: string, gate: string | undefined, by: Operation): string {
    if (gate === undefined || value === gate) return value;
    const name = `${value}@guard(${gate})`;
    if (!this.#nodes[name]) this.#put({ name, op: GUARD, input: [value, gate], device: '', attr: {}, from: [by.name], at: this.#at.get(by)! }, [this.#typeOf(value)]);
    return name;
  }
  #typeOf(tensor: string): ValueType {
    const n = inputNode(tensor);
    return this.#types.get(n)![n === tensor ? 0 : Number(tensor.slice(n.length + 1))]!;
  }

  /** The value from before the run. Where branches are, it is asked for only by those that use it. */
  #read(v: Operation, reader: string | null): string {
    if (!this.#nodes[v.name] && TABLES.has(v.type)) this.#readTable(v);
    if (!this.#nodes[v.name]) {
      this.#put({
        name: v.name, op: READ, input: [], device: v.device, from: [v.name], at: this.#at.get(v)!,
        attr: { variable: attr.s(variableKey(v)), ...(this.#conditional ? { optional: attr.b(true) } : reader === null ? {} : { reader: attr.s(reader) }) },
      }, this.#types.get(v.name)!);
    }
    return v.name;
  }

  /** The table the session has, else a new one: both the op's own work. */
  #readTable(v: Operation): void {
    const at = this.#at.get(v)!, stored = `${v.name}@stored`;
    this.#put({ name: stored, op: READ, input: [], device: v.device, from: [v.name], at, attr: { variable: attr.s(variableKey(v)), optional: attr.b(true), table: attr.b(true) } }, [TABLE]);
    this.#put({ name: v.name, op: v.type, input: [...v.inputs.map((t) => this.#input(t, v)), stored], device: v.device, from: [v.name], at, attr: v.nodeDef.attr }, [TABLE]);
  }

  // --- nodes -------------------------------------------------------------------------------------------------------
  #emit(op: Operation, at: number): void {
    if (VARIABLES.has(op.type)) { this.#types.set(op.name, [variableType(op)]); return; }
    const dead = this.#branches.maybeDead(op);
    if ((op.type === 'NoOp' && !dead) || op.type === 'ControlTrigger') return;
    const w = this.#writes.get(op);
    if (w) { this.#emitWrite(op, w); return; }
    const types = op.outputs.map((t) => ({ dtype: t.dtype.baseDtype, shape: t.shape }));
    const put = (type: string, input: readonly string[], attrs: AttrMap, as = types): void => this.#put({ name: op.name, op: type, input: [...input, ...this.#controls(op)], device: op.device, attr: attrs, from: [op.name], at }, as);
    if (this.#isRead(op)) { if (this.#conditional) put(GUARD, [this.#input(op.inputs[0]!, op)], STRICT); return; }
    const v = op.inputs[0] && !this.#request.feeds.has(op.inputs[0]) ? this.#variable.get(op.inputs[0]) : undefined;
    if (v && (op.type === 'RefIdentity' || (op.type === 'Identity' && passesOn(op)))) { if (dead) put(GUARD, [this.#input(op.inputs[0]!, op)], {}); return; }
    if (v && isSwitch(op) && passesOn(op)) {
      // Only which side is dead is asked of it: the value is read where it is used.
      const pred = this.#input(op.inputs[1]!, op);
      put('Switch', [this.#gated(pred, this.#gateOf(op.inputs[0]!), op), pred], {}, [PRED, PRED]);
      return;
    }
    if (v && this.#conditional && op.type === 'ReadVariableOp') { put(GUARD, [this.#input(op.inputs[0]!, op)], STRICT); return; }
    if (v && (op.type === 'IsVariableInitialized' || op.type === 'VarIsInitializedOp')) { this.#emitIsInitialized(op, v, at); return; }
    const value = op.attr('value');
    if (op.type === 'Const' && value?.kind === 'tensor') {
      if (dead) {
        const name = this.#constantName(op);
        this.#constants.set(name, value.value);
        this.#put({ name, op: 'Const', input: [], device: op.device, attr: CONST_ATTRS, from: [op.name], at }, types);
        put(GUARD, [name], {});
      } else {
        this.#constants.set(op.name, value.value);
        put('Const', [], CONST_ATTRS);
      }
      return;
    }
    put(op.type === 'RefSwitch' ? 'Switch' : op.type === 'RefMerge' ? 'Merge' : (v && HANDLE_READS[op.type]) ?? op.type, op.inputs.map((t) => this.#input(t, op)), op.type === 'EnsureShape' ? { ...op.nodeDef.attr, input: attr.s(op.nodeDef.input[0]!) } : op.nodeDef.attr);
  }
  /** A constant that waits for a branch is two nodes: its value, which is always there, and the value unless dead. */
  #constantName(op: Operation): string { return `${op.name}@value`; }

  #emitIsInitialized(op: Operation, v: Operation, at: number): void {
    const set = this.#before.get(op)!;
    const written = (this.#writesTo.get(v) ?? []).some((w) => (set[w.index >>> 5]! & (1 << (w.index & 31))) !== 0);
    const base = { name: op.name, device: op.device, from: [op.name], at };
    if (this.#conditional) {
      const value = this.#gated(this.#version(v, set, Infinity, op.name), this.#gateOf(op.inputs[0]!), op);
      this.#put({ ...base, op: HAS_VALUE, input: [value, ...this.#controls(op)], attr: {} }, [PRED]);
    } else if (written) {
      this.#constants.set(op.name, TRUE);
      this.#put({ ...base, op: 'Const', input: [], attr: CONST_ATTRS }, [PRED]);
    } else this.#put({ ...base, op: HAS_VALUE, input: [], attr: { variable: attr.s(variableKey(v)) } }, [PRED]);
  }

  #emitWrite(op: Operation, w: Write): void {
    const set = this.#before.get(op)!;
    w.inputs = op.inputs.map((t, i) => (w.slots.includes(i) ? '' : this.#input(t, op)));
    this.#apply(w, (x) => this.#version(x, set, w.at, op.name), w.variables[0]!);
  }

  #putWrite(w: Write, name: string, input: string[]): void {
    const { op } = w;
    const written = w.variables.map((v) => this.#types.get(v.name)![0]!);
    const own = op.outputs.filter((t) => !t.dtype.isRef).map((t) => ({ dtype: t.dtype.baseDtype, shape: t.shape }));
    const attrs: AttrMap = { ...op.nodeDef.attr, variable: attr.s(variableKey(w.variables[0]!)) };
    let data = input;
    if (IGNORES_BASE.has(op.type)) {
      // (value) or, when this run has already written the variable, (value, its shape's source).
      const base = this.#assignBase(w);
      data = base === undefined ? input.slice(1) : [...input.slice(1), base];
      data = [this.#gated(data[0]!, this.#gateOf(op.inputs[w.slots[0]!]!), op), ...data.slice(1)];
    }
    this.#put({ name, op: op.type, input: [...data, ...this.#controls(op)], device: op.device, attr: attrs, from: [op.name], at: w.at }, [...written, ...own]);
  }
  /** The version an Assign replaces, when it is one of this run. */
  #assignBase(w: Write): string | undefined {
    const list = this.#writesTo.get(w.variables[0]!)!;
    const set = this.#before.get(w.op)!;
    if (!list.some((x) => (set[x.index >>> 5]! & (1 << (x.index & 31))) !== 0)) return undefined;
    return this.#version(w.variables[0]!, set, w.at, w.op.name);
  }

  /** What a consumer gets for an input. */
  #input(t: Tensor, consumer: Operation): string {
    if (this.#request.feeds.has(t)) return argName(t);
    const { op } = t;
    const v = this.#variable.get(t);
    if (v) return this.#gated(this.#version(v, this.#before.get(consumer)!, Infinity, consumer.name), this.#gateOf(t), consumer);
    if (this.#isRead(op)) {
      const variable = this.#variable.get(op.inputs[0]!)!;
      const value = this.#version(variable, this.#before.get(consumer)!, Infinity, op.name);
      if (!this.#conditional) return value;
      return value === this.#version(variable, this.#before.get(op)!, Infinity, op.name) ? op.name : this.#gated(value, op.name, op);
    }
    // The consumer waits for what the constant waits for (`#controls`), so that it sees a constant.
    if (op.type === 'Const' && !isMerge(consumer) && this.#branches.maybeDead(op)) return this.#constantName(op);
    return inputString(op.name, this.#outputIndex(op, t.valueIndex));
  }
  /** Output of a program node for output i of the graph's: a write's new values come first. */
  #outputIndex(op: Operation, i: number): number {
    const w = this.#writes.get(op);
    return w && !op.outputs[0]!.dtype.isRef ? w.variables.length + i : i;
  }
  /** A read: Identity of a variable's reference. */
  #isRead(op: Operation): boolean {
    const t = op.inputs[0];
    return op.type === 'Identity' && t!.dtype !== resource && this.#variable.has(t!) && !this.#request.feeds.has(t!);
  }

  /** Control inputs along which deadness travels. A Merge lives when one of its inputs does, whatever it waits for. */
  #controls(op: Operation): string[] {
    if (!this.#conditional || isMerge(op)) return [];
    const { feeds } = this.#request;
    const out = new Set<string>();
    const add = (c: Operation): void => { if (this.#branches.maybeDead(c) && this.#nodes[c.name] && !isFedPlaceholder(c, feeds)) out.add(`^${c.name}`); };
    for (const c of op.controlInputs) add(c);
    for (const t of op.inputs) if (t.op.type === 'Const' && !feeds.has(t)) for (const c of t.op.controlInputs) add(c);
    return [...out];
  }

  // --- what the caller and the store get ---------------------------------------------------------------------------
  #fetched(t: Tensor): string {
    const { op } = t;
    if (this.#isRead(op)) return this.#conditional ? op.name : this.#version(this.#variable.get(op.inputs[0]!)!, this.#before.get(op)!, Infinity, op.name);
    const v = this.#variable.get(t);
    if (v && !this.#writes.has(op) && op.type !== 'RefMerge') return this.#gated(this.#version(v, this.#before.get(op)!, Infinity, null), this.#gateOf(t), op);
    return inputString(op.name, v ? 0 : this.#outputIndex(op, t.valueIndex));
  }

  #keepOf(op: Operation, keep: Set<string>): void {
    if (this.#nodes[op.name]) {
      if (this.#nodes[op.name]!.op !== 'Const' && !VARIABLES.has(op.type)) keep.add(op.name);
      return;
    }
    if (!this.#isRead(op)) return;
    keep.add(inputNode(this.#version(this.#variable.get(op.inputs[0]!)!, this.#before.get(op)!, Infinity, op.name)));
  }

  #commits(): Commit[] {
    const all = new Uint32Array(this.#empty.length).fill(0xffffffff);
    const commits: Commit[] = [];
    for (const [v, list] of this.#writesTo) {
      commits.push({ variable: variableKey(v), value: this.#version(v, all, Infinity, list[0]!.op.name), writes: list.map((w) => w.op.name) });
      for (let i = 1; i < list.length; i++) {
        const [a, b] = [list[i - 1]!, list[i]!];
        if ((this.#before.get(b.op)![a.index >>> 5]! & (1 << (a.index & 31))) !== 0 || this.#branches.exclude(a.op, b.op)) continue;
        this.#warnings.push(`Nothing orders the writes '${a.op.name}' and '${b.op.name}' of variable '${v.name}' in this run; they are applied in graph order. Add a control dependency to say which comes first.`);
        break;
      }
    }
    return commits;
  }

  #put(node: ProgramNode, types: readonly ValueType[]): void {
    this.#nodes[node.name] = node;
    this.#types.set(node.name, types);
  }
}

/** Whether the outputs of an op stand for the variable an input of it stands for. */
function passesOn(op: Operation): boolean { return PASS_REFERENCE.has(op.type) || (PASS_HANDLE.has(op.type) && op.inputs[0]?.dtype === resource); }
function isSwitch(op: Operation): boolean { return op.type === 'Switch' || op.type === 'RefSwitch'; }
/** Name of a variable in the session's store: its shared name, else (references only) its node's, within its container. */
function variableKey(v: Operation): string {
  const [shared, container] = ['shared_name', 'container'].map((k) => { const a = v.attr(k); return a?.kind === 's' ? String(a.value) : ''; }) as [string, string];
  const name = shared === '' && v.type !== 'VarHandleOp' ? v.name : shared;
  const kind = TABLES.has(v.type) ? 'table//' : '';
  return container === '' ? `${kind}${name}` : `${container}//${kind}${name}`;
}
/** What a variable holds. */
function variableType(v: Operation): ValueType {
  if (TABLES.has(v.type)) return TABLE;
  if (v.type !== 'VarHandleOp') return { dtype: v.outputs[0]!.dtype.baseDtype, shape: v.outputs[0]!.shape };
  return { dtype: v.getAttr('dtype') as ValueType['dtype'], shape: v.getAttr('shape') as ValueType['shape'] };
}

const CONST_ATTRS: AttrMap = {};
const TABLE: ValueType = { dtype: variant, shape: SCALAR_SHAPE };
const PRED: ValueType = { dtype: bool, shape: SCALAR_SHAPE };
function isMerge(op: Operation): boolean { return op.type === 'Merge' || op.type === 'RefMerge'; }

/** Name of the node that stands for a fed tensor (as TF names it). */
export function argName(t: Tensor): string { return `_arg_${t.op.name}_${t.valueIndex}`; }
