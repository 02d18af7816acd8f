// resolveState: variables become values. Every read is resolved for the consumer that reads: it sees exactly the writes
// of this run that are its ancestors (by data or control), replayed in topological order; without any, the value from
// before the run. A write's output is computed from its ancestors' writes only; what is committed replays all writes.
// So nothing depends on the fetch set or on timing, and later passes may treat the program as pure.
//
// Version of variable v over a set T of writes: no write of v in T: the READ of v. Else let L be the last write of v in
// T (topological order); the version is L applied to the versions of L's variables over the part of T before L. If those
// are L's own ancestors' versions, that is L's one computation; else a second one (`L@1`), possible only where writes are
// unordered. Sets are bit sets over the writes of the run and shared between nodes with equal ancestors.
import { bool } from '../../graph/dtype.ts';
import { InvalidArgumentError, UnimplementedError } from '../../graph/errors.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { attr, type AttrMap } from '../../graph/node_def.ts';
import { inputNode, inputString } from '../../graph/names.ts';
import { newTable } from '../../graph/rewrite.ts';
import { SCALAR_SHAPE } from '../../graph/shape.ts';
import type { Operation, Tensor } from '../../graph/tensor.ts';
import { dtypeLabel } from '../errors.ts';
import { isFedPlaceholder, type Request } from './prune.ts';
import { ARG, type Commit, GUARD, HAS_VALUE, LATEST, type Program, type ProgramFeed, type ProgramNode, READ, type ValueType } from './program.ts';

/** Indices of the inputs whose variables an op writes; undefined for ops that write nothing. */
export type WritesOf = (op: string) => readonly number[] | undefined;

const VARIABLES = new Set(['VariableV2', 'Variable']);
const TRUE = new NDArray(bool, [], Uint8Array.of(1));
/** Assign does not look at the old value. */
const IGNORES_BASE = new Set(['Assign']);
const OPTIONAL = '';

interface Write {
  readonly op: Operation;
  /** Position in topological order. */
  readonly at: number;
  /** Bit in the sets. */
  readonly index: number;
  /** Written variables, in the order of the kernel's results. */
  readonly variables: readonly Operation[];
  /** Where the references came through a RefSwitch: the tensor that is dead when the write must not happen. */
  readonly gates: readonly (string | undefined)[];
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
  readonly #conditional: boolean;

  readonly #nodes = newTable<ProgramNode>();
  readonly #types = new Map<string, readonly ValueType[]>();
  readonly #constants = new Map<string, NDArray>();
  readonly #at = new Map<Operation, number>();
  /** Variable behind a reference tensor. */
  readonly #variable = new Map<Tensor, Operation>();
  readonly #gate = new Map<Tensor, string>();
  readonly #writes = new Map<Operation, Write>();
  readonly #writesTo = new Map<Operation, Write[]>();
  /** Writes among a node's ancestors. */
  readonly #before = new Map<Operation, Bits>();
  readonly #memo = new Map<Bits, Map<Operation, string>>();
  readonly #maybeDead = new Set<Operation>();
  readonly #warnings: string[] = [];
  #empty: Bits = new Uint32Array(0);

  constructor(ops: readonly Operation[], request: Request, feeds: readonly ProgramFeed[], writesOf: WritesOf) {
    this.#ops = ops;
    this.#request = request;
    this.#feeds = feeds;
    this.#writesOf = writesOf;
    this.#conditional = ops.some((op) => op.type === 'Switch' || op.type === 'RefSwitch' || op.type === 'Merge');
  }

  run(): Program {
    for (const f of this.#feeds) this.#put({ name: f.node, op: ARG, input: [], device: '', attr: {}, from: [inputNode(f.tensor)], at: -1 }, [f.type]);
    this.#findWrites();
    this.#findAncestors();
    this.#ops.forEach((op, at) => this.#emit(op, at));
    const fetches = this.#request.fetches.map((t) => ({ tensor: t.name, value: this.#fetched(t) }));
    const keep = new Set<string>();
    for (const op of this.#request.targets) this.#keepOf(op, keep);
    for (const op of this.#ops) for (const c of op.controlInputs) if (!isFedPlaceholder(c, this.#request.feeds)) this.#keepOf(c, keep);
    const commits = this.#commits();
    return {
      nodes: this.#nodes, constants: this.#constants, feeds: this.#feeds, fetches, commits, keep: [...keep], types: this.#types,
      conditional: this.#conditional, warnings: this.#warnings, log: [], edits: [],
    };
  }

  // --- writes and ancestors ----------------------------------------------------------------------------------------
  #findWrites(): void {
    const { feeds } = this.#request;
    this.#ops.forEach((op, at) => {
      this.#at.set(op, at);
      if (VARIABLES.has(op.type)) { this.#variable.set(op.outputs[0]!, op); return; }
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
        const w: Write = {
          op, at, index: this.#writes.size, variables, gates: slots.map((i) => this.#gate.get(op.inputs[i]!)),
          inputs: [], slots, made: new Map(),
        };
        this.#writes.set(op, w);
        for (const v of new Set(variables)) {
          const list = this.#writesTo.get(v);
          if (list) list.push(w); else this.#writesTo.set(v, [w]);
        }
        if (op.outputs[0]?.dtype.isRef) { this.#variable.set(op.outputs[0], variables[0]!); this.#passGate(op.inputs[slots[0]!]!, op.outputs[0]); }
        return;
      }
      if (op.type !== 'RefIdentity' && op.type !== 'RefSwitch') return;
      const v = this.#variable.get(op.inputs[0]!);
      if (!v || feeds.has(op.inputs[0]!)) return;
      op.outputs.forEach((t, i) => {
        this.#variable.set(t, v);
        if (op.type === 'RefSwitch') this.#gate.set(t, inputString(op.name, i)); else this.#passGate(op.inputs[0]!, t);
      });
    });
  }
  #passGate(from: Tensor, to: Tensor): void { const g = this.#gate.get(from); if (g !== undefined) this.#gate.set(to, g); }

  #findAncestors(): void {
    const words = (this.#writes.size + 31) >>> 5;
    this.#empty = new Uint32Array(words);
    const after = new Map<Operation, Bits>();
    for (const op of this.#ops) {
      let set = this.#empty;
      let dead = op.type === 'Switch' || op.type === 'RefSwitch';
      const join = (from: Operation): void => {
        const s = after.get(from);
        if (s) set = this.#union(set, s);
        if (this.#maybeDead.has(from)) dead = true;
      };
      for (const t of op.inputs) if (!this.#request.feeds.has(t)) join(t.op);
      for (const c of op.controlInputs) if (!isFedPlaceholder(c, this.#request.feeds)) join(c);
      this.#before.set(op, set);
      if (dead && this.#conditional) this.#maybeDead.add(op);
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
    const dead = this.#maybeDead.has(w.op);
    const bases = ignores && !dead ? [] : w.variables.map(base);
    const key = ignores ? '' : bases.join(' ');
    let name = w.made.get(key);
    if (name === undefined) {
      name = w.made.size === 0 ? w.op.name : `${w.op.name}@${w.made.size}`;
      w.made.set(key, name);
      const input = [...w.inputs];
      w.slots.forEach((s, i) => { input[s] = this.#guarded(bases[i]!, w.gates[i], w); });
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
  #guarded(value: string, gate: string | undefined, w: Write): string {
    if (gate === undefined) return value;
    const name = `${value}@guard(${gate})`;
    if (!this.#nodes[name]) this.#put({ name, op: GUARD, input: [value, gate], device: '', attr: {}, from: [w.op.name], at: w.at }, [this.#typeOf(value)]);
    return name;
  }
  #typeOf(tensor: string): ValueType {
    const n = inputNode(tensor);
    return this.#types.get(n)![n === tensor ? 0 : Number(tensor.slice(n.length + 1))]!;
  }

  /** The value from before the run. Reading it for a write that may replace it unseen (`OPTIONAL`) does not ask for one. */
  #read(v: Operation, reader: string | null): string {
    const optional = reader === OPTIONAL;
    const name = optional ? `${v.name}@maybe` : v.name;
    if (!this.#nodes[name]) {
      this.#put({
        name, op: READ, input: [], device: v.device, from: [v.name], at: this.#at.get(v)!,
        attr: { variable: attr.s(v.name), ...(optional ? { optional: attr.b(true) } : reader === null ? {} : { reader: attr.s(reader) }) },
      }, this.#types.get(v.name)!);
    }
    return name;
  }

  // --- nodes -------------------------------------------------------------------------------------------------------
  #emit(op: Operation, at: number): void {
    if (VARIABLES.has(op.type)) { this.#types.set(op.name, [{ dtype: op.outputs[0]!.dtype.baseDtype, shape: op.outputs[0]!.shape }]); return; }
    if (op.type === 'RefIdentity' && this.#variable.has(op.inputs[0]!)) return;
    if (this.#isRead(op) && !this.#isGatedRead(op)) return;
    if (op.type === 'NoOp' && !this.#conditional) return;
    const w = this.#writes.get(op);
    if (w) { this.#emitWrite(op, w); return; }
    const types = op.outputs.map((t) => ({ dtype: t.dtype.baseDtype, shape: t.shape }));
    if (op.type === 'IsVariableInitialized') {
      const v = this.#variable.get(op.inputs[0]!);
      if (v && !this.#request.feeds.has(op.inputs[0]!)) { this.#emitIsInitialized(op, v, at); return; }
    }
    const type = op.type === 'RefSwitch' ? 'Switch' : op.type;
    const value = op.nodeDef.attr['value'];
    if (type === 'Const' && value?.kind === 'tensor') { this.#putConstant(op, value.value, types, at); return; }
    this.#put({ name: op.name, op: type, input: this.#inputs(op), device: op.device, attr: op.nodeDef.attr, from: [op.name], at }, types);
  }

  #putConstant(op: Operation, value: NDArray, types: readonly ValueType[], at: number): void {
    this.#constants.set(this.#putSource(op, 'Const', {}, types, at), value);
  }
  /** A node without inputs, which is never dead; that of a branch is passed on where the branch is taken. Its name. */
  #putSource(op: Operation, type: string, attrs: AttrMap, types: readonly ValueType[], at: number): string {
    const branch = this.#maybeDead.has(op) ? this.#controls(op) : [];
    const name = branch.length === 0 ? op.name : `${op.name}@value`;
    this.#put({ name, op: type, input: [], device: op.device, attr: attrs, from: [op.name], at }, types);
    if (branch.length > 0) this.#put({ name: op.name, op: 'Identity', input: [name, ...branch], device: op.device, attr: {}, from: [op.name], at }, types);
    return name;
  }

  #emitIsInitialized(op: Operation, v: Operation, at: number): void {
    const set = this.#before.get(op)!;
    const written = (this.#writesTo.get(v) ?? []).some((w) => (set[w.index >>> 5]! & (1 << (w.index & 31))) !== 0);
    const types = [{ dtype: bool, shape: SCALAR_SHAPE }];
    if (written) this.#putConstant(op, TRUE, types, at);
    else this.#putSource(op, HAS_VALUE, { variable: attr.s(v.name) }, types, at);
  }

  #emitWrite(op: Operation, w: Write): void {
    const set = this.#before.get(op)!;
    w.inputs = op.inputs.map((t, i) => (w.slots.includes(i) ? '' : this.#input(t, op)));
    this.#apply(w, (x) => this.#version(x, set, w.at, IGNORES_BASE.has(op.type) ? OPTIONAL : op.name), w.variables[0]!);
  }

  #putWrite(w: Write, name: string, input: string[]): void {
    const { op } = w;
    const written = w.variables.map((v) => this.#types.get(v.name)![0]!);
    const own = op.outputs.filter((t) => !t.dtype.isRef).map((t) => ({ dtype: t.dtype.baseDtype, shape: t.shape }));
    const attrs: AttrMap = { ...op.nodeDef.attr, variable: attr.s(w.variables[0]!.name) };
    let data = input;
    if (IGNORES_BASE.has(op.type)) {
      // (value) or, when this run has already written the variable, (value, its shape's source).
      const base = this.#assignBase(w);
      data = base === undefined ? input.slice(1) : [...input.slice(1), base];
      if (w.gates[0] !== undefined) data = [this.#guarded(data[0]!, w.gates[0], w), ...data.slice(1)];
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

  /** Data inputs as program tensors, control inputs where deadness travels along them. */
  #inputs(op: Operation): string[] { return [...op.inputs.map((t) => this.#input(t, op)), ...this.#controls(op)]; }

  /** What a consumer gets for an input. */
  #input(t: Tensor, consumer: Operation): string {
    if (this.#request.feeds.has(t)) return argName(t);
    const { op } = t;
    const v = this.#variable.get(t);
    if (v && !this.#isSwitched(t)) {
      const value = this.#version(v, this.#before.get(consumer)!, Infinity, consumer.name);
      return this.#alive(value, op);
    }
    if (this.#isRead(op)) {
      const source = op.inputs[0]!;
      const value = this.#version(this.#variable.get(source)!, this.#before.get(consumer)!, Infinity, op.name);
      return this.#isGatedRead(op) ? this.#gatedBy(value, op.name, op) : this.#alive(value, source.op);
    }
    return inputString(op.name, this.#outputIndex(op, t.valueIndex));
  }
  /** Output of a program node for output i of the graph's: a write's new values come first. */
  #outputIndex(op: Operation, i: number): number {
    const w = this.#writes.get(op);
    return w && !op.outputs[0]!.dtype.isRef ? w.variables.length + i : i;
  }
  /** A read: Identity of a variable's reference (not of one that went through a RefSwitch, which is a snapshot). */
  #isRead(op: Operation): boolean {
    if (op.type !== 'Identity') return false;
    const t = op.inputs[0]!;
    return this.#variable.has(t) && !this.#isSwitched(t) && !this.#request.feeds.has(t);
  }
  #isSwitched(t: Tensor): boolean { return t.op.type === 'RefSwitch'; }
  #isGatedRead(op: Operation): boolean { return this.#conditional && this.#maybeDead.has(op); }
  /** A value read through a write that may be dead is dead with it. */
  #alive(value: string, source: Operation): string {
    if (!this.#maybeDead.has(source) || !this.#writes.has(source)) return value;
    return this.#gatedBy(value, source.name, source);
  }
  #gatedBy(value: string, gate: string, op: Operation): string {
    if (value === gate) return value;
    const name = `${value}@guard(${gate})`;
    if (!this.#nodes[name]) this.#put({ name, op: GUARD, input: [value, gate], device: '', attr: {}, from: [op.name], at: this.#at.get(op)! }, [this.#typeOf(value)]);
    return name;
  }

  #controls(op: Operation): string[] {
    if (!this.#conditional) return [];
    const out = new Set<string>();
    const add = (c: Operation): void => {
      if (isFedPlaceholder(c, this.#request.feeds) || VARIABLES.has(c.type)) return;
      if (this.#nodes[c.name]) { out.add(`^${c.name}`); return; }
      for (const x of c.controlInputs) add(x);
    };
    for (const c of op.controlInputs) add(c);
    return [...out];
  }

  // --- what the caller and the store get ---------------------------------------------------------------------------
  #fetched(t: Tensor): string {
    const { op } = t;
    const v = this.#variable.get(t) ?? (this.#isRead(op) ? this.#variable.get(op.inputs[0]!) : undefined);
    if (v && !this.#isSwitched(t)) {
      const w = this.#writes.get(op);
      if (w) return inputString(op.name, 0);
      const read = this.#isRead(op);
      const value = this.#version(v, this.#before.get(op)!, Infinity, read ? op.name : null);
      return read && this.#isGatedRead(op) ? this.#gatedBy(value, op.name, op) : value;
    }
    return inputString(op.name, this.#outputIndex(op, t.valueIndex));
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
      commits.push({ variable: v.name, value: this.#version(v, all, Infinity, list[0]!.op.name), writes: list.map((w) => w.op.name) });
      for (let i = 1; i < list.length; i++) {
        const [a, b] = [list[i - 1]!, list[i]!];
        if ((this.#before.get(b.op)![a.index >>> 5]! & (1 << (a.index & 31))) !== 0) continue;
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

/** Name of the node that stands for a fed tensor (as TF names it). */
export function argName(t: Tensor): string { return `_arg_${t.op.name}_${t.valueIndex}`; }
