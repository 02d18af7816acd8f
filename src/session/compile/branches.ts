// Which values of a run may be dead: those behind a Switch, until a Merge brings them back. A node is dead when any of its
// inputs is (data or control); a Merge only when all of its data inputs are; a ControlTrigger never; the control edge of
// a Switch is dead only when the Switch itself is. Follows ActivateNodes in core/common_runtime/executor.cc (1.15).
//
// Also which branch an op lies in, as far as the Switches before it say: two ops that need different outcomes of one
// predicate never both run. Nothing here needs structure: imported graphs may switch and merge as they like.
import type { Operation, Tensor } from '../../graph/tensor.ts';

const SWITCH = new Set(['Switch', 'RefSwitch']);
const MERGE = new Set(['Merge', 'RefMerge']);

/** Outcomes of predicates an op needs: predicate -> side of the Switch. */
type Needs = ReadonlyMap<Tensor, number>;
const NOTHING: Needs = new Map();

export class Branches {
  /** Whether any value of the run can be dead. */
  readonly conditional: boolean;
  readonly #feeds: ReadonlySet<Tensor>;
  readonly #dead = new Set<Operation>();
  readonly #needs = new Map<Operation, Needs>();

  /** `ops`: those of the run, inputs first. */
  constructor(ops: readonly Operation[], feeds: ReadonlySet<Tensor>) {
    this.#feeds = feeds;
    this.conditional = ops.some((op) => SWITCH.has(op.type));
    if (!this.conditional) return;
    for (const op of ops) {
      const data = op.inputs.filter((t) => !feeds.has(t));
      if (this.#mayDie(op, data, data.length < op.inputs.length)) this.#dead.add(op);
      const needs = this.#needsOf(op, data);
      if (needs.size > 0) this.#needs.set(op, needs);
    }
  }

  /** Whether an output of the op may be dead. */
  maybeDead(op: Operation): boolean { return this.#dead.has(op); }

  /** Whether no run computes both. */
  exclude(a: Operation, b: Operation): boolean {
    const [p, q] = [this.#needs.get(a) ?? NOTHING, this.#needs.get(b) ?? NOTHING];
    for (const [pred, side] of p) if (q.has(pred) && q.get(pred) !== side) return true;
    return false;
  }

  #mayDie(op: Operation, data: readonly Tensor[], fed: boolean): boolean {
    if (SWITCH.has(op.type)) return true;
    if (op.type === 'ControlTrigger') return false;
    if (MERGE.has(op.type)) return !fed && data.every((t) => this.#dead.has(t.op));
    return data.some((t) => this.#dead.has(t.op)) || op.controlInputs.some((c) => this.#dead.has(c));
  }

  #needsOf(op: Operation, data: readonly Tensor[]): Needs {
    if (op.type === 'ControlTrigger') return NOTHING;
    const each = data.map((t) => this.#needsOfTensor(t));
    if (MERGE.has(op.type)) {
      const [first, ...rest] = each;
      return new Map([...(data.length === op.inputs.length && first ? first : NOTHING)].filter(([p, side]) => rest.every((n) => n.get(p) === side)));
    }
    let all: Needs = NOTHING;
    for (const n of [...each, ...op.controlInputs.map((c) => this.#needs.get(c) ?? NOTHING)]) all = all === NOTHING || n === all ? n : n.size === 0 ? all : new Map([...all, ...n]);
    return all;
  }
  #needsOfTensor(t: Tensor): Needs {
    const own = this.#needs.get(t.op) ?? NOTHING;
    return SWITCH.has(t.op.type) ? new Map([...own, [this.#source(t.op.inputs[1]!), t.valueIndex]]) : own;
  }
  /** The tensor whose value this is, through what only passes values on. */
  #source(t: Tensor): Tensor {
    let x = t;
    while (!this.#feeds.has(x) && (x.op.type === 'Identity' || x.op.type === 'Switch')) x = x.op.inputs[0]!;
    return x;
  }
}
