// P4: what reads and writes of one run see, against TF's four cases and a model that replays writes by brute force.
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { float32 } from '../../src/graph/dtype.ts';
import { getDefaultGraph, resetDefaultGraph } from '../../src/graph/graph.ts';
import { NDArray } from '../../src/graph/ndarray.ts';
import { Operation, Tensor } from '../../src/graph/tensor.ts';
import { controlDependencies } from '../../src/ops/framework.ts';
import { op1 } from '../../src/ops/op_def_library.ts';
import { assign, assignAdd } from '../../src/ops/state_ops.ts';
import { Variable } from '../../src/ops/variables.ts';
import { globalVariablesInitializer } from '../../src/ops/variables_initializer.ts';
import { referenceKernels } from '../../src/session/kernels/registry.ts';
import { Session } from '../../src/session/session.ts';
import { ENGINES, openSession } from '../support/engines.ts';

beforeEach(() => { resetDefaultGraph(); });

const quiet = { onWarning: (): void => undefined };

describe.each(ENGINES)('the four cases on %s: v = 1, inc = assign_add(v, 10)', (engine) => {
  const build = async () => {
    const v = new Variable(1., { name: 'v' });
    const inc = assignAdd(v, 10., { name: 'inc' });
    const sess = await openSession(engine);
    sess.runSync(globalVariablesInitializer());
    return { v, inc, sess };
  };
  test('under control of inc, v + 0. is 11', async () => {
    const { v, inc, sess } = await build();
    expect(sess.runSync(controlDependencies([inc], () => op1('AddV2', [v, 0.])))).toBe(11);
  });
  test('under control of inc, tf.identity(v) is 11', async () => {
    const { v, inc, sess } = await build();
    expect(sess.runSync(controlDependencies([inc], () => op1('Identity', [v])))).toBe(11);
  });
  test('run([v * 2, inc]) is [2, 11]', async () => {
    const { v, inc, sess } = await build();
    expect(sess.runSync([op1('Mul', [v, 2.]), inc])).toEqual([2, 11]);
  });
  test('run([v, inc]) is [1, 11]; afterwards v is 11', async () => {
    const { v, inc, sess } = await build();
    expect(sess.runSync([v, inc])).toEqual([1, 11]);
    expect(sess.runSync(v)).toBe(11);
  });
});

test('a reference read after two ordered writes sees both, whichever output it reads through', () => {
  const v = new Variable(1., { name: 'v' });
  const a = assignAdd(v, 1., { name: 'a' });
  const b = controlDependencies([a], () => assignAdd(v, 10., { name: 'b' }));
  const late = controlDependencies([b], () => op1('Identity', [a]));
  const sess = new Session();
  sess.runSync(globalVariablesInitializer());
  expect(sess.runSync([late, a, b])).toEqual([12, 2, 12]);
});

test('unordered writes: each output from its own ancestors, all of them committed, and a warning', () => {
  const v = new Variable(1., { name: 'v' });
  const a = assignAdd(v, 1., { name: 'a' });
  const b = assignAdd(v, 10., { name: 'b' });
  const warnings: string[] = [];
  const sess = new Session({ onWarning: (w) => warnings.push(w) });
  sess.runSync(globalVariablesInitializer());
  expect(sess.runSync([a, b])).toEqual([2, 11]);
  expect(sess.runSync(v)).toBe(12);
  expect(warnings).toEqual(["Nothing orders the writes 'a' and 'b' of variable 'v' in this run; they are applied in graph order. Add a control dependency to say which comes first."]);
  expect(String(sess.explain([a, b]))).toMatchInlineSnapshot(`
    "plan a:0, b:0  engine=wasm  mode=exact  threads=1  peak=12B  area=128B  (5 nodes -> 5 steps)
     %1:float[] = const 1                        # a/value
     %2:float[] = const 10                       # b/value
     %0:float[] = read v                         # v
     %3, %4, %5 = fused (%0, %1, %2) of 3 nodes
       %3:float[] = AssignAdd(%0, %1)            # a
       %4:float[] = AssignAdd(%0, %2)            # b
       %5:float[] = AssignAdd(%3, %2)            # b
     fetch a:0 %3                                # a
     free %3
     fetch b:0 %4                                # b
     free %4
     commit v %5                                 # a, b
     free %5
     warning: Nothing orders the writes 'a' and 'b' of variable 'v' in this run; they are applied in graph order. Add a control dependency to say which comes first."
  `);
});

test('an un-fetched write has no effect', () => {
  const v = new Variable(1., { name: 'v' });
  assign(v, 5.);
  const sess = new Session();
  sess.runSync(globalVariablesInitializer());
  expect(sess.runSync(op1('AddV2', [v, 1.]))).toBe(2);
  expect(sess.runSync(v)).toBe(1);
});

// --- random graphs against brute force -------------------------------------------------------------------------------

/** A small program of reads and writes, decided by a tape of numbers. */
function buildRandom(tape: readonly number[]): { variables: Variable[]; ops: Operation[] } {
  let k = 0;
  const next = (n: number): number => tape[k++ % tape.length]! % n;
  const variables = Array.from({ length: 1 + next(3) }, (_, i) => new Variable(i + 1, { name: `v${i}` }));
  const values: Tensor[] = variables.map((v) => v.value());
  const refs: Tensor[] = variables.map((v) => v.ref());
  const made: Operation[] = [];
  const pick = <T>(list: readonly T[]): T => list[next(list.length)]!;
  const n = 4 + next(14);
  for (let i = 0; i < n; i++) {
    const control = made.length === 0 ? [] : Array.from({ length: next(3) }, () => pick(made));
    const t = controlDependencies(control, () => {
      switch (next(9)) {
        case 0: case 1: return op1('AssignAdd', [pick(refs), pick(values)]);
        case 2: return op1('AssignSub', [pick(refs), pick(values)]);
        case 3: return op1('Assign', [pick(refs), pick(values)]);
        case 4: return op1('Identity', [pick(refs)]);
        case 5: return op1('AddV2', [pick(refs), pick(values)]);
        case 6: return variables.length < 2 ? op1('Neg', [pick(values)]) : op1('ApplyMomentum', [variables[0]!.ref(), variables[1]!.ref(), pick(values), pick(values), 0.5]);
        case 7: return op1('Sub', [pick(values), pick(values)]);
        default: return op1('Neg', [pick(values)]);
      }
    });
    made.push(t.op);
    if (t.dtype.isRef) refs.push(t); else values.push(t);
    if (next(2) === 0) values.push(t);
  }
  if (made.length > 3 && next(3) === 0) {
    // A control edge against creation order, where it closes no cycle.
    const [to, from] = [made[next(made.length - 1)]!, made[made.length - 1]!];
    if (!ancestorsOf(from).has(to) && to !== from) to._addControlInputs([from]);
  }
  return { variables, ops: made };
}

function ancestorsOf(op: Operation): Set<Operation> {
  const seen = new Set<Operation>();
  const visit = (o: Operation): void => { for (const p of [...o.inputs.map((t) => t.op), ...o.controlInputs]) if (!seen.has(p)) { seen.add(p); visit(p); } };
  visit(op);
  return seen;
}

/** The promise, written down naively: sets of ancestors, joint replay of their writes in topological order. */
class Model {
  readonly #start: ReadonlyMap<Operation, NDArray>;
  readonly #order: Operation[] = [];
  readonly #values = new Map<Operation, NDArray>();
  constructor(start: ReadonlyMap<Operation, NDArray>, run: ReadonlySet<Operation>) {
    this.#start = start;
    const left = [...run].sort((a, b) => a.id - b.id);
    while (left.length > 0) {
      const i = left.findIndex((o) => [...ancestorsOf(o)].every((a) => this.#order.includes(a)));
      this.#order.push(...left.splice(i, 1));
    }
  }
  variableOf(t: Tensor): Operation | undefined {
    if (!t.dtype.isRef) return undefined;
    return t.op.type === 'VariableV2' ? t.op : this.variableOf(t.op.inputs[0]!);
  }
  written(op: Operation): Operation[] { return (referenceKernels.get(op.type)?.writes ?? []).map((i) => this.variableOf(op.inputs[i]!)!); }
  /** Every variable after the writes in `set`. */
  replay(set: ReadonlySet<Operation>): Map<Operation, NDArray> {
    const state = new Map(this.#start);
    for (const op of this.#order) {
      const vars = set.has(op) ? this.written(op) : [];
      if (vars.length === 0) continue;
      const slots = referenceKernels.get(op.type)!.writes!;
      const inputs = op.inputs.map((t, i) => (slots.includes(i) ? state.get(this.variableOf(t)!)! : this.input(t, op)));
      this.compute(op, inputs).forEach((v, i) => { state.set(vars[i]!, v); });
    }
    return state;
  }
  compute(op: Operation, inputs: readonly NDArray[]): readonly NDArray[] {
    return referenceKernels.get(op.type)!.kernel(inputs, { name: op.name, op: op.type, attr: op.nodeDef.attr }, { get: (f) => f(), set: () => undefined });
  }
  isRead(t: Tensor): boolean { return t.op.type === 'Identity' && t.op.inputs[0]!.dtype.isRef; }
  /** What `consumer` sees of an input. */
  input(t: Tensor, consumer: Operation): NDArray {
    const v = this.variableOf(this.isRead(t) ? t.op.inputs[0]! : t);
    return v ? this.replay(ancestorsOf(consumer)).get(v)! : this.value(t.op);
  }
  value(op: Operation): NDArray {
    let v = this.#values.get(op);
    if (!v) {
      const a = op.attr('value');
      v = op.type === 'Const' && a?.kind === 'tensor' ? a.value : this.compute(op, op.inputs.map((t) => this.input(t, op)))[0]!;
      this.#values.set(op, v);
    }
    return v;
  }
  fetched(t: Tensor): NDArray {
    const v = this.variableOf(this.isRead(t) ? t.op.inputs[0]! : t);
    return v ? this.replay(new Set([...ancestorsOf(t.op), t.op])).get(v)! : this.value(t.op);
  }
}

const asNumber = (a: NDArray): number => a.flat(0) as number;

function check(tape: readonly number[]): void {
  resetDefaultGraph();
  const { variables, ops } = buildRandom(tape);
  const init = globalVariablesInitializer();
  const fetches = ops.filter((_, i) => tape[(i * 7 + 3) % tape.length]! % 3 !== 0).map((o) => o.output);
  if (fetches.length === 0) return;
  using sess = new Session({ ...quiet, graph: getDefaultGraph() });
  sess.runSync(init);
  const got = sess.runSync(fetches) as number[];
  const after = sess.runSync(variables) as number[];
  const start = new Map(variables.map((v, i) => [v.op, new NDArray(float32, [], Float32Array.of(i + 1))]));
  const run = new Set(fetches.flatMap((t) => [t.op, ...ancestorsOf(t.op)]));
  const model = new Model(start, run);
  expect(got).toEqual(fetches.map((t) => asNumber(model.fetched(t))));
  const end = model.replay(run);
  expect(after).toEqual(variables.map((v) => asNumber(end.get(v.op)!)));
}

test('random write/read graphs agree with the brute-force model', () => {
  fc.assert(fc.property(fc.array(fc.nat(1000), { minLength: 40, maxLength: 120 }), check), { seed: 20240607, numRuns: 400 });
});

test('what is read and written does not depend on the fetch set', () => {
  fc.assert(fc.property(fc.array(fc.nat(1000), { minLength: 40, maxLength: 120 }), fc.nat(1000), (tape, salt) => {
    resetDefaultGraph();
    const { ops } = buildRandom(tape);
    const init = globalVariablesInitializer();
    const small = ops.filter((_, i) => (tape[i % tape.length]! + salt) % 4 === 0).map((o) => o.output);
    const large = ops.filter((o, i) => small.includes(o.output) || (tape[i % tape.length]! + salt) % 2 === 0).map((o) => o.output);
    if (small.length === 0) return;
    using sess = new Session({ ...quiet, graph: getDefaultGraph() });
    sess.runSync(init);
    const a = sess.runSync(small) as number[];
    sess.runSync(init);
    const b = sess.runSync(large) as number[];
    small.forEach((t, i) => { expect(Object.is(b[large.indexOf(t)], a[i])).toBe(true); });
  }), { seed: 4, numRuns: 300 });
});
