// Initial values that read other variables: whatever depends on such a read is made a second time on "the value if there
// is one, else the other's initial value", so that initializers may run in any order.
// Follows _try_guard_against_uninitialized_dependencies in python/ops/variables.py (1.15).
import { GraphKeys } from '../graph/collections.ts';
import { InternalFault } from '../graph/errors.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { createNode } from './op_def_library.ts';
import { opDef } from './registry.ts';
import type { Variable } from './variables.ts';

/** Ops that read no value, or that are left as they are because the read names no reference. */
const LEFT_ALONE = new Set(['IsVariableInitialized', 'VarIsInitializedOp', 'ReadVariableOp', 'If']);
const VARIABLES = new Set(['Variable', 'VariableV2', 'VarHandleOp']);

/** The initial value of the variable whose scope is `scope` ("w/"), guarded. A sub-graph with a loop stays as it is. */
export function guardInitialValue(scope: string, initialValue: Tensor): Tensor {
  return hasCycle(initialValue.op) ? initialValue : new Guard(scope).tensor(initialValue);
}

class Guard {
  readonly #scope: string;
  readonly #done = new Map<Operation, Operation>();
  constructor(scope: string) { this.#scope = scope; }

  tensor(t: Tensor): Tensor {
    let op = this.#done.get(t.op);
    if (!op) this.#done.set(t.op, op = this.#op(t.op));
    return op.outputs[t.valueIndex]!;
  }

  #op(op: Operation): Operation {
    if (LEFT_ALONE.has(op.type)) return op;
    if (VARIABLES.has(op.type)) return variableOf(op)?.initializedValue().op ?? op;
    const inputs = op.inputs.map((t) => this.tensor(t));
    if (inputs.every((t, i) => t === op.inputs[i])) return op;
    const type = op.type === 'RefSwitch' ? 'Switch' : op.type;
    const def = opDef(type);
    if (!def) throw new InternalFault(`the op table has no '${type}'`);
    // The scope's slash makes the name a literal one.
    return createNode(op.graph, def, inputs, op.nodeDef.attr, `${op.name}_${this.#scope}`.replaceAll(':', '_'));
  }
}

/** The variable object of an op, if one of the collections holds it. */
function variableOf(op: Operation): Variable | undefined {
  for (const key of [GraphKeys.GLOBAL_VARIABLES, GraphKeys.LOCAL_VARIABLES]) {
    for (const v of op.graph.getCollection(key) as Variable[]) if (v.name === op.name || v.name === `${op.name}:0`) return v;
  }
  return undefined;
}

/** Whether an op reaches itself through inputs and control inputs. Iterative: initial values may be deep. */
function hasCycle(start: Operation): boolean {
  const state = new Map<Operation, 'open' | 'done'>();
  const stack: Operation[] = [start];
  while (stack.length > 0) {
    const op = stack[stack.length - 1]!;
    if (state.has(op)) {
      state.set(op, 'done');
      stack.pop();
      continue;
    }
    state.set(op, 'open');
    for (const next of [...op.inputs.map((t) => t.op), ...op.controlInputs]) {
      const s = state.get(next);
      if (s === 'open') return true;
      if (s === undefined) stack.push(next);
    }
  }
  return false;
}
