// Are the backward cones of two lists of outputs the same graph up to names? Walks both in step from the outputs and
// stops at the first difference. Ignored: names, devices, colocation, shared_name and container (a renamed program has
// other ones). Not ignored: op types, all other attrs (constants by bits, seeds), input order, outputs, control inputs.
import { attrEqual } from '../../graph/attr_equal.ts';
import type { Operation, Tensor } from '../../graph/tensor.ts';
import { summarizeAttr } from '../../graph/summarize.ts';

/** A node as a report shows it. */
export interface NodeRef { readonly name: string; readonly op: string; readonly site: string | undefined }

export interface StructureDifference {
  readonly a: NodeRef | undefined;
  readonly b: NodeRef | undefined;
  /** What differs: `op Slice / Relu`, `attr padding: ...`. */
  readonly why: string;
}

/** Result of `compareStructure`. */
export interface StructureEvidence {
  readonly equal: boolean;
  /** When equal: each node of one graph stands for exactly one of the other. False: one graph repeats a sub-expression that the other shares. */
  readonly oneToOne: boolean;
  /** Nodes in the two cones. */
  readonly nodes: readonly [number, number];
  readonly difference: StructureDifference | undefined;
}

export interface Ends { readonly inputs: readonly Tensor[]; readonly outputs: readonly Tensor[] }

/** Ops of which no two nodes are interchangeable. */
const IDENTITY = new Set(['Placeholder', 'PlaceholderV2', 'PlaceholderWithDefault', 'VariableV2', 'Variable', 'VarHandleOp']);
const RENAMED = new Set(['_class', 'shared_name', 'container', '_output_shapes']);

/** Compares two programs from their outputs back; the i-th input of one stands for the i-th of the other. */
export function compareStructure(a: Ends, b: Ends): StructureEvidence {
  const walk = new Lockstep(a.inputs, b.inputs);
  let difference: StructureDifference | undefined = a.outputs.length === b.outputs.length ? undefined
    : { a: undefined, b: undefined, why: `number of outputs: ${a.outputs.length} / ${b.outputs.length}` };
  for (let i = 0; i < a.outputs.length && !difference; i++) difference = walk.tensors(a.outputs[i]!, b.outputs[i]!);
  return { equal: !difference, oneToOne: !difference && walk.oneToOne, nodes: [coneSize(a.outputs), coneSize(b.outputs)], difference };
}

function coneSize(outputs: readonly Tensor[]): number {
  const seen = new Set(outputs.map((t) => t.op));
  const stack = [...seen];
  for (let op = stack.pop(); op; op = stack.pop()) {
    for (const x of [...op.inputs.map((t) => t.op), ...op.controlInputs]) if (!seen.has(x)) { seen.add(x); stack.push(x); }
  }
  return seen.size;
}

interface Frame { readonly x: Operation; readonly y: Operation; readonly pairs: readonly (readonly [Operation, Operation])[]; next: number }

class Lockstep {
  oneToOne = true;
  readonly #inputsA: ReadonlyMap<Operation, number>;
  readonly #inputsB: ReadonlyMap<Operation, number>;
  readonly #toB = new Map<Operation, Operation>();
  readonly #toA = new Map<Operation, Operation>();
  readonly #done = new Map<Operation, Set<Operation>>();

  constructor(a: readonly Tensor[], b: readonly Tensor[]) {
    this.#inputsA = new Map(a.map((t, i) => [t.op, i]));
    this.#inputsB = new Map(b.map((t, i) => [t.op, i]));
  }

  tensors(a: Tensor, b: Tensor): StructureDifference | undefined {
    if (a.valueIndex !== b.valueIndex) return { a: refOf(a.op), b: refOf(b.op), why: `output ${a.valueIndex} / ${b.valueIndex}` };
    const stack: Frame[] = [];
    const enter = (x: Operation, y: Operation): StructureDifference | undefined => {
      const f = this.#enter(x, y);
      if (f && 'why' in f) return f;
      if (f) stack.push(f);
      return undefined;
    };
    let bad = enter(a.op, b.op);
    // Inputs first, so that of several differences the one nearest to the inputs is found; a pair met again while its
    // inputs are being compared (a loop) counts as equal.
    for (let top = stack[stack.length - 1]; top && !bad; top = stack[stack.length - 1]) {
      const pair = top.pairs[top.next++];
      if (pair) bad = enter(pair[0], pair[1]);
      else {
        stack.pop();
        bad = attrDifference(top.x, top.y);
      }
    }
    return bad;
  }

  /** Checks what can be said without the inputs; a frame when inputs remain to be compared, undefined when the pair was met before. */
  #enter(x: Operation, y: Operation): Frame | StructureDifference | undefined {
    const differ = (why: string): StructureDifference => ({ a: refOf(x), b: refOf(y), why });
    if (this.#done.get(x)?.has(y) === true) return undefined;
    if (x.type !== y.type) return differ(`op ${x.type} / ${y.type}`);
    const [i, j] = [this.#inputsA.get(x), this.#inputsB.get(y)];
    if (i !== j) return differ(`input ${i === undefined ? 'none' : `#${i}`} / ${j === undefined ? 'none' : `#${j}`} of the programs`);
    const [y0, x0] = [this.#toB.get(x), this.#toA.get(y)];
    if ((y0 && y0 !== y) || (x0 && x0 !== x)) {
      if (IDENTITY.has(x.type)) return differ(y0 && y0 !== y ? `'${x.name}' would stand for both '${y0.name}' and '${y.name}'` : `'${y.name}' would stand for both '${x0!.name}' and '${x.name}'`);
      this.oneToOne = false;
    }
    this.#toB.set(x, y);
    this.#toA.set(y, x);
    const done = this.#done.get(x);
    if (done) done.add(y); else this.#done.set(x, new Set([y]));
    if (x.inputs.length !== y.inputs.length) return differ(`number of inputs: ${x.inputs.length} / ${y.inputs.length}`);
    const k = x.inputs.findIndex((t, n) => t.valueIndex !== y.inputs[n]!.valueIndex);
    if (k >= 0) return differ(`input ${k} is output ${x.inputs[k]!.valueIndex} / ${y.inputs[k]!.valueIndex} of its node`);
    if (x.controlInputs.length !== y.controlInputs.length) return differ(`number of control inputs: ${x.controlInputs.length} / ${y.controlInputs.length}`);
    const pairs = x.inputs.map((t, n) => [t.op, y.inputs[n]!.op] as const);
    const [cx, cy] = [byType(x.controlInputs), byType(y.controlInputs)];
    return { x, y, next: 0, pairs: [...pairs, ...cx.map((c, n) => [c, cy[n]!] as const)] };
  }
}

/** Control inputs have no order: the same order on both sides is by op type, then by age. */
function byType(ops: readonly Operation[]): Operation[] {
  return [...ops].sort((p, q) => (p.type < q.type ? -1 : p.type > q.type ? 1 : p.id - q.id));
}

function refOf(op: Operation): NodeRef { return { name: op.name, op: op.type, site: op.site?.location }; }

function attrDifference(x: Operation, y: Operation): StructureDifference | undefined {
  const [p, q] = [x.nodeDef.attr, y.nodeDef.attr];
  for (const k of new Set([...Object.keys(p), ...Object.keys(q)])) {
    const [v, w] = [p[k], q[k]];
    if (RENAMED.has(k) || (v && w && attrEqual(v, w))) continue;
    return { a: refOf(x), b: refOf(y), why: `attr ${k}: ${v ? summarizeAttr(v) : 'none'} / ${w ? summarizeAttr(w) : 'none'}` };
  }
  return undefined;
}
