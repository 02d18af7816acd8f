// Random graphs of Switch, Merge, RefSwitch and RefMerge with reads, writes and control edges, decided by a tape of
// numbers; and the rules for dead tensors and for reads and writes, written down naively.
import * as tf from 'tfgraph';
import { Operation, Tensor } from '../../src/graph/tensor.ts';
import { controlDependencies } from '../../src/ops/framework.ts';
import { applyOp } from '../../src/ops/op_def_library.ts';

export interface SwitchGraph {
  readonly graph: tf.Graph;
  /** Scalars that may be fetched. */
  readonly tensors: readonly Tensor[];
  readonly variables: readonly tf.Variable[];
  readonly init: Operation;
  /** Values of the predicates and of x, the predicates from the bits of a number. */
  feeds(bits: number): [Tensor, number | boolean][];
}

export function buildSwitchGraph(tape: readonly number[]): SwitchGraph {
  let k = 0;
  const next = (n: number): number => tape[k++ % tape.length]! % n;
  const graph = new tf.Graph();
  return graph.asDefault(() => {
    const preds: Tensor[] = [0, 1, 2].map((i) => tf.placeholder(tf.bool, [], { name: `p${i}` }));
    const inputs = [...preds];
    const x = tf.placeholder(tf.float32, [], { name: 'x' });
    const variables = [1, 2].slice(0, 1 + next(2)).map((n) => new tf.Variable(n, { name: `v${n}`, dtype: tf.float32 }));
    const values: Tensor[] = [x, ...variables.map((v) => v.value())];
    const refs: Tensor[] = variables.map((v) => v.ref());
    const made: Operation[] = [];
    const pick = <T>(list: readonly T[]): T => list[Math.max(next(list.length), next(list.length))]!; // rather late ones
    const n = 8 + next(24);
    for (let i = 0; i < n; i++) {
      const control = made.length === 0 || next(3) > 0 ? [] : Array.from({ length: 1 + next(2) }, () => pick(made));
      const op = controlDependencies(control, (): Operation => {
        switch (next(16)) {
          case 0: case 1: case 2: return applyOp('Switch', [pick(values), pick(preds)]);
          case 3: case 4: return applyOp('Merge', [Array.from({ length: 1 + next(3) }, () => pick(values))]);
          case 5: return applyOp('RefSwitch', [pick(refs), pick(preds)]);
          case 6: { const r = pick(refs); return applyOp('RefMerge', [[r, ...refs.filter((t) => variableOf(t) === variableOf(r)).slice(-(1 + next(2)))]]); }
          case 7: return applyOp('AssignAdd', [pick(refs), pick(values)]);
          case 8: return applyOp('Assign', [pick(refs), pick(values)]);
          case 9: return applyOp('Identity', [pick(refs)]);
          case 10: return tf.constant(next(9)).op;
          case 11: return applyOp('NoOp', []);
          case 12: return applyOp('Greater', [pick(values), pick(values)]);
          case 13: return applyOp('AddV2', [pick(refs), pick(values)]);
          case 14: return next(4) === 0 ? applyOp('ControlTrigger', []) : applyOp('Neg', [pick(values)]);
          default: return applyOp('Sub', [pick(values), pick(values)]);
        }
      });
      made.push(op);
      for (const t of op.outputs) {
        if (t.dtype === tf.bool) preds.push(t);
        else if (t.dtype.isRef) refs.push(t);
        else if (t.dtype === tf.float32) values.push(t);
      }
    }
    const own = new Set(variables.map((v) => v.op));
    return {
      graph, variables, init: tf.globalVariablesInitializer(),
      tensors: [...values.slice(1), ...refs.filter((t) => !own.has(t.op)), ...preds.slice(3)],
      feeds: (bits) => [[x, 0.5], ...inputs.map((p, i): [Tensor, boolean] => [p, (bits >> i & 1) === 1])],
    };
  });
}

const WRITES = new Set(['AssignAdd', 'Assign']);
const MERGES = new Set(['Merge', 'RefMerge']);
/** The variable behind a reference. */
export function variableOf(t: Tensor): Operation | undefined {
  if (!t.dtype.isRef) return undefined;
  return t.op.type === 'VariableV2' ? t.op : variableOf(t.op.inputs[0]!);
}
function ancestorsOf(op: Operation): Set<Operation> {
  const seen = new Set<Operation>();
  const visit = (o: Operation): void => { for (const p of [...o.inputs.map((t) => t.op), ...o.controlInputs]) if (!seen.has(p)) { seen.add(p); visit(p); } };
  visit(op);
  return seen;
}

type Scalar = number | boolean;

/** One run, recomputed from its rules. A tensor's value is undefined when it is dead. */
export class Interpreter {
  readonly #start: ReadonlyMap<Operation, number>;
  readonly #run: readonly Operation[];
  readonly #fed: ReadonlyMap<Tensor, Scalar>;
  readonly #memo = new Map<Tensor, { readonly value: Scalar | undefined }>();

  constructor(g: SwitchGraph, fetches: readonly Tensor[], feeds: readonly [Tensor, Scalar][]) {
    this.#start = new Map(g.variables.map((v, i) => [v.op, i + 1]));
    this.#run = [...new Set(fetches.flatMap((t) => [t.op, ...ancestorsOf(t.op)]))].sort((a, b) => a.id - b.id);
    this.#fed = new Map(feeds);
  }

  /** Whether a node runs at all. */
  isAlive(op: Operation): boolean {
    if (op.type === 'ControlTrigger' || op.type === 'VariableV2') return true;
    if (MERGES.has(op.type)) return op.inputs.some((t) => this.isThere(t));
    return op.inputs.every((t) => this.isThere(t)) && op.controlInputs.every((c) => this.isAlive(c));
  }
  /** Whether an output is not dead. */
  isThere(t: Tensor): boolean {
    if (this.#fed.has(t)) return true;
    if (!this.isAlive(t.op)) return false;
    if (t.op.type !== 'Switch' && t.op.type !== 'RefSwitch') return true;
    return (this.input(t.op.inputs[1]!, t.op) === true) === (t.valueIndex === 1);
  }
  /** What a consumer sees of an input that is there: of a variable, the writes before the consumer. */
  input(t: Tensor, consumer: Operation): Scalar {
    const v = variableOf(isRead(t) ? t.op.inputs[0]! : t);
    return v ? this.#replay(v, ancestorsOf(consumer)) : this.#value(t)!;
  }
  /** Value of a variable after the live writes in a set, in order; only those before `limit`. */
  #replay(v: Operation, set: ReadonlySet<Operation>, limit = Infinity): number {
    let value = this.#start.get(v)!;
    for (const op of this.#run) {
      if (op.id >= limit || !set.has(op) || !WRITES.has(op.type) || variableOf(op.inputs[0]!) !== v || !this.isAlive(op)) continue;
      const x = this.input(op.inputs[1]!, op) as number;
      value = op.type === 'Assign' ? x : Math.fround(value + x);
    }
    return value;
  }
  #value(t: Tensor): Scalar | undefined {
    let m = this.#memo.get(t);
    if (!m) this.#memo.set(t, m = { value: this.isThere(t) ? this.#compute(t) : undefined });
    return m.value;
  }
  #compute(t: Tensor): Scalar {
    const { op } = t;
    if (this.#fed.has(t)) return this.#fed.get(t)!;
    const x = (i: number): number => this.input(op.inputs[i]!, op) as number;
    switch (op.type) {
      case 'Const': { const a = op.attr('value'); return a?.kind === 'tensor' ? a.value.flat(0) as number : 0; }
      case 'Switch': case 'Identity': return x(0);
      case 'Merge': return x(op.inputs.findIndex((y) => this.isThere(y)));
      case 'Neg': return -x(0);
      case 'Sub': return Math.fround(x(0) - x(1));
      case 'AddV2': return Math.fround(x(0) + x(1));
      case 'Greater': return x(0) > x(1);
      default: throw new Error(`no rule for ${op.type}`);
    }
  }
  /** A fetched tensor: of a reference, the variable after the writes before it and its own. */
  fetched(t: Tensor): Scalar | undefined {
    if (!this.isThere(t)) return undefined;
    const v = variableOf(isRead(t) ? t.op.inputs[0]! : t);
    return v ? this.#replay(v, new Set([...ancestorsOf(t.op), t.op])) : this.#value(t);
  }
  /** What the variable holds after the run. */
  committed(v: tf.Variable): number { return this.#replay(v.op, new Set(this.#run)); }
}

/** An Identity of a reference reads when its consumer does. */
function isRead(t: Tensor): boolean { return t.op.type === 'Identity' && t.op.inputs[0]!.dtype.isRef; }
